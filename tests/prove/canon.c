/* SPDX-License-Identifier: MIT
 *
 * The canonical form of a state, for the hash alone: two states with the same form have the same future.
 *
 * Numbers, slots and times stand as they differ from the present ones, so that what happened a round later is the same
 * state. Of what is so old that no fork reaches it only the order is kept; what no rule reads any more is zero. A
 * member that is not named here stands as it is: the state then repeats less often, and never wrongly. The search can
 * compare states that it takes for the same (setting's verify_every).
 */
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define BIAS	   0x40000000u
#define OLD_BIAS   0x20000000u
#define LONG_AGO_S (5 * 86400) /* what lies further back is beyond every limit of the rules */
#define HALF_DAY_S 43200       /* no search lasts so long: what is younger is of today throughout */
#define TURNS_S	   ((NODES_MAX + 1) * ROUND * INTERVAL_S) /* every turn in `order` has come */
#define IN_A_ROW   3					  /* more change nothing: they lift max_switches */
#define OLDS_MAX   512

/* Distinct values, of which only the order is kept. */
struct ranks {
	uint64_t values[OLDS_MAX];
	uint32_t count;
};

struct base {
	uint32_t num, slot, missed, faults;
	uint32_t oldest;      /* a block before this one is asked for by nobody, and undone by no fork */
	uint32_t oldest_slot; /* its slot */
	int64_t time_s, mono_ms;
	const struct world *w;
	const struct setting *setting;
	bool collects;		   /* the first of two rounds: old numbers and sequences are collected */
	struct ranks *nums, *seqs; /* seqs: of the present host */
	uint32_t epoch;
	uint64_t submissions;
};

static int compare(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void collect(struct ranks *ranks, uint64_t value)
{
	for (uint32_t i = 0; i < ranks->count; i++)
		if (ranks->values[i] == value)
			return;
	if (ranks->count == OLDS_MAX)
		abort();
	ranks->values[ranks->count++] = value;
}

static uint32_t rank_of(const struct ranks *ranks, uint64_t value)
{
	uint32_t rank = 0;

	while (ranks->values[rank] != value)
		rank++;
	return rank;
}

/* ---- numbers, slots, times ----------------------------------------------------------------------------------------
 */

static void number(uint32_t *value, uint32_t base)
{
	if (*value != 0)
		*value = *value - base + BIAS;
}

/* A block's number. */
static void block_num(uint32_t *value, const struct base *b)
{
	if (*value >= b->oldest || *value == 0) {
		if (!b->collects)
			number(value, b->num);
	} else if (b->collects) {
		collect(b->nums, *value);
	} else {
		*value = OLD_BIAS + rank_of(b->nums, *value);
	}
}

static void sequence(uint64_t *value, const struct base *b)
{
	if (*value == 0)
		return;
	if (b->collects)
		collect(b->seqs, *value);
	else
		*value = 1 + rank_of(b->seqs, *value);
}

static void number64(int64_t *value, int64_t base, int64_t least)
{
	if (*value == 0)
		return;
	*value = *value - base < least ? least : *value - base;
	*value += INT64_C(1) << 50;
}

/* least: ages beyond it are the same. */
static void time_s(int64_t *value, int64_t least, const struct base *b)
{
	if (!b->collects)
		number64(value, b->time_s, least);
}

static void mono_ms(int64_t *value, int64_t least, const struct base *b)
{
	if (!b->collects && *value != INT64_MAX)
		number64(value, b->mono_ms, least);
}

/* Chain time until which something lasts. */
static void until_s(uint32_t *value, const struct base *b)
{
	if (b->collects)
		return;
	if (*value < slot_time_s(b->oldest_slot))
		*value = 0;
	number(value, (uint32_t)b->time_s);
}

/* Today, or long ago. */
static void day_s(int64_t *value, const struct base *b)
{
	if (!b->collects && *value != 0)
		*value = b->time_s - *value > HALF_DAY_S ? 1 : 2;
}

/* Of a block that no fork reaches it is only asked whether the chain holds it. */
static void id(char text[GW_ID_SIZE], const struct base *b)
{
	if (text[0] == '\0' || b->collects)
		return;
	uint32_t parts[2] = {id_num(text), id_slot(text)};

	if (parts[0] < b->oldest) {
		parts[1] = chain_holds(b->w, parts[0], parts[1]);
		parts[0] = OLD_BIAS;
	} else {
		parts[0] -= b->num;
		parts[1] -= b->slot;
	}
	memcpy(text, parts, sizeof(parts));
	memset(text + sizeof(parts), 0, 16 - sizeof(parts));
}

static void ref(struct monitor_block_ref *r, const struct base *b)
{
	const bool is_old = r->num < b->oldest;

	block_num(&r->num, b);
	id(r->id, b);
	if (is_old && !b->collects)
		day_s(&r->time_s, b);
	else
		time_s(&r->time_s, -LONG_AGO_S, b);
}

static void tapos(uint32_t *num, uint32_t *slot, const struct base *b)
{
	if (*num >= b->oldest) {
		if (!b->collects)
			number(slot, b->slot);
	} else if (!b->collects && *num != 0) {
		*slot = 1 + chain_holds(b->w, *num, *slot);
	}
	block_num(num, b);
}

/* ---- the monitor ------------------------------------------------------------------------------------------------- */

static bool is_spent(const struct monitor_gap *gap, const struct base *b)
{
	return gap->block.num < b->oldest && gap->settled && gap->taken == gap->charged && gap->maybe == 0;
}

static void reduce_gaps(struct monitor_counting *c, const struct base *b)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->gap_count; i++)
		if (!is_spent(&c->gaps[i], b))
			c->gaps[kept++] = c->gaps[i];
	memset(&c->gaps[kept], 0, (c->gap_count - kept) * sizeof(c->gaps[0]));
	c->gap_count = kept;
	for (uint32_t i = 0; i < kept; i++) {
		ref(&c->gaps[i].block, b);
		sequence(&c->gaps[i].seq, b);
	}
}

