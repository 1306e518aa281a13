/* SPDX-License-Identifier: BSD-2-Clause */
/* What the unit tests' headers assert, for a fuzzer: what does not hold ends the process. */
#ifndef FUZZ_CMOCKA_H
#define FUZZ_CMOCKA_H

#include <string.h>

_Noreturn void wrong(const char *what);

#define assert_true(condition) ((condition) ? (void)0 : wrong(#condition))
#define assert_int_equal(a, b) ((a) == (b) ? (void)0 : wrong(#a " is not " #b))
#define assert_non_null(pointer) ((pointer) ? (void)0 : wrong(#pointer " is NULL"))
#define assert_memory_equal(a, b, len) \
	(memcmp(a, b, len) == 0 ? (void)0 : wrong(#a " differs from " #b))
#define fail_msg(format, ...) wrong(format)

#endif
