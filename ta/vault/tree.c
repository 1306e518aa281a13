/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree's arithmetic. SHA-256 is mbedTLS': a GP digest of so few bytes costs three system calls.
 */
#include "tree.h"

#include <mbedtls/md.h>
#include <string.h>

/* So that nothing that is hashed as one thing can be taken for another. */
enum { DOMAIN_LEAF = 0, DOMAIN_NODE = 1, DOMAIN_EMPTY = 2 };

static void hash(const uint8_t *bytes, size_t len, uint8_t ret_hash[FESTORE_HASH])
{
	/* Fails only for a digest that was not compiled in. */
	(void)mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), bytes, len, ret_hash);
}

unsigned int tree_bit(const uint8_t locator[FESTORE_HASH], unsigned int bit)
{
	return (unsigned int)(locator[bit / 8] >> (7 - bit % 8)) & 1u;
}

unsigned int tree_first_difference(const uint8_t a[FESTORE_HASH], const uint8_t b[FESTORE_HASH])
{
	unsigned int bit = 0;

	while (bit < 8 * FESTORE_HASH && a[bit / 8] == b[bit / 8])
		bit += 8;
	while (bit < 8 * FESTORE_HASH && tree_bit(a, bit) == tree_bit(b, bit))
		bit++;
	return bit;
}

void tree_hash_empty(const uint8_t vault[16], uint8_t ret_hash[FESTORE_HASH])
{
	uint8_t bytes[1 + 16] = {DOMAIN_EMPTY};

	memcpy(bytes + 1, vault, 16);
	hash(bytes, sizeof(bytes), ret_hash);
}

void tree_hash_leaf(const struct festore_vault_leaf *leaf, uint8_t ret_hash[FESTORE_HASH])
{
	uint8_t bytes[1 + sizeof(*leaf)] = {DOMAIN_LEAF};

	memcpy(bytes + 1, leaf, sizeof(*leaf));
	hash(bytes, sizeof(bytes), ret_hash);
}

void tree_hash_node(unsigned int bit, const uint8_t left[FESTORE_HASH],
	const uint8_t right[FESTORE_HASH], uint8_t ret_hash[FESTORE_HASH])
{
	uint8_t bytes[2 + 2 * FESTORE_HASH] = {DOMAIN_NODE, (uint8_t)bit};

	memcpy(bytes + 2, left, FESTORE_HASH);
	memcpy(bytes + 2 + FESTORE_HASH, right, FESTORE_HASH);
	hash(bytes, sizeof(bytes), ret_hash);
}

bool tree_is_path(struct tree_path path)
{
	static const struct festore_vault_leaf no_leaf;
	const uint32_t count = path.head->count;

	if (path.head->is_empty != 0)
		return path.head->is_empty == 1 && count == 0 &&
			memcmp(&path.head->leaf, &no_leaf, sizeof(no_leaf)) == 0;
	if (count > FESTORE_PATH_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (path.steps[i].bit >= 8 * FESTORE_HASH)
			return false;
		if (i != 0 && path.steps[i].bit <= path.steps[i - 1].bit)
			return false;
	}
	return true;
}

enum tree_found tree_find(struct tree_path path, const uint8_t locator[FESTORE_HASH])
{
	unsigned int difference = 0;

	if (!tree_is_path(path))
		return TREE_INVALID;
	if (path.head->is_empty != 0)
		return TREE_ABSENT;

	difference = tree_first_difference(path.head->leaf.locator, locator);
	if (difference == 8 * FESTORE_HASH)
		return TREE_PRESENT;
	/* All below the step before agree in this bit, as no node stands there: with the leaf. */
	for (uint32_t i = 0; i < path.head->count; i++) {
		if (path.steps[i].bit == difference)
			return TREE_INVALID;
	}
	return TREE_ABSENT;
}

/* One step up from `side`, the side that `locator` is on; in place. */
static void fold(const struct festore_vault_step *step, const uint8_t locator[FESTORE_HASH],
	uint8_t side[FESTORE_HASH])
{
	if (tree_bit(locator, step->bit) == 0)
		tree_hash_node(step->bit, side, step->sibling, side);
	else
		tree_hash_node(step->bit, step->sibling, side, side);
}

void tree_root(const uint8_t vault[16], struct tree_path path, uint8_t ret_root[FESTORE_HASH])
{
	if (path.head->is_empty != 0) {
		tree_hash_empty(vault, ret_root);
		return;
	}
	tree_hash_leaf(&path.head->leaf, ret_root);
	for (uint32_t i = path.head->count; i > 0; i--)
		fold(&path.steps[i - 1], path.head->leaf.locator, ret_root);
}

