// SPDX-License-Identifier: BSD-2-Clause
/*
 * A vault's database that somebody else has written: bytes flipped, pages swapped, rows of other
 * types, other tables. Every call ends, with an error that has words or with what the TA will
 * refuse, and what can be known to be wrong is FESTORE_DAMAGED. Also a heap that runs out.
 */
#include "bytes_model.h"

#include <sqlite3.h>

#define PAGE 1024
#define IMAGE_MAX (512 * PAGE)

static struct model model;
static uint8_t image[IMAGE_MAX];
static size_t image_len;

/* --- the database that is changed ------------------------------------------------------------- */

/* Runs SQL as an attacker can: nothing is defended. */
static void run_sql(const char *sql)
{
	sqlite3 *db = NULL;
	char *error = NULL;

	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void write_file(const void *bytes, size_t len)
{
	FILE *file = NULL;

	remove_database();
	file = fopen(database, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static size_t read_file(const char *suffix, uint8_t *to, size_t max)
{
	char name[96] = "";
	FILE *file = NULL;
	size_t len = 0;

	snprintf(name, sizeof(name), "%s%s", database, suffix);
	file = fopen(name, "r");
	assert_non_null(file);
	len = fread(to, 1, max, file);
	assert_in_range(len, 1, max - 1);
	fclose(file);
	return len;
}

/* Entries with and without large contents, and some that share long beginnings. */
static void fill_database(void)
{
	struct bytes *bytes = open_database();
	struct festore_vault_header header = {0};
	struct festore_vault_state vault_state = {0};
	uint8_t locator[FESTORE_HASH] = {0};

	begin_model(&model);
	assert_ok(bytes_begin_write(bytes, &failure));
	assert_ok(bytes_write_header(bytes, 0, &header, &failure));
	assert_ok(bytes_write_header(bytes, 1, &header, &failure));
	for (unsigned int i = 0; i < 80; i++) {
		random_locator(&model, locator);
		put(bytes, &model, locator, i % 16 == 0 ? 20000 : random_below(600));
	}
	assert_ok(bytes_write_state(bytes, &vault_state, &failure));
	assert_ok(bytes_commit(bytes, &failure));
	bytes_close(bytes);
}

static int make_image(void **state)
{
	if (make_folder(state) != 0 || begin_test(state) != 0)
		return -1;
	fill_database();
	run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
	image_len = read_file("", image, sizeof(image));
	assert_int_equal(image_len % PAGE, 0);
	remove_database();
	return 0;
}

static int drop_image(void **state)
{
	model_free(&model);
	return remove_folder(state);
}

/* --- everything that can be asked ------------------------------------------------------------- */

static enum festore_error worst;

static void note(enum festore_error error)
{
	if (error == FESTORE_OK || error == FESTORE_NOT_FOUND)
		return;
	assert_int_equal(failure.error, error);
	assert_string_not_equal(failure.text, "");
	worst = error;
}

/* The path of a locator, and what it says, whether or not it folds to the root. */
static enum tree_found ask_path(
	struct bytes *bytes, const uint8_t *locator, uint8_t ret_root[FESTORE_HASH])
{
	const enum festore_error error = bytes_read_path(bytes, locator, &path, &failure);
	enum tree_found found = TREE_INVALID;

	note(error);
	if (error != FESTORE_OK)
		return TREE_INVALID;
	assert_in_range(path.head.count, 0, FESTORE_PATH_MAX);
	found = tree_find(the_path(), locator);
	if (found != TREE_INVALID)
		tree_root(vault_id, the_path(), ret_root);
	return found;
}

/* As the TA does. */
static void check_path(struct bytes *bytes, const uint8_t *locator)
{
	uint8_t root[FESTORE_HASH] = {0};

	if (ask_path(bytes, locator, root) == TREE_INVALID ||
		memcmp(root, model.root, sizeof(root)) != 0)
		worst = FESTORE_DAMAGED;
}

static void ask_entry(struct bytes *bytes, const uint8_t *locator)
{
	static uint8_t content[BYTES_CONTENT_MAX];
	struct bytes_entry entry = {.locator = {0}};
	enum festore_error error = bytes_read_entry(bytes, locator, &entry, &failure);
	uint8_t last = 0;

	note(error);
	if (error != FESTORE_OK)
		return;
	assert_in_range(entry.record_len, FESTORE_RECORD_LEN(1), FESTORE_RECORD_MAX);
	assert_in_range(entry.content_len, 16, sizeof(content));
	for (size_t i = 0; i < entry.record_len; i++)
		last ^= entry.record[i];
	content[0] = last;
	note(bytes_read_content(bytes, &entry, 0, content, (size_t)entry.content_len, &failure));
	note(bytes_read_content(bytes, &entry, entry.content_len - 1, content, 1, &failure));
}

static void ask_list(struct bytes *bytes)
{
	struct bytes_entry entry = {.locator = {0}};
	enum festore_error error = bytes_list_begin(bytes, &failure);

	note(error);
	while (error == FESTORE_OK) {
		error = bytes_list_next(bytes, &entry, &failure);
		note(error);
	}
	bytes_list_end(bytes);
}

static void read_everything(struct bytes *bytes)
{
	struct festore_vault_header header = {0};
	struct festore_vault_state vault_state = {0};
	uint8_t locator[FESTORE_HASH] = {0};
	const enum festore_error error = bytes_begin_read(bytes, &failure);

	note(error);
	if (error != FESTORE_OK)
		return;
	note(bytes_read_header(bytes, 0, &header, &failure));
	note(bytes_read_header(bytes, 1, &header, &failure));
	note(bytes_read_state(bytes, &vault_state, &failure));
	for (unsigned int i = 0; i < model.count; i++) {
		check_path(bytes, model.entries[i]->locator);
		ask_entry(bytes, model.entries[i]->locator);
		random_locator(&model, locator);
		check_path(bytes, locator);
	}
	ask_list(bytes);
	bytes_end(bytes);
}

static enum festore_error try_to_put(struct bytes *bytes, const uint8_t *locator)
{
	static uint8_t content[FESTORE_SEALED_LEN(20000)];
	struct model_entry entry = {.record_len = 0};
	struct bytes_change change = {0};
	struct festore_vault_leaf leaf = {.locator = {0}};
	uint8_t root[FESTORE_HASH] = {0};
	const enum tree_found found = ask_path(bytes, locator, root);

	if (found == TREE_INVALID)
		return FESTORE_DAMAGED;
	fill_record(&entry);
	memcpy(entry.locator, locator, FESTORE_HASH);
	leaf = leaf_of(&entry);
	change = change_of(tree_put(the_path(), &leaf, hashes, root));
	return bytes_put(bytes, locator, &change, entry.record, entry.record_len, content,
		random_below(2) == 0 ? sizeof(content) : 80, &failure);
}

static enum festore_error try_to_remove(struct bytes *bytes, const uint8_t *locator)
{
	struct bytes_change change = {0};
	uint8_t root[FESTORE_HASH] = {0};

	if (ask_path(bytes, locator, root) != TREE_PRESENT)
		return FESTORE_NOT_FOUND;
	change = change_of(tree_remove(vault_id, the_path(), hashes, root));
	return bytes_remove(bytes, locator, &change, &failure);
}

static void change_everything(struct bytes *bytes)
{
	uint8_t locator[FESTORE_HASH] = {0};
	enum festore_error error = bytes_begin_write(bytes, &failure);

	note(error);
	for (unsigned int i = 0; error == FESTORE_OK && i < 20; i++) {
		random_locator(&model, locator);
		error = try_to_put(bytes, locator);
		if (error == FESTORE_OK)
			error = try_to_put(
				bytes, model.entries[random_below(model.count)]->locator);
		if (error == FESTORE_OK)
			error = try_to_remove(
				bytes, model.entries[random_below(model.count)]->locator);
		if (error == FESTORE_NOT_FOUND)
			error = FESTORE_OK;
	}
	if (error == FESTORE_OK)
		note(bytes_commit(bytes, &failure));
	else
		bytes_end(bytes);
}

/* The worst that was said of the database. */
static enum festore_error ask_everything(void)
{
	struct bytes *bytes = NULL;
	const enum festore_error error = bytes_open(&bytes, database, false, 0, &failure);

	worst = FESTORE_OK;
	note(error);
	if (error != FESTORE_OK)
		return error;
	bytes_set_patience(bytes, 0);
	read_everything(bytes);
	change_everything(bytes);
	bytes_close(bytes);
	return worst;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void as_it_was_all_is_well(void **state)
{
	(void)state;
	write_file(image, image_len);
	assert_int_equal(ask_everything(), FESTORE_OK);
}

static void flipped_bytes_do_no_harm(void **state)
{
	static uint8_t copy[IMAGE_MAX];
	unsigned int noticed = 0;

	(void)state;
	for (unsigned int i = 0; i < 300; i++) {
		memcpy(copy, image, image_len);
		for (unsigned int flips = 1 + random_below(4); flips > 0; flips--) {
			/* Half of them where a page says what is in it. */
			size_t at = random_below((uint32_t)image_len);

			if (random_below(2) == 0)
				at = at / PAGE * PAGE + random_below(40);
			copy[at] = (uint8_t)(copy[at] ^ (1u << random_below(8)));
		}
		write_file(copy, image_len);
		noticed += ask_everything() != FESTORE_OK;
	}
	assert_in_range(noticed, 50, 300);
}

static void swapped_pages_do_no_harm(void **state)
{
	static uint8_t copy[IMAGE_MAX];
	const uint32_t pages = (uint32_t)(image_len / PAGE);

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		const size_t from = random_below(pages);
		const size_t to = random_below(pages);

		memcpy(copy, image, image_len);
		memcpy(copy + to * PAGE, image + from * PAGE, PAGE);
		if (random_below(2) == 0)
			memcpy(copy + from * PAGE, image + to * PAGE, PAGE);
		write_file(copy, image_len);
		ask_everything();
	}
}

static void cut_files_do_no_harm(void **state)
{
	static uint8_t longer[IMAGE_MAX];

	(void)state;
	for (size_t len = 0; len < image_len; len += len < 200 ? 7 : PAGE / 2) {
		write_file(image, len);
		/* The last page may be empty in its second half. */
		if (ask_everything() != FESTORE_DAMAGED)
			assert_in_range(len, image_len - PAGE + 1, image_len);
	}
	memcpy(longer, image, image_len);
	write_file(longer, image_len + PAGE);
	ask_everything();
}

static void a_foreign_log_does_no_harm(void **state)
{
	static uint8_t log[4 * IMAGE_MAX];
	char name[96] = "";
	FILE *file = NULL;
	size_t len = 0;

	(void)state;
	write_file(image, image_len);
	ask_everything();
	len = read_file("-wal", log, sizeof(log));
	snprintf(name, sizeof(name), "%s-wal", database);
	for (unsigned int i = 0; i < 100; i++) {
		write_file(image, image_len);
		log[random_below((uint32_t)len)] ^= (uint8_t)(1u << random_below(8));
		file = fopen(name, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(log, 1, len - random_below(5000), file) > 0, 1);
		assert_int_equal(fclose(file), 0);
		ask_everything();
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

static void other_tables_are_refused(void **state)
{
	static const char *const changes[] = {
		"PRAGMA application_id = 5",
		"PRAGMA user_version = 2",
		"PRAGMA journal_mode = DELETE",
		"PRAGMA journal_mode = DELETE; PRAGMA page_size = 4096; VACUUM; "
		"PRAGMA journal_mode = WAL",
		"CREATE TABLE more (id INTEGER PRIMARY KEY)",
		"CREATE INDEX more ON entry (locator)",
		"CREATE VIEW more AS SELECT * FROM entry",
		"CREATE TRIGGER more AFTER INSERT ON entry BEGIN DELETE FROM node; END",
		"CREATE TRIGGER more AFTER UPDATE ON meta BEGIN SELECT load_extension('x'); END",
		"DROP TABLE content",
		"ALTER TABLE node RENAME TO knot",
		"ALTER TABLE meta ADD COLUMN more",
		"DROP TABLE node; CREATE TABLE node (hashes BLOB NOT NULL, id INTEGER PRIMARY KEY)",
		"DROP TABLE node; CREATE VIEW node AS SELECT 1 AS id, zeroblob(68) AS hashes",
		"PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 3 WHERE name = "
		"'node'",
		"PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'node'",
		"PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = sql || ' ' WHERE name "
		"= 'node'",
		"PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE TABLE node (' "
		"|| printf('%.100000c', 'x') || ')' WHERE name = 'node'",
		"PRAGMA writable_schema = ON; UPDATE sqlite_master SET type = 'view' WHERE name = "
		"'node'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct bytes *bytes = NULL;
		enum festore_error error = FESTORE_OK;

		write_file(image, image_len);
		run_sql(changes[i]);
		error = bytes_open(&bytes, database, true, 0600, &failure);
		if (error != FESTORE_DAMAGED)
			fail_msg("%s: %d", changes[i], error);
	}
}

static void impossible_rows_are_noticed(void **state)
{
	static const char *const changes[] = {
		"DELETE FROM entry WHERE prefix = (SELECT min(prefix) FROM entry)",
		"DELETE FROM entry WHERE prefix % 2",
		"DELETE FROM node",
		"DELETE FROM node WHERE id = 1",
		"DELETE FROM node WHERE id = (SELECT max(id) FROM node)",
		"DELETE FROM content",
		"UPDATE node SET hashes = 'text'",
		"UPDATE node SET hashes = 7",
		"UPDATE node SET hashes = zeroblob(0)",
		"UPDATE node SET hashes = zeroblob(4)",
		"UPDATE node SET hashes = zeroblob(1000000)",
		"UPDATE node SET hashes = x'ffffffff' || substr(hashes, 5)",
		"UPDATE node SET hashes = CAST(substr(hashes, 1, length(hashes) - 1) AS BLOB)",
		"UPDATE node SET hashes = CAST(x'ff7f0000' || zeroblob(960) AS BLOB)",
		"UPDATE node SET hashes = (SELECT max(hashes) FROM node)",
		"UPDATE entry SET locator = 'text'",
		"UPDATE entry SET locator = zeroblob(32)",
		"UPDATE entry SET locator = CAST(substr(locator, 1, 31) AS BLOB)",
		"UPDATE entry SET locator = CAST(locator || x'00' AS BLOB)",
		"UPDATE entry SET record = 5.5",
		"UPDATE entry SET record = zeroblob(39)",
		"UPDATE entry SET record = zeroblob(100000)",
		"UPDATE entry SET record = CAST(record || x'00' AS BLOB)",
		"UPDATE entry SET content = 'text'",
		"UPDATE entry SET content = NULL",
		"UPDATE entry SET content = 16",
		"UPDATE entry SET content = 'a text of more than sixteen'",
		"UPDATE entry SET content = zeroblob(5000)",
		"UPDATE entry SET content_id = 'text'",
		"UPDATE entry SET content_id = -1",
		"UPDATE entry SET content_id = 1.5",
		"UPDATE entry SET content_id = 9223372036854775807",

		"UPDATE content SET bytes = 'text'",
		"UPDATE content SET bytes = 5",
		"UPDATE content SET bytes = zeroblob(2000000)",
		"UPDATE content SET bytes = 'a text of more than sixteen'",
		"UPDATE content SET id = id + 9223372036854775000",
		"UPDATE entry SET prefix = -prefix",
		"UPDATE entry SET prefix = prefix - 1",
		"UPDATE entry SET prefix = 9223372036854775807 - prefix",
		"INSERT INTO entry VALUES (-5, zeroblob(32), zeroblob(136), 0, zeroblob(80))",
		"UPDATE meta SET value = 'text'",
		"UPDATE meta SET value = zeroblob(231)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		enum festore_error error = FESTORE_OK;

		write_file(image, image_len);
		run_sql(changes[i]);
		error = ask_everything();
		if (error != FESTORE_DAMAGED)
			fail_msg("%s: %d", changes[i], error);
	}
}

/* Another process may change the tables while a handle is open. */
static void a_change_of_tables_is_noticed_later(void **state)
{
	struct bytes *bytes = NULL;

	(void)state;
	write_file(image, image_len);
	assert_ok(bytes_open(&bytes, database, false, 0, &failure));
	worst = FESTORE_OK;
	read_everything(bytes);
	assert_int_equal(worst, FESTORE_OK);
	run_sql("CREATE TRIGGER more AFTER INSERT ON entry BEGIN DELETE FROM node; END");
	change_everything(bytes);
	assert_int_equal(worst, FESTORE_OK);
	run_sql("DROP TABLE node; CREATE TABLE node (id INTEGER PRIMARY KEY)");
	read_everything(bytes);
	assert_int_equal(worst, FESTORE_DAMAGED);
	change_everything(bytes);
	bytes_close(bytes);
}

/* --- memory ----------------------------------------------------------------------------------- */

static sqlite3_mem_methods usual;
static unsigned int failing_in; /* 0: none fails */

static bool is_failing(void)
{
	return failing_in != 0 && --failing_in == 0;
}

static void *failing_malloc(int len)
{
	return is_failing() ? NULL : usual.xMalloc(len);
}

static void *failing_realloc(void *bytes, int len)
{
	return is_failing() ? NULL : usual.xRealloc(bytes, len);
}

/* Before the first use of SQLite. */
static void let_memory_fail(void)
{
	sqlite3_mem_methods methods = {0};

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual);
	methods = usual;
	methods.xMalloc = failing_malloc;
	methods.xRealloc = failing_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

/* All in one transaction, so that nothing is left of it. False: no allocation failed. */
static bool starve(unsigned int *which)
{
	struct bytes *bytes = NULL;
	enum festore_error error = FESTORE_OK;
	bool has_failed = false;

	error = bytes_open(&bytes, database, true, 0600, &failure);
	if (error != FESTORE_OK)
		note(error);
	if (error == FESTORE_OK) {
		read_everything(bytes);
		change_everything(bytes);
	}
	has_failed = *which == 0;
	bytes_close(bytes);
	return has_failed;
}

static void every_allocation_can_fail(void **state)
{
	unsigned int n = 1;

	(void)state;
	for (bool is_enough = false; !is_enough; n += 1 + n / 40) {
		write_file(image, image_len);
		random_state = 1234567;
		worst = FESTORE_OK;
		failing_in = n;
		is_enough = !starve(&failing_in);
		failing_in = 0;
		if (!is_enough)
			assert_true(worst == FESTORE_OK || worst == FESTORE_ERROR ||
				worst == FESTORE_DAMAGED);
	}
	assert_in_range(n, 200, 1000000);
	remove_database();
	for (n = 1; n < 8; n++) {
		struct bytes *bytes = NULL;

		allocation_that_fails = n;
		if (bytes_open(&bytes, database, true, 0600, &failure) != FESTORE_OK)
			assert_int_equal(failure.error, FESTORE_ERROR);
		allocation_that_fails = 0;
		bytes_close(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, begin_test, end_test)
		TEST(as_it_was_all_is_well),
		TEST(flipped_bytes_do_no_harm),
		TEST(swapped_pages_do_no_harm),
		TEST(cut_files_do_no_harm),
		TEST(a_foreign_log_does_no_harm),
		TEST(other_tables_are_refused),
		TEST(impossible_rows_are_noticed),
		TEST(a_change_of_tables_is_noticed_later),
		TEST(every_allocation_can_fail),
	};

	let_memory_fail();
	return cmocka_run_group_tests_name("lib_bytes_hostile", tests, make_image, drop_image);
}
