/* SPDX-License-Identifier: BSD-2-Clause */
/* Thin over GP. */
#include "object.h"

#include <festore_ta.h>
#include <tee_api_defines_extensions.h>

static uint32_t gp_storage(uint32_t storage)
{
	return storage == FESTORE_WIRE_RPMB ? TEE_STORAGE_PRIVATE_RPMB : TEE_STORAGE_PRIVATE_REE;
}

static TEE_Result open_for(
	uint32_t storage, const struct object_id *id, uint32_t flags, TEE_ObjectHandle *ret_object)
{
	return TEE_OpenPersistentObject(gp_storage(storage), id->bytes, id->len, flags, ret_object);
}

static TEE_Result make(uint32_t storage, const struct object_id *id, uint32_t flags,
	const void *data, size_t len, TEE_ObjectHandle *ret_object)
{
	return TEE_CreatePersistentObject(gp_storage(storage), id->bytes, id->len, flags,
		TEE_HANDLE_NULL, data, len, ret_object);
}

/* With its size. */
static TEE_Result open_sized(uint32_t storage, const struct object_id *id, uint32_t flags,
	TEE_ObjectHandle *ret_object, size_t *ret_size)
{
	TEE_ObjectInfo info = {0};
	TEE_Result res = open_for(storage, id, flags, ret_object);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_GetObjectInfo1(*ret_object, &info);
	if (res != TEE_SUCCESS) {
		object_close(ret_object);
		return res;
	}
	*ret_size = info.dataSize;
	return TEE_SUCCESS;
}

/* In `rpmb`: made, and never written. */
static bool is_unwritten(uint32_t storage, size_t size)
{
	return storage == FESTORE_WIRE_RPMB && size == 0;
}

/* The blocks that OP-TEE takes for an object of `size` bytes. */
static size_t blocks_of(size_t size)
{
	return (OBJECT_RPMB_HEAD + size + OBJECT_RPMB_BLOCK - 1) / OBJECT_RPMB_BLOCK;
}

/* Counts objects and blocks of all owners in `rpmb`. */
static TEE_Result count_all(size_t *ret_objects, size_t *ret_blocks)
{
	struct object_list list = {0};
	struct object_id id = {0};
	TEE_ObjectInfo info = {0};
	TEE_Result res = object_list_begin(FESTORE_WIRE_RPMB, &list);

	*ret_objects = 0;
	*ret_blocks = 0;
	while (res == TEE_SUCCESS) {
		id.len = sizeof(id.bytes);
		res = TEE_GetNextPersistentObject(list.handle, &info, id.bytes, &id.len);
		*ret_objects += res == TEE_SUCCESS ? 1 : 0;
		*ret_blocks += res == TEE_SUCCESS ? blocks_of(info.dataSize) : 0;
	}
	object_list_end(&list);
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : res;
}

/* May an object of `old_size` bytes, or a new one, get `len` bytes? For a moment it has both. */
static TEE_Result check_room(bool is_new, size_t old_size, size_t len)
{
	const size_t new_size = len > old_size ? len : old_size;
	size_t objects = 0;
	size_t blocks = 0;
	TEE_Result res = TEE_SUCCESS;

	/* Written where it is. */
	if (len <= old_size && blocks_of(len) == 1)
		return TEE_SUCCESS;
	res = count_all(&objects, &blocks);
	if (res != TEE_SUCCESS)
		return res;
	if (objects > OBJECT_RPMB_OBJECTS_MAX - (is_new ? 1 : 0))
		return TEE_ERROR_STORAGE_NO_SPACE;
	return blocks + blocks_of(new_size) <= OBJECT_RPMB_BLOCKS_MAX ? TEE_SUCCESS
								      : TEE_ERROR_STORAGE_NO_SPACE;
}

