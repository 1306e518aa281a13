/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What OP-TEE reads of the bare TA when it loads it: the same flags and stack as festore's, so that
 * neither side is favoured.
 */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include "bare_ta.h"

#define TA_UUID BARE_TA_UUID

#define TA_FLAGS (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | TA_FLAG_INSTANCE_KEEP_ALIVE)

#define TA_STACK_SIZE (8 * 1024)
#define TA_DATA_SIZE (64 * 1024)

#define TA_VERSION "1"
#define TA_DESCRIPTION "festore benchmark: bare GP persistent objects"

#endif
