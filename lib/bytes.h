/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of one vault in the normal world: an SQLite database, and the only file that calls
 * SQLite. It knows rows, locators and hashes; no seals, no tags, no TEE. Nothing that it returns is
 * to be believed before the TA has proven it; a hostile database may make a call fail, never
 * overrun.
 *
 * A database belongs to one thread. A pointer that a call gives out into the database's memory is
 * valid until the next call on the same handle.
 */
#ifndef BYTES_H
#define BYTES_H

#include "error.h"
#include "evidence.h"

#include <assert.h>
#include <festore_log.h>
#include <stdbool.h>
#include <stddef.h>

struct bytes;

/* How long a writer waits for another one before it is FESTORE_BUSY, in milliseconds. */
#define BYTES_PATIENCE_MS 10000

/* Another patience for this handle, which tests want. */
void bytes_set_patience(struct bytes *bytes, int milliseconds);

/*
 * Sealed contents of at most so many bytes lie beside their record, and of at most so many in the
 * database at all; larger ones are blob files (blob.h), of which the database has number and size.
 */
#define BYTES_INLINE_MAX FESTORE_SEALED_LEN(4096)
#define BYTES_CONTENT_MAX FESTORE_SEALED_LEN(FESTORE_WINDOW)

/*
 * Opens the database file `path`. If there is none and `may_create`, makes an empty one whose file
 * has exactly `mode`, whatever the umask; it appears whole or not at all. On success *ret_bytes is
 * the caller's, for bytes_close(). FESTORE_NOT_FOUND: there is no such file. FESTORE_DAMAGED: it is
 * no database of ours (another schema, another application id, no database, also an empty file).
 * FESTORE_DENIED: it cannot be read and written by this user, or is no regular file (a link).
 * FESTORE_NO_SPACE, FESTORE_BUSY, FESTORE_ERROR.
 */
enum festore_error bytes_open(struct bytes **ret_bytes, const char *path, bool may_create,
	unsigned int mode, struct failure *failure);

/* Ends a transaction that is open, closes and frees; NULL-safe. */
void bytes_close(struct bytes *bytes);

/*
 * Transactions. All reads and writes below happen inside one. A reader sees one snapshot and
 * blocks nobody. There is one writer at a time: begin_write waits BYTES_PATIENCE_MS, then it is
 * FESTORE_BUSY; the lock dies with the process.
 * commit: on FESTORE_OK all is on stable storage (one sync). Otherwise the transaction is over and
 * whether it took place is not known before the state is read again under begin_write.
 * end: a reader's end, or a writer's rollback; nothing if there is no transaction.
 * end_read: a reader's end; a writer goes on.
 */
enum festore_error bytes_begin_read(struct bytes *bytes, struct failure *failure);
enum festore_error bytes_begin_write(struct bytes *bytes, struct failure *failure);
enum festore_error bytes_commit(struct bytes *bytes, struct failure *failure);
void bytes_end(struct bytes *bytes);
void bytes_end_read(struct bytes *bytes);

/*
 * The header, kept twice (copy 0 and 1), and the state. FESTORE_NOT_FOUND: there is none (an empty
 * database). FESTORE_DAMAGED: not of its size.
 */
enum festore_error bytes_read_header(struct bytes *bytes, unsigned int copy,
	struct festore_vault_header *ret_header, struct failure *failure);
enum festore_error bytes_write_header(struct bytes *bytes, unsigned int copy,
	const struct festore_vault_header *header, struct failure *failure);
/* Notes of recoveries, by their numbers from 1. */
enum festore_error bytes_read_note(struct bytes *bytes, unsigned int number,
	struct festore_vault_note *ret_note, struct failure *failure);
enum festore_error bytes_write_note(struct bytes *bytes, unsigned int number,
	const struct festore_vault_note *note, struct failure *failure);
/* The log: sealed entries by their numbers from 1. A row that cannot be one has no bytes. */
struct bytes_logged {
	size_t len;
	uint8_t bytes[FESTORE_LOG_SEALED_MAX];
};
enum festore_error bytes_write_log(
	struct bytes *bytes, uint32_t number, const void *row, size_t len, struct failure *failure);
/* The first row whose number is `from` (at most UINT32_MAX) or more. FESTORE_NOT_FOUND: none. */
enum festore_error bytes_read_log(struct bytes *bytes, uint64_t from, uint64_t *ret_number,
	struct bytes_logged *ret_row, struct failure *failure);
/* Removes the rows of these numbers. */
#define BYTES_LOG_END ((uint64_t)1 << 48)
enum festore_error bytes_drop_log(
	struct bytes *bytes, uint64_t first, uint64_t last, struct failure *failure);
/* Notes of a vault that has a log: copies of the entries that have them. */
enum festore_error bytes_read_logged_note(struct bytes *bytes, unsigned int number,
	struct bytes_logged *ret_row, struct failure *failure);
enum festore_error bytes_write_logged_note(struct bytes *bytes, unsigned int number,
	const void *row, size_t len, struct failure *failure);
enum festore_error bytes_read_state(
	struct bytes *bytes, struct festore_vault_state *ret_state, struct failure *failure);
