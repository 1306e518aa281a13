/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The AEADs of the format: ChaCha20-Poly1305 by mbedTLS, inside the TA, and AES-256-GCM by the GP
 * API, which uses what the device has for it. All buffers are private memory: OP-TEE's GCM in
 * software reads what it decrypts twice.
 */
#ifndef AEAD_H
#define AEAD_H

#include "seal.h"

#include <stdbool.h>

enum aead_use { AEAD_CLOSES, AEAD_OPENS };

/* A key at work, for many messages: getting the TEE's ready takes six calls of it. */
struct aead {
	TEE_OperationHandle operation; /* of AES-256-GCM, else TEE_HANDLE_NULL */
};

/* Has this TA an AEAD of this number? */
bool aead_is_known(uint32_t aead);

/*
 * Begins to use the seal's AEAD and key. TEE_ERROR_OUT_OF_MEMORY; TEE_ERROR_NOT_SUPPORTED: the TEE,
 * or this TA, has no such AEAD. After TEE_SUCCESS aead_end() is due.
 */
TEE_Result aead_begin(const struct seal *seal, enum aead_use use, struct aead *ret_aead);

/* As seal_close() and seal_open(), with a nonce of its own each time. After an error of aead_open()
 * only aead_end() is left. */
TEE_Result aead_close(const struct aead *aead, const struct seal *seal, uint8_t *bytes, size_t len,
	uint8_t ret_tag[FESTORE_SEAL]);
TEE_Result aead_open(const struct aead *aead, const struct seal *seal, uint8_t *bytes, size_t len,
	const uint8_t tag[FESTORE_SEAL]);

void aead_end(struct aead *aead);

#endif
