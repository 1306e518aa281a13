/* SPDX-License-Identifier: BSD-2-Clause */
/* Loaded into a test program, lets it run the test FESTORE_TEST_ONLY alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Is not there in the shells that some tests start. */
#pragma weak cmocka_set_test_filter

__attribute__((constructor)) static void choose_test(void)
{
	const char *only = getenv("FESTORE_TEST_ONLY");

	if (only && cmocka_set_test_filter)
		cmocka_set_test_filter(only);
}
