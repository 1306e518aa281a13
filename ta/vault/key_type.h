/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of keys: what each may be used for, and what its content is made of. Pure. */
#ifndef KEY_TYPE_H
#define KEY_TYPE_H

#include <festore_vault.h>
#include <stdbool.h>
#include <tee_internal_api.h>

/* How long a part of a content is. */
enum key_part_size {
	KEY_WHOLE, /* as the modulus, the field */
	KEY_HALF,
	KEY_EXPONENT, /* RSA's public one: four bytes */
};

struct key_part {
	uint32_t attribute; /* GP's name for it */
	enum key_part_size size;
};

#define KEY_PARTS_MAX 8u

struct key_type {
	uint32_t id;                  /* enum festore_wire_key_type */
	uint32_t uses;                /* enum festore_wire_use, or-ed: those that it can have */
	uint32_t object;              /* TEE_TYPE_*_KEYPAIR */
	uint32_t bits;                /* of that object */
	uint32_t curve;               /* TEE_ECC_CURVE_*, or 0 */
	const struct key_part *parts; /* of its content, in their order */
	size_t part_count;
	size_t public_count; /* the first of them */
};

/* NULL: there is none of this number. */
const struct key_type *key_type_find(uint32_t id);

/* May a key of this type have these uses: one or more, and none that it cannot have? */
bool key_type_allows(const struct key_type *type, uint32_t use);

/* Bytes of a part, of all public parts, of the whole content. */
size_t key_part_len(const struct key_type *type, const struct key_part *part);
size_t key_public_len(const struct key_type *type);
size_t key_len(const struct key_type *type);

#endif
