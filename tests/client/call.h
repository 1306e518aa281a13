/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Well-formed calls of every command (ta/include/festore_ta.h), from which the batches make wrong
 * ones, and the check that a refused call has left everything alone.
 */
#ifndef CALL_H
#define CALL_H

#include "device.h"

#include <festore_ta.h>

enum { PARAMS = 4 }; /* of GP */

/* Where in the block what lies. An area has room for more than is right. */
enum {
	REQUEST_AT = 0,
	REPLY_AT = 4096,
	WINDOW_AT = 8192,
	FOURTH_AT = WINDOW_AT + FESTORE_WINDOW + 4096,
	BLOCK_LEN = FOURTH_AT + 4096,
};

/* What a well-formed call of a command is. */
struct shape {
	const char *name;
	uint32_t command;
	uint32_t types[PARAMS]; /* TEE_IOCTL_PARAM_ATTR_TYPE_* */
	size_t reply_len;
	size_t window_len;
	uint32_t flags; /* that it knows */
	bool has_storage;
	bool has_tag;
	bool has_time;
};

#define SHAPE_COUNT 8
extern const struct shape shapes[SHAPE_COUNT];
const struct shape *shape_of(enum festore_command command);

/* A session of the calling user, and the block that its calls go through. */
struct client {
	int device;
	uint32_t session;
	struct block block;
};

/* Exits if it cannot. */
struct client client_open(void);
void client_close(struct client *client);

/* The tag of well-formed calls; FILE_MOVE gives it the other. */
#define CALL_TAG "raw"
#define CALL_NEW_TAG "raw/moved"

/* Where the request lies. */
struct festore_wire_request *call_request(const struct client *client);

/* Writes tag (not checked) into a wire struct. */
void call_set_tag(struct festore_wire_tag *wire, const char *tag);

/* Writes a well-formed request and content; everything else becomes 0xa5. */
void call_prepare(const struct client *client, const struct shape *shape);

/* Parameters of these types, memory references of the right sizes. */
void call_params(const struct client *client, const struct shape *shape,
	const uint32_t types[PARAMS], struct tee_ioctl_param params[PARAMS_MAX]);

/* Makes the prepared call with the right parameters. */
struct answer call_make(const struct client *client, const struct shape *shape);

/* Prepares and makes a call with this tag and these flags. */
struct answer call(
	const struct client *client, enum festore_command command, const char *tag, uint32_t flags);

/* What became of many calls. */
struct tally {
	unsigned int calls;
	unsigned int by_kernel; /* refused by Linux */
	unsigned int by_tee;    /* refused by OP-TEE's core */
	unsigned int wrong;     /* what must not be */
};

/*
 * Makes a call that must be refused: with `code` by the TA, or (only if `may_end_early`) by Linux
 * or by OP-TEE's core. Nothing may have been written to memory, and the TA must have set the sizes
 * of outputs to 0. The first surprises are printed.
 */
void call_refused(const struct client *client, const struct shape *shape, unsigned int count,
	struct tee_ioctl_param params[PARAMS_MAX], uint32_t code, bool may_end_early,
	struct tally *tally);

#endif
