/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a file or standard input until its end, wherever that is. */
#include "input.h"

#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum festore_error fail_to_read(const struct input *input)
{
	return (enum festore_error)fail(
		input->self, FESTORE_ERROR, "cannot read %s: %s", input->name, strerror(errno));
}

enum festore_error input_open(
	struct input *ret_input, const struct subcommand *self, const char *path)
{
	const bool is_stdin = !path || strcmp(path, "-") == 0;
	struct stat about = {0};

	ret_input->self = self;
	ret_input->name = is_stdin ? "standard input" : path;
	ret_input->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	ret_input->size = 0;
	ret_input->left = INPUT_ALL;
	if (ret_input->fd < 0)
		return fail_to_read(ret_input);
	if (fstat(ret_input->fd, &about) == 0 && S_ISREG(about.st_mode))
		ret_input->size = (uint64_t)about.st_size;
	return FESTORE_OK;
}

enum festore_error input_read(struct input *input, void *to, size_t room, size_t *ret_len)
{
	const bool is_bounded = input->left != INPUT_ALL;
	size_t len = 0;

	if (room > input->left)
		room = (size_t)input->left;
	while (len < room) {
		const ssize_t got = progress_read(input->fd, (char *)to + len, room - len);

		if (got < 0 && errno == EINTR && progress_is_interrupted())
			return FESTORE_INTERRUPTED;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_to_read(input);
		if (got == 0)
			break;
		len += (size_t)got;
	}
	if (is_bounded && len < room)
		return (enum festore_error)fail(
			input->self, FESTORE_ERROR, "%s is cut short", input->name);
	if (is_bounded)
		input->left -= len;
	*ret_len = len;
	return FESTORE_OK;
}

void input_close(struct input *input)
{
	if (input->fd > STDIN_FILENO)
		close(input->fd);
	input->fd = -1;
}

enum festore_error input_read_file(const struct subcommand *self, const char *path, size_t max,
	uint8_t **ret_bytes, size_t *ret_len)
{
	struct input input = {.fd = -1};
	enum festore_error error = input_open(&input, self, path);

	if (error != FESTORE_OK)
		return error;
	*ret_bytes = malloc(max + 1);
	if (!*ret_bytes)
		error = (enum festore_error)fail(self, FESTORE_ERROR, "out of memory");
	else
		error = input_read(&input, *ret_bytes, max + 1, ret_len);
	input_close(&input);
	if (error == FESTORE_OK && *ret_len > max)
		error = (enum festore_error)fail(
			self, FESTORE_USAGE, "%s: longer than %zu bytes", path, max);
	return error;
}
