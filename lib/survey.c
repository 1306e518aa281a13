/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a survey: reads all rows, weighs them, and has the TA prove and open what is proven. */
#include "survey.h"

#include "array.h"
#include "tag.h"
#include "vault/tree.h"

#include <mbedtls/md.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void survey_id(int64_t key, char to[SURVEY_ID_MAX])
{
	snprintf(to, SURVEY_ID_MAX, "%016llx", (unsigned long long)key << 1);
}

static void forget_rows(struct survey *survey)
{
	for (size_t i = 0; i < survey->evidence.leaf_count; i++)
		free(survey->rows[i].tag);
	survey->evidence.leaf_count = 0;
	survey->evidence.node_count = 0;
	survey->content_count = 0;
	evidence_free(&survey->evidence);
}

void survey_end(struct survey *survey)
{
	forget_rows(survey);
	free(survey->leaves);
	free(survey->rows);
	free(survey->nodes);
	free(survey->contents);
	free(survey->named);
	explicit_bzero(survey, sizeof(*survey));
}

static enum festore_error no_memory(struct survey *survey)
{
	return failure_set(&survey->fs->failure, FESTORE_ERROR, "out of memory");
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool make_room_for_a_row(struct survey *survey)
{
	const size_t count = survey->evidence.leaf_count;
	size_t room = survey->row_room;
	struct evidence_leaf *leaves =
		array_with_room(survey->leaves, count, 1, &room, sizeof(*leaves));
	struct survey_row *rows = NULL;

	if (!leaves)
		return false;
	survey->leaves = leaves;
	rows = array_with_room(survey->rows, count, 1, &survey->row_room, sizeof(*rows));
	if (!rows)
		return false;
	survey->rows = rows;
	return true;
}

static enum festore_error add_row(struct survey *survey, const struct bytes_raw_entry *entry)
{
	const size_t i = survey->evidence.leaf_count;
	struct evidence_leaf *leaf = NULL;

	if (!make_room_for_a_row(survey))
		return no_memory(survey);
	leaf = &survey->leaves[i];
	memset(leaf, 0, sizeof(*leaf));
	memset(&survey->rows[i], 0, sizeof(survey->rows[i]));
	leaf->key = entry->key;
	leaf->has_hash = entry->has_leaf;
	if (entry->has_leaf)
		tree_hash_leaf(&entry->leaf, leaf->hash);
	survey->rows[i].content_id = entry->content_id;
	survey->rows[i].has_record = entry->record != NULL;
	survey->evidence.leaf_count++;
	return FESTORE_OK;
}

/* A walk ends with FESTORE_NOT_FOUND. */
static enum festore_error walked(enum festore_error error)
{
	return error == FESTORE_NOT_FOUND ? FESTORE_OK : error;
}

static enum festore_error read_entries(struct survey *survey)
{
	struct bytes_walk walk = BYTES_WALK_BEGIN;
	struct bytes *bytes = survey->fs->vault->bytes;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK) {
		struct bytes_raw_entry entry = {0};

		error = bytes_walk_entries(bytes, &walk, &entry, &survey->fs->failure);
		if (error == FESTORE_OK)
			error = add_row(survey, &entry);
	}
	return walked(error);
}

static int by_middle(const void *a, const void *b)
{
	const int64_t first = ((const struct evidence_node *)a)->middle;
	const int64_t second = ((const struct evidence_node *)b)->middle;

	return (first > second) - (first < second);
}

static enum festore_error read_nodes(struct survey *survey)
{
	struct bytes_walk walk = BYTES_WALK_BEGIN;
	struct evidence *evidence = &survey->evidence;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK) {
		size_t count = 0;
		struct evidence_node *nodes = array_with_room(survey->nodes, evidence->node_count,
			BYTES_ROW_NODES, &survey->node_room, sizeof(*nodes));

		if (!nodes)
			return no_memory(survey);
		survey->nodes = nodes;
		error = bytes_walk_nodes(survey->fs->vault->bytes, &walk,
			nodes + evidence->node_count, &count, &survey->fs->failure);
		if (error == FESTORE_OK)
			evidence->node_count += count;
	}
	if (evidence->node_count != 0)
		qsort(survey->nodes, evidence->node_count, sizeof(*survey->nodes), by_middle);
	return walked(error);
}

