/* SPDX-License-Identifier: MIT
 *
 * One node's fork tree and pending list. See chain.h.
 */
#include "devnet/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Blocks are let go STATE_CHECKPOINT at a time; until then the ring holds so many more. */
#define RING (CHAIN_BLOCKS_KEPT + 2 * STATE_CHECKPOINT)

struct known { /* the blocks of one number, of all branches */
	struct block *block;
	struct known *next;
};

struct chain {
	const struct genesis *genesis;
	chain_applied *applied;
	void *context;
	struct block *head;
	struct known *known[RING]; /* by number modulo */
	struct signed_transaction *pending[PENDING_MAX];
	size_t pending_count;
	struct state *pending_state;
};

static void remember(struct chain *chain, struct block *block)
{
	struct known *known = xcalloc(1, sizeof *known);
	known->block = block_ref(block);
	known->next = chain->known[block->num % RING];
	chain->known[block->num % RING] = known;
}

static void forget(struct chain *chain, uint32_t num)
{
	struct known *known = chain->known[num % RING];
	chain->known[num % RING] = NULL;
	while (known) {
		struct known *next = known->next;
		block_unref(known->block);
		free(known);
		known = next;
	}
}

static void clear_pending(struct chain *chain)
{
	for (size_t i = 0; i < chain->pending_count; i++)
		signed_transaction_unref(chain->pending[i]);
	chain->pending_count = 0;
}

static void renew_pending_state(struct chain *chain)
{
	free(chain->pending_state);
	chain->pending_state = state_copy(chain->genesis, chain_state(chain));
}

struct chain *chain_new(const struct genesis *genesis, struct block *root, chain_applied *applied, void *context)
{
	struct chain *chain = xcalloc(1, sizeof *chain);
	chain->genesis = genesis;
	chain->applied = applied;
	chain->context = context;
	chain->head = root;
	remember(chain, root);
	renew_pending_state(chain);
	return chain;
}

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	clear_pending(chain);
	free(chain->pending_state);
	for (uint32_t i = 0; i < RING; i++)
		forget(chain, i);
	free(chain);
}

struct block *chain_head(struct chain *chain)
{
	return chain->head;
}

const struct state *chain_state(struct chain *chain)
{
	return block_state(chain->genesis, chain->head);
}

const struct state *chain_pending_state(struct chain *chain)
{
	return chain->pending_state;
}

size_t chain_pending_count(const struct chain *chain)
{
	return chain->pending_count;
}

struct signed_transaction *chain_pending(const struct chain *chain, size_t index)
{
	return chain->pending[index];
}

struct block *chain_find(struct chain *chain, const char *id)
{
	for (struct known *known = chain->known[block_id_num(id) % RING]; known; known = known->next)
		if (strcmp(known->block->id, id) == 0)
			return known->block;
	return NULL;
}

/* ---- pending ------------------------------------------------------------------------------------------------- */

bool chain_push_transaction(struct chain *chain, struct signed_transaction *tx, struct refusal *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->reason = REFUSAL_DUPLICATE;
	for (size_t i = 0; i < chain->pending_count; i++)
		if (strcmp(chain->pending[i]->id, tx->id) == 0)
			return false;
	if (!transaction_apply(chain->genesis, chain->head, chain->pending_state, tx, ret))
		return false;
	if (chain->pending_count == PENDING_MAX) { /* the oldest is lost: a flood is no use to anyone */
		signed_transaction_unref(chain->pending[0]);
		memmove(chain->pending, chain->pending + 1, (PENDING_MAX - 1) * sizeof *chain->pending);
		chain->pending_count--;
	}
	chain->pending[chain->pending_count++] = signed_transaction_ref(tx);
	return true;
}

/* Tries everything again on the new head: first what a switch undid, then what was pending. What is included by now,
 * has expired or names a block of a branch that was left drops out. */
static void apply_pending_again(struct chain *chain, struct signed_transaction **undone, size_t undone_count)
{
	size_t count = chain->pending_count;
	struct signed_transaction **old = count ? xcalloc(count, sizeof *old) : NULL;
	if (count)
		memcpy(old, chain->pending, count * sizeof *old);
	chain->pending_count = 0;
	renew_pending_state(chain);
	struct refusal refusal;
	for (size_t i = 0; i < undone_count; i++)
		(void)chain_push_transaction(chain, undone[i], &refusal);
	for (size_t i = 0; i < count; i++) {
		(void)chain_push_transaction(chain, old[i], &refusal);
		signed_transaction_unref(old[i]);
	}
	free(old);
}

/* ---- blocks -------------------------------------------------------------------------------------------------- */

