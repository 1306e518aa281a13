/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore-test-hostile.so, for LD_PRELOAD into tee-supplicant: what it does with files of the
 * folder FESTORE_HOSTILE_FOLDER goes wrong as the file FESTORE_HOSTILE says, in one line that is
 * read at each call:
 *   MODE FIRST
 * from the FIRST call on (of those that the mode is about, counted since the line changed). Without
 * the file all is as it should be. FESTORE_HOSTILE_COUNT gets how many calls went wrong.
 *   wrong  a bit of what is read is changed
 *   short  the second half of what is read is missing
 *   old    what is read comes from the copy of the folder in FESTORE_HOSTILE_OLD
 *   error  each call fails with EIO
 *   lie    what writes, cuts, renames, removes or syncs does nothing, and says that it was done
 * or at that call only:
 *   ENOSPC, EIO, EROFS  it fails so
 *   KILL   the process gets SIGKILL
 *   count  nothing: calls are counted
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum mode { NONE, WRONG, SHORT, OLD, ERROR, LIE, NO_SPACE, IO, READ_ONLY, KILL, COUNT };
enum kind { OPENS, READS, CHANGES };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char line[64];
static unsigned long calls; /* since the line changed */
static unsigned long gone_wrong;

/* Where the second half of a read would go on. */
static int cut_file = -1;
static off64_t cut_at;

/* The next definition of NAME, as a variable of NAME's type. */
#define NEXT(name) \
	static __typeof__(name) *next; \
	if (!next) \
	*(void **)&next = dlsym(RTLD_NEXT, #name)

static const char *named(const char *variable)
{
	const char *value = getenv(variable);

	return value ? value : "";
}

/* The mode and the first call that it is for. */
static enum mode told(unsigned long *ret_first)
{
	static const char *const names[] = {"none", "wrong", "short", "old", "error", "lie",
		"ENOSPC", "EIO", "EROFS", "KILL", "count"};
	char now[sizeof(line)] = {0};
	char *first = NULL;
	FILE *file = fopen(named("FESTORE_HOSTILE"), "r");

	if (!file)
		return NONE;
	if (!fgets(now, sizeof(now), file))
		now[0] = '\0';
	fclose(file);
	if (strcmp(now, line) != 0) {
		memcpy(line, now, sizeof(line));
		calls = 0;
		gone_wrong = 0;
		cut_file = -1;
	}
	first = strchr(now, ' ');
	if (!first)
		return NONE;
	*first++ = '\0';
	*ret_first = strtoul(first, NULL, 10);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], now) == 0)
			return (enum mode)i;
	}
	return NONE;
}

static void tell(void)
{
	FILE *file = fopen(named("FESTORE_HOSTILE_COUNT"), "w");

	if (!file)
		return;
	fprintf(file, "%lu\n", gone_wrong);
	fclose(file);
}

static bool concerns(enum mode mode, enum kind kind)
{
	switch (mode) {
	case WRONG:
	case SHORT:
		return kind == READS;
	case OLD:
		return kind != CHANGES;
	case LIE:
		return kind == CHANGES;
	case NONE:
		return false;
	default:
		return true;
	}
}

static bool is_inside(const char *path)
{
	const char *folder = named("FESTORE_HOSTILE_FOLDER");
	const size_t len = strlen(folder);

	return len != 0 && strncmp(path, folder, len) == 0 &&
		(path[len] == '/' || path[len] == '\0');
}

/* What is of one call only; ERROR with its errno. */
static enum mode done(enum mode mode)
{
	switch (mode) {
	case ERROR:
	case IO:
		errno = EIO;
		return ERROR;
	case NO_SPACE:
		errno = ENOSPC;
		return ERROR;
	case READ_ONLY:
		errno = EROFS;
		return ERROR;
	case KILL:
		kill(getpid(), SIGKILL);
		return NONE;
	default:
		return mode;
	}
}

/* How this call goes wrong, if it does; errno is ERROR's. */
static enum mode turn(const char *path, enum kind kind)
{
	unsigned long first = 0;
	enum mode mode = NONE;

