// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a damaged tree still proves: random trees, from which leaves and nodes are taken, changed,
 * added. Whatever is done to them, nothing is proven that is not the tree's; and where only one
 * thing is damaged, all else is proven.
 */
#include "../../lib/evidence.h"

#include "scripted_teec.h"
#include "vault/tree.h"

enum { MOST = 300 };

/* A tree as it is, and what a test makes of it. */
struct tree {
	struct evidence_leaf leaves[MOST + 8];
	size_t leaf_count;
	struct evidence_node nodes[MOST + 8];
	size_t node_count;
	uint8_t root[FESTORE_HASH];
};

static struct tree whole;
static struct tree spoiled;
static struct evidence evidence;

static uint32_t chance_state;

static uint32_t chance(uint32_t limit)
{
	chance_state = chance_state * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)chance_state * limit) >> 32);
}

static int64_t random_key(unsigned int spread)
{
	const uint64_t high = (uint64_t)chance(UINT32_MAX) << 31 | chance(UINT32_MAX) >> 1;

	/* Small spreads make deep paths: keys that agree in many bits. */
	return (int64_t)(high & (UINT64_MAX >> 1) &
		~(spread == 0 ? UINT64_C(0) : UINT64_C(0x0fffffff00000000)));
}

static int by_key(const void *a, const void *b)
{
	const int64_t first = ((const struct evidence_leaf *)a)->key;
	const int64_t second = ((const struct evidence_leaf *)b)->key;

	return (first > second) - (first < second);
}

static int by_middle(const void *a, const void *b)
{
	const int64_t first = ((const struct evidence_node *)a)->middle;
	const int64_t second = ((const struct evidence_node *)b)->middle;

	return (first > second) - (first < second);
}

/* The nodes and the root over leaves [from, to), by the definition of the tree. */
static void make_nodes(struct tree *tree, size_t from, size_t to, uint8_t ret_hash[FESTORE_HASH])
{
	struct evidence_node node = {0};
	size_t split = from + 1;
	unsigned int bit = 0;
	int64_t own = 0;

	if (to - from == 1) {
		memcpy(ret_hash, tree->leaves[from].hash, FESTORE_HASH);
		return;
	}
	while ((tree->leaves[from].key >> (62 - bit) & 1) ==
		(tree->leaves[to - 1].key >> (62 - bit) & 1))
		bit++;
	own = INT64_C(1) << (62 - bit);
	while ((tree->leaves[split].key & own) == 0)
		split++;
	node.middle = (tree->leaves[split].key & ~(own - 1));
	make_nodes(tree, from, split, node.sides[0]);
	make_nodes(tree, split, to, node.sides[1]);
	tree_hash_node(bit, node.sides[0], node.sides[1], ret_hash);
	tree->nodes[tree->node_count++] = node;
}

static void make_tree(size_t count, unsigned int spread)
{
	memset(&whole, 0, sizeof(whole));
	while (whole.leaf_count < count) {
		struct evidence_leaf leaf = {.key = random_key(spread), .has_hash = true};
		bool is_new = true;

		for (size_t i = 0; i < whole.leaf_count; i++)
			is_new = is_new && whole.leaves[i].key != leaf.key;
		for (size_t i = 0; i < FESTORE_HASH; i++)
			leaf.hash[i] = (uint8_t)chance(256);
		if (is_new)
			whole.leaves[whole.leaf_count++] = leaf;
	}
	qsort(whole.leaves, count, sizeof(whole.leaves[0]), by_key);
	make_nodes(&whole, 0, count, whole.root);
	qsort(whole.nodes, whole.node_count, sizeof(whole.nodes[0]), by_middle);
	spoiled = whole;
}

static void weigh(void)
{
	evidence_free(&evidence);
	qsort(spoiled.leaves, spoiled.leaf_count, sizeof(spoiled.leaves[0]), by_key);
	qsort(spoiled.nodes, spoiled.node_count, sizeof(spoiled.nodes[0]), by_middle);
	memset(&evidence, 0, sizeof(evidence));
	evidence.leaves = spoiled.leaves;
	evidence.leaf_count = spoiled.leaf_count;
	evidence.nodes = spoiled.nodes;
	evidence.node_count = spoiled.node_count;
	assert_true(evidence_weigh(&evidence, whole.root));
}

static const struct evidence_leaf *true_leaf(int64_t key)
{
	for (size_t i = 0; i < whole.leaf_count; i++) {
		if (whole.leaves[i].key == key)
			return &whole.leaves[i];
	}
	return NULL;
}

static bool is_true_node(const struct evidence_node *node)
{
	for (size_t i = 0; i < whole.node_count; i++) {
		if (memcmp(&whole.nodes[i], node, sizeof(*node)) == 0)
			return true;
	}
	return false;
}

