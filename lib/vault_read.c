/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads files of a vault: the database's evidence goes to the TA, which proves it and opens it. */
#include "vault.h"

#include "blob.h"

#include <stdlib.h>
#include <string.h>

static size_t smaller(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

/* One file that is being read. */
struct vault_reader {
	struct festore *fs;
	char tag[FESTORE_TAG_MAX + 1];
	struct festore_vault_file file; /* the TA's word */
	bool is_stat;                   /* metadata alone are of interest */
	bool grows;                     /* its sealed content alone is, which more will follow */
	struct vault_key_call *key;     /* not NULL: it is a key, for this call */
	const uint8_t *leaf;            /* not NULL: the record of this leaf is taken at its word */

	/* What the TA has to see, as the database has it. */
	struct festore_vault_state state;
	struct bytes_path path;
	struct bytes_entry entry;
	uint8_t record[FESTORE_RECORD_MAX];

	/* The content: in the database, and opened at once; or a file, of which the TA opens
	 * windows. */
	uint8_t *small; /* malloc'd: sealed, then in the clear */
	struct blob blob;
};

static void forget_content(struct vault_reader *reader)
{
	if (reader->small)
		explicit_bzero(reader->small, (size_t)reader->entry.content_len);
	free(reader->small);
	reader->small = NULL;
	blob_close(&reader->blob);
}

static enum festore_error damaged(struct festore *fs)
{
	return failure_set(&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
}

/* A file that is gone may have been replaced since the snapshot began; under the lock it is damage.
 */
static enum festore_error gather_blob(struct festore *fs, struct vault_reader *reader)
{
	enum festore_error error =
		blob_open(&reader->blob, fs->vault->blobs, -reader->entry.content_id, &fs->failure);

	if (error == FESTORE_NOT_FOUND) {
		fs->vault->is_outdated = true;
		return failure_set(&fs->failure, FESTORE_DAMAGED, "the stored content is missing");
	}
	return error;
}

static enum festore_error gather_content(struct festore *fs, struct vault_reader *reader)
{
	const struct bytes_entry *entry = &reader->entry;

	if (entry->content_id < 0)
		return reader->key ? damaged(fs) : gather_blob(fs, reader);
	if (entry->content_len > BYTES_CONTENT_MAX)
		return damaged(fs);
	reader->small = malloc((size_t)entry->content_len + 1);
	if (!reader->small)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	return bytes_read_content(fs->vault->bytes, entry, 0, reader->small,
		(size_t)entry->content_len, &fs->failure);
}

/* Has the entry another leaf than the reader is to read? */
static bool is_other_leaf(const struct vault_reader *reader)
{
	uint8_t hash[FESTORE_HASH] = {0};

	bytes_leaf_hash(reader->entry.locator, reader->record, hash);
	return memcmp(hash, reader->leaf, sizeof(hash)) != 0;
}

static enum festore_error gather(
	struct festore *fs, struct vault_reader *reader, const uint8_t locator[FESTORE_HASH])
{
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = bytes_read_state(bytes, &reader->state, &fs->failure);

	if (error == FESTORE_OK && !reader->leaf)
		error = vault_path(fs, locator, reader->state.root, &reader->path);
	if (error == FESTORE_OK)
		error = bytes_read_entry(bytes, locator, &reader->entry, &fs->failure);
	/* That there is none, the path is to prove. */
	if (error == FESTORE_NOT_FOUND && !reader->leaf) {
		memset(&reader->entry, 0, sizeof(reader->entry));
		return FESTORE_OK;
	}
	if (error != FESTORE_OK)
		return error;
	if (reader->entry.record_len > sizeof(reader->record))
		return damaged(fs);
	memcpy(reader->record, reader->entry.record, reader->entry.record_len);
	if (reader->leaf && is_other_leaf(reader))
		return failure_set(&fs->failure, FESTORE_NOT_FOUND, "the entry was replaced");
	return reader->is_stat ? FESTORE_OK : gather_content(fs, reader);
}

static enum festore_error wrong_size(struct festore *fs)
{
	return failure_set(&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
}

/* What the TA has to see; of the word of a record neither state nor path. */
static void send_evidence(const struct vault_reader *reader, struct festore_vault_request *request,
	struct exchange *exchange)
{
	exchange->has_send = true;
	if (reader->leaf)
		request->base.flags |= FESTORE_WIRE_UNPROVEN;
	else {
		exchange->send[FESTORE_PART_STATE] =
			(struct part){&reader->state, sizeof(reader->state)};
		exchange->send[FESTORE_PART_PATH] =
			(struct part){&reader->path, FESTORE_PATH_LEN(reader->path.head.count)};
	}
	exchange->send[FESTORE_PART_RECORD] =
		(struct part){reader->record, reader->entry.record_len};
	if (reader->small && !reader->grows)
		exchange->send[FESTORE_PART_CONTENT] =
			(struct part){reader->small, (size_t)reader->entry.content_len};
	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		request->parts[i] = (uint32_t)exchange->send[i].len;
}

/* Lets the TA prove a key and do with it what is asked. */
static enum festore_error prove_key(struct festore *fs, struct vault_reader *reader)
{
	struct vault_key_call *call = reader->key;
	const bool has_reply = call->command == FESTORE_CMD_KEY_PUBLIC;
	struct festore_vault_request request = vault_request(reader->tag, FESTORE_WIRE_KEY);
	struct exchange exchange = {
		.command = call->command,
		.request = &request,
		.request_len = sizeof(request),
		.reply = has_reply ? &call->reply : NULL,
		.reply_len = has_reply ? sizeof(call->reply) : 0,
		.send = {[FESTORE_PART_MESSAGE] = call->message},
		.receive_at = 3,
		.receive_room = sizeof(call->out),
	};
	enum festore_error error = FESTORE_OK;

	request.key = call->key;
	send_evidence(reader, &request, &exchange);
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	memcpy(call->out, exchange.received, exchange.received_len);
	call->out_len = exchange.received_len;
	return FESTORE_OK;
}

/*
 * Lets the TA prove the tag, and open its content: a small one comes along and is opened in this
 * one call, of a file no byte is needed yet.
 */
static enum festore_error prove(struct festore *fs, struct vault_reader *reader)
{
	struct festore_vault_request request = vault_request(reader->tag, FESTORE_WIRE_FILE);
	const size_t small_len = reader->small ? (size_t)reader->entry.content_len : 0;
	struct exchange exchange = {
		.command = reader->is_stat ? FESTORE_CMD_FILE_STAT : FESTORE_CMD_FILE_GET,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &reader->file,
		.reply_len = sizeof(reader->file),
		.receive_at = reader->is_stat ? 0 : 3,
		.receive_room = small_len,
	};
	enum festore_error error = FESTORE_OK;

	if (reader->blob.fd >= 0 || reader->grows)
		request.base.flags = FESTORE_WIRE_MORE;
	send_evidence(reader, &request, &exchange);
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK || reader->is_stat || reader->blob.fd >= 0 || reader->grows)
		return error;
	if (!reader->small || exchange.received_len != reader->file.size)
		return wrong_size(fs);
	memcpy(reader->small, exchange.received, exchange.received_len);
	return FESTORE_OK;
}

static enum festore_error read_one(struct festore *fs, void *arg)
{
	struct vault_reader *reader = arg;
	uint8_t locator[FESTORE_HASH];
	enum festore_error error = vault_locate(
		fs, reader->key ? FESTORE_WIRE_KEY : FESTORE_WIRE_FILE, reader->tag, locator);

	forget_content(reader);
	if (error == FESTORE_OK)
		error = gather(fs, reader, locator);
	if (error != FESTORE_OK)
		return error;
	/* From here on nothing of the database is needed. */
	bytes_end_read(fs->vault->bytes);
	return reader->key ? prove_key(fs, reader) : prove(fs, reader);
}

/* Finds the tag and proves it. */
static enum festore_error open_tag(struct festore *fs, struct vault_reader *reader, const char *tag)
{
	enum festore_error error = FESTORE_OK;

	reader->fs = fs;
	if (fs->vault->batch.is_open)
		return failure_set(&fs->failure, FESTORE_USAGE,
			"nothing is read while a batch of this handle is under way");
	error = vault_ready(fs, false);
	memcpy(reader->tag, tag, strlen(tag) + 1);
	/* Where there is no vault there is no tag. */
	if (error == FESTORE_NOT_FOUND)
		return failure_set(&fs->failure, error, "there is no such tag");
	if (error == FESTORE_OK)
		error = vault_read_current(fs, read_one, reader);
	if (error != FESTORE_OK)
		forget_content(reader);
	return error;
}

enum festore_error vault_stat(
	struct festore *fs, const char *tag, struct festore_file_info *ret_info)
{
	struct vault_reader reader = {.is_stat = true, .blob = BLOB_NONE};
	enum festore_error error = open_tag(fs, &reader, tag);

	if (error != FESTORE_OK)
		return error;
	ret_info->tag = tag;
	ret_info->size = reader.file.size;
	ret_info->modified = reader.file.modified;
	ret_info->policy = reader.file.policy << 1;
	return FESTORE_OK;
}

enum festore_error vault_key_call(
	struct festore *fs, const char *tag, const uint8_t *leaf, struct vault_key_call *call)
{
	struct vault_reader reader = {.key = call, .leaf = leaf, .blob = BLOB_NONE};
	enum festore_error error = open_tag(fs, &reader, tag);

	/* The first time it is refused all else was right, and nothing is spent. */
	if (error == FESTORE_DENIED && session_answer(fs->session) == FESTORE_TA_USES) {
		memset(&fs->failure, 0, sizeof(fs->failure));
		error = vault_key_use(fs, tag);
		if (error == FESTORE_OK)
			error = open_tag(fs, &reader, tag);
	}
	forget_content(&reader);
	return error;
}

/* Chunks of a file: `len` bytes of content from `offset`, a chunk's beginning, to its end or a
 * chunk's. */
static enum festore_error read_chunks(struct festore *fs, struct vault_reader *reader,
	uint64_t offset, size_t len, const uint8_t **ret_bytes)
{
	const size_t sealed_len = (size_t)FESTORE_SEALED_LEN(len);
	struct festore_vault_request request = vault_request(reader->tag, FESTORE_WIRE_FILE);
	uint8_t *sealed = malloc(sealed_len);
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_GET,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &reader->file,
		.reply_len = sizeof(reader->file),
		.has_send = true,
		.send = {[FESTORE_PART_CONTENT] = {sealed, sealed_len}},
		.receive_at = 3,
		.receive_room = len,
	};
	enum festore_error error = FESTORE_OK;

	if (!sealed) {
		failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
		return FESTORE_ERROR;
	}
	error = blob_read(&reader->blob, offset / FESTORE_CHUNK * (FESTORE_CHUNK + FESTORE_SEAL),
		sealed, sealed_len, &fs->failure);
	request.base.flags = FESTORE_WIRE_CONTINUE;
	request.offset = offset;
	request.parts[FESTORE_PART_CONTENT] = (uint32_t)sealed_len;
	if (error == FESTORE_OK)
		error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_OK && exchange.received_len != len)
		error = wrong_size(fs);
	*ret_bytes = exchange.received;
	free(sealed);
	return error;
}

