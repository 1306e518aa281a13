/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of festore-inspect share: how to show, how to fail, how to read hostile folders.
 */
#ifndef INSPECT_H
#define INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses, as festore has them. */
enum {
	INSPECT_OK = 0,
	INSPECT_ERROR = 1,
	INSPECT_USAGE = 2,
	INSPECT_NOT_FOUND = 3,
	INSPECT_DAMAGED = 6,
};

struct show {
	bool json;
	bool tree;     /* each node, each entry */
	bool annotate; /* a hexdump */
};

/* A file larger than this is none of OP-TEE's, whose objects are at most a few MiB. */
#define INSPECT_FILE_MAX ((size_t)64 << 20)

/* Prints "festore-inspect: ..." to standard error and returns `status`. */
__attribute__((format(printf, 2, 3))) int complain(int status, const char *format, ...);

struct content {
	uint8_t *bytes;
	size_t size;
};

/*
 * Reads the regular file `name` of the open folder; links are not followed. Returns INSPECT_OK, or
 * complains. content_free() gives the memory back.
 */
int content_read(int folder, const char *name, struct content *ret_content);
void content_free(struct content *content);

struct names {
	char **names;
	size_t count;
};

/* The names in a folder, sorted, without those that begin with a dot. As content_read(). */
int names_read(int folder, struct names *ret_names);
void names_free(struct names *names);

/* Prints a JSON string of text of any origin: as print_shown(), so that it is valid. */
void print_json_shown(const char *text);

/* Prints bytes in hexadecimal. */
void print_hex(const uint8_t *bytes, size_t len);

/* The folder of tee-supplicant; one file of it; the folder of a vault. `folder` is open, `path` for
 * messages. */
int inspect_tee_folder(int folder, const char *path, const struct show *show);
int inspect_tee_file(int folder, const char *name, const struct show *show);
int inspect_vault(int folder, const char *path, const struct show *show);
bool is_vault(int folder);

/*
 * Copies what is to be inspected from an image of a disk or file system to the new folder `to`: its
 * files, and those in "blobs" with their sizes alone. Returns INSPECT_OK, or complains.
 */
int image_copy(const char *image, const char *path, const char *to);

#endif
