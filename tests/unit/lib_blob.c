// SPDX-License-Identifier: BSD-2-Clause
/* Blob files on a real file system. */
#include "../../lib/blob.h"

#include "scripted_teec.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char above[] = "/tmp/festore-blob-XXXXXX";
static char folder[64];
static bool is_safe;

static int begin(void **state)
{
	reset_script(state);
	memcpy(above + sizeof(above) - 7, "XXXXXX", 6);
	if (!mkdtemp(above))
		return -1;
	snprintf(folder, sizeof(folder), "%s/blobs", above);
	is_safe = false;
	return 0;
}

static int end(void **state)
{
	(void)state;
	blob_remove_all(folder);
	return rmdir(above);
}

static struct blob make(unsigned int mode)
{
	struct blob blob = BLOB_NONE;
	struct failure failure = {0};

	assert_int_equal(blob_create(&blob, folder, mode, &is_safe, &failure), FESTORE_OK);
	return blob;
}

static int64_t make_finished(const char *text)
{
	struct blob blob = make(0700);
	struct failure failure = {0};
	const int64_t id = blob.id;

	assert_int_equal(blob_append(&blob, text, strlen(text), &failure), FESTORE_OK);
	assert_int_equal(blob_sync(&blob, &failure), FESTORE_OK);
	blob_close(&blob);
	return id;
}

static const char *path_of(int64_t id)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%016llx", folder, (unsigned long long)id);
	return path;
}

static bool exists(int64_t id)
{
	return access(path_of(id), F_OK) == 0;
}

static const char *orphan_of(int64_t id)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/orphans/%016llx", folder, (unsigned long long)id);
	return path;
}

static void what_is_appended_can_be_read(void **state)
{
	struct failure failure = {0};
	struct blob blob = make(0700);
	const int64_t id = blob.id;
	char bytes[16] = "";

	(void)state;
	assert_true(id > 0);
	assert_int_equal(blob_append(&blob, "hello ", 6, &failure), FESTORE_OK);
	assert_int_equal(blob_append(&blob, "", 0, &failure), FESTORE_OK);
	assert_int_equal(blob_append(&blob, "world", 5, &failure), FESTORE_OK);
	assert_int_equal(blob.size, 11);
	assert_int_equal(blob_sync(&blob, &failure), FESTORE_OK);
	blob_close(&blob);
	assert_int_equal(blob.fd, -1);

	assert_int_equal(blob_open(&blob, folder, id, &failure), FESTORE_OK);
	assert_int_equal(blob.size, 11);
	assert_int_equal(blob_read(&blob, 6, bytes, 5, &failure), FESTORE_OK);
	assert_string_equal(bytes, "world");
	assert_int_equal(blob_read(&blob, 11, bytes, 0, &failure), FESTORE_OK);
	assert_int_equal(blob_read(&blob, 7, bytes, 5, &failure), FESTORE_DAMAGED);
	assert_int_equal(blob_read(&blob, 1ull << 40, bytes, 1, &failure), FESTORE_DAMAGED);
	blob_close(&blob);
}

/* More than 32 bits of offset and size, also on machines that have not: in a file that is mostly
 * hole. */
