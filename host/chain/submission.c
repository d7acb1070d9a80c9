/* SPDX-License-Identifier: MIT
 *
 * The life of one transaction. Every event changes what is known and ends in advance(), which does whatever is now to
 * be done in the present state and sets the time at which it wants to look again. See submission.h.
 */
#include "chain/submission.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "chain/slot_safety.h"

#define ROUND_WITNESSES 21 /* where the number scheduled is not known */

/* What one waits for before it is sent. Each is told once. */
enum wait_reason { WAIT_VIEW, WAIT_SLOT, WAIT_ROOM, WAIT_PENDING };

/* ---- small questions ------------------------------------------------------------------------------------------- */

static bool is_update(const struct submission *s)
{
	return s->record.intent.operation == GW_OP_WITNESS_UPDATE;
}

static bool is_ours(const struct submission *s, const char *key)
{
	return strcmp(key, s->record.intent.signing_key) == 0;
}

/* True unless it is certain that no node was ever offered it. */
static bool maybe_sent(const struct submission *s)
{
	return s->resumed || s->record.sent_once;
}

/* golosd takes it while its expiration is later than the head's time (05-tx.jsonl:48). */
static bool is_expired(const struct submission *s, const struct chain_view *view)
{
	return s->record.expiration_s != 0 && view->head_num != 0 && view->head_time_s >= s->record.expiration_s;
}

/* The chain is known well enough to judge slots and to name a block. */
static bool is_clear(const struct chain_view *view, const struct gw_now *now)
{
	return view->valid && now->chain_ms != 0 && view->head_id[0] != '\0' && view->interval_s != 0;
}

static int64_t rounds_ms(const struct chain_view *view, int64_t rounds)
{
	const int64_t slots = view->scheduled ? view->scheduled : ROUND_WITNESSES;

	return rounds * slots * (view->interval_s ? view->interval_s : 3) * 1000;
}

bool submission_is_over(const struct submission *s)
{
	return s->state == 0 || s->state == GW_SUBMISSION_IRREVERSIBLE || s->state == GW_SUBMISSION_FAILED;
}

uint32_t submission_alive_until_s(const struct submission *s)
{
	return s->alive_until_s;
}

int64_t submission_wake_ms(const struct submission *s)
{
	return s->wake_ms;
}

static void wake_at(struct submission *s, int64_t mono_ms)
{
	if (mono_ms < s->wake_ms)
		s->wake_ms = mono_ms;
}

static void wake_at_chain(struct submission *s, int64_t chain_ms, const struct gw_now *now)
{
	wake_at(s, now->mono_ms + (chain_ms - now->chain_ms));
}

/* ---- the queue of actions -------------------------------------------------------------------------------------- */

/* The host drains the queue after each event, and no event queues more than SUBMISSION_QUEUE_MAX. */
static struct submission_queued *push(struct submission *s, enum submission_action_type type, const struct gw_now *now)
{
	assert(s->queue_count < SUBMISSION_QUEUE_MAX);
	struct submission_queued *q = &s->queue[(s->queue_first + s->queue_count++) % SUBMISSION_QUEUE_MAX];

	memset(q, 0, sizeof(*q));
	q->type = (int32_t)type;
	q->now = *now;
	return q;
}

PRINTF_LIKE(3, 0)
static void say_va(struct submission *s, const struct gw_now *now, const char *fmt, va_list args)
{
	struct submission_queued *q = push(s, SUBMISSION_PROGRESS, now);

	q->state = s->state;
	q->reason = s->reason;
	q->block_num = s->block_num;
	vsnprintf(q->text, sizeof(q->text), fmt, args);
}

PRINTF_LIKE(3, 4) static void say(struct submission *s, const struct gw_now *now, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_va(s, now, fmt, args);
	va_end(args);
}

PRINTF_LIKE(4, 5)
static void enter(struct submission *s, int32_t state, const struct gw_now *now, const char *fmt, ...)
{
	va_list args;

	s->state = state;
	va_start(args, fmt);
	say_va(s, now, fmt, args);
	va_end(args);
}

