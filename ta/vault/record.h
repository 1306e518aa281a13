/* SPDX-License-Identifier: BSD-2-Clause */
/* Records: the sealed metadata of entries. Bytes and keys; no tree, no states. */
#ifndef RECORD_H
#define RECORD_H

#include "seal.h"
#include "tag.h"

/* What was fixed for the tag when it was made; all zero: nothing. */
struct tag_policy {
	uint32_t flags; /* enum festore_wire_policy_flag */
	uint32_t uses;  /* that are left */
};

/* What a record holds. */
struct meta {
	uint32_t kind;    /* enum festore_wire_kind */
	uint8_t key_type; /* of a key: enum festore_wire_key_type; else 0 */
	uint8_t key_use;  /* of a key: enum festore_wire_use, or-ed; else 0 */
	struct tag tag;
	uint64_t size; /* bytes of content */
	int64_t modified;
	struct tag_policy policy;
	uint8_t content_key[FESTORE_HASH];
};

/* Where a record belongs: nothing else opens it. */
struct record_place {
	const struct seal_keys *keys;
	const uint8_t *vault;   /* 16 bytes */
	const uint8_t *locator; /* FESTORE_HASH bytes */
};

/* HMAC(locator key, kind | tag): what an entry is found by. */
TEE_Result record_locator(const struct seal_keys *keys, uint32_t kind, const struct tag *tag,
	uint8_t ret_locator[FESTORE_HASH]);

/* Bytes of the record of a tag of this length. */
size_t record_len(size_t tag_len);

/*
 * Seals metadata with a fresh salt, which has the mark as tag_policy_mark() gives it, into
 * record_len() bytes at `to`. Writes the leaf that binds it.
 */
TEE_Result record_seal(const struct record_place *place, const struct meta *meta, uint64_t version,
	const uint8_t salt[SEAL_SALT], uint8_t to[FESTORE_RECORD_MAX],
	struct festore_vault_leaf *ret_leaf);

/* The leaf that binds a record of at least sizeof(struct festore_vault_record) bytes. */
void record_leaf(const uint8_t locator[FESTORE_HASH], const uint8_t *record,
	struct festore_vault_leaf *ret_leaf);

/*
 * Opens a record of `len` private bytes, which it decrypts in place. TEE_ERROR_CORRUPT_OBJECT: it
 * is none, or not of this place.
 */
TEE_Result record_open(const struct record_place *place, uint8_t *record, size_t len,
	struct meta *ret_meta, uint64_t *ret_version);

/* Is it the record of this tag? Its place says so already; this is said by what was sealed. */
bool record_is_of(const struct meta *meta, uint32_t kind, const struct tag *tag);

#endif
