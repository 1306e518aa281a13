// SPDX-License-Identifier: BSD-2-Clause
/* Digests, random bytes, time and properties of the fake. */
#include "sample/fixture.h"

static const uint8_t sha256_abc[32] = {
	0xba,
	0x78,
	0x16,
	0xbf,
	0x8f,
	0x01,
	0xcf,
	0xea,
	0x41,
	0x41,
	0x40,
	0xde,
	0x5d,
	0xae,
	0x22,
	0x23,
	0xb0,
	0x03,
	0x61,
	0xa3,
	0x96,
	0x17,
	0x7a,
	0x9c,
	0xb4,
	0x10,
	0xff,
	0x61,
	0xf2,
	0x00,
	0x15,
	0xad,
};

static void digest(void *arg)
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	uint8_t hash[32] = {0};
	size_t len = 31;

	(void)arg;
	assert_int_equal(
		TEE_AllocateOperation(&operation, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0), TEE_SUCCESS);
	assert_int_equal(
		TEE_DigestDoFinal(operation, "abc", 3, hash, &len), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(len, 32);
	for (int again = 0; again < 2; again++) {
		TEE_DigestUpdate(operation, "a", 1);
		assert_int_equal(TEE_DigestDoFinal(operation, "bc", 2, hash, &len), TEE_SUCCESS);
		assert_memory_equal(hash, sha256_abc, sizeof(hash));
	}
	TEE_DigestUpdate(operation, "x", 1);
	TEE_ResetOperation(operation);
	assert_int_equal(TEE_DigestDoFinal(operation, "abc", 3, hash, &len), TEE_SUCCESS);
	assert_memory_equal(hash, sha256_abc, sizeof(hash));
	TEE_FreeOperation(operation);
	TEE_FreeOperation(TEE_HANDLE_NULL);
	assert_int_equal(TEE_AllocateOperation(&operation, TEE_ALG_SHA256, TEE_MODE_MAC, 0),
		TEE_ERROR_NOT_SUPPORTED);
	fake_tee_fail_alloc(1, 1);
	assert_int_equal(TEE_AllocateOperation(&operation, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0),
		TEE_ERROR_OUT_OF_MEMORY);
}

static void digests_are_right(void **state)
{
	const size_t before = counters().heap;

	(void)state;
	assert_runs(digest);
	assert_int_equal(counters().heap, before);
	assert_int_equal(counters().handles, 0);
}

static void free_operation_twice(void *arg)
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;

	(void)arg;
	TEE_AllocateOperation(&operation, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);
	TEE_FreeOperation(operation);
	TEE_FreeOperation(operation);
}

static void digest_nothing(void *arg)
{
	(void)arg;
	TEE_DigestUpdate(TEE_HANDLE_NULL, "a", 1);
}

static void misuse_panics(void **state)
{
	(void)state;
	assert_panics(free_operation_twice);
	assert_panics(digest_nothing);
}

static void random_bytes(void *arg)
{
	uint8_t a[32] = {0};
	uint8_t b[32] = {0};
	uint8_t seeded[32] = {0};

	(void)arg;
	TEE_GenerateRandom(a, sizeof(a));
	TEE_GenerateRandom(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	fake_tee_seed_random(7);
	TEE_GenerateRandom(a, sizeof(a));
	TEE_GenerateRandom(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	fake_tee_seed_random(7);
	TEE_GenerateRandom(seeded, sizeof(seeded));
	assert_memory_equal(a, seeded, sizeof(a));
}

static void random_can_repeat(void **state)
{
	(void)state;
	assert_runs(random_bytes);
}

static void times(void *arg)
{
	const TEE_Time fixed = {1234, 567};
	TEE_Time now = {0};

	(void)arg;
	TEE_GetREETime(&now);
	assert_true(now.seconds > 1700000000u);
	fake_tee_set_ree_time(&fixed);
	TEE_GetREETime(&now);
	assert_int_equal(now.seconds, 1234);
	assert_int_equal(now.millis, 567);
	TEE_GetSystemTime(&now);
	assert_int_not_equal(now.millis, 1000);
}

static void time_can_stand(void **state)
{
	(void)state;
	assert_runs(times);
}

static void properties(void *arg)
{
	const char *name = "gpd.tee.trustedos.implementation.version";
	char value[5] = "....";
	size_t len = sizeof(value);
	TEE_Identity identity = {0};

	(void)arg;
	assert_int_equal(TEE_GetPropertyAsString(TEE_PROPSET_TEE_IMPLEMENTATION, name, value, &len),
		TEE_SUCCESS);
	assert_string_equal(value, "fake");
	assert_int_equal(len, 5);
	len = 3;
	assert_int_equal(TEE_GetPropertyAsString(TEE_PROPSET_TEE_IMPLEMENTATION, name, value, &len),
		TEE_ERROR_SHORT_BUFFER);
	assert_string_equal(value, "fa");
	assert_int_equal(len, 5);
	assert_int_equal(TEE_GetPropertyAsString(TEE_PROPSET_CURRENT_CLIENT, name, value, &len),
		TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEE_GetPropertyAsIdentity(TEE_PROPSET_TEE_IMPLEMENTATION, name, &identity),
		TEE_ERROR_BAD_FORMAT);
	assert_int_equal(
		TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT, "gpd.client.x", &identity),
		TEE_ERROR_ITEM_NOT_FOUND);
}

static void properties_are_few(void **state)
{
	(void)state;
	assert_runs(properties);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(digests_are_right),
		TEST(misuse_panics),
		TEST(random_can_repeat),
		TEST(time_can_stand),
		TEST(properties_are_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
