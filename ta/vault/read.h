/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a vault: handlers of FILE_GET, FILE_STAT, and of lists of all entries. */
#ifndef READ_H
#define READ_H

#include "record.h"
#include "request.h"

TEE_Result read_get(struct call *call);
TEE_Result read_stat(struct call *call);
TEE_Result read_list(struct call *call);
TEE_Result read_check(struct call *call);
TEE_Result read_prune(struct call *call);

/*
 * What the entry of the call's kind and tag says: proven by the path and the state that the call
 * presents or, with UNPROVEN, what the record part says for itself. reply.vault_file is filled in.
 */
TEE_Result read_entry(struct call *call, struct meta *ret_meta);

#endif
