/* SPDX-License-Identifier: MIT
 *
 * One watcher: the real belief, submission and monitor, and around them what watch.c, submitter.c and plugin.c do in
 * the host: drain, ask, answer, record, sign, send, keep. Connections, disk and signer are made of virtual time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "invariants.h"
#include "world.h"

#define TICK_MS	    1000
#define DEADLINE_MS 10000 /* as the host's nodes have it */
#define SILENCE_MS  15000

struct sight {
	struct gw_now now;
	struct chain_view view;
};

static void drain(struct watcher *w);
static void settle(struct watcher *w);

/* ---- clocks
 * ----------------------------------------------------------------------------------------------------------- */

static struct gw_now now_of(const struct watcher *w)
{
	int64_t now_ms = w->world->now_ms;
	struct gw_now now = {.wall_ms = GENESIS_MS + now_ms + w->clock_error_ms, .mono_ms = now_ms + w->mono_base_ms};

	if (w->belief)
		belief_clock(w->belief, &now);
	return now;
}

static struct sight look(const struct watcher *w)
{
	struct sight sight = {.now = now_of(w)};

	belief_view(w->belief, WITNESS_NAME, &sight.now, &sight.view);
	return sight;
}

/* ---- the journal
 * ------------------------------------------------------------------------------------------------------ */

static void write_down(struct watcher *w, struct journal_write write)
{
	struct fake_journal *journal = &w->journal;
	int64_t delay_ms = dice_chance(&w->world->dice, 1000) ? 2000 : dice_between(&w->world->dice, 1, 30);

	if (journal->count == JOURNAL_WRITES) { /* the disk is slow: the oldest is waited for */
		free(write.text);
		return;
	}
	journal->writes[(journal->first + journal->count++) % JOURNAL_WRITES] = write;
	world_at(w->world, delay_ms, &(struct event){.type = EVENT_DISK, .who = w->index, .start = w->start});
}

static void keep_text(struct watcher *w)
{
	char text[MONITOR_SAVE_SIZE];

	if (monitor_save(&w->monitor, text) != GW_OK) {
		world_trace(w->world, "w%u: what a restart must know does not fit", w->index);
		return;
	}
	write_down(w, (struct journal_write){.text = xstrdup(text), .held = w->held});
}

static void on_disk(struct watcher *w)
{
	struct fake_journal *journal = &w->journal;
	struct journal_write write = journal->writes[journal->first];

	journal->first = (journal->first + 1) % JOURNAL_WRITES;
	journal->count--;
	if (write.text) {
		free(journal->store);
		journal->store = write.text;
		w->held_kept = write.held;
		return;
	}
	if (write.closes) {
		journal->open = journal->open && journal->record.id != write.closes;
		return;
	}
	journal->open = true;
	journal->record = write.record;
	if (w->busy && w->submission.record.id == write.record.id) {
		struct sight sight = look(w);

		submission_recorded(&w->submission, true, &sight.view, &sight.now);
		settle(w);
	}
}

/* ---- the monitor's actions
 * -------------------------------------------------------------------------------------------- */

static gw_status begin(struct watcher *w, const struct gw_intent *intent, bool ordered)
{
	struct sight sight = look(w);

	if (w->busy || sight.view.head_time_s < w->alive_until_s)
		return GW_ERR_BUSY;
	submission_begin(&w->submission, w->journal.next_id++, intent, &sight.view, &sight.now);
	w->busy = true;
	w->order_taken = ordered;
	w->tx = NULL;
	uint32_t connected = 0;
	for (uint32_t e = 0; e < w->endpoints; e++)
		connected |= w->links[e].up ? 1u << e : 0;
	submission_endpoints(&w->submission, connected, &sight.now);
	world_at(w->world, 0,
		 &(struct event){.type = EVENT_TIMER, .who = w->index, .start = w->start, .turn = ++w->timer_turn});
	monitor_submit_taken(&w->monitor, w->submission.record.id);
	return GW_OK;
}

