// SPDX-License-Identifier: BSD-2-Clause
/*
 * KEY_DERIVE: what standards print comes out of the TA as printed; no other key's point, and no key
 * that was not made for it, gives anything.
 */
#include "vault_key.h"

#include "../vectors/derived.h"
#include "hex.h"
#include "pair_vectors.h"

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

/* --- HKDF ------------------------------------------------------------------------------------- */

static void derive(void *arg)
{
	(void)arg;
	assert_true(derived_as_in_rfc_5869());
	assert_false(derived_as_nowhere());
}

static void hkdf_is_as_in_rfc_5869(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	assert_true(fake_tee_run(session, derive, NULL));
	fake_tee_close_session(session);
}

/* --- requests --------------------------------------------------------------------------------- */

/* What is asked for, of a message that outlives the ask. */
struct wish {
	uint8_t peer[FESTORE_PEER_MAX + 1];
	size_t peer_len;
	uint8_t salt[FESTORE_SALT_MAX + 1];
	size_t salt_len;
	uint8_t info[FESTORE_INFO_MAX + 1];
	size_t info_len;
	size_t length; /* 0: the bare secret */
};

static uint8_t message[FESTORE_DERIVE_MAX + 3];

static struct ask ask_derive(const struct client *client, const char *tag, const struct wish *wish)
{
	struct ask ask = ask_key(client, FESTORE_CMD_KEY_DERIVE, tag);
	const struct festore_wire_derive head = {
		.peer_len = (uint16_t)wish->peer_len,
		.salt_len = (uint16_t)wish->salt_len,
		.info_len = (uint16_t)wish->info_len,
		.length = (uint16_t)wish->length,
	};
	uint8_t *at = message;

	memcpy(at, &head, sizeof(head));
	at += sizeof(head);
	memcpy(at, wish->peer, wish->peer_len);
	at += wish->peer_len;
	memcpy(at, wish->salt, wish->salt_len);
	at += wish->salt_len;
	memcpy(at, wish->info, wish->info_len);
	at += wish->info_len;
	ask.message = message;
	ask.message_len = (size_t)(at - message);
	ask.request.key.scheme = wish->length == 0 ? FESTORE_WIRE_BARE : FESTORE_WIRE_HKDF;
	ask.request.key.hash = wish->length == 0 ? 0 : FESTORE_WIRE_SHA256;
	ask.room = FESTORE_DERIVED_MAX;
	return ask;
}

static TEE_Result run(
	struct client *client, const char *tag, const struct wish *wish, struct ask *ret_ask)
{
	*ret_ask = ask_derive(client, tag, wish);
	return ask_run(client->session, ret_ask);
}

static TEE_Result import_vector(
	struct client *client, const char *tag, const struct pair_vector *vector, uint16_t use)
{
	uint8_t pair[FESTORE_KEY_MAX];
	const size_t len = unhex(vector->public, pair);

	return import(
		client, tag, vector->type, use, pair, len + unhex(vector->private, pair + len));
}

/* The public key of a vector, as the other side sends it. */
static void set_peer(struct wish *wish, const struct pair_vector *vector)
{
	const size_t head = vector->type == FESTORE_WIRE_X25519 ? 0 : 1;

	wish->peer[0] = 4;
	wish->peer_len = head + unhex(vector->public, wish->peer + head);
}

static struct wish wish_of(const struct pair_vector *vector, size_t length)
{
	struct wish wish = {.length = length};

	set_peer(&wish, vector);
	return wish;
}

/* --- as printed ------------------------------------------------------------------------------- */

/* What the pairs beside each other agree upon: RFC 5903, 8.1 to 8.3, and RFC 7748, 6.1. */
static const char *const secrets[] = {
	"d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
	"11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
	"d603135569b9e9d09cf5d4a270f59746",
	"01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04"
	"d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3"
	"ddea",
	"4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
};

static void secrets_are_as_in_rfc_5903_and_7748(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (size_t i = 0; i < AGREEING_PAIRS; i++) {
		const struct wish wish = wish_of(&agreeing_pairs[i ^ 1], 0);
		uint8_t wanted[66];
		struct ask ask;

		assert_int_equal(import_vector(&client, agreeing_pairs[i].name, &agreeing_pairs[i],
					 FESTORE_WIRE_DERIVE_RAW),
			TEE_SUCCESS);
		assert_int_equal(run(&client, agreeing_pairs[i].name, &wish, &ask), TEE_SUCCESS);
		assert_int_equal(ask.out_len, unhex(secrets[i / 2], wanted));
		assert_memory_equal(ask.out, wanted, ask.out_len);
	}
	client_close(&client);
}

