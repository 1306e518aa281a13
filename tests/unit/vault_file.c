// SPDX-License-Identifier: BSD-2-Clause
/* Contents of all sizes through the vault TA and back, and all that may be done to what is kept of
 * them. */
#include "vault.h"

static struct store store;
static uint8_t content[LARGE + 1];

/* No two chunks alike. */
static int setup_content(void **state)
{
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(content); i++) {
		x = x * 1664525u + 1013904223u;
		content[i] = (uint8_t)(x >> 24);
	}
	return setup(state);
}

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

static const size_t sizes[] = {0, 1, 63, 64, 65, 4095, 4096, 4097, 8192, 65535, 65536, 65537, 69632,
	131072, 1048575, 1048576};

#define SIZE_COUNT (sizeof(sizes) / sizeof(sizes[0]))

static void every_size_comes_back(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		assert_int_equal(put(&client, "tag", content, sizes[i]), TEE_SUCCESS);
		assert_has(&client, "tag", content, sizes[i]);
		assert_int_equal(
			client_entry(&client, "tag")->content_len, FESTORE_SEALED_LEN(sizes[i]));
		assert_store_is_whole(&store);
	}
	assert_int_equal(store.count, 1);
	client_close(&client);
}

static void many_files_live_side_by_side(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct listing listing;
	char tag[16];

	(void)state;
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		snprintf(tag, sizeof(tag), "tag %zu", i);
		assert_int_equal(put(&client, tag, content, sizes[i]), TEE_SUCCESS);
		assert_store_is_whole(&store);
	}
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, SIZE_COUNT);
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		snprintf(tag, sizeof(tag), "tag %zu", i);
		assert_has(&client, tag, content, sizes[i]);
		assert_int_equal(remove_file(&client, tag), TEE_SUCCESS);
		assert_holds(&client, tag, NULL);
		assert_store_is_whole(&store);
	}
	assert_int_equal(store.count, 0);
	client_close(&client);
}

static void a_file_may_have_any_size(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put(&client, "tag", content, LARGE + 1), TEE_SUCCESS);
	assert_int_equal(get(&client, "tag"), TEE_SUCCESS);
	assert_int_equal(got_len, LARGE + 1);
	assert_memory_equal(got, content, got_len);
	client_close(&client);
}

/* The last piece may come before the path; then nothing is sealed in the call that commits. */
static void a_content_may_be_complete_before_its_path(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask = ask_of(FESTORE_CMD_FILE_PUT, "tag");

	(void)state;
	ask.request.base.flags = FESTORE_WIRE_MORE | FESTORE_WIRE_LAST;
	ask.content = content;
	ask.content_len = 5;
	ask.room = (size_t)FESTORE_SEALED_LEN(5);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.out_len, FESTORE_SEALED_LEN(5));
	ask = ask_put(&client, "tag", content, 0, FESTORE_WIRE_CONTINUE);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.answer.change.content_len, 0);

	/* After its end nothing goes on, and LAST belongs to MORE. */
	ask = ask_of(FESTORE_CMD_FILE_PUT, "tag");
	ask.request.base.flags = FESTORE_WIRE_MORE | FESTORE_WIRE_LAST;
	ask.content = content;
	ask.content_len = FESTORE_WINDOW;
	ask.room = FESTORE_SEALED_WINDOW;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(put_piece(&client, "tag", content, false), TEE_ERROR_BAD_PARAMETERS);
	ask = ask_put(&client, "tag", content, 1, FESTORE_WIRE_LAST);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

