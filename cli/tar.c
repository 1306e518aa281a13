/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes and reads the headers of tar archives. */
#include "tar.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[8];
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char unused[12];
};

static_assert(sizeof(struct header) == TAR_BLOCK, "as tar has it");

/* POSIX; GNU's has blanks there, and no prefix. */
#define MAGIC "ustar\00000"

/* What eleven octal digits hold. */
#define OCTAL_MAX 077777777777

/* A pax header of more is none that describes a file of ours: extended attributes are 64 KiB. */
#define PAX_MAX 1048576

enum {
	TYPE_OLD_FILE = '\0',
	TYPE_FILE = '0',
	TYPE_HARD_LINK = '1',
	TYPE_SYMBOLIC_LINK = '2',
	TYPE_CHARACTER_DEVICE = '3',
	TYPE_BLOCK_DEVICE = '4',
	TYPE_DIRECTORY = '5',
	TYPE_PIPE = '6',
	TYPE_CONTIGUOUS = '7',
	TYPE_PAX = 'x',
	TYPE_PAX_FOR_ALL = 'g',
	TYPE_GNU_LONG_NAME = 'L',
	TYPE_GNU_LONG_LINK = 'K',
	TYPE_GNU_SPARSE = 'S',
	TYPE_GNU_LABEL = 'V',
};

size_t tar_padding(uint64_t size)
{
	return (TAR_BLOCK - (size_t)(size % TAR_BLOCK)) % TAR_BLOCK;
}

size_t tar_end(uint64_t size)
{
	const size_t end = 2 * (size_t)TAR_BLOCK;

	return end + (TAR_RECORD - (size_t)((size + end) % TAR_RECORD)) % TAR_RECORD;
}

/* Of all bytes, its own place being blanks. */
static unsigned int checksum_of(const struct header *header)
{
	const uint8_t *at = (const uint8_t *)header;
	unsigned int sum = 0;

	for (size_t i = 0; i < sizeof(*header); i++)
		sum += at[i];
	for (size_t i = 0; i < sizeof(header->checksum); i++)
		sum += ' ' - (unsigned int)(uint8_t)header->checksum[i];
	return sum;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_header(uint8_t *to, const char *name, char type, uint64_t size, uint64_t modified)
{
	struct header header = {.type = type};
	const size_t len = strlen(name);

	memcpy(header.name, name, len < sizeof(header.name) ? len : sizeof(header.name));
	memcpy(header.magic, MAGIC, sizeof(header.magic));
	snprintf(header.mode, sizeof(header.mode), "%07o", 0600u);
	snprintf(header.uid, sizeof(header.uid), "%07o", 0u);
	snprintf(header.gid, sizeof(header.gid), "%07o", 0u);
	snprintf(header.size, sizeof(header.size), "%011llo", (unsigned long long)size);
	snprintf(header.mtime, sizeof(header.mtime), "%011llo", (unsigned long long)modified);
	/* In this form since the first tar. */
	snprintf(header.checksum, sizeof(header.checksum) - 1, "%06o", checksum_of(&header));
	header.checksum[sizeof(header.checksum) - 1] = ' ';
	memcpy(to, &header, sizeof(header));
}

/* Appends "LENGTH KEY=VALUE\n", of which the length counts itself. */
static void append_record(char *to, size_t room, const char *key, const char *value)
{
	const size_t at = strlen(to);
	const size_t rest = strlen(key) + strlen(value) + 3;
	size_t len = rest + 1;

	while (len != rest + (size_t)snprintf(NULL, 0, "%zu", len))
		len++;
	snprintf(to + at, room - at, "%zu %s=%s\n", len, key, value);
}

static bool is_ascii(const char *text)
{
	while (*text != '\0' && (*text & 0x80) == 0)
		text++;
	return *text == '\0';
}

size_t tar_header(const char *name, uint64_t size, int64_t modified, uint8_t to[TAR_HEADER_MAX])
{
	char records[TAR_BLOCK] = "";
	char number[24];
	const bool has_time = modified >= 0 && modified <= OCTAL_MAX;
	uint8_t *at = to;

	if (strlen(name) > sizeof(((struct header *)to)->name) || !is_ascii(name))
		append_record(records, sizeof(records), "path", name);
	if (size > OCTAL_MAX) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)size);
		append_record(records, sizeof(records), "size", number);
	}
	if (!has_time) {
		snprintf(number, sizeof(number), "%lld", (long long)modified);
		append_record(records, sizeof(records), "mtime", number);
	}
	if (records[0] != '\0') {
		/* A name that no file has, for programs that know no pax headers. */
		write_header(at, "././@PaxHeader", TYPE_PAX, strlen(records), 0);
		memcpy(at + TAR_BLOCK, records, sizeof(records));
		at += (size_t)2 * TAR_BLOCK;
	}
	write_header(at, name, TYPE_FILE, size > OCTAL_MAX ? 0 : size,
		has_time ? (uint64_t)modified : 0);
	return (size_t)(at - to) + TAR_BLOCK;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* What goes before the header that follows, and replaces parts of it. */
