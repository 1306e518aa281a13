/* SPDX-License-Identifier: BSD-2-Clause */
/* Extract and expand. */
#include "hkdf.h"

#include "seal.h"

#include <mbedtls/md.h>
#include <string.h>

/* By the kit's mbedTLS: a salt may be short or long, and OP-TEE's HMAC takes neither as a key. */
static TEE_Result extract(const struct hkdf *hkdf, uint8_t ret_key[FESTORE_HASH])
{
	const mbedtls_md_info_t *hash = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
	const int failed = mbedtls_md_hmac(
		hash, hkdf->salt, hkdf->salt_len, hkdf->secret, hkdf->secret_len, ret_key);

	return failed == 0 ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

/* Block `number`, from 1, of which `block` has the one before; that of the first is empty. */
static TEE_Result make_block(const struct hkdf *hkdf, const uint8_t key[FESTORE_HASH],
	uint8_t number, uint8_t block[FESTORE_HASH])
{
	uint8_t text[FESTORE_HASH + HKDF_INFO_MAX + 1] = {0};
	const size_t before = number == 1 ? 0 : FESTORE_HASH;
	TEE_Result res = TEE_SUCCESS;

	memcpy(text, block, before);
	if (hkdf->info_len != 0)
		memcpy(text + before, hkdf->info, hkdf->info_len);
	text[before + hkdf->info_len] = number;
	res = seal_mac(key, text, before + hkdf->info_len + 1, block);
	TEE_MemFill(text, 0, sizeof(text));
	return res;
}

TEE_Result hkdf(const struct hkdf *hkdf, uint8_t *ret_bytes, size_t len)
{
	uint8_t key[FESTORE_HASH] = {0};
	uint8_t block[FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	/* Lengths are this TA's own. */
	if (hkdf->info_len > HKDF_INFO_MAX || len > HKDF_MAX)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	res = extract(hkdf, key);
	for (size_t at = 0; at < len && res == TEE_SUCCESS; at += FESTORE_HASH) {
		const size_t step = len - at < FESTORE_HASH ? len - at : FESTORE_HASH;

		res = make_block(hkdf, key, (uint8_t)(at / FESTORE_HASH + 1), block);
		memcpy(ret_bytes + at, block, step);
	}
	TEE_MemFill(key, 0, sizeof(key));
	TEE_MemFill(block, 0, sizeof(block));
	return res;
}
