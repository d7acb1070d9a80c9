/* SPDX-License-Identifier: MIT
 *
 * The control socket's server. Runs in golos-watchd.
 */
#include "api/server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "base/memory.h"

#define IDLE_MS	   30000
#define EVENTS_MAX 65536 /* bytes that wait for a follower, who is hung up on beyond that */

struct ctl_client {
	struct ctl_server *server; /* NULL: its server is gone, and it waits for an answer that nobody reads */
	int fd;			   /* -1: the peer is gone */
	struct loop_fd *loop_fd;
	struct loop_timer *idle; /* stopped while in_work */
	uid_t uid;
	bool in_work;						      /* a request is with the handler */
	bool closing;						      /* once the answer is out */
	char follows[sizeof(((struct ctl_request *)NULL)->instance)]; /* "": nothing */
	char *events; /* lines that go out behind the answer in work; NULL: none */
	size_t in_len;
	char in[CTL_LINE_MAX];
	char *out;
	size_t out_len, out_at;
};

struct ctl_server {
	struct loop *loop;
	char *path;
	int fd;
	struct loop_fd *loop_fd;
	ctl_handler handler;
	void *context;
	int64_t idle_ms;
	bool full; /* and logged */
	struct ctl_client *clients[CTL_CLIENTS_MAX];
};

/* ---- one client ------------------------------------------------------------------------------------------------- */

/* The peer is gone. The memory stays until the handler has answered. */
static void client_close(struct ctl_client *client)
{
	if (client->fd >= 0) {
		loop_timer_free(client->idle);
		loop_fd_free(client->loop_fd);
		close(client->fd);
		client->fd = -1;
	}
	if (client->in_work)
		return;
	for (size_t i = 0; client->server && i < CTL_CLIENTS_MAX; i++)
		if (client->server->clients[i] == client)
			client->server->clients[i] = NULL;
	free(client->out);
	free(client->events);
	free(client);
}

static void on_idle(void *context)
{
	client_close(context);
}

/* From now on its silence is counted: until its next request, or until it has fetched its answer. */
static void client_count_silence(struct ctl_client *client)
{
	loop_timer_set(client->idle, client->server->idle_ms);
}

static void client_next_line(struct ctl_client *client);

static void on_writable(void *context)
{
	struct ctl_client *client = context;

	while (client->out_at < client->out_len) {
		ssize_t n =
			send(client->fd, client->out + client->out_at, client->out_len - client->out_at, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			loop_fd_want_write(client->loop_fd);
			return;
		}
		if (n <= 0) {
			client_close(client);
			return;
		}
		client->out_at += (size_t)n;
	}
	free(client->out);
	client->out = NULL;
	client->out_len = client->out_at = 0;
	if (client->follows[0])
		loop_timer_set(client->idle, -1);
	if (client->closing)
		client_close(client);
	else
		client_next_line(client);
}

/* Puts `more` behind *text; frees `more`. */
static void append(char **text, char *more)
{
	char *joined = *text ? xasprintf("%s%s", *text, more) : xstrdup(more);

	free(*text);
	free(more);
	*text = joined;
}

/* Takes over `line`; events that came meanwhile go behind it. */
static void client_send(struct ctl_client *client, char *line)
{
	client->in_work = false;
	if (client->events)
		append(&line, client->events);
	client->events = NULL;
	if (client->fd < 0) {
		free(line);
		client_close(client);
		return;
	}
	client->out = line;
	client->out_len = strlen(line);
	client->out_at = 0;
	client_count_silence(client);
	loop_fd_want_write(client->loop_fd);
}

void ctl_answer(struct ctl_client *client, const char *result_json)
{
	client_send(client, xasprintf("{\"v\":%d,\"ok\":true,\"result\":%s}\n", CTL_VERSION, result_json));
}

void ctl_refuse(struct ctl_client *client, gw_status code, const char *sentence)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_i64(&w, "v", CTL_VERSION);
	json_put_bool(&w, "ok", false);
	json_put_text(&w, "code", status_name(code));
	json_put_text(&w, "error", sentence);
	json_close(&w, '}');
	client_send(client, xasprintf("%s\n", w.text));
	json_writer_done(&w);
}