/* What has been queued and not yet been taken must not go out once the submission is over. */
static void unqueue_all_but_progress(struct submission *s)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->queue_count; i++) {
		const struct submission_queued *q = &s->queue[(s->queue_first + i) % SUBMISSION_QUEUE_MAX];

		if (q->type == SUBMISSION_PROGRESS)
			s->queue[(s->queue_first + kept++) % SUBMISSION_QUEUE_MAX] = *q;
	}
	s->queue_count = kept;
}

/* Ends it for `reason`. proved: no block can hold it any more. */
PRINTF_LIKE(5, 6)
static void fail(struct submission *s, int32_t reason, bool proved, const struct gw_now *now, const char *fmt, ...)
{
	va_list args;

	unqueue_all_but_progress(s);
	s->state = GW_SUBMISSION_FAILED;
	s->reason = reason;
	s->ticket = 0;
	s->wake_ms = INT64_MAX;
	s->alive_until_s = !proved && maybe_sent(s) ? s->record.expiration_s : 0;
	va_start(args, fmt);
	say_va(s, now, fmt, args);
	va_end(args);
}

static const char *still_alive(const struct submission *s)
{
	return maybe_sent(s) ? "; it was sent before and may still come into a block" : "";
}

static void wait_for(struct submission *s, enum wait_reason reason, const struct gw_now *now)
{
	static const char *const texts[] = {
		[WAIT_VIEW] = "waits until head, clock and schedule are known",
		[WAIT_SLOT] = "waits until the witness's own slot is over",
		[WAIT_ROOM] = "waits for room before the witness's next slot",
		[WAIT_PENDING] = "waits: an update of another node's is pending",
	};

	if (s->said_waits & 1u << reason)
		return;
	s->said_waits = (uint8_t)(s->said_waits | 1u << reason);
	say(s, now, "%s", texts[reason]);
}

/* Asks for the witness; not again before SUBMISSION_ASK_AGAIN_MS have passed, unless ask_at_ms is set back. */
static void ask(struct submission *s, bool at_driver, const struct gw_now *now)
{
	if (now->mono_ms >= s->ask_at_ms) {
		s->ticket = ++s->last_ticket;
		s->ask_at_ms = now->mono_ms + SUBMISSION_ASK_AGAIN_MS;
		struct submission_queued *q = push(s, SUBMISSION_ASK_WITNESS, now);
		q->ticket = s->ticket;
		q->reason = at_driver;
	}
	wake_at(s, s->ask_at_ms);
}

static void forget_question(struct submission *s)
{
	s->ticket = 0;
	s->ask_at_ms = 0;
}

/* ---- slot safety: DESIGN.md "From a block to a switch" 7 -----------------------------------------------------------
 */

/* Slots of room that it wants before the witness's own. */
static uint32_t room_wanted(const struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	const int64_t looked_ms = now->mono_ms - s->begun_ms;

	if (s->record.intent.mode != GW_INTENT_PLANNED || s->accepted)
		return 1;
	if (looked_ms < rounds_ms(view, SUBMISSION_ROOM_ROUNDS))
		return view->scheduled && view->scheduled < SUBMISSION_PLANNED_ROOM ? view->scheduled
										    : SUBMISSION_PLANNED_ROOM;
	/* The widest place need not come again: after as long once more, any place will do. */
	if (looked_ms < rounds_ms(view, 2 * SUBMISSION_ROOM_ROUNDS) && s->widest > 1)
		return s->widest;
	return 1;
}

/* True when it may go out now; else it says why not and sets the time to look again. */
static bool may_send(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (!is_clear(view, now)) {
		wait_for(s, WAIT_VIEW, now);
		wake_at(s, now->mono_ms + SUBMISSION_RETRY_MS);
		return false;
	}
	if (!is_update(s))
		return true;
	const struct slot_room room = slot_room_ahead(view, now);
	const uint32_t wanted = room_wanted(s, view, now);

	if (room.slots >= wanted)
		return true;
	if (room.slots > s->widest)
		s->widest = room.slots;
	wait_for(s, room.slots == 0 ? WAIT_SLOT : WAIT_ROOM, now);
	wake_at_chain(s, room.look_ms, now);
	return false;
}

