// SPDX-License-Identifier: BSD-2-Clause
/*
 * KEY_IMPORT: pairs from outside. Those that standards print become keys that work as printed; of
 * numbers that are no pair each kind is refused, whatever else of them is right.
 */
#include "vault_key.h"

#include "hex.h"
#include "pair_vectors.h"
#include "private_keys.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>

static struct store store;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

static struct client client_of_keys(void)
{
	struct client client = client_of_new(ALICE, &store);

	client.kind = FESTORE_WIRE_KEY;
	return client;
}

/* What each type is mostly for, and its content's length. */
static const struct {
	uint16_t use;
	size_t len;
} types[] = {
	[FESTORE_WIRE_RSA2048] = {FESTORE_WIRE_SIGN, 1156},
	[FESTORE_WIRE_RSA3072] = {FESTORE_WIRE_SIGN, 1732},
	[FESTORE_WIRE_RSA4096] = {FESTORE_WIRE_SIGN, 2308},
	[FESTORE_WIRE_P256] = {FESTORE_WIRE_SIGN, 96},
	[FESTORE_WIRE_P384] = {FESTORE_WIRE_SIGN, 144},
	[FESTORE_WIRE_P521] = {FESTORE_WIRE_SIGN, 198},
	[FESTORE_WIRE_ED25519] = {FESTORE_WIRE_SIGN, 64},
	[FESTORE_WIRE_X25519] = {FESTORE_WIRE_DERIVE, 64},
};

/* The answer to these numbers, as a key that nothing is left of. */
static TEE_Result try(struct client *client, uint16_t type, const uint8_t *pair)
{
	const TEE_Result res = import(client, "try", type, types[type].use, pair, types[type].len);

	if (res == TEE_SUCCESS)
		assert_int_equal(remove_file(client, "try"), TEE_SUCCESS);
	return res;
}

static size_t pair_of(const struct pair_vector *vector, uint8_t *ret_pair)
{
	const size_t len = unhex(vector->public, ret_pair);

	return len + unhex(vector->private, ret_pair + len);
}

