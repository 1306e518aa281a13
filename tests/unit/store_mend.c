// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mending, removing what is damaged, and restoring a header, while the power is cut at every step,
 * while disk, memory and TA fail: no intact file is ever lost, what was acknowledged is done, and
 * whoever comes next can begin anew and gets to the same end.
 */
#include "damage.h"
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "heap.h"

#include "fake_tee.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { FILES = 8, LUCKS = 4 };

static struct files files;
static struct festore *fs;
static unsigned char header[FESTORE_HEADER_LEN];
static uint32_t cuts;
static bool is_under_way;

static void close_store(void)
{
	heap_resume();
	festore_close(&fs);
	heap_pause();
}

static void make_vault(void)
{
	static const struct operation ops[FILES] = {
		{.kind = OP_PUT, .tag = "a", .len = 10, .seed = 1},
		{.kind = OP_PUT, .tag = "b", .len = 20, .seed = 2},
		{.kind = OP_PUT, .tag = "c", .len = 30, .seed = 3},
		{.kind = OP_PUT, .tag = "d", .len = 40, .seed = 4},
		{.kind = OP_PUT, .tag = "e", .len = 50, .seed = 5},
		{.kind = OP_PUT, .tag = "f", .len = 60, .seed = 6},
		{.kind = OP_PUT, .tag = "table", .len = 9000, .seed = 7},
		{.kind = OP_PUT, .tag = "blob", .len = 70000, .seed = 8},
	};

	store_begin();
	files = (struct files){0};
	fs = store_open();
	for (size_t i = 0; i < FILES; i++)
		store_do(&fs, &ops[i], &files);
	heap_resume();
	assert_int_equal(festore_header_backup(fs, header), FESTORE_OK);
	heap_pause();
	close_store();
}

static void calm(void)
{
	is_under_way = false;
	disk_on_event(NULL);
	direct_on_call(NULL);
	heap_on_allocation(NULL);
	fake_tee_fail_alloc(0, 0);
}

/* --- what is under way ------------------------------------------------------------------------ */

/* Damage, what is done about it, and what is done again by whoever comes next. */
struct scenario {
	const char *name;
	const char *spoils; /* NULL: nothing */
	enum festore_error (*run)(void);
	size_t intact; /* always, from the damage on */
};

static enum festore_error mend(void)
{
	const struct found found = store_fsck(fs, FESTORE_CHECK_MEND);

	/* What SQLite could not read for another reason it may call damage. */
	if (found.error == FESTORE_DAMAGED && found.numbers.others != 0)
		return FESTORE_ERROR;
	return found.error;
}

static enum festore_error check(void)
{
	const struct found found = store_fsck(fs, 0);

	if (found.error == FESTORE_OK && found.numbers.intact != FILES)
		wrong("all is well with %llu files", (unsigned long long)found.numbers.intact);
	if (found.error == FESTORE_DAMAGED && found.numbers.others != 0)
		return FESTORE_ERROR;
	return found.error;
}

static enum festore_error restore(void)
{
	enum festore_error error = FESTORE_OK;

	heap_resume();
	error = festore_header_restore(fs, header);
	heap_pause();
	return error;
}

/* The two that were spoiled, by the ids that an untroubled check has given. */
static struct found spoiled;

static enum festore_error remove_spoiled(void)
{
	return store_remove_found(fs, &spoiled);
}

