/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private keys from PKCS#8. OpenSSL reads the form, and wipes what it frees; of what numbers it
 * finds nothing is believed here.
 */
#include "key_private.h"

#include "key_public.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

/* What an input has: one of the two, or none. */
struct found {
	PKCS8_PRIV_KEY_INFO *plain;
	X509_SIG *encrypted;
};

static void found_free(struct found *found)
{
	PKCS8_PRIV_KEY_INFO_free(found->plain);
	X509_SIG_free(found->encrypted);
}

/* --- the form --------------------------------------------------------------------------------- */

/* Nothing may follow: what two programs read must be the same key. */
static PKCS8_PRIV_KEY_INFO *from_plain(const unsigned char *der, size_t len)
{
	const unsigned char *at = der;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)len);

	if (info && at == der + len)
		return info;
	PKCS8_PRIV_KEY_INFO_free(info);
	return NULL;
}

static X509_SIG *from_encrypted(const unsigned char *der, size_t len)
{
	const unsigned char *at = der;
	X509_SIG *encrypted = d2i_X509_SIG(NULL, &at, (long)len);

	if (encrypted && at == der + len)
		return encrypted;
	X509_SIG_free(encrypted);
	return NULL;
}

/* PEM_FLAG_SECURE wipes what it frees. */
static void find_pem(const void *bytes, size_t len, struct found *found)
{
	BIO *bio = BIO_new_mem_buf(bytes, (int)len);
	unsigned char *der = NULL;
	char *header = NULL;
	char *name = NULL;
	long der_len = 0;

	if (bio && PEM_read_bio_ex(bio, &name, &header, &der, &der_len, PEM_FLAG_SECURE) == 1 &&
		header[0] == 0) {
		if (strcmp(name, PEM_STRING_PKCS8INF) == 0)
			found->plain = from_plain(der, (size_t)der_len);
		else if (strcmp(name, PEM_STRING_PKCS8) == 0)
			found->encrypted = from_encrypted(der, (size_t)der_len);
	}
	OPENSSL_secure_free(name);
	OPENSSL_secure_free(header);
	OPENSSL_secure_clear_free(der, (size_t)der_len);
	BIO_free(bio);
}

static void find(const void *bytes, size_t len, struct found *found)
{
	ERR_set_mark();
	if (*(const unsigned char *)bytes == 0x30) {
		found->plain = from_plain(bytes, len);
		if (!found->plain)
			found->encrypted = from_encrypted(bytes, len);
	}
	if (!found->plain && !found->encrypted)
		find_pem(bytes, len, found);
	ERR_pop_to_mark();
}

bool festore_key_is_encrypted(const void *pkcs8, size_t pkcs8_len)
{
	struct found found = {NULL, NULL};
	bool is_encrypted = false;

	if (pkcs8_len != 0 && pkcs8_len <= KEY_PRIVATE_MAX)
		find(pkcs8, pkcs8_len, &found);
	is_encrypted = found.encrypted != NULL;
	found_free(&found);
	return is_encrypted;
}

static enum festore_error decrypt(
	struct found *found, const char *passphrase, size_t len, struct failure *failure)
{
	if (!passphrase)
		return failure_set(failure, FESTORE_USAGE,
			"the private key is encrypted, and its passphrase is missing");
	if (len > KEY_PASSPHRASE_MAX)
		return failure_set(failure, FESTORE_USAGE, "a passphrase has at most %d bytes",
			KEY_PASSPHRASE_MAX);
	ERR_set_mark();
	found->plain = PKCS8_decrypt(found->encrypted, passphrase, (int)len);
	ERR_pop_to_mark();
	return found->plain ? FESTORE_OK
			    : failure_set(failure, FESTORE_DENIED,
				      "the passphrase does not open the private key");
}

/* --- the numbers ------------------------------------------------------------------------------ */

/* Puts a number of exactly so many bytes behind what there is. */
static bool add_number(
	struct key_private *private, const EVP_PKEY *key, const char *name, size_t len)
{
	BIGNUM *number = NULL;
	const bool done = EVP_PKEY_get_bn_param(key, name, &number) == 1 &&
		BN_bn2binpad(number, private->parts + private->len, (int)len) == (int)len;

	BN_clear_free(number);
	private->len += len;
	return done;
}

