/* SPDX-License-Identifier: BSD-2-Clause */
/* What keys sign with. */
#ifndef KEY_SIGNING_H
#define KEY_SIGNING_H

#include "error.h"

/*
 * Fills in the scheme and the hash that were left open for a key of this type. FESTORE_USAGE: the
 * type has no such scheme or hash, or does not sign.
 */
enum festore_error key_signing_choose(enum festore_key_type type, enum festore_scheme *scheme,
	enum festore_hash *hash, struct failure *failure);

#endif
