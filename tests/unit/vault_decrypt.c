// SPDX-License-Identifier: BSD-2-Clause
/*
 * Decryption in the TA: published vectors through its own functions and GP's, other people's points
 * and blocks that are none, and pieces of messages in every wrong way: nothing comes out that was
 * not verified, and nothing that others send ends the TA.
 */
#include "vault.h"

#include "decryption.h"
#include "key_secret.h"
#include "peer.h"
#include "wrap.h"

#include "../vectors/agreed.h"
#include "hex.h"

#include <openssl/evp.h>

static struct store store;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

/* Runs a function of the TA's inside of it. */
static void run_inside(void (*function)(void *arg), void *arg)
{
	const uint32_t session = open_as(ALICE);

	assert_true(fake_tee_run(session, function, arg));
	fake_tee_close_session(session);
}

/* --- vectors ---------------------------------------------------------------------------------- */

static void agree(void *arg)
{
	(void)arg;
	assert_true(agreed_as_in_rfc_7748());
}

static void x25519_is_as_in_rfc_7748(void **state)
{
	(void)state;
	run_inside(agree, NULL);
}

static void open_sealed(void *arg)
{
	(void)arg;
	assert_true(opened_as_in_rfc_9180());
}

static void hpke_is_as_in_rfc_9180(void **state)
{
	(void)state;
	run_inside(open_sealed, NULL);
}

/* --- what others send ------------------------------------------------------------------------- */

static const struct {
	uint32_t curve;
	const char *name;
	size_t field;
} curves[] = {
	{TEE_ECC_CURVE_NIST_P256, "P-256", 32},
	{TEE_ECC_CURVE_NIST_P384, "P-384", 48},
	{TEE_ECC_CURVE_NIST_P521, "P-521", 66},
};

static void check_points(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < 3; i++) {
		const size_t len = 1 + 2 * curves[i].field;
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[i].name);
		unsigned char *point = NULL;
		uint8_t bad[PEER_MAX + 1] = {0};

		assert_int_equal(EVP_PKEY_get1_encoded_public_key(key, &point), len);
		assert_int_equal(peer_check_point(curves[i].curve, point, len), TEE_SUCCESS);
		for (size_t other = 0; other < 3; other++) {
			if (other != i)
				assert_int_equal(peer_check_point(curves[other].curve, point, len),
					TEE_ERROR_CORRUPT_OBJECT);
		}
		for (size_t at = 0; at < len; at++) {
			memcpy(bad, point, len);
			bad[at] ^= 1;
			assert_int_equal(peer_check_point(curves[i].curve, bad, len),
				TEE_ERROR_CORRUPT_OBJECT);
		}
		/* Shorter, longer, infinity, compressed, of coordinates as large as can be. */
		memcpy(bad, point, len);
		for (size_t cut = 0; cut <= len + 1; cut++) {
			if (cut != len)
				assert_int_equal(peer_check_point(curves[i].curve, bad, cut),
					TEE_ERROR_CORRUPT_OBJECT);
		}
		memset(bad, 0, sizeof(bad));
		assert_int_equal(
			peer_check_point(curves[i].curve, bad, len), TEE_ERROR_CORRUPT_OBJECT);
		bad[0] = 4;
		assert_int_equal(
			peer_check_point(curves[i].curve, bad, len), TEE_ERROR_CORRUPT_OBJECT);
		memset(bad + 1, 0xff, len - 1);
		assert_int_equal(
			peer_check_point(curves[i].curve, bad, len), TEE_ERROR_CORRUPT_OBJECT);
		OPENSSL_free(point);
		EVP_PKEY_free(key);
	}
	assert_int_equal(peer_check_point(0, (const uint8_t *)"\4", 1), TEE_ERROR_CORRUPT_OBJECT);
}

static void points_are_on_their_curve(void **state)
{
	(void)state;
	run_inside(check_points, NULL);
}

/* Those by which nothing is secret: RFC 7748's p is 2^255 - 19. */
static void points_of_small_order_are_none(void **state)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	uint8_t point[32];

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		unhex(points[i], point);
		assert_false(peer_is_x25519(point));
		/* The highest bit is not read. */
		point[31] ^= 0x80;
		assert_false(peer_is_x25519(point));
		point[31] ^= 0x80;
		point[5] ^= 2;
		assert_true(peer_is_x25519(point));
	}
}

