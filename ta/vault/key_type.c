/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of types of keys. */
#include "key_type.h"

static const struct key_part rsa_parts[] = {
	{TEE_ATTR_RSA_MODULUS, KEY_WHOLE},
	{TEE_ATTR_RSA_PUBLIC_EXPONENT, KEY_EXPONENT},
	{TEE_ATTR_RSA_PRIVATE_EXPONENT, KEY_WHOLE},
	{TEE_ATTR_RSA_PRIME1, KEY_HALF},
	{TEE_ATTR_RSA_PRIME2, KEY_HALF},
	{TEE_ATTR_RSA_EXPONENT1, KEY_HALF},
	{TEE_ATTR_RSA_EXPONENT2, KEY_HALF},
	{TEE_ATTR_RSA_COEFFICIENT, KEY_HALF},
};

static const struct key_part ec_parts[] = {
	{TEE_ATTR_ECC_PUBLIC_VALUE_X, KEY_WHOLE},
	{TEE_ATTR_ECC_PUBLIC_VALUE_Y, KEY_WHOLE},
	{TEE_ATTR_ECC_PRIVATE_VALUE, KEY_WHOLE},
};

static const struct key_part ed25519_parts[] = {
	{TEE_ATTR_ED25519_PUBLIC_VALUE, KEY_WHOLE},
	{TEE_ATTR_ED25519_PRIVATE_VALUE, KEY_WHOLE},
};

static const struct key_part x25519_parts[] = {
	{TEE_ATTR_X25519_PUBLIC_VALUE, KEY_WHOLE},
	{TEE_ATTR_X25519_PRIVATE_VALUE, KEY_WHOLE},
};

#define PARTS(parts_, public_) \
	.parts = (parts_), .part_count = sizeof(parts_) / sizeof((parts_)[0]), \
	.public_count = (public_)

#define DERIVES (FESTORE_WIRE_DERIVE | FESTORE_WIRE_DERIVE_RAW)

#define RSA(bits_) \
	{ \
		.id = FESTORE_WIRE_RSA##bits_, .uses = FESTORE_WIRE_SIGN | FESTORE_WIRE_DECRYPT, \
		.object = TEE_TYPE_RSA_KEYPAIR, .bits = (bits_), PARTS(rsa_parts, 2) \
	}

/* The same numbers whether it signs or derives: GP has two types for one thing. */
#define EC(bits_) \
	{ \
		.id = FESTORE_WIRE_P##bits_, \
		.uses = FESTORE_WIRE_SIGN | FESTORE_WIRE_DECRYPT | DERIVES, \
		.object = TEE_TYPE_ECDSA_KEYPAIR, .bits = (bits_), \
		.curve = TEE_ECC_CURVE_NIST_P##bits_, PARTS(ec_parts, 2) \
	}

static const struct key_type types[] = {
	RSA(2048),
	RSA(3072),
	RSA(4096),
	EC(256),
	EC(384),
	EC(521),
	{
		.id = FESTORE_WIRE_ED25519,
		.uses = FESTORE_WIRE_SIGN,
		.object = TEE_TYPE_ED25519_KEYPAIR,
		.bits = 256,
		PARTS(ed25519_parts, 1),
	},
	{
		.id = FESTORE_WIRE_X25519,
		.uses = FESTORE_WIRE_DECRYPT | DERIVES,
		.object = TEE_TYPE_X25519_KEYPAIR,
		.bits = 256,
		PARTS(x25519_parts, 1),
	},
};

const struct key_type *key_type_find(uint32_t id)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].id == id)
			return &types[i];
	return NULL;
}

bool key_type_allows(const struct key_type *type, uint32_t use)
{
	return use != 0 && (use & ~type->uses) == 0;
}

size_t key_part_len(const struct key_type *type, const struct key_part *part)
{
	switch (part->size) {
	case KEY_EXPONENT:
		return 4;
	case KEY_HALF:
		return type->bits / 16;
	default:
		return (type->bits + 7) / 8;
	}
}

static size_t len_of(const struct key_type *type, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += key_part_len(type, &type->parts[i]);
	return len;
}

size_t key_public_len(const struct key_type *type)
{
	return len_of(type, type->public_count);
}

size_t key_len(const struct key_type *type)
{
	return len_of(type, type->part_count);
}
