/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The untrusted side of a vault for unit tests: what libfestore keeps in SQLite, here in memory.
 * Entries sorted by locator, the hashes of the tree's nodes as the TA gave them, header and state.
 * It can be copied and put back, as an attacker would.
 */
#ifndef VAULT_STORE_H
#define VAULT_STORE_H

#include "fake_tee.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct entry {
	uint8_t locator[FESTORE_HASH];
	uint8_t record[FESTORE_RECORD_MAX];
	size_t record_len;
	uint8_t *content; /* sealed */
	size_t content_len;
};

/*
 * Between two neighbours stands one node of the tree, at the first bit in which they differ: node i
 * is the one between entries i - 1 and i.
 */
struct store {
	struct festore_vault_header header;
	struct festore_vault_state state;
	struct entry **entries;
	uint8_t (*nodes)[FESTORE_HASH];
	size_t count;
};

static inline void *need(void *memory)
{
	assert_non_null(memory);
	return memory;
}

/* A copy of bytes, perhaps of none, in memory of exactly that size. */
static inline uint8_t *keep(const void *bytes, size_t len)
{
	uint8_t *copy = need(malloc(len ? len : 1));

	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

static inline struct entry *entry_copy(const struct entry *from)
{
	struct entry *copy = (struct entry *)(void *)keep(from, sizeof(*from));

	copy->content = keep(from->content, from->content_len);
	return copy;
}

static inline void entry_free(struct entry *entry)
{
	if (!entry)
		return;
	free(entry->content);
	free(entry);
}

static inline void store_free(struct store *store)
{
	for (size_t i = 0; i < store->count; i++)
		entry_free(store->entries[i]);
	free(store->entries);
	free(store->nodes);
	memset(store, 0, sizeof(*store));
}

/* Room for one entry more, and its node. */
static inline void store_grow(struct store *store)
{
	const size_t room = store->count + 2;

	/* In steps, so that ten thousand entries do not copy all that often. */
	if (store->entries && store->count % 256 != 254)
		return;
	store->entries =
		need(realloc(store->entries, (room + 256) / 256 * 256 * sizeof(*store->entries)));
	store->nodes =
		need(realloc(store->nodes, (room + 256) / 256 * 256 * sizeof(*store->nodes)));
}

/* A backup of all, to be put back later. */
static inline struct store store_copy(const struct store *from)
{
	struct store copy = *from;

	copy.entries = NULL;
	copy.nodes = NULL;
	copy.count = 0;
	for (size_t i = 0; i < from->count; i++) {
		store_grow(&copy);
		copy.entries[i] = entry_copy(from->entries[i]);
		if (i != 0)
			memcpy(copy.nodes[i], from->nodes[i], FESTORE_HASH);
		copy.count++;
	}
	return copy;
}

static inline void store_restore(struct store *store, const struct store *from)
{
	store_free(store);
	*store = store_copy(from);
}

/* The first entry whose locator is not before this one. */
static inline size_t store_place(const struct store *store, const uint8_t locator[FESTORE_HASH])
{
	size_t from = 0;
	size_t to = store->count;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (memcmp(store->entries[middle]->locator, locator, FESTORE_HASH) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static inline struct entry *store_find(
	const struct store *store, const uint8_t locator[FESTORE_HASH])
{
	const size_t at = store_place(store, locator);

	if (at == store->count || memcmp(store->entries[at]->locator, locator, FESTORE_HASH) != 0)
		return NULL;
	return store->entries[at];
}

static inline unsigned int store_bit(const struct store *store, size_t node)
{
	return tree_first_difference(
		store->entries[node - 1]->locator, store->entries[node]->locator);
}

static inline struct festore_vault_leaf leaf_of(const struct entry *entry)
{
	struct festore_vault_record head;
	struct festore_vault_leaf leaf;

	memcpy(&head, entry->record, sizeof(head));
	memcpy(leaf.locator, entry->locator, sizeof(leaf.locator));
	memcpy(leaf.salt, head.salt, sizeof(leaf.salt));
	memcpy(leaf.seal, head.seal, sizeof(leaf.seal));
	return leaf;
}

/* Of entries [from, to) the node above them all: sorted, the first and the last differ earliest. */
static inline size_t store_split(
	const struct store *store, size_t from, size_t to, unsigned int *ret_bit)
{
	const unsigned int bit = tree_first_difference(
		store->entries[from]->locator, store->entries[to - 1]->locator);

	*ret_bit = bit;
	while (to - from > 1) {
		const size_t middle = from + (to - from) / 2;

		if (tree_bit(store->entries[middle]->locator, bit) == 0)
			from = middle;
		else
			to = middle;
	}
	return to;
}

/* The hash of entries [from, to), as the TA once gave it. */
static inline void store_hash(
	const struct store *store, size_t from, size_t to, uint8_t ret_hash[FESTORE_HASH])
{
	unsigned int bit = 0;

	if (to - from == 1) {
		const struct festore_vault_leaf leaf = leaf_of(store->entries[from]);

		tree_hash_leaf(&leaf, ret_hash);
		return;
	}
	memcpy(ret_hash, store->nodes[store_split(store, from, to, &bit)], FESTORE_HASH);
}

/* One step down, in [from, to), towards a locator. */
struct descent {
	size_t from;
	size_t to;
	size_t node;
	struct festore_vault_step step;
};

static inline void descend(
	const struct store *store, struct descent *at, const uint8_t locator[FESTORE_HASH])
{
	at->node = store_split(store, at->from, at->to, &at->step.bit);
	if (tree_bit(locator, at->step.bit) == 0) {
		store_hash(store, at->node, at->to, at->step.sibling);
		at->to = at->node;
	} else {
		store_hash(store, at->from, at->node, at->step.sibling);
		at->from = at->node;
	}
}

/* Writes the path of a locator, or to where it would be; returns its bytes. */
static inline size_t store_path(const struct store *store, const uint8_t locator[FESTORE_HASH],
	uint8_t to[FESTORE_PATH_LEN(FESTORE_PATH_MAX)])
{
	struct festore_vault_path head = {.is_empty = store->count == 0};
	struct descent at = {.to = store->count};

	while (at.to - at.from > 1) {
		descend(store, &at, locator);
		memcpy(to + FESTORE_PATH_LEN(head.count), &at.step, sizeof(at.step));
		head.count++;
	}
	if (store->count != 0)
		head.leaf = leaf_of(store->entries[at.from]);
	memcpy(to, &head, sizeof(head));
	return FESTORE_PATH_LEN(head.count);
}

/* Makes room for an entry at `at`; the node that stood there stays with the side it belongs to. */
static inline void store_insert(struct store *store, size_t at, struct entry *entry)
{
	const size_t behind = store->count - at;
	unsigned int old_bit = 256;

	store_grow(store);
	if (at != 0 && behind != 0)
		old_bit = store_bit(store, at);
	memmove(store->entries + at + 1, store->entries + at, behind * sizeof(*store->entries));
	memmove(store->nodes + at + 1, store->nodes + at, behind * sizeof(*store->nodes));
	store->entries[at] = entry;
	store->count++;
	if (old_bit != 256 && store_bit(store, at) == old_bit)
		memcpy(store->nodes[at], store->nodes[at + 1], FESTORE_HASH);
}

static inline void store_delete(struct store *store, size_t at)
{
	const size_t behind = store->count - at - 1;
	const bool keeps_left =
		at != 0 && behind != 0 && store_bit(store, at) < store_bit(store, at + 1);

	if (keeps_left)
		memcpy(store->nodes[at + 1], store->nodes[at], FESTORE_HASH);
	entry_free(store->entries[at]);
	memmove(store->entries + at, store->entries + at + 1, behind * sizeof(*store->entries));
	memmove(store->nodes + at, store->nodes + at + 1, behind * sizeof(*store->nodes));
	store->count--;
}

/* Takes the new hashes of the nodes on the way to a locator. */
static inline void store_take_hashes(
	struct store *store, const uint8_t locator[FESTORE_HASH], const uint8_t *hashes, size_t len)
{
	struct descent at = {.to = store->count};

	while (len != 0 && at.to - at.from > 1) {
		descend(store, &at, locator);
		memcpy(store->nodes[at.node], hashes, FESTORE_HASH);
		hashes += FESTORE_HASH;
		len -= FESTORE_HASH;
	}
	assert_int_equal(len, 0);
}

static inline void store_root(const struct store *store, uint8_t ret_root[FESTORE_HASH])
{
	if (store->count == 0)
		tree_hash_empty(store->header.vault, ret_root);
	else
		store_hash(store, 0, store->count, ret_root);
}

/* The root as it must be, from the leaves alone: whatever the TA said of the nodes. */
static inline void store_true_hash(
	const struct store *store, size_t from, size_t to, uint8_t ret_hash[FESTORE_HASH])
{
	uint8_t left[FESTORE_HASH];
	uint8_t right[FESTORE_HASH];
	unsigned int bit = 0;
	size_t node = 0;

	if (to - from == 1) {
		store_hash(store, from, to, ret_hash);
		return;
	}
	node = store_split(store, from, to, &bit);
	store_true_hash(store, from, node, left);
	store_true_hash(store, node, to, right);
	tree_hash_node(bit, left, right, ret_hash);
}

/* All nodes and the state agree with the leaves. */
static inline void assert_store_is_whole(const struct store *store)
{
	uint8_t root[FESTORE_HASH];
	uint8_t known[FESTORE_HASH];

	store_root(store, known);
	tree_hash_empty(store->header.vault, root);
	if (store->count != 0)
		store_true_hash(store, 0, store->count, root);
	assert_memory_equal(root, known, sizeof(root));
	assert_memory_equal(root, store->state.root, sizeof(root));
	assert_int_equal(store->count, store->state.count);
}

#endif
