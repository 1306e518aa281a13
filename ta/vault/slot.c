/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that decides which state of a vault is the current one. */
#include "slot.h"

#include "log.h"
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

/* What the device says of a name, so that it can be told why a vault is refused. */
static void learn(struct slot *slot, const struct festore_anchor *known)
{
	slot->kind = known->phase == FESTORE_ANCHOR_DESTROYED ? SLOT_DESTROYED : SLOT_KNOWN;
	memcpy(slot->vault, known->vault, sizeof(slot->vault));
	slot->state.epoch = known->epoch;
	slot->state.version = known->version;
}

TEE_Result slot_make(const struct owner *owner, const struct tag *name)
{
	struct slot *slot = slot_find(owner, name);
	struct festore_anchor known = {0};
	TEE_Result res = TEE_SUCCESS;

	if (!slot)
		res = slot_new(owner, name, &slot);
	if (res != TEE_SUCCESS)
		return res;
	if (slot->kind == SLOT_LIVE)
		return FESTORE_TA_OTHER;
	if (anchoring_knows(owner, name, &known)) {
		learn(slot, &known);
		return FESTORE_TA_OTHER;
	}
	/* What was known is no vault that was destroyed. */
	if (slot->kind == SLOT_KNOWN)
		TEE_MemFill(slot->vault, 0, sizeof(slot->vault));
	slot->kind = SLOT_MADE;
	return TEE_SUCCESS;
}

/* May a vault of this id be opened where the slot is, as far as this TA remembers? */
static TEE_Result admit(
	const struct slot *slot, const uint8_t vault[16], const struct festore_vault_state *state)
{
	const bool is_same = memcmp(slot->vault, vault, sizeof(slot->vault)) == 0;

	if (slot->kind == SLOT_EMPTY)
		return TEE_SUCCESS;
	if (slot->kind == SLOT_LIVE)
		return is_same ? TEE_SUCCESS : FESTORE_TA_OTHER;
	/* The device may know more by now; of a vault without an anchor it knows nothing. */
	if (slot->kind == SLOT_KNOWN)
		return (state->anchor & FESTORE_ANCHOR_KINDS) != FESTORE_ANCHOR_NONE ||
				slot->state.version == 0
			? TEE_SUCCESS
			: FESTORE_TA_OTHER;
	if (is_same)
		return FESTORE_TA_DESTROYED;
	return slot->kind == SLOT_MADE ? TEE_SUCCESS : FESTORE_TA_OTHER;
}

/* The first state of a slot, if the device does not know better. */
static TEE_Result load(struct slot *slot, const struct tag *name, const struct opening *opening,
	const struct festore_vault_state *state)
{
	struct anchoring *anchoring = NULL;
	struct festore_anchor known = {0};
	const TEE_Result res = anchoring_load(&slot->owner, name, state, &anchoring, &known);

	if (res != TEE_SUCCESS) {
		if (known.version != 0)
			learn(slot, &known);
		return res;
	}
	slot->kind = SLOT_LIVE;
	memcpy(slot->vault, opening->vault, sizeof(slot->vault));
	slot->keys = opening->keys;
	slot->state = *state;
	TEE_Free(slot->anchoring);
	slot->anchoring = anchoring;
	slot->is_untouched = true;
	slot->last_version = state->version;
	return TEE_SUCCESS;
}

TEE_Result slot_open(const struct owner *owner, const struct tag *name,
	const struct opening *opening, const struct festore_vault_state *state,
	struct slot **ret_slot)
{
	struct slot *slot = slot_find(owner, name);
	TEE_Result res = state_check(&opening->keys, opening->vault, opening->header_hash, state);

	if (res == TEE_SUCCESS && slot)
		res = admit(slot, opening->vault, state);
	if (res == TEE_SUCCESS && !slot)
		res = slot_new(owner, name, &slot);
	if (res != TEE_SUCCESS)
		return res;

	res = slot->kind == SLOT_LIVE ? slot_present(slot, state)
				      : load(slot, name, opening, state);
	if (res == TEE_SUCCESS)
		*ret_slot = slot;
	return res;
}

