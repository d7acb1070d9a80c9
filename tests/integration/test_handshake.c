/* SPDX-License-Identifier: MIT
 *
 * Handshakes that hang, with the times that a user has: libwebsockets has timers of its own, which a test with short
 * times of ours never meets. All at once, for they take as long as our own limit; each node misbehaves on its first
 * connection and is good then, so that in the end all must be up but the one that accepts nothing.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certificate.h"
#include "hostile_node.h"
#include "node/nodes.h"
#include "node/ws_lws.h"
#include "test.h"

#define TEST_LIMIT_MS 60000
#define LATE_MS	      7000 /* past libwebsockets' default for an answer, 5 s, and within ours */
#define HALF_A_HEAD   "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgr"

/* ---- what they do ------------------------------------------------------------------------------------------------ */

static bool says_nothing(struct hostile_link *link, uint32_t id)
{
	(void)id;
	link_wait_for_end(link);
	return false;
}

static bool half_a_head(struct hostile_link *link, uint32_t id)
{
	link_send_raw(link, HALF_A_HEAD, strlen(HALF_A_HEAD));
	return says_nothing(link, id);
}

/* Until the client has gone, but no longer than LATE_MS. */
static void wait_until_late(struct hostile_link *link)
{
	struct pollfd end = {.fd = link_fd(link), .events = POLLRDHUP};

	poll(&end, 1, LATE_MS);
}

static bool closes_late(struct hostile_link *link, uint32_t id)
{
	(void)id;
	wait_until_late(link);
	return false;
}

static bool resets_late(struct hostile_link *link, uint32_t id)
{
	(void)id;
	wait_until_late(link);
	link_reset(link);
	return false;
}

static bool upgrades_late(struct hostile_link *link, uint32_t id)
{
	(void)id;
	wait_until_late(link);
	return link_upgrade(link);
}

static const struct hang {
	const char *name;
	enum hostile_moment moment;
	hostile_act act;
	bool tls;
	unsigned int connections; /* of which a request was read */
} hangs[] = {
	{"accepts and says nothing", AT_ACCEPT, says_nothing, false, 1},
	{"reads the request and says nothing", AT_HANDSHAKE, says_nothing, false, 2},
	{"half of a response head", AT_HANDSHAKE, half_a_head, false, 2},
	{"closes after 7 s", AT_HANDSHAKE, closes_late, false, 2},
	{"resets after 7 s", AT_HANDSHAKE, resets_late, false, 2},
	{"the right answer after 7 s", AT_HANDSHAKE, upgrades_late, false, 1},
	{"TLS, then nothing", AT_HANDSHAKE, says_nothing, true, 2},
	{"TLS, and half of a response head", AT_HANDSHAKE, half_a_head, true, 2},
};
#define HANGS	  (sizeof(hangs) / sizeof(hangs[0]))
#define ENDPOINTS (HANGS + 1) /* the last: a listening socket that accepts nothing */

static struct hostile_node *start(const struct hang *hang, const struct certificate *own)
{
	return hang->tls ? hostile_node_start_tls(hang->moment, hang->act, own->cert, own->key)
			 : hostile_node_start(hang->moment, hang->act);
}

/* ---- all of them, with the times that a user has ------------------------------------------------------------------
 */

struct client {
	struct loop *loop;
	struct nodes *nodes;
	bool was_up[ENDPOINTS];
	size_t up_count;
	bool timed_out;
};

static void on_up(void *context, uint32_t endpoint, const struct chain_answer *chain)
{
	struct client *client = context;

	(void)chain;
	client->up_count += !client->was_up[endpoint];
	client->was_up[endpoint] = true;
	if (client->up_count == HANGS)
		loop_stop(client->loop);
}

static void on_down(void *context, uint32_t endpoint, const char *why)
{
	(void)context, (void)endpoint, (void)why;
}

static void on_block(void *context, uint32_t endpoint, const struct block *block)
{
	(void)context, (void)endpoint, (void)block;
}

static void on_time_out(void *context)
{
	struct client *client = context;

	client->timed_out = true;
	loop_stop(client->loop);
}