/* What is said must be true: proven leaves are the tree's, and all items together have its root. */
static void assert_true_answer(void)
{
	struct tree_side sides[256];
	struct tree_build build = {.sides = sides, .room = 256};
	uint8_t root[FESTORE_HASH];
	const uint8_t vault[16] = {0};

	for (size_t i = 0; i < evidence.item_count; i++) {
		const struct evidence_item *item = &evidence.items[i];
		const uint64_t key = (uint64_t)item->key << 1;
		uint8_t locator[FESTORE_HASH] = {0};

		for (unsigned int j = 0; j < 8; j++)
			locator[j] = (uint8_t)(key >> (56 - 8 * j));
		assert_int_equal(tree_build_hash(&build, locator, item->hash), TREE_BUILT);
		if (item->is_lost)
			continue;
		assert_non_null(true_leaf(item->key));
		assert_memory_equal(true_leaf(item->key)->hash, item->hash, FESTORE_HASH);
		assert_int_equal(evidence.leaves[item->first].verdict, EVIDENCE_PROVEN);
	}
	tree_build_root(&build, vault, root);
	assert_memory_equal(root, whole.root, sizeof(root));
}

struct counts {
	size_t proven;
	size_t lost; /* rows */
	size_t stray;
	size_t items_lost;
};

static struct counts count(void)
{
	struct counts counts = {0};

	for (size_t i = 0; i < evidence.leaf_count; i++) {
		counts.proven += evidence.leaves[i].verdict == EVIDENCE_PROVEN;
		counts.lost += evidence.leaves[i].verdict == EVIDENCE_LOST;
		counts.stray += evidence.leaves[i].verdict == EVIDENCE_STRAY;
	}
	for (size_t i = 0; i < evidence.item_count; i++)
		counts.items_lost += evidence.items[i].is_lost;
	return counts;
}

static void assert_counts(size_t proven, size_t lost, size_t stray, size_t items_lost)
{
	const struct counts counts = count();

	assert_true_answer();
	assert_int_equal(counts.proven, proven);
	assert_int_equal(counts.lost, lost);
	assert_int_equal(counts.stray, stray);
	assert_int_equal(counts.items_lost, items_lost);
}

/* The nodes that rows should have are exactly the tree's. */
static void assert_nodes_are_whole(void)
{
	assert_int_equal(evidence.right_count, whole.node_count);
	for (size_t i = 0; i < evidence.right_count; i++)
		assert_true(is_true_node(&evidence.right[i]));
}

static void drop_leaf(size_t i)
{
	spoiled.leaves[i] = spoiled.leaves[--spoiled.leaf_count];
}

static void drop_node(size_t i)
{
	spoiled.nodes[i] = spoiled.nodes[--spoiled.node_count];
}

/* Trees of some sizes and depths, for each test. */
static const struct {
	size_t count;
	unsigned int spread;
} shapes[] = {{1, 0}, {2, 0}, {3, 0}, {7, 0}, {40, 0}, {40, 1}, {300, 0}};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))
#define FOR_EACH_SHAPE(i) \
	for (size_t i = 0; i < SHAPES && (make_tree(shapes[i].count, shapes[i].spread), true); i++)

static int begin(void **state)
{
	(void)state;
	chance_state = 7;
	allocation_that_fails = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	evidence_free(&evidence);
	/* What counts the lines that ran allocates at the end. */
	allocation_that_fails = 0;
	return 0;
}

static void what_is_whole_is_proven(void **state)
{
	(void)state;
	FOR_EACH_SHAPE(shape)
	{
		weigh();
		assert_counts(whole.leaf_count, 0, 0, 0);
		assert_nodes_are_whole();
	}
}

static void leaves_alone_make_the_tree(void **state)
{
	(void)state;
	FOR_EACH_SHAPE(shape)
	{
		spoiled.node_count = 0;
		weigh();
		assert_counts(whole.leaf_count, 0, 0, 0);
		assert_nodes_are_whole();
	}
}

/* One leaf changed or gone: that one, and no other. */
static void one_lost_leaf_costs_no_other(void **state)
{
	(void)state;
	FOR_EACH_SHAPE(shape)
	{
		for (size_t i = 0; i < whole.leaf_count; i++) {
			spoiled = whole;
			spoiled.leaves[i].hash[chance(32)] ^= 1;
			weigh();
			assert_counts(whole.leaf_count - 1, 1, 0, 1);
			assert_nodes_are_whole();

			spoiled = whole;
			spoiled.leaves[i].has_hash = false;
			weigh();
			assert_counts(whole.leaf_count - 1, 1, 0, 1);

			spoiled = whole;
			drop_leaf(i);
			weigh();
			assert_counts(whole.leaf_count - 1, 0, 0, 1);
			assert_nodes_are_whole();
		}
	}
}

