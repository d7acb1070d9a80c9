/* SPDX-License-Identifier: MIT
 *
 * The log. Every program; any thread.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <golos_watch/names.h>

#include "base/log_writer.h"
#include "base/secret_text.h"
#include "base/time_text.h"
#include "base/utf8.h"

#define TEXT_MAX 4096
#define END_MS	 1000 /* an end waits no longer for who reads the log */

static struct {
	const char *program;
	enum log_format format;
	int32_t least_level;
	bool to_journal; /* journald adds the time and reads "<N>" */
	bool has_writer;
} settings = {.program = "golos-watch", .least_level = GW_INFO};

void log_init(const char *program, enum log_format format, int32_t least_level)
{
	settings.program = program;
	settings.to_journal = getenv("JOURNAL_STREAM") != NULL;
	log_set(format, least_level);
}

void log_set(enum log_format format, int32_t least_level)
{
	settings.format = format;
	settings.least_level = least_level;
}

/* syslog's numbers: debug 7, info 6, warning 4, critical 2 */
static int journal_priority(int32_t level)
{
	static const int priorities[] = {7, 6, 4, 2};

	return level < GW_DEBUG || level > GW_CRITICAL ? 6 : priorities[level];
}

struct line {
	size_t len, priority_len;
	char text[LOG_LINE_MAX];
};

#define FIELD_HEAD_MAX	64  /* bytes: the longest name, its newline, a length */
#define FIELD_VALUE_MAX 256 /* bytes: more than an instance's name, an account's or a code has */
#define FIELDS_COUNT	6

struct fields {
	size_t len;
	char text[LOG_FIELDS_MAX];
};
_Static_assert(FIELDS_COUNT *(FIELD_HEAD_MAX + FIELD_VALUE_MAX) <= LOG_FIELDS_MAX, "all fields fit");

