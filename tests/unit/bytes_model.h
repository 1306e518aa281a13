/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vault's entries as a sorted array, and the TA's part in a change: what lib/bytes.h stores must
 * be the same. Random numbers are the same in every run.
 */
#ifndef BYTES_MODEL_H
#define BYTES_MODEL_H

#include "../../lib/bytes.h"
#include "scripted_teec.h"
#include "vault/tree.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODEL_MAX 2048

struct model_entry {
	uint8_t locator[FESTORE_HASH];
	uint8_t record[FESTORE_RECORD_MAX];
	size_t record_len;
	uint8_t *content;
	size_t content_len;
};

struct model {
	struct model_entry *entries[MODEL_MAX]; /* in order */
	unsigned int count;
	uint8_t root[FESTORE_HASH]; /* what the TA holds */
};

static const uint8_t vault_id[16] = "the vault's name";
static char folder[64];
static char database[80];
static struct failure failure;
static struct bytes_path path;
static uint8_t hashes[FESTORE_PATH_MAX + 1][FESTORE_HASH];

/* --- random ----------------------------------------------------------------------------------- */

static uint64_t random_state = 88172645463325252u;

static inline uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 20) % limit);
}

static inline void random_fill(void *to, size_t len)
{
	uint8_t *bytes = to;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)random_below(256);
}

/* Half of them share a long beginning with another one that is there, of at most 62 bits. */
static inline void random_locator(const struct model *model, uint8_t ret_locator[FESTORE_HASH])
{
	const uint8_t *other = NULL;
	unsigned int shared = 0;

	random_fill(ret_locator, FESTORE_HASH);
	if (model->count == 0 || random_below(2) == 0)
		return;
	other = model->entries[random_below(model->count)]->locator;
	shared = random_below(63);
	for (unsigned int bit = 0; bit <= shared; bit++) {
		const uint8_t mask = (uint8_t)(0x80u >> bit % 8);

		if ((tree_bit(other, bit) == 1) != (bit == shared))
			ret_locator[bit / 8] |= mask;
		else
			ret_locator[bit / 8] &= (uint8_t)~mask;
	}
}

/* --- the array -------------------------------------------------------------------------------- */

