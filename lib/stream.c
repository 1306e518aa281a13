/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readers and writers: the vault's own, or a content in memory for the storage that has none. An
 * open one has its handle for itself.
 */
#include "vault.h"

#include <stdlib.h>
#include <string.h>

struct festore_writer {
	struct festore *fs;
	struct vault_writer *vault; /* or what was written until now: */
	char tag[FESTORE_TAG_MAX + 1];
	unsigned int flags;
	uint8_t *content; /* malloc'd */
	size_t len;
	size_t room;
	enum festore_error error; /* of an earlier write: nothing goes on */
};

struct festore_reader {
	struct festore *fs;
	struct vault_reader *vault; /* or all of it: */
	void *content;
	size_t len;
};

static enum festore_error out_of_memory(struct festore *fs)
{
	return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
}

enum festore_error festore_writer_open(
	struct festore *fs, const char *tag, unsigned int flags, struct festore_writer **ret_writer)
{
	struct festore_writer *writer = NULL;
	enum festore_error error = handle_begin(fs);

	if (error == FESTORE_OK)
		error = handle_check_tag(fs, tag, false);
	if (error == FESTORE_OK)
		error = handle_check_put_flags(fs, flags);
	if (error != FESTORE_OK)
		return error;
	writer = calloc(1, sizeof(*writer));
	if (!writer)
		return out_of_memory(fs);
	writer->fs = fs;
	writer->flags = flags;
	memcpy(writer->tag, tag, strlen(tag) + 1);
	if (fs->vault)
		error = vault_writer_open(fs, tag, flags, &writer->vault);
	if (error != FESTORE_OK) {
		free(writer);
		return error;
	}
	fs->is_transferring = true;
	*ret_writer = writer;
	return FESTORE_OK;
}

/* Room for `len` more bytes; what moves is wiped where it was. */
static enum festore_error grow(struct festore_writer *writer, size_t len)
{
	const size_t room = 2 * (writer->len + len);
	uint8_t *content = NULL;

	if (len <= writer->room - writer->len)
		return FESTORE_OK;
	content = malloc(room);
	if (!content)
		return out_of_memory(writer->fs);
	if (writer->len != 0)
		memcpy(content, writer->content, writer->len);
	festore_content_free(writer->content, writer->len);
	writer->content = content;
	writer->room = room;
	return FESTORE_OK;
}

static enum festore_error keep(struct festore_writer *writer, const void *bytes, size_t len)
{
	struct festore *fs = writer->fs;
	enum festore_error error = FESTORE_OK;

	if (len > fs->operations->size_max - writer->len)
		return failure_set(&fs->failure, FESTORE_NO_SPACE,
			"too large: this storage takes at most %llu bytes a file",
			(unsigned long long)fs->operations->size_max);
	error = grow(writer, len);
	if (error == FESTORE_OK && len != 0)
		memcpy(writer->content + writer->len, bytes, len);
	if (error == FESTORE_OK)
		writer->len += len;
	return error;
}

enum festore_error festore_writer_write(
	struct festore_writer *writer, const void *bytes, size_t len)
{
	if (writer->vault)
		return vault_writer_write(writer->vault, bytes, len);
	if (writer->error == FESTORE_OK)
		writer->error = keep(writer, bytes, len);
	return writer->error;
}

static void writer_free(struct festore_writer **writer)
{
	festore_content_free((*writer)->content, (*writer)->len);
	free(*writer);
	*writer = NULL;
}

enum festore_error festore_writer_commit(struct festore_writer **writer)
{
	struct festore *fs = (*writer)->fs;
	enum festore_error error = FESTORE_OK;

	fs->is_transferring = false;
	if ((*writer)->vault)
		error = vault_writer_commit((*writer)->vault);
	else if ((*writer)->error != FESTORE_OK)
		error = (*writer)->error;
	else
		error = fs->operations->put(
			fs, (*writer)->tag, (*writer)->content, (*writer)->len, (*writer)->flags);
	writer_free(writer);
	return error;
}

void festore_writer_abort(struct festore_writer **writer)
{
	if (!writer || !*writer)
		return;
	(*writer)->fs->is_transferring = false;
	if ((*writer)->vault)
		vault_writer_abort((*writer)->vault);
	writer_free(writer);
}

static enum festore_error open_reader(struct festore *fs, const char *tag, bool takes,
	struct festore_reader **ret_reader, struct festore_file_info *ret_info)
{
	struct festore_reader *reader = NULL;
	struct festore_file_info info = {.tag = tag};
	enum festore_error error = handle_begin(fs);

	if (error == FESTORE_OK)
		error = handle_check_tag(fs, tag, false);
	if (error != FESTORE_OK)
		return error;
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return out_of_memory(fs);
	reader->fs = fs;
	if (fs->vault) {
		error = takes ? vault_reader_take(fs, tag, &reader->vault, &info)
			      : vault_reader_open(fs, tag, &reader->vault, &info);
	} else {
		error = fs->operations->stat(fs, tag, &info);
		if (error == FESTORE_OK)
			error = fs->operations->get(fs, tag, &reader->content, &reader->len);
		info.size = reader->len;
	}
	if (error != FESTORE_OK) {
		free(reader);
		return error;
	}
	fs->is_transferring = true;
	*ret_info = info;
	*ret_reader = reader;
	return FESTORE_OK;
}

enum festore_error festore_reader_open(struct festore *fs, const char *tag,
	struct festore_reader **ret_reader, struct festore_file_info *ret_info)
{
	return open_reader(fs, tag, false, ret_reader, ret_info);
}

enum festore_error festore_reader_take(struct festore *fs, const char *tag,
	struct festore_reader **ret_reader, struct festore_file_info *ret_info)
{
	return open_reader(fs, tag, true, ret_reader, ret_info);
}

enum festore_error festore_reader_read(
	struct festore_reader *reader, uint64_t offset, void *to, size_t len, size_t *ret_len)
{
	memset(&reader->fs->failure, 0, sizeof(reader->fs->failure));
	if (reader->vault)
		return vault_reader_read(reader->vault, offset, to, len, ret_len);
	if (offset >= reader->len)
		len = 0;
	else if (len > reader->len - (size_t)offset)
		len = reader->len - (size_t)offset;
	if (len != 0)
		memcpy(to, (const uint8_t *)reader->content + offset, len);
	*ret_len = len;
	return FESTORE_OK;
}

void festore_reader_close(struct festore_reader **reader)
{
	if (!reader || !*reader)
		return;
	(*reader)->fs->is_transferring = false;
	if ((*reader)->vault)
		vault_reader_close((*reader)->vault);
	festore_content_free((*reader)->content, (*reader)->len);
	free(*reader);
	*reader = NULL;
}
