/* SPDX-License-Identifier: MIT
 * A message of golosd on a connection with a subscription (id 1) and two requests in flight (2, 3): it is matched to
 * one of them or is a fault that says why. */
#include "fuzz.h"

#include "node/rpc.h"

static void no_done(void *context, enum call_outcome outcome, const struct json *json)
{
	(void)context, (void)outcome, (void)json;
}

static void add_call(struct rpc *rpc)
{
	struct rpc_call *call = calloc(1, sizeof(*call));

	MUST(call);
	call->api = strdup("api");
	call->method = strdup("method");
	call->args_json = strdup("[]");
	call->done = no_done;
	MUST(rpc_add(rpc, call));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rpc *rpc = rpc_new();
	struct rpc_event event;
	struct error err = {.text = ""};
	char *text;

	MUST(rpc_subscribe(rpc, true));
	add_call(rpc);
	add_call(rpc);
	while ((text = rpc_next_text(rpc, 0)))
		free(text);
	rpc_receive(rpc, (const char *)data, size, &event, &err);
	MUST((event.kind == RPC_FAULT) == (event.fault != FAULT_NONE));
	MUST(event.kind != RPC_FAULT || err.text[0]);
	MUST((event.call != NULL) == (event.kind == RPC_RESULT || event.kind == RPC_ERROR));
	MUST(event.kind != RPC_LATE); /* none is overdue */
	if (event.call)
		rpc_call_free(event.call);
	json_free(event.root);
	rpc_free(rpc);
	return 0;
}
