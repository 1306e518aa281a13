// SPDX-License-Identifier: BSD-2-Clause
/*
 * FILE_APPEND by raw requests: what is there stays and what is new follows it, whatever else is
 * brought, in whatever order, and under whichever policy; no chunk is sealed twice under one key.
 */
#include "vault_grow.h"
#include "vault_key.h"

static struct store store;
static uint8_t old_bytes[2 * FESTORE_WINDOW + 5000];
static int64_t put_time;

static int setup_bytes(void **state)
{
	for (size_t i = 0; i < sizeof(old_bytes); i++)
		old_bytes[i] = (uint8_t)(i * 7 + i / 4096);
	memset(new_bytes, 0xee, sizeof(new_bytes));
	put_time = 1234;
	return setup(state);
}

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

/* --- calls ------------------------------------------------------------------------------------ */

static TEE_Result exchange(struct client *client, const char *tag)
{
	const TEE_Result res = propose_exchange(client, tag);

	client_drop(client);
	return res == TEE_SUCCESS ? confirm(client) : res;
}

static TEE_Result append(struct client *client, const char *tag, size_t size, size_t more_len)
{
	const TEE_Result res = pieces_of(client, tag, size, more_len);

	if (res == TEE_SUCCESS)
		return exchange(client, tag);
	client_drop(client);
	return res;
}

static TEE_Result put_policy(struct client *client, const char *tag, size_t len, uint32_t flags)
{
	static struct festore_wire_policy policy;
	const uint8_t *content = old_bytes;
	uint32_t put_flags = 0;
	struct ask ask;
	TEE_Result res = TEE_SUCCESS;

	res = put_pieces(client, tag, &content, &len, &put_flags);
	if (res != TEE_SUCCESS)
		return res;
	policy = (struct festore_wire_policy){.flags = flags};
	ask = ask_put(client, tag, content, len, put_flags);
	ask.request.base.modified = put_time;
	if (flags != 0) {
		ask.message = (const uint8_t *)&policy;
		ask.message_len = sizeof(policy);
	}
	res = run_change(client, &ask, need(calloc(1, sizeof(struct entry))));
	return res == TEE_SUCCESS ? confirm(client) : res;
}

static struct client client_with(const char *tag, size_t len, uint32_t flags)
{
	struct client client = client_of_new(ALICE, &store);

	assert_int_equal(put_policy(&client, tag, len, flags), TEE_SUCCESS);
	return client;
}

/* Old bytes, then new ones. */
static void assert_grown(struct client *client, const char *tag, size_t size, size_t more_len)
{
	uint8_t *whole = need(malloc(size + more_len + 1));

	memcpy(whole, old_bytes, size);
	memset(whole + size, 0xee, more_len);
	assert_has(client, tag, whole, size + more_len);
	free(whole);
	assert_store_is_whole(&store);
}

/* --- what is there ---------------------------------------------------------------------------- */

static void what_is_there_stays_and_more_follows(void **state)
{
	static const size_t sizes[] = {0, 1, 63, 64, 65, 4095, 4096, 4097, 8192, FESTORE_WINDOW - 1,
		FESTORE_WINDOW, FESTORE_WINDOW + 1, 2 * FESTORE_WINDOW, sizeof(old_bytes)};
	static const size_t mores[] = {0, 1, 31, 4096, 8191, FESTORE_WINDOW};
	struct client client = client_of_new(ALICE, &store);
	struct festore_vault_file file;

	(void)state;
	put_time = 99;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t j = 0; j < sizeof(mores) / sizeof(mores[0]); j++) {
			assert_int_equal(put_policy(&client, "a", sizes[i], 0), TEE_SUCCESS);
			assert_int_equal(append(&client, "a", sizes[i], mores[j]), TEE_SUCCESS);
			assert_grown(&client, "a", sizes[i], mores[j]);
			assert_int_equal(stat_file(&client, "a", &file), TEE_SUCCESS);
			assert_int_equal(file.size, sizes[i] + mores[j]);
			assert_int_equal(file.modified, 1234);
			assert_int_equal(file.policy, 0);
			assert_int_equal(client_entry(&client, "a")->content_len,
				FESTORE_SEALED_LEN(sizes[i] + mores[j]));
		}
	}
	client_close(&client);
}

