/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash tree of a file of OP-TEE's REE file system: where its parts lie, and which of them
 * agree. */
#include "ree.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTER_AT = REE_SLOT - 4, FLAGS_AT = REE_NODE - 2 };

static uint32_t number(const uint8_t *at, size_t len)
{
	uint32_t value = 0;

	while (len-- > 0)
		value = value << 8 | at[len];
	return value;
}

/* Groups of nodes stand every 62 blocks, as each node has two versions of a block. */
uint64_t ree_node_at(uint32_t id, unsigned int version)
{
	const uint64_t index = (uint64_t)id - 1;
	const uint64_t group = index / REE_GROUP;

	return (1 + group * 2 * REE_GROUP) * REE_BLOCK + (index % REE_GROUP) * 2 * REE_NODE +
		(uint64_t)version * REE_NODE;
}

uint64_t ree_block_at(uint32_t id, unsigned int version)
{
	const uint64_t index = 2 * ((uint64_t)id - 1) + version;

	/* One block of nodes stands before each 61 of these but the first. */
	return (2 + index + index / (2 * REE_GROUP - 1)) * REE_BLOCK;
}

static bool is_inside(const struct ree_file *file, uint64_t at, size_t len)
{
	return at <= file->size && len <= file->size - at;
}

/* Slot 0 is written with even counters, slot 1 with odd ones; the one that was written last is
 * live. */
static int live_slot(const uint32_t counters[2])
{
	const bool first = counters[0] % 2 == 0;
	const bool second = counters[1] % 2 == 1;

	if (first && second)
		return counters[0] > counters[1] ? 0 : 1;
	return first ? 0 : second ? 1 : -1;
}

static const uint8_t *image(const struct ree_file *file, uint32_t id)
{
	return file->bytes + file->nodes[id - 1].at;
}

static bool is_cut(const struct ree_file *file, uint32_t id)
{
	return id > file->node_count || !is_inside(file, file->nodes[id - 1].at, REE_NODE);
}

/* Which versions are live is in the parent's flags; nodes that are not there at all have none. */
static void place_nodes(struct ree_file *file)
{
	for (uint32_t id = 1; id <= file->node_count; id++) {
		struct ree_node *node = &file->nodes[id - 1];

		node->version = (uint8_t)file->live;
		if (id > 1)
			node->version = file->nodes[id / 2 - 1].flags >> (1 + id % 2) & 1;
		node->at = ree_node_at(id, node->version);
		node->flags = 0;
		if (!is_cut(file, id))
			node->flags = (uint16_t)number(image(file, id) + FLAGS_AT, 2);
		node->block_version = node->flags & 1;
		node->block_at = ree_block_at(id, node->block_version);
	}
}

/* Is `id`'s hash that of a tree of `blocks` blocks? `length` is hashed into the root alone. */
static bool agrees(const struct ree_file *file, uint32_t id, uint32_t blocks, uint64_t length)
{
	uint8_t message[REE_NODE - REE_HASH + 8 + 2 * REE_HASH];
	uint8_t digest[REE_HASH];
	size_t len = REE_NODE - REE_HASH;

	memcpy(message, image(file, id) + REE_HASH, len);
	for (unsigned int i = 0; id == 1 && i < 8; i++)
		message[len++] = (uint8_t)(length >> 8 * i);
	for (uint32_t child = 2 * id; child <= 2 * id + 1 && child <= blocks; child++) {
		memcpy(message + len, image(file, child), REE_HASH);
		len += REE_HASH;
	}
	SHA256(message, len, digest);
	return memcmp(digest, image(file, id), REE_HASH) == 0;
}

static bool children_are_there(const struct ree_file *file, uint32_t id, uint32_t blocks)
{
	for (uint32_t child = 2 * id; child <= 2 * id + 1 && child <= blocks; child++) {
		if (is_cut(file, child))
			return false;
	}
	return true;
}

/* Tries all lengths that need `blocks` blocks. */
static bool find_length_in(struct ree_file *file, uint32_t blocks)
{
	const uint64_t last = (uint64_t)blocks * REE_BLOCK;
	uint64_t length = blocks == 0 ? 0 : last - REE_BLOCK + 1;

	if (!children_are_there(file, 1, blocks))
		return false;
	for (; length <= last; length++) {
		if (agrees(file, 1, blocks, length)) {
			file->has_length = true;
			file->length = length;
			file->blocks = blocks;
			return true;
		}
	}
	return false;
}

