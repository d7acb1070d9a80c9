/* SPDX-License-Identifier: MIT
 *
 * devnet_api over a real socket: each method does what README.md says of it, and README.md says so of each. A devnet of
 * 3 witnesses and 3 nodes for each row: foo's keys on 0 (the producer) and 1, the others' on 2. Its clock is moved by
 * hand, so that nothing waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "devnet/ws_client.h"
#include "integration/cluster.h"

#define ANSWER_MS  60000
#define SILENCE_MS 300 /* of a node that must not answer */
#define OTHERS	   2   /* the node that holds the others' keys, and that is asked */
#define OTHER	   "cyberfounder"

static struct cluster *cluster;

/* ---- looking ----------------------------------------------------------------------------------------------------- */

static void let_pass(unsigned seconds)
{
	cluster_fault(cluster, "advance", "[%u]", seconds * 1000);
}

static const struct json *node_status(int node)
{
	const struct json *nodes = NULL;

	assert_int_equal(json_get_array(cluster_call(cluster, "devnet_api", "status", "[]"), "nodes", &nodes, NULL),
			 GW_OK);
	return json_element(nodes, (size_t)node);
}

static int64_t number_of(int node, const char *member)
{
	int64_t number = -1;

	assert_int_equal(json_get_i64(node_status(node), member, 0, UINT32_MAX, &number, NULL), GW_OK);
	return number;
}

static int64_t head(int node)
{
	return number_of(node, "head");
}

static bool flag_of(int node, const char *member)
{
	bool flag = false;

	assert_int_equal(json_get_bool(node_status(node), member, &flag, NULL), GW_OK);
	return flag;
}

static const struct json *witness(const char *name)
{
	char args[64];

	snprintf(args, sizeof args, "[\"%s\"]", name);
	return cluster_call(cluster, "witness_api", "get_witness_by_account", args);
}

static int64_t missed(const char *name)
{
	int64_t number = -1;

	assert_int_equal(json_get_i64(witness(name), "total_missed", 0, UINT32_MAX, &number, NULL), GW_OK);
	return number;
}

static const char *key_of(const char *name)
{
	static char key[GW_KEY_SIZE];

	assert_int_equal(json_get_text(witness(name), "signing_key", key, sizeof key, NULL), GW_OK);
	return key;
}

static struct ws_client *connect_to(int node)
{
	struct ws_client *client = NULL;

	assert_int_equal(ws_connect(&client, cluster_port(cluster, node), ANSWER_MS), GW_OK);
	return client;
}

static gw_status ask(struct ws_client *client, struct json **ret, int timeout_ms)
{
	return ws_call(client, "database_api", "get_dynamic_global_properties", "[]", ret, timeout_ms);
}

/* It is up and answers. */
static void expect_answer(struct ws_client *client)
{
	struct json *answer = NULL;
	const struct json *result;

	assert_int_equal(ask(client, &answer, ANSWER_MS), GW_OK);
	assert_true(json_member(answer, "result", &result));
	json_free(answer);
}

static void expect_closed(struct ws_client *client)
{
	char *text = NULL;

	assert_int_equal(ws_receive(client, &text, ANSWER_MS), GW_ERR_UNAVAILABLE);
	ws_close(client);
}

static void expect_message(struct ws_client *client, const char *wanted)
{
	char *text = NULL;

	assert_int_equal(ws_receive(client, &text, ANSWER_MS), GW_OK);
	assert_string_equal(text, wanted);
	free(text);
	ws_close(client);
}

/* ---- nodes and the ways between them ----------------------------------------------------------------------------- */

static void status(void)
{
	let_pass(6);
	for (int node = 0; node < 3; node++) {
		assert_true(flag_of(node, "alive"));
		assert_false(flag_of(node, "frozen"));
		assert_int_equal(head(node), 6);
		assert_int_equal(number_of(node, "pending"), 0);
	}
}

