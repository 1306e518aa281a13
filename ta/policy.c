/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy of this release: users and groups own all that they store. */
#include "policy.h"

bool policy_has_store(const struct owner *owner)
{
	return owner->login == TEE_LOGIN_USER || owner->login == TEE_LOGIN_GROUP;
}

bool policy_allows(const struct owner *owner, enum right right)
{
	switch (right) {
	case RIGHT_INFO:
	case RIGHT_READ:
	case RIGHT_WRITE:
		return policy_has_store(owner);
	default:
		return false;
	}
}
