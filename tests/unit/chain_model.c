/* SPDX-License-Identifier: MIT
 *
 * A model chain for the tests of belief.
 */
#include "chain_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define MODEL_START_S 1700000001 /* divides by the interval */
#define MODEL_ASLOT   5000
#define MODEL_FIRST   1000 /* number of the first block */

static const char *const urls[ENDPOINTS_MAX] = {"ws://own",  "ws://one",  "ws://two", "ws://three",
						"ws://four", "ws://five", "ws://six", "ws://seven"};

struct model *model_new(uint32_t endpoints, uint32_t witnesses)
{
	struct model *model = xcalloc(1, sizeof(*model));
	struct belief_options options = {.endpoints = endpoints, .urls = urls, .witnesses_max = 1000, .chain_id = "c0"};

	model->witnesses = witnesses;
	model->max_witnesses = 21;
	model->endpoints = endpoints;
	model->skipping_reset_s = 3600;
	model->mono_ms = 1000000;
	model->blocks = xcalloc(MODEL_BLOCKS, sizeof(*model->blocks));
	model->events = xcalloc(MODEL_EVENTS, sizeof(*model->events));
	model->missed = xcalloc(MODEL_EVENTS, sizeof(*model->missed));
	model->round = xcalloc(MODEL_EVENTS, sizeof(*model->round));
	model->held = xcalloc(MODEL_EVENTS, sizeof(*model->held));
	for (uint32_t e = 0; e < ENDPOINTS_MAX; e++)
		model->heads[e] = -1;
	model->belief = belief_new(&options);
	return model;
}

void model_free(struct model *model)
{
	belief_free(model->belief);
	free(model->blocks);
	free(model->events);
	free(model->missed);
	free(model->round);
	free(model->held);
	free(model);
}

struct gw_now model_now(const struct model *model)
{
	/* mono 1,000,000 is the first block's time */
	return (struct gw_now){
		.mono_ms = model->mono_ms,
		.wall_ms = MODEL_START_S * INT64_C(1000) + model->mono_ms - 1000000 + model->wall_offset_ms,
	};
}

const char *model_key(const char *witness)
{
	static char keys[WITNESSES_MAX][GW_KEY_SIZE];
	uint32_t n = (uint32_t)strtoul(witness + 1, NULL, 10) % WITNESSES_MAX;

	(void)snprintf(keys[n], sizeof(keys[n]), "GLSkey_of_%s", witness);
	return keys[n];
}

/* ---- the tree --------------------------------------------------------------------------------------------------- */

/* What the shuffle before the slots after that block drew. */
static uint32_t drawn_at(const struct model *model, int at)
{
	uint32_t era = model->blocks[at].block.num / model->max_witnesses;

	if (!model->branches_shuffle)
		return era;
	while (at > 0 && model->blocks[at].block.num % model->max_witnesses != 0)
		at = model->blocks[at].parent;
	return era + (uint32_t)at * 7;
}

/* The order: the witnesses, turned round by the number drawn. */
static uint32_t witness_at(const struct model *model, uint32_t drawn, uint64_t aslot)
{
	uint32_t stride = model->witnesses % 2 == 0 ? 1 : 2;

	return (uint32_t)((aslot * stride + drawn * 5 + 3) % model->witnesses);
}

static uint64_t aslot_of(int64_t time_s)
{
	return MODEL_ASLOT + (uint64_t)(time_s - MODEL_START_S) / MODEL_INTERVAL_S;
}

const char *model_owner(const struct model *model, int parent, uint32_t slots)
{
	static char names[8][GW_ACCOUNT_SIZE];
	static uint32_t turn;
	const struct block *block = &model->blocks[parent].block;
	uint64_t aslot = aslot_of(block->time_s) + slots;
	char *name = names[++turn % 8];

	(void)snprintf(name, sizeof(names[0]), "w%u", witness_at(model, drawn_at(model, parent), aslot));
	return name;
}

