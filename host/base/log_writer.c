/* SPDX-License-Identifier: MIT
 *
 * See log_writer.h.
 */
#include "base/log_writer.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

#define STACK_BYTES (256 << 10)		  /* a line takes 30 KiB of it, and a sanitizer several times that */
#define KEPT_BYTES  (LOG_QUEUE_BYTES / 4) /* for what is grave */
#define RETRY_MS    100			  /* of a descriptor that is not to be waited for */

struct lengths {
	size_t fields, line, priority; /* bytes; the priority is the line's beginning */
};

/* A ring of records: lengths, then fields and line. The one being written keeps its room until it is written. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake, written;
	log_send_fn *send;
	size_t (*say_dropped)(char ret[LOG_LINE_MAX], uint64_t lines);
	bool has_thread;
	uint64_t dropped, said; /* of the lines dropped, those that the log does not tell of yet, and that it does */
	size_t first, used;	/* bytes */
	char ring[LOG_QUEUE_BYTES];
	char text[LOG_FIELDS_MAX + LOG_LINE_MAX]; /* the thread's */
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .written = PTHREAD_COND_INITIALIZER};

/* ---- the ring: under the lock ----------------------------------------------------------------------------------- */

static void ring_append(const void *bytes, size_t len)
{
	size_t at = (queue.first + queue.used) % LOG_QUEUE_BYTES;
	size_t here = len < LOG_QUEUE_BYTES - at ? len : LOG_QUEUE_BYTES - at;

	memcpy(queue.ring + at, bytes, here);
	memcpy(queue.ring, (const char *)bytes + here, len - here);
	queue.used += len;
}

static void ring_copy(void *ret, size_t offset, size_t len)
{
	size_t at = (queue.first + offset) % LOG_QUEUE_BYTES;
	size_t here = len < LOG_QUEUE_BYTES - at ? len : LOG_QUEUE_BYTES - at;

	memcpy(ret, queue.ring + at, here);
	memcpy((char *)ret + here, queue.ring, len - here);
}

/* ---- the thread ------------------------------------------------------------------------------------------------- */

bool log_write_all(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) { /* somebody who shares it wants it so; the signer may sleep, not poll */
			struct timespec end = clock_from_now(RETRY_MS);
			pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
			pthread_cond_t never = PTHREAD_COND_INITIALIZER;

			pthread_mutex_lock(&lock);
			(void)pthread_cond_clockwait(&never, &lock, CLOCK_MONOTONIC, &end);
			pthread_mutex_unlock(&lock);
			continue;
		}
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

/* Under the lock, which is let go meanwhile. */
static bool write_text(const struct lengths *lengths)
{
	const char *line = queue.text + lengths->fields;

	pthread_mutex_unlock(&queue.lock);
	bool ok = (lengths->fields && queue.send(queue.text, lengths->fields, line + lengths->priority,
						 lengths->line - lengths->priority)) ||
		  log_write_all(line, lengths->line);
	pthread_mutex_lock(&queue.lock);
	return ok;
}

static void write_first(void)
{
	struct lengths lengths;

	ring_copy(&lengths, 0, sizeof(lengths));
	ring_copy(queue.text, sizeof(lengths), lengths.fields + lengths.line);
	if (!write_text(&lengths))
		queue.dropped++;
	size_t written = sizeof(lengths) + lengths.fields + lengths.line;
	queue.first = (queue.first + written) % LOG_QUEUE_BYTES;
	queue.used -= written;
}

static void tell_dropped(void)
{
	uint64_t dropped = queue.dropped;

	if (!dropped)
		return;
	const struct lengths lengths = {.line = queue.say_dropped(queue.text, dropped)};
	if (!write_text(&lengths))
		return;
	queue.dropped -= dropped;
	queue.said += dropped;
}

static void *thread_main(void *unused)
{
	(void)unused;
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* others get it from the thread that makes them */
	pthread_mutex_lock(&queue.lock);
	queue.has_thread = true;
	for (;;) {
		while (!queue.used) {
			pthread_cond_broadcast(&queue.written);
			pthread_cond_wait(&queue.wake, &queue.lock);
		}
		write_first();
		if (!queue.used)
			tell_dropped();
	}
	return NULL;
}

/* ---- who logs --------------------------------------------------------------------------------------------------- */

bool log_writer_start(size_t (*say_dropped)(char ret[LOG_LINE_MAX], uint64_t lines))
{
	queue.say_dropped = say_dropped;
	if (thread_start(NULL, "log", STACK_BYTES, thread_main, NULL))
		return false;
	pthread_mutex_lock(&queue.lock);
	while (!queue.has_thread) /* the signer is sealed soon, and what begins a thread is not on its list */
		pthread_cond_wait(&queue.written, &queue.lock);
	pthread_mutex_unlock(&queue.lock);
	return true;
}

void log_writer_send_notices(log_send_fn *send)
{
	queue.send = send;
}

bool log_writer_wants_fields(void)
{
	return queue.send != NULL;
}

void log_writer_put(const struct log_entry *entry, bool is_grave)
{
	const struct lengths lengths = {
		.fields = entry->fields_len, .line = entry->len, .priority = entry->priority_len};

	pthread_mutex_lock(&queue.lock);
	if (queue.used + sizeof(lengths) + lengths.fields + lengths.line >
	    LOG_QUEUE_BYTES - (is_grave ? 0 : KEPT_BYTES)) {
		queue.dropped++;
	} else {
		ring_append(&lengths, sizeof(lengths));
		if (lengths.fields)
			ring_append(entry->fields, lengths.fields);
		ring_append(entry->line, lengths.line);
		pthread_cond_signal(&queue.wake);
	}
	pthread_mutex_unlock(&queue.lock);
}

uint64_t log_writer_dropped(void)
{
	pthread_mutex_lock(&queue.lock);
	uint64_t lines = queue.dropped + queue.said;
	pthread_mutex_unlock(&queue.lock);
	return lines;
}

void log_writer_flush(int64_t ms)
{
	struct timespec end = clock_from_now(ms);

	pthread_mutex_lock(&queue.lock);
	while (queue.used && pthread_cond_clockwait(&queue.written, &queue.lock, CLOCK_MONOTONIC, &end) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&queue.lock);
}
