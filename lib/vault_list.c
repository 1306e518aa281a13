/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists a vault: all entries go through the TA, which builds their tree anew. */
#include "vault.h"

#include <stdlib.h>
#include <string.h>

/* A list under way. */
struct listing {
	enum festore_wire_kind kind;
	const char *prefix;
	struct collection *all;
	struct festore_vault_state state;
	uint8_t *entries; /* a page of FESTORE_WINDOW bytes */
	size_t len;
	bool is_first;
};

/* Asks the TA for a page of entries; it believes none of them before the last page. */
static enum festore_error list_page(struct festore *fs, struct listing *listing, bool is_last)
{
	struct festore_vault_request request = vault_request(listing->prefix, listing->kind);
	const size_t state_len = listing->is_first ? sizeof(listing->state) : 0;
	struct festore_wire_list list = {0};
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_LIST,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &list,
		.reply_len = sizeof(list),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {&listing->state, state_len},
			[FESTORE_PART_RECORD] = {listing->entries, listing->len}},
		.receive_at = 3,
		.receive_room = FESTORE_WINDOW,
	};
	enum festore_error error = FESTORE_OK;

	request.base.flags =
		(listing->is_first ? 0 : FESTORE_WIRE_CONTINUE) | (is_last ? 0 : FESTORE_WIRE_MORE);
	request.parts[FESTORE_PART_STATE] = (uint32_t)state_len;
	request.parts[FESTORE_PART_RECORD] = (uint32_t)listing->len;
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_OK)
		error = collection_add_page(listing->all, exchange.received, exchange.received_len,
			list.count, &fs->failure);
	listing->all->damaged += list.damaged;
	listing->is_first = false;
	listing->len = 0;
	return error;
}

static enum festore_error list_entry(
	struct festore *fs, struct listing *listing, const struct bytes_entry *entry)
{
	struct festore_vault_listed listed = {.record_len = (uint32_t)entry->record_len};
	size_t room = 0;
	enum festore_error error = FESTORE_OK;

	if (entry->record_len < sizeof(struct festore_vault_record) ||
		entry->record_len > FESTORE_RECORD_MAX)
		return failure_set(&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
	room = FESTORE_LISTED_ROOM(entry->record_len);
	if (room > FESTORE_WINDOW - listing->len)
		error = list_page(fs, listing, false);
	if (error != FESTORE_OK)
		return error;

	memcpy(listed.locator, entry->locator, sizeof(listed.locator));
	memset(listing->entries + listing->len, 0, room);
	memcpy(listing->entries + listing->len, &listed, sizeof(listed));
	memcpy(listing->entries + listing->len + sizeof(listed), entry->record, entry->record_len);
	listing->len += room;
	return FESTORE_OK;
}

static enum festore_error list_entries(struct festore *fs, struct listing *listing)
{
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = bytes_list_begin(bytes, &fs->failure);

	while (error == FESTORE_OK) {
		struct bytes_entry entry = {0};

		error = bytes_list_next(bytes, &entry, &fs->failure);
		if (error == FESTORE_OK)
			error = list_entry(fs, listing, &entry);
	}
	bytes_list_end(bytes);
	return error == FESTORE_NOT_FOUND ? list_page(fs, listing, true) : error;
}

static enum festore_error list_all(struct festore *fs, void *arg)
{
	struct listing *listing = arg;
	enum festore_error error =
		bytes_read_state(fs->vault->bytes, &listing->state, &fs->failure);

	listing->all->count = 0;
	listing->all->damaged = 0;
	listing->len = 0;
	listing->is_first = true;
	return error == FESTORE_OK ? list_entries(fs, listing) : error;
}

static enum festore_error collect(
	struct festore *fs, enum festore_wire_kind kind, const char *prefix, struct collection *all)
{
	struct listing listing = {.kind = kind, .prefix = prefix, .all = all};
	enum festore_error error = FESTORE_OK;

	if (fs->vault->batch.is_open)
		return failure_set(&fs->failure, FESTORE_USAGE,
			"nothing is read while a batch of this handle is under way");
	error = vault_ready(fs, false);
	/* Where there is no vault there is nothing. */
	if (error == FESTORE_NOT_FOUND)
		return handle_begin(fs);
	if (error != FESTORE_OK)
		return error;
	listing.entries = malloc(FESTORE_WINDOW);
	if (!listing.entries)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	error = vault_read_current(fs, list_all, &listing);
	free(listing.entries);
	if (error == FESTORE_DAMAGED) {
		const struct failure why = fs->failure;

		return failure_set(&fs->failure, error, "%.200s; see festore fsck", why.text);
	}
	return error;
}

enum festore_error vault_collect(struct festore *fs, const char *prefix, struct collection *all)
{
	return collect(fs, FESTORE_WIRE_FILE, prefix, all);
}

enum festore_error vault_key_collect(struct festore *fs, const char *prefix, struct collection *all)
{
	return collect(fs, FESTORE_WIRE_KEY, prefix, all);
}
