/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a file or standard input into memory that is wiped afterwards. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fills `to` until the end of input; the number of bytes, or -1 with errno. */
static ssize_t read_all(int fd, char *to, size_t room)
{
	size_t len = 0;

	while (len < room) {
		ssize_t got = read(fd, to + len, room - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

enum festore_error input_read(const struct subcommand *self, const char *path, size_t limit,
	void **ret_bytes, size_t *ret_len)
{
	const bool is_stdin = !path || strcmp(path, "-") == 0;
	enum festore_error error = FESTORE_OK;
	ssize_t len = -1;
	char *bytes = malloc(limit + 1);
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (!bytes)
		error = (enum festore_error)fail(self, FESTORE_ERROR, "out of memory");
	else if (fd >= 0)
		len = read_all(fd, bytes, limit + 1);

	if (error == FESTORE_OK && len < 0)
		error = (enum festore_error)fail(self, FESTORE_ERROR, "cannot read %s: %s",
			is_stdin ? "standard input" : path, strerror(errno));
	if (fd >= 0 && !is_stdin)
		close(fd);
	if (error != FESTORE_OK) {
		festore_content_free(bytes, limit + 1);
		return error;
	}
	*ret_bytes = bytes;
	*ret_len = (size_t)len;
	return FESTORE_OK;
}
