/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Public keys as other programs write them. Of what is about keys only lib/key_*.c call OpenSSL.
 * No TEE.
 */
#ifndef KEY_PUBLIC_H
#define KEY_PUBLIC_H

#include "error.h"

#include <openssl/types.h>

/* What is said of a key ("public", "private") of another kind. */
#define KEY_PUBLIC_OTHER \
	"a %s key that festore cannot use: it takes RSA of 2048, 3072 or 4096 bits, P-256, " \
	"P-384, " \
	"P-521, Ed25519 and X25519"

/* The type of a key, public or private; 0: none that festore has, or a curve that is not named. */
enum festore_key_type key_public_type(const EVP_PKEY *key);

/* Bytes of the longest that the next gives: a point of P-521. */
#define KEY_PUBLIC_PEER_MAX 133u

/* What a key agrees by: an uncompressed point, or X25519's 32 bytes. 0: keys of its type do not. */
size_t key_public_peer(
	const EVP_PKEY *key, enum festore_key_type type, uint8_t ret_peer[KEY_PUBLIC_PEER_MAX]);

/* Bytes of the longest input that can be one: an RSA key of 4096 bits has 800 in PEM. */
#define KEY_PUBLIC_MAX 65536

/*
 * Reads a SubjectPublicKeyInfo (RFC 5280), DER, or PEM with any text around it, of a type that
 * festore has; a point is on its curve, and the curve is named. *ret_key is the caller's, for
 * EVP_PKEY_free(). FESTORE_USAGE: it is none; FESTORE_ERROR: out of memory.
 */
enum festore_error key_public_read(const void *bytes, size_t len, EVP_PKEY **ret_key,
	enum festore_key_type *ret_type, struct failure *failure);

#endif
