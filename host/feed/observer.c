/* SPDX-License-Identifier: MIT
 *
 * The watch: nodes and belief, wired to each other. Runs in golos-watchd.
 */
#include "feed/observer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

#define TICK_MS 1000

struct observer {
	struct loop *loop;
	struct observer_listener listener;
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
	struct observer *observer;
	enum belief_action_type type;
	uint32_t endpoint;
	uint64_t ticket;
	char witness[GW_ACCOUNT_SIZE];
};

void observer_now(const struct observer *observer, struct gw_now *ret)
{
	loop_now(ret);
	belief_clock(observer->belief, ret);
}

static void drain(struct observer *observer);

/* ---- answers ---------------------------------------------------------------------------------------------------- */

/* Of each question: what is made of its answer. json: NULL where none came. */
typedef gw_status give_fn(const struct ask *ask, const struct json *json, bool answered, const struct gw_now *now,
			  struct error *err);

static gw_status give_head(const struct ask *ask, const struct json *json, bool answered, const struct gw_now *now,
			   struct error *err)
{
	struct head_answer answer;
	gw_status status = answered ? head_answer_parse(&answer, json, err) : GW_ERR_UNAVAILABLE;

	belief_head_answer(ask->observer->belief, ask->ticket, status ? NULL : &answer, now);
	return status;
}

static gw_status give_schedule(const struct ask *ask, const struct json *json, bool answered, const struct gw_now *now,
			       struct error *err)
{
	struct schedule_answer answer;
	gw_status status = answered ? schedule_answer_parse(&answer, json, err) : GW_ERR_UNAVAILABLE;

	belief_schedule_answer(ask->observer->belief, ask->ticket, status ? NULL : &answer, now);
	return status;
}

static gw_status give_witness(const struct ask *ask, const struct json *json, bool answered, const struct gw_now *now,
			      struct error *err)
{
	struct witness_answer answer;
	gw_status status = answered ? witness_answer_parse(&answer, ask->witness, json, err) : GW_ERR_UNAVAILABLE;

	belief_witness_answer(ask->observer->belief, ask->ticket, status ? NULL : &answer, now);
	return status;
}

static gw_status give_block(const struct ask *ask, const struct json *json, bool answered, const struct gw_now *now,
			    struct error *err)
{
	struct block block = {.num = 0};
	/* golosd answers null for a block that it does not have: that is number 0 */
	bool has = answered && !json_is_null(json);
	gw_status status = has ? block_parse(&block, json, err) : GW_ERR_UNAVAILABLE;

	belief_block_answer(ask->observer->belief, ask->ticket, answered && (!has || !status) ? &block : NULL, now);
	if (!status)
		block_free(&block);
	return status;
}

static const struct {
	const char *api, *method;
	give_fn *give;
} questions[] = {
	[BELIEF_ASK_HEAD] = {"database_api", "get_dynamic_global_properties", give_head},
	[BELIEF_ASK_SCHEDULE] = {"witness_api", "get_witness_schedule", give_schedule},
	[BELIEF_ASK_WITNESS] = {"witness_api", "get_witness_by_account", give_witness},
	[BELIEF_ASK_BLOCK] = {"database_api", "get_block", give_block},
};

static void on_answer(void *context, enum call_outcome outcome, const struct json *json)
{
	struct ask *ask = context;
	struct observer *observer = ask->observer;
	struct rpc_error refusal = {.code = 0};
	bool answered = outcome == CALL_RESULT;
	struct error err = {0};
	struct gw_now now;

	observer_now(observer, &now);
	gw_status status = questions[ask->type].give(ask, answered ? json : NULL, answered, &now, &err);
	if (outcome == CALL_ERROR)
		rpc_error_parse(&refusal, json);
	if (refusal.code == RPC_NO_SUCH_METHOD)
		belief_lacks(observer->belief, ask->endpoint, &now);
	/* a node whose answers cannot be read is not to be believed in anything */
	if (status != GW_OK && status != GW_ERR_UNAVAILABLE) {
		nodes_bad_answer(observer->nodes, ask->endpoint, err.text);
		nodes_drop(observer->nodes, ask->endpoint, err.text);
	}
	free(ask);
	drain(observer);
}

/* ---- what the belief wants -------------------------------------------------------------------------------------- */

