// SPDX-License-Identifier: BSD-2-Clause
/*
 * Checks of damaged vaults: a hash stands for what is lost, and all else is proven as by a list; no
 * hash makes a lie true. Pruning makes a working root of what is kept. And the word of a record
 * alone.
 */
#include "vault.h"

#define FILES 24u

static struct store store;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

static struct client client_of_files(void)
{
	struct client client = client_of_new(ALICE, &store);
	char tag[24];

	for (unsigned int i = 0; i < FILES; i++) {
		snprintf(tag, sizeof(tag), "file %u", i);
		assert_int_equal(put(&client, tag, "0123456789", i % 10), TEE_SUCCESS);
	}
	return client;
}

/* What is given for each entry of the store. */
enum given { GIVEN, BLIND, LEFT_OUT };

/* A check or a pruning of all entries; what comes of it. */
struct check {
	uint32_t command;
	enum given given[FILES];
	bool drops[FILES];
	uint8_t hashes[FILES][FESTORE_HASH]; /* of what is blind */
	size_t limit;                        /* bytes of a page */
	uint32_t flags;                      /* of the last page, besides */

	unsigned int named;
	unsigned int unnamed;
	struct festore_vault_check answer;
};

static struct check check_of(uint32_t command)
{
	struct check check = {.command = command, .limit = 1000};

	for (size_t i = 0; i < store.count; i++) {
		const struct festore_vault_leaf leaf = leaf_of(store.entries[i]);

		tree_hash_leaf(&leaf, check.hashes[i]);
	}
	return check;
}

static bool add_given(struct entries_in *in, const struct check *check, size_t i)
{
	const struct entry *entry = store.entries[i];
	const bool is_blind = check->given[i] == BLIND;
	struct festore_vault_listed listed = {
		.record_len = is_blind ? FESTORE_HASH : (uint32_t)entry->record_len,
		.flags = (is_blind ? FESTORE_LISTED_BLIND : 0u) |
			(check->drops[i] ? FESTORE_LISTED_DROP : 0u),
	};
	const size_t room = FESTORE_LISTED_ROOM(listed.record_len);

	if (check->given[i] == LEFT_OUT)
		return true;
	if (room > check->limit - in->len)
		return false;
	memcpy(listed.locator, entry->locator, sizeof(listed.locator));
	/* Of what is lost no more is known than where it lay. */
	if (is_blind)
		memset(listed.locator + 8, 0, sizeof(listed.locator) - 8);
	memset(in->bytes + in->len, 0, room);
	memcpy(in->bytes + in->len, &listed, sizeof(listed));
	memcpy(in->bytes + in->len + sizeof(listed), is_blind ? check->hashes[i] : entry->record,
		listed.record_len);
	in->len += room;
	return true;
}

static void read_checked(const struct ask *ask, struct check *check)
{
	size_t at = 0;

	for (uint32_t i = 0; i < ask->answer.check.count; i++) {
		struct festore_vault_checked checked;

		assert_true(ask->out_len - at >= sizeof(checked));
		memcpy(&checked, ask->out + at, sizeof(checked));
		assert_int_equal(checked.kind, checked.tag_len == 0 ? 0 : FESTORE_WIRE_FILE);
		check->named += checked.tag_len != 0;
		check->unnamed += checked.tag_len == 0;
		at += FESTORE_ENTRY_ROOM(checked.tag_len);
	}
	assert_int_equal(at, ask->out_len);
}

static TEE_Result send_page(
	struct client *client, struct check *check, const struct entries_in *in, uint32_t flags)
{
	struct ask ask = ask_of(check->command, "");
	TEE_Result res = TEE_SUCCESS;

	ask.request.base.flags = flags;
	if ((flags & FESTORE_WIRE_CONTINUE) == 0) {
		ask.state = store.state;
		ask.state_len = sizeof(ask.state);
	}
	ask.record = in->bytes;
	ask.record_len = in->len;
	ask.room = check->command == FESTORE_CMD_VAULT_PRUNE ? 0 : FESTORE_WINDOW;
	res = ask_run(client->session, &ask);
	if (res != TEE_SUCCESS)
		return res;
	if (check->command == FESTORE_CMD_VAULT_CHECK)
		read_checked(&ask, check);
	check->answer = ask.answer.check;
	return res;
}

