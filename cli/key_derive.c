/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore key derive`: what a key and another's public key agree upon. */
#include "input.h"
#include "key_use.h"
#include "options.h"
#include "output.h"
#include "text.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
	PUBLIC_KEY_MAX = 65536, /* bytes of the file of one, with text around it */
	DERIVED = 32,           /* bytes, unless it is said: a key */
};

/* Salt or info, as its bytes are. */
struct word {
	uint8_t bytes[FESTORE_DERIVE_INPUT_MAX];
	size_t len;
};

static int digit(char letter)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = letter != 0 ? strchr(digits, letter | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool read_digits(const char *text, struct word *ret_word)
{
	for (; text[0] != 0; text += 2) {
		const int high = digit(text[0]);
		const int low = high < 0 ? -1 : digit(text[1]);

		if (low < 0)
			return false;
		ret_word->bytes[ret_word->len++] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Text, or bytes as "hex:" and digits; NULL is none. */
static enum festore_error read_word(
	const struct subcommand *self, const char *text, struct word *ret_word)
{
	const bool is_hex = text && strncmp(text, "hex:", 4) == 0;
	const size_t len = !text ? 0 : is_hex ? strlen(text + 4) / 2 : strlen(text);

	if (len > sizeof(ret_word->bytes))
		return (enum festore_error)fail(self, FESTORE_USAGE,
			"salt and info have at most %d bytes", FESTORE_DERIVE_INPUT_MAX);
	if (is_hex && !read_digits(text + 4, ret_word))
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "%s: an odd or no hexadecimal digit", text);
	if (is_hex || len == 0)
		return FESTORE_OK;
	memcpy(ret_word->bytes, text, len);
	ret_word->len = len;
	return FESTORE_OK;
}

static enum festore_error read_length(
	const struct subcommand *self, const char *text, size_t *ret_length)
{
	uint64_t length = DERIVED;

	if (text && !is_number(text, 1, FESTORE_DERIVE_LENGTH_MAX, &length))
		return (enum festore_error)fail(self, FESTORE_USAGE,
			"%s: 1 to %d bytes can be derived", text, FESTORE_DERIVE_LENGTH_MAX);
	*ret_length = (size_t)length;
	return FESTORE_OK;
}

static enum festore_error derive(const struct subcommand *self, const struct options *options,
	const char *tag, const struct festore_derivation *how)
{
	struct festore *fs = NULL;
	uint8_t *peer = NULL;
	size_t peer_len = 0;
	void *bytes = NULL;
	size_t len = 0;
	enum festore_error error =
		input_read_file(self, options->peer, PUBLIC_KEY_MAX, &peer, &peer_len);

	if (error == FESTORE_OK) {
		error = options_open(self, options, &fs);
		if (error == FESTORE_OK) {
			error = festore_key_derive(fs, tag, peer, peer_len, how, &bytes, &len);
			if (error != FESTORE_OK)
				fail_call(self, error, fs, tag);
		}
		options_close(&fs);
	}
	if (error == FESTORE_OK)
		error = output_all(self, options->output, bytes, len);
	festore_content_free(bytes, len);
	free(peer);
	return error;
}

int key_derive_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct word salt = {.len = 0};
	struct word info = {.len = 0};
	struct festore_derivation how = {.salt = salt.bytes, .info = info.bytes};
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "eisLWo", 1, 1, &options);

	if (error == FESTORE_OK &&
		(!options.peer ||
			(options.raw && (options.info || options.salt || options.length))))
		return fail_usage(self);
	if (error == FESTORE_OK)
		error = read_word(self, options.salt, &salt);
	if (error == FESTORE_OK)
		error = read_word(self, options.info, &info);
	if (error == FESTORE_OK && options.raw)
		how.flags = FESTORE_DERIVE_RAW;
	else if (error == FESTORE_OK)
		error = read_length(self, options.length, &how.length);
	if (error != FESTORE_OK)
		return (int)error;
	how.salt_len = salt.len;
	how.info_len = info.len;
	return (int)derive(self, &options, argv[optind], &how);
}
