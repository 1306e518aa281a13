/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA-OAEP (RFC 8017) as festore has it: SHA-256, MGF1 with SHA-256, an empty label. */
#ifndef OAEP_H
#define OAEP_H

#include <openssl/evp.h>
#include <stdint.h>

/* Bytes of a block of the longest key. */
#define OAEP_BLOCK_MAX 512u

/* Bytes that fit in one block of a key of at most 4096 bits. */
size_t oaep_limit(const EVP_PKEY *key);

/* Seals one block. `*len` is the room, and then the bytes written. 0: it cannot be done. */
int oaep_seal(EVP_PKEY *key, const uint8_t *bytes, size_t bytes_len, uint8_t *block, size_t *len);

#endif
