// SPDX-License-Identifier: BSD-2-Clause
/*
 * Encryption to a public key: RFC 9180's vectors, where pieces begin and end, which keys are
 * refused. That others can open what comes out is tests/e2e/encrypt.t's.
 */
#include "../../lib/der.h"
#include "../../lib/hpke.h"
#include "../../lib/recipient.h"

#include "scripted_teec.h"

#include <sys/wait.h>
#include <unistd.h>

#include "hex.h"
#include "public_keys.h"

#define CHUNK 4096u
#define SEGMENT 65536u
#define HEADER 64u
#define TAG 16u

/* What a sink was given. */
static uint8_t *sealed;
static size_t sealed_len;
static size_t sealed_room;
static unsigned int sink_calls;
static unsigned int sink_fails_at; /* 0: never */

static int begin(void **state)
{
	sealed_len = 0;
	sink_calls = 0;
	sink_fails_at = 0;
	return reset_script(state);
}

static int end(void **state)
{
	free(sealed);
	sealed = NULL;
	sealed_room = 0;
	return check_end(state);
}

static int take(const void *bytes, size_t len, void *arg)
{
	assert_ptr_equal(arg, &sealed);
	assert_true(len != 0);
	if (++sink_calls == sink_fails_at)
		return FESTORE_NO_SPACE;
	if (sealed_len + len > sealed_room) {
		sealed_room = 2 * (sealed_len + len);
		sealed = realloc(sealed, sealed_room);
		assert_non_null(sealed);
	}
	memcpy(sealed + sealed_len, bytes, len);
	sealed_len += len;
	return 0;
}

static enum festore_error open_to(
	struct festore_encryptor **encryptor, const char *key, unsigned int flags)
{
	return festore_encryptor_open(encryptor, key, strlen(key), flags, take, &sealed);
}

/* Encrypts `len` bytes, `step` at a time; returns how many came out. */
static size_t encrypt(const char *key, unsigned int flags, size_t len, size_t step)
{
	struct festore_encryptor *encryptor = NULL;
	uint8_t *bytes = calloc(1, step);

	sealed_len = 0;
	assert_non_null(bytes);
	assert_int_equal(open_to(&encryptor, key, flags), FESTORE_OK);
	for (size_t done = 0; done < len; done += step) {
		const size_t now = len - done < step ? len - done : step;

		assert_int_equal(festore_encryptor_write(encryptor, bytes, now), FESTORE_OK);
	}
	assert_int_equal(festore_encryptor_finish(encryptor), FESTORE_OK);
	assert_string_equal(festore_encryptor_reason(encryptor), "this encryptor has finished");
	festore_encryptor_close(&encryptor);
	assert_null(encryptor);
	free(bytes);
	return sealed_len;
}

/* --- HPKE ---------------------------------------------------------------------------------------
 */

static const char rfc_info[] = "4f6465206f6e2061204772656369616e2055726e";
static const char rfc_plain[] = "4265617574792069732074727574682c20747275746820626561757479";

static void seal(const struct hpke_context *context, uint64_t count, const char *aad_hex,
	uint8_t *ret_sealed)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	uint8_t nonce[HPKE_NONCE_LEN];
	uint8_t aad[16];
	uint8_t plain[64];
	const int aad_len = (int)unhex(aad_hex, aad);
	const int len = (int)unhex(rfc_plain, plain);
	int done = 0;

	hpke_nonce(context->base_nonce, count, nonce);
	assert_true(EVP_EncryptInit_ex(cipher, EVP_chacha20_poly1305(), NULL, context->key, nonce));
	assert_true(EVP_EncryptUpdate(cipher, NULL, &done, aad, aad_len));
	assert_true(EVP_EncryptUpdate(cipher, ret_sealed, &done, plain, len));
	assert_true(EVP_EncryptFinal_ex(cipher, ret_sealed + len, &done));
	assert_true(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG, ret_sealed + len));
	EVP_CIPHER_CTX_free(cipher);
}

/* RFC 9180, A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, mode_base. */
static void hpke_is_as_in_the_rfc(void **state)
{
	struct hpke_context context = {0};
	uint8_t bytes[64];
	uint8_t info[64];
	uint8_t result[64];
	EVP_PKEY *pair = NULL;
	EVP_PKEY *recipient = NULL;

	(void)state;
	unhex("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600", bytes);
	pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, bytes, 32);
	unhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a", bytes);
	recipient = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, bytes, 32);
	assert_true(hpke_setup(recipient, pair, info, unhex(rfc_info, info), &context));

	unhex("ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91", bytes);
	assert_memory_equal(context.key, bytes, HPKE_KEY_LEN);
	unhex("5c4d98150661b848853b547f", bytes);
	assert_memory_equal(context.base_nonce, bytes, HPKE_NONCE_LEN);
	seal(&context, 0, "436f756e742d30", result);
	assert_int_equal(unhex("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db219"
			       "93c62ce81883d2dd1b51a28",
				 bytes),
		45);
	assert_memory_equal(result, bytes, 45);
	seal(&context, 1, "436f756e742d31", result);
	unhex("6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f5999"
	      "2dc98c",
		bytes);
	assert_memory_equal(result, bytes, 45);
	EVP_PKEY_free(pair);
	EVP_PKEY_free(recipient);
}

