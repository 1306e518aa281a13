/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the file of quotas, a line at a time. */
#include "quota.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void quota_format(uint64_t bytes, char to[QUOTA_TEXT_MAX])
{
	static const char units[] = "KMGTPE";
	const char *unit = units;
	uint64_t one = 1024;
	unsigned long long whole = 0;
	unsigned long long tenths = 0;

	while (bytes / 1024 >= one && unit[1] != '\0') {
		one *= 1024;
		unit++;
	}
	whole = bytes / one;
	tenths = bytes % one * 10 / one;
	/* A little is not nothing. */
	if (one == 1024)
		snprintf(to, QUOTA_TEXT_MAX, "%llu KiB", whole + (bytes % one != 0));
	else
		snprintf(to, QUOTA_TEXT_MAX, "%llu.%llu %ciB", whole, tenths, *unit);
}

/* --- one line --------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A word of a line, and where the next one may be. */
struct word {
	const char *at;
	size_t len;
};

static struct word next_word(const char **at, const char *end)
{
	struct word word = {0};

	while (*at != end && is_blank(**at))
		(*at)++;
	word.at = *at;
	while (*at != end && !is_blank(**at) && **at != '#')
		(*at)++;
	word.len = (size_t)(*at - word.at);
	/* The rest is a comment. */
	if (*at != end && **at == '#')
		*at = end;
	return word;
}

/* Digits alone. */
static bool read_number(struct word word, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (size_t i = 0; i < word.len; i++) {
		const unsigned int digit = (unsigned int)(word.at[i] - '0');

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return false;
		number = 10 * number + digit;
	}
	*ret_number = number;
	return word.len != 0;
}

/* Digits, and perhaps one of K, M, G, T; less than QUOTA_NONE. */
static bool read_size(struct word word, uint64_t *ret_bytes)
{
	static const char units[] = {'K', 'M', 'G', 'T'};
	const char *unit =
		word.len != 0 ? memchr(units, word.at[word.len - 1], sizeof(units)) : NULL;
	const unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;

	if (unit)
		word.len--;
	if (!read_number(word, ret_bytes) || *ret_bytes > (uint64_t)INT64_MAX >> shift)
		return false;
	*ret_bytes <<= shift;
	return true;
}

/* How much a line is to the point. */
enum fit { FIT_NOT, FIT_ALL, FIT_OWN };

static bool is_written(struct word word)
{
	for (size_t i = 0; i < word.len; i++) {
		if ((unsigned char)word.at[i] < ' ' || word.at[i] == 0x7f)
			return false;
	}
	return word.len != 0;
}

/* False: this names nobody. */
static bool read_owner(struct word word, const struct quota_owner *owner, enum fit *ret_fit)
{
	const bool is_group = word.len != 0 && word.at[0] == '@';
	uint64_t id = 0;

	if (is_group) {
		word.at++;
		word.len--;
	}
	if (!is_written(word))
		return false;
	*ret_fit = FIT_NOT;
	if (is_group != owner->is_group)
		return true;
	if (word.len == 1 && word.at[0] == '*')
		*ret_fit = FIT_ALL;
	else if (read_number(word, &id))
		*ret_fit = id == owner->id ? FIT_OWN : FIT_NOT;
	else if (word.len == strlen(owner->name) && memcmp(word.at, owner->name, word.len) == 0)
		*ret_fit = FIT_OWN;
	return true;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* What was found until now, by how much it was to the point. */
struct found {
	bool is_there[FIT_OWN + 1];
	uint64_t bytes[FIT_OWN + 1];
};

/* Why a line is wrong; NULL: it is not. */
static const char *read_line(
	const char *at, const char *end, const struct quota_owner *owner, struct found *found)
{
	const struct word who = next_word(&at, end);
	const struct word size = next_word(&at, end);
	enum fit fit = FIT_NOT;
	uint64_t bytes = 0;

	if (who.len == 0)
		return NULL;
	if (!read_owner(who, owner, &fit))
		return "this names no user or group";
	if (!read_size(size, &bytes))
		return "there is no size behind the name";
	if (next_word(&at, end).len != 0)
		return "there is more behind the size";
	if (fit == FIT_NOT)
		return NULL;
	if (found->is_there[fit])
		return "a line before has the same user or group";
	found->is_there[fit] = true;
	found->bytes[fit] = bytes;
	return NULL;
}

static enum festore_error read_lines(const char *path, const char *text, size_t len,
	const struct quota_owner *owner, uint64_t *ret_bytes, struct failure *failure)
{
	const char *const end = text + len;
	struct found found = {0};
	unsigned int line = 1;

	for (const char *at = text; at != end; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;
		const char *why = read_line(at, line_end, owner, &found);

		if (why)
			return failure_set(failure, FESTORE_ERROR, "%s:%u: %s", path, line, why);
		at = newline ? newline + 1 : end;
	}
	*ret_bytes = QUOTA_NONE;
	if (found.is_there[FIT_ALL])
		*ret_bytes = found.bytes[FIT_ALL];
	if (found.is_there[FIT_OWN])
		*ret_bytes = found.bytes[FIT_OWN];
	return FESTORE_OK;
}

/* --- the file --------------------------------------------------------------------------------- */

static enum festore_error unreadable(const char *path, int error, struct failure *failure)
{
	return failure_set(failure, FESTORE_ERROR, "cannot read %s: %s", path, strerror(error));
}

static enum festore_error check_file(
	const char *path, uid_t trusted, const struct stat *about, struct failure *failure)
{
	if (!S_ISREG(about->st_mode))
		return failure_set(failure, FESTORE_ERROR, "%s is not a regular file", path);
	if ((about->st_uid != 0 && about->st_uid != trusted) ||
		(about->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return failure_set(failure, FESTORE_ERROR,
			"%s must be root's, and nobody else may write to it", path);
	if (about->st_size > QUOTA_FILE_MAX)
		return failure_set(failure, FESTORE_ERROR, "%s is too large", path);
	return FESTORE_OK;
}

/* Reads what there is, up to `len`; fewer if it has become shorter. -1 with errno. */
static ssize_t read_text(int fd, char *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		const ssize_t step = pread(fd, to + done, len - done, (off_t)done);

		if (step < 0 && errno == EINTR)
			continue;
		if (step < 0)
			return -1;
		if (step == 0)
			break;
		done += (size_t)step;
	}
	return (ssize_t)done;
}

static enum festore_error read_file(int fd, const char *path, uid_t trusted,
	const struct quota_owner *owner, uint64_t *ret_bytes, struct failure *failure)
{
	struct stat about = {0};
	enum festore_error error = FESTORE_OK;
	ssize_t len = 0;
	char *text = NULL;

	if (fstat(fd, &about) != 0)
		return unreadable(path, errno, failure);
	error = check_file(path, trusted, &about, failure);
	if (error != FESTORE_OK)
		return error;
	text = malloc((size_t)about.st_size + 1);
	if (!text)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	len = read_text(fd, text, (size_t)about.st_size);
	if (len < 0)
		error = unreadable(path, errno, failure);
	else
		error = read_lines(path, text, (size_t)len, owner, ret_bytes, failure);
	free(text);
	return error;
}

enum festore_error quota_read(const char *path, uid_t trusted, const struct quota_owner *owner,
	uint64_t *ret_bytes, struct failure *failure)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum festore_error error = FESTORE_OK;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		*ret_bytes = QUOTA_NONE;
		return FESTORE_OK;
	}
	if (fd < 0)
		return unreadable(path, errno, failure);
	error = read_file(fd, path, trusted, owner, ret_bytes, failure);
	close(fd);
	return error;
}
