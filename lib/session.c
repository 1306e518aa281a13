/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Speaks to the *objects* TA through libteec. All calls go through one block of shared memory that
 * is allocated once: registering memory anew costs more than using a part of it.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>
#include <unistd.h>

/* The device that libteec opens first; looked at only to say why it could not. */
#define TEE_DEVICE "/dev/tee0"

/* The block: a page for request and reply, then the window. */
enum {
	REQUEST_AT = 0,
	REPLY_AT = 2048,
	WINDOW_AT = 4096,
	BLOCK_LEN = WINDOW_AT + FESTORE_WINDOW,
};

static_assert(sizeof(struct festore_wire_request) <= REPLY_AT - REQUEST_AT, "room");
static_assert(sizeof(struct festore_wire_info) <= WINDOW_AT - REPLY_AT, "room");

struct session {
	TEEC_Context context;
	TEEC_SharedMemory block;
	TEEC_Session tee;
	bool has_context;
	bool has_block;
	bool has_tee;
};

static enum festore_error no_device(TEEC_Result res, struct failure *failure)
{
	if (access(TEE_DEVICE, F_OK) == 0 && eaccess(TEE_DEVICE, R_OK | W_OK) != 0)
		return failure_set(failure, FESTORE_DENIED,
			"no permission to use " TEE_DEVICE " (is this user in the group teeclnt?)");
	return failure_set(failure, FESTORE_NO_TEE,
		"no TEE: " TEE_DEVICE " cannot be opened (TEEC 0x%08x)", res);
}

/* GP TEE Internal Core API 3.3.2; libteec's header has no name for it. */
#define CORRUPT_OBJECT 0xf0100001

struct meaning {
	TEEC_Result res;
	enum festore_error error;
	const char *text;
};

/* Failures on the way to the TA. */
static const struct meaning of_the_way[] = {
	{TEEC_ERROR_BUSY, FESTORE_BUSY, "the TEE is busy"},
	{TEEC_ERROR_ITEM_NOT_FOUND, FESTORE_NO_TEE,
		"the Trusted Application of festore is not installed"},
	{TEEC_ERROR_SECURITY, FESTORE_NO_TEE,
		"OP-TEE refuses the Trusted Application of festore: signed with another key, or "
		"damaged"},
	{TEEC_ERROR_COMMUNICATION, FESTORE_NO_TEE, "tee-supplicant does not answer"},
	{TEEC_ERROR_TARGET_DEAD, FESTORE_NO_TEE, "the Trusted Application crashed"},
	{TEEC_ERROR_OUT_OF_MEMORY, FESTORE_ERROR, "the TEE is out of memory"},
	{0, FESTORE_NO_TEE, "the TEE refused the call"},
};

/* Answers of the TA itself (festore_ta.h). */
static const struct meaning of_the_ta[] = {
	{TEEC_ERROR_BAD_PARAMETERS, FESTORE_USAGE, "the Trusted Application refuses the request"},
	{TEEC_ERROR_NOT_SUPPORTED, FESTORE_ERROR,
		"the Trusted Application is of another version than this library"},
	{TEEC_ERROR_ACCESS_DENIED, FESTORE_DENIED, "this user has no store"},
	{TEEC_ERROR_ITEM_NOT_FOUND, FESTORE_NOT_FOUND, "there is no such tag"},
	{TEEC_ERROR_ACCESS_CONFLICT, FESTORE_EXISTS, "the tag exists already"},
	{CORRUPT_OBJECT, FESTORE_DAMAGED, "the stored bytes are damaged"},
	{TEEC_ERROR_EXCESS_DATA, FESTORE_NO_SPACE, "too large for this storage"},
	{TEEC_ERROR_STORAGE_NO_SPACE, FESTORE_NO_SPACE, "no space left in the storage"},
	{TEEC_ERROR_STORAGE_NOT_AVAILABLE, FESTORE_NO_TEE, "the storage is not available"},
	{TEEC_ERROR_BUSY, FESTORE_BUSY, "too many sessions or long transfers at once, try again"},
	{TEEC_ERROR_OUT_OF_MEMORY, FESTORE_ERROR, "the TEE is out of memory"},
	{0, FESTORE_ERROR, "the Trusted Application failed"},
};

static enum festore_error tee_failed(TEEC_Result res, uint32_t origin, struct failure *failure)
{
	const bool is_answer = origin == TEEC_ORIGIN_TRUSTED_APP;
	const struct meaning *meaning = is_answer ? of_the_ta : of_the_way;

	while (meaning->res != 0 && meaning->res != res)
		meaning++;
	if (is_answer && meaning->res != 0)
		return failure_set(failure, meaning->error, "%s", meaning->text);
	/* Whoever has to repair this will look the code up. */
	return failure_set(
		failure, meaning->error, "%s (TEEC 0x%08x, origin %u)", meaning->text, res, origin);
}

static enum festore_error allocate_block(struct session *session, struct failure *failure)
{
	TEEC_Result res = TEEC_SUCCESS;

	session->block.size = BLOCK_LEN;
	session->block.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT;
	res = TEEC_AllocateSharedMemory(&session->context, &session->block);
	if (res != TEEC_SUCCESS)
		return tee_failed(res, TEEC_ORIGIN_API, failure);
	session->has_block = true;
	return FESTORE_OK;
}

