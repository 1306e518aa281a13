// SPDX-License-Identifier: BSD-2-Clause
/* Tar headers, written and read; archives that are cut, changed or made to harm. */
#include "../../cli/tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The command's own function is meant. */
#undef fail

/* --- what tar.c and input.c need of the command --------------------------------------------------
 */

static char said[512];

int fail(const struct subcommand *self, enum festore_error error, const char *format, ...)
{
	va_list arguments;

	(void)self;
	va_start(arguments, format);
	vsnprintf(said, sizeof(said), format, arguments);
	va_end(arguments);
	return (int)error;
}

void festore_set_progress(struct festore *fs, festore_progress progress, void *arg)
{
	(void)fs;
	(void)progress;
	(void)arg;
}

/* --- archives in memory --------------------------------------------------------------------------
 */

#define ROOM ((size_t)64 * 1024)

static uint8_t archive[ROOM];
static size_t archive_len;
static int archive_fd = -1;

static int begin(void **state)
{
	(void)state;
	memset(archive, 0, sizeof(archive));
	archive_len = 0;
	said[0] = '\0';
	archive_fd = memfd_create("archive", 0);
	return archive_fd < 0;
}

static int end(void **state)
{
	(void)state;
	return close(archive_fd);
}

static void append(const void *bytes, size_t len)
{
	assert_true(len <= sizeof(archive) - archive_len);
	memcpy(archive + archive_len, bytes, len);
	archive_len += len;
}

static void append_zeros(size_t len)
{
	static const uint8_t zeros[2 * TAR_BLOCK];

	append(zeros, len);
}

static void append_content(const char *content)
{
	append(content, strlen(content));
	append_zeros(tar_padding(strlen(content)));
}

/* Where a header has what. */
enum {
	AT_SIZE = 124,
	AT_CHECKSUM = 148,
	AT_TYPE = 156,
	AT_LINK = 157,
	AT_MAGIC = 257,
	AT_PREFIX = 345
};

