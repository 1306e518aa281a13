/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file: a page with the header, a page with the journal, the blocks. A write goes to the
 * journal first, whole and under a digest; so after a power cut it is done again or never was.
 */
#include "chip.h"

#include <assert.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <string.h>
#include <unistd.h>

enum { HEADER_AT = 0, JOURNAL_AT = 4096, BLOCKS_AT = 8192 };

struct header {
	uint32_t has_key;
	uint32_t counter;
	uint8_t key[CHIP_KEY_LEN];
};

/* One write: the header as it is after it, and the blocks. */
struct journal {
	struct header header;
	uint32_t first;
	uint32_t count;
	uint8_t data[CHIP_WRITE_MAX * CHIP_BLOCK];
	uint8_t digest[SHA256_DIGEST_LENGTH]; /* of all the above */
};

static_assert(sizeof(struct journal) == 40 + 8 + 512 + 32, "no padding");

static bool read_at(int fd, void *to, size_t len, off_t at)
{
	return pread(fd, to, len, at) == (ssize_t)len;
}

static bool write_at(int fd, const void *from, size_t len, off_t at)
{
	return pwrite(fd, from, len, at) == (ssize_t)len;
}

static void digest_of(const struct journal *journal, uint8_t digest[SHA256_DIGEST_LENGTH])
{
	SHA256((const uint8_t *)journal, offsetof(struct journal, digest), digest);
}

static bool is_whole(const struct journal *journal)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	digest_of(journal, digest);
	return memcmp(digest, journal->digest, sizeof(digest)) == 0 &&
		journal->count <= CHIP_WRITE_MAX && journal->first <= CHIP_BLOCKS - journal->count;
}

static off_t place_of(uint32_t block)
{
	return (off_t)(BLOCKS_AT + block * CHIP_BLOCK);
}

/* Writes what the journal says to where it belongs; as often as one likes. */
static bool apply(const struct chip *chip, const struct journal *journal)
{
	const size_t len = journal->count * CHIP_BLOCK;

	return (len == 0 || write_at(chip->fd, journal->data, len, place_of(journal->first))) &&
		write_at(chip->fd, &journal->header, sizeof(journal->header), HEADER_AT);
}

static void remember(struct chip *chip, const struct journal *journal)
{
	chip->has_key = journal->header.has_key != 0;
	chip->counter = journal->header.counter;
	memcpy(chip->key, journal->header.key, sizeof(chip->key));
	memcpy(chip->blocks[journal->first], journal->data, journal->count * CHIP_BLOCK);
}

/* Before the chip was written to for the first time there is no journal. */
static bool recover(struct chip *chip)
{
	struct journal journal;

	if (!read_at(chip->fd, &journal, sizeof(journal), JOURNAL_AT))
		return false;
	if (!is_whole(&journal))
		return true;
	remember(chip, &journal);
	return apply(chip, &journal);
}

bool chip_open(struct chip *chip, const char *path)
{
	struct header header;

	memset(chip, 0, sizeof(*chip));
	/* Each write is on the disk, in its turn, before the next begins. */
	chip->fd = open(path, O_RDWR | O_DSYNC | O_CLOEXEC);
	if (chip->fd < 0)
		return false;
	if (!read_at(chip->fd, &header, sizeof(header), HEADER_AT) ||
		!read_at(chip->fd, chip->blocks, sizeof(chip->blocks), BLOCKS_AT))
		goto fail;
	chip->has_key = header.has_key != 0;
	chip->counter = header.counter;
	memcpy(chip->key, header.key, sizeof(chip->key));
	if (recover(chip))
		return true;
fail:
	chip_close(chip);
	return false;
}

void chip_close(struct chip *chip)
{
	close(chip->fd);
	explicit_bzero(chip, sizeof(*chip));
	chip->fd = -1;
}

static bool commit(struct chip *chip, struct journal *journal)
{
	digest_of(journal, journal->digest);
	if (!write_at(chip->fd, journal, sizeof(*journal), JOURNAL_AT) || !apply(chip, journal))
		return false;
	remember(chip, journal);
	return true;
}

bool chip_write_key(struct chip *chip, const uint8_t key[CHIP_KEY_LEN])
{
	struct journal journal = {.header = {.has_key = 1, .counter = chip->counter}};
	bool is;

	if (chip->has_key)
		return false;
	memcpy(journal.header.key, key, CHIP_KEY_LEN);
	is = commit(chip, &journal);
	explicit_bzero(&journal, sizeof(journal));
	return is;
}

bool chip_write(struct chip *chip, uint32_t first, const uint8_t *data, uint32_t count)
{
	struct journal journal = {
		.header = {.has_key = chip->has_key, .counter = chip->counter + 1},
		.first = first,
		.count = count,
	};
	bool is;

	memcpy(journal.header.key, chip->key, sizeof(chip->key));
	memcpy(journal.data, data, count * CHIP_BLOCK);
	is = commit(chip, &journal);
	explicit_bzero(&journal, sizeof(journal));
	return is;
}
