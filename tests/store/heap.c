// SPDX-License-Identifier: BSD-2-Clause
/* Watches what the client allocates. */
#include "heap.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* More than the library ever has. */
#define MAX_BLOCKS 4096

static heap_hook the_hook;
static unsigned int paused = 1;
static const void *blocks[MAX_BLOCKS];
static unsigned int highest; /* places of `blocks` that were ever used */
static long library_blocks;
static long sqlite_blocks;
static sqlite3_mem_methods below;

void *__real_malloc(size_t len);
void *__real_calloc(size_t count, size_t len);
void *__real_realloc(void *bytes, size_t len);
void *__real_reallocarray(void *bytes, size_t count, size_t len);
void __real_free(void *bytes);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t count, size_t len);
void *__wrap_realloc(void *bytes, size_t len);
void *__wrap_reallocarray(void *bytes, size_t count, size_t len);
void __wrap_free(void *bytes);

void heap_on_allocation(heap_hook hook)
{
	the_hook = hook;
}

void heap_pause(void)
{
	paused++;
}

void heap_resume(void)
{
	paused--;
}

long heap_blocks(void)
{
	return library_blocks + sqlite_blocks;
}

static bool may_allocate(enum heap_user user)
{
	bool may = true;

	if (!the_hook || paused != 0)
		return true;
	paused++;
	may = the_hook(user);
	paused--;
	return may;
}

static void *note(void *block)
{
	if (!block || paused != 0)
		return block;
	for (unsigned int i = 0; i < MAX_BLOCKS; i++) {
		if (blocks[i])
			continue;
		blocks[i] = block;
		highest = i < highest ? highest : i + 1;
		library_blocks++;
		return block;
	}
	abort();
}

static void forget(const void *block)
{
	for (unsigned int i = 0; block && i < highest; i++) {
		if (blocks[i] != block)
			continue;
		blocks[i] = NULL;
		library_blocks--;
		return;
	}
}

void *__wrap_malloc(size_t len)
{
	return may_allocate(HEAP_LIBRARY) ? note(__real_malloc(len)) : NULL;
}

void *__wrap_calloc(size_t count, size_t len)
{
	return may_allocate(HEAP_LIBRARY) ? note(__real_calloc(count, len)) : NULL;
}

void *__wrap_realloc(void *bytes, size_t len)
{
	if (!may_allocate(HEAP_LIBRARY))
		return NULL;
	forget(bytes);
	return note(__real_realloc(bytes, len));
}

void *__wrap_reallocarray(void *bytes, size_t count, size_t len)
{
	if (!may_allocate(HEAP_LIBRARY))
		return NULL;
	forget(bytes);
	return note(__real_reallocarray(bytes, count, len));
}

void __wrap_free(void *bytes)
{
	forget(bytes);
	__real_free(bytes);
}

void *heap_real_realloc(void *bytes, size_t len)
{
	void *moved = __real_realloc(bytes, len);

	if (!moved)
		abort();
	return moved;
}

void heap_real_free(void *bytes)
{
	__real_free(bytes);
}

static void *sqlite_malloc(int len)
{
	void *block = may_allocate(HEAP_SQLITE) ? below.xMalloc(len) : NULL;

	sqlite_blocks += block ? 1 : 0;
	return block;
}

static void *sqlite_realloc(void *block, int len)
{
	return may_allocate(HEAP_SQLITE) ? below.xRealloc(block, len) : NULL;
}

static void sqlite_free(void *block)
{
	sqlite_blocks -= block ? 1 : 0;
	below.xFree(block);
}

void heap_watch_sqlite(void)
{
	sqlite3_mem_methods above;

	if (below.xMalloc)
		return;
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	/* Memory that is taken once and divided by SQLite could not fail piece by piece. */
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &below);
	above = below;
	above.xMalloc = sqlite_malloc;
	above.xRealloc = sqlite_realloc;
	above.xFree = sqlite_free;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &above);
}
