/* SPDX-License-Identifier: BSD-2-Clause */
/* When an anchor is believed, and when it is written. */
#include "anchoring.h"

#include "device.h"
#include "slot.h"
#include "spare.h"

#include <string.h>

static uint32_t kind_of(const struct festore_vault_state *state)
{
	return state->anchor & FESTORE_ANCHOR_KINDS;
}

static bool is_each(const struct festore_vault_state *state)
{
	return (state->anchor & FESTORE_ANCHOR_EACH) != 0;
}

bool anchoring_is_kind(uint32_t anchor)
{
	anchor &= ~(uint32_t)FESTORE_ANCHOR_LOG;
	if ((anchor & ~(uint32_t)(FESTORE_ANCHOR_KINDS | FESTORE_ANCHOR_EACH)) != 0)
		return false;
	switch (anchor & FESTORE_ANCHOR_KINDS) {
	case FESTORE_ANCHOR_NONE:
		return anchor == FESTORE_ANCHOR_NONE;
	case FESTORE_ANCHOR_REE:
	case FESTORE_ANCHOR_RPMB:
		return true;
	default:
		return false;
	}
}

static bool is_same(const uint8_t a[FESTORE_HASH], const uint8_t b[FESTORE_HASH])
{
	return memcmp(a, b, FESTORE_HASH) == 0;
}

static TEE_Result judge_version(
	const struct festore_anchor *anchor, const struct festore_vault_state *state)
{
	if (state->version < anchor->version)
		return FESTORE_TA_STALE;
	if (state->version == anchor->version)
		return is_same(state->mac, anchor->mac) ? TEE_SUCCESS : FESTORE_TA_STALE;
	if (state->anchored == anchor->version || is_same(state->predecessor, anchor->mac))
		return TEE_SUCCESS;
	return state->anchored > anchor->version ? FESTORE_TA_UNPROVEN : FESTORE_TA_STALE;
}

TEE_Result anchoring_judge(
	const struct festore_anchor *anchor, const struct festore_vault_state *state)
{
	if (memcmp(anchor->vault, state->vault, sizeof(anchor->vault)) != 0)
		return FESTORE_TA_OTHER;
	if (anchor->phase == FESTORE_ANCHOR_DESTROYED)
		return FESTORE_TA_DESTROYED;
	if (state->epoch != anchor->epoch)
		return state->epoch < anchor->epoch ? FESTORE_TA_STALE : FESTORE_TA_UNPROVEN;
	return judge_version(anchor, state);
}

/* What is to be written for a state. */
static struct festore_anchor anchor_of(const struct festore_vault_state *state, uint32_t phase)
{
	struct festore_anchor anchor = {
		.epoch = state->epoch,
		.version = state->version,
		.phase = phase,
	};

	memcpy(anchor.vault, state->vault, sizeof(anchor.vault));
	memcpy(anchor.mac, state->mac, sizeof(anchor.mac));
	return anchor;
}

static void note(struct anchoring *anchoring, const struct festore_anchor *anchor)
{
	anchoring->is_sure = true;
	anchoring->is_made = anchor->phase == FESTORE_ANCHOR_MADE;
	anchoring->base = anchor->version;
}

static uint32_t now(void)
{
	TEE_Time time = {0};

	TEE_GetSystemTime(&time);
	return time.seconds;
}

uint32_t anchoring_left(const struct owner *owner, const struct festore_vault_state *state)
{
	return kind_of(state) == FESTORE_ANCHOR_RPMB ? spare_left(owner) : FESTORE_RPMB_BURST;
}

/* Every write of an anchor. */
static TEE_Result write_for(const struct owner *owner, const struct festore_vault_state *state,
	const uint8_t identity[FESTORE_HASH], struct festore_anchor *anchor)
{
	const TEE_Result res = device_write(kind_of(state), identity, anchor);

	if (res == TEE_SUCCESS && kind_of(state) == FESTORE_ANCHOR_RPMB)
		spare_take(owner);
	return res;
}

