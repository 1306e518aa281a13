/* SPDX-License-Identifier: BSD-2-Clause */
/* What is stored in the database beside the tree: header and state, entries and their contents. */
#include "bytes_db.h"

#include "vault/tree.h"

#include <string.h>

/* Rows of `meta`; notes follow. */
enum { META_HEADER = 1, META_HEADER_COPY = 2, META_STATE = 3 };

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

enum festore_error bytes_read_note(struct bytes *bytes, unsigned int number,
	struct festore_vault_note *ret_note, struct failure *failure)
{
	return read_meta(bytes, META_STATE + (int)number, ret_note, sizeof(*ret_note), failure);
}

enum festore_error bytes_write_note(struct bytes *bytes, unsigned int number,
	const struct festore_vault_note *note, struct failure *failure)
{
	return write_meta(bytes, META_STATE + (int)number, note, sizeof(*note), failure);
}

/* --- entries ---------------------------------------------------------------------------------- */

int64_t db_prefix(const uint8_t locator[FESTORE_HASH])
{
	uint64_t prefix = 0;

	for (unsigned int i = 0; i < 8; i++)
		prefix = prefix << 8 | locator[i];
	return (int64_t)(prefix >> (64 - DB_PREFIX));
}

bool db_record_is_possible(size_t len)
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
		!db_record_is_possible(ret_entry->record_len))
		return false;
	memcpy(ret_entry->locator, locator, FESTORE_HASH);
	return true;
}

bool db_locator_and_leaf(
	sqlite3_stmt *statement, int first, int64_t prefix, struct festore_vault_leaf *ret_leaf)
{
	const uint8_t *locator = NULL;
	const uint8_t *record = NULL;
	size_t len = 0;

	if (!db_blob(statement, first, FESTORE_HASH, FESTORE_HASH, &locator, &len) ||
		db_prefix(locator) != prefix)
		return false;
	if (!db_blob(statement, first + 1, sizeof(struct festore_vault_record), SIZE_MAX, &record,
		    &len))
		return false;
	db_leaf(locator, record, ret_leaf);
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

void bytes_leaf_hash(
	const uint8_t locator[FESTORE_HASH], const void *record, uint8_t ret_hash[FESTORE_HASH])
{
	struct festore_vault_leaf leaf = {0};

	db_leaf(locator, record, &leaf);
	tree_hash_leaf(&leaf, ret_hash);
}

/* The row of a content that an entry names, on which `which` then stands. */
static enum festore_error find_content(struct bytes *bytes, enum db_statement which,
	int64_t content_id, sqlite3_stmt **ret_statement, struct failure *failure)
{
	enum festore_error error = db_prepare(bytes, which, ret_statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(*ret_statement, 1, content_id);
	error = db_step(bytes, *ret_statement, failure);
	if (error == FESTORE_NOT_FOUND)
		return db_damaged(bytes, "a content is missing", failure);
	return error;
}

/* Of a blob file the row has nothing but the size. */
static enum festore_error read_blob_len(
	struct bytes *bytes, int64_t content_id, uint64_t *ret_len, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const uint8_t *value = NULL;
	size_t len = 0;
	uint64_t blob_len = 0;
	enum festore_error error =
		find_content(bytes, DB_CONTENT_READ, content_id, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	if (db_blob(statement, 0, sizeof(blob_len), sizeof(blob_len), &value, &len))
		memcpy(&blob_len, value, sizeof(blob_len));
	sqlite3_reset(statement);
	if (blob_len <= DB_CONTENT_MAX || blob_len > INT64_MAX)
		return db_damaged(bytes, "a content has an impossible size", failure);
	*ret_len = blob_len;
	return FESTORE_OK;
}

static enum festore_error read_content_len(
	struct bytes *bytes, int64_t content_id, uint64_t *ret_len, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	int64_t len = 0;
	enum festore_error error =
		find_content(bytes, DB_CONTENT_LEN, content_id, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	if (db_integer(statement, 0, BYTES_INLINE_MAX + 1, DB_CONTENT_MAX, &len))
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
	else if (db_integer(statement, 4, DB_CONTENT_MIN, BYTES_INLINE_MAX, &inline_len))
		entry.content_len = (uint64_t)inline_len;
	else
		error = db_damaged(bytes, "a content has an impossible size", failure);
	if (error == FESTORE_OK)
		*ret_entry = entry;
	return error;
}

enum festore_error db_show_entry(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
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

	return error == FESTORE_OK ? db_show_entry(bytes, locator, ret_entry, failure) : error;
}

/* --- contents --------------------------------------------------------------------------------- */

static enum festore_error too_short(struct bytes *bytes, struct failure *failure)
{
	return db_damaged(bytes, "a content is too short", failure);
}

enum festore_error db_read_inline(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
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
	if (entry->content_id < 0 || offset > entry->content_len ||
		len > entry->content_len - offset)
		return too_short(bytes, failure);
	if (entry->content_id == 0)
		return db_read_inline(bytes, entry->locator, (size_t)offset, to, len, failure);
	return read_large(bytes, entry->content_id, (size_t)offset, to, len, failure);
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
