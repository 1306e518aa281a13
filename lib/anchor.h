/* SPDX-License-Identifier: BSD-2-Clause */
/* Anchors by the names that users give them. */
#ifndef ANCHOR_H
#define ANCHOR_H

#include "error.h"

#include <festore_vault.h>

/*
 * What a vault that is made is to have (enum festore_anchor_kind): of NULL what the environment
 * says (FESTORE_ANCHOR, FESTORE_ANCHOR_WHEN), else what the TA chooses, and groups of commits.
 * FESTORE_USAGE: no such name, or a time for none.
 */
enum festore_error anchor_find(
	const char *kind, const char *when, uint32_t *ret_anchor, struct failure *failure);

/* Names of a vault's anchor; the strings are static. */
const char *anchor_kind_name(uint32_t anchor);
const char *anchor_when_name(uint32_t anchor);

#endif