static TEE_Result run(struct client *client, struct check *check)
{
	static struct entries_in in;
	TEE_Result res = TEE_SUCCESS;
	uint32_t flags = 0;
	size_t next = 0;

	do {
		in.len = 0;
		while (next < store.count && add_given(&in, check, next))
			next++;
		flags = (flags & FESTORE_WIRE_CONTINUE) |
			(next < store.count ? FESTORE_WIRE_MORE : check->flags);
		res = send_page(client, check, &in, flags);
		flags |= FESTORE_WIRE_CONTINUE;
	} while (res == TEE_SUCCESS && next < store.count);
	return res;
}

/* --- checks ----------------------------------------------------------------------------------- */

static void a_whole_vault_is_checked_like_a_list(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_CHECK);

	(void)state;
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(check.named, FILES);
	assert_int_equal(check.unnamed, 0);
	assert_int_equal(check.answer.missing, 0);
	client_close(&client);
}

static void one_lost_record_leaves_the_others_proven(void **state)
{
	struct client client = client_of_files();

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		struct check check = check_of(FESTORE_CMD_VAULT_CHECK);

		check.given[i] = BLIND;
		assert_int_equal(run(&client, &check), TEE_SUCCESS);
		assert_int_equal(check.named, FILES - 1);
		assert_int_equal(check.unnamed, 1);
		assert_int_equal(check.answer.missing, 1);
		/* With nothing in its place the rest is no proof. */
		check.given[i] = LEFT_OUT;
		assert_int_equal(run(&client, &check), TEE_ERROR_CORRUPT_OBJECT);
	}
	client_close(&client);
}

static void many_lost_records_are_counted(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_CHECK);

	(void)state;
	for (size_t i = 0; i < FILES; i += 2)
		check.given[i] = BLIND;
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(check.answer.missing, FILES / 2);
	for (size_t i = 0; i < FILES; i++)
		check.given[i] = BLIND;
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(check.answer.missing, FILES);
	client_close(&client);
}

/* Two that lie beside each other, below one node of their own: its hash stands for both. */
static size_t lower_pair(void)
{
	for (size_t i = 1; i < store.count; i++) {
		const unsigned int bit = store_bit(&store, i);

		if ((i == 1 || store_bit(&store, i - 1) < bit) &&
			(i + 1 == store.count || store_bit(&store, i + 1) < bit))
			return i;
	}
	fail_msg("no two entries lie together");
	return 0;
}

static void a_hash_may_stand_for_a_subtree(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_CHECK);
	const size_t i = lower_pair();

	(void)state;
	check.given[i - 1] = BLIND;
	check.given[i] = LEFT_OUT;
	memcpy(check.hashes[i - 1], store.nodes[i], FESTORE_HASH);
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(check.unnamed, 1);
	assert_int_equal(check.answer.missing, 2);
	client_close(&client);
}

static void no_hash_makes_a_lie_true(void **state)
{
	struct client client = client_of_files();
	struct store old = {0};

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		struct check check = check_of(FESTORE_CMD_VAULT_CHECK);

		check.given[i] = BLIND;
		check.hashes[i][i % FESTORE_HASH] ^= 1;
		assert_int_equal(run(&client, &check), TEE_ERROR_CORRUPT_OBJECT);
		/* Another's hash, in its place or under its place. */
		memcpy(check.hashes[i], check.hashes[(i + 1) % FILES], FESTORE_HASH);
		assert_int_equal(run(&client, &check), TEE_ERROR_CORRUPT_OBJECT);
	}
	/* An old record beside the true hash of another entry. */
	old = store_copy(&store);
	assert_int_equal(put_text(&client, "file 3", "new"), TEE_SUCCESS);
	old.state = store.state;
	for (size_t i = 0; i < FILES; i++) {
		struct store kept = store;
		struct check check = check_of(FESTORE_CMD_VAULT_CHECK);

		check.given[i] = BLIND;
		if (memcmp(old.entries[i]->record, store.entries[i]->record, 40) == 0) {
			store = old;
			assert_int_equal(run(&client, &check), TEE_ERROR_CORRUPT_OBJECT);
			store = kept;
		}
	}
	store_free(&old);
	client_close(&client);
}

