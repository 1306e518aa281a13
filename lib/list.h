/* SPDX-License-Identifier: BSD-2-Clause */
/* Files and keys as a list collects them from its pages. */
#ifndef LIST_H
#define LIST_H

#include "error.h"

#include <festore_ta.h>

/* One file or key of a list. */
struct entry {
	uint64_t size;
	int64_t modified;
	uint8_t key_type; /* of keys */
	uint8_t key_use;
	uint32_t policy; /* as struct festore_wire_entry has it */
	char tag[FESTORE_TAG_MAX + 1];
};

struct collection {
	struct entry *entries;
	size_t count;
	size_t room;
	uint64_t damaged;
};

/*
 * Appends a page of `count` entries as the TA gives them (struct festore_wire_entry) in `len`
 * bytes. FESTORE_ERROR: it is malformed, or out of memory.
 */
enum festore_error collection_add_page(struct collection *all, const uint8_t *bytes, size_t len,
	uint32_t count, struct failure *failure);

/* Sorts them by their tags' bytes. */
void collection_sort(struct collection *all);

#endif
