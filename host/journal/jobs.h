/* SPDX-License-Identifier: MIT
 *
 * Jobs of the loop for the journal's thread, and lists of them. Nothing here locks: journal.c does.
 */
#ifndef HOST_JOURNAL_JOBS_H
#define HOST_JOURNAL_JOBS_H

#include "journal/db.h"

enum job_type { JOB_PUT, JOB_RECORD, JOB_PROGRESS, JOB_NOTICE, JOB_HISTORY, JOB_SYNC };

/* Something to write, or to read. */
struct job {
	enum job_type type;
	struct job *prev, *next;
	char *instance;
	char *key;    /* PUT; code of a NOTICE */
	char *text;   /* NOTICE; instance filter of HISTORY lies in `instance` */
	char *fields; /* NOTICE */
	void *value;  /* PUT */
	size_t len;
	struct value *entry; /* PUT */
	int64_t wall_ms;
	int64_t requested_ms; /* monotonic */
	int32_t severity;
	struct submission_record record; /* RECORD; of a PROGRESS its intent */
	struct gw_submission_event event;
	enum submission_end end; /* PROGRESS */
	struct journal_query query;
	/* The answer, for the loop. */
	void (*recorded)(void *context, bool ok);
	void (*read)(void *context, const char *json);
	void *context;
	bool ok;
	char *answer;
};

struct job_list {
	struct job *first; /* utlist's */
	size_t count;
};

/* Asked now. Its strings are its own; the caller owns it until it is in a list. */
struct job *job_new(enum job_type type, const char *instance);
void job_free(struct job *job); /* NULL is fine */

void jobs_append(struct job_list *list, struct job *job);
struct job *jobs_unlink(struct job_list *list, struct job *job); /* returns it */
/* All of `from` goes to the end of `to`. */
void jobs_move(struct job_list *to, struct job_list *from);
/* Frees the oldest notice or progress event, on which nothing else depends. */
void jobs_evict_one(struct job_list *list);
/* Calls back who waits, and frees them all. On the loop. */
void jobs_answer(struct job_list *list);

#endif
