/* SPDX-License-Identifier: MIT
 *
 * A thread that writes the log's lines, so that nobody else ever waits for their reader: a full pipe, a disk that
 * hangs. Lines wait in a queue of a fixed size. A line that finds no room is dropped; the number of such lines is
 * logged once the queue has been written. log.c alone uses this.
 */
#ifndef BASE_LOG_WRITER_H
#define BASE_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX	(4096 * 6 + 1024) /* bytes: each one of a text's 4 KiB may become \u00XX */
#define LOG_FIELDS_MAX	2048		  /* bytes: a notice's fields, without its message */
#define LOG_QUEUE_BYTES (256 << 10)

/* One line, newline included, and what may stand in its place. */
struct log_entry {
	const char *line;
	size_t len;
	const char *fields;  /* of a notice: what comes before its message in a datagram to journald; else NULL */
	size_t fields_len;   /* LOG_FIELDS_MAX at most */
	size_t priority_len; /* the line's "<N>", which is no part of the message */
};

/* Sends fields and message as one datagram, without waiting. False: it cannot be sent now. */
typedef bool log_send_fn(const char *fields, size_t fields_len, const char *message, size_t message_len);

/* Starts the thread. say_dropped is called on it with the number of lines, and writes a line of that to ret. False:
 * there is no thread, and the caller goes on writing by itself. */
bool log_writer_start(size_t (*say_dropped)(char ret[LOG_LINE_MAX], uint64_t lines));
/* Before log_writer_start: entries with fields go there first, and to stderr only where that fails. */
void log_writer_send_notices(log_send_fn *send);
/* Does anybody want fields? */
bool log_writer_wants_fields(void);
/* [any-thread] Takes one entry, and does not wait. is_grave: it may take the room that is kept
 * for warnings. */
void log_writer_put(const struct log_entry *entry, bool is_grave);
/* Waits until all is written, but no longer than so many milliseconds. */
void log_writer_flush(int64_t ms);

/* [any-thread] Entries that were dropped, ever. */
uint64_t log_writer_dropped(void);

/* Writes to stderr, and waits as long as that takes. False: it cannot be written. */
bool log_write_all(const char *text, size_t len);

#endif
