/* SPDX-License-Identifier: MIT
 *
 * Hostile and broken nodes against the real client on a real loop. Each misbehaves once on its first connection, then
 * is good: in the end the client must be up, see blocks and get answers. One table says what each costs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile_node.h"
#include "node/fault.h"
#include "node/nodes.h"
#include "test.h"

#define TEST_LIMIT_MS 60000 /* a test that takes so long has failed */
#define PATIENT_MS    60000 /* for nodes that are not to be given up for slowness */
#define HASTY_MS      150   /* for nodes that say nothing: the test waits so long */
#define MIB	      (1u << 20)

/* ---- what they do ------------------------------------------------------------------------------------------------ */

static bool says_nothing(struct hostile_link *link, uint32_t id)
{
	(void)id;
	link_wait_for_end(link);
	return false;
}

static bool hangs_up(struct hostile_link *link, uint32_t id)
{
	(void)link, (void)id;
	return false;
}

static bool send_string(struct hostile_link *link, const char *text)
{
	link_send_raw(link, text, strlen(text));
	return false;
}

static bool http_500(struct hostile_link *link, uint32_t id)
{
	(void)id;
	return send_string(link, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
}

static bool redirects(struct hostile_link *link, uint32_t id)
{
	(void)id;
	return send_string(link, "HTTP/1.1 302 Found\r\nLocation: ws://192.0.2.1:1/\r\nContent-Length: 0\r\n\r\n");
}

static bool wrong_accept(struct hostile_link *link, uint32_t id)
{
	(void)id;
	send_string(link, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
			  "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
	link_wait_for_end(link);
	return false;
}

static bool forces_deflate(struct hostile_link *link, uint32_t id)
{
	(void)id;
	send_string(link, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
			  "Sec-WebSocket-Extensions: permessage-deflate\r\n"
			  "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
	link_wait_for_end(link);
	return false;
}

static bool not_http(struct hostile_link *link, uint32_t id)
{
	(void)id;
	send_string(link, "220 mail.example ESMTP\r\n\r\n");
	link_wait_for_end(link);
	return false;
}

/* As a proxy with cookies and policies sends it. */
static bool long_head(struct hostile_link *link, uint32_t id)
{
	char head[6500] = "HTTP/1.1 101 Switching Protocols\r\nX-Filler: ";
	size_t len = strlen(head);

	(void)id;
	memset(head + len, 'a', 6144);
	snprintf(head + len + 6144, sizeof(head) - len - 6144, "\r\nSet-Cookie: x=1\r\n");
	return link_upgrade_after(link, head);
}

static bool endless_head(struct hostile_link *link, uint32_t id)
{
	(void)id;
	bool alive = link_send_raw(link, "HTTP/1.1 101 Switching Protocols\r\n", 34);

	while (alive)
		alive = link_send_raw(link, "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 62);
	return false;
}

static bool half_frame(struct hostile_link *link, uint32_t id)
{
	(void)id;
	link_send_raw(link, "\x81\x7e\x04\x00{\"jsonrpc\":", 15);
	return false;
}

static bool half_frame_then_silence(struct hostile_link *link, uint32_t id)
{
	half_frame(link, id);
	link_wait_for_end(link);
	return false;
}

static bool resets_in_a_message(struct hostile_link *link, uint32_t id)
{
	half_frame(link, id);
	link_reset(link);
	return false;
}

static bool impossible_length(struct hostile_link *link, uint32_t id)
{
	(void)id;
	link_send_raw(link, "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff{}", 12);
	link_wait_for_end(link);
	return false;
}

static bool announces_too_much(struct hostile_link *link, uint32_t id)
{
	static const char piece[32 << 10]; /* of 64 MiB */

	(void)id;
	link_send_raw(link, "\x81\x7f\0\0\0\0\x04\0\0\0", 10);
	link_send_raw(link, piece, sizeof(piece));
	link_wait_for_end(link);
	return false;
}

static bool endless_message(struct hostile_link *link, uint32_t id)
{
	char *piece = calloc(1, MIB);
	bool alive = piece != NULL;

	(void)id;
	for (uint8_t first = 0x01; alive; first = 0x00) /* text, then continuations, never the last */
		alive = link_send_frame(link, first, false, piece, MIB);
	free(piece);
	return false;
}

static bool fragments(struct hostile_link *link, uint32_t id)
{
	char text[80];
	size_t len = (size_t)snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":%u}", id);
	bool alive = link_send_frame(link, 0x01, false, text, 1);

	for (size_t i = 1; i + 1 < len; i++)
		alive = alive && link_send_frame(link, 0x00, false, text + i, 1);
	return alive && link_send_frame(link, 0x80, false, text + len - 1, 1);
}

static bool masks(struct hostile_link *link, uint32_t id)
{
	char text[80];
	size_t len = (size_t)snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":%u}", id);

	return link_send_frame(link, 0x81, true, text, len);
}

static bool reserved_opcode(struct hostile_link *link, uint32_t id)
{
	(void)id;
	link_send_frame(link, 0x8b, false, "x", 1);
	link_send_frame(link, 0xf3, false, "x", 1);
	link_wait_for_end(link);
	return false;
}

static bool binary(struct hostile_link *link, uint32_t id)
{
	(void)id;
	return link_send_frame(link, 0x82, false, "\0\1\2", 3);
}

static bool closes_1009(struct hostile_link *link, uint32_t id)
{
	(void)id;
	link_send_frame(link, 0x88, false, "\x03\xf1too big", 9);
	link_wait_for_end(link);
	return false;
}

static bool ping_flood(struct hostile_link *link, uint32_t id)
{
	bool alive = true;

	for (int i = 0; i < 2000 && alive; i++)
		alive = link_send_frame(link, 0x89, false, "ping", 4);
	return alive && link_answer(link, id);
}

/* Each of these sends one text as the answer. */
#define SENDS(name, ...)                                                                                               \
	static bool name(struct hostile_link *link, uint32_t id)                                                       \
	{                                                                                                              \
		(void)id;                                                                                              \
		return link_send_text(link, __VA_ARGS__);                                                              \
	}
SENDS(empty_message, "%s", "")
SENDS(garbage, "\x01\x02garbage")
SENDS(bad_utf8, "{\"jsonrpc\":\"2.0\",\"result\":\"\xff\xfe\",\"id\":%u}", id)
SENDS(bare_error, "error: string payload expected")
SENDS(text_after, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":%u} x", id)
SENDS(two_values, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":%u}{}", id)
SENDS(equal_keys, "{\"jsonrpc\":\"2.0\",\"result\":1,\"result\":2,\"id\":%u}", id)
SENDS(not_a_number, "{\"jsonrpc\":\"2.0\",\"result\":NaN,\"id\":%u}", id)
SENDS(batch, "[{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":%u}]", id)
SENDS(wrong_version, "{\"jsonrpc\":\"1.0\",\"result\":{},\"id\":%u}", id)
SENDS(no_version, "{\"result\":{},\"id\":%u}", id)
SENDS(no_id, "{\"jsonrpc\":\"2.0\",\"result\":{}}")
SENDS(string_id, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":\"%u\"}", id)
SENDS(negative_id, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":-%u}", id)
SENDS(fraction_id, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":%u.5}", id)
SENDS(huge_id, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":4294967296%u}", id)
SENDS(unknown_id, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":%u}", id + 1000)
SENDS(zero_id, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":0}")
SENDS(both, "{\"jsonrpc\":\"2.0\",\"result\":{},\"error\":{\"code\":1},\"id\":%u}", id)
SENDS(neither, "{\"jsonrpc\":\"2.0\",\"id\":%u}", id)
SENDS(string_error, "{\"jsonrpc\":\"2.0\",\"error\":\"no\",\"id\":%u}", id)
SENDS(refuses, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32603,\"message\":\"busy\"},\"id\":%u}", id)
SENDS(config_wrong, "{\"jsonrpc\":\"2.0\",\"result\":{\"STEEMIT_BLOCK_INTERVAL\":\"often\"},\"id\":%u}", id)
SENDS(config_no_chain,
      "{\"jsonrpc\":\"2.0\",\"result\":{\"STEEMIT_ADDRESS_PREFIX\":\"GLS\",\"STEEMIT_BLOCK_INTERVAL\":3,"
      "\"STEEMIT_MAX_WITNESSES\":21},\"id\":%u}",
      id)
SENDS(block_of_words, "{\"jsonrpc\":\"2.0\",\"result\":\"a block\",\"id\":%u}", id)
SENDS(block_wrong_type,
      "{\"jsonrpc\":\"2.0\",\"result\":{\"previous\":\"%040d\",\"timestamp\":\"2026-11-23T18:18:27\","
      "\"witness\":7},\"id\":%u}",
      0, id)
SENDS(block_out_of_range,
      "{\"jsonrpc\":\"2.0\",\"result\":{\"previous\":\"ffffffff%032d\",\"timestamp\":\"2026-11-23T18:18:27\","
      "\"witness\":\"foo\"},\"id\":%u}",
      0, id)
SENDS(block_at_no_time,
      "{\"jsonrpc\":\"2.0\",\"result\":{\"previous\":\"%040d\",\"timestamp\":\"2026-02-31T18:18:27\","
      "\"witness\":\"foo\"},\"id\":%u}",
      0, id)
SENDS(virtual_ops, "{\"jsonrpc\":\"2.0\",\"result\":{\"block_num\":644,\"operations\":[]},\"id\":%u}", id)

static bool id_null_besides(struct hostile_link *link, uint32_t id)
{
	return link_send_text(link, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32603},\"id\":null}") &&
	       link_answer(link, id);
}

