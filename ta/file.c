/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A `ree` file is one object: header, tag, content (docs/SPEC.md). Its id is derived from owner and
 * tag; the tag inside is compared with the request, so an object answers to its own name only.
 */
#include "file.h"

#include "object.h"

#define FILE_MAGIC 0x46747366u /* "fstF" in memory */
#define FILE_FORMAT 1u
#define ID_VERSION 1u

/* An object's first bytes, little-endian. */
struct file_header {
	uint32_t magic;
	uint16_t format;
	uint16_t tag_len;
	uint32_t content_len;
	uint32_t reserved;
	int64_t modified;
};

static_assert(sizeof(struct file_header) == 24, "storage format");

/* Header and tag: what describes a file. */
#define HEAD_MAX (sizeof(struct file_header) + FESTORE_TAG_MAX)
#define FILE_MAX (HEAD_MAX + FESTORE_WINDOW)

/* Damaged objects in one page after which a list is given up: a list must end. */
#define LIST_DAMAGED_MAX 1024u

struct file {
	struct file_header header;
	struct tag tag;
};

static void wipe_free(void *buffer, size_t len)
{
	if (!buffer)
		return;
	TEE_MemFill(buffer, 0, len);
	TEE_Free(buffer);
}

static TEE_Result sha256(const void *data, size_t len, uint8_t digest[32])
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	size_t digest_len = 32;
	TEE_Result res = TEE_AllocateOperation(&operation, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_DigestDoFinal(operation, data, len, digest, &digest_len);
	TEE_FreeOperation(operation);
	return res;
}

static TEE_Result id_of(const struct owner *owner, const struct tag *tag, struct object_id *ret_id)
{
	ret_id->bytes[0] = ID_VERSION;
	TEE_MemMove(ret_id->bytes + 1, owner->octets, sizeof(owner->octets));
	return sha256(tag->bytes, tag->len, ret_id->bytes + 1 + sizeof(owner->octets));
}

static bool id_belongs_to(const struct object_id *id, const struct owner *owner)
{
	return id->bytes[0] == ID_VERSION &&
		TEE_MemCompare(id->bytes + 1, owner->octets, sizeof(owner->octets)) == 0;
}

/* Reads and checks header and tag out of the first `len` bytes of an object of `size` bytes. */
static TEE_Result parse_head(const uint8_t *bytes, size_t len, size_t size, struct file *ret_file)
{
	struct file_header *header = &ret_file->header;

	if (len < sizeof(*header))
		return TEE_ERROR_CORRUPT_OBJECT;
	TEE_MemMove(header, bytes, sizeof(*header));

	if (header->magic != FILE_MAGIC || header->format != FILE_FORMAT || header->reserved != 0)
		return TEE_ERROR_CORRUPT_OBJECT;
	if (header->tag_len > len - sizeof(*header))
		return TEE_ERROR_CORRUPT_OBJECT;
	if (header->content_len > FESTORE_WINDOW ||
		size != sizeof(*header) + header->tag_len + header->content_len)
		return TEE_ERROR_CORRUPT_OBJECT;
	if (!tag_is_valid(bytes + sizeof(*header), header->tag_len))
		return TEE_ERROR_CORRUPT_OBJECT;

	ret_file->tag.len = header->tag_len;
	TEE_MemMove(ret_file->tag.bytes, bytes + sizeof(*header), header->tag_len);
	return TEE_SUCCESS;
}

/*
 * Reads up to `limit` bytes of the object `id` and parses its head. The caller compares the tag
 * with what it asked for.
 */
static TEE_Result read_file(uint32_t storage, const struct object_id *id, uint8_t *to, size_t limit,
	struct file *ret_file)
{
	size_t len = 0;
	size_t size = 0;
	TEE_Result res = object_read(storage, id, to, limit, &len, &size);

	if (res != TEE_SUCCESS)
		return res;
	return parse_head(to, len, size, ret_file);
}

/* As read_file, for the file that a call names. */
static TEE_Result read_named(
	const struct call *call, uint8_t *to, size_t limit, struct file *ret_file)
{
	struct object_id id = {0};
	TEE_Result res = id_of(&call->session->owner, &call->tag, &id);

	if (res != TEE_SUCCESS)
		return res;
	res = read_file(call->storage, &id, to, limit, ret_file);
	if (res != TEE_SUCCESS)
		return res;
	if (ret_file->tag.len != call->tag.len || !tag_has_prefix(&ret_file->tag, &call->tag))
		return TEE_ERROR_CORRUPT_OBJECT;
	return TEE_SUCCESS;
}

