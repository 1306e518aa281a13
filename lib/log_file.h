/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported logs (docs/SPEC.md, Log): the file, and its check without a TEE. */
#ifndef LOG_FILE_H
#define LOG_FILE_H

#include "log_chain.h"

#define LOG_FILE_MAGIC 0x58747366u /* the bytes `fstX` */
#define LOG_FILE_FORMAT 1u

/* The beginning of a file; the entries follow, then a struct festore_log_signed, then nothing. */
struct log_file {
	uint32_t magic;
	uint16_t format;
	uint16_t reserved;
	uint64_t len; /* bytes of the entries */
};

/* *ret_bytes is the caller's, for festore_content_free(). */
enum festore_error log_file_make(const uint8_t *entries, size_t entries_len,
	const struct festore_log_signed *signed_head, void **ret_bytes, size_t *ret_len,
	struct failure *failure);

/* The device's public key in a form that other programs read. */
enum festore_error log_file_key(const uint8_t *key, size_t key_len, enum festore_key_format format,
	void **ret_bytes, size_t *ret_len, struct failure *failure);

#endif
