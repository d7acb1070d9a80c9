/* SPDX-License-Identifier: MIT
 * The journal: what is asked on the loop is answered from memory and written by a thread of its own. Runs in
 * golos-watchd. */
#include "journal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "journal_jobs.h"
#include "journal_live.h"
#include "journal_values.h"

#define RETRY_S	    60
#define JOBS_MAX    8192 /* while the file cannot be written; then the oldest notice goes */
#define PRUNE_EVERY 1000 /* writes */
#define LINGER_MS   20	 /* what nobody waits for may be joined by more, and by a record, for one sync of all */

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
	bool is_watched; /* `lateness` is set */
	/* shared, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool is_read; /* as far as it can be */
	pthread_cond_t read;
	struct job_list todo, done;
	struct job_list in_hand; /* the thread's; the callbacks are the loop's */
	bool awaited;		 /* somebody waits for what is to do */
	bool stuck;		 /* with the jobs in hand or the reading, past the deadline */
	bool closing, told_failed;
	bool abandoned;			/* closed while stuck: the thread ends without a word */
	bool failed_now, recovered_now; /* to be told on the loop */
	char failure[sizeof(((struct error *)0)->text)];
	atomic_bool writable;
	/* the thread's, after the start */
	struct journal_db *db;
	uint32_t writes_since_prune;
};

static int64_t wall_now_ms(void)
{
	struct gw_now now;

	loop_now(&now);
	return now.wall_ms;
}

static int64_t mono_now_ms(void)
{
	struct gw_now now;

	loop_now(&now);
	return now.mono_ms;
}

/* ---- back to the loop ------------------------------------------------------------------------------------------- */

static void deliver(void *context)
{
	struct journal *journal = context;
	struct job_list done;
	char failure[sizeof(journal->failure)];

	pthread_mutex_lock(&journal->lock);
	bool failed = journal->failed_now;
	bool recovered = journal->recovered_now;
	memcpy(failure, journal->failure, sizeof(failure));
	journal->failed_now = journal->recovered_now = false;
	jobs_init(&done);
	jobs_move(&done, &journal->done);
	bool opens = journal->is_read && !journal->open;
	journal->open = journal->is_read;
	pthread_mutex_unlock(&journal->lock);

	if (opens)
		journal->events.opened(journal->events.context);
	if (failed)
		journal->events.failed(journal->events.context, failure);
	if (recovered)
		journal->events.recovered(journal->events.context);
	jobs_answer(&done);
}

/* ---- the thread ------------------------------------------------------------------------------------------------- */

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
	char *aside = xasprintf("%s.damaged-%lld", journal->path, (long long)(wall_now_ms() / 1000));
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

static gw_status open_file(struct journal *journal, struct error *err)
{
	gw_status r = journal_db_open(&journal->db, journal->path, err);

	if (r != GW_ERR_SYNTAX)
		return r;
	struct error again = {0};
	char *aside = set_aside(journal), *why = xstrdup(err->text);
	if (journal_db_open(&journal->db, journal->path, &again) == GW_OK) {
		error_set(err, r, "%s: set aside as %s, and a new one is begun: what it held is lost, a hold too", why,
			  aside);
		r = GW_OK;
	}
	free(why);
	free(aside);
	return r;
}

/* Under the lock. The loop is told once when writing begins to fail, and once when it is back. */
static void note_failure(struct journal *journal, const char *why)
{
	journal->writable = false;
	if (journal->told_failed)
		return;
	journal->told_failed = journal->failed_now = true;
	snprintf(journal->failure, sizeof(journal->failure), "%s: %s", journal->path, why);
	loop_post(journal->loop, deliver, journal);
}

/* Under the lock: milliseconds until the oldest that is not done is late; INT64_MAX: there is none. */
static int64_t until_late_ms(const struct journal *journal)
{
	const struct job *oldest = journal->in_hand.first ? journal->in_hand.first : journal->todo.first;

	return oldest ? oldest->asked_ms + JOURNAL_DEADLINE_MS - mono_now_ms() : INT64_MAX;
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

/* Under the lock. Who waits for an acknowledgement is not kept waiting; a record itself is written later. */
static void answer_failed(struct journal *journal)
{
	struct job **at = &journal->todo.first;

	for (struct job *job = journal->in_hand.first; job; job = job->next)
		let_go(journal, job);
	for (struct job *job; (job = *at);) {
		if (job->type == JOB_HISTORY || job->type == JOB_SYNC) {
			jobs_append(&journal->done, jobs_unlink(&journal->todo, at));
			continue;
		}
		let_go(journal, job);
		at = &job->next;
	}
	if (journal->done.first)
		loop_post(journal->loop, deliver, journal);
}

/* Under the lock: the disk keeps what is asked of it waiting. */
static void note_lateness(struct journal *journal)
{
	char why[64];

	snprintf(why, sizeof(why), "no answer from the disk for %d s", JOURNAL_DEADLINE_MS / 1000);
	journal->stuck = !journal->is_read || journal->in_hand.first;
	note_failure(journal, why);
	answer_failed(journal);
}

static void note_success(struct journal *journal)
{
	if (until_late_ms(journal) <= 0)
		return; /* what was kept waiting comes first */
	journal->writable = true;
	if (!journal->told_failed)
		return;
	journal->told_failed = false;
	journal->recovered_now = true;
	loop_post(journal->loop, deliver, journal);
}

static void wait_for_retry(struct journal *journal)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += RETRY_S;
	answer_failed(journal);
	pthread_cond_timedwait(&journal->wake, &journal->lock, &until);
}

