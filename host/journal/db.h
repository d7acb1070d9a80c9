/* SPDX-License-Identifier: MIT
 *
 * The journal's file: SQLite statements and nothing else. Used by one thread at a time: at the start the loop's, then
 * the journal's own.
 */
#ifndef HOST_JOURNAL_DB_H
#define HOST_JOURNAL_DB_H

#include "journal/journal.h"

struct journal_db;

/* Opens or creates; a file that is no journal, or a damaged one, is GW_ERR_SYNTAX; one that cannot be opened or written
 * GW_ERR_SYSTEM. */
NODISCARD gw_status journal_db_open(struct journal_db **ret, const char *path, struct error *err);
/* True: the file lies on a disk that nobody can write, and can only be read. */
bool journal_db_is_read_only(struct journal_db *db);
void journal_db_close(struct journal_db *db); /* NULL is fine */

/* All writes between are written and synced as one. Without a commit journal_db_close undoes them. */
NODISCARD gw_status journal_db_begin(struct journal_db *db, struct error *err);
NODISCARD gw_status journal_db_commit(struct journal_db *db, struct error *err);
/* Checkpoints the log. This takes time now and then: for moments in which nobody waits. */
NODISCARD gw_status journal_db_tidy(struct journal_db *db, struct error *err);

NODISCARD gw_status journal_db_put(struct journal_db *db, const char *instance, const char *key, const void *value,
				   size_t len, struct error *err);
NODISCARD gw_status journal_db_record(struct journal_db *db, const char *instance, int64_t wall_ms,
				      const struct submission_record *record, struct error *err);
/* Where a submission stands. */
enum submission_end {
	SUBMISSION_OPEN = 0,
	SUBMISSION_OVER = 1,
	SUBMISSION_MAY_COME = 2, /* over, but a block may still hold it before its expiration */
};
/* Writes the event, and how the submission stands with it: between begin and commit. */
NODISCARD gw_status journal_db_progress(struct journal_db *db, const char *instance,
					const struct gw_submission_event *event, enum submission_end end,
					struct error *err);
struct journal_notice_row {
	int64_t wall_ms;
	int32_t severity;
	const char *source, *code, *text, *fields_json;
};
NODISCARD gw_status journal_db_notice(struct journal_db *db, const struct journal_notice_row *row, struct error *err);
/* Removes what is older than keep_days, and the oldest where the file is larger than keep_bytes. */
NODISCARD gw_status journal_db_prune(struct journal_db *db, int64_t now_ms, uint32_t keep_days, uint64_t keep_bytes,
				     struct error *err);
/* A JSON array, newest first. Caller frees *ret. */
NODISCARD gw_status journal_db_history(struct journal_db *db, const struct journal_query *query, char **ret,
				       struct error *err);

/* For a restart. */
NODISCARD gw_status journal_db_each_value(struct journal_db *db,
					  void (*visit)(void *context, const char *instance, const char *key,
							const void *value, size_t len),
					  void *context, struct error *err);
/* All but those that are over for good, oldest first. */
NODISCARD gw_status journal_db_each_submission(struct journal_db *db,
					       void (*visit)(void *context, const char *instance,
							     const struct submission_record *record,
							     enum submission_end end),
					       void *context, struct error *err);
NODISCARD gw_status journal_db_last_id(struct journal_db *db, uint64_t *ret, struct error *err);

#endif
