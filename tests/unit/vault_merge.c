// SPDX-License-Identifier: BSD-2-Clause
/* Many leaves put at once, against the naive tree; and that no paths make it lie. */
#include "merge.h"

#include "naive_tree.h"

#define PUTS_MAX 24u

/* Leaves to put, and shortened paths to where they go. */
static struct {
	struct festore_vault_leaf leaves[PUTS_MAX];
	struct merge_put puts[PUTS_MAX];
	unsigned int count;
	struct path paths[PUTS_MAX];
	unsigned int path_count;
} wanted;

static struct merge merge;
static unsigned int hashed;

static void hash_node(const struct merge_node *node, void *arg, uint8_t ret_hash[FESTORE_HASH])
{
	(void)arg;
	hashed++;
	tree_hash_node(node->bit, node->sides[0], node->sides[1], ret_hash);
}

static void fill(unsigned int count)
{
	set.count = 0;
	while (set.count < count) {
		const struct festore_vault_leaf leaf = random_leaf();

		if (place_of(&set, leaf.locator) < 0)
			set.leaves[set.count++] = leaf;
	}
}

/* New ones, and some in the place of others. */
static void choose_puts(unsigned int count)
{
	wanted.count = 0;
	while (wanted.count < count) {
		struct festore_vault_leaf leaf = random_leaf();
		bool is_there = false;

		if (set.count != 0 && random_below(4) == 0)
			memcpy(leaf.locator, set.leaves[random_below(set.count)].locator,
				FESTORE_HASH);
		for (unsigned int i = 0; i < wanted.count; i++)
			is_there |=
				memcmp(wanted.leaves[i].locator, leaf.locator, FESTORE_HASH) == 0;
		if (!is_there)
			wanted.leaves[wanted.count++] = leaf;
	}
	qsort(wanted.leaves, wanted.count, sizeof(wanted.leaves[0]), by_locator);
	for (unsigned int i = 0; i < wanted.count; i++) {
		memcpy(wanted.puts[i].locator, wanted.leaves[i].locator, FESTORE_HASH);
		tree_hash_leaf(&wanted.leaves[i], wanted.puts[i].hash);
	}
}

static bool has_path_to(const uint8_t *locator)
{
	for (unsigned int i = 0; i < wanted.path_count; i++) {
		if (memcmp(wanted.paths[i].head.leaf.locator, locator, FESTORE_HASH) == 0)
			return true;
	}
	return false;
}

static int by_leaf(const void *a, const void *b)
{
	return memcmp(((const struct path *)a)->head.leaf.locator,
		((const struct path *)b)->head.leaf.locator, FESTORE_HASH);
}

/* A leaf that a locator's path leads to. */
static const uint8_t *leaf_near(const uint8_t *locator)
{
	struct path path;
	unsigned int best = 0;

	for (unsigned int i = 1; i < set.count; i++) {
		if (tree_first_difference(set.leaves[i].locator, locator) >
			tree_first_difference(set.leaves[best].locator, locator))
			best = i;
	}
	naive_path(&set, set.leaves[best].locator, &path, nodes);
	assert_int_not_equal(tree_find(tree_of(&path), locator), TREE_INVALID);
	return set.leaves[best].locator;
}

static void find_paths(void)
{
	struct path full[PUTS_MAX];

	wanted.path_count = 0;
	for (unsigned int i = 0; set.count != 0 && i < wanted.count; i++) {
		const uint8_t *leaf = leaf_near(wanted.puts[i].locator);

		if (!has_path_to(leaf))
			naive_path(&set, leaf, &wanted.paths[wanted.path_count++], nodes);
	}
	qsort(wanted.paths, wanted.path_count, sizeof(wanted.paths[0]), by_leaf);
	memcpy(full, wanted.paths, sizeof(full));
	for (unsigned int i = 0; i < wanted.path_count; i++)
		wanted.paths[i].head.count = merge_shorten(tree_of(&full[i]),
			i != 0 ? full[i - 1].head.leaf.locator : NULL,
			i + 1 != wanted.path_count ? full[i + 1].head.leaf.locator : NULL,
			wanted.paths[i].steps);
}

