/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. The
 * recipient's side, from the secret that X25519 gave. Pure but for memory; private memory only.
 */
#ifndef HPKE_H
#define HPKE_H

#include "seal.h"

#include <stdbool.h>

#define HPKE_PUBLIC 32u
#define HPKE_INFO_MAX 64u

/* What opens the messages of one sender, in their order. */
struct hpke {
	uint8_t key[FESTORE_HASH];
	uint8_t base_nonce[SEAL_NONCE];
};

/* Who agreed upon what. */
struct hpke_agreed {
	uint8_t secret[32];
	uint8_t sender[HPKE_PUBLIC]; /* enc */
	uint8_t recipient[HPKE_PUBLIC];
};

/* Decap()'s derivation and KeySchedule(). `info` has at most HPKE_INFO_MAX bytes. */
TEE_Result hpke_begin(
	const struct hpke_agreed *agreed, const void *info, size_t info_len, struct hpke *ret_hpke);

/* ComputeNonce(). */
void hpke_nonce(const struct hpke *hpke, uint64_t number, uint8_t ret_nonce[SEAL_NONCE]);

#endif
