/* SPDX-License-Identifier: MIT
 *
 * After a switch: the first own slots, a key used twice, the chain's null, fail-back. docs/design.md "The rules of a
 * switch", After a switch and Fail-back.
 */
#include "rules.h"

#include <inttypes.h>
#include <string.h>

#define FIRST_SLOTS 2 /* of them missed: something is wrong with this node */

/* After a fork deeper than what the host keeps, blocks that it does not show may hold a switch again. */
static bool shows_all_blocks(const struct monitor *m, const struct gw_block_event *event)
{
	return event->num + event->undone == m->chain.head.num + 1;
}

void after_fork(struct monitor *m, const struct gw_block_event *event)
{
	struct monitor_switches *s = &m->switches;
	uint32_t num = state_first_undone(m, event);

	if (m->witness.seen >= num)
		m->witness.seen = 0;
	if (m->witness.produced >= num)
		m->witness.produced = 0;
	while (shows_all_blocks(m, event) && s->count > 0 && s->list[s->count - 1].num >= num)
		state_remove(s->list, &s->count, s->count - 1, sizeof(s->list[0]));
	m->unpersisted = true;
}

/* On the two sides of a partition each key may have made its block for that slot: that is no key that runs twice. */
static bool is_second_of_its_key(const struct monitor_own_block *other, const struct gw_block_event *event)
{
	bool known = other->key[0] != '\0' && event->signing_key[0] != '\0';

	return other->block.time_s == event->time_s && (!known || strcmp(other->key, event->signing_key) == 0);
}

static void watch_double_production(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out)
{
	struct monitor_witness_state *w = &m->witness;
	struct monitor_own_block *newest;
	bool second = false;

	if (event->id[0] == '\0')
		return;
	for (uint32_t i = 0; i < w->own_block_count; i++) {
		if (strcmp(w->own_blocks[i].block.id, event->id) == 0) /* the same one again */
			return;
		second |= is_second_of_its_key(&w->own_blocks[i], event);
	}
	if (second)
		text_notice(out, GW_CRITICAL, "two_blocks_for_one_slot",
			    "%s made two different blocks %" PRIu32 " for one slot: two nodes produce with its key",
			    m->options.witness, event->num);
	newest = state_append(w->own_blocks, &w->own_block_count, MONITOR_OWN_BLOCKS_MAX, sizeof(*newest));
	state_ref_set(&newest->block, event->num, event->time_s, event->id);
	text_copy(newest->key, sizeof(newest->key), event->signing_key);
}

static void we_produced(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out)
{
	struct monitor_switches *s = &m->switches;

	if (s->first_pending)
		text_notice(out, GW_INFO, "producing", "block %" PRIu32 " of %s is the first one of our key",
			    event->num, m->options.witness);
	s->first_pending = 0;
	s->first_missed = 0;
	s->missed_in_sync = 0;
	if (event->time_s - m->witness.key_since_s >= DAY_S)
		s->preempted = 0;
	m->unpersisted = true;
}

/* A block that was read later does not say which key signed it. It can be none but the key that blocks have shown: all
 * between were read, and with the null key nobody signs. */
static bool is_by_believed_key(const struct monitor *m, const struct gw_block_event *event)
{
	const struct monitor_witness_state *w = &m->witness;

	if (event->signing_key[0] == '\0')
		return w->key_in_block && strcmp(w->key, GW_NULL_KEY) != 0;
	return strcmp(event->signing_key, w->key) == 0;
}

void after_own_block(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out)
{
	if (strcmp(event->witness, m->options.witness) != 0)
		return;
	watch_double_production(m, event, out);
	m->witness.seen = event->num;
	if (!is_by_believed_key(m, event))
		return;
	m->witness.produced = event->num;
	m->witness.key_trusted = 1;
	m->witness.key_in_block = 1;
	if (state_we_produce(m))
		we_produced(m, event, out);
}

/* A switch that was sent before an operator's word against it: it was cancelled since, or his null key came in a block
 * with it. golosd compares a transaction's expiration with the time of the block before: after a halt it takes an old one.
 */
static bool is_late_transaction(const struct monitor *m, const struct gw_block_event *event)
{
	int64_t parent_s = event->time_s - (event->skipped + 1) * (int64_t)event->interval_s;

	if (parent_s < m->attempt.late_until_s)
		return true;
	return attempt_in_flight(m) && state_operator_nulled(m) && strcmp(m->attempt.key, GW_NULL_KEY) != 0;
}

void after_update(struct monitor *m, const struct gw_block_event *event, struct monitor_actions *out)
{
	struct monitor_switches *s = &m->switches;

	if (is_late_transaction(m, event)) {
		text_notice(out, GW_CRITICAL, "cancelled_switch_landed",
			    "block %" PRIu32 " holds the switch of %s to our key, sent before it was cancelled",
			    event->num, m->options.witness);
		if (m->attempt.cause == MONITOR_DUE_FAIL_BACK)
			s->preempted = 1;
	}
	m->attempt.late_until_s = 0;
	state_ref_set(state_append(s->list, &s->count, MONITOR_SWITCHES_MAX, sizeof(s->list[0])), event->num,
		      event->time_s, event->id);
	m->unpersisted = true;
}

