/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers of the VAULT_* commands and of ABORT. */
#ifndef VAULT_H
#define VAULT_H

#include "request.h"

TEE_Result vault_create(struct call *call);
TEE_Result vault_open(struct call *call);
TEE_Result vault_confirm(struct call *call);
TEE_Result vault_version(struct call *call);
TEE_Result vault_destroy(struct call *call);
TEE_Result vault_sync(struct call *call);
TEE_Result vault_anchor(struct call *call);
TEE_Result vault_recover(struct call *call);
TEE_Result vault_abort(struct call *call);

/* Seals with a key that is thrown away; nothing comes out and nothing is changed. */
TEE_Result vault_measure(struct call *call);

#endif
