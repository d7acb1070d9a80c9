/* SPDX-License-Identifier: MIT
 *
 * The carrier's effects: signer, broadcasts, journal, monitor, as feed/submitter.c has them in the host. See watcher.h.
 */
#include <stdio.h>
#include <string.h>

#include "invariants.h"
#include "watcher.h"

#define HOUR_MS	       3600000
#define TRIES_AGAIN_MS 1020000 /* after a failure: 15 min at most, and some more */

/* ---- the carrier's effects --------------------------------------------------------------------------------------- */

static void effect_look(void *context, struct carrier_sight *ret)
{
	*ret = watcher_look(context);
}

static void effect_ask_witness(void *context, const struct submission_action *action)
{
	struct watcher *w = context;
	int endpoint = action->at_driver ? belief_driver(w->belief) : belief_endpoint(w->belief, action->turn);

	watcher_ask(w, endpoint < 0 ? 0 : (uint8_t)endpoint,
		    (struct event){.ask = ASK_FOR_SUBMISSION,
				   .ticket = action->ticket,
				   .id = w->carrier.submission.record.id});
}

static void name_irreversible(const struct watcher *w, struct sim_tx *tx)
{
	const struct sim_block *head = chain_block(&w->world->chain, w->links[0].shown);
	const struct sim_block *named =
		head ? chain_ancestor(&w->world->chain, head->serial, head->irreversible) : NULL;

	if (!named)
		return;
	tx->ref_num = (uint16_t)named->num;
	tx->ref_prefix = named->prefix;
}

/* Room in the hour. It cannot tell an order from a rule: that is the host's word. */
static bool signer_has_room(const struct watcher *w)
{
	uint32_t most = w->world->options.max_signatures + (w->cause == MONITOR_BY_COMMAND);

	return w->signed_count < most ||
	       w->signed_ms[(w->signed_count - most) % SIGNATURES_KEPT] <= w->world->now_ms - HOUR_MS;
}

static enum carrier_signing refuse(struct carrier_signature *ret, int32_t reason, const char *why)
{
	ret->reason = reason;
	snprintf(ret->text, sizeof(ret->text), "%s", why);
	return CARRIER_REFUSED;
}

/* The same bytes give the same id, and the same signature, which is none but tells them apart. */
static void name_tx(struct sim_tx *tx, const struct transaction *from)
{
	struct transaction_bytes bytes;

	if (transaction_serialize(&bytes, from) == GW_OK)
		transaction_id(tx->id, &bytes);
	snprintf(tx->signature, sizeof(tx->signature), "1f%s%088u", tx->id, 0u);
}

static struct sim_tx tx_of(const struct watcher *w, const struct transaction *from)
{
	const struct submission_record *record = &w->carrier.submission.record;
	struct sim_tx tx = {.ref_num = from->ref_block_num,
			    .ref_prefix = from->ref_block_prefix,
			    .expiration_s = from->expiration_s,
			    .key = chain_key_index(record->intent.signing_key),
			    .sender = (int8_t)w->index,
			    .planned = record->intent.mode == GW_INTENT_PLANNED,
			    .ordered = w->cause == MONITOR_BY_COMMAND,
			    .fail_back = w->cause == MONITOR_DUE_FAIL_BACK,
			    .recorded = w->recorded == record->id,
			    .process = w->start,
			    .submission = record->id,
			    .recorded_head = w->recorded_head,
			    .without_order = watcher_look(w).view.schedule_old_ms != 0};

	if (w->world->options.no_evidence)
		name_irreversible(w, &tx);
	name_tx(&tx, from);
	return tx;
}

static enum carrier_signing effect_sign(void *context, const struct transaction *from, struct carrier_signature *ret)
{
	struct watcher *w = context;
	struct sim_tx tx;

