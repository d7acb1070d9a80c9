/* SPDX-License-Identifier: MIT
 *
 * golos-watch-fetch: the only part that talks to the internet. A small parent, which was told its addresses once, before
 * any plugin was loaded, forks a child for each round; the child speaks TLS and HTTP, and is gone after it.
 */
#include <curl/curl.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/standard_files.h"
#include "fetch/program/confine.h"
#include "fetch/program/round.h"
#include "system/harden.h"

#define GRACE_MS 2000 /* that a child has beyond the round's time */

struct fetch {
	pid_t host;
	bool has_user;
	uid_t uid;
	gid_t gid;
	char ca_file[1025]; /* "": the system's */
	size_t count;
	const char *texts[FETCH_ADDRESSES_MAX]; /* as written */
	struct fetch_url urls[FETCH_ADDRESSES_MAX];
	struct fetch_message message; /* under way */
	uint8_t bytes[FETCH_MESSAGE_MAX];
};

/* ---- the channel ------------------------------------------------------------------------------------------------- */

/* GW_ERR_UNAVAILABLE: the other side is gone. */
static gw_status receive(struct fetch *fetch, int fd, struct error *err)
{
	ssize_t n;

	do
		n = recv(fd, fetch->bytes, sizeof(fetch->bytes), MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return error_set(err, GW_ERR_UNAVAILABLE, "the channel is closed");
	if ((size_t)n > sizeof(fetch->bytes))
		return error_set(err, GW_ERR_PROTOCOL, "a message is too long");
	return fetch_decode(&fetch->message, fetch->bytes, (size_t)n, err);
}

static gw_status send_bytes(const struct fetch *fetch, size_t len, struct error *err)
{
	return send(FETCH_CHANNEL_FD, fetch->bytes, len, MSG_NOSIGNAL) == (ssize_t)len
		       ? GW_OK
		       : error_set(err, GW_ERR_UNAVAILABLE, "the host is gone");
}

static gw_status send_message(struct fetch *fetch, struct error *err)
{
	size_t len = 0;

	if (fetch_encode(fetch->bytes, &len, &fetch->message) != GW_OK)
		return error_set(err, GW_ERR_INTERNAL, "a message does not fit");
	return send_bytes(fetch, len, err);
}

/* ---- set-up ------------------------------------------------------------------------------------------------------ */

static gw_status out_of_order(const struct fetch *fetch, struct error *err)
{
	return error_set(err, GW_ERR_PROTOCOL, "message %d comes out of order", (int)fetch->message.type);
}

static gw_status take_address(struct fetch *fetch, struct error *err)
{
	if (fetch->message.type != FETCH_ADDRESS)
		return out_of_order(fetch, err);
	if (fetch->count == FETCH_ADDRESSES_MAX)
		return error_set(err, GW_ERR_RANGE, "more than %d addresses", FETCH_ADDRESSES_MAX);
	if (fetch_url_parse(&fetch->urls[fetch->count], fetch->message.url, err) != GW_OK)
		return GW_ERR_SYNTAX;
	const char *text = strdup(fetch->message.url);

	if (!text)
		return error_set(err, GW_ERR_NOMEM, "no memory");
	fetch->texts[fetch->count++] = text;
	return GW_OK;
}

static gw_status take_setup(struct fetch *fetch, struct error *err)
{
	gw_status status = receive(fetch, FETCH_CHANNEL_FD, err);

	if (status == GW_OK && fetch->message.type != FETCH_SETUP)
		status = out_of_order(fetch, err);
	if (status != GW_OK)
		return status;
	fetch->has_user = fetch->message.setup.has_user;
	fetch->uid = fetch->message.setup.uid;
	fetch->gid = fetch->message.setup.gid;
	memcpy(fetch->ca_file, fetch->message.setup.ca_file, sizeof(fetch->ca_file));
	for (;;) {
		status = receive(fetch, FETCH_CHANNEL_FD, err);
		if (status != GW_OK || fetch->message.type == FETCH_SEAL)
			return status;
		status = take_address(fetch, err);
		if (status != GW_OK)
			return status;
	}
}

static gw_status confine(struct fetch *fetch, struct error *err)
{
	if ((fetch->has_user && harden_drop_user(fetch->uid, fetch->gid, err)) || harden_process(fetch->host, err))
		return err->status;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return error_set(err, GW_ERR_SYSTEM, "libcurl does not start");
	return confine_parent(err);
}

static struct fetch_message *begin(struct fetch *fetch, enum fetch_type type)
{
	memset(&fetch->message, 0, sizeof(fetch->message));
	fetch->message.type = type;
	return &fetch->message;
}

static void tell_failed(struct fetch *fetch, const struct error *why)
{
	struct error ignored;

	begin(fetch, FETCH_FAILED)->failed.status = why->status;
	snprintf(fetch->message.failed.text, sizeof(fetch->message.failed.text), "%.255s", why->text);
	(void)!send_message(fetch, &ignored);
}

/* ---- a round ----------------------------------------------------------------------------------------------------- */

struct course {
	struct fetch_round round;
	bool answered[FETCH_ROUND_MAX];
	uint32_t answered_count;
	pid_t child;
	int channel; /* to the child */
	int64_t end_ms;
};

/* In the child. Its output is its answers alone. */
_Noreturn static void be_child(const struct fetch *fetch, const struct course *course, int channel, pid_t parent)
{
	const struct round_setup setup = {.urls = fetch->urls,
					  .texts = fetch->texts,
					  .ca_file = fetch->ca_file[0] ? fetch->ca_file : NULL,
					  .channel = channel};
	struct error err;

	close(FETCH_CHANNEL_FD);
	close(course->channel);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_SYSTEM);
	if (confine_child(setup.ca_file, &err) != GW_OK) {
		fprintf(stderr, "golos-watch-fetch: %s\n", err.text);
		_exit(EXIT_SYSTEM);
	}
	_exit(round_run(&setup, &course->round) ? EXIT_OK : EXIT_FAILED);
}

