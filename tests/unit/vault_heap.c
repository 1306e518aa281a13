// SPDX-License-Identifier: BSD-2-Clause
/* The vault TA's memory: how much it takes at the most, and what becomes of a call when there is
 * none. */
#include "vault_grow.h"

/* What one vault and some sessions may take; TA_DATA_SIZE leaves them 64 KiB and a window. */
#define PEAK_MAX (48u * 1024u)

/* More allocations than any call here makes; a loop that gets there would never end. */
#define ALLOCATIONS_MAX 200u

static struct store store;
static struct store many[64];
static uint8_t content[LARGE];

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	for (unsigned int i = 0; i < 64; i++)
		store_free(&many[i]);
	return teardown(state);
}

static void assert_peak_is_below(const char *what, size_t limit)
{
	print_message("%s: peak of the heap %zu\n", what, counters().heap_peak);
	assert_true(counters().heap_peak <= limit);
	fake_tee_zero_counters();
}

/* So many files in batches of a thousand, which is quicker than so many commits. */
static void fill(struct client *client, unsigned int count)
{
	char tag[16];

	for (unsigned int i = 0; i < count; i++) {
		const bool is_last = i % 1000 == 999 || i == count - 1;

		snprintf(tag, sizeof(tag), "%u", i);
		assert_int_equal(
			put_flags(client, tag, tag, strlen(tag), is_last ? 0 : FESTORE_WIRE_BATCH),
			TEE_SUCCESS);
		if (is_last)
			assert_int_equal(confirm(client), TEE_SUCCESS);
	}
}

static void ten_thousand_files_take_no_more(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other = client_of(ALICE, &store);
	struct listing listing;
	size_t before = 0;

	(void)state;
	before = counters().heap;
	fill(&client, 10000);
	assert_store_is_whole(&store);
	assert_peak_is_below("10,000 puts", PEAK_MAX);
	assert_holds(&other, "7777", "7777");
	assert_holds(&other, "absent", NULL);
	assert_peak_is_below("gets", PEAK_MAX);
	assert_int_equal(list_all(&other, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 10000);
	assert_true(listing.pages > 20);
	assert_peak_is_below("a list", PEAK_MAX);
	assert_int_equal(counters().heap, before);
	client_close(&client);
	client_close(&other);
}

static void large_files_take_no_more(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put(&client, "a", content, sizeof(content)), TEE_SUCCESS);
	assert_peak_is_below("put of 1 MiB", PEAK_MAX);
	assert_has(&client, "a", content, sizeof(content));
	assert_peak_is_below("get of 1 MiB", PEAK_MAX);
	assert_int_equal(pieces_of(&client, "a", sizeof(content), 0), TEE_SUCCESS);
	assert_int_equal(propose_exchange(&client, "a"), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_peak_is_below("append to 1 MiB", PEAK_MAX);
	assert_has(&client, "a", content, sizeof(content));
	assert_int_equal(move(&client, "a", "b"), TEE_SUCCESS);
	assert_peak_is_below("move", PEAK_MAX);
	client_close(&client);
}

/* A path of 256 steps can only be made up, and takes its memory all the same. */
static void the_longest_path_takes_no_more(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask = ask_put(&client, "a", content, 100, 0);
	const struct festore_vault_path head = {.count = FESTORE_PATH_MAX};

	(void)state;
	memset(ask.path, 0, sizeof(ask.path));
	memcpy(ask.path, &head, sizeof(head));
	for (uint32_t bit = 0; bit < FESTORE_PATH_MAX; bit++)
		memcpy(ask.path + FESTORE_PATH_LEN(bit), &bit, sizeof(bit));
	ask.path_len = sizeof(ask.path);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_peak_is_below("a path of 256 steps", PEAK_MAX);
	client_close(&client);
}

/* All slots, a session each with all that a session can have under way. */
static void all_slots_and_sessions_fit(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	static struct entries_in in;
	struct client client;

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		const uint32_t session = open_as(2000 + i / 4);
		struct listing listing = {0};

		assert_int_equal(create_vault(session, names[i % 4], &many[i]), TEE_SUCCESS);
		assert_int_equal(open_vault(session, names[i % 4], &many[i], &client), TEE_SUCCESS);
		assert_int_equal(put_text(&client, "1", "1"), TEE_SUCCESS);
		assert_int_equal(put_text(&client, "2", "2"), TEE_SUCCESS);
		in.len = 0;
		assert_true(add_listed(&in, many[i].entries[0], FESTORE_WINDOW));
		assert_true(add_listed(&in, many[i].entries[1], FESTORE_WINDOW));
		assert_int_equal(
			list_page(&client, "", &in, &many[i].state, FESTORE_WIRE_MORE, &listing),
			TEE_SUCCESS);
		assert_int_equal(put_piece(&client, "3", content, true), TEE_SUCCESS);
		assert_int_equal(remove_flags(&client, "1", FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP),
			TEE_SUCCESS);
		client_drop(&client);
	}
	/* What is left is for one call, and for mbedTLS, whose allocations the fake does not see.
	 */
	print_message("64 slots and sessions: %zu of %u\n", counters().heap, TA_HEAP);
	assert_true(counters().heap <= TA_HEAP - 12 * 1024);
}

