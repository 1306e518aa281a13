// SPDX-License-Identifier: BSD-2-Clause
/*
 * A small vault, and everything that root can do to its files: each byte flipped, each length cut,
 * rows deleted, doubled, exchanged, made older, taken from other vaults, all of it rolled back.
 * Whatever is asked then is answered as if nothing had happened, or as damaged or stale: never
 * with other bytes, never with less.
 */
#include "damage.h"
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "files.h"
#include "heap.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The files of the vault at one time, and what was in it. */
struct moment {
	struct files files;
	uint8_t *database;
	size_t database_len;
	uint8_t *log;
	size_t log_len;
};

enum { MOMENTS = 24, ANSWERS = 16, PAGE = 1024 };

static struct moment moments[MOMENTS];
static unsigned int moment_count;
static const struct moment *present;
static struct moment of_other_name;
static struct moment of_other_owner;

static unsigned long states;
static unsigned long answers[ANSWERS];

/* --- the vault -------------------------------------------------------------------------------- */

static uint8_t *copy(const char *path, size_t *ret_len)
{
	const uint8_t *bytes = disk_bytes(path, ret_len);
	uint8_t *copied = NULL;

	if (!bytes) {
		*ret_len = 0;
		return NULL;
	}
	copied = malloc(*ret_len + 1);
	memcpy(copied, bytes, *ret_len);
	return copied;
}

static struct moment keep(const struct files *files)
{
	struct moment moment = {.files = *files};

	moment.database = copy(STORE_DATABASE, &moment.database_len);
	moment.log = copy(STORE_LOG, &moment.log_len);
	return moment;
}

static void put_back(const struct moment *moment)
{
	disk_put(STORE_DATABASE, moment->database, moment->database_len);
	disk_put(STORE_LOG, moment->log, moment->log_len);
}

static void close_store(struct festore **fs)
{
	heap_resume();
	festore_close(fs);
	heap_pause();
}

static void empty_log(void)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(STORE_DATABASE, &db) != SQLITE_OK ||
		sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) != SQLITE_OK)
		wrong("cannot copy the log: %s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* All kinds of rows; the last checkpoint is some commits ago. */
static void make_moments(void)
{
	static const struct operation ops[] = {
		{.kind = OP_INIT},
		{.kind = OP_PUT, .tag = "small", .len = 60, .seed = 1},
		{.kind = OP_PUT, .tag = "empty", .len = 0, .seed = 2},
		{.kind = OP_PUT, .tag = "moving", .len = 130, .seed = 3},
		{.kind = OP_PUT, .tag = "replaced", .len = 100, .seed = 4},
		{.kind = OP_PUT, .tag = "large", .len = 4200, .seed = 5},
		{.kind = OP_PUT, .tag = "gone", .len = 20, .seed = 6},
		{.kind = OP_PUT, .tag = "a", .len = 1, .seed = 9},
		{.kind = OP_PUT, .tag = "replaced", .len = 101, .seed = 7},
		{.kind = OP_MOVE, .tag = "moving", .to = "moved"},
		{.kind = OP_REOPEN}, /* and all of the log copied into the database */
		{.kind = OP_REMOVE, .tag = "gone"},
		{.kind = OP_PUT, .tag = "small", .len = 60, .seed = 8},
	};
	struct files files = {0};
	struct festore *fs = store_open();

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		store_do(&fs, &ops[i], &files);
		if (ops[i].kind == OP_REOPEN)
			empty_log();
		moments[moment_count++] = keep(&files);
	}
	close_store(&fs);
	present = &moments[moment_count - 1];
}

/* Another vault in place of ours, as it would lie there. */
static struct moment make_other(uint32_t uid, const char *name)
{
	const struct festore_options options = {
		.storage = FESTORE_STORAGE_VAULT, .directory = STORE_FOLDER, .vault = name};
	const struct operation put = {.kind = OP_PUT, .tag = "small", .len = 60, .seed = 1};
	char path[64];
	struct moment moment = {0};
	struct festore *fs = NULL;

