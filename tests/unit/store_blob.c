// SPDX-License-Identifier: BSD-2-Clause
/*
 * What becomes of blob files: no writer's is ever swept while it lives, a dead one's is, and what
 * was replaced goes once its successor is confirmed, not before.
 */
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "files.h"
#include "heap.h"

#include <festore_vault.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct files files;
static struct festore *first;
static struct festore *second;

static void act_as(unsigned int client)
{
	disk_client = client;
	direct_client = client;
}

static int begin(void **state)
{
	(void)state;
	explore_begin();
	store_begin();
	files = (struct files){0};
	act_as(0);
	first = store_open();
	act_as(1);
	second = store_open();
	act_as(0);
	return 0;
}

static void close_handle(struct festore **fs)
{
	heap_resume();
	festore_close(fs);
	heap_pause();
}

static int end(void **state)
{
	(void)state;
	disk_on_event(NULL);
	direct_on_call(NULL);
	close_handle(&first);
	close_handle(&second);
	store_check_clean();
	store_end();
	return 0;
}

static bool is_blob(const char *name)
{
	return strlen(name) == 16;
}

/* Blob files beside the database, without orphans. */
static unsigned int count_blobs(const char *folder)
{
	unsigned int count = 0;
	const char *name = NULL;

	for (size_t n = 0; (name = disk_entry(folder, n)) != NULL; n++)
		count += is_blob(name) ? 1 : 0;
	return count;
}

static unsigned int orphans(void)
{
	return count_blobs(STORE_BLOBS "/orphans");
}

static void put(struct festore **fs, const char *tag, size_t len, uint32_t seed)
{
	store_do(fs, &(struct operation){.kind = OP_PUT, .tag = tag, .len = len, .seed = seed},
		&files);
}

static struct festore_writer *open_writer(struct festore *fs, const char *tag, uint32_t seed)
{
	struct festore_writer *writer = NULL;

	heap_resume();
	assert_int_equal(festore_writer_open(fs, tag, 0, &writer), FESTORE_OK);
	assert_int_equal(
		festore_writer_write(writer, content_of(seed, 140000), 140000), FESTORE_OK);
	heap_pause();
	return writer;
}

static enum festore_error commit(struct festore_writer *writer)
{
	enum festore_error error = FESTORE_OK;

	heap_resume();
	error = festore_writer_commit(&writer);
	heap_pause();
	return error;
}

/* What is written is at last there. */
static void committed(const char *tag, uint32_t seed)
{
	const struct operation op = {.kind = OP_PUT, .tag = tag, .len = 140000, .seed = seed};

	files_apply(&files, &op);
	store_check(&second, &files, NULL);
}

static void a_living_writers_blob_is_not_swept(void **state)
{
	struct festore_writer *writer = NULL;

	(void)state;
	put(&first, "a", 10, 1);
	writer = open_writer(first, "w", 7);
	assert_int_equal(count_blobs(STORE_BLOBS), 1);
	/* The other handle's first change sweeps. */
	act_as(1);
	put(&second, "b", 10, 2);
	assert_int_equal(count_blobs(STORE_BLOBS), 1);
	assert_int_equal(orphans(), 0);
	act_as(0);
	assert_int_equal(commit(writer), FESTORE_OK);
	act_as(1);
	committed("w", 7);
}

static void a_dead_writers_blob_is_swept(void **state)
{
	(void)state;
	put(&first, "a", 10, 1);
	put(&first, "kept", 70000, 3);
	if (explore_branch("a writer dies")) {
		open_writer(first, "w", 7);
		disk_kill(0);
		direct_kill(0);
		act_as(1);
		if (count_blobs(STORE_BLOBS) != 2)
			wrong("%u blobs before the sweep", count_blobs(STORE_BLOBS));
		put(&second, "b", 10, 2);
		if (count_blobs(STORE_BLOBS) != 1 || orphans() != 1)
			wrong("%u blobs, %u orphans", count_blobs(STORE_BLOBS), orphans());
		store_check(&second, &files, NULL);
		explore_done();
	}
	explore_end("a dead writer");
}

static void an_aborted_writer_leaves_nothing(void **state)
{
	struct festore_writer *writer = NULL;

	(void)state;
	put(&first, "a", 10, 1);
	writer = open_writer(first, "w", 7);
	heap_resume();
	festore_writer_abort(&writer);
	heap_pause();
	assert_null(writer);
	assert_int_equal(count_blobs(STORE_BLOBS), 0);
	store_check(&first, &files, NULL);
}

