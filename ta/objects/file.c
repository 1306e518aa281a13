/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts, gets, describes, removes and moves files. In `rpmb` a head has all of a file. */
#include "file.h"

#include "buffer.h"
#include "client.h"
#include "object.h"
#include "stored.h"

/*
 * Reads up to `limit` bytes of the head that a call names and checks that it is the tag's own.
 * Writes where in `to` the content begins.
 */
static TEE_Result read_named(const struct call *call, const struct object_id *head, uint8_t *to,
	size_t limit, struct stored *ret_stored, size_t *ret_at)
{
	size_t len = 0;
	size_t size = 0;
	TEE_Result res = object_read(call->storage, head, to, limit, &len, &size);

	if (res == TEE_SUCCESS)
		res = stored_read_head(call->storage, to, len, size, ret_stored, ret_at);
	if (res == TEE_SUCCESS && !tag_is_same(&ret_stored->tag, &call->tag))
		res = TEE_ERROR_CORRUPT_OBJECT;
	return res;
}

static bool may_replace(const struct call *call)
{
	return (call->flags & FESTORE_WIRE_NO_CLOBBER) == 0;
}

/* A content of one window at the most: head and content are one object. */
static TEE_Result put_whole(struct call *call, const struct object_id *head)
{
	const struct stored stored = {
		.tag = call->tag,
		.size = (uint32_t)call->window_size,
		.modified = call->modified,
	};
	const size_t room = STORED_HEAD_MAX + call->window_size;
	size_t len = 0;
	TEE_Result res = TEE_SUCCESS;
	uint8_t *object = buffer_new(room);

	if (!object)
		return TEE_ERROR_OUT_OF_MEMORY;

	len = stored_write_head(&stored, object);
	TEE_MemMove(object + len, call->window, call->window_size);
	len += call->window_size;
	res = object_write(call->storage, head, object, len, may_replace(call));

	buffer_free(object, room);
	return res;
}

/* Writes the window into the session's body, a new one if this is the first piece. */
static TEE_Result put_piece(struct call *call, const struct object_id *head)
{
	struct transfer *transfer = &client_of(call)->transfer;
	TEE_Result res = TEE_SUCCESS;
	uint8_t *piece = buffer_new(call->window_size);

	if (!piece)
		return TEE_ERROR_OUT_OF_MEMORY;

	TEE_MemMove(piece, call->window, call->window_size);
	if ((call->flags & FESTORE_WIRE_CONTINUE) != 0)
		res = transfer_append(transfer, piece, call->window_size);
	else
		res = transfer_begin_put(transfer, call->storage, head, piece, call->window_size);

	buffer_free(piece, call->window_size);
	return res;
}

/* Has this session begun to put this very tag? */
static bool is_being_put(const struct call *call, const struct object_id *head)
{
	const struct transfer *transfer = &client_of(call)->transfer;

	return transfer->kind == TRANSFER_PUT && transfer->storage == call->storage &&
		TEE_MemCompare(transfer->head.bytes, head->bytes, head->len) == 0;
}

/* A content that comes in several calls, of which this is one. */
static TEE_Result put_in_pieces(struct call *call, const struct object_id *head)
{
	struct transfer *transfer = &client_of(call)->transfer;
	struct stored about = {.tag = call->tag, .modified = call->modified};
	TEE_Result res = TEE_SUCCESS;

	if ((call->flags & FESTORE_WIRE_CONTINUE) == 0) {
		transfer_abort(transfer);
		res = client_may_transfer(client_of(call));
	} else if (!is_being_put(call, head)) {
		res = TEE_ERROR_BAD_STATE;
	}
	if (res != TEE_SUCCESS)
		return res;

	res = put_piece(call, head);
	if (res != TEE_SUCCESS) {
		transfer_abort(transfer);
		return res;
	}
	if ((call->flags & FESTORE_WIRE_MORE) != 0)
		return TEE_SUCCESS;
	return transfer_commit(transfer, &about, may_replace(call));
}

