/* SPDX-License-Identifier: MIT
 * The submissions' hands: journal, signer, nodes. Runs in golos-watchd and golos-watch. */
#include "feed/submitter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "graphene/hex.h"
#include "graphene/transaction_json.h"
#include "submission/submission.h"

/* One client's place; reused, and freed only with the submitter, so that a late answer always finds it. */
struct place {
	struct submitter *submitter;
	struct submitter_client client; /* who NULL: free */
	uint64_t life;			/* of the place: each submission begun or taken up */
	bool busy;
	bool rehearsal;	 /* dry run: nothing of it is carried out */
	bool sign_waits; /* until it is known which keys reach the account's authority, or the signer answers again */
	bool signer_is_late; /* it is the signer that is waited for */
	struct submission submission;
	struct transaction transaction;
	char *broadcast_args; /* [TX], once it is signed */
	struct loop_timer *timer;
};

struct submitter {
	struct submitter_parts parts;
	bool settling;
	bool made_without_journal;
	size_t count;
	struct place **places;
};

/* A question of a submission on its way to a node or the journal and back. */
struct errand {
	struct place *place;
	uint64_t life; /* a later submission in the same place does not take its answers */
	uint64_t ticket;
	uint32_t endpoint;
};

/* What a submission looks at. */
struct sight {
	struct gw_now now;
	struct chain_view view;
};

static void look(const struct place *place, struct sight *ret)
{
	struct watch *watch = place->submitter->parts.watch;

	watch_now(watch, &ret->now);
	belief_view(watch_belief(watch), place->submission.record.intent.witness, &ret->now, &ret->view);
}

static struct errand *errand_new(struct place *place, uint64_t ticket, uint32_t endpoint)
{
	struct errand *errand = xcalloc(1, sizeof(*errand));

	*errand = (struct errand){.place = place, .life = place->life, .ticket = ticket, .endpoint = endpoint};
	return errand;
}

static bool errand_is_current(const struct errand *errand)
{
	return errand->place->busy && errand->place->life == errand->life;
}

/* ---- what a submission wants ------------------------------------------------------------------------------------ */

static void on_witness(void *context, enum call_outcome outcome, const struct json *json)
{
	struct errand *errand = context;
	struct place *place = errand->place;
	struct witness_answer answer;
	struct error err;

	if (errand_is_current(errand)) {
		struct sight sight;
		bool read = outcome == CALL_RESULT &&
			    !witness_answer_parse(&answer, place->submission.record.intent.witness, json, &err);

		look(place, &sight);
		submission_witness(&place->submission, errand->ticket, read ? &answer : NULL, &sight.view, &sight.now);
		submitter_settle(place->submitter);
	}
	free(errand);
}

static void ask_witness(struct place *place, const struct submission_action *action)
{
	struct watch *watch = place->submitter->parts.watch;
	int asked = action->at_driver ? belief_driver(watch_belief(watch)) : watch_endpoint(watch, action->turn);
	uint32_t endpoint = asked < 0 ? 0 : (uint32_t)asked;
	char args[GW_ACCOUNT_SIZE + 8];

	snprintf(args, sizeof(args), "[\"%s\"]", place->submission.record.intent.witness);
	nodes_call(watch_nodes(watch), endpoint, "witness_api", "get_witness_by_account", args, 0, on_witness,
		   errand_new(place, action->ticket, endpoint));
}

static bool is_journal_writable(const struct submitter *submitter)
{
	return submitter->parts.effects.is_journal_writable(submitter->parts.effects.context);
}

static void on_recorded(void *context, bool ok)
{
	struct errand *errand = context;
	struct place *place = errand->place;

	if (errand_is_current(errand)) {
		struct sight sight;

		if (!ok && !is_journal_writable(place->submitter))
			place->submitter->made_without_journal = true;
		look(place, &sight);
		submission_recorded(&place->submission, ok, &sight.view, &sight.now);
		submitter_settle(place->submitter);
	}
	free(errand);
}