static gw_status work_off_all(struct journal *journal, struct error *err)
{
	gw_status r = journal_db_begin(journal->db, err);

	for (struct job *job = journal->in_hand.first; job && !r; job = job->next)
		r = work_off(journal, job, err);
	return r ? r : journal_db_commit(journal->db, err);
}

static gw_status tidy(struct journal *journal, struct error *err)
{
	if (journal->writes_since_prune < PRUNE_EVERY)
		return journal_db_tidy(journal->db, err);
	journal->writes_since_prune = 0;
	return journal_db_prune(journal->db, wall_now_ms(), JOURNAL_KEEP_DAYS, JOURNAL_KEEP_BYTES, err);
}

/* Does the jobs in hand, without the lock held: all of them with one sync, or none. Tidying takes time, so it is left
 * to one of those that nobody waits for: each record is followed by some. */
static gw_status try_jobs(struct journal *journal, bool awaited, struct error *err)
{
	gw_status r = journal->db ? GW_OK : open_file(journal, err);

	if (!r)
		r = work_off_all(journal, err);
	journal->writes_since_prune += (uint32_t)journal->in_hand.count;
	struct error ignored; /* what is written is written: if it means anything, the next write fails too */
	if (r || (!awaited && tidy(journal, &ignored))) {
		/* whatever is wrong with the file, it is opened anew before the next try; what was not committed is
		 * gone */
		journal_db_close(journal->db);
		journal->db = NULL;
	}
	return r;
}

/* Under the lock. A value's entry must not point at a job that is being written. */
static void take_in_hand(struct journal *journal)
{
	jobs_move(&journal->in_hand, &journal->todo);
	journal->awaited = false;
	for (struct job *job = journal->in_hand.first; job; job = job->next)
		if (job->type == JOB_PUT && job->entry->pending == job)
			job->entry->pending = NULL;
}

/* Under the lock: before what came meanwhile; a value that has been replaced since need not be written any more. */
static void put_back(struct journal *journal)
{
	for (struct job **at = &journal->in_hand.first; *at;) {
		struct job *job = *at;

		if (job->type == JOB_PUT && job->entry->pending) {
			job_free(jobs_unlink(&journal->in_hand, at));
			continue;
		}
		if (job->type == JOB_PUT)
			job->entry->pending = job;
		at = &job->next;
	}
	jobs_move(&journal->in_hand, &journal->todo);
	jobs_move(&journal->todo, &journal->in_hand);
}

/* Under the lock: waits until there is something to do, and a little for more. */
static void await_jobs(struct journal *journal)
{
	struct timespec until;

	while (!journal->todo.first && !journal->closing)
		pthread_cond_wait(&journal->wake, &journal->lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LINGER_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!journal->awaited && !journal->closing)
		if (pthread_cond_clockwait(&journal->wake, &journal->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
			break;
}

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
	gw_status r = open_file(journal, err);

	if (!r)
		r = journal_db_each_value(journal->db, load_value, journal, err);
	if (!r)
		r = journal_db_each_submission(journal->db, load_submission, journal, err);
	if (!r)
		r = journal_db_last_id(journal->db, &last_id, err);
	if (!r)
		journal->next_id = last_id + 1;
	return r;
}

/* What is written is read first. The lock is held when it returns; false: nobody waits for it any more. */
static bool read_file(struct journal *journal)
{
	struct error err = {0};
	gw_status r = load(journal, &err);

	pthread_mutex_lock(&journal->lock);
	if (journal->abandoned)
		return false;
	journal->is_read = true;
	journal->stuck = false;
	if (r) {
		journal_db_close(journal->db);
		journal->db = NULL;
	}
	if (err.text[0]) {
		journal->told_failed = false; /* it says more than that the disk was late */
		note_failure(journal, err.text);
		journal->writable = r == GW_OK; /* a damaged file was set aside, and a new one is begun */
	} else {
		note_success(journal);
	}
	pthread_cond_signal(&journal->read);
	loop_post(journal->loop, deliver, journal);
	return true;
}

static void *thread_main(void *context)
{
	struct journal *journal = context;
	struct error err;

	for (bool goes_on = read_file(journal); goes_on;) {
		await_jobs(journal);
		bool awaited = journal->awaited;
		take_in_hand(journal);
		if (!journal->in_hand.first)
			break;
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
			note_success(journal);
			loop_post(journal->loop, deliver, journal);
			continue;
		}
		note_failure(journal, err.text);
		put_back(journal);
		if (journal->closing)
			break;
		wait_for_retry(journal);
	}
	pthread_mutex_unlock(&journal->lock);
	return NULL;
}

