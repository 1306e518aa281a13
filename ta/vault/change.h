/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of a vault: handlers of FILE_PUT, FILE_PUT_MANY, FILE_REMOVE, FILE_MOVE, VAULT_PROPOSE.
 */
#ifndef CHANGE_H
#define CHANGE_H

#include "content.h"
#include "request.h"

/* Also the second half of KEY_GENERATE. */
TEE_Result change_put(struct call *call);
TEE_Result change_put_many(struct call *call);
TEE_Result change_remove(struct call *call);
TEE_Result change_move(struct call *call);
TEE_Result change_propose(struct call *call);

/* FILE_TAKE: the session may read the file that it removes, when this has become the state. */
TEE_Result change_take(struct call *call);

/* FILE_APPEND, once all of the content is sealed anew (append.h). */
TEE_Result change_append(struct call *call);

/* KEY_USE: the session may let the key work once, when this has become the state. */
TEE_Result change_use(struct call *call);

/* The session begins to write a content of the call's tag and kind, under a fresh key. */
TEE_Result change_begin_content(const struct call *call, struct stream *stream);

/* That the vault's last note was seen: a change of nothing else. */
TEE_Result change_noted(struct call *call);

/*
 * Another header of the same keys in the place of the vault's: a change of nothing else. Parameter
 * 3 gets the proposal, then the header.
 */
TEE_Result change_header(struct call *call, const struct festore_vault_header *header);

/* Entries of the log are let go; the log says so: a change of nothing else. */
TEE_Result change_log_prune(struct call *call);

#endif
