// SPDX-License-Identifier: BSD-2-Clause
/* Policies of tags as the library has them: what a put fixes, what is told of it, what it forbids.
 */
#include "damage.h"
#include "explore.h"
#include "heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LARGE ((size_t)3 * 65536 + 100)

static struct festore *fs;

static int begin(void **state)
{
	(void)state;
	explore_begin();
	store_begin();
	fs = store_open();
	heap_resume();
	return 0;
}

static int end(void **state)
{
	(void)state;
	festore_close(&fs);
	heap_pause();
	store_check_clean();
	store_end();
	return 0;
}

static void assert_holds(const char *tag, const void *bytes, size_t len)
{
	void *got = NULL;
	size_t got_len = 0;

	assert_int_equal(festore_file_get(fs, tag, &got, &got_len), FESTORE_OK);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, bytes, len);
	festore_content_free(got, got_len);
}

static unsigned int policy_of(const char *tag)
{
	struct festore_file_info info = {0};

	assert_int_equal(festore_file_stat(fs, tag, &info), FESTORE_OK);
	return info.policy;
}

static enum festore_error put(const char *tag, const char *text, unsigned int flags)
{
	return festore_file_put(fs, tag, text, strlen(text), flags);
}

static void assert_says(const char *words)
{
	if (!strstr(festore_reason(fs), words))
		fail_msg("\"%s\" does not say \"%s\"", festore_reason(fs), words);
}

static int add_policy(const struct festore_file_info *info, void *arg)
{
	unsigned int *sum = arg;

	*sum = *sum * 16 + info->policy;
	return 0;
}

static void a_policy_is_told(void **state)
{
	struct festore_reader *reader = NULL;
	struct festore_file_info info = {0};
	unsigned int sum = 0;

	(void)state;
	assert_int_equal(put("a", "1", 0), FESTORE_OK);
	assert_int_equal(put("b", "2", FESTORE_WRITE_ONCE), FESTORE_OK);
	assert_int_equal(put("c", "3", FESTORE_WRITE_ONCE | FESTORE_NO_CLOBBER), FESTORE_OK);
	assert_int_equal(policy_of("a"), 0);
	assert_int_equal(policy_of("b"), FESTORE_WRITE_ONCE);
	assert_int_equal(festore_reader_open(fs, "c", &reader, &info), FESTORE_OK);
	assert_int_equal(info.policy, FESTORE_WRITE_ONCE);
	festore_reader_close(&reader);
	assert_int_equal(festore_file_list(fs, "", add_policy, &sum), FESTORE_OK);
	assert_int_equal(sum, FESTORE_WRITE_ONCE * 16 + FESTORE_WRITE_ONCE);
}

static void a_policy_is_of_a_put_in_a_vault(void **state)
{
	(void)state;
	assert_int_equal(put("a", "1", 1u << 7), FESTORE_USAGE);
	assert_int_equal(put("a", "1", FESTORE_WRITE_ONCE), FESTORE_OK);
	assert_int_equal(put("b", "1", 0), FESTORE_OK);
	assert_int_equal(festore_file_move(fs, "b", "c", FESTORE_WRITE_ONCE), FESTORE_USAGE);
}

/* A small one, and one that is a file of its own. */
static void write_once_stays(void **state)
{
	const size_t lens[] = {3, LARGE};

	(void)state;
	assert_int_equal(put("plain", "p", 0), FESTORE_OK);
	for (unsigned int i = 0; i < 2; i++) {
		const char *tag = i == 0 ? "small" : "large";

		assert_int_equal(festore_file_put(fs, tag, content_of(i, lens[i]), lens[i],
					 FESTORE_WRITE_ONCE),
			FESTORE_OK);
		assert_int_equal(put(tag, "new", 0), FESTORE_DENIED);
		assert_says("write-once");
		assert_int_equal(put(tag, "new", FESTORE_WRITE_ONCE), FESTORE_DENIED);
		assert_int_equal(put(tag, "new", FESTORE_NO_CLOBBER), FESTORE_EXISTS);
		assert_int_equal(
			festore_file_put(fs, tag, content_of(9, LARGE), LARGE, 0), FESTORE_DENIED);
		assert_int_equal(festore_file_remove(fs, tag), FESTORE_DENIED);
		assert_says("write-once");
		assert_int_equal(festore_file_move(fs, tag, "b", 0), FESTORE_DENIED);
		assert_int_equal(festore_file_move(fs, "plain", tag, 0), FESTORE_DENIED);
		assert_holds(tag, content_of(i, lens[i]), lens[i]);
		assert_int_equal(policy_of(tag), FESTORE_WRITE_ONCE);
	}
	assert_holds("plain", "p", 1);
	festore_close(&fs);
	fs = store_open();
	assert_int_equal(put("small", "new", 0), FESTORE_DENIED);
}

/* All of the batch or nothing, told at its end. */
static void a_batch_does_not_change_it(void **state)
{
	(void)state;
	assert_int_equal(put("a", "old", FESTORE_WRITE_ONCE), FESTORE_OK);
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put("b", "1", 0), FESTORE_OK);
	assert_int_equal(put("a", "new", 0), FESTORE_OK);
	assert_int_equal(put("c", "1", 0), FESTORE_OK);
	assert_int_equal(festore_batch_commit(fs), FESTORE_DENIED);
	assert_int_equal(festore_file_remove(fs, "b"), FESTORE_NOT_FOUND);
	assert_holds("a", "old", 3);

	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put("b", "2", FESTORE_WRITE_ONCE), FESTORE_OK);
	assert_int_equal(put("c", "3", 0), FESTORE_OK);
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	assert_holds("b", "2", 1);
	assert_int_equal(policy_of("b"), FESTORE_WRITE_ONCE);
	assert_int_equal(policy_of("c"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_policy_is_told),
		TEST(a_policy_is_of_a_put_in_a_vault),
		TEST(write_once_stays),
		TEST(a_batch_does_not_change_it),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
