// SPDX-License-Identifier: BSD-2-Clause
/*
 * A TA for the tests of the fake itself: it counts in static memory, panics, echoes, and says who
 * called it. No part of festore.
 */
#include <tee_internal_api.h>

#include "sample.h"

static uint32_t opened;
static uint32_t started = 41;

TEE_Result TA_CreateEntryPoint(void)
{
	started++;
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(
	uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **session)
{
	(void)types;
	(void)params;
	opened++;
	*session = TEE_Malloc(sizeof(uint32_t), TEE_MALLOC_FILL_ZERO);
	return *session ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

void TA_CloseSessionEntryPoint(void *session)
{
	TEE_Free(session);
}

static TEE_Result count(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0, 0))
		return TEE_ERROR_BAD_PARAMETERS;
	params[0].value.a = opened;
	params[0].value.b = started;
	return TEE_SUCCESS;
}

/* Says in the second parameter's size how much it would need, and gives it if there is room. */
static TEE_Result echo(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	const size_t room = params[1].memref.size;

	if (types !=
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0))
		return TEE_ERROR_BAD_PARAMETERS;
	params[1].memref.size = params[0].memref.size;
	if (room < params[0].memref.size)
		return TEE_ERROR_SHORT_BUFFER;
	TEE_MemMove(params[1].memref.buffer, params[0].memref.buffer, params[0].memref.size);
	return TEE_SUCCESS;
}

static TEE_Result who(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Identity identity = {0};
	TEE_Result res = TEE_SUCCESS;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, TEE_PARAM_TYPE_VALUE_INOUT, 0, 0))
		return TEE_ERROR_BAD_PARAMETERS;
	res = TEE_GetPropertyAsIdentity(
		TEE_PROPSET_CURRENT_CLIENT, "gpd.client.identity", &identity);
	params[0].value.a = identity.login;
	params[0].value.b = identity.uuid.timeLow;
	params[1].value.a++;
	params[1].value.b = identity.uuid.clockSeqAndNode[7];
	return res;
}

/* Uses an object's name straight from shared memory, which no TA may do. */
static TEE_Result open_shared_id(TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;

	return TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, params[0].memref.buffer,
		params[0].memref.size, TEE_DATA_FLAG_ACCESS_READ, &object);
}

/* Fetches the first byte of shared memory twice, with a GP call between. */
static TEE_Result fetch_twice(TEE_Param params[TEE_NUM_PARAMS])
{
	const volatile uint8_t *byte = params[0].memref.buffer;
	const uint8_t first = *byte;
	TEE_Time now = {0};

	TEE_GetSystemTime(&now);
	return *byte == first ? TEE_SUCCESS : TEE_ERROR_SECURITY;
}

static TEE_Result store(TEE_Param params[TEE_NUM_PARAMS])
{
	static uint8_t bytes[64];
	const size_t len =
		params[0].memref.size < sizeof(bytes) ? params[0].memref.size : sizeof(bytes);

	TEE_MemMove(bytes, params[0].memref.buffer, len);
	return TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, "sample", 6, TEE_DATA_FLAG_OVERWRITE,
		TEE_HANDLE_NULL, bytes, len, NULL);
}

static TEE_Result may_write(TEE_Param params[TEE_NUM_PARAMS])
{
	return TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_WRITE | TEE_MEMORY_ACCESS_ANY_OWNER,
		params[0].memref.buffer, params[0].memref.size);
}

TEE_Result TA_InvokeCommandEntryPoint(
	void *session, uint32_t command, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)session;
	switch (command) {
	case SAMPLE_COUNT:
		return count(types, params);
	case SAMPLE_ECHO:
		return echo(types, params);
	case SAMPLE_WHO:
		return who(types, params);
	case SAMPLE_PANIC:
		TEE_Panic(0xbad);
		return TEE_SUCCESS;
	case SAMPLE_OPEN_SHARED_ID:
		return open_shared_id(params);
	case SAMPLE_FETCH_TWICE:
		return fetch_twice(params);
	case SAMPLE_STORE:
		return store(params);
	case SAMPLE_MAY_WRITE:
		return may_write(params);
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}
