/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommand header: a vault's header, to a file and back. */
#include "cli.h"
#include "input.h"
#include "options.h"
#include "output.h"

#include <getopt.h>
#include <string.h>

static enum festore_error back_up(
	const struct subcommand *self, struct festore *fs, const char *path)
{
	unsigned char header[FESTORE_HEADER_LEN];
	struct output output;
	enum festore_error error = festore_header_backup(fs, header);

	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(self, error, fs, NULL);
	error = output_to_file(&output, self, path);
	if (error != FESTORE_OK)
		return error;
	/* The only copy of a header is nothing to write over. */
	output.is_new = true;
	error = output_write(&output, header, sizeof(header));
	if (error == FESTORE_OK)
		return output_commit(&output);
	output_abort(&output);
	return error;
}

static enum festore_error read_header(const struct subcommand *self, const char *path,
	unsigned char ret_header[FESTORE_HEADER_LEN])
{
	unsigned char bytes[FESTORE_HEADER_LEN + 1];
	struct input input = {.fd = -1};
	size_t len = 0;
	enum festore_error error = input_open(&input, self, path);

	if (error == FESTORE_OK)
		error = input_read(&input, bytes, sizeof(bytes), &len);
	input_close(&input);
	if (error != FESTORE_OK)
		return error;
	if (len != FESTORE_HEADER_LEN)
		return (enum festore_error)fail(self, FESTORE_USAGE,
			"%s is no header: it has not %d bytes", path, FESTORE_HEADER_LEN);
	memcpy(ret_header, bytes, FESTORE_HEADER_LEN);
	return FESTORE_OK;
}

int header_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	unsigned char header[FESTORE_HEADER_LEN];
	bool is_backup = false;
	enum festore_error error = options_read(self, argc, argv, OPTIONS_COMMON, 2, 2, &options);

	if (error != FESTORE_OK)
		return (int)error;
	is_backup = strcmp(argv[optind], "backup") == 0;
	if (!is_backup && strcmp(argv[optind], "restore") != 0)
		return fail_usage(self);
	if (!is_backup)
		error = read_header(self, argv[optind + 1], header);
	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK && is_backup)
		error = back_up(self, fs, argv[optind + 1]);
	else if (error == FESTORE_OK) {
		error = festore_header_restore(fs, header);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, NULL);
	}
	if (error == FESTORE_OK && options.verbose)
		say(self, "%s: %s", argv[optind + 1], is_backup ? "written" : "restored");
	options_close(&fs);
	return (int)error;
}
