/* SPDX-License-Identifier: BSD-2-Clause */
/* mbedTLS behind the names of the specification. */
#include "seal.h"

#include "aead.h"

#include <mbedtls/md.h>
#include <string.h>

#define INFO_MAX 128u

static const mbedtls_md_info_t *sha256(void)
{
	return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
}

TEE_Result seal_mac(const uint8_t key[FESTORE_HASH], const void *data, size_t len,
	uint8_t ret_mac[FESTORE_HASH])
{
	return mbedtls_md_hmac(sha256(), key, FESTORE_HASH, data, len, ret_mac) == 0
		? TEE_SUCCESS
		: TEE_ERROR_OUT_OF_MEMORY;
}

TEE_Result seal_expand(const uint8_t key[FESTORE_HASH], const char *label, const void *data,
	size_t len, uint8_t ret_key[FESTORE_HASH])
{
	uint8_t info[INFO_MAX] = {0};
	const size_t label_len = strlen(label) + 1;

	/* Labels and data are this TA's own. */
	if (label_len + len + 1 > sizeof(info))
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	memcpy(info, label, label_len);
	memcpy(info + label_len, data, len);
	info[label_len + len] = 1;
	return seal_mac(key, info, label_len + len + 1, ret_key);
}

TEE_Result seal_random(const uint8_t key[FESTORE_HASH], const void *data, size_t data_len,
	uint8_t *ret_random, size_t len)
{
	uint8_t bytes[FESTORE_HASH + INFO_MAX] = {0};
	uint8_t mac[FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	/* Both are this TA's own. */
	if (data_len > INFO_MAX || len > sizeof(mac))
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	TEE_GenerateRandom(bytes, FESTORE_HASH);
	memcpy(bytes + FESTORE_HASH, data, data_len);
	res = seal_mac(key, bytes, FESTORE_HASH + data_len, mac);
	if (res == TEE_SUCCESS)
		memcpy(ret_random, mac, len);
	TEE_MemFill(bytes, 0, sizeof(bytes));
	TEE_MemFill(mac, 0, sizeof(mac));
	return res;
}

TEE_Result seal_hash(const void *data, size_t len, uint8_t ret_hash[FESTORE_HASH])
{
	return mbedtls_md(sha256(), data, len, ret_hash) == 0 ? TEE_SUCCESS
							      : TEE_ERROR_OUT_OF_MEMORY;
}

TEE_Result seal_keys(uint32_t aead, const uint8_t master[FESTORE_HASH], const uint8_t vault[16],
	struct seal_keys *ret_keys)
{
	TEE_Result res = seal_expand(master, "locator", vault, 16, ret_keys->locator);

	ret_keys->aead = aead;
	if (res == TEE_SUCCESS)
		res = seal_expand(master, "record", vault, 16, ret_keys->record);
	if (res == TEE_SUCCESS)
		res = seal_expand(master, "state", vault, 16, ret_keys->state);
	return res;
}

TEE_Result seal_close(
	const struct seal *seal, uint8_t *bytes, size_t len, uint8_t ret_tag[FESTORE_SEAL])
{
	struct aead aead;
	TEE_Result res = aead_begin(seal, AEAD_CLOSES, &aead);

	if (res != TEE_SUCCESS)
		return res;
	res = aead_close(&aead, seal, bytes, len, ret_tag);
	aead_end(&aead);
	return res;
}

TEE_Result seal_open(
	const struct seal *seal, uint8_t *bytes, size_t len, const uint8_t tag[FESTORE_SEAL])
{
	struct aead aead;
	TEE_Result res = aead_begin(seal, AEAD_OPENS, &aead);

	if (res != TEE_SUCCESS) {
		memset(bytes, 0, len);
		return res;
	}
	res = aead_open(&aead, seal, bytes, len, tag);
	aead_end(&aead);
	return res;
}
