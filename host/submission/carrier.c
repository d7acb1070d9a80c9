/* SPDX-License-Identifier: MIT
 *
 * Between a submission and the world. See carrier.h.
 */
#include "submission/carrier.h"

#include <stdio.h>
#include <string.h>

static struct carrier_sight look(const struct carrier_effects *e)
{
	struct carrier_sight sight;

	e->look(e->context, &sight);
	return sight;
}

static bool is_current(const struct carrier *c, uint64_t id)
{
	return c->busy && c->submission.record.id == id;
}

/* ---- what a submission wants ------------------------------------------------------------------------------------ */

/* Cannot fail: the same record was tried before its signature was asked for. */
static enum carrier_signing ask_signer(const struct carrier *c, const struct carrier_effects *e,
				       struct carrier_signature *ret)
{
	struct transaction tx;
	struct error err = {.status = GW_OK};

	if (submission_transaction(&tx, &c->submission.record, &err) == GW_OK)
		return e->sign(e->context, &tx, ret);
	ret->reason = GW_FAIL_INTERNAL;
	snprintf(ret->text, sizeof(ret->text), "%.250s", err.text);
	return CARRIER_REFUSED;
}

static void sign(struct carrier *c, const struct carrier_effects *e)
{
	struct carrier_signature got = {.reason = GW_FAIL_NONE};
	const enum carrier_signing signing = ask_signer(c, e, &got);
	const struct carrier_sight sight = look(e);

	c->signer_is_late = signing == CARRIER_NO_ANSWER;
	c->sign_waits = c->signer_is_late || signing == CARRIER_NO_KEYS;
	if (signing == CARRIER_SIGNED)
		submission_signed(&c->submission, got.txid, got.signature, GW_FAIL_NONE, "", &sight.view, &sight.now);
	else if (signing == CARRIER_REFUSED)
		submission_signed(&c->submission, NULL, NULL, got.reason, got.text, &sight.view, &sight.now);
}

/* One that fails while its signature is waited for fails for that, whatever it was that ran out meanwhile. */
static void name_what_was_waited_for(const struct carrier *c, struct gw_submission_event *event)
{
	char text[sizeof(event->text)];

	if (c->signer_is_late)
		snprintf(text, sizeof(text), "the signer did not answer: %.200s", event->text);
	else
		snprintf(text, sizeof(text), "no node told of the active authority of %s (get_accounts): %.150s",
			 event->intent->witness, event->text);
	memcpy(event->text, text, sizeof(text));
}

static void report(struct carrier *c, struct gw_submission_event *event, const struct carrier_effects *e)
{
	if (event->state == GW_SUBMISSION_FAILED && c->sign_waits)
		name_what_was_waited_for(c, event);
	if (event->state >= GW_SUBMISSION_IRREVERSIBLE)
		c->busy = 0;
	e->progress(e->context, event, submission_alive_until_s(&c->submission) != 0);
}

static void act(struct carrier *c, struct submission_action *action, const struct carrier_effects *e)
{
	switch (action->type) {
	case SUBMISSION_ASK_WITNESS:
		e->ask_witness(e->context, action);
		break;
	case SUBMISSION_RECORD:
		e->record(e->context, &action->record);
		break;
	case SUBMISSION_SIGN:
		sign(c, e);
		break;
	case SUBMISSION_SEND:
		e->send(e->context, action->endpoint);
		break;
	case SUBMISSION_PROGRESS:
		report(c, &action->event, e);
		break;
	}
}

void carrier_settle(struct carrier *c, const struct carrier_effects *e)
{
	const uint64_t id = c->submission.record.id;
	struct submission_action action;

	while (is_current(c, id) && !c->rehearsal && submission_next(&c->submission, &action))
		act(c, &action, e);
	if (is_current(c, id) && !c->rehearsal)
		e->wake(e->context, submission_wake_ms(&c->submission));
	else if (!c->busy) /* one begun in the event that ended this one has its turn */
		e->wake(e->context, INT64_MAX);
}

/* ---- events in --------------------------------------------------------------------------------------------------- */

bool carrier_witness(struct carrier *c, uint64_t id, uint64_t ticket, const struct witness_answer *answer,
		     const struct carrier_effects *e)
{
	if (!is_current(c, id))
		return false;
	const struct carrier_sight sight = look(e);

	submission_witness(&c->submission, ticket, answer, &sight.view, &sight.now);
	return true;
}

