// SPDX-License-Identifier: BSD-2-Clause
/* Which state is the present one: presenting, proposing, confirming, creating, destroying, and what
 * is left of it after a restart. */
#include "vault.h"

static struct store store;
static struct store old;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	store_free(&old);
	return teardown(state);
}

static TEE_Result open_as_client(uint32_t uid, struct store *from, struct client *ret_client)
{
	const uint32_t session = open_as(uid);
	const TEE_Result res = open_vault(session, "default", from, ret_client);

	if (res != TEE_SUCCESS)
		fake_tee_close_session(session);
	return res;
}

/* Presents the state of `from` by a request that changes nothing. */
static TEE_Result present(struct client *client, struct store *from)
{
	struct store *own = client->store;
	TEE_Result res = TEE_SUCCESS;

	client->store = from;
	res = get(client, "absent");
	client->store = own;
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : res;
}

/* A change that is stored and not confirmed. */
static void propose(struct client *client, const char *tag)
{
	assert_int_equal(put_flags(client, tag, tag, strlen(tag), 0), TEE_SUCCESS);
}

/* --- presenting ------------------------------------------------------------------------------- */

static void a_fresh_ta_takes_what_it_gets(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	old = store_copy(&store);
	assert_int_equal(put_text(&client, "a", "new"), TEE_SUCCESS);
	fake_tee_restart();
	client = client_of(ALICE, &old);
	assert_holds(&client, "a", "a");
	assert_int_equal(version_of(&client, "default"), old.state.version);
}

static void the_current_state_again_is_no_news(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(present(&client, &store), TEE_SUCCESS);
	assert_int_equal(version_of(&client, "default"), store.state.version);
}

static void a_successor_is_taken_and_what_it_follows_refused(void **state)
{
	struct client writer = client_of_new(ALICE, &store);
	struct client reader = client_of(ALICE, &store);

	(void)state;
	old = store_copy(&store);
	propose(&writer, "a");
	/* As long as nobody has presented it, the old state is as good. */
	assert_int_equal(present(&reader, &old), TEE_SUCCESS);
	assert_int_equal(present(&reader, &store), TEE_SUCCESS);
	assert_int_equal(version_of(&reader, "default"), store.state.version);
	assert_int_equal(present(&reader, &old), FESTORE_TA_STALE);
	assert_int_equal(open_as_client(ALICE, &old, &reader), FESTORE_TA_STALE);
}

static void a_grandchild_is_refused_after_a_commit(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct store later = {0};
	struct store first = {0};

	(void)state;
	assert_int_equal(put_text(&client, "a", "1"), TEE_SUCCESS);
	first = store_copy(&store);
	assert_int_equal(put_text(&client, "a", "2"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "a", "3"), TEE_SUCCESS);
	later = store_copy(&store);
	fake_tee_restart();
	/* Its own commit makes the slot one that knows what is present. */
	client = client_of(ALICE, &first);
	assert_int_equal(put_text(&client, "b", "b"), TEE_SUCCESS);
	assert_int_equal(present(&client, &later), FESTORE_TA_STALE);
	assert_int_equal(open_as_client(ALICE, &later, &client), FESTORE_TA_STALE);
	store_free(&later);
	store_free(&first);
}

static void a_backup_opened_first_pins_nothing(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct store older = {0};

	(void)state;
	older = store_copy(&store);
	assert_int_equal(put_text(&client, "a", "1"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "a", "2"), TEE_SUCCESS);
	old = store_copy(&store);
	assert_int_equal(put_text(&client, "a", "3"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "a", "4"), TEE_SUCCESS);
	fake_tee_restart();
	client = client_of(ALICE, &older);
	/* It follows the older one by more than one, and then comes a later one still. */
	assert_int_equal(present(&client, &old), TEE_SUCCESS);
	assert_int_equal(present(&client, &older), FESTORE_TA_STALE);
	assert_int_equal(present(&client, &store), TEE_SUCCESS);
	assert_int_equal(present(&client, &old), FESTORE_TA_STALE);
	assert_int_equal(open_as_client(ALICE, &store, &client), TEE_SUCCESS);
	assert_holds(&client, "a", "4");
	store_free(&older);
}

