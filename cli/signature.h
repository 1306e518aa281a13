/* SPDX-License-Identifier: BSD-2-Clause */
/* Who signed the TA, as its file says: a running TA cannot see its own signature. */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <festore.h>

enum signature_kind {
	SIGNATURE_NO_FILE, /* there is no such file, or it cannot be read, or it is no signed TA */
	SIGNATURE_DEFAULT, /* by a key whose private half is public (default_keys.c) */
	SIGNATURE_OTHER,   /* by another key */
};

/* Reads the signed header of the file in the folder `tas` of the TA that serves a storage; "":
 * where tee-supplicant looks if it is not told. */
enum signature_kind signature_of_ta(const char *tas, enum festore_storage storage);

#endif
