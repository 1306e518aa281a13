/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a command while strace writes down what it and tee-supplicant ask of Linux. */
#ifndef TRACE_WATCH_H
#define TRACE_WATCH_H

#include "cli.h"
#include "supplicant.h"

#include <stdio.h>
#include <sys/types.h>

struct trace_watch {
	pid_t command;
	int status; /* of the command: its exit status, or 128 and the signal that ended it */
	FILE *log;  /* strace's, read from its beginning on */
};

/*
 * Runs this program again, with these words behind its name, under strace, which must be in the
 * PATH. What strace keeps has no contents of files. A failure is printed and returned; then the
 * command has not been run.
 */
enum festore_error trace_watch(const struct subcommand *self, const struct supplicant *supplicant,
	char *const *words, struct trace_watch *ret_watch);

#endif
