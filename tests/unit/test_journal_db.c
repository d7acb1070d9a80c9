/* SPDX-License-Identifier: MIT
 *
 * The journal's file itself: what history tells of it, and what is pruned, by age and by size.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/db.h"

#define DAY_MS INT64_C(86400000)
#define NOW_MS (20000 * DAY_MS)
#define NO_END UINT64_MAX

struct scene {
	char dir[64], path[96];
	struct journal_db *db;
};

static void succeed(gw_status status, const struct error *err)
{
	if (status != GW_OK)
		fail_msg("%s", err->text);
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct error err = {.text = ""};

	assert_non_null(scene);
	snprintf(scene->dir, sizeof(scene->dir), "/tmp/golos-watch-journal-XXXXXX");
	assert_non_null(mkdtemp(scene->dir));
	snprintf(scene->path, sizeof(scene->path), "%s/journal.db", scene->dir);
	succeed(journal_db_open(&scene->db, scene->path, &err), &err);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	journal_db_close(scene->db);
	for (size_t i = 0; i < 3; i++) { /* the log stays, with its room */
		static const char *const tails[] = {"", "-wal", "-shm"};
		char path[112];

		snprintf(path, sizeof(path), "%s%s", scene->path, tails[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(scene->dir), 0);
	free(scene);
	return 0;
}

static void say(struct scene *scene, int64_t wall_ms, const char *source, const char *text)
{
	const struct journal_notice_row row = {.wall_ms = wall_ms,
					       .severity = GW_WARNING,
					       .source = source,
					       .code = "a_code",
					       .text = text,
					       .fields_json = ""};
	struct error err = {.text = ""};

	succeed(journal_db_notice(scene->db, &row, &err), &err);
}

static void record(struct scene *scene, uint64_t id, int64_t wall_ms)
{
	struct submission_record made = {.id = id, .intent = {.witness = "foo", .signing_key = "GLSx"}};
	struct error err = {.text = ""};

	succeed(journal_db_record(scene->db, "monitor", wall_ms, &made, &err), &err);
}

static void end_it(struct scene *scene, uint64_t id, int64_t wall_ms)
{
	const struct gw_intent intent = {.witness = "foo", .signing_key = "GLSx"};
	struct gw_submission_event event = {.struct_size = sizeof(event),
					    .intent = &intent,
					    .state = GW_SUBMISSION_FAILED,
					    .id = id,
					    .now = {.wall_ms = wall_ms},
					    .text = "it is over"};
	struct error err = {.text = ""};

	succeed(journal_db_begin(scene->db, &err), &err);
	succeed(journal_db_progress(scene->db, "monitor", &event, SUBMISSION_OVER, &err), &err);
	succeed(journal_db_commit(scene->db, &err), &err);
}

static void prune(struct scene *scene, uint64_t keep_bytes)
{
	struct error err = {.text = ""};

	succeed(journal_db_prune(scene->db, NOW_MS, 90, keep_bytes, &err), &err);
}

/* How often `word` stands in the history. */
static size_t told(struct scene *scene, const struct journal_query *query, const char *word)
{
	struct error err = {.text = ""};
	size_t count = 0;
	char *text;

	succeed(journal_db_history(scene->db, query, &text, &err), &err);
	for (const char *at = text; (at = strstr(at, word)); at++)
		count++;
	free(text);
	return count;
}

static const struct journal_query everything = {.limit = 100000};

TEST(a_history_by_time_instance_and_number, setup, teardown)
{
	struct scene *scene = *state;
	struct error err = {.text = ""};
	char *text;

	for (int i = 0; i < 6; i++)
		say(scene, NOW_MS + i, i % 2 ? "monitor(bar)" : "monitor(foo)", i == 5 ? "newest" : "older");
	end_it(scene, 1, NOW_MS + 6);
	assert_int_equal(told(scene, &everything, "\"kind\":\"notice\""), 6);
	assert_int_equal(told(scene, &everything, "\"kind\":\"submission\""), 1);
	assert_int_equal(told(scene, &(struct journal_query){.limit = 10, .since_ms = NOW_MS + 4}, "\"kind\""), 3);
	assert_int_equal(told(scene, &(struct journal_query){.limit = 10, .instance = "monitor(bar)"}, "\"kind\""), 3);
	assert_int_equal(told(scene, &(struct journal_query){.limit = 10, .instance = "nobody"}, "\"kind\""), 0);
	assert_int_equal(told(scene, &(struct journal_query){.limit = 2}, "\"kind\""), 2);
	succeed(journal_db_history(scene->db, &everything, &text, &err), &err);
	assert_true(strstr(text, "newest") < strstr(text, "older"));
	free(text);
}

