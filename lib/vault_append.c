/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Appends to a file of a vault. Its sealed content and the new bytes go to the TA, which seals all
 * of it anew; a change then exchanges it, unless the file has another content by then: that is
 * found under the write lock, which need not be held before.
 */
#include "vault_change.h"

#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>
#include <time.h>

/* An append under way. */
struct appending {
	struct festore *fs;
	const char *tag;
	const uint8_t *more; /* what is left of the new bytes */
	size_t more_len;
	uint64_t done;  /* bytes of the new content that are sealed */
	uint64_t size;  /* of the old one */
	uint64_t whole; /* of the new one */

	struct vault_reader *reader;
	struct change *change;
	struct blob blob; /* the new content, if it is longer than a window */
	struct vault_quota_blob quota;
	bool is_overtaken; /* the file has another content now */
	size_t sealed_len; /* bytes in `sealed` */
	/* The old content of a piece, and then a new content of no more than that. */
	uint8_t sealed[FESTORE_SEALED_WINDOW];
};

static bool is_small(const struct appending *appending)
{
	return appending->whole <= FESTORE_WINDOW;
}

/* The piece that the TA has sealed is kept. */
static enum festore_error keep_piece(struct appending *appending)
{
	struct festore *fs = appending->fs;
	const struct change *change = appending->change;
	const size_t len = change->reply.content_len;
	enum festore_error error = FESTORE_OK;

	if (is_small(appending)) {
		if (len > sizeof(appending->sealed))
			return failure_set(
				&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
		memcpy(appending->sealed, change->sealed, len);
		appending->sealed_len = len;
		return FESTORE_OK;
	}
	error = vault_quota_admit_more(fs, appending->tag, len, &appending->quota);
	if (error == FESTORE_OK && appending->blob.fd < 0)
		error = blob_create(&appending->blob, fs->vault->blobs, fs->vault->mode,
			&fs->vault->has_blobs, &fs->failure);
	if (error == FESTORE_OK)
		error = blob_append(&appending->blob, change->sealed, len, &fs->failure);
	return error;
}

/* The next window of the new content: of the old one what there is, then of what is new. */
static enum festore_error seal_piece(struct appending *appending)
{
	struct festore *fs = appending->fs;
	struct change *change = appending->change;
	const uint64_t left = appending->whole - appending->done;
	const size_t len = left < FESTORE_WINDOW ? (size_t)left : FESTORE_WINDOW;
	const uint64_t old_left =
		appending->done < appending->size ? appending->size - appending->done : 0;
	const size_t old_len = old_left < len ? (size_t)old_left : len;
	enum festore_error error = FESTORE_OK;

	if (!is_small(appending))
		error = handle_progress(fs, appending->done, appending->whole);
	if (error == FESTORE_OK && old_len != 0)
		error = vault_reader_sealed(
			appending->reader, appending->done, appending->sealed, old_len);
	if (error != FESTORE_OK)
		return error;
	change->request.base.flags = FESTORE_WIRE_MORE |
		(appending->done != 0 ? FESTORE_WIRE_CONTINUE : 0) |
		(len == left ? FESTORE_WIRE_LAST : 0);
	change->content = (struct part){
		appending->sealed, old_len != 0 ? (size_t)FESTORE_SEALED_LEN(old_len) : 0};
	change->message = (struct part){appending->more, len - old_len};
	change->more_room = FESTORE_SEALED_LEN(FESTORE_WINDOW);
	error = vault_change_ask(fs, change, NULL, NULL);
	change->content = (struct part){NULL, 0};
	change->message = (struct part){NULL, 0};
	change->more_room = 0;
	appending->more += len - old_len;
	appending->done += len;
	return error == FESTORE_OK ? keep_piece(appending) : error;
}

static enum festore_error seal_all(struct appending *appending)
{
	enum festore_error error = FESTORE_OK;

	do {
		error = seal_piece(appending);
	} while (error == FESTORE_OK && appending->done < appending->whole);
	if (error == FESTORE_OK && !is_small(appending))
		error = blob_sync(&appending->blob, &appending->fs->failure);
	return error;
}

static enum festore_error store_entry(struct appending *appending)
{
	struct bytes *bytes = appending->fs->vault->bytes;
	struct failure *failure = &appending->fs->failure;
	const struct change *change = appending->change;
	const struct bytes_change tree = vault_change_tree(change);

