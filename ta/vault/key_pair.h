/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key pairs at work: contents on one side, GP's transient objects and operations on the other,
 * which live no longer than a call of these functions. All buffers are private memory.
 */
#ifndef KEY_PAIR_H
#define KEY_PAIR_H

#include "key_type.h"

/*
 * Makes a new pair into key_len() bytes. TEE_ERROR_OUT_OF_MEMORY; TEE_ERROR_NOT_SUPPORTED: this TEE
 * has no such keys.
 */
TEE_Result key_pair_generate(const struct key_type *type, uint8_t *ret_pair);

/*
 * The pair as GP has it, an object of this type (TEE_TYPE_*, of a curve's GP has two), for
 * TEE_FreeTransientObject(). Fails as key_pair_generate().
 */
TEE_Result key_pair_load(const struct key_type *type, uint32_t object_type, const uint8_t *pair,
	TEE_ObjectHandle *ret_object);

/* How to sign, and what. */
struct signing {
	uint32_t scheme; /* enum festore_wire_scheme */
	uint32_t hash;   /* enum festore_wire_hash, or 0 */
	const uint8_t *message;
	size_t message_len;
};

/*
 * Can a key of this type sign so? TEE_ERROR_BAD_PARAMETERS: not by this scheme, with this hash or a
 * message of this length. Else *ret_len is what the signature will have.
 */
TEE_Result key_pair_signed_len(
	const struct key_type *type, const struct signing *signing, size_t *ret_len);

/* Signs into `*len` bytes, which the signature has then. Fails as key_pair_generate(). */
TEE_Result key_pair_sign(const struct key_type *type, const uint8_t *pair,
	const struct signing *signing, uint8_t *ret_signature, size_t *len);

#endif
