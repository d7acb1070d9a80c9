/* SPDX-License-Identifier: MIT
 *
 * Counting: from blocks and answers to dated misses. docs/design.md "The rules of a switch", Counting.
 *
 * A block shows whose slots were skipped, an answer how many of them the chain charged. A miss is counted when an answer
 * reports it; the block dates it. Here the witness is foo:
 *
 *	slot	     1	   2	 3     4     5
 *	owner	     a	   foo	 b     foo   c
 *	block	     100   101	 -     -     102	102 is a block with a gap: one slot of foo is unreported
 *	answer	     7			       8	total_missed rose by 1: one miss, dated to block 102
 *
 * A node answers from its newest state, and its blocks may come later. A rise without a gap is dated to the block of the
 * answer before (`loose`), until the next block shows its gap and claims it.
 */
#include "rules.h"

#include <string.h>

#define PAST_BLOCKS 21 /* an answer may be of a state so many blocks ago */

static void remove_miss(struct monitor_counting *c, uint32_t at)
{
	state_remove(c->misses, &c->miss_count, at, sizeof(c->misses[0]));
}

/* Whom the chain shuts down, if it does: the miss that does it may come in the block of the next key's update. */
static void note_missed_key(struct monitor *m)
{
	if (m->witness.key[0] != '\0' && strcmp(m->witness.key, GW_NULL_KEY) != 0)
		text_copy(m->witness.missed_key, sizeof(m->witness.missed_key), m->witness.key);
}

static void add_miss(struct monitor *m, const struct monitor_block_ref *block, uint64_t loose_seq)
{
	struct monitor_counting *c = &m->counting;
	struct monitor_miss *miss =
		state_append(c->misses, &c->miss_count, m->options.allowed_misses + KEPT_MISSES, sizeof(*miss));

	miss->block = *block;
	miss->loose_seq = loose_seq;
	note_missed_key(m);
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

/* The chain stood, not the node: more than max_gap slots in a row were skipped by witnesses who do produce. */
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

/* Slots whose owner is not known: those older than the event lists, and those of a schedule that was never fetched, as
 * when its blocks were read after a pause. */
static uint32_t unowned_slots(const struct gw_block_event *event)
{
	uint32_t unknown = event->skipped - event->missed_count;

	for (uint32_t i = 0; i < event->missed_count; i++)
		unknown += event->missed[i]->witness[0] == '\0';
	return unknown;
}

static uint32_t charged_slots(const struct monitor *m, const struct gw_block_event *event)
{
	uint32_t charged = 0;

	for (uint32_t i = 0; i < event->missed_count; i++)
		charged += event->missed[i]->charged && strcmp(event->missed[i]->witness, m->options.witness) == 0;
	return charged;
}

/* A block whose gap charged the witness dates the miss that an answer will report. A block whose gap may have charged
 * the witness is kept as well: an update that names it may be a rule's. In a halt the witness has its share of the slots
 * of unknown owners: so many misses more are not counted. */
static void remember_gap(struct monitor *m, const struct gw_block_event *event)
{
	struct monitor_counting *c = &m->counting;
	uint32_t unowned = unowned_slots(event);
	uint32_t charged = charged_slots(m, event);
	struct monitor_gap *gap;

	if (charged > 0)
		note_missed_key(m);
	if (charged == 0 && unowned == 0)
		return;
	gap = state_append(c->gaps, &c->gap_count, MONITOR_GAPS_MAX, sizeof(*gap));
	state_ref_set(&gap->block, event->num, event->time_s, event->id);
	gap->seq = event->seq;
	gap->halt = gap_is_halt(m, event);
	if (gap->halt && event->scheduled != 0)
		gap->guessed = (unowned + event->scheduled - 1) / event->scheduled;
	else if (gap->halt)
		gap->guessed = unowned;
	gap->unreported = charged + gap->guessed;
}

const struct monitor_gap *counting_named_gap(const struct monitor *m, uint16_t ref)
{
	for (uint32_t i = 0; i < m->counting.gap_count; i++)
		if (!m->counting.gaps[i].halt && (uint16_t)m->counting.gaps[i].block.num == ref)
			return &m->counting.gaps[i];
	return NULL;
}

/* The fork undid block `num` and all after it: their misses go with them, and the chain's count falls by as many. */
static void undo_misses(struct monitor *m, uint32_t num)
{
	struct monitor_counting *c = &m->counting;

	for (uint32_t i = c->gap_count; i-- > 0;)
		if (c->gaps[i].block.num >= num) {
			c->total -= c->gaps[i].reported;
			state_remove(c->gaps, &c->gap_count, i, sizeof(c->gaps[0]));
		}
	for (uint32_t i = c->miss_count; i-- > 0;)
		if (c->misses[i].block.num >= num)
			remove_miss(c, i);
	m->unpersisted = true;
}

/* The block of the last answer is undone: the last one of both branches stands for it. */
static void undo_answer(struct monitor_counting *c, const struct gw_block_event *event)
{
	if (c->answer.num >= event->num)
		state_ref_set(&c->answer, event->num - 1,
			      event->time_s - (event->skipped + 1) * (int64_t)event->interval_s, event->previous);
}

/* The answers of before may no longer hold. A block that was read later does not say which key signed it. */
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
	}
	remember_gap(m, event);
	state_ref_set(&chain->head, event->num, event->time_s, event->id);
	*(struct monitor_block_ref *)state_append(chain->recent, &chain->recent_count, MONITOR_HEADS_MAX,
						  sizeof(chain->recent[0])) = chain->head;
	chain->seq = event->seq;
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

