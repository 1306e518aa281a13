/* SPDX-License-Identifier: BSD-2-Clause */
/* Private memory for contents: zero when it comes, wiped when it goes. */
#ifndef BUFFER_H
#define BUFFER_H

#include <tee_internal_api.h>

static inline uint8_t *buffer_new(size_t len)
{
	return TEE_Malloc(len, TEE_MALLOC_FILL_ZERO);
}

/* NULL-safe. */
static inline void buffer_free(uint8_t *buffer, size_t len)
{
	if (!buffer)
		return;
	TEE_MemFill(buffer, 0, len);
	TEE_Free(buffer);
}

#endif
