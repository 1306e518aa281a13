/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vault as a client has it open: its database, and what the TA has said of it. vault.c opens,
 * makes and commits, vault_read.c, vault_change.c and vault_list.c work on files in it.
 */
#ifndef VAULT_H
#define VAULT_H

#include "bytes.h"
#include "handle.h"
#include "place.h"
#include "vault_log.h"
#include "vault_puts.h"
#include "vault_quota.h"

/* What lies in a vault's directory. */
#define VAULT_DATABASE "vault.db"
#define VAULT_BLOBS "blobs"

/* How often a reader whose snapshot has become stale reads again before it takes the write lock. */
#define VAULT_RETRIES 3

/* Changes under the write lock, until the last of them has the proposal. */
struct transaction {
	bool is_open;
	bool is_presented; /* the TA has seen the state */
	struct festore_vault_state state;
	uint8_t root[FESTORE_HASH]; /* after the changes so far */
};

/* festore_batch_begin() was called. */
struct batch {
	bool is_open;
	unsigned int count;
	enum festore_error error; /* that has ended it already */
};

struct vault {
	char name[FESTORE_VAULT_NAME_MAX + 1];
	char store[PLACE_MAX];          /* the store directory */
	char directory[PLACE_MAX];      /* the vault's, in it */
	char blobs[PLACE_MAX];          /* blob files, in that */
	unsigned int mode;              /* of directories that are made */
	uint32_t wanted_aead;           /* of a vault that is made, or AEAD_AUTO */
	uint32_t aead;                  /* of this one, once it is open */
	uint32_t wanted_anchor;         /* of a vault that is made: enum festore_anchor_kind */
	struct bytes *bytes;            /* NULL before it was found */
	struct festore_wire_pin pin;    /* without a length: none */
	uint8_t pin_tries;              /* of a vault that is made */
	bool is_init;                   /* one may be made with the PIN */
	bool is_open;                   /* the session has it open */
	bool is_unproven;               /* whatever the device knows of it, to read alone */
	bool has_note;                  /* its state names the note of a recovery */
	struct festore_vault_note note; /* all zero if that is missing */
	struct bytes_logged note_row;   /* the entry that has it, where there is a log */
	bool has_log;                   /* once it is open */
	uint64_t log_kept;              /* entries that stay when it is cut */
	uint64_t log_added;             /* by the transaction under way */
	bool is_in_doubt; /* nobody knows what the session has: a call did not get through */
	struct festore_vault_opened opened;
	struct transaction transaction;
	struct batch batch;
	struct vault_puts *puts; /* of the batch, gathered; or NULL */
	struct vault_quota quota;
	bool is_outdated; /* a read found that its snapshot has been overtaken */
	bool is_unsure;   /* of the last commit it is not known whether it took place */
	bool is_damaged;  /* something was, so paths are looked at before the TA sees them */
	bool is_swept;    /* blob files were looked through */
	bool has_blobs;   /* their folder is there, and its name safe */
};

/* Notes where the vault of the handle is; opens nothing. `name` NULL: "default". */
enum festore_error vault_new(struct festore *fs, const struct festore_options *options);

/* The state of the transaction, and the copy of the header that it names. FESTORE_DAMAGED: neither
 * is it. */
enum festore_error vault_read_header(struct festore *fs, struct festore_vault_state *ret_state,
	struct festore_vault_header *ret_header);

/* Are there zeros where headers and state were, as a destruction leaves them for a while? */
bool vault_is_overwritten(struct festore *fs);

/* The TA refuses the vault: removes its files. */
enum festore_error vault_remove_files(struct festore *fs);

/* Closes, wipes and frees; NULL-safe. */
void vault_free(struct vault *vault);

/*
 * Opens the vault if it is not open, and connects again if the TA is another life than before.
 * FESTORE_NOT_FOUND: there is none; with `may_make` it is made.
 */
enum festore_error vault_ready(struct festore *fs, bool may_make);