static void put(struct line *line, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void put(struct line *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(line->text + line->len, sizeof(line->text) - line->len, fmt, args);
	va_end(args);
	if (n > 0)
		line->len += (size_t)n;
	if (line->len >= sizeof(line->text))
		line->len = sizeof(line->text) - 1;
}

/* Text of a node or a plugin must not be able to write a line of its own, or a terminal's commands. */
static void put_escaped(struct line *line, const char *text, bool json)
{
	const char *end = text + strlen(text);

	for (const char *at = text; at < end;) {
		size_t len = utf8_length(at, (size_t)(end - at));
		uint8_t byte = (uint8_t)*at;
		uint32_t code = len ? utf8_code(at, len) : byte;

		if (json && (byte == '"' || byte == '\\'))
			put(line, "\\%c", byte);
		else if (len == 0 || utf8_is_control(code))
			put(line, json || code > 0xff ? "\\u%04x" : "\\x%02x", code);
		else
			put(line, "%.*s", (int)len, at);
		at += len ? len : 1;
	}
}

static void put_time(struct line *line)
{
	struct timespec now;
	char text[TIME_TEXT_SIZE];

	clock_gettime(CLOCK_REALTIME, &now);
	time_format(text, now.tv_sec);
	put(line, "%s.%03dZ", text, (int)(now.tv_nsec / 1000000));
}

static void put_text_line(struct line *line, int32_t level, const char *source, const char *text)
{
	if (settings.to_journal) {
		put(line, "<%d>", journal_priority(level));
		line->priority_len = line->len;
	} else {
		put_time(line);
		put(line, " %-8s ", gw_severity_name(level));
	}
	put_escaped(line, source, false);
	put(line, ": ");
	put_escaped(line, text, false);
}

/* Of the notice that is being logged. */
static _Thread_local struct log_notice current_notice;

static void put_json_member(struct line *line, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	put(line, ",\"%s\":\"", name);
	put_escaped(line, value, true);
	put(line, "\"");
}

static void put_json_line(struct line *line, int32_t level, const char *source, const char *text)
{
	put(line, "{\"time\":\"");
	put_time(line);
	put(line, "\",\"level\":\"%s\",\"source\":\"", gw_severity_name(level));
	put_escaped(line, source, true);
	put(line, "\",\"text\":\"");
	put_escaped(line, text, true);
	put(line, "\"");
	put_json_member(line, "code", current_notice.code);
	put_json_member(line, "instance", current_notice.instance);
	put_json_member(line, "witness", current_notice.witness);
	put(line, "}");
}

/* One whole line of the finished text. */
static void make_line(struct line *line, int32_t level, const char *source, const char *text)
{
	line->len = line->priority_len = 0;
	if (settings.format == LOG_JSON)
		put_json_line(line, level, source, text);
	else
		put_text_line(line, level, source, text);
	line->text[line->len++] = '\n';
}

static size_t say_dropped(char ret[LOG_LINE_MAX], uint64_t lines)
{
	struct line line;
	char text[128];

	snprintf(text, sizeof(text), "%llu line%s of this log %s lost: nobody took them", (unsigned long long)lines,
		 lines == 1 ? "" : "s", lines == 1 ? "was" : "were");
	make_line(&line, GW_WARNING, settings.program, text);
	memcpy(ret, line.text, line.len);
	return line.len;
}

/* ---- fields of a notice, for journald --------------------------------------------------------------------------- */

/* In the form that takes any bytes: the name, a newline, the length as 64 bits of little endian, the bytes. */
static void put_field_head(struct fields *fields, const char *name, size_t len)
{
	fields->len += (size_t)snprintf(fields->text + fields->len, FIELD_HEAD_MAX, "%s\n", name);
	for (size_t i = 0; i < 8; i++)
		fields->text[fields->len++] = (char)((uint64_t)len >> 8 * i);
}

static void put_field(struct fields *fields, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	size_t len = strnlen(value, FIELD_VALUE_MAX);

	put_field_head(fields, name, len);
	memcpy(fields->text + fields->len, value, len);
	fields->len += len;
	fields->text[fields->len++] = '\n';
}

/* All but the message itself, which is the line up to its newline. */
static void make_fields(struct fields *fields, int32_t level, const struct line *line)
{
	const char priority[] = {(char)('0' + journal_priority(level)), '\0'};

	fields->len = 0;
	put_field(fields, "PRIORITY", priority);
	put_field(fields, "SYSLOG_IDENTIFIER", program_invocation_short_name);
	put_field(fields, "GOLOS_WATCH_CODE", current_notice.code);
	put_field(fields, "GOLOS_WATCH_INSTANCE", current_notice.instance);
	put_field(fields, "GOLOS_WATCH_WITNESS", current_notice.witness);
	put_field_head(fields, "MESSAGE", line->len - line->priority_len - 1);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void put_to_writer(int32_t level, const struct line *line)
{
	struct log_entry entry = {.line = line->text, .len = line->len, .priority_len = line->priority_len};
	struct fields fields;

	if (current_notice.code && log_writer_wants_fields()) {
		make_fields(&fields, level, line);
		entry.fields = fields.text;
		entry.fields_len = fields.len;
	}
	log_writer_put(&entry, level >= GW_WARNING);
}

void log_start_writer(void)
{
	settings.has_writer = log_writer_start(say_dropped);
}

uint64_t log_lines_dropped(void)
{
	return log_writer_dropped();
}

void log_end(void)
{
	if (settings.has_writer)
		log_writer_flush(END_MS);
}

void log_line(int32_t level, const char *source, const char *fmt, ...)
{
	int saved_errno = errno;
	char text[TEXT_MAX + 32];
	struct line line;
	va_list args;

	if (level < settings.least_level)
		return;
	va_start(args, fmt);
	int wanted = vsnprintf(text, TEXT_MAX, fmt, args);
	va_end(args);
	if (wanted >= TEXT_MAX)
		snprintf(text + TEXT_MAX - 1, 32, "…(+%d bytes)", wanted - (TEXT_MAX - 1));
	(void)secret_text_mask(text, strlen(text));
	make_line(&line, level, source ? source : settings.program, text);
	if (settings.has_writer)
		put_to_writer(level, &line);
	else
		(void)log_write_all(line.text, line.len); /* nobody reads the log: nothing better to do */
	errno = saved_errno;
}

void log_notice(int32_t level, const char *source, const struct log_notice *notice, const char *text)
{
	current_notice = *notice;
	log_line(level, source, "%s (%s)", text, notice->code);
	memset(&current_notice, 0, sizeof(current_notice));
}
