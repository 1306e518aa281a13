// SPDX-License-Identifier: BSD-2-Clause
/*
 * The disk as SQLite sees it. Behaves as SQLite's own VFS for Unix does: the folder of a new log is
 * synced with the log's first sync, the shared memory of the log's index is gone with its last
 * user, waiting is what its caller asked for - but takes no time.
 */
#include "disk.h"

#include "heap.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 32, REGIONS = 8, PATH_ROOM = 96 };

/* The shared memory of one database. */
struct shared {
	const struct disk_node *node;
	uint8_t *regions[REGIONS];
	unsigned int users;
};

/* SQLite allocates it and never moves it. */
struct file {
	sqlite3_file base;
	struct disk_node *node;
	char path[PATH_ROOM];
	unsigned int client;
	bool syncs_folder;
	int level;
	struct shared *shared;
	uint16_t reads; /* shared locks of the index, a bit each */
	uint16_t writes;
};

static struct file *files[FILES];
static struct shared shareds[FILES];
static int last_error;
static uint32_t random_state;

static struct file *file_of(sqlite3_file *base)
{
	return (struct file *)(void *)base;
}

static int refuse(enum disk_answer answer, int result)
{
	last_error = answer == DISK_IS_FULL ? ENOSPC : EIO;
	errno = last_error;
	return result;
}

static bool is_refused(enum disk_answer answer)
{
	return answer != DISK_DOES && answer != DISK_FAILS_DONE;
}

static int finish(enum disk_answer answer, int result)
{
	return answer == DISK_DOES ? SQLITE_OK : refuse(answer, result);
}

/* --- shared memory and locks ------------------------------------------------------------------ */

static void leave_shared(struct file *file)
{
	struct shared *shared = file->shared;

	file->shared = NULL;
	file->reads = 0;
	file->writes = 0;
	if (!shared || --shared->users != 0)
		return;
	for (unsigned int i = 0; i < REGIONS; i++)
		heap_real_free(shared->regions[i]);
	memset(shared, 0, sizeof(*shared));
}

static void join_shared(struct file *file)
{
	struct shared *found = NULL;

	for (unsigned int i = 0; i < FILES; i++) {
		if (shareds[i].users != 0 && shareds[i].node == file->node)
			found = &shareds[i];
	}
	for (unsigned int i = 0; !found; i++) {
		if (shareds[i].users == 0)
			found = &shareds[i];
	}
	found->node = file->node;
	found->users++;
	file->shared = found;
}

static int shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **to)
{
	struct file *file = file_of(base);
	uint8_t **bytes = NULL;

	if (!file->shared)
		join_shared(file);
	if (region >= REGIONS)
		return SQLITE_IOERR_SHMMAP;
	bytes = &file->shared->regions[region];
	if (!*bytes && extend != 0) {
		*bytes = heap_real_realloc(NULL, (size_t)size);
		memset(*bytes, 0, (size_t)size);
	}
	*to = *bytes;
	return SQLITE_OK;
}

static bool is_held(const struct file *file, uint16_t mask, bool by_readers_too)
{
	for (unsigned int i = 0; i < FILES; i++) {
		const struct file *other = files[i];

		if (!other || other == file || other->shared != file->shared)
			continue;
		if ((other->writes & mask) != 0 || (by_readers_too && (other->reads & mask) != 0))
			return true;
	}
	return false;
}

static int shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
	struct file *file = file_of(base);
	const uint16_t mask = (uint16_t)(((1u << count) - 1u) << offset);
	const bool is_shared = (flags & SQLITE_SHM_SHARED) != 0;

	if ((flags & SQLITE_SHM_UNLOCK) != 0) {
		file->reads &= (uint16_t)~mask;
		file->writes &= (uint16_t)~mask;
		return SQLITE_OK;
	}
	if (disk_ask(DISK_LOCK, file->path) != DISK_DOES || is_held(file, mask, !is_shared))
		return SQLITE_BUSY;
	if (is_shared)
		file->reads |= mask;
	else
		file->writes |= mask;
	return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base)
{
	(void)base;
}

static int shm_unmap(sqlite3_file *base, int delete_too)
{
	(void)delete_too;
	leave_shared(file_of(base));
	return SQLITE_OK;
}

static int highest_of_others(const struct file *file)
{
	int level = SQLITE_LOCK_NONE;

	for (unsigned int i = 0; i < FILES; i++) {
		if (files[i] && files[i] != file && files[i]->node == file->node &&
			files[i]->level > level)
			level = files[i]->level;
	}
	return level;
}

