/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommand pin: what is known of a vault's PIN, and another one in its place. */
#include "cli.h"
#include "options.h"
#include "passphrase.h"

#include <stdio.h>
#include <string.h>

static void print_text(const struct festore_pin_info *info)
{
	if (!info->has_pin) {
		puts("the vault has no PIN");
		return;
	}
	if (info->is_lost)
		puts("the device has LOST how many wrong PINs there were");
	else
		printf("wrong PINs since the last right one: %u, counted in %s\n", info->failures,
			info->counted_in);
	if (info->limit != 0 && info->left == 0)
		puts("CLOSED for good: festore destroy --without-pin makes room for another vault");
	else if (info->wait_seconds != 0)
		printf("the next one is looked at in %u seconds\n", info->wait_seconds);
	if (info->limit != 0 && info->left != 0)
		printf("%u more in a row close the vault for good\n", info->left);
}

static void print_json(const struct festore_pin_info *info)
{
	printf("{\"pin\":%s,\"counted_in\":\"%s\",\"lost\":%s,\"failures\":%u,\"wait\":%u,"
	       "\"limit\":%u,\"left\":%u}\n",
		info->has_pin ? "true" : "false", info->has_pin ? info->counted_in : "",
		info->is_lost ? "true" : "false", info->failures, info->wait_seconds, info->limit,
		info->left);
}

static int info_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore_pin_info info = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "J", 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK) {
		error = festore_pin_info(fs, &info);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, NULL);
		else if (options.json)
			print_json(&info);
		else
			print_text(&info);
	}
	options_close(&fs);
	return finish_output(self, (int)error);
}

static int change_run(const struct subcommand *self, int argc, char **argv)
{
	static struct passphrase new_pin;
	struct options options = {.asks_pin = true};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "4", 0, 0, &options);

	if (error == FESTORE_OK)
		error = options_new_pin(self, options.new_pin_fd, &new_pin);
	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK) {
		error = festore_pin_change(fs, new_pin.text, new_pin.len);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, NULL);
		else if (options.verbose)
			say(self, "changed");
	}
	options_close(&fs);
	explicit_bzero(&new_pin, sizeof(new_pin));
	return (int)error;
}

int pin_run(const struct subcommand *self, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "info") == 0)
		return info_run(self, argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "change") == 0)
		return change_run(self, argc - 1, argv + 1);
	return fail_usage(self);
}