/* HKDF of that secret, by mbedTLS' HMAC. */
static void expand(const char *secret_hex, const struct wish *wish, uint8_t *ret_bytes)
{
	const mbedtls_md_info_t *hash = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
	uint8_t secret[66];
	uint8_t key[32];
	uint8_t block[32];
	uint8_t text[32 + FESTORE_INFO_MAX + 1];
	const size_t secret_len = unhex(secret_hex, secret);

	mbedtls_md_hmac(hash, wish->salt, wish->salt_len, secret, secret_len, key);
	for (size_t at = 0; at < wish->length; at += 32) {
		const size_t before = at == 0 ? 0 : 32;
		const size_t step = wish->length - at < 32 ? wish->length - at : 32;

		memcpy(text, block, before);
		memcpy(text + before, wish->info, wish->info_len);
		text[before + wish->info_len] = (uint8_t)(at / 32 + 1);
		mbedtls_md_hmac(hash, key, 32, text, before + wish->info_len + 1, block);
		memcpy(ret_bytes + at, block, step);
	}
}

static void keys_are_derived_by_hkdf(void **state)
{
	static const size_t lengths[] = {1, 31, 32, 33, 64, 511, 512};
	struct client client = client_of_keys();

	(void)state;
	for (size_t i = 0; i < AGREEING_PAIRS; i++) {
		struct wish wish = wish_of(&agreeing_pairs[i ^ 1], 32);
		uint8_t wanted[FESTORE_DERIVED_MAX];
		struct ask ask;

		memset(wish.salt, 0xaa, sizeof(wish.salt));
		memset(wish.info, 0xbb, sizeof(wish.info));
		assert_int_equal(import_vector(&client, agreeing_pairs[i].name, &agreeing_pairs[i],
					 FESTORE_WIRE_DERIVE),
			TEE_SUCCESS);
		for (size_t at = 0; at < sizeof(lengths) / sizeof(lengths[0]); at++) {
			wish.length = lengths[at];
			wish.salt_len = at == 5 ? FESTORE_SALT_MAX : 13 * at;
			wish.info_len = at == 6 ? FESTORE_INFO_MAX : 7 * at;
			expand(secrets[i / 2], &wish, wanted);
			assert_int_equal(
				run(&client, agreeing_pairs[i].name, &wish, &ask), TEE_SUCCESS);
			assert_int_equal(ask.out_len, wish.length);
			assert_memory_equal(ask.out, wanted, wish.length);
		}
	}
	client_close(&client);
}

/* --- what is refused -------------------------------------------------------------------------- */

/* P-256, with an imported key of each set of uses. */
static void a_key_derives_what_it_was_made_for(void **state)
{
	struct client client = client_of_keys();
	struct ask ask;

	(void)state;
	for (uint16_t use = 1; use <= 15; use++) {
		struct wish wish = wish_of(&agreeing_pairs[1], 32);

		assert_int_equal(import_vector(&client, "k", &agreeing_pairs[0], use), TEE_SUCCESS);
		assert_int_equal(run(&client, "k", &wish, &ask),
			(use & FESTORE_WIRE_DERIVE) != 0 ? TEE_SUCCESS : FESTORE_TA_OTHER_USE);
		wish.length = 0;
		assert_int_equal(run(&client, "k", &wish, &ask),
			(use & FESTORE_WIRE_DERIVE_RAW) != 0 ? TEE_SUCCESS : FESTORE_TA_OTHER_USE);
		assert_int_equal(remove_file(&client, "k"), TEE_SUCCESS);
	}
	client_close(&client);
}

static void keys_that_only_sign_derive_nothing(void **state)
{
	struct client client = client_of_keys();
	const struct wish wish = wish_of(&agreeing_pairs[AGREEING_PAIRS - 1], 32);
	struct ask ask;

	(void)state;
	assert_int_equal(import_vector(&client, "k", &signing_vectors[0].pair, FESTORE_WIRE_SIGN),
		TEE_SUCCESS);
	assert_int_equal(run(&client, "k", &wish, &ask), FESTORE_TA_OTHER_USE);
	assert_int_equal(
		generate(&client, "r", FESTORE_WIRE_RSA2048, FESTORE_WIRE_DECRYPT), TEE_SUCCESS);
	assert_int_equal(run(&client, "r", &wish, &ask), FESTORE_TA_OTHER_USE);
	client_close(&client);
}

