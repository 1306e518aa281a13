// SPDX-License-Identifier: BSD-2-Clause
/* Lists: what is left out, added, moved or changed between the pages comes to light at the end. */
#include "vault.h"

#define FILES 40u

static struct store store;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

/* A client whose vault has FILES files; those of even number are "even/...". */
static struct client client_of_files(void)
{
	struct client client = client_of_new(ALICE, &store);
	char tag[24];

	for (unsigned int i = 0; i < FILES; i++) {
		snprintf(tag, sizeof(tag), i % 2 ? "odd/%u" : "even/%u", i);
		assert_int_equal(put(&client, tag, "0123456789", i % 10), TEE_SUCCESS);
	}
	assert_store_is_whole(&store);
	return client;
}

static void pages_of_all_sizes_list_all(void **state)
{
	struct client client = client_of_files();
	struct listing listing;

	(void)state;
	for (size_t limit = 200; limit < FESTORE_WINDOW; limit += limit / 2) {
		assert_int_equal(list_store(&client, &store, "", limit, &listing), TEE_SUCCESS);
		assert_int_equal(listing.count, FILES);
		assert_int_equal(listing.size, FILES * 9 / 2);
		assert_int_equal(listing.damaged, 0);
	}
	assert_int_equal(listing.pages, 1);
	client_close(&client);
}

static void a_prefix_chooses(void **state)
{
	struct client client = client_of_files();
	struct listing listing;

	(void)state;
	assert_int_equal(list_store(&client, &store, "even/", 1000, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, FILES / 2);
	assert_int_equal(list_store(&client, &store, "even/2", 1000, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 6);
	assert_int_equal(list_store(&client, &store, "even/22", 1000, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 1);
	assert_string_equal(listing.first_tag, "even/22");
	assert_int_equal(list_store(&client, &store, "even/222", 1000, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 0);
	client_close(&client);
}

static void an_empty_vault_lists_nothing(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct listing listing;

	(void)state;
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 0);
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 1);
	client_close(&client);
}

/* Lists another store than there is, in small pages: refused at the end, or before. */
static void assert_list_is_refused(struct client *client, const struct store *spoiled)
{
	struct listing listing;
	struct entries_in in = {0};

	assert_int_equal(list_store(client, spoiled, "", 700, &listing), TEE_ERROR_CORRUPT_OBJECT);
	/* And it is over. */
	assert_int_equal(list_page(client, "", &in, NULL, FESTORE_WIRE_CONTINUE, &listing),
		TEE_ERROR_BAD_STATE);
}

static void no_entry_can_be_hidden(void **state)
{
	struct client client = client_of_files();

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		struct store spoiled = store_copy(&store);

		store_delete(&spoiled, i);
		assert_list_is_refused(&client, &spoiled);
		store_free(&spoiled);
	}
	client_close(&client);
}

static void all_entries_cannot_be_hidden(void **state)
{
	struct client client = client_of_files();
	struct store spoiled = store_copy(&store);

	(void)state;
	while (spoiled.count != 0)
		store_delete(&spoiled, 0);
	assert_list_is_refused(&client, &spoiled);
	store_free(&spoiled);
	client_close(&client);
}

static void no_entry_can_be_added(void **state)
{
	struct client client = client_of_files();
	struct store old = {0};
	struct store spoiled;

	(void)state;
	assert_int_equal(put_text(&client, "removed", "later"), TEE_SUCCESS);
	old = store_copy(&store);
	assert_int_equal(remove_file(&client, "removed"), TEE_SUCCESS);
	spoiled = store_copy(&old);
	spoiled.state = store.state;
	assert_list_is_refused(&client, &spoiled);
	store_free(&spoiled);
	store_free(&old);
	client_close(&client);
}

static void no_entry_can_be_old(void **state)
{
	struct client client = client_of_files();
	struct store old = store_copy(&store);

	(void)state;
	assert_int_equal(put_text(&client, "odd/1", "new"), TEE_SUCCESS);
	old.state = store.state;
	assert_list_is_refused(&client, &old);
	store_free(&old);
	client_close(&client);
}

static void entries_come_in_order(void **state)
{
	struct client client = client_of_files();

	(void)state;
	for (size_t i = 1; i < FILES; i++) {
		struct store spoiled = store_copy(&store);
		struct entry *moved = spoiled.entries[i];

		spoiled.entries[i] = spoiled.entries[i - 1];
		spoiled.entries[i - 1] = moved;
		assert_list_is_refused(&client, &spoiled);
		store_free(&spoiled);
	}
	client_close(&client);
}

static void no_entry_comes_twice(void **state)
{
	struct client client = client_of_files();

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		struct store spoiled = store_copy(&store);

		store_insert(&spoiled, i, entry_copy(spoiled.entries[i]));
		assert_list_is_refused(&client, &spoiled);
		store_free(&spoiled);
	}
	client_close(&client);
}

