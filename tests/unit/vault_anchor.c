// SPDX-License-Identifier: BSD-2-Clause
/*
 * Anchors: what the vault TA takes after a restart, what it refuses, and what becomes of it when
 * the objects TA, which is loaded beside it, fails or is made to forget.
 */
#include "vault_device.h"

#include <tee_internal_api_extensions.h>

#define REE FESTORE_ANCHOR_REE
#define EACH (FESTORE_ANCHOR_REE | FESTORE_ANCHOR_EACH)

static int setup_ree(void **state)
{
	return setup_both(state, REE);
}

static TEE_Result try_open(struct store *from)
{
	const uint32_t session = open_as(ALICE);
	struct client client;
	const TEE_Result res = open_vault(session, "default", from, &client);

	fake_tee_close_session(session);
	return res;
}

static TEE_Result restart_and_open(struct store *from)
{
	fake_tee_restart();
	return try_open(from);
}

static uint64_t known_version(void)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_VERSION, "default");

	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_SUCCESS);
	return ask.answer.version.version;
}

static struct festore_vault_anchor ask_anchor(const struct client *client, uint32_t command)
{
	struct ask ask = ask_of(command, "");

	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	assert_int_equal(ask_run(client->session, &ask), TEE_SUCCESS);
	return ask.answer.anchor;
}

static TEE_Result try_sync(const struct client *client)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_SYNC, "");

	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	return ask_run(client->session, &ask);
}

static TEE_Result present(struct client *client, struct store *from)
{
	struct store *own = client->store;
	TEE_Result res = TEE_SUCCESS;

	client->store = from;
	res = get(client, "absent");
	client->store = own;
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : res;
}

static void put_times(struct client *client, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(put_text(client, "a", "a"), TEE_SUCCESS);
}

/* --- what the objects TA has ------------------------------------------------------------------ */

/* Where the normal world keeps the anchor of the vault `default`. */
static const char *anchor_path(void)
{
	return kept_path(ANCHOR_LABEL, REE);
}

static void lose_anchor(void)
{
	assert_int_equal(remove(anchor_path()), 0);
}

static TEE_Identity vault_ta(void)
{
	const TEE_Identity self = {.login = TEE_LOGIN_TRUSTED_APP, .uuid = vault_uuid};

	return self;
}

static TEE_Result call_objects(uint32_t session, uint32_t command, const void *window,
	size_t window_len, struct festore_anchor *ret_anchor)
{
	const uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
		TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_NONE);
	struct festore_wire_request request = {.protocol = FESTORE_PROTOCOL};
	uint8_t *in = keep(window, window_len);
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	TEE_Result res = TEE_SUCCESS;

	params[0].memref.buffer = &request;
	params[0].memref.size = sizeof(request);
	params[1].memref.buffer = ret_anchor;
	params[1].memref.size = sizeof(*ret_anchor);
	params[2].memref.buffer = in;
	params[2].memref.size = window_len;
	res = fake_tee_invoke(session, command, types, params, NULL);
	if (res != TEE_SUCCESS)
		assert_int_equal(params[1].memref.size, 0);
	free(in);
	return res;
}

static struct festore_anchor_place place_of(const char *name)
{
	struct festore_anchor_place place = {.kind = REE};

	identity_of(ANCHOR_LABEL, name, place.identity);
	return place;
}

static uint32_t open_objects(const TEE_Identity *client)
{
	uint32_t session = 0;

	assert_int_equal(
		fake_tee_open_session(&objects_uuid, client, 0, NULL, &session, NULL), TEE_SUCCESS);
	return session;
}

/* The anchor becomes one of this state, as if the vault TA had written it. */
static void force_anchor(const struct festore_vault_state *state)
{
	const TEE_Identity self = vault_ta();
	struct festore_anchor_write wanted = {
		.place = place_of("default"),
		.anchor = {.epoch = state->epoch,
			.version = state->version,
			.phase = FESTORE_ANCHOR_LIVE},
	};
	struct festore_anchor written;
	uint32_t session = 0;

	memcpy(wanted.anchor.vault, state->vault, sizeof(wanted.anchor.vault));
	memcpy(wanted.anchor.mac, state->mac, sizeof(wanted.anchor.mac));
	session = open_objects(&self);
	assert_int_equal(
		call_objects(session, FESTORE_CMD_ANCHOR_WRITE, &wanted, sizeof(wanted), &written),
		TEE_SUCCESS);
	fake_tee_close_session(session);
}

/* Storage calls that fail for good, until can_store(). */
static void cannot_store(TEE_Result error)
{
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 1, 0, error);
}