/* What is new may come in pieces of any number of chunks. */
static void pieces_have_whole_chunks(void **state)
{
	struct client client = client_with("a", 5000, 0);

	(void)state;
	assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 0, 4112, 0, 0), TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 4112, (size_t)FESTORE_SEALED_LEN(904), 4096 - 904, 0),
		TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 0, 0, 2 * 4096, 0), TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 0, 0, 7, FESTORE_WIRE_LAST), TEE_SUCCESS);
	assert_int_equal(exchange(&client, "a"), TEE_SUCCESS);
	assert_grown(&client, "a", 5000, 4096 - 904 + 2 * 4096 + 7);
	client_close(&client);
}

static void other_lengths_are_refused(void **state)
{
	/* Bytes of sealed content, of what follows it, flags; of a file of 5000 bytes. */
	static const struct {
		size_t sealed;
		size_t more;
		uint32_t flags;
	} wrong[] = {
		{4112, 1, 0},                        /* new before the old content's end */
		{4112, 1, FESTORE_WIRE_LAST},        /* an end before it */
		{4112, 0, FESTORE_WIRE_LAST},        /* the same */
		{0, 4096, 0},                        /* nothing of it */
		{0, 1, FESTORE_WIRE_LAST},           /* the same */
		{0, 0, 0},                           /* nothing at all */
		{0, 0, FESTORE_WIRE_LAST},           /* the same */
		{FESTORE_SEALED_LEN(5000), 0, 0},    /* half a chunk that more follows */
		{FESTORE_SEALED_LEN(5000), 3191, 0}, /* the same */
		{FESTORE_SEALED_LEN(5000), FESTORE_WINDOW - 4999, FESTORE_WIRE_LAST}, /* too much */
		{FESTORE_SEALED_LEN(5000), FESTORE_WINDOW, FESTORE_WIRE_LAST},
	};
	struct client client = client_with("a", 5000, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
		assert_int_equal(
			piece(&client, "a", 0, wrong[i].sealed, wrong[i].more, wrong[i].flags),
			TEE_ERROR_BAD_PARAMETERS);
		/* With which it is over. */
		assert_int_equal(piece(&client, "a", 0, 4112, 0, FESTORE_WIRE_CONTINUE),
			TEE_ERROR_BAD_STATE);
	}
	for (size_t sealed = 1; sealed < 4112; sealed += 100) {
		assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
		assert_int_not_equal(piece(&client, "a", 0, sealed, 0, 0), TEE_SUCCESS);
	}
	/* A last piece that is empty, but not the only one. */
	assert_int_equal(put_policy(&client, "b", 4096, 0), TEE_SUCCESS);
	assert_int_equal(open_file(&client, "b"), TEE_SUCCESS);
	assert_int_equal(piece(&client, "b", 0, 4112, 0, 0), TEE_SUCCESS);
	assert_int_equal(piece(&client, "b", 0, 0, 0, FESTORE_WIRE_LAST), TEE_ERROR_BAD_PARAMETERS);
	client_drop(&client);
	assert_grown(&client, "a", 5000, 0);
	client_close(&client);
}

static void no_byte_goes_out_without_room(void **state)
{
	struct client client = client_with("a", 100, 0);
	struct ask ask;

	(void)state;
	assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
	ask = ask_piece(&client, "a", FESTORE_WIRE_LAST);
	ask.content = client_entry(&client, "a")->content;
	ask.content_len = (size_t)FESTORE_SEALED_LEN(100);
	ask.message = new_bytes;
	ask.message_len = 100;
	ask.room = (size_t)FESTORE_SEALED_LEN(200) - 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(pieces_of(&client, "a", 100, 100), TEE_SUCCESS);
	ask = ask_exchange(&client, "a");
	ask.room = ask.path_len;
	assert_int_equal(run_change(&client, &ask, need(calloc(1, sizeof(struct entry)))),
		TEE_ERROR_SHORT_BUFFER);
	client_drop(&client);
	assert_grown(&client, "a", 100, 0);
	client_close(&client);
}

/* --- order ------------------------------------------------------------------------------------ */

