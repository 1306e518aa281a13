/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers of the KEY_* commands. Nothing that they give out holds a private part in the clear. */
#ifndef KEY_H
#define KEY_H

#include "key_type.h"
#include "record.h"
#include "request.h"

TEE_Result key_generate(struct call *call);
TEE_Result key_import(struct call *call);
TEE_Result key_public(struct call *call);
TEE_Result key_sign(struct call *call);
TEE_Result key_decrypt(struct call *call);
TEE_Result key_derive(struct call *call);

/* A key that a call is about. */
struct key {
	struct meta meta;
	const struct key_type *type;
	uint8_t *pair; /* key_len() bytes, or NULL */
};

/* Finds the call's key; its content stays closed. To be ended with key_end(). */
TEE_Result key_find(struct call *call, struct key *ret_key);

/* Opens the content part into private memory. */
TEE_Result key_open(const struct call *call, struct key *key);

/* The same for a key that is to work: FESTORE_TA_UNPROVEN where it may be one that was removed. */
TEE_Result key_open_to_use(const struct call *call, struct key *key);

/* Wipes and frees; what is all zero too. */
void key_end(struct key *key);

#endif
