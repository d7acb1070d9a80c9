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
#include "submission/carrier.h"

/* One client's place; reused, and freed only with the submitter, so that a late answer always finds it. */
struct place {
	struct submitter *submitter;
	struct submitter_client client; /* who NULL: free */
	uint64_t life;			/* of the place: each submission begun or taken up */
	struct carrier carrier;
	struct carrier_effects effects;
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
	uint64_t id, ticket;
	uint32_t endpoint;
};

static struct errand *errand_new(struct place *place, uint64_t ticket, uint32_t endpoint)
{
	struct errand *errand = xcalloc(1, sizeof(*errand));

	*errand = (struct errand){.place = place,
				  .life = place->life,
				  .id = place->carrier.submission.record.id,
				  .ticket = ticket,
				  .endpoint = endpoint};
	return errand;
}

static const char *witness_of(const struct place *place)
{
	return place->carrier.submission.record.intent.witness;
}

/* ---- what a submission wants ------------------------------------------------------------------------------------ */

static void effect_look(void *context, struct carrier_sight *ret)
{
	const struct place *place = context;
	struct observer *observer = place->submitter->parts.observer;

	observer_now(observer, &ret->now);
	belief_view(observer_belief(observer), witness_of(place), &ret->now, &ret->view);
}

static void on_witness(void *context, enum call_outcome outcome, const struct json *json)
{
	struct errand *errand = context;
	struct place *place = errand->place;
	struct witness_answer answer;
	struct error err;

	if (place->life == errand->life) {
		bool read = outcome == CALL_RESULT && !witness_answer_parse(&answer, witness_of(place), json, &err);

		if (carrier_witness(&place->carrier, errand->id, errand->ticket, read ? &answer : NULL,
				    &place->effects))
			submitter_settle(place->submitter);
	}
	free(errand);
}

static void effect_ask_witness(void *context, const struct submission_action *action)
{
	struct place *place = context;
	struct observer *observer = place->submitter->parts.observer;
	int asked = action->at_driver ? belief_driver(observer_belief(observer))
				      : observer_endpoint(observer, action->turn);
	uint32_t endpoint = asked < 0 ? 0 : (uint32_t)asked;
	char args[GW_ACCOUNT_SIZE + 8];

	snprintf(args, sizeof(args), "[\"%s\"]", witness_of(place));
	nodes_call(observer_nodes(observer), endpoint, "witness_api", "get_witness_by_account", args, 0, on_witness,
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

	if (place->life == errand->life && place->carrier.busy) {
		if (!ok && !is_journal_writable(place->submitter))
			place->submitter->made_without_journal = true;
		if (carrier_recorded(&place->carrier, errand->id, ok, &place->effects))
			submitter_settle(place->submitter);
	}
	free(errand);
}

/* Two disks' syncs, or two of one disk, take no longer than one when they go on together: the signer counts its
 * signature while the journal writes the record. It is taken from the signer once that is done (effect_sign), and
 * nothing is sent before. */
static void ask_signer_ahead(const struct place *place, const struct submission_record *record)
{
	const struct submitter_parts *parts = &place->submitter->parts;
	uint32_t keys[SIGNER_KEYS_MAX];
	size_t key_count = authorities_keys(parts->authorities, record->intent.witness, keys);
	struct transaction tx;
	struct error ignored; /* it was made of this record before */

	if (key_count && submission_transaction(&tx, record, &ignored) == GW_OK)
		signer_ask_ahead(parts->signer, place->client.policy, place->client.ordered, &tx, keys, key_count);
}

static void effect_record(void *context, const struct submission_record *record)
{
	struct place *place = context;
	const struct submitter_effects *effects = &place->submitter->parts.effects;

	effects->record(effects->context, place->client.name, record, on_recorded, errand_new(place, 0, 0));
	ask_signer_ahead(place, record);
}

static void keep_signed(struct place *place, const struct transaction *tx, const struct signed_transaction *signed_tx,
			struct carrier_signature *ret)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '[');
	transaction_write_json(&w, NULL, tx, signed_tx->signatures, signed_tx->signature_count);
	json_close(&w, ']');
	free(place->broadcast_args);
	place->broadcast_args = json_writer_take(&w);
	memcpy(ret->txid, signed_tx->id, sizeof(ret->txid));
	hex_encode(ret->signature, signed_tx->signatures[0].bytes, SIGNATURE_BYTES);
}

