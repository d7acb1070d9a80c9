/* SPDX-License-Identifier: MIT
 *
 * The life of one transaction, from an intent to irreversible or failed. docs/design.md "From a block to a switch", 6
 * to 9. Pure: events in, actions out; no socket, no clock, no file, no allocation. One thread. One struct per
 * submission; the state is plain data, so that it can be copied, compared and searched.
 *
 * After every event the host drains submission_next until it returns false, and sets its timer to submission_wake_ms.
 * The view is belief_view's of the same `now`, and `now` carries belief_clock's chain time.
 */
#ifndef CHAIN_SUBMISSION_H
#define CHAIN_SUBMISSION_H

#include "chain/belief.h"
#include "graphene/operation.h"

#define SUBMISSION_PENDING_WAIT_S 30   /* how long another's pending update is waited for */
#define SUBMISSION_ASK_AGAIN_MS	  3000 /* a question without an answer is asked again */
#define SUBMISSION_RETRY_MS	  1000 /* a busy node is offered it again */
#define SUBMISSION_CHECK_MS	  1000 /* so long ago the witness was fetched at most when it is first sent */
#define SUBMISSION_PLANNED_ROOM	  4    /* slots of room for a planned handover: min(this, scheduled witnesses) */
#define SUBMISSION_ROOM_ROUNDS	  2    /* rounds in which it looks for that room; then any will do */
#define SUBMISSION_WAIT_ROUNDS	  6    /* rounds, and a minute, after which waiting for a safe moment is given up */

/* What must be known to follow it after a restart: the journal's record. */
struct submission_record {
	uint64_t id;
	struct gw_intent intent;
	char url[GW_URL_SIZE]; /* echoed: golosd overwrites it (docs/protocol.md 5) */
	uint32_t tapos_num;
	char tapos_id[GW_ID_SIZE];
	uint32_t expiration_s;
	/* What is sent; borrowed. NULL: the operation that the intent names. With them the intent's operation is
	 * GW_OP_WITNESS_UPDATE where they change the key, else 0. The journal keeps none: the command line's alone. */
	const struct operation *operations;
	uint32_t operation_count;
};

/* An update as every program of ours makes it: no fee, and props that golosd ignores. GW_ERR_SYNTAX, GW_ERR_RANGE: of
 * the key. */
NODISCARD gw_status submission_witness_update(struct witness_update *ret, const char *owner, const char *url,
					      const char *key, struct error *err);
/* The bytes to sign: a function of the record alone. GW_ERR_SYNTAX or GW_ERR_RANGE: a member of the intent is wrong. */
NODISCARD gw_status submission_transaction(struct transaction *ret, const struct submission_record *record,
					   struct error *err);

/* Fixes TaPoS and expiration as of now. */
void submission_fix(struct submission_record *record, const struct chain_view *view);

enum submission_action_type {
	SUBMISSION_ASK_WITNESS, /* ticket: fetch the witness at the driving endpoint if at_driver, else at
				   belief_endpoint's of `turn` */
	SUBMISSION_RECORD,	/* record: sync it to the journal, then call submission_recorded */
	SUBMISSION_SIGN,	/* have the record's transaction signed, then call submission_signed */
	SUBMISSION_SEND,	/* endpoint: broadcast the signed transaction, then call submission_sent */
	SUBMISSION_PROGRESS,	/* event: to the plugin, the log and the journal */
};

struct submission_action {
	enum submission_action_type type;
	uint64_t ticket;
	uint32_t turn;
	bool at_driver; /* the answer proves what became of it: only the node whose head has passed the expiration can
			 */
	uint32_t endpoint;
	struct submission_record record;  /* with RECORD, and with PROGRESS, whose event points at its intent */
	struct gw_submission_event event; /* with PROGRESS */
};

/* How a node answered a broadcast. */
enum send_result {
	SEND_ACCEPTED,	/* {} */
	SEND_DUPLICATE, /* 3080000: it has it: good news */
	SEND_EXPIRED,	/* 3100000 */
	SEND_TAPOS,	/* 3110000, TaPoS or expiration: its branch lacks the block, or it is behind */
	SEND_AUTHORITY, /* 3020100, -32004 */
	SEND_BANDWIDTH, /* 2030000, -32003 */
	SEND_BUSY,	/* -32603 and a lock not acquired: try again */
	SEND_REFUSED,	/* any other error */
	SEND_NO_ANSWER, /* deadline or connection lost: it may or may not have it */
};
enum send_result send_result_of(const struct rpc_error *error);

#define SUBMISSION_QUEUE_MAX 24

/* Where an endpoint stands with the signed transaction. */
enum offer_state {
	OFFER_DUE = 0,	  /* to be sent to it, at `again_ms` or later */
	OFFER_SENT,	  /* and not answered yet */
	OFFER_TAKEN,	  /* accepted, or it has it already */
	OFFER_NEXT_BLOCK, /* refused as over, or for want of the TaPoS block: offered again with the next block */
	OFFER_REFUSED,	  /* for `reason` */
};

struct submission_offer {
	uint8_t state;	  /* enum offer_state */
	uint8_t reported; /* 1 + its last answer (enum send_result), which people have been told */
	int32_t reason;	  /* GW_FAIL_* once REFUSED */
	int64_t again_ms;
};