/* The blobs that there are when the TA is asked to confirm. */
static unsigned int blobs_at_confirm;

static bool count_at_confirm(struct direct_event *event)
{
	if (event->call == DIRECT_INVOKE && event->command == FESTORE_CMD_VAULT_CONFIRM)
		blobs_at_confirm = count_blobs(STORE_BLOBS);
	return false;
}

static void a_replaced_blob_stays_until_the_confirm(void **state)
{
	(void)state;
	put(&first, "g", 70000, 1);
	direct_on_call(count_at_confirm);
	put(&first, "g", 70000, 2);
	assert_int_equal(blobs_at_confirm, 2);
	assert_int_equal(count_blobs(STORE_BLOBS), 1);
	put(&first, "g", 5, 3);
	assert_int_equal(blobs_at_confirm, 1);
	assert_int_equal(count_blobs(STORE_BLOBS), 0);
	put(&first, "g", 70000, 4);
	store_do(&first, &(struct operation){.kind = OP_REMOVE, .tag = "g"}, &files);
	assert_int_equal(blobs_at_confirm, 1);
	assert_int_equal(count_blobs(STORE_BLOBS), 0);
}

/* Nothing of an older database is believed: a sweep comes after a change only. */
static void an_older_database_sweeps_nothing(void **state)
{
	static uint8_t older[1u << 20];
	const uint8_t *bytes = NULL;
	size_t len = 0;
	size_t log_len = 0;
	static uint8_t older_log[1u << 20];

	(void)state;
	put(&first, "a", 10, 1);
	close_handle(&first);
	close_handle(&second);
	bytes = disk_bytes(STORE_DATABASE, &len);
	memcpy(older, bytes, len);
	bytes = disk_bytes(STORE_LOG, &log_len);
	if (bytes)
		memcpy(older_log, bytes, log_len);
	first = store_open();
	put(&first, "g", 70000, 2);
	close_handle(&first);
	disk_put(STORE_DATABASE, older, len);
	disk_put(STORE_LOG, bytes ? older_log : NULL, log_len);
	first = store_open();
	assert_int_equal(
		store_run(&first,
			&(struct operation){.kind = OP_PUT, .tag = "b", .len = 5, .seed = 9},
			&files, NULL),
		FESTORE_STALE);
	assert_int_equal(count_blobs(STORE_BLOBS), 1);
	assert_int_equal(orphans(), 0);
}

/* --- what handles that transfer or batch refuse ----------------------------------------------- */

static void a_batch_takes_no_writers_and_no_reads(void **state)
{
	struct festore_writer *writer = NULL;
	void *content = NULL;
	size_t len = 0;

	(void)state;
	put(&first, "a", 10, 1);
	heap_resume();
	assert_int_equal(festore_batch_begin(first), FESTORE_OK);
	assert_int_equal(festore_batch_begin(first), FESTORE_USAGE);
	assert_int_equal(festore_file_get(first, "a", &content, &len), FESTORE_USAGE);
	assert_int_equal(festore_file_put(first, "b", "x", 1, 0), FESTORE_OK);
	assert_int_equal(festore_writer_open(first, "c", 0, &writer), FESTORE_USAGE);
	assert_int_equal(festore_file_put(first, "d", "x", 1, 0), FESTORE_USAGE);
	assert_int_equal(festore_batch_commit(first), FESTORE_USAGE);
	assert_int_equal(festore_batch_commit(first), FESTORE_USAGE);
	heap_pause();
	store_check(&first, &files, NULL);
}

static void a_batch_ends_with_what_is_too_much(void **state)
{
	static uint8_t bytes[FESTORE_BATCH_CONTENT_MAX + 1];
	enum festore_error error = FESTORE_OK;

	(void)state;
	put(&first, "a", 10, 1);
	heap_resume();
	festore_batch_abort(first);
	assert_int_equal(festore_batch_begin(first), FESTORE_OK);
	assert_int_equal(festore_file_put(first, "b", "x", 1, 0), FESTORE_OK);
	assert_int_equal(festore_file_put(first, "c", bytes, sizeof(bytes), 0), FESTORE_USAGE);
	assert_int_equal(festore_batch_commit(first), FESTORE_USAGE);

	assert_int_equal(festore_batch_begin(first), FESTORE_OK);
	for (unsigned int i = 0; i < FESTORE_BATCH_MAX && error == FESTORE_OK; i++)
		error = festore_file_put(first, "b", bytes, i, 0);
	assert_int_equal(error, FESTORE_OK);
	assert_int_equal(festore_file_put(first, "b", "x", 1, 0), FESTORE_USAGE);
	assert_int_equal(festore_batch_commit(first), FESTORE_USAGE);
	heap_pause();
	store_check(&first, &files, NULL);
}

