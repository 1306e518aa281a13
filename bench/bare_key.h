/* SPDX-License-Identifier: BSD-2-Clause */
/* One transient key, and GP's calls with it and nothing else. */
#ifndef BARE_KEY_H
#define BARE_KEY_H

#include <tee_internal_api.h>

/* Another key of a kind (enum bare_key) in place of the one before; nothing but GP's generation. */
TEE_Result bare_key_new(uint32_t kind);

/* Signs 32 bytes: ECDSA with SHA-256, or RSA-PSS. */
TEE_Result bare_key_sign(void);

/* Makes what bare_key_decrypt() opens: to this key, a message of `len` bytes. */
TEE_Result bare_key_encrypt(size_t len);

/* RSA-OAEP or an agreement, then the AEAD over the message: AES-256-GCM, of X25519
 * ChaCha20-Poly1305. */
TEE_Result bare_key_decrypt(size_t len);

#endif