static void can_store(void)
{
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
	fake_tee_fail_storage(FAKE_STORAGE_WRITE, 0, 0, TEE_SUCCESS);
}

/* --- after a restart -------------------------------------------------------------------------- */

static void without_an_anchor_nobody_is_asked(void **state)
{
	struct client client;

	(void)state;
	wanted_anchor = FESTORE_ANCHOR_NONE;
	client = client_of_new(ALICE, &store);
	fake_tee_zero_counters();
	put_times(&client, 70);
	old = store_copy(&store);
	put_times(&client, 1);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_SYNC).anchor, 0);
	assert_int_equal(restart_and_open(&old), TEE_SUCCESS);
	assert_int_equal(counters().storage_calls, 0);
}

static void each_commit_is_anchored(void **state)
{
	struct client client;
	struct festore_vault_anchor anchor;

	(void)state;
	wanted_anchor = EACH;
	client = client_of_new(ALICE, &store);
	assert_int_equal(store.state.anchor, EACH);
	for (unsigned int i = 0; i < 5; i++) {
		store_free(&old);
		old = store_copy(&store);
		put_times(&client, 1);
		anchor = ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR);
		assert_int_equal(anchor.anchor, EACH);
		assert_int_equal(anchor.version, store.state.version);
		assert_int_equal(anchor.window, 0);
		assert_int_equal(anchor.is_sure, 1);
		assert_int_equal(anchor.writes, i + 2);
		assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
		assert_int_equal(known_version(), store.state.version);
		/* Being shown an old one does not lock the vault. */
		client = client_of(ALICE, &store);
		assert_holds(&client, "a", "a");
	}
}

static void a_group_of_commits_is_anchored_once(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct store anchored = {0};

	(void)state;
	at_second(0);
	/* The first one, so that no other vault can be made in its place. */
	put_times(&client, 1);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).version, 2);
	old = store_copy(&store);
	put_times(&client, FESTORE_ANCHOR_COMMITS - 1);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).version, 2);
	assert_int_equal(
		ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).window, FESTORE_ANCHOR_COMMITS - 1);
	put_times(&client, 1);
	assert_int_equal(
		ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).version, FESTORE_ANCHOR_COMMITS + 2);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).window, 0);
	anchored = store_copy(&store);
	put_times(&client, 3);
	/* What is in the window can be taken back unnoticed, and no more. */
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
	assert_int_equal(restart_and_open(&anchored), TEE_SUCCESS);
	store_free(&anchored);
}

static void after_a_minute_the_next_call_anchors(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_times(&client, 1);
	at_second(1000);
	put_times(&client, 1);
	at_second(1030);
	put_times(&client, 1);
	at_second(1059);
	assert_holds(&client, "a", "a");
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).version, 2);
	/* A reader's too. */
	at_second(1060);
	assert_holds(&client, "a", "a");
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).version, 4);
	put_times(&client, 1);
	at_second(1120);
	/* Also one that is about to make another commit. */
	put_times(&client, 1);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).version, 5);
	ask_anchor(&client, FESTORE_CMD_VAULT_SYNC);
	/* Nothing waits, so nothing is written. */
	fake_tee_zero_counters();
	at_second(5000);
	assert_holds(&client, "a", "a");
	assert_int_equal(counters().storage_calls, 0);
}

static void a_sync_anchors(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct festore_vault_anchor anchor;

	(void)state;
	put_times(&client, 4);
	old = store_copy(&store);
	put_times(&client, 1);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).window, 4);
	anchor = ask_anchor(&client, FESTORE_CMD_VAULT_SYNC);
	assert_int_equal(anchor.window, 0);
	assert_int_equal(anchor.version, store.state.version);
	fake_tee_zero_counters();
	ask_anchor(&client, FESTORE_CMD_VAULT_SYNC);
	assert_int_equal(counters().storage_writes, 0);
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
}

