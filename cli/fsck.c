/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommand fsck: what is intact, damaged, missing or left over in a vault. */
#include "cli.h"
#include "options.h"
#include "progress.h"
#include "text.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>

static const char *kind_name(enum festore_finding_kind kind)
{
	static const char *const names[] = {
		[FESTORE_FINDING_INTACT] = "intact",
		[FESTORE_FINDING_DAMAGED] = "damaged",
		[FESTORE_FINDING_MISSING] = "missing",
		[FESTORE_FINDING_STRAY] = "stray",
		[FESTORE_FINDING_ORPHAN] = "orphan",
		[FESTORE_FINDING_FOREIGN] = "foreign",
		[FESTORE_FINDING_MENDED] = "mended",
		[FESTORE_FINDING_UNPROVEN] = "unproven",
	};

	return names[kind];
}

static const char *part_name(enum festore_finding_part part)
{
	static const char *const names[] = {
		[FESTORE_FINDING_FILE] = "file",
		[FESTORE_FINDING_RECORD] = "entry",
		[FESTORE_FINDING_CONTENT] = "content",
		[FESTORE_FINDING_BLOB] = "blob",
		[FESTORE_FINDING_NODES] = "nodes",
		[FESTORE_FINDING_HEADER] = "header",
		[FESTORE_FINDING_STATE] = "state",
		[FESTORE_FINDING_DATABASE] = "database",
		[FESTORE_FINDING_LOG] = "log",
	};

	return names[part];
}

static void print_text(const struct festore_finding *finding)
{
	printf("%-8s ", kind_name(finding->kind));
	if (finding->part != FESTORE_FINDING_FILE)
		fputs(part_name(finding->part), stdout);
	if (finding->part != FESTORE_FINDING_FILE && finding->id[0] != '\0') {
		putchar(' ');
		print_shown(stdout, finding->id);
	}
	if (finding->part != FESTORE_FINDING_FILE && finding->tag)
		fputs(", ", stdout);
	if (finding->tag)
		print_shown(stdout, finding->tag);
	if (finding->reason[0] != '\0')
		fputs(": ", stdout);
	if (finding->count != 1)
		printf("%llu ", (unsigned long long)finding->count);
	print_shown(stdout, finding->reason);
	putchar('\n');
}

static void print_json(const struct festore_finding *finding)
{
	printf("{\"finding\":\"%s\",\"of\":\"%s\",\"tag\":", kind_name(finding->kind),
		part_name(finding->part));
	if (finding->tag)
		print_json_string(finding->tag);
	else
		fputs("null", stdout);
	fputs(",\"id\":", stdout);
	print_json_string(finding->id);
	printf(",\"count\":%llu,\"reason\":", (unsigned long long)finding->count);
	print_json_string(finding->reason);
	fputs("}\n", stdout);
}

static void print_finding(const struct festore_finding *finding, void *arg)
{
	const struct options *options = arg;

	if (options->json)
		print_json(finding);
	else if (finding->kind != FESTORE_FINDING_INTACT || options->verbose)
		print_text(finding);
}

static void print_json_numbers(const struct festore_check *check)
{
	printf("{\"intact\":%llu,\"damaged\":%llu,\"missing\":%llu,\"unproven\":%llu,"
	       "\"stray\":%llu,"
	       "\"orphans\":%llu,\"foreign\":%llu,\"nodes\":%llu,\"headers\":%llu,"
	       "\"others\":%llu,\"mended\":%llu}\n",
		(unsigned long long)check->intact, (unsigned long long)check->damaged,
		(unsigned long long)check->missing, (unsigned long long)check->unproven,
		(unsigned long long)check->stray, (unsigned long long)check->orphans,
		(unsigned long long)check->foreign, (unsigned long long)check->nodes,
		(unsigned long long)check->headers, (unsigned long long)check->others,
		(unsigned long long)check->mended);
}

static void print_number(uint64_t number, const char *of_what)
{
	if (number != 0)
		printf(", %llu %s", (unsigned long long)number, of_what);
}

static void print_numbers(const struct festore_check *check)
{
	printf("%llu %s intact, %llu damaged, %llu missing", (unsigned long long)check->intact,
		check->intact == 1 ? "file" : "files", (unsigned long long)check->damaged,
		(unsigned long long)check->missing);
	print_number(check->unproven, "unproven");
	print_number(check->stray, "stray");
	print_number(check->orphans, "orphaned");
	print_number(check->foreign, "foreign");
	print_number(check->nodes, "of nodes to be made anew");
	print_number(check->headers, "of the header's copies damaged");
	print_number(check->mended, "mended");
	putchar('\n');
}

static enum festore_error check_vault(
	const struct subcommand *self, struct options *options, struct festore *fs)
{
	struct festore_check check = {0};
	enum festore_error error = FESTORE_OK;

	progress_begin(fs, options, "checking");
	error = festore_check(
		fs, options->repair ? FESTORE_CHECK_MEND : 0, print_finding, options, &check);
	progress_end(fs);
	if (error == FESTORE_OK || error == FESTORE_DAMAGED) {
		if (options->json)
			print_json_numbers(&check);
		else
			print_numbers(&check);
	}
	return error == FESTORE_OK ? error : (enum festore_error)fail_call(self, error, fs, NULL);
}

static enum festore_error remove_entries(const struct subcommand *self,
	const struct options *options, struct festore *fs, char **ids, int count)
{
	const enum festore_error error =
		festore_check_remove(fs, (const char *const *)ids, (size_t)count);

	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(self, error, fs, NULL);
	for (int i = 0; i < count && options->verbose; i++)
		say(self, "%s: removed", ids[i]);
	return FESTORE_OK;
}

int fsck_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "JPD", 0, INT_MAX, &options);
	const int count = argc - optind;

	if (error == FESTORE_OK &&
		(options.removes != (count != 0) ||
			(options.removes && (options.json || options.repair))))
		return fail_usage(self);
	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK && options.removes)
		error = remove_entries(self, &options, fs, argv + optind, count);
	else if (error == FESTORE_OK)
		error = check_vault(self, &options, fs);
	options_close(&fs);
	return finish_output(self, (int)error);
}
