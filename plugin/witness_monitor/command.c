/* SPDX-License-Identifier: MIT
 *
 * The operator's commands: hold, resume, takeover. docs/design.md "The rules of a switch", Takeover.
 */
#include "rules.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The end of the answer to a command that must outlive a restart. */
static const char *whether_kept(const struct monitor *m)
{
	return m->ready.host.journal == GW_READY_NO ? "; the journal cannot be written, so a restart forgets it" : "";
}

/* "20:00:00 UTC", with its day where that is not today; "resume" where the hold has no end. */
static void end_of_hold(char ret[32], int64_t time_s, const struct gw_now *now)
{
	bool is_today = time_s / DAY_S == now->wall_ms / 1000 / DAY_S;
	time_t seconds = (time_t)time_s;
	struct tm parts;

	if (time_s == 0 || gmtime_r(&seconds, &parts) == NULL)
		text_copy(ret, 32, "resume");
	else
		(void)strftime(ret, 32, is_today ? "%H:%M:%S UTC" : "%Y-%m-%d %H:%M:%S UTC", &parts);
}

static gw_status hold(struct monitor *m, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	const struct gw_now *now = &event->now;
	char instead[96] = "", before[32], until[32];

	if (event->until_s != 0 && event->until_s * 1000 <= now->wall_ms) {
		text_say(ret_text, "a hold until a time that is past holds nothing");
		return GW_ERR_RANGE;
	}
	if (m->hold.on) {
		end_of_hold(before, m->hold.until_s, now);
		snprintf(instead, sizeof(instead), "; the hold of %.24s until %s is replaced", m->hold.by, before);
	}
	m->hold.on = 1;
	m->hold.until_s = event->until_s == 0 ? 0 : event->until_s + (gw_chain_now_ms(now) - now->wall_ms) / 1000;
	text_copy(m->hold.by, sizeof(m->hold.by), event->by);
	m->unpersisted = true;
	end_of_hold(until, event->until_s, now);
	text_say(ret_text, "%s is held until %s: no switch is made%s%s", m->options.witness, until, instead,
		 whether_kept(m));
	return GW_OK;
}

static gw_status resume(struct monitor *m, char ret_text[GW_TEXT_SIZE])
{
	if (m->hold.on)
		text_say(ret_text, "%s is no longer held%s", m->options.witness, whether_kept(m));
	else
		text_say(ret_text, "%s was not held", m->options.witness);
	memset(&m->hold, 0, sizeof(m->hold));
	attempt_unrefuse(m);
	m->unpersisted = true;
	return GW_OK;
}

static gw_status takeover(struct monitor *m, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE],
			  struct monitor_actions *out)
{
	char why[GW_TEXT_SIZE];

	if (state_we_produce(m)) {
		text_say(ret_text, "this node produces for %s already: nothing is to be done", m->options.witness);
		return GW_OK;
	}
	if (!m->witness.answered || !m->witness.exists) {
		text_say(ret_text, "not done: %s", due_never(m));
		return GW_ERR_UNAVAILABLE;
	}
	if (attempt_in_flight(m)) {
		text_say(ret_text, "not done: a switch is under way");
		return GW_ERR_BUSY;
	}
	for (uint32_t i = 0; i < guard_count; i++)
		if (!guards[i].passed_by_takeover && guards[i].holds(m, &event->now, why)) {
			text_say(ret_text, "not done: %.200s", why);
			return GW_ERR_UNAVAILABLE;
		}
	if (m->options.dry_run) {
		text_say(ret_text, "production of %s would move to our key: dry_run signs nothing", m->options.witness);
		text_notice(out, GW_WARNING, "ordered", "%.120s, by %s", ret_text, event->by);
		return GW_OK;
	}
	text_notice(out, GW_WARNING, "switching", "moving production of %s to our key, ordered by %s",
		    m->options.witness, event->by);
	attempt_begin(m, MONITOR_BY_COMMAND, out);
	m->attempt.command_waits = 1;
	m->unpersisted = true; /* a restart must know that it waited */
	text_say(ret_text, "production of %s moves to our key%s", m->options.witness,
		 state_operator_nulled(m) ? ": it was shut down by an operator, and this ends it" : "");
	return GW_OK;
}

gw_status command_obey(struct monitor *m, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE],
		       struct monitor_actions *out)
{
	switch (event->verb) {
	case GW_COMMAND_HOLD:
		return hold(m, event, ret_text);
	case GW_COMMAND_RESUME:
		return resume(m, ret_text);
	case GW_COMMAND_TAKEOVER:
		return takeover(m, event, ret_text, out);
	}
	text_say(ret_text, "no such order");
	return GW_ERR_UNSUPPORTED;
}
