/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of sealed contents. */
#include "blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ORPHANS "orphans"
#define NAME_LEN 16

/* Random numbers that are taken already; more than one is no accident. */
#define CREATE_TRIES 8

static enum festore_error fail_errno(
	const char *doing, const char *folder, int error, struct failure *failure)
{
	enum festore_error what = FESTORE_ERROR;

	if (error == ENOSPC || error == EDQUOT)
		return failure_set(
			failure, FESTORE_NO_SPACE, "no space left for a blob in %.160s", folder);
	if (error == EFBIG)
		what = FESTORE_NO_SPACE;
	else if (error == EACCES || error == EPERM || error == EROFS)
		what = FESTORE_DENIED;
	return failure_set(
		failure, what, "cannot %s a blob in %.160s: %s", doing, folder, strerror(error));
}

static void name_of(int64_t id, char to[NAME_LEN + 1])
{
	snprintf(to, NAME_LEN + 1, "%016" PRIx64, (uint64_t)id);
}

/* The number that a file's name is; 0 for other names. */
static int64_t id_of(const char *name)
{
	uint64_t id = 0;

	if (strlen(name) != NAME_LEN || strspn(name, "0123456789abcdef") != NAME_LEN)
		return 0;
	id = strtoull(name, NULL, 16);
	return id <= INT64_MAX ? (int64_t)id : 0;
}

/* Room for the name of a blob in a folder, or in its folder of orphans. */
#define PATH_ROOM (PATH_MAX + 64)

static void path_of(const char *folder, int64_t id, char to[PATH_ROOM])
{
	char name[NAME_LEN + 1];

	name_of(id, name);
	snprintf(to, PATH_ROOM, "%s/%s", folder, name);
}

static int sync_folder(const char *folder)
{
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = -1;

	if (fd < 0)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

static int sync_folder_of(const char *path)
{
	char folder[PATH_ROOM];
	char *slash = NULL;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash)
		return sync_folder(".");
	slash[slash == folder ? 1 : 0] = '\0';
	return sync_folder(folder);
}

/* Another client may have made it, and died before it was safe. */
static enum festore_error make_folder(
	const char *folder, unsigned int mode, bool *is_safe, struct failure *failure)
{
	const bool is_new = mkdir(folder, mode) == 0;

	if (!is_new && errno != EEXIST)
		return fail_errno("make the folder for", folder, errno, failure);
	/* The umask is not asked. */
	if ((is_new && chmod(folder, mode) != 0) ||
		((is_new || !*is_safe) && sync_folder_of(folder) != 0))
		return fail_errno("make the folder for", folder, errno, failure);
	*is_safe = true;
	return FESTORE_OK;
}

/*
 * Locks a file that was just made. A sweep may have come first, and taken it away: then its name is
 * no more, or will soon not be.
 */
static bool lock_new(int fd, const char *path)
{
	struct stat file;
	struct stat named;

	return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &file) == 0 &&
		lstat(path, &named) == 0 && file.st_ino == named.st_ino &&
		file.st_dev == named.st_dev;
}

/* A new file under a random number, locked. */
static int create_file(const char *folder, unsigned int mode, int64_t *ret_id)
{
	char path[PATH_ROOM];
	int fd = -1;

	for (unsigned int i = 0; i < CREATE_TRIES; i++) {
		uint64_t id = 0;

		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			return -1;
		*ret_id = (int64_t)(id >> 1);
		if (*ret_id == 0)
			continue;
		path_of(folder, *ret_id, path);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd < 0 && errno != EEXIST)
			break;
		if (fd >= 0 && lock_new(fd, path))
			return fd;
		if (fd >= 0) {
			unlink(path);
			close(fd);
			errno = EBUSY;
		}
	}
	return -1;
}

enum festore_error blob_create(struct blob *ret_blob, const char *folder, unsigned int mode,
	bool *is_safe, struct failure *failure)
{
	struct blob blob = BLOB_NONE;
	enum festore_error error = make_folder(folder, mode, is_safe, failure);

	if (error != FESTORE_OK)
		return error;
	blob.folder = strdup(folder);
	if (!blob.folder)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	blob.fd = create_file(folder, mode & 0660, &blob.id);
	blob.is_new = blob.fd >= 0;
	if (blob.fd < 0 || fchmod(blob.fd, mode & 0660) != 0) {
		error = fail_errno("make", folder, errno, failure);
		blob_abandon(&blob);
		return error;
	}
	*ret_blob = blob;
	return FESTORE_OK;
}

enum festore_error blob_append(
	struct blob *blob, const void *bytes, size_t len, struct failure *failure)
{
	const uint8_t *at = bytes;

	while (len != 0) {
		const ssize_t step = write(blob->fd, at, len);

		if (step < 0 && errno == EINTR)
			continue;
		if (step < 0)
			return fail_errno("write", blob->folder, errno, failure);
		at += step;
		len -= (size_t)step;
		blob->size += (uint64_t)step;
	}
	return FESTORE_OK;
}

