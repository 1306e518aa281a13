/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between directories and tags. Paths are walked one component at a time and no symbolic link is
 * followed, so that nobody who changes the directory meanwhile leads out of it.
 */
#include "tree.h"

#include "batch.h"
#include "progress.h"
#include "tag.h"
#include "tags.h"
#include "transfer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory on its way in. */
struct walk {
	const struct subcommand *self;
	struct batch *batch;
	char tag[FESTORE_TAG_LEN_MAX + 1]; /* of what is looked at */
	bool has_skipped;
};

static enum festore_error put_opened(struct walk *walk, int fd)
{
	struct input input = {.self = walk->self, .name = walk->tag, .fd = fd, .left = INPUT_ALL};

	return batch_put(walk->batch, walk->tag, &input);
}

static void skip(struct walk *walk, const char *name, const char *why)
{
	walk->has_skipped = true;
	say(walk->self, "%s%s: skipped: %s", walk->tag, name, why);
}

static enum festore_error put_directory(struct walk *walk, int fd);

/* What an open descriptor is decides; before, only that opening it does no harm. -1: skipped. */
static int open_entry(struct walk *walk, int folder, const char *name, struct stat *ret_about)
{
	const size_t len = strlen(walk->tag) + strlen(name);
	int fd = -1;

	if (len > FESTORE_TAG_LEN_MAX || !tag_is_valid((const uint8_t *)name, strlen(name))) {
		skip(walk, name, "its path is no tag");
		return -1;
	}
	if (fstatat(folder, name, ret_about, AT_SYMLINK_NOFOLLOW) == 0 &&
		!S_ISREG(ret_about->st_mode) && !S_ISDIR(ret_about->st_mode)) {
		skip(walk, name,
			S_ISLNK(ret_about->st_mode) ? "it is a symbolic link"
						    : "it is not a regular file");
		return -1;
	}
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, ret_about) == 0 &&
		(S_ISREG(ret_about->st_mode) ||
			(S_ISDIR(ret_about->st_mode) && len < FESTORE_TAG_LEN_MAX)))
		return fd;
	skip(walk, name, fd < 0 ? strerror(errno) : "it cannot be stored");
	if (fd >= 0)
		close(fd);
	return -1;
}

static enum festore_error put_entry(struct walk *walk, int folder, const char *name)
{
	const size_t len = strlen(walk->tag);
	struct stat about = {0};
	enum festore_error error = FESTORE_OK;
	const int fd = open_entry(walk, folder, name, &about);

	if (fd < 0)
		return FESTORE_OK;
	snprintf(walk->tag + len, sizeof(walk->tag) - len, "%s%s", name,
		S_ISDIR(about.st_mode) ? "/" : "");
	error = S_ISDIR(about.st_mode) ? put_directory(walk, fd) : put_opened(walk, fd);
	walk->tag[len] = '\0';
	close(fd);
	return error;
}

static enum festore_error put_directory(struct walk *walk, int fd)
{
	const int own = dup(fd);
	DIR *directory = own >= 0 ? fdopendir(own) : NULL;
	const struct dirent *entry = NULL;
	enum festore_error error = FESTORE_OK;

	if (!directory) {
		skip(walk, "", strerror(errno));
		if (own >= 0)
			close(own);
		return FESTORE_OK;
	}
	while (error == FESTORE_OK && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (progress_is_interrupted())
			error = (enum festore_error)fail(
				walk->self, FESTORE_INTERRUPTED, "%s: interrupted", walk->tag);
		else
			error = put_entry(walk, fd, entry->d_name);
	}
	closedir(directory);
	return error;
}

static enum festore_error put_all(struct walk *walk, int fd)
{
	struct festore *fs = walk->batch->fs;
	enum festore_error error = FESTORE_OK;

	progress_begin(fs, walk->batch->options, NULL);
	error = put_directory(walk, fd);
	if (error == FESTORE_OK)
		error = batch_commit(walk->batch);
	progress_end(fs);
	return error == FESTORE_OK && walk->has_skipped ? FESTORE_ERROR : error;
}

