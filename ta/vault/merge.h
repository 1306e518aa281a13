/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many leaves put into a tree at once (docs/SPEC.md): pure functions on bytes as tree.h, which
 * libfestore compiles too.
 *
 * The tree is given by the paths to some of its leaves, in the order of their locators, each
 * without the steps whose siblings the other paths lead into. From them two trees are built side by
 * side: the old one, whose root proves the paths, and the new one, with the leaves that are put.
 * What two paths share is hashed once.
 */
#ifndef MERGE_H
#define MERGE_H

#include "tree.h"

/*
 * Steps of a path at the most, and so levels of both trees. Locators are MACs: two that agree in so
 * many bits are not found by chance, nor easily by will, and libfestore's database has none.
 */
#define MERGE_DEPTH 64u

/* A leaf that is put: where, and its hash. */
struct merge_put {
	uint8_t locator[FESTORE_HASH];
	uint8_t hash[FESTORE_HASH];
};

/* A node of the new tree, on the way to `locator`, whose bits from `bit` on mean nothing. */
struct merge_node {
	unsigned int bit;
	const uint8_t *locator;
	const uint8_t *sides[2];
};

/*
 * Says the hash of a node of the new tree; `ret_hash` may be one of its sides. Those on the paths
 * to what is put all come, each once, those below before those above; some others too.
 */
typedef void (*merge_hash)(
	const struct merge_node *node, void *arg, uint8_t ret_hash[FESTORE_HASH]);

/* A tree that is being built from left to right. */
struct merge_tree {
	struct tree_side sides[MERGE_DEPTH]; /* what waits for its right side; bits increase */
	unsigned int depth;
	bool is_open; /* `hash` is of what is complete behind the last of them */
	uint8_t hash[FESTORE_HASH];
	uint8_t last[FESTORE_HASH]; /* locator of the last leaf */
	unsigned int closed;        /* from this bit on, nothing more comes below its ancestors */
	merge_hash hash_node;       /* NULL: hashes do not matter */
	void *arg;
};

struct merge {
	const struct merge_put *puts; /* the caller's */
	size_t count;
	size_t next;    /* of them */
	uint64_t added; /* leaves that were not there */
	bool has_leaf;
	uint8_t leaf[FESTORE_HASH]; /* locator of the last path's */
	struct merge_tree before;
	struct merge_tree after;
};

/*
 * Begins to put `count` leaves, in strictly increasing order of locators. `hash_node` is asked for
 * the hashes of the new tree. Without `proves` the root of the old one is not found out.
 */
void merge_begin(struct merge *merge, const struct merge_put *puts, size_t count, bool proves,
	merge_hash hash_node, void *arg);

/*
 * The next path. False: it is no path, does not follow the one before, is too deep, or a leaf that
 * is put lies where the paths do not say what is there; the merge is over then. An empty tree has
 * no path.
 */
bool merge_path(struct merge *merge, struct tree_path path);

/*
 * After the last path: the root of the tree that was, and of the one that is. False as above. If
 * the old one is the root that is known, all is proven.
 */
bool merge_end(struct merge *merge, const uint8_t vault[16], uint8_t ret_before[FESTORE_HASH],
	uint8_t ret_after[FESTORE_HASH]);

/*
 * Shortens a path to what merge_path() wants of it: without the steps that its neighbours lead
 * into. `previous` and `next` are the locators of the leaves beside it, or NULL. Writes at most
 * path.head->count steps; returns how many.
 */
uint32_t merge_shorten(struct tree_path path, const uint8_t *previous, const uint8_t *next,
	struct festore_vault_step *to);

#endif
