/* SPDX-License-Identifier: MIT */
#include "journal_scene.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* for a disk that is only busy */

/* ---- the loop ------------------------------------------------------------------------------------------------------
 */

struct posted {
	struct posted *next;
	void (*fn)(void *context);
	void *context;
};

struct loop {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct posted *first;
};

static struct loop test_loop = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

void loop_post(struct loop *loop, void (*fn)(void *context), void *context)
{
	struct posted *posted = calloc(1, sizeof(*posted));

	assert_non_null(posted);
	*posted = (struct posted){.fn = fn, .context = context};
	pthread_mutex_lock(&loop->lock);
	struct posted **end = &loop->first;
	while (*end)
		end = &(*end)->next;
	*end = posted;
	pthread_cond_signal(&loop->wake);
	pthread_mutex_unlock(&loop->lock);
}

static struct posted *take_posted(bool wait)
{
	pthread_mutex_lock(&test_loop.lock);
	while (wait && !test_loop.first)
		pthread_cond_wait(&test_loop.wake, &test_loop.lock);
	struct posted *posted = test_loop.first;
	if (posted)
		test_loop.first = posted->next;
	pthread_mutex_unlock(&test_loop.lock);
	return posted;
}

void run_until(const bool *flag)
{
	while (!*flag) {
		struct posted *posted = take_posted(true);

		posted->fn(posted->context);
		free(posted);
	}
}

/* What a closed journal posted is never run, as with a loop that has ended. */
static void forget_posted(void)
{
	for (struct posted *posted; (posted = take_posted(false));)
		free(posted);
}

/* The journal's one timer; the clock moves when the test says so. */
struct loop_timer {
	void (*fn)(void *context);
	void *context;
	int64_t due_ms; /* < 0: stopped */
};

static int64_t clock_ms = 1000000;
static struct loop_timer timer;

void loop_now(struct gw_now *ret)
{
	*ret = (struct gw_now){.mono_ms = clock_ms};
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*fn)(void *context), void *context)
{
	(void)loop;
	timer = (struct loop_timer){.fn = fn, .context = context, .due_ms = -1};
	return &timer;
}

void loop_timer_set(struct loop_timer *set, int64_t delay_ms)
{
	set->due_ms = delay_ms < 0 ? -1 : clock_ms + delay_ms;
}

void loop_timer_free(struct loop_timer *freed)
{
	freed->due_ms = -1;
}

void pass(int64_t ms)
{
	clock_ms += ms;
	if (timer.due_ms < 0 || timer.due_ms > clock_ms)
		return;
	timer.due_ms = -1;
	timer.fn(timer.context);
}

/* ---- a journal in a folder of its own ---------------------------------------------------------------------------- */

static void on_opened(void *context)
{
	((struct heard *)context)->opened = true;
}

static void on_failed(void *context, const char *why)
{
	struct heard *heard = context;

	heard->failed = true;
	snprintf(heard->why, sizeof(heard->why), "%s", why);
}

static void on_recovered(void *context)
{
	((struct heard *)context)->recovered = true;
}

struct journal *begin_journal(struct heard *heard)
{
	struct journal_events events = {
		.context = heard, .opened = on_opened, .failed = on_failed, .recovered = on_recovered};

	heard->opened = heard->failed = heard->recovered = false;
	return journal_new(&test_loop, heard->dir, &events);
}

struct journal *open_journal(struct heard *heard)
{
	struct journal *journal = begin_journal(heard);

	assert_true(journal_await_open(journal, PATIENCE_MS));
	return journal;
}

void close_journal(struct journal *journal)
{
	journal_close(journal);
	forget_posted();
}

int make_dir(void **state)
{
	struct heard *heard = calloc(1, sizeof(*heard));

	if (!heard)
		return -1;
	snprintf(heard->dir, sizeof(heard->dir), "/tmp/gw-journal-XXXXXX");
	*state = heard;
	return mkdtemp(heard->dir) ? 0 : -1;
}

int remove_dir(void **state)
{
	struct heard *heard = *state;
	DIR *dir = opendir(heard->dir);

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	int r = rmdir(heard->dir);
	free(heard);
	return r;
}

struct submission_record make_record(uint64_t id)
{
	struct submission_record record = {.id = id, .tapos_num = 1456, .expiration_s = 1795462000};

	record.intent = (struct gw_intent){.struct_size = sizeof(record.intent),
					   .operation = GW_OP_WITNESS_UPDATE,
					   .mode = GW_INTENT_AUTOMATIC,
					   .evidence_num = 1456};
	strcpy(record.intent.evidence_id, "000005b08e8487e42606bb5d04818741d881074b");
	strcpy(record.intent.witness, "foo");
	strcpy(record.intent.signing_key, "GLS73XWb5iP4rFiaAQ14QjVYjfF9jZR9uh12Zev5DcyMps7QxU3az");
	strcpy(record.tapos_id, "000005b08e8487e42606bb5d04818741d881074b");
	strcpy(record.url, "https://foo.example/\"witness\"");
	return record;
}

void on_recorded(void *context, bool ok)
{
	struct acknowledged *acknowledged = context;

	acknowledged->done = true;
	acknowledged->ok = ok;
}

void record_and_wait(struct journal *journal, const struct submission_record *record, bool expect_ok)
{
	struct acknowledged acknowledged = {0};

	journal_record(journal, "witness_monitor", record, on_recorded, &acknowledged);
	assert_false(acknowledged.done); /* never from inside the call */
	run_until(&acknowledged.done);
	assert_int_equal(acknowledged.ok, expect_ok);
}

void sync_and_wait(struct journal *journal, bool expect_ok)
{
	struct acknowledged acknowledged = {0};

	journal_sync(journal, on_recorded, &acknowledged);
	assert_false(acknowledged.done);
	run_until(&acknowledged.done);
	assert_int_equal(acknowledged.ok, expect_ok);
}

struct told {
	bool done;
	char *json;
};

static void on_history(void *context, const char *json)
{
	struct told *told = context;

	told->done = true;
	told->json = json ? strdup(json) : NULL;
}

char *read_history(struct journal *journal, const struct journal_query *query)
{
	struct told told = {0};

	journal_history(journal, query, on_history, &told);
	run_until(&told.done);
	return told.json;
}

void put(struct journal *journal, const char *key, const char *value)
{
	assert_int_equal(journal_store_put(journal, "a", key, value, strlen(value)), GW_OK);
}

void assert_value(const struct journal *journal, const char *key, const char *expected)
{
	char value[64];
	size_t len;

	assert_int_equal(journal_store_get(journal, "a", key, value, sizeof(value), &len), GW_OK);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(value, expected, len);
}