static void kill_node(void)
{
	struct ws_client *client = connect_to(0), *refused = NULL;

	cluster_fault(cluster, "kill", "[0]");
	expect_closed(client);
	assert_int_equal(ws_connect(&refused, cluster_port(cluster, 0), ANSWER_MS), GW_ERR_UNAVAILABLE);
	let_pass(9);
	assert_false(flag_of(0, "alive"));
	int64_t filled = head(OTHERS), lost = missed("foo");
	assert_true(lost >= 2);
	assert_in_range(filled + lost, 8, 9); /* one that is lost last shows with the next block */
}

static void revive(void)
{
	cluster_fault(cluster, "kill", "[0]");
	let_pass(6);
	cluster_fault(cluster, "revive", "[0]");
	struct ws_client *client = connect_to(0);
	let_pass(9);
	expect_answer(client);
	ws_close(client);
	int64_t before = missed("foo");
	assert_int_equal(head(0), head(OTHERS));
	let_pass(9);
	assert_int_equal(missed("foo"), before);
}

static void freeze(void)
{
	struct ws_client *client = connect_to(1);
	struct json *answer = NULL;

	cluster_fault(cluster, "freeze", "[1,true]");
	assert_true(flag_of(1, "frozen"));
	assert_int_equal(ask(client, &answer, SILENCE_MS), GW_ERR_TIMEOUT);
	struct ws_client *newcomer = NULL; /* as before a stopped golosd: TCP is taken, the handshake not answered */
	assert_int_equal(ws_connect(&newcomer, cluster_port(cluster, 1), SILENCE_MS), GW_ERR_TIMEOUT);
	let_pass(3);
	assert_int_equal(head(1), head(OTHERS)); /* the node itself goes on */
	cluster_fault(cluster, "freeze", "[1,false]");
	expect_answer(client); /* TCP lived */
	ws_close(connect_to(1));
	ws_close(client);
}

static void isolate(void)
{
	struct ws_client *client = connect_to(0);

	let_pass(3);
	cluster_fault(cluster, "isolate", "[0,true]");
	let_pass(9);
	assert_int_equal(head(0), 3);
	assert_true(head(OTHERS) > 3);
	assert_true(missed("foo") >= 2);
	expect_answer(client);
	ws_close(client);
	cluster_fault(cluster, "isolate", "[0,false]");
	let_pass(6);
	assert_int_equal(head(0), head(OTHERS));
}

static void cut(void)
{
	let_pass(6); /* what the parts have in common may not be the irreversible block: they could not join */
	cluster_fault(cluster, "cut", "[0,2]");
	cluster_fault(cluster, "cut", "[1,2]");
	let_pass(9);
	char id[GW_ID_SIZE];
	assert_int_equal(json_get_text(node_status(0), "head_id", id, sizeof id, NULL), GW_OK);
	assert_true(head(0) < head(OTHERS)); /* foo alone against two */
	assert_int_equal(head(0), head(1));
}

static void join(void)
{
	cut();
	cluster_fault(cluster, "join", "[2,0]");
	let_pass(3);
	assert_int_equal(head(0), head(OTHERS));
	assert_int_equal(head(1), head(OTHERS)); /* node 0 passes it on */
}

static void delay(void)
{
	cluster_fault(cluster, "delay", "[2,1,2500]");
	cluster_fault(cluster, "delay", "[0,1,2500]");
	let_pass(9);
	assert_true(head(1) < head(OTHERS) && head(1) + 3 >= head(OTHERS));
	assert_int_equal(head(0), head(OTHERS));
}

static void drop(void)
{
	cluster_fault(cluster, "drop", "[2,1,1000]");
	cluster_fault(cluster, "drop", "[0,1,1000]");
	let_pass(9);
	assert_int_equal(head(1), 0);
	cluster_fault(cluster, "drop", "[2,1,0]");
	cluster_fault(cluster, "drop", "[0,1,0]");
	let_pass(3);
	assert_int_equal(head(1), head(OTHERS));
}

/* ---- what a client sees ------------------------------------------------------------------------------------------ */

static void disconnect(void)
{
	struct ws_client *client = connect_to(1), *other = connect_to(0);

	cluster_fault(cluster, "disconnect", "[1]");
	expect_closed(client);
	expect_answer(other);
	ws_close(other);
	client = connect_to(1);
	expect_answer(client);
	ws_close(client);
}

