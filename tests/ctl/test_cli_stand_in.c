/* SPDX-License-Identifier: MIT
 * takeover against a stand-in for golos-watchd: what a real one tells only by chance, or an older one not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api/server.h"
#include "run.h"

#define EVENTS_MAX 8

static struct {
	struct loop *loop;
	struct ctl_server *server;
	char dir[64], path[96];
	const char *orders;		/* the answer to a takeover */
	const char *status;		/* NULL: refused */
	const char *events[EVENTS_MAX]; /* behind the answer to a takeover */
} stand_in;

static void on_request(void *context, struct ctl_client *client, const struct ctl_request *request)
{
	(void)context;
	if (request->verb == CTL_TAKEOVER) {
		for (size_t i = 0; stand_in.events[i]; i++)
			ctl_follow(client, "m", stand_in.events[i]);
		ctl_answer(client, stand_in.orders);
	} else if (request->verb == CTL_HISTORY) {
		ctl_answer(client,
			   "[{\"source\":\"m\",\"text\":\"the second\"},{\"source\":\"m\",\"text\":\"the first\"},"
			   "{\"source\":\"n\",\"text\":\"another's\"}]");
	} else if (stand_in.status) {
		ctl_answer(client, stand_in.status);
	} else {
		ctl_refuse(client, GW_ERR_UNAVAILABLE, "no status now");
	}
}

static int start(void **state)
{
	struct error err;

	(void)state;
	memset(&stand_in, 0, sizeof(stand_in));
	snprintf(stand_in.dir, sizeof(stand_in.dir), "/tmp/golos-watch-stand-in-XXXXXX");
	assert_non_null(mkdtemp(stand_in.dir));
	snprintf(stand_in.path, sizeof(stand_in.path), "%s/ctl", stand_in.dir);
	assert_int_equal(loop_new(&stand_in.loop, &err), GW_OK);
	assert_int_equal(ctl_server_new(&stand_in.server, stand_in.loop, stand_in.path, NULL, on_request, NULL, &err),
			 GW_OK);
	stand_in.orders = "[{\"instance\":\"m\",\"ok\":true,\"text\":\"it moves\"}]";
	return 0;
}

static int end(void **state)
{
	(void)state;
	ctl_server_free(stand_in.server);
	loop_free(stand_in.loop);
	return rmdir(stand_in.dir);
}

static void on_end(void *context)
{
	loop_stop(context);
}

static const struct run *ask(const char *command, const char *option)
{
	const char *const words[] = {"--socket", stand_in.path, command, option, NULL};
	struct run_begun begun = run_begin(NULL, words);
	int fd = (int)syscall(SYS_pidfd_open, begun.pid, 0);

	assert_true(fd >= 0);
	struct loop_fd *loop_fd = loop_fd_new(stand_in.loop, fd, on_end, NULL, stand_in.loop);
	loop_run(stand_in.loop);
	loop_fd_free(loop_fd);
	close(fd);
	return run_finish(&begun);
}

static const struct run *takeover(const char *option)
{
	return ask("takeover", option);
}