/* Those that nothing asks for any more are gone. */
static uint32_t reduce_refs(struct monitor_block_ref *refs, uint32_t count, const struct base *b)
{
	uint32_t kept = 0;

	while (kept < count && refs[kept].num >= b->oldest)
		kept++;
	if (kept < count) /* the newest of the old ones dates an answer */
		kept++;
	memset(&refs[kept], 0, (count - kept) * sizeof(refs[0]));
	for (uint32_t i = 0; i < kept; i++)
		ref(&refs[i], b);
	return kept;
}

static void reduce_counting(struct monitor_counting *c, const struct base *b)
{
	if (!b->collects) {
		c->total -= c->has_total ? b->missed : 0;
		c->epoch = c->epoch == b->epoch;
	}
	ref(&c->answer, b);
	sequence(&c->answer_seq, b);
	sequence(&c->baseline_seq, b);
	for (uint32_t i = 0; i < c->miss_count; i++)
		ref(&c->misses[i].block, b);
	reduce_gaps(c, b);
}

static void reduce_chain(struct monitor_chain *chain, uint64_t answer_seq, const struct base *b)
{
	ref(&chain->head, b);
	chain->recent_count = reduce_refs(chain->recent, chain->recent_count, b);
	sequence(&chain->seq, b);
	if (chain->doubt_seq <= answer_seq) /* no doubt is left */
		chain->doubt_seq = 0;
	sequence(&chain->doubt_seq, b);
	chain->irreversible = chain->stands_said = 0; /* a notice, no rule */
	if (!b->collects)
		chain->epoch = chain->epoch == b->epoch;
}

static void reduce_witness(struct monitor_witness_state *s, const struct base *b)
{
	day_s(&s->key_since_s, b);
	block_num(&s->confirmed, b);
	block_num(&s->seen, b);
	block_num(&s->produced, b);
	if (!b->collects) {
		memset(s->own_blocks, 0, sizeof(s->own_blocks)); /* a notice, no rule */
		s->own_block_count = 0;
	}
}

