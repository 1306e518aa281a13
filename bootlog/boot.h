/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a serial log says of one boot: its stages, the images that were loaded, and what one should
 * know. Lines are hostile or damaged: whatever they are, every function here ends and keeps within
 * these arrays.
 */
#ifndef BOOT_H
#define BOOT_H

#include <stdbool.h>
#include <stdint.h>

/* In the order in which they run. */
enum boot_stage_id {
	STAGE_ROM,
	STAGE_BL1,
	STAGE_BL2,
	STAGE_MONITOR, /* BL31, or SP_MIN on 32 bit */
	STAGE_OPTEE,
	STAGE_UBOOT,
	STAGE_LINUX,
	STAGE_DRIVER, /* Linux' optee driver */
	STAGE_SUPPLICANT,
	STAGES
};

enum { BOOT_TEXT = 96, BOOT_IMAGES = 24, BOOT_LINE = 1024 };

/* Which clock a time is of: none, Linux' own from its start, or that of whoever has written the
 * log. */
enum boot_clock { CLOCK_NONE, CLOCK_LINUX, CLOCK_HOST };

struct boot_time {
	enum boot_clock clock;
	double seconds;
};

struct boot_stage {
	bool seen;
	char version[BOOT_TEXT]; /* "" if the log does not say; so for all that follows */
	char built[BOOT_TEXT];
	bool has_entry;
	uint64_t entry; /* where it was entered */
	struct boot_time at;
};

/* What one stage has loaded for another. */
struct boot_image {
	uint32_t id;
	char name[BOOT_TEXT];
	enum boot_stage_id by;
	bool has_end;
	uint64_t from, to;
};

enum boot_warning {
	WARN_INSECURE_OPTEE,
	WARN_DEBUG_FIRMWARE,
	WARN_DEBUG_OPTEE,
	WARN_UNAUTHENTICATED_FSBL,
	WARN_UNVERIFIED_FIP,
	WARN_HUK,
	WARN_COUNTER,
	WARN_MISSING_STAGE,
	WARN_STOPPED,
	BOOT_WARNINGS
};

struct boot {
	unsigned int boots; /* how many the log has; this is the last */
	char board[BOOT_TEXT];
	char medium[BOOT_TEXT]; /* what the ROM has booted from */
	bool is_stm32;
	bool fsbl_authenticated, fsbl_refused;
	struct boot_stage stages[STAGES];
	enum boot_stage_id now; /* who is speaking */
	struct boot_image images[BOOT_IMAGES];
	unsigned int image_count;
	bool warned[BOOT_WARNINGS];
	char reason[BOOT_WARNINGS][BOOT_TEXT]; /* of the first one of each */
};

/* An empty log. */
void boot_begin(struct boot *boot);

/* The next line of a log, without its end; it is changed. Escapes of terminals are passed over. */
void boot_line(struct boot *boot, char *line);

/* Takes over what another log of the same boot (the secure world's, say) has and this one has not.
 */
void boot_merge(struct boot *boot, const struct boot *other);

/* To be called once at the end: finds what is missing. */
void boot_judge(struct boot *boot);

/* Has anything of a boot been seen? */
bool boot_is_any(const struct boot *boot);

/* Who has loaded and started a stage; STAGES for the ROM. */
enum boot_stage_id boot_loader_of(const struct boot *boot, enum boot_stage_id stage);

/* Seconds from a stage's beginning to that of the next one that has a time of the same clock; false
 * if there is none. */
bool boot_took(const struct boot *boot, enum boot_stage_id stage, double *ret_seconds);

const char *boot_stage_name(const struct boot *boot, enum boot_stage_id stage);
const char *boot_warning_word(enum boot_warning warning);

/* Text and JSON, to standard output. */
void boot_print(const struct boot *boot);
void boot_print_json(const struct boot *boot);

#endif
