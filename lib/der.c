/* SPDX-License-Identifier: BSD-2-Clause */
/* DER from its end. */
#include "der.h"

#include <assert.h>
#include <string.h>

size_t der_header(uint8_t *to, enum der_tag tag, size_t len)
{
	size_t octets = 0;

	to[0] = (uint8_t)tag;
	if (len < 0x80) {
		to[1] = (uint8_t)len;
		return 2;
	}
	assert(len <= UINT32_MAX);
	while ((uint64_t)len >> (8 * octets) != 0)
		octets++;
	to[1] = (uint8_t)(0x80 | octets);
	for (size_t i = 0; i < octets; i++)
		to[2 + i] = (uint8_t)(len >> (8 * (octets - 1 - i)));
	return 2 + octets;
}

void der_put(struct der *der, const void *bytes, size_t len)
{
	assert(len <= DER_MAX - der->len);
	der->len += len;
	memcpy(der->room + DER_MAX - der->len, bytes, len);
}

void der_wrap(struct der *der, enum der_tag tag, size_t before)
{
	uint8_t header[DER_HEADER_MAX] = {0};
	const size_t len = der_header(header, tag, der->len - before);

	der_put(der, header, len);
}

void der_put_element(struct der *der, enum der_tag tag, const void *bytes, size_t len)
{
	const size_t before = der->len;

	der_put(der, bytes, len);
	der_wrap(der, tag, before);
}
