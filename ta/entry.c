/* SPDX-License-Identifier: BSD-2-Clause */
/* The GP entry points of a TA: who may open a session, and from a command to its handler. */
#include "request.h"

static const struct command *command_of(uint32_t id)
{
	for (size_t i = 0; i < command_count; i++) {
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

	if (command->storage != 0)
		res = command_begins(&call);
	if (res == TEE_SUCCESS)
		res = command->handler(&call);
	if (res != TEE_SUCCESS)
		command_ends(command, &call, res);
	if (res == TEE_SUCCESS)
		reply_write(command, &call, params);
	/* VAULT_OPEN's holds a key. */
	TEE_MemFill(&call.reply, 0, sizeof(call.reply));
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
	if (!policy_has_store(&owner) && !(about_ta.has_anchors && policy_is_vault_ta(&owner)))
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
