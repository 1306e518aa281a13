// SPDX-License-Identifier: BSD-2-Clause
/*
 * Persistent objects through GP calls, with the answers, panics and sharing rules of OP-TEE's
 * tee_api_objects.c, tee_svc_storage.c and tee_pobj.c. Buffers must be the TA's own even where
 * OP-TEE would not insist: festore's rule.
 */
#include <stdlib.h>
#include <string.h>

#include "storage.h"

#define FLAG_DONT_CLOSE_CORRUPT (1u << 11)
#define FLAGS_OPEN \
	(TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE | \
		TEE_DATA_FLAG_ACCESS_WRITE_META | TEE_DATA_FLAG_SHARE_READ | \
		TEE_DATA_FLAG_SHARE_WRITE)
#define FLAGS_CREATE (FLAGS_OPEN | TEE_DATA_FLAG_OVERWRITE)

struct object {
	struct object *next;
	struct object_name name;
	uint32_t flags;
	size_t size;
	size_t position;
};

/* What libutee passes on to the TA; anything else panics it. */
static const TEE_Result open_answers[] = {
	TEE_ERROR_ITEM_NOT_FOUND,
	TEE_ERROR_ACCESS_CONFLICT,
	TEE_ERROR_OUT_OF_MEMORY,
	TEE_ERROR_CORRUPT_OBJECT,
	TEE_ERROR_STORAGE_NOT_AVAILABLE,
	TEE_SUCCESS,
};
static const TEE_Result create_answers[] = {
	TEE_ERROR_ITEM_NOT_FOUND,
	TEE_ERROR_ACCESS_CONFLICT,
	TEE_ERROR_OUT_OF_MEMORY,
	TEE_ERROR_STORAGE_NO_SPACE,
	TEE_ERROR_CORRUPT_OBJECT,
	TEE_ERROR_STORAGE_NOT_AVAILABLE,
	TEE_SUCCESS,
};
static const TEE_Result delete_answers[] = {TEE_ERROR_STORAGE_NOT_AVAILABLE, TEE_SUCCESS};
static const TEE_Result rename_answers[] = {
	TEE_ERROR_ACCESS_CONFLICT,
	TEE_ERROR_CORRUPT_OBJECT,
	TEE_ERROR_STORAGE_NOT_AVAILABLE,
	TEE_SUCCESS,
};
static const TEE_Result read_answers[] = {
	TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE, TEE_SUCCESS};
static const TEE_Result write_answers[] = {
	TEE_ERROR_STORAGE_NO_SPACE,
	TEE_ERROR_OVERFLOW,
	TEE_ERROR_CORRUPT_OBJECT,
	TEE_ERROR_STORAGE_NOT_AVAILABLE,
	TEE_SUCCESS,
};

static struct object **link_of(struct instance *instance, const struct object *object)
{
	struct object **link = &instance->objects;

	while (*link && *link != object)
		link = &(*link)->next;
	return link;
}

/* The object of a handle; an unknown handle panics, as does one that was closed. */
static struct object *object_of(TEE_ObjectHandle handle)
{
	struct object *object = *link_of(fake_call()->instance, (struct object *)(void *)handle);

	if (!object)
		fake_panic(TEE_ERROR_BAD_STATE);
	return object;
}

static void object_close(struct instance *instance, struct object *object)
{
	*link_of(instance, object) = object->next;
	fake_counters.handles--;
	free(object);
}

void fake_objects_drop(struct instance *instance)
{
	while (instance->objects)
		object_close(instance, instance->objects);
}

static bool same_name(const struct object_name *a, const struct object_name *b)
{
	return a->storage == b->storage && a->id_len == b->id_len &&
		memcmp(a->id, b->id, a->id_len) == 0;
}

bool object_is_open(const struct object_name *name, uint32_t *ret_flags)
{
	for (struct object *o = fake_call()->instance->objects; o; o = o->next) {
		if (same_name(&o->name, name)) {
			*ret_flags = o->flags;
			return true;
		}
	}
	return false;
}

