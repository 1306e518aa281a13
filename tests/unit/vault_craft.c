// SPDX-License-Identifier: BSD-2-Clause
/*
 * Headers, states and records that no TA of this release makes, sealed with the true keys: what a
 * later one or a faulty one might leave. They are refused, not guessed.
 */
#include "vault_keys.h"

#include "seal.h"

static struct store store;
static struct vault_keys keys;

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

static struct client client_with_keys(void)
{
	struct client client = client_of_new(ALICE, &store);

	assert_int_equal(put_text(&client, "a", "content"), TEE_SUCCESS);
	keys = keys_of(client.session, &store.header);
	return client;
}

/* --- states ----------------------------------------------------------------------------------- */

static void sign_state(void *arg)
{
	struct festore_vault_state *state = arg;

	assert_int_equal(seal_mac(keys.keys.state, state, offsetof(struct festore_vault_state, mac),
				 state->mac),
		TEE_SUCCESS);
}

/* A state that follows the store's, signed; then what is made of it by `get`. */
static struct festore_vault_state successor(void)
{
	struct festore_vault_state made = store.state;

	made.version++;
	memcpy(made.predecessor, store.state.mac, sizeof(made.predecessor));
	return made;
}

static TEE_Result present(struct client *client, struct festore_vault_state made)
{
	struct ask ask = ask_get(client, "a");

	assert_true(fake_tee_run(client->session, sign_state, &made));
	ask.state = made;
	return ask_run(client->session, &ask);
}

static TEE_Result open_state(struct festore_vault_state made)
{
	const uint32_t session = open_as(ALICE);
	struct ask ask = ask_open("default", &store);
	TEE_Result res = TEE_SUCCESS;

	assert_true(fake_tee_run(session, sign_state, &made));
	ask.state = made;
	res = ask_run(session, &ask);
	fake_tee_close_session(session);
	return res;
}

static void assert_refused(struct client *client, const struct festore_vault_state *state)
{
	assert_int_equal(present(client, *state), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(open_state(*state), TEE_ERROR_CORRUPT_OBJECT);
}

static void signed_states_need_their_fields(void **state)
{
	struct client client = client_with_keys();
	struct festore_vault_state made = successor();

	(void)state;
	made.magic = FESTORE_HEADER_MAGIC;
	assert_refused(&client, &made);
	made = successor();
	made.format = FESTORE_VAULT_FORMAT + 1;
	assert_refused(&client, &made);
	made = successor();
	/* Neither one that there is not, nor one that the vault has not. */
	made.anchor = FESTORE_ANCHOR_RPMB + 1;
	assert_refused(&client, &made);
	made = successor();
	made.anchor = FESTORE_ANCHOR_EACH;
	assert_refused(&client, &made);
	made = successor();
	made.anchor = FESTORE_ANCHOR_REE;
	assert_refused(&client, &made);
	made = successor();
	made.vault[15] ^= 1;
	assert_refused(&client, &made);
	made = successor();
	/* What opens a vault is the header that its state names; what follows may name another. */
	made.header[31] ^= 1;
	assert_int_equal(open_state(made), TEE_ERROR_CORRUPT_OBJECT);
	made = successor();
	assert_int_equal(present(&client, made), TEE_SUCCESS);
	/* Also where there is no other to compare it with. */
	fake_tee_restart();
	made.anchor = FESTORE_ANCHOR_RPMB + 1;
	assert_int_equal(open_state(made), TEE_ERROR_CORRUPT_OBJECT);
}

static void another_epoch_is_no_successor_of_an_untouched_one(void **state)
{
	struct client client = client_with_keys();
	struct festore_vault_state made = store.state;

	(void)state;
	fake_tee_restart();
	client = client_of(ALICE, &store);
	made.version += 10;
	made.epoch = 2;
	assert_int_equal(present(&client, made), FESTORE_TA_STALE);
	made.epoch = 0;
	assert_int_equal(present(&client, made), FESTORE_TA_STALE);
	/* An equal version with another root is none either; the next one is. */
	made = store.state;
	made.root[0] ^= 1;
	assert_int_equal(present(&client, made), FESTORE_TA_STALE);
	made = store.state;
	made.version++;
	assert_int_equal(present(&client, made), TEE_SUCCESS);
}

/* --- headers ---------------------------------------------------------------------------------- */

static void seal_header(void *arg)
{
	struct festore_vault_header *header = arg;
	const struct seal seal = {
		.aead = keys.keys.aead,
		.key = keys.wrapping,
		.aad = header,
		.aad_len = offsetof(struct festore_vault_header, wrapped),
	};

	memcpy(header->wrapped, keys.master, sizeof(header->wrapped));
	assert_int_equal(seal_close(&seal, header->wrapped, sizeof(header->wrapped), header->seal),
		TEE_SUCCESS);
}

/* What a crafted header and a state that names it are made of. */
struct crafted_pair {
	struct festore_vault_header header;
	struct festore_vault_state made;
};

static void seal_pair(void *arg)
{
	struct crafted_pair *pair = arg;

	seal_header(&pair->header);
	assert_int_equal(
		seal_hash(&pair->header, sizeof(pair->header), pair->made.header), TEE_SUCCESS);
	sign_state(&pair->made);
}

/* Opens a header, with a state that names it, in a TA that knows of nothing. */
static TEE_Result open_header(struct festore_vault_header header)
{
	struct crafted_pair pair = {.header = header, .made = store.state};
	const struct store kept = store;
	struct client client;
	TEE_Result res = TEE_SUCCESS;

	fake_tee_restart();
	client.session = open_as(ALICE);
	assert_true(fake_tee_run(client.session, seal_pair, &pair));
	store.header = pair.header;
	store.state = pair.made;
	res = open_vault(client.session, "default", &store, &client);
	store = kept;
	return res;
}

static void sealed_headers_need_their_fields(void **state)
{
	struct client client = client_with_keys();
	struct festore_vault_header header = store.header;

	(void)state;
	assert_int_equal(open_header(header), TEE_SUCCESS);
	header.sequence++;
	assert_int_equal(open_header(header), TEE_SUCCESS);
	header = store.header;
	header.magic = FESTORE_STATE_MAGIC;
	assert_int_equal(open_header(header), TEE_ERROR_CORRUPT_OBJECT);
	header = store.header;
	header.format++;
	assert_int_equal(open_header(header), TEE_ERROR_CORRUPT_OBJECT);
	header = store.header;
	header.aead = FESTORE_AEAD_AES_256_GCM + 1;
	assert_int_equal(open_header(header), TEE_ERROR_CORRUPT_OBJECT);
	client_drop(&client);
}

/* All is in order with it, but the state names another. */
static void a_state_names_its_header(void **state)
{
	struct client client = client_with_keys();
	const struct festore_vault_header kept = store.header;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		const uint32_t session = open_as(ALICE);

		store.header.sequence++;
		assert_true(fake_tee_run(session, seal_header, &store.header));
		assert_int_equal(
			open_vault(session, "default", &store, &client), TEE_ERROR_CORRUPT_OBJECT);
		store.header = kept;
		fake_tee_restart();
	}
	client = client_of(ALICE, &store);
	client_close(&client);
}

