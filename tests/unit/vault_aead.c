// SPDX-License-Identifier: BSD-2-Clause
/*
 * Vaults of either AEAD: which are made and which refused, and what AES-GCM asks of the TEE. That
 * all else is the same for both is shown by running the other tests with each (FESTORE_AEAD).
 */
#include "vault.h"

#include "seal.h"

static struct store store;
static uint8_t window[FESTORE_WINDOW];

static const uint32_t unknown_aeads[] = {0, 3, 0x10001, 0x10002, UINT32_MAX};

#define UNKNOWN_COUNT (sizeof(unknown_aeads) / sizeof(unknown_aeads[0]))

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

/* A client of a new vault of this AEAD. */
static struct client client_with(uint32_t aead)
{
	const uint32_t session = open_as(ALICE);

	assert_int_equal(create_vault_with(session, "default", aead, &store), TEE_SUCCESS);
	fake_tee_close_session(session);
	return client_of(ALICE, &store);
}

static void the_header_names_what_was_asked_for(void **state)
{
	(void)state;
	for (uint32_t aead = FESTORE_AEAD_CHACHA20_POLY1305; aead <= FESTORE_AEAD_AES_256_GCM;
		aead++) {
		struct client client = client_with(aead);

		assert_int_equal(store.header.aead, aead);
		assert_int_equal(put_text(&client, "a", "content"), TEE_SUCCESS);
		assert_holds(&client, "a", "content");
		fake_tee_restart();
		client = client_of(ALICE, &store);
		assert_holds(&client, "a", "content");
		fake_tee_restart();
	}
}

static void unknown_ones_are_refused(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (size_t i = 0; i < UNKNOWN_COUNT; i++) {
		struct ask ask = ask_create("default");

		ask.request.aead = unknown_aeads[i];
		assert_int_equal(ask_run(session, &ask), TEE_ERROR_NOT_SUPPORTED);
		ask = ask_measure(unknown_aeads[i]);
		assert_int_equal(ask_run(session, &ask), TEE_ERROR_NOT_SUPPORTED);
	}
	/* Nothing has been made, and all can be. */
	assert_int_equal(counters().handles, 0);
	assert_int_equal(create_vault(session, "default", &store), TEE_SUCCESS);
}

/* What is sealed with one opens with no other, whatever the header says. */
static void a_header_of_the_other_is_damaged(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put_text(&client, "a", "content"), TEE_SUCCESS);
	store.header.aead ^= FESTORE_AEAD_CHACHA20_POLY1305 ^ FESTORE_AEAD_AES_256_GCM;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(open_vault(open_as(ALICE), "default", &store, &client),
			TEE_ERROR_CORRUPT_OBJECT);
		fake_tee_restart();
	}
}

static void gcm_opens_only_what_it_sealed(void **state)
{
	struct client client = client_with(FESTORE_AEAD_AES_256_GCM);
	struct entry *entry = NULL;

	(void)state;
	assert_int_equal(put_text(&client, "a", "content"), TEE_SUCCESS);
	entry = client_entry(&client, "a");
	for (size_t i = 0; i < entry->content_len; i++) {
		struct ask ask;

		entry->content[i] ^= 1;
		ask = ask_get(&client, "a");
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		entry->content[i] ^= 1;
	}
	assert_holds(&client, "a", "content");
	assert_int_equal(counters().handles, 0);
	client_close(&client);
}

static void open_wrongly(void *arg)
{
	static const uint8_t key[FESTORE_HASH] = {1};
	const struct seal seal = {.aead = *(const uint32_t *)arg, .key = key};
	uint8_t bytes[16] = "content in clear";
	uint8_t tag[FESTORE_SEAL];

	assert_int_equal(seal_close(&seal, bytes, sizeof(bytes), tag), TEE_SUCCESS);
	tag[FESTORE_SEAL - 1] ^= 1;
	assert_int_equal(seal_open(&seal, bytes, sizeof(bytes), tag), TEE_ERROR_CORRUPT_OBJECT);
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0);
}

/* GP leaves it decrypted. */
static void what_did_not_verify_is_wiped(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (uint32_t aead = FESTORE_AEAD_CHACHA20_POLY1305; aead <= FESTORE_AEAD_AES_256_GCM;
		aead++)
		assert_true(fake_tee_run(session, open_wrongly, &aead));
}

/* Operations that the TEE was asked for, and messages that it sealed or opened. */
static unsigned int operations;
static unsigned int messages;

