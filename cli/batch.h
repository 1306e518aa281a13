/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many files on their way in: small ones are gathered in memory and stored in batches, so that no
 * other client waits while they are read, and one commit is paid for many; larger ones go one by
 * one.
 */
#ifndef BATCH_H
#define BATCH_H

#include "input.h"
#include "options.h"

/* Others wait while a batch is stored, so none is as long as it could be. */
#define BATCH_FILES 64
#define BATCH_BYTES 1048576

/* Set `self` and `options`, the rest zero, then batch_open(). */
struct batch {
	const struct subcommand *self;
	const struct options *options;
	struct festore *fs;
	void *window; /* TRANSFER_WINDOW bytes */

	/* What was gathered. */
	struct {
		char tag[FESTORE_TAG_LEN_MAX + 1];
		size_t len;
	} files[BATCH_FILES];
	unsigned int count;
	char *contents; /* of all, one behind the other: BATCH_BYTES */
	size_t filled;

	/* What is stored for good. */
	uint64_t stored;
	uint64_t commits;
};

/* Opens the store. A failure is printed and returned; batch_close() in any case. */
enum festore_error batch_open(struct batch *batch);

/* Takes what `input` gives to its end as the content of a tag. A failure is printed and returned;
 * then what was gathered is forgotten. */
enum festore_error batch_put(struct batch *batch, const char *tag, struct input *input);

/* Stores what was gathered, all or nothing. A failure is printed and returned. */
enum festore_error batch_commit(struct batch *batch);

/* Wipes and frees; what was not committed is not stored. */
void batch_close(struct batch *batch);

#endif
