/* SPDX-License-Identifier: BSD-2-Clause */
/* What an eMMC's RPMB partition answers to frames (JEDEC JESD84-B51, 6.6.22). */
#ifndef FRAMES_H
#define FRAMES_H

#include "chip.h"

/* Numbers are big-endian. */
struct rpmb_frame {
	uint8_t stuff[196];
	uint8_t mac[32]; /* or the key that is to be written */
	uint8_t data[CHIP_BLOCK];
	uint8_t nonce[16];
	uint8_t counter[4];
	uint8_t address[2];
	uint8_t count[2];
	uint8_t result[2];
	uint8_t type[2];
};

enum rpmb_type {
	RPMB_WRITE_KEY = 1,
	RPMB_READ_COUNTER = 2,
	RPMB_WRITE = 3,
	RPMB_READ = 4,
	RPMB_ANSWER = 0x100, /* times the request's type is the answer's */
};

enum rpmb_result {
	RPMB_OK = 0,
	RPMB_GENERAL_FAILURE = 1,
	RPMB_WRONG_MAC = 2,
	RPMB_WRONG_COUNTER = 3,
	RPMB_WRONG_ADDRESS = 4,
	RPMB_WRITE_FAILED = 5,
	RPMB_NO_KEY = 7,
	RPMB_COUNTER_EXPIRED = 0x80, /* added to any of them */
};

/*
 * Serves one request of `in_count` frames, all of one type, with an answer of `out_count` frames:
 * as many as a read asks for, else one. False: these numbers fit no request; there is no answer.
 */
bool rpmb_serve(struct chip *chip, const struct rpmb_frame *in, size_t in_count,
	struct rpmb_frame *out, size_t out_count);

#endif
