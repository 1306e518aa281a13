/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots: what the TA remembers of each vault while it lives, and the rules by which one state
 * follows another (docs/SPEC.md, Commit). Kept until the TA ends, never evicted: a forgotten slot
 * would let an old state pass for the present one.
 */
#ifndef SLOT_H
#define SLOT_H

#include "anchoring.h"
#include "identity.h"
#include "lock.h"
#include "seal.h"
#include "tag.h"

#define SLOTS_MAX 64u
#define SLOTS_PER_OWNER 4u

enum slot_kind {
	SLOT_EMPTY,     /* nothing is known of it */
	SLOT_KNOWN,     /* the device has an anchor, and what was opened does not go with it */
	SLOT_MADE,      /* VAULT_CREATE was here; nobody has opened a vault yet */
	SLOT_LIVE,      /* has a state */
	SLOT_DESTROYED, /* had one, and no other was made since */
};

struct slot {
	struct slot *next;
	enum slot_kind kind;
	struct owner owner;
	uint8_t name_len;
	bool is_untouched; /* no proposal was made since it was loaded */
	/* A struct tag would be four times that, in 64 slots. */
	uint8_t name[FESTORE_VAULT_NAME_MAX];
	uint8_t vault[16]; /* that lives here; else the one that was destroyed, or zero */
	struct seal_keys keys;
	struct festore_vault_state
		state;               /* the current one; of SLOT_KNOWN epoch and version alone */
	struct anchoring *anchoring; /* or NULL; apart, as 64 slots must fit into the heap */
	uint64_t last_version;       /* the last that was given to a change or seen */
};

/* The slot of an owner's vault of this name, or NULL. */
struct slot *slot_find(const struct owner *owner, const struct tag *name);

/*
 * VAULT_CREATE: from now on a vault may be opened here, whichever is, but the one that was
 * destroyed (two may have been made, and the database decides which is kept). FESTORE_TA_OTHER: one
 * lives there, or the device knows one; FESTORE_TA_FULL: no slot left, of all or of this owner.
 */
TEE_Result slot_make(const struct owner *owner, const struct tag *name);

/*
 * VAULT_RESET: the vault of this header, which has a PIN, is gone for good, whatever it was; its
 * keys are wiped. FESTORE_TA_OTHER: the device knows another one of this name; FESTORE_TA_FULL,
 * FESTORE_TA_NO_ANCHOR.
 */
TEE_Result slot_reset(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header);

/* A vault as its header says, about to be opened. */
struct opening {
	uint8_t vault[16];
	struct seal_keys keys;
	uint8_t header_hash[FESTORE_HASH];
	struct lock *lock; /* of one with a PIN, which was tried; else NULL */
};

/*
 * VAULT_OPEN: the slot of the vault, with this state presented; made if there is none.
 * FESTORE_TA_OTHER, FESTORE_TA_DESTROYED, FESTORE_TA_FULL, and as slot_present(), or if there was
 * no state yet as anchoring_load().
 */
TEE_Result slot_open(const struct owner *owner, const struct tag *name,
	const struct opening *opening, const struct festore_vault_state *state,
	struct slot **ret_slot);

/*
 * VAULT_OPEN of a state that need not be the present one: the slot has the vault's keys, and is
 * otherwise as it was. FESTORE_TA_STALE: by another header than the one that counts now;
 * FESTORE_TA_OTHER, FESTORE_TA_DESTROYED, FESTORE_TA_FULL, FESTORE_TA_NO_ANCHOR.
 */
TEE_Result slot_open_unproven(const struct owner *owner, const struct tag *name,
	const struct opening *opening, const struct festore_vault_state *state,
	struct slot **ret_slot);

/*
 * Makes the first state of a new epoch, which would follow `taken`, with its note; `before` is the
 * note that `taken` names, or NULL if that is lost. `log` is the vault's, or NULL. Changes nothing.
 */
struct log;
TEE_Result slot_propose_recovery(struct slot *slot, const struct festore_vault_state *taken,
	const struct festore_vault_note *before, struct log *log,
	struct festore_vault_state *ret_state, struct festore_vault_note *ret_note);

/*
 * What slot_propose_recovery() made is anchored and becomes the current state. FESTORE_TA_STALE:
 * another epoch has begun meanwhile.
 */
TEE_Result slot_recover(struct slot *slot, const struct festore_vault_state *state);

/*
 * Presents a state. TEE_SUCCESS: it is now the current one. FESTORE_TA_STALE: it is neither that
 * nor follows it. TEE_ERROR_CORRUPT_OBJECT: it is no state of this vault. FESTORE_TA_NO_ANCHOR: it
 * has to be anchored first, and cannot be.
 */
TEE_Result slot_present(struct slot *slot, const struct festore_vault_state *state);

/* A version that no other change gets in this life of the TA. */
uint64_t slot_next_version(struct slot *slot);

/*
 * Fills in what makes `state`, which has its nonce, a successor of `predecessor` (a mac) under the
 * header of this hash (NULL: the one that there is), and signs it. From now on the slot's state is
 * no accident of who came first. As anchoring_settle().
 */
TEE_Result slot_propose(struct slot *slot, const uint8_t predecessor[FESTORE_HASH],
	const uint8_t *header, struct festore_vault_state *state);

/*
 * The current state moves on to one that follows it; every session of the slot is told. As
 * anchoring_move(), without `must`; then nothing has changed.
 */
TEE_Result slot_advance(struct slot *slot, const struct festore_vault_state *state);

/* The vault is gone for good; its keys are wiped. FESTORE_TA_NO_ANCHOR: it is not. */
TEE_Result slot_destroy(struct slot *slot);

/* To be told by opened.c: a session's proposal was taken, or can never be. */
void slot_has_advanced(const struct slot *slot);

#endif
