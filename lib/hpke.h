/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HPKE (RFC 9180), base mode, as festore has it: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * ChaCha20-Poly1305. The sender's side.
 */
#ifndef HPKE_H
#define HPKE_H

#include <openssl/evp.h>
#include <stdint.h>

#define HPKE_KEM 0x0020u
#define HPKE_KDF 0x0001u
#define HPKE_AEAD 0x0003u

#define HPKE_PUBLIC_LEN 32u
#define HPKE_KEY_LEN 32u
#define HPKE_NONCE_LEN 12u

/* What a context is made of. */
struct hpke_context {
	uint8_t key[HPKE_KEY_LEN];
	uint8_t base_nonce[HPKE_NONCE_LEN];
};

/*
 * SetupBaseS: `pair` is the sender's, made for this one context. What the recipient must be told is
 * its public key. `info` has at most HPKE_INFO_MAX bytes. 0: it cannot be done, or the recipient's
 * key is of small order. The caller wipes the context.
 */
int hpke_setup(EVP_PKEY *recipient, EVP_PKEY *pair, const void *info, size_t info_len,
	struct hpke_context *ret_context);

#define HPKE_INFO_MAX 64u

/* ComputeNonce: the one of the piece `count`. */
void hpke_nonce(const uint8_t base_nonce[HPKE_NONCE_LEN], uint64_t count,
	uint8_t ret_nonce[HPKE_NONCE_LEN]);

#endif
