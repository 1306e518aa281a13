// SPDX-License-Identifier: BSD-2-Clause
/*
 * Transient objects: keys in the core's memory, so far those of HMAC-SHA-256. Sizes, answers and
 * panics as in OP-TEE's tee_svc_cryp.c (built with CFG_HMAC_64_1024_RANGE=n, its default) and
 * libutee's tee_api_objects.c. A key must be handed over in private memory even where OP-TEE would
 * not insist: festore's rule.
 */
#include <stdlib.h>
#include <string.h>

#include "inside.h"

#define BITS_MIN 192u
#define BITS_MAX 1024u

struct transient {
	struct transient *next;
	uint32_t type;
	uint32_t bits_max;
	bool is_initialized;
	size_t len;
	uint8_t secret[BITS_MAX / 8];
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

static bool is_key_size(uint32_t bits)
{
	return bits % 8 == 0 && bits >= BITS_MIN && bits <= BITS_MAX;
}

TEE_Result fake_transient_add(uint32_t type, uint32_t bits_max, TEE_ObjectHandle *ret_handle)
{
	struct instance *instance = fake_call()->instance;
	struct transient *made = NULL;

	if (type != TEE_TYPE_HMAC_SHA256 || !is_key_size(bits_max))
		return TEE_ERROR_NOT_SUPPORTED;
	if (fake_core_alloc_fails())
		return TEE_ERROR_OUT_OF_MEMORY;
	made = calloc(1, sizeof(*made));
	if (!made)
		abort();
	made->type = type;
	made->bits_max = bits_max;
	made->next = instance->transients;
	instance->transients = made;
	fake_counters.handles++;
	*ret_handle = (TEE_ObjectHandle)(void *)made;
	return TEE_SUCCESS;
}

uint32_t fake_transient_bits(TEE_ObjectHandle handle)
{
	return (uint32_t)(8 * transient_of(handle)->len);
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
	if (attrCount != 1 || attrs[0].attributeID != TEE_ATTR_SECRET_VALUE)
		fake_panic(TEE_ERROR_ITEM_NOT_FOUND);
	if (attrs[0].content.ref.length > sizeof(found->secret))
		fake_panic(TEE_ERROR_SECURITY);
	if (attrs[0].content.ref.length * 8 > found->bits_max)
		fake_panic(TEE_ERROR_BAD_STATE);
	if (!is_key_size((uint32_t)attrs[0].content.ref.length * 8))
		return TEE_ERROR_BAD_PARAMETERS;
	fake_need_private(attrs[0].content.ref.buffer, attrs[0].content.ref.length);
	memcpy(found->secret, attrs[0].content.ref.buffer, attrs[0].content.ref.length);
	found->len = attrs[0].content.ref.length;
	found->is_initialized = true;
	return TEE_SUCCESS;
}