void after_moved_by_hand(struct monitor *m, struct monitor_actions *out)
{
	struct monitor_switches *s = &m->switches;

	if (!s->rules_moved)
		return;
	s->rules_moved = 0;
	m->unpersisted = true;
	if (m->options.preempt && priority_is_first(m))
		text_notice(
			out, GW_INFO, "not_taken_back",
			"the update that moved %s names no missed slot, or was not seen: by an operator, for all that "
			"is known. This node does not take it back; golos-watch takeover does",
			m->options.witness);
}

/* Our key leaves before its first block, and a slot of it was missed: whoever took it acts on one miss, and the second
 * never comes. */
static void stand_last(struct monitor *m, const char *who, struct monitor_actions *out)
{
	m->switches.first_missed = 1;
	if (state_missed_in_a_row(m) >= FIRST_SLOTS) /* people know */
		return;
	text_notice(out, GW_CRITICAL, "first_slots_missed",
		    "%s took our key from %s before its first block: this node stands last in order until it has "
		    "produced",
		    who, m->options.witness);
}

static void note_shut_down(struct monitor *m, uint8_t new_origin, struct monitor_actions *out)
{
	/* the miss may be of before, charged in the very block that set our key */
	if (new_origin == GW_NULL_CHAIN && m->switches.first_pending && state_missed_in_a_row(m) > 0)
		stand_last(m, "the chain", out);
}

/* Another backup may be so quick that our node's answer shows its pending key, and never the chain's null. */
void after_moved_by_rule(struct monitor *m, const struct monitor_gap *named, struct monitor_actions *out)
{
	if (state_we_produce(m) && m->switches.first_pending && named->block.time_s > m->witness.key_since_s)
		stand_last(m, "another node", out);
}

void after_key_leaves(struct monitor *m, uint8_t new_origin, struct monitor_actions *out)
{
	struct monitor_switches *s = &m->switches;

	note_shut_down(m, new_origin, out);
	s->first_pending = 0;
	if (state_we_produce(m)) /* whatever was wrong with this node: its time of health begins now */
		m->ready.well_since_ms = MONITOR_NEVER;
}

void after_key_comes(struct monitor *m, uint8_t origin_before, struct monitor_actions *out)
{
	struct monitor_switches *s = &m->switches;

	if (!state_we_produce(m))
		return;
	s->first_pending = 1;
	s->missed_in_sync = 0;
	if (attempt_in_flight(m) && m->attempt.cause == MONITOR_DUE_FAIL_BACK)
		s->preempted = 1;
	if (origin_before == GW_NULL_CHAIN)
		text_notice(out, GW_CRITICAL, "may_be_nulled_again",
			    "%s was shut down by the chain: until it has produced a block, one miss may do it again",
			    m->options.witness);
}

/* So many slots were missed while our golosd was well: those that it missed when it was not do not count. */
static void say_yet_missing(struct monitor *m, uint32_t new_misses, const struct gw_now *now,
			    struct monitor_actions *out)
{
	struct monitor_switches *s = &m->switches;
	uint32_t before = s->missed_in_sync;
	char why[GW_TEXT_SIZE];

	if (guard_own_node(m, now, why)) {
		s->missed_in_sync = 0;
		return;
	}
	s->missed_in_sync = before + new_misses < FIRST_SLOTS ? (uint8_t)(before + new_misses) : FIRST_SLOTS;
	if (before < FIRST_SLOTS && s->missed_in_sync == FIRST_SLOTS)
		text_notice(out, GW_CRITICAL, "in_sync_yet_missing",
			    "our golosd is in sync, yet %s's slots are missed: it lacks the private half of %s, or "
			    "another node has the same witness_pubkey",
			    m->options.witness, m->options.witness_pubkey);
}

static void say_first_slots(struct monitor *m, uint32_t new_misses, struct monitor_actions *out)
{
	uint32_t missed = state_missed_in_a_row(m);

	if (!m->switches.first_pending || missed < FIRST_SLOTS || missed >= FIRST_SLOTS + new_misses)
		return;
	text_notice(out, GW_CRITICAL, "first_slots_missed",
		    "our key is the signing key of %s, and its first slots were missed: this node stands last in order "
		    "until it has produced",
		    m->options.witness);
	m->switches.first_missed = 1;
}

void after_misses(struct monitor *m, uint32_t new_misses, const struct gw_now *now, struct monitor_actions *out)
{
	const struct monitor_miss *newest = state_newest_miss(m);

	if (new_misses == 0 || newest == NULL)
		return;
	if (!state_we_produce(m)) {
		text_notice(out, GW_INFO, "slot_missed",
			    "%s missed %" PRIu32 " of its slots, before block %" PRIu32 ": %" PRIu32 " in the window",
			    m->options.witness, new_misses, newest->block.num, state_misses_in_window(m));
		return;
	}
	text_notice(out, GW_WARNING, "own_slot_missed",
		    "our node missed %" PRIu32 " of %s's slots, before block %" PRIu32 ": %" PRIu32 " in the window",
		    new_misses, m->options.witness, newest->block.num, state_misses_in_window(m));
	say_first_slots(m, new_misses, out);
	say_yet_missing(m, new_misses, now, out);
}
