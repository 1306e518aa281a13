/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of a vault. Each is asked of the TA with the evidence of the database, and what it
 * answers is written; the last one of a transaction has the proposal, which is then committed and
 * confirmed.
 */
#include "vault_change.h"

#include "vault/tree.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct change *vault_change_new(
	struct festore *fs, uint32_t command, enum festore_wire_kind kind, const char *tag)
{
	struct change *change = calloc(1, sizeof(*change));

	if (!change) {
		failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
		return NULL;
	}
	change->command = command;
	change->request = vault_request(tag, kind);
	return change;
}

static uint32_t wire_flags(unsigned int flags)
{
	return (flags & FESTORE_NO_CLOBBER) != 0 ? FESTORE_WIRE_NO_CLOBBER : 0;
}

/* Splits what came out, which must be exactly what the reply counts. */
static enum festore_error take_answer(
	struct festore *fs, struct change *change, const struct exchange *exchange)
{
	const struct festore_vault_change *reply = &change->reply;
	const uint8_t *at = exchange->received;
	const size_t len = (size_t)reply->hashes_len + reply->record_len + reply->content_len +
		reply->state_len;

	if (reply->hashes_len > sizeof(change->hashes) || reply->hashes_len % FESTORE_HASH != 0 ||
		reply->record_len > sizeof(change->new_record) ||
		reply->content_len > FESTORE_SEALED_WINDOW ||
		(reply->state_len != 0 && reply->state_len != sizeof(change->proposal)) ||
		exchange->received_len < len ||
		(!fs->vault->has_log && exchange->received_len != len))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");

	memcpy(change->hashes, at, reply->hashes_len);
	at += reply->hashes_len;
	memcpy(change->new_record, at, reply->record_len);
	at += reply->record_len;
	change->sealed = at;
	at += reply->content_len;
	memcpy(&change->proposal, at, reply->state_len);
	return vault_log_store(fs, exchange->received + len, exchange->received_len - len);
}

enum festore_error vault_change_ask(struct festore *fs, struct change *change,
	const struct festore_vault_state *state, const struct bytes_path *path)
{
	const size_t steps = path ? path->head.count : 0;
	struct exchange exchange = {
		.command = change->command,
		.request = &change->request,
		.request_len = sizeof(change->request),
		.reply = &change->reply,
		.reply_len = sizeof(change->reply),
		.has_send = true,
		.send =
			{
				{state, state ? sizeof(*state) : 0},
				{path, path ? FESTORE_PATH_LEN(steps) : 0},
				change->record,
				change->content,
				change->message,
			},
		.receive_at = 3,
		.receive_room = ((size_t)steps + 1) * FESTORE_HASH + FESTORE_RECORD_MAX +
			(size_t)FESTORE_SEALED_LEN(change->content.len) + change->more_room +
			sizeof(change->proposal) + vault_log_room(fs->vault),
	};
	enum festore_error error = FESTORE_OK;

	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		change->request.parts[i] = (uint32_t)exchange.send[i].len;
	error = session_call(fs->session, &exchange, &fs->failure);
	return error == FESTORE_OK ? take_answer(fs, change, &exchange) : error;
}

/* --- transactions ----------------------------------------------------------------------------- */

static enum festore_error is_named(int64_t id, bool *ret_is_named, void *arg)
{
	struct bytes *bytes = arg;
	struct failure unimportant = {0};
	enum festore_error error = bytes_begin_read(bytes, &unimportant);

	if (error != FESTORE_OK)
		return error;
	error = bytes_names_blob(bytes, id, ret_is_named, &unimportant);
	bytes_end(bytes);
	return error;
}

/*
 * What clients that died have left; once a handle, as it costs a look at every blob file. After a
 * change, which proves that the database is no older one, that knows nothing of newer blobs.
 */
static void sweep(struct festore *fs)
{
	struct blob_sweep sweep = {0};
	struct failure unimportant = {0};

	if (!fs->vault->is_swept)
		blob_sweep(fs->vault->blobs, is_named, fs->vault->bytes, &sweep, &unimportant);
	fs->vault->is_swept = true;
}

enum festore_error vault_change_begin(struct festore *fs)
{
	struct transaction *transaction = &fs->vault->transaction;
	enum festore_error error = FESTORE_OK;

	if (transaction->is_open)
		return FESTORE_OK;
	fs->vault->is_unsure = false;
	vault_quota_begin(fs);
	error = bytes_begin_write(fs->vault->bytes, &fs->failure);
	if (error == FESTORE_OK)
		error = bytes_read_state(fs->vault->bytes, &transaction->state, &fs->failure);
	memcpy(transaction->root, transaction->state.root, sizeof(transaction->root));
	transaction->is_open = error == FESTORE_OK;
	transaction->is_presented = false;
	if (error != FESTORE_OK)
		bytes_end(fs->vault->bytes);
	return error;
}

