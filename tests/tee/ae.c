// SPDX-License-Identifier: BSD-2-Clause
/*
 * Authenticated encryption: AES-GCM in one piece or, to decrypt, in several of whole blocks. States
 * and panics as in libutee's tee_api_operations.c: a key, then an init, then AAD, then a final. A
 * message that does not verify ends nothing, so no other init is taken after it, and is left
 * decrypted where it lies. OP-TEE's own software reads twice what it decrypts, so source and target
 * must be private here, on which OP-TEE does not insist: festore's rule.
 */
#include <mbedtls/gcm.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "operation.h"

#define TAG_MAX 16u

void operation_ae_forget(struct __TEE_OperationHandle *operation)
{
	free(operation->aad);
	operation->aad = NULL;
	operation->aad_len = 0;
	EVP_CIPHER_CTX_free(operation->stream);
	operation->stream = NULL;
	operation->nonce_len = 0;
	operation->has_begun = false;
}

static struct __TEE_OperationHandle *active(TEE_OperationHandle operation)
{
	struct __TEE_OperationHandle *found = operation_of(operation, TEE_OPERATION_AE);

	if (!found->is_active)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	return found;
}

/* The lengths of AAD and payload are for AES-CCM; GCM does not look at them. */
TEE_Result TEE_AEInit(TEE_OperationHandle operation, const void *nonce, size_t nonceLen,
	uint32_t tagLen, size_t AADLen, size_t payloadLen)
{
	struct __TEE_OperationHandle *found = NULL;

	(void)AADLen;
	(void)payloadLen;
	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_AE);
	if (!nonce || nonceLen == 0 || nonceLen > sizeof(found->nonce) || found->has_begun)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	if (tagLen < 96 || tagLen > 8 * TAG_MAX || tagLen % 8 != 0)
		return TEE_ERROR_NOT_SUPPORTED;
	if (!found->has_key)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	operation_ae_forget(found);
	memcpy(found->nonce, nonce, nonceLen);
	found->nonce_len = nonceLen;
	found->tag_len = tagLen / 8;
	found->is_active = true;
	return TEE_SUCCESS;
}

void TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *AADdata, size_t AADdataLen)
{
	struct __TEE_OperationHandle *found = NULL;

	fake_begin(__func__);
	found = active(operation);
	if (!AADdata && AADdataLen)
		fake_panic(0);
	found->has_begun = true;
	if (!AADdataLen)
		return;
	found->aad = realloc(found->aad, found->aad_len + AADdataLen);
	if (!found->aad)
		abort();
	memcpy(found->aad + found->aad_len, AADdata, AADdataLen);
	found->aad_len += AADdataLen;
}

/* What both finals ask first. False: SHORT_BUFFER, and *len says how much room is needed. */
static bool is_room(const struct __TEE_OperationHandle *found, uint32_t mode, const void *from,
	size_t from_len, const void *to, size_t *len)
{
	if (found->algorithm->mode != mode || (!from && from_len))
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_need_private(len, sizeof(*len));
	fake_need_private(from, from_len);
	fake_need_private(to, from_len);
	if (*len >= from_len)
		return true;
	*len = from_len;
	return false;
}

/* The message under the key of the operation; writes the tag that belongs to it. */
static void run(const struct __TEE_OperationHandle *found, int mode, const void *from, size_t len,
	void *to, uint8_t ret_tag[TAG_MAX])
{
	mbedtls_gcm_context gcm;
	size_t key_len = 0;
	const uint8_t *key = fake_transient_secret(found->key, &key_len);

	mbedtls_gcm_init(&gcm);
	operation_need_good(
		mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, (unsigned int)(8 * key_len)));
	operation_need_good(mbedtls_gcm_crypt_and_tag(&gcm, mode, len, found->nonce,
		found->nonce_len, found->aad, found->aad_len, from, to, found->tag_len, ret_tag));
	mbedtls_gcm_free(&gcm);
}

static void finish(struct __TEE_OperationHandle *found)
{
	operation_ae_forget(found);
	found->is_active = false;
}

