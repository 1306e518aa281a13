/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore decrypt`: by a key in the vault. */
#include "cli.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "spool.h"
#include "text.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

struct decrypting {
	const struct subcommand *self;
	const struct options *options;
	struct input input;
	struct spool spool;
	struct output output;
	bool is_terminal; /* which shows text only */
	bool is_told;     /* why reading or writing failed was printed */
	uint64_t done;
};

static enum festore_error told(struct decrypting *decrypting, enum festore_error error)
{
	if (error == FESTORE_INTERRUPTED)
		fail(decrypting->self, error, "interrupted");
	decrypting->is_told = error != FESTORE_OK;
	return error;
}

static int read_message(uint64_t offset, void *to, size_t room, size_t *ret_len, void *arg)
{
	struct decrypting *decrypting = arg;

	progress_show(offset, decrypting->input.size);
	return (int)told(decrypting, spool_read(&decrypting->spool, offset, to, room, ret_len));
}

static int write_opened(const void *bytes, size_t len, void *arg)
{
	struct decrypting *decrypting = arg;

	if (decrypting->is_terminal && !is_text(bytes, len)) {
		decrypting->is_told = true;
		return fail(decrypting->self, FESTORE_USAGE,
			"this is not text: use -o FILE, or a pipe");
	}
	decrypting->done += len;
	return (int)told(decrypting, output_write(&decrypting->output, bytes, len));
}

static enum festore_error open_output(struct decrypting *decrypting)
{
	const char *file = decrypting->options->output;

	if (file && strcmp(file, "-") != 0)
		return output_to_file(&decrypting->output, decrypting->self, file);
	output_to_stdout(&decrypting->output, decrypting->self);
	decrypting->is_terminal = isatty(STDOUT_FILENO);
	return FESTORE_OK;
}

static enum festore_error decrypt_to_output(struct decrypting *decrypting, struct festore *fs)
{
	const struct options *options = decrypting->options;
	const unsigned int flags = options->raw ? FESTORE_ENCRYPT_RAW : 0;
	enum festore_error error = open_output(decrypting);

	if (error != FESTORE_OK)
		return error;
	progress_begin(fs, options, options->key);
	error = festore_decrypt(fs, options->key, flags, read_message, write_opened, decrypting);
	progress_end(fs);
	if (error == FESTORE_OK)
		return output_commit(&decrypting->output);
	output_abort(&decrypting->output);
	if (!decrypting->is_told)
		fail_call(decrypting->self, error, fs, options->key);
	return error;
}

static enum festore_error decrypt(struct decrypting *decrypting, const char *path)
{
	struct festore *fs = NULL;
	enum festore_error error = input_open(&decrypting->input, decrypting->self, path);

	if (error == FESTORE_OK)
		error = spool_begin(&decrypting->spool, &decrypting->input);
	if (error == FESTORE_OK) {
		error = options_open(decrypting->self, decrypting->options, &fs);
		if (error == FESTORE_OK)
			error = decrypt_to_output(decrypting, fs);
		options_close(&fs);
	}
	spool_end(&decrypting->spool);
	input_close(&decrypting->input);
	return error;
}

int decrypt_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct decrypting decrypting = {.self = self, .options = &options, .input.fd = -1};
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "oKW", 0, 1, &options);

	if (error != FESTORE_OK)
		return (int)error;
	if (!options.key)
		return fail_usage(self);
	error = decrypt(&decrypting, argv[optind]);
	if (error == FESTORE_OK && options.verbose)
		say(self, "%s: decrypted %llu bytes", options.key,
			(unsigned long long)decrypting.done);
	return (int)error;
}
