// SPDX-License-Identifier: BSD-2-Clause
/*
 * AES-256 in counter mode, by libcrypto. Misuse panics as in libutee's tee_api_operations.c. What
 * is no whole block libutee keeps for the next piece, which no TA here needs.
 */
#include <openssl/evp.h>

#include "operation.h"

#define BLOCK 16u

void TEE_CipherInit(TEE_OperationHandle operation, const void *IV, size_t IVLen)
{
	struct __TEE_OperationHandle *found = NULL;
	size_t key_len = 0;
	const uint8_t *key = NULL;

	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_CIPHER);
	if (!found->has_key || IVLen != BLOCK)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	key = fake_transient_secret(found->key, &key_len);
	operation_ae_forget(found);
	found->stream = EVP_CIPHER_CTX_new();
	operation_need_good(!found->stream || key_len != 32 ||
		EVP_DecryptInit_ex(found->stream, EVP_aes_256_ctr(), NULL, key, IV) != 1);
	found->is_active = true;
}

static TEE_Result update(struct __TEE_OperationHandle *found, const void *from, size_t from_len,
	void *to, size_t *to_len)
{
	int len = 0;

	if (!found->is_active)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	if (*to_len < from_len)
		return TEE_ERROR_SHORT_BUFFER;
	if (from_len != 0)
		operation_need_good(
			EVP_DecryptUpdate(found->stream, to, &len, from, (int)from_len) != 1);
	*to_len = from_len;
	return TEE_SUCCESS;
}

TEE_Result TEE_CipherUpdate(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
	void *destData, size_t *destLen)
{
	fake_begin(__func__);
	if (srcLen % BLOCK != 0)
		fake_panic(TEE_ERROR_NOT_IMPLEMENTED);
	return update(
		operation_of(operation, TEE_OPERATION_CIPHER), srcData, srcLen, destData, destLen);
}

TEE_Result TEE_CipherDoFinal(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
	void *destData, size_t *destLen)
{
	struct __TEE_OperationHandle *found = NULL;
	TEE_Result res = TEE_SUCCESS;

	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_CIPHER);
	res = update(found, srcData, srcLen, destData, destLen);
	if (res == TEE_SUCCESS) {
		operation_ae_forget(found);
		found->is_active = false;
	}
	return res;
}