enum festore_error tree_put(const struct subcommand *self, const struct options *options,
	const char *directory, const char *prefix)
{
	struct batch batch = {.self = self, .options = options};
	struct walk walk = {.self = self, .batch = &batch};
	enum festore_error error = tags_begin(self, prefix, walk.tag);
	int fd = -1;

	if (error != FESTORE_OK)
		return error;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return (enum festore_error)fail(
			self, FESTORE_ERROR, "cannot read %s: %s", directory, strerror(errno));
	error = batch_open(&batch);
	if (error == FESTORE_OK)
		error = put_all(&walk, fd);
	batch_close(&batch);
	close(fd);
	return error;
}

/* --- get -r -------------------------------------------------------------------------------------
 */

/* Opens the folder of a path below another, made where it is missing; -1 with errno. */
static int open_folder_of(int below, const char *path, const char **ret_name)
{
	char component[FESTORE_TAG_LEN_MAX + 1];
	const char *slash = NULL;
	int folder = fcntl(below, F_DUPFD_CLOEXEC, 0);

	while (folder >= 0 && (slash = strchr(path, '/'))) {
		int next = -1;

		snprintf(component, sizeof(component), "%.*s", (int)(slash - path), path);
		if (mkdirat(folder, component, 0700) == 0 || errno == EEXIST)
			next = openat(
				folder, component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(folder);
		folder = next;
		path = slash + 1;
	}
	*ret_name = path;
	return folder;
}

static enum festore_error get_one(struct transfer *transfer, int below, const char *path)
{
	struct target target = {.path = transfer->tag, .replaces = transfer->options->force};
	enum festore_error error = FESTORE_OK;

	if (!tags_is_path(path))
		return (enum festore_error)fail(transfer->self, FESTORE_ERROR,
			"%s: refused: this is no path below a directory", transfer->tag);
	target.folder = open_folder_of(below, path, &target.name);
	if (target.folder < 0)
		return (enum festore_error)fail(transfer->self,
			errno == ENOSPC || errno == EDQUOT ? FESTORE_NO_SPACE : FESTORE_ERROR,
			"cannot write %s: %s", transfer->tag, strerror(errno));
	progress_begin(transfer->fs, transfer->options, transfer->tag);
	error = transfer_get(transfer, &target, RANGE_ALL);
	progress_end(transfer->fs);
	close(target.folder);
	return error;
}

static enum festore_error get_all(const struct subcommand *self, const struct options *options,
	struct festore *fs, const char *prefix, int below)
{
	struct tags all = {0};
	enum festore_error first = tags_list(fs, prefix, &all);
	const bool is_listed = first == FESTORE_OK || first == FESTORE_DAMAGED;

	if (first != FESTORE_OK)
		fail_call(self, first, fs, NULL);
	else if (all.count == 0)
		first = (enum festore_error)fail(
			self, FESTORE_NOT_FOUND, "%s: there is no such tag", prefix);
	for (size_t i = 0; is_listed && i < all.count; i++) {
		struct transfer transfer = {
			.self = self,
			.options = options,
			.fs = fs,
			.tag = all.tags[i],
		};
		const enum festore_error error =
			get_one(&transfer, below, all.tags[i] + strlen(prefix));

		if (first == FESTORE_OK)
			first = error;
		if (error == FESTORE_INTERRUPTED)
			break;
	}
	tags_free(&all);
	return first;
}

enum festore_error tree_get(const struct subcommand *self, const struct options *options,
	const char *prefix, const char *directory)
{
	char begin[FESTORE_TAG_LEN_MAX + 1];
	struct festore *fs = NULL;
	enum festore_error error = tags_begin(self, prefix, begin);
	int fd = -1;

	if (error == FESTORE_OK)
		error = options_open(self, options, &fs);
	if (error != FESTORE_OK)
		goto out;
	if (mkdir(directory, 0700) == 0 || errno == EEXIST)
		fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		error = (enum festore_error)fail(
			self, FESTORE_ERROR, "cannot write %s: %s", directory, strerror(errno));
	else
		error = get_all(self, options, fs, begin, fd);
out:
	if (fd >= 0)
		close(fd);
	options_close(&fs);
	return error;
}
