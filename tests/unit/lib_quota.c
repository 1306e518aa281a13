// SPDX-License-Identifier: BSD-2-Clause
/* The file of quotas: who has which, and what is wrong with a line. */
#include "../../lib/quota.h"

#include "scripted_teec.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/festore-quota-XXXXXX";
static const struct quota_owner alice = {.id = 1001, .name = "alice"};
static const struct quota_owner staff = {.is_group = true, .id = 50, .name = "staff"};
static struct failure failure;

static int begin(void **state)
{
	int fd = -1;

	reset_script(state);
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	memset(&failure, 0, sizeof(failure));
	return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_text(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static enum festore_error read_as(const struct quota_owner *owner, uint64_t *ret_bytes)
{
	return quota_read(path, geteuid(), owner, ret_bytes, &failure);
}

static uint64_t quota_of(const struct quota_owner *owner, const char *text)
{
	uint64_t bytes = 0;

	write_text(text, strlen(text));
	assert_int_equal(read_as(owner, &bytes), FESTORE_OK);
	return bytes;
}

static void without_a_file_there_is_none(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	assert_int_equal(
		quota_read("/tmp/festore-quota/missing", 0, &alice, &bytes, &failure), FESTORE_OK);
	assert_true(bytes == QUOTA_NONE);
	assert_int_equal(quota_read("", 0, &alice, &bytes, &failure), FESTORE_OK);
	assert_true(bytes == QUOTA_NONE);
	assert_true(quota_of(&alice, "") == QUOTA_NONE);
	assert_true(quota_of(&alice, "\n \n\t# nobody\n#") == QUOTA_NONE);
}

static void lines_are_found(void **state)
{
	(void)state;
	assert_int_equal(quota_of(&alice, "alice 10"), 10);
	assert_int_equal(quota_of(&alice, "bob 1\n \talice\t 10 \n"), 10);
	assert_int_equal(quota_of(&alice, "alice 10# ten\nbob 5"), 10);
	assert_int_equal(quota_of(&alice, "alice 0\n"), 0);
	assert_int_equal(quota_of(&alice, "1001 7\n"), 7);
	assert_true(quota_of(&alice, "alic 1\nalicea 1\nbob 1\n1002 1\n") == QUOTA_NONE);
	assert_int_equal(quota_of(&staff, "@staff 3\n@other 4\n"), 3);
	assert_int_equal(quota_of(&staff, "@50 3\n50 4\n"), 3);
}

static void users_are_no_groups(void **state)
{
	static const struct quota_owner group_alice = {
		.is_group = true, .id = 1001, .name = "alice"};

	(void)state;
	assert_true(quota_of(&group_alice, "alice 1\n1001 1\n* 1\n") == QUOTA_NONE);
	assert_true(quota_of(&alice, "@alice 1\n@1001 1\n@* 1\n") == QUOTA_NONE);
}

static void an_own_line_is_meant_before_that_for_all(void **state)
{
	(void)state;
	assert_int_equal(quota_of(&alice, "* 1\nalice 2\n"), 2);
	assert_int_equal(quota_of(&alice, "alice 2\n* 1\n@* 9\n"), 2);
	assert_int_equal(quota_of(&alice, "bob 2\n* 1\n"), 1);
	assert_int_equal(quota_of(&staff, "* 1\n@* 9\n"), 9);
}

static void who_has_no_name_has_a_number(void **state)
{
	static const struct quota_owner nameless = {.id = 1001};

	(void)state;
	assert_int_equal(quota_of(&nameless, "alice 2\n1001 5\n"), 5);
	assert_int_equal(quota_of(&nameless, "alice 2\n* 1\n"), 1);
}

static void sizes_have_units(void **state)
{
	(void)state;
	assert_int_equal(quota_of(&alice, "alice 3K"), 3072);
	assert_int_equal(quota_of(&alice, "alice 3M"), 3145728);
	assert_true(quota_of(&alice, "alice 3G") == 3221225472u);
	assert_true(quota_of(&alice, "alice 3T") == UINT64_C(3298534883328));
	assert_true(quota_of(&alice, "alice 9223372036854775807") == INT64_MAX);
	assert_true(quota_of(&alice, "alice 8388607T") == UINT64_C(8388607) << 40);
}

static void refused(const char *text, size_t len, unsigned int line, const char *why)
{
	char begins[80];
	uint64_t bytes = 12;

	write_text(text, len);
	assert_int_equal(read_as(&alice, &bytes), FESTORE_ERROR);
	assert_int_equal(bytes, 12);
	snprintf(begins, sizeof(begins), "%s:%u: %s", path, line, why);
	assert_string_equal(failure.text, begins);
}

#define REFUSED(text, line, why) refused(text, sizeof(text) - 1, line, why)

/* Also those of other owners. */
static void wrong_lines_are_refused(void **state)
{
	(void)state;
	REFUSED("alice", 1, "there is no size behind the name");
	REFUSED("* 1\n\nbob\n", 3, "there is no size behind the name");
	REFUSED("bob # 10\n", 1, "there is no size behind the name");
	REFUSED("bob 10k\n", 1, "there is no size behind the name");
	REFUSED("bob K\n", 1, "there is no size behind the name");
	REFUSED("bob 1KB\n", 1, "there is no size behind the name");
	REFUSED("bob -1\n", 1, "there is no size behind the name");
	REFUSED("bob 1.5G\n", 1, "there is no size behind the name");
	REFUSED("bob 0x10\n", 1, "there is no size behind the name");
	REFUSED("bob 10\r\n", 1, "there is no size behind the name");
	REFUSED("bob 9223372036854775808\n", 1, "there is no size behind the name");
	REFUSED("bob 18446744073709551626\n", 1, "there is no size behind the name");
	REFUSED("bob 8388608T\n", 1, "there is no size behind the name");
	REFUSED("bob 10 M\n", 1, "there is more behind the size");
	REFUSED("bob 10 alice\n", 1, "there is more behind the size");
	REFUSED("@ 10\n", 1, "this names no user or group");
	REFUSED("a\x01 10\n", 1, "this names no user or group");
	REFUSED("a\0b 10\n", 1, "this names no user or group");
	REFUSED("alice 1\nbob 1\nalice 1\n", 3, "a line before has the same user or group");
	REFUSED("alice 1\n1001 2\n", 2, "a line before has the same user or group");
	REFUSED("* 1\n* 1\n", 2, "a line before has the same user or group");
}

static void refused_file(const char *why)
{
	uint64_t bytes = 0;

	assert_int_equal(read_as(&alice, &bytes), FESTORE_ERROR);
	assert_non_null(strstr(failure.text, path));
	assert_non_null(strstr(failure.text, why));
}

static void files_that_others_may_have_written_are_refused(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	write_text("* 1\n", 4);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(read_as(&alice, &bytes), FESTORE_OK);
	assert_int_equal(chmod(path, 0664), 0);
	refused_file("nobody else may write to it");
	assert_int_equal(chmod(path, 0646), 0);
	refused_file("nobody else may write to it");
	assert_int_equal(chmod(path, 0644), 0);
	/* Root can give it away; others need only not be trusted. */
	assert_int_equal(chown(path, geteuid() == 0 ? 1 : (uid_t)-1, (gid_t)-1), 0);
	assert_int_equal(quota_read(path, geteuid() + 7, &alice, &bytes, &failure), FESTORE_ERROR);
	assert_non_null(strstr(failure.text, "must be root's"));
}

static void other_files_are_refused(void **state)
{
	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused_file("not a regular file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	refused_file("not a regular file");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink(path, path), 0);
	refused_file("cannot read");
	assert_int_equal(unlink(path), 0);
	write_text("", 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, QUOTA_FILE_MAX + 1), 0);
	refused_file("too large");
}

static void formats_as(uint64_t bytes, const char *want)
{
	char text[QUOTA_TEXT_MAX];

	quota_format(bytes, text);
	assert_string_equal(text, want);
}

static void sizes_are_shown(void **state)
{
	(void)state;
	formats_as(0, "0 KiB");
	formats_as(1, "1 KiB");
	formats_as(1024, "1 KiB");
	formats_as(300 * 1024 + 1, "301 KiB");
	formats_as(1048575, "1024 KiB");
	formats_as(1048576, "1.0 MiB");
	formats_as(10 * 1048576 - 1, "9.9 MiB");
	formats_as(1610612736, "1.5 GiB");
	formats_as(UINT64_C(1) << 40, "1.0 TiB");
	formats_as(UINT64_MAX, "15.9 EiB");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_file_there_is_none),
		TEST(lines_are_found),
		TEST(users_are_no_groups),
		TEST(an_own_line_is_meant_before_that_for_all),
		TEST(who_has_no_name_has_a_number),
		TEST(sizes_have_units),
		TEST(wrong_lines_are_refused),
		TEST(files_that_others_may_have_written_are_refused),
		TEST(other_files_are_refused),
		TEST(sizes_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
