/* SPDX-License-Identifier: MIT
 *
 * The newest notices, and what thirty days brought. Runs in golos-watchd.
 */
#include "notices/recent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <golos_watch/names.h>

#include "base/json.h"
#include "base/memory.h"

#define DAY_MS 86400000

struct line {
	int64_t wall_ms;
	char source[64], severity[16], code[64], text[512];
};

struct day {
	int64_t day; /* since 1970 */
	uint32_t missed, key_changes, not_ready;
};

struct recent {
	int64_t began_ms;
	struct line lines[RECENT_NOTICES]; /* the newest first */
	size_t count;
	struct day days[RECENT_DAYS]; /* by day modulo their number */
};

struct recent *recent_new(int64_t began_ms)
{
	struct recent *recent = xcalloc(1, sizeof(*recent));

	recent->began_ms = began_ms;
	return recent;
}

void recent_free(struct recent *recent)
{
	free(recent);
}

static void count(struct recent *recent, int64_t wall_ms, const char *code)
{
	int64_t today = wall_ms / DAY_MS;
	struct day *day = &recent->days[(uint64_t)today % RECENT_DAYS];

	if (today < day->day)
		return; /* of a month before */
	if (today > day->day)
		*day = (struct day){.day = today};
	if (strcmp(code, "slot_missed") == 0 || strcmp(code, "own_slot_missed") == 0)
		day->missed++;
	if (strcmp(code, "signing_key_changed") == 0)
		day->key_changes++;
	if (strcmp(code, "standby_not_ready") == 0 || strcmp(code, "producer_not_ready") == 0)
		day->not_ready++;
}

void recent_note(struct recent *recent, const struct gw_notice_event *notice)
{
	struct line *line = recent->lines;

	count(recent, notice->now.wall_ms, notice->code);
	if (notice->severity < GW_INFO)
		return;
	memmove(line + 1, line, (RECENT_NOTICES - 1) * sizeof(*line));
	*line = (struct line){.wall_ms = notice->now.wall_ms};
	snprintf(line->source, sizeof(line->source), "%s", notice->source);
	snprintf(line->severity, sizeof(line->severity), "%s", gw_severity_name(notice->severity));
	snprintf(line->code, sizeof(line->code), "%s", notice->code);
	snprintf(line->text, sizeof(line->text), "%s", notice->text);
	if (recent->count < RECENT_NOTICES)
		recent->count++;
}

static void read_row(struct recent *recent, const struct json *row)
{
	struct line line;
	char kind[16];

	if (json_get_i64(row, "wall_ms", 0, INT64_MAX, &line.wall_ms, NULL) || line.wall_ms >= recent->began_ms ||
	    json_get_text(row, "kind", kind, sizeof(kind), NULL) || strcmp(kind, "notice") != 0 ||
	    json_get_text(row, "code", line.code, sizeof(line.code), NULL) ||
	    json_get_text(row, "source", line.source, sizeof(line.source), NULL) ||
	    json_get_text(row, "severity", line.severity, sizeof(line.severity), NULL) ||
	    json_get_text(row, "text", line.text, sizeof(line.text), NULL))
		return;
	count(recent, line.wall_ms, line.code);
	if (recent->count < RECENT_NOTICES && strcmp(line.severity, "debug") != 0)
		recent->lines[recent->count++] = line;
}

void recent_read_history(struct recent *recent, const char *json)
{
	struct json *rows = NULL;

	if (json_parse(&rows, json, strlen(json), NULL) == GW_OK && json_is_array(rows))
		for (size_t i = 0; i < json_array_size(rows); i++)
			read_row(recent, json_element(rows, i));
	json_free(rows);
}

static void write_lines(const struct recent *recent, struct json_writer *w)
{
	json_open(w, "recent", '[');
	for (size_t i = 0; i < recent->count; i++) {
		const struct line *line = &recent->lines[i];

		json_open(w, NULL, '{');
		json_put_i64(w, "time", line->wall_ms / 1000);
		json_put_text(w, "source", line->source);
		json_put_text(w, "severity", line->severity);
		json_put_text(w, "code", line->code);
		json_put_text(w, "text", line->text);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void recent_write(const struct recent *recent, int64_t now_ms, struct json_writer *w)
{
	int64_t today = now_ms / DAY_MS;

	write_lines(recent, w);
	json_open(w, "days", '[');
	for (int64_t at = today - RECENT_DAYS + 1; at <= today; at++) {
		const struct day none = {0}, *day = &recent->days[(uint64_t)at % RECENT_DAYS];

		if (day->day != at)
			day = &none;
		json_open(w, NULL, '{');
		json_put_i64(w, "begin", at * (DAY_MS / 1000));
		json_put_u64(w, "missed", day->missed);
		json_put_u64(w, "key_changes", day->key_changes);
		json_put_u64(w, "not_ready", day->not_ready);
		json_close(w, '}');
	}
	json_close(w, ']');
}
