/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The edge to the normal world. A request is copied out of shared memory once and checked there;
 * what comes out is a struct call, whose fields can be trusted as far as its comments say.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "policy.h"
#include "session.h"
#include "tag.h"

/* What a command takes for a tag. */
enum tag_rule {
	TAG_NONE,   /* must be empty */
	TAG_NEEDED, /* must be valid */
	TAG_PREFIX, /* empty or valid */
};

union reply {
	struct festore_wire_info info;
	struct festore_wire_file file;
	struct festore_wire_list list;
};

/* One call under way. */
struct call {
	struct session *session;

	/* From the request, checked against the command. */
	uint32_t flags;
	uint32_t storage;
	int64_t modified;
	struct tag tag;
	struct tag new_tag; /* FILE_MOVE */

	/* Shared memory, that the normal world can change at any time: only ever copied. */
	uint8_t *window;
	size_t window_size;

	/* The answer, private until reply_write. */
	union reply reply;
	size_t window_used; /* bytes that the handler has written to an output window */
};

/* A row of the command table: all that is asked of a caller before the handler runs. */
struct command {
	uint32_t id; /* enum festore_command */
	enum right right;
	uint32_t types; /* TEE_PARAM_TYPES, compared as a whole */
	size_t reply_size;
	uint32_t flags; /* the flags that are known, or-ed */
	enum tag_rule tag_rule;
	bool has_storage;
	bool has_time;
	bool has_new_tag; /* the window holds one */
	TEE_Result (*handler)(struct call *call);
};

/* Parameters of all commands: where what lies (festore_ta.h). */
enum { PARAM_REQUEST = 0, PARAM_REPLY = 1, PARAM_WINDOW = 2 };

/* Checks types, sizes and request against the command's row. Reads shared memory once. */
TEE_Result request_read(const struct command *command, struct session *session, uint32_t types,
	const TEE_Param params[TEE_NUM_PARAMS], struct call *ret_call);

/* Writes the reply and the sizes of all outputs. */
void reply_write(
	const struct command *command, const struct call *call, TEE_Param params[TEE_NUM_PARAMS]);

/* Says that no output holds anything. */
void reply_nothing(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

#endif
