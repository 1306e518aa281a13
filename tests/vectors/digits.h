/* SPDX-License-Identifier: BSD-2-Clause */
/* Hexadecimal digits as standards print them, for TAs, whose C library reads none. */
#ifndef DIGITS_H
#define DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline unsigned int digit_value(char digit)
{
	return (unsigned int)(digit >= 'a' ? digit - 'a' + 10 : digit - '0');
}

/* Writes the bytes of a text of lower-case digits; returns their number. */
static inline size_t digits_read(const char *text, uint8_t *bytes)
{
	const size_t len = strlen(text) / 2;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(16 * digit_value(text[2 * i]) + digit_value(text[2 * i + 1]));
	return len;
}

#endif
