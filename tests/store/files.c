// SPDX-License-Identifier: BSD-2-Clause
/* Operations on a store and on the table that says what is right. */
#include "files.h"

#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "heap.h"

#include "fake_tee.h"
#include <festore_vault.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many times shorter is the log that is copied into the database: every few commits. */
enum { TIMES = 13 };

static struct fake_ta vault_ta = FAKE_TA_LINKED(FESTORE_VAULT_UUID);
static uint8_t content[FILE_PIECES * 1048576];

TEE_Result TA_CreateEntryPoint(void);
void TA_DestroyEntryPoint(void);

typedef int (*wal_hook)(void *arg, sqlite3 *db, const char *name, int frames);

/* The library's hook, the same for all connections, is told of a longer log. */
static wal_hook library_hook;

void *__real_sqlite3_wal_hook(sqlite3 *db, wal_hook hook, void *arg);
void *__wrap_sqlite3_wal_hook(sqlite3 *db, wal_hook hook, void *arg);

static int tell_more(void *arg, sqlite3 *db, const char *name, int frames)
{
	return library_hook(arg, db, name, frames * TIMES);
}

void *__wrap_sqlite3_wal_hook(sqlite3 *db, wal_hook hook, void *arg)
{
	library_hook = hook;
	return __real_sqlite3_wal_hook(db, tell_more, arg);
}

static void fill(uint8_t *to, uint32_t seed, size_t len)
{
	uint32_t state = seed * 2654435761u | 1u;

	for (size_t i = 0; i < len; i++) {
		state = state * 1664525u + 1013904223u;
		to[i] = (uint8_t)(state >> 24);
	}
}

const uint8_t *content_of(uint32_t seed, size_t len)
{
	fill(content, seed, len);
	return content;
}

static const uint8_t *bytes_of(const struct file *file)
{
	size_t at = 0;

	if (file->len > sizeof(content))
		wrong("%s is longer than the test has room for", file->tag);
	for (unsigned int i = 0; i < file->count; i++) {
		fill(content + at, file->pieces[i].seed, file->pieces[i].len);
		at += file->pieces[i].len;
	}
	return content;
}

/* --- the table -------------------------------------------------------------------------------- */

static size_t index_of(const struct files *files, const char *tag)
{
	size_t i = 0;

	while (i < files->count && strcmp(files->all[i].tag, tag) != 0)
		i++;
	return i;
}

const struct file *files_find(const struct files *files, const char *tag)
{
	const size_t i = index_of(files, tag);

	return i < files->count ? &files->all[i] : NULL;
}

/* The first that fails is the answer; an aborted batch never asks for one. */
static enum festore_error expect_batch(const struct files *files, const struct operation *op)
{
	struct files so_far = *files;
	enum festore_error error = FESTORE_OK;

	for (size_t i = 0; i < op->part_count && error == FESTORE_OK; i++) {
		error = files_expect(&so_far, &op->parts[i]);
		files_apply(&so_far, &op->parts[i]);
	}
	return error;
}

enum festore_error files_expect(const struct files *files, const struct operation *op)
{
	const bool is_there = op->tag && files_find(files, op->tag);
	const bool clobbers = (op->flags & FESTORE_NO_CLOBBER) == 0;

	switch (op->kind) {
	case OP_PUT:
	case OP_WRITE:
		return is_there && !clobbers ? FESTORE_EXISTS : FESTORE_OK;
	case OP_BATCH:
		return expect_batch(files, op);
	case OP_GET:
	case OP_READ:
	case OP_STAT:
	case OP_REMOVE:
	case OP_APPEND:
		return is_there ? FESTORE_OK : FESTORE_NOT_FOUND;
	case OP_MOVE:
		if (!is_there)
			return FESTORE_NOT_FOUND;
		return files_find(files, op->to) && !clobbers ? FESTORE_EXISTS : FESTORE_OK;
	case OP_INIT:
		return files->exist ? FESTORE_EXISTS : FESTORE_OK;
	case OP_DESTROY:
		return files->exist ? FESTORE_OK : FESTORE_NOT_FOUND;
	default:
		return FESTORE_OK;
	}
}

static void drop(struct files *files, const char *tag)
{
	const size_t i = index_of(files, tag);

	if (i < files->count)
		files->all[i] = files->all[--files->count];
}

