/* SPDX-License-Identifier: BSD-2-Clause */
/* Two trees built from left to right, of which the new one has more leaves. */
#include "merge.h"

#include <string.h>

#define NO_BIT (8 * FESTORE_HASH)

/* --- a tree ------------------------------------------------------------------------------------
 */

/* A node of which `left` and `right` are the sides; its hash takes the place of what is complete.
 */
static void close_node(
	struct merge_tree *tree, unsigned int bit, const uint8_t *left, const uint8_t *right)
{
	const struct merge_node node = {
		.bit = bit,
		.locator = tree->last,
		.sides = {left, right},
	};

	if (tree->hash_node)
		tree->hash_node(&node, tree->arg, tree->hash);
}

/* Nodes below `bit` are complete: their right sides end here. */
static void close_below(struct merge_tree *tree, unsigned int bit)
{
	while (tree->depth > 0 && tree->sides[tree->depth - 1].bit > bit) {
		const struct tree_side *side = &tree->sides[--tree->depth];

		close_node(tree, side->bit, side->hash, tree->hash);
	}
}

/* A left side waits for its right one, below all that wait already. */
static bool push(struct merge_tree *tree, unsigned int bit, const uint8_t hash[FESTORE_HASH])
{
	if (tree->depth == MERGE_DEPTH ||
		(tree->depth > 0 && tree->sides[tree->depth - 1].bit >= bit))
		return false;
	tree->sides[tree->depth].bit = bit;
	memcpy(tree->sides[tree->depth].hash, hash, FESTORE_HASH);
	tree->depth++;
	return true;
}

/* What is complete becomes a left side: what follows is on the way to `locator`. */
static bool turn_to(struct merge_tree *tree, const uint8_t locator[FESTORE_HASH])
{
	unsigned int bit = 0;

	if (!tree->is_open)
		return true;
	bit = tree_first_difference(tree->last, locator);
	if (bit >= tree->closed)
		return false;
	close_below(tree, bit);
	tree->is_open = false;
	return push(tree, bit, tree->hash);
}

static bool add_leaf(struct merge_tree *tree, const uint8_t locator[FESTORE_HASH],
	const uint8_t hash[FESTORE_HASH])
{
	if (!turn_to(tree, locator))
		return false;
	memcpy(tree->last, locator, FESTORE_HASH);
	memcpy(tree->hash, hash, FESTORE_HASH);
	tree->closed = NO_BIT;
	tree->is_open = true;
	return true;
}

/* The left side of a node on the way to `locator`. */
static bool add_left(struct merge_tree *tree, const struct festore_vault_step *step,
	const uint8_t locator[FESTORE_HASH])
{
	return turn_to(tree, locator) && push(tree, step->bit, step->sibling);
}

/* The right side of a node of which the left one is complete. */
static bool add_right(struct merge_tree *tree, const struct festore_vault_step *step)
{
	uint8_t left[FESTORE_HASH];

	if (step->bit >= tree->closed)
		return false;
	close_below(tree, step->bit);
	if (tree->depth > 0 && tree->sides[tree->depth - 1].bit == step->bit)
		return false;
	memcpy(left, tree->hash, sizeof(left));
	close_node(tree, step->bit, left, step->sibling);
	tree->closed = step->bit;
	return true;
}

static void finish(struct merge_tree *tree, const uint8_t vault[16], uint8_t ret_root[FESTORE_HASH])
{
	if (!tree->is_open) {
		tree_hash_empty(vault, ret_root);
		return;
	}
	close_below(tree, 0);
	if (tree->depth > 0)
		close_node(tree, tree->sides[0].bit, tree->sides[0].hash, tree->hash);
	memcpy(ret_root, tree->hash, FESTORE_HASH);
}

/* --- both of them ------------------------------------------------------------------------------
 */

static void hash_old(const struct merge_node *node, void *arg, uint8_t ret_hash[FESTORE_HASH])
{
	(void)arg;
	tree_hash_node(node->bit, node->sides[0], node->sides[1], ret_hash);
}

void merge_begin(struct merge *merge, const struct merge_put *puts, size_t count, bool proves,
	merge_hash hash_node, void *arg)
{
	memset(merge, 0, sizeof(*merge));
	merge->puts = puts;
	merge->count = count;
	merge->before.hash_node = proves ? hash_old : NULL;
	merge->after.hash_node = hash_node;
	merge->after.arg = arg;
}

/* The next leaf that is put, or NULL. */
static const struct merge_put *waiting(const struct merge *merge)
{
	return merge->next < merge->count ? &merge->puts[merge->next] : NULL;
}

static bool place(struct merge *merge)
{
	const struct merge_put *put = &merge->puts[merge->next++];

	merge->added++;
	return add_leaf(&merge->after, put->locator, put->hash);
}

