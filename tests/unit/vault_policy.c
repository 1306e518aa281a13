// SPDX-License-Identifier: BSD-2-Clause
/*
 * Policies of tags by raw requests, past all that the library would refuse: what was fixed when a
 * tag was made holds against each change, with its record, another's, an older one or none.
 */
#include "vault_key.h"
#include "vault_many.h"

static struct store store;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

/* --- calls ------------------------------------------------------------------------------------ */

static struct festore_wire_policy policy;

/* The call makes a tag with this policy; one at a time. */
static void add_policy(struct ask *ask, uint32_t flags, uint32_t uses)
{
	policy = (struct festore_wire_policy){.flags = flags, .uses = uses};
	ask->message = (const uint8_t *)&policy;
	ask->message_len = sizeof(policy);
}

static struct ask ask_put_text(const struct client *client, const char *tag, const char *text)
{
	return ask_put(client, tag, (const uint8_t *)text, strlen(text), 0);
}

/* A put, whatever the store has; its change is confirmed. */
static TEE_Result run_put(struct client *client, struct ask *ask)
{
	const TEE_Result res = run_change(client, ask, need(calloc(1, sizeof(struct entry))));

	if (res != TEE_SUCCESS || client->is_in_batch)
		return res;
	return confirm(client);
}

static TEE_Result put_policy(
	struct client *client, const char *tag, const char *text, uint32_t flags)
{
	struct ask ask = ask_put_text(client, tag, text);

	add_policy(&ask, flags, 0);
	return run_put(client, &ask);
}

/* With the record of what is there, as a change of it needs. */
static TEE_Result replace(struct client *client, const char *tag, const char *text)
{
	struct ask ask = ask_put_text(client, tag, text);

	add_record(&ask, client_entry(client, tag));
	return run_put(client, &ask);
}

static TEE_Result remove_with_record(struct client *client, const char *tag)
{
	struct ask ask = ask_remove(client, tag, 0);
	TEE_Result res = TEE_SUCCESS;

	add_record(&ask, client_entry(client, tag));
	res = run_change(client, &ask, NULL);
	return res == TEE_SUCCESS ? confirm(client) : res;
}

static TEE_Result move_onto(struct client *client, const char *from, const char *to)
{
	TEE_Result res = remove_flags(client, from, FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP);
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_MOVE, to);

	if (res != TEE_SUCCESS)
		return res;
	add_record(&ask, client_entry(client, to));
	res = run_change(client, &ask, entry_copy(client->taken));
	return res == TEE_SUCCESS ? confirm(client) : res;
}

static bool is_marked(const struct client *client, const char *tag)
{
	const struct entry *entry = client_entry(client, tag);
	struct festore_vault_record head;

	assert_non_null(entry);
	memcpy(&head, entry->record, sizeof(head));
	return FESTORE_IS_MARKED(head.salt);
}

/* --- all policies ----------------------------------------------------------------------------- */

static void the_mark_tells_of_a_policy(void **state)
{
	static const char names[16][2] = {
		"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"};
	struct client client = client_of_new(ALICE, &store);
	struct festore_vault_file file;

	(void)state;
	/* Salts are random but for this one bit. */
	for (unsigned int i = 0; i < 16; i++) {
		assert_int_equal(put_text(&client, "plain", "1"), TEE_SUCCESS);
		assert_false(is_marked(&client, "plain"));
	}
	many_begin();
	for (unsigned int i = 0; i < 16; i++)
		many_add(&client, names[i], "x", 1);
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	for (unsigned int i = 0; i < 16; i++)
		assert_false(is_marked(&client, names[i]));
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	client_close(&client);

	client = client_of_new(BOB, &store);
	for (unsigned int i = 0; i < 16; i++) {
		assert_int_equal(
			put_policy(&client, names[i], "1", FESTORE_WIRE_WRITE_ONCE), TEE_SUCCESS);
		assert_true(is_marked(&client, names[i]));
		assert_holds(&client, names[i], "1");
		assert_int_equal(stat_file(&client, names[i], &file), TEE_SUCCESS);
		assert_int_equal(file.policy, FESTORE_WIRE_WRITE_ONCE);
	}
	assert_int_equal(put_text(&client, "plain", "1"), TEE_SUCCESS);
	assert_int_equal(stat_file(&client, "plain", &file), TEE_SUCCESS);
	assert_int_equal(file.policy, 0);
	client_close(&client);
}