/* The root that the TA has come to by a change. */
static void note_root(struct festore *fs, const struct change *change)
{
	uint8_t *root = fs->vault->transaction.root;

	if (change->reply.hashes_len != 0) {
		memcpy(root, change->hashes[0], FESTORE_HASH);
	} else if (change->reply.record_len != 0) {
		bytes_leaf_hash(change->locator, change->new_record, root);
	} else if (change->path.head.count != 0) {
		memcpy(root, change->path.steps[0].sibling, FESTORE_HASH);
	} else {
		tree_hash_empty(fs->vault->opened.vault, root);
	}
}

static enum festore_error locate(struct festore *fs, struct change *change, const char *tag)
{
	return vault_locate(fs, (enum festore_wire_kind)change->request.kind, tag, change->locator);
}

static bool is_marked(const struct change *change)
{
	const struct festore_vault_path *head = &change->path.head;

	return head->is_empty == 0 && FESTORE_IS_MARKED(head->leaf.salt) &&
		memcmp(head->leaf.locator, change->locator, FESTORE_HASH) == 0;
}

enum festore_error vault_change_bring_record(struct festore *fs, struct change *change)
{
	struct bytes_entry entry = {0};
	enum festore_error error =
		bytes_read_entry(fs->vault->bytes, change->locator, &entry, &fs->failure);

	/* That there is none, the path is to prove. */
	if (error == FESTORE_NOT_FOUND)
		return FESTORE_OK;
	if (error != FESTORE_OK)
		return error;
	if (entry.record_len > sizeof(change->old_record))
		return failure_set(&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
	memcpy(change->old_record, entry.record, entry.record_len);
	change->record = (struct part){change->old_record, entry.record_len};
	return FESTORE_OK;
}

enum festore_error vault_change_ask_at(struct festore *fs, struct change *change, const char *tag)
{
	struct transaction *transaction = &fs->vault->transaction;
	enum festore_error error = vault_puts_flush(fs);

	if (error == FESTORE_OK)
		error = locate(fs, change, tag);
	if (error == FESTORE_OK)
		error = vault_path(fs, change->locator, transaction->root, &change->path);
	if (error == FESTORE_OK && change->record.len == 0 && change->request.kind != 0 &&
		is_marked(change))
		error = vault_change_bring_record(fs, change);
	if (error == FESTORE_OK)
		error = vault_change_ask(fs, change,
			transaction->is_presented ? NULL : &transaction->state, &change->path);
	transaction->is_presented = true;
	if (error == FESTORE_OK)
		note_root(fs, change);
	return error;
}

struct bytes_change vault_change_tree(const struct change *change)
{
	const struct bytes_change tree = {
		.path = &change->path,
		.hashes = (const uint8_t(*)[FESTORE_HASH])change->hashes,
		.hash_count = change->reply.hashes_len / FESTORE_HASH,
	};

	return tree;
}

/* Blob files that the committed changes have replaced: nobody will look for them again. */
static void remove_released(struct festore *fs)
{
	const int64_t *ids = NULL;
	const size_t count = bytes_released(fs->vault->bytes, &ids);

	for (size_t i = 0; i < count; i++)
		blob_remove(fs->vault->blobs, ids[i]);
}

enum festore_error vault_store(struct festore *fs, const struct festore_vault_state *proposal)
{
	enum festore_error error = bytes_write_state(fs->vault->bytes, proposal, &fs->failure);

	if (error != FESTORE_OK)
		return vault_give_up(fs, error);
	error = vault_commit(fs, proposal);
	if (error == FESTORE_OK) {
		vault_quota_commit(fs);
		remove_released(fs);
		sweep(fs);
		vault_log_bound(fs, proposal);
	}
	return error;
}

enum festore_error vault_change_end(
	struct festore *fs, const struct change *last, enum festore_error error)
{
	struct vault *vault = fs->vault;

	if (error != FESTORE_OK) {
		if (vault->transaction.is_open)
			error = vault_give_up(fs, error);
		vault->transaction.is_open = false;
		vault->batch.error = vault->batch.is_open ? error : FESTORE_OK;
		return error;
	}
	if (vault->batch.is_open) {
		vault->batch.count++;
		return FESTORE_OK;
	}
	vault->transaction.is_open = false;
	return vault_store(fs, &last->proposal);
}

/* Flags of a transaction's last change so far. */
static uint32_t batch_flag(const struct festore *fs)
{
	return fs->vault->batch.is_open ? FESTORE_WIRE_BATCH : 0;
}

/* A call that fails ends the batch, whatever it failed of. */
static enum festore_error end_batch(struct festore *fs, enum festore_error error)
{
	struct vault *vault = fs->vault;

