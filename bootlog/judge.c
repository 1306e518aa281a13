/* SPDX-License-Identifier: BSD-2-Clause */
/* What follows from all lines together: which stages are missing, who has loaded whom, what took
 * how long. */
#include "boot.h"

#include <stdio.h>
#include <string.h>

static const char *const stage_names[STAGES] = {
	[STAGE_ROM] = "ROM",
	[STAGE_BL1] = "BL1",
	[STAGE_BL2] = "BL2",
	[STAGE_MONITOR] = "BL31",
	[STAGE_OPTEE] = "OP-TEE",
	[STAGE_UBOOT] = "U-Boot",
	[STAGE_LINUX] = "Linux",
	[STAGE_DRIVER] = "optee driver",
	[STAGE_SUPPLICANT] = "tee-supplicant",
};

static const char *const warning_words[BOOT_WARNINGS] = {
	[WARN_INSECURE_OPTEE] = "insecure-optee",
	[WARN_DEBUG_FIRMWARE] = "debug-firmware",
	[WARN_DEBUG_OPTEE] = "debug-optee",
	[WARN_UNAUTHENTICATED_FSBL] = "unauthenticated-fsbl",
	[WARN_UNVERIFIED_FIP] = "unverified-fip",
	[WARN_HUK] = "huk",
	[WARN_COUNTER] = "no-counter",
	[WARN_MISSING_STAGE] = "missing-stage",
	[WARN_STOPPED] = "stopped",
};

void boot_begin(struct boot *boot)
{
	memset(boot, 0, sizeof(*boot));
}

bool boot_is_any(const struct boot *boot)
{
	for (unsigned int i = 0; i < STAGES; i++) {
		if (boot->stages[i].seen)
			return true;
	}
	return false;
}

static void merge_stage(struct boot_stage *stage, const struct boot_stage *other)
{
	if (!other->seen)
		return;
	if (!stage->seen)
		stage->at = other->at;
	stage->seen = true;
	if (!stage->version[0])
		memcpy(stage->version, other->version, sizeof(stage->version));
	if (!stage->built[0])
		memcpy(stage->built, other->built, sizeof(stage->built));
	if (stage->at.clock == CLOCK_NONE)
		stage->at = other->at;
	if (!stage->has_entry) {
		stage->has_entry = other->has_entry;
		stage->entry = other->entry;
	}
}

static void merge_warnings(struct boot *boot, const struct boot *other)
{
	for (unsigned int i = 0; i < BOOT_WARNINGS; i++) {
		if (!other->warned[i] || boot->warned[i])
			continue;
		boot->warned[i] = true;
		memcpy(boot->reason[i], other->reason[i], BOOT_TEXT);
	}
}

void boot_merge(struct boot *boot, const struct boot *other)
{
	for (unsigned int i = 0; i < STAGES; i++)
		merge_stage(&boot->stages[i], &other->stages[i]);
	merge_warnings(boot, other);
	for (unsigned int i = 0; i < other->image_count && boot->image_count < BOOT_IMAGES; i++)
		boot->images[boot->image_count++] = other->images[i];
	if (!boot->board[0])
		memcpy(boot->board, other->board, BOOT_TEXT);
	if (!boot->medium[0])
		memcpy(boot->medium, other->medium, BOOT_TEXT);
	if (boot->boots < other->boots)
		boot->boots = other->boots;
	boot->is_stm32 |= other->is_stm32;
	boot->fsbl_authenticated |= other->fsbl_authenticated;
	boot->fsbl_refused |= other->fsbl_refused;
}

/* The monitor is BL31 on 64 bit alone, BL1 is the ROM's on the board, and U-Boot can be left out
 * but there. */
static bool is_wanted(const struct boot *boot, enum boot_stage_id stage)
{
	if (stage == STAGE_UBOOT)
		return boot->is_stm32;
	return stage != STAGE_ROM && stage != STAGE_BL1 && stage != STAGE_MONITOR;
}

static void find_missing(struct boot *boot)
{
	char *text = boot->reason[WARN_MISSING_STAGE];

	for (unsigned int i = 0; i < STAGES; i++) {
		const size_t len = strlen(text);

		if (boot->stages[i].seen || !is_wanted(boot, i))
			continue;
		snprintf(text + len, BOOT_TEXT - len, "%s%s", len ? ", " : "", stage_names[i]);
		boot->warned[WARN_MISSING_STAGE] = true;
	}
}

void boot_judge(struct boot *boot)
{
	/* What authenticates the first stage is the ROM, or nobody. */
	if (!boot->fsbl_authenticated) {
		boot->warned[WARN_UNAUTHENTICATED_FSBL] = true;
		snprintf(boot->reason[WARN_UNAUTHENTICATED_FSBL], BOOT_TEXT, "%s",
			boot->fsbl_refused ? "the ROM has found no valid signature and went on (an "
					     "open device)"
					   : "nothing says that a ROM has checked the first "
					     "stage's signature");
	}
	find_missing(boot);
}

enum boot_stage_id boot_loader_of(const struct boot *boot, enum boot_stage_id stage)
{
	switch (stage) {
	case STAGE_ROM:
		return STAGES;
	case STAGE_BL1:
		return STAGE_ROM;
	case STAGE_BL2:
		return boot->stages[STAGE_BL1].seen ? STAGE_BL1 : STAGE_ROM;
	case STAGE_MONITOR:
	case STAGE_OPTEE:
	case STAGE_UBOOT:
		return STAGE_BL2;
	case STAGE_LINUX:
		return boot->stages[STAGE_UBOOT].seen ? STAGE_UBOOT : STAGE_BL2;
	default:
		return STAGE_LINUX;
	}
}

bool boot_took(const struct boot *boot, enum boot_stage_id stage, double *ret_seconds)
{
	const struct boot_time *from = &boot->stages[stage].at;

	if (!boot->stages[stage].seen || from->clock == CLOCK_NONE)
		return false;
	for (unsigned int i = stage + 1; i < STAGES; i++) {
		const struct boot_time *to = &boot->stages[i].at;

		if (!boot->stages[i].seen || to->clock != from->clock ||
			to->seconds < from->seconds)
			continue;
		*ret_seconds = to->seconds - from->seconds;
		return true;
	}
	return false;
}

const char *boot_stage_name(const struct boot *boot, enum boot_stage_id stage)
{
	if (stage == STAGE_MONITOR && boot->is_stm32)
		return "SP_MIN";
	return stage_names[stage];
}

const char *boot_warning_word(enum boot_warning warning)
{
	return warning_words[warning];
}
