// SPDX-License-Identifier: BSD-2-Clause
/* festore-bootlog, line by line: what each kind of line says, and that no line can do harm. Whole
 * logs: tests/e2e/bootlog.t. */
#include "../../bootlog/boot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct boot boot;

static int begin(void **state)
{
	(void)state;
	boot_begin(&boot);
	return 0;
}

static void say(const char *text)
{
	/* Memory of just that size, for the sanitizers. */
	char *line = strdup(text);

	boot_line(&boot, line);
	free(line);
}

static void versions_and_dates_are_read(void **state)
{
	(void)state;
	say("NOTICE:  BL2: "
	    "v2.8-stm32mp1-r1.1(release):v2.8-stm32mp-r1.1-3-g61924c04c-dirty(61924c04)");
	say("NOTICE:  BL2: Built : 13:07:51, Oct 18 2023");
	say("I/TC: OP-TEE version: 3.19.0-dev (gcc version 12.2.0 (GCC)) #7 Fri Jan 20 10:11:12 "
	    "UTC 2023 arm");
	say("U-Boot 2022.10-stm32mp-r1.1 (Sep 18 2023 - 11:38:19 +0000)");
	say("[    0.000000] Linux version 6.1.28 (oe-user@oe-host) (gcc) #1 SMP Thu May 11 "
	    "14:03:32 UTC 2023");
	assert_string_equal(boot.stages[STAGE_BL2].version, "v2.8-stm32mp1-r1.1(release)");
	assert_string_equal(boot.stages[STAGE_BL2].built, "13:07:51, Oct 18 2023");
	assert_string_equal(boot.stages[STAGE_OPTEE].version, "3.19.0-dev");
	assert_string_equal(boot.stages[STAGE_OPTEE].built, "Fri Jan 20 10:11:12 UTC 2023");
	assert_string_equal(boot.stages[STAGE_UBOOT].version, "2022.10-stm32mp-r1.1");
	assert_string_equal(boot.stages[STAGE_UBOOT].built, "Sep 18 2023 - 11:38:19 +0000");
	assert_string_equal(boot.stages[STAGE_LINUX].version, "6.1.28");
	assert_int_equal(boot.boots, 1);
}

static void images_have_places(void **state)
{
	(void)state;
	say("NOTICE:  CPU: STM32MP157FAC Rev.Z");
	say("NOTICE:  BL2: v2.8(debug):x");
	say("INFO:    Image id=8 loaded: 0xde000000 - 0xde0328a8");
	say("INFO:    Image id=8 loaded: 0xde000000 - 0xdd000000");
	say("INFO:    Image id=8 loaded: 0xde000000 - ");
	say("INFO:    Image id=99 loaded: 0x1000 - 0x2000");
	assert_int_equal(boot.image_count, 2);
	assert_int_equal(boot.images[0].by, STAGE_BL2);
	assert_string_equal(boot.images[0].name, "BL32 extra 1");
	assert_int_equal(boot.images[0].from, 0xde000000);
	assert_int_equal(boot.images[0].to, 0xde0328a8);
	assert_string_equal(boot.images[1].name, "");
	for (unsigned int i = 0; i < 2 * BOOT_IMAGES; i++)
		say("INFO:    Image id=5 loaded: 0x1000 - 0x2000");
	assert_int_equal(boot.image_count, BOOT_IMAGES);
}

static void times_are_of_their_clock(void **state)
{
	double took = 0;

	(void)state;
	say("[    0.340112] optee: probing for conduit method.");
	say("[    0.342033] optee: initialized driver");
	assert_int_equal(boot.stages[STAGE_DRIVER].at.clock, CLOCK_LINUX);
	assert_true(boot.stages[STAGE_DRIVER].at.seconds > 0.342);
	assert_false(boot_took(&boot, STAGE_DRIVER, &took));
	say("[   18.642033] systemd[1]: Started TEE Supplicant on teepriv0.");
	assert_true(boot_took(&boot, STAGE_DRIVER, &took));
	assert_true(took > 18.29 && took < 18.31);
	begin(NULL);
	say("[1.500000 0.250000] NOTICE:  BL2: v2.8(release):x");
	say("2.750000 U-Boot 2022.10 (Sep 18 2023 - 11:38:19 +0000)");
	say("[3.000000 0.250000] [    0.342033] optee: initialized driver");
	assert_int_equal(boot.stages[STAGE_BL2].at.clock, CLOCK_HOST);
	assert_true(boot_took(&boot, STAGE_BL2, &took));
	assert_true(took > 1.24 && took < 1.26);
	assert_int_equal(boot.stages[STAGE_DRIVER].at.clock, CLOCK_HOST);
}