const char *model_key_at(const struct model *model, int at, const char *witness)
{
	for (; at >= 0; at = model->blocks[at].parent) {
		if (strcmp(model->blocks[at].chain_null, witness) == 0)
			return GW_NULL_KEY;
		if (strcmp(model->blocks[at].update.owner, witness) == 0)
			return model->blocks[at].update.signing_key;
	}
	return model_key(witness);
}

int model_update(struct model *model, int parent, uint32_t slots, const char *owner, const char *key)
{
	int index = model->count++;
	struct model_block *made = &model->blocks[index];
	struct block *block = &made->block;

	made->parent = parent;
	block->num = MODEL_FIRST;
	block->time_s = MODEL_START_S;
	(void)snprintf(block->previous, sizeof(block->previous), "%08x%032x", MODEL_FIRST - 1, 0);
	(void)snprintf(block->witness, sizeof(block->witness), "w0");
	if (parent >= 0) {
		block->num = model->blocks[parent].block.num + 1;
		block->time_s = model->blocks[parent].block.time_s + (int64_t)slots * MODEL_INTERVAL_S;
		memcpy(block->previous, model->blocks[parent].block.id, sizeof(block->previous));
		memcpy(block->witness, model_owner(model, parent, slots), sizeof(block->witness));
	}
	(void)snprintf(block->id, sizeof(block->id), "%08x%032x", block->num, (unsigned)index + 1);
	(void)snprintf(block->signing_key, sizeof(block->signing_key), "%s",
		       model_key_at(model, parent, block->witness));
	block->has_transactions = true;
	if (owner[0] != '\0') {
		(void)snprintf(made->update.owner, sizeof(made->update.owner), "%s", owner);
		(void)snprintf(made->update.signing_key, sizeof(made->update.signing_key), "%s", key);
		block->update_count = 1;
		block->updates = &made->update;
	}
	return index;
}

int model_block(struct model *model, int parent, uint32_t slots)
{
	return model_update(model, parent, slots, "", "");
}

int model_run(struct model *model, int parent, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		parent = model_block(model, parent, 1);
	return parent;
}

uint32_t model_slots_to(const struct model *model, int parent, const char *witness)
{
	uint32_t slots = 1;

	while (strcmp(model_owner(model, parent, slots), witness) != 0)
		slots++;
	return slots;
}

uint32_t model_slot_after(const struct model *model, int parent, const char *witness)
{
	uint32_t slots = 1;

	while (strcmp(model_owner(model, parent, slots), witness) == 0)
		slots++;
	return slots;
}

/* ---- what a node answers ---------------------------------------------------------------------------------------- */

static uint32_t missed_by(const struct model *model, int at, const char *witness)
{
	uint32_t missed = 0;

	for (; at >= 0 && model->blocks[at].parent >= 0; at = model->blocks[at].parent) {
		int parent = model->blocks[at].parent;
		int64_t time_s = model->blocks[parent].block.time_s;

		if (strcmp(model->blocks[at].block.witness, witness) == 0)
			continue;
		for (uint32_t n = 1; time_s + (int64_t)n * MODEL_INTERVAL_S < model->blocks[at].block.time_s; n++)
			missed += strcmp(model_owner(model, parent, n), witness) == 0;
	}
	return missed;
}

static struct witness_answer answer_witness(const struct model *model, int at, const char *witness)
{
	struct witness_answer answer = {.exists = witness[0] == 'w', .total_missed = missed_by(model, at, witness)};
	const char *key = model_key_at(model, at, witness);

	if (model->pending_owner && strcmp(model->pending_owner, witness) == 0)
		key = model->pending_key;
	(void)snprintf(answer.owner, sizeof(answer.owner), "%s", witness);
	(void)snprintf(answer.url, sizeof(answer.url), "https://%s", witness);
	(void)snprintf(answer.signing_key, sizeof(answer.signing_key), "%s", key);
	for (; at >= 0 && answer.last_confirmed == 0; at = model->blocks[at].parent) {
		if (strcmp(model->blocks[at].block.witness, witness) == 0)
			answer.last_confirmed = model->blocks[at].block.num;
	}
	return answer;
}

