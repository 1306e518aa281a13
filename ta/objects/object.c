/* SPDX-License-Identifier: BSD-2-Clause */
/* Thin over GP. */
#include "object.h"

static TEE_Result open_for(
	uint32_t storage, const struct object_id *id, uint32_t flags, TEE_ObjectHandle *ret_object)
{
	return TEE_OpenPersistentObject(storage, id->bytes, id->len, flags, ret_object);
}

TEE_Result object_write(uint32_t storage, const struct object_id *id, const void *data, size_t len,
	bool may_replace)
{
	const uint32_t flags = may_replace ? TEE_DATA_FLAG_OVERWRITE : 0;

	/* No handle is asked for, so there is none to close. */
	return TEE_CreatePersistentObject(
		storage, id->bytes, id->len, flags, TEE_HANDLE_NULL, data, len, NULL);
}

static TEE_Result read_some(
	TEE_ObjectHandle *object, void *to, size_t limit, size_t *ret_len, size_t *ret_size)
{
	TEE_ObjectInfo info = {0};
	size_t len = 0;
	TEE_Result res = TEE_GetObjectInfo1(*object, &info);

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
	res = read_some(&object, to, limit, ret_len, ret_size);
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
	res = read_some(&object, to, limit, ret_len, ret_size);
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
	TEE_Result res = TEE_CreatePersistentObject(storage, id->bytes, id->len,
		TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_ACCESS_WRITE_META, TEE_HANDLE_NULL, data,
		len, ret_object);

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

TEE_Result object_open(uint32_t storage, const struct object_id *id, TEE_ObjectHandle *ret_object,
	size_t *ret_size)
{
	return open_sized(storage, id, TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_SHARE_READ,
		ret_object, ret_size);
}

TEE_Result object_open_alone(uint32_t storage, const struct object_id *id,
	TEE_ObjectHandle *ret_object, size_t *ret_size)
{
	return open_sized(storage, id, TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE,
		ret_object, ret_size);
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
		res = TEE_StartPersistentObjectEnumerator(list.handle, storage);
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
