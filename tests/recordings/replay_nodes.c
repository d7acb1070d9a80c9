/* SPDX-License-Identifier: MIT
 * The nodes of the replays. See replay_nodes.h. */
#include "replay_nodes.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/time_text.h"
#include "virtual_loop.h"

#define LINES_MAX     700
#define IDS_MAX	      1024
#define MAX_WITNESSES 21
#define SUBSCRIBE     "set_block_applied_callback"
#define NEAR_MS	      100 /* the recorder asks after each block, as the host does: an answer so near is to that question */
/* current_aslot 106224369 at 2026-11-23T19:18:27 (12-round-of-21.jsonl:9): one chain, the same for every file */
#define ASLOT_KNOWN 106224369
#define ASLOT_TIME  "2026-11-23T19:18:27"

struct line {
	int64_t at_ms;
	char direction;
	char *text;
	struct json *frame;	   /* NULL: an event of the client */
	const struct json *result; /* of an answer; NULL: an error, or none */
	char method[64];	   /* whose answer it is */
	uint32_t head;		   /* number of the newest block pushed before it */
	struct block block;	   /* num 0: not a push of the full form */
};

struct recording {
	int64_t started_ms, aslot_offset;
	uint32_t skipping_reset_s;
	size_t count;
	struct line lines[LINES_MAX];
	struct recording *queries; /* the same chain's get_config and get_accounts; NULL in that file itself */
	struct recording *sibling; /* another node's recording of the same time; NULL: none */

	size_t played; /* lines */
	size_t blocks, bad, broadcast_count;
	struct replay_broadcast broadcasts[REPLAY_BROADCASTS_MAX];
};

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static int64_t seconds_of(const char *text)
{
	int64_t time_s;

	assert_int_equal(time_parse(text, 19, &time_s), GW_OK);
	return time_s;
}

/* "t":1.242 in a line of the recorder: milliseconds. */
static int64_t time_of(const char *line)
{
	const char *t = strstr(line, "\"t\":");

	assert_non_null(t);
	return (int64_t)(strtod(t + 4, NULL) * 1000 + 0.5);
}

static void read_line(struct recording *recording, const char *text, size_t len)
{
	struct json *json;
	struct error err;
	const struct json *frame;
	char direction[4];
	size_t frame_len;

	assert_true(recording->count < LINES_MAX);
	struct line *line = &recording->lines[recording->count++];
	assert_int_equal(json_parse(&json, text, len, &err), GW_OK);
	assert_int_equal(json_get_text(json, "dir", direction, sizeof(direction), &err), GW_OK);
	assert_true(json_member(json, "text", &frame));
	line->direction = direction[0];
	line->at_ms = time_of(text);
	line->text = xstrdup(json_string(frame, &frame_len));
	if (line->direction != '*' && json_parse(&line->frame, line->text, frame_len, &err) != GW_OK)
		fail_msg("line %zu: %s", recording->count + 1, err.text);
	json_free(json);
}

static void read_request(const struct line *line, uint32_t id, char methods[IDS_MAX][64])
{
	const struct json *params;
	struct error err;

	assert_int_equal(json_get_array(line->frame, "params", &params, &err), GW_OK);
	const char *method = json_string(json_element(params, 1), NULL);
	snprintf(methods[id], sizeof(methods[id]), "%s", method);
}

/* A reply: jsonrpc 2.0, the id of a request, and exactly one of result and error. */
static void read_reply(struct line *line, uint32_t id, char methods[IDS_MAX][64])
{
	const struct json *error, *full_id;
	char version[8];
	struct error err = {.text = ""};

	assert_int_equal(json_get_text(line->frame, "jsonrpc", version, sizeof(version), &err), GW_OK);
	assert_string_equal(version, "2.0");
	assert_string_not_equal(methods[id], "");
	bool has_result = json_member(line->frame, "result", &line->result);
	assert_true(has_result != json_member(line->frame, "error", &error));
	memcpy(line->method, methods[id], sizeof(line->method));
	if (!has_result || strcmp(line->method, SUBSCRIBE) != 0 || !json_member(line->result, "block_id", &full_id))
		return;
	if (block_parse(&line->block, line->result, &err) != GW_OK)
		fail_msg("a block: %s", err.text);
}

static void read_frames(struct recording *recording)
{
	char methods[IDS_MAX][64] = {""};
	uint32_t head = 0;

	for (size_t n = 0; n < recording->count; n++) {
		struct line *line = &recording->lines[n];
		struct error err;
		uint64_t id;

		line->head = head;
		if (line->direction == '*')
			continue;
		assert_int_equal(json_get_u64(line->frame, "id", IDS_MAX - 1, &id, &err), GW_OK);
		if (line->direction == '>')
			read_request(line, (uint32_t)id, methods);
		else
			read_reply(line, (uint32_t)id, methods);
		if (line->block.num != 0)
			head = line->block.num;
	}
	for (size_t n = 0; n < recording->count; n++) { /* before the first push its parent is the head */
		struct line *line = &recording->lines[n];

		for (size_t m = n; line->head == 0 && m < recording->count; m++)
			line->head = recording->lines[m].block.num ? recording->lines[m].block.num - 1 : 0;
	}
}

