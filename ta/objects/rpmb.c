/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks a property: without RPMB FS OP-TEE's answer to every call about that storage is the one for
 * an object that is not there.
 */
#include "rpmb.h"

#include <tee_internal_api.h>

#define PROTECTION "gpd.tee.trustedStorage.antiRollback.protectionLevel"

/* GP TEE Internal Core API, 4.7.5: rollback is detected with hardware that the TEE controls. */
#define BY_HARDWARE 1000u

bool rpmb_is_there(void)
{
	uint32_t level = 0;

	return TEE_GetPropertyAsU32(TEE_PROPSET_TEE_IMPLEMENTATION, PROTECTION, &level) ==
		TEE_SUCCESS &&
		level >= BY_HARDWARE;
}