TEE_Result file_put(struct call *call)
{
	const bool is_piece = (call->flags & (FESTORE_WIRE_MORE | FESTORE_WIRE_CONTINUE)) != 0;
	struct object_id head = {0};
	TEE_Result res = TEE_SUCCESS;

	if (call->window_size > stored_whole_max(call->storage))
		return TEE_ERROR_EXCESS_DATA;
	if (is_piece && call->storage == FESTORE_WIRE_RPMB)
		return TEE_ERROR_NOT_SUPPORTED;
	res = stored_head_id(&call->session->owner, &call->tag, &head);
	if (res != TEE_SUCCESS)
		return res;
	if (is_piece)
		return put_in_pieces(call, &head);
	return put_whole(call, &head);
}

/* Gives out `len` verified bytes of private memory. */
static void give(struct call *call, const uint8_t *content, size_t len)
{
	TEE_MemMove(call->window, content, len);
	call->window_used = len;
}

/* Gives out the next piece of the session's get, by way of `buffer` of a window's size. */
static TEE_Result get_piece(struct call *call, uint8_t *buffer)
{
	struct transfer *transfer = &client_of(call)->transfer;
	size_t len = 0;
	TEE_Result res = transfer_read(transfer, buffer, call->window_size, &len);

	if (res != TEE_SUCCESS) {
		transfer_abort(transfer);
		return res;
	}
	give(call, buffer, len);
	return TEE_SUCCESS;
}

static TEE_Result get_first(struct call *call, const struct object_id *head,
	const struct stored *stored, uint8_t *buffer)
{
	struct client *client = client_of(call);
	TEE_Result res = TEE_SUCCESS;

	transfer_abort(&client->transfer);
	res = client_may_transfer(client);
	if (res == TEE_SUCCESS)
		res = transfer_begin_get(&client->transfer, call->storage, head, stored);
	if (res != TEE_SUCCESS)
		return res;
	return get_piece(call, buffer);
}

/* The first call of a get: all of a small file, the first window of a large one. */
static TEE_Result get_named(struct call *call, uint8_t *buffer)
{
	struct object_id head = {0};
	struct stored stored = {0};
	size_t at = 0;
	TEE_Result res = stored_head_id(&call->session->owner, &call->tag, &head);

	if (res == TEE_SUCCESS)
		res = read_named(call, &head, buffer, STORED_MAX, &stored, &at);
	if (res != TEE_SUCCESS)
		return res;

	call->reply.file.size = stored.size;
	call->reply.file.modified = stored.modified;
	if (stored.has_body)
		return get_first(call, &head, &stored, buffer);
	if (stored.size > call->window_size)
		return TEE_ERROR_SHORT_BUFFER;
	give(call, buffer + at, stored.size);
	return TEE_SUCCESS;
}

/* A later call: the tag must be the one that the get began with. */
static TEE_Result get_more(struct call *call, uint8_t *buffer)
{
	struct transfer *transfer = &client_of(call)->transfer;
	struct object_id head = {0};
	TEE_Result res = stored_head_id(&call->session->owner, &call->tag, &head);

	if (res != TEE_SUCCESS)
		return res;
	if (transfer->kind != TRANSFER_GET || transfer->storage != call->storage ||
		TEE_MemCompare(transfer->head.bytes, head.bytes, head.len) != 0)
		return TEE_ERROR_BAD_STATE;
	call->reply.file.size = transfer->size;
	return get_piece(call, buffer);
}

TEE_Result file_get(struct call *call)
{
	TEE_Result res = TEE_SUCCESS;
	uint8_t *buffer = buffer_new(STORED_MAX);

	if (!buffer)
		return TEE_ERROR_OUT_OF_MEMORY;
	if ((call->flags & FESTORE_WIRE_CONTINUE) != 0)
		res = get_more(call, buffer);
	else
		res = get_named(call, buffer);
	buffer_free(buffer, STORED_MAX);
	return res;
}

TEE_Result file_stat(struct call *call)
{
	uint8_t bytes[STORED_HEAD_MAX] = {0};
	struct object_id head = {0};
	struct stored stored = {0};
	size_t at = 0;
	TEE_Result res = stored_head_id(&call->session->owner, &call->tag, &head);

	if (res == TEE_SUCCESS)
		res = read_named(call, &head, bytes, sizeof(bytes), &stored, &at);
	if (res == TEE_SUCCESS) {
		call->reply.file.size = stored.size;
		call->reply.file.modified = stored.modified;
	}
	/* Some bytes of content may have been read along. */
	TEE_MemFill(bytes, 0, sizeof(bytes));
	return res;
}

