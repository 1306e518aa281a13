// SPDX-License-Identifier: BSD-2-Clause
/*
 * The format is what docs/SPEC.md says: the TA's sources give its test vectors, and a reader that
 * shares no code with them gives the same and opens a vault that the TA wrote.
 */
#include "vault.h"

#include "content.h"
#include "record.h"
#include "seal.h"

#define READER "/usr/bin/python3 tests/vectors/vault.py"

static struct store store;
static char spec[65536];
static uint8_t content[LARGE];

static uint8_t vault[16];
static uint8_t master[FESTORE_HASH];
static uint8_t kek[FESTORE_HASH];
static uint8_t content_key[FESTORE_HASH];
static uint8_t salt[SEAL_SALT];
static struct seal_keys keys;
static uint32_t aead; /* of what is computed: all that is sealed is in the specification twice */
static struct tag tag_of_leaf[3];
static struct festore_vault_leaf leaves[3];

static void count_up(uint8_t *to, uint8_t first, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(first + i);
}

/* The specification without white space, so that long values are one word. */
static int setup_spec(void **state)
{
	FILE *file = fopen("docs/SPEC.md", "r");
	size_t len = 0;
	int c = 0;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF) {
		if (c != ' ' && c != '\n')
			spec[len++] = (char)c;
		assert_true(len < sizeof(spec));
	}
	fclose(file);
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i % 251);
	return setup(state);
}

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

static void assert_in_spec(const char *what, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	char *hex = need(calloc(2, len + 1));

	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", from[i]);
	if (!strstr(spec, hex))
		fail_msg("not in docs/SPEC.md: %s %s", what, hex);
	free(hex);
}

/* Bodies that run as the TA's code, since the sources make GP calls; once for each AEAD. */
static void in_ta(void (*body)(void *arg))
{
	const uint32_t session = open_as(ALICE);

	for (aead = FESTORE_AEAD_CHACHA20_POLY1305; aead <= FESTORE_AEAD_AES_256_GCM; aead++)
		assert_true(fake_tee_run(session, body, NULL));
}

static void derive_inputs(void)
{
	count_up(vault, 0x00, sizeof(vault));
	count_up(master, 0x40, sizeof(master));
	count_up(kek, 0x60, sizeof(kek));
	count_up(salt, 0xa0, sizeof(salt));
	count_up(content_key, 0xc0, sizeof(content_key));
	assert_int_equal(seal_keys(aead, master, vault, &keys), TEE_SUCCESS);
	for (unsigned int i = 0; i < 3; i++) {
		tag_of_leaf[i].len = 1;
		tag_of_leaf[i].bytes[0] = (uint8_t)('a' + i);
		memset(leaves[i].salt, (int)(i + 1), sizeof(leaves[i].salt));
		memset(leaves[i].seal, (int)(i + 17), sizeof(leaves[i].seal));
		assert_int_equal(record_locator(&keys, FESTORE_WIRE_FILE, &tag_of_leaf[i],
					 leaves[i].locator),
			TEE_SUCCESS);
	}
}

static void check_keys(void *arg)
{
	uint8_t header_salt[SEAL_SALT];
	uint8_t wrapping[FESTORE_HASH];

	(void)arg;
	derive_inputs();
	count_up(header_salt, 0x80, sizeof(header_salt));
	assert_int_equal(
		seal_expand(kek, "wrap", header_salt, sizeof(header_salt), wrapping), TEE_SUCCESS);
	assert_in_spec("wrapping key", wrapping, sizeof(wrapping));
	assert_in_spec("locator key", keys.locator, sizeof(keys.locator));
	assert_in_spec("record key", keys.record, sizeof(keys.record));
	assert_in_spec("state key", keys.state, sizeof(keys.state));
	for (unsigned int i = 0; i < 3; i++)
		assert_in_spec("locator", leaves[i].locator, FESTORE_HASH);
}

static void keys_are_those_of_the_specification(void **state)
{
	(void)state;
	in_ta(check_keys);
}

/* The path that lies in a buffer. */
struct path_at {
	struct festore_vault_path head;
	struct festore_vault_step steps[4];
};

static struct tree_path tree_of(const struct path_at *path)
{
	const struct tree_path tree = {.head = &path->head, .steps = path->steps};

	return tree;
}

/* Path, among `a` alone, of another. */
static struct path_at path_of_a(void)
{
	const struct path_at path = {.head = {.leaf = leaves[0]}};

	return path;
}

