/* SPDX-License-Identifier: BSD-2-Clause */
/* Twice the room each time. */
#include "array.h"

#include <stdlib.h>

void *array_with_room(void *array, size_t count, size_t more, size_t *room, size_t size)
{
	const size_t wanted = *room == 0 ? 64 : 2 * *room;
	void *larger = NULL;

	if (more <= *room - count)
		return array;
	larger = reallocarray(array, wanted, size);
	if (larger)
		*room = wanted;
	return larger;
}
