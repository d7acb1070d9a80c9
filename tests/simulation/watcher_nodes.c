/* SPDX-License-Identifier: MIT
 *
 * What the nodes send a watcher, and its connections to them. See watcher.h.
 */
#include <stdio.h>
#include <string.h>

#include "invariants.h"
#include "watcher.h"

static void copy_text(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

/* ---- connections ------------------------------------------------------------------------------------------------ */

void watcher_connect(struct watcher *w, uint8_t endpoint, int64_t delay_ms)
{
	world_at(w->world, delay_ms,
		 &(struct event){.type = EVENT_CONNECT,
				 .who = w->index,
				 .endpoint = endpoint,
				 .start = w->start,
				 .generation = w->links[endpoint].generation});
}

/* The connection ends: what is under way on it is not answered any more. */
void watcher_close(struct watcher *w, uint8_t endpoint)
{
	struct link *link = &w->links[endpoint];

	link->up = false;
	link->full = link->header = link->pushed = false;
	link->generation++;
	watcher_connect(w, endpoint, 500 + dice_below(&w->world->dice, 500));
}

void watcher_on_connect(struct watcher *w, const struct event *event)
{
	struct link *link = &w->links[event->endpoint];
	const struct golosd *golosd = &w->world->golosds[w->endpoint[event->endpoint]];
	struct chain_answer chain = {.prefix = "GLS", .interval_s = INTERVAL_S, .max_witnesses = SHUFFLE_BLOCKS};
	struct gw_now now = watcher_now(w);
	struct error err = {0};

	if (link->up || link->generation != event->generation)
		return;
	if (!golosd->alive || w->cut) {
		int64_t wait_ms = INT64_C(500) << (link->tries < 6 ? link->tries++ : 6);

		watcher_connect(w, event->endpoint, wait_ms < 30000 ? wait_ms : 30000);
		return;
	}
	link->up = true;
	link->pushed = false; /* what a process before this one was shown is nothing to it */
	link->last_push_ms = w->world->now_ms;
	if (belief_up(w->belief, event->endpoint, &chain, &now, &err) != GW_OK)
		watcher_close(w, event->endpoint);
	watcher_drain(w);
}

void watcher_lose(struct watcher *w, uint8_t endpoint)
{
	struct gw_now now = watcher_now(w);

	if (!w->links[endpoint].up)
		return;
	watcher_close(w, endpoint);
	belief_down(w->belief, endpoint, &now);
	watcher_drain(w);
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

/* ---- questions and answers -------------------------------------------------------------------------------------- */

void watcher_ask(struct watcher *w, uint8_t endpoint, struct event ask)
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

/* The answer is of a block before the head, and knows of nothing pending. */
static void look_back(const struct world *world, struct event *answer, uint32_t blocks)
{
	const struct sim_block *head = chain_block(&world->chain, answer->block);
	const struct sim_block *at = head ? chain_ancestor(&world->chain, head->serial, head->num - blocks) : NULL;

	if (!at)
		return;
	answer->block = at->serial;
	answer->key = at->signing_key;
}

static bool reaches_authority(const struct watcher *w, const struct golosd *golosd)
{
	const struct world *world = w->world;
	const struct sim_block *head = chain_block(&world->chain, golosd->head);
	bool is_old = !head || GENESIS_TIME_S + world->now_ms / 1000 - head->time_s > 60;

	return !(world->chain.without_authority & 1u << w->index) && !(golosd->knew_no_key && is_old);
}

/* The node's state at this moment; what comes of it travels back. */
void watcher_on_handle(struct watcher *w, const struct event *event)
{
	struct world *world = w->world;
	uint8_t node = w->endpoint[event->endpoint];
	if (event->endpoint != 0 && world->golosds[node].backend != 0)
		node = (uint8_t)(world->golosds[node].backend - 1);
	const struct golosd *golosd = &world->golosds[node];
	uint32_t blocks_back = golosd->blocks_back + (event->endpoint == 0 ? 0 : golosd->public_back);
	int64_t delay_ms = dice_between(&world->dice, 1, 60);
	struct event answer = *event;

	if (dice_chance(&world->dice, world->options.late_answers))
		delay_ms = dice_between(&world->dice, 500, 12000);
	if (golosd->answer_ms != 0)
		delay_ms = golosd->answer_ms;
	answer.type = EVENT_ANSWER;
	answer.given = golosd->alive && delay_ms < DEADLINE_MS && !w->cut;
	if (!answer.given)
		delay_ms = DEADLINE_MS;
	if (golosd->mute >> event->ask & 1) { /* no lock on its database, or its threads hang */
		answer.given = false;
		delay_ms = golosd->errs ? delay_ms : DEADLINE_MS;
	}
	answer.block = golosd->head;
	if (event->ask == ASK_ACCOUNT)
		answer.key = reaches_authority(w, golosd);
	else
		answer.key = golosd_pending_key(world, node);
	if (blocks_back != 0 && event->ask != ASK_ACCOUNT)
		look_back(world, &answer, blocks_back);
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
	struct gw_now now = watcher_now(w);

	if (at) {
		answer = (struct head_answer){
			.num = at->num, .time_s = at->time_s, .aslot = at->aslot, .irreversible = at->irreversible};
		chain_id_of(answer.id, at);
		if (w->links[event->endpoint].head_time_s < at->time_s) /* else the answer is of the past */
			w->links[event->endpoint].head_time_s = at->time_s;
		w->links[event->endpoint].answered = at->serial;
	}
	belief_head_answer(w->belief, event->ticket, at ? &answer : NULL, &now);
}

static void give_schedule(struct watcher *w, const struct event *event, const struct sim_block *at)
{
	struct schedule_answer answer = {0};
	struct gw_now now = watcher_now(w);

	if (at) {
		answer.count = at->order_count;
		answer.skipping_reset_s = w->world->options.rules.skipping_reset_s;
		for (uint32_t i = 0; i < at->order_count; i++)
			copy_text(answer.names[i], sizeof(answer.names[i]), chain_witness_name(at->order[i]));
	}
	belief_schedule_answer(w->belief, event->ticket, at ? &answer : NULL, &now);
}

static void tally_astray(struct watcher *w, uint8_t endpoint, const struct sim_block *at, uint8_t key)
{
	const struct sim_block *shown = chain_block(&w->world->chain, w->links[endpoint].shown);
	const struct sim_block *common = shown ? chain_common(&w->world->chain, shown->serial, at->serial) : NULL;

	if (!common || common == shown || common == at)
		return;
	w->world->tally.astray++;
	w->world->tally.astray_other +=
		at->total_missed[OURS] != shown->total_missed[OURS] || key != shown->signing_key;
}

static void give_witness(struct watcher *w, const struct event *event, const struct sim_block *at)
{
	const struct carrier_effects e = watcher_effects(w);
	const struct gw_now now = watcher_now(w);
	struct witness_answer answer;

	if (at) {
		answer = witness_answer_of(at, event->key);
		answer.total_missed -= w->world->golosds[w->endpoint[event->endpoint]].missed_back;
		tally_astray(w, event->endpoint, at, event->key);
		if (event->ask == ASK_WITNESS) /* the other one the monitor is not told */
			w->links[event->endpoint].answered = at->serial;
	}
	if (event->ask == ASK_WITNESS)
		belief_witness_answer(w->belief, event->ticket, at ? &answer : NULL, &now);
	if (event->ask == ASK_FOR_SUBMISSION && at && event->key == at->signing_key)
		invariants_told_state(w, event->id, at->serial);
	if (event->ask == ASK_FOR_SUBMISSION)
		(void)carrier_witness(&w->carrier, event->id, event->ticket, at ? &answer : NULL, &e);
}

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

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

		update->ref_block_num = tx->ref_num;
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
		copy_text(to->signing_key, sizeof(to->signing_key), chain_key_text(from->witness, from->key));
	}
	if (parent)
		chain_id_of(to->previous, parent);
	copy_text(to->witness, sizeof(to->witness), chain_witness_name(from->witness));
	if (form != FORM_HEADER) {
		memset(parts, 0, sizeof(*parts));
		fill_transactions(w, from, form, to, parts);
	}
}

