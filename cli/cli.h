/* SPDX-License-Identifier: BSD-2-Clause */
/* What the subcommands share: the table's rows, messages, and the way to a handle. */
#ifndef CLI_H
#define CLI_H

#include <festore.h>
#include <stdbool.h>

/* A row of the table that drives dispatch, usage and help. */
struct subcommand {
	const char *name;
	const char *arguments; /* as in a usage line */
	const char *summary;
	const char *details; /* for `festore help NAME`; lines end with a newline; may be "" */

	/* argv[0] is the subcommand's name. Returns the exit status. */
	int (*run)(const struct subcommand *self, int argc, char **argv);
};

int file_put_run(const struct subcommand *self, int argc, char **argv);
int file_append_run(const struct subcommand *self, int argc, char **argv);
int file_get_run(const struct subcommand *self, int argc, char **argv);
int file_ls_run(const struct subcommand *self, int argc, char **argv);
int file_stat_run(const struct subcommand *self, int argc, char **argv);
int file_rm_run(const struct subcommand *self, int argc, char **argv);
int file_mv_run(const struct subcommand *self, int argc, char **argv);
int copy_run(const struct subcommand *self, int argc, char **argv);
int decrypt_run(const struct subcommand *self, int argc, char **argv);
int encrypt_run(const struct subcommand *self, int argc, char **argv);
int export_run(const struct subcommand *self, int argc, char **argv);
int import_run(const struct subcommand *self, int argc, char **argv);
int vault_recover_run(const struct subcommand *self, int argc, char **argv);
int vault_sync_run(const struct subcommand *self, int argc, char **argv);
int vault_init_run(const struct subcommand *self, int argc, char **argv);
int vault_destroy_run(const struct subcommand *self, int argc, char **argv);
int fsck_run(const struct subcommand *self, int argc, char **argv);
int pin_run(const struct subcommand *self, int argc, char **argv);
int header_run(const struct subcommand *self, int argc, char **argv);
int key_run(const struct subcommand *self, int argc, char **argv);
int log_run(const struct subcommand *self, int argc, char **argv);
int sign_run(const struct subcommand *self, int argc, char **argv);
int verify_run(const struct subcommand *self, int argc, char **argv);
int trace_run(const struct subcommand *self, int argc, char **argv);
int doctor_run(const struct subcommand *self, int argc, char **argv);
int status_run(const struct subcommand *self, int argc, char **argv);

/* Prints "festore: NAME: message" to standard error. */
__attribute__((format(printf, 2, 3))) void say(
	const struct subcommand *self, const char *format, ...);

/* As say(), for a failure: prints it and returns `error` as exit status. */
__attribute__((format(printf, 3, 4))) int fail(
	const struct subcommand *self, enum festore_error error, const char *format, ...);

/* Says that the arguments are wrong and how they should be; returns FESTORE_USAGE. */
int fail_usage(const struct subcommand *self);

/* Prints why the last call on `fs` failed, with the tag if it is not NULL; returns `error`. */
int fail_call(const struct subcommand *self, enum festore_error error, const struct festore *fs,
	const char *tag);

/* Flushes standard output; a failure (a full disk, say) is reported and returned. */
int finish_output(const struct subcommand *self, int status);

#endif
