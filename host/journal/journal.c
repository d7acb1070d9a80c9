/* SPDX-License-Identifier: MIT
 *
 * The journal: what is asked on the loop is answered from memory and written by a thread of its own. Runs in
 * golos-watchd.
 */
#include "journal/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "journal/thread.h"

#define JOBS_MAX 8192 /* while the file cannot be written; then the oldest notice goes */

/* ---- to the thread ---------------------------------------------------------------------------------------------- */

static void look_for_lateness(void *context)
{
	struct journal *journal = context;

	pthread_mutex_lock(&journal->lock);
	int64_t left_ms = journal_until_late_ms(journal);
	if (left_ms <= 0)
		journal_note_lateness(journal);
	pthread_mutex_unlock(&journal->lock);
	journal->lateness_is_set = left_ms > 0 && left_ms != INT64_MAX;
	if (journal->lateness_is_set)
		loop_timer_set(journal->lateness, left_ms);
}

/* Under the lock: there is something to do. */
static void wake_thread(struct journal *journal)
{
	pthread_cond_signal(&journal->wake);
	if (journal->stuck) {
		journal_answer_failed(journal);
	} else if (!journal->lateness_is_set) {
		journal->lateness_is_set = true;
		loop_timer_set(journal->lateness, JOURNAL_DEADLINE_MS);
	}
}

static void add_job(struct journal *journal, struct job *job)
{
	pthread_mutex_lock(&journal->lock);
	if (journal->todo.count >= JOBS_MAX)
		jobs_evict_one(&journal->todo);
	jobs_append(&journal->todo, job);
	journal->awaited = journal->awaited || job->recorded || job->read;
	wake_thread(journal);
	pthread_mutex_unlock(&journal->lock);
}

/* ---- store ------------------------------------------------------------------------------------------------------ */

gw_status journal_store_put(struct journal *journal, const char *instance, const char *key, const void *value,
			    size_t len)
{
	if (!journal->open)
		return GW_ERR_UNAVAILABLE;
	if (len > JOURNAL_STORE_VALUE_MAX || strlen(instance) > VALUES_NAME_MAX)
		return GW_ERR_RANGE;
	if (!values_find(journal->values, instance, key) &&
	    values_count(journal->values, instance) >= JOURNAL_STORE_KEYS_MAX)
		return GW_ERR_BUSY;

	pthread_mutex_lock(&journal->lock); /* `pending` and the table are read by the thread */
	struct value *entry = values_set(&journal->values, instance, key, value, len);
	struct job *job = entry->pending;
	if (job) {
		free(job->value);
	} else {
		job = job_new(JOB_PUT, instance);
		job->key = xstrdup(key);
		job->entry = entry;
		jobs_append(&journal->todo, job);
		entry->pending = job;
	}
	job->value = xcalloc(1, len);
	if (len)
		memcpy(job->value, value, len);
	job->len = len;
	wake_thread(journal);
	pthread_mutex_unlock(&journal->lock);
	return GW_OK;
}

gw_status journal_store_get(const struct journal *journal, const char *instance, const char *key, void *ret_value,
			    size_t cap, size_t *ret_len)
{
	const struct value *value = !journal->open || strlen(instance) > VALUES_NAME_MAX
					    ? NULL
					    : values_find(journal->values, instance, key);

	if (!journal->open)
		return GW_ERR_UNAVAILABLE;
	if (!value)
		return GW_ERR_NOT_FOUND;
	if (cap)
		memcpy(ret_value, value->bytes, value->len < cap ? value->len : cap);
	*ret_len = value->len;
	return GW_OK;
}

/* ---- submissions, notices, history ------------------------------------------------------------------------------ */

void journal_record(struct journal *journal, const char *instance, const struct submission_record *record,
		    void (*done)(void *context, bool ok), void *context)
{
	struct job *job = job_new(JOB_RECORD, instance);

	live_keep(&journal->live, instance, record, SUBMISSION_OPEN);
	job->record = *record;
	job->recorded = done;
	job->context = context;
	add_job(journal, job);
}

void journal_progress(struct journal *journal, const char *instance, const struct gw_submission_event *event,
		      bool may_come)
{
	struct job *job = job_new(JOB_PROGRESS, instance);

	if (event->state == GW_SUBMISSION_FAILED || event->state == GW_SUBMISSION_IRREVERSIBLE)
		job->end = may_come ? SUBMISSION_MAY_COME : SUBMISSION_OVER;
	live_end(&journal->live, event->id, job->end);
	job->event = *event;
	job->record.intent = *event->intent;
	job->event.intent = &job->record.intent;
	add_job(journal, job);
}

