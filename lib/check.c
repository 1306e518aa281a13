/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks a vault: tells what a survey found, and reads all contents of what was proven. */
#include "check.h"

#include "blob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A check under way. */
struct check {
	struct festore *fs;
	festore_finding_visit visit;
	void *arg;
	struct festore_check *report;
	struct survey survey;
	bool is_missing; /* the last content: there is none at all */
	uint64_t done;   /* bytes of contents */
	uint64_t total;
};

/* --- telling ---------------------------------------------------------------------------------- */

static uint64_t *number_of(struct festore_check *report, const struct festore_finding *finding)
{
	switch (finding->kind) {
	case FESTORE_FINDING_INTACT:
		return &report->intact;
	case FESTORE_FINDING_STRAY:
		return &report->stray;
	case FESTORE_FINDING_ORPHAN:
		return &report->orphans;
	case FESTORE_FINDING_FOREIGN:
		return &report->foreign;
	case FESTORE_FINDING_MENDED:
		return &report->mended;
	case FESTORE_FINDING_UNPROVEN:
		return &report->unproven;
	default:
		break;
	}
	switch (finding->part) {
	case FESTORE_FINDING_NODES:
		return &report->nodes;
	case FESTORE_FINDING_HEADER:
		return &report->headers;
	case FESTORE_FINDING_STATE:
	case FESTORE_FINDING_DATABASE:
		return &report->others;
	default:
		return finding->kind == FESTORE_FINDING_MISSING ? &report->missing
								: &report->damaged;
	}
}

static void tell(struct check *check, struct festore_finding finding)
{
	if (finding.count == 0)
		finding.count = 1;
	if (!finding.id)
		finding.id = "";
	if (!finding.reason)
		finding.reason = "";
	*number_of(check->report, &finding) += finding.count;
	if (check->visit)
		check->visit(&finding, check->arg);
}

static bool is_damage(const struct festore_check *report)
{
	return report->damaged != 0 || report->unproven != 0 || report->missing != 0 ||
		report->stray != 0 || report->nodes != 0 || report->headers != 0 ||
		report->others != 0;
}

static void tell_structure(struct check *check)
{
	if (check->survey.structure[0] != '\0')
		tell(check,
			(struct festore_finding){
				.kind = FESTORE_FINDING_DAMAGED,
				.part = FESTORE_FINDING_DATABASE,
				.reason = check->survey.structure,
			});
}

static void tell_headers(struct check *check)
{
	for (unsigned int copy = 0; copy < 2; copy++) {
		if (check->survey.header_is_good[copy])
			continue;
		tell(check,
			(struct festore_finding){
				.kind = FESTORE_FINDING_DAMAGED,
				.part = FESTORE_FINDING_HEADER,
				.id = copy == 0 ? "1" : "2",
				.reason = "this copy of the header is not the vault's",
			});
	}
}

static void tell_nodes(
	struct check *check, enum festore_finding_kind kind, uint64_t count, const char *reason)
{
	if (count != 0)
		tell(check,
			(struct festore_finding){
				.kind = kind,
				.part = FESTORE_FINDING_NODES,
				.count = count,
				.reason = reason,
			});
}

static void tell_misfits(struct check *check)
{
	const struct bytes_misfits *misfits = &check->survey.misfits;

	tell_nodes(check, FESTORE_FINDING_MISSING, misfits->missing, "rows of nodes are missing");
	tell_nodes(check, FESTORE_FINDING_DAMAGED, misfits->different,
		"rows of nodes are not what their entries make");
	tell_nodes(check, FESTORE_FINDING_DAMAGED, misfits->superfluous,
		"rows of nodes belong to no entries");
}

static void tell_entry(struct check *check, enum festore_finding_kind kind, int64_t key,
	const char *tag, const char *reason)
{
	char id[SURVEY_ID_MAX];

	survey_id(key, id);
	tell(check,
		(struct festore_finding){
			.kind = kind,
			.part = FESTORE_FINDING_RECORD,
			.tag = tag,
			.id = id,
			.reason = reason,
		});
}

