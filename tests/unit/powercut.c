// SPDX-License-Identifier: BSD-2-Clause
/*
 * Misfortune at every single step of every operation (changes.h): power cut before and after each
 * write, a failure of each storage call, of each allocation. What is left is old or new, nothing
 * leaks, and the next list removes what nobody names.
 */
#include "changes.h"

/* More steps than any operation here has; a loop that gets there would never end. */
#define STEPS_MAX 500u

/* Cuts the power at the n-th write of a change. False: the change had fewer, and ended well. */
static bool cut_once(const struct change *change, unsigned int n, enum fake_cut when)
{
	uint32_t session = open_as(ALICE);
	TEE_Result res = TEE_SUCCESS;

	prepare(session, change);
	fake_tee_cut_power(n, when);
	res = change->run(session);
	assert_int_equal(res, fake_tee_is_powered() ? TEE_SUCCESS : TEE_ERROR_COMMUNICATION);
	if (res != TEE_SUCCESS)
		fake_tee_restart();
	else
		fake_tee_cut_power(0, FAKE_CUT_BEFORE);

	session = open_as(ALICE);
	if (res == TEE_SUCCESS)
		assert_new(session, change);
	assert_old_or_new(session, change);
	assert_one_list_sweeps(session, change);
	assert_old_or_new(session, change);
	fake_tee_restart();
	return res != TEE_SUCCESS;
}

static unsigned int cut_every(const struct change *change, enum fake_cut when)
{
	unsigned int n = 1;

	while (cut_once(change, n, when)) {
		n++;
		assert_true(n < STEPS_MAX);
	}
	return n - 1;
}

static void a_cut_at_every_write_leaves_old_or_new(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGE_COUNT; i++) {
		const unsigned int before = cut_every(&changes[i], FAKE_CUT_BEFORE);
		const unsigned int after = cut_every(&changes[i], FAKE_CUT_AFTER);

		assert_int_equal(before, after);
		print_message("%-26s %u writes\n", changes[i].name, before);
	}
	assert_int_equal(counters().panics, 0);
}

/* A list that is cut while it sweeps: the next one goes on. */
static void a_cut_while_sweeping_harms_nothing(void **state)
{
	const enum fake_cut when[] = {FAKE_CUT_BEFORE, FAKE_CUT_AFTER};
	struct listing listing = {0};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		uint32_t session = open_as(ALICE);

		assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
		leave_unnamed_body();
		leave_unnamed_body();
		assert_int_equal(count_store().unnamed, 2);
		fake_tee_cut_power(1, when[i]);
		assert_int_equal(list_all(session, &listing), TEE_ERROR_COMMUNICATION);
		fake_tee_restart();
		assert_int_equal(count_store().unnamed, 2 - i);
		session = open_as(ALICE);
		assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
		assert_int_equal(count_store().unnamed, 0);
		assert_true(tag_holds(session, "a", LARGE(1)));
		fake_tee_restart();
	}
}

/* Runs a change while something is planned to fail, and takes the plan back. */
static TEE_Result run_planned(const struct change *change, uint32_t session)
{
	TEE_Result res = change->run(session);

	fake_tee_fail_alloc(0, 0);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
	fake_tee_fail_storage(FAKE_STORAGE_WRITE, 0, 0, TEE_SUCCESS);
	/* Some refusals leave a transfer under way; it belongs to the session until then. */
	if (res != TEE_ERROR_TARGET_DEAD)
		assert_int_equal(abort_all(session), TEE_SUCCESS);
	return res;
}

static void assert_no_leak(const struct change *change, const struct fake_counters *before)
{
	if (counters().heap != before->heap || counters().handles != before->handles)
		fail_msg("%s: heap or handles leak", change->name);
}

/* The n-th allocation of a change fails. False: it has fewer. */
static bool starve_once(const struct change *change, unsigned int n)
{
	const uint32_t session = open_as(ALICE);
	struct fake_counters before = {0};
	unsigned int steps = 0;
	TEE_Result res = TEE_SUCCESS;

	prepare(session, change);
	before = counters();
	fake_tee_zero_counters();
	fake_tee_fail_alloc(n, 1);
	res = run_planned(change, session);
	steps = counters().allocations;
	assert_true(res == TEE_SUCCESS || res == TEE_ERROR_OUT_OF_MEMORY);
	assert_no_leak(change, &before);
	if (res == TEE_SUCCESS)
		assert_new(session, change);
	assert_old_or_new(session, change);
	assert_one_list_sweeps(session, change);
	fake_tee_close_session(session);
	return n <= steps;
}

