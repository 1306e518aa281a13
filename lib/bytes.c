/* SPDX-License-Identifier: BSD-2-Clause */
/* What is stored in the database beside the tree: header and state, entries and their contents. */
#include "bytes_db.h"

#include <stdlib.h>
#include <string.h>

/* Rows of `meta`. */
enum { META_HEADER = 1, META_HEADER_COPY = 2, META_STATE = 3 };

/* The smallest sealed content, and the largest. */
enum {
	CONTENT_MIN = FESTORE_SEALED_LEN(0),
	CONTENT_MAX = BYTES_CONTENT_MAX,
};

/* --- header and state ------------------------------------------------------------------------- */

static enum festore_error read_meta(
	struct bytes *bytes, int id, void *ret_value, size_t len, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_READING, failure);
	sqlite3_stmt *statement = NULL;
	const uint8_t *value = NULL;
	size_t value_len = 0;

	if (error != FESTORE_OK)
		return error;
	error = db_prepare(bytes, DB_META_READ, &statement, failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int(statement, 1, id);
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_NOT_FOUND)
		return failure_set(failure, error, "the database %s is empty", bytes->path);
	if (error != FESTORE_OK)
		return error;
	if (db_blob(statement, 0, len, len, &value, &value_len))
		memcpy(ret_value, value, len);
	else
		error = db_damaged(bytes, "its header or state has another size", failure);
	sqlite3_reset(statement);
	return error;
}

static enum festore_error write_meta(
	struct bytes *bytes, int id, const void *value, size_t len, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);
	sqlite3_stmt *statement = NULL;

	if (error != FESTORE_OK)
		return error;
	error = db_prepare(bytes, DB_META_WRITE, &statement, failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int(statement, 1, id);
	sqlite3_bind_blob(statement, 2, value, (int)len, SQLITE_STATIC);
	error = db_run(bytes, statement, failure);
	if (error != FESTORE_OK)
		bytes->has_failed = true;
	return error;
}

enum festore_error bytes_read_header(struct bytes *bytes, unsigned int copy,
	struct festore_vault_header *ret_header, struct failure *failure)
{
	return read_meta(bytes, copy == 0 ? META_HEADER : META_HEADER_COPY, ret_header,
		sizeof(*ret_header), failure);
}

enum festore_error bytes_write_header(struct bytes *bytes, unsigned int copy,
	const struct festore_vault_header *header, struct failure *failure)
{
	return write_meta(bytes, copy == 0 ? META_HEADER : META_HEADER_COPY, header,
		sizeof(*header), failure);
}

enum festore_error bytes_read_state(
	struct bytes *bytes, struct festore_vault_state *ret_state, struct failure *failure)
{
	return read_meta(bytes, META_STATE, ret_state, sizeof(*ret_state), failure);
}

enum festore_error bytes_write_state(
	struct bytes *bytes, const struct festore_vault_state *state, struct failure *failure)
{
	return write_meta(bytes, META_STATE, state, sizeof(*state), failure);
}

/* --- entries ---------------------------------------------------------------------------------- */

int64_t db_prefix(const uint8_t locator[FESTORE_HASH])
{
	uint64_t prefix = 0;

	for (unsigned int i = 0; i < 8; i++)
		prefix = prefix << 8 | locator[i];
	return (int64_t)(prefix >> (64 - DB_PREFIX));
}

static bool record_is_possible(size_t len)
{
	return len >= FESTORE_RECORD_LEN(1) && len <= FESTORE_RECORD_MAX &&
		(len - FESTORE_RECORD_LEN(1)) % FESTORE_META_STEP == 0;
}

bool db_locator_and_record(
	sqlite3_stmt *statement, int first, int64_t prefix, struct bytes_entry *ret_entry)
{
	const uint8_t *locator = NULL;
	size_t locator_len = 0;

	if (!db_blob(statement, first, FESTORE_HASH, FESTORE_HASH, &locator, &locator_len) ||
		db_prefix(locator) != prefix)
		return false;
	if (!db_blob(statement, first + 1, 1, FESTORE_RECORD_MAX, &ret_entry->record,
		    &ret_entry->record_len) ||
		!record_is_possible(ret_entry->record_len))
		return false;
	memcpy(ret_entry->locator, locator, FESTORE_HASH);
	return true;
}

void db_leaf(const uint8_t locator[FESTORE_HASH], const uint8_t *record,
	struct festore_vault_leaf *ret_leaf)
{
	struct festore_vault_record head = {0};