/* --- records ---------------------------------------------------------------------------------- */

/* A record as it comes out of crafting. */
struct crafted {
	struct festore_vault_meta meta;
	const char *tag;
	bool is_marked;
	size_t len; /* of all that is sealed */
	uint8_t locator[FESTORE_HASH];
	struct entry *entry;
};

static void seal_record(void *arg)
{
	struct crafted *crafted = arg;
	struct festore_vault_record head = {.version = 2, .salt = "a record's salt"};
	uint8_t aad[75] = "festore record 1";
	uint8_t key[FESTORE_HASH];
	const struct seal seal = {
		.aead = store.header.aead, .key = key, .aad = aad, .aad_len = sizeof(aad)};
	uint8_t *bytes = crafted->entry->record + sizeof(head);

	head.salt[15] = crafted->is_marked ? FESTORE_MARK : 0;
	memcpy(aad + 17, store.header.vault, 16);
	memcpy(aad + 33, crafted->locator, FESTORE_HASH);
	aad[65] = (uint8_t)store.header.aead;
	aad[67] = 2;
	memcpy(bytes, &crafted->meta, sizeof(crafted->meta));
	memcpy(bytes + sizeof(crafted->meta), crafted->tag, strlen(crafted->tag));
	assert_int_equal(seal_expand(keys.keys.record, "seal", head.salt, sizeof(head.salt), key),
		TEE_SUCCESS);
	assert_int_equal(seal_close(&seal, bytes, crafted->len, head.seal), TEE_SUCCESS);
	memcpy(crafted->entry->record, &head, sizeof(head));
	crafted->entry->record_len = sizeof(head) + crafted->len;
}

static struct crafted craft_of(const char *tag)
{
	const struct crafted crafted = {
		.meta = {.format = 1,
			.kind = FESTORE_WIRE_FILE,
			.tag_len = (uint16_t)strlen(tag),
			.chunk_log2 = 12,
			.modified = 1234},
		.tag = tag,
		.len = FESTORE_RECORD_LEN(strlen(tag)) - sizeof(struct festore_vault_record),
	};

	return crafted;
}

