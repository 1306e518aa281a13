// SPDX-License-Identifier: BSD-2-Clause
/* Files, folders, and what of them would survive a power cut. */
#include "disk.h"

#include "heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATH_ROOM = 96, NODES = 512, ENTRIES = 1024, SECTOR = 512 };

/* A change of a file that is not yet safe. */
struct change {
	bool is_truncation;
	size_t at; /* of a truncation: the new length */
	size_t len;
	uint8_t *bytes;
};

/* What a file holds. */
struct image {
	uint8_t *bytes;
	size_t len;
	size_t room;
};

struct disk_node {
	bool is_used;
	bool is_folder;
	int64_t touched; /* the last time that somebody set */
	struct image now;
	struct image safe; /* what a power cut would leave */
	struct change *changes;
	size_t change_count;
	size_t change_room;
};

/* A name of a node. Of those that are not yet safe, `is_removal` says which way. */
struct entry {
	char path[PATH_ROOM];
	struct disk_node *node;
	bool is_removal;
};

struct entries {
	struct entry all[ENTRIES];
	size_t count;
};

unsigned int disk_client;

static struct disk_node nodes[NODES];
static struct entries present;
static struct entries safe;
static struct entries unsafe; /* changes of `safe`, in their order */
static disk_hook the_hook;

const char *disk_event_name(enum disk_event event)
{
	static const char *const names[DISK_EVENTS] = {
		"open", "read", "write", "truncate", "sync", "link", "unlink", "lock", "sleep"};

	return names[event];
}

bool disk_event_changes(enum disk_event event)
{
	return event == DISK_WRITE || event == DISK_TRUNCATE || event == DISK_SYNC ||
		event == DISK_LINK || event == DISK_UNLINK;
}

void disk_on_event(disk_hook hook)
{
	the_hook = hook;
}

enum disk_answer disk_ask(enum disk_event event, const char *path)
{
	enum disk_answer answer = DISK_DOES;

	heap_pause();
	if (the_hook)
		answer = the_hook(event, path);
	heap_resume();
	return answer;
}

/* --- names ------------------------------------------------------------------------------------ */

static struct entry *find_entry(struct entries *entries, const char *path)
{
	for (size_t i = 0; i < entries->count; i++) {
		if (strcmp(entries->all[i].path, path) == 0)
			return &entries->all[i];
	}
	return NULL;
}

static void append(struct entries *entries, const char *path, struct disk_node *node, bool removal)
{
	struct entry *entry = &entries->all[entries->count++];

	if (entries->count > ENTRIES)
		abort();
	snprintf(entry->path, sizeof(entry->path), "%s", path);
	entry->node = node;
	entry->is_removal = removal;
}

static void erase(struct entries *entries, struct entry *entry)
{
	*entry = entries->all[--entries->count];
}

static bool is_in_folder(const char *path, const char *folder)
{
	const char *slash = strrchr(path, '/');
	const size_t len = strlen(folder);

	return slash && (size_t)(slash - path) == len && strncmp(path, folder, len) == 0;
}

/* `path` without slashes at its end. */
static void clean_path(const char *path, char to[PATH_ROOM])
{
	size_t len = 0;

	snprintf(to, PATH_ROOM, "%s", path);
	len = strlen(to);
	while (len > 1 && to[len - 1] == '/')
		to[--len] = '\0';
}

struct disk_node *disk_find(const char *path)
{
	char clean[PATH_ROOM];
	struct entry *entry = NULL;

	clean_path(path, clean);
	entry = find_entry(&present, clean);
	return entry ? entry->node : NULL;
}

static bool has_folder(struct entries *entries, const char *path)
{
	char folder[PATH_ROOM];
	struct entry *entry = NULL;

	if (strcmp(path, DISK_ROOT) == 0)
		return true;
	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	entry = find_entry(entries, folder);
	return entry && entry->node->is_folder;
}

static void add_name(const char *path, struct disk_node *node)
{
	append(&present, path, node, false);
	append(&unsafe, path, node, false);
}

static bool is_named(const struct entries *entries, const struct disk_node *node)
{
	for (size_t i = 0; i < entries->count; i++) {
		if (entries->all[i].node == node)
			return true;
	}
	return false;
}

static void free_node(struct disk_node *node)
{
	for (size_t i = 0; i < node->change_count; i++)
		heap_real_free(node->changes[i].bytes);
	heap_real_free(node->changes);
	heap_real_free(node->now.bytes);
	heap_real_free(node->safe.bytes);
	*node = (struct disk_node){0};
}

