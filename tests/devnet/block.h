/* SPDX-License-Identifier: MIT
 *
 * Signed transactions and blocks: immutable once made, so that all nodes of a devnet share them by reference count,
 * as messages between them and as entries of their trees. Whether a block is valid and the state that follows it
 * depend on the block and its ancestors alone; whoever asks first computes them, and they are kept with the block.
 * Source: golosd's protocol/block_header.hpp, transaction.cpp; chain/database.cpp. One thread.
 */
#ifndef DEVNET_BLOCK_H
#define DEVNET_BLOCK_H

#include "devnet/state.h"

#define SIGNATURES_MAX	       16
#define BLOCK_TRANSACTIONS_MAX 256
#define BLOCK_ID_BYTES	       20

struct signed_transaction {
	unsigned references;
	struct transaction body;
	size_t signature_count;
	struct signature signatures[SIGNATURES_MAX];
	struct transaction_bytes bytes;
	char id[GW_ID_SIZE];
};

/* GW_ERR_RANGE: it cannot be serialised. One reference is the caller's. */
NODISCARD gw_status signed_transaction_new(struct signed_transaction **ret, const struct transaction *body,
					   const struct signature *signatures, size_t signature_count);
struct signed_transaction *signed_transaction_ref(struct signed_transaction *tx);
void signed_transaction_unref(struct signed_transaction *tx);

/* Why golosd refuses a transaction, with what its error tells. */
enum refusal_reason {
	REFUSAL_NONE,
	REFUSAL_NO_OPERATIONS,
	REFUSAL_INVALID_OPERATION, /* index, text */
	REFUSAL_TAPOS,		   /* given, expected */
	REFUSAL_EXPIRED,	   /* now_s */
	REFUSAL_EXPIRATION_TOO_FAR,
	REFUSAL_DUPLICATE,
	REFUSAL_DUPLICATE_SIGNATURE,
	REFUSAL_NOT_CANONICAL,
	REFUSAL_UNRECOVERABLE,
	REFUSAL_NO_ACCOUNT,	   /* account */
	REFUSAL_MISSING_AUTHORITY, /* account */
	REFUSAL_IRRELEVANT_SIGNATURE,
	REFUSAL_BANDWIDTH, /* account */
};
struct refusal {
	enum refusal_reason reason;
	int64_t now_s, expiration_s;
	uint32_t given, expected;
	uint32_t index;
	char account[GW_ACCOUNT_SIZE];
	char text[GW_TEXT_SIZE];
};

enum block_verdict { VERDICT_UNKNOWN, VERDICT_VALID, VERDICT_INVALID };

struct block {
	unsigned references;
	struct block *parent; /* one reference; NULL: the root, or an ancestor so old that it was let go */
	uint32_t num;
	int64_t time_s;
	char witness[GW_ACCOUNT_SIZE];
	uint8_t merkle_root[BLOCK_ID_BYTES];
	struct signature signature;
	char id[GW_ID_SIZE];
	char previous[GW_ID_SIZE];
	size_t transaction_count;
	struct signed_transaction **transactions; /* a reference each */
	/* computed with the first question: */
	enum block_verdict verdict;
	struct public_key signed_by; /* recovered from the signature */
	struct shutdowns *shutdowns; /* NULL: none */
	struct state *state;	     /* NULL: not computed, or dropped */
};

/* Block 0, from which all chains start; it is never sent. */
struct block *block_root(const struct genesis *genesis);
/* Makes and signs a block; the caller's reference. Nothing is checked. */
struct block *block_new(struct block *parent, const char *witness, int64_t time_s,
			struct signed_transaction *const *transactions, size_t count, const struct secret_key *key);
struct block *block_ref(struct block *block);
void block_unref(struct block *block);

/* The state after a block; NULL: the block is invalid. Borrowed until block_drop_state. */
const struct state *block_state(const struct genesis *genesis, struct block *block);
/* Lets go of a state that can be computed again; every STATE_CHECKPOINT-th block keeps its own. */
#define STATE_CHECKPOINT 50
void block_drop_state(struct block *block);
/* Lets go of all that came before a block, for good. */
void block_forget_ancestors(const struct genesis *genesis, struct block *block);

/* The ancestor of that number, or the block itself; NULL: not known any more, or not yet. */
struct block *block_ancestor(struct block *block, uint32_t num);

/* A block's bytes as golosd's raw_block has them: header, signature, transactions. ret grows; caller frees. */
size_t block_bytes(uint8_t **ret, const struct block *block);

/* Its authority alone, as golosd's verify_authority. */
bool transaction_check_authority(const struct genesis *genesis, const struct signed_transaction *tx,
				 struct refusal *ret);
/* Sets used[i] for each of `keys` that the operations' active authorities would need; false: the keys do not reach. */
bool transaction_needs_keys(const struct genesis *genesis, const struct transaction *body,
			    const struct public_key *keys, size_t key_count, bool *used, struct refusal *ret);
/* Checks a transaction as golosd does on top of `head`, with `state` (head's own, or with pending ones applied), and
 * carries it out in `state`. false: refused, state untouched. Duplicates among pending ones are the caller's. */
bool transaction_apply(const struct genesis *genesis, struct block *head, struct state *state,
		       const struct signed_transaction *tx, struct refusal *ret);

#endif
