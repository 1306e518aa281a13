/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of tags in a growing array; what of a tag is a path. */
#include "tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add_tag(const struct festore_file_info *info, void *arg)
{
	struct tags *all = arg;

	if (all->count == all->room) {
		const size_t room = all->room == 0 ? 64 : 2 * all->room;
		char **tags = reallocarray(all->tags, room, sizeof(*tags));

		if (!tags)
			return FESTORE_ERROR;
		all->tags = tags;
		all->room = room;
	}
	all->tags[all->count] = strdup(info->tag);
	if (!all->tags[all->count])
		return FESTORE_ERROR;
	all->count++;
	all->bytes += info->size;
	return 0;
}

enum festore_error tags_list(struct festore *fs, const char *prefix, struct tags *ret_tags)
{
	*ret_tags = (struct tags){0};
	return festore_file_list(fs, prefix, add_tag, ret_tags);
}

void tags_free(struct tags *tags)
{
	for (size_t i = 0; i < tags->count; i++)
		free(tags->tags[i]);
	free(tags->tags);
	*tags = (struct tags){0};
}

enum festore_error tags_begin(
	const struct subcommand *self, const char *prefix, char to[FESTORE_TAG_LEN_MAX + 1])
{
	const size_t len = strlen(prefix);
	const bool is_whole = len == 0 || prefix[len - 1] == '/';

	if (len >= FESTORE_TAG_LEN_MAX)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "the prefix is too long for a tag");
	snprintf(to, FESTORE_TAG_LEN_MAX + 1, "%s%s", prefix, is_whole ? "" : "/");
	return FESTORE_OK;
}

bool tags_is_path(const char *path)
{
	for (;;) {
		const size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
			(len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[len] == '\0')
			return true;
		path += len + 1;
	}
}