static bool run(uint8_t *ret_before, uint8_t *ret_after)
{
	bool fits = true;

	hashed = 0;
	merge_begin(&merge, wanted.puts, wanted.count, true, hash_node, NULL);
	for (unsigned int i = 0; fits && i < wanted.path_count; i++)
		fits = merge_path(&merge, tree_of(&wanted.paths[i]));
	return fits && merge_end(&merge, vault, ret_before, ret_after);
}

/* What the tree is afterwards. */
static void put_into_set(void)
{
	for (unsigned int i = 0; i < wanted.count; i++) {
		const int at = place_of(&set, wanted.leaves[i].locator);

		set.leaves[at < 0 ? set.count++ : (unsigned int)at] = wanted.leaves[i];
	}
}

static void many_puts_are_as_one_after_another(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 300; i++) {
		uint8_t before[FESTORE_HASH];
		uint8_t after[FESTORE_HASH];
		uint8_t want[FESTORE_HASH];
		unsigned int count = 0;

		fill(i % 40);
		choose_puts(1 + random_below(PUTS_MAX));
		find_paths();
		assert_true(run(before, after));
		naive_root(&set, want);
		assert_memory_equal(before, want, sizeof(want));
		count = set.count;
		put_into_set();
		naive_root(&set, want);
		assert_memory_equal(after, want, sizeof(want));
		assert_int_equal(merge.added, set.count - count);
	}
}

/* What paths share is hashed once: no more nodes than the new tree has. */
static void nothing_is_hashed_twice(void **state)
{
	uint8_t root[FESTORE_HASH];

	(void)state;
	fill(200);
	choose_puts(PUTS_MAX);
	find_paths();
	assert_true(run(root, root));
	put_into_set();
	assert_true(hashed < set.count);
}

/* Without its proof a merge says the same of the new tree. */
static void the_proof_can_be_left_out(void **state)
{
	uint8_t unused[FESTORE_HASH];
	uint8_t after[FESTORE_HASH];
	uint8_t want[FESTORE_HASH];

	(void)state;
	fill(20);
	choose_puts(9);
	find_paths();
	merge_begin(&merge, wanted.puts, wanted.count, false, hash_node, NULL);
	for (unsigned int i = 0; i < wanted.path_count; i++)
		assert_true(merge_path(&merge, tree_of(&wanted.paths[i])));
	assert_true(merge_end(&merge, vault, unused, after));
	put_into_set();
	naive_root(&set, want);
	assert_memory_equal(after, want, sizeof(want));
}

/* One change to the paths or to what is put where. */
static void meddle(void)
{
	struct path *path = &wanted.paths[random_below(wanted.path_count)];
	struct path *other = &wanted.paths[random_below(wanted.path_count)];
	const uint32_t count = path->head.count;
	const uint32_t at = count != 0 ? random_below(count) : 0;

	switch (random_below(9)) {
	case 0:
		((uint8_t *)&path->head.leaf)[random_below(64)] ^= (uint8_t)(1u << random_below(8));
		return;
	case 1:
		path->steps[at].sibling[random_below(32)] ^= 1;
		return;
	case 2:
		path->steps[at].bit = random_below(BITS);
		return;
	case 3: /* one step less */
		memmove(&path->steps[at], &path->steps[at + 1],
			(count - at) * sizeof(path->steps[0]));
		path->head.count -= count != 0;
		return;
	case 4: /* one more, of what the other knows */
		memmove(&path->steps[at + 1], &path->steps[at],
			(count - at) * sizeof(path->steps[0]));
		path->steps[at] = other->steps[0];
		path->head.count++;
		return;
	case 5: { /* two of them change places */
		const struct path kept = *path;

		*path = *other;
		*other = kept;
		return;
	}
	case 6: /* one is missing */
		*path = wanted.paths[--wanted.path_count];
		return;
	case 7: /* one leads elsewhere: shown whole, and to a leaf that nobody asked for */
		naive_path(&set, set.leaves[random_below(set.count)].locator, path, nodes);
		return;
	default: /* something is put where the paths do not lead */
		random_locator(wanted.puts[random_below(wanted.count)].locator);
		qsort(wanted.puts, wanted.count, sizeof(wanted.puts[0]), by_locator);
		return;
	}
}

static bool puts_are_in_order(void)
{
	for (unsigned int i = 1; i < wanted.count; i++) {
		if (memcmp(wanted.puts[i - 1].locator, wanted.puts[i].locator, FESTORE_HASH) >= 0)
			return false;
	}
	return true;
}

