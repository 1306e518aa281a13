// SPDX-License-Identifier: BSD-2-Clause
/* Contents do not stay behind in the TA's memory: neither in freed heap nor on the stack. */
#include "large.h"

/* Bytes of this value are content; a run of them that nothing else makes is a trace of it. */
#define SECRET 0xc5
#define TRACE 16u

/* More than all of a call's frames here; TA_STACK_SIZE is half of it. */
#define STACK_LOOK 16384u

static uint8_t secret[FESTORE_WINDOW];
static unsigned int freed;
static unsigned int freed_unwiped;

static bool has_trace(const volatile uint8_t *bytes, size_t len)
{
	size_t run = 0;

	for (size_t i = 0; i < len && run < TRACE; i++)
		run = bytes[i] == SECRET ? run + 1 : 0;
	return run == TRACE;
}

static void look_at_freed(const void *bytes, size_t len, void *arg)
{
	(void)arg;
	freed++;
	freed_unwiped += has_trace(bytes, len) ? 1 : 0;
}

/* Looks at what deeper calls have left below this frame: that is what an uninitialised array is. */
__attribute__((noinline)) static bool stack_has_trace(void)
{
	volatile uint8_t left[STACK_LOOK];

	/* So that the compiler takes it for written. */
	__asm__ volatile("" : : "r"(left) : "memory");
	return has_trace(left, sizeof(left));
}

__attribute__((noinline)) static void clear_stack(void)
{
	volatile uint8_t left[STACK_LOOK];

	for (size_t i = 0; i < sizeof(left); i++)
		left[i] = 0;
}

static int setup_secret(void **state)
{
	const int res = setup(state);

	memset(secret, SECRET, sizeof(secret));
	freed = 0;
	freed_unwiped = 0;
	fake_tee_on_free(look_at_freed, NULL);
	return res;
}

static void the_looks_can_see(void **state)
{
	uint8_t bytes[2 * TRACE] = {0};

	(void)state;
	assert_false(has_trace(bytes, sizeof(bytes)));
	memset(bytes + 3, SECRET, TRACE);
	assert_true(has_trace(bytes, sizeof(bytes)));
}

static void freed_heap_holds_no_content(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct listing listing = {0};
	size_t len = 0;

	(void)state;
	assert_int_equal(put(session, "small", secret, 1000), TEE_SUCCESS);
	assert_int_equal(put(session, "small", secret, FESTORE_WINDOW), TEE_SUCCESS);
	assert_int_equal(
		put_flags(session, "a", secret, FESTORE_WINDOW, FESTORE_WIRE_MORE), TEE_SUCCESS);
	assert_int_equal(put_flags(session, "a", secret, FESTORE_WINDOW, FESTORE_WIRE_CONTINUE),
		TEE_SUCCESS);
	assert_int_equal(get_large(session, "small", &len), TEE_SUCCESS);
	assert_int_equal(get_large(session, "a", &len), TEE_SUCCESS);
	assert_int_equal(len, 2 * FESTORE_WINDOW);
	assert_int_equal(move(session, "small", "moved"), TEE_SUCCESS);
	assert_int_equal(move(session, "a", "b"), TEE_SUCCESS);
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_int_equal(remove_file(session, "b"), TEE_SUCCESS);
	assert_int_equal(remove_file(session, "moved"), TEE_SUCCESS);
	fake_tee_close_session(session);
	assert_true(freed > 8);
	assert_int_equal(freed_unwiped, 0);
}

/* Refused and failed calls have had content in their hands too. */
static void failures_leave_no_content(void **state)
{
	const uint32_t session = open_as(ALICE);
	size_t len = 10;

	(void)state;
	assert_int_equal(put(session, "small", secret, 1000), TEE_SUCCESS);
	assert_int_equal(get(session, "small", large_answer, &len), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(put_flags(session, "small", secret, 1000, FESTORE_WIRE_NO_CLOBBER),
		TEE_ERROR_ACCESS_CONFLICT);
	for (unsigned int n = 1; n < 6; n++) {
		fake_tee_fail_storage(FAKE_STORAGE_ANY, n, 1, TEE_ERROR_STORAGE_NOT_AVAILABLE);
		put(session, "small", secret, 1000);
		fake_tee_fail_storage(FAKE_STORAGE_ANY, n, 1, TEE_ERROR_STORAGE_NOT_AVAILABLE);
		move(session, "small", "b");
		fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
	}
	assert_int_equal(freed_unwiped, 0);
}

static void assert_stack_is_clear(const char *after)
{
	if (stack_has_trace())
		fail_msg("content on the stack after a %s", after);
	clear_stack();
}

/* What describes a file is read with some bytes of its content. */
static void the_stack_holds_no_content(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_file file = {0};
	struct listing listing = {0};

	(void)state;
	clear_stack();
	assert_int_equal(put(session, "a", secret, 1000), TEE_SUCCESS);
	assert_stack_is_clear("put");
	assert_int_equal(stat_file(session, "a", &file), TEE_SUCCESS);
	assert_stack_is_clear("stat");
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_stack_is_clear("list");
	assert_int_equal(move(session, "a", "b"), TEE_SUCCESS);
	assert_stack_is_clear("move");
	/* A large file over it asks what it replaces. */
	assert_int_equal(put_held(session, "b", LARGE(1), 0), TEE_SUCCESS);
	assert_stack_is_clear("replacement");
	assert_int_equal(put(session, "a", secret, 1000), TEE_SUCCESS);
	clear_stack();
	assert_int_equal(remove_file(session, "a"), TEE_SUCCESS);
	assert_stack_is_clear("remove");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_looks_can_see),
		cmocka_unit_test_setup_teardown(
			freed_heap_holds_no_content, setup_secret, teardown),
		cmocka_unit_test_setup_teardown(failures_leave_no_content, setup_secret, teardown),
		cmocka_unit_test_setup_teardown(the_stack_holds_no_content, setup_secret, teardown),
	};

	return cmocka_run_group_tests_name("wipe", tests, NULL, NULL);
}
