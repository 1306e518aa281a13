/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathers small contents; gives large ones on to transfer.c. */
#include "batch.h"

#include "transfer.h"

#include <stdlib.h>
#include <string.h>

static unsigned int put_flags(const struct batch *batch)
{
	return batch->options->no_clobber ? FESTORE_NO_CLOBBER : 0;
}

/* A batch ends at its first failure, so what may well fail (-n) goes in one by one. */
static bool has_batches(const struct batch *batch)
{
	return batch->options->storage == FESTORE_STORAGE_VAULT && !batch->options->no_clobber;
}

enum festore_error batch_open(struct batch *batch)
{
	batch->window = malloc(TRANSFER_WINDOW);
	batch->contents = malloc(BATCH_BYTES);
	if (!batch->window || !batch->contents)
		return (enum festore_error)fail(batch->self, FESTORE_ERROR, "out of memory");
	return options_open(batch->self, batch->options, &batch->fs);
}

void batch_close(struct batch *batch)
{
	options_close(&batch->fs);
	festore_content_free(batch->window, TRANSFER_WINDOW);
	festore_content_free(batch->contents, BATCH_BYTES);
	batch->window = NULL;
	batch->contents = NULL;
}

static enum festore_error put_gathered(struct batch *batch)
{
	const char *at = batch->contents;
	enum festore_error error = festore_batch_begin(batch->fs);

	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(batch->self, error, batch->fs, NULL);
	for (unsigned int i = 0; i < batch->count; i++) {
		error = festore_file_put(
			batch->fs, batch->files[i].tag, at, batch->files[i].len, 0);
		if (error != FESTORE_OK) {
			fail_call(batch->self, error, batch->fs, batch->files[i].tag);
			festore_batch_abort(batch->fs);
			return error;
		}
		at += batch->files[i].len;
	}
	error = festore_batch_commit(batch->fs);
	if (error != FESTORE_OK)
		fail_call(batch->self, error, batch->fs, NULL);
	return error;
}

static void note_stored(struct batch *batch, unsigned int count)
{
	batch->stored += count;
	batch->commits++;
}

enum festore_error batch_commit(struct batch *batch)
{
	enum festore_error error = FESTORE_OK;

	if (batch->count == 0)
		return FESTORE_OK;
	error = put_gathered(batch);
	if (error == FESTORE_OK)
		note_stored(batch, batch->count);
	batch->count = 0;
	batch->filled = 0;
	return error;
}

static enum festore_error put_now(struct batch *batch, const char *tag, size_t len)
{
	enum festore_error error =
		festore_file_put(batch->fs, tag, batch->window, len, put_flags(batch));

	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(batch->self, error, batch->fs, tag);
	note_stored(batch, 1);
	return FESTORE_OK;
}

static enum festore_error gather(struct batch *batch, const char *tag, size_t len)
{
	enum festore_error error = FESTORE_OK;

	if (batch->count == BATCH_FILES || len > BATCH_BYTES - batch->filled)
		error = batch_commit(batch);
	if (error != FESTORE_OK)
		return error;
	memcpy(batch->contents + batch->filled, batch->window, len);
	memcpy(batch->files[batch->count].tag, tag, strlen(tag) + 1);
	batch->files[batch->count].len = len;
	batch->filled += len;
	batch->count++;
	return FESTORE_OK;
}

/* What was gathered before comes first, as a later file may have the same tag. */
static enum festore_error put_large(
	struct batch *batch, const char *tag, struct input *input, size_t len)
{
	struct transfer transfer = {
		.self = batch->self,
		.options = batch->options,
		.fs = batch->fs,
		.tag = tag,
	};
	enum festore_error error = batch_commit(batch);

	if (error == FESTORE_OK)
		error = transfer_put(&transfer, input, batch->window, len, put_flags(batch));
	if (error == FESTORE_OK)
		note_stored(batch, 1);
	return error;
}

enum festore_error batch_put(struct batch *batch, const char *tag, struct input *input)
{
	size_t len = 0;
	enum festore_error error = input_read(input, batch->window, TRANSFER_WINDOW, &len);

	if (error == FESTORE_INTERRUPTED)
		fail(batch->self, error, "%s: interrupted", tag);
	if (error != FESTORE_OK)
		return error;
	if (len == TRANSFER_WINDOW)
		return put_large(batch, tag, input, len);
	return has_batches(batch) ? gather(batch, tag, len) : put_now(batch, tag, len);
}
