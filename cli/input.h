/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what is to be stored, a window at a time. */
#ifndef INPUT_H
#define INPUT_H

#include "cli.h"

#include <stdint.h>

struct input {
	const struct subcommand *self;
	const char *name; /* for messages */
	int fd;
	uint64_t size; /* of a regular file, when it was opened; 0: not known */
	uint64_t left; /* bytes that are to be read, before which it must not end; or: */
};

/* All that there is. */
#define INPUT_ALL UINT64_MAX

/* Opens FILE, or takes standard input for NULL or "-". A failure is printed and returned. */
enum festore_error input_open(
	struct input *ret_input, const struct subcommand *self, const char *path);

/*
 * Fills `to`; fewer bytes only at the end, or when none are left. A failure is printed and
 * returned; FESTORE_INTERRUPTED is not printed.
 */
enum festore_error input_read(struct input *input, void *to, size_t room, size_t *ret_len);

void input_close(struct input *input);

/* All of a file of at most `max` bytes, for free(); NULL or "-" is standard input. As
 * input_read(). */
enum festore_error input_read_file(const struct subcommand *self, const char *path, size_t max,
	uint8_t **ret_bytes, size_t *ret_len);

#endif