/* Under each other's locators they do not open, and the tree is another. */
static void entries_cannot_be_exchanged(void **state)
{
	struct client client = client_of_files();
	struct store spoiled = store_copy(&store);
	const struct entry first = *store.entries[0];

	(void)state;
	memcpy(spoiled.entries[0]->record, spoiled.entries[1]->record, FESTORE_RECORD_MAX);
	spoiled.entries[0]->record_len = spoiled.entries[1]->record_len;
	memcpy(spoiled.entries[1]->record, first.record, FESTORE_RECORD_MAX);
	spoiled.entries[1]->record_len = first.record_len;
	assert_list_is_refused(&client, &spoiled);
	store_free(&spoiled);
	client_close(&client);
}

/* Damage of one entry hides no other, and is told. */
static void damage_is_counted(void **state)
{
	struct client client = client_of_files();
	struct entry *entry = store.entries[7];
	struct listing listing;

	(void)state;
	for (size_t i = sizeof(struct festore_vault_record); i < entry->record_len; i++) {
		entry->record[i] ^= 1;
		assert_int_equal(list_store(&client, &store, "", 1000, &listing), TEE_SUCCESS);
		assert_int_equal(listing.count, FILES - 1);
		assert_int_equal(listing.damaged, 1);
		entry->record[i] ^= 1;
	}
	/* Salt and seal are what the tree is made of; the version is part of what was sealed. */
	for (size_t i = 0; i < sizeof(struct festore_vault_record); i++) {
		entry->record[i] ^= 1;
		if (i < offsetof(struct festore_vault_record, salt)) {
			assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
			assert_int_equal(listing.damaged, 1);
		} else {
			assert_list_is_refused(&client, &store);
		}
		entry->record[i] ^= 1;
	}
	entry->record_len -= FESTORE_META_STEP;
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.damaged, 1);
	client_close(&client);
}

/* The first page of `spoiled`, whose entries a test has changed by hand. */
static TEE_Result first_page(struct client *client, const struct entries_in *in, uint32_t flags)
{
	struct listing listing = {0};

	return list_page(client, "", in, &store.state, flags, &listing);
}

