// SPDX-License-Identifier: BSD-2-Clause
/*
 * Keys in the TA against a normal world that asks for what it likes: no request gives out or
 * replaces a private part, passes a file off as a key or the reverse, or lets a key do what it was
 * not made for. What keys sign is checked with the host's libcrypto.
 */
#include "vault_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

static struct store store;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

/* What each type has, by its number; a scheme or hash of 0 is none. */
static const struct type {
	const char *name; /* of the key that tests make */
	uint16_t uses;    /* that it can have */
	size_t len;       /* bytes of its content, of the public parts, of a signature */
	size_t public_len;
	size_t signed_len;
	uint16_t scheme;
	uint16_t other; /* another scheme */
	uint16_t hash;
	bool has_hashes; /* any other too */
} types[] = {
	[FESTORE_WIRE_RSA2048] = {"rsa2048", 3, 1156, 260, 256, FESTORE_WIRE_RSA_PSS,
		FESTORE_WIRE_RSA_PKCS1, FESTORE_WIRE_SHA256, true},
	[FESTORE_WIRE_RSA3072] = {"rsa3072", 3, 1732, 388, 384, FESTORE_WIRE_RSA_PSS,
		FESTORE_WIRE_RSA_PKCS1, FESTORE_WIRE_SHA384, true},
	[FESTORE_WIRE_RSA4096] = {"rsa4096", 3, 2308, 516, 512, FESTORE_WIRE_RSA_PSS,
		FESTORE_WIRE_RSA_PKCS1, FESTORE_WIRE_SHA512, true},
	[FESTORE_WIRE_P256] = {"p256", 15, 96, 64, 64, FESTORE_WIRE_ECDSA, 0, FESTORE_WIRE_SHA256,
		false},
	[FESTORE_WIRE_P384] = {"p384", 15, 144, 96, 96, FESTORE_WIRE_ECDSA, 0, FESTORE_WIRE_SHA384,
		false},
	[FESTORE_WIRE_P521] = {"p521", 15, 198, 132, 132, FESTORE_WIRE_ECDSA, 0,
		FESTORE_WIRE_SHA512, false},
	[FESTORE_WIRE_ED25519] = {"ed25519", 1, 64, 32, 64, FESTORE_WIRE_EDDSA, 0, 0, false},
	[FESTORE_WIRE_X25519] = {"x25519", 14, 64, 32, 0, 0, 0, 0, false},
};

enum { TYPES = sizeof(types) / sizeof(types[0]) };

static size_t hash_len(uint16_t hash)
{
	static const size_t lens[] = {0, 32, 48, 64};

	return lens[hash];
}

/* --- clients ---------------------------------------------------------------------------------- */

/* A client whose tags are keys. */
static struct client client_of_keys(void)
{
	struct client client = client_of_new(ALICE, &store);

	client.kind = FESTORE_WIRE_KEY;
	return client;
}

/* One that has p256, and a file of the same tag. */
static struct client client_of_one_key(void)
{
	struct client client = client_of_new(ALICE, &store);

	assert_int_equal(put_text(&client, "p256", "content"), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(
		generate(&client, "p256", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	return client;
}

/* --- what libcrypto says ---------------------------------------------------------------------- */

static EVP_PKEY *from_build(const char *algorithm, OSSL_PARAM_BLD *build)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *public_key(uint16_t type, const uint8_t *parts)
{
	static const char *const groups[] = {[FESTORE_WIRE_P256] = "P-256",
		[FESTORE_WIRE_P384] = "P-384",
		[FESTORE_WIRE_P521] = "P-521"};
	OSSL_PARAM_BLD *build = NULL;
	const size_t len = types[type].public_len;
	uint8_t point[133] = {4};
	BIGNUM *numbers[2] = {NULL};
	EVP_PKEY *key = NULL;

	if (type == FESTORE_WIRE_ED25519)
		return EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, parts, 32);
	build = OSSL_PARAM_BLD_new();
	if (type >= FESTORE_WIRE_P256) {
		memcpy(point + 1, parts, len);
		OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, groups[type], 0);
		OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + len);
		return from_build("EC", build);
	}
	numbers[0] = BN_bin2bn(parts, (int)len - 4, NULL);
	numbers[1] = BN_bin2bn(parts + len - 4, 4, NULL);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, numbers[0]);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, numbers[1]);
	key = from_build("RSA", build);
	BN_free(numbers[0]);
	BN_free(numbers[1]);
	return key;
}

