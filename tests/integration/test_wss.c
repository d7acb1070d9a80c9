/* SPDX-License-Identifier: MIT
 *
 * wss: a certificate that leads to ca_file is taken, for the host it names alone; others are refused. And a login in
 * the URL arrives in the request. A good node with a certificate of its own, made here.
 */
#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "hostile_node.h"
#include "node/nodes.h"
#include "test.h"

#define TEST_LIMIT_MS 60000

struct client {
	struct loop *loop;
	struct loop_timer *poll;
	const struct hostile_node *node;
	bool was_up;
	bool timed_out;
};

static void on_up(void *context, uint32_t endpoint, const struct chain_answer *chain)
{
	struct client *client = context;

	(void)endpoint, (void)chain;
	client->was_up = true;
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

/* A refused client tries again and again: three handshakes without a request are enough to see it. */
static void on_poll(void *context)
{
	struct client *client = context;

	if (hostile_node_accepted(client->node) >= 3)
		loop_stop(client->loop);
	else
		loop_timer_set(client->poll, 5);
}

static bool comes_up(const struct hostile_node *node, const char *url, const char *ca_file)
{
	struct client client = {.node = node};
	struct error err;
	struct nodes_events events = {&client, on_up, on_down, on_block};
	struct nodes_options options = {
		.count = 1, .urls = &url, .ca_file = ca_file, .backoff_ms = 4, .backoff_max_ms = 20};

	assert_int_equal(loop_new(&client.loop, &err), GW_OK);
	struct loop_timer *limit = loop_timer_new(client.loop, on_time_out, &client);
	loop_timer_set(limit, TEST_LIMIT_MS);
	client.poll = loop_timer_new(client.loop, on_poll, &client);
	loop_timer_set(client.poll, 5);
	struct nodes *nodes = nodes_new(client.loop, &options, &events);
	loop_run(client.loop);
	nodes_free(nodes);
	loop_timer_free(client.poll);
	loop_timer_free(limit);
	loop_free(client.loop);
	assert_false(client.timed_out);
	return client.was_up;
}

static void expect(const struct certificate *files, const char *host, const char *ca_file, bool up)
{
	struct hostile_node *node = hostile_node_start_tls(AT_NO_TIME, NULL, files->cert, files->key);
	char url[64];

	snprintf(url, sizeof(url), "wss://%s:%u", host, hostile_node_port(node));
	bool was_up = comes_up(node, url, ca_file);

	hostile_node_stop(node);
	assert_int_equal(was_up, up);
}

TEST(trusted)
{
	const struct certificate *files = *state;

	expect(files, "localhost", files->cert, true);
}

TEST(unknown_authority)
{
	expect(*state, "localhost", NULL, false);
}

TEST(certificate_of_another_host)
{
	const struct certificate *files = *state;

	expect(files, "127.0.0.1", files->cert, false);
}

struct renewal {
	struct loop *loop;
	const struct certificate *certificate;
	struct hostile_node *node;
	unsigned int ups;
	bool timed_out;
};

static void on_renewal_up(void *context, uint32_t endpoint, const struct chain_answer *chain)
{
	struct renewal *renewal = context;

	(void)endpoint, (void)chain;
	if (++renewal->ups == 2)
		loop_stop(renewal->loop);
	else
		hostile_node_hang_up(renewal->node);
}

/* The node is down: it gets another certificate, and ca_file becomes that, too. */
static void on_renewal_down(void *context, uint32_t endpoint, const char *why)
{
	struct renewal *renewal = context;

	(void)endpoint, (void)why;
	assert_int_equal(certificate_renew(renewal->certificate), 0);
	hostile_node_renew_tls(renewal->node, renewal->certificate->cert, renewal->certificate->key);
}

static void on_renewal_time_out(void *context)
{
	struct renewal *renewal = context;

	renewal->timed_out = true;
	loop_stop(renewal->loop);
}

/* A certificate lasts for months, the watch for years. */
TEST(renewed_ca_file)
{
	struct renewal renewal = {.certificate = *state};
	struct error err;
	struct nodes_events events = {&renewal, on_renewal_up, on_renewal_down, on_block};
	char text[64];
	const char *url = text;
	struct nodes_options options = {
		.count = 1, .urls = &url, .ca_file = renewal.certificate->cert, .backoff_ms = 4, .backoff_max_ms = 20};

	renewal.node = hostile_node_start_tls(AT_NO_TIME, NULL, renewal.certificate->cert, renewal.certificate->key);
	snprintf(text, sizeof(text), "wss://localhost:%u", hostile_node_port(renewal.node));
	assert_int_equal(loop_new(&renewal.loop, &err), GW_OK);
	struct loop_timer *limit = loop_timer_new(renewal.loop, on_renewal_time_out, &renewal);
	loop_timer_set(limit, TEST_LIMIT_MS);
	struct nodes *nodes = nodes_new(renewal.loop, &options, &events);
	loop_run(renewal.loop);
	nodes_free(nodes);
	loop_timer_free(limit);
	loop_free(renewal.loop);
	hostile_node_stop(renewal.node);
	assert_false(renewal.timed_out);
	assert_int_equal(renewal.ups, 2);
}

TEST(login)
{
	struct hostile_node *node = hostile_node_start(AT_NO_TIME, NULL);
	char url[80], request[2048], host[64];

	snprintf(url, sizeof(url), "ws://Aladdin:open%%20sesame@localhost:%u/ws?x=1", hostile_node_port(node));
	bool was_up = comes_up(node, url, NULL);

	snprintf(host, sizeof(host), "\r\nHost: localhost:%u\r\n", hostile_node_port(node));
	snprintf(request, sizeof(request), "%s", hostile_node_request(node));
	hostile_node_stop(node);
	assert_true(was_up);
	assert_int_equal(strncmp(request, "GET /ws?x=1 HTTP/1.1\r\n", 22), 0);
	assert_non_null(strcasestr(request, host));
	assert_non_null(strcasestr(request, "\r\nAuthorization: Basic "));
	assert_non_null(strstr(request, "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n")); /* RFC 7617's own example */
	assert_null(strcasestr(request, "Sec-WebSocket-Extensions"));
}

int main(void)
{
	return test_run(certificate_make, certificate_remove);
}
