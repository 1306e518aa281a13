/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done with keys. */
#ifndef KEYS_H
#define KEYS_H

#include <stddef.h>

/* Makes keys FROM to TO, which are there while others are measured. */
int keys_fill(unsigned long from, unsigned long to);

/*
 * "generate_p256", so many times; "sign_p256", "sign_rsa2048", "decrypt_p256", "decrypt_rsa2048"
 * and "decrypt_x25519" of KEYS_MESSAGE bytes, KEYS_EACH times. What is made is removed again.
 */
#define KEYS_MESSAGE ((size_t)1024)
#define KEYS_EACH 5u
int bench_keys(unsigned long generated);

/* "encrypt_..." and "decrypt_..." of `size` bytes, for x25519, p256 and rsa2048. */
int bench_keys_large(size_t size);

#endif
