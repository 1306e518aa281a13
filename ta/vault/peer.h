/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Points that come from outside: public keys that others send for an agreement, and pairs. What is
 * no good one must never meet a private key: OP-TEE before 4.11 does not look whether a point is on
 * its curve (CVE-2026-45614), and panics where X25519 gives zero.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <tee_internal_api.h>

/* Bytes of the longest: P-521's, uncompressed. */
#define PEER_MAX 133u

/*
 * Is this an uncompressed point (4, x, y) of the curve (TEE_ECC_CURVE_NIST_P*), and not infinity?
 * TEE_ERROR_CORRUPT_OBJECT: no. TEE_ERROR_OUT_OF_MEMORY.
 */
TEE_Result peer_check_point(uint32_t curve, const uint8_t *point, size_t len);

/*
 * A pair of the curve, as a content has it: is its private value one, and its point (x, y) that of
 * it? Private memory only. Answers as peer_check_point().
 */
TEE_Result peer_check_pair(uint32_t curve, const uint8_t *pair);

/* Is this a public key of X25519 that is not of small order? */
bool peer_is_x25519(const uint8_t key[32]);

#endif