/* ---- waiting, recording, signing --------------------------------------------------------------------------------- */

static void set_tapos(struct submission_record *record, const struct chain_view *view)
{
	const struct gw_intent *intent = &record->intent;
	const char *id = view->head_id;

	record->tapos_num = view->head_num;
	if (intent->mode == GW_INTENT_PLANNED) {
		record->tapos_num = view->head_num - 1;
		id = view->head_previous;
	} else if (intent->evidence_num != 0) {
		record->tapos_num = intent->evidence_num;
		id = intent->evidence_id;
	}
	memcpy(record->tapos_id, id, sizeof(record->tapos_id));
}

/* TaPoS and expiration are fixed here, when it is about to be sent. */
static void record(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	struct transaction tx;
	struct error err = {.status = GW_OK};

	set_tapos(&s->record, view);
	s->record.expiration_s = (uint32_t)(view->head_time_s + SUBMISSION_LIFE_S);
	if (submission_transaction(&tx, &s->record, &err)) {
		fail(s, GW_FAIL_INTERNAL, true, now, "no transaction can be made of the intent: %.180s", err.text);
		return;
	}
	s->recording = 1;
	push(s, SUBMISSION_RECORD, now);
}

static void advance_waiting(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	const int64_t limit_ms = s->begun_ms + rounds_ms(view, SUBMISSION_WAIT_ROUNDS) + 60000;

	if (is_expired(s, view)) {
		fail(s, GW_FAIL_EXPIRED, true, now, "its time passed before the journal answered");
		return;
	}
	if (now->mono_ms >= limit_ms) {
		fail(s, GW_FAIL_UNREACHABLE, true, now, "no safe moment to send it came in %lld s",
		     (long long)(now->mono_ms - s->begun_ms) / 1000);
		return;
	}
	wake_at(s, limit_ms);
	if (s->recording)
		return;
	if (!may_send(s, view, now)) {
		s->checked = 0;
		forget_question(s);
		return;
	}
	if (is_update(s) && !s->checked) {
		ask(s, false, now);
		return;
	}
	record(s, view, now);
}

/* The witness as fetched before sending: DESIGN.md 8. */
static void check_before_sending(struct submission *s, const struct witness_answer *answer,
				 const struct chain_view *view, const struct gw_now *now)
{
	const char *key = answer->signing_key;
	const bool foreign = view->signing_key[0] != '\0' && strcmp(key, view->signing_key) != 0 && !is_ours(s, key);

	memcpy(s->record.url, answer->url, sizeof(s->record.url));
	if (foreign && !s->pending) {
		s->pending = 1;
		s->pending_since_ms = now->mono_ms;
	}
	if (foreign && now->mono_ms - s->pending_since_ms < SUBMISSION_PENDING_WAIT_S * 1000) {
		const int64_t end_ms = s->pending_since_ms + SUBMISSION_PENDING_WAIT_S * 1000;

		if (s->ask_at_ms > end_ms)
			s->ask_at_ms = end_ms;
		wait_for(s, WAIT_PENDING, now);
		return; /* asked again with the next block, or when ask_at_ms comes */
	}
	s->checked = 1;
}

/* ---- the end of its time -------------------------------------------------------------------------------------------
 */

/* The head's time has reached the expiration: it is pending nowhere, and a fetch is proof. */
static void settle(struct submission *s, const struct gw_now *now)
{
	if (!maybe_sent(s)) {
		if (s->state == GW_SUBMISSION_SIGNED && s->connected == 0)
			fail(s, GW_FAIL_UNREACHABLE, true, now, "its time passed and no node was connected");
		else
			fail(s, GW_FAIL_EXPIRED, true, now, "its time passed before a safe moment to send it came");
	} else if (!is_update(s)) {
		fail(s, GW_FAIL_EXPIRED, true, now, "its time passed and no block was seen to hold it");
	} else {
		if (!s->settling)
			forget_question(s);
		s->settling = 1;
		ask(s, true, now);
	}
}