	direct_uid = uid;
	heap_resume();
	festore_open(&fs, &options);
	heap_pause();
	store_do(&fs, &put, &moment.files);
	close_store(&fs);
	snprintf(path, sizeof(path), STORE_FOLDER "/%s/vault.db", name);
	moment.database = copy(path, &moment.database_len);
	snprintf(path, sizeof(path), STORE_FOLDER "/%s/vault.db-wal", name);
	moment.log = copy(path, &moment.log_len);
	direct_uid = 1000;
	return moment;
}

static void free_moment(struct moment *moment)
{
	free(moment->database);
	free(moment->log);
	*moment = (struct moment){0};
}

static void forget_moments(void)
{
	while (moment_count > 0)
		free_moment(&moments[--moment_count]);
	free_moment(&of_other_name);
	free_moment(&of_other_owner);
}

static void begin(void)
{
	forget_moments(); /* of a test that failed */
	explore_begin();
	store_begin();
	make_moments();
	of_other_name = make_other(1000, "other");
	of_other_owner = make_other(1001, "another");
	states = 0;
	memset(answers, 0, sizeof(answers));
}

static void end(const char *what)
{
	print_message("%s: %lu states; answers: %lu as before, %lu damaged, %lu stale", what,
		states, answers[FESTORE_OK], answers[FESTORE_DAMAGED], answers[FESTORE_STALE]);
	for (unsigned int i = 1; i < ANSWERS; i++) {
		if (i != FESTORE_DAMAGED && i != FESTORE_STALE && answers[i] != 0)
			print_message(", %lu with status %u", answers[i], i);
	}
	print_message("\n");
	forget_moments();
	explore_end(what);
	store_end();
}

/* --- what is asked ---------------------------------------------------------------------------- */

/* `expected` is what an untouched vault answers. */
static void note(
	const char *what, struct festore *fs, enum festore_error error, enum festore_error expected)
{
	if (error == expected)
		answers[FESTORE_OK]++;
	else if (error == FESTORE_DAMAGED || error == FESTORE_STALE)
		answers[error]++;
	else
		wrong("%s answers %d: %s", what, error, festore_reason(fs));
	if (error != FESTORE_OK && festore_reason(fs)[0] == '\0')
		wrong("%s answers %d without a reason", what, error);
}

static void ask(struct festore **fs, const struct operation *op, const struct files *files)
{
	const enum festore_error error = store_run(fs, op, files, NULL);

	note(operation_text(op), *fs, error, files_expect(files, op));
}

static void ask_for_most(struct festore **fs, const struct files *files)
{
	ask(fs, &(struct operation){.kind = OP_LIST}, files);
	for (size_t i = 0; i < files->count; i++)
		ask(fs, &(struct operation){.kind = OP_GET, .tag = files->all[i].tag}, files);
	ask(fs, &(struct operation){.kind = OP_STAT, .tag = "absent"}, files);
}

static void ask_for_all(struct festore **fs, const struct files *files)
{
	ask(fs, &(struct operation){.kind = OP_LIST}, files);
	for (size_t i = 0; i < files->count; i++) {
		ask(fs, &(struct operation){.kind = OP_GET, .tag = files->all[i].tag}, files);
		ask(fs, &(struct operation){.kind = OP_STAT, .tag = files->all[i].tag}, files);
	}
	ask(fs, &(struct operation){.kind = OP_STAT, .tag = "absent"}, files);
	ask(fs, &(struct operation){.kind = OP_GET, .tag = "gone"}, files);
}

static enum disk_answer refuse_writes(enum disk_event event, const char *path)
{
	(void)path;
	return event == DISK_WRITE ? DISK_FAILS : DISK_DOES;
}

/*
 * A put up to its COMMIT, which fails: then the TA stays as it is, and one life of it serves all
 * states.
 */
