// SPDX-License-Identifier: BSD-2-Clause
/* Keys and contents do not stay behind in the vault TA's memory: neither in freed heap nor on the
 * stack, nor in a destroyed vault's slot. */
#include "vault_keys.h"

/* Bytes of this value are content; a run of them that nothing else makes is a trace of it. */
#define SECRET 0xc5
#define TRACE 16u

/* More than all of a call's frames here, of which the test's own ask is ten thousand bytes. */
#define STACK_LOOK 49152u

/* Secrets to be looked for, TRACE bytes of each: the length of a block that one register or one
 * copy might leave. */
#define WANTED_MAX 16u

struct wanted {
	const char *name;
	uint8_t bytes[TRACE];
};

static struct store store;
static struct wanted wanted[WANTED_MAX];
static unsigned int wanted_count;
static uint8_t secret[100000];
static unsigned int freed;
static const char *found_in_freed;

static void want(const char *name, const uint8_t *bytes)
{
	assert_true(wanted_count < WANTED_MAX);
	wanted[wanted_count].name = name;
	memcpy(wanted[wanted_count].bytes, bytes, TRACE);
	wanted_count++;
}

/* Both halves, as they may be copied apart. */
static void want_key(const char *name, const uint8_t key[FESTORE_HASH])
{
	want(name, key);
	want(name, key + TRACE);
}

static bool is_at(const volatile uint8_t *at, const struct wanted *what)
{
	for (unsigned int i = 0; i < TRACE; i++) {
		if (at[i] != what->bytes[i])
			return false;
	}
	return true;
}

static const char *trace_in(const volatile uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at + TRACE <= len; at++) {
		for (unsigned int i = 0; i < wanted_count; i++) {
			if (is_at(bytes + at, &wanted[i]))
				return wanted[i].name;
		}
	}
	return NULL;
}

static void look_at_freed(const void *bytes, size_t len, void *arg)
{
	const char *found = trace_in(bytes, len);

	(void)arg;
	freed++;
	if (found)
		found_in_freed = found;
}

/* Looks at what deeper calls have left below this frame: that is what an uninitialised array is. */
__attribute__((noinline)) static const char *trace_on_stack(void)
{
	volatile uint8_t left[STACK_LOOK];

	/* So that the compiler takes it for written. */
	__asm__ volatile("" : : "r"(left) : "memory");
	return trace_in(left, sizeof(left));
}

__attribute__((noinline)) static void clear_stack(void)
{
	volatile uint8_t left[STACK_LOOK];

	for (size_t i = 0; i < sizeof(left); i++)
		left[i] = 0;
}

/* The clock stands still, as the keys that a TA makes are of the time too, and some tests make the
 * same ones again. */
static int setup_secret(void **state)
{
	static const TEE_Time now = {.seconds = 1000000000};
	const int res = setup(state);

	fake_tee_set_ree_time(&now);
	memset(secret, SECRET, sizeof(secret));
	wanted_count = 0;
	want("content", secret);
	freed = 0;
	found_in_freed = NULL;
	fake_tee_on_free(look_at_freed, NULL);
	return res;
}

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

/* A vault with a file, whose keys are all known to the test. */
static struct client client_of_known(void)
{
	struct client client = client_of_new(ALICE, &store);
	struct vault_keys keys;
	struct meta meta;

	assert_int_equal(put(&client, "a", secret, 100), TEE_SUCCESS);
	keys = keys_of(client.session, &store.header);
	meta = meta_of(&client, &keys, "a");
	want_key("kek", keys.kek);
	want_key("wrapping key", keys.wrapping);
	want_key("master key", keys.master);
	want_key("record key", keys.keys.record);
	want_key("state key", keys.keys.state);
	want_key("content key", meta.content_key);
	memset(&keys, 0, sizeof(keys));
	memset(&meta, 0, sizeof(meta));
	return client;
}

/* The locator key is the client's too, and given out when it opens; not a wanted one then. */
static void want_locator_key(const struct client *client)
{
	want_key("locator key", client->locator_key);
}

static void the_looks_can_see(void **state)
{
	uint8_t bytes[3 * TRACE] = {0};

	(void)state;
	assert_null(trace_in(bytes, sizeof(bytes)));
	memset(bytes + 3, SECRET, TRACE);
	assert_string_equal(trace_in(bytes, sizeof(bytes)), "content");
	assert_string_equal(trace_in(bytes + 3, TRACE), "content");
}