TEE_Result TEE_AEEncryptFinal(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
	void *destData, size_t *destLen, void *tag, size_t *tagLen)
{
	struct __TEE_OperationHandle *found = NULL;
	uint8_t computed[TAG_MAX];

	fake_begin(__func__);
	found = active(operation);
	fake_need_private(tagLen, sizeof(*tagLen));
	if (!is_room(found, TEE_MODE_ENCRYPT, srcData, srcLen, destData, destLen))
		return TEE_ERROR_SHORT_BUFFER;
	if (*tagLen < found->tag_len) {
		*tagLen = found->tag_len;
		return TEE_ERROR_SHORT_BUFFER;
	}
	run(found, MBEDTLS_GCM_ENCRYPT, srcData, srcLen, destData, computed);
	memcpy(tag, computed, found->tag_len);
	*tagLen = found->tag_len;
	*destLen = srcLen;
	finish(found);
	return TEE_SUCCESS;
}

/* --- in pieces, by libcrypto: mbedTLS' own way differs between its releases ---------------------
 */

static void stream_begin(struct __TEE_OperationHandle *found)
{
	size_t key_len = 0;
	const uint8_t *key = fake_transient_secret(found->key, &key_len);
	const EVP_CIPHER *cipher = key_len == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
	int len = 0;

	if (found->algorithm->mode != TEE_MODE_DECRYPT || found->nonce_len != 12)
		fake_panic(TEE_ERROR_NOT_IMPLEMENTED);
	found->stream = EVP_CIPHER_CTX_new();
	operation_need_good(!found->stream ||
		EVP_DecryptInit_ex(found->stream, cipher, NULL, key, found->nonce) != 1);
	if (found->aad_len != 0)
		operation_need_good(EVP_DecryptUpdate(found->stream, NULL, &len, found->aad,
					    (int)found->aad_len) != 1);
}

static void stream_update(
	struct __TEE_OperationHandle *found, const void *from, size_t from_len, void *to)
{
	int len = 0;

	if (from_len != 0)
		operation_need_good(
			EVP_DecryptUpdate(found->stream, to, &len, from, (int)from_len) != 1);
}

/* libutee keeps what is no whole block for the next piece, which no TA here needs. */
TEE_Result TEE_AEUpdate(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
	void *destData, size_t *destLen)
{
	struct __TEE_OperationHandle *found = NULL;

	fake_begin(__func__);
	found = active(operation);
	if (!is_room(found, TEE_MODE_DECRYPT, srcData, srcLen, destData, destLen))
		return TEE_ERROR_SHORT_BUFFER;
	if (srcLen % 16 != 0)
		fake_panic(TEE_ERROR_NOT_IMPLEMENTED);
	if (!found->stream)
		stream_begin(found);
	found->has_begun = true;
	stream_update(found, srcData, srcLen, destData);
	*destLen = srcLen;
	return TEE_SUCCESS;
}

static TEE_Result stream_final(struct __TEE_OperationHandle *found, const void *from, size_t len,
	void *to, void *tag, size_t tag_len)
{
	uint8_t rest[TAG_MAX];
	int rest_len = 0;

	stream_update(found, from, len, to);
	operation_need_good(
		EVP_CIPHER_CTX_ctrl(found->stream, EVP_CTRL_AEAD_SET_TAG, (int)tag_len, tag) != 1);
	if (tag_len != found->tag_len || EVP_DecryptFinal_ex(found->stream, rest, &rest_len) != 1)
		return TEE_ERROR_MAC_INVALID;
	finish(found);
	return TEE_SUCCESS;
}

TEE_Result TEE_AEDecryptFinal(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
	void *destData, size_t *destLen, void *tag, size_t tagLen)
{
	struct __TEE_OperationHandle *found = NULL;
	uint8_t computed[TAG_MAX];

	fake_begin(__func__);
	found = active(operation);
	if (!is_room(found, TEE_MODE_DECRYPT, srcData, srcLen, destData, destLen))
		return TEE_ERROR_SHORT_BUFFER;
	/* OP-TEE 4.5 finds a message wrong that ends so. */
	if (srcData == destData && srcLen % 16 != 0)
		return TEE_ERROR_MAC_INVALID;
	if (found->stream) {
		*destLen = srcLen;
		return stream_final(found, srcData, srcLen, destData, tag, tagLen);
	}
	run(found, MBEDTLS_GCM_DECRYPT, srcData, srcLen, destData, computed);
	if (tagLen != found->tag_len || memcmp(computed, tag, found->tag_len) != 0) {
		found->has_begun = true;
		return TEE_ERROR_MAC_INVALID;
	}
	*destLen = srcLen;
	finish(found);
	return TEE_SUCCESS;
}