	memcpy(&head, record, sizeof(head));
	memcpy(ret_leaf->locator, locator, FESTORE_HASH);
	memcpy(ret_leaf->salt, head.salt, sizeof(ret_leaf->salt));
	memcpy(ret_leaf->seal, head.seal, sizeof(ret_leaf->seal));
}

/* Of a blob file the row has nothing but the size. */
static enum festore_error read_blob_len(
	struct bytes *bytes, int64_t content_id, uint64_t *ret_len, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const uint8_t *value = NULL;
	size_t len = 0;
	uint64_t blob_len = 0;
	enum festore_error error = db_prepare(bytes, DB_CONTENT_READ, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, content_id);
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_NOT_FOUND)
		return db_damaged(bytes, "a content is missing", failure);
	if (error != FESTORE_OK)
		return error;
	if (db_blob(statement, 0, sizeof(blob_len), sizeof(blob_len), &value, &len))
		memcpy(&blob_len, value, sizeof(blob_len));
	sqlite3_reset(statement);
	if (blob_len <= CONTENT_MAX || blob_len > INT64_MAX)
		return db_damaged(bytes, "a content has an impossible size", failure);
	*ret_len = blob_len;
	return FESTORE_OK;
}

static enum festore_error read_content_len(
	struct bytes *bytes, int64_t content_id, uint64_t *ret_len, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	int64_t len = 0;
	enum festore_error error = db_prepare(bytes, DB_CONTENT_LEN, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, content_id);
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_NOT_FOUND)
		return db_damaged(bytes, "a content is missing", failure);
	if (error != FESTORE_OK)
		return error;
	if (db_integer(statement, 0, BYTES_INLINE_MAX + 1, CONTENT_MAX, &len))
		*ret_len = (uint64_t)len;
	else
		error = db_damaged(bytes, "a content has an impossible size", failure);
	sqlite3_reset(statement);
	return error;
}

/* What the row that `statement` stands on says. */
static enum festore_error read_entry_row(struct bytes *bytes, sqlite3_stmt *statement,
	struct bytes_entry *ret_entry, struct failure *failure)
{
	struct bytes_entry entry = {0};
	int64_t prefix = 0;
	int64_t inline_len = 0;
	enum festore_error error = FESTORE_OK;

	if (!db_integer(statement, 0, 0, INT64_MAX, &prefix) ||
		!db_locator_and_record(statement, 1, prefix, &entry) ||
		!db_integer(statement, 3, -INT64_MAX, INT64_MAX, &entry.content_id))
		return db_damaged(bytes, "an entry is impossible", failure);
	if (entry.content_id < 0)
		error = read_blob_len(bytes, entry.content_id, &entry.content_len, failure);
	else if (entry.content_id != 0)
		error = read_content_len(bytes, entry.content_id, &entry.content_len, failure);
	else if (db_integer(statement, 4, CONTENT_MIN, BYTES_INLINE_MAX, &inline_len))
		entry.content_len = (uint64_t)inline_len;
	else
		error = db_damaged(bytes, "a content has an impossible size", failure);
	if (error == FESTORE_OK)
		*ret_entry = entry;
	return error;
}

/* The row stays: *ret_entry points into it until the next call. */
static enum festore_error show_entry(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	struct bytes_entry *ret_entry, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = db_prepare(bytes, DB_ENTRY_READ, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, db_prefix(locator));
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_OK)
		error = read_entry_row(bytes, statement, ret_entry, failure);
	if (error == FESTORE_OK && memcmp(ret_entry->locator, locator, FESTORE_HASH) != 0)
		error = FESTORE_NOT_FOUND;
	if (error == FESTORE_OK)
		bytes->shown = statement;
	else
		sqlite3_reset(statement);
	if (error == FESTORE_NOT_FOUND)
		failure_set(failure, error, "the database %s has no such entry", bytes->path);
	return error;
}

enum festore_error bytes_read_entry(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	struct bytes_entry *ret_entry, struct failure *failure)
{
	const enum festore_error error = db_enter(bytes, DB_READING, failure);

	return error == FESTORE_OK ? show_entry(bytes, locator, ret_entry, failure) : error;
}

/* --- contents --------------------------------------------------------------------------------- */

static enum festore_error too_short(struct bytes *bytes, struct failure *failure)
{
	return db_damaged(bytes, "a content is too short", failure);
}