/* Folds the first `count` steps over `root`, and notes the hash of each of their nodes. */
static void fold_noting(struct tree_path path, uint32_t count, const uint8_t locator[FESTORE_HASH],
	uint8_t (*hashes)[FESTORE_HASH], uint8_t root[FESTORE_HASH])
{
	for (uint32_t i = count; i > 0; i--) {
		fold(&path.steps[i - 1], locator, root);
		memcpy(hashes[i - 1], root, FESTORE_HASH);
	}
}

/* A new leaf beside those that the path leads to from its first step below `bit` on. */
static unsigned int insert(struct tree_path path, unsigned int bit,
	const struct festore_vault_leaf *leaf, uint8_t (*hashes)[FESTORE_HASH],
	uint8_t root[FESTORE_HASH])
{
	struct festore_vault_step step = {.bit = bit};
	uint32_t above = path.head->count;

	tree_hash_leaf(&path.head->leaf, step.sibling);
	while (above > 0 && path.steps[above - 1].bit > bit) {
		fold(&path.steps[above - 1], path.head->leaf.locator, step.sibling);
		above--;
	}
	tree_hash_leaf(leaf, root);
	fold(&step, leaf->locator, root);
	memcpy(hashes[above], root, FESTORE_HASH);
	fold_noting(path, above, leaf->locator, hashes, root);
	return above + 1;
}

unsigned int tree_put(struct tree_path path, const struct festore_vault_leaf *leaf,
	uint8_t (*hashes)[FESTORE_HASH], uint8_t ret_root[FESTORE_HASH])
{
	unsigned int bit = 0;

	if (path.head->is_empty != 0) {
		tree_hash_leaf(leaf, ret_root);
		return 0;
	}
	bit = tree_first_difference(path.head->leaf.locator, leaf->locator);
	if (bit < 8 * FESTORE_HASH)
		return insert(path, bit, leaf, hashes, ret_root);
	tree_hash_leaf(leaf, ret_root);
	fold_noting(path, path.head->count, leaf->locator, hashes, ret_root);
	return path.head->count;
}

unsigned int tree_remove(const uint8_t vault[16], struct tree_path path,
	uint8_t (*hashes)[FESTORE_HASH], uint8_t ret_root[FESTORE_HASH])
{
	const uint32_t count = path.head->count;

	if (count == 0) {
		tree_hash_empty(vault, ret_root);
		return 0;
	}
	memcpy(ret_root, path.steps[count - 1].sibling, FESTORE_HASH);
	fold_noting(path, count - 1, path.head->leaf.locator, hashes, ret_root);
	return count - 1;
}

/* Joins what is complete with the left side that waits for it. */
static void join(struct tree_build *build)
{
	const struct tree_side *side = &build->sides[--build->depth];

	tree_hash_node(side->bit, side->hash, build->hash, build->hash);
}

enum tree_built tree_build_hash(struct tree_build *build, const uint8_t locator[FESTORE_HASH],
	const uint8_t leaf[FESTORE_HASH])
{
	unsigned int bit = 0;

	if (build->count != 0) {
		bit = tree_first_difference(build->last, locator);
		if (bit == 8 * FESTORE_HASH || tree_bit(locator, bit) == 0)
			return TREE_UNORDERED;
		while (build->depth > 0 && build->sides[build->depth - 1].bit > bit)
			join(build);
		if (build->depth == build->room)
			return TREE_NO_ROOM;
		build->sides[build->depth].bit = bit;
		memcpy(build->sides[build->depth].hash, build->hash, FESTORE_HASH);
		build->depth++;
	}
	memcpy(build->hash, leaf, FESTORE_HASH);
	memcpy(build->last, locator, FESTORE_HASH);
	build->count++;
	return TREE_BUILT;
}

enum tree_built tree_build_leaf(struct tree_build *build, const struct festore_vault_leaf *leaf)
{
	uint8_t bytes[FESTORE_HASH] = {0};

	tree_hash_leaf(leaf, bytes);
	return tree_build_hash(build, leaf->locator, bytes);
}

void tree_build_root(
	struct tree_build *build, const uint8_t vault[16], uint8_t ret_root[FESTORE_HASH])
{
	while (build->depth > 0)
		join(build);
	if (build->count == 0)
		tree_hash_empty(vault, build->hash);
	memcpy(ret_root, build->hash, FESTORE_HASH);
}
