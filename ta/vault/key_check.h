/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pairs that come from outside. A wrong one must not become a key: a signature by numbers that do
 * not belong together can give them away, and OP-TEE panics over some. Private memory only.
 */
#ifndef KEY_CHECK_H
#define KEY_CHECK_H

#include "key_type.h"

/*
 * Are these key_len() bytes a pair of this type, with nothing in them but what follows from its
 * private part? TEE_ERROR_CORRUPT_OBJECT: no. Also TEE_ERROR_OUT_OF_MEMORY;
 * TEE_ERROR_NOT_SUPPORTED: this TEE has no such keys.
 */
TEE_Result key_check(const struct key_type *type, const uint8_t *pair);

#endif
