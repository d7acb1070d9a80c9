/* SPDX-License-Identifier: MIT
 *
 * The list of the day's switches: blocks that hold an update to our key.
 */
#include "rules.h"

#include <string.h>

void switches_add(struct monitor *m, uint32_t num, int64_t time_s, const char *id)
{
	struct monitor_switches *s = &m->switches;
	struct monitor_block_ref *ref;

	if (s->count == MONITOR_SWITCHES_MAX) {
		s->count--;
		memmove(&s->list[0], &s->list[1], s->count * sizeof(s->list[0]));
	}
	ref = &s->list[s->count++];
	ref->num = num;
	ref->time_s = time_s;
	text_copy(ref->id, sizeof(ref->id), id);
	m->attempt.listed = 1;
	m->unpersisted = true;
}

void switches_undo(struct monitor *m, uint32_t num)
{
	struct monitor_switches *s = &m->switches;

	while (s->count > 0 && s->list[s->count - 1].num >= num) {
		memset(&s->list[--s->count], 0, sizeof(s->list[0]));
		m->attempt.listed = 0;
	}
}

uint32_t switches_of_day(const struct monitor *m)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < m->switches.count; i++)
		if (m->switches.list[i].time_s > m->chain.head.time_s - DAY_S)
			count++;
	return count;
}