/* Points that are on no curve, of another curve, infinity, compressed, cut, longer. */
static void the_other_s_key_is_one(void **state)
{
	struct client client = client_of_keys();
	const uint16_t uses = FESTORE_WIRE_DERIVE | FESTORE_WIRE_DERIVE_RAW;
	struct ask ask;

	(void)state;
	for (size_t i = 0; i < AGREEING_PAIRS; i++)
		assert_int_equal(
			import_vector(&client, agreeing_pairs[i].name, &agreeing_pairs[i], uses),
			TEE_SUCCESS);
	for (size_t i = 0; i < AGREEING_PAIRS; i++) {
		const char *tag = agreeing_pairs[i].name;
		const bool is_x25519 = agreeing_pairs[i].type == FESTORE_WIRE_X25519;

		for (size_t length = 0; length <= 32; length += 32) {
			struct wish wish = wish_of(&agreeing_pairs[i ^ 1], length);
			const size_t len = wish.peer_len;

			for (wish.peer_len = 0; wish.peer_len <= FESTORE_PEER_MAX; wish.peer_len++)
				assert_int_equal(run(&client, tag, &wish, &ask),
					wish.peer_len == len ? TEE_SUCCESS
							     : FESTORE_TA_BAD_MESSAGE);
			wish.peer_len = len;
			wish.peer[len - 1] ^= 1;
			if (!is_x25519)
				assert_int_equal(
					run(&client, tag, &wish, &ask), FESTORE_TA_BAD_MESSAGE);
			memset(wish.peer + (is_x25519 ? 0 : 1), 0, len - (is_x25519 ? 0 : 1));
			assert_int_equal(run(&client, tag, &wish, &ask), FESTORE_TA_BAD_MESSAGE);
			set_peer(&wish, &agreeing_pairs[i ^ 1]);
			wish.peer[0] = 2;
			if (!is_x25519)
				assert_int_equal(
					run(&client, tag, &wish, &ask), FESTORE_TA_BAD_MESSAGE);
			set_peer(&wish, &agreeing_pairs[(i + 2) % AGREEING_PAIRS]);
			assert_int_equal(run(&client, tag, &wish, &ask), FESTORE_TA_BAD_MESSAGE);
		}
	}
	client_close(&client);
}

static struct client client_of_one_key(void)
{
	struct client client = client_of_keys();

	assert_int_equal(import_vector(&client, "k", &agreeing_pairs[0],
				 FESTORE_WIRE_DERIVE | FESTORE_WIRE_DERIVE_RAW),
		TEE_SUCCESS);
	return client;
}

