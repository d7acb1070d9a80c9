/* SPDX-License-Identifier: MIT
 * The nodes for a command. Runs in golos-watch. */
#include "cli/chain_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graphene/operation.h"

#define POLL_MS	       200
#define OWN_NODE_MS    1000 /* how long the own node is waited for once another is up */
#define SILENT_NODE_MS 8000
#define CALL_GRACE_MS  2000 /* past the node's own deadline, which always ends a call */

struct chain_client {
	struct loop *loop;
	struct observer *observer;
	struct authorities *authorities; /* both NULL until a signer is added */
	struct submitter *submitter;
	struct loop_timer *timer;
	bool (*ready)(void *context);
	void *ready_context;
	bool is_ready;
	int64_t end_ms, first_up_ms;
	char why[GW_TEXT_SIZE]; /* the last thing that the observer complained of */
};

/* ---- the observer's events -------------------------------------------------------------------------------------- */

static void look(struct chain_client *client)
{
	if (!client->ready || client->is_ready)
		return;
	client->is_ready = client->ready(client->ready_context);
	if (client->is_ready || loop_mono_ms() >= client->end_ms)
		loop_stop(client->loop);
}

static void on_block(void *context, const struct gw_block_event *event, const struct block_transaction *transactions,
		     size_t count)
{
	struct chain_client *client = context;

	if (client->submitter)
		submitter_block(client->submitter, event, transactions, count);
}

static void on_witness(void *context, const struct gw_witness_event *event)
{
	(void)context, (void)event;
}

static void on_nodes(void *context, const struct gw_nodes_event *event)
{
	struct chain_client *client = context;

	(void)event;
	if (!client->submitter)
		return;
	submitter_endpoints(client->submitter);
	authorities_endpoints(client->authorities);
}

static void on_notice(void *context, int32_t severity, const char *code, const char *text)
{
	struct chain_client *client = context;

	(void)severity, (void)code;
	snprintf(client->why, sizeof(client->why), "%s", text);
}

static void on_actions_done(void *context)
{
	struct chain_client *client = context;

	if (client->submitter)
		submitter_view(client->submitter);
	look(client);
}