/* Two disks' syncs, or two of one disk, take no longer than one when they go on together: the signer counts its
 * signature while the journal writes the record. It is taken from the signer once that is done (sign_now), and nothing
 * is sent before. */
static void ask_signer_ahead(const struct place *place, const struct submission_record *record)
{
	const struct submitter_parts *parts = &place->submitter->parts;
	uint32_t keys[SIGNER_KEYS_MAX];
	size_t key_count = keyring_keys(parts->keyring, record->intent.witness, keys);
	struct transaction tx;
	struct error ignored; /* it was made of this record before */

	if (key_count && submission_transaction(&tx, record, &ignored) == GW_OK)
		signer_ask_ahead(parts->signer, place->client.policy, place->client.ordered, &tx, keys, key_count);
}

static void record(struct place *place, const struct submission_action *action)
{
	const struct submitter_effects *effects = &place->submitter->parts.effects;

	effects->record(effects->context, place->client.name, &action->record, on_recorded, errand_new(place, 0, 0));
	ask_signer_ahead(place, &action->record);
}

static void keep_signed(struct place *place, const struct signed_transaction *signed_tx)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '[');
	transaction_write_json(&w, NULL, &place->transaction, signed_tx->signatures, signed_tx->signature_count);
	json_close(&w, ']');
	free(place->broadcast_args);
	place->broadcast_args = xstrdup(w.text);
	json_writer_done(&w);
}

/* GW_ERR_DENIED: authority or policy. GW_ERR_TIMEOUT: ask again. */
static gw_status sign_transaction(struct place *place, struct signed_transaction *ret, int32_t *ret_reason,
				  struct error *err)
{
	const struct submitter_parts *parts = &place->submitter->parts;
	uint32_t keys[SIGNER_KEYS_MAX];
	size_t key_count = keyring_keys(parts->keyring, place->submission.record.intent.witness, keys);

	if (key_count == 0) {
		char why[GW_TEXT_SIZE] = "";

		keyring_authority(parts->keyring, place->submission.record.intent.witness, why);
		*ret_reason = GW_FAIL_AUTHORITY;
		return error_set(err, GW_ERR_DENIED, "%s",
				 why[0] ? why : "the account's active authority is not yet known");
	}
	gw_status r = signer_sign(parts->signer, place->client.policy, place->client.ordered, &place->transaction, keys,
				  key_count, ret, err);
	/* what its disk refused, time may mend */
	bool by_policy = r == GW_ERR_DENIED && signer_last_refusal(parts->signer) != REFUSED_COUNT_FILE;
	*ret_reason = r == GW_OK ? GW_FAIL_NONE : by_policy ? GW_FAIL_POLICY : GW_FAIL_INTERNAL;
	return r;
}

static void sign_now(struct place *place)
{
	struct signed_transaction signed_tx;
	char signature[2 * SIGNATURE_BYTES + 1];
	struct error err = {0};
	struct sight sight;
	int32_t reason;

	gw_status r = sign_transaction(place, &signed_tx, &reason, &err);
	/* The disk under its count file takes its time: it answers yet, and the same transaction counts once. */
	place->sign_waits = place->signer_is_late = r == GW_ERR_TIMEOUT;
	if (place->sign_waits) {
		log_line(GW_WARNING, place->client.name, "the signer does not answer: waiting for it");
		return;
	}
	look(place, &sight);
	if (r) {
		submission_signed(&place->submission, NULL, NULL, reason, err.text, &sight.view, &sight.now);
		return;
	}
	keep_signed(place, &signed_tx);
	hex_encode(signature, signed_tx.signatures[0].bytes, SIGNATURE_BYTES);
	submission_signed(&place->submission, signed_tx.id, signature, GW_FAIL_NONE, "", &sight.view, &sight.now);
}