static enum festore_error read_inline(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	size_t offset, void *to, size_t len, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const uint8_t *content = NULL;
	size_t content_len = 0;
	enum festore_error error = db_prepare(bytes, DB_ENTRY_CONTENT, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, db_prefix(locator));
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_NOT_FOUND)
		return too_short(bytes, failure);
	if (error != FESTORE_OK)
		return error;
	if (db_blob(statement, 0, offset + len, BYTES_INLINE_MAX, &content, &content_len))
		memcpy(to, content + offset, len);
	else
		error = too_short(bytes, failure);
	sqlite3_reset(statement);
	return error;
}

/* SQLite remembers where in the file the parts of an open blob are, so the last one stays open. */
static enum festore_error open_blob(struct bytes *bytes, int64_t id, struct failure *failure)
{
	int result = SQLITE_OK;

	if (bytes->blob && bytes->blob_id == id)
		return FESTORE_OK;
	sqlite3_blob_close(bytes->blob);
	bytes->blob = NULL;
	result = sqlite3_blob_open(bytes->db, "main", "content", "bytes", id, 0, &bytes->blob);
	bytes->blob_id = id;
	return result == SQLITE_OK ? FESTORE_OK : db_fail(bytes, result, failure);
}

static enum festore_error read_large(struct bytes *bytes, int64_t id, size_t offset, void *to,
	size_t len, struct failure *failure)
{
	const enum festore_error error = open_blob(bytes, id, failure);
	int result = SQLITE_OK;

	if (error != FESTORE_OK)
		return error;
	if (offset + len > (size_t)sqlite3_blob_bytes(bytes->blob))
		return too_short(bytes, failure);
	result = sqlite3_blob_read(bytes->blob, to, (int)len, (int)offset);
	return result == SQLITE_OK ? FESTORE_OK : db_fail(bytes, result, failure);
}

enum festore_error bytes_read_content(struct bytes *bytes, const struct bytes_entry *entry,
	uint64_t offset, void *to, size_t len, struct failure *failure)
{
	const enum festore_error error = db_enter(bytes, DB_READING, failure);

	if (error != FESTORE_OK)
		return error;
	if (entry->content_id < 0 || offset > entry->content_len || len > entry->content_len - offset)
		return too_short(bytes, failure);
	if (entry->content_id == 0)
		return read_inline(bytes, entry->locator, (size_t)offset, to, len, failure);
	return read_large(bytes, entry->content_id, (size_t)offset, to, len, failure);
}

/* --- changes ---------------------------------------------------------------------------------- */

/* *id 0: a new number, which is then there. */
static enum festore_error insert_content(struct bytes *bytes, const void *content, size_t len,
	int64_t *id, struct failure *failure)
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
	int64_t *released = reallocarray(
		bytes->released, bytes->released_count + 1, sizeof(*bytes->released));

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

/* What is there of a locator's old entry goes, if the path says that there is one. */
static enum festore_error replace_content(struct bytes *bytes, const uint8_t *locator,
	const struct bytes_path *path, struct failure *failure)
{
	struct bytes_entry old = {0};
	enum festore_error error = FESTORE_OK;

	if (path->head.is_empty != 0 || memcmp(path->head.leaf.locator, locator, FESTORE_HASH) != 0)
		return FESTORE_OK;
	error = show_entry(bytes, locator, &old, failure);
	if (error == FESTORE_NOT_FOUND)
		return db_damaged(bytes, "an entry is missing", failure);
	if (error != FESTORE_OK)
		return error;
	db_forget_rows(bytes);
	return remove_content(bytes, old.content_id, failure);
}

static enum festore_error check_record(struct bytes *bytes, size_t len, struct failure *failure)
{
	if (record_is_possible(len))
		return FESTORE_OK;
	return failure_set(failure, FESTORE_ERROR,
		"a record of %zu bytes is nothing for the database %s", len, bytes->path);
}

static enum festore_error put(struct bytes *bytes, struct row *row,
	const struct bytes_change *change, struct failure *failure)
{
	enum festore_error error = check_record(bytes, row->record_len, failure);

	if (error == FESTORE_OK && row->content_id == 0 &&
		(row->content_len < CONTENT_MIN || row->content_len > CONTENT_MAX))
		error = failure_set(failure, FESTORE_ERROR,
			"a content of %zu bytes is nothing for the database %s", row->content_len,
			bytes->path);
	if (error == FESTORE_OK)
		error = db_tree_put(bytes, row->locator, change, row->record, failure);
	if (error == FESTORE_OK)
		error = replace_content(bytes, row->locator, change->path, failure);
	if (error == FESTORE_OK && row->content_id == 0 && row->content_len > BYTES_INLINE_MAX)
		error = insert_content(
			bytes, row->content, row->content_len, &row->content_id, failure);
	if (error == FESTORE_OK)
		error = write_entry(bytes, row, failure);
	return error;
}

