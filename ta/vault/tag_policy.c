/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies of tags: their bytes, and what they forbid. */
#include "tag_policy.h"

#include "read.h"

#include <string.h>

/* Where in the bytes of a record what is. */
enum { FLAGS_AT = 0, RESERVED_AT = 1, USES_AT = 2 };

static bool is_known(const struct tag_policy *policy, uint32_t kind)
{
	if (kind == FESTORE_WIRE_KEY && policy->flags == FESTORE_WIRE_LIMITED)
		return policy->uses <= FESTORE_USES_MAX;
	if (policy->uses != 0)
		return false;
	return policy->flags == 0 ||
		(kind == FESTORE_WIRE_FILE &&
			(policy->flags == FESTORE_WIRE_WRITE_ONCE ||
				policy->flags == FESTORE_WIRE_APPEND_ONLY ||
				policy->flags == FESTORE_WIRE_READ_ONCE));
}

bool tag_policy_read(const uint8_t *from, uint32_t kind, struct tag_policy *ret_policy)
{
	uint32_t uses = 0;

	for (unsigned int i = 0; i < sizeof(uses); i++)
		uses |= (uint32_t)from[USES_AT + i] << (8 * i);
	ret_policy->flags = from[FLAGS_AT];
	ret_policy->uses = uses;
	return from[RESERVED_AT] == 0 && is_known(ret_policy, kind);
}

void tag_policy_write(const struct tag_policy *policy, uint8_t *to)
{
	to[FLAGS_AT] = (uint8_t)policy->flags;
	to[RESERVED_AT] = 0;
	for (unsigned int i = 0; i < sizeof(policy->uses); i++)
		to[USES_AT + i] = (uint8_t)(policy->uses >> (8 * i));
}

TEE_Result tag_policy_of_call(const struct call *call, struct tag_policy *ret_policy)
{
	const size_t len = call->part_len[FESTORE_PART_MESSAGE];
	struct festore_wire_policy wire = {0};

	if (len == 0)
		return TEE_SUCCESS;
	if (len != sizeof(wire))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&wire, call->parts[FESTORE_PART_MESSAGE], sizeof(wire));
	ret_policy->flags = wire.flags;
	ret_policy->uses = wire.uses;
	/* What could never be used is nobody's wish. */
	if (wire.flags == FESTORE_WIRE_LIMITED && wire.uses == 0)
		return TEE_ERROR_BAD_PARAMETERS;
	return is_known(ret_policy, call->kind) ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

uint32_t tag_policy_told(const struct meta *meta)
{
	if (meta->kind != FESTORE_WIRE_KEY)
		return meta->policy.flags;
	return meta->policy.flags == FESTORE_WIRE_LIMITED ? meta->policy.uses + 1 : 0;
}

void tag_policy_mark(const struct tag_policy *policy, uint8_t salt[SEAL_SALT])
{
	salt[SEAL_SALT - 1] = (uint8_t)(salt[SEAL_SALT - 1] & ~FESTORE_MARK);
	if (policy->flags != 0)
		salt[SEAL_SALT - 1] |= FESTORE_MARK;
}

TEE_Result tag_policy_lets_go(const struct tag_policy *policy)
{
	if ((policy->flags & FESTORE_WIRE_WRITE_ONCE) != 0)
		return FESTORE_TA_WRITE_ONCE;
	if ((policy->flags & FESTORE_WIRE_APPEND_ONLY) != 0)
		return FESTORE_TA_APPEND_ONLY;
	return TEE_SUCCESS;
}

TEE_Result tag_policy_grows(const struct tag_policy *policy)
{
	if ((policy->flags & FESTORE_WIRE_WRITE_ONCE) != 0)
		return FESTORE_TA_WRITE_ONCE;
	if ((policy->flags & FESTORE_WIRE_READ_ONCE) != 0)
		return FESTORE_TA_READ_ONCE;
	return TEE_SUCCESS;
}

TEE_Result tag_policy_check_old(const struct call *call, const struct festore_vault_leaf *leaf)
{
	struct meta old = {0};
	uint64_t version = 0;
	TEE_Result res = TEE_SUCCESS;

	if (!leaf || !FESTORE_IS_MARKED(leaf->salt))
		return call->part_len[FESTORE_PART_RECORD] == 0 ? TEE_SUCCESS
								: TEE_ERROR_BAD_PARAMETERS;
	res = read_record(call, leaf->locator, leaf, &old, &version);
	if (res == TEE_SUCCESS)
		res = tag_policy_lets_go(&old.policy);
	TEE_MemFill(&old, 0, sizeof(old));
	return res;
}
