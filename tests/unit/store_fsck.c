// SPDX-License-Identifier: BSD-2-Clause
/*
 * festore fsck, on a vault with a file of each kind: for each kind of damage it names exactly that,
 * and nothing else; what is mended is whole again, what is removed is gone, and all other files are
 * there. (What holds of any damage at all, store_tamper asks.)
 */
#include "damage.h"
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "heap.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { INLINE = 100, TABLE = 9000, BLOB = 70000, FILES = 14 };

static struct files files;
static struct festore *fs;
/* The database and the blobs as they are, for each damage anew. */
static uint8_t *database;
static size_t database_len;

static void close_store(void)
{
	heap_resume();
	festore_close(&fs);
	heap_pause();
}

static sqlite3_int64 ask_sql(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	sqlite3_int64 answer = 0;

	sqlite3_open(STORE_DATABASE, &db);
	sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	if (sqlite3_step(statement) != SQLITE_ROW)
		wrong("%s: %s", sql, sqlite3_errmsg(db));
	answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return answer;
}

static void put_file(const char *tag, size_t len)
{
	const struct operation put = {
		.kind = OP_PUT, .tag = tag, .len = len, .seed = (uint32_t)files.count + 1};

	store_do(&fs, &put, &files);
}

static int begin(void **state)
{
	char tag[16];

	(void)state;
	explore_begin();
	store_begin();
	files = (struct files){0};
	fs = store_open();
	for (int i = 0; i < FILES - 4; i++) {
		snprintf(tag, sizeof(tag), "f%d", i);
		put_file(tag, INLINE);
	}
	put_file("table1", TABLE);
	put_file("table2", TABLE);
	put_file("blob1", BLOB);
	put_file("blob2", BLOB);
	close_store();
	store_run_sql("PRAGMA user_version");
	database = malloc(1 << 20);
	memcpy(database, disk_bytes(STORE_DATABASE, &database_len), 1024);
	memcpy(database, disk_bytes(STORE_DATABASE, &database_len), database_len);
	return 0;
}

static int end(void **state)
{
	(void)state;
	disk_on_event(NULL);
	direct_on_call(NULL);
	close_store();
	free(database);
	store_check_clean();
	store_end();
	return 0;
}

/* The key of a file's entry: found by taking the file away for a moment, so as the id. */
static sqlite3_int64 key_of(const char *tag)
{
	const struct operation stat = {.kind = OP_STAT, .tag = tag};
	const sqlite3_int64 count = ask_sql("SELECT count(*) FROM entry");
	sqlite3_int64 key = 0;

	for (sqlite3_int64 i = 0; i < count && key == 0; i++) {
		char sql[160];

		snprintf(sql, sizeof(sql),
			"SELECT prefix FROM entry ORDER BY prefix LIMIT 1 OFFSET %lld", i);
		key = ask_sql(sql);
		snprintf(sql, sizeof(sql),
			"UPDATE entry SET record = zeroblob(length(record)) WHERE prefix = %lld",
			key);
		store_run_sql(sql);
		fs = store_open();
		if (store_run(&fs, &stat, &files, NULL) == FESTORE_OK)
			key = 0;
		close_store();
		disk_put(STORE_DATABASE, database, database_len);
		disk_put(STORE_LOG, NULL, 0);
	}
	return key;
}