/* May two handles with these flags be open at once? GP's table of sharing, as tee_pobj.c reads it.
 */
static bool may_share(uint32_t a, uint32_t b)
{
	const uint32_t either = a | b;
	const uint32_t both = a & b;
	const uint32_t differ = a ^ b;

	if (either & TEE_DATA_FLAG_ACCESS_WRITE_META)
		return false;
	if (differ & (TEE_DATA_FLAG_SHARE_READ | TEE_DATA_FLAG_SHARE_WRITE))
		return false;
	if ((either & TEE_DATA_FLAG_ACCESS_READ) && !(both & TEE_DATA_FLAG_SHARE_READ))
		return false;
	return !(either & TEE_DATA_FLAG_ACCESS_WRITE) || (both & TEE_DATA_FLAG_SHARE_WRITE);
}

static TEE_Result check_sharing(const struct object_name *name, uint32_t flags)
{
	uint32_t open_flags = 0;

	if (object_is_open(name, &open_flags) && !may_share(open_flags, flags))
		return TEE_ERROR_ACCESS_CONFLICT;
	return TEE_SUCCESS;
}

/* A name from what a TA hands over. Too long an id is an error that panics; an id in shared memory
 * too. */
static TEE_Result name_make(
	uint32_t storage, const void *id, size_t id_len, struct object_name *ret_name)
{
	memset(ret_name, 0, sizeof(*ret_name));
	if (storage == TEE_STORAGE_PRIVATE)
		storage = TEE_STORAGE_PRIVATE_REE;
	if (!fake_has_storage(storage))
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (id_len > sizeof(ret_name->id))
		return TEE_ERROR_BAD_PARAMETERS;
	fake_need_private(id, id_len);
	ret_name->ta = fake_call()->instance->ta->uuid;
	ret_name->storage = storage;
	ret_name->id_len = id_len;
	if (id_len)
		memcpy(ret_name->id, id, id_len);
	return TEE_SUCCESS;
}

static TEE_Result object_add(
	const struct object_name *name, uint32_t flags, size_t size, TEE_ObjectHandle *ret_handle)
{
	struct instance *instance = fake_call()->instance;
	struct object *object = calloc(1, sizeof(*object));

	if (!object)
		return TEE_ERROR_OUT_OF_MEMORY;
	object->name = *name;
	object->flags = flags | TEE_HANDLE_FLAG_PERSISTENT | TEE_HANDLE_FLAG_INITIALIZED;
	object->size = size;
	object->next = instance->objects;
	instance->objects = object;
	fake_counters.handles++;
	*ret_handle = (TEE_ObjectHandle)(void *)object;
	return TEE_SUCCESS;
}

static TEE_Result change_remove(void *arg)
{
	return store_remove(arg);
}

/* The core removes a damaged object at once, and closes its handle unless the TA's flags ask to
 * keep it. */
static void remove_corrupt(struct object *object)
{
	struct instance *instance = fake_call()->instance;

	storage_write(change_remove, &object->name);
	if (!(instance->ta->flags & FLAG_DONT_CLOSE_CORRUPT))
		object_close(instance, object);
}

static TEE_Result open_object(
	TEE_Result planned, struct object_name *name, uint32_t flags, TEE_ObjectHandle *ret_handle)
{
	struct contents contents = {0};
	TEE_Result res = check_sharing(name, flags);

	if (res != TEE_SUCCESS)
		return res;
	res = planned == TEE_SUCCESS ? store_read(name, &contents) : planned;
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		storage_write(change_remove, name);
	if (res == TEE_SUCCESS)
		res = object_add(name, flags, contents.len, ret_handle);
	free(contents.data);
	return res;
}

TEE_Result TEE_OpenPersistentObject(uint32_t storageID, const void *objectID, size_t objectIDLen,
	uint32_t flags, TEE_ObjectHandle *object)
{
	const TEE_Result planned = storage_begin(__func__, FAKE_STORAGE_ANY);
	struct object_name name;
	TEE_Result res = TEE_SUCCESS;

	fake_need_private(object, sizeof(*object));
	res = flags & ~(uint32_t)FLAGS_OPEN ? TEE_ERROR_BAD_PARAMETERS
					    : name_make(storageID, objectID, objectIDLen, &name);
	*object = TEE_HANDLE_NULL;
	if (res == TEE_SUCCESS)
		res = open_object(planned, &name, flags, object);
	return storage_end(res, open_answers);
}

