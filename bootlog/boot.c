/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a serial log: a table of what they begin with or have in them, and what follows from
 * that. */
#include "boot.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void warn(struct boot *boot, enum boot_warning warning, const char *reason)
{
	if (boot->warned[warning])
		return;
	boot->warned[warning] = true;
	snprintf(boot->reason[warning], BOOT_TEXT, "%.*s", BOOT_TEXT - 1, reason);
}

static void copy(char to[BOOT_TEXT], const char *from, size_t len)
{
	while (len > 0 && from[len - 1] == ' ')
		len--;
	snprintf(to, BOOT_TEXT, "%.*s", (int)(len < BOOT_TEXT ? len : BOOT_TEXT - 1), from);
}

/* --- the line itself
 * ------------------------------------------------------------------------------- */

/* Takes out terminals' escapes and control characters. */
static void clean(char *line)
{
	char *to = line;

	for (const char *at = line; *at; at++) {
		if (at[0] == '\033' && at[1] == '[') {
			at += 2;
			while (*at && !isalpha((unsigned char)*at))
				at++;
			if (!*at)
				break;
		} else if (!iscntrl((unsigned char)*at)) {
			*to++ = *at;
		}
	}
	*to = '\0';
}

/* Reads "12.345678" into a number of seconds. */
static const char *read_seconds(const char *text, double *ret_seconds)
{
	char *end = NULL;

	if (!isdigit((unsigned char)*text))
		return NULL;
	*ret_seconds = strtod(text, &end);
	return memchr(text, '.', (size_t)(end - text)) && *ret_seconds < 1e9 ? end : NULL;
}

/*
 * Passes over a time that who has written the log has put before the line: "[12.345678 0.001234] "
 * (grabserial) or "12.345678 " (ts -s %.s). Linux' own is "[   12.345678] ", without a second
 * number.
 */
static char *take_time(char *line, struct boot_time *ret_time)
{
	double seconds = 0, more = 0;
	const char *at = line;
	const bool bracket = *at == '[';

	*ret_time = (struct boot_time){CLOCK_NONE, 0};
	at += bracket ? 1 : 0;
	while (bracket && *at == ' ')
		at++;
	at = read_seconds(at, &seconds);
	if (at && bracket && *at == ' ' && (at = read_seconds(at + 1, &more)) && *at == ']')
		at++;
	else if (bracket)
		return line;
	if (!at || *at != ' ')
		return line;
	*ret_time = (struct boot_time){CLOCK_HOST, seconds};
	return line + (at + 1 - line);
}

/* The same for Linux' own. A console's prompt may stand before it. */
static char *take_linux_time(char *line, struct boot_time *time)
{
	char *bracket = strchr(line, '[');
	double seconds = 0;
	const char *at = bracket;

	if (!bracket)
		return NULL;
	for (at++; *at == ' ';)
		at++;
	at = read_seconds(at, &seconds);
	if (!at || at[0] != ']' || at[1] != ' ')
		return NULL;
	if (time->clock == CLOCK_NONE)
		*time = (struct boot_time){CLOCK_LINUX, seconds};
	return line + (at + 2 - line);
}

/* What follows a word in a line, or NULL. */
static const char *after(const char *line, const char *word)
{
	const char *found = strstr(line, word);

	return found ? found + strlen(word) : NULL;
}

static bool read_hex(const char *text, uint64_t *ret_value)
{
	char *end = NULL;

	if (!isxdigit((unsigned char)*text))
		return false;
	*ret_value = strtoull(text, &end, 16);
	return end != text;
}

/* --- stages
 * ---------------------------------------------------------------------------------------- */

static struct boot_stage *see(struct boot *boot, enum boot_stage_id id, struct boot_time time)
{
	struct boot_stage *stage = &boot->stages[id];

	stage->seen = true;
	if (stage->at.clock == CLOCK_NONE)
		stage->at = time;
	if (boot->boots == 0)
		boot->boots = 1;
	return stage;
}

/* The first lines of a boot: what was seen before was of an earlier one. */
static void begin_again(struct boot *boot)
{
	const unsigned int boots = boot->boots;

	if (!boot_is_any(boot))
		return;
	boot_begin(boot);
	boot->boots = boots + 1;
}

/* "BL2: v2.8-stm32mp1-r1.0(debug):..." and "BL2: Built : 13:07:51, Oct 18 2023". */
static void see_firmware(
	struct boot *boot, enum boot_stage_id id, const char *text, struct boot_time time)
{
	const char *built = after(text, "Built : ");
	struct boot_stage *stage = NULL;

