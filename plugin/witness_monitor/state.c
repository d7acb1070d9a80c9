/* SPDX-License-Identifier: MIT
 *
 * Questions to the state, which change nothing: the newest miss, who holds the signing key, which node is ours.
 */
#include "rules.h"

#include <string.h>

#define SCHEDULED_MOST 21 /* golosd's witnesses of a round */

/* ---- lists ----------------------------------------------------------------------------------------------------- */

void state_remove(void *list, uint32_t *count, uint32_t at, size_t size)
{
	char *entry = (char *)list + at * size;

	memmove(entry, entry + size, (--*count - at) * size);
	memset((char *)list + *count * size, 0, size);
}

void *state_append(void *list, uint32_t *count, uint32_t max, size_t size)
{
	if (*count == max)
		state_remove(list, count, 0, size);
	return (char *)list + (*count)++ * size;
}

void state_ref_set(struct monitor_block_ref *ref, uint32_t num, int64_t time_s, const char *id)
{
	ref->num = num;
	ref->time_s = time_s;
	text_copy(ref->id, sizeof(ref->id), id);
}

/* ---- misses ---------------------------------------------------------------------------------------------------- */

const struct monitor_miss *state_newest_miss(const struct monitor *m)
{
	const struct monitor_miss *newest = NULL;

	for (uint32_t i = 0; i < m->counting.miss_count; i++) {
		const struct monitor_miss *miss = &m->counting.misses[i];

		if (newest == NULL || miss->block.num >= newest->block.num)
			newest = miss;
	}
	return newest;
}

bool state_newest_awaits_block(const struct monitor *m)
{
	const struct monitor_miss *newest = state_newest_miss(m);

	if (newest == NULL || newest->loose_seq == 0)
		return false;
	for (uint32_t i = 0; i < m->counting.gap_count; i++)
		if (m->counting.gaps[i].unreported > 0 && !m->counting.gaps[i].halt)
			return true;
	return m->chain.seq == newest->loose_seq;
}

uint32_t state_misses_in_window(const struct monitor *m)
{
	int64_t from_s = m->chain.head.time_s - m->options.miss_window_s;
	uint32_t count = 0;

	for (uint32_t i = 0; i < m->counting.miss_count; i++)
		if (m->counting.misses[i].block.time_s >= from_s)
			count++;
	return count;
}

static uint32_t newest_own_block(const struct monitor *m)
{
	return m->witness.seen > m->witness.confirmed ? m->witness.seen : m->witness.confirmed;
}

uint32_t state_missed_in_a_row(const struct monitor *m)
{
	uint32_t own_block = newest_own_block(m);
	uint32_t count = 0;

	for (uint32_t i = 0; i < m->counting.miss_count; i++)
		if (m->counting.misses[i].block.num > own_block)
			count++;
	return count;
}

/* ---- the signing key ------------------------------------------------------------------------------------------- */

uint32_t state_round_slots(const struct monitor *m)
{
	return m->chain.scheduled != 0 ? m->chain.scheduled : SCHEDULED_MOST;
}

bool state_we_produce(const struct monitor *m)
{
	return strcmp(m->witness.key, m->options.witness_pubkey) == 0;
}

static bool is_nulled(const struct monitor *m)
{
	return strcmp(m->witness.key, GW_NULL_KEY) == 0;
}

bool state_chain_nulled(const struct monitor *m)
{
	return is_nulled(m) && m->witness.null_origin == GW_NULL_CHAIN;
}

/* A null of unknown origin counts as the operator's will. */
bool state_operator_nulled(const struct monitor *m)
{
	return is_nulled(m) && m->witness.null_origin != GW_NULL_CHAIN;
}

uint32_t state_switches_of_day(const struct monitor *m)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < m->switches.count; i++)
		if (m->switches.list[i].time_s > m->chain.head.time_s - DAY_S)
			count++;
	return count;
}

/* ---- nodes and time -------------------------------------------------------------------------------------------- */

const struct monitor_node *state_driver(const struct monitor *m)
{
	for (uint32_t i = 0; i < m->node_count; i++)
		if (m->nodes[i].is_driver)
			return &m->nodes[i];
	return NULL;
}

const struct monitor_node *state_own_node(const struct monitor *m)
{
	for (uint32_t i = 0; i < m->node_count; i++)
		if (m->nodes[i].is_own)
			return &m->nodes[i];
	return NULL;
}

/* A block that a fork brings may be as high as the block that it takes the place of, or lower. */
static bool is_another_block(const struct monitor_block_ref *a, const struct monitor_block_ref *b)
{
	return a->num != b->num || (a->id[0] != '\0' && b->id[0] != '\0' && strcmp(a->id, b->id) != 0);
}

bool state_block_is_coming(const struct monitor *m)
{
	const struct monitor_node *driver = state_driver(m);

	return driver != NULL && driver->head.num != 0 && is_another_block(&driver->head, &m->chain.head);
}

struct gw_now state_time_ago(const struct gw_now *now, int64_t ms)
{
	struct gw_now then = *now;

	then.mono_ms -= ms;
	then.wall_ms -= ms;
	then.chain_ms -= then.chain_ms != 0 ? ms : 0;
	return then;
}

uint32_t state_first_undone(const struct monitor *m, const struct gw_block_event *event)
{
	uint32_t head_num = m->chain.head.num;
	uint32_t kept = head_num > event->undone ? head_num - event->undone : 0;

	return kept + 1 < event->num ? kept + 1 : event->num;
}
