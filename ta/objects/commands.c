/* SPDX-License-Identifier: BSD-2-Clause */
/* The command table of the *objects* TA. No logic. */
#include "anchor.h"
#include "client.h"
#include "file.h"
#include "info.h"
#include "list.h"
#include "rpmb.h"

const struct about about_ta = {
	.size_max = FESTORE_REE_MAX,
	.has_anchors = true,
};

#define STORAGES (FESTORE_WIRE_REE | FESTORE_WIRE_RPMB)

#define TYPES(reply, window) \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_##reply, \
		TEE_PARAM_TYPE_##window, TEE_PARAM_TYPE_NONE)

const struct command commands[] = {
	{
		.id = FESTORE_CMD_INFO,
		.right = RIGHT_INFO,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(MEMREF_OUTPUT, NONE),
		.reply_size = sizeof(struct festore_wire_info),
		.handler = info_get,
	},
	{
		.id = FESTORE_CMD_FILE_PUT,
		.right = RIGHT_WRITE,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(NONE, MEMREF_INPUT),
		.flags = FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.tag_rule = TAG_NEEDED,
		.storage = STORAGES,
		.has_time = true,
		.handler = file_put,
	},
	{
		.id = FESTORE_CMD_FILE_GET,
		.right = RIGHT_READ,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(MEMREF_OUTPUT, MEMREF_OUTPUT),
		.reply_size = sizeof(struct festore_wire_file),
		.flags = FESTORE_WIRE_CONTINUE,
		.tag_rule = TAG_NEEDED,
		.storage = STORAGES,
		.handler = file_get,
	},
	{
		.id = FESTORE_CMD_FILE_STAT,
		.right = RIGHT_READ,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(MEMREF_OUTPUT, NONE),
		.reply_size = sizeof(struct festore_wire_file),
		.tag_rule = TAG_NEEDED,
		.storage = STORAGES,
		.handler = file_stat,
	},
	{
		.id = FESTORE_CMD_FILE_LIST,
		.right = RIGHT_READ,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(MEMREF_OUTPUT, MEMREF_OUTPUT),
		.reply_size = sizeof(struct festore_wire_list),
		.flags = FESTORE_WIRE_CONTINUE,
		.tag_rule = TAG_PREFIX,
		.storage = STORAGES,
		.handler = file_list,
	},
	{
		.id = FESTORE_CMD_FILE_REMOVE,
		.right = RIGHT_WRITE,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(NONE, NONE),
		.tag_rule = TAG_NEEDED,
		.storage = STORAGES,
		.handler = file_remove,
	},
	{
		.id = FESTORE_CMD_FILE_MOVE,
		.right = RIGHT_WRITE,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(NONE, MEMREF_INPUT),
		.flags = FESTORE_WIRE_NO_CLOBBER,
		.tag_rule = TAG_NEEDED,
		.storage = STORAGES,
		.has_new_tag = true,
		.handler = file_move,
	},
	{
		.id = FESTORE_CMD_ABORT,
		.right = RIGHT_INFO,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(NONE, NONE),
		.handler = file_abort,
	},
	{
		.id = FESTORE_CMD_ANCHOR_READ,
		.right = RIGHT_ANCHOR,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT),
		.reply_size = sizeof(struct festore_anchor),
		.handler = anchor_get,
	},
	{
		.id = FESTORE_CMD_ANCHOR_WRITE,
		.right = RIGHT_ANCHOR,
		.request_size = sizeof(struct festore_wire_request),
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT),
		.reply_size = sizeof(struct festore_anchor),
		.handler = anchor_put,
	},
};

const size_t command_count = sizeof(commands) / sizeof(commands[0]);

uint32_t about_storages(void)
{
	return rpmb_is_there() ? STORAGES : FESTORE_WIRE_REE;
}

TEE_Result command_begins(const struct call *call)
{
	if (call->storage == FESTORE_WIRE_RPMB && !rpmb_is_there())
		return FESTORE_TA_NO_RPMB;
	client_use_storage(client_of(call), call->storage);
	return TEE_SUCCESS;
}

/* No log is kept here. */
void command_ends(const struct command *command, const struct call *call, TEE_Result res)
{
	(void)command;
	(void)call;
	(void)res;
}
