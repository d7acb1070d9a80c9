/* SPDX-License-Identifier: MIT
 *
 * An endpoint's life: WAITING -> RESOLVING -> CONNECTING -> ASKING (get_config) -> UP, and from each of them back to
 * WAITING, whatever happened.
 */
#include "node/nodes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "node/fault.h"
#include "node/methods.h"
#include "node/resolve.h"
#include "node/rpc.h"
#include "node/url.h"
#include "node/ws_lws.h"

#define BACKOFF_MS	 500
#define BACKOFF_MAX_MS	 30000
#define OWN_BACKOFF_MAX	 4000
#define STABLE_MS	 10000
#define SAY_AGAIN_MS	 (10 * 60 * 1000) /* an endpoint that is not there is spoken of so often */
#define LOG_WINDOW_MS	 60000
#define LOG_WINDOW_LINES 10 /* lines about an endpoint's faults in one window */
#define LOGIN_SIZE	 (URL_SIZE * 4 / 3 + 16)

static_assert(LOOP_NETWORK_S * 1000 > NODE_DEADLINE_MS, "a handshake ends by our own limit first");

enum state { WAITING, RESOLVING, CONNECTING, ASKING, UP };

struct endpoint {
	struct nodes *nodes;
	uint32_t index;
	struct url url;
	char label[URL_SIZE]; /* the URL without its login */
	char authorization[LOGIN_SIZE];
	enum state state;
	bool refused_to_read;	      /* its connection is ended for that */
	bool reported_up, has_pushed; /* in this connection; a good block */
	struct resolve *resolve;
	struct resolved found;
	size_t first_address, tried; /* the addresses found are tried in a ring, from the first on */
	struct ws *ws;
	struct rpc *rpc;
	struct methods methods;	     /* on this connection */
	struct loop_timer *step;     /* ends WAITING; ends CONNECTING and ASKING that take too long */
	struct loop_timer *silence;  /* since the last block */
	struct loop_timer *deadline; /* of the requests in flight */
	uint32_t silence_ms;
	uint32_t backoff_ms;
	int64_t up_since_ms;
	uint64_t connections; /* that came up, ever */
	uint64_t faults;      /* ever */
	uint32_t tolerated;   /* in this connection */
	int64_t say_again_ms;
	char why[160]; /* of its last fault or failed try */
	int64_t log_window_ms;
	uint32_t log_lines; /* in this window */
};

struct nodes {
	struct loop *loop;
	struct nodes_options options; /* with defaults filled in; urls is not kept */
	struct nodes_events events;
	struct ws_client *client;
	bool tls;			   /* some endpoint is wss */
	bool looked;			   /* at ca_file, which then was: */
	struct stat ca_file;		   /* all 0: not to be read */
	struct rpc_call *over, **over_end; /* ended without an answer; called back soon, from the loop */
	struct loop_timer *tell_over;
	struct endpoint *endpoints;
};

/* ---- what is said ------------------------------------------------------------------------------------------------ */

/* A broken node must not fill the log. The line that reaches the limit says so. */
static void say_limited(struct endpoint *e, int32_t level, const char *what, const char *why)
{
	int64_t now_ms = loop_mono_ms();

	snprintf(e->why, sizeof(e->why), "%.150s", why);
	if (e->log_lines == 0 || now_ms - e->log_window_ms >= LOG_WINDOW_MS) {
		e->log_window_ms = now_ms;
		e->log_lines = 0;
	}
	if (e->log_lines++ >= LOG_WINDOW_LINES)
		return;
	log_line(level, "node", "%s: %s: %s%s", e->label, what, why,
		 e->log_lines == LOG_WINDOW_LINES ? " (more of its faults are not shown for a minute)" : "");
}

static void say_waiting(struct endpoint *e, const char *why)
{
	int64_t now_ms = loop_mono_ms();

	snprintf(e->why, sizeof(e->why), "%.150s", why);
	if (now_ms < e->say_again_ms)
		return;
	e->say_again_ms = now_ms + SAY_AGAIN_MS;
	log_line(GW_WARNING, "node", "%s: not up yet, waiting for it: %s", e->label, why);
}

/* ---- calls that end without an answer ---------------------------------------------------------------------------- */

static void add_over(struct nodes *nodes, struct rpc_call *calls)
{
	if (!calls)
		return;
	*nodes->over_end = calls;
	while (*nodes->over_end)
		nodes->over_end = &(*nodes->over_end)->next;
	loop_timer_set(nodes->tell_over, 0);
}

