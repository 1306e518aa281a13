/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists: collected page by page, checked, sorted, shown. */
#include "list.h"

#include "tag.h"

#include <stdlib.h>
#include <string.h>

/* A list as it is collected from its pages. */
struct entry {
	uint64_t size;
	int64_t modified;
	char tag[FESTORE_TAG_MAX + 1];
};

struct collection {
	struct entry *entries;
	size_t count;
	size_t room;
	uint32_t damaged;
};

static enum festore_error append(
	struct collection *all, const struct entry *entry, struct failure *failure)
{
	if (all->count == all->room) {
		const size_t room = all->room == 0 ? 64 : 2 * all->room;
		struct entry *entries = reallocarray(all->entries, room, sizeof(*entries));

		if (!entries)
			return failure_set(failure, FESTORE_ERROR, "out of memory");
		all->entries = entries;
		all->room = room;
	}
	all->entries[all->count++] = *entry;
	return FESTORE_OK;
}

/*
 * Reads the entry at *at of a page into an all-zero struct and moves *at behind it; false if it is
 * not well-formed.
 */
static bool parse_entry(const struct exchange *page, size_t *at, struct entry *ret_entry)
{
	const size_t left = page->received_len - *at;
	struct festore_wire_entry wire = {0};

	if (left < sizeof(wire))
		return false;
	memcpy(&wire, page->received + *at, sizeof(wire));
	if (wire.tag_len > FESTORE_TAG_MAX || left < FESTORE_ENTRY_ROOM(wire.tag_len))
		return false;
	if (!tag_is_valid(page->received + *at + sizeof(wire), wire.tag_len))
		return false;

	memcpy(ret_entry->tag, page->received + *at + sizeof(wire), wire.tag_len);
	ret_entry->size = wire.size;
	ret_entry->modified = wire.modified;
	*at += FESTORE_ENTRY_ROOM(wire.tag_len);
	return true;
}

static enum festore_error collect_page(const struct exchange *page,
	const struct festore_wire_list *list, struct collection *all, struct failure *failure)
{
	enum festore_error error = FESTORE_OK;
	size_t at = 0;

	for (uint32_t i = 0; i < list->count && error == FESTORE_OK; i++) {
		struct entry entry = {0};

		if (!parse_entry(page, &at, &entry))
			return failure_set(failure, FESTORE_ERROR, "the TEE's list is malformed");
		error = append(all, &entry, failure);
	}
	all->damaged += list->damaged;
	return error;
}

static enum festore_error collect(
	struct festore *fs, struct festore_wire_request *request, struct collection *all)
{
	struct festore_wire_list list = {0};
	enum festore_error error = FESTORE_OK;

	do {
		struct exchange page = {
			.command = FESTORE_CMD_FILE_LIST,
			.request = request,
			.reply = &list,
			.reply_len = sizeof(list),
			.has_receive = true,
		};

		error = session_call(fs->session, &page, &fs->failure);
		if (error == FESTORE_OK)
			error = collect_page(&page, &list, all, &fs->failure);
		request->flags |= FESTORE_WIRE_CONTINUE;
	} while (error == FESTORE_OK && list.more != 0);
	return error;
}

static int by_tag(const void *a, const void *b)
{
	/* strcmp compares as unsigned char: bytewise. */
	return strcmp(((const struct entry *)a)->tag, ((const struct entry *)b)->tag);
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
	struct festore_wire_request request;
	struct collection all = {0};
	enum festore_error error = handle_request(fs, prefix ? prefix : "", true, &request);

	if (error == FESTORE_OK)
		error = collect(fs, &request, &all);
	if (error != FESTORE_OK)
		goto out;

	if (all.count != 0)
		qsort(all.entries, all.count, sizeof(*all.entries), by_tag);
	error = visit_all(&all, visit, arg);
	if (error == FESTORE_OK && all.damaged != 0)
		error = failure_set(&fs->failure, FESTORE_DAMAGED,
			"%u damaged objects in the storage; OP-TEE does not tell whose",
			all.damaged);
out:
	free(all.entries);
	return error;
}

void list_sweep(struct festore *fs)
{
	struct festore_wire_request request = {
		.protocol = FESTORE_PROTOCOL,
		.storage = fs->storage,
	};
	struct collection all = {0};

	collect(fs, &request, &all);
	free(all.entries);
}
