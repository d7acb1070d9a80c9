/* SPDX-License-Identifier: MIT
 * The control socket: the real server on the real loop. Who may read, who may order, and what comes of bad requests. */
#include "test.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/server.h"
#include "cli/client.h"
#include "client_process.h"

#define STRANGER_UID  65534 /* nobody */
#define MEMBERS_GROUP "daemon"
#define MEMBERS_GID   1
#define STRANGERS_GID 65534
#define ORDERS	      5

static struct scene {
	struct loop *loop;
	struct ctl_server *server;
	char dir[64], path[96];
	unsigned asked, ordered; /* requests that reached the handler */
	char by[64];
	struct ctl_client *late; /* owed an answer */
	unsigned events;
} scene;

/* Behind the answer, in order, to who follows that instance alone; `events` are too many for one who fetches none. */
static void be_followed(struct ctl_client *client)
{
	ctl_follow(client, "m", "{\"n\":1}");
	ctl_publish(scene.server, "m", "{\"n\":2}");
	ctl_publish(scene.server, "another", "{\"n\":-1}");
	for (unsigned i = 0; i < scene.events; i++)
		ctl_publish(scene.server, "m", "{\"n\":3}");
}

static void on_late_event(void *context)
{
	(void)context;
	ctl_publish(scene.server, "m", "{\"n\":3}");
}

static void on_request(void *context, struct ctl_client *client, const struct ctl_request *request)
{
	struct scene *of = context;

	of->asked++;
	memcpy(of->by, request->by, sizeof(of->by));
	if (request->verb == CTL_STATUS) {
		ctl_answer(client, "{\"seen\":true}");
	} else if (request->verb == CTL_HISTORY) {
		of->late = client; /* answered when the server is gone */
	} else {
		of->ordered++;
		if (request->follow)
			be_followed(client);
		ctl_answer(client, "[]");
	}
}

static int start(void **state)
{
	struct error err;

	(void)state;
	scene = (struct scene){0};
	snprintf(scene.dir, sizeof(scene.dir), "/tmp/golos-watch-control-XXXXXX");
	assert_non_null(mkdtemp(scene.dir));
	assert_int_equal(chmod(scene.dir, 0755), 0); /* as /run/golos-watch */
	snprintf(scene.path, sizeof(scene.path), "%s/ctl", scene.dir);
	assert_int_equal(loop_new(&scene.loop, &err), GW_OK);
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	ctl_server_free(scene.server);
	if (scene.late)
		ctl_answer(scene.late, "[]");
	loop_free(scene.loop);
	snprintf(command, sizeof(command), "rm -rf '%s'", scene.dir);
	return system(command) == 0 ? 0 : -1;
}

static gw_status listen_at(const char *group, struct error *err)
{
	return ctl_server_new(&scene.server, scene.loop, scene.path, group, on_request, &scene, err);
}

/* ---- rights ------------------------------------------------------------------------------------------------------ */

static gw_status ask(const char *verb, struct error *err)
{
	const struct json *result = NULL;
	struct json *root = NULL;
	char request[64];

	snprintf(request, sizeof(request), "{\"v\":1,\"verb\":\"%s\"}", verb);
	gw_status r = ctl_ask(scene.path, request, &root, &result, err);
	if (!r)
		json_free(root);
	return r;
}

static const char *const orders[ORDERS] = {"hold", "resume", "takeover", "try", "publish"};

static int ask_as_ourselves(void)
{
	struct error err = {0};

	must(ask("status", &err) == GW_OK);
	for (size_t i = 0; i < ORDERS; i++)
		must(ask(orders[i], &err) == GW_OK);
	return 0;
}

