/* SPDX-License-Identifier: BSD-2-Clause */
/* Key derivation and unwrapping by the kit's mbedTLS: GP has neither. */
#include "wrap.h"

#include <mbedtls/md.h>
#include <mbedtls/nist_kw.h>
#include <string.h>

/* Of P-521, and of SHA-512. */
#define SECRET_MAX 66u
#define HASH_MAX 64u
#define KEY_BITS (8u * FESTORE_HASH)

/* What X9.63 hashes behind the secret: the number of the block, and ECC-CMS-SharedInfo (RFC 5753,
 * 7.2) of id-aes256-wrap and 256 bits without ukm. */
static const uint8_t shared_info[] = {0, 0, 0, 0, 0x30, 0x15, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
	0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d, 0xa2, 0x06, 0x04, 0x04, 0x00, 0x00, 0x01, 0x00};

static const mbedtls_md_info_t *hash_of(uint32_t hash)
{
	switch (hash) {
	case FESTORE_WIRE_SHA1:
		return mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
	case FESTORE_WIRE_SHA256:
		return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
	case FESTORE_WIRE_SHA384:
		return mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
	case FESTORE_WIRE_SHA512:
		return mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
	default:
		return NULL;
	}
}

/* Block `number` of X9.63's derivation, into at most HASH_MAX bytes. */
static TEE_Result derive_block(const mbedtls_md_info_t *hash, uint8_t number, const uint8_t *secret,
	size_t len, uint8_t *ret_block)
{
	uint8_t text[SECRET_MAX + sizeof(shared_info)] = {0};
	int failed = 0;

	/* Lengths are this TA's own. */
	if (len > SECRET_MAX)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	memcpy(text, secret, len);
	memcpy(text + len, shared_info, sizeof(shared_info));
	text[len + 3] = number;
	failed = mbedtls_md(hash, text, len + sizeof(shared_info), ret_block);
	TEE_MemFill(text, 0, sizeof(text));
	return failed == 0 ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

/* One block is enough but for SHA-1. */
static TEE_Result derive(const mbedtls_md_info_t *hash, const uint8_t *secret, size_t len,
	uint8_t ret_key[FESTORE_HASH])
{
	const size_t step = mbedtls_md_get_size(hash);
	uint8_t blocks[2 * HASH_MAX] = {0};
	TEE_Result res = derive_block(hash, 1, secret, len, blocks);

	if (res == TEE_SUCCESS && step < FESTORE_HASH)
		res = derive_block(hash, 2, secret, len, blocks + step);
	memcpy(ret_key, blocks, FESTORE_HASH);
	TEE_MemFill(blocks, 0, sizeof(blocks));
	return res;
}

static TEE_Result unwrap(const uint8_t key[FESTORE_HASH], const uint8_t wrapped[WRAP_LEN],
	uint8_t ret_key[FESTORE_HASH])
{
	mbedtls_nist_kw_context context;
	size_t len = 0;
	int failed = 0;

	mbedtls_nist_kw_init(&context);
	failed = mbedtls_nist_kw_setkey(&context, MBEDTLS_CIPHER_ID_AES, key, KEY_BITS, 0);
	if (failed == 0)
		failed = mbedtls_nist_kw_unwrap(&context, MBEDTLS_KW_MODE_KW, wrapped, WRAP_LEN,
			ret_key, &len, FESTORE_HASH);
	mbedtls_nist_kw_free(&context);
	return failed == 0 && len == FESTORE_HASH ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT;
}

TEE_Result wrap_open(uint32_t hash, const uint8_t *secret, size_t secret_len,
	const uint8_t wrapped[WRAP_LEN], uint8_t ret_key[FESTORE_HASH])
{
	const mbedtls_md_info_t *info = hash_of(hash);
	uint8_t wrapping_key[FESTORE_HASH] = {0};
	TEE_Result res = TEE_ERROR_NOT_SUPPORTED;

	if (info)
		res = derive(info, secret, secret_len, wrapping_key);
	if (res == TEE_SUCCESS)
		res = unwrap(wrapping_key, wrapped, ret_key);
	TEE_MemFill(wrapping_key, 0, sizeof(wrapping_key));
	return res;
}
