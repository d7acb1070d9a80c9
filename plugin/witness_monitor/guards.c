/* SPDX-License-Identifier: MIT
 *
 * The guards: what makes a due switch wait. docs/design.md "The rules of a switch", the table under Never.
 */
#include "rules.h"

#include <inttypes.h>
#include <string.h>

#define AGREEING_BEHIND_MAX   2 /* blocks that an endpoint which confirms may lag: one that syncs knows what was */
#define MISSED_IN_A_ROW_LIFTS 3 /* own slots in a row missed by the present producer lift max_switches */

/* ---- the state of things is not known -------------------------------------------------------------------------- */

/* After a fork, a pause or a change of the driving node nothing is decided before its blocks have come, and an answer
 * that was requested after them. Nor is anything decided on a key that a first answer alone showed. */
bool guard_answer(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	const struct monitor_node *driver = state_driver(m);

	(void)now;
	if (m->node_count > 0 && (driver == NULL || driver->head.num == 0))
		return text_say(why, "no node gives its blocks now");
	if (state_block_is_coming(m))
		return text_say(why, "the node's newest blocks have not come yet");
	if (!m->counting.has_total || m->counting.answer_seq < m->chain.doubt_seq)
		return text_say(why, "the node has not reported %s since %s", m->options.witness,
				m->counting.has_total ? "a fork, a pause or a change of node"
						      : "its signing key changed");
	if (counting_may_be_of_a_halt(m))
		return text_say(why, "the node has not reported %s since the chain stood", m->options.witness);
	return !m->witness.key_trusted &&
	       text_say(why, "the signing key may be a pending update's: it must stand for one round");
}

/* ---- own node -------------------------------------------------------------------------------------------------- */

static struct gw_node seen(const struct monitor_node *node)
{
	return (struct gw_node){.struct_size = sizeof(struct gw_node),
				.head_num = node->head.num,
				.head_time_s = node->head.time_s,
				.is_own = node->is_own,
				.is_driver = node->is_driver,
				.connected = node->connected,
				.branch = node->branch};
}

bool guard_own_node(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	const struct monitor_node *node = state_own_node(m);
	const struct gw_node own = node ? seen(node) : (struct gw_node){.connected = 0};

	if (gw_own_node_is_ill(&own, m->options.max_head_age_s, now, why))
		return true;
	for (uint32_t i = 0; i < m->node_count; i++) {
		const struct gw_node other = seen(&m->nodes[i]);

		if (!other.is_own && gw_own_node_differs(&own, &other, now, why))
			return true;
	}
	return false;
}

/* ---- clock ----------------------------------------------------------------------------------------------------- */

bool guard_clock(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	int64_t skew_ms = now->wall_ms - now->chain_ms;

	if (now->chain_ms == 0)
		return text_say(why, "no fresh block has given the time yet");
	if (skew_ms < 0)
		skew_ms = -skew_ms;
	if (skew_ms <= m->options.max_clock_skew_s * 1000)
		return false;
	return text_say(why, "our clock differs from the chain's by %" PRId64 ".%01" PRId64 " s", skew_ms / 1000,
			skew_ms % 1000 / 100);
}

/* ---- few others take part -------------------------------------------------------------------------------------- */

/* A slot that was not seen is neither filled nor empty. Where less than a third of the round is known, as after a start,
 * nothing is known of a node that is cut off alone. */
bool guard_participation(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	const struct monitor_chain *chain = &m->chain;

	(void)now;
	if (chain->others * 3 + 1 < chain->scheduled)
		return text_say(why, "only %" PRIu32 " slots of others are known yet, of %" PRIu32 " in a round",
				chain->others, chain->scheduled - 1);
	if (chain->others == 0 ||
	    (uint64_t)chain->others_filled * 100 > (uint64_t)m->options.min_participation * chain->others)
		return false;
	return text_say(why, "only %" PRIu32 " of %" PRIu32 " slots of others were filled in the last round",
			chain->others_filled, chain->others);
}

/* ---- the operator's hold --------------------------------------------------------------------------------------- */

bool guard_hold(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	if (!m->hold.on)
		return false;
	if (m->hold.until_s == 0)
		text_say(why, "held by %s until resume", m->hold.by);
	else if (now->chain_ms == 0)
		text_say(why, "held by %s until a time that no fresh block has given yet", m->hold.by);
	else
		text_say(why, "held by %s for %" PRId64 " s more", m->hold.by, m->hold.until_s - now->chain_ms / 1000);
	return true;
}

/* ---- order ----------------------------------------------------------------------------------------------------- */

bool guard_priority(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	int64_t left_ms = priority_left_ms(m, now);
	uint32_t place = priority_place(m);
	const char *go = place == 1 ? "other goes" : "others go";

	if (left_ms <= 0)
		return false;
	if (now->chain_ms == 0)
		text_say(why, "%" PRIu32 " %s first: how long is not known before a fresh block gives the time", place,
			 go);
	else
		text_say(why, "%" PRIu32 " %s first: %" PRId64 " s more", place, go, (left_ms + 999) / 1000);
	return true;
}

/* ---- switches of a day ----------------------------------------------------------------------------------------- */

