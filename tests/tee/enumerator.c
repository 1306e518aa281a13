// SPDX-License-Identifier: BSD-2-Clause
/*
 * Enumerating persistent objects, as OP-TEE's tee_svc_storage.c and fs_dirfile.c do it: in the
 * order of places, which a replace keeps; a damaged object is reported, passed over and left alone.
 */
#include <stdlib.h>
#include <string.h>

#include "storage.h"

struct enumerator {
	struct enumerator *next;
	bool started;
	uint32_t storage;
	uint32_t slot;
};

static const TEE_Result answers[] = {
	TEE_ERROR_ITEM_NOT_FOUND,
	TEE_ERROR_CORRUPT_OBJECT,
	TEE_ERROR_STORAGE_NOT_AVAILABLE,
	TEE_SUCCESS,
};

static struct enumerator **link_of(struct instance *instance, const struct enumerator *enumerator)
{
	struct enumerator **link = &instance->enumerators;

	while (*link && *link != enumerator)
		link = &(*link)->next;
	return link;
}

static struct enumerator *enumerator_of(TEE_ObjectEnumHandle handle)
{
	struct enumerator *enumerator =
		*link_of(fake_call()->instance, (struct enumerator *)(void *)handle);

	if (!enumerator)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	return enumerator;
}

static void enumerator_free(struct instance *instance, struct enumerator *enumerator)
{
	*link_of(instance, enumerator) = enumerator->next;
	fake_counters.enumerators--;
	free(enumerator);
}

void fake_enumerators_drop(struct instance *instance)
{
	while (instance->enumerators)
		enumerator_free(instance, instance->enumerators);
}

TEE_Result TEE_AllocatePersistentObjectEnumerator(TEE_ObjectEnumHandle *objectEnumerator)
{
	struct instance *instance = fake_call()->instance;
	struct enumerator *enumerator = NULL;

	fake_begin(__func__);
	fake_need_private(objectEnumerator, sizeof(*objectEnumerator));
	enumerator = calloc(1, sizeof(*enumerator));
	/* Out of the core's memory is no answer that libutee passes on here. */
	if (!enumerator)
		fake_panic(TEE_ERROR_OUT_OF_MEMORY);
	enumerator->next = instance->enumerators;
	instance->enumerators = enumerator;
	fake_counters.enumerators++;
	*objectEnumerator = (TEE_ObjectEnumHandle)(void *)enumerator;
	return TEE_SUCCESS;
}

void TEE_FreePersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator)
{
	fake_begin(__func__);
	if (objectEnumerator != TEE_HANDLE_NULL)
		enumerator_free(fake_call()->instance, enumerator_of(objectEnumerator));
}

void TEE_ResetPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator)
{
	fake_begin(__func__);
	if (objectEnumerator != TEE_HANDLE_NULL)
		enumerator_of(objectEnumerator)->started = false;
}

static struct object_name place_of(uint32_t storage)
{
	return (struct object_name){.ta = fake_call()->instance->ta->uuid, .storage = storage};
}

static TEE_Result start(struct enumerator *enumerator, uint32_t storage)
{
	struct object_name place;
	uint32_t slot = 0;

	enumerator->started = false;
	if (storage == TEE_STORAGE_PRIVATE)
		storage = TEE_STORAGE_PRIVATE_REE;
	if (!fake_has_storage(storage))
		return TEE_ERROR_ITEM_NOT_FOUND;
	place = place_of(storage);
	enumerator->storage = storage;
	enumerator->slot = 0;
	enumerator->started = store_next(&place, &slot) == TEE_SUCCESS;
	return enumerator->started ? TEE_SUCCESS : TEE_ERROR_ITEM_NOT_FOUND;
}

TEE_Result TEE_StartPersistentObjectEnumerator(
	TEE_ObjectEnumHandle objectEnumerator, uint32_t storageID)
{
	TEE_Result res = storage_begin(__func__, FAKE_STORAGE_ANY);
	struct enumerator *enumerator = enumerator_of(objectEnumerator);

	if (res == TEE_SUCCESS)
		res = start(enumerator, storageID);
	return storage_end(res, answers);
}

static void info_fill(
	TEE_ObjectInfo *info, const struct object_name *name, const struct contents *contents)
{
	uint32_t flags = 0;

	object_is_open(name, &flags);
	*info = (TEE_ObjectInfo){
		.objectType = TEE_TYPE_DATA,
		.dataSize = contents->len,
		.handleFlags = flags | TEE_HANDLE_FLAG_PERSISTENT | TEE_HANDLE_FLAG_INITIALIZED,
	};
}

static TEE_Result next(
	struct enumerator *enumerator, TEE_ObjectInfo *info, void *id, size_t *id_len)
{
	struct object_name name = place_of(enumerator->storage);
	struct contents contents = {0};
	TEE_Result res = TEE_ERROR_ITEM_NOT_FOUND;

	if (enumerator->started)
		res = store_next(&name, &enumerator->slot);
	if (res != TEE_SUCCESS)
		return res;
	enumerator->slot++;
	res = store_read(&name, &contents);
	if (res != TEE_SUCCESS)
		return res;
	if (info)
		info_fill(info, &name, &contents);
	memcpy(id, name.id, name.id_len);
	*id_len = name.id_len;
	free(contents.data);
	return TEE_SUCCESS;
}

/* The core wants room for the longest id whatever the length says; moving the bytes in place lets
 * the sanitizer look. */
static void need_id_room(void *id)
{
	if (!id)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_need_private(id, TEE_OBJECT_ID_MAX_LEN);
	memmove(id, id, TEE_OBJECT_ID_MAX_LEN);
}

TEE_Result TEE_GetNextPersistentObject(TEE_ObjectEnumHandle objectEnumerator,
	TEE_ObjectInfo *objectInfo, void *objectID, size_t *objectIDLen)
{
	TEE_Result res = storage_begin(__func__, FAKE_STORAGE_ANY);
	struct enumerator *enumerator = enumerator_of(objectEnumerator);

	if (objectInfo)
		fake_need_private(objectInfo, sizeof(*objectInfo));
	fake_need_private(objectIDLen, sizeof(*objectIDLen));
	need_id_room(objectID);
	if (res == TEE_SUCCESS)
		res = next(enumerator, objectInfo, objectID, objectIDLen);
	return storage_end(res, answers);
}
