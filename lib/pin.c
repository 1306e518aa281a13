/* SPDX-License-Identifier: BSD-2-Clause */
/* PINs of vaults: what is asked of the TA about them, and what is said of its answers. */
#include "pin.h"

#include "vault.h"

#include <string.h>

enum festore_error pin_set(
	struct festore_wire_pin *pin, const void *bytes, size_t len, struct failure *failure)
{
	if (len < FESTORE_PIN_MIN || len > FESTORE_PIN_MAX)
		return failure_set(failure, FESTORE_USAGE, "a PIN has %u to %u bytes",
			FESTORE_PIN_MIN, FESTORE_PIN_MAX);
	memset(pin, 0, sizeof(*pin));
	pin->len = (uint8_t)len;
	memcpy(pin->bytes, bytes, len);
	return FESTORE_OK;
}

enum festore_error pin_check_tries(unsigned int tries, struct failure *failure)
{
	if (tries != 0 && (tries < FESTORE_PIN_TRIES_MIN || tries > FESTORE_PIN_TRIES_MAX))
		return failure_set(failure, FESTORE_USAGE,
			"a vault can be closed for good by %u to %u wrong PINs, or by none",
			FESTORE_PIN_TRIES_MIN, FESTORE_PIN_TRIES_MAX);
	return FESTORE_OK;
}

/* What the TA says of the lock of this header. */
static enum festore_error ask_lock(struct festore *fs, const struct festore_vault_header *header,
	struct festore_vault_lock *ret_lock, struct failure *failure)
{
	const struct vault *vault = fs->vault;
	struct festore_vault_request request = vault_request(vault->name, 0);
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_LOCK,
		.request = &request,
		.request_len = sizeof(request),
		.reply = ret_lock,
		.reply_len = sizeof(*ret_lock),
		.has_send = true,
		.send = {[FESTORE_PART_RECORD] = {header, sizeof(*header)}},
	};

	request.parts[FESTORE_PART_RECORD] = sizeof(*header);
	handle_may_wait(fs);
	return session_call(fs->session, &exchange, failure);
}

static const char *wrong_pins(uint32_t failures)
{
	return failures == 1 ? "wrong PIN" : "wrong PINs";
}

/* What a wrong PIN has led to. */
static enum festore_error tell_wrong(struct failure *failure, const struct festore_vault_lock *lock)
{
	if (lock->is_limited && lock->left == 0)
		return failure_set(failure, FESTORE_PIN,
			"wrong PIN, and the last one: nothing opens this vault any more");
	if (lock->is_limited)
		return failure_set(failure, FESTORE_PIN,
			"wrong PIN: %u more, and nothing opens this vault any more; the next is "
			"looked at in %u seconds",
			lock->left, lock->wait);
	return failure_set(failure, FESTORE_PIN,
		"wrong PIN, %u in a row; the next is looked at in %u seconds", lock->failures,
		lock->wait);
}

enum festore_error pin_explain(struct festore *fs, const struct festore_vault_header *header)
{
	const uint32_t answer = session_answer(fs->session);
	struct festore_vault_lock lock = {0};
	struct failure unimportant = {0};

	if (ask_lock(fs, header, &lock, &unimportant) != FESTORE_OK)
		return FESTORE_PIN;
	switch (answer) {
	case FESTORE_TA_PIN_WRONG:
		return tell_wrong(&fs->failure, &lock);
	case FESTORE_TA_PIN_WAIT:
		if (lock.is_lost)
			return failure_set(&fs->failure, FESTORE_PIN,
				"the device has lost how many wrong PINs there were: the next PIN "
				"is looked at in %u seconds",
				lock.wait);
		return failure_set(&fs->failure, FESTORE_PIN,
			"after %u %s the next is looked at in %u seconds", lock.failures,
			wrong_pins(lock.failures), lock.wait);
	default:
		return failure_set(&fs->failure, FESTORE_PIN,
			lock.is_lost ? "the device has lost how many wrong PINs there were, and "
				       "nothing opens this vault any more"
				     : "there were too many wrong PINs: nothing opens this vault "
				       "any more");
	}
}

/* The header that the state names; of a vault that nobody can open its bytes alone tell. */
struct found {
	struct festore_vault_state state;
	struct festore_vault_header header;
};

/* In a transaction of its own, of a handle that need not have opened the vault. */
static enum festore_error read_header(struct festore *fs, struct found *ret_found)
{
	enum festore_error error = vault_find(fs);

	if (error == FESTORE_OK)
		error = bytes_begin_read(fs->vault->bytes, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	error = vault_read_header(fs, &ret_found->state, &ret_found->header);
	bytes_end(fs->vault->bytes);
	return error;
}

static enum festore_error has_none(struct festore *fs)
{
	return failure_set(
		&fs->failure, FESTORE_USAGE, "the vault in %s has no PIN", fs->vault->directory);
}

static enum festore_error begin(struct festore *fs)
{
	const enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault || fs->vault->batch.is_open)
		return failure_set(
			&fs->failure, FESTORE_USAGE, "this handle has no PIN to speak of");
	return FESTORE_OK;
}

enum festore_error pin_look(struct festore *fs, struct festore_pin_info *ret_info)
{
	struct festore_vault_lock lock = {0};
	struct found found = {0};
	enum festore_error error = read_header(fs, &found);

