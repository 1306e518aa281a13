// SPDX-License-Identifier: BSD-2-Clause
/*
 * The files that hold persistent objects: <dir>/<storage>-<TA>/<place>-<id>, one file an object,
 * written aside and renamed. The header's sums find damage; they are no protection, a test may
 * forge them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage.h"

#define PATH_LEN 1024
#define SLOT_DIGITS 8
/* More objects than any test makes. */
#define SLOT_MAX 65536u
#define NAME_LEN (SLOT_DIGITS + 1 + 2 * TEE_OBJECT_ID_MAX_LEN + 1)

static char base[PATH_LEN / 2];

static const uint8_t magic[4] = {'f', 't', 'o', '1'};

void fake_storage_set_dir(const char *dir)
{
	snprintf(base, sizeof(base), "%s", dir);
	if (mkdir(base, 0700) != 0 && errno != EEXIST) {
		perror(base);
		abort();
	}
}

/* The folder of one TA's objects in one storage; made when first needed. */
static void folder_of(const struct object_name *name, char path[PATH_LEN])
{
	const uint8_t *n = name->ta.clockSeqAndNode;

	snprintf(path, PATH_LEN, "%s/%08x-%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", base,
		name->storage, name->ta.timeLow, name->ta.timeMid, name->ta.timeHiAndVersion, n[0],
		n[1], n[2], n[3], n[4], n[5], n[6], n[7]);
	mkdir(path, 0700);
}

static void hex_of(const struct object_name *name, char hex[2 * TEE_OBJECT_ID_MAX_LEN + 1])
{
	hex[0] = '\0';
	for (size_t i = 0; i < name->id_len; i++)
		snprintf(hex + 2 * i, 3, "%02x", name->id[i]);
}

/* An object's file name is "<place>-<hex id>": gives its place and where the id begins; NULL for
 * other files. */
static const char *entry_split(const char *entry, uint32_t *ret_slot)
{
	char *end = NULL;

	if (strlen(entry) >= NAME_LEN)
		return NULL;
	*ret_slot = (uint32_t)strtoul(entry, &end, 16);
	return end == entry + SLOT_DIGITS && *end == '-' ? end + 1 : NULL;
}

/* Calls @visit for each object of the folder, in no order. Every call scans it, so nothing here may
 * be slow. */
static void each_entry(const struct object_name *of,
	void (*visit)(const char *hex, uint32_t slot, void *arg), void *arg)
{
	char folder[PATH_LEN];
	struct dirent *entry = NULL;
	uint32_t slot = 0;
	DIR *dir = NULL;

	folder_of(of, folder);
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		const char *hex = entry_split(entry->d_name, &slot);

		if (hex)
			visit(hex, slot, arg);
	}
	if (dir)
		closedir(dir);
}

/* Looks for one name. */
struct lookup {
	char hex[2 * TEE_OBJECT_ID_MAX_LEN + 1];
	uint32_t slot;
	bool found;
};

static void lookup_visit(const char *hex, uint32_t slot, void *arg)
{
	struct lookup *lookup = arg;

	if (strcmp(hex, lookup->hex) == 0) {
		lookup->slot = slot;
		lookup->found = true;
	}
}

static bool find_slot(const struct object_name *name, uint32_t *ret_slot)
{
	struct lookup lookup = {0};

	hex_of(name, lookup.hex);
	each_entry(name, lookup_visit, &lookup);
	*ret_slot = lookup.slot;
	return lookup.found;
}

/* Looks for the lowest place from @from on. */
struct lowest {
	uint32_t from;
	uint32_t slot;
	char hex[2 * TEE_OBJECT_ID_MAX_LEN + 1];
	bool found;
};

static void lowest_visit(const char *hex, uint32_t slot, void *arg)
{
	struct lowest *lowest = arg;

	if (slot < lowest->from || (lowest->found && slot >= lowest->slot))
		return;
	strcpy(lowest->hex, hex);
	lowest->slot = slot;
	lowest->found = true;
}