/* The crafted record becomes the only entry of the vault, at the place of the tag `a`. */
static void place(struct client *client, struct crafted *crafted)
{
	struct festore_vault_state made = successor();

	crafted->entry = entry_copy(client_entry(client, "a"));
	memset(crafted->entry->record, 0, sizeof(crafted->entry->record));
	memcpy(crafted->locator, crafted->entry->locator, FESTORE_HASH);
	assert_true(fake_tee_run(client->session, seal_record, crafted));
	entry_free(store.entries[0]);
	store.entries[0] = crafted->entry;
	store_root(&store, made.root);
	assert_true(fake_tee_run(client->session, sign_state, &made));
	store.state = made;
	assert_store_is_whole(&store);
}

/* What a get, a stat, a move and a list make of it. */
static void assert_damaged(struct client *client, struct crafted crafted)
{
	struct festore_vault_file file;
	struct listing listing;
	struct ask ask;

	place(client, &crafted);
	ask = ask_get(client, "a");
	assert_int_equal(ask_run(client->session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(stat_file(client, "a", &file), TEE_ERROR_CORRUPT_OBJECT);
	ask = ask_remove(client, "a", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH);
	assert_int_equal(ask_run(client->session, &ask), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(list_all(client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 0);
	assert_int_equal(listing.damaged, 1);
}

static void sealed_records_need_their_fields(void **state)
{
	struct client client = client_with_keys();
	struct crafted crafted = craft_of("a");
	struct festore_vault_file file;

	(void)state;
	place(&client, &crafted);
	assert_int_equal(stat_file(&client, "a", &file), TEE_SUCCESS);
	crafted = craft_of("a");
	crafted.meta.format = 2;
	assert_damaged(&client, crafted);
	crafted = craft_of("a");
	crafted.meta.chunk_log2 = 13;
	assert_damaged(&client, crafted);
	crafted = craft_of("a");
	/* Without the mark, and any that there is not with it. */
	crafted.meta.policy[0] = FESTORE_WIRE_WRITE_ONCE;
	assert_damaged(&client, crafted);
	crafted.is_marked = true;
	for (unsigned int i = 1; i < sizeof(crafted.meta.policy); i++) {
		crafted.meta.policy[i] = 1;
		assert_damaged(&client, crafted);
		crafted.meta.policy[i] = 0;
	}
	crafted.meta.policy[0] = 3;
	assert_damaged(&client, crafted);
	crafted.meta.policy[0] = 1u << 4;
	assert_damaged(&client, crafted);
	crafted.meta.policy[0] = 1u << 7;
	assert_damaged(&client, crafted);
	crafted = craft_of("a");
	crafted.meta.key_type = FESTORE_WIRE_ED25519;
	assert_damaged(&client, crafted);
	crafted = craft_of("a");
	crafted.meta.key_use = FESTORE_WIRE_SIGN;
	assert_damaged(&client, crafted);
	crafted = craft_of("a");
	crafted.meta.size = FESTORE_VAULT_FILE_MAX + 1;
	assert_damaged(&client, crafted);
	crafted.meta.size = UINT64_MAX;
	assert_damaged(&client, crafted);
	crafted = craft_of("a");
	crafted.meta.tag_len = 0;
	assert_damaged(&client, crafted);
	crafted.meta.tag_len = 33;
	assert_damaged(&client, crafted);
	crafted.meta.tag_len = 256;
	assert_damaged(&client, crafted);
	crafted.meta.tag_len = UINT16_MAX;
	assert_damaged(&client, crafted);
	crafted = craft_of("\n");
	assert_damaged(&client, crafted);
	crafted = craft_of("a");
	crafted.len -= FESTORE_META_STEP;
	assert_damaged(&client, crafted);
	crafted.len += 2 * FESTORE_META_STEP;
	assert_damaged(&client, crafted);
}

/* As half of all records from before there were policies: they have to be brought, no more. */
static void a_mark_alone_is_no_policy(void **state)
{
	struct client client = client_with_keys();
	struct crafted crafted = craft_of("a");
	struct festore_vault_file file;
	struct ask ask;

	(void)state;
	crafted.is_marked = true;
	place(&client, &crafted);
	assert_int_equal(stat_file(&client, "a", &file), TEE_SUCCESS);
	assert_int_equal(file.policy, 0);
	assert_int_equal(put_text(&client, "a", "1"), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(remove_file(&client, "a"), TEE_ERROR_CORRUPT_OBJECT);
	ask = ask_put(&client, "a", (const uint8_t *)"1", 1, 0);
	add_record(&ask, client_entry(&client, "a"));
	assert_int_equal(
		run_change(&client, &ask, need(calloc(1, sizeof(struct entry)))), TEE_SUCCESS);
	assert_int_equal(confirm(&client), TEE_SUCCESS);
	assert_holds(&client, "a", "1");
	/* What has taken its place is marked rightly. */
	assert_int_equal(put_text(&client, "a", "2"), TEE_SUCCESS);
	client_close(&client);
}

/* In the right place, rightly sealed, and of another tag or kind. */
static void records_say_whose_they_are(void **state)
{
	struct client client = client_with_keys();
	struct crafted crafted = craft_of("b");
	struct festore_vault_file file;
	struct listing listing;
	struct ask ask;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		place(&client, &crafted);
		assert_int_equal(stat_file(&client, "a", &file), TEE_ERROR_CORRUPT_OBJECT);
		ask = ask_get(&client, "a");
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		ask = ask_remove(&client, "a", FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH);
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		crafted = craft_of("a");
		crafted.meta.kind = FESTORE_WIRE_KEY;
		crafted.meta.key_type = FESTORE_WIRE_ED25519;
		crafted.meta.key_use = FESTORE_WIRE_SIGN;
		crafted.meta.size = 64;
	}
	/* Another kind is another name space: no damage, and not a file. */
	assert_int_equal(list_all(&client, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 0);
	assert_int_equal(listing.damaged, 0);
	/* A damaged file can still be removed. */
	assert_int_equal(remove_file(&client, "a"), TEE_SUCCESS);
	assert_int_equal(store.count, 0);
}

/* --- contents --------------------------------------------------------------------------------- */

/* A chunk of a content whose key is zero, as docs/SPEC.md has it. */
struct crafted_chunk {
	uint64_t number;
	bool is_last;
	uint8_t sealed[FESTORE_CHUNK + FESTORE_SEAL];
	size_t len; /* of what is sealed, padded */
};

static void seal_chunk(void *arg)
{
	struct crafted_chunk *chunk = arg;
	static const uint8_t key[FESTORE_HASH];
	struct seal seal = {.aead = store.header.aead, .key = key};

	for (unsigned int i = 0; i < 8; i++)
		seal.nonce[i] = (uint8_t)(chunk->number >> (8 * i));
	seal.nonce[8] = chunk->is_last;
	memset(chunk->sealed, 'x', chunk->is_last ? 5 : chunk->len);
	assert_int_equal(seal_close(&seal, chunk->sealed, chunk->len, chunk->sealed + chunk->len),
		TEE_SUCCESS);
}

/* What a get that goes on at `offset` makes of a chunk. */
static struct ask ask_chunk(const struct crafted_chunk *chunk, uint64_t offset)
{
	struct ask ask = ask_of(FESTORE_CMD_FILE_GET, "a");

	ask.request.base.flags = FESTORE_WIRE_CONTINUE;
	ask.request.offset = offset;
	ask.content = chunk->sealed;
	ask.content_len = chunk->len + FESTORE_SEAL;
	return ask;
}

/* Offsets and numbers of chunks have more than 32 bits, also on machines that have not. */
static void a_file_may_be_huge(void **state)
{
	const uint64_t size = (1ull << 45) + 5;
	const uint64_t offsets[] = {1ull << 32, (1ull << 32) + FESTORE_CHUNK, 1ull << 44,
		(1ull << 45) - FESTORE_CHUNK, 1ull << 45};
	struct client client = client_with_keys();
	struct crafted crafted = craft_of("a");

	(void)state;
	crafted.meta.size = size;
	place(&client, &crafted);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		const bool is_last = offsets[i] + FESTORE_CHUNK > size;
		struct crafted_chunk chunk = {
			.number = offsets[i] / FESTORE_CHUNK,
			.is_last = is_last,
			.len = is_last ? FESTORE_CONTENT_STEP : FESTORE_CHUNK,
		};
		struct ask ask = ask_get(&client, "a");

		ask.request.base.flags = FESTORE_WIRE_MORE;
		ask.content_len = 0;
		assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
		assert_int_equal(ask.answer.file.size, size);
		assert_true(fake_tee_run(client.session, seal_chunk, &chunk));
		ask = ask_chunk(&chunk, offsets[i]);
		assert_int_equal(ask_run(client.session, &ask), TEE_SUCCESS);
		assert_int_equal(ask.out_len, is_last ? 5 : FESTORE_CHUNK);
		assert_int_equal(ask.out[4], 'x');
		/* Not where an offset or a number of 32 bits would be. */
		if (!is_last) {
			ask = ask_chunk(&chunk, offsets[i] & UINT32_MAX);
			assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_CORRUPT_OBJECT);
		}
	}
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signed_states_need_their_fields),
		TEST(another_epoch_is_no_successor_of_an_untouched_one),
		TEST(sealed_headers_need_their_fields),
		TEST(a_state_names_its_header),
		TEST(sealed_records_need_their_fields),
		TEST(a_mark_alone_is_no_policy),
		TEST(records_say_whose_they_are),
		TEST(a_file_may_be_huge),
	};

	return cmocka_run_group_tests_name("vault_craft", tests, NULL, NULL);
}
