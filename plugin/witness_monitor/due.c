/* SPDX-License-Identifier: MIT
 *
 * Due and never: whether production has to move at all. docs/design.md "The rules of a switch", Due, Never, Fail-back.
 */
#include "rules.h"

bool due_enough_misses(const struct monitor *m)
{
	return state_misses_in_window(m) > m->options.allowed_misses ||
	       state_missed_in_a_row(m) > m->options.allowed_misses;
}

bool due_produced_since(const struct monitor *m)
{
	const struct monitor_miss *newest = state_newest_miss(m);
	const struct monitor_witness_state *w = &m->witness;

	if (newest == NULL)
		return true;
	return (w->produced > 0 && w->produced >= newest->block.num) || w->confirmed >= newest->block.num;
}

/* The node that drives reports less now than was counted, and no fork that we saw: a cache's word, or that of a node on
 * another branch behind its address. One of the two answers is wrong, and which is not known (seed 910024933). */
static bool is_taken_back(const struct monitor *m)
{
	const struct monitor_node *driver = state_driver(m);

	return driver != NULL && driver->total_missed >= 0 && driver->total_missed < m->counting.total;
}

const char *due_never(const struct monitor *m)
{
	if (!m->witness.answered)
		return "the witness is not known yet";
	if (!m->witness.exists)
		return "the chain has no such witness";
	if (state_we_produce(m))
		return "our key is the signing key";
	if (state_operator_nulled(m))
		return "the operator shut the witness down";
	if (state_chain_nulled(m) && !m->options.null_takeover)
		return "the chain shut the witness down, and on_null_key is stay";
	return NULL;
}

/* Rules moved production away, and this node, the first of `order`, has been well long enough. */
static bool may_fail_back(const struct monitor *m, const struct gw_now *now)
{
	const struct monitor_switches *s = &m->switches;

	return m->options.preempt && priority_is_first(m) && s->rules_moved && !s->preempted && !s->first_missed &&
	       now->mono_ms - m->ready.well_since_ms >= m->options.preempt_delay_s * 1000;
}

enum monitor_cause due_cause(const struct monitor *m, const struct gw_now *now)
{
	if (due_never(m) != NULL)
		return MONITOR_NOT_DUE;
	if (state_chain_nulled(m))
		return MONITOR_DUE_NULL;
	if (due_enough_misses(m) && !due_produced_since(m) && !is_taken_back(m))
		return MONITOR_DUE_MISSES;
	if (may_fail_back(m, now))
		return MONITOR_DUE_FAIL_BACK;
	return MONITOR_NOT_DUE;
}
