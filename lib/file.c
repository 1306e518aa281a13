/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: requests out, replies in. */
#include "handle.h"
#include "tag.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static_assert(FESTORE_TAG_LEN_MAX == FESTORE_TAG_MAX, "the public limit is the wire's");
static_assert(FESTORE_REE_SIZE_MAX == FESTORE_WINDOW, "the public limit is the wire's");

/* Begins a request about `tag`; an empty tag is acceptable only as a prefix. */
static enum festore_error request_for(struct festore *fs, const char *tag, bool is_prefix,
	struct festore_wire_request *ret_request)
{
	const uint8_t *bytes = (const uint8_t *)tag;
	const size_t len = strnlen(tag, FESTORE_TAG_MAX + 1);
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (len > FESTORE_TAG_MAX)
		return failure_set(&fs->failure, FESTORE_USAGE, "the tag is longer than %u bytes",
			FESTORE_TAG_MAX);
	if (len == 0 && !is_prefix)
		return failure_set(&fs->failure, FESTORE_USAGE, "the tag is empty");
	if (len != 0 && !tag_is_valid(bytes, len))
		return failure_set(&fs->failure, FESTORE_USAGE,
			"the tag is not valid UTF-8, or has control characters");

	memset(ret_request, 0, sizeof(*ret_request));
	ret_request->protocol = FESTORE_PROTOCOL;
	ret_request->storage = fs->storage;
	ret_request->tag.len = (uint16_t)len;
	memcpy(ret_request->tag.bytes, tag, len);
	return FESTORE_OK;
}

enum festore_error festore_file_put(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags)
{
	struct festore_wire_request request;
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_PUT,
		.request = &request,
		.has_send = true,
		.send = content,
		.send_len = content_len,
	};
	enum festore_error error = request_for(fs, tag, false, &request);

	if (error != FESTORE_OK)
		return error;
	if ((flags & ~(unsigned int)FESTORE_PUT_NO_CLOBBER) != 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "unknown flags");
	if (content_len > FESTORE_REE_SIZE_MAX)
		return failure_set(&fs->failure, FESTORE_NO_SPACE,
			"too large: this storage takes at most %d bytes a file",
			FESTORE_REE_SIZE_MAX);

	request.flags = (flags & FESTORE_PUT_NO_CLOBBER) != 0 ? FESTORE_WIRE_NO_CLOBBER : 0;
	request.modified = time(NULL);
	return session_call(fs->session, &exchange, &fs->failure);
}

enum festore_error festore_file_get(
	struct festore *fs, const char *tag, void **ret_content, size_t *ret_content_len)
{
	struct festore_wire_request request;
	struct festore_wire_file file = {0};
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_GET,
		.request = &request,
		.reply = &file,
		.reply_len = sizeof(file),
		.has_receive = true,
	};
	void *content = NULL;
	enum festore_error error = request_for(fs, tag, false, &request);

	if (error == FESTORE_OK)
		error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	if (file.size != exchange.received_len)
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");

	content = malloc(exchange.received_len + 1);
	if (!content)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	memcpy(content, exchange.received, exchange.received_len);
	*ret_content = content;
	*ret_content_len = exchange.received_len;
	return FESTORE_OK;
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
	struct festore_wire_request request;
	struct festore_wire_file file = {0};
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_STAT,
		.request = &request,
		.reply = &file,
		.reply_len = sizeof(file),
	};
	enum festore_error error = request_for(fs, tag, false, &request);

	if (error == FESTORE_OK)
		error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;

	ret_info->tag = tag;
	ret_info->size = file.size;
	ret_info->modified = file.modified;
	return FESTORE_OK;
}

enum festore_error festore_file_remove(struct festore *fs, const char *tag)
{
	struct festore_wire_request request;
	struct exchange exchange = {.command = FESTORE_CMD_FILE_REMOVE, .request = &request};
	enum festore_error error = request_for(fs, tag, false, &request);

	if (error != FESTORE_OK)
		return error;
	return session_call(fs->session, &exchange, &fs->failure);
}

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
	enum festore_error error = request_for(fs, prefix ? prefix : "", true, &request);

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
