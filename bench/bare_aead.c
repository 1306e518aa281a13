/* SPDX-License-Identifier: BSD-2-Clause */
/* One chunk, sealed and opened again and again. */
#include "bare_aead.h"

#include "bare_ta.h"

#include <mbedtls/chachapoly.h>

#define KEY 32u
#define TAG 16u

static const uint8_t key[KEY];
static const uint8_t nonce[12];
static uint8_t plain[BARE_CHUNK];
static uint8_t sealed[BARE_CHUNK];
static uint8_t tag[TAG];

static int chacha(mbedtls_chachapoly_context *context, uint32_t chunks, bool is_opening)
{
	/* What is opened must have been sealed. */
	int failed = mbedtls_chachapoly_encrypt_and_tag(
		context, BARE_CHUNK, nonce, NULL, 0, plain, sealed, tag);

	for (uint32_t i = is_opening ? 0 : 1; i < chunks && failed == 0; i++) {
		if (is_opening)
			failed = mbedtls_chachapoly_auth_decrypt(
				context, BARE_CHUNK, nonce, NULL, 0, tag, sealed, plain);
		else
			failed = mbedtls_chachapoly_encrypt_and_tag(
				context, BARE_CHUNK, nonce, NULL, 0, plain, sealed, tag);
	}
	return failed;
}

TEE_Result bare_chacha(uint32_t chunks, bool is_opening)
{
	mbedtls_chachapoly_context context;
	int failed = 0;

	mbedtls_chachapoly_init(&context);
	failed = mbedtls_chachapoly_setkey(&context, key);
	if (failed == 0)
		failed = chacha(&context, chunks, is_opening);
	mbedtls_chachapoly_free(&context);
	return failed == 0 ? TEE_SUCCESS : TEE_ERROR_GENERIC;
}

static TEE_Result gcm_new(uint32_t mode, TEE_OperationHandle *ret_operation)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Attribute secret = {0};
	TEE_Result res = TEE_AllocateOperation(ret_operation, TEE_ALG_AES_GCM, mode, 8 * KEY);

	if (res == TEE_SUCCESS)
		res = TEE_AllocateTransientObject(TEE_TYPE_AES, 8 * KEY, &object);
	TEE_InitRefAttribute(&secret, TEE_ATTR_SECRET_VALUE, key, KEY);
	if (res == TEE_SUCCESS)
		res = TEE_PopulateTransientObject(object, &secret, 1);
	if (res == TEE_SUCCESS)
		res = TEE_SetOperationKey(*ret_operation, object);
	TEE_FreeTransientObject(object);
	return res;
}

static TEE_Result gcm_once(TEE_OperationHandle operation, bool is_opening)
{
	size_t len = BARE_CHUNK;
	size_t tag_len = TAG;
	const TEE_Result res = TEE_AEInit(operation, nonce, sizeof(nonce), 8 * TAG, 0, BARE_CHUNK);

	if (res != TEE_SUCCESS)
		return res;
	return is_opening
		? TEE_AEDecryptFinal(operation, sealed, BARE_CHUNK, plain, &len, tag, TAG)
		: TEE_AEEncryptFinal(operation, plain, BARE_CHUNK, sealed, &len, tag, &tag_len);
}

static TEE_Result gcm(uint32_t mode, uint32_t chunks)
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res = gcm_new(mode, &operation);

	for (uint32_t i = 0; i < chunks && res == TEE_SUCCESS; i++)
		res = gcm_once(operation, mode == TEE_MODE_DECRYPT);
	if (operation != TEE_HANDLE_NULL)
		TEE_FreeOperation(operation);
	return res;
}

TEE_Result bare_gcm(uint32_t chunks, bool is_opening)
{
	/* What is opened must have been sealed. */
	const TEE_Result res = gcm(TEE_MODE_ENCRYPT, is_opening ? 1 : chunks);

	return res == TEE_SUCCESS && is_opening ? gcm(TEE_MODE_DECRYPT, chunks) : res;
}
