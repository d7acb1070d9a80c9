/* SPDX-License-Identifier: MIT
 *
 * The canonical form of a state: numbers, times and counts as they differ from the present ones, so that what happened
 * a round later is the same state. A member that is not named here is hashed as it is: the state then repeats less
 * often, and never wrongly.
 */
#include <stddef.h>
#include <string.h>

#include "world.h"

#define BIAS	   0x40000000
#define LONG_AGO_S (5 * 86400) /* what lies further back is beyond every limit of the rules */

struct base {
	uint32_t num, slot, missed;
	int64_t time_s, chain_ms, mono_ms;
	uint64_t seq;
};

static void number(uint32_t *value, uint32_t base)
{
	if (*value != 0)
		*value = *value - base + BIAS;
}

static void number64(int64_t *value, int64_t base, int64_t least)
{
	if (*value == 0)
		return;
	*value = *value - base < least ? least : *value - base;
	*value += INT64_C(1) << 50;
}

static void time_s(int64_t *value, const struct base *b)
{
	number64(value, b->time_s, -LONG_AGO_S);
}

static void mono_ms(int64_t *value, const struct base *b)
{
	if (*value != INT64_MAX)
		number64(value, b->mono_ms, -LONG_AGO_S * INT64_C(1000));
}

static void sequence(uint64_t *value, const struct base *b)
{
	if (*value != 0)
		*value = *value - b->seq + BIAS;
}

static void id(char text[GW_ID_SIZE], const struct base *b)
{
	if (text[0] == '\0')
		return;
	const uint32_t parts[2] = {id_num(text) - b->num, id_slot(text) - b->slot};

	memcpy(text, parts, sizeof(parts));
	memset(text + sizeof(parts), 0, 16 - sizeof(parts));
}

static void ref(struct monitor_block_ref *r, const struct base *b)
{
	number(&r->num, b->num);
	time_s(&r->time_s, b);
	id(r->id, b);
}

static void reduce_monitor(struct monitor *m, const struct base *b)
{
	ref(&m->chain.head, b);
	for (uint32_t i = 0; i < m->chain.recent_count; i++)
		ref(&m->chain.recent[i], b);
	sequence(&m->chain.seq, b);
	if (m->chain.doubt_seq <= m->counting.answer_seq) /* no doubt is left */
		m->chain.doubt_seq = 0;
	sequence(&m->chain.doubt_seq, b);
	number(&m->chain.irreversible, b->num);
	m->counting.total -= m->counting.has_total ? b->missed : 0;
	ref(&m->counting.answer, b);
	sequence(&m->counting.answer_seq, b);
	sequence(&m->counting.baseline_seq, b);
	for (uint32_t i = 0; i < m->counting.miss_count; i++)
		ref(&m->counting.misses[i].block, b);
	for (uint32_t i = 0; i < m->counting.gap_count; i++) {
		ref(&m->counting.gaps[i].block, b);
		sequence(&m->counting.gaps[i].seq, b);
	}
	time_s(&m->witness.key_since_s, b);
	number(&m->witness.confirmed, b->num);
	number(&m->witness.seen, b->num);
	number(&m->witness.produced, b->num);
	for (uint32_t i = 0; i < m->witness.own_block_count; i++)
		ref(&m->witness.own_blocks[i], b);
	for (uint32_t i = 0; i < m->node_count; i++) {
		ref(&m->nodes[i].head, b);
		number(&m->nodes[i].answered_at, b->num);
		m->nodes[i].total_missed -= m->nodes[i].total_missed >= 0 ? b->missed : 0;
	}
	time_s(&m->due.since_s, b);
	time_s(&m->due.first_s, b);
	id(m->due.id, b);
	mono_ms(&m->attempt.not_before_ms, b);
	time_s(&m->attempt.stray_until_s, b);
	m->switches.lost_above -= m->switches.lost_is_open ? b->missed : 0;
	for (uint32_t i = 0; i < m->switches.count; i++)
		ref(&m->switches.list[i], b);
	mono_ms(&m->ready.bad_since_ms, b);
	mono_ms(&m->ready.said_ms, b);
	mono_ms(&m->ready.well_since_ms, b);
	mono_ms(&m->wake_ms, b);
}

static void reduce_record(struct submission_record *r, const struct base *b)
{
	number(&r->intent.evidence_num, b->num);
	id(r->intent.evidence_id, b);
	number(&r->tapos_num, b->num);
	id(r->tapos_id, b);
	number(&r->expiration_s, (uint32_t)b->time_s);
}