static enum festore_error read_contents(struct survey *survey)
{
	struct bytes_walk walk = BYTES_WALK_BEGIN;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK) {
		int64_t *contents = array_with_room(survey->contents, survey->content_count, 1,
			&survey->content_room, sizeof(*contents));

		if (!contents)
			return no_memory(survey);
		survey->contents = contents;
		error = bytes_walk_contents(survey->fs->vault->bytes, &walk,
			&contents[survey->content_count], &survey->fs->failure);
		if (error == FESTORE_OK)
			survey->content_count++;
	}
	return walked(error);
}

static int by_number(const void *a, const void *b)
{
	const int64_t first = *(const int64_t *)a;
	const int64_t second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

static enum festore_error sort_names(struct survey *survey)
{
	const size_t count = survey->evidence.leaf_count;
	int64_t *named = reallocarray(survey->named, count + 1, sizeof(*named));

	if (!named)
		return no_memory(survey);
	survey->named = named;
	for (size_t i = 0; i < count; i++)
		named[i] = survey->rows[i].content_id;
	qsort(named, count, sizeof(*named), by_number);
	return FESTORE_OK;
}

bool survey_has_content(const struct survey *survey, int64_t id)
{
	return survey->content_count != 0 &&
		bsearch(&id, survey->contents, survey->content_count, sizeof(id), by_number);
}

bool survey_names(const struct survey *survey, int64_t id)
{
	return survey->evidence.leaf_count != 0 &&
		bsearch(&id, survey->named, survey->evidence.leaf_count, sizeof(id), by_number);
}

static enum festore_error read_headers(struct survey *survey)
{
	struct bytes *bytes = survey->fs->vault->bytes;
	struct festore_vault_header header = {0};
	enum festore_error error = FESTORE_OK;

	for (unsigned int copy = 0; copy < 2; copy++) {
		error = bytes_read_header(bytes, copy, &header, &survey->fs->failure);
		if (error != FESTORE_OK && error != FESTORE_NOT_FOUND && error != FESTORE_DAMAGED)
			return error;
		survey->header_is_good[copy] =
			error == FESTORE_OK && vault_names_header(&survey->state, &header);
		if (survey->header_is_good[copy])
			survey->header = header;
	}
	return FESTORE_OK;
}

/* What SQLite finds is told, and what it can still read is looked at all the same. */
static enum festore_error read_structure(struct survey *survey)
{
	struct failure found = {0};
	const enum festore_error error = bytes_check_structure(survey->fs->vault->bytes, &found);

	survey->structure[0] = '\0';
	if (error == FESTORE_DAMAGED)
		memcpy(survey->structure, found.text, sizeof(survey->structure));
	if (error == FESTORE_OK || error == FESTORE_DAMAGED)
		return FESTORE_OK;
	survey->fs->failure = found;
	return error;
}

/* --- what the TA says ------------------------------------------------------------------------- */

/* Items on their way to the TA, a page at a time. */
struct page {
	struct survey *survey;
	bool prunes;    /* else it checks */
	size_t first;   /* item of the page */
	size_t next;    /* item behind it */
	uint8_t *bytes; /* FESTORE_WINDOW */
	size_t len;
	bool is_first;
	bool is_single; /* one row that is not proven, instead of items */
	size_t row;
};

/* Appends an item to the page; false: it is full. */
static bool add_item(
	struct page *page, struct festore_vault_listed *listed, const void *bytes, size_t len)
{
	const size_t room = FESTORE_LISTED_ROOM(len);
	uint8_t *to = page->bytes + page->len;

	if (room > FESTORE_WINDOW - page->len)
		return false;
	listed->record_len = (uint32_t)len;
	if (page->prunes && page->survey->evidence.items[page->next].is_marked)
		listed->flags |= FESTORE_LISTED_DROP;
	memset(to, 0, room);
	memcpy(to, listed, sizeof(*listed));
	memcpy(to + sizeof(*listed), bytes, len);
	page->len += room;
	page->next++;
	return true;
}

/* What is lost, and what is proven but has no possible record, is a hash. */
static bool add_hash(struct page *page, const struct evidence_item *item)
{
	struct festore_vault_listed listed = {.flags = FESTORE_LISTED_BLIND};
	const uint64_t key = (uint64_t)item->key << 1;

	for (unsigned int i = 0; i < 8; i++)
		listed.locator[i] = (uint8_t)(key >> (56 - 8 * i));
	return add_item(page, &listed, item->hash, sizeof(item->hash));
}

/* Fills the page. */
static enum festore_error fill(struct page *page)
{
	struct survey *survey = page->survey;
	struct bytes *bytes = survey->fs->vault->bytes;
	bool fits = true;

	page->len = 0;
	page->first = page->next;
	while (fits && page->next < survey->evidence.item_count) {
		const struct evidence_item *item = &survey->evidence.items[page->next];
		struct bytes_walk walk = {.from = item->key};
		struct bytes_raw_entry entry = {0};
		struct festore_vault_listed listed = {0};
		enum festore_error error = FESTORE_OK;

		if (!item->is_lost)
			error = bytes_walk_entries(bytes, &walk, &entry, &survey->fs->failure);
		if (error != FESTORE_OK)
			return error;
		if (!entry.record || !entry.has_leaf || entry.key != item->key) {
			fits = add_hash(page, item);
			continue;
		}
		memcpy(listed.locator, entry.leaf.locator, sizeof(listed.locator));
		fits = add_item(page, &listed, entry.record, entry.record_len);
	}
	return FESTORE_OK;
}

/* Notes what a record says of its file. */
static enum festore_error note_opened(struct survey *survey, size_t row,
	const struct festore_vault_checked *checked, const uint8_t *tag)
{
	struct survey_row *to = &survey->rows[row];

	to->tag = strndup((const char *)tag, checked->tag_len);
	if (!to->tag)
		return no_memory(survey);
	to->is_open = true;
	to->kind = checked->kind;
	to->size = checked->size;
	return FESTORE_OK;
}

/* One answer an item, in their order. */
static enum festore_error take_answers(
	struct page *page, const struct exchange *exchange, uint32_t count)
{
	struct survey *survey = page->survey;
	const uint8_t *at = exchange->received;
	size_t left = exchange->received_len;
	enum festore_error error = FESTORE_OK;

	if (count != page->next - page->first)
		goto malformed;
	for (size_t i = page->first; i < page->next && error == FESTORE_OK; i++) {
		const struct evidence_item *item = &survey->evidence.items[i];
		const size_t row = page->is_single ? page->row : item->first;
		struct festore_vault_checked checked;

		if (left < sizeof(checked))
			goto malformed;
		memcpy(&checked, at, sizeof(checked));
		if (checked.tag_len > FESTORE_TAG_MAX || left < FESTORE_ENTRY_ROOM(checked.tag_len))
			goto malformed;
		if (checked.tag_len != 0 &&
			((!page->is_single && item->is_lost) ||
				!tag_is_valid(at + sizeof(checked), checked.tag_len)))
			goto malformed;
		if (checked.tag_len != 0)
			error = note_opened(survey, row, &checked, at + sizeof(checked));
		at += FESTORE_ENTRY_ROOM(checked.tag_len);
		left -= FESTORE_ENTRY_ROOM(checked.tag_len);
	}
	return error;
malformed:
	return failure_set(&survey->fs->failure, FESTORE_ERROR, "the TEE's list is malformed");
}

static enum festore_error send(struct page *page)
{
	struct survey *survey = page->survey;
	struct festore *fs = survey->fs;
	struct festore_vault_request request = vault_request("", 0);
	const size_t state_len = page->is_first ? sizeof(survey->state) : 0;
	const bool is_last = !page->is_single && page->next == survey->evidence.item_count;
	struct festore_vault_check check = {0};
	struct exchange exchange = {
		.command = page->prunes ? FESTORE_CMD_VAULT_PRUNE : FESTORE_CMD_VAULT_CHECK,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &check,
		.reply_len = sizeof(check),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {&survey->state, state_len},
			[FESTORE_PART_RECORD] = {page->bytes, page->len}},
		.receive_at = page->prunes ? 0 : 3,
		.receive_room = page->prunes ? 0 : FESTORE_WINDOW,
	};
	enum festore_error error = FESTORE_OK;

	request.base.flags =
		(page->is_first ? 0 : FESTORE_WIRE_CONTINUE) | (is_last ? 0 : FESTORE_WIRE_MORE);
	request.parts[FESTORE_PART_STATE] = (uint32_t)state_len;
	request.parts[FESTORE_PART_RECORD] = (uint32_t)page->len;
	page->is_first = false;
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_OK && !page->prunes)
		error = take_answers(page, &exchange, check.count);
	if (error == FESTORE_OK && is_last)
		survey->missing = check.missing;
	return error;
}

