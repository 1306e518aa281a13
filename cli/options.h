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
};

/* What all subcommands on files take: -g, -q, -v, --storage. */
#define OPTIONS_COMMON "gqvS"

/*
 * Reads the options whose letters are in `letters` (J is --json, S is --storage). Arguments are
 * left from optind on, and must be `least` to `most`. If not, or if an option is unknown, says
 * how it should be; returns FESTORE_USAGE.
 */
enum festore_error options_read(const struct subcommand *self, int argc, char **argv,
	const char *letters, int least, int most, struct options *ret_options);

/*
 * Opens the store that the options name, or prints why not, and starts the watchdog. *ret_fs is
 * always to be ended with options_close().
 */
enum festore_error options_open(
	const struct subcommand *self, const struct options *options, struct festore **ret_fs);

void options_close(struct festore **fs);

#endif