/* A row where something is lost: alone, or one of several that cannot be told apart. */
static void tell_lost_row(struct check *check, size_t i, bool is_alone)
{
	const int64_t key = check->survey.leaves[i].key;
	const struct survey_row *row = &check->survey.rows[i];

	if (!row->is_open)
		tell_entry(check, FESTORE_FINDING_DAMAGED, key, NULL,
			"its record is not what was stored");
	else if (is_alone)
		tell_entry(check, FESTORE_FINDING_DAMAGED, key, row->tag,
			"its record is another than the one that was stored last");
	else
		tell_entry(check, FESTORE_FINDING_UNPROVEN, key, row->tag,
			"whether its record is the present one cannot be proven");
}

/* Where something is lost. */
static void tell_loss(struct check *check, const struct evidence_item *item)
{
	if (item->count == 0)
		tell_entry(check, FESTORE_FINDING_MISSING, item->key, NULL, "an entry is missing");
	for (size_t i = 0; i < item->count; i++)
		tell_lost_row(check, item->first + i, item->count == 1);
}

/* How many leaves of the tree the item has told of that the TA has had no record of. */
static uint64_t hashes_of(const struct survey *survey, const struct evidence_item *item)
{
	if (!item->is_lost)
		return survey->rows[item->first].has_record ? 0 : 1;
	return item->count > 1 ? item->count : 1;
}

static void tell_losses(struct check *check)
{
	const struct evidence *evidence = &check->survey.evidence;
	uint64_t told = 0;

	for (size_t i = 0; i < evidence->item_count; i++) {
		const struct evidence_item *item = &evidence->items[i];

		if (item->is_lost)
			tell_loss(check, item);
		else if (!check->survey.rows[item->first].is_open)
			tell_entry(check, FESTORE_FINDING_DAMAGED, item->key, NULL,
				"its record does not open");
		told += hashes_of(&check->survey, item);
	}
	/* A hash may stand for many; how many there are in all, the TA has counted. */
	if (check->survey.missing > told)
		tell(check,
			(struct festore_finding){
				.kind = FESTORE_FINDING_MISSING,
				.part = FESTORE_FINDING_RECORD,
				.count = check->survey.missing - told,
				.reason = "entries more are missing where these are",
			});
	for (size_t i = 0; i < evidence->leaf_count; i++) {
		if (check->survey.leaves[i].verdict == EVIDENCE_STRAY)
			tell_entry(check, FESTORE_FINDING_STRAY, check->survey.leaves[i].key,
				check->survey.rows[i].tag, "the vault has no such entry");
	}
}

/* --- what nothing names ----------------------------------------------------------------------- */

static void tell_unnamed(struct check *check)
{
	const struct survey *survey = &check->survey;

	for (size_t i = 0; i < survey->content_count; i++) {
		char id[24];

		if (survey_names(survey, survey->contents[i]))
			continue;
		snprintf(id, sizeof(id), "%lld", (long long)survey->contents[i]);
		tell(check,
			(struct festore_finding){
				.kind = FESTORE_FINDING_ORPHAN,
				.part = FESTORE_FINDING_CONTENT,
				.id = id,
				.reason = "no entry names this content",
			});
	}
}

static enum festore_error is_named_now(struct check *check, int64_t id, bool *ret_is_named)
{
	struct bytes *bytes = check->fs->vault->bytes;
	enum festore_error error = bytes_begin_read(bytes, &check->fs->failure);

	if (error != FESTORE_OK)
		return error;
	error = bytes_names_blob(bytes, id, ret_is_named, &check->fs->failure);
	bytes_end(bytes);
	return error;
}

/* A blob that was not held when it was looked at, and that nothing names after that. */
static enum festore_error look_at_blob(const struct blob_found *found, void *arg)
{
	struct check *check = arg;
	struct festore_finding finding = {
		.kind = FESTORE_FINDING_ORPHAN,
		.part = FESTORE_FINDING_BLOB,
		.id = found->name,
		.reason = "nothing names this blob; a sweep will move it away",
	};
	bool is_named = false;
	enum festore_error error = FESTORE_OK;

