/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a slot knows of its vault's anchor, and the rules by which one is believed and written
 * (docs/SPEC.md, Anchor). The slot of a vault of the kind FESTORE_ANCHOR_NONE has none, and all of
 * this does nothing for it.
 */
#ifndef ANCHORING_H
#define ANCHORING_H

#include "identity.h"
#include "tag.h"

#include <festore_anchor.h>
#include <stdbool.h>

struct slot;

struct anchoring {
	uint64_t base;   /* the version that the anchor has */
	uint64_t loaded; /* the one that it had when the slot was loaded, or was synced */
	uint64_t window; /* commits since the base */
	uint32_t oldest; /* when the first of them was, seconds by the TEE's clock */
	bool is_sure;    /* the base is right; else the anchor may be what was to be written last */
	bool is_made;    /* nothing was committed to the vault since it was made */
};

/* Is this what a state may say of its anchor? */
bool anchoring_is_kind(uint32_t anchor);

/*
 * May this state be taken as the present one by a TA that knows of the vault only this anchor?
 * FESTORE_TA_STALE: it is older than the anchor, or beside it; FESTORE_TA_UNPROVEN: the anchor is
 * older than what this state was made with; FESTORE_TA_OTHER, FESTORE_TA_DESTROYED.
 */
TEE_Result anchoring_judge(
	const struct festore_anchor *anchor, const struct festore_vault_state *state);

/*
 * The first state of a slot: asks the device, and has anchored the state if it answers TEE_SUCCESS.
 * *ret_anchoring is allocated then, or NULL for a vault without an anchor. *ret_known is what the
 * device knows, all zero if nothing. FESTORE_TA_UNPROVEN: the anchor is lost; FESTORE_TA_NO_ANCHOR;
 * else as anchoring_judge().
 */
TEE_Result anchoring_load(const struct owner *owner, const struct tag *name,
	const struct festore_vault_state *state, struct anchoring **ret_anchoring,
	struct festore_anchor *ret_known);

/*
 * What the device knows of a vault that is to be opened unproven. TEE_SUCCESS also if that is
 * nothing, as the anchor is lost. FESTORE_TA_OTHER, FESTORE_TA_DESTROYED, FESTORE_TA_NO_ANCHOR.
 */
TEE_Result anchoring_see(const struct owner *owner, const struct tag *name,
	const struct festore_vault_state *state, struct festore_anchor *ret_known);

/* Anchors the first state of a new epoch, whatever was anchored before. */
TEE_Result anchoring_recover(struct slot *slot, const struct festore_vault_state *state);

/* Writes of its anchor that the owner of such a vault has left now. */
uint32_t anchoring_left(const struct owner *owner, const struct festore_vault_state *state);

/* May a state replace the loaded one of a slot that nothing was done with yet? */
bool anchoring_is_loaded(const struct slot *slot, const struct festore_vault_state *state);

/*
 * The slot is about to move on to `state`: anchors it if that is due, or `must` be. Then
 * FESTORE_TA_NO_ANCHOR keeps it from moving.
 */
TEE_Result anchoring_move(struct slot *slot, const struct festore_vault_state *state, bool must);

/* Anchors what has waited too long; tries again later if that fails. */
void anchoring_tick(struct slot *slot);

/*
 * Before a proposal, which names the version that is anchored: makes sure of that.
 * FESTORE_TA_SPARED: it would have to be anchored, and the owner has no writes left.
 */
TEE_Result anchoring_settle(struct slot *slot);

/* Anchors the current state now. FESTORE_TA_SPARED, FESTORE_TA_NO_ANCHOR. */
TEE_Result anchoring_sync(struct slot *slot);

/* What the device says of a slot's vault: as device_read(). */
TEE_Result anchoring_look(const struct slot *slot, struct festore_anchor *ret_anchor);

/* Does the device know a living vault of this identity? *ret_known is what it knows. */
bool anchoring_knows(
	const struct owner *owner, const struct tag *name, struct festore_anchor *ret_known);

/* The anchor of a vault that is being made, with its first state. */
TEE_Result anchoring_make(
	const struct owner *owner, const struct tag *name, const struct festore_vault_state *state);

/* From now on the device refuses the vault. */
TEE_Result anchoring_destroy(struct slot *slot);

/*
 * The same of the vault of this id that nobody can open, if the device knows it by an anchor of
 * this kind. FESTORE_TA_OTHER: it knows another of this name; FESTORE_TA_NO_ANCHOR.
 */
TEE_Result anchoring_end(
	uint32_t kind, const struct owner *owner, const struct tag *name, const uint8_t vault[16]);

#endif
