// SPDX-License-Identifier: BSD-2-Clause
/* Checks of damaged stores, and what must hold of them. */
#include "damage.h"

#include "explore.h"
#include "heap.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

void store_run_sql(const char *sql)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(STORE_DATABASE, &db) != SQLITE_OK ||
		sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) != SQLITE_OK)
		wrong("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void note(const struct festore_finding *finding, void *arg)
{
	struct found *found = arg;

	heap_pause();
	if (found->count == FINDINGS_MAX)
		wrong("more findings than the test has room for");
	found->all[found->count].kind = finding->kind;
	found->all[found->count].part = finding->part;
	snprintf(found->all[found->count].tag, sizeof(found->all[0].tag), "%s",
		finding->tag ? finding->tag : "");
	snprintf(found->all[found->count].id, sizeof(found->all[0].id), "%s", finding->id);
	found->count++;
	if (finding->kind != FESTORE_FINDING_INTACT && finding->reason[0] == '\0')
		wrong("a finding without a reason");
	heap_resume();
}

struct found store_fsck(struct festore *fs, unsigned int flags)
{
	struct found found = {0};

	heap_resume();
	found.error = festore_check(fs, flags, note, &found, &found.numbers);
	heap_pause();
	if (found.error != FESTORE_OK && festore_reason(fs)[0] == '\0')
		wrong("a check answers %d without a reason", found.error);
	return found;
}

static bool is_removable(const struct found *found, size_t i)
{
	const enum festore_finding_kind kind = found->all[i].kind;

	return (found->all[i].part == FESTORE_FINDING_RECORD ||
		       found->all[i].part == FESTORE_FINDING_FILE) &&
		kind != FESTORE_FINDING_INTACT && found->all[i].id[0] != '\0';
}

enum festore_error store_remove_found(struct festore *fs, const struct found *found)
{
	const char *ids[FINDINGS_MAX];
	size_t count = 0;
	enum festore_error error = FESTORE_OK;

	for (size_t i = 0; i < found->count; i++) {
		if (is_removable(found, i))
			ids[count++] = found->all[i].id;
	}
	heap_resume();
	error = festore_check_remove(fs, ids, count);
	heap_pause();
	return error;
}

bool found_one(const struct found *found, enum festore_finding_kind kind,
	enum festore_finding_part part, const char *tag, const char *id)
{
	unsigned int count = 0;

	for (size_t i = 0; i < found->count; i++)
		count += found->all[i].kind == kind && found->all[i].part == part &&
			(!tag || strcmp(found->all[i].tag, tag) == 0) &&
			(!id || strcmp(found->all[i].id, id) == 0);
	return count == 1;
}

struct files intact_of(const struct found *found, const struct files *files)
{
	struct files intact = {.exist = files->exist};

	for (size_t i = 0; i < found->count; i++) {
		const struct file *file = NULL;

		if (found->all[i].kind != FESTORE_FINDING_INTACT)
			continue;
		file = files_find(files, found->all[i].tag);
		if (!file)
			wrong("%s is called intact and never was", found->all[i].tag);
		intact.all[intact.count++] = *file;
	}
	if (intact.count != found->numbers.intact)
		wrong("%llu files are counted intact, %zu named",
			(unsigned long long)found->numbers.intact, intact.count);
	return intact;
}

uint64_t store_rows(void)
{
	static const char *const queries[] = {
		"SELECT prefix, quote(locator), quote(record), content_id, quote(content) FROM "
		"entry ORDER BY 1",
		"SELECT id, quote(bytes) FROM content ORDER BY 1",
		"SELECT id, quote(value) FROM meta WHERE id = 3",
	};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	sqlite3 *db = NULL;

	if (sqlite3_open(STORE_DATABASE, &db) != SQLITE_OK)
		wrong("cannot open the database: %s", sqlite3_errmsg(db));
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		sqlite3_stmt *statement = NULL;

		sqlite3_prepare_v2(db, queries[i], -1, &statement, NULL);
		while (statement && sqlite3_step(statement) == SQLITE_ROW) {
			for (int column = 0; column < sqlite3_column_count(statement); column++) {
				const unsigned char *at = sqlite3_column_text(statement, column);

				while (at && *at != '\0')
					hash = (hash ^ *at++) * UINT64_C(0x100000001b3);
			}
		}
		sqlite3_finalize(statement);
	}
	sqlite3_close(db);
	return hash;
}

