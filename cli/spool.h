/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message that may be read twice: a file, or what comes through a pipe, which is kept, encrypted
 * as it is, in a temporary file that has no name.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include "input.h"

#include <stdio.h>

struct spool {
	struct input *input;
	FILE *kept;    /* NULL: the input is a file */
	uint64_t len;  /* of what was kept */
	bool is_whole; /* the input has ended */
};

/* Takes an open input. A failure is printed and returned. */
enum festore_error spool_begin(struct spool *spool, struct input *input);

/*
 * Reads from any place: fewer bytes than `room` only at the end. A failure is printed and returned,
 * FESTORE_INTERRUPTED is not printed.
 */
enum festore_error spool_read(
	struct spool *spool, uint64_t offset, void *to, size_t room, size_t *ret_len);

void spool_end(struct spool *spool);

#endif