struct overrides {
	bool has_name;
	bool has_size;
	bool is_cut;
	char name[TAR_NAME_MAX + 1];
	uint64_t size;
};

static enum festore_error damaged(const struct tar_reader *reader, const char *what)
{
	return (enum festore_error)fail(
		reader->input->self, FESTORE_ERROR, "%s: %s", reader->input->name, what);
}

/* Reads exactly so many bytes. */
static enum festore_error read_all(struct tar_reader *reader, void *to, size_t len)
{
	struct input *input = reader->input;
	size_t got = 0;
	enum festore_error error = FESTORE_OK;

	input->left = len;
	error = input_read(input, to, len, &got);
	if (error == FESTORE_INTERRUPTED)
		fail(input->self, error, "interrupted");
	return error;
}

static enum festore_error pass_over(struct tar_reader *reader, uint64_t len)
{
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && len != 0) {
		const size_t step = len < TAR_BLOCK ? (size_t)len : TAR_BLOCK;

		error = read_all(reader, reader->block, step);
		len -= step;
	}
	return error;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* Octal digits between blanks, up to a NUL or the field's end; or, as GNU has it, 0x80 and then
 * the number in binary. False: neither, or more than `max`. */
static bool read_number(const char *field, size_t len, uint64_t max, uint64_t *ret_number)
{
	const bool is_binary = (uint8_t)field[0] == 0x80;
	uint64_t number = 0;
	size_t i = 0;

	if (is_binary)
		i = 1;
	while (!is_binary && i < len && field[i] == ' ')
		i++;
	if (i == len || (!is_binary && field[i] == '\0'))
		return false;
	for (; i < len && (is_binary || (field[i] != ' ' && field[i] != '\0')); i++) {
		const unsigned int base = is_binary ? 256 : 8;
		const unsigned int digit =
			is_binary ? (uint8_t)field[i] : (unsigned int)(field[i] - '0');

		if (digit >= base || number > (max - digit) / base)
			return false;
		number = number * base + digit;
	}
	*ret_number = number;
	return true;
}

/* Decimal digits and nothing else. */
static bool read_decimal(const char *text, size_t len, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++) {
		const unsigned int digit = (unsigned int)(text[i] - '0');

		if (digit > 9 || number > (max - digit) / 10)
			return false;
		number = 10 * number + digit;
	}
	*ret_number = number;
	return len != 0;
}

static void append_name(struct tar_member *member, const char *from, size_t len)
{
	const size_t at = strlen(member->name);
	const size_t room = TAR_NAME_MAX - at;

	member->is_cut = member->is_cut || len > room;
	memcpy(member->name + at, from, len < room ? len : room);
}

/* --- pax and GNU's headers before a file's own ------------------------------------------------ */

