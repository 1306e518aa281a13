/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealed entries of the log: rows of `meta` from BYTES_LOG on. */
#include "bytes_db.h"

#include <string.h>

/* Behind all notes, whose numbers have 16 bits. */
#define BYTES_LOG ((int64_t)1 << 32)

static enum festore_error write_row(
	struct bytes *bytes, int64_t id, const void *row, size_t len, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);
	sqlite3_stmt *statement = NULL;

	if (error == FESTORE_OK)
		error = db_prepare(bytes, DB_META_WRITE, &statement, failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_blob(statement, 2, row, (int)len, SQLITE_STATIC);
	error = db_run(bytes, statement, failure);
	if (error != FESTORE_OK)
		bytes->has_failed = true;
	return error;
}

/* What is no blob of a possible size has no bytes. */
static void take_row(sqlite3_stmt *statement, int column, struct bytes_logged *ret_row)
{
	const uint8_t *value = NULL;
	size_t len = 0;

	ret_row->len = 0;
	if (db_blob(statement, column, 1, sizeof(ret_row->bytes), &value, &len)) {
		memcpy(ret_row->bytes, value, len);
		ret_row->len = len;
	}
}

enum festore_error bytes_write_log(
	struct bytes *bytes, uint32_t number, const void *row, size_t len, struct failure *failure)
{
	return write_row(bytes, BYTES_LOG + number, row, len, failure);
}

enum festore_error bytes_write_logged_note(struct bytes *bytes, unsigned int number,
	const void *row, size_t len, struct failure *failure)
{
	return write_row(bytes, BYTES_NOTES + (int64_t)number, row, len, failure);
}

enum festore_error bytes_read_logged_note(struct bytes *bytes, unsigned int number,
	struct bytes_logged *ret_row, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_READING, failure);
	sqlite3_stmt *statement = NULL;

	if (error == FESTORE_OK)
		error = db_prepare(bytes, DB_META_READ, &statement, failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, BYTES_NOTES + (int64_t)number);
	error = db_step(bytes, statement, failure);
	if (error != FESTORE_OK)
		return error;
	take_row(statement, 0, ret_row);
	sqlite3_reset(statement);
	return FESTORE_OK;
}

/* The number of the row that SQLite cannot read. */
static enum festore_error find_id(
	struct bytes *bytes, int64_t from, int64_t *ret_id, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = db_prepare(bytes, DB_LOG_FIND, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, from);
	error = db_step(bytes, statement, failure);
	if (error != FESTORE_OK)
		return error;
	if (!db_integer(statement, 0, from, INT64_MAX, ret_id))
		error = db_damaged(bytes, "a row of its log has no number", failure);
	sqlite3_reset(statement);
	return error;
}

enum festore_error bytes_read_log(struct bytes *bytes, uint64_t from, uint64_t *ret_number,
	struct bytes_logged *ret_row, struct failure *failure)
{
	const int64_t least = BYTES_LOG + (int64_t)from;
	enum festore_error error = db_enter(bytes, DB_READING, failure);
	sqlite3_stmt *statement = NULL;
	int64_t id = 0;

	ret_row->len = 0;
	if (error == FESTORE_OK)
		error = db_prepare(bytes, DB_LOG_READ, &statement, failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, least);
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_OK) {
		id = sqlite3_column_int64(statement, 0);
		take_row(statement, 1, ret_row);
		sqlite3_reset(statement);
	} else if (error == FESTORE_DAMAGED) {
		sqlite3_reset(statement);
		error = find_id(bytes, least, &id, failure);
	}
	if (error == FESTORE_OK)
		*ret_number = (uint64_t)(id - BYTES_LOG);
	return error;
}

enum festore_error bytes_drop_log(
	struct bytes *bytes, uint64_t first, uint64_t last, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);
	sqlite3_stmt *statement = NULL;

	if (error == FESTORE_OK)
		error = db_prepare(bytes, DB_LOG_DROP, &statement, failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, BYTES_LOG + (int64_t)first);
	sqlite3_bind_int64(statement, 2, BYTES_LOG + (int64_t)last);
	error = db_run(bytes, statement, failure);
	if (error != FESTORE_OK)
		bytes->has_failed = true;
	return error;
}
