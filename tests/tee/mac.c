// SPDX-License-Identifier: BSD-2-Clause
/*
 * Message authentication codes. States and panics as in libutee's tee_api_operations.c: a MAC needs
 * a key, then an init; a final ends it, unless the buffer was too small.
 */
#include <string.h>

#include "operation.h"

static struct __TEE_OperationHandle *active(TEE_OperationHandle operation)
{
	struct __TEE_OperationHandle *found = operation_of(operation, TEE_OPERATION_MAC);

	if (!found->is_active)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	return found;
}

/* An HMAC has no IV; libutee does not look at it. An init in the middle begins anew. */
void TEE_MACInit(TEE_OperationHandle operation, const void *IV, size_t IVLen)
{
	struct __TEE_OperationHandle *found = NULL;
	const uint8_t *key = NULL;
	size_t len = 0;

	(void)IV;
	(void)IVLen;
	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_MAC);
	if (!found->has_key)
		fake_panic(0);
	key = fake_transient_secret(found->key, &len);
	operation_need_good(mbedtls_md_hmac_starts(&found->md, key, len));
	found->is_active = true;
}

static void update(struct __TEE_OperationHandle *found, const void *chunk, size_t len)
{
	if (!chunk && len)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	if (len)
		operation_need_good(mbedtls_md_hmac_update(&found->md, chunk, len));
}

void TEE_MACUpdate(TEE_OperationHandle operation, const void *chunk, size_t chunkSize)
{
	fake_begin(__func__);
	update(active(operation), chunk, chunkSize);
}

static void finish(
	struct __TEE_OperationHandle *found, const void *message, size_t len, uint8_t *ret_mac)
{
	update(found, message, len);
	operation_need_good(mbedtls_md_hmac_finish(&found->md, ret_mac));
	found->is_active = false;
}

TEE_Result TEE_MACComputeFinal(TEE_OperationHandle operation, const void *message,
	size_t messageLen, void *mac, size_t *macLen)
{
	struct __TEE_OperationHandle *found = NULL;
	size_t len = 0;

	fake_begin(__func__);
	found = active(operation);
	fake_need_private(macLen, sizeof(*macLen));
	if (!message && messageLen)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	len = operation_digest_len(found);
	if (*macLen < len) {
		*macLen = len;
		return TEE_ERROR_SHORT_BUFFER;
	}
	finish(found, message, messageLen, mac);
	*macLen = len;
	return TEE_SUCCESS;
}

TEE_Result TEE_MACCompareFinal(TEE_OperationHandle operation, const void *message,
	size_t messageLen, const void *mac, size_t macLen)
{
	struct __TEE_OperationHandle *found = NULL;
	uint8_t computed[MBEDTLS_MD_MAX_SIZE];
	size_t len = 0;

	fake_begin(__func__);
	found = active(operation);
	len = operation_digest_len(found);
	finish(found, message, messageLen, computed);
	if (macLen != len || memcmp(mac, computed, len) != 0)
		return TEE_ERROR_MAC_INVALID;
	return TEE_SUCCESS;
}
