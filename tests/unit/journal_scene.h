/* SPDX-License-Identifier: MIT
 *
 * A journal for a test. The loop is the scene's own: a queue of posted functions that the test waits on, and a clock
 * that stands.
 */
#ifndef UNIT_JOURNAL_SCENE_H
#define UNIT_JOURNAL_SCENE_H

#include "fake_disk.h"
#include "journal/journal.h"
#include "test.h"

/* Runs what is posted to the loop until the flag is set. */
void run_until(const bool *flag);
/* The clock goes on, and with it the journal's timer. */
void pass(int64_t ms);

/* Setup and teardown: a folder of its own. */
struct heard {
	char dir[96];
	bool opened, failed, recovered;
	char why[512];
};
int make_dir(void **state);
int remove_dir(void **state);

struct journal *begin_journal(struct heard *heard);
/* Begun, and open. */
struct journal *open_journal(struct heard *heard);
void close_journal(struct journal *journal);

struct submission_record make_record(uint64_t id);
struct acknowledged {
	bool done, ok;
};
void on_recorded(void *acknowledged, bool ok);
void record_and_wait(struct journal *journal, const struct submission_record *record, bool expect_ok);
void sync_and_wait(struct journal *journal, bool expect_ok);
char *read_history(struct journal *journal, const struct journal_query *query); /* caller frees; NULL: failed */
void put(struct journal *journal, const char *key, const char *value);
void assert_value(const struct journal *journal, const char *key, const char *expected);

#endif
