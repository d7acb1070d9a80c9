/* SPDX-License-Identifier: MIT
 *
 * Carries one client's submission: what it wants goes out through a table of effects, what comes back goes in by the
 * submission's id. The daemon and the command line (feed/submitter.c), the simulation and the search of tests/prove
 * each have their effects; the rules between are these. Pure, no allocation; plain data, so that it can be copied.
 */
#ifndef SUBMISSION_CARRIER_H
#define SUBMISSION_CARRIER_H

#include "submission/submission.h"

struct carrier {
	uint8_t busy;
	uint8_t rehearsal;  /* dry run: nothing of it is carried out */
	uint8_t sign_waits; /* until it is known which keys reach the account's authority, or the signer answers again */
	uint8_t signer_is_late; /* it is the signer that is waited for */
	struct submission submission;
};

/* What a submission looks at. */
struct carrier_sight {
	struct gw_now now;
	struct chain_view view;
};

enum carrier_signing {
	CARRIER_SIGNED,
	CARRIER_REFUSED,   /* reason, text */
	CARRIER_NO_KEYS,   /* the account's authority is not known yet */
	CARRIER_NO_ANSWER, /* of the signer: the same transaction counts once, it may be asked again */
};

struct carrier_signature {
	char txid[GW_ID_SIZE];
	char signature[131]; /* the first one, as hex */
	int32_t reason;	     /* GW_FAIL_* */
	char text[GW_TEXT_SIZE];
};

struct carrier_effects {
	void *context;
	void (*look)(void *context, struct carrier_sight *ret);
	void (*ask_witness)(void *context, const struct submission_action *action); /* then carrier_witness */
	void (*record)(void *context, const struct submission_record *record);	    /* then carrier_recorded */
	/* After NO_KEYS and NO_ANSWER carrier_sign_waiting asks again. */
	enum carrier_signing (*sign)(void *context, const struct transaction *tx, struct carrier_signature *ret);
	void (*send)(void *context, uint32_t endpoint); /* then carrier_sent */
	/* The carrier is free already where that is over: the client may ask for the next one at once. may_come: it
	 * ends without a proof that no block can hold it any more. */
	void (*progress)(void *context, const struct gw_submission_event *event, bool may_come);
	/* carrier_tick is wanted at that monotonic time. 0: with the next turn of the loop; INT64_MAX: never. */
	void (*wake)(void *context, int64_t mono_ms);
};

/* As submission_begin and submission_resume; the carrier is not busy. connected: bit per endpoint. Nothing comes from
 * inside: work begins with the tick that is asked for. */
void carrier_begin(struct carrier *c, const struct submission_record *record, uint32_t older_until_s,
		   uint32_t connected, const struct carrier_effects *e);
void carrier_resume(struct carrier *c, const struct submission_record *record, uint32_t connected,
		    const struct carrier_effects *e);
/* A dry run of it: carrier_end_rehearsal, with the next turn of the loop, says what would be sent. */
void carrier_rehearse(struct carrier *c, const struct submission_record *record);
void carrier_end_rehearsal(struct carrier *c, const struct carrier_effects *e);

/* Answers, to the submission with that id: a later one takes none of them. See submission_witness, _recorded, _sent.
 * True: it was waited for; carrier_settle is due. */
bool carrier_witness(struct carrier *c, uint64_t id, uint64_t ticket, const struct witness_answer *answer,
		     const struct carrier_effects *e);
bool carrier_recorded(struct carrier *c, uint64_t id, bool ok, const struct carrier_effects *e);
bool carrier_sent(struct carrier *c, uint64_t id, uint32_t endpoint, const char *url, enum send_result result,
		  const char *text, const struct carrier_effects *e);
/* More is known of the account's authority, or the signer answers again: what waited for that is signed. */
void carrier_sign_waiting(struct carrier *c, const struct carrier_effects *e);
void carrier_block(struct carrier *c, const struct gw_block_event *event, const struct block_transaction *transactions,
		   size_t count, const struct carrier_effects *e);
void carrier_endpoints(struct carrier *c, uint32_t connected, const struct gw_now *now);
void carrier_tick(struct carrier *c, const struct carrier_effects *e);
/* False: there is none of that id. */
bool carrier_cancel(struct carrier *c, uint64_t id, const char *why, const struct carrier_effects *e);
/* Does what the submission wants by now. Called when an event has been worked off. */
void carrier_settle(struct carrier *c, const struct carrier_effects *e);
/* It is on its way to its first broadcast. */
bool carrier_is_about_to_send(const struct carrier *c, const struct carrier_effects *e);

#endif
