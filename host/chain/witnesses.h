/* SPDX-License-Identifier: MIT
 *
 * The watched witnesses: what is believed of their keys, and when each is fetched. docs/design.md "From a block to a
 * switch" 3 and 4, "The rules of a switch" on the chain's own null. Plain data, pure.
 */
#ifndef CHAIN_WITNESSES_H
#define CHAIN_WITNESSES_H

#include "chain/belief.h"

#define KEY_HISTORY 8u /* changes of a key that a fork can take back */

struct key_belief {
	char key[GW_KEY_SIZE]; /* "": unknown */
	bool trusted;	       /* from a block, or it stood for a round and longer than a pending update can show */
	uint8_t null_origin;   /* GW_NULL_* */
	uint64_t seq;	       /* block event that changed it last; 0: none seen */
	uint32_t block;	       /* and that block's number */
};

struct key_change {
	uint32_t num; /* block that made it */
	struct key_belief before;
};

/* Since when answers show a key: a round must pass on both clocks. A head that stands still lets none pass, and one
 * that catches up lets many pass at once. */
struct key_stand {
	int64_t time_s;	 /* head's time */
	int64_t mono_ms; /* monotonic */
};

/* Fetches of one witness at one endpoint: one in flight, a trigger meanwhile repeats it once. */
struct fetch {
	uint64_t ticket; /* 0: none in flight */
	bool wanted;
	int64_t begun_ms; /* of the newest one, monotonic; 0: none yet */
	uint64_t begun_seq;
	uint32_t begun_block;
	int64_t begun_time_s; /* head's time when it began */
};

/* An answer of the driver, as far as a later one is compared with it to tell whose a null key is. */
struct report {
	uint64_t seq; /* its begun_seq */
	uint32_t total_missed;
	bool known; /* there was one, and the witness exists */
};

struct watched {
	char name[GW_ACCOUNT_SIZE];
	uint32_t endpoints; /* how many are asked about it */
	struct key_belief key;
	struct key_stand first;	       /* when an answer first showed an untrusted key */
	char pending_key[GW_KEY_SIZE]; /* fetched, and other than the believed one; "": none */
	struct key_stand pending;      /* when an answer first showed it */
	struct key_change history[KEY_HISTORY];
	uint32_t changes;
	int64_t reported_ms; /* monotonic: the driver's newest answer, or the begin of the watch */
	struct report last;  /* the driver's newest */
	uint64_t update_seq; /* newest block event with a witness_update of it */
	uint64_t missed_seq; /* newest block event whose gap charged it a miss */
	uint32_t missed_num; /* and its number; 0: not known of the newest miss */
	bool raised;
	bool joined; /* a further watcher has the newest raised event alone: it wants an answer to its first block */
	struct gw_witness_event event; /* the newest raised */
	struct fetch fetches[ENDPOINTS_MAX];
};

struct witnesses {
	uint32_t max, used;   /* places; those ever taken */
	struct watched *list; /* name "": free. A watched witness keeps its place. */
	uint64_t undone_seq;  /* newest block event that undid others */
};

/* Where the chain stands, as the judgement of an answer needs it. */
struct standing {
	uint32_t head_num;
	int64_t head_time_s;
	int64_t mono_ms;	  /* now */
	uint32_t round_s;	  /* one round; 0: unknown */
	uint32_t skipping_blocks; /* witness_skipping_reset_time in blocks; 0: unknown */
};

void witnesses_init(struct witnesses *witnesses, uint32_t max);
void witnesses_done(struct witnesses *witnesses);
/* Those watched, one after the other: the first after NULL, NULL after the last. */
struct watched *witnesses_next(const struct witnesses *witnesses, const struct watched *before);
/* NULL: not watched. */
struct watched *witnesses_find(const struct witnesses *witnesses, const char *name);
/* GW_ERR_BUSY: max reached. */
NODISCARD gw_status witnesses_add(struct witnesses *witnesses, const char *name, struct watched **ret);
/* Another endpoint drives: its answers are yet to come, and one to its first block is wanted. trusts: the first of them
 * does not overrule what is believed. */
void witnesses_ask_anew(struct witnesses *witnesses, bool trusts);
/* Blocks were lost: what was believed is no longer carried by the blocks. */
void witnesses_forget(struct witnesses *witnesses);

/* Triggers. */
void witnesses_want(struct watched *watched);
void witnesses_want_all(struct witnesses *witnesses);
/* The endpoint is gone, and with it the answers that it owed. */
void witnesses_lost(struct witnesses *witnesses, uint32_t endpoint);

/* With a block: those who have a new watcher. */
void witnesses_want_joined(struct witnesses *witnesses);

/* Block events, in this order: what a fork undid, then the block itself. */
void witnesses_undo(struct witnesses *witnesses, uint32_t num, uint64_t seq, uint32_t block);
void witnesses_block(struct witnesses *witnesses, const struct block *block, uint64_t seq);
void witnesses_missed(struct witnesses *witnesses, const struct gw_slot *missed, uint32_t count, uint64_t seq,
		      uint32_t num);
/* An answer of the driver. */
void witness_learn(struct watched *watched, const struct fetch *fetch, const struct witness_answer *answer,
		   const struct standing *standing);

#endif
