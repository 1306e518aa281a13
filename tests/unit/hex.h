/* SPDX-License-Identifier: BSD-2-Clause */
/* Test vectors as they are printed. Included behind cmocka's headers. */
#ifndef HEX_H
#define HEX_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Writes the bytes of a text of hexadecimal digits; returns their number. */
static inline size_t unhex(const char *text, uint8_t *bytes)
{
	const size_t len = strlen(text) / 2;

	for (size_t i = 0; i < len; i++) {
		unsigned int byte = 0;

		assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
	return len;
}

#endif
