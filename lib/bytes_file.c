/* SPDX-License-Identifier: BSD-2-Clause */
/* The database's files: how they come into being, how much they take, and their end. */
#include "bytes_db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* `entry` has its large column last, so that a path is read without it. */
const struct db_table db_tables[DB_TABLES] = {
	{"meta", "CREATE TABLE meta (id INTEGER PRIMARY KEY, value BLOB NOT NULL)"},
	{"entry",
		"CREATE TABLE entry (prefix INTEGER PRIMARY KEY, locator BLOB NOT NULL, "
		"record BLOB NOT NULL, content_id INTEGER NOT NULL, content BLOB)"},
	{"node", "CREATE TABLE node (id INTEGER PRIMARY KEY, hashes BLOB NOT NULL)"},
	{"content", "CREATE TABLE content (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)"},
};

/* Where a database file says which journal it has, twice; 2 is the write-ahead log. */
enum { AT_WRITE_VERSION = 18, AT_READ_VERSION = 19, VERSION_WAL = 2 };

enum festore_error db_fail_errno(
	int error, const char *doing, const char *path, struct failure *failure)
{
	enum festore_error result = FESTORE_ERROR;

	if (error == ENOENT || error == ENOTDIR)
		result = FESTORE_NOT_FOUND;
	else if (error == EACCES || error == EPERM || error == EROFS)
		result = FESTORE_DENIED;
	else if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		result = FESTORE_NO_SPACE;
	return failure_set(failure, result, "cannot %s %s: %s", doing, path, strerror(error));
}

/* SQLite refuses links anywhere in a path; only that the file itself is none matters to us. */
char *db_resolve(const char *path, struct failure *failure)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *folder = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
	char *real = folder ? realpath(folder, NULL) : NULL;
	char *resolved = NULL;
	const int error = errno;

	if (real && asprintf(&resolved, "%s/%s", real, name) < 0)
		resolved = NULL;
	if (!real)
		db_fail_errno(error, "find", folder ? folder : path, failure);
	else if (!resolved)
		failure_set(failure, FESTORE_ERROR, "out of memory");
	free(folder);
	free(real);
	return resolved;
}

static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = strndup(path, (size_t)(slash - path + 1));
	const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int result = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0 && close(fd) != 0)
		result = -1;
	free(folder);
	return result;
}

/*
 * Syncs the names of all folders on the way to a file, whoever has made them: where a database is,
 * a power cut must not take the folder away from under it. What cannot be opened is not ours.
 */
static int sync_way(const char *path)
{
	char *way = strdup(path);
	char *slash = way ? strrchr(way, '/') : NULL;
	int result = way ? 0 : -1;

	while (result == 0 && slash && slash != way) {
		*slash = '\0';
		result = sync_folder(way);
		if (result != 0 && (errno == EACCES || errno == EPERM || errno == EINVAL))
			result = 0;
		slash = strrchr(way, '/');
	}
	free(way);
	return result;
}

/* The bytes of an empty database, for sqlite3_free(). */
static unsigned char *empty_image(size_t *ret_len)
{
	sqlite3_int64 len = 0;
	unsigned char *image = NULL;
	sqlite3 *db = NULL;
	char sql[160] = "";
	int result = sqlite3_open_v2(":memory:", &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

	snprintf(sql, sizeof(sql),
		"PRAGMA page_size = %d; PRAGMA application_id = %d; PRAGMA user_version = %d",
		DB_PAGE, DB_APPLICATION, DB_VERSION);
	if (result == SQLITE_OK)
		result = sqlite3_exec(db, sql, NULL, NULL, NULL);
	for (int i = 0; result == SQLITE_OK && i < DB_TABLES; i++)
		result = sqlite3_exec(db, db_tables[i].sql, NULL, NULL, NULL);
	if (result == SQLITE_OK)
		image = sqlite3_serialize(db, "main", &len, 0);
	if (image) {
		image[AT_WRITE_VERSION] = VERSION_WAL;
		image[AT_READ_VERSION] = VERSION_WAL;
	}
	sqlite3_close(db);
	*ret_len = (size_t)len;
	return image;
}

static int write_image(int fd, const unsigned char *image, size_t len, unsigned int mode)
{
	while (len > 0) {
		const ssize_t written = write(fd, image, len);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			image += written;
			len -= (size_t)written;
		}
	}
	return fchmod(fd, mode) == 0 ? fsync(fd) : -1;
}

