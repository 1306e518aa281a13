// SPDX-License-Identifier: BSD-2-Clause
/*
 * The log of a vault, asked of the TA raw: which entries come with which change, that they open
 * nowhere but in their place, what was refused, checkpoints, and what the device signs.
 */
#include "vault_key.h"
#include "vault_many.h"

#include <openssl/evp.h>

#define ROWS_MAX 64

static struct store store;

/* Sealed entries as they came, by their numbers. */
static struct {
	uint8_t bytes[FESTORE_LOG_SEALED_MAX];
	size_t len;
} rows[ROWS_MAX + 1];

/* The entry that was opened last. */
static struct {
	struct festore_log_entry entry;
	uint8_t body[FESTORE_LOG_BODY_MAX];
} text;

static int setup_log(void **state)
{
	const int failed = setup(state);

	wanted_anchor = FESTORE_ANCHOR_LOG;
	memset(rows, 0, sizeof(rows));
	return failed;
}

static int teardown_log(void **state)
{
	wanted_anchor = FESTORE_ANCHOR_NONE;
	shared_free();
	store_free(&store);
	return teardown(state);
}

/* --- what came -------------------------------------------------------------------------------- */

static size_t row_len(const uint8_t *bytes)
{
	struct festore_log_sealed head;

	memcpy(&head, bytes, sizeof(head));
	assert_true(head.number >= 1 && head.number <= ROWS_MAX);
	return sizeof(head) + head.len;
}

/* Keeps what the last change has given; returns how many. */
static unsigned int keep_rows(void)
{
	unsigned int count = 0;

	for (size_t at = 0; at < logged_len; count++) {
		const size_t len = row_len(logged + at);
		struct festore_log_sealed head;

		memcpy(&head, logged + at, sizeof(head));
		memcpy(rows[head.number].bytes, logged + at, len);
		rows[head.number].len = len;
		at += len;
	}
	return count;
}

static struct festore_log_head head_now(void)
{
	struct festore_log_head head;

	memcpy(&head, store.state.log_head, sizeof(head));
	return head;
}

static struct ask ask_read(const struct client *client, const uint8_t *bytes, size_t len)
{
	struct ask ask = ask_of(FESTORE_CMD_LOG_READ, "");

	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	ask.record = bytes;
	ask.record_len = len;
	ask.room = len + 1;
	return ask;
}

static TEE_Result open_row(const struct client *client, const uint8_t *bytes, size_t len)
{
	struct ask ask = ask_read(client, bytes, len);
	const TEE_Result res = ask_run(client->session, &ask);

	memset(&text, 0, sizeof(text));
	if (res != TEE_SUCCESS)
		return res;
	assert_int_equal(ask.answer.log_read.count, 1);
	assert_int_equal(ask.out_len, len - sizeof(struct festore_log_sealed));
	memcpy(&text, ask.out, ask.out_len);
	if (ask.answer.log_read.damaged == 0)
		return TEE_SUCCESS;
	for (size_t i = 0; i < ask.out_len; i++)
		assert_int_equal(ask.out[i], 0);
	return TEE_ERROR_CORRUPT_OBJECT;
}

static void open_number(const struct client *client, unsigned int number)
{
	assert_int_equal(open_row(client, rows[number].bytes, rows[number].len), TEE_SUCCESS);
	assert_int_equal(text.entry.magic, FESTORE_LOG_MAGIC);
	assert_int_equal(text.entry.format, FESTORE_LOG_FORMAT);
	assert_int_equal(text.entry.number, number);
}

/* The entries of the state name each other from the first on. */
static void assert_chain(const struct client *client, unsigned int first)
{
	const struct festore_log_head last = head_now();
	struct festore_log_head head;

	for (unsigned int number = first; number <= last.number; number++) {
		uint8_t hash[FESTORE_HASH];

		open_number(client, number);
		if (number == first)
			head = text.entry.before;
		assert_memory_equal(&text.entry.before, &head, sizeof(head));
		assert_int_equal(mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
					 (const uint8_t *)&text,
					 FESTORE_LOG_ENTRY_LEN(text.entry.len), hash),
			0);
		head.number = number;
		memcpy(head.name, hash, sizeof(head.name));
	}
	assert_memory_equal(&head, &last, sizeof(head));
}