static void enter_block(struct submission *s, uint32_t num, const struct gw_now *now)
{
	const bool proved = s->settling;

	s->block_num = num;
	s->key_seen = 0;
	s->settling = 0;
	forget_question(s);
	enter(s, GW_SUBMISSION_IN_BLOCK, now, "block %u %s", num,
	      proved ? "or one before it holds it: its time is over and the key is ours" : "holds it");
}

static void settle_by(struct submission *s, const struct witness_answer *answer, const struct chain_view *view,
		      const struct gw_now *now)
{
	if (answer->exists && is_ours(s, answer->signing_key))
		enter_block(s, view->head_num, now);
	else
		fail(s, s->refusal ? s->refusal : GW_FAIL_EXPIRED, true, now,
		     "its time passed and the key is not ours: no block holds it%s",
		     s->resumed ? ", or another key came after it" : "");
}

/* ---- recorded, signed, sent ----------------------------------------------------------------------------------------
 */

static void advance_recorded(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (is_expired(s, view)) {
		settle(s, now);
	} else if (!s->signing && view->head_num != 0) {
		s->signing = 1;
		s->record.signed_once = 1;
		push(s, SUBMISSION_SIGN, now);
	}
}

/* The reason of the own node, or the one nearest to it in the list, when every connected endpoint refused it and none
 * may hold it; else GW_FAIL_NONE. */
static int32_t refused_by_all(const struct submission *s)
{
	int32_t reason = GW_FAIL_NONE;

	if (s->accepted || s->unsure || s->resumed)
		return GW_FAIL_NONE;
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++) {
		if (!(s->connected & 1u << i))
			continue;
		if (s->offers[i].state != OFFER_REFUSED)
			return GW_FAIL_NONE;
		if (reason == GW_FAIL_NONE)
			reason = s->offers[i].reason;
	}
	return reason;
}

/* Endpoints that are to be offered it now, a bit each. */
static uint32_t due_now(struct submission *s, const struct gw_now *now)
{
	uint32_t due = 0;

	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++) {
		const struct submission_offer *offer = &s->offers[i];

		if (!(s->connected & 1u << i) || offer->state != OFFER_DUE)
			continue;
		if (now->mono_ms >= offer->again_ms)
			due |= 1u << i;
		else
			wake_at(s, offer->again_ms);
	}
	return due;
}

static void advance_sending(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (is_expired(s, view)) {
		settle(s, now);
		return;
	}
	s->settling = 0;
	const int32_t refused = refused_by_all(s);

	if (refused != GW_FAIL_NONE) {
		fail(s, refused, true, now, "every node that answered refused it");
		return;
	}
	const uint32_t due = due_now(s, now);

	if (due == 0 || !may_send(s, view, now))
		return;
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++) {
		if (!(due & 1u << i))
			continue;
		s->offers[i].state = OFFER_ASKED;
		s->record.sent_once = 1;
		push(s, SUBMISSION_SEND, now)->endpoint = i;
	}
}

static void advance_in_block(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (is_ours(s, view->signing_key))
		s->key_seen = 1;
	if (view->irreversible == 0 || view->irreversible < s->block_num)
		return;
	enter(s, GW_SUBMISSION_IRREVERSIBLE, now, "the block that holds it is irreversible");
	s->wake_ms = INT64_MAX;
}

/* A fork undid its block, or the chain was lost sight of: no longer known to be in a block. */
static void leave_block(struct submission *s, const struct gw_now *now, const char *why)
{
	s->block_num = 0;
	s->key_seen = 0;
	enter(s, GW_SUBMISSION_SENT, now, "%s", why);
}

/* ---- any other key in a block ends it ------------------------------------------------------------------------------
 */