TEE_Result file_remove(struct call *call)
{
	uint8_t bytes[STORED_HEAD_MAX] = {0};
	struct object_id head = {0};
	struct stored stored = {0};
	size_t len = 0;
	size_t size = 0;
	size_t at = 0;
	TEE_Result res = stored_head_id(&call->session->owner, &call->tag, &head);

	if (res == TEE_SUCCESS)
		res = object_take(call->storage, &head, bytes, sizeof(bytes), &len, &size);
	if (res != TEE_SUCCESS)
		goto out;

	/* The head is gone, and with it the file; the body only takes room. */
	if (stored_read_head(call->storage, bytes, len, size, &stored, &at) == TEE_SUCCESS)
		transfer_remove_body(call->storage, &head, &stored);
out:
	TEE_MemFill(bytes, 0, sizeof(bytes));
	return res;
}

/* Copies a body, window by window, to a new one of the head `to`, which is then written. */
static TEE_Result copy_body(struct call *call, const struct object_id *from,
	const struct object_id *to, const struct stored *stored, uint8_t *buffer)
{
	struct transfer get = {0};
	struct transfer put = {0};
	struct stored moved = *stored;
	size_t len = 0;
	TEE_Result res = transfer_begin_get(&get, call->storage, from, stored);

	while (res == TEE_SUCCESS && get.kind == TRANSFER_GET) {
		res = transfer_read(&get, buffer, FESTORE_WINDOW, &len);
		if (res == TEE_SUCCESS && put.kind == TRANSFER_NONE)
			res = transfer_begin_put(&put, call->storage, to, buffer, len);
		else if (res == TEE_SUCCESS)
			res = transfer_append(&put, buffer, len);
	}
	moved.tag = call->new_tag;
	if (res == TEE_SUCCESS)
		res = transfer_commit(&put, &moved, may_replace(call));
	transfer_abort(&get);
	transfer_abort(&put);
	return res;
}

/* Writes a small file anew under the new tag; `buffer` holds it at `at`. */
static TEE_Result copy_whole(struct call *call, const struct object_id *to,
	const struct stored *stored, uint8_t *buffer, size_t at)
{
	uint8_t head[STORED_HEAD_MAX] = {0};
	struct stored moved = *stored;
	size_t len = 0;

	moved.tag = call->new_tag;
	len = stored_write_head(&moved, head);
	TEE_MemMove(buffer + len, buffer + at, stored->size);
	TEE_MemMove(buffer, head, len);
	return object_write(call->storage, to, buffer, len + stored->size, may_replace(call));
}

/* First the new name, then away with the old: a power cut may leave both, never neither. */
static TEE_Result move_named(struct call *call, uint8_t *buffer)
{
	struct object_id from = {0};
	struct object_id to = {0};
	struct stored stored = {0};
	size_t at = 0;
	TEE_Result res = stored_head_id(&call->session->owner, &call->tag, &from);

	if (res == TEE_SUCCESS)
		res = stored_head_id(&call->session->owner, &call->new_tag, &to);
	if (res == TEE_SUCCESS)
		res = read_named(call, &from, buffer, STORED_MAX, &stored, &at);
	if (res != TEE_SUCCESS)
		return res;

	if (stored.has_body)
		res = copy_body(call, &from, &to, &stored, buffer);
	else
		res = copy_whole(call, &to, &stored, buffer, at);
	if (res != TEE_SUCCESS)
		return res;
	return file_remove(call);
}

TEE_Result file_move(struct call *call)
{
	TEE_Result res = TEE_SUCCESS;
	uint8_t *buffer = NULL;

	if (tag_is_same(&call->tag, &call->new_tag))
		return TEE_ERROR_BAD_PARAMETERS;
	/* A body is copied through two open objects, which no transfer may be beside. */
	res = client_may_transfer(client_of(call));
	if (res != TEE_SUCCESS)
		return res;
	buffer = buffer_new(STORED_MAX);
	if (!buffer)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = move_named(call, buffer);
	buffer_free(buffer, STORED_MAX);
	return res;
}

TEE_Result file_abort(struct call *call)
{
	transfer_abort(&client_of(call)->transfer);
	object_list_end(&client_of(call)->list);
	return TEE_SUCCESS;
}
