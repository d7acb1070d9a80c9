/* SPDX-License-Identifier: MIT
 * What a branch shows of OURS. See evidence.h. */
#include "evidence.h"

/* Number of the block from which on misses are the present key's, as far as it can be known. */
static uint32_t counted_from(const struct world *world, const struct sim_block *head, const struct watcher *w)
{
	const struct sim_block *set = chain_ancestor(&world->chain, head->serial, head->key_since);

	if (w && (!set || GENESIS_MS + w->anew_ms > set->time_s * 1000 - 1000))
		return 0;
	/* misses of the block that set it are not the new key's, but the chain's own null is for them */
	return head->chain_null ? head->key_since : head->key_since + 1;
}

/* A halt is told by the blocks on both sides of it: one who began within it knows only that the count rose. */
static bool is_seen_halt(const struct world *world, const struct sim_block *block, const struct watcher *w)
{
	const struct sim_block *parent = chain_block(&world->chain, block->parent);

	return block->halt && (!w || (parent && parent->time_s * 1000 > GENESIS_MS + w->anew_ms));
}

struct evidence evidence_at(const struct world *world, uint32_t serial, int64_t window_s, const struct watcher *w)
{
	const struct sim_block *head = chain_block(&world->chain, serial);
	const struct sim_block *block = head;
	uint32_t from = counted_from(world, head, w);
	struct evidence found = {0};
	bool own_block = false;

	for (; block; block = chain_block(&world->chain, block->parent)) {
		found.cut = block->parent != 0;
		bool in_window = block->time_s >= head->time_s - window_s;

		if (block->num < from || (!in_window && own_block)) {
			found.cut = false;
			return found;
		}
		if (block->witness == OURS) {
			own_block = true;
			if (block->key == head->signing_key && found.newest == 0)
				found.produced_since = true;
		}
		if (block->missed_ours == 0 || is_seen_halt(world, block, w))
			continue;
		if (found.newest == 0)
			found.newest = block->num;
		found.in_window += in_window ? block->missed_ours : 0;
		found.in_a_row += own_block ? 0 : block->missed_ours;
	}
	return found;
}

/* Its node has shown the watcher that block since it began, or began anew with another one: of the slots before the
 * first of them it does not know which were filled. */
static bool was_shown(const struct sim_block *block, const struct watcher *w)
{
	return block && block->time_s * 1000 > GENESIS_MS + w->anew_ms;
}

bool few_take_part(const struct watcher *w, const struct sim_block *head, uint32_t percent)
{
	const struct world *world = w->world;
	uint32_t others = 0, filled = 0, slots = 0;
	const struct sim_block *block = head;

	while (block && slots < head->order_count) {
		const struct sim_block *parent = chain_block(&world->chain, block->parent);

		slots++;
		others += block->witness != OURS;
		filled += block->witness != OURS;
		if (!was_shown(parent, w))
			break;
		for (uint32_t i = block->skipped; i > 0 && slots < head->order_count; i--, slots++)
			others += chain_owner(parent, i) != OURS;
		block = parent;
	}
	return others > 0 && filled * 100 <= percent * others;
}

/* ---- since when it is due --------------------------------------------------------------------------------------- */

/* Misses of the present key's from `from` on, but those of halts; counted back from head until `enough`. */
static const struct sim_block *count_back(const struct world *world, const struct sim_block *head,
					  const struct watcher *w, uint32_t enough, uint32_t *ret_count)
{
	uint32_t from = counted_from(world, head, w);
	const struct sim_block *block = head;

	for (*ret_count = 0; block && block->num >= from; block = chain_block(&world->chain, block->parent)) {
		*ret_count += is_seen_halt(world, block, w) ? 0 : block->missed_ours;
		if (*ret_count >= enough)
			return block;
	}
	return NULL;
}

uint8_t key_moved_from(const struct world *world, const struct sim_block *head)
{
	const struct sim_block *set = chain_ancestor(&world->chain, head->serial, head->key_since);
	const struct sim_block *before = set ? chain_block(&world->chain, set->parent) : NULL;

	if (head->signing_key != KEY_NULL || !before)
		return head->signing_key;
	if (before->signing_key != KEY_NULL)
		return before->signing_key; /* whose miss the block charged, though it holds an update as well */
	/* the chain may take a key away in the very block that set it */
	for (uint32_t i = set->tx_count; head->chain_null && i-- > 0;) {
		const struct sim_tx *tx = chain_tx(&world->chain, set->txs[i], set->tx_serials[i]);

		if (tx)
			return tx->key;
	}
	return before->signing_key;
}