static void note_submission(void *context, const char *instance, const struct submission_record *found,
			    enum submission_end end)
{
	uint64_t *ids = context;

	(void)instance;
	(void)end;
	*ids = *ids * 10 + found->id;
}

static void note_value(void *context, const char *instance, const char *key, const void *value, size_t len)
{
	(void)instance;
	(void)key;
	(void)value;
	*(size_t *)context += len;
}

/* What is still in flight, and what an instance keeps, has no age. */
TEST(what_is_old_goes, setup, teardown)
{
	struct scene *scene = *state;
	struct error err = {.text = ""};
	uint64_t ids = 0;
	size_t kept = 0;

	say(scene, NOW_MS - 91 * DAY_MS, "a", "too old");
	say(scene, NOW_MS - 89 * DAY_MS, "a", "young");
	record(scene, 1, NOW_MS - 91 * DAY_MS);
	record(scene, 2, NOW_MS - 91 * DAY_MS);
	end_it(scene, 2, NOW_MS - 91 * DAY_MS);
	succeed(journal_db_put(scene->db, "a", "key", "value", 5, &err), &err);
	prune(scene, NO_END);
	assert_int_equal(told(scene, &everything, "too old"), 0);
	assert_int_equal(told(scene, &everything, "it is over"), 0);
	assert_int_equal(told(scene, &everything, "young"), 1);
	succeed(journal_db_each_submission(scene->db, note_submission, &ids, &err), &err);
	assert_int_equal(ids, 1);
	succeed(journal_db_each_value(scene->db, note_value, &kept, &err), &err);
	assert_int_equal(kept, 5);
	succeed(journal_db_last_id(scene->db, &ids, &err), &err);
	assert_true(ids >= 1);
}

/* The oldest go, until the file is small enough again: it gives back what they took. */
TEST(what_is_too_much_goes, setup, teardown)
{
	struct scene *scene = *state;
	struct error err = {.text = ""};
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	succeed(journal_db_begin(scene->db, &err), &err);
	for (int i = 0; i < 2000; i++)
		say(scene, NOW_MS + i, i < 200 ? "first" : i < 1800 ? "middle" : "last", text);
	succeed(journal_db_commit(scene->db, &err), &err);
	prune(scene, NO_END);
	assert_int_equal(told(scene, &everything, "\"first\""), 200);
	for (int i = 0; i < 10; i++)
		prune(scene, 1000000);
	assert_int_equal(told(scene, &everything, "\"first\""), 0);
	assert_int_equal(told(scene, &everything, "\"last\""), 200);
	assert_in_range(told(scene, &everything, "\"middle\""), 200, 900); /* 1 MB of them are kept, and no more */
}

/* /var/lib on a larger disk: SQLite itself refuses a link anywhere in a path. The journal alone must be none. */
TEST(behind_a_link_to_its_folder, setup, teardown)
{
	struct scene *scene = *state;
	struct journal_db *db = NULL;
	struct error err = {.text = ""};
	char link[80], path[96];

	journal_db_close(scene->db);
	scene->db = NULL;
	snprintf(link, sizeof(link), "%s-link", scene->dir);
	assert_int_equal(symlink(scene->dir, link), 0);
	snprintf(path, sizeof(path), "%s/journal.db", link);
	gw_status through_a_folder = journal_db_open(&db, path, &err);
	unlink(link);
	succeed(through_a_folder, &err);
	journal_db_close(db);
	assert_int_equal(symlink(scene->path, link), 0);
	gw_status through_itself = journal_db_open(&db, link, &err);
	unlink(link);
	assert_int_equal(through_itself, GW_ERR_SYSTEM);
}
