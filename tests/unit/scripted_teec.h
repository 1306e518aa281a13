/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libteec that answers as a test has scripted and notes what it was asked: for what no right TA
 * ever answers. Also the heap of the program: which allocation fails, and what is freed unwiped.
 */
#ifndef SCRIPTED_TEEC_H
#define SCRIPTED_TEEC_H

#include <festore.h>
#include <festore_ta.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>

#include <cmocka.h>

/* What one TEEC_InvokeCommand answers. On success the two memories are written first. */
struct scripted {
	TEEC_Result result;
	uint32_t origin;
	const void *reply;
	size_t reply_len; /* bytes written, and said unless says_reply_len */
	const void *window;
	size_t window_len;
	bool says_reply_len;
	size_t said_reply_len;
	bool says_window_len;
	size_t said_window_len;
};

/* What it was asked. */
struct asked {
	uint32_t command;
	uint32_t types;
	struct festore_wire_request request;
	size_t sent_len;
	uint8_t sent[sizeof(struct festore_wire_tag)]; /* the first bytes of it */
};

#define SCRIPT_MAX 64

static struct scripted script[SCRIPT_MAX];
static unsigned int script_len;
static struct asked asked[SCRIPT_MAX];
static unsigned int asked_count;
static TEEC_Result context_result;
static TEEC_Result memory_result;
static TEEC_Result open_result;
static uint32_t open_origin;
static uint32_t opened_login;
static unsigned int open_things; /* contexts, memories, sessions */
static bool released_unwiped;

/* Bytes of this value are contents: no memory that holds eight of them may be freed. */
#define SECRET 0xc5

static unsigned int allocation_that_fails; /* 1 is the next, 0 none */
static bool freed_unwiped;

void *__real_malloc(size_t len);
void *__real_calloc(size_t count, size_t len);
void *__real_reallocarray(void *bytes, size_t count, size_t len);
void __real_free(void *bytes);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t count, size_t len);
void *__wrap_reallocarray(void *bytes, size_t count, size_t len);
void __wrap_free(void *bytes);

static inline bool allocation_fails(void)
{
	return allocation_that_fails != 0 && --allocation_that_fails == 0;
}

void *__wrap_malloc(size_t len)
{
	return allocation_fails() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t count, size_t len)
{
	return allocation_fails() ? NULL : __real_calloc(count, len);
}

void *__wrap_reallocarray(void *bytes, size_t count, size_t len)
{
	return allocation_fails() ? NULL : __real_reallocarray(bytes, count, len);
}

static inline bool holds_secret(const uint8_t *bytes, size_t len)
{
	size_t run = 0;

	for (size_t i = 0; i < len && run < 8; i++)
		run = bytes[i] == SECRET ? run + 1 : 0;
	return run == 8;
}

void __wrap_free(void *bytes)
{
	if (bytes && holds_secret(bytes, malloc_usable_size(bytes)))
		freed_unwiped = true;
	__real_free(bytes);
}

static inline int reset_script(void **state)
{
	(void)state;
	script_len = 0;
	asked_count = 0;
	open_things = 0;
	context_result = TEEC_SUCCESS;
	memory_result = TEEC_SUCCESS;
	open_result = TEEC_SUCCESS;
	open_origin = TEEC_ORIGIN_TEE;
	released_unwiped = false;
	allocation_that_fails = 0;
	freed_unwiped = false;
	return 0;
}

static inline int check_end(void **state)
{
	(void)state;
	assert_int_equal(open_things, 0);
	assert_false(released_unwiped);
	assert_false(freed_unwiped);
	return 0;
}

static inline void answer(struct scripted scripted)
{
	assert_in_range(script_len, 0, SCRIPT_MAX - 1);
	script[script_len++] = scripted;
}

static inline void answer_error(TEEC_Result result, uint32_t origin)
{
	answer((struct scripted){.result = result, .origin = origin});
}

static inline void answer_done(void)
{
	answer((struct scripted){.origin = TEEC_ORIGIN_TRUSTED_APP});
}

TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context)
{
	(void)name;
	(void)context;
	open_things += context_result == TEEC_SUCCESS;
	return context_result;
}