static bool answers_twice(struct hostile_link *link, uint32_t id)
{
	return link_answer(link, id) && link_answer(link, id);
}

static bool answers_for_ever(struct hostile_link *link, uint32_t id)
{
	while (link_answer(link, id))
		;
	return false;
}

/* Nothing to the first call until its deadline has passed, which the next call shows; then both answers. */
static bool answers_late(struct hostile_link *link, uint32_t id)
{
	uint32_t next = link_next_request(link);

	return next && link_answer(link, id) && link_answer(link, next);
}

static bool deep_nesting(struct hostile_link *link, uint32_t id)
{
	char deep[20001];

	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	deep[20000] = '\0';
	return link_send_text(link, "{\"jsonrpc\":\"2.0\",\"result\":%s,\"id\":%u}", deep, id);
}

/* 31 MiB of the smallest values: a tree of them would take more than a gigabyte. */
static bool many_values(struct hostile_link *link, uint32_t id)
{
	char *zeros = malloc(31 * MIB);

	if (!zeros)
		abort();
	for (size_t i = 0; i < 31 * MIB; i++)
		zeros[i] = i % 2 ? ',' : '0';
	zeros[31 * MIB - 1] = '\0';
	bool sent = link_send_text(link, "{\"jsonrpc\":\"2.0\",\"result\":[%s],\"id\":%u}", zeros, id);
	free(zeros);
	return sent;
}

