// SPDX-License-Identifier: BSD-2-Clause
/*
 * The database of a vault: whatever is put, replaced, removed and moved, it holds what a sorted
 * array holds, its paths prove so, and neither other processes nor a full disk change that.
 */
#include "bytes_model.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct model model;

/* --- the model -------------------------------------------------------------------------------- */

static size_t random_len(void)
{
	switch (random_below(16)) {
	case 0:
		return 0;
	case 1:
		return 4096;
	case 2:
		return 4097;
	case 3:
		return random_below(30000);
	default:
		return random_below(300);
	}
}

static const uint8_t *random_present(void)
{
	return model.entries[random_below(model.count)]->locator;
}

static void change_at_random(struct bytes *bytes, unsigned int target)
{
	const uint32_t dice = random_below(100);
	uint8_t locator[FESTORE_HASH] = {0};
	uint8_t other[FESTORE_HASH] = {0};

	random_locator(&model, locator);
	if (model.count > 0) {
		memcpy(other, random_present(), FESTORE_HASH);
		if (dice < 20)
			memcpy(locator, random_present(), FESTORE_HASH);
	}
	if (model.count > 0 && random_below(2 * target) < model.count && dice >= 20)
		remove_entry(bytes, &model, other);
	else if (model.count > 1 && dice >= 90 && memcmp(locator, other, FESTORE_HASH) != 0)
		move(bytes, &model, other, locator);
	else
		put(bytes, &model, locator, random_len());
}

static void prove_absence_at_random(struct bytes *bytes)
{
	uint8_t locator[FESTORE_HASH] = {0};

	for (unsigned int i = 0; i < 50; i++) {
		random_locator(&model, locator);
		prove(bytes, &model, locator);
	}
}

static void transact_at_random(struct bytes *bytes, unsigned int target)
{
	assert_ok(bytes_begin_write(bytes, &failure));
	for (unsigned int i = random_below(40); i > 0; i--)
		change_at_random(bytes, target);
	assert_root(&model);
	assert_ok(bytes_commit(bytes, &failure));
}

static void it_holds_what_an_array_holds(void **state)
{
	static const unsigned int targets[] = {3, 30, 300, 2};
	struct bytes *bytes = open_database();

	(void)state;
	begin_model(&model);
	for (size_t t = 0; t < sizeof(targets) / sizeof(targets[0]); t++) {
		for (unsigned int i = 0; i < 40; i++)
			transact_at_random(bytes, targets[t]);
		bytes_close(bytes);
		bytes = open_database();
		assert_ok(bytes_begin_read(bytes, &failure));
		assert_same(bytes, &model);
		prove_absence_at_random(bytes);
		bytes_end(bytes);
	}
	assert_ok(bytes_begin_write(bytes, &failure));
	while (model.count > 0)
		remove_entry(bytes, &model, random_present());
	assert_same(bytes, &model);
	assert_ok(bytes_commit(bytes, &failure));
	bytes_close(bytes);
}

/* The deepest tree that there can be: each locator shares one bit more with the first. */
static void the_longest_path_has_63_steps(void **state)
{
	struct bytes *bytes = open_database();
	uint8_t locator[FESTORE_HASH] = {0};
	uint8_t root[FESTORE_HASH] = {0};

	(void)state;
	begin_model(&model);
	assert_ok(bytes_begin_write(bytes, &failure));
	put(bytes, &model, locator, 5);
	for (unsigned int bit = 0; bit < 63; bit++) {
		memset(locator, 0, sizeof(locator));
		locator[bit / 8] = (uint8_t)(0x80u >> bit % 8);
		put(bytes, &model, locator, 5);
	}
	memset(locator, 0, sizeof(locator));
	prove(bytes, &model, locator);
	assert_int_equal(path.head.count, 63);
	assert_same(bytes, &model);
	assert_ok(bytes_commit(bytes, &failure));

	/* One bit more has no place, and undoes what the transaction has done. */
	assert_ok(bytes_begin_write(bytes, &failure));
	memcpy(root, model.root, sizeof(root));
	locator[7] = 1;
	assert_int_equal(try_put(bytes, &model, locator, 5), FESTORE_ERROR);
	assert_int_equal(bytes_commit(bytes, &failure), FESTORE_ERROR);
	model_forget(&model, locator);
	memcpy(model.root, root, sizeof(root));
	assert_ok(bytes_begin_read(bytes, &failure));
	assert_same(bytes, &model);
	prove_absence_at_random(bytes);
	bytes_close(bytes);
	model_free(&model);
}

