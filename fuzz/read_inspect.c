/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore-inspect's reading of OP-TEE's files, under libFuzzer. An input is a size and what stands
 * where the reader looks: both slots, and the nodes of the first group; content is only ever
 * counted.
 */
#include "../inspect/annotate.h"
#include "../inspect/ree.h"
#include "../inspect/volumes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE_MAX_ = 40000, SEARCHED = 0 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void take(uint8_t *to, size_t room, const uint8_t **data, size_t *len)
{
	const size_t part = *len < room ? *len : room;

	memcpy(to, *data, part);
	*data += part;
	*len -= part;
}

static void read_file(const uint8_t *data, size_t len)
{
	uint8_t *bytes = calloc(1, SIZE_MAX_);
	uint8_t *exact = NULL;
	uint32_t size = 0;
	struct ree_file file;
	FILE *nowhere = fopen("/dev/null", "w");

	if (!bytes || !nowhere)
		abort();
	take((uint8_t *)&size, sizeof(size), &data, &len);
	size %= SIZE_MAX_;
	take(bytes, (size_t)2 * REE_SLOT, &data, &len);
	take(bytes + REE_BLOCK, REE_BLOCK, &data, &len);
	/* Memory of just that size, so that one byte too far is seen. */
	exact = malloc(size);
	if (size && !exact)
		abort();
	memcpy(exact, bytes, size);
	free(bytes);
	if (!ree_read(exact, size, SEARCHED, &file))
		abort();
	/* What is told must be possible. */
	if (file.fault == REE_WHOLE && (file.blocks > file.blocks_max && file.has_length))
		abort();
	if (file.has_length && (file.length + REE_BLOCK - 1) / REE_BLOCK != file.blocks)
		abort();
	annotate(&file, nowhere);
	ree_free(&file);
	free(exact);
	fclose(nowhere);
}

static void read_image(const uint8_t *data, size_t len)
{
	struct volumes volumes;
	int fd = memfd_create("image", 0);

	if (fd < 0 || ftruncate(fd, 1 << 20) != 0 || pwrite(fd, data, len, 0) != (ssize_t)len)
		abort();
	volumes_find(fd, &volumes);
	if (volumes.count > VOLUMES_MAX)
		abort();
	close(fd);
}

static void read_line(const uint8_t *data, size_t len)
{
	struct image_entry entry;
	char *line = malloc(len + 1);

	if (!line)
		abort();
	memcpy(line, data, len);
	line[len] = '\0';
	if (image_entry_read(line, &entry) && (strchr(entry.name, '/') || entry.name[0] == '.'))
		abort();
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0)
		return 0;
	switch (data[0] % 3) {
	case 0:
		read_file(data + 1, len - 1);
		break;
	case 1:
		read_image(data + 1, len - 1);
		break;
	default:
		read_line(data + 1, len - 1);
	}
	return 0;
}