static void client_publish(struct ctl_client *client, const char *event_json)
{
	char **text = client->in_work ? &client->events : &client->out;

	append(text, xasprintf("{\"v\":%d,\"event\":%s}\n", CTL_VERSION, event_json));
	if (strlen(*text) > EVENTS_MAX) {
		client_close(client);
	} else if (!client->in_work) {
		client->out_len = strlen(client->out);
		client_count_silence(client);
		loop_fd_want_write(client->loop_fd);
	}
}

void ctl_follow(struct ctl_client *client, const char *instance, const char *event_json)
{
	snprintf(client->follows, sizeof(client->follows), "%s", instance);
	client_publish(client, event_json);
}

void ctl_publish(struct ctl_server *server, const char *instance, const char *event_json)
{
	for (size_t i = 0; server && i < CTL_CLIENTS_MAX; i++) {
		struct ctl_client *client = server->clients[i];

		if (client && client->fd >= 0 && strcmp(client->follows, instance) == 0)
			client_publish(client, event_json);
	}
}

static bool may_order(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

static void client_handle(struct ctl_client *client, const char *line, size_t len)
{
	struct ctl_request request;
	struct error err = {0};
	gw_status status = ctl_request_parse(&request, line, len, &err);

	client->in_work = true;
	loop_timer_set(client->idle, -1);
	if (status) {
		client->closing = true;
		ctl_refuse(client, status, err.text);
		return;
	}
	if (request.verb != CTL_STATUS && request.verb != CTL_HISTORY && !may_order(client->uid)) {
		ctl_refuse(client, GW_ERR_DENIED, "only root and the daemon's own user may order this");
		return;
	}
	const struct passwd *peer = getpwuid(client->uid);
	snprintf(request.by, sizeof(request.by), "%.40s(%u)", peer ? peer->pw_name : "uid", (unsigned)client->uid);
	client->server->handler(client->server->context, client, &request);
}

/* Works on the next whole line, unless one is being worked on. */
static void client_next_line(struct ctl_client *client)
{
	char line[CTL_LINE_MAX];
	const char *end = memchr(client->in, '\n', client->in_len);

	if (client->in_work || client->out || client->closing)
		return;
	if (!end) {
		if (client->in_len == sizeof(client->in)) {
			client->in_work = client->closing = true;
			ctl_refuse(client, GW_ERR_RANGE, "a request is one line of 64 KiB at most");
		}
		return;
	}
	size_t len = (size_t)(end - client->in);
	memcpy(line, client->in, len);
	client->in_len -= len + 1;
	memmove(client->in, end + 1, client->in_len);
	client_handle(client, line, len);
}

static void on_readable(void *context)
{
	struct ctl_client *client = context;

	if (client->in_len == sizeof(client->in)) {
		client_close(client); /* it sends on while its answers are not fetched */
		return;
	}
	ssize_t n = recv(client->fd, client->in + client->in_len, sizeof(client->in) - client->in_len, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(client);
		return;
	}
	client->in_len += (size_t)n;
	client_next_line(client);
}

/* ---- the socket ------------------------------------------------------------------------------------------------- */

/* A place for who asks; CTL_CLIENTS_MAX: none is left. */
static size_t find_place(const struct ctl_server *server, uid_t uid)
{
	size_t place = CTL_CLIENTS_MAX, readers = 0;

	for (size_t i = 0; i < CTL_CLIENTS_MAX; i++) {
		if (!server->clients[i])
			place = i;
		else
			readers += !may_order(server->clients[i]->uid);
	}
	return readers >= CTL_READERS_MAX && !may_order(uid) ? CTL_CLIENTS_MAX : place;
}

static void turn_away(struct ctl_server *server, int fd)
{
	if (!server->full) /* once: a line for each would fill the log */
		log_line(GW_WARNING, NULL,
			 "control socket: more than %d clients, or %d who may only read: turned away until there is "
			 "room",
			 CTL_CLIENTS_MAX, CTL_READERS_MAX);
	server->full = true;
	close(fd);
}

static void accept_client(struct ctl_server *server, size_t place, int fd, uid_t uid)
{
	struct ctl_client *client = xcalloc(1, sizeof(*client));

	client->server = server;
	client->fd = fd;
	client->uid = uid;
	client->loop_fd = loop_fd_new(server->loop, fd, on_readable, on_writable, client);
	client->idle = loop_timer_new(server->loop, on_idle, client);
	client_count_silence(client);
	server->clients[place] = client;
	server->full = false;
}

static void on_connection(void *context)
{
	struct ctl_server *server = context;
	int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)) {
		close(fd);
		return;
	}
	size_t place = find_place(server, peer.uid);
	if (place == CTL_CLIENTS_MAX)
		turn_away(server, fd);
	else
		accept_client(server, place, fd, peer.uid);
}

