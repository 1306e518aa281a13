/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures: one enum festore_error each, and the sentence that festore_reason() gives. */
#ifndef ERROR_H
#define ERROR_H

#include <festore.h>

#define FAILURE_TEXT_MAX 256

/* The last failure of a handle; all zero is "none". */
struct failure {
	enum festore_error error;
	char text[FAILURE_TEXT_MAX];
};

/* Notes a failure and returns `error`, so that callers can write `return failure_set(...)`. */
__attribute__((format(printf, 3, 4))) enum festore_error failure_set(
	struct failure *failure, enum festore_error error, const char *format, ...);

#endif