static void what_is_accepted_is_anchored_at_once(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_times(&client, 1);
	old = store_copy(&store);
	put_times(&client, 3);
	assert_int_equal(restart_and_open(&store), TEE_SUCCESS);
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
	/* If that cannot be, there is no answer, and nothing is taken. */
	client = client_of(ALICE, &store);
	put_times(&client, 2);
	fake_tee_restart();
	fake_tee_fail_storage(FAKE_STORAGE_WRITE, 1, 0, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(try_open(&store), FESTORE_TA_NO_ANCHOR);
	can_store();
	assert_int_equal(try_open(&store), TEE_SUCCESS);
}

static void a_backup_opened_first_pins_nothing(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_times(&client, 3);
	old = store_copy(&store);
	put_times(&client, 3);
	fake_tee_restart();
	client = client_of(ALICE, &old);
	assert_int_equal(present(&client, &store), TEE_SUCCESS);
	assert_int_equal(present(&client, &old), FESTORE_TA_STALE);
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
}

static void a_jump_must_be_anchored(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_times(&client, 3);
	old = store_copy(&store);
	put_times(&client, 3);
	fake_tee_restart();
	client = client_of(ALICE, &old);
	fake_tee_fail_storage(FAKE_STORAGE_WRITE, 1, 0, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(present(&client, &store), FESTORE_TA_NO_ANCHOR);
	assert_int_equal(present(&client, &old), TEE_SUCCESS);
	can_store();
	assert_int_equal(present(&client, &store), TEE_SUCCESS);
}

/* What was made beside it since the anchor was written somewhere else. */
static void a_jump_is_from_the_loaded_anchor(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct store beside = {0};

	(void)state;
	put_times(&client, 1);
	old = store_copy(&store);
	put_times(&client, 5);
	beside = store_copy(&store);
	fake_tee_restart();
	client = client_of(ALICE, &old);
	put_times(&client, 1);
	ask_anchor(&client, FESTORE_CMD_VAULT_SYNC);
	fake_tee_restart();
	client = client_of(ALICE, &old);
	assert_int_equal(present(&client, &beside), FESTORE_TA_STALE);
	store_free(&beside);
}

/* Two states beside each other, of which neither was confirmed before the TA was restarted. */
static struct client branch(uint32_t anchor)
{
	struct client client;
	struct client other;

	wanted_anchor = anchor;
	client = client_of_new(ALICE, &store);
	put_times(&client, 1);
	old = store_copy(&store);
	other = client_of(ALICE, &old);
	assert_int_equal(put_flags(&client, "b", "b", 1, 0), TEE_SUCCESS);
	assert_int_equal(put_flags(&other, "c", "c", 1, 0), TEE_SUCCESS);
	assert_true(old.state.version > store.state.version);
	fake_tee_restart();
	return client_of(ALICE, &store);
}

static void with_an_anchor_of_each_commit_nothing_jumps(void **state)
{
	struct client client = branch(EACH);

	(void)state;
	assert_int_equal(present(&client, &old), FESTORE_TA_STALE);
	assert_holds(&client, "b", "b");
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
}

static void nothing_jumps_over_what_was_synced(void **state)
{
	struct client client = branch(REE);

	(void)state;
	ask_anchor(&client, FESTORE_CMD_VAULT_SYNC);
	assert_int_equal(present(&client, &old), FESTORE_TA_STALE);
	assert_holds(&client, "b", "b");
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
}

static void of_one_version_there_is_one(void **state)
{
	struct client client;

	(void)state;
	wanted_anchor = EACH;
	client = client_of_new(ALICE, &store);
	put_times(&client, 1);
	old = store_copy(&store);
	/* A proposal of the next version that nobody has confirmed; then another is. */
	assert_int_equal(put_flags(&client, "b", "b", 1, 0), TEE_SUCCESS);
	fake_tee_restart();
	client = client_of(ALICE, &old);
	put_times(&client, 1);
	assert_int_equal(old.state.version, store.state.version);
	assert_int_equal(restart_and_open(&store), FESTORE_TA_STALE);
	assert_int_equal(try_open(&old), TEE_SUCCESS);
}

static void a_branch_that_was_left_is_refused(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_times(&client, 1);
	old = store_copy(&store);
	put_times(&client, 9);
	fake_tee_restart();
	client = client_of(ALICE, &old);
	put_times(&client, 1);
	ask_anchor(&client, FESTORE_CMD_VAULT_SYNC);
	/* It has more commits than the one that is anchored, and an older base. */
	assert_true(store.state.version > old.state.version);
	assert_int_equal(restart_and_open(&store), FESTORE_TA_STALE);
	assert_int_equal(try_open(&old), TEE_SUCCESS);
}

/* Its base is older than the anchor, which is what it follows. */
static void a_successor_of_the_anchored_one_is_taken(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other;

	(void)state;
	put_times(&client, 2);
	old = store_copy(&store);
	other = client_of(ALICE, &old);
	assert_int_equal(put_flags(&client, "b", "b", 1, 0), TEE_SUCCESS);
	ask_anchor(&other, FESTORE_CMD_VAULT_SYNC);
	assert_true(store.state.anchored < old.state.version);
	assert_int_equal(restart_and_open(&store), TEE_SUCCESS);
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
}

/* --- lost and exchanged anchors --------------------------------------------------------------- */

static void a_lost_anchor_proves_nothing(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_times(&client, 2);
	fake_tee_restart();
	lose_anchor();
	assert_int_equal(try_open(&store), FESTORE_TA_UNPROVEN);
	assert_int_equal(try_open(&store), FESTORE_TA_UNPROVEN);
}

static void a_damaged_anchor_proves_nothing(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	uint8_t bytes[2048];
	size_t len = 0;

	(void)state;
	put_times(&client, 2);
	fake_tee_restart();
	len = read_file(anchor_path(), bytes, sizeof(bytes));
	bytes[100] ^= 1;
	write_file(anchor_path(), bytes, len);
	assert_int_equal(try_open(&store), FESTORE_TA_UNPROVEN);
}

static void an_older_anchor_proves_nothing(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	uint8_t bytes[2048];
	size_t len = 0;

	(void)state;
	put_times(&client, 1);
	len = read_file(anchor_path(), bytes, sizeof(bytes));
	put_times(&client, 1);
	ask_anchor(&client, FESTORE_CMD_VAULT_SYNC);
	put_times(&client, 1);
	fake_tee_restart();
	write_file(anchor_path(), bytes, len);
	assert_int_equal(try_open(&store), FESTORE_TA_UNPROVEN);
	assert_int_equal(known_version(), 2);
}

static void while_the_ta_lives_a_lost_anchor_is_written_again(void **state)
{
	struct client client;

	(void)state;
	wanted_anchor = EACH;
	client = client_of_new(ALICE, &store);
	put_times(&client, 1);
	/* OP-TEE notices at the latest when the object is opened again. */
	cannot_store(TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(put_text(&client, "b", "b"), FESTORE_TA_NO_ANCHOR);
	can_store();
	assert_int_equal(present(&client, &store), TEE_SUCCESS);
	put_times(&client, 1);
	old = store_copy(&store);
	put_times(&client, 1);
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
}

/* --- failures --------------------------------------------------------------------------------- */

static void what_is_not_anchored_is_not_acknowledged(void **state)
{
	struct client client;

	(void)state;
	wanted_anchor = EACH;
	client = client_of_new(ALICE, &store);
	put_times(&client, 1);
	old = store_copy(&store);
	cannot_store(TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(put_flags(&client, "b", "b", 1, 0), TEE_SUCCESS);
	assert_int_equal(confirm(&client), FESTORE_TA_NO_ANCHOR);
	assert_int_equal(present(&client, &store), FESTORE_TA_NO_ANCHOR);
	/* The TA has not moved on, and makes nothing of which it does not know what it follows. */
	assert_int_equal(known_version(), old.state.version);
	store_restore(&store, &old);
	assert_int_equal(put_flags(&client, "c", "c", 1, 0), FESTORE_TA_NO_ANCHOR);
	can_store();
	assert_int_equal(put_text(&client, "c", "c"), TEE_SUCCESS);
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
}

static void a_confirm_can_be_repeated(void **state)
{
	struct client client;

	(void)state;
	wanted_anchor = EACH;
	client = client_of_new(ALICE, &store);
	put_times(&client, 1);
	old = store_copy(&store);
	cannot_store(TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(put_text(&client, "b", "b"), FESTORE_TA_NO_ANCHOR);
	can_store();
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_holds(&client, "b", "b");
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
}

/* It was written after all: then what it names must be shown before anything else is made. */
static void a_failed_write_may_have_taken_place(void **state)
{
	struct client client;

	(void)state;
	wanted_anchor = EACH;
	client = client_of_new(ALICE, &store);
	put_times(&client, 1);
	old = store_copy(&store);
	cannot_store(TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(put_text(&client, "b", "b"), FESTORE_TA_NO_ANCHOR);
	can_store();
	fake_tee_close_session(client.session);
	client = client_of(ALICE, &old);
	force_anchor(&store.state);
	assert_int_equal(put_flags(&client, "c", "c", 1, 0), FESTORE_TA_STALE);
	client = client_of(ALICE, &store);
	put_times(&client, 1);
	assert_holds(&client, "b", "b");
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
}

static void a_group_goes_on_without(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct festore_vault_anchor anchor;

	(void)state;
	at_second(0);
	put_times(&client, FESTORE_ANCHOR_COMMITS);
	cannot_store(TEE_ERROR_STORAGE_NOT_AVAILABLE);
	put_times(&client, 1);
	anchor = ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR);
	assert_int_equal(anchor.window, FESTORE_ANCHOR_COMMITS);
	assert_int_equal(anchor.is_sure, 0);
	assert_int_equal(try_sync(&client), FESTORE_TA_NO_ANCHOR);
	/* Until it is known what is anchored nothing can be made that names it. */
	assert_int_equal(put_flags(&client, "b", "b", 1, 0), FESTORE_TA_NO_ANCHOR);
	assert_holds(&client, "a", "a");
	can_store();
	put_times(&client, 1);
	anchor = ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR);
	assert_int_equal(anchor.version, store.state.version);
	assert_int_equal(anchor.is_sure, 1);
	assert_int_equal(restart_and_open(&store), TEE_SUCCESS);
}

/* The write was told to have failed, and the vault has moved on to just that state. */
static void a_group_may_find_its_write_done(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	at_second(0);
	put_times(&client, FESTORE_ANCHOR_COMMITS);
	cannot_store(TEE_ERROR_STORAGE_NOT_AVAILABLE);
	put_times(&client, 1);
	can_store();
	force_anchor(&store.state);
	put_times(&client, 2);
	assert_true(store.state.anchored == FESTORE_ANCHOR_COMMITS + 2);
	assert_int_equal(restart_and_open(&store), TEE_SUCCESS);
}

/* The same, but the vault has moved on from that state by a proposal that was made before. */
static void a_group_may_find_an_earlier_write_done(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other;

	(void)state;
	put_times(&client, 2);
	old = store_copy(&store);
	other = client_of(ALICE, &old);
	assert_int_equal(put_flags(&client, "b", "b", 1, 0), TEE_SUCCESS);
	cannot_store(TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(try_sync(&other), FESTORE_TA_NO_ANCHOR);
	can_store();
	force_anchor(&old.state);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	put_times(&client, 2);
	assert_true(store.state.anchored > old.state.version);
	assert_int_equal(restart_and_open(&store), TEE_SUCCESS);
}

static void a_panic_of_the_objects_ta_is_an_error(void **state)
{
	struct client client;

	(void)state;
	wanted_anchor = EACH;
	client = client_of_new(ALICE, &store);
	put_times(&client, 1);
	old = store_copy(&store);
	fake_tee_zero_counters();
	cannot_store(TEE_ERROR_SECURITY);
	assert_int_equal(put_text(&client, "b", "b"), FESTORE_TA_NO_ANCHOR);
	assert_true(counters().panics >= 1);
	can_store();
	/* No state is lost, no session either, and the next instance is asked. */
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(present(&client, &old), FESTORE_TA_STALE);
	assert_int_equal(restart_and_open(&store), TEE_SUCCESS);
}

static void die(void *arg)
{
	(void)arg;
	TEE_Panic(0);
}

/* It died of something else: the vault TA's session with it is of no use any more. */
static void a_dead_session_is_opened_again(void **state)
{
	const TEE_Identity alice = fake_tee_client(TEE_LOGIN_USER, ALICE);
	struct client client;
	uint32_t session = 0;

	(void)state;
	wanted_anchor = EACH;
	client = client_of_new(ALICE, &store);
	put_times(&client, 1);
	session = open_objects(&alice);
	assert_false(fake_tee_run(session, die, NULL));
	put_times(&client, 1);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).version, 3);
}

static void without_the_objects_ta(void **state)
{
	struct ask ask = ask_create("default");

	(void)state;
	fixture_stop();
	setup(NULL);
	ask.request.anchor = REE;
	assert_int_equal(ask_run(open_as(ALICE), &ask), FESTORE_TA_NO_ANCHOR);
	wanted_anchor = FESTORE_ANCHOR_CHOOSE;
	client_of_new(ALICE, &store);
	assert_int_equal(store.state.anchor, FESTORE_ANCHOR_NONE);
}

/* Else who takes the TA away could let a vault seem to have lost its anchor. */
static void a_missing_ta_is_no_lost_anchor(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_times(&client, 1);
	fixture_stop();
	setup(NULL);
	assert_int_equal(try_open(&store), FESTORE_TA_NO_ANCHOR);
}

/* --- making and destroying -------------------------------------------------------------------- */

static void only_known_anchors_can_be_asked_for(void **state)
{
	static const uint32_t wrong[] = {3, FESTORE_ANCHOR_EACH, FESTORE_ANCHOR_EACH << 3,
		FESTORE_ANCHOR_CHOOSE | REE, REE | 1u << 16, UINT32_MAX};
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		wanted_anchor = wrong[i];
		assert_int_equal(
			create_vault(session, "default", &store), TEE_ERROR_BAD_PARAMETERS);
	}
}

static void the_rpmb_is_chosen(void **state)
{
	struct client client;

	(void)state;
	wanted_anchor = FESTORE_ANCHOR_CHOOSE | FESTORE_ANCHOR_EACH;
	client = client_of_new(ALICE, &store);
	assert_int_equal(store.state.anchor, FESTORE_ANCHOR_RPMB | FESTORE_ANCHOR_EACH);
	old = store_copy(&store);
	put_times(&client, 1);
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
}

static void a_known_name_is_taken(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct store other = {0};
	uint32_t session = 0;

	(void)state;
	put_times(&client, 1);
	fake_tee_restart();
	session = open_as(ALICE);
	assert_int_equal(create_vault(session, "default", &other), FESTORE_TA_OTHER);
	assert_int_equal(known_version(), store.state.version);
	/* Nor one without an anchor. */
	wanted_anchor = FESTORE_ANCHOR_NONE;
	assert_int_equal(create_vault(session, "default", &other), FESTORE_TA_OTHER);
	assert_int_equal(create_vault(session, "other", &other), TEE_SUCCESS);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
	store_free(&other);
}

/* Of one that was there before there were anchors, the device knows nothing; but here it does. */
static void a_known_name_is_not_opened_without(void **state)
{
	struct store without = {0};
	struct client client;

	(void)state;
	wanted_anchor = FESTORE_ANCHOR_NONE;
	client = client_of_new(ALICE, &without);
	put_times(&client, 1);
	fake_tee_restart();
	wanted_anchor = EACH;
	client = client_of_new(ALICE, &store);
	old = store_copy(&store);
	put_times(&client, 1);
	assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
	assert_int_equal(try_open(&without), FESTORE_TA_OTHER);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
	assert_int_equal(try_open(&without), FESTORE_TA_OTHER);
	store_free(&without);
}

/* Its maker did not get as far as to store it, or nobody has put anything into it. */
static void what_was_only_made_can_be_made_again(void **state)
{
	uint32_t session = open_as(ALICE);

	(void)state;
	assert_int_equal(create_vault(session, "default", &old), TEE_SUCCESS);
	fake_tee_restart();
	session = open_as(ALICE);
	assert_int_equal(create_vault(session, "default", &store), TEE_SUCCESS);
	assert_int_equal(try_open(&old), FESTORE_TA_OTHER);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
	assert_int_equal(restart_and_open(&store), TEE_SUCCESS);
}

static void another_vault_is_refused(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_times(&client, 1);
	fake_tee_restart();
	lose_anchor();
	client = client_of_new(ALICE, &old);
	put_times(&client, 1);
	assert_int_equal(restart_and_open(&store), FESTORE_TA_OTHER);
	assert_int_equal(known_version(), old.state.version);
	assert_int_equal(try_open(&old), TEE_SUCCESS);
}

static TEE_Result destroy(const struct client *client)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_DESTROY, "");

	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	return ask_run(client->session, &ask);
}

