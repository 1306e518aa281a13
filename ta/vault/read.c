/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that an entry is the present one, or that there is none, and opens it. */
#include "read.h"

#include "opened.h"
#include "tag_policy.h"

#include <string.h>

static size_t smaller(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

TEE_Result read_record(const struct call *call, const uint8_t locator[FESTORE_HASH],
	const struct festore_vault_leaf *leaf, struct meta *ret_meta, uint64_t *ret_version)
{
	const struct slot *slot = opened_of(call)->slot;
	const struct record_place place = {
		.keys = &slot->keys,
		.vault = slot->vault,
		.locator = locator,
	};
	const size_t len = call->part_len[FESTORE_PART_RECORD];
	uint8_t record[FESTORE_RECORD_MAX] = {0};
	struct festore_vault_leaf own;
	TEE_Result res = TEE_SUCCESS;

	if (len < sizeof(struct festore_vault_record) || len > sizeof(record))
		return TEE_ERROR_CORRUPT_OBJECT;
	memcpy(record, call->parts[FESTORE_PART_RECORD], len);
	record_leaf(place.locator, record, &own);
	if (leaf && memcmp(&own, leaf, sizeof(own)) != 0)
		return TEE_ERROR_CORRUPT_OBJECT;

	res = record_open(&place, record, len, ret_meta, ret_version);
	if (res == TEE_SUCCESS && !record_is_of(ret_meta, call->kind, &call->tag))
		res = TEE_ERROR_CORRUPT_OBJECT;
	return res;
}

/* Opens the record part, and tells what it says. */
static TEE_Result open_record(struct call *call, const uint8_t locator[FESTORE_HASH],
	const struct festore_vault_leaf *leaf, struct meta *ret_meta)
{
	uint64_t version = 0;
	const TEE_Result res = read_record(call, locator, leaf, ret_meta, &version);

	if (res != TEE_SUCCESS)
		return res;
	call->reply.vault_file.size = ret_meta->size;
	call->reply.vault_file.modified = ret_meta->modified;
	call->reply.vault_file.version = version;
	call->reply.vault_file.policy = tag_policy_told(ret_meta);
	return TEE_SUCCESS;
}

/* Finds the call's tag in the state that it presents. */
static TEE_Result find(struct call *call, struct path *path, struct meta *ret_meta)
{
	struct opened *opened = opened_of(call);
	uint8_t locator[FESTORE_HASH] = {0};
	enum tree_found found = TREE_INVALID;
	TEE_Result res = opened_check(opened);

	if (res == TEE_SUCCESS)
		res = opened_present(opened, call);
	if (res == TEE_SUCCESS)
		res = record_locator(&opened->slot->keys, call->kind, &call->tag, locator);
	if (res == TEE_SUCCESS)
		res = path_read(call, path);
	if (res != TEE_SUCCESS)
		return res;

	found = path_prove(path, opened->slot->vault, opened_state(opened)->root, locator);
	if (found == TREE_INVALID)
		return TEE_ERROR_CORRUPT_OBJECT;
	if (found == TREE_ABSENT)
		return TEE_ERROR_ITEM_NOT_FOUND;
	return open_record(call, locator, &path->head.leaf, ret_meta);
}

/* What a record says for itself: that it was once stored under this tag, not that it still is. */
static TEE_Result take_word(struct call *call, struct meta *ret_meta)
{
	const struct opened *opened = opened_of(call);
	uint8_t locator[FESTORE_HASH] = {0};
	TEE_Result res = opened_check(opened);

	if (res == TEE_SUCCESS &&
		(call->part_len[FESTORE_PART_STATE] != 0 || call->part_len[FESTORE_PART_PATH] != 0))
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res == TEE_SUCCESS)
		res = record_locator(&opened->slot->keys, call->kind, &call->tag, locator);
	return res == TEE_SUCCESS ? open_record(call, locator, NULL, ret_meta) : res;
}