static void try_to_put(struct festore **fs, const struct files *files)
{
	const struct operation put = {.kind = OP_PUT, .tag = "new", .len = 50, .seed = 77};
	enum festore_error error = FESTORE_OK;

	disk_on_event(refuse_writes);
	error = store_run(fs, &put, files, NULL);
	disk_on_event(NULL);
	note("a put", *fs, error, FESTORE_ERROR);
}

/* A whole put in a branch of its own; then all is asked again. */
static void put_and_ask(const char *what, struct files *files)
{
	const struct operation put = {.kind = OP_PUT, .tag = "new", .len = 50, .seed = 77};
	struct festore *fs = NULL;
	enum festore_error error = FESTORE_OK;

	if (!explore_branch("%s, with a put", what))
		return;
	fs = store_open();
	error = store_run(&fs, &put, files, NULL);
	note("put", fs, error, FESTORE_OK);
	if (error == FESTORE_OK)
		files_apply(files, &put);
	ask_for_all(&fs, files);
	close_store(&fs);
	explore_done();
}

/* In a branch of its own: what a check says, what mending and removing leave. */
static void check_and_mend(const char *what)
{
	if (!explore_branch("%s, with a check", what))
		return;
	store_fsck_must_hold(&present->files);
	explore_done();
}

/* The vault as it lies on the disk now, against what it was. */
static void judge(const char *what)
{
	struct files files = present->files;
	struct festore *fs = NULL;

	states++;
	explore_label("%s", what);
	fs = store_open();
	ask_for_most(&fs, &files);
	try_to_put(&fs, &files);
	close_store(&fs);
	if (states % 32 == 0)
		put_and_ask(what, &files);
	if (states % 16 == 8)
		check_and_mend(what);
}

/* --- after a restart of the TA ---------------------------------------------------------------- */

/*
 * Without an anchor an older moment may be taken for the present one (docs/SPEC.md, Limits): but
 * only a moment that there was, whole.
 */
static void judge_in_next_life(const char *what)
{
	struct festore *fs = NULL;
	struct files listed = {0};
	enum festore_error error = FESTORE_OK;

	states++;
	explore_label("%s, after a restart of the TA", what);
	store_restart_tee();
	fs = store_open();
	error = store_list(&fs, &listed);
	note("list", fs, error, FESTORE_OK);
	for (unsigned int i = 0; i < moment_count && error == FESTORE_OK; i++) {
		if (!files_same_names(&moments[i].files, &listed) ||
			!store_has_contents(fs, &moments[i].files))
			continue;
		ask_for_all(&fs, &moments[i].files);
		close_store(&fs);
		return;
	}
	if (error == FESTORE_OK)
		wrong("a list of what never was");
	close_store(&fs);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static bool is_looked_at(size_t at)
{
	return at % explore_sample() == 0;
}

static void flip_each(const char *path, const uint8_t *bytes, size_t len, bool restarts)
{
	uint8_t *flipped = malloc(len);
	char what[96];

	for (size_t at = 0; at < len; at++) {
		const uint8_t mask = (uint8_t)(at % 3 == 0 ? 0xff : 1u << (at * 5 % 8));

		if (!is_looked_at(at) || (restarts && at % 3 != 0))
			continue;
		memcpy(flipped, bytes, len);
		flipped[at] ^= mask;
		put_back(present);
		disk_put(path, flipped, len);
		snprintf(what, sizeof(what), "byte %zu of %s ^ 0x%02x", at, path, mask);
		if (restarts)
			judge_in_next_life(what);
		else
			judge(what);
	}
	free(flipped);
}

static void no_flipped_byte_shows(void **state)
{
	(void)state;
	begin();
	flip_each(STORE_DATABASE, present->database, present->database_len, false);
	flip_each(STORE_LOG, present->log, present->log_len, false);
	end("flipped bytes");
}

static void no_flipped_byte_shows_in_the_next_life(void **state)
{
	(void)state;
	begin();
	flip_each(STORE_LOG, present->log, present->log_len, true);
	end("flipped bytes of the log, then a restart");
}

/* Which SQLite would read, and not write. */
static void a_later_format_is_damage(void **state)
{
	enum { AT_WRITE_VERSION = 18 };
	static const uint8_t versions[] = {3, 0xff};
	struct moment all = {0};

	(void)state;
	begin();
	put_back(present);
	empty_log();
	all.database = copy(STORE_DATABASE, &all.database_len);
	for (size_t i = 0; i < sizeof(versions); i++) {
		all.database[AT_WRITE_VERSION] = versions[i];
		put_back(&all);
		judge("a later write version");
	}
	free_moment(&all);
	end("later formats");
}

static void cut_each(const char *path, const uint8_t *bytes, size_t len)
{
	char what[96];

	for (size_t cut = 0; cut < len; cut++) {
		const bool is_edge = cut % PAGE < 2 || cut % PAGE == PAGE - 1 || cut % 41 == 0;

		if (!is_edge || !is_looked_at(cut / 41))
			continue;
		put_back(present);
		disk_put(path, bytes, cut);
		snprintf(what, sizeof(what), "%s cut at %zu", path, cut);
		judge(what);
	}
}

static void nothing_is_missing_unnoticed(void **state)
{
	(void)state;
	begin();
	cut_each(STORE_DATABASE, present->database, present->database_len);
	cut_each(STORE_LOG, present->log, present->log_len);
	put_back(present);
	disk_put(STORE_LOG, NULL, 0);
	judge("no log");
	put_back(present);
	disk_put(STORE_DATABASE, NULL, 0);
	judge("no database");
	disk_put(STORE_LOG, NULL, 0);
	judge("no files");
	end("cut files");
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Root's own connection; it never checkpoints, and leaves no log behind. */
static sqlite3 *open_database(void)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(STORE_DATABASE, &db) != SQLITE_OK)
		wrong("cannot open the database: %s", sqlite3_errmsg(db));
	return db;
}

