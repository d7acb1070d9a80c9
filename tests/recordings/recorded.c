/* SPDX-License-Identifier: MIT
 *
 * A file of tests/recordings. See recorded.h.
 */
#include "recorded.h"
#include "test.h"

#include "base/memory.h"
#include "base/time_text.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define INTERVAL_S 3
/* current_aslot 106224369 at 2026-11-23T19:18:27 (12-round-of-21.jsonl:9) */
#define ASLOT_KNOWN 106224369
#define ASLOT_TIME  "2026-11-23T19:18:27"

int64_t recorded_seconds(const char *text)
{
	int64_t time_s;

	assert_int_equal(time_parse(text, 19, &time_s), GW_OK);
	return time_s;
}

uint64_t recorded_aslot(int64_t time_s)
{
	return (uint64_t)(ASLOT_KNOWN + (time_s - recorded_seconds(ASLOT_TIME)) / INTERVAL_S);
}

/* "t":1.242 in a line of the recorder: milliseconds. */
static int64_t time_of(const char *line)
{
	const char *t = strstr(line, "\"t\":");

	assert_non_null(t);
	return (int64_t)(strtod(t + 4, NULL) * 1000 + 0.5);
}

static void read_line(struct recorded *recorded, const char *text, size_t len)
{
	struct json *json;
	struct error err;
	const struct json *frame;
	char direction[4];
	size_t frame_len;

	assert_true(recorded->count < RECORDED_LINES_MAX);
	struct recorded_line *line = &recorded->lines[recorded->count++];
	assert_int_equal(json_parse(&json, text, len, &err), GW_OK);
	assert_int_equal(json_get_text(json, "dir", direction, sizeof(direction), &err), GW_OK);
	assert_true(json_member(json, "text", &frame));
	line->direction = direction[0];
	line->at_ms = time_of(text);
	line->text = xstrdup(json_string(frame, &frame_len));
	if (line->direction != '*' && json_parse(&line->frame, line->text, frame_len, &err) != GW_OK)
		line->frame = NULL;
	json_free(json);
}

void recorded_read(struct recorded *ret, const char *name)
{
	char *path = xasprintf("%s/recordings/%s.jsonl", TEST_SOURCE_DIR, name);
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t cap = 0;
	ssize_t len;

	memset(ret, 0, sizeof(*ret));
	assert_non_null(file);
	free(path);
	assert_true(getline(&text, &cap, file) > 0);
	const char *started = strstr(text, "\"started\":\"");
	assert_non_null(started);
	started += strlen("\"started\":\"");
	ret->started_ms = recorded_seconds(started) * 1000 + strtol(started + 20, NULL, 10);
	while ((len = getline(&text, &cap, file)) > 0)
		read_line(ret, text, (size_t)len);
	free(text);
	(void)fclose(file);
}

void recorded_done(struct recorded *recorded)
{
	for (size_t n = 0; n < recorded->count; n++) {
		json_free(recorded->lines[n].frame);
		free(recorded->lines[n].text);
	}
	recorded->count = 0;
}

uint32_t recorded_id(const struct recorded_line *line)
{
	struct error err;
	uint64_t id;

	if (!line->frame || json_get_u64(line->frame, "id", RECORDED_IDS_MAX - 1, &id, &err) != GW_OK)
		return 0;
	return (uint32_t)id;
}

const struct json *recorded_result(const struct recorded_line *line)
{
	const struct json *result = NULL;

	return line->frame && json_member(line->frame, "result", &result) ? result : NULL;
}