static void a_blob_may_be_huge(void **state)
{
	const uint64_t far = (1ull << 34) + 7;
	struct failure failure = {0};
	struct blob blob = make(0700);
	const int64_t id = blob.id;
	char bytes[8] = "";

	(void)state;
	assert_int_equal(pwrite(blob.fd, "far away", 8, (off_t)far), 8);
	assert_int_equal(lseek(blob.fd, 0, SEEK_END), (off_t)far + 8);
	blob.size = far + 8;
	assert_int_equal(blob_append(&blob, "end", 3, &failure), FESTORE_OK);
	assert_true(blob.size == far + 11);
	blob_close(&blob);

	assert_int_equal(blob_open(&blob, folder, id, &failure), FESTORE_OK);
	assert_true(blob.size == far + 11);
	assert_int_equal(blob_read(&blob, far, bytes, 8, &failure), FESTORE_OK);
	assert_memory_equal(bytes, "far away", 8);
	assert_int_equal(blob_read(&blob, far + 8, bytes, 3, &failure), FESTORE_OK);
	assert_memory_equal(bytes, "end", 3);
	assert_int_equal(blob_read(&blob, far & UINT32_MAX, bytes, 8, &failure), FESTORE_OK);
	assert_memory_equal(bytes, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(blob_read(&blob, far + 8, bytes, 4, &failure), FESTORE_DAMAGED);
	blob_close(&blob);
}

static void an_abandoned_blob_is_gone(void **state)
{
	struct blob blob = make(0700);
	struct failure failure = {0};
	const int64_t id = blob.id;

	(void)state;
	assert_true(exists(id));
	blob_abandon(&blob);
	assert_false(exists(id));
	blob_abandon(&blob);
	/* One that was opened only is not. */
	assert_int_equal(blob_open(&blob, folder, make_finished("x"), &failure), FESTORE_OK);
	blob_abandon(&blob);
	assert_int_equal(blob_open(&blob, folder, id, &failure), FESTORE_NOT_FOUND);
}

static mode_t mode_of(const char *path)
{
	struct stat there;

	assert_int_equal(lstat(path, &there), 0);
	return there.st_mode & 07777;
}

static void the_umask_is_not_asked(void **state)
{
	const mode_t mask = umask(077);
	struct blob blob = make(02770);

	(void)state;
	umask(mask);
	assert_int_equal(mode_of(folder), 02770);
	assert_int_equal(mode_of(path_of(blob.id)), 0660);
	blob_abandon(&blob);
}

/* The folder's own name is made safe by whoever does not know that it is. */
static void a_missing_parent_is_told(void **state)
{
	struct blob blob = BLOB_NONE;
	struct failure failure = {0};
	char path[96];

	(void)state;
	snprintf(path, sizeof(path), "%s/none/blobs", above);
	assert_int_equal(blob_create(&blob, path, 0700, &is_safe, &failure), FESTORE_ERROR);
	assert_false(is_safe);
	assert_int_equal(blob.fd, -1);
	assert_int_not_equal(failure.text[0], '\0');
	make_finished("");
	assert_true(is_safe);
}

static void what_is_no_file_is_refused(void **state)
{
	struct blob blob = BLOB_NONE;
	struct failure failure = {0};

	(void)state;
	make_finished("x");
	assert_int_equal(mkdir(path_of(1), 0700), 0);
	assert_int_equal(mkfifo(path_of(2), 0700), 0);
	assert_int_equal(symlink("nowhere", path_of(3)), 0);
	assert_int_equal(blob_open(&blob, folder, 1, &failure), FESTORE_DAMAGED);
	assert_int_equal(blob_open(&blob, folder, 2, &failure), FESTORE_DAMAGED);
	assert_int_equal(blob_open(&blob, folder, 3, &failure), FESTORE_DAMAGED);
	assert_int_equal(blob_open(&blob, folder, 4, &failure), FESTORE_NOT_FOUND);
	assert_int_equal(blob.fd, -1);
	rmdir(path_of(1));
}

/* --- sweeping --------------------------------------------------------------------------------- */

static int64_t named;
static enum festore_error look_answer;
static unsigned int looks;

static enum festore_error is_named(int64_t id, bool *ret_is_named, void *arg)
{
	(void)arg;
	looks++;
	*ret_is_named = id == named;
	return look_answer;
}

static enum festore_error sweep(struct blob_sweep *done)
{
	struct failure failure = {0};

	looks = 0;
	return blob_sweep(folder, is_named, NULL, done, &failure);
}

static void a_sweep_without_a_folder_is_none(void **state)
{
	struct blob_sweep done;

	(void)state;
	assert_int_equal(sweep(&done), FESTORE_OK);
	assert_int_equal(done.orphans, 0);
}

static void orphans_are_moved_and_no_others(void **state)
{
	struct blob_sweep done;
	struct blob writing;
	const int64_t orphan = make_finished("orphan");
	char other[128];

	(void)state;
	look_answer = FESTORE_OK;
	named = make_finished("named");
	writing = make(0700);
	snprintf(other, sizeof(other), "%s/0123456789ABCDEF", folder);
	assert_int_equal(symlink("nowhere", other), 0);
	assert_int_equal(symlink("nowhere", path_of(5)), 0);

	assert_int_equal(sweep(&done), FESTORE_OK);
	assert_int_equal(done.orphans, 1);
	assert_int_equal(done.removed, 0);
	assert_int_equal(looks, 2);
	assert_true(exists(named));
	assert_true(exists(writing.id));
	assert_false(exists(orphan));
	assert_int_equal(access(orphan_of(orphan), F_OK), 0);
	assert_int_equal(mode_of(other) & 0400, 0400);
	unlink(other);

	/* Its writer has died: the lock with it. */
	blob_close(&writing);
	assert_int_equal(sweep(&done), FESTORE_OK);
	assert_int_equal(done.orphans, 1);
	assert_true(exists(named));
}

static void a_sweep_that_cannot_ask_moves_nothing(void **state)
{
	struct blob_sweep done;
	const int64_t orphan = make_finished("orphan");

	(void)state;
	look_answer = FESTORE_BUSY;
	named = 0;
	assert_int_equal(sweep(&done), FESTORE_BUSY);
	assert_int_equal(done.orphans, 0);
	assert_true(exists(orphan));
}

static void orphans_are_removed_a_week_later(void **state)
{
	const struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
	struct timespec then[2] = {{0}, {0}};
	struct blob_sweep done;
	const int64_t orphan = make_finished("orphan");

	(void)state;
	look_answer = FESTORE_OK;
	named = 0;
	/* What counts is when it was moved, not when it was written. */
	assert_int_equal(utimensat(AT_FDCWD, path_of(orphan), then, 0), 0);
	assert_int_equal(sweep(&done), FESTORE_OK);
	assert_int_equal(done.orphans, 1);
	assert_int_equal(sweep(&done), FESTORE_OK);
	assert_int_equal(done.removed, 0);
	then[1].tv_sec = time(NULL) - BLOB_ORPHAN_DAYS * 24 * 60 * 60 + 100;
	assert_int_equal(utimensat(AT_FDCWD, orphan_of(orphan), then, 0), 0);
	assert_int_equal(sweep(&done), FESTORE_OK);
	assert_int_equal(done.removed, 0);
	then[1].tv_sec -= 100;
	assert_int_equal(utimensat(AT_FDCWD, orphan_of(orphan), then, 0), 0);
	assert_int_equal(sweep(&done), FESTORE_OK);
	assert_int_equal(done.removed, 1);
	assert_int_not_equal(utimensat(AT_FDCWD, orphan_of(orphan), now, 0), 0);
}

static void what_was_swept_can_be_removed(void **state)
{
	struct blob_sweep done;
	const int64_t replaced = make_finished("replaced");

	(void)state;
	look_answer = FESTORE_OK;
	named = 0;
	assert_int_equal(sweep(&done), FESTORE_OK);
	assert_int_equal(access(orphan_of(replaced), F_OK), 0);
	blob_remove(folder, replaced);
	assert_int_not_equal(access(orphan_of(replaced), F_OK), 0);
}

/* A reader goes on, whatever becomes of the name. */
static void who_reads_may_go_on(void **state)
{
	struct blob blob = BLOB_NONE;
	struct failure failure = {0};
	const int64_t id = make_finished("still");
	char bytes[6] = "";

	(void)state;
	assert_int_equal(blob_open(&blob, folder, id, &failure), FESTORE_OK);
	blob_remove(folder, id);
	assert_false(exists(id));
	blob_remove(folder, id);
	assert_int_equal(blob_read(&blob, 0, bytes, 5, &failure), FESTORE_OK);
	assert_string_equal(bytes, "still");
	blob_close(&blob);
}

/* A sweep that comes between a file's creation and its lock takes the file: another is made. */
static void a_blob_has_its_name_once_it_is_locked(void **state)
{
	struct blob a = make(0700);
	struct blob b = make(0700);
	const int fd = open(path_of(a.id), O_RDWR);

	(void)state;
	assert_int_not_equal(a.id, b.id);
	assert_int_not_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
	blob_abandon(&a);
	blob_abandon(&b);
}

static void disk_use_counts_orphans_too(void **state)
{
	struct blob_sweep done;
	static char bytes[40001];
	uint64_t use = 0;

	(void)state;
	assert_int_equal(blob_disk_use(folder), 0);
	memset(bytes, 'x', sizeof(bytes) - 1);
	look_answer = FESTORE_OK;
	named = make_finished(bytes);
	use = blob_disk_use(folder);
	assert_true(use >= 40000);
	make_finished(bytes);
	assert_true(blob_disk_use(folder) >= use + 40000);
	assert_int_equal(sweep(&done), FESTORE_OK);
	assert_int_equal(done.orphans, 1);
	assert_true(blob_disk_use(folder) >= use + 40000);
	blob_remove_all(folder);
	assert_int_equal(blob_disk_use(folder), 0);
	assert_int_not_equal(access(folder, F_OK), 0);
	blob_remove_all(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_appended_can_be_read),
		TEST(a_blob_may_be_huge),
		TEST(an_abandoned_blob_is_gone),
		TEST(the_umask_is_not_asked),
		TEST(a_missing_parent_is_told),
		TEST(what_is_no_file_is_refused),
		TEST(a_sweep_without_a_folder_is_none),
		TEST(orphans_are_moved_and_no_others),
		TEST(a_sweep_that_cannot_ask_moves_nothing),
		TEST(orphans_are_removed_a_week_later),
		TEST(what_was_swept_can_be_removed),
		TEST(who_reads_may_go_on),
		TEST(a_blob_has_its_name_once_it_is_locked),
		TEST(disk_use_counts_orphans_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
