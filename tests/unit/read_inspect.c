// SPDX-License-Identifier: BSD-2-Clause
/*
 * festore-inspect over files of OP-TEE's REE file system that are made here, whole, changed at
 * every byte, cut at every length, and of random bytes; and images' tables. Files of real OP-TEE:
 * tests/e2e/inspect.t, in the machine.
 */
#include "../../inspect/annotate.h"
#include "../../inspect/ree.h"
#include "../../inspect/volumes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROOM ((size_t)3 << 20)

/* How far lengths are tried where they need not be found. */
enum { SEARCHED = 2, SLOT = 68, NODE = 66, BLOCK = 4096 };

static uint8_t bytes[ROOM];
static size_t size;
static bool is_live[ROOM]; /* what a reader of the live version depends on, without keys */
static uint32_t chance = 1;

static uint32_t next_chance(void)
{
	chance = chance * 1664525u + 1013904223u;
	return chance >> 8;
}

static void put_number(size_t at, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[at + i] = (uint8_t)(value >> 8 * i);
}

/* Where things lie, by counting a file's blocks one by one: written anew rather than taken from
 * ree.c. */
static struct {
	size_t node[2], block[2];
} places[1024];

static int count_places(void **state)
{
	uint32_t node = 1, block = 1;
	unsigned int version = 0;

	(void)state;
	for (size_t at = 1; block < 1024; at++) {
		/* The slots are block 0; a block of 31 nodes comes first, then 61 blocks of
		 * content, and so on. */
		if (at % 62 != 1) {
			places[block].block[version] = at * BLOCK;
			version = !version;
			block += !version;
			continue;
		}
		for (size_t i = 0; i < 31 && node < 1024; i++, node++) {
			places[node].node[0] = at * BLOCK + i * 132;
			places[node].node[1] = places[node].node[0] + NODE;
		}
	}
	return 0;
}

static size_t place_of(uint32_t id, unsigned int version, bool is_block)
{
	return is_block ? places[id].block[version] : places[id].node[version];
}

static void hash_node(uint32_t id, uint32_t blocks, uint64_t length, const unsigned int *versions)
{
	uint8_t *node = bytes + place_of(id, versions[id], false);
	uint8_t message[34 + 8 + 64];
	size_t len = 34;

	memcpy(message, node + 32, len);
	for (unsigned int i = 0; id == 1 && i < 8; i++)
		message[len++] = (uint8_t)(length >> 8 * i);
	for (uint32_t child = 2 * id; child <= 2 * id + 1 && child <= blocks; child++, len += 32)
		memcpy(message + len, bytes + place_of(child, versions[child], false), 32);
	SHA256(message, len, node);
}

/* What is live and hashed, from here on. */
static void mark(size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		is_live[at + i] = true;
}

/* A file of that length as OP-TEE leaves one, with chance for all that is encrypted and for which
 * versions live. */
static void make(uint64_t length)
{
	static unsigned int versions[1024];
	const uint32_t blocks = (uint32_t)((length + BLOCK - 1) / BLOCK);
	const uint32_t nodes = blocks ? blocks : 1;
	const unsigned int live = next_chance() & 1;

	memset(is_live, 0, sizeof(is_live));
	for (size_t i = 0; i + 4 <= sizeof(bytes) && i < BLOCK * (2 * nodes + 8); i += 2)
		put_number(i, next_chance(), 2);
	put_number(SLOT - 4, live ? 6 : 8, 4);
	put_number(2 * SLOT - 4, 7, 4);
	mark(live * SLOT + SLOT - 4, 4);
	size = BLOCK + 2 * NODE;
	for (uint32_t id = 1; id <= nodes; id++) {
		const unsigned int flags = blocks ? next_chance() & 1 : 0;
		size_t end = place_of(id, flags, true) + BLOCK;

		versions[id] = id == 1 ? live : next_chance() & 1;
		put_number(place_of(id, versions[id], false) + 64, flags, 2);
		mark(place_of(id, versions[id], false), NODE);
		size = blocks && end > size ? end : size;
	}
	for (uint32_t id = nodes; id > 1; id--)
		bytes[place_of(id / 2, versions[id / 2], false) + 64] |=
			(uint8_t)(versions[id] << (1 + id % 2));
	for (uint32_t id = nodes; id >= 1; id--)
		hash_node(id, blocks, length, versions);
}

