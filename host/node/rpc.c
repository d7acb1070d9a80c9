/* SPDX-License-Identifier: MIT
 *
 * JSON-RPC on one connection. Pure.
 */
#include "node/rpc.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/json_writer.h"
#include "base/memory.h"

struct subscription {
	uint32_t id; /* 0: not sent yet */
	bool full;
};

struct ended {
	uint32_t id;
	bool answered; /* false: its deadline passed */
};

struct rpc {
	uint32_t last_id;	  /* counts from 1 in each connection */
	struct rpc_call *waiting; /* utlist's */
	size_t waiting_count;
	struct rpc_call *in_flight[NODE_IN_FLIGHT_MAX]; /* NULL: free */
	struct subscription subscriptions[RPC_SUBSCRIPTIONS_MAX];
	size_t subscription_count;
	struct ended ended[RPC_ENDED_MAX]; /* a ring */
	size_t ended_count;		   /* ever */
};

void rpc_call_free(struct rpc_call *call)
{
	free(call->api);
	free(call->method);
	free(call->args_json);
	free(call);
}

struct rpc *rpc_new(void)
{
	return xcalloc(1, sizeof(struct rpc));
}

void rpc_free(struct rpc *rpc)
{
	for (struct rpc_call *call = rpc_reset(rpc), *next; call; call = next) {
		next = call->next;
		rpc_call_free(call);
	}
	free(rpc);
}

/* ---- sending ---------------------------------------------------------------------------------------------------- */

bool rpc_add(struct rpc *rpc, struct rpc_call *call)
{
	if (rpc->waiting_count >= NODE_QUEUE_MAX)
		return false;
	DL_APPEND(rpc->waiting, call);
	rpc->waiting_count++;
	return true;
}

bool rpc_subscribe(struct rpc *rpc, bool full)
{
	if (rpc->subscription_count >= RPC_SUBSCRIPTIONS_MAX)
		return false;
	rpc->subscriptions[rpc->subscription_count++] = (struct subscription){.full = full};
	return true;
}

static char *request_text(uint32_t id, const char *api, const char *method, const char *args_json)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_text(&w, "jsonrpc", "2.0");
	json_put_u64(&w, "id", id);
	json_put_text(&w, "method", "call");
	json_open(&w, "params", '[');
	json_put_text(&w, NULL, api);
	json_put_text(&w, NULL, method);
	json_put_raw_for_golosd(&w, NULL, args_json);
	json_close(&w, ']');
	json_close(&w, '}');
	return w.text;
}

static char *subscription_text(struct rpc *rpc)
{
	for (size_t i = 0; i < rpc->subscription_count; i++) {
		struct subscription *subscription = &rpc->subscriptions[i];

		if (subscription->id)
			continue;
		subscription->id = ++rpc->last_id;
		return request_text(subscription->id, "database_api", "set_block_applied_callback",
				    subscription->full ? "[\"full\"]" : "[\"header\"]");
	}
	return NULL;
}

static struct rpc_call *waiting_pop(struct rpc *rpc)
{
	struct rpc_call *call = rpc->waiting;

	if (!call)
		return NULL;
	DL_DELETE(rpc->waiting, call);
	rpc->waiting_count--;
	call->next = NULL;
	return call;
}

char *rpc_next_text(struct rpc *rpc, int64_t now_ms)
{
	char *text = subscription_text(rpc);

	for (size_t i = 0; !text && i < NODE_IN_FLIGHT_MAX; i++) {
		if (rpc->in_flight[i])
			continue;
		struct rpc_call *call = waiting_pop(rpc);

		if (!call)
			break;
		call->id = ++rpc->last_id;
		call->due_ms = now_ms + call->deadline_ms;
		rpc->in_flight[i] = call;
		text = request_text(call->id, call->api, call->method, call->args_json);
		free(call->args_json);
		call->args_json = NULL;
	}
	return text;
}

/* ---- deadlines -------------------------------------------------------------------------------------------------- */

static struct rpc_call *end_call(struct rpc *rpc, size_t index, bool answered)
{
	struct rpc_call *call = rpc->in_flight[index];

	rpc->in_flight[index] = NULL;
	rpc->ended[rpc->ended_count++ % RPC_ENDED_MAX] = (struct ended){call->id, answered};
	return call;
}

struct rpc_call *rpc_expired(struct rpc *rpc, int64_t now_ms)
{
	for (size_t i = 0; i < NODE_IN_FLIGHT_MAX; i++)
		if (rpc->in_flight[i] && rpc->in_flight[i]->due_ms <= now_ms)
			return end_call(rpc, i, false);
	return NULL;
}

int64_t rpc_next_due_ms(const struct rpc *rpc)
{
	int64_t due_ms = INT64_MAX;

	for (size_t i = 0; i < NODE_IN_FLIGHT_MAX; i++)
		if (rpc->in_flight[i] && rpc->in_flight[i]->due_ms < due_ms)
			due_ms = rpc->in_flight[i]->due_ms;
	return due_ms;
}