static void grow(struct file *file, size_t len, uint32_t seed)
{
	if (file->count == FILE_PIECES)
		wrong("more pieces than the test has room for");
	file->pieces[file->count++] = (struct piece){len, seed};
	file->len += len;
}

static void add(struct files *files, const char *tag, size_t len, uint32_t seed)
{
	struct file *file = &files->all[files->count++];

	if (files->count > FILES_MAX)
		wrong("more files than the test has room for");
	snprintf(file->tag, sizeof(file->tag), "%s", tag);
	file->len = 0;
	file->count = 0;
	grow(file, len, seed);
	files->exist = true;
}

void files_apply(struct files *files, const struct operation *op)
{
	struct file moved = {0};

	if (files_expect(files, op) != FESTORE_OK)
		return;
	switch (op->kind) {
	case OP_PUT:
	case OP_WRITE:
		drop(files, op->tag);
		add(files, op->tag, op->len, op->seed);
		break;
	case OP_REMOVE:
		drop(files, op->tag);
		break;
	case OP_MOVE:
		moved = *files_find(files, op->tag);
		drop(files, op->tag);
		drop(files, op->to);
		snprintf(moved.tag, sizeof(moved.tag), "%s", op->to);
		files->all[files->count++] = moved;
		break;
	case OP_APPEND:
		grow(&files->all[index_of(files, op->tag)], op->len, op->seed);
		break;
	case OP_BATCH:
		for (size_t i = 0; i < op->part_count && !op->is_aborted; i++)
			files_apply(files, &op->parts[i]);
		break;
	case OP_INIT:
		files->exist = true;
		break;
	case OP_DESTROY:
		*files = (struct files){0};
		break;
	default:
		break;
	}
}

const char *operation_text(const struct operation *op)
{
	static const char *const names[] = {"put", "append", "remove", "move", "get", "stat",
		"list", "init", "destroy", "reopen", "write", "drop", "read", "batch"};
	static char text[128];

	snprintf(text, sizeof(text), "%s %s %s %zu%s", names[op->kind], op->tag ? op->tag : "",
		op->to ? op->to : "", op->len, op->flags != 0 ? " no-clobber" : "");
	return text;
}

/* --- the store -------------------------------------------------------------------------------- */

const char *store_objects = "build";

void store_begin(void)
{
	/* No measurement: the same calls in every run. Tests run with the other AEAD too. */
	setenv("FESTORE_AEAD", "chacha20-poly1305", 0);
	heap_watch_sqlite();
	heap_on_allocation(NULL);
	disk_format();
	direct_on_call(NULL);
	direct_forget();
	direct_uid = 1000;
	direct_client = 0;
	fake_tee_start(store_objects);
	fake_tee_seed_random(7);
	fake_tee_load(&vault_ta);
}

void store_end(void)
{
	fake_tee_stop();
}

void store_restart_tee(void)
{
	fake_tee_restart();
	direct_forget();
}

enum festore_error store_try_open(struct festore **ret_fs)
{
	const struct festore_options options = {
		.storage = FESTORE_STORAGE_VAULT, .directory = STORE_FOLDER};
	enum festore_error error = FESTORE_OK;

	heap_resume();
	error = festore_open(ret_fs, &options);
	heap_pause();
	return error;
}

struct festore *store_open(void)
{
	struct festore *fs = NULL;

	if (store_try_open(&fs) != FESTORE_OK)
		wrong("cannot open: %s", festore_reason(fs));
	return fs;
}

/* Is this what one of the two has under the tag? */
static bool holds(const struct files *files, const char *tag, const uint8_t *bytes, size_t len)
{
	const struct file *file = files ? files_find(files, tag) : NULL;

	return file && file->len == len && (!bytes || memcmp(bytes, bytes_of(file), len) == 0);
}

static enum festore_error run_get(
	struct festore *fs, const char *tag, const struct files *files, const struct files *other)
{
	void *bytes = NULL;
	size_t len = 0;
	enum festore_error error = FESTORE_OK;

