/* SPDX-License-Identifier: MIT
 *
 * Two ends of the cluster's link over loopback, in one loop. They are told the ports that the system gave.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cluster/socket.h"
#include "test.h"

#define PATIENCE_MS 60000

struct end {
	struct peers *peers;
	struct cluster_keys keys;
	struct cluster_socket *socket;
};

struct scene {
	struct loop *loop;
	struct loop_timer *patience;
	struct end ends[2];
	const char *missing; /* what is waited for; NULL: it is there */
};

static struct scene scene;

static bool is_fresh(size_t of)
{
	return peers_fresh(scene.ends[of].peers, loop_mono_ms()) == 2;
}

static void on_changed(void *context)
{
	(void)context;
	if (!is_fresh(0) || !is_fresh(1))
		return;
	scene.missing = NULL;
	loop_stop(scene.loop);
}

static void on_second(void *context)
{
	(void)context;
}

static void on_patience(void *context)
{
	(void)context;
	loop_stop(scene.loop);
}

static int set_up(void **state)
{
	struct error err;

	(void)state;
	memset(&scene, 0, sizeof(scene));
	if (loop_new(&scene.loop, &err))
		return -1;
	scene.patience = loop_timer_new(scene.loop, on_patience, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		cluster_socket_free(scene.ends[i].socket);
		peers_free(scene.ends[i].peers);
	}
	loop_timer_free(scene.patience);
	loop_free(scene.loop);
	return 0;
}

/* a or b, which listens at `at`, and looks for the other one at host and port. */
static void open_end(size_t which, const char *at, const char *host, uint16_t port, uint8_t key)
{
	static const struct socket_events events = {.second = on_second, .changed = on_changed};
	struct cluster_settings settings = {.node_count = 2, .nodes = {{.name = "a"}, {.name = "b"}}};
	struct cluster_node *other = &settings.nodes[1 - which];
	const uint8_t boot[CLUSTER_BOOT_BYTES] = {(uint8_t)(which + 1)};
	struct end *end = &scene.ends[which];
	struct cluster_address listen = {.port = 0};
	struct error err;

	snprintf(listen.host, sizeof(listen.host), "%s", at);
	snprintf(other->addresses[0].host, sizeof(other->addresses[0].host), "%s", host);
	other->addresses[0].port = port;
	other->count = 1;
	settings.name[0] = (char)('a' + which);
	end->keys.count = 1;
	memset(end->keys.links[0], key, CLUSTER_KEY_BYTES);
	end->peers = peers_new(&settings, boot, false, loop_mono_ms());
	if (cluster_socket_new(&end->socket, scene.loop, &listen, settings.nodes, &end->keys, end->peers, &events,
			       &err))
		fail_msg("%s", err.text);
}

static void await_fresh(void)
{
	scene.missing = "both to be fresh";
	loop_timer_set(scene.patience, PATIENCE_MS);
	loop_run(scene.loop);
	if (scene.missing)
		fail_msg("%s, in vain", scene.missing);
}

/* b never finds a by itself: a is behind NAT, or its address is another one by now. */
TEST(an_end_behind_nat_is_answered_where_it_comes_from, set_up, tear_down)
{
	open_end(1, "127.0.0.1", "127.0.0.1", 9, 1);
	open_end(0, "127.0.0.1", "127.0.0.1", cluster_socket_port(scene.ends[1].socket), 1);
	await_fresh();
}

TEST(a_name_is_resolved_and_either_kind_of_address_will_do, set_up, tear_down)
{
	open_end(1, "::", "127.0.0.1", 9, 1);
	open_end(0, "::", "localhost", cluster_socket_port(scene.ends[1].socket), 1);
	await_fresh();
}

/* Whatever else comes is counted, and answered with nothing. */
TEST(what_does_not_open_is_counted_and_never_answered, set_up, tear_down)
{
	static const char *const rubbish[] = {"", "GET / HTTP/1.1", "GWL\1 of no length", "GWL\2 of another version"};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int stranger = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char forged[200] = "GWL\1", answer;

	open_end(1, "127.0.0.1", "127.0.0.1", 9, 1);
	open_end(0, "127.0.0.1", "127.0.0.1", cluster_socket_port(scene.ends[1].socket), 1);
	to.sin_port = htons(cluster_socket_port(scene.ends[1].socket));
	for (size_t i = 0; i < COUNT(rubbish); i++)
		assert_int_equal(
			sendto(stranger, rubbish[i], strlen(rubbish[i]), 0, (const struct sockaddr *)&to, sizeof(to)),
			strlen(rubbish[i]));
	assert_int_equal(sendto(stranger, forged, sizeof(forged), 0, (const struct sockaddr *)&to, sizeof(to)),
			 sizeof(forged));
	await_fresh();
	const struct socket_counts *counts = cluster_socket_counts(scene.ends[1].socket);

	assert_int_equal(counts->strange, 3);
	assert_int_equal(counts->version, 1);
	assert_int_equal(counts->not_opened, 1);
	assert_int_equal(counts->received, 5 + counts->words + counts->repeated);
	assert_int_equal(recv(stranger, &answer, 1, MSG_DONTWAIT), -1);
	close(stranger);
}

static void on_second_thoughts(void *context)
{
	(void)context;
	if (cluster_socket_counts(scene.ends[1].socket)->not_opened < 2)
		return;
	scene.missing = NULL;
	loop_stop(scene.loop);
}

/* With another key each hears the other's datagrams, and knows nothing of it. */
TEST(another_key_is_no_word, set_up, tear_down)
{
	struct loop_timer *look;

	open_end(1, "127.0.0.1", "127.0.0.1", 9, 1);
	open_end(0, "127.0.0.1", "127.0.0.1", cluster_socket_port(scene.ends[1].socket), 2);
	look = loop_timer_new(scene.loop, on_second_thoughts, NULL);
	for (size_t i = 0; i < 40; i++) {
		scene.missing = "a second datagram";
		loop_timer_set(look, 500);
		loop_timer_set(scene.patience, 600);
		loop_run(scene.loop);
		if (!scene.missing)
			break;
	}
	loop_timer_free(look);
	assert_null(scene.missing);
	assert_int_equal(cluster_socket_counts(scene.ends[1].socket)->words, 0);
	assert_int_equal(peers_fresh(scene.ends[1].peers, loop_mono_ms()), 1);
}

TEST(an_address_that_is_not_ours, set_up, tear_down)
{
	const struct cluster_address at = {"192.0.2.1", 4700}, name = {"localhost", 4700};
	struct cluster_settings settings = {.name = "a", .node_count = 2, .nodes = {{.name = "a"}, {.name = "b"}}};
	const uint8_t boot[CLUSTER_BOOT_BYTES] = {1};
	const struct socket_events events = {.second = on_second, .changed = on_changed};
	struct end *end = &scene.ends[0];
	struct error err;

	end->peers = peers_new(&settings, boot, false, 0);
	assert_int_equal(cluster_socket_new(&end->socket, scene.loop, &at, settings.nodes, &end->keys, end->peers,
					    &events, &err),
			 GW_ERR_SYSTEM);
	assert_non_null(strstr(err.text, "192.0.2.1"));
	assert_int_equal(cluster_socket_new(&end->socket, scene.loop, &name, settings.nodes, &end->keys, end->peers,
					    &events, &err),
			 GW_ERR_CONFIG);
	assert_string_equal(err.text, "cluster: localhost is no address to listen at");
}