static void nothing_comes_before_an_open_file(void **state)
{
	struct client client = client_with("a", 100, 0);
	struct festore_vault_file file;
	struct ask ask;

	(void)state;
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(
		piece(&client, "a", 0, (size_t)FESTORE_SEALED_LEN(100), 1, FESTORE_WIRE_LAST),
		TEE_ERROR_BAD_STATE);
	assert_int_equal(propose_exchange(&client, "a"), TEE_ERROR_BAD_STATE);
	/* Metadata open nothing, and an abort ends it. */
	assert_int_equal(stat_file(&client, "a", &file), TEE_SUCCESS);
	assert_int_equal(
		piece(&client, "a", 0, (size_t)FESTORE_SEALED_LEN(100), 1, FESTORE_WIRE_LAST),
		TEE_ERROR_BAD_STATE);
	assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(
		piece(&client, "a", 0, (size_t)FESTORE_SEALED_LEN(100), 1, FESTORE_WIRE_LAST),
		TEE_ERROR_BAD_STATE);
	/* A put under way is none, and its content gets no other's place. */
	ask = ask_put(&client, "a", old_bytes, FESTORE_WINDOW, FESTORE_WIRE_MORE);
	ask.state_len = 0;
	ask.path_len = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 0, (size_t)FESTORE_SEALED_LEN(100), 1,
				 FESTORE_WIRE_LAST | FESTORE_WIRE_CONTINUE),
		TEE_ERROR_BAD_STATE);
	ask = ask_put(&client, "a", old_bytes, 1, FESTORE_WIRE_MORE | FESTORE_WIRE_LAST);
	ask.state_len = 0;
	ask.path_len = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(propose_exchange(&client, "a"), TEE_ERROR_BAD_STATE);
	client_drop(&client);
	assert_grown(&client, "a", 100, 0);
	client_close(&client);
}

/* What was sealed for one tag becomes no other's content, by no command. */
static void a_content_that_grows_is_no_other_file(void **state)
{
	struct client client = client_with("a", 100, 0);
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "b", "b"), TEE_SUCCESS);
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	ask = ask_put(&client, "b", NULL, 0, FESTORE_WIRE_CONTINUE);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	ask = ask_put(&client, "b", old_bytes, 1,
		FESTORE_WIRE_MORE | FESTORE_WIRE_CONTINUE | FESTORE_WIRE_LAST);
	ask.state_len = 0;
	ask.path_len = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	assert_int_equal(propose_exchange(&client, "b"), TEE_ERROR_BUSY);
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	assert_int_equal(propose_exchange(&client, "none"), TEE_ERROR_ITEM_NOT_FOUND);
	/* Nor is it read. */
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	ask = ask_more("a", client.pieces, client.pieces_len, 0);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	client_drop(&client);
	assert_holds(&client, "b", "b");
	assert_grown(&client, "a", 100, 0);
	client_close(&client);
}

static void it_ends_with_the_last_piece(void **state)
{
	struct client client = client_with("a", 100, 0);
	struct ask ask;

	(void)state;
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 0, 0, 5, FESTORE_WIRE_LAST), TEE_ERROR_BAD_STATE);
	client_drop(&client);
	/* Without it there is no change. */
	assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 0, (size_t)FESTORE_SEALED_LEN(100), 4096 - 100, 0),
		TEE_SUCCESS);
	assert_int_equal(propose_exchange(&client, "a"), TEE_ERROR_BAD_STATE);
	client_drop(&client);
	/* The change itself brings nothing. */
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	ask = ask_exchange(&client, "a");
	ask.message = new_bytes;
	ask.message_len = 1;
	assert_int_equal(run_change(&client, &ask, need(calloc(1, sizeof(struct entry)))),
		TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	ask = ask_exchange(&client, "a");
	ask.content = new_bytes;
	ask.content_len = 16;
	assert_int_equal(run_change(&client, &ask, need(calloc(1, sizeof(struct entry)))),
		TEE_ERROR_BAD_PARAMETERS);
	client_drop(&client);
	/* After it, it is over. */
	assert_int_equal(append(&client, "a", 100, 5), TEE_SUCCESS);
	assert_int_equal(propose_exchange(&client, "a"), TEE_ERROR_BAD_STATE);
	assert_grown(&client, "a", 100, 5);
	client_close(&client);
}

static void flags_are_those_of_a_piece_or_a_change(void **state)
{
	static const uint32_t wrong[] = {
		0, FESTORE_WIRE_LAST, FESTORE_WIRE_LAST | FESTORE_WIRE_CONTINUE};
	static const uint32_t unknown[] = {FESTORE_WIRE_BATCH, FESTORE_WIRE_KEEP,
		FESTORE_WIRE_NO_CLOBBER, FESTORE_WIRE_UNPROVEN};
	struct client client = client_with("a", 100, 0);
	struct ask ask;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
		ask = ask_exchange(&client, "a");
		ask.request.base.flags = wrong[i];
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		ask = ask_exchange(&client, "a");
		ask.request.base.flags |= unknown[i];
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	}
	client_drop(&client);
	assert_grown(&client, "a", 100, 0);
	client_close(&client);
}

/* --- what is brought -------------------------------------------------------------------------- */