/* What `must` is, anchoring_move() says. */
static TEE_Result move_on(struct slot *slot, const struct festore_vault_state *state, bool must)
{
	const TEE_Result res = anchoring_move(slot, state, must);

	if (res != TEE_SUCCESS)
		return res;
	slot->state = *state;
	refusals_were_told(slot);
	if (slot->last_version < state->version)
		slot->last_version = state->version;
	slot_has_advanced(slot);
	return TEE_SUCCESS;
}

/* What the device knows must not be another vault, nor that this one was destroyed. */
static TEE_Result view(struct slot *slot, const struct tag *name, const struct opening *opening,
	const struct festore_vault_state *state)
{
	struct festore_anchor known = {0};
	const TEE_Result res = anchoring_see(&slot->owner, name, state, &known);

	if (res != TEE_SUCCESS) {
		if (known.version != 0)
			learn(slot, &known);
		return res;
	}
	slot->kind = SLOT_KNOWN;
	memcpy(slot->vault, opening->vault, sizeof(slot->vault));
	slot->keys = opening->keys;
	TEE_MemFill(&slot->state, 0, sizeof(slot->state));
	slot->state.epoch = known.epoch;
	slot->state.version = known.version;
	return TEE_SUCCESS;
}

TEE_Result slot_open_unproven(const struct owner *owner, const struct tag *name,
	const struct opening *opening, const struct festore_vault_state *state,
	struct slot **ret_slot)
{
	struct slot *slot = slot_find(owner, name);
	TEE_Result res = state_check(&opening->keys, opening->vault, opening->header_hash, state);

	if (res == TEE_SUCCESS && slot)
		res = admit(slot, opening->vault, state);
	if (res == TEE_SUCCESS && !slot)
		res = slot_new(owner, name, &slot);
	/* Its PIN may have been changed since. */
	if (res == TEE_SUCCESS && slot->kind == SLOT_LIVE &&
		memcmp(slot->state.header, opening->header_hash, sizeof(slot->state.header)) != 0)
		res = FESTORE_TA_STALE;
	if (res == TEE_SUCCESS && slot->kind != SLOT_LIVE)
		res = view(slot, name, opening, state);
	if (res == TEE_SUCCESS)
		*ret_slot = slot;
	return res;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The note is a row of its own, or in an entry of the log. */
static TEE_Result keep_note(struct log *log, const struct festore_vault_state *taken,
	struct festore_vault_note *note, uint8_t ret_head[FESTORE_HASH])
{
	if (log)
		return log_note(log, FESTORE_LOG_RECOVERED, note, ret_head);
	memcpy(note->before, taken->log_head, sizeof(note->before));
	return seal_hash(note, sizeof(*note), ret_head);
}

TEE_Result slot_propose_recovery(struct slot *slot, const struct festore_vault_state *taken,
	const struct festore_vault_note *before, struct log *log,
	struct festore_vault_state *ret_state, struct festore_vault_note *ret_note)
{
	TEE_Time now = {0};
	TEE_Result res = TEE_SUCCESS;

