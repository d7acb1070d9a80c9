/* SPDX-License-Identifier: MIT
 *
 * Whose slot is whose.
 */
#include "chain/schedule.h"

#include <string.h>

void schedule_forget(struct schedule *schedule)
{
	schedule->known = false;
}

uint32_t schedule_round(const struct schedule *schedule)
{
	return schedule->scheduled != 0 ? schedule->scheduled : schedule->max_witnesses;
}

uint32_t schedule_era(const struct schedule *schedule, uint32_t num)
{
	return schedule->max_witnesses == 0 ? 0 : num / schedule->max_witnesses;
}

void schedule_set(struct schedule *schedule, uint32_t era, const struct schedule_answer *answer)
{
	schedule->known = answer->count > 0 && answer->count <= WITNESSES_MAX;
	if (!schedule->known)
		return;
	schedule->era = era;
	memcpy(schedule->names, answer->names, sizeof(schedule->names));
	schedule->scheduled = answer->count;
	schedule->skipping_reset_s = answer->skipping_reset_s;
}

void schedule_set_aslot(struct schedule *schedule, const struct head_answer *head)
{
	schedule->aslot_known = schedule->interval_s > 0 && head->aslot <= INT64_MAX / 2;
	if (schedule->aslot_known)
		schedule->aslot_offset = (int64_t)head->aslot - head->time_s / schedule->interval_s;
}

const char *schedule_owner(const struct schedule *schedule, uint32_t parent, int64_t time_s)
{
	int64_t aslot;

	if (!schedule->known || schedule->era != schedule_era(schedule, parent) || !schedule->aslot_known)
		return NULL;
	aslot = time_s / schedule->interval_s + schedule->aslot_offset;
	return aslot < 0 ? NULL : schedule->names[(uint64_t)aslot % schedule->scheduled];
}

uint32_t schedule_certain(const struct schedule *schedule, uint32_t head_num)
{
	return schedule->max_witnesses == 0 ? 0 : schedule->max_witnesses - head_num % schedule->max_witnesses;
}