static void a_record_that_does_not_open_is_counted(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_CHECK);

	(void)state;
	store.entries[5]->record[60] ^= 1;
	check.limit = FESTORE_WINDOW;
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(check.named, FILES - 1);
	assert_int_equal(check.unnamed, 1);
	assert_int_equal(check.answer.damaged, 1);
	assert_int_equal(check.answer.missing, 0);
	client_close(&client);
}

static void an_old_state_is_not_checked(void **state)
{
	struct client client = client_of_files();
	struct store old = store_copy(&store);
	struct store kept = {0};
	struct check check;

	(void)state;
	assert_int_equal(put_text(&client, "file 3", "new"), TEE_SUCCESS);
	kept = store;
	store = old;
	check = check_of(FESTORE_CMD_VAULT_CHECK);
	assert_int_equal(run(&client, &check), FESTORE_TA_STALE);
	check = check_of(FESTORE_CMD_VAULT_PRUNE);
	assert_int_equal(run(&client, &check), FESTORE_TA_STALE);
	store = kept;
	store_free(&old);
	client_close(&client);
}

static TEE_Result page_of(
	struct client *client, uint32_t command, uint32_t flags, struct festore_vault_listed listed)
{
	struct check check = {.command = command};
	struct entries_in in = {.len = FESTORE_LISTED_ROOM(listed.record_len)};

	memcpy(listed.locator, store.entries[0]->locator, sizeof(listed.locator));
	memcpy(in.bytes, &listed, sizeof(listed));
	return send_page(client, &check, &in, flags);
}

static void malformed_entries_are_refused(void **state)
{
	struct client client = client_of_files();
	const uint32_t blind = FESTORE_LISTED_BLIND;
	const uint32_t drop = FESTORE_LISTED_DROP;
	static const uint32_t lens[] = {0, 31, 33, 40, 440};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(page_of(&client, FESTORE_CMD_VAULT_CHECK, FESTORE_WIRE_MORE,
					 (struct festore_vault_listed){
						 .record_len = lens[i], .flags = blind}),
			TEE_ERROR_BAD_PARAMETERS);
	for (uint32_t bit = 1; bit < 32; bit++) {
		const struct festore_vault_listed listed = {
			.record_len = FESTORE_HASH, .flags = blind | 1u << bit};

		assert_int_equal(
			page_of(&client, FESTORE_CMD_VAULT_CHECK, FESTORE_WIRE_MORE, listed),
			TEE_ERROR_BAD_PARAMETERS);
		if (1u << bit == drop)
			continue;
		assert_int_equal(
			page_of(&client, FESTORE_CMD_VAULT_PRUNE, FESTORE_WIRE_MORE, listed),
			TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(
		page_of(&client, FESTORE_CMD_FILE_LIST, FESTORE_WIRE_MORE,
			(struct festore_vault_listed){.record_len = FESTORE_HASH, .flags = blind}),
		TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

/* A list goes on as what it began as. */
static void a_check_is_no_list_and_no_pruning(void **state)
{
	static const uint32_t commands[] = {
		FESTORE_CMD_FILE_LIST, FESTORE_CMD_VAULT_CHECK, FESTORE_CMD_VAULT_PRUNE};
	struct client client = client_of_files();

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			struct check check = {.command = commands[i]};
			const struct entries_in in = {0};

			assert_int_equal(
				send_page(&client, &check, &in, FESTORE_WIRE_MORE), TEE_SUCCESS);
			check.command = commands[j];
			assert_int_equal(send_page(&client, &check, &in,
						 FESTORE_WIRE_MORE | FESTORE_WIRE_CONTINUE),
				i == j ? TEE_SUCCESS : TEE_ERROR_BAD_STATE);
		}
	}
	client_close(&client);
}

/* --- pruning ---------------------------------------------------------------------------------- */

/* Ends the batch that a pruning has begun; the store takes what it made. */
static TEE_Result propose(struct client *client)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_PROPOSE, "");
	const TEE_Result res = ask_run(client->session, &ask);

	if (res == TEE_SUCCESS) {
		assert_int_equal(ask.out_len, sizeof(store.state));
		memcpy(&store.state, ask.out, sizeof(store.state));
	}
	return res;
}

