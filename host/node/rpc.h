/* SPDX-License-Identifier: MIT
 *
 * JSON-RPC as golosd speaks it, on one connection. Requests wait for their turn, and at most two are in flight. Replies
 * are matched by id alone. A subscription's blocks come as replies to its id for ever. Texts in, texts out; time is
 * given. Pure. Source: docs/protocol.md 1, 2; recordings 02-sub-*, 04-errors.
 */
#ifndef NODE_RPC_H
#define NODE_RPC_H

#include "node/fault.h"
#include "node/nodes.h"

#define RPC_SUBSCRIPTIONS_MAX 4u
#define RPC_ENDED_MAX	      64u /* ended requests remembered, to tell a late reply from a repeated or invented one */

struct rpc;

struct rpc_call {
	struct rpc_call *prev, *next; /* utlist's; next: NULL ends what rpc_reset returns */
	uint32_t id;		      /* 0: not sent yet */
	int64_t due_ms;		      /* once sent: when its deadline passes, on the clock given to rpc_next_text */
	uint32_t deadline_ms;
	char *api, *method, *args_json; /* until it is sent; then NULL */
	call_done done;
	void *context;
};
void rpc_call_free(struct rpc_call *call);

enum rpc_kind {
	RPC_RESULT, /* call ended with value as its result */
	RPC_ERROR,  /* call ended with value as its error */
	RPC_PUSH,   /* value is a block of a subscription, full or not */
	RPC_LATE,   /* a reply after its deadline: nobody waits for it any more */
	RPC_FAULT,  /* fault and *err say what */
};

struct rpc_event {
	enum rpc_kind kind;
	enum fault fault;
	struct rpc_call *call;	  /* now the receiver's */
	struct json *root;	  /* to be freed by the receiver; may be NULL */
	const struct json *value; /* inside root */
};

struct rpc *rpc_new(void);
void rpc_free(struct rpc *rpc);

/* Queues a call that is the caller's no more. False: the queue is full, and call stays the caller's. */
NODISCARD bool rpc_add(struct rpc *rpc, struct rpc_call *call);
/* Queues a subscription, before all waiting calls. False: there are RPC_SUBSCRIPTIONS_MAX. */
NODISCARD bool rpc_subscribe(struct rpc *rpc, bool full);
/* Text of the next request that may be sent now, to be freed; NULL: none. */
char *rpc_next_text(struct rpc *rpc, int64_t now_ms);
/* Takes out one call whose deadline has passed; NULL: none. */
struct rpc_call *rpc_expired(struct rpc *rpc, int64_t now_ms);
/* When the next deadline passes; INT64_MAX: none is in flight. */
int64_t rpc_next_due_ms(const struct rpc *rpc);
/* Judges one message. *err is set for RPC_FAULT, and for FAULT_SUBSCRIPTION. */
void rpc_receive(struct rpc *rpc, const char *text, size_t len, struct rpc_event *ret, struct error *err);
/* The connection is gone: takes out all calls, sent or not, in a list; subscriptions and ids are forgotten. */
struct rpc_call *rpc_reset(struct rpc *rpc);

#endif