/*
 * Written whole under another name first. SQLite never has that one open: closing a file would drop
 * the locks that this process has on it. Where another process was first, its file stays.
 */
static enum festore_error create_as(
	char *new_path, const char *path, unsigned int mode, struct failure *failure)
{
	size_t len = 0;
	unsigned char *image = empty_image(&len);
	enum festore_error error = FESTORE_OK;
	int fd = -1;

	if (!image)
		return failure_set(failure, FESTORE_ERROR, "SQLite cannot make a database");
	fd = mkostemp(new_path, O_CLOEXEC);
	if (fd < 0) {
		error = db_fail_errno(errno, "create", new_path, failure);
		goto out;
	}
	if (write_image(fd, image, len, mode) != 0 || sync_way(path) != 0 ||
		(link(new_path, path) != 0 && errno != EEXIST))
		error = db_fail_errno(errno, "create", path, failure);
	close(fd);
	unlink(new_path);
	if (error == FESTORE_OK && sync_folder(path) != 0)
		error = db_fail_errno(errno, "sync the folder of", path, failure);
out:
	sqlite3_free(image);
	return error;
}

static enum festore_error create(const char *path, unsigned int mode, struct failure *failure)
{
	enum festore_error error = FESTORE_OK;
	char *new_path = NULL;

	if (asprintf(&new_path, "%s.XXXXXX", path) < 0)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	error = create_as(new_path, path, mode, failure);
	free(new_path);
	return error;
}

/*
 * A database with a write-ahead log has no rollback journal. SQLite would play back one that was
 * laid beside it, and remove another file that such a journal names.
 */
static enum festore_error refuse_journal(const char *path, struct failure *failure)
{
	struct stat status = {0};
	char *journal = NULL;
	int result = asprintf(&journal, "%s-journal", path);

	if (result < 0)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	result = lstat(journal, &status);
	free(journal);
	if (result == 0)
		return failure_set(
			failure, FESTORE_DAMAGED, "the database %s has a foreign journal", path);
	return FESTORE_OK;
}

enum festore_error db_provide(
	const char *path, bool may_create, unsigned int mode, struct failure *failure)
{
	struct stat status = {0};
	enum festore_error error = FESTORE_OK;

	if (lstat(path, &status) != 0) {
		if (errno != ENOENT || !may_create)
			return db_fail_errno(errno, "open", path, failure);
		error = create(path, mode, failure);
	} else if (!S_ISREG(status.st_mode)) {
		return failure_set(failure, FESTORE_DENIED, "%s is not a regular file", path);
	}
	return error == FESTORE_OK ? refuse_journal(path, failure) : error;
}

/* The database's files; the first one is the database. */
static const char *const suffixes[] = {"", "-wal", "-shm"};

enum { FILES = sizeof(suffixes) / sizeof(suffixes[0]), THE_LOG = 1 };

static char *file_path(struct bytes *bytes, unsigned int which, struct failure *failure)
{
	char *path = NULL;

	if (asprintf(&path, "%s%s", bytes->path, suffixes[which]) >= 0)
		return path;
	failure_set(failure, FESTORE_ERROR, "out of memory");
	return NULL;
}

uint64_t bytes_disk_use_of(const char *path)
{
	char file[PATH_MAX + 8];
	uint64_t total = 0;

	for (unsigned int i = 0; i < FILES; i++) {
		struct stat status = {0};

		snprintf(file, sizeof(file), "%s%s", path, suffixes[i]);
		if (lstat(file, &status) == 0)
			total += (uint64_t)status.st_size;
	}
	return total;
}

enum festore_error bytes_disk_use(struct bytes *bytes, uint64_t *ret_bytes, struct failure *failure)
{
	struct stat status = {0};

	if (lstat(bytes->path, &status) != 0)
		return db_fail_errno(errno, "see", bytes->path, failure);
	*ret_bytes = bytes_disk_use_of(bytes->path);
	return FESTORE_OK;
}

enum festore_error bytes_unused(struct bytes *bytes, uint64_t *ret_bytes, struct failure *failure)
{
	enum festore_error error = db_enter(bytes, DB_READING, failure);
	sqlite3_stmt *statement = NULL;
	int64_t pages = 0;

