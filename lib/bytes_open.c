/* SPDX-License-Identifier: BSD-2-Clause */
/* How a database is opened, without trust in what is in it, and closed. */
#include "bytes_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* For SQLITE_OPEN_NOFOLLOW and SQLITE_DBCONFIG_TRUSTED_SCHEMA. */
static_assert(SQLITE_VERSION_NUMBER >= 3031000, "SQLite 3.31 or later is needed");

/*
 * Frames of the write-ahead log, a page each, after which a commit copies them into the database. A
 * larger log would save copies of the pages that every put changes, but little (at 100,000 entries
 * 2 % for each doubling), and each process that finds the database closed reads it whole. What a
 * large commit leaves of it beyond LOG_MAX bytes is cut off.
 */
enum { LOG_FRAMES = 512, LOG_MAX = 4 * LOG_FRAMES * DB_PAGE };

/* No value is longer than the largest content and what SQLite adds to a row. */
enum { VALUE_MAX = BYTES_CONTENT_MAX + FESTORE_RECORD_MAX + 256 };

/*
 * How a client that finds the write lock taken waits for it: it looks again after a while that
 * chance chooses, so that all who wait have the same chance each time. (SQLite's own waits grow to
 * a tenth of a second, so that whoever has waited long looks least often: of 14 clients some waited
 * nine seconds.)
 */
enum { LOOK_MIN_MS = 1, LOOK_MAX_MS = 16 };

static int64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_for_others(void *arg, int count)
{
	struct bytes *bytes = arg;
	const int64_t begin = now_ms();
	int64_t ms = LOOK_MIN_MS;
	uint8_t chance = 0;

	if (count == 0)
		bytes->waited = 0;
	if (bytes->waited >= bytes->patience)
		return 0;
	sqlite3_randomness(sizeof(chance), &chance);
	ms += chance % (LOOK_MAX_MS - LOOK_MIN_MS + 1);
	sqlite3_sleep((int)ms);
	/* It may have been longer than asked for. */
	if (now_ms() - begin > ms)
		ms = now_ms() - begin;
	bytes->waited += ms;
	return 1;
}

/* A file of another's making must neither run anything nor make SQLite allocate at will. */
static void restrict_sqlite(sqlite3 *db)
{
	static const struct {
		int what;
		int value;
	} limits[] = {
		{SQLITE_LIMIT_LENGTH, VALUE_MAX},
		{SQLITE_LIMIT_SQL_LENGTH, 1024},
		{SQLITE_LIMIT_COLUMN, 16},
		{SQLITE_LIMIT_EXPR_DEPTH, 16},
		{SQLITE_LIMIT_COMPOUND_SELECT, 2},
		{SQLITE_LIMIT_FUNCTION_ARG, 2},
		{SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 16},
		{SQLITE_LIMIT_VARIABLE_NUMBER, 8},
		{SQLITE_LIMIT_TRIGGER_DEPTH, 1},
		{SQLITE_LIMIT_WORKER_THREADS, 0},
	};

	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(db, limits[i].what, limits[i].value);
}

