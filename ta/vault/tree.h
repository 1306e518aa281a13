/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Merkle crit-bit tree over a vault's entries (docs/SPEC.md): pure functions on bytes, without
 * GP calls, so that libfestore and the tests compile this file too.
 *
 * Leaves are sorted by locator. A node stands where the locators below it first differ, so bits
 * grow on the way down and the tree of a set of locators is one and no other. Whoever folds a path
 * up to a root that is known has proven what the path says.
 */
#ifndef TREE_H
#define TREE_H

#include <festore_vault.h>
#include <stdbool.h>

/* A path as it lies in memory: head, and `head->count` steps, root first. */
struct tree_path {
	const struct festore_vault_path *head;
	const struct festore_vault_step *steps;
};

/* What a path says of a locator, if it folds to the right root. */
enum tree_found {
	TREE_INVALID, /* nothing: it is no path, or it leads elsewhere */
	TREE_PRESENT, /* the path's leaf is the locator's */
	TREE_ABSENT,  /* the tree has no leaf of this locator */
};

/* Bit `bit` of a locator, 0 the most significant of the first byte. */
unsigned int tree_bit(const uint8_t locator[FESTORE_HASH], unsigned int bit);

/* The first bit in which two locators differ; 256 if they are the same. */
unsigned int tree_first_difference(const uint8_t a[FESTORE_HASH], const uint8_t b[FESTORE_HASH]);

void tree_hash_empty(const uint8_t vault[16], uint8_t ret_hash[FESTORE_HASH]);
void tree_hash_leaf(const struct festore_vault_leaf *leaf, uint8_t ret_hash[FESTORE_HASH]);
void tree_hash_node(unsigned int bit, const uint8_t left[FESTORE_HASH],
	const uint8_t right[FESTORE_HASH], uint8_t ret_hash[FESTORE_HASH]);

/*
 * Is the path well-formed: at most 256 steps, bits strictly increasing and below 256; an empty tree
 * has neither leaf nor steps?
 */
bool tree_is_path(struct tree_path path);

/*
 * Is the path well-formed, and what does it say of `locator`? A path to another
 * leaf proves absence if no step stands at the first bit in which the two locators differ.
 */
enum tree_found tree_find(struct tree_path path, const uint8_t locator[FESTORE_HASH]);

/* Folds a well-formed path to the root that it claims. */
void tree_root(const uint8_t vault[16], struct tree_path path, uint8_t ret_root[FESTORE_HASH]);

/*
 * The root after `leaf` is put where the path leads: in place of the path's leaf if it is of the
 * same locator, else beside it. `hashes` has room for count + 1; it gets the new hashes of the
 * nodes on the way to the leaf, root first; returns how many. The path must be well-formed and
 * prove presence or absence of leaf->locator.
 */
unsigned int tree_put(struct tree_path path, const struct festore_vault_leaf *leaf,
	uint8_t (*hashes)[FESTORE_HASH], uint8_t ret_root[FESTORE_HASH]);

/*
 * The root after the path's leaf is removed, and with it the last node of the path. `hashes` as
 * above, room for count; returns how many, one less than there were nodes.
 */
unsigned int tree_remove(const uint8_t vault[16], struct tree_path path,
	uint8_t (*hashes)[FESTORE_HASH], uint8_t ret_root[FESTORE_HASH]);

/* A left side whose right side is still being built, and the bit of the node that joins them. */
struct tree_side {
	uint32_t bit;
	uint8_t hash[FESTORE_HASH];
};

/* Builds a tree from all its leaves in order; all zero but `sides` and `room` is none yet. */
struct tree_build {
	struct tree_side *sides; /* the caller's, room for `room`; 256 are always enough */
	unsigned int room;
	unsigned int depth;
	uint64_t count;
	uint8_t last[FESTORE_HASH]; /* locator of the last leaf */
	uint8_t hash[FESTORE_HASH]; /* of what is complete at the right end */
};

enum tree_built {
	TREE_BUILT,
	TREE_UNORDERED, /* the leaf does not come after the last one */
	TREE_NO_ROOM,   /* `sides` is full; nothing changed: try again with more room */
};

enum tree_built tree_build_leaf(struct tree_build *build, const struct festore_vault_leaf *leaf);

/*
 * The same with the hash of a leaf, or of a subtree: then the locator is any that begins as those
 * in it do to behind the last node above them.
 */
enum tree_built tree_build_hash(struct tree_build *build, const uint8_t locator[FESTORE_HASH],
	const uint8_t leaf[FESTORE_HASH]);

/* The root of what was built; `build` can go on no more. */
void tree_build_root(
	struct tree_build *build, const uint8_t vault[16], uint8_t ret_root[FESTORE_HASH]);

#endif