static void nonces_count_in_their_last_bytes(void **state)
{
	static const uint8_t base[HPKE_NONCE_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 0, 0, 0, 0xff};
	static const uint8_t wanted[HPKE_NONCE_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xf1, 2, 3, 4, 5, 6, 7, 0xf7};
	uint8_t nonce[HPKE_NONCE_LEN];

	(void)state;
	hpke_nonce(base, 0x0102030405060708u, nonce);
	assert_memory_equal(nonce, wanted, sizeof(wanted));
	hpke_nonce(base, 0, nonce);
	assert_memory_equal(nonce, base, sizeof(base));
}

/* The last chunk is empty only if it is the only one. */
static void chunks_are_full_but_for_the_last(void **state)
{
	static const struct {
		size_t len;
		size_t chunks;
	} cases[] = {{0, 1}, {1, 1}, {CHUNK - 1, 1}, {CHUNK, 1}, {CHUNK + 1, 2}, {2 * CHUNK, 2},
		{2 * CHUNK + 1, 3}, {1048576, 256}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t wanted = HEADER + cases[i].len + TAG * cases[i].chunks;

		assert_int_equal(encrypt(x25519, 0, cases[i].len, 65536), wanted);
		assert_int_equal(encrypt(x25519, 0, cases[i].len, 1000), wanted);
		assert_int_equal(encrypt(x25519, 0, cases[i].len, CHUNK), wanted);
	}
}

/* --- a reader that shares no code ---------------------------------------------------------------
 */

static char folder[] = "/tmp/festore-envelope-XXXXXX";

