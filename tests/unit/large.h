/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More of a client of the *objects* TA, for unit tests of files larger than one window: contents
 * in pieces, moves, lists, and a look at what lies in the store.
 */
#ifndef LARGE_H
#define LARGE_H

#include "objects.h"

#include <dirent.h>

/* What a tag holds: `len` bytes that depend on `seed`, or nothing at all. */
struct held {
	bool exists;
	uint8_t seed;
	size_t len;
};

#define NOTHING ((struct held){0})
#define SMALL(seed_) ((struct held){true, seed_, 1000})
#define LARGE(seed_) ((struct held){true, seed_, 2 * FESTORE_WINDOW + 1000})

/* One byte more than a file may have, and a second room for what is read. */
static uint8_t large_content[FESTORE_REE_MAX + 1];
static uint8_t large_answer[FESTORE_REE_MAX + FESTORE_WINDOW];

/* The first `len` bytes of the content of `seed`; neighbouring windows differ. */
static inline const uint8_t *content_of(uint8_t seed, size_t len)
{
	for (size_t i = 0; i < len; i++)
		large_content[i] = (uint8_t)(i * 7 + (i >> 12) * 31 + seed);
	return large_content;
}

/* Puts in pieces of `step` bytes; stops at the first that is refused. */
static inline TEE_Result put_in_steps(uint32_t session, const char *tag, const uint8_t *content,
	size_t len, size_t step, uint32_t flags)
{
	TEE_Result res = TEE_SUCCESS;
	size_t done = 0;

	do {
		const size_t left = len - done;
		const size_t now = left < step ? left : step;
		const uint32_t more = left > now ? FESTORE_WIRE_MORE : 0u;

		res = put_flags(session, tag, content + done, now,
			flags | more | (done != 0 ? FESTORE_WIRE_CONTINUE : 0u));
		done += now;
	} while (res == TEE_SUCCESS && done < len);
	return res;
}

static inline TEE_Result put_held(
	uint32_t session, const char *tag, struct held held, uint32_t flags)
{
	return put_in_steps(
		session, tag, content_of(held.seed, held.len), held.len, FESTORE_WINDOW, flags);
}

/* The first piece of a large put: the session then has a transfer under way. */
static inline TEE_Result begin_put(uint32_t session, const char *tag)
{
	return put_flags(session, tag, content_of(9, 100), 100, FESTORE_WIRE_MORE);
}

static inline TEE_Result end_put(uint32_t session, const char *tag)
{
	return put_flags(session, tag, content_of(9, 100), 100, FESTORE_WIRE_CONTINUE);
}

/* One call of a get: appends to large_answer at *done, and moves it. */
static inline TEE_Result get_step(uint32_t session, const char *tag, uint32_t flags, size_t *done,
	struct festore_wire_file *ret_file)
{
	struct invocation in = {
		.command = FESTORE_CMD_FILE_GET,
		.request = request_of(tag),
		.reply = ret_file,
		.reply_len = sizeof(*ret_file),
		.window = large_answer + *done,
		.window_len = FESTORE_WINDOW,
	};
	TEE_Result res = TEE_SUCCESS;

	in.request.flags = flags;
	res = call(session, &in);
	if (res != TEE_SUCCESS)
		assert_int_equal(in.window_len, 0);
	*done += in.window_len;
	return res;
}

/* Reads the rest of a get of which *done bytes have come. */
static inline TEE_Result get_rest(
	uint32_t session, const char *tag, size_t *done, struct festore_wire_file *file)
{
	TEE_Result res = TEE_SUCCESS;

	while (res == TEE_SUCCESS && *done < file->size)
		res = get_step(session, tag, FESTORE_WIRE_CONTINUE, done, file);
	return res;
}

