/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists: all entries in the order of their locators, page by page, from which the tree is built
 * anew. If its root is that of the state that the list began with, nothing was left out, added or
 * changed.
 */
#include "read.h"

#include "opened.h"

#include <string.h>

/* A list of some hundred files needs few sides, one of ten thousand some twenty; 256 at once would
 * be a sixth of the heap, and 32 too many for 64 lists. */
#define SIDES_STEP 8u

/* A page: entries in, entries out. */
struct page {
	struct call *call;
	struct opened *opened;
	size_t at; /* in the record part */
};

static TEE_Result listing_begin(struct opened *opened, const struct call *call)
{
	struct listing *listing = NULL;
	TEE_Result res = opened_present(opened, call);

	listing_end(opened);
	if (res != TEE_SUCCESS)
		return res;
	listing = TEE_Malloc(sizeof(*listing), TEE_MALLOC_FILL_ZERO);
	if (!listing)
		return TEE_ERROR_OUT_OF_MEMORY;
	memcpy(listing->root, opened->slot->state.root, sizeof(listing->root));
	opened->listing = listing;
	return TEE_SUCCESS;
}

static TEE_Result grow(struct tree_build *build)
{
	const unsigned int room = build->room + SIDES_STEP;
	struct tree_side *sides = TEE_Realloc(build->sides, room * sizeof(*sides));

	if (!sides)
		return TEE_ERROR_OUT_OF_MEMORY;
	build->sides = sides;
	build->room = room;
	return TEE_SUCCESS;
}

static TEE_Result add_leaf(struct tree_build *build, const struct festore_vault_leaf *leaf)
{
	enum tree_built built = tree_build_leaf(build, leaf);
	TEE_Result res = TEE_SUCCESS;

	if (built == TREE_NO_ROOM) {
		res = grow(build);
		if (res != TEE_SUCCESS)
			return res;
		built = tree_build_leaf(build, leaf);
	}
	return built == TREE_BUILT ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT;
}

static TEE_Result show(struct call *call, const struct meta *meta)
{
	const struct festore_wire_entry entry = {
		.size = meta->size,
		.modified = meta->modified,
		.tag_len = (uint16_t)meta->tag.len,
	};
	const size_t room = FESTORE_ENTRY_ROOM(meta->tag.len);
	uint8_t *to = call->out + call->out_used;

	if (meta->kind != call->kind || !tag_has_prefix(&meta->tag, &call->tag))
		return TEE_SUCCESS;
	if (room > call->out_size - call->out_used)
		return TEE_ERROR_SHORT_BUFFER;
	memset(to, 0, room);
	memcpy(to, &entry, sizeof(entry));
	memcpy(to + sizeof(entry), meta->tag.bytes, meta->tag.len);
	call->out_used += room;
	call->reply.list.count++;
	return TEE_SUCCESS;
}

/* An entry whose record does not open is damage, and still a leaf of the tree. */
static TEE_Result show_record(
	struct page *page, const uint8_t *locator, uint8_t *record, size_t len)
{
	const struct record_place place = {
		.keys = &page->opened->slot->keys,
		.vault = page->opened->slot->vault,
		.locator = locator,
	};
	struct meta meta = {0};
	uint64_t version = 0;
	TEE_Result res = record_open(&place, record, len, &meta, &version);

	if (res == TEE_SUCCESS)
		res = show(page->call, &meta);
	TEE_MemFill(&meta, 0, sizeof(meta));
	if (res == TEE_ERROR_CORRUPT_OBJECT) {
		page->call->reply.list.damaged++;
		res = TEE_SUCCESS;
	}
	return res;
}

/* Takes the next entry of the page in. */
static TEE_Result step(struct page *page)
{
	const uint8_t *from = page->call->parts[FESTORE_PART_RECORD] + page->at;
	const size_t left = page->call->part_len[FESTORE_PART_RECORD] - page->at;
	struct festore_vault_listed listed;
	uint8_t record[FESTORE_RECORD_MAX] = {0};
	struct festore_vault_leaf leaf;
	TEE_Result res = TEE_SUCCESS;

	if (left < sizeof(listed))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&listed, from, sizeof(listed));
	if (listed.record_len < sizeof(struct festore_vault_record) ||
		listed.record_len > sizeof(record) || listed.reserved != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	if (left < FESTORE_LISTED_ROOM(listed.record_len))
		return TEE_ERROR_BAD_PARAMETERS;

	memcpy(record, from + sizeof(listed), listed.record_len);
	page->at += FESTORE_LISTED_ROOM(listed.record_len);
	record_leaf(listed.locator, record, &leaf);
	res = add_leaf(&page->opened->listing->build, &leaf);
	if (res == TEE_SUCCESS)
		res = show_record(page, listed.locator, record, listed.record_len);
	return res;
}

/* Nothing was left out if the tree of all that came has the root that the list began with. */
static TEE_Result finish(const struct opened *opened)
{
	struct listing *listing = opened->listing;
	uint8_t root[FESTORE_HASH] = {0};

	tree_build_root(&listing->build, opened->slot->vault, root);
	return memcmp(root, listing->root, sizeof(root)) == 0 ? TEE_SUCCESS
							      : TEE_ERROR_CORRUPT_OBJECT;
}

static TEE_Result list_page(struct page *page)
{
	const size_t len = page->call->part_len[FESTORE_PART_RECORD];
	TEE_Result res = TEE_SUCCESS;

	while (res == TEE_SUCCESS && page->at < len)
		res = step(page);
	if (res == TEE_SUCCESS && (page->call->flags & FESTORE_WIRE_MORE) == 0)
		res = finish(page->opened);
	return res;
}

TEE_Result read_list(struct call *call)
{
	struct page page = {.call = call, .opened = opened_of(call)};
	const bool goes_on = (call->flags & FESTORE_WIRE_CONTINUE) != 0;
	TEE_Result res = opened_check(page.opened);

	if (res == TEE_SUCCESS && goes_on && !page.opened->listing)
		res = TEE_ERROR_BAD_STATE;
	if (res == TEE_SUCCESS && goes_on && call->part_len[FESTORE_PART_STATE] != 0)
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res == TEE_SUCCESS && !goes_on)
		res = listing_begin(page.opened, call);
	if (res == TEE_SUCCESS)
		res = list_page(&page);
	if (res != TEE_SUCCESS)
		TEE_MemFill(call->out, 0, call->out_used);
	if (res != TEE_SUCCESS || (call->flags & FESTORE_WIRE_MORE) == 0)
		listing_end(page.opened);
	return res;
}
