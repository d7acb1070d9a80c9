/* SPDX-License-Identifier: MIT
 *
 * libwebsockets as the nodes' server. The listening sockets are our own, adopted as raw files, so that a killed node
 * refuses connections as a dead golosd does; accepted sockets are handed to lws. One thread, one loop.
 */
#include "devnet/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

#define MESSAGE_MAX    ((size_t)32000000) /* golosd's own limit */
#define QUEUE_MAX      ((size_t)64 << 20) /* bytes a client may leave unread */
#define LISTEN_BACKLOG 64
#define RETRY_MS       50 /* where the port of a revived node cannot be opened at once */

struct outgoing {
	struct outgoing *next;
	size_t len;
	uint8_t bytes[]; /* LWS_PRE of room, then the text */
};

struct session { /* lws's per-connection memory; zeroed by lws */
	struct lws *wsi;
	struct session *next;
	uint64_t client;
	struct outgoing *first, **last;
	size_t queued;
	char *received;
	size_t received_len;
};

struct port {
	uint16_t number;
	int reserved; /* bound and never listening: the number stays ours while the node is dead */
	struct lws *listener;
	bool deaf;
};

struct server {
	struct lws_context *context;
	struct lws_vhost *vhost; /* one for all nodes: lws would choose among several by the Host header */
	struct wire *wire;
	struct session *sessions;
	lws_sorted_usec_list_t timer;
	volatile sig_atomic_t stopped;
	size_t node_count;
	struct port ports[NODES_MAX];
};

/* The network's clock. */
static int64_t now_ms(const struct server *server)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - server->wire->options.behind_ms;
}

/* ---- listening ----------------------------------------------------------------------------------------------- */

static int bind_socket(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
	    bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool reserve_port(struct port *port, uint16_t wanted)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	port->reserved = bind_socket(wanted);
	if (port->reserved < 0 || getsockname(port->reserved, (struct sockaddr *)&address, &len) != 0)
		return false;
	port->number = ntohs(address.sin_port);
	return true;
}

static bool open_listener(struct server *server, struct port *port)
{
	int fd = bind_socket(port->number);
	if (fd < 0)
		return false;
	lws_sock_file_fd_type file = {.filefd = fd};
	if (listen(fd, LISTEN_BACKLOG) == 0)
		port->listener =
			lws_adopt_descriptor_vhost(server->vhost, LWS_ADOPT_RAW_FILE_DESC, file, "listener", NULL);
	if (!port->listener)
		close(fd);
	return port->listener != NULL;
}

