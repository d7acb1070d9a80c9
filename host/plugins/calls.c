/* SPDX-License-Identifier: MIT
 * One call into a plugin. Runs in golos-watchd. */
#include "base/log.h"
#include "plugins/instance_state.h"

void instance_call_begin(struct instance_call *call, const struct instance *instance, const char *callback)
{
	call->begun_ms = loop_mono_ms();
	call->crash = (struct crashes_call){.instance = instance->name,
					    .mark = instance->mark,
					    .callback = callback,
					    .started_ms = instance->started_ms};
	crashes_enter(&call->crash);
}

void instance_call_end(const struct instance_call *call, const struct instance *instance)
{
	crashes_leave(&call->crash);
	int64_t took_ms = loop_mono_ms() - call->begun_ms;

	if (took_ms > GW_CALLBACK_MS)
		log_line(GW_WARNING, instance->name, "%s took %lld ms; every watch stood still meanwhile",
			 call->crash.callback, (long long)took_ms);
}
