/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations of the GP API with an AES-256 key: AES-256-GCM's own, and its keystream alone, for
 * bytes that are known by other means to be what was encrypted.
 */
#ifndef AES_H
#define AES_H

#include "seal.h"

/*
 * An operation of this algorithm and mode, which has a copy of the key. TEE_ERROR_OUT_OF_MEMORY,
 * TEE_ERROR_NOT_SUPPORTED.
 */
TEE_Result aes_begin(uint32_t algorithm, uint32_t mode, const uint8_t key[FESTORE_HASH],
	TEE_OperationHandle *ret_operation);

/* Ends and forgets it; none is fine. */
void aes_end(TEE_OperationHandle *operation);

/*
 * Sets an operation of TEE_ALG_AES_CTR to where AES-256-GCM with this nonce begins to encrypt. Up
 * to GCM's limit of 2^32 - 2 blocks a message the keystreams are the same (SP 800-38D,
 * section 7.1).
 */
void aes_gcm_stream(TEE_OperationHandle operation, const uint8_t nonce[SEAL_NONCE]);

/* Decrypts the next bytes where they are: whole blocks, but for the last ones of a message. */
TEE_Result aes_stream(TEE_OperationHandle operation, uint8_t *bytes, size_t len, bool is_last);

#endif
