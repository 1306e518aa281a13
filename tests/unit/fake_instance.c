// SPDX-License-Identifier: BSD-2-Clause
/* Sessions and instances of the fake: parameters, identities, panics, restarts, and clients that
 * race. */
#include "sample/fixture.h"

static void count(uint32_t of, uint32_t *ret_opened, uint32_t *ret_started)
{
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	const uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0, 0);

	assert_int_equal(fake_tee_invoke(of, SAMPLE_COUNT, types, params, NULL), TEE_SUCCESS);
	*ret_opened = params[0].value.a;
	*ret_started = params[0].value.b;
}

static void an_instance_is_kept(void **state)
{
	uint32_t other = 0;
	uint32_t opened = 0;
	uint32_t started = 0;

	(void)state;
	fake_tee_close_session(session);
	assert_int_equal(counters().sessions, 0);
	assert_int_equal(open_user(1, &session), TEE_SUCCESS);
	assert_int_equal(open_user(2, &other), TEE_SUCCESS);
	count(other, &opened, &started);
	assert_int_equal(opened, 3);
	assert_int_equal(started, 42);
	assert_int_equal(fake_tee_invoke(other + 1, 0, 0, NULL, NULL), TEE_ERROR_BAD_PARAMETERS);
}

static void outputs_come_back(void **state)
{
	char in[] = "12345678";
	char out[8] = "........";
	TEE_Param params[TEE_NUM_PARAMS] = {{.memref = {in, 8}}, {.memref = {out, 7}}};
	const uint32_t types =
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0);
	uint32_t origin = 0;

	(void)state;
	assert_int_equal(fake_tee_invoke(session, SAMPLE_ECHO, types, params, &origin),
		TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
	assert_int_equal(params[1].memref.size, 8);
	assert_int_equal(out[0], '.');
	assert_int_equal(
		fake_tee_invoke(session, SAMPLE_ECHO, types, params, &origin), TEE_SUCCESS);
	assert_memory_equal(out, in, 8);
}

/* uuid.uuid5(UUID("58ac9ca0-2086-4683-a1b8-ec4bc08e01b6"), "uid=3e8") of Python, and "gid=3e8". */
static void clients_are_told_apart(void **state)
{
	const uint8_t user[8] = {0x96, 0x8b, 0x50, 0x47, 0x18, 0x36, 0x3b, 0x87};
	const TEE_Identity alice = fake_tee_client(TEE_LOGIN_USER, 1000);
	const TEE_Identity group = fake_tee_client(TEE_LOGIN_GROUP, 1000);
	const TEE_Identity nobody = fake_tee_client(TEE_LOGIN_PUBLIC, 1000);
	const TEE_UUID nil = {0};
	TEE_Param params[TEE_NUM_PARAMS] = {{{0}}, {.value = {6, 0}}};
	const uint32_t types =
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, TEE_PARAM_TYPE_VALUE_INOUT, 0, 0);

	(void)state;
	assert_int_equal(alice.uuid.timeLow, 0xfc34275c);
	assert_int_equal(alice.uuid.timeMid, 0xd8dd);
	assert_int_equal(alice.uuid.timeHiAndVersion, 0x5ba7);
	assert_memory_equal(alice.uuid.clockSeqAndNode, user, sizeof(user));
	assert_int_equal(group.uuid.timeLow, 0x0ece43ed);
	assert_memory_equal(&nobody.uuid, &nil, sizeof(nil));
	assert_int_equal(fake_tee_invoke(session, SAMPLE_WHO, types, params, NULL), TEE_SUCCESS);
	assert_int_equal(params[0].value.a, TEE_LOGIN_USER);
	assert_int_equal(params[0].value.b, 0xfc34275c);
	assert_int_equal(params[1].value.a, 7);
	assert_int_equal(params[1].value.b, user[7]);
}