bool journal_open_submission(const struct journal *journal, const char *instance, struct submission_record *ret)
{
	const struct submission_record *open = live_find(journal->live, instance, SUBMISSION_OPEN);

	if (open)
		*ret = *open;
	return open != NULL;
}

uint32_t journal_alive_until_s(const struct journal *journal, const char *instance)
{
	const struct submission_record *past = live_find(journal->live, instance, SUBMISSION_MAY_COME);

	return past ? past->expiration_s : 0;
}

uint64_t journal_next_id(struct journal *journal)
{
	return journal->next_id++;
}

void journal_notice(struct journal *journal, const struct gw_notice_event *notice)
{
	struct job *job = job_new(JOB_NOTICE, notice->source);

	job->severity = notice->severity;
	job->key = xstrdup(notice->code);
	job->text = xstrdup(notice->text);
	job->fields = xstrdup(notice->fields_json);
	add_job(journal, job);
}

void journal_history(struct journal *journal, const struct journal_query *query,
		     void (*done)(void *context, const char *json), void *context)
{
	struct job *job = job_new(JOB_HISTORY, query->instance ? query->instance : "");

	job->query = *query;
	job->query.instance = query->instance ? job->instance : NULL;
	job->read = done;
	job->context = context;
	add_job(journal, job);
}

void journal_sync(struct journal *journal, void (*done)(void *context, bool ok), void *context)
{
	struct job *job = job_new(JOB_SYNC, "");

	job->recorded = done;
	job->context = context;
	add_job(journal, job);
}

bool journal_is_writable(const struct journal *journal)
{
	return journal->writable;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct journal *journal_new(struct loop *loop, const char *dir, const struct journal_events *events)
{
	struct journal *journal = xcalloc(1, sizeof(*journal));
	struct gw_now now;

	loop_now(&now);
	journal->loop = loop;
	journal->events = *events;
	journal->path = xasprintf("%s/journal.db", dir);
	/* ids of before are not known when the file cannot be read: the clock keeps new ones apart from them */
	journal->next_id = (uint64_t)now.wall_ms / 1000;
	journal->writes_since_prune = JOURNAL_PRUNE_EVERY; /* soon, but not before what is asked first */
	journal->lateness = loop_timer_new(loop, look_for_lateness, journal);
	pthread_mutex_init(&journal->lock, NULL);
	pthread_cond_init(&journal->wake, NULL);
	pthread_cond_init(&journal->read, NULL);
	journal->writable = true;
	journal->has_thread = journal_start_thread(journal);
	if (!journal->has_thread) {
		(void)journal_read_file(journal);
		journal_note_failure(journal, "no thread");
		pthread_mutex_unlock(&journal->lock);
	}
	return journal;
}

bool journal_await_open(struct journal *journal, int64_t ms)
{
	const struct timespec until = clock_from_now(ms);
	int late = 0;

	pthread_mutex_lock(&journal->lock);
	while (!journal->is_read && late != ETIMEDOUT)
		late = pthread_cond_clockwait(&journal->read, &journal->lock, CLOCK_MONOTONIC, &until);
	if (!journal->is_read)
		journal_note_lateness(journal);
	journal->open = journal->is_read;
	pthread_mutex_unlock(&journal->lock);
	return journal->open;
}

bool journal_is_open(const struct journal *journal)
{
	return journal->open;
}

/* False: it does not end, for the disk does not answer. Then it ends with the process. */
static bool end_thread(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	journal->closing = true;
	pthread_cond_signal(&journal->wake);
	pthread_mutex_unlock(&journal->lock);
	if (!journal->has_thread)
		return true;
	const struct timespec until = clock_from_now(JOURNAL_DEADLINE_MS);
	if (pthread_clockjoin_np(journal->thread, NULL, CLOCK_MONOTONIC, &until) == 0)
		return true;
	pthread_mutex_lock(&journal->lock);
	journal->abandoned = true;
	journal_answer_failed(journal);
	pthread_mutex_unlock(&journal->lock);
	return false;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	bool ended = end_thread(journal);
	loop_timer_free(journal->lateness);
	/* who still waits is told, so that he can let go of what he keeps for the answer */
	jobs_answer(&journal->todo);
	jobs_answer(&journal->done);
	if (!ended)
		return; /* the thread may still come back to what it has in hand */
	values_free(&journal->values);
	live_free(&journal->live);
	journal_db_close(journal->db);
	pthread_mutex_destroy(&journal->lock);
	pthread_cond_destroy(&journal->wake);
	pthread_cond_destroy(&journal->read);
	free(journal->path);
	free(journal);
}
