/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers and states of vaults: made, signed, checked. No slots. */
#ifndef STATE_H
#define STATE_H

#include "identity.h"
#include "seal.h"
#include "tag.h"

/*
 * Signs a state of the vault: fills in magic, format and vault; all else is the caller's, a fresh
 * nonce and the anchor's kind among it.
 */
TEE_Result state_sign(
	const struct seal_keys *keys, const uint8_t vault[16], struct festore_vault_state *state);

/* TEE_ERROR_CORRUPT_OBJECT: this TA made no such state of this vault under this header. */
TEE_Result state_check(const struct seal_keys *keys, const uint8_t vault[16],
	const uint8_t header_hash[FESTORE_HASH], const struct festore_vault_state *state);

/* Is this a vault's name: 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit? */
bool vault_name_is_valid(const struct tag *name);

/*
 * A new header with a random vault id and master key, for this owner's vault of this name.
 * TEE_ERROR_NOT_SUPPORTED: the TEE, or this TA, has no such AEAD.
 */
TEE_Result header_make(const struct owner *owner, const struct tag *name, uint32_t aead,
	struct festore_vault_header *ret_header, uint8_t ret_master[FESTORE_HASH]);

/*
 * Unwraps the master key. TEE_ERROR_CORRUPT_OBJECT: not made for this owner's vault of this name,
 * on this device, by this TA; or changed.
 */
TEE_Result header_open(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, uint8_t ret_master[FESTORE_HASH]);

#endif