static void end_if_overtaken(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	const char *key = view->signing_key;

	if (!is_update(s) || view->head_num == 0 || key[0] == '\0')
		return;
	if (is_ours(s, key)) {
		/* Somebody else set it: there is nothing left to do, and nothing of ours was done. */
		if (!maybe_sent(s))
			fail(s, GW_FAIL_OVERTAKEN, true, now, "the chain holds our key already");
		return;
	}
	if (s->record.replaces[0] == '\0')
		memcpy(s->record.replaces, key, sizeof(s->record.replaces));
	if (s->state == GW_SUBMISSION_IN_BLOCK ? s->key_seen : strcmp(key, s->record.replaces) != 0)
		fail(s, GW_FAIL_OVERTAKEN, false, now, "the signing key became another, %s%s", key, still_alive(s));
}

static void advance(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (submission_is_over(s))
		return;
	s->wake_ms = INT64_MAX;
	end_if_overtaken(s, view, now);
	switch (s->state) {
	case GW_SUBMISSION_WAITING:
		advance_waiting(s, view, now);
		break;
	case GW_SUBMISSION_RECORDED:
		advance_recorded(s, view, now);
		break;
	case GW_SUBMISSION_SIGNED:
	case GW_SUBMISSION_SENT:
		advance_sending(s, view, now);
		break;
	case GW_SUBMISSION_IN_BLOCK:
		advance_in_block(s, view, now);
		break;
	}
}

/* ---- events in -----------------------------------------------------------------------------------------------------
 */

void submission_begin(struct submission *s, uint64_t id, const struct gw_intent *intent, const struct chain_view *view,
		      const struct gw_now *now)
{
	memset(s, 0, sizeof(*s));
	s->record.id = id;
	s->record.intent = *intent;
	s->begun_ms = now->mono_ms;
	enter(s, GW_SUBMISSION_WAITING, now, "begun: it goes out as soon as it can cost the witness no slot");
	advance(s, view, now);
}

void submission_resume(struct submission *s, const struct submission_record *taken, const struct chain_view *view,
		       const struct gw_now *now)
{
	struct transaction tx;
	struct error err = {.status = GW_OK};

	memset(s, 0, sizeof(*s));
	s->record = *taken;
	s->resumed = 1;
	s->begun_ms = now->mono_ms;
	enter(s, GW_SUBMISSION_RECORDED, now, "taken up again after a restart");
	if (submission_transaction(&tx, &s->record, &err)) {
		fail(s, GW_FAIL_INTERNAL, false, now, "the journal's record cannot be signed again: %.160s", err.text);
		return;
	}
	advance(s, view, now);
}

void submission_tick(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	advance(s, view, now);
}

static bool is_among(const struct submission *s, const struct block_transaction *transactions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct block_transaction *t = &transactions[i];

		if (t->id[0] ? strcmp(t->id, s->txid) == 0 : t->signature[0] && strcmp(t->signature, s->signature) == 0)
			return true;
	}
	return false;
}

/* The key that the block's last update of the witness sets; NULL: it has none. */
static const char *key_set_by(const struct submission *s, const struct gw_block_event *block)
{
	const char *key = NULL;

	for (uint32_t i = 0; i < block->update_count; i++)
		if (strcmp(block->updates[i].witness, s->record.intent.witness) == 0)
			key = block->updates[i].signing_key;
	return key;
}

void submission_block(struct submission *s, const struct gw_block_event *block,
		      const struct block_transaction *transactions, size_t count, const struct chain_view *view,
		      const struct gw_now *now)
{
	const bool other_driver = s->driver_epoch != 0 && s->driver_epoch != block->driver_epoch;

	if (submission_is_over(s))
		return;
	s->driver_epoch = block->driver_epoch;
	if (s->state == GW_SUBMISSION_IN_BLOCK && block->undone != 0 && s->block_num >= block->num)
		leave_block(s, now, "a fork undid the block that held it");
	else if (s->state == GW_SUBMISSION_IN_BLOCK && other_driver)
		leave_block(s, now, "blocks were lost, or another node is followed: whether a block holds it is open");
	if ((s->state == GW_SUBMISSION_SIGNED || s->state == GW_SUBMISSION_SENT) && is_among(s, transactions, count)) {
		s->settling = 0;
		enter_block(s, block->num, now);
	}
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++)
		if (s->offers[i].state == OFFER_BEHIND)
			s->offers[i].state = OFFER_DUE;
	if (s->pending)
		s->ask_at_ms = now->mono_ms;

	const char *key = is_update(s) ? key_set_by(s, block) : NULL;

	if (key && !is_ours(s, key))
		fail(s, GW_FAIL_OVERTAKEN, false, now, "block %u sets another key, %s%s", block->num, key,
		     still_alive(s));
	advance(s, view, now);
}

