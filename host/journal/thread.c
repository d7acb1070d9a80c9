/* SPDX-License-Identifier: MIT
 *
 * The journal's thread: what is read of the file, and what is written. Runs in golos-watchd.
 */
#include "journal/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"

#define RETRY_S	  60
#define LINGER_MS 20 /* what nobody waits for may be joined by more, and by a record, for one sync of all */

/* ---- how it stands with the disk: under the lock ---------------------------------------------------------------- */

void journal_note_failure(struct journal *journal, const char *why)
{
	journal->writable = false;
	if (journal->reported_failed)
		return;
	journal->reported_failed = journal->failed_now = true;
	snprintf(journal->failure, sizeof(journal->failure), "%s: %s", journal->path, why);
	loop_post(journal->loop, journal_deliver, journal);
}

/* A reading for people may wait for its turn; it is late only when the disk has it in hand. */
static const struct job *oldest_write(const struct journal *journal)
{
	const struct job *job = journal->todo.first;

	while (job && job->type == JOB_HISTORY)
		job = job->next;
	return job;
}

int64_t journal_until_late_ms(const struct journal *journal)
{
	const struct job *oldest = journal->in_hand.first ? journal->in_hand.first : oldest_write(journal);

	return oldest ? oldest->requested_ms + JOURNAL_DEADLINE_MS - loop_mono_ms() : INT64_MAX;
}

/* Takes what is to be called back from a job that stays where it is, to be called with a failure. */
static void let_go(struct journal *journal, struct job *job)
{
	if (!job->recorded && !job->read)
		return;
	struct job *answer = job_new(job->type, job->instance);

	answer->recorded = job->recorded;
	answer->read = job->read;
	answer->context = job->context;
	job->recorded = NULL;
	job->read = NULL;
	jobs_append(&journal->done, answer);
}

void journal_answer_failed(struct journal *journal)
{
	for (struct job *job = journal->in_hand.first; job; job = job->next)
		let_go(journal, job);
	for (struct job *job = journal->todo.first, *next; job; job = next) {
		next = job->next;
		if (job->type == JOB_HISTORY || job->type == JOB_SYNC)
			jobs_append(&journal->done, jobs_unlink(&journal->todo, job));
		else
			let_go(journal, job);
	}
	if (journal->done.first)
		loop_post(journal->loop, journal_deliver, journal);
}

void journal_note_lateness(struct journal *journal)
{
	char why[64];

	snprintf(why, sizeof(why), "no answer from the disk for %d s", JOURNAL_DEADLINE_MS / 1000);
	journal->stuck = !journal->is_read || journal->in_hand.first;
	journal_note_failure(journal, why);
	journal_answer_failed(journal);
}

static void note_success(struct journal *journal)
{
	if (journal_until_late_ms(journal) <= 0)
		return; /* what was kept waiting comes first */
	journal->writable = true;
	if (!journal->reported_failed)
		return;
	journal->reported_failed = false;
	journal->recovered_now = true;
	loop_post(journal->loop, journal_deliver, journal);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static gw_status work_off(struct journal *journal, struct job *job, struct error *err)
{
	struct journal_notice_row row = {.wall_ms = job->wall_ms,
					 .severity = job->severity,
					 .source = job->instance,
					 .code = job->key,
					 .text = job->text,
					 .fields_json = job->fields};

	switch (job->type) {
	case JOB_PUT:
		return journal_db_put(journal->db, job->instance, job->key, job->value, job->len, err);
	case JOB_RECORD:
		return journal_db_record(journal->db, job->instance, job->wall_ms, &job->record, err);
	case JOB_PROGRESS:
		return journal_db_progress(journal->db, job->instance, &job->event, job->end, err);
	case JOB_NOTICE:
		return journal_db_notice(journal->db, &row, err);
	case JOB_HISTORY:
		return journal_db_history(journal->db, &job->query, &job->answer, err);
	case JOB_SYNC:
		return GW_OK;
	}
	return GW_ERR_INTERNAL;
}

/* Sets a damaged file aside, so that it can be looked at, and a new one begins. Returns its name; the caller frees. */
static char *set_aside(const struct journal *journal)
{
	char *aside = xasprintf("%s.damaged-%lld", journal->path, (long long)(loop_wall_ms() / 1000));
	static const char *const tails[] = {"", "-wal", "-shm"};

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		char *from = xasprintf("%s%s", journal->path, tails[i]);
		char *to = xasprintf("%s%s", aside, tails[i]);

		(void)rename(from, to);
		free(from);
		free(to);
	}
	return aside;
}