static void tell_over(void *context)
{
	struct nodes *nodes = context;
	struct rpc_call *call = nodes->over;

	nodes->over = NULL;
	nodes->over_end = &nodes->over;
	while (call) {
		struct rpc_call *next = call->next;

		call->done(call->context, CALL_NONE, NULL);
		rpc_call_free(call);
		call = next;
	}
}

/* ---- the end of a connection ------------------------------------------------------------------------------------- */

static void disconnect(struct endpoint *e)
{
	ws_free(e->ws);
	e->ws = NULL;
	resolve_cancel(e->resolve);
	e->resolve = NULL;
	loop_timer_set(e->step, -1);
	loop_timer_set(e->silence, -1);
	loop_timer_set(e->deadline, -1);
	e->tolerated = 0;
	e->has_pushed = false;
	memset(&e->methods, 0, sizeof(e->methods));
	add_over(e->nodes, rpc_reset(e->rpc));
}

/* Between 3/4 and 5/4 of the back-off, so that clients of a restarted node do not come all at once. */
static void wait_before_next(struct endpoint *e)
{
	const struct nodes_options *options = &e->nodes->options;
	/* each second that our own golosd is back and not followed is one in which this node could not take over */
	uint32_t most_ms = e->index == 0 ? options->own_backoff_max_ms : options->backoff_max_ms;

	loop_timer_set(e->step, e->backoff_ms - e->backoff_ms / 4 + arc4random_uniform(e->backoff_ms / 2 + 1));
	e->backoff_ms = e->backoff_ms > most_ms / 2 ? most_ms : e->backoff_ms * 2;
}

static void lose(struct endpoint *e, const char *borrowed_why)
{
	struct nodes *nodes = e->nodes;
	bool was_up = e->state == UP, reported_up = e->reported_up;
	char why[GW_TEXT_SIZE];

	snprintf(why, sizeof(why), "%s", borrowed_why); /* it may lie in what ends here */
	disconnect(e);
	e->state = WAITING;
	e->reported_up = false;
	if (was_up && loop_mono_ms() - e->up_since_ms >= nodes->options.stable_ms)
		e->backoff_ms = nodes->options.backoff_ms;
	else
		e->first_address++; /* another of the name's addresses may be better */
	wait_before_next(e);
	if (reported_up)
		say_limited(e, GW_WARNING, "down", why);
	else
		say_waiting(e, why);
	if (was_up)
		nodes->events.down(nodes->events.context, e->index, why);
}