	heap_resume();
	error = festore_file_get(fs, tag, &bytes, &len);
	heap_pause();
	if (error == FESTORE_OK && !holds(files, tag, bytes, len) && !holds(other, tag, bytes, len))
		wrong("get %s gives %zu other bytes", tag, len);
	if (error != FESTORE_OK && bytes)
		wrong("get %s fails and gives bytes", tag);
	festore_content_free(bytes, len);
	return error;
}

static enum festore_error run_stat(
	struct festore *fs, const char *tag, const struct files *files, const struct files *other)
{
	struct festore_file_info info = {0};
	enum festore_error error = FESTORE_OK;

	heap_resume();
	error = festore_file_stat(fs, tag, &info);
	heap_pause();
	if (error == FESTORE_OK && !holds(files, tag, NULL, (size_t)info.size) &&
		!holds(other, tag, NULL, (size_t)info.size))
		wrong("stat %s says %llu", tag, (unsigned long long)info.size);
	return error;
}

/* The last list. */
static struct files listed;

static int note_listed(const struct festore_file_info *info, void *arg)
{
	struct files *to = arg;

	heap_pause();
	if (to->count > 0 && strcmp(to->all[to->count - 1].tag, info->tag) >= 0)
		wrong("the list has %s out of order", info->tag);
	add(to, info->tag, (size_t)info->size, 0);
	heap_resume();
	return 0;
}

bool files_same_names(const struct files *a, const struct files *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!holds(b, a->all[i].tag, NULL, a->all[i].len))
			return false;
	}
	return true;
}

enum festore_error store_list(struct festore **fs, struct files *ret_files)
{
	struct files files = {0};
	enum festore_error error = FESTORE_OK;

	heap_resume();
	error = festore_file_list(*fs, NULL, note_listed, &files);
	heap_pause();
	/* Records that do not open leave the others to be shown. */
	if (error != FESTORE_OK && error != FESTORE_DAMAGED && files.count != 0)
		wrong("a list fails and shows files: %s", festore_reason(*fs));
	listed = files;
	*ret_files = files;
	return error;
}

static bool is_listed(const struct files *files)
{
	return files && files_same_names(files, &listed);
}

/* Is all of it right, if not all of what is? */
static void check_shown(const struct files *files, const struct files *other)
{
	for (size_t i = 0; i < listed.count; i++) {
		const struct file *file = &listed.all[i];

		if (!holds(files, file->tag, NULL, file->len) &&
			!holds(other, file->tag, NULL, file->len))
			wrong("the list of a damaged vault has %s", file->tag);
	}
}

static enum festore_error run_list(
	struct festore *fs, const struct files *files, const struct files *other)
{
	struct files unused;
	const enum festore_error error = store_list(&fs, &unused);

	if (error == FESTORE_DAMAGED)
		check_shown(files, other);

	if (error == FESTORE_OK && !is_listed(files) && !is_listed(other))
		wrong("the list has %zu others than the %zu", listed.count, files->count);
	return error;
}

static enum festore_error run_change(struct festore *fs, const struct operation *op)
{
	/* A copy: another operation may come in between. */
	uint8_t *bytes = heap_real_realloc(NULL, op->len + 1);
	enum festore_error error = FESTORE_OK;

	if (op->kind == OP_PUT || op->kind == OP_APPEND)
		memcpy(bytes, content_of(op->seed, op->len), op->len);
	heap_resume();
	if (op->kind == OP_PUT)
		error = festore_file_put(fs, op->tag, bytes, op->len, op->flags);
	else if (op->kind == OP_APPEND)
		error = festore_file_append(fs, op->tag, bytes, op->len);
	else if (op->kind == OP_REMOVE)
		error = festore_file_remove(fs, op->tag);
	else if (op->kind == OP_MOVE)
		error = festore_file_move(fs, op->tag, op->to, op->flags);
	else if (op->kind == OP_INIT)
		error = festore_init(fs);
	else
		error = festore_destroy(fs);
	heap_pause();
	heap_real_free(bytes);
	return error;
}

/* A little generator of its own: a story's chances are not to depend on what it runs. */
static uint32_t next_of(uint32_t *state, uint32_t limit)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % limit;
}

static size_t piece_len(uint32_t *state)
{
	static const uint32_t limits[] = {9, 5000, 70000, 200000};

	return 1 + next_of(state, limits[next_of(state, 4)]);
}