static void stall(void)
{
	struct ws_client *client = connect_to(1);
	struct json *answer = NULL;

	cluster_fault(cluster, "stall", "[1,4000]");
	assert_int_equal(ask(client, &answer, SILENCE_MS), GW_ERR_TIMEOUT);
	ws_close(client);
	cluster_fault(cluster, "stall", "[1,0]");
	client = connect_to(1);
	expect_answer(client);
	ws_close(client);
}

static void say(void)
{
	struct ws_client *client = connect_to(1);

	cluster_fault(cluster, "say", "[1,\"no JSON at all\"]");
	expect_message(client, "no JSON at all");
}

static void say_bytes(void)
{
	struct ws_client *client = connect_to(1);

	cluster_fault(cluster, "say_bytes", "[1,\"810568656c6c6f\"]"); /* a whole frame, by hand */
	expect_message(client, "hello");
}

static void expect_broadcast_error(const char *method, const char *args, int code, int data_code, const char *text)
{
	struct ws_client *client = connect_to(1);
	struct json *answer = NULL;
	const struct json *error = NULL, *data = NULL;
	int64_t told = 0;
	char message[512];

	assert_int_equal(ws_call(client, "network_broadcast_api", method, args, &answer, ANSWER_MS), GW_OK);
	assert_true(json_member(answer, "error", &error));
	assert_int_equal(json_get_i64(error, "code", INT32_MIN, 0, &told, NULL), GW_OK);
	assert_int_equal(told, code);
	assert_int_equal(json_get_text(error, "message", message, sizeof message, NULL), GW_OK);
	assert_non_null(strstr(message, text));
	if (data_code) {
		assert_true(json_member(error, "data", &data));
		assert_int_equal(json_get_i64(data, "code", 0, INT32_MAX, &told, NULL), GW_OK);
		assert_int_equal(told, data_code);
	}
	json_free(answer);
	ws_close(client);
}

static void refuse_broadcasts(void)
{
	cluster_fault(cluster, "refuse_broadcasts", "[1,2,\"-32003\",2030000,\"no bandwidth left\"]");
	expect_broadcast_error("broadcast_transaction", "[{}]", -32003, 2030000, "no bandwidth left");
	assert_int_equal(number_of(1, "refuses"), 1);
	expect_broadcast_error("broadcast_transaction_synchronous", "[{}]", -32003, 2030000, "no bandwidth left");
	expect_broadcast_error("broadcast_transaction", "[{}]", -32006, 3000000, "at least one operation");
	cluster_fault(cluster, "refuse_broadcasts", "[1,1,\"-32603\",0,\"Unable to acquire WRITE lock\"]");
	expect_broadcast_error("broadcast_transaction", "[{}]", -32603, 0, "Unable to acquire WRITE lock");
}

/* Code of the error that node 1 answers; 0: none. */
static int64_t witness_error(void)
{
	struct ws_client *client = connect_to(1);
	struct json *answer = NULL;
	const struct json *error = NULL;
	int64_t code = 0;

	assert_int_equal(ws_call(client, "witness_api", "get_witness_schedule", "[]", &answer, ANSWER_MS), GW_OK);
	if (json_member(answer, "error", &error))
		assert_int_equal(json_get_i64(error, "code", INT32_MIN, 0, &code, NULL), GW_OK);
	json_free(answer);
	ws_close(client);
	return code;
}

static void fail_calls(void)
{
	struct ws_client *client = connect_to(1);
	struct json *answer = NULL;

	cluster_fault(cluster, "fail_calls", "[1,\"witness_api\",\"get_witness_by_account\",\"-32000\",\"no\"]");
	assert_int_equal(witness_error(), 0);
	cluster_fault(cluster, "fail_calls", "[1,\"witness_api\",\"\",\"-32601\",\"\"]");
	assert_int_equal(witness_error(), -32601);
	cluster_fault(cluster, "fail_calls", "[1,\"database_api\",\"\",\"0\",\"\"]");
	assert_int_equal(ask(client, &answer, SILENCE_MS), GW_ERR_TIMEOUT);
	ws_close(client);
	cluster_fault(cluster, "heal_calls", "[1]");
	assert_int_equal(witness_error(), 0);
	client = connect_to(1);
	expect_answer(client);
	ws_close(client);
}

