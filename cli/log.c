/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommand log: a vault's audit log, shown, exported, cut, and checked without a TEE. */
#include "input.h"
#include "options.h"
#include "output.h"
#include "text.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PUBLIC_KEY_MAX = 65536,
	LOG_STEP = 1 << 16, /* bytes of an exported log that are read at once at first */
};

/* --- what entries say ------------------------------------------------------------------------- */

static void print_json(const struct festore_log_info *info, const char *at)
{
	char time[TIME_TEXT_MAX];

	printf("{\"number\":%llu,\"epoch\":%llu,\"generation\":%llu,\"at\":\"%s\",\"what\":\"%s\"",
		(unsigned long long)info->number, (unsigned long long)info->epoch,
		(unsigned long long)info->version, at, info->what);
	if (info->tag) {
		fputs(",\"tag\":", stdout);
		print_json_string(info->tag);
		printf(",\"of\":\"%s\"", info->is_key ? "key" : "file");
	}
	if (info->count != 0)
		printf(",\"count\":%llu", (unsigned long long)info->count);
	if (info->reason_name[0] != '\0') {
		printf(",\"reason\":\"%s\",\"code\":%lu", info->reason_name,
			(unsigned long)info->reason);
		format_time(info->first, time);
		printf(",\"first\":\"%s\"", time);
		format_time(info->last, time);
		printf(",\"last\":\"%s\"", time);
	}
	puts("}");
}

static void print_text(const struct festore_log_info *info, const char *at)
{
	printf("%6llu  %s  %6llu  %s", (unsigned long long)info->number, at,
		(unsigned long long)info->version, info->what);
	if (info->tag) {
		fputs(info->is_key ? " key " : " ", stdout);
		print_shown(stdout, info->tag);
	}
	if (info->reason_name[0] != '\0')
		printf(" %s", info->reason_name);
	if (strcmp(info->what, "checkpoint") == 0)
		printf(" up to %llu", (unsigned long long)info->count);
	else if (strcmp(info->what, "refused") == 0 || strcmp(info->what, "dropped") == 0)
		printf(", %llu", (unsigned long long)info->count);
	putchar('\n');
}

static int print_info(const struct festore_log_info *info, void *arg)
{
	const struct options *options = arg;
	char at[TIME_TEXT_MAX];

	format_time(info->at, at);
	if (options->json)
		print_json(info, at);
	else
		print_text(info, at);
	return 0;
}

/* --- on the device ---------------------------------------------------------------------------- */

static enum festore_error read_number(
	const struct subcommand *self, const char *text, const char *what, uint64_t *ret_number)
{
	if (!text || !is_number(text, 0, UINT64_MAX, ret_number))
		return (enum festore_error)fail(self, FESTORE_USAGE,
			"%s takes a number of entries, not %s", what, text ? text : "nothing");
	return FESTORE_OK;
}

static int list_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	uint64_t since = 0;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "Jtu", 0, 0, &options);

	if (error == FESTORE_OK && options.since)
		error = read_number(self, options.since, "--since", &since);
	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK) {
		error = festore_log_list(fs, since, print_info, &options);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, NULL);
	}
	options_close(&fs);
	return finish_output(self, (int)error);
}

static int export_log_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	void *bytes = NULL;
	size_t len = 0;
	enum festore_error error = options_read(self, argc, argv, OPTIONS_COMMON, 1, 1, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK) {
		error = festore_log_export(fs, &bytes, &len);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, NULL);
		else
			error = output_all(self, argv[optind], bytes, len);
	}
	festore_content_free(bytes, len);
	options_close(&fs);
	return (int)error;
}

static int key_log_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	void *bytes = NULL;
	size_t len = 0;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "o", 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK) {
		error = festore_log_key(fs, FESTORE_KEY_PEM, &bytes, &len);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, NULL);
		else
			error = output_all(self, options.output, bytes, len);
	}
	festore_content_free(bytes, len);
	options_close(&fs);
	return (int)error;
}

