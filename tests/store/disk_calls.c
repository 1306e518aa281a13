// SPDX-License-Identifier: BSD-2-Clause
/* The disk as the library's own calls of libc see it. The linker puts these in their place. */
#include "disk.h"

#include "heap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Numbers that no file of the host has. */
enum { FIRST_FD = 1 << 20, FDS = 16, FOLDERS = 8 };

struct open_file {
	struct disk_node *node; /* NULL: this number is free */
	char path[96];
	size_t at;
	unsigned int client;
	bool is_locked;
};

/* A folder that is being read: its names when it was opened. */
struct open_folder {
	bool is_used;
	unsigned int client;
	char (*names)[32];
	size_t count;
	size_t at;
	struct dirent64 entry;
};

static struct open_file files[FDS];
static struct open_folder folders[FOLDERS];
static unsigned int last_name;
static uint64_t last_random;

void disk_calls_reset(void)
{
	memset(files, 0, sizeof(files));
	for (unsigned int i = 0; i < FOLDERS; i++)
		heap_real_free(folders[i].names);
	memset(folders, 0, sizeof(folders));
}

void disk_calls_kill(unsigned int client)
{
	for (unsigned int i = 0; i < FDS; i++) {
		if (files[i].node && files[i].client == client)
			files[i] = (struct open_file){0};
	}
	for (unsigned int i = 0; i < FOLDERS; i++) {
		if (!folders[i].is_used || folders[i].client != client)
			continue;
		heap_real_free(folders[i].names);
		folders[i] = (struct open_folder){0};
	}
}

unsigned int disk_calls_open_files(void)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < FDS; i++)
		count += files[i].node ? 1 : 0;
	for (unsigned int i = 0; i < FOLDERS; i++)
		count += folders[i].is_used ? 1 : 0;
	return count;
}

bool disk_calls_has_open(const struct disk_node *node)
{
	for (unsigned int i = 0; i < FDS; i++) {
		if (files[i].node == node)
			return true;
	}
	return false;
}

static bool is_ours(const char *path)
{
	return strncmp(path, DISK_ROOT "/", sizeof(DISK_ROOT)) == 0 || strcmp(path, DISK_ROOT) == 0;
}

static struct open_file *file_of(int fd)
{
	return fd >= FIRST_FD && fd < FIRST_FD + FDS ? &files[fd - FIRST_FD] : NULL;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

/* What a call answers in place of doing it; 0: it is to be done. */
static int refused(enum disk_answer answer)
{
	if (answer == DISK_DOES || answer == DISK_FAILS_DONE)
		return 0;
	return answer == DISK_IS_FULL ? ENOSPC : EIO;
}

static int finish(enum disk_answer answer)
{
	return answer == DISK_FAILS_DONE ? fail(EIO) : 0;
}

static int open_node(struct disk_node *node, const char *path)
{
	for (int i = 0; i < FDS; i++) {
		if (files[i].node)
			continue;
		files[i] = (struct open_file){.node = node, .client = disk_client};
		snprintf(files[i].path, sizeof(files[i].path), "%s", path);
		return FIRST_FD + i;
	}
	return fail(EMFILE);
}

char *__real_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved);
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_close(int fd);
int __wrap_close(int fd);
int __real_mkostemp64(char *path, int flags);
int __wrap_mkostemp64(char *path, int flags);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t at);
int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __real_chmod(const char *path, mode_t mode);
int __wrap_chmod(const char *path, mode_t mode);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_lstat64(const char *path, struct stat *status);
int __wrap_lstat64(const char *path, struct stat *status);
int __real_stat64(const char *path, struct stat *status);
int __wrap_stat64(const char *path, struct stat *status);
int __real_fstat64(int fd, struct stat *status);
int __wrap_fstat64(int fd, struct stat *status);
int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
ssize_t __real_pread64(int fd, void *to, size_t len, off_t at);
ssize_t __wrap_pread64(int fd, void *to, size_t len, off_t at);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_rmdir(const char *path);
int __wrap_rmdir(const char *path);
int __real_futimens(int fd, const struct timespec times[2]);
int __wrap_futimens(int fd, const struct timespec times[2]);
DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
struct dirent64 *__real_readdir64(DIR *folder);
struct dirent64 *__wrap_readdir64(DIR *folder);
int __real_closedir(DIR *folder);
int __wrap_closedir(DIR *folder);
ssize_t __wrap_getrandom(void *to, size_t len, unsigned int flags);

char *__wrap_realpath(const char *path, char *resolved)
{
	char *copy = NULL;
	size_t len = 0;

	if (!is_ours(path))
		return __real_realpath(path, resolved);
	if (!disk_find(path)) {
		errno = ENOENT;
		return NULL;
	}
	copy = strdup(path);
	len = copy ? strlen(copy) : 0;
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	return copy;
}

static int open_new(const char *path)
{
	const enum disk_answer answer = disk_ask(DISK_LINK, path);
	struct disk_node *node = NULL;

	if (refused(answer) != 0)
		return fail(refused(answer));
	node = disk_create(path, false);
	if (!node)
		return fail(ENOENT);
	return answer == DISK_FAILS_DONE ? fail(EIO) : open_node(node, path);
}

