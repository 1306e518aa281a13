/* SPDX-License-Identifier: BSD-2-Clause */
/* ChaCha20-Poly1305 of mbedTLS and AES-256-GCM of the GP API behind one interface. */
#include "aead.h"

#include "aes.h"

#include <mbedtls/chachapoly.h>
#include <string.h>

#define GCM_TAG_BITS (8 * FESTORE_SEAL)

bool aead_is_known(uint32_t aead)
{
	return aead == FESTORE_AEAD_CHACHA20_POLY1305 || aead == FESTORE_AEAD_AES_256_GCM;
}

/* --- ChaCha20-Poly1305 ------------------------------------------------------------------------ */

static TEE_Result chacha_close(
	const struct seal *seal, uint8_t *bytes, size_t len, uint8_t ret_tag[FESTORE_SEAL])
{
	mbedtls_chachapoly_context context;
	int failed = 0;

	mbedtls_chachapoly_init(&context);
	failed = mbedtls_chachapoly_setkey(&context, seal->key);
	if (failed == 0)
		failed = mbedtls_chachapoly_encrypt_and_tag(&context, len, seal->nonce, seal->aad,
			seal->aad_len, bytes, bytes, ret_tag);
	mbedtls_chachapoly_free(&context);
	return failed == 0 ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

static TEE_Result chacha_open(
	const struct seal *seal, uint8_t *bytes, size_t len, const uint8_t tag[FESTORE_SEAL])
{
	mbedtls_chachapoly_context context;
	int failed = 0;

	mbedtls_chachapoly_init(&context);
	failed = mbedtls_chachapoly_setkey(&context, seal->key);
	if (failed == 0)
		failed = mbedtls_chachapoly_auth_decrypt(
			&context, len, seal->nonce, seal->aad, seal->aad_len, tag, bytes, bytes);
	mbedtls_chachapoly_free(&context);
	return failed == 0 ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT;
}

/* --- AES-256-GCM ------------------------------------------------------------------------------ */

static TEE_Result gcm_init(TEE_OperationHandle operation, const struct seal *seal, size_t len)
{
	const TEE_Result res = TEE_AEInit(
		operation, seal->nonce, sizeof(seal->nonce), GCM_TAG_BITS, seal->aad_len, len);

	if (res == TEE_SUCCESS && seal->aad_len != 0)
		TEE_AEUpdateAAD(operation, seal->aad, seal->aad_len);
	return res;
}

static TEE_Result gcm_close(TEE_OperationHandle operation, const struct seal *seal, uint8_t *bytes,
	size_t len, uint8_t ret_tag[FESTORE_SEAL])
{
	size_t closed_len = len;
	size_t tag_len = FESTORE_SEAL;
	const TEE_Result res = gcm_init(operation, seal, len);

	if (res != TEE_SUCCESS)
		return res;
	return TEE_AEEncryptFinal(operation, bytes, len, bytes, &closed_len, ret_tag, &tag_len);
}

static TEE_Result gcm_open(TEE_OperationHandle operation, const struct seal *seal, uint8_t *bytes,
	size_t len, const uint8_t tag[FESTORE_SEAL])
{
	uint8_t expected[FESTORE_SEAL] = {0};
	size_t opened_len = len;
	TEE_Result res = gcm_init(operation, seal, len);

	if (res != TEE_SUCCESS)
		return res;
	/* GP's type for it is not const. */
	memcpy(expected, tag, sizeof(expected));
	res = TEE_AEDecryptFinal(
		operation, bytes, len, bytes, &opened_len, expected, sizeof(expected));
	return res == TEE_ERROR_MAC_INVALID ? TEE_ERROR_CORRUPT_OBJECT : res;
}

/* ---------------------------------------------------------------------------------------------- */

TEE_Result aead_begin(const struct seal *seal, enum aead_use use, struct aead *ret_aead)
{
	ret_aead->operation = TEE_HANDLE_NULL;
	switch (seal->aead) {
	case FESTORE_AEAD_CHACHA20_POLY1305:
		return TEE_SUCCESS;
	case FESTORE_AEAD_AES_256_GCM:
		return aes_begin(TEE_ALG_AES_GCM,
			use == AEAD_CLOSES ? TEE_MODE_ENCRYPT : TEE_MODE_DECRYPT, seal->key,
			&ret_aead->operation);
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}

TEE_Result aead_close(const struct aead *aead, const struct seal *seal, uint8_t *bytes, size_t len,
	uint8_t ret_tag[FESTORE_SEAL])
{
	return aead->operation == TEE_HANDLE_NULL
		? chacha_close(seal, bytes, len, ret_tag)
		: gcm_close(aead->operation, seal, bytes, len, ret_tag);
}

TEE_Result aead_open(const struct aead *aead, const struct seal *seal, uint8_t *bytes, size_t len,
	const uint8_t tag[FESTORE_SEAL])
{
	const TEE_Result res = aead->operation == TEE_HANDLE_NULL
		? chacha_open(seal, bytes, len, tag)
		: gcm_open(aead->operation, seal, bytes, len, tag);

	/* GP leaves open what lies there then. */
	if (res != TEE_SUCCESS)
		memset(bytes, 0, len);
	return res;
}

void aead_end(struct aead *aead)
{
	aes_end(&aead->operation);
}
