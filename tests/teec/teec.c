// SPDX-License-Identifier: BSD-2-Clause
/*
 * A libteec for the host: the calls of tee_client_api.h, carried to the fake-TEE process whose
 * socket FESTORE_FAKE_TEE names. Answers, origins and what is written back are those of
 * libteec 4.5. FESTORE_FAKE_UID and FESTORE_FAKE_GID claim who the caller is, which a server
 * started with --trust-claimed-ids believes.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>
#include <unistd.h>

#include "../tee/wire.h"

/* A memory parameter as it goes over: where its bytes are, and where its size is written back. */
struct memory {
	uint8_t *bytes;
	size_t size;
	size_t *ret_size;
	bool whole_comes_back; /* registered memory is shared: all of it changes; a temporary one
				  only as far as the size says */
};

struct message {
	struct wire_request request;
	struct memory memory[WIRE_PARAMS];
};

/* Calls of all threads and contexts, one after the other, as they would be in a TA. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context)
{
	const char *path = getenv("FESTORE_FAKE_TEE");

	(void)name;
	if (!context)
		return TEEC_ERROR_BAD_PARAMETERS;
	context->imp.fd = path ? wire_connect(path) : -1;
	context->imp.reg_mem = true;
	context->imp.memref_null = true;
	return context->imp.fd >= 0 ? TEEC_SUCCESS : TEEC_ERROR_ITEM_NOT_FOUND;
}

void TEEC_FinalizeContext(TEEC_Context *context)
{
	if (context)
		close(context->imp.fd);
}

static bool good_shared_flags(uint32_t flags)
{
	return flags && !(flags & ~(uint32_t)(TEEC_MEM_INPUT | TEEC_MEM_OUTPUT));
}

TEEC_Result TEEC_RegisterSharedMemory(TEEC_Context *context, TEEC_SharedMemory *sharedMem)
{
	if (!context || !sharedMem || !good_shared_flags(sharedMem->flags) || !sharedMem->buffer)
		return TEEC_ERROR_BAD_PARAMETERS;
	sharedMem->imp.shadow_buffer = NULL;
	sharedMem->imp.alloced_size = 0;
	return TEEC_SUCCESS;
}

/* Never of size 0, so that the buffer is always a pointer; zeroed, as pages from the kernel are. */
TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *sharedMem)
{
	if (!context || !sharedMem || !good_shared_flags(sharedMem->flags))
		return TEEC_ERROR_BAD_PARAMETERS;
	sharedMem->imp.alloced_size = sharedMem->size ? sharedMem->size : 8;
	sharedMem->imp.shadow_buffer = NULL;
	sharedMem->buffer = calloc(1, sharedMem->imp.alloced_size);
	return sharedMem->buffer ? TEEC_SUCCESS : TEEC_ERROR_OUT_OF_MEMORY;
}

void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *sharedMem)
{
	if (!sharedMem)
		return;
	if (sharedMem->imp.alloced_size)
		free(sharedMem->buffer);
	sharedMem->imp.alloced_size = 0;
	sharedMem->buffer = NULL;
}

static TEEC_Result take_temporary(TEEC_TempMemoryReference *ref, struct memory *memory)
{
	if (!ref->buffer && ref->size)
		return TEEC_ERROR_BAD_PARAMETERS;
	*memory = (struct memory){.bytes = ref->buffer, .size = ref->size, .ret_size = &ref->size};
	return TEEC_SUCCESS;
}

static TEEC_Result take_part(
	TEEC_RegisteredMemoryReference *ref, uint32_t need, struct memory *memory)
{
	const TEEC_SharedMemory *parent = ref->parent;

	if (!parent || (parent->flags & need) != need)
		return TEEC_ERROR_BAD_PARAMETERS;
	if (ref->offset > parent->size || ref->size > parent->size - ref->offset)
		return TEEC_ERROR_BAD_PARAMETERS;
	*memory = (struct memory){
		.bytes = (uint8_t *)parent->buffer + ref->offset,
		.size = ref->size,
		.ret_size = &ref->size,
		.whole_comes_back = true,
	};
	return TEEC_SUCCESS;
}

