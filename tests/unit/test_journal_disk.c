/* SPDX-License-Identifier: MIT
 * The journal on a disk that is full, cannot be written, or hangs, which is neither: what is said, what is kept, and
 * that nobody waits for ever. */
#include "journal_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static off_t log_size(const struct heard *heard)
{
	struct stat facts;
	char path[128];

	snprintf(path, sizeof(path), "%s/journal.db-wal", heard->dir);
	return stat(path, &facts) == 0 ? facts.st_size : 0;
}

/* A sync of a file that grows takes many times as long. */
TEST(log_has_its_room_before_it_is_needed, make_dir, remove_dir)
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
TEST(unwritable_goes_on_in_memory, make_dir, remove_dir)
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

TEST(what_was_not_written_is_written_later, make_dir, remove_dir)
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
TEST(a_full_disk_is_read, make_dir, remove_dir)
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
		assert_non_null(strstr(heard->why, "no space is left on its disk"));
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

TEST(slow_disk_is_waited_for, make_dir, remove_dir)
{
	struct heard *heard = *state;
	struct journal *journal = open_journal(heard);
	struct submission_record record = make_record(1);
	struct acknowledged acknowledged = {0};

	hang(true);
	journal_record(journal, "witness_monitor", &record, on_recorded, &acknowledged);
	await_hanging_call();
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
TEST(hanging_disk_counts_as_unwritable, make_dir, remove_dir)
{
	struct heard *heard = *state;
	struct journal *journal = open_journal(heard);
	struct submission_record record = make_record(1), next = make_record(2), found;
	struct acknowledged first = {0}, second = {0};
	struct gw_submission_event over = {.struct_size = sizeof(over),
					   .state = GW_SUBMISSION_IRREVERSIBLE,
					   .id = next.id,
					   .intent = &next.intent};

	hang(true);
	journal_record(journal, "witness_monitor", &record, on_recorded, &first);
	await_hanging_call();
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
TEST(one_sync_for_all_that_waits, make_dir, remove_dir)
{
	struct heard *heard = *state;
	struct journal *journal = open_journal(heard);
	struct submission_record record = make_record(1), next = make_record(2), found;
	struct acknowledged first = {0}, second = {0};
	struct gw_notice_event notice = {
		.struct_size = sizeof(notice), .source = "a", .code = "c", .text = "t", .fields_json = ""};

	hang(true);
	journal_record(journal, "witness_monitor", &record, on_recorded, &first);
	await_hanging_call();
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
TEST(hanging_disk_is_said_of_any_write, make_dir, remove_dir)
{
	struct heard *heard = *state;
	struct journal *journal = open_journal(heard);

	hang(true);
	put(journal, "x", "one");
	await_hanging_call();
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
	await_hanging_call();
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
TEST(closes_while_the_disk_hangs, make_dir, remove_dir)
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
		await_hanging_call();
		journal_close(journal);
		_exit(acknowledged.done && !acknowledged.ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* One that is made on a full disk leaves nothing behind that looks like a loss. */
TEST(made_on_a_full_disk, make_dir, remove_dir)
{
	struct heard *heard = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/journal.db", heard->dir);
	fill(true);
	struct journal *journal = open_journal(heard);
	run_until(&heard->failed);
	assert_null(strstr(heard->why, "lost"));
	assert_int_not_equal(access(path, F_OK), 0);
	fill(false);
	put(journal, "key", "value");
	run_until(&heard->recovered);
	assert_null(strstr(heard->why, "lost"));
	close_journal(journal);
}

static void count_history(void *context, const char *json)
{
	unsigned *count = context;

	assert_non_null(json);
	++*count;
}

struct overtaking {
	bool done;
	const unsigned *read;
	unsigned read_before; /* the record was acknowledged */
};

static void note_overtaking(void *context, bool ok)
{
	struct overtaking *overtaking = context;

	assert_true(ok);
	overtaking->read_before = *overtaking->read;
	overtaking->done = true;
}

/* However many ask for the history, what is to be written goes before them. */
TEST(history_waits_for_records, make_dir, remove_dir)
{
	struct journal *journal = open_journal(*state);
	struct submission_record record = make_record(7);
	unsigned read = 0;
	struct overtaking recorded = {.read = &read};

	hang(true);
	put(journal, "key", "value");
	await_hanging_call();
	for (unsigned i = 0; i < 100; i++)
		journal_history(journal, &(struct journal_query){.limit = 10000}, count_history, &read);
	journal_record(journal, "witness_monitor", &record, note_overtaking, &recorded);
	hang(false);
	run_until(&recorded.done);
	assert_int_equal(recorded.read_before, 0);
	free(read_history(journal, &(struct journal_query){.limit = 1})); /* in their order */
	assert_int_equal(read, 100);
	assert_true(journal_is_writable(journal));
	close_journal(journal);
}

int main(void)
{
	return test_run(replace_calls, NULL);
}
