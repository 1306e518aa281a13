/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a store should hold, as a plain table, and operations on both: the library over the disk,
 * the vault TA over the fake TEE, and the table. Whatever differs ends the test (wrong()).
 */
#ifndef FILES_H
#define FILES_H

#include <festore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_FOLDER "/disk/store"
#define STORE_DATABASE STORE_FOLDER "/default/vault.db"
#define STORE_LOG STORE_DATABASE "-wal"
#define STORE_BLOBS STORE_FOLDER "/default/blobs"

#define FILES_MAX 64

/* What was put or appended at once; its bytes follow from seed and length. */
struct piece {
	size_t len;
	uint32_t seed;
};

#define FILE_PIECES 8

/* A file: its content is that of its pieces, one after another. */
struct file {
	char tag[24];
	size_t len; /* of all pieces */
	unsigned int count;
	struct piece pieces[FILE_PIECES];
};

struct files {
	bool exist; /* there is a vault */
	size_t count;
	struct file all[FILES_MAX];
};

enum operation_kind {
	OP_PUT,
	OP_APPEND, /* at most FILE_PIECES - 1 to what a put has left */
	OP_REMOVE,
	OP_MOVE,
	OP_GET,
	OP_STAT,
	OP_LIST,
	OP_INIT,
	OP_DESTROY,
	OP_REOPEN, /* the handle is closed, another opened */
	OP_WRITE,  /* a put in pieces of any sizes */
	OP_DROP,   /* a put in pieces that is aborted in the end */
	OP_READ,   /* any ranges of an open file */
	OP_BATCH,
};

struct operation {
	enum operation_kind kind;
	const char *tag;
	const char *to; /* MOVE */
	size_t len;     /* PUT, APPEND */
	uint32_t seed;  /* PUT, APPEND */
	unsigned int flags;
	const struct operation *parts; /* BATCH: puts, removals and moves */
	size_t part_count;
	bool is_aborted; /* BATCH */
};

/* The bytes of a content, valid until the next call. */
const uint8_t *content_of(uint32_t seed, size_t len);

const struct file *files_find(const struct files *files, const char *tag);

/* What the operation answers on a store that holds these files, and what they are afterwards. */
enum festore_error files_expect(const struct files *files, const struct operation *op);
void files_apply(struct files *files, const struct operation *op);

/* "put a 100", valid until the next call. */
const char *operation_text(const struct operation *op);

/* Where the fake TEE keeps its objects, for those tests in which there are some. */
extern const char *store_objects;

/* A fresh TEE and an empty disk, the same in every run; the caller is user 1000. */
void store_begin(void);
void store_end(void);

/* The machine restarts; only the disk stays (as disk_lose_power() leaves it). */
void store_restart_tee(void);

/* A handle on the default vault of the user direct_uid. Fails the test if it cannot be opened. */
struct festore *store_open(void);
enum festore_error store_try_open(struct festore **ret_fs);

/*
 * Does the operation. What a read gives on success must be what `files` has of it, or, if `other`
 * is not NULL, of that.
 */
enum festore_error store_run(struct festore **fs, const struct operation *op,
	const struct files *files, const struct files *other);

/* As store_run() on `files`, which are kept up: the answer must be the expected one. */
void store_do(struct festore **fs, const struct operation *op, struct files *files);

/*
 * The store must hold exactly one of the two: lists, gets and stats all, looks for what is not
 * there, and puts and gets something new, which the other then also has. `other` may be NULL.
 * Returns the one that it is.
 */
struct files *store_check(struct festore **fs, struct files *files, struct files *other);

/* What a list gives, without contents; on an error nothing. */
enum festore_error store_list(struct festore **fs, struct files *ret_files);
bool files_same_names(const struct files *a, const struct files *b);

/* Can all of these be read, with these contents? */
bool store_has_contents(struct festore *fs, const struct files *files);

/* Nothing is left of anyone: of the library, SQLite, the disk's open files, the TA's heap. */
void store_check_clean(void);

/* `store_check()` with a fresh handle, which it closes. */
struct files *store_check_fresh(struct files *files, struct files *other);

#endif