static unsigned int syncs;

static enum disk_answer count_syncs(enum disk_event event, const char *path)
{
	(void)path;
	syncs += event == DISK_SYNC ? 1 : 0;
	return DISK_DOES;
}

static void a_full_batch_has_one_sync(void **state)
{
	char tag[16];

	(void)state;
	put(&first, "a", 10, 1);
	disk_on_event(count_syncs);
	syncs = 0;
	heap_resume();
	assert_int_equal(festore_batch_begin(first), FESTORE_OK);
	for (unsigned int i = 0; i < FESTORE_BATCH_MAX; i++) {
		snprintf(tag, sizeof(tag), "t%u", i % 40);
		assert_int_equal(festore_file_put(first, tag, content_of(i, 5), 5, 0), FESTORE_OK);
	}
	assert_int_equal(syncs, 0);
	assert_int_equal(festore_batch_commit(first), FESTORE_OK);
	heap_pause();
	disk_on_event(NULL);
	/* The log may then be copied into the database, which has two of its own. */
	assert_in_range(syncs, 1, 3);
	for (unsigned int i = FESTORE_BATCH_MAX - 40; i < FESTORE_BATCH_MAX; i++) {
		snprintf(tag, sizeof(tag), "t%u", i % 40);
		files_apply(&files,
			&(struct operation){.kind = OP_PUT, .tag = tag, .len = 5, .seed = i});
	}
	store_check(&second, &files, NULL);
}

static void a_handle_serves_its_writer_or_reader_alone(void **state)
{
	struct festore_writer *writer = NULL;
	struct festore_reader *reader = NULL;
	struct festore_file_info info;
	uint8_t byte = 0;
	size_t len = 0;

	(void)state;
	put(&first, "g", 140000, 1);
	writer = open_writer(first, "w", 7);
	heap_resume();
	assert_int_equal(festore_file_put(first, "b", "x", 1, 0), FESTORE_USAGE);
	assert_int_equal(festore_batch_begin(first), FESTORE_USAGE);
	assert_int_equal(festore_batch_commit(first), FESTORE_USAGE);
	assert_int_equal(festore_reader_open(first, "g", &reader, &info), FESTORE_USAGE);
	heap_pause();
	assert_int_equal(commit(writer), FESTORE_OK);
	committed("w", 7);

	/* What a reader reads is what it opened, replaced or not. */
	heap_resume();
	assert_int_equal(festore_reader_open(first, "g", &reader, &info), FESTORE_OK);
	assert_int_equal(info.size, 140000);
	heap_pause();
	act_as(1);
	put(&second, "g", 70000, 2);
	act_as(0);
	heap_resume();
	assert_int_equal(festore_file_remove(first, "g"), FESTORE_USAGE);
	assert_int_equal(festore_reader_read(reader, 139999, &byte, 1, &len), FESTORE_OK);
	assert_int_equal(len, 1);
	assert_int_equal(byte, content_of(1, 140000)[139999]);
	assert_int_equal(festore_reader_read(reader, UINT64_MAX, &byte, 1, &len), FESTORE_OK);
	assert_int_equal(len, 0);
	festore_reader_close(&reader);
	assert_null(reader);
	festore_reader_close(&reader);
	heap_pause();
	store_check(&first, &files, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_living_writers_blob_is_not_swept),
		TEST(a_dead_writers_blob_is_swept),
		TEST(an_aborted_writer_leaves_nothing),
		TEST(a_replaced_blob_stays_until_the_confirm),
		TEST(an_older_database_sweeps_nothing),
		TEST(a_batch_takes_no_writers_and_no_reads),
		TEST(a_batch_ends_with_what_is_too_much),
		TEST(a_full_batch_has_one_sync),
		TEST(a_handle_serves_its_writer_or_reader_alone),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
