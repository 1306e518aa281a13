/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contents: chunks under a key of their own, in the STREAM construction (counter and last-flag in
 * the nonce). A stream only moves forward, so under one key one sequence of chunks is ever made.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include "aead.h"

#include <stdbool.h>

struct stream {
	uint32_t aead;    /* enum festore_aead */
	uint32_t kind;    /* enum festore_wire_kind: of what it is the content */
	uint8_t key_type; /* of a key that was made, what its record will say */
	uint8_t key_use;
	bool is_imported; /* the key */
	bool is_writing;
	bool is_complete; /* its last chunk was written */
	bool is_reading;
	bool is_granted; /* when the session's proposal is accepted (opened.h) */
	uint8_t key[FESTORE_HASH];
	uint64_t done; /* bytes of content so far: whole chunks until the end */
	uint64_t size; /* of all of it, while it is read */
	/* Of a file to which something is appended: the content that it has, being read; or NULL.
	 */
	struct stream *old;
};

/* Bytes of a piece of content once sealed; a piece that is not the last has whole chunks. */
size_t content_sealed_len(size_t len);

/*
 * Seals `len` bytes of shared memory at `from` into content_sealed_len() bytes of shared memory at
 * `to`, chunk by chunk through private memory. `is_last`: nothing follows. Fails as seal_close().
 */
TEE_Result content_write(
	struct stream *stream, const uint8_t *from, size_t len, bool is_last, uint8_t *to);

/*
 * Opens the next `len` bytes of content from shared memory at `from` to shared memory at `to`. What
 * a chunk holds comes out only after the chunk was verified; on TEE_ERROR_CORRUPT_OBJECT `to` is
 * zero.
 */
TEE_Result content_read(struct stream *stream, const uint8_t *from, size_t len, uint8_t *to);

/*
 * Seals what `stream->old` has next, `old_len` bytes of content from shared memory at `from`, and
 * behind it `more_len` bytes of shared memory at `more`, as content_write() seals. Whole chunks of
 * the old content, or all to its end. Fails as content_read() too; then `to` is zero as far as it
 * was written.
 */
TEE_Result content_extend(struct stream *stream, const uint8_t *from, size_t old_len,
	const uint8_t *more, size_t more_len, bool is_last, uint8_t *to);

/* Ends and wipes it. */
void stream_end(struct stream *stream);

#endif
