/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fake libteec and the fake-TEE process say to each other over their Unix socket. Both run
 * on one machine and are built together, so fields are in the host's order; a 32-bit client may
 * speak to a 64-bit server.
 */
#ifndef FAKE_TEE_WIRE_H
#define FAKE_TEE_WIRE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC 0x46544545u /* "FTEE" */
#define WIRE_PARAMS 4u
/* One call carries 8 MiB on the machines that were measured; a text is one line. */
#define WIRE_MEMORY_MAX (8u << 20)
#define WIRE_TEXT_MAX 512u

enum wire_op { WIRE_OPEN = 1, WIRE_INVOKE, WIRE_CLOSE, WIRE_CONTROL };

/* A value's two numbers; or a memory's size and whether it has a buffer, whose bytes follow the
 * message in order. */
struct wire_param {
	uint32_t a;
	uint32_t b;
};

struct wire_request {
	uint32_t magic;
	uint32_t op;
	uint32_t session;
	uint32_t command;
	uint32_t login;
	uint32_t group;  /* with TEEC_LOGIN_GROUP */
	uint32_t claims; /* 1: claimed_uid counts, 2: claimed_gid counts, 3: both */
	uint32_t claimed_uid;
	uint32_t claimed_gid;
	uint32_t types;
	uint32_t text_len; /* bytes of a control command that follow */
	uint32_t uuid_time_low;
	uint16_t uuid_time_mid;
	uint16_t uuid_time_hi;
	uint8_t uuid_rest[8];
	struct wire_param params[WIRE_PARAMS];
};

/* Followed by the bytes of every memory that goes out, as long as it came in, or by a control
 * command's answer. */
struct wire_reply {
	uint32_t magic;
	uint32_t result;
	uint32_t origin;
	uint32_t session;
	uint32_t text_len;
	struct wire_param params[WIRE_PARAMS];
};

static_assert(sizeof(struct wire_request) == 92, "the request is the same for 32 and 64 bit");
static_assert(sizeof(struct wire_reply) == 52, "the reply is the same for 32 and 64 bit");

/* GP's parameter types, which are the same numbers on both sides. */
static inline uint32_t wire_type(uint32_t types, uint32_t i)
{
	return (types >> (4 * i)) & 0xf;
}

static inline bool wire_is_memory(uint32_t type)
{
	return type >= 5 && type <= 7;
}

static inline bool wire_goes_out(uint32_t type)
{
	return type == 2 || type == 3 || type == 6 || type == 7;
}

/* All of it or false: end of file, an error, or somebody too slow. Neither raises SIGPIPE. */
bool wire_send(int fd, const void *bytes, size_t len);
bool wire_receive(int fd, void *bytes, size_t len);

/* A connected socket, or -1. */
int wire_connect(const char *path);

#endif