/* Reads a file of any size into large_answer. */
static inline TEE_Result get_large(uint32_t session, const char *tag, size_t *ret_len)
{
	struct festore_wire_file file = {0};
	TEE_Result res = TEE_SUCCESS;

	*ret_len = 0;
	memset(large_answer, 0, sizeof(large_answer));
	res = get_step(session, tag, 0, ret_len, &file);
	if (res == TEE_SUCCESS)
		assert_int_equal(file.modified, 1234);
	if (res == TEE_SUCCESS)
		res = get_rest(session, tag, ret_len, &file);
	return res;
}

static inline bool answer_is(struct held held, size_t len)
{
	return held.exists && len == held.len &&
		memcmp(large_answer, content_of(held.seed, held.len), held.len) == 0;
}

/* Does the tag hold this? Asserts that it can be read, or is not there. */
static inline bool tag_holds(uint32_t session, const char *tag, struct held held)
{
	size_t len = 0;
	TEE_Result res = get_large(session, tag, &len);

	if (res == TEE_ERROR_ITEM_NOT_FOUND)
		return !held.exists;
	assert_int_equal(res, TEE_SUCCESS);
	return answer_is(held, len);
}

static inline TEE_Result move_flags(
	uint32_t session, const char *tag, const char *new_tag, uint32_t flags)
{
	struct festore_wire_tag wire = {0};
	struct invocation in = {
		.command = FESTORE_CMD_FILE_MOVE,
		.request = request_of(tag),
		.window = &wire,
		.window_len = sizeof(wire),
		.window_is_input = true,
	};

	wire.len = (uint16_t)strlen(new_tag);
	memcpy(wire.bytes, new_tag, wire.len);
	in.request.flags = flags;
	return call(session, &in);
}

static inline TEE_Result move(uint32_t session, const char *tag, const char *new_tag)
{
	return move_flags(session, tag, new_tag, 0);
}

static inline TEE_Result abort_all(uint32_t session)
{
	struct invocation in = {
		.command = FESTORE_CMD_ABORT,
		.request = {.protocol = FESTORE_PROTOCOL},
	};

	return call(session, &in);
}

/* What a list says of the tags "a" and "b", which most tests use. */
struct listing {
	unsigned int count;
	unsigned int damaged;
	unsigned int times_a;
	unsigned int times_b;
	uint64_t size_a;
	uint64_t size_b;
};

static inline void note_entry(const uint8_t *at, struct listing *listing)
{
	struct festore_wire_entry entry = {0};

	memcpy(&entry, at, sizeof(entry));
	listing->count++;
	if (entry.tag_len != 1)
		return;
	if (at[sizeof(entry)] == 'a') {
		listing->times_a++;
		listing->size_a = entry.size;
	} else if (at[sizeof(entry)] == 'b') {
		listing->times_b++;
		listing->size_b = entry.size;
	}
}

/* One page after the other to the end. Uses large_answer. */
static inline TEE_Result list_all(uint32_t session, struct listing *ret_listing)
{
	struct festore_wire_list list = {.more = 1};
	uint32_t flags = 0;

	memset(ret_listing, 0, sizeof(*ret_listing));
	while (list.more != 0) {
		struct invocation in = {
			.command = FESTORE_CMD_FILE_LIST,
			.request = request_of(""),
			.reply = &list,
			.reply_len = sizeof(list),
			.window = large_answer,
			.window_len = FESTORE_WINDOW,
		};
		size_t at = 0;
		TEE_Result res = TEE_SUCCESS;

		in.request.flags = flags;
		res = call(session, &in);
		if (res != TEE_SUCCESS)
			return res;
		for (uint32_t i = 0; i < list.count; i++) {
			struct festore_wire_entry entry = {0};

			memcpy(&entry, large_answer + at, sizeof(entry));
			note_entry(large_answer + at, ret_listing);
			at += FESTORE_ENTRY_ROOM(entry.tag_len);
		}
		assert_int_equal(at, in.window_len);
		ret_listing->damaged += list.damaged;
		flags = FESTORE_WIRE_CONTINUE;
	}
	return TEE_SUCCESS;
}

/* What lies in the store, as docs/SPEC.md describes it. */
struct census {
	unsigned int heads;
	unsigned int bodies;
	unsigned int unnamed; /* bodies that no head names */
};

