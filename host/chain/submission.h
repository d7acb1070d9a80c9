/* SPDX-License-Identifier: MIT
 *
 * The life of one transaction, from an intent to irreversible or failed. DESIGN.md "From a block to a switch", 6 to 9.
 * Pure: events in, actions out; no socket, no clock, no file, no allocation. One thread. One struct per submission;
 * the state is plain data, so that it can be copied, compared and searched.
 *
 * After every event the host drains submission_next until it returns false.
 */
#ifndef CHAIN_SUBMISSION_H
#define CHAIN_SUBMISSION_H

#include "chain/belief.h"
#include "graphene/operation.h"

#define SUBMISSION_LIFE_S 30       /* expiration: after the head's time */
#define SUBMISSION_AFTER_SLOT_MS 1000 /* golosd produces within 0.5 s of its slot or not at all */
#define SUBMISSION_PENDING_WAIT_S 30  /* how long another's pending update is waited for */
#define PLANNED_ROOM 4             /* slots of room for a planned handover: min(this, scheduled witnesses) */

/* What must be known to sign the same bytes again after a restart: the journal's record. Signatures are deterministic. */
struct submission_record {
	uint64_t id;
	struct gw_intent intent;
	char url[GW_URL_SIZE];    /* echoed: golosd overwrites it (PROTOCOL.md 5) */
	uint32_t tapos_num;
	char tapos_id[GW_ID_SIZE];
	uint32_t expiration_s;
	uint8_t signed_once;      /* the signer was asked */
	uint8_t sent_once;        /* a node was offered it */
};

enum submission_action_type {
	SUBMISSION_ASK_WITNESS, /* ticket: fetch the witness at the own node (at any node if that is not connected) */
	SUBMISSION_RECORD,      /* record: sync it to the journal, then call submission_recorded */
	SUBMISSION_SIGN,        /* transaction: have it signed, then call submission_signed */
	SUBMISSION_SEND,        /* endpoint: broadcast the signed transaction, then call submission_sent */
	SUBMISSION_PROGRESS,    /* event: to the plugin, the log and the journal */
};

struct submission_action {
	enum submission_action_type type;
	uint64_t ticket;
	uint32_t endpoint;
	struct submission_record record;
	struct transaction transaction;
	struct gw_submission_event event;
};

/* How a node answered a broadcast. */
enum send_result {
	SEND_ACCEPTED,   /* {} */
	SEND_DUPLICATE,  /* 3080000: it has it: good news */
	SEND_EXPIRED,    /* 3100000 */
	SEND_TAPOS,      /* wrong TaPoS on that node: its branch lacks the block, or it is behind */
	SEND_AUTHORITY,  /* 3020100, -32004 */
	SEND_BANDWIDTH,  /* 2030000, -32003 */
	SEND_BUSY,       /* -32603 lock: try again */
	SEND_REFUSED,    /* any other error */
	SEND_NO_ANSWER,  /* deadline or connection lost: it may or may not have it */
};
enum send_result send_result_of(const struct rpc_error *error);

#define SUBMISSION_QUEUE_MAX 16

struct submission {
	struct submission_record record;
	int32_t state;  /* GW_SUBMISSION_*; 0: free */
	int32_t reason; /* GW_FAIL_* once FAILED */
	/* what only submission.c reads: plain data, no pointers */
	int64_t wake_ms;
};

/* Begins with an intent already checked. Nothing is sent before belief's view is valid. */
void submission_begin(struct submission *s, uint64_t id, const struct gw_intent *intent, const struct chain_view *view,
		      const struct gw_now *now);
/* Takes up one that a restart found in the journal. */
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
/* ok false: the journal cannot be written. It goes on all the same (DESIGN.md "Journal"): the caller decides whether
 * to begin one at all. */
void submission_recorded(struct submission *s, bool ok, const struct chain_view *view, const struct gw_now *now);
/* txid and first signature as hex; NULL: refused, `reason` says which GW_FAIL_*, text why. */
void submission_signed(struct submission *s, const char *txid, const char *signature, int32_t reason, const char *text,
		       const struct chain_view *view, const struct gw_now *now);
void submission_sent(struct submission *s, uint32_t endpoint, enum send_result result, const char *text,
		     const struct chain_view *view, const struct gw_now *now);
void submission_cancel(struct submission *s, const char *why, const struct gw_now *now);

/* ---- actions out ----------------------------------------------------------------------------------------------- */
bool submission_next(struct submission *s, struct submission_action *ret);
/* Monotonic time at which submission_tick is wanted; INT64_MAX: none. */
int64_t submission_wake_ms(const struct submission *s);
bool submission_is_over(const struct submission *s);

#endif
