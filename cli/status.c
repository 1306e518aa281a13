/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore status`: what this device is, and what it does not protect from. */
#include "cli.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static void print_text(const struct festore_status *status)
{
	printf("festore:   %s\n"
	       "TA:        %s\n"
	       "OP-TEE:    %s\n"
	       "owner:     %s\n"
	       "storage:   ree (at most %llu bytes a file)\n"
	       "rollback:  not detected. A complete old copy of all that tee-supplicant keeps "
	       "cannot\n"
	       "           be told from the present one.\n"
	       "live root: can act as any user. festore protects stored bytes, and users from "
	       "each\n"
	       "           other, not from a root that is running.\n",
		festore_version(), status->ta_version, status->tee_version, status->owner,
		(unsigned long long)status->content_max);
}

static void print_json(const struct festore_status *status)
{
	printf("{\"festore\":\"%s\",\"ta\":", festore_version());
	print_json_string(status->ta_version);
	fputs(",\"optee\":", stdout);
	print_json_string(status->tee_version);
	fputs(",\"owner\":", stdout);
	print_json_string(status->owner);
	printf(",\"storage\":\"ree\",\"size_max\":%llu,\"rollback_detected\":false}\n",
		(unsigned long long)status->content_max);
}

int status_run(const struct subcommand *self, int argc, char **argv)
{
	const bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct festore_status status = {0};
	struct festore *fs = NULL;
	enum festore_error error = FESTORE_OK;

	if (argc != 1 && !json)
		return fail_usage(self);

	error = open_store(self, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_status(fs, &status);
	if (error != FESTORE_OK)
		fail_call(self, error, fs, NULL);
	else if (json)
		print_json(&status);
	else
		print_text(&status);
out:
	festore_close(&fs);
	return finish_output(self, (int)error);
}
