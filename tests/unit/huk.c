// SPDX-License-Identifier: BSD-2-Clause
/* Which hardware unique keys are told from others, and what happens when nobody can tell. */
#include "huk.h"

#include "objects.h"

/* More than all allocations of one question. */
#define MANY_ALLOCATIONS 100u

struct answer {
	TEE_Result res;
	enum huk_kind kind;
};

static void ask_inside(void *arg)
{
	struct answer *answer = arg;

	answer->res = huk_kind(&answer->kind);
}

/* What a TA of this machine finds out; a question leaves nothing behind, whatever its answer. */
static struct answer ask(uint32_t session)
{
	/* No kind at all: an error must not change it. */
	struct answer answer = {.res = TEE_ERROR_GENERIC, .kind = (enum huk_kind)99};
	struct fake_counters before = {0};
	struct fake_counters after = {0};

	fake_tee_counters(&before);
	assert_true(fake_tee_run(session, ask_inside, &answer));
	fake_tee_counters(&after);
	assert_int_equal(after.heap, before.heap);
	assert_int_equal(after.handles, before.handles);
	return answer;
}

static void assert_kind(enum huk_kind kind)
{
	const uint32_t session = open_as(ALICE);
	const struct answer answer = ask(session);

	fake_tee_close_session(session);
	assert_int_equal(answer.res, TEE_SUCCESS);
	assert_int_equal(answer.kind, kind);
}

static void set_huk(uint8_t fill)
{
	uint8_t huk[FAKE_HUK_LEN];

	memset(huk, fill, sizeof(huk));
	fake_tee_set_huk(huk);
}

static void a_key_of_its_own_is_own(void **state)
{
	(void)state;
	assert_kind(HUK_OWN);
}

static void zeros_are_told(void **state)
{
	(void)state;
	set_huk(0x00);
	assert_kind(HUK_ZERO);
}

static void ones_are_told(void **state)
{
	(void)state;
	set_huk(0xff);
	assert_kind(HUK_KNOWN);
}

/* HMAC fills its key with zeros: only the zeros at the end may not tell keys apart. */
static void one_bit_is_enough(void **state)
{
	(void)state;
	for (size_t i = 0; i < FAKE_HUK_LEN; i++) {
		uint8_t huk[FAKE_HUK_LEN] = {0};

		huk[i] = 1;
		fake_tee_set_huk(huk);
		assert_kind(HUK_OWN);
		memset(huk, 0xff, sizeof(huk));
		huk[i] = 0x7f;
		fake_tee_set_huk(huk);
		assert_kind(HUK_OWN);
	}
}

static void without_the_pta_nobody_knows(void **state)
{
	(void)state;
	set_huk(0x00);
	fake_tee_have_system_pta(false);
	assert_kind(HUK_UNKNOWN);
	fake_tee_have_system_pta(true);
	assert_kind(HUK_ZERO);
}

static void without_a_huk_nobody_knows(void **state)
{
	const TEE_Result errors[] = {TEE_ERROR_GENERIC, TEE_ERROR_SECURITY, TEE_ERROR_NO_DATA};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake_tee_fail_huk(errors[i]);
		assert_kind(HUK_UNKNOWN);
	}
}

static void assert_survives_scarcity(uint32_t session, enum huk_kind kind, unsigned int times)
{
	struct answer answer = {.res = TEE_ERROR_OUT_OF_MEMORY};
	unsigned int nth = 0;

	while (answer.res != TEE_SUCCESS) {
		assert_in_range(++nth, 1, MANY_ALLOCATIONS);
		fake_tee_fail_alloc(nth, times);
		answer = ask(session);
		fake_tee_fail_alloc(0, 0);
		assert_true(answer.res == TEE_SUCCESS || answer.res == TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(answer.kind, answer.res == TEE_SUCCESS ? kind : 99);
	}
	assert_true(nth > 1);
}

static void scarcity_is_an_error_and_leaks_nothing(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (unsigned int times = 0; times <= 1; times++) {
		fake_tee_set_huk(NULL);
		assert_survives_scarcity(session, HUK_OWN, times);
		set_huk(0x00);
		assert_survives_scarcity(session, HUK_ZERO, times);
		set_huk(0xff);
		assert_survives_scarcity(session, HUK_KNOWN, times);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_of_its_own_is_own),
		TEST(zeros_are_told),
		TEST(ones_are_told),
		TEST(one_bit_is_enough),
		TEST(without_the_pta_nobody_knows),
		TEST(without_a_huk_nobody_knows),
		TEST(scarcity_is_an_error_and_leaks_nothing),
	};

	return cmocka_run_group_tests_name("huk", tests, NULL, NULL);
}
