// SPDX-License-Identifier: BSD-2-Clause
/* Which AEAD a vault gets when it is made: by name, or the one that the vault TA takes less time
 * for, on a clock that the test moves. */
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "files.h"
#include "heap.h"

#include <festore_vault.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define CHACHA "chacha20-poly1305"
#define GCM "aes-256-gcm"

/* What a measurement takes, round by round; the first are not for ever the best. */
struct costs {
	unsigned int microseconds[3];
};

static struct costs costs[FESTORE_AEAD_AES_256_GCM + 1];
static unsigned int rounds[FESTORE_AEAD_AES_256_GCM + 1];
static uint32_t refused;          /* the AEAD that cannot be measured; 0: none */
static TEEC_Result refusal;       /* and how */
static unsigned int microseconds; /* on the clock */

/* In place of libc's: the library asks for nothing but CLOCK_MONOTONIC. */
int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	(void)clock;
	ret_time->tv_sec = (time_t)(1000 + microseconds / 1000000);
	ret_time->tv_nsec = (long)(microseconds % 1000000 * 1000);
	return 0;
}

static bool pass_time(struct direct_event *event)
{
	struct festore_vault_request request;

	if (event->call != DIRECT_INVOKE || event->command != FESTORE_CMD_VAULT_MEASURE ||
		event->is_after)
		return false;
	memcpy(&request, event->request, sizeof(request));
	assert_in_range(request.aead, FESTORE_AEAD_CHACHA20_POLY1305, FESTORE_AEAD_AES_256_GCM);
	microseconds += costs[request.aead].microseconds[rounds[request.aead]++ % 3];
	if (request.aead != refused)
		return false;
	event->result = refusal;
	event->origin =
		refusal == TEEC_ERROR_TARGET_DEAD ? TEEC_ORIGIN_TEE : TEEC_ORIGIN_TRUSTED_APP;
	return true;
}

static void begin_store(void)
{
	store_begin();
	unsetenv("FESTORE_AEAD");
	direct_on_call(pass_time);
}

static int begin(void **state)
{
	(void)state;
	explore_begin();
	begin_store();
	refused = 0;
	refusal = TEEC_ERROR_NOT_SUPPORTED;
	memset(rounds, 0, sizeof(rounds));
	return 0;
}

static void end_store(void)
{
	direct_on_call(NULL);
	store_check_clean();
	store_end();
}

static int end(void **state)
{
	(void)state;
	end_store();
	return 0;
}

/* Makes a vault with this option and writes what it was sealed with. */
static enum festore_error make(const char *wanted, char ret_name[32])
{
	const struct festore_options options = {
		.storage = FESTORE_STORAGE_VAULT, .directory = STORE_FOLDER, .aead = wanted};
	struct festore_status status = {0};
	struct festore *fs = NULL;
	enum festore_error error = FESTORE_OK;

	heap_resume();
	error = festore_open(&fs, &options);
	if (error == FESTORE_OK)
		error = festore_init(fs);
	if (error == FESTORE_OK)
		error = festore_status(fs, &status);
	if (error == FESTORE_OK)
		strncpy(ret_name, status.aead, 31);
	festore_close(&fs);
	heap_pause();
	return error;
}

static void assert_makes(const char *wanted, const char *name)
{
	char made[32] = "";

	assert_int_equal(make(wanted, made), FESTORE_OK);
	assert_string_equal(made, name);
	end_store();
	begin_store();
}

static void set_costs(unsigned int chacha, unsigned int gcm)
{
	const struct costs of_chacha = {{9 * chacha, chacha, 5 * chacha}};
	const struct costs of_gcm = {{2 * gcm, 7 * gcm, gcm}};

	costs[FESTORE_AEAD_CHACHA20_POLY1305] = of_chacha;
	costs[FESTORE_AEAD_AES_256_GCM] = of_gcm;
}

static void the_faster_one_is_taken(void **state)
{
	(void)state;
	set_costs(1000, 4000);
	assert_makes(NULL, CHACHA);
	assert_makes("auto", CHACHA);
	set_costs(1000, 300);
	assert_makes(NULL, GCM);
	assert_makes("auto", GCM);
	/* A lead of less than a quarter is none. */
	set_costs(1000, 1000);
	assert_makes(NULL, CHACHA);
	set_costs(1000, 750);
	assert_makes(NULL, CHACHA);
	set_costs(1000, 749);
	assert_makes(NULL, GCM);
	/* A clock that stands. */
	set_costs(0, 0);
	assert_makes(NULL, CHACHA);
}

static void what_cannot_be_measured_is_not_taken(void **state)
{
	(void)state;
	set_costs(1000, 300);
	refused = FESTORE_AEAD_AES_256_GCM;
	assert_makes(NULL, CHACHA);
	refusal = TEEC_ERROR_OUT_OF_MEMORY;
	assert_makes(NULL, CHACHA);
	set_costs(1000, 4000);
	refused = FESTORE_AEAD_CHACHA20_POLY1305;
	assert_makes(NULL, GCM);
}

/* Nothing is measured then. */
static void a_name_decides(void **state)
{
	(void)state;
	set_costs(1000, 300);
	assert_makes(CHACHA, CHACHA);
	set_costs(1000, 4000);
	assert_makes(GCM, GCM);
	setenv("FESTORE_AEAD", GCM, 1);
	assert_makes(NULL, GCM);
	setenv("FESTORE_AEAD", GCM, 1);
	assert_makes(CHACHA, CHACHA);
	assert_int_equal(rounds[FESTORE_AEAD_CHACHA20_POLY1305], 0);
	assert_int_equal(rounds[FESTORE_AEAD_AES_256_GCM], 0);
	/* What is set to nothing says nothing. */
	setenv("FESTORE_AEAD", "", 1);
	assert_makes(NULL, CHACHA);
	assert_int_equal(rounds[FESTORE_AEAD_AES_256_GCM], 3);
}

static void measuring_takes_three_calls_each(void **state)
{
	char made[32] = "";

	(void)state;
	set_costs(1000, 300);
	assert_int_equal(make(NULL, made), FESTORE_OK);
	assert_int_equal(rounds[FESTORE_AEAD_CHACHA20_POLY1305], 3);
	assert_int_equal(rounds[FESTORE_AEAD_AES_256_GCM], 3);
	/* Of a vault that is there nothing is measured. */
	assert_int_equal(make(NULL, made), FESTORE_EXISTS);
	assert_int_equal(rounds[FESTORE_AEAD_AES_256_GCM], 3);
}

static void other_names_are_refused(void **state)
{
	static const char *const names[] = {"", "AES-256-GCM", "aes-256", "1", "auto "};
	char made[32] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(make(names[i], made), FESTORE_USAGE);
	setenv("FESTORE_AEAD", "aes", 1);
	assert_int_equal(make(NULL, made), FESTORE_USAGE);
	assert_int_equal(make("auto", made), FESTORE_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_faster_one_is_taken),
		TEST(what_cannot_be_measured_is_not_taken),
		TEST(a_name_decides),
		TEST(measuring_takes_three_calls_each),
		TEST(other_names_are_refused),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
