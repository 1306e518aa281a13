// SPDX-License-Identifier: BSD-2-Clause
/* Traces of a TA go to standard error when FAKE_TEE_TRACE is set, so that tests stay silent and a
 * search stays possible. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"

int trace_level = TRACE_MAX;
const char trace_ext_prefix[] = "TA";

void trace_vprintf(
	const char *func, int line, int level, bool level_ok, const char *fmt, va_list args)
{
	(void)level_ok;
	if (!getenv("FAKE_TEE_TRACE") || level > trace_level)
		return;
	fprintf(stderr, "TA %s:%d ", func ? func : "", line);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void trace_printf(const char *func, int line, int level, bool level_ok, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	trace_vprintf(func, line, level, level_ok, fmt, args);
	va_end(args);
}

void trace_set_level(int level)
{
	trace_level = level;
}

int trace_get_level(void)
{
	return trace_level;
}