static void spoil(const char *format, sqlite3_int64 key)
{
	char sql[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(sql, sizeof(sql), format, key);
#pragma GCC diagnostic pop
	store_run_sql(sql);
}

static void id_of(sqlite3_int64 key, char to[17])
{
	snprintf(to, 17, "%016llx", (unsigned long long)key << 1);
}

/* Exactly these numbers, and the answer that belongs to them. */
static void assert_numbers(const struct found *found, struct festore_check wanted)
{
	const struct festore_check *is = &found->numbers;
	const uint64_t bad = wanted.damaged + wanted.missing + wanted.stray + wanted.nodes +
		wanted.headers + wanted.others + wanted.unproven;

	if (memcmp(is, &wanted, sizeof(wanted)) != 0)
		wrong("%d intact %d damaged %d missing %d unproven %d stray %d orphans %d foreign "
		      "%d nodes %d headers %d others %d mended",
			(int)is->intact, (int)is->damaged, (int)is->missing, (int)is->unproven,
			(int)is->stray, (int)is->orphans, (int)is->foreign, (int)is->nodes,
			(int)is->headers, (int)is->others, (int)is->mended);
	if (found->error != (bad == 0 ? FESTORE_OK : FESTORE_DAMAGED))
		wrong("a check answers %d", found->error);
}

static struct found check(unsigned int flags)
{
	struct found found;

	close_store();
	fs = store_open();
	found = store_fsck(fs, flags);
	return found;
}

static void assert_all_is_well(void)
{
	const struct found found = check(0);

	assert_numbers(&found, (struct festore_check){.intact = files.count});
	store_check(&fs, &files, NULL);
	close_store();
}

static void drop(const char *tag)
{
	files_apply(&files, &(struct operation){.kind = OP_REMOVE, .tag = tag});
}

/* --- nothing ---------------------------------------------------------------------------------- */

static void a_whole_vault_is_well(void **state)
{
	struct found found = check(0);

	(void)state;
	assert_numbers(&found, (struct festore_check){.intact = FILES});
	for (size_t i = 0; i < files.count; i++)
		assert_true(found_one(&found, FESTORE_FINDING_INTACT, FESTORE_FINDING_FILE,
			files.all[i].tag, NULL));
	/* Mending has nothing to do. */
	found = check(FESTORE_CHECK_MEND);
	assert_numbers(&found, (struct festore_check){.intact = FILES});
	assert_all_is_well();
}

static void what_cannot_be_checked_is_refused(void **state)
{
	struct festore_check numbers;
	const char *const id = "0";
	unsigned char header[FESTORE_HEADER_LEN] = {0};

	(void)state;
	fs = store_open();
	heap_resume();
	assert_int_equal(festore_check(fs, 2, NULL, NULL, &numbers), FESTORE_USAGE);
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(festore_check(fs, 0, NULL, NULL, &numbers), FESTORE_USAGE);
	assert_int_equal(festore_check_remove(fs, &id, 1), FESTORE_USAGE);
	assert_int_equal(festore_header_backup(fs, header), FESTORE_USAGE);
	assert_int_equal(festore_header_restore(fs, header), FESTORE_USAGE);
	festore_batch_abort(fs);
	heap_pause();
	close_store();
}

/* --- records ---------------------------------------------------------------------------------- */

/* One entry lost in each of these ways; which, the tag says. */
static const struct {
	const char *sql;
	const char *tag;
	bool is_missing;
	bool leaf_is_whole; /* the tree has it still: it can be removed by its tag */
} losses[] = {
	{"DELETE FROM entry WHERE prefix = %lld", "f1", true, false},
	{"UPDATE entry SET record = zeroblob(length(record)) WHERE prefix = %lld", "f2", false,
		false},
	{"UPDATE entry SET record = x'00' WHERE prefix = %lld", "f3", false, false},
	{"UPDATE entry SET locator = zeroblob(32) WHERE prefix = %lld", "f4", false, false},
	{"UPDATE entry SET locator = x'00' WHERE prefix = %lld", "f5", false, false},
	{"UPDATE entry SET record = 'text' WHERE prefix = %lld", "table1", false, false},
	{"UPDATE entry SET record = zeroblob(70000) WHERE prefix = %lld", "f6", false, false},
	{"UPDATE entry SET record = CAST(substr(record, 1, 40) || zeroblob(length(record) - 40) AS "
	 "BLOB) "
	 "WHERE prefix = %lld",
		"f7", false, true},
	{"UPDATE entry SET record = substr(record, 1, 60) WHERE prefix = %lld", "blob1", false,
		true},
};

#define LOSSES (sizeof(losses) / sizeof(losses[0]))

static void make_loss(size_t i, char id[17])
{
	const sqlite3_int64 key = key_of(losses[i].tag);

	id_of(key, id);
	spoil(losses[i].sql, key);
}

static void assert_loss_is_named(size_t i, const char *id)
{
	const struct found found = check(0);

	assert_numbers(&found,
		(struct festore_check){
			.intact = FILES - 1,
			.missing = losses[i].is_missing ? 1 : 0,
			.damaged = losses[i].is_missing ? 0 : 1,
			.orphans = losses[i].is_missing && 0,
		});
	/* Of a missing one no more than its place is known. */
	assert_true(found_one(&found,
		losses[i].is_missing ? FESTORE_FINDING_MISSING : FESTORE_FINDING_DAMAGED,
		FESTORE_FINDING_RECORD, "", losses[i].is_missing ? NULL : id));
	for (size_t j = 0; j < files.count; j++)
		assert_int_equal(found_one(&found, FESTORE_FINDING_INTACT, FESTORE_FINDING_FILE,
					 files.all[j].tag, NULL),
			strcmp(files.all[j].tag, losses[i].tag) != 0);
}

/*
 * A new tag may come, unless its place is beside what is lost: then nothing proves that it is not
 * the lost one. Of five tags one has its place elsewhere.
 */
static void move_somewhere(struct files *others)
{
	static const char *const tags[] = {"m1", "m2", "m3", "m4", "m5"};
	struct operation move = {.kind = OP_MOVE, .tag = "f9"};
	enum festore_error error = FESTORE_DAMAGED;

	for (size_t i = 0; i < 5 && error == FESTORE_DAMAGED; i++) {
		move.to = tags[i];
		error = store_run(&fs, &move, others, NULL);
	}
	if (error != FESTORE_OK)
		wrong("no tag can be put beside damage: %s", festore_reason(fs));
	files_apply(others, &move);
}

/* All others can be read, replaced, removed; others may come. */
static void assert_others_live(size_t lost)
{
	struct files others = files;
	const size_t count = files.count;

	files_apply(&others, &(struct operation){.kind = OP_REMOVE, .tag = losses[lost].tag});
	for (size_t i = 0; i < others.count; i++)
		store_do(&fs, &(struct operation){.kind = OP_GET, .tag = others.all[i].tag},
			&others);
	store_do(&fs, &(struct operation){.kind = OP_PUT, .tag = "f8", .len = INLINE, .seed = 99},
		&others);
	store_do(&fs, &(struct operation){.kind = OP_PUT, .tag = "blob2", .len = BLOB, .seed = 98},
		&others);
	move_somewhere(&others);
	store_do(&fs, &(struct operation){.kind = OP_REMOVE, .tag = "f0"}, &others);
	assert_int_equal(others.count, count - 2);
	files = others;
}

static void one_lost_entry_is_named_and_costs_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOSSES; i++) {
		char id[17];

		if (!explore_branch("%s", losses[i].sql))
			continue;
		make_loss(i, id);
		assert_loss_is_named(i, id);
		assert_others_live(i);
		close_store();
		explore_done();
	}
	explore_end("lost entries");
}

