// SPDX-License-Identifier: BSD-2-Clause
/* The fake's heap and memory rights behave as OP-TEE's, and can be made to fail. */
#include "sample/fixture.h"

static void gives_and_takes(void *arg)
{
	uint8_t *bytes = TEE_Malloc(100, TEE_MALLOC_FILL_ZERO);

	(void)arg;
	assert_non_null(bytes);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(bytes[i], 0);
	TEE_MemFill(bytes, 0x1ab, 100);
	assert_int_equal(bytes[99], 0xab);
	bytes = TEE_Realloc(bytes, 200);
	assert_int_equal(bytes[99], 0xab);
	assert_int_equal(bytes[100], 0);
	TEE_Free(bytes);
	TEE_Free(NULL);
	bytes = TEE_Malloc(0, TEE_MALLOC_FILL_ZERO);
	assert_non_null(bytes);
	TEE_Free(bytes);
	assert_null(TEE_Malloc(8, 0x12345678));
	assert_int_equal(TEE_MemCompare("abc", "abc", 3), 0);
	assert_true(TEE_MemCompare("abd", "abc", 3) > 0);
	assert_true(TEE_MemCompare("abcz", "abda", 4) < 0);
}

static void a_heap_gives_and_takes(void **state)
{
	const size_t before = counters().heap;

	(void)state;
	assert_runs(gives_and_takes);
	assert_int_equal(counters().heap, before);
	assert_true(counters().heap_peak >= before + 300);
}

static void use_no_fill(void *arg)
{
	(void)arg;
	TEE_Malloc(8, TEE_MALLOC_NO_FILL);
}

static void free_twice(void *arg)
{
	void *bytes = TEE_Malloc(8, TEE_MALLOC_FILL_ZERO);

	(void)arg;
	TEE_Free(bytes);
	TEE_Free(bytes);
}

static void misuse_panics(void **state)
{
	(void)state;
	assert_panics(use_no_fill);
	assert_panics(free_twice);
}

static void fill_heap(void *arg)
{
	size_t *ret_total = arg;

	while (TEE_Malloc(1000, TEE_MALLOC_FILL_ZERO))
		*ret_total += 1000;
	assert_null(TEE_Malloc(SIZE_MAX - 8, TEE_MALLOC_FILL_ZERO));
}

static void a_heap_has_a_limit(void **state)
{
	size_t total = 0;

	(void)state;
	fake_tee_limit_heap(64 * 1024);
	assert_true(fake_tee_run(session, fill_heap, &total));
	assert_in_range(total, 60000, 64 * 1024);
	assert_true(counters().heap_peak <= 64 * 1024);
	/* What a TA leaks goes with it. */
	fake_tee_restart();
	assert_int_equal(counters().heap, 0);
}

static void third_fails(void *arg)
{
	(void)arg;
	fake_tee_fail_alloc(3, 2);
	for (int i = 1; i <= 6; i++) {
		void *bytes = TEE_Malloc(8, TEE_MALLOC_FILL_ZERO);

		assert_true((bytes == NULL) == (i == 3 || i == 4));
		TEE_Free(bytes);
	}
}

static void the_nth_allocation_fails(void **state)
{
	uint32_t other = 0;

	(void)state;
	assert_runs(third_fails);
	/* libutee's own record of a session is the first, the TA's is the second. */
	for (unsigned int nth = 1; nth <= 2; nth++) {
		const size_t before = counters().heap;

		fake_tee_fail_alloc(nth, 1);
		assert_int_equal(open_user(1, &other), TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(counters().heap, before);
	}
	assert_int_equal(open_user(1, &other), TEE_SUCCESS);
}

static TEE_Result may_write(uint32_t type)
{
	static uint8_t bytes[16];
	TEE_Param params[TEE_NUM_PARAMS] = {{.memref = {bytes, sizeof(bytes)}}};

	return fake_tee_invoke(session, SAMPLE_MAY_WRITE, type, params, NULL);
}

static void own_memory_is_known(void *arg)
{
	uint8_t own[4];
	const uint32_t rw = TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE;

	(void)arg;
	assert_int_equal(TEE_CheckMemoryAccessRights(rw, own, sizeof(own)), TEE_SUCCESS);
	assert_int_equal(TEE_CheckMemoryAccessRights(rw, NULL, 1), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(TEE_CheckMemoryAccessRights(rw, NULL, 0), TEE_SUCCESS);
	assert_int_equal(TEE_CheckMemoryAccessRights(rw, own, SIZE_MAX), TEE_ERROR_ACCESS_DENIED);
}

static void rights_of_memory_are_kept(void **state)
{
	(void)state;
	assert_runs(own_memory_is_known);
	assert_int_equal(may_write(TEE_PARAM_TYPE_MEMREF_OUTPUT), TEE_SUCCESS);
	assert_int_equal(may_write(TEE_PARAM_TYPE_MEMREF_INOUT), TEE_SUCCESS);
	assert_int_equal(may_write(TEE_PARAM_TYPE_MEMREF_INPUT), TEE_ERROR_ACCESS_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_heap_gives_and_takes),
		TEST(misuse_panics),
		TEST(a_heap_has_a_limit),
		TEST(the_nth_allocation_fails),
		TEST(rights_of_memory_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
