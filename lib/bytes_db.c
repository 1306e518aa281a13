/* SPDX-License-Identifier: BSD-2-Clause */
/* The handle of a database: its statements and transactions, and SQLite's errors in words. */
#include "bytes_db.h"

#include <errno.h>

static const char *const texts[DB_STATEMENTS] = {
	[DB_BEGIN_READ] = "BEGIN",
	[DB_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[DB_COMMIT] = "COMMIT",
	[DB_ROLLBACK] = "ROLLBACK",
	[DB_META_READ] = "SELECT value FROM meta WHERE id = ?1",
	[DB_META_WRITE] = "INSERT OR REPLACE INTO meta (id, value) VALUES (?1, ?2)",
	[DB_LOG_READ] = "SELECT id, value FROM meta WHERE id >= ?1 ORDER BY id LIMIT 1",
	[DB_LOG_FIND] = "SELECT id FROM meta WHERE id >= ?1 ORDER BY id LIMIT 1",
	[DB_LOG_DROP] = "DELETE FROM meta WHERE id >= ?1 AND id <= ?2",
	[DB_NODE_READ] = "SELECT hashes FROM node WHERE id = ?1",
	[DB_NODE_WRITE] = "INSERT OR REPLACE INTO node (id, hashes) VALUES (?1, ?2)",
	[DB_NODE_REMOVE] = "DELETE FROM node WHERE id = ?1",
	[DB_ENTRY_AT_OR_ABOVE] = "SELECT prefix, locator, record FROM entry "
				 "WHERE prefix >= ?1 ORDER BY prefix LIMIT 2",
	[DB_ENTRY_BELOW] = "SELECT prefix, locator, record FROM entry "
			   "WHERE prefix < ?1 ORDER BY prefix DESC LIMIT 2",
	[DB_ENTRY_READ] = "SELECT prefix, locator, record, content_id, length(content) FROM entry "
			  "WHERE prefix = ?1",
	[DB_ENTRY_CONTENT] = "SELECT content FROM entry WHERE prefix = ?1",
	[DB_ENTRY_WRITE] = "INSERT OR REPLACE INTO entry "
			   "(prefix, locator, record, content_id, content) "
			   "VALUES (?1, ?2, ?3, ?4, ?5)",
	[DB_ENTRY_REMOVE] = "DELETE FROM entry WHERE prefix = ?1",
	[DB_ENTRY_LIST] = "SELECT prefix, locator, record, content_id, length(content) FROM entry "
			  "ORDER BY prefix",
	[DB_CONTENT_LEN] = "SELECT length(bytes) FROM content WHERE id = ?1",
	[DB_CONTENT_READ] = "SELECT bytes FROM content WHERE id = ?1",
	/* Numbers of blob files are below zero. */
	[DB_CONTENT_WRITE] = "INSERT INTO content (id, bytes) VALUES (coalesce(?1, "
			     "max(coalesce((SELECT max(id) FROM content), 0), 0) + 1), ?2)",
	[DB_CONTENT_REMOVE] = "DELETE FROM content WHERE id = ?1",
	[DB_UNUSED] = "PRAGMA freelist_count",
	[DB_WALK_ENTRIES] = "SELECT prefix FROM entry WHERE prefix >= ?1 ORDER BY prefix LIMIT 1",
	[DB_WALK_ENTRY] = "SELECT locator, record, content_id FROM entry WHERE prefix = ?1",
	[DB_WALK_CONTENTS] = "SELECT id FROM content WHERE id >= ?1 ORDER BY id LIMIT 1",
	[DB_WALK_NODES] = "SELECT id FROM node WHERE id >= ?1 ORDER BY id LIMIT 1",
};

/* --- errors ----------------------------------------------------------------------------------- */

static enum festore_error of_system(int result, int error)
{
	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		return FESTORE_NO_SPACE;
	if (error == EACCES || error == EPERM || error == EROFS)
		return FESTORE_DENIED;
	return result == SQLITE_IOERR_SHORT_READ ? FESTORE_DAMAGED : FESTORE_ERROR;
}

/*
 * Our statements are right for our schema, so SQLITE_ERROR means that the schema is another one.
 * Whether the file may be written is asked when it is opened, so SQLITE_READONLY alone means that
 * it claims to be of a later format.
 */
static enum festore_error of_result(int result, int system_error)
{
	if (result == SQLITE_READONLY)
		return FESTORE_DAMAGED;
	switch (result & 0xff) {
	case SQLITE_FULL:
		return FESTORE_NO_SPACE;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return FESTORE_BUSY;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return FESTORE_DENIED;
	case SQLITE_ERROR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
	case SQLITE_TOOBIG:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return FESTORE_DAMAGED;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return of_system(result, system_error);
	default:
		return FESTORE_ERROR;
	}
}

/* A value that SQLite has no memory for looks like one that is not there. */
enum festore_error db_damaged(struct bytes *bytes, const char *what, struct failure *failure)
{
	if (bytes->db && (sqlite3_errcode(bytes->db) & 0xff) == SQLITE_NOMEM)
		return db_fail(bytes, SQLITE_NOMEM, failure);
	return failure_set(
		failure, FESTORE_DAMAGED, "the database %s is damaged: %s", bytes->path, what);
}

/* SQLite keeps errno of a file that it cannot open, but not of a commit that it cannot write. */
enum festore_error db_fail(struct bytes *bytes, int result, struct failure *failure)
{
	const int system_error =
		(result & 0xff) == SQLITE_CANTOPEN ? sqlite3_system_errno(bytes->db) : errno;
	const enum festore_error error = of_result(result, system_error);

	switch (error) {
	case FESTORE_NO_SPACE:
		return failure_set(
			failure, error, "no space left for the database %s", bytes->path);
	case FESTORE_BUSY:
		return failure_set(
			failure, error, "another process holds the database %s", bytes->path);
	case FESTORE_DENIED:
		return failure_set(failure, error,
			"the database %s cannot be read and written by this user: %s", bytes->path,
			sqlite3_errstr(result));
	case FESTORE_DAMAGED:
		return db_damaged(bytes, sqlite3_errstr(result), failure);
	default:
		return failure_set(failure, error, "the database %s fails: %s (%d)", bytes->path,
			sqlite3_errstr(result), result);
	}
}

/* --- statements ------------------------------------------------------------------------------- */

enum festore_error db_prepare(struct bytes *bytes, enum db_statement which,
	sqlite3_stmt **ret_statement, struct failure *failure)
{
	sqlite3_stmt **statement = &bytes->statements[which];
	int result = SQLITE_OK;

	errno = 0;
	if (!*statement)
		result = sqlite3_prepare_v3(
			bytes->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
	else
		sqlite3_reset(*statement);
	if (result != SQLITE_OK)
		return db_fail(bytes, result, failure);
	*ret_statement = *statement;
	return FESTORE_OK;
}

enum festore_error db_step(struct bytes *bytes, sqlite3_stmt *statement, struct failure *failure)
{
	const int result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		return FESTORE_OK;
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? FESTORE_NOT_FOUND : db_fail(bytes, result, failure);
}

enum festore_error db_run(struct bytes *bytes, sqlite3_stmt *statement, struct failure *failure)
{
	const int result = sqlite3_step(statement);

	sqlite3_reset(statement);
	/* The bytes are the caller's, and gone when it returns. */
	sqlite3_clear_bindings(statement);
	if (result == SQLITE_ROW)
		return db_damaged(bytes, "a row where none can be", failure);
	return result == SQLITE_DONE ? FESTORE_OK : db_fail(bytes, result, failure);
}

bool db_blob(sqlite3_stmt *statement, int column, size_t min, size_t max, const uint8_t **ret_blob,
	size_t *ret_len)
{
	const uint8_t *blob = NULL;
	size_t len = 0;

	if (sqlite3_column_type(statement, column) != SQLITE_BLOB)
		return false;
	/* In this order, says SQLite. It is NULL if the memory for it is lacking. */
	blob = sqlite3_column_blob(statement, column);
	len = (size_t)sqlite3_column_bytes(statement, column);
	if (!blob || len < min || len > max)
		return false;
	*ret_blob = blob;
	*ret_len = len;
	return true;
}

bool db_integer(sqlite3_stmt *statement, int column, int64_t min, int64_t max, int64_t *ret_value)
{
	int64_t value = 0;

	if (sqlite3_column_type(statement, column) != SQLITE_INTEGER)
		return false;
	value = sqlite3_column_int64(statement, column);
	if (value < min || value > max)
		return false;
	*ret_value = value;
	return true;
}

/* --- transactions ----------------------------------------------------------------------------- */

/* Runs a statement without parameters. */
static enum festore_error execute(
	struct bytes *bytes, enum db_statement which, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const enum festore_error error = db_prepare(bytes, which, &statement, failure);

	return error == FESTORE_OK ? db_run(bytes, statement, failure) : error;
}

void db_forget_rows(struct bytes *bytes)
{
	sqlite3_reset(bytes->shown);
	bytes->shown = NULL;
}

static void forget_transaction(struct bytes *bytes)
{
	db_forget_rows(bytes);
	bytes_list_end(bytes);
	sqlite3_blob_close(bytes->blob);
	bytes->blob = NULL;
	bytes->transaction = DB_NONE;
	bytes->has_failed = false;
	bytes->moved.is_under_way = false;
}

/* SQLite itself ends a transaction after some errors. What follows must not run outside of one. */
enum festore_error db_enter(
	struct bytes *bytes, enum db_transaction transaction, struct failure *failure)
{
	db_forget_rows(bytes);
	if (bytes->transaction < transaction || sqlite3_get_autocommit(bytes->db) != 0)
		return failure_set(
			failure, FESTORE_ERROR, "no transaction of the database %s", bytes->path);
	return FESTORE_OK;
}

static enum festore_error begin(
	struct bytes *bytes, enum db_transaction transaction, struct failure *failure)
{
	const enum db_statement which = transaction == DB_READING ? DB_BEGIN_READ : DB_BEGIN_WRITE;
	enum festore_error error = FESTORE_OK;

	if (bytes->transaction != DB_NONE)
		return failure_set(failure, FESTORE_ERROR,
			"a transaction of the database %s is open already", bytes->path);
	error = db_connect(bytes, failure);
	if (error == FESTORE_OK)
		error = execute(bytes, which, failure);
	if (error == FESTORE_OK)
		bytes->transaction = transaction;
	else
		db_let_others_in(bytes);
	return error;
}

enum festore_error bytes_begin_read(struct bytes *bytes, struct failure *failure)
{
	return begin(bytes, DB_READING, failure);
}

enum festore_error bytes_begin_write(struct bytes *bytes, struct failure *failure)
{
	bytes->released_count = 0;
	return begin(bytes, DB_WRITING, failure);
}

void bytes_end(struct bytes *bytes)
{
	struct failure unimportant = {0};

	if (!bytes->db)
		return;
	forget_transaction(bytes);
	/* It fails only if the transaction has ended already. */
	if (sqlite3_get_autocommit(bytes->db) == 0)
		execute(bytes, DB_ROLLBACK, &unimportant);
	db_let_others_in(bytes);
}

void bytes_end_read(struct bytes *bytes)
{
	if (bytes->transaction == DB_READING)
		bytes_end(bytes);
}

enum festore_error bytes_commit(struct bytes *bytes, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);
	const bool is_half = bytes->has_failed || bytes->moved.is_under_way;

	if (error == FESTORE_OK && is_half)
		error = failure_set(failure, FESTORE_ERROR,
			"half a change of the database %s is not committed", bytes->path);
	if (error == FESTORE_OK) {
		forget_transaction(bytes);
		error = execute(bytes, DB_COMMIT, failure);
	}
	if (error != FESTORE_OK)
		bytes_end(bytes);
	else
		db_let_others_in(bytes);
	return error;
}
