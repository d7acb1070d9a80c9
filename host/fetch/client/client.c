/* SPDX-License-Identifier: MIT
 * See client.h. Runs in golos-watchd. */
#include "fetch/client/client.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/memory.h"
#include "system/helper.h"

#define START_MS   10000
#define AGAIN_MS   60000		   /* from an end to the next start */
#define END_MS	   200			   /* that its end is waited for */
#define GRACE_MS   500			   /* that an answer may come after its deadline */
#define SILENCE_MS (FETCH_ROUND_MS + 5000) /* after which a round is not waited for */

struct request {
	struct request *prev, *next;
	uint32_t address;
	uint32_t round, item; /* round 0: not yet sent */
	int64_t deadline_ms;  /* monotonic */
	fetch_done_fn *done;
	void *context;
};

enum state { ENDED, STARTING, RUNNING };

struct fetch {
	enum state state;
	int fd; /* -1: ended */
	pid_t pid;
	/* what another start needs */
	char *program, *ca_file;
	int64_t again_ms;
	bool has_user;
	uid_t uid;
	gid_t gid;
	size_t count;
	char **urls;
	struct fetch_ready ready;

	struct loop *loop; /* NULL: not yet attached */
	struct loop_fd *loop_fd;
	struct loop_timer *send;  /* what was asked for together goes out together */
	struct loop_timer *check; /* of deadlines */
	struct loop_timer *again;
	fetch_ended_fn *ended;
	void *context;
	bool said;     /* that it ended */
	char why[512]; /* it does not run; "" it does */

	struct request *requests; /* oldest first */
	uint32_t round;		  /* the number of the last one */
	uint32_t round_left;	  /* answers that it owes */
	int64_t round_ms;	  /* monotonic: when it was sent */
	struct fetch_message message;
	uint8_t bytes[FETCH_MESSAGE_MAX];
};

/* ---- start and set-up -------------------------------------------------------------------------------------------- */

