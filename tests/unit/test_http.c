/* SPDX-License-Identifier: MIT
 * Status over HTTP: the real server on the real loop; a child process is who asks, well or badly. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api/http.h"
#include "base/memory.h"
#include "client_process.h"

#define LARGE_PAGE (3u << 20) /* more than a socket takes at once */
#define CLIENTS	   100

static struct scene {
	struct loop *loop;
	struct http *http;
	char dir[64];
	bool blind;
	size_t page_len; /* of /status; 0: a short one */
} scene;

/* ---- the server -------------------------------------------------------------------------------------------------- */

static char *give_status(void *context)
{
	const struct scene *of = context;

	if (!of->page_len)
		return xstrdup("{\"version\":\"0\"}");
	char *page = xcalloc(of->page_len + 1, 1);
	memset(page, 'x', of->page_len);
	return page;
}

static char *give_page(void *context)
{
	(void)context;
	return xstrdup("<!doctype html>");
}

static char *give_metrics(void *context, bool openmetrics)
{
	(void)context;
	return xstrdup(openmetrics ? "# EOF\n" : "golos_watch_healthy 1\n");
}

static bool is_healthy(void *context)
{
	return !((const struct scene *)context)->blind;
}

static const struct http_pages pages = {.context = &scene,
					.page = give_page,
					.style = "body{}",
					.status = give_status,
					.metrics = give_metrics,
					.healthy = is_healthy};

static int start(void **state)
{
	char where[96];
	struct error err;

	(void)state;
	scene = (struct scene){0};
	snprintf(scene.dir, sizeof(scene.dir), "/tmp/golos-watch-http-XXXXXX");
	assert_non_null(mkdtemp(scene.dir));
	snprintf(where, sizeof(where), "unix:%s/http", scene.dir);
	assert_int_equal(loop_new(&scene.loop, &err), GW_OK);
	assert_int_equal(http_new(&scene.http, scene.loop, where, &pages, &err), GW_OK);
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	http_free(scene.http);
	loop_free(scene.loop);
	snprintf(command, sizeof(command), "rm -rf '%s'", scene.dir);
	return system(command) == 0 ? 0 : -1;
}

/* ---- the client ------------------------------------------------------------------------------ */

static int dial(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/http", scene.dir);
	return client_dial(path);
}

/* The request is answered with that status line and body. */
static void expect(int fd, const char *request, const char *status, const char *body)
{
	char answer[4096];

	client_put(fd, request);
	client_take(fd, answer, sizeof(answer), body);
	must(strncmp(answer, status, strlen(status)) == 0);
	must(strstr(answer, "\r\n\r\n") != NULL);
	must(strstr(answer, body) != NULL);
}

static void expect_served(void)
{
	int fd = dial();

	expect(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "ok\n");
	close(fd);
}

/* ---- what is asked ----------------------------------------------------------------------------------------------- */

