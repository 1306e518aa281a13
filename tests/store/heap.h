/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's heap: allocations of lib/ (by the linker's --wrap) and of SQLite (by its own
 * interface) ask a test whether they may succeed, and are counted.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stdbool.h>
#include <stddef.h>

enum heap_user { HEAP_LIBRARY, HEAP_SQLITE };

/* Is asked before each allocation; false: it fails. NULL: all succeed. */
typedef bool (*heap_hook)(enum heap_user user);
void heap_on_allocation(heap_hook hook);

/* Between these what is allocated is the test's own: neither asked about nor counted. */
void heap_pause(void);
void heap_resume(void);

/* Before SQLite's first use. */
void heap_watch_sqlite(void);

/* Blocks of the library and of SQLite that are not freed. */
long heap_blocks(void);

/* For the disk. */
void *heap_real_realloc(void *bytes, size_t len);
void heap_real_free(void *bytes);

#endif
