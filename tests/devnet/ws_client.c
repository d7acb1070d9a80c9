/* SPDX-License-Identifier: MIT
 *
 * See ws_client.h. RFC 6455 as far as a test on loopback needs it.
 */
#include "devnet/ws_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

#define MESSAGE_MAX ((size_t)64 << 20)
#define FIRST_ID    900000u /* out of the way of ids that tests choose */
#define OP_TEXT	    1
#define OP_BINARY   2
#define OP_CLOSE    8
#define OP_PING	    9
#define OP_PONG	    10

struct ws_client {
	int fd;
	uint32_t last_id;
};

static int64_t monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static gw_status await(int fd, short events, int64_t deadline_ms)
{
	struct pollfd poller = {.fd = fd, .events = events};
	for (;;) {
		int64_t left_ms = deadline_ms - monotonic_ms();
		int ready = poll(&poller, 1, left_ms > 0 ? (int)left_ms : 0);
		if (ready > 0)
			return GW_OK;
		if (ready == 0)
			return GW_ERR_TIMEOUT;
		if (errno != EINTR)
			return GW_ERR_SYSTEM;
	}
}

static gw_status read_exactly(int fd, void *ret, size_t len, int64_t deadline_ms)
{
	uint8_t *at = ret;
	while (len > 0) {
		gw_status status = await(fd, POLLIN, deadline_ms);
		if (status != GW_OK)
			return status;
		ssize_t count = recv(fd, at, len, 0);
		if (count <= 0)
			return GW_ERR_UNAVAILABLE;
		at += count;
		len -= (size_t)count;
	}
	return GW_OK;
}

static gw_status write_all(int fd, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	while (len > 0) {
		ssize_t count = send(fd, at, len, MSG_NOSIGNAL);
		if (count <= 0)
			return GW_ERR_UNAVAILABLE;
		at += count;
		len -= (size_t)count;
	}
	return GW_OK;
}

static gw_status shake_hands(int fd, int64_t deadline_ms)
{
	static const char request[] =
		"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: Z29sb3Mtd2F0Y2gtdGVzdA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
	char head[4096] = "";
	gw_status status = write_all(fd, request, sizeof request - 1);
	size_t len = 0;
	while (status == GW_OK && len + 1 < sizeof head) {
		status = read_exactly(fd, head + len, 1, deadline_ms);
		len++;
		if (status == GW_OK && len >= 4 && memcmp(head + len - 4, "\r\n\r\n", 4) == 0)
			return strncmp(head, "HTTP/1.1 101", 12) == 0 ? GW_OK : GW_ERR_PROTOCOL;
	}
	return status == GW_OK ? GW_ERR_PROTOCOL : status;
}

gw_status ws_connect(struct ws_client **ret, uint16_t port, int timeout_ms)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return GW_ERR_SYSTEM;
	/* a frame is two writes: the second would wait for the first one's acknowledgement */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	gw_status status = GW_ERR_UNAVAILABLE; /* on loopback connect() answers at once */
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		status = shake_hands(fd, monotonic_ms() + timeout_ms);
	if (status != GW_OK) {
		close(fd);
		return status;
	}
	struct ws_client *client = xcalloc(1, sizeof *client);
	client->fd = fd;
	client->last_id = FIRST_ID;
	*ret = client;
	return GW_OK;
}

void ws_close(struct ws_client *client)
{
	if (!client)
		return;
	close(client->fd);
	free(client);
}

int ws_fd(const struct ws_client *client)
{
	return client->fd;
}

/* Masked with zeros, which leaves the bytes as they are. */
static gw_status send_frame(const struct ws_client *client, uint8_t op, const void *bytes, size_t len)
{
	uint8_t head[14] = {(uint8_t)(0x80 | op)};
	size_t head_len = 2, size_bytes = len < 126 ? 0 : len <= UINT16_MAX ? 2 : 8;
	head[1] = (uint8_t)(0x80 | (size_bytes == 0 ? len : size_bytes == 2 ? 126 : 127));
	for (size_t i = 0; i < size_bytes; i++)
		head[head_len++] = (uint8_t)(len >> 8 * (size_bytes - 1 - i));
	gw_status status = write_all(client->fd, head, head_len + 4);
	return status == GW_OK ? write_all(client->fd, bytes, len) : status;
}

