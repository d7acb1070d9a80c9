/* SPDX-License-Identifier: MIT
 *
 * What the files of a submission share, and nobody else. Each calls those after it alone: submission.c (what comes in,
 * the states up to the signature), offers.c (who is sent it, and has it), following.c (in a block, irreversible,
 * the end of its time), moment.c (when it may go out), queue.c (what it says and wants done).
 */
#ifndef CHAIN_SUBMISSION_PARTS_H
#define CHAIN_SUBMISSION_PARTS_H

#include <string.h>

#include "submission/submission.h"

#define ROUND_WITNESSES 21 /* where the number scheduled is not known */

/* What one waits for before it is sent. Each is told once. */
enum wait_reason { WAIT_VIEW, WAIT_SLOT, WAIT_ROOM, WAIT_PENDING, WAIT_OLDER };

/* ---- small questions --------------------------------------------------------------------------------------------- */

static inline bool is_update(const struct submission *s)
{
	return s->record.intent.operation == GW_OP_WITNESS_UPDATE;
}

static inline bool is_ours(const struct submission *s, const char *key)
{
	return strcmp(key, s->record.intent.signing_key) == 0;
}

/* golosd takes it while its expiration is later than the head's time (05-tx.jsonl:48). */
static inline bool is_expired(const struct submission *s, const struct chain_view *view)
{
	return s->record.expiration_s != 0 && view->head_num != 0 && view->head_time_s >= s->record.expiration_s;
}

/* The fetch before sending (docs/design.md 8) let it pass, just now. */
static inline bool is_checked(const struct submission *s, const struct gw_now *now)
{
	return !is_update(s) || (s->checked_ms != 0 && now->mono_ms - s->checked_ms <= SUBMISSION_CHECK_MS);
}

static inline int64_t rounds_ms(const struct chain_view *view, int64_t rounds)
{
	const int64_t slots = view->scheduled ? view->scheduled : ROUND_WITNESSES;

	return rounds * slots * (view->interval_s ? view->interval_s : 3) * 1000;
}

static inline void wake_at(struct submission *s, int64_t mono_ms)
{
	if (mono_ms < s->wake_ms)
		s->wake_ms = mono_ms;
}

/* ---- queue.c ------------------------------------------------------------------------------------------ */

/* The host drains the queue after each event, and no event queues more than SUBMISSION_QUEUE_MAX. */
struct submission_queued *submission_push(struct submission *s, enum submission_action_type type,
					  const struct gw_now *now);
void submission_say(struct submission *s, const struct gw_now *now, const char *fmt, ...) PRINTF_LIKE(3, 4);
void submission_enter(struct submission *s, int32_t state, const struct gw_now *now, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* Ends it for `reason`. proved: no block can hold it any more. */
void submission_fail(struct submission *s, int32_t reason, bool proved, const struct gw_now *now, const char *fmt, ...)
	PRINTF_LIKE(5, 6);
/* Told once. */
void submission_wait_for(struct submission *s, enum wait_reason reason, const struct gw_now *now);
/* Asks for the witness; not again before SUBMISSION_ASK_AGAIN_MS have passed, unless ask_at_ms is set back. */
void submission_ask(struct submission *s, bool at_driver, const struct gw_now *now);
void submission_forget_question(struct submission *s);

/* ---- moment.c ---------------------------------------------------------------------------------------------------- */

/* True when it may go out now; else it says why not and sets the time to look again. */
bool submission_may_send(struct submission *s, const struct chain_view *view, const struct gw_now *now);

/* ---- offers.c ----------------------------------------------------------------------------------------- */

void submission_advance_sending(struct submission *s, const struct chain_view *view, const struct gw_now *now);
void submission_take_endpoints(struct submission *s, uint32_t connected);
/* What an endpoint answered an offer. */
void submission_take_answer(struct submission *s, uint32_t endpoint, const char *url, enum send_result result,
			    const char *text, const struct gw_now *now);

/* ---- following.c -------------------------------------------------------------------------------------- */

void submission_take_block(struct submission *s, const struct gw_block_event *block,
			   const struct block_transaction *transactions, size_t count, const struct gw_now *now);
void submission_advance_in_block(struct submission *s, const struct chain_view *view, const struct gw_now *now);
/* The head's time has reached the expiration: it is pending nowhere, and a fetch is proof. */
void submission_settle(struct submission *s, const struct gw_now *now);
void submission_settle_by(struct submission *s, const struct witness_answer *answer, const struct chain_view *view,
			  const struct gw_now *now);

#endif
