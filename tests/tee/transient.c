// SPDX-License-Identifier: BSD-2-Clause
/*
 * Transient objects: keys in the core's memory, those of HMAC-SHA-256 and AES, and pairs. Sizes,
 * answers and panics as in OP-TEE's tee_svc_cryp.c (built with CFG_HMAC_64_1024_RANGE=n, its
 * default) and libutee's tee_api_objects.c. A key must be handed over in private memory even where
 * OP-TEE would not insist: festore's rule.
 */
#include <stdlib.h>
#include <string.h>

#include "pair.h"

/* Key sizes of a type: from least to most, in steps. */
struct key_type {
	uint32_t type;
	uint32_t bits_min;
	uint32_t bits_max;
	uint32_t bits_step;
};

static const struct key_type key_types[] = {
	{TEE_TYPE_HMAC_SHA256, 192, 1024, 8},
	{TEE_TYPE_AES, 128, 256, 64},
	{TEE_TYPE_RSA_KEYPAIR, 2048, 4096, 1024},
	{TEE_TYPE_ECDSA_KEYPAIR, 256, 384, 128},
	{TEE_TYPE_ECDSA_KEYPAIR, 521, 521, 521},
	{TEE_TYPE_ECDH_KEYPAIR, 256, 384, 128},
	{TEE_TYPE_ECDH_KEYPAIR, 521, 521, 521},
	{TEE_TYPE_GENERIC_SECRET, 8, 4096, 8},
	{TEE_TYPE_ED25519_KEYPAIR, 256, 256, 256},
	{TEE_TYPE_X25519_KEYPAIR, 256, 256, 256},
};

/* Of the type with the longest. */
#define BITS_MAX 4096u

struct transient {
	struct transient *next;
	uint32_t type;
	uint32_t bits_max;
	bool is_initialized;
	size_t len;
	uint8_t secret[BITS_MAX / 8];
	struct pair *pair; /* of the types that are pairs, else NULL */
};

static struct transient **link_of(struct instance *instance, const struct transient *transient)
{
	struct transient **link = &instance->transients;

	while (*link && *link != transient)
		link = &(*link)->next;
	return link;
}

static struct transient *transient_of(TEE_ObjectHandle handle)
{
	struct transient *found =
		*link_of(fake_call()->instance, (struct transient *)(void *)handle);

	if (!handle || !found)
		fake_panic(TEE_ERROR_BAD_STATE);
	return found;
}

static void release(struct instance *instance, struct transient *transient)
{
	*link_of(instance, transient) = transient->next;
	fake_counters.handles--;
	free(transient->pair);
	free(transient);
}

void fake_transients_drop(struct instance *instance)
{
	while (instance->transients)
		release(instance, instance->transients);
}

bool fake_is_transient(TEE_ObjectHandle handle)
{
	return handle &&
		*link_of(fake_call()->instance, (struct transient *)(void *)handle) != NULL;
}

void fake_transient_close(TEE_ObjectHandle handle)
{
	release(fake_call()->instance, transient_of(handle));
}

static bool is_key_size(uint32_t type, uint32_t bits)
{
	for (size_t i = 0; i < sizeof(key_types) / sizeof(key_types[0]); i++) {
		const struct key_type *known = &key_types[i];

		if (known->type == type && bits % known->bits_step == 0 &&
			bits >= known->bits_min && bits <= known->bits_max)
			return true;
	}
	return false;
}

TEE_Result fake_transient_add(uint32_t type, uint32_t bits_max, TEE_ObjectHandle *ret_handle)
{
	struct instance *instance = fake_call()->instance;
	struct transient *made = NULL;

	if (!is_key_size(type, bits_max))
		return TEE_ERROR_NOT_SUPPORTED;
	if (fake_core_alloc_fails())
		return TEE_ERROR_OUT_OF_MEMORY;
	made = calloc(1, sizeof(*made));
	if (!made)
		abort();
	made->type = type;
	made->bits_max = bits_max;
	if (pair_is_type(type)) {
		made->pair = calloc(1, sizeof(*made->pair));
		if (!made->pair)
			abort();
	}
	made->next = instance->transients;
	instance->transients = made;
	fake_counters.handles++;
	*ret_handle = (TEE_ObjectHandle)(void *)made;
	return TEE_SUCCESS;
}

uint32_t fake_transient_bits(TEE_ObjectHandle handle)
{
	const struct transient *found = transient_of(handle);

	return found->pair ? found->bits_max : (uint32_t)(8 * found->len);
}

const struct pair *fake_transient_pair(TEE_ObjectHandle handle, uint32_t *ret_type)
{
	const struct transient *found = transient_of(handle);

	if (!found->pair || !found->is_initialized)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	*ret_type = found->type;
	return found->pair;
}

const uint8_t *fake_transient_secret(TEE_ObjectHandle handle, size_t *ret_len)
{
	const struct transient *found = transient_of(handle);

	*ret_len = found->len;
	return found->secret;
}

void fake_transient_copy(TEE_ObjectHandle to, TEE_ObjectHandle from)
{
	struct transient *target = transient_of(to);
	const struct transient *source = NULL;

	target->is_initialized = false;
	if (from == TEE_HANDLE_NULL)
		return;
	source = transient_of(from);
	if (!source->is_initialized || source->type != target->type)
		fake_panic(0);
	memcpy(target->secret, source->secret, sizeof(target->secret));
	target->len = source->len;
	if (source->pair)
		*target->pair = *source->pair;
	target->is_initialized = true;
}

TEE_Result TEE_AllocateTransientObject(
	TEE_ObjectType objectType, uint32_t maxObjectSize, TEE_ObjectHandle *object)
{
	fake_begin(__func__);
	fake_need_private(object, sizeof(*object));
	return fake_transient_add(objectType, maxObjectSize, object);
}

