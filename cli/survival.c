/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems in memory. */
#include "survival.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* A folder that is not there yet will be on the file system of the one above it. */
static int stat_file_system(const char *folder, struct statfs *ret_there)
{
	char path[4096];
	char *slash = NULL;

	snprintf(path, sizeof(path), "%s", folder);
	while (statfs(path, ret_there) != 0) {
		slash = strrchr(path, '/');
		if (errno != ENOENT || !slash || slash == path)
			return -1;
		*slash = '\0';
	}
	return 0;
}

enum survival survival_of(const char *folder)
{
	struct statfs there;

	if (folder[0] == '\0' || stat_file_system(folder, &there) != 0)
		return SURVIVAL_UNKNOWN;
	if (there.f_type == TMPFS_MAGIC || (unsigned long)there.f_type == RAMFS_MAGIC)
		return SURVIVAL_NO;
	return SURVIVAL_YES;
}
