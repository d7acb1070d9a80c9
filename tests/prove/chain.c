/* SPDX-License-Identifier: MIT
 *
 * The model chain: blocks, misses, pending transactions and the pending-key race. docs/protocol.md 4 to 6.
 */
#include <string.h>

#include "world.h"

#define MAX_GAP 3 /* the monitor's default: a longer gap is the chain's halt */

static const char keys[][GW_KEY_SIZE] = {
	"GLS7MLinU13CHGgUke7bSLeAwGWb14NTqiPxb1UdHJxxiVnitgjvR",
	"GLS73XWb5iP4rFiaAQ14QjVYjfF9jZR9uh12Zev5DcyMps7QxU3az",
	"GLS6hPU2Ndsp2qT7SYFDd56NVNzsiqYEh2jD2ZuMGVHwSTuM2aXoo",
	GW_NULL_KEY,
	"",
};

const char *key_text(uint8_t key)
{
	return keys[key];
}

uint8_t key_of(const char *text)
{
	uint8_t key = 0;

	while (key < KEY_UNKNOWN && strcmp(keys[key], text) != 0)
		key++;
	return key;
}

static void put_hex(char *to, uint32_t value)
{
	for (int i = 8; i-- > 0; value >>= 4)
		to[i] = "0123456789abcdef"[value & 15];
}

void id_text(char ret[GW_ID_SIZE], uint32_t num, uint32_t slot, uint32_t tag)
{
	memset(ret, '0', GW_ID_SIZE - 1);
	put_hex(ret, num);
	put_hex(ret + 8, slot);
	put_hex(ret + GW_ID_SIZE - 9, tag);
	ret[GW_ID_SIZE - 1] = '\0';
}