static enum carrier_signing no_keys(const struct place *place, struct carrier_signature *ret)
{
	if (authorities_state(place->submitter->parts.authorities, witness_of(place), ret->text) != GW_READY_UNKNOWN) {
		ret->reason = GW_FAIL_AUTHORITY;
		return CARRIER_REFUSED;
	}
	/* just after a start the account may not have been read yet: that is no refusal */
	if (!place->carrier.sign_waits)
		log_line(GW_WARNING, place->client.name,
			 "not signed yet: no node has told of the active authority of %s (get_accounts)",
			 witness_of(place));
	return CARRIER_NO_KEYS;
}

static enum carrier_signing effect_sign(void *context, const struct transaction *tx, struct carrier_signature *ret)
{
	struct place *place = context;
	const struct submitter_parts *parts = &place->submitter->parts;
	struct signed_transaction signed_tx;
	uint32_t keys[SIGNER_KEYS_MAX];
	size_t key_count = authorities_keys(parts->authorities, witness_of(place), keys);
	struct error err = {0};

	if (key_count == 0)
		return no_keys(place, ret);
	gw_status r = signer_sign(parts->signer, place->client.policy, place->client.ordered, tx, keys, key_count,
				  &signed_tx, &err);
	if (r == GW_OK) {
		keep_signed(place, tx, &signed_tx, ret);
		return CARRIER_SIGNED;
	}
	if (r == GW_ERR_TIMEOUT) { /* the disk under its count file takes its time */
		log_line(GW_WARNING, place->client.name, "the signer does not answer: waiting for it");
		return CARRIER_NO_ANSWER;
	}
	/* what its disk refused, time may mend */
	bool by_policy = r == GW_ERR_DENIED && signer_last_refusal(parts->signer) != REFUSED_COUNT_FILE;
	ret->reason = by_policy ? GW_FAIL_POLICY : GW_FAIL_INTERNAL;
	snprintf(ret->text, sizeof(ret->text), "%.250s", err.text);
	return CARRIER_REFUSED;
}

static void on_sent(void *context, enum call_outcome outcome, const struct json *json)
{
	struct errand *errand = context;
	struct place *place = errand->place;

	if (place->life == errand->life) {
		struct rpc_error error = {0};
		enum send_result result = outcome == CALL_RESULT ? SEND_ACCEPTED : SEND_NO_ANSWER;

		if (outcome == CALL_ERROR) {
			rpc_error_parse(&error, json);
			result = send_result_of(&error);
		}
		if (result == SEND_AUTHORITY || result == SEND_BANDWIDTH)
			authorities_refresh(place->submitter->parts.authorities);
		if (carrier_sent(&place->carrier, errand->id, errand->endpoint,
				 observer_endpoint_url(place->submitter->parts.observer, errand->endpoint), result,
				 error.message[0] ? error.message : NULL, &place->effects))
			submitter_settle(place->submitter);
	}
	free(errand);
}

static void effect_send(void *context, uint32_t endpoint)
{
	struct place *place = context;

	nodes_call(observer_nodes(place->submitter->parts.observer), endpoint, "network_broadcast_api",
		   "broadcast_transaction", place->broadcast_args, 0, on_sent, errand_new(place, 0, endpoint));
}

static void effect_progress(void *context, const struct gw_submission_event *event, bool may_come)
{
	const struct place *place = context;
	const struct submitter_effects *effects = &place->submitter->parts.effects;
	int32_t level = event->state == GW_SUBMISSION_FAILED ? GW_WARNING : GW_INFO;
	bool feed = event->intent->operation == GW_OP_FEED_PUBLISH;

	log_line(level, place->client.name, "%s of %s%s%s: %s", feed ? "feed_publish" : "witness_update",
		 event->intent->witness, feed ? "" : " to ", feed ? "" : event->intent->signing_key, event->text);
	effects->progress(effects->context, place->client.who, event, may_come);
}

static void effect_wake(void *context, int64_t mono_ms)
{
	const struct place *place = context;
	struct gw_now now;

	loop_now(&now);
	loop_timer_set(place->timer, mono_ms == INT64_MAX ? -1 : mono_ms > now.mono_ms ? mono_ms - now.mono_ms : 0);
}

void submitter_settle(struct submitter *submitter)
{
	if (submitter->settling)
		return; /* the outer call goes round again */
	submitter->settling = true;
	for (size_t i = 0; i < submitter->count; i++)
		if (submitter->places[i]->carrier.busy)
			carrier_settle(&submitter->places[i]->carrier, &submitter->places[i]->effects);
	submitter->settling = false;
}

static void on_timer(void *context)
{
	struct place *place = context;

	carrier_tick(&place->carrier, &place->effects);
	submitter_settle(place->submitter);
}

