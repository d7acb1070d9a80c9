/* SPDX-License-Identifier: MIT
 *
 * What clients of the devnet's nodes see: answers, pushed blocks, and the faults that lie between a healthy chain and
 * its client. Text in, text out; sockets are server.c's. One thread.
 */
#ifndef DEVNET_WIRE_H
#define DEVNET_WIRE_H

#include "devnet/network.h"
#include "devnet/rpc.h"

#define SUBSCRIPTIONS_MAX 4096
#define WAITING_MAX	  4096
#define DELAYED_MAX	  65536
#define CLIENTS_MAX	  1024

struct wire_output {
	void *context;
	void (*send)(void *context, uint64_t client, const char *text);
	void (*close)(void *context, uint64_t client); /* at once, without a word, as a dying process does */
	void (*send_bytes)(void *context, uint64_t client, const uint8_t *bytes, size_t len); /* past the framing */
};

struct wire_options {
	bool manual_clock;			     /* chain time moves by devnet_api.advance alone */
	int64_t behind_ms;			     /* the network's clock, behind this machine's */
	bool skip_virtual_ops;			     /* of every node at first */
	struct secret_key active_keys[ACCOUNTS_MAX]; /* by account: for devnet_api.witness_update */
	const char *blockchain_name;		     /* get_config's BLOCKCHAIN_NAME */
};

enum block_form { FORM_BLOCK, FORM_HEADER, FORM_VIRTUAL, FORM_FULL, FORM_PENDING /* transactions as accepted */ };

struct subscription {
	uint64_t client;
	size_t node;
	char *id; /* owned, JSON */
	enum block_form form;
};

struct waiting { /* a synchronous broadcast */
	uint64_t client;
	size_t node;
	char *id; /* owned, JSON */
	char transaction_id[GW_ID_SIZE];
	int64_t expiration_s;
};

struct delayed {
	int64_t time_ms;
	uint64_t client;
	char *text; /* owned */
};

#define FAILING_MAX 4

/* Calls that a node fails, or never answers. */
struct failing_calls {
	char api[32];	 /* "": a free place */
	char method[48]; /* "": each of the API */
	int code;	 /* 0: no answer */
	char text[GW_TEXT_SIZE];
};

struct node_faults {
	bool frozen; /* TCP lives, nothing is said */
	bool skip_virtual_ops;
	int64_t stall_ms; /* before each answer */
	uint64_t swallow; /* so many next broadcasts are answered as accepted, and lost */
	uint64_t refuse;  /* so many next broadcasts are refused with: */
	int refuse_code;
	int64_t refuse_data_code;
	char refuse_text[GW_TEXT_SIZE];
	struct failing_calls failing[FAILING_MAX];
};

/* A market, as market_history tells of it; numbers as golosd writes them: text. */
#define TICKERS_MAX	   8
#define TICKER_SYMBOL_SIZE 24
#define TICKER_NUMBER_SIZE 32
struct ticker {
	char symbols[2][TICKER_SYMBOL_SIZE];
	char latest[TICKER_NUMBER_SIZE], highest_bid[TICKER_NUMBER_SIZE], lowest_ask[TICKER_NUMBER_SIZE];
};

struct client {
	uint64_t id; /* 0: free */
	size_t node;
};

struct wire {
	struct network *net;
	struct wire_options options;
	struct wire_output output;
	int64_t now_ms; /* real time, for stalled answers */
	uint64_t last_client;
	struct client clients[CLIENTS_MAX];
	struct node_faults faults[NODES_MAX];
	size_t ticker_count;
	struct ticker tickers[TICKERS_MAX];
	size_t subscription_count, waiting_count, delayed_count;
	struct subscription *subscriptions;
	struct waiting *waiting;
	struct delayed *delayed;
};

/* `genesis` and the options are copied. */
struct wire *wire_new(const struct genesis *genesis, size_t node_count, const struct wire_options *options,
		      const struct wire_output *output);
void wire_free(struct wire *wire);

/* 0: refused, for the node is dead or there are too many. */
uint64_t wire_connect(struct wire *wire, size_t node);
void wire_disconnect(struct wire *wire, uint64_t client);
void wire_receive(struct wire *wire, uint64_t client, const char *text, size_t len, bool binary);

/* Lets real time pass: slots and messages unless the clock is manual, stalled answers in both cases. */
void wire_advance(struct wire *wire, int64_t now_ms);
int64_t wire_next_ms(const struct wire *wire); /* when wire_advance has something to do again */

/* ---- for the methods ----------------------------------------------------------------------------------------- */

const struct ticker *wire_ticker(const struct wire *wire, const char *first, const char *second); /* NULL: no market */
/* false: there are too many. */
bool wire_set_ticker(struct wire *wire, const struct ticker *ticker);
void wire_subscribe(struct rpc_call *call, enum block_form form);
void wire_await(struct rpc_call *call, const struct signed_transaction *tx);
void wire_forget_waiting(struct wire *wire, size_t node, const char *transaction_id);
void wire_say(struct wire *wire, size_t node, const char *text); /* to all clients of the node, as it is */
void wire_close_clients(struct wire *wire, size_t node);

#endif
