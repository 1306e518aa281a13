/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore status`: what this device is, and what it does not protect from. */
#include "cli.h"
#include "options.h"
#include "text.h"

#include <stdio.h>

/* In words, and as JSON has it. */
static const struct {
	const char *text;
	const char *json;
} huks[] = {
	[FESTORE_HUK_UNKNOWN] = {"not known: this OP-TEE offers no way to ask", "unknown"},
	[FESTORE_HUK_OWN] = {"none of the known defaults", "own"},
	[FESTORE_HUK_ZERO] = {"ALL ZERO: what is stored here is secret from nobody", "zero"},
	[FESTORE_HUK_KNOWN] = {"A KNOWN DEFAULT: what is stored here is secret from nobody",
		"default"},
};

static unsigned int huk_of(const struct festore_status *status)
{
	const unsigned int huk = (unsigned int)status->huk;

	return huk < sizeof(huks) / sizeof(huks[0]) ? huk : FESTORE_HUK_UNKNOWN;
}

static void print_text(const struct festore_status *status)
{
	printf("festore:   %s\n"
	       "TA:        %s\n"
	       "OP-TEE:    %s\n"
	       "owner:     %s\n"
	       "key (HUK): %s\n"
	       "storage:   ree (at most %llu bytes a file)\n"
	       "rollback:  not detected. A complete old copy of all that tee-supplicant keeps "
	       "cannot\n"
	       "           be told from the present one.\n"
	       "live root: can act as any user. festore protects stored bytes, and users from "
	       "each\n"
	       "           other, not from a root that is running.\n",
		festore_version(), status->ta_version, status->tee_version, status->owner,
		huks[huk_of(status)].text, (unsigned long long)status->size_max);
}

static void print_json(const struct festore_status *status)
{
	printf("{\"festore\":\"%s\",\"ta\":", festore_version());
	print_json_string(status->ta_version);
	fputs(",\"optee\":", stdout);
	print_json_string(status->tee_version);
	fputs(",\"owner\":", stdout);
	print_json_string(status->owner);
	printf(",\"huk\":\"%s\"", huks[huk_of(status)].json);
	printf(",\"storage\":\"ree\",\"size_max\":%llu,\"rollback_detected\":false}\n",
		(unsigned long long)status->size_max);
}

int status_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore_status status = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "J", 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_status(fs, &status);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, NULL);
	else if (options.json)
		print_json(&status);
	else
		print_text(&status);
out:
	options_close(&fs);
	return finish_output(self, (int)error);
}
