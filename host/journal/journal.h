/* SPDX-License-Identifier: MIT
 *
 * The journal: notices, submissions with their outcome, the plugins' store. SQLite in the host's room of state_dir,
 * WAL, full sync, written by a thread of its own, in the order of the calls. docs/design.md "Journal". All functions
 * are [loop]; callbacks come on the loop.
 *
 * Acknowledged data survives kill -9. The journal fails when it cannot be opened or written, or when a job waits for
 * longer than JOURNAL_DEADLINE_MS (ms). A failure is reported once (`failed`), and each pending acknowledgement is
 * answered with false. Unwritten jobs stay queued, in their order. Writing is tried again each minute and with each new
 * call. Once all jobs are on the disk, `recovered` is reported.
 *
 * The thread reads the file as well. Until then a hold or a transaction in flight may be unknown, so nobody may act.
 * Store and submissions may be read only once journal_is_open. A journal that cannot be read counts as open, and empty:
 * waiting mends nothing, and `failed` reports it.
 */
#ifndef HOST_JOURNAL_H
#define HOST_JOURNAL_H

#include "loop/loop.h"
#include "submission/submission.h"

#define JOURNAL_STORE_VALUE_MAX 16384
#define JOURNAL_STORE_KEYS_MAX	64 /* per instance */
/* One slot of the chain. A switch that waits longer for its record loses one more block to the disk. A shorter wait
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
 * journal.db.damaged-TIME and reported through `failed`; then a new one is begun. Never NULL: a journal that cannot be
 * opened works in memory, and reports that through `failed` (once, from the loop). */
struct journal *journal_new(struct loop *loop, const char *dir, const struct journal_events *events);
/* Waits for the journal to be open. False: the disk does not answer within `ms`. That is reported through `failed`, and
 * `opened` follows when the disk answers. */
bool journal_await_open(struct journal *journal, int64_t ms);
bool journal_is_open(const struct journal *journal);
/* Writes the queued jobs, then closes; all that still wait are answered. The wait for the disk lasts
 * JOURNAL_DEADLINE_MS; jobs that are not written by then are lost. */
void journal_close(struct journal *journal);
bool journal_is_writable(const struct journal *journal);

/* ---- store: answered from memory; GW_ERR_UNAVAILABLE: not open yet ---------------------------------------------- */
NODISCARD gw_status journal_store_put(struct journal *journal, const char *instance, const char *key, const void *value,
				      size_t len);
NODISCARD gw_status journal_store_get(const struct journal *journal, const char *instance, const char *key,
				      void *ret_value, size_t cap, size_t *ret_len);

/* Calls done(ok) once all values that were put before are on the disk; false: they cannot be written, or not in time.
 * Never from inside the call. */
void journal_sync(struct journal *journal, void (*done)(void *context, bool ok), void *context);

/* ---- submissions ------------------------------------------------------------------------------------------------ */
/* Syncs the record of an instance's submission (a new one, or the same one with its marks changed), then calls
 * done(ok). False: the record cannot be written, or not in time, and will be written once the disk allows it. Never
 * from inside the call.
 */
void journal_record(struct journal *journal, const char *instance, const struct submission_record *record,
		    void (*done)(void *context, bool ok), void *context);
/* Notes a progress event; a state that ends the submission closes its record. may_come: a block may still hold the
 * transaction, for all that is known. */
void journal_progress(struct journal *journal, const char *instance, const struct gw_submission_event *event,
		      bool may_come);
/* The record of an instance's newest submission that is not over: of this process, or of one before it. */
bool journal_open_submission(const struct journal *journal, const char *instance, struct submission_record *ret);
/* Chain time (s) until which a block may still hold an ended submission of the instance; 0: none can. Of this process,
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