static void run_client(struct client *client, const char *const urls[ENDPOINTS], const char *ca_file)
{
	struct error err;
	struct nodes_events events = {client, on_up, on_down, on_block};
	struct nodes_options options = {.count = ENDPOINTS, .urls = urls, .ca_file = ca_file, .backoff_ms = 4};

	assert_int_equal(loop_new(&client->loop, &err), GW_OK);
	struct loop_timer *limit = loop_timer_new(client->loop, on_time_out, client);
	loop_timer_set(limit, TEST_LIMIT_MS);
	client->nodes = nodes_new(client->loop, &options, &events);
	loop_run(client->loop);
	nodes_free(client->nodes);
	loop_timer_free(limit);
	loop_free(client->loop);
}

TEST(users_times)
{
	const struct certificate *own = *state;
	struct hostile_node *nodes[HANGS];
	char url_texts[ENDPOINTS][64];
	const char *urls[ENDPOINTS];
	struct client client = {.up_count = 0};
	uint16_t deaf_port;
	int deaf_fd = link_listen(&deaf_port);

	for (size_t i = 0; i < HANGS; i++) {
		nodes[i] = start(&hangs[i], own);
		snprintf(url_texts[i], sizeof(url_texts[i]), "%s://localhost:%u", hangs[i].tls ? "wss" : "ws",
			 hostile_node_port(nodes[i]));
	}
	snprintf(url_texts[HANGS], sizeof(url_texts[HANGS]), "ws://127.0.0.1:%u", deaf_port);
	for (size_t i = 0; i < ENDPOINTS; i++)
		urls[i] = url_texts[i];
	run_client(&client, urls, own->cert);
	assert_false(client.timed_out);
	assert_false(client.was_up[HANGS]);
	for (size_t i = 0; i < HANGS; i++) {
		print_message("%s\n", hangs[i].name);
		assert_int_equal(hostile_node_connections(nodes[i]), hangs[i].connections);
		hostile_node_stop(nodes[i]);
	}
	close(deaf_fd);
}

/* ---- with nobody but libwebsockets to end them --------------------------------------------------------------------
 */

struct lone {
	size_t *going;
	struct loop *loop;
	struct ws *ws;
	unsigned int ends;
};

static void lone_end(void *context)
{
	struct lone *lone = context;

	if (lone->ends++ == 0 && --*lone->going == 0)
		loop_stop(lone->loop);
}

static void lone_message(void *context, const char *text, size_t len)
{
	(void)context, (void)text, (void)len;
	fail_msg("a message");
}

static void lone_misuse(void *context, enum ws_misuse misuse)
{
	(void)context, (void)misuse;
	fail_msg("misuse");
}

static void lone_closed(void *context, const char *why)
{
	assert_true(strlen(why) > 0);
	lone_end(context);
}

static void connect_lone(struct lone *lone, struct ws_client *client, const struct hostile_node *node, bool tls)
{
	static const struct ws_handlers handlers = {lone_end, lone_message, lone_misuse, lone_closed};
	struct ws_target target = {
		.tls = tls, .port = hostile_node_port(node), .address = "127.0.0.1", .host = "localhost", .path = "/"};

	lone->ws = ws_open(client, &target, 1000, &handlers, lone);
}

/* Each end is told once, however libwebsockets came to it, and to free the websocket then touches nothing of it. */
TEST(libwebsockets_times)
{
	const struct certificate *own = *state;
	struct hostile_node *nodes[HANGS];
	struct lone lones[HANGS] = {{.ends = 0}};
	struct client limited = {.up_count = 0};
	size_t going = HANGS;
	struct error err;

	assert_int_equal(loop_new(&limited.loop, &err), GW_OK);
	struct loop_timer *limit = loop_timer_new(limited.loop, on_time_out, &limited);
	loop_timer_set(limit, TEST_LIMIT_MS);
	struct ws_client *client = ws_client_new(limited.loop, true, true);
	assert_non_null(client);
	assert_int_equal(ws_client_trust(client, own->cert, &err), GW_OK);
	for (size_t i = 0; i < HANGS; i++) {
		nodes[i] = start(&hangs[i], own);
		lones[i] = (struct lone){.going = &going, .loop = limited.loop};
		connect_lone(&lones[i], client, nodes[i], hangs[i].tls);
	}
	loop_run(limited.loop);
	for (size_t i = 0; i < HANGS; i++) {
		print_message("%s\n", hangs[i].name);
		ws_free(lones[i].ws);
		hostile_node_stop(nodes[i]);
		assert_int_equal(lones[i].ends, 1);
	}
	ws_client_free(client);
	loop_timer_free(limit);
	loop_free(limited.loop);
	assert_false(limited.timed_out);
}

int main(void)
{
	return test_run(certificate_make, certificate_remove);
}
