/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a wrong PIN costs (docs/SPEC.md, PIN). A try is counted in the device's storage before the
 * PIN is looked at, so that no power cut, crash or restart of a TA gives it back.
 */
#ifndef LOCK_H
#define LOCK_H

#include "identity.h"
#include "tag.h"

#include <festore_anchor.h>

/* What is known of one vault's PIN; kept until the TA ends. */
struct lock;

/*
 * The storage where a vault that is made with this anchor counts: the RPMB for one that is
 * anchored there or, if there is a choice, where there is one; else OP-TEE's own.
 */
uint32_t lock_storage(const struct owner *owner, const struct tag *name, uint32_t anchor);

/* A vault is made: nothing is counted yet. FESTORE_TA_NO_ANCHOR, FESTORE_TA_SPARED. */
TEE_Result lock_make(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header);

/*
 * Counts a try of a PIN of the vault of this header, which nothing has proven yet.
 * FESTORE_TA_PIN_WAIT, FESTORE_TA_PIN_LOCKED, FESTORE_TA_STALE (a header from before the PIN was
 * changed), FESTORE_TA_DESTROYED, FESTORE_TA_NO_ANCHOR, FESTORE_TA_SPARED, FESTORE_TA_FULL.
 */
TEE_Result lock_try(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, struct lock **ret_lock);

/*
 * The PIN was right: nothing counts any more. `sequence`: if not 0, headers before this one are
 * refused from now on. A failure to store that is none: the device then knows of more failures than
 * there were.
 */
void lock_opened(struct lock *lock, uint64_t sequence);

/*
 * A wrong PIN of a vault that this TA has not opened yet, so that its log cannot be told; and how
 * many of these there were since this was asked.
 */
void lock_missed(struct lock *lock);
uint32_t lock_take_missed(struct lock *lock);

/* The same as lock_try() would say, and changes nothing. */
TEE_Result lock_look(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, struct festore_vault_lock *ret_lock);

/* The vault is gone: its header is refused. FESTORE_TA_NO_ANCHOR: in this life of the TA alone. */
TEE_Result lock_end(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header);

#endif