/* A request of this handle's vault about `tag` (or, for VAULT_*, its name). */
struct festore_vault_request vault_request(const char *tag, enum festore_wire_kind kind);

/* A read: what is read of the database belongs to one snapshot, or to the present under the write
 * lock. */
typedef enum festore_error (*vault_read)(struct festore *fs, void *arg);

/*
 * Calls `read` inside a read transaction, which it may end as soon as it has all that it needs.
 * While the TA says that the snapshot is stale: again, in the end under the write lock. Then a
 * stale database is one that was put back: FESTORE_STALE.
 */
enum festore_error vault_read_current(struct festore *fs, vault_read read, void *arg);

/* Says how old the database is, and what the device has acknowledged; returns FESTORE_STALE. */
enum festore_error vault_is_stale(struct festore *fs);

/*
 * Ends a change that the TA has made into `proposal` and the write transaction holds: commits,
 * confirms. FESTORE_OK: it is stored, and the TA will refuse all that came before it.
 */
enum festore_error vault_commit(struct festore *fs, const struct festore_vault_state *proposal);

/* Gives a change up: rolls back, and the TA forgets what it has under way. Returns `error`. */
enum festore_error vault_give_up(struct festore *fs, enum festore_error error);

/* One put of a batch that cannot go to the TA with others (lib/vault_puts.c). */
enum festore_error vault_put_alone(struct festore *fs, const char *tag, int64_t modified,
	const void *content, size_t content_len);

/*
 * The vault's state with the last change of a transaction, `proposal`, is written, and becomes
 * current as by vault_commit(); blob files that it has replaced go.
 */
enum festore_error vault_store(struct festore *fs, const struct festore_vault_state *proposal);

/* The TA makes one state of all that the session's batch has changed. */
enum festore_error vault_propose(struct festore *fs, struct festore_vault_state *ret_proposal);

/* Lets the TA open the vault by this header, with the state that the transaction has. */
enum festore_error vault_open_header(struct festore *fs, const struct festore_vault_header *header,
	const struct festore_vault_state *state);

/* Opens by the state that the transaction has, which need not be the present one (lib/vault.c). */
enum festore_error vault_open_unproven(struct festore *fs, struct festore_vault_state *ret_state);

/* The session's proposal is what counts. */
enum festore_error vault_confirm(struct festore *fs);

/* Looks for the note that a state names, inside a transaction; tells of it (lib/recover.c). */
void vault_find_note(struct festore *fs, const struct festore_vault_state *state);
void vault_tell_recovery(const struct vault *vault, struct festore_recovery *ret_recovery);

/* Adds what is known of the anchor to a status (lib/anchor.c). */
enum festore_error vault_describe_anchor(struct festore *fs, struct festore_status *status);

/* Finds the database; FESTORE_NOT_FOUND: there is none. */
enum festore_error vault_find(struct festore *fs);

/* Is this the header that the state names? */
bool vault_names_header(
	const struct festore_vault_state *state, const struct festore_vault_header *header);

/* The path of a locator in the tree of this root; found the long way where there is damage. */
enum festore_error vault_path(struct festore *fs, const uint8_t locator[FESTORE_HASH],
	const uint8_t root[FESTORE_HASH], struct bytes_path *ret_path);

/* What the vault's entry of a tag is found by. */
enum festore_error vault_locate(struct festore *fs, enum festore_wire_kind kind, const char *tag,
	uint8_t ret_locator[FESTORE_HASH]);

/* The storage's operations (handle.h), and readers and writers. */
enum festore_error vault_put(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags);
enum festore_error vault_get(
	struct festore *fs, const char *tag, void **ret_content, size_t *ret_content_len);
enum festore_error vault_stat(
	struct festore *fs, const char *tag, struct festore_file_info *ret_info);
