/* SPDX-License-Identifier: BSD-2-Clause */
/* The command table of the *vault* TA. No logic. */
#include "change.h"
#include "info.h"
#include "read.h"
#include "vault.h"

const struct about about_ta = {.storages = FESTORE_WIRE_VAULT, .size_max = FESTORE_VAULT_FILE_MAX};

#define TYPES(reply, in, out) \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_##reply, TEE_PARAM_TYPE_##in, \
		TEE_PARAM_TYPE_##out)

#define STATE_LEN sizeof(struct festore_vault_state)
#define PATH_MAX_LEN FESTORE_PATH_LEN(FESTORE_PATH_MAX)

const struct command commands[] = {
	{
		.id = FESTORE_CMD_INFO,
		.right = RIGHT_INFO,
		.types = TYPES(MEMREF_OUTPUT, NONE, NONE),
		.request_size = sizeof(struct festore_wire_request),
		.reply_size = sizeof(struct festore_wire_info),
		.handler = info_get,
	},
	{
		.id = FESTORE_CMD_FILE_PUT,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.flags = FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE |
			FESTORE_WIRE_BATCH | FESTORE_WIRE_LAST,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_time = true,
		.has_kind = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, 0, FESTORE_WINDOW},
		.handler = change_put,
	},
	{
		.id = FESTORE_CMD_FILE_GET,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_file),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_kind = true,
		.has_offset = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, FESTORE_SEALED_WINDOW},
		.handler = read_get,
	},
	{
		.id = FESTORE_CMD_FILE_STAT,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_file),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_kind = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, 0},
		.handler = read_stat,
	},
	{
		.id = FESTORE_CMD_FILE_LIST,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_wire_list),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.tag_rule = TAG_PREFIX,
		.storage = FESTORE_WIRE_VAULT,
		.has_kind = true,
		.parts_max = {STATE_LEN, 0, FESTORE_WINDOW, 0},
		.handler = read_list,
	},
	{
		.id = FESTORE_CMD_FILE_REMOVE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.flags = FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_kind = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, 0},
		.handler = change_remove,
	},
	{
		.id = FESTORE_CMD_FILE_MOVE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.flags = FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_BATCH,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_kind = true,
		.parts_max = {0, PATH_MAX_LEN, 0, 0},
		.handler = change_move,
	},
	{
		.id = FESTORE_CMD_ABORT,
		.right = RIGHT_INFO,
		.types = TYPES(NONE, NONE, NONE),
		.request_size = sizeof(struct festore_wire_request),
		.handler = vault_abort,
	},
	{
		.id = FESTORE_CMD_VAULT_CREATE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, NONE, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_created),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.handler = vault_create,
	},
	{
		.id = FESTORE_CMD_VAULT_OPEN,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_opened),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, sizeof(struct festore_vault_header), 0},
		.handler = vault_open,
	},
	{
		.id = FESTORE_CMD_VAULT_CONFIRM,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_version),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, 0, 0},
		.handler = vault_confirm,
	},
	{
		.id = FESTORE_CMD_VAULT_VERSION,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, NONE, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_version),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.handler = vault_version,
	},
	{
		.id = FESTORE_CMD_VAULT_DESTROY,
		.right = RIGHT_WRITE,
		.types = TYPES(NONE, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, 0, 0},
		.handler = vault_destroy,
	},
	{
		.id = FESTORE_CMD_VAULT_PROPOSE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, NONE, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.storage = FESTORE_WIRE_VAULT,
		.handler = change_propose,
	},
};

const size_t command_count = sizeof(commands) / sizeof(commands[0]);

/* Nothing is in common to all. */
void command_begins(const struct call *call)
{
	(void)call;
}
