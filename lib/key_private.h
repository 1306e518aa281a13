/* SPDX-License-Identifier: BSD-2-Clause */
/* Private keys as other programs write them, on their way to the TA. No TEE. */
#ifndef KEY_PRIVATE_H
#define KEY_PRIVATE_H

#include "error.h"

#include <festore_vault.h>

/* Bytes of the longest input that can be one: an RSA key of 4096 bits has 3,300 in PEM. */
#define KEY_PRIVATE_MAX 65536

/* Bytes of the longest passphrase. */
#define KEY_PASSPHRASE_MAX 1024

/* The numbers of a pair, as a content has them (festore_vault.h). To be wiped. */
struct key_private {
	enum festore_key_type type;
	size_t len;
	uint8_t parts[FESTORE_KEY_MAX];
};

/*
 * Reads PKCS#8 (RFC 5208), DER, or PEM with any text around it, of a type that festore has;
 * `passphrase` may be NULL if it is not encrypted. Whether the numbers are a pair the TA says.
 * FESTORE_USAGE: it is no such key, or encrypted without a passphrase; FESTORE_DENIED: the
 * passphrase does not open it; FESTORE_ERROR: out of memory.
 */
enum festore_error key_private_read(const void *bytes, size_t len, const char *passphrase,
	size_t passphrase_len, struct key_private *ret_private, struct failure *failure);

#endif
