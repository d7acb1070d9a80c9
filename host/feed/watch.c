/* SPDX-License-Identifier: MIT
 *
 * The watch: nodes and belief, wired to each other. Runs in golos-watchd.
 */
#include "feed/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

#define TICK_MS 1000

struct watch {
	struct loop *loop;
	struct watch_listener listener;
	struct nodes *nodes;
	struct belief *belief;
	struct loop_timer *tick;
	uint32_t endpoints;
	uint32_t connected; /* bit per endpoint: up, and accepted by the belief */
	bool draining;
	uint32_t refused;		/* bit per endpoint: for its chain, when it was up last */
	bool own_accepted;		/* ever */
	char wrong_chain[GW_TEXT_SIZE]; /* what the own node was refused for */
	char *public_urls[CONFIG_NODES_MAX];
};

/* A question of the belief on its way to a node and back. */
struct ask {
	struct watch *watch;
	enum belief_action_type type;
	uint32_t endpoint;
	uint64_t ticket;
	char witness[GW_ACCOUNT_SIZE];
};

void watch_now(const struct watch *watch, struct gw_now *ret)
{
	loop_now(ret);
	belief_clock(watch->belief, ret);
}

static void drain(struct watch *watch);

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static gw_status give_head(const struct ask *ask, const struct json *json, const struct gw_now *now, struct error *err)
{
	struct head_answer answer;
	gw_status status = json ? head_answer_parse(&answer, json, err) : GW_ERR_UNAVAILABLE;

	belief_head_answer(ask->watch->belief, ask->ticket, status ? NULL : &answer, now);
	return status;
}

static gw_status give_schedule(const struct ask *ask, const struct json *json, const struct gw_now *now,
			       struct error *err)
{
	struct schedule_answer answer;
	gw_status status = json ? schedule_answer_parse(&answer, json, err) : GW_ERR_UNAVAILABLE;

	belief_schedule_answer(ask->watch->belief, ask->ticket, status ? NULL : &answer, now);
	return status;
}

static gw_status give_witness(const struct ask *ask, const struct json *json, bool answered, const struct gw_now *now,
			      struct error *err)
{
	struct witness_answer answer;
	gw_status status = answered ? witness_answer_parse(&answer, ask->witness, json, err) : GW_ERR_UNAVAILABLE;

	belief_witness_answer(ask->watch->belief, ask->ticket, status ? NULL : &answer, now);
	return status;
}

static gw_status give_block(const struct ask *ask, const struct json *json, bool answered, const struct gw_now *now,
			    struct error *err)
{
	struct block block = {.num = 0};
	/* golosd answers null for a block that it does not have: that is number 0 */
	bool has = answered && !json_is_null(json);
	gw_status status = has ? block_parse(&block, json, err) : GW_ERR_UNAVAILABLE;

	belief_block_answer(ask->watch->belief, ask->ticket, answered && (!has || !status) ? &block : NULL, now);
	if (!status)
		block_free(&block);
	return status;
}

static bool is_lacking(const struct json *json)
{
	struct rpc_error error;

	rpc_error_parse(&error, json);
	return error.code == RPC_NO_SUCH_METHOD;
}

static void on_answer(void *context, enum call_outcome outcome, const struct json *json)
{
	struct ask *ask = context;
	struct watch *watch = ask->watch;
	const struct json *result = outcome == CALL_RESULT ? json : NULL;
	struct error err = {0};
	struct gw_now now;
	gw_status status = GW_OK;

	watch_now(watch, &now);
	switch (ask->type) {
	case BELIEF_ASK_HEAD:
		status = give_head(ask, result, &now, &err);
		break;
	case BELIEF_ASK_SCHEDULE:
		status = give_schedule(ask, result, &now, &err);
		break;
	case BELIEF_ASK_WITNESS:
		status = give_witness(ask, result, outcome == CALL_RESULT, &now, &err);
		break;
	case BELIEF_ASK_BLOCK:
		status = give_block(ask, result, outcome == CALL_RESULT, &now, &err);
		break;
	case BELIEF_SUBSCRIBE:
	case BELIEF_RAISE_BLOCK:
	case BELIEF_RAISE_WITNESS:
	case BELIEF_RAISE_NODES:
	case BELIEF_NOTICE:
	case BELIEF_DROP:
		break;
	}
	if (outcome == CALL_ERROR && is_lacking(json))
		belief_lacks(watch->belief, ask->endpoint, &now);
	/* a node whose answers cannot be read is not to be believed in anything */
	if (status != GW_OK && status != GW_ERR_UNAVAILABLE) {
		nodes_bad_answer(watch->nodes, ask->endpoint, err.text);
		nodes_drop(watch->nodes, ask->endpoint, err.text);
	}
	free(ask);
	drain(watch);
}