static void assert_public(struct client *client, const char *tag, const void *public, size_t len)
{
	struct ask ask = ask_key(client, FESTORE_CMD_KEY_PUBLIC, tag);

	assert_int_equal(ask_run(client->session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.out_len, len);
	assert_memory_equal(ask.out, public, len);
}

/* --- as printed ------------------------------------------------------------------------------- */

static void pairs_are_as_in_rfc_5903_and_7748(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (size_t i = 0; i < AGREEING_PAIRS; i++) {
		const struct pair_vector *vector = &agreeing_pairs[i];
		uint8_t pair[FESTORE_KEY_MAX];
		const size_t len = pair_of(vector, pair);

		assert_int_equal(
			import(&client, vector->name, vector->type, FESTORE_WIRE_DERIVE, pair, len),
			TEE_SUCCESS);
		assert_public(&client, vector->name, pair, len - strlen(vector->private) / 2);
	}
	client_close(&client);
}

static void signatures_are_as_in_rfc_8032(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (size_t i = 0; i < SIGNING_VECTORS; i++) {
		const struct signing_vector *vector = &signing_vectors[i];
		uint8_t pair[64];
		uint8_t message[8];
		uint8_t signature[64];
		const size_t message_len = unhex(vector->message, message);
		struct ask ask;

		assert_int_equal(import(&client, vector->pair.name, vector->pair.type,
					 FESTORE_WIRE_SIGN, pair, pair_of(&vector->pair, pair)),
			TEE_SUCCESS);
		ask = ask_sign(
			&client, vector->pair.name, FESTORE_WIRE_EDDSA, 0, message, message_len);
		assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
		assert_int_equal(ask.out_len, unhex(vector->signature, signature));
		assert_memory_equal(ask.out, signature, sizeof(signature));
	}
	client_close(&client);
}

/* --- curves ----------------------------------------------------------------------------------- */

/* Every bit of a pair counts, wherever it is; but those that X25519 passes over. */
static void a_bit_makes_it_no_pair(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (size_t i = 0; i < AGREEING_PAIRS + SIGNING_VECTORS; i++) {
		const struct pair_vector *vector = i < AGREEING_PAIRS
			? &agreeing_pairs[i]
			: &signing_vectors[i - AGREEING_PAIRS].pair;
		const bool is_clamped = vector->type == FESTORE_WIRE_X25519;
		uint8_t pair[FESTORE_KEY_MAX];
		const size_t len = pair_of(vector, pair);

		for (size_t at = 0; at < len; at += 7) {
			const uint8_t bit = (uint8_t)(1u << (at % 8));

			pair[at] ^= bit;
			if (!is_clamped || (at != 32 && at != 63))
				assert_int_equal(
					try(&client, vector->type, pair), FESTORE_TA_BAD_KEY);
			pair[at] ^= bit;
		}
		assert_int_equal(try(&client, vector->type, pair), TEE_SUCCESS);
	}
	client_close(&client);
}

/* The sign of an Ed25519 key's x, and the bit of an X25519 key that is passed over. */
static void the_highest_bit_counts(void **state)
{
	struct client client = client_of_keys();
	uint8_t pair[64];

	(void)state;
	for (size_t i = 0; i < SIGNING_VECTORS; i++) {
		pair_of(&signing_vectors[i].pair, pair);
		pair[31] ^= 0x80;
		assert_int_equal(try(&client, FESTORE_WIRE_ED25519, pair), FESTORE_TA_BAD_KEY);
	}
	pair_of(&agreeing_pairs[AGREEING_PAIRS - 1], pair);
	pair[31] ^= 0x80;
	assert_int_equal(try(&client, FESTORE_WIRE_X25519, pair), FESTORE_TA_BAD_KEY);
	client_close(&client);
}

/* The pair of a value that is the order plus so much: as libcrypto multiplies, whatever it is. */
static void pair_of_order(int nid, size_t field, int more, uint8_t *ret_pair)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *value = BN_dup(EC_GROUP_get0_order(group));
	BIGNUM *x = BN_new();
	BIGNUM *y = BN_new();

	if (more < 0)
		assert_int_equal(BN_sub_word(value, (BN_ULONG)-more), 1);
	else
		assert_int_equal(BN_add_word(value, (BN_ULONG)more), 1);
	assert_int_equal(EC_POINT_mul(group, point, value, NULL, NULL, NULL), 1);
	memset(ret_pair, 0, 3 * field);
	if (!EC_POINT_is_at_infinity(group, point)) {
		assert_int_equal(EC_POINT_get_affine_coordinates(group, point, x, y, NULL), 1);
		BN_bn2binpad(x, ret_pair, (int)field);
		BN_bn2binpad(y, ret_pair + field, (int)field);
	}
	BN_bn2binpad(value, ret_pair + 2 * field, (int)field);
	BN_free(x);
	BN_free(y);
	BN_free(value);
	EC_POINT_free(point);
	EC_GROUP_free(group);
}

static void a_curve_s_value_is_below_its_order(void **state)
{
	static const struct {
		uint16_t type;
		int nid;
		size_t field;
	} curves[] = {
		{FESTORE_WIRE_P256, NID_X9_62_prime256v1, 32},
		{FESTORE_WIRE_P384, NID_secp384r1, 48},
		{FESTORE_WIRE_P521, NID_secp521r1, 66},
	};
	struct client client = client_of_keys();
	uint8_t pair[3 * 66];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const uint16_t type = curves[i].type;
		const size_t field = curves[i].field;

		pair_of_order(curves[i].nid, field, -1, pair);
		assert_int_equal(try(&client, type, pair), TEE_SUCCESS);
		pair_of_order(curves[i].nid, field, 0, pair);
		assert_int_equal(try(&client, type, pair), FESTORE_TA_BAD_KEY);
		pair_of_order(curves[i].nid, field, 1, pair);
		assert_int_equal(try(&client, type, pair), FESTORE_TA_BAD_KEY);
		memset(pair + 2 * field, 0, field);
		assert_int_equal(try(&client, type, pair), FESTORE_TA_BAD_KEY);
		memset(pair, 0, sizeof(pair));
		assert_int_equal(try(&client, type, pair), FESTORE_TA_BAD_KEY);
	}
	client_close(&client);
}

/* --- RSA -------------------------------------------------------------------------------------- */

enum { N, E, D, P, Q, DP, DQ, QINV, NUMBERS };