static void note_code(struct watcher *w, const struct monitor_action *action)
{
	size_t used = strlen(w->codes);

	w->last_code = action->code;
	w->criticals += action->severity == GW_CRITICAL;
	if (strcmp(action->code, "cancelled_switch_landed") == 0)
		w->landed_said_ms = w->world->now_ms;
	if (!watcher_said(w, action->code) && used + strlen(action->code) + 2 < sizeof(w->codes))
		snprintf(w->codes + used, sizeof(w->codes) - used, "%s ", action->code);
	world_trace(w->world, "w%u: [%s] %.150s", w->index, action->code, action->text);
}

static gw_status do_action(struct watcher *w, const struct monitor_action *action)
{
	struct gw_now now;

	switch (action->type) {
	case MONITOR_SUBMIT:
		return begin(w, &action->intent, w->monitor.attempt.cause == MONITOR_ORDERED);
	case MONITOR_CANCEL:
		world_trace(w->world, "w%u: cancels: %.150s", w->index, action->text);
		now = now_of(w);
		if (w->busy && w->submission.record.id == w->monitor.attempt.id) {
			submission_cancel(&w->submission, action->text, &now);
			world_at(w->world, 0,
				 &(struct event){.type = EVENT_TIMER,
						 .who = w->index,
						 .start = w->start,
						 .turn = ++w->timer_turn});
		}
		break;
	case MONITOR_NOTICE:
		note_code(w, action);
		break;
	case MONITOR_SAVE:
		keep_text(w);
		break;
	case MONITOR_WAKE:
		world_at(w->world, action->delay_ms,
			 &(struct event){
				 .type = EVENT_WAKE, .who = w->index, .start = w->start, .turn = ++w->wake_turn});
		break;
	}
	return GW_OK;
}

static void do_actions(struct watcher *w, const struct monitor_actions *actions)
{
	struct monitor_actions more;
	gw_status refused = GW_OK;
	struct gw_now now;

	for (uint32_t i = 0; i < actions->count; i++) {
		gw_status status = do_action(w, &actions->list[i]);

		refused = status != GW_OK ? status : refused;
	}
	if (refused == GW_OK)
		return;
	now = now_of(w);
	more.count = 0;
	monitor_submit_failed(&w->monitor, refused, &now, &more);
	for (uint32_t i = 0; i < more.count; i++)
		(void)do_action(w, &more.list[i]);
}

/* ---- the submission's actions
 * ------------------------------------------------------------------------------------------ */

static void ask_node(struct watcher *w, uint8_t endpoint, struct event ask)
{
	struct world *world = w->world;
	int64_t delay_ms = dice_between(&world->dice, 1, 60);

	ask.type = w->links[endpoint].up ? EVENT_HANDLE : EVENT_ANSWER;
	ask.who = w->index;
	ask.endpoint = endpoint;
	ask.start = w->start;
	ask.generation = w->links[endpoint].generation;
	world_at(world, delay_ms, &ask);
}

static void ask_for_submission(struct watcher *w, const struct submission_action *action)
{
	int driver = belief_driver(w->belief);
	uint8_t endpoint = w->links[0].up && !action->at_driver ? 0 : (uint8_t)(driver < 0 ? 0 : driver);

	ask_node(w, endpoint,
		 (struct event){.ask = ASK_FOR_SUBMISSION, .ticket = action->ticket, .id = w->submission.record.id});
}

static uint64_t hash(uint64_t h, uint64_t value)
{
	for (int i = 0; i < 8; i++, value >>= 8)
		h = (h ^ (value & 0xff)) * UINT64_C(1099511628211);
	return h;
}

static void name_irreversible(const struct watcher *w, struct sim_tx *tx)
{
	const struct sim_block *head = chain_block(&w->world->chain, w->links[0].pushed);
	const struct sim_block *named =
		head ? chain_ancestor(&w->world->chain, head->serial, head->irreversible) : NULL;

	if (!named)
		return;
	tx->ref_num = (uint16_t)named->num;
	tx->ref_prefix = named->prefix;
}