static void a_destroyed_vault_stays_destroyed(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask = ask_of(FESTORE_CMD_VAULT_VERSION, "default");

	(void)state;
	put_times(&client, 1);
	cannot_store(TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(destroy(&client), FESTORE_TA_NO_ANCHOR);
	assert_holds(&client, "a", "a");
	can_store();
	assert_int_equal(destroy(&client), TEE_SUCCESS);
	assert_int_equal(restart_and_open(&store), FESTORE_TA_DESTROYED);
	assert_int_equal(ask_run(open_as(ALICE), &ask), FESTORE_TA_DESTROYED);
	/* Its name is free for another. */
	client = client_of_new(ALICE, &old);
	put_times(&client, 1);
	assert_int_equal(restart_and_open(&store), FESTORE_TA_OTHER);
	assert_int_equal(try_open(&old), TEE_SUCCESS);
}

static void an_anchor_is_its_owners_and_its_names(void **state)
{
	struct client mine = client_of_new(ALICE, &store);
	struct client other = client_of_new(BOB, &old);

	(void)state;
	put_times(&mine, 3);
	put_times(&other, 1);
	fake_tee_restart();
	mine = client_of(ALICE, &store);
	other = client_of(BOB, &old);
	assert_holds(&mine, "a", "a");
	assert_holds(&other, "a", "a");
}

/* --- sparing the RPMB ------------------------------------------------------------------------- */

#define RPMB_EACH (FESTORE_ANCHOR_RPMB | FESTORE_ANCHOR_EACH)

/* Commits until one is refused. */
static unsigned int put_until_spared(struct client *client)
{
	unsigned int count = 0;

	while (put_text(client, "a", "a") == TEE_SUCCESS)
		count++;
	assert_int_equal(put_text(client, "a", "a"), FESTORE_TA_SPARED);
	return count;
}

static void writes_of_the_rpmb_are_limited(void **state)
{
	struct client client;
	struct client other;

	(void)state;
	at_second(1000);
	wanted_anchor = RPMB_EACH;
	client = client_of_new(ALICE, &store);
	assert_int_equal(
		ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).left, FESTORE_RPMB_BURST - 1);
	assert_int_equal(put_until_spared(&client), FESTORE_RPMB_BURST - 1);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).left, 0);
	/* All that was acknowledged is anchored; reading goes on. */
	assert_int_equal(
		ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).version, store.state.version);
	assert_holds(&client, "a", "a");
	/* Another owner has as many. */
	other = client_of_new(BOB, &old);
	put_times(&other, 2);
	at_second(1000 + FESTORE_RPMB_SECONDS - 1);
	assert_int_equal(put_until_spared(&client), 0);
	at_second(1000 + FESTORE_RPMB_SECONDS);
	assert_int_equal(put_until_spared(&client), 1);
	/* A part of a minute is not lost. */
	at_second(1000 + 2 * FESTORE_RPMB_SECONDS + FESTORE_RPMB_SECONDS / 2);
	assert_int_equal(put_until_spared(&client), 1);
	at_second(1000 + 3 * FESTORE_RPMB_SECONDS);
	assert_int_equal(put_until_spared(&client), 1);
	at_second(1000 + 1000 * FESTORE_RPMB_SECONDS);
	assert_int_equal(put_until_spared(&client), FESTORE_RPMB_BURST);
}

