// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stands in for tests/tee/store.c: the same answers and the same order of places, without files, so
 * that a fuzzer gets to thousands of runs a second.
 */
#include "store.h"

#include "storage.h"

#include <stdlib.h>
#include <string.h>

/* More objects than the steps of one input can make. */
#define PLACES 512u

struct place {
	bool used;
	bool damaged;
	struct object_name name;
	struct contents contents;
};

static struct place places[PLACES];

void fake_storage_set_dir(const char *dir)
{
	(void)dir;
}

bool fake_tee_object_path(const TEE_UUID *ta, uint32_t storage, const void *id, size_t id_len,
	char *path, size_t size)
{
	(void)ta;
	(void)storage;
	(void)id;
	(void)id_len;
	(void)path;
	(void)size;
	return false;
}

static void empty(struct place *place)
{
	free(place->contents.data);
	memset(place, 0, sizeof(*place));
}

void store_clear(void)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (places[i].used)
			empty(&places[i]);
	}
}

static struct place *find(const struct object_name *name)
{
	for (size_t i = 0; i < PLACES; i++) {
		const struct object_name *there = &places[i].name;

		if (places[i].used && there->storage == name->storage &&
			there->id_len == name->id_len &&
			memcmp(there->id, name->id, name->id_len) == 0)
			return &places[i];
	}
	return NULL;
}

static struct place *find_free(void)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (!places[i].used)
			return &places[i];
	}
	abort();
}

TEE_Result store_exists(const struct object_name *name)
{
	return find(name) ? TEE_SUCCESS : TEE_ERROR_ITEM_NOT_FOUND;
}

TEE_Result store_read(const struct object_name *name, struct contents *ret_contents)
{
	const struct place *place = find(name);

	if (!place)
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (place->damaged)
		return TEE_ERROR_CORRUPT_OBJECT;
	*ret_contents = place->contents;
	ret_contents->data = malloc(place->contents.len + 1);
	if (!ret_contents->data)
		abort();
	memcpy(ret_contents->data, place->contents.data, place->contents.len);
	return TEE_SUCCESS;
}

TEE_Result store_put(const struct object_name *name, const uint8_t *data, size_t len)
{
	struct place *place = find(name);

	if (!place)
		place = find_free();
	empty(place);
	place->used = true;
	place->name = *name;
	place->contents.len = len;
	place->contents.data = malloc(len + 1);
	if (!place->contents.data)
		abort();
	if (len)
		memcpy(place->contents.data, data, len);
	return TEE_SUCCESS;
}

TEE_Result store_remove(const struct object_name *name)
{
	struct place *place = find(name);

	if (!place)
		return TEE_ERROR_ITEM_NOT_FOUND;
	empty(place);
	return TEE_SUCCESS;
}

TEE_Result store_rename(const struct object_name *from, const struct object_name *to)
{
	struct place *place = find(from);

	if (!place)
		return TEE_ERROR_ITEM_NOT_FOUND;
	place->name = *to;
	return TEE_SUCCESS;
}

TEE_Result store_next(struct object_name *place, uint32_t *slot)
{
	for (uint32_t i = *slot; i < PLACES; i++) {
		if (!places[i].used || places[i].name.storage != place->storage)
			continue;
		*place = places[i].name;
		*slot = i;
		return TEE_SUCCESS;
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

bool store_damage(unsigned int nth, bool at_the_beginning)
{
	const unsigned int count = store_count(NULL, 0);

	if (count == 0)
		return false;
	nth %= count;
	for (size_t i = 0; i < PLACES; i++) {
		if (!places[i].used || nth-- != 0)
			continue;
		if (at_the_beginning)
			places[i].damaged = true;
		else
			places[i].contents.tail_damaged = true;
		break;
	}
	return true;
}

unsigned int store_count(const uint8_t *id, size_t id_len)
{
	unsigned int count = 0;

	for (size_t i = 0; i < PLACES; i++) {
		if (places[i].used && places[i].name.id_len >= id_len &&
			(id_len == 0 || memcmp(places[i].name.id, id, id_len) == 0))
			count++;
	}
	return count;
}