static void change_rows(const char *sql, const char *what)
{
	sqlite3 *db = NULL;
	int changed = 0;

	put_back(present);
	db = open_database();
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		wrong("%s: %s", sql, sqlite3_errmsg(db));
	changed = sqlite3_total_changes(db);
	sqlite3_close(db);
	if (changed != 0)
		judge(what);
}

/* Each row's key of a table, in order. */
struct keys {
	sqlite3_int64 all[64];
	unsigned int count;
};

static const struct table {
	const char *name;
	const char *key;
	const char *columns[4];
} tables[] = {
	{"meta", "id", {"value"}},
	{"entry", "prefix", {"locator", "record", "content_id", "content"}},
	{"node", "id", {"hashes"}},
	{"content", "id", {"bytes"}},
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

static struct keys read_keys(const struct table *table)
{
	char sql[128];
	struct keys keys = {0};
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;

	put_back(present);
	db = open_database();
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s ORDER BY 1", table->key, table->name);
	sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	while (sqlite3_step(statement) == SQLITE_ROW && keys.count < 64)
		keys.all[keys.count++] = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return keys;
}

static void change_row(const struct table *table, sqlite3_int64 key, const char *column)
{
	static const char *const values[] = {"zeroblob(length(%s))", "x''", "%s || x'00'",
		"substr(%s, 2)", "CAST(%s AS TEXT)", "-1", "9223372036854775807", "'text'", "0",
		"1", "zeroblob(70000)"};
	char value[64];
	char sql[256];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		/* Its format is one of the above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
		snprintf(value, sizeof(value), values[i], column);
#pragma GCC diagnostic pop
		snprintf(sql, sizeof(sql), "UPDATE %s SET %s = %s WHERE %s = %lld AND %s IS NOT %s",
			table->name, column, value, table->key, key, column, value);
		change_rows(sql, sql);
	}
}

static void remove_and_double(const struct table *table, sqlite3_int64 key)
{
	static const char *const others[] = {"%s + 1", "%s - 1", "-%s", "%s / 2", "0"};
	char sql[512];
	char columns[128] = "";

	snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE %s = %lld", table->name, table->key, key);
	change_rows(sql, sql);
	for (unsigned int i = 0; i < 4 && table->columns[i]; i++) {
		strcat(columns, ", ");
		strcat(columns, table->columns[i]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		char other[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
		snprintf(other, sizeof(other), others[i], table->key);
#pragma GCC diagnostic pop
		snprintf(sql, sizeof(sql),
			"INSERT OR REPLACE INTO %s (%s%s) SELECT %s%s FROM %s WHERE %s = %lld",
			table->name, table->key, columns, other, columns, table->name, table->key,
			key);
		change_rows(sql, sql);
		snprintf(sql, sizeof(sql), "UPDATE OR REPLACE %s SET %s = %s WHERE %s = %lld",
			table->name, table->key, other, table->key, key);
		change_rows(sql, sql);
	}
}

static void swap_column(
	const struct table *table, sqlite3_int64 a, sqlite3_int64 b, const char *column)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"UPDATE %s SET %s = (SELECT %s FROM %s AS o "
		"WHERE o.%s = CASE %s.%s WHEN %lld THEN %lld ELSE %lld END) "
		"WHERE %s IN (%lld, %lld)",
		table->name, column, column, table->name, table->key, table->name, table->key, a, b,
		a, table->key, a, b);
	change_rows(sql, sql);
}

/* Keys near the end of their range would overflow: by way of a key that nobody has. */
static void swap_keys(const struct table *table, sqlite3_int64 a, sqlite3_int64 b)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"UPDATE %s SET %s = -7 WHERE %s = %lld; UPDATE %s SET %s = %lld WHERE %s = %lld;"
		"UPDATE %s SET %s = %lld WHERE %s = -7",
		table->name, table->key, table->key, a, table->name, table->key, a, table->key, b,
		table->name, table->key, b, table->key);
	change_rows(sql, sql);
}

