/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a content's key travels to an EC key in CMS (RFC 5753): X9.63's key derivation from the
 * agreed secret, then AES-256 key wrap (RFC 3394). Private memory only.
 */
#ifndef WRAP_H
#define WRAP_H

#include <festore_vault.h>
#include <tee_internal_api.h>

#define WRAP_LEN (FESTORE_HASH + 8u)

/*
 * Unwraps a key of 32 bytes with the secret that ECDH gave; `hash`: enum festore_wire_hash. Never
 * says why it did not: TEE_ERROR_CORRUPT_OBJECT. Also TEE_ERROR_OUT_OF_MEMORY.
 */
TEE_Result wrap_open(uint32_t hash, const uint8_t *secret, size_t secret_len,
	const uint8_t wrapped[WRAP_LEN], uint8_t ret_key[FESTORE_HASH]);

#endif
