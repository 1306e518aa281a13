/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of an owner's quota is used, and whether a change has room in it. What is on the disk is
 * counted once a handle, and then again when it would be too much, or is some seconds old; in
 * between the handle adds what it stores itself.
 */
#ifndef VAULT_QUOTA_H
#define VAULT_QUOTA_H

#include "handle.h"
#include "quota.h"

#include <time.h>

/* Of a vault's handle; all zero at first. */
struct vault_quota {
	bool is_known;     /* the file was read */
	uint64_t limit;    /* QUOTA_NONE: there is none */
	uint64_t counted;  /* bytes on the disk, at the last count */
	uint64_t added;    /* by this handle since then */
	uint64_t pending;  /* by the transaction that is under way */
	time_t counted_at; /* by the monotonic clock; 0: never */
	struct quota_owner owner;
};

/* What another client of the same owner stores is seen after so many seconds at the latest. */
#define VAULT_QUOTA_SECONDS 5

/* A record and its part of the tree, at the most; and a vault without files. */
#define VAULT_QUOTA_ENTRY 4096u
#define VAULT_QUOTA_EMPTY 65536u

/* Reads the file of quotas, if that was not done. FESTORE_ERROR: it cannot be understood. */
enum festore_error vault_quota_know(struct festore *fs);

/* Bytes that the owner's vaults in the store directory take. */
uint64_t vault_quota_use(const struct festore *fs);

/* May a vault be made? All that follow: FESTORE_NO_SPACE, or as vault_quota_know(). */
enum festore_error vault_quota_admit_vault(struct festore *fs);

/*
 * May a content of `len` sealed bytes be put into the database under a tag? Under the write lock.
 * What takes not more than what it replaces, or fits where the database is empty, always may.
 */
enum festore_error vault_quota_admit(
	struct festore *fs, enum festore_wire_kind kind, const char *tag, uint64_t len);

/* A blob on its way in. */
struct vault_quota_blob {
	uint64_t len;      /* sealed bytes that were admitted */
	uint64_t replaced; /* what the tag had, in the end goes */
	bool is_looked_up; /* that was asked */
};

/* May it get `len` bytes more? Outside of transactions. */
enum festore_error vault_quota_admit_more(
	struct festore *fs, const char *tag, uint64_t len, struct vault_quota_blob *blob);

/* A transaction begins; and what it has pending is stored. */
void vault_quota_begin(struct festore *fs);
void vault_quota_commit(struct festore *fs);

#endif
