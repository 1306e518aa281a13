/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vault as a client has it open: its database, and what the TA has said of it. vault.c opens and
 * makes it, vault_file.c works on files in it.
 */
#ifndef VAULT_H
#define VAULT_H

#include "bytes.h"
#include "handle.h"
#include "place.h"

/* How often a reader whose snapshot has become stale reads again before it takes the write lock. */
#define VAULT_RETRIES 3

struct vault {
	char name[FESTORE_VAULT_NAME_MAX + 1];
	char store[PLACE_MAX];     /* the store directory */
	char directory[PLACE_MAX]; /* the vault's, in it */
	unsigned int mode;         /* of directories that are made */
	struct bytes *bytes;       /* NULL before it was found */
	bool is_open;              /* the session has it open */
	bool is_in_doubt; /* nobody knows what the session has: a call did not get through */
	struct festore_vault_opened opened;
};

/* Notes where the vault of the handle is; opens nothing. `name` NULL: "default". */
enum festore_error vault_new(struct festore *fs, const struct festore_options *options);

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

#endif