static struct recording *read_file(const char *name, bool frames)
{
	struct recording *recording = xcalloc(1, sizeof(*recording));
	char *path = xasprintf("%s/recordings/%s.jsonl", TEST_SOURCE_DIR, name);
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t cap = 0;
	ssize_t len;

	assert_non_null(file);
	free(path);
	assert_true(getline(&text, &cap, file) > 0);
	const char *started = strstr(text, "\"started\":\"");
	assert_non_null(started);
	started += strlen("\"started\":\"");
	recording->started_ms = seconds_of(started) * 1000 + strtol(started + 20, NULL, 10);
	while ((len = getline(&text, &cap, file)) > 0)
		read_line(recording, text, (size_t)len);
	free(text);
	(void)fclose(file);
	if (frames)
		read_frames(recording);
	recording->aslot_offset = ASLOT_KNOWN - seconds_of(ASLOT_TIME) / 3;
	return recording;
}

struct recording *recording_open(const char *name, uint32_t skipping_reset_s)
{
	struct recording *recording = read_file(name, true);

	recording->skipping_reset_s = skipping_reset_s;
	recording->queries = read_file("01-queries", false);
	if (strcmp(name, "07-kill9") == 0) /* n1 saw what n2 missed */
		recording->sibling = read_file("08c-null-key-round-end", true);
	return recording;
}

void recording_close(struct recording *recording)
{
	if (!recording)
		return;
	for (size_t n = 0; n < recording->count; n++) {
		struct line *line = &recording->lines[n];

		json_free(line->frame);
		free(line->text);
		if (line->block.num != 0)
			block_free(&line->block);
	}
	for (size_t i = 0; i < recording->broadcast_count; i++)
		free(recording->broadcasts[i].args);
	recording_close(recording->queries);
	recording_close(recording->sibling);
	free(recording);
}

int64_t recording_started_ms(const struct recording *recording)
{
	return recording->started_ms;
}

size_t recording_lines(const struct recording *recording)
{
	return recording->count;
}

int64_t recording_line_ms(const struct recording *recording, size_t line)
{
	return recording->lines[line].at_ms;
}

size_t recording_blocks(const struct recording *recording)
{
	return recording->blocks;
}

size_t recording_bad(const struct recording *recording)
{
	return recording->bad;
}

size_t recording_broadcasts(const struct recording *recording, const struct replay_broadcast **ret)
{
	*ret = recording->broadcasts;
	return recording->broadcast_count;
}