/* An answer of the child goes on as it is, where it is one that the round waits for. */
static gw_status pass_on(struct fetch *fetch, struct course *course, struct error *err)
{
	ssize_t n = recv(course->channel, fetch->bytes, sizeof(fetch->bytes), MSG_TRUNC);
	const struct fetch_answer *answer = &fetch->message.answer;

	if (n <= 0)
		return error_set(err, GW_ERR_NOT_FOUND, "no more");
	if ((size_t)n > sizeof(fetch->bytes) || fetch_decode(&fetch->message, fetch->bytes, (size_t)n, err) != GW_OK ||
	    fetch->message.type != FETCH_ANSWER || answer->round != course->round.number ||
	    answer->item >= course->round.count || course->answered[answer->item])
		return error_set(err, GW_ERR_NOT_FOUND, "no answer");
	course->answered[answer->item] = true;
	course->answered_count++;
	return send_bytes(fetch, (size_t)n, err);
}

/* Until the child has said all, is too late or says what is no answer (GW_OK), or the host is gone. */
static gw_status follow_child(struct fetch *fetch, struct course *course, struct error *err)
{
	while (course->answered_count < course->round.count) {
		struct pollfd ends[] = {{.fd = course->channel, .events = POLLIN}, {.fd = FETCH_CHANNEL_FD}};
		int64_t left_ms = course->end_ms - clock_ms(CLOCK_MONOTONIC);
		int ready = poll(ends, 2, left_ms > 0 ? (int)left_ms : 0);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return GW_OK;
		if (ends[1].revents)
			return error_set(err, GW_ERR_UNAVAILABLE, "the host is gone");
		gw_status status = pass_on(fetch, course, err);
		if (status != GW_OK)
			return status == GW_ERR_NOT_FOUND ? GW_OK : status;
	}
	return GW_OK;
}

static int end_child(const struct course *course)
{
	int how = 0;

	kill(course->child, SIGKILL);
	while (waitpid(course->child, &how, 0) < 0 && errno == EINTR)
		continue;
	return how;
}