static struct block *fork_point(struct block *a, struct block *b)
{
	while (a && b && a != b) {
		if (a->num >= b->num)
			a = a->parent;
		else
			b = b->parent;
	}
	return a == b ? a : NULL;
}

static void prune(struct chain *chain)
{
	uint32_t num = chain->head->num;
	if (num > CHAIN_STATES_KEPT)
		for (struct known *known = chain->known[(num - CHAIN_STATES_KEPT) % RING]; known; known = known->next)
			block_drop_state(known->block);
	if (num % STATE_CHECKPOINT || num <= CHAIN_BLOCKS_KEPT)
		return;
	uint32_t oldest = num - CHAIN_BLOCKS_KEPT;
	struct block *kept = block_ancestor(chain->head, oldest);
	if (kept)
		block_forget_ancestors(chain->genesis, kept);
	for (uint32_t i = oldest - STATE_CHECKPOINT; i < oldest; i++)
		forget(chain, i);
}

/* Transactions of the blocks from the head down to `point`, oldest block first; caller frees array and references. */
static size_t undone_transactions(struct chain *chain, const struct block *point, struct signed_transaction ***ret)
{
	size_t count = 0;
	for (const struct block *block = chain->head; block != point; block = block->parent)
		count += block->transaction_count;
	*ret = count ? xcalloc(count, sizeof **ret) : NULL;
	size_t at = count;
	for (const struct block *block = chain->head; block != point; block = block->parent) {
		at -= block->transaction_count;
		for (size_t i = 0; i < block->transaction_count; i++)
			(*ret)[at + i] = signed_transaction_ref(block->transactions[i]);
	}
	return count;
}

static void announce(struct chain *chain, const struct block *point)
{
	if (!chain->applied)
		return;
	uint32_t last = chain->head->num;
	for (uint32_t num = point->num + 1; num <= last; num++)
		chain->applied(chain->context, block_ancestor(chain->head, num));
}

static void move_head(struct chain *chain, struct block *block)
{
	struct block *point = fork_point(chain->head, block);
	struct signed_transaction **undone;
	size_t undone_count = undone_transactions(chain, point, &undone);
	chain->head = block;
	apply_pending_again(chain, undone, undone_count);
	for (size_t i = 0; i < undone_count; i++)
		signed_transaction_unref(undone[i]);
	free(undone);
	announce(chain, point);
	prune(chain);
}

enum push_result chain_push_block(struct chain *chain, struct block *block)
{
	if (chain_find(chain, block->id))
		return PUSH_KNOWN;
	struct block *parent = chain_find(chain, block->previous);
	if (!parent)
		return PUSH_UNLINKED;
	struct block *point = fork_point(chain->head, parent);
	/* golosd's fork database no longer holds the irreversible block as a place to part from */
	if (!point || (point != chain->head && point->num <= chain_state(chain)->irreversible))
		return PUSH_UNLINKED;
	if (!block_state(chain->genesis, block))
		return PUSH_INVALID;
	remember(chain, block);
	if (block->num <= chain->head->num)
		return PUSH_STORED;
	move_head(chain, block);
	return PUSH_APPLIED;
}

/* Pending transactions that apply one after the other on the head and outlive the block. */
static size_t choose_transactions(struct chain *chain, int64_t time_s, struct signed_transaction **ret)
{
	struct state *state = state_copy(chain->genesis, chain_state(chain));
	struct refusal refusal;
	size_t count = 0;
	for (size_t i = 0; i < chain->pending_count && count < BLOCK_TRANSACTIONS_MAX; i++)
		if (chain->pending[i]->body.expiration_s >= time_s &&
		    transaction_apply(chain->genesis, chain->head, state, chain->pending[i], &refusal))
			ret[count++] = chain->pending[i];
	free(state);
	return count;
}

struct block *chain_produce(struct chain *chain, const char *witness, int64_t time_s, const struct secret_key *key)
{
	struct signed_transaction *chosen[BLOCK_TRANSACTIONS_MAX];
	size_t count = choose_transactions(chain, time_s, chosen);
	struct block *block = block_new(chain->head, witness, time_s, chosen, count, key);
	bool applied = chain_push_block(chain, block) == PUSH_APPLIED;
	block_unref(block); /* the tree holds it now, or nobody does */
	if (applied)
		return chain->head;
	clear_pending(chain);
	renew_pending_state(chain);
	return NULL;
}

void chain_restart(struct chain *chain)
{
	struct block *kept = block_ancestor(chain->head, chain_state(chain)->irreversible);
	if (!kept)
		return;
	uint32_t last = chain->head->num;
	chain->head = kept;
	clear_pending(chain);
	for (uint32_t num = kept->num + 1; num <= last; num++)
		forget(chain, num);
	renew_pending_state(chain);
}
