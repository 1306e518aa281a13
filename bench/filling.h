/* SPDX-License-Identifier: BSD-2-Clause */
/* What a store is filled with, so that whoever reads a tag knows what it must hold. */
#ifndef FILLING_H
#define FILLING_H

#include <stddef.h>
#include <stdint.h>

#define FILLING_NAME_ROOM 32u

/* The tag, or object id, of entry `number`. */
void filling_name(unsigned long number, char name[FILLING_NAME_ROOM]);

/* The same bytes for the same seed. */
void filling_content(uint8_t *content, size_t len, unsigned int seed);

#endif
