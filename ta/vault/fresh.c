/* SPDX-License-Identifier: BSD-2-Clause */
/* Drawing random numbers costs a system call, so one draw serves all that a change needs. */
#include "fresh.h"

#include <string.h>

/* A key, and two halves of what is expanded from it. */
static TEE_Result expand(const struct seal_keys *keys, struct fresh *fresh)
{
	uint8_t more[FESTORE_HASH] = {0};
	const TEE_Result res = seal_expand(
		keys->record, "fresh", fresh->content_key, sizeof(fresh->content_key), more);

	memcpy(fresh->salt, more, sizeof(fresh->salt));
	memcpy(fresh->nonce, more + sizeof(fresh->salt), sizeof(fresh->nonce));
	return res;
}

TEE_Result fresh_draw(
	const struct seal_keys *keys, const struct unlike *unlike, struct fresh *ret_fresh)
{
	const TEE_Result res = fresh_seed(keys, unlike, ret_fresh->content_key);

	return res == TEE_SUCCESS ? expand(keys, ret_fresh) : res;
}

TEE_Result fresh_seed(
	const struct seal_keys *keys, const struct unlike *first, uint8_t ret_seed[FESTORE_HASH])
{
	return seal_random(keys->record, first, sizeof(*first), ret_seed, FESTORE_HASH);
}

TEE_Result fresh_from(const uint8_t seed[FESTORE_HASH], const struct seal_keys *keys,
	const struct unlike *unlike, struct fresh *ret_fresh)
{
	const TEE_Result res = seal_mac(seed, unlike, sizeof(*unlike), ret_fresh->content_key);

	return res == TEE_SUCCESS ? expand(keys, ret_fresh) : res;
}