/* The message is what its head counts, and each part of it within its limit. */
static void a_message_is_what_it_says(void **state)
{
	struct client client = client_of_one_key();
	struct wish wish = wish_of(&agreeing_pairs[1], 32);
	struct ask ask;

	(void)state;
	ask = ask_derive(&client, "k", &wish);
	for (ask.message_len = 0; ask.message_len <= 80; ask.message_len++)
		assert_int_equal(ask_run(client.session, &ask),
			ask.message_len == 8 + 65 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS);
	wish.salt_len = FESTORE_SALT_MAX + 1;
	assert_int_equal(run(&client, "k", &wish, &ask), TEE_ERROR_BAD_PARAMETERS);
	wish.salt_len = 0;
	wish.info_len = FESTORE_INFO_MAX + 1;
	assert_int_equal(run(&client, "k", &wish, &ask), TEE_ERROR_BAD_PARAMETERS);
	wish.info_len = 0;
	wish.peer_len = FESTORE_PEER_MAX + 1;
	assert_int_equal(run(&client, "k", &wish, &ask), TEE_ERROR_BAD_PARAMETERS);
	wish = wish_of(&agreeing_pairs[1], FESTORE_DERIVED_MAX + 1);
	ask = ask_derive(&client, "k", &wish);
	ask.room++;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

/* Schemes, hashes and fields that have no meaning together. */
static void what_has_no_meaning_is_refused(void **state)
{
	struct client client = client_of_one_key();

	(void)state;
	for (uint32_t i = 0; i < 11 * 6 * 2 * 2 * 2; i++) {
		struct wish wish = wish_of(&agreeing_pairs[1], i & 1 ? 32 : 0);
		const uint16_t scheme = (uint16_t)(i / 8 % 11);
		const uint16_t hash = (uint16_t)(i / 8 / 11);
		const bool is_hkdf = scheme == FESTORE_WIRE_HKDF && hash == FESTORE_WIRE_SHA256 &&
			wish.length != 0;
		bool is_bare = scheme == FESTORE_WIRE_BARE && hash == 0 && wish.length == 0;
		struct ask ask;

		wish.salt_len = i >> 1 & 1;
		wish.info_len = i >> 2 & 1;
		is_bare = is_bare && wish.salt_len == 0 && wish.info_len == 0;
		ask = ask_derive(&client, "k", &wish);
		ask.request.key.scheme = scheme;
		ask.request.key.hash = hash;
		assert_int_equal(ask_run(client.session, &ask),
			is_hkdf || is_bare ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS);
		ask.request.key.type = (uint16_t)(i & 1);
		ask.request.key.use = (uint16_t)(1 - (i & 1));
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	client_close(&client);
}

static void an_answer_needs_room(void **state)
{
	struct client client = client_of_one_key();
	struct wish wish = wish_of(&agreeing_pairs[1], 40);
	struct ask ask = ask_derive(&client, "k", &wish);

	(void)state;
	ask.room = 39;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room = 40;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	wish.length = 0;
	ask = ask_derive(&client, "k", &wish);
	ask.room = 65;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room = 66;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	client_close(&client);
}

/* Another user, another kind, and a key that is there no more. */
static void a_key_derives_for_its_owner(void **state)
{
	struct client client = client_of_one_key();
	const struct wish wish = wish_of(&agreeing_pairs[1], 32);
	struct ask ask = ask_derive(&client, "k", &wish);
	uint8_t *record = keep(ask.record, ask.record_len);
	uint8_t *content = keep(ask.content, ask.content_len);

	(void)state;
	ask.record = record;
	ask.content = content;
	assert_int_equal(ask_run(open_as(BOB), &ask), TEE_ERROR_BAD_STATE);
	ask.request.kind = FESTORE_WIRE_FILE;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.request.kind = FESTORE_WIRE_KEY;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(remove_file(&client, "k"), TEE_SUCCESS);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_STALE);
	ask.request.base.flags = FESTORE_WIRE_UNPROVEN;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	free(record);
	free(content);
	client_close(&client);
}

/* --- memory ----------------------------------------------------------------------------------- */

/* A client that makes its point another one, on no curve, once it was looked at. */
static void rewrite(const char *call, void *arg)
{
	(void)arg;
	if (strcmp(call, "TEE_DeriveKey") == 0)
		memset(shared.in + shared.in_len - 65, 0, 65);
}

static void a_message_is_read_once(void **state)
{
	struct client client = client_of_one_key();
	const struct wish wish = wish_of(&agreeing_pairs[1], 0);
	uint8_t wanted[66];
	struct ask ask;

	(void)state;
	fake_tee_on_call(rewrite, NULL);
	assert_int_equal(run(&client, "k", &wish, &ask), TEE_SUCCESS);
	fake_tee_on_call(NULL, NULL);
	assert_int_equal(shared.in[shared.in_len - 1], 0);
	assert_int_equal(ask.out_len, unhex(secrets[0], wanted));
	assert_memory_equal(ask.out, wanted, ask.out_len);
	client_close(&client);
}

static void each_allocation_may_fail(void **state)
{
	struct client client = client_of_one_key();
	const struct wish wish = wish_of(&agreeing_pairs[1], 40);
	struct fake_counters before = counters();
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;
	struct ask ask;

	(void)state;
	for (unsigned int n = 1; res != TEE_SUCCESS; n++) {
		fake_tee_fail_alloc(n, 1);
		res = run(&client, "k", &wish, &ask);
		fake_tee_fail_alloc(0, 0);
		assert_true(res == TEE_SUCCESS || res == TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(counters().heap, before.heap);
		assert_int_equal(counters().handles, before.handles);
		assert_true(n < 60);
	}
	assert_int_equal(counters().panics, 0);
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hkdf_is_as_in_rfc_5869),
		TEST(secrets_are_as_in_rfc_5903_and_7748),
		TEST(keys_are_derived_by_hkdf),
		TEST(a_key_derives_what_it_was_made_for),
		TEST(keys_that_only_sign_derive_nothing),
		TEST(the_other_s_key_is_one),
		TEST(a_message_is_what_it_says),
		TEST(what_has_no_meaning_is_refused),
		TEST(an_answer_needs_room),
		TEST(a_key_derives_for_its_owner),
		TEST(a_message_is_read_once),
		TEST(each_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("vault_derive", tests, NULL, NULL);
}
