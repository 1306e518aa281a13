/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore key import`: a private key from a file, or standard input, into the TEE. */
#include "elapsed.h"
#include "input.h"
#include "key_use.h"
#include "passphrase.h"
#include "progress.h"
#include "warning.h"

#include <getopt.h>
#include <string.h>

/* Bytes of the longest file, and one more to see that it is longer. */
enum { PRIVATE_KEY_ROOM = 65537 };

/* What is secret, in one piece to be wiped. */
struct secret {
	char bytes[PRIVATE_KEY_ROOM];
	size_t len;
	struct passphrase passphrase;
	bool has_passphrase;
};

static struct secret secret;

static enum festore_error read_key(const struct subcommand *self, const char *path)
{
	struct input input = {.fd = -1};
	enum festore_error error = input_open(&input, self, path);

	if (error == FESTORE_OK)
		error = input_read(&input, secret.bytes, sizeof(secret.bytes), &secret.len);
	input_close(&input);
	return error;
}

/* Before the TEE is opened: nothing else goes on while a person types. */
static enum festore_error read_secret(
	const struct subcommand *self, const char *path, const char *descriptor)
{
	static const struct question question = {
		.prompt = "passphrase: ",
		.name = "passphrase",
		.no_terminal = "the key is encrypted, and there is no terminal to ask for its "
			       "passphrase: see --passphrase-fd",
	};
	enum festore_error error = read_key(self, path);

	if (error != FESTORE_OK || !festore_key_is_encrypted(secret.bytes, secret.len))
		return error;
	secret.has_passphrase = true;
	return passphrase_get(self, descriptor, &question, &secret.passphrase);
}

/* What the TEE has checked after a signal is not stored. */
static int is_cancelled(uint64_t done, uint64_t total, void *arg)
{
	(void)done;
	(void)total;
	(void)arg;
	return progress_is_interrupted();
}

static enum festore_error import(const struct subcommand *self, const struct options *options,
	struct festore *fs, const char *tag, unsigned int use)
{
	const char *passphrase = secret.has_passphrase ? secret.passphrase.text : NULL;
	enum festore_error error = FESTORE_OK;

	progress_begin(fs, options, tag);
	festore_set_progress(fs, is_cancelled, NULL);
	elapsed_begin(options, "the TEE checks the key:");
	error = festore_key_import(
		fs, tag, secret.bytes, secret.len, passphrase, secret.passphrase.len, use);
	elapsed_end();
	progress_end(fs);
	if (error != FESTORE_OK && error != FESTORE_INTERRUPTED)
		fail_call(self, error, fs, tag);
	else if (error == FESTORE_OK && options->verbose)
		say(self, "%s: imported", tag);
	if (error == FESTORE_OK && !options->quiet)
		warning_of_huk(self, fs);
	return error;
}

int key_import_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	unsigned int use = 0;
	uint32_t max_uses = 0;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "Ump", 1, 2, &options);

	if (error == FESTORE_OK)
		error = key_use_read(self, options.use, &use);
	if (error == FESTORE_OK)
		error = key_max_uses_read(self, options.max_uses, &max_uses);
	if (error == FESTORE_OK)
		error = read_secret(self, argv[optind + 1], options.passphrase_fd);
	if (error == FESTORE_OK) {
		error = options_open(self, &options, &fs);
		if (error == FESTORE_OK)
			festore_set_max_uses(fs, max_uses);
		if (error == FESTORE_OK)
			error = import(self, &options, fs, argv[optind], use);
		options_close(&fs);
	}
	explicit_bzero(&secret, sizeof(secret));
	return (int)error;
}