/* Some bytes from `offset` on, one window at the most. */
static enum festore_error read_window(struct festore *fs, struct vault_reader *reader,
	uint64_t offset, uint8_t *to, size_t len, size_t *ret_len)
{
	const uint64_t begin = offset / FESTORE_CHUNK * FESTORE_CHUNK;
	const size_t skip = (size_t)(offset - begin);
	const uint64_t left = reader->file.size - begin;
	const uint8_t *bytes = NULL;
	size_t window = smaller(left, FESTORE_WINDOW);
	enum festore_error error = FESTORE_OK;

	/* No more chunks than are asked for. */
	if (len < window - skip)
		window = smaller(
			left, (skip + len + FESTORE_CHUNK - 1) / FESTORE_CHUNK * FESTORE_CHUNK);
	error = read_chunks(fs, reader, begin, window, &bytes);
	if (error != FESTORE_OK || !bytes)
		return error;
	*ret_len = window - skip < len ? window - skip : len;
	memcpy(to, bytes + skip, *ret_len);
	return FESTORE_OK;
}

static enum festore_error read_range(struct festore *fs, struct vault_reader *reader,
	uint64_t offset, uint8_t *to, size_t len, size_t *ret_len)
{
	const uint64_t left = offset < reader->file.size ? reader->file.size - offset : 0;
	const size_t all = smaller(left, len);
	size_t done = 0;
	enum festore_error error = FESTORE_OK;

	if (reader->small && all != 0)
		memcpy(to, reader->small + offset, all);
	else
		while (error == FESTORE_OK && done < all) {
			size_t step = 0;

			error = read_window(
				fs, reader, offset + done, to + done, all - done, &step);
			done += step;
		}
	if (error == FESTORE_OK)
		*ret_len = all;
	return error;
}

