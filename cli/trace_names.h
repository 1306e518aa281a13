/* SPDX-License-Identifier: BSD-2-Clause */
/* What the numbers of a trace are called, and what happens in the TEE meanwhile. */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

enum trace_ta { TRACE_TA_OTHER, TRACE_TA_OBJECTS, TRACE_TA_VAULT };

/* The TA of a UUID in strace's form. */
enum trace_ta trace_ta_of(const char *uuid);

/* "the vault TA", ... */
const char *trace_ta_name(enum trace_ta ta);

struct trace_function {
	const char *name;
	const char *meaning; /* what the TA does then */
	bool is_to_begin;    /* asked for to open a store, whatever is done with it then */
};

/* NULL: it is not known. */
const struct trace_function *trace_function_of(enum trace_ta ta, uint32_t function);

struct trace_step;

/* "open", "invoke", ... */
const char *trace_step_name(const struct trace_step *step);

/* As OP-TEE's sources call it, without what all of them begin with. */
const char *trace_request_name(uint32_t request);

/* "TEEC_SUCCESS", ...; NULL: it is not known. */
const char *trace_answer_name(uint32_t answer);

#endif