	if (error == FESTORE_OK || !vault->batch.is_open || vault->batch.error != FESTORE_OK)
		return error;
	if (vault->transaction.is_open)
		error = vault_give_up(fs, error);
	vault->transaction.is_open = false;
	vault->batch.error = error;
	return error;
}

/* A batch that has failed takes nothing more. */
static enum festore_error check_batch(struct festore *fs)
{
	const struct batch *batch = &fs->vault->batch;

	if (!batch->is_open)
		return FESTORE_OK;
	if (batch->error != FESTORE_OK)
		return failure_set(&fs->failure, batch->error,
			"the batch has failed before, and nothing of it is stored");
	if (batch->count >= FESTORE_BATCH_MAX)
		return failure_set(&fs->failure, FESTORE_USAGE, "a batch has at most %d changes",
			FESTORE_BATCH_MAX);
	return FESTORE_OK;
}

/* --- put -------------------------------------------------------------------------------------- */

/* Where a put's content is: what the TA has sealed in the call that commits, or a blob file. */
static enum festore_error store_entry(
	struct festore *fs, const struct change *change, const struct blob *blob)
{
	const struct bytes_change tree = vault_change_tree(change);

	if (blob)
		return bytes_put_blob(fs->vault->bytes, change->locator, &tree, change->new_record,
			change->reply.record_len, blob->id, blob->size, &fs->failure);
	return bytes_put(fs->vault->bytes, change->locator, &tree, change->new_record,
		change->reply.record_len, change->sealed, change->reply.content_len, &fs->failure);
}

static_assert((int)FESTORE_WRITE_ONCE >> 1 == FESTORE_WIRE_WRITE_ONCE, "as on the wire");
static_assert((int)FESTORE_APPEND_ONLY >> 1 == FESTORE_WIRE_APPEND_ONLY, "as on the wire");
static_assert((int)FESTORE_READ_ONCE >> 1 == FESTORE_WIRE_READ_ONCE, "as on the wire");

/* The policy that a put asks for goes in with it. */
static void set_policy(struct change *change, uint32_t flags, uint32_t uses)
{
	change->wire_policy = (struct festore_wire_policy){.flags = flags, .uses = uses};
	change->message =
		(struct part){&change->wire_policy, flags != 0 ? sizeof(change->wire_policy) : 0};
}

/* The change itself: with `blob` its content is sealed and stored already. */
static enum festore_error put_at(struct festore *fs, struct change *change, const char *tag,
	unsigned int flags, const struct blob *blob)
{
	enum festore_error error = FESTORE_OK;

	change->request.base.flags =
		wire_flags(flags) | batch_flag(fs) | (blob ? FESTORE_WIRE_CONTINUE : 0);
	change->request.base.modified = time(NULL);
	set_policy(change, (flags & FESTORE_POLICIES) >> 1, 0);
	error = vault_change_begin(fs);
	if (error == FESTORE_OK && !blob)
		error = vault_quota_admit(
			fs, FESTORE_WIRE_FILE, tag, FESTORE_SEALED_LEN(change->content.len));
	if (error == FESTORE_OK)
		error = vault_change_ask_at(fs, change, tag);
	if (error == FESTORE_OK)
		error = store_entry(fs, change, blob);
	return vault_change_end(fs, change, error);
}

/* A batch's put waits for others. What can be refused for what is there cannot wait, nor where
 * paths need a search. */
static bool may_wait(const struct festore *fs, unsigned int flags)
{
	return fs->vault->batch.is_open && flags == 0 && !fs->vault->is_damaged;
}

static enum festore_error gather(
	struct festore *fs, const char *tag, const void *content, size_t content_len)
{
	enum festore_error error = vault_change_begin(fs);

	if (error == FESTORE_OK)
		error = vault_quota_admit(
			fs, FESTORE_WIRE_FILE, tag, FESTORE_SEALED_LEN(content_len));
	if (error == FESTORE_OK)
		error = vault_puts_add(fs, tag, content, content_len);
	return vault_change_end(fs, NULL, error);
}

enum festore_error vault_put_alone(struct festore *fs, const char *tag, int64_t modified,
	const void *content, size_t content_len)
{
	struct change *change = vault_change_new(fs, FESTORE_CMD_FILE_PUT, FESTORE_WIRE_FILE, tag);
	enum festore_error error = FESTORE_ERROR;

	if (!change)
		return error;
	change->content = (struct part){content, content_len};
	change->request.base.flags = FESTORE_WIRE_BATCH;
	change->request.base.modified = modified;
	error = vault_change_ask_at(fs, change, tag);
	if (error == FESTORE_OK)
		error = store_entry(fs, change, NULL);
	free(change);
	return error;
}

static enum festore_error put_small(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags)
{
	struct change *change = NULL;
	enum festore_error error = FESTORE_ERROR;

