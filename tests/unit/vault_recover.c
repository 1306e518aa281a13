// SPDX-License-Identifier: BSD-2-Clause
/*
 * Vaults that are not proven to be the present one: what a session with one may do, and what it
 * takes to let it count again. The objects TA is loaded beside.
 */
#include "vault_key.h"
#include "vault_many.h"

#include "vault_device.h"

#define EACH (FESTORE_ANCHOR_REE | FESTORE_ANCHOR_EACH)

static struct festore_vault_note note; /* the last one that came out */

static int setup_each(void **state)
{
	return setup_both(state, EACH);
}

static TEE_Result open_flags(struct store *from, uint32_t flags, struct client *ret_client)
{
	struct ask ask = ask_open("default", from);
	TEE_Result res = TEE_SUCCESS;

	ask.request.base.flags = flags;
	memset(ret_client, 0, sizeof(*ret_client));
	ret_client->session = open_as(ALICE);
	ret_client->store = from;
	res = ask_run(ret_client->session, &ask);
	if (res == TEE_SUCCESS)
		memcpy(ret_client->locator_key, ask.answer.opened.locator_key, FESTORE_HASH);
	else
		fake_tee_close_session(ret_client->session);
	return res;
}

static TEE_Result try_open(struct store *from)
{
	struct client client;
	const TEE_Result res = open_flags(from, 0, &client);

	if (res == TEE_SUCCESS)
		fake_tee_close_session(client.session);
	return res;
}

static struct client unproven_client(struct store *from)
{
	struct client client;

	assert_int_equal(open_flags(from, FESTORE_WIRE_UNPROVEN, &client), TEE_SUCCESS);
	return client;
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

/* A vault of five commits, of which `old` is the third. */
static struct client make_vault(void)
{
	struct client client = client_of_new(ALICE, &store);

	put_times(&client, 2);
	store_free(&old);
	old = store_copy(&store);
	put_times(&client, 2);
	return client;
}

/* All that tee-supplicant keeps is gone. */
static void lose_anchors(void)
{
	char command[96];

	fake_tee_restart();
	snprintf(command, sizeof(command), "rm -rf %s/*", store_dir);
	assert_int_equal(system(command), 0);
}

static bool names_note(const struct festore_vault_state *state)
{
	uint8_t hash[FESTORE_HASH];

	assert_int_equal(mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
				 (const uint8_t *)&note, sizeof(note), hash),
		0);
	return memcmp(hash, state->log_head, sizeof(hash)) == 0;
}

static struct ask ask_about(
	const struct client *client, uint32_t command, const struct festore_vault_note *known)
{
	struct ask ask = ask_of(command, "");

	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	ask.message = (const uint8_t *)known;
	ask.message_len = known ? sizeof(*known) : 0;
	ask.room = sizeof(struct festore_vault_state) + sizeof(note);
	return ask;
}

/* Makes the change that VAULT_RECOVER or VAULT_NOTED gives out the store's. */
static TEE_Result run_about(
	struct client *client, uint32_t command, const struct festore_vault_note *known)
{
	struct ask ask = ask_about(client, command, known);
	const TEE_Result res = ask_run(client->session, &ask);

	if (res != TEE_SUCCESS)
		return res;
	assert_int_equal(ask.out_len, ask.room);
	memcpy(&client->store->state, ask.out, sizeof(client->store->state));
	memcpy(&note, ask.out + sizeof(client->store->state), sizeof(note));
	assert_true(names_note(&client->store->state));
	return res;
}

static TEE_Result recover(struct client *client)
{
	return run_about(client, FESTORE_CMD_VAULT_RECOVER, NULL);
}

/* --- to read alone ---------------------------------------------------------------------------- */

static void it_is_asked_for(void **state)
{
	struct client client = make_vault();

	(void)state;
	lose_anchors();
	assert_int_equal(try_open(&store), FESTORE_TA_UNPROVEN);
	client = unproven_client(&store);
	assert_holds(&client, "a", "a");
	assert_holds(&client, "b", NULL);
	/* Nobody else gets it for that. */
	assert_int_equal(try_open(&store), FESTORE_TA_UNPROVEN);
	assert_int_equal(present(&client, &old), FESTORE_TA_STALE);
}

