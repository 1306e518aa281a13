/* SPDX-License-Identifier: BSD-2-Clause */
/* A change of a vault: asked of the TA, written, committed. */
#ifndef VAULT_CHANGE_H
#define VAULT_CHANGE_H

#include "blob.h"
#include "vault.h"

/* One change of one tag: what it is asked with, and what the TA answers. */
struct change {
	uint32_t command;
	struct festore_vault_request request;
	uint8_t locator[FESTORE_HASH];
	struct bytes_path path;
	struct part record;  /* of what is there: REMOVE with KEEP; and what has the mark */
	struct part message; /* the policy of what is made; APPEND: what is appended */
	struct part content; /* PUT, KEY_IMPORT; APPEND: sealed */
	size_t more_room;    /* KEY_GENERATE, KEY_IMPORT, APPEND: for what the TA makes */

	struct festore_vault_change reply;
	uint8_t hashes[FESTORE_PATH_MAX + 1][FESTORE_HASH];
	uint8_t new_record[FESTORE_RECORD_MAX];
	const uint8_t *sealed; /* content of this call, valid until the next one */
	struct festore_vault_state proposal;

	uint8_t old_record[FESTORE_RECORD_MAX];
	struct festore_wire_policy wire_policy;
};

/* Allocated; free(). NULL: out of memory, which is noted. */
struct change *vault_change_new(
	struct festore *fs, uint32_t command, enum festore_wire_kind kind, const char *tag);

/* Begins the transaction under the write lock, which a batch may hold already. */
enum festore_error vault_change_begin(struct festore *fs);

/* Asks the TA with the parts that are given; state and path NULL: without. */
enum festore_error vault_change_ask(struct festore *fs, struct change *change,
	const struct festore_vault_state *state, const struct bytes_path *path);

/*
 * Asks for a change at a tag's place in the tree; the transaction's first one presents the state.
 * The record of what has the mark comes along.
 */
enum festore_error vault_change_ask_at(struct festore *fs, struct change *change, const char *tag);

/* Adds the record of what is at the change's locator, if there is one; what has the mark goes only
 * with it. */
enum festore_error vault_change_bring_record(struct festore *fs, struct change *change);

/* What the TA has answered of the tree, for the database. */
struct bytes_change vault_change_tree(const struct change *change);

/*
 * Ends a change: `error` is what became of it until now. On its own it is committed; as part of a
 * batch it waits for the rest. Whatever fails ends the transaction, and a batch with it.
 */
enum festore_error vault_change_end(
	struct festore *fs, const struct change *last, enum festore_error error);

/*
 * Closes the blob of a change that has ended with `error`. What was not stored surely is removed;
 * what may have been is left to the next sweep.
 */
void vault_change_settle_blob(
	const struct festore *fs, struct blob *blob, enum festore_error error);

/* A change that was refused for damage may lie beside it: there is a longer way to find out. */
bool vault_change_is_worth_another_try(struct festore *fs, enum festore_error error);

#endif
