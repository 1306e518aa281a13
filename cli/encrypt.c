/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore encrypt`: to a public key, piece by piece; to one that is not in the vault without a
 * TEE. */
#include "cli.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "transfer.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than the library takes for a public key, so that it can say so. */
#define PUBLIC_KEY_ROOM (TRANSFER_WINDOW + 1)

struct encrypting {
	const struct subcommand *self;
	const struct options *options;
	struct input input;
	struct output output;
	struct festore_encryptor *encryptor;
	uint64_t done;
	bool is_told; /* why the output failed was printed */
};

static enum festore_error interrupted(const struct encrypting *encrypting)
{
	return (enum festore_error)fail(encrypting->self, FESTORE_INTERRUPTED, "interrupted");
}

/* Prints why the encryptor failed, if it was not the output, which has done so itself. */
static enum festore_error fail_to_encrypt(
	const struct encrypting *encrypting, enum festore_error error, const char *name)
{
	if (encrypting->is_told)
		return error;
	return (enum festore_error)fail(encrypting->self, error, "%s: %s", name,
		festore_encryptor_reason(encrypting->encryptor));
}

static int write_sealed(const void *bytes, size_t len, void *arg)
{
	struct encrypting *encrypting = arg;
	const enum festore_error error = output_write(&encrypting->output, bytes, len);

	encrypting->is_told = error != FESTORE_OK;
	if (error == FESTORE_INTERRUPTED)
		interrupted(encrypting);
	return (int)error;
}

static enum festore_error begin(struct encrypting *encrypting, const void *key, size_t key_len)
{
	const unsigned int flags = encrypting->options->raw ? FESTORE_ENCRYPT_RAW : 0;
	const enum festore_error error = festore_encryptor_open(
		&encrypting->encryptor, key, key_len, flags, write_sealed, encrypting);

	if (error == FESTORE_OK)
		return error;
	return fail_to_encrypt(encrypting, error,
		encrypting->options->key ? encrypting->options->key
					 : encrypting->options->recipient);
}

static enum festore_error encrypt_window(struct encrypting *encrypting, void *window, size_t *len)
{
	struct input *input = &encrypting->input;
	enum festore_error error = input_read(input, window, TRANSFER_WINDOW, len);

	if (error == FESTORE_INTERRUPTED ||
		(error == FESTORE_OK && progress_show(encrypting->done, input->size)))
		return interrupted(encrypting);
	if (error != FESTORE_OK)
		return error;
	encrypting->done += *len;
	error = festore_encryptor_write(encrypting->encryptor, window, *len);
	return error == FESTORE_OK ? error : fail_to_encrypt(encrypting, error, input->name);
}

static enum festore_error encrypt_all(struct encrypting *encrypting, void *window)
{
	size_t len = TRANSFER_WINDOW;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && len == TRANSFER_WINDOW)
		error = encrypt_window(encrypting, window, &len);
	if (error != FESTORE_OK)
		return error;
	error = festore_encryptor_finish(encrypting->encryptor);
	return error == FESTORE_OK ? error
				   : fail_to_encrypt(encrypting, error, encrypting->input.name);
}

/* `window` has the public key, and is then overwritten. */
static enum festore_error encrypt_input(struct encrypting *encrypting, void *window, size_t key_len)
{
	const char *file = encrypting->options->output;
	enum festore_error error = FESTORE_OK;

	if (file)
		error = output_to_file(&encrypting->output, encrypting->self, file);
	else
		output_to_stdout(&encrypting->output, encrypting->self);
	if (error != FESTORE_OK)
		return error;
	progress_begin(NULL, encrypting->options, encrypting->input.name);
	error = begin(encrypting, window, key_len);
	if (error == FESTORE_OK)
		error = encrypt_all(encrypting, window);
	progress_end(NULL);
	if (error == FESTORE_OK)
		return output_commit(&encrypting->output);
	output_abort(&encrypting->output);
	return error;
}

/* The public half of a key in the vault, which must have been made to decrypt. */
static enum festore_error fetch_key(
	const struct encrypting *encrypting, struct festore *fs, void *to, size_t *ret_len)
{
	const char *tag = encrypting->options->key;
	struct festore_key_info info = {0};
	void *bytes = NULL;
	enum festore_error error = festore_key_stat(fs, tag, &info);

	if (error == FESTORE_OK && (info.use & FESTORE_KEY_DECRYPT) == 0)
		return (enum festore_error)fail(encrypting->self, FESTORE_DENIED,
			"%s: the key was not made to decrypt", tag);
	if (error == FESTORE_OK)
		error = festore_key_public(fs, tag, FESTORE_KEY_PEM, &bytes, ret_len);
	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(encrypting->self, error, fs, tag);
	memcpy(to, bytes, *ret_len);
	festore_content_free(bytes, *ret_len);
	return FESTORE_OK;
}

static enum festore_error read_key_of_vault(
	const struct encrypting *encrypting, void *to, size_t *ret_len)
{
	struct festore *fs = NULL;
	enum festore_error error = options_open(encrypting->self, encrypting->options, &fs);

	if (error == FESTORE_OK)
		error = fetch_key(encrypting, fs, to, ret_len);
	options_close(&fs);
	return error;
}

static enum festore_error read_key(const struct encrypting *encrypting, void *to, size_t *ret_len)
{
	struct input input = {.fd = -1};
	enum festore_error error = FESTORE_OK;

	if (encrypting->options->key)
		return read_key_of_vault(encrypting, to, ret_len);
	error = input_open(&input, encrypting->self, encrypting->options->recipient);
	if (error == FESTORE_OK)
		error = input_read(&input, to, PUBLIC_KEY_ROOM, ret_len);
	input_close(&input);
	return error;
}

static enum festore_error encrypt(struct encrypting *encrypting, const char *path)
{
	void *window = malloc(PUBLIC_KEY_ROOM);
	size_t key_len = 0;
	enum festore_error error = window
		? read_key(encrypting, window, &key_len)
		: (enum festore_error)fail(encrypting->self, FESTORE_ERROR, "out of memory");

	if (error == FESTORE_OK)
		error = input_open(&encrypting->input, encrypting->self, path);
	if (error == FESTORE_OK)
		error = encrypt_input(encrypting, window, key_len);
	festore_encryptor_close(&encrypting->encryptor);
	festore_content_free(window, PUBLIC_KEY_ROOM);
	input_close(&encrypting->input);
	return error;
}

static bool is_standard_input(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

int encrypt_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct encrypting encrypting = {.self = self, .options = &options, .input.fd = -1};
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "oCKW", 0, 1, &options);

	if (error != FESTORE_OK)
		return (int)error;
	if (!options.recipient == !options.key)
		return fail_usage(self);
	if (options.recipient && (options.group || options.storage_name || options.vault))
		return fail(self, FESTORE_USAGE, "the public key of --recipient is in no store");
	if (options.recipient && is_standard_input(options.recipient) &&
		is_standard_input(argv[optind]))
		return fail(self, FESTORE_USAGE,
			"key and content cannot both come from standard input");
	if (options.output && strcmp(options.output, "-") == 0)
		options.output = NULL;
	if (!options.output && isatty(STDOUT_FILENO))
		return fail(self, FESTORE_USAGE,
			"what is encrypted is nothing for a terminal: use -o FILE, or a pipe");
	error = encrypt(&encrypting, argv[optind]);
	if (error == FESTORE_OK && options.verbose)
		say(self, "encrypted %llu bytes", (unsigned long long)encrypting.done);
	return (int)error;
}