static struct schedule_answer answer_schedule(const struct model *model, int at)
{
	struct schedule_answer answer = {.count = model->witnesses, .skipping_reset_s = model->skipping_reset_s};
	uint32_t drawn = drawn_at(model, at);

	for (uint32_t i = 0; i < model->witnesses; i++)
		(void)snprintf(answer.names[i], sizeof(answer.names[i]), "w%u", witness_at(model, drawn, i));
	return answer;
}

static struct head_answer answer_head(const struct model *model, int at)
{
	const struct block *block = &model->blocks[at].block;
	struct head_answer answer = {.num = block->num,
				     .time_s = block->time_s,
				     .aslot = aslot_of(block->time_s),
				     .irreversible = block->num - 15};

	memcpy(answer.id, block->id, sizeof(answer.id));
	return answer;
}

/* get_block: neither id nor signing key. */
static bool answer_block(const struct model *model, int at, uint32_t num, struct block *ret)
{
	while (at >= 0 && model->blocks[at].block.num != num)
		at = model->blocks[at].parent;
	if (at < 0)
		return false;
	*ret = model->blocks[at].block;
	ret->id[0] = '\0';
	ret->signing_key[0] = '\0';
	return true;
}

static void answer(struct model *model, const struct belief_action *ask)
{
	struct gw_now now = model_now(model);
	int at = model->heads[ask->endpoint];
	bool mute = model->mute || at < 0 || model->unanswered[ask->endpoint] & 1u << ask->type;

	if (ask->type == BELIEF_ASK_HEAD) {
		struct head_answer head = {0};

		if (!mute)
			head = answer_head(model, at);
		belief_head_answer(model->belief, ask->ticket, mute ? NULL : &head, &now);
	} else if (ask->type == BELIEF_ASK_SCHEDULE) {
		struct schedule_answer schedule = {0};

		if (!mute)
			schedule = answer_schedule(model, at);
		belief_schedule_answer(model->belief, ask->ticket, mute ? NULL : &schedule, &now);
	} else if (ask->type == BELIEF_ASK_WITNESS) {
		struct witness_answer witness = answer_witness(model, at, ask->witness);

		belief_witness_answer(model->belief, ask->ticket, mute ? NULL : &witness, &now);
	} else {
		struct block block = {.num = 0};

		if (!mute && !model->blockless)
			(void)answer_block(model, at, ask->num, &block);
		if (!ask->full) { /* its header */
			block.has_transactions = false;
			block.update_count = block.transaction_count = 0;
		}
		belief_block_answer(model->belief, ask->ticket, mute ? NULL : &block, &now);
	}
}

/* ---- the harness ------------------------------------------------------------------------------------------------ */

static bool tells_another_key(const struct gw_witness_event *before, const struct gw_witness_event *event)
{
	return strcmp(before->signing_key, event->signing_key) != 0 || before->key_trusted != event->key_trusted ||
	       before->null_origin != event->null_origin;
}

static void keep(struct model *model, const struct belief_action *action)
{
	const struct gw_block_event *event = &action->event.block;

	model->action_counts[action->type]++;
	model->last[action->type] = *action;
	if (action->type == BELIEF_SUBSCRIBE)
		model->full[action->endpoint] |= action->full;
	if (action->type == BELIEF_RAISE_BLOCK && model->event_count < MODEL_EVENTS) {
		uint32_t n = model->event_count++;

		model->events[n] = *event;
		for (uint32_t i = 0; i < event->missed_count; i++)
			model->missed[n][i] = *event->missed[i];
		for (uint32_t i = 0; i < event->round_count; i++)
			model->round[n][i] = *event->round[i];
	} else if (action->type == BELIEF_RAISE_WITNESS) {
		if (action->event.witness.from_driver && tells_another_key(&model->key_event, &action->event.witness))
			model->key_event = action->event.witness;
		model->witness_event = action->event.witness;
		if (action->event.witness.from_driver)
			model->told_epoch = action->event.witness.driver_epoch;
		model->fetched_events++;
	} else if (action->type == BELIEF_RAISE_NODES) {
		for (uint32_t e = 0; e < action->event.nodes.count; e++)
			model->nodes[e] = *action->event.nodes.nodes[e];
	}
}

