/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands on files: put, get, ls, stat, rm. */
#include "cli.h"
#include "input.h"
#include "output.h"
#include "text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPT_JSON = 256 };

static const struct option long_options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{NULL, 0, NULL, 0},
};

static const struct option no_long_options[] = {{NULL, 0, NULL, 0}};

/* Of all that the file subcommands can be asked for. */
struct options {
	bool force;
	bool is_long;
	bool json;
	const char *output;
};

/* Reads the options that `shorts` and `longs` know; what is left begins at optind. */
static bool parse_options(
	int argc, char **argv, const char *shorts, const struct option *longs, struct options *ret)
{
	int option = 0;

	opterr = 0;
	while ((option = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		switch (option) {
		case 'f':
			ret->force = true;
			break;
		case 'l':
			ret->is_long = true;
			break;
		case 'o':
			ret->output = optarg;
			break;
		case OPT_JSON:
			ret->json = true;
			break;
		default:
			return false;
		}
	}
	return true;
}

int file_put_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	void *content = NULL;
	size_t content_len = 0;
	enum festore_error error = FESTORE_OK;
	const char *tag = NULL;

	if (!parse_options(argc, argv, "", no_long_options, &options) || argc - optind < 1 ||
		argc - optind > 2)
		return fail_usage(self);
	tag = argv[optind];

	error = input_read(self, argv[optind + 1], FESTORE_REE_SIZE_MAX, &content, &content_len);
	if (error != FESTORE_OK)
		return (int)error;

	error = open_store(self, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_file_put(fs, tag, content, content_len, 0);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, tag);
out:
	festore_close(&fs);
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
	int status = FESTORE_OK;

	if (!parse_options(argc, argv, "fo:", no_long_options, &options) || argc - optind != 1)
		return fail_usage(self);

	status = (int)open_store(self, &fs);
	if (status != FESTORE_OK)
		goto out;
	status = (int)festore_file_get(fs, argv[optind], &content, &content_len);
	if (status != FESTORE_OK)
		fail_call(self, (enum festore_error)status, fs, argv[optind]);
	else
		status = write_content(self, &options, content, content_len);
out:
	festore_content_free(content, content_len);
	festore_close(&fs);
	return status;
}

static int print_file(const struct festore_file_info *info, void *arg)
{
	const struct options *options = arg;
	char modified[TIME_TEXT_MAX];

	if (options->json) {
		print_json_file(info);
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
	enum festore_error error = FESTORE_OK;

	if (!parse_options(argc, argv, "l", long_options, &options) || argc - optind > 1)
		return fail_usage(self);

	error = open_store(self, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_file_list(fs, argv[optind], print_file, &options);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, NULL);
out:
	festore_close(&fs);
	return finish_output(self, (int)error);
}

static void print_stat(const struct festore_file_info *info)
{
	char modified[TIME_TEXT_MAX];

	format_time(info->modified, modified);
	printf("tag:      %s\n"
	       "storage:  ree\n"
	       "size:     %llu\n"
	       "modified: %s (by the clock of the client that put it)\n",
		info->tag, (unsigned long long)info->size, modified);
}

int file_stat_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	struct festore_file_info info = {0};
	enum festore_error error = FESTORE_OK;

	if (!parse_options(argc, argv, "", long_options, &options) || argc - optind != 1)
		return fail_usage(self);

	error = open_store(self, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_file_stat(fs, argv[optind], &info);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, argv[optind]);
	else if (options.json)
		print_json_file(&info);
	else
		print_stat(&info);
out:
	festore_close(&fs);
	return finish_output(self, (int)error);
}

int file_rm_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error first = FESTORE_OK;

	if (!parse_options(argc, argv, "", no_long_options, &options) || optind == argc)
		return fail_usage(self);

	first = open_store(self, &fs);
	if (first != FESTORE_OK)
		goto out;
	for (int i = optind; i < argc; i++) {
		enum festore_error error = festore_file_remove(fs, argv[i]);

		if (error != FESTORE_OK)
			fail_call(self, error, fs, argv[i]);
		if (first == FESTORE_OK)
			first = error;
	}
out:
	festore_close(&fs);
	return (int)first;
}
