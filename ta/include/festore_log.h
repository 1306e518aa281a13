/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The audit log of a vault (docs/SPEC.md, Log): entries, how they lie in the database, and what the
 * device signs. Everything is little-endian; reserved fields and unused bytes are zero.
 */
#ifndef FESTORE_LOG_H
#define FESTORE_LOG_H

#include "festore_vault.h"

#define FESTORE_LOG_MAGIC 0x4c747366u /* the bytes `fstL` */
#define FESTORE_LOG_FORMAT 1u

/* Bytes that name an entry, of its SHA-256. */
#define FESTORE_LOG_NAME 24u

/* What a state has as its `log_head`, if its vault has a log. All zero: no entry yet. */
struct festore_log_head {
	uint32_t number;                /* of the last entry, from 1 */
	uint16_t notes;                 /* recoveries until then */
	uint16_t unseen;                /* 1: nobody has said to have seen the last one */
	uint8_t name[FESTORE_LOG_NAME]; /* the beginning of the last entry's SHA-256 */
};

/* What an entry tells. */
enum festore_log_what {
	FESTORE_LOG_CHANGED = 1,   /* items follow: what happened to which tags */
	FESTORE_LOG_DROPPED = 2,   /* `count` damaged or missing entries of the vault were let go */
	FESTORE_LOG_RECOVERED = 3, /* the note follows: another epoch has begun */
	FESTORE_LOG_SEEN = 4,      /* the note follows, with the time at which it was seen */
	FESTORE_LOG_REFUSED = 5,   /* refusals follow: what was asked for in vain before this */
	FESTORE_LOG_CHECKPOINT = 6, /* a head follows: entries up to that one were let go */
	FESTORE_LOG_HEADER = 7,     /* the vault's header was changed */
};

/* An entry; its body follows, then zeros to FESTORE_META_STEP. */
struct festore_log_entry {
	uint32_t magic;
	uint16_t format;
	uint16_t what; /* enum festore_log_what */
	uint64_t number;
	uint64_t epoch;
	uint64_t version; /* of the commit that it is part of */
	int64_t at;     /* seconds since 1970 UTC by the normal world's clock: not to be trusted */
	uint32_t count; /* of items, refusals, entries */
	uint32_t len;   /* bytes of the body */
	struct festore_log_head before; /* what the state before had, or the entry before makes */
};

/* What happened to a tag. */
enum festore_log_act {
	FESTORE_LOG_PUT = 1,      /* there was none */
	FESTORE_LOG_REPLACED = 2, /* there was one */
	FESTORE_LOG_STORED = 3,   /* in a batch: whether there was one is not said */
	FESTORE_LOG_REMOVED = 4,
	FESTORE_LOG_MOVED_FROM = 5,
	FESTORE_LOG_MOVED_TO = 6,
	FESTORE_LOG_MADE = 7,     /* a key, by the TEE */
	FESTORE_LOG_IMPORTED = 8, /* a key */
	FESTORE_LOG_USED = 9,     /* a key that works so often and no more, once */
	FESTORE_LOG_TAKEN = 10,   /* what is read once, to be read */
	FESTORE_LOG_APPENDED = 11,
};

/* An item of FESTORE_LOG_CHANGED; its tag follows, and nothing between it and the next item. */
struct festore_log_item {
	uint8_t act;  /* enum festore_log_act */
	uint8_t kind; /* enum festore_wire_kind */
	uint16_t tag_len;
};

/* What was refused for one reason. */
struct festore_log_refusal {
	uint32_t reason; /* what the TA answered; 0: others */
	uint32_t count;
	int64_t first; /* by the normal world's clock */
	int64_t last;
};

/* Reasons that the TA keeps apart; the last is for all others. */
#define FESTORE_LOG_REASONS 16u

/* Bytes of the longest entry: sealed, it fits into a page of the database. */
#define FESTORE_LOG_ENTRY_MAX 896u
#define FESTORE_LOG_BODY_MAX (FESTORE_LOG_ENTRY_MAX - sizeof(struct festore_log_entry))

/* An entry of `len` bytes of body. */
#define FESTORE_LOG_ENTRY_LEN(len) \
	((sizeof(struct festore_log_entry) + (len) + FESTORE_META_STEP - 1) / FESTORE_META_STEP * \
		FESTORE_META_STEP)

/* A sealed entry, as it is stored; its ciphertext follows. */
struct festore_log_sealed {
	uint32_t number;
	uint32_t len; /* of the ciphertext, which is the entry's */
	uint8_t salt[16];
	uint8_t seal[FESTORE_SEAL];
};

#define FESTORE_LOG_SEALED_MAX (sizeof(struct festore_log_sealed) + FESTORE_LOG_ENTRY_MAX)

/* LOG_READ. Parameter 3 has the entries, in the order in which they came, zeros for damaged ones.
 */
struct festore_log_read {
	uint32_t count;
	uint32_t damaged; /* of these: that do not open */
};

/* What the device signs of a present state, with Ed25519: all bytes before the signature. */
struct festore_log_signed {
	uint8_t label[16]; /* FESTORE_LOG_LABEL */
	uint8_t vault[16];
	uint64_t epoch;
	uint64_t version;
	int64_t at; /* by the normal world's clock */
	struct festore_log_head head;
	uint8_t key[32]; /* the public one */
	uint8_t signature[64];
};

#define FESTORE_LOG_LABEL "festore log 1"
#define FESTORE_LOG_SIGNED_LEN offsetof(struct festore_log_signed, signature)

static_assert(sizeof(struct festore_log_head) == FESTORE_HASH, "stored");
static_assert(sizeof(struct festore_log_entry) == 80, "stored");
static_assert(sizeof(struct festore_log_item) == 4, "stored");
static_assert(sizeof(struct festore_log_refusal) == 24, "stored");
static_assert(sizeof(struct festore_log_sealed) == 40, "stored");
static_assert(sizeof(struct festore_log_signed) == 184, "stored");
static_assert(sizeof(struct festore_vault_note) <= FESTORE_LOG_BODY_MAX, "an entry has a note");
static_assert(FESTORE_LOG_REASONS * sizeof(struct festore_log_refusal) <= FESTORE_LOG_BODY_MAX,
	"an entry has all reasons");

#endif