static const struct scenario scenarios[] = {
	{"a check", NULL, check, FILES},
	{"mending",
		"DELETE FROM node WHERE id = 1; UPDATE meta SET value = zeroblob(120) WHERE id = 2;"
		"INSERT INTO node VALUES (77, zeroblob(68))",
		mend, FILES},
	{"restoring", "UPDATE meta SET value = zeroblob(120) WHERE id < 3", restore, FILES},
	{"removing",
		"UPDATE entry SET record = zeroblob(length(record)) WHERE prefix IN "
		"(SELECT prefix FROM entry ORDER BY prefix LIMIT 2)",
		remove_spoiled, FILES - 2},
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static const struct scenario *scenario;

static void spoil(void)
{
	struct found found;

	if (scenario->spoils)
		store_run_sql(scenario->spoils);
	fs = store_open();
	found = store_fsck(fs, 0);
	if (scenario->run == remove_spoiled) {
		spoiled = found;
		files = intact_of(&found, &files);
	}
	close_store();
}

/*
 * Afterwards: all that was intact is, and what was not acknowledged may be done or not. Done again,
 * all is well.
 */
static void look_after(bool is_acknowledged)
{
	struct found found;

	disk_client = 9;
	direct_client = 9;
	fs = store_open();
	found = store_fsck(fs, 0);
	if (found.numbers.others != 0 ||
		(found.error != FESTORE_OK && found.error != FESTORE_DAMAGED))
		wrong("afterwards a check answers %d: %s", found.error, festore_reason(fs));
	if (found.numbers.headers != 2 && found.numbers.intact != scenario->intact)
		wrong("afterwards %llu files are intact, not %zu",
			(unsigned long long)found.numbers.intact, scenario->intact);
	if (is_acknowledged && found.error != FESTORE_OK)
		wrong("acknowledged, and not done");
	if (found.error != FESTORE_OK && scenario->run() != FESTORE_OK)
		wrong("cannot be done again: %s", festore_reason(fs));
	store_check(&fs, &files, NULL);
	close_store();
}

/* Runs it to its end; in a child, with the truth of its answer. */
static void run(void)
{
	enum festore_error error = FESTORE_OK;

	fs = store_open();
	is_under_way = true;
	error = scenario->run();
	calm();
	if (error == FESTORE_DAMAGED || error == FESTORE_STALE || error == FESTORE_NOT_FOUND ||
		error == FESTORE_USAGE)
		wrong("%s answers %d: %s", scenario->name, error, festore_reason(fs));
	close_store();
	look_after(error == FESTORE_OK);
	if (explore_is_child())
		explore_done();
	if (error != FESTORE_OK)
		wrong("%s answers %d", scenario->name, error);
}

/* All of them, with something that may happen at each step. */
static void run_all(const char *what, disk_hook at_disk, direct_hook at_call, heap_hook at_heap)
{
	explore_begin();
	if (at_heap)
		explore_coarsen(5);
	cuts = 0;
	for (size_t i = 0; i < SCENARIOS; i++) {
		scenario = &scenarios[i];
		make_vault();
		spoil();
		disk_client = 0;
		direct_client = 0;
		disk_on_event(at_disk);
		direct_on_call(at_call);
		heap_on_allocation(at_heap);
		run();
		store_check_clean();
		store_end();
	}
	explore_end(what);
}

/* --- power cuts ------------------------------------------------------------------------------- */

static void cut_here(const char *what)
{
	for (uint32_t luck = 0; luck < LUCKS; luck++) {
		const uint32_t drawn = luck < 2 ? luck : cuts * LUCKS + luck;

		if (!explore_branch("%s, cut at %s, luck %u", scenario->name, what, drawn))
			continue;
		calm();
		heap_pause();
		disk_lose_power(drawn);
		store_restart_tee();
		look_after(false);
		explore_done();
	}
	cuts++;
}

static enum disk_answer cut_at_disk(enum disk_event event, const char *path)
{
	(void)path;
	if (is_under_way && disk_event_changes(event))
		cut_here(disk_event_name(event));
	return DISK_DOES;
}

static bool cut_at_call(struct direct_event *event)
{
	(void)event;
	if (is_under_way)
		cut_here("a call");
	return false;
}

static void a_power_cut_leaves_old_or_new(void **state)
{
	(void)state;
	run_all("power cuts", cut_at_disk, cut_at_call, NULL);
}

/* --- failures --------------------------------------------------------------------------------- */

static bool goes_on; /* what fails, fails from here on */

static enum disk_answer fail_at_disk(enum disk_event event, const char *path)
{
	static const enum disk_answer answers[] = {DISK_FAILS, DISK_IS_FULL, DISK_FAILS_DONE};

	if (!is_under_way || event == DISK_SLEEP)
		return DISK_DOES;
	if (explore_is_child())
		return goes_on && disk_event_changes(event) ? DISK_FAILS : DISK_DOES;
	for (unsigned int i = 0; i < 6; i++) {
		if (i != 0 && !disk_event_changes(event))
			break;
		if (!explore_branch(
			    "%s, %s %s, way %u", scenario->name, disk_event_name(event), path, i))
			continue;
		goes_on = i >= 3;
		return answers[i % 3];
	}
	return DISK_DOES;
}

static void the_disk_fails(void **state)
{
	(void)state;
	run_all("failures of the disk", fail_at_disk, NULL, NULL);
}

static bool fail_at_call(struct direct_event *event)
{
	static const TEEC_Result results[] = {
		TEEC_ERROR_COMMUNICATION, TEEC_ERROR_OUT_OF_MEMORY, TEEC_ERROR_TARGET_DEAD};

	if (!is_under_way || event->is_after || explore_is_child())
		return false;
	for (unsigned int i = 0; i < 3; i++) {
		if (!explore_branch(
			    "%s, command %u fails, way %u", scenario->name, event->command, i))
			continue;
		event->result = results[i];
		event->origin = TEEC_ORIGIN_TEE;
		return true;
	}
	return false;
}

static void calls_of_the_ta_fail(void **state)
{
	(void)state;
	run_all("failures of calls", NULL, fail_at_call, NULL);
}

static bool fail_allocation(enum heap_user user)
{
	if (!is_under_way)
		return true;
	if (explore_is_child())
		return !goes_on;
	for (unsigned int i = 0; i < 2; i++) {
		if (!explore_branch("%s, no memory for %s%s", scenario->name,
			    user == HEAP_SQLITE ? "SQLite" : "the library",
			    i != 0 ? " from here on" : ""))
			continue;
		goes_on = i != 0;
		return false;
	}
	return true;
}

static void the_client_runs_out_of_memory(void **state)
{
	(void)state;
	run_all("failures of allocations", NULL, NULL, fail_allocation);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_cut_leaves_old_or_new),
		cmocka_unit_test(the_disk_fails),
		cmocka_unit_test(calls_of_the_ta_fail),
		cmocka_unit_test(the_client_runs_out_of_memory),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