void model_drain(struct model *model)
{
	struct belief_action action;

	while (belief_next(model->belief, &action)) {
		bool ask = action.type >= BELIEF_ASK_HEAD && action.type <= BELIEF_ASK_BLOCK;

		keep(model, &action);
		if (ask && model->hold && model->held_count < MODEL_EVENTS)
			model->held[model->held_count++] = action;
		else if (ask)
			answer(model, &action);
	}
}

void model_release(struct model *model)
{
	uint32_t count = model->held_count;

	model->held_count = 0;
	model->hold = false;
	for (uint32_t i = 0; i < count; i++) {
		struct belief_action ask = model->held[i];

		answer(model, &ask);
		model_drain(model);
	}
}

void model_release_oldest(struct model *model)
{
	struct belief_action ask = model->held[0];

	if (model->held_count == 0)
		abort();
	model->held_count--;
	memmove(&model->held[0], &model->held[1], model->held_count * sizeof(ask));
	answer(model, &ask);
	model_drain(model);
}

void model_up(struct model *model, uint32_t endpoint)
{
	struct chain_answer chain = {.chain_id = "c0", .prefix = "GLS", .interval_s = MODEL_INTERVAL_S};
	struct gw_now now = model_now(model);
	struct error err;

	chain.max_witnesses = model->max_witnesses;
	model->full[endpoint] = false;
	if (belief_up(model->belief, endpoint, &chain, &now, &err) != GW_OK)
		abort();
	model_drain(model);
}

void model_down(struct model *model, uint32_t endpoint)
{
	struct gw_now now = model_now(model);

	belief_down(model->belief, endpoint, &now);
	model_drain(model);
}

void model_stand(struct model *model, uint32_t endpoint, int block)
{
	model->heads[endpoint] = block;
}

static void push(struct model *model, uint32_t endpoint, int index, bool full)
{
	struct block block = model->blocks[index].block;
	int64_t at_ms = 1000000 + (block.time_s - MODEL_START_S) * 1000;
	struct gw_now now;

	if (model->mono_ms < at_ms)
		model->mono_ms = at_ms;
	if (model->heads[endpoint] < index)
		model->heads[endpoint] = index;
	if (!full) {
		block.id[0] = '\0';
		block.signing_key[0] = '\0';
		block.has_transactions = false;
		block.update_count = 0;
	}
	now = model_now(model);
	belief_block(model->belief, endpoint, &block, &now);
	model_drain(model);
}

void model_push(struct model *model, uint32_t endpoint, int block)
{
	push(model, endpoint, block, true);
}

void model_push_header(struct model *model, uint32_t endpoint, int block)
{
	push(model, endpoint, block, false);
}

void model_push_line(struct model *model, uint32_t endpoint, int from, int to)
{
	int line[MODEL_BLOCKS];
	int count = 0;

	for (; to != from && to >= 0; to = model->blocks[to].parent)
		line[count++] = to;
	while (count > 0)
		model_push(model, endpoint, line[--count]);
}

void model_pass(struct model *model, uint32_t seconds)
{
	for (uint32_t i = 0; i < seconds; i++) {
		struct gw_now now;

		model->mono_ms += 1000;
		now = model_now(model);
		belief_tick(model->belief, &now);
		model_drain(model);
	}
}
