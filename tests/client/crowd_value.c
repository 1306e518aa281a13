/* SPDX-License-Identifier: BSD-2-Clause */
/* Tags and values of a crowd (crowd.h). */
#include "crowd.h"

#include <string.h>

const struct crowd_tag crowd_tags[CROWD_TAGS] = {
	{"small/0", CROWD_SMALL, 0},
	{"small/1", CROWD_SMALL, 1},
	{"small/2", CROWD_SMALL, 2},
	{"small/3", CROWD_SMALL, 3},
	{"small/4", CROWD_SMALL, 4},
	{"small/5", CROWD_SMALL, 5},
	{"small/6", CROWD_SMALL, 6},
	{"small/7", CROWD_SMALL, 7},
	{"medium/0", CROWD_MEDIUM, 8},
	{"medium/1", CROWD_MEDIUM, 9},
	{"medium/2", CROWD_MEDIUM, 10},
	{"medium/3", CROWD_MEDIUM, 11},
	{"blob/0", CROWD_BLOB, 12},
	{"blob/1", CROWD_BLOB, 13},
	{"blob/2", CROWD_BLOB, 14},
	{"blob/3", CROWD_BLOB, 15},
	{"fleeting/0", CROWD_FLEETING, 16},
	{"fleeting/1", CROWD_FLEETING, 17},
	{"fleeting/2", CROWD_FLEETING, 18},
	{"fleeting/3", CROWD_FLEETING, 19},
	{"group/0/0", CROWD_GROUPED, 20},
	{"group/0/1", CROWD_GROUPED, 20},
	{"group/0/2", CROWD_GROUPED, 20},
	{"group/0/3", CROWD_GROUPED, 20},
	{"group/1/0", CROWD_GROUPED, 24},
	{"group/1/1", CROWD_GROUPED, 24},
	{"group/1/2", CROWD_GROUPED, 24},
	{"group/1/3", CROWD_GROUPED, 24},
	{"moved/0/left", CROWD_MOVED, 28},
	{"moved/0/right", CROWD_MOVED, 28},
	{"moved/1/left", CROWD_MOVED, 30},
	{"moved/1/right", CROWD_MOVED, 30},
	{"key/0", CROWD_KEY, 32},
	{"key/1", CROWD_KEY, 33},
	{"key/2", CROWD_KEY, 34},
	{"key/3", CROWD_KEY, 35},
};

/* Sizes from `min` on, of `span` bytes difference: values of a tag that follow each other differ.
 */
static const struct {
	size_t min;
	size_t span;
} sizes[] = {
	[CROWD_SMALL] = {64, 4000},
	[CROWD_MEDIUM] = {4097, 60000},
	[CROWD_BLOB] = {65537, 120000},
	[CROWD_FLEETING] = {64, 4000},
	[CROWD_GROUPED] = {64, 4000},
	[CROWD_MOVED] = {64, 4000},
};

static const uint8_t magic[4] = {'c', 'r', 'w', 'd'};

/* What a value begins with; integers as the machine has them. */
struct head {
	uint8_t magic[4];
	uint32_t tag; /* of its pair the first one: it moves with its value */
	uint32_t writer;
	uint32_t reserved;
	uint64_t sequence;
	uint64_t len;
	uint64_t hash; /* of all before it, and of what follows */
};

_Static_assert(sizeof(struct head) == CROWD_HEAD, "no padding");

unsigned int crowd_tag_of(const char *name)
{
	unsigned int tag = 0;

	while (tag < CROWD_TAGS && strcmp(crowd_tags[tag].name, name) != 0)
		tag++;
	return tag;
}

size_t crowd_value_len(unsigned int tag, crowd_stamp stamp)
{
	const enum crowd_kind kind = crowd_tags[tag].kind;

	return sizes[kind].min + (size_t)(stamp % sizes[kind].span);
}

static uint32_t home_of(unsigned int tag)
{
	return crowd_tags[tag].kind == CROWD_MOVED ? crowd_tags[tag].first : tag;
}

/* Any byte can be had without those before it (splitmix64). */
static uint8_t byte_at(unsigned int tag, crowd_stamp stamp, size_t offset)
{
	uint64_t x = (stamp * CROWD_TAGS + home_of(tag)) * 0x100000001b3u + offset / 8;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (uint8_t)(x >> (8 * (offset % 8)));
}

/* FNV-1a. */
static uint64_t hash_on(uint64_t hash, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

uint64_t crowd_hash(const void *bytes, size_t len)
{
	/* Neither CROWD_ABSENT nor what else has a meaning of its own. */
	return hash_on(0xcbf29ce484222325u, bytes, len) >> 2 | 1;
}

static uint64_t hash_of(const uint8_t *value, size_t len)
{
	const uint64_t head = hash_on(0xcbf29ce484222325u, value, offsetof(struct head, hash));

	return hash_on(head, value + CROWD_HEAD, len - CROWD_HEAD);
}

void crowd_value_make(unsigned int tag, crowd_stamp stamp, uint8_t *to)
{
	struct head head = {
		.tag = home_of(tag),
		.writer = (uint32_t)(stamp % CROWD_WRITERS),
		.sequence = stamp / CROWD_WRITERS,
		.len = crowd_value_len(tag, stamp),
	};

	memcpy(head.magic, magic, sizeof(magic));
	memcpy(to, &head, sizeof(head));
	for (size_t i = CROWD_HEAD; i < head.len; i++)
		to[i] = byte_at(tag, stamp, i);
	head.hash = hash_of(to, (size_t)head.len);
	memcpy(to, &head, sizeof(head));
}

crowd_stamp crowd_head_stamp(unsigned int tag, const uint8_t *bytes, uint64_t len)
{
	struct head head;
	crowd_stamp stamp = CROWD_TORN;

	memcpy(&head, bytes, sizeof(head));
	if (memcmp(head.magic, magic, sizeof(magic)) != 0 || head.tag != home_of(tag) ||
		head.writer >= CROWD_WRITERS || head.len != len)
		return CROWD_TORN;
	stamp = crowd_stamp_of(head.writer, head.sequence);
	return len == crowd_value_len(tag, stamp) ? stamp : CROWD_TORN;
}

crowd_stamp crowd_value_stamp(unsigned int tag, const uint8_t *value, size_t len)
{
	struct head head;

	if (len < CROWD_HEAD)
		return CROWD_TORN;
	memcpy(&head, value, sizeof(head));
	return head.hash == hash_of(value, len) ? crowd_head_stamp(tag, value, len) : CROWD_TORN;
}

bool crowd_value_part(
	unsigned int tag, crowd_stamp stamp, size_t offset, const uint8_t *part, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (part[i] != byte_at(tag, stamp, offset + i))
			return false;
	return true;
}
