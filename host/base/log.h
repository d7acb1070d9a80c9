/* SPDX-License-Identifier: MIT
 *
 * The log: lines on stderr, for systemd, docker or a terminal to collect. Only programs and the parts that own a
 * socket log; pure modules return errors instead. Any thread.
 *
 * text:  2026-11-23T20:00:00.123Z info  host: head 1456 ... key=value
 * json:  {"time":"…","level":"info","source":"host","text":"…"}, of a notice also "code", "instance", "witness"
 * With $JOURNAL_STREAM set, text lines begin with "<N>", journald's priority, and carry no time.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/error.h"

enum log_format { LOG_TEXT, LOG_JSON };

/* Levels are GW_DEBUG .. GW_CRITICAL. Before log_init: text, info and above, source as the program's name. */
void log_init(const char *program, enum log_format format, int32_t least_level);
void log_set(enum log_format format, int32_t least_level);

/* From now on a thread of its own writes the lines, and nobody waits for the log's reader. A line that finds no room in
 * 256 KiB is dropped; the number of such lines is logged. For a process that goes on; call it after the last exec. */
void log_start_writer(void);
/* Lines that found no room, ever. */
uint64_t log_lines_dropped(void);
/* Before an end: waits for the thread to have written all, a second at most. */
void log_end(void);

/* Writes one line with one write(2). Control bytes and invalid UTF-8 in the finished text are escaped. A text of more
 * than 4 KiB is cut with "…(+n bytes)". errno is kept. source: the part or instance that logs; NULL: the program. */
void log_line(int32_t level, const char *source, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* A notice, as "text (code)". JSON lines carry the rest as members of their own, and journald as fields (log_journal.h);
 * NULL or "": none. */
struct log_notice {
	const char *code, *instance, *witness;
};
void log_notice(int32_t level, const char *source, const struct log_notice *notice, const char *text);

#endif
