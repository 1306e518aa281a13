/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays that grow. */
#ifndef ARRAY_H
#define ARRAY_H

#include <stddef.h>

/*
 * The array of `count` elements of `size` bytes with room for `more` (at most 64), for free();
 * *room is how many it has room for, 0 for NULL. NULL: out of memory, and the array is as it was.
 */
void *array_with_room(void *array, size_t count, size_t more, size_t *room, size_t size);

#endif