/* But for fail-back it is a notice, and no rule. */
static void reduce_ready(struct monitor_ready *r, bool preempts, const struct base *b)
{
	if (!preempts)
		r->is_bad = r->not_ready = r->is_well = 0;
	if (!r->is_bad)
		r->bad_since_ms = 0;
	if (!r->is_well)
		r->well_since_ms = 0;
	r->said_ms = r->said = 0;
	mono_ms(&r->bad_since_ms, -LONG_AGO_S * INT64_C(1000), b);
	mono_ms(&r->well_since_ms, -2000 * (int64_t)b->setting->preempt_delay_s, b);
}

static void reduce_due(struct monitor_due *due, const struct base *b)
{
	time_s(&due->since_s, -TURNS_S, b);
	time_s(&due->first_s, -TURNS_S, b);
	due->held = 0; /* what people were told */
	if (!b->setting->without_order)
		memset(due->id, 0, sizeof(due->id));
	id(due->id, b);
}

static void reduce_attempt(struct monitor_attempt *a, const struct base *b)
{
	if (b->collects)
		return;
	if (a->state == 0) { /* none is in flight */
		memset(a->key, 0, sizeof(a->key));
		a->cancelled = 0;
		a->reason = 0;
		a->cause = a->cause == MONITOR_DUE_FAIL_BACK ? a->cause : 0;
	}
	if (a->id != 0)
		a->id = b->submissions - a->id + 1;
	mono_ms(&a->not_before_ms, -1000, b);
	if (a->stray_until_s < slot_time_s(b->oldest_slot))
		a->stray_until_s = 0;
	time_s(&a->stray_until_s, -LONG_AGO_S, b);
}

static void reduce_monitor(struct monitor *m, const struct base *b)
{
	reduce_chain(&m->chain, m->counting.answer_seq, b);
	reduce_counting(&m->counting, b);
	reduce_witness(&m->witness, b);
	for (uint32_t i = 0; i < m->node_count; i++) {
		ref(&m->nodes[i].head, b);
		if (b->setting->confirm_nodes < 2) { /* none is asked to confirm */
			m->nodes[i].answered_at = 0;
			m->nodes[i].total_missed = -1;
			memset(m->nodes[i].key, 0, sizeof(m->nodes[i].key));
		}
		block_num(&m->nodes[i].answered_at, b);
		if (!b->collects)
			m->nodes[i].total_missed -= m->nodes[i].total_missed >= 0 ? b->missed : 0;
	}
	reduce_due(&m->due, b);
	reduce_attempt(&m->attempt, b);
	if (!b->collects)
		m->switches.lost_above -= m->switches.lost_is_open ? b->missed : 0;
	for (uint32_t i = 0; i < m->switches.count; i++)
		ref(&m->switches.list[i], b);
	reduce_ready(&m->ready, m->options.preempt, b);
	mono_ms(&m->wake_ms, -1000, b);
}

/* ---- the submission ---------------------------------------------------------------------------------------------- */

static void reduce_record(struct submission_record *r, const struct base *b)
{
	block_num(&r->intent.evidence_num, b);
	id(r->intent.evidence_id, b);
	block_num(&r->tapos_num, b);
	id(r->tapos_id, b);
	if (b->collects)
		return;
	number(&r->expiration_s, (uint32_t)b->time_s);
	if (r->id != 0)
		r->id = b->submissions - r->id + 1;
}

static void reduce_submission(struct submission *s, const struct base *b)
{
	reduce_record(&s->record, b);
	block_num(&s->block_num, b);
	mono_ms(&s->begun_ms, -LONG_AGO_S * INT64_C(1000), b);
	mono_ms(&s->ask_at_ms, -1000, b);
	mono_ms(&s->pending_since_ms, -LONG_AGO_S * INT64_C(1000), b);
	mono_ms(&s->wake_ms, -1000, b);
	mono_ms(&s->checked_ms, -60000, b);
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++)
		mono_ms(&s->offers[i].again_ms, -1000, b);
	if (b->collects)
		return;
	number(&s->alive_until_s, (uint32_t)b->time_s);
	s->said_waits = 0; /* what people were told */
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++)
		s->offers[i].told = 0;
	if (s->ticket != 0)
		s->ticket = s->last_ticket - s->ticket + 1;
	s->last_ticket = 0;
	if (s->driver_epoch != 0)
		s->driver_epoch = s->driver_epoch == b->epoch ? 1 : 2;
	memset(s->txid, 0, sizeof(s->txid)); /* made of the record */
}

