/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of all subcommands, each of which takes some of them. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "cli.h"

struct options {
	bool force;          /* -f */
	bool is_long;        /* -l */
	bool json;           /* --json */
	bool no_clobber;     /* -n, --no-clobber */
	bool quiet;          /* -q, --quiet */
	bool verbose;        /* -v, --verbose */
	const char *output;  /* -o FILE */
	const char *group;   /* -g, --group GROUP */
	const char *storage; /* --storage NAME */
	const char *vault;   /* --vault NAME */
};

/* What all subcommands on files take: -g, -q, -v, --storage, --vault. */
#define OPTIONS_COMMON "gqvSV"

/*
 * Reads the options whose letters are in `letters` (J is --json, S is --storage, V is --vault).
 * Arguments are left from optind on, and must be `least` to `most`. If not, or if an option is
 * unknown, says how it should be; returns FESTORE_USAGE.
 */
enum festore_error options_read(const struct subcommand *self, int argc, char **argv,
	const char *letters, int least, int most, struct options *ret_options);

/* The storage of a name, or prints that there is none such; and the name of a storage. */
enum festore_error options_storage(
	const struct subcommand *self, const char *name, enum festore_storage *ret_storage);
const char *storage_name(enum festore_storage storage);

/*
 * Opens the store that the options name, or prints why not, and starts the watchdog. *ret_fs is
 * always to be ended with options_close().
 */
enum festore_error options_open(
	const struct subcommand *self, const struct options *options, struct festore **ret_fs);

void options_close(struct festore **fs);

#endif