/* A signer that was late may have answered by now. */
static void on_timer(void *context)
{
	struct chain_client *client = context;

	if (client->submitter)
		submitter_sign_waiting(client->submitter);
	look(client);
	loop_timer_set(client->timer, POLL_MS);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

bool chain_client_wait(struct chain_client *client, bool (*ready)(void *context), void *context, int64_t timeout_ms)
{
	client->ready = ready;
	client->ready_context = context;
	client->is_ready = ready(context);
	client->end_ms = loop_mono_ms() + timeout_ms;
	if (!client->is_ready) {
		loop_timer_set(client->timer, POLL_MS);
		loop_run(client->loop);
		loop_timer_set(client->timer, -1);
	}
	client->ready = NULL;
	return client->is_ready;
}

struct heads {
	struct chain_client *client;
	int64_t first_ms; /* when a node told its head; 0: none did */
};

static bool are_heads_known(void *context)
{
	struct heads *heads = context;
	const struct gw_nodes_event *nodes = belief_nodes(observer_belief(heads->client->observer));
	uint32_t told = 0;
	struct gw_now now;

	observer_now(heads->client->observer, &now);
	for (uint32_t i = 0; i < nodes->count; i++)
		told += nodes->nodes[i]->connected && nodes->nodes[i]->head_num > 0;
	if (told > 0 && heads->first_ms == 0)
		heads->first_ms = now.mono_ms;
	return (told == nodes->count && now.chain_ms != 0) ||
	       (told > 0 && now.mono_ms - heads->first_ms >= SILENT_NODE_MS);
}

void chain_client_wait_heads(struct chain_client *client)
{
	struct heads heads = {.client = client};

	chain_client_wait(client, are_heads_known, &heads, CHAIN_HEAD_MS);
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

/* Freed by whoever of the two is last: the answer may come after the wait was given up. */
struct question {
	bool answered, abandoned;
	enum call_outcome outcome;
	char *text;
};

static void on_answer(void *context, enum call_outcome outcome, const struct json *json)
{
	struct question *question = context;

	if (question->abandoned) {
		free(question);
		return;
	}
	question->answered = true;
	question->outcome = outcome;
	question->text = outcome == CALL_NONE ? NULL : json_text(json);
}

static bool is_answered(void *context)
{
	return ((struct question *)context)->answered;
}

static gw_status read_outcome(const struct question *question, const char *method, struct json **ret,
			      struct rpc_error *ret_error, struct error *err)
{
	struct rpc_error error = {0};
	struct json *json = NULL;

	if (!question->text)
		return error_set(err, GW_ERR_UNAVAILABLE, "the node does not answer %s", method);
	gw_status r = json_parse(&json, question->text, strlen(question->text), err);
	if (r || question->outcome == CALL_RESULT) {
		*ret = r ? NULL : json;
		return r;
	}
	rpc_error_parse(&error, json);
	json_free(json);
	if (ret_error)
		*ret_error = error;
	return error_set(err, GW_ERR_PROTOCOL, "golosd: %s", error.message);
}

gw_status chain_client_ask(struct chain_client *client, uint32_t endpoint, const char *api, const char *method,
			   const char *args_json, struct json **ret, struct rpc_error *ret_error, struct error *err)
{
	struct question *question = xcalloc(1, sizeof(*question));

	nodes_call(observer_nodes(client->observer), endpoint, api, method, args_json, 0, on_answer, question);
	if (!chain_client_wait(client, is_answered, question, NODE_DEADLINE_MS + CALL_GRACE_MS)) {
		question->abandoned = true;
		return error_set(err, GW_ERR_UNAVAILABLE, "the node does not answer %s", method);
	}
	gw_status r = read_outcome(question, method, ret, ret_error, err);
	free(question->text);
	free(question);
	return r;
}

gw_status chain_client_ask_any(struct chain_client *client, const char *api, const char *method, const char *args_json,
			       struct json **ret, struct error *err)
{
	int endpoint = observer_endpoint(client->observer, 0);

	if (endpoint < 0)
		return error_set(err, GW_ERR_UNAVAILABLE, "no node is connected any more");
	return chain_client_ask(client, (uint32_t)endpoint, api, method, args_json, ret, NULL, err);
}

gw_status chain_client_round(struct chain_client *client, const char *witness, struct chain_round *ret,
			     struct error *err)
{
	struct json *schedule = NULL, *head = NULL;
	struct schedule_answer answer = {.count = 0};
	gw_status r = chain_client_ask_any(client, "witness_api", "get_witness_schedule", "[]", &schedule, err);

	if (!r)
		r = schedule_answer_parse(&answer, schedule, err);
	if (!r)
		r = chain_client_ask_any(client, "database_api", "get_dynamic_global_properties", "[]", &head, err);
	if (!r)
		r = head_answer_parse(&ret->head, head, err);
	json_free(schedule);
	json_free(head);
	if (r)
		return r;
	ret->slots = answer.count;
	ret->places = 0;
	for (uint32_t i = 0; i < answer.count; i++)
		ret->places += strcmp(answer.names[i], witness) == 0;
	return GW_OK;
}

gw_status chain_client_witness(struct chain_client *client, const char *name, struct json **ret,
			       struct witness_answer *ret_answer, struct error *err)
{
	char args[GW_ACCOUNT_SIZE + 8];
	struct json *json = NULL;

	if (!account_name_is_valid(name))
		return error_set(err, GW_ERR_SYNTAX, "\"%.40s\" is no account name", name);
	snprintf(args, sizeof(args), "[\"%s\"]", name);
	gw_status r = chain_client_ask_any(client, "witness_api", "get_witness_by_account", args, &json, err);
	if (r)
		return r;
	r = witness_answer_parse(ret_answer, name, json, err);
	if (!r && !ret_answer->exists)
		r = error_set(err, GW_ERR_NOT_FOUND, "the chain has no witness %s", name);
	if (r)
		json_free(json);
	else
		*ret = json;
	return r;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool is_up(void *context)
{
	struct chain_client *client = context;
	uint32_t connected = observer_connected(client->observer);
	char why[GW_TEXT_SIZE];

	if (connected && client->first_up_ms == 0)
		client->first_up_ms = loop_mono_ms();
	return connected & 1u || (connected && loop_mono_ms() - client->first_up_ms >= OWN_NODE_MS) ||
	       observer_wrong_chain(client->observer, why);
}

/* Each node with what is wrong with it, as far as there is room. */
static gw_status say_silence(const struct chain_client *client, const struct config *config, struct error *err)
{
	char whys[400] = "";

	for (uint32_t i = 0; i < config->node_count && !client->why[0]; i++) {
		const char *why = nodes_why(observer_nodes(client->observer), i);
		size_t len = strlen(whys);

		snprintf(whys + len, sizeof(whys) - len, "%s%s: %s", i ? "; " : "",
			 observer_endpoint_url(client->observer, i), why[0] ? why : "no answer");
	}
	return error_set(err, GW_ERR_UNAVAILABLE, "no node answers within %d s: %s", CHAIN_CONNECT_MS / 1000,
			 client->why[0] ? client->why : whys);
}

gw_status chain_client_open(struct chain_client **ret, const struct config *config, struct error *err)
{
	char why[GW_TEXT_SIZE];

	if (config->node_count == 0)
		return error_set(err, GW_ERR_CONFIG, "no node is named: give -c FILE or --node URL");
	struct chain_client *client = xcalloc(1, sizeof(*client));
	gw_status r = loop_new(&client->loop, err);
	if (r) {
		free(client);
		return r;
	}
	struct observer_listener listener = {.context = client,
					     .block = on_block,
					     .witness = on_witness,
					     .nodes = on_nodes,
					     .notice = on_notice,
					     .actions_done = on_actions_done};
	client->timer = loop_timer_new(client->loop, on_timer, client);
	client->observer = observer_new(client->loop, config, &listener);
	if (!chain_client_wait(client, is_up, client, CHAIN_CONNECT_MS))
		r = say_silence(client, config, err);
	else if (observer_wrong_chain(client->observer, why))
		r = error_set(err, GW_ERR_UNSUPPORTED, "%s", why);
	if (r) {
		chain_client_free(client);
		return r;
	}
	*ret = client;
	return GW_OK;
}

void chain_client_free(struct chain_client *client)
{
	if (!client)
		return;
	observer_free(client->observer); /* which tells authorities and submitter that no answer comes */
	authorities_free(client->authorities);
	submitter_free(client->submitter);
	loop_timer_free(client->timer);
	loop_free(client->loop);
	free(client);
}

struct observer *chain_client_observer(struct chain_client *client)
{
	return client->observer;
}

/* Whoever waits for it looks five times a second. */
static void on_authority(void *context, const char *witness, enum authorities_part part)
{
	(void)context, (void)witness, (void)part;
}

void chain_client_add_signer(struct chain_client *client, struct signer *signer,
			     const struct submitter_effects *effects)
{
	client->authorities = authorities_new(client->loop, client->observer, signer, on_authority, client);

	struct submitter_parts parts = {.loop = client->loop,
					.observer = client->observer,
					.signer = signer,
					.authorities = client->authorities,
					.effects = *effects};
	client->submitter = submitter_new(&parts);
}

struct authorities *chain_client_authorities(struct chain_client *client)
{
	return client->authorities;
}

struct submitter *chain_client_submitter(struct chain_client *client)
{
	return client->submitter;
}
