/* SPDX-License-Identifier: BSD-2-Clause */
/* A naive tree that is built anew from all its leaves each time, and leaves for it. */
#ifndef NAIVE_TREE_H
#define NAIVE_TREE_H

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

/* --- leaves and paths --------------------------------------------------------------------------
 */

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

/* An order of locators, as memcmp() has it. */
static int by_locator(const void *a, const void *b)
{
	return memcmp(a, b, FESTORE_HASH);
}

#endif
