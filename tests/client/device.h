/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/tee0 by the kernel's own calls (linux/tee.h), as an attacker would use it: no libteec in
 * between that checks, rounds or completes anything.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <linux/tee.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tee_client_api.h>

/* What libteec's header, of which only the numbers are used, has no name for. */
#define TEST_CORRUPT_OBJECT 0xf0100001u

/* Room for more parameters than GP has, as the kernel lets any number through. */
enum { PARAMS_MAX = 8 };

/* What came back of a call: the kernel's refusal, or the TEE's answer. */
struct answer {
	int refusal; /* errno; 0 if the TEE was asked */
	uint32_t code;
	uint32_t origin;
};

/* One block of memory that Linux shares with OP-TEE. */
struct block {
	uint8_t *bytes;
	size_t len;
	uint64_t id; /* as memory references name it */
};

/* Opens the device; exits if it cannot. */
int device_open(void);

/* A block of `len` bytes; exits if there is none to be had. */
struct block device_share(int device, size_t len);
void device_unshare(struct block *block);

/* Opens a session of festore's TA without parameters; `client` is what the client claims to be. */
struct answer session_open(
	int device, uint32_t login, const uint8_t client[16], uint32_t *ret_session);

/* As session_open for the calling user; exits if that fails. */
uint32_t session_must_open(int device);

/* 0 or errno. */
int session_close(int device, uint32_t session);

/* Calls a command; the first `count` of `params` come back as the kernel changed them. */
struct answer session_invoke(int device, uint32_t session, uint32_t command, unsigned int count,
	struct tee_ioctl_param params[PARAMS_MAX]);

/* Has the TA itself answered, and that? */
bool answered(const struct answer *answer, uint32_t code);

/* Is it one of the answers that ta/include/festore_ta.h documents, and the TA's own? */
bool answer_is_documented(const struct answer *answer);

#endif