static enum festore_error connect_ta(
	struct session *session, const gid_t *group, struct failure *failure)
{
	const TEEC_UUID uuid = FESTORE_OBJECTS_UUID;
	uint32_t gid = group ? *group : 0;
	uint32_t origin = 0;
	TEEC_Result res = TEEC_OpenSession(&session->context, &session->tee, &uuid,
		group ? TEEC_LOGIN_GROUP : TEEC_LOGIN_USER, group ? &gid : NULL, NULL, &origin);

	/* The kernel refuses a group that the caller is not in; libteec has no code for its EPERM.
	 */
	if (group && res == TEEC_ERROR_GENERIC && origin == TEEC_ORIGIN_COMMS)
		return failure_set(failure, FESTORE_DENIED, "this user is not in the group");
	/* What tee-supplicant says of a TA file without a byte, as a full disk may leave it. */
	if (res == TEEC_ERROR_OUT_OF_MEMORY && origin == TEEC_ORIGIN_TEE)
		return failure_set(failure, FESTORE_NO_TEE,
			"the TEE has no memory for the Trusted Application, or its file is empty");
	if (res != TEEC_SUCCESS)
		return tee_failed(res, origin, failure);
	session->has_tee = true;
	return FESTORE_OK;
}

enum festore_error session_open(
	struct session **ret_session, const gid_t *group, struct failure *failure)
{
	enum festore_error error = FESTORE_OK;
	TEEC_Result res = TEEC_SUCCESS;
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return failure_set(failure, FESTORE_ERROR, "out of memory");

	res = TEEC_InitializeContext(NULL, &session->context);
	if (res != TEEC_SUCCESS) {
		error = no_device(res, failure);
		goto out;
	}
	session->has_context = true;

	error = allocate_block(session, failure);
	if (error == FESTORE_OK)
		error = connect_ta(session, group, failure);
out:
	if (error != FESTORE_OK)
		session_close(session);
	else
		*ret_session = session;
	return error;
}

void session_close(struct session *session)
{
	if (!session)
		return;
	if (session->has_tee)
		TEEC_CloseSession(&session->tee);
	if (session->has_block) {
		explicit_bzero(session->block.buffer, BLOCK_LEN);
		TEEC_ReleaseSharedMemory(&session->block);
	}
	if (session->has_context)
		TEEC_FinalizeContext(&session->context);
	free(session);
}

/* Describes `len` bytes at `at` of the block as parameter `i` of type `type`. */
static void set_param(struct session *session, TEEC_Operation *operation, unsigned int i,
	uint32_t type, size_t at, size_t len)
{
	operation->paramTypes |= type << (4 * i);
	operation->params[i].memref.parent = &session->block;
	operation->params[i].memref.offset = at;
	operation->params[i].memref.size = len;
}

static void prepare(struct session *session, const struct exchange *exchange, uint8_t *block,
	TEEC_Operation *operation)
{
	explicit_bzero(block, BLOCK_LEN);

	memcpy(block + REQUEST_AT, exchange->request, sizeof(*exchange->request));
	set_param(session, operation, 0, TEEC_MEMREF_PARTIAL_INPUT, REQUEST_AT,
		sizeof(*exchange->request));
	if (exchange->reply)
		set_param(session, operation, 1, TEEC_MEMREF_PARTIAL_OUTPUT, REPLY_AT,
			exchange->reply_len);
	if (exchange->has_receive)
		set_param(session, operation, 2, TEEC_MEMREF_PARTIAL_OUTPUT, WINDOW_AT,
			FESTORE_WINDOW);
	if (exchange->has_send) {
		if (exchange->send_len != 0)
			memcpy(block + WINDOW_AT, exchange->send, exchange->send_len);
		set_param(session, operation, 2, TEEC_MEMREF_PARTIAL_INPUT, WINDOW_AT,
			exchange->send_len);
	}
}

static enum festore_error accept(struct exchange *exchange, const uint8_t *block,
	const TEEC_Operation *operation, struct failure *failure)
{
	const size_t received_len = operation->params[2].memref.size;

	if (exchange->reply && operation->params[1].memref.size != exchange->reply_len)
		return failure_set(failure, FESTORE_ERROR, "the TEE's reply has a wrong size");
	if (exchange->has_receive && received_len > FESTORE_WINDOW)
		return failure_set(failure, FESTORE_ERROR, "the TEE's answer has a wrong size");

	if (exchange->reply)
		memcpy(exchange->reply, block + REPLY_AT, exchange->reply_len);
	if (exchange->has_receive) {
		exchange->received = block + WINDOW_AT;
		exchange->received_len = received_len;
	}
	return FESTORE_OK;
}

enum festore_error session_call(
	struct session *session, struct exchange *exchange, struct failure *failure)
{
	uint8_t *block = session->block.buffer;
	TEEC_Operation operation = {0};
	uint32_t origin = 0;
	TEEC_Result res = TEEC_SUCCESS;

	prepare(session, exchange, block, &operation);
	res = TEEC_InvokeCommand(&session->tee, (uint32_t)exchange->command, &operation, &origin);
	if (res != TEEC_SUCCESS)
		return tee_failed(res, origin, failure);
	return accept(exchange, block, &operation, failure);
}
