/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a small DER structure from its end to its beginning, so that each length is known. */
#ifndef DER_H
#define DER_H

#include <stddef.h>
#include <stdint.h>

#define DER_MAX 1024u

enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OBJECT = 0x06,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0_PRIMITIVE = 0x80,
	DER_CONTEXT_0 = 0xa0,
	DER_CONTEXT_1 = 0xa1,
};

/* What was written is the last `len` bytes of the room. */
struct der {
	uint8_t room[DER_MAX];
	size_t len;
};

static inline const uint8_t *der_bytes(const struct der *der)
{
	return der->room + DER_MAX - der->len;
}

/* Puts bytes before what there is. Callers know that all of it fits. */
void der_put(struct der *der, const void *bytes, size_t len);

/* Puts tag and length before what was written since there were `before` bytes. */
void der_wrap(struct der *der, enum der_tag tag, size_t before);

/* Puts a whole element before what there is. */
void der_put_element(struct der *der, enum der_tag tag, const void *bytes, size_t len);

/* Writes tag and length as DER has them, at most 6 bytes; returns how many. */
size_t der_header(uint8_t *to, enum der_tag tag, size_t len);

#define DER_HEADER_MAX 6u

#endif