void TEEC_FinalizeContext(TEEC_Context *context)
{
	(void)context;
	open_things--;
}

TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *memory)
{
	(void)context;
	if (memory_result != TEEC_SUCCESS)
		return memory_result;
	memory->buffer = __real_calloc(1, memory->size);
	assert_non_null(memory->buffer);
	open_things++;
	return TEEC_SUCCESS;
}

void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *memory)
{
	const uint8_t *bytes = memory->buffer;

	for (size_t i = 0; i < memory->size; i++)
		released_unwiped = released_unwiped || bytes[i] != 0;
	__real_free(memory->buffer);
	open_things--;
}

TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
	const TEEC_UUID *destination, uint32_t login, const void *data, TEEC_Operation *operation,
	uint32_t *origin)
{
	(void)context;
	(void)session;
	(void)destination;
	(void)data;
	(void)operation;
	opened_login = login;
	*origin = open_origin;
	open_things += open_result == TEEC_SUCCESS;
	return open_result;
}

void TEEC_CloseSession(TEEC_Session *session)
{
	(void)session;
	open_things--;
}

static inline uint32_t type_of(const TEEC_Operation *operation, unsigned int i)
{
	return operation->paramTypes >> (4 * i) & 0xf;
}

static inline uint8_t *bytes_of(const TEEC_Operation *operation, unsigned int i)
{
	const TEEC_RegisteredMemoryReference *ref = &operation->params[i].memref;

	assert_true(ref->offset <= ref->parent->size);
	assert_true(ref->size <= ref->parent->size - ref->offset);
	return (uint8_t *)ref->parent->buffer + ref->offset;
}

static inline void note_asked(uint32_t command, const TEEC_Operation *operation)
{
	struct asked *now = &asked[asked_count];

	assert_in_range(asked_count, 0, SCRIPT_MAX - 1);
	asked_count++;
	memset(now, 0, sizeof(*now));
	now->command = command;
	now->types = operation->paramTypes;
	assert_int_equal(type_of(operation, 0), TEEC_MEMREF_PARTIAL_INPUT);
	assert_int_equal(operation->params[0].memref.size, sizeof(now->request));
	memcpy(&now->request, bytes_of(operation, 0), sizeof(now->request));
	if (type_of(operation, 2) != TEEC_MEMREF_PARTIAL_INPUT)
		return;
	now->sent_len = operation->params[2].memref.size;
	memcpy(now->sent, bytes_of(operation, 2),
		now->sent_len < sizeof(now->sent) ? now->sent_len : sizeof(now->sent));
}

static inline void give_out(TEEC_Operation *operation, unsigned int i, const void *bytes,
	size_t len, const size_t *said)
{
	if (type_of(operation, i) != TEEC_MEMREF_PARTIAL_OUTPUT)
		return;
	assert_in_range(len, 0, operation->params[i].memref.size);
	if (bytes)
		memcpy(bytes_of(operation, i), bytes, len);
	operation->params[i].memref.size = said ? *said : len;
}

TEEC_Result TEEC_InvokeCommand(
	TEEC_Session *session, uint32_t command, TEEC_Operation *operation, uint32_t *origin)
{
	const struct scripted *now = &script[asked_count];

	(void)session;
	if (asked_count >= script_len)
		fail_msg("more calls than the script has");
	note_asked(command, operation);
	*origin = now->origin;
	if (now->result != TEEC_SUCCESS)
		return now->result;
	give_out(operation, 1, now->reply, now->reply_len,
		now->says_reply_len ? &now->said_reply_len : NULL);
	give_out(operation, 2, now->window, now->window_len,
		now->says_window_len ? &now->said_window_len : NULL);
	return TEEC_SUCCESS;
}

/* Sets what the next calls answer, from the beginning of the script. */
static inline void begin_script(void)
{
	script_len = 0;
	asked_count = 0;
}

/* Of the storage whose TA the scripts play. */
static const struct festore_options ree = {.storage = FESTORE_STORAGE_REE};

static inline struct festore *open_festore(void)
{
	struct festore *fs = NULL;

	assert_int_equal(festore_open(&fs, &ree), FESTORE_OK);
	assert_non_null(fs);
	return fs;
}

#endif
