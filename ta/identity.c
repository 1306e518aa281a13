/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns gpd.client.identity (GP TEE Internal Core API 4.2.6) into a struct owner. */
#include "identity.h"

static void put_be32(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 24);
	to[1] = (uint8_t)(value >> 16);
	to[2] = (uint8_t)(value >> 8);
	to[3] = (uint8_t)value;
}

static void put_be16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

void identity_octets(const TEE_UUID *uuid, uint8_t ret_octets[16])
{
	put_be32(ret_octets, uuid->timeLow);
	put_be16(ret_octets + 4, uuid->timeMid);
	put_be16(ret_octets + 6, uuid->timeHiAndVersion);
	TEE_MemMove(ret_octets + 8, uuid->clockSeqAndNode, sizeof(uuid->clockSeqAndNode));
}

TEE_Result identity_of_caller(struct owner *ret_owner)
{
	TEE_Identity caller = {0};
	TEE_Result res = TEE_GetPropertyAsIdentity(
		TEE_PROPSET_CURRENT_CLIENT, "gpd.client.identity", &caller);

	if (res != TEE_SUCCESS)
		return res;

	ret_owner->login = caller.login;
	identity_octets(&caller.uuid, ret_owner->octets);
	return TEE_SUCCESS;
}