static void what_is_lost_is_removed_by_its_id(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOSSES; i++) {
		struct found found;
		char id[17];

		if (!explore_branch("%s, removed", losses[i].sql))
			continue;
		make_loss(i, id);
		found = check(0);
		assert_int_equal(store_remove_found(fs, &found), FESTORE_OK);
		drop(losses[i].tag);
		/* A content whose entry is gone is named by nobody. */
		assert_all_is_well();
		explore_done();
	}
	explore_end("lost entries, removed");
}

static void a_whole_leaf_is_removed_by_its_tag(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOSSES; i++) {
		char id[17];

		if (!losses[i].leaf_is_whole || !explore_branch("%s, by tag", losses[i].sql))
			continue;
		make_loss(i, id);
		fs = store_open();
		store_do(&fs, &(struct operation){.kind = OP_REMOVE, .tag = losses[i].tag}, &files);
		assert_all_is_well();
		explore_done();
	}
	explore_end("damaged records, removed by their tags");
}

/* Everything but the tag itself says that it is there: neither absent nor replaceable. */
static void a_lost_tag_is_neither_there_nor_absent(void **state)
{
	static const struct operation ops[] = {
		{.kind = OP_GET, .tag = "f2"},
		{.kind = OP_STAT, .tag = "f2"},
		{.kind = OP_REMOVE, .tag = "f2"},
		{.kind = OP_PUT, .tag = "f2", .len = 5, .seed = 5},
		{.kind = OP_WRITE, .tag = "f2", .len = BLOB, .seed = 5},
		{.kind = OP_MOVE, .tag = "f2", .to = "other"},
		{.kind = OP_MOVE, .tag = "f3", .to = "f2"},
		{.kind = OP_LIST},
	};
	char id[17];

	(void)state;
	make_loss(1, id);
	fs = store_open();
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		assert_int_equal(store_run(&fs, &ops[i], &files, NULL), FESTORE_DAMAGED);
	close_store();
	assert_loss_is_named(1, id);
	close_store();
}

static void many_are_lost_at_once(void **state)
{
	struct found found;

	(void)state;
	store_run_sql(
		"DELETE FROM entry WHERE rowid IN (SELECT prefix FROM entry ORDER BY prefix LIMIT "
		"4)");
	store_run_sql("UPDATE entry SET record = zeroblob(length(record)) WHERE prefix IN "
		      "(SELECT prefix FROM entry ORDER BY prefix DESC LIMIT 3)");
	found = check(0);
	assert_int_equal(found.numbers.missing, 4);
	assert_int_equal(found.numbers.damaged, 3);
	assert_int_equal(found.numbers.intact, FILES - 7);
	files = intact_of(&found, &files);
	assert_int_equal(store_remove_found(fs, &found), FESTORE_OK);
	found = check(0);
	assert_int_equal(found.numbers.intact, files.count);
	assert_int_equal(found.error, FESTORE_OK);
	store_check(&fs, &files, NULL);
	close_store();
}

/* An entry that was removed is put back beside the others. */
/*
 * Two entries that are beside each other in the tree follow each other in their order too: of every
 * such two one is lost here, and the other one is read the longer way.
 */
static void every_second_is_lost(void **state)
{
	struct found found;

	(void)state;
	store_run_sql("DELETE FROM entry WHERE prefix IN (SELECT prefix FROM (SELECT prefix, "
		      "row_number() OVER (ORDER BY prefix) AS place FROM entry) WHERE place % 2)");
	found = check(0);
	assert_int_equal(found.numbers.intact, FILES / 2);
	files = intact_of(&found, &files);
	for (size_t i = 0; i < files.count; i++)
		store_do(&fs, &(struct operation){.kind = OP_GET, .tag = files.all[i].tag}, &files);
	assert_int_equal(store_remove_found(fs, &found), FESTORE_OK);
	found = check(0);
	assert_int_equal(found.numbers.intact, files.count);
	assert_int_equal(found.error, FESTORE_OK);
	store_check(&fs, &files, NULL);
	close_store();
}

static void a_stray_entry_is_named_and_removed(void **state)
{
	struct found found;

	(void)state;
	store_run_sql("INSERT INTO entry SELECT prefix + 1, locator, record, 0, x'00' FROM entry "
		      "ORDER BY prefix LIMIT 1");
	store_run_sql("INSERT INTO entry SELECT -5, locator, record, 0, x'00' FROM entry "
		      "ORDER BY prefix LIMIT 1");
	found = check(0);
	assert_numbers(&found, (struct festore_check){.intact = FILES, .stray = 2});
	for (size_t i = 0; i < files.count; i++)
		store_do(&fs, &(struct operation){.kind = OP_GET, .tag = files.all[i].tag}, &files);
	assert_int_equal(store_remove_found(fs, &found), FESTORE_OK);
	assert_all_is_well();
}

