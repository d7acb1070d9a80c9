/* SPDX-License-Identifier: MIT
 *
 * The journal's file. Runs in golos-watchd.
 */
#include "journal/db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include <golos_watch/names.h>

#include "base/json.h"
#include "base/json_writer.h"
#include "base/memory.h"

#define SCHEMA_VERSION 1
#define BUSY_MS	       2000
#define LOG_BYTES      (256 << 10) /* of the write-ahead log, from its beginning on */
#define LOG_PAGES_MAX  48	   /* then what is in the log goes into the file, and the log begins anew */

struct journal_db {
	sqlite3 *handle;
	int log_pages;
};

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS store (instance TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
	" PRIMARY KEY (instance, key)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS submission (id INTEGER PRIMARY KEY, instance TEXT NOT NULL, wall_ms INTEGER NOT "
	"NULL,"
	" record TEXT NOT NULL, over INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL, kind TEXT NOT NULL,"
	" instance TEXT NOT NULL, severity INTEGER NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL,"
	" fields TEXT NOT NULL);"
	"CREATE INDEX IF NOT EXISTS event_time ON event (wall_ms);"
	"PRAGMA user_version = 1;";

/* ---- small steps over SQLite ------------------------------------------------------------------------------------ */

static gw_status fail(struct journal_db *db, struct error *err, int code)
{
	int plain = code & 0xff;
	gw_status status = plain == SQLITE_CORRUPT || plain == SQLITE_NOTADB ? GW_ERR_SYNTAX : GW_ERR_SYSTEM;

	int why = db->handle ? sqlite3_system_errno(db->handle) : 0;

	if (plain == SQLITE_FULL || (plain == SQLITE_IOERR && (why == ENOSPC || why == EDQUOT)))
		return error_set(err, status, "no space is left on its disk");
	return error_set(err, status, "%s", db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code));
}

static gw_status run(struct journal_db *db, const char *sql, struct error *err)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? GW_OK : fail(db, err, code);
}

/* A prepared statement and where its next parameter goes. A failed step is seen by finish(). */
struct statement {
	struct journal_db *db;
	sqlite3_stmt *handle;
	int parameter;
	int code;
};

static struct statement prepare(struct journal_db *db, const char *sql)
{
	struct statement s = {.db = db};

	s.code = sqlite3_prepare_v2(db->handle, sql, -1, &s.handle, NULL);
	return s;
}

static void bind_text(struct statement *s, const char *text)
{
	if (s->code == SQLITE_OK)
		s->code = sqlite3_bind_text(s->handle, ++s->parameter, text, -1, SQLITE_TRANSIENT);
}

static void bind_number(struct statement *s, int64_t number)
{
	if (s->code == SQLITE_OK)
		s->code = sqlite3_bind_int64(s->handle, ++s->parameter, number);
}

static void bind_bytes(struct statement *s, const void *bytes, size_t len)
{
	if (s->code == SQLITE_OK)
		s->code = sqlite3_bind_blob64(s->handle, ++s->parameter, len ? bytes : "", len, SQLITE_TRANSIENT);
}

static bool next_row(struct statement *s)
{
	if (s->code != SQLITE_OK && s->code != SQLITE_ROW)
		return false;
	s->code = sqlite3_step(s->handle);
	return s->code == SQLITE_ROW;
}

static gw_status finish(struct statement *s, struct error *err)
{
	gw_status status = s->code == SQLITE_OK || s->code == SQLITE_DONE || s->code == SQLITE_ROW
				   ? GW_OK
				   : fail(s->db, err, s->code);

	sqlite3_finalize(s->handle);
	return status;
}

static gw_status run_to_end(struct statement *s, struct error *err)
{
	while (next_row(s))
		;
	return finish(s, err);
}

static const char *column_text(const struct statement *s, int column)
{
	const unsigned char *text = sqlite3_column_text(s->handle, column);

	return text ? (const char *)text : "";
}