	if (!is_inside(path))
		return NONE;
	pthread_mutex_lock(&lock);
	mode = told(&first);
	if (!concerns(mode, kind) || ++calls < first ||
		(mode >= NO_SPACE && calls > first && mode != COUNT)) {
		mode = NONE;
	} else {
		gone_wrong++;
		tell();
	}
	pthread_mutex_unlock(&lock);
	return done(mode);
}

static void path_of(int file, char path[PATH_MAX])
{
	char link[64];
	ssize_t len = 0;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	len = readlink(link, path, PATH_MAX - 1);
	path[len > 0 ? len : 0] = '\0';
}

/* Where the old copy has a file. */
static void old_of(const char *path, char old[PATH_MAX])
{
	int len = snprintf(old, PATH_MAX, "%s%s", named("FESTORE_HOSTILE_OLD"),
		path + strlen(named("FESTORE_HOSTILE_FOLDER")));

	if (len < 0 || len >= PATH_MAX)
		old[0] = '\0';
}

/* --- what tee-supplicant calls ---------------------------------------------------------------- */

int open64(const char *path, int flags, ...)
{
	NEXT(open64);
	char old[PATH_MAX];
	mode_t rights = 0;

	if (flags & O_CREAT) {
		va_list args;

		va_start(args, flags);
		rights = va_arg(args, mode_t);
		va_end(args);
	}
	switch (turn(path, OPENS)) {
	case ERROR:
		return -1;
	case OLD:
		old_of(path, old);
		if (!(flags & O_CREAT) && access(old, F_OK) != 0)
			return -1;
		break;
	default:
		break;
	}
	return next(path, flags, rights);
}

static ssize_t read_old(const char *path, void *bytes, size_t len, off64_t at)
{
	NEXT(pread64);
	char old[PATH_MAX];
	ssize_t done = 0;
	int file = -1;

	old_of(path, old);
	file = open(old, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return 0;
	done = next(file, bytes, len, at);
	close(file);
	return done;
}

ssize_t pread64(int file, void *bytes, size_t len, off64_t at)
{
	NEXT(pread64);
	char path[PATH_MAX];
	ssize_t done = 0;

	path_of(file, path);
	switch (turn(path, READS)) {
	case ERROR:
		return -1;
	case OLD:
		return read_old(path, bytes, len, at);
	case WRONG:
		done = next(file, bytes, len, at);
		if (done > 0)
			((uint8_t *)bytes)[calls * 31 % (size_t)done] ^= (uint8_t)(1u << calls % 8);
		return done;
	case SHORT:
		/* tee-supplicant asks for the rest. */
		if (file == cut_file && at == cut_at)
			return 0;
		done = next(file, bytes, len, at);
		if (done < 0)
			return done;
		done /= 2;
		cut_file = file;
		cut_at = at + done;
		return done;
	default:
		return next(file, bytes, len, at);
	}
}

ssize_t pwrite64(int file, const void *bytes, size_t len, off64_t at)
{
	NEXT(pwrite64);
	char path[PATH_MAX];

	path_of(file, path);
	switch (turn(path, CHANGES)) {
	case ERROR:
		return -1;
	case LIE:
		return (ssize_t)len;
	default:
		return next(file, bytes, len, at);
	}
}

int ftruncate64(int file, off64_t len)
{
	NEXT(ftruncate64);
	char path[PATH_MAX];

	path_of(file, path);
	switch (turn(path, CHANGES)) {
	case ERROR:
		return -1;
	case LIE:
		return 0;
	default:
		return next(file, len);
	}
}

int fsync(int file)
{
	NEXT(fsync);
	char path[PATH_MAX];

	path_of(file, path);
	switch (turn(path, CHANGES)) {
	case ERROR:
		return -1;
	case LIE:
		return 0;
	default:
		return next(file);
	}
}

int rename(const char *from, const char *to)
{
	NEXT(rename);

	switch (turn(to, CHANGES)) {
	case ERROR:
		return -1;
	case LIE:
		return 0;
	default:
		return next(from, to);
	}
}

int unlink(const char *path)
{
	NEXT(unlink);

	switch (turn(path, CHANGES)) {
	case ERROR:
		return -1;
	case LIE:
		return 0;
	default:
		return next(path);
	}
}

DIR *opendir(const char *path)
{
	NEXT(opendir);

	return turn(path, OPENS) == ERROR ? NULL : next(path);
}