/* Reading leaves a slot untouched, however many states it was handed on; a proposal does not. */
static void after_a_proposal_only_successors_count(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct store first = {0};

	(void)state;
	first = store_copy(&store);
	assert_int_equal(put_text(&client, "a", "1"), TEE_SUCCESS);
	old = store_copy(&store);
	assert_int_equal(put_text(&client, "a", "2"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "a", "3"), TEE_SUCCESS);
	fake_tee_restart();
	client = client_of(ALICE, &first);
	assert_int_equal(present(&client, &old), TEE_SUCCESS);
	assert_int_equal(present(&client, &store), TEE_SUCCESS);
	fake_tee_restart();
	client = client_of(ALICE, &first);
	propose(&client, "b");
	assert_int_equal(present(&client, &store), FESTORE_TA_STALE);
	store_free(&first);
}

/* Nobody has it, so the slot is as untouched as before. */
static void a_change_without_room_is_no_proposal(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "a", "1"), TEE_SUCCESS);
	old = store_copy(&store);
	assert_int_equal(put_text(&client, "a", "2"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "a", "3"), TEE_SUCCESS);
	fake_tee_restart();
	client = client_of(ALICE, &old);
	ask = ask_put(&client, "b", (const uint8_t *)"b", 1, 0);
	ask.room = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask = ask_remove(&client, "a", 0);
	ask.room = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(present(&client, &store), TEE_SUCCESS);
}

static void two_of_one_version_are_not_the_same(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put_text(&client, "a", "base"), TEE_SUCCESS);
	old = store_copy(&store);
	propose(&client, "b");
	fake_tee_restart();
	client = client_of(ALICE, &old);
	propose(&client, "c");
	assert_int_equal(store.state.version, old.state.version);
	fake_tee_restart();
	client = client_of(ALICE, &old);
	assert_int_equal(present(&client, &store), FESTORE_TA_STALE);
}

/* --- confirming ------------------------------------------------------------------------------- */