/* --- without memory --------------------------------------------------------------------------- */

/* A call that is made again and again, until no allocation of it fails. */
struct trial {
	const char *name;
	struct ask (*make)(struct client *client);
	const char *batch_of; /* a file that is removed and kept before: for MOVE */
};

static struct ask try_put(struct client *client)
{
	return ask_put(client, "new", content, 5000, 0);
}

static struct ask try_replace(struct client *client)
{
	return ask_put(client, "a", content, 5000, 0);
}

static struct ask try_piece(struct client *client)
{
	struct ask ask = ask_of(FESTORE_CMD_FILE_PUT, "new");

	(void)client;
	ask.request.base.flags = FESTORE_WIRE_MORE;
	ask.content = content;
	ask.content_len = FESTORE_WINDOW;
	ask.room = FESTORE_SEALED_WINDOW;
	return ask;
}

static struct ask try_get(struct client *client)
{
	return ask_get(client, "a");
}

static struct ask try_stat(struct client *client)
{
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_STAT, "a");

	add_record(&ask, client_entry(client, "a"));
	return ask;
}

static struct ask try_remove(struct client *client)
{
	return ask_remove(client, "a", 0);
}

static struct ask try_keep(struct client *client)
{
	return ask_remove(client, "a", FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP);
}

static struct ask try_move(struct client *client)
{
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_MOVE, "moved");

	ask.room = ask.path_len + FESTORE_HASH + FESTORE_RECORD_MAX +
		sizeof(struct festore_vault_state);
	return ask;
}

static struct entries_in listed;

static struct ask try_list(struct client *client)
{
	struct ask ask = ask_of(FESTORE_CMD_FILE_LIST, "");

	listed.len = 0;
	for (size_t i = 0; i < client->store->count; i++)
		assert_true(add_listed(&listed, client->store->entries[i], FESTORE_WINDOW));
	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	ask.record = listed.bytes;
	ask.record_len = listed.len;
	return ask;
}

static struct ask try_check(struct client *client)
{
	struct ask ask = try_list(client);

	ask.command = FESTORE_CMD_VAULT_CHECK;
	ask.request.kind = 0;
	return ask;
}

static struct ask try_prune(struct client *client)
{
	struct ask ask = try_check(client);

	ask.command = FESTORE_CMD_VAULT_PRUNE;
	ask.request.base.flags = FESTORE_WIRE_MORE;
	ask.room = 0;
	return ask;
}

static struct ask try_create(struct client *client)
{
	(void)client;
	return ask_create("another");
}

static struct ask try_open(struct client *client)
{
	fake_tee_close_session(client->session);
	client->session = open_as(ALICE);
	return ask_open("default", client->store);
}

static struct ask try_info(struct client *client)
{
	(void)client;
	return ask_of(FESTORE_CMD_INFO, "");
}

static struct ask try_measure(struct client *client)
{
	(void)client;
	return ask_measure(wanted_aead());
}

static const struct trial trials[] = {
	{"put", try_put, NULL},
	{"replace", try_replace, NULL},
	{"put a piece", try_piece, NULL},
	{"get", try_get, NULL},
	{"stat", try_stat, NULL},
	{"remove", try_remove, NULL},
	{"remove and keep", try_keep, NULL},
	{"move", try_move, "b"},
	{"list", try_list, NULL},
	{"check", try_check, NULL},
	{"create", try_create, NULL},
	{"open", try_open, NULL},
	{"info", try_info, NULL},
	{"measure", try_measure, NULL},
};

#define TRIAL_COUNT (sizeof(trials) / sizeof(trials[0]))

/* A client whose vault has `a` and `b`; in the batch of a move, if the trial is one. */
static struct client client_for(const struct trial *trial)
{
	struct client client;

	fake_tee_restart();
	client = client_of_new(ALICE, &store);
	assert_int_equal(put_text(&client, "a", "content"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "content"), TEE_SUCCESS);
	if (trial->batch_of)
		assert_int_equal(remove_flags(&client, trial->batch_of,
					 FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP),
			TEE_SUCCESS);
	return client;
}