bool carrier_recorded(struct carrier *c, uint64_t id, bool ok, const struct carrier_effects *e)
{
	if (!is_current(c, id))
		return false;
	const struct carrier_sight sight = look(e);

	submission_recorded(&c->submission, ok, &sight.view, &sight.now);
	return true;
}

bool carrier_sent(struct carrier *c, uint64_t id, uint32_t endpoint, const char *url, enum send_result result,
		  const char *text, const struct carrier_effects *e)
{
	if (!is_current(c, id))
		return false;
	const struct carrier_sight sight = look(e);

	submission_sent(&c->submission, endpoint, url, result, text, &sight.view, &sight.now);
	return true;
}

void carrier_sign_waiting(struct carrier *c, const struct carrier_effects *e)
{
	if (c->busy && c->sign_waits && !submission_is_over(&c->submission))
		sign(c, e);
}

void carrier_block(struct carrier *c, const struct gw_block_event *event, const struct block_transaction *transactions,
		   size_t count, const struct carrier_effects *e)
{
	if (!c->busy)
		return;
	const struct carrier_sight sight = look(e);

	submission_block(&c->submission, event, transactions, count, &sight.view, &sight.now);
}

void carrier_endpoints(struct carrier *c, uint32_t connected, const struct gw_now *now)
{
	if (c->busy)
		submission_endpoints(&c->submission, connected, now);
}

void carrier_tick(struct carrier *c, const struct carrier_effects *e)
{
	if (!c->busy)
		return;
	const struct carrier_sight sight = look(e);

	submission_tick(&c->submission, &sight.view, &sight.now);
}

bool carrier_cancel(struct carrier *c, uint64_t id, const char *why, const struct carrier_effects *e)
{
	if (!is_current(c, id))
		return false;
	const struct carrier_sight sight = look(e);

	submission_cancel(&c->submission, why, &sight.now);
	e->wake(e->context, 0);
	return true;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void start(struct carrier *c, uint32_t connected, const struct gw_now *now, const struct carrier_effects *e)
{
	c->busy = 1;
	c->rehearsal = c->sign_waits = c->signer_is_late = 0;
	submission_endpoints(&c->submission, connected, now);
	e->wake(e->context, 0);
}

void carrier_begin(struct carrier *c, const struct submission_record *record, uint32_t older_until_s,
		   uint32_t connected, const struct carrier_effects *e)
{
	c->submission.record = *record; /* that is what is looked at */
	const struct carrier_sight sight = look(e);

	submission_begin(&c->submission, record, older_until_s, &sight.view, &sight.now);
	start(c, connected, &sight.now, e);
}

void carrier_resume(struct carrier *c, const struct submission_record *record, uint32_t connected,
		    const struct carrier_effects *e)
{
	c->submission.record = *record;
	const struct carrier_sight sight = look(e);

	submission_resume(&c->submission, record, &sight.view, &sight.now);
	start(c, connected, &sight.now, e);
}

void carrier_rehearse(struct carrier *c, const struct submission_record *record)
{
	memset(c, 0, sizeof(*c));
	c->submission.record = *record;
	c->busy = c->rehearsal = 1;
}

void carrier_end_rehearsal(struct carrier *c, const struct carrier_effects *e)
{
	struct gw_intent intent = c->submission.record.intent;
	struct gw_submission_event event = {.struct_size = sizeof(event),
					    .state = GW_SUBMISSION_FAILED,
					    .reason = GW_FAIL_DRY_RUN,
					    .now = look(e).now,
					    .id = c->submission.record.id,
					    .intent = &intent};

	if (!c->busy || !c->rehearsal)
		return;
	snprintf(event.text, sizeof(event.text), "dry run: would now sign and send the %s of %s",
		 intent.operation == GW_OP_FEED_PUBLISH ? "feed_publish" : "witness_update", intent.witness);
	report(c, &event, e);
}

bool carrier_is_about_to_send(const struct carrier *c, const struct carrier_effects *e)
{
	if (!c->busy || c->submission.state >= GW_SUBMISSION_SENT)
		return false;
	const struct carrier_sight sight = look(e);

	return !submission_waits_for_older(&c->submission, &sight.view);
}