void submission_endpoints(struct submission *s, uint32_t connected, const struct gw_now *now)
{
	const uint32_t lost = s->connected & ~connected;

	if (submission_is_over(s))
		return;
	s->connected = connected;
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++) {
		struct submission_offer *offer = &s->offers[i];

		if (!(lost & 1u << i))
			continue;
		if (offer->state == OFFER_ASKED)
			s->unsure = 1;
		memset(offer, 0, sizeof(*offer));
	}
	if (s->state == GW_SUBMISSION_SIGNED || s->state == GW_SUBMISSION_SENT)
		wake_at(s, now->mono_ms);
}

void submission_witness(struct submission *s, uint64_t ticket, const struct witness_answer *answer,
			const struct chain_view *view, const struct gw_now *now)
{
	if (submission_is_over(s) || ticket == 0 || ticket != s->ticket)
		return;
	s->ticket = 0;
	if (answer && s->settling)
		settle_by(s, answer, view, now);
	else if (answer && s->state == GW_SUBMISSION_WAITING && !answer->exists)
		fail(s, GW_FAIL_REFUSED, true, now, "the chain has no witness '%s'", s->record.intent.witness);
	else if (answer && s->state == GW_SUBMISSION_WAITING)
		check_before_sending(s, answer, view, now);
	advance(s, view, now);
}

void submission_recorded(struct submission *s, bool ok, const struct chain_view *view, const struct gw_now *now)
{
	if (s->state != GW_SUBMISSION_WAITING || !s->recording)
		return;
	s->recording = 0;
	enter(s, GW_SUBMISSION_RECORDED, now, "%s",
	      ok ? "recorded in the journal" : "the journal cannot be written: it goes on without");
	advance(s, view, now);
}

void submission_signed(struct submission *s, const char *txid, const char *signature, int32_t reason, const char *text,
		       const struct chain_view *view, const struct gw_now *now)
{
	if (s->state != GW_SUBMISSION_RECORDED || !s->signing)
		return;
	if (txid && signature) {
		snprintf(s->txid, sizeof(s->txid), "%s", txid);
		snprintf(s->signature, sizeof(s->signature), "%s", signature);
		enter(s, GW_SUBMISSION_SIGNED, now, "signed as transaction %s", s->txid);
	} else if (s->resumed) {
		/* From before the restart it may be pending somewhere: followed without being sent again. */
		s->refusal = reason;
		say(s, now, "not signed again after the restart: %.160s; it is followed to the end of its time",
		    text ? text : "");
	} else {
		fail(s, reason, true, now, "not signed: %.200s", text ? text : "");
	}
	advance(s, view, now);
}

/* What a node's refusal means for the submission; GW_FAIL_NONE: it is none. */
static int32_t refusal_of(enum send_result result)
{
	switch (result) {
	case SEND_AUTHORITY:
		return GW_FAIL_AUTHORITY;
	case SEND_BANDWIDTH:
		return GW_FAIL_BANDWIDTH;
	case SEND_REFUSED:
		return GW_FAIL_REFUSED;
	case SEND_ACCEPTED:
	case SEND_DUPLICATE:
	case SEND_EXPIRED:
	case SEND_TAPOS:
	case SEND_BUSY:
	case SEND_NO_ANSWER:
		break;
	}
	return GW_FAIL_NONE;
}

