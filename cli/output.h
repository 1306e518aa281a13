/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing what was stored. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "cli.h"

/* Writes all bytes to standard output; a failure is printed and returned. */
int output_to_stdout(const struct subcommand *self, const void *bytes, size_t len);

/*
 * Writes a file that appears whole or not at all, with mode 0600, in place of what was there; it
 * is on stable storage when this returns 0. What is not a regular file (a pipe, a device) is
 * written as it is. A failure is printed and returned.
 */
int output_to_file(const struct subcommand *self, const char *path, const void *bytes, size_t len);

#endif