static void what_has_no_such_id_is_not_removed(void **state)
{
	static const char *const ids[] = {"0000000000000001", "", "f1", "zz"};
	const uint64_t rows = store_rows();

	(void)state;
	fs = store_open();
	for (size_t i = 0; i < 4; i++) {
		heap_resume();
		assert_int_equal(festore_check_remove(fs, &ids[i], 1), FESTORE_NOT_FOUND);
		heap_pause();
	}
	close_store();
	assert_true(rows == store_rows());
	assert_all_is_well();
}

/* --- contents --------------------------------------------------------------------------------- */

static const struct {
	const char *sql; /* of the entry of `tag` */
	const char *tag;
	bool is_missing;
	unsigned int orphans;
} content_losses[] = {
	{"UPDATE entry SET content = x'00' WHERE prefix = %lld", "f1", false, 0},
	{"UPDATE entry SET content = NULL WHERE prefix = %lld", "f2", false, 0},
	{"UPDATE entry SET content = zeroblob(length(content)) WHERE prefix = %lld", "f3", false,
		0},
	{"UPDATE entry SET content_id = 77 WHERE prefix = %lld", "f4", true, 0},
	{"UPDATE entry SET content_id = -77 WHERE prefix = %lld", "f5", true, 0},
	{"UPDATE entry SET content_id = 'x' WHERE prefix = %lld", "table1", false, 1},
	{"UPDATE entry SET content_id = 0 WHERE prefix = %lld", "table2", false, 1},
	{"DELETE FROM content WHERE id = (SELECT content_id FROM entry WHERE prefix = %lld)",
		"table1", true, 0},
	{"UPDATE content SET bytes = zeroblob(length(bytes)) WHERE id = "
	 "(SELECT content_id FROM entry WHERE prefix = %lld)",
		"table2", false, 0},
	{"UPDATE content SET bytes = substr(bytes, 2) WHERE id = "
	 "(SELECT content_id FROM entry WHERE prefix = %lld)",
		"table1", false, 0},
	{"UPDATE content SET bytes = zeroblob(8) WHERE id = "
	 "(SELECT content_id FROM entry WHERE prefix = %lld)",
		"blob1", false, 0},
};

#define CONTENT_LOSSES (sizeof(content_losses) / sizeof(content_losses[0]))

static void assert_content_is_named(const char *tag, bool is_missing, unsigned int orphans)
{
	const struct found found = check(0);

	assert_numbers(&found,
		(struct festore_check){
			.intact = FILES - 1,
			.missing = is_missing ? 1 : 0,
			.damaged = is_missing ? 0 : 1,
			.orphans = orphans,
		});
	assert_true(
		found_one(&found, is_missing ? FESTORE_FINDING_MISSING : FESTORE_FINDING_DAMAGED,
			FESTORE_FINDING_FILE, tag, NULL));
}

/* Plain rm and put do, as the record is whole. */
static void end_content_loss(const char *tag, bool removes)
{
	if (removes)
		store_do(&fs, &(struct operation){.kind = OP_REMOVE, .tag = tag}, &files);
	else
		store_do(&fs,
			&(struct operation){.kind = OP_PUT, .tag = tag, .len = TABLE, .seed = 55},
			&files);
}

static void one_lost_content_is_named_removed_or_replaced(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * CONTENT_LOSSES; i++) {
		const char *tag = content_losses[i / 2].tag;
		struct found found;

		if (!explore_branch("%s, %zu", content_losses[i / 2].sql, i % 2))
			continue;
		spoil(content_losses[i / 2].sql, key_of(tag));
		assert_content_is_named(
			tag, content_losses[i / 2].is_missing, content_losses[i / 2].orphans);
		end_content_loss(tag, i % 2 == 0);
		found = check(0);
		/* What nothing named before, nothing removes. */
		assert_numbers(&found,
			(struct festore_check){
				.intact = files.count, .orphans = content_losses[i / 2].orphans});
		close_store();
		explore_done();
	}
	explore_end("lost contents");
}

/* The file's own blob. */
static void blob_of(const char *tag, char path[96], char name[24])
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT -content_id FROM entry WHERE prefix = %lld",
		(long long)key_of(tag));
	snprintf(name, 24, "%016llx", (unsigned long long)ask_sql(sql));
	snprintf(path, 96, STORE_BLOBS "/%s", name);
}

static void one_lost_blob_is_named_removed_or_replaced(void **state)
{
	static const char *const ways[] = {"flipped", "cut", "longer", "missing", "another's"};

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		char path[96];
		char other[96];
		char name[24];
		size_t len = 0;
		uint8_t *bytes = NULL;

		if (!explore_branch("a blob that is %s, %zu", ways[i / 2], i % 2))
			continue;
		blob_of("blob1", path, name);
		blob_of("blob2", other, name);
		bytes = malloc(BLOB * 2);
		memcpy(bytes, disk_bytes(path, &len), BLOB);
		memcpy(bytes, disk_bytes(path, &len), len);
		bytes[69000] ^= i / 2 == 0;
		if (i / 2 == 4)
			memcpy(bytes, disk_bytes(other, &len), len);
		disk_put(path, i / 2 == 3 ? NULL : bytes, i / 2 == 1 ? len - 1 : len);
		if (i / 2 == 2)
			disk_put(path, bytes, len + 1);
		assert_content_is_named("blob1", i / 2 == 3, 0);
		end_content_loss("blob1", i % 2 == 0);
		assert_all_is_well();
		free(bytes);
		explore_done();
	}
	explore_end("lost blobs");
}

