/* SPDX-License-Identifier: MIT
 *
 * See links.h.
 */
#include "links.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "process.h"

#define ROOM	     600
#define RECORDED_MAX 256
#define WAITING_MAX  1024

struct datagram {
	int64_t due_ms;
	int from, to;
	size_t len;
	uint8_t bytes[ROOM];
};

struct direction {
	int fd; /* `from` sends here what is for `to`, and hears `to` from here */
	uint16_t port;
	bool is_cut;
	int64_t delay_ms;
	uint8_t version;
	unsigned count, recorded;
	struct datagram record[RECORDED_MAX];
};

struct links {
	pthread_t thread;
	pthread_mutex_t lock;
	int end_fd;
	struct direction directions[LINKS_NODES][LINKS_NODES];
	struct sockaddr_in nodes[LINKS_NODES]; /* where each sends from; port 0: not known yet */
	size_t waiting_count;
	struct datagram waiting[WAITING_MAX];
};

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	abort();
}

static void pass_on(struct links *links, const struct datagram *datagram)
{
	const struct sockaddr_in *to = &links->nodes[datagram->to];

	if (to->sin_port) /* a watcher that is gone refuses: that is no fault here */
		(void)!sendto(links->directions[datagram->to][datagram->from].fd, datagram->bytes, datagram->len, 0,
			      (const struct sockaddr *)to, sizeof(*to));
}

static void take(struct links *links, int from, int to)
{
	struct direction *direction = &links->directions[from][to];
	struct datagram datagram = {.from = from, .to = to};
	socklen_t len = sizeof(links->nodes[from]);
	ssize_t n = recvfrom(direction->fd, datagram.bytes, ROOM, MSG_DONTWAIT, (struct sockaddr *)&links->nodes[from],
			     &len);

	if (n <= 0)
		return;
	datagram.len = (size_t)n;
	direction->count++;
	if (direction->is_cut)
		return;
	if (direction->version)
		datagram.bytes[3] = direction->version;
	if (direction->recorded < RECORDED_MAX)
		direction->record[direction->recorded++] = datagram;
	datagram.due_ms = process_now_ms() + direction->delay_ms;
	if (!direction->delay_ms)
		pass_on(links, &datagram);
	else if (links->waiting_count < WAITING_MAX)
		links->waiting[links->waiting_count++] = datagram;
}

/* Those that are due, oldest first; until the next one is, -1: none waits. */
static int pass_on_waiting(struct links *links)
{
	int64_t now_ms = process_now_ms(), next_ms = INT64_MAX;
	size_t kept = 0;

	for (size_t i = 0; i < links->waiting_count; i++) {
		struct datagram *datagram = &links->waiting[i];

		if (datagram->due_ms <= now_ms) {
			pass_on(links, datagram);
			continue;
		}
		if (datagram->due_ms < next_ms)
			next_ms = datagram->due_ms;
		links->waiting[kept++] = *datagram;
	}
	links->waiting_count = kept;
	return kept ? (int)(next_ms - now_ms) : -1;
}

static void *run(void *context)
{
	struct links *links = context;
	struct pollfd polled[LINKS_NODES * LINKS_NODES + 1];

	for (;;) {
		pthread_mutex_lock(&links->lock);
		int wait_ms = pass_on_waiting(links);
		pthread_mutex_unlock(&links->lock);
		for (int i = 0; i < LINKS_NODES * LINKS_NODES; i++)
			polled[i] = (struct pollfd){.fd = links->directions[i / LINKS_NODES][i % LINKS_NODES].fd,
						    .events = POLLIN};
		polled[LINKS_NODES * LINKS_NODES] = (struct pollfd){.fd = links->end_fd, .events = POLLIN};
		if (poll(polled, LINKS_NODES * LINKS_NODES + 1, wait_ms) < 0)
			continue;
		if (polled[LINKS_NODES * LINKS_NODES].revents)
			return NULL;
		pthread_mutex_lock(&links->lock);
		for (int i = 0; i < LINKS_NODES * LINKS_NODES; i++)
			if (polled[i].revents)
				take(links, i / LINKS_NODES, i % LINKS_NODES);
		pthread_mutex_unlock(&links->lock);
	}
}

static void open_direction(struct direction *direction)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	direction->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(direction->fd >= 0 && bind(direction->fd, (const struct sockaddr *)&at, len) == 0 &&
		     getsockname(direction->fd, (struct sockaddr *)&at, &len) == 0,
	     "the links' sockets");
	direction->port = ntohs(at.sin_port);
}

struct links *links_new(void)
{
	struct links *links = calloc(1, sizeof(*links));

	must(links != NULL, "the links");
	pthread_mutex_init(&links->lock, NULL);
	links->end_fd = eventfd(0, EFD_CLOEXEC);
	for (int from = 0; from < LINKS_NODES; from++)
		for (int to = 0; to < LINKS_NODES; to++)
			open_direction(&links->directions[from][to]);
	must(pthread_create(&links->thread, NULL, run, links) == 0, "the links' thread");
	return links;
}

void links_free(struct links *links)
{
	static const uint64_t one = 1;

	must(write(links->end_fd, &one, sizeof(one)) == (ssize_t)sizeof(one), "the links' end");
	pthread_join(links->thread, NULL);
	for (int i = 0; i < LINKS_NODES * LINKS_NODES; i++)
		close(links->directions[i / LINKS_NODES][i % LINKS_NODES].fd);
	close(links->end_fd);
	pthread_mutex_destroy(&links->lock);
	free(links);
}

uint16_t links_port(const struct links *links, int from, int to)
{
	return links->directions[from][to].port;
}

void links_cut(struct links *links, int from, int to, bool is_cut)
{
	pthread_mutex_lock(&links->lock);
	links->directions[from][to].is_cut = is_cut;
	pthread_mutex_unlock(&links->lock);
}

void links_delay(struct links *links, int from, int to, int64_t ms)
{
	pthread_mutex_lock(&links->lock);
	links->directions[from][to].delay_ms = ms;
	pthread_mutex_unlock(&links->lock);
}

void links_version(struct links *links, int from, int to, uint8_t version)
{
	pthread_mutex_lock(&links->lock);
	links->directions[from][to].version = version;
	pthread_mutex_unlock(&links->lock);
}

unsigned links_replay(struct links *links, int from, int to)
{
	const struct direction *direction = &links->directions[from][to];

	pthread_mutex_lock(&links->lock);
	unsigned count = direction->recorded;
	for (unsigned i = 0; i < count; i++)
		pass_on(links, &direction->record[i]);
	pthread_mutex_unlock(&links->lock);
	return count;
}

unsigned links_count(struct links *links, int from, int to)
{
	pthread_mutex_lock(&links->lock);
	unsigned count = links->directions[from][to].count;
	pthread_mutex_unlock(&links->lock);
	return count;
}