	if (text[0] != 'v' && !built)
		return;
	/* It can only be a new one's if what comes later has already spoken. */
	if (!built && id <= STAGE_BL2 &&
		(boot->stages[id].version[0] || boot->stages[STAGE_OPTEE].version[0] ||
			boot->stages[STAGE_LINUX].seen))
		begin_again(boot);
	stage = see(boot, id, time);
	boot->now = id;
	if (built) {
		copy(stage->built, built, strlen(built));
		return;
	}
	copy(stage->version, text, strcspn(text, ":"));
	if (strstr(text, "(debug)"))
		warn(boot, WARN_DEBUG_FIRMWARE, text);
}

/* ST numbers images in its own way; elsewhere they are as TF-A has them. */
static const char *image_name(const struct boot *boot, uint32_t id)
{
	static const struct {
		uint32_t id;
		bool is_stm32;
		const char *name;
	} names[] = {{1, true, "FW_CONFIG"}, {2, true, "HW_CONFIG"}, {8, true, "BL32 extra 1"},
		{9, true, "BL32 extra 2"}, {16, true, "TOS_FW_CONFIG"}, {1, false, "BL2"},
		{21, false, "BL32 extra 1"}, {22, false, "BL32 extra 2"}};

	switch (id) {
	case 3:
		return "BL31";
	case 4:
		return "BL32";
	case 5:
		return "BL33";
	case 31:
		return "FW_CONFIG";
	default:
		break;
	}
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].id == id && names[i].is_stm32 == boot->is_stm32)
			return names[i].name;
	}
	return "";
}

static void add_image(
	struct boot *boot, uint32_t id, const char *name, uint64_t from, const uint64_t *to)
{
	struct boot_image *image = &boot->images[boot->image_count];

	if (boot->image_count == BOOT_IMAGES)
		return;
	*image =
		(struct boot_image){.id = id, .by = boot->now, .from = from, .has_end = to != NULL};
	image->to = to ? *to : 0;
	copy(image->name, name, strlen(name));
	boot->image_count++;
}

/* "Image id=8 loaded: 0xde000000 - 0xde0328a8" */
static void see_image(struct boot *boot, const char *text)
{
	const uint32_t id = (uint32_t)strtoul(text, NULL, 10);
	const char *from_text = after(text, "loaded: 0x");
	const char *to_text = from_text ? after(from_text, "- 0x") : NULL;
	uint64_t from = 0, to = 0;

	if (to_text && read_hex(from_text, &from) && read_hex(to_text, &to) && from <= to)
		add_image(boot, id, image_name(boot, id), from, &to);
}

static void see_entry(struct boot *boot, enum boot_stage_id id, const char *text)
{
	struct boot_stage *stage = &boot->stages[id];

	if (!stage->has_entry && strncmp(text, "0x", 2) == 0)
		stage->has_entry = read_hex(text + 2, &stage->entry);
}

/* --- TF-A
 * ------------------------------------------------------------------------------------------ */

static void see_rom(struct boot *boot, const char *text, struct boot_time time)
{
	const char *found = NULL;

	if ((found = after(text, "CPU: "))) {
		if (boot->stages[STAGE_BL2].seen)
			begin_again(boot);
		see(boot, STAGE_ROM, time);
		copy(boot->stages[STAGE_ROM].version, found, strlen(found));
		boot->is_stm32 = strncmp(found, "STM32", 5) == 0;
	} else if ((found = after(text, "Model: "))) {
		copy(boot->board, found, strlen(found));
	} else if ((found = after(text, "Using "))) {
		if (strncmp(found, "crypto", 6) != 0)
			copy(boot->medium, found, strlen(found));
	} else if ((found = after(text, "Boot used partition "))) {
		const size_t len = strlen(boot->medium);

		snprintf(boot->medium + len, BOOT_TEXT - len, "%s%s", len ? ", " : "", found);
	} else if ((found = after(text, "Bootrom authentication "))) {
		boot->fsbl_authenticated = strncmp(found, "succeeded", 9) == 0;
		boot->fsbl_refused = !boot->fsbl_authenticated;
	}
}

static bool see_firmware_stage(struct boot *boot, const char *text, struct boot_time time)
{
	static const struct {
		const char *prefix;
		enum boot_stage_id id;
	} prefixes[] = {{"BL1: ", STAGE_BL1}, {"BL2: ", STAGE_BL2}, {"BL31: ", STAGE_MONITOR},
		{"SP_MIN: ", STAGE_MONITOR}};

	for (unsigned int i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		const size_t len = strlen(prefixes[i].prefix);

		if (strncmp(text, prefixes[i].prefix, len) == 0) {
			see_firmware(boot, prefixes[i].id, text + len, time);
			return true;
		}
	}
	return false;
}