static void events_come(const char *const *events, size_t count)
{
	assert_true(count < EVENTS_MAX);
	memset(stand_in.events, 0, sizeof(stand_in.events));
	memcpy(stand_in.events, events, count * sizeof(*events));
}
#define EVENTS_COME(...)                                                                                               \
	events_come((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

#define STATUS(members)                                                                                                \
	"{\"chain\":{},\"instances\":[{\"name\":\"other\",\"status\":{}},{\"name\":\"m\",\"status\":" members "}]}"
#define UNDER_WAY      "{\"kind\":\"under_way\",\"round_s\":0}"
#define STATE(is, num) "{\"kind\":\"submission\",\"state\":\"" is "\",\"block\":" num ",\"text\":\"words\"}"
#define IS_SENT	       STATE("sent", "0")
#define IN_BLOCK       STATE("in_block", "7")
#define PRODUCED       "{\"kind\":\"produced\",\"block\":9}"
#define MISSED	       "{\"kind\":\"missed\",\"slots\":1}"

TEST(told_in_order, start, end)
{
	(void)state; /* a fork takes the block back in between, and what was produced on that branch */
	EVENTS_COME(UNDER_WAY, STATE("waiting", "0"), IS_SENT, IN_BLOCK, IS_SENT, IN_BLOCK, PRODUCED);
	const struct run *done = takeover(NULL);
	assert_status(done, 0);
	assert_string_equal(done->out, "m: it moves\n"
				       "  waiting for room before the witness's own slot\n"
				       "  sent, no block holds it yet\n"
				       "  block 7 holds it; waiting for our first block\n"
				       "  sent, no block holds it yet\n"
				       "  block 7 holds it; waiting for our first block\n"
				       "  block 9 is of our key: this node produces\n");
}

/* Which block holds the switch may be known after our first block; a kind or a state that is not known is passed over. */
TEST(our_block_is_told_first, start, end)
{
	EVENTS_COME("{\"kind\":\"new\"}", UNDER_WAY, STATE("newer", "0"), IS_SENT, MISSED, PRODUCED, IN_BLOCK);
	const struct run *done = takeover(NULL);
	assert_status(done, 0);
	assert_string_equal(done->out, "m: it moves\n"
				       "  waiting for room before the witness's own slot\n"
				       "  sent, no block holds it yet\n"
				       "  block 7 holds it; waiting for our first block\n"
				       "  block 9 is of our key: this node produces\n");
}

TEST(no_slot_in_time, start, end)
{
	EVENTS_COME(UNDER_WAY, IN_BLOCK);
	const struct run *done = takeover(NULL);
	assert_status(done, 0);
	assert_holds(done->out, "the switch is made; the witness had no slot since: \"golos-watch status\" shows the");
	EVENTS_COME(UNDER_WAY, MISSED, IN_BLOCK, MISSED);
	done = takeover("--json");
	assert_status(done, 1);
	assert_holds(done->out, "the witness missed 1 slot since");
	EVENTS_COME(UNDER_WAY, IN_BLOCK, MISSED, MISSED);
	done = takeover(NULL); /* at once */
	assert_status(done, 1);
	assert_holds(done->out, "the witness missed 2 slots since");
}

TEST(came_to_nothing, start, end)
{
	static const char *const ends[] = {STATE("failed", "0"), "{\"kind\":\"nothing\",\"why\":\"ended\"}"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		EVENTS_COME(ends[i]);
		const struct run *done = takeover(NULL);
		assert_status(done, 1);
		assert_holds(done->out, "  it came to nothing:\n  the first\n  the second\n");
		assert_lacks(done->out, "another's");
	}
}

TEST(nothing_to_follow, start, end)
{
	EVENTS_COME("{\"kind\":\"nothing\",\"why\":\"quiet\"}");
	const struct run *done = takeover(NULL);
	assert_status(done, 0);
	assert_string_equal(done->out, "m: it moves\n");
	done = takeover("--json");
	assert_status(done, 0);
	assert_string_equal(done->out, "[{\"instance\":\"m\",\"ok\":true,\"text\":\"it moves\"}]\n");
	EVENTS_COME("{\"kind\":\"nothing\",\"why\":\"producing\"}");
	done = takeover("--json");
	assert_status(done, 0);
	assert_string_equal(done->out,
			    "[{\"instance\":\"m\",\"ok\":true,\"text\":\"it moves\",\"state\":\"producing\"}]\n");
}

TEST(refusals, start, end)
{
	EVENTS_COME(UNDER_WAY, "nonsense");
	const struct run *done = takeover(NULL);
	assert_status(done, 69);
	assert_holds(done->err, "golos-watchd's event cannot be read");
	assert_holds(done->out, "what was sent may still come into a block");
	stand_in.orders = "[]";
	assert_status(takeover(NULL), 1);
	stand_in.orders = "[{\"instance\":\"m\",\"ok\":false,\"text\":\"not done: held\"}]";
	done = takeover(NULL);
	assert_status(done, 1);
	assert_string_equal(done->out, "m: REFUSED: not done: held\n");
}

/* A head that no node told of is none: not block 0 of 1970. */
TEST(a_node_without_a_block, start, end)
{
	stand_in.status = "{\"chain\":{},\"instances\":[],\"nodes\":[{\"url\":\"ws://a:1\",\"own\":true,"
			  "\"connected\":true,\"head\":0,\"head_time_s\":0}]}";
	const struct run *shown = ask("status", NULL);
	assert_holds(shown->out, "ws://a:1 (own): connected, no block yet\n");
	assert_lacks(shown->out, "days");
	assert_lacks(shown->out, "head 0");
}

TEST(status_says_what_is_wrong_and_nothing_else, start, end)
{
	static const struct {
		const char *status, *shown;
	} cases[] = {
		{"{\"version\":\"1\",\"healthy\":true}", "golos-watchd   1, sees the chain"},
		{"{\"version\":\"1\"}", "golos-watchd   1, NOT HEALTHY: it sees no fresh block"},
		{"{\"version\":\"1\",\"blind\":\"golosd has no such API\"}",
		 "golos-watchd   1, NOT HEALTHY: golosd has no such API"},
		{"{\"version\":\"1\",\"blind\":\"x\",\"left_out\":\"m is left out\"}",
		 "golos-watchd   1, NOT HEALTHY: m is left out"},
		{STATUS("{\"producer\":\"unknown\"}"), "  producer     unknown\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stand_in.status = cases[i].status;
		assert_holds(ask("status", NULL)->out, cases[i].shown);
	}
}

/* What a node or a bad daemon says writes nothing on the terminal of who asks: U+009B is CSI, U+202E turns a line. */
TEST(nothing_commands_the_terminal, start, end)
{
	stand_in.orders = "[{\"instance\":\"m\",\"ok\":false,\"text\":\"a\\u001b[2J\\u009b2J\\u202eg\\u0436\"}]";
	const struct run *done = takeover(NULL);
	assert_string_equal(done->out, "m: REFUSED: a\\x1b[2J\\xc2\\x9b2J\\xe2\\x80\\xaegж\n");
	done = takeover("--json");
	assert_status(done, 1);
	assert_lacks(done->out, "\033");
	assert_lacks(done->out, "\xc2\x9b");
	assert_lacks(done->out, "\xe2\x80\xae");
	assert_holds(done->out, "\\u009b2J\\u202egж");
}