static void a_policy_is_one_that_there_is(void **state)
{
	static const struct festore_wire_policy wrong[] = {
		{.flags = 1u << 4},
		{.flags = 1u << 8},
		{.flags = 1u << 31},
		{.flags = FESTORE_WIRE_WRITE_ONCE | 1u << 1},
		{.flags = FESTORE_WIRE_WRITE_ONCE | FESTORE_WIRE_READ_ONCE},
		{.flags = FESTORE_WIRE_WRITE_ONCE | 1u << 8},
		{.flags = FESTORE_WIRE_WRITE_ONCE, .uses = 1},
		{.uses = 1},
	};
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ask = ask_put_text(&client, "a", "1");
		add_policy(&ask, wrong[i].flags, wrong[i].uses);
		assert_int_equal(run_put(&client, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	for (size_t len = 1; len < sizeof(policy); len++) {
		ask = ask_put_text(&client, "a", "1");
		add_policy(&ask, FESTORE_WIRE_WRITE_ONCE, 0);
		ask.message_len = len;
		assert_int_equal(run_put(&client, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	/* Not of a key, and not with a piece that no change goes with. */
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(
		make_key(&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_FILE;
	ask = ask_put(&client, "a", got, FESTORE_WINDOW, FESTORE_WIRE_MORE);
	ask.state_len = 0;
	ask.path_len = 0;
	add_policy(&ask, FESTORE_WIRE_WRITE_ONCE, 0);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(store.count, 0);
	client_close(&client);
}

/* Where nothing says that there is a policy no record is looked at. */
static void no_record_where_none_is_needed(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "a", "1"), TEE_SUCCESS);
	assert_int_equal(replace(&client, "a", "2"), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(remove_with_record(&client, "a"), TEE_ERROR_BAD_PARAMETERS);
	ask = ask_put_text(&client, "b", "2");
	add_record(&ask, client_entry(&client, "a"));
	assert_int_equal(run_put(&client, &ask), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(put_text(&client, "b", "2"), TEE_SUCCESS);
	assert_int_equal(move_onto(&client, "a", "b"), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	client_close(&client);
}

/* --- write-once ------------------------------------------------------------------------------- */

static struct client client_of_once(void)
{
	struct client client = client_of_new(ALICE, &store);

	assert_int_equal(put_text(&client, "plain", "p"), TEE_SUCCESS);
	assert_int_equal(put_policy(&client, "a", "old", FESTORE_WIRE_WRITE_ONCE), TEE_SUCCESS);
	return client;
}

static void assert_stays(struct client *client)
{
	client->is_in_batch = false;
	assert_holds(client, "a", "old");
	assert_store_is_whole(&store);
}

static void write_once_is_never_replaced(void **state)
{
	struct client client = client_of_once();
	struct ask ask;

	(void)state;
	assert_int_equal(replace(&client, "a", "new"), FESTORE_TA_WRITE_ONCE);
	assert_stays(&client);
	assert_int_equal(put_text(&client, "a", "new"), TEE_ERROR_CORRUPT_OBJECT);
	assert_stays(&client);
	assert_int_equal(put_flags(&client, "a", "new", 3, FESTORE_WIRE_NO_CLOBBER),
		TEE_ERROR_ACCESS_CONFLICT);
	/* Not by one of the same policy either. */
	ask = ask_put_text(&client, "a", "new");
	add_policy(&ask, FESTORE_WIRE_WRITE_ONCE, 0);
	add_record(&ask, client_entry(&client, "a"));
	assert_int_equal(run_put(&client, &ask), FESTORE_TA_WRITE_ONCE);
	assert_stays(&client);
	client_close(&client);
}

/* The record is that of the leaf in the path, and of nothing else. */
static void another_record_does_not_speak_for_it(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct entry *older = NULL;
	struct entry *spoiled = NULL;
	struct ask ask;

	(void)state;
	/* Its own, from before it was for good. */
	assert_int_equal(put_text(&client, "plain", "p"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "a", "older"), TEE_SUCCESS);
	older = entry_copy(client_entry(&client, "a"));
	assert_int_equal(put_policy(&client, "a", "old", FESTORE_WIRE_WRITE_ONCE), TEE_SUCCESS);
	ask = ask_put_text(&client, "a", "new");
	add_record(&ask, older);
	assert_int_equal(run_put(&client, &ask), TEE_ERROR_CORRUPT_OBJECT);
	entry_free(older);
	assert_stays(&client);
	ask = ask_put_text(&client, "a", "new");
	add_record(&ask, client_entry(&client, "plain"));
	assert_int_equal(run_put(&client, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_stays(&client);
	spoiled = entry_copy(client_entry(&client, "a"));
	for (size_t i = 0; i < spoiled->record_len; i += 7) {
		spoiled->record[i] ^= 1;
		ask = ask_put_text(&client, "a", "new");
		add_record(&ask, spoiled);
		assert_int_equal(run_put(&client, &ask), TEE_ERROR_CORRUPT_OBJECT);
		spoiled->record[i] ^= 1;
	}
	for (size_t len = 0; len < spoiled->record_len; len += 13) {
		ask = ask_put_text(&client, "a", "new");
		add_record(&ask, spoiled);
		ask.record_len = len;
		assert_int_equal(run_put(&client, &ask), TEE_ERROR_CORRUPT_OBJECT);
	}
	entry_free(spoiled);
	assert_stays(&client);
	/* A leaf whose mark was taken away is not in the tree. */
	ask = ask_put_text(&client, "a", "new");
	ask.path[offsetof(struct festore_vault_path, leaf.salt) + 15] ^= FESTORE_MARK;
	assert_int_equal(run_put(&client, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_stays(&client);
	client_close(&client);
}

static void write_once_is_never_removed(void **state)
{
	struct client client = client_of_once();

	(void)state;
	assert_int_equal(remove_with_record(&client, "a"), FESTORE_TA_WRITE_ONCE);
	assert_stays(&client);
	assert_int_equal(remove_file(&client, "a"), TEE_ERROR_CORRUPT_OBJECT);
	assert_stays(&client);
	client_close(&client);
}

static void write_once_is_never_moved(void **state)
{
	struct client client = client_of_once();

	(void)state;
	assert_int_equal(move(&client, "a", "b"), FESTORE_TA_WRITE_ONCE);
	assert_stays(&client);
	assert_int_equal(move_onto(&client, "plain", "a"), FESTORE_TA_WRITE_ONCE);
	client_drop(&client);
	client_close(&client);
}

/* A batch that has made it cannot change it any more. */
static void write_once_holds_within_a_batch(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask = ask_put_text(&client, "a", "old");

	(void)state;
	add_policy(&ask, FESTORE_WIRE_WRITE_ONCE, 0);
	ask.request.base.flags = FESTORE_WIRE_BATCH;
	assert_int_equal(run_put(&client, &ask), TEE_SUCCESS);
	assert_int_equal(replace(&client, "a", "new"), FESTORE_TA_WRITE_ONCE);
	client_close(&client);
}

static void many_puts_do_not_replace_what_has_the_mark(void **state)
{
	struct client client = client_of_once();

	(void)state;
	many_begin();
	many_add(&client, "plain", "new", 3);
	many_add(&client, "a", "new", 3);
	many_add(&client, "b", "new", 3);
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_ERROR_BAD_PARAMETERS);
	assert_stays(&client);
	/* Beside it they go on. */
	many_begin();
	many_add(&client, "plain", "new", 3);
	many_add(&client, "b", "new", 3);
	many_make(&client);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	client_close(&client);
}

/* A page of all entries, of which the one of this tag is to be dropped; with `spoils` as damaged.
 */
static TEE_Result prune(struct client *client, const char *tag, bool spoils)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_PRUNE, "");
	struct entries_in in = {.len = 0};

	for (size_t i = 0; i < store.count; i++) {
		const size_t at = in.len;

		assert_true(add_listed(&in, store.entries[i], sizeof(in.bytes)));
		if (store.entries[i] != client_entry(client, tag))
			continue;
		in.bytes[at + offsetof(struct festore_vault_listed, flags)] = FESTORE_LISTED_DROP;
		if (spoils)
			in.bytes[at + sizeof(struct festore_vault_listed) +
				sizeof(struct festore_vault_record)] ^= 1;
	}
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	ask.record = in.bytes;
	ask.record_len = in.len;
	return ask_run(client->session, &ask);
}

static void pruning_drops_it_only_if_it_is_damaged(void **state)
{
	struct client client = client_of_once();

	(void)state;
	assert_int_equal(prune(&client, "a", false), FESTORE_TA_WRITE_ONCE);
	assert_stays(&client);
	assert_int_equal(prune(&client, "a", true), TEE_SUCCESS);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(prune(&client, "plain", false), TEE_SUCCESS);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	client_close(&client);
}

static void it_goes_with_the_vault(void **state)
{
	struct client client = client_of_once();
	struct ask ask = ask_of(FESTORE_CMD_VAULT_DESTROY, "");

	(void)state;
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	client_close(&client);
}

/* --- keys with a number of uses --------------------------------------------------------------- */

static const uint8_t message[32] = "a hash, or no message";

static TEE_Result make_limited(struct client *client, const char *tag, uint16_t use, uint32_t uses)
{
	struct ask ask;
	TEE_Result res = make_key(client, tag, FESTORE_WIRE_P256, use);

	if (res != TEE_SUCCESS)
		return res;
	ask = ask_store(client, tag);
	add_policy(&ask, FESTORE_WIRE_LIMITED, uses);
	res = run_change(client, &ask, need(calloc(1, sizeof(struct entry))));
	client_drop(client);
	return res == TEE_SUCCESS ? confirm(client) : res;
}

static struct client client_of_limited(uint32_t uses)
{
	struct client client = client_of_new(ALICE, &store);

	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(make_limited(&client, "k", FESTORE_WIRE_SIGN, uses), TEE_SUCCESS);
	return client;
}

static struct ask ask_use(const struct client *client, const char *tag)
{
	struct ask ask = ask_on(client, FESTORE_CMD_KEY_USE, tag);

	add_record(&ask, client_entry(client, tag));
	return ask;
}

/* The change of a use, which is not confirmed yet. */
static TEE_Result propose_use(struct client *client, const char *tag)
{
	struct ask ask = ask_use(client, tag);
	const struct entry *entry = client_entry(client, tag);

	return run_change(
		client, &ask, entry ? entry_copy(entry) : need(calloc(1, sizeof(struct entry))));
}

static TEE_Result use(struct client *client, const char *tag)
{
	const TEE_Result res = propose_use(client, tag);

	return res == TEE_SUCCESS ? confirm(client) : res;
}

static TEE_Result sign(struct client *client, const char *tag)
{
	struct ask ask =
		ask_sign(client, tag, FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, message, 32);

	return ask_run(client->session, &ask);
}

static uint32_t uses_of(struct client *client, const char *tag)
{
	struct ask ask = ask_key(client, FESTORE_CMD_KEY_PUBLIC, tag);

	assert_int_equal(ask_run(client->session, &ask), TEE_SUCCESS);
	return ask.answer.key.uses;
}

static void a_use_is_spent_before_the_key_works(void **state)
{
	struct client client = client_of_limited(2);

	(void)state;
	assert_int_equal(uses_of(&client, "k"), 3);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	assert_int_equal(propose_use(&client, "k"), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(uses_of(&client, "k"), 2);
	assert_int_equal(sign(&client, "k"), TEE_SUCCESS);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	assert_int_equal(use(&client, "k"), TEE_SUCCESS);
	assert_int_equal(uses_of(&client, "k"), 1);
	assert_int_equal(sign(&client, "k"), TEE_SUCCESS);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	assert_int_equal(use(&client, "k"), FESTORE_TA_USES);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	assert_int_equal(uses_of(&client, "k"), 1);
	assert_store_is_whole(&store);
	client_close(&client);
}

/* Before the change is the state the session has nothing. */
static void a_proposal_pays_for_nothing(void **state)
{
	struct client client = client_of_limited(2);
	struct store before = store_copy(&store);

	(void)state;
	assert_int_equal(propose_use(&client, "k"), TEE_SUCCESS);
	store_restore(&store, &before);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	/* Nor is one that another has overtaken. */
	{
		struct client other = client_of(ALICE, &store);

		assert_int_equal(put_text(&other, "a", "1"), TEE_SUCCESS);
		client_close(&other);
	}
	assert_int_equal(confirm(&client), FESTORE_TA_STALE);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	store_free(&before);
	client_close(&client);
}

static void a_use_is_of_one_session_and_key(void **state)
{
	struct client client = client_of_limited(5);
	struct client other = client_of(ALICE, &store);

	(void)state;
	other.kind = FESTORE_WIRE_KEY;
	assert_int_equal(make_limited(&client, "l", FESTORE_WIRE_SIGN, 5), TEE_SUCCESS);
	assert_int_equal(use(&client, "k"), TEE_SUCCESS);
	assert_int_equal(sign(&other, "k"), FESTORE_TA_USES);
	assert_int_equal(sign(&client, "l"), FESTORE_TA_USES);
	assert_int_equal(sign(&client, "k"), TEE_SUCCESS);
	/* Two are not saved up, and other changes, ABORT and the end of the session end it. */
	assert_int_equal(use(&client, "k"), TEE_SUCCESS);
	assert_int_equal(use(&client, "k"), TEE_SUCCESS);
	assert_int_equal(sign(&client, "k"), TEE_SUCCESS);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	assert_int_equal(use(&client, "k"), TEE_SUCCESS);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	client.kind = FESTORE_WIRE_FILE;
	assert_int_equal(put_text(&client, "a", "1"), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(use(&client, "k"), TEE_SUCCESS);
	assert_int_equal(uses_of(&client, "k"), 1);
	client.kind = FESTORE_WIRE_FILE;
	assert_int_equal(remove_file(&client, "a"), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	client_close(&other);
	client_close(&client);
}

/* Another key under its tag was not paid for; under another tag it is the same key. */
static void a_use_is_of_the_key_not_of_the_tag(void **state)
{
	struct client client = client_of_limited(2);
	struct client other = client_of(ALICE, &store);

	(void)state;
	other.kind = FESTORE_WIRE_KEY;
	assert_int_equal(use(&client, "k"), TEE_SUCCESS);
	assert_int_equal(move(&other, "k", "l"), TEE_SUCCESS);
	assert_int_equal(uses_of(&other, "l"), 2);
	assert_int_equal(make_limited(&other, "k", FESTORE_WIRE_SIGN, 9), TEE_SUCCESS);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_USES);
	assert_int_equal(sign(&client, "l"), TEE_SUCCESS);
	client_close(&other);
	client_close(&client);
}

/* An older record of the key is in no proven path. */
static void older_uses_do_not_come_back(void **state)
{
	struct client client = client_of_limited(1);
	struct entry *before = entry_copy(client_entry(&client, "k"));
	struct ask ask;

	(void)state;
	assert_int_equal(use(&client, "k"), TEE_SUCCESS);
	ask = ask_use(&client, "k");
	add_record(&ask, before);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(use(&client, "k"), FESTORE_TA_USES);
	entry_free(before);
	client_close(&client);
}

static void uses_are_of_limited_keys(void **state)
{
	struct client client = client_of_limited(1);
	struct ask ask;

	(void)state;
	assert_int_equal(
		generate(&client, "free", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	assert_int_equal(uses_of(&client, "free"), 0);
	assert_int_equal(use(&client, "free"), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(sign(&client, "free"), TEE_SUCCESS);
	assert_int_equal(use(&client, "none"), TEE_ERROR_ITEM_NOT_FOUND);
	ask = ask_use(&client, "k");
	ask.record_len = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	ask = ask_use(&client, "k");
	ask.request.kind = FESTORE_WIRE_FILE;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* A number of them, of a key, in the second half. */
	assert_int_equal(
		make_limited(&client, "l", FESTORE_WIRE_SIGN, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(make_limited(&client, "l", FESTORE_WIRE_SIGN, UINT32_MAX),
		TEE_ERROR_BAD_PARAMETERS);
	ask = ask_make("l", FESTORE_WIRE_P256, FESTORE_WIRE_SIGN);
	add_policy(&ask, FESTORE_WIRE_LIMITED, 1);
	assert_int_equal(run_make(&client, &ask), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(
		make_limited(&client, "l", FESTORE_WIRE_SIGN, FESTORE_USES_MAX), TEE_SUCCESS);
	assert_int_equal(uses_of(&client, "l"), UINT32_MAX);
	client.kind = FESTORE_WIRE_FILE;
	ask = ask_put_text(&client, "a", "1");
	add_policy(&ask, FESTORE_WIRE_LIMITED, 1);
	assert_int_equal(run_put(&client, &ask), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

/* All that a key does is a use; what is refused before it works is none. */
static void each_work_is_a_use(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(
		make_limited(&client, "k",
			FESTORE_WIRE_DECRYPT | FESTORE_WIRE_DERIVE | FESTORE_WIRE_DERIVE_RAW, 3),
		TEE_SUCCESS);
	ask = ask_key(&client, FESTORE_CMD_KEY_DECRYPT, "k");
	ask.request.key.scheme = FESTORE_WIRE_CMS;
	ask.message = message;
	ask.message_len = sizeof(message);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_USES);
	assert_int_equal(use(&client, "k"), TEE_SUCCESS);
	assert_int_equal(sign(&client, "k"), FESTORE_TA_OTHER_USE);
	ask = ask_key(&client, FESTORE_CMD_KEY_DECRYPT, "k");
	ask.request.key.scheme = FESTORE_WIRE_CMS;
	ask.message = message;
	ask.message_len = sizeof(message);
	assert_int_not_equal(ask_run(client.session, &ask), FESTORE_TA_USES);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_USES);
	client_close(&client);
}

/* --- read-once -------------------------------------------------------------------------------- */

static struct client client_of_read_once(const uint8_t *content, size_t len)
{
	struct client client = client_of_new(ALICE, &store);
	uint32_t flags = 0;
	struct ask ask;

	assert_int_equal(put_text(&client, "plain", "p"), TEE_SUCCESS);
	assert_int_equal(put_pieces(&client, "a", &content, &len, &flags), TEE_SUCCESS);
	ask = ask_put(&client, "a", content, len, flags);
	add_policy(&ask, FESTORE_WIRE_READ_ONCE, 0);
	assert_int_equal(run_put(&client, &ask), TEE_SUCCESS);
	return client;
}

static struct ask ask_take(const struct client *client, const char *tag)
{
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_TAKE, tag);

	add_record(&ask, client_entry(client, tag));
	return ask;
}

static TEE_Result take(struct client *client, const char *tag)
{
	struct ask ask = ask_take(client, tag);

	return run_change(client, &ask, NULL);
}

/* The next window of what was taken. */
static TEE_Result read_taken(struct client *client, const struct entry *taken, size_t at)
{
	struct ask ask = ask_more("a", taken->content, taken->content_len, at);
	const TEE_Result res = ask_run(client->session, &ask);

	if (res == TEE_SUCCESS) {
		memcpy(got, ask.out, ask.out_len);
		got_len = ask.out_len;
	}
	return res;
}

static void read_once_is_removed_before_it_is_read(void **state)
{
	struct client client = client_of_read_once((const uint8_t *)"secret", 6);
	struct entry *taken = entry_copy(client_entry(&client, "a"));
	struct festore_vault_file file;
	struct ask ask;

	(void)state;
	assert_int_equal(get(&client, "a"), FESTORE_TA_READ_ONCE);
	assert_int_equal(stat_file(&client, "a", &file), TEE_SUCCESS);
	assert_int_equal(file.policy, FESTORE_WIRE_READ_ONCE);
	/* Not with MORE, nor at its word. */
	ask = ask_get(&client, "a");
	ask.request.base.flags = FESTORE_WIRE_MORE;
	ask.content_len = 0;
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_READ_ONCE);
	assert_int_equal(read_taken(&client, taken, 0), TEE_ERROR_BAD_STATE);
	ask = ask_get(&client, "a");
	ask.request.base.flags = FESTORE_WIRE_UNPROVEN;
	ask.state_len = 0;
	ask.path_len = 0;
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_READ_ONCE);
	assert_int_equal(read_taken(&client, taken, 0), TEE_ERROR_BAD_STATE);

	assert_int_equal(take(&client, "a"), TEE_SUCCESS);
	assert_int_equal(read_taken(&client, taken, 0), FESTORE_TA_READ_ONCE);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	/* The session reads something else: that was it. */
	assert_holds(&client, "plain", "p");
	assert_int_not_equal(read_taken(&client, taken, 0), TEE_SUCCESS);
	assert_int_equal(get(&client, "a"), TEE_ERROR_ITEM_NOT_FOUND);
	assert_store_is_whole(&store);
	entry_free(taken);
	client_close(&client);
}

static void what_was_taken_is_read_by_its_session(void **state)
{
	struct client client = client_of_read_once((const uint8_t *)"secret", 6);
	struct client other = client_of(ALICE, &store);
	struct entry *taken = entry_copy(client_entry(&client, "a"));

	(void)state;
	assert_int_equal(take(&client, "a"), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(read_taken(&other, taken, 0), TEE_ERROR_BAD_STATE);
	assert_int_equal(read_taken(&client, taken, 0), TEE_SUCCESS);
	assert_int_equal(got_len, 6);
	assert_memory_equal(got, "secret", 6);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(read_taken(&client, taken, 0), TEE_ERROR_BAD_STATE);
	assert_int_equal(take(&client, "a"), TEE_ERROR_ITEM_NOT_FOUND);
	entry_free(taken);
	client_close(&other);
	client_close(&client);
}

/* Another has changed the vault first: nothing was removed, nothing is read. */
static void what_was_not_taken_is_not_read(void **state)
{
	struct client client = client_of_read_once((const uint8_t *)"secret", 6);
	struct store before = store_copy(&store);
	struct entry *taken = entry_copy(client_entry(&client, "a"));
	struct client other;

	(void)state;
	assert_int_equal(take(&client, "a"), TEE_SUCCESS);
	store_restore(&store, &before);
	other = client_of(ALICE, &store);
	assert_int_equal(put_text(&other, "b", "1"), TEE_SUCCESS);
	assert_int_equal(confirm(&client), FESTORE_TA_STALE);
	assert_int_equal(read_taken(&client, taken, 0), FESTORE_TA_READ_ONCE);
	store_free(&before);
	entry_free(taken);
	client_close(&other);
	client_close(&client);
}

static void a_long_one_is_read_in_pieces(void **state)
{
	static uint8_t content[FESTORE_WINDOW + 5000];
	struct client client;
	struct entry *taken = NULL;

	(void)state;
	memset(content, 7, sizeof(content));
	client = client_of_read_once(content, sizeof(content));
	taken = entry_copy(client_entry(&client, "a"));
	assert_int_equal(take(&client, "a"), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(read_taken(&client, taken, 0), TEE_SUCCESS);
	assert_int_equal(got_len, FESTORE_WINDOW);
	assert_memory_equal(got, content, got_len);
	assert_int_equal(read_taken(&client, taken, FESTORE_SEALED_WINDOW), TEE_SUCCESS);
	assert_int_equal(got_len, 5000);
	/* A change of another thing ends it. */
	assert_int_equal(remove_file(&client, "plain"), TEE_SUCCESS);
	assert_int_equal(read_taken(&client, taken, 0), TEE_ERROR_BAD_STATE);
	entry_free(taken);
	client_close(&client);
}

static void only_what_is_read_once_is_taken(void **state)
{
	struct client client = client_of_read_once((const uint8_t *)"secret", 6);
	struct entry *older = entry_copy(client_entry(&client, "a"));
	struct ask ask;

	(void)state;
	assert_int_equal(take(&client, "plain"), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(take(&client, "none"), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(put_policy(&client, "w", "1", FESTORE_WIRE_WRITE_ONCE), TEE_SUCCESS);
	assert_int_equal(take(&client, "w"), TEE_ERROR_BAD_PARAMETERS);
	/* It may be replaced, which the put decides, and an older record of it is none. */
	ask = ask_put_text(&client, "a", "new");
	add_policy(&ask, FESTORE_WIRE_READ_ONCE, 0);
	add_record(&ask, client_entry(&client, "a"));
	assert_int_equal(run_put(&client, &ask), TEE_SUCCESS);
	ask = ask_take(&client, "a");
	add_record(&ask, older);
	assert_int_equal(run_change(&client, &ask, NULL), TEE_ERROR_CORRUPT_OBJECT);
	/* It moves with its policy, and may be removed. */
	assert_int_equal(move(&client, "a", "b"), TEE_SUCCESS);
	assert_int_equal(get(&client, "b"), FESTORE_TA_READ_ONCE);
	assert_true(is_marked(&client, "b"));
	assert_int_equal(remove_with_record(&client, "b"), TEE_SUCCESS);
	entry_free(older);
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_mark_tells_of_a_policy),
		TEST(a_policy_is_one_that_there_is),
		TEST(no_record_where_none_is_needed),
		TEST(write_once_is_never_replaced),
		TEST(another_record_does_not_speak_for_it),
		TEST(write_once_is_never_removed),
		TEST(write_once_is_never_moved),
		TEST(write_once_holds_within_a_batch),
		TEST(many_puts_do_not_replace_what_has_the_mark),
		TEST(pruning_drops_it_only_if_it_is_damaged),
		TEST(it_goes_with_the_vault),
		TEST(a_use_is_spent_before_the_key_works),
		TEST(a_proposal_pays_for_nothing),
		TEST(a_use_is_of_one_session_and_key),
		TEST(a_use_is_of_the_key_not_of_the_tag),
		TEST(older_uses_do_not_come_back),
		TEST(uses_are_of_limited_keys),
		TEST(each_work_is_a_use),
		TEST(read_once_is_removed_before_it_is_read),
		TEST(what_was_taken_is_read_by_its_session),
		TEST(what_was_not_taken_is_not_read),
		TEST(a_long_one_is_read_in_pieces),
		TEST(only_what_is_read_once_is_taken),
	};

	return cmocka_run_group_tests_name("vault_policy", tests, NULL, NULL);
}