/* The root of the set with all that is put, of which the leaves' other bytes are as they were. */
static void root_of_all(uint8_t *ret_root)
{
	struct tree_side sides[BITS];
	struct tree_build build = {.sides = sides, .room = BITS};
	struct merge_put all[LEAVES_MAX];
	unsigned int count = 0;

	for (unsigned int i = 0; i < wanted.count; i++)
		all[count++] = wanted.puts[i];
	for (unsigned int i = 0; i < set.count; i++) {
		bool is_replaced = false;

		for (unsigned int n = 0; n < wanted.count; n++)
			is_replaced |= memcmp(wanted.puts[n].locator, set.leaves[i].locator,
					       FESTORE_HASH) == 0;
		if (is_replaced)
			continue;
		memcpy(all[count].locator, set.leaves[i].locator, FESTORE_HASH);
		tree_hash_leaf(&set.leaves[i], all[count++].hash);
	}
	qsort(all, count, sizeof(all[0]), by_locator);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(tree_build_hash(&build, all[i].locator, all[i].hash), TREE_BUILT);
	tree_build_root(&build, vault, ret_root);
}

/* Whatever paths are shown: if they prove the old root, the new one is right. */
static void no_paths_lie(void **state)
{
	unsigned int refused = 0;
	unsigned int proven = 0;

	(void)state;
	for (unsigned int i = 0; i < 6000; i++) {
		uint8_t before[FESTORE_HASH];
		uint8_t after[FESTORE_HASH];
		uint8_t want[FESTORE_HASH];

		fill(1 + i % 30);
		choose_puts(1 + random_below(6));
		find_paths();
		meddle();
		if (random_below(3) == 0 && wanted.path_count != 0)
			meddle();
		if (!puts_are_in_order())
			continue;
		naive_root(&set, want);
		if (!run(before, after) || memcmp(before, want, sizeof(want)) != 0) {
			refused++;
			continue;
		}
		proven++;
		root_of_all(want);
		assert_memory_equal(after, want, sizeof(want));
	}
	assert_true(refused > 2000);
	assert_true(proven > 300);
}

/* A leaf that lies among those of which only a hash is shown is refused at once. */
static void what_is_hidden_is_not_added_to(void **state)
{
	unsigned int refused = 0;

	(void)state;
	for (unsigned int i = 0; i < 2000; i++) {
		uint8_t root[FESTORE_HASH];
		struct festore_vault_leaf hidden;
		struct path path;

		fill(20);
		choose_puts(1);
		find_paths();
		hidden = set.leaves[random_below(set.count)];
		naive_path(&set, wanted.paths[0].head.leaf.locator, &path, nodes);
		memcpy(wanted.puts[0].locator, hidden.locator, FESTORE_HASH);
		if (tree_find(tree_of(&path), hidden.locator) == TREE_INVALID) {
			assert_false(run(root, root));
			refused++;
		}
	}
	assert_true(refused > 1000);
}

/* A leaf, and others that differ from it in one bit each. */
static void deeper_than_can_be_is_refused(void **state)
{
	struct festore_vault_leaf first;
	uint8_t root[FESTORE_HASH];

	(void)state;
	fill(1);
	first = set.leaves[0];
	choose_puts(1);
	memcpy(wanted.puts[0].locator, first.locator, FESTORE_HASH);
	while (set.count <= MERGE_DEPTH) {
		struct festore_vault_leaf *leaf = &set.leaves[set.count];
		const unsigned int bit = set.count - 1;

		*leaf = first;
		leaf->locator[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
		set.count++;
	}
	find_paths();
	assert_int_equal(wanted.paths[0].head.count, MERGE_DEPTH);
	assert_true(run(root, root));
	set.leaves[set.count] = first;
	set.leaves[set.count++].locator[FESTORE_HASH - 1] ^= 1;
	find_paths();
	assert_int_equal(wanted.paths[0].head.count, MERGE_DEPTH + 1);
	assert_false(run(root, root));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_puts_are_as_one_after_another),
		cmocka_unit_test(nothing_is_hashed_twice),
		cmocka_unit_test(the_proof_can_be_left_out),
		cmocka_unit_test(no_paths_lie),
		cmocka_unit_test(what_is_hidden_is_not_added_to),
		cmocka_unit_test(deeper_than_can_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