	if (w->authorities.state == GW_READY_UNKNOWN)
		return CARRIER_NO_KEYS;
	if (w->authorities.state != GW_READY_YES) {
		w->world->tally.refused++;
		return refuse(ret, GW_FAIL_AUTHORITY, "the authority is not reached");
	}
	if (!signer_has_room(w)) {
		w->world->tally.unsigned_for_budget++;
		return refuse(ret, GW_FAIL_POLICY, "the hour's signatures are used up");
	}
	tx = tx_of(w, from);
	uint64_t noted = w->world->chain.tx_newest;
	w->tx = chain_tx_note(&w->world->chain, &tx);
	w->tx_serial = w->tx->serial;
	if (w->world->chain.tx_newest != noted) /* the same one again counts once */
		w->signed_ms[w->signed_count++ % SIGNATURES_KEPT] = w->world->now_ms;
	memcpy(ret->txid, tx.id, sizeof(ret->txid));
	snprintf(ret->signature, sizeof(ret->signature), "%s", tx.signature);
	return CARRIER_SIGNED;
}

static void effect_send(void *context, uint32_t endpoint)
{
	struct watcher *w = context;
	uint8_t place = (uint8_t)(w->tx - w->world->chain.txs);

	invariants_send(w, w->tx);
	if (w->tx->sent_ms == 0) {
		w->tx->sent_ms = w->world->now_ms;
		w->tx->seen = w->links[0].shown;
		w->sends++;
		w->tried_ms = w->world->now_ms;
		w->world->last_send_ms = w->world->now_ms;
	}
	world_trace(w->world, "w%u: sends %.8s to node %u, TaPoS %u", w->index, w->tx->id, w->endpoint[endpoint],
		    w->carrier.submission.record.tapos_num);
	world_at(w->world, dice_between(&w->world->dice, 1, 60),
		 &(struct event){.type = w->links[endpoint].up ? EVENT_SEND : EVENT_SENT,
				 .who = w->index,
				 .endpoint = (uint8_t)endpoint,
				 .start = w->start,
				 .generation = w->links[endpoint].generation,
				 .num = place,
				 .key = SEND_NO_ANSWER,
				 .id = w->carrier.submission.record.id});
}

static void effect_progress(void *context, const struct gw_submission_event *event, bool may_come)
{
	struct watcher *w = context;
	const uint32_t alive_until_s = may_come ? submission_alive_until_s(&w->carrier.submission) : 0;
	struct monitor_actions actions;

	world_trace(w->world, "w%u: submission %llu: %.150s", w->index, (unsigned long long)event->id, event->text);
	bool over = event->state >= GW_SUBMISSION_IRREVERSIBLE;
	if (over && may_come) /* else it may have waited for one that still is */
		w->alive_until_s = alive_until_s;
	watcher_write(w, (struct journal_write){.type = WRITE_PROGRESS,
						.over = over ? event->id : 0,
						.alive_until_s = over ? alive_until_s : 0});
	w->world->tally.dry_runs += event->reason == GW_FAIL_DRY_RUN;
	if (event->state == GW_SUBMISSION_FAILED && event->reason != GW_FAIL_CANCELLED)
		w->trouble.until_ms = w->world->now_ms + TRIES_AGAIN_MS;
	actions.count = 0;
	monitor_submission(&w->monitor, event, &actions);
	watcher_do(w, &actions);
}

static void effect_record(void *context, const struct submission_record *record)
{
	struct watcher *w = context;
	const struct sim_block *head = chain_block(&w->world->chain, w->links[0].shown);

	w->recorded_head = head ? head->num : 0;
	watcher_write(w, (struct journal_write){.type = WRITE_RECORD, .is_waited = true, .record = *record});
}

static void effect_wake(void *context, int64_t mono_ms)
{
	struct watcher *w = context;
	const int64_t delay_ms = mono_ms == INT64_MAX ? -1 : mono_ms - watcher_now(w).mono_ms;

	w->timer_turn++; /* the timer set before is no more */
	if (mono_ms != INT64_MAX)
		world_at(w->world, delay_ms > 0 ? delay_ms : 0,
			 &(struct event){
				 .type = EVENT_TIMER, .who = w->index, .start = w->start, .turn = w->timer_turn});
}

