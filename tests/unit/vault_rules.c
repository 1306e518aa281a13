// SPDX-License-Identifier: BSD-2-Clause
/*
 * KEY_DECRYPT, KEY_IMPORT and KEY_DERIVE by raw requests, past all that the library would refuse: a
 * key does what it was made for, for its owner, user or group, and in no other session; what it
 * opens is what was sealed, and comes out by the steps of the protocol alone.
 */
#include "vault_key.h"

#include "hex.h"
#include "pair_vectors.h"
#include "sealed_vectors.h"

static struct store store;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

/* --- clients, keys ---------------------------------------------------------------------------- */

static struct client client_of_login(uint32_t login, uint32_t id, bool is_new)
{
	struct client client;
	uint32_t session = 0;

	assert_int_equal(login_as(login, id, &session), TEE_SUCCESS);
	if (is_new)
		assert_int_equal(create_vault(session, "default", &store), TEE_SUCCESS);
	assert_int_equal(open_vault(session, "default", &store, &client), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_KEY;
	return client;
}

static struct client client_of_keys(void)
{
	return client_of_login(TEE_LOGIN_USER, ALICE, true);
}

static TEE_Result import_pair(
	struct client *client, const char *tag, const struct pair_vector *vector, uint16_t use)
{
	uint8_t pair[FESTORE_KEY_MAX];
	const size_t len = unhex(vector->public, pair);

	return import(
		client, tag, vector->type, use, pair, len + unhex(vector->private, pair + len));
}

/* The tag of a key that opens this vector's messages, which is made if it is not there yet. */
static const char *key_for(struct client *client, const struct sealed_vector *vector)
{
	const struct pair_vector *pair = sealed_for(vector);

	if (!client_entry(client, pair->name))
		assert_int_equal(
			import_pair(client, pair->name, pair, FESTORE_WIRE_DECRYPT), TEE_SUCCESS);
	return pair->name;
}

/* --- messages --------------------------------------------------------------------------------- */

static uint8_t message[FESTORE_SENT_MAX + 1];

/* The first call on a message, whose bytes outlive the ask. */
static struct ask ask_open_sealed(
	const struct client *client, const char *tag, const struct sealed_vector *vector)
{
	struct ask ask = ask_key(client, FESTORE_CMD_KEY_DECRYPT, tag);

	ask.request.key.scheme = vector->scheme;
	ask.request.key.hash = vector->hash;
	ask.message = message;
	ask.message_len = unhex(vector->opening, message);
	return ask;
}

static TEE_Result open_sealed(
	struct client *client, const char *tag, const struct sealed_vector *vector)
{
	struct ask ask = ask_open_sealed(client, tag, vector);

	return ask_run(client->session, &ask);
}

static struct ask ask_piece(const char *tag, const uint8_t *piece, size_t len)
{
	struct ask ask = ask_of(FESTORE_CMD_KEY_DECRYPT, tag);

