/* SPDX-License-Identifier: BSD-2-Clause */
/* `festore status`: what this device is, and what it does not protect from. */
#include "cli.h"
#include "options.h"
#include "signature.h"
#include "supplicant.h"
#include "survival.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* All that is to be said. */
struct report {
	struct festore_status tee;
	const char *reason; /* why the vault cannot be opened, or the quota is not known */
	struct supplicant supplicant;
	enum signature_kind signature;
	const char *files;      /* the folder of what is stored, "" if not known */
	enum survival survival; /* of that folder over a reboot */
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

static void look_around(struct report *report)
{
	const char *tas = report->supplicant.tas;
	const enum festore_storage storage = report->tee.storage;

	supplicant_find(&report->supplicant);
	if (storage == FESTORE_STORAGE_RPMB) {
		report->files = "";
		report->survival = SURVIVAL_YES;
	} else {
		report->files = storage == FESTORE_STORAGE_REE ? report->supplicant.files
							       : report->tee.directory;
		report->survival = survival_of(report->files);
	}
	report->signature = signature_of_ta(tas, storage);
}

/* Then the reason is why. */
static bool is_broken(const struct report *report)
{
	return report->tee.vault_error != FESTORE_OK &&
		report->tee.vault_error != FESTORE_NOT_FOUND;
}

static void print_reason(const struct report *report)
{
	fputs("           ", stdout);
	print_shown(stdout, report->reason);
	putchar('\n');
}

static void print_text_of_pin(const struct festore_pin_info *pin)
{
	if (pin->is_lost)
		fputs("PIN:       needed; how many wrong ones there were is LOST", stdout);
	else
		printf("PIN:       needed; %u wrong since the last right one", pin->failures);
	if (pin->limit != 0)
		printf(", %u of %u left", pin->left, pin->limit);
	printf("\n           counted in %s; the next is looked at in %u seconds\n", pin->counted_in,
		pin->wait_seconds);
}

static void print_text_of_vault(const struct report *report)
{
	const struct festore_status *tee = &report->tee;

	printf("vault:     %s, ", tee->vault);
	if (tee->vault_error == FESTORE_OK)
		printf("generation %llu, %llu %s, %llu bytes on the disk\nsealed by: %s\n",
			(unsigned long long)tee->version, (unsigned long long)tee->entries,
			tee->entries == 1 ? "file" : "files",
			(unsigned long long)tee->bytes_on_disk, tee->aead);
	else if (tee->vault_error == FESTORE_NOT_FOUND)
		puts("not made yet: the first put makes it");
	else
		puts("CANNOT BE OPENED");
	if (is_broken(report))
		print_reason(report);
	if (tee->pin.has_pin)
		print_text_of_pin(&tee->pin);
}

/* By the normal world's clock, which may have been set meanwhile. */
static unsigned long long seconds_since(int64_t at)
{
	const int64_t now = (int64_t)time(NULL);

	return now > at ? (unsigned long long)(now - at) : 0;
}

static bool has_anchor(const struct festore_status *tee)
{
	return tee->anchor_when && tee->anchor_when[0] != '\0';
}

/* An RPMB bears only so many writes, and is everybody's. */
static void print_text_of_wear(const struct festore_status *tee)
{
	char since[TIME_TEXT_MAX];

	format_time(tee->anchor_since, since);
	printf("           %llu writes since %s; at this pace a small RPMB bears them for\n"
	       "           %llu years and %llu days. %llu are left to this user for now.\n",
		(unsigned long long)tee->anchor_writes, since,
		(unsigned long long)(tee->anchor_life_days / 365),
		(unsigned long long)(tee->anchor_life_days % 365),
		(unsigned long long)tee->anchor_writes_left);
}

static void print_text_of_anchor(const struct festore_status *tee)
{
	if (tee->vault_error != FESTORE_OK)
		return;
	if (!has_anchor(tee)) {
		puts("anchor:    none");
		return;
	}
	printf("anchor:    %s, %s, at generation %llu, written %llu seconds ago\n", tee->anchor,
		strcmp(tee->anchor_when, "commit") == 0 ? "for each commit"
							: "for a group of commits",
		(unsigned long long)tee->anchor_version, seconds_since(tee->anchor_at));
	if (tee->anchor_window != 0)
		printf("           NOT ANCHORED: %llu %s since then, which a rollback across a "
		       "restart could\n           take back unnoticed; festore sync anchors now\n",
			(unsigned long long)tee->anchor_window,
			tee->anchor_window == 1 ? "commit" : "commits");
	if (!tee->anchor_is_sure)
		puts("           its last write FAILED");
	if (strcmp(tee->anchor, "rpmb") == 0)
		print_text_of_wear(tee);
}

static void print_text_of_recovery(const struct festore_recovery *recovery)
{
	char at[TIME_TEXT_MAX];

	if (recovery->count == 0)
		return;
	format_time(recovery->at, at);
	if (recovery->at == 0)
		puts("recovered: the note of it is MISSING");
	else if (recovery->known_version == 0)
		printf("recovered: on %s, with generation %llu, which nothing proved", at,
			(unsigned long long)recovery->taken_version);
	else
		printf("recovered: on %s, with generation %llu in the place of %llu", at,
			(unsigned long long)recovery->taken_version,
			(unsigned long long)recovery->known_version);
	if (recovery->at != 0)
		printf("%s, %u in all\n", recovery->is_seen ? "" : " (NOT SEEN YET)",
			recovery->count);
}

static void print_text_of_log(const struct festore_status *tee)
{
	if (!tee->has_log)
		return;
	if (tee->log_number == 0)
		puts("log:       kept, without an entry yet");
	else
		printf("log:       kept, entries %llu to %llu\n",
			(unsigned long long)tee->log_first, (unsigned long long)tee->log_number);
}

static void print_text_of_quota(const struct report *report)
{
	const struct festore_status *tee = &report->tee;

	if (tee->has_quota)
		printf("quota:     %llu bytes, of which %llu are used\n",
			(unsigned long long)tee->quota, (unsigned long long)tee->quota_used);
	else if (tee->quota_error == FESTORE_OK)
		puts("quota:     none");
	else
		puts("quota:     CANNOT BE READ");
	if (tee->quota_error != FESTORE_OK && !is_broken(report))
		print_reason(report);
}

static const char *rollback_text(const struct festore_status *tee)
{
	if (tee->storage == FESTORE_STORAGE_VAULT && has_anchor(tee))
		return strcmp(tee->anchor, "rpmb") == 0
			? "detected, across a restart too as far as it is anchored."
			: "detected, across a restart too as far as it is anchored; but not if "
			  "all\n"
			  "           that tee-supplicant keeps is put back together with the "
			  "vault.";
	if (tee->storage == FESTORE_STORAGE_RPMB)
		return "not possible by copies: the eMMC writes nothing but what OP-TEE has signed "
		       "for\n"
		       "           its present count of writes.";
	if (tee->storage == FESTORE_STORAGE_REE)
		return "not detected. A complete old copy of all that tee-supplicant keeps cannot\n"
		       "           be told from the present one.";
	return "detected while the TA lives (in this life of the TA); not across a restart of\n"
	       "           it: the vault has no anchor.";
}

/* Where the bytes are; without a name for it, by tee-supplicant or in the eMMC. */
static void print_text_of_files(const struct report *report)
{
	const bool is_rpmb = report->tee.storage == FESTORE_STORAGE_RPMB;

	fputs("files:     ", stdout);
	if (report->files[0] != '\0')
		print_shown(stdout, report->files);
	else
		fputs(is_rpmb ? "in the eMMC's RPMB partition"
			      : "where tee-supplicant keeps them by default",
			stdout);
	puts(survivals[report->survival].text);
}

/* docs/SPEC.md says where the numbers come from. */
static void print_text_of_rpmb(void)
{
	puts("room:      64 files and 26 KiB, for all users together; a file takes a multiple of "
	     "256\n"
	     "           bytes for its largest content, its tag and 48 bytes more, and a "
	     "replacement\n"
	     "           as much again for a moment.\n"
	     "wear:      of the 4294967295 writes in an eMMC's life a new file takes 6 to 24, a\n"
	     "           replacement 1 to 19, a removal 1.\n"
	     "speed:     2 to 10 KB written in a second, as is published of eMMCs.");
}

static void print_text(const struct report *report)
{
	const enum festore_storage storage = report->tee.storage;

	printf("festore:   %s\n", festore_version());
	printf("TA:        %s, signed %s\n", report->tee.ta_version,
		signatures[report->signature].text);
	printf("OP-TEE:    %s\n", report->tee.tee_version);
	printf("owner:     %s\n", report->tee.owner);
	printf("key (HUK): %s\n", huk_of(report)->text);
	printf("storage:   %s (at most %llu bytes a file)\n", storage_name(storage),
		(unsigned long long)report->tee.size_max);
	if (storage == FESTORE_STORAGE_VAULT) {
		print_text_of_vault(report);
		print_text_of_anchor(&report->tee);
		print_text_of_recovery(&report->tee.recovery);
		print_text_of_log(&report->tee);
		print_text_of_quota(report);
	}
	if (storage == FESTORE_STORAGE_RPMB)
		print_text_of_rpmb();
	print_text_of_files(report);
	printf("rollback:  %s\n", rollback_text(&report->tee));
	puts("live root: can act as any user. festore protects stored bytes, and users from each\n"
	     "           other, not from a root that is running.");
}

static void print_json_member(const char *name, const char *value)
{
	printf(",\"%s\":", name);
	print_json_string(value);
}

/* A time as JSON has it, or null. */
static void print_json_time(const char *name, bool is_known, int64_t seconds)
{
	char text[TIME_TEXT_MAX];

	format_time(seconds, text);
	if (is_known)
		print_json_member(name, text);
	else
		printf(",\"%s\":null", name);
}

static void print_json_of_anchor(const struct festore_status *tee)
{
	print_json_member("anchor", tee->anchor);
	print_json_member("anchor_when", tee->anchor_when);
	printf(",\"anchor_generation\":%llu", (unsigned long long)tee->anchor_version);
	printf(",\"anchor_window\":%llu", (unsigned long long)tee->anchor_window);
	printf(",\"anchor_sure\":%s", tee->anchor_is_sure ? "true" : "false");
	printf(",\"anchor_writes\":%llu", (unsigned long long)tee->anchor_writes);
	printf(",\"anchor_writes_left\":%llu", (unsigned long long)tee->anchor_writes_left);
	printf(",\"anchor_life_days\":%llu", (unsigned long long)tee->anchor_life_days);
	print_json_time("anchor_since", has_anchor(tee), tee->anchor_since);
	print_json_time("anchor_at", has_anchor(tee), tee->anchor_at);
}

static void print_json_of_recovery(const struct festore_recovery *recovery)
{
	printf(",\"recoveries\":%u", recovery->count);
	printf(",\"recovered_known\":%llu", (unsigned long long)recovery->known_version);
	printf(",\"recovered_taken\":%llu", (unsigned long long)recovery->taken_version);
	print_json_time("recovered_at", recovery->at != 0, recovery->at);
	printf(",\"recovery_seen\":%s", recovery->is_seen ? "true" : "false");
}

static void print_json_of_vault(const struct report *report)
{
	const struct festore_status *tee = &report->tee;

	print_json_member("vault", tee->vault);
	printf(",\"vault_status\":%d", (int)tee->vault_error);
	printf(",\"generation\":%llu", (unsigned long long)tee->version);
	printf(",\"entries\":%llu", (unsigned long long)tee->entries);
	printf(",\"bytes_on_disk\":%llu", (unsigned long long)tee->bytes_on_disk);
	print_json_member("aead", tee->aead);
	print_json_of_anchor(tee);
	print_json_of_recovery(&tee->recovery);
	printf(",\"log\":%s,\"log_first\":%llu,\"log_last\":%llu", tee->has_log ? "true" : "false",
		(unsigned long long)tee->log_first, (unsigned long long)tee->log_number);
	printf(",\"quota_status\":%d", (int)tee->quota_error);
	if (tee->has_quota)
		printf(",\"quota\":%llu,\"quota_used\":%llu", (unsigned long long)tee->quota,
			(unsigned long long)tee->quota_used);
	else
		fputs(",\"quota\":null,\"quota_used\":null", stdout);
	printf(",\"pin\":%s,\"pin_failures\":%u,\"pin_wait\":%u",
		tee->pin.has_pin ? "true" : "false", tee->pin.failures, tee->pin.wait_seconds);
}

static const char *rollback_word(const struct festore_status *tee)
{
	if (tee->storage == FESTORE_STORAGE_RPMB)
		return "always";
	if (tee->storage == FESTORE_STORAGE_REE)
		return "never";
	if (!has_anchor(tee))
		return "until_ta_restart";
	return strcmp(tee->anchor, "rpmb") == 0 ? "anchored" : "anchored_in_ree";
}

static void print_json(const struct report *report)
{
	printf("{\"festore\":\"%s\"", festore_version());
	print_json_member("ta", report->tee.ta_version);
	print_json_member("ta_signature", signatures[report->signature].json);
	print_json_member("optee", report->tee.tee_version);
	print_json_member("owner", report->tee.owner);
	print_json_member("huk", huk_of(report)->json);
	print_json_member("storage", storage_name(report->tee.storage));
	printf(",\"size_max\":%llu", (unsigned long long)report->tee.size_max);
	if (report->tee.storage == FESTORE_STORAGE_VAULT)
		print_json_of_vault(report);
	print_json_member("files", report->files);
	printf(",\"files_survive_reboot\":%s", survivals[report->survival].json);
	print_json_member("rollback_detected", rollback_word(&report->tee));
	puts("}");
}

/* Everything is shown; a vault that cannot be opened is an error all the same. */
static enum festore_error report_status(
	const struct subcommand *self, const struct options *options, struct festore *fs)
{
	struct report report = {0};
	enum festore_error error = festore_status(fs, &report.tee);

	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(self, error, fs, NULL);
	report.reason = festore_reason(fs);
	look_around(&report);
	if (options->json)
		print_json(&report);
	else
		print_text(&report);
	error = is_broken(&report) ? report.tee.vault_error : report.tee.quota_error;
	if (error == FESTORE_OK)
		return FESTORE_OK;
	return (enum festore_error)fail_call(self, error, fs, NULL);
}

int status_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct festore *fs = NULL;
	enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "J", 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	error = options_open(self, &options, &fs);
	if (error == FESTORE_OK)
		error = report_status(self, &options, fs);
	options_close(&fs);
	return finish_output(self, (int)error);
}