	if (found->id == 0) {
		finding.kind = FESTORE_FINDING_FOREIGN;
		finding.reason = "this is no blob";
	} else if (found->is_orphan) {
		finding.reason = "a sweep has moved this blob away; it will be removed";
	} else {
		error = is_named_now(check, found->id, &is_named);
	}
	if (error == FESTORE_OK && !is_named && !found->is_held)
		tell(check, finding);
	return error;
}

/* --- contents --------------------------------------------------------------------------------- */

static bool is_to_be_read(const struct survey *survey, size_t i)
{
	return survey->leaves[i].verdict == EVIDENCE_PROVEN && survey->rows[i].is_open;
}

/* Reads all of it. */
static enum festore_error read_to_the_end(
	struct check *check, struct vault_reader *reader, uint64_t size)
{
	uint8_t *window = malloc(FESTORE_WINDOW);
	enum festore_error error = FESTORE_OK;
	size_t len = 1;

	if (!window)
		error = failure_set(&check->fs->failure, FESTORE_ERROR, "out of memory");
	for (uint64_t done = 0; error == FESTORE_OK && done < size && len != 0; done += len) {
		error = handle_progress(check->fs, check->done + done, check->total);
		if (error == FESTORE_OK)
			error = vault_reader_read(reader, done, window, FESTORE_WINDOW, &len);
	}
	festore_content_free(window, window ? FESTORE_WINDOW : 0);
	return error;
}

/* `leaf` NULL: the file as the vault has it now. */
static enum festore_error read_file(struct check *check, const char *tag, const uint8_t *leaf)
{
	struct vault_reader *reader = NULL;
	struct festore_file_info info = {0};
	struct failure failure;
	enum festore_error error = vault_reader_open_leaf(check->fs, tag, leaf, &reader, &info);

	/* A content that is read once is not looked at; that it is there was. */
	if (error == FESTORE_DENIED && session_answer(check->fs->session) == FESTORE_TA_READ_ONCE) {
		memset(&check->fs->failure, 0, sizeof(check->fs->failure));
		return FESTORE_OK;
	}
	if (error != FESTORE_OK || !reader)
		return error;
	error = read_to_the_end(check, reader, info.size);
	if (error == FESTORE_OK && !vault_reader_is_exact(reader))
		error = failure_set(&check->fs->failure, FESTORE_DAMAGED,
			"its content is there, but what is stored has another length");
	failure = check->fs->failure;
	vault_reader_close(reader);
	check->fs->failure = failure;
	return error;
}

/* A key's content is opened by the TA alone, which says whether it is one. */
static enum festore_error read_key(struct check *check, const char *tag, const uint8_t *leaf)
{
	struct vault_key_call call = {.command = FESTORE_CMD_KEY_PUBLIC};

	return vault_key_call(check->fs, tag, leaf, &call);
}

static enum festore_error read_content(struct check *check, size_t i, const uint8_t *leaf)
{
	const struct survey_row *row = &check->survey.rows[i];

	return row->kind == FESTORE_WIRE_KEY ? read_key(check, row->tag, leaf)
					     : read_file(check, row->tag, leaf);
}

static enum festore_error read_state(struct festore *fs, void *arg)
{
	return bytes_read_state(fs->vault->bytes, arg, &fs->failure);
}

/* After a read: was there no content at all? */
static bool is_missing(const struct check *check, size_t i)
{
	const int64_t id = check->survey.rows[i].content_id;

	return (id != 0 && !survey_has_content(&check->survey, id)) ||
		check->fs->vault->is_outdated;
}

/*
 * The content of a proven entry. Another client may have replaced or removed it since: then the
 * state is another, and the file is looked at as it is now, if it is there.
 */
static enum festore_error check_content(struct check *check, size_t i, bool *ret_is_gone)
{
	const struct survey *survey = &check->survey;
	struct festore_vault_state now = {0};
	enum festore_error error = read_content(check, i, survey->leaves[i].hash);

	*ret_is_gone = false;
	check->is_missing = is_missing(check, i);
	if (error != FESTORE_NOT_FOUND && error != FESTORE_DAMAGED)
		return error;
	if (vault_read_current(check->fs, read_state, &now) != FESTORE_OK ||
		memcmp(now.mac, survey->state.mac, sizeof(now.mac)) == 0)
		return FESTORE_DAMAGED;
	memset(&check->fs->failure, 0, sizeof(check->fs->failure));
	error = read_content(check, i, NULL);
	*ret_is_gone = error == FESTORE_NOT_FOUND;
	return *ret_is_gone ? FESTORE_OK : error;
}