static void a_confirm_needs_a_proposal(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(confirm(&client), TEE_ERROR_BAD_STATE);
	assert_int_equal(put_flags(&client, "a", "a", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_ERROR_BAD_STATE);
	assert_int_equal(version_of(&client, "default"), 1);
}

static void a_confirm_makes_it_the_present_one(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	uint64_t version = 0;

	(void)state;
	old = store_copy(&store);
	propose(&client, "a");
	assert_int_equal(version_of(&client, "default"), old.state.version);
	assert_int_equal(confirm_as(&client, &version), TEE_SUCCESS);
	assert_int_equal(version, store.state.version);
	assert_int_equal(version_of(&client, "default"), version);
	assert_int_equal(present(&client, &old), FESTORE_TA_STALE);
	/* Repeating it is harmless. */
	assert_int_equal(confirm_as(&client, &version), TEE_SUCCESS);
	assert_int_equal(version, store.state.version);
}

static void a_confirm_of_an_ancestor_is_right_too(void **state)
{
	struct client first = client_of_new(ALICE, &store);
	struct client second = client_of(ALICE, &store);
	uint64_t version = 0;

	(void)state;
	propose(&first, "a");
	/* Another client reads it from the database and builds on it. */
	assert_int_equal(put_text(&second, "b", "b"), TEE_SUCCESS);
	assert_int_equal(put_text(&second, "c", "c"), TEE_SUCCESS);
	assert_int_equal(confirm_as(&first, &version), TEE_SUCCESS);
	assert_int_equal(version, store.state.version);
	assert_holds(&first, "a", "a");
}

static void siblings_are_lost(void **state)
{
	struct client first = client_of_new(ALICE, &store);
	struct client second;
	struct client third;

	(void)state;
	old = store_copy(&store);
	second = client_of(ALICE, &old);
	third = client_of(ALICE, &old);
	propose(&first, "a");
	propose(&second, "b");
	assert_int_equal(confirm(&second), TEE_SUCCESS);
	assert_int_equal(confirm(&first), FESTORE_TA_STALE);
	assert_int_equal(confirm(&first), FESTORE_TA_STALE);
	assert_int_equal(confirm(&third), TEE_ERROR_BAD_STATE);
	assert_int_equal(present(&third, &store), FESTORE_TA_STALE);
	assert_int_equal(present(&third, &old), TEE_SUCCESS);
	/* It stays lost whatever comes then. */
	assert_int_equal(put_text(&second, "c", "c"), TEE_SUCCESS);
	assert_int_equal(confirm(&first), FESTORE_TA_STALE);
}

static void a_lost_proposal_does_not_hinder_the_next(void **state)
{
	struct client first = client_of_new(ALICE, &store);
	struct client second;

	(void)state;
	old = store_copy(&store);
	second = client_of(ALICE, &old);
	propose(&first, "a");
	assert_int_equal(put_text(&second, "b", "b"), TEE_SUCCESS);
	assert_int_equal(confirm(&first), FESTORE_TA_STALE);
	store_restore(&store, &old);
	assert_int_equal(put_text(&first, "a", "a"), TEE_SUCCESS);
	assert_holds(&first, "b", "b");
	assert_holds(&first, "a", "a");
}

/* A proposal that was never stored is forgotten with the next one. */
static void the_last_proposal_counts(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	old = store_copy(&store);
	propose(&client, "a");
	store_restore(&store, &old);
	propose(&client, "b");
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_holds(&client, "a", NULL);
	assert_holds(&client, "b", "b");
}

static void a_proposal_is_its_own_sessions(void **state)
{
	struct client first = client_of_new(ALICE, &store);
	struct client second = client_of(ALICE, &store);

	(void)state;
	propose(&first, "a");
	assert_int_equal(confirm(&second), TEE_ERROR_BAD_STATE);
	assert_int_equal(version_of(&second, "default"), 1);
	assert_int_equal(confirm(&first), TEE_SUCCESS);
	assert_int_equal(confirm(&second), TEE_ERROR_BAD_STATE);
}

/* Nor is it touched by what happens in another vault. */
static void vaults_do_not_meet(void **state)
{
	struct client mine = client_of_new(ALICE, &store);
	struct client other = client_of_new(BOB, &old);

	(void)state;
	propose(&mine, "a");
	assert_int_equal(put_text(&other, "a", "other"), TEE_SUCCESS);
	assert_int_equal(confirm(&mine), TEE_SUCCESS);
	assert_int_equal(present(&mine, &old), TEE_ERROR_CORRUPT_OBJECT);
	assert_holds(&mine, "a", "a");
	assert_holds(&other, "a", "other");
}

static void after_a_crash_the_stored_proposal_counts(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	old = store_copy(&store);
	propose(&client, "b");
	/* The client dies; the TA lives: the next one's database has the proposal, or has not. */
	client_close(&client);
	client = client_of(ALICE, &old);
	assert_holds(&client, "b", NULL);
	client_close(&client);
	client = client_of(ALICE, &store);
	assert_holds(&client, "b", "b");
	client_close(&client);
	assert_int_equal(open_as_client(ALICE, &old, &client), FESTORE_TA_STALE);
}

static void a_restart_forgets_sessions_not_states(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	propose(&client, "a");
	fake_tee_restart();
	client = client_of(ALICE, &store);
	assert_int_equal(confirm(&client), TEE_ERROR_BAD_STATE);
	assert_holds(&client, "a", "a");
	assert_int_equal(put_text(&client, "b", "b"), TEE_SUCCESS);
	assert_store_is_whole(&store);
}

/* --- batches ---------------------------------------------------------------------------------- */

static void a_batch_is_one_commit(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct festore_vault_file file = {0};
	char tag[8];

	(void)state;
	assert_int_equal(put_text(&client, "gone", "gone"), TEE_SUCCESS);
	old = store_copy(&store);
	for (unsigned int i = 0; i < 50; i++) {
		snprintf(tag, sizeof(tag), "%u", i);
		assert_int_equal(
			put_flags(&client, tag, tag, strlen(tag), FESTORE_WIRE_BATCH), TEE_SUCCESS);
	}
	assert_memory_equal(&store.state, &old.state, sizeof(store.state));
	assert_int_equal(remove_flags(&client, "gone", FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(move_flags(&client, "7", "seven", FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(remove_flags(&client, "8", 0), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_store_is_whole(&store);
	assert_int_equal(store.count, 49);
	assert_int_equal(store.state.version, old.state.version + 1);
	assert_holds(&client, "seven", "7");
	assert_holds(&client, "8", NULL);
	assert_holds(&client, "gone", NULL);
	assert_int_equal(stat_file(&client, "49", &file), TEE_SUCCESS);
	assert_int_equal(file.version, store.state.version);
}

static void a_batch_ends_when_the_state_moves_on(void **state)
{
	struct client first = client_of_new(ALICE, &store);
	struct client second;

	(void)state;
	old = store_copy(&store);
	second = client_of(ALICE, &old);
	assert_int_equal(put_flags(&first, "a", "a", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(put_text(&second, "b", "b"), TEE_SUCCESS);
	assert_int_equal(put_flags(&first, "c", "c", 1, 0), FESTORE_TA_STALE);
	assert_int_equal(confirm(&first), TEE_ERROR_BAD_STATE);
	store_restore(&store, &old);
	assert_int_equal(put_text(&first, "c", "c"), TEE_SUCCESS);
	assert_holds(&first, "a", NULL);
}

/* What ends a batch: the next change of it finds none, and needs a state. */
static void assert_batch_is_over(struct client *client)
{
	client->is_in_batch = true;
	assert_int_equal(put_flags(client, "next", "", 0, 0), TEE_ERROR_BAD_PARAMETERS);
	store_restore(&store, &old);
}

static void begin_batch(struct client *client)
{
	assert_int_equal(put_flags(client, "a", "a", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(put_flags(client, "b", "b", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
}

static void any_error_ends_a_batch(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "there", "there"), TEE_SUCCESS);
	old = store_copy(&store);
	begin_batch(&client);
	assert_int_equal(remove_flags(&client, "absent", 0), TEE_ERROR_ITEM_NOT_FOUND);
	assert_batch_is_over(&client);
	begin_batch(&client);
	assert_int_equal(put_flags(&client, "there", "", 0, FESTORE_WIRE_NO_CLOBBER),
		TEE_ERROR_ACCESS_CONFLICT);
	assert_batch_is_over(&client);
	begin_batch(&client);
	ask = ask_put(&client, "c", (const uint8_t *)"c", 1, 0);
	ask.path[ask.path_len - 1] ^= 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_batch_is_over(&client);
	begin_batch(&client);
	ask = ask_put(&client, "c", (const uint8_t *)"c", 1, 0);
	ask.room = 10;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	assert_batch_is_over(&client);
	begin_batch(&client);
	ask = ask_put(&client, "c", (const uint8_t *)"c", 1, 0);
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	assert_batch_is_over(&client);
	begin_batch(&client);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_batch_is_over(&client);
	begin_batch(&client);
	assert_int_equal(put_flags(&client, "c", "c", 1, 0), TEE_SUCCESS);
	assert_batch_is_over(&client);
}

/* Two batches at once, of two sessions: each has a root of its own, one of them wins. */
static void batches_of_two_sessions_do_not_meet(void **state)
{
	struct client first = client_of_new(ALICE, &store);
	struct client second;

	(void)state;
	old = store_copy(&store);
	second = client_of(ALICE, &old);
	begin_batch(&first);
	begin_batch(&second);
	assert_int_equal(put_flags(&first, "c", "first", 5, 0), TEE_SUCCESS);
	assert_int_equal(put_flags(&second, "c", "second", 6, 0), TEE_SUCCESS);
	assert_true(old.state.version > store.state.version);
	assert_int_equal(confirm(&second), TEE_SUCCESS);
	assert_int_equal(confirm(&first), FESTORE_TA_STALE);
	assert_holds(&second, "c", "second");
}

static void versions_are_used_once(void **state)
{
	struct client first = client_of_new(ALICE, &store);
	struct client second;
	uint64_t last = 0;

	(void)state;
	old = store_copy(&store);
	second = client_of(ALICE, &old);
	for (unsigned int i = 0; i < 10; i++) {
		struct client *client = i % 2 ? &first : &second;
		struct store before = store_copy(client->store);

		propose(client, "a");
		assert_true(client->store->state.version > last);
		last = client->store->state.version;
		store_restore(client->store, &before);
		store_free(&before);
	}
	/* Nor again by whoever opens now, or after a backup copy was opened first. */
	client_close(&first);
	first = client_of(ALICE, &store);
	propose(&first, "a");
	assert_true(store.state.version > last);
	assert_int_equal(confirm(&first), TEE_SUCCESS);
	store_restore(&old, &store);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(put_text(&first, "a", "a"), TEE_SUCCESS);
	last = store.state.version;
	fake_tee_restart();
	first = client_of(ALICE, &old);
	assert_int_equal(present(&first, &store), TEE_SUCCESS);
	first.store = &store;
	propose(&first, "a");
	assert_int_equal(store.state.version, last + 1);
}

/* --- creating, opening, destroying ------------------------------------------------------------ */

static void a_vault_is_created_once(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct client client;

	(void)state;
	/* Until one is opened, creating again makes another; the database decides which is kept. */
	assert_int_equal(create_vault(session, "default", &store), TEE_SUCCESS);
	assert_int_equal(create_vault(session, "default", &old), TEE_SUCCESS);
	assert_int_equal(store.state.version, 1);
	assert_int_equal(store.state.epoch, 1);
	client = client_of(ALICE, &store);
	assert_int_equal(open_as_client(ALICE, &old, &client), FESTORE_TA_OTHER);
	client = client_of(ALICE, &store);
	assert_int_equal(create_vault(session, "default", &old), FESTORE_TA_OTHER);
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	assert_int_equal(create_vault(session, "default", &old), FESTORE_TA_OTHER);
	assert_holds(&client, "a", "a");
}

static void a_session_opens_one_vault(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask = ask_open("default", &store);

	(void)state;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	assert_int_equal(create_vault(client.session, "other", &old), TEE_SUCCESS);
	ask = ask_open("other", &old);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
}

static void a_vault_under_a_known_name_is_another(void **state)
{
	struct client client = client_of_new(ALICE, &old);

	(void)state;
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	fake_tee_restart();
	client = client_of_new(ALICE, &store);
	assert_int_equal(open_as_client(ALICE, &old, &client), FESTORE_TA_OTHER);
	assert_int_equal(open_as_client(ALICE, &store, &client), TEE_SUCCESS);
}

static TEE_Result destroy(struct client *client)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_DESTROY, "");

	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	return ask_run(client->session, &ask);
}

static void a_destroyed_vault_does_not_come_back(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other = client_of(ALICE, &store);
	struct listing listing;

	(void)state;
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	old = store_copy(&store);
	assert_int_equal(put_text(&client, "a", "b"), TEE_SUCCESS);
	client.store = &old;
	assert_int_equal(destroy(&client), FESTORE_TA_STALE);
	client.store = &store;
	assert_int_equal(destroy(&client), TEE_SUCCESS);
	for (unsigned int i = 0; i < 2; i++) {
		struct client *gone = i ? &client : &other;

		assert_int_equal(get(gone, "a"), FESTORE_TA_DESTROYED);
		assert_int_equal(put_text(gone, "a", "c"), FESTORE_TA_DESTROYED);
		assert_int_equal(put_piece(gone, "a", got, true), FESTORE_TA_DESTROYED);
		assert_int_equal(remove_file(gone, "a"), FESTORE_TA_DESTROYED);
		assert_int_equal(list_all(gone, &listing), FESTORE_TA_DESTROYED);
		assert_int_equal(confirm(gone), FESTORE_TA_DESTROYED);
		assert_int_equal(destroy(gone), FESTORE_TA_DESTROYED);
	}
	assert_int_equal(open_as_client(ALICE, &store, &client), FESTORE_TA_DESTROYED);
	assert_int_equal(open_as_client(ALICE, &old, &client), FESTORE_TA_DESTROYED);
}

/* Nor does another take its place that nobody has made since. */
static void after_a_destroyed_vault_one_is_made_first(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct client client;

	(void)state;
	assert_int_equal(create_vault(session, "default", &old), TEE_SUCCESS);
	client = client_of_new(ALICE, &store);
	assert_int_equal(destroy(&client), TEE_SUCCESS);
	assert_int_equal(open_as_client(ALICE, &old, &client), FESTORE_TA_OTHER);
	assert_int_equal(create_vault(session, "default", &store), TEE_SUCCESS);
	assert_int_equal(open_as_client(ALICE, &old, &client), TEE_SUCCESS);
}

static void another_vault_takes_the_place_of_a_destroyed_one(void **state)
{
	struct client gone = client_of_new(ALICE, &old);
	struct client client;

	(void)state;
	assert_int_equal(put_text(&gone, "a", "old"), TEE_SUCCESS);
	assert_int_equal(destroy(&gone), TEE_SUCCESS);
	client = client_of_new(ALICE, &store);
	assert_int_equal(put_text(&client, "a", "new"), TEE_SUCCESS);
	assert_holds(&client, "a", "new");
	/* Sessions of the old one have none, and the old one does not come back. */
	assert_int_equal(get(&gone, "a"), FESTORE_TA_DESTROYED);
	assert_int_equal(put_flags(&gone, "b", "b", 1, 0), FESTORE_TA_DESTROYED);
	assert_int_equal(confirm(&gone), FESTORE_TA_DESTROYED);
	assert_int_equal(open_as_client(ALICE, &old, &gone), FESTORE_TA_OTHER);
}

static void nothing_goes_without_an_opened_vault(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct listing listing;

	(void)state;
	client.session = open_as(ALICE);
	assert_int_equal(put_text(&client, "a", "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(put_piece(&client, "a", got, true), TEE_ERROR_BAD_STATE);
	assert_int_equal(get(&client, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(remove_file(&client, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(place_flags(&client, "a", 0), TEE_ERROR_BAD_STATE);
	assert_int_equal(list_all(&client, &listing), TEE_ERROR_BAD_STATE);
	assert_int_equal(confirm(&client), TEE_ERROR_BAD_STATE);
	assert_int_equal(destroy(&client), TEE_ERROR_BAD_STATE);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
}

static void version_speaks_of_opened_vaults(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct ask ask = ask_of(FESTORE_CMD_VAULT_VERSION, "default");
	struct client client;

	(void)state;
	assert_int_equal(ask_run(session, &ask), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(create_vault(session, "default", &store), TEE_SUCCESS);
	assert_int_equal(ask_run(session, &ask), TEE_ERROR_ITEM_NOT_FOUND);
	client = client_of(ALICE, &store);
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	assert_int_equal(ask_run(session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.answer.version.version, 2);
	assert_int_equal(ask.answer.version.epoch, 1);
	assert_int_equal(ask_run(open_as(BOB), &ask), TEE_ERROR_ITEM_NOT_FOUND);
}

static void opening_tells_what_there_is(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "b"), TEE_SUCCESS);
	ask = ask_open("default", &store);
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_SUCCESS);
	assert_memory_equal(ask.answer.opened.vault, store.header.vault, 16);
	assert_int_equal(ask.answer.opened.epoch, 1);
	assert_int_equal(ask.answer.opened.version, 3);
	assert_int_equal(ask.answer.opened.count, 2);
	assert_memory_equal(ask.answer.opened.locator_key, client.locator_key, FESTORE_HASH);
}

static void every_byte_of_a_header_counts(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	uint8_t *header = (uint8_t *)&store.header;

	(void)state;
	fake_tee_restart();
	for (size_t i = 0; i < sizeof(store.header); i++) {
		header[i] ^= 1;
		assert_int_equal(open_as_client(ALICE, &store, &client), TEE_ERROR_CORRUPT_OBJECT);
		header[i] ^= 1;
	}
	client = client_of(ALICE, &store);
	for (size_t i = 0; i < sizeof(store.header); i++) {
		header[i] ^= 0x80;
		assert_int_equal(open_as_client(ALICE, &store, &client), TEE_ERROR_CORRUPT_OBJECT);
		header[i] ^= 0x80;
	}
}

static void every_byte_of_a_state_counts(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client opened = client_of(ALICE, &store);
	uint8_t *bytes = (uint8_t *)&store.state;

	(void)state;
	for (size_t i = 0; i < sizeof(store.state); i++) {
		bytes[i] ^= 1;
		assert_int_equal(present(&opened, &store), TEE_ERROR_CORRUPT_OBJECT);
		assert_int_equal(open_as_client(ALICE, &store, &client), TEE_ERROR_CORRUPT_OBJECT);
		bytes[i] ^= 1;
	}
	fake_tee_restart();
	for (size_t i = 0; i < sizeof(store.state); i++) {
		bytes[i] ^= 0x80;
		assert_int_equal(open_as_client(ALICE, &store, &client), TEE_ERROR_CORRUPT_OBJECT);
		bytes[i] ^= 0x80;
	}
	client = client_of(ALICE, &store);
	assert_int_equal(present(&client, &store), TEE_SUCCESS);
}

/* --- whose ------------------------------------------------------------------------------------ */

static TEE_Result open_by(uint32_t login, uint32_t id, const char *name)
{
	struct client client;
	uint32_t session = 0;
	TEE_Result res = login_as(login, id, &session);

	assert_int_equal(res, TEE_SUCCESS);
	res = open_vault(session, name, &store, &client);
	fake_tee_close_session(session);
	return res;
}

static void a_header_is_of_one_owner_and_name(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(open_by(TEE_LOGIN_USER, BOB, "default"), TEE_ERROR_CORRUPT_OBJECT);
		assert_int_equal(
			open_by(TEE_LOGIN_GROUP, ALICE, "default"), TEE_ERROR_CORRUPT_OBJECT);
		assert_int_equal(
			open_by(TEE_LOGIN_USER, ALICE, "default2"), TEE_ERROR_CORRUPT_OBJECT);
		assert_int_equal(
			open_by(TEE_LOGIN_USER, ALICE, "defaul"), TEE_ERROR_CORRUPT_OBJECT);
		fake_tee_restart();
	}
	assert_int_equal(open_by(TEE_LOGIN_USER, ALICE, "default"), TEE_SUCCESS);
}

/* Login and client UUID are two things: the same UUID under another login is another owner. */
static void the_login_is_part_of_the_owner(void **state)
{
	TEE_Identity identity = fake_tee_client(TEE_LOGIN_USER, ALICE);
	struct client client = client_of_new(ALICE, &store);
	uint32_t session = 0;

	(void)state;
	identity.login = TEE_LOGIN_GROUP;
	assert_int_equal(fake_tee_open_session(&vault_uuid, &identity, 0, NULL, &session, NULL),
		TEE_SUCCESS);
	assert_int_equal(open_vault(session, "default", &store, &client), TEE_ERROR_CORRUPT_OBJECT);
	fake_tee_restart();
	assert_int_equal(fake_tee_open_session(&vault_uuid, &identity, 0, NULL, &session, NULL),
		TEE_SUCCESS);
	assert_int_equal(open_vault(session, "default", &store, &client), TEE_ERROR_CORRUPT_OBJECT);
}

static void a_header_is_of_one_device(void **state)
{
	static const uint8_t other_huk[FAKE_HUK_LEN] = "another device.";
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	fake_tee_restart();
	fake_tee_set_huk(other_huk);
	assert_int_equal(open_as_client(ALICE, &store, &client), TEE_ERROR_CORRUPT_OBJECT);
	fake_tee_set_huk(NULL);
	assert_int_equal(open_as_client(ALICE, &store, &client), TEE_SUCCESS);
	fake_tee_restart();
	fake_tee_fail_huk(TEE_ERROR_GENERIC);
	assert_int_equal(open_as_client(ALICE, &store, &client), TEE_ERROR_GENERIC);
	assert_int_equal(create_vault(open_as(BOB), "default", &old), TEE_ERROR_GENERIC);
}

static void names_have_rules(void **state)
{
	static const char longest[] =
		"0123456789012345678901234567890123456789012345678901234567890123";
	static const char *const good[] = {"a", "A", "0", "a.b_c-D9", longest};
	static const char *const bad[] = {".a", "-a", "_a", "a b", "a/b", "\xc3\xa4", "a\xc3\xa4",
		"a:b", "a@b", "a[", "a`b", "a{",
		"01234567890123456789012345678901234567890123456789012345678901234"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ask ask = ask_open(bad[i], &store);

		assert_int_equal(
			ask_run(open_as(ALICE + (uint32_t)i), &ask), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(
			create_vault(open_as(ALICE), bad[i], &store), TEE_ERROR_BAD_PARAMETERS);
		fake_tee_restart();
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct client client;

		assert_int_equal(create_vault(open_as(ALICE), good[i], &store), TEE_SUCCESS);
		assert_int_equal(open_vault(open_as(ALICE), good[i], &store, &client), TEE_SUCCESS);
		fake_tee_restart();
	}
}

/* --- how many --------------------------------------------------------------------------------- */

static void sessions_are_limited_by_owner(void **state)
{
	uint32_t sessions[16];
	uint32_t session = 0;

	(void)state;
	for (unsigned int i = 0; i < 16; i++)
		sessions[i] = open_as(ALICE);
	assert_int_equal(login_as(TEE_LOGIN_USER, ALICE, &session), TEE_ERROR_BUSY);
	assert_int_equal(login_as(TEE_LOGIN_USER, BOB, &session), TEE_SUCCESS);
	fake_tee_close_session(sessions[3]);
	assert_int_equal(login_as(TEE_LOGIN_USER, ALICE, &session), TEE_SUCCESS);
}

static void slots_are_limited_by_owner(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct client client;

	(void)state;
	assert_int_equal(create_vault(session, "keep", &old), TEE_SUCCESS);
	fake_tee_restart();
	assert_int_equal(create_vault(open_as(ALICE), "a", &store), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(ALICE), "b", &store), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(ALICE), "c", &store), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(ALICE), "d", &store), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(ALICE), "e", &store), FESTORE_TA_FULL);
	assert_int_equal(open_vault(open_as(ALICE), "keep", &old, &client), FESTORE_TA_FULL);
	assert_int_equal(create_vault(open_as(ALICE), "d", &store), TEE_SUCCESS);
	assert_int_equal(open_vault(open_as(ALICE), "d", &store, &client), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(BOB), "e", &store), TEE_SUCCESS);
}

static void slots_are_limited_in_all(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	struct client client;

	(void)state;
	assert_int_equal(create_vault(open_as(ALICE), "default", &old), TEE_SUCCESS);
	fake_tee_restart();
	for (uint32_t i = 0; i < 64; i++) {
		const uint32_t session = open_as(2000 + i / 4);

		assert_int_equal(create_vault(session, names[i % 4], &store), TEE_SUCCESS);
		fake_tee_close_session(session);
	}
	assert_int_equal(create_vault(open_as(BOB), "a", &store), FESTORE_TA_FULL);
	assert_int_equal(open_as_client(ALICE, &old, &client), FESTORE_TA_FULL);
	assert_int_equal(create_vault(open_as(2000), "a", &store), TEE_SUCCESS);
}

/* A failed open leaves no slot behind: it could be used up without a vault. */
static void a_refused_open_takes_no_slot(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	fake_tee_restart();
	store.state.mac[0] ^= 1;
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(open_as_client(ALICE, &store, &client), TEE_ERROR_CORRUPT_OBJECT);
	store.state.mac[0] ^= 1;
	assert_int_equal(create_vault(open_as(ALICE), "a", &old), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(ALICE), "b", &old), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(ALICE), "c", &old), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(ALICE), "d", &old), TEE_SUCCESS);
	assert_int_equal(open_as_client(ALICE, &store, &client), FESTORE_TA_FULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fresh_ta_takes_what_it_gets),
		TEST(the_current_state_again_is_no_news),
		TEST(a_successor_is_taken_and_what_it_follows_refused),
		TEST(a_grandchild_is_refused_after_a_commit),
		TEST(a_backup_opened_first_pins_nothing),
		TEST(after_a_proposal_only_successors_count),
		TEST(a_change_without_room_is_no_proposal),
		TEST(two_of_one_version_are_not_the_same),
		TEST(a_confirm_needs_a_proposal),
		TEST(a_confirm_makes_it_the_present_one),
		TEST(a_confirm_of_an_ancestor_is_right_too),
		TEST(siblings_are_lost),
		TEST(a_lost_proposal_does_not_hinder_the_next),
		TEST(the_last_proposal_counts),
		TEST(a_proposal_is_its_own_sessions),
		TEST(vaults_do_not_meet),
		TEST(after_a_crash_the_stored_proposal_counts),
		TEST(a_restart_forgets_sessions_not_states),
		TEST(a_batch_is_one_commit),
		TEST(a_batch_ends_when_the_state_moves_on),
		TEST(any_error_ends_a_batch),
		TEST(batches_of_two_sessions_do_not_meet),
		TEST(versions_are_used_once),
		TEST(a_vault_is_created_once),
		TEST(a_session_opens_one_vault),
		TEST(a_vault_under_a_known_name_is_another),
		TEST(a_destroyed_vault_does_not_come_back),
		TEST(after_a_destroyed_vault_one_is_made_first),
		TEST(another_vault_takes_the_place_of_a_destroyed_one),
		TEST(nothing_goes_without_an_opened_vault),
		TEST(version_speaks_of_opened_vaults),
		TEST(opening_tells_what_there_is),
		TEST(every_byte_of_a_header_counts),
		TEST(every_byte_of_a_state_counts),
		TEST(a_header_is_of_one_owner_and_name),
		TEST(the_login_is_part_of_the_owner),
		TEST(a_header_is_of_one_device),
		TEST(names_have_rules),
		TEST(sessions_are_limited_by_owner),
		TEST(slots_are_limited_by_owner),
		TEST(slots_are_limited_in_all),
		TEST(a_refused_open_takes_no_slot),
	};

	return cmocka_run_group_tests_name("vault_state", tests, NULL, NULL);
}
