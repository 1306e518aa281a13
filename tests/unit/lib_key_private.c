// SPDX-License-Identifier: BSD-2-Clause
/* Private keys from PKCS#8: which are taken, with which numbers, and that no other input is. */
#include "../../lib/key_private.h"

#include "scripted_teec.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

static struct failure failure;

static const struct sample {
	enum festore_key_type type; /* 0: none that festore has */
	const char *algorithm;
	const char *group; /* of EC; of RSA the bits */
	size_t len;        /* of the numbers, and of the public ones */
	size_t public_len;
} samples[] = {
	{FESTORE_KEY_RSA2048, "RSA", "2048", 1156, 260},
	{FESTORE_KEY_P256, "EC", "P-256", 96, 64},
	{FESTORE_KEY_P384, "EC", "P-384", 144, 96},
	{FESTORE_KEY_P521, "EC", "P-521", 198, 132},
	{FESTORE_KEY_ED25519, "ED25519", NULL, 64, 32},
	{FESTORE_KEY_X25519, "X25519", NULL, 64, 32},
	{FESTORE_KEY_RSA3072, "RSA", "3072", 1732, 388},
	{FESTORE_KEY_RSA4096, "RSA", "4096", 2308, 516},
	{(enum festore_key_type)0, "RSA", "1024", 0, 0},
	{(enum festore_key_type)0, "EC", "secp256k1", 0, 0},
	{(enum festore_key_type)0, "ED448", NULL, 0, 0},
	{(enum festore_key_type)0, "X448", NULL, 0, 0},
};

enum { SAMPLES = sizeof(samples) / sizeof(samples[0]), QUICK = 6 };

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

/* An input, in memory of its own. */
struct input {
	uint8_t *bytes;
	size_t len;
};

static struct input input_of(BIO *bio)
{
	struct input input = {.bytes = malloc(65536)};

	input.len = (size_t)BIO_read(bio, input.bytes, 65536);
	BIO_free(bio);
	return input;
}

static struct input der_of(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	return input_of(bio);
}

static struct input pem_of(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	return input_of(bio);
}

static struct input encrypted_of(EVP_PKEY *key, bool is_pem)
{
	static char passphrase[] = "open sesame";
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(is_pem ? PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(),
					  passphrase, (int)strlen(passphrase), NULL, NULL)
				: i2d_PKCS8PrivateKey_bio(bio, key, EVP_aes_256_cbc(), passphrase,
					  (int)strlen(passphrase), NULL, NULL),
		1);
	return input_of(bio);
}

static void input_free(struct input *input)
{
	free(input->bytes);
}

static struct key_private private;

static enum festore_error read_with(
	const struct input *input, const char *passphrase, size_t passphrase_len)
{
	enum festore_error error = FESTORE_OK;

	memset(&failure, 0, sizeof(failure));
	memset(&private, 0x5a, sizeof(private));
	error = key_private_read(
		input->bytes, input->len, passphrase, passphrase_len, &private, &failure);
	assert_int_equal(error != FESTORE_OK, failure.text[0] != 0);
	/* Of what is refused no number stays. */
	for (size_t i = 0; error != FESTORE_OK && i < sizeof(private.parts); i++)
		assert_int_equal(private.parts[i], 0);
	return error;
}

static enum festore_error read_input(const struct input *input)
{
	return read_with(input, NULL, 0);
}

/* The public half of the numbers is the key's, in SubjectPublicKeyInfo at its end. */
static void assert_numbers(const struct sample *sample, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	const int len = i2d_PUBKEY(key, &der);
	const size_t public_len = sample->public_len;

	assert_int_equal(private.type, sample->type);
	assert_int_equal(private.len, sample->len);
	if (sample->algorithm[0] != 'R')
		assert_memory_equal(private.parts, der + len - public_len, public_len);
	else
		assert_memory_equal(
			private.parts, der + len - 5 - (public_len - 4), public_len - 4);
	OPENSSL_free(der);
}

