/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tar archives: POSIX ustar and pax (IEEE Std 1003.1, pax), read also with GNU tar's long names.
 * Only what a file's name and content need is taken from an archive; what would store something
 * else than the archive's maker meant (sparse files, links) is refused.
 */
#ifndef TAR_H
#define TAR_H

#include "input.h"

#define TAR_BLOCK 512

/* As tar(1): an archive's length is a multiple of it. */
#define TAR_RECORD 10240

/* The largest header: a pax header with its records, and the file's own. */
#define TAR_HEADER_MAX (3 * TAR_BLOCK)

/* Writes the header of a regular file with mode 0600; returns its bytes. `name` is a tag. */
size_t tar_header(const char *name, uint64_t size, int64_t modified, uint8_t to[TAR_HEADER_MAX]);

/* Zeros that follow a content of so many bytes. */
size_t tar_padding(uint64_t size);

/* Zeros that end an archive of so many bytes. */
size_t tar_end(uint64_t size);

/* A name may be a tag with "./" before it. */
#define TAR_NAME_MAX (FESTORE_TAG_LEN_MAX + 2)

/* A regular file in an archive. */
struct tar_member {
	char name[TAR_NAME_MAX + 1]; /* any bytes but NUL */
	bool is_cut;                 /* the name was longer */
	uint64_t size;
};

/* Set `input`, the rest zero. */
struct tar_reader {
	struct input *input;
	uint64_t padding; /* behind the content of the last member */
	bool has_begun;
	uint8_t block[TAR_BLOCK];
};

/*
 * Goes to the next regular file; directories are passed over. Then the input gives its content and
 * no more. FESTORE_NOT_FOUND: the archive has ended, and the input is read to its end. All else is
 * printed and returned.
 */
enum festore_error tar_next(struct tar_reader *reader, struct tar_member *ret_member);

#endif