static void reduce_submission(struct submission *s, const struct base *b)
{
	reduce_record(&s->record, b);
	number(&s->block_num, b->num);
	mono_ms(&s->begun_ms, b);
	mono_ms(&s->ask_at_ms, b);
	mono_ms(&s->pending_since_ms, b);
	mono_ms(&s->wake_ms, b);
	number(&s->alive_until_s, (uint32_t)b->time_s);
	id(s->txid, b);
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++)
		mono_ms(&s->offers[i].again_ms, b);
}

static void reduce_update(struct update *u, const struct base *b)
{
	number(&u->tapos_num, b->num);
	number(&u->tapos_slot, b->slot);
	number(&u->expires_slot, b->slot);
}

static void reduce_block(struct block_model *block, const struct base *b)
{
	number(&block->num, b->num);
	number(&block->slot, b->slot);
	number(&block->total_missed, b->missed);
	number(&block->confirmed, b->num);
	number(&block->newest_miss, b->num);
	number(&block->produced, b->num);
	for (uint32_t i = 0; i < block->update_count; i++)
		reduce_update(&block->updates[i], b);
}

static void reduce_tx(struct tx *tx, const struct base *b)
{
	reduce_update(&tx->update, b);
	number(&tx->in_block, b->num);
}

/* What no longer matters is one value for all. */
static void number_unless(bool is_over, uint32_t *value, uint32_t base)
{
	if (is_over)
		*value = 1;
	else
		number(value, base);
}

static void reduce_host(struct host *h, struct base b)
{
	b.seq = h->seq;
	number_unless(h->read_until < h->head_num, &h->read_until, b.num);
	number_unless(h->window_slot + 4 * ROUND < h->head_slot, &h->window_slot, b.slot);
	number_unless(h->trusted, &h->first_slot, b.slot);
	number(&h->head_num, b.num);
	number(&h->head_slot, b.slot);
	number(&h->fetch_block, b.num);
	sequence(&h->key_seq, &b);
	sequence(&h->fetch_seq, &b);
	sequence(&h->seq, &b);
	number(&h->alive_until_s, (uint32_t)b.time_s);
	reduce_tx(&h->outgoing, &b);
	reduce_monitor(&h->monitor, &b);
	reduce_monitor(&h->saved, &b);
	reduce_submission(&h->submission, &b);
	reduce_record(&h->record, &b);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	const wide product = (wide)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Two lanes of 64-bit words; sizes are multiples of 8. */
static uint64_t hash_bytes(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	uint64_t lanes[2] = {1, 2};
	uint64_t words[2];

	for (size_t i = 0; i + sizeof(words) <= size; i += sizeof(words)) {
		memcpy(words, at + i, sizeof(words));
		lanes[0] = mix(lanes[0], words[0]);
		lanes[1] = mix(lanes[1], words[1]);
	}
	memcpy(words, at + size - sizeof(words), sizeof(words));
	return mix(mix(lanes[0], words[0]), mix(lanes[1], words[1]));
}

size_t world_size(uint32_t nodes)
{
	return offsetof(struct world, hosts) + nodes * sizeof(struct host);
}

uint64_t world_hash(const struct world *w, uint32_t nodes, struct world *scratch)
{
	struct base b = {.num = w->blocks[0].num, .slot = w->slot, .missed = w->blocks[0].total_missed};
	const struct gw_now now = host_now(w, &w->hosts[0]);

	b.time_s = slot_time_s(w->slot);
	b.mono_ms = now.mono_ms;
	memcpy(scratch, w, world_size(nodes));
	scratch->now_ms -= b.time_s * 1000;
	scratch->slot %= ROUND;
	number(&scratch->late_slot, b.slot);
	for (uint32_t i = 0; i < BLOCKS_MAX; i++)
		reduce_block(&scratch->blocks[i], &b);
	reduce_block(&scratch->orphan, &b);
	for (uint32_t i = 0; i < TXS_MAX; i++)
		reduce_tx(&scratch->txs[i], &b);
	for (uint32_t n = 0; n < nodes; n++) {
		number(&scratch->golosds[n].head_num, b.num);
		number(&scratch->golosds[n].head_slot, b.slot);
		reduce_host(&scratch->hosts[n], b);
	}
	return hash_bytes(scratch, world_size(nodes));
}