/* The same bytes give the same signature and the same id. */
static void sign(struct watcher *w, const struct submission_action *action)
{
	const struct transaction *from = &action->transaction;
	const struct gw_intent *intent = &w->submission.record.intent;
	struct sim_tx tx = {.ref_num = from->ref_block_num,
			    .ref_prefix = from->ref_block_prefix,
			    .expiration_s = from->expiration_s,
			    .key = chain_key_index(intent->signing_key),
			    .sender = (int8_t)w->index,
			    .planned = intent->mode == GW_INTENT_PLANNED,
			    .ordered = w->order_taken};
	if (w->world->options.no_evidence)
		name_irreversible(w, &tx);
	uint64_t h = hash(UINT64_C(14695981039346656037), (uint64_t)tx.ref_num << 32 | tx.ref_prefix);
	struct sight sight = look(w);

	h = hash(h, (uint64_t)tx.expiration_s << 16 | (uint64_t)tx.key << 8 | (uint8_t)tx.sender);
	snprintf(tx.id, sizeof(tx.id), "%016llx%024llx", (unsigned long long)h, (unsigned long long)hash(h, 1));
	snprintf(tx.signature, sizeof(tx.signature), "1f%016llx%0112llx", (unsigned long long)h,
		 (unsigned long long)hash(h, 2));
	w->tx = chain_tx_note(&w->world->chain, &tx);
	w->tx_serial = w->tx->serial;
	submission_signed(&w->submission, tx.id, tx.signature, GW_FAIL_NONE, "", &sight.view, &sight.now);
}

