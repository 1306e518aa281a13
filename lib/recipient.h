/* SPDX-License-Identifier: BSD-2-Clause */
/* A public key that something is encrypted to, and what CMS calls it. */
#ifndef RECIPIENT_H
#define RECIPIENT_H

#include "error.h"

#include <openssl/evp.h>
#include <stdint.h>

/* What CMS names a recipient by, SHA-1 of the bits of the public key (RFC 5280, 4.2.1.2). */
#define RECIPIENT_ID_LEN 20u

struct recipient {
	enum festore_key_type type; /* one that decrypts: RSA, a curve of NIST's, X25519 */
	EVP_PKEY *key;
	uint8_t id[RECIPIENT_ID_LEN];
};

/*
 * Reads a public key (key_public.h) from a file that has no other key or certificate in it.
 * FESTORE_USAGE if nothing can be encrypted to it, and `failure` says why. On FESTORE_OK to be
 * ended with recipient_free().
 */
enum festore_error recipient_read(
	struct recipient *ret_recipient, const void *text, size_t len, struct failure *failure);

/* As recipient_read(), of a key of this type that is known to be good, and is taken over. */
enum festore_error recipient_of_key(struct recipient *ret_recipient, EVP_PKEY *key,
	enum festore_key_type type, struct failure *failure);

/* NULL-safe within: what was never read may be freed. */
void recipient_free(struct recipient *recipient);

#endif
