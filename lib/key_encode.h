/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys from the TA's numbers, and in the forms that other programs read. No TEE. */
#ifndef KEY_ENCODE_H
#define KEY_ENCODE_H

#include "error.h"

#include <openssl/bio.h>
#include <openssl/types.h>
#include <stdbool.h>

/*
 * A key from the public parts of its content (festore_vault.h). *ret_key is the caller's, for
 * key_free(). FESTORE_ERROR: they are no key of this type, or out of memory.
 */
enum festore_error key_from_parts(enum festore_key_type type, const uint8_t *parts, size_t len,
	EVP_PKEY **ret_key, struct failure *failure);

/* *ret_bytes is the caller's, for festore_content_free(). FESTORE_USAGE: it has no such form. */
enum festore_error key_encode(const EVP_PKEY *key, enum festore_key_type type,
	enum festore_key_format format, const char *comment, void **ret_bytes, size_t *ret_len,
	struct failure *failure);

/*
 * Pieces of OpenSSH's forms (RFC 4251, 5). False: out of memory. The name of a type's public keys
 * is NULL if it has none.
 */
const char *key_ssh_name(enum festore_key_type type);
bool key_write_ssh(BIO *to, const EVP_PKEY *key, enum festore_key_type type);
bool key_write_string(BIO *to, const uint8_t *bytes, size_t len);
bool key_write_mpint(BIO *to, const uint8_t *bytes, size_t len);

/* A copy of what was written to memory, for festore_content_free(). */
enum festore_error key_copy(BIO *from, void **ret_bytes, size_t *ret_len, struct failure *failure);

/* NULL-safe. */
void key_free(EVP_PKEY *key);

#endif
