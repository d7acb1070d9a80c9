/* SPDX-License-Identifier: MIT
 *
 * A monitor in canonical form.
 */
#include <string.h>

#include "canon.h"

#define FAILURES_MAX 5				   /* more lengthen the pause before the next try no further */
#define REST_S	     (3 * ROUND * INTERVAL_S << 5) /* after as many switches beyond max_switches as a run has */
#define TURNS_S	     ((NODES_MAX + 1) * ROUND * INTERVAL_S) /* every turn in `order` has come */

/* A gap whose block is old tells only whose a switch was that names it: fail-back alone asks, and of newer ones. */
static bool is_spent(const struct monitor_gap *gap, const struct canon *b)
{
	return gap->unreported == 0 &&
	       (gap->block.num < b->oldest || (b->setting->preempt_delay_s == 0 && gap->reported == 0));
}

static void reduce_gaps(struct monitor_counting *c, const struct canon *b)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->gap_count; i++)
		if (!is_spent(&c->gaps[i], b))
			c->gaps[kept++] = c->gaps[i];
	memset(&c->gaps[kept], 0, (c->gap_count - kept) * sizeof(c->gaps[0]));
	c->gap_count = kept;
	for (uint32_t i = 0; i < kept; i++) {
		if (!b->collects && c->gaps[i].unreported > 0) /* its age settles it in the end */
			c->gaps[i].reserved[0] = (uint8_t)(b->num - c->gaps[i].block.num);
		canon_ref(&c->gaps[i].block, b);
		canon_seq(&c->gaps[i].seq, b);
	}
}

/* Those that nothing asks for any more are gone: of the old ones the newest dates an answer. */
static uint32_t reduce_refs(struct monitor_block_ref *refs, uint32_t count, const struct canon *b)
{
	uint32_t old = 0;

	while (old + 1 < count && refs[old + 1].num < b->oldest)
		old++;
	memmove(&refs[0], &refs[old], (count - old) * sizeof(refs[0]));
	memset(&refs[count - old], 0, old * sizeof(refs[0]));
	for (uint32_t i = 0; i < count - old; i++)
		canon_ref(&refs[i], b);
	return count - old;
}

static void reduce_counting(struct monitor_counting *c, const struct canon *b)
{
	if (c->has_total)
		canon_missed(&c->total, b);
	canon_ref(&c->answer, b);
	canon_seq(&c->answer_seq, b);
	for (uint32_t i = 0; i < c->miss_count; i++) {
		canon_ref(&c->misses[i].block, b);
		canon_seq(&c->misses[i].loose_seq, b);
	}
	reduce_gaps(c, b);
}

static void reduce_chain(struct monitor_chain *chain, uint64_t answer_seq, const struct canon *b)
{
	canon_ref(&chain->head, b);
	chain->recent_count = reduce_refs(chain->recent, chain->recent_count, b);
	canon_seq(&chain->seq, b);
	if (chain->doubt_seq <= answer_seq) /* no doubt is left */
		chain->doubt_seq = 0;
	canon_seq(&chain->doubt_seq, b);
	chain->irreversible = chain->stands_reported = 0; /* a notice, no rule */
	if (!b->collects)
		chain->epoch = chain->epoch == b->epoch;
}

static void reduce_witness(struct monitor_witness_state *s, const struct canon *b)
{
	canon_past_s(&s->key_since_s, b);
	canon_num(&s->confirmed, b);
	canon_num(&s->seen, b);
	canon_num(&s->produced, b);
	if (!b->collects) {
		memset(s->own_blocks, 0, sizeof(s->own_blocks)); /* a notice, no rule */
		s->own_block_count = 0;
	}
}

/* But for fail-back it is a notice, and no rule. */
static void reduce_ready(struct monitor_ready *r, bool preempts, const struct canon *b)
{
	r->reported_ms = r->reported = r->produces = 0;
	if (!preempts)
		r->bad_since_ms = r->well_since_ms = MONITOR_NEVER;
	if (r->bad_since_ms != MONITOR_NEVER)
		canon_mono_ms(&r->bad_since_ms, -AWHILE_S * INT64_C(1000), b);
	if (r->well_since_ms != MONITOR_NEVER)
		canon_mono_ms(&r->well_since_ms, -2000 * (int64_t)b->setting->preempt_delay_s, b);
}

static void reduce_due(struct monitor_due *due, const struct canon *b)
{
	canon_time_s(&due->since_s, -TURNS_S, b);
	due->held = 0; /* what people were told */
}

static void reduce_attempt(struct monitor_attempt *a, const struct canon *b)
{
	if (b->collects)
		return;
	if (a->state == 0) { /* none is in flight */
		memset(a->key, 0, sizeof(a->key));
		a->cancelled = 0;
		a->cause = a->cause == MONITOR_DUE_FAIL_BACK ? a->cause : 0;
		a->landed = a->unseen = 0;
	}
	if (a->failures > FAILURES_MAX)
		a->failures = FAILURES_MAX;
	if (a->id != 0)
		a->id = b->submissions - a->id + 1;
	canon_mono_ms(&a->not_before_ms, -1000, b);
	if (a->late_until_s < slot_time_s(b->oldest_slot))
		a->late_until_s = 0;
	canon_time_s(&a->late_until_s, -AWHILE_S, b);
}

/* How long ago the newest was is asked for as long as it makes the next one rest. */
static void reduce_switches(struct monitor_switches *s, uint32_t max_switches, const struct canon *b)
{
	for (uint32_t i = 0; i < s->count; i++) {
		int64_t time_s = s->list[i].time_s;

		canon_ref(&s->list[i], b);
		if (i + 1 < s->count || s->count < max_switches || b->collects)
			continue;
		canon_time_s(&time_s, -(REST_S << (s->count - max_switches)), b);
		s->list[i].time_s = time_s;
	}
}

void canon_monitor(struct monitor *m, const struct canon *b)
{
	if (!b->collects && m->counting.epoch != 0) /* which of them are the same */
		m->counting.epoch = m->counting.epoch == b->epoch ? 3 : 1 + (m->counting.epoch == m->chain.epoch);
	reduce_chain(&m->chain, m->counting.answer_seq, b);
	reduce_counting(&m->counting, b);
	reduce_witness(&m->witness, b);
	for (uint32_t i = 0; i < m->node_count; i++) {
		canon_ref(&m->nodes[i].head, b);
		if (b->setting->confirm_nodes < 2) { /* none is asked to confirm */
			m->nodes[i].answered_at = 0;
			m->nodes[i].total_missed = -1;
			memset(m->nodes[i].key, 0, sizeof(m->nodes[i].key));
		}
		canon_num(&m->nodes[i].answered_at, b);
		if (m->nodes[i].total_missed >= 0)
			canon_missed(&m->nodes[i].total_missed, b);
	}
	reduce_due(&m->due, b);
	reduce_attempt(&m->attempt, b);
	reduce_switches(&m->switches, m->options.max_switches, b);
	reduce_ready(&m->ready, m->options.preempt, b);
	canon_mono_ms(&m->wake_ms, -1000, b);
}
