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
	{"vault", required_argument, NULL, 'V'},
	{"verbose", no_argument, NULL, 'v'},
	{NULL, 0, NULL, 0},
};

/* J, S and V have no short form. */
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
	case 'V':
		options->vault = optarg;
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

/* The storages by the names that users give them. */
static const struct {
	const char *name;
	enum festore_storage storage;
} storages[] = {
	{"vault", FESTORE_STORAGE_VAULT},
	{"ree", FESTORE_STORAGE_REE},
};

const char *storage_name(enum festore_storage storage)
{
	return storage == FESTORE_STORAGE_REE ? "ree" : "vault";
}

enum festore_error options_storage(
	const struct subcommand *self, const char *name, enum festore_storage *ret_storage)
{
	for (size_t i = 0; i < sizeof(storages) / sizeof(storages[0]); i++) {
		if (strcmp(storages[i].name, name) == 0) {
			*ret_storage = storages[i].storage;
			return FESTORE_OK;
		}
	}
	return (enum festore_error)fail(
		self, FESTORE_USAGE, "there is no storage %s; there are: vault, ree", name);
}

enum festore_error options_open(
	const struct subcommand *self, const struct options *options, struct festore **ret_fs)
{
	struct festore_options how = {.group = options->group, .vault = options->vault};
	enum festore_error error = FESTORE_OK;

	if (options->storage)
		error = options_storage(self, options->storage, &how.storage);
	if (error != FESTORE_OK)
		return error;
	if (options->vault && how.storage == FESTORE_STORAGE_REE)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "the storage ree has no vaults to name");
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
