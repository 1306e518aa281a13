// SPDX-License-Identifier: BSD-2-Clause
/* Public keys from SubjectPublicKeyInfo: which are taken, and that no other is. */
#include "../../lib/key_public.h"

#include "scripted_teec.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static struct failure failure;

static const struct sample {
	enum festore_key_type type; /* 0: none that festore has */
	const char *algorithm;
	const char *group; /* of EC; of RSA the bits */
} samples[] = {
	{FESTORE_KEY_RSA2048, "RSA", "2048"},
	{FESTORE_KEY_RSA3072, "RSA", "3072"},
	{FESTORE_KEY_RSA4096, "RSA", "4096"},
	{FESTORE_KEY_P256, "EC", "P-256"},
	{FESTORE_KEY_P384, "EC", "P-384"},
	{FESTORE_KEY_P521, "EC", "P-521"},
	{FESTORE_KEY_ED25519, "ED25519", NULL},
	{FESTORE_KEY_X25519, "X25519", NULL},
	{(enum festore_key_type)0, "RSA", "1024"},
	{(enum festore_key_type)0, "RSA", "2056"},
	{(enum festore_key_type)0, "RSA-PSS", "2048"},
	{(enum festore_key_type)0, "EC", "secp256k1"},
	{(enum festore_key_type)0, "EC", "P-224"},
	{(enum festore_key_type)0, "ED448", NULL},
	{(enum festore_key_type)0, "X448", NULL},
};

static EVP_PKEY *generate(const struct sample *sample)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, sample->algorithm, NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	if (sample->group && sample->algorithm[0] == 'R')
		assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, atoi(sample->group)), 1);
	else if (sample->group)
		assert_int_equal(EVP_PKEY_CTX_set_group_name(context, sample->group), 1);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

/* The answer for these bytes; a key that was read is `expected`. */
static enum festore_error read_bytes(
	const void *bytes, size_t len, const EVP_PKEY *expected, enum festore_key_type *ret_type)
{
	EVP_PKEY *key = NULL;
	enum festore_error error = FESTORE_OK;

	memset(&failure, 0, sizeof(failure));
	error = key_public_read(bytes, len, &key, ret_type, &failure);
	assert_int_equal(error != FESTORE_OK, failure.text[0] != 0);
	assert_int_equal(error == FESTORE_OK, key != NULL);
	if (key && expected)
		assert_int_equal(EVP_PKEY_eq(key, expected), 1);
	EVP_PKEY_free(key);
	return error;
}

static size_t pem_of(EVP_PKEY *key, char *room, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	len = BIO_read(bio, room, (int)size);
	BIO_free(bio);
	assert_true(len > 0 && (size_t)len < size);
	return (size_t)len;
}

static void reads_each_type_in_both_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *sample = &samples[i];
		const enum festore_error wanted = sample->type ? FESTORE_OK : FESTORE_USAGE;
		enum festore_key_type type = (enum festore_key_type)0;
		EVP_PKEY *key = generate(sample);
		unsigned char *der = NULL;
		int der_len = i2d_PUBKEY(key, &der);
		char pem[2048] = "";

		assert_int_equal(read_bytes(der, (size_t)der_len, key, &type), wanted);
		assert_int_equal(type, sample->type);
		type = (enum festore_key_type)0;
		assert_int_equal(
			read_bytes(pem, pem_of(key, pem, sizeof(pem)), key, &type), wanted);
		assert_int_equal(type, sample->type);
		OPENSSL_free(der);
		EVP_PKEY_free(key);
	}
}

static void refuses_what_is_cut_or_longer(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++) {
		enum festore_key_type type = (enum festore_key_type)0;
		EVP_PKEY *key = generate(&samples[i]);
		unsigned char *der = NULL;
		const size_t len = (size_t)i2d_PUBKEY(key, &der);
		unsigned char longer[1024] = {0};

		for (size_t cut = 0; cut < len; cut++)
			assert_int_equal(read_bytes(der, cut, NULL, &type), FESTORE_USAGE);
		memcpy(longer, der, len);
		assert_int_equal(read_bytes(longer, len + 1, NULL, &type), FESTORE_USAGE);
		assert_int_equal(type, 0);
		OPENSSL_free(der);
		EVP_PKEY_free(key);
	}
}

/* The point is the last that a key on a curve has. */
static void refuses_a_point_off_its_curve(void **state)
{
	(void)state;
	for (size_t i = 3; i < 6; i++) {
		enum festore_key_type type = (enum festore_key_type)0;
		EVP_PKEY *key = generate(&samples[i]);
		unsigned char *der = NULL;
		const size_t len = (size_t)i2d_PUBKEY(key, &der);

		der[len - 1] ^= 1;
		assert_int_equal(read_bytes(der, len, NULL, &type), FESTORE_USAGE);
		OPENSSL_free(der);
		EVP_PKEY_free(key);
	}
}

static void refuses_a_curve_that_is_not_named(void **state)
{
	enum festore_key_type type = (enum festore_key_type)0;
	EVP_PKEY *key = generate(&samples[3]);
	unsigned char *der = NULL;
	int len = 0;

	(void)state;
	assert_int_equal(EVP_PKEY_set_utf8_string_param(
				 key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT),
		1);
	len = i2d_PUBKEY(key, &der);
	assert_true(len > 200); /* it has the curve's numbers */
	assert_int_equal(read_bytes(der, (size_t)len, NULL, &type), FESTORE_USAGE);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

static void refuses_what_is_no_public_key(void **state)
{
	static const char *const texts[] = {
		"-----BEGIN PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nbm9uZQ==\n-----END PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
		"00112233445566778899AABBCCDDEEFF\n\nbm9uZQ==\n-----END PUBLIC KEY-----\n",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
		"0",
	};
	enum festore_key_type type = (enum festore_key_type)0;
	EVP_PKEY *key = generate(&samples[6]);
	char pem[KEY_PUBLIC_MAX + 1] = "";
	BIO *bio = BIO_new(BIO_s_mem());

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(
			read_bytes(texts[i], strlen(texts[i]), NULL, &type), FESTORE_USAGE);
	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(read_bytes(pem, (size_t)BIO_read(bio, pem, sizeof(pem)), NULL, &type),
		FESTORE_USAGE);

	/* The right bytes under another label. */
	memset(pem, 0, sizeof(pem));
	pem_of(key, pem, sizeof(pem));
	memcpy(strstr(pem, "PUBLIC"), "COMMON", 6);
	memcpy(strstr(strstr(pem, "-----END"), "PUBLIC"), "COMMON", 6);
	assert_int_equal(read_bytes(pem, strlen(pem), NULL, &type), FESTORE_USAGE);

	/* Text before and after is allowed, up to a size. */
	memset(pem, '\n', sizeof(pem));
	pem_of(key, pem, sizeof(pem));
	assert_int_equal(read_bytes(pem, KEY_PUBLIC_MAX, key, &type), FESTORE_OK);
	assert_int_equal(read_bytes(pem, KEY_PUBLIC_MAX + 1, key, &type), FESTORE_USAGE);
	BIO_free(bio);
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_each_type_in_both_forms, reset_script),
		cmocka_unit_test_setup(refuses_what_is_cut_or_longer, reset_script),
		cmocka_unit_test_setup(refuses_a_point_off_its_curve, reset_script),
		cmocka_unit_test_setup(refuses_a_curve_that_is_not_named, reset_script),
		cmocka_unit_test_setup(refuses_what_is_no_public_key, reset_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