/* Two entries name one content: its owner is whole, and the other is removed without it. */
static void a_content_of_two_entries_stays_its_owners(void **state)
{
	struct found found;
	char sql[256];

	(void)state;
	snprintf(sql, sizeof(sql),
		"UPDATE entry SET content_id = (SELECT content_id FROM entry WHERE prefix = %lld) "
		"WHERE prefix = %lld",
		(long long)key_of("table1"), (long long)key_of("blob2"));
	store_run_sql(sql);
	found = check(0);
	assert_int_equal(found.numbers.intact, FILES - 1);
	assert_int_equal(found.numbers.damaged, 1);
	assert_true(
		found_one(&found, FESTORE_FINDING_DAMAGED, FESTORE_FINDING_FILE, "blob2", NULL));
	assert_int_equal(store_remove_found(fs, &found), FESTORE_OK);
	drop("blob2");
	found = check(0);
	assert_int_equal(found.error, FESTORE_OK);
	assert_int_equal(found.numbers.intact, files.count);
	/* The row of the blob that lost its name. */
	assert_int_equal(found.numbers.orphans, 1);
	close_store();
}

/* --- what is left over ------------------------------------------------------------------------ */

static void what_nothing_names_is_an_orphan(void **state)
{
	struct found found;

	(void)state;
	disk_put(STORE_BLOBS "/00000000000000ff", "left over", 9);
	disk_put(STORE_BLOBS "/notes.txt", "mine", 4);
	store_run_sql("INSERT INTO content VALUES (500, zeroblob(5000))");
	store_run_sql("INSERT INTO content VALUES (-500, zeroblob(8))");
	found = check(0);
	assert_numbers(&found, (struct festore_check){.intact = FILES, .orphans = 3, .foreign = 1});
	assert_true(found_one(
		&found, FESTORE_FINDING_ORPHAN, FESTORE_FINDING_BLOB, "", "00000000000000ff"));
	assert_true(
		found_one(&found, FESTORE_FINDING_FOREIGN, FESTORE_FINDING_BLOB, "", "notes.txt"));
	assert_true(found_one(&found, FESTORE_FINDING_ORPHAN, FESTORE_FINDING_CONTENT, "", "500"));
	assert_true(found_one(&found, FESTORE_FINDING_ORPHAN, FESTORE_FINDING_CONTENT, "", "-500"));
	/* Nothing of it is mended away; a change sweeps the blob aside. */
	found = check(FESTORE_CHECK_MEND);
	assert_int_equal(found.numbers.orphans, 3);
	put_file("new", INLINE);
	found = check(0);
	assert_int_equal(found.numbers.orphans, 3);
	assert_null(disk_find(STORE_BLOBS "/00000000000000ff"));
	assert_non_null(disk_find(STORE_BLOBS "/notes.txt"));
	close_store();
}

/* A blob that is being written is nobody's orphan. */
static void a_living_writers_blob_is_no_orphan(void **state)
{
	struct festore_writer *writer = NULL;
	struct festore *other = NULL;
	struct found found;

	(void)state;
	disk_client = 1;
	direct_client = 1;
	other = store_open();
	heap_resume();
	assert_int_equal(festore_writer_open(other, "new", 0, &writer), FESTORE_OK);
	assert_int_equal(
		festore_writer_write(writer, content_of(9, 2 * BLOB), 2 * BLOB), FESTORE_OK);
	heap_pause();
	disk_client = 0;
	direct_client = 0;
	found = check(0);
	assert_numbers(&found, (struct festore_check){.intact = FILES});
	close_store();
	disk_client = 1;
	direct_client = 1;
	heap_resume();
	festore_writer_abort(&writer);
	festore_close(&other);
	heap_pause();
	disk_client = 0;
	direct_client = 0;
}

/* --- nodes and headers ------------------------------------------------------------------------ */

static const struct {
	const char *sql;
	bool is_all; /* of all rows; else of the row with the %lld-th id */
} node_losses[] = {
	{"DELETE FROM node", true},
	{"UPDATE node SET hashes = zeroblob(length(hashes))", true},
	{"DELETE FROM node WHERE id = (SELECT id FROM node ORDER BY id LIMIT 1 OFFSET %lld)",
		false},
	{"UPDATE node SET hashes = zeroblob(length(hashes)) WHERE id = "
	 "(SELECT id FROM node ORDER BY id LIMIT 1 OFFSET %lld)",
		false},
	{"UPDATE node SET hashes = CAST(substr(hashes, 1, 36) || zeroblob(length(hashes) - 36) AS "
	 "BLOB) WHERE "
	 "id = (SELECT id FROM node ORDER BY id LIMIT 1 OFFSET %lld)",
		false},
	{"UPDATE node SET hashes = 'text' WHERE id = "
	 "(SELECT id FROM node ORDER BY id LIMIT 1 OFFSET %lld)",
		false},
	{"UPDATE node SET hashes = zeroblob(70000) WHERE id = "
	 "(SELECT id FROM node ORDER BY id LIMIT 1 OFFSET %lld)",
		false},
};

