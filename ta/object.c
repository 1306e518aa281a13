/* SPDX-License-Identifier: BSD-2-Clause */
/* Thin over GP: opens, does one thing, closes. */
#include "object.h"

struct object_list {
	TEE_ObjectEnumHandle handle;
};

static TEE_Result open_object(
	uint32_t storage, const struct object_id *id, uint32_t flags, TEE_ObjectHandle *ret_object)
{
	return TEE_OpenPersistentObject(storage, id->bytes, sizeof(id->bytes), flags, ret_object);
}

TEE_Result object_write(uint32_t storage, const struct object_id *id, const void *data, size_t len,
	bool may_replace)
{
	const uint32_t flags = may_replace ? TEE_DATA_FLAG_OVERWRITE : 0;

	/* No handle is asked for, so there is none to close. */
	return TEE_CreatePersistentObject(
		storage, id->bytes, sizeof(id->bytes), flags, TEE_HANDLE_NULL, data, len, NULL);
}

TEE_Result object_read(uint32_t storage, const struct object_id *id, void *to, size_t limit,
	size_t *ret_len, size_t *ret_size)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_ObjectInfo info = {0};
	size_t len = 0;
	TEE_Result res = open_object(storage, id, TEE_DATA_FLAG_ACCESS_READ, &object);

	if (res != TEE_SUCCESS)
		return res;

	res = TEE_GetObjectInfo1(object, &info);
	if (res == TEE_SUCCESS)
		res = TEE_ReadObjectData(object, to, limit, &len);
	if (res == TEE_SUCCESS) {
		*ret_len = len;
		*ret_size = info.dataSize;
	}
	/* OP-TEE has closed the handle of an object that it found damaged, and panics on another.
	 */
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		object = TEE_HANDLE_NULL;
	TEE_CloseObject(object);
	return res;
}

TEE_Result object_remove(uint32_t storage, const struct object_id *id)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = open_object(storage, id, TEE_DATA_FLAG_ACCESS_WRITE_META, &object);

	if (res != TEE_SUCCESS)
		return res;
	return TEE_CloseAndDeletePersistentObject1(object);
}

TEE_Result object_list_begin(uint32_t storage, struct object_list **ret_list)
{
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;
	struct object_list *list = TEE_Malloc(sizeof(*list), TEE_MALLOC_FILL_ZERO);

	if (!list)
		return res;

	res = TEE_AllocatePersistentObjectEnumerator(&list->handle);
	if (res == TEE_SUCCESS)
		res = TEE_StartPersistentObjectEnumerator(list->handle, storage);
	if (res != TEE_SUCCESS) {
		object_list_end(&list);
		return res;
	}
	*ret_list = list;
	return TEE_SUCCESS;
}

TEE_Result object_list_next(struct object_list *list, struct object_id *ret_id)
{
	uint8_t bytes[TEE_OBJECT_ID_MAX_LEN] = {0};
	size_t len = 0;
	TEE_Result res = TEE_SUCCESS;

	do {
		len = sizeof(bytes);
		res = TEE_GetNextPersistentObject(list->handle, NULL, bytes, &len);
		/* Ids of another length belong to another version of festore. */
	} while (res == TEE_SUCCESS && len != OBJECT_ID_LEN);

	if (res == TEE_SUCCESS)
		TEE_MemMove(ret_id->bytes, bytes, OBJECT_ID_LEN);
	return res;
}

void object_list_end(struct object_list **list)
{
	if (!*list)
		return;
	TEE_FreePersistentObjectEnumerator((*list)->handle);
	TEE_Free(*list);
	*list = NULL;
}
