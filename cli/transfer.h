/* SPDX-License-Identifier: BSD-2-Clause */
/* Contents of any size on their way through the command, one window in memory at a time. */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "input.h"
#include "options.h"
#include "output.h"

#define TRANSFER_WINDOW 65536

/* What is moved, and how. */
struct transfer {
	const struct subcommand *self;
	const struct options *options;
	struct festore *fs;
	const char *tag;
	uint64_t done; /* bytes, in the end */
};

/* Bytes of a file, as `get --range` names them. */
struct range {
	uint64_t offset;
	uint64_t len;
};

#define RANGE_ALL ((struct range){0, UINT64_MAX})

/*
 * Stores what `input` has under the tag. `window` has TRANSFER_WINDOW bytes, of which the first
 * `len` were read from the input already, and is overwritten. `flags`: enum festore_flag. A failure
 * is printed and returned; then the old content stands.
 */
enum festore_error transfer_put(struct transfer *transfer, struct input *input, void *window,
	size_t len, unsigned int flags);

/*
 * Writes the tag's content, or what there is of a range of it, to a file (`path`), or to standard
 * output for NULL. A file appears whole or not at all. Between progress_begin() and progress_end();
 * if the handle has done its part before the end it is closed and NULL, as after progress_end().
 * A failure is printed and returned.
 */
enum festore_error transfer_get(struct transfer *transfer, const char *path, struct range range);

/*
 * Copies a tag to another handle. A failure is printed and returned; then nothing has changed.
 * `transfer` is where it comes from.
 */
enum festore_error transfer_copy(
	struct transfer *transfer, struct festore *to, const char *new_tag, unsigned int flags);

#endif