static void swallow_broadcasts(void)
{
	struct ws_client *client = connect_to(1);
	struct json *answer = NULL;
	const struct json *result = NULL;

	cluster_fault(cluster, "swallow_broadcasts", "[1,1]");
	assert_int_equal(ws_call(client, "network_broadcast_api", "broadcast_transaction", "[{}]", &answer, ANSWER_MS),
			 GW_OK);
	assert_true(json_member(answer, "result", &result));
	json_free(answer);
	ws_close(client);
	assert_int_equal(number_of(1, "pending"), 0);
	expect_broadcast_error("broadcast_transaction", "[{}]", -32006, 3000000, "at least one operation");
}

/* Of the next block's push. */
static bool tells_virtual_operations(void)
{
	static const char subscribe[] = "{\"id\":77,\"jsonrpc\":\"2.0\",\"method\":\"call\",\"params\":"
					"[\"database_api\",\"set_block_applied_callback\",[\"full\"]]}";
	struct ws_client *client = connect_to(OTHERS);
	const struct json *result = NULL, *operations = NULL;
	struct json *push = NULL;
	struct error err;
	char *text = NULL;

	assert_int_equal(ws_send(client, subscribe, sizeof subscribe - 1), GW_OK);
	expect_answer(client); /* so the subscription stands */
	let_pass(1);
	assert_int_equal(ws_receive(client, &text, ANSWER_MS), GW_OK);
	assert_int_equal(json_parse(&push, text, strlen(text), &err), GW_OK);
	assert_int_equal(json_get_object(push, "result", &result, &err), GW_OK);
	assert_int_equal(json_get_array(result, "_virtual_operations", &operations, &err), GW_OK);
	bool told = json_array_size(operations) > 0;
	json_free(push);
	free(text);
	ws_close(client);
	return told;
}

static void skip_virtual_ops(void)
{
	assert_true(tells_virtual_operations());
	cluster_fault(cluster, "skip_virtual_ops", "[2,true]");
	assert_false(tells_virtual_operations());
	cluster_fault(cluster, "skip_virtual_ops", "[2,false]");
	assert_true(tells_virtual_operations());
}

/* ---- production -------------------------------------------------------------------------------------------------- */

static void hold_key(void)
{
	cluster_fault(cluster, "hold_key", "[0,\"foo\",false]");
	let_pass(9);
	cluster_fault(cluster, "hold_key", "[0,\"foo\",true]");
	let_pass(3); /* the next block tells of a slot that was lost last */
	int64_t lost = missed("foo");
	assert_true(lost >= 2);
	assert_int_equal(missed(OTHER), 0);
	let_pass(9);
	assert_int_equal(missed("foo"), lost);
}

/* Node 1 makes the others' blocks as well: nothing is missed when their own node dies. */
static void share_keys(void)
{
	let_pass(1);
	cluster_fault(cluster, "share_keys", "[2,1]");
	cluster_fault(cluster, "isolate", "[2,true]");
	let_pass(9);
	assert_int_equal(head(1), 10);
	assert_int_equal(head(2), 1);
}

static void miss(void)
{
	cluster_fault(cluster, "miss", "[\"" OTHER "\",2]");
	let_pass(15);
	assert_int_equal(missed(OTHER), 2);
	assert_int_equal(missed("foo"), 0);
}

static void halt(void)
{
	cluster_fault(cluster, "halt", "[true]");
	let_pass(9);
	assert_int_equal(head(OTHERS), 0);
	cluster_fault(cluster, "halt", "[false]");
	let_pass(3);
	assert_int_equal(head(OTHERS), 3);
}

/* ---- accounts and time ------------------------------------------------------------------------------------------- */