static bool is_signed_whole(EVP_PKEY *key, const struct ask *ask)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const bool is_right =
		EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
		EVP_DigestVerify(context, ask->out, ask->out_len, ask->message, ask->message_len) ==
			1;

	EVP_MD_CTX_free(context);
	return is_right;
}

static bool is_signed_hash(
	EVP_PKEY *key, const struct ask *ask, const uint8_t *signature, size_t len)
{
	static const char *const digests[] = {NULL, "SHA256", "SHA384", "SHA512"};
	const uint16_t scheme = ask->request.key.scheme;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	bool is_right = false;

	assert_int_equal(EVP_PKEY_verify_init(context), 1);
	if (scheme == FESTORE_WIRE_RSA_PSS)
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
	EVP_PKEY_CTX_set_signature_md(
		context, EVP_get_digestbyname(digests[ask->request.key.hash]));
	if (scheme == FESTORE_WIRE_RSA_PSS)
		EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST);
	is_right = EVP_PKEY_verify(context, signature, len, ask->message, ask->message_len) == 1;
	EVP_PKEY_CTX_free(context);
	return is_right;
}

/* Is what came out the signature of the ask's message by the key of these public parts? */
static bool is_signed(const struct ask *ask, uint16_t type, const uint8_t *parts)
{
	EVP_PKEY *key = public_key(type, parts);
	ECDSA_SIG *both = NULL;
	unsigned char *der = NULL;
	const size_t half = ask->out_len / 2;
	size_t der_len = 0;
	bool is_right = false;

	if (ask->request.key.scheme == FESTORE_WIRE_EDDSA)
		is_right = is_signed_whole(key, ask);
	else if (ask->request.key.scheme != FESTORE_WIRE_ECDSA)
		is_right = is_signed_hash(key, ask, ask->out, ask->out_len);
	else {
		both = ECDSA_SIG_new();
		ECDSA_SIG_set0(both, BN_bin2bn(ask->out, (int)half, NULL),
			BN_bin2bn(ask->out + half, (int)half, NULL));
		der_len = (size_t)i2d_ECDSA_SIG(both, &der);
		is_right = is_signed_hash(key, ask, der, der_len);
	}
	OPENSSL_free(der);
	ECDSA_SIG_free(both);
	EVP_PKEY_free(key);
	return is_right;
}

/* --- made and used ---------------------------------------------------------------------------- */

static uint8_t parts[FESTORE_PUBLIC_MAX];

static void read_public(struct client *client, const char *tag)
{
	struct ask ask = ask_key(client, FESTORE_CMD_KEY_PUBLIC, tag);

	assert_int_equal(ask_run(client->session, &ask), TEE_SUCCESS);
	memcpy(parts, ask.out, ask.out_len);
}

