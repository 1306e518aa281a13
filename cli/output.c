/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a file without a name first, so that none is left behind by whatever ends the command;
 * where the file system has no such files, one with a name beside the target, which is renamed.
 */
#include "output.h"

#include "progress.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static enum festore_error fail_to_write(const struct output *output)
{
	if (output->is_new && errno == EEXIST)
		return (enum festore_error)fail(output->self, FESTORE_EXISTS,
			"cannot write %s: it exists already", output->path);
	return (enum festore_error)fail(output->self,
		errno == ENOSPC || errno == EDQUOT ? FESTORE_NO_SPACE : FESTORE_ERROR,
		"cannot write %s: %s", output->path, strerror(errno));
}

void output_to_stdout(struct output *ret_output, const struct subcommand *self)
{
	*ret_output = (struct output){
		.self = self,
		.path = "to standard output",
		.is_direct = true,
		.fd = STDOUT_FILENO,
		.folder = -1,
	};
}

/* Another name at each call. */
static void new_name(struct output *output)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		number = (uint32_t)getpid();
	snprintf(output->temporary, sizeof(output->temporary), ".festore.%08x", number);
}

static void open_temporary(struct output *output)
{
	/* Without /proc it could never have a name. */
	if (access("/proc/self/fd", X_OK) == 0)
		output->fd = openat(output->folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (output->fd >= 0)
		return;
	do {
		new_name(output);
		output->fd = openat(output->folder, output->temporary,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	} while (output->fd < 0 && errno == EEXIST);
}

static int open_folder(const char *path, const char *name)
{
	char *folder = name == path ? strdup(".") : strndup(path, (size_t)(name - path));
	int fd = -1;

	if (!folder)
		return -1;
	fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	return fd;
}

enum festore_error output_to_file(
	struct output *ret_output, const struct subcommand *self, const char *path)
{
	const char *slash = strrchr(path, '/');
	enum festore_error error = FESTORE_OK;
	struct stat there;

	*ret_output = (struct output){
		.self = self,
		.path = path,
		.name = slash ? slash + 1 : path,
		.fd = -1,
		.folder = -1,
	};
	if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "cannot write %s: it is a directory", path);
	ret_output->is_direct = stat(path, &there) == 0 && !S_ISREG(there.st_mode);
	if (ret_output->is_direct)
		ret_output->fd = open(path, O_WRONLY | O_CLOEXEC);
	else
		ret_output->folder = open_folder(path, ret_output->name);
	if (ret_output->folder >= 0)
		open_temporary(ret_output);
	if (ret_output->fd >= 0)
		return FESTORE_OK;
	error = fail_to_write(ret_output);
	if (ret_output->folder >= 0)
		close(ret_output->folder);
	return error;
}

enum festore_error output_to_folder(struct output *ret_output, const struct subcommand *self,
	int folder, const char *name, const char *path, bool replaces)
{
	*ret_output = (struct output){
		.self = self,
		.path = path,
		.name = name,
		.is_new = !replaces,
		.fd = -1,
		.folder = folder,
	};
	/* Later it would be found too, but after all the work. */
	if (!replaces && faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return fail_to_write(ret_output);
	}
	open_temporary(ret_output);
	return ret_output->fd >= 0 ? FESTORE_OK : fail_to_write(ret_output);
}

enum festore_error output_reserve(struct output *output, uint64_t len)
{
	int result = 0;

	if (output->is_direct || len == 0 || len > INT64_MAX)
		return FESTORE_OK;
	/* The kernel's own: where there is none, to write zeros would be no help. */
	do {
		result = fallocate(output->fd, 0, 0, (off_t)len);
	} while (result != 0 && errno == EINTR);
	if (result == 0 || (errno != ENOSPC && errno != EDQUOT && errno != EFBIG))
		return FESTORE_OK;
	return fail_to_write(output);
}

enum festore_error output_write(struct output *output, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len != 0) {
		const ssize_t put = output->is_direct ? progress_write(output->fd, at, len)
						      : write(output->fd, at, len);

		if (put < 0 && errno == EINTR && progress_is_interrupted())
			return FESTORE_INTERRUPTED;
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fail_to_write(output);
		at += put;
		len -= (size_t)put;
	}
	return FESTORE_OK;
}

/* Gives the file a name for now; 0 or -1 with errno. */
static int link_temporary(struct output *output)
{
	char descriptor[32];
	int result = 0;

	if (output->temporary[0] != '\0')
		return 0;
	snprintf(descriptor, sizeof(descriptor), "/proc/self/fd/%d", output->fd);
	do {
		new_name(output);
		result = linkat(
			AT_FDCWD, descriptor, output->folder, output->temporary, AT_SYMLINK_FOLLOW);
	} while (result != 0 && errno == EEXIST);
	if (result != 0)
		output->temporary[0] = '\0';
	return result;
}

static int give_name(struct output *output)
{
	if (fsync(output->fd) != 0 || link_temporary(output) != 0)
		return -1;
	if (!output->is_new)
		return renameat(output->folder, output->temporary, output->folder, output->name);
	/* The temporary name goes when the output ends. */
	return linkat(output->folder, output->temporary, output->folder, output->name, 0);
}

/* So that the new name survives a power cut; what cannot be synced (9p, say) is not an error. */
static void sync_folder(const struct output *output)
{
	const int fd = openat(output->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

static void output_close(struct output *output)
{
	if (output->temporary[0] != '\0')
		unlinkat(output->folder, output->temporary, 0);
	if (output->fd > STDERR_FILENO)
		close(output->fd);
	if (output->folder >= 0)
		close(output->folder);
	output->fd = -1;
	output->folder = -1;
}

/* Signals wait while the temporary file has a name, so that none is left behind. */
enum festore_error output_commit(struct output *output)
{
	enum festore_error error = FESTORE_OK;
	sigset_t all;
	sigset_t before;

	if (output->is_direct) {
		output_close(output);
		return FESTORE_OK;
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	if (give_name(output) != 0)
		error = fail_to_write(output);
	else if (!output->is_new)
		output->temporary[0] = '\0';
	if (error == FESTORE_OK)
		sync_folder(output);
	output_close(output);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}

void output_abort(struct output *output)
{
	output_close(output);
}

enum festore_error output_all(
	const struct subcommand *self, const char *path, const void *bytes, size_t len)
{
	struct output output = {.fd = -1};
	enum festore_error error = FESTORE_OK;

	if (path && strcmp(path, "-") == 0)
		path = NULL;
	if (!path && isatty(STDOUT_FILENO) && !is_text(bytes, len))
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "this is not text: use -o FILE");
	if (path)
		error = output_to_file(&output, self, path);
	else
		output_to_stdout(&output, self);
	if (error != FESTORE_OK)
		return error;
	error = output_write(&output, bytes, len);
	if (error == FESTORE_OK)
		return output_commit(&output);
	output_abort(&output);
	return error;
}
