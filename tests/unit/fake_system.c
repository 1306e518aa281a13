// SPDX-License-Identifier: BSD-2-Clause
/* The fake's system PTA: keys derived from the HUK as OP-TEE derives them, and nothing else. */
#include "sample/fixture.h"

#include <pta_system.h>

#define DERIVE PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY
#define DERIVE_TYPES \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, \
		TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE)

static const TEE_UUID system_pta = PTA_SYSTEM_UUID;

static TEE_Result open_pta(const TEE_UUID *uuid, TEE_TASessionHandle *ret_session)
{
	uint32_t origin = 0;

	return TEE_OpenTASession(uuid, TEE_TIMEOUT_INFINITE, 0, NULL, ret_session, &origin);
}

static TEE_TASessionHandle opened(void)
{
	TEE_TASessionHandle pta = TEE_HANDLE_NULL;

	assert_int_equal(open_pta(&system_pta, &pta), TEE_SUCCESS);
	return pta;
}

static TEE_Result derive(
	TEE_TASessionHandle pta, const void *extra, size_t extra_len, void *key, size_t key_len)
{
	TEE_Param params[TEE_NUM_PARAMS] = {0};

	params[0].memref.buffer = (void *)(uintptr_t)extra;
	params[0].memref.size = extra_len;
	params[1].memref.buffer = key;
	params[1].memref.size = key_len;
	return TEE_InvokeTACommand(pta, TEE_TIMEOUT_INFINITE, DERIVE, DERIVE_TYPES, params, NULL);
}

/* Computed elsewhere: HMAC-SHA-256(HUK, 03000000 | UUID as it lies in memory | extra). */
static void assert_derives(
	TEE_TASessionHandle pta, const char *extra, size_t key_len, const char *hex)
{
	uint8_t key[TA_DERIVED_KEY_MAX_SIZE] = {0};
	char text[2 * sizeof(key) + 1] = "";

	assert_int_equal(derive(pta, extra, strlen(extra), key, key_len), TEE_SUCCESS);
	for (size_t i = 0; i < key_len; i++)
		snprintf(text + 2 * i, 3, "%02x", key[i]);
	assert_string_equal(text, hex);
}

static void derive_all(void *arg)
{
	static const uint8_t zero[FAKE_HUK_LEN] = {0};
	uint8_t ones[FAKE_HUK_LEN];
	TEE_TASessionHandle pta = opened();

	(void)arg;
	assert_derives(pta, "extra", 32,
		"e88590698f5093b71eb7c5a9641788fb81192cb9f49c7ad347547a734759f7dd");
	fake_tee_set_huk(zero);
	assert_derives(pta, "extra", 32,
		"c05e74757e13d5f8aad21210c1c39db6acea39ee832534de515fdc70408d5571");
	assert_derives(pta, "extra", 16, "c05e74757e13d5f8aad21210c1c39db6");
	assert_derives(
		pta, "", 32, "60d1736c8f1b17bf25c45c05fcdc32f03fdeb914ac5ae44d83d4dc757ad34ee5");
	memset(ones, 0xff, sizeof(ones));
	fake_tee_set_huk(ones);
	assert_derives(pta, "extra", 32,
		"882b226b359ff64644e5b99c1ed7fecf88ebaa26284cb3400f489d10041e41ff");
	fake_tee_set_huk(NULL);
	assert_derives(pta, "extra", 16, "e88590698f5093b71eb7c5a9641788fb");
	TEE_CloseTASession(pta);
	TEE_CloseTASession(TEE_HANDLE_NULL);
}

static void keys_are_those_of_optee(void **state)
{
	(void)state;
	assert_runs(derive_all);
	assert_int_equal(counters().handles, 0);
}