/* ---- belief ------------------------------------------------------------------------------------------------------ */

static void reduce_key(struct key_belief *key, const struct base *b)
{
	sequence(&key->seq, b);
	key->block = 0; /* no rule reads it */
}

static void reduce_answer(struct witness_answer *answer, const struct base *b)
{
	block_num(&answer->last_confirmed, b);
	if (!b->collects && answer->exists)
		answer->total_missed -= b->missed;
}

/* Changes that no fork takes back are gone. */
static void reduce_history(struct watched *watched, const struct base *b)
{
	uint32_t old = 0;

	while (old < watched->changes && watched->history[old].num < b->oldest)
		old++;
	watched->changes -= old;
	memmove(&watched->history[0], &watched->history[old], watched->changes * sizeof(watched->history[0]));
	memset(&watched->history[watched->changes], 0, (KEY_HISTORY - watched->changes) * sizeof(watched->history[0]));
	for (uint32_t i = 0; i < watched->changes; i++) {
		block_num(&watched->history[i].num, b);
		reduce_key(&watched->history[i].before, b);
	}
}

static void reduce_fetch(struct fetch *fetch, const struct base *b)
{
	if (fetch->ticket == 0) {
		fetch->begun_ms = fetch->begun_time_s = 0;
		fetch->begun_seq = fetch->begun_block = 0;
	}
	if (!b->collects && fetch->answered)
		fetch->total_missed -= b->missed;
	sequence(&fetch->begun_seq, b);
	block_num(&fetch->begun_block, b);
	time_s(&fetch->begun_time_s, -LONG_AGO_S, b);
	mono_ms(&fetch->begun_ms, -LONG_AGO_S * INT64_C(1000), b);
}

/* A first fetch alone showed it. */
static bool waits_a_round(const struct key_belief *key)
{
	return !key->trusted && key->key[0] != '\0';
}

/* A round has passed, or not. */
static void reduce_stand(struct key_stand *stand, bool waits, const struct base *b)
{
	if (!waits)
		*stand = (struct key_stand){.time_s = 0};
	time_s(&stand->time_s, -LONG_AGO_S, b);
	mono_ms(&stand->mono_ms, -LONG_AGO_S * INT64_C(1000), b);
}

static void reduce_watched(struct watched *watched, const struct base *b)
{
	reduce_history(watched, b);
	reduce_key(&watched->key, b);
	bool wait = waits_a_round(&watched->key);
	for (uint32_t i = 0; i < watched->changes; i++)
		wait |= waits_a_round(&watched->history[i].before);
	reduce_stand(&watched->first, wait, b);
	reduce_stand(&watched->pending, watched->pending_key[0] != '\0', b);
	reduce_answer(&watched->answer, b);
	sequence(&watched->answer_seq, b);
	if (b->setting->skipping_blocks == 0) { /* what tells the chain's own null */
		memset(&watched->keyed, 0, sizeof(watched->keyed));
		watched->keyed_seq = watched->update_seq = watched->missed_seq = 0;
	}
	reduce_answer(&watched->keyed, b);
	sequence(&watched->keyed_seq, b);
	sequence(&watched->update_seq, b);
	sequence(&watched->missed_seq, b);
	for (uint32_t l = 0; l < LINKS_MAX; l++)
		reduce_fetch(&watched->fetches[l], b);
}