/* Why a content cannot be read. */
static const char *reason_of(const struct check *check, size_t i)
{
	const struct survey *survey = &check->survey;
	const int64_t id = survey->rows[i].content_id;

	if (check->is_missing)
		return "its content is missing";
	for (size_t other = 0; id != 0 && other < survey->evidence.leaf_count; other++) {
		if (other != i && survey->rows[other].content_id == id)
			return "its entry names the content of another file; remove it by its id";
	}
	return check->fs->failure.text[0] != '\0' ? check->fs->failure.text
						  : "its content is not what was stored";
}

static enum festore_error check_file(struct check *check, size_t i)
{
	char id[SURVEY_ID_MAX];
	struct festore_finding finding = {
		.part = FESTORE_FINDING_FILE,
		.tag = check->survey.rows[i].tag,
		.id = id,
	};
	bool is_gone = false;
	enum festore_error error = check_content(check, i, &is_gone);

	check->done += check->survey.rows[i].size;
	if (error != FESTORE_OK && error != FESTORE_DAMAGED)
		return error;
	survey_id(check->survey.leaves[i].key, id);
	if (error == FESTORE_DAMAGED) {
		finding.kind =
			check->is_missing ? FESTORE_FINDING_MISSING : FESTORE_FINDING_DAMAGED;
		finding.reason = reason_of(check, i);
	}
	if (!is_gone)
		tell(check, finding);
	memset(&check->fs->failure, 0, sizeof(check->fs->failure));
	return FESTORE_OK;
}

/* The survey whose rows are being sorted: qsort() passes nothing on. */
static _Thread_local const struct survey *sorted;

static int by_tag(const void *a, const void *b)
{
	const size_t first = *(const size_t *)a;
	const size_t second = *(const size_t *)b;

	return strcmp(sorted->rows[first].tag, sorted->rows[second].tag);
}

static enum festore_error check_files(struct check *check)
{
	const struct survey *survey = &check->survey;
	size_t *order = calloc(survey->evidence.leaf_count + 1, sizeof(*order));
	size_t count = 0;
	enum festore_error error = FESTORE_OK;

	if (!order)
		return failure_set(&check->fs->failure, FESTORE_ERROR, "out of memory");
	for (size_t i = 0; i < survey->evidence.leaf_count; i++) {
		if (!is_to_be_read(survey, i))
			continue;
		order[count++] = i;
		check->total += survey->rows[i].size;
	}
	sorted = survey;
	qsort(order, count, sizeof(*order), by_tag);
	for (size_t i = 0; i < count && error == FESTORE_OK; i++)
		error = check_file(check, order[i]);
	free(order);
	return error;
}

/* --- the log ---------------------------------------------------------------------------------- */

static void tell_log(enum festore_finding_kind kind, uint64_t number, const char *reason,
	uint64_t count, void *arg)
{
	char id[24];

	snprintf(id, sizeof(id), "%llu", (unsigned long long)number);
	tell(arg,
		(struct festore_finding){
			.kind = kind,
			.part = FESTORE_FINDING_LOG,
			.id = id,
			.count = count,
			.reason = reason,
		});
}

/* Of a read that has to begin anew nothing is counted; what it has told is told again. */
static enum festore_error read_log(struct festore *fs, void *arg)
{
	struct vault_log *log = arg;
	struct check *check = log->tell_arg;
	const struct festore_check before = *check->report;
	const enum festore_error error = vault_log_read(fs, log);

	if (error != FESTORE_OK)
		*check->report = before;
	return error;
}

static enum festore_error check_log(struct check *check)
{
	struct vault_log log = {.tell = tell_log, .tell_arg = check};
	enum festore_error error = FESTORE_OK;