static void give_block(struct watcher *w, const struct event *event, const struct sim_block *at)
{
	const struct sim_block *found = at ? chain_ancestor(&w->world->chain, at->serial, event->num) : NULL;
	struct gw_now now = watcher_now(w);
	struct block_parts parts;
	struct block block = {.num = 0}; /* it does not have it */

	if (found && chain_block(&w->world->chain, found->parent))
		fill_block(w, found, FORM_BLOCK, &block, &parts);
	belief_block_answer(w->belief, event->ticket, at ? &block : NULL, &now);
}

void watcher_on_answer(struct watcher *w, const struct event *event)
{
	const struct link *link = &w->links[event->endpoint];
	bool current = link->up && link->generation == event->generation;
	const struct sim_block *at = event->given && current ? chain_block(&w->world->chain, event->block) : NULL;
	bool reaches = event->key != 0; /* ASK_ACCOUNT: our keys, its authority */

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
	case ASK_ACCOUNT:
		watcher_on_account(w, at ? &reaches : NULL);
		break;
	}
	watcher_drain(w);
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

void watcher_on_push(struct watcher *w, const struct event *event)
{
	struct link *link = &w->links[event->endpoint];
	const struct sim_block *from = chain_block(&w->world->chain, event->block);
	struct gw_now now = watcher_now(w);
	struct block_parts parts;
	struct block block;

	if (!link->up || link->generation != event->generation || !from)
		return;
	int64_t late_ms = GENESIS_MS + w->world->now_ms - from->time_s * 1000;
	if (w->world->now_ms - link->last_push_ms >= INTERVAL_S * 1000 / 2)
		link->late_ms = late_ms;
	link->last_push_ms = w->world->now_ms;
	link->head_time_s = from->time_s;
	link->tries = 0;
	if (!link->pushed || late_ms < link->least_late_ms)
		link->least_late_ms = late_ms;
	link->pushed = true;
	link->shown = event->block;
	if (link->header) {
		fill_block(w, from, FORM_HEADER, &block, &parts);
		belief_block(w->belief, event->endpoint, &block, &now);
	}
	if (link->full) {
		fill_block(w, from, FORM_FULL, &block, &parts);
		belief_block(w->belief, event->endpoint, &block, &now);
	}
	watcher_drain(w);
}
