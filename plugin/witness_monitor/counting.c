/* SPDX-License-Identifier: MIT
 *
 * Counting: from blocks and answers to dated misses. docs/design.md "The rules of a switch", Counting.
 *
 * A block tells whose slots were skipped, an answer how many of them the chain charged. Only what an answer tells is
 * a miss; the blocks date it.
 */
#include "rules.h"

#include <string.h>

/* monitor_miss.loose */
#define LOOSE_BEFORE 1 /* told by the answer before this one */
#define LOOSE_NOW    2 /* told by this answer */

#define PAST_BLOCKS 21 /* an answer may be of a state so many blocks ago */
#define SCHEDULED   21 /* golosd's witnesses of a round, while the schedule is not known yet */

static void ref_set(struct monitor_block_ref *ref, uint32_t num, int64_t time_s, const char *id)
{
	ref->num = num;
	ref->time_s = time_s;
	text_copy(ref->id, sizeof(ref->id), id);
}

static void remove_miss(struct monitor_counting *c, uint32_t at)
{
	memmove(&c->misses[at], &c->misses[at + 1], (c->miss_count - at - 1) * sizeof(c->misses[0]));
	c->miss_count--;
	memset(&c->misses[c->miss_count], 0, sizeof(c->misses[0]));
}

static void remove_gap(struct monitor_counting *c, uint32_t at)
{
	memmove(&c->gaps[at], &c->gaps[at + 1], (c->gap_count - at - 1) * sizeof(c->gaps[0]));
	c->gap_count--;
	memset(&c->gaps[c->gap_count], 0, sizeof(c->gaps[0]));
}

/* Who the chain shuts down, if it does: the miss that does it may come in the block of the next key's update. */
static void note_missed_key(struct monitor *m)
{
	if (m->switches.first_pending)
		m->switches.first_lost = 1;
	if (m->witness.key[0] != '\0' && strcmp(m->witness.key, GW_NULL_KEY) != 0)
		text_copy(m->witness.missed_key, sizeof(m->witness.missed_key), m->witness.key);
}

