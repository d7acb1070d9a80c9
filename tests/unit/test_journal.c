/* SPDX-License-Identifier: MIT
 * The journal: what survives, what is said when it cannot be written, or not in time. The loop is the test's own: a
 * queue of posted functions that the test waits on, and a clock that stands. The disk is real, and hangs when told. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "journal.h"

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

static void run_until(const bool *flag)
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

static void pass(int64_t ms)
{
	clock_ms += ms;
	if (timer.due_ms < 0 || timer.due_ms > clock_ms)
		return;
	timer.due_ms = -1;
	timer.fn(timer.context);
}

/* ---- a disk that hangs, or is full ------------------------------------------------------------------------------ */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool hangs, full;
	unsigned waiting; /* writes that do not come back */
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};

/* In the place of pwrite: SQLite's own seam for its tests. */
static ssize_t disk_write(int fd, const void *bytes, size_t len, off_t at)
{
	pthread_mutex_lock(&disk.lock);
	disk.waiting++;
	pthread_cond_broadcast(&disk.change);
	while (disk.hangs)
		pthread_cond_wait(&disk.change, &disk.lock);
	disk.waiting--;
	bool full = disk.full;
	pthread_mutex_unlock(&disk.lock);
	/* what is there already may be written over; one byte at a time grows the -shm file, whose room was just freed
	 */
	struct stat file;
	if (full && len > 1 && fstat(fd, &file) == 0 && at + (off_t)len > file.st_size) {
		errno = ENOSPC;
		return -1;
	}
	return pwrite(fd, bytes, len, at);
}

/* In the place of libc's, for SQLite too. */
static atomic_uint syncs;

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

static int replace_write(void **state)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	static const char *const names[] = {"pwrite", "pwrite64"};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		if (vfs->xGetSystemCall(vfs, names[i]))
			vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)disk_write);
	return 0;
}

static void hang(bool hangs)
{
	pthread_mutex_lock(&disk.lock);
	disk.hangs = hangs;
	pthread_cond_broadcast(&disk.change);
	pthread_mutex_unlock(&disk.lock);
}

static void fill(bool full)
{
	pthread_mutex_lock(&disk.lock);
	disk.full = full;
	pthread_mutex_unlock(&disk.lock);
}

