/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Weighs what is there, from the root down. Each region of keys has one hash that is known to be
 * right; the first that agrees with it is taken: a leaf, a node as a row has it, the tree of all
 * leaves that are there, or what can be put together of both.
 */
#include "evidence.h"

#include "array.h"
#include "vault/tree.h"

#include <stdlib.h>
#include <string.h>

/* All keys that begin with the same `bits` bits, with what lies there. */
struct region {
	int64_t key; /* the least of them */
	unsigned int bits;
	size_t leaf, leaf_end;
	size_t node, node_end;
};

/* Room for the answer, and whether there was always enough. */
struct weighing {
	struct evidence *evidence;
	size_t item_room;
	size_t right_room;
	bool has_failed;
};

/* --- the answer grows ------------------------------------------------------------------------- */

static struct evidence_item *new_item(struct weighing *weighing)
{
	struct evidence *evidence = weighing->evidence;
	struct evidence_item *items = array_with_room(
		evidence->items, evidence->item_count, 1, &weighing->item_room, sizeof(*items));

	if (!items) {
		weighing->has_failed = true;
		return NULL;
	}
	evidence->items = items;
	memset(&items[evidence->item_count], 0, sizeof(*items));
	return &items[evidence->item_count++];
}

static void add_proven(struct weighing *weighing, size_t leaf)
{
	struct evidence_item *item = new_item(weighing);

	if (!item)
		return;
	item->first = leaf;
	item->count = 1;
	item->key = weighing->evidence->leaves[leaf].key;
	memcpy(item->hash, weighing->evidence->leaves[leaf].hash, FESTORE_HASH);
}

static void add_node(struct weighing *weighing, const struct evidence_node *node)
{
	struct evidence *evidence = weighing->evidence;
	struct evidence_node *right = array_with_room(
		evidence->right, evidence->right_count, 1, &weighing->right_room, sizeof(*right));

	if (!right) {
		weighing->has_failed = true;
		return;
	}
	evidence->right = right;
	right[evidence->right_count++] = *node;
}

/* --- nodes and regions ------------------------------------------------------------------------ */

unsigned int evidence_bit(const struct evidence_node *node)
{
	return EVIDENCE_BITS - 1 - (unsigned int)__builtin_ctzll((uint64_t)node->middle);
}

int64_t evidence_middle(int64_t key, unsigned int bit)
{
	const int64_t own = INT64_C(1) << (EVIDENCE_BITS - 1 - bit);

	return (key & ~(2 * own - 1)) | own;
}

static void hash_of(const struct evidence_node *node, uint8_t ret_hash[FESTORE_HASH])
{
	tree_hash_node(evidence_bit(node), node->sides[0], node->sides[1], ret_hash);
}

static bool same(const uint8_t a[FESTORE_HASH], const uint8_t b[FESTORE_HASH])
{
	return memcmp(a, b, FESTORE_HASH) == 0;
}

/* One side of a node in a region: what lies there, and no more. */
static struct region side_of(const struct evidence *evidence, const struct region *region,
	int64_t middle, unsigned int side)
{
	const int64_t own = middle & -middle;
	const int64_t least = side == 0 ? middle - own : middle;
	const int64_t most = least + (own - 1);
	struct region half = *region;

	half.key = least;
	half.bits = EVIDENCE_BITS - (unsigned int)__builtin_ctzll((uint64_t)middle);
	while (half.leaf < half.leaf_end && evidence->leaves[half.leaf].key < least)
		half.leaf++;
	while (half.leaf < half.leaf_end && evidence->leaves[half.leaf_end - 1].key > most)
		half.leaf_end--;
	/* The node itself is in neither half. */
	while (half.node < half.node_end && evidence->nodes[half.node].middle <= least)
		half.node++;
	while (half.node < half.node_end && evidence->nodes[half.node_end - 1].middle > most)
		half.node_end--;
	return half;
}

/* The node of the region that stands above all others of it; NULL: there is none. */
static const struct evidence_node *top_node(
	const struct evidence *evidence, const struct region *region)
{
	const struct evidence_node *top = NULL;

	for (size_t i = region->node; i < region->node_end; i++) {
		const struct evidence_node *node = &evidence->nodes[i];

		if (!top || evidence_bit(node) < evidence_bit(top))
			top = node;
	}
	return top;
}

/* Where the region's leaves part; 0: there are not two. */
static int64_t parting(const struct evidence *evidence, const struct region *region)
{
	int64_t first = 0;
	int64_t last = 0;

	if (region->leaf_end - region->leaf < 2)
		return 0;
	first = evidence->leaves[region->leaf].key;
	last = evidence->leaves[region->leaf_end - 1].key;
	return evidence_middle(last,
		(unsigned int)__builtin_clzll((uint64_t)(first ^ last)) - (64 - EVIDENCE_BITS));
}