enum festore_error bytes_write_state(
	struct bytes *bytes, const struct festore_vault_state *state, struct failure *failure);

/* A path with room for the longest. */
struct bytes_path {
	struct festore_vault_path head;
	struct festore_vault_step steps[FESTORE_PATH_MAX];
};

static_assert(offsetof(struct bytes_path, steps) == FESTORE_PATH_LEN(0), "one after another");

/*
 * The path that proves presence or absence of `locator`: to its own leaf if there is one, else to a
 * leaf that shares the most leading bits with it.
 * FESTORE_DAMAGED: rows do not fit together; the TA has not been asked.
 */
enum festore_error bytes_read_path(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	struct bytes_path *ret_path, struct failure *failure);

/*
 * The same where entries are missing or damaged: follows the nodes that there are, and tries a few
 * leaves near, until one leads to `root`. FESTORE_DAMAGED: none of them does.
 */
enum festore_error bytes_search_path(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const uint8_t vault[16], const uint8_t root[FESTORE_HASH], struct bytes_path *ret_path,
	struct failure *failure);

/* Does the path lead to this root? */
bool bytes_path_has_root(
	const struct bytes_path *path, const uint8_t vault[16], const uint8_t root[FESTORE_HASH]);

/* The hash of the leaf that an entry of this locator and record is. */
void bytes_leaf_hash(
	const uint8_t locator[FESTORE_HASH], const void *record, uint8_t ret_hash[FESTORE_HASH]);

/* A record as stored, and where its content is. `record` is valid until the next call. */
struct bytes_entry {
	uint8_t locator[FESTORE_HASH];
	const uint8_t *record;
	size_t record_len;
	int64_t content_id;   /* 0: inline; negative: in the blob file of this number, negated */
	uint64_t content_len; /* of all of it */
};

/* The entry of a locator. FESTORE_NOT_FOUND: none; FESTORE_DAMAGED: impossible sizes. */
enum festore_error bytes_read_entry(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	struct bytes_entry *ret_entry, struct failure *failure);

/*
 * Copies `len` bytes of an entry's sealed content from `offset` on. FESTORE_DAMAGED: there are not
 * so many. The entry comes from bytes_read_entry() in the same transaction. `to` is written on
 * success only.
 */
enum festore_error bytes_read_content(struct bytes *bytes, const struct bytes_entry *entry,
	uint64_t offset, void *to, size_t len, struct failure *failure);

/*
 * One change of the tree, as the TA has answered it: `path` is what was read for the locator, and
 * `hashes` are the new hashes of the nodes on the way to it, root first: as many as the path has
 * steps if the leaf was there, one more than there are steps above the new node if not, one less
 * than there are steps after a removal (tree.h).
 */
struct bytes_change {
	const struct bytes_path *path;
	const uint8_t (*hashes)[FESTORE_HASH];
	size_t hash_count;
};

/*
 * Writes an entry and its content in place of an old one. FESTORE_ERROR: the locator of another
 * entry begins with the same 63 bits (chance: one in 2^24 among a million tags).
 * After a put, remove or move that has failed, bytes_commit() fails too: half a change is never
 * committed.
 */
enum festore_error bytes_put(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, const void *record, size_t record_len,
	const void *content, size_t content_len, struct failure *failure);

/* The same with a content that was written to the blob file `blob_id`, of `blob_len` sealed bytes.
 */
enum festore_error bytes_put_blob(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, const void *record, size_t record_len, int64_t blob_id,
	uint64_t blob_len, struct failure *failure);

/*
 * Several puts, of which the TA has said the nodes together: bytes_read_path_of_many() and
 * bytes_put_entry() for each, then bytes_put_nodes() once. Nothing else is done in the transaction
 * meanwhile, as each row of nodes is read once and kept in `rows`.
 */
struct bytes_rows;
struct bytes_rows *bytes_rows_new(void);
/* NULL-safe. */
void bytes_rows_free(struct bytes_rows *rows);

/* As bytes_read_path(). */
enum festore_error bytes_read_path_of_many(struct bytes *bytes, struct bytes_rows *rows,
	const uint8_t locator[FESTORE_HASH], struct bytes_path *ret_path, struct failure *failure);

/* An entry and its content, without nodes. `replaces`: there is an entry of this locator. */
enum festore_error bytes_put_entry(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	bool replaces, const void *record, size_t record_len, const void *content,
	size_t content_len, struct failure *failure);

/* Writes nodes, in any order: new ones, and new hashes of those that are there. */
enum festore_error bytes_put_nodes(struct bytes *bytes, struct bytes_rows *rows,
	const struct evidence_node *nodes, size_t count, struct failure *failure);

/* The middle (evidence.h) of the node at `bit`, below EVIDENCE_BITS, on the way to a locator. */
int64_t bytes_node_middle(const uint8_t locator[FESTORE_HASH], unsigned int bit);

/* Does an entry name this blob file? In a transaction of either kind. */
enum festore_error bytes_names_blob(
	struct bytes *bytes, int64_t blob_id, bool *ret_is_named, struct failure *failure);