	if (is_small(appending))
		return bytes_put(bytes, change->locator, &tree, change->new_record,
			change->reply.record_len, appending->sealed, appending->sealed_len,
			failure);
	return bytes_put_blob(bytes, change->locator, &tree, change->new_record,
		change->reply.record_len, appending->blob.id, appending->blob.size, failure);
}

/* Under the write lock: the new content takes the place of the old one, if that is still there. */
static enum festore_error exchange_content(struct appending *appending)
{
	struct festore *fs = appending->fs;
	struct change *change = appending->change;
	enum festore_error error = FESTORE_OK;

	change->request.base.flags = FESTORE_WIRE_CONTINUE;
	if (is_small(appending))
		error = vault_quota_admit(
			fs, FESTORE_WIRE_FILE, appending->tag, appending->sealed_len);
	if (error == FESTORE_OK)
		error = vault_locate(fs, FESTORE_WIRE_FILE, appending->tag, change->locator);
	if (error == FESTORE_OK)
		error = vault_change_bring_record(fs, change);
	if (error != FESTORE_OK)
		return error;
	error = vault_change_ask_at(fs, change, appending->tag);
	appending->is_overtaken =
		error == FESTORE_BUSY && session_answer(fs->session) == TEEC_ERROR_BUSY;
	return error == FESTORE_OK ? store_entry(appending) : error;
}

/* What was sealed is good for one request: its path must be right. */
static enum festore_error commit(struct appending *appending)
{
	struct festore *fs = appending->fs;
	const bool was_damaged = fs->vault->is_damaged;
	enum festore_error error = vault_change_begin(fs);

	fs->vault->is_damaged = true;
	if (error == FESTORE_OK)
		error = exchange_content(appending);
	error = vault_change_end(fs, appending->change, error);
	fs->vault->is_damaged = was_damaged || error == FESTORE_DAMAGED;
	return error;
}

/* One try. With `is_locked` nobody else changes the vault while the content is sealed. */
static enum festore_error try_once(struct appending *appending, bool is_locked)
{
	struct festore *fs = appending->fs;
	enum festore_error error = is_locked ? vault_change_begin(fs) : FESTORE_OK;

	if (error == FESTORE_OK)
		error = vault_reader_grow(fs, appending->tag, &appending->reader, &appending->size);
	if (error == FESTORE_OK && appending->more_len > UINT64_MAX / 2 - appending->size)
		error = failure_set(&fs->failure, FESTORE_NO_SPACE, "too large for this storage");
	appending->whole = appending->size + appending->more_len;
	if (error == FESTORE_OK)
		error = seal_all(appending);
	if (error == FESTORE_OK) {
		error = commit(appending);
	} else {
		error = vault_change_end(fs, appending->change, error);
		handle_abort(fs);
	}
	vault_reader_free(appending->reader);
	vault_change_settle_blob(fs, &appending->blob, error);
	/* It is stored: too late to cancel, so the answer does not matter. */
	if (error == FESTORE_OK && fs->progress && !is_small(appending))
		fs->progress(appending->whole, appending->whole, fs->progress_arg);
	return error;
}

static enum festore_error append_any(struct festore *fs, const char *tag, const void *bytes,
	size_t len, bool is_locked, bool *ret_is_overtaken)
{
	struct appending *appending = calloc(1, sizeof(*appending));
	enum festore_error error = FESTORE_ERROR;

	*ret_is_overtaken = false;
	if (!appending)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	*appending = (struct appending){
		.fs = fs,
		.tag = tag,
		.more = bytes,
		.more_len = len,
		.blob = BLOB_NONE,
		.change = vault_change_new(fs, FESTORE_CMD_FILE_APPEND, FESTORE_WIRE_FILE, tag),
	};
	if (appending->change) {
		appending->change->request.base.modified = time(NULL);
		error = try_once(appending, is_locked);
		*ret_is_overtaken = appending->is_overtaken;
	}
	free(appending->change);
	free(appending);
	return error;
}

enum festore_error vault_append(struct festore *fs, const char *tag, const void *bytes, size_t len)
{
	enum festore_error error = FESTORE_OK;
	bool is_overtaken = false;

	if (fs->vault->batch.is_open)
		return failure_set(&fs->failure, FESTORE_USAGE, "a batch takes no appends");
	error = vault_ready(fs, false);
	if (error == FESTORE_NOT_FOUND)
		return failure_set(&fs->failure, error, "there is no such tag");
	if (error != FESTORE_OK)
		return error;
	for (unsigned int tries = 0; tries <= VAULT_RETRIES; tries++) {
		memset(&fs->failure, 0, sizeof(fs->failure));
		error = append_any(fs, tag, bytes, len, tries == VAULT_RETRIES, &is_overtaken);
		if (!is_overtaken && !vault_change_is_worth_another_try(fs, error))
			break;
	}
	return error;
}