/* What the device has must allow this state; then it is to have just that. */
static TEE_Result take(const struct owner *owner, const uint8_t identity[FESTORE_HASH],
	const struct festore_vault_state *state, struct festore_anchor *anchor)
{
	const TEE_Result res = anchoring_judge(anchor, state);

	if (res != TEE_SUCCESS || state->version == anchor->version)
		return res;
	*anchor = anchor_of(state, FESTORE_ANCHOR_LIVE);
	return write_for(owner, state, identity, anchor);
}

TEE_Result anchoring_load(const struct owner *owner, const struct tag *name,
	const struct festore_vault_state *state, struct anchoring **ret_anchoring,
	struct festore_anchor *ret_known)
{
	uint8_t identity[FESTORE_HASH] = {0};
	struct festore_anchor anchor = {0};
	struct anchoring *anchoring = NULL;
	TEE_Result res = TEE_SUCCESS;

	*ret_anchoring = NULL;
	if (kind_of(state) == FESTORE_ANCHOR_NONE)
		return TEE_SUCCESS;
	res = device_identity(owner, name, identity);
	if (res == TEE_SUCCESS)
		res = device_read(kind_of(state), identity, &anchor);
	if (res == TEE_ERROR_ITEM_NOT_FOUND || res == TEE_ERROR_CORRUPT_OBJECT)
		return FESTORE_TA_UNPROVEN;
	if (res != TEE_SUCCESS)
		return res;

	*ret_known = anchor;
	anchoring = TEE_Malloc(sizeof(*anchoring), TEE_MALLOC_FILL_ZERO);
	if (!anchoring)
		return TEE_ERROR_OUT_OF_MEMORY;
	anchoring->loaded = anchor.version;
	res = take(owner, identity, state, &anchor);
	if (res != TEE_SUCCESS) {
		TEE_Free(anchoring);
		return res;
	}
	note(anchoring, &anchor);
	*ret_anchoring = anchoring;
	return TEE_SUCCESS;
}

