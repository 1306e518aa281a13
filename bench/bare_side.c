/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bare TA's side, through libteec: one session, and shared memory that is allocated once, which
 * is the cheapest way to hand over content.
 */
#include "bare_ta.h"
#include "side.h"

#include <stdio.h>
#include <string.h>
#include <tee_client_api.h>

#define CONTENT_MAX ((size_t)1024 * 1024)
#define ID_MAX ((size_t)64)

static const TEEC_UUID uuid = BARE_TA_UUID;

static TEEC_Context context;
static TEEC_Session session;
static TEEC_SharedMemory id_block = {.size = ID_MAX, .flags = TEEC_MEM_INPUT};
static TEEC_SharedMemory block = {
	.size = CONTENT_MAX,
	.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT,
};

static int answer(const char *what, TEEC_Result res)
{
	if (res == TEEC_SUCCESS)
		return 0;
	fprintf(stderr, "bench: bare: %s: TEEC 0x%08x\n", what, res);
	return SIDE_FAILED;
}

static int open_side(const char *vault)
{
	TEEC_Result res = TEEC_InitializeContext(NULL, &context);

	(void)vault;
	if (res == TEEC_SUCCESS)
		res = TEEC_AllocateSharedMemory(&context, &id_block);
	if (res == TEEC_SUCCESS)
		res = TEEC_AllocateSharedMemory(&context, &block);
	if (res == TEEC_SUCCESS)
		res = TEEC_OpenSession(
			&context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
	return answer("open", res);
}

static void close_side(void)
{
	TEEC_CloseSession(&session);
	TEEC_ReleaseSharedMemory(&block);
	TEEC_ReleaseSharedMemory(&id_block);
	TEEC_FinalizeContext(&context);
}

/* Sets parameter 0 to the id and calls. */
static TEEC_Result call(
	enum bare_command command, uint32_t types, const char *name, TEEC_Operation *operation)
{
	operation->paramTypes = types;
	if (name) {
		const size_t len = strlen(name);

		if (len > ID_MAX)
			return TEEC_ERROR_BAD_PARAMETERS;
		memcpy(id_block.buffer, name, len);
		operation->params[0].memref.parent = &id_block;
		operation->params[0].memref.size = len;
		operation->paramTypes |= TEEC_PARAM_TYPES(
			TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE);
	}
	return TEEC_InvokeCommand(&session, command, operation, NULL);
}

static int write_object(
	enum bare_command command, const char *name, const void *content, size_t len)
{
	TEEC_Operation operation = {0};

	if (len > CONTENT_MAX)
		return SIDE_TOO_LARGE;
	memcpy(block.buffer, content, len);
	operation.params[1].memref.parent = &block;
	operation.params[1].memref.size = len;
	return answer("write",
		call(command,
			TEEC_PARAM_TYPES(
				TEEC_NONE, TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE, TEEC_NONE),
			name, &operation));
}

static int create(const char *name, const void *content, size_t len)
{
	return write_object(BARE_CREATE, name, content, len);
}

static int replace(const char *name, const void *content, size_t len)
{
	return write_object(BARE_REPLACE, name, content, len);
}

static int get(const char *name, size_t len_max, const void **ret_content, size_t *ret_len)
{
	TEEC_Operation operation = {0};
	TEEC_Result res = TEEC_SUCCESS;

	if (len_max > CONTENT_MAX)
		return SIDE_TOO_LARGE;
	operation.params[1].memref.parent = &block;
	operation.params[1].memref.size = len_max;
	res = call(BARE_READ,
		TEEC_PARAM_TYPES(TEEC_NONE, TEEC_MEMREF_PARTIAL_OUTPUT, TEEC_NONE, TEEC_NONE), name,
		&operation);
	*ret_content = block.buffer;
	*ret_len = operation.params[1].memref.size;
	return answer("read", res);
}

static void release(void)
{
}

static int stat_object(const char *name, size_t *ret_len)
{
	TEEC_Operation operation = {0};
	const TEEC_Result res = call(BARE_STAT,
		TEEC_PARAM_TYPES(TEEC_NONE, TEEC_NONE, TEEC_VALUE_OUTPUT, TEEC_NONE), name,
		&operation);

	*ret_len = operation.params[2].value.a;
	return answer("stat", res);
}

static int plain(enum bare_command command, const char *what, const char *name)
{
	TEEC_Operation operation = {0};

	return answer(what, call(command, 0, name, &operation));
}

static int rm(const char *name)
{
	return plain(BARE_DELETE, "delete", name);
}

static int ls(size_t *ret_count)
{
	TEEC_Operation operation = {0};
	const TEEC_Result res = call(BARE_COUNT,
		TEEC_PARAM_TYPES(TEEC_NONE, TEEC_NONE, TEEC_VALUE_OUTPUT, TEEC_NONE), NULL,
		&operation);

	*ret_count = operation.params[2].value.a;
	return answer("enumerate", res);
}

static int empty(void)
{
	return plain(BARE_EMPTY, "empty call", NULL);
}

static int pin(void)
{
	return plain(BARE_PIN, "pin", "pinned");
}

static int unpin(void)
{
	return plain(BARE_UNPIN, "unpin", NULL);
}

static int call_numbers(enum bare_command command, const char *what, uint32_t a, uint32_t b)
{
	TEEC_Operation operation = {0};

	operation.params[2].value.a = a;
	operation.params[2].value.b = b;
	return answer(what,
		call(command, TEEC_PARAM_TYPES(TEEC_NONE, TEEC_NONE, TEEC_VALUE_INPUT, TEEC_NONE),
			NULL, &operation));
}

static int aead(bool is_gcm, bool is_opening, size_t len)
{
	return call_numbers(is_gcm ? BARE_GCM : BARE_CHACHA, "aead", (uint32_t)(len / BARE_CHUNK),
		is_opening ? 1 : 0);
}

static int key_new(const char *name, enum side_key type, bool signs)
{
	static const enum bare_key to_decrypt[] = {
		[SIDE_P256] = BARE_KEY_P256_DECRYPT,
		[SIDE_RSA2048] = BARE_KEY_RSA_DECRYPT,
		[SIDE_X25519] = BARE_KEY_X25519_DECRYPT,
	};
	const enum bare_key to_sign = type == SIDE_P256 ? BARE_KEY_P256_SIGN : BARE_KEY_RSA_SIGN;

	(void)name;
	return call_numbers(BARE_KEY_NEW, "key", signs ? to_sign : to_decrypt[type], 0);
}

static int key_sign(const char *name, enum side_key type)
{
	(void)name;
	(void)type;
	return plain(BARE_KEY_SIGN, "sign", NULL);
}

static int key_encrypt(const char *name, size_t len)
{
	(void)name;
	return call_numbers(BARE_KEY_ENCRYPT, "encrypt", (uint32_t)len, 0);
}

static int key_decrypt(const char *name, size_t len)
{
	(void)name;
	return call_numbers(BARE_KEY_DECRYPT, "decrypt", (uint32_t)len, 0);
}

static int key_rm(const char *name)
{
	(void)name;
	return 0;
}

const struct side bare_side = {
	.name = "bare",
	.open = open_side,
	.close = close_side,
	.create = create,
	.replace = replace,
	.get = get,
	.release = release,
	.stat = stat_object,
	.rm = rm,
	.ls = ls,
	.empty = empty,
	.pin = pin,
	.unpin = unpin,
	.aead = aead,
	.key_new = key_new,
	.key_sign = key_sign,
	.key_encrypt = key_encrypt,
	.key_decrypt = key_decrypt,
	.key_rm = key_rm,
};
