/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints TAP to standard output and counts. */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>

static unsigned int tests;
static unsigned int failures;

static void print_line(const char *start, const char *format, va_list arguments)
{
	fputs(start, stdout);
	vprintf(format, arguments);
	putchar('\n');
	/* What was found out must not be lost if the next call never ends. */
	fflush(stdout);
}

void tap_begin(unsigned int done)
{
	tests = done;
}

bool ok(bool is_good, const char *format, ...)
{
	char start[32];
	va_list arguments;

	tests++;
	failures += is_good ? 0 : 1;
	snprintf(start, sizeof(start), "%sok %u - ", is_good ? "" : "not ", tests);
	va_start(arguments, format);
	print_line(start, format, arguments);
	va_end(arguments);
	return is_good;
}

void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("# ", format, arguments);
	va_end(arguments);
}

int tap_end(void)
{
	return failures == 0 ? 0 : 1;
}
