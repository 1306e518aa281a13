/* SPDX-License-Identifier: BSD-2-Clause */
/* How a fuzzer says what it has found. */
#ifndef FUZZ_REPORT_H
#define FUZZ_REPORT_H

/* Says what is wrong and ends the process, as a crash that the fuzzer keeps. */
_Noreturn void wrong(const char *what);

#endif
