/* SPDX-License-Identifier: BSD-2-Clause */
/* Key pairs by GP's functions. */
#include "key_pair.h"

#include <string.h>

/* --- objects ---------------------------------------------------------------------------------- */

/* GP gives a number as short as it is; a content has it as long as it may be. */
static TEE_Result read_part(TEE_ObjectHandle object, uint32_t attribute, uint8_t *to, size_t len)
{
	size_t got = len;
	const TEE_Result res = TEE_GetObjectBufferAttribute(object, attribute, to, &got);

	if (res != TEE_SUCCESS)
		return res;
	memmove(to + len - got, to, got);
	memset(to, 0, len - got);
	return TEE_SUCCESS;
}

static TEE_Result read_pair(const struct key_type *type, TEE_ObjectHandle object, uint8_t *to)
{
	TEE_Result res = TEE_SUCCESS;

	for (size_t i = 0; i < type->part_count && res == TEE_SUCCESS; i++) {
		const size_t len = key_part_len(type, &type->parts[i]);

		res = read_part(object, type->parts[i].attribute, to, len);
		to += len;
	}
	return res;
}

TEE_Result key_pair_generate(const struct key_type *type, uint8_t *ret_pair)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Attribute curve = {0};
	TEE_Result res = TEE_AllocateTransientObject(type->object, type->bits, &object);

	if (res != TEE_SUCCESS)
		return res;
	if (type->curve != 0)
		TEE_InitValueAttribute(&curve, TEE_ATTR_ECC_CURVE, type->curve, 0);
	res = TEE_GenerateKey(object, type->bits, &curve, type->curve != 0 ? 1 : 0);
	if (res == TEE_SUCCESS)
		res = read_pair(type, object, ret_pair);
	TEE_FreeTransientObject(object);
	return res;
}

TEE_Result key_pair_load(const struct key_type *type, uint32_t object_type, const uint8_t *pair,
	TEE_ObjectHandle *ret_object)
{
	TEE_Attribute attributes[KEY_PARTS_MAX + 1] = {0};
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	uint32_t count = 0;
	TEE_Result res = TEE_AllocateTransientObject(object_type, type->bits, &object);

	if (res != TEE_SUCCESS)
		return res;
	for (; count < type->part_count; count++) {
		const size_t len = key_part_len(type, &type->parts[count]);

		TEE_InitRefAttribute(&attributes[count], type->parts[count].attribute, pair, len);
		pair += len;
	}
	if (type->curve != 0)
		TEE_InitValueAttribute(&attributes[count++], TEE_ATTR_ECC_CURVE, type->curve, 0);
	res = TEE_PopulateTransientObject(object, attributes, count);
	if (res != TEE_SUCCESS)
		TEE_FreeTransientObject(object);
	else
		*ret_object = object;
	return res;
}

/* --- signatures ------------------------------------------------------------------------------- */

/* A way to sign: which keys have it, and GP's name for it. */
struct way {
	uint32_t object;
	uint32_t bits; /* of the only size that has it; 0: all have */
	uint32_t scheme;
	uint32_t hash;
	uint32_t algorithm;
};

/* GP's names have the hash; of ECDSA OP-TEE takes the one with a curve's own hash alone. */
static const struct way ways[] = {
	{TEE_TYPE_ECDSA_KEYPAIR, 256, FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256,
		TEE_ALG_ECDSA_SHA256},
	{TEE_TYPE_ECDSA_KEYPAIR, 384, FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA384,
		TEE_ALG_ECDSA_SHA384},
	{TEE_TYPE_ECDSA_KEYPAIR, 521, FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA512,
		TEE_ALG_ECDSA_SHA512},
	{TEE_TYPE_ED25519_KEYPAIR, 0, FESTORE_WIRE_EDDSA, 0, TEE_ALG_ED25519},
	{TEE_TYPE_RSA_KEYPAIR, 0, FESTORE_WIRE_RSA_PSS, FESTORE_WIRE_SHA256,
		TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256},
	{TEE_TYPE_RSA_KEYPAIR, 0, FESTORE_WIRE_RSA_PSS, FESTORE_WIRE_SHA384,
		TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA384},
	{TEE_TYPE_RSA_KEYPAIR, 0, FESTORE_WIRE_RSA_PSS, FESTORE_WIRE_SHA512,
		TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA512},
	{TEE_TYPE_RSA_KEYPAIR, 0, FESTORE_WIRE_RSA_PKCS1, FESTORE_WIRE_SHA256,
		TEE_ALG_RSASSA_PKCS1_V1_5_SHA256},
	{TEE_TYPE_RSA_KEYPAIR, 0, FESTORE_WIRE_RSA_PKCS1, FESTORE_WIRE_SHA384,
		TEE_ALG_RSASSA_PKCS1_V1_5_SHA384},
	{TEE_TYPE_RSA_KEYPAIR, 0, FESTORE_WIRE_RSA_PKCS1, FESTORE_WIRE_SHA512,
		TEE_ALG_RSASSA_PKCS1_V1_5_SHA512},
};

static const struct way *way_of(const struct key_type *type, const struct signing *signing)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct way *way = &ways[i];

		if (way->object == type->object && way->scheme == signing->scheme &&
			way->hash == signing->hash && (way->bits == 0 || way->bits == type->bits))
			return way;
	}
	return NULL;
}

static size_t hash_len(uint32_t hash)
{
	switch (hash) {
	case FESTORE_WIRE_SHA256:
		return 32;
	case FESTORE_WIRE_SHA384:
		return 48;
	default:
		return 64;
	}
}

TEE_Result key_pair_signed_len(
	const struct key_type *type, const struct signing *signing, size_t *ret_len)
{
	const size_t whole = (type->bits + 7) / 8;

	if (!way_of(type, signing))
		return TEE_ERROR_BAD_PARAMETERS;
	if (signing->hash != 0 ? signing->message_len != hash_len(signing->hash)
			       : signing->message_len > FESTORE_MESSAGE_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	*ret_len = type->object == TEE_TYPE_RSA_KEYPAIR ? whole : 2 * whole;
	return TEE_SUCCESS;
}

static TEE_Result sign(const struct way *way, uint32_t bits, TEE_ObjectHandle object,
	const struct signing *signing, uint8_t *to, size_t *len)
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res = TEE_AllocateOperation(&operation, way->algorithm, TEE_MODE_SIGN, bits);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_SetOperationKey(operation, object);
	if (res == TEE_SUCCESS)
		res = TEE_AsymmetricSignDigest(
			operation, NULL, 0, signing->message, signing->message_len, to, len);
	TEE_FreeOperation(operation);
	return res;
}

TEE_Result key_pair_sign(const struct key_type *type, const uint8_t *pair,
	const struct signing *signing, uint8_t *ret_signature, size_t *len)
{
	const struct way *way = way_of(type, signing);
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = TEE_ERROR_BAD_PARAMETERS;

	if (!way)
		return res;
	res = key_pair_load(type, type->object, pair, &object);
	if (res != TEE_SUCCESS)
		return res;
	res = sign(way, type->bits, object, signing, ret_signature, len);
	TEE_FreeTransientObject(object);
	return res;
}
