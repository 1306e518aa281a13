/* SPDX-License-Identifier: BSD-2-Clause */
/* SQLite over a copy of a database that is hostile. */
#include "database.h"

#include "inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* With its log it is what was committed; the index beside it SQLite makes anew. */
static const char *const files[] = {DATABASE_NAME, DATABASE_NAME "-wal"};

enum { FILES = sizeof(files) / sizeof(files[0]) };

static int copy_bytes(int from, int to)
{
	char bytes[65536];
	ssize_t got = 0;

	while ((got = read(from, bytes, sizeof(bytes))) > 0) {
		if (write(to, bytes, (size_t)got) != got)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

static int copy_file(int folder, const char *name, const char *to_folder)
{
	int from = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat about = {0};
	char *path = NULL;
	int to = -1;
	int result = -1;

	/* There need not be a log. */
	if (from < 0)
		return errno == ENOENT && strcmp(name, DATABASE_NAME) != 0 ? 0 : -1;
	if (fstat(from, &about) == 0 && S_ISREG(about.st_mode) &&
		asprintf(&path, "%s/%s", to_folder, name) >= 0) {
		to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		result = to < 0 ? -1 : copy_bytes(from, to);
		free(path);
	}
	close(from);
	if (to >= 0)
		close(to);
	return result;
}

static int open_copy(struct database *database, const char *path)
{
	char *name = NULL;
	int result = SQLITE_NOMEM;

	if (asprintf(&name, "%s/" DATABASE_NAME, database->folder) >= 0) {
		result = sqlite3_open_v2(name, &database->db, SQLITE_OPEN_READWRITE, NULL);
		free(name);
	}
	if (result != SQLITE_OK)
		return complain(INSPECT_ERROR, "%s: %s", path, sqlite3_errstr(result));
	/* What is written in it by others must not become something that runs. */
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	return INSPECT_OK;
}

int database_open(int folder, const char *path, struct database *ret_database)
{
	const char *temporary = getenv("TMPDIR");
	struct database database = {0};
	int status = INSPECT_OK;

	if (asprintf(&database.folder, "%s/festore-inspect.XXXXXX",
		    temporary ? temporary : "/tmp") < 0)
		return complain(INSPECT_ERROR, "no memory");
	if (!mkdtemp(database.folder)) {
		status = complain(INSPECT_ERROR, "%s: %s", database.folder, strerror(errno));
		free(database.folder);
		return status;
	}
	for (unsigned int i = 0; i < FILES && status == INSPECT_OK; i++) {
		if (copy_file(folder, files[i], database.folder) != 0)
			status = complain(INSPECT_ERROR, "%s/%s: cannot be copied: %s", path,
				files[i], strerror(errno));
	}
	if (status == INSPECT_OK)
		status = open_copy(&database, path);
	if (status != INSPECT_OK)
		database_close(&database);
	*ret_database = database;
	return status;
}

void database_close(struct database *database)
{
	static const char *const made[] = {DATABASE_NAME, DATABASE_NAME "-wal",
		DATABASE_NAME "-shm", DATABASE_NAME "-journal"};
	char *path = NULL;

	sqlite3_close(database->db);
	for (unsigned int i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		if (asprintf(&path, "%s/%s", database->folder, made[i]) < 0)
			continue;
		unlink(path);
		free(path);
	}
	rmdir(database->folder);
	free(database->folder);
	*database = (struct database){0};
}

sqlite3_stmt *database_rows(sqlite3 *db, const char *query)
{
	sqlite3_stmt *rows = NULL;

	return sqlite3_prepare_v2(db, query, -1, &rows, NULL) == SQLITE_OK ? rows : NULL;
}

bool database_next(sqlite3_stmt *rows)
{
	return rows && sqlite3_step(rows) == SQLITE_ROW;
}

bool database_end(sqlite3_stmt *rows)
{
	/* It gives the error of the last step once more. */
	return rows && sqlite3_finalize(rows) == SQLITE_OK;
}