/* The object, made empty if there is none and room for `len` bytes, and its size. */
static TEE_Result open_or_make(uint32_t storage, const struct object_id *id, size_t len,
	TEE_ObjectHandle *ret_object, size_t *ret_size)
{
	const uint32_t flags = TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_ACCESS_WRITE_META;
	TEE_Result res = open_sized(storage, id, flags, ret_object, ret_size);

	if (res != TEE_ERROR_ITEM_NOT_FOUND)
		return res;
	*ret_size = 0;
	res = check_room(true, 0, len);
	if (res != TEE_SUCCESS)
		return res;
	res = make(storage, id, flags, NULL, 0, ret_object);
	/* What OP-TEE says when the RPMB's table of objects meets their data. */
	return res == TEE_ERROR_OUT_OF_MEMORY ? TEE_ERROR_STORAGE_NO_SPACE : res;
}

/* object_write() where OP-TEE's own replacement would remove the old object first. */
static TEE_Result write_over(uint32_t storage, const struct object_id *id, const void *data,
	size_t len, bool may_replace)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	size_t old_size = 0;
	TEE_Result res = open_or_make(storage, id, len, &object, &old_size);

	if (res != TEE_SUCCESS)
		return res;
	if (old_size != 0 && !may_replace)
		res = TEE_ERROR_ACCESS_CONFLICT;
	/* For a new one there was room. */
	if (res == TEE_SUCCESS && old_size != 0)
		res = check_room(false, old_size, len);
	if (res == TEE_SUCCESS)
		res = object_append(&object, data, len);
	/* An empty one would only take room. */
	if (res != TEE_SUCCESS && old_size == 0)
		object_discard(&object);
	else
		object_close(&object);
	return res;
}

TEE_Result object_write(uint32_t storage, const struct object_id *id, const void *data, size_t len,
	bool may_replace)
{
	if (storage == FESTORE_WIRE_RPMB)
		return write_over(storage, id, data, len, may_replace);
	/* No handle is asked for, so there is none to close. */
	return make(storage, id, may_replace ? TEE_DATA_FLAG_OVERWRITE : 0, data, len, NULL);
}

static TEE_Result read_some(uint32_t storage, TEE_ObjectHandle *object, void *to, size_t limit,
	size_t *ret_len, size_t *ret_size)
{
	TEE_ObjectInfo info = {0};
	size_t len = 0;
	TEE_Result res = TEE_GetObjectInfo1(*object, &info);

	if (res == TEE_SUCCESS && is_unwritten(storage, info.dataSize))
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (res == TEE_SUCCESS)
		res = TEE_ReadObjectData(*object, to, limit, &len);
	if (res == TEE_SUCCESS) {
		*ret_len = len;
		*ret_size = info.dataSize;
	}
	/* OP-TEE has closed the handle of an object that it found damaged, and panics on another.
	 */
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		*object = TEE_HANDLE_NULL;
	return res;
}

TEE_Result object_read(uint32_t storage, const struct object_id *id, void *to, size_t limit,
	size_t *ret_len, size_t *ret_size)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = open_for(storage, id, TEE_DATA_FLAG_ACCESS_READ, &object);

	if (res != TEE_SUCCESS)
		return res;
	res = read_some(storage, &object, to, limit, ret_len, ret_size);
	object_close(&object);
	return res;
}

TEE_Result object_take(uint32_t storage, const struct object_id *id, void *to, size_t limit,
	size_t *ret_len, size_t *ret_size)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = open_for(
		storage, id, TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE_META, &object);

	if (res != TEE_SUCCESS)
		return res;
	res = read_some(storage, &object, to, limit, ret_len, ret_size);
	if (res != TEE_SUCCESS) {
		object_close(&object);
		return res;
	}
	return TEE_CloseAndDeletePersistentObject1(object);
}

TEE_Result object_remove(uint32_t storage, const struct object_id *id)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = open_for(storage, id, TEE_DATA_FLAG_ACCESS_WRITE_META, &object);

	if (res != TEE_SUCCESS)
		return res;
	return TEE_CloseAndDeletePersistentObject1(object);
}

