/* SPDX-License-Identifier: BSD-2-Clause */
/* A cryptographic operation of the fake, shared by the files that implement its classes. */
#ifndef FAKE_TEE_OPERATION_H
#define FAKE_TEE_OPERATION_H

#include <mbedtls/md.h>
#include <openssl/types.h>

#include "inside.h"

/* Bytes of the longest nonce that the fake takes. */
#define AE_NONCE_MAX 16u

struct algorithm {
	uint32_t id;
	uint32_t mode;
	uint32_t class;
	mbedtls_md_type_t md; /* NONE: it is no digest and no MAC */
	uint32_t key_type;    /* TEE_TYPE_* of its key, 0 for none */
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

	/* Of an AE operation: what its init said, and what came since. */
	uint8_t nonce[AE_NONCE_MAX];
	size_t nonce_len;
	size_t tag_len;
	uint8_t *aad;
	size_t aad_len;
	bool has_begun;         /* something came: libutee takes no other init then */
	EVP_CIPHER_CTX *stream; /* of a message in pieces, of AE or a cipher, or NULL */
};

/* The operation of a handle; panics unless it is one of this class. */
struct __TEE_OperationHandle *operation_of(TEE_OperationHandle handle, uint32_t class);

/* Panics for any error of mbedTLS: no algorithm here fails on good use. */
void operation_need_good(int error);

/* Forgets nonce, AAD and stream; does nothing to what has none. */
void operation_ae_forget(struct __TEE_OperationHandle *operation);

size_t operation_digest_len(const struct __TEE_OperationHandle *operation);

#endif
