/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore trace`: runs another subcommand and tells what each layer did for it. */
#include "cli.h"
#include "options.h"
#include "trace_print.h"
#include "trace_watch.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Files that tee-supplicant keeps open are in no log; whether they are written through is. */
static void note_opened(pid_t supplicant, struct trace_steps *trace)
{
	char path[64];
	char line[128];
	DIR *folder = NULL;
	const struct dirent *entry = NULL;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)supplicant);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		FILE *file = NULL;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", (int)supplicant,
			entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (!file)
			continue;
		while (fgets(line, sizeof(line), file)) {
			if (strncmp(line, "flags:", 6) == 0)
				trace_opened_before(trace,
					(unsigned int)strtoul(entry->d_name, NULL, 10),
					(unsigned int)strtoul(line + 6, NULL, 8));
		}
		fclose(file);
	}
	if (folder)
		closedir(folder);
}

static enum festore_error read_log(
	const struct subcommand *self, FILE *log, struct trace_steps *trace)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, log) >= 0)
		trace_take(trace, line);
	free(line);
	return trace->is_full ? (enum festore_error)fail(self, FESTORE_ERROR, "out of memory")
			      : FESTORE_OK;
}

static void copy_log(FILE *log, FILE *to)
{
	char piece[4096];
	size_t len = 0;

	while ((len = fread(piece, 1, sizeof(piece), log)) != 0)
		fwrite(piece, 1, len, to);
}

static enum festore_error run_and_tell(const struct subcommand *self, const struct options *options,
	const struct supplicant *supplicant, char **words, FILE *to, int *ret_status)
{
	struct trace_steps trace;
	struct trace_watch watch = {0};
	struct trace_run run = {words, 0};
	enum festore_error error = FESTORE_OK;

	trace_begin(&trace, 0);
	note_opened(supplicant->pid, &trace);
	error = trace_watch(self, supplicant, words, &watch);
	if (error != FESTORE_OK)
		return error;
	trace.command = (uint32_t)watch.command;
	run.status = watch.status;
	*ret_status = watch.status;
	if (options->raw)
		copy_log(watch.log, to);
	else
		error = read_log(self, watch.log, &trace);
	fclose(watch.log);
	if (error == FESTORE_OK && options->json)
		trace_print_json(to, &trace, &run);
	else if (error == FESTORE_OK && !options->raw)
		trace_print(to, &trace, &run);
	trace_free(&trace);
	return error;
}

/* The command's own status is handed on unless the trace fails. */
int trace_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct supplicant supplicant = {0};
	FILE *to = stderr;
	int status = FESTORE_ERROR;
	enum festore_error error = options_read(self, argc, argv, "+JWo", 1, INT_MAX, &options);

	if (error != FESTORE_OK)
		return (int)error;
	if ((options.json && options.raw) || strcmp(argv[optind], self->name) == 0)
		return fail_usage(self);
	if (geteuid() != 0)
		return fail(self, FESTORE_DENIED, "only root may look at tee-supplicant");
	if (supplicant_find(&supplicant) != SUPPLICANT_RUNS)
		return fail(self, FESTORE_NO_TEE, "no tee-supplicant is running");
	if (options.output)
		to = fopen(options.output, "we");
	if (!to)
		return fail(self, FESTORE_ERROR, "cannot write to %s: %s", options.output,
			strerror(errno));

	error = run_and_tell(self, &options, &supplicant, argv + optind, to, &status);
	if ((ferror(to) | (to == stderr ? fflush(to) : fclose(to))) != 0)
		error = (enum festore_error)fail(self, FESTORE_ERROR, "cannot write to %s: %s",
			options.output ? options.output : "standard error", strerror(errno));
	return error == FESTORE_OK ? status : (int)error;
}