static TEEC_Result take_whole(
	TEEC_RegisteredMemoryReference *ref, uint32_t *ret_type, struct memory *memory)
{
	const TEEC_SharedMemory *parent = ref->parent;

	if (!parent || !good_shared_flags(parent->flags))
		return TEEC_ERROR_BAD_PARAMETERS;
	/* Flags of shared memory are GP's memory types without their common bit. */
	*ret_type = 4 + parent->flags;
	*memory = (struct memory){
		.bytes = parent->buffer,
		.size = parent->size,
		.ret_size = &ref->size,
		.whole_comes_back = true,
	};
	return TEEC_SUCCESS;
}

/* Puts one parameter into the message; @ret_type is its type as the TA sees it. */
static TEEC_Result take(TEEC_Parameter *param, uint32_t type, struct wire_param *out,
	struct memory *memory, uint32_t *ret_type)
{
	*ret_type = type;
	switch (type) {
	case TEEC_NONE:
		return TEEC_SUCCESS;
	case TEEC_VALUE_INPUT:
	case TEEC_VALUE_OUTPUT:
	case TEEC_VALUE_INOUT:
		*out = (struct wire_param){param->value.a, param->value.b};
		return TEEC_SUCCESS;
	case TEEC_MEMREF_TEMP_INPUT:
	case TEEC_MEMREF_TEMP_OUTPUT:
	case TEEC_MEMREF_TEMP_INOUT:
		return take_temporary(&param->tmpref, memory);
	case TEEC_MEMREF_WHOLE:
		return take_whole(&param->memref, ret_type, memory);
	case TEEC_MEMREF_PARTIAL_INPUT:
	case TEEC_MEMREF_PARTIAL_OUTPUT:
	case TEEC_MEMREF_PARTIAL_INOUT:
		*ret_type = type - 8;
		return take_part(&param->memref, type - 0xc, memory);
	default:
		return TEEC_ERROR_BAD_PARAMETERS;
	}
}

static TEEC_Result take_all(TEEC_Operation *operation, struct message *message)
{
	for (uint32_t i = 0; operation && i < WIRE_PARAMS; i++) {
		struct wire_param *out = &message->request.params[i];
		struct memory *memory = &message->memory[i];
		uint32_t type = 0;
		TEEC_Result res = take(&operation->params[i], wire_type(operation->paramTypes, i),
			out, memory, &type);

		if (res != TEEC_SUCCESS)
			return res;
		if (memory->size > WIRE_MEMORY_MAX)
			return TEEC_ERROR_OUT_OF_MEMORY;
		if (wire_is_memory(type))
			*out = (struct wire_param){(uint32_t)memory->size, memory->bytes ? 1 : 0};
		message->request.types |= type << (4 * i);
	}
	return TEEC_SUCCESS;
}

static bool send_message(int fd, const struct message *message)
{
	bool good = wire_send(fd, &message->request, sizeof(message->request));

	for (uint32_t i = 0; good && i < WIRE_PARAMS; i++) {
		if (message->memory[i].bytes)
			good = wire_send(fd, message->memory[i].bytes, message->memory[i].size);
	}
	return good;
}

/* Takes one memory's bytes off the wire and gives the client what real shared memory would have
 * given it. */
static bool bring_back(int fd, const struct memory *memory, size_t said)
{
	uint8_t *bytes = malloc(memory->size + 1);
	const bool good = bytes && wire_receive(fd, bytes, memory->size);

	if (good && memory->whole_comes_back && memory->size)
		memcpy(memory->bytes, bytes, memory->size);
	else if (good && said && said <= memory->size)
		memcpy(memory->bytes, bytes, said);
	free(bytes);
	return good;
}

static bool receive_param(int fd, const struct message *message, const struct wire_reply *reply,
	TEEC_Operation *operation, uint32_t i)
{
	const uint32_t type = wire_type(message->request.types, i);
	const struct memory *memory = &message->memory[i];

	if (!wire_goes_out(type))
		return true;
	if (!wire_is_memory(type)) {
		operation->params[i].value = (TEEC_Value){reply->params[i].a, reply->params[i].b};
		return true;
	}
	if (memory->bytes && !bring_back(fd, memory, reply->params[i].a))
		return false;
	*memory->ret_size = reply->params[i].a;
	return true;
}

static bool exchange(int fd, const struct message *message, TEEC_Operation *operation,
	struct wire_reply *ret_reply)
{
	bool good = false;