int __wrap_open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;
	struct disk_node *node = NULL;
	enum disk_answer answer = DISK_DOES;

	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	if (!is_ours(path))
		return __real_open64(path, flags, mode);
	node = disk_find(path);
	if (node && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0)
		return fail(EEXIST);
	if (!node && (flags & O_CREAT) != 0)
		return open_new(path);
	answer = disk_ask(DISK_OPEN, path);
	/* Another client may have removed it meanwhile. */
	node = disk_find(path);
	if (refused(answer) != 0)
		return fail(refused(answer));
	return node ? open_node(node, path) : fail(ENOENT);
}

int __wrap_close(int fd)
{
	struct open_file *file = file_of(fd);

	if (!file)
		return __real_close(fd);
	*file = (struct open_file){0};
	return 0;
}

int __wrap_mkostemp64(char *path, int flags)
{
	enum disk_answer answer = DISK_DOES;
	struct disk_node *node = NULL;

	if (!is_ours(path))
		return __real_mkostemp64(path, flags);
	snprintf(path + strlen(path) - 6, 7, "%06u", ++last_name);
	answer = disk_ask(DISK_LINK, path);
	if (refused(answer) != 0)
		return fail(refused(answer));
	node = disk_create(path, false);
	if (!node)
		return fail(ENOENT);
	return answer == DISK_FAILS_DONE ? fail(EIO) : open_node(node, path);
}

static ssize_t write_at(struct open_file *file, const void *bytes, size_t len, size_t at)
{
	const enum disk_answer answer = disk_ask(DISK_WRITE, file->path);

	if (refused(answer) != 0)
		return fail(refused(answer));
	disk_write(file->node, at, bytes, len);
	return finish(answer) != 0 ? -1 : (ssize_t)len;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	struct open_file *file = file_of(fd);
	ssize_t written = 0;

	if (!file)
		return __real_write(fd, bytes, len);
	written = write_at(file, bytes, len, file->at);
	if (written > 0)
		file->at += (size_t)written;
	return written;
}

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
	struct open_file *file = file_of(fd);

	return file ? write_at(file, bytes, len, (size_t)at) : __real_pwrite64(fd, bytes, len, at);
}

int __wrap_fchmod(int fd, mode_t mode)
{
	return file_of(fd) ? 0 : __real_fchmod(fd, mode);
}

int __wrap_chmod(const char *path, mode_t mode)
{
	if (!is_ours(path))
		return __real_chmod(path, mode);
	return disk_find(path) ? 0 : fail(ENOENT);
}

int __wrap_fsync(int fd)
{
	struct open_file *file = file_of(fd);
	enum disk_answer answer = DISK_DOES;

	if (!file)
		return __real_fsync(fd);
	answer = disk_ask(DISK_SYNC, file->path);
	if (answer == DISK_LOSES && !disk_is_folder(file->node))
		disk_lose_unsynced(file->node);
	if (refused(answer) != 0)
		return fail(refused(answer));
	if (disk_is_folder(file->node))
		disk_sync_folder(file->path);
	else
		disk_sync(file->node);
	return finish(answer);
}

int __wrap_link(const char *from, const char *to)
{
	enum disk_answer answer = DISK_DOES;

	if (!is_ours(from))
		return __real_link(from, to);
	answer = disk_ask(DISK_LINK, to);
	if (refused(answer) != 0)
		return fail(refused(answer));
	if (disk_find(to))
		return fail(EEXIST);
	return disk_link(from, to) ? finish(answer) : fail(ENOENT);
}

int __wrap_unlink(const char *path)
{
	enum disk_answer answer = DISK_DOES;

	if (!is_ours(path))
		return __real_unlink(path);
	answer = disk_ask(DISK_UNLINK, path);
	if (refused(answer) != 0)
		return fail(refused(answer));
	return disk_unlink(path) ? finish(answer) : fail(ENOENT);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
	enum disk_answer answer = DISK_DOES;

	if (!is_ours(path))
		return __real_mkdir(path, mode);
	if (disk_find(path))
		return fail(EEXIST);
	answer = disk_ask(DISK_LINK, path);
	if (refused(answer) != 0)
		return fail(refused(answer));
	return disk_create(path, true) ? finish(answer) : fail(ENOENT);
}

static int describe(const struct disk_node *node, struct stat *status)
{
	if (!node)
		return fail(ENOENT);
	memset(status, 0, sizeof(*status));
	status->st_mode = disk_is_folder(node) ? S_IFDIR | 0700 : S_IFREG | 0600;
	status->st_size = (off_t)disk_len(node);
	status->st_blocks = (blkcnt_t)((disk_len(node) + 511) / 512);
	status->st_mtime = (time_t)disk_touched(node);
	status->st_ino = (ino_t)(uintptr_t)node;
	status->st_nlink = 1;
	return 0;
}

