/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of a signed TA (OP-TEE, core/include/signed_hdr.h, struct shdr), little-endian: magic,
 * type, size, algorithm (32 bits each), lengths of hash and signature (16 bits each), hash,
 * signature.
 */
#include "signature.h"

#include "default_keys.h"

#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Where OP-TEE's tee-supplicant looks for TAs if it is not told (optee_client, TEEC_LOAD_PATH). */
#define DEFAULT_TAS "/lib/optee_armtz"

/* The *objects* TA and the *vault* TA. */
#define OBJECTS_FILE "d625dbef-bb3e-442a-b873-961996814ee7.ta"
#define VAULT_FILE "b4d298d3-c925-42ec-96d9-4437534aa455.ta"

#define SHDR_MAGIC 0x4f545348u
#define SHDR_PSS_SHA256 0x70414930u  /* TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256 */
#define SHDR_V1_5_SHA256 0x70004830u /* TEE_ALG_RSASSA_PKCS1_V1_5_SHA256 */
#define SHA256_LEN 32u
#define SIGNATURE_MAX 512u /* of RSA-4096 */

struct signed_header {
	uint32_t magic;
	uint32_t type;
	uint32_t size;
	uint32_t algorithm;
	uint16_t hash_len;
	uint16_t signature_len;
};

struct signed_hash {
	uint32_t algorithm;
	uint8_t hash[SHA256_LEN];
	uint8_t signature[SIGNATURE_MAX];
	size_t signature_len;
};

static bool read_signed_hash(FILE *file, struct signed_hash *ret)
{
	struct signed_header header = {0};

	if (fread(&header, sizeof(header), 1, file) != 1 || header.magic != SHDR_MAGIC)
		return false;
	if (header.hash_len != SHA256_LEN || header.signature_len > SIGNATURE_MAX)
		return false;
	ret->algorithm = header.algorithm;
	ret->signature_len = header.signature_len;
	return fread(ret->hash, SHA256_LEN, 1, file) == 1 &&
		fread(ret->signature, header.signature_len, 1, file) == 1;
}

static bool verifies(mbedtls_pk_context *key, const struct signed_hash *signed_hash)
{
	const mbedtls_pk_rsassa_pss_options pss = {
		.mgf1_hash_id = MBEDTLS_MD_SHA256,
		.expected_salt_len = MBEDTLS_RSA_SALT_LEN_ANY,
	};

	switch (signed_hash->algorithm) {
	case SHDR_PSS_SHA256:
		return mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &pss, key, MBEDTLS_MD_SHA256,
			       signed_hash->hash, SHA256_LEN, signed_hash->signature,
			       signed_hash->signature_len) == 0;
	case SHDR_V1_5_SHA256:
		return mbedtls_pk_verify(key, MBEDTLS_MD_SHA256, signed_hash->hash, SHA256_LEN,
			       signed_hash->signature, signed_hash->signature_len) == 0;
	default:
		return false;
	}
}

static bool is_by(const char *pem, const struct signed_hash *signed_hash)
{
	mbedtls_pk_context key;
	bool is = false;

	mbedtls_pk_init(&key);
	if (mbedtls_pk_parse_public_key(&key, (const unsigned char *)pem, strlen(pem) + 1) == 0)
		is = verifies(&key, signed_hash);
	mbedtls_pk_free(&key);
	return is;
}

enum signature_kind signature_of_ta(const char *tas, enum festore_storage storage)
{
	const char *name = storage == FESTORE_STORAGE_VAULT ? VAULT_FILE : OBJECTS_FILE;
	struct signed_hash signed_hash = {0};
	char path[512];
	bool is_signed = false;
	FILE *file = NULL;

	snprintf(path, sizeof(path), "%s/%s", tas[0] != '\0' ? tas : DEFAULT_TAS, name);
	file = fopen(path, "re");
	if (file) {
		is_signed = read_signed_hash(file, &signed_hash);
		fclose(file);
	}
	if (!is_signed)
		return SIGNATURE_NO_FILE;
	for (size_t i = 0; i < default_key_count; i++) {
		if (is_by(default_keys[i], &signed_hash))
			return SIGNATURE_DEFAULT;
	}
	return SIGNATURE_OTHER;
}
