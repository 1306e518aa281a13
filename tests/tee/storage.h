/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Persistent objects inside the fake: the files that hold them (store.c), the failures planned for
 * them (storage.c), and what the GP calls over them share (object.c, enumerator.c). No test
 * includes this.
 */
#ifndef FAKE_TEE_STORAGE_H
#define FAKE_TEE_STORAGE_H

#include "inside.h"

/* Names one object. Each TA has its own. */
struct object_name {
	TEE_UUID ta;
	uint32_t storage;
	uint8_t id[TEE_OBJECT_ID_MAX_LEN];
	size_t id_len;
};

/* An object's bytes as read from its file; free(data) when done. */
struct contents {
	uint8_t *data;
	size_t len;
	bool tail_damaged; /* beyond the first block: seen only by who reads there */
};

/* The first block of an object: OP-TEE reads it whenever it opens an object, the rest when it is
 * asked for. */
#define STORE_BLOCK 4096u
#define STORE_HEADER 24u

void fake_storage_set_dir(const char *dir);
void fake_storage_plan_reset(void);

/* Is there RPMB, is there this storage? Without, OP-TEE answers TEE_ERROR_ITEM_NOT_FOUND. */
bool fake_has_rpmb(void);
bool fake_has_storage(uint32_t storage);

/*
 * Begins a GP call that reaches storage: counts it. TEE_SUCCESS, or the error planned for it, which
 * the call must answer without doing anything. @kind tells whether the call may write.
 */
TEE_Result storage_begin(const char *name, enum fake_storage_call kind);

/* Ends such a call as libutee does: an error that is not among the @allowed (ended by TEE_SUCCESS)
 * panics. */
TEE_Result storage_end(TEE_Result res, const TEE_Result *allowed);

/*
 * One change of persistent state: counts it and makes it, unless the power goes before; then, or
 * right after it, does not return.
 */
TEE_Result storage_write(TEE_Result (*change)(void *arg), void *arg);

/* All: ITEM_NOT_FOUND when there is no such object, CORRUPT_OBJECT when its file is not what was
 * written. Changes are atomic. */
TEE_Result store_read(const struct object_name *name, struct contents *ret_contents);
TEE_Result store_exists(const struct object_name *name);
/* Creates or replaces, keeping its place in the order of enumeration; NO_SPACE when the host has
 * none. */
TEE_Result store_put(const struct object_name *name, const uint8_t *data, size_t len);
TEE_Result store_remove(const struct object_name *name);
TEE_Result store_rename(const struct object_name *from, const struct object_name *to);
/*
 * The first object of @place->ta and @place->storage whose place in the order is @slot or later:
 * fills in its id and its place. A new object takes the first free place, as in OP-TEE's dirf.db,
 * so it may come before or after an enumerator.
 */
TEE_Result store_next(struct object_name *place, uint32_t *slot);

/* The object handle that is open for this name in any way, for the sharing rules. */
bool object_is_open(const struct object_name *name, uint32_t *ret_flags);

#endif