	if (!check->fs->vault->has_log)
		return FESTORE_OK;
	error = vault_read_current(check->fs, read_log, &log);
	vault_log_end(&log);
	return error;
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum festore_error take_survey(struct festore *fs, void *arg)
{
	struct survey *survey = arg;

	survey->fs = fs;
	return survey_take(survey);
}

static enum festore_error check_all(struct check *check)
{
	struct festore *fs = check->fs;
	enum festore_error error = vault_read_current(fs, take_survey, &check->survey);

	if (error != FESTORE_OK)
		return error;
	tell_structure(check);
	tell_headers(check);
	tell_misfits(check);
	tell_losses(check);
	error = check_files(check);
	if (error == FESTORE_OK)
		error = check_log(check);
	if (error != FESTORE_OK)
		return error;
	tell_unnamed(check);
	return blob_look_through(fs->vault->blobs, look_at_blob, check, &fs->failure);
}

/* A vault that does not open: what can be said of it from outside. */
static enum festore_error check_outside(struct check *check, enum festore_error error)
{
	const struct failure why = check->fs->failure;
	struct survey *survey = &check->survey;

	survey->fs = check->fs;
	if (vault_find(check->fs) != FESTORE_OK) {
		tell(check,
			(struct festore_finding){
				.kind = FESTORE_FINDING_DAMAGED,
				.part = FESTORE_FINDING_DATABASE,
				.reason = why.text,
			});
		check->fs->failure = why;
		return error;
	}
	if (bytes_begin_read(check->fs->vault->bytes, &check->fs->failure) == FESTORE_OK) {
		survey_look(survey);
		bytes_end(check->fs->vault->bytes);
	}
	tell_structure(check);
	if (survey->has_state)
		tell_headers(check);
	if (!survey->has_state || survey->header_is_good[0] || survey->header_is_good[1])
		tell(check,
			(struct festore_finding){
				.kind = FESTORE_FINDING_DAMAGED,
				.part = FESTORE_FINDING_STATE,
				.reason = "the vault's state is damaged, or another owner's",
			});
	check->fs->failure = why;
	return error;
}

/* Adds what was mended to what was found. */
static enum festore_error mend(struct check *check)
{
	struct bytes_misfits misfits = {0};
	unsigned int headers = 0;
	const enum festore_error error = mend_all(check->fs, &misfits, &headers);

	if (error != FESTORE_OK)
		return error;
	tell_nodes(check, FESTORE_FINDING_MENDED,
		misfits.missing + misfits.different + misfits.superfluous,
		"rows of nodes were made anew");
	if (headers != 0)
		tell(check,
			(struct festore_finding){
				.kind = FESTORE_FINDING_MENDED,
				.part = FESTORE_FINDING_HEADER,
				.id = headers == 1 ? "1" : "2",
				.reason = "this copy of the header was written anew",
			});
	return FESTORE_OK;
}

/* As every call of this file begins. */
enum festore_error check_begin(struct festore *fs)
{
	const enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault)
		return failure_set(&fs->failure, FESTORE_USAGE, "this storage cannot be checked");
	if (fs->vault->batch.is_open)
		return failure_set(&fs->failure, FESTORE_USAGE,
			"nothing is checked while a batch of this handle is under way");
	return FESTORE_OK;
}

enum festore_error festore_check(struct festore *fs, unsigned int flags,
	festore_finding_visit visit, void *arg, struct festore_check *ret_check)
{
	struct check check = {.fs = fs, .visit = visit, .arg = arg, .report = ret_check};
	enum festore_error error = check_begin(fs);

	memset(ret_check, 0, sizeof(*ret_check));
	if (error != FESTORE_OK)
		return error;
	if ((flags & ~(unsigned int)FESTORE_CHECK_MEND) != 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "unknown flags");
	error = vault_ready(fs, false);
	if (error == FESTORE_DAMAGED)
		error = check_outside(&check, error);
	else if (error == FESTORE_OK && (flags & FESTORE_CHECK_MEND) != 0)
		error = mend(&check);
	if (error == FESTORE_OK)
		error = check_all(&check);
	survey_end(&check.survey);
	if (error == FESTORE_OK && is_damage(ret_check))
		return failure_set(&fs->failure, FESTORE_DAMAGED, "the vault is damaged");
	return error;
}