static void each_type_is_made_shown_and_signs(void **state)
{
	static const uint8_t message[64] = "sixty-four bytes, of which a shorter hash takes fewer";
	struct client client = client_of_keys();

	(void)state;
	for (uint16_t type = 1; type < TYPES; type++) {
		const struct type *has = &types[type];
		struct ask ask;

		assert_int_equal(generate(&client, has->name, type, has->uses), TEE_SUCCESS);
		ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, has->name);
		assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
		assert_int_equal(ask.answer.key.type, type);
		assert_int_equal(ask.answer.key.use, has->uses);
		assert_int_equal(ask.answer.key.created, 1234);
		assert_int_equal(ask.answer.key.version, store.state.version);
		assert_int_equal(ask.out_len, has->public_len);
		assert_int_equal(ask.content_len, FESTORE_SEALED_LEN(has->len));
		memcpy(parts, ask.out, ask.out_len);
		if (has->scheme == 0)
			continue;
		ask = ask_sign(&client, has->name, has->scheme, has->hash, message,
			has->hash ? hash_len(has->hash) : sizeof(message));
		assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
		assert_int_equal(ask.out_len, has->signed_len);
		assert_true(is_signed(&ask, type, parts));
		shared.out[has->signed_len - 1] ^= 1;
		assert_false(is_signed(&ask, type, parts));
	}
	client_close(&client);
}

/* Every scheme with every hash and length, by every type: what fits signs, all else is refused. */
static void only_what_fits_signs(void **state)
{
	static const uint8_t message[64];
	struct client client = client_of_keys();

	(void)state;
	for (uint16_t type = 1; type < TYPES; type++)
		assert_int_equal(
			generate(&client, types[type].name, type, types[type].uses), TEE_SUCCESS);
	for (uint32_t i = 0; i < TYPES * 6 * 5 * 6; i++) {
		static const size_t lens[] = {0, 32, 48, 64, 31, 63};
		const uint16_t type = (uint16_t)(i / (6 * 5 * 6));
		const uint16_t scheme = (uint16_t)(i / (5 * 6) % 6);
		const uint16_t hash = (uint16_t)(i / 6 % 5);
		const size_t len = lens[i % 6];
		const struct type *has = &types[type];
		const bool fits = has->scheme != 0 &&
			(scheme == has->scheme || (has->other != 0 && scheme == has->other)) &&
			(hash == has->hash || (has->has_hashes && hash >= 1 && hash <= 3)) &&
			(hash == 0 || len == hash_len(hash));
		struct ask ask;

		if (type == 0)
			continue;
		ask = ask_sign(&client, has->name, scheme, hash, message, len);
		assert_int_equal(ask_run(client.session, &ask),
			fits                       ? TEE_SUCCESS
				: has->scheme == 0 ? FESTORE_TA_OTHER_USE
						   : TEE_ERROR_BAD_PARAMETERS);
	}
	client_close(&client);
}

