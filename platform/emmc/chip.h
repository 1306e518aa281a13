/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of an emulated eMMC's RPMB partition: key, write counter and blocks, kept in a file or
 * on a block device so that they outlive the process, the boot and a power cut. All zero is a chip
 * that no key was written to. Nothing here judges who may write.
 */
#ifndef CHIP_H
#define CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHIP_KEY_LEN 32u
#define CHIP_BLOCK ((size_t)256)
#define CHIP_BLOCKS 512u /* 128 KiB, the smallest that there is */

/* Blocks of one write, and what the chip says of it: EXT_CSD's REL_WR_SEC_C, in sectors. */
#define CHIP_WRITE_MAX 2u

/* Bytes that the file must have. */
#define CHIP_FILE_LEN (8192 + CHIP_BLOCKS * CHIP_BLOCK)

struct chip {
	int fd;
	bool has_key;
	uint8_t key[CHIP_KEY_LEN];
	uint32_t counter;
	uint8_t blocks[CHIP_BLOCKS][CHIP_BLOCK];
};

/* Reads the chip and ends the write that a power cut has left undone. False: it cannot be used. */
bool chip_open(struct chip *chip, const char *path);

void chip_close(struct chip *chip);

/* Writes the key of a chip that has none. False: nothing was written. */
bool chip_write_key(struct chip *chip, const uint8_t key[CHIP_KEY_LEN]);

/*
 * Writes `count` blocks (1 to CHIP_WRITE_MAX, all within the chip) and adds one to the counter,
 * durably and all at once. False: the file failed; the chip must not be used any longer.
 */
bool chip_write(struct chip *chip, uint32_t first, const uint8_t *data, uint32_t count);

#endif
