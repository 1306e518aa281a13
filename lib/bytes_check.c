/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks through what a damaged database still has, row by row, and puts rows of nodes right. Each
 * step looks its row up anew: so what SQLite cannot read is left behind by looking further on.
 */
#include "bytes_db.h"

#include <stdlib.h>
#include <string.h>

static_assert(BYTES_ROW_NODES == DB_ROW_NODES, "the public number is the row's");

static enum festore_error check_once(struct bytes *bytes, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = FESTORE_OK;
	const char *text = NULL;
	int result =
		sqlite3_prepare_v2(bytes->db, "PRAGMA integrity_check(1)", -1, &statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(statement, 0);
	if (result != SQLITE_ROW)
		error = db_fail(bytes, result, failure);
	else if (!text || strcmp(text, "ok") != 0)
		error = db_damaged(bytes, text ? text : "it cannot be checked", failure);
	sqlite3_finalize(statement);
	return error;
}

/* SQLite calls it damage, too, when a page cannot be read just now: twice it is. */
enum festore_error bytes_check_structure(struct bytes *bytes, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_READING, failure);

	if (error == FESTORE_OK)
		error = check_once(bytes, failure);
	return error == FESTORE_DAMAGED ? check_once(bytes, failure) : error;
}

/* --- walks ------------------------------------------------------------------------------------ */

/* The key of the first row at `from` or behind it. */
static enum festore_error find_key(struct bytes *bytes, enum db_statement which, int64_t from,
	int64_t *ret_key, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = db_prepare(bytes, which, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, from);
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_OK && !db_integer(statement, 0, from, INT64_MAX, ret_key))
		error = db_damaged(bytes, "its rows are out of order", failure);
	sqlite3_reset(statement);
	return error;
}

/* Can SQLite read on from here? */
static enum festore_error probe(
	struct bytes *bytes, enum db_statement which, int64_t from, struct failure *failure)
{
	int64_t key = 0;
	const enum festore_error error = find_key(bytes, which, from, &key, failure);

	return error == FESTORE_NOT_FOUND ? FESTORE_OK : error;
}

/* `from` with a distance added; the last key if there are not so many. */
static int64_t ahead(int64_t from, uint64_t distance)
{
	const uint64_t left = (uint64_t)INT64_MAX - (uint64_t)from;

	return distance < left ? (int64_t)((uint64_t)from + distance) : INT64_MAX;
}

/* SQLite cannot read at `from`: finds where it can again, first in steps that double. */
static enum festore_error skip(struct bytes *bytes, enum db_statement which,
	struct bytes_walk *walk, struct failure *failure)
{
	uint64_t bad = 0;
	uint64_t good = 1;
	enum festore_error error = probe(bytes, which, ahead(walk->from, good), failure);

	walk->gaps++;
	while (error == FESTORE_DAMAGED && ahead(walk->from, good) != INT64_MAX) {
		bad = good;
		good = good > UINT64_MAX / 2 ? UINT64_MAX : 2 * good;
		error = probe(bytes, which, ahead(walk->from, good), failure);
	}
	if (error != FESTORE_OK) {
		walk->is_over = true;
		return error == FESTORE_DAMAGED ? FESTORE_OK : error;
	}
	while (good - bad > 1) {
		const uint64_t middle = bad + (good - bad) / 2;

		error = probe(bytes, which, ahead(walk->from, middle), failure);
		if (error == FESTORE_OK)
			good = middle;
		else if (error == FESTORE_DAMAGED)
			bad = middle;
		else
			return error;
	}
	walk->from = ahead(walk->from, good);
	return FESTORE_OK;
}