enum festore_error blob_sync(struct blob *blob, struct failure *failure)
{
	if (fsync(blob->fd) != 0 || sync_folder(blob->folder) != 0)
		return fail_errno("write", blob->folder, errno, failure);
	return FESTORE_OK;
}

static int open_file(const char *folder, int64_t id, int flags)
{
	char path[PATH_ROOM];

	path_of(folder, id, path);
	return open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

enum festore_error blob_open(
	struct blob *ret_blob, const char *folder, int64_t id, struct failure *failure)
{
	struct blob blob = {.fd = open_file(folder, id, O_RDONLY), .id = id};
	struct stat there = {0};

	if (blob.fd < 0 && errno == ENOENT)
		return failure_set(failure, FESTORE_NOT_FOUND, "a stored content is missing");
	if (blob.fd < 0 && (errno == ELOOP || errno == ENXIO || errno == ENOTDIR))
		return failure_set(failure, FESTORE_DAMAGED, "a stored content is no file");
	if (blob.fd < 0)
		return fail_errno("open", folder, errno, failure);
	blob.folder = strdup(folder);
	if (!blob.folder || fstat(blob.fd, &there) != 0 || !S_ISREG(there.st_mode)) {
		blob_close(&blob);
		return failure_set(failure, FESTORE_DAMAGED, "a stored content is no file");
	}
	blob.size = (uint64_t)there.st_size;
	*ret_blob = blob;
	return FESTORE_OK;
}

enum festore_error blob_read(
	struct blob *blob, uint64_t offset, void *to, size_t len, struct failure *failure)
{
	uint8_t *at = to;

	while (len != 0) {
		const ssize_t step = pread(blob->fd, at, len, (off_t)offset);

		if (step < 0 && errno == EINTR)
			continue;
		if (step < 0)
			return fail_errno("read", blob->folder, errno, failure);
		if (step == 0)
			return failure_set(
				failure, FESTORE_DAMAGED, "a stored content was cut short");
		at += step;
		offset += (uint64_t)step;
		len -= (size_t)step;
	}
	return FESTORE_OK;
}

void blob_close(struct blob *blob)
{
	if (blob->fd >= 0)
		close(blob->fd);
	free(blob->folder);
	*blob = (struct blob)BLOB_NONE;
}

void blob_abandon(struct blob *blob)
{
	if (blob->fd >= 0 && blob->is_new)
		blob_remove(blob->folder, blob->id);
	blob_close(blob);
}

void blob_remove(const char *folder, int64_t id)
{
	char orphans[PATH_MAX + 16];
	char path[PATH_ROOM];

	path_of(folder, id, path);
	if (unlink(path) == 0)
		return;
	/* Since its record is gone another client's sweep may have moved it away. */
	snprintf(orphans, sizeof(orphans), "%s/" ORPHANS, folder);
	path_of(orphans, id, path);
	unlink(path);
}

/* --- sweeping --------------------------------------------------------------------------------- */

/* A sweep under way. */
struct sweeping {
	const char *folder;
	const char *orphans;
	blob_is_named is_named;
	void *arg;
	struct blob_sweep *done;
};

/* Whoever may write blobs may move orphans. */
static void make_orphans(const struct sweeping *sweeping)
{
	struct stat there;

	if (mkdir(sweeping->orphans, 0700) == 0 && stat(sweeping->folder, &there) == 0)
		chmod(sweeping->orphans, there.st_mode & 07777);
}

/* From now on its time says how long it has been there. */
static void move_away(const struct sweeping *sweeping, int fd, int64_t id)
{
	char from[PATH_ROOM];
	char to[PATH_ROOM];

	path_of(sweeping->folder, id, from);
	path_of(sweeping->orphans, id, to);
	make_orphans(sweeping);
	futimens(fd, NULL);
	if (rename(from, to) == 0)
		sweeping->done->orphans++;
}

/* Moves a blob away if nobody holds its lock and nothing names it, looked up after it was locked.
 */
static enum festore_error sweep_one(const struct sweeping *sweeping, int64_t id)
{
	bool named = true;
	enum festore_error error = FESTORE_OK;
	const int fd = open_file(sweeping->folder, id, O_RDWR);

	if (fd < 0)
		return FESTORE_OK;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		error = sweeping->is_named(id, &named, sweeping->arg);
	if (error == FESTORE_OK && !named)
		move_away(sweeping, fd, id);
	close(fd);
	return error;
}

static void remove_old(const struct sweeping *sweeping, int64_t id)
{
	char path[PATH_ROOM];
	struct stat there = {0};

	path_of(sweeping->orphans, id, path);
	if (stat(path, &there) != 0 ||
		time(NULL) - there.st_mtime < (time_t)BLOB_ORPHAN_DAYS * 24 * 60 * 60)
		return;
	if (unlink(path) == 0)
		sweeping->done->removed++;
}

/* Calls sweep_one() for each blob of the folder, and remove_old() for each orphan. */
static enum festore_error sweep_folder(const struct sweeping *sweeping, DIR *blobs, DIR *orphans)
{
	const struct dirent *entry = NULL;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && (entry = readdir(blobs)) != NULL) {
		if (id_of(entry->d_name) != 0)
			error = sweep_one(sweeping, id_of(entry->d_name));
	}
	while (orphans && (entry = readdir(orphans)) != NULL) {
		if (id_of(entry->d_name) != 0)
			remove_old(sweeping, id_of(entry->d_name));
	}
	return error;
}