	if (may_wait(fs, flags))
		return gather(fs, tag, content, content_len);
	change = vault_change_new(fs, FESTORE_CMD_FILE_PUT, FESTORE_WIRE_FILE, tag);
	if (!change)
		return error;
	change->content = (struct part){content, content_len};
	error = put_at(fs, change, tag, flags, NULL);
	free(change);
	return error;
}

/* --- writers ---------------------------------------------------------------------------------- */

/* A content on its way in: a window at a time, sealed into a blob file once there is more than one.
 */
struct vault_writer {
	struct festore *fs;
	char tag[FESTORE_TAG_MAX + 1];
	unsigned int flags;
	struct change *change;
	struct blob blob;
	struct vault_quota_blob quota;
	uint8_t window[FESTORE_WINDOW];
	size_t filled;
	enum festore_error error; /* of an earlier call: nothing goes on */
};

static void writer_free(struct vault_writer *writer)
{
	free(writer->change);
	explicit_bzero(writer, sizeof(*writer));
	free(writer);
}

/* Seals a window, and appends it to the blob file. No lock is held. */
static enum festore_error seal_window(
	struct vault_writer *writer, const uint8_t *bytes, size_t len, bool is_last)
{
	struct festore *fs = writer->fs;
	struct change *change = writer->change;
	const bool is_first = writer->blob.fd < 0;
	enum festore_error error =
		vault_quota_admit_more(fs, writer->tag, FESTORE_SEALED_LEN(len), &writer->quota);

	if (error == FESTORE_OK && is_first)
		error = blob_create(&writer->blob, fs->vault->blobs, fs->vault->mode,
			&fs->vault->has_blobs, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	change->request.base.flags = FESTORE_WIRE_MORE | (is_first ? 0 : FESTORE_WIRE_CONTINUE) |
		(is_last ? FESTORE_WIRE_LAST : 0);
	change->request.base.modified = time(NULL);
	change->content = (struct part){bytes, len};
	error = vault_change_ask(fs, change, NULL, NULL);
	change->content = (struct part){NULL, 0};
	if (error == FESTORE_OK)
		error = blob_append(
			&writer->blob, change->sealed, change->reply.content_len, &fs->failure);
	return error;
}

/* Whether a tag exists is decided under the lock; what shows before need not be sealed at all. */
static enum festore_error refuse_early(struct festore *fs, const char *tag, unsigned int flags)
{
	struct festore_file_info info;
	enum festore_error error = FESTORE_OK;

	if ((flags & FESTORE_NO_CLOBBER) == 0)
		return FESTORE_OK;
	error = vault_stat(fs, tag, &info);
	if (error == FESTORE_OK)
		return failure_set(&fs->failure, FESTORE_EXISTS, "the tag exists already");
	if (error != FESTORE_NOT_FOUND)
		return error;
	memset(&fs->failure, 0, sizeof(fs->failure));
	return FESTORE_OK;
}

/* A window that something follows: only the last one is marked. */
static enum festore_error write_window(struct vault_writer *writer, const uint8_t *bytes)
{
	enum festore_error error = FESTORE_OK;

	if (writer->blob.fd < 0)
		error = refuse_early(writer->fs, writer->tag, writer->flags);
	return error == FESTORE_OK ? seal_window(writer, bytes, FESTORE_WINDOW, false) : error;
}

enum festore_error vault_writer_open(
	struct festore *fs, const char *tag, unsigned int flags, struct vault_writer **ret_writer)
{
	struct vault_writer *writer = NULL;
	enum festore_error error = FESTORE_OK;

	if (fs->vault->batch.is_open)
		return end_batch(
			fs, failure_set(&fs->failure, FESTORE_USAGE, "a batch takes no writers"));
	error = vault_ready(fs, true);
	if (error != FESTORE_OK)
		return error;
	writer = calloc(1, sizeof(*writer));
	if (!writer) {
		failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
		return FESTORE_ERROR;
	}
	writer->fs = fs;
	writer->blob = (struct blob)BLOB_NONE;
	writer->flags = flags;
	memcpy(writer->tag, tag, strlen(tag) + 1);
	writer->change = vault_change_new(fs, FESTORE_CMD_FILE_PUT, FESTORE_WIRE_FILE, tag);
	if (!writer->change) {
		writer_free(writer);
		return FESTORE_ERROR;
	}
	*ret_writer = writer;
	return FESTORE_OK;
}

static enum festore_error write_some(struct vault_writer *writer, const uint8_t *bytes, size_t len)
{
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && len != 0) {
		const size_t room = sizeof(writer->window) - writer->filled;
		const size_t step = len < room ? len : room;

		if (room == 0) {
			error = write_window(writer, writer->window);
			writer->filled = 0;
			continue;
		}
		memcpy(writer->window + writer->filled, bytes, step);
		writer->filled += step;
		bytes += step;
		len -= step;
	}
	return error;
}

enum festore_error vault_writer_write(struct vault_writer *writer, const void *bytes, size_t len)
{
	if (writer->error == FESTORE_OK)
		writer->error = write_some(writer, bytes, len);
	return writer->error;
}

void vault_change_settle_blob(const struct festore *fs, struct blob *blob, enum festore_error error)
{
	if (error != FESTORE_OK && error != FESTORE_STALE && !fs->vault->is_unsure)
		blob_abandon(blob);
	else
		blob_close(blob);
}

static enum festore_error commit_blob(struct vault_writer *writer)
{
	struct festore *fs = writer->fs;
	struct change *change = writer->change;
	const bool was_damaged = fs->vault->is_damaged;
	enum festore_error error = seal_window(writer, writer->window, writer->filled, true);

