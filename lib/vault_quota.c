/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts, and says no. */
#include "vault.h"

#include "blob.h"

#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A name that cannot be had leaves the number. */
static void name_owner(struct quota_owner *owner)
{
	char room[4096];
	struct passwd user = {0};
	struct group group = {0};
	struct passwd *found_user = NULL;
	struct group *found_group = NULL;
	const char *name = NULL;

	if (owner->is_group) {
		if (getgrgid_r(owner->id, &group, room, sizeof(room), &found_group) == 0 &&
			found_group)
			name = group.gr_name;
	} else if (getpwuid_r(owner->id, &user, room, sizeof(room), &found_user) == 0 &&
		found_user) {
		name = user.pw_name;
	}
	if (name && strlen(name) < sizeof(owner->name))
		memcpy(owner->name, name, strlen(name) + 1);
}

enum festore_error vault_quota_know(struct festore *fs)
{
	struct vault_quota *quota = &fs->vault->quota;
	enum festore_error error = FESTORE_OK;
	struct stat about;

	if (quota->is_known)
		return FESTORE_OK;
	/* To look for a name may cost much, and is of no use without a file. */
	if (stat(FESTORE_QUOTA_FILE, &about) == 0) {
		quota->owner.is_group = fs->has_group;
		quota->owner.id = fs->has_group ? fs->group : geteuid();
		name_owner(&quota->owner);
	}
	error = quota_read(
		FESTORE_QUOTA_FILE, FESTORE_QUOTA_UID, &quota->owner, &quota->limit, &fs->failure);
	quota->is_known = error == FESTORE_OK;
	return error;
}

/* --- counting --------------------------------------------------------------------------------- */

