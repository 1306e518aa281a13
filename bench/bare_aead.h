/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vault's AEADs alone: so many chunks of `len` bytes, at most BARE_CHUNK, from private memory
 * to private memory, without a call or a copy more. It is the same chunk again and again, under one
 * key and nonce: no secret is sealed here.
 */
#ifndef BARE_AEAD_H
#define BARE_AEAD_H

#include <stdbool.h>
#include <tee_internal_api.h>

/* By AES-256-GCM of the GP API, or by ChaCha20-Poly1305 of mbedTLS in the TA. */
TEE_Result bare_seal(bool is_gcm, uint32_t chunks, size_t len);

/* What is opened must have been sealed last, with the same length. */
TEE_Result bare_open(bool is_gcm, uint32_t chunks, size_t len);

#endif