/* --- the tree of all leaves that are there ---------------------------------------------------- */

/* Appends items and nodes of the region as its leaves alone make them. False: one has no hash. */
static bool build(
	struct weighing *weighing, const struct region *region, uint8_t ret_hash[FESTORE_HASH])
{
	const struct evidence *evidence = weighing->evidence;
	struct evidence_node node = {.middle = parting(evidence, region)};

	if (region->leaf == region->leaf_end || !evidence->leaves[region->leaf].has_hash)
		return false;
	if (node.middle == 0) {
		memcpy(ret_hash, evidence->leaves[region->leaf].hash, FESTORE_HASH);
		add_proven(weighing, region->leaf);
		return true;
	}
	for (unsigned int side = 0; side < 2; side++) {
		const struct region half = side_of(evidence, region, node.middle, side);

		if (!build(weighing, &half, node.sides[side]))
			return false;
	}
	hash_of(&node, ret_hash);
	add_node(weighing, &node);
	return true;
}

/* Is the region's hash that of all its leaves? Then they are the answer. */
static bool take_all(
	struct weighing *weighing, const struct region *region, const uint8_t hash[FESTORE_HASH])
{
	struct evidence *evidence = weighing->evidence;
	const size_t item_count = evidence->item_count;
	const size_t right_count = evidence->right_count;
	uint8_t built[FESTORE_HASH] = {0};

	if (build(weighing, region, built) && same(built, hash)) {
		for (size_t i = region->leaf; i < region->leaf_end; i++)
			evidence->leaves[i].verdict = EVIDENCE_PROVEN;
		return true;
	}
	evidence->item_count = item_count;
	evidence->right_count = right_count;
	return false;
}

/* --- what can be put together ----------------------------------------------------------------- */

/* Hashes that a region may have. More than a few come of damage beyond any sense. */
enum { GUESSES = 8 };

/* The likelier first. */
struct guesses {
	unsigned int count;
	uint8_t hashes[GUESSES][FESTORE_HASH];
};

static void add_guess(struct guesses *guesses, const uint8_t hash[FESTORE_HASH])
{
	for (unsigned int i = 0; i < guesses->count; i++) {
		if (same(guesses->hashes[i], hash))
			return;
	}
	if (guesses->count < GUESSES)
		memcpy(guesses->hashes[guesses->count++], hash, FESTORE_HASH);
}

/* Where the region's own node must stand, if it has one; and what its two sides may be. */
struct parted {
	int64_t middle; /* 0: it has none */
	struct guesses sides[2];
};

static struct guesses guess(const struct evidence *evidence, const struct region *region);

static void part(
	const struct evidence *evidence, const struct region *region, struct parted *ret_parted)
{
	const struct evidence_node *top = top_node(evidence, region);
	const struct evidence_node of_leaves = {.middle = parting(evidence, region)};

	memset(ret_parted, 0, sizeof(*ret_parted));
	ret_parted->middle = of_leaves.middle;
	if (top && (of_leaves.middle == 0 || evidence_bit(top) <= evidence_bit(&of_leaves)))
		ret_parted->middle = top->middle;
	for (unsigned int side = 0; side < 2 && ret_parted->middle != 0; side++) {
		const struct region half = side_of(evidence, region, ret_parted->middle, side);
		const struct guesses below = guess(evidence, &half);

		if (top && top->middle == ret_parted->middle)
			add_guess(&ret_parted->sides[side], top->sides[side]);
		for (unsigned int i = 0; i < below.count; i++)
			add_guess(&ret_parted->sides[side], below.hashes[i]);
	}
}

/* Makes the node of each pair of sides, the likelier first, until one has the wanted hash. */
static bool pair_up(const struct parted *parted, const uint8_t *wanted, struct guesses *made,
	struct evidence_node *ret_node)
{
	const unsigned int left = parted->sides[0].count;
	const unsigned int right = parted->sides[1].count;
	struct evidence_node node = {.middle = parted->middle};
	uint8_t hash[FESTORE_HASH] = {0};

	for (unsigned int sum = 0; sum + 1 < left + right; sum++) {
		for (unsigned int i = 0; i <= sum && i < left; i++) {
			if (sum - i >= right)
				continue;
			memcpy(node.sides[0], parted->sides[0].hashes[i], FESTORE_HASH);
			memcpy(node.sides[1], parted->sides[1].hashes[sum - i], FESTORE_HASH);
			hash_of(&node, hash);
			add_guess(made, hash);
			if (!wanted || !same(hash, wanted))
				continue;
			*ret_node = node;
			return true;
		}
	}
	return false;
}