/* ---- open ------------------------------------------------------------------------------------------------------- */

/* 0: it is new. */
static gw_status read_version(struct journal_db *db, int64_t *ret, struct error *err)
{
	struct statement s = prepare(db, "PRAGMA user_version");
	int64_t version = next_row(&s) ? sqlite3_column_int64(s.handle, 0) : 0;
	gw_status status = finish(&s, err);

	if (status)
		return status;
	*ret = version;
	if (version > SCHEMA_VERSION)
		return error_set(err, GW_ERR_SYSTEM, "the journal was written by a newer version (form %lld)",
				 (long long)version);
	return GW_OK;
}

static gw_status check_whole(struct journal_db *db, struct error *err)
{
	struct statement s = prepare(db, "PRAGMA quick_check(1)");
	bool ok = next_row(&s) && strcmp(column_text(&s, 0), "ok") == 0;
	gw_status status = finish(&s, err);

	if (status)
		return status;
	return ok ? GW_OK : error_set(err, GW_ERR_SYNTAX, "the journal is damaged");
}

static int note_log(void *context, sqlite3 *handle, const char *name, int pages)
{
	struct journal_db *db = context;

	(void)handle;
	(void)name;
	db->log_pages = pages;
	return SQLITE_OK;
}

/* The log has its blocks before they are needed, and keeps them. A sync after overwriting is many times quicker than
 * one after the file grew. Where it cannot have them, it is only slower. */
static void make_room(struct journal_db *db)
{
	static const char zeros[4096];
	sqlite3_file *log = NULL;
	sqlite3_int64 size = 0;
	int keep = 1;

	sqlite3_wal_hook(db->handle, note_log, db);
	(void)sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_PERSIST_WAL, &keep);
	if (sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log) || !log || !log->pMethods ||
	    log->pMethods->xFileSize(log, &size))
		return;
	for (; size < LOG_BYTES; size += (int)sizeof(zeros))
		if (log->pMethods->xWrite(log, zeros, sizeof(zeros), size))
			return;
	(void)log->pMethods->xSync(log, SQLITE_SYNC_FULL);
}

/* SQLite refuses a link anywhere in a path. The folders above are root's (state_dir.h), and a link that leads to a
 * larger disk is followed; the journal itself must be none. SQLite itself reports a missing folder. */
static int open_file(struct journal_db *db, const char *path, int flags, const char *vfs)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	char *real = realpath(folder, NULL);
	char *whole = real ? xasprintf("%s/%s", real, slash ? slash + 1 : path) : xstrdup(path);
	int code = sqlite3_open_v2(whole, &db->handle, flags | SQLITE_OPEN_NOFOLLOW, vfs);

	free(whole);
	free(real);
	free(folder);
	return code;
}

/* On a disk that nobody can write no lock can be taken, nor a file be made for them: without any. */
static gw_status open_to_read(struct journal_db **ret, struct journal_db *db, const char *path, struct error *err)
{
	int64_t version;

	sqlite3_close_v2(db->handle);
	int code = open_file(db, path, SQLITE_OPEN_READONLY, "unix-none");
	gw_status status = code == SQLITE_OK ? run(db, "PRAGMA locking_mode = EXCLUSIVE", err) : fail(db, err, code);
	if (!status)
		status = read_version(db, &version, err);
	if (!status)
		status = check_whole(db, err);
	if (status)
		journal_db_close(db);
	else
		*ret = db;
	return status;
}