static enum festore_error write_pieces(
	struct festore_writer *writer, const struct operation *op, const uint8_t *bytes)
{
	uint32_t state = op->seed;
	enum festore_error error = FESTORE_OK;

	for (size_t done = 0; done < op->len && error == FESTORE_OK;) {
		const size_t len = piece_len(&state);
		const size_t step = len < op->len - done ? len : op->len - done;

		error = festore_writer_write(writer, bytes + done, step);
		done += step;
	}
	return error;
}

static enum festore_error run_write(struct festore *fs, const struct operation *op)
{
	uint8_t *bytes = heap_real_realloc(NULL, op->len + 1);
	struct festore_writer *writer = NULL;
	enum festore_error error = FESTORE_OK;

	memcpy(bytes, content_of(op->seed, op->len), op->len);
	heap_resume();
	error = festore_writer_open(fs, op->tag, op->flags, &writer);
	if (error == FESTORE_OK) {
		const enum festore_error written = write_pieces(writer, op, bytes);

		error = written;
		if (op->kind == OP_DROP)
			festore_writer_abort(&writer);
		else
			error = festore_writer_commit(&writer);
		if (op->kind != OP_DROP && written != FESTORE_OK && error != written)
			wrong("a commit answers %d, and not %d as the write", error, written);
	}
	heap_pause();
	heap_real_free(bytes);
	return error;
}

/* Does a range hold what one of the two has there? */
static bool holds_range(const struct files *files, const char *tag, uint64_t offset,
	const uint8_t *bytes, size_t wanted, size_t len)
{
	const struct file *file = files ? files_find(files, tag) : NULL;
	size_t left = 0;

	if (!file)
		return false;
	left = offset < file->len ? file->len - (size_t)offset : 0;
	return len == (left < wanted ? left : wanted) &&
		(len == 0 || memcmp(bytes, bytes_of(file) + offset, len) == 0);
}

static enum festore_error read_ranges(struct festore *fs, struct festore_reader *reader,
	const struct operation *op, uint64_t size, const struct files *files,
	const struct files *other)
{
	uint8_t *bytes = heap_real_realloc(NULL, 300000);
	uint32_t state = op->seed;
	enum festore_error error = FESTORE_OK;

	for (unsigned int i = 0; i < 6 && error == FESTORE_OK; i++) {
		const uint64_t offset = next_of(&state, (uint32_t)size + 100);
		const size_t wanted = piece_len(&state);
		size_t len = 0;

		heap_resume();
		error = festore_reader_read(reader, offset, bytes, wanted, &len);
		heap_pause();
		if (error == FESTORE_OK &&
			!holds_range(files, op->tag, offset, bytes, wanted, len) &&
			!holds_range(other, op->tag, offset, bytes, wanted, len))
			wrong("%zu bytes of %s at %llu are %zu others", wanted, op->tag,
				(unsigned long long)offset, len);
		if (error != FESTORE_OK && festore_reason(fs)[0] == '\0')
			wrong("a read of a range answers %d without a reason", error);
	}
	heap_real_free(bytes);
	return error;
}

static enum festore_error run_read(struct festore *fs, const struct operation *op,
	const struct files *files, const struct files *other)
{
	struct festore_reader *reader = NULL;
	struct festore_file_info info = {0};
	enum festore_error error = FESTORE_OK;

	heap_resume();
	error = festore_reader_open(fs, op->tag, &reader, &info);
	heap_pause();
	if (error != FESTORE_OK)
		return error;
	if (!holds(files, op->tag, NULL, (size_t)info.size) &&
		!holds(other, op->tag, NULL, (size_t)info.size))
		wrong("%s opens with %llu bytes", op->tag, (unsigned long long)info.size);
	error = read_ranges(fs, reader, op, info.size, files, other);
	heap_resume();
	festore_reader_close(&reader);
	heap_pause();
	return error;
}

/* What fails ends the batch: the commit is to say so again. */
static enum festore_error run_batch(struct festore *fs, const struct operation *op)
{
	enum festore_error error = FESTORE_OK;
	enum festore_error committed = FESTORE_OK;

