/* SPDX-License-Identifier: BSD-2-Clause */
/* Key agreement of CMS with OpenSSL. */
#include "agreement.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <string.h>

enum { SECRET_MAX = 66, WRAPPING_KEY_LEN = 32 };

/* ECC-CMS-SharedInfo (RFC 5753, 7.2): id-aes256-wrap, no ukm, 256 bits. */
static const uint8_t shared_info[] = {0x30, 0x15, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x01, 0x2d, 0xa2, 0x06, 0x04, 0x04, 0x00, 0x00, 0x01, 0x00};

static const char *digest_of(enum festore_key_type type)
{
	switch (type) {
	case FESTORE_KEY_P384:
		return "SHA384";
	case FESTORE_KEY_P521:
		return "SHA512";
	default:
		return "SHA256";
	}
}

static EVP_PKEY *make_pair(EVP_PKEY *like)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, like, NULL);
	EVP_PKEY *pair = NULL;

	if (context && EVP_PKEY_keygen_init(context) > 0)
		EVP_PKEY_keygen(context, &pair);
	EVP_PKEY_CTX_free(context);
	return pair;
}

static int write_point(EVP_PKEY *pair, struct agreement *agreement)
{
	unsigned char *point = NULL;
	const size_t len = EVP_PKEY_get1_encoded_public_key(pair, &point);
	const int is = len > 0 && len <= sizeof(agreement->point);

	if (is) {
		memcpy(agreement->point, point, len);
		agreement->point_len = len;
	}
	OPENSSL_free(point);
	return is;
}

static int derive_secret(EVP_PKEY *pair, EVP_PKEY *peer, uint8_t *secret, size_t *len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);
	const int is = context && EVP_PKEY_derive_init(context) > 0 &&
		EVP_PKEY_derive_set_peer(context, peer) > 0 &&
		EVP_PKEY_derive(context, secret, len) > 0;

	EVP_PKEY_CTX_free(context);
	return is;
}

static int stretch(enum festore_key_type type, uint8_t *secret, size_t len, uint8_t *to)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "X963KDF", NULL);
	EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest_of(type), 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, len),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_INFO, (void *)shared_info, sizeof(shared_info)),
		OSSL_PARAM_construct_end(),
	};
	const int is = context && EVP_KDF_derive(context, to, WRAPPING_KEY_LEN, params) > 0;

	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return is;
}

static int wrap(const uint8_t *wrapping_key, const uint8_t *key, uint8_t *wrapped)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int len = 0;
	int is = 0;

	if (context) {
		EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
		is = EVP_EncryptInit_ex(context, EVP_aes_256_wrap(), NULL, wrapping_key, NULL) &&
			EVP_EncryptUpdate(context, wrapped, &len, key, AGREEMENT_KEY_LEN) &&
			len == (int)AGREEMENT_WRAPPED_LEN;
	}
	EVP_CIPHER_CTX_free(context);
	return is;
}

int agreement_make(const struct recipient *recipient, const uint8_t key[AGREEMENT_KEY_LEN],
	struct agreement *ret_agreement)
{
	EVP_PKEY *pair = make_pair(recipient->key);
	uint8_t secret[SECRET_MAX];
	uint8_t wrapping_key[WRAPPING_KEY_LEN];
	size_t len = sizeof(secret);
	const int is = pair && write_point(pair, ret_agreement) &&
		derive_secret(pair, recipient->key, secret, &len) &&
		stretch(recipient->type, secret, len, wrapping_key) &&
		wrap(wrapping_key, key, ret_agreement->wrapped);

	OPENSSL_cleanse(secret, sizeof(secret));
	OPENSSL_cleanse(wrapping_key, sizeof(wrapping_key));
	EVP_PKEY_free(pair);
	return is;
}