static int lock(sqlite3_file *base, int level)
{
	struct file *file = file_of(base);
	const int others = highest_of_others(file);

	if (level <= file->level)
		return SQLITE_OK;
	if (disk_ask(DISK_LOCK, file->path) != DISK_DOES)
		return SQLITE_BUSY;
	if (level == SQLITE_LOCK_SHARED && others >= SQLITE_LOCK_PENDING)
		return SQLITE_BUSY;
	if (level >= SQLITE_LOCK_RESERVED && others >= SQLITE_LOCK_RESERVED)
		return SQLITE_BUSY;
	if (level == SQLITE_LOCK_EXCLUSIVE && others >= SQLITE_LOCK_SHARED) {
		file->level = SQLITE_LOCK_PENDING;
		return SQLITE_BUSY;
	}
	file->level = level;
	return SQLITE_OK;
}

static int unlock(sqlite3_file *base, int level)
{
	file_of(base)->level = level;
	return SQLITE_OK;
}

static int check_reserved(sqlite3_file *base, int *ret_held)
{
	struct file *file = file_of(base);

	*ret_held = file->level >= SQLITE_LOCK_RESERVED ||
		highest_of_others(file) >= SQLITE_LOCK_RESERVED;
	return SQLITE_OK;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static int vfs_read(sqlite3_file *base, void *to, int len, sqlite3_int64 at)
{
	struct file *file = file_of(base);
	size_t count = 0;

	if (disk_ask(DISK_READ, file->path) != DISK_DOES)
		return refuse(DISK_FAILS, SQLITE_IOERR_READ);
	count = disk_read(file->node, (size_t)at, to, (size_t)len);
	if (count == (size_t)len)
		return SQLITE_OK;
	last_error = 0;
	memset((uint8_t *)to + count, 0, (size_t)len - count);
	return SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *base, const void *from, int len, sqlite3_int64 at)
{
	struct file *file = file_of(base);
	const enum disk_answer answer = disk_ask(DISK_WRITE, file->path);

	if (is_refused(answer))
		return refuse(answer, answer == DISK_IS_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE);
	disk_write(file->node, (size_t)at, from, (size_t)len);
	return finish(answer, SQLITE_IOERR_WRITE);
}

static int vfs_truncate(sqlite3_file *base, sqlite3_int64 len)
{
	struct file *file = file_of(base);
	const enum disk_answer answer = disk_ask(DISK_TRUNCATE, file->path);

	if (is_refused(answer))
		return refuse(answer, SQLITE_IOERR_TRUNCATE);
	disk_truncate(file->node, (size_t)len);
	return finish(answer, SQLITE_IOERR_TRUNCATE);
}

static int sync_own_folder(struct file *file)
{
	enum disk_answer answer = DISK_DOES;

	if (!file->syncs_folder)
		return SQLITE_OK;
	file->syncs_folder = false;
	answer = disk_ask(DISK_SYNC, "the folder");
	/* As there: that the folder cannot be synced is no error. */
	if (!is_refused(answer))
		disk_sync_folder_of(file->path);
	return SQLITE_OK;
}

static int vfs_sync(sqlite3_file *base, int flags)
{
	struct file *file = file_of(base);
	const enum disk_answer answer = disk_ask(DISK_SYNC, file->path);

	(void)flags;
	if (answer == DISK_LOSES)
		disk_lose_unsynced(file->node);
	if (is_refused(answer))
		return refuse(answer, SQLITE_IOERR_FSYNC);
	disk_sync(file->node);
	if (answer != DISK_DOES)
		return refuse(answer, SQLITE_IOERR_FSYNC);
	return sync_own_folder(file);
}

static int vfs_size(sqlite3_file *base, sqlite3_int64 *ret_len)
{
	*ret_len = (sqlite3_int64)disk_len(file_of(base)->node);
	return SQLITE_OK;
}

static int vfs_control(sqlite3_file *base, int what, void *arg)
{
	(void)base;
	(void)what;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int vfs_sector(sqlite3_file *base)
{
	(void)base;
	return 4096;
}

static int vfs_characteristics(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int vfs_close(sqlite3_file *base)
{
	struct file *file = file_of(base);

	leave_shared(file);
	for (unsigned int i = 0; i < FILES; i++) {
		if (files[i] == file)
			files[i] = NULL;
	}
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = vfs_close,
	.xRead = vfs_read,
	.xWrite = vfs_write,
	.xTruncate = vfs_truncate,
	.xSync = vfs_sync,
	.xFileSize = vfs_size,
	.xLock = lock,
	.xUnlock = unlock,
	.xCheckReservedLock = check_reserved,
	.xFileControl = vfs_control,
	.xSectorSize = vfs_sector,
	.xDeviceCharacteristics = vfs_characteristics,
	.xShmMap = shm_map,
	.xShmLock = shm_lock,
	.xShmBarrier = shm_barrier,
	.xShmUnmap = shm_unmap,
};

/* --- files ------------------------------------------------------------------------------------ */

static void enlist(struct file *file)
{
	unsigned int i = 0;

	while (i < FILES && files[i])
		i++;
	if (i == FILES)
		abort();
	files[i] = file;
}

static int vfs_open(
	sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *ret_flags)
{
	struct file *file = file_of(base);
	struct disk_node *node = disk_find(path);
	enum disk_answer answer = DISK_DOES;

	(void)vfs;
	memset(file, 0, sizeof(*file));
	answer = disk_ask(node ? DISK_OPEN : DISK_LINK, path);
	if (is_refused(answer))
		return refuse(answer, SQLITE_CANTOPEN);
	if (!node && (flags & SQLITE_OPEN_CREATE) != 0) {
		node = disk_create(path, false);
		file->syncs_folder = (flags & SQLITE_OPEN_WAL) != 0;
	}
	if (!node || answer != DISK_DOES)
		return refuse(DISK_FAILS, SQLITE_CANTOPEN);
	file->node = node;
	file->client = disk_client;
	snprintf(file->path, sizeof(file->path), "%s", path);
	file->base.pMethods = &methods;
	enlist(file);
	if (ret_flags)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
	const enum disk_answer answer = disk_ask(DISK_UNLINK, path);

	(void)vfs;
	if (is_refused(answer))
		return refuse(answer, SQLITE_IOERR_DELETE);
	if (!disk_unlink(path))
		return SQLITE_IOERR_DELETE_NOENT;
	if (sync_folder != 0)
		disk_sync_folder_of(path);
	return finish(answer, SQLITE_IOERR_DELETE);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret_is)
{
	const struct disk_node *node = disk_find(path);

	(void)vfs;
	/* As there: an empty file does not exist. */
	*ret_is = node && (flags != SQLITE_ACCESS_EXISTS || disk_len(node) > 0);
	return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int room, char *to)
{
	(void)vfs;
	snprintf(to, (size_t)room, "%s", path);
	return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int len, char *to)
{
	(void)vfs;
	for (int i = 0; i < len; i++) {
		random_state = random_state * 1664525u + 1013904223u;
		to[i] = (char)(random_state >> 24);
	}
	return len;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	disk_ask(DISK_SLEEP, "");
	return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, double *ret_days)
{
	(void)vfs;
	*ret_days = 2460000.5;
	return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int room, char *to)
{
	(void)vfs;
	(void)room;
	(void)to;
	return last_error;
}

static sqlite3_vfs vfs = {
	.iVersion = 1,
	.szOsFile = sizeof(struct file),
	.mxPathname = PATH_ROOM,
	.zName = "disk",
	.xOpen = vfs_open,
	.xDelete = vfs_delete,
	.xAccess = vfs_access,
	.xFullPathname = vfs_full_path,
	.xRandomness = vfs_randomness,
	.xSleep = vfs_sleep,
	.xCurrentTime = vfs_time,
	.xGetLastError = vfs_last_error,
};

void disk_vfs_register(void)
{
	random_state = 1;
	if (!sqlite3_vfs_find("disk") && sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
		abort();
}

unsigned int disk_vfs_open_files(void)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < FILES; i++)
		count += files[i] ? 1 : 0;
	return count;
}

bool disk_vfs_has_open(const struct disk_node *node)
{
	for (unsigned int i = 0; i < FILES; i++) {
		if (files[i] && files[i]->node == node)
			return true;
	}
	return false;
}

void disk_vfs_kill(unsigned int client, bool all)
{
	for (unsigned int i = 0; i < FILES; i++) {
		if (!files[i] || (!all && files[i]->client != client))
			continue;
		leave_shared(files[i]);
		files[i]->level = SQLITE_LOCK_NONE;
		files[i] = NULL;
	}
}