	ask.request.base.flags = FESTORE_WIRE_CONTINUE;
	ask.message = piece;
	ask.message_len = len;
	return ask;
}

/* The only piece, in as many passes as it takes: the text must come out. */
static void assert_text(struct client *client, const char *tag, const struct sealed_vector *vector)
{
	uint8_t piece[64];
	const size_t len = unhex(vector->piece, piece);
	struct ask ask = ask_piece(tag, piece, len);

	assert_int_equal(ask_run(client->session, &ask), TEE_SUCCESS);
	if (vector->scheme == FESTORE_WIRE_CMS) {
		assert_int_equal(ask.out_len, FESTORE_SEAL);
		memcpy(piece + len - FESTORE_SEAL, ask.out, FESTORE_SEAL);
		ask = ask_piece(tag, piece, len);
		assert_int_equal(ask_run(client->session, &ask), TEE_SUCCESS);
	}
	assert_int_equal(ask.out_len, strlen(sealed_text));
	assert_memory_equal(ask.out, sealed_text, ask.out_len);
}

static void assert_opens(struct client *client, const char *tag, const struct sealed_vector *vector)
{
	struct ask ask = ask_open_sealed(client, tag, vector);

	assert_int_equal(ask_run(client->session, &ask), TEE_SUCCESS);
	if (vector->scheme != FESTORE_WIRE_OAEP) {
		assert_int_equal(ask.out_len, 0);
		assert_text(client, tag, vector);
		return;
	}
	assert_int_equal(ask.out_len, strlen(sealed_text));
	assert_memory_equal(ask.out, sealed_text, ask.out_len);
}

static void what_others_sealed_is_opened(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (size_t i = 0; i < SEALED_VECTORS; i++) {
		assert_opens(&client, key_for(&client, &sealed_vectors[i]), &sealed_vectors[i]);
	}
	client_close(&client);
}

/* Whatever the message, the scheme and the hash, another one than the right has no other answer. */
static void a_message_is_for_one_key_and_scheme(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (size_t of = 0; of < SEALED_VECTORS; of++) {
		const char *tag = key_for(&client, &sealed_vectors[of]);

		for (size_t i = 0; i < SEALED_VECTORS * 11 * 6; i++) {
			const struct sealed_vector *vector = &sealed_vectors[i % SEALED_VECTORS];
			struct ask ask = ask_open_sealed(&client, tag, vector);
			TEE_Result res = TEE_SUCCESS;

			ask.request.key.scheme = (uint16_t)(i / SEALED_VECTORS % 11);
			ask.request.key.hash = (uint16_t)(i / SEALED_VECTORS / 11);
			if (ask.request.key.scheme == vector->scheme &&
				vector->pair == sealed_vectors[of].pair)
				continue;
			res = ask_run(client.session, &ask);
			assert_true(res == FESTORE_TA_BAD_MESSAGE ||
				res == TEE_ERROR_BAD_PARAMETERS || res == TEE_ERROR_NOT_SUPPORTED);
		}
		assert_opens(&client, tag, &sealed_vectors[of]);
	}
	assert_int_equal(counters().panics, 0);
	client_close(&client);
}

/* A bit of what was sent, or of what follows it: no text comes out. */
static void a_bit_more_or_less_opens_nothing(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (size_t i = 0; i < SEALED_VECTORS; i++) {
		const struct sealed_vector *vector = &sealed_vectors[i];
		const char *tag = key_for(&client, vector);
		/* RSA takes its time. */
		const size_t step = vector->pair < 0 ? 13 : 1;
		uint8_t piece[64];

		for (size_t at = 0; at < strlen(vector->opening) / 2; at += step) {
			struct ask ask = ask_open_sealed(&client, tag, vector);
			TEE_Result res = TEE_SUCCESS;

			message[at] ^= 1;
			res = ask_run(client.session, &ask);
			/* What is no part of the key's own block is known by its pieces. */
			if (res == TEE_SUCCESS && vector->scheme != FESTORE_WIRE_OAEP) {
				ask = ask_piece(tag, piece, unhex(vector->piece, piece));
				res = ask_run(client.session, &ask);
			}
			assert_int_equal(res, FESTORE_TA_BAD_MESSAGE);
		}
		for (size_t at = 0; at < strlen(vector->piece) / 2; at += step) {
			struct ask ask = ask_piece(tag, piece, unhex(vector->piece, piece));

			assert_int_equal(open_sealed(&client, tag, vector), TEE_SUCCESS);
			piece[at] ^= 1;
			assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_BAD_MESSAGE);
			/* And the message ends there. */
			piece[at] ^= 1;
			assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
		}
	}
	client_close(&client);
}