const char *recording_block_id(const struct recording *recording, uint32_t num)
{
	const char *id = "";

	for (size_t n = 0; n < recording->count; n++) {
		const struct block *block = &recording->lines[n].block;

		if (block->num == num)
			id = block->id;
		else if (block->num == num + 1 && !id[0])
			id = block->previous; /* never pushed itself */
	}
	return id;
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

/* The recorded answer that comes next, if it is near; else the newest. *ret_at_ms: when. */
static const struct json *recorded_answer(const struct recording *recording, const char *method, int64_t now_ms,
					  int64_t *ret_at_ms)
{
	const struct json *newest = NULL;

	*ret_at_ms = now_ms;
	for (size_t n = 0; n < recording->count; n++) {
		const struct line *line = &recording->lines[n];

		if (line->at_ms > now_ms + NEAR_MS)
			break;
		if (!line->result || strcmp(line->method, method) != 0)
			continue;
		newest = line->result;
		if (line->at_ms >= now_ms) {
			*ret_at_ms = line->at_ms;
			break;
		}
	}
	return newest;
}

/* What 01-queries got from the same chain; `sign` marks the request. */
static const struct json *queried_answer(const struct recording *queries, const char *sign)
{
	for (size_t n = 0; n + 1 < queries->count; n++) {
		const struct json *result;

		if (queries->lines[n].direction != '>' || !strstr(queries->lines[n].text, sign))
			continue;
		for (size_t m = n + 1; m < queries->count; m++)
			if (queries->lines[m].direction == '<' &&
			    json_member(queries->lines[m].frame, "result", &result))
				return result;
	}
	fail_msg("01-queries has no %s", sign);
	return NULL;
}

/* The newest block that was pushed; NULL: none yet. */
static const struct block *head_block(const struct recording *recording)
{
	for (size_t n = recording->played; n > 0; n--)
		if (recording->lines[n - 1].block.num != 0)
			return &recording->lines[n - 1].block;
	return NULL;
}

static const struct block *first_block(const struct recording *recording)
{
	for (size_t n = 0; n < recording->count; n++)
		if (recording->lines[n].block.num != 0)
			return &recording->lines[n].block;
	fail_msg("a recording without a block");
	return NULL;
}

/* With two scheduled witnesses the older one's last block is irreversible; with more its healthy lag is taken. */
static uint32_t irreversible_of(const struct recording *recording, uint32_t head)
{
	uint32_t foo = 0, other = 0;

	for (size_t n = 0; n < recording->played; n++) {
		const struct block *block = &recording->lines[n].block;

		if (block->num && strcmp(block->witness, "foo") == 0)
			foo = block->num;
		else if (block->num)
			other = block->num;
	}
	return foo && other ? (foo < other ? foo : other) : head - 30;
}

/* 703 of 06b was applied while nobody listened; its witness and time are the schedule's, its id its child's parent. */
static bool away_at_703(const struct recording *recording, int64_t now_ms)
{
	const struct block *head = head_block(recording);

	return head && head->num == 702 && now_ms > 48000;
}

static char *derived_head(const struct recording *recording, int64_t now_ms)
{
	const struct block *head = head_block(recording);
	uint32_t num = head ? head->num : first_block(recording)->num - 1;
	int64_t time_s = head ? head->time_s : first_block(recording)->time_s - 3;
	const char *id = head ? head->id : first_block(recording)->previous;
	char time[TIME_TEXT_SIZE];

	if (away_at_703(recording, now_ms)) {
		num = 703;
		time_s = seconds_of("2026-11-23T18:21:42");
		id = recording_block_id(recording, 703);
	}
	time_format(time, time_s);
	return xasprintf("{\"head_block_number\":%" PRIu32 ",\"head_block_id\":\"%s\",\"time\":\"%.19s\","
			 "\"current_aslot\":%" PRId64 ",\"last_irreversible_block_num\":%" PRIu32 "}",
			 num, id, time, time_s / 3 + recording->aslot_offset, irreversible_of(recording, num));
}

static uint32_t era_of(uint32_t num)
{
	return num / MAX_WITNESSES;
}

static uint32_t head_num(const struct recording *recording)
{
	const struct block *head = head_block(recording);

	return head ? head->num : first_block(recording)->num - 1;
}

static void put_name(char *hex, const char *name)
{
	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", i < strlen(name) ? (unsigned char)name[i] : 0);
}

/* Two witnesses: whose slot it was tells each block of the era; a slot that no block of it has is foo's. */
static char *derived_schedule(const struct recording *recording)
{
	const char *names[2] = {"foo", "foo"};
	char hex[65];

	for (size_t n = 0; n < recording->count; n++) {
		const struct block *block = &recording->lines[n].block;

		if (block->num && era_of(block->num - 1) == era_of(head_num(recording)))
			names[(uint64_t)(block->time_s / 3 + recording->aslot_offset) % 2] = block->witness;
	}
	put_name(hex, names[0]);
	put_name(hex + 32, names[1]);
	return xasprintf("{\"num_scheduled_witnesses\":2,\"current_shuffled_witnesses\":\"%s\","
			 "\"median_props\":{\"witness_skipping_reset_time\":%" PRIu32 "}}",
			 hex, recording->skipping_reset_s);
}

/* As recorded in the same era. */
static const struct json *recorded_schedule(const struct recording *recording)
{
	for (size_t n = 0; n < recording->count; n++) {
		const struct line *line = &recording->lines[n];

		if (line->result && strcmp(line->method, "get_witness_schedule") == 0 &&
		    era_of(line->head) == era_of(head_num(recording)))
			return line->result;
	}
	return NULL;
}

static const struct line *find_block(const struct recording *recording, uint32_t num)
{
	const struct line *found = NULL;

	for (size_t n = 0; recording && n < recording->count; n++)
		if (recording->lines[n].block.num == num)
			found = &recording->lines[n];
	return found;
}

/* get_block gives a block without its id and the key that signed it. */
static char *plain_block(const char *previous, int64_t time_s, const char *witness, const char *transactions)
{
	char time[TIME_TEXT_SIZE];

	time_format(time, time_s);
	return xasprintf("{\"previous\":\"%s\",\"timestamp\":\"%.19s\",\"witness\":\"%s\","
			 "\"transaction_merkle_root\":\"%040d\",\"extensions\":[],\"witness_signature\":\"\","
			 "\"transactions\":%s}",
			 previous, time, witness, 0, transactions);
}

static char *answer_block(const struct recording *recording, uint32_t num)
{
	const struct line *line = find_block(recording, num);
	const struct json *transactions;

	if (!line)
		line = find_block(recording->sibling, num);
	if (!line)
		return num == 703 ? plain_block(recording_block_id(recording, 702), seconds_of("2026-11-23T18:21:42"),
						"cyberfounder", "[]")
				  : xstrdup("null");
	assert_true(json_member(line->result, "transactions", &transactions));
	char *text = json_text(transactions);
	char *block = plain_block(line->block.previous, line->block.time_s, line->block.witness, text);
	free(text);
	return block;
}

/* The text of an answer. Caller frees. */
static char *answer_to(struct recording *recording, const char *method, const char *args, int64_t now_ms,
		       int64_t *ret_at_ms)
{
	const struct json *found = NULL;

	*ret_at_ms = now_ms;
	if (strcmp(method, "get_witness_by_account") == 0)
		found = recorded_answer(recording, method, now_ms, ret_at_ms);
	else if (strcmp(method, "get_config") == 0)
		found = queried_answer(recording->queries, "\"get_config\"");
	else if (strcmp(method, "get_accounts") == 0)
		found = queried_answer(recording->queries, "\"get_accounts\",[[\"foo\"");
	else if (strcmp(method, "get_witness_schedule") == 0)
		found = recorded_schedule(recording);
	else if (strcmp(method, "get_dynamic_global_properties") == 0)
		return derived_head(recording, now_ms);
	else if (strcmp(method, "get_block") == 0)
		return answer_block(recording, (uint32_t)strtoul(args + 1, NULL, 10));
	if (!found && strcmp(method, "get_witness_schedule") == 0)
		return derived_schedule(recording);
	return found ? json_text(found) : NULL;
}

char *recording_answer(struct recording *recording, size_t line, const char *method, const char *args)
{
	int64_t at_ms;

	recording->played = line + 1;
	char *text = answer_to(recording, method, args, recording->lines[line].at_ms, &at_ms);
	if (!text && strcmp(method, "get_witness_by_account") == 0) /* nobody asked: foo as it was just before */
		text = json_text(queried_answer(recording->queries, "\"get_witness_by_account\",[\"foo\"]"));
	return text;
}

/* ---- nodes.h ---------------------------------------------------------------------------------------------------- */

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

/* nodes_new is told no recording: the one that plays now, and its nodes. */
static struct {
	struct recording *recording;
	struct nodes *nodes;
} stage;

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
	struct recording *recording = stage.recording;
	struct waiting *waiting = xcalloc(1, sizeof(*waiting));
	int64_t at_ms = virtual_loop_at_ms();

	(void)api, (void)deadline_ms;
	assert_int_equal(endpoint, 0);
	*waiting = (struct waiting){.next = nodes->waiting, .nodes = nodes, .done = done, .context = context};
	nodes->waiting = waiting;
	if (strcmp(method, "broadcast_transaction") == 0) {
		assert_true(recording->broadcast_count < REPLAY_BROADCASTS_MAX);
		recording->broadcasts[recording->broadcast_count++] =
			(struct replay_broadcast){.at_ms = at_ms, .args = xstrdup(args_json)};
		waiting->text = xstrdup("{}");
	} else if (nodes->up) {
		waiting->text = answer_to(recording, method, args_json, at_ms, &at_ms);
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
	stage.recording->bad++;
	go_down(nodes, why);
}

void nodes_bad_answer(struct nodes *nodes, uint32_t endpoint, const char *why)
{
	(void)nodes, (void)endpoint;
	print_message("bad answer: %s\n", why);
	stage.recording->bad++;
}

uint64_t nodes_protocol_errors(const struct nodes *nodes, uint32_t endpoint)
{
	(void)nodes, (void)endpoint;
	return stage.recording->bad;
}

bool nodes_connected(const struct nodes *nodes, uint32_t endpoint)
{
	return endpoint == 0 && nodes->up;
}

/* ---- playing ---------------------------------------------------------------------------------------------------- */

static void come_up(struct recording *recording, struct nodes *nodes)
{
	struct chain_answer chain;
	struct error err;

	assert_int_equal(chain_answer_parse(&chain, queried_answer(recording->queries, "\"get_config\""), &err), GW_OK);
	nodes->up = true;
	nodes->events.up(nodes->events.context, 0, &chain);
}

void recording_play(struct recording *recording, size_t n)
{
	const struct line *line = &recording->lines[n];
	struct nodes *nodes = stage.nodes;

	stage.recording = recording;
	recording->played = n + 1;
	if (line->direction == '*' && strncmp(line->text, "open", 4) == 0) {
		come_up(recording, nodes);
	} else if (line->direction == '*' && strncmp(line->text, "close", 5) == 0) {
		go_down(nodes, line->text);
	} else if (line->block.num != 0) {
		assert_true(nodes->subscribed);
		recording->blocks++;
		nodes->events.block(nodes->events.context, 0, &line->block, true);
	}
}
