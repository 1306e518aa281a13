/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire between libfestore and the *vault* Trusted Application, and the sealed structs that the
 * normal world keeps for it: the only copy, used by both sides. docs/SPEC.md says the same in
 * words. Everything is little-endian and naturally aligned; reserved fields and unused bytes are
 * zero, and both sides refuse what they do not know.
 */
#ifndef FESTORE_VAULT_H
#define FESTORE_VAULT_H

#include "festore_ta.h"

/* b4d298d3-c925-42ec-96d9-4437534aa455 */
#define FESTORE_VAULT_UUID \
	{ \
		0xb4d298d3, 0xc925, 0x42ec, \
		{ \
			0x96, 0xd9, 0x44, 0x37, 0x53, 0x4a, 0xa4, 0x55 \
		} \
	}

/* Bytes of a vault's name: letters, digits, `.`, `_`, `-`; the first is a letter or a digit. */
#define FESTORE_VAULT_NAME_MAX 64u

/* Bytes of a hash, a locator, a key, a MAC. */
#define FESTORE_HASH 32u

/* Bytes of content in one AEAD chunk. */
#define FESTORE_CHUNK 4096u

/* Bytes of the largest content: what a file's offset can be. */
#define FESTORE_VAULT_FILE_MAX ((uint64_t)INT64_MAX)

/* Bytes that a seal adds to each chunk, and the step in which contents and metadata are padded. */
#define FESTORE_SEAL 16u
#define FESTORE_CONTENT_STEP 64u
#define FESTORE_META_STEP 32u

/* Steps of the longest path: one a bit of a locator. */
#define FESTORE_PATH_MAX 256u

/*
 * Parameters of every command: 0 the request, 1 the reply, 2 what goes in (the parts that the
 * request counts, one after another), 3 what comes out (as the reply counts it).
 *
 *                  0         1          2          3
 * INFO             input     output     -          -
 * FILE_PUT         input     output     input      output
 * FILE_GET         input     output     input      output
 * FILE_STAT        input     output     input      -
 * FILE_LIST        input     output     input      output
 * FILE_REMOVE      input     output     input      output
 * FILE_MOVE        input     output     input      output
 * ABORT            input     -          -          -
 * VAULT_CREATE     input     output     -          output
 * VAULT_OPEN       input     output     input      -
 * VAULT_CONFIRM    input     output     input      -
 * VAULT_VERSION    input     output     -          -
 * VAULT_DESTROY    input     -          input      -
 * VAULT_PROPOSE    input     output     -          output
 *
 * The commands below 16 have the numbers and meanings of festore_ta.h.
 */
enum festore_vault_command {
	FESTORE_CMD_VAULT_CREATE = 16,
	FESTORE_CMD_VAULT_OPEN = 17,
	FESTORE_CMD_VAULT_CONFIRM = 18,
	FESTORE_CMD_VAULT_VERSION = 19,
	FESTORE_CMD_VAULT_DESTROY = 20,
	FESTORE_CMD_VAULT_PROPOSE = 21, /* ends a batch with its proposal, without another change */
};

/* Flags besides those of festore_ta.h. */
enum festore_vault_flag {
	FESTORE_WIRE_BATCH = 1u << 3, /* PUT, REMOVE, MOVE: more of the same commit follows */
	FESTORE_WIRE_KEEP = 1u << 4,  /* REMOVE: the metadata stays in the session, for MOVE */
	FESTORE_WIRE_LAST = 1u << 5,  /* PUT with MORE: the content ends with this piece */
};

/* What a tag names; each kind is a name space of its own. */
enum festore_wire_kind {
	FESTORE_WIRE_FILE = 1,
};

/* The parts of parameter 2, in this order. */
enum festore_wire_part {
	FESTORE_PART_STATE = 0,   /* a struct festore_vault_state */
	FESTORE_PART_PATH = 1,    /* a struct festore_vault_path and its steps */
	FESTORE_PART_RECORD = 2,  /* a sealed record; FILE_LIST: entries; VAULT_OPEN: the header */
	FESTORE_PART_CONTENT = 3, /* content, in the clear (PUT) or sealed (GET) */
	FESTORE_PARTS = 4,
};

