// SPDX-License-Identifier: BSD-2-Clause
/*
 * Cryptographic operations for TAs, by the host's mbedTLS: what all classes have in common, and the
 * digests. A table says which algorithms there are. Misuse panics as in libutee's
 * tee_api_operations.c.
 */
#include <stdlib.h>

#include "operation.h"

#define SIGNS(algorithm_, type_) \
	{ \
		algorithm_, TEE_MODE_SIGN, TEE_OPERATION_ASYMMETRIC_SIGNATURE, MBEDTLS_MD_NONE, \
			type_ \
	}

#define OPENS(algorithm_, mode_, class_, type_) \
	{ \
		algorithm_, TEE_MODE_##mode_, TEE_OPERATION_##class_, MBEDTLS_MD_NONE, type_ \
	}

static const struct algorithm algorithms[] = {
	{TEE_ALG_SHA256, TEE_MODE_DIGEST, TEE_OPERATION_DIGEST, MBEDTLS_MD_SHA256, 0},
	{TEE_ALG_SHA512, TEE_MODE_DIGEST, TEE_OPERATION_DIGEST, MBEDTLS_MD_SHA512, 0},
	{TEE_ALG_HMAC_SHA256, TEE_MODE_MAC, TEE_OPERATION_MAC, MBEDTLS_MD_SHA256,
		TEE_TYPE_HMAC_SHA256},
	{TEE_ALG_AES_GCM, TEE_MODE_ENCRYPT, TEE_OPERATION_AE, MBEDTLS_MD_NONE, TEE_TYPE_AES},
	{TEE_ALG_AES_GCM, TEE_MODE_DECRYPT, TEE_OPERATION_AE, MBEDTLS_MD_NONE, TEE_TYPE_AES},
	{TEE_ALG_AES_CTR, TEE_MODE_DECRYPT, TEE_OPERATION_CIPHER, MBEDTLS_MD_NONE, TEE_TYPE_AES},
	OPENS(TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA256, DECRYPT, ASYMMETRIC_CIPHER,
		TEE_TYPE_RSA_KEYPAIR),
	OPENS(TEE_ALG_ECDH_DERIVE_SHARED_SECRET, DERIVE, KEY_DERIVATION, TEE_TYPE_ECDH_KEYPAIR),
	OPENS(TEE_ALG_X25519, DERIVE, KEY_DERIVATION, TEE_TYPE_X25519_KEYPAIR),
	SIGNS(TEE_ALG_ECDSA_SHA256, TEE_TYPE_ECDSA_KEYPAIR),
	SIGNS(TEE_ALG_ECDSA_SHA384, TEE_TYPE_ECDSA_KEYPAIR),
	SIGNS(TEE_ALG_ECDSA_SHA512, TEE_TYPE_ECDSA_KEYPAIR),
	SIGNS(TEE_ALG_ED25519, TEE_TYPE_ED25519_KEYPAIR),
	OPENS(TEE_ALG_ED25519, VERIFY, ASYMMETRIC_SIGNATURE, TEE_TYPE_ED25519_KEYPAIR),
	SIGNS(TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256, TEE_TYPE_RSA_KEYPAIR),
	SIGNS(TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA384, TEE_TYPE_RSA_KEYPAIR),
	SIGNS(TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA512, TEE_TYPE_RSA_KEYPAIR),
	SIGNS(TEE_ALG_RSASSA_PKCS1_V1_5_SHA256, TEE_TYPE_RSA_KEYPAIR),
	SIGNS(TEE_ALG_RSASSA_PKCS1_V1_5_SHA384, TEE_TYPE_RSA_KEYPAIR),
	SIGNS(TEE_ALG_RSASSA_PKCS1_V1_5_SHA512, TEE_TYPE_RSA_KEYPAIR),
};

/* Bytes of libutee's operation and of its buffer for a digest, near enough. */
#define ON_HEAP 192u

static bool has_no_gcm;

void fake_operations_reset(void)
{
	has_no_gcm = false;
}

void fake_tee_have_gcm(bool have)
{
	has_no_gcm = !have;
}

static const struct algorithm *find(uint32_t id, uint32_t mode)
{
	if (has_no_gcm && id == TEE_ALG_AES_GCM)
		return NULL;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (algorithms[i].id == id && algorithms[i].mode == mode)
			return &algorithms[i];
	}
	return NULL;
}

static struct __TEE_OperationHandle **link_of(
	struct instance *instance, const struct __TEE_OperationHandle *operation)
{
	struct __TEE_OperationHandle **link = &instance->operations;

	while (*link && *link != operation)
		link = &(*link)->next;
	return link;
}

static struct __TEE_OperationHandle *need(TEE_OperationHandle handle)
{
	struct __TEE_OperationHandle *found = *link_of(fake_call()->instance, handle);

	if (!handle || !found)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	return found;
}

struct __TEE_OperationHandle *operation_of(TEE_OperationHandle handle, uint32_t class)
{
	struct __TEE_OperationHandle *found = need(handle);

	if (found->algorithm->class != class)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	return found;
}

void operation_need_good(int error)
{
	if (error)
		fake_panic(TEE_ERROR_GENERIC);
}

size_t operation_digest_len(const struct __TEE_OperationHandle *operation)
{
	return mbedtls_md_get_size(mbedtls_md_info_from_type(operation->algorithm->md));
}

