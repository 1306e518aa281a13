/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers and states of vaults: made, signed, checked. No slots. */
#ifndef STATE_H
#define STATE_H

#include "identity.h"
#include "pin.h"
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

/* What a header is to be. */
struct header_wish {
	uint32_t aead;
	const struct pin *pin; /* or NULL */
	uint32_t pin_storage;  /* with a PIN */
};

/*
 * A new header with a random vault id and master key, for this owner's vault of this name.
 * TEE_ERROR_NOT_SUPPORTED: the TEE, or this TA, has no such AEAD.
 */
TEE_Result header_make(const struct owner *owner, const struct tag *name,
	const struct header_wish *wish, struct festore_vault_header *ret_header,
	uint8_t ret_master[FESTORE_HASH]);

/* The header that follows `header` in its place: of the same master key, under another PIN. */
TEE_Result header_make_next(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, const struct pin *pin,
	const uint8_t master[FESTORE_HASH], struct festore_vault_header *ret_header);

/* Does the header say that its vault has a PIN? It may lie, and does not open then. */
bool header_has_pin(const struct festore_vault_header *header);

/*
 * Unwraps the master key; `pin` is NULL for a vault without one. TEE_ERROR_CORRUPT_OBJECT: not made
 * for this owner's vault of this name, on this device, by this TA; or changed; or not with this
 * PIN.
 */
TEE_Result header_open(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, const struct pin *pin,
	uint8_t ret_master[FESTORE_HASH]);

#endif
