/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies: written beside, named by one write of the head, removed when no head names them. */
#include "transfer.h"

/*
 * Where OP-TEE has no source of randomness, numbers come again after a boot, and the body of the
 * same tag may be there from the time before. There are rarely more than one or two.
 */
#define BODY_TRIES 8u

TEE_Result transfer_begin_put(struct transfer *transfer, uint32_t storage,
	const struct object_id *head, const void *data, size_t len)
{
	TEE_Result res = TEE_ERROR_ACCESS_CONFLICT;

	transfer->storage = storage;
	transfer->head = *head;
	for (unsigned int i = 0; res == TEE_ERROR_ACCESS_CONFLICT && i < BODY_TRIES; i++) {
		TEE_GenerateRandom(transfer->nonce, sizeof(transfer->nonce));
		stored_body_id(head, transfer->nonce, &transfer->body);
		res = object_begin(storage, &transfer->body, data, len, &transfer->object);
	}
	/* To the caller that would mean that the tag exists. */
	if (res == TEE_ERROR_ACCESS_CONFLICT)
		return TEE_ERROR_BUSY;
	if (res != TEE_SUCCESS)
		return res;
	transfer->kind = TRANSFER_PUT;
	transfer->done = (uint32_t)len;
	return TEE_SUCCESS;
}

TEE_Result transfer_append(struct transfer *transfer, const void *data, size_t len)
{
	TEE_Result res = TEE_SUCCESS;

	if (len > FESTORE_REE_MAX - transfer->done)
		return TEE_ERROR_EXCESS_DATA;
	if (len == 0)
		return TEE_SUCCESS;
	res = object_append(&transfer->object, data, len);
	if (res == TEE_SUCCESS)
		transfer->done += (uint32_t)len;
	return res;
}

/* What the head says now; false if there is none that can be read. */
static bool read_old(const struct transfer *transfer, struct stored *ret_old)
{
	uint8_t head[STORED_HEAD_MAX] = {0};
	size_t len = 0;
	size_t size = 0;
	size_t at = 0;
	TEE_Result res =
		object_read(transfer->storage, &transfer->head, head, sizeof(head), &len, &size);

	if (res == TEE_SUCCESS)
		res = stored_read_head(transfer->storage, head, len, size, ret_old, &at);
	TEE_MemFill(head, 0, sizeof(head));
	return res == TEE_SUCCESS;
}

static TEE_Result write_head(
	const struct transfer *transfer, struct stored *about, bool may_replace)
{
	uint8_t head[STORED_HEAD_MAX] = {0};

	about->has_body = true;
	about->size = transfer->done;
	TEE_MemMove(about->nonce, transfer->nonce, sizeof(about->nonce));
	return object_write(transfer->storage, &transfer->head, head,
		stored_write_head(about, head), may_replace);
}

TEE_Result transfer_commit(struct transfer *transfer, struct stored *about, bool may_replace)
{
	struct stored old = {0};
	const bool has_old = may_replace && read_old(transfer, &old);
	TEE_Result res = write_head(transfer, about, may_replace);

	if (res != TEE_SUCCESS) {
		transfer_abort(transfer);
		return res;
	}
	transfer_leave(transfer);
	if (has_old)
		transfer_remove_body(transfer->storage, &transfer->head, &old);
	return TEE_SUCCESS;
}

TEE_Result transfer_begin_get(struct transfer *transfer, uint32_t storage,
	const struct object_id *head, const struct stored *stored)
{
	size_t size = 0;
	TEE_Result res = TEE_SUCCESS;

	stored_body_id(head, stored->nonce, &transfer->body);
	res = object_open(storage, &transfer->body, &transfer->object, &size);
	/* A head without its body is damage. */
	if (res == TEE_ERROR_ITEM_NOT_FOUND)
		return TEE_ERROR_CORRUPT_OBJECT;
	if (res != TEE_SUCCESS)
		return res;
	if (size != stored->size) {
		object_close(&transfer->object);
		return TEE_ERROR_CORRUPT_OBJECT;
	}
	transfer->kind = TRANSFER_GET;
	transfer->storage = storage;
	transfer->head = *head;
	transfer->size = stored->size;
	transfer->done = 0;
	return TEE_SUCCESS;
}

TEE_Result transfer_read(struct transfer *transfer, void *to, size_t room, size_t *ret_len)
{
	const uint32_t left = transfer->size - transfer->done;
	const size_t len = left < FESTORE_WINDOW ? left : FESTORE_WINDOW;
	TEE_Result res = TEE_SUCCESS;

	if (room < len)
		return TEE_ERROR_SHORT_BUFFER;
	res = object_read_next(&transfer->object, to, len);
	if (res != TEE_SUCCESS)
		return res;
	transfer->done += (uint32_t)len;
	*ret_len = len;
	if (transfer->done == transfer->size)
		transfer_leave(transfer);
	return TEE_SUCCESS;
}

void transfer_abort(struct transfer *transfer)
{
	if (transfer->kind == TRANSFER_PUT)
		object_discard(&transfer->object);
	transfer_leave(transfer);
}

void transfer_leave(struct transfer *transfer)
{
	object_close(&transfer->object);
	transfer->kind = TRANSFER_NONE;
}

void transfer_remove_body(
	uint32_t storage, const struct object_id *head, const struct stored *stored)
{
	struct object_id body = {0};

	if (!stored->has_body)
		return;
	stored_body_id(head, stored->nonce, &body);
	object_remove(storage, &body);
}