/* --- header and state ------------------------------------------------------------------------- */

static void headers_and_state_are_kept(void **state)
{
	struct bytes *bytes = open_database();
	struct festore_vault_header headers[2] = {{0}};
	struct festore_vault_header header = {0};
	struct festore_vault_state written = {0};
	struct festore_vault_state read = {0};

	(void)state;
	random_fill(headers, sizeof(headers));
	random_fill(&written, sizeof(written));
	assert_ok(bytes_begin_write(bytes, &failure));
	assert_int_equal(bytes_read_state(bytes, &read, &failure), FESTORE_NOT_FOUND);
	assert_int_equal(bytes_read_header(bytes, 0, &header, &failure), FESTORE_NOT_FOUND);
	for (unsigned int i = 0; i < 2; i++)
		assert_ok(bytes_write_header(bytes, i, &headers[i], &failure));
	assert_ok(bytes_write_state(bytes, &written, &failure));
	written.version++;
	assert_ok(bytes_write_state(bytes, &written, &failure));
	assert_ok(bytes_commit(bytes, &failure));
	bytes_close(bytes);

	bytes = open_database();
	assert_ok(bytes_begin_read(bytes, &failure));
	for (unsigned int i = 0; i < 2; i++) {
		assert_ok(bytes_read_header(bytes, i, &header, &failure));
		assert_memory_equal(&header, &headers[i], sizeof(header));
	}
	assert_ok(bytes_read_state(bytes, &read, &failure));
	assert_memory_equal(&read, &written, sizeof(read));
	bytes_close(bytes);
}

/* --- transactions ----------------------------------------------------------------------------- */

static void nothing_happens_outside_of_a_transaction(void **state)
{
	struct bytes *bytes = open_database();
	struct festore_vault_state vault_state = {0};
	struct bytes_entry entry = {.locator = {0}};
	uint8_t locator[FESTORE_HASH] = {0};

	(void)state;
	assert_int_equal(bytes_read_state(bytes, &vault_state, &failure), FESTORE_ERROR);
	assert_int_equal(bytes_write_state(bytes, &vault_state, &failure), FESTORE_ERROR);
	assert_int_equal(bytes_read_path(bytes, locator, &path, &failure), FESTORE_ERROR);
	assert_int_equal(bytes_read_entry(bytes, locator, &entry, &failure), FESTORE_ERROR);
	assert_int_equal(bytes_list_next(bytes, &entry, &failure), FESTORE_ERROR);
	assert_int_equal(bytes_commit(bytes, &failure), FESTORE_ERROR);
	bytes_end(bytes);
	assert_ok(bytes_begin_read(bytes, &failure));
	assert_int_equal(bytes_begin_write(bytes, &failure), FESTORE_ERROR);
	assert_int_equal(bytes_write_state(bytes, &vault_state, &failure), FESTORE_ERROR);
	assert_int_equal(bytes_commit(bytes, &failure), FESTORE_ERROR);
	bytes_close(bytes);
}

static void what_is_not_committed_is_gone(void **state)
{
	struct bytes *bytes = open_database();
	uint8_t locator[FESTORE_HASH] = {0};

	(void)state;
	begin_model(&model);
	assert_ok(bytes_begin_write(bytes, &failure));
	put(bytes, &model, locator, 60000);
	bytes_end(bytes);
	model_free(&model);
	begin_model(&model);
	assert_ok(bytes_begin_read(bytes, &failure));
	assert_same(bytes, &model);
	bytes_close(bytes);
}

