// SPDX-License-Identifier: BSD-2-Clause
/* FILE_PUT_MANY: many puts in one call, and all that a client may do wrong with it. */
#include "vault_many.h"

static struct store store;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

static void begin(void)
{
	many_begin();
}

static void add(const struct client *client, const char *tag, const char *text)
{
	many_add(client, tag, text, strlen(text));
}

static void commit(struct client *client)
{
	assert_int_equal(many_propose(client), TEE_SUCCESS);
	assert_int_equal(confirm(client), TEE_SUCCESS);
	assert_store_is_whole(&store);
}

/* --- what it does ------------------------------------------------------------------------------
 */

static void many_files_in_one_call(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	char tags[30][8];

	(void)state;
	begin();
	for (unsigned int i = 0; i < 30; i++) {
		snprintf(tags[i], sizeof(tags[i]), "t%u", i);
		add(&client, tags[i], i % 2 ? "one" : "");
	}
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	commit(&client);
	assert_int_equal(store.count, 30);
	for (unsigned int i = 0; i < 30; i++)
		assert_holds(&client, tags[i], i % 2 ? "one" : "");
	client_close(&client);
}

static void new_and_replaced_files_together(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put_text(&client, "a", "old a"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "old b"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "c", "old c"), TEE_SUCCESS);
	begin();
	add(&client, "b", "new b");
	add(&client, "d", "new d");
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	commit(&client);
	assert_int_equal(store.count, 4);
	assert_holds(&client, "a", "old a");
	assert_holds(&client, "b", "new b");
	assert_holds(&client, "c", "old c");
	assert_holds(&client, "d", "new d");
	client_close(&client);
}

