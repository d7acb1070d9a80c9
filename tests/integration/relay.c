/* SPDX-License-Identifier: MIT
 * A relay that notes when messages pass. See relay.h. */
#include "relay.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

#define PAIRS_MAX 16
#define CHUNK	  65536

/* One direction of a connection. */
struct stream {
	int from, to;
	bool open_frames; /* the handshake is over */
	uint8_t *bytes;	  /* what has passed and is no whole message yet */
	size_t len, cap;
};

struct pair {
	bool used;
	struct stream up, down; /* client to node, node to client */
};

struct relay {
	pthread_t thread;
	int listener, stop_fd, hold_ms;
	uint16_t node_port;
	struct pair pairs[PAIRS_MAX];
	struct relay_event *events;
	size_t event_count, event_cap;
};

static int64_t now_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

static void note(struct relay *relay, enum relay_kind kind, uint64_t id, int64_t time_us)
{
	if (relay->event_count == relay->event_cap) {
		relay->event_cap = relay->event_cap ? 2 * relay->event_cap : 4096;
		relay->events = xrealloc(relay->events, relay->event_cap, sizeof *relay->events);
	}
	relay->events[relay->event_count++] = (struct relay_event){.time_us = time_us, .kind = kind, .id = id};
}

/* golosd puts the call's id last. */
static uint64_t last_id(const char *text)
{
	static const char name[] = "\"id\":";
	uint64_t id = 0;

	for (const char *at = text; (at = strstr(at, name)) != NULL;) {
		at += sizeof name - 1;
		id = strtoull(at, NULL, 10);
	}
	return id;
}

static uint64_t first_id(const char *text)
{
	const char *at = strstr(text, "\"id\":");

	return at ? strtoull(at + 5, NULL, 10) : 0;
}

/* A block's id begins with its number, eight hexadecimal digits. */
static uint64_t block_number(const char *text)
{
	char digits[9] = "";

	strncpy(digits, strstr(text, "\"block_id\":\"") + 12, 8);
	return strtoull(digits, NULL, 16);
}

static void note_message(struct relay *relay, const char *text, int64_t time_us)
{
	const char *owner = strstr(text, "\"owner\":\"");

	if (strstr(text, "\"broadcast_transaction\"") && owner) {
		note(relay, RELAY_BROADCAST, first_id(text), time_us);
		sscanf(owner + 9, "%16[a-z0-9.-]", relay->events[relay->event_count - 1].owner);
	} else if (strstr(text, "\"method\":\"call\"")) {
		note(relay, RELAY_REQUEST, first_id(text), time_us);
	} else if (strstr(text, "\"block_id\":\"") && strstr(text, "\"witness_signature\"")) {
		note(relay, RELAY_BLOCK, block_number(text), time_us);
	} else if (strstr(text, "\"jsonrpc\"")) {
		note(relay, RELAY_REPLY, last_id(text), time_us);
	}
}

/* The length of the frame at the beginning of `bytes`, 0 where it is not whole; RFC 6455. */
static size_t whole_frame(const uint8_t *bytes, size_t len, size_t *ret_head)
{
	if (len < 2)
		return 0;
	size_t size_bytes = (bytes[1] & 127) == 126 ? 2 : (bytes[1] & 127) == 127 ? 8 : 0;
	size_t head = 2 + size_bytes + (bytes[1] & 128 ? 4 : 0), body = bytes[1] & 127;

	if (len < head)
		return 0;
	for (size_t i = 0; i < size_bytes; i++)
		body = (i ? body << 8 : 0) | bytes[2 + i];
	*ret_head = head;
	return len < head + body ? 0 : head + body;
}

static void note_frame(struct relay *relay, const struct stream *stream, size_t head, size_t len, int64_t time_us)
{
	char *text = xcalloc(len - head + 1, 1);

	for (size_t i = head; i < len; i++) {
		uint8_t mask = stream->bytes[1] & 128 ? stream->bytes[head - 4 + (i - head) % 4] : 0;
		text[i - head] = (char)(stream->bytes[i] ^ mask);
	}
	note_message(relay, text, time_us);
	free(text);
}

static void drop(struct stream *stream, size_t len)
{
	stream->len -= len;
	memmove(stream->bytes, stream->bytes + len, stream->len);
}

static void note_bytes(struct relay *relay, struct stream *stream, const uint8_t *bytes, size_t n, int64_t time_us)
{
	size_t head = 0, len;

	if (stream->cap < stream->len + n) {
		stream->cap = 2 * (stream->len + n);
		stream->bytes = xrealloc(stream->bytes, stream->cap, 1);
	}
	memcpy(stream->bytes + stream->len, bytes, n);
	stream->len += n;
	if (!stream->open_frames) {
		const uint8_t *end = memmem(stream->bytes, stream->len, "\r\n\r\n", 4);

		if (!end)
			return;
		stream->open_frames = true;
		drop(stream, (size_t)(end + 4 - stream->bytes));
	}
	while ((len = whole_frame(stream->bytes, stream->len, &head)) > 0) {
		note_frame(relay, stream, head, len, time_us);
		drop(stream, len);
	}
}

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