TEE_Result anchoring_see(const struct owner *owner, const struct tag *name,
	const struct festore_vault_state *state, struct festore_anchor *ret_known)
{
	uint8_t identity[FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	if (kind_of(state) == FESTORE_ANCHOR_NONE)
		return TEE_SUCCESS;
	res = device_identity(owner, name, identity);
	if (res == TEE_SUCCESS)
		res = device_read(kind_of(state), identity, ret_known);
	if (res == TEE_ERROR_ITEM_NOT_FOUND || res == TEE_ERROR_CORRUPT_OBJECT)
		return TEE_SUCCESS;
	if (res != TEE_SUCCESS)
		return res;
	res = anchoring_judge(ret_known, state);
	return res == FESTORE_TA_OTHER || res == FESTORE_TA_DESTROYED ? res : TEE_SUCCESS;
}

bool anchoring_is_loaded(const struct slot *slot, const struct festore_vault_state *state)
{
	if (!slot->anchoring)
		return true;
	/* Of each commit: the stored state is the anchored one, or follows it at once. */
	return !is_each(state) && state->anchored == slot->anchoring->loaded;
}

static TEE_Result identity_of(const struct slot *slot, uint8_t ret_identity[FESTORE_HASH])
{
	struct tag name = {.len = slot->name_len};

	memcpy(name.bytes, slot->name, slot->name_len);
	return device_identity(&slot->owner, &name, ret_identity);
}

/* Writes the anchor of a slot. After a failure it may be this one all the same. */
static TEE_Result write(struct slot *slot, const struct festore_vault_state *state, uint32_t phase)
{
	struct festore_anchor anchor = anchor_of(state, phase);
	uint8_t identity[FESTORE_HASH] = {0};
	TEE_Result res = identity_of(slot, identity);

	if (res != TEE_SUCCESS)
		return res;
	slot->anchoring->is_sure = false;
	res = write_for(&slot->owner, state, identity, &anchor);
	if (res != TEE_SUCCESS)
		return res;
	note(slot->anchoring, &anchor);
	slot->anchoring->window = 0;
	return TEE_SUCCESS;
}

static bool has_waited(const struct anchoring *anchoring)
{
	return anchoring->window != 0 && now() - anchoring->oldest >= FESTORE_ANCHOR_SECONDS;
}

/* Of each commit always: it was looked at when the proposal was made. */
static bool is_due(const struct slot *slot, const struct festore_vault_state *state)
{
	const struct anchoring *anchoring = slot->anchoring;

	if (is_each(state))
		return true;
	if (!anchoring->is_made && anchoring->window + 1 < FESTORE_ANCHOR_COMMITS &&
		!has_waited(anchoring))
		return false;
	return anchoring_left(&slot->owner, state) != 0;
}

TEE_Result anchoring_move(struct slot *slot, const struct festore_vault_state *state, bool must)
{
	struct anchoring *anchoring = slot->anchoring;
	TEE_Result res = TEE_SUCCESS;

	if (!anchoring)
		return TEE_SUCCESS;
	if (must || is_due(slot, state)) {
		res = write(slot, state, FESTORE_ANCHOR_LIVE);
		if (res == TEE_SUCCESS || must || is_each(state))
			return res;
	}
	/* In the window, of which `status` tells. */
	if (anchoring->window++ == 0)
		anchoring->oldest = now();
	return TEE_SUCCESS;
}

void anchoring_tick(struct slot *slot)
{
	if (!slot->anchoring || !has_waited(slot->anchoring) ||
		anchoring_left(&slot->owner, &slot->state) == 0)
		return;
	/* Whoever only reads is not to suffer from it. */
	if (write(slot, &slot->state, FESTORE_ANCHOR_LIVE) != TEE_SUCCESS)
		slot->anchoring->oldest = now();
}

TEE_Result anchoring_look(const struct slot *slot, struct festore_anchor *ret_anchor)
{
	uint8_t identity[FESTORE_HASH] = {0};
	const TEE_Result res = identity_of(slot, identity);

	return res == TEE_SUCCESS ? device_read(kind_of(&slot->state), identity, ret_anchor) : res;
}

TEE_Result anchoring_settle(struct slot *slot)
{
	struct anchoring *anchoring = slot->anchoring;
	struct festore_anchor anchor = {0};
	TEE_Result res = TEE_SUCCESS;

	if (!anchoring)
		return TEE_SUCCESS;
	if (is_each(&slot->state) && anchoring_left(&slot->owner, &slot->state) == 0)
		return FESTORE_TA_SPARED;
	if (anchoring->is_sure)
		return TEE_SUCCESS;
	res = anchoring_look(slot, &anchor);
	/* It is gone, and this TA knows what it has to be. */
	if (res == TEE_ERROR_ITEM_NOT_FOUND || res == TEE_ERROR_CORRUPT_OBJECT)
		return anchoring_sync(slot);
	if (res != TEE_SUCCESS)
		return res;
	/* What the slot has moved on from: an earlier write, which was told to have failed too. */
	if (anchor.epoch == slot->state.epoch && anchor.version > anchoring->base &&
		anchor.version < slot->state.version)
		return anchoring_sync(slot);
	if (is_same(anchor.mac, slot->state.mac))
		anchoring->window = 0;
	/* A state that this TA has not moved on to: it is to be presented first. */
	else if (anchor.version != anchoring->base || anchor.epoch != slot->state.epoch)
		return FESTORE_TA_STALE;
	note(anchoring, &anchor);
	return TEE_SUCCESS;
}

TEE_Result anchoring_recover(struct slot *slot, const struct festore_vault_state *state)
{
	if (kind_of(state) == FESTORE_ANCHOR_NONE)
		return TEE_SUCCESS;
	if (!slot->anchoring)
		slot->anchoring = TEE_Malloc(sizeof(*slot->anchoring), TEE_MALLOC_FILL_ZERO);
	if (!slot->anchoring)
		return TEE_ERROR_OUT_OF_MEMORY;
	return write(slot, state, FESTORE_ANCHOR_LIVE);
}

static TEE_Result write_current(struct slot *slot)
{
	if (slot->anchoring->is_sure && slot->anchoring->base == slot->state.version)
		return TEE_SUCCESS;
	if (anchoring_left(&slot->owner, &slot->state) == 0)
		return FESTORE_TA_SPARED;
	return write(slot, &slot->state, FESTORE_ANCHOR_LIVE);
}

TEE_Result anchoring_sync(struct slot *slot)
{
	TEE_Result res = TEE_SUCCESS;

	if (!slot->anchoring)
		return TEE_SUCCESS;
	res = write_current(slot);
	/* Nothing that was made beside it before may replace it now. */
	if (res == TEE_SUCCESS)
		slot->anchoring->loaded = slot->state.version;
	return res;
}

bool anchoring_knows(
	const struct owner *owner, const struct tag *name, struct festore_anchor *ret_known)
{
	static const uint32_t kinds[] = {FESTORE_ANCHOR_RPMB, FESTORE_ANCHOR_REE};
	uint8_t identity[FESTORE_HASH] = {0};

	if (device_identity(owner, name, identity) != TEE_SUCCESS)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct festore_anchor anchor = {0};

		if (device_read(kinds[i], identity, &anchor) == TEE_SUCCESS &&
			anchor.phase == FESTORE_ANCHOR_LIVE) {
			*ret_known = anchor;
			return true;
		}
	}
	return false;
}