#define NODE_LOSSES (sizeof(node_losses) / sizeof(node_losses[0]))

static void nodes_are_made_anew(void **state)
{
	const sqlite3_int64 count = ask_sql("SELECT count(*) FROM node");

	(void)state;
	assert_true(count >= 3);
	for (size_t i = 0; i < NODE_LOSSES * 3; i++) {
		const bool is_all = node_losses[i / 3].is_all;
		const uint64_t rows = store_rows();
		struct found found;

		if ((is_all && i % 3 != 0) ||
			!explore_branch("%s (%zu)", node_losses[i / 3].sql, i % 3))
			continue;
		spoil(node_losses[i / 3].sql, (sqlite3_int64)(i % 3));
		found = check(0);
		assert_numbers(&found,
			(struct festore_check){
				.intact = FILES, .nodes = is_all ? (uint64_t)count : 1});
		found = check(FESTORE_CHECK_MEND);
		assert_numbers(&found,
			(struct festore_check){
				.intact = FILES, .mended = is_all ? (uint64_t)count : 1});
		assert_true(rows == store_rows());
		assert_all_is_well();
		explore_done();
	}
	explore_end("lost nodes");
}

static void superfluous_nodes_go(void **state)
{
	struct found found;

	(void)state;
	store_run_sql("INSERT INTO node SELECT id + 1000000, hashes FROM node WHERE id = 1");
	store_run_sql("INSERT INTO node VALUES (-3, x'00')");
	found = check(0);
	assert_numbers(&found, (struct festore_check){.intact = FILES, .nodes = 2});
	found = check(FESTORE_CHECK_MEND);
	assert_numbers(&found, (struct festore_check){.intact = FILES, .mended = 2});
	assert_all_is_well();
}

/* The hash of what is lost is kept where its row is: mending beside it costs nothing. */
static void mending_keeps_what_stands_for_a_loss(void **state)
{
	struct found found;
	char id[17];

	(void)state;
	make_loss(0, id);
	store_run_sql(
		"UPDATE node SET hashes = CAST(substr(hashes, 1, 10) || x'5a5a5a5a5a5a5a5a' || "
		"substr(hashes, 19) AS BLOB) WHERE id = 1");
	found = check(0);
	assert_int_equal(found.numbers.nodes, 1);
	assert_int_equal(found.numbers.intact, FILES - 1);
	assert_int_equal(found.numbers.missing, 1);
	found = check(FESTORE_CHECK_MEND);
	assert_numbers(
		&found, (struct festore_check){.intact = FILES - 1, .missing = 1, .mended = 1});
	assert_others_live(0);
	found = check(0);
	assert_int_equal(store_remove_found(fs, &found), FESTORE_OK);
	assert_all_is_well();
}

/* What SQLite cannot make sense of is told of, and not written to: that may break more. */
static void a_broken_structure_is_not_written_to(void **state)
{
	const char *const id = "0000000000000000";
	struct found found;
	size_t len = 0;

	(void)state;
	store_run_sql("DELETE FROM node; UPDATE meta SET value = zeroblob(120) WHERE id = 1");
	memcpy(database, disk_bytes(STORE_DATABASE, &database_len), 1024);
	memcpy(database, disk_bytes(STORE_DATABASE, &database_len), database_len);
	/* The first page of the table of contents. */
	memset(database + 4 * 1024, 0, 1024);
	disk_put(STORE_DATABASE, database, database_len);
	disk_put(STORE_LOG, NULL, 0);
	for (unsigned int flags = 0; flags <= FESTORE_CHECK_MEND; flags++) {
		found = check(flags);
		assert_int_equal(found.error, FESTORE_DAMAGED);
		assert_true(found_one(
			&found, FESTORE_FINDING_DAMAGED, FESTORE_FINDING_DATABASE, NULL, NULL));
		assert_int_equal(found.numbers.intact, FILES - 4);
		assert_int_equal(found.numbers.headers, 1);
		assert_int_equal(found.numbers.mended, 0);
		assert_true(found.numbers.nodes > 0);
	}
	heap_resume();
	assert_int_equal(festore_check_remove(fs, &id, 1), FESTORE_DAMAGED);
	heap_pause();
	close_store();
	assert_memory_equal(disk_bytes(STORE_DATABASE, &len), database, database_len);
	assert_int_equal(len, database_len);
}

static void a_lost_header_is_written_anew(void **state)
{
	static const char *const sqls[] = {
		"UPDATE meta SET value = zeroblob(120) WHERE id = 1",
		"UPDATE meta SET value = zeroblob(120) WHERE id = 2",
		"UPDATE meta SET value = x'00' WHERE id = 1",
		"DELETE FROM meta WHERE id = 1",
		"DELETE FROM meta WHERE id = 2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sqls) / sizeof(sqls[0]); i++) {
		struct found found;

		if (!explore_branch("%s", sqls[i]))
			continue;
		store_run_sql(sqls[i]);
		found = check(0);
		assert_numbers(&found, (struct festore_check){.intact = FILES, .headers = 1});
		assert_true(found_one(&found, FESTORE_FINDING_DAMAGED, FESTORE_FINDING_HEADER, "",
			strstr(sqls[i], "id = 1") ? "1" : "2"));
		found = check(FESTORE_CHECK_MEND);
		assert_numbers(&found, (struct festore_check){.intact = FILES, .mended = 1});
		assert_all_is_well();
		explore_done();
	}
	explore_end("lost headers");
}