int __wrap_lstat64(const char *path, struct stat *status)
{
	return is_ours(path) ? describe(disk_find(path), status) : __real_lstat64(path, status);
}

int __wrap_stat64(const char *path, struct stat *status)
{
	return is_ours(path) ? describe(disk_find(path), status) : __real_stat64(path, status);
}

int __wrap_fstat64(int fd, struct stat *status)
{
	struct open_file *file = file_of(fd);

	return file ? describe(file->node, status) : __real_fstat64(fd, status);
}

/* --- what blob files need besides ------------------------------------------------------------- */

int __wrap_flock(int fd, int operation)
{
	struct open_file *file = file_of(fd);

	if (!file)
		return __real_flock(fd, operation);
	for (unsigned int i = 0; i < FDS; i++) {
		if (&files[i] != file && files[i].node == file->node && files[i].is_locked)
			return fail(EWOULDBLOCK);
	}
	file->is_locked = true;
	return 0;
}

ssize_t __wrap_pread64(int fd, void *to, size_t len, off_t at)
{
	struct open_file *file = file_of(fd);

	if (!file)
		return __real_pread64(fd, to, len, at);
	if (disk_ask(DISK_READ, file->path) != DISK_DOES)
		return fail(EIO);
	return (ssize_t)disk_read(file->node, (size_t)at, to, len);
}

/* In two steps, of which a power cut may leave one: worse than journals are. */
int __wrap_rename(const char *from, const char *to)
{
	enum disk_answer answer = DISK_DOES;

	if (!is_ours(from))
		return __real_rename(from, to);
	answer = disk_ask(DISK_LINK, to);
	if (refused(answer) != 0)
		return fail(refused(answer));
	if (!disk_find(from))
		return fail(ENOENT);
	disk_unlink(to);
	if (!disk_link(from, to))
		return fail(ENOENT);
	disk_unlink(from);
	return finish(answer);
}

int __wrap_rmdir(const char *path)
{
	enum disk_answer answer = DISK_DOES;

	if (!is_ours(path))
		return __real_rmdir(path);
	if (disk_entry(path, 0))
		return fail(ENOTEMPTY);
	answer = disk_ask(DISK_UNLINK, path);
	if (refused(answer) != 0)
		return fail(refused(answer));
	return disk_unlink(path) ? finish(answer) : fail(ENOENT);
}

int __wrap_futimens(int fd, const struct timespec times[2])
{
	struct open_file *file = file_of(fd);

	if (!file)
		return __real_futimens(fd, times);
	disk_touch(file->node);
	return 0;
}

static struct open_folder *folder_of(DIR *folder)
{
	const uintptr_t at = (uintptr_t)folder;

	return at >= (uintptr_t)folders && at < (uintptr_t)(folders + FOLDERS)
		? (struct open_folder *)(void *)folder
		: NULL;
}

static DIR *open_folder(const char *path)
{
	struct open_folder *folder = folders;
	const char *name = NULL;

	while (folder < folders + FOLDERS && folder->is_used)
		folder++;
	if (folder == folders + FOLDERS)
		abort();
	*folder = (struct open_folder){.is_used = true, .client = disk_client};
	while ((name = disk_entry(path, folder->count)) != NULL) {
		folder->names = heap_real_realloc(
			folder->names, (folder->count + 1) * sizeof(*folder->names));
		snprintf(folder->names[folder->count++], sizeof(*folder->names), "%s", name);
	}
	return (DIR *)(void *)folder;
}

DIR *__wrap_opendir(const char *path)
{
	const struct disk_node *node = NULL;
	enum disk_answer answer = DISK_DOES;

	if (!is_ours(path))
		return __real_opendir(path);
	answer = disk_ask(DISK_OPEN, path);
	node = disk_find(path);
	if (refused(answer) == 0 && node && disk_is_folder(node))
		return open_folder(path);
	errno = refused(answer) != 0 ? refused(answer) : node ? ENOTDIR : ENOENT;
	return NULL;
}

struct dirent64 *__wrap_readdir64(DIR *stream)
{
	struct open_folder *folder = folder_of(stream);

	if (!folder)
		return __real_readdir64(stream);
	if (folder->at == folder->count)
		return NULL;
	memset(&folder->entry, 0, sizeof(folder->entry));
	snprintf(folder->entry.d_name, sizeof(folder->entry.d_name), "%s",
		folder->names[folder->at++]);
	return &folder->entry;
}

int __wrap_closedir(DIR *stream)
{
	struct open_folder *folder = folder_of(stream);

	if (!folder)
		return __real_closedir(stream);
	heap_real_free(folder->names);
	*folder = (struct open_folder){0};
	return 0;
}

/* The same numbers in every run. */
ssize_t __wrap_getrandom(void *to, size_t len, unsigned int flags)
{
	uint8_t *bytes = to;

	(void)flags;
	for (size_t i = 0; i < len; i++) {
		last_random = last_random * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (uint8_t)(last_random >> 56);
	}
	return (ssize_t)len;
}