/* A new helper has room for all of the set-up: it is not waited for. */
static gw_status send_message(struct fetch *fetch, struct error *err)
{
	size_t len = 0;

	if (fetch_encode(fetch->bytes, &len, &fetch->message) != GW_OK)
		return error_set(err, GW_ERR_RANGE, "a message to golos-watch-fetch holds a value that is too long");
	if (send(fetch->fd, fetch->bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
		return GW_OK;
	if (errno == EPIPE || errno == ECONNRESET)
		return error_set(err, GW_ERR_UNAVAILABLE, "golos-watch-fetch has ended");
	return error_set(err, GW_ERR_UNAVAILABLE, "golos-watch-fetch takes no message: %s", strerror(errno));
}

static struct fetch_message *begin(struct fetch *fetch, enum fetch_type type)
{
	memset(&fetch->message, 0, sizeof(fetch->message));
	fetch->message.type = type;
	return &fetch->message;
}

static gw_status send_setup(struct fetch *fetch, struct error *err)
{
	struct fetch_message *message = begin(fetch, FETCH_SETUP);

	message->setup.has_user = fetch->has_user;
	message->setup.uid = fetch->uid;
	message->setup.gid = fetch->gid;
	snprintf(message->setup.ca_file, sizeof(message->setup.ca_file), "%s", fetch->ca_file ? fetch->ca_file : "");
	gw_status status = send_message(fetch, err);
	for (size_t i = 0; status == GW_OK && i < fetch->count; i++) {
		snprintf(begin(fetch, FETCH_ADDRESS)->url, sizeof(message->url), "%s", fetch->urls[i]);
		status = send_message(fetch, err);
	}
	begin(fetch, FETCH_SEAL);
	return status == GW_OK ? send_message(fetch, err) : status;
}

static gw_status spawn(struct fetch *fetch, struct error *err)
{
	gw_status status = helper_start(&fetch->fd, &fetch->pid, fetch->program, -1, err);

	if (status == GW_OK)
		status = send_setup(fetch, err);
	if (status == GW_OK)
		fetch->state = STARTING;
	return status;
}

/* The closed channel ends it, and a kill where we may: not of another user's. One that hangs is left to itself. */
static void reap(struct fetch *fetch)
{
	struct pollfd end = {.fd = fetch->pid > 0 ? pidfd_open(fetch->pid, 0) : -1, .events = POLLIN};

	fetch->state = ENDED;
	loop_fd_free(fetch->loop_fd);
	fetch->loop_fd = NULL;
	if (fetch->fd >= 0)
		close(fetch->fd);
	fetch->fd = -1;
	if (fetch->pid > 0) {
		kill(fetch->pid, SIGKILL);
		while (end.fd >= 0 && poll(&end, 1, END_MS) < 0 && errno == EINTR)
			continue;
		waitpid(fetch->pid, NULL, WNOHANG);
	}
	if (end.fd >= 0)
		close(end.fd);
	fetch->pid = -1;
}

/* The next message. GW_ERR_BUSY: none is there yet. */
static gw_status receive(struct fetch *fetch, struct error *err)
{
	ssize_t n;

	do
		n = recv(fetch->fd, fetch->bytes, sizeof(fetch->bytes), MSG_TRUNC | MSG_DONTWAIT);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0 && errno == EAGAIN)
		return GW_ERR_BUSY;
	if (n <= 0)
		return error_set(err, GW_ERR_UNAVAILABLE, "golos-watch-fetch has ended");
	if ((size_t)n > sizeof(fetch->bytes))
		return error_set(err, GW_ERR_PROTOCOL, "golos-watch-fetch sends a message that is too long");
	return fetch_decode(&fetch->message, fetch->bytes, (size_t)n, err);
}

static gw_status take_ready(struct fetch *fetch, struct error *err)
{
	const struct fetch_failed *failed = &fetch->message.failed;

	if (fetch->message.type == FETCH_FAILED)
		return error_set(err, failed->status, "golos-watch-fetch: %s", failed->text);
	if (fetch->message.type != FETCH_READY)
		return error_set(err, GW_ERR_PROTOCOL, "golos-watch-fetch answers its set-up with message %d",
				 (int)fetch->message.type);
	fetch->why[0] = '\0';
	fetch->ready = fetch->message.ready;
	fetch->state = RUNNING;
	return GW_OK;
}

/* Before there is a loop. */
static gw_status wait_ready(struct fetch *fetch, struct error *err)
{
	int64_t end_ms = clock_ms(CLOCK_MONOTONIC) + START_MS;

	for (;;) {
		struct pollfd channel = {.fd = fetch->fd, .events = POLLIN};
		int64_t left_ms = end_ms - clock_ms(CLOCK_MONOTONIC);

		if (left_ms <= 0)
			return error_set(err, GW_ERR_TIMEOUT, "golos-watch-fetch does not answer");
		poll(&channel, 1, (int)left_ms);
		gw_status status = receive(fetch, err);
		if (status != GW_ERR_BUSY)
			return status == GW_OK ? take_ready(fetch, err) : status;
	}
}

static gw_status find_user(struct fetch *fetch, const char *user, struct error *err)
{
	if (!user || geteuid() != 0)
		return GW_OK;
	const struct passwd *entry = getpwnam(user);

	if (!entry)
		return error_set(err, GW_ERR_CONFIG, "golos-watch-fetch's user %s does not exist", user);
	fetch->has_user = true;
	fetch->uid = entry->pw_uid;
	fetch->gid = entry->pw_gid;
	return GW_OK;
}

static gw_status start(struct fetch *fetch, const char *user, struct error *err)
{
	gw_status status = find_user(fetch, user, err);

	if (status == GW_OK)
		status = spawn(fetch, err);
	if (status == GW_OK)
		status = wait_ready(fetch, err);
	return status;
}

struct fetch *fetch_start(const struct fetch_setup *setup)
{
	struct fetch *fetch = xcalloc(1, sizeof(*fetch));
	struct error err = {.text = ""};

	fetch->fd = -1;
	fetch->pid = -1;
	fetch->program = xstrdup(setup->program);
	fetch->ca_file = setup->ca_file ? xstrdup(setup->ca_file) : NULL;
	fetch->again_ms = setup->again_ms ? setup->again_ms : AGAIN_MS;
	fetch->count = setup->count;
	fetch->urls = xcalloc(setup->count, sizeof(*fetch->urls));
	for (size_t i = 0; i < setup->count; i++)
		fetch->urls[i] = xstrdup(setup->urls[i]);
	gw_status status = start(fetch, setup->user, &err);
	if (status != GW_OK) {
		snprintf(fetch->why, sizeof(fetch->why), "%.300s%s", err.text,
			 status == GW_ERR_CONFIG ? ": the package golos-watch-fetch has it" : "");
		reap(fetch);
	}
	return fetch;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void complete(struct fetch *fetch, struct request *request, const struct fetch_answer *answer)
{
	DL_DELETE(fetch->requests, request);
	request->done(request->context, answer);
	free(request);
}

static void complete_unanswered(struct fetch *fetch, struct request *request, gw_status status, const char *why)
{
	struct fetch_answer *answer = xcalloc(1, sizeof(*answer));

	answer->status = status;
	snprintf(answer->text, sizeof(answer->text), "%s", why);
	complete(fetch, request, answer);
	free(answer);
}

static void set_check(struct fetch *fetch)
{
	int64_t earliest = INT64_MAX;

	for (const struct request *request = fetch->requests; request; request = request->next)
		if (request->deadline_ms < earliest)
			earliest = request->deadline_ms;
	int64_t left_ms = earliest - clock_ms(CLOCK_MONOTONIC) + GRACE_MS;
	loop_timer_set(fetch->check, earliest == INT64_MAX ? -1 : left_ms > 0 ? left_ms : 0);
}

/* Where it has a user of its own, only root can make it anew, and root is gone. */
static void give_up(struct fetch *fetch, const char *why)
{
	bool again = !fetch->has_user;
	char text[400];

	snprintf(text, sizeof(text), "%s", why);
	snprintf(fetch->why, sizeof(fetch->why), "%s: no source of the internet is asked until %s", text,
		 again ? "it runs, which is tried each minute" : "golos-watchd is started anew, by root");
	reap(fetch);
	fetch->round_left = 0;
	if (!fetch->said) {
		fetch->said = true;
		fetch->ended(fetch->context, fetch->why);
	}
	while (fetch->requests)
		complete_unanswered(fetch, fetch->requests, GW_ERR_UNAVAILABLE, text);
	set_check(fetch);
	loop_timer_set(fetch->again, again ? fetch->again_ms : -1);
}

/* One whose asker gave up waiting is passed over. */
static void take_answer(struct fetch *fetch)
{
	const struct fetch_answer *answer = &fetch->message.answer;
	struct request *request = fetch->requests;

	while (request && (request->round != answer->round || request->item != answer->item))
		request = request->next;
	if (answer->round == fetch->round && fetch->round_left)
		fetch->round_left--;
	if (answer->status == GW_OK)
		fetch->said = false;
	if (fetch->round_left == 0)
		loop_timer_set(fetch->send, 0);
	if (request && answer->round == fetch->round)
		complete(fetch, request, answer);
	set_check(fetch);
}

static void on_readable(void *context)
{
	struct fetch *fetch = context;
	struct error err = {.text = ""};
	gw_status status = receive(fetch, &err);

	if (status == GW_OK && fetch->state == STARTING) {
		status = take_ready(fetch, &err);
	} else if (status == GW_OK) {
		if (fetch->message.type == FETCH_ANSWER)
			take_answer(fetch);
		else
			status = error_set(&err, GW_ERR_PROTOCOL, "golos-watch-fetch sends message %d",
					   (int)fetch->message.type);
	}
	if (status != GW_OK && status != GW_ERR_BUSY)
		give_up(fetch, err.text);
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

static void on_send(void *context)
{
	struct fetch *fetch = context;
	struct fetch_round *round = &begin(fetch, FETCH_ROUND)->round;
	int64_t now = clock_ms(CLOCK_MONOTONIC);
	struct error err = {.text = ""};

	if (fetch->state != RUNNING || fetch->round_left)
		return;
	round->number = fetch->round = fetch->round == UINT32_MAX ? 1 : fetch->round + 1;
	for (struct request *request = fetch->requests; request && round->count < FETCH_ROUND_MAX;
	     request = request->next) {
		int64_t left_ms = request->deadline_ms - now;

		if (request->round || left_ms <= 0) /* on_check answers what is too late */
			continue;
		request->round = round->number;
		request->item = round->count;
		round->items[round->count++] =
			(struct fetch_item){.address = request->address, .deadline_ms = (uint32_t)left_ms};
	}
	fetch->round_left = round->count;
	fetch->round_ms = now;
	if (round->count && send_message(fetch, &err) != GW_OK)
		give_up(fetch, err.text);
}

/* Answers what is too late, and does not wait for a helper that hangs. */
static void on_check(void *context)
{
	struct fetch *fetch = context;
	int64_t now = clock_ms(CLOCK_MONOTONIC);

	for (struct request *request = fetch->requests, *next; request; request = next) {
		next = request->next;
		if (request->deadline_ms + GRACE_MS <= now)
			complete_unanswered(fetch, request, GW_ERR_TIMEOUT, "no answer in time");
	}
	if (fetch->round_left && now - fetch->round_ms > SILENCE_MS)
		give_up(fetch, "golos-watch-fetch hangs");
	set_check(fetch);
}

static void on_again(void *context)
{
	struct fetch *fetch = context;
	struct error err = {.text = ""};

	if (spawn(fetch, &err) != GW_OK)
		give_up(fetch, err.text);
	else
		fetch->loop_fd = loop_fd_new(fetch->loop, fetch->fd, on_readable, NULL, fetch);
}

void fetch_attach(struct fetch *fetch, struct loop *loop, fetch_ended_fn *ended, void *context)
{
	fetch->loop = loop;
	fetch->ended = ended;
	fetch->context = context;
	fetch->send = loop_timer_new(loop, on_send, fetch);
	fetch->check = loop_timer_new(loop, on_check, fetch);
	fetch->again = loop_timer_new(loop, on_again, fetch);
	if (fetch->state == ENDED)
		give_up(fetch, fetch->why);
	else
		fetch->loop_fd = loop_fd_new(loop, fetch->fd, on_readable, NULL, fetch);
}

static bool find_address(const struct fetch *fetch, const char *url, uint32_t *ret)
{
	for (size_t i = 0; i < fetch->count; i++) {
		if (strcmp(fetch->urls[i], url) != 0)
			continue;
		*ret = (uint32_t)i;
		return true;
	}
	return false;
}

bool fetch_is_running(const struct fetch *fetch)
{
	return fetch->state == RUNNING;
}

const char *fetch_why(const struct fetch *fetch)
{
	return fetch->why;
}

struct fetch_ready fetch_facts(const struct fetch *fetch)
{
	return fetch->ready;
}

gw_status fetch_get(struct fetch *fetch, const char *url, int64_t deadline_ms, fetch_done_fn *done, void *context)
{
	uint32_t address;

	if (!find_address(fetch, url, &address))
		return GW_ERR_NOT_FOUND;
	if (fetch->state != RUNNING)
		return GW_ERR_UNAVAILABLE;
	struct request *request = xcalloc(1, sizeof(*request));
	*request = (struct request){.address = address,
				    .deadline_ms = clock_ms(CLOCK_MONOTONIC) + deadline_ms,
				    .done = done,
				    .context = context};
	DL_APPEND(fetch->requests, request);
	if (!fetch->round_left)
		loop_timer_set(fetch->send, 0);
	set_check(fetch);
	return GW_OK;
}

void fetch_stop(struct fetch *fetch)
{
	if (!fetch)
		return;
	reap(fetch);
	while (fetch->requests)
		complete_unanswered(fetch, fetch->requests, GW_ERR_UNAVAILABLE, "golos-watchd ends");
	loop_timer_free(fetch->send);
	loop_timer_free(fetch->check);
	loop_timer_free(fetch->again);
	for (size_t i = 0; i < fetch->count; i++)
		free(fetch->urls[i]);
	free(fetch->urls);
	free(fetch->program);
	free(fetch->ca_file);
	free(fetch);
}
