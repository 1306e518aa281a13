// SPDX-License-Identifier: BSD-2-Clause
/* Calls of libteec, made in the fake TEE of the same program. */
#include "direct.h"

#include "heap.h"

#include "fake_tee.h"
#include <stdlib.h>
#include <string.h>

enum { SESSIONS = 128, TYPE_BITS = 4, PARTIAL = 8 };

struct known_session {
	uint32_t id; /* 0: this place is free */
	unsigned int client;
};

uint32_t direct_uid = 1000;
unsigned int direct_client;

static direct_hook the_hook;
static struct known_session sessions[SESSIONS];
static unsigned int open_contexts;
static unsigned int open_memories;

void direct_on_call(direct_hook hook)
{
	the_hook = hook;
}

static bool ask(struct direct_event *event)
{
	return the_hook && the_hook(event);
}

/* An event of the library's side alone. */
static TEEC_Result ask_early(enum direct_call call)
{
	struct direct_event event = {.call = call};
	bool is_answered = false;

	heap_pause();
	is_answered = ask(&event);
	heap_resume();
	return is_answered ? event.result : TEEC_SUCCESS;
}

TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context)
{
	const TEEC_Result res = ask_early(DIRECT_CONTEXT);

	(void)name;
	memset(context, 0, sizeof(*context));
	open_contexts += res == TEEC_SUCCESS ? 1 : 0;
	return res;
}

void TEEC_FinalizeContext(TEEC_Context *context)
{
	(void)context;
	open_contexts--;
}

TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *memory)
{
	const TEEC_Result res = ask_early(DIRECT_MEMORY);

	(void)context;
	if (res != TEEC_SUCCESS)
		return res;
	memory->buffer = heap_real_realloc(NULL, memory->size);
	memset(memory->buffer, 0, memory->size);
	open_memories++;
	return TEEC_SUCCESS;
}

void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *memory)
{
	heap_real_free(memory->buffer);
	memory->buffer = NULL;
	open_memories--;
}

/* The library uses parts of registered memory alone. */
static uint32_t take(
	TEEC_Operation *operation, TEE_Param params[TEE_NUM_PARAMS], bool has_operation)
{
	uint32_t types = 0;

	for (unsigned int i = 0; has_operation && i < TEE_NUM_PARAMS; i++) {
		const uint32_t type = operation->paramTypes >> (TYPE_BITS * i) & 0xf;
		const TEEC_RegisteredMemoryReference *ref = &operation->params[i].memref;

		if (type == TEEC_NONE)
			continue;
		if (type < TEEC_MEMREF_PARTIAL_INPUT || ref->offset > ref->parent->size ||
			ref->size > ref->parent->size - ref->offset)
			abort();
		types |= (type - PARTIAL) << (TYPE_BITS * i);
		params[i].memref.buffer = (uint8_t *)ref->parent->buffer + ref->offset;
		params[i].memref.size = ref->size;
	}
	return types;
}

static void give_back(
	TEEC_Operation *operation, const TEE_Param params[TEE_NUM_PARAMS], uint32_t types)
{
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		if (TEE_PARAM_TYPE_GET(types, i) == TEE_PARAM_TYPE_MEMREF_OUTPUT)
			operation->params[i].memref.size = params[i].memref.size;
	}
}

static struct known_session *find_session(uint32_t id)
{
	for (unsigned int i = 0; i < SESSIONS; i++) {
		if (sessions[i].id == id)
			return &sessions[i];
	}
	return NULL;
}

static void enter_session(uint32_t id)
{
	struct known_session *place = find_session(0);

	if (!place)
		abort();
	*place = (struct known_session){.id = id, .client = direct_client};
}

static void open_in_tee(struct direct_event *event, const TEEC_UUID *uuid,
	const TEE_Identity *client, uint32_t *ret_session)
{
	TEE_UUID ta = {
		.timeLow = uuid->timeLow,
		.timeMid = uuid->timeMid,
		.timeHiAndVersion = uuid->timeHiAndVersion,
	};

	memcpy(ta.clockSeqAndNode, uuid->clockSeqAndNode, sizeof(ta.clockSeqAndNode));
	event->result = fake_tee_open_session(&ta, client, 0, NULL, ret_session, &event->origin);
	if (event->result == TEEC_SUCCESS)
		enter_session(*ret_session);
}

TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
	const TEEC_UUID *destination, uint32_t login, const void *data, TEEC_Operation *operation,
	uint32_t *origin)
{
	struct direct_event event = {.call = DIRECT_OPEN};
	uint32_t id = direct_uid;
	TEE_Identity client;

	(void)context;
	(void)operation;
	heap_pause();
	if (login == TEEC_LOGIN_GROUP)
		memcpy(&id, data, sizeof(id));
	client = fake_tee_client(login, id);
	if (!ask(&event)) {
		open_in_tee(&event, destination, &client, &session->imp.session_id);
		event.is_after = true;
		ask(&event);
	}
	heap_resume();
	*origin = event.origin;
	return event.result;
}

void TEEC_CloseSession(TEEC_Session *session)
{
	struct known_session *known = find_session(session->imp.session_id);

	heap_pause();
	fake_tee_close_session(session->imp.session_id);
	if (known)
		known->id = 0;
	heap_resume();
}

static const void *request_of(const TEEC_Operation *operation)
{
	const TEEC_RegisteredMemoryReference *ref = NULL;

	if (!operation || (operation->paramTypes & 0xf) != TEEC_MEMREF_PARTIAL_INPUT)
		return NULL;
	ref = &operation->params[0].memref;
	return (const uint8_t *)ref->parent->buffer + ref->offset;
}

static void invoke(struct direct_event *event, uint32_t session, TEEC_Operation *operation)
{
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	const uint32_t types = take(operation, params, operation != NULL);

	event->result = fake_tee_invoke(session, event->command, types, params, &event->origin);
	if (operation)
		give_back(operation, params, types);
}

TEEC_Result TEEC_InvokeCommand(
	TEEC_Session *session, uint32_t command, TEEC_Operation *operation, uint32_t *origin)
{
	struct direct_event event = {
		.call = DIRECT_INVOKE, .command = command, .request = request_of(operation)};

	heap_pause();
	if (!ask(&event)) {
		invoke(&event, session->imp.session_id, operation);
		event.is_after = true;
		ask(&event);
	}
	heap_resume();
	*origin = event.origin;
	return event.result;
}

static void panic(void *arg)
{
	(void)arg;
	TEE_Panic(0x5afe);
}

void direct_crash(void)
{
	for (unsigned int i = 0; i < SESSIONS; i++)
		fake_tee_run(sessions[i].id, panic, NULL);
}

void direct_kill(unsigned int client)
{
	for (unsigned int i = 0; i < SESSIONS; i++) {
		if (sessions[i].id == 0 || sessions[i].client != client)
			continue;
		fake_tee_close_session(sessions[i].id);
		sessions[i].id = 0;
	}
}

void direct_forget(void)
{
	memset(sessions, 0, sizeof(sessions));
}

unsigned int direct_open_things(void)
{
	unsigned int count = open_contexts + open_memories;

	for (unsigned int i = 0; i < SESSIONS; i++)
		count += sessions[i].id != 0 ? 1 : 0;
	return count;
}
