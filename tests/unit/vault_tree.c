// SPDX-License-Identifier: BSD-2-Clause
/* The tree's functions against a naive tree that is built anew from all its leaves each time. */
#include "naive_tree.h"

/* --- helpers ---------------------------------------------------------------------------------- */

static uint8_t hashes[BITS + 1][FESTORE_HASH];

static void assert_root_is(const uint8_t *root)
{
	uint8_t want[FESTORE_HASH];

	naive_root(&set, want);
	assert_memory_equal(root, want, sizeof(want));
}

/* The hashes that a change gave are those of the nodes on the way to the locator. */
static void assert_hashes_are(const uint8_t *locator, unsigned int count)
{
	struct path path;

	naive_path(&set, locator, &path, nodes);
	assert_int_equal(count, path.head.count);
	for (unsigned int i = 0; i < count; i++)
		assert_memory_equal(hashes[i], nodes[i], FESTORE_HASH);
}

static void put(const struct festore_vault_leaf *leaf)
{
	const int at = place_of(&set, leaf->locator);
	struct path path;
	uint8_t root[FESTORE_HASH];
	unsigned int count = 0;

	naive_path(&set, leaf->locator, &path, nodes);
	assert_int_equal(
		tree_find(tree_of(&path), leaf->locator), at < 0 ? TREE_ABSENT : TREE_PRESENT);
	tree_root(vault, tree_of(&path), root);
	assert_root_is(root);
	count = tree_put(tree_of(&path), leaf, hashes, root);
	set.leaves[at < 0 ? set.count++ : (unsigned int)at] = *leaf;
	assert_root_is(root);
	assert_hashes_are(leaf->locator, count);
}

