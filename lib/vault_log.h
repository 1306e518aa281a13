/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of a vault, as the library stores and reads it. */
#ifndef VAULT_LOG_H
#define VAULT_LOG_H

#include "bytes.h"
#include "log_chain.h"

struct festore;
struct vault;

/* Room for what the TA adds to the answer of one change: its entry, and one of refusals. */
size_t vault_log_room(const struct vault *vault);

/* The same of puts whose tags have so many bytes in all. */
size_t vault_log_room_of_puts(const struct vault *vault, size_t count, size_t tags_len);

/*
 * Stores the sealed entries that an answer ends with, in the write transaction. FESTORE_ERROR: they
 * are none, or the vault has no log.
 */
enum festore_error vault_log_store(struct festore *fs, const uint8_t *rows, size_t len);

/* As vault_log_store(), of the one entry that has the note `number`, which is copied. */
enum festore_error vault_log_store_note(
	struct festore *fs, unsigned int number, const uint8_t *rows, size_t len);

/* Finds the note that a state of a vault with a log tells of, in a transaction. */
void vault_log_find_note(struct festore *fs, const struct festore_vault_state *state);

/* Cuts the log, if what was stored has made it too long. Failures are of no account. */
void vault_log_bound(struct festore *fs, const struct festore_vault_state *state);

/* Adds which entries there are to a status. */
void vault_log_describe(struct festore *fs, struct festore_status *status);

/* What a check finds: of an entry, or a gap. */
typedef void (*vault_log_tell)(enum festore_finding_kind kind, uint64_t number, const char *reason,
	uint64_t count, void *arg);

/* All entries, one after another, as the chain of a state; an error if it is not whole. */
struct vault_log {
	struct festore_vault_state state;
	struct log_chain chain;
	uint8_t *bytes; /* malloc'd */
	size_t len;
	size_t room;
	bool is_broken;      /* of the last entry nothing is known */
	vault_log_tell tell; /* for a check, which goes on; or NULL */
	void *tell_arg;
};

/* A vault_read (vault.h) of a struct vault_log; for vault_log_end(), whatever it returns. */
enum festore_error vault_log_read(struct festore *fs, void *log);
void vault_log_end(struct vault_log *log);

#endif