/* To SQLite it is a new one, but somebody has emptied it: each that we make has its first page, or is gone. */
static bool is_emptied(const struct journal *journal)
{
	struct stat file;

	return stat(journal->path, &file) == 0 && file.st_size == 0;
}

static gw_status open_or_make(struct journal *journal, struct error *err)
{
	gw_status status = journal_db_open(&journal->db, journal->path, err);

	if (status && is_emptied(journal)) /* the disk is full; what it leaves behind is not to look like a loss */
		(void)unlink(journal->path);
	return status;
}

static gw_status open_file(struct journal *journal, struct error *err)
{
	gw_status status = is_emptied(journal) ? error_set(err, GW_ERR_SYNTAX, "the journal is empty, 0 bytes")
					       : open_or_make(journal, err);

	if (status != GW_ERR_SYNTAX)
		return status;
	struct error again = {0};
	char *aside = set_aside(journal), *why = xstrdup(err->text);
	if (open_or_make(journal, &again) == GW_OK) {
		error_set(err, status, "%s: set aside as %s, and a new one is begun: what it held is lost, a hold too",
			  why, aside);
		status = GW_OK;
	}
	free(why);
	free(aside);
	return status;
}

static gw_status work_off_all(struct journal *journal, struct error *err)
{
	gw_status status = journal_db_begin(journal->db, err);

	for (struct job *job = journal->in_hand.first; job && !status; job = job->next)
		status = work_off(journal, job, err);
	return status ? status : journal_db_commit(journal->db, err);
}

static gw_status tidy(struct journal *journal, struct error *err)
{
	if (journal->writes_since_prune < JOURNAL_PRUNE_EVERY)
		return journal_db_tidy(journal->db, err);
	journal->writes_since_prune = 0;
	return journal_db_prune(journal->db, loop_wall_ms(), JOURNAL_KEEP_DAYS, JOURNAL_KEEP_BYTES, err);
}

/* Does the jobs in hand, without the lock held: all of them with one sync, or none. Tidying takes time, so it is left
 * to one of those that nobody waits for: each record is followed by some. */
static gw_status try_jobs(struct journal *journal, bool awaited, struct error *err)
{
	gw_status status = journal->db ? GW_OK : open_file(journal, err);

	if (!status)
		status = work_off_all(journal, err);
	journal->writes_since_prune += (uint32_t)journal->in_hand.count;
	struct error ignored; /* what is written is written: if it means anything, the next write fails too */
	if (status || (!awaited && tidy(journal, &ignored))) {
		/* whatever is wrong with the file, it is opened anew before the next try; what was not committed is
		 * gone */
		journal_db_close(journal->db);
		journal->db = NULL;
	}
	return status;
}

/* Under the lock. Takes all jobs that write. Readings for people come after them, one at a time, so that many readers
 * keep no record waiting. Returns whether somebody waits. A value's entry must not point at a job that is being
 * written. */
static bool take_in_hand(struct journal *journal)
{
	bool reads = !oldest_write(journal), awaited = reads;

	for (struct job *job = journal->todo.first, *next; job && !(reads && journal->in_hand.first); job = next) {
		next = job->next;
		if (!reads && job->type == JOB_HISTORY)
			continue;
		jobs_append(&journal->in_hand, jobs_unlink(&journal->todo, job));
		awaited = awaited || job->recorded;
		if (reads)
			job->requested_ms = loop_mono_ms();
		if (job->type == JOB_PUT && job->entry->pending == job)
			job->entry->pending = NULL;
	}
	journal->awaited = journal->todo.first != NULL;
	return awaited;
}