static void each_chunk_is_the_old_contents(void **state)
{
	struct client client = client_with("a", 3 * 4096, 0);
	struct entry *entry = NULL;
	struct ask ask;

	(void)state;
	assert_int_equal(put_policy(&client, "b", 3 * 4096, 0), TEE_SUCCESS);
	/* Of another file, in another order, and with a bit changed. */
	assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
	ask = ask_piece(&client, "a", 0);
	ask.content = client_entry(&client, "b")->content;
	ask.content_len = 4112;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 4112, 4112, 0, 0), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 0, 4112, 0, 0), TEE_SUCCESS);
	assert_int_equal(piece(&client, "a", 0, 4112, 0, 0), TEE_ERROR_CORRUPT_OBJECT);
	client_drop(&client);
	entry = entry_copy(client_entry(&client, "a"));
	for (size_t at = 0; at < entry->content_len; at += 301) {
		assert_int_equal(open_file(&client, "a"), TEE_SUCCESS);
		entry->content[at] ^= 4;
		ask = ask_piece(&client, "a", FESTORE_WIRE_LAST);
		ask.content = entry->content;
		ask.content_len = entry->content_len;
		ask.message = new_bytes;
		ask.message_len = 1;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		entry->content[at] ^= 4;
	}
	entry_free(entry);
	assert_grown(&client, "a", 3 * 4096, 0);
	client_close(&client);
}

/* The last one that was sealed as such does not pass for one in the midst, nor the other way. */
static void an_old_end_is_no_end_any_more(void **state)
{
	struct client client = client_with("a", 4096, 0);
	struct entry *before = entry_copy(client_entry(&client, "a"));
	struct entry *after = NULL;

	(void)state;
	assert_int_equal(append(&client, "a", 4096, 4096), TEE_SUCCESS);
	after = client_entry(&client, "a");
	assert_memory_not_equal(after->content, before->content, 4096);
	memcpy(after->content, before->content, before->content_len);
	assert_int_equal(get(&client, "a"), TEE_ERROR_CORRUPT_OBJECT);
	entry_free(before);
	client_close(&client);
}

/* Two appends to one content, of which neither is stored, have nothing in common. */
static void no_chunk_is_sealed_twice_under_one_key(void **state)
{
	struct client client = client_with("a", 100, 0);
	uint8_t first[FESTORE_SEALED_LEN(105)];

	(void)state;
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	assert_int_equal(client.pieces_len, sizeof(first));
	memcpy(first, client.pieces, sizeof(first));
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	for (size_t at = 0; at + 16 <= sizeof(first); at += 16)
		assert_memory_not_equal(first + at, client.pieces + at, 16);
	client_drop(&client);
	client_close(&client);
}

static void the_first_change_wins(void **state)
{
	struct client client = client_with("a", 100, FESTORE_WIRE_APPEND_ONLY);
	struct client other = client_of(ALICE, &store);

	(void)state;
	assert_int_equal(pieces_of(&client, "a", 100, 5), TEE_SUCCESS);
	assert_int_equal(append(&other, "a", 100, 7), TEE_SUCCESS);
	assert_int_equal(propose_exchange(&client, "a"), TEE_ERROR_BUSY);
	client_drop(&client);
	assert_grown(&client, "a", 100, 7);
	/* A new attempt goes on from there. */
	assert_int_equal(append(&client, "a", 107, 5), TEE_SUCCESS);
	assert_grown(&client, "a", 100, 12);
	client_close(&other);
	client_close(&client);
}

/* A record of before does not bring back what it had. */
static void an_older_record_is_not_continued(void **state)
{
	struct client client = client_with("a", 100, FESTORE_WIRE_APPEND_ONLY);
	struct entry *older = entry_copy(client_entry(&client, "a"));
	struct ask ask;

	(void)state;
	assert_int_equal(append(&client, "a", 100, 50), TEE_SUCCESS);
	/* It is opened at its word, and sealed anew. */
	ask = ask_of(FESTORE_CMD_FILE_GET, "a");
	ask.request.base.flags = FESTORE_WIRE_MORE | FESTORE_WIRE_UNPROVEN;
	add_record(&ask, older);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	ask = ask_piece(&client, "a", FESTORE_WIRE_LAST);
	ask.content = older->content;
	ask.content_len = older->content_len;
	assert_int_equal(run_piece(&client, &ask), TEE_SUCCESS);
	assert_int_equal(propose_exchange(&client, "a"), TEE_ERROR_BUSY);
	ask = ask_exchange(&client, "a");
	add_record(&ask, older);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	client_drop(&client);
	assert_int_equal(pieces_of(&client, "a", 150, 1), TEE_SUCCESS);
	ask = ask_exchange(&client, "a");
	add_record(&ask, older);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	client_drop(&client);
	assert_grown(&client, "a", 100, 50);
	entry_free(older);
	client_close(&client);
}