/* A reader goes to any chunk; what it is given opens at its own place alone. */
static void a_file_is_read_from_anywhere(void **state)
{
	const size_t step = FESTORE_CHUNK + FESTORE_SEAL;
	struct client client = client_of_new(ALICE, &store);
	const struct entry *entry = NULL;
	struct ask ask;

	(void)state;
	assert_int_equal(put(&client, "tag", content, 3 * FESTORE_WINDOW + 5), TEE_SUCCESS);
	entry = client_entry(&client, "tag");
	ask = ask_get(&client, "tag");
	ask.request.base.flags = FESTORE_WIRE_MORE;
	ask.content_len = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.out_len, 0);
	for (size_t chunk = 0; chunk < 3 * FESTORE_WINDOW / FESTORE_CHUNK; chunk += 7) {
		ask = ask_more("tag", entry->content, entry->content_len, chunk * step);
		ask.content_len = step;
		assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
		assert_int_equal(ask.out_len, FESTORE_CHUNK);
		assert_memory_equal(ask.out, content + chunk * FESTORE_CHUNK, FESTORE_CHUNK);
		ask.request.offset += FESTORE_CHUNK;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		ask.request.offset -= FESTORE_CHUNK;
		ask.request.offset++;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	ask = ask_more("tag", entry->content, entry->content_len, 48 * step);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.out_len, 5);
	ask.request.offset = 4 * FESTORE_WINDOW;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* Where the last chunk is, nothing else is the last. */
	ask = ask_more("tag", entry->content, entry->content_len, 47 * step);
	ask.content_len = step;
	ask.request.offset = 48 * FESTORE_CHUNK;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	client_close(&client);
}