static void reduce_links(struct host *h, const struct base *b)
{
	if (h->links[OWN].pushed || b->setting->links < 2)
		h->own_seen_ms = 0;
	mono_ms(&h->own_seen_ms, -60000, b);
	for (uint32_t l = 0; l < LINKS_MAX; l++) {
		struct link *link = &h->links[l];

		if (!link->connected)
			link->num = link->slot = 0;
		block_num(&link->num, b);
		if (!b->collects)
			number(&link->slot, b->slot);
	}
}

static void reduce_update(struct update *u, const struct base *b)
{
	tapos(&u->tapos_num, &u->tapos_slot, b);
	if (!b->collects)
		number(&u->expires_slot, b->slot);
}

static void reduce_tx(struct tx *tx, const struct base *b)
{
	reduce_update(&tx->update, b);
	block_num(&tx->in_block, b);
	if (b->collects || !tx->live)
		return;
	tx->faults = tx->faults == b->faults;
	number(&tx->sent_slot, b->slot);
}

static void reduce_host(struct host *h, struct base *b)
{
	b->epoch = h->epoch;
	b->submissions = h->submissions;
	if (h->read_until < h->head_num)
		h->read_until = 0;
	if (!h->busy && !h->has_record && !h->asked_send)
		h->sake = h->offered = 0;
	if (!h->asked_witness)
		h->ticket = 0;
	block_num(&h->read_until, b);
	block_num(&h->head_num, b);
	sequence(&h->seq, b);
	reduce_links(h, b);
	reduce_watched(&h->watched, b);
	reduce_tx(&h->outgoing, b);
	reduce_monitor(&h->monitor, b);
	reduce_monitor(&h->saved, b);
	reduce_submission(&h->submission, b);
	reduce_record(&h->record, b);
	until_s(&h->alive_until_s, b);
	mono_ms(&h->timer_ms, -1000, b);
	if (b->collects)
		return;
	if (h->window_slot > 1)
		number(&h->window_slot, b->slot);
	number(&h->head_slot, b->slot);
	if (h->ticket != 0)
		h->ticket = 1;
	h->epoch = h->epoch != 0;
	h->submissions = 0;
}

/* ---- the chain --------------------------------------------------------------------------------------------------- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void reduce_block(struct block_model *block, const struct base *b)
{
	if (block->num + ROUND < b->oldest) {
		memset(block, 0, sizeof(*block));
		return;
	}
	if (block->newest_miss <= block->produced) /* of the two only this is asked */
		block->newest_miss = 0;
	block->misses = least(block->misses, b->setting->allowed_misses + 1);
	block->in_a_row = least(block->in_a_row, b->setting->allowed_misses + IN_A_ROW);
	block_num(&block->num, b);
	block_num(&block->confirmed, b);
	block_num(&block->newest_miss, b);
	block_num(&block->produced, b);
	for (uint32_t i = 0; i < block->update_count; i++)
		reduce_update(&block->updates[i], b);
	if (b->collects)
		return;
	if (block->enough_slot != 0 && block->enough_slot + 4 * ROUND < b->slot)
		block->enough_slot = b->slot - 4 * ROUND;
	number(&block->enough_slot, b->slot);
	number(&block->slot, b->slot);
	number(&block->parent_slot, b->slot);
	block->total_missed -= b->missed;
}

static bool is_head(const struct world *w, const struct block_model *block)
{
	bool any = false;

	for (uint32_t g = 0; g < GOLOSDS_MAX; g++)
		any |= w->golosds[g].alive && w->golosds[g].head_num == block->num &&
		       w->golosds[g].head_slot == block->slot;
	for (uint32_t n = 0; n < NODES_MAX; n++) {
		const struct host *h = &w->hosts[n];

		any |= h->head_num == block->num && h->head_slot == block->slot;
		for (uint32_t l = 0; l < LINKS_MAX; l++)
			any |= h->links[l].connected && h->links[l].num == block->num &&
			       h->links[l].slot == block->slot;
	}
	return any;
}

