/* SPDX-License-Identifier: MIT
 *
 * The life of one transaction. Every event changes what is known and ends in submission_tick(), which does whatever
 * is now to be done in the present state and sets the time at which it wants to look again. See submission.h.
 */
#include <stdio.h>

#include "submission/parts.h"

bool submission_waits_for_older(const struct submission *s, const struct chain_view *view)
{
	return s->state == GW_SUBMISSION_WAITING && view->head_time_s < s->older_until_s;
}

uint32_t submission_alive_until_s(const struct submission *s)
{
	return s->alive_until_s;
}

/* ---- waiting, recording, signing --------------------------------------------------------------------------------- */

void submission_fix(struct submission_record *record, const struct chain_view *view)
{
	const struct gw_intent *intent = &record->intent;
	const char *id = view->unmissed_id;

	record->tapos_num = view->unmissed_num;
	if (intent->mode != GW_INTENT_PLANNED && intent->evidence_num != 0) {
		record->tapos_num = intent->evidence_num;
		id = intent->evidence_id;
	}
	memcpy(record->tapos_id, id, sizeof(record->tapos_id));
	record->expiration_s = (uint32_t)(view->head_time_s + TRANSACTION_LIFE_S);
}

/* TaPoS and expiration are fixed here, when it is about to be sent. */
static void record(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	struct transaction tx;
	struct error err = {.status = GW_OK};

	submission_fix(&s->record, view);
	if (submission_transaction(&tx, &s->record, &err)) {
		submission_fail(s, GW_FAIL_INTERNAL, true, now, "no transaction can be made of the intent: %.180s",
				err.text);
		return;
	}
	s->recording = 1;
	submission_push(s, SUBMISSION_RECORD, now);
}

static void advance_waiting(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	const int64_t limit_ms = s->begun_ms + rounds_ms(view, SUBMISSION_WAIT_ROUNDS) + 60000;

	if (is_expired(s, view)) {
		submission_fail(s, GW_FAIL_EXPIRED, true, now, "its time passed before the journal answered");
		return;
	}
	if (now->mono_ms >= limit_ms) {
		submission_fail(s, GW_FAIL_UNREACHABLE, true, now, "no safe moment to send it came in %lld s%s",
				(long long)(now->mono_ms - s->begun_ms) / 1000,
				view->schedule_old_ms != 0 ? ": no node tells the order of witnesses" : "");
		return;
	}
	wake_at(s, limit_ms);
	if (s->recording)
		return;
	if (!submission_may_send(s, view, now)) {
		s->checked_ms = 0;
		submission_forget_question(s);
		return;
	}
	if (submission_waits_for_older(s, view)) {
		submission_wait_for(s, WAIT_OLDER, now);
		return; /* each block tells its time */
	}
	if (!is_checked(s, now)) {
		submission_ask(s, false, now);
		return;
	}
	record(s, view, now);
}

/* The witness as fetched before sending: docs/design.md 8. */
static void check_before_sending(struct submission *s, const struct witness_answer *answer,
				 const struct chain_view *view, const struct gw_now *now)
{
	const char *key = answer->signing_key;
	const bool foreign = view->signing_key[0] != '\0' && strcmp(key, view->signing_key) != 0 && !is_ours(s, key);

	if (s->state == GW_SUBMISSION_WAITING) /* later its bytes are fixed */
		memcpy(s->record.url, answer->url, sizeof(s->record.url));

	if (!foreign || !s->pending)
		s->pending_since_ms = now->mono_ms;
	s->pending = foreign;
	/* no backup sends the null key: what an operator pends, belief takes for the key in a round, or it is gone */
	const bool nulled = strcmp(key, GW_NULL_KEY) == 0;

	if (foreign && (nulled || now->mono_ms - s->pending_since_ms < SUBMISSION_PENDING_WAIT_S * 1000)) {
		const int64_t end_ms = s->pending_since_ms + SUBMISSION_PENDING_WAIT_S * 1000;

		if (!nulled && s->ask_at_ms > end_ms)
			s->ask_at_ms = end_ms;
		submission_wait_for(s, WAIT_PENDING, now);
		return; /* asked again with the next block, or when ask_at_ms comes */
	}
	s->checked_ms = now->mono_ms;
	submission_forget_question(s);
}

static void advance_recorded(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (is_expired(s, view)) {
		submission_settle(s, now);
	} else if (!s->signing && view->head_num != 0) {
		s->signing = 1;
		submission_push(s, SUBMISSION_SIGN, now);
	}
}

void submission_tick(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (submission_is_over(s))
		return;
	s->wake_ms = INT64_MAX;
	/* somebody else set it: there is nothing left to do, and nothing of ours was done */
	if (is_update(s) && !s->offered && view->head_num != 0 && is_ours(s, view->signing_key))
		submission_fail(s, GW_FAIL_OVERTAKEN, true, now, "the chain holds our key already");
	switch (s->state) {
	case GW_SUBMISSION_WAITING:
		advance_waiting(s, view, now);
		break;
	case GW_SUBMISSION_RECORDED:
		advance_recorded(s, view, now);
		break;
	case GW_SUBMISSION_SIGNED:
	case GW_SUBMISSION_SENT:
		submission_advance_sending(s, view, now);
		break;
	case GW_SUBMISSION_IN_BLOCK:
		submission_advance_in_block(s, view, now);
		break;
	}
}