void TEE_FreeTransientObject(TEE_ObjectHandle object)
{
	fake_begin(__func__);
	if (object != TEE_HANDLE_NULL)
		fake_transient_close(object);
}

void TEE_InitRefAttribute(
	TEE_Attribute *attr, uint32_t attributeID, const void *buffer, size_t length)
{
	fake_begin(__func__);
	fake_need_private(attr, sizeof(*attr));
	if (attributeID & TEE_ATTR_FLAG_VALUE)
		fake_panic(0);
	attr->attributeID = attributeID;
	attr->content.ref.buffer = (void *)(uintptr_t)buffer;
	attr->content.ref.length = length;
}

/*
 * OP-TEE answers BAD_PARAMETERS to a key size that the type does not know; other misuse panics. So
 * does scarcity of the core's memory, against which a TA can do nothing: it is not modelled here.
 */
TEE_Result TEE_PopulateTransientObject(
	TEE_ObjectHandle object, const TEE_Attribute *attrs, uint32_t attrCount)
{
	struct transient *found = NULL;

	fake_begin(__func__);
	found = transient_of(object);
	if (found->is_initialized)
		fake_panic(0);
	fake_need_private(attrs, attrCount * sizeof(*attrs));
	if (found->pair) {
		pair_populate(found->type, attrs, attrCount, found->pair);
		found->is_initialized = true;
		return TEE_SUCCESS;
	}
	if (attrCount != 1 || attrs[0].attributeID != TEE_ATTR_SECRET_VALUE)
		fake_panic(TEE_ERROR_ITEM_NOT_FOUND);
	if (attrs[0].content.ref.length > sizeof(found->secret))
		fake_panic(TEE_ERROR_SECURITY);
	if (attrs[0].content.ref.length * 8 > found->bits_max)
		fake_panic(TEE_ERROR_BAD_STATE);
	if (!is_key_size(found->type, (uint32_t)attrs[0].content.ref.length * 8))
		return TEE_ERROR_BAD_PARAMETERS;
	fake_need_private(attrs[0].content.ref.buffer, attrs[0].content.ref.length);
	memcpy(found->secret, attrs[0].content.ref.buffer, attrs[0].content.ref.length);
	found->len = attrs[0].content.ref.length;
	found->is_initialized = true;
	return TEE_SUCCESS;
}

void TEE_InitValueAttribute(TEE_Attribute *attr, uint32_t attributeID, uint32_t a, uint32_t b)
{
	fake_begin(__func__);
	fake_need_private(attr, sizeof(*attr));
	if (!(attributeID & TEE_ATTR_FLAG_VALUE))
		fake_panic(0);
	attr->attributeID = attributeID;
	attr->content.value.a = a;
	attr->content.value.b = b;
}

/* Of pairs alone. The core needs memory for it, whose lack libutee makes a panic: not modelled. */
TEE_Result TEE_GenerateKey(
	TEE_ObjectHandle object, uint32_t keySize, const TEE_Attribute *params, uint32_t paramCount)
{
	struct transient *found = NULL;
	uint32_t curve = 0;

	fake_begin(__func__);
	found = transient_of(object);
	if (found->is_initialized || !found->pair || keySize > found->bits_max)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	if (paramCount != 0) {
		fake_need_private(params, paramCount * sizeof(*params));
		if (paramCount != 1 || params[0].attributeID != TEE_ATTR_ECC_CURVE)
			fake_panic(TEE_ERROR_ITEM_NOT_FOUND);
		curve = params[0].content.value.a;
	}
	if ((found->type == TEE_TYPE_ECDSA_KEYPAIR) != (curve != 0))
		fake_panic(TEE_ERROR_ITEM_NOT_FOUND);
	if (!is_key_size(found->type, keySize))
		return TEE_ERROR_BAD_PARAMETERS;
	pair_generate(found->type, keySize, curve, found->pair);
	found->is_initialized = true;
	return TEE_SUCCESS;
}

/* As an attribute of a pair is. */
static void give_secret(const struct transient *found, struct pair_attribute *ret_secret)
{
	ret_secret->len = found->len;
	memcpy(ret_secret->bytes, found->secret, found->len);
}

void fake_transient_fill(TEE_ObjectHandle handle, const void *secret, size_t len)
{
	struct transient *found = transient_of(handle);

	if (found->is_initialized || found->type != TEE_TYPE_GENERIC_SECRET ||
		8 * len > found->bits_max)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	memcpy(found->secret, secret, len);
	found->len = len;
	found->is_initialized = true;
}

TEE_Result TEE_GetObjectBufferAttribute(
	TEE_ObjectHandle object, uint32_t attributeID, void *buffer, size_t *size)
{
	const struct transient *found = NULL;
	const struct pair_attribute *attribute = NULL;
	struct pair_attribute secret = {0};

	fake_begin(__func__);
	found = transient_of(object);
	fake_need_private(size, sizeof(*size));
	if (!found->is_initialized || (attributeID & TEE_ATTR_FLAG_VALUE) != 0)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	if (!found->pair && attributeID == TEE_ATTR_SECRET_VALUE) {
		give_secret(found, &secret);
		attribute = &secret;
	} else {
		attribute = found->pair ? pair_find(found->pair, attributeID) : NULL;
	}
	if (!attribute)
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (*size < attribute->len) {
		*size = attribute->len;
		return TEE_ERROR_SHORT_BUFFER;
	}
	fake_need_private(buffer, attribute->len);
	memcpy(buffer, attribute->bytes, attribute->len);
	*size = attribute->len;
	return TEE_SUCCESS;
}