enum festore_error blob_sweep(const char *folder, blob_is_named is_named, void *arg,
	struct blob_sweep *ret_sweep, struct failure *failure)
{
	char orphans_path[PATH_MAX + 16];
	const struct sweeping sweeping = {folder, orphans_path, is_named, arg, ret_sweep};
	enum festore_error error = FESTORE_OK;
	DIR *blobs = opendir(folder);
	DIR *orphans = NULL;

	memset(ret_sweep, 0, sizeof(*ret_sweep));
	/* No folder: no blob was ever written. */
	if (!blobs && errno == ENOENT)
		return FESTORE_OK;
	if (!blobs)
		return fail_errno("look for", folder, errno, failure);
	snprintf(orphans_path, sizeof(orphans_path), "%s/" ORPHANS, folder);
	orphans = opendir(orphans_path);
	error = sweep_folder(&sweeping, blobs, orphans);
	if (orphans)
		closedir(orphans);
	closedir(blobs);
	return error;
}

/* --- looking -------------------------------------------------------------------------------- */

/* Does its writer live? Of what is no file nobody does. */
static bool is_held(const char *folder, int64_t id)
{
	const int fd = open_file(folder, id, O_RDONLY);
	bool held = false;

	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) != 0;
	close(fd);
	return held;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* One of the two folders. */
static enum festore_error look_in(
	const char *folder, bool is_orphans, blob_look look, void *arg, struct failure *failure)
{
	const struct dirent *entry = NULL;
	enum festore_error error = FESTORE_OK;
	DIR *blobs = opendir(folder);

	if (!blobs && errno == ENOENT)
		return FESTORE_OK;
	if (!blobs)
		return fail_errno("look for", folder, errno, failure);
	while (error == FESTORE_OK && (entry = readdir(blobs)) != NULL) {
		struct blob_found found = {
			.name = entry->d_name,
			.id = id_of(entry->d_name),
			.is_orphan = is_orphans,
		};

		if (is_dots(entry->d_name) || (!is_orphans && strcmp(entry->d_name, ORPHANS) == 0))
			continue;
		found.is_held = found.id != 0 && is_held(folder, found.id);
		error = look(&found, arg);
	}
	closedir(blobs);
	return error;
}

enum festore_error blob_look_through(
	const char *folder, blob_look look, void *arg, struct failure *failure)
{
	char orphans[PATH_MAX + 16];
	enum festore_error error = look_in(folder, false, look, arg, failure);

	snprintf(orphans, sizeof(orphans), "%s/" ORPHANS, folder);
	return error == FESTORE_OK ? look_in(orphans, true, look, arg, failure) : error;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* Calls `each` for every blob of one folder. */
static void walk(const char *folder, void (*each)(const char *path, uint64_t *arg), uint64_t *arg)
{
	char path[PATH_ROOM];
	const struct dirent *entry = NULL;
	DIR *blobs = opendir(folder);

	if (!blobs)
		return;
	while ((entry = readdir(blobs)) != NULL) {
		if (id_of(entry->d_name) == 0)
			continue;
		path_of(folder, id_of(entry->d_name), path);
		each(path, arg);
	}
	closedir(blobs);
}

static void remove_each(const char *path, uint64_t *arg)
{
	(void)arg;
	unlink(path);
}

static void add_each(const char *path, uint64_t *bytes)
{
	struct stat there = {0};

	if (stat(path, &there) == 0)
		*bytes += (uint64_t)there.st_blocks * 512;
}

void blob_remove_all(const char *folder)
{
	char orphans[PATH_MAX + 16];

	snprintf(orphans, sizeof(orphans), "%s/" ORPHANS, folder);
	walk(orphans, remove_each, NULL);
	walk(folder, remove_each, NULL);
	rmdir(orphans);
	rmdir(folder);
}

uint64_t blob_disk_use(const char *folder)
{
	char orphans[PATH_MAX + 16];
	uint64_t bytes = 0;

	snprintf(orphans, sizeof(orphans), "%s/" ORPHANS, folder);
	walk(folder, add_each, &bytes);
	walk(orphans, add_each, &bytes);
	return bytes;
}