static void nothing_can_be_changed(void **state)
{
	struct client client = make_vault();
	struct listing listing;
	struct ask ask;

	(void)state;
	lose_anchors();
	client = unproven_client(&store);
	assert_int_equal(put_flags(&client, "b", "b", 1, 0), FESTORE_TA_UNPROVEN);
	assert_int_equal(put_piece(&client, "b", (const uint8_t *)got, true), FESTORE_TA_UNPROVEN);
	assert_int_equal(remove_flags(&client, "a", 0), FESTORE_TA_UNPROVEN);
	assert_int_equal(remove_flags(&client, "a", FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP),
		FESTORE_TA_UNPROVEN);
	client_drop(&client);
	many_begin();
	many_add(&client, "b", "b", 1);
	many_make(&client);
	assert_int_equal(ask_run(client.session, &many.ask), FESTORE_TA_UNPROVEN);
	ask = ask_about(&client, FESTORE_CMD_VAULT_SYNC, NULL);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_UNPROVEN);
	ask = ask_about(&client, FESTORE_CMD_VAULT_DESTROY, NULL);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_UNPROVEN);
	ask = ask_about(&client, FESTORE_CMD_VAULT_PRUNE, NULL);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_UNPROVEN);
	ask = ask_about(&client, FESTORE_CMD_VAULT_NOTED, &note);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_UNPROVEN);
	ask = ask_of(FESTORE_CMD_VAULT_PROPOSE, "");
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	assert_int_equal(confirm(&client), TEE_ERROR_BAD_STATE);
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(
		make_key(&client, "k", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN), FESTORE_TA_UNPROVEN);
	client.kind = 0;
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 1);
	assert_holds(&client, "a", "a");
}

/* It may be one that was removed since then. */
static void no_key_works(void **state)
{
	static const uint8_t hash[32];
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(generate(&client, "k", FESTORE_WIRE_P256,
				 FESTORE_WIRE_SIGN | FESTORE_WIRE_DERIVE_RAW),
		TEE_SUCCESS);
	ask = ask_sign(&client, "k", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, sizeof(hash));
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	lose_anchors();
	client = unproven_client(&store);
	client.kind = FESTORE_WIRE_KEY;
	ask = ask_sign(&client, "k", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, hash, sizeof(hash));
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_UNPROVEN);
	ask = ask_key(&client, FESTORE_CMD_KEY_PUBLIC, "k");
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
}

static void what_was_opened_so_hinders_nobody(void **state)
{
	struct client client;
	struct client reader;

	(void)state;
	wanted_anchor = FESTORE_ANCHOR_NONE;
	client = make_vault();
	fake_tee_restart();
	reader = unproven_client(&old);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
	assert_holds(&reader, "a", "a");
	client = client_of(ALICE, &store);
	put_times(&client, 1);
	/* Also beside the present one, while the TA lives. */
	reader = unproven_client(&old);
	assert_holds(&reader, "a", "a");
	assert_int_equal(present(&client, &old), FESTORE_TA_STALE);
	assert_holds(&client, "a", "a");
}

static void a_known_one_can_be_read_too(void **state)
{
	struct client client = make_vault();

	(void)state;
	fake_tee_restart();
	assert_int_equal(try_open(&old), FESTORE_TA_STALE);
	client = unproven_client(&old);
	assert_holds(&client, "a", "a");
	assert_int_equal(version_of(&client, "default"), store.state.version);
	client = client_of(ALICE, &store);
	put_times(&client, 1);
}

static TEE_Result destroy(const struct client *client)
{
	struct ask ask = ask_about(client, FESTORE_CMD_VAULT_DESTROY, NULL);

	return ask_run(client->session, &ask);
}

