/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts, removals and moves: a tree's rows, an entry's row and its content, in this order. */
#include "bytes_db.h"

#include <stdlib.h>
#include <string.h>

/* *id 0: a new number, which is then there. */
static enum festore_error insert_content(
	struct bytes *bytes, const void *content, size_t len, int64_t *id, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = db_prepare(bytes, DB_CONTENT_WRITE, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	if (*id != 0)
		sqlite3_bind_int64(statement, 1, *id);
	sqlite3_bind_blob(statement, 2, content, (int)len, SQLITE_STATIC);
	error = db_run(bytes, statement, failure);
	*id = sqlite3_last_insert_rowid(bytes->db);
	return error;
}

/* Runs a removal of the row `id`. */
static enum festore_error remove_row(
	struct bytes *bytes, enum db_statement which, int64_t id, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const enum festore_error error = db_prepare(bytes, which, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, id);
	return db_run(bytes, statement, failure);
}

/* Notes a blob file that nothing names any more. */
static enum festore_error release(struct bytes *bytes, int64_t id, struct failure *failure)
{
	int64_t *released =
		reallocarray(bytes->released, bytes->released_count + 1, sizeof(*bytes->released));

	if (!released)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	bytes->released = released;
	bytes->released[bytes->released_count++] = id;
	return FESTORE_OK;
}

size_t bytes_released(const struct bytes *bytes, const int64_t **ret_blob_ids)
{
	*ret_blob_ids = bytes->released;
	return bytes->released_count;
}

/* An entry's large content goes, if it has one. */
static enum festore_error remove_content(struct bytes *bytes, int64_t id, struct failure *failure)
{
	enum festore_error error = FESTORE_OK;

	if (id == 0)
		return FESTORE_OK;
	if (id < 0)
		error = release(bytes, -id, failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_blob_close(bytes->blob);
	bytes->blob = NULL;
	return remove_row(bytes, DB_CONTENT_REMOVE, id, failure);
}

/* A row of `entry` to write; `content` is what is inline of it. */
struct row {
	const uint8_t *locator;
	const void *record;
	size_t record_len;
	int64_t content_id;
	const void *content;
	size_t content_len;
};

static enum festore_error write_entry(
	struct bytes *bytes, const struct row *row, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const enum festore_error error = db_prepare(bytes, DB_ENTRY_WRITE, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, db_prefix(row->locator));
	sqlite3_bind_blob(statement, 2, row->locator, FESTORE_HASH, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 3, row->record, (int)row->record_len, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 4, row->content_id);
	if (row->content_id == 0)
		sqlite3_bind_blob(statement, 5, row->content, (int)row->content_len, SQLITE_STATIC);
	return db_run(bytes, statement, failure);
}

/* The content that a locator's entry names, whatever became of that. 0: none that can be told. */
static enum festore_error find_content_id(
	struct bytes *bytes, const uint8_t *locator, int64_t *ret_id, struct failure *failure)
{
	const int64_t key = db_prefix(locator);
	struct bytes_walk walk = {.from = key};
	struct bytes_raw_entry entry = {0};
	enum festore_error error = bytes_walk_entries(bytes, &walk, &entry, failure);

	if (error == FESTORE_NOT_FOUND || (error == FESTORE_OK && entry.key != key) ||
		(error == FESTORE_OK && entry.has_leaf &&
			memcmp(entry.leaf.locator, locator, FESTORE_HASH) != 0))
		return failure_set(failure, FESTORE_NOT_FOUND, "the database %s has no such entry",
			bytes->path);
	if (error == FESTORE_OK)
		*ret_id = entry.content_id;
	return error;
}

/* What is there of a locator's old entry goes. */
static enum festore_error replace_content(
	struct bytes *bytes, const uint8_t *locator, struct failure *failure)
{
	int64_t id = 0;
	enum festore_error error = find_content_id(bytes, locator, &id, failure);

	if (error == FESTORE_NOT_FOUND)
		return db_damaged(bytes, "an entry is missing", failure);
	return error == FESTORE_OK ? remove_content(bytes, id, failure) : error;
}

static enum festore_error check_record(struct bytes *bytes, size_t len, struct failure *failure)
{
	if (db_record_is_possible(len))
		return FESTORE_OK;
	return failure_set(failure, FESTORE_ERROR,
		"a record of %zu bytes is nothing for the database %s", len, bytes->path);
}

static enum festore_error check_row(
	struct bytes *bytes, const struct row *row, struct failure *failure)
{
	const enum festore_error error = check_record(bytes, row->record_len, failure);

	if (error == FESTORE_OK && row->content_id == 0 &&
		(row->content_len < DB_CONTENT_MIN || row->content_len > DB_CONTENT_MAX))
		return failure_set(failure, FESTORE_ERROR,
			"a content of %zu bytes is nothing for the database %s", row->content_len,
			bytes->path);
	return error;
}

/* An entry's row and its content. */
static enum festore_error put_row(
	struct bytes *bytes, struct row *row, bool replaces, struct failure *failure)
{
	enum festore_error error =
		replaces ? replace_content(bytes, row->locator, failure) : FESTORE_OK;

	if (error == FESTORE_OK && row->content_id == 0 && row->content_len > BYTES_INLINE_MAX)
		error = insert_content(
			bytes, row->content, row->content_len, &row->content_id, failure);
	return error == FESTORE_OK ? write_entry(bytes, row, failure) : error;
}

static enum festore_error put(struct bytes *bytes, struct row *row,
	const struct bytes_change *change, struct failure *failure)
{
	const struct festore_vault_path *head = &change->path->head;
	enum festore_error error = check_row(bytes, row, failure);

	if (error == FESTORE_OK)
		error = db_tree_put(bytes, row->locator, change, row->record, failure);
	return error == FESTORE_OK
		? put_row(bytes, row,
			  head->is_empty == 0 &&
				  memcmp(head->leaf.locator, row->locator, FESTORE_HASH) == 0,
			  failure)
		: error;
}

/* Half a change must not be committed. */
static enum festore_error note_failure(struct bytes *bytes, enum festore_error error)
{
	if (error != FESTORE_OK)
		bytes->has_failed = true;
	return error;
}

static struct row row_of(const uint8_t *locator, const void *record, size_t record_len,
	const void *content, size_t content_len)
{
	const struct row row = {
		.locator = locator,
		.record = record,
		.record_len = record_len,
		.content = content,
		.content_len = content_len,
	};

	return row;
}

enum festore_error bytes_put(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, const void *record, size_t record_len,
	const void *content, size_t content_len, struct failure *failure)
{
	struct row row = row_of(locator, record, record_len, content, content_len);
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK)
		error = put(bytes, &row, change, failure);
	return note_failure(bytes, error);
}

enum festore_error bytes_put_entry(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	bool replaces, const void *record, size_t record_len, const void *content,
	size_t content_len, struct failure *failure)
{
	struct row row = row_of(locator, record, record_len, content, content_len);
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK)
		error = check_row(bytes, &row, failure);
	if (error == FESTORE_OK)
		error = put_row(bytes, &row, replaces, failure);
	return note_failure(bytes, error);
}

