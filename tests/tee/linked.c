// SPDX-License-Identifier: BSD-2-Clause
/*
 * The static memory of a TA that is linked into a test. tests.mk gathers it in two sections of
 * their own, so that it can be put back as it was when the program began: each fresh instance is
 * then as fresh as one that OP-TEE maps.
 */
#include <stdlib.h>

#include "inside.h"

/* Bounds that the linker gives; absent in programs without a linked TA. */
extern uint8_t start_bss[] __asm__("__start_ta_bss") __attribute__((weak));
extern uint8_t stop_bss[] __asm__("__stop_ta_bss") __attribute__((weak));
extern uint8_t start_data[] __asm__("__start_ta_data") __attribute__((weak));
extern uint8_t stop_data[] __asm__("__stop_ta_data") __attribute__((weak));

/* Coverage counters are static memory too: they are written out before they are put back. */
extern void __gcov_dump(void) __attribute__((weak));
extern void __gcov_reset(void) __attribute__((weak));

static uint8_t *first_bss;
static uint8_t *first_data;

/* By hand and volatile: the red zones between variables must neither be checked nor turned into a
 * call of memcpy(). */
__attribute__((no_sanitize("address", "undefined"))) static void copy(
	volatile uint8_t *to, const volatile uint8_t *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = from[i];
}

static size_t length(const uint8_t *start, const uint8_t *stop)
{
	return (size_t)((uintptr_t)stop - (uintptr_t)start);
}

static uint8_t *keep(const uint8_t *start, const uint8_t *stop)
{
	uint8_t *kept = malloc(length(start, stop) + 1);

	if (!kept)
		abort();
	copy(kept, start, length(start, stop));
	return kept;
}

__attribute__((constructor)) static void keep_first(void)
{
	first_bss = keep(start_bss, stop_bss);
	first_data = keep(start_data, stop_data);
}

__attribute__((destructor)) static void drop_first(void)
{
	free(first_bss);
	free(first_data);
}

bool fake_ta_reset_linked(struct fake_ta *ta)
{
	(void)ta;
	if (__gcov_dump)
		__gcov_dump();
	if (__gcov_reset)
		__gcov_reset();
	copy(start_bss, first_bss, length(start_bss, stop_bss));
	copy(start_data, first_data, length(start_data, stop_data));
	return true;
}