	if (anchoring_left(&slot->owner, taken) == 0)
		return FESTORE_TA_SPARED;
	TEE_GetREETime(&now);
	*ret_state = *taken;
	ret_state->epoch = larger(taken->epoch, slot->state.epoch) + 1;
	ret_state->version =
		larger(larger(taken->version, slot->state.version), slot->last_version) + 1;
	ret_state->anchored = 0;
	memcpy(ret_state->predecessor, taken->mac, sizeof(ret_state->predecessor));
	*ret_note = (struct festore_vault_note){
		.magic = FESTORE_NOTE_MAGIC,
		.format = FESTORE_VAULT_FORMAT,
		.number = before ? (uint16_t)(before->number + 1u) : 1,
		.from_epoch = slot->state.epoch,
		.from_version = slot->state.version,
		.taken_version = taken->version,
		.to_epoch = ret_state->epoch,
		.to_version = ret_state->version,
		.at = now.seconds,
	};
	log_is_of(log, ret_state->epoch, ret_state->version);
	res = keep_note(log, taken, ret_note, ret_state->log_head);
	if (res == TEE_SUCCESS)
		res = seal_random(slot->keys.record, &ret_state->version,
			sizeof(ret_state->version), ret_state->nonce, sizeof(ret_state->nonce));
	return res == TEE_SUCCESS ? state_sign(&slot->keys, slot->vault, ret_state) : res;
}

TEE_Result slot_recover(struct slot *slot, const struct festore_vault_state *state)
{
	TEE_Result res = TEE_SUCCESS;

	if (state->epoch <= slot->state.epoch)
		return FESTORE_TA_STALE;
	res = anchoring_recover(slot, state);
	if (res != TEE_SUCCESS)
		return res;
	slot->kind = SLOT_LIVE;
	slot->state = *state;
	slot->is_untouched = false;
	slot->last_version = state->version;
	slot_has_advanced(slot);
	return TEE_SUCCESS;
}

TEE_Result slot_present(struct slot *slot, const struct festore_vault_state *state)
{
	TEE_Result res = TEE_SUCCESS;

	/* The current state word for word needs no check. */
	if (TEE_MemCompare(state, &slot->state, sizeof(*state)) == 0) {
		anchoring_tick(slot);
		return TEE_SUCCESS;
	}
	/* By whichever header: what follows may have another. */
	res = state_check(&slot->keys, slot->vault, state->header, state);
	if (res != TEE_SUCCESS)
		return res;
	/* A vault's anchor is for good. */
	if (state->anchor != slot->state.anchor)
		return TEE_ERROR_CORRUPT_OBJECT;

	if (memcmp(state->predecessor, slot->state.mac, sizeof(state->predecessor)) == 0)
		return slot_advance(slot, state);
	/* A copy, or an old snapshot, may have been opened before the original. */
	if (slot->is_untouched && state->epoch == slot->state.epoch &&
		state->version > slot->state.version && anchoring_is_loaded(slot, state))
		return move_on(slot, state, true);
	return FESTORE_TA_STALE;
}

uint64_t slot_next_version(struct slot *slot)
{
	return ++slot->last_version;
}

TEE_Result slot_propose(struct slot *slot, const uint8_t predecessor[FESTORE_HASH],
	const uint8_t *header, struct festore_vault_state *state)
{
	const TEE_Result res = anchoring_settle(slot);

	if (res != TEE_SUCCESS)
		return res;
	memcpy(state->predecessor, predecessor, sizeof(state->predecessor));
	memcpy(state->header, header ? header : slot->state.header, sizeof(state->header));
	state->anchor = slot->state.anchor;
	state->anchored = slot->anchoring ? slot->anchoring->base : 0;
	state->epoch = slot->state.epoch;
	slot->is_untouched = false;
	return state_sign(&slot->keys, slot->vault, state);
}

TEE_Result slot_advance(struct slot *slot, const struct festore_vault_state *state)
{
	return move_on(slot, state, false);
}

/* What is left of a vault that is gone is its id. */
static void bury(struct slot *slot)
{
	slot->kind = SLOT_DESTROYED;
	refusals_forget(slot);
	TEE_MemFill(&slot->keys, 0, sizeof(slot->keys));
}

TEE_Result slot_destroy(struct slot *slot)
{
	const TEE_Result res = anchoring_destroy(slot);

	if (res != TEE_SUCCESS)
		return res;
	bury(slot);
	return TEE_SUCCESS;
}

TEE_Result slot_reset(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header)
{
	const uint8_t *vault = header->vault;
	struct slot *slot = slot_find(owner, name);
	TEE_Result res = TEE_SUCCESS;

	if (slot && slot->kind == SLOT_LIVE && memcmp(slot->vault, vault, sizeof(slot->vault)) != 0)
		return FESTORE_TA_OTHER;
	if (!slot)
		res = slot_new(owner, name, &slot);
	if (res == TEE_SUCCESS)
		/* Wrong PINs are counted where the anchor is. */
		res = anchoring_end(header->pin_storage, owner, name, vault);
	if (res != TEE_SUCCESS)
		return res;
	TEE_Free(slot->anchoring);
	slot->anchoring = NULL;
	memcpy(slot->vault, vault, sizeof(slot->vault));
	bury(slot);
	return TEE_SUCCESS;
}
