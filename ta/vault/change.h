/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of a vault: handlers of FILE_PUT, FILE_REMOVE, FILE_MOVE and VAULT_PROPOSE. */
#ifndef CHANGE_H
#define CHANGE_H

#include "request.h"

TEE_Result change_put(struct call *call);
TEE_Result change_remove(struct call *call);
TEE_Result change_move(struct call *call);
TEE_Result change_propose(struct call *call);

#endif