static struct disk_node *new_node(void)
{
	for (size_t i = 0; i < NODES; i++) {
		struct disk_node *node = &nodes[i];

		if (node->is_used && !is_named(&present, node) && !is_named(&safe, node) &&
			!is_named(&unsafe, node) && !disk_vfs_has_open(node) &&
			!disk_calls_has_open(node))
			free_node(node);
		if (!node->is_used)
			return node;
	}
	abort();
}

struct disk_node *disk_create(const char *path, bool is_folder)
{
	struct disk_node *node = NULL;
	char clean[PATH_ROOM];

	clean_path(path, clean);
	if (!has_folder(&present, clean))
		return NULL;
	node = new_node();
	*node = (struct disk_node){.is_used = true, .is_folder = is_folder};
	add_name(clean, node);
	return node;
}

bool disk_link(const char *from, const char *to)
{
	struct disk_node *node = disk_find(from);

	if (!node || disk_find(to))
		return false;
	add_name(to, node);
	return true;
}

bool disk_unlink(const char *path)
{
	struct entry *entry = find_entry(&present, path);

	if (!entry)
		return false;
	append(&unsafe, path, entry->node, true);
	erase(&present, entry);
	return true;
}

const char *disk_entry(const char *folder, size_t n)
{
	for (size_t i = 0; i < present.count; i++) {
		if (is_in_folder(present.all[i].path, folder) && n-- == 0)
			return strrchr(present.all[i].path, '/') + 1;
	}
	return NULL;
}

void disk_touch(struct disk_node *node)
{
	node->touched = time(NULL);
}

int64_t disk_touched(const struct disk_node *node)
{
	return node->touched;
}

static void make_safe(const struct entry *change)
{
	struct entry *old = find_entry(&safe, change->path);

	if (old)
		erase(&safe, old);
	if (!change->is_removal)
		append(&safe, change->path, change->node, false);
}

void disk_sync_folder(const char *path)
{
	char folder[PATH_ROOM];
	size_t kept = 0;

	clean_path(path, folder);
	for (size_t i = 0; i < unsafe.count; i++) {
		if (is_in_folder(unsafe.all[i].path, folder))
			make_safe(&unsafe.all[i]);
		else
			unsafe.all[kept++] = unsafe.all[i];
	}
	unsafe.count = kept;
}

void disk_sync_folder_of(const char *path)
{
	char folder[PATH_ROOM];

	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	disk_sync_folder(folder);
}

/* --- files ------------------------------------------------------------------------------------ */

size_t disk_len(const struct disk_node *node)
{
	return node->now.len;
}

bool disk_is_folder(const struct disk_node *node)
{
	return node->is_folder;
}

size_t disk_read(const struct disk_node *node, size_t at, void *to, size_t len)
{
	const size_t there = at < node->now.len ? node->now.len - at : 0;
	const size_t count = len < there ? len : there;

	if (count != 0)
		memcpy(to, node->now.bytes + at, count);
	return count;
}

/* Grows with zeros, or cuts. */
static void set_len(struct image *image, size_t len)
{
	if (len >= image->room) {
		image->room = 2 * len + 4096;
		image->bytes = heap_real_realloc(image->bytes, image->room);
	}
	if (len > image->len)
		memset(image->bytes + image->len, 0, len - image->len);
	image->len = len;
}

static void change_image(struct image *image, const struct change *change)
{
	if (change->is_truncation) {
		set_len(image, change->at);
		return;
	}
	if (change->at + change->len > image->len)
		set_len(image, change->at + change->len);
	if (change->len != 0)
		memcpy(image->bytes + change->at, change->bytes, change->len);
}

static void note_change(struct disk_node *node, const struct change *change)
{
	struct change *kept = NULL;

	if (node->change_count == node->change_room) {
		node->change_room = 2 * node->change_room + 16;
		node->changes = heap_real_realloc(
			node->changes, node->change_room * sizeof(*node->changes));
	}
	kept = &node->changes[node->change_count++];
	*kept = *change;
	kept->bytes = NULL;
	if (change->len == 0)
		return;
	kept->bytes = heap_real_realloc(NULL, change->len);
	memcpy(kept->bytes, change->bytes, change->len);
}

static void forget_changes(struct disk_node *node)
{
	for (size_t i = 0; i < node->change_count; i++)
		heap_real_free(node->changes[i].bytes);
	node->change_count = 0;
}

