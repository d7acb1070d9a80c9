/* SPDX-License-Identifier: MIT
 *
 * The list of golosd endpoints: one websocket each, kept connected for ever, JSON-RPC over it, block subscriptions.
 * Knows nothing of what the answers mean for the chain. [loop]
 * Source: docs/protocol.md 1, 2, 6; recordings 02-sub-*, 04-errors, 10-ws-handshake.txt.
 */
#ifndef NODE_NODES_H
#define NODE_NODES_H

#include "loop/loop.h"
#include "node/answers.h"
#include "node/methods.h"

#define NODE_MESSAGE_MAX   (32u << 20) /* bytes of one message: golosd's own limit */
#define NODE_IN_FLIGHT_MAX 2u	       /* a waiting request can starve golosd's others (docs/protocol.md 1) */
#define NODE_QUEUE_MAX	   4096u       /* requests waiting for their turn */
#define NODE_DEADLINE_MS   10000       /* default for an answer */
#define NODE_SILENCE_S	   15	       /* without a block: the subscription is dead though TCP lives */

struct nodes;

enum call_outcome {
	CALL_RESULT, /* json is the result */
	CALL_ERROR,  /* json is the error object */
	CALL_NONE,   /* deadline passed, connection lost, or the queue was full: json is NULL */
};
typedef void (*call_done)(void *context, enum call_outcome outcome, const struct json *json);

struct nodes_events {
	void *context;
	/* Connected, and get_config read. */
	void (*up)(void *context, uint32_t endpoint, const struct chain_answer *chain);
	void (*down)(void *context, uint32_t endpoint, const char *why);
	/* A block of a subscription. Borrowed. */
	void (*block)(void *context, uint32_t endpoint, const struct block *block);
};

struct nodes_options {
	uint32_t count;
	const char *const *urls; /* ws://[user:password@]host[:port][/path], wss://… ; checked by nodes_url_check */
	const char *ca_file;	 /* for wss; NULL: the system's */
	/* 0 in each: the default. Tests make them short. */
	uint32_t silence_ms;	     /* NODE_SILENCE_S, or 5 intervals of the chain where that is longer */
	uint32_t handshake_ms;	     /* from connecting until get_config is read: NODE_DEADLINE_MS */
	uint32_t backoff_ms;	     /* the first wait before connecting anew, doubled with each failure: 500 */
	uint32_t backoff_max_ms;     /* 30000 */
	uint32_t own_backoff_max_ms; /* of the first endpoint, the golosd on this machine: 4000 */
	uint32_t stable_ms;	     /* up so long, the next back-off is the first again: 10000 */
};

/* One sentence of what is wrong with an endpoint's URL. */
NODISCARD gw_status nodes_url_check(const char *url, struct error *err);
/* The URL without user and password, for people. */
void nodes_url_public(char *ret, size_t size, const char *url);

/* Begins to connect at once; reconnects with back-off and jitter, for ever. Names are resolved in a worker thread, anew
 * at each try. A URL that nodes_url_check refuses is never connected to. options is copied but for *ca_file. */
struct nodes *nodes_new(struct loop *loop, const struct nodes_options *options, const struct nodes_events *events);
/* Calls still open end with CALL_NONE; `down` is not called. Not from inside a callback. NULL is fine. */
void nodes_free(struct nodes *nodes);

/* Adds a block subscription to an endpoint that is up; it lasts as long as the connection. */
void nodes_subscribe(struct nodes *nodes, uint32_t endpoint, bool full);
/* Calls API.METHOD with args_json (an array's text, UTF-8 as it is). `done` is called once, never from inside
 * nodes_call. deadline_ms 0: the default; it counts from the sending. */
void nodes_call(struct nodes *nodes, uint32_t endpoint, const char *api, const char *method, const char *args_json,
		uint32_t deadline_ms, call_done done, void *context);
/* Closes the connection and connects anew after the back-off. `down` is called before it returns if the endpoint was
 * up, and `done` of its calls soon after. */
void nodes_drop(struct nodes *nodes, uint32_t endpoint, const char *why);
/* The asker found that an answer has not its method's form: counted and logged as a protocol error of the node. */
void nodes_bad_answer(struct nodes *nodes, uint32_t endpoint, const char *why);
/* Protocol errors of an endpoint since the start. fault.c has the table of which of them drop the connection. */
uint64_t nodes_protocol_errors(const struct nodes *nodes, uint32_t endpoint);
/* How often it has come up since the start. */
uint64_t nodes_connections(const struct nodes *nodes, uint32_t endpoint);
/* Inside of `down`: the connection was ended for a message that is too big or no JSON. */
bool nodes_refused_to_read(const struct nodes *nodes, uint32_t endpoint);
/* The newest fault of an endpoint, for people; "": none. Borrowed until the loop goes on. */
const char *nodes_why(const struct nodes *nodes, uint32_t endpoint);
/* True: on this connection it has answered that it does not have a call which the host needs; ret_text names it. */
bool nodes_lacking(const struct nodes *nodes, uint32_t endpoint, char ret_text[GW_TEXT_SIZE]);
/* The APIs that it has answered not to have, for machines: their number, METHODS_MAX at most. */
size_t nodes_missing_apis(const struct nodes *nodes, uint32_t endpoint, const char *ret[METHODS_MAX]);

#endif