TEE_Result store_next(struct object_name *place, uint32_t *slot)
{
	struct lowest lowest = {.from = *slot};

	each_entry(place, lowest_visit, &lowest);
	if (!lowest.found)
		return TEE_ERROR_ITEM_NOT_FOUND;
	place->id_len = strlen(lowest.hex) / 2;
	for (size_t i = 0; i < place->id_len; i++) {
		const char digits[] = {lowest.hex[2 * i], lowest.hex[2 * i + 1], '\0'};

		place->id[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	*slot = lowest.slot;
	return TEE_SUCCESS;
}

static void used_visit(const char *hex, uint32_t slot, void *arg)
{
	bool *used = arg;

	(void)hex;
	if (slot < SLOT_MAX)
		used[slot] = true;
}

static uint32_t free_slot(const struct object_name *name)
{
	static bool used[SLOT_MAX];
	uint32_t slot = 0;

	memset(used, 0, sizeof(used));
	each_entry(name, used_visit, used);
	while (slot < SLOT_MAX && used[slot])
		slot++;
	return slot;
}

static void path_of(const struct object_name *name, uint32_t slot, char path[PATH_LEN])
{
	char folder[PATH_LEN];
	char hex[2 * TEE_OBJECT_ID_MAX_LEN + 1];

	folder_of(name, folder);
	hex_of(name, hex);
	if (snprintf(path, PATH_LEN, "%s/%08x-%s", folder, slot, hex) >= PATH_LEN)
		abort();
}

bool fake_tee_object_path(const TEE_UUID *ta, uint32_t storage, const void *id, size_t id_len,
	char *path, size_t size)
{
	struct object_name name = {.ta = *ta, .storage = storage, .id_len = id_len};
	char found[PATH_LEN];
	uint32_t slot = 0;

	if (id_len > sizeof(name.id))
		return false;
	if (id_len)
		memcpy(name.id, id, id_len);
	if (!find_slot(&name, &slot))
		return false;
	path_of(&name, slot, found);
	return (size_t)snprintf(path, size, "%s", found) < size;
}

/* FNV-1a: any flip changes it. */
static uint64_t sum_of(uint64_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3u;
	return sum;
}

static void put64(uint8_t *out, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static size_t head_len(size_t len)
{
	return len < STORE_BLOCK - STORE_HEADER ? len : STORE_BLOCK - STORE_HEADER;
}

/* Header: magic, length, sum over name, length and the data of the first block, sum over the rest.
 */
static void make_header(const struct object_name *name, const uint8_t *data, size_t len,
	uint8_t header[STORE_HEADER])
{
	const uint64_t start = 0xcbf29ce484222325u;
	const size_t head = head_len(len);
	uint64_t sum = sum_of(start, name->id, name->id_len);

	memcpy(header, magic, sizeof(magic));
	for (int i = 0; i < 4; i++)
		header[4 + i] = (uint8_t)(len >> (8 * i));
	sum = sum_of(sum, header, 8);
	put64(header + 8, sum_of(sum, data, head));
	put64(header + 16, sum_of(start, data + head, len - head));
}

static TEE_Result file_read(const char *path, uint8_t **ret_bytes, size_t *ret_len)
{
	struct stat info = {0};
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	TEE_Result res = TEE_ERROR_STORAGE_NOT_AVAILABLE;

	if (!file || fstat(fileno(file), &info) != 0)
		goto out;
	bytes = malloc((size_t)info.st_size + 1);
	if (!bytes || fread(bytes, 1, (size_t)info.st_size, file) != (size_t)info.st_size)
		goto out;
	*ret_bytes = bytes;
	*ret_len = (size_t)info.st_size;
	bytes = NULL;
	res = TEE_SUCCESS;
out:
	free(bytes);
	if (file)
		fclose(file);
	return res;
}

/* Turns a file's bytes into contents in place; what the sums say decides. */
static TEE_Result check(
	const struct object_name *name, uint8_t *bytes, size_t len, struct contents *ret_contents)
{
	uint8_t header[STORE_HEADER];

	if (len < STORE_HEADER)
		return TEE_ERROR_CORRUPT_OBJECT;
	make_header(name, bytes + STORE_HEADER, len - STORE_HEADER, header);
	if (memcmp(bytes, header, 16) != 0)
		return TEE_ERROR_CORRUPT_OBJECT;
	ret_contents->tail_damaged = memcmp(bytes + 16, header + 16, 8) != 0;
	ret_contents->len = len - STORE_HEADER;
	memmove(bytes, bytes + STORE_HEADER, ret_contents->len);
	ret_contents->data = bytes;
	return TEE_SUCCESS;
}

TEE_Result store_read(const struct object_name *name, struct contents *ret_contents)
{
	char path[PATH_LEN];
	uint8_t *bytes = NULL;
	size_t len = 0;
	uint32_t slot = 0;
	TEE_Result res = TEE_SUCCESS;

	if (!find_slot(name, &slot))
		return TEE_ERROR_ITEM_NOT_FOUND;
	path_of(name, slot, path);
	res = file_read(path, &bytes, &len);
	if (res != TEE_SUCCESS)
		return res;
	res = check(name, bytes, len, ret_contents);
	if (res != TEE_SUCCESS)
		free(bytes);
	return res;
}

TEE_Result store_exists(const struct object_name *name)
{
	uint32_t slot = 0;

	return find_slot(name, &slot) ? TEE_SUCCESS : TEE_ERROR_ITEM_NOT_FOUND;
}

static TEE_Result file_write(
	const char *path, const uint8_t *header, const uint8_t *data, size_t len)
{
	FILE *file = fopen(path, "wb");
	bool good = file && fwrite(header, 1, STORE_HEADER, file) == STORE_HEADER &&
		(len == 0 || fwrite(data, 1, len, file) == len);

	if (file && fclose(file) != 0)
		good = false;
	if (good)
		return TEE_SUCCESS;
	return errno == ENOSPC ? TEE_ERROR_STORAGE_NO_SPACE : TEE_ERROR_STORAGE_NOT_AVAILABLE;
}

TEE_Result store_put(const struct object_name *name, const uint8_t *data, size_t len)
{
	uint8_t header[STORE_HEADER];
	char aside[PATH_LEN];
	char path[PATH_LEN];
	uint32_t slot = 0;
	TEE_Result res = TEE_SUCCESS;

	if (!find_slot(name, &slot))
		slot = free_slot(name);
	path_of(name, slot, path);
	if (snprintf(aside, sizeof(aside), "%s/aside", base) >= (int)sizeof(aside))
		abort();
	make_header(name, data, len, header);
	res = file_write(aside, header, data, len);
	if (res == TEE_SUCCESS && rename(aside, path) != 0)
		res = TEE_ERROR_STORAGE_NOT_AVAILABLE;
	if (res != TEE_SUCCESS)
		unlink(aside);
	return res;
}

TEE_Result store_remove(const struct object_name *name)
{
	char path[PATH_LEN];
	uint32_t slot = 0;

	if (!find_slot(name, &slot))
		return TEE_ERROR_ITEM_NOT_FOUND;
	path_of(name, slot, path);
	return unlink(path) == 0 ? TEE_SUCCESS : TEE_ERROR_STORAGE_NOT_AVAILABLE;
}

/* The name is part of the sum, so that files swapped by hand are damage: a rename writes anew, then
 * gives up the old place. */
TEE_Result store_rename(const struct object_name *from, const struct object_name *to)
{
	struct contents contents = {0};
	char old_path[PATH_LEN];
	char new_path[PATH_LEN];
	uint32_t slot = 0;
	TEE_Result res = TEE_SUCCESS;

	if (!find_slot(from, &slot))
		return TEE_ERROR_ITEM_NOT_FOUND;
	res = store_read(from, &contents);
	if (res != TEE_SUCCESS)
		return res;
	path_of(from, slot, old_path);
	path_of(to, slot, new_path);
	if (rename(old_path, new_path) != 0)
		res = TEE_ERROR_STORAGE_NOT_AVAILABLE;
	else
		res = store_put(to, contents.data, contents.len);
	free(contents.data);
	return res;
}