void disk_write(struct disk_node *node, size_t at, const void *from, size_t len)
{
	const struct change change = {.at = at, .len = len, .bytes = (uint8_t *)(uintptr_t)from};

	change_image(&node->now, &change);
	note_change(node, &change);
}

void disk_truncate(struct disk_node *node, size_t len)
{
	const struct change change = {.is_truncation = true, .at = len};

	change_image(&node->now, &change);
	note_change(node, &change);
}

void disk_sync(struct disk_node *node)
{
	for (size_t i = 0; i < node->change_count; i++)
		change_image(&node->safe, &node->changes[i]);
	forget_changes(node);
}

/* Only how long the file is reaches the disk. */
void disk_lose_unsynced(struct disk_node *node)
{
	set_len(&node->safe, node->now.len);
	forget_changes(node);
}

const uint8_t *disk_bytes(const char *path, size_t *ret_len)
{
	const struct disk_node *node = disk_find(path);

	if (!node)
		return NULL;
	*ret_len = node->now.len;
	return node->now.bytes;
}

void disk_put(const char *path, const void *bytes, size_t len)
{
	struct disk_node *node = disk_find(path);

	if (!bytes) {
		disk_unlink(path);
		disk_sync_folder_of(path);
		return;
	}
	if (!node)
		node = disk_create(path, false);
	disk_truncate(node, 0);
	disk_write(node, 0, bytes, len);
	disk_sync(node);
	disk_sync_folder_of(path);
}

unsigned int disk_open_files(void)
{
	return disk_vfs_open_files() + disk_calls_open_files();
}

/* --- power ------------------------------------------------------------------------------------ */

static uint32_t luck_state;

static uint32_t chance(uint32_t limit)
{
	luck_state ^= luck_state << 13;
	luck_state ^= luck_state >> 17;
	luck_state ^= luck_state << 5;
	return luck_state % limit;
}

/* A write of which some sectors arrived. */
static void tear(struct disk_node *node, const struct change *change)
{
	size_t at = change->at;
	const size_t end = change->at + change->len;

	while (at < end) {
		const size_t sector_end = (at / SECTOR + 1) * SECTOR;
		const size_t stop = sector_end < end ? sector_end : end;
		const struct change part = {
			.at = at, .len = stop - at, .bytes = change->bytes + (at - change->at)};

		if (chance(2) == 0)
			change_image(&node->safe, &part);
		at = stop;
	}
}

/* `kept` of 8 changes survive whole, half of the others partly. */
static void survive(struct disk_node *node, uint32_t luck, uint32_t kept)
{
	for (size_t i = 0; i < node->change_count; i++) {
		struct change *change = &node->changes[i];

		if (luck == 1 || (luck > 1 && chance(8) < kept))
			change_image(&node->safe, change);
		else if (luck > 1 && !change->is_truncation && chance(2) == 0)
			tear(node, change);
	}
	forget_changes(node);
	set_len(&node->now, node->safe.len);
	if (node->now.len != 0)
		memcpy(node->now.bytes, node->safe.bytes, node->now.len);
}

static void survive_names(uint32_t luck, uint32_t kept)
{
	size_t i = 0;

	for (i = 0; i < unsafe.count; i++) {
		if (luck == 1 || (luck > 1 && chance(8) < kept))
			make_safe(&unsafe.all[i]);
	}
	unsafe.count = 0;
	/* What lay in a folder that is not there. */
	for (i = 0; i < safe.count; i++) {
		if (!has_folder(&safe, safe.all[i].path)) {
			erase(&safe, &safe.all[i]);
			i = (size_t)-1;
		}
	}
	present = safe;
}

void disk_lose_power(uint32_t luck)
{
	uint32_t kept = 0;

	luck_state = luck * 2654435761u | 1u;
	kept = 1 + 3 * chance(3);
	for (size_t i = 0; i < NODES; i++) {
		if (nodes[i].is_used)
			survive(&nodes[i], luck, kept);
	}
	survive_names(luck, kept);
	disk_vfs_kill(0, true);
	disk_calls_reset();
}

void disk_kill(unsigned int client)
{
	disk_vfs_kill(client, false);
	disk_calls_kill(client);
}

void disk_format(void)
{
	for (size_t i = 0; i < NODES; i++)
		free_node(&nodes[i]);
	present.count = 0;
	safe.count = 0;
	unsafe.count = 0;
	the_hook = NULL;
	disk_client = 0;
	disk_vfs_register();
	disk_vfs_kill(0, true);
	disk_calls_reset();
	disk_create(DISK_ROOT, true);
	disk_sync_folder("");
}
