/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore export`, `festore import`: tar archives of files, piece by piece. */
#include "batch.h"
#include "cli.h"
#include "progress.h"
#include "tags.h"
#include "tar.h"
#include "transfer.h"
#include "warning.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- export ------------------------------------------------------------------------------------
 */

/* An archive that is being written. */
struct exporting {
	const struct subcommand *self;
	const struct options *options;
	struct festore *fs;
	struct output output;
	const char *path;  /* in the archive, of the file that is being written */
	bool has_begun;    /* a part of that file was written */
	uint64_t written;  /* bytes of the archive */
	uint64_t contents; /* bytes of files */
	uint64_t total;    /* of them, when they were listed */
	uint64_t files;
};

static enum festore_error write_bytes(struct exporting *exporting, const void *bytes, size_t len)
{
	const enum festore_error error = output_write(&exporting->output, bytes, len);

	if (error == FESTORE_INTERRUPTED)
		fail(exporting->self, error, "interrupted");
	exporting->written += len;
	return error;
}

static enum festore_error write_zeros(struct exporting *exporting, size_t len)
{
	static const uint8_t zeros[TAR_RECORD + 2 * TAR_BLOCK];

	return write_bytes(exporting, zeros, len);
}

static enum festore_error begin_file(const struct festore_file_info *info, void *arg)
{
	struct exporting *exporting = arg;
	uint8_t header[TAR_HEADER_MAX];
	const size_t len = tar_header(exporting->path, info->size, info->modified, header);

	exporting->has_begun = true;
	return write_bytes(exporting, header, len);
}

static enum festore_error export_file(
	struct exporting *exporting, const char *tag, size_t prefix_len)
{
	struct transfer transfer = {
		.self = exporting->self,
		.options = exporting->options,
		.fs = exporting->fs,
		.tag = tag,
		.before = exporting->contents,
		.total = exporting->total,
	};
	enum festore_error error = FESTORE_OK;

	exporting->path = tag + prefix_len;
	exporting->has_begun = false;
	if (!tags_is_path(exporting->path))
		return (enum festore_error)fail(exporting->self, FESTORE_ERROR,
			"%s: refused: this is no path below a directory", tag);
	error = transfer_append(&transfer, &exporting->output, begin_file, exporting);
	if (error != FESTORE_OK)
		return error;
	exporting->written += transfer.done;
	exporting->contents += transfer.done;
	exporting->files++;
	return write_zeros(exporting, tar_padding(transfer.done));
}

/* What cannot be opened is not in the archive, which goes on without it; but half a file ends it.
 */
static bool is_left_out(const struct exporting *exporting, enum festore_error error)
{
	return !exporting->has_begun &&
		(error == FESTORE_ERROR || error == FESTORE_NOT_FOUND || error == FESTORE_DAMAGED);
}

/* Writes the whole archive; the first failure of a file that was left out is *ret_first. */
static enum festore_error export_files(struct exporting *exporting, const struct tags *all,
	size_t prefix_len, enum festore_error *ret_first)
{
	for (size_t i = 0; i < all->count; i++) {
		enum festore_error error = FESTORE_OK;

		if (progress_is_interrupted())
			return (enum festore_error)fail(
				exporting->self, FESTORE_INTERRUPTED, "interrupted");
		error = export_file(exporting, all->tags[i], prefix_len);
		if (error != FESTORE_OK && !is_left_out(exporting, error))
			return error;
		if (*ret_first == FESTORE_OK)
			*ret_first = error;
	}
	return write_zeros(exporting, tar_end(exporting->written));
}

static enum festore_error export_listed(
	struct exporting *exporting, const struct tags *all, size_t prefix_len)
{
	const char *file = exporting->options->output;
	enum festore_error first = FESTORE_OK;
	enum festore_error error = FESTORE_OK;

	if (file)
		error = output_to_file(&exporting->output, exporting->self, file);
	else
		output_to_stdout(&exporting->output, exporting->self);
	if (error != FESTORE_OK)
		return error;
	exporting->total = all->bytes;
	progress_begin(exporting->fs, exporting->options, file ? file : "export");
	error = export_files(exporting, all, prefix_len, &first);
	progress_end(exporting->fs);
	if (error == FESTORE_OK)
		error = output_commit(&exporting->output);
	else
		output_abort(&exporting->output);
	return error == FESTORE_OK ? first : error;
}

static enum festore_error export_prefix(struct exporting *exporting, const char *prefix)
{
	struct tags all = {0};
	enum festore_error first = tags_list(exporting->fs, prefix, &all);
	enum festore_error error = FESTORE_OK;
	const bool is_listed = first == FESTORE_OK || first == FESTORE_DAMAGED;

	if (first != FESTORE_OK)
		fail_call(exporting->self, first, exporting->fs, NULL);
	else if (all.count == 0)
		first = (enum festore_error)fail(exporting->self, FESTORE_NOT_FOUND,
			"%s%sthere is no such tag", prefix, prefix[0] != '\0' ? ": " : "");
	if (is_listed && all.count != 0)
		error = export_listed(exporting, &all, strlen(prefix));
	tags_free(&all);
	return first == FESTORE_OK || error == FESTORE_INTERRUPTED ? error : first;
}

int export_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct exporting exporting = {.self = self, .options = &options};
	char begin[FESTORE_TAG_LEN_MAX + 1];
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "ou", 0, 1, &options);

	if (error == FESTORE_OK)
		error = tags_begin(self, argv[optind] ? argv[optind] : "", begin);
	if (error != FESTORE_OK)
		return (int)error;
	if (options.output && strcmp(options.output, "-") == 0)
		options.output = NULL;
	if (!options.output && isatty(STDOUT_FILENO))
		return fail(self, FESTORE_USAGE,
			"an archive is nothing for a terminal: use -o FILE, or a pipe");
	error = options_open(self, &options, &exporting.fs);
	if (error == FESTORE_OK)
		error = export_prefix(&exporting, begin);
	options_close(&exporting.fs);
	if (error == FESTORE_OK && options.verbose)
		say(self, "%llu files with %llu bytes", (unsigned long long)exporting.files,
			(unsigned long long)exporting.contents);
	return (int)error;
}

/* --- import ------------------------------------------------------------------------------------
 */

/* GNU tar calls the files of "." so. */
static const char *without_here(const char *name)
{
	return strncmp(name, "./", 2) == 0 ? name + 2 : name;
}

static enum festore_error import_file(struct batch *batch, const char *begin,
	struct tar_reader *reader, const struct tar_member *member)
{
	const char *path = without_here(member->name);
	char tag[FESTORE_TAG_LEN_MAX + 1];

	if (!tags_is_path(path))
		return (enum festore_error)fail(batch->self, FESTORE_ERROR,
			"%s: refused: this is no path below a directory", member->name);
	if (snprintf(tag, sizeof(tag), "%s%s", begin, path) >= (int)sizeof(tag) || member->is_cut)
		return (enum festore_error)fail(batch->self, FESTORE_USAGE,
			"%s%s: refused: this is too long for a tag", begin, path);
	return batch_put(batch, tag, reader->input);
}

static enum festore_error import_files(struct batch *batch, const char *begin,
	struct tar_reader *reader, struct tar_member *member)
{
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK) {
		if (progress_is_interrupted())
			return (enum festore_error)fail(
				batch->self, FESTORE_INTERRUPTED, "interrupted");
		error = import_file(batch, begin, reader, member);
		if (error == FESTORE_OK)
			error = tar_next(reader, member);
	}
	/* The archive's end. */
	return error == FESTORE_NOT_FOUND ? batch_commit(batch) : error;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void say_how_far(const struct batch *batch, enum festore_error error)
{
	const bool is_part = error != FESTORE_OK && batch->stored != 0;

	if (is_part || (error == FESTORE_OK && batch->options->verbose))
		say(batch->self, "%llu file%s in %llu commit%s: stored%s",
			(unsigned long long)batch->stored, plural(batch->stored),
			(unsigned long long)batch->commits, plural(batch->commits),
			is_part ? " before that, and they stay" : "");
}

static enum festore_error import_all(struct batch *batch, const char *begin,
	struct tar_reader *reader, struct tar_member *member)
{
	enum festore_error error = batch_open(batch);

	if (error == FESTORE_OK) {
		progress_begin(batch->fs, batch->options, NULL);
		error = import_files(batch, begin, reader, member);
		progress_end(batch->fs);
		say_how_far(batch, error);
	}
	if (error == FESTORE_OK && !batch->options->quiet)
		warning_of_huk(batch->self, batch->fs);
	batch_close(batch);
	return error;
}

int import_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct batch batch = {.self = self, .options = &options};
	struct input input = {.fd = -1};
	struct tar_reader reader = {.input = &input};
	struct tar_member member;
	char begin[FESTORE_TAG_LEN_MAX + 1];
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "n", 0, 2, &options);

	if (error == FESTORE_OK)
		error = tags_begin(self, argv[optind] ? argv[optind] : "", begin);
	if (error == FESTORE_OK)
		error = input_open(&input, self, argv[optind] ? argv[optind + 1] : NULL);
	if (error != FESTORE_OK)
		return (int)error;
	if (input.fd == STDIN_FILENO && isatty(STDIN_FILENO))
		return fail(self, FESTORE_USAGE,
			"an archive does not come from a terminal: name a file, or use a pipe");
	/* What is no archive at all needs no TEE to say so. */
	error = tar_next(&reader, &member);
	if (error == FESTORE_OK)
		error = import_all(&batch, begin, &reader, &member);
	else if (error == FESTORE_NOT_FOUND)
		error = FESTORE_OK;
	input_close(&input);
	return (int)error;
}