/* The place of a locator, or where it belongs. */
static inline unsigned int model_find(
	const struct model *model, const uint8_t *locator, bool *ret_is_there)
{
	unsigned int low = 0;
	unsigned int high = model->count;

	while (low < high) {
		const unsigned int middle = (low + high) / 2;

		if (memcmp(model->entries[middle]->locator, locator, FESTORE_HASH) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_is_there = low < model->count &&
		memcmp(model->entries[low]->locator, locator, FESTORE_HASH) == 0;
	return low;
}

static inline bool model_has(const struct model *model, const uint8_t *locator)
{
	bool is_there = false;

	model_find(model, locator, &is_there);
	return is_there;
}

static inline void model_forget(struct model *model, const uint8_t *locator)
{
	bool is_there = false;
	const unsigned int place = model_find(model, locator, &is_there);

	assert_true(is_there);
	free(model->entries[place]->content);
	free(model->entries[place]);
	model->count--;
	memmove(&model->entries[place], &model->entries[place + 1],
		(model->count - place) * sizeof(model->entries[0]));
}

static inline struct model_entry *model_add(struct model *model, const uint8_t *locator)
{
	bool is_there = false;
	const unsigned int place = model_find(model, locator, &is_there);
	struct model_entry *entry = calloc(1, sizeof(*entry));

	assert_false(is_there);
	assert_true(model->count < MODEL_MAX);
	assert_non_null(entry);
	memmove(&model->entries[place + 1], &model->entries[place],
		(model->count - place) * sizeof(model->entries[0]));
	model->entries[place] = entry;
	model->count++;
	memcpy(entry->locator, locator, FESTORE_HASH);
	return entry;
}

static inline void model_free(struct model *model)
{
	while (model->count > 0)
		model_forget(model, model->entries[0]->locator);
}

static inline void fill_record(struct model_entry *entry)
{
	entry->record_len = FESTORE_RECORD_LEN(1 + random_below(FESTORE_TAG_MAX));
	random_fill(entry->record, entry->record_len);
}

static inline void fill_entry(struct model_entry *entry, size_t len)
{
	fill_record(entry);
	entry->content_len = (size_t)FESTORE_SEALED_LEN(len);
	entry->content = malloc(entry->content_len);
	assert_non_null(entry->content);
	random_fill(entry->content, entry->content_len);
}

static inline struct festore_vault_leaf leaf_of(const struct model_entry *entry)
{
	struct festore_vault_record record = {0};
	struct festore_vault_leaf leaf = {.locator = {0}};

	memcpy(&record, entry->record, sizeof(record));
	memcpy(leaf.locator, entry->locator, FESTORE_HASH);
	memcpy(leaf.salt, record.salt, sizeof(leaf.salt));
	memcpy(leaf.seal, record.seal, sizeof(leaf.seal));
	return leaf;
}

/* The root of the array, made anew. */
static inline void assert_root(const struct model *model)
{
	struct tree_side sides[FESTORE_PATH_MAX];
	struct tree_build build = {.sides = sides, .room = FESTORE_PATH_MAX};
	uint8_t root[FESTORE_HASH] = {0};

	for (unsigned int i = 0; i < model->count; i++) {
		const struct festore_vault_leaf leaf = leaf_of(model->entries[i]);

		assert_int_equal(tree_build_leaf(&build, &leaf), TREE_BUILT);
	}
	tree_build_root(&build, vault_id, root);
	assert_memory_equal(root, model->root, FESTORE_HASH);
}

/* --- the TA's part, and the library's --------------------------------------------------------- */

static inline void assert_ok(enum festore_error error)
{
	if (error != FESTORE_OK)
		fail_msg("%s", failure.text);
}

static inline struct tree_path the_path(void)
{
	return (struct tree_path){.head = &path.head, .steps = path.steps};
}

/* Reads a path, which must fold to the root and say of the locator what the array says. */
static inline void prove(struct bytes *bytes, const struct model *model, const uint8_t *locator)
{
	uint8_t root[FESTORE_HASH] = {0};

	assert_ok(bytes_read_path(bytes, locator, &path, &failure));
	assert_int_equal(tree_find(the_path(), locator),
		model_has(model, locator) ? TREE_PRESENT : TREE_ABSENT);
	tree_root(vault_id, the_path(), root);
	assert_memory_equal(root, model->root, FESTORE_HASH);
}

static inline struct bytes_change change_of(unsigned int hash_count)
{
	return (struct bytes_change){
		.path = &path,
		.hashes = (const uint8_t(*)[FESTORE_HASH])hashes,
		.hash_count = hash_count,
	};
}

static inline enum festore_error try_put(
	struct bytes *bytes, struct model *model, const uint8_t *locator, size_t len)
{
	struct model_entry *entry = NULL;
	struct festore_vault_leaf leaf = {.locator = {0}};
	struct bytes_change change = {0};

	prove(bytes, model, locator);
	if (model_has(model, locator))
		model_forget(model, locator);
	entry = model_add(model, locator);
	fill_entry(entry, len);
	leaf = leaf_of(entry);
	change = change_of(tree_put(the_path(), &leaf, hashes, model->root));
	return bytes_put(bytes, locator, &change, entry->record, entry->record_len, entry->content,
		entry->content_len, &failure);
}

static inline void put(struct bytes *bytes, struct model *model, const uint8_t *locator, size_t len)
{
	assert_ok(try_put(bytes, model, locator, len));
}

static inline void remove_entry(struct bytes *bytes, struct model *model, const uint8_t *locator)
{
	struct bytes_change change = {0};

	prove(bytes, model, locator);
	change = change_of(tree_remove(vault_id, the_path(), hashes, model->root));
	assert_ok(bytes_remove(bytes, locator, &change, &failure));
	model_forget(model, locator);
}

static inline void move(
	struct bytes *bytes, struct model *model, const uint8_t *from, const uint8_t *to)
{
	bool is_there = false;
	struct model_entry *old = model->entries[model_find(model, from, &is_there)];
	struct model_entry *new_entry = NULL;
	uint8_t *content = old->content;
	const size_t content_len = old->content_len;
	struct festore_vault_leaf leaf = {.locator = {0}};
	struct bytes_change change = {0};

	assert_true(is_there);
	old->content = NULL;
	prove(bytes, model, from);
	change = change_of(tree_remove(vault_id, the_path(), hashes, model->root));
	assert_ok(bytes_move_begin(bytes, from, &change, &failure));
	model_forget(model, from);

	prove(bytes, model, to);
	if (model_has(model, to))
		model_forget(model, to);
	new_entry = model_add(model, to);
	fill_record(new_entry);
	new_entry->content = content;
	new_entry->content_len = content_len;
	leaf = leaf_of(new_entry);
	change = change_of(tree_put(the_path(), &leaf, hashes, model->root));
	assert_ok(bytes_move_finish(
		bytes, to, &change, new_entry->record, new_entry->record_len, &failure));
}

static inline void assert_entry(struct bytes *bytes, const struct model_entry *wanted)
{
	static uint8_t content[BYTES_CONTENT_MAX];
	struct bytes_entry entry = {.locator = {0}};
	size_t offset = 0;
	size_t len = 0;
	size_t all = 0;

	assert_ok(bytes_read_entry(bytes, wanted->locator, &entry, &failure));
	assert_memory_equal(entry.locator, wanted->locator, FESTORE_HASH);
	assert_int_equal(entry.record_len, wanted->record_len);
	assert_memory_equal(entry.record, wanted->record, entry.record_len);
	assert_int_equal(entry.content_len, wanted->content_len);
	assert_int_equal(entry.content_id == 0, entry.content_len <= BYTES_INLINE_MAX);
	all = (size_t)entry.content_len;
	assert_ok(bytes_read_content(bytes, &entry, 0, content, all, &failure));
	assert_memory_equal(content, wanted->content, all);

	offset = random_below((uint32_t)all);
	len = random_below((uint32_t)(all - offset) + 1);
	assert_ok(bytes_read_content(bytes, &entry, offset, content, len, &failure));
	assert_memory_equal(content, wanted->content + offset, len);
	len = all - offset + 1;
	assert_int_equal(
		bytes_read_content(bytes, &entry, offset, content, len, &failure), FESTORE_DAMAGED);
}

/* A transaction is open: everything that is stored is what the array has, in order. */
static inline void assert_same(struct bytes *bytes, const struct model *model)
{
	struct bytes_entry entry = {.locator = {0}};

	assert_root(model);
	assert_ok(bytes_list_begin(bytes, &failure));
	for (unsigned int i = 0; i < model->count; i++) {
		assert_ok(bytes_list_next(bytes, &entry, &failure));
		assert_memory_equal(entry.locator, model->entries[i]->locator, FESTORE_HASH);
		assert_int_equal(entry.record_len, model->entries[i]->record_len);
		assert_memory_equal(entry.record, model->entries[i]->record, entry.record_len);
		assert_int_equal(entry.content_len, model->entries[i]->content_len);
	}
	assert_int_equal(bytes_list_next(bytes, &entry, &failure), FESTORE_NOT_FOUND);
	bytes_list_end(bytes);
	for (unsigned int i = 0; i < model->count; i++) {
		prove(bytes, model, model->entries[i]->locator);
		assert_entry(bytes, model->entries[i]);
	}
}

/* --- the database ----------------------------------------------------------------------------- */

static inline struct bytes *open_database(void)
{
	struct bytes *bytes = NULL;

	assert_ok(bytes_open(&bytes, database, true, 0600, &failure));
	return bytes;
}

static inline void begin_model(struct model *model)
{
	model->count = 0;
	tree_hash_empty(vault_id, model->root);
}

static inline void remove_database(void)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char name[96] = "";

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", database, suffixes[i]);
		unlink(name);
	}
}

static inline int make_folder(void **state)
{
	/* Where a sync costs nothing, if there is such a place: there are thousands. */
	const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	(void)state;
	snprintf(folder, sizeof(folder), "%s/lib_bytes.XXXXXX", where);
	if (!mkdtemp(folder))
		return -1;
	snprintf(database, sizeof(database), "%s/vault.db", folder);
	return 0;
}

/* Fails if anything is left in it that no test has removed. */
static inline int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static inline int begin_test(void **state)
{
	memset(&failure, 0, sizeof(failure));
	random_state = 88172645463325252u;
	return reset_script(state);
}

static inline int end_test(void **state)
{
	remove_database();
	return check_end(state);
}

#endif