/* May end the connection: nothing of it may be used after. */
static void blame(struct endpoint *e, enum fault fault, const char *why)
{
	const struct fault_rule *rule = fault_rule(fault);
	bool drops = rule->drops || ++e->tolerated >= FAULT_TOLERATED_MAX;

	e->faults++;
	if (!drops || e->reported_up) /* else lose() reports it, and not at each try */
		say_limited(e, GW_WARNING, rule->name, why);
	if (!drops)
		return;
	e->refused_to_read = fault == FAULT_TOO_LONG || fault == FAULT_NOT_JSON;
	lose(e, why);
	e->refused_to_read = false;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static void send_waiting(struct endpoint *e)
{
	int64_t now_ms = loop_mono_ms();
	char *text;

	while ((text = rpc_next_text(e->rpc, now_ms))) {
		ws_send(e->ws, text, strlen(text));
		free(text);
	}
	int64_t due_ms = rpc_next_due_ms(e->rpc);
	loop_timer_set(e->deadline, due_ms == INT64_MAX ? -1 : due_ms > now_ms ? due_ms - now_ms : 0);
}

static void note_end(struct endpoint *e, const struct rpc_call *call, enum method_outcome outcome,
		     const struct json *error_json)
{
	struct rpc_error error = {.code = 0};
	char text[GW_TEXT_SIZE];

	if (outcome == METHOD_ERROR)
		rpc_error_parse(&error, error_json);
	/* before it is up lose() says it, and not at each try */
	if (methods_note(&e->methods, call->api, call->method, outcome, &error, text) && e->state == UP)
		say_limited(e, outcome == METHOD_ANSWERED ? GW_INFO : GW_WARNING, "calls", text);
}

static void on_deadline(void *context)
{
	struct endpoint *e = context;
	struct rpc_call *call;

	while ((call = rpc_expired(e->rpc, loop_mono_ms()))) {
		log_line(GW_DEBUG, "node", "%s: no answer to %s.%s within %u ms", e->label, call->api, call->method,
			 call->deadline_ms);
		note_end(e, call, METHOD_SILENT, NULL);
		add_over(e->nodes, call);
	}
	send_waiting(e);
}

static struct rpc_call *new_call(const char *api, const char *method, const char *args_json, uint32_t deadline_ms,
				 call_done done, void *context)
{
	struct rpc_call *call = xcalloc(1, sizeof(*call));

	call->api = xstrdup(api);
	call->method = xstrdup(method);
	call->args_json = xstrdup(args_json);
	call->deadline_ms = deadline_ms ? deadline_ms : NODE_DEADLINE_MS;
	call->done = done;
	call->context = context;
	return call;
}

/* ---- certificates ------------------------------------------------------------------------------------------------ */

static struct stat ca_file_now(const struct nodes *nodes)
{
	const char *path = nodes->tls ? nodes->options.ca_file : NULL;
	struct stat file;

	if (!path || access(path, R_OK) || stat(path, &file))
		return (struct stat){.st_ino = 0};
	return file;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Certificates are renewed while we run: each try looks at the file. The last good ones stay until others are. */
static void look_at_ca_file(struct nodes *nodes)
{
	struct stat file = ca_file_now(nodes);
	struct error err;

	if (!nodes->client || !nodes->tls || !nodes->options.ca_file)
		return;
	if (nodes->looked && is_same_file(&file, &nodes->ca_file))
		return;
	nodes->looked = true;
	nodes->ca_file = file;
	if (ws_client_trust(nodes->client, nodes->options.ca_file, &err))
		log_line(GW_CRITICAL, "node", "%s: no wss node will be trusted by what it now holds", err.text);
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

static void connection_failed(struct endpoint *e, const char *why);

static void on_config(void *context, enum call_outcome outcome, const struct json *json)
{
	struct endpoint *e = context;
	struct nodes *nodes = e->nodes;
	char lacking[GW_TEXT_SIZE];
	struct chain_answer chain;
	struct error err;

	if (outcome == CALL_NONE)
		return; /* the connection has ended, and lose() saw to all */
	if (outcome == CALL_ERROR) {
		struct rpc_error refusal;

		rpc_error_parse(&refusal, json);
		connection_failed(e, methods_lacking(&e->methods, lacking) ? lacking : refusal.message);
		return;
	}
	if (chain_answer_parse(&chain, json, &err)) {
		blame(e, FAULT_CONFIG, err.text);
		return;
	}
	e->state = UP;
	e->up_since_ms = loop_mono_ms();
	e->silence_ms = nodes->options.silence_ms;
	if (e->silence_ms == 0)
		e->silence_ms = (chain.interval_s * 5 > NODE_SILENCE_S ? chain.interval_s * 5 : NODE_SILENCE_S) * 1000;
	loop_timer_set(e->step, -1);
	nodes->events.up(nodes->events.context, e->index, &chain);
	if (e->state != UP) /* refused as soon as it was up */
		return;
	e->reported_up = true;
	e->say_again_ms = 0;
	log_line(GW_INFO, "node", "%s: up", e->label);
}

static void on_opened(void *context)
{
	struct endpoint *e = context;

	e->state = ASKING;
	if (rpc_add(e->rpc, new_call("database_api", "get_config", "[]", e->nodes->options.handshake_ms, on_config, e)))
		send_waiting(e);
}

static void on_message(void *context, const char *text, size_t len);
static void on_misuse(void *context, enum ws_misuse misuse);
static void on_closed(void *context, const char *why);

static void connect_next_address(struct endpoint *e)
{
	static const struct ws_handlers handlers = {on_opened, on_message, on_misuse, on_closed};
	struct ws_target target = {
		.tls = e->url.tls,
		.port = e->url.port,
		.address = e->found.address[(e->first_address + e->tried++) % e->found.count],
		.host = e->url.host,
		.path = e->url.path,
		.authorization = e->authorization[0] ? e->authorization : NULL,
	};

	e->state = CONNECTING;
	loop_timer_set(e->step, e->nodes->options.handshake_ms);
	e->ws = ws_open(e->nodes->client, &target, NODE_MESSAGE_MAX, &handlers, e);
}

static void on_resolved(void *context, const struct resolved *resolved)
{
	struct endpoint *e = context;

	e->resolve = NULL;
	if (resolved->count == 0) {
		lose(e, resolved->why);
		return;
	}
	e->found = *resolved;
	e->tried = 0;
	connect_next_address(e);
}

/* A failure, a refusal or silence before the endpoint is up tries the name's next address at once. */
static void connection_failed(struct endpoint *e, const char *why)
{
	if ((e->state == CONNECTING || e->state == ASKING) && e->tried < e->found.count) {
		disconnect(e);
		connect_next_address(e);
	} else {
		lose(e, why);
	}
}

/* A proxy may close every connection after seconds: what has shown a block till then is worth a prompt return. */
static void on_closed(void *context, const char *why)
{
	struct endpoint *e = context;

	if (e->state == UP && e->has_pushed)
		e->backoff_ms = e->nodes->options.backoff_ms;
	connection_failed(e, why);
}

static void on_step(void *context)
{
	struct endpoint *e = context;

	if (e->state == WAITING) {
		look_at_ca_file(e->nodes);
		e->state = RESOLVING;
		e->resolve = resolve_start(e->nodes->loop, e->url.host, on_resolved, e);
	} else {
		connection_failed(e, e->state == CONNECTING ? "no connection within the time allowed"
							    : "connected, but get_config is not answered");
	}
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void on_silence(void *context)
{
	struct endpoint *e = context;
	char why[GW_TEXT_SIZE];

	snprintf(why, sizeof(why), "no block for %.1f s: the subscription is dead", e->silence_ms / 1000.0);
	lose(e, why);
}

static void take_block(struct endpoint *e, struct rpc_event *event)
{
	const struct nodes_events *events = &e->nodes->events;
	struct block block;
	struct error err;

	gw_status status = block_parse(&block, event->value, &err);
	json_free(event->root);
	if (status) {
		blame(e, FAULT_BLOCK, err.text);
		return;
	}
	loop_timer_set(e->silence, e->silence_ms);
	e->has_pushed = true;
	events->block(events->context, e->index, &block);
	block_free(&block);
}

static void take_answer(struct endpoint *e, struct rpc_event *event)
{
	struct rpc_call *call = event->call;

	send_waiting(e); /* before the callback: it may end the connection */
	note_end(e, call, event->kind == RPC_RESULT ? METHOD_ANSWERED : METHOD_ERROR, event->value);
	call->done(call->context, event->kind == RPC_RESULT ? CALL_RESULT : CALL_ERROR, event->value);
	rpc_call_free(call);
	json_free(event->root);
}

static void on_message(void *context, const char *text, size_t len)
{
	struct endpoint *e = context;
	struct rpc_event event;
	struct error err;

	rpc_receive(e->rpc, text, len, &event, &err);
	switch (event.kind) {
	case RPC_RESULT:
	case RPC_ERROR:
		take_answer(e, &event);
		break;
	case RPC_PUSH:
		take_block(e, &event);
		break;
	case RPC_LATE:
		log_line(GW_DEBUG, "node", "%s: an answer after its deadline", e->label);
		json_free(event.root);
		break;
	case RPC_FAULT:
		json_free(event.root);
		blame(e, event.fault, err.text);
		break;
	}
}

static void on_misuse(void *context, enum ws_misuse misuse)
{
	char text[80];

	snprintf(text, sizeof(text), "a message of more than %u bytes", NODE_MESSAGE_MAX);
	blame(context, misuse == WS_BINARY ? FAULT_BINARY : FAULT_TOO_LONG,
	      misuse == WS_BINARY ? "golosd sends text alone" : text);
}

/* ---- for the host ------------------------------------------------------------------------------------------------ */

void nodes_subscribe(struct nodes *nodes, uint32_t endpoint, bool full)
{
	struct endpoint *e = &nodes->endpoints[endpoint];

	if (e->state != UP || !rpc_subscribe(e->rpc, full))
		return;
	send_waiting(e);
	loop_timer_set(e->silence, e->silence_ms);
}

void nodes_call(struct nodes *nodes, uint32_t endpoint, const char *api, const char *method, const char *args_json,
		uint32_t deadline_ms, call_done done, void *context)
{
	struct endpoint *e = &nodes->endpoints[endpoint];
	struct rpc_call *call = new_call(api, method, args_json, deadline_ms, done, context);

	if (e->state == UP && rpc_add(e->rpc, call))
		send_waiting(e);
	else
		add_over(nodes, call);
}

void nodes_drop(struct nodes *nodes, uint32_t endpoint, const char *why)
{
	struct endpoint *e = &nodes->endpoints[endpoint];

	if (e->state != WAITING)
		lose(e, why);
}

void nodes_bad_answer(struct nodes *nodes, uint32_t endpoint, const char *why)
{
	blame(&nodes->endpoints[endpoint], FAULT_ANSWER, why);
}

uint64_t nodes_protocol_errors(const struct nodes *nodes, uint32_t endpoint)
{
	return nodes->endpoints[endpoint].faults;
}

uint64_t nodes_connections(const struct nodes *nodes, uint32_t endpoint)
{
	return nodes->endpoints[endpoint].connections;
}

bool nodes_refused_to_read(const struct nodes *nodes, uint32_t endpoint)
{
	return nodes->endpoints[endpoint].refused_to_read;
}

const char *nodes_why(const struct nodes *nodes, uint32_t endpoint)
{
	return nodes->endpoints[endpoint].why;
}

bool nodes_lacking(const struct nodes *nodes, uint32_t endpoint, char ret_text[GW_TEXT_SIZE])
{
	return methods_lacking(&nodes->endpoints[endpoint].methods, ret_text);
}

size_t nodes_missing_apis(const struct nodes *nodes, uint32_t endpoint, const char *ret[METHODS_MAX])
{
	return methods_missing_apis(&nodes->endpoints[endpoint].methods, ret);
}

/* ---- beginning and end ------------------------------------------------------------------------------------------- */

static void set_default(uint32_t *option, uint32_t value)
{
	if (*option == 0)
		*option = value;
}

static void endpoint_init(struct nodes *nodes, uint32_t index, const char *url)
{
	struct endpoint *e = &nodes->endpoints[index];
	struct error err;

	e->nodes = nodes;
	e->index = index;
	e->backoff_ms = nodes->options.backoff_ms;
	e->rpc = rpc_new();
	e->step = loop_timer_new(nodes->loop, on_step, e);
	e->silence = loop_timer_new(nodes->loop, on_silence, e);
	e->deadline = loop_timer_new(nodes->loop, on_deadline, e);
	nodes_url_public(e->label, sizeof(e->label), url);
	if (url_parse(&e->url, url, &err)) {
		log_line(GW_CRITICAL, "node", "%s", err.text);
		return;
	}
	url_authorization(e->authorization, sizeof(e->authorization), &e->url);
	loop_timer_set(e->step, 0);
}

struct nodes *nodes_new(struct loop *loop, const struct nodes_options *options, const struct nodes_events *events)
{
	struct nodes *nodes = xcalloc(1, sizeof(*nodes));

	nodes->loop = loop;
	nodes->options = *options;
	nodes->options.urls = NULL;
	set_default(&nodes->options.handshake_ms, NODE_DEADLINE_MS);
	set_default(&nodes->options.backoff_ms, BACKOFF_MS);
	set_default(&nodes->options.backoff_max_ms, BACKOFF_MAX_MS);
	set_default(&nodes->options.own_backoff_max_ms, OWN_BACKOFF_MAX);
	set_default(&nodes->options.stable_ms, STABLE_MS);
	nodes->events = *events;
	nodes->over_end = &nodes->over;
	nodes->tell_over = loop_timer_new(loop, tell_over, nodes);
	nodes->endpoints = xcalloc(options->count, sizeof(*nodes->endpoints));
	for (uint32_t i = 0; i < options->count; i++) {
		endpoint_init(nodes, i, options->urls[i]);
		nodes->tls = nodes->tls || nodes->endpoints[i].url.tls;
	}
	nodes->client = ws_client_new(loop, nodes->tls, options->ca_file != NULL);
	if (!nodes->client)
		log_line(GW_CRITICAL, "node", "libwebsockets refuses a client%s", nodes->tls ? " for wss" : "");
	look_at_ca_file(nodes);
	return nodes;
}

void nodes_free(struct nodes *nodes)
{
	if (!nodes)
		return;
	for (uint32_t i = 0; i < nodes->options.count; i++) {
		disconnect(&nodes->endpoints[i]);
		nodes->endpoints[i].state = WAITING;
	}
	while (nodes->over) /* a callback may call again, in vain */
		tell_over(nodes);
	for (struct endpoint *e = nodes->endpoints; e < nodes->endpoints + nodes->options.count; e++) {
		loop_timer_free(e->step);
		loop_timer_free(e->silence);
		loop_timer_free(e->deadline);
		rpc_free(e->rpc);
		explicit_bzero(&e->url, sizeof(e->url));
		explicit_bzero(e->authorization, sizeof(e->authorization));
	}
	loop_timer_free(nodes->tell_over);
	ws_client_free(nodes->client);
	free(nodes->endpoints);
	free(nodes);
}
