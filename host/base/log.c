/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/time_text.h"
#include "base/utf8.h"

#define TEXT_MAX       4096
#define LINE_MAX_BYTES (TEXT_MAX * 6 + 512) /* each byte may become \u00XX */

static struct {
	const char *program;
	enum log_format format;
	int32_t least_level;
	bool to_journal; /* journald adds the time and reads "<N>" */
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

static const char *level_name(int32_t level)
{
	static const char *const names[] = {"debug", "info", "warning", "critical"};

	return level < GW_DEBUG || level > GW_CRITICAL ? "info" : names[level];
}

/* syslog's numbers: debug 7, info 6, warning 4, critical 2 */
static int journal_priority(int32_t level)
{
	static const int priorities[] = {7, 6, 4, 2};

	return level < GW_DEBUG || level > GW_CRITICAL ? 6 : priorities[level];
}

struct line {
	size_t len;
	char text[LINE_MAX_BYTES];
};

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

/* What comes from a node or a plugin must not be able to write a line of its own, or a terminal's commands. */
static void put_escaped(struct line *line, const char *text, bool json)
{
	const char *end = text + strlen(text);

	for (const char *at = text; at < end;) {
		size_t len = utf8_length(at, (size_t)(end - at));
		uint8_t byte = (uint8_t)*at;

		if (json && (byte == '"' || byte == '\\'))
			put(line, "\\%c", byte);
		else if (byte < 0x20 || byte == 0x7f || len == 0)
			put(line, json ? "\\u%04x" : "\\x%02x", byte);
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
	} else {
		put_time(line);
		put(line, " %-8s ", level_name(level));
	}
	put_escaped(line, source, false);
	put(line, ": ");
	put_escaped(line, text, false);
}

static void put_json_line(struct line *line, int32_t level, const char *source, const char *text)
{
	put(line, "{\"time\":\"");
	put_time(line);
	put(line, "\",\"level\":\"%s\",\"source\":\"", level_name(level));
	put_escaped(line, source, true);
	put(line, "\",\"text\":\"");
	put_escaped(line, text, true);
	put(line, "\"}");
}

static void write_all(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody reads the log: nothing better to do */
		text += n;
		len -= (size_t)n;
	}
}

void log_line(int32_t level, const char *source, const char *fmt, ...)
{
	int saved_errno = errno;
	char text[TEXT_MAX + 32];
	struct line line = {.len = 0};
	va_list args;

	if (level < settings.least_level)
		return;
	va_start(args, fmt);
	int wanted = vsnprintf(text, TEXT_MAX, fmt, args);
	va_end(args);
	if (wanted >= TEXT_MAX)
		snprintf(text + TEXT_MAX - 1, 32, "…(+%d bytes)", wanted - (TEXT_MAX - 1));
	if (!source)
		source = settings.program;
	if (settings.format == LOG_JSON)
		put_json_line(&line, level, source, text);
	else
		put_text_line(&line, level, source, text);
	line.text[line.len++] = '\n';
	write_all(line.text, line.len);
	errno = saved_errno;
}
