/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes a damaged vault: makes nodes and headers anew, removes what is asked for, restores. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

/* --- nodes and headers ------------------------------------------------------------------------ */

static bool is_any(const struct bytes_misfits *misfits)
{
	return misfits->missing != 0 || misfits->different != 0 || misfits->superfluous != 0;
}

/* Writes the nodes of the evidence, and looks whether they are there. */
static enum festore_error write_nodes(struct festore *fs, struct evidence *evidence)
{
	struct bytes_misfits misfits = {0};
	enum festore_error error = bytes_compare_nodes(fs->vault->bytes, evidence->right,
		evidence->right_count, true, &misfits, &fs->failure);

	if (error == FESTORE_OK)
		error = bytes_compare_nodes(fs->vault->bytes, evidence->right,
			evidence->right_count, false, &misfits, &fs->failure);
	if (error == FESTORE_OK && is_any(&misfits))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the database does not keep what is written");
	return error;
}

/* The copy that is bad is written from the one that is good. */
static enum festore_error write_header(struct survey *survey, unsigned int *ret_headers)
{
	struct festore *fs = survey->fs;

	for (unsigned int copy = 0; copy < 2; copy++) {
		if (survey->header_is_good[copy] || !survey->header_is_good[1 - copy])
			continue;
		*ret_headers = copy + 1;
		return bytes_write_header(fs->vault->bytes, copy, &survey->header, &fs->failure);
	}
	return FESTORE_OK;
}

/* In a write transaction, which it ends. */
static enum festore_error mend_locked(
	struct survey *survey, struct bytes_misfits *ret_misfits, unsigned int *ret_headers)
{
	struct festore *fs = survey->fs;
	enum festore_error error = survey_take(survey);

	*ret_misfits = survey->misfits;
	if (error == FESTORE_OK && survey->structure[0] != '\0')
		*ret_misfits = (struct bytes_misfits){0};
	else if (error == FESTORE_OK && is_any(&survey->misfits))
		error = write_nodes(fs, &survey->evidence);
	if (error == FESTORE_OK && survey->structure[0] == '\0')
		error = write_header(survey, ret_headers);
	if (error == FESTORE_OK && (is_any(ret_misfits) || *ret_headers != 0))
		return bytes_commit(fs->vault->bytes, &fs->failure);
	return vault_give_up(fs, error);
}

enum festore_error mend_all(
	struct festore *fs, struct bytes_misfits *ret_misfits, unsigned int *ret_headers)
{
	struct survey survey = {.fs = fs};
	enum festore_error error = bytes_begin_write(fs->vault->bytes, &fs->failure);

	if (error == FESTORE_OK)
		error = mend_locked(&survey, ret_misfits, ret_headers);
	survey_end(&survey);
	return error;
}

/* --- removal ---------------------------------------------------------------------------------- */

static bool has_id(int64_t key, const char *wanted)
{
	char id[SURVEY_ID_MAX];

	survey_id(key, id);
	return strcmp(id, wanted) == 0;
}

/* Marks rows that have this id, and what is missing there. False: nothing has it. */
static bool mark(struct survey *survey, const char *id)
{
	bool is_any = false;

	for (size_t i = 0; i < survey->evidence.leaf_count; i++) {
		if (!has_id(survey->leaves[i].key, id))
			continue;
		survey->rows[i].is_marked = true;
		is_any = true;
	}
	for (size_t i = 0; i < survey->evidence.item_count; i++) {
		struct evidence_item *item = &survey->evidence.items[i];

		if (item->count != 0 || !has_id(item->key, id))
			continue;
		item->is_marked = true;
		is_any = true;
	}
	return is_any;
}

/* Items go with their rows, if all of them go. */
static void mark_items(struct survey *survey)
{
	for (size_t i = 0; i < survey->evidence.item_count; i++) {
		struct evidence_item *item = &survey->evidence.items[i];
		bool all = item->count != 0;

		for (size_t j = item->first; j < item->first + item->count; j++)
			all = all && survey->rows[j].is_marked;
		item->is_marked = item->is_marked || all;
	}
}

static enum festore_error mark_all(struct survey *survey, const char *const *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!mark(survey, ids[i]))
			return failure_set(&survey->fs->failure, FESTORE_NOT_FOUND,
				"there is no entry %.64s to remove", ids[i]);
	}
	mark_items(survey);
	return FESTORE_OK;
}

/* Is a row left that names this content? */
static bool is_needed(const struct survey *survey, int64_t content_id)
{
	for (size_t i = 0; i < survey->evidence.leaf_count; i++) {
		if (!survey->rows[i].is_marked && survey->rows[i].content_id == content_id)
			return true;
	}
	return false;
}

static enum festore_error drop_rows(const struct survey *survey)
{
	struct festore *fs = survey->fs;
	enum festore_error error = FESTORE_OK;

	for (size_t i = 0; i < survey->evidence.leaf_count && error == FESTORE_OK; i++) {
		const int64_t content = survey->rows[i].content_id;

		if (survey->rows[i].is_marked)
			error = bytes_drop(fs->vault->bytes, survey->leaves[i].key,
				is_needed(survey, content) ? 0 : content, &fs->failure);
	}
	return error;
}

