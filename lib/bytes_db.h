/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of bytes.h share: the handle, its statements, and how SQLite's errors are told. */
#ifndef BYTES_DB_H
#define BYTES_DB_H

#include "bytes.h"

#include <sqlite3.h>

/* Measured (docs/DESIGN.md): small pages make a put small. */
#define DB_PAGE 1024
#define DB_APPLICATION 0x66737456
#define DB_VERSION 1

/*
 * Levels of the tree in one row of `node`, as many as fit into a page; and bits at the beginning of
 * a locator, which an entry's key and a row's number are made of.
 */
#define DB_LEVELS 4u
#define DB_ROW_NODES ((1u << DB_LEVELS) - 1u)
#define DB_PREFIX 63u

/* Rows of `meta` before the first note; the log's are far behind (bytes_log.c). */
#define BYTES_NOTES 3

/* Prepared when first used, and kept. */
enum db_statement {
	DB_BEGIN_READ,
	DB_BEGIN_WRITE,
	DB_COMMIT,
	DB_ROLLBACK,
	DB_META_READ,
	DB_META_WRITE,
	DB_LOG_READ,
	DB_LOG_FIND,
	DB_LOG_DROP,
	DB_NODE_READ,
	DB_NODE_WRITE,
	DB_NODE_REMOVE,
	DB_ENTRY_AT_OR_ABOVE,
	DB_ENTRY_BELOW,
	DB_ENTRY_READ,
	DB_ENTRY_CONTENT,
	DB_ENTRY_WRITE,
	DB_ENTRY_REMOVE,
	DB_ENTRY_LIST,
	DB_CONTENT_LEN,
	DB_CONTENT_READ,
	DB_CONTENT_WRITE,
	DB_CONTENT_REMOVE,
	DB_UNUSED,
	DB_WALK_ENTRIES,
	DB_WALK_ENTRY,
	DB_WALK_CONTENTS,
	DB_WALK_NODES,
	DB_STATEMENTS,
};

enum db_transaction { DB_NONE, DB_READING, DB_WRITING };

/* The content of an entry on its way to another one. */
struct db_moved {
	bool is_under_way;
	int64_t content_id;
	size_t inline_len;
	uint8_t inlined[BYTES_INLINE_MAX];
};

struct bytes {
	sqlite3 *db;
	char *path; /* absolute, without links */
	sqlite3_stmt *statements[DB_STATEMENTS];
	sqlite3_stmt *shown; /* the caller holds a pointer into its row */
	sqlite3_blob *blob;  /* the last large content that was read */
	int64_t blob_id;
	enum db_transaction transaction;
	bool has_failed;  /* a change in this transaction: it must not be committed */
	bool log_is_long; /* the write-ahead log, after the last commit */
	bool is_alone;    /* others are kept out: connected for one transaction only */
	int patience;     /* with others' locks, in milliseconds */
	int64_t waited;   /* of that */
	int64_t listed;   /* prefix of the last entry that was listed */
	struct db_moved moved;
	int64_t *released; /* blob files, malloc'd */
	size_t released_count;
};

/* Connects to the database, if it is not connected. */
enum festore_error db_connect(struct bytes *bytes, struct failure *failure);

/* After a transaction: whoever keeps others out disconnects. */
void db_let_others_in(struct bytes *bytes);

/* Notes what SQLite's result means. */
enum festore_error db_fail(struct bytes *bytes, int result, struct failure *failure);

/* Notes that what was read cannot be what we wrote; `what` ends "the database PATH is damaged: ".
 */
enum festore_error db_damaged(struct bytes *bytes, const char *what, struct failure *failure);

/* What errno says of an operation on one of the database's files. */
enum festore_error db_fail_errno(
	int error, const char *doing, const char *path, struct failure *failure);

/*
 * Every call of bytes.h begins here: rows given out are gone, and a transaction of at least this
 * kind is under way.
 */
enum festore_error db_enter(
	struct bytes *bytes, enum db_transaction transaction, struct failure *failure);

/* Ends what was shown of an entry: pointers into it are gone. */
void db_forget_rows(struct bytes *bytes);

/* A statement, reset and ready to be bound. */
enum festore_error db_prepare(struct bytes *bytes, enum db_statement which,
	sqlite3_stmt **ret_statement, struct failure *failure);

/* Runs a statement that has no rows, and resets it. */
enum festore_error db_run(struct bytes *bytes, sqlite3_stmt *statement, struct failure *failure);

/* Steps to the next row; FESTORE_NOT_FOUND, with nothing noted and the statement reset: no more. */
enum festore_error db_step(struct bytes *bytes, sqlite3_stmt *statement, struct failure *failure);