static void correct(uint8_t *block)
{
	unsigned int sum = 0;
	char text[8];

	memset(block + AT_CHECKSUM, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	snprintf(text, sizeof(text), "%06o", sum & 0777777);
	memcpy(block + AT_CHECKSUM, text, 7);
}

/* A header of a kind, with a correct checksum; returns where it is. */
static uint8_t *append_header(const char *name, char type, uint64_t size)
{
	uint8_t header[TAR_HEADER_MAX];
	uint8_t *at = archive + archive_len;

	assert_int_equal(tar_header(name, size, 1234, header), TAR_BLOCK);
	header[AT_TYPE] = (uint8_t)type;
	correct(header);
	append(header, TAR_BLOCK);
	return at;
}

static void append_file(const char *name, const char *content)
{
	append_header(name, '0', strlen(content));
	append_content(content);
}

static void append_bytes(char type, const void *bytes, size_t len)
{
	append_header("before", type, len);
	append(bytes, len);
	append_zeros(tar_padding(len));
}

static struct input input;
static struct tar_reader reader;

/* Begins to read the first `len` bytes of the archive. */
static void begin_reading(size_t len)
{
	assert_int_equal(ftruncate(archive_fd, 0), 0);
	assert_int_equal(pwrite(archive_fd, archive, len, 0), (ssize_t)len);
	assert_int_equal(lseek(archive_fd, 0, SEEK_SET), 0);
	input = (struct input){.name = "archive", .fd = archive_fd, .left = INPUT_ALL};
	reader = (struct tar_reader){.input = &input};
	said[0] = '\0';
}

static void begin_reading_all(void)
{
	append_zeros((size_t)2 * TAR_BLOCK);
	begin_reading(archive_len);
}

static void expect_file(const char *name, const char *content)
{
	struct tar_member member;
	char got[4096];
	size_t len = 0;

	assert_int_equal(tar_next(&reader, &member), FESTORE_OK);
	assert_string_equal(member.name, name);
	assert_false(member.is_cut);
	assert_int_equal(member.size, strlen(content));
	assert_int_equal(input_read(&input, got, sizeof(got), &len), FESTORE_OK);
	assert_int_equal(len, strlen(content));
	assert_memory_equal(got, content, len);
}

static void expect_end(void)
{
	struct tar_member member;

	assert_int_equal(tar_next(&reader, &member), FESTORE_NOT_FOUND);
	assert_string_equal(said, "");
}

static void expect_refusal(const char *why)
{
	struct tar_member member;

	assert_int_equal(tar_next(&reader, &member), FESTORE_ERROR);
	assert_non_null(strstr(said, why));
}

/* --- what is written -----------------------------------------------------------------------------
 */

static void round_trip(const char *name, uint64_t size, int64_t modified, size_t blocks)
{
	uint8_t header[TAR_HEADER_MAX];
	struct tar_member member;
	const size_t len = tar_header(name, size, modified, header);

	assert_int_equal(len, blocks * TAR_BLOCK);
	archive_len = 0;
	append(header, len);
	begin_reading(archive_len);
	assert_int_equal(tar_next(&reader, &member), FESTORE_OK);
	assert_string_equal(member.name, name);
	assert_int_equal(member.size, size);
	assert_int_equal(input.left, size);
}

static void what_is_written_can_be_read(void **state)
{
	char name[FESTORE_TAG_LEN_MAX + 1];

	(void)state;
	round_trip("a", 0, 0, 1);
	round_trip("a/b", 077777777777, 077777777777, 1);
	round_trip("gr\xc3\xb6\xc3\x9f"
		   "e",
		1, 1, 3);
	round_trip("a", 0100000000000, 0, 3);
	round_trip("a", INT64_MAX, INT64_MIN, 3);
	for (size_t len = 90; len < sizeof(name); len++) {
		memset(name, 'n', len);
		name[len] = '\0';
		round_trip(name, INT64_MAX, INT64_MAX, 3);
		round_trip(name, 5, 5, len > 100 ? 3 : 1);
	}
}

static void a_pax_header_has_its_records(void **state)
{
	static const char records[] =
		"11 path=\xc3\xb6\n28 size=9223372036854775807\n12 mtime=-1\n";
	uint8_t header[TAR_HEADER_MAX];

	(void)state;
	assert_int_equal(tar_header("\xc3\xb6", INT64_MAX, -1, header), 3 * TAR_BLOCK);
	assert_memory_equal(header + TAR_BLOCK, records, sizeof(records));
	assert_int_equal(header[AT_TYPE], 'x');
	assert_int_equal(header[2 * TAR_BLOCK + AT_TYPE], '0');
	assert_memory_equal(header + 2 * TAR_BLOCK + AT_SIZE, "00000000000", 12);
}

static void lengths_are_whole_records(void **state)
{
	(void)state;
	assert_int_equal(tar_padding(0), 0);
	assert_int_equal(tar_padding(1), 511);
	assert_int_equal(tar_padding(512), 0);
	assert_int_equal(tar_padding(UINT64_MAX), 1);
	for (uint64_t size = 0; size < 4 * TAR_RECORD; size += TAR_BLOCK) {
		assert_true(tar_end(size) >= 2 * TAR_BLOCK);
		assert_true(tar_end(size) < TAR_RECORD + 2 * TAR_BLOCK);
		assert_int_equal((size + tar_end(size)) % TAR_RECORD, 0);
	}
}

/* --- what is read --------------------------------------------------------------------------------
 */

static void files_come_in_order(void **state)
{
	(void)state;
	append_file("a", "first");
	append_header("d/", '5', 0);
	append_header("old/", '0', 0);
	append_file("d/b", "");
	append_header("c", '\0', 3);
	append_content("abc");
	append_header("contiguous", '7', 1);
	append_content("x");
	begin_reading_all();
	expect_file("a", "first");
	expect_file("d/b", "");
	expect_file("c", "abc");
	expect_file("contiguous", "x");
	expect_end();
}

/* A directory has no content, whatever its size says. */
static void a_directory_has_no_content(void **state)
{
	(void)state;
	append_header("d", '5', 4096);
	append_file("a", "first");
	begin_reading_all();
	expect_file("a", "first");
	expect_end();
}

static void what_was_not_read_is_passed_over(void **state)
{
	struct tar_member member;

	(void)state;
	append_file("a", "first");
	append_file("b", "second");
	begin_reading_all();
	assert_int_equal(tar_next(&reader, &member), FESTORE_OK);
	expect_file("b", "second");
	expect_end();
}

static void a_prefix_is_part_of_the_name(void **state)
{
	uint8_t *header = NULL;

	(void)state;
	header = append_header("name", '0', 0);
	memcpy(header + AT_PREFIX, "folder/of", 9);
	correct(header);
	header = append_header("gnu", '0', 0);
	memcpy(header + AT_PREFIX, "no prefix", 9);
	memcpy(header + AT_MAGIC, "ustar  ", 8);
	correct(header);
	begin_reading_all();
	expect_file("folder/of/name", "");
	expect_file("gnu", "");
	expect_end();
}

static void pax_records_replace_what_follows(void **state)
{
	static const char empty[] = "8 path=\n";

	(void)state;
	append_bytes('g', "20 comment=whatever\n", 20);
	append_bytes('x', "", 0);
	append_file("a", "first");
	append_bytes('x', "17 path=pax name\n9 size=3\n21 SCHILY.x=a\nb\0c=de\n", 47);
	append_header("b", '0', 0);
	append_content("abc");
	append_bytes('x', empty, sizeof(empty) - 1);
	append_file("c", "for one file only");
	append_bytes('x', "12 path=dir\n", 12);
	append_header("short", '5', 0);
	append_file("d", "and one directory");
	begin_reading_all();
	expect_file("a", "first");
	expect_file("pax name", "abc");
	expect_file("c", "for one file only");
	expect_file("d", "and one directory");
	expect_end();
}

static void gnu_names_replace_what_follows(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'g', sizeof(name));
	name[199] = '\0';
	append_bytes('K', "a link's target, of no interest", 31);
	append_bytes('L', name, sizeof(name));
	append_file("short", "content");
	append_bytes('V', "", 0);
	append_file("next", "");
	begin_reading_all();
	expect_file(name, "content");
	expect_file("next", "");
	expect_end();
}