/* ---- what the belief wants -------------------------------------------------------------------------------------- */

static void ask_node(struct watch *watch, const struct belief_action *action)
{
	struct ask *ask = xcalloc(1, sizeof(*ask));
	const char *api = "database_api";
	const char *method = "get_dynamic_global_properties";
	char args[64] = "[]";

	*ask = (struct ask){
		.watch = watch, .type = action->type, .endpoint = action->endpoint, .ticket = action->ticket};
	if (action->type == BELIEF_ASK_SCHEDULE) {
		api = "witness_api";
		method = "get_witness_schedule";
	} else if (action->type == BELIEF_ASK_WITNESS) {
		api = "witness_api";
		method = "get_witness_by_account";
		memcpy(ask->witness, action->witness, sizeof(ask->witness));
		snprintf(args, sizeof(args), "[\"%s\"]", action->witness); /* a checked account name */
	} else if (action->type == BELIEF_ASK_BLOCK) {
		method = action->full ? "get_block" : "get_block_header";
		snprintf(args, sizeof(args), "[%" PRIu32 "]", action->num);
	}
	nodes_call(watch->nodes, action->endpoint, api, method, args, 0, on_answer, ask);
}

static void act(struct watch *watch, const struct belief_action *action)
{
	const struct watch_listener *listener = &watch->listener;

	switch (action->type) {
	case BELIEF_SUBSCRIBE:
		nodes_subscribe(watch->nodes, action->endpoint, action->full);
		break;
	case BELIEF_ASK_HEAD:
	case BELIEF_ASK_SCHEDULE:
	case BELIEF_ASK_WITNESS:
	case BELIEF_ASK_BLOCK:
		ask_node(watch, action);
		break;
	case BELIEF_RAISE_BLOCK:
		listener->block(listener->context, &action->event.block, action->transactions,
				action->transaction_count);
		break;
	case BELIEF_RAISE_WITNESS:
		listener->witness(listener->context, &action->event.witness);
		break;
	case BELIEF_RAISE_NODES:
		listener->nodes(listener->context, &action->event.nodes);
		break;
	case BELIEF_NOTICE:
		listener->notice(listener->context, action->severity, action->code, action->text);
		break;
	case BELIEF_DROP:
		nodes_drop(watch->nodes, action->endpoint, action->text);
		break;
	}
}

/* A listener may cause further actions (a plugin that begins to watch a witness): the outer call takes them too. */
static void drain(struct watch *watch)
{
	struct belief_action action;

	if (watch->draining)
		return;
	watch->draining = true;
	while (belief_next(watch->belief, &action))
		act(watch, &action);
	watch->draining = false;
	watch->listener.settled(watch->listener.context);
}

/* ---- what the nodes send ---------------------------------------------------------------------------------------- */

/* Said once, not at each of its connections. */
static void refuse_chain(struct watch *watch, uint32_t endpoint, const char *why)
{
	char text[GW_TEXT_SIZE];

	snprintf(text, sizeof(text), "%s: %.180s", watch->public_urls[endpoint], why);
	if (endpoint == 0)
		memcpy(watch->wrong_chain, text, sizeof(text));
	if (!(watch->refused & (1u << endpoint))) {
		watch->refused |= 1u << endpoint;
		watch->listener.notice(watch->listener.context, endpoint == 0 ? GW_CRITICAL : GW_WARNING, "wrong_chain",
				       text);
	}
	nodes_drop(watch->nodes, endpoint, why);
}

/* nodes_lacking reports the outcome. */
static void on_probe(void *context, enum call_outcome outcome, const struct json *json)
{
	(void)context, (void)outcome, (void)json;
}

static void on_up(void *context, uint32_t endpoint, const struct chain_answer *chain)
{
	struct watch *watch = context;
	struct error err = {0};
	struct gw_now now;

	watch_now(watch, &now);
	if (belief_up(watch->belief, endpoint, chain, &now, &err)) {
		refuse_chain(watch, endpoint, err.text);
		return;
	}
	watch->own_accepted |= endpoint == 0;
	watch->refused &= ~(1u << endpoint);
	watch->connected |= 1u << endpoint;
	drain(watch);
	/* checks, before a transaction has to go out, that the call exists: without a transaction nothing is sent */
	nodes_call(watch->nodes, endpoint, "network_broadcast_api", "broadcast_transaction", "[]", 0, on_probe, NULL);
}