static void ask_wrongly(void *arg)
{
	static const uint8_t extra[TA_DERIVED_EXTRA_DATA_MAX_SIZE + 1];
	uint8_t key[TA_DERIVED_KEY_MAX_SIZE + 1];
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	TEE_TASessionHandle pta = opened();
	uint32_t origin = TEE_ORIGIN_API;

	(void)arg;
	assert_int_equal(derive(pta, extra, sizeof(extra) - 1, key, 32), TEE_SUCCESS);
	assert_int_equal(derive(pta, extra, sizeof(extra), key, 32), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(derive(pta, extra, 1, key, 15), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(derive(pta, extra, 1, key, 33), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(derive(pta, extra, 1, NULL, 32), TEE_ERROR_SECURITY);
	assert_int_equal(derive(pta, NULL, 1, key, 32), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(
		TEE_InvokeTACommand(pta, 0, DERIVE, 0, NULL, &origin), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
	assert_int_equal(TEE_InvokeTACommand(pta, 0, 1000, DERIVE_TYPES, params, &origin),
		TEE_ERROR_NOT_IMPLEMENTED);
	TEE_CloseTASession(pta);
	assert_int_equal(TEE_InvokeTACommand(pta, 0, DERIVE, DERIVE_TYPES, params, &origin),
		TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
}

static void wrong_questions_are_refused(void **state)
{
	(void)state;
	assert_runs(ask_wrongly);
}

static void find_nobody(void *arg)
{
	const TEE_UUID nobody = {.timeLow = 1};
	TEE_TASessionHandle pta = TEE_HANDLE_NULL;

	(void)arg;
	assert_int_equal(open_pta(&nobody, &pta), TEE_ERROR_ITEM_NOT_FOUND);
	/* Nor can a single instance wait for itself. */
	assert_int_equal(open_pta(&sample_uuid, &pta), TEE_ERROR_BUSY);
	fake_tee_have_system_pta(false);
	assert_int_equal(open_pta(&system_pta, &pta), TEE_ERROR_ITEM_NOT_FOUND);
	assert_null(pta);
}

static void nobody_else_is_there(void **state)
{
	(void)state;
	assert_runs(find_nobody);
}

static void fail_all(void *arg)
{
	TEE_TASessionHandle pta = TEE_HANDLE_NULL;
	uint8_t key[32];

	(void)arg;
	fake_tee_fail_alloc(1, 1);
	assert_int_equal(open_pta(&system_pta, &pta), TEE_ERROR_OUT_OF_MEMORY);
	pta = opened();
	fake_tee_fail_alloc(1, 1);
	assert_int_equal(derive(pta, "", 0, key, sizeof(key)), TEE_ERROR_OUT_OF_MEMORY);
	fake_tee_fail_huk(TEE_ERROR_SECURITY);
	assert_int_equal(derive(pta, "", 0, key, sizeof(key)), TEE_ERROR_SECURITY);
	fake_tee_fail_huk(TEE_SUCCESS);
	assert_int_equal(derive(pta, "", 0, key, sizeof(key)), TEE_SUCCESS);
	/* Left open: it goes with the instance. */
}

static void it_can_fail(void **state)
{
	(void)state;
	assert_runs(fail_all);
	assert_int_equal(counters().handles, 1);
	fake_tee_restart();
	assert_int_equal(counters().handles, 0);
}

static void close_twice(void *arg)
{
	TEE_TASessionHandle pta = opened();

	(void)arg;
	TEE_CloseTASession(pta);
	TEE_CloseTASession(pta);
}

static void misuse_panics(void **state)
{
	(void)state;
	assert_panics(close_twice);
}

static void ask_who(void *arg)
{
	TEE_UUID uuid = {0};

	(void)arg;
	assert_int_equal(
		TEE_GetPropertyAsUUID(TEE_PROPSET_CURRENT_TA, "gpd.ta.appID", &uuid), TEE_SUCCESS);
	assert_memory_equal(&uuid, &sample_uuid, sizeof(uuid));
	assert_int_equal(TEE_GetPropertyAsUUID(TEE_PROPSET_CURRENT_TA, "gpd.ta.none", &uuid),
		TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(
		TEE_GetPropertyAsUUID(TEE_PROPSET_TEE_IMPLEMENTATION, "gpd.tee.description", &uuid),
		TEE_ERROR_BAD_FORMAT);
}

static void a_ta_knows_its_uuid(void **state)
{
	(void)state;
	assert_runs(ask_who);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_are_those_of_optee),
		TEST(wrong_questions_are_refused),
		TEST(nobody_else_is_there),
		TEST(it_can_fail),
		TEST(misuse_panics),
		TEST(a_ta_knows_its_uuid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
