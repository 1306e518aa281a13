/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of the *objects* TA for unit tests: the TA is linked into the test and runs over the
 * fake GP API, so calls are plain functions and their answers GP's own codes.
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include "fake_fixture.h"

#include <festore_ta.h>

#define ALICE 1001u
#define BOB 1002u

/* TA_DATA_SIZE of ta/objects/user_ta_header_defines.h. */
#define TA_HEAP (64u * 1024u + FESTORE_WINDOW)

static const TEE_UUID objects_uuid = FESTORE_OBJECTS_UUID;

/* What all requests name. */
static uint32_t storage_under_test = FESTORE_WIRE_REE;

static int setup(void **state)
{
	static struct fake_ta ta = FAKE_TA_LINKED(FESTORE_OBJECTS_UUID);

	(void)state;
	fixture_start();
	ta.heap_limit = TA_HEAP;
	fake_tee_load(&ta);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return fixture_stop();
}

static inline TEE_Result login_as(uint32_t login, uint32_t id, uint32_t *session)
{
	const TEE_Identity client = fake_tee_client(login, id);

	return fake_tee_open_session(&objects_uuid, &client, 0, NULL, session, NULL);
}

static inline uint32_t open_as(uint32_t uid)
{
	uint32_t session = 0;

	assert_int_equal(login_as(TEE_LOGIN_USER, uid, &session), TEE_SUCCESS);
	return session;
}

static inline struct festore_wire_request request_of(const char *tag)
{
	struct festore_wire_request request = {
		.protocol = FESTORE_PROTOCOL,
		.storage = storage_under_test,
	};

	request.tag.len = (uint16_t)strlen(tag);
	memcpy(request.tag.bytes, tag, request.tag.len);
	return request;
}

/* One call with the parameter types that the command should have. NULL: parameter NONE. */
struct invocation {
	uint32_t command;
	struct festore_wire_request request;
	void *reply;
	size_t reply_len;
	void *window;
	size_t window_len; /* in: room; out: what the TA says */
	bool window_is_input;
};

static inline TEE_Result call(uint32_t session, struct invocation *in)
{
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	const uint32_t window =
		in->window_is_input ? TEE_PARAM_TYPE_MEMREF_INPUT : TEE_PARAM_TYPE_MEMREF_OUTPUT;
	const uint32_t reply = in->reply ? TEE_PARAM_TYPE_MEMREF_OUTPUT : TEE_PARAM_TYPE_NONE;
	const uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, reply,
		in->window ? window : TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE);
	TEE_Result res = TEE_SUCCESS;

	params[0].memref.buffer = &in->request;
	params[0].memref.size = sizeof(in->request);
	params[1].memref.buffer = in->reply;
	params[1].memref.size = in->reply_len;
	params[2].memref.buffer = in->window;
	params[2].memref.size = in->window_len;
	res = fake_tee_invoke(session, in->command, types, params, NULL);
	in->reply_len = params[1].memref.size;
	in->window_len = params[2].memref.size;
	return res;
}

static inline TEE_Result put_flags(
	uint32_t session, const char *tag, const void *content, size_t len, uint32_t flags)
{
	char empty[1] = {0};
	struct invocation in = {
		.command = FESTORE_CMD_FILE_PUT,
		.request = request_of(tag),
		.window = len ? (void *)(uintptr_t)content : empty,
		.window_len = len,
		.window_is_input = true,
	};

	in.request.flags = flags;
	in.request.modified = 1234;
	return call(session, &in);
}

static inline TEE_Result put(uint32_t session, const char *tag, const void *content, size_t len)
{
	return put_flags(session, tag, content, len, 0);
}

static inline TEE_Result get(uint32_t session, const char *tag, void *to, size_t *len)
{
	struct festore_wire_file file = {0};
	struct invocation in = {
		.command = FESTORE_CMD_FILE_GET,
		.request = request_of(tag),
		.reply = &file,
		.reply_len = sizeof(file),
		.window = to,
		.window_len = *len,
	};
	TEE_Result res = call(session, &in);

	*len = in.window_len;
	if (res == TEE_SUCCESS) {
		assert_int_equal(file.size, in.window_len);
		assert_int_equal(file.modified, 1234);
	}
	return res;
}

static inline TEE_Result stat_file(uint32_t session, const char *tag, struct festore_wire_file *ret)
{
	struct invocation in = {
		.command = FESTORE_CMD_FILE_STAT,
		.request = request_of(tag),
		.reply = ret,
		.reply_len = sizeof(*ret),
	};

	return call(session, &in);
}

static inline TEE_Result remove_file(uint32_t session, const char *tag)
{
	struct invocation in = {
		.command = FESTORE_CMD_FILE_REMOVE,
		.request = request_of(tag),
	};

	return call(session, &in);
}

/* Asserts that the tag holds exactly this text, or is not there for NULL. */
static inline void assert_holds(uint32_t session, const char *tag, const char *text)
{
	static char content[FESTORE_WINDOW];
	size_t len = sizeof(content);

	if (!text) {
		assert_int_equal(get(session, tag, content, &len), TEE_ERROR_ITEM_NOT_FOUND);
		return;
	}
	assert_int_equal(get(session, tag, content, &len), TEE_SUCCESS);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(content, text, len);
}

static inline TEE_Result put_text(uint32_t session, const char *tag, const char *text)
{
	return put(session, tag, text, strlen(text));
}

#endif
