/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands on files: put, append, get, ls, stat, mv, rm. */
#include "cli.h"
#include "options.h"
#include "progress.h"
#include "text.h"
#include "transfer.h"
#include "tree.h"
#include "warning.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum festore_error put_input(const struct subcommand *self, const struct options *options,
	const char *tag, struct input *input, void *window)
{
	struct transfer transfer = {.self = self, .options = options, .tag = tag};
	size_t len = 0;
	/* What cannot be read at all needs no TEE to say so. */
	enum festore_error error = input_read(input, window, TRANSFER_WINDOW, &len);

	if (error == FESTORE_OK)
		error = options_open(self, options, &transfer.fs);
	if (error != FESTORE_OK)
		goto out;
	progress_begin(transfer.fs, options, tag);
	error = transfer_put(&transfer, input, window, len,
		options->policy | (options->no_clobber ? (unsigned int)FESTORE_NO_CLOBBER : 0));
	progress_end(transfer.fs);
	if (error == FESTORE_OK && options->verbose)
		say(self, "%s: stored %llu bytes", tag, (unsigned long long)transfer.done);
	if (error == FESTORE_OK && !options->quiet)
		warning_of_huk(self, transfer.fs);
out:
	options_close(&transfer.fs);
	return error;
}

int file_put_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct input input = {.fd = -1};
	void *window = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "nrwxz", 1, 2, &options);

	if (error == FESTORE_OK && options.is_recursive && options.policy != 0)
		return fail_usage(self);
	if (error == FESTORE_OK && options.is_recursive)
		return argc - optind != 2
			? fail_usage(self)
			: (int)tree_put(self, &options, argv[optind], argv[optind + 1]);
	if (error == FESTORE_OK)
		error = input_open(&input, self, argv[optind + 1]);
	if (error != FESTORE_OK)
		return (int)error;
	window = malloc(TRANSFER_WINDOW);
	if (window)
		error = put_input(self, &options, argv[optind], &input, window);
	else
		error = (enum festore_error)fail(self, FESTORE_ERROR, "out of memory");
	festore_content_free(window, TRANSFER_WINDOW);
	input_close(&input);
	return (int)error;
}

/* What is appended at once is in memory: what is longer is a file of its own. */
#define APPEND_MAX ((size_t)16 << 20)

static enum festore_error append_bytes(const struct subcommand *self, const struct options *options,
	const char *tag, const uint8_t *bytes, size_t len)
{
	struct festore *fs = NULL;
	enum festore_error error = options_open(self, options, &fs);

	if (error != FESTORE_OK)
		goto out;
	progress_begin(fs, options, tag);
	error = festore_file_append(fs, tag, bytes, len);
	progress_end(fs);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, tag);
	else if (options->verbose)
		say(self, "%s: appended %zu bytes", tag, len);
out:
	options_close(&fs);
	return error;
}

int file_append_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum festore_error error = options_read(self, argc, argv, OPTIONS_COMMON, 1, 2, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = input_read_file(self, argv[optind + 1], APPEND_MAX, &bytes, &len);
	if (error == FESTORE_INTERRUPTED)
		fail(self, error, "%s: interrupted", argv[optind]);
	if (error == FESTORE_OK)
		error = append_bytes(self, &options, argv[optind], bytes, len);
	festore_content_free(bytes, len);
	return (int)error;
}

/* Reads digits up to `end`; false if there are others, or none, or too many. */
static bool read_number(const char *text, const char *end, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (text == end)
		return false;
	for (; text != end; text++) {
		const unsigned int digit = (unsigned int)(*text - '0');

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return false;
		number = 10 * number + digit;
	}
	*ret_number = number;
	return true;
}

/* OFFSET:LENGTH, of which LENGTH may be missing. */
static enum festore_error read_range(
	const struct subcommand *self, const char *text, struct range *ret_range)
{
	const char *colon = text ? strchr(text, ':') : NULL;

	*ret_range = RANGE_ALL;
	if (!text)
		return FESTORE_OK;
	if (colon && read_number(text, colon, &ret_range->offset) &&
		(colon[1] == '\0' || read_number(colon + 1, text + strlen(text), &ret_range->len)))
		return FESTORE_OK;
	return (enum festore_error)fail(
		self, FESTORE_USAGE, "there is no range %s; it is OFFSET:LENGTH or OFFSET:", text);
}

int file_get_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct transfer transfer = {.self = self, .options = &options};
	struct target target = {.folder = -1};
	struct range range = RANGE_ALL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "forRu", 1, 2, &options);

	if (error == FESTORE_OK && argc - optind != (options.is_recursive ? 2 : 1))
		return fail_usage(self);
	if (error == FESTORE_OK && options.is_recursive)
		return options.output || options.range
			? fail_usage(self)
			: (int)tree_get(self, &options, argv[optind], argv[optind + 1]);
	if (error == FESTORE_OK)
		error = read_range(self, options.range, &range);
	if (error != FESTORE_OK)
		return (int)error;
	transfer.tag = argv[optind];
	transfer.takes = !options.unproven;
	error = options_open(self, &options, &transfer.fs);
	if (error != FESTORE_OK)
		goto out;

	progress_begin(transfer.fs, &options, transfer.tag);
	if (options.output && strcmp(options.output, "-") != 0)
		target.path = options.output;
	error = transfer_get(&transfer, &target, range);
	if (transfer.fs)
		progress_end(transfer.fs);
	if (error == FESTORE_OK && options.verbose)
		say(self, "%s: got %llu bytes", transfer.tag, (unsigned long long)transfer.done);
out:
	options_close(&transfer.fs);
	return (int)error;
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
		options_read(self, argc, argv, OPTIONS_COMMON "lJu", 0, 1, &options);

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
	if (info->policy != 0)
		printf("policy:   %s\n", policy_name(info->policy));
}

int file_stat_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	struct festore_file_info info = {0};
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "Ju", 1, 1, &options);

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
