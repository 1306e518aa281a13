/* SPDX-License-Identifier: BSD-2-Clause */
/* What a change may need that must never come twice. All fail as seal.h says. */
#ifndef FRESH_H
#define FRESH_H

#include "seal.h"

struct fresh {
	uint8_t content_key[FESTORE_HASH];
	uint8_t salt[SEAL_SALT];
	uint8_t nonce[16]; /* of a proposal */
};

/* What makes each change another one, should random numbers repeat. */
struct unlike {
	uint8_t locator[FESTORE_HASH];
	uint64_t version;
	int64_t modified;
};

/* For one change. */
TEE_Result fresh_draw(
	const struct seal_keys *keys, const struct unlike *unlike, struct fresh *ret_fresh);

/* For many: one draw, of which fresh_from() makes what each needs. To be wiped. */
TEE_Result fresh_seed(
	const struct seal_keys *keys, const struct unlike *first, uint8_t ret_seed[FESTORE_HASH]);
TEE_Result fresh_from(const uint8_t seed[FESTORE_HASH], const struct seal_keys *keys,
	const struct unlike *unlike, struct fresh *ret_fresh);

#endif
