/* SPDX-License-Identifier: BSD-2-Clause */
/* What this TA says of itself and of the TEE it runs in. Handler of the INFO command. */
#ifndef INFO_H
#define INFO_H

#include "request.h"

TEE_Result info_get(struct call *call);

#endif