gw_status journal_db_open(struct journal_db **ret, const char *path, struct error *err)
{
	struct journal_db *db = xcalloc(1, sizeof(*db));
	int64_t version = 0;
	int code = open_file(db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	gw_status status = code == SQLITE_OK ? GW_OK : fail(db, err, code);

	if (!status && journal_db_is_read_only(db))
		return open_to_read(ret, db, path, err);
	if (!status) {
		sqlite3_busy_timeout(db->handle, BUSY_MS);
		status = read_version(db, &version, err);
	}
	/* where nothing new is to stand nothing is written: a full disk is read all the same */
	if (!status && version == 0) /* before the first page is there */
		status = run(db, "PRAGMA auto_vacuum = INCREMENTAL", err);
	if (!status)
		status = run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", err);
	if (!status)
		status = check_whole(db, err);
	if (!status && version == 0)
		status = run(db, schema, err);
	if (status) {
		journal_db_close(db);
		return status;
	}
	make_room(db);
	*ret = db;
	return GW_OK;
}

bool journal_db_is_read_only(struct journal_db *db)
{
	return sqlite3_db_readonly(db->handle, "main") == 1;
}

void journal_db_close(struct journal_db *db)
{
	if (!db)
		return;
	sqlite3_close_v2(db->handle);
	free(db);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

gw_status journal_db_begin(struct journal_db *db, struct error *err)
{
	return run(db, "BEGIN", err);
}

gw_status journal_db_commit(struct journal_db *db, struct error *err)
{
	return run(db, "COMMIT", err);
}

gw_status journal_db_tidy(struct journal_db *db, struct error *err)
{
	if (db->log_pages < LOG_PAGES_MAX)
		return GW_OK;
	int code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	db->log_pages = 0;
	return code == SQLITE_OK || code == SQLITE_BUSY ? GW_OK : fail(db, err, code);
}

gw_status journal_db_put(struct journal_db *db, const char *instance, const char *key, const void *value, size_t len,
			 struct error *err)
{
	struct statement s = prepare(db, "INSERT OR REPLACE INTO store (instance, key, value) VALUES (?, ?, ?)");

	bind_text(&s, instance);
	bind_text(&s, key);
	bind_bytes(&s, value, len);
	return run_to_end(&s, err);
}

static char *record_to_text(const struct submission_record *record)
{
	const struct gw_intent *intent = &record->intent;
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_u64(&w, "id", record->id);
	json_put_i64(&w, "operation", intent->operation);
	json_put_i64(&w, "mode", intent->mode);
	json_put_u64(&w, "evidence_num", intent->evidence_num);
	json_put_text(&w, "evidence_id", intent->evidence_id);
	json_put_text(&w, "witness", intent->witness);
	json_put_text(&w, "signing_key", intent->signing_key);
	json_put_text(&w, "base", intent->base);
	json_put_text(&w, "quote", intent->quote);
	json_put_text(&w, "url", record->url);
	json_put_u64(&w, "tapos_num", record->tapos_num);
	json_put_text(&w, "tapos_id", record->tapos_id);
	json_put_u64(&w, "expiration_s", record->expiration_s);
	json_close(&w, '}');
	return json_writer_take(&w);
}

static gw_status record_from_json(struct submission_record *ret, const struct json *json, struct error *err)
{
	struct submission_record record = {.intent = {.struct_size = sizeof(record.intent)}};
	struct gw_intent *intent = &record.intent;
	uint64_t evidence_num = 0, tapos_num = 0, expiration_s = 0;
	int64_t operation = 0, mode = 0;

	if (json_get_u64(json, "id", INT64_MAX, &record.id, err) ||
	    json_get_i64(json, "operation", 0, INT32_MAX, &operation, err) ||
	    json_get_i64(json, "mode", 0, INT32_MAX, &mode, err) ||
	    json_get_u64(json, "evidence_num", UINT32_MAX, &evidence_num, err) ||
	    json_get_text(json, "evidence_id", intent->evidence_id, sizeof(intent->evidence_id), err) ||
	    json_get_text(json, "witness", intent->witness, sizeof(intent->witness), err) ||
	    json_get_text(json, "signing_key", intent->signing_key, sizeof(intent->signing_key), err) ||
	    json_get_text(json, "base", intent->base, sizeof(intent->base), err) ||
	    json_get_text(json, "quote", intent->quote, sizeof(intent->quote), err) ||
	    json_get_text(json, "url", record.url, sizeof(record.url), err) ||
	    json_get_u64(json, "tapos_num", UINT32_MAX, &tapos_num, err) ||
	    json_get_text(json, "tapos_id", record.tapos_id, sizeof(record.tapos_id), err) ||
	    json_get_u64(json, "expiration_s", UINT32_MAX, &expiration_s, err))
		return GW_ERR_SYNTAX;
	intent->operation = (int32_t)operation;
	intent->mode = (int32_t)mode;
	intent->evidence_num = (uint32_t)evidence_num;
	record.tapos_num = (uint32_t)tapos_num;
	record.expiration_s = (uint32_t)expiration_s;
	*ret = record;
	return GW_OK;
}

gw_status journal_db_record(struct journal_db *db, const char *instance, int64_t wall_ms,
			    const struct submission_record *record, struct error *err)
{
	struct statement s = prepare(db, "INSERT OR REPLACE INTO submission (id, instance, wall_ms, record, over)"
					 " VALUES (?, ?, ?, ?, 0)");
	char *text = record_to_text(record);

	bind_number(&s, (int64_t)record->id);
	bind_text(&s, instance);
	bind_number(&s, wall_ms);
	bind_text(&s, text);
	free(text);
	return run_to_end(&s, err);
}

static gw_status write_event(struct journal_db *db, const char *kind, const struct journal_notice_row *row,
			     struct error *err)
{
	struct statement s = prepare(db, "INSERT INTO event (wall_ms, kind, instance, severity, code, text, fields)"
					 " VALUES (?, ?, ?, ?, ?, ?, ?)");

	bind_number(&s, row->wall_ms);
	bind_text(&s, kind);
	bind_text(&s, row->source);
	bind_number(&s, row->severity);
	bind_text(&s, row->code);
	bind_text(&s, row->text);
	bind_text(&s, row->fields_json);
	return run_to_end(&s, err);
}

gw_status journal_db_notice(struct journal_db *db, const struct journal_notice_row *row, struct error *err)
{
	return write_event(db, "notice", row, err);
}

gw_status journal_db_progress(struct journal_db *db, const char *instance, const struct gw_submission_event *event,
			      enum submission_end end, struct error *err)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_u64(&w, "id", event->id);
	json_put_i64(&w, "reason", event->reason);
	json_put_text(&w, "txid", event->txid);
	json_put_u64(&w, "block", event->block_num);
	json_put_text(&w, "witness", event->intent->witness);
	json_put_text(&w, "signing_key", event->intent->signing_key);
	json_close(&w, '}');

	struct journal_notice_row row = {.wall_ms = event->now.wall_ms,
					 .severity = event->state == GW_SUBMISSION_FAILED ? GW_WARNING : GW_INFO,
					 .source = instance,
					 .code = gw_submission_name(event->state),
					 .text = event->text,
					 .fields_json = w.text};
	gw_status status = write_event(db, "submission", &row, err);
	if (!status && end != SUBMISSION_OPEN) {
		struct statement s = prepare(db, "UPDATE submission SET over = ? WHERE id = ?");

		bind_number(&s, end);
		bind_number(&s, (int64_t)event->id);
		status = run_to_end(&s, err);
	}
	json_writer_done(&w);
	return status;
}

gw_status journal_db_prune(struct journal_db *db, int64_t now_ms, uint32_t keep_days, uint64_t keep_bytes,
			   struct error *err)
{
	int64_t oldest_ms = now_ms - (int64_t)keep_days * 86400000;
	struct statement s = prepare(db, "DELETE FROM event WHERE wall_ms < ?");
	uint64_t bytes = 0;

	bind_number(&s, oldest_ms);
	gw_status status = run_to_end(&s, err);
	if (status)
		return status;
	s = prepare(db, "DELETE FROM submission WHERE over <> 0 AND wall_ms < ?");
	bind_number(&s, oldest_ms);
	status = run_to_end(&s, err);
	if (!status) {
		s = prepare(db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
		bytes = next_row(&s) ? (uint64_t)sqlite3_column_int64(s.handle, 0) : 0;
		status = finish(&s, err);
	}
	if (!status && bytes > keep_bytes)
		status = run(db,
			     "DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id"
			     " LIMIT (SELECT count(*) / 4 + 1 FROM event))",
			     err);
	if (!status)
		status = run(db, "PRAGMA incremental_vacuum", err);
	return status;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

gw_status journal_db_each_value(struct journal_db *db,
				void (*visit)(void *context, const char *instance, const char *key, const void *value,
					      size_t len),
				void *context, struct error *err)
{
	struct statement s = prepare(db, "SELECT instance, key, value FROM store");

	while (next_row(&s))
		visit(context, column_text(&s, 0), column_text(&s, 1), sqlite3_column_blob(s.handle, 2),
		      (size_t)sqlite3_column_bytes(s.handle, 2));
	return finish(&s, err);
}

gw_status journal_db_each_submission(struct journal_db *db,
				     void (*visit)(void *context, const char *instance,
						   const struct submission_record *record, enum submission_end end),
				     void *context, struct error *err)
{
	struct statement s = prepare(db, "SELECT instance, record, over FROM submission WHERE over <> 1 ORDER BY id");
	gw_status status = GW_OK;

	while (!status && next_row(&s)) {
		const char *text = column_text(&s, 1);
		struct submission_record record;
		struct json *json;

		status = json_parse(&json, text, strlen(text), err);
		if (status)
			break;
		status = record_from_json(&record, json, err);
		json_free(json);
		if (!status)
			visit(context, column_text(&s, 0), &record,
			      sqlite3_column_int64(s.handle, 2) == SUBMISSION_OPEN ? SUBMISSION_OPEN
										   : SUBMISSION_MAY_COME);
	}
	gw_status finished = finish(&s, status ? NULL : err);
	return status ? status : finished;
}

gw_status journal_db_last_id(struct journal_db *db, uint64_t *ret, struct error *err)
{
	struct statement s = prepare(db, "SELECT coalesce(max(id), 0) FROM submission");
	int64_t id = next_row(&s) ? sqlite3_column_int64(s.handle, 0) : 0;
	gw_status status = finish(&s, err);

	if (!status)
		*ret = id < 0 ? 0 : (uint64_t)id;
	return status;
}

static void write_history_row(struct json_writer *w, const struct statement *s)
{

	json_open(w, NULL, '{');
	json_put_i64(w, "wall_ms", sqlite3_column_int64(s->handle, 0));
	json_put_text(w, "kind", column_text(s, 1));
	json_put_text(w, "source", column_text(s, 2));
	json_put_text(w, "severity", gw_severity_name(sqlite3_column_int(s->handle, 3)));
	json_put_text(w, "code", column_text(s, 4));
	json_put_text(w, "text", column_text(s, 5));
	if (*column_text(s, 6))
		json_put_raw(w, "fields", column_text(s, 6));
	json_close(w, '}');
}

gw_status journal_db_history(struct journal_db *db, const struct journal_query *query, char **ret, struct error *err)
{
	struct statement s = prepare(db, "SELECT wall_ms, kind, instance, severity, code, text, fields FROM event"
					 " WHERE wall_ms >= ? AND (? = '' OR instance = ?) ORDER BY id DESC LIMIT ?");
	struct json_writer w;

	bind_number(&s, query->since_ms);
	bind_text(&s, query->instance ? query->instance : "");
	bind_text(&s, query->instance ? query->instance : "");
	bind_number(&s, query->limit);
	json_writer_init(&w);
	json_open(&w, NULL, '[');
	while (next_row(&s))
		write_history_row(&w, &s);
	json_close(&w, ']');
	gw_status status = finish(&s, err);
	if (status)
		json_writer_done(&w);
	else
		*ret = json_writer_take(&w);
	return status;
}
