/* SPDX-License-Identifier: MIT
 *
 * Priority: which of several backups goes first, by the option `order`. docs/design.md "The rules of a switch", Order.
 */
#include "rules.h"

#include <string.h>

/* Its node is the one that production moves away from. Under the chain's own null that is the node that the chain shut
 * down: it stands last, for it may be well again and the only one. */
static const char *key_left_out(const struct monitor *m)
{
	return state_chain_nulled(m) ? m->witness.missed_key : m->witness.key;
}

uint32_t priority_place(const struct monitor *m)
{
	const char *left_out = key_left_out(m);
	uint32_t place = 0;
	uint32_t others = 0;
	bool listed = false;

	for (uint32_t i = 0; i < m->options.priority_count; i++) {
		const char *key = m->options.priority[i];

		if (strcmp(key, left_out) == 0)
			continue;
		if (strcmp(key, m->options.witness_pubkey) != 0) {
			others++;
			continue;
		}
		listed = true;
		place = others;
	}
	/* the others count us among those before them: the last one's place is as high as `others` */
	if (m->switches.first_missed)
		return others > 0 ? others + 1 : 0;
	return listed ? place : others;
}

static int64_t delay_ms(const struct monitor *m)
{
	int64_t step_s = m->options.takeover_step_s;

	if (step_s == 0) /* one round */
		step_s = (int64_t)state_round_slots(m) * m->chain.interval_s;
	return priority_place(m) * step_s * 1000;
}

int64_t priority_left_ms(const struct monitor *m, const struct gw_now *now)
{

	if (m->due.cause == MONITOR_NOT_DUE || m->due.cause == MONITOR_DUE_FAIL_BACK || delay_ms(m) == 0)
		return 0;
	if (now->chain_ms == 0 || m->due.since_s == 0) /* it is not known how much of it has passed */
		return delay_ms(m);
	return m->due.since_s * 1000 + delay_ms(m) - now->chain_ms;
}

bool priority_is_first(const struct monitor *m)
{
	return m->options.priority_count > 0 && strcmp(m->options.priority[0], m->options.witness_pubkey) == 0;
}
