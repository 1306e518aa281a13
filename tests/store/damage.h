/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a check says of a store, and what must hold of it whatever was done to the store: what it
 * calls intact is there, mending changes nothing else, and without what is damaged all is well.
 */
#ifndef DAMAGE_H
#define DAMAGE_H

#include "files.h"

#define FINDINGS_MAX 96

struct found {
	enum festore_error error;
	struct festore_check numbers;
	size_t count;
	struct {
		enum festore_finding_kind kind;
		enum festore_finding_part part;
		char tag[24];
		char id[24];
	} all[FINDINGS_MAX];
};

/* Checks; `flags` as festore_check(). */
struct found store_fsck(struct festore *fs, unsigned int flags);

/* Removes all that the check has found and that has an id. */
enum festore_error store_remove_found(struct festore *fs, const struct found *found);

/* Was exactly one of these found? A tag or id NULL: any. */
bool found_one(const struct found *found, enum festore_finding_kind kind,
	enum festore_finding_part part, const char *tag, const char *id);

/* The files that the check calls intact, which must be some of these. */
struct files intact_of(const struct found *found, const struct files *files);

/*
 * Checks the store as it lies there, mends it, removes what is damaged: each must be right for a
 * store that once held `files`. Changes the store.
 */
void store_fsck_must_hold(const struct files *files);

/* Changes the database as root does it, with all of the log copied. Handles are closed. */
void store_run_sql(const char *sql);

/* All rows but nodes, and the state, in one number. */
uint64_t store_rows(void);

#endif