/* Half a change must not be committed. */
static enum festore_error note_failure(struct bytes *bytes, enum festore_error error)
{
	if (error != FESTORE_OK)
		bytes->has_failed = true;
	return error;
}

enum festore_error bytes_put(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, const void *record, size_t record_len,
	const void *content, size_t content_len, struct failure *failure)
{
	struct row row = {
		.locator = locator,
		.record = record,
		.record_len = record_len,
		.content = content,
		.content_len = content_len,
	};
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK)
		error = put(bytes, &row, change, failure);
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

/* Removes an entry's nodes and its row; what its content was, is in *ret_entry. */
static enum festore_error remove_entry(struct bytes *bytes, const uint8_t *locator,
	const struct bytes_change *change, struct bytes_entry *ret_entry, struct failure *failure)
{
	enum festore_error error = show_entry(bytes, locator, ret_entry, failure);

	if (error != FESTORE_OK)
		return error;
	db_forget_rows(bytes);
	ret_entry->record = NULL;
	error = db_tree_remove(bytes, locator, change, failure);
	if (error != FESTORE_OK)
		return error;
	return remove_row(bytes, DB_ENTRY_REMOVE, db_prefix(locator), failure);
}

enum festore_error bytes_remove(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, struct failure *failure)
{
	struct bytes_entry entry = {0};
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK)
		error = remove_entry(bytes, locator, change, &entry, failure);
	if (error == FESTORE_OK)
		error = remove_content(bytes, entry.content_id, failure);
	return note_failure(bytes, error);
}

/* Keeps what is inline of an entry's content in memory; the rest stays where it is. */
static enum festore_error keep_content(struct bytes *bytes, const uint8_t *locator,
	struct db_moved *ret_moved, struct failure *failure)
{
	struct bytes_entry entry = {0};
	enum festore_error error = show_entry(bytes, locator, &entry, failure);

	if (error != FESTORE_OK)
		return error;
	ret_moved->content_id = entry.content_id;
	ret_moved->inline_len = entry.content_id == 0 ? (size_t)entry.content_len : 0;
	if (ret_moved->inline_len == 0)
		return FESTORE_OK;
	return read_inline(bytes, locator, 0, ret_moved->inlined, ret_moved->inline_len, failure);
}

enum festore_error bytes_move_begin(struct bytes *bytes, const uint8_t from[FESTORE_HASH],
	const struct bytes_change *removal, struct failure *failure)
{
	struct bytes_entry entry = {0};
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	if (error == FESTORE_OK && bytes->moved.is_under_way)
		error = failure_set(failure, FESTORE_ERROR,
			"another move in the database %s is under way", bytes->path);
	if (error == FESTORE_OK)
		error = keep_content(bytes, from, &bytes->moved, failure);
	if (error == FESTORE_OK)
		error = remove_entry(bytes, from, removal, &entry, failure);
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

/* --- list ------------------------------------------------------------------------------------- */

enum festore_error bytes_list_begin(struct bytes *bytes, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = db_enter(bytes, DB_READING, failure);

	if (error != FESTORE_OK)
		return error;
	bytes->listed = -1;
	return db_prepare(bytes, DB_ENTRY_LIST, &statement, failure);
}

/* A hostile table may lead in circles, but not upwards. */
enum festore_error bytes_list_next(
	struct bytes *bytes, struct bytes_entry *ret_entry, struct failure *failure)
{
	sqlite3_stmt *statement = bytes->statements[DB_ENTRY_LIST];
	enum festore_error error = db_enter(bytes, DB_READING, failure);

	if (error != FESTORE_OK)
		return error;
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_OK)
		error = read_entry_row(bytes, statement, ret_entry, failure);
	if (error != FESTORE_OK)
		return error;
	if (db_prefix(ret_entry->locator) <= bytes->listed)
		return db_damaged(bytes, "its entries are out of order", failure);
	bytes->listed = db_prefix(ret_entry->locator);
	return FESTORE_OK;
}

void bytes_list_end(struct bytes *bytes)
{
	sqlite3_reset(bytes->statements[DB_ENTRY_LIST]);
}