/* ---- events in --------------------------------------------------------------------------------------------------- */

void submission_begin(struct submission *s, const struct submission_record *asked, uint32_t older_until_s,
		      const struct chain_view *view, const struct gw_now *now)
{
	memset(s, 0, sizeof(*s));
	s->record.id = asked->id;
	s->record.intent = asked->intent;
	s->record.operations = asked->operations;
	s->record.operation_count = asked->operation_count;
	s->older_until_s = older_until_s;
	s->driver_epoch = view->driver_epoch;
	s->begun_ms = now->mono_ms;
	submission_enter(s, GW_SUBMISSION_WAITING, now,
			 "begun: it goes out as soon as it can cost the witness no slot");
	submission_tick(s, view, now);
}

void submission_resume(struct submission *s, const struct submission_record *taken, const struct chain_view *view,
		       const struct gw_now *now)
{
	struct transaction_bytes bytes;
	struct transaction tx;
	struct error err = {.status = GW_OK};

	memset(s, 0, sizeof(*s));
	s->record = *taken;
	s->offered = s->unseen = 1;
	s->begun_ms = now->mono_ms;
	submission_enter(s, GW_SUBMISSION_SENT, now,
			 "taken up again after a restart: followed to the end of its time, and not sent again");
	if (submission_transaction(&tx, &s->record, &err) || transaction_serialize(&bytes, &tx)) {
		submission_fail(s, GW_FAIL_INTERNAL, false, now, "the journal's record is no transaction: %.160s",
				err.text);
		return;
	}
	transaction_id(s->txid, &bytes);
	submission_tick(s, view, now);
}

void submission_witness(struct submission *s, uint64_t ticket, const struct witness_answer *answer,
			const struct chain_view *view, const struct gw_now *now)
{
	if (submission_is_over(s) || ticket == 0 || ticket != s->ticket)
		return;
	s->ticket = 0;
	if (answer)
		s->unanswered = 0;
	const bool asked_before_sending = !s->offered;

	if (answer && s->settling)
		submission_settle_by(s, answer, view, now);
	else if (answer && asked_before_sending && !answer->exists)
		submission_fail(s, GW_FAIL_REFUSED, true, now, "the chain has no witness '%s'",
				s->record.intent.witness);
	else if (answer && asked_before_sending)
		check_before_sending(s, answer, view, now);
	submission_tick(s, view, now);
}

void submission_block(struct submission *s, const struct gw_block_event *block,
		      const struct block_transaction *transactions, size_t count, const struct chain_view *view,
		      const struct gw_now *now)
{
	if (submission_is_over(s))
		return;
	submission_take_block(s, block, transactions, count, now);
	submission_tick(s, view, now);
}

void submission_endpoints(struct submission *s, uint32_t connected, const struct gw_now *now)
{
	if (submission_is_over(s))
		return;
	submission_take_endpoints(s, connected);
	if (s->state == GW_SUBMISSION_SIGNED || s->state == GW_SUBMISSION_SENT)
		wake_at(s, now->mono_ms);
}

void submission_sent(struct submission *s, uint32_t endpoint, const char *url, enum send_result result,
		     const char *text, const struct chain_view *view, const struct gw_now *now)
{
	if (submission_is_over(s) || s->state < GW_SUBMISSION_SIGNED || endpoint >= ENDPOINTS_MAX)
		return;
	submission_take_answer(s, endpoint, url, result, text, now);
	submission_tick(s, view, now);
}

void submission_recorded(struct submission *s, bool ok, const struct chain_view *view, const struct gw_now *now)
{
	if (s->state != GW_SUBMISSION_WAITING || !s->recording)
		return;
	s->recording = 0;
	submission_enter(s, GW_SUBMISSION_RECORDED, now, "%s",
			 ok ? "recorded in the journal" : "the journal cannot be written: it goes on without");
	submission_tick(s, view, now);
}

void submission_signed(struct submission *s, const char *txid, const char *signature, int32_t reason, const char *text,
		       const struct chain_view *view, const struct gw_now *now)
{
	if (s->state != GW_SUBMISSION_RECORDED || !s->signing)
		return;
	if (txid && signature) {
		snprintf(s->txid, sizeof(s->txid), "%s", txid);
		snprintf(s->signature, sizeof(s->signature), "%s", signature);
		submission_enter(s, GW_SUBMISSION_SIGNED, now, "signed as transaction %s", s->txid);
	} else {
		submission_fail(s, reason, true, now, "not signed: %.200s", text ? text : "");
	}
	submission_tick(s, view, now);
}

void submission_cancel(struct submission *s, const char *why, const struct gw_now *now)
{
	if (submission_is_over(s) || s->state == GW_SUBMISSION_IN_BLOCK)
		return;
	submission_fail(s, GW_FAIL_CANCELLED, false, now, "cancelled: %.150s%s", why,
			s->offered ? "; it was sent before and may still come into a block" : "");
}
