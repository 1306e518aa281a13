/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be a tag. No TEE calls: libfestore and the command compile this file too, so all agree.
 */
#ifndef TAG_H
#define TAG_H

#include <festore_ta.h>
#include <stdbool.h>

/* A tag that has been checked, or a checked prefix of one. Bytes beyond `len` are zero. */
struct tag {
	size_t len;
	uint8_t bytes[FESTORE_TAG_MAX];
};

/*
 * 1 to FESTORE_TAG_MAX bytes of UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF)
 * without control characters (Unicode category Cc: U+0000-001F, U+007F-009F).
 */
bool tag_is_valid(const uint8_t *bytes, size_t len);

/*
 * The length of the UTF-8 character that `len` bytes begin with; 0 if they begin with none. Is it a
 * control character?
 */
size_t tag_character(const uint8_t *bytes, size_t len, bool *ret_is_control);

bool tag_is_same(const struct tag *a, const struct tag *b);

/* Does `tag` begin with `prefix`, byte for byte? The empty prefix begins every tag. */
bool tag_has_prefix(const struct tag *tag, const struct tag *prefix);

#endif
