/* SPDX-License-Identifier: BSD-2-Clause */
/* The copy of a vault's database, and its rows. */
#ifndef DATABASE_H
#define DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>

#define DATABASE_NAME "vault.db"

struct database {
	sqlite3 *db;
	char *folder; /* of the copy */
};

/* Copies database and log out of the open folder and opens the copy. Returns INSPECT_OK, or
 * complains. */
int database_open(int folder, const char *path, struct database *ret_database);
void database_close(struct database *database);

/*
 * Rows of a query that takes no values: database_rows(), database_next() until it is false, then
 * database_end(), which says whether that was the end. A query that cannot be prepared has no rows.
 */
sqlite3_stmt *database_rows(sqlite3 *db, const char *query);
bool database_next(sqlite3_stmt *rows);
bool database_end(sqlite3_stmt *rows);

#endif
