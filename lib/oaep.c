/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA-OAEP with OpenSSL. */
#include "oaep.h"

#include <openssl/rsa.h>

/* Two hashes of SHA-256, and two bytes (RFC 8017, 7.1.1). */
#define OVERHEAD 66u

size_t oaep_limit(const EVP_PKEY *key)
{
	return (size_t)EVP_PKEY_get_size(key) - OVERHEAD;
}

int oaep_seal(EVP_PKEY *key, const uint8_t *bytes, size_t bytes_len, uint8_t *block, size_t *len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	const int is = context && EVP_PKEY_encrypt_init(context) > 0 &&
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
		EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) > 0 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0 &&
		EVP_PKEY_encrypt(context, block, len, bytes, bytes_len) > 0;

	EVP_PKEY_CTX_free(context);
	return is;
}