/* Fails the n-th allocation of a trial's call. False: it has fewer. */
static bool fail_once(const struct trial *trial, unsigned int n)
{
	struct client client = client_for(trial);
	struct ask ask = trial->make(&client);
	const size_t before = counters().heap;
	const unsigned int handles = counters().handles;
	TEE_Result res = TEE_SUCCESS;

	fake_tee_fail_alloc(n, 1);
	res = ask_run(client.session, &ask);
	fake_tee_fail_alloc(0, 0);
	if (res == TEE_SUCCESS) {
		client_drop(&client);
		return false;
	}
	assert_int_equal(res, TEE_ERROR_OUT_OF_MEMORY);
	assert_true(counters().heap <= before);
	assert_int_equal(counters().handles, handles);
	/* A batch is over then; anything else goes through at once. */
	if (!trial->batch_of) {
		assert_int_equal(counters().heap, before);
		assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	}
	client_close(&client);
	return true;
}

static void every_allocation_can_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRIAL_COUNT; i++) {
		unsigned int n = 1;

		while (fail_once(&trials[i], n)) {
			n++;
			assert_true(n < ALLOCATIONS_MAX);
		}
		print_message("%-16s %u allocations\n", trials[i].name, n - 1);
	}
	assert_int_equal(counters().panics, 0);
}

/* What the TEE's AES-GCM takes for itself, whatever the vaults of this run are sealed with. */
static void every_allocation_of_gcm_can_fail(void **state)
{
	const uint32_t session = open_as(ALICE);
	const size_t before = counters().heap;
	struct ask ask = ask_measure(FESTORE_AEAD_AES_256_GCM);
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;

	(void)state;
	for (unsigned int n = 1; res == TEE_ERROR_OUT_OF_MEMORY; n++) {
		assert_true(n < ALLOCATIONS_MAX);
		fake_tee_fail_alloc(n, 1);
		res = ask_run(session, &ask);
		fake_tee_fail_alloc(0, 0);
		assert_int_equal(counters().heap, before);
		assert_int_equal(counters().handles, 0);
	}
	assert_int_equal(res, TEE_SUCCESS);
}

/* A session needs memory too. */
static void opening_a_session_can_fail(void **state)
{
	uint32_t session = 0;

	(void)state;
	session = open_as(ALICE);
	for (unsigned int n = 1; n < 3; n++) {
		const size_t before = counters().heap;

		fake_tee_fail_alloc(n, 1);
		assert_int_equal(login_as(TEE_LOGIN_USER, BOB, &session), TEE_ERROR_OUT_OF_MEMORY);
		fake_tee_fail_alloc(0, 0);
		assert_int_equal(counters().heap, before);
	}
}

/* A list keeps its sides, and loses them when there is no room for more. */
static void a_list_that_cannot_grow_is_over(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct listing listing;
	size_t before = counters().heap;

	(void)state;
	fill(&client, 50);
	fake_tee_fail_alloc(2, 1);
	assert_int_equal(list_all(&client, &listing), TEE_ERROR_OUT_OF_MEMORY);
	fake_tee_fail_alloc(0, 0);
	assert_int_equal(counters().heap, before);
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 50);
	client_close(&client);
}

/* Every session that is closed gives back all that it had. */
static void a_closed_session_leaves_nothing(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other;
	struct listing listing = {0};
	struct ask prune;
	size_t before = 0;

	(void)state;
	fill(&client, 50);
	before = counters().heap;
	other = client_of(ALICE, &store);
	try_list(&other);
	assert_int_equal(list_page(&other, "", &listed, &store.state, FESTORE_WIRE_MORE, &listing),
		TEE_SUCCESS);
	assert_int_equal(put_piece(&other, "3", content, true), TEE_SUCCESS);
	assert_int_equal(
		remove_flags(&other, "1", FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP), TEE_SUCCESS);
	assert_true(counters().heap > before + 1000);
	client_close(&other);
	assert_int_equal(counters().heap, before);

	other = client_of(ALICE, &store);
	prune = try_prune(&other);
	assert_int_equal(ask_run(other.session, &prune), TEE_SUCCESS);
	assert_true(counters().heap > before + 1000);
	client_close(&other);
	assert_int_equal(counters().heap, before);
	assert_int_equal(counters().handles, 0);
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ten_thousand_files_take_no_more),
		TEST(large_files_take_no_more),
		TEST(the_longest_path_takes_no_more),
		TEST(all_slots_and_sessions_fit),
		TEST(every_allocation_can_fail),
		TEST(every_allocation_of_gcm_can_fail),
		TEST(opening_a_session_can_fail),
		TEST(a_list_that_cannot_grow_is_over),
		TEST(a_closed_session_leaves_nothing),
	};

	return cmocka_run_group_tests_name("vault_heap", tests, NULL, NULL);
}
