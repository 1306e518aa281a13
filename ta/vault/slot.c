/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that decides which state of a vault is the current one. */
#include "slot.h"

#include "session.h"
#include "state.h"

#include <string.h>

static struct slot *slots;

static bool same_name(const struct slot *slot, const struct owner *owner, const struct tag *name)
{
	return owner_is_same(&slot->owner, owner) && slot->name_len == name->len &&
		memcmp(slot->name, name->bytes, name->len) == 0;
}

struct slot *slot_find(const struct owner *owner, const struct tag *name)
{
	struct slot *slot = slots;

	while (slot && !same_name(slot, owner, name))
		slot = slot->next;
	return slot;
}

static bool is_room(const struct owner *owner)
{
	unsigned int all = 0;
	unsigned int own = 0;

	for (const struct slot *slot = slots; slot; slot = slot->next) {
		all++;
		own += owner_is_same(&slot->owner, owner) ? 1 : 0;
	}
	return all < SLOTS_MAX && own < SLOTS_PER_OWNER;
}

/* The name is a vault's. */
static TEE_Result slot_new(
	const struct owner *owner, const struct tag *name, struct slot **ret_slot)
{
	struct slot *slot = NULL;

	if (!is_room(owner))
		return FESTORE_TA_FULL;
	slot = TEE_Malloc(sizeof(*slot), TEE_MALLOC_FILL_ZERO);
	if (!slot)
		return TEE_ERROR_OUT_OF_MEMORY;
	slot->owner = *owner;
	slot->name_len = (uint8_t)name->len;
	memcpy(slot->name, name->bytes, name->len);
	slot->next = slots;
	slots = slot;
	*ret_slot = slot;
	return TEE_SUCCESS;
}

TEE_Result slot_make(const struct owner *owner, const struct tag *name)
{
	struct slot *slot = slot_find(owner, name);

	if (!slot)
		return slot_new(owner, name, &slot);
	if (slot->kind == SLOT_LIVE)
		return FESTORE_TA_OTHER;
	slot->kind = SLOT_MADE;
	return TEE_SUCCESS;
}

/* May a vault of this id be opened where the slot is? */
static TEE_Result admit(const struct slot *slot, const uint8_t vault[16])
{
	const bool is_same = memcmp(slot->vault, vault, sizeof(slot->vault)) == 0;

	if (slot->kind == SLOT_LIVE)
		return is_same ? TEE_SUCCESS : FESTORE_TA_OTHER;
	if (is_same)
		return FESTORE_TA_DESTROYED;
	return slot->kind == SLOT_MADE ? TEE_SUCCESS : FESTORE_TA_OTHER;
}

/* The first state of a slot. */
static void load(
	struct slot *slot, const struct opening *opening, const struct festore_vault_state *state)
{
	slot->kind = SLOT_LIVE;
	memcpy(slot->vault, opening->vault, sizeof(slot->vault));
	slot->keys = opening->keys;
	slot->state = *state;
	slot->is_untouched = true;
	slot->last_version = state->version;
}

TEE_Result slot_open(const struct owner *owner, const struct tag *name,
	const struct opening *opening, const struct festore_vault_state *state,
	struct slot **ret_slot)
{
	struct slot *slot = slot_find(owner, name);
	TEE_Result res = state_check(&opening->keys, opening->vault, opening->header_hash, state);

	if (res == TEE_SUCCESS && slot)
		res = admit(slot, opening->vault);
	if (res == TEE_SUCCESS && !slot)
		res = slot_new(owner, name, &slot);
	if (res != TEE_SUCCESS)
		return res;

	if (slot->kind == SLOT_LIVE)
		res = slot_present(slot, state);
	else
		load(slot, opening, state);
	if (res == TEE_SUCCESS)
		*ret_slot = slot;
	return res;
}

TEE_Result slot_present(struct slot *slot, const struct festore_vault_state *state)
{
	TEE_Result res = TEE_SUCCESS;

	/* The current state word for word needs no check. */
	if (TEE_MemCompare(state, &slot->state, sizeof(*state)) == 0)
		return TEE_SUCCESS;
	res = state_check(&slot->keys, slot->vault, slot->state.header, state);
	if (res != TEE_SUCCESS)
		return res;

	if (memcmp(state->predecessor, slot->state.mac, sizeof(state->predecessor)) == 0) {
		slot_advance(slot, state);
		return TEE_SUCCESS;
	}
	/* A copy, or an old snapshot, may have been opened before the original. */
	if (slot->is_untouched && state->epoch == slot->state.epoch &&
		state->version > slot->state.version) {
		slot_advance(slot, state);
		return TEE_SUCCESS;
	}
	return FESTORE_TA_STALE;
}

uint64_t slot_next_version(struct slot *slot)
{
	return ++slot->last_version;
}

TEE_Result slot_propose(struct slot *slot, const uint8_t predecessor[FESTORE_HASH],
	struct festore_vault_state *state)
{
	memcpy(state->predecessor, predecessor, sizeof(state->predecessor));
	memcpy(state->header, slot->state.header, sizeof(state->header));
	state->epoch = slot->state.epoch;
	slot->is_untouched = false;
	return state_sign(&slot->keys, slot->vault, state);
}

void slot_advance(struct slot *slot, const struct festore_vault_state *state)
{
	slot->state = *state;
	if (slot->last_version < state->version)
		slot->last_version = state->version;
	slot_has_advanced(slot);
}

void slot_destroy(struct slot *slot)
{
	slot->kind = SLOT_DESTROYED;
	TEE_MemFill(&slot->keys, 0, sizeof(slot->keys));
}
