/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands on vaults: init, sync, recover, destroy. */
#include "cli.h"
#include "options.h"
#include "text.h"
#include "warning.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Root makes the folder of a group's vaults, and need not be a member; what is in it is the
 * members'. Writes whether there is more to do.
 */
static enum festore_error make_group_folder(const struct subcommand *self, struct festore *fs,
	enum festore_error opened, bool *ret_is_done)
{
	const enum festore_error error = festore_group_directory(fs);

	*ret_is_done = true;
	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(self, error, fs, NULL);
	if (opened == FESTORE_DENIED) {
		say(self,
			"the folder of the group's vaults is there; a vault in it is made by a "
			"member's init or first put");
		return FESTORE_OK;
	}
	*ret_is_done = false;
	return FESTORE_OK;
}

static enum festore_error init(
	const struct subcommand *self, const struct options *options, struct festore **ret_fs)
{
	bool is_done = false;
	enum festore_error error = options_try(self, options, ret_fs);

	if (options->group && options->storage == FESTORE_STORAGE_VAULT && geteuid() == 0 &&
		(error == FESTORE_OK || error == FESTORE_DENIED)) {
		error = make_group_folder(self, *ret_fs, error, &is_done);
		if (is_done)
			return error;
	}
	if (error == FESTORE_OK && options->storage == FESTORE_STORAGE_VAULT &&
		!options->insecure_huk && warning_is_due(*ret_fs))
		return (enum festore_error)fail(self, FESTORE_ERROR,
			"this device's hardware key is a known default, so a vault would be secret "
			"from nobody (see festore status); --accept-insecure-huk makes one");
	if (error == FESTORE_OK)
		error = festore_init(*ret_fs);
	if (error != FESTORE_OK)
		fail_call(self, error, *ret_fs, NULL);
	else if (!options->quiet)
		warning_of_huk(self, *ret_fs);
	return error;
}

int vault_init_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {.makes_pin = true};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "EHQX36", 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = init(self, &options, &fs);
	if (error == FESTORE_OK && options.verbose)
		say(self, "made");
	options_close(&fs);
	return (int)error;
}

int vault_sync_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error error = options_read(self, argc, argv, OPTIONS_COMMON, 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK) {
		error = festore_sync(fs);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, NULL);
		else if (options.verbose)
			say(self, "anchored");
	}
	options_close(&fs);
	return (int)error;
}

/* Lets a person on the terminal type the vault's name, for what was said to be done. */
static enum festore_error type_name(
	const struct subcommand *self, const struct festore_status *status, const char *otherwise)
{
	char answer[sizeof(status->vault) + 2] = "";

	fprintf(stderr, "Type its name, %s, to go on: ", status->vault);
	fflush(stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		answer[0] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	if (strcmp(answer, status->vault) != 0)
		return (enum festore_error)fail(self, FESTORE_ERROR, "%s", otherwise);
	return FESTORE_OK;
}

static enum festore_error confirm(
	const struct subcommand *self, const struct festore_status *status)
{
	if (!isatty(STDIN_FILENO))
		return (enum festore_error)fail(self, FESTORE_USAGE,
			"this is for good; without a terminal to confirm it on, -f is needed");
	fputs("This destroys the vault in ", stderr);
	print_shown(stderr, status->directory);
	if (status->vault_error == FESTORE_OK)
		fprintf(stderr, " for good, with %llu %s.\n", (unsigned long long)status->entries,
			status->entries == 1 ? "file" : "files");
	else
		fputs(" for good, with all that is in it.\n", stderr);
	return type_name(self, status, "nothing was destroyed");
}

/* What the device has against it was said by the call before. */
static enum festore_error confirm_recovery(const struct subcommand *self,
	const struct options *options, struct festore *fs, bool *ret_is_needed)
{
	struct festore_status status = {0};
	enum festore_error error = festore_status(fs, &status);

	if (error == FESTORE_OK && status.vault_error != FESTORE_STALE)
		error = status.vault_error;
	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(self, error, fs, NULL);
	*ret_is_needed = status.vault_error == FESTORE_STALE;
	if (!*ret_is_needed || options->yes)
		return FESTORE_OK;
	if (!isatty(STDIN_FILENO))
		return (enum festore_error)fail(self, FESTORE_USAGE,
			"%s; without a terminal to confirm on that it is to count, --yes is needed",
			festore_reason(fs));
	fprintf(stderr, "%s.\nWhat is stored in ", festore_reason(fs));
	print_shown(stderr, status.directory);
	fputs(" is to count from now on, whatever is missing from it.\n", stderr);
	return type_name(self, &status, "nothing was recovered");
}

static enum festore_error recover(
	const struct subcommand *self, const struct options *options, struct festore *fs)
{
	struct festore_recovery recovery = {0};
	bool is_needed = false;
	enum festore_error error = confirm_recovery(self, options, fs, &is_needed);

	if (error != FESTORE_OK)
		return error;
	if (is_needed)
		error = festore_recover(
			fs, options->accepts_rollback ? FESTORE_ACCEPT_ROLLBACK : 0, &recovery);
	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(self, error, fs, NULL);
	if (!is_needed)
		say(self, "the vault is the present one: there is nothing to recover");
	return FESTORE_OK;
}

static enum festore_error see_recovery(const struct subcommand *self, struct festore *fs)
{
	const enum festore_error error = festore_recovery_seen(fs);

	return error == FESTORE_OK ? error : (enum festore_error)fail_call(self, error, fs, NULL);
}

int vault_recover_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "ZYb", 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	if (options.has_seen && (options.accepts_rollback || options.yes))
		return fail_usage(self);
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK && options.has_seen)
		error = see_recovery(self, fs);
	else if (error == FESTORE_OK)
		error = recover(self, &options, fs);
	options_close(&fs);
	return (int)error;
}

static enum festore_error destroy(
	const struct subcommand *self, const struct options *options, struct festore *fs)
{
	struct festore_status status = {0};
	enum festore_error error = FESTORE_OK;

	if (!options->force && options->storage == FESTORE_STORAGE_VAULT) {
		error = festore_status(fs, &status);
		/* How much is in it then nobody can tell. */
		if (error == FESTORE_OK &&
			!(options->without_pin && status.vault_error == FESTORE_PIN))
			error = status.vault_error;
		if (error != FESTORE_OK)
			return (enum festore_error)fail_call(self, error, fs, NULL);
		error = confirm(self, &status);
		if (error != FESTORE_OK)
			return error;
	}
	error = options->without_pin ? festore_destroy_without_pin(fs) : festore_destroy(fs);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, NULL);
	else if (options->verbose)
		say(self, "destroyed");
	return error;
}

int vault_destroy_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "f5", 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK)
		error = destroy(self, &options, fs);
	options_close(&fs);
	return (int)error;
}
