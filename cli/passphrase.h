/* SPDX-License-Identifier: BSD-2-Clause */
/* Passphrases, from a descriptor or from the terminal. */
#ifndef PASSPHRASE_H
#define PASSPHRASE_H

#include "cli.h"

/* Bytes of the longest, and of its newline. */
enum { PASSPHRASE_ROOM = 1025 };

/* To be wiped. */
struct passphrase {
	char text[PASSPHRASE_ROOM];
	size_t len;
};

/* What is asked for. */
struct question {
	const char *prompt;
	const char *name;        /* "passphrase", say */
	const char *no_terminal; /* what is said where there is none to ask on */
};

/*
 * Takes a line from the descriptor of this number, or for NULL asks on the terminal, which does not
 * show it. Whatever signals come meanwhile, the terminal is left as it was. A failure is printed
 * and returned.
 */
enum festore_error passphrase_get(const struct subcommand *self, const char *descriptor,
	const struct question *question, struct passphrase *ret_passphrase);

#endif
