/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What OP-TEE reads of the *vault* TA when it loads it (TA dev kit, user_ta_header.c).
 * One instance serves all sessions one call at a time and stays between them.
 */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include <festore_vault.h>

#define TA_UUID FESTORE_VAULT_UUID

#define TA_FLAGS (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | TA_FLAG_INSTANCE_KEEP_ALIVE)

#define TA_STACK_SIZE (8 * 1024)

/*
 * 64 KiB for all that the TA remembers, and one window: what takes more must fail. The benchmark
 * builds one with less.
 */
#ifndef TA_DATA_SIZE
#define TA_DATA_SIZE (64 * 1024 + FESTORE_WINDOW)
#endif

#define TA_VERSION FESTORE_RELEASE
#define TA_DESCRIPTION "festore vault: states, seals and proofs of sealed stores"

#endif