/* All of a file, a window at a time, with a word on the way. */
static enum festore_error read_all(struct festore *fs, struct vault_reader *reader, uint8_t *to)
{
	const uint64_t size = reader->file.size;
	enum festore_error error = FESTORE_OK;

	for (uint64_t done = 0; error == FESTORE_OK && done < size;) {
		size_t step = 0;

		if (size > FESTORE_WINDOW)
			error = handle_progress(fs, done, size);
		if (error == FESTORE_OK)
			error = read_range(fs, reader, done, to + done,
				smaller(size - done, FESTORE_WINDOW), &step);
		done += step;
	}
	if (error == FESTORE_OK && fs->progress && size > FESTORE_WINDOW)
		fs->progress(size, size, fs->progress_arg);
	return error;
}

enum festore_error vault_get(
	struct festore *fs, const char *tag, void **ret_content, size_t *ret_content_len)
{
	struct vault_reader reader = {.blob = BLOB_NONE};
	uint8_t *content = NULL;
	enum festore_error error = open_tag(fs, &reader, tag);

	if (error != FESTORE_OK)
		return error;
	if (reader.file.size < SIZE_MAX)
		content = malloc((size_t)reader.file.size + 1);
	if (!content)
		error = failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	else
		error = read_all(fs, &reader, content);
	forget_content(&reader);
	if (error != FESTORE_OK) {
		festore_content_free(content, content ? (size_t)reader.file.size : 0);
		return error;
	}
	*ret_content = content;
	*ret_content_len = (size_t)reader.file.size;
	return FESTORE_OK;
}