static bool huge_block(struct hostile_link *link, uint32_t id)
{
	char *memo = malloc(31 * MIB);

	if (!memo)
		abort();
	memset(memo, 'm', 31 * MIB);
	memo[31 * MIB - 1] = '\0';
	bool sent = link_send_text(link,
				   "{\"jsonrpc\":\"2.0\",\"result\":{\"previous\":\"%040d\",\"timestamp\":"
				   "\"2026-11-23T18:18:27\",\"witness\":\"foo\",\"transactions\":[{\"operations\":"
				   "[[\"transfer\",{\"memo\":\"%s\"}]],\"signatures\":[]}]},\"id\":%u}",
				   0, memo, id);
	free(memo);
	return sent;
}

/* Blocks stop; the socket lives, and calls are answered. */
static bool forgets_subscription(struct hostile_link *link, uint32_t id)
{
	(void)id;
	while ((id = link_next_request(link)) && link_answer(link, id))
		;
	return false;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

enum ends {
	KEPT,	 /* the same connection goes on */
	DROPPED, /* a new connection goes on */
	EITHER,	 /* as the libwebsockets at hand sees it: 4.1 takes what 4.3 refuses */
};

static const struct hostile {
	const char *name;
	enum hostile_moment moment;
	hostile_act act;
	enum ends ends;
	unsigned int faults; /* counted protocol errors */
	bool hasty;	     /* what is to be noticed is that nothing comes */
} table[] = {
	{"a good node", AT_NO_TIME, NULL, KEPT, 0, false},
	{"accepts and says nothing", AT_ACCEPT, says_nothing, DROPPED, 0, true},
	{"accepts and hangs up", AT_ACCEPT, hangs_up, DROPPED, 0, false},
	{"speaks another protocol", AT_HANDSHAKE, not_http, DROPPED, 0, true},
	{"HTTP 500", AT_HANDSHAKE, http_500, DROPPED, 0, false},
	{"redirects elsewhere", AT_HANDSHAKE, redirects, DROPPED, 0, false},
	{"wrong accept key", AT_HANDSHAKE, wrong_accept, DROPPED, 0, false},
	{"agrees on compression unasked", AT_HANDSHAKE, forces_deflate, DROPPED, 0, false},
	{"HTTP head of 6 KiB", AT_HANDSHAKE, long_head, KEPT, 0, false},
	{"endless HTTP header", AT_HANDSHAKE, endless_head, DROPPED, 0, false},
	{"connects, then silence", AT_CONFIG, says_nothing, DROPPED, 0, true},
	{"get_config of wrong types", AT_CONFIG, config_wrong, DROPPED, 1, false},
	{"get_config without a chain", AT_CONFIG, config_no_chain, DROPPED, 1, false},
	{"get_config refused", AT_CONFIG, refuses, DROPPED, 0, false},
	{"half a frame, then gone", AT_CALL, half_frame, DROPPED, 0, false},
	{"half a frame, then silence", AT_CALL, half_frame_then_silence, DROPPED, 0, true},
	{"reset in a message", AT_CALL, resets_in_a_message, DROPPED, 0, false},
	{"frame of 2^64 - 1 bytes", AT_CALL, impossible_length, DROPPED, 0, false},
	{"frame of 64 MiB announced", AT_CALL, announces_too_much, DROPPED, 1, false},
	{"message without end", AT_CALL, endless_message, DROPPED, 1, false},
	{"a frame for each byte", AT_CALL, fragments, KEPT, 0, false},
	{"masked frames", AT_CALL, masks, EITHER, 0, false},
	{"reserved opcodes", AT_CALL, reserved_opcode, DROPPED, 0, false},
	{"binary frame", AT_CALL, binary, DROPPED, 1, false},
	{"close code 1009", AT_CALL, closes_1009, DROPPED, 0, false},
	{"ping flood", AT_CALL, ping_flood, KEPT, 0, false},
	{"empty message", AT_CALL, empty_message, DROPPED, 1, false},
	{"garbage", AT_CALL, garbage, DROPPED, 1, false},
	{"invalid UTF-8", AT_CALL, bad_utf8, DROPPED, 1, false},
	{"golosd's bare error text", AT_CALL, bare_error, DROPPED, 1, false},
	{"text after the JSON", AT_CALL, text_after, DROPPED, 1, false},
	{"two JSON values", AT_CALL, two_values, DROPPED, 1, false},
	{"equal keys", AT_CALL, equal_keys, DROPPED, 1, false},
	{"nested 10000 deep", AT_CALL, deep_nesting, DROPPED, 1, false},
	{"NaN", AT_CALL, not_a_number, DROPPED, 1, false},
	{"a batch", AT_CALL, batch, DROPPED, 1, false},
	{"JSON-RPC 1.0", AT_CALL, wrong_version, DROPPED, 1, false},
	{"no JSON-RPC version", AT_CALL, no_version, DROPPED, 1, false},
	{"no id", AT_CALL, no_id, DROPPED, 1, false},
	{"id null", AT_CALL, id_null_besides, KEPT, 1, false},
	{"id as a string", AT_CALL, string_id, DROPPED, 1, false},
	{"negative id", AT_CALL, negative_id, DROPPED, 1, false},
	{"id with a fraction", AT_CALL, fraction_id, DROPPED, 1, false},
	{"id above 32 bits", AT_CALL, huge_id, DROPPED, 1, false},
	{"id of no request", AT_CALL, unknown_id, DROPPED, 1, false},
	{"id 0", AT_CALL, zero_id, DROPPED, 1, false},
	{"a reply twice", AT_CALL, answers_twice, KEPT, 1, false},
	{"a reply for ever", AT_CALL, answers_for_ever, DROPPED, FAULT_TOLERATED_MAX, false},
	{"result and error", AT_CALL, both, DROPPED, 1, false},
	{"neither result nor error", AT_CALL, neither, DROPPED, 1, false},
	{"an error that is a string", AT_CALL, string_error, DROPPED, 1, false},
	{"a reply after its deadline", AT_CALL, answers_late, KEPT, 0, false},
	{"subscription refused", AT_SUBSCRIBE, refuses, DROPPED, 1, false},
	{"subscription forgotten", AT_SUBSCRIBE, forgets_subscription, DROPPED, 0, true},
	{"a word for a block", AT_SUBSCRIBE, block_of_words, DROPPED, 1, false},
	{"block of wrong types", AT_SUBSCRIBE, block_wrong_type, DROPPED, 1, false},
	{"block number out of range", AT_SUBSCRIBE, block_out_of_range, DROPPED, 1, false},
	{"block of 31 February", AT_SUBSCRIBE, block_at_no_time, DROPPED, 1, false},
	{"virtual_ops for a block", AT_SUBSCRIBE, virtual_ops, DROPPED, 1, false},
	{"31 MiB of small values", AT_CALL, many_values, DROPPED, 1, false},
	{"block of 31 MiB", AT_SUBSCRIBE, huge_block, KEPT, 0, false},
};

/* ---- the client -------------------------------------------------------------------------------------------------- */

struct client {
	struct loop *loop;
	struct nodes *nodes;
	unsigned int blocks, answers; /* of this connection */
	bool asking, is_up;
	bool timed_out;
};

static void ask(struct client *client);

static void on_answer(void *context, enum call_outcome outcome, const struct json *json)
{
	struct client *client = context;
	uint64_t num;

	client->asking = false;
	if (outcome == CALL_RESULT && json_is_object(json) &&
	    !json_get_u64(json, "head_block_number", 9999, &num, NULL))
		client->answers++;
	if (client->answers >= 2 && client->blocks >= 2)
		loop_stop(client->loop);
	else if (outcome == CALL_NONE && client->is_up)
		ask(client);
}

static void ask(struct client *client)
{
	if (client->asking)
		return;
	client->asking = true;
	nodes_call(client->nodes, 0, "database_api", "get_dynamic_global_properties", "[]", HASTY_MS * 4, on_answer,
		   client);
}

static void on_up(void *context, uint32_t endpoint, const struct chain_answer *chain)
{
	struct client *client = context;

	assert_int_equal(chain->interval_s, 3);
	client->blocks = client->answers = 0;
	client->is_up = true;
	nodes_subscribe(client->nodes, endpoint, true);
}

static void on_down(void *context, uint32_t endpoint, const char *why)
{
	(void)endpoint;
	((struct client *)context)->is_up = false;
	assert_true(strlen(why) > 0);
}

static void on_block(void *context, uint32_t endpoint, const struct block *block)
{
	struct client *client = context;

	(void)endpoint;
	assert_string_equal(block->witness, "foo");
	client->blocks++;
	ask(client);
}

static void on_time_out(void *context)
{
	struct client *client = context;

	client->timed_out = true;
	loop_stop(client->loop);
}

static void run_client(const char *url, const char *ca_file, bool hasty, uint64_t *ret_faults)
{
	struct client client = {.asking = false};
	struct error err;
	struct nodes_events events = {&client, on_up, on_down, on_block};
	struct nodes_options options = {
		.count = 1,
		.urls = &url,
		.ca_file = ca_file,
		.silence_ms = hasty ? HASTY_MS : PATIENT_MS,
		.handshake_ms = hasty ? HASTY_MS : PATIENT_MS,
		.backoff_ms = 4,
		.backoff_max_ms = 20,
	};

	assert_int_equal(loop_new(&client.loop, &err), GW_OK);
	struct loop_timer *limit = loop_timer_new(client.loop, on_time_out, &client);
	loop_timer_set(limit, TEST_LIMIT_MS);
	client.nodes = nodes_new(client.loop, &options, &events);
	loop_run(client.loop);
	*ret_faults = nodes_protocol_errors(client.nodes, 0);
	bool up = client.is_up;

	nodes_free(client.nodes);
	loop_timer_free(limit);
	loop_free(client.loop);
	assert_false(client.timed_out);
	assert_true(up);
}

static void test_hostile(void **state)
{
	const struct hostile *hostile = *state;
	struct hostile_node *node = hostile_node_start(hostile->moment, hostile->act);
	char url[64];
	uint64_t faults;

	snprintf(url, sizeof(url), "ws://127.0.0.1:%u", hostile_node_port(node));
	run_client(url, NULL, hostile->hasty, &faults);
	unsigned int connections = hostile_node_connections(node);

	hostile_node_stop(node);
	assert_int_equal(faults, hostile->faults);
	if (hostile->ends == KEPT)
		assert_int_equal(connections, 1);
	if (hostile->ends == DROPPED && hostile->moment != AT_ACCEPT)
		assert_true(connections >= 2);
}

int main(void)
{
	enum { COUNT = sizeof(table) / sizeof(table[0]) };
	struct CMUnitTest tests[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		tests[i] = (struct CMUnitTest){table[i].name, test_hostile, NULL, NULL, (void *)(uintptr_t)&table[i]};
	return _cmocka_run_group_tests("hostile nodes", tests, COUNT, NULL, NULL);
}