static void what_is_no_vault_here_is_not_opened(void **state)
{
	struct client client = make_vault();
	struct client other;
	struct store theirs = {0};
	struct ask ask;

	(void)state;
	/* Another owner's. */
	client_of_new(BOB, &theirs);
	assert_int_equal(
		open_flags(&theirs, FESTORE_WIRE_UNPROVEN, &other), TEE_ERROR_CORRUPT_OBJECT);
	/* One that was changed. */
	theirs.state = store.state;
	theirs.header = store.header;
	theirs.state.root[0] ^= 1;
	assert_int_equal(
		open_flags(&theirs, FESTORE_WIRE_UNPROVEN, &other), TEE_ERROR_CORRUPT_OBJECT);
	/* One that was destroyed, in this life of the TA and in the next. */
	assert_int_equal(destroy(&client), TEE_SUCCESS);
	assert_int_equal(open_flags(&store, FESTORE_WIRE_UNPROVEN, &other), FESTORE_TA_DESTROYED);
	fake_tee_restart();
	assert_int_equal(open_flags(&store, FESTORE_WIRE_UNPROVEN, &other), FESTORE_TA_DESTROYED);
	/* Another one of the name. */
	client = client_of_new(ALICE, &theirs);
	put_times(&client, 1);
	assert_int_equal(open_flags(&store, FESTORE_WIRE_UNPROVEN, &other), FESTORE_TA_OTHER);
	fake_tee_restart();
	assert_int_equal(open_flags(&store, FESTORE_WIRE_UNPROVEN, &other), FESTORE_TA_OTHER);
	/* Whether it is, cannot be asked. */
	fake_tee_restart();
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 1, 0, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(open_flags(&theirs, FESTORE_WIRE_UNPROVEN, &other), FESTORE_TA_NO_ANCHOR);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
	/* No other flag. */
	ask = ask_open("default", &theirs);
	ask.request.base.flags = FESTORE_WIRE_MORE;
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_NOT_SUPPORTED);
	store_free(&theirs);
}

/* --- recovery --------------------------------------------------------------------------------- */

static void a_lost_anchor_is_written_anew(void **state)
{
	struct client client = make_vault();
	const uint64_t version = store.state.version;

	(void)state;
	lose_anchors();
	client = unproven_client(&store);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	assert_int_equal(store.state.epoch, 2);
	assert_int_equal(store.state.version, version + 1);
	assert_int_equal(store.state.anchored, 0);
	assert_int_equal(store.state.anchor, EACH);
	assert_int_equal(note.number, 1);
	assert_int_equal(note.from_version, 0);
	assert_int_equal(note.from_epoch, 0);
	assert_int_equal(note.taken_version, version);
	assert_int_equal(note.to_epoch, 2);
	assert_int_equal(note.to_version, store.state.version);
	assert_true(note.at != 0 && note.seen_at == 0);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	/* The session goes on as any other. */
	put_times(&client, 1);
	assert_holds(&client, "a", "a");
	assert_true(names_note(&store.state));
	assert_int_equal(store.state.epoch, 2);
	assert_int_equal(try_open(&old), FESTORE_TA_STALE);
	fake_tee_restart();
	assert_int_equal(try_open(&old), FESTORE_TA_STALE);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
}

static void a_rollback_can_be_made_to_count(void **state)
{
	struct client client = make_vault();
	const uint64_t known = store.state.version;

	(void)state;
	fake_tee_restart();
	assert_int_equal(try_open(&old), FESTORE_TA_STALE);
	client = unproven_client(&old);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	assert_int_equal(note.from_version, known);
	assert_int_equal(note.from_epoch, 1);
	assert_int_equal(note.taken_version, known - 2);
	assert_int_equal(old.state.version, known + 1);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	put_times(&client, 1);
	assert_int_equal(try_open(&store), FESTORE_TA_STALE);
	fake_tee_restart();
	assert_int_equal(try_open(&store), FESTORE_TA_STALE);
	assert_int_equal(try_open(&old), TEE_SUCCESS);
}

