/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GP persistent objects, and the only file that calls TEE_*PersistentObject*. It knows ids and
 * bytes, neither owners nor files. All buffers are private memory. A storage is one of
 * enum festore_wire_storage.
 *
 * What OP-TEE does by itself: an object that it finds damaged is deleted and its handle closed
 * (GP TEE Internal Core API 5.7.1), and errors outside a short list panic the TA.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdbool.h>
#include <tee_internal_api.h>

struct object_id {
	uint8_t bytes[TEE_OBJECT_ID_MAX_LEN];
	size_t len;
};

/*
 * Limits of all objects in `rpmb` together. Where its table of objects meets their data OP-TEE
 * (4.10) loses the table's end, and with it all that anybody has there. So this TA does not let it
 * come to that, whatever is put and removed in which order, in the smallest partition (512 blocks):
 * a table of 67 blocks, and data that first fit may scatter over log2(18) times its blocks.
 */
#define OBJECT_RPMB_OBJECTS_MAX 64u
#define OBJECT_RPMB_BLOCKS_MAX 104u
#define OBJECT_RPMB_BLOCK 256u
#define OBJECT_RPMB_HEAD 24u /* of OP-TEE's own, before an object's data */

/* A list under way; all zero is none. */
struct object_list {
	TEE_ObjectEnumHandle handle;
};

/*
 * Writes an object whole; after a power cut there is the old object or the new one. In `ree` it is
 * one TEE_CreatePersistentObject with initial data. In `rpmb` OP-TEE does not replace so, but
 * writes to an object so: there an object is made empty, which counts as none, and then written, or
 * written over from its beginning. So it never gets smaller, and whoever reads it must know from
 * the bytes how many count. TEE_ERROR_ACCESS_CONFLICT: it exists and `may_replace` is false, or
 * somebody has it open. TEE_ERROR_STORAGE_NO_SPACE in `rpmb`: also beyond the limits above.
 */
TEE_Result object_write(uint32_t storage, const struct object_id *id, const void *data, size_t len,
	bool may_replace);

/*
 * Reads the first `limit` bytes of an object, or all if there are fewer. Writes the number of bytes
 * read and the object's size. In `rpmb` an empty object is TEE_ERROR_ITEM_NOT_FOUND.
 */
TEE_Result object_read(uint32_t storage, const struct object_id *id, void *to, size_t limit,
	size_t *ret_len, size_t *ret_size);

/* As object_read, and removes the object. */
TEE_Result object_take(uint32_t storage, const struct object_id *id, void *to, size_t limit,
	size_t *ret_len, size_t *ret_size);

/* Removes an object unread. TEE_ERROR_ACCESS_CONFLICT: somebody has it open. */
TEE_Result object_remove(uint32_t storage, const struct object_id *id);

/*
 * Makes a new object that begins with `data` and stays open for object_append(). It is to be ended
 * with object_close(), or with object_discard(), which removes it. On TEE_ERROR_CORRUPT_OBJECT from
 * append or read the object is gone and *object is TEE_HANDLE_NULL.
 */
TEE_Result object_begin(uint32_t storage, const struct object_id *id, const void *data, size_t len,
	TEE_ObjectHandle *ret_object);
TEE_Result object_append(TEE_ObjectHandle *object, const void *data, size_t len);

/* Opens an object for object_read_next(), to be ended with object_close(). Several may read. */
TEE_Result object_open(uint32_t storage, const struct object_id *id, TEE_ObjectHandle *ret_object,
	size_t *ret_size);

/* Reads exactly `len` bytes; fewer are TEE_ERROR_CORRUPT_OBJECT. */
TEE_Result object_read_next(TEE_ObjectHandle *object, void *to, size_t len);

/* Opens an object for object_read_at() and object_write_at(), alone. */
TEE_Result object_open_alone(uint32_t storage, const struct object_id *id,
	TEE_ObjectHandle *ret_object, size_t *ret_size);

/* Reads exactly `len` bytes from `at` on; as object_read_next(). */
TEE_Result object_read_at(TEE_ObjectHandle *object, size_t at, void *to, size_t len);

/*
 * Writes over `len` bytes that there are, in one TEE_WriteObjectData: OP-TEE makes that one commit.
 * TEE_ERROR_CORRUPT_OBJECT as object_append().
 */
TEE_Result object_write_at(TEE_ObjectHandle *object, size_t at, const void *data, size_t len);

/* Both set the handle to TEE_HANDLE_NULL and do nothing for that. */
void object_close(TEE_ObjectHandle *object);
void object_discard(TEE_ObjectHandle *object);

/*
 * Walks the ids of all objects of this TA, in the storage's own order, also across calls: an
 * object that stays is met once; one written or removed meanwhile may or may not be.
 * With nothing there, begin answers TEE_ERROR_ITEM_NOT_FOUND; so does next after the last.
 * TEE_ERROR_CORRUPT_OBJECT from next: one object was damaged (OP-TEE does not say which); go on.
 */
TEE_Result object_list_begin(uint32_t storage, struct object_list *ret_list);
TEE_Result object_list_next(struct object_list *list, struct object_id *ret_id);

bool object_list_is_open(const struct object_list *list);

/* Ends the list, if it is one; then it is none. */
void object_list_end(struct object_list *list);

#endif