static bool add_octets(struct key_private *private, const EVP_PKEY *key, const char *name)
{
	size_t len = 0;
	const bool done = EVP_PKEY_get_octet_string_param(
				  key, name, private->parts + private->len, 32, &len) == 1 &&
		len == 32;

	private->len += 32;
	return done;
}

static bool add_rsa(struct key_private *private, const EVP_PKEY *key, size_t modulus)
{
	BIGNUM *third = NULL;
	const bool is_of_two = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR3, &third) != 1;

	BN_clear_free(third);
	return is_of_two && add_number(private, key, OSSL_PKEY_PARAM_RSA_N, modulus) &&
		add_number(private, key, OSSL_PKEY_PARAM_RSA_E, 4) &&
		add_number(private, key, OSSL_PKEY_PARAM_RSA_D, modulus) &&
		add_number(private, key, OSSL_PKEY_PARAM_RSA_FACTOR1, modulus / 2) &&
		add_number(private, key, OSSL_PKEY_PARAM_RSA_FACTOR2, modulus / 2) &&
		add_number(private, key, OSSL_PKEY_PARAM_RSA_EXPONENT1, modulus / 2) &&
		add_number(private, key, OSSL_PKEY_PARAM_RSA_EXPONENT2, modulus / 2) &&
		add_number(private, key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, modulus / 2);
}

static bool add_point(struct key_private *private, const EVP_PKEY *key, size_t field)
{
	return add_number(private, key, OSSL_PKEY_PARAM_EC_PUB_X, field) &&
		add_number(private, key, OSSL_PKEY_PARAM_EC_PUB_Y, field) &&
		add_number(private, key, OSSL_PKEY_PARAM_PRIV_KEY, field);
}

static bool add_all(struct key_private *private, const EVP_PKEY *key)
{
	switch (private->type) {
	case FESTORE_KEY_RSA2048:
		return add_rsa(private, key, 256);
	case FESTORE_KEY_RSA3072:
		return add_rsa(private, key, 384);
	case FESTORE_KEY_RSA4096:
		return add_rsa(private, key, 512);
	case FESTORE_KEY_P256:
		return add_point(private, key, 32);
	case FESTORE_KEY_P384:
		return add_point(private, key, 48);
	case FESTORE_KEY_P521:
		return add_point(private, key, 66);
	default:
		return add_octets(private, key, OSSL_PKEY_PARAM_PUB_KEY) &&
			add_octets(private, key, OSSL_PKEY_PARAM_PRIV_KEY);
	}
}

/* ---------------------------------------------------------------------------------------------- */

static enum festore_error take(
	const PKCS8_PRIV_KEY_INFO *info, struct key_private *private, struct failure *failure)
{
	EVP_PKEY *key = NULL;
	enum festore_error error = FESTORE_OK;

	ERR_set_mark();
	key = EVP_PKCS82PKEY(info);
	private->len = 0;
	private->type = key ? key_public_type(key) : (enum festore_key_type)0;
	if (!key)
		error = failure_set(failure, FESTORE_USAGE,
			"a private key that is damaged, or of a kind that nobody knows");
	else if (private->type == 0)
		error = failure_set(failure, FESTORE_USAGE, KEY_PUBLIC_OTHER, "private");
	else if (!add_all(private, key))
		error = failure_set(failure, FESTORE_USAGE,
			"the numbers of this private key are too few, too many or too long");
	ERR_pop_to_mark();
	EVP_PKEY_free(key);
	return error;
}

enum festore_error key_private_read(const void *bytes, size_t len, const char *passphrase,
	size_t passphrase_len, struct key_private *ret_private, struct failure *failure)
{
	struct found found = {NULL, NULL};
	enum festore_error error = FESTORE_OK;

	memset(ret_private, 0, sizeof(*ret_private));
	if (len == 0 || len > KEY_PRIVATE_MAX)
		return failure_set(failure, FESTORE_USAGE, "%zu bytes are no private key", len);
	find(bytes, len, &found);
	if (found.encrypted)
		error = decrypt(&found, passphrase, passphrase_len, failure);
	else if (!found.plain)
		error = failure_set(failure, FESTORE_USAGE,
			"this is no private key in PKCS#8 (PEM or DER), as openssl pkey writes it");
	if (error == FESTORE_OK)
		error = take(found.plain, ret_private, failure);
	found_free(&found);
	if (error != FESTORE_OK)
		OPENSSL_cleanse(ret_private, sizeof(*ret_private));
	return error;
}