static void back_up(unsigned char header[FESTORE_HEADER_LEN])
{
	fs = store_open();
	heap_resume();
	assert_int_equal(festore_header_backup(fs, header), FESTORE_OK);
	heap_pause();
	close_store();
}

static enum festore_error restore(const unsigned char header[FESTORE_HEADER_LEN])
{
	enum festore_error error = FESTORE_OK;

	close_store();
	fs = store_open();
	heap_resume();
	error = festore_header_restore(fs, header);
	heap_pause();
	return error;
}

static void both_headers_come_back_from_a_backup(void **state)
{
	static const char *const sqls[] = {
		"UPDATE meta SET value = zeroblob(120) WHERE id < 3",
		"DELETE FROM meta WHERE id < 3",
		"UPDATE meta SET value = x'00' WHERE id < 3",
	};
	unsigned char header[FESTORE_HEADER_LEN];

	(void)state;
	back_up(header);
	for (size_t i = 0; i < sizeof(sqls) / sizeof(sqls[0]); i++) {
		struct found found;

		if (!explore_branch("%s", sqls[i]))
			continue;
		store_run_sql(sqls[i]);
		found = check(0);
		assert_numbers(&found, (struct festore_check){.headers = 2});
		/* Mending has nothing to mend it from. */
		found = check(FESTORE_CHECK_MEND);
		assert_numbers(&found, (struct festore_check){.headers = 2});
		assert_int_equal(restore(header), FESTORE_OK);
		assert_string_equal(festore_reason(fs), "");
		assert_all_is_well();
		explore_done();
	}
	explore_end("both headers");
}

/* Each refused header changes nothing. */
static void no_other_header_is_restored(void **state)
{
	unsigned char header[FESTORE_HEADER_LEN];
	unsigned char wrong_one[FESTORE_HEADER_LEN];

	(void)state;
	back_up(header);
	for (size_t i = 0; i < FESTORE_HEADER_LEN; i++) {
		memcpy(wrong_one, header, sizeof(header));
		wrong_one[i] ^= 1;
		assert_int_equal(restore(wrong_one), FESTORE_USAGE);
	}
	store_run_sql("UPDATE meta SET value = zeroblob(120) WHERE id < 3");
	for (size_t i = 0; i < FESTORE_HEADER_LEN; i += 7) {
		memcpy(wrong_one, header, sizeof(header));
		wrong_one[i] ^= 1;
		assert_int_equal(restore(wrong_one), FESTORE_USAGE);
	}
	assert_int_equal(ask_sql("SELECT sum(value = zeroblob(120)) FROM meta"), 2);
	assert_int_equal(restore(header), FESTORE_OK);
	assert_all_is_well();
}

/* A header and a state that fit each other are not enough: it must open here. */
static void anothers_header_does_not_open(void **state)
{
	unsigned char header[FESTORE_HEADER_LEN];

	(void)state;
	back_up(header);
	direct_uid = 1001;
	assert_int_equal(restore(header), FESTORE_DAMAGED);
	close_store();
	direct_uid = 1000;
	assert_all_is_well();
}

/* A vault whose state is gone is no empty one: nothing is put over it. */
static void a_lost_state_is_no_empty_vault(void **state)
{
	static const char *const sqls[] = {
		"DELETE FROM meta WHERE id = 3",
		"DELETE FROM meta",
		"DELETE FROM meta; DELETE FROM node",
		"DELETE FROM entry; DELETE FROM meta WHERE id > 1",
		"UPDATE meta SET value = zeroblob(232) WHERE id = 3",
		"UPDATE meta SET value = x'00' WHERE id = 3",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sqls) / sizeof(sqls[0]); i++) {
		const struct operation put = {.kind = OP_PUT, .tag = "new", .len = 5, .seed = 1};
		struct found found;
		uint64_t rows = 0;

		if (!explore_branch("%s", sqls[i]))
			continue;
		store_run_sql(sqls[i]);
		rows = store_rows();
		store_restart_tee();
		fs = store_open();
		assert_int_equal(store_run(&fs, &put, &files, NULL), FESTORE_DAMAGED);
		found = check(0);
		if (found.error != FESTORE_DAMAGED && found.error != FESTORE_NOT_FOUND)
			wrong("a check answers %d", found.error);
		found = check(FESTORE_CHECK_MEND);
		close_store();
		assert_true(rows == store_rows());
		explore_done();
	}
	explore_end("lost states");
}

/* --- others at work --------------------------------------------------------------------------- */

/* What a second client does while the contents are read. */
static struct festore *second;
static unsigned int pieces;

