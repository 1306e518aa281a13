/* SPDX-License-Identifier: BSD-2-Clause */
/* AES by the GP API. */
#include "aes.h"

#include <string.h>

#define KEY_BITS (8 * FESTORE_HASH)
#define BLOCK 16

static TEE_Result set_key(TEE_OperationHandle operation, const uint8_t key[FESTORE_HASH])
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Attribute secret = {0};
	TEE_Result res = TEE_AllocateTransientObject(TEE_TYPE_AES, KEY_BITS, &object);

	if (res != TEE_SUCCESS)
		return res;

	TEE_InitRefAttribute(&secret, TEE_ATTR_SECRET_VALUE, key, FESTORE_HASH);
	res = TEE_PopulateTransientObject(object, &secret, 1);
	if (res == TEE_SUCCESS)
		res = TEE_SetOperationKey(operation, object);
	TEE_FreeTransientObject(object);
	return res;
}

TEE_Result aes_begin(uint32_t algorithm, uint32_t mode, const uint8_t key[FESTORE_HASH],
	TEE_OperationHandle *ret_operation)
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res = TEE_AllocateOperation(&operation, algorithm, mode, KEY_BITS);

	if (res != TEE_SUCCESS)
		return res;

	res = set_key(operation, key);
	if (res != TEE_SUCCESS)
		TEE_FreeOperation(operation);
	else
		*ret_operation = operation;
	return res;
}

void aes_end(TEE_OperationHandle *operation)
{
	/* Libraries of older kits panic over a null handle. */
	if (*operation != TEE_HANDLE_NULL)
		TEE_FreeOperation(*operation);
	*operation = TEE_HANDLE_NULL;
}

/* The tag has the first block, with the counter 1. */
void aes_gcm_stream(TEE_OperationHandle operation, const uint8_t nonce[SEAL_NONCE])
{
	uint8_t counter[BLOCK] = {[BLOCK - 1] = 2};

	memcpy(counter, nonce, SEAL_NONCE);
	TEE_CipherInit(operation, counter, sizeof(counter));
}

TEE_Result aes_stream(TEE_OperationHandle operation, uint8_t *bytes, size_t len, bool is_last)
{
	size_t out_len = len;

	return is_last ? TEE_CipherDoFinal(operation, bytes, len, bytes, &out_len)
		       : TEE_CipherUpdate(operation, bytes, len, bytes, &out_len);
}
