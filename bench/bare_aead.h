/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vault's AEADs alone: so many chunks of BARE_CHUNK bytes from private memory to private
 * memory, without a call or a copy more. It is the same chunk again and again, under one key and
 * nonce: no secret is sealed here.
 */
#ifndef BARE_AEAD_H
#define BARE_AEAD_H

#include <stdbool.h>
#include <tee_internal_api.h>

/* ChaCha20-Poly1305 by mbedTLS in the TA. */
TEE_Result bare_chacha(uint32_t chunks, bool is_opening);

/* AES-256-GCM by the GP API. */
TEE_Result bare_gcm(uint32_t chunks, bool is_opening);

#endif