/* Just after a start the account may not have been read yet: that is no refusal. */
static bool authority_is_unknown(const struct place *place)
{
	char why[GW_TEXT_SIZE];

	return keyring_authority(place->submitter->parts.keyring, place->submission.record.intent.witness, why) ==
	       GW_READY_UNKNOWN;
}

static void sign(struct place *place, const struct submission_action *action)
{
	place->transaction = action->transaction;
	place->sign_waits = authority_is_unknown(place);
	if (!place->sign_waits)
		sign_now(place);
	else
		log_line(GW_WARNING, place->client.name,
			 "not signed yet: no node has told of the active authority of %s (get_accounts)",
			 place->submission.record.intent.witness);
}

static void on_sent(void *context, enum call_outcome outcome, const struct json *json)
{
	struct errand *errand = context;
	struct place *place = errand->place;

	if (errand_is_current(errand)) {
		struct rpc_error error = {0};
		enum send_result result = outcome == CALL_RESULT ? SEND_ACCEPTED : SEND_NO_ANSWER;
		struct sight sight;

		if (outcome == CALL_ERROR) {
			rpc_error_parse(&error, json);
			result = send_result_of(&error);
		}
		if (result == SEND_AUTHORITY)
			keyring_refresh(place->submitter->parts.keyring);
		look(place, &sight);
		submission_sent(&place->submission, errand->endpoint,
				watch_endpoint_url(place->submitter->parts.watch, errand->endpoint), result,
				error.message[0] ? error.message : NULL, &sight.view, &sight.now);
		submitter_settle(place->submitter);
	}
	free(errand);
}

static void send_to(struct place *place, const struct submission_action *action)
{
	nodes_call(watch_nodes(place->submitter->parts.watch), action->endpoint, "network_broadcast_api",
		   "broadcast_transaction", place->broadcast_args, 0, on_sent,
		   errand_new(place, action->ticket, action->endpoint));
}

/* One that fails while its signature is waited for fails for that, whatever it was that ran out meanwhile. */
static void name_what_was_waited_for(const struct place *place, struct gw_submission_event *event)
{
	char text[sizeof(event->text)];

	if (place->signer_is_late)
		snprintf(text, sizeof(text), "the signer did not answer: %.200s", event->text);
	else
		snprintf(text, sizeof(text), "no node told of the active authority of %s (get_accounts): %.150s",
			 event->intent->witness, event->text);
	memcpy(event->text, text, sizeof(text));
}

static void tell(struct place *place, struct gw_submission_event *event)
{
	if (event->state == GW_SUBMISSION_FAILED && place->sign_waits)
		name_what_was_waited_for(place, event);
	const struct submitter_effects *effects = &place->submitter->parts.effects;
	int32_t level = event->state == GW_SUBMISSION_FAILED ? GW_WARNING : GW_INFO;
	bool feed = event->intent->operation == GW_OP_FEED_PUBLISH;

	log_line(level, place->client.name, "%s of %s%s%s: %s", feed ? "feed_publish" : "witness_update",
		 event->intent->witness, feed ? "" : " to ", feed ? "" : event->intent->signing_key, event->text);
	if (event->state >= GW_SUBMISSION_IRREVERSIBLE)
		place->busy = false; /* the client may ask for the next one at once */
	effects->progress(effects->context, place->client.who, event,
			  submission_alive_until_s(&place->submission) != 0);
}

static void act(struct place *place, struct submission_action *action)
{
	switch (action->type) {
	case SUBMISSION_ASK_WITNESS:
		ask_witness(place, action);
		break;
	case SUBMISSION_RECORD:
		record(place, action);
		break;
	case SUBMISSION_SIGN:
		sign(place, action);
		break;
	case SUBMISSION_SEND:
		send_to(place, action);
		break;
	case SUBMISSION_PROGRESS:
		tell(place, &action->event);
		break;
	}
}

