// SPDX-License-Identifier: BSD-2-Clause
/* Quotas: what has no room is refused before the TA hears of it, and what needs none always may be.
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
#include <unistd.h>

#include <cmocka.h>

#define QUOTAS "/disk/quota"

static struct files files;
static struct festore *fs;

static int begin(void **state)
{
	(void)state;
	explore_begin();
	store_begin();
	files = (struct files){0};
	fs = store_open();
	return 0;
}

static void close_handle(void)
{
	heap_resume();
	festore_close(&fs);
	heap_pause();
}

static int end(void **state)
{
	(void)state;
	disk_on_event(NULL);
	direct_on_call(NULL);
	close_handle();
	store_check_clean();
	store_end();
	return 0;
}

/* --- quotas --------------------------------------------------------------------------------------
 */

/* A handle reads the file once. */
static void reopen(void)
{
	close_handle();
	fs = store_open();
}

static void limit_to(uint64_t bytes)
{
	char text[64];

	snprintf(text, sizeof(text), "%u 1G # other groups' are of no interest\n@%u 1\n* %llu\n",
		(unsigned int)geteuid() + 1, (unsigned int)geteuid(), (unsigned long long)bytes);
	disk_put(QUOTAS, text, strlen(text));
	reopen();
}

static struct festore_status status(void)
{
	struct festore_status now = {0};

	heap_resume();
	assert_int_equal(festore_status(fs, &now), FESTORE_OK);
	heap_pause();
	return now;
}

static uint64_t used(void)
{
	const struct festore_status now = status();

	assert_true(now.has_quota);
	return now.quota_used;
}

/* What there is now, and so much more. */
static void limit_to_more(uint64_t bytes)
{
	limit_to(INT64_MAX);
	limit_to(used() + bytes);
}

/* --- puts ----------------------------------------------------------------------------------------
 */

static void put(const char *tag, size_t len, uint32_t seed)
{
	store_do(&fs, &(struct operation){.kind = OP_PUT, .tag = tag, .len = len, .seed = seed},
		&files);
}

static void remove_tag(const char *tag)
{
	store_do(&fs, &(struct operation){.kind = OP_REMOVE, .tag = tag}, &files);
}

static unsigned int changes_asked;

static bool count_changes(struct direct_event *event)
{
	if (event->call == DIRECT_INVOKE && !event->is_after &&
		(event->command == FESTORE_CMD_FILE_PUT ||
			event->command == FESTORE_CMD_VAULT_CREATE))
		changes_asked++;
	return false;
}

/* store_check() puts something, for which there may be no room. */
static void check(void)
{
	struct files listed;

	assert_int_equal(store_list(&fs, &listed), FESTORE_OK);
	assert_true(files_same_names(&files, &listed));
	assert_true(store_has_contents(fs, &files));
}

/* The TA hears at most of so many of its pieces. */
static void is_refused(const char *tag, size_t len, unsigned int pieces)
{
	enum festore_error error = FESTORE_OK;

	changes_asked = 0;
	direct_on_call(count_changes);
	heap_resume();
	error = festore_file_put(fs, tag, content_of(99, len), len, 0);
	heap_pause();
	direct_on_call(NULL);
	assert_int_equal(error, FESTORE_NO_SPACE);
	assert_non_null(strstr(festore_reason(fs), "the quota of "));
	assert_non_null(strstr(festore_reason(fs), " is used up: "));
	assert_in_range(changes_asked, 0, pieces);
	check();
}

static unsigned int blobs(void)
{
	unsigned int count = 0;
	const char *name = NULL;

	for (size_t n = 0; (name = disk_entry(STORE_BLOBS, n)) != NULL; n++)
		count += strlen(name) == 16;
	return count;
}

static void what_fits_is_stored_and_what_does_not_is_not(void **state)
{
	(void)state;
	put("a", 10, 1);
	limit_to_more(100000);
	put("b", 30000, 2);
	is_refused("c", 65536, 0);
	put("d", 10, 3);
	is_refused("large", 200000, 0);
	assert_int_equal(blobs(), 0);
}

/* What is appended to is stored anew before the old one goes; small, and a file of its own. */
static void an_append_needs_room(void **state)
{
	const size_t lens[] = {10, 200000};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		enum festore_error error = FESTORE_OK;

		limit_to(INT64_MAX);
		put("a", lens[i], 1);
		limit_to_more(100000);
		store_do(&fs,
			&(struct operation){.kind = OP_APPEND, .tag = "a", .len = 500, .seed = 2},
			&files);
		heap_resume();
		error = festore_file_append(fs, "a", content_of(3, 150000), 150000);
		heap_pause();
		assert_int_equal(error, FESTORE_NO_SPACE);
		assert_non_null(strstr(festore_reason(fs), "the quota of "));
		check();
		assert_int_equal(blobs(), i);
	}
}