static void count_calls(const char *call, void *arg)
{
	(void)arg;
	operations += strcmp(call, "TEE_AllocateOperation") == 0 ? 1 : 0;
	messages += strcmp(call, "TEE_AEEncryptFinal") == 0 ? 1 : 0;
	messages += strcmp(call, "TEE_AEDecryptFinal") == 0 ? 1 : 0;
}

static void count_from_here(void)
{
	operations = 0;
	messages = 0;
	fake_tee_on_call(count_calls, NULL);
}

/* The TEE's calls that get an operation ready are made once for a window, not once a chunk. */
static void a_window_takes_one_operation(void **state)
{
	struct client client = client_with(FESTORE_AEAD_AES_256_GCM);
	struct ask ask;

	(void)state;
	assert_int_equal(put(&client, "a", window, sizeof(window)), TEE_SUCCESS);
	count_from_here();
	assert_int_equal(put_piece(&client, "b", window, true), TEE_SUCCESS);
	assert_int_equal(operations, 1);
	assert_int_equal(messages, 16);
	count_from_here();
	ask = ask_get(&client, "a");
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	/* The record, and the content. */
	assert_int_equal(operations, 2);
	assert_int_equal(messages, 17);
	assert_int_equal(counters().handles, 0);
	client_close(&client);
}

static void chacha_asks_the_tee_for_none(void **state)
{
	struct client client = client_with(FESTORE_AEAD_CHACHA20_POLY1305);

	(void)state;
	count_from_here();
	assert_int_equal(put(&client, "a", window, sizeof(window)), TEE_SUCCESS);
	assert_int_equal(operations, 0);
}

/* No vault, no file: the time is all that comes out. */
static void a_measurement_seals_and_tells_nothing(void **state)
{
	const uint32_t session = open_as(ALICE);
	const size_t before = counters().heap;
	struct ask ask = ask_measure(FESTORE_AEAD_AES_256_GCM);

	(void)state;
	count_from_here();
	assert_int_equal(ask_run(session, &ask), TEE_SUCCESS);
	assert_int_equal(operations, 1);
	assert_int_equal(messages, FESTORE_MEASURED / FESTORE_CHUNK);
	count_from_here();
	ask = ask_measure(FESTORE_AEAD_CHACHA20_POLY1305);
	assert_int_equal(ask_run(session, &ask), TEE_SUCCESS);
	assert_int_equal(messages, 0);
	assert_int_equal(counters().heap, before);
	assert_int_equal(counters().handles, 0);
	ask = ask_of(FESTORE_CMD_VAULT_VERSION, "default");
	assert_int_equal(ask_run(session, &ask), TEE_ERROR_ITEM_NOT_FOUND);
}

/* The other AEAD needs nothing of the TEE. */
static void a_tee_without_gcm_says_so(void **state)
{
	struct client client = client_with(FESTORE_AEAD_AES_256_GCM);
	struct ask ask = ask_create("another");

	(void)state;
	assert_int_equal(put_text(&client, "a", "content"), TEE_SUCCESS);
	fake_tee_have_gcm(false);
	ask.request.aead = FESTORE_AEAD_AES_256_GCM;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	ask = ask_measure(FESTORE_AEAD_AES_256_GCM);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	ask = ask_get(&client, "a");
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(put_text(&client, "b", "content"), TEE_ERROR_NOT_SUPPORTED);
	fake_tee_have_gcm(true);
	assert_holds(&client, "a", "content");

	fake_tee_restart();
	fake_tee_have_gcm(false);
	assert_int_equal(
		open_vault(open_as(ALICE), "default", &store, &client), TEE_ERROR_NOT_SUPPORTED);
	client = client_with(FESTORE_AEAD_CHACHA20_POLY1305);
	assert_int_equal(put_text(&client, "a", "content"), TEE_SUCCESS);
	assert_holds(&client, "a", "content");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_header_names_what_was_asked_for),
		TEST(unknown_ones_are_refused),
		TEST(a_header_of_the_other_is_damaged),
		TEST(gcm_opens_only_what_it_sealed),
		TEST(what_did_not_verify_is_wiped),
		TEST(a_window_takes_one_operation),
		TEST(chacha_asks_the_tee_for_none),
		TEST(a_measurement_seals_and_tells_nothing),
		TEST(a_tee_without_gcm_says_so),
	};

	return cmocka_run_group_tests_name("vault_aead", tests, NULL, NULL);
}
