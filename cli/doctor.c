/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `festore doctor`: what is wrong with this device or vault, or less than it could be, each in a
 * sentence with a way out. Looks from the outside in: the device, tee-supplicant, the TEE, the
 * vault.
 */
#include "cli.h"
#include "options.h"
#include "signature.h"
#include "state.h"
#include "supplicant.h"
#include "survival.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEVICE "/dev/tee0"
#define SENTENCE 400

enum level { LEVEL_WELL, LEVEL_WARNING, LEVEL_FAULT };

static const char *const levels[] = {
	[LEVEL_WELL] = "well", [LEVEL_WARNING] = "warning", [LEVEL_FAULT] = "fault"};

struct doctor {
	const struct subcommand *self;
	const struct options *options;
	enum festore_error first; /* of the faults */
	unsigned int faults;
	unsigned int warnings;
};

/* --- findings ----------------------------------------------------------------------------------
 */

static void print_finding(const struct doctor *doctor, enum level level, const char *name,
	const char *text, const char *way)
{
	if (doctor->options->json) {
		printf("{\"finding\":\"%s\",\"level\":\"%s\",\"text\":", name, levels[level]);
		print_json_string(text);
		fputs(",\"way_out\":", stdout);
		print_json_string(way);
		puts("}");
		return;
	}
	printf("%s: %s: ", levels[level], name);
	print_shown(stdout, text);
	putchar('\n');
	if (way[0] != '\0')
		printf("    way out: %s\n", way);
}

