/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills vaults on the host, over the fake TEE, and counts what libfestore writes and syncs: this
 * program's write(), pwrite(), fsync() and fdatasync() stand before libc's, so that SQLite calls
 * them.
 */
#include "filling.h"

#include <fcntl.h>
#include <festore.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BATCH 64u
#define CONTENT_MAX ((size_t)64 * 1024 * 1024)

/* What was written since it was last zeroed. */
static struct {
	unsigned long long bytes;
	unsigned int syncs;
	bool has_checkpoint; /* the database file itself was written */
	bool has_new_log;    /* the log was begun anew, which is one sync more */
} counted;

static uint8_t content[CONTENT_MAX];

/* --- what SQLite calls ------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
	const size_t len = strlen(text);
	const size_t end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static ssize_t count_write(int fd, ssize_t written, off_t offset)
{
	char link[64] = "";
	char path[4096] = "";

	if (written <= 0)
		return written;
	counted.bytes += (unsigned long long)written;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) <= 0)
		return written;
	if (ends_with(path, ".db"))
		counted.has_checkpoint = true;
	else if (ends_with(path, "-wal") && offset == 0)
		counted.has_new_log = true;
	return written;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	return count_write(fd, syscall(SYS_write, fd, bytes, len), -1);
}

/* By either name that libc has for it. */
ssize_t written_at(int fd, const void *bytes, size_t len, off_t offset) __asm__("pwrite64");
ssize_t written_at(int fd, const void *bytes, size_t len, off_t offset)
{
	return count_write(fd, syscall(SYS_pwrite64, fd, bytes, len, offset), offset);
}

ssize_t written_at_too(int fd, const void *bytes, size_t len, off_t offset) __asm__("pwrite");
ssize_t written_at_too(int fd, const void *bytes, size_t len, off_t offset)
{
	return written_at(fd, bytes, len, offset);
}

