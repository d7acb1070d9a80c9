/* SPDX-License-Identifier: MIT
 * The journal on a disk that does as it should: what survives, and what is read of it. */
#include "journal_scene.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(store_survives, make_dir, remove_dir)
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

TEST(store_limits, make_dir, remove_dir)
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

TEST(open_submission_survives, make_dir, remove_dir)
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
		.struct_size = sizeof(event), .state = GW_SUBMISSION_IRREVERSIBLE, .id = id, .intent = &record.intent};
	journal_progress(journal, "witness_monitor", &event, false);
	assert_false(journal_open_submission(journal, "witness_monitor", &found)); /* not taken up twice */
	close_journal(journal);
	journal = open_journal(*state);
	assert_false(journal_open_submission(journal, "witness_monitor", &found));
	close_journal(journal);
}

/* Cancelled after it was sent: a restart must know that it may still come, for then no other one may be begun. */
TEST(one_that_may_come_survives, make_dir, remove_dir)
{
	struct submission_record record = make_record(7), found;
	struct gw_submission_event event = {
		.struct_size = sizeof(event), .state = GW_SUBMISSION_FAILED, .id = 7, .intent = &record.intent};
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
TEST(killed_after_acknowledgement, make_dir, remove_dir)
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

TEST(history, make_dir, remove_dir)
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

TEST(damaged_file_is_set_aside, make_dir, remove_dir)
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
	assert_non_null(strstr(heard->why, "journal.db: file is not a database: set aside as "));
	assert_non_null(strstr(heard->why, "what it held is lost, a hold too"));
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

int main(void)
{
	return test_run(replace_calls, NULL);
}
