/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks all objects of the TA, shows the caller's heads and removes what an interrupted put of the
 * caller's, or the replacement of a large file by a small one, has left behind.
 */
#include "list.h"

#include "buffer.h"
#include "client.h"
#include "object.h"
#include "stored.h"

/* A page in the making: private, since a failed call writes nothing into shared memory. */
struct page {
	uint8_t *bytes;
	size_t room;
	size_t used;
};

/* Damaged objects in one page after which a list is given up: a list must end. */
#define LIST_DAMAGED_MAX 1024u

static TEE_Result read_head(uint32_t storage, const struct object_id *id, struct stored *ret_stored)
{
	uint8_t head[STORED_HEAD_MAX] = {0};
	size_t len = 0;
	size_t size = 0;
	size_t at = 0;
	TEE_Result res = object_read(storage, id, head, sizeof(head), &len, &size);

	if (res == TEE_SUCCESS)
		res = stored_read_head(storage, head, len, size, ret_stored, &at);
	/* Some bytes of content may have been read along. */
	TEE_MemFill(head, 0, sizeof(head));
	return res;
}

static void append_entry(struct page *page, const struct stored *stored)
{
	const struct festore_wire_entry entry = {
		.size = stored->size,
		.modified = stored->modified,
		.tag_len = (uint16_t)stored->tag.len,
	};
	uint8_t *to = page->bytes + page->used;

	TEE_MemMove(to, &entry, sizeof(entry));
	TEE_MemMove(to + sizeof(entry), stored->tag.bytes, stored->tag.len);
	page->used += FESTORE_ENTRY_ROOM(stored->tag.len);
}

/* Appends the head's file to the page if it begins with the prefix. */
static TEE_Result show_head(struct call *call, struct page *page, const struct object_id *id)
{
	struct stored stored = {0};
	TEE_Result res = read_head(call->storage, id, &stored);

	if (res == TEE_SUCCESS && tag_has_prefix(&stored.tag, &call->tag)) {
		append_entry(page, &stored);
		call->reply.list.count++;
	}
	if (res != TEE_ERROR_ITEM_NOT_FOUND)
		return res;
	/* The directory has it and its bytes are gone: not the end of the list, but damage. */
	if (call->storage != FESTORE_WIRE_RPMB)
		return TEE_ERROR_CORRUPT_OBJECT;
	/* Made, and never written. If it cannot be removed, the next list will. */
	object_remove(call->storage, id);
	return TEE_SUCCESS;
}

/* Removes the body if its head is there and names another, or is not there. */
static TEE_Result sweep_body(struct call *call, const struct object_id *body)
{
	struct object_id head = {0};
	struct stored stored = {0};
	uint8_t nonce[STORED_NONCE_LEN] = {0};
	TEE_Result res = TEE_SUCCESS;

	if (!stored_head_of_body(body, &head, nonce) || client_is_writing(body))
		return TEE_SUCCESS;

	res = read_head(call->storage, &head, &stored);
	if (res != TEE_SUCCESS && res != TEE_ERROR_ITEM_NOT_FOUND)
		return res;
	if (res == TEE_SUCCESS && stored.has_body &&
		TEE_MemCompare(stored.nonce, nonce, sizeof(nonce)) == 0)
		return TEE_SUCCESS;
	/* If somebody still reads it, the next list will remove it. */
	object_remove(call->storage, body);
	return TEE_SUCCESS;
}

static TEE_Result list_step(struct call *call, struct page *page)
{
	struct object_id id = {0};
	TEE_Result res = object_list_next(&client_of(call)->list, &id);

	if (res == TEE_SUCCESS && stored_belongs_to(&id, &call->session->owner))
		res = stored_is_head(&id) ? show_head(call, page, &id) : sweep_body(call, &id);
	if (res == TEE_ERROR_CORRUPT_OBJECT && call->reply.list.damaged < LIST_DAMAGED_MAX) {
		call->reply.list.damaged++;
		return TEE_SUCCESS;
	}
	return res;
}

static TEE_Result list_page(struct call *call, struct page *page)
{
	TEE_Result res = TEE_SUCCESS;

	while (page->room - page->used >= FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX)) {
		res = list_step(call, page);
		if (res != TEE_SUCCESS)
			return res;
	}
	call->reply.list.more = 1;
	return TEE_SUCCESS;
}

/* Goes on with the session's list for one page; running out of objects is how it ends well. */
static TEE_Result list_on(struct call *call, struct page *page)
{
	TEE_Result res = list_page(call, page);

	if (res != TEE_SUCCESS && res != TEE_ERROR_ITEM_NOT_FOUND)
		return res;
	TEE_MemMove(call->window, page->bytes, page->used);
	call->window_used = page->used;
	return TEE_SUCCESS;
}

TEE_Result file_list(struct call *call)
{
	struct object_list *list = &client_of(call)->list;
	struct page page = {
		.room = call->window_size < FESTORE_WINDOW ? call->window_size : FESTORE_WINDOW,
	};
	TEE_Result res = TEE_SUCCESS;

	if (page.room < FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX))
		return TEE_ERROR_SHORT_BUFFER;
	if ((call->flags & FESTORE_WIRE_CONTINUE) != 0 && !object_list_is_open(list))
		return TEE_ERROR_BAD_STATE;
	page.bytes = buffer_new(page.room);
	if (!page.bytes)
		return TEE_ERROR_OUT_OF_MEMORY;

	if ((call->flags & FESTORE_WIRE_CONTINUE) == 0) {
		object_list_end(list);
		res = object_list_begin(call->storage, list);
	}
	if (res == TEE_SUCCESS)
		res = list_on(call, &page);
	if (call->reply.list.more == 0)
		object_list_end(list);
	buffer_free(page.bytes, page.room);
	/* Without any object a list ends before it begins. */
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : res;
}