static bool is_key(const char *at, size_t len, const char *key)
{
	return len == strlen(key) && memcmp(at, key, len) == 0;
}

static bool begins_with(const char *at, size_t len, const char *key)
{
	return len >= strlen(key) && memcmp(at, key, strlen(key)) == 0;
}

/* A name that somebody has made longer than its own bytes say. */
static enum festore_error take_name(
	struct tar_reader *reader, struct overrides *overrides, const char *name, size_t len)
{
	struct tar_member member = {0};

	if (memchr(name, '\0', len))
		return damaged(reader, "a name has a NUL byte in it");
	append_name(&member, name, len);
	memcpy(overrides->name, member.name, sizeof(overrides->name));
	overrides->is_cut = member.is_cut;
	overrides->has_name = len != 0;
	return FESTORE_OK;
}

static enum festore_error take_record(struct tar_reader *reader, struct overrides *overrides,
	const char *key, size_t key_len, const char *value, size_t value_len)
{
	if (begins_with(key, key_len, "GNU.sparse.") || is_key(key, key_len, "SCHILY.realsize"))
		return damaged(reader, "sparse files are not imported");
	if (is_key(key, key_len, "path"))
		return take_name(reader, overrides, value, value_len);
	if (!is_key(key, key_len, "size"))
		return FESTORE_OK;
	overrides->has_size = value_len != 0;
	if (value_len != 0 && !read_decimal(value, value_len, INT64_MAX, &overrides->size))
		return damaged(reader, "a pax header is damaged");
	return FESTORE_OK;
}

static enum festore_error take_records(
	struct tar_reader *reader, struct overrides *overrides, const char *at, size_t left)
{
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && left != 0) {
		const char *blank = memchr(at, ' ', left < 20 ? left : 20);
		const char *equals = NULL;
		uint64_t len = 0;

		if (!blank || !read_decimal(at, (size_t)(blank - at), left, &len) ||
			len < (size_t)(blank - at) + 2 || at[len - 1] != '\n')
			return damaged(reader, "a pax header is damaged");
		equals = memchr(blank, '=', (size_t)(at + len - blank));
		if (!equals)
			return damaged(reader, "a pax header is damaged");
		error = take_record(reader, overrides, blank + 1, (size_t)(equals - blank - 1),
			equals + 1, (size_t)(at + len - equals) - 2);
		at += len;
		left -= (size_t)len;
	}
	return error;
}

/* What is said of all files must be nothing that each has for itself. */
static enum festore_error take_records_for_all(
	struct tar_reader *reader, const char *records, size_t len)
{
	struct overrides overrides = {0};
	const enum festore_error error = take_records(reader, &overrides, records, len);

	if (error == FESTORE_OK && (overrides.has_name || overrides.has_size))
		return damaged(reader, "a pax header gives all files one name or size");
	return error;
}

static enum festore_error take_bytes(struct tar_reader *reader, struct overrides *overrides,
	char type, const char *bytes, size_t len)
{
	if (type == TYPE_PAX)
		return take_records(reader, overrides, bytes, len);
	if (type == TYPE_PAX_FOR_ALL)
		return take_records_for_all(reader, bytes, len);
	/* GNU's names end with a NUL. */
	return take_name(reader, overrides, bytes, strnlen(bytes, len));
}

static enum festore_error read_overrides(
	struct tar_reader *reader, struct overrides *overrides, char type, uint64_t size)
{
	enum festore_error error = FESTORE_OK;
	char *bytes = NULL;

	if (size > PAX_MAX)
		return damaged(reader, "a header is too large");
	bytes = malloc((size_t)size + 1);
	if (!bytes)
		return damaged(reader, "out of memory");
	error = read_all(reader, bytes, (size_t)size);
	if (error == FESTORE_OK)
		error = take_bytes(reader, overrides, type, bytes, (size_t)size);
	free(bytes);
	return error == FESTORE_OK ? pass_over(reader, tar_padding(size)) : error;
}

