/* SPDX-License-Identifier: MIT
 * The nodes of the replays. See replay_nodes.h. */
#include "replay_nodes.h"
#include "test.h"

#include "base/memory.h"
#include "virtual_loop.h"
#include <stddef.h>
#include <stdlib.h>

struct waiting {
	struct waiting *next;
	struct nodes *nodes;
	struct loop_timer *timer;
	char *text; /* NULL: no answer comes */
	call_done done;
	void *context;
};

struct nodes {
	struct loop *loop;
	struct nodes_events events;
	struct waiting *waiting;
	bool up, subscribed;
};

/* nodes_new is told no recording: the one that plays, and its nodes. */
static struct {
	struct recording *recording;
	struct nodes *nodes;
	size_t blocks, bad, broadcast_count;
	struct replay_broadcast broadcasts[REPLAY_BROADCASTS_MAX];
} stage;

void replay_begin(struct recording *recording)
{
	for (size_t i = 0; i < stage.broadcast_count; i++)
		free(stage.broadcasts[i].args);
	memset(&stage, 0, sizeof(stage));
	stage.recording = recording;
}

size_t replay_blocks(void)
{
	return stage.blocks;
}

size_t replay_bad(void)
{
	return stage.bad;
}

size_t replay_broadcasts(const struct replay_broadcast **ret)
{
	*ret = stage.broadcasts;
	return stage.broadcast_count;
}

/* ---- nodes.h ---------------------------------------------------------------------------------------------------- */

static void answer(struct waiting *waiting, bool connected)
{
	struct json *json = NULL;
	struct error err;

	for (struct waiting **at = &waiting->nodes->waiting; *at; at = &(*at)->next) {
		if (*at != waiting)
			continue;
		*at = waiting->next;
		break;
	}
	connected = connected && waiting->text;
	if (connected)
		assert_int_equal(json_parse(&json, waiting->text, strlen(waiting->text), &err), GW_OK);
	waiting->done(waiting->context, connected ? CALL_RESULT : CALL_NONE, json);
	json_free(json);
	loop_timer_free(waiting->timer);
	free(waiting->text);
	free(waiting);
}

static void on_answer_due(void *context)
{
	answer(context, true);
}

void nodes_call(struct nodes *nodes, uint32_t endpoint, const char *api, const char *method, const char *args_json,
		uint32_t deadline_ms, call_done done, void *context)
{
	struct waiting *waiting = xcalloc(1, sizeof(*waiting));
	int64_t at_ms = virtual_loop_at_ms();

	(void)api, (void)deadline_ms;
	assert_int_equal(endpoint, 0);
	*waiting = (struct waiting){.next = nodes->waiting, .nodes = nodes, .done = done, .context = context};
	nodes->waiting = waiting;
	if (strcmp(args_json, "[]") == 0 && strcmp(method, "broadcast_transaction") == 0) {
		waiting->text = NULL; /* whether there is such a call */
	} else if (strcmp(method, "broadcast_transaction") == 0) {
		assert_true(stage.broadcast_count < REPLAY_BROADCASTS_MAX);
		stage.broadcasts[stage.broadcast_count++] =
			(struct replay_broadcast){.at_ms = at_ms, .args = xstrdup(args_json)};
		waiting->text = xstrdup("{}");
	} else if (nodes->up) {
		waiting->text = recording_answer(stage.recording, method, args_json, at_ms, &at_ms);
	}
	waiting->timer = loop_timer_new(nodes->loop, on_answer_due, waiting);
	loop_timer_set(waiting->timer, at_ms - virtual_loop_at_ms());
}

struct nodes *nodes_new(struct loop *loop, const struct nodes_options *options, const struct nodes_events *events)
{
	struct nodes *nodes = xcalloc(1, sizeof(*nodes));

	assert_int_equal(options->count, 1);
	*nodes = (struct nodes){.loop = loop, .events = *events};
	stage.nodes = nodes;
	return nodes;
}

void nodes_free(struct nodes *nodes)
{
	if (!nodes)
		return;
	while (nodes->waiting)
		answer(nodes->waiting, false);
	free(nodes);
	stage.nodes = NULL;
}

void nodes_subscribe(struct nodes *nodes, uint32_t endpoint, bool full)
{
	assert_int_equal(endpoint, 0);
	assert_true(full); /* it is the own node */
	nodes->subscribed = true;
}

static void go_down(struct nodes *nodes, const char *why)
{
	if (!nodes->up)
		return;
	nodes->up = nodes->subscribed = false;
	while (nodes->waiting)
		answer(nodes->waiting, false);
	nodes->events.down(nodes->events.context, 0, why);
}

void nodes_drop(struct nodes *nodes, uint32_t endpoint, const char *why)
{
	assert_int_equal(endpoint, 0);
	print_message("dropped: %s\n", why);
	stage.bad++;
	go_down(nodes, why);
}

void nodes_bad_answer(struct nodes *nodes, uint32_t endpoint, const char *why)
{
	(void)nodes, (void)endpoint;
	print_message("bad answer: %s\n", why);
	stage.bad++;
}

bool nodes_lacking(const struct nodes *nodes, uint32_t endpoint, char ret_text[GW_TEXT_SIZE])
{
	(void)nodes, (void)endpoint, (void)ret_text;
	return false;
}

uint64_t nodes_protocol_errors(const struct nodes *nodes, uint32_t endpoint)
{
	(void)nodes, (void)endpoint;
	return stage.bad;
}

bool nodes_refused_to_read(const struct nodes *nodes, uint32_t endpoint)
{
	(void)nodes, (void)endpoint;
	return false;
}

uint64_t nodes_connections(const struct nodes *nodes, uint32_t endpoint)
{
	(void)nodes;
	(void)endpoint;
	return 1;
}

size_t nodes_missing_apis(const struct nodes *nodes, uint32_t endpoint, const char *ret[METHODS_MAX])
{
	(void)nodes;
	(void)endpoint;
	(void)ret;
	return 0;
}

/* ---- playing ---------------------------------------------------------------------------------------------------- */

static void come_up(struct nodes *nodes)
{
	const struct json *config = recording_queried(stage.recording, "\"get_config\"");
	struct chain_answer chain;
	struct error err;

	assert_int_equal(chain_answer_parse(&chain, config, &err), GW_OK);
	nodes->up = true;
	nodes->events.up(nodes->events.context, 0, &chain);
}

void replay_play(size_t n)
{
	const struct recorded_line *line = &recording_lines(stage.recording)->lines[n];
	const struct block *block = recording_block(stage.recording, n);
	struct nodes *nodes = stage.nodes;

	recording_pass(stage.recording, n);
	if (line->direction == '*' && strncmp(line->text, "open", 4) == 0) {
		come_up(nodes);
	} else if (line->direction == '*' && strncmp(line->text, "close", 5) == 0) {
		go_down(nodes, line->text);
	} else if (block) {
		assert_true(nodes->subscribed);
		stage.blocks++;
		nodes->events.block(nodes->events.context, 0, block);
	}
}