	if (error == FESTORE_OK)
		error = blob_sync(&writer->blob, &fs->failure);
	if (error != FESTORE_OK) {
		blob_abandon(&writer->blob);
		return vault_give_up(fs, error);
	}
	/* What was sealed is good for one request: its path must be right. */
	fs->vault->is_damaged = true;
	error = put_at(fs, change, writer->tag, writer->flags, &writer->blob);
	fs->vault->is_damaged = was_damaged || error == FESTORE_DAMAGED;
	vault_change_settle_blob(fs, &writer->blob, error);
	return error;
}

enum festore_error vault_writer_commit(struct vault_writer *writer)
{
	enum festore_error error = writer->error;

	if (error == FESTORE_OK && writer->blob.fd < 0)
		error = vault_put(
			writer->fs, writer->tag, writer->window, writer->filled, writer->flags);
	else if (error == FESTORE_OK)
		error = commit_blob(writer);
	else
		blob_abandon(&writer->blob);
	if (writer->error != FESTORE_OK)
		handle_abort(writer->fs);
	writer_free(writer);
	return error;
}

void vault_writer_abort(struct vault_writer *writer)
{
	struct festore *fs = writer->fs;

	blob_abandon(&writer->blob);
	writer_free(writer);
	handle_abort(fs);
}

/* A long content in memory, with a word on the way. */
static enum festore_error put_large(struct festore *fs, const char *tag, const uint8_t *content,
	size_t content_len, unsigned int flags)
{
	struct vault_writer *writer = NULL;
	size_t done = 0;
	enum festore_error error = vault_writer_open(fs, tag, flags, &writer);

	if (error != FESTORE_OK || !writer)
		return error;
	while (error == FESTORE_OK && done < content_len) {
		const size_t left = content_len - done;
		const bool is_last = left <= FESTORE_WINDOW;

		error = handle_progress(fs, done, content_len);
		if (error == FESTORE_OK)
			error = is_last ? vault_writer_write(writer, content + done, left)
					: write_window(writer, content + done);
		done += is_last ? left : FESTORE_WINDOW;
	}
	if (error != FESTORE_OK) {
		const struct failure failure = fs->failure;

		vault_writer_abort(writer);
		fs->failure = failure;
		return error;
	}
	error = vault_writer_commit(writer);
	/* It is stored: too late to cancel, so the answer does not matter. */
	if (error == FESTORE_OK && fs->progress)
		fs->progress(content_len, content_len, fs->progress_arg);
	return error;
}

static enum festore_error put_any(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags)
{
	enum festore_error error = check_batch(fs);

	if (error == FESTORE_OK)
		error = vault_ready(fs, true);
	if (error != FESTORE_OK)
		return error;
	if (content_len <= FESTORE_WINDOW)
		return put_small(fs, tag, content, content_len, flags);
	if (fs->vault->batch.is_open)
		return failure_set(&fs->failure, FESTORE_USAGE,
			"a batch takes contents of at most %u bytes", FESTORE_WINDOW);
	return put_large(fs, tag, content, content_len, flags);
}

bool vault_change_is_worth_another_try(struct festore *fs, enum festore_error error)
{
	struct vault *vault = fs->vault;

	if (error != FESTORE_DAMAGED || vault->is_damaged)
		return false;
	vault->is_damaged = true;
	if (vault->batch.is_open)
		return false;
	memset(&fs->failure, 0, sizeof(fs->failure));
	return true;
}

enum festore_error vault_put(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags)
{
	enum festore_error error = put_any(fs, tag, content, content_len, flags);

	if (vault_change_is_worth_another_try(fs, error))
		error = put_any(fs, tag, content, content_len, flags);
	return end_batch(fs, error);
}

/* --- remove, move ----------------------------------------------------------------------------- */

/* Begins a change of a tag that must exist already. */
static enum festore_error begin_existing(struct festore *fs)
{
	enum festore_error error = check_batch(fs);