/* A socket file whose host is dead refuses connections; one that answers belongs to a living host. */
static gw_status remove_stale(const struct sockaddr_un *address, struct error *err)
{
	struct stat st;

	if (lstat(address->sun_path, &st))
		return GW_OK;
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, GW_ERR_CONFIG, "control: %s exists and is no socket", address->sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
	if (fd >= 0)
		close(fd);
	if (alive)
		return error_set(err, GW_ERR_BUSY, "control: another golos-watchd listens at %s", address->sun_path);
	unlink(address->sun_path);
	return GW_OK;
}

static bool is_in_group(gid_t gid)
{
	gid_t groups[NGROUPS_MAX];
	int count = getgroups(NGROUPS_MAX, groups);
	bool found = geteuid() == 0 || getegid() == gid;

	for (int i = 0; i < count; i++)
		found = found || groups[i] == gid;
	return found;
}

gw_status ctl_group_find(gid_t *ret, const char *group, struct error *err)
{
	const struct group *entry = getgrnam(group);
	const struct passwd *us = getpwuid(geteuid());
	const char *name = us ? us->pw_name : "this user";

	if (!entry)
		return error_set(err, GW_ERR_CONFIG, "control_group: no group \"%s\"", group);
	if (!is_in_group(entry->gr_gid))
		return error_set(err, GW_ERR_CONFIG,
				 "control_group: %s is not in the group %s, and can give it no socket: adduser %s %s",
				 name, group, name, group);
	*ret = entry->gr_gid;
	return GW_OK;
}

static gw_status open_socket(struct ctl_server *server, const char *group, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	gid_t gid = 0;

	if (strlen(server->path) >= sizeof(address.sun_path))
		return error_set(err, GW_ERR_CONFIG, "control: the path %s is longer than a socket's may be",
				 server->path);
	memcpy(address.sun_path, server->path, strlen(server->path) + 1);
	gw_status status = group ? ctl_group_find(&gid, group, err) : GW_OK;
	if (!status)
		status = remove_stale(&address, err);
	if (status)
		return status;
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t old_mask = umask(0117); /* 0660 from its first moment */
	int bound = server->fd < 0 ? -1 : bind(server->fd, (const struct sockaddr *)&address, sizeof(address));
	umask(old_mask);
	if (bound || listen(server->fd, 16))
		return error_set(err, GW_ERR_SYSTEM, "control: %s: %s", server->path, strerror(errno));

	if (group && chown(server->path, (uid_t)-1, gid))
		return error_set(err, GW_ERR_SYSTEM, "control: %s cannot be given to group %s: %s", server->path, group,
				 strerror(errno));
	return GW_OK;
}

gw_status ctl_server_new(struct ctl_server **ret, struct loop *loop, const char *path, const char *group,
			 ctl_handler handler, void *context, struct error *err)
{
	struct ctl_server *server = xcalloc(1, sizeof(*server));

	*server = (struct ctl_server){.loop = loop,
				      .path = xstrdup(path),
				      .fd = -1,
				      .handler = handler,
				      .context = context,
				      .idle_ms = IDLE_MS};
	gw_status status = open_socket(server, group, err);
	if (status) {
		if (server->fd >= 0)
			close(server->fd);
		free(server->path);
		free(server);
		return status;
	}
	server->loop_fd = loop_fd_new(loop, server->fd, on_connection, NULL, server);
	*ret = server;
	return GW_OK;
}

void ctl_server_set_idle(struct ctl_server *server, int64_t ms)
{
	server->idle_ms = ms;
}

void ctl_server_free(struct ctl_server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < CTL_CLIENTS_MAX; i++) {
		struct ctl_client *client = server->clients[i];

		if (!client)
			continue;
		client->server = NULL;
		client_close(client);
	}
	loop_fd_free(server->loop_fd);
	close(server->fd);
	unlink(server->path);
	free(server->path);
	free(server);
}
