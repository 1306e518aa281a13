/* SPDX-License-Identifier: BSD-2-Clause */
/* Signing keys of TAs that everybody has. */
#ifndef DEFAULT_KEYS_H
#define DEFAULT_KEYS_H

#include <stddef.h>

/* PEM, SubjectPublicKeyInfo. */
extern const char *const default_keys[];
extern const size_t default_key_count;

#endif