static void copy_column(
	const struct table *table, sqlite3_int64 from, sqlite3_int64 to, const char *column)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"UPDATE %s SET %s = (SELECT %s FROM %s WHERE %s = %lld) "
		"WHERE %s = %lld",
		table->name, column, column, table->name, table->key, from, table->key, to);
	change_rows(sql, sql);
}

static void meddle_with_pairs(const struct table *table, const struct keys *keys)
{
	for (unsigned int a = 0; a < keys->count; a++) {
		for (unsigned int b = 0; b < keys->count; b++) {
			if (a == b || !is_looked_at(a * 7 + b))
				continue;
			if (a < b)
				swap_keys(table, keys->all[a], keys->all[b]);
			for (unsigned int i = 0; i < 4 && table->columns[i]; i++) {
				copy_column(table, keys->all[a], keys->all[b], table->columns[i]);
			}
		}
	}
	if (keys->count >= 2)
		swap_column(table, keys->all[0], keys->all[1], table->columns[0]);
}

static void no_row_is_other_than_it_was(void **state)
{
	(void)state;
	begin();
	for (size_t t = 0; t < TABLES; t++) {
		const struct table *table = &tables[t];
		const struct keys keys = read_keys(table);

		for (unsigned int k = 0; k < keys.count; k++) {
			if (!is_looked_at(k))
				continue;
			remove_and_double(table, keys.all[k]);
			for (unsigned int i = 0; i < 4 && table->columns[i]; i++)
				change_row(table, keys.all[k], table->columns[i]);
		}
		meddle_with_pairs(table, &keys);
	}
	end("changed rows");
}

static void one_header_is_enough(void **state)
{
	static const char *const sqls[] = {
		"UPDATE meta SET value = zeroblob(length(value)) WHERE id = 1",
		"UPDATE meta SET value = zeroblob(length(value)) WHERE id = 2"};

	(void)state;
	begin();
	for (size_t i = 0; i < sizeof(sqls) / sizeof(sqls[0]); i++) {
		change_rows(sqls[i], sqls[i]);
		assert_int_equal(answers[FESTORE_DAMAGED], 0);
		assert_int_equal(answers[FESTORE_STALE], 0);
	}
	end("lost headers");
}

