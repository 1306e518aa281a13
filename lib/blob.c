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

	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		what = FESTORE_NO_SPACE;
	else if (error == EACCES || error == EPERM || error == EROFS || error == ELOOP)
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

static int open_folder(const char *folder)
{
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum festore_error make_folder(
	const char *folder, unsigned int mode, struct failure *failure)
{
	if (mkdir(folder, mode) == 0 || errno == EEXIST)
		return FESTORE_OK;
	return fail_errno("make the folder for", folder, errno, failure);
}

/* A new file under a random number. */
static int create_file(int folder_fd, unsigned int mode, int64_t *ret_id)
{
	char name[NAME_LEN + 1];
	int fd = -1;

	for (unsigned int i = 0; i < CREATE_TRIES; i++) {
		uint64_t id = 0;

		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			return -1;
		*ret_id = (int64_t)(id >> 1);
		if (*ret_id == 0)
			continue;
		name_of(*ret_id, name);
		fd = openat(
			folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return fd;
}

enum festore_error blob_create(
	struct blob *ret_blob, const char *folder, unsigned int mode, struct failure *failure)
{
	struct blob blob = BLOB_NONE;
	int folder_fd = -1;
	enum festore_error error = make_folder(folder, mode, failure);

	if (error != FESTORE_OK)
		return error;
	blob.folder = strdup(folder);
	if (!blob.folder)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	folder_fd = open_folder(folder);
	if (folder_fd >= 0)
		blob.fd = create_file(folder_fd, mode & 0660, &blob.id);
	blob.is_new = blob.fd >= 0;
	/* Nobody else knows it; the umask is not asked. */
	if (blob.fd < 0 || flock(blob.fd, LOCK_EX | LOCK_NB) != 0 ||
		fchmod(blob.fd, mode & 0660) != 0) {
		error = fail_errno("make", folder, errno, failure);
		blob_abandon(&blob);
	} else {
		*ret_blob = blob;
	}
	if (folder_fd >= 0)
		close(folder_fd);
	return error;
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
	enum festore_error error = FESTORE_OK;
	const int folder_fd = open_folder(blob->folder);

	if (folder_fd < 0 || fsync(blob->fd) != 0 || fsync(folder_fd) != 0)
		error = fail_errno("write", blob->folder, errno, failure);
	if (folder_fd >= 0)
		close(folder_fd);
	return error;
}

static int open_file(int folder_fd, int64_t id, int flags)
{
	char name[NAME_LEN + 1];

	name_of(id, name);
	return openat(folder_fd, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

enum festore_error blob_open(
	struct blob *ret_blob, const char *folder, int64_t id, struct failure *failure)
{
	struct blob blob = {.fd = -1, .id = id};
	struct stat there = {0};
	const int folder_fd = open_folder(folder);

	if (folder_fd >= 0) {
		blob.fd = open_file(folder_fd, id, O_RDONLY);
		close(folder_fd);
	}
	if (blob.fd < 0 && errno == ENOENT)
		return failure_set(failure, FESTORE_NOT_FOUND, "a stored content is missing");
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
	char name[NAME_LEN + 1];
	const int folder_fd = open_folder(folder);

	if (folder_fd < 0)
		return;
	name_of(id, name);
	unlinkat(folder_fd, name, 0);
	close(folder_fd);
}

/* --- sweeping --------------------------------------------------------------------------------- */

/* Moves a blob away if nobody holds its lock and nothing names it, looked up after it was locked.
 */
static enum festore_error sweep_one(
	int folder_fd, int64_t id, blob_is_named is_named, void *arg, struct blob_sweep *sweep)
{
	char from[NAME_LEN + 1];
	char to[sizeof(ORPHANS "/") + NAME_LEN];
	bool named = true;
	enum festore_error error = FESTORE_OK;
	const int fd = open_file(folder_fd, id, O_RDWR);

	if (fd < 0)
		return FESTORE_OK;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		error = is_named(id, &named, arg);
	if (error == FESTORE_OK && !named) {
		name_of(id, from);
		snprintf(to, sizeof(to), ORPHANS "/%s", from);
		mkdirat(folder_fd, ORPHANS, 0770);
		/* From now on its time says how long it has been there. */
		futimens(fd, NULL);
		if (renameat(folder_fd, from, folder_fd, to) == 0)
			sweep->orphans++;
	}
	close(fd);
	return error;
}

/* Calls sweep_one() for each blob of the folder. */
static enum festore_error sweep_folder(
	DIR *folder, blob_is_named is_named, void *arg, struct blob_sweep *sweep)
{
	const struct dirent *entry = NULL;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && (entry = readdir(folder)) != NULL) {
		const int64_t id = id_of(entry->d_name);

		if (id != 0)
			error = sweep_one(dirfd(folder), id, is_named, arg, sweep);
	}
	return error;
}

static void remove_old(int orphans_fd, const char *name, struct blob_sweep *sweep)
{
	struct stat there = {0};

	if (id_of(name) == 0 || fstatat(orphans_fd, name, &there, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (time(NULL) - there.st_mtime < (time_t)BLOB_ORPHAN_DAYS * 24 * 60 * 60)
		return;
	if (unlinkat(orphans_fd, name, 0) == 0)
		sweep->removed++;
}

static void sweep_orphans(int folder_fd, struct blob_sweep *sweep)
{
	const struct dirent *entry = NULL;
	const int fd = openat(folder_fd, ORPHANS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *orphans = fd >= 0 ? fdopendir(fd) : NULL;

	if (!orphans) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(orphans)) != NULL)
		remove_old(fd, entry->d_name, sweep);
	closedir(orphans);
}

enum festore_error blob_sweep(const char *folder, blob_is_named is_named, void *arg,
	struct blob_sweep *ret_sweep, struct failure *failure)
{
	enum festore_error error = FESTORE_OK;
	DIR *blobs = opendir(folder);

	memset(ret_sweep, 0, sizeof(*ret_sweep));
	/* No folder: no blob was ever written. */
	if (!blobs && errno == ENOENT)
		return FESTORE_OK;
	if (!blobs)
		return fail_errno("look for", folder, errno, failure);
	error = sweep_folder(blobs, is_named, arg, ret_sweep);
	sweep_orphans(dirfd(blobs), ret_sweep);
	closedir(blobs);
	return error;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* Calls `each` for every blob of one folder. */
static void walk(const char *folder, void (*each)(int folder_fd, const char *name, uint64_t *arg),
	uint64_t *arg)
{
	const struct dirent *entry = NULL;
	DIR *blobs = opendir(folder);

	if (!blobs)
		return;
	while ((entry = readdir(blobs)) != NULL) {
		if (id_of(entry->d_name) != 0)
			each(dirfd(blobs), entry->d_name, arg);
	}
	closedir(blobs);
}

static void remove_each(int folder_fd, const char *name, uint64_t *arg)
{
	(void)arg;
	unlinkat(folder_fd, name, 0);
}

static void add_each(int folder_fd, const char *name, uint64_t *bytes)
{
	struct stat there = {0};

	if (fstatat(folder_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
		*bytes += (uint64_t)there.st_blocks * 512;
}

void blob_remove_all(const char *folder)
{
	char orphans[PATH_MAX];

	snprintf(orphans, sizeof(orphans), "%s/" ORPHANS, folder);
	walk(orphans, remove_each, NULL);
	walk(folder, remove_each, NULL);
	rmdir(orphans);
	rmdir(folder);
}

uint64_t blob_disk_use(const char *folder)
{
	char orphans[PATH_MAX];
	uint64_t bytes = 0;

	snprintf(orphans, sizeof(orphans), "%s/" ORPHANS, folder);
	walk(folder, add_each, &bytes);
	walk(orphans, add_each, &bytes);
	return bytes;
}