static bool is_before(const struct merge_put *put, const uint8_t locator[FESTORE_HASH])
{
	return put && memcmp(put->locator, locator, FESTORE_HASH) < 0;
}

/*
 * Leaves before `locator` that leave the way to it above `bit`, or there. One that leaves it there
 * would lie among the left side's, of which only a hash is known: push() refuses two nodes at one
 * bit.
 */
static bool place_before(struct merge *merge, const uint8_t locator[FESTORE_HASH], unsigned int bit)
{
	while (is_before(waiting(merge), locator)) {
		if (tree_first_difference(waiting(merge)->locator, locator) > bit)
			break;
		if (!place(merge))
			return false;
	}
	return true;
}

/*
 * Likewise leaves behind the last path's that leave the way to it below `bit`. One that leaves it
 * there comes too late for turn_to().
 */
static bool place_behind(struct merge *merge, unsigned int bit)
{
	while (waiting(merge)) {
		const unsigned int difference =
			tree_first_difference(waiting(merge)->locator, merge->leaf);

		if (difference <= bit)
			break;
		if (!place(merge))
			return false;
	}
	return true;
}

static bool is_of(const struct merge_put *put, const uint8_t locator[FESTORE_HASH])
{
	return put && memcmp(put->locator, locator, FESTORE_HASH) == 0;
}

/* From the last path's leaf to this one. */
static bool go_on(struct merge *merge, const uint8_t locator[FESTORE_HASH])
{
	const unsigned int bit = tree_first_difference(merge->leaf, locator);

	if (!merge->has_leaf)
		return true;
	return memcmp(merge->leaf, locator, FESTORE_HASH) < 0 && place_behind(merge, bit) &&
		turn_to(&merge->before, locator);
}

static bool add_lefts(struct merge *merge, struct tree_path path)
{
	const uint8_t *locator = path.head->leaf.locator;

	for (uint32_t i = 0; i < path.head->count; i++) {
		const struct festore_vault_step *step = &path.steps[i];

		if (tree_bit(locator, step->bit) == 0)
			continue;
		if (!place_before(merge, locator, step->bit) ||
			!add_left(&merge->before, step, locator) ||
			!add_left(&merge->after, step, locator))
			return false;
	}
	return place_before(merge, locator, NO_BIT);
}

/* The path's leaf, or what is put in its place. */
static bool add_own(struct merge *merge, const struct festore_vault_leaf *leaf)
{
	const struct merge_put *put = waiting(merge);
	uint8_t hash[FESTORE_HASH];

	tree_hash_leaf(leaf, hash);
	if (!add_leaf(&merge->before, leaf->locator, hash))
		return false;
	if (is_of(put, leaf->locator)) {
		memcpy(hash, put->hash, sizeof(hash));
		merge->next++;
	}
	memcpy(merge->leaf, leaf->locator, sizeof(merge->leaf));
	merge->has_leaf = true;
	return add_leaf(&merge->after, leaf->locator, hash);
}

static bool add_rights(struct merge *merge, struct tree_path path)
{
	for (uint32_t i = path.head->count; i > 0; i--) {
		const struct festore_vault_step *step = &path.steps[i - 1];

		if (tree_bit(merge->leaf, step->bit) != 0)
			continue;
		if (!place_behind(merge, step->bit) || !add_right(&merge->before, step) ||
			!add_right(&merge->after, step))
			return false;
	}
	return true;
}

bool merge_path(struct merge *merge, struct tree_path path)
{
	return path.head->is_empty == 0 && path.head->count <= MERGE_DEPTH && tree_is_path(path) &&
		go_on(merge, path.head->leaf.locator) && add_lefts(merge, path) &&
		add_own(merge, &path.head->leaf) && add_rights(merge, path);
}

bool merge_end(struct merge *merge, const uint8_t vault[16], uint8_t ret_before[FESTORE_HASH],
	uint8_t ret_after[FESTORE_HASH])
{
	while (waiting(merge)) {
		if (!place(merge))
			return false;
	}
	finish(&merge->before, vault, ret_before);
	finish(&merge->after, vault, ret_after);
	return true;
}

uint32_t merge_shorten(struct tree_path path, const uint8_t *previous, const uint8_t *next,
	struct festore_vault_step *to)
{
	const uint8_t *locator = path.head->leaf.locator;
	const int left_of = previous ? (int)tree_first_difference(previous, locator) : -1;
	const int right_of = next ? (int)tree_first_difference(next, locator) : -1;
	uint32_t count = 0;

	for (uint32_t i = 0; i < path.head->count; i++) {
		const int shared = tree_bit(locator, path.steps[i].bit) != 0 ? left_of : right_of;

		if ((int)path.steps[i].bit > shared)
			to[count++] = path.steps[i];
	}
	return count;
}