static void witness_update(void)
{
	char other_key[GW_KEY_SIZE];

	let_pass(1);
	cluster_fault(cluster, "witness_update", "[\"foo\",\"%s\"]", cluster_key(cluster, 1));
	assert_int_equal(number_of(OTHERS, "pending"), 1);
	let_pass(3);
	assert_int_equal(number_of(OTHERS, "pending"), 0);
	assert_string_equal(key_of("foo"), cluster_key(cluster, 1));
	/* at a node that nobody hears */
	snprintf(other_key, sizeof other_key, "%s", key_of(OTHER));
	cluster_fault(cluster, "isolate", "[1,true]");
	cluster_fault(cluster, "witness_update", "[\"" OTHER "\",\"%s\",1]", cluster_key(cluster, 0));
	assert_int_equal(number_of(1, "pending"), 1);
	assert_int_equal(number_of(OTHERS, "pending"), 0);
	assert_string_equal(key_of(OTHER), other_key);
}

static void set_active_authority(void)
{
	cluster_fault(
		cluster, "set_active_authority",
		"[\"foo\",{\"weight_threshold\":2,\"account_auths\":[[\"cosigner\",1]],\"key_auths\":[[\"%s\",1]]}]",
		cluster_key(cluster, 1));
	const struct json *accounts = cluster_call(cluster, "database_api", "get_accounts", "[[\"foo\"]]"), *active;
	int64_t threshold = 0;
	char *text;

	assert_int_equal(json_get_object(json_element(accounts, 0), "active", &active, NULL), GW_OK);
	assert_int_equal(json_get_i64(active, "weight_threshold", 0, 10, &threshold, NULL), GW_OK);
	assert_int_equal(threshold, 2);
	text = json_text(active);
	assert_non_null(strstr(text, "cosigner"));
	assert_non_null(strstr(text, cluster_key(cluster, 1)));
	free(text);
}

static void set_vesting(void)
{
	char shares[40];

	cluster_fault(cluster, "set_vesting", "[\"foo\",\"0.000000 GESTS\",7]");
	const struct json *accounts = cluster_call(cluster, "database_api", "get_accounts", "[[\"foo\"]]");
	uint64_t used = 0;

	assert_int_equal(json_get_text(json_element(accounts, 0), "vesting_shares", shares, sizeof shares, NULL),
			 GW_OK);
	assert_string_equal(shares, "0.000000 GESTS");
	assert_int_equal(json_get_u64(json_element(accounts, 0), "average_bandwidth", 10, &used, NULL), GW_OK);
	assert_int_equal(used, 7);
}

static void set_ticker(void)
{
	char ask_price[32];

	cluster_fault(cluster, "set_ticker", "[\"GOLOS\",\"YMUSDT\",\"0.00171\",\"0.00170\",\"0.00172\"]");
	cluster_fault(cluster, "set_ticker", "[\"GOLOS\",\"YMUSDT\",\"0.00173\",\"0.00172\",\"0.00174\"]");
	assert_int_equal(
		json_get_text(cluster_call(cluster, "market_history", "get_ticker", "[[\"GOLOS\",\"YMUSDT\"]]"),
			      "lowest_ask", ask_price, sizeof ask_price, NULL),
		GW_OK);
	assert_string_equal(ask_price, "0.00174");
}

static int64_t now_ms(void)
{
	int64_t ms = 0;

	assert_int_equal(
		json_get_i64(cluster_call(cluster, "devnet_api", "status", "[]"), "now_ms", 1, INT64_MAX, &ms, NULL),
		GW_OK);
	return ms;
}

static void advance(void)
{
	int64_t before_ms = now_ms();

	cluster_fault(cluster, "advance", "[2400]");
	assert_int_equal(now_ms(), before_ms + 2400);
	assert_int_equal(head(OTHERS), 2);
}