static void run_all(struct client *client)
{
	struct listing listing;

	assert_int_equal(put(client, "b", secret, 4096), TEE_SUCCESS);
	assert_int_equal(put(client, "c", secret, sizeof(secret)), TEE_SUCCESS);
	assert_int_equal(get(client, "a"), TEE_SUCCESS);
	assert_int_equal(get(client, "c"), TEE_SUCCESS);
	assert_int_equal(move(client, "b", "d"), TEE_SUCCESS);
	assert_int_equal(
		move_flags(client, "a", "d", FESTORE_WIRE_NO_CLOBBER), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(list_all(client, &listing), TEE_ERROR_CORRUPT_OBJECT);
}

static void freed_heap_holds_no_secret(void **state)
{
	struct client client = client_of_known();
	struct client other = client_of(ALICE, &store);
	struct ask ask;

	(void)state;
	want_locator_key(&client);
	run_all(&client);
	/* Sessions end with a put, a get and a batch under way. */
	assert_int_equal(put_piece(&client, "e", secret, true), TEE_SUCCESS);
	fake_tee_close_session(client.session);
	client_drop(&client);
	fake_tee_close_session(other.session);
	assert_true(freed > 20);
	assert_null(found_in_freed);

	client = client_of_new(BOB, &store);
	assert_int_equal(put(&client, "c", secret, sizeof(secret)), TEE_SUCCESS);
	ask = ask_get(&client, "c");
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	fake_tee_close_session(client.session);
	assert_null(found_in_freed);
}

/* A session that ends in the midst of a move, or of a get, knows the content's key. */
static void a_closed_session_forgets_content_keys(void **state)
{
	struct client client = client_of_known();
	struct vault_keys keys = keys_of(client.session, &store.header);
	struct meta meta;
	struct ask ask;

	(void)state;
	assert_int_equal(put(&client, "c", secret, sizeof(secret)), TEE_SUCCESS);
	meta = meta_of(&client, &keys, "c");
	want_key("content key", meta.content_key);
	ask = ask_get(&client, "c");
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(
		remove_flags(&client, "c", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH), TEE_SUCCESS);
	freed = 0;
	client_close(&client);
	assert_true(freed >= 2);
	assert_null(found_in_freed);
}

static void assert_stack_is_clear(const char *after)
{
	const char *found = trace_on_stack();

	if (found)
		fail_msg("%s on the stack after a %s", found, after);
	clear_stack();
}

/* One that ends between two pieces, and one of which a piece fails, know two contents' keys. */
static void an_append_leaves_no_secret(void **state)
{
	struct client client = client_of_known();
	struct vault_keys keys = keys_of(client.session, &store.header);
	struct meta meta;
	struct ask ask;

	(void)state;
	assert_int_equal(put(&client, "c", secret, 5000), TEE_SUCCESS);
	meta = meta_of(&client, &keys, "c");
	want_key("content key", meta.content_key);
	for (unsigned int piece = 0; piece < 3; piece++) {
		ask = ask_get(&client, "c");
		ask.request.base.flags = FESTORE_WIRE_MORE;
		ask.content_len = 0;
		assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
		clear_stack();
		ask = ask_of(FESTORE_CMD_FILE_APPEND, "c");
		ask.request.base.flags = FESTORE_WIRE_MORE;
		ask.content = client_entry(&client, "c")->content;
		ask.content_len = FESTORE_CHUNK + FESTORE_SEAL;
		ask.message_len = piece;
		ask.message = secret;
		freed = 0;
		assert_int_equal(ask_run(client.session, &ask),
			piece == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS);
		assert_stack_is_clear("piece of an append");
	}
	client_close(&client);
	assert_true(freed >= 1);
	assert_null(found_in_freed);
}

static void failures_leave_no_secret(void **state)
{
	struct client client = client_of_known();
	struct ask ask;

	(void)state;
	for (size_t room = 0; room < 200; room += 30) {
		ask = ask_get(&client, "a");
		ask.room = room;
		ask_run(client.session, &ask);
		ask = ask_put(&client, "b", secret, 100, 0);
		ask.room = room;
		ask_run(client.session, &ask);
	}
	for (unsigned int n = 1; n < 8; n++) {
		fake_tee_fail_alloc(n, 1);
		put_flags(&client, "b", secret, 100, 0);
		fake_tee_fail_alloc(n, 1);
		get(&client, "a");
		fake_tee_fail_alloc(0, 0);
	}
	client_close(&client);
	assert_null(found_in_freed);
}

static void the_stack_holds_no_secret(void **state)
{
	struct client client = client_of_known();
	struct festore_vault_file file;
	struct listing listing;
	struct ask ask;

	(void)state;
	clear_stack();
	ask = ask_open("default", &store);
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_SUCCESS);
	assert_stack_is_clear("open");
	want_locator_key(&client);
	assert_int_equal(put(&client, "b", secret, 1000), TEE_SUCCESS);
	assert_stack_is_clear("put");
	assert_int_equal(stat_file(&client, "a", &file), TEE_SUCCESS);
	assert_stack_is_clear("stat");
	ask = ask_get(&client, "a");
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_stack_is_clear("get");
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_stack_is_clear("list");
	assert_int_equal(move(&client, "a", "c"), TEE_SUCCESS);
	assert_stack_is_clear("move");
	assert_int_equal(put_flags(&client, "c", secret, 1000, FESTORE_WIRE_NO_CLOBBER),
		TEE_ERROR_ACCESS_CONFLICT);
	assert_stack_is_clear("refused put");
	store.header.seal[0] ^= 1;
	ask = ask_open("default", &store);
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_stack_is_clear("refused open");
	client_close(&client);
}

