/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing what was stored, piece by piece. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "cli.h"

#include <stdint.h>

struct output {
	const struct subcommand *self;
	const char *path; /* for messages */
	const char *name; /* of the file in its folder; points into what was given as path */
	bool is_direct;   /* no file that is to appear whole: standard output, a pipe, a device */
	bool is_new;      /* a file that is there already is an error */
	int fd;
	int folder;
	char temporary[24]; /* "": the file has no name yet */
};

/* Standard output. */
void output_to_stdout(struct output *ret_output, const struct subcommand *self);

/*
 * A file that appears whole at output_commit() or not at all, with mode 0600, in place of what was
 * there. What is not a regular file (a pipe, a device) is written as it is. A failure is printed
 * and returned; then there is nothing to commit or abort. `path` must last as long as the output.
 */
enum festore_error output_to_file(
	struct output *ret_output, const struct subcommand *self, const char *path);

/*
 * A file `name` in the open folder, which it takes over on success; nothing is followed. Without
 * `replaces` a file that is there is FESTORE_EXISTS at the commit. `path` is for messages.
 */
enum festore_error output_to_folder(struct output *ret_output, const struct subcommand *self,
	int folder, const char *name, const char *path, bool replaces);

/*
 * Room for `len` bytes in a file that is to appear, so that it does not end when half is written;
 * nothing where that cannot be had. A failure is printed and returned.
 */
enum festore_error output_reserve(struct output *output, uint64_t len);

/* A failure is printed and returned; FESTORE_INTERRUPTED is not printed. */
enum festore_error output_write(struct output *output, const void *bytes, size_t len);

/*
 * All bytes at once, to a file as output_to_file() or, for NULL or "-", to standard output; what is
 * not text is not shown on a terminal. A failure is printed and returned.
 */
enum festore_error output_all(
	const struct subcommand *self, const char *path, const void *bytes, size_t len);

/* On FESTORE_OK the file is there and on stable storage. A failure is printed and returned. */
enum festore_error output_commit(struct output *output);

/* Leaves what was there. */
void output_abort(struct output *output);

#endif
