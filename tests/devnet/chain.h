/* SPDX-License-Identifier: MIT
 *
 * One node's chain: the blocks it knows, its head, the transactions pending on top of it. The longest branch wins, the
 * first seen on a tie; what a switch undoes returns to pending. Pure: time and keys come from the caller. One thread.
 * Source: golosd's chain/database.cpp and fork_database.cpp; docs/protocol.md 4 and 6.
 */
#ifndef DEVNET_CHAIN_H
#define DEVNET_CHAIN_H

#include "devnet/block.h"

#define CHAIN_BLOCKS_KEPT 10000 /* below the head; a multiple of STATE_CHECKPOINT */
#define CHAIN_STATES_KEPT 300	/* below the head; older ones are computed again where needed */
#define PENDING_MAX	  1000

struct chain;

/* Called for each block as it is applied, oldest first; the chain's head is by then the end of the whole push. */
typedef void chain_applied(void *context, struct block *block);

/* `genesis` and `root` (block_root of it) are borrowed and outlive the chain. */
struct chain *chain_new(const struct genesis *genesis, struct block *root, chain_applied *applied, void *context);
void chain_free(struct chain *chain);

struct block *chain_head(struct chain *chain);
const struct state *chain_state(struct chain *chain);	      /* as of the head block */
const struct state *chain_pending_state(struct chain *chain); /* with the pending transactions carried out */
size_t chain_pending_count(const struct chain *chain);
struct signed_transaction *chain_pending(const struct chain *chain, size_t index);
struct block *chain_find(struct chain *chain, const char *id); /* on any branch; NULL: unknown */

enum push_result {
	PUSH_APPLIED, /* the head moved, maybe to another branch */
	PUSH_STORED,  /* on a branch that is not longer */
	PUSH_KNOWN,
	PUSH_UNLINKED, /* its parent is not known, or parts from the chain at or below the irreversible block */
	PUSH_INVALID,
};
enum push_result chain_push_block(struct chain *chain, struct block *block); /* takes its own reference */
/* false: refused, *ret says why. Takes its own reference. */
bool chain_push_transaction(struct chain *chain, struct signed_transaction *tx, struct refusal *ret);

/* Makes the block of a slot, with what is pending, and applies it. NULL where the state without pending transactions
 * does not hold the key: golosd then clears all that is pending. Borrowed. */
struct block *chain_produce(struct chain *chain, const char *witness, int64_t time_s, const struct secret_key *key);

/* As a restart does: back to the irreversible block, nothing pending, later blocks forgotten. */
void chain_restart(struct chain *chain);

#endif
