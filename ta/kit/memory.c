/* SPDX-License-Identifier: BSD-2-Clause */
/* By words where the addresses allow it: the kit's take five instructions for most bytes. */
#include "memory.h"

#include <stdint.h>

/* Words of whatever lies there. */
typedef uint64_t __attribute__((may_alias)) wide;
typedef uint32_t __attribute__((may_alias)) narrow;

/* How far the two are from words: 0 if neither is. */
static size_t off_words(const void *a, const void *b)
{
	return ((uintptr_t)a | (uintptr_t)b) % sizeof(wide);
}

void *kit_memset(void *to, int byte, size_t len)
{
	const wide pattern = (uint8_t)byte * UINT64_C(0x0101010101010101);
	uint8_t *at = to;

	while (len != 0 && (uintptr_t)at % sizeof(wide) != 0) {
		*at++ = (uint8_t)byte;
		len--;
	}
	for (; len >= 8 * sizeof(wide); len -= 8 * sizeof(wide)) {
		wide *words = (void *)at;

		words[0] = pattern;
		words[1] = pattern;
		words[2] = pattern;
		words[3] = pattern;
		words[4] = pattern;
		words[5] = pattern;
		words[6] = pattern;
		words[7] = pattern;
		at += 8 * sizeof(wide);
	}
	for (; len >= sizeof(wide); len -= sizeof(wide)) {
		*(wide *)(void *)at = pattern;
		at += sizeof(wide);
	}
	while (len-- != 0)
		*at++ = (uint8_t)byte;
	return to;
}

/* From the first byte on: also right where `to` lies before `from` and they overlap. */
static void copy_up(uint8_t *to, const uint8_t *from, size_t len)
{
	if (off_words(to, from) == 0) {
		for (; len >= 8 * sizeof(wide); len -= 8 * sizeof(wide)) {
			const wide *words = (const void *)from;
			wide *to_words = (void *)to;

			to_words[0] = words[0];
			to_words[1] = words[1];
			to_words[2] = words[2];
			to_words[3] = words[3];
			to_words[4] = words[4];
			to_words[5] = words[5];
			to_words[6] = words[6];
			to_words[7] = words[7];
			to += 8 * sizeof(wide);
			from += 8 * sizeof(wide);
		}
		for (; len >= sizeof(wide); len -= sizeof(wide)) {
			*(wide *)(void *)to = *(const wide *)(const void *)from;
			to += sizeof(wide);
			from += sizeof(wide);
		}
	}
	if (off_words(to, from) % sizeof(narrow) == 0) {
		for (; len >= sizeof(narrow); len -= sizeof(narrow)) {
			*(narrow *)(void *)to = *(const narrow *)(const void *)from;
			to += sizeof(narrow);
			from += sizeof(narrow);
		}
	}
	while (len-- != 0)
		*to++ = *from++;
}

void *kit_memcpy(void *restrict to, const void *restrict from, size_t len)
{
	copy_up(to, from, len);
	return to;
}

void *kit_memmove(void *to, const void *from, size_t len)
{
	uint8_t *end = (uint8_t *)to + len;
	const uint8_t *from_end = (const uint8_t *)from + len;

	if ((uintptr_t)to <= (uintptr_t)from || (uintptr_t)to >= (uintptr_t)from_end) {
		copy_up(to, from, len);
		return to;
	}
	while (len-- != 0)
		*--end = *--from_end;
	return to;
}