TEST(our_own_user_may_order, start, end)
{
	struct error err = {0};
	struct stat st;

	assert_int_equal(listen_at(NULL, &err), GW_OK);
	assert_int_equal(stat(scene.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	client_serve(scene.loop, ask_as_ourselves);
	assert_int_equal(scene.ordered, ORDERS);
	char uid[32];
	snprintf(uid, sizeof(uid), "(%u)", (unsigned)getuid());
	assert_non_null(strstr(scene.by, uid));
}

static void become(gid_t gid)
{
	must(setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
	     setresuid(STRANGER_UID, STRANGER_UID, STRANGER_UID) == 0);
}

static int ask_as_a_member(void)
{
	struct error err = {0};

	become(MEMBERS_GID);
	must(ask("status", &err) == GW_OK);
	for (size_t i = 0; i < ORDERS; i++) {
		must(ask(orders[i], &err) == GW_ERR_DENIED);
		must(strstr(err.text, "only root and the daemon's own user may order this") != NULL);
	}
	must(ask("status", &err) == GW_OK); /* and reads on */
	return 0;
}

static int ask_as_a_stranger(void)
{
	struct error err = {0};

	become(STRANGERS_GID);
	must(ask("status", &err) == GW_ERR_DENIED);
	must(strstr(err.text, "this user may not ask golos-watchd; root and its control_group may") != NULL);
	return 0;
}

/* SO_PEERCRED and the socket's mode, tried by users that are not us: that takes root. */
TEST(other_users, start, end)
{
	struct error err = {0};

	if (getuid() != 0) {
		print_message("SKIPPED: other users are tried only by root\n");
		skip();
	}
	assert_int_equal(listen_at(MEMBERS_GROUP, &err), GW_OK);
	client_serve(scene.loop, ask_as_a_member);
	assert_int_equal(scene.asked, 2);
	assert_int_equal(scene.ordered, 0);
	client_serve(scene.loop, ask_as_a_stranger);
	assert_int_equal(scene.asked, 2);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* What is wrong is said, the connection closed, and the handler not bothered. */
static int ask_badly(void)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{"garbage\n", "\"code\":\"bad form\",\"error\":\"JSON: byte 0: not JSON\""},
		{"\n", "\"ok\":false"},
		{"[]\n", "a request is a JSON object"},
		{"{}\n", "\"ok\":false"},
		{"{\"v\":2,\"verb\":\"status\"}\n", "version 2 is not spoken here, only 1"},
		{"{\"v\":1,\"verb\":\"halt\"}\n", "no verb"},
		{"{\"v\":1,\"verb\":\"status\",\"extra\":1}\n", "this verb has no member \\\"extra\\\""},
		{"{\"v\":1,\"verb\":\"hold\",\"for_s\":0}\n", "for_s"},
		{"{\"v\":1,\"verb\":\"hold\",\"for_s\":\"2h\"}\n", "for_s"},
		{"{\"v\":1,\"verb\":\"history\",\"limit\":10001}\n", "limit"},
		{"{\"v\":1,\"verb\":\"hold\",\"follow\":true}\n", "this verb has no member \\\"follow\\\""},
		{"{\"v\":1,\"verb\":\"takeover\",\"follow\":1}\n", "follow"},
		{"{\"v\":1,\"verb\":\"publish\",\"yes\":1}\n", "yes"},
		{"{\"v\":1,\"verb\":\"try\",\"yes\":true}\n", "yes"},
	};
	char answer[1024];

	for (size_t i = 0; i < COUNT(bad); i++) {
		int fd = client_dial(scene.path);

		client_put(fd, bad[i].line);
		client_take(fd, answer, sizeof(answer), "\n");
		if (!strstr(answer, bad[i].says))
			fprintf(stderr, "%s gives %s", bad[i].line, answer);
		must(strstr(answer, bad[i].says) != NULL);
		close(fd);
	}
	return 0;
}

TEST(bad_requests, start, end)
{
	struct error err = {0};

	assert_int_equal(listen_at(NULL, &err), GW_OK);
	client_serve(scene.loop, ask_badly);
	assert_int_equal(scene.ordered, 0);
}

static int send_a_long_line(void)
{
	static char line[CTL_LINE_MAX + 4096];
	char answer[1024];
	int fd = client_dial(scene.path);
	struct error err = {0};

	memset(line, 'a', sizeof(line));
	(void)send(fd, line, sizeof(line), MSG_NOSIGNAL);
	client_take(fd, answer, sizeof(answer), "\n");
	must(strstr(answer, "a request is one line of 64 KiB at most") != NULL);
	close(fd);
	must(ask("status", &err) == GW_OK);
	return 0;
}

TEST(a_line_without_end, start, end)
{
	struct error err = {0};

	assert_int_equal(listen_at(NULL, &err), GW_OK);
	client_serve(scene.loop, send_a_long_line);
}

/* Several requests at once, in pieces: answered one after the other. */
static int ask_many_at_once(void)
{
	static const char line[] = "{\"v\":1,\"verb\":\"status\"}\n";
	char answers[4096];
	int fd = client_dial(scene.path);
	size_t count = 0;

	for (int i = 0; i < 10; i++)
		client_put(fd, line);
	client_put(fd, "{\"v\":1,\"ve");
	client_put(fd, "rb\":\"hold\"}\n");
	client_take(fd, answers, sizeof(answers), "[]}\n");
	for (const char *at = answers; (at = strstr(at, "\"seen\":true")) != NULL; at++)
		count++;
	must(count == 10);
	close(fd);
	return 0;
}

TEST(many_requests_at_once, start, end)
{
	struct error err = {0};

	assert_int_equal(listen_at(NULL, &err), GW_OK);
	client_serve(scene.loop, ask_many_at_once);
	assert_int_equal(scene.asked, 11);
}

/* One too many is turned away, and there is room again when one has gone. */
static int be_too_many(void)
{
	char answer[64];
	int fds[CTL_CLIENTS_MAX];
	struct error err = {0};

	for (size_t i = 0; i < CTL_CLIENTS_MAX; i++) {
		fds[i] = client_dial(scene.path);
		client_put(fds[i], "{\"v\":1,\"verb\":\"status\"}\n");
		client_take(fds[i], answer, sizeof(answer), "\n");
	}
	must(ask("status", &err) == GW_ERR_UNAVAILABLE);
	close(fds[0]);
	int fd = -1;
	for (int i = 0; i < 1000 && fd < 0; i++) /* the server hears of the end in its own time */
		if (ask("status", &err) == GW_OK)
			fd = 0;
	must(fd == 0);
	return 0;
}

TEST(too_many_clients, start, end)
{
	struct error err = {0};

	assert_int_equal(listen_at(NULL, &err), GW_OK);
	client_serve(scene.loop, be_too_many);
}

/* Readers fill their places, silently; root and our own user still have theirs. */
static int be_many_readers(void)
{
	struct error err = {0};
	int told[2];
	char byte = 0;

	must(pipe(told) == 0);
	pid_t readers = fork();
	if (readers == 0) {
		become(MEMBERS_GID);
		for (size_t i = 0; i < CTL_CLIENTS_MAX; i++)
			client_dial(scene.path);
		/* that the last ones were turned away shows that all were accepted */
		must(ask("status", &err) == GW_ERR_UNAVAILABLE);
		must(write(told[1], &byte, 1) == 1);
		pause();
	}
	must(read(told[0], &byte, 1) == 1);
	must(ask("hold", &err) == GW_OK);
	must(ask("status", &err) == GW_OK);
	return kill(readers, SIGKILL);
}

TEST(readers_cannot_lock_root_out, start, end)
{
	struct error err = {0};

	if (getuid() != 0) {
		print_message("SKIPPED: other users are tried only by root\n");
		skip();
	}
	assert_int_equal(listen_at(MEMBERS_GROUP, &err), GW_OK);
	client_serve(scene.loop, be_many_readers);
	assert_int_equal(scene.ordered, 1);
}

/* Silence is hung up on, before and after an answer, and in the middle of a line; a wait for an answer is not. */
static int be_silent(void)
{
	int waiting = client_dial(scene.path), silent = client_dial(scene.path), slow = client_dial(scene.path);
	char answer[64];

	client_put(waiting, "{\"v\":1,\"verb\":\"history\"}\n");
	client_put(slow, "{\"v\":1,");
	must(client_take(silent, answer, sizeof(answer), NULL) == 0);
	must(client_take(slow, answer, sizeof(answer), NULL) == 0);
	int done = client_dial(scene.path);
	client_put(done, "{\"v\":1,\"verb\":\"status\"}\n");
	must(client_take(done, answer, sizeof(answer), NULL) > 0); /* up to the end */
	must(recv(waiting, answer, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
	return 0;
}

TEST(silence_is_hung_up_on, start, end)
{
	struct error err = {0};

	assert_int_equal(listen_at(NULL, &err), GW_OK);
	ctl_server_set_idle(scene.server, 100);
	client_serve(scene.loop, be_silent);
	assert_non_null(scene.late);
}

#define FOLLOW "{\"v\":1,\"verb\":\"takeover\",\"instance\":\"m\",\"follow\":true}"

/* A follower is not hung up on for its silence. */
static int follow(void)
{
	const struct json *found = NULL;
	struct ctl_link *link = NULL;
	struct json *root = NULL;
	struct error err = {0};
	int64_t n = 0;

	must(ctl_open(&link, scene.path, &err) == GW_OK);
	must(ctl_request(link, FOLLOW, &root, &found, &err) == GW_OK && json_array_size(found) == 0);
	json_free(root);
	for (int64_t i = 1; i <= 3; i++) {
		must(ctl_next_event(link, 60000, &root, &found, &err) == GW_OK);
		must(json_get_i64(found, "n", 0, 9, &n, &err) == GW_OK && n == i);
		json_free(root);
	}
	must(ctl_next_event(link, 0, &root, &found, &err) == GW_ERR_TIMEOUT);
	ctl_close(link);
	must(ask("status", &err) == GW_OK);
	return 0;
}

TEST(events_come_behind_the_answer, start, end)
{
	struct error err = {0};

	assert_int_equal(listen_at(NULL, &err), GW_OK);
	ctl_server_set_idle(scene.server, 100);
	struct loop_timer *timer = loop_timer_new(scene.loop, on_late_event, NULL);
	loop_timer_set(timer, 300);
	client_serve(scene.loop, follow);
	loop_timer_free(timer);
	ctl_server_set_idle(scene.server, 60000);
	client_serve(scene.loop, be_too_many); /* it has gone, and left its place */
}

static int follow_too_much(void)
{
	struct error err = {0};
	char answer[64];
	int fd = client_dial(scene.path);

	client_put(fd, FOLLOW "\n");
	must(client_take(fd, answer, sizeof(answer), NULL) == 0);
	must(ask("status", &err) == GW_OK);
	return 0;
}

TEST(events_that_nobody_fetches, start, end)
{
	struct error err = {0};

	assert_int_equal(listen_at(NULL, &err), GW_OK);
	scene.events = 4000;
	client_serve(scene.loop, follow_too_much);
}

/* The client goes, and then the server, before the answer is there. */
static int ask_and_go(void)
{
	int fd = client_dial(scene.path);

	client_put(fd, "{\"v\":1,\"verb\":\"history\"}\n");
	struct error err = {0};
	must(ask("status", &err) == GW_OK); /* so the first one is in work */
	close(fd);
	return 0;
}

TEST(an_answer_that_nobody_waits_for, start, end)
{
	struct error err = {0};

	assert_int_equal(listen_at(NULL, &err), GW_OK);
	client_serve(scene.loop, ask_and_go);
	assert_non_null(scene.late);
}

/* ---- the socket's file ------------------------------------------------------------------------------------------- */

TEST(the_file, start, end)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ctl_server *second = NULL;
	struct error err = {0};
	struct stat st;

	/* a dead host's */
	int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, scene.path, strlen(scene.path) + 1);
	assert_int_equal(bind(dead, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(dead);
	assert_int_equal(listen_at(NULL, &err), GW_OK);
	/* a living one's */
	assert_int_equal(ctl_server_new(&second, scene.loop, scene.path, NULL, on_request, &scene, &err), GW_ERR_BUSY);
	assert_non_null(strstr(err.text, scene.path));
	ctl_server_free(scene.server);
	scene.server = NULL;
	assert_int_equal(stat(scene.path, &st), -1);
	/* what is no socket stays */
	FILE *file = fopen(scene.path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(listen_at(NULL, &err), GW_ERR_CONFIG);
	assert_int_equal(stat(scene.path, &st), 0);
	unlink(scene.path);
	assert_int_equal(listen_at("no-such-group-here", &err), GW_ERR_CONFIG);
	assert_non_null(strstr(err.text, "no group \"no-such-group-here\""));
}

/* After root is given up, the socket can be given to a group of ours alone: said before anything is bound. */
TEST(a_group_that_is_not_ours, start, end)
{
	int status;

	if (getuid() != 0)
		skip();
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		struct error err = {0};
		gid_t gid;

		become(STRANGERS_GID);
		must(ctl_group_find(&gid, MEMBERS_GROUP, &err) == GW_ERR_CONFIG);
		must(strcmp(err.text, "control_group: nobody is not in the group daemon, and can give it no socket: "
				      "adduser nobody daemon") == 0);
		must(listen_at(MEMBERS_GROUP, &err) == GW_ERR_CONFIG);
		must(ctl_group_find(&gid, "nogroup", &err) == GW_OK && gid == STRANGERS_GID);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return test_run(NULL, NULL);
}
