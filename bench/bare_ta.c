/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The yardstick: one GP persistent object an entry and nothing else. No owners, no tags, no format,
 * no atomic create: what a TA does that uses OP-TEE's storage as its examples show. It is a tool
 * of the benchmark only; nothing of value may be kept in it. It also does the vault's AEADs alone
 * (bare_aead.c), and has one key in memory (bare_key.c).
 */
#include "bare_ta.h"
#include "bare_aead.h"
#include "bare_key.h"

#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#define STORAGE TEE_STORAGE_PRIVATE_REE

#define NONE TEE_PARAM_TYPE_NONE
#define TYPES_EMPTY TEE_PARAM_TYPES(NONE, NONE, NONE, NONE)
#define TYPES_ID TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, NONE, NONE, NONE)
#define TYPES_IN \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_INPUT, NONE, NONE)
#define TYPES_OUT \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, NONE, NONE)
#define TYPES_STAT \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, NONE, TEE_PARAM_TYPE_VALUE_OUTPUT, NONE)
#define TYPES_COUNT TEE_PARAM_TYPES(NONE, NONE, TEE_PARAM_TYPE_VALUE_OUTPUT, NONE)
#define TYPES_NUMBER TEE_PARAM_TYPES(NONE, NONE, TEE_PARAM_TYPE_VALUE_INPUT, NONE)

struct id {
	uint8_t bytes[TEE_OBJECT_ID_MAX_LEN];
	size_t len;
};

/* Content passes through here: objects are written and read through private memory only. */
static uint8_t step[BARE_STEP];

/* Held open between calls, so that dirf.db is not closed and verified anew each time. */
static TEE_ObjectHandle pinned;

static TEE_Result take_id(const TEE_Param *param, struct id *ret_id)
{
	const size_t len = param->memref.size;

	if (len == 0 || len > sizeof(ret_id->bytes))
		return TEE_ERROR_BAD_PARAMETERS;
	TEE_MemMove(ret_id->bytes, param->memref.buffer, len);
	ret_id->len = len;
	return TEE_SUCCESS;
}

static size_t step_of(size_t left)
{
	return left < sizeof(step) ? left : sizeof(step);
}

static TEE_Result open_object(const struct id *id, uint32_t flags, TEE_ObjectHandle *ret_object)
{
	return TEE_OpenPersistentObject(STORAGE, id->bytes, id->len, flags, ret_object);
}

static TEE_Result create(const struct id *id, uint32_t flags, TEE_ObjectHandle *ret_object)
{
	return TEE_CreatePersistentObject(STORAGE, id->bytes, id->len,
		flags | TEE_DATA_FLAG_ACCESS_WRITE, TEE_HANDLE_NULL, NULL, 0, ret_object);
}

static TEE_Result pin(const struct id *id)
{
	if (pinned != TEE_HANDLE_NULL)
		return TEE_ERROR_BAD_STATE;
	return create(id, TEE_DATA_FLAG_OVERWRITE, &pinned);
}

/*
 * OP-TEE 4.5 and 4.10 lose count of dirf.db's users at the end of each enumeration, so that it
 * stays open for good; but they close it, whoever uses it, when an object is not found.
 */
static TEE_Result unpin(void)
{
	static const struct id nothing = {.bytes = {'?'}, .len = 1};
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = TEE_SUCCESS;

	TEE_CloseObject(pinned);
	pinned = TEE_HANDLE_NULL;
	res = open_object(&nothing, TEE_DATA_FLAG_ACCESS_READ, &object);
	TEE_CloseObject(object);
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : TEE_ERROR_BAD_STATE;
}

static TEE_Result write(const struct id *id, uint32_t flags, const TEE_Param *content)
{
	const uint8_t *from = content->memref.buffer;
	size_t left = content->memref.size;
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = create(id, flags, &object);

	while (res == TEE_SUCCESS && left > 0) {
		const size_t len = step_of(left);

		TEE_MemMove(step, from, len);
		res = TEE_WriteObjectData(object, step, len);
		from += len;
		left -= len;
	}
	TEE_CloseObject(object);
	return res;
}

static TEE_Result read(const struct id *id, TEE_Param *content)
{
	uint8_t *to = content->memref.buffer;
	size_t left = content->memref.size;
	size_t len = 1;
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = open_object(id, TEE_DATA_FLAG_ACCESS_READ, &object);

	while (res == TEE_SUCCESS && left > 0 && len > 0) {
		res = TEE_ReadObjectData(object, step, step_of(left), &len);
		if (res != TEE_SUCCESS)
			break;
		TEE_MemMove(to, step, len);
		to += len;
		left -= len;
	}
	content->memref.size -= left;
	/* OP-TEE has closed the handle of an object that it found damaged. */
	if (res != TEE_ERROR_CORRUPT_OBJECT)
		TEE_CloseObject(object);
	return res;
}