static void the_reason_has_all_numbers(void **state)
{
	char want[120];

	(void)state;
	put("a", 10, 1);
	limit_to(1024);
	heap_resume();
	assert_int_equal(
		festore_file_put(fs, "c", content_of(1, 10000), 10000, 0), FESTORE_NO_SPACE);
	heap_pause();
	snprintf(want, sizeof(want), "the quota of 1 KiB of user ");
	assert_memory_equal(festore_reason(fs), want, strlen(want));
	assert_non_null(strstr(festore_reason(fs), " KiB used, 14 KiB more wanted"));
}

static void a_stream_is_stopped_on_its_way(void **state)
{
	struct festore_writer *writer = NULL;
	enum festore_error error = FESTORE_OK;
	unsigned int pieces = 0;

	(void)state;
	put("a", 10, 1);
	limit_to_more(300000);
	heap_resume();
	assert_int_equal(festore_writer_open(fs, "w", 0, &writer), FESTORE_OK);
	while (error == FESTORE_OK && pieces < 100) {
		error = festore_writer_write(writer, content_of(1, 50000), 50000);
		pieces++;
	}
	assert_int_equal(error, FESTORE_NO_SPACE);
	assert_in_range(pieces, 5, 7);
	assert_int_equal(festore_writer_commit(&writer), FESTORE_NO_SPACE);
	heap_pause();
	assert_int_equal(blobs(), 0);
	check();
	put("small", 100, 3);
}

/* The last piece too. */
static void a_stream_that_is_too_long_by_its_end_is_refused(void **state)
{
	(void)state;
	put("a", 10, 1);
	limit_to_more(150000);
	is_refused("large", 190000, 2);
	assert_int_equal(blobs(), 0);
	put("large", 140000, 2);
	assert_int_equal(blobs(), 1);
}

static void what_takes_no_more_may_always_be_put(void **state)
{
	(void)state;
	put("large", 200000, 1);
	put("small", 30000, 2);
	limit_to(0);
	is_refused("new", 0, 0);
	is_refused("small", 40000, 0);
	is_refused("large", 270000, 4);
	put("small", 30000, 3);
	put("small", 20000, 4);
	put("large", 200000, 5);
	put("large", 150000, 6);
	put("large", 60000, 7);
	assert_int_equal(blobs(), 0);
	store_do(&fs, &(struct operation){.kind = OP_MOVE, .tag = "small", .to = "moved"}, &files);
	remove_tag("moved");
	remove_tag("large");
	check();
}

/* What is replaced counts, though both are there for a while. */
static void a_larger_one_in_place_of_another_needs_the_difference(void **state)
{
	(void)state;
	put("large", 200000, 1);
	put("small", 30000, 2);
	limit_to_more(100000);
	put("large", 280000, 3);
	is_refused("large", 400000, 8);
	assert_int_equal(blobs(), 1);
	limit_to_more(20000);
	put("small", 40000, 4);
}

static void a_batch_counts_as_it_grows(void **state)
{
	enum festore_error error = FESTORE_OK;
	unsigned int done = 0;
	char tag[8];

	(void)state;
	put("a", 10, 1);
	limit_to_more(100000);
	heap_resume();
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	while (error == FESTORE_OK && done < 20) {
		snprintf(tag, sizeof(tag), "t%u", done++);
		error = festore_file_put(fs, tag, content_of(1, 20000), 20000, 0);
	}
	assert_int_equal(error, FESTORE_NO_SPACE);
	assert_in_range(done, 4, 6);
	assert_int_equal(festore_batch_commit(fs), FESTORE_NO_SPACE);
	heap_pause();
	check();
	/* What was never stored takes no room. */
	put("b", 60000, 2);
	is_refused("c", 60000, 0);
}

static void what_was_stored_counts_without_looking(void **state)
{
	(void)state;
	put("a", 10, 1);
	limit_to_more(150000);
	put("b", 60000, 2);
	put("c", 40000, 3);
	is_refused("d", 60000, 0);
}

static void room_of_what_was_removed_is_used_again(void **state)
{
	char tag[8];

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		snprintf(tag, sizeof(tag), "t%u", i);
		put(tag, 60000, i);
	}
	limit_to(0);
	is_refused("new", 50000, 0);
	remove_tag("t3");
	put("new", 50000, 9);
	is_refused("more", 50000, 0);
	remove_tag("t4");
	is_refused("large", 70000, 0);
	/* A blob's room is the file system's at once. */
	limit_to_more(10000);
	is_refused("large", 70000, 0);
	limit_to_more(100000);
	put("large", 70000, 1);
	is_refused("larger", 70000, 0);
	remove_tag("large");
	put("larger", 70000, 2);
}

