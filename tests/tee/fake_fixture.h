/* SPDX-License-Identifier: BSD-2-Clause */
/* What all unit tests over the fake TEE begin and end with: a store in a folder of its own. */
#ifndef FAKE_FIXTURE_H
#define FAKE_FIXTURE_H

#include "fake_tee.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char store_dir[64];

static inline void fixture_start(void)
{
	snprintf(store_dir, sizeof(store_dir), "/tmp/fake-tee.XXXXXX");
	assert_non_null(mkdtemp(store_dir));
	fake_tee_start(store_dir);
}

/* Other than 0 if the store could not be removed: cmocka's answer of a teardown. */
static inline int fixture_stop(void)
{
	char command[96];

	fake_tee_stop();
	snprintf(command, sizeof(command), "rm -rf %s", store_dir);
	return system(command);
}

static inline struct fake_counters counters(void)
{
	struct fake_counters now = {0};

	fake_tee_counters(&now);
	return now;
}

#endif
