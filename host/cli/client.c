/* SPDX-License-Identifier: MIT
 * The control socket's client. Runs in golos-watch. */
#include "cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/server.h"
#include "base/memory.h"

#define DEADLINE_S 10

static gw_status open_socket(int *ret, const char *path, struct error *err)
{
	const struct timeval deadline = {.tv_sec = DEADLINE_S};
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >= sizeof(address.sun_path))
		return error_set(err, GW_ERR_SYNTAX, "the control socket's path is too long");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, GW_ERR_SYSTEM, "control socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
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

/* Up to the newline, which is not kept. */
static gw_status receive_line(int fd, char **ret, struct error *err)
{
	size_t len = 0, cap = 0;
	char *line = NULL;

	for (;;) {
		if (len == cap) {
			cap = cap ? 2 * cap : CTL_LINE_MAX;
			line = xrealloc(line, cap + 1, 1);
		}
		ssize_t n = len < CTL_ANSWER_MAX ? recv(fd, line + len, cap - len, 0) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(line);
			return n < 0 && errno == EAGAIN ? error_set(err, GW_ERR_TIMEOUT, "golos-watchd does not answer")
							: error_set(err, GW_ERR_UNAVAILABLE, "golos-watchd hung up");
		}
		len += (size_t)n;
		if (line[len - 1] == '\n') {
			line[len - 1] = '\0';
			*ret = line;
			return GW_OK;
		}
	}
}

static gw_status status_of_name(const char *name)
{
	for (gw_status status = GW_ERR_TIMEOUT; status < GW_OK; status++)
		if (strcmp(status_name(status), name) == 0)
			return status;
	return GW_ERR_PROTOCOL;
}

/* What a daemon refuses because of who or what asks is no mistake in this command line. */
static gw_status read_refusal(const struct json *answer, struct error *err)
{
	char name[32], text[400];

	if (json_get_text(answer, "code", name, sizeof(name), NULL) ||
	    json_get_text(answer, "error", text, sizeof(text), NULL))
		return error_set(err, GW_ERR_PROTOCOL, "golos-watchd's answer cannot be read");
	return error_set(err, status_of_name(name), "golos-watchd: %s", text);
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

gw_status ctl_ask(const char *path, const char *request, struct json **ret_root, const struct json **ret_result,
		  struct error *err)
{
	char *line = NULL;
	int fd = -1;

	if (!path[0])
		return error_set(err, GW_ERR_NOT_FOUND, "the control socket is turned off in the configuration");
	gw_status r = open_socket(&fd, path, err);

	if (!r)
		r = send_line(fd, request, err);
	if (!r)
		r = receive_line(fd, &line, err);
	if (fd >= 0)
		close(fd);
	if (!r)
		r = read_answer(line, ret_root, ret_result, err);
	free(line);
	return r;
}
