/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts of a batch, gathered so that one call of the TA does many: it proves what their paths share
 * once, and each row of nodes is written once.
 */
#ifndef VAULT_PUTS_H
#define VAULT_PUTS_H

#include "error.h"

#include <festore_vault.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct festore;
struct vault_puts;

/*
 * Gathers a put of at most FESTORE_WINDOW bytes, which it copies; asks the TA for those before it
 * if there is no room for one more or one is of the same tag. In a transaction that is a batch's.
 */
enum festore_error vault_puts_add(
	struct festore *fs, const char *tag, const void *content, size_t content_len);

/* Asks the TA for all that were gathered, and writes what it answers. */
enum festore_error vault_puts_flush(struct festore *fs);

/* Forgets what was gathered; wipes and frees. NULL-safe. */
void vault_puts_free(struct vault_puts *puts);

#endif