static void on_down(void *context, uint32_t endpoint, const char *why)
{
	struct watch *watch = context;
	struct gw_now now;

	(void)why; /* nodes.c has logged it */
	if (!(watch->connected & (1u << endpoint)))
		return;
	watch->connected &= ~(1u << endpoint);
	watch_now(watch, &now);
	if (nodes_refused_to_read(watch->nodes, endpoint))
		belief_unreadable(watch->belief, endpoint);
	belief_down(watch->belief, endpoint, &now);
	drain(watch);
}

static void on_block(void *context, uint32_t endpoint, const struct block *block)
{
	struct watch *watch = context;
	struct gw_now now;

	if (!(watch->connected & (1u << endpoint)))
		return;
	watch_now(watch, &now);
	belief_block(watch->belief, endpoint, block, &now);
	drain(watch);
}

static void on_tick(void *context)
{
	struct watch *watch = context;
	struct gw_now now;

	watch_now(watch, &now);
	belief_tick(watch->belief, &now);
	drain(watch);
	loop_timer_set(watch->tick, TICK_MS);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct watch *watch_new(struct loop *loop, const struct config *config, const struct watch_listener *listener)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));

	watch->loop = loop;
	watch->listener = *listener;
	watch->endpoints = (uint32_t)config->node_count;
	for (uint32_t i = 0; i < watch->endpoints; i++) {
		char url[256];

		nodes_url_public(url, sizeof(url), config->nodes[i]);
		watch->public_urls[i] = xstrdup(url);
	}

	struct belief_options belief = {.endpoints = watch->endpoints,
					.urls = (const char *const *)watch->public_urls,
					.witnesses_max = CONFIG_INSTANCES_MAX};
	memcpy(belief.chain_id, config->chain_id, sizeof(belief.chain_id));
	if (strcmp(config->chain_id, CONFIG_CHAIN_MAIN) == 0) {
		belief.interval_s = CONFIG_MAIN_INTERVAL;
		belief.max_witnesses = CONFIG_MAIN_WITNESSES;
	}
	watch->belief = belief_new(&belief);

	struct nodes_options nodes = {
		.count = watch->endpoints, .urls = (const char *const *)config->nodes, .ca_file = config->ca_file};
	struct nodes_events events = {.context = watch, .up = on_up, .down = on_down, .block = on_block};
	watch->nodes = nodes_new(loop, &nodes, &events);
	watch->tick = loop_timer_new(loop, on_tick, watch);
	loop_timer_set(watch->tick, TICK_MS);
	return watch;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	watch->draining = true; /* what still comes back is not acted on */
	loop_timer_free(watch->tick);
	nodes_free(watch->nodes);
	belief_free(watch->belief);
	for (uint32_t i = 0; i < watch->endpoints; i++)
		free(watch->public_urls[i]);
	free(watch);
}

gw_status watch_witness(struct watch *watch, const char *witness, uint32_t endpoints)
{
	gw_status status = belief_watch(watch->belief, witness, endpoints);

	drain(watch);
	return status;
}

void watch_retain(struct watch *watch, bool (*is_needed)(void *context, const char *witness), void *context)
{
	belief_retain(watch->belief, is_needed, context);
}

struct belief *watch_belief(struct watch *watch)
{
	return watch->belief;
}

struct nodes *watch_nodes(struct watch *watch)
{
	return watch->nodes;
}

uint32_t watch_connected(const struct watch *watch)
{
	return watch->connected;
}

int watch_endpoint(const struct watch *watch, uint32_t turn)
{
	return belief_endpoint(watch->belief, turn);
}

const char *watch_endpoint_url(const struct watch *watch, uint32_t endpoint)
{
	const struct gw_nodes_event *nodes = belief_nodes(watch->belief);

	return endpoint < nodes->count ? nodes->nodes[endpoint]->url : "a node";
}

int watch_endpoint_in_sync(const struct watch *watch, uint32_t turn)
{
	return belief_endpoint_in_sync(watch->belief, turn);
}

bool watch_is_blind(const struct watch *watch, const char *witness, char ret_why[GW_TEXT_SIZE])
{
	char lacking[GW_TEXT_SIZE];
	struct gw_now now;

	watch_now(watch, &now);
	if (watch->connected & 1u && nodes_lacking(watch->nodes, 0, lacking)) {
		snprintf(ret_why, GW_TEXT_SIZE, "%.80s: %.160s", watch->public_urls[0], lacking);
		return true;
	}
	return belief_is_blind(watch->belief, witness, &now, ret_why);
}

bool watch_wrong_chain(const struct watch *watch, char ret_text[GW_TEXT_SIZE])
{
	if (watch->own_accepted || !watch->wrong_chain[0])
		return false;
	memcpy(ret_text, watch->wrong_chain, GW_TEXT_SIZE);
	return true;
}
