/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the fake share: a fresh fake TEE with the sample TA and one session of it. */
#ifndef SAMPLE_FIXTURE_H
#define SAMPLE_FIXTURE_H

#include "fake_fixture.h"

#include "sample/sample.h"

static const TEE_UUID sample_uuid = SAMPLE_UUID;
static struct fake_ta sample_ta;
static uint32_t session;

static inline TEE_Result open_user(uint32_t uid, uint32_t *ret_session)
{
	const TEE_Identity client = fake_tee_client(TEE_LOGIN_USER, uid);

	return fake_tee_open_session(&sample_uuid, &client, 0, NULL, ret_session, NULL);
}

static int setup(void **state)
{
	(void)state;
	fixture_start();
	sample_ta = (struct fake_ta)FAKE_TA_IMAGE(SAMPLE_PATH, SAMPLE_UUID);
	fake_tee_load(&sample_ta);
	return (int)open_user(1000, &session);
}

static int teardown(void **state)
{
	(void)state;
	return fixture_stop();
}

/* The body returns, or panics. */
#define assert_runs(body) assert_true(fake_tee_run(session, body, NULL))
#define assert_panics(body) \
	do { \
		const unsigned int before_ = counters().panics; \
		assert_false(fake_tee_run(session, body, NULL)); \
		assert_int_equal(counters().panics, before_ + 1); \
		assert_int_equal(open_user(1000, &session), TEE_SUCCESS); \
	} while (0)

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