static void a_batch_ends_without_another_change(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask = ask_of(FESTORE_CMD_VAULT_PROPOSE, "");

	(void)state;
	ask.room = sizeof(struct festore_vault_state);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	assert_int_equal(put_flags(&client, "a", "1", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	ask.room--;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room++;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	client_close(&client);

	client = client_of_new(BOB, &store);
	assert_int_equal(put_flags(&client, "a", "1", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(put_flags(&client, "b", "2", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.out_len, sizeof(store.state));
	memcpy(&store.state, ask.out, sizeof(store.state));
	client.is_in_batch = false;
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_holds(&client, "a", "1");
	assert_holds(&client, "b", "2");

	/* What was taken has to be placed first. */
	assert_int_equal(
		remove_flags(&client, "a", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

static void what_continues_must_have_begun(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask = ask_put(&client, "tag", content, 1, FESTORE_WIRE_CONTINUE);

	(void)state;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	assert_int_equal(put_piece(&client, "tag", content, false), TEE_ERROR_BAD_STATE);
	ask = ask_more("tag", content, FESTORE_SEALED_LEN(1), 0);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	assert_int_equal(put(&client, "tag", content, FESTORE_WINDOW), TEE_SUCCESS);
	assert_int_equal(get(&client, "tag"), TEE_SUCCESS);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);

	/* A put is no get, a get no put, and an abort ends both. */
	assert_int_equal(put_piece(&client, "tag", content, true), TEE_SUCCESS);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	assert_int_equal(get(&client, "tag"), TEE_SUCCESS);
	assert_int_equal(put_piece(&client, "tag", content, false), TEE_ERROR_BAD_STATE);
	assert_int_equal(put_piece(&client, "tag", content, true), TEE_SUCCESS);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(put_piece(&client, "tag", content, false), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

static void an_abort_ends_a_get(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	const struct entry *entry = NULL;
	struct ask ask;

	(void)state;
	assert_int_equal(put(&client, "tag", content, FESTORE_WINDOW + 1), TEE_SUCCESS);
	entry = client_entry(&client, "tag");
	ask = ask_get(&client, "tag");
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	ask = ask_more("tag", entry->content, entry->content_len, FESTORE_SEALED_WINDOW);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	client_close(&client);
}

static void pieces_are_whole_windows(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask = ask_of(FESTORE_CMD_FILE_PUT, "tag");

	(void)state;
	ask.request.base.flags = FESTORE_WIRE_MORE;
	ask.content = content;
	ask.room = FESTORE_SEALED_WINDOW;
	for (size_t i = 0; i < SIZE_COUNT && sizes[i] < FESTORE_WINDOW; i++) {
		ask.content_len = sizes[i];
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	ask.content_len = FESTORE_WINDOW;
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.state_len = 0;
	ask.path_len = store_path(&store, content, ask.path);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);

	/* The last one is not empty. */
	assert_int_equal(put_piece(&client, "tag", content, true), TEE_SUCCESS);
	ask = ask_put(&client, "tag", content, 0, FESTORE_WIRE_CONTINUE);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

static void no_clobber_keeps_the_old(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put_flags(&client, "tag", "old", 3, FESTORE_WIRE_NO_CLOBBER), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_int_equal(put_flags(&client, "tag", "new", 3, FESTORE_WIRE_NO_CLOBBER),
		TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(
		put_flags(&client, "tag", content, FESTORE_WINDOW + 1, FESTORE_WIRE_NO_CLOBBER),
		TEE_ERROR_ACCESS_CONFLICT);
	client_drop(&client);
	assert_holds(&client, "tag", "old");
	assert_int_equal(put_text(&client, "other", "other"), TEE_SUCCESS);
	assert_int_equal(move_flags(&client, "other", "tag", FESTORE_WIRE_NO_CLOBBER),
		TEE_ERROR_ACCESS_CONFLICT);
	client_close(&client);
}

static void a_move_keeps_content_and_time(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	assert_int_equal(put(&client, "a", content, 100000), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "old"), TEE_SUCCESS);
	assert_int_equal(move(&client, "a", "c"), TEE_SUCCESS);
	assert_store_is_whole(&store);
	assert_holds(&client, "a", NULL);
	assert_has(&client, "c", content, 100000);
	assert_int_equal(move(&client, "c", "b"), TEE_SUCCESS);
	assert_store_is_whole(&store);
	assert_holds(&client, "c", NULL);
	assert_has(&client, "b", content, 100000);
	assert_int_equal(store.count, 1);
	/* Onto itself; and from the only file to the only one. */
	assert_int_equal(move(&client, "b", "b"), TEE_SUCCESS);
	assert_has(&client, "b", content, 100000);
	assert_int_equal(move(&client, "gone", "b"), TEE_ERROR_ITEM_NOT_FOUND);
	client_close(&client);
}

static void a_move_needs_what_was_kept(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "b"), TEE_SUCCESS);
	assert_int_equal(place_flags(&client, "c", 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(remove_flags(&client, "a", FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(place_flags(&client, "c", 0), TEE_ERROR_BAD_STATE);
	client_close(&client);

	/* Kept in the batch's last change, without a record, another's, or twice. */
	client = client_of_new(BOB, &store);
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "b"), TEE_SUCCESS);
	ask = ask_remove(&client, "a", FESTORE_WIRE_KEEP);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	ask = ask_remove(&client, "a", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH);
	ask.record_len = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask = ask_remove(&client, "a", 0);
	add_record(&ask, client_entry(&client, "a"));
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask = ask_remove(&client, "a", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH);
	add_record(&ask, client_entry(&client, "b"));
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(
		remove_flags(&client, "a", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(remove_flags(&client, "b", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH),
		TEE_ERROR_BAD_STATE);
	client_close(&client);
}

/* An old record opens at its place, but it is not what the tree has there. */
static void a_kept_record_is_the_present_one(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct entry *old = NULL;
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "a", "old"), TEE_SUCCESS);
	old = entry_copy(client_entry(&client, "a"));
	assert_int_equal(put_text(&client, "a", "new"), TEE_SUCCESS);
	ask = ask_remove(&client, "a", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH);
	add_record(&ask, old);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	entry_free(old);
	client_close(&client);
}

/* One file, and what an attacker may do to its get. */
static void assert_get_is(struct client *client, const struct ask *spoiled, TEE_Result want)
{
	struct ask ask = *spoiled;

	assert_int_equal(ask_run(client->session, &ask), want);
}

static void every_byte_of_a_small_file_counts(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct entry *entry = NULL;

	(void)state;
	assert_int_equal(put_text(&client, "a", "content"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "other"), TEE_SUCCESS);
	entry = client_entry(&client, "a");
	for (size_t i = 0; i < entry->record_len; i++) {
		entry->record[i] ^= 1;
		assert_int_equal(get(&client, "a"), TEE_ERROR_CORRUPT_OBJECT);
		entry->record[i] ^= 1;
	}
	for (size_t i = 0; i < entry->content_len; i++) {
		entry->content[i] ^= 0x80;
		assert_int_equal(get(&client, "a"), TEE_ERROR_CORRUPT_OBJECT);
		entry->content[i] ^= 0x80;
	}
	assert_holds(&client, "a", "content");
	client_close(&client);
}

/* Flips a bit in each byte of the ask's path; what the count says is a matter of form. */
static void assert_path_counts(struct client *client, const struct ask *good)
{
	for (size_t i = 0; i < good->path_len; i++) {
		struct ask ask = *good;

		ask.path[i] ^= 1;
		assert_get_is(client, &ask,
			i < sizeof(uint32_t) ? TEE_ERROR_BAD_PARAMETERS : TEE_ERROR_CORRUPT_OBJECT);
	}
}

static void every_byte_of_a_path_counts(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "b"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "c", "c"), TEE_SUCCESS);
	ask = ask_get(&client, "a");
	assert_path_counts(&client, &ask);
	assert_get_is(&client, &ask, TEE_SUCCESS);
	ask = ask_get(&client, "absent");
	assert_path_counts(&client, &ask);
	assert_get_is(&client, &ask, TEE_ERROR_ITEM_NOT_FOUND);
	client_close(&client);
}

static void a_record_answers_to_its_own_place_only(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct store old = {0};
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "a", "old"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "old"), TEE_SUCCESS);
	old = store_copy(&store);
	assert_int_equal(put_text(&client, "a", "new"), TEE_SUCCESS);

	/* Another tag's record, an old record, none, a part of one. */
	ask = ask_get(&client, "a");
	add_record(&ask, client_entry(&client, "b"));
	assert_get_is(&client, &ask, TEE_ERROR_CORRUPT_OBJECT);
	client.store = &old;
	add_record(&ask, client_entry(&client, "a"));
	assert_get_is(&client, &ask, TEE_ERROR_CORRUPT_OBJECT);
	ask.command = FESTORE_CMD_FILE_STAT;
	ask.content_len = 0;
	assert_get_is(&client, &ask, TEE_ERROR_CORRUPT_OBJECT);
	client.store = &store;
	ask = ask_get(&client, "a");
	for (size_t len = 0; len < client_entry(&client, "a")->record_len; len++) {
		add_record(&ask, client_entry(&client, "a"));
		ask.record_len = len;
		assert_get_is(&client, &ask, TEE_ERROR_CORRUPT_OBJECT);
	}

	/* A path of the old tree, with its state and without. */
	client.store = &old;
	ask = ask_get(&client, "a");
	assert_get_is(&client, &ask, FESTORE_TA_STALE);
	ask.state = store.state;
	assert_get_is(&client, &ask, TEE_ERROR_CORRUPT_OBJECT);
	ask = ask_get(&client, "absent");
	ask.state = store.state;
	assert_get_is(&client, &ask, TEE_ERROR_CORRUPT_OBJECT);

	/* The path of one tag for another: neither there nor absent. */
	client.store = &store;
	ask = ask_get(&client, "a");
	set_tag(&ask.request.base.tag, "b");
	assert_get_is(&client, &ask, TEE_ERROR_CORRUPT_OBJECT);
	client_close(&client);
	store_free(&old);
}

static void a_content_answers_to_its_own_record_only(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct entry *old = NULL;

	(void)state;
	assert_int_equal(put_text(&client, "a", "old"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "old"), TEE_SUCCESS);
	old = entry_copy(client_entry(&client, "a"));
	assert_int_equal(put_text(&client, "a", "new"), TEE_SUCCESS);
	assert_int_equal(
		get_from(&client, "a", old->content, old->content_len), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(get_from(&client, "a", client_entry(&client, "b")->content,
				 client_entry(&client, "b")->content_len),
		TEE_ERROR_CORRUPT_OBJECT);
	entry_free(old);
	client_close(&client);
}

#define CHUNK_SEALED (FESTORE_CHUNK + FESTORE_SEAL)

static uint8_t *chunk_of(const struct entry *entry, size_t chunk)
{
	return entry->content + chunk * CHUNK_SEALED;
}

static void assert_damaged(struct client *client, const struct entry *entry, size_t len)
{
	assert_int_equal(get_from(client, "a", entry->content, len), TEE_ERROR_CORRUPT_OBJECT);
}

static void chunks_cannot_be_moved_or_cut_off(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct entry *entry = NULL;

	(void)state;
	/* Over more than one window: 20 chunks. */
	assert_int_equal(put(&client, "a", content, 20 * FESTORE_CHUNK), TEE_SUCCESS);
	for (size_t i = 0; i < 20; i++) {
		entry = entry_copy(client_entry(&client, "a"));
		memcpy(chunk_of(entry, i), chunk_of(client_entry(&client, "a"), (i + 1) % 20),
			CHUNK_SEALED);
		assert_damaged(&client, entry, entry->content_len);
		entry_free(entry);
	}
	/* Cut at every boundary and elsewhere; or longer than it is. */
	entry = entry_copy(client_entry(&client, "a"));
	for (size_t i = 0; i < 20; i++) {
		assert_damaged(&client, entry, i * CHUNK_SEALED);
		assert_damaged(&client, entry, i * CHUNK_SEALED + 17);
	}
	entry->content = need(realloc(entry->content, 21 * CHUNK_SEALED));
	memset(entry->content + 20 * CHUNK_SEALED, 0, CHUNK_SEALED);
	assert_damaged(&client, entry, 20 * CHUNK_SEALED + 16);
	assert_damaged(&client, entry, 21 * CHUNK_SEALED);
	entry_free(entry);
	assert_has(&client, "a", content, 20 * FESTORE_CHUNK);
	client_close(&client);
}

/* Whatever came out before the damage is taken back: ask_run() looks at every byte of it. */
static void damage_in_a_later_chunk_takes_all_back(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct entry *entry = NULL;

	(void)state;
	assert_int_equal(put(&client, "a", content, FESTORE_WINDOW), TEE_SUCCESS);
	entry = client_entry(&client, "a");
	for (size_t i = 0; i < 16; i++) {
		chunk_of(entry, i)[i] ^= 1;
		assert_damaged(&client, entry, entry->content_len);
		chunk_of(entry, i)[i] ^= 1;
	}
	assert_has(&client, "a", content, FESTORE_WINDOW);
	client_close(&client);
}

/* A content that ends with a window's end is not the beginning of a longer one. */
static void a_cut_content_is_not_a_shorter_one(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct entry *entry = NULL;

	(void)state;
	assert_int_equal(put_piece(&client, "a", content, true), TEE_SUCCESS);
	entry = need(calloc(1, sizeof(*entry)));
	entry->content = keep(client.pieces, client.pieces_len);
	entry->content_len = client.pieces_len;
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	assert_int_equal(put(&client, "a", content, FESTORE_WINDOW), TEE_SUCCESS);
	assert_damaged(&client, entry, entry->content_len);
	entry_free(entry);
	client_close(&client);
}

static void pieces_open_at_their_own_place(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct entry *entry = NULL;
	struct ask ask;

	(void)state;
	assert_int_equal(put(&client, "a", content, 3 * FESTORE_WINDOW), TEE_SUCCESS);
	entry = client_entry(&client, "a");
	ask = ask_get(&client, "a");
	assert_get_is(&client, &ask, TEE_SUCCESS);
	ask = ask_more("a", entry->content, entry->content_len, 2 * FESTORE_SEALED_WINDOW);
	assert_get_is(&client, &ask, TEE_SUCCESS);
	ask.request.offset = FESTORE_WINDOW;
	assert_get_is(&client, &ask, TEE_ERROR_CORRUPT_OBJECT);
	/* That did not end it. */
	ask = ask_more("a", entry->content, entry->content_len, FESTORE_SEALED_WINDOW);
	assert_get_is(&client, &ask, TEE_SUCCESS);
	ask = ask_more("a", entry->content, entry->content_len, 0);
	assert_get_is(&client, &ask, TEE_SUCCESS);
	client_close(&client);
}

static void further_pieces_are_content_alone(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct entry *entry = NULL;
	struct ask ask;

	(void)state;
	assert_int_equal(put(&client, "a", content, 3 * FESTORE_WINDOW), TEE_SUCCESS);
	entry = client_entry(&client, "a");
	ask = ask_get(&client, "a");
	assert_get_is(&client, &ask, TEE_SUCCESS);
	ask = ask_more("a", entry->content, entry->content_len, FESTORE_SEALED_WINDOW);
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	assert_get_is(&client, &ask, TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

/* All pieces are of the content that there was at the first. */
static void a_get_goes_on_while_its_file_is_replaced(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other = client_of(ALICE, &store);
	struct entry *old = NULL;
	struct ask ask;

	(void)state;
	assert_int_equal(put(&client, "a", content, 100000), TEE_SUCCESS);
	old = entry_copy(client_entry(&client, "a"));
	ask = ask_get(&client, "a");
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(put_text(&other, "a", "new"), TEE_SUCCESS);
	ask = ask_more("a", old->content, old->content_len, FESTORE_SEALED_WINDOW);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.out_len, 100000 - FESTORE_WINDOW);
	assert_int_equal(ask.answer.file.size, 100000);
	assert_memory_equal(ask.out, content + FESTORE_WINDOW, ask.out_len);
	assert_holds(&client, "a", "new");
	entry_free(old);
	client_close(&client);
	client_close(&other);
}

/* One byte too few says so, and the same call with enough still goes through. */
static void outputs_need_their_room(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;
	size_t len = 0;

	(void)state;
	ask = ask_put(&client, "a", content, 5000, 0);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	len = ask.out_len;
	ask.room = len - 1;
	assert_get_is(&client, &ask, TEE_ERROR_SHORT_BUFFER);
	ask.room = 0;
	assert_get_is(&client, &ask, TEE_ERROR_SHORT_BUFFER);
	ask.room = len;
	assert_get_is(&client, &ask, TEE_SUCCESS);
	assert_int_equal(put(&client, "a", content, 5000), TEE_SUCCESS);

	ask = ask_get(&client, "a");
	ask.room = 4999;
	assert_get_is(&client, &ask, TEE_ERROR_SHORT_BUFFER);
	ask.room = 5000;
	assert_get_is(&client, &ask, TEE_SUCCESS);

	ask = ask_remove(&client, "a", 0);
	ask.room = sizeof(struct festore_vault_state) - 1;
	assert_get_is(&client, &ask, TEE_ERROR_SHORT_BUFFER);
	ask.room++;
	assert_get_is(&client, &ask, TEE_SUCCESS);

	ask = ask_of(FESTORE_CMD_FILE_PUT, "a");
	ask.request.base.flags = FESTORE_WIRE_MORE;
	ask.content = content;
	ask.content_len = FESTORE_WINDOW;
	ask.room = FESTORE_SEALED_WINDOW - 1;
	assert_get_is(&client, &ask, TEE_ERROR_SHORT_BUFFER);

	assert_int_equal(
		remove_flags(&client, "a", FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP), TEE_SUCCESS);
	ask = ask_on(&client, FESTORE_CMD_FILE_MOVE, "b");
	ask.room = FESTORE_RECORD_LEN(1) + sizeof(struct festore_vault_state) - 1;
	assert_get_is(&client, &ask, TEE_ERROR_SHORT_BUFFER);
	client_close(&client);
}

/* The last file of a batch that goes leaves nothing to say: no hashes, no record, no state. */
static void a_change_may_have_no_output(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	assert_int_equal(put_text(&client, "a", "a"), TEE_SUCCESS);
	ask = ask_remove(&client, "a", FESTORE_WIRE_BATCH);
	ask.room = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.out_len, 0);
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_content, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_size_comes_back),
		TEST(many_files_live_side_by_side),
		TEST(a_file_may_have_any_size),
		TEST(a_content_may_be_complete_before_its_path),
		TEST(a_file_is_read_from_anywhere),
		TEST(a_batch_ends_without_another_change),
		TEST(what_continues_must_have_begun),
		TEST(an_abort_ends_a_get),
		TEST(pieces_are_whole_windows),
		TEST(no_clobber_keeps_the_old),
		TEST(a_move_keeps_content_and_time),
		TEST(a_move_needs_what_was_kept),
		TEST(a_kept_record_is_the_present_one),
		TEST(every_byte_of_a_small_file_counts),
		TEST(every_byte_of_a_path_counts),
		TEST(a_record_answers_to_its_own_place_only),
		TEST(a_content_answers_to_its_own_record_only),
		TEST(chunks_cannot_be_moved_or_cut_off),
		TEST(damage_in_a_later_chunk_takes_all_back),
		TEST(a_cut_content_is_not_a_shorter_one),
		TEST(pieces_open_at_their_own_place),
		TEST(further_pieces_are_content_alone),
		TEST(a_get_goes_on_while_its_file_is_replaced),
		TEST(outputs_need_their_room),
		TEST(a_change_may_have_no_output),
	};

	return cmocka_run_group_tests_name("vault_file", tests, NULL, NULL);
}