static TEE_Result stat(const struct id *id, TEE_Param *number)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_ObjectInfo info = {0};
	TEE_Result res = open_object(id, TEE_DATA_FLAG_ACCESS_READ, &object);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_GetObjectInfo1(object, &info);
	number->value.a = (uint32_t)info.dataSize;
	TEE_CloseObject(object);
	return res;
}

static TEE_Result remove_object(const struct id *id)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = open_object(id, TEE_DATA_FLAG_ACCESS_WRITE_META, &object);

	if (res != TEE_SUCCESS)
		return res;
	return TEE_CloseAndDeletePersistentObject1(object);
}

static TEE_Result count(TEE_Param *number)
{
	TEE_ObjectEnumHandle list = TEE_HANDLE_NULL;
	struct id id = {0};
	TEE_Result res = TEE_AllocatePersistentObjectEnumerator(&list);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_StartPersistentObjectEnumerator(list, STORAGE);
	for (number->value.a = 0; res == TEE_SUCCESS; number->value.a++) {
		id.len = sizeof(id.bytes);
		res = TEE_GetNextPersistentObject(list, NULL, id.bytes, &id.len);
	}
	number->value.a--;
	TEE_FreePersistentObjectEnumerator(list);
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : res;
}

/* What is opened must have been sealed. */
static TEE_Result aead(bool is_gcm, const TEE_Param *numbers)
{
	const bool is_opening = numbers->value.b != 0;
	const TEE_Result res = bare_seal(is_gcm, is_opening ? 1 : numbers->value.a, BARE_CHUNK);

	return res == TEE_SUCCESS && is_opening ? bare_open(is_gcm, numbers->value.a, BARE_CHUNK)
						: res;
}

static size_t take_len(const TEE_Param *number)
{
	return number->value.a < BARE_CHUNK ? number->value.a : BARE_CHUNK;
}

static const uint32_t types_of[] = {
	[BARE_EMPTY] = TYPES_EMPTY,
	[BARE_PIN] = TYPES_ID,
	[BARE_UNPIN] = TYPES_EMPTY,
	[BARE_CREATE] = TYPES_IN,
	[BARE_REPLACE] = TYPES_IN,
	[BARE_READ] = TYPES_OUT,
	[BARE_STAT] = TYPES_STAT,
	[BARE_DELETE] = TYPES_ID,
	[BARE_COUNT] = TYPES_COUNT,
	[BARE_CHACHA] = TYPES_NUMBER,
	[BARE_GCM] = TYPES_NUMBER,
	[BARE_KEY_NEW] = TYPES_NUMBER,
	[BARE_KEY_SIGN] = TYPES_EMPTY,
	[BARE_KEY_ENCRYPT] = TYPES_NUMBER,
	[BARE_KEY_DECRYPT] = TYPES_NUMBER,
};

TEE_Result TA_InvokeCommandEntryPoint(
	void *session, uint32_t command, uint32_t types, TEE_Param params[4])
{
	struct id id = {0};
	TEE_Result res = TEE_SUCCESS;

	(void)session;
	if (command >= sizeof(types_of) / sizeof(types_of[0]))
		return TEE_ERROR_NOT_SUPPORTED;
	if (types != types_of[command])
		return TEE_ERROR_BAD_PARAMETERS;
	if (TEE_PARAM_TYPE_GET(types, 0) != NONE)
		res = take_id(&params[0], &id);
	if (res != TEE_SUCCESS)
		return res;

	switch (command) {
	case BARE_PIN:
		return pin(&id);
	case BARE_UNPIN:
		return unpin();
	case BARE_CREATE:
		return write(&id, 0, &params[1]);
	case BARE_REPLACE:
		return write(&id, TEE_DATA_FLAG_OVERWRITE, &params[1]);
	case BARE_READ:
		return read(&id, &params[1]);
	case BARE_STAT:
		return stat(&id, &params[2]);
	case BARE_DELETE:
		return remove_object(&id);
	case BARE_COUNT:
		return count(&params[2]);
	case BARE_CHACHA:
		return aead(false, &params[2]);
	case BARE_GCM:
		return aead(true, &params[2]);
	case BARE_KEY_NEW:
		return bare_key_new(params[2].value.a);
	case BARE_KEY_SIGN:
		return bare_key_sign();
	case BARE_KEY_ENCRYPT:
		return bare_key_encrypt(take_len(&params[2]));
	case BARE_KEY_DECRYPT:
		return bare_key_decrypt(take_len(&params[2]));
	default:
		return TEE_SUCCESS;
	}
}

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[4], void **session)
{
	(void)types;
	(void)params;
	(void)session;
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *session)
{
	(void)session;
}
