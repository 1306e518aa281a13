/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of OP-TEE's REE file system, as tee-supplicant keeps it, read without any key. The bytes
 * are hostile: whatever they are, every function here ends, and reads nothing behind them.
 *
 * What can be known without a key is more than one might think. Each node of the file's hash tree
 * is hashed in the clear: over its nonce, seal and flags and its children's hashes, the root's also
 * over the file's length. So all nodes can be checked, and the length, which is stored encrypted,
 * is found by trying lengths until the root's hash fits. Whether a block's content is whole only
 * the key can tell.
 */
#ifndef REE_H
#define REE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The layout's numbers: bytes, and of REE_GROUP the nodes between two runs of blocks. */
enum {
	REE_BLOCK = 4096,
	REE_NONCE = 16,
	REE_SEAL = 16,
	REE_KEY = 16,
	REE_META = 16,
	REE_SLOT = REE_NONCE + REE_SEAL + REE_KEY + REE_META + 4,
	REE_HASH = 32,
	REE_NODE = REE_HASH + REE_NONCE + REE_SEAL + 2,
	REE_GROUP = REE_BLOCK / (2 * REE_NODE),
	REE_LEAST = REE_BLOCK + 2 * REE_NODE, /* of a file: both slots and both roots */
	REE_ENTRY = 120,                      /* bytes of an object in dirf.db */
};

/* OP-TEE's core holds 96 bytes of heap a block, so that its objects end long before this many. */
#define REE_SEARCHED 1024u

/* What is wrong, as far as it shows without a key. */
enum ree_fault {
	REE_WHOLE,
	REE_SHORT,     /* the file: too short for slots and roots */
	REE_NO_SLOT,   /* the file: neither counter may be live */
	REE_ROOT,      /* the root: no length fits its hash */
	REE_CHANGED,   /* a node: its hash is not that of its bytes and its children's */
	REE_NODE_CUT,  /* a node: behind the end of the file */
	REE_BLOCK_CUT, /* a node: its block is behind the end of the file */
	REE_UNCHECKED, /* a node: a child is cut, so its own hash cannot be checked; no fault */
};

/* Numbers are those of the tree: the root is 1, children of n are 2n and 2n + 1, and block n-1 is
 * n's. */
struct ree_node {
	uint64_t at;       /* of the version that is live */
	uint64_t block_at; /* likewise; without meaning if the file has no blocks */
	uint16_t flags;
	uint8_t version, block_version;
	enum ree_fault fault;
};

struct ree_file {
	const uint8_t *bytes;
	size_t size;
	enum ree_fault fault; /* REE_SHORT and REE_NO_SLOT: nothing below has a meaning */
	uint32_t counters[2];
	unsigned int live;
	bool has_length; /* the root's hash has proven it */
	uint64_t length;
	uint32_t blocks, blocks_max; /* the same if has_length, else bounds */
	uint32_t node_count;         /* max(blocks, 1) */
	struct ree_node *nodes;      /* nodes[0] is number 1 */
	uint32_t faults;             /* of nodes, the root among them */
};

/*
 * Reads; `searched` is the number of blocks up to which lengths are tried. Returns false only if
 * there is no memory. ree_free() gives back what it has taken; `bytes` stays the caller's, and must
 * stay.
 */
bool ree_read(const uint8_t *bytes, size_t size, uint32_t searched, struct ree_file *ret_file);
void ree_free(struct ree_file *file);

/* Where node and block number `id` have their version 0 or 1. */
uint64_t ree_node_at(uint32_t id, unsigned int version);
uint64_t ree_block_at(uint32_t id, unsigned int version);

/* A sentence for people, a word for programs. */
const char *ree_reason(enum ree_fault fault);
const char *ree_word(enum ree_fault fault);

#endif