/* What a change writes. */
struct bytes {
	const struct object_name *name;
	const uint8_t *data;
	size_t len;
};

static TEE_Result change_put(void *arg)
{
	const struct bytes *bytes = arg;

	return store_put(bytes->name, bytes->data, bytes->len);
}

/* On REE one change; on RPMB the old object goes first, and a power cut between leaves none. */
static TEE_Result replace(struct object_name *name, const void *data, size_t len)
{
	struct bytes bytes = {.name = name, .data = data, .len = len};
	TEE_Result res = TEE_SUCCESS;

	if (name->storage == TEE_STORAGE_PRIVATE_RPMB && store_exists(name) == TEE_SUCCESS)
		res = storage_write(change_remove, name);
	if (res == TEE_SUCCESS)
		res = storage_write(change_put, &bytes);
	return res;
}

static TEE_Result create_object(struct object_name *name, uint32_t flags, const void *data,
	size_t len, TEE_ObjectHandle *ret_handle)
{
	TEE_ObjectHandle handle = TEE_HANDLE_NULL;
	TEE_Result res = check_sharing(name, flags);

	if (res != TEE_SUCCESS)
		return res;
	if (!(flags & TEE_DATA_FLAG_OVERWRITE) && store_exists(name) == TEE_SUCCESS)
		return TEE_ERROR_ACCESS_CONFLICT;
	res = replace(name, data, len);
	if (res == TEE_SUCCESS && ret_handle) {
		res = object_add(name, flags, len, &handle);
		*ret_handle = handle;
	}
	return res;
}

TEE_Result TEE_CreatePersistentObject(uint32_t storageID, const void *objectID, size_t objectIDLen,
	uint32_t flags, TEE_ObjectHandle attributes, const void *initialData, size_t initialDataLen,
	TEE_ObjectHandle *object)
{
	const TEE_Result planned = storage_begin(__func__, FAKE_STORAGE_WRITE);
	struct object_name name;
	TEE_Result res = TEE_SUCCESS;

	if (object) {
		fake_need_private(object, sizeof(*object));
		*object = TEE_HANDLE_NULL;
	}
	res = flags & ~(uint32_t)FLAGS_CREATE ? TEE_ERROR_BAD_PARAMETERS
					      : name_make(storageID, objectID, objectIDLen, &name);
	/* Objects with attributes, that is key objects, are not modelled: festore stores bytes. */
	if (attributes != TEE_HANDLE_NULL)
		fake_panic(TEE_ERROR_NOT_IMPLEMENTED);
	fake_need_private(initialData, initialDataLen);
	if (res == TEE_SUCCESS)
		res = planned;
	if (res == TEE_SUCCESS)
		res = create_object(&name, flags, initialData, initialDataLen, object);
	return storage_end(res, create_answers);
}

void TEE_CloseObject(TEE_ObjectHandle object)
{
	fake_begin(__func__);
	if (fake_is_transient(object))
		fake_transient_close(object);
	else if (object != TEE_HANDLE_NULL)
		object_close(fake_call()->instance, object_of(object));
}

TEE_Result TEE_CloseAndDeletePersistentObject1(TEE_ObjectHandle object)
{
	TEE_Result res = storage_begin(__func__, FAKE_STORAGE_WRITE);
	struct object *found = NULL;

	if (object == TEE_HANDLE_NULL)
		return TEE_SUCCESS;
	found = object_of(object);
	if (!(found->flags & TEE_DATA_FLAG_ACCESS_WRITE_META))
		fake_panic(TEE_ERROR_ACCESS_CONFLICT);
	/* The handle is gone whatever becomes of the object. */
	if (res == TEE_SUCCESS)
		res = storage_write(change_remove, &found->name);
	object_close(fake_call()->instance, found);
	return storage_end(res, delete_answers);
}

