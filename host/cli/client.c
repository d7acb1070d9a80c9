/* SPDX-License-Identifier: MIT
 * The control socket's client. Runs in golos-watch. */
#include "cli/client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/server.h"
#include "base/memory.h"

#define DEADLINE_MS 10000

struct ctl_link {
	int fd;
	size_t len, cap, searched; /* bytes read, room for them, and those of them without a newline */
	char *in;
};

static gw_status open_socket(int *ret, const char *path, struct error *err)
{
	const struct timeval deadline = {.tv_sec = DEADLINE_MS / 1000};
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >= sizeof(address.sun_path))
		return error_set(err, GW_ERR_SYNTAX, "the control socket's path is too long");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, GW_ERR_SYSTEM, "control socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
		*ret = fd;
		return GW_OK;
	}
	int why = errno;
	close(fd);
	if (why == ENOENT || why == ECONNREFUSED)
		return error_set(err, GW_ERR_NOT_FOUND, "no golos-watchd listens at %s", path);
	if (why == EACCES)
		return error_set(err, GW_ERR_DENIED,
				 "%s: this user may not ask golos-watchd; root and its control_group may", path);
	return error_set(err, GW_ERR_UNAVAILABLE, "%s: %s", path, strerror(why));
}

static gw_status send_line(int fd, const char *request, struct error *err)
{
	char *line = xasprintf("%s\n", request);
	size_t len = strlen(line), at = 0;

	while (at < len) {
		ssize_t n = send(fd, line + at, len - at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	free(line);
	return at == len ? GW_OK : error_set(err, GW_ERR_UNAVAILABLE, "golos-watchd hung up");
}

/* Reads what there is, or comes within the time. */
static gw_status receive_more(struct ctl_link *link, int64_t timeout_ms, struct error *err)
{
	struct pollfd poll_fd = {.fd = link->fd, .events = POLLIN};
	int ready = poll(&poll_fd, 1, (int)(timeout_ms < INT_MAX ? timeout_ms : INT_MAX));

	if (ready == 0)
		return error_set(err, GW_ERR_TIMEOUT, "golos-watchd does not answer");
	if (link->len == link->cap) {
		link->cap = link->cap ? 2 * link->cap : CTL_LINE_MAX;
		link->in = xrealloc(link->in, link->cap, 1);
	}
	ssize_t n = link->len < CTL_ANSWER_MAX
			    ? recv(link->fd, link->in + link->len, link->cap - link->len, MSG_DONTWAIT)
			    : 0;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return GW_OK;
	if (n <= 0)
		return error_set(err, GW_ERR_UNAVAILABLE, "golos-watchd hung up");
	link->len += (size_t)n;
	return GW_OK;
}

/* Up to the newline, which is not kept. Caller frees. */
static gw_status receive_line(struct ctl_link *link, int64_t timeout_ms, char **ret, struct error *err)
{
	const char *end = NULL;

	while (!link->len || !(end = memchr(link->in + link->searched, '\n', link->len - link->searched))) {
		link->searched = link->len;
		gw_status r = receive_more(link, timeout_ms, err);
		if (r)
			return r;
	}
	size_t len = (size_t)(end - link->in);
	*ret = xstrndup(link->in, len);
	link->len -= len + 1;
	memmove(link->in, end + 1, link->len);
	link->searched = 0;
	return GW_OK;
}

/* What a daemon refuses because of who or what asks is no mistake in this command line. */
static gw_status read_refusal(const struct json *answer, struct error *err)
{
	gw_status status = GW_ERR_TIMEOUT; /* the first of them */
	char name[32], text[400];

	if (json_get_text(answer, "code", name, sizeof(name), NULL) ||
	    json_get_text(answer, "error", text, sizeof(text), NULL))
		return error_set(err, GW_ERR_PROTOCOL, "golos-watchd's answer cannot be read");
	while (status < GW_OK && strcmp(status_name(status), name) != 0)
		status++;
	return error_set(err, status < GW_OK ? status : GW_ERR_PROTOCOL, "golos-watchd: %s", text);
}

static gw_status read_answer(const char *line, struct json **ret_root, const struct json **ret_result,
			     struct error *err)
{
	struct json *root = NULL;
	bool ok = false;
	gw_status r = json_parse(&root, line, strlen(line), err);

	if (!r)
		r = json_get_bool(root, "ok", &ok, err);
	if (r)
		r = error_set(err, GW_ERR_PROTOCOL, "golos-watchd's answer cannot be read: %.300s", err->text);
	else if (!ok)
		r = read_refusal(root, err);
	else if (!json_member(root, "result", ret_result))
		r = error_set(err, GW_ERR_PROTOCOL, "golos-watchd's answer has no result");
	if (r)
		json_free(root);
	else
		*ret_root = root;
	return r;
}

gw_status ctl_open(struct ctl_link **ret, const char *path, struct error *err)
{
	int fd = -1;

	if (!path[0])
		return error_set(err, GW_ERR_NOT_FOUND, "the control socket is turned off in the configuration");
	gw_status r = open_socket(&fd, path, err);
	if (r)
		return r;
	*ret = xcalloc(1, sizeof(**ret));
	(*ret)->fd = fd;
	return GW_OK;
}

void ctl_close(struct ctl_link *link)
{
	if (!link)
		return;
	close(link->fd);
	free(link->in);
	free(link);
}

gw_status ctl_request(struct ctl_link *link, const char *request, struct json **ret_root,
		      const struct json **ret_result, struct error *err)
{
	char *line = NULL;
	gw_status r = send_line(link->fd, request, err);

	if (!r)
		r = receive_line(link, DEADLINE_MS, &line, err);
	if (!r)
		r = read_answer(line, ret_root, ret_result, err);
	free(line);
	return r;
}

gw_status ctl_next_event(struct ctl_link *link, int64_t timeout_ms, struct json **ret_root,
			 const struct json **ret_event, struct error *err)
{
	struct json *root = NULL;
	char *line = NULL;
	gw_status r = receive_line(link, timeout_ms, &line, err);

	if (r)
		return r;
	if (json_parse(&root, line, strlen(line), NULL) || json_get_object(root, "event", ret_event, NULL))
		r = error_set(err, GW_ERR_PROTOCOL, "golos-watchd's event cannot be read");
	free(line);
	if (r)
		json_free(root);
	else
		*ret_root = root;
	return r;
}

gw_status ctl_ask(const char *path, const char *request, struct json **ret_root, const struct json **ret_result,
		  struct error *err)
{
	struct ctl_link *link = NULL;
	gw_status r = ctl_open(&link, path, err);

	if (!r)
		r = ctl_request(link, request, ret_root, ret_result, err);
	ctl_close(link);
	return r;
}