static void binary_sizes_are_numbers(void **state)
{
	uint8_t *header = NULL;

	(void)state;
	header = append_header("a", '0', 0);
	memset(header + AT_SIZE, 0, 12);
	header[AT_SIZE] = 0x80;
	header[AT_SIZE + 11] = 3;
	correct(header);
	append_content("abc");
	begin_reading_all();
	expect_file("a", "abc");
	expect_end();
}

static void a_name_that_is_too_long_is_cut(void **state)
{
	struct tar_member member;
	char name[TAR_NAME_MAX + 1];

	(void)state;
	memset(name, 'g', sizeof(name));
	append_bytes('L', name, sizeof(name));
	append_file("short", "content");
	begin_reading_all();
	assert_int_equal(tar_next(&reader, &member), FESTORE_OK);
	assert_true(member.is_cut);
	assert_int_equal(strlen(member.name), TAR_NAME_MAX);
}

/* --- what is refused -----------------------------------------------------------------------------
 */

static void other_members_are_refused(void **state)
{
	static const struct {
		char type;
		const char *why;
	} kinds[] = {{'1', "x: refused: it is a link"}, {'2', "x: refused: it is a link"},
		{'3', "it is a device"}, {'4', "it is a device"}, {'6', "it is a pipe"},
		{'S', "it is a sparse file"}, {'M', "of an unknown kind"},
		{'D', "of an unknown kind"}, {'X', "of an unknown kind"},
		{(char)0xff, "of an unknown kind"}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		archive_len = 0;
		append_file("a", "first");
		append_header("x", kinds[i].type, 0);
		begin_reading_all();
		expect_file("a", "first");
		expect_refusal(kinds[i].why);
	}
}