TEE_Result file_put(struct call *call)
{
	const struct file_header header = {
		.magic = FILE_MAGIC,
		.format = FILE_FORMAT,
		.tag_len = (uint16_t)call->tag.len,
		.content_len = (uint32_t)call->window_size,
		.modified = call->modified,
	};
	const bool may_replace = (call->flags & FESTORE_WIRE_NO_CLOBBER) == 0;
	const size_t head_len = sizeof(header) + call->tag.len;
	struct object_id id = {0};
	uint8_t *object = NULL;
	TEE_Result res = TEE_SUCCESS;

	if (call->window_size > FESTORE_WINDOW)
		return TEE_ERROR_EXCESS_DATA;
	res = id_of(&call->session->owner, &call->tag, &id);
	if (res != TEE_SUCCESS)
		return res;

	object = TEE_Malloc(head_len + call->window_size, TEE_MALLOC_FILL_ZERO);
	if (!object)
		return TEE_ERROR_OUT_OF_MEMORY;

	TEE_MemMove(object, &header, sizeof(header));
	TEE_MemMove(object + sizeof(header), call->tag.bytes, call->tag.len);
	TEE_MemMove(object + head_len, call->window, call->window_size);
	res = object_write(call->storage, &id, object, head_len + call->window_size, may_replace);

	wipe_free(object, head_len + call->window_size);
	return res;
}

TEE_Result file_get(struct call *call)
{
	struct file file = {0};
	size_t head_len = 0;
	size_t content_len = 0;
	TEE_Result res = TEE_SUCCESS;
	uint8_t *object = TEE_Malloc(FILE_MAX, TEE_MALLOC_FILL_ZERO);

	if (!object)
		return TEE_ERROR_OUT_OF_MEMORY;

	res = read_named(call, object, FILE_MAX, &file);
	if (res != TEE_SUCCESS)
		goto out;

	head_len = sizeof(file.header) + file.tag.len;
	content_len = file.header.content_len;
	if (content_len > call->window_size) {
		res = TEE_ERROR_SHORT_BUFFER;
		goto out;
	}
	TEE_MemMove(call->window, object + head_len, content_len);
	call->window_used = content_len;
	call->reply.file.size = content_len;
	call->reply.file.modified = file.header.modified;
out:
	wipe_free(object, FILE_MAX);
	return res;
}

TEE_Result file_stat(struct call *call)
{
	uint8_t head[HEAD_MAX] = {0};
	struct file file = {0};
	TEE_Result res = read_named(call, head, sizeof(head), &file);

	if (res == TEE_SUCCESS) {
		call->reply.file.size = file.header.content_len;
		call->reply.file.modified = file.header.modified;
	}
	/* Up to 255 bytes of content may have been read along. */
	TEE_MemFill(head, 0, sizeof(head));
	return res;
}

TEE_Result file_remove(struct call *call)
{
	struct object_id id = {0};
	TEE_Result res = id_of(&call->session->owner, &call->tag, &id);

	if (res != TEE_SUCCESS)
		return res;
	return object_remove(call->storage, &id);
}

static void append_entry(struct call *call, const struct file *file)
{
	const struct festore_wire_entry entry = {
		.size = file->header.content_len,
		.modified = file->header.modified,
		.tag_len = (uint16_t)file->tag.len,
	};
	uint8_t *to = call->window + call->window_used;
	const size_t room = FESTORE_ENTRY_ROOM(file->tag.len);

	TEE_MemFill(to, 0, room);
	TEE_MemMove(to, &entry, sizeof(entry));
	TEE_MemMove(to + sizeof(entry), file->tag.bytes, file->tag.len);
	call->window_used += room;
	call->reply.list.count++;
}

/* Appends the object's file to the page if it is the caller's and begins with the prefix. */
static TEE_Result list_object(struct call *call, const struct object_id *id)
{
	uint8_t head[HEAD_MAX] = {0};
	struct file file = {0};
	TEE_Result res = TEE_SUCCESS;

	if (!id_belongs_to(id, &call->session->owner))
		return TEE_SUCCESS;
	res = read_file(call->storage, id, head, sizeof(head), &file);
	if (res == TEE_SUCCESS && tag_has_prefix(&file.tag, &call->tag))
		append_entry(call, &file);
	TEE_MemFill(head, 0, sizeof(head));
	/* The directory has it and its bytes are gone: not the end of the list, but damage. */
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_ERROR_CORRUPT_OBJECT : res;
}

static TEE_Result list_step(struct call *call)
{
	struct object_id id = {0};
	TEE_Result res = object_list_next(call->session->list, &id);

	if (res == TEE_SUCCESS)
		res = list_object(call, &id);
	if (res == TEE_ERROR_CORRUPT_OBJECT && call->reply.list.damaged < LIST_DAMAGED_MAX) {
		call->reply.list.damaged++;
		return TEE_SUCCESS;
	}
	return res;
}

static TEE_Result list_page(struct call *call)
{
	TEE_Result res = TEE_SUCCESS;

	while (call->window_size - call->window_used >= FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX)) {
		res = list_step(call);
		if (res != TEE_SUCCESS)
			return res;
	}
	call->reply.list.more = 1;
	return TEE_SUCCESS;
}

TEE_Result file_list(struct call *call)
{
	struct object_list **list = &call->session->list;
	TEE_Result res = TEE_SUCCESS;

	if (call->window_size < FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX))
		return TEE_ERROR_SHORT_BUFFER;

	if ((call->flags & FESTORE_WIRE_CONTINUE) == 0) {
		object_list_end(list);
		res = object_list_begin(call->storage, list);
	} else if (!*list) {
		return TEE_ERROR_BAD_STATE;
	}

	if (res == TEE_SUCCESS)
		res = list_page(call);
	if (call->reply.list.more == 0)
		object_list_end(list);
	/* Running out of objects is how a list ends well. */
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : res;
}
