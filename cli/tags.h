/* SPDX-License-Identifier: BSD-2-Clause */
/* The tags of a list, kept, as nothing else can be asked while it is visited; and tags as paths. */
#ifndef TAGS_H
#define TAGS_H

#include "cli.h"

#include <stddef.h>

struct tags {
	char **tags;
	size_t count;
	size_t room;
	uint64_t bytes; /* of all contents together, when they were listed */
};

/*
 * Lists the tags that begin with `prefix` (NULL: all). Also after an error there may be some, which
 * are then to be used after FESTORE_DAMAGED only. To be ended with tags_free() in any case.
 */
enum festore_error tags_list(struct festore *fs, const char *prefix, struct tags *ret_tags);

void tags_free(struct tags *tags);

/*
 * Writes what stands before the path in the tags PREFIX/PATH: PREFIX/, or "" for no prefix.
 * FESTORE_USAGE, which is printed: no room is left for a path.
 */
enum festore_error tags_begin(
	const struct subcommand *self, const char *prefix, char to[FESTORE_TAG_LEN_MAX + 1]);

/* Is this a path that stays below where it begins? */
bool tags_is_path(const char *path);

#endif
