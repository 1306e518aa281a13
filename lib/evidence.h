/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a damaged vault still proves: leaves, as entries have them, and nodes, as rows have them,
 * against a root that is known. Every hash that is found below the root is the right one; where
 * neither entries nor nodes lead on, a hash is left that stands for what is lost. Pure functions on
 * memory: no SQLite, no TEE.
 *
 * Keys are the first 63 bits of locators (bytes_db.h).
 */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include <festore_vault.h>
#include <stdbool.h>
#include <stddef.h>

#define EVIDENCE_BITS 63u

enum evidence_verdict {
	EVIDENCE_STRAY,  /* it is no part of the tree */
	EVIDENCE_PROVEN, /* it is exactly the tree's leaf */
	EVIDENCE_LOST,   /* it lies where something is lost, and is not what the tree has there */
};

/* A row of entries. */
struct evidence_leaf {
	int64_t key;
	bool has_hash; /* false: the row is too damaged to be a leaf */
	uint8_t hash[FESTORE_HASH];
	enum evidence_verdict verdict; /* the answer */
};

/* A node: its bit and the bits above it are in `middle`, the least key on its right. */
struct evidence_node {
	int64_t middle;
	uint8_t sides[2][FESTORE_HASH];
};

/* One after another, what the tree is of: entries that are proven, and hashes of what is lost. */
struct evidence_item {
	bool is_lost;
	bool is_marked; /* the caller's, at first false */
	size_t first;   /* the entry; or the first of those where something is lost */
	size_t count;   /* of entries: 1; or how many lie where something is lost */
	int64_t key;    /* the least that what is lost can have */
	uint8_t hash[FESTORE_HASH];
};

struct evidence {
	/* The caller's: both in increasing order of keys and middles. */
	struct evidence_leaf *leaves;
	size_t leaf_count;
	const struct evidence_node *nodes;
	size_t node_count;

	/* The answer, for evidence_free(). */
	struct evidence_item *items;
	size_t item_count;
	/*
	 * The nodes that rows should have, in no order: those that are proven, and those of `nodes`
	 * that lie where something is lost.
	 */
	struct evidence_node *right;
	size_t right_count;
};

/* The bit of a node (0 to 62), and the key that all below it begin with. */
unsigned int evidence_bit(const struct evidence_node *node);

/* The middle of the node at `bit` on the way to `key`. */
int64_t evidence_middle(int64_t key, unsigned int bit);

/* Weighs leaves and nodes against the root of a tree that is not empty. False: out of memory. */
bool evidence_weigh(struct evidence *evidence, const uint8_t root[FESTORE_HASH]);

/* Frees the answer. */
void evidence_free(struct evidence *evidence);

#endif