static void a_panic_kills_the_instance(void **state)
{
	uint32_t other = 0;
	uint32_t opened = 0;
	uint32_t started = 0;
	uint32_t origin = 0;

	(void)state;
	assert_int_equal(open_user(2, &other), TEE_SUCCESS);
	assert_int_equal(
		fake_tee_invoke(session, SAMPLE_PANIC, 0, NULL, &origin), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	assert_int_equal(
		fake_tee_invoke(other, SAMPLE_COUNT, 0, NULL, NULL), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(counters().panics, 1);
	assert_int_equal(counters().heap, 0);

	/* A fresh instance has fresh static memory; the dead sessions stay dead. */
	assert_int_equal(open_user(1, &session), TEE_SUCCESS);
	count(session, &opened, &started);
	assert_int_equal(opened, 1);
	assert_int_equal(started, 42);
	assert_int_equal(
		fake_tee_invoke(other, SAMPLE_COUNT, 0, NULL, NULL), TEE_ERROR_TARGET_DEAD);
	fake_tee_close_session(other);
	count(session, &opened, &started);
}

static void a_crashed_instance_can_be_kept(void **state)
{
	(void)state;
	sample_ta.flags |= 1u << 13;
	assert_int_equal(
		fake_tee_invoke(session, SAMPLE_PANIC, 0, NULL, NULL), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(open_user(1, &session), TEE_ERROR_TARGET_DEAD);
	fake_tee_restart();
	assert_int_equal(open_user(1, &session), TEE_SUCCESS);
}

static void other_lives_are_modelled(void **state)
{
	uint32_t opened = 0;
	uint32_t started = 0;
	uint32_t other = 0;

	(void)state;
	sample_ta.flags = 1u << 2;
	assert_int_equal(open_user(1, &other), TEE_ERROR_BUSY);
	fake_tee_close_session(session);
	assert_int_equal(open_user(1, &session), TEE_SUCCESS);
	count(session, &opened, &started);
	assert_int_equal(opened, 1);
}

static void a_restart_forgets(void **state)
{
	uint32_t opened = 0;
	uint32_t started = 0;

	(void)state;
	fake_tee_restart();
	assert_int_equal(
		fake_tee_invoke(session, SAMPLE_COUNT, 0, NULL, NULL), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(open_user(1, &session), TEE_SUCCESS);
	count(session, &opened, &started);
	assert_int_equal(opened, 1);
}

static void missing_tas_are_not_found(void **state)
{
	const TEE_UUID nil = {0};
	const TEE_Identity client = fake_tee_client(TEE_LOGIN_USER, 1);
	uint32_t origin = 0;

	(void)state;
	assert_int_equal(fake_tee_open_session(&nil, &client, 0, NULL, &session, &origin),
		TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	fake_tee_restart();
	sample_ta.path = "build/no-such.so";
	assert_int_equal(open_user(1, &session), TEE_ERROR_ITEM_NOT_FOUND);
}

static void flip(const char *call, void *arg)
{
	uint8_t *byte = arg;

	if (strcmp(call, "TEE_GetSystemTime") == 0)
		*byte ^= 1;
}

static void a_client_can_race(void **state)
{
	uint8_t bytes[4] = {0};
	TEE_Param params[TEE_NUM_PARAMS] = {{.memref = {bytes, sizeof(bytes)}}};
	const uint32_t types = TEE_PARAM_TYPE_MEMREF_INPUT;

	(void)state;
	assert_int_equal(
		fake_tee_invoke(session, SAMPLE_FETCH_TWICE, types, params, NULL), TEE_SUCCESS);
	fake_tee_on_call(flip, bytes);
	assert_int_equal(fake_tee_invoke(session, SAMPLE_FETCH_TWICE, types, params, NULL),
		TEE_ERROR_SECURITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_instance_is_kept),
		TEST(outputs_come_back),
		TEST(clients_are_told_apart),
		TEST(a_panic_kills_the_instance),
		TEST(a_crashed_instance_can_be_kept),
		TEST(other_lives_are_modelled),
		TEST(a_restart_forgets),
		TEST(missing_tas_are_not_found),
		TEST(a_client_can_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