/* It goes on in a batch, and other changes go on after it. */
static void it_is_a_part_of_a_batch(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put_flags(&client, "a", "1", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	begin();
	add(&client, "a", "2");
	add(&client, "b", "3");
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	begin();
	add(&client, "c", "4");
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	assert_int_equal(remove_flags(&client, "b", FESTORE_WIRE_BATCH), TEE_SUCCESS);
	commit(&client);
	assert_holds(&client, "a", "2");
	assert_holds(&client, "b", NULL);
	assert_holds(&client, "c", "4");
	client_close(&client);
}

/* No two contents or records of a call are sealed with the same. */
static void nothing_is_sealed_alike(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	const struct entry *a = NULL;
	const struct entry *b = NULL;

	(void)state;
	begin();
	add(&client, "a", "same");
	add(&client, "b", "same");
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	commit(&client);
	a = client_entry(&client, "a");
	b = client_entry(&client, "b");
	assert_memory_not_equal(a->content, b->content, a->content_len);
	assert_memory_not_equal(a->record + offsetof(struct festore_vault_record, salt),
		b->record + offsetof(struct festore_vault_record, salt), 16);
	client_close(&client);
}

static void as_many_as_there_may_be(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct festore_vault_state state_now;
	char tags[FESTORE_PUTS_MAX + 1][8];

	(void)state;
	begin();
	for (unsigned int i = 0; i < FESTORE_PUTS_MAX + 1; i++)
		snprintf(tags[i], sizeof(tags[i]), "t%u", i);
	for (unsigned int i = 0; i < FESTORE_PUTS_MAX; i++)
		add(&client, tags[i], "x");
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	commit(&client);

	begin();
	for (unsigned int i = 0; i < FESTORE_PUTS_MAX + 1; i++)
		add(&client, tags[i], "y");
	state_now = store.state;
	store_free(&store);
	many_make(&client);
	many.ask.state = state_now;
	assert_int_equal(ask_run(client.session, &many.ask), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

/* --- what is refused ---------------------------------------------------------------------------
 */

/* A vault with three files, and a good call for two more, to be spoiled. */
static struct client spoil_begin(void)
{
	struct client client = client_of_new(ALICE, &store);

	assert_int_equal(put_text(&client, "a", "1"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "2"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "c", "3"), TEE_SUCCESS);
	begin();
	add(&client, "d", "4");
	add(&client, "e", "5");
	many_make(&client);
	return client;
}

/* It is refused, the batch is over, and nothing was lost. */
static void spoil_end(struct client *client, TEE_Result want)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_PROPOSE, "");

	assert_int_equal(many_run(client), want);
	ask.room = sizeof(store.state);
	assert_int_equal(ask_run(client->session, &ask), TEE_ERROR_BAD_STATE);
	assert_holds(client, "a", "1");
	assert_holds(client, "d", NULL);
	client_close(client);
}

static struct festore_vault_put *first_head(void)
{
	return (struct festore_vault_put *)(void *)many.heads;
}

static void heads_are_checked(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	first_head()->reserved = 1;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
	store_free(&store);
}

static void no_tag_is_too_long(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	first_head()->tag_len = FESTORE_TAG_MAX + 1;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

/* In an empty vault any locator would do. */
static void every_tag_is_valid(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	begin();
	add(&client, "d", "4");
	many_make(&client);
	many.heads[sizeof(struct festore_vault_put)] = 0xff;
	assert_int_equal(many_run(&client), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

static void no_tag_is_empty(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	first_head()->tag_len = 0;
	many.heads[sizeof(struct festore_vault_put)] = 0;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

static void behind_a_tag_are_zeros(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	many.heads[FESTORE_PUT_ROOM(1) - 1] = 1;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

static void heads_are_whole(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	many.ask.record_len--;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

static void there_is_one_at_least(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	many.ask.record_len = 0;
	many.ask.content_len = 0;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

static void contents_are_all_there(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	many.ask.content_len--;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

static void contents_are_used_up(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	many.ask.content_len++;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

static void order_is_needed(void **state)
{
	struct client client = spoil_begin();
	uint8_t first[FESTORE_PUT_ROOM(1)];

	(void)state;
	memcpy(first, many.heads, sizeof(first));
	memmove(many.heads, many.heads + sizeof(first), sizeof(first));
	memcpy(many.heads + sizeof(first), first, sizeof(first));
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

static void no_tag_comes_twice(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	memcpy(many.heads + FESTORE_PUT_ROOM(1), many.heads, FESTORE_PUT_ROOM(1));
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

static void every_byte_of_the_paths_counts(void **state)
{
	struct client client = spoil_begin();
	const size_t len = many.ask.path_len;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		TEE_Result res = TEE_SUCCESS;

		many.ask.path[i] ^= 1;
		res = ask_run(client.session, &many.ask);
		assert_true(res == TEE_ERROR_CORRUPT_OBJECT || res == TEE_ERROR_BAD_PARAMETERS);
		many.ask.path[i] ^= 1;
	}
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	commit(&client);
	assert_holds(&client, "a", "1");
	assert_holds(&client, "d", "4");
	client_close(&client);
}

static void paths_are_needed(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	many.ask.path_len = 0;
	spoil_end(&client, TEE_ERROR_CORRUPT_OBJECT);
}

static void a_path_is_whole(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	many.ask.path_len--;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);
}

static void a_state_is_needed_first_and_only_first(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	many.ask.state_len = 0;
	spoil_end(&client, TEE_ERROR_BAD_PARAMETERS);

	store_free(&store);
	client = client_of_new(BOB, &store);
	begin();
	add(&client, "d", "4");
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	begin();
	add(&client, "e", "5");
	many_make(&client);
	many.ask.state = store.state;
	many.ask.state_len = sizeof(store.state);
	assert_int_equal(many_run(&client), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

static void a_batch_of_another_state_is_stale(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other = client_of(ALICE, &store);
	struct store before;

	(void)state;
	before = store_copy(&store);
	begin();
	add(&client, "a", "1");
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	store_restore(&store, &before);
	assert_int_equal(put_text(&other, "b", "2"), TEE_SUCCESS);
	begin();
	add(&client, "c", "3");
	many_make(&client);
	assert_int_equal(many_run(&client), FESTORE_TA_STALE);
	store_free(&before);
	client_close(&client);
	client_close(&other);
}

static void the_output_needs_its_room(void **state)
{
	struct client client = spoil_begin();
	size_t len = 0;

	(void)state;
	assert_int_equal(ask_run(client.session, &many.ask), TEE_SUCCESS);
	len = many.ask.out_len;
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	for (many.ask.room = 0; many.ask.room < len; many.ask.room += 7)
		assert_int_equal(ask_run(client.session, &many.ask), TEE_ERROR_SHORT_BUFFER);
	many.ask.room = len - 1;
	assert_int_equal(ask_run(client.session, &many.ask), TEE_ERROR_SHORT_BUFFER);
	many.ask.room = len;
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	commit(&client);
	client_close(&client);
}

static void a_vault_is_needed(void **state)
{
	struct client client = spoil_begin();

	(void)state;
	client_close(&client);
	client.session = open_as(ALICE);
	assert_int_equal(ask_run(client.session, &many.ask), TEE_ERROR_BAD_STATE);
	fake_tee_close_session(client.session);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_files_in_one_call),
		TEST(new_and_replaced_files_together),
		TEST(it_is_a_part_of_a_batch),
		TEST(nothing_is_sealed_alike),
		TEST(as_many_as_there_may_be),
		TEST(heads_are_checked),
		TEST(no_tag_is_too_long),
		TEST(every_tag_is_valid),
		TEST(no_tag_is_empty),
		TEST(behind_a_tag_are_zeros),
		TEST(heads_are_whole),
		TEST(there_is_one_at_least),
		TEST(contents_are_all_there),
		TEST(contents_are_used_up),
		TEST(order_is_needed),
		TEST(no_tag_comes_twice),
		TEST(every_byte_of_the_paths_counts),
		TEST(paths_are_needed),
		TEST(a_path_is_whole),
		TEST(a_state_is_needed_first_and_only_first),
		TEST(a_batch_of_another_state_is_stale),
		TEST(the_output_needs_its_room),
		TEST(a_vault_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
