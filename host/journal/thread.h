/* SPDX-License-Identifier: MIT
 *
 * The state that the journal's two threads share. journal.c is the loop's side, thread.c the file's; no other file
 * includes this.
 */
#ifndef HOST_JOURNAL_THREAD_H
#define HOST_JOURNAL_THREAD_H

#include <pthread.h>
#include <stdatomic.h>

#include "journal/live.h"
#include "journal/values.h"

#define JOURNAL_PRUNE_EVERY 1000 /* writes */

struct journal {
	struct loop *loop;
	struct journal_events events;
	char *path;
	pthread_t thread;
	bool has_thread;
	/* [loop] only */
	struct value *values;
	struct live_submission *live; /* the newest first */
	uint64_t next_id;
	bool open; /* before that these three are the thread's */
	struct loop_timer *lateness;
	bool lateness_is_set;
	/* shared, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool is_read; /* as far as it can be */
	pthread_cond_t read;
	struct job_list todo, done;
	struct job_list in_hand; /* the thread's; the callbacks are the loop's */
	bool awaited;		 /* somebody waits for what is to do */
	bool stuck;		 /* with the jobs in hand or the reading, past the deadline */
	bool closing, reported_failed;
	bool abandoned;			/* closed while stuck: the thread ends without a word */
	bool failed_now, recovered_now; /* to be reported on the loop */
	char failure[sizeof(((struct error *)0)->text)];
	atomic_bool writable;
	/* the thread's, after the start */
	struct journal_db *db;
	uint32_t writes_since_prune;
};

/* A thread that reads what stands in the file, then works off the jobs. False: there is none. */
bool journal_start_thread(struct journal *journal);
/* The thread's first work: reads the file. The lock is held on return; false: nobody waits for it any more. */
bool journal_read_file(struct journal *journal);

/* ---- under the lock --------------------------------------------------------------------------------------------- */
/* Milliseconds until the oldest job that is not done is late; INT64_MAX: there is none. */
int64_t journal_until_late_ms(const struct journal *journal);
/* Reports to the loop once that writing fails. Its return is reported once as well. */
void journal_note_failure(struct journal *journal, const char *why);
/* The disk has not answered within JOURNAL_DEADLINE_MS. */
void journal_note_lateness(struct journal *journal);
/* Answers false to all that wait for an acknowledgement; a record itself is written later. */
void journal_answer_failed(struct journal *journal);

/* Of deliver.c. Posted to the loop: calls back all that wait for an answer. */
void journal_deliver(void *journal);

#endif