/* Under the lock: before what came meanwhile; a value that has been replaced since need not be written any more. */
static void put_back(struct journal *journal)
{
	for (struct job *job = journal->in_hand.first, *next; job; job = next) {
		next = job->next;
		if (job->type == JOB_PUT && job->entry->pending)
			job_free(jobs_unlink(&journal->in_hand, job));
		else if (job->type == JOB_PUT)
			job->entry->pending = job;
	}
	jobs_move(&journal->in_hand, &journal->todo);
	jobs_move(&journal->todo, &journal->in_hand);
}

/* Under the lock: waits until there is something to do, and a little for more. */
static void await_jobs(struct journal *journal)
{
	while (!journal->todo.first && !journal->closing)
		pthread_cond_wait(&journal->wake, &journal->lock);
	const struct timespec until = clock_from_now(LINGER_MS);
	while (!journal->awaited && !journal->closing)
		if (pthread_cond_clockwait(&journal->wake, &journal->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
			break;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void load_value(void *context, const char *instance, const char *key, const void *value, size_t len)
{
	struct journal *journal = context;

	if (len <= JOURNAL_STORE_VALUE_MAX && strlen(instance) <= VALUES_NAME_MAX)
		values_set(&journal->values, instance, key, value, len);
}

static void load_submission(void *context, const char *instance, const struct submission_record *record,
			    enum submission_end end)
{
	struct journal *journal = context;

	live_keep(&journal->live, instance, record, end);
}

static gw_status load(struct journal *journal, struct error *err)
{
	uint64_t last_id = 0;

	if (open_file(journal, err) || journal_db_each_value(journal->db, load_value, journal, err) ||
	    journal_db_each_submission(journal->db, load_submission, journal, err) ||
	    journal_db_last_id(journal->db, &last_id, err))
		return err->status;
	journal->next_id = last_id + 1;
	return journal_db_is_read_only(journal->db) ? error_set(err, GW_ERR_SYSTEM, "its disk is read-only") : GW_OK;
}

bool journal_read_file(struct journal *journal)
{
	struct error err = {0};
	gw_status status = load(journal, &err);

	pthread_mutex_lock(&journal->lock);
	if (journal->abandoned)
		return false;
	journal->is_read = true;
	journal->stuck = false;
	if (status) {
		journal_db_close(journal->db);
		journal->db = NULL;
	}
	if (err.text[0]) {
		journal->reported_failed = false; /* its reason says more than that the disk was late */
		journal_note_failure(journal, err.text);
		journal->writable = status == GW_OK; /* a damaged file was set aside, and a new one is begun */
	} else {
		note_success(journal);
	}
	pthread_cond_signal(&journal->read);
	loop_post(journal->loop, journal_deliver, journal);
	return true;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void *thread_main(void *context)
{
	struct journal *journal = context;
	struct error err;

	for (bool goes_on = journal_read_file(journal); goes_on;) {
		await_jobs(journal);
		bool awaited = take_in_hand(journal);
		if (!journal->in_hand.first)
			break;
		bool writes = journal->in_hand.first->type != JOB_HISTORY; /* a reading is taken alone */
		pthread_mutex_unlock(&journal->lock);
		err.text[0] = 0;
		bool ok = try_jobs(journal, awaited, &err) == GW_OK;
		pthread_mutex_lock(&journal->lock);
		if (journal->abandoned)
			break;
		journal->stuck = false;
		if (ok) {
			for (struct job *job = journal->in_hand.first; job; job = job->next)
				job->ok = true;
			jobs_move(&journal->done, &journal->in_hand);
			if (writes) /* a disk that is read-only can be read all the same */
				note_success(journal);
			loop_post(journal->loop, journal_deliver, journal);
			continue;
		}
		journal_note_failure(journal, err.text);
		put_back(journal);
		if (journal->closing)
			break;
		journal_answer_failed(journal);
		const struct timespec until = clock_from_now(RETRY_S * 1000);
		pthread_cond_clockwait(&journal->wake, &journal->lock, CLOCK_MONOTONIC, &until);
	}
	pthread_mutex_unlock(&journal->lock);
	return NULL;
}

bool journal_start_thread(struct journal *journal)
{
	return thread_start(&journal->thread, "journal", 0, thread_main, journal) == 0;
}
