/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands on files: put, get, ls, stat, mv, rm. */
#include "cli.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "text.h"
#include "warning.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum festore_error put_content(const struct subcommand *self, const struct options *options,
	const char *tag, const void *content, size_t content_len)
{
	struct festore *fs = NULL;
	enum festore_error error = options_open(self, options, &fs);

	if (error != FESTORE_OK)
		goto out;
	progress_begin(fs, options, tag);
	error = festore_file_put(
		fs, tag, content, content_len, options->no_clobber ? FESTORE_NO_CLOBBER : 0);
	progress_end(fs);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, tag);
	else if (options->verbose)
		say(self, "%s: stored %zu bytes", tag, content_len);
	if (error == FESTORE_OK && !options->quiet)
		warning_of_huk(self, fs);
out:
	options_close(&fs);
	return error;
}

int file_put_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	void *content = NULL;
	size_t content_len = 0;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "n", 1, 2, &options);

	if (error == FESTORE_OK)
		error = input_read(
			self, argv[optind + 1], FESTORE_REE_SIZE_MAX, &content, &content_len);
	if (error != FESTORE_OK)
		return (int)error;

	error = put_content(self, &options, argv[optind], content, content_len);
	festore_content_free(content, content_len);
	return (int)error;
}

static int write_content(const struct subcommand *self, const struct options *options,
	const void *content, size_t content_len)
{
	if (options->output && strcmp(options->output, "-") != 0)
		return output_to_file(self, options->output, content, content_len);
	if (!options->force && isatty(STDOUT_FILENO) && !is_text(content, content_len))
		return fail(self, FESTORE_USAGE,
			"this is not text: use -o FILE, or -f to write it to the terminal");
	return output_to_stdout(self, content, content_len);
}

int file_get_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	void *content = NULL;
	size_t content_len = 0;
	int status = (int)options_read(self, argc, argv, OPTIONS_COMMON "fo", 1, 1, &options);

	if (status != FESTORE_OK)
		return status;
	status = (int)options_open(self, &options, &fs);
	if (status != FESTORE_OK)
		goto out;

	progress_begin(fs, &options, argv[optind]);
	status = (int)festore_file_get(fs, argv[optind], &content, &content_len);
	progress_end(fs);
	if (status != FESTORE_OK) {
		fail_call(self, (enum festore_error)status, fs, argv[optind]);
		goto out;
	}
	/* The TEE has done its part; what may last now is only the reader of the output. */
	options_close(&fs);
	status = write_content(self, &options, content, content_len);
	if (status == FESTORE_OK && options.verbose)
		say(self, "%s: got %zu bytes", argv[optind], content_len);
out:
	festore_content_free(content, content_len);
	options_close(&fs);
	return status;
}

static int print_file(const struct festore_file_info *info, void *arg)
{
	const struct options *options = arg;
	char modified[TIME_TEXT_MAX];

	if (options->json) {
		print_json_file(info, storage_name(options->storage));
	} else if (options->is_long) {
		format_time(info->modified, modified);
		printf("%8llu  %s  %s\n", (unsigned long long)info->size, modified, info->tag);
	} else {
		puts(info->tag);
	}
	return 0;
}

int file_ls_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "lJ", 0, 1, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_file_list(fs, argv[optind], print_file, &options);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, NULL);
out:
	options_close(&fs);
	return finish_output(self, (int)error);
}

static void print_stat(const struct festore_file_info *info, const char *storage)
{
	char modified[TIME_TEXT_MAX];

	format_time(info->modified, modified);
	printf("tag:      %s\n"
	       "storage:  %s\n"
	       "size:     %llu\n"
	       "modified: %s (by the clock of the client that put it)\n",
		info->tag, storage, (unsigned long long)info->size, modified);
}

int file_stat_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	struct festore_file_info info = {0};
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "J", 1, 1, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_file_stat(fs, argv[optind], &info);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, argv[optind]);
	else if (options.json)
		print_json_file(&info, storage_name(options.storage));
	else
		print_stat(&info, storage_name(options.storage));
out:
	options_close(&fs);
	return finish_output(self, (int)error);
}

int file_mv_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "f", 2, 2, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_file_move(
		fs, argv[optind], argv[optind + 1], options.force ? 0 : FESTORE_NO_CLOBBER);
	/* Which of the two tags is at fault shows from the error. */
	if (error != FESTORE_OK)
		fail_call(self, error, fs, argv[optind + (error == FESTORE_EXISTS ? 1 : 0)]);
	else if (options.verbose)
		say(self, "%s: now %s", argv[optind], argv[optind + 1]);
out:
	options_close(&fs);
	return (int)error;
}

int file_rm_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error first =
		options_read(self, argc, argv, OPTIONS_COMMON, 1, INT_MAX, &options);

	if (first != FESTORE_OK)
		return (int)first;
	first = options_open(self, &options, &fs);
	if (first != FESTORE_OK)
		goto out;
	for (int i = optind; i < argc; i++) {
		enum festore_error error = festore_file_remove(fs, argv[i]);

		if (error != FESTORE_OK)
			fail_call(self, error, fs, argv[i]);
		else if (options.verbose)
			say(self, "%s: removed", argv[i]);
		if (first == FESTORE_OK)
			first = error;
	}
out:
	options_close(&fs);
	return (int)first;
}