static const char *const names[] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
	OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1};

struct numbers {
	BIGNUM *at[NUMBERS];
	BN_CTX *work;
};

static struct numbers numbers_of_key(void)
{
	struct numbers numbers = {.work = BN_CTX_new()};
	BIO *bio = BIO_new_mem_buf(private_rsa2048, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	for (unsigned int i = 0; i < NUMBERS; i++)
		assert_int_equal(EVP_PKEY_get_bn_param(key, names[i], &numbers.at[i]), 1);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return numbers;
}

static void numbers_free(struct numbers *numbers)
{
	for (unsigned int i = 0; i < NUMBERS; i++)
		BN_free(numbers->at[i]);
	BN_CTX_free(numbers->work);
}

static TEE_Result try_numbers(struct client *client, const struct numbers *numbers)
{
	static const int lens[NUMBERS] = {256, 4, 256, 128, 128, 128, 128, 128};
	uint8_t pair[1156];
	size_t at = 0;

	for (unsigned int i = 0; i < NUMBERS; i++) {
		assert_int_equal(BN_bn2binpad(numbers->at[i], pair + at, lens[i]), lens[i]);
		at += (size_t)lens[i];
	}
	return try(client, FESTORE_WIRE_RSA2048, pair);
}

/* (p - 1)(q - 1), of which every d is good. */
static BIGNUM *order_of(const struct numbers *numbers)
{
	BIGNUM *p1 = BN_dup(numbers->at[P]);
	BIGNUM *q1 = BN_dup(numbers->at[Q]);
	BIGNUM *order = BN_new();

	BN_sub_word(p1, 1);
	BN_sub_word(q1, 1);
	assert_int_equal(BN_mul(order, p1, q1, numbers->work), 1);
	BN_free(p1);
	BN_free(q1);
	return order;
}

/* d and what follows, from primes and e: right if these are. */
static void complete(struct numbers *numbers)
{
	BIGNUM **at = numbers->at;
	BIGNUM *order = order_of(numbers);
	BIGNUM *less = BN_new();

	assert_int_equal(BN_mul(at[N], at[P], at[Q], numbers->work), 1);
	assert_non_null(BN_mod_inverse(at[D], at[E], order, numbers->work));
	BN_sub(less, at[P], BN_value_one());
	assert_int_equal(BN_mod(at[DP], at[D], less, numbers->work), 1);
	BN_sub(less, at[Q], BN_value_one());
	assert_int_equal(BN_mod(at[DQ], at[D], less, numbers->work), 1);
	if (!BN_mod_inverse(at[QINV], at[Q], at[P], numbers->work))
		BN_one(at[QINV]);
	BN_free(order);
	BN_free(less);
}

static void each_number_of_rsa_counts(void **state)
{
	struct client client = client_of_keys();
	struct numbers numbers = numbers_of_key();

	(void)state;
	assert_int_equal(try_numbers(&client, &numbers), TEE_SUCCESS);
	for (unsigned int i = 0; i < NUMBERS; i++) {
		for (BN_ULONG more = 1; more <= 2; more++) {
			BN_sub_word(numbers.at[i], more);
			assert_int_equal(try_numbers(&client, &numbers), FESTORE_TA_BAD_KEY);
			BN_add_word(numbers.at[i], more);
		}
	}
	for (unsigned int i = 0; i < NUMBERS; i++) {
		BIGNUM *whole = numbers.at[i];

		numbers.at[i] = BN_new(); /* 0 */
		assert_int_equal(try_numbers(&client, &numbers), FESTORE_TA_BAD_KEY);
		BN_free(numbers.at[i]);
		numbers.at[i] = whole;
	}
	assert_int_equal(try_numbers(&client, &numbers), TEE_SUCCESS);
	numbers_free(&numbers);
	client_close(&client);
}

/* The same pair in another way: d by either order is good, more than that is not. */
static void d_is_below_the_modulus(void **state)
{
	struct client client = client_of_keys();
	struct numbers numbers = numbers_of_key();
	BIGNUM *order = NULL;
	BIGNUM *least = BN_new();

	(void)state;
	complete(&numbers);
	assert_int_equal(try_numbers(&client, &numbers), TEE_SUCCESS);
	/* An even part of the order is enough, as OpenSSL has it. */
	order = order_of(&numbers);
	BN_rshift1(order, order);
	assert_int_equal(BN_mod(least, numbers.at[D], order, numbers.work), 1);
	BN_copy(numbers.at[D], least);
	assert_int_equal(try_numbers(&client, &numbers), TEE_SUCCESS);
	while (BN_cmp(numbers.at[D], numbers.at[N]) < 0)
		BN_add(numbers.at[D], numbers.at[D], order);
	assert_int_equal(try_numbers(&client, &numbers), FESTORE_TA_BAD_KEY);
	BN_free(least);
	BN_free(order);
	numbers_free(&numbers);
	client_close(&client);
}

static void the_inverse_is_below_its_prime(void **state)
{
	struct client client = client_of_keys();
	struct numbers numbers = numbers_of_key();

	(void)state;
	BN_add(numbers.at[QINV], numbers.at[QINV], numbers.at[P]);
	assert_int_equal(try_numbers(&client, &numbers), FESTORE_TA_BAD_KEY);
	numbers_free(&numbers);
	client_close(&client);
}

static void an_exponent_is_odd_and_no_1(void **state)
{
	static const BN_ULONG wrong[] = {0, 1, 2, 4, 65536};
	struct client client = client_of_keys();
	struct numbers numbers = numbers_of_key();

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		BN_set_word(numbers.at[E], wrong[i]);
		if (wrong[i] == 1)
			complete(&numbers);
		assert_int_equal(try_numbers(&client, &numbers), FESTORE_TA_BAD_KEY);
	}
	BN_set_word(numbers.at[E], 0xfffffffb);
	complete(&numbers);
	assert_int_equal(try_numbers(&client, &numbers), TEE_SUCCESS);
	numbers_free(&numbers);
	client_close(&client);
}

