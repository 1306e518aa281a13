/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the operations of the benchmark on one open session and prints what each took. */
#include "bulk.h"
#include "filling.h"
#include "keys.h"
#include "side.h"
#include "timing.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT_MAX ((size_t)1024 * 1024)
#define FILL_SIZE ((size_t)1024)
#define NAME_ROOM 32

const struct side *side;
static uint8_t content[CONTENT_MAX];
static char measured[NAME_ROOM]; /* the file of this repeat */
static char moved[NAME_ROOM];    /* its other name */

static int usage(void)
{
	fputs("usage: bench-client bare|ree|vault[:NAME] pin | unpin | fill FROM TO |\n"
	      "       large SIZE | keyfill FROM TO | keylarge SIZE |\n"
	      "       ls | empty | file SIZE | middle COUNT | batch | chacha SIZE | gcm SIZE | "
	      "keys,\n"
	      "       each of these with REPEATS\n"
	      "prints: OPERATION SIZE NANOSECONDS, or OPERATION SIZE too-large\n",
		stderr);
	return 2;
}

static int bench_create(size_t size)
{
	struct timing timing = {.operation = "create", .size = size};

	timing_begin(&timing);
	return timing_end(&timing, side->create(measured, content, size));
}

static int bench_replace(size_t size)
{
	struct timing timing = {.operation = "replace", .size = size};

	timing_begin(&timing);
	return timing_end(&timing, side->replace(measured, content, size));
}

static int get(const char *operation, const char *name, size_t size)
{
	struct timing timing = {.operation = operation, .size = size};
	const void *got = NULL;
	size_t len = 0;
	int status = 0;

	timing_begin(&timing);
	status = timing_end(&timing, side->get(name, size, &got, &len));
	if (status == 0 && (len != size || memcmp(got, content, size) != 0)) {
		fprintf(stderr, "bench: %s: other content came back\n", side->name);
		status = SIDE_FAILED;
	}
	side->release();
	return status;
}

/*
 * Of those that fill() has made, another one each time, lest it lie in memory already: in turn
 * after and before the middle, as the bare TA's cost depends on the place.
 */
static int bench_middle(size_t count, unsigned int repeat)
{
	const size_t away = (repeat + 1) / 2;
	char name[FILLING_NAME_ROOM];

	filling_content(content, FILL_SIZE, 0);
	filling_name(repeat % 2 == 0 ? count / 2 - away : count / 2 + away, name);
	return get("middle", name, FILL_SIZE);
}

static int bench_stat(size_t size)
{
	struct timing timing = {.operation = "stat", .size = size};
	size_t len = 0;
	int status = 0;

	timing_begin(&timing);
	status = timing_end(&timing, side->stat(measured, &len));
	if (status == 0 && len != size) {
		fprintf(stderr, "bench: %s: wrong size\n", side->name);
		status = SIDE_FAILED;
	}
	return status;
}

/* There and back, so that what follows finds it where it was. */
static int bench_mv(size_t size)
{
	struct timing timing = {.operation = "mv", .size = size};
	int status = 0;

	if (!side->mv)
		return 0;
	timing_begin(&timing);
	status = timing_end(&timing, side->mv(measured, moved));
	return status == 0 ? side->mv(moved, measured) : status;
}

static int bench_rm(size_t size)
{
	struct timing timing = {.operation = "rm", .size = size};

	timing_begin(&timing);
	return timing_end(&timing, side->rm(measured));
}

/* The life of one file. Its directory entry is the first free one, hence the last, each time. */
static int bench_file(size_t size, unsigned int repeat)
{
	int status = 0;

	/* Other tags each time: the vault's lie anywhere, and what was read once stays in memory.
	 */
	snprintf(measured, sizeof(measured), "measured-%u", repeat);
	snprintf(moved, sizeof(moved), "moved-%u", repeat);
	filling_content(content, size, 2 * repeat);
	status = bench_create(size);
	filling_content(content, size, 2 * repeat + 1);
	if (status == 0)
		status = bench_replace(size);
	if (status == 0)
		status = get("get", measured, size);
	if (status == 0)
		status = bench_stat(size);
	if (status == 0)
		status = bench_mv(size);
	if (status == 0)
		status = bench_rm(size);
	return status;
}

