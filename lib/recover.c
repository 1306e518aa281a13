/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recovery: what lies in the database is made to count from now on, although it does not go with
 * what the device knows; and the note that stays of that.
 */
#include "vault.h"

#include <mbedtls/md.h>
#include <string.h>

/* A state, and the note that it names. */
struct recovery {
	struct festore_vault_recovered reply;
	struct festore_vault_state state;
	struct festore_vault_note note; /* without a log */
	uint8_t rows[2 * FESTORE_LOG_SEALED_MAX];
	size_t rows_len;
};

static bool is_named(const struct festore_vault_state *state, const struct festore_vault_note *note)
{
	uint8_t hash[FESTORE_HASH] = {0};

	(void)mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), (const uint8_t *)note,
		sizeof(*note), hash);
	return memcmp(hash, state->log_head, sizeof(hash)) == 0;
}

static bool names_one(const struct festore_vault_state *state)
{
	static const uint8_t none[FESTORE_HASH];

	return memcmp(state->log_head, none, sizeof(none)) != 0;
}

/* Notes have numbers from 1 without a gap, and the last one counts. */
void vault_find_note(struct festore *fs, const struct festore_vault_state *state)
{
	struct vault *vault = fs->vault;
	struct failure unimportant = {0};
	struct festore_vault_note note;

	if (vault->has_log) {
		vault_log_find_note(fs, state);
		return;
	}
	vault->has_note = names_one(state);
	memset(&vault->note, 0, sizeof(vault->note));
	for (unsigned int number = 1; vault->has_note; number++) {
		if (bytes_read_note(vault->bytes, number, &note, &unimportant) != FESTORE_OK)
			return;
		if (is_named(state, &note))
			vault->note = note;
	}
}

void vault_tell_recovery(const struct vault *vault, struct festore_recovery *ret_recovery)
{
	const struct festore_vault_note *note = &vault->note;

	memset(ret_recovery, 0, sizeof(*ret_recovery));
	if (!vault->is_open || !vault->has_note)
		return;
	/* A state names a note, and it is gone: one there was. */
	ret_recovery->count = note->number != 0 ? note->number : 1;
	ret_recovery->known_version = note->from_version;
	ret_recovery->taken_version = note->taken_version;
	ret_recovery->version = note->to_version;
	ret_recovery->at = note->at;
	ret_recovery->is_seen = note->seen_at != 0;
}

void festore_recovery(const struct festore *fs, struct festore_recovery *ret_recovery)
{
	memset(ret_recovery, 0, sizeof(*ret_recovery));
	if (fs && fs->vault)
		vault_tell_recovery(fs->vault, ret_recovery);
}

/* The two that are asked for with state and note, and answer with them. */
static enum festore_error ask(struct festore *fs, uint32_t command, void *reply, size_t reply_len,
	const struct festore_vault_state *state, struct recovery *recovery)
{
	const struct festore_vault_note *note = &fs->vault->note;
	struct festore_vault_request request = vault_request("", 0);
	struct exchange exchange = {
		.command = command,
		.request = &request,
		.request_len = sizeof(request),
		.reply = reply,
		.reply_len = reply_len,
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {state, sizeof(*state)},
			[FESTORE_PART_MESSAGE] = {note, note->number != 0 ? sizeof(*note) : 0}},
		.receive_at = 3,
		.receive_room = sizeof(recovery->state) + sizeof(recovery->note) +
			vault_log_room(fs->vault),
	};
	enum festore_error error = FESTORE_OK;

	if (fs->vault->has_log)
		exchange.send[FESTORE_PART_MESSAGE] = (struct part){fs->vault->note_row.bytes,
			command == FESTORE_CMD_VAULT_NOTED ? fs->vault->note_row.len : 0};

	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		request.parts[i] = (uint32_t)exchange.send[i].len;
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	if (exchange.received_len < sizeof(recovery->state) ||
		(!fs->vault->has_log && exchange.received_len != exchange.receive_room) ||
		exchange.received_len - sizeof(recovery->state) > sizeof(recovery->rows))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	memcpy(&recovery->state, exchange.received, sizeof(recovery->state));
	if (fs->vault->has_log) {
		recovery->rows_len = exchange.received_len - sizeof(recovery->state);
		memcpy(recovery->rows, exchange.received + sizeof(recovery->state),
			recovery->rows_len);
		return FESTORE_OK;
	}
	memcpy(&recovery->note, exchange.received + sizeof(recovery->state),
		sizeof(recovery->note));
	return FESTORE_OK;
}

/* Into the row of its number, and where there is a log, into that. */
static enum festore_error store_note(struct festore *fs, const struct recovery *recovery)
{
	struct festore_log_head head;

	if (!fs->vault->has_log)
		return bytes_write_note(
			fs->vault->bytes, recovery->note.number, &recovery->note, &fs->failure);
	memcpy(&head, recovery->state.log_head, sizeof(head));
	return vault_log_store_note(fs, head.notes, recovery->rows, recovery->rows_len);
}

/* Did the device know a later state, or one beside this? What follows what it knew is no rollback,
 * even if nothing proves that it does. */