static void see_trusted_firmware(
	struct boot *boot, const char *level, const char *text, struct boot_time time)
{
	const char *found = NULL;

	if (strncmp(text, "Booting Trusted Firmware", 24) == 0)
		begin_again(boot);
	if (strcmp(level, "ERROR") == 0)
		warn(boot, WARN_STOPPED, text);
	if (strstr(text, "Skipping ROTPK verification") || strstr(text, "Skip signature check"))
		warn(boot, WARN_UNVERIFIED_FIP, text);
	if (see_firmware_stage(boot, text, time))
		return;
	see_rom(boot, text, time);
	if ((found = after(text, "Image id=")))
		see_image(boot, found);
	/* The second is said before BL32 is entered, which then says when it enters the next one.
	 */
	else if ((found = after(text, "OPTEE ep=")) ||
		(found = after(text, "Entry point address = ")))
		see_entry(boot, STAGE_OPTEE, found);
}

/* --- OP-TEE
 * ---------------------------------------------------------------------------------------- */

/* "OP-TEE version: 3.19.0 (gcc version ...) #1 Fri Sep  8 14:32:04 UTC 2023 arm" */
static void see_optee_version(struct boot *boot, const char *text, struct boot_time time)
{
	struct boot_stage *stage = see(boot, STAGE_OPTEE, time);
	const char *built = after(text, ") #");
	const char *machine = strrchr(text, ' ');

	copy(stage->version, text, strcspn(text, " "));
	built = built ? strchr(built, ' ') : NULL;
	if (built && machine > built)
		copy(stage->built, built + 1, (size_t)(machine - built - 1));
}

static void see_optee(struct boot *boot, const char *level, const char *text, struct boot_time time)
{
	const char *found = after(text, "OP-TEE version: ");

	see(boot, STAGE_OPTEE, time);
	boot->now = STAGE_OPTEE;
	if (found)
		see_optee_version(boot, found, time);
	if (strstr(text, "configuration might be insecure"))
		warn(boot, WARN_INSECURE_OPTEE, text);
	if (strstr(text, "Failed to get monotonic counter"))
		warn(boot, WARN_COUNTER, text);
	if (level[0] == 'D' || level[0] == 'F')
		warn(boot, WARN_DEBUG_OPTEE, text);
	if (strcasestr(text, "panic") && level[0] == 'E')
		warn(boot, WARN_STOPPED, text);
}

/* --- the normal world
 * ------------------------------------------------------------------------------ */

/* "U-Boot 2022.10-stm32mp-r1.1 (Sep 18 2023 - 11:38:19 +0000)" */
static void see_uboot(struct boot *boot, const char *text, struct boot_time time)
{
	struct boot_stage *stage = NULL;
	const char *open = strchr(text, '(');
	const char *close = open ? strchr(open, ')') : NULL;

	if (!isdigit((unsigned char)*text) || !close)
		return;
	stage = see(boot, STAGE_UBOOT, time);
	boot->now = STAGE_UBOOT;
	copy(stage->version, text, (size_t)(open - text));
	copy(stage->built, open + 1, (size_t)(close - open - 1));
}

static void see_loaded_by_uboot(struct boot *boot, const char *line)
{
	const char *found = NULL;
	uint64_t from = 0;

	if ((found = after(line, "Kernel image @ 0x")) && read_hex(found, &from)) {
		add_image(boot, 0, "kernel", from, NULL);
		see_entry(boot, STAGE_LINUX, found - 2);
	} else if ((found = after(line, "Load Address: 0x")) && read_hex(found, &from)) {
		add_image(boot, 0, "part of a FIT image", from, NULL);
	} else if ((found = after(line, "Flattened Device Tree blob at ")) &&
		read_hex(found + (strncmp(found, "0x", 2) == 0 ? 2 : 0), &from)) {
		add_image(boot, 0, "device tree", from, NULL);
	}
}

/* "Linux version 6.1.28 (oe-user@oe-host) (...) #1 SMP PREEMPT Thu May 11 14:03:32 UTC 2023" */
static void see_linux_version(struct boot *boot, const char *text, struct boot_time time)
{
	struct boot_stage *stage = see(boot, STAGE_LINUX, time);
	const char *built = strrchr(text, '#');

	copy(stage->version, text, strcspn(text, " "));
	if (built)
		copy(stage->built, built, strlen(built));
}

