/* SPDX-License-Identifier: BSD-2-Clause */
/* The command by which a TA panics. Any other goes to the product's own entry point (the linker's
 * --wrap). */
#include "crash.h"

#include <tee_internal_api.h>

TEE_Result __real_TA_InvokeCommandEntryPoint(
	void *session, uint32_t id, uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result __wrap_TA_InvokeCommandEntryPoint(
	void *session, uint32_t id, uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

TEE_Result __wrap_TA_InvokeCommandEntryPoint(
	void *session, uint32_t id, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	if (id == CRASH_COMMAND)
		TEE_Panic(CRASH_COMMAND);
	return __real_TA_InvokeCommandEntryPoint(session, id, types, params);
}
