/* SPDX-License-Identifier: MIT
 *
 * Appends to the count file from a thread of its own. So a disk that does not answer holds up the signer for no longer
 * than a deadline. The thread takes no memory and touches nothing but this struct: it lives beside the keys, and under
 * the same seal.
 *
 * Records wait in their order until they are on the disk. A failed write is cut off, and written again with the next
 * put, or after a minute.
 */
#ifndef SIGNER_COUNT_WRITER_H
#define SIGNER_COUNT_WRITER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define COUNT_RECORD_BYTES 128
#define COUNT_PENDING_MAX  128
/* One slot of the chain, as with the journal: a disk that is merely busy is waited for. */
#define COUNT_DEADLINE_MS 3000

struct count_writer {
	int fd; /* opened with O_APPEND; -1: none, and nothing is ever waiting */
	int64_t deadline_ms;
	/* Called when the file begins to fail, with the reason, and when all records are on the disk again (NULL). On
	 * either thread, under the lock: it must not call back. */
	void (*report)(const char *why);
	pthread_t thread;
	bool has_thread;
	int refused; /* errno of every write, which is not tried; 0: it is tried. Before count_writer_start */
	/* shared, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake, tried;
	uint64_t put, written; /* records, since the start; numbers of the last ones */
	uint64_t failed;       /* the last try failed for those up to here; 0: it did not */
	size_t pending_count;  /* put and not written */
	bool trying;	       /* the thread is with the disk */
	bool stuck;	       /* and has been for longer than the deadline */
	bool failing;	       /* reported */
	bool closing;
	char why[128];
	/* the thread's */
	int64_t file_len; /* bytes that are on the disk for certain */
	bool torn;	  /* bytes of a failed write may stand behind them */
	/* shared, and while it tries the thread's */
	uint8_t pending[COUNT_PENDING_MAX * COUNT_RECORD_BYTES];
};

/* fd is borrowed and file_len bytes long. */
void count_writer_init(struct count_writer *writer, int fd, int64_t file_len, void (*report)(const char *why));
/* Starts the thread, with every signal blocked. Returns when the thread has made its last call that the seal
 * forbids. */
NODISCARD gw_status count_writer_start(struct count_writer *writer, struct error *err);
/* Waits for the thread, so never while the disk hangs. */
void count_writer_stop(struct count_writer *writer);

/* Puts `count` records, all of them or none. *ret_place: the number of the last. GW_ERR_BUSY: too many wait already. */
NODISCARD gw_status count_writer_put(struct count_writer *writer, const uint8_t *records, size_t count,
				     uint64_t *ret_place, struct error *err);
/* Tries failed records again now, not only after the minute. */
void count_writer_retry(struct count_writer *writer);
/* Waits until the record of that number is on the disk; false: it failed, or the disk does not answer. A disk that is
 * known not to answer is not waited for again. */
bool count_writer_await(struct count_writer *writer, uint64_t place);
/* Takes back all that was put after `place`, if the thread has not begun with it; false: it has. */
bool count_writer_take_back(struct count_writer *writer, uint64_t place);
bool count_writer_is_stuck(struct count_writer *writer);
bool count_writer_has_written(struct count_writer *writer, uint64_t place);
/* Why the last await was false. */
void count_writer_why(struct count_writer *writer, char *ret, size_t size);

#endif
