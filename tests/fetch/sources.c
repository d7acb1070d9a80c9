/* SPDX-License-Identifier: MIT
 * See sources.h. */
#include "sources.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PEERS_MAX 256 /* at a time */
#define PAGES_MAX 16

struct peer {
	struct sources *sources;
	pthread_t thread;
	bool begun, over; /* over: under the lock */
	int fd;
	SSL *ssl;
	char head[8192];
};

struct page {
	char path[32];
	char *body;
};

struct sources {
	int fd, stop[2];
	unsigned port;
	SSL_CTX *tls; /* NULL: none */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned open, most;
	struct page pages[PAGES_MAX];
	struct peer peers[PEERS_MAX];
};

static bool put(struct peer *peer, const char *bytes, size_t len)
{
	return peer->ssl ? SSL_write(peer->ssl, bytes, (int)len) == (int)len
			 : send(peer->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool put_text(struct peer *peer, const char *text)
{
	return put(peer, text, strlen(text));
}

static void answer(struct peer *peer, const char *status, const char *headers, const char *body)
{
	char head[1024];

	snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
		 headers, strlen(body));
	put_text(peer, head);
	put_text(peer, body);
}

/* True: the test is over, or the other side is gone. */
static bool is_over(struct peer *peer, int wait_ms)
{
	struct pollfd ends[] = {{.fd = peer->sources->stop[0], .events = POLLIN},
				{.fd = peer->fd, .events = POLLRDHUP}};

	return poll(ends, 2, wait_ms) > 0;
}

static void put_many(struct peer *peer, size_t count)
{
	char block[1024];

	memset(block, 'x', sizeof(block));
	for (; count > 0; count -= count < sizeof(block) ? count : sizeof(block))
		if (!put(peer, block, count < sizeof(block) ? count : sizeof(block)))
			return;
}

static void play_old(struct peer *peer)
{
	time_t then = time(NULL) - 1000;
	char headers[128];
	struct tm tm;

	gmtime_r(&then, &tm);
	strftime(headers, sizeof(headers), "Age: 500\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
	answer(peer, "200 OK", headers, "{\"price\":1.5}");
}

static void play_drip(struct peer *peer)
{
	put_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
	while (put_text(peer, "x") && !is_over(peer, 1000))
		continue;
}

/* Of sources_play or sources_hold: false where nobody named the path. *ret: a copy; NULL: says nothing. */
static bool find_page(struct sources *sources, const char *path, char **ret)
{
	bool found = false;

	*ret = NULL;
	pthread_mutex_lock(&sources->lock);
	for (size_t i = 0; i < PAGES_MAX && !found; i++) {
		found = strcmp(sources->pages[i].path, path) == 0;
		if (found && sources->pages[i].body)
			*ret = strdup(sources->pages[i].body);
	}
	pthread_mutex_unlock(&sources->lock);
	return found;
}

static void play(struct peer *peer, const char *path)
{
	char *page;

	if (find_page(peer->sources, path, &page)) {
		if (page)
			answer(peer, "200 OK", "", page);
		else
			is_over(peer, -1);
		free(page);
	} else if (!strcmp(path, "/price")) {
		answer(peer, "200 OK", "", "{\"price\":1.5}");
	} else if (!strcmp(path, "/old")) {
		play_old(peer);
	} else if (!strcmp(path, "/redirect")) {
		answer(peer, "302 Found", "Location: /price\r\n", "");
	} else if (!strcmp(path, "/error")) {
		answer(peer, "503 Busy", "", "{\"price\":1.5}");
	} else if (!strcmp(path, "/cookie")) {
		answer(peer, "200 OK", "Set-Cookie: a=b\r\n",
		       strcasestr(peer->head, "\ncookie:") ? "one came" : "none");
	} else if (!strcmp(path, "/heads")) {
		answer(peer, "200 OK", "", peer->head);
	} else if (!strcmp(path, "/whole")) {
		put_text(peer, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
		put_many(peer, 65536);
	} else if (!strcmp(path, "/long")) {
		put_text(peer, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
		put_many(peer, 65537);
	} else if (!strcmp(path, "/said_long")) {
		put_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n");
		put_many(peer, 65537);
	} else if (!strcmp(path, "/endless")) {
		put_text(peer, "HTTP/1.1 200 OK\r\n\r\n");
		while (put_text(peer, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"))
			continue;
	} else if (!strcmp(path, "/head")) {
		put_text(peer, "HTTP/1.1 200 OK\r\n");
		while (put_text(peer, "X-More: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"))
			continue;
	} else if (!strcmp(path, "/slow")) {
		play_drip(peer);
	} else if (!strcmp(path, "/silent")) {
		is_over(peer, -1);
	} else {
		answer(peer, "404 Not Found", "", "");
	}
}

static void count(struct peer *peer, int change)
{
	struct sources *sources = peer->sources;

	pthread_mutex_lock(&sources->lock);
	sources->open += (unsigned)change;
	if (sources->open > sources->most)
		sources->most = sources->open;
	peer->over = change < 0;
	pthread_cond_broadcast(&sources->changed);
	pthread_mutex_unlock(&sources->lock);
}

static bool read_head(struct peer *peer)
{
	size_t len = 0;

	while (len < sizeof(peer->head) - 1 && !strstr(peer->head, "\r\n\r\n")) {
		int n = peer->ssl ? SSL_read(peer->ssl, peer->head + len, (int)(sizeof(peer->head) - 1 - len))
				  : (int)recv(peer->fd, peer->head + len, sizeof(peer->head) - 1 - len, 0);

		if (n <= 0 || peer->head[0] != 'G')
			return false;
		len += (size_t)n;
	}
	return true;
}

static void *serve(void *context)
{
	struct peer *peer = context;
	char path[128];
	sigset_t pipe_signal;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE); /* OpenSSL writes to who is gone */
	pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
	count(peer, 1);
	if (peer->sources->tls) {
		peer->ssl = SSL_new(peer->sources->tls);
		SSL_set_fd(peer->ssl, peer->fd);
	}
	if ((!peer->ssl || SSL_accept(peer->ssl) == 1) && read_head(peer) && sscanf(peer->head, "GET %127s", path) == 1)
		play(peer, path);
	if (peer->ssl)
		SSL_shutdown(peer->ssl);
	SSL_free(peer->ssl);
	close(peer->fd);
	count(peer, -1);
	return NULL;
}

static struct peer *free_peer(struct sources *sources)
{
	struct peer *found = NULL;

	pthread_mutex_lock(&sources->lock);
	for (size_t i = 0; i < PEERS_MAX && !found; i++)
		if (!sources->peers[i].begun || sources->peers[i].over)
			found = &sources->peers[i];
	pthread_mutex_unlock(&sources->lock);
	if (!found)
		abort();
	if (found->begun)
		pthread_join(found->thread, NULL);
	*found = (struct peer){.sources = sources, .begun = true};
	return found;
}

static void *accept_all(void *context)
{
	struct sources *sources = context;

	for (;;) {
		struct pollfd ends[] = {{.fd = sources->stop[0], .events = POLLIN},
					{.fd = sources->fd, .events = POLLIN}};

		poll(ends, 2, -1);
		if (ends[0].revents)
			return NULL;
		struct peer *peer = free_peer(sources);
		peer->fd = accept(sources->fd, NULL, NULL);
		if (pthread_create(&peer->thread, NULL, serve, peer) != 0)
			abort();
	}
}

struct sources *sources_start(const char *cert, const char *key)
{
	struct sources *sources = calloc(1, sizeof(*sources));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	pthread_mutex_init(&sources->lock, NULL);
	pthread_cond_init(&sources->changed, NULL);
	sources->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (pipe(sources->stop) != 0 || bind(sources->fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(sources->fd, 64) != 0 || getsockname(sources->fd, (struct sockaddr *)&address, &len) != 0)
		abort();
	sources->port = ntohs(address.sin_port);
	if (cert) {
		sources->tls = SSL_CTX_new(TLS_server_method());
		if (SSL_CTX_use_certificate_file(sources->tls, cert, SSL_FILETYPE_PEM) != 1 ||
		    SSL_CTX_use_PrivateKey_file(sources->tls, key, SSL_FILETYPE_PEM) != 1)
			abort();
	}
	if (pthread_create(&sources->thread, NULL, accept_all, sources) != 0)
		abort();
	return sources;
}

unsigned sources_port(const struct sources *sources)
{
	return sources->port;
}

/* body: NULL, or malloc'd, and the server's from then on. */
static void set_page(struct sources *sources, const char *path, char *body)
{
	size_t i = 0;

	pthread_mutex_lock(&sources->lock);
	while (i < PAGES_MAX && sources->pages[i].path[0] && strcmp(sources->pages[i].path, path) != 0)
		i++;
	if (i == PAGES_MAX)
		abort();
	free(sources->pages[i].body);
	snprintf(sources->pages[i].path, sizeof(sources->pages[i].path), "%s", path);
	sources->pages[i].body = body;
	pthread_mutex_unlock(&sources->lock);
}

void sources_play(struct sources *sources, const char *path, const char *body)
{
	set_page(sources, path, strdup(body));
}

void sources_hold(struct sources *sources, const char *path)
{
	set_page(sources, path, NULL);
}

unsigned sources_most(struct sources *sources)
{
	pthread_mutex_lock(&sources->lock);
	unsigned most = sources->most;
	pthread_mutex_unlock(&sources->lock);
	return most;
}

void sources_await_open(struct sources *sources, unsigned wanted)
{
	pthread_mutex_lock(&sources->lock);
	while (sources->open != wanted)
		pthread_cond_wait(&sources->changed, &sources->lock);
	pthread_mutex_unlock(&sources->lock);
}

void sources_stop(struct sources *sources)
{
	if (write(sources->stop[1], "x", 1) != 1)
		abort();
	pthread_join(sources->thread, NULL);
	for (size_t i = 0; i < PEERS_MAX; i++)
		if (sources->peers[i].begun)
			pthread_join(sources->peers[i].thread, NULL);
	for (size_t i = 0; i < PAGES_MAX; i++)
		free(sources->pages[i].body);
	SSL_CTX_free(sources->tls);
	close(sources->fd);
	close(sources->stop[0]);
	close(sources->stop[1]);
	free(sources);
}
