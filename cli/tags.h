/* SPDX-License-Identifier: BSD-2-Clause */
/* The tags of a list, kept, as nothing else can be asked while it is visited. */
#ifndef TAGS_H
#define TAGS_H

#include "cli.h"

#include <stddef.h>

struct tags {
	char **tags;
	size_t count;
	size_t room;
};

/*
 * Lists the tags that begin with `prefix` (NULL: all). Also after an error there may be some, which
 * are then to be used after FESTORE_DAMAGED only. To be ended with tags_free() in any case.
 */
enum festore_error tags_list(struct festore *fs, const char *prefix, struct tags *ret_tags);

void tags_free(struct tags *tags);

#endif