static void refused_after(char type, const void *bytes, size_t len, const char *why)
{
	archive_len = 0;
	append_bytes(type, bytes, len);
	append_file("a", "first");
	begin_reading_all();
	expect_refusal(why);
}

#define REFUSED(type, text, why) refused_after(type, text, sizeof(text) - 1, why)

static void damaged_pax_headers_are_refused(void **state)
{
	(void)state;
	REFUSED('x', "9 path=ab", "a pax header is damaged");
	REFUSED('x', "11 path=a\n", "a pax header is damaged");
	REFUSED('x', "8 path=a\n", "a pax header is damaged");
	REFUSED('x', "path=a\n", "a pax header is damaged");
	REFUSED('x', " 9 path=a\n", "a pax header is damaged");
	REFUSED('x', "-9 path=a\n", "a pax header is damaged");
	REFUSED('x', "2 \n", "a pax header is damaged");
	REFUSED('x', "0 \n", "a pax header is damaged");
	REFUSED('x', "99999999999999999999 path=a\n", "a pax header is damaged");
	REFUSED('x', "18446744073709551625 path=a\n", "a pax header is damaged");
	REFUSED('x', "7 path\n", "a pax header is damaged");
	REFUSED('x', "9 size=x\n", "a pax header is damaged");
	REFUSED('x', "11 size=-1\n", "a pax header is damaged");
	REFUSED('x', "28 size=9223372036854775808\n", "a pax header is damaged");
	REFUSED('x', "12 path=a\0b\n", "a NUL byte");
}

static void sparse_files_are_refused(void **state)
{
	(void)state;
	REFUSED('x', "22 GNU.sparse.major=1\n", "sparse");
	REFUSED('x', "27 GNU.sparse.realsize=100\n", "sparse");
	REFUSED('x', "25 SCHILY.realsize=10000\n", "sparse");
	REFUSED('g', "22 GNU.sparse.major=1\n", "sparse");
}

static void a_name_for_all_is_refused(void **state)
{
	(void)state;
	REFUSED('g', "9 path=a\n", "one name or size");
	REFUSED('g', "9 size=1\n", "one name or size");
}

static void sizes_that_no_file_has_are_refused(void **state)
{
	static const char *const sizes[] = {"", "           ", "0000000000x", "00000000009",
		"-0000000001", "\x80\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};
	uint8_t *header = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		archive_len = 0;
		header = append_header("a", '0', 0);
		memset(header + AT_SIZE, 0, 12);
		memcpy(header + AT_SIZE, sizes[i], strlen(sizes[i]));
		/* The largest that fit: 2^63 in binary. */
		if ((uint8_t)sizes[i][0] == 0x80) {
			memset(header + AT_SIZE, 0, 12);
			header[AT_SIZE] = 0x80;
			header[AT_SIZE + 4] = 0x80;
		}
		correct(header);
		begin_reading_all();
		expect_refusal("size is damaged");
	}
	archive_len = 0;
	append_header("a", 'x', 1048577);
	begin_reading_all();
	expect_refusal("too large");
}

static void what_is_no_archive_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		const char *why;
	} inputs[] = {{"", "no tar archive"}, {"hello", "no tar archive"},
		{"\x1f\x8b\x08", "compressed: unpack it on the way, with zcat, say"},
		{"BZh9", "bzcat"},
		{"\xfd"
		 "7zXZ",
			"xzcat"},
		{"\x28\xb5\x2f\xfd", "zstdcat"}};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		archive_len = 0;
		append(inputs[i].bytes, strlen(inputs[i].bytes));
		begin_reading(archive_len);
		expect_refusal(inputs[i].why);
	}
	archive_len = 0;
	append_header("a", '0', 0)[0] ^= 1;
	begin_reading_all();
	expect_refusal("no tar archive");
	archive_len = 0;
	append_file("a", "first");
	append_header("b", '0', 0)[0] ^= 1;
	begin_reading_all();
	expect_file("a", "first");
	expect_refusal("the archive is damaged");
}

