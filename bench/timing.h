/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times an operation by the monotonic clock, which counts instructions in a machine with -icount.
 * Each lies between two system calls that fail and that strace shows, so that a log of strace can
 * be cut by operation.
 */
#ifndef TIMING_H
#define TIMING_H

#include <stddef.h>
#include <time.h>

struct timing {
	const char *operation;
	size_t size;
	struct timespec begin;
};

void timing_begin(struct timing *timing);

/* Prints what it took; `status` (side.h) is handed through. */
int timing_end(const struct timing *timing, int status);

#endif
