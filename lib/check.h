/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking and mending of vaults: what check.c and mend.c share. */
#ifndef CHECK_H
#define CHECK_H

#include "survey.h"

/* As every public call about damage begins: FESTORE_USAGE without a vault, or in a batch. */
enum festore_error check_begin(struct festore *fs);

/*
 * Makes rows of nodes and copies of the header anew that are not as they should be, in one
 * transaction, after the TA has proven the entries. Writes what there was, and which copies of the
 * header (1: the first, 2: the second; never both). Nothing is changed where SQLite finds the
 * database's structure damaged.
 */
enum festore_error mend_all(
	struct festore *fs, struct bytes_misfits *ret_misfits, unsigned int *ret_headers);

#endif