static void see_driver(struct boot *boot, const char *text, struct boot_time time)
{
	const char *revision = after(text, "revision ");
	struct boot_stage *stage = see(boot, STAGE_DRIVER, time);

	if (revision)
		copy(stage->version, revision, strlen(revision));
	/* What counts is when it is ready. */
	if (strstr(text, "initialized driver"))
		stage->at = time;
}

static void see_linux(struct boot *boot, const char *text, struct boot_time time)
{
	const char *found = NULL;

	see(boot, STAGE_LINUX, time);
	boot->now = STAGE_LINUX;
	if ((found = after(text, "Linux version ")))
		see_linux_version(boot, found, time);
	else if ((found = after(text, "Machine model: ")) && !boot->board[0])
		copy(boot->board, found, strlen(found));
	else if (strncmp(text, "optee: ", 7) == 0)
		see_driver(boot, text + 7, time);
	else if (strncmp(text, "Kernel panic", 12) == 0)
		warn(boot, WARN_STOPPED, text);
}

/* U-Boot's driver asks OP-TEE who it is, also where OP-TEE itself says nothing. */
static void see_revision(struct boot *boot, const char *text, struct boot_time time)
{
	struct boot_stage *stage = see(boot, STAGE_OPTEE, time);

	if (!stage->version[0])
		copy(stage->version, text, strlen(text));
}

static bool is_supplicant(const char *line)
{
	return strcasestr(line, "tee-supplicant") || strcasestr(line, "tee supplicant");
}

/* What festore itself says, if it was asked on this console: in "status", and as a warning. */
static void see_huk(struct boot *boot, const char *line)
{
	if (strstr(line, "key (HUK): ALL ZERO") || strstr(line, "\"huk\":\"zero\"") ||
		strstr(line, "\"huk\":\"default\"") ||
		strstr(line, "hardware key is a known default") ||
		(strstr(line, "HUK") &&
			(strcasestr(line, "zero") || strcasestr(line, "unfused") ||
				strcasestr(line, "not fused") || strcasestr(line, "default"))))
		warn(boot, WARN_HUK, line);
}

/* "NOTICE:  ", "INFO:    " and so on; what follows, and which one in `ret_level`. */
static const char *after_level(const char *line, const char **ret_level)
{
	static const char *const levels[] = {"NOTICE", "INFO", "WARNING", "ERROR", "VERBOSE"};

	for (unsigned int i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		const size_t len = strlen(levels[i]);

		if (strncmp(line, levels[i], len) == 0 && line[len] == ':') {
			*ret_level = levels[i];
			return line + len + 1 + strspn(line + len + 1, " ");
		}
	}
	return NULL;
}

/* "I/TC: ", "D/TC:0 0 function:123 ": what follows the word, or NULL. */
static const char *after_optee_level(const char *line)
{
	if (!line[0] || !strchr("EIDFM", line[0]) || strncmp(line + 1, "/TC:", 4) != 0)
		return NULL;
	return line + 5 + strspn(line + 5, " 0123456789?");
}

void boot_line(struct boot *boot, char *line)
{
	struct boot_time time;
	const char *text = NULL;
	const char *level = "";

	clean(line);
	line = take_time(line, &time);
	see_huk(boot, line);
	if ((text = after_level(line, &level))) {
		see_trusted_firmware(boot, level, text, time);
	} else if ((text = after_optee_level(line))) {
		see_optee(boot, line, text, time);
	} else if (strncmp(line, "==== boot of ", 13) == 0) {
		begin_again(boot);
	} else if ((text = after(line, "OP-TEE: revision ")) && line[0] != '[') {
		see_revision(boot, text, time);
	} else if (strncmp(line, "U-Boot ", 7) == 0) {
		see_uboot(boot, line + 7, time);
	} else if (strncmp(line, "Starting kernel", 15) == 0) {
		see(boot, STAGE_LINUX, time);
	} else if (strncmp(line, "PANIC at PC", 11) == 0) {
		warn(boot, WARN_STOPPED, line);
	} else if (boot->now == STAGE_UBOOT && !take_linux_time(line, &time)) {
		see_loaded_by_uboot(boot, line);
	} else if ((text = take_linux_time(line, &time))) {
		see_linux(boot, text, time);
	}
	if (is_supplicant(line))
		see(boot, STAGE_SUPPLICANT, time);
}
