/* SPDX-License-Identifier: MIT
 *
 * The submission's hands: what submitter.c does in the host. See watcher.h.
 */
#include <stdio.h>
#include <string.h>

#include "invariants.h"
#include "watcher.h"

#define HOUR_MS	       3600000
#define TRIES_AGAIN_MS 1020000 /* after a failure: 15 min at most, and some more */

/* ---- the submission's actions ----------------------------------------------------------------------------------- */

static void ask_for_submission(struct watcher *w, const struct submission_action *action)
{
	int endpoint = action->at_driver ? belief_driver(w->belief) : belief_endpoint(w->belief, action->turn);

	watcher_ask(w, endpoint < 0 ? 0 : (uint8_t)endpoint,
		    (struct event){.ask = ASK_FOR_SUBMISSION, .ticket = action->ticket, .id = w->submission.record.id});
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

static void refuse_to_sign(struct watcher *w, int32_t reason, const char *why)
{
	struct sight sight = watcher_look(w);

	submission_signed(&w->submission, NULL, NULL, reason, why, &sight.view, &sight.now);
}

/* The same bytes give the same id, and the same signature, which is none but tells them apart. */
static void name_tx(struct sim_tx *tx, const struct transaction *from)
{
	struct transaction_bytes bytes;

	if (transaction_serialize(&bytes, from) == GW_OK)
		transaction_id(tx->id, &bytes);
	snprintf(tx->signature, sizeof(tx->signature), "1f%s%088u", tx->id, 0u);
}

static void sign_now(struct watcher *w)
{
	const struct transaction *from = &w->unsigned_tx;
	const struct gw_intent *intent = &w->submission.record.intent;
	struct sim_tx tx = {.ref_num = from->ref_block_num,
			    .ref_prefix = from->ref_block_prefix,
			    .expiration_s = from->expiration_s,
			    .key = chain_key_index(intent->signing_key),
			    .sender = (int8_t)w->index,
			    .planned = intent->mode == GW_INTENT_PLANNED,
			    .ordered = w->cause == MONITOR_BY_COMMAND,
			    .fail_back = w->cause == MONITOR_DUE_FAIL_BACK,
			    .recorded = w->recorded == w->submission.record.id,
			    .process = w->start,
			    .submission = w->submission.record.id,
			    .recorded_head = w->recorded_head};
	if (w->world->options.no_evidence)
		name_irreversible(w, &tx);
	struct sight sight = watcher_look(w);

	tx.without_order = !sight.view.valid;
	w->sign_waits = false;
	if (w->keyring.state != GW_READY_YES) {
		w->world->tally.refused++;
		refuse_to_sign(w, GW_FAIL_AUTHORITY, "the authority is not reached");
		return;
	}
	if (!signer_has_room(w)) {
		w->world->tally.unsigned_for_budget++;
		refuse_to_sign(w, GW_FAIL_POLICY, "the hour's signatures are used up");
		return;
	}
	name_tx(&tx, from);
	uint64_t noted = w->world->chain.tx_newest;
	w->tx = chain_tx_note(&w->world->chain, &tx);
	w->tx_serial = w->tx->serial;
	if (w->world->chain.tx_newest != noted) /* the same one again counts once */
		w->signed_ms[w->signed_count++ % SIGNATURES_KEPT] = w->world->now_ms;
	submission_signed(&w->submission, tx.id, tx.signature, GW_FAIL_NONE, "", &sight.view, &sight.now);
}

/* Just after a start the account may not have been read yet: that is no refusal. */
static void sign(struct watcher *w, const struct submission_action *action)
{
	w->unsigned_tx = action->transaction;
	w->sign_waits = w->keyring.state == GW_READY_UNKNOWN;
	if (!w->sign_waits)
		sign_now(w);
}

void watcher_authority(struct watcher *w)
{
	if (w->busy && w->sign_waits && w->keyring.state != GW_READY_UNKNOWN)
		sign_now(w);
}

static void send_to(struct watcher *w, uint32_t endpoint)
{
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
		    w->submission.record.tapos_num);
	world_at(w->world, dice_between(&w->world->dice, 1, 60),
		 &(struct event){.type = w->links[endpoint].up ? EVENT_SEND : EVENT_SENT,
				 .who = w->index,
				 .endpoint = (uint8_t)endpoint,
				 .start = w->start,
				 .generation = w->links[endpoint].generation,
				 .num = place,
				 .key = SEND_NO_ANSWER,
				 .id = w->submission.record.id});
}

static void tell(struct watcher *w, const struct gw_submission_event *event)
{
	struct monitor_actions actions;

	world_trace(w->world, "w%u: submission %llu: %.150s", w->index, (unsigned long long)event->id, event->text);
	bool over = event->state >= GW_SUBMISSION_IRREVERSIBLE;
	if (over && submission_alive_until_s(&w->submission)) /* else it may have waited for one that still is */
		w->alive_until_s = submission_alive_until_s(&w->submission);
	w->busy = w->busy && !over; /* the monitor may ask for the next at once */
	watcher_write(w, (struct journal_write){.type = WRITE_PROGRESS,
						.over = over ? event->id : 0,
						.alive_until_s = over ? submission_alive_until_s(&w->submission) : 0});
	if (event->state == GW_SUBMISSION_FAILED && event->reason != GW_FAIL_CANCELLED)
		w->trouble.until_ms = w->world->now_ms + TRIES_AGAIN_MS;
	actions.count = 0;
	monitor_submission(&w->monitor, event, &actions);
	watcher_do(w, &actions);
}

