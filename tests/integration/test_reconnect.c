/* SPDX-License-Identifier: MIT
 *
 * Where and when an endpoint is tried again. A name with two addresses: the second is tried when the first one fails in
 * whatever way before the endpoint is up, also after it has become a websocket; the names are resolved here. And a node
 * that closes each connection after a block is gone back to at once, not after ever longer waits.
 */
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "hostile_node.h"
#include "node/nodes.h"
#include "node/resolve.h"
#include "test.h"

#define TEST_LIMIT_MS 60000
#define BAD_ADDRESS   "127.0.0.2"
#define GOOD_ADDRESS  "127.0.0.1"

/* ---- the resolver ------------------------------------------------------------------------------------------------ */

struct resolve {
	resolve_done done;
	void *context;
};

static void do_nothing(void *context)
{
	(void)context;
}

static void give_both(void *context, bool on_loop)
{
	struct resolved both = {.count = 2, .address = {BAD_ADDRESS, GOOD_ADDRESS}};
	struct resolve *resolve = context;

	if (on_loop && resolve->done)
		resolve->done(resolve->context, &both);
	free(resolve);
}

struct resolve *resolve_start(struct loop *loop, const char *host, resolve_done done, void *context)
{
	struct resolve *resolve = xcalloc(1, sizeof(*resolve));

	(void)host;
	*resolve = (struct resolve){done, context};
	loop_work(loop, do_nothing, give_both, resolve);
	return resolve;
}

void resolve_cancel(struct resolve *resolve)
{
	if (resolve)
		resolve->done = NULL;
}

/* ---- the first address ------------------------------------------------------------------------------------------- */

typedef void bad_act(struct hostile_link *link);

struct bad_node {
	int listen_fd;
	uint16_t port;
	bad_act *act;
	pthread_t thread;
};

static bool is_request(const struct hostile_link *link, const char *method)
{
	return strstr(link_request(link), method) != NULL;
}

static void *serve(void *context)
{
	struct bad_node *bad = context;
	struct hostile_link *link;

	while ((link = link_accept(bad->listen_fd))) {
		bad->act(link);
		link_close(link);
	}
	return NULL;
}

/* port 0: the kernel's choice. */
static void start_bad(struct bad_node *bad, uint16_t port, bad_act *act)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t size = sizeof(address);

	inet_pton(AF_INET, BAD_ADDRESS, &address.sin_addr);
	bad->act = act;
	bad->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(bad->listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(bad->listen_fd, 16), 0);
	assert_int_equal(getsockname(bad->listen_fd, (struct sockaddr *)&address, &size), 0);
	bad->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&bad->thread, NULL, serve, bad), 0);
}

static void stop_bad(struct bad_node *bad)
{
	shutdown(bad->listen_fd, SHUT_RDWR);
	pthread_join(bad->thread, NULL);
	close(bad->listen_fd);
}

static void closes(struct hostile_link *link)
{
	link_next_request(link);
}

static void refuses(struct hostile_link *link)
{
	uint32_t id = link_next_request(link);

	link_send_text(link, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32601,\"message\":\"no\"},\"id\":%u}", id);
	link_wait_for_end(link);
}

static void says_nothing(struct hostile_link *link)
{
	link_wait_for_end(link);
}

static void answers_nonsense(struct hostile_link *link)
{
	uint32_t id = link_next_request(link);

	link_send_text(link, "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":%u}", id);
	link_wait_for_end(link);
}

/* As a proxy before golosd that ends every connection after seconds. */
static void closes_after_a_block(struct hostile_link *link)
{
	uint32_t id;

	while ((id = link_next_request(link)) && !is_request(link, "set_block_applied_callback"))
		link_answer(link, id);
	link_send_text(link,
		       "{\"jsonrpc\":\"2.0\",\"result\":{\"previous\":\"%040d\",\"timestamp\":\"2026-11-23T18:18:27\","
		       "\"witness\":\"foo\"},\"id\":%u}",
		       0, id);
	link_send_frame(link, 0x88, false, "\x03\xe9", 2); /* 1001: going away */
	link_wait_for_end(link);
}

/* ---- the client -------------------------------------------------------------------------------------------------- */

struct client {
	struct loop_timer *look;
	struct loop *loop;
	struct nodes *nodes;	    /* for who wants blocks; NULL: being up is enough */
	unsigned int blocks_wanted; /* still */
	bool timed_out;
};