/* What the child owes is answered for it. how: waitpid's; it was killed by us where it was not quicker. */
static gw_status answer_rest(struct fetch *fetch, const struct course *course, int how, struct error *err)
{
	bool late = clock_ms(CLOCK_MONOTONIC) >= course->end_ms;
	gw_status status = GW_OK;

	for (uint32_t i = 0; i < course->round.count && status == GW_OK; i++) {
		if (course->answered[i])
			continue;
		struct fetch_answer *answer = &begin(fetch, FETCH_ANSWER)->answer;

		answer->round = course->round.number;
		answer->item = i;
		answer->status = late ? GW_ERR_TIMEOUT : GW_ERR_UNAVAILABLE;
		if (late)
			snprintf(answer->text, sizeof(answer->text), "no answer: the round took too long");
		else if (WIFSIGNALED(how) && WTERMSIG(how) != SIGKILL)
			snprintf(answer->text, sizeof(answer->text), "no answer: golos-watch-fetch's child died of %s",
				 strsignal(WTERMSIG(how)));
		else
			snprintf(answer->text, sizeof(answer->text),
				 "no answer: golos-watch-fetch's child ended early");
		status = send_message(fetch, err);
	}
	return status;
}

static gw_status begin_child(struct fetch *fetch, struct course *course, struct error *err)
{
	pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return error_set(err, GW_ERR_SYSTEM, "no channel for a round: %s", strerror(errno));
	course->end_ms = clock_ms(CLOCK_MONOTONIC) + FETCH_ROUND_MS + GRACE_MS;
	course->channel = pair[0];
	course->child = fork();
	if (course->child == 0)
		be_child(fetch, course, pair[1], parent);
	close(pair[1]);
	if (course->child > 0)
		return GW_OK;
	close(pair[0]);
	return error_set(err, GW_ERR_SYSTEM, "no process for a round: %s", strerror(errno));
}

static gw_status do_round(struct fetch *fetch, struct error *err)
{
	struct course course = {.round = fetch->message.round};
	gw_status status;

	for (uint32_t i = 0; i < course.round.count; i++)
		if (course.round.items[i].address >= fetch->count)
			return error_set(err, GW_ERR_PROTOCOL, "address %u of %zu is asked for",
					 course.round.items[i].address, fetch->count);
	if (begin_child(fetch, &course, err) != GW_OK) {
		log_line(GW_WARNING, NULL, "%s", err->text);
		return answer_rest(fetch, &course, 0, err);
	}
	status = follow_child(fetch, &course, err);
	int how = end_child(&course);
	close(course.channel);
	return status == GW_OK ? answer_rest(fetch, &course, how, err) : status;
}

static gw_status serve(struct fetch *fetch, struct error *err)
{
	for (;;) {
		gw_status status = receive(fetch, FETCH_CHANNEL_FD, err);

		if (status == GW_OK && fetch->message.type != FETCH_ROUND)
			status = out_of_order(fetch, err);
		if (status == GW_OK)
			status = do_round(fetch, err);
		if (status != GW_OK)
			return status;
	}
}

/* ---- main -------------------------------------------------------------------------------------------------------- */

static gw_status run(struct fetch *fetch, struct error *err)
{
	if (harden_early(err) || take_setup(fetch, err) || confine(fetch, err)) {
		tell_failed(fetch, err);
		return err->status;
	}
	begin(fetch, FETCH_READY)->ready = (struct fetch_ready){.uid = geteuid(), .landlock = confine_has_landlock()};
	gw_status status = send_message(fetch, err);

	if (status == GW_OK)
		status = serve(fetch, err);
	if (status != GW_ERR_UNAVAILABLE)
		log_line(GW_CRITICAL, NULL, "ends: %s", err->text);
	return status;
}

int main(int argc, char **argv)
{
	struct error err = {.status = GW_OK};

	standard_files_open();
	pid_t host = harden_find_host();
	(void)argv;
	if (argc != 1 || host == 0) {
		fputs("golos-watch-fetch is started by golos-watchd, over descriptor 3; see golos-watch-fetch(8)\n",
		      stderr);
		return EXIT_USAGE;
	}
	struct fetch *fetch = calloc(1, sizeof(*fetch));

	if (!fetch)
		return EXIT_SYSTEM;
	log_init("fetch", LOG_TEXT, GW_INFO);
	mallopt(M_ARENA_MAX, 1); /* a resolver's thread reserves 64 MiB of addresses otherwise */
	fetch->host = host;
	gw_status status = run(fetch, &err);

	log_end();
	_exit(exit_status_of(status == GW_ERR_UNAVAILABLE ? GW_OK : status, false, EXIT_SYSTEM));
}