/* A product of two, as long as the prime that it stands for. */
static void make_composite(struct numbers *numbers, BIGNUM *number)
{
	BIGNUM *one = BN_new();
	BIGNUM *other = BN_new();
	BIGNUM *order = NULL;

	do {
		BN_generate_prime_ex(one, 512, 0, NULL, NULL, NULL);
		BN_generate_prime_ex(other, 512, 0, NULL, NULL, NULL);
		assert_int_equal(BN_mul(number, one, other, numbers->work), 1);
		BN_free(order);
		order = order_of(numbers);
	} while (BN_num_bits(number) != 1024 || BN_mod_word(order, 65537) == 0);
	BN_free(order);
	BN_free(one);
	BN_free(other);
	complete(numbers);
}

static void both_primes_are_prime(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (unsigned int i = P; i <= Q; i++) {
		struct numbers numbers = numbers_of_key();

		do
			make_composite(&numbers, numbers.at[i]);
		while (BN_num_bits(numbers.at[N]) != 2048);
		assert_int_equal(try_numbers(&client, &numbers), FESTORE_TA_BAD_KEY);
		numbers_free(&numbers);
	}
	client_close(&client);
}

static void there_are_two_primes(void **state)
{
	struct client client = client_of_keys();
	struct numbers numbers = numbers_of_key();

	(void)state;
	BN_copy(numbers.at[Q], numbers.at[P]);
	complete(&numbers);
	assert_int_equal(BN_num_bits(numbers.at[N]), 2048);
	assert_int_equal(try_numbers(&client, &numbers), FESTORE_TA_BAD_KEY);
	numbers_free(&numbers);
	client_close(&client);
}

/* A modulus with a bit less is not of the type, whatever its primes are. */
static void a_modulus_has_all_its_bits(void **state)
{
	struct client client = client_of_keys();
	struct numbers numbers = numbers_of_key();
	BIGNUM *order = NULL;

	(void)state;
	do {
		BN_generate_prime_ex(numbers.at[Q], 1023, 0, NULL, NULL, NULL);
		BN_free(order);
		order = order_of(&numbers);
	} while (BN_mod_word(order, 65537) == 0);
	BN_free(order);
	complete(&numbers);
	assert_int_equal(BN_num_bits(numbers.at[N]), 2047);
	assert_int_equal(try_numbers(&client, &numbers), FESTORE_TA_BAD_KEY);
	numbers_free(&numbers);
	client_close(&client);
}