static int64_t due_by_misses_s(const struct world *world, const struct sim_block *head, const struct watcher *w)
{
	uint32_t count, allowed = w->options.allowed_misses;
	const struct sim_block *block;

	(void)count_back(world, head, w, UINT32_MAX, &count);
	if (count <= allowed)
		return 0;
	block = count_back(world, head, w, count - allowed, &count);
	/* the answer that tells of a miss may come just before the block: the head is then the one before it */
	block = block ? chain_block(&world->chain, block->parent) : NULL;
	return block ? block->time_s : 0;
}

int64_t first_due_s(const struct world *world, const struct sim_block *head, const struct watcher *w)
{
	const struct sim_block *set = chain_ancestor(&world->chain, head->serial, head->key_since);
	const struct sim_block *before = set ? chain_block(&world->chain, set->parent) : NULL;
	int64_t due_s;

	if (head->signing_key != KEY_NULL)
		return due_by_misses_s(world, head, w);
	/* it may have been due for the misses already that led to the null */
	due_s = before ? due_by_misses_s(world, before, w) : 0;
	return due_s != 0 || !set ? due_s : set->time_s;
}

int64_t enough_since_s(const struct world *world, const struct sim_block *head, const struct watcher *w)
{
	uint32_t count;
	const struct sim_block *block = count_back(world, head, w, w->options.allowed_misses + 1, &count);

	return block ? block->time_s : 0;
}

int64_t first_miss_s(const struct world *world, const struct sim_block *head, const struct watcher *w)
{
	const struct sim_block *block;
	uint32_t count;

	(void)count_back(world, head, w, UINT32_MAX, &count);
	block = count == 0 ? NULL : count_back(world, head, w, count, &count);
	return block ? block->time_s : 0;
}

/* ---- what it was good for -------------------------------------------------------------------------------------- */

bool was_shut_down_at_once(const struct world *world, const struct sim_block *head, uint8_t key)
{
	const struct sim_block *parent, *block = head;
	bool shut_down = false;

	for (; block && (parent = chain_block(&world->chain, block->parent)) != NULL; block = parent) {
		if (block->witness == OURS && block->key == key)
			return false;
		if (parent->signing_key == key && block->signing_key == KEY_NULL && block->chain_null)
			shut_down = true;
		else if (parent->signing_key != key && block->signing_key == key && shut_down)
			return true;
	}
	return false;
}

/* ---- how the key moved ------------------------------------------------------------------------------------------ */

/* The newest update to that block's signing key that it holds. */
static const struct sim_tx *tx_that_set(const struct world *world, const struct sim_block *block)
{
	for (uint32_t i = block->tx_count; i-- > 0;) {
		const struct sim_tx *tx = chain_tx(&world->chain, block->txs[i], block->tx_serials[i]);

		if (tx && tx->key == block->signing_key)
			return tx;
	}
	return NULL;
}

/* A rule's update names a block of a miss. One of somebody else's miss may look like one where the order was not known,
 * and an operator's wallet may name one by chance. */
static bool is_loss(const struct world *world, const struct sim_block *block)
{
	const struct sim_tx *tx = tx_that_set(world, block);
	const struct sim_block *named;

	if (block->signing_key == KEY_NULL || !tx)
		return block->chain_null;
	named = chain_ancestor(&world->chain, block->serial,
			       block->num - (uint16_t)((uint16_t)block->num - tx->ref_num));
	return !named || named->skipped > 0;
}

/* It came and went within the block: two backups' updates stand in it, and the later one moved it on. */
static bool stood_within(const struct world *world, const struct sim_block *block, uint8_t key)
{
	for (uint32_t i = 0; i < block->tx_count && block->signing_key != key; i++) {
		const struct sim_tx *tx = chain_tx(&world->chain, block->txs[i], block->tx_serials[i]);

		if (tx && tx->key == key)
			return true;
	}
	return false;
}

struct loss how_lost(const struct world *world, const struct sim_block *head, uint8_t key, const struct watcher *w)
{
	struct loss loss = {0};
	const struct sim_block *parent, *block = head;

	for (; block && (parent = chain_block(&world->chain, block->parent)) != NULL; block = parent) {
		if (block->signing_key == parent->signing_key)
			continue;
		if (GENESIS_MS + w->anew_ms > block->time_s * 1000 - 1000)
			loss.unseen = true;
		if (parent->signing_key != key && !stood_within(world, block, key)) {
			loss.by_hand |= !is_loss(world, block);
			continue;
		}
		loss.left = block;
		loss.by_misses = is_loss(world, block);
		break;
	}
	return loss;
}
