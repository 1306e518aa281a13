/* SPDX-License-Identifier: BSD-2-Clause */
/* Marks and the clock. */
#include "timing.h"

#include "side.h"

#include <stdio.h>
#include <unistd.h>

/* In the log: faccessat(AT_FDCWD, "/bench/begin/create/64", F_OK). Names one that is not there. */
static void mark(const char *what, const struct timing *timing)
{
	char path[128];

	snprintf(path, sizeof(path), "/bench/%s/%s/%zu", what, timing->operation, timing->size);
	if (access(path, F_OK) == 0)
		fputs("bench: there is something in /bench\n", stderr);
}

void timing_begin(struct timing *timing)
{
	mark("begin", timing);
	clock_gettime(CLOCK_MONOTONIC, &timing->begin);
}

int timing_end(const struct timing *timing, int status)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	mark(status == 0 ? "end" : "failed", timing);
	if (status == 0)
		printf("%s %zu %lld\n", timing->operation, timing->size,
			(long long)(end.tv_sec - timing->begin.tv_sec) * 1000000000LL +
				(end.tv_nsec - timing->begin.tv_nsec));
	else if (status == SIDE_TOO_LARGE)
		printf("%s %zu too-large\n", timing->operation, timing->size);
	return status;
}
