/* SPDX-License-Identifier: BSD-2-Clause */
/* festore's two sides, one a storage, through libfestore: the benchmark's only use of festore.h. */
#include "side.h"

#include <festore.h>
#include <stdio.h>

static struct festore *fs;
static struct festore_reader *reader;
static void *content;
static size_t content_len;

static int answer(const char *what, enum festore_error error)
{
	if (error == FESTORE_OK)
		return 0;
	if (error == FESTORE_NO_SPACE)
		return SIDE_TOO_LARGE;
	fprintf(stderr, "bench: festore: %s: %s (%s)\n", what, festore_strerror(error),
		festore_reason(fs));
	return SIDE_FAILED;
}

static int open_storage(enum festore_storage storage, const char *vault)
{
	const struct festore_options options = {.storage = storage, .vault = vault};

	return answer("open", festore_open(&fs, &options));
}

static int open_ree(const char *vault)
{
	return open_storage(FESTORE_STORAGE_REE, vault);
}

/* An open session: the status opens the vault too, if there is one already. */
static int open_vault(const char *vault)
{
	struct festore_status status = {0};
	const int result = open_storage(FESTORE_STORAGE_VAULT, vault);

	return result == 0 ? answer("status", festore_status(fs, &status)) : result;
}

static void close_side(void)
{
	festore_close(&fs);
}

static int put(const char *name, const void *from, size_t len)
{
	return answer("put", festore_file_put(fs, name, from, len, 0));
}

static int get(const char *name, size_t len_max, const void **ret_content, size_t *ret_len)
{
	const enum festore_error error = festore_file_get(fs, name, &content, &content_len);

	(void)len_max;
	if (error == FESTORE_OK) {
		*ret_content = content;
		*ret_len = content_len;
	}
	return answer("get", error);
}

static void release(void)
{
	festore_content_free(content, content_len);
	content = NULL;
}

static int stat_file(const char *name, size_t *ret_len)
{
	struct festore_file_info info = {0};
	const enum festore_error error = festore_file_stat(fs, name, &info);

	*ret_len = (size_t)info.size;
	return answer("stat", error);
}

static int rm(const char *name)
{
	return answer("rm", festore_file_remove(fs, name));
}

static int mv(const char *name, const char *new_name)
{
	return answer("mv", festore_file_move(fs, name, new_name, 0));
}

static int count_one(const struct festore_file_info *info, void *arg)
{
	(void)info;
	++*(size_t *)arg;
	return 0;
}

static int ls(size_t *ret_count)
{
	*ret_count = 0;
	return answer("ls", festore_file_list(fs, NULL, count_one, ret_count));
}

static int empty(void)
{
	struct festore_status status = {0};

	return answer("status", festore_status(fs, &status));
}

static int batch_begin(void)
{
	return answer("batch", festore_batch_begin(fs));
}

static int batch_commit(void)
{
	return answer("batch", festore_batch_commit(fs));
}

static int open_file(const char *name)
{
	struct festore_file_info info = {0};

	return answer("open", festore_reader_open(fs, name, &reader, &info));
}

static int read_at(uint64_t offset, void *to, size_t len)
{
	size_t got = 0;
	const int result = answer("read", festore_reader_read(reader, offset, to, len, &got));

	return result == 0 && got != len ? SIDE_FAILED : result;
}

static void close_file(void)
{
	festore_reader_close(&reader);
}

#define SIDE_OF_ALL(name_, open_) \
	.name = (name_), .open = (open_), .close = close_side, .create = put, .replace = put, \
	.get = get, .release = release, .stat = stat_file, .rm = rm, .ls = ls, .empty = empty

/* Without mv: the bare TA has none to compare it with, and among many objects it takes long. */
const struct side ree_side = {SIDE_OF_ALL("ree", open_ree)};

const struct side vault_side = {
	SIDE_OF_ALL("vault", open_vault),
	.mv = mv,
	.batch_begin = batch_begin,
	.batch_commit = batch_commit,
	.open_file = open_file,
	.read_at = read_at,
	.close_file = close_file,
};