/* ---- to the thread ---------------------------------------------------------------------------------------------- */

static void look_for_lateness(void *context)
{
	struct journal *journal = context;

	pthread_mutex_lock(&journal->lock);
	int64_t left_ms = until_late_ms(journal);
	if (left_ms <= 0)
		note_lateness(journal);
	pthread_mutex_unlock(&journal->lock);
	journal->is_watched = left_ms > 0 && left_ms != INT64_MAX;
	if (journal->is_watched)
		loop_timer_set(journal->lateness, left_ms);
}

/* Under the lock: there is something to do. */
static void wake_thread(struct journal *journal)
{
	pthread_cond_signal(&journal->wake);
	if (journal->stuck) {
		answer_failed(journal);
	} else if (!journal->is_watched) {
		journal->is_watched = true;
		loop_timer_set(journal->lateness, JOURNAL_DEADLINE_MS);
	}
}

static void add_job(struct journal *journal, struct job *job)
{
	pthread_mutex_lock(&journal->lock);
	if (journal->todo.count >= JOBS_MAX)
		jobs_spare_one(&journal->todo);
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

/* A thread that takes no signals: they are the loop's. */
static bool start_thread(struct journal *journal)
{
	pthread_attr_t attributes;
	sigset_t all_signals;

	sigfillset(&all_signals);
	pthread_attr_init(&attributes);
	pthread_attr_setsigmask_np(&attributes, &all_signals);
	bool started = pthread_create(&journal->thread, &attributes, thread_main, journal) == 0;
	pthread_attr_destroy(&attributes);
	if (started)
		(void)pthread_setname_np(journal->thread, "journal"); /* for top -H, and for who looks why it waits */
	return started;
}

struct journal *journal_new(struct loop *loop, const char *dir, const struct journal_events *events)
{
	struct journal *journal = xcalloc(1, sizeof(*journal));

	journal->loop = loop;
	journal->events = *events;
	journal->path = xasprintf("%s/journal.db", dir);
	/* ids of before are not known when the file cannot be read: the clock keeps new ones apart from them */
	journal->next_id = (uint64_t)wall_now_ms() / 1000;
	journal->writes_since_prune = PRUNE_EVERY; /* soon, but not before what is asked first */
	journal->lateness = loop_timer_new(loop, look_for_lateness, journal);
	jobs_init(&journal->todo);
	jobs_init(&journal->done);
	jobs_init(&journal->in_hand);
	pthread_mutex_init(&journal->lock, NULL);
	pthread_cond_init(&journal->wake, NULL);
	pthread_cond_init(&journal->read, NULL);
	journal->writable = true;
	journal->has_thread = start_thread(journal);
	if (!journal->has_thread) {
		(void)read_file(journal);
		note_failure(journal, "no thread");
		pthread_mutex_unlock(&journal->lock);
	}
	return journal;
}

bool journal_await_open(struct journal *journal, int64_t ms)
{
	struct timespec until;
	int late = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&journal->lock);
	while (!journal->is_read && late != ETIMEDOUT)
		late = pthread_cond_clockwait(&journal->read, &journal->lock, CLOCK_MONOTONIC, &until);
	if (!journal->is_read)
		note_lateness(journal);
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
	struct timespec until;

	pthread_mutex_lock(&journal->lock);
	journal->closing = true;
	pthread_cond_signal(&journal->wake);
	pthread_mutex_unlock(&journal->lock);
	if (!journal->has_thread)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += JOURNAL_DEADLINE_MS / 1000;
	if (pthread_clockjoin_np(journal->thread, NULL, CLOCK_MONOTONIC, &until) == 0)
		return true;
	pthread_mutex_lock(&journal->lock);
	journal->abandoned = true;
	answer_failed(journal);
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