static void all_vaults_of_an_owner_count(void **state)
{
	struct client client;
	uint32_t session = 0;

	(void)state;
	at_second(0);
	wanted_anchor = RPMB_EACH;
	client = client_of_new(ALICE, &store);
	put_until_spared(&client);
	session = open_as(ALICE);
	assert_int_equal(create_vault(session, "other", &old), FESTORE_TA_SPARED);
	/* Not a reason to do without. */
	wanted_anchor = FESTORE_ANCHOR_CHOOSE;
	assert_int_equal(create_vault(session, "other", &old), FESTORE_TA_SPARED);
	/* Other storages are not the RPMB. */
	wanted_anchor = EACH;
	assert_int_equal(create_vault(session, "other", &old), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(BOB), "default", &old), TEE_SUCCESS);
}

/* A proposal was made while there were writes: it is stored by now, and has to be anchored. */
static void what_was_proposed_can_be_confirmed(void **state)
{
	struct client client;
	struct store other = {0};

	(void)state;
	at_second(0);
	wanted_anchor = RPMB_EACH;
	client = client_of_new(ALICE, &store);
	put_times(&client, FESTORE_RPMB_BURST - 2);
	assert_int_equal(put_flags(&client, "b", "b", 1, 0), TEE_SUCCESS);
	assert_int_equal(create_vault(open_as(ALICE), "other", &other), TEE_SUCCESS);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).left, 0);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(
		ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).version, store.state.version);
	store_free(&other);
}

