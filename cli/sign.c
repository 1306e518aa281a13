/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands on signatures: sign, verify. */
#include "input.h"
#include "options.h"
#include "output.h"
#include "scheme.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
	WINDOW = 65536,
	PUBLIC_KEY_MAX = 65536, /* bytes of the file of one, with text around it */
	SIGNATURE_MAX = 4096,   /* more than any has, so that what is none is told */
};

/* Adds all of the input to a signature. */
static enum festore_error add_input(
	const struct subcommand *self, struct festore_signing *signing, struct input *input)
{
	uint8_t *window = malloc(WINDOW);
	enum festore_error error = FESTORE_OK;
	size_t len = WINDOW;

	if (!window)
		return (enum festore_error)fail(self, FESTORE_ERROR, "out of memory");
	while (error == FESTORE_OK && len == WINDOW) {
		error = input_read(input, window, WINDOW, &len);
		if (error != FESTORE_OK)
			break;
		error = festore_signing_add(signing, window, len);
		if (error != FESTORE_OK)
			fail(self, error, "%s: %s", input->name, festore_signing_reason(signing));
	}
	festore_content_free(window, WINDOW);
	return error;
}

/* --- sign ------------------------------------------------------------------------------------- */

static enum festore_error sign_input(const struct subcommand *self, const struct options *options,
	const struct scheme *how, struct input *input, struct festore *fs)
{
	struct festore_signing *signing = NULL;
	void *signature = NULL;
	size_t len = 0;
	enum festore_error error = options->name_space
		? festore_ssh_sign_begin(fs, options->key, options->name_space, &signing)
		: festore_sign_begin(fs, options->key, how->scheme, how->hash, &signing);

	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(self, error, fs, options->key);
	error = add_input(self, signing, input);
	if (error == FESTORE_OK) {
		error = festore_sign_finish(signing, &signature, &len);
		if (error != FESTORE_OK)
			fail(self, error, "%s: %s", options->key, festore_signing_reason(signing));
	}
	if (error == FESTORE_OK)
		error = output_all(self, options->output, signature, len);
	festore_content_free(signature, len);
	festore_signing_end(&signing);
	return error;
}

int sign_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct input input = {.fd = -1};
	struct scheme how = {FESTORE_SCHEME_DEFAULT, FESTORE_HASH_DEFAULT};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "KMGNo", 0, 1, &options);

	if (error == FESTORE_OK &&
		(!options.key || (options.name_space && (options.scheme || options.hash))))
		return fail_usage(self);
	if (error == FESTORE_OK)
		error = scheme_read(self, &options, &how);
	if (error == FESTORE_OK)
		error = input_open(&input, self, argv[optind]);
	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK)
		error = sign_input(self, &options, &how, &input, fs);
	options_close(&fs);
	input_close(&input);
	return (int)error;
}

/* --- verify ----------------------------------------------------------------------------------- */

/* The public key of --key comes from the TEE, that of --pubkey from a file. */
static enum festore_error read_public_key(const struct subcommand *self,
	const struct options *options, uint8_t **ret_bytes, size_t *ret_len)
{
	struct festore *fs = NULL;
	void *der = NULL;
	enum festore_error error = FESTORE_OK;

	if (options->public_key)
		return input_read_file(
			self, options->public_key, PUBLIC_KEY_MAX, ret_bytes, ret_len);
	error = options_open(self, options, &fs);
	if (error == FESTORE_OK) {
		error = festore_key_public(fs, options->key, FESTORE_KEY_DER, &der, ret_len);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, options->key);
	}
	options_close(&fs);
	*ret_bytes = der;
	return error;
}

/* What a check needs beside the message. */
struct given {
	uint8_t *public_key;
	size_t public_key_len;
	uint8_t *signature;
	size_t signature_len;
};

static enum festore_error check(const struct subcommand *self, const struct options *options,
	const struct scheme *how, const struct given *given, const char *path)
{
	struct input input = {.fd = -1};
	struct festore_signing *signing = NULL;
	enum festore_error error = festore_verify_begin(
		given->public_key, given->public_key_len, how->scheme, how->hash, &signing);

	if (error != FESTORE_OK)
		fail(self, error, "%s: %s", options->key ? options->key : options->public_key,
			festore_signing_reason(signing));
	else
		error = input_open(&input, self, path);
	if (error == FESTORE_OK)
		error = add_input(self, signing, &input);
	if (error == FESTORE_OK) {
		error = festore_verify_finish(signing, given->signature, given->signature_len);
		if (error != FESTORE_OK)
			fail(self, error, "%s: %s", options->signature,
				festore_signing_reason(signing));
		else if (options->verbose)
			say(self, "%s: the signature is right", options->signature);
	}
	input_close(&input);
	festore_signing_end(&signing);
	return error;
}

int verify_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct scheme how = {FESTORE_SCHEME_DEFAULT, FESTORE_HASH_DEFAULT};
	struct given given = {0};
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "KBIMG", 0, 1, &options);

	if (error == FESTORE_OK &&
		((options.key == NULL) == (options.public_key == NULL) || !options.signature))
		return fail_usage(self);
	if (error == FESTORE_OK)
		error = scheme_read(self, &options, &how);
	if (error == FESTORE_OK)
		error = input_read_file(self, options.signature, SIGNATURE_MAX, &given.signature,
			&given.signature_len);
	if (error == FESTORE_OK)
		error = read_public_key(self, &options, &given.public_key, &given.public_key_len);
	if (error == FESTORE_OK)
		error = check(self, &options, &how, &given, argv[optind]);
	festore_content_free(given.public_key, given.public_key_len);
	festore_content_free(given.signature, given.signature_len);
	return (int)error;
}
