/* SPDX-License-Identifier: MIT
 *
 * The chain's state as of one block: witnesses, schedule, global properties; copied and changed, never shared while it
 * changes. golosd's rules of slots, misses, the chain's null, the irreversible block and the schedule are here.
 * Source: golosd's chain/database.cpp, docs/protocol.md 4. Pure.
 */
#ifndef DEVNET_STATE_H
#define DEVNET_STATE_H

#include "devnet/genesis.h"
#include "graphene/operation.h"

#define SLOTS_REMEMBERED 128 /* recent_slots_filled */

#define FEED_HISTORY_MAX 84	     /* STEEMIT_FEED_HISTORY_WINDOW */
#define FEEDS_MIN	 7	     /* STEEMIT_MIN_FEEDS */
#define FEED_AGE_MAX_S	 (7 * 86400) /* STEEMIT_MAX_FEED_AGE_SECONDS */

struct price {
	struct asset base, quote;
};

struct witness_state {
	char owner[GW_ACCOUNT_SIZE];
	char url[GW_URL_SIZE];
	struct public_key signing_key;
	uint32_t total_missed;
	uint32_t last_confirmed; /* last_confirmed_block_num */
	uint64_t last_aslot;
	uint32_t skipping_reset_s; /* its vote */
	uint32_t turns;		   /* rounds served outside of the most voted: stands for golosd's virtual time */
	struct price feed;
	int64_t feed_time_s; /* 0: never */
};

struct state {
	uint32_t head_num;
	int64_t time_s; /* of the head block */
	char head_witness[GW_ACCOUNT_SIZE];
	uint64_t aslot;			  /* current_aslot */
	uint64_t filled[2];		  /* recent_slots_filled: low and high 64 bits */
	uint32_t irreversible;		  /* last_irreversible_block_num */
	uint32_t next_shuffle;		  /* next_shuffle_block_num, for show alone as golosd's */
	uint32_t skipping_reset_s;	  /* median of the scheduled witnesses' votes */
	size_t scheduled_count;		  /* num_scheduled_witnesses */
	uint16_t schedule[SCHEDULE_SIZE]; /* indices into witnesses: current_shuffled_witnesses */
	size_t feed_count;
	struct price
		feeds[FEED_HISTORY_MAX]; /* price_history: medians of the scheduled witnesses' feeds, oldest first */
	struct price feed_median;	 /* of feeds: current_median_history */
	size_t witness_count;
	struct witness_state witnesses[]; /* room for ACCOUNTS_MAX of the genesis's account_count */
};

/* What became of a block besides the state: witnesses that the chain itself took out (shutdown_witness). */
struct shutdowns {
	size_t count;
	char owners[SCHEDULE_SIZE][GW_ACCOUNT_SIZE];
};

struct state *state_new(const struct genesis *genesis); /* caller frees, here and below */
struct state *state_copy(const struct genesis *genesis, const struct state *old);

/* Time of the n-th slot after the head, n from 1. */
int64_t state_slot_time(const struct genesis *genesis, const struct state *state, uint32_t slot);
/* The slot a time lies in; 0: not after the head. */
uint32_t state_slot_at(const struct genesis *genesis, const struct state *state, int64_t time_s);
const struct witness_state *state_scheduled(const struct state *state, uint64_t slot);
const struct witness_state *state_witness(const struct state *state, const char *owner); /* NULL: none */
uint32_t state_participation(const struct state *state); /* of the last SLOTS_REMEMBERED slots, how many were filled */
void state_filled_text(char ret[40], const struct state *state); /* recent_slots_filled as a decimal number */

/* Carries out one operation that is valid and authorised. */
void state_apply_operation(const struct genesis *genesis, struct state *state, const struct operation *op);
/* Carries out what follows a block's transactions: misses, the chain's null, counts, the schedule.
 * `witness` is the slot's own and the block's time a slot after the head: the caller has checked both. */
void state_apply_block(const struct genesis *genesis, struct state *state, const char *witness, int64_t time_s,
		       struct shutdowns *ret_shutdowns);

#endif