static void ask_node(struct observer *observer, const struct belief_action *action)
{
	struct ask *ask = xcalloc(1, sizeof(*ask));
	const char *method = questions[action->type].method;
	char args[64] = "[]";

	*ask = (struct ask){
		.observer = observer, .type = action->type, .endpoint = action->endpoint, .ticket = action->ticket};
	if (action->type == BELIEF_ASK_WITNESS) {
		memcpy(ask->witness, action->witness, sizeof(ask->witness));
		snprintf(args, sizeof(args), "[\"%s\"]", action->witness); /* a checked account name */
	} else if (action->type == BELIEF_ASK_BLOCK) {
		method = action->full ? method : "get_block_header";
		snprintf(args, sizeof(args), "[%" PRIu32 "]", action->num);
	}
	nodes_call(observer->nodes, action->endpoint, questions[action->type].api, method, args, 0, on_answer, ask);
}

static void act(struct observer *observer, const struct belief_action *action)
{
	const struct observer_listener *listener = &observer->listener;

	switch (action->type) {
	case BELIEF_SUBSCRIBE:
		nodes_subscribe(observer->nodes, action->endpoint, action->full);
		break;
	case BELIEF_ASK_HEAD:
	case BELIEF_ASK_SCHEDULE:
	case BELIEF_ASK_WITNESS:
	case BELIEF_ASK_BLOCK:
		ask_node(observer, action);
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
		nodes_drop(observer->nodes, action->endpoint, action->text);
		break;
	}
}

/* A listener may cause further actions (a plugin that begins to watch a witness): the outer call takes them too. */
static void drain(struct observer *observer)
{
	struct belief_action action;

	if (observer->draining)
		return;
	observer->draining = true;
	while (belief_next(observer->belief, &action))
		act(observer, &action);
	observer->draining = false;
	observer->listener.actions_done(observer->listener.context);
}

/* ---- what the nodes send ---------------------------------------------------------------------------------------- */

/* Said once, not at each of its connections. */
static void refuse_chain(struct observer *observer, uint32_t endpoint, const char *why)
{
	char text[GW_TEXT_SIZE];

	snprintf(text, sizeof(text), "%s: %.180s", observer->public_urls[endpoint], why);
	if (endpoint == 0)
		memcpy(observer->wrong_chain, text, sizeof(text));
	if (!(observer->refused & (1u << endpoint))) {
		observer->refused |= 1u << endpoint;
		observer->listener.notice(observer->listener.context, endpoint == 0 ? GW_CRITICAL : GW_WARNING,
					  "wrong_chain", text);
	}
	nodes_drop(observer->nodes, endpoint, why);
}

/* nodes_lacking reports the outcome. */
static void on_probe(void *context, enum call_outcome outcome, const struct json *json)
{
	(void)context, (void)outcome, (void)json;
}

static void on_up(void *context, uint32_t endpoint, const struct chain_answer *chain)
{
	struct observer *observer = context;
	struct error err = {0};
	struct gw_now now;

	observer_now(observer, &now);
	if (belief_up(observer->belief, endpoint, chain, &now, &err)) {
		refuse_chain(observer, endpoint, err.text);
		return;
	}
	observer->own_accepted |= endpoint == 0;
	observer->refused &= ~(1u << endpoint);
	observer->connected |= 1u << endpoint;
	drain(observer);
	/* checks, before a transaction has to go out, that the call exists: without a transaction nothing is sent */
	nodes_call(observer->nodes, endpoint, "network_broadcast_api", "broadcast_transaction", "[]", 0, on_probe,
		   NULL);
}

static void on_down(void *context, uint32_t endpoint, const char *why)
{
	struct observer *observer = context;
	struct gw_now now;

	(void)why; /* nodes.c has logged it */
	if (!(observer->connected & (1u << endpoint)))
		return;
	observer->connected &= ~(1u << endpoint);
	observer_now(observer, &now);
	if (nodes_refused_to_read(observer->nodes, endpoint))
		belief_unreadable(observer->belief, endpoint);
	belief_down(observer->belief, endpoint, &now);
	drain(observer);
}

static void on_block(void *context, uint32_t endpoint, const struct block *block)
{
	struct observer *observer = context;
	struct gw_now now;

	if (!(observer->connected & (1u << endpoint)))
		return;
	observer_now(observer, &now);
	belief_block(observer->belief, endpoint, block, &now);
	drain(observer);
}

