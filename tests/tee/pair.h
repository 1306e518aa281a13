/* SPDX-License-Identifier: BSD-2-Clause */
/* Key pairs in the core's memory: the attributes of one object, and what libcrypto makes of them.
 */
#ifndef FAKE_TEE_PAIR_H
#define FAKE_TEE_PAIR_H

#include "inside.h"

#include <openssl/types.h>

/* Of RSA, which has the most. */
#define PAIR_ATTRIBUTES_MAX 8u

/* Bytes of the longest: a modulus of 4096 bits. */
#define PAIR_VALUE_MAX 512u

struct pair_attribute {
	uint32_t id;
	size_t len;
	uint8_t bytes[PAIR_VALUE_MAX];
};

struct pair {
	struct pair_attribute attributes[PAIR_ATTRIBUTES_MAX];
	unsigned int count;
	uint32_t curve; /* TEE_ECC_CURVE_*, or 0 */
};

/* Are these objects pairs? */
bool pair_is_type(uint32_t type);

/* Makes a pair of this type and size; of RSA always the same one in this process, as a search takes
 * long. */
void pair_generate(uint32_t type, uint32_t bits, uint32_t curve, struct pair *ret_pair);

/* Takes a TA's attributes, all that the type has. Panics as OP-TEE where some are missing. */
void pair_populate(
	uint32_t type, const TEE_Attribute *attributes, uint32_t count, struct pair *ret_pair);

/* NULL: the pair has no such attribute. */
const struct pair_attribute *pair_find(const struct pair *pair, uint32_t id);

/* As libcrypto has it, for EVP_PKEY_free(). NULL: these numbers are no pair. */
EVP_PKEY *pair_key(uint32_t type, const struct pair *pair);

/* The pair of an object that a TA has filled. */
const struct pair *fake_transient_pair(TEE_ObjectHandle handle, uint32_t *ret_type);

/* Fills a generic secret. */
void fake_transient_fill(TEE_ObjectHandle handle, const void *secret, size_t len);

#endif
