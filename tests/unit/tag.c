/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes are a tag. */
#include "tag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool valid(const char *text)
{
	return tag_is_valid((const uint8_t *)text, strlen(text));
}

static void accepts_utf8(void **state)
{
	(void)state;
	assert_true(valid("a"));
	assert_true(valid("/"));
	assert_true(valid("../.."));
	assert_true(valid("\xc2\xa0"));         /* U+00A0, the first behind the C1 controls */
	assert_true(valid("\xdf\xbf"));         /* U+07FF */
	assert_true(valid("\xe0\xa0\x80"));     /* U+0800 */
	assert_true(valid("\xed\x9f\xbf"));     /* U+D7FF, the last before the surrogates */
	assert_true(valid("\xee\x80\x80"));     /* U+E000, the first behind them */
	assert_true(valid("\xf0\x90\x80\x80")); /* U+10000 */
	assert_true(valid("\xf4\x8f\xbf\xbf")); /* U+10FFFF */
}

static void refuses_control_characters(void **state)
{
	(void)state;
	for (unsigned int c = 0; c < 0x20; c++) {
		const uint8_t byte = (uint8_t)c;

		assert_false(tag_is_valid(&byte, 1));
	}
	assert_false(valid("\x7f"));
	assert_false(valid("\xc2\x80"));
	assert_false(valid("\xc2\x9f"));
	assert_false(valid("good\nbad"));
}

static void refuses_what_is_not_utf8(void **state)
{
	(void)state;
	assert_false(valid("\x80"));             /* a continuation alone */
	assert_false(valid("\xc3"));             /* cut */
	assert_false(valid("\xe2\x82"));         /* cut */
	assert_false(valid("\xf0\x9f\x98"));     /* cut */
	assert_false(valid("\xc3("));            /* no continuation */
	assert_false(valid("\xc0\xaf"));         /* overlong / */
	assert_false(valid("\xe0\x9f\xbf"));     /* overlong U+07FF */
	assert_false(valid("\xf0\x8f\xbf\xbf")); /* overlong U+FFFF */
	assert_false(valid("\xed\xa0\x80"));     /* surrogate */
	assert_false(valid("\xed\xbf\xbf"));     /* surrogate */
	assert_false(valid("\xf4\x90\x80\x80")); /* beyond U+10FFFF */
	assert_false(valid("\xf5\x80\x80\x80"));
	assert_false(valid("\xff"));
}

static void refuses_lengths(void **state)
{
	uint8_t bytes[FESTORE_TAG_MAX + 1];

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	assert_false(tag_is_valid(bytes, 0));
	assert_true(tag_is_valid(bytes, FESTORE_TAG_MAX));
	assert_false(tag_is_valid(bytes, FESTORE_TAG_MAX + 1));
}

static void knows_prefixes(void **state)
{
	const struct tag ab = {.len = 2, .bytes = "ab"};
	const struct tag a = {.len = 1, .bytes = "a"};
	const struct tag b = {.len = 1, .bytes = "b"};
	const struct tag none = {0};

	(void)state;
	assert_true(tag_has_prefix(&ab, &a));
	assert_true(tag_has_prefix(&ab, &ab));
	assert_true(tag_has_prefix(&ab, &none));
	assert_false(tag_has_prefix(&ab, &b));
	assert_false(tag_has_prefix(&a, &ab));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_utf8),
		cmocka_unit_test(refuses_control_characters),
		cmocka_unit_test(refuses_what_is_not_utf8),
		cmocka_unit_test(refuses_lengths),
		cmocka_unit_test(knows_prefixes),
	};

	return cmocka_run_group_tests_name("tag", tests, NULL, NULL);
}