static void report(struct monitor_gap *gap)
{
	gap->unreported--;
	gap->reported++;
}

/* Takes from `rise` the misses that blocks have shown, oldest block first, and returns what is left of it. Those of a
 * halt are not counted. */
static int64_t take_from_gaps(struct monitor *m, int64_t rise, bool halts)
{
	for (uint32_t i = 0; i < m->counting.gap_count; i++) {
		struct monitor_gap *gap = &m->counting.gaps[i];

		for (; rise > 0 && (gap->halt != 0) == halts && gap->unreported > 0; rise--) {
			report(gap);
			if (!halts)
				add_miss(m, &gap->block, 0);
		}
	}
	return rise;
}

/* The chain charged `rise` slots more since the answer before. Blocks date them; what no block has shown is dated to the
 * answer before. Returns how many count. */
static uint32_t count_rise(struct monitor *m, int64_t rise)
{
	int64_t left = take_from_gaps(m, rise, false);
	int64_t counted = rise - left;

	left = take_from_gaps(m, left, true);
	if (left > MONITOR_MISSES_MAX) /* more than the list holds is nothing new */
		left = MONITOR_MISSES_MAX;
	for (; left > 0; left--, counted++)
		add_miss(m, &m->counting.answer, m->chain.seq);
	return (uint32_t)counted;
}

/* An answer before this one reported these misses without their blocks. Blocks have come since: the oldest that shows a
 * slot of the witness which no answer has reported is the miss's. Where none does, the date of the answer stays. */
static void claim_loose(struct monitor *m, const struct gw_witness_event *event)
{
	struct monitor_counting *c = &m->counting;

	for (uint32_t i = c->miss_count; i-- > 0;) {
		struct monitor_miss *miss = &c->misses[i];
		struct monitor_gap *gap = c->gaps, *end = c->gaps + c->gap_count;

		if (miss->loose_seq == 0 || event->begun_seq <= miss->loose_seq)
			continue;
		while (gap < end && (gap->unreported == 0 || gap->seq > event->begun_seq))
			gap++;
		miss->loose_seq = 0;
		if (gap == end)
			continue;
		report(gap);
		miss->block = gap->block;
		if (gap->halt)
			remove_miss(c, i);
	}
}

static bool has_halt_since(const struct monitor_counting *c, uint64_t seq)
{
	for (uint32_t i = 0; i < c->gap_count; i++)
		if (c->gaps[i].halt && c->gaps[i].unreported > 0 && c->gaps[i].seq > seq)
			return true;
	return false;
}

bool counting_may_be_of_a_halt(const struct monitor *m)
{
	const struct monitor_counting *c = &m->counting;

	for (uint32_t i = 0; i < c->miss_count; i++)
		if (c->misses[i].loose_seq != 0 && has_halt_since(c, c->misses[i].loose_seq))
			return true;
	return false;
}

/* The answer knows of the block where it reports a block of the witness that is no older. Else the answer may be of the
 * past, a cache's say, and a later one reports the slots; not for ever, for a schedule may be wrong. */
static bool knows_of(const struct monitor_gap *gap, const struct gw_witness_event *event)
{
	return event->last_confirmed >= gap->block.num || event->begun_block > gap->block.num + PAST_BLOCKS;
}

/* The chain has charged all slots of the blocks that the answer knows of: nothing more can come of them. */
static void settle_gaps(struct monitor_counting *c, const struct gw_witness_event *event)
{
	for (uint32_t i = 0; i < c->gap_count; i++)
		if (c->gaps[i].seq <= event->begun_seq && knows_of(&c->gaps[i], event))
			c->gaps[i].unreported = 0;
}