/* The nodes of what is left, as the tree's definition has them. */
static void rebuild_nodes(size_t from, size_t to)
{
	unsigned int bit = 0;
	size_t node = 0;

	if (to - from < 2)
		return;
	node = store_split(&store, from, to, &bit);
	rebuild_nodes(from, node);
	rebuild_nodes(node, to);
	store_true_hash(&store, from, to, store.nodes[node]);
}

static void lose(const struct check *check)
{
	for (size_t i = FILES; i > 0; i--) {
		if (check->drops[i - 1])
			store_delete(&store, i - 1);
	}
	rebuild_nodes(0, store.count);
}

static void what_is_dropped_is_gone(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_PRUNE);
	struct listing listing;

	(void)state;
	for (size_t i = 0; i < FILES; i += 3)
		check.drops[i] = true;
	check.given[0] = BLIND;
	check.given[6] = BLIND;
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(check.answer.missing, 2);
	assert_int_equal(propose(&client), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	lose(&check);
	assert_store_is_whole(&store);
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, FILES - FILES / 3);
	assert_int_equal(put_text(&client, "new", "new"), TEE_SUCCESS);
	assert_store_is_whole(&store);
	client_close(&client);
}

static void all_may_be_dropped(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_PRUNE);

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		check.drops[i] = true;
		check.given[i] = BLIND;
	}
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(propose(&client), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	lose(&check);
	assert_store_is_whole(&store);
	client_close(&client);
}

