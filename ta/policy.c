/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy of this release: users and groups own all that they store. */
#include "policy.h"

#include <festore_vault.h>

/* What a kernel tells that knows logins, but not users (Linux before 5.8): one for all of them. */
static bool is_nobody(const struct owner *owner)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < sizeof(owner->octets); i++)
		seen |= owner->octets[i];
	return seen == 0;
}

bool policy_has_store(const struct owner *owner)
{
	if (owner->login != TEE_LOGIN_USER && owner->login != TEE_LOGIN_GROUP)
		return false;
	return !is_nobody(owner);
}

bool policy_is_vault_ta(const struct owner *owner)
{
	static const TEE_UUID vault_ta = FESTORE_VAULT_UUID;
	struct owner expected = {.login = TEE_LOGIN_TRUSTED_APP};

	identity_octets(&vault_ta, expected.octets);
	return owner->login == expected.login &&
		TEE_MemCompare(owner->octets, expected.octets, sizeof(expected.octets)) == 0;
}

bool policy_allows(const struct owner *owner, enum right right)
{
	switch (right) {
	case RIGHT_INFO:
	case RIGHT_READ:
	case RIGHT_WRITE:
	case RIGHT_USE:
		return policy_has_store(owner);
	case RIGHT_ANCHOR:
		return policy_is_vault_ta(owner);
	default:
		return false;
	}
}