static void on_up(void *context, uint32_t endpoint, const struct chain_answer *chain)
{
	struct client *client = context;

	(void)chain;
	if (client->blocks_wanted)
		nodes_subscribe(client->nodes, endpoint, false);
	else
		loop_stop(client->loop);
}

static void on_down(void *context, uint32_t endpoint, const char *why)
{
	(void)context, (void)endpoint, (void)why;
}

static void on_block(void *context, uint32_t endpoint, const struct block *block)
{
	struct client *client = context;

	(void)endpoint, (void)block;
	if (--client->blocks_wanted == 0)
		loop_stop(client->loop);
}

static void on_time_out(void *context)
{
	struct client *client = context;

	client->timed_out = true;
	loop_stop(client->loop);
}

static void run_client(struct client *client, uint16_t port, uint32_t handshake_ms)
{
	struct error err;
	char text[64];
	const char *url = text;
	struct nodes_events events = {client, on_up, on_down, on_block};
	struct nodes_options options = {.count = 1,
					.urls = &url,
					.backoff_ms = 4,
					.own_backoff_max_ms = TEST_LIMIT_MS,
					.handshake_ms = handshake_ms};

	snprintf(text, sizeof(text), "ws://two.addresses:%u", port);
	assert_int_equal(loop_new(&client->loop, &err), GW_OK);
	struct loop_timer *limit = loop_timer_new(client->loop, on_time_out, client);
	loop_timer_set(limit, TEST_LIMIT_MS);
	client->nodes = nodes_new(client->loop, &options, &events);
	loop_run(client->loop);
	nodes_free(client->nodes);
	loop_timer_free(limit);
	loop_free(client->loop);
	assert_false(client->timed_out);
}

static void expect_second(bad_act *act, uint32_t handshake_ms)
{
	struct hostile_node *good = hostile_node_start(AT_NO_TIME, NULL);
	struct bad_node bad;
	struct client client = {.timed_out = false};

	start_bad(&bad, hostile_node_port(good), act);
	run_client(&client, hostile_node_port(good), handshake_ms);
	stop_bad(&bad);
	hostile_node_stop(good);
}

TEST(first_closes_after_the_upgrade)
{
	expect_second(closes, 0);
}

TEST(first_refuses_get_config)
{
	expect_second(refuses, 0);
}

TEST(first_answers_nonsense)
{
	expect_second(answers_nonsense, 0);
}

TEST(first_says_nothing)
{
	expect_second(says_nothing, 300);
}

/* Doubled with each, the waits would take minutes. */
TEST(a_node_that_closes_is_gone_back_to)
{
	struct bad_node bad;
	struct client client = {.blocks_wanted = 20};

	start_bad(&bad, 0, closes_after_a_block);
	run_client(&client, bad.port, 0);
	stop_bad(&bad);
}

/* ---- our own golosd is tried again sooner than a stranger's ------------------------------------------------------ */

#define OWN_TRIES   12
#define OTHER_TRIES 9 /* 20 ms doubled so often is over 5 s */

static atomic_uint own_tries, other_tries;

static void counts_as_own(struct hostile_link *link)
{
	(void)link;
	own_tries++;
}

static void counts_as_other(struct hostile_link *link)
{
	(void)link;
	other_tries++;
}

static void look_at_tries(void *context)
{
	struct client *client = context;

	if (own_tries >= OWN_TRIES)
		loop_stop(client->loop);
	else
		loop_timer_set(client->look, 5);
}

TEST(our_own_is_tried_sooner)
{
	struct bad_node own, other;
	struct client client = {.timed_out = false};
	char own_url[64], other_url[64];
	const char *const urls[] = {own_url, other_url};
	struct error err;
	struct nodes_events events = {&client, on_up, on_down, on_block};
	struct nodes_options options = {.count = 2, .urls = urls, .backoff_ms = 20, .own_backoff_max_ms = 20};

	start_bad(&own, 0, counts_as_own);
	start_bad(&other, 0, counts_as_other);
	snprintf(own_url, sizeof(own_url), "ws://two.addresses:%u", own.port);
	snprintf(other_url, sizeof(other_url), "ws://two.addresses:%u", other.port);
	assert_int_equal(loop_new(&client.loop, &err), GW_OK);
	client.look = loop_timer_new(client.loop, look_at_tries, &client);
	loop_timer_set(client.look, 0);
	client.nodes = nodes_new(client.loop, &options, &events);
	loop_run(client.loop);
	assert_true(other_tries < OTHER_TRIES);
	nodes_free(client.nodes);
	loop_timer_free(client.look);
	loop_free(client.loop);
	stop_bad(&other);
	stop_bad(&own);
}