static bool is_rollback(const struct recovery *recovery, const struct festore_vault_state *taken)
{
	const struct festore_vault_recovered *reply = &recovery->reply;

	if (reply->from_version == 0)
		return false;
	if (reply->from_epoch != taken->epoch)
		return reply->from_epoch > taken->epoch;
	return reply->from_version >= taken->version || taken->anchored < reply->from_version;
}

/* Under the write lock, in a session that has the vault open unproven. */
static enum festore_error take(struct festore *fs, const struct festore_vault_state *taken,
	unsigned int flags, struct recovery *recovery)
{
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = ask(fs, FESTORE_CMD_VAULT_RECOVER, &recovery->reply,
		sizeof(recovery->reply), taken, recovery);

	if (error != FESTORE_OK)
		return error;
	if (is_rollback(recovery, taken) && (flags & FESTORE_ACCEPT_ROLLBACK) == 0)
		return failure_set(&fs->failure, FESTORE_STALE,
			"generation %llu is to take the place of %llu, which this device has "
			"acknowledged: that is a rollback, which was not accepted",
			(unsigned long long)taken->version,
			(unsigned long long)recovery->reply.from_version);
	error = store_note(fs, recovery);
	if (error == FESTORE_OK)
		error = bytes_write_state(bytes, &recovery->state, &fs->failure);
	return error == FESTORE_OK ? bytes_commit(bytes, &fs->failure) : error;
}

static enum festore_error recover(struct festore *fs, unsigned int flags)
{
	struct vault *vault = fs->vault;
	struct recovery recovery = {0};
	struct festore_vault_state taken = {0};
	enum festore_error error = bytes_begin_write(vault->bytes, &fs->failure);

	if (error == FESTORE_OK)
		error = vault_open_unproven(fs, &taken);
	if (error == FESTORE_OK) {
		vault_find_note(fs, &taken);
		error = take(fs, &taken, flags, &recovery);
	}
	bytes_end(vault->bytes);
	if (error == FESTORE_OK)
		error = vault_confirm(fs);
	/* The session can do no more than this; what comes next begins anew. */
	vault->is_open = false;
	vault->is_in_doubt = true;
	return error;
}

enum festore_error festore_recover(
	struct festore *fs, unsigned int flags, struct festore_recovery *ret_recovery)
{
	enum festore_error error = handle_begin(fs);

	memset(ret_recovery, 0, sizeof(*ret_recovery));
	if (error != FESTORE_OK)
		return error;
	if (!fs->vault || (flags & ~(unsigned int)FESTORE_ACCEPT_ROLLBACK) != 0 ||
		fs->vault->batch.is_open || fs->vault->is_unproven)
		return failure_set(
			&fs->failure, FESTORE_USAGE, "this handle cannot recover a vault");
	error = vault_ready(fs, false);
	/* It is what it should be; or there is nothing that could be made to count. */
	if (error != FESTORE_STALE || !fs->vault->bytes)
		return error;
	memset(&fs->failure, 0, sizeof(fs->failure));
	error = recover(fs, flags);
	if (error == FESTORE_OK)
		error = vault_ready(fs, false);
	if (error == FESTORE_OK)
		vault_tell_recovery(fs->vault, ret_recovery);
	return error;
}

/* Writes that the note was seen; the write transaction is open. */
static enum festore_error see(struct festore *fs, struct recovery *recovery)
{
	struct festore_vault_change reply;
	struct festore_vault_state state;
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = bytes_read_state(bytes, &state, &fs->failure);

	if (error != FESTORE_OK)
		return error;
	vault_find_note(fs, &state);
	if (fs->vault->note.number == 0)
		return failure_set(&fs->failure, FESTORE_DAMAGED,
			"the note of a recovery is missing, so it cannot be said to have been "
			"seen");
	error = ask(fs, FESTORE_CMD_VAULT_NOTED, &reply, sizeof(reply), &state, recovery);
	if (error != FESTORE_OK)
		return error;
	return store_note(fs, recovery);
}

static enum festore_error find_note_again(struct festore *fs, void *arg)
{
	struct festore_vault_state state = {0};
	const enum festore_error error = bytes_read_state(fs->vault->bytes, &state, &fs->failure);

	(void)arg;
	if (error == FESTORE_OK)
		vault_find_note(fs, &state);
	return error;
}

enum festore_error festore_recovery_seen(struct festore *fs)
{
	struct recovery recovery = {0};
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault || fs->vault->batch.is_open)
		return failure_set(
			&fs->failure, FESTORE_USAGE, "this handle has no recoveries to speak of");
	error = vault_ready(fs, false);
	if (error != FESTORE_OK || !fs->vault->has_note || fs->vault->note.seen_at != 0)
		return error;
	vault_quota_begin(fs);
	error = bytes_begin_write(fs->vault->bytes, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	error = see(fs, &recovery);
	if (error != FESTORE_OK)
		return vault_give_up(fs, error);
	error = vault_store(fs, &recovery.state);
	if (error != FESTORE_OK)
		return error;
	if (fs->vault->has_log)
		return vault_read_current(fs, find_note_again, NULL);
	fs->vault->note = recovery.note;
	return error;
}
