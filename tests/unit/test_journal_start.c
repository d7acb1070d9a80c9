/* SPDX-License-Identifier: MIT
 * The journal of a host that starts while its disk hangs: nobody is held up, nobody is told that there is nothing, and
 * all of it is there when the disk answers. */
#include "journal_scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHORT_MS 1 /* it hangs, however long it is waited for */

static const struct gw_notice_event notice = {
	.struct_size = sizeof(notice), .source = "a", .code = "said_meanwhile", .text = "t", .fields_json = ""};

/* One that a process before left behind. */
static void make_journal(struct heard *heard)
{
	struct journal *journal = open_journal(heard);
	struct submission_record record = make_record(7);

	put(journal, "hold", "until tomorrow");
	record_and_wait(journal, &record, true);
	close_journal(journal);
}

static struct journal *begin_while_it_hangs(struct heard *heard)
{
	hang_reading(true);
	struct journal *journal = begin_journal(heard);

	await_hanging_call();
	assert_false(journal_await_open(journal, SHORT_MS));
	run_until(&heard->failed);
	assert_non_null(strstr(heard->why, "no answer from the disk"));
	assert_false(journal_is_open(journal));
	assert_false(journal_is_writable(journal));
	assert_false(heard->opened);
	return journal;
}

TEST(late, make_dir, remove_dir)
{
	struct heard *heard = *state;
	struct submission_record found;
	size_t len;

	make_journal(heard);
	struct journal *journal = begin_while_it_hangs(heard);
	assert_int_equal(journal_store_get(journal, "a", "hold", NULL, 0, &len), GW_ERR_UNAVAILABLE);
	assert_int_equal(journal_store_put(journal, "a", "hold", "off", 3), GW_ERR_UNAVAILABLE);
	journal_notice(journal, &notice);
	sync_and_wait(journal, false); /* nobody waits for a disk that is known to hang */
	assert_null(read_history(journal, &(struct journal_query){.limit = 10}));

	hang_reading(false);
	run_until(&heard->opened);
	assert_true(journal_is_open(journal));
	assert_value(journal, "hold", "until tomorrow");
	assert_true(journal_open_submission(journal, "witness_monitor", &found));
	assert_int_equal(found.id, 7);
	assert_true(journal_next_id(journal) > 7);
	run_until(&heard->recovered);
	assert_true(journal_is_writable(journal));
	char *history = read_history(journal, &(struct journal_query){.limit = 10});
	assert_non_null(strstr(history, "said_meanwhile"));
	free(history);
	close_journal(journal);
}

/* What answers late may still be damaged: that is said as well, and the new one works. */
TEST(late_and_damaged, make_dir, remove_dir)
{
	struct heard *heard = *state;
	char path[128];
	size_t len;

	snprintf(path, sizeof(path), "%s/journal.db", heard->dir);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	for (int i = 0; i < 512; i++)
		assert_int_equal(write(fd, "this is no database ", 20), 20);
	close(fd);
	struct journal *journal = begin_while_it_hangs(heard);

	heard->failed = false;
	hang_reading(false);
	run_until(&heard->failed);
	assert_true(heard->opened); /* first: it may act now */
	assert_non_null(strstr(heard->why, "not a database"));
	assert_int_equal(journal_store_get(journal, "a", "hold", NULL, 0, &len), GW_ERR_NOT_FOUND);
	sync_and_wait(journal, true);
	assert_true(heard->recovered);
	close_journal(journal);
}

/* Reading waits for no write: a disk that takes none is found out by the first write, as ever. */
TEST(only_writes_hang, make_dir, remove_dir)
{
	struct heard *heard = *state;

	make_journal(heard);
	hang(true);
	struct journal *journal = open_journal(heard);
	assert_value(journal, "hold", "until tomorrow");
	put(journal, "hold", "off");
	await_hanging_call();
	pass(JOURNAL_DEADLINE_MS);
	run_until(&heard->failed);
	assert_false(heard->opened); /* it was from the beginning */
	hang(false);
	run_until(&heard->recovered);
	close_journal(journal);
}

TEST(closes_while_reading_hangs, make_dir, remove_dir)
{
	struct heard *heard = *state;
	int status;

	make_journal(heard);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct journal *journal = begin_while_it_hangs(heard);
		struct acknowledged acknowledged = {0};

		journal_sync(journal, on_recorded, &acknowledged);
		journal_close(journal);
		_exit(acknowledged.done && !acknowledged.ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	struct journal *journal = open_journal(heard);
	assert_value(journal, "hold", "until tomorrow");
	close_journal(journal);
}

/* To SQLite a file of 0 bytes is a new one; what stood in it is gone, and people hear it. */
TEST(emptied, make_dir, remove_dir)
{
	struct heard *heard = *state;
	char path[128];
	size_t len;

	make_journal(heard);
	assert_false(heard->failed); /* one that is not there yet is no loss */
	snprintf(path, sizeof(path), "%s/journal.db", heard->dir);
	assert_int_equal(truncate(path, 0), 0);
	struct journal *journal = open_journal(heard);
	run_until(&heard->failed);
	assert_non_null(strstr(heard->why, "0 bytes"));
	assert_non_null(strstr(heard->why, "a hold too"));
	assert_int_equal(journal_store_get(journal, "a", "hold", NULL, 0, &len), GW_ERR_NOT_FOUND);
	assert_true(journal_is_writable(journal));
	put(journal, "hold", "again");
	sync_and_wait(journal, true);
	close_journal(journal);
	heard->failed = false;
	journal = open_journal(heard);
	assert_value(journal, "hold", "again");
	assert_false(heard->failed);
	close_journal(journal);
}

int main(void)
{
	return test_run(replace_calls, NULL);
}