/* Damage, or a vault that was put back, or none: what a check may answer. */
static bool is_answer(enum festore_error error)
{
	return error == FESTORE_OK || error == FESTORE_DAMAGED || error == FESTORE_STALE;
}

static void must_be_readable(struct festore **fs, const struct files *intact)
{
	for (size_t i = 0; i < intact->count; i++) {
		const struct operation get = {.kind = OP_GET, .tag = intact->all[i].tag};
		const enum festore_error error = store_run(fs, &get, intact, NULL);

		if (error != FESTORE_OK)
			wrong("%s is called intact, and get answers %d: %s", intact->all[i].tag,
				error, festore_reason(*fs));
	}
}

/* Mends; what was intact stays so, and is readable now. */
static struct found mend(struct festore **fs, const struct found *before, const struct files *files)
{
	const struct files intact = intact_of(before, files);
	const uint64_t rows = store_rows();
	const struct found found = store_fsck(*fs, FESTORE_CHECK_MEND);

	if (!is_answer(found.error))
		wrong("mending answers %d: %s", found.error, festore_reason(*fs));
	if (store_rows() != rows)
		wrong("mending changed more than nodes and headers");
	if (before->numbers.others != 0)
		return found;
	if (found.numbers.nodes != 0 || found.numbers.headers != 0)
		wrong("mending leaves %llu rows of nodes and %llu headers",
			(unsigned long long)found.numbers.nodes,
			(unsigned long long)found.numbers.headers);
	if (found.numbers.intact != before->numbers.intact ||
		found.numbers.damaged != before->numbers.damaged ||
		found.numbers.missing != before->numbers.missing)
		wrong("mending changed what is intact");
	must_be_readable(fs, &intact);
	return found;
}

/* Without what is damaged the store is whole, and has exactly the rest. */
static void remove_damage(struct festore **fs, const struct found *found, const struct files *files)
{
	struct files intact = intact_of(found, files);
	const enum festore_error error = store_remove_found(*fs, found);
	struct found after = {0};

	if (error != FESTORE_OK)
		wrong("a removal answers %d: %s", error, festore_reason(*fs));
	after = store_fsck(*fs, 0);
	if (after.error != FESTORE_OK)
		wrong("after the removal a check answers %d: %s", after.error, festore_reason(*fs));
	if (after.numbers.intact != intact.count)
		wrong("after the removal %llu files are intact, not %zu",
			(unsigned long long)after.numbers.intact, intact.count);
	store_check(fs, &intact, NULL);
}

void store_fsck_must_hold(const struct files *files)
{
	struct files intact = {0};
	struct found found = {0};
	struct festore *fs = store_open();

	found = store_fsck(fs, 0);
	if (!is_answer(found.error))
		wrong("a check answers %d: %s", found.error, festore_reason(fs));
	intact = intact_of(&found, files);
	if (found.error == FESTORE_OK && intact.count != files->count)
		wrong("all is well with %zu of %zu files", intact.count, files->count);
	if (found.error == FESTORE_DAMAGED && found.numbers.others == 0 &&
		found.numbers.headers < 2) {
		found = mend(&fs, &found, files);
		if (found.error == FESTORE_DAMAGED)
			remove_damage(&fs, &found, files);
	} else if (found.error == FESTORE_OK) {
		intact = *files;
		store_check(&fs, &intact, NULL);
	}
	heap_resume();
	festore_close(&fs);
	heap_pause();
}
