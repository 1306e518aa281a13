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

static int chacha_once(mbedtls_chachapoly_context *context, size_t len, bool is_opening)
{
	if (is_opening)
		return mbedtls_chachapoly_auth_decrypt(
			context, len, nonce, NULL, 0, tag, sealed, plain);
	return mbedtls_chachapoly_encrypt_and_tag(context, len, nonce, NULL, 0, plain, sealed, tag);
}

static TEE_Result chacha(uint32_t chunks, size_t len, bool is_opening)
{
	mbedtls_chachapoly_context context;
	int failed = 0;

	mbedtls_chachapoly_init(&context);
	failed = mbedtls_chachapoly_setkey(&context, key);
	for (uint32_t i = 0; i < chunks && failed == 0; i++)
		failed = chacha_once(&context, len, is_opening);
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

static TEE_Result gcm_once(TEE_OperationHandle operation, size_t len, bool is_opening)
{
	size_t out_len = len;
	size_t tag_len = TAG;
	const TEE_Result res = TEE_AEInit(operation, nonce, sizeof(nonce), 8 * TAG, 0, len);

	if (res != TEE_SUCCESS)
		return res;
	return is_opening
		? TEE_AEDecryptFinal(operation, sealed, len, plain, &out_len, tag, TAG)
		: TEE_AEEncryptFinal(operation, plain, len, sealed, &out_len, tag, &tag_len);
}

static TEE_Result gcm(uint32_t chunks, size_t len, bool is_opening)
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res = gcm_new(is_opening ? TEE_MODE_DECRYPT : TEE_MODE_ENCRYPT, &operation);

	for (uint32_t i = 0; i < chunks && res == TEE_SUCCESS; i++)
		res = gcm_once(operation, len, is_opening);
	if (operation != TEE_HANDLE_NULL)
		TEE_FreeOperation(operation);
	return res;
}

TEE_Result bare_seal(bool is_gcm, uint32_t chunks, size_t len)
{
	return is_gcm ? gcm(chunks, len, false) : chacha(chunks, len, false);
}

TEE_Result bare_open(bool is_gcm, uint32_t chunks, size_t len)
{
	return is_gcm ? gcm(chunks, len, true) : chacha(chunks, len, true);
}
