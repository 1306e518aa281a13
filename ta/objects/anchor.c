/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An anchor is an object of two slots that never changes its size. Each write goes over the older
 * one, so the other is whole whatever becomes of it.
 */
#include "anchor.h"

#include "client.h"
#include "rpmb.h"
#include "stored.h"

static TEE_Result storage_of(const struct festore_anchor_place *place, uint32_t *ret_storage)
{
	if (place->reserved != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	switch (place->kind) {
	case FESTORE_ANCHOR_REE:
		*ret_storage = FESTORE_WIRE_REE;
		return TEE_SUCCESS;
	case FESTORE_ANCHOR_RPMB:
		*ret_storage = FESTORE_WIRE_RPMB;
		return rpmb_is_there() ? TEE_SUCCESS : FESTORE_TA_NO_RPMB;
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}

static TEE_Result seal_slot(struct festore_anchor_slot *slot, uint8_t check[FESTORE_ANCHOR_CHECK])
{
	uint8_t hash[FESTORE_HASH] = {0};
	const TEE_Result res = stored_hash(slot, offsetof(struct festore_anchor_slot, check), hash);

	TEE_MemMove(check, hash, FESTORE_ANCHOR_CHECK);
	return res;
}

/* TEE_ERROR_CORRUPT_OBJECT: it was never written, or not whole. */
static TEE_Result read_slot(
	TEE_ObjectHandle *object, unsigned int number, struct festore_anchor *ret_anchor)
{
	struct festore_anchor_slot slot = {0};
	uint8_t check[FESTORE_ANCHOR_CHECK] = {0};
	TEE_Result res =
		object_read_at(object, (size_t)number * FESTORE_ANCHOR_STEP, &slot, sizeof(slot));

	if (res == TEE_SUCCESS)
		res = seal_slot(&slot, check);
	if (res != TEE_SUCCESS)
		return res;
	if (slot.magic != FESTORE_ANCHOR_MAGIC || slot.format != FESTORE_ANCHOR_FORMAT ||
		TEE_MemCompare(check, slot.check, sizeof(check)) != 0)
		return TEE_ERROR_CORRUPT_OBJECT;
	*ret_anchor = slot.anchor;
	return TEE_SUCCESS;
}

static TEE_Result read_newer(TEE_ObjectHandle *object, struct anchor_found *ret_found)
{
	bool is_found = false;

	for (unsigned int i = 0; i < FESTORE_ANCHOR_SLOTS; i++) {
		struct festore_anchor anchor = {0};
		const TEE_Result res = read_slot(object, i, &anchor);

		/* OP-TEE itself has found damage, and removed the object. */
		if (*object == TEE_HANDLE_NULL)
			return TEE_ERROR_CORRUPT_OBJECT;
		if (res != TEE_SUCCESS && res != TEE_ERROR_CORRUPT_OBJECT)
			return res;
		if (res != TEE_SUCCESS || (is_found && anchor.writes <= ret_found->anchor.writes))
			continue;
		*ret_found = (struct anchor_found){.anchor = anchor, .slot = i};
		is_found = true;
	}
	return is_found ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT;
}

static bool is_open(const struct anchor_open *open, uint32_t storage, const struct object_id *id)
{
	return open->object != TEE_HANDLE_NULL && open->storage == storage &&
		TEE_MemCompare(open->id.bytes, id->bytes, id->len) == 0;
}

void anchor_close(struct anchor_open *open)
{
	if (open->object != TEE_HANDLE_NULL)
		object_close(&open->object);
}

/* Opens what the place names, unless the session has it open. */
static TEE_Result open_place(struct anchor_open *open, const struct festore_anchor_place *place)
{
	struct object_id id = {0};
	uint32_t storage = 0;
	size_t size = 0;
	TEE_Result res = storage_of(place, &storage);

	if (res != TEE_SUCCESS)
		return res;
	stored_anchor_id(place->identity, &id);
	if (is_open(open, storage, &id))
		return TEE_SUCCESS;
	anchor_close(open);
	open->is_read = false;
	open->storage = storage;
	open->id = id;
	res = object_open_alone(storage, &id, &open->object, &size);
	if (res == TEE_SUCCESS && size != FESTORE_ANCHOR_LEN)
		res = TEE_ERROR_CORRUPT_OBJECT;
	if (res != TEE_SUCCESS)
		anchor_close(open);
	return res;
}

/* What is there now. After a failure nothing is held open: the next call looks anew. */
static TEE_Result find(struct anchor_open *open, const struct festore_anchor_place *place)
{
	TEE_Result res = open_place(open, place);

	if (res == TEE_SUCCESS && !open->is_read)
		res = read_newer(&open->object, &open->found);
	open->is_read = res == TEE_SUCCESS;
	if (res != TEE_SUCCESS)
		anchor_close(open);
	return res;
}

TEE_Result anchor_get(struct call *call)
{
	struct anchor_open *open = &client_of(call)->anchor;
	struct festore_anchor_place place = {0};
	TEE_Result res = TEE_SUCCESS;

	if (call->window_size != sizeof(place))
		return TEE_ERROR_BAD_PARAMETERS;
	TEE_MemMove(&place, call->window, sizeof(place));
	/* Who asks wants to know what the storage has. */
	open->is_read = false;
	res = find(open, &place);
	if (res == TEE_SUCCESS)
		call->reply.anchor = open->found.anchor;
	return res;
}

static TEE_Result fill_slot(const struct festore_anchor *anchor, struct festore_anchor_slot *slot)
{
	slot->magic = FESTORE_ANCHOR_MAGIC;
	slot->format = FESTORE_ANCHOR_FORMAT;
	slot->anchor = *anchor;
	return seal_slot(slot, slot->check);
}

/* The first write of all: both slots have their room from then on. */
static TEE_Result write_new(const struct anchor_open *open, const struct festore_anchor_slot *slot)
{
	uint8_t bytes[FESTORE_ANCHOR_LEN] = {0};

	TEE_MemMove(bytes, slot, sizeof(*slot));
	return object_write(open->storage, &open->id, bytes, sizeof(bytes), true);
}

/* Over the older slot. */
static TEE_Result write_over(struct anchor_open *open, const struct festore_anchor_slot *slot)
{
	const unsigned int number = 1 - open->found.slot;
	const TEE_Result res = object_write_at(
		&open->object, (size_t)number * FESTORE_ANCHOR_STEP, slot, sizeof(*slot));

	if (res == TEE_SUCCESS)
		open->found = (struct anchor_found){.anchor = slot->anchor, .slot = number};
	else
		anchor_close(open);
	return res;
}

/* Counts it, and remembers when the first was. */
static void follow(struct festore_anchor *anchor, const struct festore_anchor *before)
{
	anchor->writes = before ? before->writes + 1 : 1;
	anchor->since = before ? before->since : anchor->at;
}

TEE_Result anchor_put(struct call *call)
{
	struct anchor_open *open = &client_of(call)->anchor;
	struct festore_anchor_write wanted = {0};
	struct festore_anchor_slot slot = {0};
	TEE_Result there = TEE_SUCCESS;
	TEE_Result res = TEE_SUCCESS;

	if (call->window_size != sizeof(wanted))
		return TEE_ERROR_BAD_PARAMETERS;
	TEE_MemMove(&wanted, call->window, sizeof(wanted));
	there = find(open, &wanted.place);
	if (there != TEE_SUCCESS && there != TEE_ERROR_ITEM_NOT_FOUND &&
		there != TEE_ERROR_CORRUPT_OBJECT)
		return there;

	follow(&wanted.anchor, there == TEE_SUCCESS ? &open->found.anchor : NULL);
	res = fill_slot(&wanted.anchor, &slot);
	if (res == TEE_SUCCESS)
		res = there == TEE_SUCCESS ? write_over(open, &slot) : write_new(open, &slot);
	if (res == TEE_SUCCESS)
		call->reply.anchor = wanted.anchor;
	return res;
}