enum festore_error vault_append(struct festore *fs, const char *tag, const void *bytes, size_t len);
enum festore_error vault_remove(struct festore *fs, const char *tag);
enum festore_error vault_move(
	struct festore *fs, const char *tag, const char *new_tag, unsigned int flags);
enum festore_error vault_collect(struct festore *fs, const char *prefix, struct collection *all);

/* The same of keys. */
enum festore_error vault_key_remove(struct festore *fs, const char *tag);
enum festore_error vault_key_move(struct festore *fs, const char *tag, const char *new_tag);
enum festore_error vault_key_collect(
	struct festore *fs, const char *prefix, struct collection *all);

/*
 * Lets the TA make a key of this type, for these uses: a new one, or with `pair` not NULL of these
 * numbers. FESTORE_EXISTS: there is one.
 */
enum festore_error vault_key_make(struct festore *fs, const char *tag,
	const struct festore_wire_key *key, const struct part *pair);

/*
 * Spends one of the uses of a key that has a number of them, for good whatever comes of it: the
 * session may let it work once.
 */
enum festore_error vault_key_use(struct festore *fs, const char *tag);

/* A call of the TA about a key, which it proves and opens: KEY_*. */
struct vault_key_call {
	uint32_t command;
	struct festore_wire_key key;
	struct part message;
	struct festore_vault_key reply; /* of KEY_PUBLIC */
	uint8_t out[FESTORE_PUBLIC_MAX];
	size_t out_len;
};

/* With `leaf` not NULL the key is taken at the word of its record, as by vault_reader_open_leaf().
 */
enum festore_error vault_key_call(
	struct festore *fs, const char *tag, const uint8_t *leaf, struct vault_key_call *call);

struct vault_writer;
enum festore_error vault_writer_open(
	struct festore *fs, const char *tag, unsigned int flags, struct vault_writer **ret_writer);
enum festore_error vault_writer_write(struct vault_writer *writer, const void *bytes, size_t len);
/* Both end the writer. */
enum festore_error vault_writer_commit(struct vault_writer *writer);
void vault_writer_abort(struct vault_writer *writer);

/*
 * Removes a file that is read once, after which the session may read it: `gather_taken` keeps its
 * sealed content before, under the write lock.
 */
enum festore_error vault_take(
	struct festore *fs, const char *tag, vault_read gather_taken, void *arg);

struct vault_reader;
/* As vault_reader_open(), and what is read once is taken. */
enum festore_error vault_reader_take(struct festore *fs, const char *tag,
	struct vault_reader **ret_reader, struct festore_file_info *ret_info);
enum festore_error vault_reader_open(struct festore *fs, const char *tag,
	struct vault_reader **ret_reader, struct festore_file_info *ret_info);
/*
 * The same by the word of its record alone, which must be the leaf of this hash. FESTORE_NOT_FOUND:
 * there is none, or it has another leaf now.
 */
enum festore_error vault_reader_open_leaf(struct festore *fs, const char *tag,
	const uint8_t leaf[FESTORE_HASH], struct vault_reader **ret_reader,
	struct festore_file_info *ret_info);
/*
 * A file to which something will be appended: the TA expects its content, sealed, and more. Under
 * the write lock if that is held.
 */
enum festore_error vault_reader_grow(
	struct festore *fs, const char *tag, struct vault_reader **ret_reader, uint64_t *ret_size);
/* The sealed bytes of `len` bytes of it from `offset` on, which are whole chunks or go to its end.
 */
enum festore_error vault_reader_sealed(
	struct vault_reader *reader, uint64_t offset, void *to, size_t len);
/* As vault_reader_close(), but the TA is not told; NULL-safe. */
void vault_reader_free(struct vault_reader *reader);

enum festore_error vault_reader_read(
	struct vault_reader *reader, uint64_t offset, void *to, size_t len, size_t *ret_len);
/* Is what is stored exactly as long as the content needs? */
bool vault_reader_is_exact(const struct vault_reader *reader);
void vault_reader_close(struct vault_reader *reader);

#endif
