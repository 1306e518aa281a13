/* SPDX-License-Identifier: BSD-2-Clause */
/* Names in certificates, from the text that people write. No TEE. */
#ifndef KEY_NAME_H
#define KEY_NAME_H

#include "error.h"

#include <openssl/types.h>
#include <openssl/x509v3.h>

/*
 * Reads a distinguished name as festore.h has it (struct festore_certificate). *ret_name is the
 * caller's, for X509_NAME_free(). FESTORE_USAGE: it is none, and `failure` says where;
 * FESTORE_ERROR: out of memory.
 */
enum festore_error key_name_read(const char *text, X509_NAME **ret_name, struct failure *failure);

/* The same of a subjectAltName, for GENERAL_NAMES_free(). */
enum festore_error key_name_read_others(
	const char *text, GENERAL_NAMES **ret_names, struct failure *failure);

#endif