static void what_was_sent_has_its_length(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (size_t i = 0; i < SEALED_VECTORS; i++) {
		const struct sealed_vector *vector = &sealed_vectors[i];
		const char *tag = key_for(&client, vector);
		const size_t len = strlen(vector->opening) / 2;

		for (size_t cut = 0; cut <= FESTORE_SENT_MAX + 1;
			cut += cut < len + 1 || cut >= FESTORE_SENT_MAX - 50 ? 1 : 50) {
			struct ask ask = ask_open_sealed(&client, tag, vector);
			TEE_Result res = TEE_SUCCESS;

			memset(message + len, 0, sizeof(message) - len);
			ask.message_len = cut;
			res = ask_run(client.session, &ask);
			if (cut == len)
				assert_int_equal(res, TEE_SUCCESS);
			else if (cut > FESTORE_SENT_MAX)
				assert_int_equal(res, TEE_ERROR_BAD_PARAMETERS);
			else
				assert_true(res == FESTORE_TA_BAD_MESSAGE ||
					res == TEE_ERROR_BAD_PARAMETERS);
		}
	}
	client_close(&client);
}

/* What opens and is none: a block with fewer bytes than a content's key has. */
static void a_content_s_key_has_its_length(void **state)
{
	struct client client = client_of_keys();
	struct ask ask;

	(void)state;
	assert_int_equal(import_pair(&client, "r", &rsa_pair, FESTORE_WIRE_DECRYPT), TEE_SUCCESS);
	ask = ask_open_sealed(&client, "r", &sealed_vectors[SEALED_VECTORS - 1]);
	memmove(message + 12, message, ask.message_len);
	ask.message_len += 12;
	ask.request.key.scheme = FESTORE_WIRE_CMS;
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_BAD_MESSAGE);
	client_close(&client);
}

/* --- uses ------------------------------------------------------------------------------------- */

/* Of each type with each set of uses that it can have. */
static void a_key_opens_what_it_was_made_for(void **state)
{
	struct client client = client_of_keys();

	(void)state;
	for (size_t i = 0; i < SEALED_VECTORS; i++) {
		const struct sealed_vector *vector = &sealed_vectors[i];
		/* Those of RSA take long to be checked. */
		const uint16_t most = vector->pair < 0 ? FESTORE_WIRE_SIGN : 15;

		for (uint16_t use = 1; use <= most; use++) {
			const bool is = (use & FESTORE_WIRE_DECRYPT) != 0;

			if (import_pair(&client, "k", sealed_for(vector), use) != TEE_SUCCESS)
				continue;
			assert_int_equal(open_sealed(&client, "k", vector),
				is ? TEE_SUCCESS : FESTORE_TA_OTHER_USE);
			assert_int_equal(remove_file(&client, "k"), TEE_SUCCESS);
		}
	}
	client_close(&client);
}

static struct client client_of_one_key(void)
{
	struct client client = client_of_keys();

	assert_int_equal(
		import_pair(&client, "k", &agreeing_pairs[0], FESTORE_WIRE_DECRYPT), TEE_SUCCESS);
	return client;
}

/* Fields, flags and kinds that mean nothing here. */
static void what_has_no_meaning_is_refused(void **state)
{
	struct client client = client_of_one_key();
	struct ask ask = ask_open_sealed(&client, "k", &sealed_vectors[0]);

	(void)state;
	ask.request.key.type = FESTORE_WIRE_P256;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.request.key.type = 0;
	ask.request.key.use = FESTORE_WIRE_DECRYPT;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.request.key.use = 0;
	ask.request.base.flags = FESTORE_WIRE_MORE;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.request.base.flags = FESTORE_WIRE_UNPROVEN;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	ask.request.base.flags = 0;
	ask.request.kind = FESTORE_WIRE_FILE;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.request.kind = FESTORE_WIRE_KEY;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	client_close(&client);
}

/* --- pieces ----------------------------------------------------------------------------------- */

