/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures as OpenSSH has them (its PROTOCOL.sshsig): what is to be signed of a message's hash,
 * and the text that `ssh-keygen -Y verify` reads. No TEE.
 */
#ifndef KEY_SSH_H
#define KEY_SSH_H

#include "error.h"

#include <openssl/types.h>

/* Bytes of the longest name of what a signature is for. */
#define KEY_SSH_NAME_MAX 255u

/* Writes what is signed of the SHA-512 of a message. */
enum festore_error key_ssh_message(const char *name_space, const uint8_t hash[64], void **ret_bytes,
	size_t *ret_len, struct failure *failure);

/* What a signature is made of: of ECDSA in DER, else its bytes. */
struct key_ssh_signature {
	const EVP_PKEY *key; /* the public one */
	enum festore_key_type type;
	const char *name_space;
	const void *bytes;
	size_t len;
};

/* Writes the text. FESTORE_USAGE: OpenSSH has no keys of this type. */
enum festore_error key_ssh_armor(const struct key_ssh_signature *signature, void **ret_text,
	size_t *ret_len, struct failure *failure);

#endif