/* One node changed, gone or added: nothing is lost. */
static void one_lost_node_costs_nothing(void **state)
{
	(void)state;
	FOR_EACH_SHAPE(shape)
	{
		for (size_t i = 0; i < whole.node_count; i++) {
			spoiled = whole;
			spoiled.nodes[i].sides[chance(2)][chance(32)] ^= 0x40;
			weigh();
			assert_counts(whole.leaf_count, 0, 0, 0);
			assert_nodes_are_whole();

			spoiled = whole;
			drop_node(i);
			weigh();
			assert_counts(whole.leaf_count, 0, 0, 0);
			assert_nodes_are_whole();
		}
		for (unsigned int i = 0; i < 63; i++) {
			spoiled = whole;
			spoiled.nodes[spoiled.node_count++].middle = (random_key(0) >> i | 1) << i;
			weigh();
			assert_counts(whole.leaf_count, 0, 0, 0);
			assert_nodes_are_whole();
		}
	}
}

/* Entries that are none of the tree's stand beside it. */
static void added_leaves_are_strays(void **state)
{
	(void)state;
	FOR_EACH_SHAPE(shape)
	{
		for (unsigned int i = 0; i < 40; i++) {
			const size_t near = chance((uint32_t)whole.leaf_count);
			struct evidence_leaf *added = &spoiled.leaves[whole.leaf_count];

			spoiled = whole;
			*added = whole.leaves[near];
			added->key =
				i % 2 == 0 ? random_key(0) : added->key ^ INT64_C(1) << chance(63);
			added->hash[0] ^= 1;
			if (true_leaf(added->key))
				continue;
			spoiled.leaf_count++;
			weigh();
			assert_counts(whole.leaf_count, 0, 1, 0);
			assert_nodes_are_whole();
		}
	}
}

/* A node is lost as well, somewhere else: one leaf is lost, no more. */
static void a_leaf_and_a_node_elsewhere(void **state)
{
	(void)state;
	FOR_EACH_SHAPE(shape)
	{
		for (unsigned int round = 0; round < 100 && whole.node_count > 1; round++) {
			const size_t leaf = chance((uint32_t)whole.leaf_count);
			const size_t node = chance((uint32_t)whole.node_count);
			const struct evidence_node *lost = &whole.nodes[node];
			const bool is_parent =
				memcmp(lost->sides[0], whole.leaves[leaf].hash, 32) == 0 ||
				memcmp(lost->sides[1], whole.leaves[leaf].hash, 32) == 0;

			spoiled = whole;
			spoiled.leaves[leaf].hash[3] ^= 0x10;
			if (round % 2 == 0)
				spoiled.nodes[node].sides[round / 2 % 2][9] ^= 1;
			else
				drop_node(node);
			weigh();
			assert_true_answer();
			if (is_parent)
				continue;
			assert_counts(whole.leaf_count - 1, 1, 0, 1);
			assert_nodes_are_whole();
		}
	}
}

/* Whatever is done, what is said is true. */
static void nothing_false_is_proven(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 600; round++) {
		make_tree(1 + chance(60), round % 2);
		for (uint32_t i = chance(20); i > 0; i--) {
			const size_t leaf = chance((uint32_t)spoiled.leaf_count + 1);
			const size_t node = chance((uint32_t)spoiled.node_count + 1);

			if (chance(2) && leaf < spoiled.leaf_count)
				spoiled.leaves[leaf].hash[chance(32)] ^= 1;
			else if (chance(2) && leaf < spoiled.leaf_count)
				drop_leaf(leaf);
			else if (chance(2) && node < spoiled.node_count)
				spoiled.nodes[node].sides[chance(2)][0] ^= 1;
			else if (node < spoiled.node_count)
				drop_node(node);
		}
		weigh();
		assert_true_answer();
	}
}

static void without_memory_nothing_is_said(void **state)
{
	(void)state;
	make_tree(300, 0);
	for (unsigned int n = 1; n < 20; n++) {
		bool is_weighed = false;

		memset(&evidence, 0, sizeof(evidence));
		evidence.leaves = spoiled.leaves;
		evidence.leaf_count = spoiled.leaf_count;
		evidence.nodes = spoiled.nodes;
		evidence.node_count = n % 2 == 0 ? 0 : spoiled.node_count;
		allocation_that_fails = n;
		is_weighed = evidence_weigh(&evidence, whole.root);
		assert_int_equal(is_weighed, n > 8);
		if (!is_weighed)
			assert_null(evidence.items);
		evidence_free(&evidence);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_whole_is_proven),
		TEST(leaves_alone_make_the_tree),
		TEST(one_lost_leaf_costs_no_other),
		TEST(one_lost_node_costs_nothing),
		TEST(added_leaves_are_strays),
		TEST(a_leaf_and_a_node_elsewhere),
		TEST(nothing_false_is_proven),
		TEST(without_memory_nothing_is_said),
	};

	return cmocka_run_group_tests_name("lib_evidence", tests, NULL, NULL);
}
