// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory of a TA: the heap with its limit, and which memory is the TA's own. Hints, zero sizes and
 * panics as in libutee's tee_api.c; the heap's accounting is as much an approximation as any model
 * of OP-TEE's allocator must be.
 */
#include <stdlib.h>
#include <string.h>

#include "inside.h"

/* What libutee answers to an allocation of no bytes. */
#define NO_BYTES ((void *)1)
#define NO_BYTES_NO_SHARE ((void *)2)
/* OP-TEE's allocator (bget) aligns to two words and keeps a header of about two. */
#define GRAIN (2 * sizeof(void *))

static struct plan alloc_plan;
static size_t heap_limit;
static void (*free_hook)(const void *bytes, size_t len, void *arg);
static void *free_hook_arg;

void fake_tee_on_free(void (*hook)(const void *bytes, size_t len, void *arg), void *arg)
{
	free_hook = hook;
	free_hook_arg = arg;
}

void fake_tee_fail_alloc(unsigned int nth, unsigned int times)
{
	fake_plan_set(&alloc_plan, nth, times);
}

void fake_heap_plan_reset(void)
{
	fake_plan_set(&alloc_plan, 0, 0);
}

void fake_tee_limit_heap(size_t bytes)
{
	heap_limit = bytes;
}

/* Bytes that @len costs on a TA's heap. */
static size_t cost(size_t len)
{
	return (len + GRAIN - 1) / GRAIN * GRAIN + GRAIN;
}

static bool fits(const struct instance *instance, size_t len)
{
	const size_t limit = heap_limit ? heap_limit : instance->ta->heap_limit;

	if (len > SIZE_MAX / 2)
		return false;
	return limit == 0 || (instance->heap < limit && cost(len) <= limit - instance->heap);
}

static void account(struct instance *instance, size_t len)
{
	instance->heap += cost(len);
	fake_counters.heap += cost(len);
	if (instance->heap > fake_counters.heap_peak)
		fake_counters.heap_peak = instance->heap;
}

void *fake_heap_alloc(struct instance *instance, size_t len)
{
	struct block *block = NULL;

	fake_counters.allocations++;
	if (fake_plan_hits(&alloc_plan) || !fits(instance, len))
		return NULL;
	block = calloc(1, sizeof(*block));
	if (!block)
		return NULL;
	block->bytes = calloc(1, len);
	block->len = len;
	if (!block->bytes) {
		free(block);
		return NULL;
	}
	block->next = instance->blocks;
	instance->blocks = block;
	account(instance, len);
	return block->bytes;
}

static struct block **block_find(struct instance *instance, const void *bytes)
{
	struct block **link = &instance->blocks;

	while (*link && (*link)->bytes != bytes)
		link = &(*link)->next;
	return link;
}

static void block_free(struct instance *instance, struct block **link)
{
	struct block *block = *link;

	if (free_hook)
		free_hook(block->bytes, block->len, free_hook_arg);
	*link = block->next;
	instance->heap -= cost(block->len);
	fake_counters.heap -= cost(block->len);
	free(block->bytes);
	free(block);
}

/* A wrong pointer corrupts the heap of a real TA; here it is a panic, which a test can see. */
void fake_heap_free(struct instance *instance, void *bytes)
{
	struct block **link = block_find(instance, bytes);

	if (!*link)
		fake_panic(TEE_ERROR_BAD_STATE);
	block_free(instance, link);
}

void fake_heap_drop(struct instance *instance)
{
	while (instance->blocks)
		block_free(instance, &instance->blocks);
}

bool fake_core_alloc_fails(void)
{
	fake_counters.allocations++;
	return fake_plan_hits(&alloc_plan);
}

/* Real heaps hold old bytes where nobody zeroes them. */
static void *malloc_dirty(size_t len)
{
	void *bytes = fake_heap_alloc(fake_call()->instance, len);

	if (bytes)
		memset(bytes, 0xa5, len);
	return bytes;
}

void *TEE_Malloc(size_t len, uint32_t hint)
{
	fake_begin(__func__);
	switch (hint) {
	case TEE_MALLOC_FILL_ZERO:
		return len ? fake_heap_alloc(fake_call()->instance, len) : NO_BYTES;
	case TEE_USER_MEM_HINT_NO_FILL_ZERO:
		return len ? malloc_dirty(len) : NO_BYTES;
	case TEE_MALLOC_NO_FILL:
		fake_panic(0);
	case TEE_MALLOC_NO_SHARE:
	case TEE_MALLOC_NO_FILL | TEE_MALLOC_NO_SHARE:
		/* festore's TAs have no separate heap that cannot be shared. */
		return len ? NULL : NO_BYTES_NO_SHARE;
	default:
		return NULL;
	}
}

void TEE_Free(void *buffer)
{
	fake_begin(__func__);
	if (buffer && buffer != NO_BYTES && buffer != NO_BYTES_NO_SHARE)
		fake_heap_free(fake_call()->instance, buffer);
}