static void add_miss(struct monitor *m, const struct monitor_block_ref *block, uint8_t loose)
{
	struct monitor_counting *c = &m->counting;
	struct monitor_miss *miss;

	if (c->miss_count == m->options.allowed_misses + 9)
		remove_miss(c, 0);
	miss = &c->misses[c->miss_count++];
	miss->block = *block;
	miss->loose = loose;
	note_missed_key(m);
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

/* More than max_gap slots in a row were skipped by witnesses who do produce: the chain stood, not the node. */
static bool gap_is_halt(const struct monitor *m, const struct gw_block_event *event)
{
	uint32_t slots = event->skipped;

	for (uint32_t i = 0; i < event->missed_count; i++) {
		const struct gw_slot *slot = event->missed[i];

		if (slot->silent && strcmp(slot->witness, m->options.witness) != 0 && slots > 0)
			slots--;
	}
	return slots > m->options.max_gap;
}

/* Slots whose owner is not known: those older than the event lists, and those of an order that was never fetched, as
 * when its blocks were read after a pause. */
static uint32_t unowned_slots(const struct gw_block_event *event)
{
	uint32_t unknown = event->skipped - event->missed_count;

	for (uint32_t i = 0; i < event->missed_count; i++)
		unknown += event->missed[i]->witness[0] == '\0';
	return unknown;
}

/* How many slots of ours a halt may hold among those whose owner is not known. */
static uint32_t unknown_halt_slots(const struct monitor *m, const struct gw_block_event *event)
{
	uint32_t unknown = unowned_slots(event);

	if (!gap_is_halt(m, event))
		return 0;
	return event->scheduled == 0 ? unknown : (unknown + event->scheduled - 1) / event->scheduled;
}

static void remember_gap(struct monitor *m, const struct gw_block_event *event)
{
	struct monitor_counting *c = &m->counting;
	struct monitor_gap *gap;
	uint32_t unknown = unknown_halt_slots(m, event);
	uint32_t charged = 0;

	for (uint32_t i = 0; i < event->missed_count; i++) {
		const struct gw_slot *slot = event->missed[i];

		if (slot->charged && strcmp(slot->witness, m->options.witness) == 0)
			charged++;
	}
	if (charged > 0)
		note_missed_key(m);
	if (charged == 0 && unknown == 0)
		return;
	if (c->gap_count == MONITOR_GAPS_MAX)
		remove_gap(c, 0);
	gap = &c->gaps[c->gap_count++];
	ref_set(&gap->block, event->num, event->time_s, event->id);
	gap->seq = event->seq;
	gap->charged = charged;
	gap->maybe = unknown;
	gap->halt = gap_is_halt(m, event);
}

/* One of an owner not known may be the witness's, of blocks read after a pause nearly all are. */
static void remember_charged(struct monitor *m, const struct gw_block_event *event)
{
	struct monitor_counting *c = &m->counting;
	uint32_t charged = unowned_slots(event);

	for (uint32_t i = 0; i < event->missed_count; i++)
		charged += event->missed[i]->charged && strcmp(event->missed[i]->witness, m->options.witness) == 0;
	if (charged == 0 || gap_is_halt(m, event))
		return;
	if (c->charged_count == MONITOR_GAPS_MAX)
		memmove(&c->charged[0], &c->charged[1], --c->charged_count * sizeof(c->charged[0]));
	c->charged[c->charged_count++] = event->num;
}

bool counting_names_a_miss(const struct monitor *m, uint16_t ref)
{
	for (uint32_t i = 0; i < m->counting.charged_count; i++)
		if ((uint16_t)m->counting.charged[i] == ref)
			return true;
	return false;
}

/* Where the chain still counts what this gap had taken, it is of some time since the answer before that. */
static void give_back(struct monitor_counting *c, const struct monitor_gap *gap)
{
	c->total -= gap->taken;
	if (gap->before.num != 0 && gap->before.num < c->answer.num)
		c->answer = gap->before;
}

/* The fork undid block `num` and all after it: their misses go with them, and the chain's count falls by as many. */
static void undo_misses(struct monitor *m, uint32_t num)
{
	struct monitor_counting *c = &m->counting;

	while (c->charged_count > 0 && c->charged[c->charged_count - 1] >= num)
		c->charged[--c->charged_count] = 0;
	for (uint32_t i = c->gap_count; i-- > 0;)
		if (c->gaps[i].block.num >= num) {
			give_back(c, &c->gaps[i]);
			remove_gap(c, i);
		}
	for (uint32_t i = c->miss_count; i-- > 0;)
		if (c->misses[i].block.num >= num) {
			if (c->misses[i].loose)
				c->total--;
			remove_miss(c, i);
		}
	m->unpersisted = true;
}

/* The block of the last answer is undone: the last one of both branches stands for it. */
static void undo_answer(struct monitor_counting *c, const struct gw_block_event *event)
{
	if (c->answer.num >= event->num)
		ref_set(&c->answer, event->num - 1, event->time_s - (event->skipped + 1) * (int64_t)event->interval_s,
			event->previous);
}

static void undo_heads(struct monitor_chain *chain, uint32_t num)
{
	while (chain->recent_count > 0 && chain->recent[0].num >= num) {
		chain->recent_count--;
		memmove(&chain->recent[0], &chain->recent[1], chain->recent_count * sizeof(chain->recent[0]));
		memset(&chain->recent[chain->recent_count], 0, sizeof(chain->recent[0]));
	}
}

static void fill_id(struct monitor_block_ref *ref, const struct gw_block_event *event)
{
	if (ref->id[0] == '\0' && ref->num + 1 == event->num)
		text_copy(ref->id, sizeof(ref->id), event->previous);
}

/* A block's id may be known only from the next one's `previous`. */
static void fill_ids(struct monitor *m, const struct gw_block_event *event)
{
	struct monitor_counting *c = &m->counting;

	for (uint32_t i = 0; i < m->chain.recent_count; i++)
		fill_id(&m->chain.recent[i], event);
	for (uint32_t i = 0; i < c->miss_count; i++)
		fill_id(&c->misses[i].block, event);
	for (uint32_t i = 0; i < c->gap_count; i++)
		fill_id(&c->gaps[i].block, event);
	fill_id(&c->answer, event);
}

/* What was known before may no longer hold. A block that was read later does not say which key signed it. */
static bool is_doubtful(const struct monitor_chain *chain, const struct gw_block_event *event)
{
	return event->undone > 0 || event->driver_epoch != chain->epoch || event->flags & GW_BLOCK_CAUGHT_UP;
}

void counting_block(struct monitor *m, const struct gw_block_event *event)
{
	struct monitor_chain *chain = &m->chain;

	if (is_doubtful(chain, event))
		chain->doubt_seq = event->seq;
	chain->epoch = event->driver_epoch;
	if (event->undone > 0) {
		undo_misses(m, state_first_undone(m, event));
		undo_answer(&m->counting, event);
		undo_heads(chain, state_first_undone(m, event));
	}
	fill_ids(m, event);
	remember_gap(m, event);
	remember_charged(m, event);
	if (chain->recent_count < MONITOR_HEADS_MAX)
		chain->recent_count++;
	memmove(&chain->recent[1], &chain->recent[0], (chain->recent_count - 1) * sizeof(chain->recent[0]));
	ref_set(&chain->recent[0], event->num, event->time_s, event->id);
	ref_set(&chain->head, event->num, event->time_s, event->id);
	chain->seq = event->seq;
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

/* before: the block of the answer before the one that tells of it. */
static void take(struct monitor_gap *gap, const struct monitor_block_ref *before)
{
	if (gap->taken++ == 0)
		gap->before = *before;
}

/* True when one miss of a rise, or one dated to the answer before, was of a halt's slot of unknown owner. */
static bool is_of_halt(struct monitor_gap *gap, const struct monitor_block_ref *before)
{
	if (gap->settled || gap->maybe == 0)
		return false;
	gap->maybe--;
	gap->charged++;
	take(gap, before);
	return true;
}

static bool is_of_any_halt(struct monitor_counting *c)
{
	for (uint32_t i = 0; i < c->gap_count; i++)
		if (is_of_halt(&c->gaps[i], &c->answer))
			return true;
	return false;
}

/* Each miss belongs to the block whose gap held the slot; one without such a block to the block of the answer before.
 * Returns how many were counted. */
static uint32_t count_rise(struct monitor *m, int64_t n)
{
	struct monitor_counting *c = &m->counting;
	uint32_t counted = 0;

	for (uint32_t i = 0; i < c->gap_count; i++)
		for (struct monitor_gap *gap = &c->gaps[i]; n > 0 && !gap->settled && gap->taken < gap->charged; n--) {
			take(gap, &c->answer);
			if (gap->halt)
				continue;
			add_miss(m, &gap->block, 0);
			counted++;
		}
	/* more than the list holds says nothing new */
	for (int64_t kept = 0; n > 0 && kept < MONITOR_MISSES_MAX; n--) {
		if (is_of_any_halt(c))
			continue;
		add_miss(m, &c->answer, LOOSE_NOW);
		c->loose_seq = m->chain.seq;
		counted++;
		kept++;
	}
	return counted;
}

/* A block that an earlier answer already told of, for a node answers from a state further on than its blocks: the miss
 * that was dated to the answer before belongs to it. */
static void claim_loose(struct monitor *m, struct monitor_gap *gap)
{
	struct monitor_counting *c = &m->counting;

	for (uint32_t i = c->miss_count; i-- > 0;) {
		if (c->misses[i].loose != LOOSE_BEFORE || (gap->taken == gap->charged && gap->maybe == 0))
			continue;
		if (gap->taken == gap->charged) {
			(void)is_of_halt(gap, &c->misses[i].block);
			remove_miss(c, i);
			continue;
		}
		take(gap, &c->misses[i].block);
		c->misses[i].loose = 0;
		c->misses[i].block = gap->block;
		if (gap->halt)
			remove_miss(c, i);
	}
}

/* The answer knows of the block: it has told of all the slots, or of a block of the witness no older. Else it may be of
 * the past, a cache's say, and what it owes is told by a later one; not for ever, for an order may be wrong. */
static bool knows_of(const struct monitor_gap *gap, const struct gw_witness_event *event)
{
	return (gap->taken == gap->charged && gap->maybe == 0) || event->last_confirmed >= gap->block.num ||
	       event->begun_block > gap->block.num + PAST_BLOCKS;
}

/* The chain has charged all slots of the blocks that the answer knows of: nothing more can come of them. */
static void settle_gaps(struct monitor *m, const struct gw_witness_event *event)
{
	struct monitor_counting *c = &m->counting;

	for (uint32_t i = 0; i < c->gap_count; i++) {
		struct monitor_gap *gap = &c->gaps[i];

		if (gap->settled || gap->seq > event->begun_seq)
			continue;
		claim_loose(m, gap);
		gap->settled = knows_of(gap, event);
	}
	for (uint32_t i = 0; i < c->miss_count; i++) {
		if (c->misses[i].loose == LOOSE_NOW)
			c->misses[i].loose = LOOSE_BEFORE;
		else if (event->begun_seq > c->loose_seq)
			c->misses[i].loose = 0;
	}
}

static void baseline(struct monitor *m, const struct gw_witness_event *event)
{
	struct monitor_counting *c = &m->counting;

	for (uint32_t i = 0; i < c->gap_count; i++)
		if (c->gaps[i].seq <= event->begun_seq) {
			c->gaps[i].taken = c->gaps[i].charged;
			c->gaps[i].maybe = 0;
		}
	c->has_total = 1;
}

static bool is_baseline(const struct monitor_counting *c, const struct gw_witness_event *event)
{
	return !c->has_total || (!c->restored && event->driver_epoch != c->epoch);
}

/* Of before the change, or while an update is pending: what was missed under the key before is not told yet. */
static bool is_of_another_key(const struct gw_witness_event *event)
{
	return strcmp(event->fetched_key, event->signing_key) != 0;
}

/* The block at which the answer was asked, or an older one: an early date makes no switch. */
static void remember_answer(struct monitor *m, const struct gw_witness_event *event)
{
	struct monitor_counting *c = &m->counting;

	for (uint32_t i = 0; i < m->chain.recent_count; i++)
		if (m->chain.recent[i].num <= event->begun_block) {
			c->answer = m->chain.recent[i];
			break;
		}
	c->answer_seq = event->begun_seq;
	c->total = event->total_missed;
	c->epoch = event->driver_epoch;
	c->restored = 0;
	m->unpersisted = true;
}

/* None that was asked before the newest one, or before the signing key changed. */
static bool answer_counts(const struct monitor_counting *c, const struct gw_witness_event *event)
{
	return event->cause == GW_WITNESS_FETCHED && event->begun_seq >= c->answer_seq &&
	       event->begun_seq >= c->baseline_seq;
}

/* After a fork that was not seen, or by another node, the chain tells less: its misses are the older ones. */
static void drop_newest(struct monitor *m, int64_t n)
{
	const struct monitor_miss *newest;

	for (; n > 0 && (newest = state_newest_miss(m)) != NULL; n--)
		remove_miss(&m->counting, (uint32_t)(newest - m->counting.misses));
}

/* It tells less than one before, and no fork, pause or change of node came between: of the past, a cache's say. */
static bool falls_for_no_reason(const struct monitor *m, const struct gw_witness_event *event)
{
	const struct monitor_counting *c = &m->counting;

	return !is_baseline(c, event) && (int64_t)event->total_missed < c->total && c->answer_seq >= m->chain.doubt_seq;
}

/* What the witness may have missed of the slots that the whole chain skipped since the newest answer of the process
 * before this one: nobody saw whether the chain stood, and a node that is dead misses the next ones as well. Less than
 * a round of them is no halt. */
static int64_t missed_with_the_chain(const struct monitor *m)
{
	const struct monitor_counting *c = &m->counting;
	const struct monitor_chain *chain = &m->chain;
	int64_t scheduled = chain->scheduled != 0 ? chain->scheduled : SCHEDULED;
	int64_t skipped;

	if (!c->restored || chain->interval_s == 0 || chain->head.num < c->answer.num)
		return 0;
	skipped = (chain->head.time_s - c->answer.time_s) / chain->interval_s - (chain->head.num - c->answer.num);
	return skipped < scheduled ? 0 : (skipped + scheduled - 1) / scheduled;
}

uint32_t counting_answer(struct monitor *m, const struct gw_witness_event *event)
{
	struct monitor_counting *c = &m->counting;
	uint32_t counted = 0;
	int64_t rise;

	if (!answer_counts(c, event) || (is_baseline(c, event) && is_of_another_key(event)) ||
	    falls_for_no_reason(m, event))
		return 0;
	rise = (int64_t)event->total_missed - c->total;
	if (c->has_total)
		drop_newest(m, -rise);
	if (is_baseline(c, event))
		baseline(m, event);
	else if (rise > 0)
		counted = count_rise(m, rise - missed_with_the_chain(m));
	settle_gaps(m, event);
	remember_answer(m, event);
	m->witness.confirmed = event->last_confirmed;
	return counted;
}

void counting_anew(struct monitor *m, uint64_t seq)
{
	struct monitor_counting *c = &m->counting;

	c->has_total = 0;
	c->restored = 0;
	c->baseline_seq = seq;
	memset(c->misses, 0, sizeof(c->misses));
	c->miss_count = 0;
	while (c->gap_count > 0 && c->gaps[0].seq <= seq)
		remove_gap(c, 0);
	m->unpersisted = true;
}