/* An orphan that is nobody's head, nor the parent of one that is, is gone. */
static void drop_orphans(struct world *w)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ORPHANS_MAX; i++) {
		const struct block_model *o = &w->orphans[i];
		bool needed = o->num != 0 && is_head(w, o);

		for (uint32_t k = 0; k < kept; k++)
			needed |= w->orphans[k].num == o->num + 1 && w->orphans[k].parent_slot == o->slot;
		if (needed)
			w->orphans[kept++] = *o;
	}
	memset(&w->orphans[kept], 0, (ORPHANS_MAX - kept) * sizeof(w->orphans[0]));
}

static uint32_t older(uint32_t oldest, uint32_t num)
{
	return num != 0 && num < oldest ? num : oldest;
}

/* The least block that somebody has still to follow from, less as many as forks can undo. */
static uint32_t oldest_of(const struct world *w, const struct setting *setting)
{
	uint32_t oldest = w->blocks[0].num;

	for (uint32_t g = 0; g < GOLOSDS_MAX; g++)
		if (w->golosds[g].alive)
			oldest = older(oldest, w->golosds[g].head_num);
	for (uint32_t n = 0; n < setting->nodes; n++) {
		const struct host *h = &w->hosts[n];

		oldest = older(oldest, h->head_num);
		for (uint32_t l = 0; l < LINKS_MAX; l++)
			if (h->watched.fetches[l].ticket != 0)
				oldest = older(oldest, h->watched.fetches[l].begun_block);
	}
	for (uint32_t i = 0; i < ORPHANS_MAX; i++)
		oldest = older(oldest, w->orphans[i].num);
	return oldest - setting->faults - 1 - setting->skipping_blocks;
}

static void reduce(struct world *w, struct base *b, struct ranks seqs[NODES_MAX])
{
	for (uint32_t i = 0; i < BLOCKS_MAX; i++)
		reduce_block(&w->blocks[i], b);
	for (uint32_t i = 0; i < ORPHANS_MAX; i++)
		reduce_block(&w->orphans[i], b);
	for (uint32_t i = 0; i < TXS_MAX; i++)
		reduce_tx(&w->txs[i], b);
	for (uint32_t g = 0; g < GOLOSDS_MAX; g++) {
		struct golosd *golosd = &w->golosds[g];

		if (!golosd->alive)
			golosd->head_num = golosd->head_slot = 0;
		block_num(&golosd->head_num, b);
		if (!b->collects)
			number(&golosd->head_slot, b->slot);
	}
	for (uint32_t n = 0; n < b->setting->nodes; n++) {
		b->seqs = &seqs[n];
		reduce_host(&w->hosts[n], b);
	}
}

void world_canon(struct world *w, const struct world *of, const struct setting *setting)
{
	struct ranks nums = {.count = 0}, seqs[NODES_MAX] = {{.count = 0}};
	struct base b = {.w = of, .setting = setting, .nums = &nums};

	drop_orphans(w);
	b.num = of->blocks[0].num;
	b.slot = of->slot;
	b.missed = of->blocks[0].total_missed;
	b.faults = of->faults;
	b.time_s = slot_time_s(of->slot);
	b.mono_ms = host_now(of, &of->hosts[0]).mono_ms;
	b.oldest = oldest_of(w, setting);
	const struct block_model *oldest = chain_block(of, b.oldest);
	b.oldest_slot = oldest != NULL ? oldest->slot : 0;
	b.collects = true;
	reduce(w, &b, seqs);
	qsort(nums.values, nums.count, sizeof(nums.values[0]), compare);
	for (uint32_t n = 0; n < setting->nodes; n++)
		qsort(seqs[n].values, seqs[n].count, sizeof(seqs[n].values[0]), compare);
	b.collects = false;
	reduce(w, &b, seqs);
	w->now_ms -= b.time_s * 1000;
	/* without `order` a pause is drawn from a block's id, that is no other's */
	w->slot = setting->without_order ? of->slot << 16 ^ of->blocks[0].num : of->slot % ROUND;
	w->faults = 0;
	if (w->late_slot + 1 < of->slot) /* no longer built upon */
		w->late_slot = w->late_signer = 0;
	number(&w->late_slot, b.slot);
}