/* A rename: from and to. */
struct names {
	const struct object_name *from;
	const struct object_name *to;
};

static TEE_Result change_rename(void *arg)
{
	const struct names *names = arg;

	return store_rename(names->from, names->to);
}

static TEE_Result rename_object(struct object *object, const struct object_name *to)
{
	struct names names = {.from = &object->name, .to = to};
	uint32_t flags = 0;
	TEE_Result res = TEE_SUCCESS;

	if (!(object->flags & TEE_DATA_FLAG_ACCESS_WRITE_META))
		return TEE_ERROR_BAD_STATE;
	if (object_is_open(to, &flags) || store_exists(to) == TEE_SUCCESS)
		return TEE_ERROR_ACCESS_CONFLICT;
	res = storage_write(change_rename, &names);
	if (res == TEE_SUCCESS)
		object->name = *to;
	return res;
}

TEE_Result TEE_RenamePersistentObject(
	TEE_ObjectHandle object, const void *newObjectID, size_t newObjectIDLen)
{
	TEE_Result res = storage_begin(__func__, FAKE_STORAGE_WRITE);
	struct object_name to;
	struct object *found = object_of(object);

	if (res == TEE_SUCCESS)
		res = name_make(found->name.storage, newObjectID, newObjectIDLen, &to);
	if (res == TEE_SUCCESS)
		res = rename_object(found, &to);
	return storage_end(res, rename_answers);
}

TEE_Result TEE_GetObjectInfo1(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo)
{
	const struct object *found = NULL;

	fake_begin(__func__);
	found = object_of(object);
	fake_need_private(objectInfo, sizeof(*objectInfo));
	*objectInfo = (TEE_ObjectInfo){
		.objectType = TEE_TYPE_DATA,
		.dataSize = found->size,
		.dataPosition = found->position,
		.handleFlags = found->flags,
	};
	return TEE_SUCCESS;
}

/* Reads the whole object for a call that touches [from, to): damage there is damage. */
static TEE_Result load(
	const struct object *object, size_t from, size_t to, struct contents *ret_contents)
{
	TEE_Result res = store_read(&object->name, ret_contents);

	if (res != TEE_SUCCESS)
		return res;
	if (ret_contents->tail_damaged && from < to && to > STORE_BLOCK - STORE_HEADER) {
		free(ret_contents->data);
		ret_contents->data = NULL;
		return TEE_ERROR_CORRUPT_OBJECT;
	}
	return TEE_SUCCESS;
}

static TEE_Result read_at(struct object *object, void *buffer, size_t size, size_t *ret_count)
{
	const size_t left = object->position < object->size ? object->size - object->position : 0;
	const size_t count = size < left ? size : left;
	struct contents contents = {0};
	TEE_Result res = load(object, object->position, object->position + count, &contents);

	if (res != TEE_SUCCESS)
		return res;
	if (count)
		memcpy(buffer, contents.data + object->position, count);
	free(contents.data);
	object->position += count;
	*ret_count = count;
	return TEE_SUCCESS;
}

TEE_Result TEE_ReadObjectData(TEE_ObjectHandle object, void *buffer, size_t size, size_t *count)
{
	TEE_Result res = storage_begin(__func__, FAKE_STORAGE_ANY);
	struct object *found = object_of(object);

	fake_need_private(count, sizeof(*count));
	fake_need_private(buffer, size);
	if (!(found->flags & TEE_DATA_FLAG_ACCESS_READ))
		fake_panic(TEE_ERROR_ACCESS_CONFLICT);
	if (res == TEE_SUCCESS)
		res = read_at(found, buffer, size, count);
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		remove_corrupt(found);
	return storage_end(res, read_answers);
}

/* The bytes of the change under way: kept, since the power may go before its call returns. */
static uint8_t *changing;

