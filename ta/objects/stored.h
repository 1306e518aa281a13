/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a file lies in objects (docs/SPEC.md): a *head* with everything about it, and with its
 * content if that fits into one window; else the head names a *body*, an object of content only.
 * Ids and bytes; no calls to storage.
 */
#ifndef STORED_H
#define STORED_H

#include "identity.h"
#include "object.h"
#include "tag.h"

#define STORED_HEADER_LEN 24u
#define STORED_NONCE_LEN 15u

/* What describes a file: header, tag, and perhaps the body's nonce. */
#define STORED_HEAD_MAX (STORED_HEADER_LEN + FESTORE_TAG_MAX + STORED_NONCE_LEN)

/* The largest head with its content. `rpmb` takes less. */
#define STORED_MAX (STORED_HEAD_MAX + FESTORE_WINDOW)

struct stored {
	struct tag tag;
	uint32_t size; /* of the content */
	int64_t modified;
	bool has_body;
	uint8_t nonce[STORED_NONCE_LEN]; /* of the body's id, if it has one */
};

/* The id of the head of an owner's tag. */
TEE_Result stored_head_id(
	const struct owner *owner, const struct tag *tag, struct object_id *ret_id);

/* The id of the body that goes with a head. */
void stored_body_id(const struct object_id *head, const uint8_t nonce[STORED_NONCE_LEN],
	struct object_id *ret_id);

/* The id of the anchor of this identity (festore_anchor.h). */
void stored_anchor_id(const uint8_t identity[32], struct object_id *ret_id);

/* SHA-256, by GP. */
TEE_Result stored_hash(const void *data, size_t len, uint8_t ret_hash[32]);

/* From the body's id back to the head's, and the nonce; false if it is not a body's id. */
bool stored_head_of_body(const struct object_id *body, struct object_id *ret_head,
	uint8_t ret_nonce[STORED_NONCE_LEN]);

bool stored_is_head(const struct object_id *id);
bool stored_belongs_to(const struct object_id *id, const struct owner *owner);

/* Writes what describes the file to `to`; the number of bytes. Content follows there, or not. */
size_t stored_write_head(const struct stored *stored, uint8_t to[STORED_HEAD_MAX]);

/* Bytes of the largest content that a head of this storage has with it. */
size_t stored_whole_max(uint32_t storage);

/*
 * Reads what describes a file out of the first `len` bytes of an object of `size` bytes.
 * Writes where the content begins, if it is not in a body.
 * TEE_ERROR_CORRUPT_OBJECT: this is no head, or not of this length. In `rpmb` an object may be
 * longer than what counts of it (object_write()), and there are no bodies.
 */
TEE_Result stored_read_head(uint32_t storage, const uint8_t *bytes, size_t len, size_t size,
	struct stored *ret_stored, size_t *ret_at);

#endif
