/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads files of a vault: the database's evidence goes to the TA, which proves it and opens it. */
#include "vault.h"

#include "blob.h"

#include <stdlib.h>
#include <string.h>

static size_t smaller(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

/* One file that is being read. */
struct festore_reader {
	struct festore *fs;
	char tag[FESTORE_TAG_MAX + 1];
	struct festore_vault_file file; /* the TA's word */
	bool is_stat;                   /* metadata alone are of interest */

	/* What the TA has to see, as the database has it. */
	struct festore_vault_state state;
	struct bytes_path path;
	struct bytes_entry entry;
	uint8_t record[FESTORE_RECORD_MAX];
	uint8_t *sealed;  /* malloc'd: the content, if it is in the database */
	struct blob blob; /* the content, if it is a file */
};

static void drop_evidence(struct festore_reader *reader)
{
	free(reader->sealed);
	reader->sealed = NULL;
	blob_close(&reader->blob);
	memset(&reader->entry, 0, sizeof(reader->entry));
}

static enum festore_error damaged(struct festore *fs)
{
	return failure_set(&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
}

/* A file that is gone may have been replaced since the snapshot began; under the lock it is damage. */
static enum festore_error gather_blob(struct festore *fs, struct festore_reader *reader)
{
	enum festore_error error = blob_open(
		&reader->blob, fs->vault->blobs, -reader->entry.content_id, &fs->failure);

	if (error == FESTORE_NOT_FOUND) {
		fs->vault->is_outdated = true;
		return failure_set(
			&fs->failure, FESTORE_DAMAGED, "the stored content is missing");
	}
	return error;
}

static enum festore_error gather_content(struct festore *fs, struct festore_reader *reader)
{
	struct bytes_entry *entry = &reader->entry;

	if (entry->content_id < 0)
		return gather_blob(fs, reader);
	if (entry->content_len > BYTES_CONTENT_MAX)
		return damaged(fs);
	reader->sealed = malloc((size_t)entry->content_len + 1);
	if (!reader->sealed)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	return bytes_read_content(fs->vault->bytes, entry, 0, reader->sealed,
		(size_t)entry->content_len, &fs->failure);
}

static enum festore_error gather(
	struct festore *fs, struct festore_reader *reader, const uint8_t locator[FESTORE_HASH])
{
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = bytes_read_state(bytes, &reader->state, &fs->failure);

	if (error == FESTORE_OK)
		error = bytes_read_path(bytes, locator, &reader->path, &fs->failure);
	if (error == FESTORE_OK)
		error = bytes_read_entry(bytes, locator, &reader->entry, &fs->failure);
	/* That there is none, the path is to prove. */
	if (error == FESTORE_NOT_FOUND) {
		memset(&reader->entry, 0, sizeof(reader->entry));
		return FESTORE_OK;
	}
	if (error != FESTORE_OK)
		return error;
	if (reader->entry.record_len > sizeof(reader->record))
		return damaged(fs);
	memcpy(reader->record, reader->entry.record, reader->entry.record_len);
	return reader->is_stat ? FESTORE_OK : gather_content(fs, reader);
}

/* Lets the TA prove the tag, and open its content without a byte of it yet. */
static enum festore_error prove(struct festore *fs, struct festore_reader *reader)
{
	struct festore_vault_request request = vault_request(reader->tag, FESTORE_WIRE_FILE);
	struct exchange exchange = {
		.command = reader->is_stat ? FESTORE_CMD_FILE_STAT : FESTORE_CMD_FILE_GET,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &reader->file,
		.reply_len = sizeof(reader->file),
		.has_send = true,
		.send =
			{
				{&reader->state, sizeof(reader->state)},
				{&reader->path, FESTORE_PATH_LEN(reader->path.head.count)},
				{reader->record, reader->entry.record_len},
			},
		.receive_at = reader->is_stat ? 0 : 3,
	};
	const size_t window = smaller(reader->entry.content_len, FESTORE_SEALED_WINDOW);

	/* A small content comes along, whole: one call. */
	if (reader->sealed) {
		exchange.send[FESTORE_PART_CONTENT] = (struct part){reader->sealed, window};
		exchange.receive_room = smaller(window, FESTORE_WINDOW);
	} else if (!reader->is_stat) {
		request.base.flags = FESTORE_WIRE_MORE;
	}
	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		request.parts[i] = (uint32_t)exchange.send[i].len;
	return session_call_keeping(fs->session, &exchange, &fs->failure);
}