static void on_tick(void *context)
{
	struct observer *observer = context;
	struct gw_now now;

	observer_now(observer, &now);
	belief_tick(observer->belief, &now);
	drain(observer);
	loop_timer_set(observer->tick, TICK_MS);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct observer *observer_new(struct loop *loop, const struct config *config, const struct observer_listener *listener)
{
	struct observer *observer = xcalloc(1, sizeof(*observer));

	observer->loop = loop;
	observer->listener = *listener;
	observer->endpoints = (uint32_t)config->node_count;
	for (uint32_t i = 0; i < observer->endpoints; i++) {
		char url[256];

		nodes_url_public(url, sizeof(url), config->nodes[i]);
		observer->public_urls[i] = xstrdup(url);
	}

	struct belief_options belief = {.endpoints = observer->endpoints,
					.urls = (const char *const *)observer->public_urls,
					.witnesses_max = CONFIG_INSTANCES_MAX};
	memcpy(belief.chain_id, config->chain_id, sizeof(belief.chain_id));
	if (strcmp(config->chain_id, CONFIG_CHAIN_MAIN) == 0) {
		belief.interval_s = CONFIG_MAIN_INTERVAL;
		belief.max_witnesses = CONFIG_MAIN_WITNESSES;
	}
	observer->belief = belief_new(&belief);

	struct nodes_options nodes = {
		.count = observer->endpoints, .urls = (const char *const *)config->nodes, .ca_file = config->ca_file};
	struct nodes_events events = {.context = observer, .up = on_up, .down = on_down, .block = on_block};
	observer->nodes = nodes_new(loop, &nodes, &events);
	observer->tick = loop_timer_new(loop, on_tick, observer);
	loop_timer_set(observer->tick, TICK_MS);
	return observer;
}

void observer_free(struct observer *observer)
{
	if (!observer)
		return;
	observer->draining = true; /* what still comes back is not acted on */
	loop_timer_free(observer->tick);
	nodes_free(observer->nodes);
	belief_free(observer->belief);
	for (uint32_t i = 0; i < observer->endpoints; i++)
		free(observer->public_urls[i]);
	free(observer);
}

gw_status observer_add_witness(struct observer *observer, const char *witness, uint32_t endpoints)
{
	gw_status status = belief_watch(observer->belief, witness, endpoints);

	drain(observer);
	return status;
}

void observer_retain(struct observer *observer, bool (*is_needed)(void *context, const char *witness), void *context)
{
	belief_retain(observer->belief, is_needed, context);
}

struct belief *observer_belief(struct observer *observer)
{
	return observer->belief;
}

struct nodes *observer_nodes(struct observer *observer)
{
	return observer->nodes;
}

uint32_t observer_connected(const struct observer *observer)
{
	return observer->connected;
}

int observer_endpoint(const struct observer *observer, uint32_t turn)
{
	return belief_endpoint(observer->belief, turn);
}

const char *observer_endpoint_url(const struct observer *observer, uint32_t endpoint)
{
	const struct gw_nodes_event *nodes = belief_nodes(observer->belief);

	return endpoint < nodes->count ? nodes->nodes[endpoint]->url : "a node";
}

int observer_endpoint_in_sync(const struct observer *observer, uint32_t turn)
{
	return belief_endpoint_in_sync(observer->belief, turn);
}

bool observer_is_blind(const struct observer *observer, const char *witness, char ret_why[GW_TEXT_SIZE])
{
	char lacking[GW_TEXT_SIZE];
	struct gw_now now;

	observer_now(observer, &now);
	if (observer->connected & 1u && nodes_lacking(observer->nodes, 0, lacking)) {
		snprintf(ret_why, GW_TEXT_SIZE, "%.80s: %.160s", observer->public_urls[0], lacking);
		return true;
	}
	return belief_is_blind(observer->belief, witness, &now, ret_why);
}

bool observer_wrong_chain(const struct observer *observer, char ret_text[GW_TEXT_SIZE])
{
	if (observer->own_accepted || !observer->wrong_chain[0])
		return false;
	memcpy(ret_text, observer->wrong_chain, GW_TEXT_SIZE);
	return true;
}