/*
 * What the vault TA answers besides the codes of festore_ta.h (GP TEE Client API 4.4.2: the range
 * of 0x8 is the implementation's).
 */
#define FESTORE_TA_STALE 0x80000001u     /* the state is neither current nor what follows it */
#define FESTORE_TA_OTHER 0x80000002u     /* another vault is known under this name */
#define FESTORE_TA_FULL 0x80000003u      /* no slot for one more vault */
#define FESTORE_TA_DESTROYED 0x80000004u /* this vault was destroyed */

struct festore_vault_request {
	/* storage: FESTORE_WIRE_VAULT but for INFO and ABORT; tag: for VAULT_* the vault's name */
	struct festore_wire_request base;
	uint32_t kind; /* enum festore_wire_kind; 0 where no file or key is meant */
	uint32_t reserved_too;
	uint32_t parts[FESTORE_PARTS]; /* bytes of each part */
	uint64_t offset; /* FILE_GET with CONTINUE: where in the content, a multiple of a chunk */
};

/* FILE_PUT, FILE_REMOVE, FILE_MOVE, VAULT_PROPOSE: what lies in parameter 3, in this order. */
struct festore_vault_change {
	uint64_t version;     /* of the proposal; of the batch under way if there is none yet */
	uint32_t hashes_len;  /* new hashes of the path's nodes, root first, 32 bytes each */
	uint32_t record_len;  /* the sealed record to store; 0 for REMOVE */
	uint32_t content_len; /* sealed content */
	uint32_t state_len;   /* the proposal, a struct festore_vault_state; 0 with BATCH */
};

/* FILE_GET, FILE_STAT. Parameter 3 has content. */
struct festore_vault_file {
	uint64_t size;
	int64_t modified;
	uint64_t version; /* the commit that wrote it */
};

/* VAULT_CREATE: parameter 3 has the header, then the first state. */
struct festore_vault_created {
	uint8_t vault[16];
};

struct festore_vault_opened {
	uint8_t vault[16];
	uint64_t epoch;
	uint64_t version;
	uint64_t count;                    /* entries */
	uint8_t locator_key[FESTORE_HASH]; /* finds entries; opens nothing */
};

/* VAULT_CONFIRM, VAULT_VERSION: the state that the TA holds (ITEM_NOT_FOUND: none;
 * FESTORE_TA_DESTROYED). */
struct festore_vault_version {
	uint64_t epoch;
	uint64_t version;
};

/* --- what the normal world keeps ------------------------------------------------------------- */

#define FESTORE_HEADER_MAGIC 0x48747366u /* the bytes `fstH` */
#define FESTORE_STATE_MAGIC 0x53747366u  /* the bytes `fstS` */
#define FESTORE_VAULT_FORMAT 1u

enum festore_aead {
	FESTORE_AEAD_CHACHA20_POLY1305 = 1, /* RFC 8439 */
};

enum festore_anchor {
	FESTORE_ANCHOR_NONE = 0,
};

/* The master key of a vault, sealed for its owner on this device. Kept twice. */
struct festore_vault_header {
	uint32_t magic;
	uint16_t format;
	uint16_t aead; /* enum festore_aead: of records and contents */
	uint8_t vault[16];
	uint64_t sequence; /* of this vault's headers, from 1 */
	uint32_t pin_policy;
	uint32_t pin_reserved;
	uint8_t pin_salt[16];
	uint8_t salt[16];
	uint8_t wrapped[FESTORE_HASH];
	uint8_t seal[FESTORE_SEAL];
};

/* One state of a vault, authenticated by `mac`, which also is what names it. */
struct festore_vault_state {
	uint32_t magic;
	uint16_t format;
	uint16_t anchor; /* enum festore_anchor */
	uint8_t vault[16];
	uint64_t epoch;
	uint64_t version;
	uint64_t anchored; /* the version that the anchor had when this was made */
	uint64_t count;    /* leaves of the tree */
	uint8_t nonce[16]; /* so that no two states are the same */
	uint8_t root[FESTORE_HASH];
	uint8_t predecessor[FESTORE_HASH]; /* mac of the state that this follows */
	uint8_t header[FESTORE_HASH];      /* SHA-256 of the header */
	uint8_t log_head[FESTORE_HASH];    /* reserved: zero */
	uint8_t mac[FESTORE_HASH];
};

