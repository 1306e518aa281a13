/* SPDX-License-Identifier: BSD-2-Clause */
/* What a struct festore is, for the files of the library. */
#ifndef HANDLE_H
#define HANDLE_H

#include "session.h"

struct festore {
	struct session *session;   /* NULL if festore_open() failed */
	uint32_t storage;          /* enum festore_wire_storage */
	struct failure failure;    /* of the last call */
	festore_progress progress; /* or NULL */
	void *progress_arg;
};

/* Forgets the last failure; FESTORE_NO_TEE if the handle is not connected. */
enum festore_error handle_begin(struct festore *fs);

/* Begins a call about `tag`, as handle_begin(); an empty tag is acceptable only as a prefix. */
enum festore_error handle_request(struct festore *fs, const char *tag, bool is_prefix,
	struct festore_wire_request *ret_request);

/*
 * Checks a tag and writes it as the wire has it; an empty one is acceptable only as a prefix.
 * Otherwise the failure is noted.
 */
enum festore_error handle_tag(
	struct festore *fs, const char *tag, bool is_prefix, struct festore_wire_tag *ret_tag);

#endif
