/* SPDX-License-Identifier: MIT
 *
 * What stands around a submission in its tests: clocks, a chain as it would be believed, and the host's part of
 * answering actions. Virtual time.
 */
#ifndef SUBMISSION_WORLD_H
#define SUBMISSION_WORLD_H

#include "submission/submission.h"

#define KEY_A	  "GLS7MLinU13CHGgUke7bSLeAwGWb14NTqiPxb1UdHJxxiVnitgjvR" /* the chain's at first */
#define KEY_B	  "GLS73XWb5iP4rFiaAQ14QjVYjfF9jZR9uh12Zev5DcyMps7QxU3az" /* ours */
#define KEY_C	  "GLS6hPU2Ndsp2qT7SYFDd56NVNzsiqYEh2jD2ZuMGVHwSTuM2aXoo" /* another backup's */
#define NO_KEYS	  "GLS1111111111111111111111111111111114T1Anm"
#define TXID	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SIGNATURE "1f592c89c29e31f47b6e688a1c966f1bade158cdf56e5adbfe49fa2671c6440c45"

/* What the submission asked for since world_clear. */
struct seen {
	uint32_t asks, records, signs, progresses;
	bool at_driver;
	uint32_t sends; /* bit per endpoint */
	uint64_t ticket;
	struct submission_record record;
	struct transaction transaction;
	struct gw_submission_event progress; /* the newest */
};

struct world {
	struct submission s;
	struct chain_view view;
	struct gw_now now;
	struct seen seen;
	uint64_t seq;
	uint32_t epoch;
	uint32_t older_until_s; /* given to submission_begin */
};

/* 21 scheduled witnesses, chain key A. slots: from the head on, 'o' another's, 'X' ours, '?' unknown. */
void world_init(struct world *w, uint32_t head_num, const char *head_id, const char *head_previous, int64_t head_time_s,
		const char *slots);
/* Time passes; next_slot_time_s and slots of the view move on as belief would have it. No event. */
void world_pass(struct world *w, int64_t ms);
void world_tick(struct world *w);
/* A block of the next slot at hand; slots: what is ahead of it. `in_it`: it holds our transaction. `sets`: it holds an
 * update to that key; NULL: none. */
void world_block(struct world *w, const char *slots, bool in_it, const char *sets);
/* Fills the id of a block made up by number. */
void world_id(char ret[GW_ID_SIZE], uint32_t num);
void world_set_slots(struct world *w, const char *slots);

struct gw_intent world_intent(int32_t mode);
/* Begins with `connected` endpoints. */
void world_begin(struct world *w, const struct gw_intent *intent, uint32_t connected);
void world_resume(struct world *w, const struct submission_record *record, uint32_t connected);

/* Takes the actions into `seen`. */
void world_drain(struct world *w);
void world_clear(struct world *w);
/* The host's answers, each followed by world_drain. */
void world_witness(struct world *w, const char *key);
/* The same, with the witness's newest block. */
void world_confirmed(struct world *w, const char *key, uint32_t last_confirmed);
void world_recorded(struct world *w, bool ok);
void world_signed(struct world *w);
void world_sent(struct world *w, uint32_t endpoint, enum send_result result);
void world_connected(struct world *w, uint32_t connected); /* and the tick it asks for */
/* From begin to signed; fails the test where it does not come through at once. */
void world_run_to_signed(struct world *w);

/* Head 1000, and its parent. */
void world_init_plain(struct world *w, const char *slots);
/* The same; signed, offered to the endpoints connected. */
void world_init_offered(struct world *w, uint32_t connected);
/* The same; taken by endpoint 0. */
void world_init_sent(struct world *w, uint32_t connected);
/* Blocks until the head's time has reached the expiration. */
void world_pass_expiration(struct world *w);
/* A block event alone, with one transaction of that id or signature; the view stays as it is. */
void world_block_event(struct world *w, uint32_t num, uint32_t undone, uint32_t epoch, const char *id,
		       const char *signature);
void world_assert_failed(const struct world *w, int32_t reason);

#endif