/* The first answer of a key or of a driving node: what the chain charged until then is in its total. Whether slots of
 * unknown owners are, nobody knows: a fork that undoes them takes nothing off the total. */
static void baseline(struct monitor_counting *c, const struct gw_witness_event *event)
{
	for (uint32_t i = 0; i < c->gap_count; i++) {
		struct monitor_gap *gap = &c->gaps[i];

		if (gap->seq > event->begun_seq)
			continue;
		while (gap->unreported > gap->guessed)
			report(gap);
		gap->unreported = 0;
	}
	c->has_total = 1;
}

/* A total that a process before this one saved has no epoch. */
static bool is_baseline(const struct monitor_counting *c, const struct gw_witness_event *event)
{
	return !c->has_total || (c->epoch != 0 && event->driver_epoch != c->epoch);
}

/* The answer is of before the change, or an update is pending: misses of the key before are still to be reported. */
static bool is_of_another_key(const struct gw_witness_event *event)
{
	return strcmp(event->fetched_key, event->signing_key) != 0;
}

/* The block at which the answer was requested, or an older one: an early date makes no switch. */
static void remember_answer(struct monitor *m, const struct gw_witness_event *event)
{
	struct monitor_counting *c = &m->counting;

	for (uint32_t i = m->chain.recent_count; i-- > 0;)
		if (m->chain.recent[i].num <= event->begun_block) {
			c->answer = m->chain.recent[i];
			break;
		}
	c->answer_seq = event->begun_seq;
	c->total = event->total_missed;
	c->epoch = event->driver_epoch;
	m->unpersisted = true;
}

/* After a fork that was not seen, or by another node, the chain reports less: its misses are the older ones. */
static void drop_newest(struct monitor *m, int64_t n)
{
	const struct monitor_miss *newest;

	for (; n > 0 && (newest = state_newest_miss(m)) != NULL; n--)
		remove_miss(&m->counting, (uint32_t)(newest - m->counting.misses));
}

/* The answer reports less than one before, and no fork, pause or change of node came between: a cache gave it, say. */
static bool falls_for_no_reason(const struct monitor *m, const struct gw_witness_event *event)
{
	const struct monitor_counting *c = &m->counting;

	return !is_baseline(c, event) && (int64_t)event->total_missed < c->total && c->answer_seq >= m->chain.doubt_seq;
}

/* The witness's share of the slots that the whole chain skipped since the newest answer of the process
 * before this one. Nobody saw whether the chain stood, and a node that is dead misses the next ones as well. Less than
 * a round of them is no halt. */
static int64_t missed_with_the_chain(const struct monitor *m)
{
	const struct monitor_counting *c = &m->counting;
	const struct monitor_chain *chain = &m->chain;
	int64_t scheduled = state_round_slots(m);
	int64_t skipped;

	if (c->epoch != 0 || chain->interval_s == 0 || chain->head.num < c->answer.num)
		return 0;
	skipped = (chain->head.time_s - c->answer.time_s) / chain->interval_s - (chain->head.num - c->answer.num);
	return skipped < scheduled ? 0 : (skipped + scheduled - 1) / scheduled;
}

/* An answer that was requested before the newest one, or before the signing key changed, counts nothing. */
uint32_t counting_answer(struct monitor *m, const struct gw_witness_event *event)
{
	struct monitor_counting *c = &m->counting;
	int64_t rise = (int64_t)event->total_missed - c->total;
	uint32_t counted = 0;

	if (event->cause != GW_WITNESS_FETCHED || event->begun_seq < c->answer_seq ||
	    (is_baseline(c, event) && is_of_another_key(event)) || falls_for_no_reason(m, event))
		return 0;
	if (c->has_total)
		drop_newest(m, -rise);
	if (is_baseline(c, event)) {
		baseline(c, event);
	} else {
		counted = count_rise(m, rise - missed_with_the_chain(m));
		claim_loose(m, event);
	}
	settle_gaps(c, event);
	remember_answer(m, event);
	m->witness.confirmed = event->last_confirmed;
	return counted;
}

void counting_anew(struct monitor *m, uint64_t seq)
{
	struct monitor_counting *c = &m->counting;

	c->has_total = 0;
	c->epoch = 0;
	c->answer_seq = c->answer_seq > seq ? c->answer_seq : seq;
	memset(c->misses, 0, sizeof(c->misses));
	c->miss_count = 0;
	for (uint32_t i = 0; i < c->gap_count; i++)
		if (c->gaps[i].seq <= seq)
			c->gaps[i].unreported = 0;
	m->unpersisted = true;
}