	if (error == FESTORE_OK)
		error = vault_ready(fs, false);
	if (error == FESTORE_NOT_FOUND)
		return failure_set(&fs->failure, error, "there is no such tag");
	return error == FESTORE_OK ? vault_change_begin(fs) : error;
}

static enum festore_error remove_any(
	struct festore *fs, enum festore_wire_kind kind, const char *tag)
{
	struct change *change = vault_change_new(fs, FESTORE_CMD_FILE_REMOVE, kind, tag);
	enum festore_error error = FESTORE_ERROR;

	if (!change)
		goto out;
	error = begin_existing(fs);
	if (error != FESTORE_OK)
		goto out;
	change->request.base.flags = batch_flag(fs);
	error = vault_change_ask_at(fs, change, tag);
	if (error == FESTORE_OK) {
		const struct bytes_change tree = vault_change_tree(change);

		error = bytes_remove(fs->vault->bytes, change->locator, &tree, &fs->failure);
	}
	error = vault_change_end(fs, change, error);
out:
	free(change);
	return error;
}

static enum festore_error remove_kind(
	struct festore *fs, enum festore_wire_kind kind, const char *tag)
{
	enum festore_error error = remove_any(fs, kind, tag);

	if (vault_change_is_worth_another_try(fs, error))
		error = remove_any(fs, kind, tag);
	return end_batch(fs, error);
}

enum festore_error vault_remove(struct festore *fs, const char *tag)
{
	return remove_kind(fs, FESTORE_WIRE_FILE, tag);
}

enum festore_error vault_key_remove(struct festore *fs, const char *tag)
{
	return remove_kind(fs, FESTORE_WIRE_KEY, tag);
}

static enum festore_error take_any(
	struct festore *fs, const char *tag, vault_read gather_taken, void *arg)
{
	struct change *change = vault_change_new(fs, FESTORE_CMD_FILE_TAKE, FESTORE_WIRE_FILE, tag);
	enum festore_error error = FESTORE_ERROR;

	if (!change)
		return error;
	error = vault_change_begin(fs);
	if (error == FESTORE_OK)
		error = vault_change_ask_at(fs, change, tag);
	/* From the same moment: it is what the TA will open. */
	if (error == FESTORE_OK)
		error = gather_taken(fs, arg);
	if (error == FESTORE_OK) {
		const struct bytes_change tree = vault_change_tree(change);

		error = bytes_remove(fs->vault->bytes, change->locator, &tree, &fs->failure);
	}
	error = vault_change_end(fs, change, error);
	free(change);
	return error;
}

enum festore_error vault_take(
	struct festore *fs, const char *tag, vault_read gather_taken, void *arg)
{
	const enum festore_error error = take_any(fs, tag, gather_taken, arg);

	return vault_change_is_worth_another_try(fs, error) ? take_any(fs, tag, gather_taken, arg)
							    : error;
}

/* First half of a move: the old tag goes, what it holds stays with the TA and in the database. */
static enum festore_error take(struct festore *fs, struct change *change, const char *tag)
{
	struct bytes_change tree;
	enum festore_error error = vault_puts_flush(fs);

	if (error == FESTORE_OK)
		error = locate(fs, change, tag);
	if (error == FESTORE_OK)
		error = vault_change_bring_record(fs, change);
	if (error != FESTORE_OK)
		return error;
	change->request.base.flags = FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH;
	error = vault_change_ask_at(fs, change, tag);
	tree = vault_change_tree(change);
	if (error == FESTORE_OK)
		error = bytes_move_begin(fs->vault->bytes, change->locator, &tree, &fs->failure);
	return error;
}

/* Second half: it gets its new tag. */
static enum festore_error place(
	struct festore *fs, struct change *change, const char *new_tag, unsigned int flags)
{
	struct bytes_change tree;
	enum festore_error error = FESTORE_OK;

