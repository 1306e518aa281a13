/* SPDX-License-Identifier: BSD-2-Clause */
/* Who the caller is, as the TEE says; no other part asks. */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <tee_internal_api.h>

/*
 * The owner of a session's files: the kernel's word for a user or a group.
 * `octets` is the client UUID in RFC 4122 order: version 5 over "uid=%x" or "gid=%x", so a user
 * and a group never share one.
 */
struct owner {
	uint32_t login; /* TEE_LOGIN_* */
	uint8_t octets[16];
};

/* A UUID in RFC 4122 order. */
void identity_octets(const TEE_UUID *uuid, uint8_t ret_octets[16]);

/* Reads gpd.client.identity of the session that is being opened or called. */
TEE_Result identity_of_caller(struct owner *ret_owner);

#endif