/* --- the request ------------------------------------------------------------------------------ */

static size_t ed25519_pair(uint8_t pair[64])
{
	return pair_of(&signing_vectors[0].pair, pair);
}

static void what_comes_in_has_the_type_s_length(void **state)
{
	struct client client = client_of_keys();
	uint8_t pair[FESTORE_KEY_MAX + 1] = {0};

	(void)state;
	ed25519_pair(pair);
	for (uint16_t type = 0; type <= FESTORE_WIRE_X25519 + 1; type++) {
		const size_t right = type >= 1 && type <= FESTORE_WIRE_X25519 ? types[type].len : 0;
		const uint16_t use = right != 0 ? types[type].use : FESTORE_WIRE_SIGN;

		for (size_t len = 0; len <= sizeof(pair); len++) {
			if (right != 0 && len == right)
				continue;
			assert_int_equal(import(&client, "k", type, use, pair, len),
				TEE_ERROR_BAD_PARAMETERS);
		}
	}
	assert_int_equal(store.count, 0);
	client_close(&client);
}

static void uses_are_those_of_the_type(void **state)
{
	struct client client = client_of_keys();
	uint8_t pair[64];

	(void)state;
	ed25519_pair(pair);
	for (uint16_t use = 0; use <= 16; use++) {
		const TEE_Result wanted =
			use == FESTORE_WIRE_SIGN ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
		struct ask ask = ask_import("k", FESTORE_WIRE_ED25519, use, pair, sizeof(pair));

		assert_int_equal(run_make(&client, &ask), wanted);
	}
	client_close(&client);
}