static int prune_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	uint64_t keep = 0;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "k", 0, 0, &options);

	if (error == FESTORE_OK && !options.keep)
		return fail_usage(self);
	if (error == FESTORE_OK)
		error = read_number(self, options.keep, "--keep", &keep);
	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK) {
		error = festore_log_prune(fs, keep);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, NULL);
	}
	options_close(&fs);
	return (int)error;
}

/* --- anywhere --------------------------------------------------------------------------------- */

static void print_summary(const struct festore_log_summary *summary)
{
	char at[TIME_TEXT_MAX];

	format_time(summary->at, at);
	fputs("vault ", stdout);
	for (size_t i = 0; i < sizeof(summary->vault); i++)
		printf("%02x", summary->vault[i]);
	printf(", epoch %llu, generation %llu, signed %s: entries %llu to %llu are whole\n",
		(unsigned long long)summary->epoch, (unsigned long long)summary->version, at,
		(unsigned long long)summary->first, (unsigned long long)summary->last);
}

/* All of a file into memory that grows with it; for free(), also after a failure. */
static enum festore_error read_all(
	const struct subcommand *self, struct input *input, uint8_t **bytes, size_t *len)
{
	size_t room = 0;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && *len == room) {
		const size_t more = room != 0 ? room : LOG_STEP;
		uint8_t *grown = realloc(*bytes, room + more);
		size_t got = 0;

		if (!grown)
			return (enum festore_error)fail(self, FESTORE_ERROR, "out of memory");
		*bytes = grown;
		error = input_read(input, *bytes + room, more, &got);
		room += more;
		*len += got;
	}
	return error;
}

static enum festore_error read_log(
	const struct subcommand *self, const char *path, uint8_t **ret_bytes, size_t *ret_len)
{
	struct input input = {.fd = -1};
	enum festore_error error = input_open(&input, self, path);

	if (error == FESTORE_OK)
		error = read_all(self, &input, ret_bytes, ret_len);
	input_close(&input);
	return error;
}

static enum festore_error verify(const struct subcommand *self, struct options *options,
	const char *path, const uint8_t *key, size_t key_len)
{
	struct festore_log_summary summary;
	uint8_t *log = NULL;
	size_t len = 0;
	enum festore_error error = read_log(self, path, &log, &len);

	if (error != FESTORE_OK) {
		free(log);
		return error;
	}
	error = festore_log_verify(log, len, key, key_len,
		options->json || options->verbose ? print_info : NULL, options, &summary);
	free(log);
	if (error != FESTORE_OK)
		return (enum festore_error)fail(self, error, "%s: %s", path, summary.reason);
	if (!options->json && !options->quiet)
		print_summary(&summary);
	return FESTORE_OK;
}

static int verify_log_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	uint8_t *key = NULL;
	size_t key_len = 0;
	enum festore_error error = options_read(self, argc, argv, "KJqv", 1, 1, &options);

	if (error == FESTORE_OK && !options.key)
		return fail_usage(self);
	if (error == FESTORE_OK)
		error = input_read_file(self, options.key, PUBLIC_KEY_MAX, &key, &key_len);
	if (error != FESTORE_OK)
		return (int)error;
	error = verify(self, &options, argv[optind], key, key_len);
	free(key);
	return finish_output(self, (int)error);
}

/* ---------------------------------------------------------------------------------------------- */

#define ARGUMENTS "[-g GROUP] [--storage vault|ree|rpmb] [--vault NAME] [-q] [-v]"

static const struct subcommand verbs[] = {
	{"log export", ARGUMENTS " FILE", "", "", export_log_run},
	{"log key", "[-o FILE] " ARGUMENTS, "", "", key_log_run},
	{"log prune", "--keep N " ARGUMENTS, "", "", prune_run},
	{"log verify", "--key PUB.pem [--json] [-q] [-v] FILE", "", "", verify_log_run},
};

int log_run(const struct subcommand *self, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name + strlen("log "), argv[1]) == 0)
			return verbs[i].run(&verbs[i], argc - 1, argv + 1);
	return list_run(self, argc, argv);
}