static void reads_each_type_in_both_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *sample = &samples[i];
		EVP_PKEY *key = generate(sample);
		struct input inputs[2] = {der_of(key), pem_of(key)};

		for (unsigned int form = 0; form < 2; form++) {
			assert_int_equal(read_input(&inputs[form]),
				sample->type ? FESTORE_OK : FESTORE_USAGE);
			if (sample->type)
				assert_numbers(sample, key);
			assert_false(
				festore_key_is_encrypted(inputs[form].bytes, inputs[form].len));
			input_free(&inputs[form]);
		}
		EVP_PKEY_free(key);
	}
}

static void refuses_what_is_cut_or_longer(void **state)
{
	(void)state;
	for (size_t i = 0; i < QUICK; i++) {
		EVP_PKEY *key = generate(&samples[i]);
		struct input input = der_of(key);
		const size_t len = input.len;

		for (input.len = 0; input.len < len; input.len++)
			assert_int_equal(read_input(&input), FESTORE_USAGE);
		input.bytes[len] = 0;
		input.len = len + 1;
		assert_int_equal(read_input(&input), FESTORE_USAGE);
		input_free(&input);
		EVP_PKEY_free(key);
	}
}

/* xorshift32: the same damage in every run. */
static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Whatever is changed, there is one answer, and numbers of the type's length or none. */
static void damage_has_an_answer(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < QUICK; i++) {
		EVP_PKEY *key = generate(&samples[i]);
		const struct input whole = i % 2 ? der_of(key) : pem_of(key);
		struct input input = {.bytes = malloc(whole.len), .len = whole.len};

		for (unsigned int round = 0; round < 2000; round++) {
			const unsigned int changes = 1 + next(&seed) % 3;
			enum festore_error error = FESTORE_OK;

			memcpy(input.bytes, whole.bytes, whole.len);
			for (unsigned int change = 0; change < changes; change++)
				input.bytes[next(&seed) % whole.len] = (uint8_t)next(&seed);
			error = read_input(&input);
			assert_true(error == FESTORE_OK || error == FESTORE_USAGE);
			if (error == FESTORE_OK)
				assert_true(private.type != 0 && private.len <= FESTORE_KEY_MAX);
		}
		input_free(&input);
		free(whole.bytes);
		EVP_PKEY_free(key);
	}
}

static void a_passphrase_opens_what_is_encrypted(void **state)
{
	EVP_PKEY *key = generate(&samples[4]);

	(void)state;
	for (unsigned int form = 0; form < 2; form++) {
		struct input input = encrypted_of(key, form == 1);
		char longest[KEY_PASSPHRASE_MAX + 1] = "open sesame";

		assert_true(festore_key_is_encrypted(input.bytes, input.len));
		assert_int_equal(read_with(&input, "open sesame", 11), FESTORE_OK);
		assert_numbers(&samples[4], key);
		assert_int_equal(read_with(&input, "open sesame", 10), FESTORE_DENIED);
		assert_int_equal(read_with(&input, "", 0), FESTORE_DENIED);
		assert_int_equal(read_with(&input, NULL, 0), FESTORE_USAGE);
		assert_int_equal(read_with(&input, longest, sizeof(longest) - 1), FESTORE_DENIED);
		assert_int_equal(read_with(&input, longest, sizeof(longest)), FESTORE_USAGE);
		input_free(&input);
	}
	EVP_PKEY_free(key);
}

static void encrypted_ones_are_cut_or_longer_too(void **state)
{
	EVP_PKEY *key = generate(&samples[4]);
	struct input input = encrypted_of(key, false);
	const size_t len = input.len;

	(void)state;
	for (input.len = 0; input.len < len; input.len++)
		assert_int_equal(read_with(&input, "open sesame", 11), FESTORE_USAGE);
	input.bytes[len] = 0;
	input.len = len + 1;
	assert_int_equal(read_with(&input, "open sesame", 11), FESTORE_USAGE);
	assert_false(festore_key_is_encrypted(input.bytes, input.len));
	assert_false(festore_key_is_encrypted(input.bytes, 0));
	input_free(&input);
	EVP_PKEY_free(key);
}

