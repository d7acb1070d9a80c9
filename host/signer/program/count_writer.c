/* SPDX-License-Identifier: MIT
 *
 * Signer.
 */
#include "signer/program/count_writer.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

#define RETRY_S	    60
#define STACK_BYTES (256 << 10) /* a line of the log takes 30 KiB of it, and a sanitizer several times that */

/* Under the lock. */
static void note_failure(struct count_writer *writer, const char *why)
{
	snprintf(writer->why, sizeof(writer->why), "%s", why);
	if (writer->failing)
		return;
	writer->failing = true;
	writer->report(writer->why);
}

static void note_success(struct count_writer *writer)
{
	if (!writer->failing || writer->pending_count)
		return;
	writer->failing = false;
	writer->report(NULL);
}

static void note_stuck(struct count_writer *writer)
{
	char why[64];

	snprintf(why, sizeof(why), "no answer from the disk for %d s", (int)(writer->deadline_ms / 1000));
	writer->stuck = true;
	note_failure(writer, why);
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

/* Without the lock held. Returns errno's number. A record that is not whole would put every later one out of its place:
 * it is cut off before anything is written again. */
static int append(struct count_writer *writer, size_t len)
{
	if (writer->refused)
		return writer->refused;
	if (writer->torn && ftruncate(writer->fd, writer->file_len) != 0)
		return errno;
	writer->torn = true;
	ssize_t n = write(writer->fd, writer->pending, len);

	if (n != (ssize_t)len)
		return n < 0 ? errno : ENOSPC;
	if (fdatasync(writer->fd) != 0)
		return errno;
	writer->torn = false;
	writer->file_len += n;
	return 0;
}

/* Under the lock, which is let go meanwhile. More may be put behind what is being written. */
static void try_to_write(struct count_writer *writer)
{
	size_t count = writer->pending_count;
	uint64_t last = writer->put;

	writer->trying = true;
	pthread_mutex_unlock(&writer->lock);
	int failure = append(writer, count * COUNT_RECORD_BYTES);
	pthread_mutex_lock(&writer->lock);
	writer->trying = writer->stuck = false;
	if (failure) {
		writer->failed = last;
		note_failure(writer, strerror(failure));
	} else {
		writer->pending_count -= count;
		memmove(writer->pending, writer->pending + count * COUNT_RECORD_BYTES,
			writer->pending_count * COUNT_RECORD_BYTES);
		writer->written = last;
		writer->failed = 0;
		note_success(writer);
	}
	pthread_cond_broadcast(&writer->tried);
}

/* Under the lock. After a failure until somebody asks for more or a minute has passed, and until there is something. */
static void await_records(struct count_writer *writer)
{
	struct timespec retry = clock_from_now(RETRY_S * 1000);

	while (!writer->closing && writer->failed && writer->failed == writer->put)
		if (pthread_cond_clockwait(&writer->wake, &writer->lock, CLOCK_MONOTONIC, &retry) == ETIMEDOUT)
			break;
	while (!writer->closing && writer->pending_count == 0)
		pthread_cond_wait(&writer->wake, &writer->lock);
}

static void *thread_main(void *context)
{
	struct count_writer *writer = context;

	pthread_mutex_lock(&writer->lock);
	writer->has_thread = true;
	pthread_cond_broadcast(&writer->tried);
	for (;;) {
		await_records(writer);
		if (writer->closing)
			break;
		try_to_write(writer);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

/* ---- who puts and waits ------------------------------------------------------------------------------------------ */

gw_status count_writer_put(struct count_writer *writer, const uint8_t *records, size_t count, uint64_t *ret_place,
			   struct error *err)
{
	gw_status status = GW_OK;

	pthread_mutex_lock(&writer->lock);
	if (count > COUNT_PENDING_MAX - writer->pending_count) {
		status = error_set(err, GW_ERR_BUSY, "more than %d signatures are not yet in the count file",
				   COUNT_PENDING_MAX);
	} else {
		memcpy(writer->pending + writer->pending_count * COUNT_RECORD_BYTES, records,
		       count * COUNT_RECORD_BYTES);
		writer->pending_count += count;
		writer->put += count;
		*ret_place = writer->put;
		pthread_cond_signal(&writer->wake);
	}
	pthread_mutex_unlock(&writer->lock);
	return status;
}

void count_writer_retry(struct count_writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	writer->failed = 0;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->lock);
}

bool count_writer_await(struct count_writer *writer, uint64_t place)
{
	struct timespec end = clock_from_now(writer->deadline_ms);

	pthread_mutex_lock(&writer->lock);
	while (writer->written < place && writer->failed < place && !writer->stuck)
		if (pthread_cond_clockwait(&writer->tried, &writer->lock, CLOCK_MONOTONIC, &end) == ETIMEDOUT &&
		    writer->written < place && writer->failed < place)
			note_stuck(writer);
	bool written = writer->written >= place;
	pthread_mutex_unlock(&writer->lock);
	return written;
}

bool count_writer_take_back(struct count_writer *writer, uint64_t place)
{
	pthread_mutex_lock(&writer->lock);
	bool can = !writer->trying && writer->written <= place;
	if (can) {
		writer->pending_count -= (size_t)(writer->put - place);
		writer->put = place;
		writer->failed = writer->failed < place ? writer->failed : place;
		writer->stuck = writer->stuck && writer->pending_count; /* else it was the thread that got no time */
	}
	pthread_mutex_unlock(&writer->lock);
	return can;
}

bool count_writer_is_stuck(struct count_writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	bool stuck = writer->stuck;
	pthread_mutex_unlock(&writer->lock);
	return stuck;
}

bool count_writer_has_written(struct count_writer *writer, uint64_t place)
{
	pthread_mutex_lock(&writer->lock);
	bool written = writer->written >= place;
	pthread_mutex_unlock(&writer->lock);
	return written;
}

void count_writer_why(struct count_writer *writer, char *ret, size_t size)
{
	pthread_mutex_lock(&writer->lock);
	snprintf(ret, size, "%s", writer->why);
	pthread_mutex_unlock(&writer->lock);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void count_writer_init(struct count_writer *writer, int fd, int64_t file_len, void (*report)(const char *why))
{
	/* not what is pending: room that may never be needed */
	memset(writer, 0, offsetof(struct count_writer, pending));
	writer->fd = fd;
	writer->file_len = file_len;
	writer->deadline_ms = COUNT_DEADLINE_MS;
	writer->report = report;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->wake, NULL);
	pthread_cond_init(&writer->tried, NULL);
}

gw_status count_writer_start(struct count_writer *writer, struct error *err)
{
	int failure = thread_start(&writer->thread, "count", STACK_BYTES, thread_main, writer);

	if (failure)
		return error_set(err, GW_ERR_SYSTEM, "the count file's thread: %s", strerror(failure));
	pthread_mutex_lock(&writer->lock);
	while (!writer->has_thread)
		pthread_cond_wait(&writer->tried, &writer->lock);
	pthread_mutex_unlock(&writer->lock);
	return GW_OK;
}

void count_writer_stop(struct count_writer *writer)
{
	if (!writer->has_thread)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->closing = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	writer->has_thread = false;
}