static void a_group_waits_for_a_write(void **state)
{
	struct client client;

	(void)state;
	at_second(0);
	wanted_anchor = FESTORE_ANCHOR_RPMB;
	client = client_of_new(ALICE, &store);
	for (unsigned int i = 0; i < FESTORE_RPMB_BURST - 1; i++) {
		put_times(&client, 1);
		assert_int_equal(try_sync(&client), TEE_SUCCESS);
	}
	put_times(&client, 1);
	assert_int_equal(try_sync(&client), FESTORE_TA_SPARED);
	put_times(&client, FESTORE_ANCHOR_COMMITS);
	assert_int_equal(
		ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).window, FESTORE_ANCHOR_COMMITS + 1);
	at_second(FESTORE_RPMB_SECONDS);
	put_times(&client, 1);
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).window, 1);
	/* A reader makes none either. */
	at_second(FESTORE_RPMB_SECONDS + FESTORE_ANCHOR_SECONDS - 1);
	assert_holds(&client, "a", "a");
	assert_int_equal(ask_anchor(&client, FESTORE_CMD_VAULT_ANCHOR).window, 1);
	assert_int_equal(restart_and_open(&store), TEE_SUCCESS);
}

/* --- power cuts ------------------------------------------------------------------------------- */

/* A put, anchored, with the power cut at its n-th write. False: it had fewer. */
static bool cut_put(unsigned int n, enum fake_cut when)
{
	struct client client = client_of(ALICE, &store);
	TEE_Result res = TEE_SUCCESS;

	put_times(&client, 1);
	store_free(&old);
	old = store_copy(&store);
	fake_tee_cut_power(n, when);
	res = put_text(&client, "a", "new");
	if (res == TEE_SUCCESS) {
		fake_tee_cut_power(0, FAKE_CUT_BEFORE);
		return false;
	}
	assert_int_equal(res, TEE_ERROR_COMMUNICATION);
	/* The database has what was put; what it had is as good as long as nothing is anchored. */
	if (when == FAKE_CUT_BEFORE) {
		assert_int_equal(restart_and_open(&old), TEE_SUCCESS);
		assert_int_equal(restart_and_open(&store), TEE_SUCCESS);
	} else {
		assert_int_equal(restart_and_open(&old), FESTORE_TA_STALE);
		assert_int_equal(try_open(&store), TEE_SUCCESS);
	}
	return true;
}

