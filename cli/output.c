/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes beside the target first, then renames. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len != 0) {
		ssize_t put = write(fd, bytes, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		bytes += put;
		len -= (size_t)put;
	}
	return 0;
}

static int fail_to_write(const struct subcommand *self, const char *path)
{
	return fail(self, errno == ENOSPC || errno == EDQUOT ? FESTORE_NO_SPACE : FESTORE_ERROR,
		"cannot write %s: %s", path, strerror(errno));
}

int output_to_stdout(const struct subcommand *self, const void *bytes, size_t len)
{
	if (write_all(STDOUT_FILENO, bytes, len) != 0)
		return fail_to_write(self, "to standard output");
	return FESTORE_OK;
}

static int write_directly(
	const struct subcommand *self, const char *path, const void *bytes, size_t len)
{
	int status = FESTORE_OK;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return fail_to_write(self, path);
	if (write_all(fd, bytes, len) != 0)
		status = fail_to_write(self, path);
	close(fd);
	return status;
}

/* Writes and syncs the temporary file, gives it its name and syncs that. 0 or -1 with errno. */
static int write_and_rename(
	int fd, const char *temporary, const char *path, const void *bytes, size_t len)
{
	if (write_all(fd, bytes, len) != 0 || fsync(fd) != 0)
		return -1;
	return rename(temporary, path);
}

/* So that the new name survives a power cut; what cannot be synced (9p, say) is not an error. */
static void sync_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = -1;

	if (directory)
		fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(directory);
}

/* Signals wait while the temporary file exists, so that none is left behind. */
static int write_whole(
	const struct subcommand *self, const char *path, const void *bytes, size_t len)
{
	const char *slash = strrchr(path, '/');
	const int directory_len = slash ? (int)(slash - path) + 1 : 0;
	char *temporary = NULL;
	sigset_t all;
	sigset_t before;
	int status = FESTORE_OK;
	int fd = -1;

	if (asprintf(&temporary, "%.*s.festore.XXXXXX", directory_len, path) < 0)
		return fail(self, FESTORE_ERROR, "out of memory");

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0 || write_and_rename(fd, temporary, path, bytes, len) != 0) {
		status = fail_to_write(self, path);
		if (fd >= 0)
			unlink(temporary);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);

	if (status == FESTORE_OK)
		sync_directory_of(path);
	if (fd >= 0)
		close(fd);
	free(temporary);
	return status;
}

int output_to_file(const struct subcommand *self, const char *path, const void *bytes, size_t len)
{
	struct stat there;

	if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
		return fail(self, FESTORE_USAGE, "cannot write %s: it is a directory", path);
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
		return write_directly(self, path, bytes, len);
	return write_whole(self, path, bytes, len);
}