/* Always moves, so that a pointer kept across a realloc is seen by the sanitizer. */
static void *resize(struct instance *instance, void *buffer, size_t len)
{
	struct block **link = block_find(instance, buffer);
	void *bytes = NULL;

	if (!*link)
		fake_panic(TEE_ERROR_BAD_STATE);
	bytes = fake_heap_alloc(instance, len);
	if (!bytes)
		return NULL;
	link = block_find(instance, buffer);
	memcpy(bytes, buffer, len < (*link)->len ? len : (*link)->len);
	block_free(instance, link);
	return bytes;
}

void *TEE_Realloc(void *buffer, size_t newSize)
{
	struct instance *instance = fake_call()->instance;

	fake_begin(__func__);
	if (buffer == NO_BYTES_NO_SHARE)
		return newSize ? NULL : NO_BYTES_NO_SHARE;
	if (buffer == NO_BYTES)
		buffer = NULL;
	if (newSize && buffer)
		return resize(instance, buffer, newSize);
	if (newSize)
		return fake_heap_alloc(instance, newSize);
	if (buffer)
		fake_heap_free(instance, buffer);
	return NO_BYTES;
}

void TEE_MemMove(void *dest, const void *src, size_t size)
{
	fake_begin(__func__);
	if (size)
		memmove(dest, src, size);
}

void TEE_MemFill(void *buff, uint32_t x, size_t size)
{
	fake_begin(__func__);
	if (size)
		memset(buff, (int)(x & 0xff), size);
}

/* As libutee's: looks at every byte, whatever the first ones say; only the sign of the answer means
 * anything. */
int32_t TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size)
{
	const uint8_t *a = buffer1;
	const uint8_t *b = buffer2;
	int32_t diff = 0;

	fake_begin(__func__);
	for (size_t i = size; i-- > 0;)
		diff = a[i] == b[i] ? diff : a[i] - b[i];
	return diff;
}

static bool overlaps(const void *a, size_t a_len, const void *b, size_t b_len)
{
	const uintptr_t a0 = (uintptr_t)a;
	const uintptr_t b0 = (uintptr_t)b;

	return a_len && b_len && a0 <= b0 + (b_len - 1) && b0 <= a0 + (a_len - 1);
}

/* What the TA may do with shared memory that comes in as @type; 0: this parameter is no memory. */
static uint32_t rights_of(uint32_t type)
{
	switch (type) {
	case TEE_PARAM_TYPE_MEMREF_INPUT:
		return TEE_MEMORY_ACCESS_ANY_OWNER | TEE_MEMORY_ACCESS_READ;
	case TEE_PARAM_TYPE_MEMREF_OUTPUT:
	case TEE_PARAM_TYPE_MEMREF_INOUT:
		return TEE_MEMORY_ACCESS_ANY_OWNER | TEE_MEMORY_ACCESS_READ |
			TEE_MEMORY_ACCESS_WRITE;
	default:
		return 0;
	}
}

bool fake_overlaps_shared(const void *buffer, size_t len, uint32_t *ret_rights)
{
	const struct call *call = fake_call();
	bool found = false;

	*ret_rights =
		TEE_MEMORY_ACCESS_ANY_OWNER | TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE;
	for (uint32_t i = 0; i < TEE_NUM_PARAMS; i++) {
		const uint32_t rights = rights_of(TEE_PARAM_TYPE_GET(call->types, i));

		if (rights && overlaps(buffer, len, call->shared[i].buffer, call->shared[i].size)) {
			*ret_rights &= rights;
			found = true;
		}
	}
	return found;
}

void fake_need_private(const void *buffer, size_t len)
{
	uint32_t rights = 0;

	if (len && (!buffer || fake_overlaps_shared(buffer, len, &rights)))
		fake_panic(TEE_ERROR_ACCESS_DENIED);
}

TEE_Result TEE_CheckMemoryAccessRights(uint32_t accessFlags, void *buffer, size_t size)
{
	const uint32_t known =
		TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE | TEE_MEMORY_ACCESS_ANY_OWNER;
	const uint32_t asked = accessFlags & known;
	uint32_t rights = 0;

	fake_begin(__func__);
	if (!size)
		return TEE_SUCCESS;
	if (!buffer || size - 1 > UINTPTR_MAX - (uintptr_t)buffer)
		return TEE_ERROR_ACCESS_DENIED;
	if (!fake_overlaps_shared(buffer, size, &rights))
		return TEE_SUCCESS;
	/* Shared memory is nobody's own: only who asks for any owner's gets it. */
	if (!(asked & TEE_MEMORY_ACCESS_ANY_OWNER) || (asked & ~rights))
		return TEE_ERROR_ACCESS_DENIED;
	return TEE_SUCCESS;
}