static void an_import_has_two_halves(void **state)
{
	struct client client = client_of_keys();
	uint8_t pair[64];
	struct ask ask;

	(void)state;
	ed25519_pair(pair);
	ask = ask_import("k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, sizeof(pair));
	ask.request.base.flags = FESTORE_WIRE_MORE | FESTORE_WIRE_CONTINUE;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.request.base.flags = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* The first takes no evidence. */
	ask = ask_import("k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, sizeof(pair));
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* Nor the numbers as another part. */
	ask = ask_import("k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, NULL, 0);
	ask.path_len = sizeof(pair);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* The second takes no numbers, and ends with them. */
	ask = ask_import("k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, sizeof(pair));
	assert_int_equal(run_make(&client, &ask), TEE_SUCCESS);
	ask = ask_store(&client, "k");
	ask.command = FESTORE_CMD_KEY_IMPORT;
	ask.content = pair;
	ask.content_len = sizeof(pair);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(store_key(&client, "k"), TEE_ERROR_BAD_STATE);
	/* Neither half takes how to sign. */
	for (unsigned int i = 0; i < 2; i++) {
		ask = ask_import("k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, sizeof(pair));
		ask.request.key.scheme = (uint16_t)(1 - i);
		ask.request.key.hash = (uint16_t)i;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	/* A generation takes no numbers. */
	ask = ask_import("k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, sizeof(pair));
	ask.command = FESTORE_CMD_KEY_GENERATE;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(store.count, 0);
	client_close(&client);
}

/* A wrong pair leaves nothing that a second half could store. */
static void what_was_refused_is_not_stored(void **state)
{
	struct client client = client_of_keys();
	uint8_t pair[64];

	(void)state;
	ed25519_pair(pair);
	pair[0] ^= 1;
	assert_int_equal(import(&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, 64),
		FESTORE_TA_BAD_KEY);
	assert_int_equal(store_key(&client, "k"), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

static void an_import_replaces_no_key(void **state)
{
	struct client client = client_of_keys();
	uint8_t pair[64];

	(void)state;
	ed25519_pair(pair);
	assert_int_equal(import(&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, 64),
		TEE_SUCCESS);
	pair_of(&signing_vectors[1].pair, pair);
	assert_int_equal(import(&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, 64),
		TEE_ERROR_ACCESS_CONFLICT);
	ed25519_pair(pair);
	assert_public(&client, "k", pair, 32);
	client_close(&client);
}

static void an_import_is_about_keys(void **state)
{
	struct client client = client_of_keys();
	uint8_t pair[64];
	struct ask ask;

	(void)state;
	ed25519_pair(pair);
	ask = ask_import("k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, sizeof(pair));
	ask.request.kind = FESTORE_WIRE_FILE;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* What came in as a key becomes no file, which a get would give out. */
	ask = ask_import("k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, sizeof(pair));
	assert_int_equal(run_make(&client, &ask), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_FILE;
	ask = ask_put(&client, "k", NULL, 0, FESTORE_WIRE_CONTINUE);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

/* Who has no vault open imports nothing into another's. */
static void an_import_needs_an_open_vault(void **state)
{
	struct client client = client_of_keys();
	uint8_t pair[64];
	struct ask ask;

	(void)state;
	ed25519_pair(pair);
	ask = ask_import("k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, sizeof(pair));
	assert_int_equal(ask_run(open_as(BOB), &ask), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

/* --- memory ----------------------------------------------------------------------------------- */

/* A client that rewrites its numbers once they are being looked at. */
static void rewrite(const char *call, void *arg)
{
	(void)arg;
	if (strcmp(call, "TEE_AsymmetricVerifyDigest") == 0)
		memset(shared.in, 0xff, shared.in_len);
}

static void numbers_are_read_once(void **state)
{
	struct client client = client_of_keys();
	uint8_t pair[64];

	(void)state;
	ed25519_pair(pair);
	fake_tee_on_call(rewrite, NULL);
	assert_int_equal(import(&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, 64),
		TEE_SUCCESS);
	fake_tee_on_call(NULL, NULL);
	assert_public(&client, "k", pair, 32);
	client_close(&client);
}

/* What the heap gets back is zero: pairs, and the primes that GP's arithmetic had. */
static unsigned int wiped;

static void look_at_freed(const void *bytes, size_t len, void *arg)
{
	const uint8_t *at = bytes;

	(void)arg;
	if (len != 1156 && len != 136)
		return;
	wiped++;
	for (size_t i = 0; i < len; i++)
		if (at[i] != 0)
			fail_msg("byte %zu of %zu was left", i, len);
}

static void numbers_are_wiped(void **state)
{
	struct client client = client_of_keys();
	struct numbers numbers = numbers_of_key();

	(void)state;
	wiped = 0;
	fake_tee_on_free(look_at_freed, NULL);
	assert_int_equal(try_numbers(&client, &numbers), TEE_SUCCESS);
	fake_tee_on_free(NULL, NULL);
	assert_int_equal(wiped, 3);
	numbers_free(&numbers);
	client_close(&client);
}

static void each_allocation_may_fail(void **state)
{
	struct client client = client_of_keys();
	struct fake_counters before = counters();
	uint8_t pair[64];
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;

	(void)state;
	ed25519_pair(pair);
	for (unsigned int n = 1; res != TEE_SUCCESS; n++) {
		fake_tee_fail_alloc(n, 1);
		res = import(
			&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN, pair, sizeof(pair));
		fake_tee_fail_alloc(0, 0);
		assert_true(res == TEE_SUCCESS || res == TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(counters().heap, before.heap);
		assert_int_equal(counters().handles, before.handles);
		assert_int_equal(store.count, res == TEE_SUCCESS ? 1 : 0);
		assert_true(n < 60);
	}
	assert_int_equal(counters().panics, 0);
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pairs_are_as_in_rfc_5903_and_7748),
		TEST(signatures_are_as_in_rfc_8032),
		TEST(a_bit_makes_it_no_pair),
		TEST(the_highest_bit_counts),
		TEST(a_curve_s_value_is_below_its_order),
		TEST(each_number_of_rsa_counts),
		TEST(d_is_below_the_modulus),
		TEST(the_inverse_is_below_its_prime),
		TEST(an_exponent_is_odd_and_no_1),
		TEST(both_primes_are_prime),
		TEST(there_are_two_primes),
		TEST(a_modulus_has_all_its_bits),
		TEST(what_comes_in_has_the_type_s_length),
		TEST(uses_are_those_of_the_type),
		TEST(an_import_has_two_halves),
		TEST(what_was_refused_is_not_stored),
		TEST(an_import_replaces_no_key),
		TEST(an_import_is_about_keys),
		TEST(an_import_needs_an_open_vault),
		TEST(numbers_are_read_once),
		TEST(numbers_are_wiped),
		TEST(each_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("vault_import", tests, NULL, NULL);
}
