/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a private key finds out of what was sent to it, by GP's functions. Private memory only.
 * Everything that others can send is checked before GP sees it, which may panic over it.
 */
#ifndef KEY_SECRET_H
#define KEY_SECRET_H

#include "key_type.h"

/* Bytes of the longest secret: a field element of P-521. */
#define KEY_SECRET_MAX 66u

/*
 * RSAES-OAEP with SHA-256, MGF1 with SHA-256, no label: opens a block as long as the modulus into
 * `*len` bytes, as many as the block has; *len is then what it held. TEE_ERROR_CORRUPT_OBJECT is
 * the only answer to whatever is wrong with the block, so that it tells nothing. Also
 * TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_NOT_SUPPORTED.
 */
TEE_Result key_secret_decrypt(const struct key_type *type, const uint8_t *pair,
	const uint8_t *block, size_t block_len, uint8_t *ret_bytes, size_t *len);

/*
 * ECDH, or X25519: the secret of the pair and another's public key, an uncompressed point or 32
 * bytes. TEE_ERROR_CORRUPT_OBJECT: that is no public key of the pair's kind. Also as the other.
 */
TEE_Result key_secret_agree(const struct key_type *type, const uint8_t *pair, const uint8_t *peer,
	size_t peer_len, uint8_t ret_secret[KEY_SECRET_MAX], size_t *ret_len);

#endif