/* Three primes are a version of PKCS#1, and no pair that a TEE has. */
static void refuses_more_than_two_primes(void **state)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;
	struct input input;

	(void)state;
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_primes(context, 3), 1);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	input = der_of(key);
	assert_int_equal(read_input(&input), FESTORE_USAGE);
	input_free(&input);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(context);
}

static void refuses_a_curve_that_is_not_named(void **state)
{
	EVP_PKEY *key = generate(&samples[1]);
	struct input input;

	(void)state;
	assert_int_equal(EVP_PKEY_set_utf8_string_param(
				 key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT),
		1);
	input = der_of(key);
	assert_int_equal(read_input(&input), FESTORE_USAGE);
	input_free(&input);
	EVP_PKEY_free(key);
}

/* The PEM of a key with other words for its first line, and perhaps more behind that. */
static struct input relabelled(EVP_PKEY *key, const char *label, const char *header)
{
	struct input pem = pem_of(key);
	BIO *bio = BIO_new(BIO_s_mem());
	const char *body = (const char *)pem.bytes + strlen("-----BEGIN PRIVATE KEY-----\n");
	const size_t body_len = pem.len - strlen("-----BEGIN PRIVATE KEY-----\n") -
		strlen("-----END PRIVATE KEY-----\n");

	BIO_printf(bio, "-----BEGIN %s-----\n%s", label, header);
	BIO_write(bio, body, (int)body_len);
	BIO_printf(bio, "-----END %s-----\n", label);
	input_free(&pem);
	return input_of(bio);
}

static void refuses_what_is_no_pkcs8(void **state)
{
	static const char header[] = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
				     "00112233445566778899AABBCCDDEEFF\n\n";
	EVP_PKEY *key = generate(&samples[1]);
	BIO *traditional = BIO_new(BIO_s_mem());
	BIO *public = BIO_new(BIO_s_mem());
	struct input good = relabelled(key, "PRIVATE KEY", "");

	(void)state;
	assert_int_equal(read_input(&good), FESTORE_OK);
	assert_int_equal(
		PEM_write_bio_PrivateKey_traditional(traditional, key, NULL, NULL, 0, NULL, NULL),
		1);
	assert_int_equal(PEM_write_bio_PUBKEY(public, key), 1);
	for (unsigned int i = 0; i < 4; i++) {
		struct input input = i == 0 ? input_of(traditional)
			: i == 1            ? input_of(public)
			: i == 2            ? relabelled(key, "PRIVATE KEY", header)
					    : relabelled(key, "EC PRIVATE KEY", "");

		assert_int_equal(read_input(&input), FESTORE_USAGE);
		assert_false(festore_key_is_encrypted(input.bytes, input.len));
		input_free(&input);
	}
	input_free(&good);
	EVP_PKEY_free(key);
}

/* Text around it is allowed, up to a size. */
static void the_input_has_a_limit(void **state)
{
	EVP_PKEY *key = generate(&samples[4]);
	struct input pem = pem_of(key);
	struct input input = {.bytes = malloc(KEY_PRIVATE_MAX + 1), .len = KEY_PRIVATE_MAX};

	(void)state;
	memset(input.bytes, '\n', KEY_PRIVATE_MAX + 1);
	memcpy(input.bytes, pem.bytes, pem.len);
	assert_int_equal(read_input(&input), FESTORE_OK);
	input.len++;
	assert_int_equal(read_input(&input), FESTORE_USAGE);
	input_free(&input);
	input_free(&pem);
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_each_type_in_both_forms, reset_script),
		cmocka_unit_test_setup(refuses_what_is_cut_or_longer, reset_script),
		cmocka_unit_test_setup(damage_has_an_answer, reset_script),
		cmocka_unit_test_setup(a_passphrase_opens_what_is_encrypted, reset_script),
		cmocka_unit_test_setup(encrypted_ones_are_cut_or_longer_too, reset_script),
		cmocka_unit_test_setup(refuses_more_than_two_primes, reset_script),
		cmocka_unit_test_setup(refuses_a_curve_that_is_not_named, reset_script),
		cmocka_unit_test_setup(refuses_what_is_no_pkcs8, reset_script),
		cmocka_unit_test_setup(the_input_has_a_limit, reset_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
