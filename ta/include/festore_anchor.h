/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anchors: what the device remembers of a vault where the vault's own database cannot reach. The
 * wire between the *vault* TA, which asks, and the *objects* TA, which keeps them, and the bytes
 * that it keeps. Nobody else may ask. docs/SPEC.md says the same in words.
 */
#ifndef FESTORE_ANCHOR_H
#define FESTORE_ANCHOR_H

#include "festore_vault.h"

/*
 * Parameters of both: 0 the request, a struct festore_wire_request that names no storage and no
 * tag; 1 the reply, a struct festore_anchor; 2 a struct festore_anchor_place (ANCHOR_READ) or a
 * struct festore_anchor_write.
 */
enum festore_anchor_command {
	FESTORE_CMD_ANCHOR_READ = 48,
	FESTORE_CMD_ANCHOR_WRITE = 49, /* the reply is what was written */
};

/* Which anchor is meant. */
struct festore_anchor_place {
	uint32_t kind; /* FESTORE_ANCHOR_REE or FESTORE_ANCHOR_RPMB: where it lies */
	uint32_t reserved;
	uint8_t identity[FESTORE_HASH]; /* of the vault's owner and name */
};

/* What an anchor says of the vault that it names. */
enum festore_anchor_phase {
	FESTORE_ANCHOR_MADE = 1, /* it was made, and nothing was committed to it that is anchored */
	FESTORE_ANCHOR_LIVE = 2,
	FESTORE_ANCHOR_DESTROYED = 3,
};

struct festore_anchor {
	uint8_t vault[16];
	uint64_t epoch;
	uint64_t version;
	uint8_t mac[FESTORE_HASH]; /* of the state of this version */
	uint32_t phase;            /* enum festore_anchor_phase */
	uint32_t reserved;
	uint64_t writes; /* of this anchor until now, this one too; the objects TA counts them */
	int64_t since;   /* `at` of the first of them; the objects TA keeps it */
	int64_t at;      /* of this one, seconds since 1970 UTC by the normal world's clock */
};

struct festore_anchor_write {
	struct festore_anchor_place place;
	struct festore_anchor anchor;
};

/* --- what is kept ---------------------------------------------------------------------------- */

#define FESTORE_ANCHOR_MAGIC 0x41747366u /* the bytes `fstA` */
#define FESTORE_ANCHOR_FORMAT 1u
#define FESTORE_ANCHOR_CHECK 24u

/* One of the two slots of an anchor's object. */
struct festore_anchor_slot {
	uint32_t magic;
	uint16_t format;
	uint16_t reserved;
	struct festore_anchor anchor;
	uint8_t check[FESTORE_ANCHOR_CHECK]; /* first bytes of SHA-256 of all before it */
};

/* Slots begin at multiples of an RPMB's block, so that no write of one touches the other. */
#define FESTORE_ANCHOR_STEP 256u
#define FESTORE_ANCHOR_SLOTS 2u
#define FESTORE_ANCHOR_LEN ((size_t)FESTORE_ANCHOR_SLOTS * FESTORE_ANCHOR_STEP)

static_assert(sizeof(struct festore_anchor_place) == 40, "wire");
static_assert(sizeof(struct festore_anchor) == 96, "wire, stored");
static_assert(sizeof(struct festore_anchor_write) == 136, "wire");
static_assert(sizeof(struct festore_anchor_slot) == 128, "stored");
static_assert(sizeof(struct festore_anchor_slot) <= FESTORE_ANCHOR_STEP, "stored");

#endif