static uint32_t hex(const char *digits)
{
	uint32_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 4 | (uint32_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
	return value;
}

uint32_t id_num(const char id[GW_ID_SIZE])
{
	return hex(id);
}

uint32_t id_slot(const char id[GW_ID_SIZE])
{
	return hex(id + 8);
}

const struct block_model *chain_block(const struct world *w, uint32_t num)
{
	uint32_t back = w->blocks[0].num - num;

	return num != 0 && num <= w->blocks[0].num && back < BLOCKS_MAX ? &w->blocks[back] : NULL;
}

bool is_lost_sight_of(const struct world *w, uint32_t num)
{
	return num + BLOCKS_MAX <= w->blocks[0].num;
}

bool chain_holds(const struct world *w, uint32_t num, uint32_t slot)
{
	const struct block_model *b = chain_block(w, num);

	return b != NULL ? b->slot == slot : num < w->blocks[0].num; /* older than what is kept: no fork undoes it */
}

const struct block_model *state_at(const struct world *w, uint32_t num, uint32_t slot)
{
	if (chain_holds(w, num, slot))
		return chain_block(w, num);
	if (is_lost_sight_of(w, num))
		return NULL;
	for (uint32_t i = 0; i < ORPHANS_MAX; i++)
		if (num != 0 && w->orphans[i].num == num && w->orphans[i].slot == slot)
			return &w->orphans[i];
	return NULL;
}

uint32_t ancestor_slot(const struct world *w, uint32_t of_num, uint32_t of_slot, uint32_t num)
{
	while (of_num > num) {
		const struct block_model *b = state_at(w, of_num, of_slot);

		if (b == NULL)
			return 0;
		of_num--;
		of_slot = b->parent_slot;
	}
	return of_num == num ? of_slot : 0;
}

/* ---- pending transactions -------------------------------------------------------------------------------------- */

uint8_t pending_key(const struct world *w, uint32_t node)
{
	const struct golosd *golosd = &w->golosds[node];
	const struct block_model *state = state_at(w, golosd->head_num, golosd->head_slot);
	uint8_t key = state != NULL ? state->key : KEY_UNKNOWN;

	for (uint32_t i = 0; i < TXS_MAX; i++) {
		const struct tx *tx = &w->txs[i];

		/* one that lags has it pending until it gets the block */
		if (tx->live && tx->pools & 1u << node && (!tx->in_block || tx->in_block > golosd->head_num))
			key = tx->update.key;
	}
	return key;
}

/* The list stays in the order of sending. */
static void remove_tx(struct world *w, uint32_t at)
{
	memmove(&w->txs[at], &w->txs[at + 1], (TXS_MAX - 1 - at) * sizeof(w->txs[0]));
	memset(&w->txs[TXS_MAX - 1], 0, sizeof(w->txs[0]));
}

/* golosd holds it while its TaPoS block is on the chain and its expiration later than the head's time, and knows it as
 * a duplicate as long; one in a block is kept until no fork can undo it, too. */
void forget_expired(struct world *w)
{
	const struct block_model *head = &w->blocks[0];

	for (uint32_t i = TXS_MAX; i-- > 0;) {
		const struct tx *tx = &w->txs[i];

		bool is_over = tx->update.expires_slot <= head->slot;

		if (tx->in_block == 0)
			is_over |= !chain_holds(w, tx->update.tapos_num, tx->update.tapos_slot);
		else
			is_over &= tx->in_block + 1 < head->num;
		if (tx->live && is_over)
			remove_tx(w, i);
	}
}

bool missed_enough(const struct block_model *b, const struct setting *setting)
{
	return b->misses > setting->allowed_misses || b->in_a_row > setting->allowed_misses;
}

/* Node 0 sees no block: what an operator does now it hears of if it reads the block later, or never. */
static bool is_away(const struct host *h)
{
	return !h->alive || !h->links[OWN].connected;
}

bool block_charged(const struct world *w, const struct block_model *b)
{
	const struct block_model *before = state_at(w, b->num - 1, b->parent_slot);

	return before != NULL && before->total_missed < b->total_missed;
}

/* Whether rules alone moved production since it was node 0's: a rule's update names a block of a miss. */
static bool is_lost(const struct world *w, const struct block_model *b, const struct update *u)
{
	const struct block_model *named = state_at(w, u->tapos_num, u->tapos_slot);

	return u->key != 0 && u->key != KEY_NULL && (b->key == 0 || b->lost) &&
	       (named == NULL || block_charged(w, named));
}

static void note_lost(const struct world *w, struct block_model *b, const struct update *u)
{
	if (is_lost(w, b, u)) {
		b->hidden_slot = b->lost ? b->hidden_slot : 0;
		b->lost = 1;
	} else if (b->lost && u->key != 0 && is_away(&w->hosts[0])) {
		b->hidden_slot = b->hidden_slot != 0 ? b->hidden_slot : b->slot;
		b->hides = 1;
	} else {
		b->lost = 0;
		b->hidden_slot = 0;
	}
}

static void include(const struct world *w, struct block_model *b, struct tx *tx, const struct block_model *before,
		    struct run *run)
{
	const struct update *u = &tx->update;

	if (u->by != OPERATOR)
		check_landed(w, tx, b->update_count ? b : before, run);
	tx->in_block = b->num;
	b->updates[b->update_count++] = *u;
	if (u->by < NODES_MAX)
		b->switches[u->by]++;
	b->fail_backs = (uint8_t)(b->fail_backs + (u->sake == BY_FAIL_BACK));
	if (u->key == b->key)
		return;
	note_lost(w, b, u);
	b->renewed = b->nulled == u->key + 1;
	b->key = u->key;
	b->nulled = 0;
	b->ordered_slot = u->sake == BY_ORDER ? b->slot : 0;
	b->misses = b->newest_miss = b->produced = b->in_a_row = b->enough_slot = 0;
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

/* Slots of the witness that the block charges it. */
static uint32_t charge(struct block_model *b, const struct block_model *before)
{
	uint32_t slots = 0;

	for (uint32_t slot = before->slot + 1; slot < b->slot; slot++)
		slots += slot % ROUND == 0 && b->signer == KEY_UNKNOWN;
	b->total_missed += slots;
	b->in_a_row += slots;
	if (slots == 0 || b->slot - before->slot - 1 > MAX_GAP)
		return slots;
	b->misses += slots;
	b->newest_miss = b->num;
	return slots;
}

/* After the block's transactions, so that it can undo an update in that very block. */
static void null_idle(struct block_model *b, const struct block_model *before, const struct setting *setting)
{
	if (setting->skipping_blocks == 0 || b->key >= NODES_MAX ||
	    before->num - b->confirmed <= setting->skipping_blocks)
		return;
	if (b->key == before->key && b->produced == 0)
		b->shut_down |= (uint8_t)(1u << b->key);
	b->nulled = (uint8_t)(1 + b->key);
	b->lost |= b->key == 0;
	b->key = KEY_NULL;
	b->renewed = 0;
	b->ordered_slot = 0;
}

struct block_model *chain_add(struct world *w, uint32_t slot, uint8_t signer, bool with_pending, struct run *run)
{
	struct block_model *b = &w->blocks[0];
	const struct block_model *before = &w->blocks[1];

	memmove(&w->blocks[1], &w->blocks[0], (BLOCKS_MAX - 1) * sizeof(w->blocks[0]));
	b->num++;
	b->slot = slot;
	b->parent_slot = before->slot;
	b->signer = signer;
	b->update_count = 0;
	b->hides = 0;
	memset(b->updates, 0, sizeof(b->updates));
	const uint32_t charged = charge(b, before);
	if (signer != KEY_UNKNOWN) {
		b->confirmed = b->produced = b->num;
		b->renewed = 0;
		b->shut_down &= (uint8_t) ~(1u << signer);
		b->in_a_row = 0;
	}
	for (uint32_t i = 0; with_pending && i < TXS_MAX && b->update_count < UPDATES_MAX; i++) {
		struct tx *tx = &w->txs[i];

		if (tx->live && !tx->in_block && tx->pools & 1u << PUBLIC && tx->update.expires_slot > before->slot &&
		    chain_holds(w, tx->update.tapos_num, tx->update.tapos_slot))
			include(w, b, tx, before, run);
	}
	if (charged > 0)
		null_idle(b, before, run->setting);
	if (!missed_enough(b, run->setting))
		b->enough_slot = 0;
	else if (b->enough_slot == 0)
		b->enough_slot = slot;
	return b;
}

/* What it held is pending again. */
void chain_undo_head(struct world *w)
{
	for (uint32_t i = 0; i < TXS_MAX; i++)
		if (w->txs[i].in_block == w->blocks[0].num)
			w->txs[i].in_block = 0;
	memmove(&w->orphans[1], &w->orphans[0], (ORPHANS_MAX - 1) * sizeof(w->orphans[0]));
	w->orphans[0] = w->blocks[0];
	memmove(&w->blocks[0], &w->blocks[1], (BLOCKS_MAX - 1) * sizeof(w->blocks[0]));
	memset(&w->blocks[BLOCKS_MAX - 1], 0, sizeof(w->blocks[0]));
}

/* ---- who produces ---------------------------------------------------------------------------------------------- */

uint8_t witness_producer(struct world *w, struct run *run)
{
	uint8_t key = w->blocks[0].key;
	bool able = key < NODES_MAX && w->golosds[key].alive && !w->golosds[key].lags;
	uint8_t shown = able ? pending_key(w, key) : key;

	if (able && shown == key)
		return key;
	for (uint32_t i = 0; i < TXS_MAX; i++) {
		struct tx *tx = &w->txs[i];

		if (!tx->live || tx->in_block || tx->update.by >= NODES_MAX)
			continue;
		if (able && tx->pools & 1u << key)
			check_race(w, tx, run);
		/* the block of the node with the new key is refused by all, and its golosd clears what is pending */
		tx->pools &= (uint8_t) ~(1u << tx->update.by);
	}
	return KEY_UNKNOWN;
}