/* What a leaf of the tree is: an entry's locator, and what binds its record. */
struct festore_vault_leaf {
	uint8_t locator[FESTORE_HASH];
	uint8_t salt[16];
	uint8_t seal[FESTORE_SEAL];
};

/* The way from the root to a leaf; `count` steps follow, root first. */
struct festore_vault_path {
	uint32_t count;
	uint32_t is_empty; /* 1: the tree is empty; there is no leaf, and no step */
	struct festore_vault_leaf leaf;
};

struct festore_vault_step {
	uint32_t bit; /* of locators, 0 the most significant of the first byte; increasing */
	uint8_t sibling[FESTORE_HASH]; /* hash of the side that the leaf is not on */
};

/* A sealed record; its ciphertext follows. */
struct festore_vault_record {
	uint64_t version; /* of the commit that wrote it */
	uint8_t salt[16];
	uint8_t seal[FESTORE_SEAL];
};

/* What the ciphertext of a record holds; the tag follows, then zeros to FESTORE_META_STEP. */
struct festore_vault_meta {
	uint16_t format;
	uint16_t kind;
	uint16_t tag_len;
	uint16_t chunk_log2;
	uint64_t size;    /* bytes of content */
	int64_t modified; /* by the client's clock */
	uint64_t policy;  /* reserved: 0 */
	uint8_t content_key[FESTORE_HASH];
};

/* An entry of FILE_LIST's input; its record follows, then zeros to the next multiple of 8. */
struct festore_vault_listed {
	uint8_t locator[FESTORE_HASH];
	uint32_t record_len;
	uint32_t reserved;
};

/* Bytes of the record of a tag of `len` bytes, and of the longest. */
#define FESTORE_RECORD_LEN(len) \
	(sizeof(struct festore_vault_record) + \
		((sizeof(struct festore_vault_meta) + (len) + FESTORE_META_STEP - 1) / \
			FESTORE_META_STEP * FESTORE_META_STEP))
#define FESTORE_RECORD_MAX FESTORE_RECORD_LEN(FESTORE_TAG_MAX)

/* Bytes of a content of `len` bytes once sealed: chunks with a seal each, the last one padded. */
#define FESTORE_SEALED_LEN(len) \
	((uint64_t)(len) / FESTORE_CHUNK * (FESTORE_CHUNK + FESTORE_SEAL) + \
		((uint64_t)(len) % FESTORE_CHUNK != 0 || (len) == 0 \
				? ((uint64_t)(len) % FESTORE_CHUNK + FESTORE_CONTENT_STEP - 1) / \
						FESTORE_CONTENT_STEP * FESTORE_CONTENT_STEP + \
					FESTORE_SEAL \
				: 0))
#define FESTORE_SEALED_WINDOW \
	((size_t)FESTORE_WINDOW / FESTORE_CHUNK * (FESTORE_CHUNK + FESTORE_SEAL))

#define FESTORE_PATH_LEN(steps) \
	(sizeof(struct festore_vault_path) + (steps) * sizeof(struct festore_vault_step))

#define FESTORE_LISTED_ROOM(record_len) \
	((sizeof(struct festore_vault_listed) + (record_len) + 7u) & ~(size_t)7u)

static_assert(sizeof(struct festore_vault_request) == 320, "wire");
static_assert(sizeof(struct festore_vault_change) == 24, "wire");
static_assert(sizeof(struct festore_vault_file) == 24, "wire");
static_assert(sizeof(struct festore_vault_created) == 16, "wire");
static_assert(sizeof(struct festore_vault_opened) == 72, "wire");
static_assert(sizeof(struct festore_vault_version) == 16, "wire");
static_assert(sizeof(struct festore_vault_header) == 120, "stored");
static_assert(sizeof(struct festore_vault_state) == 232, "stored");
static_assert(sizeof(struct festore_vault_leaf) == 64, "wire");
static_assert(sizeof(struct festore_vault_path) == 72, "wire");
static_assert(sizeof(struct festore_vault_step) == 36, "wire");
static_assert(sizeof(struct festore_vault_record) == 40, "stored");
static_assert(sizeof(struct festore_vault_meta) == 64, "stored");
static_assert(sizeof(struct festore_vault_listed) == 40, "wire");

#endif