struct rpc_call *rpc_reset(struct rpc *rpc)
{
	struct rpc_call *all = NULL;

	for (size_t i = 0; i < NODE_IN_FLIGHT_MAX; i++)
		if (rpc->in_flight[i])
			DL_APPEND(all, rpc->in_flight[i]);
	DL_CONCAT(all, rpc->waiting);
	*rpc = (struct rpc){.waiting = NULL};
	return all;
}

/* ---- receiving -------------------------------------------------------------------------------------------------- */

static enum fault fault_set(struct error *err, enum fault fault, const char *text)
{
	error_set(err, GW_ERR_PROTOCOL, "%s", text);
	return fault;
}

static enum fault read_id(const struct json *reply, uint32_t *ret, struct error *err)
{
	const struct json *id;
	uint64_t number;

	if (!json_member(reply, "id", &id))
		return fault_set(err, FAULT_ID_FORM, "a reply without an id");
	if (json_is_null(id))
		return fault_set(err, FAULT_ID_NULL, "a reply with the id null: it could not read a request");
	if (json_is_string(id)) /* golosd does so above 2^32 alone */
		return fault_set(err, FAULT_ID_FORM, "a reply whose id is a string");
	if (json_get_u64(reply, "id", UINT32_MAX, &number, err))
		return FAULT_ID_FORM;
	*ret = (uint32_t)number;
	return FAULT_NONE;
}

/* The envelope of a reply: version, id, and result or error but not both. */
static enum fault read_reply(const struct json *reply, uint32_t *ret_id, const struct json **ret_result,
			     const struct json **ret_error, struct error *err)
{
	char version[8];
	const struct json *result = NULL, *error = NULL;

	if (!json_is_object(reply))
		return fault_set(err, FAULT_NOT_REPLY, "a message that is no JSON object");
	if (json_get_text(reply, "jsonrpc", version, sizeof(version), err))
		return FAULT_VERSION;
	if (strcmp(version, "2.0") != 0)
		return fault_set(err, FAULT_VERSION, "a reply whose \"jsonrpc\" is not 2.0");
	bool has_result = json_member(reply, "result", &result);
	bool has_error = json_member(reply, "error", &error);

	if (has_result && has_error)
		return fault_set(err, FAULT_BOTH, "a reply with both a result and an error");
	if (!has_result && !has_error)
		return fault_set(err, FAULT_NEITHER, "a reply with neither a result nor an error");
	if (has_error && !json_is_object(error))
		return fault_set(err, FAULT_ERROR_FORM, "an error that is no object");
	enum fault fault = read_id(reply, ret_id, err);

	if (!fault) {
		*ret_result = result;
		*ret_error = error;
	}
	return fault;
}

static enum fault judge_ended(struct rpc *rpc, uint32_t id, struct rpc_event *ret, struct error *err)
{
	for (size_t i = 0; i < RPC_ENDED_MAX && i < rpc->ended_count; i++) {
		struct ended *ended = &rpc->ended[i];

		if (ended->id != id)
			continue;
		if (ended->answered) {
			error_set(err, GW_ERR_PROTOCOL, "a second reply to request %u", id);
			return FAULT_ID_REPEATED;
		}
		ended->answered = true;
		ret->kind = RPC_LATE;
		return FAULT_NONE;
	}
	error_set(err, GW_ERR_PROTOCOL, "a reply to request %u, which was not made", id);
	return FAULT_ID_UNKNOWN;
}

static enum fault match(struct rpc *rpc, uint32_t id, const struct json *error, struct rpc_event *ret,
			struct error *err)
{
	for (size_t i = 0; i < rpc->subscription_count; i++) {
		if (rpc->subscriptions[i].id != id || id == 0)
			continue;
		if (error) {
			struct rpc_error why;

			rpc_error_parse(&why, error);
			error_set(err, GW_ERR_PROTOCOL, "the subscription is refused: %s", why.message);
			return FAULT_SUBSCRIPTION;
		}
		ret->kind = RPC_PUSH;
		return FAULT_NONE;
	}
	for (size_t i = 0; i < NODE_IN_FLIGHT_MAX; i++) {
		if (!rpc->in_flight[i] || rpc->in_flight[i]->id != id)
			continue;
		ret->kind = error ? RPC_ERROR : RPC_RESULT;
		ret->call = end_call(rpc, i, true);
		return FAULT_NONE;
	}
	return judge_ended(rpc, id, ret, err);
}

void rpc_receive(struct rpc *rpc, const char *text, size_t len, struct rpc_event *ret, struct error *err)
{
	const struct json *result = NULL, *error = NULL;
	uint32_t id = 0;

	*ret = (struct rpc_event){.kind = RPC_FAULT};
	gw_status status = json_parse(&ret->root, text, len, err);
	if (status)
		ret->fault = status == GW_ERR_RANGE ? FAULT_TOO_LONG : FAULT_NOT_JSON;
	else
		ret->fault = read_reply(ret->root, &id, &result, &error, err);
	if (!ret->fault)
		ret->fault = match(rpc, id, error, ret, err);
	ret->value = error ? error : result;
}
