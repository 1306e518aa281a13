/* SPDX-License-Identifier: BSD-2-Clause */
/* The GP entry points of the *objects* TA and its command table. No logic. */
#include "file.h"
#include "info.h"
#include "list.h"

#define TYPES(reply, window) \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_##reply, \
		TEE_PARAM_TYPE_##window, TEE_PARAM_TYPE_NONE)

static const struct command commands[] = {
	{
		.id = FESTORE_CMD_INFO,
		.right = RIGHT_INFO,
		.types = TYPES(MEMREF_OUTPUT, NONE),
		.reply_size = sizeof(struct festore_wire_info),
		.handler = info_get,
	},
	{
		.id = FESTORE_CMD_FILE_PUT,
		.right = RIGHT_WRITE,
		.types = TYPES(NONE, MEMREF_INPUT),
		.flags = FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.tag_rule = TAG_NEEDED,
		.has_storage = true,
		.has_time = true,
		.handler = file_put,
	},
	{
		.id = FESTORE_CMD_FILE_GET,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_OUTPUT),
		.reply_size = sizeof(struct festore_wire_file),
		.flags = FESTORE_WIRE_CONTINUE,
		.tag_rule = TAG_NEEDED,
		.has_storage = true,
		.handler = file_get,
	},
	{
		.id = FESTORE_CMD_FILE_STAT,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, NONE),
		.reply_size = sizeof(struct festore_wire_file),
		.tag_rule = TAG_NEEDED,
		.has_storage = true,
		.handler = file_stat,
	},
	{
		.id = FESTORE_CMD_FILE_LIST,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_OUTPUT),
		.reply_size = sizeof(struct festore_wire_list),
		.flags = FESTORE_WIRE_CONTINUE,
		.tag_rule = TAG_PREFIX,
		.has_storage = true,
		.handler = file_list,
	},
	{
		.id = FESTORE_CMD_FILE_REMOVE,
		.right = RIGHT_WRITE,
		.types = TYPES(NONE, NONE),
		.tag_rule = TAG_NEEDED,
		.has_storage = true,
		.handler = file_remove,
	},
	{
		.id = FESTORE_CMD_FILE_MOVE,
		.right = RIGHT_WRITE,
		.types = TYPES(NONE, MEMREF_INPUT),
		.flags = FESTORE_WIRE_NO_CLOBBER,
		.tag_rule = TAG_NEEDED,
		.has_storage = true,
		.has_new_tag = true,
		.handler = file_move,
	},
	{
		.id = FESTORE_CMD_ABORT,
		.right = RIGHT_INFO,
		.types = TYPES(NONE, NONE),
		.handler = file_abort,
	},
};

static const struct command *command_of(uint32_t id)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].id == id)
			return &commands[i];
	}
	return NULL;
}

static TEE_Result run(const struct command *command, struct session *session, uint32_t types,
	TEE_Param params[TEE_NUM_PARAMS])
{
	struct call call = {0};
	TEE_Result res = request_read(command, session, types, params, &call);

	if (res != TEE_SUCCESS)
		return res;
	if (!policy_allows(&session->owner, command->right))
		return TEE_ERROR_ACCESS_DENIED;

	if (command->has_storage)
		session_use_storage(session, call.storage);
	res = command->handler(&call);
	if (res == TEE_SUCCESS)
		reply_write(command, &call, params);
	return res;
}

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(
	uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **ret_session)
{
	struct owner owner = {0};
	struct session *session = NULL;
	TEE_Result res = TEE_SUCCESS;

	(void)params;
	if (types !=
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE,
			TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = identity_of_caller(&owner);
	if (res != TEE_SUCCESS)
		return res;
	if (!policy_has_store(&owner))
		return TEE_ERROR_ACCESS_DENIED;

	res = session_open(&owner, &session);
	if (res == TEE_SUCCESS)
		*ret_session = session;
	return res;
}

void TA_CloseSessionEntryPoint(void *session)
{
	session_close(session);
}

TEE_Result TA_InvokeCommandEntryPoint(
	void *session, uint32_t id, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	const struct command *command = command_of(id);
	TEE_Result res = TEE_ERROR_NOT_SUPPORTED;

	if (command)
		res = run(command, session, types, params);
	if (res != TEE_SUCCESS)
		reply_nothing(types, params);
	return res;
}