/* --- policies --------------------------------------------------------------------------------- */

static TEE_Result remove_with_record(struct client *client, const char *tag)
{
	struct ask ask = ask_remove(client, tag, 0);

	add_record(&ask, client_entry(client, tag));
	return run_change(client, &ask, NULL);
}

static void append_only_is_only_appended_to(void **state)
{
	struct client client = client_with("a", 100, FESTORE_WIRE_APPEND_ONLY);
	struct festore_vault_file file;
	struct ask ask;

	(void)state;
	for (size_t more = 0; more < 3; more++) {
		ask = ask_put(&client, "a", new_bytes, 1, 0);
		add_record(&ask, client_entry(&client, "a"));
		assert_int_equal(run_change(&client, &ask, need(calloc(1, sizeof(struct entry)))),
			FESTORE_TA_APPEND_ONLY);
		assert_int_equal(
			put_flags(&client, "a", new_bytes, 1, 0), TEE_ERROR_CORRUPT_OBJECT);
		assert_int_equal(remove_with_record(&client, "a"), FESTORE_TA_APPEND_ONLY);
		assert_int_equal(move(&client, "a", "b"), FESTORE_TA_APPEND_ONLY);
		client_drop(&client);
		client.is_in_batch = false;
		assert_grown(&client, "a", 100, more);
		assert_int_equal(append(&client, "a", 100 + more, 1), TEE_SUCCESS);
		assert_int_equal(stat_file(&client, "a", &file), TEE_SUCCESS);
		assert_int_equal(file.policy, FESTORE_WIRE_APPEND_ONLY);
	}
	assert_grown(&client, "a", 100, 3);
	client_close(&client);
}

static void other_policies_stay_what_they_are(void **state)
{
	struct client client = client_with("w", 100, FESTORE_WIRE_WRITE_ONCE);
	struct ask ask;

	(void)state;
	assert_int_equal(append(&client, "w", 100, 1), FESTORE_TA_WRITE_ONCE);
	assert_grown(&client, "w", 100, 0);
	assert_int_equal(put_policy(&client, "r", 100, FESTORE_WIRE_READ_ONCE), TEE_SUCCESS);
	assert_int_equal(append(&client, "r", 100, 1), FESTORE_TA_READ_ONCE);
	/* What was taken away is not sealed anew either. */
	ask = ask_on(&client, FESTORE_CMD_FILE_TAKE, "r");
	add_record(&ask, client_entry(&client, "r"));
	assert_int_equal(run_change(&client, &ask, NULL), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	ask = ask_piece(&client, "r", FESTORE_WIRE_LAST);
	ask.content = new_bytes;
	ask.content_len = (size_t)FESTORE_SEALED_LEN(100);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

static void a_key_is_no_file(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(
		generate(&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	ask = ask_exchange(&client, "k");
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* Nor does one that was made become the content that grows. */
	assert_int_equal(
		make_key(&client, "l", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_FILE;
	client_drop(&client);
	assert_int_equal(put_text(&client, "f", "1"), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(
		make_key(&client, "l", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	client.kind = FESTORE_WIRE_FILE;
	assert_int_equal(propose_exchange(&client, "f"), TEE_ERROR_BAD_STATE);
	client_drop(&client);
	assert_holds(&client, "f", "1");
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_bytes, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_there_stays_and_more_follows),
		TEST(pieces_have_whole_chunks),
		TEST(other_lengths_are_refused),
		TEST(no_byte_goes_out_without_room),
		TEST(nothing_comes_before_an_open_file),
		TEST(a_content_that_grows_is_no_other_file),
		TEST(it_ends_with_the_last_piece),
		TEST(flags_are_those_of_a_piece_or_a_change),
		TEST(each_chunk_is_the_old_contents),
		TEST(an_old_end_is_no_end_any_more),
		TEST(no_chunk_is_sealed_twice_under_one_key),
		TEST(the_first_change_wins),
		TEST(an_older_record_is_not_continued),
		TEST(append_only_is_only_appended_to),
		TEST(other_policies_stay_what_they_are),
		TEST(a_key_is_no_file),
	};

	return cmocka_run_group_tests_name("vault_append", tests, NULL, NULL);
}