static void pieces_have_a_beginning(void **state)
{
	struct client client = client_of_one_key();
	uint8_t piece[64];
	struct ask ask = ask_piece("k", piece, unhex(sealed_vectors[0].piece, piece));
	struct ask other = ask;

	(void)state;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	assert_int_equal(open_sealed(&client, "k", &sealed_vectors[0]), TEE_SUCCESS);
	/* One that was refused ends the message that was open before. */
	other = ask_open_sealed(&client, "k", &sealed_vectors[0]);
	message[20] ^= 1;
	assert_int_equal(ask_run(client.session, &other), FESTORE_TA_BAD_MESSAGE);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	/* So does ABORT. */
	assert_int_equal(open_sealed(&client, "k", &sealed_vectors[0]), TEE_SUCCESS);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

static void pieces_come_alone(void **state)
{
	struct client client = client_of_one_key();
	uint8_t piece[64];
	const size_t len = unhex(sealed_vectors[0].piece, piece);

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		struct ask ask = ask_piece("k", piece, len);

		assert_int_equal(open_sealed(&client, "k", &sealed_vectors[0]), TEE_SUCCESS);
		if (i == 0) {
			ask.state = store.state;
			ask.state_len = sizeof(ask.state);
		}
		ask.request.key.scheme = i == 1 ? FESTORE_WIRE_CMS : 0;
		ask.request.key.hash = i == 2 ? FESTORE_WIRE_SHA256 : 0;
		ask.request.key.type = i == 3 ? FESTORE_WIRE_P256 : 0;
		ask.request.key.use = i == 4 ? FESTORE_WIRE_DECRYPT : 0;
		if (i == 5)
			ask.request.kind = FESTORE_WIRE_FILE;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	client_close(&client);
}

/* Of the same owner, with the same vault open. */
static void a_message_belongs_to_its_session(void **state)
{
	struct client client = client_of_one_key();
	struct client other = client_of_login(TEE_LOGIN_USER, ALICE, false);
	uint8_t piece[64];
	const size_t len = unhex(sealed_vectors[0].piece, piece);
	struct ask ask = ask_piece("k", piece, len);

	(void)state;
	assert_int_equal(open_sealed(&client, "k", &sealed_vectors[0]), TEE_SUCCESS);
	assert_int_equal(ask_run(other.session, &ask), TEE_ERROR_BAD_STATE);
	/* The mark of one is none of the other. */
	assert_int_equal(open_sealed(&other, "k", &sealed_vectors[0]), TEE_SUCCESS);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	memcpy(piece + len - FESTORE_SEAL, ask.out, FESTORE_SEAL);
	ask = ask_piece("k", piece, len);
	assert_int_equal(ask_run(other.session, &ask), FESTORE_TA_BAD_MESSAGE);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_memory_equal(ask.out, sealed_text, strlen(sealed_text));
	client_close(&other);
	client_close(&client);
}

static void an_answer_needs_room(void **state)
{
	struct client client = client_of_one_key();
	uint8_t piece[64];
	const size_t len = unhex(sealed_vectors[0].piece, piece);
	struct ask ask = ask_piece("k", piece, len);

	(void)state;
	for (ask.room = 0; ask.room < len; ask.room++) {
		assert_int_equal(open_sealed(&client, "k", &sealed_vectors[0]), TEE_SUCCESS);
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	}
	assert_int_equal(import_pair(&client, "r", &rsa_pair, FESTORE_WIRE_DECRYPT), TEE_SUCCESS);
	ask = ask_open_sealed(&client, "r", &sealed_vectors[SEALED_VECTORS - 1]);
	ask.room = FESTORE_BLOCK_MAX - 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room++;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	client_close(&client);
}

/* --- owners ----------------------------------------------------------------------------------- */

/* A bare secret of P-256. */
static struct ask ask_derive(const struct client *client)
{
	static uint8_t bytes[sizeof(struct festore_wire_derive) + 65];
	const struct festore_wire_derive head = {.peer_len = 65};
	struct ask ask = ask_key(client, FESTORE_CMD_KEY_DERIVE, "k");

	memcpy(bytes, &head, sizeof(head));
	bytes[sizeof(head)] = 4;
	unhex(agreeing_pairs[1].public, bytes + sizeof(head) + 1);
	ask.message = bytes;
	ask.message_len = sizeof(bytes);
	ask.request.key.scheme = FESTORE_WIRE_BARE;
	ask.room = FESTORE_DERIVED_MAX;
	return ask;
}

static void assert_works(struct client *client)
{
	struct ask ask = ask_derive(client);

	assert_int_equal(ask_run(client->session, &ask), TEE_SUCCESS);
	assert_opens(client, "k", &sealed_vectors[0]);
}

/*
 * A session with this login has nothing of the key: neither without a vault, nor with the owner's,
 * which it cannot open, nor with one of its own.
 */
static void assert_strange(const struct client *owner, uint32_t login, uint32_t id)
{
	struct store own = {0};
	struct ask asks[] = {ask_open_sealed(owner, "k", &sealed_vectors[0]), ask_derive(owner),
		ask_key(owner, FESTORE_CMD_KEY_PUBLIC, "k")};
	struct client stranger;
	uint32_t session = 0;

	assert_int_equal(login_as(login, id, &session), TEE_SUCCESS);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ask_run(session, &asks[i]), TEE_ERROR_BAD_STATE);
	assert_int_equal(
		open_vault(session, "default", &store, &stranger), TEE_ERROR_CORRUPT_OBJECT);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ask_run(session, &asks[i]), TEE_ERROR_BAD_STATE);
	assert_int_equal(create_vault(session, "default", &own), TEE_SUCCESS);
	assert_int_equal(open_vault(session, "default", &own, &stranger), TEE_SUCCESS);
	for (size_t i = 0; i < 3; i++) {
		/* First with the owner's state, then with its own. */
		assert_int_not_equal(ask_run(session, &asks[i]), TEE_SUCCESS);
		asks[i].state = own.state;
		asks[i].path_len = 0;
		assert_int_not_equal(ask_run(session, &asks[i]), TEE_SUCCESS);
	}
	store_free(&own);
	fake_tee_close_session(session);
}

