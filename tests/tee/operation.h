/* SPDX-License-Identifier: BSD-2-Clause */
/* A cryptographic operation of the fake, shared by the files that implement its classes. */
#ifndef FAKE_TEE_OPERATION_H
#define FAKE_TEE_OPERATION_H

#include <mbedtls/md.h>

#include "inside.h"

struct algorithm {
	uint32_t id;
	uint32_t mode;
	uint32_t class;
	mbedtls_md_type_t md;
	uint32_t key_type; /* TEE_TYPE_* of its key, 0 for none */
};

/* As the GP header has it: an opaque type of this name. */
struct __TEE_OperationHandle {
	struct __TEE_OperationHandle *next;
	const struct algorithm *algorithm;
	mbedtls_md_context_t md;
	void *on_heap;        /* libutee's own part lies in the TA's heap */
	TEE_ObjectHandle key; /* a transient object that belongs to the operation, or none */
	uint32_t key_bits_max;
	bool has_key;
	bool is_active; /* initialized and not yet final; always true of a digest */
};

/* The operation of a handle; panics unless it is one of this class. */
struct __TEE_OperationHandle *operation_of(TEE_OperationHandle handle, uint32_t class);

/* Panics for any error of mbedTLS: no algorithm here fails on good use. */
void operation_need_good(int error);

size_t operation_digest_len(const struct __TEE_OperationHandle *operation);

#endif