/*
 * The blob files that the changes since the last bytes_begin_write() have replaced or removed: to
 * be removed when the change was confirmed. Valid until the next bytes_begin_write().
 */
size_t bytes_released(const struct bytes *bytes, const int64_t **ret_blob_ids);

/* Removes an entry with its content. */
enum festore_error bytes_remove(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, struct failure *failure);

/*
 * Moves the stored content of the entry `from` to the entry `to`, which is put anew with `record`:
 * one removal and one put. `removal` and `put` are their changes, in this order; the path of `put`
 * was read after bytes_move_begin(). begin removes `from` but keeps its content;
 * finish puts `to` with that content, replacing what `to` had. Both in one transaction, which
 * cannot be committed between them.
 */
enum festore_error bytes_move_begin(struct bytes *bytes, const uint8_t from[FESTORE_HASH],
	const struct bytes_change *removal, struct failure *failure);
enum festore_error bytes_move_finish(struct bytes *bytes, const uint8_t to[FESTORE_HASH],
	const struct bytes_change *put, const void *record, size_t record_len,
	struct failure *failure);

/*
 * Walks all entries in the order of their locators. next: FESTORE_NOT_FOUND after the last one. The
 * walk lives inside one transaction, in which nothing else is done meanwhile.
 */
enum festore_error bytes_list_begin(struct bytes *bytes, struct failure *failure);
enum festore_error bytes_list_next(
	struct bytes *bytes, struct bytes_entry *ret_entry, struct failure *failure);
void bytes_list_end(struct bytes *bytes);

/*
 * What follows is for a check: it gives what there is, possible or not, and goes on behind what
 * SQLite cannot read.
 */

/* SQLite's own check of the file's structure. FESTORE_DAMAGED: what it has found first. */
enum festore_error bytes_check_structure(struct bytes *bytes, struct failure *failure);

/* A walk through a table; `from` INT64_MIN and the rest zero: at the beginning. */
struct bytes_walk {
	int64_t from;
	bool is_over;
	unsigned int gaps; /* places where SQLite could not read on */
};

#define BYTES_WALK_BEGIN \
	{ \
		.from = INT64_MIN \
	}

/* A row of entries. */
struct bytes_raw_entry {
	int64_t key;
	bool has_leaf; /* `leaf` is what it would be in the tree */
	struct festore_vault_leaf leaf;
	const uint8_t *record; /* until the next call; NULL: there is none of a possible size */
	size_t record_len;
	int64_t content_id; /* 0 also if it is no number */
};

/* The next row. FESTORE_NOT_FOUND: no more. */
enum festore_error bytes_walk_entries(struct bytes *bytes, struct bytes_walk *walk,
	struct bytes_raw_entry *ret_entry, struct failure *failure);

/* The next number of a content. */
enum festore_error bytes_walk_contents(
	struct bytes *bytes, struct bytes_walk *walk, int64_t *ret_id, struct failure *failure);

/* Nodes of one row, at the most. */
#define BYTES_ROW_NODES 15

/* The nodes of the next row; *ret_count is 0 if it is none that can be. */
enum festore_error bytes_walk_nodes(struct bytes *bytes, struct bytes_walk *walk,
	struct evidence_node nodes[BYTES_ROW_NODES], size_t *ret_count, struct failure *failure);

/* Rows of nodes that are not as they should be. */
struct bytes_misfits {
	uint64_t missing;
	uint64_t different;
	uint64_t superfluous;
};

/*
 * Compares the rows of nodes with those that these nodes (which it sorts) make; with `mends`, in a
 * write transaction, makes them so.
 */
enum festore_error bytes_compare_nodes(struct bytes *bytes, struct evidence_node *nodes,
	size_t count, bool mends, struct bytes_misfits *ret_misfits, struct failure *failure);

/*
 * Removes the row `key` of entries, and the content `content_id` if it is not 0; no nodes. As after
 * bytes_remove(), bytes_released() tells of blob files.
 */
enum festore_error bytes_drop(
	struct bytes *bytes, int64_t key, int64_t content_id, struct failure *failure);

/*
 * Overwrites headers and state, so that neither the database nor its write-ahead log holds the
 * wrapped master key any more, then removes the files. All else was sealed under that key. No
 * transaction may be open; afterwards the handle is good for bytes_close() alone. FESTORE_BUSY:
 * others are reading or writing; headers and state may be overwritten already, so that all that can
 * be done is to call it again. What the storage medium keeps of overwritten blocks is beyond its
 * reach.
 */
enum festore_error bytes_destroy(struct bytes *bytes, struct failure *failure);

/* For status: bytes of all files of the database. (How many entries there are, the state says.) */
enum festore_error bytes_disk_use(
	struct bytes *bytes, uint64_t *ret_bytes, struct failure *failure);

/* The same of any database, which nobody need have open; 0 if there is none. */
uint64_t bytes_disk_use_of(const char *path);

/* Bytes of the database's file that nothing is in. In a transaction of either kind. */
enum festore_error bytes_unused(struct bytes *bytes, uint64_t *ret_bytes, struct failure *failure);

#endif
