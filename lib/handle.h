/* SPDX-License-Identifier: BSD-2-Clause */
/* What a struct festore is, for the files of the library. */
#ifndef HANDLE_H
#define HANDLE_H

#include "session.h"

struct festore {
	struct session *session; /* NULL if festore_open() failed */
	uint32_t storage;        /* enum festore_wire_storage */
	struct failure failure;  /* of the last call */
};

/* Forgets the last failure; FESTORE_NO_TEE if the handle is not connected. */
enum festore_error handle_begin(struct festore *fs);

#endif
