/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anchors as the device keeps them: the only file that speaks to the *objects* TA. That TA waits
 * for tee-supplicant and may be panicked by it; here this is an error, and no state is lost.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "identity.h"
#include "tag.h"

#include <festore_anchor.h>

/* What the anchor of an owner's vault of this name is found by. */
TEE_Result device_identity(
	const struct owner *owner, const struct tag *name, uint8_t ret_identity[FESTORE_HASH]);

/* And its lock (lock.h), which is kept as an anchor is. */
TEE_Result device_lock_identity(
	const struct owner *owner, const struct tag *name, uint8_t ret_identity[FESTORE_HASH]);

/*
 * Reads an anchor of this kind. TEE_ERROR_ITEM_NOT_FOUND: there is none; TEE_ERROR_CORRUPT_OBJECT:
 * it is not whole; FESTORE_TA_NO_ANCHOR: it cannot be reached.
 */
TEE_Result device_read(
	uint32_t kind, const uint8_t identity[FESTORE_HASH], struct festore_anchor *ret_anchor);

/*
 * Writes it; counts and time are filled in. FESTORE_TA_NO_ANCHOR: whether it was written is not
 * known.
 */
TEE_Result device_write(
	uint32_t kind, const uint8_t identity[FESTORE_HASH], struct festore_anchor *anchor);

#endif