int fsync(int fd)
{
	counted.syncs++;
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	counted.syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

/* --- what is measured --------------------------------------------------------------------------
 */

static int failed(struct festore *fs, const char *what, enum festore_error error)
{
	fprintf(stderr, "disk: %s: %s (%s)\n", what, festore_strerror(error), festore_reason(fs));
	return 1;
}

/* Sums over many puts. */
struct sums {
	unsigned long puts;
	unsigned long long bytes;
	unsigned long checkpoints;
	unsigned long new_logs;
	unsigned long plain; /* neither, and not the first */
	unsigned long plain_syncs;
	unsigned int plain_syncs_max;
};

static void add(struct sums *sums)
{
	sums->puts++;
	sums->bytes += counted.bytes;
	sums->checkpoints += counted.has_checkpoint ? 1 : 0;
	sums->new_logs += counted.has_new_log ? 1 : 0;
	/* A process's first commit also syncs the folder that the log lies in. */
	if (counted.has_checkpoint || counted.has_new_log || sums->puts == 1)
		return;
	sums->plain++;
	sums->plain_syncs += counted.syncs;
	if (counted.syncs > sums->plain_syncs_max)
		sums->plain_syncs_max = counted.syncs;
}

static void print(const struct sums *sums)
{
	printf("puts %lu\nbytes %llu\ncheckpoints %lu\nnew_logs %lu\nplain %lu\nplain_syncs "
	       "%lu\nplain_syncs_max %u\n",
		sums->puts, sums->bytes, sums->checkpoints, sums->new_logs, sums->plain,
		sums->plain_syncs, sums->plain_syncs_max);
}

static enum festore_error put(struct festore *fs, unsigned long number, size_t size)
{
	char name[FILLING_NAME_ROOM];

	filling_name(number, name);
	return festore_file_put(fs, name, content, size, 0);
}

static int puts_counted(struct festore *fs, unsigned long from, unsigned long to, size_t size)
{
	struct sums sums = {0};

	filling_content(content, size, 0);
	for (unsigned long i = from; i < to; i++) {
		enum festore_error error = FESTORE_OK;

		memset(&counted, 0, sizeof(counted));
		error = put(fs, i, size);
		if (error != FESTORE_OK)
			return failed(fs, "put", error);
		add(&sums);
	}
	print(&sums);
	return 0;
}

/* Batches of BATCH puts each; one counts as one put. */
static int batches_counted(struct festore *fs, unsigned long from, unsigned long to, size_t size)
{
	struct sums sums = {0};

	filling_content(content, size, 0);
	for (unsigned long first = from; first + BATCH <= to; first += BATCH) {
		enum festore_error error = festore_batch_begin(fs);

		memset(&counted, 0, sizeof(counted));
		for (unsigned long i = 0; error == FESTORE_OK && i < BATCH; i++)
			error = put(fs, first + i, size);
		if (error == FESTORE_OK)
			error = festore_batch_commit(fs);
		if (error != FESTORE_OK)
			return failed(fs, "batch", error);
		add(&sums);
	}
	print(&sums);
	return 0;
}

static int visit(const struct festore_file_info *info, void *arg)
{
	(void)info;
	++*(unsigned long *)arg;
	return 0;
}

static int list(struct festore *fs)
{
	unsigned long count = 0;
	const enum festore_error error = festore_file_list(fs, NULL, visit, &count);

	if (error != FESTORE_OK)
		return failed(fs, "list", error);
	printf("listed %lu\n", count);
	return 0;
}

static int get(struct festore *fs, const char *tag)
{
	void *got = NULL;
	size_t len = 0;
	const enum festore_error error = festore_file_get(fs, tag, &got, &len);

	if (error != FESTORE_OK)
		return failed(fs, tag, error);
	printf("got %zu\n", len);
	festore_content_free(got, len);
	return 0;
}

static int size(struct festore *fs)
{
	struct festore_status status = {0};
	const enum festore_error error = festore_status(fs, &status);

	if (error != FESTORE_OK || status.vault_error != FESTORE_OK)
		return failed(fs, "status", error != FESTORE_OK ? error : status.vault_error);
	printf("entries %llu\non_disk %llu\n", (unsigned long long)status.entries,
		(unsigned long long)status.bytes_on_disk);
	return 0;
}

/* Copies the log into the database and cuts it, as nothing of festore's does. */
static int checkpoint(const char *path)
{
	sqlite3 *db = NULL;
	int result = sqlite3_open(path, &db);

	/* Only a read makes SQLite look what kind of journal there is. */
	if (result == SQLITE_OK)
		result = sqlite3_exec(db, "PRAGMA schema_version", NULL, NULL, NULL);
	if (result == SQLITE_OK)
		result =
			sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (result != SQLITE_OK)
		fprintf(stderr, "disk: %s: %s\n", path, sqlite3_errstr(result));
	sqlite3_close(db);
	return result == SQLITE_OK ? 0 : 1;
}

static int usage(void)
{
	fputs("usage: disk puts|batches VAULT FROM TO SIZE | list VAULT | get VAULT TAG |\n"
	      "       size VAULT | checkpoint DATABASE\n"
	      "prints a name and a number in each line\n",
		stderr);
	return 2;
}

static int run(struct festore *fs, int argc, char **argv)
{
	const char *what = argv[1];

	if (strcmp(what, "puts") == 0 && argc == 6 && strtoul(argv[5], NULL, 10) <= CONTENT_MAX)
		return puts_counted(fs, strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10),
			strtoul(argv[5], NULL, 10));
	if (strcmp(what, "batches") == 0 && argc == 6 && strtoul(argv[5], NULL, 10) <= CONTENT_MAX)
		return batches_counted(fs, strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10),
			strtoul(argv[5], NULL, 10));
	if (strcmp(what, "list") == 0 && argc == 3)
		return list(fs);
	if (strcmp(what, "get") == 0 && argc == 4)
		return get(fs, argv[3]);
	if (strcmp(what, "size") == 0 && argc == 3)
		return size(fs);
	return usage();
}

int main(int argc, char **argv)
{
	/* What the disk takes, not the device: the fake TEE has an RPMB, whose writes it spares. */
	struct festore_options options = {.storage = FESTORE_STORAGE_VAULT, .anchor = "none"};
	struct festore *fs = NULL;
	enum festore_error error = FESTORE_OK;
	int status = 0;

	if (argc == 3 && strcmp(argv[1], "checkpoint") == 0)
		return checkpoint(argv[2]);
	if (argc < 3)
		return usage();
	options.vault = argv[2];
	error = festore_open(&fs, &options);
	status = error == FESTORE_OK ? run(fs, argc, argv) : failed(fs, "open", error);
	festore_close(&fs);
	return status;
}