static void note_answer(struct submission *s, struct submission_offer *offer, enum send_result result,
			const struct gw_now *now)
{
	switch (result) {
	case SEND_ACCEPTED:
	case SEND_DUPLICATE:
		offer->state = OFFER_TAKEN;
		s->accepted = 1;
		break;
	case SEND_EXPIRED:
		offer->state = OFFER_LATE;
		break;
	case SEND_TAPOS:
		offer->state = OFFER_BEHIND;
		break;
	case SEND_BUSY:
		offer->state = OFFER_DUE;
		offer->again_ms = now->mono_ms + SUBMISSION_RETRY_MS;
		break;
	case SEND_NO_ANSWER:
		offer->state = OFFER_DUE;
		offer->again_ms = now->mono_ms + SUBMISSION_ASK_AGAIN_MS;
		s->unsure = 1;
		break;
	case SEND_AUTHORITY:
	case SEND_BANDWIDTH:
	case SEND_REFUSED:
		offer->state = OFFER_REFUSED;
		offer->reason = refusal_of(result);
		break;
	}
}

void submission_sent(struct submission *s, uint32_t endpoint, enum send_result result, const char *text,
		     const struct chain_view *view, const struct gw_now *now)
{
	if (submission_is_over(s) || s->state < GW_SUBMISSION_SIGNED || endpoint >= ENDPOINTS_MAX)
		return;
	struct submission_offer *offer = &s->offers[endpoint];
	const bool taken = result == SEND_ACCEPTED || result == SEND_DUPLICATE;

	/* An answer to an offer of before the connection was lost: good news counts, anything else is out of date. */
	if (!taken && offer->state != OFFER_ASKED)
		return;
	const bool news = offer->told != (uint8_t)result + 1;

	note_answer(s, offer, result, now);
	offer->told = (uint8_t)((uint8_t)result + 1);
	if (!(s->connected & 1u << endpoint))
		memset(offer, 0, sizeof(*offer)); /* lost meanwhile: to be offered anew when it is back */
	if (taken && s->state == GW_SUBMISSION_SIGNED)
		enter(s, GW_SUBMISSION_SENT, now, "sent: endpoint %u has taken it, no block holds it yet", endpoint);
	else if (!taken && news)
		say(s, now, "endpoint %u did not take it: %.200s", endpoint, text ? text : "no answer");
	advance(s, view, now);
}

void submission_cancel(struct submission *s, const char *why, const struct gw_now *now)
{
	if (submission_is_over(s) || s->state == GW_SUBMISSION_IN_BLOCK)
		return;
	fail(s, GW_FAIL_CANCELLED, false, now, "cancelled: %.150s%s", why, still_alive(s));
}

/* ---- actions out ---------------------------------------------------------------------------------------------------
 */

static void fill_progress(struct gw_submission_event *ret, const struct submission *s,
			  const struct submission_queued *q)
{
	ret->struct_size = sizeof(*ret);
	ret->state = q->state;
	ret->reason = q->reason;
	ret->block_num = q->block_num;
	ret->now = q->now;
	ret->id = s->record.id;
	ret->intent = s->record.intent;
	memcpy(ret->txid, s->txid, sizeof(ret->txid));
	memcpy(ret->text, q->text, sizeof(ret->text));
}

bool submission_next(struct submission *s, struct submission_action *ret)
{
	if (s->queue_count == 0)
		return false;
	const struct submission_queued *q = &s->queue[s->queue_first];
	struct error err;

	s->queue_first = (s->queue_first + 1) % SUBMISSION_QUEUE_MAX;
	s->queue_count--;
	memset(ret, 0, sizeof(*ret));
	ret->type = (enum submission_action_type)q->type;
	switch (ret->type) {
	case SUBMISSION_ASK_WITNESS:
		ret->ticket = q->ticket;
		ret->at_driver = q->reason != 0;
		break;
	case SUBMISSION_RECORD:
		ret->record = s->record;
		break;
	case SUBMISSION_SIGN:
		/* Cannot fail: the same record was tried before SIGN was queued. */
		if (submission_transaction(&ret->transaction, &s->record, &err))
			ret->transaction.operation_count = 0;
		break;
	case SUBMISSION_SEND:
		ret->endpoint = q->endpoint;
		break;
	case SUBMISSION_PROGRESS:
		fill_progress(&ret->event, s, q);
		break;
	}
	return true;
}
