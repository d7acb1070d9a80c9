/* SPDX-License-Identifier: MIT
 *
 * golosd's JSON-RPC envelope: ids, batches, dispatch, errors. It knows no method; the tables of api_*.c hold them.
 * Source: golosd's plugins/json_rpc; recordings 01-queries, 04-errors. One thread.
 */
#ifndef DEVNET_RPC_H
#define DEVNET_RPC_H

#include "base/error.h"
#include "devnet/variant.h"

struct wire; /* wire.h */

/* An error as golosd writes it. */
struct rpc_failure {
	int code;	    /* -32700 … */
	int64_t data_code;  /* 0: the error has no data */
	const char *name;   /* data.name; of static life, as the next three */
	const char *title;  /* data.message */
	const char *method; /* where golosd would have failed */
	const char *format; /* of the first frame of the stack */
	char text[768];	    /* what follows the title in the message */
	char *frame;	    /* data of the first frame of the stack, JSON; owned; NULL: {} */
};

enum rpc_outcome { RPC_RESULT, RPC_FAILURE, RPC_LATER /* the answer comes some time, by wire_answer */ };

struct rpc_call {
	struct wire *wire;
	size_t node;
	uint64_t client;
	const char *id;		    /* JSON, as it is to be sent back */
	const struct variant *args; /* NULL: left out */
	size_t arg_count;
	struct json_writer *result; /* one value with the key "result" is to be written for RPC_RESULT */
	struct rpc_failure *failure;
};

struct rpc_method {
	const char *api, *name;
	size_t least, most; /* arguments; least > most: not checked */
	enum rpc_outcome (*run)(struct rpc_call *call);
};

/* The tables, each ended by a method without name. */
extern const struct rpc_method database_methods[], witness_methods[], broadcast_methods[], devnet_methods[];

/* Text of a message to the text of its answer (caller frees); NULL: none now. */
char *rpc_answer(struct wire *wire, size_t node, uint64_t client, const char *text, size_t len);

/* ---- for methods --------------------------------------------------------------------------------------------- */

enum rpc_outcome rpc_fail(struct rpc_call *call, int code, int64_t data_code, const char *name, const char *title,
			  const char *fmt, ...) PRINTF_LIKE(6, 7);
/* The argument as a limit; false: it is too large, and the failure is filled. */
bool rpc_limit_argument(struct rpc_call *call, size_t index, uint64_t most, uint64_t *ret);
enum rpc_outcome rpc_fail_parameter(struct rpc_call *call, const char *parameter, const char *value, const char *why);
/* A message of its own, in the place of the usual answer: for results that come later. */
char *rpc_result_text(const char *id, const char *result);

#endif