gw_status ws_send(struct ws_client *client, const char *text, size_t len)
{
	return send_frame(client, OP_TEXT, text, len);
}

gw_status ws_send_binary(struct ws_client *client, const void *bytes, size_t len)
{
	return send_frame(client, OP_BINARY, bytes, len);
}

struct frame {
	uint8_t op;
	bool last;
	size_t len;
};

static gw_status receive_head(const struct ws_client *client, struct frame *ret, int64_t deadline_ms)
{
	uint8_t head[2], size[8];
	gw_status status = read_exactly(client->fd, head, sizeof head, deadline_ms);
	if (status != GW_OK)
		return status;
	size_t size_bytes = (head[1] & 127) == 126 ? 2 : (head[1] & 127) == 127 ? 8 : 0;
	uint64_t len = head[1] & 127;
	status = read_exactly(client->fd, size, size_bytes, deadline_ms);
	if (size_bytes)
		len = 0;
	for (size_t i = 0; status == GW_OK && i < size_bytes; i++)
		len = len << 8 | size[i];
	*ret = (struct frame){.op = head[0] & 15, .last = head[0] & 0x80, .len = (size_t)len};
	return status == GW_OK && len > MESSAGE_MAX ? GW_ERR_RANGE : status;
}

gw_status ws_receive(struct ws_client *client, char **ret, int timeout_ms)
{
	int64_t deadline_ms = monotonic_ms() + timeout_ms;
	char *text = NULL;
	size_t len = 0;
	for (;;) {
		struct frame frame = {0};
		gw_status status = receive_head(client, &frame, deadline_ms);
		if (status == GW_OK && len + frame.len > MESSAGE_MAX)
			status = GW_ERR_RANGE;
		if (status == GW_OK) {
			text = xrealloc(text, len + frame.len + 1, 1);
			status = read_exactly(client->fd, text + len, frame.len, deadline_ms);
		}
		if (status == GW_OK && frame.op == OP_CLOSE)
			status = GW_ERR_UNAVAILABLE;
		if (status != GW_OK) {
			free(text);
			return status;
		}
		/* after 300 s libwebsockets asks who only listens, and hangs up where nothing comes back */
		if (frame.op == OP_PING)
			(void)send_frame(client, OP_PONG, text + len, frame.len);
		if (frame.op == OP_PING || frame.op == OP_PONG)
			continue; /* what it carried is written over */
		len += frame.len;
		text[len] = '\0';
		if (frame.last)
			break;
	}
	*ret = text;
	return GW_OK;
}

static bool has_id(const struct json *message, uint32_t id)
{
	uint64_t found;
	struct error err;
	return json_get_u64(message, "id", UINT32_MAX, &found, &err) == GW_OK && found == id;
}

gw_status ws_call(struct ws_client *client, const char *api, const char *method, const char *args, struct json **ret,
		  int timeout_ms)
{
	int64_t deadline_ms = monotonic_ms() + timeout_ms;
	uint32_t id = ++client->last_id;
	char *request = xasprintf("{\"id\":%u,\"jsonrpc\":\"2.0\",\"method\":\"call\",\"params\":[\"%s\",\"%s\",%s]}",
				  id, api, method, args);
	gw_status status = ws_send(client, request, strlen(request));
	free(request);
	while (status == GW_OK) {
		char *text;
		struct error err;
		struct json *message = NULL;
		status = ws_receive(client, &text, (int)(deadline_ms - monotonic_ms()));
		if (status != GW_OK)
			break;
		status = json_parse(&message, text, strlen(text), &err);
		free(text);
		if (status == GW_OK && has_id(message, id)) {
			*ret = message;
			return GW_OK;
		}
		json_free(message);
	}
	return status;
}