	pthread_mutex_lock(&lock);
	good = send_message(fd, message) && wire_receive(fd, ret_reply, sizeof(*ret_reply)) &&
		ret_reply->magic == WIRE_MAGIC && ret_reply->text_len == 0;
	for (uint32_t i = 0; good && i < WIRE_PARAMS; i++)
		good = receive_param(fd, message, ret_reply, operation, i);
	pthread_mutex_unlock(&lock);
	return good;
}

/* One call to the server. @ret_session may be NULL. */
static TEEC_Result call(int fd, struct message *message, TEEC_Operation *operation,
	uint32_t *ret_session, uint32_t *origin)
{
	struct wire_reply reply = {0};
	TEEC_Result res = TEEC_SUCCESS;

	*origin = TEEC_ORIGIN_API;
	message->request.magic = WIRE_MAGIC;
	res = take_all(operation, message);
	if (res != TEEC_SUCCESS)
		return res;
	*origin = TEEC_ORIGIN_COMMS;
	if (!exchange(fd, message, operation, &reply))
		return TEEC_ERROR_COMMUNICATION;
	*origin = reply.origin;
	if (ret_session)
		*ret_session = reply.session;
	return reply.result;
}

static uint32_t claim(const char *variable, uint32_t bit, uint32_t *ret_id)
{
	const char *text = getenv(variable);

	if (!text)
		return 0;
	*ret_id = (uint32_t)strtoul(text, NULL, 0);
	return bit;
}

/* GP: PUBLIC and USER take no data, GROUP takes a gid. Applications are not told apart by Linux'
 * driver. */
static TEEC_Result set_login(struct wire_request *request, uint32_t method, const void *data)
{
	const bool group = method == TEEC_LOGIN_GROUP;

	request->login = method;
	if (!group && method != TEEC_LOGIN_PUBLIC && method != TEEC_LOGIN_USER)
		return TEEC_ERROR_NOT_SUPPORTED;
	if (group != (data != NULL))
		return TEEC_ERROR_BAD_PARAMETERS;
	if (group)
		memcpy(&request->group, data, sizeof(request->group));
	request->claims = claim("FESTORE_FAKE_UID", 1, &request->claimed_uid) |
		claim("FESTORE_FAKE_GID", 2, &request->claimed_gid);
	return TEEC_SUCCESS;
}

TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
	const TEEC_UUID *destination, uint32_t connectionMethod, const void *connectionData,
	TEEC_Operation *operation, uint32_t *returnOrigin)
{
	struct message message = {.request = {.op = WIRE_OPEN}};
	struct wire_request *request = &message.request;
	uint32_t unused = 0;
	TEEC_Result res = TEEC_SUCCESS;

	returnOrigin = returnOrigin ? returnOrigin : &unused;
	*returnOrigin = TEEC_ORIGIN_API;
	if (!context || !session || !destination)
		return TEEC_ERROR_BAD_PARAMETERS;
	res = set_login(request, connectionMethod, connectionData);
	if (res != TEEC_SUCCESS)
		return res;
	request->uuid_time_low = destination->timeLow;
	request->uuid_time_mid = destination->timeMid;
	request->uuid_time_hi = destination->timeHiAndVersion;
	memcpy(request->uuid_rest, destination->clockSeqAndNode, sizeof(request->uuid_rest));
	session->imp.ctx = context;
	return call(context->imp.fd, &message, operation, &session->imp.session_id, returnOrigin);
}

void TEEC_CloseSession(TEEC_Session *session)
{
	struct message message = {.request = {.op = WIRE_CLOSE}};
	uint32_t unused = 0;

	if (!session)
		return;
	message.request.session = session->imp.session_id;
	call(session->imp.ctx->imp.fd, &message, NULL, NULL, &unused);
}

TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t commandID, TEEC_Operation *operation,
	uint32_t *returnOrigin)
{
	struct message message = {.request = {.op = WIRE_INVOKE, .command = commandID}};
	uint32_t unused = 0;

	returnOrigin = returnOrigin ? returnOrigin : &unused;
	*returnOrigin = TEEC_ORIGIN_API;
	if (!session)
		return TEEC_ERROR_BAD_PARAMETERS;
	message.request.session = session->imp.session_id;
	if (operation)
		operation->imp.session = session;
	return call(session->imp.ctx->imp.fd, &message, operation, NULL, returnOrigin);
}

/* A call to the fake is over before anybody could cancel it. */
void TEEC_RequestCancellation(TEEC_Operation *operation)
{
	(void)operation;
}