static void run_until(void)
{
	cluster_fault(cluster, "miss", "[\"foo\",2]");
	cluster_fault(cluster, "run_until", "[12]");
	assert_int_equal(head(OTHERS), 12);
	assert_int_equal(missed("foo"), 2);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static const struct row {
	const char *method;
	void (*play)(void);
	const char *wrong; /* arguments that it refuses */
} rows[] = {
	{"status", status, NULL},
	{"kill", kill_node, "[3]"},
	{"revive", revive, "[\"one\"]"},
	{"freeze", freeze, "[0]"},
	{"isolate", isolate, "[-1,true]"},
	{"cut", cut, "[0,3]"},
	{"join", join, "[0]"},
	{"delay", delay, "[0,1,\"long\"]"},
	{"drop", drop, "[0,1,1001]"},
	{"disconnect", disconnect, "[]"},
	{"stall", stall, "[0,3600001]"},
	{"say", say, "[3,\"\"]"},
	{"say_bytes", say_bytes, "[3,\"00\"]"},
	{"refuse_broadcasts", refuse_broadcasts, "[0,1,\"-1\",\"x\",\"\"]"},
	{"swallow_broadcasts", swallow_broadcasts, "[0,-1]"},
	{"fail_calls", fail_calls, "[3,\"witness_api\",\"\",\"-1\",\"\"]"},
	{"heal_calls", fail_calls, "[3]"},
	{"skip_virtual_ops", skip_virtual_ops, "[9,true]"},
	{"hold_key", hold_key, "[0,\"nobody\",true]"},
	{"share_keys", share_keys, "[0,3]"},
	{"miss", miss, "[\"nobody\",1]"},
	{"halt", halt, "[]"},
	{"witness_update", witness_update, "[\"foo\",\"no key\"]"},
	{"set_ticker", set_ticker, "[\"GOLOS\",\"\",\"1\",\"1\",\"1\"]"},
	{"set_active_authority", set_active_authority, "[\"foo\",{}]"},
	{"set_vesting", set_vesting, "[\"foo\",\"\",\"x\"]"},
	{"advance", advance, "[\"x\"]"},
	{"run_until", run_until, "[\"x\"]"},
};
#define ROWS (sizeof rows / sizeof rows[0])

static void expect_refusal(const struct row *row)
{
	struct ws_client *client = connect_to(OTHERS);
	const struct json *error = NULL;
	struct json *answer = NULL;
	int64_t code = 0;

	assert_int_equal(ws_call(client, "devnet_api", row->method, row->wrong, &answer, ANSWER_MS), GW_OK);
	if (!json_member(answer, "error", &error))
		fail_msg("%s %s is not refused", row->method, row->wrong);
	assert_int_equal(json_get_i64(error, "code", INT32_MIN, 0, &code, NULL), GW_OK);
	assert_int_equal(code, -32002);
	json_free(answer);
	ws_close(client);
}

static void play(void **state)
{
	const struct row *row = *state;

	if (row->wrong)
		expect_refusal(row);
	row->play();
}

/* Its table has each method, and no other. */
static void readme_has_each_method(void **state)
{
	FILE *file = fopen(TEST_SOURCE_DIR "/devnet/README.md", "re");
	char line[1024], name[64];
	size_t found = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file)) {
		size_t known = 0;

		for (char *at = line;
		     strncmp(line, "| `", 3) == 0 && (at = strstr(at, "`")) && at < strchr(line + 2, '|');
		     at = strstr(at + 1, "`") + 1) {
			assert_int_equal(sscanf(at, "`%63[a-z_]`", name), 1);
			for (known = 0; known < ROWS && strcmp(rows[known].method, name) != 0; known++)
				continue;
			if (known == ROWS)
				fail_msg("README.md: `%s` is not tested here", name);
			found++;
		}
	}
	fclose(file);
	assert_int_equal(found, ROWS);
}

static int start(void **state)
{
	const struct cluster_setup setup = {.witnesses = 3, .more_nodes = 2, .devnet_options = {"--manual-clock"}};

	(void)state;
	cluster = cluster_new(&setup);
	cluster_fault(cluster, "advance", "[500]"); /* between two slots, when all have heard of the last block */
	return 0;
}

static int end(void **state)
{
	(void)state;
	cluster_free(cluster);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[ROWS + 1];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){.name = rows[i].method,
					       .test_func = play,
					       .setup_func = start,
					       .teardown_func = end,
					       .initial_state = (void *)(uintptr_t)&rows[i]};
	tests[ROWS] = (struct CMUnitTest)cmocka_unit_test(readme_has_each_method);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