/* The key of the walk's next row. */
static enum festore_error step(struct bytes *bytes, enum db_statement which,
	struct bytes_walk *walk, int64_t *ret_key, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_READING, failure);

	while (error == FESTORE_OK) {
		if (walk->is_over)
			return FESTORE_NOT_FOUND;
		error = find_key(bytes, which, walk->from, ret_key, failure);
		if (error == FESTORE_OK)
			break;
		if (error == FESTORE_DAMAGED)
			error = skip(bytes, which, walk, failure);
	}
	if (error != FESTORE_OK)
		return error;
	walk->is_over = *ret_key == INT64_MAX;
	walk->from = ahead(*ret_key, 1);
	return FESTORE_OK;
}

/* What a row has; one that SQLite cannot read, or not whole, has nothing. */
static enum festore_error read_raw(
	struct bytes *bytes, struct bytes_raw_entry *entry, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = db_prepare(bytes, DB_WALK_ENTRY, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, entry->key);
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_NOT_FOUND || error == FESTORE_DAMAGED)
		return FESTORE_OK;
	if (error != FESTORE_OK)
		return error;
	entry->has_leaf = db_locator_and_leaf(statement, 0, entry->key, &entry->leaf);
	if (!db_blob(statement, 1, 1, FESTORE_RECORD_MAX, &entry->record, &entry->record_len) ||
		!db_record_is_possible(entry->record_len)) {
		entry->record = NULL;
		entry->record_len = 0;
	}
	if (!db_integer(statement, 2, -INT64_MAX, INT64_MAX, &entry->content_id))
		entry->content_id = 0;
	bytes->shown = statement;
	return FESTORE_OK;
}

enum festore_error bytes_walk_entries(struct bytes *bytes, struct bytes_walk *walk,
	struct bytes_raw_entry *ret_entry, struct failure *failure)
{
	struct bytes_raw_entry entry = {0};
	enum festore_error error = step(bytes, DB_WALK_ENTRIES, walk, &entry.key, failure);

	if (error == FESTORE_OK)
		error = read_raw(bytes, &entry, failure);
	if (error == FESTORE_OK)
		*ret_entry = entry;
	return error;
}

enum festore_error bytes_walk_contents(
	struct bytes *bytes, struct bytes_walk *walk, int64_t *ret_id, struct failure *failure)
{
	return step(bytes, DB_WALK_CONTENTS, walk, ret_id, failure);
}

/* The next row of nodes, copied; of one that SQLite cannot read, or that is too long, no byte. */
static enum festore_error walk_rows(struct bytes *bytes, struct bytes_walk *walk, int64_t *ret_id,
	uint8_t row[DB_ROW_MAX], size_t *ret_len, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const uint8_t *there = NULL;
	enum festore_error error = step(bytes, DB_WALK_NODES, walk, ret_id, failure);

	if (error == FESTORE_OK)
		error = db_prepare(bytes, DB_NODE_READ, &statement, failure);
	if (error != FESTORE_OK)
		return error;
	*ret_len = 0;
	sqlite3_bind_int64(statement, 1, *ret_id);
	error = db_step(bytes, statement, failure);
	if (error == FESTORE_NOT_FOUND || error == FESTORE_DAMAGED)
		return FESTORE_OK;
	if (error == FESTORE_OK && db_blob(statement, 0, 1, DB_ROW_MAX, &there, ret_len))
		memcpy(row, there, *ret_len);
	sqlite3_reset(statement);
	return error;
}

enum festore_error bytes_walk_nodes(struct bytes *bytes, struct bytes_walk *walk,
	struct evidence_node nodes[BYTES_ROW_NODES], size_t *ret_count, struct failure *failure)
{
	uint8_t row[DB_ROW_MAX];
	size_t len = 0;
	int64_t id = 0;
	const enum festore_error error = walk_rows(bytes, walk, &id, row, &len, failure);

	if (error == FESTORE_OK)
		*ret_count = db_row_nodes(id, row, len, nodes);
	return error;
}

/* --- rows of nodes ---------------------------------------------------------------------------- */

static int by_row(const void *a, const void *b)
{
	const struct evidence_node *first = a;
	const struct evidence_node *second = b;
	const int64_t first_row = db_row_of(first);
	const int64_t second_row = db_row_of(second);

	if (first_row != second_row)
		return first_row < second_row ? -1 : 1;
	return (int)db_number_in_row(first) - (int)db_number_in_row(second);
}

