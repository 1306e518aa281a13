/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands on keys: a table of its own below `festore key`. */
#include "elapsed.h"
#include "key_use.h"
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

/* --- gen -------------------------------------------------------------------------------------- */

static enum festore_error read_type(
	const struct subcommand *self, const char *name, enum festore_key_type *ret_type)
{
	if (!name)
		return (enum festore_error)fail_usage(self);
	for (unsigned int type = 1; festore_key_type_name((enum festore_key_type)type); type++) {
		if (strcmp(name, festore_key_type_name((enum festore_key_type)type)) == 0) {
			*ret_type = (enum festore_key_type)type;
			return FESTORE_OK;
		}
	}
	return (enum festore_error)fail(self, FESTORE_USAGE,
		"there is no type %s; there are: rsa2048, rsa3072, rsa4096, p256, p384, p521, "
		"ed25519, x25519",
		name);
}

/* The TEE does not let go of a search; what it finds after a signal is not stored. */
static int is_cancelled(uint64_t done, uint64_t total, void *arg)
{
	(void)done;
	(void)total;
	(void)arg;
	return progress_is_interrupted();
}

static bool is_long_search(enum festore_key_type type)
{
	return type <= FESTORE_KEY_RSA4096;
}

static int gen_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_key_type type = (enum festore_key_type)0;
	unsigned int use = 0;
	uint32_t max_uses = 0;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "TUm", 1, 1, &options);

	if (error == FESTORE_OK)
		error = read_type(self, options.type, &type);
	if (error == FESTORE_OK)
		error = key_use_read(self, options.use, &use);
	if (error == FESTORE_OK)
		error = key_max_uses_read(self, options.max_uses, &max_uses);
	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error != FESTORE_OK)
		goto out;
	festore_set_max_uses(fs, max_uses);
	progress_begin(fs, &options, argv[optind]);
	festore_set_progress(fs, is_cancelled, NULL);
	if (is_long_search(type))
		elapsed_begin(&options, "the TEE searches for an RSA key:");
	error = festore_key_generate(fs, argv[optind], type, use);
	elapsed_end();
	progress_end(fs);
	if (error != FESTORE_OK && error != FESTORE_INTERRUPTED)
		fail_call(self, error, fs, argv[optind]);
	else if (error == FESTORE_OK && options.verbose)
		say(self, "%s: made a key of type %s", argv[optind], festore_key_type_name(type));
	if (error == FESTORE_OK && !options.quiet)
		warning_of_huk(self, fs);
out:
	options_close(&fs);
	return (int)error;
}

/* --- ls, info --------------------------------------------------------------------------------- */

static void print_json_key(const struct festore_key_info *info)
{
	char created[TIME_TEXT_MAX];

	format_time(info->created, created);
	fputs("{\"tag\":", stdout);
	print_json_string(info->tag);
	printf(",\"type\":\"%s\",\"use\":[", festore_key_type_name(info->type));
	key_use_print(info->use, "\"", ",");
	printf("],\"created\":\"%s\"", created);
	if (info->is_limited)
		printf(",\"uses_left\":%u", info->uses_left);
	puts("}");
}

static int print_key(const struct festore_key_info *info, void *arg)
{
	const struct options *options = arg;
	char created[TIME_TEXT_MAX];

	if (options->json) {
		print_json_key(info);
	} else if (options->is_long) {
		format_time(info->created, created);
		printf("%-7s  %s  ", festore_key_type_name(info->type), created);
		key_use_print(info->use, "", ",");
		printf("  %s\n", info->tag);
	} else {
		puts(info->tag);
	}
	return 0;
}

static int ls_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "lJ", 0, 1, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK) {
		error = festore_key_list(fs, argv[optind], print_key, &options);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, NULL);
	}
	options_close(&fs);
	return finish_output(self, (int)error);
}

static void print_info(const struct festore_key_info *info)
{
	char created[TIME_TEXT_MAX];

	format_time(info->created, created);
	printf("tag:      %s\ntype:     %s\nuse:      ", info->tag,
		festore_key_type_name(info->type));
	key_use_print(info->use, "", ",");
	printf("\ncreated:  %s (by the clock of the client that made it)\n", created);
	if (info->is_limited)
		printf("left:     %u uses\n", info->uses_left);
}