TEE_Result object_begin(uint32_t storage, const struct object_id *id, const void *data, size_t len,
	TEE_ObjectHandle *ret_object)
{
	TEE_Result res =
		make(storage, id, TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_ACCESS_WRITE_META,
			data, len, ret_object);

	if (res != TEE_SUCCESS)
		return res;
	return TEE_SeekObjectData(*ret_object, 0, TEE_DATA_SEEK_END);
}

TEE_Result object_append(TEE_ObjectHandle *object, const void *data, size_t len)
{
	TEE_Result res = TEE_WriteObjectData(*object, data, len);

	if (res == TEE_ERROR_CORRUPT_OBJECT)
		*object = TEE_HANDLE_NULL;
	return res;
}

TEE_Result object_open(uint32_t storage, const struct object_id *id, TEE_ObjectHandle *ret_object,
	size_t *ret_size)
{
	return open_sized(storage, id, TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_SHARE_READ,
		ret_object, ret_size);
}

TEE_Result object_open_alone(uint32_t storage, const struct object_id *id,
	TEE_ObjectHandle *ret_object, size_t *ret_size)
{
	TEE_Result res = open_sized(storage, id,
		TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE, ret_object, ret_size);

	if (res == TEE_SUCCESS && is_unwritten(storage, *ret_size)) {
		object_close(ret_object);
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	return res;
}

TEE_Result object_read_at(TEE_ObjectHandle *object, size_t at, void *to, size_t len)
{
	const TEE_Result res = TEE_SeekObjectData(*object, (intmax_t)at, TEE_DATA_SEEK_SET);

	return res == TEE_SUCCESS ? object_read_next(object, to, len) : res;
}

TEE_Result object_write_at(TEE_ObjectHandle *object, size_t at, const void *data, size_t len)
{
	const TEE_Result res = TEE_SeekObjectData(*object, (intmax_t)at, TEE_DATA_SEEK_SET);

	return res == TEE_SUCCESS ? object_append(object, data, len) : res;
}

TEE_Result object_read_next(TEE_ObjectHandle *object, void *to, size_t len)
{
	size_t got = 0;
	TEE_Result res = TEE_ReadObjectData(*object, to, len, &got);

	if (res == TEE_ERROR_CORRUPT_OBJECT)
		*object = TEE_HANDLE_NULL;
	if (res == TEE_SUCCESS && got != len)
		return TEE_ERROR_CORRUPT_OBJECT;
	return res;
}

void object_close(TEE_ObjectHandle *object)
{
	TEE_CloseObject(*object);
	*object = TEE_HANDLE_NULL;
}

void object_discard(TEE_ObjectHandle *object)
{
	/* What cannot be removed now has no head, so the next list removes it. */
	if (*object != TEE_HANDLE_NULL)
		TEE_CloseAndDeletePersistentObject1(*object);
	*object = TEE_HANDLE_NULL;
}

TEE_Result object_list_begin(uint32_t storage, struct object_list *ret_list)
{
	struct object_list list = {0};
	TEE_Result res = TEE_AllocatePersistentObjectEnumerator(&list.handle);

	if (res == TEE_SUCCESS)
		res = TEE_StartPersistentObjectEnumerator(list.handle, gp_storage(storage));
	if (res == TEE_SUCCESS)
		*ret_list = list;
	else
		object_list_end(&list);
	return res;
}

TEE_Result object_list_next(struct object_list *list, struct object_id *ret_id)
{
	TEE_MemFill(ret_id, 0, sizeof(*ret_id));
	ret_id->len = sizeof(ret_id->bytes);
	return TEE_GetNextPersistentObject(list->handle, NULL, ret_id->bytes, &ret_id->len);
}

bool object_list_is_open(const struct object_list *list)
{
	return list->handle != TEE_HANDLE_NULL;
}

void object_list_end(struct object_list *list)
{
	TEE_FreePersistentObjectEnumerator(list->handle);
	list->handle = TEE_HANDLE_NULL;
}
