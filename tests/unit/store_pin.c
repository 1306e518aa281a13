// SPDX-License-Identifier: BSD-2-Clause
/*
 * A vault with a PIN, library and TA together: at each step of its making and of a change of its
 * PIN the power goes, the client dies, or the TA crashes; then the PIN that was acknowledged opens
 * it, or the other one if none was, and what was stored is there.
 */
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "fake_tee.h"
#include "files.h"

#include <festore_vault.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Which step has the misfortune, counted from 1; and which one it is. */
enum misfortune { NOTHING, POWER_CUT, CRASH };

static enum misfortune misfortune;
static unsigned int steps_left;
static bool has_struck;

static const char *const content = "content";

/* What the fake TEE keeps. */
static char folder[64];

static void begin(void)
{
	static struct fake_ta objects = FAKE_TA_IMAGE(OBJECTS_PATH, FESTORE_OBJECTS_UUID);

	snprintf(folder, sizeof(folder), "/tmp/fake-tee.XXXXXX");
	assert_non_null(mkdtemp(folder));
	store_objects = folder;
	store_begin();
	fake_tee_load(&objects);
	setenv("FESTORE_ANCHOR", "none", 1);
	misfortune = NOTHING;
	has_struck = false;
}

static void end(void)
{
	char command[96];

	disk_on_event(NULL);
	direct_on_call(NULL);
	store_end();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

/* From here on nothing that is asked of disk or TEE is done. */
static bool strikes(void)
{
	if (misfortune == NOTHING)
		return false;
	if (has_struck)
		return true;
	if (steps_left-- > 1)
		return false;
	has_struck = true;
	return true;
}

static enum disk_answer at_disk(enum disk_event event, const char *path)
{
	(void)path;
	if (misfortune != POWER_CUT || !(has_struck || disk_event_changes(event)))
		return DISK_DOES;
	return strikes() ? DISK_FAILS : DISK_DOES;
}

static bool at_call(struct direct_event *event)
{
	if (event->call != DIRECT_INVOKE)
		return misfortune == POWER_CUT && has_struck;
	if (misfortune == CRASH && has_struck)
		return false;
	if (!strikes())
		return false;
	if (misfortune == CRASH)
		direct_crash();
	event->result = misfortune == CRASH ? TEEC_ERROR_TARGET_DEAD : TEEC_ERROR_COMMUNICATION;
	event->origin = TEEC_ORIGIN_TEE;
	return true;
}

static void plan(enum misfortune what, unsigned int step)
{
	misfortune = what;
	steps_left = step;
	has_struck = false;
	disk_on_event(at_disk);
	direct_on_call(at_call);
}

/* What has struck is over. */
static void calm(uint32_t luck)
{
	const enum misfortune was = misfortune;

	misfortune = NOTHING;
	disk_on_event(NULL);
	direct_on_call(NULL);
	if (was != POWER_CUT)
		return;
	disk_lose_power(luck);
	store_restart_tee();
}

static enum festore_error open_with(const char *pin, struct festore **ret_fs)
{
	const struct festore_options options = {
		.storage = FESTORE_STORAGE_VAULT,
		.directory = STORE_FOLDER,
		.pin = pin,
		.pin_len = pin ? strlen(pin) : 0,
	};

	return festore_open(ret_fs, &options);
}

static struct festore *handle_with(const char *pin)
{
	struct festore *fs = NULL;

	assert_int_equal(open_with(pin, &fs), FESTORE_OK);
	return fs;
}

static enum festore_error get_with(const char *pin)
{
	struct festore *fs = handle_with(pin);
	void *bytes = NULL;
	size_t len = 0;
	const enum festore_error error = festore_file_get(fs, "a", &bytes, &len);

	if (error == FESTORE_OK) {
		assert_int_equal(len, strlen(content));
		assert_memory_equal(bytes, content, len);
		festore_content_free(bytes, len);
	}
	festore_close(&fs);
	return error;
}

static void make(void)
{
	struct festore *fs = handle_with("2580");

	assert_int_equal(festore_init(fs), FESTORE_OK);
	assert_int_equal(festore_file_put(fs, "a", content, strlen(content), 0), FESTORE_OK);
	festore_close(&fs);
}

static unsigned int failures(void)
{
	struct festore *fs = handle_with(NULL);
	struct festore_pin_info info = {0};

	assert_int_equal(festore_pin_info(fs, &info), FESTORE_OK);
	assert_int_equal(info.has_pin, 1);
	festore_close(&fs);
	return info.failures;
}

/* --- what opens ------------------------------------------------------------------------------- */

static void only_its_pin_opens_it(void **state)
{
	struct festore *fs = NULL;

	(void)state;
	begin();
	/* Only festore_init() makes one: who mistypes a PIN is not to lose what comes next. */
	fs = handle_with("2580");
	assert_int_equal(festore_file_put(fs, "a", content, 7, 0), FESTORE_NOT_FOUND);
	festore_close(&fs);
	make();
	assert_int_equal(get_with("2580"), FESTORE_OK);
	assert_int_equal(get_with("2581"), FESTORE_PIN);
	assert_int_equal(get_with(NULL), FESTORE_PIN);
	assert_int_equal(failures(), 1);
	assert_int_equal(open_with("123", &fs), FESTORE_USAGE);
	festore_close(&fs);
	end();
}

static void a_vault_without_takes_none(void **state)
{
	struct festore *fs = NULL;

	(void)state;
	begin();
	fs = handle_with(NULL);
	assert_int_equal(festore_init(fs), FESTORE_OK);
	assert_int_equal(festore_file_put(fs, "a", content, strlen(content), 0), FESTORE_OK);
	assert_int_equal(festore_pin_change(fs, "2580", 4), FESTORE_USAGE);
	assert_int_equal(festore_destroy_without_pin(fs), FESTORE_USAGE);
	festore_close(&fs);
	assert_int_equal(get_with("2580"), FESTORE_USAGE);
	assert_int_equal(get_with(NULL), FESTORE_OK);
	end();
}

static void damage(sqlite3 *database, const char *sql)
{
	assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* One of the two copies of the header is damaged: that costs no try. */
static void the_other_copy_opens_it(void **state)
{
	sqlite3 *database = NULL;

	(void)state;
	begin();
	make();
	/* Of every copy a byte of what is sealed; then of the first alone. */
	assert_int_equal(sqlite3_open(STORE_FOLDER "/default/vault.db", &database), SQLITE_OK);
	damage(database, "CREATE TEMP TABLE kept AS SELECT value AS kept FROM meta WHERE id = 1");
	damage(database,
		"UPDATE meta SET value = substr(value, 1, 119) || x'00' WHERE id IN (1, 2)");
	assert_int_equal(get_with("2580"), FESTORE_DAMAGED);
	damage(database, "UPDATE meta SET value = (SELECT kept FROM temp.kept) WHERE id = 2");
	sqlite3_close(database);
	assert_int_equal(get_with("2580"), FESTORE_OK);
	assert_int_equal(failures(), 0);
	end();
}

/* --- misfortunes ------------------------------------------------------------------------------ */

/* The PIN is to become another one, and something happens at the n-th step. False: nothing did. */
static bool change_with(enum misfortune what, unsigned int step, uint32_t luck)
{
	struct festore *fs = NULL;
	enum festore_error error = FESTORE_OK;
	bool is_struck = false;

	begin();
	make();
	fs = handle_with("2580");
	assert_int_equal(festore_init(fs), FESTORE_EXISTS);
	plan(what, step);
	error = festore_pin_change(fs, "a new one", 9);
	is_struck = has_struck;
	calm(luck);
	if (what == CRASH && error == FESTORE_OK) {
		/* The handle goes on. */
		assert_int_equal(festore_pin_change(fs, "a new one", 9), FESTORE_OK);
	}
	festore_close(&fs);
	/* A crash is found out about: what is said is so. */
	if (what == CRASH)
		assert_int_equal(error == FESTORE_OK, get_with("a new one") == FESTORE_OK);
	if (error == FESTORE_OK) {
		assert_int_equal(get_with("a new one"), FESTORE_OK);
		assert_int_equal(get_with("2580"), FESTORE_PIN);
	} else if (get_with("2580") != FESTORE_OK) {
		assert_int_equal(get_with("a new one"), FESTORE_OK);
		assert_int_equal(get_with("2580"), FESTORE_PIN);
	} else {
		assert_int_equal(get_with("a new one"), FESTORE_PIN);
	}
	end();
	return is_struck;
}

static unsigned int change_at_each_step(enum misfortune what, uint32_t luck)
{
	unsigned int step = 1;

	while (change_with(what, step, luck))
		step++;
	return step - 1;
}

static void a_power_cut_leaves_one_that_opens(void **state)
{
	(void)state;
	for (uint32_t luck = 0; luck < 3; luck++)
		assert_in_range(change_at_each_step(POWER_CUT, luck), 8, 100);
}

static void a_crash_leaves_one_that_opens(void **state)
{
	(void)state;
	assert_in_range(change_at_each_step(CRASH, 0), 3, 20);
}

static bool make_with(enum misfortune what, unsigned int step, uint32_t luck)
{
	struct festore *fs = NULL;
	enum festore_error error = FESTORE_OK;
	bool is_struck = false;

	begin();
	fs = handle_with("2580");
	plan(what, step);
	error = festore_init(fs);
	is_struck = has_struck;
	calm(luck);
	festore_close(&fs);
	/* There is one with this PIN, or none yet. */
	fs = handle_with("2580");
	if (error != FESTORE_OK) {
		error = festore_init(fs);
		assert_true(error == FESTORE_OK || error == FESTORE_EXISTS);
	}
	assert_int_equal(festore_file_put(fs, "a", content, strlen(content), 0), FESTORE_OK);
	festore_close(&fs);
	assert_int_equal(get_with("2580"), FESTORE_OK);
	assert_int_equal(get_with("0000"), FESTORE_PIN);
	end();
	return is_struck;
}

static void a_cut_creation_can_be_repeated(void **state)
{
	(void)state;
	for (uint32_t luck = 0; luck < 3; luck++) {
		unsigned int step = 1;

		while (make_with(POWER_CUT, step, luck))
			step++;
		assert_in_range(step, 8, 100);
	}
}

/* It is given up, and something happens: asked for again, it is gone, and its name is free. */
static bool give_up_with(enum misfortune what, unsigned int step, uint32_t luck)
{
	struct festore *fs = NULL;
	enum festore_error error = FESTORE_OK;
	bool is_struck = false;

	begin();
	make();
	fs = handle_with(NULL);
	plan(what, step);
	error = festore_destroy_without_pin(fs);
	is_struck = has_struck;
	calm(luck);
	festore_close(&fs);
	fs = handle_with(NULL);
	if (error != FESTORE_OK) {
		error = festore_destroy_without_pin(fs);
		assert_true(error == FESTORE_OK || error == FESTORE_NOT_FOUND);
	}
	festore_close(&fs);
	assert_int_equal(get_with("2580"), FESTORE_NOT_FOUND);
	make();
	assert_int_equal(get_with("2580"), FESTORE_OK);
	end();
	return is_struck;
}

static void giving_up_can_be_ended(void **state)
{
	(void)state;
	for (uint32_t luck = 0; luck < 3; luck++) {
		unsigned int step = 1;

		while (give_up_with(POWER_CUT, step, luck))
			step++;
		assert_in_range(step, 4, 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_its_pin_opens_it),
		cmocka_unit_test(a_vault_without_takes_none),
		cmocka_unit_test(the_other_copy_opens_it),
		cmocka_unit_test(a_power_cut_leaves_one_that_opens),
		cmocka_unit_test(a_crash_leaves_one_that_opens),
		cmocka_unit_test(a_cut_creation_can_be_repeated),
		cmocka_unit_test(giving_up_can_be_ended),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
