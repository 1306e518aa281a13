/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists: all entries in the order of their locators, page by page, from which the tree is built
 * anew. If its root is that of the state that the list began with, nothing was left out, added or
 * changed. A check takes the hash of a leaf where its record is lost, and so proves all others; to
 * prune is to build a second tree on the way, without what is to go.
 */
#include "read.h"

#include "opened.h"
#include "tag_policy.h"

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

/* An entry that came in: a private copy. */
struct item {
	struct festore_vault_listed listed;
	uint8_t record[FESTORE_RECORD_MAX]; /* or the hash of what is blind */
	bool is_blind;
};

static TEE_Result pruning_begin(struct opened *opened)
{
	struct pruning *pruning = TEE_Malloc(sizeof(*pruning), TEE_MALLOC_FILL_ZERO);

	if (!pruning)
		return TEE_ERROR_OUT_OF_MEMORY;
	memcpy(pruning->base, opened->slot->state.mac, sizeof(pruning->base));
	opened->listing->pruning = pruning;
	return TEE_SUCCESS;
}

static TEE_Result listing_begin(
	struct opened *opened, const struct call *call, enum listing_purpose purpose)
{
	struct listing *listing = NULL;
	TEE_Result res = TEE_SUCCESS;

	listing_end(opened);
	if (purpose == LISTING_PRUNE)
		res = opened_check_proven(opened);
	if (res != TEE_SUCCESS)
		return res;
	/* What is pruned becomes the working root; there may be one only. */
	if (purpose == LISTING_PRUNE && work_is_active(&opened->work))
		return TEE_ERROR_BAD_STATE;
	res = opened_present(opened, call);
	if (res != TEE_SUCCESS)
		return res;
	listing = TEE_Malloc(sizeof(*listing), TEE_MALLOC_FILL_ZERO);
	if (!listing)
		return TEE_ERROR_OUT_OF_MEMORY;
	opened->listing = listing;
	listing->purpose = purpose;
	listing->count = opened_state(opened)->count;
	memcpy(listing->root, opened_state(opened)->root, sizeof(listing->root));
	return purpose == LISTING_PRUNE ? pruning_begin(opened) : TEE_SUCCESS;
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

static TEE_Result add_hash(struct tree_build *build, const uint8_t locator[FESTORE_HASH],
	const uint8_t hash[FESTORE_HASH])
{
	enum tree_built built = tree_build_hash(build, locator, hash);
	TEE_Result res = TEE_SUCCESS;

	if (built == TREE_NO_ROOM) {
		res = grow(build);
		if (res != TEE_SUCCESS)
			return res;
		built = tree_build_hash(build, locator, hash);
	}
	return built == TREE_BUILT ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT;
}

/* The entry takes its place in the tree, and in the one that is to be. */
static TEE_Result add_item(struct listing *listing, const struct item *item)
{
	const bool is_dropped = (item->listed.flags & FESTORE_LISTED_DROP) != 0;
	struct pruning *pruning = listing->pruning;
	struct festore_vault_leaf leaf;
	uint8_t hash[FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	if (item->is_blind) {
		memcpy(hash, item->record, sizeof(hash));
	} else {
		record_leaf(item->listed.locator, item->record, &leaf);
		tree_hash_leaf(&leaf, hash);
	}
	listing->blind += item->is_blind ? 1 : 0;
	res = add_hash(&listing->build, item->listed.locator, hash);
	if (res != TEE_SUCCESS || !pruning || is_dropped)
		return res;
	pruning->kept_blind += item->is_blind ? 1 : 0;
	return add_hash(&pruning->kept, item->listed.locator, hash);
}

/* Room for what is said of a tag of `tag_len` bytes, all zero; NULL: there is none. */
static uint8_t *take_room(struct call *call, size_t tag_len)
{
	const size_t room = FESTORE_ENTRY_ROOM(tag_len);
	uint8_t *to = call->out + call->out_used;

	if (room > call->out_size - call->out_used)
		return NULL;
	memset(to, 0, room);
	call->out_used += room;
	return to;
}

static TEE_Result show(struct call *call, const struct meta *meta)
{
	const struct festore_wire_entry entry = {
		.size = meta->size,
		.modified = meta->modified,
		.tag_len = (uint16_t)meta->tag.len,
		.key_type = meta->key_type,
		.key_use = meta->key_use,
		.policy = tag_policy_told(meta),
	};
	uint8_t *to = NULL;

	if (meta->kind != call->kind || !tag_has_prefix(&meta->tag, &call->tag))
		return TEE_SUCCESS;
	to = take_room(call, meta->tag.len);
	if (!to)
		return TEE_ERROR_SHORT_BUFFER;
	memcpy(to, &entry, sizeof(entry));
	memcpy(to + sizeof(entry), meta->tag.bytes, meta->tag.len);
	call->reply.list.count++;
	return TEE_SUCCESS;
}

/* A check says something of every entry; all zero of one that does not open. */
static TEE_Result show_checked(struct call *call, const struct meta *meta)
{
	const struct festore_vault_checked checked = {
		.size = meta->size,
		.modified = meta->modified,
		.tag_len = (uint16_t)meta->tag.len,
		.kind = (uint16_t)meta->kind,
	};
	uint8_t *to = take_room(call, meta->tag.len);

	if (!to)
		return TEE_ERROR_SHORT_BUFFER;
	memcpy(to, &checked, sizeof(checked));
	memcpy(to + sizeof(checked), meta->tag.bytes, meta->tag.len);
	call->reply.check.count++;
	return TEE_SUCCESS;
}

/* An entry whose record does not open is damage, and still a leaf of the tree. */
static TEE_Result open_item(const struct page *page, struct item *item, struct meta *ret_meta)
{
	const struct record_place place = {
		.keys = &page->opened->slot->keys,
		.vault = page->opened->slot->vault,
		.locator = item->listed.locator,
	};
	uint64_t version = 0;

	if (item->is_blind)
		return TEE_SUCCESS;
	return record_open(&place, item->record, item->listed.record_len, ret_meta, &version);
}

static TEE_Result show_item(struct page *page, struct item *item)
{
	const bool is_check = page->opened->listing->purpose == LISTING_CHECK;
	struct call *call = page->call;
	struct meta meta = {0};
	TEE_Result res = open_item(page, item, &meta);

	if (res == TEE_ERROR_CORRUPT_OBJECT) {
		if (is_check)
			call->reply.check.damaged++;
		else
			call->reply.list.damaged++;
	}
	if (is_check && (res == TEE_SUCCESS || res == TEE_ERROR_CORRUPT_OBJECT))
		res = show_checked(call, &meta);
	else if (res == TEE_SUCCESS)
		res = show(call, &meta);
	TEE_MemFill(&meta, 0, sizeof(meta));
	return res == TEE_ERROR_CORRUPT_OBJECT ? TEE_SUCCESS : res;
}

static uint32_t flags_of(enum listing_purpose purpose)
{
	switch (purpose) {
	case LISTING_CHECK:
		return FESTORE_LISTED_BLIND;
	case LISTING_PRUNE:
		return FESTORE_LISTED_BLIND | FESTORE_LISTED_DROP;
	default:
		return 0;
	}
}

/* Takes the next entry of the page in. */
static TEE_Result read_item(struct page *page, struct item *ret_item)
{
	const uint8_t *from = page->call->parts[FESTORE_PART_RECORD] + page->at;
	const size_t left = page->call->part_len[FESTORE_PART_RECORD] - page->at;
	struct festore_vault_listed *listed = &ret_item->listed;

	if (left < sizeof(*listed))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(listed, from, sizeof(*listed));
	if ((listed->flags & ~flags_of(page->opened->listing->purpose)) != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	ret_item->is_blind = (listed->flags & FESTORE_LISTED_BLIND) != 0;
	if (ret_item->is_blind && listed->record_len != FESTORE_HASH)
		return TEE_ERROR_BAD_PARAMETERS;
	if (!ret_item->is_blind &&
		(listed->record_len < sizeof(struct festore_vault_record) ||
			listed->record_len > sizeof(ret_item->record)))
		return TEE_ERROR_BAD_PARAMETERS;
	if (left < FESTORE_LISTED_ROOM(listed->record_len))
		return TEE_ERROR_BAD_PARAMETERS;

	memcpy(ret_item->record, from + sizeof(*listed), listed->record_len);
	page->at += FESTORE_LISTED_ROOM(listed->record_len);
	return TEE_SUCCESS;
}

/* What is whole is dropped only if it may be removed; what is not is nobody's any more. */
static TEE_Result check_drop(const struct page *page, struct item *item)
{
	struct meta meta = {0};
	TEE_Result res = TEE_SUCCESS;

	if ((item->listed.flags & FESTORE_LISTED_DROP) == 0)
		return TEE_SUCCESS;
	res = open_item(page, item, &meta);
	if (res == TEE_SUCCESS)
		res = tag_policy_lets_go(&meta.policy);
	else if (res == TEE_ERROR_CORRUPT_OBJECT)
		res = TEE_SUCCESS;
	TEE_MemFill(&meta, 0, sizeof(meta));
	return res;
}

static TEE_Result step(struct page *page)
{
	struct item item = {0};
	TEE_Result res = read_item(page, &item);

	if (res == TEE_SUCCESS)
		res = add_item(page->opened->listing, &item);
	if (res == TEE_SUCCESS)
		res = check_drop(page, &item);
	if (res == TEE_SUCCESS && page->opened->listing->purpose != LISTING_PRUNE)
		res = show_item(page, &item);
	return res;
}

/* Nothing was left out if the tree of all that came has the root that the list began with. */
static TEE_Result prove(const struct opened *opened)
{
	struct listing *listing = opened->listing;
	uint8_t root[FESTORE_HASH] = {0};

	tree_build_root(&listing->build, opened->slot->vault, root);
	return memcmp(root, listing->root, sizeof(root)) == 0 ? TEE_SUCCESS
							      : TEE_ERROR_CORRUPT_OBJECT;
}

/*
 * What is kept becomes the session's working root. How many leaves it has is known if each blind
 * entry is one, as their number says, or if none of them is kept.
 */
static TEE_Result prune(struct opened *opened, uint64_t missing)
{
	struct pruning *pruning = opened->listing->pruning;
	struct work *work = &opened->work;
	TEE_Result res = TEE_SUCCESS;

	if (opened->listing->blind != missing && pruning->kept_blind != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	if (work_is_active(work))
		return TEE_ERROR_BAD_STATE;
	if (memcmp(pruning->base, opened->slot->state.mac, sizeof(pruning->base)) != 0)
		return FESTORE_TA_STALE;
	memcpy(work->base, pruning->base, sizeof(work->base));
	work->count = pruning->kept.count;
	tree_build_root(&pruning->kept, opened->slot->vault, work->root);
	work->version = slot_next_version(opened->slot);
	res = work_begin_log(work, &opened->slot->state);
	if (res != TEE_SUCCESS)
		work_end(work);
	else if (work->log)
		work->log->dropped = opened->slot->state.count - work->count;
	return res;
}

static TEE_Result finish(struct page *page)
{
	const struct listing *listing = page->opened->listing;
	TEE_Result res = prove(page->opened);
	uint64_t missing = 0;

	if (res != TEE_SUCCESS || listing->purpose == LISTING_FILES)
		return res;
	missing = listing->count - (listing->build.count - listing->blind);
	if (listing->purpose == LISTING_PRUNE)
		res = prune(page->opened, missing);
	page->call->reply.check.missing = missing;
	return res;
}

static TEE_Result list_page(struct page *page)
{
	const size_t len = page->call->part_len[FESTORE_PART_RECORD];
	TEE_Result res = TEE_SUCCESS;

	while (res == TEE_SUCCESS && page->at < len)
		res = step(page);
	if (res == TEE_SUCCESS && (page->call->flags & FESTORE_WIRE_MORE) == 0)
		res = finish(page);
	return res;
}

static TEE_Result list(struct call *call, enum listing_purpose purpose)
{
	struct page page = {.call = call, .opened = opened_of(call)};
	const bool goes_on = (call->flags & FESTORE_WIRE_CONTINUE) != 0;
	const struct listing *listing = page.opened->listing;
	TEE_Result res = opened_check(page.opened);

	if (res == TEE_SUCCESS && goes_on && (!listing || listing->purpose != purpose))
		res = TEE_ERROR_BAD_STATE;
	if (res == TEE_SUCCESS && goes_on && call->part_len[FESTORE_PART_STATE] != 0)
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res == TEE_SUCCESS && !goes_on)
		res = listing_begin(page.opened, call, purpose);
	if (res == TEE_SUCCESS)
		res = list_page(&page);
	if (res != TEE_SUCCESS && call->out_used != 0)
		TEE_MemFill(call->out, 0, call->out_used);
	if (res != TEE_SUCCESS || (call->flags & FESTORE_WIRE_MORE) == 0)
		listing_end(page.opened);
	return res;
}

TEE_Result read_list(struct call *call)
{
	return list(call, LISTING_FILES);
}

TEE_Result read_check(struct call *call)
{
	return list(call, LISTING_CHECK);
}

TEE_Result read_prune(struct call *call)
{
	return list(call, LISTING_PRUNE);
}
