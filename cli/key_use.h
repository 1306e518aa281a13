/* SPDX-License-Identifier: BSD-2-Clause */
/* What keys are for, in words; and the verbs of `festore key` that have files of their own. */
#ifndef KEY_USE_H
#define KEY_USE_H

#include "cli.h"

/* Names with commas between them; NULL is 0. What is none is printed and FESTORE_USAGE. */
enum festore_error key_use_read(
	const struct subcommand *self, const char *names, unsigned int *ret_use);

/* Prints "sign,decrypt", with `before` on both sides of each name. */
void key_use_print(unsigned int use, const char *before, const char *between);

/* How often a key may be used; NULL is 0. What is no such number is printed and FESTORE_USAGE. */
enum festore_error key_max_uses_read(
	const struct subcommand *self, const char *text, uint32_t *ret_uses);

int key_cert_run(const struct subcommand *self, int argc, char **argv);
int key_csr_run(const struct subcommand *self, int argc, char **argv);
int key_derive_run(const struct subcommand *self, int argc, char **argv);
int key_import_run(const struct subcommand *self, int argc, char **argv);

#endif