/* --- readers ---------------------------------------------------------------------------------- */

enum festore_error vault_reader_open(struct festore *fs, const char *tag,
	struct vault_reader **ret_reader, struct festore_file_info *ret_info)
{
	return vault_reader_open_leaf(fs, tag, NULL, ret_reader, ret_info);
}

enum festore_error vault_reader_open_leaf(struct festore *fs, const char *tag,
	const uint8_t leaf[FESTORE_HASH], struct vault_reader **ret_reader,
	struct festore_file_info *ret_info)
{
	struct vault_reader *reader = calloc(1, sizeof(*reader));
	enum festore_error error = FESTORE_OK;

	if (!reader)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	reader->blob = (struct blob)BLOB_NONE;
	reader->leaf = leaf;
	error = open_tag(fs, reader, tag);
	if (error != FESTORE_OK) {
		free(reader);
		return error;
	}
	ret_info->tag = tag;
	ret_info->size = reader->file.size;
	ret_info->modified = reader->file.modified;
	ret_info->policy = reader->file.policy << 1;
	*ret_reader = reader;
	return FESTORE_OK;
}

enum festore_error vault_reader_grow(
	struct festore *fs, const char *tag, struct vault_reader **ret_reader, uint64_t *ret_size)
{
	struct vault_reader *reader = calloc(1, sizeof(*reader));
	enum festore_error error = FESTORE_OK;

	if (!reader)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	reader->blob = (struct blob)BLOB_NONE;
	reader->grows = true;
	reader->fs = fs;
	memcpy(reader->tag, tag, strlen(tag) + 1);
	error = fs->vault->transaction.is_open ? read_one(fs, reader) : open_tag(fs, reader, tag);
	if (error != FESTORE_OK) {
		vault_reader_free(reader);
		return error;
	}
	*ret_size = reader->file.size;
	*ret_reader = reader;
	return FESTORE_OK;
}

enum festore_error vault_reader_sealed(
	struct vault_reader *reader, uint64_t offset, void *to, size_t len)
{
	const uint64_t at = offset / FESTORE_CHUNK * (FESTORE_CHUNK + FESTORE_SEAL);
	const size_t sealed_len = (size_t)FESTORE_SEALED_LEN(len);