/* A put that fails late has made its key: the same seed makes the same key again. */
static void a_put_without_room_leaves_no_key(void **state)
{
	struct client client = client_of_known();
	struct vault_keys keys = keys_of(client.session, &store.header);
	struct meta meta;
	struct ask ask;

	(void)state;
	fake_tee_seed_random(9);
	assert_int_equal(put(&client, "b", secret, 100), TEE_SUCCESS);
	meta = meta_of(&client, &keys, "b");
	want_key("content key", meta.content_key);
	memset(&keys, 0, sizeof(keys));
	memset(&meta, 0, sizeof(meta));
	fake_tee_seed_random(9);
	ask = ask_put(&client, "b", secret, 100, 0);
	ask.room = 100;
	clear_stack();
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	assert_stack_is_clear("put without room");
	client_close(&client);
}

/* The last that such a page does is to open an entry. */
static void a_page_leaves_no_key(void **state)
{
	struct client client = client_of_known();
	static struct entries_in in;
	struct listing listing = {0};

	(void)state;
	in.len = 0;
	assert_true(add_listed(&in, client_entry(&client, "a"), FESTORE_WINDOW));
	clear_stack();
	assert_int_equal(list_page(&client, "", &in, &store.state, FESTORE_WIRE_MORE, &listing),
		TEE_SUCCESS);
	assert_stack_is_clear("page of a list");
	client_close(&client);
}

/* What it gave out is no secret of its own, and no reason to keep it on the stack. */
static void an_open_leaves_no_locator_key_on_the_stack(void **state)
{
	struct client client = client_of_known();
	struct ask ask = ask_open("default", &store);

	(void)state;
	want_locator_key(&client);
	memset(&client.locator_key, 0, sizeof(client.locator_key));
	clear_stack();
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_SUCCESS);
	memset(&ask.answer, 0, sizeof(ask.answer));
	assert_stack_is_clear("open");
}

/* A creation leaves nothing: its keys are only known when it is over. */
static void a_creation_leaves_no_key(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_vault_header header;
	struct vault_keys keys;

	(void)state;
	/* The same seed makes the same vault again. */
	fake_tee_seed_random(7);
	assert_int_equal(create_vault(session, "default", &store), TEE_SUCCESS);
	keys = keys_of(session, &store.header);
	want_key("kek", keys.kek);
	want_key("wrapping key", keys.wrapping);
	want_key("master key", keys.master);
	want_key("record key", keys.keys.record);
	want_key("state key", keys.keys.state);
	want_key("locator key", keys.keys.locator);
	memset(&keys, 0, sizeof(keys));
	fake_tee_seed_random(7);
	header = store.header;
	clear_stack();
	assert_int_equal(create_vault(session, "default", &store), TEE_SUCCESS);
	assert_stack_is_clear("create");
	assert_memory_equal(&header, &store.header, sizeof(header));
	assert_null(found_in_freed);
}

/* All blocks of the heap are freed at a restart: what they hold then is what was in use. */
static void a_destroyed_vault_has_no_keys(void **state)
{
	struct client client = client_of_known();
	struct ask ask = ask_of(FESTORE_CMD_VAULT_DESTROY, "");

	(void)state;
	want_locator_key(&client);
	fake_tee_restart();
	assert_non_null(found_in_freed);
	found_in_freed = NULL;
	client = client_of(ALICE, &store);
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	fake_tee_restart();
	assert_null(found_in_freed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_secret, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_looks_can_see),
		TEST(freed_heap_holds_no_secret),
		TEST(a_closed_session_forgets_content_keys),
		TEST(an_append_leaves_no_secret),
		TEST(failures_leave_no_secret),
		TEST(the_stack_holds_no_secret),
		TEST(a_put_without_room_leaves_no_key),
		TEST(a_page_leaves_no_key),
		TEST(an_open_leaves_no_locator_key_on_the_stack),
		TEST(a_creation_leaves_no_key),
		TEST(a_destroyed_vault_has_no_keys),
	};

	return cmocka_run_group_tests_name("vault_wipe", tests, NULL, NULL);
}
