/* SPDX-License-Identifier: MIT
 *
 * Due and never: whether production has to move at all. docs/design.md "The rules of a switch", Due and Never.
 */
#include "rules.h"

#include <string.h>

uint32_t misses_in_window(const struct monitor *m)
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

/* Missed slots of the witness with no block of it after them. */
uint32_t own_slots_in_a_row(const struct monitor *m)
{
	uint32_t own_block = newest_own_block(m);
	uint32_t count = 0;

	for (uint32_t i = 0; i < m->counting.miss_count; i++)
		if (m->counting.misses[i].block.num > own_block)
			count++;
	return count;
}

/* A block of the witness signed with the present key is newer than the newest counted miss. */
bool produced_since(const struct monitor *m)
{
	const struct monitor_miss *newest = newest_miss(m);
	const struct monitor_witness_state *w = &m->witness;

	if (newest == NULL)
		return true;
	return (w->produced > 0 && w->produced >= newest->block.num) || w->confirmed >= newest->block.num;
}

bool enough_misses(const struct monitor *m)
{
	return misses_in_window(m) > m->options.allowed_misses || own_slots_in_a_row(m) > m->options.allowed_misses;
}

bool we_produce(const struct monitor *m)
{
	return strcmp(m->witness.key, m->options.witness_pubkey) == 0;
}

static bool is_nulled(const struct monitor *m)
{
	return strcmp(m->witness.key, GW_NULL_KEY) == 0;
}

bool chain_nulled(const struct monitor *m)
{
	return is_nulled(m) && m->witness.null_origin == GW_NULL_CHAIN;
}

/* What cannot be told counts as the operator's will. */
bool operator_nulled(const struct monitor *m)
{
	return is_nulled(m) && m->witness.null_origin != GW_NULL_CHAIN;
}

const char *never(const struct monitor *m)
{
	if (!m->witness.answered)
		return "the witness is not known yet";
	if (!m->witness.exists)
		return "the chain has no such witness";
	if (we_produce(m))
		return "our key is the signing key";
	if (operator_nulled(m))
		return "the operator shut the witness down";
	if (chain_nulled(m) && !m->options.null_takeover)
		return "the chain shut the witness down, and on_null_key is stay";
	return NULL;
}

enum monitor_cause due_cause(const struct monitor *m, const struct gw_now *now)
{
	if (never(m) != NULL)
		return MONITOR_NOT_DUE;
	if (chain_nulled(m))
		return MONITOR_DUE_NULL;
	if (enough_misses(m) && !produced_since(m))
		return MONITOR_DUE_MISSES;
	if (fail_back(m, now))
		return MONITOR_DUE_FAIL_BACK;
	return MONITOR_NOT_DUE;
}