/*
 * What the record of a row says that is not proven: a list that goes on, and is never ended. The
 * row's own word, but the TA's that it was sealed for this vault and place.
 */
static enum festore_error name_row(struct survey *survey, size_t i)
{
	struct page page = {.survey = survey, .is_first = true, .is_single = true};
	struct bytes_walk walk = {.from = survey->leaves[i].key};
	struct bytes_raw_entry entry = {0};
	struct festore_vault_listed listed = {0};
	uint8_t bytes[FESTORE_LISTED_ROOM(FESTORE_RECORD_MAX)];
	enum festore_error error =
		bytes_walk_entries(survey->fs->vault->bytes, &walk, &entry, &survey->fs->failure);

	if (error != FESTORE_OK || !entry.record || !entry.has_leaf)
		return walked(error);
	page.bytes = bytes;
	memcpy(listed.locator, entry.leaf.locator, sizeof(listed.locator));
	add_item(&page, &listed, entry.record, entry.record_len);
	page.row = i;
	return send(&page);
}

static enum festore_error name_rows(struct survey *survey)
{
	enum festore_error error = FESTORE_OK;
	bool is_any = false;

	for (size_t i = 0; i < survey->evidence.leaf_count && error == FESTORE_OK; i++) {
		if (survey->leaves[i].verdict == EVIDENCE_PROVEN || survey->leaves[i].key < 0)
			continue;
		error = name_row(survey, i);
		is_any = true;
	}
	if (is_any && !handle_abort(survey->fs))
		survey->fs->vault->is_in_doubt = true;
	return error;
}