	if (error == FESTORE_OK)
		error = db_prepare(bytes, DB_UNUSED, &statement, failure);
	if (error == FESTORE_OK)
		error = db_step(bytes, statement, failure);
	if (error != FESTORE_OK)
		return error;
	if (db_integer(statement, 0, 0, INT32_MAX, &pages))
		*ret_bytes = (uint64_t)pages * DB_PAGE;
	else
		error = db_damaged(bytes, "it has an impossible number of pages", failure);
	sqlite3_reset(statement);
	return error;
}

/* As disks write them: whole or not at all. */
enum { SECTOR = 512 };

static int overwrite(int fd)
{
	static const uint8_t zeros[4096];
	struct stat status = {0};

	if (fstat(fd, &status) != 0)
		return -1;
	/*
	 * First what makes it a log, in one sector: what a power cut leaves of the rest would
	 * otherwise be played back into the database.
	 */
	if (status.st_size >= SECTOR && (pwrite(fd, zeros, SECTOR, 0) != SECTOR || fsync(fd) != 0))
		return -1;
	for (off_t at = 0; at < status.st_size; at += (off_t)sizeof(zeros)) {
		const off_t left = status.st_size - at;
		const size_t len = left < (off_t)sizeof(zeros) ? (size_t)left : sizeof(zeros);

		if (pwrite(fd, zeros, len, at) != (ssize_t)len)
			return -1;
	}
	return fsync(fd);
}

/* The log holds pages as they were before, and is never locked: its file may be opened and closed.
 */
static enum festore_error overwrite_log(struct bytes *bytes, struct failure *failure)
{
	char *path = file_path(bytes, THE_LOG, failure);
	enum festore_error error = FESTORE_OK;
	int fd = -1;

	if (!path)
		return FESTORE_ERROR;
	fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if ((fd < 0 && errno != ENOENT) || (fd >= 0 && overwrite(fd) != 0))
		error = db_fail_errno(errno, "overwrite", path, failure);
	if (fd >= 0)
		close(fd);
	free(path);
	return error;
}

/* The database goes first: what is left over without it is nothing. */
static enum festore_error remove_files(struct bytes *bytes, struct failure *failure)
{
	for (unsigned int i = 0; i < FILES; i++) {
		char *path = file_path(bytes, i, failure);
		int result = 0;

		if (!path)
			return FESTORE_ERROR;
		result = unlink(path);
		free(path);
		if (result != 0 && errno != ENOENT)
			return db_fail_errno(errno, "remove", bytes->path, failure);
	}
	if (sync_folder(bytes->path) != 0)
		return db_fail_errno(errno, "sync the folder of", bytes->path, failure);
	return FESTORE_OK;
}

/*
 * Zeros, not no rows: whoever opens the database meanwhile must find it damaged, not empty, or it
 * would be filled again. So nobody writes after this, and the log can be overwritten.
 */
static enum festore_error overwrite_meta(struct bytes *bytes, struct failure *failure)
{
	enum festore_error error = bytes_begin_write(bytes, failure);
	int result = 0;

	if (error != FESTORE_OK)
		return error;
	result = sqlite3_exec(bytes->db,
		"UPDATE meta SET value = zeroblob(length(value)) WHERE id <= 3", NULL, NULL, NULL);
	if (result != SQLITE_OK) {
		error = db_fail(bytes, result, failure);
		bytes_end(bytes);
		return error;
	}
	return bytes_commit(bytes, failure);
}

enum festore_error bytes_destroy(struct bytes *bytes, struct failure *failure)
{
	enum festore_error error = overwrite_meta(bytes, failure);
	int result = SQLITE_OK;

	if (error != FESTORE_OK)
		return error;
	error = db_connect(bytes, failure);
	if (error != FESTORE_OK)
		return error;
	/* Waits until all readers have gone on to the database itself. */
	result =
		sqlite3_wal_checkpoint_v2(bytes->db, "main", SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	if (result != SQLITE_OK)
		return db_fail(bytes, result, failure);
	bytes->log_is_long = false;
	error = overwrite_log(bytes, failure);
	if (error != FESTORE_OK)
		return error;
	return remove_files(bytes, failure);
}
