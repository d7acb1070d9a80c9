/* SPDX-License-Identifier: MIT
 *
 * The model chain: blocks, misses, pending transactions and the pending-key race. PROTOCOL.md 4 to 6.
 */
#include <string.h>

#include "world.h"

#define MAX_GAP 3 /* the monitor's default: a longer gap is the chain's halt */

static const char *const keys[] = {
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

void id_text(char ret[GW_ID_SIZE], uint32_t num, uint32_t slot, uint32_t tag)
{
	snprintf(ret, GW_ID_SIZE, "%08x%08x%024x", num, slot, tag);
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

bool chain_holds(const struct world *w, uint32_t num, uint32_t slot)
{
	const struct block_model *b = chain_block(w, num);

	return b != NULL ? b->slot == slot : num < w->blocks[0].num; /* older than what is kept: no fork undoes it */
}

const struct block_model *state_at(const struct world *w, uint32_t num, uint32_t slot)
{
	if (chain_holds(w, num, slot))
		return chain_block(w, num);
	return num != 0 && w->orphan.num == num && w->orphan.slot == slot ? &w->orphan : NULL;
}

/* ---- pending transactions -------------------------------------------------------------------------------------- */

uint8_t pending_key(const struct world *w, uint32_t node)
{
	const struct golosd *golosd = &w->golosds[node];
	const struct block_model *state = state_at(w, golosd->head_num, golosd->head_slot);
	uint8_t key = state != NULL ? state->key : KEY_UNKNOWN;

	for (uint32_t i = 0; i < TXS_MAX; i++)
		if (w->txs[i].live && !w->txs[i].in_block && w->txs[i].pools & 1u << node)
			key = w->txs[i].update.key;
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

static void include(struct block_model *b, struct tx *tx, const struct block_model *before, struct run *run)
{
	if (tx->update.by != OPERATOR)
		check_landed(tx, b->update_count ? b : before, run);
	tx->in_block = b->num;
	b->updates[b->update_count++] = tx->update;
	if (tx->update.by < NODES_MAX)
		b->switches[tx->update.by]++;
	if (tx->update.key == b->key)
		return;
	b->key = tx->update.key;
	b->ordered = tx->update.ordered;
	b->misses = b->newest_miss = b->produced = 0;
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

static void charge(struct block_model *b, const struct block_model *before)
{
	uint32_t slots = 0;

	for (uint32_t slot = before->slot + 1; slot < b->slot; slot++)
		slots += slot % ROUND == 0 && b->signer == KEY_UNKNOWN;
	if (slots == 0)
		return;
	b->total_missed += slots;
	b->in_a_row += slots;
	if (b->slot - before->slot - 1 > MAX_GAP)
		return;
	b->misses += slots;
	b->newest_miss = b->num;
}

struct block_model *chain_add(struct world *w, uint32_t slot, uint8_t signer, bool with_pending, struct run *run)
{
	struct block_model *b = &w->blocks[0];
	const struct block_model *before = &w->blocks[1];

	memmove(&w->blocks[1], &w->blocks[0], (BLOCKS_MAX - 1) * sizeof(w->blocks[0]));
	b->num++;
	b->slot = slot;
	b->signer = signer;
	b->update_count = 0;
	memset(b->updates, 0, sizeof(b->updates));
	charge(b, before);
	if (signer != KEY_UNKNOWN) {
		b->confirmed = b->produced = b->num;
		b->in_a_row = 0;
	}
	for (uint32_t i = 0; with_pending && i < TXS_MAX && b->update_count < UPDATES_MAX; i++) {
		struct tx *tx = &w->txs[i];

		if (tx->live && !tx->in_block && tx->pools & 1u << NODES_MAX &&
		    tx->update.expires_slot > before->slot &&
		    chain_holds(w, tx->update.tapos_num, tx->update.tapos_slot))
			include(b, tx, before, run);
	}
	return b;
}

/* What it held is pending again. */
void chain_undo_head(struct world *w)
{
	for (uint32_t i = 0; i < TXS_MAX; i++)
		if (w->txs[i].in_block == w->blocks[0].num)
			w->txs[i].in_block = 0;
	w->orphan = w->blocks[0];
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