/* A wrapped key that was changed does not open, whatever the hash; unknown hashes are refused. */
static void unwrap_nothing(void *arg)
{
	static const uint8_t secret[KEY_SECRET_MAX] = {1};
	static const uint8_t wrapped[WRAP_LEN] = {2};
	uint8_t key[FESTORE_HASH];

	(void)arg;
	for (uint32_t hash = 1; hash <= 4; hash++)
		assert_int_equal(
			wrap_open(hash, secret, 66, wrapped, key), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(wrap_open(0, secret, 66, wrapped, key), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(wrap_open(5, secret, 66, wrapped, key), TEE_ERROR_NOT_SUPPORTED);
}

static void wrong_keys_do_not_unwrap(void **state)
{
	(void)state;
	run_inside(unwrap_nothing, NULL);
}

/* --- pieces of HPKE --------------------------------------------------------------------------- */

#define CHUNK_ROOM (FESTORE_CHUNK + FESTORE_SEAL)

static const struct hpke test_hpke = {.key = {7}, .base_nonce = {9}};
static uint8_t message[4 * CHUNK_ROOM];

/* Chunk `number` of `len` bytes, sealed at `to`. */
static void seal_chunk(uint8_t *to, uint64_t number, size_t len, uint8_t is_last)
{
	struct seal seal = {
		.aead = FESTORE_AEAD_CHACHA20_POLY1305,
		.key = test_hpke.key,
		.aad = &is_last,
		.aad_len = 1,
	};

	memset(to, (int)('a' + number), len);
	hpke_nonce(&test_hpke, number, seal.nonce);
	assert_int_equal(seal_close(&seal, to, len, to + len), TEE_SUCCESS);
}

static TEE_Result take(struct decryption *decryption, const uint8_t *piece, size_t len,
	bool is_last, size_t *ret_len)
{
	static uint8_t copy[FESTORE_PIECE + 2 * FESTORE_SEAL + 1];
	TEE_Result res = TEE_SUCCESS;

	memcpy(copy, piece, len);
	*ret_len = 0;
	res = decryption_piece(decryption, copy, len, is_last, ret_len);
	memcpy(message, copy, res == TEE_SUCCESS ? *ret_len : 0);
	return res;
}

static void open_chunks(void *arg)
{
	struct decryption decryption = {0};
	uint8_t sealed[3 * CHUNK_ROOM];
	size_t len = 0;

	(void)arg;
	for (uint64_t i = 0; i < 3; i++)
		seal_chunk(sealed + i * CHUNK_ROOM, i, i < 2 ? FESTORE_CHUNK : 5, i == 2);
	decryption_begin_hpke(&decryption, &test_hpke);
	assert_int_equal(take(&decryption, sealed, 2 * CHUNK_ROOM, false, &len), TEE_SUCCESS);
	assert_int_equal(len, 2 * FESTORE_CHUNK);
	assert_int_equal(message[0], 'a');
	assert_int_equal(message[2 * FESTORE_CHUNK - 1], 'b');
	assert_int_equal(take(&decryption, sealed + 2 * CHUNK_ROOM, 21, true, &len), TEE_SUCCESS);
	assert_memory_equal(message, "ccccc", 5);
	/* Behind the last one nothing follows. */
	assert_int_equal(take(&decryption, sealed, CHUNK_ROOM, false, &len), TEE_ERROR_BAD_STATE);
	decryption_end(&decryption);
	assert_int_equal(take(&decryption, sealed, CHUNK_ROOM, false, &len), TEE_ERROR_BAD_STATE);

	/* Cut behind a chunk, in another order, not last, last, or none. */
	decryption_begin_hpke(&decryption, &test_hpke);
	assert_int_equal(
		take(&decryption, sealed, CHUNK_ROOM, true, &len), TEE_ERROR_CORRUPT_OBJECT);
	decryption_end(&decryption);
	decryption_begin_hpke(&decryption, &test_hpke);
	assert_int_equal(take(&decryption, sealed + CHUNK_ROOM, CHUNK_ROOM, false, &len),
		TEE_ERROR_CORRUPT_OBJECT);
	decryption_end(&decryption);
	decryption_begin_hpke(&decryption, &test_hpke);
	assert_int_equal(take(&decryption, sealed, 0, true, &len), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(take(&decryption, sealed, 15, true, &len), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(
		take(&decryption, sealed, CHUNK_ROOM - 1, false, &len), TEE_ERROR_BAD_PARAMETERS);
	decryption_end(&decryption);

	/* An empty chunk is the whole of an empty content, and no end of another. */
	seal_chunk(sealed, 0, 0, 1);
	decryption_begin_hpke(&decryption, &test_hpke);
	assert_int_equal(take(&decryption, sealed, FESTORE_SEAL, true, &len), TEE_SUCCESS);
	assert_int_equal(len, 0);
	decryption_end(&decryption);
	seal_chunk(sealed, 0, FESTORE_CHUNK, 0);
	seal_chunk(sealed + CHUNK_ROOM, 1, 0, 1);
	decryption_begin_hpke(&decryption, &test_hpke);
	assert_int_equal(take(&decryption, sealed, CHUNK_ROOM, false, &len), TEE_SUCCESS);
	assert_int_equal(take(&decryption, sealed + CHUNK_ROOM, FESTORE_SEAL, true, &len),
		TEE_ERROR_CORRUPT_OBJECT);
	decryption_end(&decryption);
}

static void chunks_open_in_their_order_and_to_their_end(void **state)
{
	(void)state;
	run_inside(open_chunks, NULL);
}

/* --- pieces of CMS ---------------------------------------------------------------------------- */

static const uint8_t test_key[FESTORE_HASH] = {1};
static const uint8_t test_nonce[SEAL_NONCE] = {2};
static const uint8_t test_mark_key[FESTORE_HASH] = {3};

/* A content of a full piece of 'x' and 5 bytes more, encrypted, and its tag. */
static void encrypt(uint8_t *to)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int len = 0;

	memset(to, 'x', FESTORE_PIECE + 5);
	EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, test_key, test_nonce);
	EVP_EncryptUpdate(cipher, to, &len, to, FESTORE_PIECE + 5);
	EVP_EncryptFinal_ex(cipher, to, &len);
	EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, FESTORE_SEAL, to + FESTORE_PIECE + 5);
	EVP_CIPHER_CTX_free(cipher);
}

static uint8_t encrypted[FESTORE_PIECE + 5 + FESTORE_SEAL];
static uint8_t piece[FESTORE_PIECE + 2 * FESTORE_SEAL + 1];
static uint8_t marks[2][FESTORE_SEAL];

static TEE_Result step(struct decryption *decryption, size_t len, bool is_last, size_t *ret_len)
{
	*ret_len = 0;
	return decryption_piece(decryption, piece, len, is_last, ret_len);
}

/* The first pass; its marks are in marks[]. */
static void verify_all(struct decryption *decryption)
{
	size_t len = 0;

	encrypt(encrypted);
	assert_int_equal(
		decryption_begin_cms(decryption, test_key, test_nonce, test_mark_key), TEE_SUCCESS);
	memcpy(piece, encrypted, FESTORE_PIECE);
	assert_int_equal(step(decryption, FESTORE_PIECE, false, &len), TEE_SUCCESS);
	assert_int_equal(len, FESTORE_SEAL);
	memcpy(marks[0], piece, FESTORE_SEAL);
	memcpy(piece, encrypted + FESTORE_PIECE, 5 + FESTORE_SEAL);
	assert_int_equal(step(decryption, 5 + FESTORE_SEAL, true, &len), TEE_SUCCESS);
	assert_int_equal(len, FESTORE_SEAL);
	memcpy(marks[1], piece, FESTORE_SEAL);
}

static void load_piece(size_t number)
{
	const size_t len = number == 0 ? FESTORE_PIECE : 5;

	memcpy(piece, encrypted + number * FESTORE_PIECE, len);
	memcpy(piece + len, marks[number], FESTORE_SEAL);
}

static void give_in_two_passes(void *arg)
{
	struct decryption decryption = {0};
	size_t len = 0;

	(void)arg;
	verify_all(&decryption);
	load_piece(0);
	assert_int_equal(step(&decryption, FESTORE_PIECE + FESTORE_SEAL, false, &len), TEE_SUCCESS);
	assert_int_equal(len, FESTORE_PIECE);
	assert_int_equal(piece[0], 'x');
	assert_int_equal(piece[FESTORE_PIECE - 1], 'x');
	load_piece(1);
	assert_int_equal(step(&decryption, 5 + FESTORE_SEAL, true, &len), TEE_SUCCESS);
	assert_memory_equal(piece, "xxxxx", 5);
	assert_int_equal(step(&decryption, 5 + FESTORE_SEAL, true, &len), TEE_ERROR_BAD_STATE);
	decryption_end(&decryption);
}

static void a_message_comes_out_in_the_second_pass(void **state)
{
	(void)state;
	run_inside(give_in_two_passes, NULL);
}

/* In the first pass: any byte of content and tag. */
static void refuse_changes(void *arg)
{
	(void)arg;
	for (size_t at = FESTORE_PIECE - 1; at < sizeof(encrypted); at++) {
		struct decryption decryption = {0};
		size_t len = 0;

		encrypt(encrypted);
		encrypted[at] ^= 1;
		assert_int_equal(
			decryption_begin_cms(&decryption, test_key, test_nonce, test_mark_key),
			TEE_SUCCESS);
		memcpy(piece, encrypted, FESTORE_PIECE);
		assert_int_equal(step(&decryption, FESTORE_PIECE, false, &len), TEE_SUCCESS);
		memcpy(piece, encrypted + FESTORE_PIECE, 5 + FESTORE_SEAL);
		assert_int_equal(
			step(&decryption, 5 + FESTORE_SEAL, true, &len), TEE_ERROR_CORRUPT_OBJECT);
		assert_false(decryption.is_verified);
		decryption_end(&decryption);
	}
}

static void what_was_changed_is_not_verified(void **state)
{
	(void)state;
	run_inside(refuse_changes, NULL);
}

/* In the second pass: another byte, another mark, another piece, another end. */
static void refuse_others(void *arg)
{
	struct decryption decryption = {0};
	size_t len = 0;

	(void)arg;
	for (unsigned int i = 0; i < 4; i++) {
		verify_all(&decryption);
		load_piece(0);
		piece[i == 0 ? 0 : i == 1 ? FESTORE_PIECE : 100] ^= i < 2 ? 1 : 0;
		if (i == 2)
			memcpy(piece + FESTORE_PIECE, marks[1], FESTORE_SEAL);
		assert_int_equal(step(&decryption, FESTORE_PIECE + FESTORE_SEAL, i == 3, &len),
			TEE_ERROR_CORRUPT_OBJECT);
		decryption_end(&decryption);
	}
	verify_all(&decryption);
	load_piece(1);
	assert_int_equal(step(&decryption, 5 + FESTORE_SEAL, true, &len), TEE_ERROR_CORRUPT_OBJECT);
	decryption_end(&decryption);
}

static void what_was_not_verified_does_not_come_out(void **state)
{
	(void)state;
	run_inside(refuse_others, NULL);
}

static void refuse_lengths(void *arg)
{
	static const size_t lens[] = {0, FESTORE_PIECE - 1, FESTORE_PIECE + 1};
	struct decryption decryption = {0};
	size_t len = 0;

	(void)arg;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
			decryption_begin_cms(&decryption, test_key, test_nonce, test_mark_key),
			TEE_SUCCESS);
		assert_int_equal(step(&decryption, lens[i], false, &len), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(
			step(&decryption, FESTORE_SEAL - 1, true, &len), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(step(&decryption, FESTORE_PIECE + FESTORE_SEAL + 1, true, &len),
			TEE_ERROR_BAD_PARAMETERS);
		decryption_end(&decryption);
	}
}

/* As if 64 GiB but for 64 bytes had come. */
static void refuse_too_much(void *arg)
{
	struct decryption decryption = {0};
	size_t len = 0;

	(void)arg;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(
			decryption_begin_cms(&decryption, test_key, test_nonce, test_mark_key),
			TEE_SUCCESS);
		assert_int_equal(step(&decryption, FESTORE_PIECE, false, &len), TEE_SUCCESS);
		decryption.count = FESTORE_CMS_MAX / FESTORE_PIECE;
		assert_int_equal(
			step(&decryption, FESTORE_PIECE - 32 + FESTORE_SEAL + i, true, &len),
			i == 0 ? TEE_ERROR_CORRUPT_OBJECT : TEE_ERROR_BAD_PARAMETERS);
		decryption_end(&decryption);
	}
}

