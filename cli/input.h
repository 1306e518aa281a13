/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what is to be stored. */
#ifndef INPUT_H
#define INPUT_H

#include "cli.h"

/*
 * Reads FILE, or standard input for NULL or "-", to its end, but no more than `limit` + 1 bytes:
 * then it is too large anyway. On FESTORE_OK *ret_bytes is the caller's, for
 * festore_content_free(). Otherwise the reason has been printed.
 */
enum festore_error input_read(const struct subcommand *self, const char *path, size_t limit,
	void **ret_bytes, size_t *ret_len);

#endif
