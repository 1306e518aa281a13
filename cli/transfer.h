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
	bool takes;    /* a get may take away what is read once */
	uint64_t done; /* bytes, in the end */

	/* Of several that are shown as one: bytes of those before, and of all; else 0. */
	uint64_t before;
	uint64_t total;
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

/* Where a content goes. */
struct target {
	const char *path; /* NULL: standard output */
	const char *name; /* NULL: the path says all; else a file in `folder`, and the path is for
			     messages */
	int folder;
	bool replaces; /* a file of this name that is there */
};

/*
 * Writes the tag's content, or what there is of a range of it. A file appears whole or not at all.
 * Between progress_begin() and progress_end(); but without a name in the target the handle is
 * closed, and NULL, when it has done its part before the end, as after progress_end(). A failure is
 * printed and returned.
 */
enum festore_error transfer_get(
	struct transfer *transfer, const struct target *target, struct range range);

/* Writes what stands before a content, of which nothing was written yet; prints its failures. */
typedef enum festore_error (*transfer_begin)(const struct festore_file_info *info, void *arg);

/*
 * Appends the tag's content to an output that is open, behind what `begin` writes, which is called
 * when the first window was verified. A failure is printed and returned.
 */
enum festore_error transfer_append(
	struct transfer *transfer, struct output *output, transfer_begin begin, void *arg);

/*
 * Copies a tag to another handle. A failure is printed and returned; then nothing has changed.
 * `transfer` is where it comes from.
 */
enum festore_error transfer_copy(
	struct transfer *transfer, struct festore *to, const char *new_tag, unsigned int flags);

#endif
