// SPDX-License-Identifier: BSD-2-Clause
/* Batches large enough that their puts take several calls, and what is told late of one. */
#include "damage.h"
#include "explore.h"
#include "heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 90 };

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

static size_t len_of(unsigned int i)
{
	return i * 37u % 3000u;
}

static void tag_of(unsigned int i, char tag[16])
{
	snprintf(tag, 16, "t%u", i);
}

/* Puts every `step`-th, with contents of this turn. */
static enum festore_error put_some(unsigned int from, unsigned int step, uint32_t turn)
{
	enum festore_error error = FESTORE_OK;
	char tag[16];

	for (unsigned int i = from; error == FESTORE_OK && i < MANY; i += step) {
		tag_of(i, tag);
		error = festore_file_put(
			fs, tag, content_of(turn * MANY + i, len_of(i)), len_of(i), 0);
	}
	return error;
}

static void assert_is(unsigned int i, uint32_t turn)
{
	char tag[16];
	void *got = NULL;
	size_t len = 0;

	tag_of(i, tag);
	assert_int_equal(festore_file_get(fs, tag, &got, &len), FESTORE_OK);
	assert_int_equal(len, len_of(i));
	assert_memory_equal(got, content_of(turn * MANY + i, len), len);
	festore_content_free(got, len);
}

static void assert_all_is_well(uint64_t count)
{
	const struct found found = store_fsck(fs, 0);

	assert_int_equal(found.error, FESTORE_OK);
	assert_int_equal(found.numbers.intact, count);
}

/* New ones into an empty vault; then every third is replaced, and new ones come beside them. */
static void many_puts_are_all_stored(void **state)
{
	(void)state;
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put_some(0, 2, 0), FESTORE_OK);
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	assert_all_is_well(MANY / 2);
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put_some(0, 3, 1), FESTORE_OK);
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	for (unsigned int i = 0; i < MANY; i++) {
		if (i % 3 == 0)
			assert_is(i, 1);
		else if (i % 2 == 0)
			assert_is(i, 0);
	}
	assert_all_is_well(MANY / 2 + MANY / 6);
}

/* The last content of a tag counts. */
static void a_tag_may_be_put_twice(void **state)
{
	(void)state;
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put_some(0, 1, 0), FESTORE_OK);
	assert_int_equal(put_some(0, 2, 1), FESTORE_OK);
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	for (unsigned int i = 0; i < MANY; i++)
		assert_is(i, i % 2 == 0 ? 1 : 0);
	assert_all_is_well(MANY);
}

static void what_is_aborted_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(put_some(0, 1, 0), FESTORE_OK);
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put_some(0, 1, 1), FESTORE_OK);
	festore_batch_abort(fs);
	assert_is(0, 0);
	/* Nor does what is closed. */
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put_some(0, 1, 1), FESTORE_OK);
	festore_close(&fs);
	heap_pause();
	fs = store_open();
	heap_resume();
	for (unsigned int i = 0; i < MANY; i++)
		assert_is(i, 0);
	assert_all_is_well(MANY);
}

/* Where nodes are lost the batch fails, at its end at the latest, and nothing of it is stored. */
static void damage_is_told(void **state)
{
	(void)state;
	assert_int_equal(put_some(0, 1, 0), FESTORE_OK);
	festore_close(&fs);
	heap_pause();
	store_run_sql("DELETE FROM node WHERE id = (SELECT max(id) FROM node)");
	fs = store_open();
	heap_resume();
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	put_some(0, 1, 1);
	assert_int_equal(festore_batch_commit(fs), FESTORE_DAMAGED);
	store_fsck(fs, FESTORE_CHECK_MEND);
	assert_all_is_well(MANY);
	for (unsigned int i = 0; i < MANY; i++)
		assert_is(i, 0);
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put_some(0, 1, 1), FESTORE_OK);
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	assert_all_is_well(MANY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_puts_are_all_stored),
		TEST(a_tag_may_be_put_twice),
		TEST(what_is_aborted_leaves_nothing),
		TEST(damage_is_told),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