enum festore_error bytes_put_blob(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, const void *record, size_t record_len, int64_t blob_id,
	uint64_t blob_len, struct failure *failure)
{
	struct row row = {
		.locator = locator,
		.record = record,
		.record_len = record_len,
		.content_id = -blob_id,
	};
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK)
		error = insert_content(
			bytes, &blob_len, sizeof(blob_len), &row.content_id, failure);
	if (error == FESTORE_OK)
		error = put(bytes, &row, change, failure);
	return note_failure(bytes, error);
}

enum festore_error bytes_names_blob(
	struct bytes *bytes, int64_t blob_id, bool *ret_is_named, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = db_enter(bytes, DB_READING, failure);

	if (error == FESTORE_OK)
		error = db_prepare(bytes, DB_CONTENT_LEN, &statement, failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, -blob_id);
	error = db_step(bytes, statement, failure);
	if (error != FESTORE_OK && error != FESTORE_NOT_FOUND)
		return error;
	*ret_is_named = error == FESTORE_OK;
	sqlite3_reset(statement);
	return FESTORE_OK;
}

/* Removes an entry's nodes and its row; its content's number is in *ret_id. */
static enum festore_error remove_entry(struct bytes *bytes, const uint8_t *locator,
	const struct bytes_change *change, int64_t *ret_id, struct failure *failure)
{
	enum festore_error error = find_content_id(bytes, locator, ret_id, failure);

	if (error != FESTORE_OK)
		return error;
	db_forget_rows(bytes);
	error = db_tree_remove(bytes, locator, change, failure);
	if (error != FESTORE_OK)
		return error;
	return remove_row(bytes, DB_ENTRY_REMOVE, db_prefix(locator), failure);
}