/* Without an anchor the TA itself knows, as long as it lives. */
static void a_rollback_in_one_life(void **state)
{
	struct client client;
	struct client writer;

	(void)state;
	wanted_anchor = FESTORE_ANCHOR_NONE;
	writer = make_vault();
	assert_int_equal(put_flags(&writer, "b", "b", 1, 0), TEE_SUCCESS);
	client = unproven_client(&old);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	/* Versions are used once: the proposal has had one. */
	assert_int_equal(note.from_version + 2, old.state.version);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(confirm(&writer), FESTORE_TA_STALE);
	assert_int_equal(present(&writer, &store), FESTORE_TA_STALE);
	put_times(&client, 1);
	assert_holds(&client, "b", NULL);
}

static void what_is_not_confirmed_does_not_count(void **state)
{
	struct client client = make_vault();
	struct store before = {0};

	(void)state;
	lose_anchors();
	before = store_copy(&store);
	client = unproven_client(&store);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	assert_int_equal(try_open(&store), FESTORE_TA_UNPROVEN);
	fake_tee_restart();
	assert_int_equal(try_open(&store), FESTORE_TA_UNPROVEN);
	/* It was stored, and is what a further recovery begins from. */
	client = unproven_client(&store);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	assert_int_equal(store.state.epoch, 3);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(try_open(&before), FESTORE_TA_STALE);
	store_free(&before);
}

static void it_is_anchored_before_it_counts(void **state)
{
	struct client client = make_vault();

	(void)state;
	fake_tee_restart();
	client = unproven_client(&old);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 1, 0, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(confirm(&client), FESTORE_TA_NO_ANCHOR);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(try_open(&store), FESTORE_TA_STALE);
	put_times(&client, 1);
}

static void of_two_the_first_counts(void **state)
{
	struct client first = make_vault();
	struct client second;
	struct store other = {0};

	(void)state;
	fake_tee_restart();
	other = store_copy(&old);
	first = unproven_client(&old);
	second = unproven_client(&other);
	assert_int_equal(recover(&first), TEE_SUCCESS);
	assert_int_equal(recover(&second), TEE_SUCCESS);
	assert_int_equal(confirm(&first), TEE_SUCCESS);
	assert_int_equal(confirm(&second), FESTORE_TA_STALE);
	assert_int_equal(try_open(&other), FESTORE_TA_STALE);
	store_free(&other);
}

/* The anchor is there again, and with it a later epoch, before the recovery is confirmed. */
static void what_came_back_meanwhile_counts(void **state)
{
	struct client client = make_vault();
	struct store first = store_copy(&old);
	char command[256];

	(void)state;
	fake_tee_restart();
	client = unproven_client(&store);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	snprintf(command, sizeof(command), "rm -rf %s.kept && cp -a %s %s.kept", store_dir,
		store_dir, store_dir);
	assert_int_equal(system(command), 0);
	lose_anchors();
	client = unproven_client(&first);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	assert_int_equal(first.state.epoch, store.state.epoch);
	snprintf(command, sizeof(command), "cp -a %s.kept/. %s && rm -rf %s.kept", store_dir,
		store_dir, store_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
	assert_int_equal(confirm(&client), FESTORE_TA_STALE);
	assert_int_equal(try_open(&store), TEE_SUCCESS);
	store_free(&first);
}

static void it_needs_an_unproven_session(void **state)
{
	struct client client = make_vault();
	struct ask ask;

	(void)state;
	assert_int_equal(recover(&client), TEE_ERROR_BAD_STATE);
	client = unproven_client(&old);
	ask = ask_about(&client, FESTORE_CMD_VAULT_RECOVER, NULL);
	ask.state = store.state;
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_STALE);
	ask = ask_about(&client, FESTORE_CMD_VAULT_RECOVER, NULL);
	ask.room--;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask = ask_about(&client, FESTORE_CMD_VAULT_RECOVER, &note);
	ask.message_len--;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* A note that the state does not name. */
	ask = ask_about(&client, FESTORE_CMD_VAULT_RECOVER, &note);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(confirm(&client), TEE_ERROR_BAD_STATE);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	assert_int_equal(recover(&client), TEE_ERROR_BAD_STATE);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(recover(&client), TEE_ERROR_BAD_STATE);
}