static struct ree_file read_made(uint32_t searched)
{
	struct ree_file file;

	assert_true(ree_read(bytes, size, searched, &file));
	return file;
}

static bool is_whole(const struct ree_file *file)
{
	return file->fault == REE_WHOLE && file->has_length && file->faults == 0;
}

static void lengths_are_found(void **state)
{
	static const uint64_t lengths[] = {0, 1, 24, 4095, 4096, 4097, 7000, 65536, 31 * 4096,
		31 * 4096 + 1, 62 * 4096 + 5, 93 * 4096 + 1, 1048576};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct ree_file file;

		make(lengths[i]);
		file = read_made(REE_SEARCHED);
		assert_true(is_whole(&file));
		assert_int_equal(file.length, lengths[i]);
		assert_int_equal(file.blocks, (lengths[i] + 4095) / 4096);
		assert_int_equal(file.blocks_max, file.blocks);
		assert_int_equal(file.live, bytes[SLOT - 4] == 6);
		ree_free(&file);
	}
}

/* Figures by hand; the last one is the size that real OP-TEE gives an object of 1 MiB. */
static void places_are_known(void **state)
{
	(void)state;
	assert_int_equal(ree_node_at(1, 0), 4096);
	assert_int_equal(ree_node_at(1, 1), 4162);
	assert_int_equal(ree_node_at(31, 1), 4096 + 30 * 132 + 66);
	assert_int_equal(ree_node_at(32, 0), 63 * 4096);
	assert_int_equal(ree_node_at(63, 0), 125 * 4096);
	assert_int_equal(ree_block_at(1, 0), 2 * 4096);
	assert_int_equal(ree_block_at(31, 0), 62 * 4096);
	assert_int_equal(ree_block_at(31, 1), 64 * 4096);
	assert_int_equal(ree_block_at(257, 1), 2146304 - 4096);
	for (uint32_t id = 1; id < 300; id++) {
		for (unsigned int version = 0; version < 2; version++) {
			assert_int_equal(ree_node_at(id, version), place_of(id, version, false));
			assert_int_equal(ree_block_at(id, version), place_of(id, version, true));
		}
	}
}

