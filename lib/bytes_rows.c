/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of nodes kept in memory, so that many puts read and write each of them once. */
#include "bytes_db.h"

#include <stdlib.h>
#include <string.h>

/* A put reads a row for each four levels, 16 at the most, and may begin as many. */
enum { SLOTS = 4096, ROWS_MAX = SLOTS / 2 };

static_assert(FESTORE_PUTS_MAX * 2 * ((DB_PREFIX + DB_LEVELS - 1) / DB_LEVELS) <= ROWS_MAX, "room");

/* Found by their ids: each in the first free slot from its own on. */
struct bytes_rows {
	struct db_row *slots[SLOTS];
	size_t count;
	size_t changed_count;
	struct db_row *changed[ROWS_MAX];
};

struct bytes_rows *bytes_rows_new(void)
{
	return calloc(1, sizeof(struct bytes_rows));
}

void bytes_rows_free(struct bytes_rows *rows)
{
	if (!rows)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(rows->slots[i]);
	free(rows);
}

/* Where the row is, or is to be. */
static struct db_row **slot_of(struct bytes_rows *rows, int64_t id)
{
	/* Ids are the bits of locators, and few at the top: any odd number spreads them. */
	size_t at = (size_t)((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 52);

	static_assert(SLOTS == 1 << 12, "64 - 52 bits");
	while (rows->slots[at] && rows->slots[at]->id != id)
		at = (at + 1) % SLOTS;
	return &rows->slots[at];
}

static enum festore_error load(struct bytes *bytes, struct db_row *row, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const uint8_t *there = NULL;
	enum festore_error error =
		db_read_row(bytes, row->id, &statement, &there, &row->len, failure);

	if (error == FESTORE_OK) {
		memcpy(row->bytes, there, row->len);
		sqlite3_reset(statement);
	} else if (error == FESTORE_NOT_FOUND) {
		row->len = DB_ROW_HEAD;
		memset(row->bytes, 0, DB_ROW_HEAD);
		error = FESTORE_OK;
	}
	return error;
}

enum festore_error db_rows_take(struct bytes *bytes, struct bytes_rows *rows, int64_t id,
	struct db_row **ret_row, struct failure *failure)
{
	struct db_row **slot = slot_of(rows, id);
	struct db_row *row = *slot;
	enum festore_error error = FESTORE_OK;

	if (!row) {
		if (rows->count == ROWS_MAX)
			return db_damaged(bytes, "its tree is too deep", failure);
		/* Of a row that is read it is all written; zeros would cost as much as the read. */
		row = malloc(sizeof(*row));
		if (!row)
			return failure_set(failure, FESTORE_ERROR, "out of memory");
		row->id = id;
		row->is_changed = false;
		error = load(bytes, row, failure);
		if (error != FESTORE_OK) {
			free(row);
			return error;
		}
		*slot = row;
		rows->count++;
	}
	*ret_row = row;
	return FESTORE_OK;
}

static enum festore_error set(struct bytes *bytes, struct bytes_rows *rows,
	const struct evidence_node *node, struct failure *failure)
{
	struct db_row *row = NULL;
	const enum festore_error error = db_rows_take(bytes, rows, db_row_of(node), &row, failure);

	if (error != FESTORE_OK || !row)
		return error;
	db_row_set(row, node);
	if (!row->is_changed)
		rows->changed[rows->changed_count++] = row;
	row->is_changed = true;
	return FESTORE_OK;
}

static enum festore_error write_changed(
	struct bytes *bytes, struct bytes_rows *rows, struct failure *failure)
{
	for (size_t i = 0; i < rows->changed_count; i++) {
		const struct db_row *row = rows->changed[i];
		sqlite3_stmt *statement = NULL;
		enum festore_error error = db_prepare(bytes, DB_NODE_WRITE, &statement, failure);

		if (error != FESTORE_OK)
			return error;
		sqlite3_bind_int64(statement, 1, row->id);
		sqlite3_bind_blob(statement, 2, row->bytes, (int)row->len, SQLITE_STATIC);
		error = db_run(bytes, statement, failure);
		if (error != FESTORE_OK)
			return error;
	}
	return FESTORE_OK;
}

enum festore_error bytes_put_nodes(struct bytes *bytes, struct bytes_rows *rows,
	const struct evidence_node *nodes, size_t count, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_WRITING, failure);

	for (size_t i = 0; error == FESTORE_OK && i < count; i++)
		error = set(bytes, rows, &nodes[i], failure);
	if (error == FESTORE_OK)
		error = write_changed(bytes, rows, failure);
	if (error != FESTORE_OK)
		bytes->has_failed = true;
	return error;
}