static void check_tree(void *arg)
{
	struct store tree = {0};
	struct path_at path = {.head = {.is_empty = 1}};
	uint8_t flat[FESTORE_PATH_LEN(FESTORE_PATH_MAX)];
	uint8_t hashes[4][FESTORE_HASH];
	uint8_t a[FESTORE_HASH];
	uint8_t b[FESTORE_HASH];
	uint8_t root[FESTORE_HASH];
	size_t len = 0;

	(void)arg;
	derive_inputs();
	memcpy(tree.header.vault, vault, sizeof(vault));
	tree_hash_empty(vault, root);
	assert_in_spec("empty root", root, sizeof(root));
	tree_hash_leaf(&leaves[0], a);
	tree_hash_leaf(&leaves[1], b);
	assert_in_spec("leaf", a, sizeof(a));
	tree_hash_node(255, a, b, root);
	assert_in_spec("node", root, sizeof(root));

	assert_int_equal(tree_put(tree_of(&path), &leaves[0], hashes, root), 0);
	assert_in_spec("root of a", root, sizeof(root));
	path = path_of_a();
	assert_int_equal(tree_put(tree_of(&path), &leaves[1], hashes, root), 1);
	assert_in_spec("root of a, b", root, sizeof(root));

	/* From here on by a store, whose nodes the TA's sources fill. */
	for (unsigned int i = 0; i < 3; i++) {
		struct entry *entry = need(calloc(1, sizeof(*entry)));
		struct festore_vault_record record = {0};

		len = store_path(&tree, leaves[i].locator, flat);
		memcpy(&path, flat, len);
		if (i == 2)
			assert_in_spec("path of c", flat, len);
		memcpy(record.salt, leaves[i].salt, sizeof(record.salt));
		memcpy(record.seal, leaves[i].seal, sizeof(record.seal));
		memcpy(entry->locator, leaves[i].locator, FESTORE_HASH);
		memcpy(entry->record, &record, sizeof(record));
		len = tree_put(tree_of(&path), &leaves[i], hashes, root);
		store_insert(&tree, store_place(&tree, entry->locator), entry);
		store_take_hashes(&tree, entry->locator, hashes[0], len * FESTORE_HASH);
	}
	assert_in_spec("root of a, b, c", root, sizeof(root));
	len = store_path(&tree, leaves[1].locator, flat);
	assert_in_spec("path of b", flat, len);
	memcpy(&path, flat, len);
	tree_remove(vault, tree_of(&path), hashes, root);
	assert_in_spec("root without b", root, sizeof(root));
	store_free(&tree);
}

static void trees_are_those_of_the_specification(void **state)
{
	(void)state;
	in_ta(check_tree);
}

static void check_record(void *arg)
{
	const struct record_place place = {
		.keys = &keys, .vault = vault, .locator = leaves[0].locator};
	uint8_t record[FESTORE_RECORD_MAX];
	struct festore_vault_leaf leaf;
	struct meta meta = {.kind = FESTORE_WIRE_FILE, .size = 3, .modified = 1234};

	(void)arg;
	derive_inputs();
	meta.tag = tag_of_leaf[0];
	memcpy(meta.content_key, content_key, sizeof(content_key));
	assert_int_equal(record_seal(&place, &meta, 2, salt, record, &leaf), TEE_SUCCESS);
	assert_in_spec("record", record, record_len(1));
}

static void records_are_those_of_the_specification(void **state)
{
	(void)state;
	in_ta(check_record);
}

static void check_content(void *arg)
{
	static uint8_t sealed[FESTORE_SEALED_WINDOW];
	struct stream stream = {.aead = aead};
	uint8_t digest[FESTORE_HASH];

	(void)arg;
	derive_inputs();
	memcpy(stream.key, content_key, sizeof(stream.key));
	assert_int_equal(
		content_write(&stream, (const uint8_t *)"abc", 3, true, sealed), TEE_SUCCESS);
	assert_in_spec("abc", sealed, content_sealed_len(3));
	stream.done = 0;
	assert_int_equal(content_write(&stream, content, 0, true, sealed), TEE_SUCCESS);
	assert_in_spec("nothing", sealed, content_sealed_len(0));
	stream.done = 0;
	assert_int_equal(content_write(&stream, content, 8200, true, sealed), TEE_SUCCESS);
	assert_int_equal(seal_hash(sealed, content_sealed_len(8200), digest), TEE_SUCCESS);
	assert_in_spec("8200 bytes", digest, sizeof(digest));
}

static void contents_are_those_of_the_specification(void **state)
{
	(void)state;
	in_ta(check_content);
}

static void the_reader_gives_the_same_vectors(void **state)
{
	(void)state;
	assert_int_equal(system(READER " check docs/SPEC.md"), 0);
}