static void send_to(struct watcher *w, uint32_t endpoint)
{
	uint8_t place = (uint8_t)(w->tx - w->world->chain.txs);

	invariants_send(w, w->tx);
	if (w->tx->sent_ms == 0) {
		w->tx->sent_ms = w->world->now_ms;
		w->tx->seen = w->links[0].pushed;
		w->sends++;
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
	if (event->state >= GW_SUBMISSION_IRREVERSIBLE)
		write_down(w, (struct journal_write){.closes = event->id});
	actions.count = 0;
	monitor_submission(&w->monitor, event, &actions);
	do_actions(w, &actions);
}

static void act_submission(struct watcher *w, const struct submission_action *action)
{
	switch (action->type) {
	case SUBMISSION_ASK_WITNESS:
		ask_for_submission(w, action);
		break;
	case SUBMISSION_RECORD:
		write_down(w, (struct journal_write){.record = action->record});
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

static void settle(struct watcher *w)
{
	struct submission_action action;

	if (w->settling)
		return;
	w->settling = true;
	while (w->busy && submission_next(&w->submission, &action))
		act_submission(w, &action);
	w->settling = false;
	if (w->busy && submission_is_over(&w->submission)) {
		w->alive_until_s = submission_alive_until_s(&w->submission);
		w->busy = false;
	}
	if (!w->busy)
		return;
	int64_t wake_ms = submission_wake_ms(&w->submission);
	if (wake_ms != INT64_MAX)
		world_at(w->world, wake_ms - now_of(w).mono_ms,
			 &(struct event){
				 .type = EVENT_TIMER, .who = w->index, .start = w->start, .turn = ++w->timer_turn});
}

/* ---- the belief's actions
 * ----------------------------------------------------------------------------------------------- */

static uint32_t connected(const struct watcher *w)
{
	uint32_t bits = 0;

	for (uint32_t e = 0; e < w->endpoints; e++)
		bits |= w->links[e].up ? 1u << e : 0;
	return bits;
}

static void raise_block(struct watcher *w, const struct belief_action *action)
{
	struct monitor_actions actions;

	if (w->blind)
		w->anew_ms = w->world->now_ms;
	w->blind = false;
	if (w->busy) {
		struct sight sight = look(w);

		submission_block(&w->submission, &action->event.block, action->transactions, action->transaction_count,
				 &sight.view, &sight.now);
	}
	if (action->event.block.skipped)
		world_trace(w->world, "w%u: block %u, %u skipped, flags %u", w->index, action->event.block.num,
			    action->event.block.skipped, action->event.block.flags);
	actions.count = 0;
	monitor_block(&w->monitor, &action->event.block, &actions);
	do_actions(w, &actions);
}

static void raise_nodes(struct watcher *w, const struct belief_action *action)
{
	struct monitor_actions actions;
	struct gw_now now = now_of(w);

	if (w->busy)
		submission_endpoints(&w->submission, connected(w), &now);
	actions.count = 0;
	monitor_nodes(&w->monitor, &action->event.nodes, &actions);
	do_actions(w, &actions);
}

static void connect_again(struct watcher *w, uint8_t endpoint, int64_t delay_ms)
{
	world_at(w->world, delay_ms,
		 &(struct event){.type = EVENT_CONNECT,
				 .who = w->index,
				 .endpoint = endpoint,
				 .start = w->start,
				 .generation = w->links[endpoint].generation});
}

/* The connection ends: what is under way on it is not answered any more. */
static void close_link(struct watcher *w, uint8_t endpoint)
{
	struct link *link = &w->links[endpoint];

	link->up = false;
	link->full = link->header = false;
	link->generation++;
	connect_again(w, endpoint, 500 + dice_below(&w->world->dice, 500));
}

static void act(struct watcher *w, const struct belief_action *action)
{
	static const uint8_t asks[] = {[BELIEF_ASK_HEAD] = ASK_HEAD,
				       [BELIEF_ASK_SCHEDULE] = ASK_SCHEDULE,
				       [BELIEF_ASK_WITNESS] = ASK_WITNESS,
				       [BELIEF_ASK_BLOCK] = ASK_BLOCK};
	struct monitor_actions actions;

	switch (action->type) {
	case BELIEF_SUBSCRIBE:
		w->links[action->endpoint].full |= action->full;
		w->links[action->endpoint].header |= !action->full;
		break;
	case BELIEF_ASK_HEAD:
	case BELIEF_ASK_SCHEDULE:
	case BELIEF_ASK_WITNESS:
	case BELIEF_ASK_BLOCK:
		ask_node(w, (uint8_t)action->endpoint,
			 (struct event){.ask = asks[action->type], .ticket = action->ticket, .num = action->num});
		break;
	case BELIEF_RAISE_BLOCK:
		raise_block(w, action);
		break;
	case BELIEF_RAISE_WITNESS:
		actions.count = 0;
		monitor_witness(&w->monitor, &action->event.witness, &actions);
		do_actions(w, &actions);
		break;
	case BELIEF_RAISE_NODES:
		raise_nodes(w, action);
		break;
	case BELIEF_NOTICE:
		if (strcmp(action->code, "driver_changed") == 0 || strcmp(action->code, "blocks_lost") == 0)
			w->blind = true;
		world_trace(w->world, "w%u: (%s) %.150s", w->index, action->code, action->text);
		break;
	case BELIEF_DROP:
		world_trace(w->world, "w%u: drops endpoint %u: %.120s", w->index, action->endpoint, action->text);
		close_link(w, (uint8_t)action->endpoint);
		break;
	}
}

static void drain(struct watcher *w)
{
	struct belief_action action;

	if (w->draining)
		return;
	w->draining = true;
	while (belief_next(w->belief, &action))
		act(w, &action);
	w->draining = false;
	settle(w);
}

/* ---- what the nodes send
 * --------------------------------------------------------------------------------------------------- */

/* The node's state at this moment; what comes of it travels back. */
static void on_handle(struct watcher *w, const struct event *event)
{
	struct world *world = w->world;
	uint8_t node = w->endpoint[event->endpoint];
	int64_t delay_ms = dice_between(&world->dice, 1, 60);
	struct event answer = *event;

	if (dice_chance(&world->dice, world->options.late_answers))
		delay_ms = dice_between(&world->dice, 500, 12000);
	answer.type = EVENT_ANSWER;
	answer.given = world->golosds[node].alive && delay_ms < DEADLINE_MS && !w->cut;
	if (!answer.given)
		delay_ms = DEADLINE_MS;
	answer.block = world->golosds[node].head;
	answer.key = golosd_pending_key(world, node);
	world_at(world, delay_ms, &answer);
}

static struct witness_answer witness_answer_of(const struct sim_block *at, uint8_t key)
{
	struct witness_answer answer = {.exists = true,
					.owner = WITNESS_NAME,
					.url = "https://ours",
					.total_missed = at->total_missed[OURS],
					.last_confirmed = at->confirmed[OURS],
					.last_aslot = at->aslot};

	snprintf(answer.signing_key, sizeof(answer.signing_key), "%s", chain_key_text(OURS, key));
	return answer;
}

static void give_head(struct watcher *w, const struct event *event, const struct sim_block *at)
{
	struct head_answer answer;
	struct gw_now now = now_of(w);

	if (at) {
		answer = (struct head_answer){
			.num = at->num, .time_s = at->time_s, .aslot = at->aslot, .irreversible = at->irreversible};
		chain_id_of(answer.id, at);
	}
	belief_head_answer(w->belief, event->ticket, at ? &answer : NULL, &now);
}

static void give_schedule(struct watcher *w, const struct event *event, const struct sim_block *at)
{
	struct schedule_answer answer = {0};
	struct gw_now now = now_of(w);

	if (at) {
		answer.count = at->order_count;
		answer.skipping_reset_s = w->world->options.rules.skipping_reset_s;
		for (uint32_t i = 0; i < at->order_count; i++)
			snprintf(answer.names[i], sizeof(answer.names[i]), "%s", chain_witness_name(at->order[i]));
	}
	belief_schedule_answer(w->belief, event->ticket, at ? &answer : NULL, &now);
}

static void give_witness(struct watcher *w, const struct event *event, const struct sim_block *at)
{
	struct witness_answer answer;
	struct sight sight = look(w);

	if (at)
		answer = witness_answer_of(at, event->key);
	if (event->ask == ASK_WITNESS)
		belief_witness_answer(w->belief, event->ticket, at ? &answer : NULL, &sight.now);
	else if (w->busy && w->submission.record.id == event->id)
		submission_witness(&w->submission, event->ticket, at ? &answer : NULL, &sight.view, &sight.now);
}

/* A block in golosd's `full` form, in get_block's, or as a header. */
enum form { FORM_FULL, FORM_BLOCK, FORM_HEADER };

struct block_parts {
	struct block_update updates[BLOCK_TXS];
	struct block_transaction transactions[BLOCK_TXS];
};

static void fill_transactions(const struct watcher *w, const struct sim_block *from, enum form form, struct block *to,
			      struct block_parts *parts)
{
	to->has_transactions = true;
	to->updates = parts->updates;
	to->transactions = parts->transactions;
	for (uint32_t i = 0; i < from->tx_count; i++) {
		const struct sim_tx *tx = chain_tx(&w->world->chain, from->txs[i], from->tx_serials[i]);

		if (!tx)
			continue;
		struct block_update *update = &parts->updates[to->update_count++];
		struct block_transaction *transaction = &parts->transactions[to->transaction_count++];

		snprintf(update->owner, sizeof(update->owner), WITNESS_NAME);
		snprintf(update->signing_key, sizeof(update->signing_key), "%s", chain_key_text(OURS, tx->key));
		snprintf(transaction->id, sizeof(transaction->id), "%s", form == FORM_FULL ? tx->id : "");
		snprintf(transaction->signature, sizeof(transaction->signature), "%s", tx->signature);
	}
}

static void fill_block(const struct watcher *w, const struct sim_block *from, enum form form, struct block *to,
		       struct block_parts *parts)
{
	const struct sim_block *parent = chain_block(&w->world->chain, from->parent);

	memset(to, 0, sizeof(*to));
	to->num = from->num;
	to->time_s = from->time_s;
	if (form == FORM_FULL) {
		chain_id_of(to->id, from);
		snprintf(to->signing_key, sizeof(to->signing_key), "%s", chain_key_text(from->witness, from->key));
	}
	if (parent)
		chain_id_of(to->previous, parent);
	snprintf(to->witness, sizeof(to->witness), "%s", chain_witness_name(from->witness));
	if (form != FORM_HEADER) {
		memset(parts, 0, sizeof(*parts));
		fill_transactions(w, from, form, to, parts);
	}
}

static void give_block(struct watcher *w, const struct event *event, const struct sim_block *at)
{
	const struct sim_block *found = at ? chain_ancestor(&w->world->chain, at->serial, event->num) : NULL;
	struct gw_now now = now_of(w);
	struct block_parts parts;
	struct block block;

	if (found && chain_block(&w->world->chain, found->parent))
		fill_block(w, found, FORM_BLOCK, &block, &parts);
	else
		found = NULL;
	belief_block_answer(w->belief, event->ticket, found ? &block : NULL, &now);
}

static void on_answer(struct watcher *w, const struct event *event)
{
	const struct link *link = &w->links[event->endpoint];
	bool current = link->up && link->generation == event->generation;
	const struct sim_block *at = event->given && current ? chain_block(&w->world->chain, event->block) : NULL;

	switch ((enum ask_type)event->ask) {
	case ASK_HEAD:
		give_head(w, event, at);
		break;
	case ASK_SCHEDULE:
		give_schedule(w, event, at);
		break;
	case ASK_WITNESS:
	case ASK_FOR_SUBMISSION:
		give_witness(w, event, at);
		break;
	case ASK_BLOCK:
		give_block(w, event, at);
		break;
	}
	drain(w);
}

void watcher_push(struct world *world, uint8_t golosd, uint32_t serial)
{
	for (uint8_t i = 0; i < world->options.our_nodes; i++) {
		struct watcher *w = &world->watchers[i];

		for (uint8_t e = 0; w->alive && e < w->endpoints; e++) {
			struct link *link = &w->links[e];

			if (w->endpoint[e] != golosd || !link->up || w->cut || world->golosds[golosd].silent)
				continue;
			int64_t at_ms = world->now_ms + dice_between(&world->dice, 1, 40);
			if (at_ms < link->line_free_ms)
				at_ms = link->line_free_ms;
			link->line_free_ms = at_ms;
			world_at(world, at_ms - world->now_ms,
				 &(struct event){.type = EVENT_PUSH,
						 .who = i,
						 .endpoint = e,
						 .start = w->start,
						 .generation = link->generation,
						 .block = serial});
		}
	}
}

static void on_push(struct watcher *w, const struct event *event)
{
	struct link *link = &w->links[event->endpoint];
	const struct sim_block *from = chain_block(&w->world->chain, event->block);
	struct gw_now now = now_of(w);
	struct block_parts parts;
	struct block block;

	if (!link->up || link->generation != event->generation || !from)
		return;
	link->last_push_ms = w->world->now_ms;
	link->tries = 0;
	link->pushed = event->block;
	if (link->header) {
		fill_block(w, from, FORM_HEADER, &block, &parts);
		belief_block(w->belief, event->endpoint, &block, &now);
	}
	if (link->full) {
		fill_block(w, from, FORM_FULL, &block, &parts);
		belief_block(w->belief, event->endpoint, &block, &now);
	}
	drain(w);
}

static void on_connect(struct watcher *w, const struct event *event)
{
	struct link *link = &w->links[event->endpoint];
	const struct golosd *golosd = &w->world->golosds[w->endpoint[event->endpoint]];
	struct chain_answer chain = {.prefix = "GLS", .interval_s = INTERVAL_S, .max_witnesses = SHUFFLE_BLOCKS};
	struct gw_now now = now_of(w);
	struct error err = {0};

	if (link->up || link->generation != event->generation)
		return;
	if (!golosd->alive || w->cut) {
		int64_t wait_ms = INT64_C(500) << (link->tries < 6 ? link->tries++ : 6);

		connect_again(w, event->endpoint, wait_ms < 30000 ? wait_ms : 30000);
		return;
	}
	link->up = true;
	link->last_push_ms = w->world->now_ms;
	if (belief_up(w->belief, event->endpoint, &chain, &now, &err) != GW_OK)
		close_link(w, event->endpoint);
	drain(w);
}

static void lose(struct watcher *w, uint8_t endpoint)
{
	struct gw_now now = now_of(w);

	if (!w->links[endpoint].up)
		return;
	close_link(w, endpoint);
	belief_down(w->belief, endpoint, &now);
	drain(w);
}

void watcher_node_lost(struct world *world, uint8_t golosd)
{
	for (uint8_t i = 0; i < world->options.our_nodes; i++)
		for (uint8_t e = 0; e < world->watchers[i].endpoints; e++)
			if (world->watchers[i].endpoint[e] == golosd && world->watchers[i].alive)
				world_at(world, dice_between(&world->dice, 1, 20),
					 &(struct event){.type = EVENT_LOST,
							 .who = i,
							 .endpoint = e,
							 .start = world->watchers[i].start,
							 .generation = world->watchers[i].links[e].generation});
}

/* ---- broadcasts
 * --------------------------------------------------------------------------------------------------------------- */

static void on_send(struct watcher *w, const struct event *event)
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

static void on_sent(struct watcher *w, const struct event *event)
{
	struct sight sight = look(w);

	if (!w->busy || w->submission.record.id != event->id)
		return;
	submission_sent(&w->submission, event->endpoint, (enum send_result)event->key, "", &sight.view, &sight.now);
	settle(w);
}

/* ---- time
 * ---------------------------------------------------------------------------------------------------------------------
 */

static void on_tick(struct watcher *w)
{
	struct gw_now now = now_of(w);

	world_at(w->world, TICK_MS, &(struct event){.type = EVENT_TICK, .who = w->index, .start = w->start});
	belief_tick(w->belief, &now);
	drain(w);
	for (uint8_t e = 0; e < w->endpoints; e++)
		if (w->links[e].up && w->world->now_ms - w->links[e].last_push_ms >= SILENCE_MS)
			lose(w, e);
}

static void on_timer(struct watcher *w, const struct event *event)
{
	struct sight sight;

	if (!w->busy || event->turn != w->timer_turn)
		return;
	sight = look(w);
	submission_tick(&w->submission, &sight.view, &sight.now);
	settle(w);
}

static void on_wake(struct watcher *w, const struct event *event)
{
	struct monitor_actions actions;
	struct gw_now now = now_of(w);

	if (event->turn != w->wake_turn)
		return;
	actions.count = 0;
	monitor_timer(&w->monitor, &now, &actions);
	do_actions(w, &actions);
	settle(w);
}

void watcher_event(struct world *world, const struct event *event)
{
	struct watcher *w = &world->watchers[event->who];

	if (!w->alive || event->start != w->start)
		return;
	switch ((enum event_type)event->type) {
	case EVENT_PUSH:
		on_push(w, event);
		break;
	case EVENT_HANDLE:
		on_handle(w, event);
		break;
	case EVENT_ANSWER:
		on_answer(w, event);
		break;
	case EVENT_CONNECT:
		on_connect(w, event);
		break;
	case EVENT_LOST:
		if (w->links[event->endpoint].generation == event->generation)
			lose(w, event->endpoint);
		break;
	case EVENT_TICK:
		on_tick(w);
		break;
	case EVENT_TIMER:
		on_timer(w, event);
		break;
	case EVENT_WAKE:
		on_wake(w, event);
		break;
	case EVENT_DISK:
		on_disk(w);
		break;
	case EVENT_SEND:
		on_send(w, event);
		break;
	case EVENT_SENT:
		on_sent(w, event);
		break;
	case EVENT_SLOT:
	case EVENT_HEAR:
	case EVENT_HEAR_TX:
	case EVENT_POLL:
		break;
	}
}

/* ---- orders, life
 * --------------------------------------------------------------------------------------------------------------- */

gw_status watcher_order(struct world *world, uint8_t who, int32_t verb, int64_t for_s)
{
	struct watcher *w = &world->watchers[who];
	struct monitor_actions actions;
	char text[GW_TEXT_SIZE];
	struct gw_command_event event = {
		.struct_size = sizeof(event), .verb = verb, .now = now_of(w), .by = "operator"};

	if (!w->alive)
		return GW_ERR_UNAVAILABLE;
	if (for_s)
		event.until_s = event.now.wall_ms / 1000 + for_s;
	actions.count = 0;
	gw_status status = monitor_command(&w->monitor, &event, text, &actions);
	world_trace(world, "w%u: order %d: %.150s", who, verb, text);
	if (verb == GW_COMMAND_HOLD && status == GW_OK) {
		w->held = true;
		w->held_ms = world->now_ms;
		w->held_until_ms = for_s ? event.until_s * 1000 - GENESIS_MS : 0;
	} else if (verb == GW_COMMAND_RESUME) {
		w->held = false;
	}
	do_actions(w, &actions);
	settle(w);
	return status;
}

bool watcher_said(const struct watcher *watcher, const char *code)
{
	size_t len = strlen(code);

	for (const char *at = watcher->codes; (at = strstr(at, code)) != NULL; at += len)
		if ((at == watcher->codes || at[-1] == ' ') && at[len] == ' ')
			return true;
	return false;
}

static void tell_readiness(struct watcher *w, struct monitor_actions *actions)
{
	struct gw_readiness_event event = {.struct_size = sizeof(event),
					   .authority = GW_READY_YES,
					   .golosd_config = GW_READY_UNKNOWN,
					   .journal = GW_READY_YES,
					   .now = now_of(w)};

	monitor_readiness(&w->monitor, &event, actions);
}

static void start_belief(struct watcher *w)
{
	struct belief_options options = {.endpoints = w->endpoints, .urls = w->urls, .witnesses_max = 1};

	w->belief = belief_new(&options);
	w->draining = w->settling = w->busy = false;
	w->alive_until_s = 0;
	for (uint8_t e = 0; e < w->endpoints; e++) {
		w->links[e].up = w->links[e].full = w->links[e].header = false;
		w->links[e].generation++;
		w->links[e].tries = 0;
		w->links[e].line_free_ms = 0;
		connect_again(w, e, dice_between(&w->world->dice, 1, 200));
	}
}

static void start_submission(struct watcher *w)
{
	struct sight sight;

	if (!w->journal.open)
		return;
	sight = look(w);
	submission_resume(&w->submission, &w->journal.record, &sight.view, &sight.now);
	w->busy = true;
	w->tx = NULL;
	submission_endpoints(&w->submission, 0, &sight.now);
	settle(w);
}

void watcher_start(struct world *world, uint8_t who)
{
	struct watcher *w = &world->watchers[who];
	struct monitor_actions actions = {0};
	struct gw_now now;

	if (w->alive || world->options.older)
		return;
	w->alive = true;
	w->start++;
	w->blind = true;
	w->mono_base_ms = dice_between(&world->dice, 1, 1000000);
	world_trace(world, "w%u starts", who);
	start_belief(w);
	monitor_init(&w->monitor, &w->options, &actions);
	if (w->journal.store && monitor_load(&w->monitor, w->journal.store, strlen(w->journal.store)) != GW_OK)
		world_break(world, NEVER_TWO_SWITCHES, "w%u cannot read what it saved: %s", who, w->journal.store);
	do_actions(w, &actions);
	if (belief_watch(w->belief, WITNESS_NAME, w->options.confirm_nodes > 1 ? ENDPOINTS_MAX : 1) != GW_OK)
		world_break(world, PRODUCTION_RESUMES, "w%u cannot watch", who);
	now = now_of(w);
	actions.count = 0;
	monitor_timer(&w->monitor, &now, &actions);
	tell_readiness(w, &actions);
	do_actions(w, &actions);
	start_submission(w);
	drain(w);
	world_at(world, TICK_MS, &(struct event){.type = EVENT_TICK, .who = who, .start = w->start});
}

void watcher_stop(struct world *world, uint8_t who)
{
	struct watcher *w = &world->watchers[who];
	struct fake_journal *journal = &w->journal;

	if (!w->alive)
		return;
	world_trace(world, "w%u is killed", who);
	w->alive = false;
	if (w->held && !w->held_kept)
		w->held = false; /* it died before the hold was on the disk */
	for (; journal->count > 0; journal->count--, journal->first = (journal->first + 1) % JOURNAL_WRITES)
		free(journal->writes[journal->first].text);
	belief_free(w->belief);
	w->belief = NULL;
}

void watcher_free(struct watcher *w)
{
	if (w->alive)
		watcher_stop(w->world, w->index);
	free(w->journal.store);
}