static void settle(struct place *place)
{
	struct submission_action action;
	const uint64_t life = place->life;

	while (place->busy && !place->rehearsal && place->life == life && submission_next(&place->submission, &action))
		act(place, &action);
	if (place->life != life) /* one begun in the event that ended this one: its turn comes with its timer */
		return;
	if (!place->busy || place->rehearsal) {
		loop_timer_set(place->timer, -1);
		return;
	}

	struct gw_now now;
	int64_t wake_ms = submission_wake_ms(&place->submission);
	loop_now(&now);
	loop_timer_set(place->timer, wake_ms == INT64_MAX ? -1 : wake_ms > now.mono_ms ? wake_ms - now.mono_ms : 0);
}

void submitter_settle(struct submitter *submitter)
{
	if (submitter->settling)
		return; /* the outer call goes round again */
	submitter->settling = true;
	for (size_t i = 0; i < submitter->count; i++)
		if (submitter->places[i]->busy)
			settle(submitter->places[i]);
	submitter->settling = false;
}

static void tick(struct place *place)
{
	struct sight sight;

	if (!place->busy)
		return;
	look(place, &sight);
	submission_tick(&place->submission, &sight.view, &sight.now);
}

static void on_timer(void *context)
{
	struct place *place = context;

	tick(place);
	submitter_settle(place->submitter);
}