static void write_file(const char *name, const void *bytes, size_t len)
{
	char path[64];
	FILE *file = NULL;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Its exit status for the first `len` bytes, and how many bytes it gave. */
static int read_sealed(size_t len, size_t *ret_len)
{
	char command[256];
	uint8_t bytes[3 * CHUNK];
	FILE *reader = NULL;

	write_file("sealed", sealed, len);
	snprintf(command, sizeof(command),
		"/usr/bin/python3 tests/vectors/envelope.py open %s/key <%s/sealed 2>%s/why",
		folder, folder, folder);
	reader = popen(command, "r");
	assert_non_null(reader);
	*ret_len = fread(bytes, 1, sizeof(bytes), reader);
	return WEXITSTATUS(pclose(reader));
}

static void chunks_bear_the_last_flag(void **state)
{
	char command[64];
	size_t len = 0;

	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(folder));
	write_file("key", private_key, strlen(private_key));
	encrypt(x25519, 0, 2 * CHUNK + 1, 1000);
	assert_int_equal(read_sealed(sealed_len, &len), 0);
	assert_int_equal(len, 2 * CHUNK + 1);
	assert_int_equal(read_sealed(sealed_len - 1 - TAG, &len), 6);
	assert_int_equal(read_sealed(sealed_len - 1 - TAG - CHUNK - TAG, &len), 6);
	assert_int_equal(len, 0);
	encrypt(x25519, 0, 0, 1);
	assert_int_equal(read_sealed(sealed_len, &len), 0);
	assert_int_equal(len, 0);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void no_key_serves_twice(void **state)
{
	uint8_t first[HEADER + TAG + 1];

	(void)state;
	assert_int_equal(encrypt(x25519, 0, 1, 1), sizeof(first));
	memcpy(first, sealed, sizeof(first));
	encrypt(x25519, 0, 1, 1);
	assert_memory_equal(first, sealed, 32);
	assert_memory_not_equal(first + 32, sealed + 32, 32);
}

/* --- CMS and RSA --------------------------------------------------------------------------------
 */

/* Segments of 64 KiB, whatever comes in; indefinite lengths end with zeros. */
static void segments_are_full_but_for_the_last(void **state)
{
	static const uint8_t empty[] = {0xa0, 0x80, 0, 0, 0, 0, 4, TAG};
	static const uint8_t full[] = {0xa0, 0x80, 4, 0x83, 1, 0, 0};
	static const uint8_t one[] = {4, 1};
	static const uint8_t feet[6] = {0};
	const size_t frame = encrypt(p256, 0, 0, 1);

	(void)state;
	assert_memory_equal(sealed + frame - TAG - 6 - sizeof(empty), empty, sizeof(empty));
	assert_memory_equal(sealed + frame - 6, feet, sizeof(feet));
	assert_int_equal(encrypt(p256, 0, 1, 1), frame + 3);
	assert_int_equal(encrypt(p256, 0, SEGMENT, 777), frame + SEGMENT + 5);
	assert_memory_equal(sealed + frame - TAG - 14, full, sizeof(full));
	assert_int_equal(encrypt(p256, 0, SEGMENT + 1, SEGMENT), frame + SEGMENT + 5 + 3);
	assert_memory_equal(sealed + sealed_len - 6 - TAG - 6 - 3, one, sizeof(one));
	assert_int_equal(encrypt(p384, 0, 3 * SEGMENT, 3 * SEGMENT) - encrypt(p384, 0, 0, 1),
		3 * (SEGMENT + 5));
	assert_true(encrypt(p521, 0, 10, 10) > 10);
	assert_true(encrypt(rsa2048, 0, 10, 10) > 256 + 10);
}

static void a_raw_block_has_its_limit(void **state)
{
	struct festore_encryptor *encryptor = NULL;
	uint8_t bytes[191] = {0};

	(void)state;
	assert_int_equal(encrypt(rsa2048, FESTORE_ENCRYPT_RAW, 0, 1), 256);
	assert_int_equal(encrypt(rsa2048, FESTORE_ENCRYPT_RAW, 190, 190), 256);
	assert_int_equal(encrypt(rsa2048, FESTORE_ENCRYPT_RAW, 190, 7), 256);
	sealed_len = 0;
	assert_int_equal(open_to(&encryptor, rsa2048, FESTORE_ENCRYPT_RAW), FESTORE_OK);
	assert_int_equal(festore_encryptor_write(encryptor, bytes, 191), FESTORE_NO_SPACE);
	assert_non_null(strstr(festore_encryptor_reason(encryptor), "takes 190 bytes"));
	assert_int_equal(festore_encryptor_finish(encryptor), FESTORE_NO_SPACE);
	assert_int_equal(sealed_len, 0);
	festore_encryptor_close(&encryptor);
}

static void lengths_are_as_short_as_can_be(void **state)
{
	static const struct {
		size_t len;
		uint8_t bytes[DER_HEADER_MAX];
		size_t bytes_len;
	} cases[] = {{0, {4, 0}, 2}, {127, {4, 127}, 2}, {128, {4, 0x81, 128}, 3},
		{255, {4, 0x81, 255}, 3}, {256, {4, 0x82, 1, 0}, 4},
		{65535, {4, 0x82, 255, 255}, 4}, {65536, {4, 0x83, 1, 0, 0}, 5},
		{0x1000000, {4, 0x84, 1, 0, 0, 0}, 6}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t header[DER_HEADER_MAX];

		assert_int_equal(
			der_header(header, DER_OCTET_STRING, cases[i].len), cases[i].bytes_len);
		assert_memory_equal(header, cases[i].bytes, cases[i].bytes_len);
	}
}

/* --- keys ---------------------------------------------------------------------------------------
 */

static void refused(const char *key, const char *why)
{
	struct festore_encryptor *encryptor = NULL;

	assert_int_equal(open_to(&encryptor, key, 0), FESTORE_USAGE);
	if (!strstr(festore_encryptor_reason(encryptor), why))
		fail_msg("\"%s\" is not \"%s\"", festore_encryptor_reason(encryptor), why);
	assert_int_equal(festore_encryptor_write(encryptor, "x", 1), FESTORE_USAGE);
	assert_int_equal(festore_encryptor_finish(encryptor), FESTORE_USAGE);
	assert_int_equal(sealed_len, 0);
	festore_encryptor_close(&encryptor);
}

static void keys_that_nothing_is_encrypted_to(void **state)
{
	(void)state;
	refused(rsa1024, "festore cannot use");
	refused(rsa4104, "festore cannot use");
	refused(rsa_pss, "festore cannot use");
	refused(ed25519, "an Ed25519 key signs");
	refused(x448, "festore cannot use");
	refused(p256k1, "festore cannot use");
	refused(p256_explicit, "festore cannot use");
}

static void keys_that_are_none(void **state)
{
	(void)state;
	refused(p256_off_curve, "no public key");
	refused(p256_infinity, "festore cannot use");
	refused(p256_cut, "no public key");
	refused(p256_trailing, "no public key");
	refused(x25519_zero, "of small order");
	refused(x25519_one, "of small order");
}

static void texts_that_have_no_key(void **state)
{
	char text[2048];
	struct festore_encryptor *encryptor = NULL;

	(void)state;
	refused("", "no public key");
	refused("ssh-ed25519 AAAA", "no public key");
	refused(certificate, "this is a certificate");
	refused(private_key, "this is a private key");
	refused("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "no public key");
	refused("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "no public key");
	refused("-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n", "no public key");
	refused("-----BEGIN PRIVATE KEY-----", "no public key");
	snprintf(text, sizeof(text), "%.60s", p256);
	refused(text, "no public key");
	snprintf(text, sizeof(text), "%s%s", p256, p256);
	refused(text, "more than one");
	snprintf(text, sizeof(text), "%s%.40s", p256, p256);
	refused(text, "more than one");

	/* What stands around a key says nothing. */
	snprintf(text, sizeof(text), "Alice's:\n%s\nwith care\n", p256);
	assert_int_equal(open_to(&encryptor, text, 0), FESTORE_OK);
	festore_encryptor_close(&encryptor);
}

static void flags_are_checked(void **state)
{
	struct festore_encryptor *encryptor = NULL;

	(void)state;
	assert_int_equal(open_to(&encryptor, rsa2048, 2), FESTORE_USAGE);
	assert_string_equal(festore_encryptor_reason(encryptor), "unknown flags");
	festore_encryptor_close(&encryptor);
	assert_int_equal(open_to(&encryptor, p256, FESTORE_ENCRYPT_RAW), FESTORE_USAGE);
	assert_string_equal(
		festore_encryptor_reason(encryptor), "only RSA keys encrypt a raw block");
	festore_encryptor_close(&encryptor);
	festore_encryptor_close(&encryptor);
	festore_encryptor_close(NULL);
}

/* --- failures -----------------------------------------------------------------------------------
 */

static void a_sink_ends_it(void **state)
{
	static const char *const keys[] = {x25519, p256};
	uint8_t bytes[3 * SEGMENT] = {0};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		for (unsigned int at = 1; at <= 4; at++) {
			struct festore_encryptor *encryptor = NULL;
			enum festore_error error = FESTORE_OK;

			sink_calls = 0;
			sink_fails_at = at;
			error = open_to(&encryptor, keys[i], 0);
			assert_int_equal(error, at == 1 ? FESTORE_NO_SPACE : FESTORE_OK);
			if (error == FESTORE_OK)
				error = festore_encryptor_write(encryptor, bytes, sizeof(bytes));
			assert_int_equal(error, FESTORE_NO_SPACE);
			assert_int_equal(festore_encryptor_finish(encryptor), FESTORE_NO_SPACE);
			assert_int_equal(sink_calls, at);
			festore_encryptor_close(&encryptor);
		}
	}
}

static void memory_that_runs_out(void **state)
{
	struct festore_encryptor *encryptor = NULL;

	(void)state;
	allocation_that_fails = 1;
	assert_int_equal(open_to(&encryptor, p256, 0), FESTORE_ERROR);
	assert_null(encryptor);
	assert_string_equal(festore_encryptor_reason(encryptor), "out of memory");
	allocation_that_fails = 2;
	assert_int_equal(open_to(&encryptor, p256, 0), FESTORE_ERROR);
	assert_string_equal(festore_encryptor_reason(encryptor), "out of memory");
	assert_int_equal(sealed_len, 0);
	festore_encryptor_close(&encryptor);
}

static void what_was_not_sealed_is_wiped(void **state)
{
	struct festore_encryptor *encryptor = NULL;
	uint8_t bytes[1000];

	(void)state;
	memset(bytes, SECRET, sizeof(bytes));
	assert_int_equal(open_to(&encryptor, p256, 0), FESTORE_OK);
	assert_int_equal(festore_encryptor_write(encryptor, bytes, sizeof(bytes)), FESTORE_OK);
	festore_encryptor_close(&encryptor);
	assert_false(freed_unwiped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hpke_is_as_in_the_rfc, begin, end),
		cmocka_unit_test_setup_teardown(nonces_count_in_their_last_bytes, begin, end),
		cmocka_unit_test_setup_teardown(chunks_are_full_but_for_the_last, begin, end),
		cmocka_unit_test_setup_teardown(chunks_bear_the_last_flag, begin, end),
		cmocka_unit_test_setup_teardown(no_key_serves_twice, begin, end),
		cmocka_unit_test_setup_teardown(segments_are_full_but_for_the_last, begin, end),
		cmocka_unit_test_setup_teardown(a_raw_block_has_its_limit, begin, end),
		cmocka_unit_test_setup_teardown(lengths_are_as_short_as_can_be, begin, end),
		cmocka_unit_test_setup_teardown(keys_that_nothing_is_encrypted_to, begin, end),
		cmocka_unit_test_setup_teardown(keys_that_are_none, begin, end),
		cmocka_unit_test_setup_teardown(texts_that_have_no_key, begin, end),
		cmocka_unit_test_setup_teardown(flags_are_checked, begin, end),
		cmocka_unit_test_setup_teardown(a_sink_ends_it, begin, end),
		cmocka_unit_test_setup_teardown(memory_that_runs_out, begin, end),
		cmocka_unit_test_setup_teardown(what_was_not_sealed_is_wiped, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
