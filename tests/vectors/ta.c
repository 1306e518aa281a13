/* SPDX-License-Identifier: BSD-2-Clause */
/* The TA of published vectors: a command each. */
#include "agreed.h"
#include "derived.h"
#include "vectors_ta.h"

#include <tee_internal_api.h>

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[4], void **session)
{
	(void)types;
	(void)params;
	(void)session;
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *session)
{
	(void)session;
}

TEE_Result TA_InvokeCommandEntryPoint(
	void *session, uint32_t command, uint32_t types, TEE_Param params[4])
{
	bool is_right = false;

	(void)session;
	(void)params;
	if (types != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	switch (command) {
	case VECTORS_HKDF:
		is_right = derived_as_in_rfc_5869();
		break;
	case VECTORS_X25519:
		is_right = agreed_as_in_rfc_7748();
		break;
	case VECTORS_HPKE:
		is_right = opened_as_in_rfc_9180();
		break;
	case VECTORS_NONE:
		is_right = derived_as_nowhere();
		break;
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
	return is_right ? TEE_SUCCESS : TEE_ERROR_GENERIC;
}
