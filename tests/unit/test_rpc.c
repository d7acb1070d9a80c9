/* SPDX-License-Identifier: MIT
 *
 * Requests, deadlines and matching, in virtual time. What hostile replies do is in integration/test_hostile.c.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/rpc.h"

static void no_done(void *context, enum call_outcome outcome, const struct json *json)
{
	(void)context, (void)outcome, (void)json;
}

static struct rpc_call *call_of(const char *method, uint32_t deadline_ms)
{
	struct rpc_call *call = calloc(1, sizeof(*call));

	assert_non_null(call);
	call->api = strdup("api");
	call->method = strdup(method);
	call->args_json = strdup("[]");
	call->deadline_ms = deadline_ms;
	call->done = no_done;
	return call;
}

static void expect_text(struct rpc *rpc, int64_t now_ms, const char *expected)
{
	char *text = rpc_next_text(rpc, now_ms);

	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
	free(text);
}

#define REQUEST(id, method)                                                                                            \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"call\",\"params\":[\"api\",\"" method "\",[]]}"

static enum rpc_kind receive(struct rpc *rpc, const char *text, struct rpc_call **ret_call)
{
	struct rpc_event event;
	struct error err = {.text = ""};

	rpc_receive(rpc, text, strlen(text), &event, &err);
	json_free(event.root);
	*ret_call = event.call;
	return event.kind;
}

TEST(two_in_flight)
{
	struct rpc *rpc = rpc_new();
	struct rpc_call *call;

	assert_true(rpc_add(rpc, call_of("a", 1000)) && rpc_add(rpc, call_of("b", 1000)) &&
		    rpc_add(rpc, call_of("c", 1000)));
	expect_text(rpc, 0, REQUEST("1", "a"));
	expect_text(rpc, 0, REQUEST("2", "b"));
	expect_text(rpc, 0, NULL); /* golosd may work on two, no more */
	assert_int_equal(receive(rpc, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null}", &call), RPC_RESULT);
	assert_string_equal(call->method, "b"); /* by id alone, in whatever order */
	rpc_call_free(call);
	expect_text(rpc, 0, REQUEST("3", "c"));
	assert_int_equal(receive(rpc, "{\"id\":1,\"error\":{},\"jsonrpc\":\"2.0\"}", &call), RPC_ERROR);
	assert_string_equal(call->method, "a");
	rpc_call_free(call);
	rpc_free(rpc);
}

TEST(deadline_counts_from_the_sending)
{
	struct rpc *rpc = rpc_new();
	struct rpc_call *call;

	assert_int_equal(rpc_next_due_ms(rpc), INT64_MAX);
	assert_true(rpc_add(rpc, call_of("a", 1000)));
	assert_int_equal(rpc_next_due_ms(rpc), INT64_MAX);
	expect_text(rpc, 5000, REQUEST("1", "a"));
	assert_int_equal(rpc_next_due_ms(rpc), 6000);
	assert_null(rpc_expired(rpc, 5999));
	call = rpc_expired(rpc, 6000);
	assert_non_null(call);
	rpc_call_free(call);
	assert_null(rpc_expired(rpc, 9000));
	/* late is no fault, once */
	assert_int_equal(receive(rpc, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}", &call), RPC_LATE);
	assert_int_equal(receive(rpc, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}", &call), RPC_FAULT);
	rpc_free(rpc);
}

TEST(subscription_goes_first_and_stays)
{
	struct rpc *rpc = rpc_new();
	struct rpc_call *call;

	assert_true(rpc_add(rpc, call_of("a", 1000)));
	assert_true(rpc_subscribe(rpc, true));
	expect_text(rpc, 0,
		    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"call\",\"params\":[\"database_api\","
		    "\"set_block_applied_callback\",[\"full\"]]}");
	expect_text(rpc, 0, REQUEST("2", "a"));
	for (int i = 0; i < 100; i++)
		assert_int_equal(receive(rpc, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":1}", &call), RPC_PUSH);
	for (unsigned int i = 1; i < RPC_SUBSCRIPTIONS_MAX; i++)
		assert_true(rpc_subscribe(rpc, false));
	assert_false(rpc_subscribe(rpc, false));
	rpc_free(rpc);
}

TEST(queue_has_a_maximum)
{
	struct rpc *rpc = rpc_new();
	struct rpc_call *call = call_of("a", 1000);

	for (unsigned int i = 0; i < NODE_QUEUE_MAX; i++)
		assert_true(rpc_add(rpc, call_of("a", 1000)));
	assert_false(rpc_add(rpc, call));
	rpc_call_free(call);
	rpc_free(rpc);
}

TEST(reset_gives_all_calls_back)
{
	struct rpc *rpc = rpc_new();
	struct rpc_call *call;
	int count = 0;

	for (int i = 0; i < 4; i++)
		assert_true(rpc_add(rpc, call_of("a", 1000)));
	expect_text(rpc, 0, REQUEST("1", "a"));
	for (call = rpc_reset(rpc); call; count++) {
		struct rpc_call *next = call->next;

		rpc_call_free(call);
		call = next;
	}
	assert_int_equal(count, 4);
	assert_true(rpc_add(rpc, call_of("b", 1000)));
	expect_text(rpc, 0, REQUEST("1", "b")); /* ids are of one connection */
	rpc_free(rpc);
}