/* The item `which` of the entry that was opened. */
static void assert_item(
	unsigned int which, enum festore_log_act act, uint32_t kind, const char *tag)
{
	struct festore_log_item item;
	size_t at = 0;

	assert_int_equal(text.entry.what, FESTORE_LOG_CHANGED);
	assert_true(which < text.entry.count);
	for (unsigned int i = 0;; i++) {
		memcpy(&item, text.body + at, sizeof(item));
		at += sizeof(item);
		if (i == which)
			break;
		at += item.tag_len;
	}
	assert_int_equal(item.act, act);
	assert_int_equal(item.kind, kind);
	assert_int_equal(item.tag_len, strlen(tag));
	assert_memory_equal(text.body + at, tag, strlen(tag));
}

static void assert_told(
	const struct client *client, unsigned int number, enum festore_log_act act, const char *tag)
{
	open_number(client, number);
	assert_int_equal(text.entry.count, 1);
	assert_int_equal(text.entry.epoch, store.state.epoch);
	assert_item(0, act, FESTORE_WIRE_FILE, tag);
}

static void put_and_keep(struct client *client, const char *tag, const char *content)
{
	assert_int_equal(put_text(client, tag, content), TEE_SUCCESS);
	assert_true(keep_rows() >= 1);
}

/* --- entries ---------------------------------------------------------------------------------- */

