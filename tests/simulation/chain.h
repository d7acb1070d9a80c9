/* SPDX-License-Identifier: MIT
 *
 * The model chain: a tree of blocks, each with the state that stands after it, so that every branch has its own.
 * golosd's rules of schedule, misses, the chain's null, participation and irreversibility (docs/protocol.md 4), and its
 * checks of a transaction; no signatures. Only one witness's key ever moves: OURS.
 */
#ifndef SIMULATION_CHAIN_H
#define SIMULATION_CHAIN_H

#include "dice.h"
#include "submission/carrier.h"
#include "turns.h"

#define OURS	       0u /* index of the witness that is watched */
#define WITNESS_NAME   "ours"
#define BLOCKS_KEPT    8192u /* older ones are gone; no fork or pause that is read is as deep */
#define INTERVAL_S     3
#define SHUFFLE_BLOCKS 21u
#define BLOCK_TXS      6u
#define TXS_KEPT       64u
#define KEY_NULL       0u /* index of a key: 0 null, 1.. our nodes' */
#define KEY_FOREIGN    6u /* of a node of ours that no watcher stands beside */
#define KEYS_MAX       7u
#define SLOTS_COUNTED  128u /* for participation */
#define REQUIRED_SLOTS 43u  /* 33 % of them: below that golosd's nodes stop */
/* golosd takes no block so far above the irreversible one: STEEMIT_MAX_UNDO_HISTORY is 10,000, and no run is as long */
#define NO_UNDO_LIMIT  UINT32_MAX
#define GENESIS_TIME_S INT64_C(1700000001)

struct sim_tx {
	uint64_t serial; /* 0: free */
	uint16_t ref_num;
	uint32_t ref_prefix, expiration_s;
	uint8_t key;
	int8_t sender;		 /* our node that signed it; -1: the operator's wallet */
	bool planned, taken;	 /* taken: some node has accepted it */
	bool ordered, fail_back; /* why: an operator's takeover, or the first of order is well again */
	bool recorded;		 /* the journal acknowledged its record */
	bool without_order;	 /* nobody told its sender whose slots come next */
	uint64_t submission;
	uint32_t process;	/* which start of its sender's watcher made it */
	uint32_t recorded_head; /* number of its sender's head when it was recorded */
	char id[GW_ID_SIZE];
	char signature[131];
	int64_t sent_ms; /* first offered to a node */
	uint32_t seen;	 /* newest block that its sender then knew of its own node */
	uint32_t in_blocks[4], in_count;
};

struct sim_block {
	uint32_t serial, parent; /* 0: none */
	uint32_t num, prefix;
	int64_t time_s;
	uint8_t witness, key;
	uint32_t skipped;
	uint32_t missed_ours; /* slots of OURS charged in the gap before it */
	bool halt;	      /* the gap is too long for its misses to be a node's */
	uint8_t tx_count;
	uint8_t txs[BLOCK_TXS]; /* places in chain.txs, of that serial */
	uint64_t tx_serials[BLOCK_TXS];
	/* after it */
	uint64_t aslot, filled_low, filled_high;
	uint32_t total_missed[WITNESSES_ALL], confirmed[WITNESSES_ALL];
	uint8_t order[SCHEDULED_MAX], order_count;
	uint32_t queue;	     /* serial; 0: OURS is voted in */
	uint8_t signing_key; /* of OURS */
	bool chain_null;     /* it is null by the chain's own rule */
	uint32_t key_since;  /* number of the block that changed it last; its own misses are not the new node's */
	uint32_t irreversible;
};

struct chain_rules {
	uint32_t scheduled;   /* 2 .. SCHEDULED_MAX */
	uint32_t rare_rounds; /* of 100 witnesses, OURS is scheduled in about every so many-th round; 0, 1: always */
	bool votes_move;      /* those that it is scheduled by */
	uint32_t skipping_reset_s; /* witness_skipping_reset_time */
	uint32_t max_gap;
};

struct chain {
	struct chain_rules rules;
	struct dice dice;
	uint64_t order_seed;	      /* with a block's time it gives the order after it */
	bool replaced[SCHEDULED_MAX]; /* shut down, and the next in votes has its place from the next shuffle on */
	struct queues queues;	      /* where OURS is scheduled by virtual time */
	uint32_t undo_limit;	      /* blocks above the irreversible one; NO_UNDO_LIMIT */
	uint32_t without_authority;   /* bit per node of ours: its active key is not in the account's authority */
	uint32_t newest;	      /* serial */
	struct sim_block *blocks;
	uint64_t tx_newest;
	struct sim_tx txs[TXS_KEPT];
};

void chain_init(struct chain *chain, const struct chain_rules *rules, uint64_t seed, uint8_t first_key);
void chain_done(struct chain *chain);
/* NULL: none of that serial, or no longer kept. */
static inline const struct sim_block *chain_block(const struct chain *chain, uint32_t serial)
{
	const struct sim_block *block = &chain->blocks[serial % BLOCKS_KEPT];

	return serial != 0 && block->serial == serial ? block : NULL;
}
/* The ancestor at that height (or the block itself); NULL: none kept. */
const struct sim_block *chain_ancestor(const struct chain *chain, uint32_t serial, uint32_t num);
/* Newest block that both branches hold; NULL: none kept. */
const struct sim_block *chain_common(const struct chain *chain, uint32_t a, uint32_t b);
bool chain_holds(const struct chain *chain, uint32_t head, uint32_t serial);
/* Index of the witness whose slot is `slots` after the block (1: the next). */
uint8_t chain_owner(const struct sim_block *block, int64_t slots);
uint32_t chain_slots_filled(const struct sim_block *block); /* of the last 128 */
void chain_id_of(char ret[GW_ID_SIZE], const struct sim_block *block);
/* Serial of the block of that id. */
uint32_t chain_serial_of(const char *id);
const char *chain_witness_name(uint8_t witness);
const char *chain_key_text(uint8_t witness, uint8_t key);
uint8_t chain_key_index(const char *text); /* of OURS; KEYS_MAX: none of them */

/* As golosd answers a broadcast, were the transaction applied on that head. */
enum send_result chain_judge(const struct chain *chain, uint32_t head, const struct sim_tx *tx);
/* The same bytes are the same transaction. */
struct sim_tx *chain_tx_note(struct chain *chain, const struct sim_tx *tx);
const struct sim_tx *chain_tx(const struct chain *chain, uint8_t place, uint64_t serial);
bool chain_tx_is_in(const struct chain *chain, uint32_t head, const struct sim_tx *tx);

/* A new block of that witness; it takes the transactions given that are good there. Returns its serial. */
uint32_t chain_extend(struct chain *chain, uint32_t parent, int64_t time_s, uint8_t witness, const uint8_t *txs,
		      uint32_t tx_count);

#endif