static void malformed_entries_are_refused(void **state)
{
	struct client client = client_of_files();
	struct entries_in in = {0};
	struct festore_vault_listed listed;
	const size_t room = FESTORE_LISTED_ROOM(store.entries[0]->record_len);

	(void)state;
	assert_true(add_listed(&in, store.entries[0], FESTORE_WINDOW));
	memcpy(&listed, in.bytes, sizeof(listed));
	for (in.len = 1; in.len < room; in.len++)
		assert_int_equal(
			first_page(&client, &in, FESTORE_WIRE_MORE), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(first_page(&client, &in, FESTORE_WIRE_MORE), TEE_SUCCESS);

	listed.flags = 1;
	memcpy(in.bytes, &listed, sizeof(listed));
	assert_int_equal(first_page(&client, &in, FESTORE_WIRE_MORE), TEE_ERROR_BAD_PARAMETERS);
	listed.flags = 0;
	for (unsigned int i = 0; i < 4; i++) {
		const uint32_t lens[] = {0, sizeof(struct festore_vault_record) - 1,
			FESTORE_RECORD_MAX + 1, UINT32_MAX - 7};

		listed.record_len = lens[i];
		memcpy(in.bytes, &listed, sizeof(listed));
		/* With all the room that it claims, if there can be that much. */
		in.len = i == 2 ? FESTORE_LISTED_ROOM(FESTORE_RECORD_MAX + 1) : FESTORE_WINDOW;
		assert_int_equal(
			first_page(&client, &in, FESTORE_WIRE_MORE), TEE_ERROR_BAD_PARAMETERS);
	}
	client_close(&client);
}

static void a_page_needs_its_room(void **state)
{
	struct client client = client_of_files();
	struct entries_in in = {0};
	struct ask ask = ask_of(FESTORE_CMD_FILE_LIST, "");
	struct listing listing;
	size_t room = 0;

	(void)state;
	for (size_t i = 0; i < FILES; i++)
		assert_true(add_listed(&in, store.entries[i], FESTORE_WINDOW));
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	ask.record = in.bytes;
	ask.record_len = in.len;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	room = ask.out_len;
	for (ask.room = 0; ask.room < room; ask.room += 31)
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room = room - 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room = room;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	client_close(&client);
}

static void what_continues_must_have_begun(void **state)
{
	struct client client = client_of_files();
	struct entries_in in = {0};
	struct listing listing = {0};

	(void)state;
	assert_int_equal(list_page(&client, "", &in, NULL, FESTORE_WIRE_CONTINUE, &listing),
		TEE_ERROR_BAD_STATE);
	/* It begins with a state, and goes on without. */
	assert_int_equal(list_page(&client, "", &in, NULL, FESTORE_WIRE_MORE, &listing),
		TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(first_page(&client, &in, FESTORE_WIRE_MORE), TEE_SUCCESS);
	assert_int_equal(first_page(&client, &in, FESTORE_WIRE_MORE | FESTORE_WIRE_CONTINUE),
		TEE_ERROR_BAD_PARAMETERS);
	/* An abort ends it. */
	assert_int_equal(first_page(&client, &in, FESTORE_WIRE_MORE), TEE_SUCCESS);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(list_page(&client, "", &in, NULL, FESTORE_WIRE_CONTINUE, &listing),
		TEE_ERROR_BAD_STATE);
	/* A session's list is not another's. */
	assert_int_equal(first_page(&client, &in, FESTORE_WIRE_MORE), TEE_SUCCESS);
	client_close(&client);
	client = client_of(ALICE, &store);
	assert_int_equal(list_page(&client, "", &in, NULL, FESTORE_WIRE_CONTINUE, &listing),
		TEE_ERROR_BAD_STATE);
	client_close(&client);
}

/* The rest of a list that began with `in`, of what another store has. */
static TEE_Result go_on(struct client *client, const struct store *from, size_t next)
{
	struct entries_in in = {0};
	struct listing listing = {0};

	for (size_t i = next; i < from->count; i++)
		assert_true(add_listed(&in, from->entries[i], FESTORE_WINDOW));
	return list_page(client, "", &in, NULL, FESTORE_WIRE_CONTINUE, &listing);
}

static TEE_Result begin_half(struct client *client)
{
	struct entries_in in = {0};

	for (size_t i = 0; i < FILES / 2; i++)
		assert_true(add_listed(&in, store.entries[i], FESTORE_WINDOW));
	return first_page(client, &in, FESTORE_WIRE_MORE);
}

/* A list is of the state that it began with, whatever is committed meanwhile. */
static void a_list_is_of_one_state(void **state)
{
	struct client client = client_of_files();
	struct client other = client_of(ALICE, &store);
	struct store old = store_copy(&store);

	(void)state;
	assert_int_equal(begin_half(&client), TEE_SUCCESS);
	assert_int_equal(put_text(&other, "odd/1", "replaced"), TEE_SUCCESS);
	assert_int_equal(go_on(&client, &old, FILES / 2), TEE_SUCCESS);

	/* Two halves of two states are no list. */
	assert_int_equal(begin_half(&client), TEE_SUCCESS);
	for (size_t i = FILES / 2; i < FILES; i++)
		assert_int_equal(put_text(&other, i % 2 ? "odd/3" : "even/4", "new"), TEE_SUCCESS);
	assert_int_equal(remove_file(&other, "odd/3"), TEE_SUCCESS);
	assert_int_equal(go_on(&client, &store, FILES / 2), TEE_ERROR_CORRUPT_OBJECT);
	store_free(&old);
	client_close(&client);
	client_close(&other);
}

static void an_old_state_begins_no_list(void **state)
{
	struct client client = client_of_files();
	struct store old = store_copy(&store);
	struct listing listing;

	(void)state;
	assert_int_equal(put_text(&client, "odd/1", "replaced"), TEE_SUCCESS);
	assert_int_equal(list_store(&client, &old, "", 1000, &listing), FESTORE_TA_STALE);
	store_free(&old);
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_of_all_sizes_list_all),
		TEST(a_prefix_chooses),
		TEST(an_empty_vault_lists_nothing),
		TEST(no_entry_can_be_hidden),
		TEST(all_entries_cannot_be_hidden),
		TEST(no_entry_can_be_added),
		TEST(no_entry_can_be_old),
		TEST(entries_come_in_order),
		TEST(no_entry_comes_twice),
		TEST(entries_cannot_be_exchanged),
		TEST(damage_is_counted),
		TEST(malformed_entries_are_refused),
		TEST(a_page_needs_its_room),
		TEST(what_continues_must_have_begun),
		TEST(a_list_is_of_one_state),
		TEST(an_old_state_begins_no_list),
	};

	return cmocka_run_group_tests_name("vault_list", tests, NULL, NULL);
}
