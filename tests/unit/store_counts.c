/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What operations cost that can be counted: calls of the TEE, syncs, and what is opened and read. A
 * count that grows is a fault here, before anybody measures it (docs/BENCH.md).
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

#define BATCH 64u
#define LARGE ((size_t)16 * FESTORE_WINDOW)

static struct festore *fs;

static struct {
	unsigned int calls;
	unsigned int disk[DISK_EVENTS];
} counted;

static bool count_call(struct direct_event *event)
{
	counted.calls += event->call == DIRECT_INVOKE && !event->is_after ? 1 : 0;
	return false;
}

static enum disk_answer count_disk(enum disk_event event, const char *path)
{
	(void)path;
	counted.disk[event]++;
	return DISK_DOES;
}

/* A vault whose first commit, which syncs folders too, is over. */
static int begin(void **state)
{
	(void)state;
	explore_begin();
	store_begin();
	fs = store_open();
	heap_resume();
	assert_int_equal(festore_file_put(fs, "first", "x", 1, 0), FESTORE_OK);
	direct_on_call(count_call);
	disk_on_event(count_disk);
	return 0;
}

static int end(void **state)
{
	(void)state;
	disk_on_event(NULL);
	direct_on_call(NULL);
	festore_close(&fs);
	heap_pause();
	store_check_clean();
	store_end();
	return 0;
}

static void count(void)
{
	memset(&counted, 0, sizeof(counted));
}

static void was(unsigned int calls, unsigned int syncs)
{
	assert_int_equal(counted.calls, calls);
	assert_int_equal(counted.disk[DISK_SYNC], syncs);
}

static void a_small_file_costs_what_is_promised(void **state)
{
	struct festore_file_info info;
	void *got = NULL;
	size_t len = 0;

	(void)state;
	count();
	assert_int_equal(festore_file_put(fs, "a", content_of(1, 1024), 1024, 0), FESTORE_OK);
	was(2, 1);
	count();
	assert_int_equal(festore_file_get(fs, "a", &got, &len), FESTORE_OK);
	was(1, 0);
	festore_content_free(got, len);
	count();
	assert_int_equal(festore_file_stat(fs, "a", &info), FESTORE_OK);
	was(1, 0);
	count();
	assert_int_equal(festore_file_move(fs, "a", "b", 0), FESTORE_OK);
	was(3, 1);
	count();
	assert_int_equal(festore_file_remove(fs, "b"), FESTORE_OK);
	was(2, 1);
}

/* Opened, sealed anew a window a call, exchanged, confirmed. */
static void an_append_costs_what_the_whole_costs(void **state)
{
	(void)state;
	assert_int_equal(festore_file_put(fs, "a", content_of(1, 1024), 1024, 0), FESTORE_OK);
	count();
	assert_int_equal(festore_file_append(fs, "a", "more", 4), FESTORE_OK);
	was(4, 1);
	assert_int_equal(festore_file_put(fs, "a", content_of(1, LARGE), LARGE, 0), FESTORE_OK);
	count();
	assert_int_equal(festore_file_append(fs, "a", "more", 4), FESTORE_OK);
	was(LARGE / FESTORE_WINDOW + 1 + 3, 3);
}

/* A call for all that fits into one, one for the proposal, one to confirm. So little that no
 * checkpoint comes. */
static void a_batch_has_one_sync_and_one_confirm(void **state)
{
	char tag[16];

	(void)state;
	count();
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	for (unsigned int i = 0; i < BATCH; i++) {
		snprintf(tag, sizeof(tag), "t%u", i);
		assert_int_equal(festore_file_put(fs, tag, content_of(i, 16), 16, 0), FESTORE_OK);
	}
	was(0, 0);
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	was(3, 1);
}

/* What does not fit, puts of one tag, and what is no put, take calls of their own. */
static void a_batch_calls_when_it_must(void **state)
{
	(void)state;
	count();
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(festore_file_put(fs, "a", content_of(1, 40000), 40000, 0), FESTORE_OK);
	assert_int_equal(counted.calls, 0);
	assert_int_equal(festore_file_put(fs, "b", content_of(2, 40000), 40000, 0), FESTORE_OK);
	assert_int_equal(counted.calls, 1);
	assert_int_equal(festore_file_put(fs, "b", "3", 1, 0), FESTORE_OK);
	assert_int_equal(counted.calls, 2);
	assert_int_equal(festore_file_put(fs, "c", "4", 1, FESTORE_NO_CLOBBER), FESTORE_OK);
	assert_int_equal(counted.calls, 4);
	assert_int_equal(festore_file_put(fs, "d", "5", 1, 0), FESTORE_OK);
	assert_int_equal(festore_file_remove(fs, "a"), FESTORE_OK);
	assert_int_equal(counted.calls, 6);
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	assert_int_equal(counted.calls, 8);
}

/* A call a window, and two to commit; the file, its folder and the database are synced. */
static void a_large_file_takes_a_call_a_window(void **state)
{
	void *got = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(festore_file_put(fs, "a", content_of(1, LARGE), LARGE, 0), FESTORE_OK);
	count();
	assert_int_equal(festore_file_put(fs, "b", content_of(1, LARGE), LARGE, 0), FESTORE_OK);
	was(LARGE / FESTORE_WINDOW + 2, 3);
	count();
	assert_int_equal(festore_file_get(fs, "b", &got, &len), FESTORE_OK);
	was(LARGE / FESTORE_WINDOW + 1, 0);
	festore_content_free(got, len);
}

/* One chunk is one call and one read, without a look into the database. */
static void a_place_in_an_open_file_takes_one_call(void **state)
{
	struct festore_reader *reader = NULL;
	struct festore_file_info info;
	uint8_t got[FESTORE_CHUNK];
	size_t len = 0;

	(void)state;
	assert_int_equal(festore_file_put(fs, "a", content_of(1, LARGE), LARGE, 0), FESTORE_OK);
	count();
	assert_int_equal(festore_reader_open(fs, "a", &reader, &info), FESTORE_OK);
	was(1, 0);
	for (unsigned int i = 1; i <= 5; i++) {
		const size_t offset = (size_t)i * 37 * FESTORE_CHUNK;

		count();
		assert_int_equal(
			festore_reader_read(reader, offset, got, sizeof(got), &len), FESTORE_OK);
		was(1, 0);
		assert_int_equal(counted.disk[DISK_READ], 1);
		assert_int_equal(counted.disk[DISK_OPEN], 0);
		assert_int_equal(counted.disk[DISK_LOCK], 0);
		assert_int_equal(len, sizeof(got));
		assert_memory_equal(got, content_of(1, LARGE) + offset, sizeof(got));
	}
	/* Two chunks are no more calls. */
	count();
	assert_int_equal(festore_reader_read(reader, 100, got, sizeof(got), &len), FESTORE_OK);
	was(1, 0);
	festore_reader_close(&reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_small_file_costs_what_is_promised),
		TEST(an_append_costs_what_the_whole_costs),
		TEST(a_batch_has_one_sync_and_one_confirm),
		TEST(a_batch_calls_when_it_must),
		TEST(a_large_file_takes_a_call_a_window),
		TEST(a_place_in_an_open_file_takes_one_call),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