static void close_listener(struct port *port)
{
	(void)shutdown(lws_get_socket_fd(port->listener), SHUT_RDWR); /* refuses from here on */
	lws_set_timeout(port->listener, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	port->listener = NULL;
	port->deaf = false;
}

/* The kernel goes on to take connections, as for a golosd that is stopped: nobody answers their handshake. */
static void follow_freeze(struct port *port, bool frozen)
{
	if (!port->listener || port->deaf == frozen)
		return;
	(void)lws_rx_flow_control(port->listener, !frozen);
	port->deaf = frozen;
}

/* Ports of living nodes listen, those of dead ones do not, those of frozen ones accept nothing. false: one could not be
 * opened, try again. */
static bool follow_nodes(struct server *server)
{
	bool actions_done = true;
	for (size_t i = 0; i < server->node_count; i++) {
		struct port *port = &server->ports[i];
		bool alive = network_is_alive(server->wire->net, i);
		if (alive && !port->listener)
			actions_done = open_listener(server, port) && actions_done;
		else if (!alive && port->listener)
			close_listener(port);
		follow_freeze(port, server->wire->faults[i].frozen);
	}
	return actions_done;
}

static struct server *server_of(const struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

static int on_listener(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void)user;
	(void)in;
	(void)len;
	struct server *server = server_of(wsi);
	if (reason == LWS_CALLBACK_RAW_RX_FILE) {
		int fd = accept4(lws_get_socket_fd(wsi), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			(void)lws_adopt_socket_vhost(server->vhost, fd); /* it closes what it cannot take */
	}
	return 0;
}

/* ---- connections --------------------------------------------------------------------------------------------- */

static struct session *find_session(struct server *server, uint64_t client)
{
	struct session *session = server->sessions;
	while (session && session->client != client)
		session = session->next;
	return session;
}

static void close_session(void *context, uint64_t client)
{
	struct session *session = find_session(context, client);
	if (session)
		lws_set_timeout(session->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void send_text(void *context, uint64_t client, const char *text)
{
	struct session *session = find_session(context, client);
	if (!session)
		return;
	size_t len = strlen(text);
	if (session->queued + len > QUEUE_MAX) {
		close_session(context, client);
		return;
	}
	struct outgoing *message = xcalloc(1, sizeof *message + LWS_PRE + len);
	message->len = len;
	memcpy(message->bytes + LWS_PRE, text, len);
	*session->last = message;
	session->last = &message->next;
	session->queued += len;
	lws_callback_on_writable(session->wsi);
}

static void send_bytes(void *context, uint64_t client, const uint8_t *bytes, size_t len)
{
	struct session *session = find_session(context, client);
	if (session)
		(void)!send(lws_get_socket_fd(session->wsi), bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int write_next(struct session *session)
{
	struct outgoing *message = session->first;
	if (!message)
		return 0;
	int written = lws_write(session->wsi, message->bytes + LWS_PRE, message->len, LWS_WRITE_TEXT);
	session->queued -= message->len;
	session->first = message->next;
	if (!session->first)
		session->last = &session->first;
	free(message);
	if (written < 0)
		return -1;
	if (session->first)
		lws_callback_on_writable(session->wsi);
	return 0;
}

static void schedule(struct server *server);

static int receive(struct server *server, struct session *session, const void *in, size_t len)
{
	if (session->received_len + len > MESSAGE_MAX) {
		lws_close_reason(session->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
		return -1;
	}
	session->received = xrealloc(session->received, session->received_len + len + 1, 1);
	if (len)
		memcpy(session->received + session->received_len, in, len);
	session->received_len += len;
	if (!lws_is_final_fragment(session->wsi) || lws_remaining_packet_payload(session->wsi))
		return 0;
	wire_advance(server->wire, now_ms(server)); /* what was due before it comes first */
	wire_receive(server->wire, session->client, session->received, session->received_len,
		     lws_frame_is_binary(session->wsi));
	session->received_len = 0;
	schedule(server);
	return 0;
}

/* The node whose port a connection came in by; node_count: none. */
static size_t node_of(const struct server *server, struct lws *wsi)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	size_t node = 0;
	if (getsockname(lws_get_socket_fd(wsi), (struct sockaddr *)&address, &len) != 0)
		return server->node_count;
	while (node < server->node_count && server->ports[node].number != ntohs(address.sin_port))
		node++;
	return node;
}

static int establish(struct server *server, struct session *session, struct lws *wsi)
{
	size_t node = node_of(server, wsi);
	session->wsi = wsi;
	session->last = &session->first;
	session->next = server->sessions;
	server->sessions = session;
	session->client = node < server->node_count ? wire_connect(server->wire, node) : 0;
	return session->client ? 0 : -1;
}

static void end_session(struct server *server, struct session *session)
{
	wire_disconnect(server->wire, session->client);
	for (struct session **at = &server->sessions; *at; at = &(*at)->next) {
		if (*at == session) {
			*at = session->next;
			break;
		}
	}
	while (session->first) {
		struct outgoing *next = session->first->next;
		free(session->first);
		session->first = next;
	}
	free(session->received);
}

static int on_client(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *session = user;
	if (reason == LWS_CALLBACK_ESTABLISHED)
		return establish(server_of(wsi), session, wsi);
	if (reason == LWS_CALLBACK_RECEIVE)
		return receive(server_of(wsi), session, in, len);
	if (reason == LWS_CALLBACK_SERVER_WRITEABLE)
		return write_next(session);
	if (reason == LWS_CALLBACK_CLOSED)
		end_session(server_of(wsi), session);
	return 0;
}

/* ---- loop ---------------------------------------------------------------------------------------------------- */

static void on_timer(lws_sorted_usec_list_t *timer)
{
	struct server *server = lws_container_of(timer, struct server, timer);
	wire_advance(server->wire, now_ms(server));
	schedule(server);
}

/* After anything that may have moved the next event. */
static void schedule(struct server *server)
{
	int64_t wait_ms = wire_next_ms(server->wire) - now_ms(server);
	if (!follow_nodes(server) && wait_ms > RETRY_MS)
		wait_ms = RETRY_MS;
	lws_sul_schedule(server->context, 0, &server->timer, on_timer, (wait_ms > 0 ? wait_ms : 0) * 1000 + 1);
}

static const struct lws_protocols protocols[] = {
	{"golosd", on_client, sizeof(struct session), 65536, 0, NULL, 0},
	{"listener", on_listener, 0, 0, 0, NULL, 0},
	{NULL, NULL, 0, 0, 0, NULL, 0},
};

static bool open_context(struct server *server)
{
	struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN_SERVER,
						 .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
						 .protocols = protocols,
						 .user = server};
	lws_set_log_level(LLL_ERR, NULL);
	server->context = lws_create_context(&info);
	server->vhost = server->context ? lws_create_vhost(server->context, &info) : NULL;
	return server->vhost != NULL;
}

gw_status server_new(struct server **ret, const struct genesis *genesis, size_t node_count, const uint16_t *ports,
		     const struct wire_options *options, struct error *err)
{
	struct server *server = xcalloc(1, sizeof *server);
	struct wire_output output = {server, send_text, close_session, send_bytes};
	for (size_t i = 0; i < NODES_MAX; i++)
		server->ports[i].reserved = -1;
	server->node_count = node_count;
	server->wire = wire_new(genesis, node_count, options, &output);
	if (!open_context(server)) {
		server_free(server);
		return error_set(err, GW_ERR_SYSTEM, "libwebsockets gives no context");
	}
	for (size_t i = 0; i < node_count; i++) {
		if (reserve_port(&server->ports[i], ports[i]) && open_listener(server, &server->ports[i]))
			continue;
		server_free(server);
		return error_set(err, GW_ERR_SYSTEM, "node %zu, port %u: %s", i, ports[i], strerror(errno));
	}
	*ret = server;
	return GW_OK;
}

void server_free(struct server *server)
{
	if (server->context)
		lws_context_destroy(server->context);
	for (size_t i = 0; i < NODES_MAX; i++)
		if (server->ports[i].reserved >= 0)
			close(server->ports[i].reserved);
	wire_free(server->wire);
	free(server);
}

struct wire *server_wire(struct server *server)
{
	return server->wire;
}

uint16_t server_port(const struct server *server, size_t node)
{
	return server->ports[node].number;
}

void server_run(struct server *server)
{
	schedule(server);
	while (!server->stopped && lws_service(server->context, 0) >= 0)
		;
}

void server_stop(struct server *server)
{
	server->stopped = 1;
	lws_cancel_service(server->context);
}