/* Seconds of rest that the newest switch still wants: three rounds where the day's limit is just reached, and twice
 * as many for each switch beyond it. Where no node can produce, all of them miss three slots in a row again and again:
 * without the rest production would move to and fro without end, and use up what the signer signs in an hour. */
static int64_t rest_left_s(const struct monitor *m, uint32_t beyond)
{
	int64_t rest_s = (int64_t)MISSED_IN_A_ROW_LIFTS * state_round_slots(m) * m->chain.interval_s;

	for (; beyond > 0 && rest_s < DAY_S; beyond--)
		rest_s *= 2;
	return m->switches.list[m->switches.count - 1].time_s + rest_s - m->chain.head.time_s;
}

/* The day's limit keeps two nodes from taking production from each other in turn. A producer that is dead loses nothing
 * by one more. Under the chain's own null nobody produces, and without slots nobody misses three of them: a node may
 * end that once more, unless its own first slots were missed since it took over last. One that did produce is not shut
 * down again for as long as witness_skipping_reset_time, so this does not flip without end. */
bool guard_max_switches(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	uint32_t count = state_switches_of_day(m);
	int64_t left_s;

	(void)now;
	if (count < m->options.max_switches || (state_chain_nulled(m) && !m->switches.first_missed))
		return false;
	if (state_chain_nulled(m))
		return text_say(why, "%" PRIu32 " switches to our key within a day, and our first slots were missed",
				count);
	if (state_missed_in_a_row(m) < MISSED_IN_A_ROW_LIFTS)
		return text_say(why,
				"%" PRIu32
				" switches to our key within a day: until the producer misses %d slots in a row",
				count, MISSED_IN_A_ROW_LIFTS);
	left_s = rest_left_s(m, count - m->options.max_switches);
	if (left_s <= 0)
		return false;
	return text_say(why, "%" PRIu32 " switches to our key within a day: the next in %" PRId64 " s, or by order",
			count, left_s);
}

/* ---- endpoints that agree -------------------------------------------------------------------------------------- */

static bool node_agrees(const struct monitor *m, const struct monitor_node *node, const struct monitor_node *own)
{
	const struct monitor_miss *newest = state_newest_miss(m);
	bool behind = newest != NULL && (node->answered_at < newest->block.num || state_newest_awaits_block(m));

	if (!node->connected || node->total_missed < 0 || strcmp(node->key, m->witness.key) != 0)
		return false;
	if (node != own && node->branch != GW_BRANCH_SAME)
		return false;
	if (node->head.num + AGREEING_BEHIND_MAX < m->chain.head.num)
		return false;
	return node->total_missed >= m->counting.total - (behind ? 1 : 0);
}

bool guard_confirm_nodes(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	const struct monitor_node *own = state_own_node(m);
	uint32_t agree = 0;

	(void)now;
	if (m->options.confirm_nodes <= 1) /* the driving endpoint, whose answers are counted */
		return false;
	for (uint32_t i = 0; i < m->node_count; i++)
		if (node_agrees(m, &m->nodes[i], own))
			agree++;
	if (agree >= m->options.confirm_nodes)
		return false;
	return text_say(why, "%" PRIu32 " endpoints agree, %" PRIu32 " are wanted", agree, m->options.confirm_nodes);
}

/* ---- golosd's config, a try that failed ------------------------------------------------------------------------ */

bool guard_golosd_config(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	(void)now;
	if (m->ready.host.golosd_config != GW_READY_NO)
		return false;
	return text_say(why, "%s", m->ready.host.golosd_config_text);
}

bool guard_retry(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	const struct monitor_attempt *a = &m->attempt;

	if (now->mono_ms >= a->not_before_ms)
		return false;
	if (a->failures == 0)
		text_say(why, "the host has another transaction of ours in hand");
	else
		text_say(why, "the last try %s: the next in %" PRId64 " s%s", a->refused ? "was refused" : "failed",
			 (a->not_before_ms - now->mono_ms + 999) / 1000,
			 a->refused ? ", or when readiness changes" : "");
	return true;
}

/* An empty slot of somebody else's makes our head too old until the next block: people do not hear of that. */
#define ONE_SLOT_MS 3000

const struct guard guards[] = {
	{"answer", guard_answer, .ends_waiting = 1, .severity = GW_INFO},
	{"own_node", guard_own_node, .ends_waiting = 1, .patience_ms = BLOCK_COMES_MS, .reported_after_ms = ONE_SLOT_MS,
	 .severity = GW_WARNING},
	{"clock", guard_clock, .ends_waiting = 1, .severity = GW_WARNING},
	{"participation", guard_participation, .passed_by_takeover = 1, .ends_waiting = 1, .severity = GW_WARNING},
	{"hold", guard_hold, .ends_waiting = 1, .severity = GW_WARNING},
	{"order", guard_priority, .passed_by_takeover = 1, .severity = GW_INFO},
	{"max_switches", guard_max_switches, .passed_by_takeover = 1, .severity = GW_CRITICAL},
	{"confirm_nodes", guard_confirm_nodes, .ends_waiting = 1, .severity = GW_WARNING},
	{"golosd_config", guard_golosd_config, .ends_waiting = 1, .severity = GW_WARNING},
	{"retry", guard_retry, .passed_by_takeover = 1, .severity = GW_INFO},
};
const uint32_t guard_count = sizeof(guards) / sizeof(guards[0]);
