/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathers versions, limits and the caller's identity. */
#include "info.h"

#include "huk.h"

/* The build gives FESTORE_RELEASE, "MAJOR.MINOR.PATCH", from the file VERSION. */
static_assert(sizeof(FESTORE_RELEASE) <= sizeof(((struct festore_wire_info *)0)->version), "room");

static TEE_Result read_huk(uint32_t *ret_huk)
{
	static const uint32_t wire[] = {
		[HUK_OWN] = FESTORE_WIRE_HUK_OWN,
		[HUK_ZERO] = FESTORE_WIRE_HUK_ZERO,
		[HUK_KNOWN] = FESTORE_WIRE_HUK_KNOWN,
		[HUK_UNKNOWN] = FESTORE_WIRE_HUK_UNKNOWN,
	};
	enum huk_kind kind = HUK_UNKNOWN;
	TEE_Result res = huk_kind(&kind);

	if (res == TEE_SUCCESS)
		*ret_huk = wire[kind];
	return res;
}

TEE_Result info_get(struct call *call)
{
	const struct owner *owner = &call->session->owner;
	struct festore_wire_info *info = &call->reply.info;
	size_t len = sizeof(info->tee);
	TEE_Result res = TEE_GetPropertyAsString(TEE_PROPSET_TEE_IMPLEMENTATION,
		"gpd.tee.trustedos.implementation.version", info->tee, &len);

	if (res == TEE_SUCCESS)
		res = read_huk(&info->huk);
	if (res != TEE_SUCCESS)
		return res;

	info->protocol = FESTORE_PROTOCOL;
	info->storages = about_storages();
	info->size_max = about_ta.size_max;
	info->login = owner->login;
	TEE_MemMove(info->version, FESTORE_RELEASE, sizeof(FESTORE_RELEASE));
	TEE_MemMove(info->owner, owner->octets, sizeof(info->owner));
	return TEE_SUCCESS;
}
