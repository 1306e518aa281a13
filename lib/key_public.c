/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys from SubjectPublicKeyInfo. */
#include "key_public.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

/* What OpenSSL calls the types; `bits` of RSA's modulus. */
static const struct known {
	const char *algorithm;
	const char *group;
	int bits;
	enum festore_key_type type;
} known[] = {
	{"RSA", NULL, 2048, FESTORE_KEY_RSA2048},
	{"RSA", NULL, 3072, FESTORE_KEY_RSA3072},
	{"RSA", NULL, 4096, FESTORE_KEY_RSA4096},
	{"EC", "prime256v1", 0, FESTORE_KEY_P256},
	{"EC", "secp384r1", 0, FESTORE_KEY_P384},
	{"EC", "secp521r1", 0, FESTORE_KEY_P521},
	{"ED25519", NULL, 0, FESTORE_KEY_ED25519},
	{"X25519", NULL, 0, FESTORE_KEY_X25519},
};

static bool has_text(const EVP_PKEY *key, const char *parameter, const char *text)
{
	char found[64] = "";

	return EVP_PKEY_get_utf8_string_param(key, parameter, found, sizeof(found), NULL) == 1 &&
		strcmp(found, text) == 0;
}

/* A curve given by its numbers may be any curve, whatever name OpenSSL finds for it. */
static bool is_of(const EVP_PKEY *key, const struct known *type)
{
	if (EVP_PKEY_is_a(key, type->algorithm) != 1)
		return false;
	if (type->bits != 0 && EVP_PKEY_get_bits(key) != type->bits)
		return false;
	return !type->group ||
		(has_text(key, OSSL_PKEY_PARAM_GROUP_NAME, type->group) &&
			has_text(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP));
}

enum festore_key_type key_public_type(const EVP_PKEY *key)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (is_of(key, &known[i]))
			return known[i].type;
	return (enum festore_key_type)0;
}

static bool is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	const bool sound = context && EVP_PKEY_public_check(context) == 1;

	EVP_PKEY_CTX_free(context);
	return sound;
}

/* Nothing may follow: what two programs read must be the same key. */
static EVP_PKEY *from_der(const unsigned char *der, size_t len)
{
	const unsigned char *at = der;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)len);

	if (key && at == der + len)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* Not by PEM_read_bio_PUBKEY(), which would ask the terminal for the password of an encrypted one.
 */
static EVP_PKEY *from_pem(const void *bytes, size_t len)
{
	BIO *bio = BIO_new_mem_buf(bytes, (int)len);
	unsigned char *der = NULL;
	char *header = NULL;
	char *name = NULL;
	EVP_PKEY *key = NULL;
	long der_len = 0;

	if (bio && PEM_read_bio(bio, &name, &header, &der, &der_len) == 1 &&
		strcmp(name, PEM_STRING_PUBLIC) == 0 && header[0] == 0)
		key = from_der(der, (size_t)der_len);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	return key;
}

enum festore_error key_public_read(const void *bytes, size_t len, EVP_PKEY **ret_key,
	enum festore_key_type *ret_type, struct failure *failure)
{
	enum festore_key_type type = (enum festore_key_type)0;
	EVP_PKEY *key = NULL;

	if (len == 0 || len > KEY_PUBLIC_MAX)
		return failure_set(failure, FESTORE_USAGE, "%zu bytes are no public key", len);
	ERR_set_mark();
	key = *(const unsigned char *)bytes == 0x30 ? from_der(bytes, len) : NULL;
	if (!key)
		key = from_pem(bytes, len);
	if (key)
		type = key_public_type(key);
	if (type != 0 && !is_sound(key))
		type = (enum festore_key_type)0;
	ERR_pop_to_mark();
	if (type != 0) {
		*ret_key = key;
		*ret_type = type;
		return FESTORE_OK;
	}
	if (!key)
		return failure_set(failure, FESTORE_USAGE,
			"this is no public key (SubjectPublicKeyInfo, PEM or DER)");
	EVP_PKEY_free(key);
	return failure_set(failure, FESTORE_USAGE, KEY_PUBLIC_OTHER, "public");
}

static bool write_coordinate(const EVP_PKEY *key, const char *name, uint8_t *to, size_t field)
{
	BIGNUM *number = NULL;
	const bool done = EVP_PKEY_get_bn_param(key, name, &number) == 1 &&
		BN_bn2binpad(number, to, (int)field) == (int)field;

	BN_free(number);
	return done;
}

size_t key_public_peer(
	const EVP_PKEY *key, enum festore_key_type type, uint8_t ret_peer[KEY_PUBLIC_PEER_MAX])
{
	const size_t field = type == FESTORE_KEY_P256 ? 32
		: type == FESTORE_KEY_P384            ? 48
		: type == FESTORE_KEY_P521            ? 66
						      : 0;
	size_t len = KEY_PUBLIC_PEER_MAX;

	if (type == FESTORE_KEY_X25519)
		return EVP_PKEY_get_raw_public_key(key, ret_peer, &len) == 1 ? len : 0;
	ret_peer[0] = POINT_CONVERSION_UNCOMPRESSED;
	if (field == 0 || !write_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, ret_peer + 1, field) ||
		!write_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, ret_peer + 1 + field, field))
		return 0;
	return 1 + 2 * field;
}