/* A comparison under way: rows that should be, and rows that are, both by their ids. */
struct comparison {
	struct bytes *bytes;
	struct failure *failure;
	const struct evidence_node *nodes;
	size_t left;
	bool mends;
	struct bytes_misfits misfits;
	uint8_t row[DB_ROW_MAX];
};

/* The next row that should be, in `row`; returns its id, or INT64_MAX if there are no more. */
static int64_t next_row(struct comparison *comparison, size_t *ret_len, size_t *ret_nodes)
{
	int64_t id = INT64_MAX;
	size_t count = 0;

	if (comparison->left != 0)
		id = db_row_of(comparison->nodes);
	while (count < comparison->left && db_row_of(&comparison->nodes[count]) == id)
		count++;
	*ret_nodes = count;
	*ret_len = db_make_row(comparison->nodes, count, comparison->row);
	return id;
}

static enum festore_error write_row(struct comparison *comparison, int64_t id, size_t len)
{
	struct bytes *bytes = comparison->bytes;
	sqlite3_stmt *statement = NULL;
	enum festore_error error = FESTORE_OK;

	if (!comparison->mends)
		return FESTORE_OK;
	error = db_prepare(
		bytes, len == 0 ? DB_NODE_REMOVE : DB_NODE_WRITE, &statement, comparison->failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, id);
	if (len != 0)
		sqlite3_bind_blob(statement, 2, comparison->row, (int)len, SQLITE_STATIC);
	return db_run(bytes, statement, comparison->failure);
}

/* Looks at the row that stands at `id`, and at all that should stand before it and there. */
static enum festore_error compare_row(
	struct comparison *comparison, int64_t id, const uint8_t *there, size_t there_len)
{
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK) {
		size_t len = 0;
		size_t nodes = 0;
		const int64_t wanted = next_row(comparison, &len, &nodes);
		const bool is_there = wanted == id && there;

		if (nodes == 0 || wanted > id)
			break;
		comparison->nodes += nodes;
		comparison->left -= nodes;
		if (is_there && there_len == len && memcmp(there, comparison->row, len) == 0)
			return FESTORE_OK;
		if (is_there)
			comparison->misfits.different++;
		else
			comparison->misfits.missing++;
		error = write_row(comparison, wanted, len);
		if (is_there)
			return error;
	}
	if (error != FESTORE_OK || !there)
		return error;
	comparison->misfits.superfluous++;
	return write_row(comparison, id, 0);
}

static enum festore_error compare_rows(struct comparison *comparison)
{
	struct bytes_walk walk = BYTES_WALK_BEGIN;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK) {
		uint8_t there[DB_ROW_MAX];
		size_t len = 0;
		int64_t id = 0;

		error = walk_rows(comparison->bytes, &walk, &id, there, &len, comparison->failure);
		if (error == FESTORE_OK)
			error = compare_row(comparison, id, there, len);
	}
	return error == FESTORE_NOT_FOUND ? compare_row(comparison, INT64_MAX, NULL, 0) : error;
}

enum festore_error bytes_compare_nodes(struct bytes *bytes, struct evidence_node *nodes,
	size_t count, bool mends, struct bytes_misfits *ret_misfits, struct failure *failure)
{
	struct comparison comparison = {
		.bytes = bytes,
		.failure = failure,
		.nodes = nodes,
		.left = count,
		.mends = mends,
	};
	enum festore_error error = db_enter(bytes, mends ? DB_WRITING : DB_READING, failure);

	if (error != FESTORE_OK)
		return error;
	if (count != 0)
		qsort(nodes, count, sizeof(*nodes), by_row);
	error = compare_rows(&comparison);
	if (error != FESTORE_OK && mends)
		bytes->has_failed = true;
	*ret_misfits = comparison.misfits;
	return error;
}
