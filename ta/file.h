/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the `ree` storage: one persistent object each. Handlers of the FILE_* commands. */
#ifndef FILE_H
#define FILE_H

#include "request.h"

TEE_Result file_put(struct call *call);
TEE_Result file_get(struct call *call);
TEE_Result file_stat(struct call *call);
TEE_Result file_list(struct call *call);
TEE_Result file_remove(struct call *call);

#endif