static void half_a_move_is_not_committed(void **state)
{
	struct bytes *bytes = open_database();
	struct bytes_change change = {0};
	uint8_t locator[FESTORE_HASH] = {0};
	uint8_t root[FESTORE_HASH] = {0};

	(void)state;
	begin_model(&model);
	assert_ok(bytes_begin_write(bytes, &failure));
	put(bytes, &model, locator, 5000);
	assert_ok(bytes_commit(bytes, &failure));

	assert_ok(bytes_begin_write(bytes, &failure));
	prove(bytes, &model, locator);
	change = change_of(tree_remove(vault_id, the_path(), hashes, root));
	assert_int_equal(bytes_move_finish(bytes, locator, &change, model.entries[0]->record,
				 model.entries[0]->record_len, &failure),
		FESTORE_ERROR);
	bytes_end(bytes);
	assert_ok(bytes_begin_write(bytes, &failure));
	assert_ok(bytes_move_begin(bytes, locator, &change, &failure));
	assert_int_equal(bytes_commit(bytes, &failure), FESTORE_ERROR);

	assert_ok(bytes_begin_read(bytes, &failure));
	assert_same(bytes, &model);
	bytes_close(bytes);
	model_free(&model);
}

/* What a TA, or a caller, must never say; nothing of it is stored. */
static void changes_that_do_not_fit_are_refused(void **state)
{
	struct bytes *bytes = open_database();
	struct model_entry *entry = NULL;
	struct bytes_change change = {0};
	uint8_t locator[FESTORE_HASH] = {0};

	(void)state;
	begin_model(&model);
	assert_ok(bytes_begin_write(bytes, &failure));
	put(bytes, &model, locator, 10);
	locator[0] = 0x80;
	put(bytes, &model, locator, 10);
	locator[0] = 0x40;
	put(bytes, &model, locator, 10);
	assert_ok(bytes_commit(bytes, &failure));
	entry = model.entries[0];
	for (unsigned int wrong = 0; wrong < 8; wrong++) {
		size_t record_len = entry->record_len;
		size_t content_len = entry->content_len;

		assert_ok(bytes_begin_write(bytes, &failure));
		prove(bytes, &model, entry->locator);
		change = change_of(path.head.count);
		change.hash_count += wrong == 0 ? 1 : 0;
		change.hash_count -= wrong == 1 ? 1 : 0;
		path.steps[1].bit = wrong == 2 ? 0 : wrong == 3 ? 63 : 1;
		path.head.is_empty = wrong == 4;
		record_len += wrong == 5 ? 1 : wrong == 6 ? 100000 : 0;
		content_len = wrong == 7 ? 15 : content_len;
		assert_int_equal(bytes_put(bytes, entry->locator, &change, entry->record,
					 record_len, entry->content, content_len, &failure),
			FESTORE_ERROR);
		assert_int_equal(bytes_commit(bytes, &failure), FESTORE_ERROR);
	}
	/* A removal of what is not there. */
	assert_ok(bytes_begin_write(bytes, &failure));
	locator[5] = 1;
	prove(bytes, &model, locator);
	change = change_of(path.head.count - 1);
	assert_int_equal(bytes_remove(bytes, locator, &change, &failure), FESTORE_NOT_FOUND);
	bytes_end(bytes);
	assert_ok(bytes_begin_read(bytes, &failure));
	assert_same(bytes, &model);
	bytes_close(bytes);
	model_free(&model);
}