static void each_change_has_an_entry(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	assert_int_equal(head_now().number, 0);
	put_and_keep(&client, "a", "1");
	assert_told(&client, 1, FESTORE_LOG_PUT, "a");
	assert_int_equal(text.entry.version, store.state.version);
	put_and_keep(&client, "a", "2");
	assert_told(&client, 2, FESTORE_LOG_REPLACED, "a");
	assert_int_equal(
		remove_flags(&client, "a", FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 1);
	assert_int_equal(place_flags(&client, "b", 0), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 1);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_told(&client, 3, FESTORE_LOG_MOVED_FROM, "a");
	assert_told(&client, 4, FESTORE_LOG_MOVED_TO, "b");
	assert_int_equal(text.entry.version, store.state.version);
	assert_int_equal(remove_file(&client, "b"), TEE_SUCCESS);
	keep_rows();
	assert_told(&client, 5, FESTORE_LOG_REMOVED, "b");
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(
		generate(&client, "k", FESTORE_WIRE_ED25519, FESTORE_WIRE_SIGN), TEE_SUCCESS);
	keep_rows();
	open_number(&client, 6);
	assert_item(0, FESTORE_LOG_MADE, FESTORE_WIRE_KEY, "k");
	assert_chain(&client, 1);
	/* A read adds nothing. */
	ask = ask_read(&client, NULL, 0);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(head_now().number, 6);
	client_close(&client);
}

static void a_batch_names_all_its_tags(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	char tags[40][FESTORE_TAG_MAX + 1];
	unsigned int told = 0;

	(void)state;
	put_and_keep(&client, "first", "1");
	many_begin();
	for (unsigned int i = 0; i < 40; i++) {
		memset(tags[i], 'x', 40);
		snprintf(tags[i] + 40, sizeof(tags[i]) - 40, "%u", i);
		many_add(&client, tags[i], "y", 1);
	}
	many_make(&client);
	many.ask.room += sizeof(logged);
	assert_int_equal(many_run(&client), TEE_SUCCESS);
	/* They come behind all else. */
	take_log(&many.ask,
		many.ask.answer.change.record_len + many.ask.answer.change.content_len +
			many.ask.answer.change.hashes_len);
	keep_rows();
	assert_int_equal(many_propose(&client), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_true(head_now().number > 2);
	for (unsigned int number = 2; number <= head_now().number; number++) {
		open_number(&client, number);
		assert_int_equal(text.entry.version, store.state.version);
		told += text.entry.count;
	}
	assert_int_equal(told, 40);
	assert_chain(&client, 1);
	client_close(&client);
}

/* What a batch has said is not in the log of one that was given up. */
static void what_is_not_stored_is_not_in_it(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct store before;

	(void)state;
	put_and_keep(&client, "a", "1");
	before = store_copy(&store);
	assert_int_equal(put_flags(&client, "b", "2", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 1);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	store_restore(&store, &before);
	client.is_in_batch = false;
	put_and_keep(&client, "c", "3");
	assert_told(&client, 2, FESTORE_LOG_PUT, "c");
	assert_chain(&client, 1);
	store_free(&before);
	client_close(&client);
}

/* Equal entries of two vaults, or of two times, are sealed differently. */
static void nothing_shows_at_rest(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_and_keep(&client, "secret tag", "1");
	assert_null(memmem(rows[1].bytes, rows[1].len, "secret", 6));
	put_and_keep(&client, "another1", "1");
	put_and_keep(&client, "secret tag", "1");
	assert_memory_not_equal(rows[1].bytes + 8, rows[3].bytes + 8, rows[1].len - 8);
	client_close(&client);
}

static void without_a_log_there_is_nothing(void **state)
{
	struct client client;
	struct ask ask;

	(void)state;
	wanted_anchor = FESTORE_ANCHOR_NONE;
	client = client_of_new(ALICE, &store);
	assert_int_equal(put_text(&client, "a", "1"), TEE_SUCCESS);
	assert_int_equal(logged_len, 0);
	assert_int_equal(head_now().number, 0);
	ask = ask_read(&client, NULL, 0);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	ask.command = FESTORE_CMD_LOG_SIGN;
	ask.room = sizeof(struct festore_log_signed);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	ask.command = FESTORE_CMD_LOG_PRUNE;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
	client_close(&client);
}

/* --- opened in its place alone ---------------------------------------------------------------- */

static void no_byte_is_another(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_and_keep(&client, "a", "1");
	for (size_t at = 0; at < rows[1].len; at++) {
		uint8_t bytes[FESTORE_LOG_SEALED_MAX];
		TEE_Result res = TEE_SUCCESS;

		memcpy(bytes, rows[1].bytes, rows[1].len);
		bytes[at] ^= (uint8_t)(1u << (at % 8));
		res = open_row(&client, bytes, rows[1].len);
		/* Another length is told as such. */
		if (at >= 4 && at < 8)
			assert_true(
				res == TEE_ERROR_BAD_PARAMETERS || res == TEE_ERROR_CORRUPT_OBJECT);
		else
			assert_int_equal(res, TEE_ERROR_CORRUPT_OBJECT);
	}
	for (size_t len = 1; len < rows[1].len; len++)
		assert_int_equal(open_row(&client, rows[1].bytes, len), TEE_ERROR_BAD_PARAMETERS);
	client_close(&client);
}

static void another_vaults_is_none(void **state)
{
	static struct store other;
	struct client client = client_of_new(ALICE, &store);
	struct client bob = client_of_new(BOB, &other);

	(void)state;
	put_and_keep(&client, "a", "1");
	assert_int_equal(put_text(&bob, "a", "1"), TEE_SUCCESS);
	assert_int_equal(open_row(&bob, rows[1].bytes, rows[1].len), TEE_ERROR_CORRUPT_OBJECT);
	client_close(&bob);
	client_close(&client);
	store_free(&other);
}

static void what_is_too_long_for_the_room_is_told(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	put_and_keep(&client, "a", "1");
	ask = ask_read(&client, rows[1].bytes, rows[1].len);
	ask.room = rows[1].len - sizeof(struct festore_log_sealed) - 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	/* And of a change each byte of room counts, also that of its entry. */
	ask = ask_put(&client, "b", (const uint8_t *)"x", 1, 0);
	ask.room = 64;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	for (size_t less = 1; less < 400; less += 13) {
		ask = ask_put(&client, "b", (const uint8_t *)"x", 1, 0);
		assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
		assert_int_equal(abort_all(&client), TEE_SUCCESS);
		ask.room = ask.out_len - less;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	}
	client_close(&client);
}

static void an_old_state_shows_nothing(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct festore_vault_state old;
	struct ask ask;

	(void)state;
	put_and_keep(&client, "a", "1");
	old = store.state;
	put_and_keep(&client, "b", "1");
	ask = ask_read(&client, rows[1].bytes, rows[1].len);
	ask.state = old;
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_STALE);
	client_close(&client);
}

/* --- what was refused ------------------------------------------------------------------------- */

static struct festore_log_refusal refusal_of(unsigned int which)
{
	struct festore_log_refusal refusal;

	assert_int_equal(text.entry.what, FESTORE_LOG_REFUSED);
	assert_true(which < text.entry.count);
	memcpy(&refusal, text.body + which * sizeof(refusal), sizeof(refusal));
	return refusal;
}

static TEE_Result clobber(struct client *client)
{
	const TEE_Result res = put_flags(client, "a", "x", 1, FESTORE_WIRE_NO_CLOBBER);

	client_drop(client);
	return res;
}

static void the_next_change_tells_of_it(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_and_keep(&client, "a", "1");
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(clobber(&client), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(put_text(&client, "b", "1"), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 2);
	open_number(&client, 2);
	assert_int_equal(text.entry.count, 1);
	assert_int_equal(refusal_of(0).reason, TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(refusal_of(0).count, 3);
	assert_true(refusal_of(0).first <= refusal_of(0).last);
	assert_told(&client, 3, FESTORE_LOG_PUT, "b");
	/* Once. */
	assert_int_equal(put_text(&client, "c", "1"), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 1);
	assert_chain(&client, 1);
	client_close(&client);
}

static TEE_Result destroy_vault(struct client *client)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_DESTROY, "");

	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	return ask_run(client->session, &ask);
}

static void another_vault_of_the_name_does_not_tell_of_it(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	put_and_keep(&client, "a", "1");
	assert_int_equal(clobber(&client), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(destroy_vault(&client), TEE_SUCCESS);
	client_close(&client);
	store_free(&store);
	memset(rows, 0, sizeof(rows));
	client = client_of_new(ALICE, &store);
	assert_int_equal(put_text(&client, "b", "1"), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 1);
	client_close(&client);
}

/* A proposal that is given up has told nothing; one that is taken has told what it says. */
static void what_is_not_stored_has_not_told(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other;
	struct ask ask;

	(void)state;
	put_and_keep(&client, "a", "1");
	assert_int_equal(clobber(&client), TEE_ERROR_ACCESS_CONFLICT);
	other = client_of(ALICE, &store);
	ask = ask_put(&other, "b", (const uint8_t *)"x", 1, 0);
	assert_int_equal(ask_run(other.session, &ask), TEE_SUCCESS);
	client_close(&other);
	/* Refused between the proposal and its confirmation: left for the next. */
	assert_int_equal(put_flags(&client, "b", "x", 1, 0), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 2);
	other = client_of(ALICE, &store);
	assert_int_equal(clobber(&other), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	open_number(&client, 2);
	assert_int_equal(refusal_of(0).count, 1);
	assert_int_equal(put_text(&client, "c", "1"), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 2);
	open_number(&client, 4);
	assert_int_equal(refusal_of(0).count, 1);
	client_close(&other);
	client_close(&client);
}

/* An older proposal that is taken after all has told of fewer: the rest is told again. */
static void nothing_is_forgotten_by_an_older_proposal(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other = client_of(ALICE, &store);
	struct store copy;

	(void)state;
	put_and_keep(&client, "a", "1");
	assert_int_equal(clobber(&client), TEE_ERROR_ACCESS_CONFLICT);
	copy = store_copy(&store);
	assert_int_equal(put_flags(&other, "b", "x", 1, 0), TEE_SUCCESS);
	keep_rows();
	client.store = &copy;
	assert_int_equal(clobber(&client), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(put_flags(&client, "c", "x", 1, 0), TEE_SUCCESS);
	client.store = &store;
	assert_int_equal(confirm(&other), TEE_SUCCESS);
	open_number(&other, 2);
	assert_int_equal(refusal_of(0).count, 1);
	assert_int_equal(put_text(&client, "c", "1"), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 2);
	open_number(&client, 4);
	assert_int_equal(refusal_of(0).count, 2);
	store_free(&copy);
	client_close(&other);
	client_close(&client);
}

/* Calls that fail have told nothing, and end nothing that an earlier proposal has not told. */
static void nothing_is_forgotten_by_calls_that_fail(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other = client_of(ALICE, &store);
	struct store copy;

	(void)state;
	put_and_keep(&client, "a", "1");
	assert_int_equal(clobber(&client), TEE_ERROR_ACCESS_CONFLICT);
	copy = store_copy(&store);
	assert_int_equal(put_flags(&other, "b", "x", 1, 0), TEE_SUCCESS);
	client.store = &copy;
	assert_int_equal(clobber(&client), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(clobber(&client), TEE_ERROR_ACCESS_CONFLICT);
	client.store = &store;
	assert_int_equal(confirm(&other), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "c", "1"), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 2);
	open_number(&client, 4);
	assert_true(refusal_of(0).count >= 2);
	store_free(&copy);
	client_close(&other);
	client_close(&client);
}

/* Overtaken readers are none; a change at an old state is. */
static void which_answers_count(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct client other = client_of(ALICE, &store);
	struct festore_vault_state old;
	struct ask ask;

	(void)state;
	put_and_keep(&client, "a", "1");
	old = store.state;
	put_and_keep(&client, "b", "1");
	ask = ask_get(&other, "absent");
	assert_int_equal(ask_run(other.session, &ask), TEE_ERROR_ITEM_NOT_FOUND);
	ask = ask_get(&other, "a");
	ask.state = old;
	assert_int_equal(ask_run(other.session, &ask), FESTORE_TA_STALE);
	ask = ask_of(FESTORE_CMD_FILE_GET, "a");
	assert_int_equal(ask_run(other.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	put_and_keep(&client, "c", "1");
	assert_int_equal(head_now().number, 3);

	ask = ask_put(&other, "a", (const uint8_t *)"x", 1, 0);
	ask.state = old;
	assert_int_equal(ask_run(other.session, &ask), FESTORE_TA_STALE);
	ask = ask_get(&other, "a");
	ask.path[sizeof(struct festore_vault_path)] ^= 1;
	assert_int_equal(ask_run(other.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	/* Before the vault is opened in the session, by its name. */
	ask = ask_open("default", &store);
	ask.state.mac[0] ^= 1;
	{
		const uint32_t session = open_as(ALICE);

		assert_int_equal(ask_run(session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		fake_tee_close_session(session);
	}
	assert_int_equal(put_text(&client, "d", "1"), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 2);
	open_number(&client, 4);
	assert_int_equal(text.entry.count, 2);
	assert_int_equal(refusal_of(0).reason, FESTORE_TA_STALE);
	assert_int_equal(refusal_of(0).count, 1);
	assert_int_equal(refusal_of(1).reason, TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(refusal_of(1).count, 2);
	client_close(&other);
	client_close(&client);
}

static void a_keys_other_use_counts(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask ask;

	(void)state;
	put_and_keep(&client, "a", "1");
	client.kind = FESTORE_WIRE_KEY;
	assert_int_equal(
		generate(&client, "k", FESTORE_WIRE_P256, FESTORE_WIRE_DERIVE), TEE_SUCCESS);
	keep_rows();
	ask = ask_sign(&client, "k", FESTORE_WIRE_ECDSA, FESTORE_WIRE_SHA256, got, 32);
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_OTHER_USE);
	client.kind = 0;
	assert_int_equal(put_text(&client, "b", "1"), TEE_SUCCESS);
	assert_int_equal(keep_rows(), 2);
	open_number(&client, 3);
	assert_int_equal(refusal_of(0).reason, FESTORE_TA_OTHER_USE);
	client_close(&client);
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static TEE_Result prune_before(struct client *client, const uint8_t *first, size_t len)
{
	struct ask ask = ask_of(FESTORE_CMD_LOG_PRUNE, "");
	TEE_Result res = TEE_SUCCESS;

	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	ask.record = first;
	ask.record_len = len;
	ask.room = sizeof(ask.state) + sizeof(logged);
	res = ask_run(client->session, &ask);
	if (res != TEE_SUCCESS)
		return res;
	assert_int_equal(ask.answer.change.state_len, sizeof(ask.state));
	memcpy(&client->store->state, ask.out, sizeof(ask.state));
	take_log(&ask, sizeof(ask.state));
	keep_rows();
	return confirm(client);
}

static void assert_checkpoint(const struct client *client, unsigned int number, unsigned int last)
{
	struct festore_log_head let_go;

	open_number(client, number);
	assert_int_equal(text.entry.what, FESTORE_LOG_CHECKPOINT);
	memcpy(&let_go, text.body, sizeof(let_go));
	assert_int_equal(let_go.number, last);
	if (rows[last + 1].len != 0 && last + 1 < number) {
		open_number(client, last + 1);
		assert_memory_equal(&text.entry.before, &let_go, sizeof(let_go));
	}
}

static void a_checkpoint_names_what_was_let_go(void **state)
{
	struct client client = client_of_new(ALICE, &store);

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		put_and_keep(&client, "a", "1");
	assert_int_equal(prune_before(&client, rows[3].bytes, rows[3].len), TEE_SUCCESS);
	assert_checkpoint(&client, 5, 2);
	assert_chain(&client, 3);
	assert_holds(&client, "a", "1");
	assert_int_equal(prune_before(&client, NULL, 0), TEE_SUCCESS);
	assert_checkpoint(&client, 6, 5);
	put_and_keep(&client, "b", "1");
	assert_chain(&client, 6);
	client_close(&client);
}

static void which_checkpoints_are_refused(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct store before;
	uint8_t lost[FESTORE_LOG_SEALED_MAX];
	size_t lost_len = 0;

	(void)state;
	assert_int_equal(prune_before(&client, NULL, 0), TEE_ERROR_BAD_PARAMETERS);
	put_and_keep(&client, "a", "1");
	/* There is nothing before the first. */
	assert_int_equal(
		prune_before(&client, rows[1].bytes, rows[1].len), TEE_ERROR_BAD_PARAMETERS);
	put_and_keep(&client, "a", "2");
	rows[2].bytes[60] ^= 1;
	assert_int_equal(
		prune_before(&client, rows[2].bytes, rows[2].len), TEE_ERROR_CORRUPT_OBJECT);
	rows[2].bytes[60] ^= 1;
	assert_int_equal(
		prune_before(&client, rows[2].bytes, rows[2].len - 1), TEE_ERROR_BAD_PARAMETERS);
	memcpy(lost, rows[2].bytes, rows[2].len);
	lost_len = rows[2].len;
	assert_int_equal(prune_before(&client, lost, lost_len + 1), TEE_ERROR_BAD_PARAMETERS);
	/* One that is not in the log yet. */
	before = store_copy(&store);
	assert_int_equal(put_flags(&client, "b", "2", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	keep_rows();
	assert_int_equal(prune_before(&client, NULL, 0), TEE_ERROR_BAD_STATE);
	assert_int_equal(abort_all(&client), TEE_SUCCESS);
	store_restore(&store, &before);
	assert_int_equal(
		prune_before(&client, rows[3].bytes, rows[3].len), TEE_ERROR_CORRUPT_OBJECT);
	store_free(&before);
	client_close(&client);
}

/* --- the device's signature ------------------------------------------------------------------- */

static void read_key(uint32_t session, uint8_t ret_key[32])
{
	struct ask ask = ask_of(FESTORE_CMD_LOG_KEY, "");

	ask.room = 31;
	assert_int_equal(ask_run(session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room = 64;
	assert_int_equal(ask_run(session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.out_len, 32);
	memcpy(ret_key, ask.out, 32);
}

static bool is_signed(const struct festore_log_signed *signed_head)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(
		EVP_PKEY_ED25519, NULL, signed_head->key, sizeof(signed_head->key));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const bool is_it = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestVerify(context, signed_head->signature, sizeof(signed_head->signature),
			(const uint8_t *)signed_head, FESTORE_LOG_SIGNED_LEN) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return is_it;
}

static void the_device_signs_the_present_head(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct festore_log_signed signed_head;
	struct festore_vault_state old;
	uint8_t key[32];
	struct ask ask = ask_of(FESTORE_CMD_LOG_SIGN, "");

	(void)state;
	put_and_keep(&client, "a", "1");
	old = store.state;
	put_and_keep(&client, "a", "2");
	read_key(client.session, key);
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	ask.room = sizeof(signed_head) - 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	ask.room = sizeof(signed_head);
	assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
	assert_int_equal(ask.out_len, sizeof(signed_head));
	memcpy(&signed_head, ask.out, sizeof(signed_head));
	assert_true(is_signed(&signed_head));
	assert_memory_equal(signed_head.key, key, sizeof(key));
	assert_string_equal((const char *)signed_head.label, FESTORE_LOG_LABEL);
	assert_memory_equal(signed_head.vault, store.state.vault, sizeof(signed_head.vault));
	assert_memory_equal(&signed_head.head, store.state.log_head, sizeof(signed_head.head));
	assert_int_equal(signed_head.version, store.state.version);
	assert_int_equal(signed_head.epoch, store.state.epoch);
	signed_head.version++;
	assert_false(is_signed(&signed_head));
	/* Nothing but the present state. */
	ask.state = old;
	assert_int_equal(ask_run(client.session, &ask), FESTORE_TA_STALE);
	client_close(&client);
}

/* A session that may only read has a state that nothing proves. */
static void the_device_signs_what_is_proven_alone(void **state)
{
	struct client client = client_of_new(ALICE, &store);
	struct ask opens = ask_open("default", &store);
	struct ask ask = ask_of(FESTORE_CMD_LOG_SIGN, "");
	uint32_t session = 0;

	(void)state;
	put_and_keep(&client, "a", "1");
	opens = ask_open("default", &store);
	opens.request.base.flags = FESTORE_WIRE_UNPROVEN;
	session = open_as(ALICE);
	assert_int_equal(ask_run(session, &opens), TEE_SUCCESS);
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	assert_int_equal(ask_run(session, &ask), FESTORE_TA_UNPROVEN);
	ask = ask_read(&client, rows[1].bytes, rows[1].len);
	assert_int_equal(ask_run(session, &ask), TEE_SUCCESS);
	fake_tee_close_session(session);
	client_close(&client);
}

static void the_devices_key_is_always_the_same(void **state)
{
	uint32_t session = open_as(ALICE);
	uint8_t first[32];
	uint8_t second[32];

	(void)state;
	read_key(session, first);
	fake_tee_close_session(session);
	session = open_as(BOB);
	read_key(session, second);
	fake_tee_close_session(session);
	assert_memory_equal(first, second, sizeof(first));
	fake_tee_restart();
	session = open_as(ALICE);
	read_key(session, second);
	fake_tee_close_session(session);
	assert_memory_equal(first, second, sizeof(first));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_log, teardown_log)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_change_has_an_entry),
		TEST(a_batch_names_all_its_tags),
		TEST(what_is_not_stored_is_not_in_it),
		TEST(nothing_shows_at_rest),
		TEST(without_a_log_there_is_nothing),
		TEST(no_byte_is_another),
		TEST(another_vaults_is_none),
		TEST(what_is_too_long_for_the_room_is_told),
		TEST(an_old_state_shows_nothing),
		TEST(the_next_change_tells_of_it),
		TEST(another_vault_of_the_name_does_not_tell_of_it),
		TEST(what_is_not_stored_has_not_told),
		TEST(nothing_is_forgotten_by_an_older_proposal),
		TEST(nothing_is_forgotten_by_calls_that_fail),
		TEST(which_answers_count),
		TEST(a_keys_other_use_counts),
		TEST(a_checkpoint_names_what_was_let_go),
		TEST(which_checkpoints_are_refused),
		TEST(the_device_signs_the_present_head),
		TEST(the_device_signs_what_is_proven_alone),
		TEST(the_devices_key_is_always_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
