/* SPDX-License-Identifier: MIT */
#include "hostile_node.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX    8192
#define REQUEST_MAX 65536
#define FIN_TEXT    0x81
#define FIN_CLOSE   0x88
#define MASK_BIT    0x80

struct hostile_node {
	int listen_fd;
	uint16_t port;
	pthread_t thread;
	enum hostile_moment moment;
	hostile_act act;
	_Atomic(SSL_CTX *) tls;
	SSL_CTX *old_tls; /* once renewed: the thread may have it in hand */
	atomic_uint accepted, connections;
	atomic_int fd; /* of the connection served, to be shut down from outside; -1: none */
	atomic_bool stopping;
	char head[HEAD_MAX];
};

struct hostile_link {
	struct hostile_node *node;
	int fd;
	SSL *ssl;
	bool evil; /* still to do */
	uint32_t subscription;
	uint32_t block_num;
	char request[REQUEST_MAX];
};

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

bool link_send_raw(struct hostile_link *link, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = link->ssl ? SSL_write(link->ssl, at, len > 16384 ? 16384 : (int)len)
				      : send(link->fd, at, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool receive(struct hostile_link *link, void *bytes, size_t len)
{
	char *at = bytes;

	while (len) {
		ssize_t n = link->ssl ? SSL_read(link->ssl, at, (int)len) : recv(link->fd, at, len, 0);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool link_send_frame(struct hostile_link *link, uint8_t first, bool masked, const void *bytes, size_t len)
{
	uint8_t head[14] = {first};
	size_t head_len = 2;
	uint8_t mask = masked ? MASK_BIT : 0;

	if (len < 126) {
		head[1] = (uint8_t)len | mask;
	} else {
		size_t length_bytes = len < 65536 ? 2 : 8;

		head[1] = (length_bytes == 2 ? 126 : 127) | mask;
		for (size_t i = 0; i < length_bytes; i++)
			head[head_len++] = (uint8_t)((uint64_t)len >> 8 * (length_bytes - 1 - i));
	}
	if (masked)
		head_len += 4; /* a key of zeros: the payload stays readable */
	return link_send_raw(link, head, head_len) && link_send_raw(link, bytes, len);
}

bool link_send_text(struct hostile_link *link, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		return false;
	bool sent = link_send_frame(link, FIN_TEXT, false, text, (size_t)len);

	free(text);
	return sent;
}

/* ---- what a good node says --------------------------------------------------------------------------------------- */

bool link_answer(struct hostile_link *link, uint32_t id)
{
	if (strstr(link->request, "\"get_config\""))
		return link_send_text(link,
				      "{\"jsonrpc\":\"2.0\",\"result\":{\"STEEMIT_CHAIN_ID\":\"%064d\","
				      "\"STEEMIT_ADDRESS_PREFIX\":\"GLS\",\"STEEMIT_BLOCK_INTERVAL\":3,"
				      "\"STEEMIT_MAX_WITNESSES\":21},\"id\":%u}",
				      0, id);
	return link_send_text(link, "{\"id\":%u,\"result\":{\"head_block_number\":%u},\"jsonrpc\":\"2.0\"}", id,
			      link->block_num);
}

bool link_push_block(struct hostile_link *link)
{
	link->block_num++;
	return link_send_text(link,
			      "{\"jsonrpc\":\"2.0\",\"result\":{\"previous\":\"%08x%032d\",\"timestamp\":"
			      "\"2026-11-23T18:18:27\",\"witness\":\"foo\",\"transaction_merkle_root\":\"%040d\","
			      "\"extensions\":[]},\"id\":%u}",
			      link->block_num - 1, 0, 0, link->subscription);
}

/* ---- what it reads ----------------------------------------------------------------------------------------------- */

static bool read_head(struct hostile_link *link, char head[HEAD_MAX])
{
	size_t len = 0;

	while (len + 1 < HEAD_MAX && receive(link, head + len, 1)) {
		head[++len] = '\0';
		if (len >= 4 && strcmp(head + len - 4, "\r\n\r\n") == 0)
			return true;
	}
	return false;
}

#define STATUS_LINE "HTTP/1.1 101 Switching Protocols\r\n"

static bool accept_websocket(struct hostile_link *link, const char *head, const char *begin)
{
	static const char key_name[] = "Sec-WebSocket-Key: ", salt[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	const char *key = strcasestr(head, key_name);
	char text[128], reply[256];
	unsigned char digest[SHA_DIGEST_LENGTH], accept[64];

	if (!key)
		return false;
	key += sizeof(key_name) - 1;
	int len = snprintf(text, sizeof(text), "%.*s%s", (int)strcspn(key, "\r"), key, salt);
	SHA1((const unsigned char *)text, (size_t)len, digest);
	EVP_EncodeBlock(accept, digest, sizeof(digest));
	len = snprintf(reply, sizeof(reply),
		       "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
		       "Server: WebSocket++/0.8.1\r\nUpgrade: websocket\r\n\r\n",
		       accept);
	return link_send_raw(link, begin, strlen(begin)) && link_send_raw(link, reply, (size_t)len);
}

bool link_upgrade(struct hostile_link *link)
{
	return link_upgrade_after(link, STATUS_LINE);
}

bool link_upgrade_after(struct hostile_link *link, const char *begin)
{
	return accept_websocket(link, link->node->head, begin);
}

/* One frame of the client, unmasked, as text. False: the end, or a frame that is no request. */
static bool read_frame(struct hostile_link *link, uint8_t *ret_opcode)
{
	uint8_t head[2], more[2] = {0, 0}, mask[4];

	if (!receive(link, head, 2) || (head[1] & 127) == 127)
		return false;
	size_t len = head[1] & 127;
	if (len == 126) {
		if (!receive(link, more, 2))
			return false;
		len = (size_t)more[0] << 8 | more[1];
	}
	if (!(head[1] & MASK_BIT) || !receive(link, mask, 4) || !receive(link, link->request, len))
		return false;
	for (size_t i = 0; i < len; i++)
		link->request[i] = (char)(link->request[i] ^ mask[i % 4]);
	link->request[len < REQUEST_MAX ? len : REQUEST_MAX - 1] = '\0';
	*ret_opcode = head[0] & 15;
	return true;
}

uint32_t link_next_request(struct hostile_link *link)
{
	uint8_t opcode;

	while (read_frame(link, &opcode)) {
		const char *id = opcode == 1 ? strstr(link->request, "\"id\":") : NULL;

		if (id)
			return (uint32_t)strtoul(id + 5, NULL, 10);
		if (opcode == 8)
			return 0;
	}
	return 0;
}

void link_wait_for_end(struct hostile_link *link)
{
	char ignored;

	while (receive(link, &ignored, 1))
		;
}

void link_reset(struct hostile_link *link)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* ---- a connection's life ----------------------------------------------------------------------------------------- */

/* Whether it is the moment; an act is done once. */
static bool is_moment(struct hostile_link *link, enum hostile_moment moment)
{
	bool now = link->evil && link->node->moment == moment;

	if (now)
		link->evil = false;
	return now;
}

static bool serve_request(struct hostile_link *link, uint32_t id)
{
	bool subscribes = strstr(link->request, "\"set_block_applied_callback\"") != NULL;
	bool asks_config = strstr(link->request, "\"get_config\"") != NULL;
	enum hostile_moment moment = subscribes ? AT_SUBSCRIBE : asks_config ? AT_CONFIG : AT_CALL;

	if (subscribes)
		link->subscription = id;
	if (is_moment(link, moment)) {
		if (!link->node->act(link, id))
			return false;
	} else if (!subscribes && !link_answer(link, id)) {
		return false;
	}
	return asks_config || link_push_block(link);
}

static void serve(struct hostile_link *link)
{
	uint32_t id;

	if (is_moment(link, AT_ACCEPT) && !link->node->act(link, 0))
		return;
	if (!read_head(link, link->node->head))
		return;
	link->node->connections++;
	if (is_moment(link, AT_HANDSHAKE)) {
		if (!link->node->act(link, 0))
			return;
	} else if (!accept_websocket(link, link->node->head, STATUS_LINE)) {
		return;
	}
	while ((id = link_next_request(link)))
		if (!serve_request(link, id))
			return;
}

static void serve_one(struct hostile_node *node, int fd, bool evil)
{
	struct hostile_link *link = calloc(1, sizeof(*link));

	if (!link)
		abort();
	link->node = node;
	link->fd = fd;
	link->evil = evil;
	link->block_num = 643;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (node->tls) {
		link->ssl = SSL_new(node->tls);
		SSL_set_fd(link->ssl, fd);
	}
	if (!link->ssl || SSL_accept(link->ssl) == 1)
		serve(link);
	SSL_free(link->ssl);
	free(link);
}

static void *node_main(void *context)
{
	struct hostile_node *node = context;
	bool evil = node->act != NULL;
	int fd;

	while ((fd = accept(node->listen_fd, NULL, NULL)) >= 0) {
		node->accepted++;
		node->fd = fd;
		if (node->stopping)
			shutdown(fd, SHUT_RDWR);
		serve_one(node, fd, evil);
		node->fd = -1;
		close(fd);
		evil = false;
	}
	return NULL;
}

/* ---- one connection alone ---------------------------------------------------------------------------------------- */

struct hostile_link *link_accept(int listen_fd)
{
	struct hostile_link *link = calloc(1, sizeof(*link));
	char head[HEAD_MAX];

	if (!link)
		abort();
	link->fd = accept(listen_fd, NULL, NULL);
	setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (link->fd >= 0 && read_head(link, head) && accept_websocket(link, head, STATUS_LINE))
		return link;
	link_close(link);
	return NULL;
}

void link_close(struct hostile_link *link)
{
	if (!link)
		return;
	if (link->fd >= 0)
		close(link->fd);
	free(link);
}

int link_fd(const struct hostile_link *link)
{
	return link->fd;
}

const char *link_request(const struct hostile_link *link)
{
	return link->request;
}

int link_listen(uint16_t *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&address, &size))
		abort();
	*ret_port = ntohs(address.sin_port);
	return fd;
}

/* ---- the node ---------------------------------------------------------------------------------------------------- */

static struct hostile_node *node_start(enum hostile_moment moment, hostile_act act, SSL_CTX *tls)
{
	struct hostile_node *node = calloc(1, sizeof(*node));

	if (!node)
		abort();
	node->moment = moment;
	node->act = act;
	node->tls = tls;
	node->fd = -1;
	node->listen_fd = link_listen(&node->port);
	if (pthread_create(&node->thread, NULL, node_main, node))
		abort();
	return node;
}

struct hostile_node *hostile_node_start(enum hostile_moment moment, hostile_act act)
{
	return node_start(moment, act, NULL);
}

static SSL_CTX *tls_of(const char *cert_file, const char *key_file)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (!tls || SSL_CTX_use_certificate_file(tls, cert_file, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key_file, SSL_FILETYPE_PEM) != 1)
		abort();
	return tls;
}

struct hostile_node *hostile_node_start_tls(enum hostile_moment moment, hostile_act act, const char *cert_file,
					    const char *key_file)
{
	return node_start(moment, act, tls_of(cert_file, key_file));
}

/* Once in a node's life. */
void hostile_node_renew_tls(struct hostile_node *node, const char *cert_file, const char *key_file)
{
	node->old_tls = atomic_exchange(&node->tls, tls_of(cert_file, key_file));
}

void hostile_node_hang_up(struct hostile_node *node)
{
	int fd = node->fd;

	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

uint16_t hostile_node_port(const struct hostile_node *node)
{
	return node->port;
}

unsigned int hostile_node_accepted(const struct hostile_node *node)
{
	return node->accepted;
}

unsigned int hostile_node_connections(const struct hostile_node *node)
{
	return node->connections;
}

const char *hostile_node_request(const struct hostile_node *node)
{
	return node->head;
}

void hostile_node_stop(struct hostile_node *node)
{
	node->stopping = true;
	shutdown(node->listen_fd, SHUT_RDWR);
	hostile_node_hang_up(node);
	pthread_join(node->thread, NULL);
	close(node->listen_fd);
	SSL_CTX_free(node->tls);
	SSL_CTX_free(node->old_tls);
	free(node);
}