static void a_user_s_key_is_for_that_user(void **state)
{
	struct client client = client_of_keys();
	const uint16_t uses = FESTORE_WIRE_DECRYPT | FESTORE_WIRE_DERIVE_RAW;

	(void)state;
	assert_int_equal(import_pair(&client, "k", &agreeing_pairs[0], uses), TEE_SUCCESS);
	assert_strange(&client, TEE_LOGIN_USER, BOB);
	/* The group of the same number. */
	assert_strange(&client, TEE_LOGIN_GROUP, ALICE);
	assert_works(&client);
	client_close(&client);
}

static void a_group_s_key_is_for_that_group(void **state)
{
	struct client client = client_of_login(TEE_LOGIN_GROUP, 50, true);
	struct client member = client;
	const uint16_t uses = FESTORE_WIRE_DECRYPT | FESTORE_WIRE_DERIVE_RAW;

	(void)state;
	assert_int_equal(import_pair(&client, "k", &agreeing_pairs[0], uses), TEE_SUCCESS);
	assert_strange(&client, TEE_LOGIN_GROUP, 51);
	assert_strange(&client, TEE_LOGIN_USER, 50);
	/* Who imported it does not matter: whose session has the group is its owner. */
	member = client_of_login(TEE_LOGIN_GROUP, 50, false);
	assert_works(&member);
	client_close(&client);
	assert_works(&member);
	assert_int_equal(
		import_pair(&member, "k", &agreeing_pairs[1], uses), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(remove_file(&member, "k"), TEE_SUCCESS);
	assert_int_equal(import_pair(&member, "k", &agreeing_pairs[0], uses), TEE_SUCCESS);
	assert_works(&member);
	client_close(&member);
}

/* What one session has brought in another does not store, whoever's it is. */
static void an_import_belongs_to_its_session(void **state)
{
	struct client client = client_of_keys();
	struct client other = client_of_login(TEE_LOGIN_USER, ALICE, false);
	uint8_t pair[96];
	const size_t len = unhex(agreeing_pairs[0].public, pair);
	struct ask ask;

	(void)state;
	unhex(agreeing_pairs[0].private, pair + len);
	ask = ask_import("k", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN, pair, sizeof(pair));
	assert_int_equal(run_make(&client, &ask), TEE_SUCCESS);
	assert_int_equal(store_key(&other, "k"), TEE_ERROR_BAD_STATE);
	assert_int_equal(store.count, 0);
	client_close(&other);
	client_close(&client);
}

/* A key that was removed, by any session, does nothing more. */
static void a_removed_key_opens_nothing(void **state)
{
	struct client client = client_of_one_key();
	struct client other = client_of_login(TEE_LOGIN_USER, ALICE, false);
	struct ask ask = ask_open_sealed(&client, "k", &sealed_vectors[0]);
	uint8_t *record = keep(ask.record, ask.record_len);
	uint8_t *content = keep(ask.content, ask.content_len);

	(void)state;
	ask.record = record;
	ask.content = content;
	assert_int_equal(remove_file(&other, "k"), TEE_SUCCESS);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_STALE);
	ask.state = store.state;
	ask.path_len = 0;
	assert_int_not_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	free(record);
	free(content);
	client_close(&other);
	client_close(&client);
}

