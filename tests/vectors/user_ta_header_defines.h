/* SPDX-License-Identifier: BSD-2-Clause */
/* What OP-TEE reads of the TA of published vectors when it loads it. */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include "vectors_ta.h"

#define TA_UUID VECTORS_TA_UUID

#define TA_FLAGS 0

#define TA_STACK_SIZE (8 * 1024)
#define TA_DATA_SIZE (32 * 1024)

#define TA_VERSION "1"
#define TA_DESCRIPTION "festore test: published vectors"

#endif
