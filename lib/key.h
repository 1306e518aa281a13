/* SPDX-License-Identifier: BSD-2-Clause */
/* What calls on keys have in common. */
#ifndef KEY_H
#define KEY_H

#include "vault.h"

/* Begins a call about a key: a handle that can have some, and a tag (is_prefix: or a part of one).
 */
enum festore_error key_begin(struct festore *fs, const char *tag, bool is_prefix);

#endif
