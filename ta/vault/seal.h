/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys and seals (docs/SPEC.md): HMAC and one-block HKDF with SHA-256, and one message sealed with
 * one of the AEADs (aead.h). Bytes in, bytes out. All buffers are private memory.
 *
 * All functions but seal_close() and seal_open() fail only with TEE_ERROR_OUT_OF_MEMORY.
 */
#ifndef SEAL_H
#define SEAL_H

#include <festore_vault.h>
#include <tee_internal_api.h>

#define SEAL_SALT 16u
#define SEAL_NONCE 12u

/* What the master key of a vault is expanded to, and what they are used with. */
struct seal_keys {
	uint32_t aead; /* enum festore_aead */
	uint8_t locator[FESTORE_HASH];
	uint8_t record[FESTORE_HASH];
	uint8_t state[FESTORE_HASH];
};

TEE_Result seal_mac(const uint8_t key[FESTORE_HASH], const void *data, size_t len,
	uint8_t ret_mac[FESTORE_HASH]);

/* HKDF-Expand (RFC 5869) of one block: label, a zero byte and `data` (at most 64 bytes) are its
 * info. */
TEE_Result seal_expand(const uint8_t key[FESTORE_HASH], const char *label, const void *data,
	size_t len, uint8_t ret_key[FESTORE_HASH]);

/*
 * `len` bytes (at most 32) that are as good as OP-TEE's random numbers, and where these are not
 * good still differ for other data: a MAC under a secret key over 32 random bytes and `data` (at
 * most 128 bytes). A device without a source of randomness gives the same numbers after each boot,
 * and a key must not be used twice.
 */
TEE_Result seal_random(const uint8_t key[FESTORE_HASH], const void *data, size_t data_len,
	uint8_t *ret_random, size_t len);

TEE_Result seal_hash(const void *data, size_t len, uint8_t ret_hash[FESTORE_HASH]);

/* The keys of the vault `vault`, whose AEAD this is, from its master key. */
TEE_Result seal_keys(uint32_t aead, const uint8_t master[FESTORE_HASH], const uint8_t vault[16],
	struct seal_keys *ret_keys);

/* A message: its key, used for no other of this nonce, and what is authenticated beside it. */
struct seal {
	uint32_t aead;      /* enum festore_aead */
	const uint8_t *key; /* FESTORE_HASH bytes */
	uint8_t nonce[SEAL_NONCE];
	const void *aad;
	size_t aad_len;
};

/* Encrypts `len` bytes in place. TEE_ERROR_NOT_SUPPORTED: the TEE, or this TA, has no such AEAD. */
TEE_Result seal_close(
	const struct seal *seal, uint8_t *bytes, size_t len, uint8_t ret_tag[FESTORE_SEAL]);

/*
 * Decrypts in place; the bytes are zero if it fails. TEE_ERROR_CORRUPT_OBJECT: not what was sealed;
 * also as seal_close().
 */
TEE_Result seal_open(
	const struct seal *seal, uint8_t *bytes, size_t len, const uint8_t tag[FESTORE_SEAL]);

#endif