static enum festore_error send_all(struct survey *survey, bool prunes)
{
	struct page page = {.survey = survey, .prunes = prunes, .is_first = true};
	enum festore_error error = FESTORE_OK;

	page.bytes = malloc(FESTORE_WINDOW);
	if (!page.bytes)
		return no_memory(survey);
	do {
		error = fill(&page);
		if (error == FESTORE_OK)
			error = send(&page);
	} while (error == FESTORE_OK && page.next < survey->evidence.item_count);
	free(page.bytes);
	return error;
}

enum festore_error survey_prune(struct survey *survey)
{
	return send_all(survey, true);
}

static enum festore_error weigh(struct survey *survey)
{
	struct evidence *evidence = &survey->evidence;

	evidence->leaves = survey->leaves;
	evidence->nodes = survey->nodes;
	/* Of an empty tree nothing is part. */
	if (survey->state.count == 0)
		return FESTORE_OK;
	return evidence_weigh(evidence, survey->state.root) ? FESTORE_OK : no_memory(survey);
}

enum festore_error survey_look(struct survey *survey)
{
	struct failure *failure = &survey->fs->failure;
	enum festore_error error = FESTORE_OK;

	forget_rows(survey);
	error = read_structure(survey);
	if (error == FESTORE_OK)
		error = bytes_read_state(survey->fs->vault->bytes, &survey->state, failure);
	survey->has_state = error == FESTORE_OK;
	return error == FESTORE_OK ? read_headers(survey) : error;
}

enum festore_error survey_take(struct survey *survey)
{
	struct failure *failure = &survey->fs->failure;
	enum festore_error error = survey_look(survey);

	if (error == FESTORE_OK)
		error = read_entries(survey);
	if (error == FESTORE_OK)
		error = read_nodes(survey);
	if (error == FESTORE_OK)
		error = read_contents(survey);
	if (error == FESTORE_OK)
		error = sort_names(survey);
	if (error == FESTORE_OK)
		error = weigh(survey);
	if (error == FESTORE_OK)
		error = send_all(survey, false);
	if (error == FESTORE_OK)
		error = name_rows(survey);
	if (error == FESTORE_OK)
		error = bytes_compare_nodes(survey->fs->vault->bytes, survey->evidence.right,
			survey->evidence.right_count, false, &survey->misfits, failure);
	if (error == FESTORE_OK)
		memset(failure, 0, sizeof(*failure));
	return error;
}