	change->request.base.flags = wire_flags(flags) | batch_flag(fs);
	error = vault_change_ask_at(fs, change, new_tag);
	tree = vault_change_tree(change);
	if (error == FESTORE_OK)
		error = bytes_move_finish(fs->vault->bytes, change->locator, &tree,
			change->new_record, change->reply.record_len, &fs->failure);
	return error;
}

static enum festore_error move_any(struct festore *fs, enum festore_wire_kind kind, const char *tag,
	const char *new_tag, unsigned int flags)
{
	struct change *removal = vault_change_new(fs, FESTORE_CMD_FILE_REMOVE, kind, tag);
	struct change *put = vault_change_new(fs, FESTORE_CMD_FILE_MOVE, kind, new_tag);
	enum festore_error error = FESTORE_ERROR;

	if (!removal || !put)
		goto out;
	error = begin_existing(fs);
	if (error != FESTORE_OK)
		goto out;
	error = take(fs, removal, tag);
	if (error == FESTORE_OK)
		error = place(fs, put, new_tag, flags);
	error = vault_change_end(fs, put, error);
out:
	free(removal);
	free(put);
	return error;
}

static enum festore_error move_kind(struct festore *fs, enum festore_wire_kind kind,
	const char *tag, const char *new_tag, unsigned int flags)
{
	enum festore_error error = move_any(fs, kind, tag, new_tag, flags);

	if (vault_change_is_worth_another_try(fs, error))
		error = move_any(fs, kind, tag, new_tag, flags);
	return end_batch(fs, error);
}

enum festore_error vault_move(
	struct festore *fs, const char *tag, const char *new_tag, unsigned int flags)
{
	return move_kind(fs, FESTORE_WIRE_FILE, tag, new_tag, flags);
}

enum festore_error vault_key_move(struct festore *fs, const char *tag, const char *new_tag)
{
	return move_kind(fs, FESTORE_WIRE_KEY, tag, new_tag, FESTORE_NO_CLOBBER);
}

/* --- keys ------------------------------------------------------------------------------------- */

/* A key that the TA has made and sealed; a copy, as its memory is the next call's. */
struct made {
	uint8_t sealed[FESTORE_SEALED_LEN(FESTORE_KEY_MAX)];
	size_t len;
};

/* What may take a minute, before any lock is taken: other clients wait for the TA alone. */
static enum festore_error make_key(struct festore *fs, struct change *change,
	const struct festore_wire_key *key, const struct part *pair, struct made *ret_made)
{
	enum festore_error error = FESTORE_OK;

	change->request.base.flags = FESTORE_WIRE_MORE;
	change->request.base.modified = time(NULL);
	change->request.key = *key;
	change->more_room = sizeof(ret_made->sealed);
	if (pair)
		change->content = *pair;
	error = vault_change_ask(fs, change, NULL, NULL);
	change->content = (struct part){0};
	change->more_room = 0;
	memset(&change->request.key, 0, sizeof(change->request.key));
	if (error != FESTORE_OK)
		return error;
	if (change->reply.content_len > sizeof(ret_made->sealed))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	memcpy(ret_made->sealed, change->sealed, change->reply.content_len);
	ret_made->len = change->reply.content_len;
	return handle_progress(fs, 1, 1);
}

static enum festore_error store_key(
	struct festore *fs, struct change *change, const char *tag, const struct made *made)
{
	enum festore_error error = FESTORE_OK;

	change->request.base.flags = FESTORE_WIRE_CONTINUE;
	change->request.base.modified = time(NULL);
	set_policy(change, fs->max_uses != 0 ? FESTORE_WIRE_LIMITED : 0, fs->max_uses);
	error = vault_change_begin(fs);
	if (error == FESTORE_OK)
		error = vault_quota_admit(fs, FESTORE_WIRE_KEY, tag, made->len);
	if (error == FESTORE_OK)
		error = vault_change_ask_at(fs, change, tag);
	if (error == FESTORE_OK) {
		const struct bytes_change tree = vault_change_tree(change);

		error = bytes_put(fs->vault->bytes, change->locator, &tree, change->new_record,
			change->reply.record_len, made->sealed, made->len, &fs->failure);
	}
	return vault_change_end(fs, change, error);
}

/* Whether there is such a key is decided under the lock; what shows before need not be searched. */
static enum festore_error refuse_existing_key(struct festore *fs, const char *tag)
{
	struct vault_key_call call = {.command = FESTORE_CMD_KEY_PUBLIC};
	const enum festore_error error = vault_key_call(fs, tag, NULL, &call);

	if (error == FESTORE_OK)
		return failure_set(&fs->failure, FESTORE_EXISTS, "the tag exists already");
	if (error != FESTORE_NOT_FOUND)
		return error;
	memset(&fs->failure, 0, sizeof(fs->failure));
	return FESTORE_OK;
}

enum festore_error vault_key_make(struct festore *fs, const char *tag,
	const struct festore_wire_key *key, const struct part *pair)
{
	const uint32_t command = pair ? FESTORE_CMD_KEY_IMPORT : FESTORE_CMD_KEY_GENERATE;
	struct made made = {.len = 0};
	struct change *change = NULL;
	enum festore_error error = FESTORE_OK;

	if (fs->vault->batch.is_open)
		return end_batch(
			fs, failure_set(&fs->failure, FESTORE_USAGE, "a batch takes no keys"));
	error = vault_ready(fs, true);
	if (error == FESTORE_OK)
		error = refuse_existing_key(fs, tag);
	if (error != FESTORE_OK)
		return error;
	change = vault_change_new(fs, command, FESTORE_WIRE_KEY, tag);
	if (!change)
		return FESTORE_ERROR;
	error = make_key(fs, change, key, pair, &made);
	if (error == FESTORE_OK)
		error = store_key(fs, change, tag, &made);
	free(change);
	return error;
}

/* The record of a use less, beside the same content. */
static enum festore_error store_use(struct festore *fs, const struct change *change)
{
	const struct bytes_change tree = vault_change_tree(change);
	uint8_t content[FESTORE_SEALED_LEN(FESTORE_KEY_MAX)];
	struct bytes_entry entry = {0};
	enum festore_error error =
		bytes_read_entry(fs->vault->bytes, change->locator, &entry, &fs->failure);

