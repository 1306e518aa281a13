/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on many files, a large file and bare bytes. */
#include "bulk.h"

#include "filling.h"
#include "side.h"
#include "timing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 32
#define CHUNK ((size_t)4096)
#define READS 9u
#define LARGE "large"

/* A tag of one of `kind`; of all repeats, another one each time. */
static void name_of(const char *kind, unsigned int repeat, unsigned int i, char name[NAME_ROOM])
{
	snprintf(name, NAME_ROOM, "%s-%u-%u", kind, repeat, i);
}

static int put_all(const char *kind, unsigned int repeat, size_t size)
{
	static uint8_t bytes[CHUNK];
	int status = 0;

	for (unsigned int i = 0; status == 0 && i < BULK_PUTS; i++) {
		char name[NAME_ROOM];

		name_of(kind, repeat, i, name);
		status = side->create(name, bytes, size);
	}
	return status;
}

static int remove_all(const char *kind, unsigned int repeat)
{
	int status = 0;

	for (unsigned int i = 0; status == 0 && i < BULK_PUTS; i++) {
		char name[NAME_ROOM];

		name_of(kind, repeat, i, name);
		status = side->rm(name);
	}
	return status;
}

static int bench_puts(size_t size, unsigned int repeat)
{
	struct timing timing = {.operation = "puts", .size = size};
	int status = 0;

	timing_begin(&timing);
	status = timing_end(&timing, put_all("single", repeat, size));
	return status == 0 ? remove_all("single", repeat) : status;
}

int bench_batch(size_t size, unsigned int repeat)
{
	struct timing timing = {.operation = "batch", .size = size};
	int status = size <= CHUNK ? bench_puts(size, repeat) : SIDE_FAILED;

	if (status != 0)
		return status;
	timing_begin(&timing);
	status = side->batch_begin();
	if (status == 0)
		status = put_all("batch", repeat, size);
	if (status == 0)
		status = side->batch_commit();
	status = timing_end(&timing, status);
	return status == 0 ? remove_all("batch", repeat) : status;
}

/* The same places in each run; none twice. */
static uint64_t place(size_t size, unsigned int repeat)
{
	return (repeat * 2654435761u) % (size / CHUNK - 1) * CHUNK;
}

/* Reads of one chunk's length at chunks' places, `shift` bytes behind them. */
static int bench_reads(const char *operation, size_t shift, const uint8_t *expected, size_t size)
{
	struct timing timing = {.operation = operation, .size = CHUNK};
	uint8_t got[CHUNK];
	int status = 0;

	for (unsigned int i = 0; status == 0 && i < READS; i++) {
		const uint64_t offset = place(size, i) + shift;

		timing_begin(&timing);
		status = timing_end(&timing, side->read_at(offset, got, sizeof(got)));
		if (status == 0 && memcmp(got, expected + offset, sizeof(got)) != 0) {
			fprintf(stderr, "bench: %s: other bytes came back\n", side->name);
			status = SIDE_FAILED;
		}
	}
	return status;
}

static int bench_places(const uint8_t *expected, size_t size)
{
	int status = side->open_file(LARGE);

	if (status == 0)
		status = bench_reads("random", 0, expected, size);
	if (status == 0)
		status = bench_reads("across", CHUNK / 2, expected, size);
	side->close_file();
	return status;
}

static int bench_create(const uint8_t *bytes, size_t size)
{
	struct timing timing = {.operation = "create", .size = size};

	timing_begin(&timing);
	return timing_end(&timing, side->create(LARGE, bytes, size));
}

static int bench_get(const uint8_t *expected, size_t size)
{
	struct timing timing = {.operation = "get", .size = size};
	const void *got = NULL;
	size_t len = 0;
	int status = 0;

	timing_begin(&timing);
	status = timing_end(&timing, side->get(LARGE, size, &got, &len));
	if (status == 0 && (len != size || memcmp(got, expected, len) != 0)) {
		fprintf(stderr, "bench: %s: other content came back\n", side->name);
		status = SIDE_FAILED;
	}
	side->release();
	return status;
}

int bench_large(size_t size)
{
	uint8_t *bytes = malloc(size);
	int status = SIDE_FAILED;

	if (!bytes)
		return status;
	filling_content(bytes, size, 1);
	status = bench_create(bytes, size);
	if (status == 0)
		status = bench_get(bytes, size);
	if (status == 0)
		status = bench_places(bytes, size);
	if (status == 0)
		status = side->rm(LARGE);
	free(bytes);
	return status;
}

static int bench_aead(bool is_gcm, const char *seal, const char *open, size_t size)
{
	struct timing timing = {.operation = seal, .size = size};
	int status = 0;

	timing_begin(&timing);
	status = timing_end(&timing, side->aead(is_gcm, false, size));
	if (status != 0)
		return status;
	timing.operation = open;
	timing_begin(&timing);
	return timing_end(&timing, side->aead(is_gcm, true, size));
}

int bench_chacha(size_t size, unsigned int repeat)
{
	(void)repeat;
	return bench_aead(false, "seal", "open", size);
}

int bench_gcm(size_t size, unsigned int repeat)
{
	(void)repeat;
	return bench_aead(true, "seal_gcm", "open_gcm", size);
}
