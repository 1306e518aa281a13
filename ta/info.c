/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathers versions, limits and the caller's identity. */
#include "info.h"

/* The build gives FESTORE_RELEASE, "MAJOR.MINOR.PATCH", from the file VERSION. */
static_assert(sizeof(FESTORE_RELEASE) <= sizeof(((struct festore_wire_info *)0)->version), "room");

TEE_Result info_get(struct call *call)
{
	const struct owner *owner = &call->session->owner;
	struct festore_wire_info *info = &call->reply.info;
	size_t len = sizeof(info->tee);
	TEE_Result res = TEE_GetPropertyAsString(TEE_PROPSET_TEE_IMPLEMENTATION,
		"gpd.tee.trustedos.implementation.version", info->tee, &len);

	if (res != TEE_SUCCESS)
		return res;

	info->protocol = FESTORE_PROTOCOL;
	info->storages = FESTORE_WIRE_REE;
	info->content_max = FESTORE_WINDOW;
	info->login = owner->login;
	TEE_MemMove(info->version, FESTORE_RELEASE, sizeof(FESTORE_RELEASE));
	TEE_MemMove(info->owner, owner->octets, sizeof(info->owner));
	return TEE_SUCCESS;
}