/* After each commit; SQLite starts the log anew with the next one, if all of it was copied. */
static int after_commit(void *arg, sqlite3 *db, const char *name, int frames)
{
	struct bytes *bytes = arg;

	bytes->log_is_long = frames >= LOG_FRAMES;
	/* Where it cannot be copied now, the next commit tries again. */
	if (bytes->log_is_long)
		sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

/*
 * The log stays where the last process leaves it: to copy it into the database at every close would
 * cost each command two more syncs. But how much of it was copied is remembered only as long as a
 * process has it open, so a long one must not be left to the next process, which would copy it all
 * again.
 */
static void leave_log(struct bytes *bytes)
{
	if (!bytes->log_is_long)
		return;
	bytes->patience = 0;
	sqlite3_wal_checkpoint_v2(bytes->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/*
 * Deleted bytes are overwritten where that costs no writing: contents are sealed, and to write
 * zeros over a large one would need as much space in the log, on a disk that is perhaps full.
 */
static int configure(struct bytes *bytes)
{
	sqlite3 *db = bytes->db;
	static const char pragmas[] = "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
				      "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST;"
				      "PRAGMA synchronous = FULL";
	char limit[48] = "";
	int result = SQLITE_OK;

	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_handler(db, wait_for_others, bytes);
	restrict_sqlite(db);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_wal_hook(db, after_commit, bytes);
	result = sqlite3_exec(db, pragmas, NULL, NULL, NULL);
	snprintf(limit, sizeof(limit), "PRAGMA journal_size_limit = %d", (int)LOG_MAX);
	if (result == SQLITE_OK)
		result = sqlite3_exec(db, limit, NULL, NULL, NULL);
	return result;
}

/* The value of a pragma, as text; NULL if it has none. For sqlite3_finalize() of *ret_statement. */
static int read_pragma(
	sqlite3 *db, const char *pragma, sqlite3_stmt **ret_statement, const char **ret_value)
{
	int result = sqlite3_prepare_v2(db, pragma, -1, ret_statement, NULL);

	*ret_value = NULL;
	if (result != SQLITE_OK)
		return result;
	result = sqlite3_step(*ret_statement);
	if (result != SQLITE_ROW)
		return result == SQLITE_DONE ? SQLITE_OK : result;
	*ret_value = (const char *)sqlite3_column_text(*ret_statement, 0);
	return SQLITE_OK;
}

static enum festore_error check_pragma(
	struct bytes *bytes, const char *pragma, const char *wanted, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const char *value = NULL;
	const int result = read_pragma(bytes->db, pragma, &statement, &value);
	enum festore_error error = FESTORE_OK;

	if (result != SQLITE_OK)
		error = db_fail(bytes, result, failure);
	else if (!value || strcmp(value, wanted) != 0)
		error = db_damaged(
			bytes, "it is another program's, or of another version", failure);
	sqlite3_finalize(statement);
	return error;
}

static enum festore_error check_format(struct bytes *bytes, struct failure *failure)
{
	char application[16] = "";
	char version[16] = "";
	char page[16] = "";
	const char *const pragmas[][2] = {
		{"PRAGMA application_id", application},
		{"PRAGMA user_version", version},
		{"PRAGMA page_size", page},
		{"PRAGMA encoding", "UTF-8"},
		{"PRAGMA journal_mode", "wal"},
	};
	enum festore_error error = FESTORE_OK;

	snprintf(application, sizeof(application), "%d", DB_APPLICATION);
	snprintf(version, sizeof(version), "%d", DB_VERSION);
	snprintf(page, sizeof(page), "%d", DB_PAGE);
	for (size_t i = 0; error == FESTORE_OK && i < sizeof(pragmas) / sizeof(pragmas[0]); i++)
		error = check_pragma(bytes, pragmas[i][0], pragmas[i][1], failure);
	return error;
}

static bool is_text(sqlite3_stmt *statement, int column, const char *wanted)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text && strcmp(text, wanted) == 0;
}

/* Table i has page 2 + i: two tables cannot share one. */
static bool is_table(sqlite3_stmt *statement, int i)
{
	return is_text(statement, 0, "table") && is_text(statement, 1, db_tables[i].name) &&
		is_text(statement, 2, db_tables[i].name) &&
		sqlite3_column_int64(statement, 3) == 2 + i &&
		is_text(statement, 4, db_tables[i].sql);
}

static enum festore_error check_schema(struct bytes *bytes, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = FESTORE_OK;
	int count = 0;
	int result = sqlite3_prepare_v2(bytes->db,
		"SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master", -1, &statement,
		NULL);

	if (result != SQLITE_OK)
		return db_fail(bytes, result, failure);
	for (result = sqlite3_step(statement); result == SQLITE_ROW;
		result = sqlite3_step(statement)) {
		if (count == DB_TABLES || !is_table(statement, count))
			break;
		count++;
	}
	if (result == SQLITE_DONE && count == DB_TABLES)
		error = FESTORE_OK;
	else if (result == SQLITE_DONE || result == SQLITE_ROW)
		error = db_damaged(bytes, "it has other tables", failure);
	else
		error = db_fail(bytes, result, failure);
	sqlite3_finalize(statement);
	return error;
}

static enum festore_error connect_as(
	struct bytes *bytes, const char *locking, struct failure *failure)
{
	sqlite3_stmt *rollback = NULL;
	enum festore_error error = FESTORE_OK;
	int result = sqlite3_open_v2(bytes->path, &bytes->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
			SQLITE_OPEN_PRIVATECACHE,
		NULL);

	if (!bytes->db)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	/* SQLite is content with reading where it may not write. */
	if (result == SQLITE_OK && sqlite3_db_readonly(bytes->db, "main") != 0)
		result = SQLITE_PERM;
	/* Before anything is read: other pragmas do. */
	if (result == SQLITE_OK)
		result = sqlite3_exec(bytes->db, locking, NULL, NULL, NULL);
	if (result == SQLITE_OK)
		result = configure(bytes);
	if (result != SQLITE_OK)
		return db_fail(bytes, result, failure);
	error = check_format(bytes, failure);
	if (error == FESTORE_OK)
		error = check_schema(bytes, failure);
	/* So that a transaction can be ended when there is no memory any more. */
	if (error == FESTORE_OK)
		error = db_prepare(bytes, DB_ROLLBACK, &rollback, failure);
	return error;
}

static void disconnect(struct bytes *bytes)
{
	for (int i = 0; i < DB_STATEMENTS; i++) {
		sqlite3_finalize(bytes->statements[i]);
		bytes->statements[i] = NULL;
	}
	sqlite3_close(bytes->db);
	bytes->db = NULL;
	bytes->is_alone = false;
}

/*
 * On a full disk there may be no room for the index of the log that processes share (-shm). One
 * process alone can do without, so that at least reading does not depend on free space. It keeps
 * others waiting, so it does that for one transaction at a time.
 */
enum festore_error db_connect(struct bytes *bytes, struct failure *failure)
{
	enum festore_error error = FESTORE_OK;

	if (bytes->db)
		return FESTORE_OK;
	error = connect_as(bytes, "PRAGMA locking_mode = NORMAL", failure);
	if (error == FESTORE_NO_SPACE) {
		disconnect(bytes);
		memset(failure, 0, sizeof(*failure));
		error = connect_as(bytes, "PRAGMA locking_mode = EXCLUSIVE", failure);
		bytes->is_alone = true;
	}
	if (error != FESTORE_OK)
		disconnect(bytes);
	return error;
}

void db_let_others_in(struct bytes *bytes)
{
	if (bytes->is_alone)
		disconnect(bytes);
}

enum festore_error bytes_open(struct bytes **ret_bytes, const char *path, bool may_create,
	unsigned int mode, struct failure *failure)
{
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	enum festore_error error = FESTORE_OK;

	if (!bytes)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	bytes->patience = BYTES_PATIENCE_MS;
	bytes->path = db_resolve(path, failure);
	error = bytes->path ? db_provide(bytes->path, may_create, mode, failure) : failure->error;
	if (error == FESTORE_OK)
		error = db_connect(bytes, failure);
	if (error == FESTORE_OK)
		*ret_bytes = bytes;
	else
		bytes_close(bytes);
	return error;
}

void bytes_close(struct bytes *bytes)
{
	if (!bytes)
		return;
	bytes_end(bytes);
	if (bytes->db)
		leave_log(bytes);
	disconnect(bytes);
	free(bytes->released);
	free(bytes->path);
	free(bytes);
}

void bytes_set_patience(struct bytes *bytes, int milliseconds)
{
	bytes->patience = milliseconds;
}
