/* SPDX-License-Identifier: MIT
 *
 * The journal: notices, submissions with their outcome, the plugins' store. SQLite in the host's room of state_dir,
 * WAL, full sync, written by a thread of its own, in the order of the calls. docs/design.md "Journal". All functions
 * are [loop]; callbacks come on the loop.
 *
 * What is acknowledged survives kill -9. A journal that cannot be opened or written, or that keeps anything waiting for
 * JOURNAL_DEADLINE_MS, is said once (`failed`): who waits for an acknowledgement is told that there is none, and what
 * was to be written stays in its place, in its order. It is tried again each minute and with each new call; once all of
 * it is on the disk it is back (`recovered`).
 *
 * What stands in it is read by the thread as well. Until that is done nobody knows of a hold, or of a transaction in
 * flight, so nobody may act: the store and the submissions are not to be asked before journal_is_open. One that cannot
 * be read is open too, and empty: no answer will mend it, and a person is told.
 */
#ifndef HOST_JOURNAL_H
#define HOST_JOURNAL_H

#include "loop/loop.h"
#include "submission/submission.h"

#define JOURNAL_STORE_VALUE_MAX 16384
#define JOURNAL_STORE_KEYS_MAX	64 /* per instance */
/* One slot of the chain. A switch that waits longer for its record loses a block more to the disk; one that waits less
 * spends the only switch without a journal on a disk that was merely busy. */
#define JOURNAL_DEADLINE_MS 3000
#define JOURNAL_KEEP_DAYS   90
#define JOURNAL_KEEP_BYTES  (64u << 20)

struct journal;

struct journal_events {
	void *context;
	void (*opened)(void *context); /* once it is, after a journal_await_open that was in vain */
	void (*failed)(void *context, const char *why);
	void (*recovered)(void *context);
};

/* Begins to open or create dir/journal.db, and to read the store and the submissions. A damaged file is set aside as
 * journal.db.damaged-TIME and said through `failed`, then a new one is begun. Never NULL: a journal that cannot be
 * opened works in memory and says so through `failed` (once, from the loop). */
struct journal *journal_new(struct loop *loop, const char *dir, const struct journal_events *events);
/* Waits for it to be open. False: the disk does not answer within that time; that is said through `failed`, and the
 * rest comes with `opened`. */
bool journal_await_open(struct journal *journal, int64_t ms);
bool journal_is_open(const struct journal *journal);
/* Writes what is queued, then closes; who still waits is told. A disk that does not answer is waited for
 * JOURNAL_DEADLINE_MS, then what it has not taken is lost. */
void journal_close(struct journal *journal);
bool journal_is_writable(const struct journal *journal);

/* ---- store: answered from memory; GW_ERR_UNAVAILABLE: not open yet ---------------------------------------------- */
NODISCARD gw_status journal_store_put(struct journal *journal, const char *instance, const char *key, const void *value,
				      size_t len);
NODISCARD gw_status journal_store_get(const struct journal *journal, const char *instance, const char *key,
				      void *ret_value, size_t cap, size_t *ret_len);

/* Calls done(ok) once all that was put before is on the disk; false: it cannot be written, or not in time. Never from
 * inside the call. */
void journal_sync(struct journal *journal, void (*done)(void *context, bool ok), void *context);

/* ---- submissions ------------------------------------------------------------------------------------------------ */
/* Syncs the record of an instance's submission (a new one, or the same one with its marks changed), then calls
 * done(ok); false: it cannot be written, or not in time, and will be written when it can. Never from inside the call.
 */
void journal_record(struct journal *journal, const char *instance, const struct submission_record *record,
		    void (*done)(void *context, bool ok), void *context);
/* Notes a progress event; a state that ends it closes the record. may_come: it ends without a proof that no block can
 * hold it any more. */
void journal_progress(struct journal *journal, const char *instance, const struct gw_submission_event *event,
		      bool may_come);
/* The record of an instance's newest submission that is not over: of this process, or of one before it. */
bool journal_open_submission(const struct journal *journal, const char *instance, struct submission_record *ret);
/* Chain time until which one of the instance's that is over may still come into a block; 0: none can. Of this process,
 * or of one before it. */
uint32_t journal_alive_until_s(const struct journal *journal, const char *instance);
/* An id that no submission had before. */
uint64_t journal_next_id(struct journal *journal);

/* ---- notices ---------------------------------------------------------------------------------------------------- */
void journal_notice(struct journal *journal, const struct gw_notice_event *notice);

/* ---- history ---------------------------------------------------------------------------------------------------- */
struct journal_query {
	int64_t since_ms;     /* wall time; 0: all */
	uint32_t limit;	      /* 1..10000, newest first */
	const char *instance; /* NULL: all */
};
/* Reads in the journal's thread, then calls done with a JSON array of objects {time, kind, instance, …}; NULL: failed.
 */
void journal_history(struct journal *journal, const struct journal_query *query,
		     void (*done)(void *context, const char *json), void *context);

#endif