struct submission_queued {
	int32_t type; /* enum submission_action_type */
	int32_t state, reason;
	uint32_t endpoint, block_num;
	uint64_t ticket;
	struct gw_now now;
	char text[GW_TEXT_SIZE];
};

struct submission {
	struct submission_record record;
	int32_t state;	/* GW_SUBMISSION_*; 0: free */
	int32_t reason; /* GW_FAIL_* once FAILED */

	/* What follows only the submission's files read. Plain data, no pointers. */
	uint8_t unanswered; /* questions since the last answer */
	uint8_t offered;    /* a node was offered it, or may have been before a restart */
	uint8_t recording;  /* the journal has been asked */
	uint8_t signing;    /* the signer has been asked */
	uint8_t pending;    /* another's update is pending, by the newest answer, since pending_since_ms */
	uint8_t settling;   /* its time is over: what became of it is being asked */
	uint8_t unsure;	    /* a node may hold it though none said so */
	uint8_t accepted;   /* a node said that it has it */
	uint8_t key_seen;   /* in block: the believed key was ours */
	uint8_t said_waits; /* bit per enum wait_reason: told to people */
	uint8_t unseen; /* blocks may have passed that it did not see: it was taken up again, or the driver changed */
	uint32_t connected; /* bit per endpoint */
	uint32_t block_num; /* of the block that holds it, or a later one that proves it; 0: none */
	uint32_t driver_epoch;
	uint32_t older_until_s;					/* see submission_begin */
	uint64_t last_ticket, ticket;				/* the newest, the one waited for (0: none) */
	int64_t begun_ms, ask_at_ms, pending_since_ms, wake_ms; /* monotonic */
	int64_t checked_ms;					/* the fetch before sending let it pass; 0: not */
	uint32_t alive_until_s;					/* see submission_alive_until_s */
	char txid[GW_ID_SIZE];
	char signature[131];
	struct submission_offer offers[ENDPOINTS_MAX];
	uint32_t queue_first, queue_count;
	struct submission_queued queue[SUBMISSION_QUEUE_MAX];
};

/* Begins with record's id, and an intent already checked, or operations. Nothing is sent before belief's view is valid. Call submission_endpoints next:
 * until then no endpoint counts as connected. older_until_s: submission_alive_until_s of the one before, or 0; until
 * the head's time has reached it this one waits, so that two different transactions of one switch never live at once.
 */
void submission_begin(struct submission *s, const struct submission_record *record, uint32_t older_until_s,
		      const struct chain_view *view, const struct gw_now *now);
/* Takes up one that a restart found in the journal. It may have been sent or not: it is followed to the end of its
 * time, and neither signed nor sent again, so that at worst the next try comes TRANSACTION_LIFE_S later. */
void submission_resume(struct submission *s, const struct submission_record *record, const struct chain_view *view,
		       const struct gw_now *now);

/* ---- events in ------------------------------------------------------------------------------------------------- */
void submission_tick(struct submission *s, const struct chain_view *view, const struct gw_now *now);
/* A raised block event, with the block's transactions. */
void submission_block(struct submission *s, const struct gw_block_event *block,
		      const struct block_transaction *transactions, size_t count, const struct chain_view *view,
		      const struct gw_now *now);
/* connected: bit per endpoint. A lost one may have lost the transaction; a new one gets it. */
void submission_endpoints(struct submission *s, uint32_t connected, const struct gw_now *now);
/* NULL: no answer; asked again. */
void submission_witness(struct submission *s, uint64_t ticket, const struct witness_answer *answer,
			const struct chain_view *view, const struct gw_now *now);
/* ok false: the journal cannot be written. It goes on all the same (docs/design.md "Journal"): the caller decides
 * whether to begin one at all. */
void submission_recorded(struct submission *s, bool ok, const struct chain_view *view, const struct gw_now *now);
/* txid and first signature as hex; NULL: refused, `reason` says which GW_FAIL_*, text why. */
void submission_signed(struct submission *s, const char *txid, const char *signature, int32_t reason, const char *text,
		       const struct chain_view *view, const struct gw_now *now);
/* url: the endpoint's, for people. text: what a node said that did not take it; NULL: nothing. */
void submission_sent(struct submission *s, uint32_t endpoint, const char *url, enum send_result result,
		     const char *text, const struct chain_view *view, const struct gw_now *now);
/* Sent nowhere again; over at once. What a block holds already is not cancelled: the call then does nothing. */
void submission_cancel(struct submission *s, const char *why, const struct gw_now *now);

/* ---- actions out ----------------------------------------------------------------------------------------------- */
bool submission_next(struct submission *s, struct submission_action *ret);
/* Monotonic time at which submission_tick is wanted; INT64_MAX: none. */
int64_t submission_wake_ms(const struct submission *s);
bool submission_is_over(const struct submission *s);
/* The one before may still come into a block: nothing of this one goes out soon. */
bool submission_waits_for_older(const struct submission *s, const struct chain_view *view);
/* Once over: chain time until which its bytes may still come into a block (cancelled after it was sent);
 * 0: they cannot. */
uint32_t submission_alive_until_s(const struct submission *s);

#endif
