/* SPDX-License-Identifier: BSD-2-Clause */
/* One table of options for getopt_long(); a subcommand says by letters which ones it takes. */
#include "options.h"

#include "watchdog.h"

#include <getopt.h>
#include <string.h>

static const struct option long_options[] = {
	{"force", no_argument, NULL, 'f'},
	{"group", required_argument, NULL, 'g'},
	{"json", no_argument, NULL, 'J'},
	{"no-clobber", no_argument, NULL, 'n'},
	{"quiet", no_argument, NULL, 'q'},
	{"storage", required_argument, NULL, 'S'},
	{"verbose", no_argument, NULL, 'v'},
	{NULL, 0, NULL, 0},
};

/* J and S have no short form. */
static const char short_options[] = "fg:lno:qv";

static void set(int option, struct options *options)
{
	switch (option) {
	case 'f':
		options->force = true;
		break;
	case 'g':
		options->group = optarg;
		break;
	case 'J':
		options->json = true;
		break;
	case 'l':
		options->is_long = true;
		break;
	case 'n':
		options->no_clobber = true;
		break;
	case 'o':
		options->output = optarg;
		break;
	case 'q':
		options->quiet = true;
		break;
	case 'S':
		options->storage = optarg;
		break;
	default:
		options->verbose = true;
		break;
	}
}

enum festore_error options_read(const struct subcommand *self, int argc, char **argv,
	const char *letters, int least, int most, struct options *ret_options)
{
	int option = 0;

	opterr = 0;
	while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (option == '?' || !strchr(letters, option))
			return (enum festore_error)fail_usage(self);
		set(option, ret_options);
	}
	if (argc - optind < least || argc - optind > most)
		return (enum festore_error)fail_usage(self);
	return FESTORE_OK;
}

enum festore_error options_open(
	const struct subcommand *self, const struct options *options, struct festore **ret_fs)
{
	const struct festore_options how = {
		.storage = FESTORE_STORAGE_REE,
		.group = options->group,
	};
	enum festore_error error = FESTORE_OK;

	if (options->storage && strcmp(options->storage, "ree") != 0)
		return (enum festore_error)fail(self, FESTORE_USAGE,
			"there is no storage %s; there is: ree", options->storage);
	watchdog_start(self);
	error = festore_open(ret_fs, &how);
	if (error != FESTORE_OK)
		fail_call(self, error, *ret_fs, NULL);
	return error;
}

void options_close(struct festore **fs)
{
	festore_close(fs);
	watchdog_stop();
}