/* A line, and which warning it gives; what is like it and gives none. */
static void warnings_have_their_lines(void **state)
{
	static const struct {
		enum boot_warning warning;
		const char *line, *harmless;
	} table[] = {
		{WARN_INSECURE_OPTEE, "I/TC: WARNING: This OP-TEE configuration might be insecure!",
			"I/TC: Primary CPU initializing"},
		{WARN_DEBUG_FIRMWARE, "NOTICE:  BL2: v2.8(debug):x",
			"NOTICE:  BL2: v2.8(release):debug"},
		{WARN_DEBUG_OPTEE, "D/TC:0 0 init:12 text", "I/TC: text"},
		{WARN_UNVERIFIED_FIP,
			"NOTICE:  ROTPK is not deployed on platform. Skipping ROTPK verification.",
			"NOTICE:  TRUSTED_BOARD_BOOT support enabled"},
		{WARN_HUK, "key (HUK): ALL ZERO: what is stored here is secret from nobody",
			"key (HUK): own"},
		{WARN_HUK, "I/TC: WARNING: HUK is unfused", "I/TC: HUK subkey derived"},
		{WARN_COUNTER,
			"I/TC: WARNING (insecure configuration): Failed to get monotonic counter "
			"for REE FS",
			"I/TC: monotonic counter"},
		{WARN_STOPPED, "ERROR:   BL2: Failed to load image id 5 (-2)",
			"WARNING: BL2: Failed to load image id 5 (-2)"},
		{WARN_STOPPED, "PANIC at PC : 0x2ffea213", "INFO:    PANIC at PC"},
		{WARN_STOPPED, "[    1.000000] Kernel panic - not syncing: VFS", "Kernel panic"},
		{WARN_STOPPED, "E/TC:0 0 Panic at core/kernel/x.c", "I/TC: panic handler"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		begin(NULL);
		say(table[i].harmless);
		assert_false(boot.warned[table[i].warning]);
		say(table[i].line);
		assert_true(boot.warned[table[i].warning]);
	}
}

static void the_first_stage_needs_a_rom_that_checks(void **state)
{
	(void)state;
	boot_judge(&boot);
	assert_true(boot.warned[WARN_UNAUTHENTICATED_FSBL]);
	begin(NULL);
	say("NOTICE:  Bootrom authentication failed");
	boot_judge(&boot);
	assert_true(boot.warned[WARN_UNAUTHENTICATED_FSBL]);
	assert_non_null(strstr(boot.reason[WARN_UNAUTHENTICATED_FSBL], "open device"));
	begin(NULL);
	say("NOTICE:  Bootrom authentication succeeded");
	boot_judge(&boot);
	assert_false(boot.warned[WARN_UNAUTHENTICATED_FSBL]);
}

static void missing_stages_are_named(void **state)
{
	(void)state;
	say("NOTICE:  BL2: v2.8(release):x");
	say("optee optee: OP-TEE: revision 3.19 (d0159bbf)");
	say("[    0.342033] optee: initialized driver");
	boot_judge(&boot);
	assert_string_equal(boot.reason[WARN_MISSING_STAGE], "tee-supplicant");
	begin(NULL);
	say("NOTICE:  CPU: STM32MP157FAC Rev.Z");
	say("NOTICE:  BL2: v2.8(release):x");
	boot_judge(&boot);
	assert_string_equal(boot.reason[WARN_MISSING_STAGE],
		"OP-TEE, U-Boot, Linux, optee driver, tee-supplicant");
	assert_int_equal(boot_loader_of(&boot, STAGE_LINUX), STAGE_BL2);
	say("U-Boot 2022.10 (Sep 18 2023 - 11:38:19 +0000)");
	assert_int_equal(boot_loader_of(&boot, STAGE_LINUX), STAGE_UBOOT);
}

static void a_second_boot_begins_anew(void **state)
{
	(void)state;
	say("NOTICE:  BL2: v2.7(debug):x");
	say("[    0.000000] Linux version 6.1.28 (x) #1");
	say("NOTICE:  BL2: v2.8(release):x");
	assert_int_equal(boot.boots, 2);
	assert_string_equal(boot.stages[STAGE_BL2].version, "v2.8(release)");
	assert_false(boot.stages[STAGE_LINUX].seen);
	assert_false(boot.warned[WARN_DEBUG_FIRMWARE]);
}

static void two_logs_make_one_boot(void **state)
{
	struct boot console;

	(void)state;
	say("NOTICE:  BL1: v2.12(release):x");
	console = boot;
	begin(NULL);
	say("I/TC: OP-TEE version: 4.5 (gcc) #1 Fri Jul 11 09:44:01 UTC 2025 aarch64");
	say("I/TC: WARNING: This OP-TEE configuration might be insecure!");
	boot_merge(&console, &boot);
	assert_true(console.stages[STAGE_BL1].seen);
	assert_string_equal(console.stages[STAGE_OPTEE].version, "4.5");
	assert_true(console.warned[WARN_INSECURE_OPTEE]);
}

static void terminals_escapes_are_passed_over(void **state)
{
	(void)state;
	say("\033[1;33mNOTICE:  BL2: v2.8(release):x\033[0m\r");
	assert_string_equal(boot.stages[STAGE_BL2].version, "v2.8(release)");
	say("\033[");
	say("\033[1");
	say("");
}

/* Pieces of real lines in any order and length. */
static void no_line_does_harm(void **state)
{
	static const char *const pieces[] = {"NOTICE:", "INFO: ", "BL2: ", "v2.8", "(debug)",
		"Built : ", "Image id=", "loaded: 0x", " - 0x", "ffffffffffffffffffffff",
		"I/TC:", "D/TC:0 0 ", "OP-TEE version: ", ") #", "U-Boot ", "2", "(", ")", "[",
		"] ", "12.5", "Linux version ", "optee: ", "revision ", "Kernel image @ 0x",
		"Entry point address = ", " ", "#", "\033[", "CPU: ", "Using ",
		"Boot used partition ", "Started TEE Supplicant", "OPTEE ep=0x", "\xff"};
	uint32_t chance = 7;
	char line[BOOT_LINE];

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		size_t len = 0;

		line[0] = '\0';
		do {
			const char *piece;

			chance = chance * 1664525u + 1013904223u;
			piece = pieces[(chance >> 10) % (sizeof(pieces) / sizeof(pieces[0]))];
			len += (size_t)snprintf(line + len, sizeof(line) - len, "%s", piece);
		} while (len < sizeof(line) / 8 && (chance >> 20) % 8 != 0);
		say(line);
	}
	boot_judge(&boot);
	assert_true(boot.image_count <= BOOT_IMAGES);
	for (unsigned int i = 0; i < STAGES; i++)
		assert_non_null(memchr(boot.stages[i].version, '\0', BOOT_TEXT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(versions_and_dates_are_read, begin),
		cmocka_unit_test_setup(images_have_places, begin),
		cmocka_unit_test_setup(times_are_of_their_clock, begin),
		cmocka_unit_test_setup(warnings_have_their_lines, begin),
		cmocka_unit_test_setup(the_first_stage_needs_a_rom_that_checks, begin),
		cmocka_unit_test_setup(missing_stages_are_named, begin),
		cmocka_unit_test_setup(a_second_boot_begins_anew, begin),
		cmocka_unit_test_setup(two_logs_make_one_boot, begin),
		cmocka_unit_test_setup(terminals_escapes_are_passed_over, begin),
		cmocka_unit_test_setup(no_line_does_harm, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
