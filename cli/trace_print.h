/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace, for people and for programs. */
#ifndef TRACE_PRINT_H
#define TRACE_PRINT_H

#include "trace_steps.h"

#include <stdio.h>

/* What was traced: the words behind `festore trace`, and what came of it. */
struct trace_run {
	char *const *words; /* the last one is NULL */
	int status;
};

/* A line a step; steps of tee-supplicant that are alike and follow each other share one. */
void trace_print(FILE *to, const struct trace_steps *trace, const struct trace_run *run);

/* An object a line: all steps, then the sums (docs/SPEC.md has the names). */
void trace_print_json(FILE *to, const struct trace_steps *trace, const struct trace_run *run);

#endif