enum festore_error bytes_remove(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, struct failure *failure)
{
	int64_t id = 0;
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK)
		error = remove_entry(bytes, locator, change, &id, failure);
	if (error == FESTORE_OK)
		error = remove_content(bytes, id, failure);
	return note_failure(bytes, error);
}

enum festore_error bytes_drop(
	struct bytes *bytes, int64_t key, int64_t content_id, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK)
		error = remove_row(bytes, DB_ENTRY_REMOVE, key, failure);
	if (error == FESTORE_OK)
		error = remove_content(bytes, content_id, failure);
	return note_failure(bytes, error);
}

/* Keeps what is inline of an entry's content in memory; the rest stays where it is. */
static enum festore_error keep_content(struct bytes *bytes, const uint8_t *locator,
	struct db_moved *ret_moved, struct failure *failure)
{
	struct bytes_entry entry = {0};
	enum festore_error error = db_show_entry(bytes, locator, &entry, failure);

	if (error != FESTORE_OK)
		return error;
	ret_moved->content_id = entry.content_id;
	ret_moved->inline_len = entry.content_id == 0 ? (size_t)entry.content_len : 0;
	if (ret_moved->inline_len == 0)
		return FESTORE_OK;
	return db_read_inline(
		bytes, locator, 0, ret_moved->inlined, ret_moved->inline_len, failure);
}

enum festore_error bytes_move_begin(struct bytes *bytes, const uint8_t from[FESTORE_HASH],
	const struct bytes_change *removal, struct failure *failure)
{
	int64_t id = 0;
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK && bytes->moved.is_under_way)
		error = failure_set(failure, FESTORE_ERROR,
			"another move in the database %s is under way", bytes->path);
	if (error == FESTORE_OK)
		error = keep_content(bytes, from, &bytes->moved, failure);
	if (error == FESTORE_OK)
		error = remove_entry(bytes, from, removal, &id, failure);
	if (error == FESTORE_OK)
		bytes->moved.is_under_way = true;
	return note_failure(bytes, error);
}

enum festore_error bytes_move_finish(struct bytes *bytes, const uint8_t to[FESTORE_HASH],
	const struct bytes_change *change, const void *record, size_t record_len,
	struct failure *failure)
{
	struct row row = {
		.locator = to,
		.record = record,
		.record_len = record_len,
		.content_id = bytes->moved.content_id,
		.content = bytes->moved.inlined,
		.content_len = bytes->moved.inline_len,
	};
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK && !bytes->moved.is_under_way)
		error = failure_set(failure, FESTORE_ERROR,
			"no move in the database %s is under way", bytes->path);
	if (error == FESTORE_OK)
		error = put(bytes, &row, change, failure);
	bytes->moved.is_under_way = false;
	return note_failure(bytes, error);
}
