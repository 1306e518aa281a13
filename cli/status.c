/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore status`: what this device is, and what it does not protect from. */
#include "cli.h"
#include "options.h"
#include "signature.h"
#include "supplicant.h"
#include "text.h"

#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>

/* Where OP-TEE's tee-supplicant looks for TAs if it is not told (optee_client, TEEC_LOAD_PATH). */
#define DEFAULT_TAS "/lib/optee_armtz"

enum survival { SURVIVAL_UNKNOWN, SURVIVAL_YES, SURVIVAL_NO };

/* All that is to be said. */
struct report {
	struct festore_status tee;
	struct supplicant supplicant;
	enum signature_kind signature;
	enum survival survival; /* of tee-supplicant's folder over a reboot */
};

/* A thing in words, and as JSON has it. */
struct wording {
	const char *text;
	const char *json;
};

static const struct wording huks[] = {
	[FESTORE_HUK_UNKNOWN] = {"not known: this OP-TEE offers no way to ask", "unknown"},
	[FESTORE_HUK_OWN] = {"none of the known defaults", "own"},
	[FESTORE_HUK_ZERO] = {"ALL ZERO: what is stored here is secret from nobody", "zero"},
	[FESTORE_HUK_KNOWN] = {"A KNOWN DEFAULT: what is stored here is secret from nobody",
		"default"},
};

static const struct wording signatures[] = {
	[SIGNATURE_NO_FILE] = {"not known: the TA's file cannot be read", "unknown"},
	[SIGNATURE_DEFAULT] =
		{"by OP-TEE's PUBLIC DEFAULT KEY, as the file says: anybody can make a "
		 "TA that opens what is stored here",
			"default"},
	[SIGNATURE_OTHER] = {"by a key that is not OP-TEE's public default, as the file says",
		"own"},
};

static const struct wording survivals[] = {
	[SURVIVAL_UNKNOWN] = {"", "null"},
	[SURVIVAL_YES] = {" (survives a reboot)", "true"},
	[SURVIVAL_NO] = {" (in memory: LOST AT A REBOOT)", "false"},
};

static const struct wording *huk_of(const struct report *report)
{
	const unsigned int huk = (unsigned int)report->tee.huk;

	return &huks[huk < sizeof(huks) / sizeof(huks[0]) ? huk : FESTORE_HUK_UNKNOWN];
}

static enum survival survival_of(const char *folder)
{
	struct statfs there;

	if (folder[0] == '\0' || statfs(folder, &there) != 0)
		return SURVIVAL_UNKNOWN;
	if (there.f_type == TMPFS_MAGIC || (unsigned long)there.f_type == RAMFS_MAGIC)
		return SURVIVAL_NO;
	return SURVIVAL_YES;
}

static void look_around(struct report *report)
{
	const char *tas = report->supplicant.tas;

	supplicant_find(&report->supplicant);
	report->survival = survival_of(report->supplicant.files);
	report->signature = signature_of_ta(tas[0] != '\0' ? tas : DEFAULT_TAS);
}

static void print_text(const struct report *report)
{
	const char *files = report->supplicant.files;

	printf("festore:   %s\n", festore_version());
	printf("TA:        %s, signed %s\n", report->tee.ta_version,
		signatures[report->signature].text);
	printf("OP-TEE:    %s\n", report->tee.tee_version);
	printf("owner:     %s\n", report->tee.owner);
	printf("key (HUK): %s\n", huk_of(report)->text);
	printf("storage:   ree (at most %llu bytes a file)\n",
		(unsigned long long)report->tee.size_max);
	fputs("files:     ", stdout);
	print_shown(
		stdout, files[0] != '\0' ? files : "where tee-supplicant keeps them by default");
	printf("%s\n", survivals[report->survival].text);
	puts("rollback:  not detected. A complete old copy of all that tee-supplicant keeps "
	     "cannot\n"
	     "           be told from the present one.\n"
	     "live root: can act as any user. festore protects stored bytes, and users from each\n"
	     "           other, not from a root that is running.");
}

static void print_json_member(const char *name, const char *value)
{
	printf(",\"%s\":", name);
	print_json_string(value);
}

static void print_json(const struct report *report)
{
	printf("{\"festore\":\"%s\"", festore_version());
	print_json_member("ta", report->tee.ta_version);
	print_json_member("ta_signature", signatures[report->signature].json);
	print_json_member("optee", report->tee.tee_version);
	print_json_member("owner", report->tee.owner);
	print_json_member("huk", huk_of(report)->json);
	print_json_member("storage", "ree");
	printf(",\"size_max\":%llu", (unsigned long long)report->tee.size_max);
	print_json_member("files", report->supplicant.files);
	printf(",\"files_survive_reboot\":%s", survivals[report->survival].json);
	puts(",\"rollback_detected\":false}");
}

int status_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct report report = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "J", 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error != FESTORE_OK)
		goto out;
	error = festore_status(fs, &report.tee);
	if (error != FESTORE_OK) {
		fail_call(self, error, fs, NULL);
		goto out;
	}
	look_around(&report);
	if (options.json)
		print_json(&report);
	else
		print_text(&report);
out:
	options_close(&fs);
	return finish_output(self, (int)error);
}