TEE_Result anchoring_make(
	const struct owner *owner, const struct tag *name, const struct festore_vault_state *state)
{
	struct festore_anchor anchor = anchor_of(state, FESTORE_ANCHOR_MADE);
	uint8_t identity[FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	if (kind_of(state) == FESTORE_ANCHOR_NONE)
		return TEE_SUCCESS;
	if (anchoring_left(owner, state) == 0)
		return FESTORE_TA_SPARED;
	res = device_identity(owner, name, identity);
	return res == TEE_SUCCESS ? write_for(owner, state, identity, &anchor) : res;
}

TEE_Result anchoring_destroy(struct slot *slot)
{
	const TEE_Result res =
		slot->anchoring ? write(slot, &slot->state, FESTORE_ANCHOR_DESTROYED) : TEE_SUCCESS;

	if (res != TEE_SUCCESS)
		return res;
	TEE_Free(slot->anchoring);
	slot->anchoring = NULL;
	return TEE_SUCCESS;
}

TEE_Result anchoring_end(
	uint32_t kind, const struct owner *owner, const struct tag *name, const uint8_t vault[16])
{
	const struct festore_vault_state state = {.anchor = (uint16_t)kind};
	uint8_t identity[FESTORE_HASH] = {0};
	struct festore_anchor anchor = {0};
	TEE_Result res = device_identity(owner, name, identity);

	if (res == TEE_SUCCESS)
		res = device_read(kind, identity, &anchor);
	/* Nothing there that would keep anybody from anything. */
	if (res == TEE_ERROR_ITEM_NOT_FOUND || res == TEE_ERROR_CORRUPT_OBJECT)
		return TEE_SUCCESS;
	if (res != TEE_SUCCESS || anchor.phase == FESTORE_ANCHOR_DESTROYED)
		return res;
	if (memcmp(anchor.vault, vault, sizeof(anchor.vault)) != 0)
		return anchor.phase == FESTORE_ANCHOR_LIVE ? (TEE_Result)FESTORE_TA_OTHER
							   : TEE_SUCCESS;
	anchor.phase = FESTORE_ANCHOR_DESTROYED;
	return write_for(owner, &state, identity, &anchor);
}
