/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore cp`: from one storage to another, one tag at a time, through this process. */
#include "cli.h"
#include "options.h"
#include "progress.h"
#include "tags.h"
#include "transfer.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Two handles also on one store: what reads serves nothing else. */
struct copying {
	const struct subcommand *self;
	const struct options *options;
	struct festore *from;
	struct festore *to;
};

static enum festore_error copy_one(const struct copying *copying, const char *tag, const char *new)
{
	const struct options *options = copying->options;
	struct transfer transfer = {
		.self = copying->self,
		.options = options,
		.fs = copying->from,
		.tag = tag,
	};
	enum festore_error error = FESTORE_OK;

	progress_begin(copying->from, options, tag);
	error = transfer_copy(&transfer, copying->to, new, options->force ? 0 : FESTORE_NO_CLOBBER);
	progress_end(copying->from);
	if (error == FESTORE_OK && options->verbose)
		say(copying->self, "%s: copied %llu bytes", new, (unsigned long long)transfer.done);
	return error;
}

/* Goes on after failures, but not after a signal; the first one is returned. */
static enum festore_error copy_tags(const struct copying *copying, char *const *tags, size_t count)
{
	enum festore_error first = FESTORE_OK;

	for (size_t i = 0; i < count; i++) {
		const enum festore_error error = copy_one(copying, tags[i], tags[i]);

		if (first == FESTORE_OK)
			first = error;
		if (error == FESTORE_INTERRUPTED)
			return error;
	}
	return first;
}

/* What is damaged in the list does not keep the rest from being copied. */
static enum festore_error copy_all(const struct copying *copying)
{
	struct tags all = {0};
	enum festore_error first = tags_list(copying->from, NULL, &all);
	enum festore_error error = FESTORE_OK;

	if (first != FESTORE_OK)
		fail_call(copying->self, first, copying->from, NULL);
	if (first == FESTORE_OK || first == FESTORE_DAMAGED)
		error = copy_tags(copying, all.tags, all.count);
	tags_free(&all);
	return first == FESTORE_OK ? error : first;
}

static enum festore_error copy_between(
	const struct subcommand *self, const struct options *options, char **tags, size_t count)
{
	struct copying copying = {.self = self, .options = options};
	struct options source = *options;
	enum festore_error error = FESTORE_OK;

	source.storage = options->from;
	source.vault = NULL;
	error = options_open(self, &source, &copying.from);
	if (error == FESTORE_OK)
		error = options_open(self, options, &copying.to);
	if (error == FESTORE_OK)
		error = options->all ? copy_all(&copying) : copy_tags(&copying, tags, count);
	options_close(&copying.from);
	options_close(&copying.to);
	return error;
}

static enum festore_error copy_within(const struct subcommand *self, const struct options *options,
	const char *tag, const char *new)
{
	struct copying copying = {.self = self, .options = options};
	enum festore_error error = FESTORE_OK;

	if (strcmp(tag, new) == 0)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "%s: both tags are the same", tag);
	error = options_open(self, options, &copying.from);
	if (error == FESTORE_OK)
		error = options_open(self, options, &copying.to);
	if (error == FESTORE_OK)
		error = copy_one(&copying, tag, new);
	options_close(&copying.from);
	options_close(&copying.to);
	return error;
}

int copy_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "fAF", 0, INT_MAX, &options);
	const int count = argc - optind;

	if (error != FESTORE_OK)
		return (int)error;
	if (!options.from_name)
		return options.all || count != 2
			? fail_usage(self)
			: (int)copy_within(self, &options, argv[optind], argv[optind + 1]);
	if (options.all ? count != 0 : count == 0)
		return fail_usage(self);
	if (options.from == options.storage && !options.vault)
		return fail(self, FESTORE_USAGE, "from %s to %s would change nothing",
			storage_name(options.from), storage_name(options.storage));
	return (int)copy_between(self, &options, argv + optind, (size_t)count);
}
