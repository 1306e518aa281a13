// SPDX-License-Identifier: BSD-2-Clause
/*
 * mbedTLS' AES key wrap (RFC 3394), which the TA kits' mbedTLS has and Debian's for the host has
 * not: by libcrypto, as far as the TA uses it. The context holds a key of 256 bits and nothing
 * else.
 */
#include <mbedtls/nist_kw.h>
#include <openssl/evp.h>
#include <string.h>

#define KEY_LEN 32u
#define FAILED (-1)

void mbedtls_nist_kw_init(mbedtls_nist_kw_context *context)
{
	memset(context, 0, sizeof(*context));
}

void mbedtls_nist_kw_free(mbedtls_nist_kw_context *context)
{
	memset(context, 0, sizeof(*context));
}

int mbedtls_nist_kw_setkey(mbedtls_nist_kw_context *context, mbedtls_cipher_id_t cipher,
	const unsigned char *key, unsigned int bits, const int is_wrap)
{
	if (cipher != MBEDTLS_CIPHER_ID_AES || bits != 8 * KEY_LEN || is_wrap)
		return FAILED;
	memcpy(context, key, KEY_LEN);
	return 0;
}

int mbedtls_nist_kw_unwrap(mbedtls_nist_kw_context *context, mbedtls_nist_kw_mode_t mode,
	const unsigned char *input, size_t in_len, unsigned char *output, size_t *out_len,
	size_t out_size)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	unsigned char key[KEY_LEN];
	int len = 0;
	int done = 0;

	memcpy(key, context, sizeof(key));
	if (cipher && mode == MBEDTLS_KW_MODE_KW && out_size + 8 >= in_len) {
		EVP_CIPHER_CTX_set_flags(cipher, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
		done = EVP_DecryptInit_ex(cipher, EVP_aes_256_wrap(), NULL, key, NULL) == 1 &&
			EVP_DecryptUpdate(cipher, output, &len, input, (int)in_len) == 1;
	}
	EVP_CIPHER_CTX_free(cipher);
	*out_len = (size_t)len;
	return done ? 0 : FAILED;
}