/* Takes away the operation, but not the key that belongs to it: that is an object of its own. */
static void release(struct instance *instance, struct __TEE_OperationHandle *operation)
{
	*link_of(instance, operation) = operation->next;
	mbedtls_md_free(&operation->md);
	operation_ae_forget(operation);
	fake_counters.handles--;
	free(operation);
}

void fake_operations_drop(struct instance *instance)
{
	while (instance->operations)
		release(instance, instance->operations);
}

/* Back to where a fresh operation is; a digest is then ready for its first bytes, all others wait
 * for their init. */
static void begin_again(struct __TEE_OperationHandle *operation)
{
	operation->is_active = operation->algorithm->class == TEE_OPERATION_DIGEST;
	operation_ae_forget(operation);
	if (operation->is_active)
		operation_need_good(mbedtls_md_starts(&operation->md));
}

static void add(const struct algorithm *algorithm, void *on_heap, TEE_ObjectHandle key,
	uint32_t key_bits_max, TEE_OperationHandle *ret_operation)
{
	struct instance *instance = fake_call()->instance;
	struct __TEE_OperationHandle *made = calloc(1, sizeof(*made));
	const bool is_mac = algorithm->class == TEE_OPERATION_MAC;

	if (!made)
		abort();
	made->algorithm = algorithm;
	made->on_heap = on_heap;
	made->key = key;
	made->key_bits_max = key_bits_max;
	made->next = instance->operations;
	instance->operations = made;
	fake_counters.handles++;
	mbedtls_md_init(&made->md);
	if (algorithm->md != MBEDTLS_MD_NONE)
		operation_need_good(mbedtls_md_setup(
			&made->md, mbedtls_md_info_from_type(algorithm->md), is_mac));
	begin_again(made);
	*ret_operation = made;
}

/* An operation with a key takes two more from the core: the key's object and its own state. */
static TEE_Result claim_key(uint32_t type, uint32_t bits, TEE_ObjectHandle *ret_key)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	TEE_Result res = TEE_SUCCESS;

	if (!type)
		return TEE_SUCCESS;
	res = fake_transient_add(type, bits, &key);
	if (res != TEE_SUCCESS)
		return res;
	if (fake_core_alloc_fails()) {
		fake_transient_close(key);
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*ret_key = key;
	return TEE_SUCCESS;
}

TEE_Result TEE_AllocateOperation(
	TEE_OperationHandle *operation, uint32_t algorithm, uint32_t mode, uint32_t maxKeySize)
{
	struct instance *instance = fake_call()->instance;
	const struct algorithm *found = find(algorithm, mode);
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	void *on_heap = NULL;
	TEE_Result res = TEE_SUCCESS;

	fake_begin(__func__);
	if (!operation)
		fake_panic(0);
	if (!found)
		return TEE_ERROR_NOT_SUPPORTED;
	on_heap = fake_heap_alloc(instance, ON_HEAP);
	if (!on_heap)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = claim_key(found->key_type, maxKeySize, &key);
	if (res != TEE_SUCCESS) {
		fake_heap_free(instance, on_heap);
		return res;
	}
	add(found, on_heap, key, maxKeySize, operation);
	return TEE_SUCCESS;
}

void TEE_FreeOperation(TEE_OperationHandle operation)
{
	struct instance *instance = fake_call()->instance;

	fake_begin(__func__);
	if (operation == TEE_HANDLE_NULL)
		return;
	need(operation);
	if (operation->key)
		fake_transient_close(operation->key);
	fake_heap_free(instance, operation->on_heap);
	release(instance, operation);
}

void TEE_ResetOperation(TEE_OperationHandle operation)
{
	struct __TEE_OperationHandle *found = NULL;

	fake_begin(__func__);
	found = need(operation);
	if (found->key && !found->has_key)
		fake_panic(0);
	begin_again(found);
}

TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation, TEE_ObjectHandle key)
{
	struct __TEE_OperationHandle *found = NULL;

	fake_begin(__func__);
	found = need(operation);
	/* libutee counts a digest as initialized from its birth, so it panics here too. */
	if (found->is_active)
		fake_panic(0);
	if (key != TEE_HANDLE_NULL && fake_transient_bits(key) > found->key_bits_max)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_transient_copy(found->key, key);
	found->has_key = key != TEE_HANDLE_NULL;
	return TEE_SUCCESS;
}

void TEE_DigestUpdate(TEE_OperationHandle operation, const void *chunk, size_t chunkSize)
{
	struct __TEE_OperationHandle *found = NULL;

	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_DIGEST);
	operation_need_good(mbedtls_md_update(&found->md, chunk, chunkSize));
}

TEE_Result TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk, size_t chunkLen,
	void *hash, size_t *hashLen)
{
	struct __TEE_OperationHandle *found = NULL;
	size_t len = 0;

	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_DIGEST);
	if (!chunk && chunkLen)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_need_private(hashLen, sizeof(*hashLen));
	len = operation_digest_len(found);
	if (*hashLen < len) {
		*hashLen = len;
		return TEE_ERROR_SHORT_BUFFER;
	}
	operation_need_good(mbedtls_md_update(&found->md, chunk, chunkLen));
	operation_need_good(mbedtls_md_finish(&found->md, hash));
	begin_again(found);
	*hashLen = len;
	return TEE_SUCCESS;
}
