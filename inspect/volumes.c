/* SPDX-License-Identifier: BSD-2-Clause */
/* The ext4 file systems of a GPT's or MBR's partitions, or one without partitions; lines of
 * debugfs. */
#include "volumes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, EXT_MAGIC_AT = 1080, MBR_TABLE_AT = 446, MBR_ENTRY = 16, MBR_ENTRIES = 4 };
enum { GPT_ENTRY_MIN = 128, GPT_ENTRY_MAX = 4096, GPT_ENTRIES_MAX = 128 };

static uint64_t number(const uint8_t *at, size_t len)
{
	uint64_t value = 0;

	while (len-- > 0)
		value = value << 8 | at[len];
	return value;
}

static bool read_at(int fd, uint64_t at, uint8_t *to, size_t len)
{
	return at <= INT64_MAX && pread(fd, to, len, (off_t)at) == (ssize_t)len;
}

static bool is_ext(int fd, uint64_t at)
{
	uint8_t magic[2];

	return read_at(fd, at + EXT_MAGIC_AT, magic, sizeof(magic)) && magic[0] == 0x53 &&
		magic[1] == 0xef;
}

static void add(int fd, uint64_t sector, struct volumes *volumes)
{
	if (sector != 0 && sector <= INT64_MAX / SECTOR && volumes->count < VOLUMES_MAX &&
		is_ext(fd, sector * SECTOR))
		volumes->at[volumes->count++] = sector * SECTOR;
}

static void add_gpt(int fd, struct volumes *volumes)
{
	uint8_t header[92];
	uint8_t entry[GPT_ENTRY_MIN];
	uint64_t table = 0, step = 0, count = 0;

	if (!read_at(fd, SECTOR, header, sizeof(header)) || memcmp(header, "EFI PART", 8) != 0)
		return;
	table = number(header + 72, 8);
	count = number(header + 80, 4);
	step = number(header + 84, 4);
	if (table > INT64_MAX / SECTOR - GPT_ENTRIES_MAX * GPT_ENTRY_MAX / SECTOR ||
		step < GPT_ENTRY_MIN || step > GPT_ENTRY_MAX)
		return;
	for (uint64_t i = 0; i < count && i < GPT_ENTRIES_MAX; i++) {
		if (read_at(fd, table * SECTOR + i * step, entry, sizeof(entry)))
			add(fd, number(entry + 32, 8), volumes);
	}
}

static void add_mbr(int fd, struct volumes *volumes)
{
	uint8_t sector[SECTOR];

	if (!read_at(fd, 0, sector, sizeof(sector)) || sector[510] != 0x55 || sector[511] != 0xaa)
		return;
	for (size_t i = 0; i < MBR_ENTRIES; i++)
		add(fd, number(sector + MBR_TABLE_AT + i * MBR_ENTRY + 8, 4), volumes);
}

void volumes_find(int fd, struct volumes *ret_volumes)
{
	*ret_volumes = (struct volumes){0};
	if (is_ext(fd, 0))
		ret_volumes->at[ret_volumes->count++] = 0;
	add_gpt(fd, ret_volumes);
	if (ret_volumes->count == 0)
		add_mbr(fd, ret_volumes);
}

bool image_entry_read(char *line, struct image_entry *ret_entry)
{
	char *fields[7] = {0};
	char *rest = line;

	line[strcspn(line, "\n")] = '\0';
	/* "/inode/mode/uid/gid/name/size/", of folders without a size. */
	for (unsigned int i = 0; i < 7; i++) {
		fields[i] = strsep(&rest, "/");
		if (!fields[i])
			return false;
	}
	*ret_entry = (struct image_entry){
		.inode = strtoull(fields[1], NULL, 10),
		.mode = (unsigned int)strtoul(fields[2], NULL, 8),
		.name = fields[5],
		.size = strtoull(fields[6], NULL, 10),
	};
	return ret_entry->inode != 0 && *ret_entry->name && ret_entry->name[0] != '.';
}