static void a_reader_sees_one_snapshot(void **state)
{
	struct bytes *writer = open_database();
	struct bytes *reader = open_database();
	struct model empty = {.count = 0};
	struct bytes_change change = {0};
	uint8_t locator[FESTORE_HASH] = {0};

	(void)state;
	begin_model(&model);
	begin_model(&empty);
	assert_ok(bytes_begin_read(reader, &failure));
	prove(reader, &empty, locator);

	assert_ok(bytes_begin_write(writer, &failure));
	put(writer, &model, locator, 5000);
	prove(reader, &empty, locator);
	assert_ok(bytes_commit(writer, &failure));
	assert_same(reader, &empty);
	bytes_end(reader);

	assert_ok(bytes_begin_read(reader, &failure));
	assert_same(reader, &model);

	/* Also of a large content that is gone meanwhile. */
	assert_ok(bytes_begin_write(writer, &failure));
	prove(writer, &model, locator);
	change = change_of(tree_remove(vault_id, the_path(), hashes, empty.root));
	assert_ok(bytes_remove(writer, locator, &change, &failure));
	assert_ok(bytes_commit(writer, &failure));
	assert_same(reader, &model);
	bytes_close(reader);
	bytes_close(writer);
	model_free(&model);
}

static void there_is_one_writer_at_a_time(void **state)
{
	struct bytes *first = open_database();
	struct bytes *second = open_database();

	(void)state;
	bytes_set_patience(second, 20);
	assert_ok(bytes_begin_write(first, &failure));
	assert_int_equal(bytes_begin_write(second, &failure), FESTORE_BUSY);
	assert_string_not_equal(failure.text, "");
	assert_ok(bytes_begin_read(second, &failure));
	bytes_end(second);
	bytes_end(first);
	assert_ok(bytes_begin_write(second, &failure));
	bytes_close(second);
	assert_ok(bytes_begin_write(first, &failure));
	bytes_close(first);
}

/* Another process holds the write lock for a while. */
static pid_t hold_lock(int told, useconds_t microseconds)
{
	const pid_t child = fork();
	struct bytes *bytes = NULL;

	if (child != 0)
		return child;
	bytes = open_database();
	if (bytes_begin_write(bytes, &failure) != FESTORE_OK || write(told, "", 1) != 1)
		_exit(1);
	usleep(microseconds);
	bytes_close(bytes);
	_exit(0);
}

static void a_writer_gets_its_turn(void **state)
{
	struct bytes *bytes = open_database();
	int pipe_ends[2] = {-1, -1};
	int status = 0;
	pid_t child = 0;
	char byte = 0;

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	child = hold_lock(pipe_ends[1], 50000);
	assert_true(child > 0);
	assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
	assert_ok(bytes_begin_write(bytes, &failure));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	bytes_close(bytes);
}

/* A process that dies in the middle of a change takes its lock and its change with it. */
static void a_dead_writer_leaves_nothing(void **state)
{
	struct bytes *bytes = NULL;
	uint8_t locator[FESTORE_HASH] = {0};
	pid_t child = 0;
	int status = 0;

	(void)state;
	begin_model(&model);
	bytes_close(open_database());
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		bytes = open_database();
		if (bytes_begin_write(bytes, &failure) == FESTORE_OK &&
			try_put(bytes, &model, locator, 50000) == FESTORE_OK)
			_exit(0);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);

	bytes = open_database();
	bytes_set_patience(bytes, 0);
	assert_ok(bytes_begin_write(bytes, &failure));
	assert_same(bytes, &model);
	bytes_close(bytes);
}

static off_t log_size(void)
{
	struct stat status = {0};
	char name[96] = "";

	snprintf(name, sizeof(name), "%s-wal", database);
	return stat(name, &status) == 0 ? status.st_size : 0;
}

/* However often it is opened and closed, and however long it stays open. */
static void the_log_does_not_grow(void **state)
{
	struct bytes *bytes = NULL;
	uint8_t locator[FESTORE_HASH] = {0};

	(void)state;
	begin_model(&model);
	for (unsigned int i = 0; i < 600; i++) {
		if (!bytes)
			bytes = open_database();
		assert_ok(bytes_begin_write(bytes, &failure));
		locator[0] = (uint8_t)random_below(40);
		put(bytes, &model, locator, 1000);
		assert_ok(bytes_commit(bytes, &failure));
		assert_in_range(log_size(), 1, 600 * 1048);
		if (i < 300) {
			bytes_close(bytes);
			bytes = NULL;
		}
	}
	assert_ok(bytes_begin_read(bytes, &failure));
	assert_same(bytes, &model);
	bytes_close(bytes);
	model_free(&model);
}