static void more_behind_the_end_is_refused(void **state)
{
	(void)state;
	append_file("a", "first");
	append_zeros((size_t)2 * TAR_BLOCK);
	append_file("b", "second");
	begin_reading_all();
	expect_file("a", "first");
	expect_refusal("more behind the archive's end");
	archive_len = 0;
	append_zeros(TAR_BLOCK);
	append_file("b", "second");
	begin_reading_all();
	expect_refusal("more behind the archive's end");
}

/* --- cut and changed -----------------------------------------------------------------------------
 */

static void append_some_of_all(void)
{
	append_bytes('g', "20 comment=whatever\n", 20);
	append_file("a", "first");
	append_header("d/", '5', 0);
	append_bytes('x', "17 path=pax name\n9 size=3\n", 26);
	append_header("b", '0', 0);
	append_content("abc");
	append_bytes('L', "a name of GNU", 14);
	append_file("c", "third");
	append_zeros((size_t)2 * TAR_BLOCK);
}

/* Reads to the end, whatever it is; no more bytes can come out than went in. */
static enum festore_error read_whatever(size_t in)
{
	struct tar_member member;
	uint64_t out = 0;
	enum festore_error error = tar_next(&reader, &member);

	while (error == FESTORE_OK) {
		uint8_t got[100];
		size_t len = sizeof(got);

		assert_true(strlen(member.name) <= TAR_NAME_MAX);
		while (error == FESTORE_OK && len == sizeof(got)) {
			error = input_read(&input, got, sizeof(got), &len);
			out += error == FESTORE_OK ? len : 0;
		}
		assert_true(out <= in);
		if (error == FESTORE_OK)
			error = tar_next(&reader, &member);
	}
	assert_true(error == FESTORE_NOT_FOUND || (error == FESTORE_ERROR && said[0] != '\0'));
	return error;
}

static void every_cut_is_noticed(void **state)
{
	(void)state;
	append_some_of_all();
	begin_reading(archive_len);
	assert_int_equal(read_whatever(archive_len), FESTORE_NOT_FOUND);
	for (size_t len = 0; len < archive_len; len++) {
		begin_reading(len);
		assert_int_equal(read_whatever(len), FESTORE_ERROR);
	}
}

/* With and without the checksum that belongs to it. */
static void every_change_ends_well(void **state)
{
	static const uint8_t changes[] = {0x01, 0xff};

	(void)state;
	append_some_of_all();
	for (size_t at = 0; at < archive_len; at++) {
		uint8_t *block = archive + at / TAR_BLOCK * TAR_BLOCK;
		uint8_t before[TAR_BLOCK];

		memcpy(before, block, sizeof(before));
		for (size_t i = 0; i < 2 * sizeof(changes); i++) {
			archive[at] ^= changes[i / 2];
			if (i % 2 != 0)
				correct(block);
			begin_reading(archive_len);
			read_whatever(archive_len);
			memcpy(block, before, sizeof(before));
		}
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_can_be_read),
		TEST(a_pax_header_has_its_records),
		TEST(lengths_are_whole_records),
		TEST(files_come_in_order),
		TEST(a_directory_has_no_content),
		TEST(what_was_not_read_is_passed_over),
		TEST(a_prefix_is_part_of_the_name),
		TEST(pax_records_replace_what_follows),
		TEST(gnu_names_replace_what_follows),
		TEST(binary_sizes_are_numbers),
		TEST(a_name_that_is_too_long_is_cut),
		TEST(other_members_are_refused),
		TEST(damaged_pax_headers_are_refused),
		TEST(sparse_files_are_refused),
		TEST(a_name_for_all_is_refused),
		TEST(sizes_that_no_file_has_are_refused),
		TEST(what_is_no_archive_is_refused),
		TEST(more_behind_the_end_is_refused),
		TEST(every_cut_is_noticed),
		TEST(every_change_ends_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