TEE_Result read_entry(struct call *call, struct meta *ret_meta)
{
	struct path path = {0};
	const TEE_Result res = (call->flags & FESTORE_WIRE_UNPROVEN) != 0
		? take_word(call, ret_meta)
		: find(call, &path, ret_meta);

	path_free(&path);
	return res;
}

/* Gives `len` bytes of the session's content, from where the stream is, out of the content part. */
static TEE_Result give(struct call *call, struct stream *stream, size_t len)
{
	TEE_Result res = TEE_SUCCESS;

	if (call->part_len[FESTORE_PART_CONTENT] != FESTORE_SEALED_LEN(len))
		return TEE_ERROR_CORRUPT_OBJECT;
	if (call->out_size < len)
		return TEE_ERROR_SHORT_BUFFER;
	res = content_read(stream, call->parts[FESTORE_PART_CONTENT], len, call->out);
	if (res == TEE_SUCCESS)
		call->out_used = len;
	return res;
}

/* The content of a tag from its beginning: the first window, or with MORE nothing yet. */
static TEE_Result get_first(struct call *call, struct stream *stream)
{
	struct meta meta = {0};
	TEE_Result res = read_entry(call, &meta);

	stream_end(stream);
	if (res == TEE_SUCCESS && meta.policy.flags == FESTORE_WIRE_READ_ONCE)
		res = FESTORE_TA_READ_ONCE;
	if (res == TEE_SUCCESS) {
		stream->is_reading = true;
		stream->aead = opened_of(call)->slot->keys.aead;
		stream->size = meta.size;
		memcpy(stream->key, meta.content_key, sizeof(stream->key));
		if ((call->flags & FESTORE_WIRE_MORE) == 0)
			res = give(call, stream, smaller(meta.size, FESTORE_WINDOW));
		else if (call->part_len[FESTORE_PART_CONTENT] != 0)
			res = TEE_ERROR_BAD_PARAMETERS;
	}
	TEE_MemFill(&meta, 0, sizeof(meta));
	return res;
}

size_t read_bytes_given(const struct call *call, uint64_t left)
{
	const size_t sealed = call->part_len[FESTORE_PART_CONTENT];

	if (left <= FESTORE_WINDOW && sealed == FESTORE_SEALED_LEN(left))
		return (size_t)left;
	return smaller(left, sealed / (FESTORE_CHUNK + FESTORE_SEAL) * FESTORE_CHUNK);
}

/* From any chunk on: what was sealed at one place opens at no other. */
static TEE_Result get_more(struct call *call, struct stream *stream)
{
	TEE_Result res = opened_check(opened_of(call));

	if (res == TEE_SUCCESS && !stream->is_reading)
		res = TEE_ERROR_BAD_STATE;
	if (res == TEE_SUCCESS && stream->is_granted && !grant_is_good(opened_of(call)))
		res = FESTORE_TA_READ_ONCE;
	if (res == TEE_SUCCESS &&
		(call->window_size != call->part_len[FESTORE_PART_CONTENT] ||
			call->offset > stream->size || call->offset % FESTORE_CHUNK != 0 ||
			(call->flags & FESTORE_WIRE_UNPROVEN) != 0))
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res != TEE_SUCCESS)
		return res;
	stream->done = call->offset;
	call->reply.vault_file.size = stream->size;
	return give(call, stream, read_bytes_given(call, stream->size - stream->done));
}

TEE_Result read_get(struct call *call)
{
	struct stream *stream = &opened_of(call)->stream;
	TEE_Result res = TEE_SUCCESS;

	if ((call->flags & FESTORE_WIRE_CONTINUE) != 0)
		return get_more(call, stream);
	res = call->offset == 0 ? get_first(call, stream) : TEE_ERROR_BAD_PARAMETERS;
	if (res != TEE_SUCCESS)
		stream_end(stream);
	return res;
}

TEE_Result read_stat(struct call *call)
{
	struct meta meta = {0};
	const TEE_Result res = read_entry(call, &meta);

	TEE_MemFill(&meta, 0, sizeof(meta));
	return res;
}