static void take(unsigned int at)
{
	const struct festore_vault_leaf leaf = set.leaves[at];
	struct path path;
	struct path rest;
	uint8_t root[FESTORE_HASH];
	unsigned int count = 0;

	naive_path(&set, leaf.locator, &path, nodes);
	assert_int_equal(tree_find(tree_of(&path), leaf.locator), TREE_PRESENT);
	count = tree_remove(vault, tree_of(&path), hashes, root);
	assert_int_equal(count, path.head.count ? path.head.count - 1 : 0);
	set.leaves[at] = set.leaves[--set.count];
	assert_root_is(root);
	/* All nodes of the path but the last stand where they stood. */
	naive_path(&set, leaf.locator, &rest, nodes);
	for (unsigned int i = 0; i < count; i++)
		assert_memory_equal(hashes[i], nodes[i], FESTORE_HASH);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void random_operations_agree(void **state)
{
	(void)state;
	set.count = 0;
	for (unsigned int i = 0; i < 3000; i++) {
		const unsigned int limit = i < 1000 ? 6 : 40;
		struct festore_vault_leaf leaf = random_leaf();

		if (set.count != 0 && random_below(4) == 0)
			memcpy(leaf.locator, set.leaves[random_below(set.count)].locator,
				FESTORE_HASH);
		if (set.count >= limit || (set.count != 0 && random_below(3) == 0))
			take(random_below(set.count));
		else
			put(&leaf);
	}
	while (set.count != 0)
		take(0);
}

/* Whatever path of the tree is shown, it never says what is not so. */
static void no_path_lies(void **state)
{
	unsigned int absences = 0;
	unsigned int refusals = 0;

	(void)state;
	set.count = 0;
	while (set.count < 30)
		set.leaves[set.count++] = random_leaf();
	for (unsigned int i = 0; i < 100; i++) {
		const struct festore_vault_leaf asked = i < 30 ? set.leaves[i] : random_leaf();
		const bool is_there = place_of(&set, asked.locator) >= 0;

		for (unsigned int n = 0; n < set.count; n++) {
			struct path path;
			enum tree_found found = TREE_INVALID;

			naive_path(&set, set.leaves[n].locator, &path, nodes);
			found = tree_find(tree_of(&path), asked.locator);
			assert_int_equal(found == TREE_PRESENT, is_there && n == i);
			assert_false(found == TREE_ABSENT && is_there);
			absences += found == TREE_ABSENT;
			refusals += found == TREE_INVALID;
		}
	}
	assert_true(absences > 50 && refusals > 50);
}

/* A leaf, and 256 others, each of which differs from it in one bit. */
static void paths_may_have_256_steps(void **state)
{
	struct festore_vault_leaf leaf = random_leaf();
	const struct festore_vault_leaf first = leaf;
	struct path path;

	(void)state;
	set.count = 0;
	set.leaves[set.count++] = first;
	for (unsigned int bit = 0; bit < BITS; bit++) {
		leaf = first;
		leaf.locator[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
		if (bit == BITS - 1)
			put(&leaf);
		else
			set.leaves[set.count++] = leaf;
	}
	naive_path(&set, first.locator, &path, nodes);
	assert_int_equal(path.head.count, FESTORE_PATH_MAX);
	leaf = first;
	leaf.seal[0] ^= 1;
	put(&leaf);
	take(0);
	put(&first);
}

static struct path three_steps(const uint8_t *locator)
{
	set.count = 0;
	for (unsigned int bit = 100; bit < 104; bit++) {
		set.leaves[set.count] = random_leaf();
		memcpy(set.leaves[set.count].locator, locator, FESTORE_HASH);
		if (bit != 103)
			set.leaves[set.count].locator[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
		set.count++;
	}
	return (struct path){0};
}

static void assert_invalid(const struct path *path, const uint8_t *locator)
{
	assert_int_equal(tree_find(tree_of(path), locator), TREE_INVALID);
}

static void malformed_paths_say_nothing(void **state)
{
	const struct festore_vault_leaf leaf = random_leaf();
	struct path good = three_steps(leaf.locator);
	struct path path;

	(void)state;
	naive_path(&set, leaf.locator, &good, nodes);
	assert_int_equal(good.head.count, 3);
	assert_int_equal(tree_find(tree_of(&good), leaf.locator), TREE_PRESENT);

	path = good;
	path.steps[1].bit = path.steps[0].bit;
	assert_invalid(&path, leaf.locator);
	path = good;
	path.steps[1].bit = path.steps[0].bit - 1;
	assert_invalid(&path, leaf.locator);
	path = good;
	path.steps[2].bit = 0;
	assert_invalid(&path, leaf.locator);
	path = good;
	path.steps[2].bit = BITS;
	assert_invalid(&path, leaf.locator);
	path.steps[2].bit = UINT32_MAX;
	assert_invalid(&path, leaf.locator);
	path = good;
	path.head.count = BITS + 1;
	assert_invalid(&path, leaf.locator);
	path = good;
	path.head.is_empty = 1;
	assert_invalid(&path, leaf.locator);
	path.head.count = 0;
	assert_invalid(&path, leaf.locator);
	memset(&path.head.leaf, 0, sizeof(path.head.leaf));
	assert_int_equal(tree_find(tree_of(&path), leaf.locator), TREE_ABSENT);
	path.head.count = 3;
	assert_invalid(&path, leaf.locator);
	path.head.count = 0;
	path.head.is_empty = 2;
	assert_invalid(&path, leaf.locator);
}

static void building_in_order_gives_the_same_root(void **state)
{
	struct tree_side sides[BITS];
	uint8_t root[FESTORE_HASH];

	(void)state;
	for (unsigned int size = 0; size < 200; size += 1 + size / 10) {
		struct tree_build build = {.sides = sides, .room = BITS};

		set.count = 0;
		while (set.count < size)
			set.leaves[set.count++] = random_leaf();
		qsort(set.leaves, set.count, sizeof(set.leaves[0]), by_locator);
		for (unsigned int i = 0; i < size; i++)
			assert_int_equal(tree_build_leaf(&build, &set.leaves[i]), TREE_BUILT);
		assert_int_equal(build.count, size);
		tree_build_root(&build, vault, root);
		assert_root_is(root);
	}
}

static void building_needs_order(void **state)
{
	struct tree_side sides[BITS];
	struct tree_build build = {.sides = sides, .room = BITS};
	struct festore_vault_leaf leaf = random_leaf();

	(void)state;
	leaf.locator[10] = 0x80;
	assert_int_equal(tree_build_leaf(&build, &leaf), TREE_BUILT);
	assert_int_equal(tree_build_leaf(&build, &leaf), TREE_UNORDERED);
	leaf.locator[10] = 0x7f;
	assert_int_equal(tree_build_leaf(&build, &leaf), TREE_UNORDERED);
	leaf.locator[10] = 0x81;
	assert_int_equal(tree_build_leaf(&build, &leaf), TREE_BUILT);
	assert_int_equal(build.count, 2);
}

/* Room for sides grows only when a leaf asks for more, which changes nothing until it is there. */
static void building_asks_for_room(void **state)
{
	struct tree_side sides[BITS];
	struct tree_build build = {.sides = sides};
	struct festore_vault_leaf leaf = {0};
	unsigned int asked = 0;
	uint8_t root[FESTORE_HASH];

	(void)state;
	set.count = 0;
	/* Each goes right of the one before, one bit later: sides wait for all of them. */
	for (unsigned int i = 0; i <= BITS; i++) {
		enum tree_built built = TREE_BUILT;

		if (i != 0)
			leaf.locator[(BITS - i) / 8] ^= (uint8_t)(0x80u >> (BITS - i) % 8);
		set.leaves[set.count++] = leaf;
		built = tree_build_leaf(&build, &leaf);
		while (built == TREE_NO_ROOM) {
			asked++;
			assert_int_equal(build.count, i);
			build.room++;
			built = tree_build_leaf(&build, &leaf);
		}
		assert_int_equal(built, TREE_BUILT);
	}
	tree_build_root(&build, vault, root);
	assert_root_is(root);
	assert_true(asked > 0 && build.room <= BITS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations_agree),
		cmocka_unit_test(no_path_lies),
		cmocka_unit_test(paths_may_have_256_steps),
		cmocka_unit_test(malformed_paths_say_nothing),
		cmocka_unit_test(building_in_order_gives_the_same_root),
		cmocka_unit_test(building_needs_order),
		cmocka_unit_test(building_asks_for_room),
	};

	return cmocka_run_group_tests_name("vault_tree", tests, NULL, NULL);
}
