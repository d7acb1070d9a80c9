/* SPDX-License-Identifier: MIT
 *
 * A recorded node. See recording.h.
 */
#include "recording.h"
#include "test.h"

#include "base/memory.h"
#include "base/time_text.h"
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_WITNESSES 21
#define SUBSCRIBE     "set_block_applied_callback"
#define NEAR_MS	      100 /* the recorder asks after each block, as the host does: an answer so near is to that question */

/* What a frame that was told means. */
struct line {
	const struct json *result; /* NULL: an error, or none */
	char method[64];	   /* whose answer it is */
	uint32_t head;		   /* number of the newest block pushed before it */
	struct block block;	   /* num 0: not a push of the full form */
};

struct recording {
	struct recorded recorded;
	struct line lines[RECORDED_LINES_MAX]; /* each of `recorded` */
	struct recorded queries;	       /* the same chain's get_config and get_accounts */
	struct recording *sibling;	       /* another node's recording of the same time; NULL: none */
	uint32_t skipping_reset_s;
	size_t played; /* lines */
};

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void read_request(const struct recorded_line *line, char method[64])
{
	const struct json *params;
	struct error err;

	assert_int_equal(json_get_array(line->frame, "params", &params, &err), GW_OK);
	snprintf(method, 64, "%s", json_string(json_element(params, 1), NULL));
}

/* A reply: jsonrpc 2.0, the id of a request, and exactly one of result and error. */
static void read_reply(struct line *line, const struct json *frame, const char *method)
{
	const struct json *error, *full_id;
	char version[8];
	struct error err = {.text = ""};

	assert_int_equal(json_get_text(frame, "jsonrpc", version, sizeof(version), &err), GW_OK);
	assert_string_equal(version, "2.0");
	assert_string_not_equal(method, "");
	bool has_result = json_member(frame, "result", &line->result);
	assert_true(has_result != json_member(frame, "error", &error));
	snprintf(line->method, sizeof(line->method), "%s", method);
	if (!has_result || strcmp(line->method, SUBSCRIBE) != 0 || !json_member(line->result, "block_id", &full_id))
		return;
	if (block_parse(&line->block, line->result, &err) != GW_OK)
		fail_msg("a block: %s", err.text);
}

static void read_frames(struct recording *recording)
{
	char methods[RECORDED_IDS_MAX][64] = {""};
	const size_t count = recording->recorded.count;
	uint32_t head = 0;

	for (size_t n = 0; n < count; n++) {
		const struct recorded_line *seen = &recording->recorded.lines[n];
		struct line *line = &recording->lines[n];

		line->head = head;
		if (seen->direction == '>')
			read_request(seen, methods[recorded_id(seen)]);
		else if (seen->direction == '<')
			read_reply(line, seen->frame, methods[recorded_id(seen)]);
		if (line->block.num != 0)
			head = line->block.num;
	}
	for (size_t n = 0; n < count; n++) { /* before the first push its parent is the head */
		struct line *line = &recording->lines[n];

		for (size_t m = n; line->head == 0 && m < count; m++)
			line->head = recording->lines[m].block.num ? recording->lines[m].block.num - 1 : 0;
	}
}

struct recording *recording_open(const char *name, uint32_t skipping_reset_s)
{
	struct recording *recording = xcalloc(1, sizeof(*recording));

	recorded_read(&recording->recorded, name);
	read_frames(recording);
	recording->skipping_reset_s = skipping_reset_s;
	recorded_read(&recording->queries, "01-queries");
	if (strcmp(name, "07-kill9") == 0) /* n1 saw what n2 missed */
		recording->sibling = recording_open("08c-null-key-round-end", skipping_reset_s);
	return recording;
}

void recording_close(struct recording *recording)
{
	if (!recording)
		return;
	for (size_t n = 0; n < recording->recorded.count; n++)
		if (recording->lines[n].block.num != 0)
			block_free(&recording->lines[n].block);
	recorded_done(&recording->recorded);
	recorded_done(&recording->queries);
	recording_close(recording->sibling);
	free(recording);
}

const struct recorded *recording_lines(const struct recording *recording)
{
	return &recording->recorded;
}

const struct block *recording_block(const struct recording *recording, size_t line)
{
	return recording->lines[line].block.num != 0 ? &recording->lines[line].block : NULL;
}

void recording_pass(struct recording *recording, size_t line)
{
	recording->played = line + 1;
}

const char *recording_block_id(const struct recording *recording, uint32_t num)
{
	const char *id = "";

	for (size_t n = 0; n < recording->recorded.count; n++) {
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
	for (size_t n = 0; n < recording->recorded.count; n++) {
		const struct line *line = &recording->lines[n];

		if (recording->recorded.lines[n].at_ms > now_ms + NEAR_MS)
			break;
		if (!line->result || strcmp(line->method, method) != 0)
			continue;
		newest = line->result;
		if (recording->recorded.lines[n].at_ms >= now_ms) {
			*ret_at_ms = recording->recorded.lines[n].at_ms;
			break;
		}
	}
	return newest;
}

const struct json *recording_queried(const struct recording *recording, const char *sign)
{
	const struct recorded *queries = &recording->queries;

	for (size_t n = 0; n + 1 < queries->count; n++) {
		if (queries->lines[n].direction != '>' || !strstr(queries->lines[n].text, sign))
			continue;
		for (size_t m = n + 1; m < queries->count; m++)
			if (queries->lines[m].direction == '<' && recorded_result(&queries->lines[m]))
				return recorded_result(&queries->lines[m]);
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
	for (size_t n = 0; n < recording->recorded.count; n++)
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
		time_s = recorded_seconds("2026-11-23T18:21:42");
		id = recording_block_id(recording, 703);
	}
	time_format(time, time_s);
	return xasprintf("{\"head_block_number\":%" PRIu32 ",\"head_block_id\":\"%s\",\"time\":\"%.19s\","
			 "\"current_aslot\":%" PRIu64 ",\"last_irreversible_block_num\":%" PRIu32 "}",
			 num, id, time, recorded_aslot(time_s), irreversible_of(recording, num));
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

	for (size_t n = 0; n < recording->recorded.count; n++) {
		const struct block *block = &recording->lines[n].block;

		if (block->num && era_of(block->num - 1) == era_of(head_num(recording)))
			names[(uint64_t)(recorded_aslot(block->time_s)) % 2] = block->witness;
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
	for (size_t n = 0; n < recording->recorded.count; n++) {
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

	for (size_t n = 0; recording && n < recording->recorded.count; n++)
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
		return num == 703 ? plain_block(recording_block_id(recording, 702),
						recorded_seconds("2026-11-23T18:21:42"), "cyberfounder", "[]")
				  : xstrdup("null");
	assert_true(json_member(line->result, "transactions", &transactions));
	char *text = json_text(transactions);
	char *block = plain_block(line->block.previous, line->block.time_s, line->block.witness, text);
	free(text);
	return block;
}

char *recording_answer(const struct recording *recording, const char *method, const char *args, int64_t now_ms,
		       int64_t *ret_at_ms)
{
	const struct json *found = NULL;

	*ret_at_ms = now_ms;
	if (strcmp(method, "get_witness_by_account") == 0)
		found = recorded_answer(recording, method, now_ms, ret_at_ms);
	else if (strcmp(method, "get_config") == 0)
		found = recording_queried(recording, "\"get_config\"");
	else if (strcmp(method, "get_accounts") == 0)
		found = recording_queried(recording, "\"get_accounts\",[[\"foo\"");
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