static void await_hanging_write(void)
{
	pthread_mutex_lock(&disk.lock);
	while (disk.waiting == 0)
		pthread_cond_wait(&disk.change, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

/* ---- a journal in a folder of its own
 * -------------------------------------------------------------------------------- */

struct heard {
	char dir[96];
	bool failed, recovered;
	char why[512];
};

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

static struct journal *open_journal(struct heard *heard)
{
	struct journal_events events = {.context = heard, .failed = on_failed, .recovered = on_recovered};

	heard->failed = heard->recovered = false;
	return journal_open(&test_loop, heard->dir, &events);
}

static void close_journal(struct journal *journal)
{
	journal_close(journal);
	forget_posted();
}

static int make_dir(void **state)
{
	struct heard *heard = calloc(1, sizeof(*heard));

	if (!heard)
		return -1;
	snprintf(heard->dir, sizeof(heard->dir), "/tmp/gw-journal-XXXXXX");
	*state = heard;
	return mkdtemp(heard->dir) ? 0 : -1;
}

static int remove_dir(void **state)
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

static struct submission_record make_record(uint64_t id)
{
	struct submission_record record = {.id = id, .tapos_num = 1456, .expiration_s = 1795462000, .signed_once = 1};

	record.intent = (struct gw_intent){.struct_size = sizeof(record.intent),
					   .operation = GW_OP_WITNESS_UPDATE,
					   .mode = GW_INTENT_AUTOMATIC,
					   .evidence_num = 1456};
	strcpy(record.intent.evidence_id, "000005b08e8487e42606bb5d04818741d881074b");
	strcpy(record.intent.witness, "foo");
	strcpy(record.intent.signing_key, "GLS73XWb5iP4rFiaAQ14QjVYjfF9jZR9uh12Zev5DcyMps7QxU3az");
	strcpy(record.tapos_id, "000005b08e8487e42606bb5d04818741d881074b");
	strcpy(record.replaces, "GLS7MLinU13CHGgUke7bSLeAwGWb14NTqiPxb1UdHJxxiVnitgjvR");
	strcpy(record.url, "https://foo.example/\"witness\"");
	return record;
}

struct acknowledged {
	bool done, ok;
};

static void on_recorded(void *context, bool ok)
{
	struct acknowledged *acknowledged = context;

	acknowledged->done = true;
	acknowledged->ok = ok;
}

static void record_and_wait(struct journal *journal, const struct submission_record *record, bool expect_ok)
{
	struct acknowledged acknowledged = {0};

	journal_record(journal, "witness_monitor", record, on_recorded, &acknowledged);
	assert_false(acknowledged.done); /* never from inside the call */
	run_until(&acknowledged.done);
	assert_int_equal(acknowledged.ok, expect_ok);
}

static void sync_and_wait(struct journal *journal, bool expect_ok)
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

static char *read_history(struct journal *journal, const struct journal_query *query)
{
	struct told told = {0};

	journal_history(journal, query, on_history, &told);
	run_until(&told.done);
	return told.json;
}

static void put(struct journal *journal, const char *key, const char *value)
{
	assert_int_equal(journal_store_put(journal, "a", key, value, strlen(value)), GW_OK);
}

static void assert_value(const struct journal *journal, const char *key, const char *expected)
{
	char value[64];
	size_t len;

	assert_int_equal(journal_store_get(journal, "a", key, value, sizeof(value), &len), GW_OK);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(value, expected, len);
}

/* ---- tests
 * ------------------------------------------------------------------------------------------------------------- */

static void test_store_survives(void **state)
{
	struct heard *heard = *state;
	struct journal *journal = open_journal(heard);
	size_t len;

	assert_int_equal(journal_store_get(journal, "a", "x", NULL, 0, &len), GW_ERR_NOT_FOUND);
	put(journal, "x", "one");
	put(journal, "x", "two"); /* the newer replaces the older, written or not */
	put(journal, "empty", "");
	assert_value(journal, "x", "two");
	close_journal(journal);

	journal = open_journal(heard);
	assert_value(journal, "x", "two");
	assert_value(journal, "empty", "");
	assert_int_equal(journal_store_get(journal, "b", "x", NULL, 0, &len), GW_ERR_NOT_FOUND);
	close_journal(journal);
	assert_false(heard->failed);
}

static void test_store_limits(void **state)
{
	static const char large[JOURNAL_STORE_VALUE_MAX + 1];
	struct journal *journal = open_journal(*state);
	char key[16];

	assert_int_equal(journal_store_put(journal, "a", "x", large, sizeof(large)), GW_ERR_RANGE);
	for (unsigned i = 0; i < JOURNAL_STORE_KEYS_MAX; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		put(journal, key, "v");
	}
	assert_int_equal(journal_store_put(journal, "a", "one_more", "v", 1), GW_ERR_BUSY);
	put(journal, "k0", "again");
	assert_int_equal(journal_store_put(journal, "b", "one_more", "v", 1), GW_OK);
	close_journal(journal);
}

static void test_open_submission_survives(void **state)
{
	struct journal *journal = open_journal(*state);
	uint64_t id = journal_next_id(journal);
	struct submission_record record = make_record(id), found;

	assert_false(journal_open_submission(journal, "witness_monitor", &found));
	record_and_wait(journal, &record, true);
	assert_true(journal_open_submission(journal, "witness_monitor", &found)); /* a reload asks within one process */
	close_journal(journal);

	journal = open_journal(*state);
	assert_true(journal_open_submission(journal, "witness_monitor", &found));
	assert_memory_equal(&found, &record, sizeof(record));
	assert_false(journal_open_submission(journal, "another", &found));
	assert_true(journal_next_id(journal) > id);

	struct gw_submission_event event = {
		.struct_size = sizeof(event), .state = GW_SUBMISSION_IRREVERSIBLE, .id = id};
	journal_progress(journal, "witness_monitor", &event, false);
	assert_false(journal_open_submission(journal, "witness_monitor", &found)); /* not taken up twice */
	close_journal(journal);
	journal = open_journal(*state);
	assert_false(journal_open_submission(journal, "witness_monitor", &found));
	close_journal(journal);
}

/* Cancelled after it was sent: a restart must know that it may still come, for then no other one may be begun. */
static void test_one_that_may_come_survives(void **state)
{
	struct gw_submission_event event = {.struct_size = sizeof(event), .state = GW_SUBMISSION_FAILED, .id = 7};
	struct submission_record record = make_record(7), found;
	struct journal *journal = open_journal(*state);

	record_and_wait(journal, &record, true);
	assert_int_equal(journal_alive_until_s(journal, "witness_monitor"), 0);
	journal_progress(journal, "witness_monitor", &event, true);
	for (int life = 0; life < 2; life++) {
		assert_int_equal(journal_alive_until_s(journal, "witness_monitor"), record.expiration_s);
		assert_int_equal(journal_alive_until_s(journal, "another"), 0);
		assert_false(journal_open_submission(journal, "witness_monitor", &found));
		close_journal(journal);
		journal = open_journal(*state);
	}
	record = make_record(8); /* the next one: begun when 7 could not come any more */
	record_and_wait(journal, &record, true);
	for (int life = 0; life < 2; life++) {
		assert_int_equal(journal_alive_until_s(journal, "witness_monitor"), 0);
		assert_true(journal_open_submission(journal, "witness_monitor", &found));
		assert_int_equal(found.id, 8);
		close_journal(journal);
		journal = open_journal(*state);
	}
	close_journal(journal);
}

/* The acknowledgement comes after the sync: a process killed right after it has lost nothing. */
static void test_killed_after_acknowledgement(void **state)
{
	struct heard *heard = *state;
	int pipe_fds[2];
	char byte;

	assert_int_equal(pipe(pipe_fds), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct journal *journal = open_journal(heard);
		struct submission_record record = make_record(7);

		record_and_wait(journal, &record, true);
		if (write(pipe_fds[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	close(pipe_fds[0]);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);

	struct journal *journal = open_journal(heard);
	struct submission_record found;
	assert_true(journal_open_submission(journal, "witness_monitor", &found));
	assert_int_equal(found.id, 7);
	close_journal(journal);
}

static void test_history(void **state)
{
	struct journal *journal = open_journal(*state);
	struct gw_notice_event notice = {.struct_size = sizeof(notice),
					 .severity = GW_CRITICAL,
					 .source = "a",
					 .code = "standby_not_ready",
					 .text = "clock \"wrong\"",
					 .fields_json = "{\"x\":1}"};

	journal_notice(journal, &notice);
	notice.source = "b";
	notice.code = "second";
	journal_notice(journal, &notice);

	char *all = read_history(journal, &(struct journal_query){.limit = 10});
	assert_non_null(all);
	assert_non_null(
		strstr(all, "\"code\":\"standby_not_ready\",\"text\":\"clock \\\"wrong\\\"\",\"fields\":{\"x\":1}"));
	assert_true(strstr(all, "second") < strstr(all, "standby_not_ready")); /* newest first */
	free(all);
	char *one = read_history(journal, &(struct journal_query){.limit = 10, .instance = "b"});
	assert_non_null(strstr(one, "second"));
	assert_null(strstr(one, "standby_not_ready"));
	free(one);
	char *none = read_history(journal, &(struct journal_query){.limit = 10, .since_ms = INT64_MAX});
	assert_string_equal(none, "[]");
	free(none);
	close_journal(journal);
}

static void test_damaged_file_is_set_aside(void **state)
{
	struct heard *heard = *state;
	char path[128];
	bool aside = false;

	snprintf(path, sizeof(path), "%s/journal.db", heard->dir);
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	for (int i = 0; i < 512; i++)
		assert_int_equal(write(fd, "this is no database ", 20), 20);
	close(fd);

	struct journal *journal = open_journal(heard);
	run_until(&heard->failed);
	assert_non_null(strstr(heard->why, "journal.db"));
	put(journal, "x", "new");
	struct submission_record record = make_record(1);
	record_and_wait(journal, &record, true); /* the new file works at once */
	assert_true(heard->recovered);
	close_journal(journal);

	DIR *dir = opendir(heard->dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		aside = aside || strncmp(entry->d_name, "journal.db.damaged-", 19) == 0;
	closedir(dir);
	assert_true(aside);
	journal = open_journal(heard);
	assert_value(journal, "x", "new");
	close_journal(journal);
}

static off_t log_size(const struct heard *heard)
{
	struct stat facts;
	char path[128];

	snprintf(path, sizeof(path), "%s/journal.db-wal", heard->dir);
	return stat(path, &facts) == 0 ? facts.st_size : 0;
}

/* A sync of a file that grows takes many times as long. */
static void test_log_has_its_room_before_it_is_needed(void **state)
{
	struct journal *journal = open_journal(*state);
	off_t size = log_size(*state);

	assert_in_range(size, 200000, 400000);
	for (int life = 0; life < 2; life++) {
		for (uint64_t id = 1; id <= 10; id++) {
			struct submission_record record = make_record(id);

			record_and_wait(journal, &record, true);
		}
		assert_int_equal(log_size(*state), size);
		close_journal(journal);
		assert_int_equal(log_size(*state), size);
		journal = open_journal(*state);
	}
	close_journal(journal);
}

/* A folder that is not there stands for every file that cannot be written: root may write to a read-only one. */
static void test_unwritable_goes_on_in_memory(void **state)
{
	struct heard *heard = *state;
	struct heard missing = {0};
	struct submission_record record = make_record(1);

	snprintf(missing.dir, sizeof(missing.dir), "%.64s/none", heard->dir);
	struct journal *journal = open_journal(&missing);
	run_until(&missing.failed);
	assert_false(journal_is_writable(journal));
	put(journal, "x", "kept");
	assert_value(journal, "x", "kept");
	record_and_wait(journal, &record, false); /* nobody is kept waiting */
	assert_null(read_history(journal, &(struct journal_query){.limit = 10}));
	sync_and_wait(journal, false);
	assert_false(missing.recovered);
	close_journal(journal);
}

static void test_what_was_not_written_is_written_later(void **state)
{
	struct heard *heard = *state;

	assert_int_equal(rmdir(heard->dir), 0);
	struct journal *journal = open_journal(heard);
	run_until(&heard->failed);
	put(journal, "x", "one");
	put(journal, "y", "stays");
	sync_and_wait(journal, false);
	put(journal, "x", "two");
	sync_and_wait(journal, false);
	assert_int_equal(mkdir(heard->dir, 0700), 0);
	sync_and_wait(journal, true);
	close_journal(journal);
	journal = open_journal(heard);
	assert_value(journal, "x", "two");
	assert_value(journal, "y", "stays");
	close_journal(journal);
}

/* The log's own room takes the first of it. */
static void write_until_full(struct heard *heard, struct journal *journal)
{
	static const char filler[JOURNAL_STORE_VALUE_MAX] = "filler";

	for (int i = 0; i < 1000 && !heard->failed; i++) {
		struct acknowledged acknowledged = {0};

		assert_int_equal(journal_store_put(journal, "a", "filler", filler, sizeof(filler)), GW_OK);
		journal_sync(journal, on_recorded, &acknowledged);
		run_until(&acknowledged.done);
		assert_int_equal(acknowledged.ok, !heard->failed);
	}
	assert_true(heard->failed);
}

/* A hold that was acknowledged is not forgotten because the disk ran full before the restart. */
static void test_a_full_disk_is_read(void **state)
{
	struct heard *heard = *state;

	for (int killed = 0; killed < 2; killed++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct journal *journal = open_journal(heard);

			put(journal, "x", "kept");
			sync_and_wait(journal, true);
			if (killed)
				_exit(0);
			close_journal(journal);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		heard->failed = heard->recovered = false;
		fill(true);
		struct journal *journal = open_journal(heard);
		assert_value(journal, "x", "kept");
		put(journal, "x", "newer");
		write_until_full(heard, journal);
		assert_value(journal, "x", "newer");
		fill(false);
		put(journal, "y", "again");
		run_until(&heard->recovered);
		close_journal(journal);
		journal = open_journal(heard);
		assert_value(journal, "x", "newer");
		close_journal(journal);
	}
}

/* ---- a disk that hangs: it does not fail, it does not answer -------------------------------------------------------
 */

static void test_slow_disk_is_waited_for(void **state)
{
	struct heard *heard = *state;
	struct journal *journal = open_journal(heard);
	struct submission_record record = make_record(1);
	struct acknowledged acknowledged = {0};

	hang(true);
	journal_record(journal, "witness_monitor", &record, on_recorded, &acknowledged);
	await_hanging_write();
	pass(JOURNAL_DEADLINE_MS - 1);
	assert_true(journal_is_writable(journal));
	hang(false);
	run_until(&acknowledged.done);
	assert_true(acknowledged.ok);
	pass(1);
	pass(JOURNAL_DEADLINE_MS);
	assert_true(journal_is_writable(journal)); /* the time of what is done runs no more */
	close_journal(journal);
	assert_false(heard->failed);
}

/* The record is written after all: a restart follows the same transaction, in the state in which it really is. */
static void test_hanging_disk_counts_as_unwritable(void **state)
{
	struct heard *heard = *state;
	struct journal *journal = open_journal(heard);
	struct submission_record record = make_record(1), next = make_record(2), found;
	struct acknowledged first = {0}, second = {0};
	struct gw_submission_event over = {
		.struct_size = sizeof(over), .state = GW_SUBMISSION_IRREVERSIBLE, .id = next.id};

	hang(true);
	journal_record(journal, "witness_monitor", &record, on_recorded, &first);
	await_hanging_write();
	pass(JOURNAL_DEADLINE_MS);
	run_until(&first.done);
	assert_false(first.ok);
	assert_true(heard->failed);
	assert_non_null(strstr(heard->why, "no answer"));
	assert_false(journal_is_writable(journal));
	assert_true(journal_open_submission(journal, "witness_monitor", &found)); /* a reload follows it too */
	journal_record(journal, "another", &next, on_recorded, &second);
	assert_false(second.done);
	run_until(&second.done); /* nobody waits again for a disk that is known to hang */
	assert_false(second.ok);
	journal_progress(journal, "another", &over, false);
	sync_and_wait(journal, false);
	assert_null(read_history(journal, &(struct journal_query){.limit = 10}));
	assert_false(heard->recovered);

	hang(false);
	run_until(&heard->recovered);
	assert_true(journal_is_writable(journal));
	sync_and_wait(journal, true);
	close_journal(journal);
	journal = open_journal(heard);
	assert_true(journal_open_submission(journal, "witness_monitor", &found));
	assert_memory_equal(&found, &record, sizeof(record));
	assert_false(journal_open_submission(journal, "another", &found));
	close_journal(journal);
}

/* Whatever else is to be written while a record waits: the disk is asked once for all of it. */
static void test_one_sync_for_all_that_waits(void **state)
{
	struct heard *heard = *state;
	struct journal *journal = open_journal(heard);
	struct submission_record record = make_record(1), next = make_record(2), found;
	struct acknowledged first = {0}, second = {0};
	struct gw_notice_event notice = {
		.struct_size = sizeof(notice), .source = "a", .code = "c", .text = "t", .fields_json = ""};

	hang(true);
	journal_record(journal, "witness_monitor", &record, on_recorded, &first);
	await_hanging_write();
	for (int i = 0; i < 10; i++) {
		put(journal, "x", "one");
		put(journal, "y", "two");
		journal_notice(journal, &notice);
	}
	journal_record(journal, "another", &next, on_recorded, &second);
	unsigned before = syncs;
	hang(false);
	run_until(&second.done);
	assert_true(first.ok && second.ok);
	assert_in_range(syncs - before, 2,
			3); /* the first record's, with that of a new log's header; all the others' */
	close_journal(journal);
	journal = open_journal(heard);
	assert_value(journal, "x", "one");
	assert_value(journal, "y", "two");
	assert_true(journal_open_submission(journal, "another", &found));
	close_journal(journal);
}

/* Also when nobody waits for an acknowledgement: it must be known before a switch needs it. */
static void test_hanging_disk_is_said_of_any_write(void **state)
{
	struct heard *heard = *state;
	struct journal *journal = open_journal(heard);

	hang(true);
	put(journal, "x", "one");
	await_hanging_write();
	put(journal, "x", "two");
	pass(JOURNAL_DEADLINE_MS);
	run_until(&heard->failed);
	assert_false(journal_is_writable(journal));
	assert_value(journal, "x", "two");
	hang(false);
	run_until(&heard->recovered);
	heard->failed = heard->recovered = false;
	hang(true); /* and again, from the beginning */
	put(journal, "x", "three");
	await_hanging_write();
	pass(JOURNAL_DEADLINE_MS - 1);
	assert_true(journal_is_writable(journal));
	pass(1);
	run_until(&heard->failed);
	hang(false);
	run_until(&heard->recovered);
	close_journal(journal);
	journal = open_journal(heard);
	assert_value(journal, "x", "three");
	close_journal(journal);
}

/* The host must be able to end, so that it is started again. */
static void test_closes_while_the_disk_hangs(void **state)
{
	struct heard *heard = *state;
	int status;

	close_journal(open_journal(heard));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct journal *journal = open_journal(heard);
		struct submission_record record = make_record(1);
		struct acknowledged acknowledged = {0};

		hang(true);
		journal_record(journal, "witness_monitor", &record, on_recorded, &acknowledged);
		await_hanging_write();
		journal_close(journal);
		_exit(acknowledged.done && !acknowledged.ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_store_survives, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_store_limits, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_open_submission_survives, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_one_that_may_come_survives, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_killed_after_acknowledgement, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_history, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_damaged_file_is_set_aside, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_unwritable_goes_on_in_memory, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_log_has_its_room_before_it_is_needed, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_what_was_not_written_is_written_later, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_a_full_disk_is_read, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_slow_disk_is_waited_for, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_hanging_disk_counts_as_unwritable, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_one_sync_for_all_that_waits, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_hanging_disk_is_said_of_any_write, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_closes_while_the_disk_hangs, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, replace_write, NULL);
}
