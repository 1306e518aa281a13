/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of tags. */
#include "tag.h"

#include <string.h>

/* How many bytes the UTF-8 sequence has that begins with `first`; 0 for none. */
static size_t sequence_len(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	if (first >= 0xf0 && first < 0xf5)
		return 4;
	return 0;
}

/* Decodes one sequence of known length; false if a continuation byte is not one. */
static bool decode(const uint8_t *bytes, size_t len, uint32_t *ret_point)
{
	static const uint8_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t point = bytes[0] & first_bits[len];

	for (size_t i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return false;
		point = point << 6 | (bytes[i] & 0x3f);
	}
	*ret_point = point;
	return true;
}

static bool is_character(uint32_t point, size_t len)
{
	static const uint32_t shortest[] = {0, 0, 0x80, 0x800, 0x10000};

	if (point < shortest[len] || point > 0x10ffff)
		return false;
	return !(point >= 0xd800 && point <= 0xdfff);
}

size_t tag_character(const uint8_t *bytes, size_t len, bool *ret_is_control)
{
	const size_t step = len != 0 ? sequence_len(bytes[0]) : 0;
	uint32_t point = 0;

	if (step == 0 || step > len || !decode(bytes, step, &point) || !is_character(point, step))
		return 0;
	*ret_is_control = !(point >= 0xa0 || (point >= 0x20 && point < 0x7f));
	return step;
}

bool tag_is_valid(const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	if (len == 0 || len > FESTORE_TAG_MAX)
		return false;

	while (at < len) {
		bool is_control = false;
		const size_t step = tag_character(bytes + at, len - at, &is_control);

		if (step == 0 || is_control)
			return false;
		at += step;
	}
	return true;
}

bool tag_is_same(const struct tag *a, const struct tag *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool tag_has_prefix(const struct tag *tag, const struct tag *prefix)
{
	return prefix->len <= tag->len && memcmp(tag->bytes, prefix->bytes, prefix->len) == 0;
}