static void other_vaults_of_the_owner_count(void **state)
{
	const struct festore_options options = {.vault = "other", .directory = STORE_FOLDER};
	struct festore *other = NULL;
	uint64_t before = 0;

	(void)state;
	put("a", 10, 1);
	limit_to(INT64_MAX);
	before = used();
	heap_resume();
	assert_int_equal(festore_open(&other, &options), FESTORE_OK);
	assert_int_equal(
		festore_file_put(other, "x", content_of(1, 200000), 200000, 0), FESTORE_OK);
	assert_int_equal(festore_file_put(other, "y", content_of(1, 60000), 60000, 0), FESTORE_OK);
	festore_close(&other);
	heap_pause();
	assert_true(used() >= before + 260000);
	limit_to(before + 200000);
	is_refused("b", 10, 0);
}

static void a_vault_that_has_no_room_is_not_made(void **state)
{
	(void)state;
	limit_to(60000);
	heap_resume();
	assert_int_equal(festore_init(fs), FESTORE_NO_SPACE);
	assert_int_equal(festore_file_put(fs, "a", "x", 1, 0), FESTORE_NO_SPACE);
	heap_pause();
	assert_null(disk_find(STORE_DATABASE));
	assert_int_equal(used(), 0);
	limit_to(70000);
	put("a", 1, 1);
}

static void a_wrong_file_is_an_error_of_what_stores(void **state)
{
	struct festore_status now = {0};

	(void)state;
	put("a", 10, 1);
	put("b", 10, 2);
	disk_put(QUOTAS, "* many\n", 7);
	reopen();
	heap_resume();
	assert_int_equal(festore_file_put(fs, "c", "x", 1, 0), FESTORE_ERROR);
	assert_string_equal(festore_reason(fs), QUOTAS ":1: there is no size behind the name");
	assert_int_equal(festore_file_put(fs, "c", content_of(1, 70000), 70000, 0), FESTORE_ERROR);
	heap_pause();
	now = status();
	assert_int_equal(now.quota_error, FESTORE_ERROR);
	assert_int_equal(now.vault_error, FESTORE_OK);
	assert_false(now.has_quota);
	assert_string_equal(festore_reason(fs), QUOTAS ":1: there is no size behind the name");
	remove_tag("b");
	check();
	assert_int_equal(blobs(), 0);
	/* It is asked again. */
	disk_put(QUOTAS, NULL, 0);
	put("c", 10, 3);
}

static unsigned int looks_at_quotas;
static unsigned int looks_at_folders;

static enum disk_answer count_looks(enum disk_event event, const char *path)
{
	looks_at_quotas += event == DISK_OPEN && strcmp(path, QUOTAS) == 0;
	looks_at_folders += event == DISK_OPEN && strcmp(path, STORE_FOLDER) == 0;
	return DISK_DOES;
}

static void put_fifty(void)
{
	char tag[8];

	looks_at_quotas = 0;
	looks_at_folders = 0;
	disk_on_event(count_looks);
	for (unsigned int i = 0; i < 50; i++) {
		snprintf(tag, sizeof(tag), "t%u", i % 10);
		put(tag, 1000, i);
	}
	disk_on_event(NULL);
}

static void puts_seldom_look(void **state)
{
	(void)state;
	put("a", 10, 1);
	reopen();
	put_fifty();
	assert_int_equal(looks_at_quotas, 1);
	assert_int_equal(looks_at_folders, 0);
	limit_to(100000000);
	put_fifty();
	assert_int_equal(looks_at_quotas, 1);
	/* Once, and once more for each five seconds. */
	assert_in_range(looks_at_folders, 1, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_fits_is_stored_and_what_does_not_is_not),
		TEST(an_append_needs_room),
		TEST(the_reason_has_all_numbers),
		TEST(a_stream_is_stopped_on_its_way),
		TEST(a_stream_that_is_too_long_by_its_end_is_refused),
		TEST(what_takes_no_more_may_always_be_put),
		TEST(a_larger_one_in_place_of_another_needs_the_difference),
		TEST(a_batch_counts_as_it_grows),
		TEST(what_was_stored_counts_without_looking),
		TEST(room_of_what_was_removed_is_used_again),
		TEST(other_vaults_of_the_owner_count),
		TEST(a_vault_that_has_no_room_is_not_made),
		TEST(a_wrong_file_is_an_error_of_what_stores),
		TEST(puts_seldom_look),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
