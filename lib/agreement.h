/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A content's key for an EC key, as CMS has it (RFC 5753): ECDH with a key pair made for this,
 * X9.63's key derivation, AES-256 key wrap.
 */
#ifndef AGREEMENT_H
#define AGREEMENT_H

#include "recipient.h"

#define AGREEMENT_KEY_LEN 32u     /* of the content's key */
#define AGREEMENT_WRAPPED_LEN 40u /* of the same, wrapped */
#define AGREEMENT_POINT_MAX 133u  /* of P-521, uncompressed */

/* What the recipient is told. */
struct agreement {
	uint8_t point[AGREEMENT_POINT_MAX]; /* uncompressed */
	size_t point_len;
	uint8_t wrapped[AGREEMENT_WRAPPED_LEN];
};

/*
 * Wraps `key` for a recipient on a curve: with the hash of the curve's own strength, SHA-256, 384
 * or 512. 0: it cannot be done.
 */
int agreement_make(const struct recipient *recipient, const uint8_t key[AGREEMENT_KEY_LEN],
	struct agreement *ret_agreement);

#endif
