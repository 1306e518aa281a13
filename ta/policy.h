/* SPDX-License-Identifier: BSD-2-Clause */
/* What an owner may do. Pure: no state, no TEE calls, so every answer can be tested alone. */
#ifndef POLICY_H
#define POLICY_H

#include "identity.h"

#include <stdbool.h>

enum right {
	RIGHT_INFO,   /* learn versions and limits */
	RIGHT_READ,   /* get, stat and list one's own files */
	RIGHT_WRITE,  /* put and remove one's own files, make keys */
	RIGHT_USE,    /* let one's own keys work */
	RIGHT_ANCHOR, /* read and write anchors: the vault TA's alone */
};

/*
 * A store belongs to a user or a group that the kernel vouches for by a UUID of its own; no other
 * login has one, nor the nil UUID.
 */
bool policy_has_store(const struct owner *owner);

/* Is this no client at all, but the *vault* TA? The TEE says so, and lets nobody else be it. */
bool policy_is_vault_ta(const struct owner *owner);

/* May this owner use this right on the owner's own store? There is no way to name another's. */
bool policy_allows(const struct owner *owner, enum right right);

#endif
