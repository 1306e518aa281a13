/* SPDX-License-Identifier: BSD-2-Clause */
/* PINs: as they come in, and what they are made into. Bytes in, bytes out. */
#ifndef PIN_H
#define PIN_H

#include "request.h"

/* To be wiped. */
struct pin {
	size_t len; /* FESTORE_PIN_MIN to FESTORE_PIN_MAX */
	uint8_t bytes[FESTORE_PIN_MAX];
	uint8_t tries; /* VAULT_CREATE: struct festore_wire_pin; else 0 */
};

/*
 * Copies PIN `number` (from 0) of the `count` that the message part must have.
 * FESTORE_TA_PIN_NEEDED: there is none at all; TEE_ERROR_BAD_PARAMETERS.
 */
TEE_Result pin_read(
	const struct call *call, unsigned int number, unsigned int count, struct pin *ret_pin);

/*
 * PBKDF2 (RFC 8018, 5.2) with HMAC-SHA-256, PIN_ROUNDS times: a guess costs something even where
 * the device's own key is known. TEE_ERROR_OUT_OF_MEMORY.
 */
#define PIN_ROUNDS 1000u
#define PIN_SALT 16u
TEE_Result pin_stretch(const struct pin *pin, const uint8_t salt[PIN_SALT], unsigned int rounds,
	uint8_t ret_key[FESTORE_HASH]);

/* Handlers: the PIN of the session's vault becomes another one; a vault is given up without its
 * PIN; what is known of wrong PINs. */
TEE_Result pin_change(struct call *call);
TEE_Result pin_reset(struct call *call);
TEE_Result pin_lock(struct call *call);

#endif