static void a_cut_leaves_one_anchor_whole(void **state)
{
	(void)state;
	wanted_anchor = EACH;
	assert_int_equal(create_vault(open_as(ALICE), "default", &store), TEE_SUCCESS);
	for (enum fake_cut when = FAKE_CUT_BEFORE; when <= FAKE_CUT_AFTER; when++) {
		unsigned int n = 1;

		while (cut_put(n, when))
			n++;
		assert_int_equal(n, 2);
	}
}

static void a_cut_creation_can_be_repeated(void **state)
{
	(void)state;
	for (enum fake_cut when = FAKE_CUT_BEFORE; when <= FAKE_CUT_AFTER; when++) {
		fake_tee_cut_power(1, when);
		assert_int_equal(
			create_vault(open_as(ALICE), "default", &store), TEE_ERROR_COMMUNICATION);
		fake_tee_restart();
	}
	assert_int_equal(create_vault(open_as(ALICE), "default", &store), TEE_SUCCESS);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
}

static void the_vault_ta_keeps_no_anchors(void **state)
{
	const TEE_Identity self = vault_ta();
	uint32_t session = 0;

	(void)state;
	assert_int_equal(fake_tee_open_session(&vault_uuid, &self, 0, NULL, &session, NULL),
		TEE_ERROR_ACCESS_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup_ree, teardown_both)
		T(without_an_anchor_nobody_is_asked),
		T(each_commit_is_anchored),
		T(a_group_of_commits_is_anchored_once),
		T(after_a_minute_the_next_call_anchors),
		T(a_sync_anchors),
		T(what_is_accepted_is_anchored_at_once),
		T(a_backup_opened_first_pins_nothing),
		T(a_jump_must_be_anchored),
		T(a_jump_is_from_the_loaded_anchor),
		T(with_an_anchor_of_each_commit_nothing_jumps),
		T(nothing_jumps_over_what_was_synced),
		T(of_one_version_there_is_one),
		T(a_branch_that_was_left_is_refused),
		T(a_successor_of_the_anchored_one_is_taken),
		T(a_lost_anchor_proves_nothing),
		T(a_damaged_anchor_proves_nothing),
		T(an_older_anchor_proves_nothing),
		T(while_the_ta_lives_a_lost_anchor_is_written_again),
		T(what_is_not_anchored_is_not_acknowledged),
		T(a_confirm_can_be_repeated),
		T(a_failed_write_may_have_taken_place),
		T(a_group_goes_on_without),
		T(a_group_may_find_its_write_done),
		T(a_group_may_find_an_earlier_write_done),
		T(a_panic_of_the_objects_ta_is_an_error),
		T(a_dead_session_is_opened_again),
		T(without_the_objects_ta),
		T(a_missing_ta_is_no_lost_anchor),
		T(only_known_anchors_can_be_asked_for),
		T(the_rpmb_is_chosen),
		T(a_known_name_is_taken),
		T(a_known_name_is_not_opened_without),
		T(what_was_only_made_can_be_made_again),
		T(another_vault_is_refused),
		T(a_destroyed_vault_stays_destroyed),
		T(an_anchor_is_its_owners_and_its_names),
		T(writes_of_the_rpmb_are_limited),
		T(all_vaults_of_an_owner_count),
		T(what_was_proposed_can_be_confirmed),
		T(a_group_waits_for_a_write),
		T(a_cut_leaves_one_anchor_whole),
		T(a_cut_creation_can_be_repeated),
		T(the_vault_ta_keeps_no_anchors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
