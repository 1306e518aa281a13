/* SPDX-License-Identifier: BSD-2-Clause */
/* What belongs together among the steps of a trace: layers, calls, requests; and the sums. */
#ifndef TRACE_STORY_H
#define TRACE_STORY_H

#include "trace_names.h"
#include "trace_steps.h"

enum trace_layer {
	TRACE_COMMAND,    /* festore's arguments, files and output */
	TRACE_LIBFESTORE, /* the vault's folder */
	TRACE_LIBTEEC,    /* /dev/tee0 */
	TRACE_SUPPLICANT, /* tee-supplicant: /dev/teepriv0, OP-TEE's files */
	TRACE_SYSTEM,     /* what any program opens: its loader, libraries, /proc */
	TRACE_LAYERS,
};

/* "command", ... */
const char *trace_layer_name(enum trace_layer layer);

struct trace_layer_totals {
	uint64_t read;
	uint64_t written;
	unsigned int syncs; /* calls, and writes through descriptors with O_SYNC */
};

/* How often a function was called. */
struct trace_called {
	enum trace_ta ta;
	uint32_t function;
	unsigned int count;
};

#define TRACE_CALLED 32

struct trace_totals {
	unsigned int sessions;
	unsigned int calls;                       /* TEE_IOC_INVOKE */
	unsigned int calls_to_begin;              /* of these to open the store */
	struct trace_called called[TRACE_CALLED]; /* in the order of their first calls */
	unsigned int called_count;
	uint64_t bytes_in; /* of memory that went into calls */
	uint64_t bytes_out;
	unsigned int requests;         /* to tee-supplicant, by OP-TEE */
	unsigned int requests_to_load; /* of these while a session was opened: for the TA's file */
	unsigned int asked[TRACE_REQUESTS];
	struct trace_layer_totals layers[TRACE_LAYERS];
	bool is_undecoded; /* this strace does not know the TEE's ioctls */
};

/* The folder of the vault that the steps are about, with its length; 0: there is none. */
size_t trace_store_folder(const struct trace_steps *trace, const char **ret_folder);

enum trace_layer trace_layer_of(const struct trace_steps *trace, const struct trace_step *step);

/* The TA that a call goes to. */
enum trace_ta trace_called_ta(const struct trace_steps *trace, const struct trace_step *call);

/* Of a request the step that says which file served it, or NULL. */
const struct trace_step *trace_served_by(
	const struct trace_steps *trace, const struct trace_step *request);

/* Was it written through to the disk by what served it? */
bool trace_is_synced(const struct trace_steps *trace, const struct trace_step *request);

/* Bytes of a call's memory parameters that go in, or that have come out. */
uint64_t trace_bytes_in(const struct trace_step *call);
uint64_t trace_bytes_out(const struct trace_step *call);

unsigned int trace_all_syncs(const struct trace_totals *totals);

/* NULL: it is not known. */
const struct trace_function *trace_called_function(const struct trace_called *called);

void trace_sum(const struct trace_steps *trace, struct trace_totals *ret_totals);

#endif
