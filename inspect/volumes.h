/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the file systems of an image begin, and how debugfs lists a folder. */
#ifndef VOLUMES_H
#define VOLUMES_H

#include <stdbool.h>
#include <stdint.h>

enum { VOLUMES_MAX = 32 };

struct volumes {
	uint64_t at[VOLUMES_MAX];
	unsigned int count;
};

/* Finds where the file systems begin, in bytes; a table that makes no sense has none. */
void volumes_find(int fd, struct volumes *ret_volumes);

struct image_entry {
	uint64_t inode, size;
	unsigned int mode;
	const char *name; /* in the line */
};

/* Reads a line of debugfs' "ls -p"; false for what is no file or folder, and for names with a dot
 * in front. */
bool image_entry_read(char *line, struct image_entry *ret_entry);

#endif