uint64_t vault_quota_use(const struct festore *fs)
{
	const char *store = fs->vault->store;
	const struct dirent *entry = NULL;
	uint64_t bytes = 0;
	DIR *folder = opendir(store);

	if (!folder)
		return 0;
	while ((entry = readdir(folder)) != NULL) {
		char path[2 * PLACE_MAX];

		if (!place_is_vault_name(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s/" VAULT_DATABASE, store, entry->d_name);
		bytes += bytes_disk_use_of(path);
		snprintf(path, sizeof(path), "%s/%s/" VAULT_BLOBS, store, entry->d_name);
		bytes += blob_disk_use(path);
	}
	closedir(folder);
	return bytes;
}

static time_t now(void)
{
	struct timespec time = {0};

	clock_gettime(CLOCK_MONOTONIC, &time);
	/* 0 is never. */
	return time.tv_sec + 1;
}

static void count(struct festore *fs)
{
	struct vault_quota *quota = &fs->vault->quota;

	quota->counted = vault_quota_use(fs);
	quota->added = 0;
	quota->counted_at = now();
}

/* Is there room for `len` bytes more, if `freed` go? */
static bool has_room(const struct vault_quota *quota, uint64_t len, uint64_t freed)
{
	const uint64_t used = quota->counted + quota->added + quota->pending;

	return used <= quota->limit + freed && len <= quota->limit + freed - used;
}

/*
 * That there is none is found by a count of this moment only. What is pending may lie in the log
 * already, and would count twice: that is done only if it must.
 */
static bool has_room_now(struct festore *fs, uint64_t len)
{
	struct vault_quota *quota = &fs->vault->quota;
	const bool is_old = quota->counted_at == 0 ||
		(quota->pending == 0 && now() - quota->counted_at >= VAULT_QUOTA_SECONDS);

	if (!is_old && has_room(quota, len, 0))
		return true;
	count(fs);
	return has_room(quota, len, 0);
}

/* --- admitting -------------------------------------------------------------------------------- */

static enum festore_error refuse(struct festore *fs, uint64_t len)
{
	const struct vault_quota *quota = &fs->vault->quota;
	char limit[QUOTA_TEXT_MAX];
	char used[QUOTA_TEXT_MAX];
	char wanted[QUOTA_TEXT_MAX];
	char id[16];

	quota_format(quota->limit, limit);
	quota_format(quota->counted + quota->added + quota->pending, used);
	quota_format(len, wanted);
	snprintf(id, sizeof(id), "%u", quota->owner.id);
	return failure_set(&fs->failure, FESTORE_NO_SPACE,
		"the quota of %s of %s %s is used up: %s used, %s more wanted", limit,
		quota->owner.is_group ? "group" : "user",
		quota->owner.name[0] != '\0' ? quota->owner.name : id, used, wanted);
}

enum festore_error vault_quota_admit_vault(struct festore *fs)
{
	const enum festore_error error = vault_quota_know(fs);

	if (error != FESTORE_OK || fs->vault->quota.limit == QUOTA_NONE ||
		has_room_now(fs, VAULT_QUOTA_EMPTY))
		return error;
	return refuse(fs, VAULT_QUOTA_EMPTY);
}

/* Sealed bytes of what a tag has now, inside a transaction; 0 for nothing. The TA has not proven
 * it, but nothing depends on it than how much may be stored. */
static uint64_t stored_len(struct festore *fs, enum festore_wire_kind kind, const char *tag)
{
	struct bytes_entry entry = {0};
	struct failure unimportant = {0};
	uint8_t locator[FESTORE_HASH];

	if (vault_locate(fs, kind, tag, locator) != FESTORE_OK ||
		bytes_read_entry(fs->vault->bytes, locator, &entry, &unimportant) != FESTORE_OK)
		return 0;
	return entry.content_len;
}

/* What a put needs beyond what it replaces and what the database has unused. */
static enum festore_error find_room(
	struct festore *fs, uint64_t replaced, uint64_t wanted, uint64_t *ret_needed)
{
	uint64_t unused = 0;
	enum festore_error error = bytes_unused(fs->vault->bytes, &unused, &fs->failure);

	if (error != FESTORE_OK)
		return error;
	*ret_needed = wanted > replaced + unused ? wanted - replaced - unused : 0;
	if (*ret_needed != 0 && !has_room(&fs->vault->quota, *ret_needed, 0))
		return refuse(fs, *ret_needed);
	return FESTORE_OK;
}

enum festore_error vault_quota_admit(
	struct festore *fs, enum festore_wire_kind kind, const char *tag, uint64_t len)
{
	struct vault_quota *quota = &fs->vault->quota;
	const uint64_t wanted = len + VAULT_QUOTA_ENTRY;
	uint64_t needed = wanted;
	enum festore_error error = vault_quota_know(fs);

	if (error != FESTORE_OK || quota->limit == QUOTA_NONE)
		return error;
	if (!has_room_now(fs, wanted)) {
		const uint64_t replaced = stored_len(fs, kind, tag);

		if (len <= replaced)
			return FESTORE_OK;
		error = find_room(fs, replaced, wanted, &needed);
	}
	if (error == FESTORE_OK)
		quota->pending += needed;
	return error;
}

static void look_up(struct festore *fs, const char *tag, struct vault_quota_blob *blob)
{
	struct failure unimportant = {0};

	if (blob->is_looked_up)
		return;
	blob->is_looked_up = true;
	if (fs->vault->transaction.is_open) {
		blob->replaced = stored_len(fs, FESTORE_WIRE_FILE, tag);
	} else if (bytes_begin_read(fs->vault->bytes, &unimportant) == FESTORE_OK) {
		blob->replaced = stored_len(fs, FESTORE_WIRE_FILE, tag);
		bytes_end(fs->vault->bytes);
	}
}

enum festore_error vault_quota_admit_more(
	struct festore *fs, const char *tag, uint64_t len, struct vault_quota_blob *blob)
{
	struct vault_quota *quota = &fs->vault->quota;
	const uint64_t wanted = len + (blob->len == 0 ? VAULT_QUOTA_ENTRY : 0);
	const enum festore_error error = vault_quota_know(fs);

	if (error != FESTORE_OK || quota->limit == QUOTA_NONE)
		return error;
	if (blob->len + len > blob->replaced && !has_room_now(fs, wanted)) {
		look_up(fs, tag, blob);
		if (blob->len + len > blob->replaced && !has_room(quota, wanted, blob->replaced))
			return refuse(fs, wanted);
	}
	blob->len += len;
	quota->added += wanted;
	return FESTORE_OK;
}

void vault_quota_begin(struct festore *fs)
{
	fs->vault->quota.pending = 0;
}

void vault_quota_commit(struct festore *fs)
{
	fs->vault->quota.added += fs->vault->quota.pending;
	fs->vault->quota.pending = 0;
}
