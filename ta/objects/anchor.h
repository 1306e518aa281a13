/* SPDX-License-Identifier: BSD-2-Clause */
/* Anchors of vaults, kept for the *vault* TA. Handlers of the ANCHOR_* commands. */
#ifndef ANCHOR_H
#define ANCHOR_H

#include "object.h"
#include "request.h"

/* What an anchor's object holds. */
struct anchor_found {
	struct festore_anchor anchor; /* the newer one */
	unsigned int slot;            /* where it lies */
};

/*
 * The anchor that a session has used last, its object held open: opening costs a search of OP-TEE's
 * whole directory. What is in it nobody else changes. All zero: none.
 */
struct anchor_open {
	TEE_ObjectHandle object;
	uint32_t storage;
	struct object_id id;
	bool is_read;
	struct anchor_found found; /* then */
};

/* Changes nothing in the storage; does nothing for none. */
void anchor_close(struct anchor_open *open);

/* TEE_ERROR_ITEM_NOT_FOUND: there is none; TEE_ERROR_CORRUPT_OBJECT: neither slot is whole. */
TEE_Result anchor_get(struct call *call);

/*
 * Writes it over the older slot of its object, in place; where there is no whole one, a new object.
 * After a power cut there is the old anchor or the new one.
 */
TEE_Result anchor_put(struct call *call);

#endif