static __attribute__((format(printf, 3, 4))) void well(
	const struct doctor *doctor, const char *name, const char *format, ...)
{
	char text[SENTENCE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_finding(doctor, LEVEL_WELL, name, text, "");
}

static __attribute__((format(printf, 4, 5))) void warn(
	struct doctor *doctor, const char *name, const char *way, const char *format, ...)
{
	char text[SENTENCE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	doctor->warnings++;
	print_finding(doctor, LEVEL_WARNING, name, text, way);
}

static __attribute__((format(printf, 5, 6))) void blame(struct doctor *doctor,
	enum festore_error error, const char *name, const char *way, const char *format, ...)
{
	char text[SENTENCE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	doctor->faults++;
	if (doctor->first == FESTORE_OK)
		doctor->first = error;
	print_finding(doctor, LEVEL_FAULT, name, text, way);
}

/* --- around the TEE ----------------------------------------------------------------------------
 */

static void blame_device(struct doctor *doctor, int error)
{
	if (error == EACCES)
		blame(doctor, FESTORE_DENIED, "device-closed",
			"put the user into the group teeclnt, then log in anew",
			"this user may not open " DEVICE);
	else
		blame(doctor, FESTORE_NO_TEE, "no-device",
			"load Linux's modules tee and optee; dmesg tells whether the firmware has "
			"OP-TEE",
			"there is no TEE: " DEVICE ": %s", strerror(error));
}

/* 0 or errno. */
static int try_device(void)
{
	const int device = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (device < 0)
		return errno;
	close(device);
	return 0;
}

static void look_at_signature(struct doctor *doctor, const struct supplicant *supplicant)
{
	switch (signature_of_ta(supplicant->tas, doctor->options->storage)) {
	case SIGNATURE_DEFAULT:
		warn(doctor, "default-signing-key",
			"make a key and sign OP-TEE's TAs with it (docs/BOARDS.md, TA_SIGN_KEY)",
			"the Trusted Application's file is signed by OP-TEE's public default key: "
			"anybody can make one that opens what is stored here");
		break;
	case SIGNATURE_NO_FILE:
		warn(doctor, "signature-unknown",
			"look as a user who can read the folder of tee-supplicant's option -l",
			"who signed the Trusted Application is not known: its file cannot be read");
		break;
	default:
		break;
	}
}

/* --- the TEE -----------------------------------------------------------------------------------
 */

static void look_at_huk(struct doctor *doctor, enum festore_huk huk)
{
	static const char way[] =
		"write the device's own key (on STM32MP15: OTP words 60 to 63) before it keeps "
		"secrets; what is stored now will not open then, so festore export it first";

	if (huk == FESTORE_HUK_ZERO || huk == FESTORE_HUK_KNOWN)
		warn(doctor, "known-hardware-key", way,
			"the hardware unique key is %s, as on other devices: what is stored here "
			"is "
			"secret from nobody",
			huk == FESTORE_HUK_ZERO ? "all zero" : "a known default");
	else if (huk == FESTORE_HUK_UNKNOWN)
		warn(doctor, "hardware-key-unknown",
			"build OP-TEE with its system PTA (CFG_SYSTEM_PTA=y)",
			"whether the hardware unique key is a known default cannot be asked here");
}

/* Remembers OP-TEE's version; the one before it is told if it was another. */
static void look_at_upgrade(struct doctor *doctor, const struct festore_status *status)
{
	char path[600];
	char before[sizeof(status->tee_version)] = "";
	FILE *file = NULL;

	if (!state_path("optee", path, sizeof(path)))
		return;
	file = fopen(path, "re");
	if (file) {
		if (fgets(before, sizeof(before), file))
			before[strcspn(before, "\n")] = '\0';
		fclose(file);
	}
	if (before[0] != '\0' && strcmp(before, status->tee_version) != 0)
		warn(doctor, "optee-changed",
			"nothing, if all opens; else start the firmware from before, festore "
			"export, and import under the new one",
			"OP-TEE was another one when this user's doctor last looked: %s, now %s",
			before, status->tee_version);
	file = fopen(path, "we");
	if (!file)
		return;
	fprintf(file, "%s\n", status->tee_version);
	fclose(file);
}

static void look_at_folders(struct doctor *doctor, const struct festore_status *status,
	const struct supplicant *supplicant)
{
	if (status->storage == FESTORE_STORAGE_VAULT &&
		survival_of(status->directory) == SURVIVAL_NO)
		warn(doctor, "store-in-memory",
			"set FESTORE_DIR to a folder on a disk; festore export and import take "
			"over "
			"what is there",
			"the store directory %s is in memory: what is stored is lost at a reboot",
			status->directory);
	if (survival_of(supplicant->files) == SURVIVAL_NO)
		warn(doctor, "tee-files-in-memory",
			"start tee-supplicant with -f FOLDER, on a disk",
			"tee-supplicant's folder %s is in memory: anchors, and files of the "
			"storage "
			"ree, are lost at a reboot",
			supplicant->files);
}

/* Linux shows what an eMMC has; that of tee-supplicant itself it does not see. */
static void look_at_chip(struct doctor *doctor)
{
	glob_t found = {0};

	if (glob("/dev/mmcblk*rpmb", 0, NULL, &found) == GLOB_NOMATCH)
		warn(doctor, "rpmb-emulated",
			"none on this device; use one with an eMMC, and a tee-supplicant built "
			"without RPMB_EMU",
			"Linux knows no eMMC with an RPMB partition, so tee-supplicant makes one "
			"up: "
			"who is root there can put its state back");
	globfree(&found);
}

/* A tag that is asked for takes OP-TEE to the chip. */
static void look_at_rpmb(struct doctor *doctor, struct festore *fs)
{
	struct festore_file_info info = {0};
	const enum festore_error error = festore_file_stat(fs, "festore doctor", &info);

	if (error != FESTORE_OK && error != FESTORE_NOT_FOUND) {
		blame(doctor, error, "rpmb-closed",
			"use an OP-TEE with RPMB FS and an eMMC; a new one gets its key once "
			"(CFG_RPMB_WRITE_KEY, at the factory), one with another key belongs to "
			"another device",
			"%s", festore_reason(fs));
		return;
	}
	well(doctor, "rpmb", "the RPMB answers, and its key is this OP-TEE's");
	look_at_chip(doctor);
}

/* --- the vault ---------------------------------------------------------------------------------
 */

static void look_at_broken(
	struct doctor *doctor, const struct festore_status *status, const char *reason)
{
	switch (status->vault_error) {
	case FESTORE_STALE:
		blame(doctor, FESTORE_STALE, "not-the-present-vault",
			"put its present files back; where there are none, festore recover (after "
			"a "
			"restored backup with --accept-rollback) makes count what is there, with a "
			"note, and festore destroy ends a vault whose files are gone",
			"%s", reason);
		break;
	case FESTORE_DAMAGED:
		blame(doctor, FESTORE_DAMAGED, "does-not-open",
			"festore export it where it was made; if that is here, festore fsck, and "
			"festore header restore",
			"%s. A copy from another device, of another user, or made through a "
			"Trusted "
			"Application of another UUID looks the same",
			reason);
		break;
	case FESTORE_NO_TEE:
		blame(doctor, FESTORE_NO_TEE, "anchor-unreachable",
			"see that tee-supplicant runs and its folder can be written; festore "
			"doctor "
			"--storage rpmb looks at an anchor's eMMC",
			"%s", reason);
		break;
	case FESTORE_PIN:
		blame(doctor, FESTORE_PIN, "pin",
			"--pin asks for it; festore pin info shows how long it has to wait; "
			"festore destroy --without-pin gives up a vault whose PIN nobody knows",
			"%s", reason);
		break;
	default:
		blame(doctor, status->vault_error, "vault-closed", "as it says", "%s", reason);
		break;
	}
}

static void look_at_anchor(struct doctor *doctor, const struct festore_status *status)
{
	if (strcmp(status->anchor, "none") == 0)
		warn(doctor, "no-anchor",
			"festore init --anchor ree (or rpmb, where there is one), then festore "
			"export "
			"and import",
			"the vault has no anchor: after a restart a complete old copy of its files "
			"is not told from the present one");
	else if (strcmp(status->anchor, "rpmb") != 0)
		warn(doctor, "anchor-in-files",
			"on a device with an eMMC: festore init --anchor rpmb",
			"the anchor lies in tee-supplicant's folder: after a restart an old copy "
			"of "
			"both, that and the vault, is not told from the present ones");
	else
		look_at_chip(doctor);
	if (strcmp(status->anchor, "none") != 0 && !status->anchor_is_sure)
		warn(doctor, "anchor-write-failed",
			"see that tee-supplicant's folder can be written and has space, then "
			"festore "
			"sync",
			"the anchor could not be written last time");
	else if (status->anchor_window != 0)
		warn(doctor, "commits-not-anchored", "festore sync",
			"%llu commits since the anchor was written could be taken back across a "
			"restart unnoticed",
			(unsigned long long)status->anchor_window);
}

static void look_at_vault(
	struct doctor *doctor, const struct festore_status *status, const char *reason)
{
	if (status->vault_error == FESTORE_NOT_FOUND) {
		well(doctor, "no-vault", "there is no vault yet: the first put makes it");
		return;
	}
	if (status->vault_error != FESTORE_OK) {
		look_at_broken(doctor, status, reason);
		return;
	}
	well(doctor, "vault", "the vault %s in %s opens, generation %llu", status->vault,
		status->directory, (unsigned long long)status->version);
	look_at_anchor(doctor, status);
	if (status->recovery.count != 0 && !status->recovery.is_seen)
		warn(doctor, "recovered", "festore recover --seen",
			"the vault was recovered, and nobody has said to have seen it (festore "
			"status)");
}

static void look_at_tee(
	struct doctor *doctor, struct festore *fs, const struct supplicant *supplicant)
{
	struct festore_status status = {0};
	const enum festore_error error = festore_status(fs, &status);

	if (error != FESTORE_OK) {
		blame(doctor, error, "tee-refuses", "see OP-TEE's log, and festore(1), DIAGNOSTICS",
			"%s", festore_reason(fs));
		return;
	}
	well(doctor, "tee", "%s answers, with festore's Trusted Application %s", status.tee_version,
		status.ta_version);
	look_at_huk(doctor, status.huk);
	look_at_upgrade(doctor, &status);
	look_at_folders(doctor, &status, supplicant);
	if (status.storage == FESTORE_STORAGE_RPMB)
		look_at_rpmb(doctor, fs);
	if (status.storage == FESTORE_STORAGE_VAULT)
		look_at_vault(doctor, &status, festore_reason(fs));
}

/* -----------------------------------------------------------------------------------------------
 */

/* Without a tee-supplicant OP-TEE would wait for it. */
static void look(struct doctor *doctor)
{
	struct supplicant supplicant = {0};
	struct festore *fs = NULL;
	const int refusal = try_device();
	enum festore_error error = FESTORE_OK;

	if (supplicant_find(&supplicant) == SUPPLICANT_MISSING && refusal == 0) {
		blame(doctor, FESTORE_NO_TEE, "no-supplicant",
			"systemctl start tee-supplicant, or as this system starts it",
			"tee-supplicant does not run, so OP-TEE can neither load the Trusted "
			"Application nor reach its files");
		return;
	}
	error = options_try(doctor->self, doctor->options, &fs);
	if (error == FESTORE_OK) {
		look_at_signature(doctor, &supplicant);
		look_at_tee(doctor, fs, &supplicant);
	} else if (refusal != 0) {
		blame_device(doctor, refusal);
	} else {
		look_at_signature(doctor, &supplicant);
		blame(doctor, error, "tee-refuses", "see OP-TEE's log, and festore(1), DIAGNOSTICS",
			"%s", fs ? festore_reason(fs) : festore_strerror(error));
	}
	options_close(&fs);
}

int doctor_run(const struct subcommand *self, int argc, char **argv)
{
	struct options options = {0};
	struct doctor doctor = {.self = self, .options = &options};
	const enum festore_error error =
		options_read(self, argc, argv, OPTIONS_COMMON "J", 0, 0, &options);

	if (error != FESTORE_OK)
		return (int)error;
	look(&doctor);
	if (!options.json)
		printf("%u faults, %u warnings\n", doctor.faults, doctor.warnings);
	return finish_output(self, (int)doctor.first);
}