static void the_live_slot_is_the_later_one(void **state)
{
	static const struct {
		uint32_t counters[2];
		int live;
	} table[] = {{{0, 1}, 1}, {{2, 1}, 0}, {{2, 3}, 1}, {{4, 3}, 0}, {{2, 2}, 0}, {{3, 5}, 1},
		{{3, 2}, -1}, {{0, 0}, 0}, {{UINT32_MAX - 1, UINT32_MAX}, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct ree_file file;

		make(100);
		put_number(SLOT - 4, table[i].counters[0], 4);
		put_number(2 * SLOT - 4, table[i].counters[1], 4);
		file = read_made(SEARCHED);
		assert_int_equal(file.fault, table[i].live < 0 ? REE_NO_SLOT : REE_WHOLE);
		if (table[i].live >= 0)
			assert_int_equal(file.live, table[i].live);
		ree_free(&file);
	}
}

/* Each byte of a small file with five blocks: noticed if it is live and hashed, and only then. The
 * length is found soon. */
static void each_changed_byte_is_noticed(void **state)
{
	size_t noticed = 0;
	uint8_t flip = 0;

	(void)state;
	make(4 * 4096 + 3);
	for (size_t at = 0; at < size; at++) {
		struct ree_file file;
		const bool is_counter = at % SLOT >= SLOT - 4 && at < 2 * SLOT;

		/* Which slot lives depends on both counters; a block's content on its key alone. */
		if (is_counter || (at > 8192 && at % 512 != 0))
			continue;
		flip = (uint8_t)(1u << next_chance() % 8);
		bytes[at] ^= flip;
		file = read_made(5);
		bytes[at] ^= flip;
		if (is_live[at])
			assert_false(is_whole(&file));
		else
			assert_true(is_whole(&file) && file.length == 4 * 4096 + 3);
		noticed += is_live[at];
		ree_free(&file);
	}
	assert_true(noticed > 4 * NODE);
}

static void a_changed_node_is_named(void **state)
{
	struct ree_file file;

	(void)state;
	make(40 * 4096);
	file = read_made(REE_SEARCHED);
	/* Of a node without children the nonce: no other node's hash depends on it. */
	bytes[file.nodes[35 - 1].at + 40] ^= 1;
	ree_free(&file);
	file = read_made(REE_SEARCHED);
	assert_true(file.has_length);
	assert_int_equal(file.faults, 1);
	assert_int_equal(file.nodes[35 - 1].fault, REE_CHANGED);
	ree_free(&file);
}

static void a_changed_root_leaves_bounds(void **state)
{
	struct ree_file file;

	(void)state;
	make(7000);
	bytes[4096 + (bytes[SLOT - 4] == 6 ? NODE : 0) + 33] ^= 1;
	file = read_made(4);
	assert_int_equal(file.fault, REE_WHOLE);
	assert_false(file.has_length);
	assert_int_equal(file.nodes[0].fault, REE_ROOT);
	assert_int_equal(file.faults, 1);
	assert_int_equal(file.blocks, 2);
	assert_true(file.blocks_max >= 2);
	ree_free(&file);
}

static void a_missing_byte_of_a_block_is_named(void)
{
	struct ree_file file = read_made(REE_SEARCHED);
	const struct ree_node *last = &file.nodes[file.node_count - 1];

	size = (size_t)last->block_at + BLOCK - 1;
	ree_free(&file);
	file = read_made(REE_SEARCHED);
	assert_true(file.has_length);
	assert_int_equal(file.faults, 1);
	assert_int_equal(file.nodes[file.node_count - 1].fault, REE_BLOCK_CUT);
	ree_free(&file);
}

/* Cut anywhere: short, or what is missing is named; never whole unless nothing live is missing. */
static void each_cut_is_noticed(void **state)
{
	size_t whole_size = 0;

	(void)state;
	make(70 * 4096 - 9);
	whole_size = size;
	for (size = 0; size < whole_size; size += size < BLOCK + 2 * NODE + 20 ? 1 : 1021) {
		struct ree_file file = read_made(1);

		assert_false(is_whole(&file));
		assert_int_equal(file.fault, size < BLOCK + 2 * NODE ? REE_SHORT : REE_WHOLE);
		ree_free(&file);
	}
	size = whole_size;
	a_missing_byte_of_a_block_is_named();
	size = whole_size / 2;
	{
		struct ree_file file = read_made(REE_SEARCHED);

		assert_true(file.has_length);
		assert_int_equal(file.length, 70 * 4096 - 9);
		assert_true(file.faults > 0);
		ree_free(&file);
	}
}

static void random_bytes_are_no_file(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 60; round++) {
		struct ree_file file;
		char *text = NULL;
		size_t len = 0;
		FILE *to = open_memstream(&text, &len);

		size = next_chance() % (round < 30 ? 6000 : 300000);
		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)next_chance();
		file = read_made(SEARCHED);
		assert_false(is_whole(&file));
		annotate(&file, to);
		fclose(to);
		free(text);
		ree_free(&file);
	}
}