static int bench_ls(size_t size, unsigned int repeat)
{
	struct timing timing = {.operation = "ls"};
	size_t count = 0;
	int status = 0;

	(void)size;
	(void)repeat;
	timing_begin(&timing);
	status = timing_end(&timing, side->ls(&count));
	if (status == 0 && repeat == 0)
		fprintf(stderr, "bench: %s lists %zu\n", side->name, count);
	return status;
}

static int bench_empty(size_t size, unsigned int repeat)
{
	struct timing timing = {.operation = "empty"};

	(void)size;
	(void)repeat;
	timing_begin(&timing);
	return timing_end(&timing, side->empty());
}

static int fill(unsigned long from, unsigned long to)
{
	int status = 0;

	filling_content(content, FILL_SIZE, 0);
	for (unsigned long i = from; status == 0 && i < to; i++) {
		char name[FILLING_NAME_ROOM];

		filling_name(i, name);
		status = side->create(name, content, FILL_SIZE);
	}
	return status;
}

static int repeat_bench(int (*bench)(size_t, unsigned int), size_t size, const char *repeats)
{
	const unsigned long count = strtoul(repeats, NULL, 10);
	int status = 0;

	for (unsigned int i = 0; status == 0 && i < count; i++)
		status = bench(size, i);
	return status;
}

static int run(int argc, char **argv)
{
	const char *what = argv[2];

	if (strcmp(what, "pin") == 0 && argc == 3 && side->pin)
		return side->pin();
	if (strcmp(what, "unpin") == 0 && argc == 3 && side->unpin)
		return side->unpin();
	if (strcmp(what, "fill") == 0 && argc == 5)
		return fill(strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	if (strcmp(what, "ls") == 0 && argc == 4)
		return repeat_bench(bench_ls, 0, argv[3]);
	if (strcmp(what, "empty") == 0 && argc == 4)
		return repeat_bench(bench_empty, 0, argv[3]);
	if (strcmp(what, "middle") == 0 && argc == 5)
		return repeat_bench(bench_middle, strtoul(argv[3], NULL, 10), argv[4]);
	if (strcmp(what, "file") == 0 && argc == 5 && strtoul(argv[3], NULL, 10) <= CONTENT_MAX)
		return repeat_bench(bench_file, strtoul(argv[3], NULL, 10), argv[4]);
	if (strcmp(what, "batch") == 0 && argc == 4 && side->batch_begin)
		return repeat_bench(bench_batch, FILL_SIZE, argv[3]);
	if (strcmp(what, "large") == 0 && argc == 4 && side->read_at)
		return bench_large(strtoul(argv[3], NULL, 10));
	if (strcmp(what, "keyfill") == 0 && argc == 5 && side->key_new)
		return keys_fill(strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	if (strcmp(what, "keys") == 0 && argc == 4 && side->key_new)
		return bench_keys(strtoul(argv[3], NULL, 10));
	if (strcmp(what, "keylarge") == 0 && argc == 4 && side->read_at)
		return bench_keys_large(strtoul(argv[3], NULL, 10));
	if (strcmp(what, "chacha") == 0 && argc == 5 && side->aead)
		return repeat_bench(bench_chacha, strtoul(argv[3], NULL, 10), argv[4]);
	if (strcmp(what, "gcm") == 0 && argc == 5 && side->aead)
		return repeat_bench(bench_gcm, strtoul(argv[3], NULL, 10), argv[4]);
	return usage();
}

int main(int argc, char **argv)
{
	char *vault = NULL;
	int status = 0;

	if (argc < 3)
		return usage();
	/* vault:NAME is another vault than the default. */
	vault = strchr(argv[1], ':');
	if (vault)
		*vault++ = '\0';
	side = strcmp(argv[1], "bare") == 0     ? &bare_side
		: strcmp(argv[1], "ree") == 0   ? &ree_side
		: strcmp(argv[1], "vault") == 0 ? &vault_side
						: NULL;
	if (!side)
		return usage();

	status = side->open(vault);
	if (status == 0)
		status = run(argc, argv);
	side->close();
	return status;
}