/* The object's bytes grown or cut to @len, zeroes where there was nothing; valid until the next. */
static TEE_Result resized(const struct object *object, size_t len, struct contents *ret_contents)
{
	struct contents contents = {0};
	TEE_Result res = load(object, 0, object->size, &contents);
	uint8_t *grown = NULL;

	if (res != TEE_SUCCESS)
		return res;
	grown = calloc(1, len + 1);
	if (grown) {
		memcpy(grown, contents.data, contents.len < len ? contents.len : len);
		free(changing);
		changing = grown;
		*ret_contents = (struct contents){.data = grown, .len = len};
	}
	free(contents.data);
	return grown ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

static TEE_Result store_contents(struct object *object, const struct contents *contents)
{
	struct bytes bytes = {.name = &object->name, .data = contents->data, .len = contents->len};
	TEE_Result res = storage_write(change_put, &bytes);

	if (res == TEE_SUCCESS)
		object->size = contents->len;
	return res;
}

static TEE_Result write_at(struct object *object, const void *buffer, size_t size)
{
	const size_t end = object->position + size;
	struct contents contents = {0};
	TEE_Result res = resized(object, end > object->size ? end : object->size, &contents);

	if (res != TEE_SUCCESS)
		return res;
	if (size)
		memcpy(contents.data + object->position, buffer, size);
	res = store_contents(object, &contents);
	if (res == TEE_SUCCESS)
		object->position = end;
	return res;
}

TEE_Result TEE_WriteObjectData(TEE_ObjectHandle object, const void *buffer, size_t size)
{
	TEE_Result res = storage_begin(__func__, FAKE_STORAGE_WRITE);
	struct object *found = object_of(object);

	fake_need_private(buffer, size);
	if (!(found->flags & TEE_DATA_FLAG_ACCESS_WRITE))
		fake_panic(TEE_ERROR_ACCESS_CONFLICT);
	if (size > TEE_DATA_MAX_POSITION - found->position)
		res = TEE_ERROR_OVERFLOW;
	if (res == TEE_SUCCESS)
		res = write_at(found, buffer, size);
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		remove_corrupt(found);
	return storage_end(res, write_answers);
}

static TEE_Result truncate_to(struct object *object, size_t size)
{
	struct contents contents = {0};
	TEE_Result res = resized(object, size, &contents);

	return res == TEE_SUCCESS ? store_contents(object, &contents) : res;
}

/* The core turns every failure but damage into GENERIC here, at which libutee panics: a full disk
 * kills the TA. */
TEE_Result TEE_TruncateObjectData(TEE_ObjectHandle object, size_t size)
{
	TEE_Result res = storage_begin(__func__, FAKE_STORAGE_WRITE);
	struct object *found = object_of(object);

	if (!(found->flags & TEE_DATA_FLAG_ACCESS_WRITE))
		fake_panic(TEE_ERROR_ACCESS_CONFLICT);
	if (res == TEE_SUCCESS)
		res = truncate_to(found, size);
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		remove_corrupt(found);
	else if (res != TEE_SUCCESS)
		res = TEE_ERROR_GENERIC;
	return storage_end(res, write_answers);
}

/* Where a seek starts from; an unknown whence panics. */
static int64_t seek_base(const struct object *object, TEE_Whence whence)
{
	switch (whence) {
	case TEE_DATA_SEEK_SET:
		return 0;
	case TEE_DATA_SEEK_CUR:
		return (int64_t)object->position;
	case TEE_DATA_SEEK_END:
		return (int64_t)object->size;
	default:
		fake_panic(TEE_ERROR_ITEM_NOT_FOUND);
	}
}

/* Before the start is the start; beyond TEE_DATA_MAX_POSITION is OVERFLOW; no storage is asked. */
TEE_Result TEE_SeekObjectData(TEE_ObjectHandle object, intmax_t offset, TEE_Whence whence)
{
	struct object *found = NULL;
	int64_t position = 0;

	fake_begin(__func__);
	found = object_of(object);
	position = seek_base(found, whence);
	if (offset > (intmax_t)TEE_DATA_MAX_POSITION - position)
		return TEE_ERROR_OVERFLOW;
	position = offset < -position ? 0 : position + offset;
	found->position = (size_t)position;
	return TEE_SUCCESS;
}