struct carrier_effects watcher_effects(struct watcher *w)
{
	return (struct carrier_effects){.context = w,
					.look = effect_look,
					.ask_witness = effect_ask_witness,
					.record = effect_record,
					.sign = effect_sign,
					.send = effect_send,
					.progress = effect_progress,
					.wake = effect_wake};
}

void watcher_authority(struct watcher *w)
{
	const struct carrier_effects e = watcher_effects(w);

	carrier_sign_waiting(&w->carrier, &e);
}

void watcher_settle(struct watcher *w)
{
	const struct carrier_effects e = watcher_effects(w);

	if (w->settling || !w->carrier.busy)
		return;
	w->settling = true;
	carrier_settle(&w->carrier, &e);
	w->settling = false;
}

/* ---- broadcasts ------------------------------------------------------------------------------------------------- */

void watcher_on_send(struct watcher *w, const struct event *event)
{
	struct world *world = w->world;
	struct event answer = *event;
	uint8_t node = w->endpoint[event->endpoint];

	answer.type = EVENT_SENT;
	answer.key = SEND_NO_ANSWER;
	bool lost = dice_chance(&world->dice, world->options.lost_sends);
	if (!world->golosds[node].alive || w->cut || (lost && dice_below(&world->dice, 2))) {
		world_at(world, DEADLINE_MS, &answer);
		return;
	}
	if (dice_chance(&world->dice, world->options.lost_sends))
		answer.key = dice_below(&world->dice, 2) ? SEND_BUSY : SEND_REFUSED;
	else
		answer.key = (uint8_t)golosd_take(world, node, (uint8_t)event->num);
	if (lost)
		answer.key = SEND_NO_ANSWER;
	world_at(world, lost ? DEADLINE_MS : dice_between(&world->dice, 1, 60), &answer);
}

void watcher_on_sent(struct watcher *w, const struct event *event)
{
	const struct carrier_effects e = watcher_effects(w);

	if (!w->carrier.busy || w->carrier.submission.record.id != event->id)
		return;
	if (event->key == SEND_AUTHORITY) {
		w->world->tally.refused++;
		watcher_refresh_authorities(w);
	}
	if (carrier_sent(&w->carrier, event->id, event->endpoint, "ws://a", (enum send_result)event->key, "", &e))
		watcher_settle(w);
}

void watcher_on_timer(struct watcher *w, const struct event *event)
{
	const struct carrier_effects e = watcher_effects(w);

	if (event->turn != w->timer_turn)
		return;
	carrier_tick(&w->carrier, &e);
	watcher_settle(w);
}

/* ---- its beginning ---------------------------------------------------------------------------------------------- */

void watcher_on_dry_run(struct watcher *w, const struct event *event)
{
	const struct carrier_effects e = watcher_effects(w);

	(void)event;
	carrier_end_rehearsal(&w->carrier, &e);
}

gw_status watcher_begin(struct watcher *w, const struct gw_intent *intent, int32_t cause)
{
	const struct carrier_effects e = watcher_effects(w);
	struct submission_record record = {.intent = *intent};

	invariants_begin(w, cause);
	if (w->carrier.busy)
		return GW_ERR_BUSY;
	if (w->journal.failed && w->made_without_journal)
		return GW_ERR_UNAVAILABLE;
	record.id = w->journal.next_id++;
	w->cause = cause;
	w->tx = NULL;
	if (w->host_dry_run) {
		carrier_rehearse(&w->carrier, &record);
		world_at(w->world, 0, &(struct event){.type = EVENT_DRY_RUN, .who = w->index, .start = w->start});
	} else {
		carrier_begin(&w->carrier, &record, w->alive_until_s, watcher_connected(w), &e);
	}
	monitor_submit_taken(&w->monitor, record.id);
	return GW_OK;
}

void watcher_resume(struct watcher *w)
{
	const struct carrier_effects e = watcher_effects(w);

	if (!w->journal.open)
		return;
	w->world->tally.resumed++;
	w->recorded = w->journal.record.id;
	w->cause = w->journal.cause;
	w->tx = NULL;
	carrier_resume(&w->carrier, &w->journal.record, 0, &e);
}
