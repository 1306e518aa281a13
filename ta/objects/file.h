/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the storages `ree` and `rpmb`. Handlers of the FILE_* commands, but for the list, and of
 * ABORT. */
#ifndef FILE_H
#define FILE_H

#include "request.h"

TEE_Result file_put(struct call *call);
TEE_Result file_get(struct call *call);
TEE_Result file_stat(struct call *call);
TEE_Result file_remove(struct call *call);
TEE_Result file_move(struct call *call);
TEE_Result file_abort(struct call *call);

#endif
