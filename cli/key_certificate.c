/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore key csr` and `cert`: what others know a key in the TEE by. */
#include "key_use.h"
#include "options.h"
#include "output.h"
#include "scheme.h"
#include "text.h"

#include <getopt.h>
#include <string.h>

static enum festore_error read_days(
	const struct subcommand *self, const char *text, unsigned int *ret_days)
{
	uint64_t days = 0;

	if (text && !is_number(text, 1, FESTORE_CERTIFICATE_DAYS_MAX, &days))
		return (enum festore_error)fail(self, FESTORE_USAGE,
			"%s: a certificate lasts 1 to %d days", text, FESTORE_CERTIFICATE_DAYS_MAX);
	*ret_days = (unsigned int)days;
	return FESTORE_OK;
}

static enum festore_error read_format(
	const struct subcommand *self, const char *name, enum festore_key_format *ret_format)
{
	*ret_format = name && strcmp(name, "der") == 0 ? FESTORE_KEY_DER : FESTORE_KEY_PEM;
	if (!name || *ret_format == FESTORE_KEY_DER || strcmp(name, "pem") == 0)
		return FESTORE_OK;
	return (enum festore_error)fail(
		self, FESTORE_USAGE, "there is no format %s; there are: pem, der", name);
}

static enum festore_error read_what(const struct subcommand *self, const struct options *options,
	struct festore_certificate *ret_what)
{
	struct scheme scheme = {FESTORE_SCHEME_DEFAULT, FESTORE_HASH_DEFAULT};
	enum festore_error error = scheme_read(self, options, &scheme);

	ret_what->subject = options->subject;
	ret_what->other_names = options->other_names;
	ret_what->is_ca = options->is_ca;
	ret_what->scheme = scheme.scheme;
	ret_what->hash = scheme.hash;
	if (error == FESTORE_OK)
		error = read_days(self, options->days, &ret_what->days);
	if (error == FESTORE_OK)
		error = read_format(self, options->format, &ret_what->format);
	return error;
}

/* festore_key_request() or festore_key_certificate(). */
typedef enum festore_error (*make)(struct festore *fs, const char *tag,
	const struct festore_certificate *what, void **ret_bytes, size_t *ret_len);

static int run(
	const struct subcommand *self, int argc, char **argv, const char *letters, make make_it)
{
	struct options options = {0};
	struct festore_certificate what = {0};
	struct festore *fs = NULL;
	void *bytes = NULL;
	size_t len = 0;
	enum festore_error error = options_read(self, argc, argv, letters, 1, 1, &options);

	if (error == FESTORE_OK && !options.subject)
		return fail_usage(self);
	if (error == FESTORE_OK)
		error = read_what(self, &options, &what);
	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK) {
		error = make_it(fs, argv[optind], &what, &bytes, &len);
		if (error != FESTORE_OK)
			fail_call(self, error, fs, argv[optind]);
	}
	options_close(&fs);
	if (error == FESTORE_OK)
		error = output_all(self, options.output, bytes, len);
	festore_content_free(bytes, len);
	return (int)error;
}

int key_csr_run(const struct subcommand *self, int argc, char **argv)
{
	return run(self, argc, argv, OPTIONS_COMMON "jacMGOo", festore_key_request);
}

int key_cert_run(const struct subcommand *self, int argc, char **argv)
{
	return run(self, argc, argv, OPTIONS_COMMON "jacdMGOo", festore_key_certificate);
}