	if (!reader->small)
		return blob_read(&reader->blob, at, to, sealed_len, &reader->fs->failure);
	if (at > reader->entry.content_len || sealed_len > reader->entry.content_len - at)
		return damaged(reader->fs);
	memcpy(to, reader->small + at, sealed_len);
	return FESTORE_OK;
}

/* The sealed content, before it is removed. */
static enum festore_error gather_taken(struct festore *fs, void *arg)
{
	struct vault_reader *reader = arg;
	uint8_t locator[FESTORE_HASH];
	enum festore_error error = vault_locate(fs, FESTORE_WIRE_FILE, reader->tag, locator);

	forget_content(reader);
	if (error == FESTORE_OK)
		error = bytes_read_entry(fs->vault->bytes, locator, &reader->entry, &fs->failure);
	return error == FESTORE_OK ? gather_content(fs, reader) : error;
}

/* What was taken: a small one comes out at once, of a file its first chunk tells its size. */
static enum festore_error open_taken(struct festore *fs, struct vault_reader *reader)
{
	const size_t small_len = reader->small ? (size_t)reader->entry.content_len : 0;
	struct festore_vault_request request = vault_request(reader->tag, FESTORE_WIRE_FILE);
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_GET,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &reader->file,
		.reply_len = sizeof(reader->file),
		.has_send = true,
		.send = {[FESTORE_PART_CONTENT] = {reader->small, small_len}},
		.receive_at = 3,
		.receive_room = small_len,
	};
	const uint8_t *unused = NULL;
	enum festore_error error = FESTORE_OK;

	if (!reader->small)
		return read_chunks(fs, reader, 0, FESTORE_CHUNK, &unused);
	request.base.flags = FESTORE_WIRE_CONTINUE;
	request.parts[FESTORE_PART_CONTENT] = (uint32_t)small_len;
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_OK && exchange.received_len != reader->file.size)
		error = wrong_size(fs);
	if (error == FESTORE_OK && exchange.received_len != 0)
		memcpy(reader->small, exchange.received, exchange.received_len);
	return error;
}

static enum festore_error take(struct festore *fs, const char *tag, struct vault_reader *reader,
	struct festore_file_info *info)
{
	enum festore_error error = vault_stat(fs, tag, info);

	reader->fs = fs;
	memcpy(reader->tag, tag, strlen(tag) + 1);
	if (error == FESTORE_OK)
		error = vault_take(fs, tag, gather_taken, reader);
	if (error == FESTORE_OK)
		error = open_taken(fs, reader);
	if (error != FESTORE_OK)
		forget_content(reader);
	info->size = reader->file.size;
	return error;
}

enum festore_error vault_reader_take(struct festore *fs, const char *tag,
	struct vault_reader **ret_reader, struct festore_file_info *ret_info)
{
	enum festore_error error = vault_reader_open(fs, tag, ret_reader, ret_info);
	struct vault_reader *reader = NULL;

	if (error != FESTORE_DENIED || session_answer(fs->session) != FESTORE_TA_READ_ONCE)
		return error;
	memset(&fs->failure, 0, sizeof(fs->failure));
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	reader->blob = (struct blob)BLOB_NONE;
	error = take(fs, tag, reader, ret_info);
	if (error != FESTORE_OK) {
		free(reader);
		return error;
	}
	*ret_reader = reader;
	return FESTORE_OK;
}

enum festore_error vault_reader_read(
	struct vault_reader *reader, uint64_t offset, void *to, size_t len, size_t *ret_len)
{
	return read_range(reader->fs, reader, offset, to, len, ret_len);
}

/* In the database it is, or the TA would not have opened it. */
bool vault_reader_is_exact(const struct vault_reader *reader)
{
	const uint64_t sealed_len = FESTORE_SEALED_LEN(reader->file.size);

	return reader->blob.fd < 0 ||
		(reader->blob.size == sealed_len && reader->entry.content_len == sealed_len);
}

void vault_reader_free(struct vault_reader *reader)
{
	if (!reader)
		return;
	forget_content(reader);
	explicit_bzero(reader, sizeof(*reader));
	free(reader);
}

void vault_reader_close(struct vault_reader *reader)
{
	struct festore *fs = reader->fs;

	vault_reader_free(reader);
	handle_abort(fs);
}