/* --- members ---------------------------------------------------------------------------------- */

static bool is_regular(const struct header *header)
{
	return header->type == TYPE_FILE || header->type == TYPE_OLD_FILE ||
		header->type == TYPE_CONTIGUOUS;
}

static void take_own_name(const struct header *header, struct tar_member *member)
{
	if (memcmp(header->magic, MAGIC, sizeof(header->magic)) == 0 && header->prefix[0] != '\0') {
		append_name(
			member, header->prefix, strnlen(header->prefix, sizeof(header->prefix)));
		append_name(member, "/", 1);
	}
	append_name(member, header->name, strnlen(header->name, sizeof(header->name)));
}

static enum festore_error refuse(const struct tar_reader *reader, const struct header *header,
	const struct tar_member *member)
{
	const char *what = "of an unknown kind";

	switch (header->type) {
	case TYPE_HARD_LINK:
	case TYPE_SYMBOLIC_LINK:
		what = "a link";
		break;
	case TYPE_CHARACTER_DEVICE:
	case TYPE_BLOCK_DEVICE:
		what = "a device";
		break;
	case TYPE_PIPE:
		what = "a pipe";
		break;
	case TYPE_GNU_SPARSE:
		what = "a sparse file";
		break;
	default:
		break;
	}
	return (enum festore_error)fail(
		reader->input->self, FESTORE_ERROR, "%s: refused: it is %s", member->name, what);
}

/* The header of a file, a directory, or something that nobody could store. */
static enum festore_error take_member(struct tar_reader *reader, const struct header *header,
	const struct overrides *overrides, struct tar_member *ret_member, bool *ret_is_file)
{
	struct tar_member member = {.size = overrides->size, .is_cut = overrides->is_cut};
	size_t len = 0;

	if (overrides->has_name)
		memcpy(member.name, overrides->name, sizeof(member.name));
	else
		take_own_name(header, &member);
	len = strlen(member.name);
	*ret_is_file = is_regular(header);
	if (!*ret_is_file && header->type != TYPE_DIRECTORY)
		return refuse(reader, header, &member);
	if (*ret_is_file && !overrides->has_size &&
		!read_number(header->size, sizeof(header->size), INT64_MAX, &member.size))
		return damaged(reader, "a file's size is damaged");
	/* As the first tar wrote directories. */
	if (*ret_is_file && member.size == 0 && len != 0 && member.name[len - 1] == '/')
		*ret_is_file = false;
	*ret_member = member;
	return FESTORE_OK;
}