static int ask_each_page(void)
{
	int fd = dial();

	expect(fd, "GET /status HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "{\"version\":\"0\"}");
	/* again on the same connection */
	expect(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "golos_watch_healthy 1\n");
	expect(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "ok\n");
	expect(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "<!doctype html>");
	expect(fd, "GET /style.css HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", "body{}");
	close(fd);
	fd = dial();
	expect(fd, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404", "there are /, /status");
	close(fd);
	fd = dial();
	expect(fd, "GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 40", "\r\n");
	close(fd);
	return 0;
}

TEST(each_page, start, end)
{
	client_serve(scene.loop, ask_each_page);
}

static int ask_health(void)
{
	int fd = dial();

	expect(fd, "GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.", "blind\n");
	close(fd);
	fd = dial();
	expect(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 503", "blind\n");
	close(fd);
	return 0;
}

TEST(blind, start, end)
{
	scene.blind = true;
	client_serve(scene.loop, ask_health);
}

static int ask_with_other_methods(void)
{
	static const char *const requests[] = {
		"POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
		"PUT /status HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"DELETE /status HTTP/1.1\r\nHost: x\r\n\r\n",
		"OPTIONS /status HTTP/1.1\r\nHost: x\r\n\r\n",
	};
	char answer[4096];

	for (size_t i = 0; i < COUNT(requests); i++) {
		int fd = dial();

		client_put(fd, requests[i]);
		client_take(fd, answer, sizeof(answer), NULL);
		must(strncmp(answer, "HTTP/1.1 405", 12) == 0);
		must(strcmp(strstr(answer, "\r\n\r\n"), "\r\n\r\n") == 0);
		close(fd);
	}
	int fd = dial();
	client_put(fd,
		   "CONNECT /status HTTP/1.1\r\nHost: x\r\n\r\n"); /* libwebsockets lets it wait and then hangs up */
	expect_served();
	close(fd);
	return 0;
}

TEST(wrong_method, start, end)
{
	client_serve(scene.loop, ask_with_other_methods);
}

/* Whatever it is, it ends with an error or a closed connection, and the next one is served. */
static int send_garbage(void)
{
	static const struct {
		const char *bytes;
		size_t len;
	} garbage[] = {
		{"\r\n\r\n\r\n\r\n", 8},
		{"\0\0\0\0\0\0\0\0\r\n\r\n", 12},
		{"GET\r\n\r\n", 7},
		{"GET /status\r\n\r\n", 15},
		{"GET /%zz%00 HTTP/1.1\r\n\r\n", 24},
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11}, /* TLS */
		{"GET /status HTTP/9.9\r\nHost\r\n: \r\n\r\n", 35},
	};
	char answer[4096];

	for (size_t i = 0; i < COUNT(garbage); i++) {
		int fd = dial();

		must(send(fd, garbage[i].bytes, garbage[i].len, MSG_NOSIGNAL) == (ssize_t)garbage[i].len);
		shutdown(fd, SHUT_WR);
		client_take(fd, answer, sizeof(answer), "\r\n\r\n");
		close(fd);
	}
	expect_served();
	return 0;
}

TEST(garbage, start, end)
{
	client_serve(scene.loop, send_garbage);
}

/* A megabyte of header is not kept: refused, long before its end. */
static int send_long_header(void)
{
	char line[1024], answer[4096];
	int fd = dial();
	bool refused = false;

	memset(line, 'a', sizeof(line));
	client_put(fd, "GET /status HTTP/1.1\r\nHost: ");
	for (size_t i = 0; i < 1024 && !refused; i++)
		refused = send(fd, line, sizeof(line), MSG_NOSIGNAL) < 0;
	if (!refused)
		client_put(fd, "\r\n\r\n");
	client_take(fd, answer, sizeof(answer), "\r\n\r\n");
	must(strstr(answer, "\"version\"") == NULL);
	close(fd);
	expect_served();
	return 0;
}

TEST(long_header, start, end)
{
	client_serve(scene.loop, send_long_header);
}

/* Half a request, and then nothing: others are served meanwhile, and it still gets its answer. */
static int be_slow(void)
{
	int slow = dial();

	client_put(slow, "GET /sta");
	expect_served();
	client_put(slow, "tus HTTP/1.1\r\nHo");
	expect_served();
	expect(slow, "st: x\r\n\r\n", "HTTP/1.1 200", "{\"version\":\"0\"}");
	close(slow);
	return 0;
}

TEST(slow_client, start, end)
{
	client_serve(scene.loop, be_slow);
}

/* It reads a page that no socket takes at once, while others are served. */
static int read_slowly(void)
{
	int slow = dial();
	char *page = xcalloc(LARGE_PAGE + 4096, 1);

	client_put(slow, "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	client_take(slow, page, 1024, "\r\n\r\n");
	size_t len = strlen(page);
	expect_served();
	len += client_take(slow, page + len, LARGE_PAGE / 2, NULL);
	expect_served();
	while (len < LARGE_PAGE + 4000) {
		size_t more = client_take(slow, page + len, LARGE_PAGE + 4096 - len, NULL);
		if (more == 0)
			break;
		len += more;
	}
	char *body = strstr(page, "\r\n\r\n");
	must(body && strlen(body + 4) == LARGE_PAGE);
	must(strspn(body + 4, "x") == LARGE_PAGE);
	free(page);
	close(slow);
	return 0;
}

TEST(large_page_to_a_slow_reader, start, end)
{
	scene.page_len = LARGE_PAGE;
	client_serve(scene.loop, read_slowly);
}

/* All at once, none of them quick. */
static int be_many(void)
{
	int fds[CLIENTS];

	for (size_t i = 0; i < CLIENTS; i++) {
		fds[i] = dial();
		client_put(fds[i], "GET /healthz HTTP/1.1\r\n");
	}
	for (size_t i = CLIENTS; i-- > 0;) {
		expect(fds[i], "Host: x\r\n\r\n", "HTTP/1.1 200", "ok\n");
		close(fds[i]);
	}
	expect_served();
	return 0;
}

TEST(many_clients, start, end)
{
	client_serve(scene.loop, be_many);
}

/* ---- where it listens -------------------------------------------------------------------------------------------- */

TEST(a_port_that_is_taken, start, end)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	struct http *http = NULL;
	struct error err = {0};
	char where[64];
	int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(taken, (const struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(taken, 1), 0);
	assert_int_equal(getsockname(taken, (struct sockaddr *)&address, &len), 0);
	snprintf(where, sizeof(where), "127.0.0.1:%u", ntohs(address.sin_port));
	assert_int_equal(http_new(&http, scene.loop, where, &pages, &err), GW_ERR_SYSTEM);
	assert_non_null(strstr(err.text, where));
	assert_null(http);
	close(taken);
}

/* ---- how it is asked --------------------------------------------------------------------------------------------- */

static int ask_for_an_upgrade(void)
{
	static const char *const requests[] = {
		"GET /status HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
		"GET /status HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Protocol: http\r\n\r\n",
		"GET /status HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
		"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
	};
	char answer[4096];

	for (size_t i = 0; i < COUNT(requests); i++) {
		int fd = dial();

		client_put(fd, requests[i]);
		client_take(fd, answer, sizeof(answer), "\r\n\r\n");
		must(strstr(answer, " 101 ") == NULL);
		close(fd);
	}
	expect_served();
	return 0;
}

TEST(no_upgrades, start, end)
{
	client_serve(scene.loop, ask_for_an_upgrade);
}

/* A byte now and then, whatever it is of, keeps no place: not before a request, in its head, or after an answer. */
static int send_slow_heads(void)
{
	char answer[4096];
	int silent = dial(), slow = dial();

	client_put(slow, "GET /status HTTP/1.1\r\nHost: x\r\n");
	for (int ended = 0; !ended;) {
		struct pollfd end = {.fd = slow, .events = POLLIN};

		ended = poll(&end, 1, 20);
		must(ended || send(slow, "a", 1, MSG_NOSIGNAL) == 1);
	}
	must(client_take(silent, answer, sizeof(answer), NULL) == 0);
	int kept = dial();
	client_put(kept, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	must(client_take(kept, answer, sizeof(answer), NULL) > 0); /* up to its end */
	must(strstr(answer, "ok\n") != NULL);
	expect_served();
	return 0;
}

TEST(slow_heads, start, end)
{
	http_set_head_limit(scene.http, 300);
	client_serve(scene.loop, send_slow_heads);
}

static uint16_t port_asked;

static int dial_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port_asked)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

static int ask_by_names(void)
{
	static const struct {
		const char *host;
		bool ours;
	} names[] = {
		{"Host: 127.0.0.1\r\n", true},
		{"Host: 127.0.0.1:9090\r\n", true},
		{"Host: localhost:9090\r\n", true},
		{"Host: LocalHost\r\n", true},
		{"Host: [::1]\r\n", true},
		{"Host: [::1]:9090\r\n", true},
		{"Host: watch.example\r\n", true},
		{"Host: Watch.Example:443\r\n", true},
		{"Host: evil.example\r\n", false},
		{"Host: evil.example:9090\r\n", false},
		{"Host: localhost.evil.example\r\n", false},
		{"Host: watch.exampl\r\n", false},
		{"Host: 127.0.0.1.evil.example\r\n", false},
		{"Host: [::1\r\n", false},
		{"Host: :9090\r\n", false},
		{"Host: localhost:8080evil\r\n", false},
		{"Host: [::1]:9090.evil.example\r\n", false},
		{"Host: localhost:9090:\r\n", false},
		{"", false},
	};
	char request[128], answer[4096];

	for (size_t i = 0; i < COUNT(names); i++) {
		int fd = dial_port();

		snprintf(request, sizeof(request), "GET /status HTTP/1.1\r\n%s\r\n", names[i].host);
		client_put(fd, request);
		client_take(fd, answer, sizeof(answer), names[i].ours ? "{\"version\":\"0\"}" : "http_hosts\n");
		must((strncmp(answer, "HTTP/1.1 200", 12) == 0) == names[i].ours);
		must((strstr(answer, "version\":") != NULL) == names[i].ours);
		close(fd);
	}
	return 0;
}

/* As a browser is led here by a page's own name. */
TEST(names, start, end)
{
	static const char *const hosts[] = {"watch.example"};
	struct http_pages with_hosts = pages;
	struct http *second = NULL;
	struct error err = {0};

	with_hosts.hosts = hosts;
	with_hosts.host_count = COUNT(hosts);
	assert_int_equal(http_new(&second, scene.loop, "127.0.0.1:0", &with_hosts, &err), GW_OK);
	port_asked = http_port(second);
	client_serve(scene.loop, ask_by_names);
	http_free(second);
}

static int ask_on_loopback(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port_asked)};
	char answer[4096];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return 1;
	static const char request[] = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
		return 2;
	size_t len = client_take(fd, answer, sizeof(answer), "ok\n");
	close(fd);
	return len > 0 && strncmp(answer, "HTTP/1.1 200", 12) == 0 ? 0 : 3;
}

TEST(loopback, start, end)
{
	struct http *second = NULL;
	struct error err = {0};

	assert_int_equal(http_new(&second, scene.loop, "127.0.0.1:0", &pages, &err), GW_OK);
	port_asked = http_port(second);
	client_serve(scene.loop, ask_on_loopback);
	http_free(second);
}