/* --- a vault that the TA wrote ---------------------------------------------------------------- */

static void print_hex(FILE *file, const char *word, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	fprintf(file, "%s", word);
	for (size_t i = 0; i < len; i++)
		fprintf(file, "%02x", from[i]);
}

static void dump(const char *path, const uint8_t huk[FAKE_HUK_LEN])
{
	/* The owner of uid 1001, as docs/SPEC.md has it. */
	static const char owner[] = "a51aa430d8bb58809c5c65ad1a49bb75";
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	print_hex(file, "huk ", huk, FAKE_HUK_LEN);
	print_hex(file, "\nta ", &vault_uuid, sizeof(vault_uuid));
	fprintf(file, "\nlogin %u\nowner %s\nname ", TEE_LOGIN_USER, owner);
	print_hex(file, "", "default", 7);
	print_hex(file, "\nheader ", &store.header, sizeof(store.header));
	print_hex(file, "\nstate ", &store.state, sizeof(store.state));
	for (size_t i = 0; i < store.count; i++) {
		const struct entry *entry = store.entries[i];

		print_hex(file, "\nentry ", entry->locator, sizeof(entry->locator));
		print_hex(file, " ", entry->record, entry->record_len);
		print_hex(file, " ", entry->content, entry->content_len);
	}
	fprintf(file, "\n");
	assert_int_equal(fclose(file), 0);
}

/* What the reader is expected to say of a file. */
static void line_of(char *to, size_t room, const char *tag, size_t len)
{
	uint8_t digest[FESTORE_HASH];
	int at = snprintf(to, room, "%s %zu ", tag, len);

	assert_int_equal(
		mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), content, len, digest), 0);
	for (size_t i = 0; i < sizeof(digest); i++)
		at += snprintf(to + at, room - (size_t)at, "%02x", digest[i]);
	snprintf(to + at, room - (size_t)at, "\n");
}

/* One with a policy. */
static void put_for_good(struct client *client, const char *tag, size_t len)
{
	const struct festore_wire_policy policy = {.flags = FESTORE_WIRE_WRITE_ONCE};
	struct ask ask = ask_put(client, tag, content, len, 0);

	ask.message = (const uint8_t *)&policy;
	ask.message_len = sizeof(policy);
	assert_int_equal(
		run_change(client, &ask, need(calloc(1, sizeof(struct entry)))), TEE_SUCCESS);
	assert_int_equal(confirm(client), TEE_SUCCESS);
}

static void an_independent_reader_opens_a_vault(void **state)
{
	static const size_t sizes[] = {0, 1, 64, 65, 4096, 4097, 70000, 131072, 1048576};
	static const uint8_t huk[FAKE_HUK_LEN] = "known to readers";
	static char said[4096];
	struct client client;
	char path[96];
	char command[256];
	FILE *reader = NULL;

	(void)state;
	fake_tee_set_huk(huk);
	client = client_of_new(ALICE, &store);
	for (size_t i = 0; i < 9; i++) {
		char tag[32];

		snprintf(tag, sizeof(tag), "file-\xc3\xa4-%zu", sizes[i]);
		if (sizes[i] == 64)
			put_for_good(&client, tag, sizes[i]);
		else
			assert_int_equal(put(&client, tag, content, sizes[i]), TEE_SUCCESS);
	}
	assert_int_equal(move(&client, "file-\xc3\xa4-65", "moved"), TEE_SUCCESS);
	snprintf(path, sizeof(path), "%s/dump", store_dir);
	dump(path, huk);
	snprintf(command, sizeof(command), "LC_ALL=C.UTF-8 " READER " read %s", path);
	reader = popen(command, "r");
	assert_non_null(reader);
	said[fread(said, 1, sizeof(said) - 1, reader)] = '\0';
	assert_int_equal(pclose(reader), 0);
	for (size_t i = 0; i < 9; i++) {
		char tag[32];
		char line[160];

		snprintf(tag, sizeof(tag), "file-\xc3\xa4-%zu", sizes[i]);
		line_of(line, sizeof(line), sizes[i] == 65 ? "moved" : tag, sizes[i]);
		assert_non_null(strstr(said, line));
	}
	client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_spec, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_are_those_of_the_specification),
		TEST(trees_are_those_of_the_specification),
		TEST(records_are_those_of_the_specification),
		TEST(contents_are_those_of_the_specification),
		TEST(the_reader_gives_the_same_vectors),
		TEST(an_independent_reader_opens_a_vault),
	};

	return cmocka_run_group_tests_name("vault_vectors", tests, NULL, NULL);
}