static const char *compression_of(const uint8_t *bytes, size_t len)
{
	static const struct {
		const char *magic;
		const char *program;
	} known[] = {
		{"\x1f\x8b", "zcat"},
		{"BZh", "bzcat"},
		{"\xfd"
		 "7zXZ",
			"xzcat"},
		{"\x28\xb5\x2f\xfd", "zstdcat"},
		{"\x1f\x9d", "zcat"},
		{"LZIP", "lzip -dc"},
		{"\x04\x22\x4d\x18", "lz4cat"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (len >= strlen(known[i].magic) &&
			memcmp(bytes, known[i].magic, strlen(known[i].magic)) == 0)
			return known[i].program;
	}
	return NULL;
}

/* The first block decides whether this is an archive at all. */
static enum festore_error read_first(struct tar_reader *reader)
{
	struct input *input = reader->input;
	const char *program = NULL;
	size_t len = 0;
	enum festore_error error = FESTORE_OK;

	input->left = INPUT_ALL;
	error = input_read(input, reader->block, TAR_BLOCK, &len);
	if (error == FESTORE_INTERRUPTED)
		fail(input->self, error, "interrupted");
	if (error != FESTORE_OK)
		return error;
	program = compression_of(reader->block, len);
	if (program)
		return (enum festore_error)fail(input->self, FESTORE_ERROR,
			"%s is compressed: unpack it on the way, with %s, say", input->name,
			program);
	reader->has_begun = true;
	return len == TAR_BLOCK ? FESTORE_OK : damaged(reader, "this is no tar archive");
}

static enum festore_error read_header(
	struct tar_reader *reader, struct header *ret_header, bool *ret_is_end)
{
	const bool is_first = !reader->has_begun;
	uint64_t checksum = 0;
	enum festore_error error =
		is_first ? read_first(reader) : read_all(reader, reader->block, TAR_BLOCK);

	if (error != FESTORE_OK)
		return error;
	memcpy(ret_header, reader->block, sizeof(*ret_header));
	*ret_is_end = is_zero(reader->block, TAR_BLOCK);
	if (*ret_is_end)
		return FESTORE_OK;
	if (read_number(ret_header->checksum, sizeof(ret_header->checksum), OCTAL_MAX, &checksum) &&
		checksum == checksum_of(ret_header))
		return FESTORE_OK;
	return damaged(reader, is_first ? "this is no tar archive" : "the archive is damaged");
}

/* Another block of zeros, and more; who writes into a pipe is to see all of it taken. */
static enum festore_error read_end(struct tar_reader *reader)
{
	size_t len = 0;
	enum festore_error error = read_all(reader, reader->block, TAR_BLOCK);

	for (len = TAR_BLOCK; error == FESTORE_OK && len != 0;) {
		if (!is_zero(reader->block, len))
			return damaged(reader, "there is more behind the archive's end");
		reader->input->left = INPUT_ALL;
		error = input_read(reader->input, reader->block, TAR_BLOCK, &len);
		if (error == FESTORE_INTERRUPTED)
			fail(reader->input->self, error, "interrupted");
	}
	return error == FESTORE_OK ? FESTORE_NOT_FOUND : error;
}

static bool is_override(char type)
{
	return type == TYPE_PAX || type == TYPE_PAX_FOR_ALL || type == TYPE_GNU_LONG_NAME;
}

/* One header with what belongs to it; *ret_is_file: it is one. */
static enum festore_error read_next(struct tar_reader *reader, struct overrides *overrides,
	struct tar_member *ret_member, bool *ret_is_file)
{
	struct header header;
	bool is_end = false;
	uint64_t size = 0;
	enum festore_error error = read_header(reader, &header, &is_end);

	*ret_is_file = false;
	if (error != FESTORE_OK)
		return error;
	if (is_end)
		return read_end(reader);
	if (!is_override(header.type) && header.type != TYPE_GNU_LONG_LINK &&
		header.type != TYPE_GNU_LABEL) {
		error = take_member(reader, &header, overrides, ret_member, ret_is_file);
		*overrides = (struct overrides){0};
		return error;
	}
	if (!read_number(header.size, sizeof(header.size), INT64_MAX, &size))
		return damaged(reader, "a header's size is damaged");
	if (is_override(header.type))
		return read_overrides(reader, overrides, header.type, size);
	return pass_over(reader, size + tar_padding(size));
}

enum festore_error tar_next(struct tar_reader *reader, struct tar_member *ret_member)
{
	struct overrides overrides = {0};
	bool is_file = false;
	enum festore_error error = FESTORE_OK;

	/* A content that nobody has read goes first. */
	if (reader->has_begun && reader->input->left != INPUT_ALL)
		error = pass_over(reader, reader->input->left);
	if (error == FESTORE_OK)
		error = pass_over(reader, reader->padding);
	reader->padding = 0;
	while (error == FESTORE_OK && !is_file)
		error = read_next(reader, &overrides, ret_member, &is_file);
	if (error != FESTORE_OK)
		return error;
	reader->padding = tar_padding(ret_member->size);
	reader->input->left = ret_member->size;
	reader->input->size = ret_member->size;
	return FESTORE_OK;
}