/* The nodes over all items that are left. */
static enum festore_error rewrite_nodes(
	const struct survey *survey, const struct festore_vault_state *proposal)
{
	struct festore *fs = survey->fs;
	const struct evidence *old = &survey->evidence;
	struct evidence_leaf *leaves = calloc(old->item_count + 1, sizeof(*leaves));
	struct evidence evidence = {.leaves = leaves};
	enum festore_error error = FESTORE_OK;

	if (!leaves)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	for (size_t i = 0; i < old->item_count; i++) {
		struct evidence_leaf *leaf = &leaves[evidence.leaf_count];

		if (old->items[i].is_marked)
			continue;
		leaf->key = old->items[i].key;
		leaf->has_hash = true;
		memcpy(leaf->hash, old->items[i].hash, sizeof(leaf->hash));
		evidence.leaf_count++;
	}
	if (evidence.leaf_count != 0 && !evidence_weigh(&evidence, proposal->root))
		error = failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	/* Of hashes alone there is one tree, which the TA has built as well. */
	if (error == FESTORE_OK && evidence.item_count != evidence.leaf_count)
		error = failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer is of another tree");
	if (error == FESTORE_OK)
		error = write_nodes(fs, &evidence);
	evidence_free(&evidence);
	free(leaves);
	return error;
}

/* The TA's proposal without what goes, and the rows that belong to it. */
static enum festore_error prune(struct survey *survey, struct festore_vault_state *ret_proposal)
{
	struct festore *fs = survey->fs;
	enum festore_error error = survey_prune(survey);

	if (error == FESTORE_USAGE)
		return failure_set(&fs->failure, FESTORE_DAMAGED,
			"what lies together cannot be told apart: all of it must be removed");
	if (error == FESTORE_OK)
		error = vault_propose(fs, ret_proposal);
	if (error == FESTORE_OK)
		error = drop_rows(survey);
	return error == FESTORE_OK ? rewrite_nodes(survey, ret_proposal) : error;
}

/* In a write transaction, which it ends. */
static enum festore_error remove_locked(struct survey *survey, const char *const *ids, size_t count)
{
	struct festore *fs = survey->fs;
	struct festore_vault_state proposal;
	enum festore_error error = survey_take(survey);

	if (error == FESTORE_OK && survey->structure[0] != '\0')
		error = failure_set(&fs->failure, FESTORE_DAMAGED, "%s", survey->structure);
	if (error == FESTORE_OK)
		error = mark_all(survey, ids, count);
	if (error == FESTORE_OK)
		error = prune(survey, &proposal);
	return error == FESTORE_OK ? vault_store(fs, &proposal) : vault_give_up(fs, error);
}

enum festore_error festore_check_remove(struct festore *fs, const char *const *ids, size_t count)
{
	struct survey survey = {.fs = fs};
	enum festore_error error = check_begin(fs);

	if (error == FESTORE_OK)
		error = vault_ready(fs, false);
	if (error == FESTORE_OK)
		error = bytes_begin_write(fs->vault->bytes, &fs->failure);
	if (error == FESTORE_OK)
		error = remove_locked(&survey, ids, count);
	survey_end(&survey);
	return error;
}

/* --- the header ------------------------------------------------------------------------------- */

static_assert(FESTORE_HEADER_LEN == sizeof(struct festore_vault_header), "the public length");

static enum festore_error read_good_header(struct festore *fs, void *arg)
{
	struct festore_vault_state state = {0};

	return vault_read_header(fs, &state, arg);
}

enum festore_error festore_header_backup(
	struct festore *fs, unsigned char ret_header[FESTORE_HEADER_LEN])
{
	struct festore_vault_header header = {0};
	enum festore_error error = check_begin(fs);

	if (error == FESTORE_OK)
		error = vault_ready(fs, false);
	if (error == FESTORE_OK)
		error = vault_read_current(fs, read_good_header, &header);
	if (error == FESTORE_OK)
		memcpy(ret_header, &header, sizeof(header));
	return error;
}

static enum festore_error open_with(struct festore *fs, const struct festore_vault_header *header,
	const struct festore_vault_state *state)
{
	const enum festore_error error = vault_open_header(fs, header, state);

	if (error == FESTORE_DAMAGED)
		return failure_set(&fs->failure, error,
			"this header was made by another user or on another device, or the "
			"vault's state is damaged");
	return error;
}

/* In a write transaction, which it ends. */
static enum festore_error restore_locked(
	struct festore *fs, const struct festore_vault_header *header)
{
	struct bytes *bytes = fs->vault->bytes;
	struct festore_vault_state state = {0};
	enum festore_error error = bytes_read_state(bytes, &state, &fs->failure);

	if (error == FESTORE_NOT_FOUND)
		error = failure_set(&fs->failure, FESTORE_DAMAGED, "the vault's state is missing");
	if (error == FESTORE_OK && !vault_names_header(&state, header))
		error = failure_set(&fs->failure, FESTORE_USAGE,
			"this is not the header of the vault in %s", fs->vault->directory);
	if (error == FESTORE_OK && !fs->vault->is_open)
		error = open_with(fs, header, &state);
	for (unsigned int copy = 0; copy < 2 && error == FESTORE_OK; copy++)
		error = bytes_write_header(bytes, copy, header, &fs->failure);
	return error == FESTORE_OK ? bytes_commit(bytes, &fs->failure) : vault_give_up(fs, error);
}

enum festore_error festore_header_restore(
	struct festore *fs, const unsigned char header[FESTORE_HEADER_LEN])
{
	struct festore_vault_header copy;
	enum festore_error error = check_begin(fs);

	memcpy(&copy, header, sizeof(copy));
	if (error == FESTORE_OK && copy.magic != FESTORE_HEADER_MAGIC)
		error = failure_set(&fs->failure, FESTORE_USAGE, "this is no header of a vault");
	if (error != FESTORE_OK)
		return error;
	/* Whether it opens already does not matter, only that there is one. */
	error = vault_ready(fs, false);
	if (error == FESTORE_DAMAGED)
		error = vault_find(fs);
	if (error != FESTORE_OK)
		return error;
	memset(&fs->failure, 0, sizeof(fs->failure));
	error = bytes_begin_write(fs->vault->bytes, &fs->failure);
	return error == FESTORE_OK ? restore_locked(fs, &copy) : error;
}
