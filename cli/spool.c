/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps what cannot be read again. */
#include "spool.h"

#include "progress.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum festore_error fail_to_keep(const struct spool *spool)
{
	return (enum festore_error)fail(spool->input->self,
		errno == ENOSPC || errno == EDQUOT ? FESTORE_NO_SPACE : FESTORE_ERROR,
		"cannot keep %s in a temporary file: %s", spool->input->name, strerror(errno));
}

enum festore_error spool_begin(struct spool *spool, struct input *input)
{
	struct stat about = {0};

	memset(spool, 0, sizeof(*spool));
	spool->input = input;
	/* A file that the caller has read from goes on where it is. */
	if (fstat(input->fd, &about) == 0 && S_ISREG(about.st_mode) &&
		lseek(input->fd, 0, SEEK_CUR) == 0)
		return FESTORE_OK;
	spool->kept = tmpfile();
	return spool->kept ? FESTORE_OK : fail_to_keep(spool);
}

/* What is still to come, as far as `end`. */
static enum festore_error keep_to(struct spool *spool, uint64_t end)
{
	uint8_t bytes[65536];

	while (!spool->is_whole && spool->len < end) {
		size_t len = 0;
		const enum festore_error error =
			input_read(spool->input, bytes, sizeof(bytes), &len);

		if (error != FESTORE_OK)
			return error;
		spool->is_whole = len < sizeof(bytes);
		if (pwrite(fileno(spool->kept), bytes, len, (off_t)spool->len) != (ssize_t)len)
			return fail_to_keep(spool);
		spool->len += len;
	}
	return FESTORE_OK;
}

static enum festore_error read_from(
	struct spool *spool, int fd, uint64_t offset, void *to, size_t room, size_t *ret_len)
{
	size_t done = 0;

	while (done < room) {
		const ssize_t got =
			pread(fd, (char *)to + done, room - done, (off_t)(offset + done));

		if (progress_is_interrupted())
			return FESTORE_INTERRUPTED;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return (enum festore_error)fail(spool->input->self, FESTORE_ERROR,
				"cannot read %s: %s", spool->input->name, strerror(errno));
		if (got == 0)
			break;
		done += (size_t)got;
	}
	*ret_len = done;
	return FESTORE_OK;
}

enum festore_error spool_read(
	struct spool *spool, uint64_t offset, void *to, size_t room, size_t *ret_len)
{
	enum festore_error error = FESTORE_OK;

	if (!spool->kept)
		return read_from(spool, spool->input->fd, offset, to, room, ret_len);
	error = keep_to(spool, offset + room);
	if (error != FESTORE_OK)
		return error;
	return read_from(spool, fileno(spool->kept), offset, to, room, ret_len);
}

void spool_end(struct spool *spool)
{
	if (spool->kept)
		fclose(spool->kept);
	spool->kept = NULL;
}