/* A large content goes without being written again, so that a disk that is nearly full can be
 * freed. */
static void a_removal_writes_little(void **state)
{
	struct bytes *bytes = open_database();
	uint8_t locator[FESTORE_HASH] = {0};
	off_t before = 0;

	(void)state;
	begin_model(&model);
	assert_ok(bytes_begin_write(bytes, &failure));
	put(bytes, &model, locator, FESTORE_WINDOW);
	assert_ok(bytes_commit(bytes, &failure));
	before = log_size();

	assert_ok(bytes_begin_write(bytes, &failure));
	assert_same(bytes, &model);
	remove_entry(bytes, &model, locator);
	assert_ok(bytes_commit(bytes, &failure));
	assert_in_range(log_size() - before, 1, 20000);
	bytes_close(bytes);
}

/* --- files ------------------------------------------------------------------------------------ */

static void assert_not_opened(const char *name, bool may_create, enum festore_error error)
{
	struct bytes *bytes = NULL;

	memset(&failure, 0, sizeof(failure));
	assert_int_equal(bytes_open(&bytes, name, may_create, 0600, &failure), error);
	assert_int_equal(failure.error, error);
	assert_string_not_equal(failure.text, "");
	assert_null(bytes);
}

static void files_are_made_with_their_mode(void **state)
{
	const mode_t mask = umask(077);
	struct bytes *bytes = NULL;
	struct stat status = {0};

	(void)state;
	assert_not_opened(database, false, FESTORE_NOT_FOUND);
	assert_int_equal(stat(database, &status), -1);
	assert_ok(bytes_open(&bytes, database, true, 0660, &failure));
	assert_int_equal(stat(database, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0660);
	bytes_close(bytes);
	assert_ok(bytes_open(&bytes, database, false, 0, &failure));
	bytes_close(bytes);
	umask(mask);
}

static void what_is_no_database_is_not_opened(void **state)
{
	char name[96] = "";
	FILE *file = NULL;

	(void)state;
	assert_not_opened("/nowhere/at/all", true, FESTORE_NOT_FOUND);
	assert_not_opened(folder, true, FESTORE_DENIED);
	snprintf(name, sizeof(name), "%s/link", folder);
	assert_int_equal(symlink(database, name), 0);
	assert_not_opened(name, true, FESTORE_DENIED);
	bytes_close(open_database());
	assert_not_opened(name, true, FESTORE_DENIED);
	assert_int_equal(unlink(name), 0);

	assert_int_equal(truncate(database, 0), 0);
	assert_not_opened(database, true, FESTORE_DAMAGED);
	file = fopen(database, "w");
	assert_non_null(file);
	for (unsigned int i = 0; i < 5000; i++)
		fputs("This is something else. ", file);
	assert_int_equal(fclose(file), 0);
	assert_not_opened(database, true, FESTORE_DAMAGED);

	/* SQLite would play back a journal, and remove another file that it names. */
	remove_database();
	bytes_close(open_database());
	snprintf(name, sizeof(name), "%s-journal", database);
	file = fopen(name, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_not_opened(database, true, FESTORE_DAMAGED);
	if (geteuid() != 0) {
		remove_database();
		bytes_close(open_database());
		assert_int_equal(chmod(database, 0400), 0);
		assert_not_opened(database, true, FESTORE_DENIED);
		assert_int_equal(chmod(database, 0), 0);
		assert_not_opened(database, true, FESTORE_DENIED);
	}
}

/* Is `pattern` anywhere in the file? */
static bool file_has(const char *name, const uint8_t *pattern, size_t len)
{
	static uint8_t content[8 << 20];
	FILE *file = fopen(name, "r");
	size_t got = 0;

	if (!file)
		return false;
	got = fread(content, 1, sizeof(content), file);
	assert_in_range(got, 0, sizeof(content) - 1);
	fclose(file);
	return memmem(content, got, pattern, len) != NULL;
}

/* Into the database, as after many commits. */
static void copy_log(void)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_destroyed_database_is_gone(void **state)
{
	struct bytes *bytes = open_database();
	struct festore_vault_header header = {0};
	uint8_t locator[FESTORE_HASH] = {0};
	uint64_t use = 0;
	char kept[96] = "";
	char log[96] = "";
	char kept_log[96] = "";

	(void)state;
	begin_model(&model);
	random_fill(&header, sizeof(header));
	assert_ok(bytes_begin_write(bytes, &failure));
	assert_ok(bytes_write_header(bytes, 0, &header, &failure));
	assert_ok(bytes_write_header(bytes, 1, &header, &failure));
	put(bytes, &model, locator, 50000);
	assert_ok(bytes_commit(bytes, &failure));
	assert_ok(bytes_disk_use(bytes, &use, &failure));
	assert_in_range(use, 50000, 300000);

	/* Links to the files show what was in them when they were removed. */
	snprintf(log, sizeof(log), "%s-wal", database);
	snprintf(kept, sizeof(kept), "%s/kept", folder);
	snprintf(kept_log, sizeof(kept_log), "%s/kept-log", folder);
	assert_int_equal(link(database, kept), 0);
	assert_int_equal(link(log, kept_log), 0);
	assert_true(file_has(kept_log, header.wrapped, sizeof(header.wrapped)));
	copy_log();
	assert_true(file_has(kept, header.wrapped, sizeof(header.wrapped)));

	assert_ok(bytes_destroy(bytes, &failure));
	assert_false(file_has(kept, header.wrapped, sizeof(header.wrapped)));
	assert_false(file_has(kept_log, header.wrapped, sizeof(header.wrapped)));
	assert_int_equal(access(database, F_OK), -1);
	assert_int_equal(access(log, F_OK), -1);
	bytes_close(bytes);
	assert_int_equal(access(log, F_OK), -1);
	unlink(kept);
	unlink(kept_log);
	model_free(&model);
}

static void a_database_in_use_is_not_destroyed(void **state)
{
	struct bytes *bytes = open_database();
	struct bytes *other = open_database();
	struct festore_vault_state vault_state = {0};

	(void)state;
	bytes_set_patience(bytes, 20);
	assert_ok(bytes_begin_write(other, &failure));
	assert_ok(bytes_write_state(other, &vault_state, &failure));
	assert_int_equal(bytes_destroy(bytes, &failure), FESTORE_BUSY);
	assert_ok(bytes_commit(other, &failure));
	assert_ok(bytes_begin_read(other, &failure));
	assert_ok(bytes_read_state(other, &vault_state, &failure));
	assert_int_equal(bytes_destroy(bytes, &failure), FESTORE_BUSY);
	bytes_end(other);
	assert_ok(bytes_destroy(bytes, &failure));
	bytes_close(other);
	bytes_close(bytes);
}

/* --- misfortune ------------------------------------------------------------------------------- */

static unsigned int pages_that_fit;

/* Every connection that is opened from now on finds the disk that full. */
static int limit_pages(sqlite3 *db, char **error, const void *api)
{
	char sql[64] = "";

	(void)error;
	(void)api;
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %u", pages_that_fit);
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static void a_full_disk_keeps_the_old(void **state)
{
	struct bytes *bytes = open_database();
	struct model before = {.count = 0};
	uint8_t locator[FESTORE_HASH] = {0};
	enum festore_error error = FESTORE_OK;

	(void)state;
	begin_model(&model);
	assert_ok(bytes_begin_write(bytes, &failure));
	for (unsigned int i = 0; i < 20; i++) {
		random_fill(locator, sizeof(locator));
		put(bytes, &model, locator, 1000);
	}
	assert_ok(bytes_commit(bytes, &failure));
	bytes_close(bytes);

	pages_that_fit = 100;
	sqlite3_auto_extension((void (*)(void))limit_pages);
	bytes = open_database();
	for (unsigned int i = 0; error == FESTORE_OK && i < 100; i++) {
		assert_ok(bytes_begin_write(bytes, &failure));
		memcpy(before.root, model.root, sizeof(before.root));
		random_fill(locator, sizeof(locator));
		error = try_put(bytes, &model, locator, random_below(2) ? 1000 : 10000);
		if (error == FESTORE_OK)
			assert_ok(bytes_commit(bytes, &failure));
	}
	assert_int_equal(error, FESTORE_NO_SPACE);
	assert_int_not_equal(bytes_commit(bytes, &failure), FESTORE_OK);
	model_forget(&model, locator);
	memcpy(model.root, before.root, sizeof(before.root));
	assert_ok(bytes_begin_read(bytes, &failure));
	assert_same(bytes, &model);
	bytes_end(bytes);

	/* Removing needs no space. */
	assert_ok(bytes_begin_write(bytes, &failure));
	remove_entry(bytes, &model, model.entries[3]->locator);
	assert_ok(bytes_commit(bytes, &failure));
	bytes_close(bytes);
	sqlite3_reset_auto_extension();
	model_free(&model);
}

/* The log cannot grow, so that only the commit finds it out. */
static void a_failed_commit_keeps_the_old(void **state)
{
	struct bytes *bytes = open_database();
	struct rlimit limit = {0};
	uint8_t locator[FESTORE_HASH] = {0};
	uint8_t root[FESTORE_HASH] = {0};
	rlim_t usual = 0;

	(void)state;
	begin_model(&model);
	assert_ok(bytes_begin_write(bytes, &failure));
	put(bytes, &model, locator, 3000);
	assert_ok(bytes_commit(bytes, &failure));
	memcpy(root, model.root, sizeof(root));

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	usual = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)log_size() + 2500;
	assert_ok(bytes_begin_write(bytes, &failure));
	locator[0] = 1;
	put(bytes, &model, locator, 50000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(bytes_commit(bytes, &failure), FESTORE_NO_SPACE);
	limit.rlim_cur = usual;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);

	model_forget(&model, locator);
	memcpy(model.root, root, sizeof(root));
	assert_ok(bytes_begin_write(bytes, &failure));
	assert_same(bytes, &model);
	put(bytes, &model, locator, 50000);
	assert_ok(bytes_commit(bytes, &failure));
	bytes_close(bytes);
	bytes = open_database();
	assert_ok(bytes_begin_read(bytes, &failure));
	assert_same(bytes, &model);
	bytes_close(bytes);
	model_free(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, begin_test, end_test)
		TEST(it_holds_what_an_array_holds),
		TEST(the_longest_path_has_63_steps),
		TEST(headers_and_state_are_kept),
		TEST(nothing_happens_outside_of_a_transaction),
		TEST(what_is_not_committed_is_gone),
		TEST(half_a_move_is_not_committed),
		TEST(changes_that_do_not_fit_are_refused),
		TEST(a_reader_sees_one_snapshot),
		TEST(there_is_one_writer_at_a_time),
		TEST(a_writer_gets_its_turn),
		TEST(a_dead_writer_leaves_nothing),
		TEST(the_log_does_not_grow),
		TEST(a_removal_writes_little),
		TEST(files_are_made_with_their_mode),
		TEST(what_is_no_database_is_not_opened),
		TEST(a_destroyed_database_is_gone),
		TEST(a_database_in_use_is_not_destroyed),
		TEST(a_full_disk_keeps_the_old),
		TEST(a_failed_commit_keeps_the_old),
	};

	return cmocka_run_group_tests_name("lib_bytes", tests, make_folder, remove_folder);
}