static void a_message_has_a_limit(void **state)
{
	static uint8_t message[FESTORE_MESSAGE_MAX + 1];
	struct client client = client_of_keys();
	struct ask ask;

	(void)state;
	assert_int_equal(
		generate(&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	read_public(&client, "k");
	ask = ask_sign(&client, "k", FESTORE_WIRE_EDDSA, 0, message, FESTORE_MESSAGE_MAX);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_true(is_signed(&ask, FESTORE_WIRE_ED25519, parts));
	ask = ask_sign(&client, "k", FESTORE_WIRE_EDDSA, 0, message, sizeof(message));
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

/* A room that is one byte too small is told before the key is opened. */
static void answers_need_room(void **state)
{
	static const uint8_t hash[32];
	struct client client = client_of_one_key();
	struct ask ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "p256");

	(void)state;
	ask.room = 63;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room = 64;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	ask = ask_sign(&client, "p256", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, 32);
	ask.room = 63;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room = 64;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	ask = ask_make("new", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN);
	ask.room = FESTORE_SEALED_LEN(96) - 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room++;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	client_close(&client);
}

/* --- uses ------------------------------------------------------------------------------------- */

static void uses_are_those_of_the_type(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (uint16_t type = 0; type < TYPES + 2; type++) {
		for (uint16_t use = 0; use <= 16; use++) {
			const bool fits = type >= 1 && type < TYPES && use != 0 &&
				(use & ~types[type].uses) == 0;

			assert_int_equal(make_key(&client, "k", type, use),
				fits ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS);
		}
	}
	assert_int_equal(make_key(&client, "k", UINT16_MAX, UINT16_MAX), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(
		make_key(&client, "k", FESTORE_WIRE_P256, 0x101), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(make_key(&client, "k", FESTORE_WIRE_P256 + 256, FESTORE_WIRE_SIGN),
		TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(store.count, 0);
	client_close(&client);
}

static void a_key_does_not_sign_that_was_not_made_for_it(void **state)
{
	static const uint8_t hash[32];
	struct client client = client_of_keys();

	(void)state;
	for (uint16_t use = 1; use <= 7; use++) {
		struct ask ask;

		assert_int_equal(generate(&client, "k", FESTORE_WIRE_P256, use), TEE_SUCCESS);
		ask = ask_sign(
			&client, "k", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, sizeof(hash));
		assert_int_equal(ask_run(client.session, &ask),
			(use & FESTORE_WIRE_SIGN) != 0 ? TEE_SUCCESS : FESTORE_TA_OTHER_USE);
		assert_int_equal(remove_file(&client, "k"), TEE_SUCCESS);
	}
	client_close(&client);
}

/* What a request has no use for is zero. */
static void fields_of_keys_are_for_their_commands(void **state)
{
	static const uint8_t hash[32];
	struct client client = client_of_one_key();
	struct ask ask;

	(void)state;
	for (unsigned int field = 0; field < 4; field++) {
		uint16_t values[4] = {0};
		struct festore_wire_key key;

		values[field] = 1;
		memcpy(&key, values, sizeof(key));
		ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "p256");
		ask.request.key = key;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		ask = ask_on(&client, FESTORE_CMD_FILE_REMOVE, "p256");
		ask.request.key = key;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(make_key(&client, "new", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN),
			TEE_SUCCESS);
		ask = ask_store(&client, "new");
		ask.request.key = key;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		ask = ask_sign(&client, "p256", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, 32);
		if (field < 2) {
			ask.request.key.type = values[0];
			ask.request.key.use = values[1];
			assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
			continue;
		}
		ask = ask_make("new", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN);
		ask.request.key.scheme = values[2];
		ask.request.key.hash = values[3];
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "p256");
	ask.request.anchor = 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

/* --- kinds ------------------------------------------------------------------------------------ */

/* Commands on files, asked with all that a key has. */
static void no_command_on_files_takes_a_key(void **state)
{
	static const uint32_t commands[] = {
		FESTORE_CMD_FILE_PUT, FESTORE_CMD_FILE_GET, FESTORE_CMD_FILE_STAT};
	static const uint32_t flags[] = {0, FESTORE_WIRE_MORE, FESTORE_WIRE_CONTINUE,
		FESTORE_WIRE_UNPROVEN, FESTORE_WIRE_UNPROVEN | FESTORE_WIRE_MORE};
	struct client client = client_of_one_key();

	(void)state;
	for (size_t i = 0; i < 3 * 5; i++) {
		struct ask ask = ask_key(&client, commands[i / 5], "p256");

		ask.request.base.flags = flags[i % 5];
		if (commands[i / 5] == FESTORE_CMD_FILE_STAT ||
			flags[i % 5] >= FESTORE_WIRE_UNPROVEN) {
			ask.content_len = 0;
			ask.request.base.flags = 0;
		}
		/* As a key it is refused, and as a file this is not where it lies. */
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		ask.request.kind = FESTORE_WIRE_FILE;
		assert_true(ask_run(client.session, &ask) != TEE_SUCCESS);
	}
	client_close(&client);
}

static void the_word_of_a_key_s_record_is_no_file_s(void **state)
{
	struct client client = client_of_one_key();
	struct ask ask = ask_key(&client, FESTORE_CMD_FILE_GET, "p256");

	(void)state;
	ask.request.kind = FESTORE_WIRE_FILE;
	ask.request.base.flags = FESTORE_WIRE_UNPROVEN;
	ask.state_len = 0;
	ask.path_len = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	/* A file's is no key's. */
	client.kind = FESTORE_WIRE_FILE;
	ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "p256");
	ask.request.kind = FESTORE_WIRE_KEY;
	ask.request.base.flags = FESTORE_WIRE_UNPROVEN;
	ask.state_len = 0;
	ask.path_len = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	client_close(&client);
}

static void keys_are_asked_for_as_keys(void **state)
{
	static const uint32_t commands[] = {
		FESTORE_CMD_KEY_GENERATE, FESTORE_CMD_KEY_PUBLIC, FESTORE_CMD_KEY_SIGN};
	static const uint32_t kinds[] = {
		0, FESTORE_WIRE_FILE, 3, 31, 32, 34, 256 + FESTORE_WIRE_KEY, UINT32_MAX};
	struct client client = client_of_one_key();

	(void)state;
	for (size_t i = 0; i < 3 * 8; i++) {
		struct ask ask = ask_key(&client, commands[i / 8], "p256");

		ask.request.kind = kinds[i % 8];
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	client_close(&client);
}

/* A pair that was made must not get a file's name: a get would give it out. */
static void what_was_made_as_a_key_becomes_no_file(void **state)
{
	struct client client = client_of_keys();
	struct ask ask;

	(void)state;
	assert_int_equal(make_key(&client, "k", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_FILE;
	ask = ask_put(&client, "k", NULL, 0, FESTORE_WIRE_CONTINUE);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	/* That attempt has ended it. */
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(store_key(&client, "k"), TEE_ERROR_BAD_STATE);
	assert_int_equal(store.count, 0);
	client_close(&client);
}

/* A file under way must not become a key, which would sign with what somebody chose. */
static void what_was_put_as_a_file_becomes_no_key(void **state)
{
	static const uint8_t window[FESTORE_WINDOW];
	struct client client = client_of_keys();
	struct ask ask = ask_of(FESTORE_CMD_FILE_PUT, "k");

	(void)state;
	ask.request.base.flags = FESTORE_WIRE_MORE | FESTORE_WIRE_LAST;
	ask.content = window;
	ask.content_len = 96;
	ask.room = FESTORE_SEALED_WINDOW;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(store_key(&client, "k"), TEE_ERROR_BAD_STATE);
	/* Nor does nothing at all, or what is being read. */
	assert_int_equal(store_key(&client, "k"), TEE_ERROR_BAD_STATE);
	client.kind = FESTORE_WIRE_FILE;
	assert_int_equal(put_text(&client, "f", "content"), TEE_SUCCESS);
	assert_holds(&client, "f", "content");
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(store_key(&client, "k"), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

static void a_move_keeps_the_kind(void **state)
{
	struct client client = client_of_one_key();
	struct ask ask = ask_remove(&client, "p256", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH);

	(void)state;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_FILE;
	ask = ask_on(&client, FESTORE_CMD_FILE_MOVE, "q");
	assert_true(ask_run(client.session, &ask) != TEE_SUCCESS);
	client_close(&client);

	/* The rule itself, with a path that is right: an empty tree's. */
	client = client_of(ALICE, &store);
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(move(&client, "p256", "q"), TEE_SUCCESS);
	read_public(&client, "q");
	client_close(&client);
}

static void a_key_is_never_replaced(void **state)
{
	struct client client = client_of_one_key();
	uint8_t before[64];

	(void)state;
	read_public(&client, "p256");
	memcpy(before, parts, sizeof(before));
	assert_int_equal(generate(&client, "p256", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN),
		TEE_ERROR_ACCESS_CONFLICT);
	read_public(&client, "p256");
	assert_memory_equal(parts, before, sizeof(before));
	/* A pair is good for one tag. */
	assert_int_equal(make_key(&client, "q", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	assert_int_equal(store_key(&client, "q"), TEE_SUCCESS);
	assert_int_equal(store_key(&client, "r"), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

static void two_keys_differ(void **state)
{
	struct client client = client_of_keys();
	uint8_t first[64];

	(void)state;
	assert_int_equal(generate(&client, "a", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	assert_int_equal(generate(&client, "b", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	read_public(&client, "a");
	memcpy(first, parts, sizeof(first));
	read_public(&client, "b");
	assert_memory_not_equal(parts, first, sizeof(first));
	client_close(&client);
}

/* Neither half of a generation without the other, nor both at once. */
static void a_generation_has_two_halves(void **state)
{
	struct client client = client_of_keys();
	struct ask ask = ask_make("k", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN);

	(void)state;
	ask.request.base.flags = FESTORE_WIRE_MORE | FESTORE_WIRE_CONTINUE;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.request.base.flags = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* The first takes no evidence. */
	ask = ask_make("k", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN);
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* A session without a vault has no keys. */
	ask = ask_make("k", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN);
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

/* --- evidence --------------------------------------------------------------------------------- */

/* Any byte changed, another length, another key's: damage, and no signature. */
static void contents_of_keys_are_verified(void **state)
{
	static const uint8_t hash[32];
	struct client client = client_of_one_key();
	struct entry *entry = client_entry(&client, "p256");
	struct entry *other = NULL;
	uint8_t longer[FESTORE_SEALED_LEN(96) + 1] = {0};
	struct ask ask;

	(void)state;
	for (size_t i = 0; i < entry->content_len; i++) {
		entry->content[i] ^= 1;
		ask = ask_sign(&client, "p256", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, 32);
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "p256");
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		entry->content[i] ^= 1;
	}
	for (size_t len = 0; len < entry->content_len; len++) {
		ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "p256");
		ask.content_len = len;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	}
	ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "p256");
	memcpy(longer, entry->content, entry->content_len);
	ask.content = longer;
	ask.content_len = entry->content_len + 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(generate(&client, "q", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	other = client_entry(&client, "q");
	ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "p256");
	ask.content = other->content;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "p256");
	add_record(&ask, other);
	ask.content = other->content;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	client_close(&client);
}

static void a_removed_key_signs_no_more(void **state)
{
	static const uint8_t hash[32];
	struct client client = client_of_one_key();
	struct ask ask =
		ask_sign(&client, "p256", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, 32);
	uint8_t *record = keep(ask.record, ask.record_len);
	uint8_t *content = keep(ask.content, ask.content_len);

	(void)state;
	ask.record = record;
	ask.content = content;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(remove_file(&client, "p256"), TEE_SUCCESS);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_STALE);
	/* Its record's word is enough for a check, never for a signature. */
	ask.request.base.flags = FESTORE_WIRE_UNPROVEN;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	free(record);
	free(content);
	client_close(&client);
}

static void lists_have_one_kind(void **state)
{
	struct client client = client_of_one_key();
	struct listing listing;

	(void)state;
	client.kind = FESTORE_WIRE_FILE;
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 1);
	assert_int_equal(listing.damaged, 0);
	client_close(&client);
}

/* Another user's session cannot open the vault, so it has no way to name the key. */
static void a_key_is_its_owner_s(void **state)
{
	static const uint8_t hash[32];
	struct client client = client_of_one_key();
	struct client other = client;
	struct ask ask =
		ask_sign(&client, "p256", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, 32);

	(void)state;
	other.session = open_as(BOB);
	assert_int_equal(ask_run(other.session, &ask), TEE_ERROR_BAD_STATE);
	ask = ask_open("default", &store);
	assert_int_equal(ask_run(other.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	fake_tee_close_session(other.session);
	client_close(&client);
}

/* --- memory ----------------------------------------------------------------------------------- */

/* A client that rewrites its message when the signature begins. */
static void rewrite(const char *call, void *arg)
{
	(void)arg;
	if (strcmp(call, "TEE_AsymmetricSignDigest") == 0)
		memset(shared.in + shared.in_len - 64, 0xff, 64);
}

static void a_message_is_read_once(void **state)
{
	static const uint8_t message[64] = "the message as it was";
	struct client client = client_of_keys();
	struct ask ask;

	(void)state;
	assert_int_equal(
		generate(&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	read_public(&client, "k");
	ask = ask_sign(&client, "k", FESTORE_WIRE_EDDSA, 0, message, sizeof(message));
	fake_tee_on_call(rewrite, NULL);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	fake_tee_on_call(NULL, NULL);
	assert_int_equal(shared.in[shared.in_len - 1], 0xff);
	assert_true(is_signed(&ask, FESTORE_WIRE_ED25519, parts));
	client_close(&client);
}

/* A pair's memory is zero when it is freed. */
static unsigned int pairs_freed;

static void look_at_freed(const void *bytes, size_t len, void *arg)
{
	const uint8_t *at = bytes;

	(void)arg;
	if (len != 96)
		return;
	pairs_freed++;
	for (size_t i = 0; i < len; i++)
		if (at[i] != 0)
			fail_msg("byte %zu of a pair was left", i);
}

static void pairs_are_wiped(void **state)
{
	static const uint8_t hash[32];
	struct client client = client_of_keys();
	struct ask ask;

	(void)state;
	fake_tee_on_free(look_at_freed, NULL);
	assert_int_equal(generate(&client, "k", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	ask = ask_sign(&client, "k", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, 32);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	read_public(&client, "k");
	fake_tee_on_free(NULL, NULL);
	assert_int_equal(pairs_freed, 3);
	pairs_freed = 0;
	client_close(&client);
}

/* The n-th allocation fails, for every n: nothing is changed, and nothing is left behind. */
static void each_allocation_may_fail(void **state)
{
	static const uint8_t hash[32];
	struct client client = client_of_one_key();
	struct ask ask;
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;
	struct fake_counters before = counters();

	(void)state;
	for (unsigned int n = 1; res != TEE_SUCCESS; n++) {
		fake_tee_fail_alloc(n, 1);
		ask = ask_sign(&client, "p256", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, 32);
		res = ask_run(client.session, &ask);
		fake_tee_fail_alloc(0, 0);
		assert_true(res == TEE_SUCCESS || res == TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(counters().heap, before.heap);
		assert_int_equal(counters().handles, before.handles);
		assert_true(n < 50);
	}
	res = TEE_ERROR_OUT_OF_MEMORY;
	for (unsigned int n = 1; res != TEE_SUCCESS; n++) {
		fake_tee_fail_alloc(n, 1);
		res = generate(&client, "q", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN);
		fake_tee_fail_alloc(0, 0);
		assert_true(res == TEE_SUCCESS || res == TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(counters().heap, before.heap);
		assert_int_equal(counters().handles, before.handles);
		assert_int_equal(store.count, res == TEE_SUCCESS ? 3 : 2);
		assert_true(n < 50);
	}
	assert_int_equal(counters().panics, 0);
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_type_is_made_shown_and_signs),
		TEST(only_what_fits_signs),
		TEST(a_message_has_a_limit),
		TEST(answers_need_room),
		TEST(uses_are_those_of_the_type),
		TEST(a_key_does_not_sign_that_was_not_made_for_it),
		TEST(fields_of_keys_are_for_their_commands),
		TEST(no_command_on_files_takes_a_key),
		TEST(the_word_of_a_key_s_record_is_no_file_s),
		TEST(keys_are_asked_for_as_keys),
		TEST(what_was_made_as_a_key_becomes_no_file),
		TEST(what_was_put_as_a_file_becomes_no_key),
		TEST(a_move_keeps_the_kind),
		TEST(a_key_is_never_replaced),
		TEST(two_keys_differ),
		TEST(a_generation_has_two_halves),
		TEST(contents_of_keys_are_verified),
		TEST(a_removed_key_signs_no_more),
		TEST(lists_have_one_kind),
		TEST(a_key_is_its_owner_s),
		TEST(a_message_is_read_once),
		TEST(pairs_are_wiped),
		TEST(each_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("vault_key", tests, NULL, NULL);
}
