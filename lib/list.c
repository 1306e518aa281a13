/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists: collected page by page, checked, sorted, shown. */
#include "list.h"

#include "array.h"
#include "handle.h"
#include "tag.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static enum festore_error append(
	struct collection *all, const struct entry *entry, struct failure *failure)
{
	struct entry *entries =
		array_with_room(all->entries, all->count, 1, &all->room, sizeof(*entries));

	if (!entries)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	all->entries = entries;
	all->entries[all->count++] = *entry;
	return FESTORE_OK;
}

/* What is left of a page. */
struct page {
	const uint8_t *at;
	size_t left;
};

/*
 * Reads the next entry of a page into an all-zero struct and moves on behind it; false if it is
 * not well-formed.
 */
static bool parse_entry(struct page *page, struct entry *ret_entry)
{
	struct festore_wire_entry wire = {0};
	const uint8_t *tag = page->at + sizeof(wire);

	if (page->left < sizeof(wire))
		return false;
	memcpy(&wire, page->at, sizeof(wire));
	if (wire.tag_len > FESTORE_TAG_MAX || page->left < FESTORE_ENTRY_ROOM(wire.tag_len))
		return false;
	if (!tag_is_valid(tag, wire.tag_len))
		return false;

	memcpy(ret_entry->tag, tag, wire.tag_len);
	ret_entry->size = wire.size;
	ret_entry->modified = wire.modified;
	ret_entry->key_type = wire.key_type;
	ret_entry->key_use = wire.key_use;
	ret_entry->policy = wire.policy;
	page->at += FESTORE_ENTRY_ROOM(wire.tag_len);
	page->left -= FESTORE_ENTRY_ROOM(wire.tag_len);
	return true;
}

enum festore_error collection_add_page(struct collection *all, const uint8_t *bytes, size_t len,
	uint32_t count, struct failure *failure)
{
	struct page page = {.at = bytes, .left = len};
	enum festore_error error = FESTORE_OK;

	for (uint32_t i = 0; i < count && error == FESTORE_OK; i++) {
		struct entry entry = {0};

		if (!parse_entry(&page, &entry))
			return failure_set(failure, FESTORE_ERROR, "the TEE's list is malformed");
		error = append(all, &entry, failure);
	}
	return error;
}

static int by_tag(const void *a, const void *b)
{
	/* strcmp compares as unsigned char: bytewise. */
	return strcmp(((const struct entry *)a)->tag, ((const struct entry *)b)->tag);
}

void collection_sort(struct collection *all)
{
	if (all->count != 0)
		qsort(all->entries, all->count, sizeof(*all->entries), by_tag);
}

static enum festore_error visit_all(
	const struct collection *all, festore_file_visit visit, void *arg)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct entry *entry = &all->entries[i];
		const struct festore_file_info info = {
			.tag = entry->tag,
			.size = entry->size,
			.modified = entry->modified,
			.policy = entry->policy << 1,
		};
		int answer = visit(&info, arg);

		if (answer != 0)
			return (enum festore_error)answer;
	}
	return FESTORE_OK;
}

enum festore_error festore_file_list(
	struct festore *fs, const char *prefix, festore_file_visit visit, void *arg)
{
	struct collection all = {0};
	enum festore_error error = handle_begin(fs);

	if (!prefix)
		prefix = "";
	if (error == FESTORE_OK)
		error = handle_check_tag(fs, prefix, true);
	if (error == FESTORE_OK)
		error = fs->operations->collect(fs, prefix, &all);
	if (error != FESTORE_OK)
		goto out;

	collection_sort(&all);
	error = visit_all(&all, visit, arg);
	if (error == FESTORE_OK && all.damaged != 0)
		error = failure_set(&fs->failure, FESTORE_DAMAGED, "%llu damaged %s",
			(unsigned long long)all.damaged,
			fs->ta == SESSION_OBJECTS
				? "objects in the storage; OP-TEE does not tell whose"
				: "records in the vault");
out:
	free(all.entries);
	return error;
}
