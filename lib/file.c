/* SPDX-License-Identifier: BSD-2-Clause */
/* The public calls on files: arguments checked here, the rest is the storage's. */
#include "vault.h"

#include <stdlib.h>
#include <string.h>

/* Begins a call about a tag. */
static enum festore_error begin(struct festore *fs, const char *tag)
{
	enum festore_error error = handle_begin(fs);

	return error == FESTORE_OK ? handle_check_tag(fs, tag, false) : error;
}

enum festore_error festore_file_put(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags)
{
	enum festore_error error = begin(fs, tag);

	if (error == FESTORE_OK)
		error = handle_check_put_flags(fs, flags);
	if (error != FESTORE_OK)
		return error;
	if (content_len > fs->operations->size_max)
		return failure_set(&fs->failure, FESTORE_NO_SPACE,
			"too large: this storage takes at most %llu bytes a file",
			(unsigned long long)fs->operations->size_max);
	return fs->operations->put(fs, tag, content, content_len, flags);
}

enum festore_error festore_file_append(
	struct festore *fs, const char *tag, const void *bytes, size_t len)
{
	const enum festore_error error = begin(fs, tag);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault)
		return failure_set(&fs->failure, FESTORE_USAGE, "this storage has no appends");
	return vault_append(fs, tag, bytes, len);
}

enum festore_error festore_file_get(
	struct festore *fs, const char *tag, void **ret_content, size_t *ret_content_len)
{
	enum festore_error error = begin(fs, tag);

	if (error != FESTORE_OK)
		return error;
	return fs->operations->get(fs, tag, ret_content, ret_content_len);
}

void festore_content_free(void *content, size_t content_len)
{
	if (!content)
		return;
	explicit_bzero(content, content_len);
	free(content);
}

enum festore_error festore_file_stat(
	struct festore *fs, const char *tag, struct festore_file_info *ret_info)
{
	enum festore_error error = begin(fs, tag);

	return error == FESTORE_OK ? fs->operations->stat(fs, tag, ret_info) : error;
}

enum festore_error festore_file_remove(struct festore *fs, const char *tag)
{
	enum festore_error error = begin(fs, tag);

	return error == FESTORE_OK ? fs->operations->remove(fs, tag) : error;
}

enum festore_error festore_file_move(
	struct festore *fs, const char *tag, const char *new_tag, unsigned int flags)
{
	enum festore_error error = begin(fs, tag);

	if (error == FESTORE_OK)
		error = handle_check_flags(fs, flags);
	if (error == FESTORE_OK)
		error = handle_check_tag(fs, new_tag, false);
	if (error != FESTORE_OK)
		return error;
	if (strcmp(tag, new_tag) == 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "both tags are the same");
	return fs->operations->move(fs, tag, new_tag, flags);
}
