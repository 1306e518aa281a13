/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done with much at once: batches, a large file and places in it, the AEAD alone. */
#ifndef BULK_H
#define BULK_H

#include <stddef.h>

/* "puts": so many puts of `size` bytes, one by one; "batch": the same in one batch. */
#define BULK_PUTS 64u

int bench_batch(size_t size, unsigned int repeat);

/*
 * "create" and "get" of `size` bytes, a multiple of many chunks; then with the file open "random",
 * reads of one chunk anywhere, and "across", of as many bytes that lie in two.
 */
int bench_large(size_t size);

/* "seal" and "open", or "seal_gcm" and "open_gcm": an AEAD alone over `size` bytes in the TA. */
int bench_chacha(size_t size, unsigned int repeat);
int bench_gcm(size_t size, unsigned int repeat);

#endif
