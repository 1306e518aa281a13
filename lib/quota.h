/* SPDX-License-Identifier: BSD-2-Clause */
/* The administrator's file of quotas: how much an owner's vaults may take on the disk. */
#ifndef QUOTA_H
#define QUOTA_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where it is, and who may own it beside root. Builds for tests say something else. */
#ifndef FESTORE_QUOTA_FILE
#define FESTORE_QUOTA_FILE "/etc/festore/quota"
#endif
#ifndef FESTORE_QUOTA_UID
#define FESTORE_QUOTA_UID 0
#endif

/* A file of more bytes is refused. */
#define QUOTA_FILE_MAX 1048576

#define QUOTA_NAME_MAX 64

/* A user or a group. */
struct quota_owner {
	bool is_group;
	unsigned int id;
	char name[QUOTA_NAME_MAX]; /* "" if it has none */
};

#define QUOTA_NONE UINT64_MAX

/*
 * Writes the quota of an owner, in bytes, or QUOTA_NONE: also if there is no such file. Its form is
 * in man/festore.1. FESTORE_ERROR, with the name of the file and the line: what is in it cannot be
 * understood, it cannot be read, or others than root and `trusted` could have written it.
 */
enum festore_error quota_read(const char *path, uid_t trusted, const struct quota_owner *owner,
	uint64_t *ret_bytes, struct failure *failure);

/* "9.9 MiB", as people like to read it. */
#define QUOTA_TEXT_MAX 48
void quota_format(uint64_t bytes, char to[QUOTA_TEXT_MAX]);

#endif