/* A kept hash that may be more than a leaf would make the count a guess. */
static void a_subtree_is_dropped_or_nothing_is(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_PRUNE);
	const size_t i = lower_pair();
	const size_t other = i < 4 ? i + 2 : 0;

	(void)state;
	check.given[i - 1] = BLIND;
	check.given[i] = LEFT_OUT;
	memcpy(check.hashes[i - 1], store.nodes[i], FESTORE_HASH);
	assert_int_equal(run(&client, &check), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(propose(&client), TEE_ERROR_BAD_STATE);
	check.drops[i - 1] = true;
	check.given[other] = BLIND;
	assert_int_equal(run(&client, &check), TEE_ERROR_BAD_PARAMETERS);
	check.drops[other] = true;
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(propose(&client), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	check.drops[i] = true;
	lose(&check);
	assert_store_is_whole(&store);
	client_close(&client);
}

static void what_is_kept_blind_stays(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_PRUNE);

	(void)state;
	check.given[1] = BLIND;
	check.given[2] = BLIND;
	check.given[9] = BLIND;
	check.drops[2] = true;
	check.drops[3] = true;
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(propose(&client), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	lose(&check);
	assert_store_is_whole(&store);
	client_close(&client);
}

/* A working root there is one of, and it is made of the present state. */
static void a_pruning_begins_a_batch_and_joins_none(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_PRUNE);
	const struct entries_in in = {0};

	(void)state;
	assert_int_equal(put_flags(&client, "more", "1", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(send_page(&client, &check, &in, FESTORE_WIRE_MORE), TEE_ERROR_BAD_STATE);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	store_delete(&store, store_place(&store, client_entry(&client, "more")->locator));
	rebuild_nodes(0, store.count);

	/* A batch that begins meanwhile; a state that moves on meanwhile. */
	check.flags = FESTORE_WIRE_MORE;
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(remove_flags(&client, "file 1", FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(
		send_page(&client, &check, &in, FESTORE_WIRE_CONTINUE), TEE_ERROR_BAD_STATE);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	client_close(&client);
}

static void a_pruning_of_a_state_that_is_past_is_stale(void **state)
{
	struct client client = client_of_files();
	struct client other = client_of(ALICE, &store);
	struct check check = check_of(FESTORE_CMD_VAULT_PRUNE);
	const struct entries_in in = {0};

	(void)state;
	check.flags = FESTORE_WIRE_MORE;
	assert_int_equal(run(&client, &check), TEE_SUCCESS);
	assert_int_equal(put_text(&other, "file 3", "new"), TEE_SUCCESS);
	assert_int_equal(send_page(&client, &check, &in, FESTORE_WIRE_CONTINUE), FESTORE_TA_STALE);
	assert_int_equal(propose(&client), TEE_ERROR_BAD_STATE);
	client_close(&client);
	client_close(&other);
}

/* --- the word of a record --------------------------------------------------------------------- */

static struct ask ask_word(const struct client *client, const char *tag)
{
	struct ask ask = ask_get(client, tag);

	ask.state_len = 0;
	ask.path_len = 0;
	ask.request.base.flags = FESTORE_WIRE_UNPROVEN;
	return ask;
}

static void a_record_gives_its_content_unproven(void **state)
{
	struct client client = client_of_files();
	struct ask ask = ask_word(&client, "file 7");

	(void)state;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.answer.file.size, 7);
	assert_int_equal(ask.out_len, 7);
	assert_memory_equal(ask.out, "0123456", 7);
	client_close(&client);
}

static void an_unproven_record_is_its_own_tags(void **state)
{
	struct client client = client_of_files();
	struct ask ask = ask_word(&client, "file 7");
	const struct entry *other = client_entry(&client, "file 8");

	(void)state;
	set_tag(&ask.request.base.tag, "file 8");
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	ask = ask_word(&client, "file 7");
	add_record(&ask, other);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	for (size_t i = 0; i < other->record_len; i++) {
		struct entry *spoiled = client_entry(&client, "file 7");

		ask = ask_word(&client, "file 7");
		spoiled->record[i % spoiled->record_len] ^= 1;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		spoiled->record[i % spoiled->record_len] ^= 1;
	}
	client_close(&client);
}

/* Proof and no proof are not mixed. */
static void an_unproven_get_takes_no_proof(void **state)
{
	struct client client = client_of_files();
	struct ask ask = ask_word(&client, "file 7");

	(void)state;
	ask.state_len = sizeof(ask.state);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.state_len = 0;
	ask.path_len = ask_get(&client, "file 7").path_len;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask = ask_word(&client, "file 7");
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	ask = ask_more("file 7", store.entries[0]->content, 16, 0);
	ask.request.base.flags |= FESTORE_WIRE_UNPROVEN;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

static void nothing_is_checked_before_a_vault_is_open(void **state)
{
	struct client client = client_of_files();
	struct check check = check_of(FESTORE_CMD_VAULT_CHECK);
	struct ask ask = ask_word(&client, "file 7");
	struct client none = {.session = open_as(ALICE), .store = &store};

	(void)state;
	assert_int_equal(run(&none, &check), TEE_ERROR_BAD_STATE);
	check.command = FESTORE_CMD_VAULT_PRUNE;
	assert_int_equal(run(&none, &check), TEE_ERROR_BAD_STATE);
	assert_int_equal(ask_run(none.session, &ask), TEE_ERROR_BAD_STATE);
	client_close(&client);
	client_close(&none);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_vault_is_checked_like_a_list),
		TEST(one_lost_record_leaves_the_others_proven),
		TEST(many_lost_records_are_counted),
		TEST(a_hash_may_stand_for_a_subtree),
		TEST(no_hash_makes_a_lie_true),
		TEST(a_record_that_does_not_open_is_counted),
		TEST(an_old_state_is_not_checked),
		TEST(malformed_entries_are_refused),
		TEST(a_check_is_no_list_and_no_pruning),
		TEST(what_is_dropped_is_gone),
		TEST(all_may_be_dropped),
		TEST(a_subtree_is_dropped_or_nothing_is),
		TEST(what_is_kept_blind_stays),
		TEST(a_pruning_begins_a_batch_and_joins_none),
		TEST(a_pruning_of_a_state_that_is_past_is_stale),
		TEST(a_record_gives_its_content_unproven),
		TEST(an_unproven_record_is_its_own_tags),
		TEST(an_unproven_get_takes_no_proof),
		TEST(nothing_is_checked_before_a_vault_is_open),
	};

	return cmocka_run_group_tests_name("vault_check", tests, NULL, NULL);
}