	if (error == FESTORE_OK && entry.content_len > sizeof(content))
		error = failure_set(&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
	if (error == FESTORE_OK)
		error = bytes_read_content(fs->vault->bytes, &entry, 0, content,
			(size_t)entry.content_len, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	return bytes_put(fs->vault->bytes, change->locator, &tree, change->new_record,
		change->reply.record_len, content, (size_t)entry.content_len, &fs->failure);
}

static enum festore_error use_any(struct festore *fs, const char *tag)
{
	struct change *change = vault_change_new(fs, FESTORE_CMD_KEY_USE, FESTORE_WIRE_KEY, tag);
	enum festore_error error = FESTORE_ERROR;

	if (!change)
		return error;
	error = vault_change_begin(fs);
	if (error == FESTORE_OK)
		error = vault_change_ask_at(fs, change, tag);
	if (error == FESTORE_OK)
		error = store_use(fs, change);
	error = vault_change_end(fs, change, error);
	free(change);
	return error;
}

enum festore_error vault_key_use(struct festore *fs, const char *tag)
{
	const enum festore_error error = use_any(fs, tag);

	return vault_change_is_worth_another_try(fs, error) ? use_any(fs, tag) : error;
}

/* --- batches ---------------------------------------------------------------------------------- */

enum festore_error festore_batch_begin(struct festore *fs)
{
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault)
		return failure_set(&fs->failure, FESTORE_USAGE, "this storage has no batches");
	if (fs->vault->batch.is_open)
		return failure_set(&fs->failure, FESTORE_USAGE, "a batch is under way already");
	fs->vault->batch = (struct batch){.is_open = true};
	return FESTORE_OK;
}

enum festore_error vault_propose(struct festore *fs, struct festore_vault_state *ret_proposal)
{
	const struct festore_vault_request request = vault_request("", 0);
	struct festore_vault_change reply = {0};
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_PROPOSE,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &reply,
		.reply_len = sizeof(reply),
		.receive_at = 3,
		.receive_room = sizeof(*ret_proposal) + vault_log_room(fs->vault),
	};
	enum festore_error error = session_call(fs->session, &exchange, &fs->failure);

	if (error != FESTORE_OK)
		return error;
	if (exchange.received_len < sizeof(*ret_proposal))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	memcpy(ret_proposal, exchange.received, sizeof(*ret_proposal));
	return vault_log_store(fs, exchange.received + sizeof(*ret_proposal),
		exchange.received_len - sizeof(*ret_proposal));
}

/* What was gathered goes to the TA, and one proposal comes back; all is committed or nothing. */
static enum festore_error commit_batch(struct festore *fs)
{
	struct festore_vault_state proposal;
	enum festore_error error = vault_puts_flush(fs);

	fs->vault->transaction.is_open = false;
	if (error == FESTORE_OK)
		error = vault_propose(fs, &proposal);
	return error == FESTORE_OK ? vault_store(fs, &proposal) : vault_give_up(fs, error);
}

static void forget_puts(struct vault *vault)
{
	vault_puts_free(vault->puts);
	vault->puts = NULL;
}

enum festore_error festore_batch_commit(struct festore *fs)
{
	struct vault *vault = fs->vault;
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK) {
		festore_batch_abort(fs);
		return error;
	}
	if (!vault || !vault->batch.is_open)
		return failure_set(&fs->failure, FESTORE_USAGE, "no batch is under way");
	if (vault->batch.error != FESTORE_OK)
		error = failure_set(&fs->failure, vault->batch.error,
			"the batch has failed before, and nothing of it is stored");
	vault->batch = (struct batch){0};
	if (error == FESTORE_OK && vault->transaction.is_open)
		error = commit_batch(fs);
	forget_puts(vault);
	return error;
}

void festore_batch_abort(struct festore *fs)
{
	struct vault *vault = fs->vault;

	if (!vault || !vault->batch.is_open)
		return;
	vault->batch = (struct batch){0};
	forget_puts(vault);
	if (vault->transaction.is_open)
		vault_give_up(fs, FESTORE_OK);
	vault->transaction.is_open = false;
}
