/* SPDX-License-Identifier: BSD-2-Clause */
/* The library's errors in words. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

const char *festore_strerror(enum festore_error error)
{
	switch (error) {
	case FESTORE_OK:
		return "success";
	case FESTORE_USAGE:
		return "an argument is not acceptable";
	case FESTORE_NOT_FOUND:
		return "there is no such tag";
	case FESTORE_EXISTS:
		return "the tag exists already";
	case FESTORE_DENIED:
		return "permission denied";
	case FESTORE_DAMAGED:
		return "the stored bytes are damaged";
	case FESTORE_STALE:
		return "the stored bytes are older than what this device has acknowledged";
	case FESTORE_NO_TEE:
		return "the TEE cannot be used";
	case FESTORE_NO_SPACE:
		return "no space left, no room in the quota, or too large for this storage";
	case FESTORE_BUSY:
		return "the TEE is busy, try again";
	case FESTORE_BAD_SIGNATURE:
		return "the signature is wrong";
	case FESTORE_PIN:
		return "the PIN is missing or wrong, or none is looked at now";
	case FESTORE_INTERRUPTED:
		return "interrupted";
	case FESTORE_ERROR:
	default:
		return "the operation failed";
	}
}

enum festore_error failure_set(
	struct failure *failure, enum festore_error error, const char *format, ...)
{
	va_list arguments;

	failure->error = error;
	va_start(arguments, format);
	vsnprintf(failure->text, sizeof(failure->text), format, arguments);
	va_end(arguments);
	return error;
}