/* --- older, and others' ----------------------------------------------------------------------- */

/* Lays another moment beside the present one, to be attached as `old`. */
#define OLD_DATABASE STORE_FOLDER "/default/old.db"

static void lay_beside(const struct moment *moment)
{
	disk_put(OLD_DATABASE, moment->database, moment->database_len);
	disk_put(OLD_DATABASE "-wal", moment->log, moment->log_len);
}

static void change_from(const struct moment *moment, const char *sql, const char *what)
{
	sqlite3 *db = NULL;
	int changed = 0;

	put_back(present);
	lay_beside(moment);
	db = open_database();
	if (sqlite3_exec(db, "ATTACH '" OLD_DATABASE "' AS old", NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		wrong("%s: %s", sql, sqlite3_errmsg(db));
	changed = sqlite3_total_changes(db);
	sqlite3_close(db);
	disk_put(OLD_DATABASE, NULL, 0);
	if (disk_find(OLD_DATABASE "-wal"))
		disk_put(OLD_DATABASE "-wal", NULL, 0);
	if (changed != 0)
		judge(what);
}

/* Each row that the other moment has otherwise, alone; each table whole. */
static void take_rows_from(const struct moment *moment, const char *whose)
{
	char sql[512];
	char what[640];

	for (size_t t = 0; t < TABLES; t++) {
		const char *name = tables[t].name;
		const char *key = tables[t].key;

		for (unsigned int i = 0; i < 24; i++) {
			snprintf(sql, sizeof(sql),
				"INSERT OR REPLACE INTO main.%s SELECT * FROM old.%s WHERE %s = "
				"(SELECT %s FROM (SELECT * FROM old.%s EXCEPT SELECT * FROM "
				"main.%s) ORDER BY 1 LIMIT 1 OFFSET %u)",
				name, name, key, key, name, name, i);
			snprintf(what, sizeof(what), "%s: %s", whose, sql);
			change_from(moment, sql, what);
		}
		snprintf(sql, sizeof(sql),
			"DELETE FROM main.%s; INSERT INTO main.%s SELECT * FROM old.%s", name, name,
			name);
		snprintf(what, sizeof(what), "%s: %s", whose, sql);
		change_from(moment, sql, what);
	}
	snprintf(sql, sizeof(sql),
		"INSERT OR REPLACE INTO main.meta SELECT * FROM old.meta WHERE id < 3");
	snprintf(what, sizeof(what), "%s headers", whose);
	change_from(moment, sql, what);
}

static void no_row_is_older_or_anothers(void **state)
{
	char whose[32];

	(void)state;
	begin();
	for (unsigned int i = 0; i + 1 < moment_count; i++) {
		if (!is_looked_at(i))
			continue;
		snprintf(whose, sizeof(whose), "moment %u's", i);
		take_rows_from(&moments[i], whose);
	}
	take_rows_from(&of_other_name, "another vault's");
	take_rows_from(&of_other_owner, "another owner's");
	end("rows of other times and vaults");
}

/* Each answer is that it is stale, or damaged. */
static void assert_refused(const char *what)
{
	const unsigned long before = answers[FESTORE_OK];

	judge(what);
	if (answers[FESTORE_OK] != before)
		wrong("%s is not refused", what);
}

static void nothing_older_is_accepted(void **state)
{
	(void)state;
	begin();
	for (unsigned int i = 0; i + 1 < moment_count; i++) {
		put_back(&moments[i]);
		assert_refused("an older moment");
	}
	put_back(&of_other_name);
	assert_refused("another vault");
	put_back(&of_other_owner);
	assert_refused("another owner's vault");
	put_back(present);
	judge("the present again");
	end("rollbacks");
}

/* As documented: nothing but a moment that there was, whole; and then none before it. */
static void the_next_life_takes_a_moment_that_was(void **state)
{
	(void)state;
	begin();
	for (unsigned int i = 0; i < moment_count; i++) {
		struct festore *fs = NULL;

		put_back(&moments[i]);
		store_restart_tee();
		states++;
		fs = store_open();
		store_check(&fs, &moments[i].files, NULL);
		close_store(&fs);
		put_back(&moments[i == 0 ? 0 : i - 1]);
		fs = store_open();
		assert_int_equal(store_run(&fs, &(struct operation){.kind = OP_LIST},
					 &moments[i].files, NULL),
			FESTORE_STALE);
		close_store(&fs);
	}
	put_back(&of_other_owner);
	store_restart_tee();
	{
		struct festore *fs = store_open();

		assert_int_equal(
			store_run(&fs, &(struct operation){.kind = OP_LIST}, &present->files, NULL),
			FESTORE_DAMAGED);
		close_store(&fs);
	}
	end("moments after a restart");
}

/* --- blob files ------------------------------------------------------------------------------- */

enum { BLOBS = 3, CHUNK = 4096 + 16 };

/* The blobs of the present moment, and one that was replaced. */
struct kept_blob {
	char path[96];
	uint8_t *bytes;
	size_t len;
};

static struct kept_blob blobs[BLOBS];

/* The blob that the store has under a new number since `known` were there. */
static struct kept_blob keep_new_blob(const struct kept_blob *known, size_t count)
{
	struct kept_blob kept = {0};
	const char *name = NULL;

	for (size_t n = 0; (name = disk_entry(STORE_BLOBS, n)) != NULL; n++) {
		bool is_known = false;

		snprintf(kept.path, sizeof(kept.path), STORE_BLOBS "/%s", name);
		for (size_t i = 0; i < count; i++)
			is_known = is_known || strcmp(known[i].path, kept.path) == 0;
		if (is_known)
			continue;
		kept.bytes = copy(kept.path, &kept.len);
		return kept;
	}
	wrong("no new blob");
}

/* One content that was replaced, then two. */
static void begin_with_blobs(void)
{
	static const struct operation ops[BLOBS] = {
		{.kind = OP_PUT, .tag = "g", .len = 66000, .seed = 31},
		{.kind = OP_PUT, .tag = "g", .len = 66000, .seed = 32},
		{.kind = OP_PUT, .tag = "h", .len = 66000, .seed = 33},
	};
	struct files files = {0};
	struct festore *fs = NULL;

	begin();
	files = present->files;
	fs = store_open();
	for (size_t i = 0; i < BLOBS; i++) {
		store_do(&fs, &ops[i], &files);
		blobs[i] = keep_new_blob(blobs, i);
	}
	if (disk_find(blobs[0].path))
		wrong("a replaced blob is still there");
	close_store(&fs);
	moments[moment_count++] = keep(&files);
	present = &moments[moment_count - 1];
}

static void put_blobs_back(void)
{
	put_back(present);
	for (size_t i = 1; i < BLOBS; i++)
		disk_put(blobs[i].path, blobs[i].bytes, blobs[i].len);
}

static void flip_in_blob(size_t at)
{
	uint8_t *flipped = malloc(blobs[1].len);
	char what[64];

	put_blobs_back();
	memcpy(flipped, blobs[1].bytes, blobs[1].len);
	flipped[at] ^= (uint8_t)(1u << (at % 8));
	disk_put(blobs[1].path, flipped, blobs[1].len);
	snprintf(what, sizeof(what), "byte %zu of a blob", at);
	judge(what);
	free(flipped);
	if (answers[FESTORE_DAMAGED] == 0)
		wrong("byte %zu of a blob may be another", at);
	answers[FESTORE_DAMAGED] = 0;
}

static void judge_blob(const char *what, const uint8_t *bytes, size_t len)
{
	put_blobs_back();
	disk_put(blobs[1].path, bytes, len);
	judge(what);
	if (answers[FESTORE_DAMAGED] == 0)
		wrong("%s is not noticed", what);
	answers[FESTORE_DAMAGED] = 0;
}

static void no_blob_is_other_than_it_was(void **state)
{
	static const size_t cuts[] = {0, 1, 15, 16, CHUNK - 1, CHUNK, 16 * CHUNK, 16 * CHUNK + 1};

	(void)state;
	begin_with_blobs();
	put_blobs_back();
	judge("untouched");
	assert_int_equal(answers[FESTORE_DAMAGED], 0);
	for (size_t at = 0; at < blobs[1].len; at += at % 251 == 0 ? 1 : 499)
		flip_in_blob(at);
	flip_in_blob(blobs[1].len - 1);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
		judge_blob("a blob that was cut", blobs[1].bytes, cuts[i]);
	judge_blob("a blob without its last byte", blobs[1].bytes, blobs[1].len - 1);
	judge_blob("no blob", NULL, 0);
	judge_blob("an older blob", blobs[0].bytes, blobs[0].len);
	judge_blob("another's blob", blobs[2].bytes, blobs[2].len);

	put_blobs_back();
	disk_put(blobs[1].path, blobs[2].bytes, blobs[2].len);
	disk_put(blobs[2].path, blobs[1].bytes, blobs[1].len);
	judge("exchanged blobs");
	assert_int_not_equal(answers[FESTORE_DAMAGED], 0);
	answers[FESTORE_DAMAGED] = 0;

	put_blobs_back();
	judge("the blobs again");
	assert_int_equal(answers[FESTORE_DAMAGED], 0);
	for (size_t i = 0; i < BLOBS; i++)
		free(blobs[i].bytes);
	end("changed blobs");
}

/* The rows that name blobs. */
static void no_blob_is_named_otherwise(void **state)
{
	static const char *const sqls[] = {
		"DELETE FROM content WHERE id < 0",
		"UPDATE content SET bytes = zeroblob(8) WHERE id < 0",
		"UPDATE content SET bytes = x'ffffffffffffff7f' WHERE id < 0",
		"UPDATE content SET bytes = x'ffffffffffffffff' WHERE id < 0",
		"UPDATE content SET bytes = zeroblob(7) WHERE id < 0",
		"UPDATE content SET bytes = 'text' WHERE id < 0",
		"UPDATE entry SET content_id = -content_id WHERE content_id < 0",
		"UPDATE entry SET content_id = 0 WHERE content_id < 0",
		"UPDATE entry SET content_id = content_id - 1 WHERE content_id < 0",
		"UPDATE entry SET content_id = (SELECT min(id) FROM content) WHERE content_id < 0",
		"UPDATE entry SET content_id = (SELECT max(id) FROM content WHERE id < 0) "
		"WHERE content_id < 0",
		"UPDATE entry SET content_id = (SELECT min(id) FROM content) WHERE content_id >= 0",
	};

	(void)state;
	begin_with_blobs();
	for (size_t i = 0; i < sizeof(sqls) / sizeof(sqls[0]); i++) {
		put_blobs_back();
		change_rows(sqls[i], sqls[i]);
	}
	for (size_t i = 0; i < BLOBS; i++)
		free(blobs[i].bytes);
	end("other names of blobs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_flipped_byte_shows),
		cmocka_unit_test(no_flipped_byte_shows_in_the_next_life),
		cmocka_unit_test(a_later_format_is_damage),
		cmocka_unit_test(nothing_is_missing_unnoticed),
		cmocka_unit_test(no_row_is_other_than_it_was),
		cmocka_unit_test(one_header_is_enough),
		cmocka_unit_test(no_row_is_older_or_anothers),
		cmocka_unit_test(nothing_older_is_accepted),
		cmocka_unit_test(the_next_life_takes_a_moment_that_was),
		cmocka_unit_test(no_blob_is_other_than_it_was),
		cmocka_unit_test(no_blob_is_named_otherwise),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
