/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Out of the image of an SD card or a file system. debugfs (e2fsprogs) reads its ext4, without
 * mounting and without root. It is told inode numbers, so that no name in a hostile image becomes a
 * part of a command.
 */
#include "inspect.h"
#include "volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is copied out of an image at most. */
#define COPY_MAX ((uint64_t)4 << 30)

/* What goes into a command of debugfs' must not end it or begin another word. */
static bool is_plain(const char *text)
{
	return *text &&
		strspn(text,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			"._-/") == strlen(text);
}

/* A running debugfs and what it prints. */
struct reader {
	FILE *from;
	pid_t pid;
};

static pid_t spawn(int output, const char *source, const char *command)
{
	char *const arguments[] = {
		(char *)"debugfs", (char *)"-R", (char *)command, (char *)source, NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	/* It greets there. */
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static bool debugfs_begin(
	const char *image, uint64_t at, const char *command, struct reader *ret_reader)
{
	struct reader reader = {.pid = -1};
	char *source = NULL;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	if (asprintf(&source, "%s?offset=%" PRIu64, image, at) >= 0) {
		reader.pid = spawn(ends[1], source, command);
		free(source);
	}
	close(ends[1]);
	if (reader.pid >= 0)
		reader.from = fdopen(ends[0], "r");
	if (!reader.from)
		close(ends[0]);
	*ret_reader = reader;
	return reader.from != NULL;
}

static void debugfs_end(struct reader *reader)
{
	fclose(reader->from);
	waitpid(reader->pid, NULL, 0);
}

/* Content of an inode to a file; `size` bytes are expected, and more are not taken. */
static int copy_inode(const char *image, uint64_t at, const struct image_entry *entry, int to)
{
	char command[64];
	char bytes[65536];
	uint64_t left = entry->size;
	struct reader reader;
	size_t got = 1;

	snprintf(command, sizeof(command), "cat <%" PRIu64 ">", entry->inode);
	if (!debugfs_begin(image, at, command, &reader))
		return -1;
	while (left > 0 && got > 0) {
		got = fread(
			bytes, 1, left < sizeof(bytes) ? (size_t)left : sizeof(bytes), reader.from);
		if (write(to, bytes, got) != (ssize_t)got)
			break;
		left -= got;
	}
	debugfs_end(&reader);
	return left == 0 ? 0 : -1;
}

static int copy_entry(const char *image, uint64_t at, const struct image_entry *entry, int folder,
	bool sizes_only)
{
	int to = openat(folder, entry->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int result = -1;

	if (to < 0)
		return -1;
	if (sizes_only)
		result = entry->size <= INT64_MAX ? ftruncate(to, (off_t)entry->size) : -1;
	else
		result = copy_inode(image, at, entry, to);
	close(to);
	return result;
}

/* What is copied of a folder: its files, or their sizes alone; and one folder in it. */
struct extent {
	const char *inner;
	const struct extent *of_inner;
	bool sizes_only;
};

static const struct extent of_orphans = {NULL, NULL, true};
static const struct extent of_blobs = {"orphans", &of_orphans, true};
static const struct extent of_all = {"blobs", &of_blobs, false};

static int copy_folder(const char *image, uint64_t at, const char *path, const char *to,
	const struct extent *extent);

static int copy_inner(const char *image, uint64_t at, const char *path, const char *to,
	const struct extent *extent)
{
	char *inner = NULL, *inner_to = NULL;
	int status = INSPECT_ERROR;

	if (asprintf(&inner, "%s/%s", path, extent->inner) >= 0 &&
		asprintf(&inner_to, "%s/%s", to, extent->inner) >= 0 && mkdir(inner_to, 0700) == 0)
		status = copy_folder(image, at, inner, inner_to, extent->of_inner);
	free(inner);
	free(inner_to);
	return status;
}

/* Copies all that debugfs lists. Returns INSPECT_NOT_FOUND without a complaint if there is no such
 * folder. */
static int copy_listed(const char *image, uint64_t at, const char *path, const char *to,
	const struct extent *extent, int folder, FILE *list)
{
	struct image_entry entry;
	char line[4096];
	uint64_t all = 0;
	int status = INSPECT_NOT_FOUND;

	while (fgets(line, sizeof(line), list)) {
		/* "." is in each folder. */
		if (line[0] == '/' && status == INSPECT_NOT_FOUND)
			status = INSPECT_OK;
		if (!image_entry_read(line, &entry))
			continue;
		if (S_ISDIR(entry.mode) && extent->inner &&
			strcmp(entry.name, extent->inner) == 0) {
			if (copy_inner(image, at, path, to, extent) != INSPECT_OK)
				status = INSPECT_ERROR;
			continue;
		}
		if (!S_ISREG(entry.mode))
			continue;
		all += extent->sizes_only || entry.size > COPY_MAX ? 0 : entry.size;
		if ((!extent->sizes_only && entry.size > COPY_MAX) || all > COPY_MAX ||
			copy_entry(image, at, &entry, folder, extent->sizes_only) != 0)
			status = complain(
				INSPECT_ERROR, "%s/%s: cannot be copied", path, entry.name);
	}
	return status;
}

static int copy_folder(const char *image, uint64_t at, const char *path, const char *to,
	const struct extent *extent)
{
	int folder = open(to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char *command = NULL;
	struct reader list = {0};
	int status = INSPECT_ERROR;

	if (folder < 0 || asprintf(&command, "ls -p %s", path) < 0) {
		complain(status, "%s: %s", to, strerror(errno));
	} else if (!debugfs_begin(image, at, command, &list)) {
		complain(status, "debugfs (of e2fsprogs) cannot be started");
	} else {
		status = copy_listed(image, at, path, to, extent, folder, list.from);
		debugfs_end(&list);
	}
	free(command);
	if (folder >= 0)
		close(folder);
	return status;
}

/* Where debugfs is, users often have not in their path. */
static void add_to_path(void)
{
	const char *path = getenv("PATH");
	char *longer = NULL;

	if (asprintf(&longer, "%s%s/usr/sbin:/sbin", path ? path : "", path && *path ? ":" : "") >=
		0)
		setenv("PATH", longer, 1);
	free(longer);
}

int image_copy(const char *image, const char *path, const char *to)
{
	struct volumes volumes = {0};
	int fd = open(image, O_RDONLY | O_CLOEXEC);
	int status = INSPECT_NOT_FOUND;

	if (fd < 0)
		return complain(errno == ENOENT ? INSPECT_NOT_FOUND : INSPECT_ERROR, "%s: %s",
			image, strerror(errno));
	if (!is_plain(path) || path[0] != '/') {
		close(fd);
		return complain(INSPECT_USAGE,
			"%s: in an image a path begins with / and has letters, digits, . _ - alone",
			path);
	}
	volumes_find(fd, &volumes);
	close(fd);
	add_to_path();
	if (volumes.count == 0)
		return complain(INSPECT_ERROR, "%s: there is no ext4 file system in it", image);
	for (unsigned int i = 0; i < volumes.count && status == INSPECT_NOT_FOUND; i++)
		status = copy_folder(image, volumes.at[i], path, to, &of_all);
	if (status == INSPECT_NOT_FOUND)
		complain(status, "%s: there is no folder %s in it", image, path);
	return status;
}