static int info_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	struct festore_key_info info = {0};
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "J", 1, 1, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_key_stat(fs, argv[optind], &info);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, argv[optind]);
	else if (options.json)
		print_json_key(&info);
	else
		print_info(&info);
out:
	options_close(&fs);
	return finish_output(self, (int)error);
}

/* --- pub -------------------------------------------------------------------------------------- */

static enum festore_error read_format(
	const struct subcommand *self, const char *name, enum festore_key_format *ret_format)
{
	static const char *const names[] = {"pem", "der", "ssh", "jwk"};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!name || strcmp(name, names[i]) == 0) {
			*ret_format = (enum festore_key_format)i;
			return FESTORE_OK;
		}
	}
	return (enum festore_error)fail(
		self, FESTORE_USAGE, "there is no format %s; there are: pem, der, ssh, jwk", name);
}

static int pub_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_key_format format = FESTORE_KEY_PEM;
	void *bytes = NULL;
	size_t len = 0;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "oO", 1, 1, &options);

	if (error == FESTORE_OK)
		error = read_format(self, options.format, &format);
	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_key_public(fs, argv[optind], format, &bytes, &len);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, argv[optind]);
	else
		error = output_all(self, options.output, bytes, len);
out:
	festore_content_free(bytes, len);
	options_close(&fs);
	return (int)error;
}

/* --- mv, rm ----------------------------------------------------------------------------------- */

static int mv_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error error = options_read(self, argc, argv, OPTIONS_COMMON, 2, 2, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_key_move(fs, argv[optind], argv[optind + 1]);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, argv[optind + (error == FESTORE_EXISTS ? 1 : 0)]);
	else if (options.verbose)
		say(self, "%s: now %s", argv[optind], argv[optind + 1]);
out:
	options_close(&fs);
	return (int)error;
}

static int rm_run(const struct subcommand *self, int argc, char **argv)
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
		const enum festore_error error = festore_key_remove(fs, argv[i]);

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

/* ---------------------------------------------------------------------------------------------- */

#define ARGUMENTS "[-g GROUP] [--storage vault|ree|rpmb] [--vault NAME] [-q] [-v]"

static const struct subcommand verbs[] = {
	{"key gen", "TAG --type TYPE [--use USE,...] " ARGUMENTS, "", "", gen_run},
	{"key import", "[--use USE,...] [--passphrase-fd N] " ARGUMENTS " TAG [FILE|-]", "", "",
		key_import_run},
	{"key derive",
		"--peer PUB.pem [--info TEXT|hex:DIGITS] [--salt TEXT|hex:DIGITS] [--length N] | "
		"--raw [-o FILE] " ARGUMENTS " TAG",
		"", "", key_derive_run},
	{"key ls", "[-l] [--json] " ARGUMENTS " [PREFIX]", "", "", ls_run},
	{"key info", "[--json] " ARGUMENTS " TAG", "", "", info_run},
	{"key pub", "[--format pem|der|ssh|jwk] [-o FILE] " ARGUMENTS " TAG", "", "", pub_run},
	{"key csr",
		"--subject NAME [--san NAME,...] [--ca] [--scheme SCHEME] [--hash HASH] [--format "
		"pem|der] [-o FILE] " ARGUMENTS " TAG",
		"", "", key_csr_run},
	{"key cert",
		"--subject NAME [--days N] [--san NAME,...] [--ca] [--scheme SCHEME] [--hash HASH] "
		"[--format pem|der] [-o FILE] " ARGUMENTS " TAG",
		"", "", key_cert_run},
	{"key mv", ARGUMENTS " OLD NEW", "", "", mv_run},
	{"key rm", ARGUMENTS " TAG...", "", "", rm_run},
};

int key_run(const struct subcommand *self, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name + strlen("key "), argv[1]) == 0)
			return verbs[i].run(&verbs[i], argc - 1, argv + 1);
	return fail_usage(self);
}