/* false: one side is gone. */
static bool pass_on(struct relay *relay, struct stream *stream, bool from_client)
{
	static _Thread_local uint8_t chunk[CHUNK];
	ssize_t n = recv(stream->from, chunk, sizeof chunk, 0);
	int64_t came_us = now_us(CLOCK_MONOTONIC);

	if (n <= 0 || send(stream->to, chunk, (size_t)n, MSG_NOSIGNAL) != n)
		return false;
	note_bytes(relay, stream, chunk, (size_t)n, from_client ? came_us : now_us(CLOCK_MONOTONIC));
	return true;
}

static void close_pair(struct pair *pair)
{
	close(pair->up.from);
	close(pair->up.to);
	free(pair->up.bytes);
	free(pair->down.bytes);
	memset(pair, 0, sizeof *pair);
}

static void accept_client(struct relay *relay)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(relay->node_port)};
	int client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
	int node = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t i = 0;

	while (i < PAIRS_MAX && relay->pairs[i].used)
		i++;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (i == PAIRS_MAX || client < 0 || connect(node, (struct sockaddr *)&address, sizeof address)) {
		close(client);
		close(node);
		return;
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	setsockopt(node, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	relay->pairs[i].used = true;
	relay->pairs[i].up = (struct stream){.from = client, .to = node};
	relay->pairs[i].down = (struct stream){.from = node, .to = client};
}

/* Milliseconds until the node's word is passed on; 0: now. */
static int held_ms(const struct relay *relay)
{
	int ms = (int)(now_us(CLOCK_REALTIME) / 1000 % 1000);

	return ms < relay->hold_ms ? relay->hold_ms - ms : 0;
}

static void *run(void *context)
{
	struct relay *relay = context;

	for (;;) {
		struct pollfd pollers[2 + 2 * PAIRS_MAX];
		int held = held_ms(relay);

		pollers[0] = (struct pollfd){.fd = relay->stop_fd, .events = POLLIN};
		pollers[1] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
		for (size_t i = 0; i < PAIRS_MAX; i++) {
			const struct pair *pair = &relay->pairs[i];

			pollers[2 + 2 * i] = (struct pollfd){.fd = pair->used ? pair->up.from : -1, .events = POLLIN};
			pollers[3 + 2 * i] =
				(struct pollfd){.fd = pair->used && !held ? pair->down.from : -1, .events = POLLIN};
		}
		poll(pollers, 2 + 2 * PAIRS_MAX, held ? held : -1);
		if (pollers[0].revents)
			return NULL;
		if (pollers[1].revents)
			accept_client(relay);
		held = held_ms(relay); /* a second may have begun meanwhile */
		for (size_t i = 0; i < PAIRS_MAX; i++) {
			struct pair *pair = &relay->pairs[i];

			if ((pollers[2 + 2 * i].revents && !pass_on(relay, &pair->up, true)) ||
			    (pollers[3 + 2 * i].revents && !held && !pass_on(relay, &pair->down, false)))
				close_pair(pair);
		}
	}
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct relay *relay_new(uint16_t node_port, int hold_ms, uint16_t *ret_port)
{
	struct relay *relay = xcalloc(1, sizeof *relay);
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;

	relay->node_port = node_port;
	relay->hold_ms = hold_ms;
	relay->stop_fd = eventfd(0, EFD_CLOEXEC);
	relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (relay->listener < 0 || bind(relay->listener, (struct sockaddr *)&address, sizeof address) ||
	    listen(relay->listener, PAIRS_MAX) || getsockname(relay->listener, (struct sockaddr *)&address, &len) ||
	    pthread_create(&relay->thread, NULL, run, relay)) {
		perror("relay");
		abort();
	}
	*ret_port = ntohs(address.sin_port);
	return relay;
}

struct relay_event *relay_end(struct relay *relay, size_t *ret_count)
{
	struct relay_event *events = relay->events;
	uint64_t one = 1;

	if (write(relay->stop_fd, &one, sizeof one) != sizeof one || pthread_join(relay->thread, NULL))
		abort();
	for (size_t i = 0; i < PAIRS_MAX; i++)
		if (relay->pairs[i].used)
			close_pair(&relay->pairs[i]);
	close(relay->listener);
	close(relay->stop_fd);
	*ret_count = relay->event_count;
	free(relay);
	return events;
}
