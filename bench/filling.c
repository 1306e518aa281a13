/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and contents of entries. */
#include "filling.h"

#include <stdio.h>

void filling_name(unsigned long number, char name[FILLING_NAME_ROOM])
{
	snprintf(name, FILLING_NAME_ROOM, "fill-%06lu", number);
}

void filling_content(uint8_t *content, size_t len, unsigned int seed)
{
	uint32_t state = seed * 2654435761u + 1;

	for (size_t i = 0; i < len; i++) {
		state = state * 1664525u + 1013904223u;
		content[i] = (uint8_t)(state >> 24);
	}
}