static void record(struct watcher *w, const struct submission_action *action)
{
	const struct sim_block *head = chain_block(&w->world->chain, w->links[0].shown);

	w->recorded_head = head ? head->num : 0;
	watcher_write(w, (struct journal_write){.type = WRITE_RECORD, .is_waited = true, .record = action->record});
}

static void act_submission(struct watcher *w, const struct submission_action *action)
{
	switch (action->type) {
	case SUBMISSION_ASK_WITNESS:
		ask_for_submission(w, action);
		break;
	case SUBMISSION_RECORD:
		record(w, action);
		break;
	case SUBMISSION_SIGN:
		sign(w, action);
		break;
	case SUBMISSION_SEND:
		send_to(w, action->endpoint);
		break;
	case SUBMISSION_PROGRESS:
		tell(w, &action->event);
		break;
	}
}

void watcher_settle(struct watcher *w)
{
	if (w->settling || !w->busy)
		return;
	w->settling = true;
	while (w->busy && submission_next(&w->submission, &w->action))
		act_submission(w, &w->action);
	w->settling = false;
	if (w->busy && submission_is_over(&w->submission))
		w->busy = false;
	if (!w->busy)
		return;
	int64_t wake_ms = submission_wake_ms(&w->submission);
	if (wake_ms != INT64_MAX)
		world_at(w->world, wake_ms - watcher_now(w).mono_ms,
			 &(struct event){
				 .type = EVENT_TIMER, .who = w->index, .start = w->start, .turn = ++w->timer_turn});
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
	struct sight sight = watcher_look(w);

	if (!w->busy || w->submission.record.id != event->id)
		return;
	if (event->key == SEND_AUTHORITY) {
		w->world->tally.refused++;
		watcher_refresh_keyring(w);
	}
	submission_sent(&w->submission, event->endpoint, "ws://a", (enum send_result)event->key, "", &sight.view,
			&sight.now);
	watcher_settle(w);
}

void watcher_on_timer(struct watcher *w, const struct event *event)
{
	struct sight sight;

	if (!w->busy || event->turn != w->timer_turn)
		return;
	sight = watcher_look(w);
	submission_tick(&w->submission, &sight.view, &sight.now);
	watcher_settle(w);
}

/* ---- its beginning ---------------------------------------------------------------------------------------------- */

void watcher_on_dry_run(struct watcher *w, const struct event *event)
{
	struct gw_intent intent = w->submission.record.intent;
	struct gw_submission_event told = {.struct_size = sizeof(told),
					   .state = GW_SUBMISSION_FAILED,
					   .reason = GW_FAIL_DRY_RUN,
					   .id = event->id,
					   .intent = &intent,
					   .now = watcher_now(w),
					   .text = "dry run: would now sign and send"};

	w->busy = false;
	w->world->tally.dry_runs++;
	tell(w, &told);
}

static gw_status begin_dry_run(struct watcher *w, const struct gw_intent *intent)
{
	uint64_t id = w->journal.next_id++;

	w->submission = (struct submission){.record = {.id = id, .intent = *intent}};
	w->busy = true;
	world_at(w->world, 0, &(struct event){.type = EVENT_DRY_RUN, .who = w->index, .start = w->start, .id = id});
	monitor_submit_taken(&w->monitor, id);
	return GW_OK;
}

gw_status watcher_begin(struct watcher *w, const struct gw_intent *intent, int32_t cause)
{
	struct sight sight = watcher_look(w);

	invariants_begin(w, cause);
	if (w->busy)
		return GW_ERR_BUSY;
	if (w->journal.failed && w->made_without_journal)
		return GW_ERR_UNAVAILABLE;
	if (w->host_dry_run)
		return begin_dry_run(w, intent);
	const struct submission_record record = {.id = w->journal.next_id++, .intent = *intent};
	submission_begin(&w->submission, &record, w->alive_until_s, &sight.view, &sight.now);
	w->busy = true;
	w->sign_waits = false;
	w->cause = cause;
	w->tx = NULL;
	submission_endpoints(&w->submission, watcher_connected(w), &sight.now);
	world_at(w->world, 0,
		 &(struct event){.type = EVENT_TIMER, .who = w->index, .start = w->start, .turn = ++w->timer_turn});
	monitor_submit_taken(&w->monitor, w->submission.record.id);
	return GW_OK;
}

void watcher_resume(struct watcher *w)
{
	struct sight sight;

	if (!w->journal.open)
		return;
	sight = watcher_look(w);
	submission_resume(&w->submission, &w->journal.record, &sight.view, &sight.now);
	w->world->tally.resumed++;
	w->busy = true;
	w->recorded = w->journal.record.id;
	w->cause = w->journal.cause;
	w->tx = NULL;
	submission_endpoints(&w->submission, 0, &sight.now);
	watcher_settle(w);
}
