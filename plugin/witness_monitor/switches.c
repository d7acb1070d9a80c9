/* SPDX-License-Identifier: MIT
 *
 * The list of the day's switches: blocks that hold an update to our key.
 */
#include "rules.h"

void switches_add(struct monitor *m, uint32_t num, int64_t time_s, const char *id)
{
	struct monitor_switches *s = &m->switches;

	state_ref_set(state_append(s->list, &s->count, MONITOR_SWITCHES_MAX, sizeof(s->list[0])), num, time_s, id);
	m->unpersisted = true;
}

void switches_undo(struct monitor *m, uint32_t num)
{
	struct monitor_switches *s = &m->switches;

	while (s->count > 0 && s->list[s->count - 1].num >= num)
		state_remove(s->list, &s->count, s->count - 1, sizeof(s->list[0]));
}

uint32_t switches_of_day(const struct monitor *m)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < m->switches.count; i++)
		if (m->switches.list[i].time_s > m->chain.head.time_s - DAY_S)
			count++;
	return count;
}
