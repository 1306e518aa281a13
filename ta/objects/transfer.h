/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A content larger than one window on its way in or out: the body object that a session has open
 * between its calls. A session has one transfer at the most.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "stored.h"

/*
 * How many there may be at once. An open object of 1 MiB takes 24 KiB of OP-TEE's heap, which
 * Debian's build has 192 KiB of; running out of it panics a TA that writes.
 */
#define TRANSFERS_MAX 4u
#define TRANSFERS_PER_OWNER 2u

enum transfer_kind { TRANSFER_NONE = 0, TRANSFER_PUT, TRANSFER_GET };

struct transfer {
	enum transfer_kind kind;
	TEE_ObjectHandle object;
	struct object_id head;
	struct object_id body;
	uint8_t nonce[STORED_NONCE_LEN];
	uint32_t storage;
	uint32_t done; /* bytes so far */
	uint32_t size; /* bytes in all (TRANSFER_GET) */
};

/* Begins a put: a new body of the head `head`, that begins with `data` (private memory). */
TEE_Result transfer_begin_put(struct transfer *transfer, uint32_t storage,
	const struct object_id *head, const void *data, size_t len);

/* TEE_ERROR_EXCESS_DATA: more than FESTORE_REE_MAX in all. After a failure only transfer_abort. */
TEE_Result transfer_append(struct transfer *transfer, const void *data, size_t len);

/*
 * Ends a put: writes the head, which names the body, over what was there or (not may_replace) where
 * nothing was; then removes the body that the old head named. The one write of the head decides.
 * Tag and time are taken from `about`. On failure the body is removed.
 */
TEE_Result transfer_commit(struct transfer *transfer, struct stored *about, bool may_replace);

/* Begins a get of the body that `stored` names. */
TEE_Result transfer_begin_get(struct transfer *transfer, uint32_t storage,
	const struct object_id *head, const struct stored *stored);

/* Reads the next bytes, one window at the most, into private memory; ends after the last. */
TEE_Result transfer_read(struct transfer *transfer, void *to, size_t room, size_t *ret_len);

/* Ends it; an unfinished body is removed. Does nothing without one. */
void transfer_abort(struct transfer *transfer);

/* Ends it without a change of the storage: an unfinished body stays for the next list to remove. */
void transfer_leave(struct transfer *transfer);

/*
 * Removes a body unless somebody reads it: then it is left for the next list. Never fails for the
 * caller, whose own work is done.
 */
void transfer_remove_body(
	uint32_t storage, const struct object_id *head, const struct stored *stored);

#endif
