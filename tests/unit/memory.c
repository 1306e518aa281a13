/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TAs' own memset(), memcpy() and memmove() against loops over bytes: every alignment of both
 * addresses, every length around their words, and nothing touched beside it.
 */
#include "kit/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define SHIFTS 9u
#define LEN_MAX 150u
#define ROOM 400u

static _Alignas(16) uint8_t from[ROOM];
static _Alignas(16) uint8_t got[ROOM];
static _Alignas(16) uint8_t expected[ROOM];

static void fill(uint8_t *bytes, unsigned int seed)
{
	for (unsigned int i = 0; i < ROOM; i++)
		bytes[i] = (uint8_t)(i * 7 + seed);
}

static void check(void)
{
	for (unsigned int i = 0; i < ROOM; i++)
		assert_int_equal(got[i], expected[i]);
}

static void memory_is_set(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < SHIFTS; at++) {
		for (unsigned int len = 0; len < LEN_MAX; len++) {
			fill(got, 1);
			fill(expected, 1);
			for (unsigned int i = 0; i < len; i++)
				expected[16 + at + i] = 0xa5;
			assert_ptr_equal(kit_memset(got + 16 + at, 0x1a5, len), got + 16 + at);
			check();
		}
	}
}

static void memory_is_copied(void **state)
{
	(void)state;
	fill(from, 3);
	for (unsigned int shifts = 0; shifts < SHIFTS * SHIFTS; shifts++) {
		uint8_t *to = got + 16 + shifts / SHIFTS;
		const uint8_t *source = from + 16 + shifts % SHIFTS;

		for (unsigned int len = 0; len < LEN_MAX; len++) {
			fill(got, 1);
			fill(expected, 1);
			for (unsigned int i = 0; i < len; i++)
				expected[16 + shifts / SHIFTS + i] = source[i];
			assert_ptr_equal(kit_memcpy(to, source, len), to);
			check();
		}
	}
}

/* Within one block, from below and from above, by every distance that a word can be off. */
static void memory_is_moved_where_it_overlaps(void **state)
{
	(void)state;
	for (unsigned int to = 80; to <= 120; to++) {
		for (unsigned int len = 0; len < LEN_MAX; len++) {
			fill(got, 1);
			fill(expected, 1);
			fill(from, 1);
			for (unsigned int i = 0; i < len; i++)
				expected[to + i] = from[100 + i];
			assert_ptr_equal(kit_memmove(got + to, got + 100, len), got + to);
			check();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_set),
		cmocka_unit_test(memory_is_copied),
		cmocka_unit_test(memory_is_moved_where_it_overlaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