static void a_hexdump_names_all_parts(void **state)
{
	struct ree_file file;
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	size_t lines = 0;

	(void)state;
	make(4097);
	file = read_made(REE_SEARCHED);
	annotate(&file, to);
	fclose(to);
	assert_non_null(strstr(text, file.live ? "slot 1, live" : "slot 0, live"));
	assert_non_null(strstr(text, "counter, in the clear"));
	assert_non_null(strstr(text, "node 2, version 0"));
	assert_non_null(strstr(text, "block 1, version"));
	assert_null(strstr(text, "node 3"));
	/* Two slots of 5 lines, four nodes of 5, and of up to four blocks two lines each. */
	for (const char *at = text; (at = strstr(at, "\n  0000")); at++)
		lines++;
	assert_in_range(lines, 10 + 20 + 6, 10 + 20 + 8);
	free(text);
	ree_free(&file);
}

static int image = -1;

static void image_write(size_t at, const void *from, size_t len)
{
	assert_int_equal(pwrite(image, from, len, (off_t)at), len);
}

static struct volumes find_volumes(void)
{
	struct volumes volumes;

	volumes_find(image, &volumes);
	return volumes;
}

static void file_systems_are_found(void **state)
{
	static const uint8_t magic[] = {0x53, 0xef};
	uint8_t header[92] = "EFI PART";
	uint8_t entry[128] = {0};
	static const uint8_t mbr[] = {0x55, 0xaa};

	(void)state;
	image = memfd_create("image", 0);
	assert_int_equal(find_volumes().count, 0);
	image_write(1080, magic, 2);
	assert_int_equal(find_volumes().count, 1);
	assert_int_equal(ftruncate(image, 0), 0);

	header[72] = 2;
	header[80] = 2;
	header[84] = 128;
	entry[32] = 40;
	image_write(512, header, sizeof(header));
	image_write(1024 + 128, entry, sizeof(entry));
	assert_int_equal(find_volumes().count, 0);
	image_write(40 * 512 + 1080, magic, 2);
	assert_int_equal(find_volumes().count, 1);
	assert_int_equal(find_volumes().at[0], 40 * 512);

	/* Tables that make no sense: entries of no size, which are all the first one, and places
	 * beyond any disk. */
	image_write(1024, entry, sizeof(entry));
	header[84] = 0;
	image_write(512, header, sizeof(header));
	assert_int_equal(find_volumes().count, 0);
	memset(header + 72, 0xff, 20);
	image_write(512, header, sizeof(header));
	assert_int_equal(find_volumes().count, 0);

	assert_int_equal(ftruncate(image, 0), 0);
	image_write(510, mbr, 2);
	entry[8] = 40;
	image_write(446 + 16, entry, 16);
	image_write(40 * 512 + 1080, magic, 2);
	assert_int_equal(find_volumes().count, 1);
	close(image);
}

static void lines_of_debugfs_are_read(void **state)
{
	char file[] = "/12/100600/0/0/dirf.db/16384/\n";
	char folder[] = "/2/040755/0/0/..//\n";
	char deleted[] = "/0/000000/0/0/gone/0/\n";
	char other[] = "debugfs 1.47.0\n";
	struct image_entry entry;

	(void)state;
	assert_true(image_entry_read(file, &entry));
	assert_int_equal(entry.inode, 12);
	assert_int_equal(entry.mode, 0100600);
	assert_string_equal(entry.name, "dirf.db");
	assert_int_equal(entry.size, 16384);
	assert_false(image_entry_read(folder, &entry));
	assert_false(image_entry_read(deleted, &entry));
	assert_false(image_entry_read(other, &entry));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_found),
		cmocka_unit_test(places_are_known),
		cmocka_unit_test(the_live_slot_is_the_later_one),
		cmocka_unit_test(each_changed_byte_is_noticed),
		cmocka_unit_test(a_changed_node_is_named),
		cmocka_unit_test(a_changed_root_leaves_bounds),
		cmocka_unit_test(each_cut_is_noticed),
		cmocka_unit_test(random_bytes_are_no_file),
		cmocka_unit_test(a_hexdump_names_all_parts),
		cmocka_unit_test(file_systems_are_found),
		cmocka_unit_test(lines_of_debugfs_are_read),
	};

	return cmocka_run_group_tests(tests, count_places, NULL);
}