void submitter_view(struct submitter *submitter)
{
	for (size_t i = 0; i < submitter->count; i++)
		carrier_tick(&submitter->places[i]->carrier, &submitter->places[i]->effects);
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

static struct place *new_place(struct submitter *submitter)
{
	struct place *place = xcalloc(1, sizeof(*place));

	place->submitter = submitter;
	place->effects = (struct carrier_effects){.context = place,
						  .look = effect_look,
						  .ask_witness = effect_ask_witness,
						  .record = effect_record,
						  .sign = effect_sign,
						  .send = effect_send,
						  .progress = effect_progress,
						  .wake = effect_wake};
	place->timer = loop_timer_new(submitter->parts.loop, on_timer, place);
	submitter->places = xrealloc(submitter->places, submitter->count + 1, sizeof(*submitter->places));
	submitter->places[submitter->count++] = place;
	return place;
}

static struct place *take_place(struct submitter *submitter, const struct submitter_client *client)
{
	struct place *place = find_place(submitter, client->who);

	if (!place)
		place = find_place(submitter, NULL);
	if (!place)
		place = new_place(submitter);
	if (!place->carrier.busy)
		place->client = *client;
	return place;
}

static void on_dry_run(void *context)
{
	struct place *place = context;

	if (place->client.who)
		carrier_end_rehearsal(&place->carrier, &place->effects);
}

gw_status submitter_begin(struct submitter *submitter, const struct submitter_client *client,
			  const struct submission_record *record, uint32_t older_until_s)
{
	struct place *place = take_place(submitter, client);

	if (place->carrier.busy)
		return GW_ERR_BUSY;
	if (!submitter->parts.signer && !submitter->parts.dry_run)
		return GW_ERR_UNAVAILABLE;
	if (submitter->made_without_journal && !is_journal_writable(submitter))
		return GW_ERR_UNAVAILABLE;
	place->life++;
	if (submitter->parts.dry_run) {
		carrier_rehearse(&place->carrier, record);
		loop_post(submitter->parts.loop, on_dry_run, place);
	} else {
		carrier_begin(&place->carrier, record, older_until_s, observer_connected(submitter->parts.observer),
			      &place->effects);
	}
	return GW_OK;
}

gw_status submitter_cancel(struct submitter *submitter, const void *who, uint64_t id, const char *why)
{
	struct place *place = find_place(submitter, who);

	return place && carrier_cancel(&place->carrier, id, why, &place->effects) ? GW_OK : GW_ERR_NOT_FOUND;
}

void submitter_resume(struct submitter *submitter, const struct submitter_client *client,
		      const struct submission_record *record)
{
	struct place *place = take_place(submitter, client);

	place->life++;
	carrier_resume(&place->carrier, record, observer_connected(submitter->parts.observer), &place->effects);
	log_line(GW_INFO, client->name, "a transaction of before its start is still in flight and is followed");
}

void submitter_forget(struct submitter *submitter, const void *who)
{
	struct place *place = find_place(submitter, who);

	if (!place)
		return;
	place->carrier.busy = 0;
	place->client.who = NULL;
	loop_timer_set(place->timer, -1);
}

void submitter_block(struct submitter *submitter, const struct gw_block_event *event,
		     const struct block_transaction *transactions, size_t count)
{
	for (size_t i = 0; i < submitter->count; i++)
		carrier_block(&submitter->places[i]->carrier, event, transactions, count,
			      &submitter->places[i]->effects);
}

void submitter_endpoints(struct submitter *submitter)
{
	struct gw_now now;

	observer_now(submitter->parts.observer, &now);
	for (size_t i = 0; i < submitter->count; i++)
		carrier_endpoints(&submitter->places[i]->carrier, observer_connected(submitter->parts.observer), &now);
}

void submitter_sign_waiting(struct submitter *submitter)
{
	for (size_t i = 0; i < submitter->count; i++)
		carrier_sign_waiting(&submitter->places[i]->carrier, &submitter->places[i]->effects);
	submitter_settle(submitter);
}

bool submitter_is_under_way(const struct submitter *submitter, const void *who)
{
	const struct place *place = find_place(submitter, who);

	return place && place->carrier.busy && place->carrier.submission.state < GW_SUBMISSION_IN_BLOCK;
}

bool submitter_is_about_to_send(const struct submitter *submitter)
{
	for (size_t i = 0; i < submitter->count; i++)
		if (carrier_is_about_to_send(&submitter->places[i]->carrier, &submitter->places[i]->effects))
			return true;
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
