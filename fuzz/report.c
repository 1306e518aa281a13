// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Standard error as it was: libFuzzer closes it for the sake of what panics print. */
static int own_stderr = 2;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	own_stderr = dup(2);
	return 0;
}

void wrong(const char *what)
{
	dprintf(own_stderr, "WRONG: %s\n", what);
	abort();
}
