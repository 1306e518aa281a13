/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of tags in a growing array. */
#include "tags.h"

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