/* Is column `column` a blob of `min` to `max` bytes? Then *ret_blob is it. */
bool db_blob(sqlite3_stmt *statement, int column, size_t min, size_t max, const uint8_t **ret_blob,
	size_t *ret_len);

/* Column `column`, if it is an integer of `min` to `max`. */
bool db_integer(sqlite3_stmt *statement, int column, int64_t min, int64_t max, int64_t *ret_value);

/* The key of a locator's entry: its first DB_PREFIX bits. */
int64_t db_prefix(const uint8_t locator[FESTORE_HASH]);

/*
 * Reads an entry's columns `first` (locator) and `first` + 1 (record); false if they cannot belong
 * to the key `prefix`.
 */
bool db_locator_and_record(
	sqlite3_stmt *statement, int first, int64_t prefix, struct bytes_entry *ret_entry);

/*
 * The leaf of the columns `first` and `first` + 1; of the record no more is looked at. False: it
 * cannot be one of the key `prefix`.
 */
bool db_locator_and_leaf(
	sqlite3_stmt *statement, int first, int64_t prefix, struct festore_vault_leaf *ret_leaf);

/* The leaf that an entry is in the tree. */
void db_leaf(const uint8_t locator[FESTORE_HASH], const uint8_t *record,
	struct festore_vault_leaf *ret_leaf);

/* The smallest sealed content, and the largest. */
enum {
	DB_CONTENT_MIN = FESTORE_SEALED_LEN(0),
	DB_CONTENT_MAX = BYTES_CONTENT_MAX,
};

bool db_record_is_possible(size_t len);

/* As bytes_read_entry(): the row stays, *ret_entry points into it. */
enum festore_error db_show_entry(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	struct bytes_entry *ret_entry, struct failure *failure);

/* Reads of what an entry has inline, as bytes_read_content(). */
enum festore_error db_read_inline(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	size_t offset, void *to, size_t len, struct failure *failure);

/* --- bytes_file.c ---------------------------------------------------------------------------- */

/* The tables, as `sqlite_schema` has them. */
struct db_table {
	const char *name;
	const char *sql;
};

#define DB_TABLES 4
extern const struct db_table db_tables[DB_TABLES];

/* `path` with its folder's links resolved, for free(); NULL: the failure is noted. */
char *db_resolve(const char *path, struct failure *failure);

/*
 * Makes sure that there is a regular file at `path`: an empty database if there was nothing and
 * `may_create`.
 */
enum festore_error db_provide(
	const char *path, bool may_create, unsigned int mode, struct failure *failure);

/* --- bytes_tree.c ---------------------------------------------------------------------------- */

/* Bytes of a row of nodes without any, and of a full one. */
#define DB_ROW_HEAD 4
#define DB_ROW_MAX (DB_ROW_HEAD + DB_ROW_NODES * 2 * FESTORE_HASH)

/* The row that a node lies in, and its number there. */
int64_t db_row_of(const struct evidence_node *node);
unsigned int db_number_in_row(const struct evidence_node *node);

/* The nodes of a row, in the order of their numbers; 0: it cannot be one. */
size_t db_row_nodes(
	int64_t id, const uint8_t *row, size_t len, struct evidence_node nodes[DB_ROW_NODES]);

/* The row of nodes that are one row's, in the order of their numbers; returns its bytes. */
size_t db_make_row(const struct evidence_node *nodes, size_t count, uint8_t row[DB_ROW_MAX]);

/* Writes what a put, or a removal, changes in the rows of `node`. */
enum festore_error db_tree_put(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, const void *record, struct failure *failure);
enum festore_error db_tree_remove(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, struct failure *failure);

/* The row as it lies in the database, valid until the statement is reset; FESTORE_NOT_FOUND. */
enum festore_error db_read_row(struct bytes *bytes, int64_t id, sqlite3_stmt **ret_statement,
	const uint8_t **ret_row, size_t *ret_len, struct failure *failure);

/* A row of nodes in memory; without a node if it is not in the database. */
struct db_row {
	int64_t id;
	size_t len;
	bool is_changed;
	uint8_t bytes[DB_ROW_MAX];
};

/* Adds a node to its row, or changes it there. */
void db_row_set(struct db_row *row, const struct evidence_node *node);

/* --- bytes_rows.c ---------------------------------------------------------------------------- */

/* The row, read if it is not there yet; valid until bytes_rows_free(). */
enum festore_error db_rows_take(struct bytes *bytes, struct bytes_rows *rows, int64_t id,
	struct db_row **ret_row, struct failure *failure);

#endif
