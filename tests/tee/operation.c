// SPDX-License-Identifier: BSD-2-Clause
/*
 * Cryptographic operations for TAs, by the host's mbedTLS. A table says which algorithms there are;
 * so far digests. Misuse panics as in libutee's tee_api_operations.c.
 */
#include <mbedtls/md.h>
#include <stdlib.h>

#include "inside.h"

/* As the GP header has it: an opaque type of this name. */
struct __TEE_OperationHandle {
	struct __TEE_OperationHandle *next;
	const struct algorithm *algorithm;
	mbedtls_md_context_t md;
	void *on_heap; /* libutee's own part lies in the TA's heap */
};

struct algorithm {
	uint32_t id;
	uint32_t mode;
	uint32_t class;
	mbedtls_md_type_t md;
};

static const struct algorithm algorithms[] = {
	{TEE_ALG_SHA256, TEE_MODE_DIGEST, TEE_OPERATION_DIGEST, MBEDTLS_MD_SHA256},
	{TEE_ALG_SHA512, TEE_MODE_DIGEST, TEE_OPERATION_DIGEST, MBEDTLS_MD_SHA512},
};

/* Bytes of libutee's operation and of its buffer for a digest, near enough. */
#define ON_HEAP 192u

static const struct algorithm *find(uint32_t id, uint32_t mode)
{
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

static struct __TEE_OperationHandle *need(TEE_OperationHandle operation, uint32_t class)
{
	struct __TEE_OperationHandle *found = *link_of(fake_call()->instance, operation);

	if (!operation || !found || found->algorithm->class != class)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	return found;
}

static void release(struct instance *instance, struct __TEE_OperationHandle *operation)
{
	*link_of(instance, operation) = operation->next;
	mbedtls_md_free(&operation->md);
	fake_counters.handles--;
	free(operation);
}

void fake_operations_drop(struct instance *instance)
{
	while (instance->operations)
		release(instance, instance->operations);
}

static void begin_digest(struct __TEE_OperationHandle *operation)
{
	if (mbedtls_md_starts(&operation->md) != 0)
		fake_panic(TEE_ERROR_GENERIC);
}

static void need_good(int error)
{
	if (error)
		fake_panic(TEE_ERROR_GENERIC);
}

TEE_Result TEE_AllocateOperation(
	TEE_OperationHandle *operation, uint32_t algorithm, uint32_t mode, uint32_t maxKeySize)
{
	struct instance *instance = fake_call()->instance;
	const struct algorithm *found = find(algorithm, mode);
	struct __TEE_OperationHandle *made = NULL;
	void *on_heap = NULL;

	(void)maxKeySize;
	fake_begin(__func__);
	if (!operation)
		fake_panic(0);
	if (!found)
		return TEE_ERROR_NOT_SUPPORTED;
	on_heap = fake_heap_alloc(instance, ON_HEAP);
	if (!on_heap)
		return TEE_ERROR_OUT_OF_MEMORY;
	made = calloc(1, sizeof(*made));
	if (!made)
		abort();
	made->algorithm = found;
	made->on_heap = on_heap;
	made->next = instance->operations;
	instance->operations = made;
	fake_counters.handles++;
	mbedtls_md_init(&made->md);
	need_good(mbedtls_md_setup(&made->md, mbedtls_md_info_from_type(found->md), 0));
	begin_digest(made);
	*operation = made;
	return TEE_SUCCESS;
}

void TEE_FreeOperation(TEE_OperationHandle operation)
{
	struct instance *instance = fake_call()->instance;

	fake_begin(__func__);
	if (operation == TEE_HANDLE_NULL)
		return;
	if (!*link_of(instance, operation))
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_heap_free(instance, operation->on_heap);
	release(instance, operation);
}

void TEE_ResetOperation(TEE_OperationHandle operation)
{
	fake_begin(__func__);
	begin_digest(need(operation, TEE_OPERATION_DIGEST));
}

void TEE_DigestUpdate(TEE_OperationHandle operation, const void *chunk, size_t chunkSize)
{
	fake_begin(__func__);
	need_good(mbedtls_md_update(&need(operation, TEE_OPERATION_DIGEST)->md, chunk, chunkSize));
}

TEE_Result TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk, size_t chunkLen,
	void *hash, size_t *hashLen)
{
	struct __TEE_OperationHandle *found = NULL;
	size_t len = 0;

	fake_begin(__func__);
	found = need(operation, TEE_OPERATION_DIGEST);
	if (!chunk && chunkLen)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_need_private(hashLen, sizeof(*hashLen));
	len = mbedtls_md_get_size(mbedtls_md_info_from_type(found->algorithm->md));
	if (*hashLen < len) {
		*hashLen = len;
		return TEE_ERROR_SHORT_BUFFER;
	}
	need_good(mbedtls_md_update(&found->md, chunk, chunkLen));
	need_good(mbedtls_md_finish(&found->md, hash));
	begin_digest(found);
	*hashLen = len;
	return TEE_SUCCESS;
}