/* Nor is the RPMB worn out so. */
static void recoveries_of_the_rpmb_are_limited(void **state)
{
	const TEE_Time now = {.seconds = 1};
	struct client client;

	(void)state;
	fake_tee_set_system_time(&now);
	wanted_anchor = FESTORE_ANCHOR_RPMB | FESTORE_ANCHOR_EACH;
	client = make_vault();
	for (unsigned int i = 5; i < FESTORE_RPMB_BURST; i++) {
		client = unproven_client(&old);
		assert_int_equal(recover(&client), TEE_SUCCESS);
		assert_int_equal(confirm(&client), TEE_SUCCESS);
		fake_tee_close_session(client.session);
	}
	client = unproven_client(&old);
	assert_int_equal(recover(&client), FESTORE_TA_SPARED);
}

/* --- notes ------------------------------------------------------------------------------------ */

static struct client recovered(void)
{
	struct client client = make_vault();

	client = unproven_client(&old);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	return client;
}

static void a_note_stays_in_every_state(void **state)
{
	struct client client = recovered();

	(void)state;
	put_times(&client, 1);
	assert_true(names_note(&old.state));
	assert_int_equal(put_flags(&client, "b", "b", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(put_flags(&client, "c", "c", 1, 0), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_true(names_note(&old.state));
	assert_int_equal(remove_file(&client, "c"), TEE_SUCCESS);
	assert_true(names_note(&old.state));
	many_begin();
	many_add(&client, "d", "d", 1);
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	assert_int_equal(many_propose(&client), TEE_SUCCESS);
	assert_true(names_note(&old.state));
}

static void a_note_is_seen_once(void **state)
{
	struct client client = recovered();
	struct festore_vault_note first = note;
	struct festore_vault_note wrong = note;
	struct store before = store_copy(&old);

	(void)state;
	wrong.taken_version++;
	assert_int_equal(
		run_about(&client, FESTORE_CMD_VAULT_NOTED, &wrong), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(
		run_about(&client, FESTORE_CMD_VAULT_NOTED, NULL), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(put_flags(&client, "b", "b", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(run_about(&client, FESTORE_CMD_VAULT_NOTED, &first), TEE_ERROR_BAD_STATE);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	store_restore(&old, &before);
	store_free(&before);
	assert_int_equal(run_about(&client, FESTORE_CMD_VAULT_NOTED, &first), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_true(note.seen_at != 0);
	first.seen_at = note.seen_at;
	assert_memory_equal(&first, &note, sizeof(note));
	assert_holds(&client, "a", "a");
	put_times(&client, 1);
	assert_true(names_note(&old.state));
}

static void notes_follow_each_other(void **state)
{
	struct client client = recovered();
	const struct festore_vault_note first = note;

	(void)state;
	lose_anchors();
	client = unproven_client(&old);
	assert_int_equal(run_about(&client, FESTORE_CMD_VAULT_RECOVER, &first), TEE_SUCCESS);
	assert_int_equal(note.number, 2);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	{
		uint8_t hash[FESTORE_HASH];

		mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), (const uint8_t *)&first,
			sizeof(first), hash);
		assert_memory_equal(note.before, hash, sizeof(hash));
	}
	/* One that is lost is still named. */
	lose_anchors();
	client = unproven_client(&old);
	assert_int_equal(recover(&client), TEE_SUCCESS);
	assert_int_equal(note.number, 1);
	assert_int_not_equal(note.before[0] | note.before[1] | note.before[2], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup_each, teardown_both)
		T(it_is_asked_for),
		T(nothing_can_be_changed),
		T(no_key_works),
		T(what_was_opened_so_hinders_nobody),
		T(a_known_one_can_be_read_too),
		T(what_is_no_vault_here_is_not_opened),
		T(a_lost_anchor_is_written_anew),
		T(a_rollback_can_be_made_to_count),
		T(a_rollback_in_one_life),
		T(what_is_not_confirmed_does_not_count),
		T(it_is_anchored_before_it_counts),
		T(of_two_the_first_counts),
		T(what_came_back_meanwhile_counts),
		T(it_needs_an_unproven_session),
		T(recoveries_of_the_rpmb_are_limited),
		T(a_note_stays_in_every_state),
		T(a_note_is_seen_once),
		T(notes_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