	heap_resume();
	error = festore_batch_begin(fs);
	heap_pause();
	if (error != FESTORE_OK)
		return error;
	for (size_t i = 0; i < op->part_count && error == FESTORE_OK; i++)
		error = run_change(fs, &op->parts[i]);
	heap_resume();
	if (op->is_aborted)
		festore_batch_abort(fs);
	else
		committed = festore_batch_commit(fs);
	heap_pause();
	if (!op->is_aborted && error != FESTORE_OK && committed != error)
		wrong("a batch's commit answers %d, and not %d as before", committed, error);
	return error == FESTORE_OK ? committed : error;
}

static enum festore_error run_reopen(struct festore **fs)
{
	heap_resume();
	festore_close(fs);
	heap_pause();
	return store_try_open(fs);
}

enum festore_error store_run(struct festore **fs, const struct operation *op,
	const struct files *files, const struct files *other)
{
	switch (op->kind) {
	case OP_GET:
		return run_get(*fs, op->tag, files, other);
	case OP_STAT:
		return run_stat(*fs, op->tag, files, other);
	case OP_LIST:
		return run_list(*fs, files, other);
	case OP_READ:
		return run_read(*fs, op, files, other);
	case OP_WRITE:
	case OP_DROP:
		return run_write(*fs, op);
	case OP_BATCH:
		return run_batch(*fs, op);
	case OP_REOPEN:
		return run_reopen(fs);
	default:
		return run_change(*fs, op);
	}
}

void store_do(struct festore **fs, const struct operation *op, struct files *files)
{
	const enum festore_error expected = files_expect(files, op);
	const enum festore_error error = store_run(fs, op, files, NULL);

	if (error != expected)
		wrong("%s answers %d, not %d: %s", operation_text(op), error, expected,
			festore_reason(*fs));
	files_apply(files, op);
}

bool store_has_contents(struct festore *fs, const struct files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const char *tag = files->all[i].tag;
		void *bytes = NULL;
		size_t len = 0;
		bool is_same = false;

		heap_resume();
		is_same = festore_file_get(fs, tag, &bytes, &len) == FESTORE_OK;
		heap_pause();
		is_same = is_same && holds(files, tag, bytes, len);
		festore_content_free(bytes, len);
		if (!is_same)
			return false;
	}
	return true;
}

/* Which of the two is the store's? If they have the same names and sizes, contents decide. */
static struct files *which(struct festore *fs, struct files *files, struct files *other)
{
	const enum festore_error error = run_list(fs, files, other);

	if (error != FESTORE_OK)
		wrong("cannot list: %d %s", error, festore_reason(fs));
	if (is_listed(files) && is_listed(other))
		return store_has_contents(fs, files) ? files : other;
	return is_listed(files) ? files : other;
}

struct files *store_check(struct festore **fs, struct files *files, struct files *other)
{
	const struct operation put = {.kind = OP_PUT, .tag = "~fresh", .len = 77, .seed = 4711};
	struct files *held = which(*fs, files, other);

	for (size_t i = 0; i < held->count; i++) {
		store_do(fs, &(struct operation){.kind = OP_GET, .tag = held->all[i].tag}, held);
		store_do(fs, &(struct operation){.kind = OP_STAT, .tag = held->all[i].tag}, held);
	}
	store_do(fs, &(struct operation){.kind = OP_GET, .tag = "~absent"}, held);
	store_do(fs, &put, held);
	store_do(fs, &(struct operation){.kind = OP_GET, .tag = put.tag}, held);
	store_do(fs, &(struct operation){.kind = OP_LIST}, held);
	return held;
}

struct files *store_check_fresh(struct files *files, struct files *other)
{
	struct festore *fs = store_open();
	struct files *held = store_check(&fs, files, other);

	heap_resume();
	festore_close(&fs);
	heap_pause();
	return held;
}

void store_check_clean(void)
{
	struct fake_counters counters;

	if (heap_blocks() != 0)
		wrong("%ld blocks of the client are not freed", heap_blocks());
	if (disk_open_files() != 0)
		wrong("%u files of the disk are open", disk_open_files());
	if (direct_open_things() != 0)
		wrong("%u things of libteec are open", direct_open_things());
	fake_tee_counters(&counters);
	if (counters.handles != 0)
		wrong("%u handles of the TA are open", counters.handles);
}
