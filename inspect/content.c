/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders and files that somebody else has made: no links, no pipes, no surprises by size. */
#include "inspect.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, const char *name, struct content *content)
{
	size_t done = 0;

	while (done < content->size) {
		const ssize_t got = read(fd, content->bytes + done, content->size - done);

		if (got < 0)
			return complain(INSPECT_ERROR, "%s: %s", name, strerror(errno));
		/* It has become shorter. */
		if (got == 0)
			content->size = done;
		done += (size_t)got;
	}
	return INSPECT_OK;
}

int content_read(int folder, const char *name, struct content *ret_content)
{
	struct content content = {0};
	struct stat about = {0};
	/* A pipe of that name must not block. */
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int status = INSPECT_ERROR;

	if (fd < 0 || fstat(fd, &about) != 0) {
		status = complain(errno == ENOENT ? INSPECT_NOT_FOUND : INSPECT_ERROR, "%s: %s",
			name, strerror(errno));
	} else if (!S_ISREG(about.st_mode)) {
		status = complain(INSPECT_ERROR, "%s: not a regular file", name);
	} else if (about.st_size > (off_t)INSPECT_FILE_MAX) {
		status = complain(INSPECT_ERROR, "%s: larger than any file of OP-TEE's", name);
	} else {
		content.size = (size_t)about.st_size;
		content.bytes = malloc(content.size + 1);
		status = content.bytes ? read_all(fd, name, &content)
				       : complain(INSPECT_ERROR, "%s: no memory", name);
	}
	if (fd >= 0)
		close(fd);
	if (status != INSPECT_OK)
		content_free(&content);
	*ret_content = content;
	return status;
}

void content_free(struct content *content)
{
	free(content->bytes);
	*content = (struct content){0};
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool add_name(struct names *names, const char *name)
{
	char **more = reallocarray(names->names, names->count + 1, sizeof(*more));

	if (!more)
		return false;
	names->names = more;
	more[names->count] = strdup(name);
	return more[names->count] && ++names->count;
}

int names_read(int folder, struct names *ret_names)
{
	/* The stream takes the descriptor, which stays the caller's. */
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry = NULL;
	struct names names = {0};

	*ret_names = names;
	if (!stream) {
		if (again >= 0)
			close(again);
		return complain(INSPECT_ERROR, "folder: %s", strerror(errno));
	}
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.' || add_name(&names, entry->d_name))
			continue;
		closedir(stream);
		names_free(&names);
		return complain(INSPECT_ERROR, "no memory");
	}
	closedir(stream);
	if (names.count > 0)
		qsort(names.names, names.count, sizeof(*names.names), compare_names);
	*ret_names = names;
	return INSPECT_OK;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct names){0};
}

void print_json_shown(const char *text)
{
	char *shown = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&shown, &len);

	if (memory) {
		print_shown(memory, text);
		fclose(memory);
	}
	print_json_string(shown ? shown : "?");
	free(shown);
}

void print_hex(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02x", bytes[i]);
}