/* Where the fake keeps the TA's objects: the store's only folder. False: there was none yet. */
static inline bool store_folder(char path[512])
{
	DIR *dir = opendir(store_dir);
	struct dirent *entry = NULL;
	bool found = false;

	assert_non_null(dir);
	while (!found && (entry = readdir(dir))) {
		found = entry->d_name[0] != '.' && strchr(entry->d_name, '-');
		if (found)
			snprintf(path, 512, "%s/%s", store_dir, entry->d_name);
	}
	closedir(dir);
	return found;
}

/* Bytes of an object's hexadecimal id. A file's name is "<place>-<id>". */
#define HEX_HEAD_LEN (2 * 49)
#define HEX_BODY_LEN (2 * 64)

static inline const char *hex_id(const char *name)
{
	const char *dash = strchr(name, '-');

	return dash ? dash + 1 : "";
}

static inline bool is_body(const char *hex)
{
	return strlen(hex) == HEX_BODY_LEN && strncmp(hex, "02", 2) == 0;
}

static inline bool is_head(const char *hex)
{
	return strlen(hex) == HEX_HEAD_LEN && strncmp(hex, "01", 2) == 0;
}

/* Does this head's object name this body? Its last 15 bytes are the nonce, if it has one. */
static inline bool head_names(const char *path, const char *head, const char *body)
{
	uint8_t bytes[24 + 24 + FESTORE_TAG_MAX + 15];
	FILE *file = NULL;
	size_t len = 0;

	if (strncmp(head + 2, body + 2, HEX_HEAD_LEN - 2) != 0)
		return false;
	file = fopen(path, "rb");
	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	if (len < 24 + 24 + 15 || bytes[24 + 12] != 1)
		return false;
	for (size_t i = 0; i < 15; i++) {
		char digits[3];

		snprintf(digits, sizeof(digits), "%02x", bytes[len - 15 + i]);
		if (strncmp(digits, body + HEX_HEAD_LEN + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

static inline bool body_is_named(const char *folder, const char *body)
{
	DIR *dir = opendir(folder);
	struct dirent *entry = NULL;
	bool named = false;

	assert_non_null(dir);
	while (!named && (entry = readdir(dir))) {
		char path[1024];

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (is_head(hex_id(entry->d_name)))
			named = head_names(path, hex_id(entry->d_name), body);
	}
	closedir(dir);
	return named;
}

static inline struct census count_store(void)
{
	struct census census = {0};
	char folder[512];
	struct dirent *entry = NULL;
	DIR *dir = NULL;

	if (!store_folder(folder))
		return census;
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *hex = hex_id(entry->d_name);

		if (is_head(hex))
			census.heads++;
		if (!is_body(hex))
			continue;
		census.bodies++;
		if (!body_is_named(folder, hex))
			census.unnamed++;
	}
	closedir(dir);
	return census;
}

/* Path of some body's file: of the largest or the smallest one. */
static inline void body_path(bool largest, char ret_path[1024])
{
	char folder[512];
	long best = -1;
	struct dirent *entry = NULL;
	DIR *dir = NULL;

	assert_true(store_folder(folder));
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[1024];
		FILE *file = NULL;
		long len = 0;

		if (!is_body(hex_id(entry->d_name)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		file = fopen(path, "rb");
		assert_non_null(file);
		assert_int_equal(fseek(file, 0, SEEK_END), 0);
		len = ftell(file);
		fclose(file);
		if (best < 0 || (largest ? len > best : len < best)) {
			best = len;
			memcpy(ret_path, path, sizeof(path));
		}
	}
	closedir(dir);
	assert_true(best >= 0);
}

static inline void flip_byte(const char *path, long at)
{
	FILE *file = fopen(path, "r+b");
	int byte = 0;

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	byte = fgetc(file);
	assert_int_not_equal(byte, EOF);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_not_equal(fputc(byte ^ 1, file), EOF);
	assert_int_equal(fclose(file), 0);
}

#endif