static int meddle(uint64_t done, uint64_t total, void *arg)
{
	static const struct operation ops[] = {
		{.kind = OP_REMOVE, .tag = "f9"},
		{.kind = OP_PUT, .tag = "f8", .len = 50, .seed = 71},
		{.kind = OP_REMOVE, .tag = "table2"},
		{.kind = OP_PUT, .tag = "f7", .len = BLOB, .seed = 72},
		{.kind = OP_PUT, .tag = "new", .len = 50, .seed = 73},
	};

	(void)done;
	(void)total;
	(void)arg;
	heap_pause();
	disk_client = 1;
	direct_client = 1;
	if (pieces < sizeof(ops) / sizeof(ops[0]))
		store_do(&second, &ops[pieces], &files);
	pieces++;
	disk_client = 0;
	direct_client = 0;
	heap_resume();
	return 0;
}

static void writers_go_on_while_contents_are_read(void **state)
{
	struct found found;

	(void)state;
	disk_client = 1;
	direct_client = 1;
	second = store_open();
	disk_client = 0;
	direct_client = 0;
	fs = store_open();
	heap_resume();
	festore_set_progress(fs, meddle, NULL);
	heap_pause();
	pieces = 0;
	found = store_fsck(fs, 0);
	assert_true(pieces > 5);
	/* What is gone is not told of, what is new was not there. */
	assert_numbers(&found, (struct festore_check){.intact = FILES - 2});
	close_store();
	disk_client = 1;
	direct_client = 1;
	heap_resume();
	festore_close(&second);
	heap_pause();
	disk_client = 0;
	direct_client = 0;
	assert_all_is_well();
}

/* An older entry laid in its place, after the present one was proven. */
#define OLD_DATABASE STORE_FOLDER "/default/old.db"

static sqlite3_int64 put_back_key;

static int put_back_once(uint64_t done, uint64_t total, void *arg)
{
	char sql[256];

	(void)done;
	(void)total;
	(void)arg;
	if (put_back_key == 0)
		return 0;
	heap_pause();
	disk_client = 1;
	snprintf(sql, sizeof(sql),
		"ATTACH '" OLD_DATABASE "' AS old; "
		"INSERT OR REPLACE INTO main.entry SELECT * FROM old.entry WHERE prefix = %lld",
		(long long)put_back_key);
	put_back_key = 0;
	store_run_sql(sql);
	disk_client = 0;
	heap_resume();
	return 0;
}

static void a_record_that_is_put_back_meanwhile_is_damage(void **state)
{
	const sqlite3_int64 key = key_of("f8");
	struct found found;

	(void)state;
	disk_put(OLD_DATABASE, database, database_len);
	fs = store_open();
	store_do(&fs, &(struct operation){.kind = OP_PUT, .tag = "f8", .len = INLINE, .seed = 81},
		&files);
	heap_resume();
	festore_set_progress(fs, put_back_once, NULL);
	heap_pause();
	put_back_key = key;
	found = store_fsck(fs, 0);
	assert_numbers(&found, (struct festore_check){.intact = FILES - 1, .damaged = 1});
	assert_true(found_one(&found, FESTORE_FINDING_DAMAGED, FESTORE_FINDING_FILE, "f8", NULL));
	/* Looked at from the beginning it is an entry that is not the present one. */
	found = check(0);
	assert_numbers(&found, (struct festore_check){.intact = FILES - 1, .damaged = 1});
	assert_true(found_one(&found, FESTORE_FINDING_DAMAGED, FESTORE_FINDING_RECORD, "f8", NULL));
	close_store();
}

static int interrupt(uint64_t done, uint64_t total, void *arg)
{
	(void)arg;
	assert_true(done <= total);
	return done > BLOB;
}

static void a_check_can_be_interrupted(void **state)
{
	struct found found;

	(void)state;
	fs = store_open();
	heap_resume();
	festore_set_progress(fs, interrupt, NULL);
	heap_pause();
	found = store_fsck(fs, 0);
	assert_int_equal(found.error, FESTORE_INTERRUPTED);
	assert_all_is_well();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_vault_is_well),
		TEST(what_cannot_be_checked_is_refused),
		TEST(one_lost_entry_is_named_and_costs_no_other),
		TEST(what_is_lost_is_removed_by_its_id),
		TEST(a_whole_leaf_is_removed_by_its_tag),
		TEST(a_lost_tag_is_neither_there_nor_absent),
		TEST(many_are_lost_at_once),
		TEST(every_second_is_lost),
		TEST(a_stray_entry_is_named_and_removed),
		TEST(what_has_no_such_id_is_not_removed),
		TEST(one_lost_content_is_named_removed_or_replaced),
		TEST(one_lost_blob_is_named_removed_or_replaced),
		TEST(a_content_of_two_entries_stays_its_owners),
		TEST(what_nothing_names_is_an_orphan),
		TEST(a_living_writers_blob_is_no_orphan),
		TEST(nodes_are_made_anew),
		TEST(superfluous_nodes_go),
		TEST(mending_keeps_what_stands_for_a_loss),
		TEST(a_broken_structure_is_not_written_to),
		TEST(a_lost_header_is_written_anew),
		TEST(both_headers_come_back_from_a_backup),
		TEST(no_other_header_is_restored),
		TEST(anothers_header_does_not_open),
		TEST(a_lost_state_is_no_empty_vault),
		TEST(writers_go_on_while_contents_are_read),
		TEST(a_record_that_is_put_back_meanwhile_is_damage),
		TEST(a_check_can_be_interrupted),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