/* --- memory ----------------------------------------------------------------------------------- */

/* A client that makes what it has sent another message once it is being looked at. */
static void rewrite(const char *call, void *arg)
{
	(void)arg;
	if (strcmp(call, "TEE_DeriveKey") == 0)
		memset(shared.in, 0, shared.in_len);
}

static void a_message_is_read_once(void **state)
{
	struct client client = client_of_one_key();

	(void)state;
	fake_tee_on_call(rewrite, NULL);
	assert_int_equal(open_sealed(&client, "k", &sealed_vectors[0]), TEE_SUCCESS);
	fake_tee_on_call(NULL, NULL);
	assert_int_equal(shared.in[shared.in_len - 1], 0);
	assert_text(&client, "k", &sealed_vectors[0]);
	client_close(&client);
}

static void each_allocation_may_fail(void **state)
{
	struct client client = client_of_one_key();
	uint8_t piece[64];
	struct ask next = ask_piece("k", piece, unhex(sealed_vectors[0].piece, piece));
	struct fake_counters before = counters();
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;

	(void)state;
	for (unsigned int n = 1; res != TEE_SUCCESS; n++) {
		fake_tee_fail_alloc(n, 1);
		res = open_sealed(&client, "k", &sealed_vectors[0]);
		if (res == TEE_SUCCESS)
			res = ask_run(client.session, &next);
		fake_tee_fail_alloc(0, 0);
		assert_true(res == TEE_SUCCESS || res == TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(abort_all(&client), TEE_SUCCESS);
		assert_int_equal(counters().heap, before.heap);
		assert_int_equal(counters().handles, before.handles);
		assert_true(n < 100);
	}
	assert_int_equal(counters().panics, 0);
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_others_sealed_is_opened),
		TEST(a_message_is_for_one_key_and_scheme),
		TEST(a_bit_more_or_less_opens_nothing),
		TEST(what_was_sent_has_its_length),
		TEST(a_content_s_key_has_its_length),
		TEST(a_key_opens_what_it_was_made_for),
		TEST(what_has_no_meaning_is_refused),
		TEST(pieces_have_a_beginning),
		TEST(pieces_come_alone),
		TEST(a_message_belongs_to_its_session),
		TEST(an_answer_needs_room),
		TEST(a_user_s_key_is_for_that_user),
		TEST(a_group_s_key_is_for_that_group),
		TEST(an_import_belongs_to_its_session),
		TEST(a_removed_key_opens_nothing),
		TEST(a_message_is_read_once),
		TEST(each_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("vault_rules", tests, NULL, NULL);
}
