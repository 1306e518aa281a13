/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole directories: `put -r` and `get -r`. */
#ifndef TREE_H
#define TREE_H

#include "options.h"

/*
 * Stores the regular files below `directory` under PREFIX/PATH, small ones in batches. Nothing else
 * is followed or stored: that is said, and makes the status FESTORE_ERROR in the end.
 */
enum festore_error tree_put(const struct subcommand *self, const struct options *options,
	const char *directory, const char *prefix);

/*
 * Writes what the tags PREFIX/PATH hold to files below `directory`, which none can leave. All are
 * tried; the first failure is returned.
 */
enum festore_error tree_get(const struct subcommand *self, const struct options *options,
	const char *prefix, const char *directory);

#endif
