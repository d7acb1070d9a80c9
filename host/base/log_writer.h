/* SPDX-License-Identifier: MIT
 *
 * A thread that writes the log's lines, so that nobody else ever waits for who reads them: a pipe that is full, a disk
 * that hangs. Lines wait in a queue of a fixed size. What finds no room is dropped, counted, and said once the queue
 * has been written. log.c alone uses this.
 */
#ifndef BASE_LOG_WRITER_H
#define BASE_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX	(4096 * 6 + 1024) /* bytes: each one of a text's 4 KiB may become \u00XX */
#define LOG_QUEUE_BYTES (256 << 10)

/* Starts the thread. say_dropped is called on it with the number of lines, and writes a line of that to ret. False:
 * there is no thread, and the caller goes on writing by itself. */
bool log_writer_start(size_t (*say_dropped)(char ret[LOG_LINE_MAX], uint64_t lines));
/* [any-thread] Takes one whole line, newline included, and does not wait. is_grave: it may take the room that is kept
 * for warnings. */
void log_writer_put(const char *line, size_t len, bool is_grave);
/* Waits until all is written, but no longer than so many milliseconds. */
void log_writer_flush(int64_t ms);

/* Writes to stderr, and waits as long as that takes. False: it cannot be written. */
bool log_write_all(const char *text, size_t len);

#endif