static void a_message_has_its_limit(void **state)
{
	(void)state;
	run_inside(refuse_too_much, NULL);
}

static void pieces_have_their_lengths(void **state)
{
	(void)state;
	run_inside(refuse_lengths, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(x25519_is_as_in_rfc_7748, setup, teardown_store),
		cmocka_unit_test_setup_teardown(hpke_is_as_in_rfc_9180, setup, teardown_store),
		cmocka_unit_test_setup_teardown(points_are_on_their_curve, setup, teardown_store),
		cmocka_unit_test_setup_teardown(
			points_of_small_order_are_none, setup, teardown_store),
		cmocka_unit_test_setup_teardown(wrong_keys_do_not_unwrap, setup, teardown_store),
		cmocka_unit_test_setup_teardown(
			chunks_open_in_their_order_and_to_their_end, setup, teardown_store),
		cmocka_unit_test_setup_teardown(
			a_message_comes_out_in_the_second_pass, setup, teardown_store),
		cmocka_unit_test_setup_teardown(
			what_was_changed_is_not_verified, setup, teardown_store),
		cmocka_unit_test_setup_teardown(
			what_was_not_verified_does_not_come_out, setup, teardown_store),
		cmocka_unit_test_setup_teardown(pieces_have_their_lengths, setup, teardown_store),
		cmocka_unit_test_setup_teardown(a_message_has_its_limit, setup, teardown_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
