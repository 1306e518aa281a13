// SPDX-License-Identifier: BSD-2-Clause
/* The tree's functions against a naive tree that is built anew from all its leaves each time. */
#include "tree.h"

#include <mbedtls/md.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BITS 256u
#define LEAVES_MAX 300u

static const uint8_t vault[16] = "a vault's own id";

/* A set of leaves, in no order. */
struct set {
	struct festore_vault_leaf leaves[LEAVES_MAX];
	unsigned int count;
};

static struct set set;

/* The same numbers in every run. */
static uint32_t random_below(uint32_t limit)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % limit;
}

static void random_bytes(uint8_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)random_below(256);
}

/* --- the naive tree --------------------------------------------------------------------------- */

/* Some of the set's leaves, in no order. */
struct some {
	const struct festore_vault_leaf *leaves[LEAVES_MAX];
	unsigned int count;
};

static unsigned int naive_bit(const struct festore_vault_leaf *leaf, unsigned int bit)
{
	return (leaf->locator[bit / 8] & (0x80u >> bit % 8)) != 0;
}

static void naive_hash(const uint8_t *bytes, size_t len, uint8_t *ret_hash)
{
	assert_int_equal(
		mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), bytes, len, ret_hash), 0);
}

static void naive_all(const struct set *from, struct some *ret_all)
{
	ret_all->count = from->count;
	for (unsigned int i = 0; i < from->count; i++)
		ret_all->leaves[i] = &from->leaves[i];
}

/* Leaves whose bit is the side's; may be what it was taken from. */
static void naive_side(
	const struct some *from, unsigned int bit, unsigned int side, struct some *ret_side)
{
	const unsigned int count = from->count;

	ret_side->count = 0;
	for (unsigned int i = 0; i < count; i++) {
		if (naive_bit(from->leaves[i], bit) == side)
			ret_side->leaves[ret_side->count++] = from->leaves[i];
	}
}

static bool naive_differ(const struct some *from, unsigned int bit)
{
	for (unsigned int i = 1; i < from->count; i++) {
		if (naive_bit(from->leaves[i], bit) != naive_bit(from->leaves[0], bit))
			return true;
	}
	return false;
}

static void naive_hash_of(const struct some *from, unsigned int bit, uint8_t *ret_hash)
{
	uint8_t bytes[1 + 1 + 64] = {0};
	struct some side;

	if (from->count == 0) {
		bytes[0] = 2;
		memcpy(bytes + 1, vault, sizeof(vault));
		naive_hash(bytes, 1 + sizeof(vault), ret_hash);
		return;
	}
	if (from->count == 1) {
		memcpy(bytes + 1, from->leaves[0], 64);
		naive_hash(bytes, 1 + 64, ret_hash);
		return;
	}
	while (!naive_differ(from, bit))
		bit++;
	bytes[0] = 1;
	bytes[1] = (uint8_t)bit;
	for (unsigned int i = 0; i < 2; i++) {
		naive_side(from, bit, i, &side);
		naive_hash_of(&side, bit + 1, bytes + 2 + 32 * i);
	}
	naive_hash(bytes, sizeof(bytes), ret_hash);
}

static void naive_root(const struct set *from, uint8_t *ret_root)
{
	struct some all;

	naive_all(from, &all);
	naive_hash_of(&all, 0, ret_root);
}

struct path {
	struct festore_vault_path head;
	struct festore_vault_step steps[BITS];
};

/* The path towards a locator; and the hash of each node on it. */
static void naive_path(const struct set *from, const uint8_t *locator, struct path *ret_path,
	uint8_t (*ret_nodes)[FESTORE_HASH])
{
	struct festore_vault_leaf wanted = {0};
	struct some here;
	struct some side;

	memcpy(wanted.locator, locator, sizeof(wanted.locator));
	memset(ret_path, 0, sizeof(*ret_path));
	naive_all(from, &here);
	for (unsigned int bit = 0; here.count > 1; bit++) {
		struct festore_vault_step *step = &ret_path->steps[ret_path->head.count];
		const unsigned int own = naive_bit(&wanted, bit);

		if (!naive_differ(&here, bit))
			continue;
		step->bit = bit;
		naive_hash_of(&here, bit, ret_nodes[ret_path->head.count]);
		naive_side(&here, bit, 1 - own, &side);
		naive_hash_of(&side, bit + 1, step->sibling);
		naive_side(&here, bit, own, &here);
		ret_path->head.count++;
	}
	ret_path->head.is_empty = here.count == 0;
	if (here.count == 1)
		ret_path->head.leaf = *here.leaves[0];
}

/* --- helpers ---------------------------------------------------------------------------------- */

static struct tree_path tree_of(const struct path *path)
{
	const struct tree_path tree = {.head = &path->head, .steps = path->steps};

	return tree;
}

static int place_of(const struct set *in, const uint8_t *locator)
{
	for (unsigned int i = 0; i < in->count; i++) {
		if (memcmp(in->leaves[i].locator, locator, FESTORE_HASH) == 0)
			return (int)i;
	}
	return -1;
}

static uint8_t nodes[BITS][FESTORE_HASH];
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

/* Among others, or one that agrees with one of them in its first bits. */
static void random_locator(uint8_t *locator)
{
	unsigned int bit = random_below(BITS);

	random_bytes(locator, FESTORE_HASH);
	if (set.count == 0 || random_below(2) == 0)
		return;
	memcpy(locator, set.leaves[random_below(set.count)].locator, FESTORE_HASH);
	/* One bit alone, or all from there on. */
	locator[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
	if (random_below(2) == 0)
		random_bytes(locator + bit / 8 + 1, FESTORE_HASH - 1 - bit / 8);
}

static struct festore_vault_leaf random_leaf(void)
{
	struct festore_vault_leaf leaf;

	random_bytes((uint8_t *)&leaf, sizeof(leaf));
	random_locator(leaf.locator);
	return leaf;
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

/* An order of locators, as memcmp() has it. */
static int by_locator(const void *a, const void *b)
{
	return memcmp(a, b, FESTORE_HASH);
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
