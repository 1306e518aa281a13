/* SPDX-License-Identifier: BSD-2-Clause */
/* Where vaults lie in the normal world. */
#ifndef PLACE_H
#define PLACE_H

#include "error.h"

#include <stdbool.h>
#include <sys/types.h>

#define PLACE_MAX 4096

/* Directories of what a group's members share. */
#define PLACE_GROUP_MODE 02770u

/*
 * Writes the store directory: `directory` if not NULL, else of the environment FESTORE_DIR (for a
 * group group/NAME in it), else for a group /var/lib/festore/group/NAME, else STATE_DIRECTORY
 * (systemd.exec), else /var/lib/festore for root, else festore in the user's XDG_DATA_HOME. Nothing
 * is made.
 */
enum festore_error place_store(
	const char *directory, const char *group, char to[PLACE_MAX], struct failure *failure);

/* Makes a directory and those above it that are missing, with exactly this mode. */
enum festore_error place_make(const char *directory, unsigned int mode, struct failure *failure);

/* As root: makes a group's store directory, owned by root, or gives it its mode and group again. */
enum festore_error place_make_for_group(
	const char *directory, gid_t group, struct failure *failure);

/* Is this a vault's name (docs/SPEC.md)? */
bool place_is_vault_name(const char *name);

#endif