static void every_allocation_can_fail(void **state)
{
	unsigned int all = 0;

	(void)state;
	for (size_t i = 0; i < CHANGE_COUNT; i++) {
		unsigned int n = 1;

		while (starve_once(&changes[i], n)) {
			n++;
			assert_true(n < STEPS_MAX);
		}
		print_message("%-26s %u allocations\n", changes[i].name, n - 1);
		all += n - 1;
	}
	/* Only the list makes none. */
	assert_true(all >= CHANGE_COUNT - 1);
	assert_int_equal(counters().panics, 0);
	assert_int_equal(counters().heap, 0);
}

/* The n-th storage call of a change fails, alone or with all after it. False: it has fewer. */
static bool fail_once(const struct change *change, unsigned int n, unsigned int times)
{
	const uint32_t session = open_as(ALICE);
	struct fake_counters before = {0};
	unsigned int steps = 0;
	TEE_Result res = TEE_SUCCESS;

	prepare(session, change);
	before = counters();
	fake_tee_zero_counters();
	fake_tee_fail_storage(FAKE_STORAGE_ANY, n, times, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	res = run_planned(change, session);
	steps = counters().storage_calls;
	assert_true(res == TEE_SUCCESS || res == TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_no_leak(change, &before);
	assert_int_equal(counters().panics, 0);
	if (res == TEE_SUCCESS)
		assert_new(session, change);
	assert_old_or_new(session, change);
	assert_one_list_sweeps(session, change);
	fake_tee_close_session(session);
	return n <= steps;
}

static void every_storage_call_can_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGE_COUNT; i++) {
		for (unsigned int times = 0; times < 2; times++) {
			unsigned int n = 1;

			while (fail_once(&changes[i], n, times)) {
				n++;
				assert_true(n < STEPS_MAX);
			}
			assert_true(n > 1);
		}
	}
	assert_int_equal(counters().heap, 0);
}

/*
 * The disk is full at the n-th write. OP-TEE panics a TA that deletes when even that has no room
 * (GP leaves no code for it); then the TA is dead, and what it stored is old or new all the same.
 */
static bool fill_disk_once(const struct change *change, unsigned int n)
{
	uint32_t session = open_as(ALICE);
	TEE_Result res = TEE_SUCCESS;
	unsigned int writes = 0;

	prepare(session, change);
	fake_tee_zero_counters();
	fake_tee_fail_storage(FAKE_STORAGE_WRITE, n, 1, TEE_ERROR_STORAGE_NO_SPACE);
	res = run_planned(change, session);
	writes = counters().storage_writes;
	assert_true(res == TEE_SUCCESS || res == TEE_ERROR_STORAGE_NO_SPACE ||
		res == TEE_ERROR_TARGET_DEAD);
	fake_tee_close_session(session);
	session = open_as(ALICE);
	assert_old_or_new(session, change);
	assert_one_list_sweeps(session, change);
	fake_tee_close_session(session);
	return res != TEE_SUCCESS || n <= writes;
}

static void a_full_disk_leaves_old_or_new(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGE_COUNT; i++) {
		unsigned int n = 1;

		while (fill_disk_once(&changes[i], n)) {
			n++;
			assert_true(n < STEPS_MAX);
		}
	}
	assert_int_equal(counters().heap, 0);
}

/* Even what is written and removed in this mix never needs more than one window beside 64 KiB. */
static void memory_stays_flat(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGE_COUNT; i++) {
		const uint32_t session = open_as(ALICE);

		prepare(session, &changes[i]);
		fake_tee_zero_counters();
		assert_int_equal(changes[i].run(session), TEE_SUCCESS);
		print_message(
			"%-26s %zu bytes of heap at most\n", changes[i].name, counters().heap_peak);
		assert_in_range(counters().heap_peak, 1, TA_HEAP);
		/* The measure of docs/DESIGN.md: one object in private memory at a time. */
		assert_in_range(counters().heap_peak, 1, FESTORE_WINDOW + 4096);
		fake_tee_close_session(session);
		assert_int_equal(counters().heap, 0);
		assert_int_equal(counters().handles, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_cut_at_every_write_leaves_old_or_new, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_cut_while_sweeping_harms_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(every_allocation_can_fail, setup, teardown),
		cmocka_unit_test_setup_teardown(every_storage_call_can_fail, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_old_or_new, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_stays_flat, setup, teardown),
	};

	return cmocka_run_group_tests_name("powercut", tests, NULL, NULL);
}