void submitter_view(struct submitter *submitter)
{
	for (size_t i = 0; i < submitter->count; i++)
		tick(submitter->places[i]);
	submitter_settle(submitter);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static struct place *find_place(const struct submitter *submitter, const void *who)
{
	for (size_t i = 0; i < submitter->count; i++)
		if (submitter->places[i]->client.who == who)
			return submitter->places[i];
	return NULL;
}

static struct place *take_place(struct submitter *submitter, const struct submitter_client *client)
{
	struct place *place = find_place(submitter, client->who);

	if (!place)
		place = find_place(submitter, NULL);
	if (!place) {
		place = xcalloc(1, sizeof(*place));
		place->submitter = submitter;
		place->timer = loop_timer_new(submitter->parts.loop, on_timer, place);
		submitter->places = xrealloc(submitter->places, submitter->count + 1, sizeof(*submitter->places));
		submitter->places[submitter->count++] = place;
	}
	if (!place->busy)
		place->client = *client;
	return place;
}

/* Work begins with the next turn of the loop, never inside a plugin's call. */
static void start(struct place *place, const struct gw_now *now)
{
	place->busy = true;
	place->rehearsal = false;
	place->sign_waits = place->signer_is_late = false;
	place->life++;
	submission_endpoints(&place->submission, watch_connected(place->submitter->parts.watch), now);
	loop_timer_set(place->timer, 0);
}

static void on_dry_run(void *context)
{
	struct place *place = context;
	struct gw_intent intent = place->submission.record.intent;
	struct gw_submission_event event = {.struct_size = sizeof(event),
					    .state = GW_SUBMISSION_FAILED,
					    .reason = GW_FAIL_DRY_RUN,
					    .id = place->submission.record.id,
					    .intent = &intent};

	watch_now(place->submitter->parts.watch, &event.now);
	snprintf(event.text, sizeof(event.text), "dry run: would now sign and send the %s of %s",
		 intent.operation == GW_OP_FEED_PUBLISH ? "feed_publish" : "witness_update", intent.witness);
	place->busy = false;
	if (place->client.who)
		tell(place, &event);
}

gw_status submitter_begin(struct submitter *submitter, const struct submitter_client *client,
			  const struct submission_record *record, uint32_t older_until_s)
{
	struct place *place = take_place(submitter, client);
	struct sight sight;

	if (place->busy)
		return GW_ERR_BUSY;
	if (!submitter->parts.signer && !submitter->parts.dry_run)
		return GW_ERR_UNAVAILABLE;
	if (submitter->made_without_journal && !is_journal_writable(submitter))
		return GW_ERR_UNAVAILABLE;
	place->submission = (struct submission){.record = *record};
	if (submitter->parts.dry_run) {
		place->busy = place->rehearsal = true;
		loop_post(submitter->parts.loop, on_dry_run, place);
		return GW_OK;
	}
	look(place, &sight);
	submission_begin(&place->submission, record, older_until_s, &sight.view, &sight.now);
	start(place, &sight.now);
	return GW_OK;
}

gw_status submitter_cancel(struct submitter *submitter, const void *who, uint64_t id, const char *why)
{
	struct place *place = find_place(submitter, who);
	struct gw_now now;

	if (!place || !place->busy || place->submission.record.id != id)
		return GW_ERR_NOT_FOUND;
	watch_now(submitter->parts.watch, &now);
	submission_cancel(&place->submission, why, &now);
	loop_timer_set(place->timer, 0);
	return GW_OK;
}

void submitter_resume(struct submitter *submitter, const struct submitter_client *client,
		      const struct submission_record *record)
{
	struct place *place = take_place(submitter, client);
	struct sight sight;

	place->submission.record = *record;
	look(place, &sight);
	submission_resume(&place->submission, record, &sight.view, &sight.now);
	start(place, &sight.now);
	log_line(GW_INFO, client->name, "a transaction of before its start is still in flight and is followed");
}

void submitter_forget(struct submitter *submitter, const void *who)
{
	struct place *place = find_place(submitter, who);

	if (!place)
		return;
	place->busy = false;
	place->client.who = NULL;
	loop_timer_set(place->timer, -1);
}

void submitter_block(struct submitter *submitter, const struct gw_block_event *event,
		     const struct block_transaction *transactions, size_t count)
{
	for (size_t i = 0; i < submitter->count; i++) {
		struct place *place = submitter->places[i];
		struct sight sight;

		if (!place->busy)
			continue;
		look(place, &sight);
		submission_block(&place->submission, event, transactions, count, &sight.view, &sight.now);
	}
}

void submitter_endpoints(struct submitter *submitter)
{
	struct gw_now now;

	watch_now(submitter->parts.watch, &now);
	for (size_t i = 0; i < submitter->count; i++)
		if (submitter->places[i]->busy)
			submission_endpoints(&submitter->places[i]->submission, watch_connected(submitter->parts.watch),
					     &now);
}

void submitter_sign_waiting(struct submitter *submitter)
{
	for (size_t i = 0; i < submitter->count; i++) {
		struct place *place = submitter->places[i];

		if (place->busy && place->sign_waits && !submission_is_over(&place->submission) &&
		    !authority_is_unknown(place))
			sign_now(place);
	}
	submitter_settle(submitter);
}

bool submitter_is_under_way(const struct submitter *submitter, const void *who)
{
	const struct place *place = find_place(submitter, who);

	return place && place->busy && place->submission.state < GW_SUBMISSION_IN_BLOCK;
}

bool submitter_is_about_to_send(const struct submitter *submitter)
{
	for (size_t i = 0; i < submitter->count; i++) {
		const struct place *place = submitter->places[i];
		struct sight sight;

		if (!place->busy || place->submission.state >= GW_SUBMISSION_SENT)
			continue;
		look(place, &sight);
		if (!submission_waits_for_older(&place->submission, &sight.view))
			return true;
	}
	return false;
}

void submitter_journal_recovered(struct submitter *submitter)
{
	submitter->made_without_journal = false;
}

struct submitter *submitter_new(const struct submitter_parts *parts)
{
	struct submitter *submitter = xcalloc(1, sizeof(*submitter));

	submitter->parts = *parts;
	return submitter;
}

void submitter_free(struct submitter *submitter)
{
	if (!submitter)
		return;
	for (size_t i = 0; i < submitter->count; i++) {
		loop_timer_free(submitter->places[i]->timer);
		free(submitter->places[i]->broadcast_args);
		free(submitter->places[i]);
	}
	free(submitter->places);
	free(submitter);
}