static struct guesses guess(const struct evidence *evidence, const struct region *region)
{
	struct guesses guesses = {0};
	struct parted parted = {0};
	struct evidence_node unwanted;

	if (region->leaf == region->leaf_end && region->node == region->node_end)
		return guesses;
	part(evidence, region, &parted);
	if (parted.middle != 0)
		pair_up(&parted, NULL, &guesses, &unwanted);
	else if (evidence->leaves[region->leaf].has_hash)
		add_guess(&guesses, evidence->leaves[region->leaf].hash);
	return guesses;
}

/* The node that has this hash, put together of what is there. */
static bool find_sides(const struct evidence *evidence, const struct region *region,
	const uint8_t hash[FESTORE_HASH], struct evidence_node *ret_node)
{
	struct guesses unwanted = {0};
	struct parted parted = {0};

	part(evidence, region, &parted);
	return parted.middle != 0 && pair_up(&parted, hash, &unwanted, ret_node);
}

/* --- from the root down ----------------------------------------------------------------------- */

/* The node of a row that has this hash. */
static const struct evidence_node *find_node(const struct evidence *evidence,
	const struct region *region, const uint8_t hash[FESTORE_HASH])
{
	const struct evidence_node *top = top_node(evidence, region);
	uint8_t made[FESTORE_HASH] = {0};

	if (!top)
		return NULL;
	hash_of(top, made);
	if (same(made, hash))
		return top;
	for (size_t i = region->node; i < region->node_end; i++) {
		hash_of(&evidence->nodes[i], made);
		if (same(made, hash))
			return &evidence->nodes[i];
	}
	return NULL;
}

static bool take_leaf(
	struct weighing *weighing, const struct region *region, const uint8_t hash[FESTORE_HASH])
{
	struct evidence *evidence = weighing->evidence;

	for (size_t i = region->leaf; i < region->leaf_end; i++) {
		if (!evidence->leaves[i].has_hash || !same(evidence->leaves[i].hash, hash))
			continue;
		evidence->leaves[i].verdict = EVIDENCE_PROVEN;
		add_proven(weighing, i);
		return true;
	}
	return false;
}

static void take_loss(
	struct weighing *weighing, const struct region *region, const uint8_t hash[FESTORE_HASH])
{
	struct evidence *evidence = weighing->evidence;
	struct evidence_item *item = new_item(weighing);

	for (size_t i = region->leaf; i < region->leaf_end; i++)
		evidence->leaves[i].verdict = EVIDENCE_LOST;
	for (size_t i = region->node; i < region->node_end; i++)
		add_node(weighing, &evidence->nodes[i]);
	if (!item)
		return;
	item->is_lost = true;
	item->first = region->leaf;
	item->count = region->leaf_end - region->leaf;
	item->key = region->key;
	memcpy(item->hash, hash, FESTORE_HASH);
}

/* Bits grow on the way down: at most 63 calls are under way. */
static void weigh(
	struct weighing *weighing, const struct region *region, const uint8_t hash[FESTORE_HASH])
{
	struct evidence *evidence = weighing->evidence;
	const bool is_single = region->leaf_end - region->leaf == 1;
	const struct evidence_node *found = NULL;
	struct evidence_node node = {0};
	struct region half;

	if (is_single && take_leaf(weighing, region, hash))
		return;
	found = find_node(evidence, region, hash);
	if (!found && (take_leaf(weighing, region, hash) || take_all(weighing, region, hash)))
		return;
	if (found)
		node = *found;
	else if (!find_sides(evidence, region, hash, &node)) {
		take_loss(weighing, region, hash);
		return;
	}
	half = side_of(evidence, region, node.middle, 0);
	weigh(weighing, &half, node.sides[0]);
	half = side_of(evidence, region, node.middle, 1);
	weigh(weighing, &half, node.sides[1]);
	add_node(weighing, &node);
}

bool evidence_weigh(struct evidence *evidence, const uint8_t root[FESTORE_HASH])
{
	struct weighing weighing = {.evidence = evidence};
	struct region all = {.leaf_end = evidence->leaf_count, .node_end = evidence->node_count};

	for (size_t i = 0; i < evidence->leaf_count; i++)
		evidence->leaves[i].verdict = EVIDENCE_STRAY;
	/* No locator begins with less than nothing. */
	while (all.leaf < all.leaf_end && evidence->leaves[all.leaf].key < 0)
		all.leaf++;
	weigh(&weighing, &all, root);
	if (weighing.has_failed)
		evidence_free(evidence);
	return !weighing.has_failed;
}

void evidence_free(struct evidence *evidence)
{
	free(evidence->items);
	free(evidence->right);
	evidence->items = NULL;
	evidence->right = NULL;
	evidence->item_count = 0;
	evidence->right_count = 0;
}