/* The highest node that has the hash of one without children: mostly the last one of the tree. */
static uint32_t guess_blocks(const struct ree_file *file)
{
	uint32_t id = file->node_count;

	while (id > 1 && (is_cut(file, id) || !agrees(file, id, id, 0)))
		id--;
	return id;
}

static void find_length(struct ree_file *file, uint32_t searched)
{
	const uint32_t guess = guess_blocks(file);

	if (guess <= searched && find_length_in(file, guess))
		return;
	for (uint32_t blocks = 0; blocks <= searched; blocks++) {
		if (find_length_in(file, blocks))
			return;
	}
	file->blocks = guess;
}

static enum ree_fault check_node(const struct ree_file *file, uint32_t id)
{
	if (is_cut(file, id))
		return REE_NODE_CUT;
	if (id == 1 && !file->has_length)
		return REE_ROOT;
	if (id > 1 && children_are_there(file, id, file->blocks) &&
		!agrees(file, id, file->blocks, 0))
		return REE_CHANGED;
	if (id <= file->blocks && !is_inside(file, file->nodes[id - 1].block_at, REE_BLOCK))
		return REE_BLOCK_CUT;
	return children_are_there(file, id, file->blocks) ? REE_WHOLE : REE_UNCHECKED;
}

static void check_nodes(struct ree_file *file)
{
	for (uint32_t id = 1; id <= file->node_count; id++) {
		const enum ree_fault fault = check_node(file, id);

		file->nodes[id - 1].fault = fault;
		file->faults += fault != REE_WHOLE && fault != REE_UNCHECKED;
	}
}

/* How many nodes have room in the file. */
static uint32_t room_for_nodes(const struct ree_file *file)
{
	uint32_t count = 1;

	/* A hostile file may be large, but a node's place grows with its number. */
	while (count < UINT32_MAX / 4 && is_inside(file, ree_node_at(count + 1, 0), REE_NODE))
		count++;
	return count;
}

bool ree_read(const uint8_t *bytes, size_t size, uint32_t searched, struct ree_file *ret_file)
{
	struct ree_file file = {.bytes = bytes, .size = size};
	uint32_t room = 0;
	int live = -1;

	*ret_file = file;
	ret_file->fault = REE_SHORT;
	if (size < REE_LEAST)
		return true;
	for (size_t i = 0; i < 2; i++)
		file.counters[i] = number(bytes + i * REE_SLOT + COUNTER_AT, 4);
	live = live_slot(file.counters);
	if (live < 0) {
		file.fault = REE_NO_SLOT;
		*ret_file = file;
		return true;
	}
	file.live = (unsigned int)live;
	room = room_for_nodes(&file);
	/* A file that was cut may have had more than there is room for. */
	file.node_count = room > searched ? room : searched + 1;
	file.nodes = calloc(file.node_count, sizeof(*file.nodes));
	if (!file.nodes)
		return false;
	place_nodes(&file);
	find_length(&file, searched);
	file.blocks_max = file.has_length ? file.blocks : room;
	file.node_count = file.blocks > 0 ? file.blocks : 1;
	check_nodes(&file);
	*ret_file = file;
	return true;
}

void ree_free(struct ree_file *file)
{
	free(file->nodes);
	file->nodes = NULL;
}

static const struct {
	const char *word, *reason;
} faults[] = {
	[REE_WHOLE] = {"whole", ""},
	[REE_SHORT] = {"short", "too short for a file of OP-TEE's REE file system"},
	[REE_NO_SLOT] = {"no-slot", "no slot can be live: counter 0 is odd and counter 1 is even"},
	[REE_ROOT] = {"root",
		"no length fits the root's hash: the root or what it hashes was changed"},
	[REE_CHANGED] = {"changed", "its hash is not that of its bytes and its children's hashes"},
	[REE_NODE_CUT] = {"node-cut", "the file ends before it"},
	[REE_BLOCK_CUT] = {"block-cut", "the file ends before the end of its block"},
	[REE_UNCHECKED] = {"unchecked", "a child is behind the end of the file"},
};

const char *ree_reason(enum ree_fault fault)
{
	return faults[fault].reason;
}

const char *ree_word(enum ree_fault fault)
{
	return faults[fault].word;
}