	memset(ret_info, 0, sizeof(*ret_info));
	if (error != FESTORE_OK)
		return error;
	if (found.header.pin_storage == 0)
		return FESTORE_OK;
	error = ask_lock(fs, &found.header, &lock, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	ret_info->has_pin = 1;
	ret_info->counted_in = found.header.pin_storage == FESTORE_ANCHOR_RPMB ? "rpmb" : "ree";
	ret_info->is_lost = (int)lock.is_lost;
	ret_info->failures = lock.failures;
	ret_info->wait_seconds = lock.wait;
	ret_info->limit = found.header.pin_tries;
	ret_info->left = lock.left;
	return FESTORE_OK;
}

enum festore_error festore_pin_info(struct festore *fs, struct festore_pin_info *ret_info)
{
	const enum festore_error error = begin(fs);

	return error == FESTORE_OK ? pin_look(fs, ret_info) : error;
}

/* What the TA makes of two PINs. */
struct change {
	struct festore_wire_pin pins[2];
	struct festore_vault_state state;
	struct festore_vault_header header;
};

static enum festore_error ask_change(
	struct festore *fs, const struct found *found, struct change *change)
{
	struct festore_vault_change reply;
	struct festore_vault_request request = vault_request("", 0);
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_PIN,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &reply,
		.reply_len = sizeof(reply),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {&found->state, sizeof(found->state)},
			[FESTORE_PART_RECORD] = {&found->header, sizeof(found->header)},
			[FESTORE_PART_MESSAGE] = {change->pins, sizeof(change->pins)}},
		.receive_at = 3,
		.receive_room =
			sizeof(change->state) + sizeof(change->header) + vault_log_room(fs->vault),
	};
	enum festore_error error = FESTORE_OK;

	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		request.parts[i] = (uint32_t)exchange.send[i].len;
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_PIN)
		return pin_explain(fs, &found->header);
	if (error != FESTORE_OK)
		return error;
	if (exchange.received_len < sizeof(change->state) + sizeof(change->header))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	memcpy(&change->state, exchange.received, sizeof(change->state));
	memcpy(&change->header, exchange.received + sizeof(change->state), sizeof(change->header));
	return vault_log_store(fs,
		exchange.received + sizeof(change->state) + sizeof(change->header),
		exchange.received_len - sizeof(change->state) - sizeof(change->header));
}

/* In a write transaction, which it ends. */
static enum festore_error change_locked(struct festore *fs, struct change *change)
{
	struct bytes *bytes = fs->vault->bytes;
	struct found found = {0};
	enum festore_error error = vault_read_header(fs, &found.state, &found.header);

	if (error == FESTORE_OK)
		error = ask_change(fs, &found, change);
	for (unsigned int copy = 0; copy < 2 && error == FESTORE_OK; copy++)
		error = bytes_write_header(bytes, copy, &change->header, &fs->failure);
	if (error != FESTORE_OK)
		return vault_give_up(fs, error);
	/* If the TA has to be asked what became of it, the database may have the new header. */
	fs->vault->pin = change->pins[1];
	error = vault_store(fs, &change->state);
	if (error != FESTORE_OK)
		fs->vault->pin = change->pins[0];
	return error;
}

/* The old header is refused once the new one has opened the vault: if not now, at the next use. */
static void open_again(struct festore *fs)
{
	fs->vault->is_open = false;
	fs->vault->is_in_doubt = true;
	(void)vault_ready(fs, false);
	memset(&fs->failure, 0, sizeof(fs->failure));
}

enum festore_error festore_pin_change(struct festore *fs, const void *new_pin, size_t new_pin_len)
{
	struct change change = {0};
	enum festore_error error = begin(fs);

	if (error == FESTORE_OK)
		error = pin_set(&change.pins[1], new_pin, new_pin_len, &fs->failure);
	if (error == FESTORE_OK)
		error = vault_ready(fs, false);
	if (error == FESTORE_OK && fs->vault->pin.len == 0)
		error = has_none(fs);
	if (error == FESTORE_OK)
		error = bytes_begin_write(fs->vault->bytes, &fs->failure);
	if (error == FESTORE_OK) {
		change.pins[0] = fs->vault->pin;
		vault_quota_begin(fs);
		error = change_locked(fs, &change);
	}
	if (error == FESTORE_OK)
		open_again(fs);
	explicit_bzero(&change, sizeof(change));
	return error;
}

/* Lets the TA refuse this vault from now on. */
static enum festore_error bury(struct festore *fs, const struct festore_vault_header *header)
{
	struct festore_vault_request request = vault_request(fs->vault->name, 0);
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_RESET,
		.request = &request,
		.request_len = sizeof(request),
		.has_send = true,
		.send = {[FESTORE_PART_RECORD] = {header, sizeof(*header)}},
	};

	request.parts[FESTORE_PART_RECORD] = sizeof(*header);
	handle_may_wait(fs);
	return session_call(fs->session, &exchange, &fs->failure);
}

enum festore_error festore_destroy_without_pin(struct festore *fs)
{
	struct found found = {0};
	enum festore_error error = begin(fs);

	if (error == FESTORE_OK)
		error = read_header(fs, &found);
	if (error == FESTORE_OK && found.header.pin_storage == 0)
		error = has_none(fs);
	if (error == FESTORE_OK)
		error = bury(fs, &found.header);
	/* An earlier destruction may have been interrupted. */
	if (error == FESTORE_DAMAGED && vault_is_overwritten(fs))
		error = FESTORE_OK;
	return error == FESTORE_OK ? vault_remove_files(fs) : error;
}
