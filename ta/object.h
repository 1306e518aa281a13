/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GP persistent objects, and the only file that calls TEE_*PersistentObject*. It knows ids and
 * bytes, neither owners nor files.
 *
 * What OP-TEE does by itself: an object that it finds damaged when it opens it is deleted
 * (GP TEE Internal Core API 5.7.1), and errors outside a short list panic the TA.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdbool.h>
#include <tee_internal_api.h>

/* version byte, owner (16), SHA-256 of the tag (32) */
#define OBJECT_ID_LEN 49u

struct object_id {
	uint8_t bytes[OBJECT_ID_LEN];
};

struct object_list;

/*
 * Writes an object whole, in one TEE_CreatePersistentObject with initial data: after a power cut
 * there is the old object or the new one. `data` must be private memory.
 * TEE_ERROR_ACCESS_CONFLICT: it exists and `may_replace` is false.
 */
TEE_Result object_write(uint32_t storage, const struct object_id *id, const void *data, size_t len,
	bool may_replace);

/*
 * Reads the first `limit` bytes of an object, or all if there are fewer, into private memory.
 * Writes the number of bytes read and the object's size.
 */
TEE_Result object_read(uint32_t storage, const struct object_id *id, void *to, size_t limit,
	size_t *ret_len, size_t *ret_size);

TEE_Result object_remove(uint32_t storage, const struct object_id *id);

/*
 * Walks the ids of all objects of this TA, in the storage's own order, also across calls: an
 * object that stays is met once; one written or removed meanwhile may or may not be.
 * With nothing there, begin answers TEE_ERROR_ITEM_NOT_FOUND; so does next after the last.
 * TEE_ERROR_CORRUPT_OBJECT from next: one object was damaged (OP-TEE does not say which); go on.
 */
TEE_Result object_list_begin(uint32_t storage, struct object_list **ret_list);
TEE_Result object_list_next(struct object_list *list, struct object_id *ret_id);

/* Frees the list and sets the pointer to NULL; does nothing for NULL. */
void object_list_end(struct object_list **list);

#endif
