/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blob files: sealed contents that are too large for the database, in a folder beside it. A file is
 * written once, under a number that was never used, and never changed; the database says which are
 * in use. Nothing that is read is to be believed before the TA has opened it.
 *
 * Whoever writes a blob holds its lock (flock) until the change that names it is confirmed, so that
 * no sweep takes it for an orphan; the lock dies with its process.
 */
#ifndef BLOB_H
#define BLOB_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob {
	int fd;        /* -1: none */
	int64_t id;    /* positive; the file's name is its 16 hexadecimal digits */
	uint64_t size; /* bytes written, or of the file that was opened */
	char *folder;
	bool is_new; /* blob_abandon() removes it */
};

#define BLOB_NONE \
	{ \
		.fd = -1 \
	}

/*
 * Makes a new blob in `folder`, which is made too if it is missing (`mode`: of the folder; the file
 * has what of it is for files), and whose own name is put on stable storage unless *is_safe says
 * that it is there, which it then does. The blob is the caller's, for blob_close() or
 * blob_abandon().
 */
enum festore_error blob_create(struct blob *ret_blob, const char *folder, unsigned int mode,
	bool *is_safe, struct failure *failure);

/* Appends bytes. FESTORE_NO_SPACE, FESTORE_ERROR. */
enum festore_error blob_append(
	struct blob *blob, const void *bytes, size_t len, struct failure *failure);

/* On success the file and its name are on stable storage. */
enum festore_error blob_sync(struct blob *blob, struct failure *failure);

/* Opens a blob for reading. FESTORE_NOT_FOUND: there is none; FESTORE_DAMAGED: it is no file. */
enum festore_error blob_open(
	struct blob *ret_blob, const char *folder, int64_t id, struct failure *failure);

/* Reads exactly `len` bytes. FESTORE_DAMAGED: there are not so many. */
enum festore_error blob_read(
	struct blob *blob, uint64_t offset, void *to, size_t len, struct failure *failure);

/* Closes it, and with it goes the lock; does nothing for none. */
void blob_close(struct blob *blob);

/* As blob_close(), and a blob that was created is removed. */
void blob_abandon(struct blob *blob);

/* Removes a blob that nothing names any more, also from among the orphans; who reads it may go on.
 * Failures do not matter. */
void blob_remove(const char *folder, int64_t id);

/* Removes all blobs, orphans too, and their folder. Failures do not matter. */
void blob_remove_all(const char *folder);

/* Bytes on disk of all blobs and orphans; 0 if there is no folder. */
uint64_t blob_disk_use(const char *folder);

/* A file in the folder of blobs, or in its folder of orphans. */
struct blob_found {
	const char *name;
	int64_t id;     /* 0: it is none of ours */
	bool is_orphan; /* moved away by a sweep */
	bool is_held;   /* somebody writes it, or may */
};

typedef enum festore_error (*blob_look)(const struct blob_found *found, void *arg);

/* Shows all that lies there; nothing if there is no folder. Ends with what is not FESTORE_OK. */
enum festore_error blob_look_through(
	const char *folder, blob_look look, void *arg, struct failure *failure);

/* Does something name this blob? */
typedef enum festore_error (*blob_is_named)(int64_t id, bool *ret_is_named, void *arg);

/* What a sweep has done. */
struct blob_sweep {
	unsigned int orphans; /* moved away now */
	unsigned int removed; /* that had been moved away long ago */
};

/*
 * Moves blobs that nobody writes and nothing names to the folder orphans/ in `folder`, and removes
 * from there what has been there for BLOB_ORPHAN_DAYS. To be called when what `is_named` says was
 * just proven to be current. What cannot be moved is left.
 */
#define BLOB_ORPHAN_DAYS 7

enum festore_error blob_sweep(const char *folder, blob_is_named is_named, void *arg,
	struct blob_sweep *ret_sweep, struct failure *failure);

#endif
