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

/* How many of the `left` bytes of a content the content part has: whole chunks, or all to the end.
 */
size_t read_bytes_given(const struct call *call, uint64_t left);

/* Opens the record part, which must be the call's tag's; `leaf`, if not NULL, must bind it. */
TEE_Result read_record(const struct call *call, const uint8_t locator[FESTORE_HASH],
	const struct festore_vault_leaf *leaf, struct meta *ret_meta, uint64_t *ret_version);

#endif
