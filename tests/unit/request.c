/* SPDX-License-Identifier: BSD-2-Clause */
/* The edge: every request that is not exactly right is refused, changes nothing and returns no
 * byte. */
#include "objects.h"

#include <festore_anchor.h>

static const uint32_t last_command = FESTORE_CMD_ABORT;

/* The one set of parameter types that each command takes. */
static uint32_t right_types(uint32_t command)
{
	static const uint32_t none = TEE_PARAM_TYPE_NONE;
	static const uint32_t in = TEE_PARAM_TYPE_MEMREF_INPUT;
	static const uint32_t out = TEE_PARAM_TYPE_MEMREF_OUTPUT;
	const uint32_t types[] = {
		[FESTORE_CMD_INFO] = TEE_PARAM_TYPES(in, out, none, none),
		[FESTORE_CMD_FILE_PUT] = TEE_PARAM_TYPES(in, none, in, none),
		[FESTORE_CMD_FILE_GET] = TEE_PARAM_TYPES(in, out, out, none),
		[FESTORE_CMD_FILE_STAT] = TEE_PARAM_TYPES(in, out, none, none),
		[FESTORE_CMD_FILE_LIST] = TEE_PARAM_TYPES(in, out, out, none),
		[FESTORE_CMD_FILE_REMOVE] = TEE_PARAM_TYPES(in, none, none, none),
		[FESTORE_CMD_FILE_MOVE] = TEE_PARAM_TYPES(in, none, in, none),
		[FESTORE_CMD_ABORT] = TEE_PARAM_TYPES(in, none, none, none),
	};

	return types[command];
}

static bool is_memref(uint32_t type)
{
	return type >= TEE_PARAM_TYPE_MEMREF_INPUT && type <= TEE_PARAM_TYPE_MEMREF_INOUT;
}

static bool is_value(uint32_t type)
{
	return type >= TEE_PARAM_TYPE_VALUE_INPUT && type <= TEE_PARAM_TYPE_VALUE_INOUT;
}

/* Values look like pointers and sizes of memory, as in an attack by confusion of types. */
static TEE_Result invoke_types(uint32_t session, uint32_t command, uint32_t types)
{
	static struct festore_wire_request request;
	static uint8_t memory[4096];
	TEE_Param params[TEE_NUM_PARAMS] = {0};

	request = request_of("tag");
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		const uint32_t type = TEE_PARAM_TYPE_GET(types, i);

		if (is_memref(type)) {
			params[i].memref.buffer = i == 0 ? (void *)&request : memory;
			params[i].memref.size = i == 0 ? sizeof(request) : sizeof(memory);
		} else if (is_value(type)) {
			params[i].value.a = 0x1000;
			params[i].value.b = sizeof(request);
		}
	}
	return fake_tee_invoke(session, command, types, params, NULL);
}

/* All of 16^4, those that no GP client library lets through included, and some with bits above. */
static void refuses_all_other_parameter_types(void **state)
{
	const uint32_t session = open_as(ALICE);
	unsigned int refused = 0;

	(void)state;
	for (uint32_t command = 0; command <= last_command; command++) {
		for (uint32_t types = 0; types <= 0xffff; types++) {
			if (types == right_types(command))
				continue;
			assert_int_equal(
				invoke_types(session, command, types), TEE_ERROR_BAD_PARAMETERS);
			refused++;
		}
		for (uint32_t bit = 0x10000; bit != 0; bit <<= 1)
			assert_int_equal(invoke_types(session, command, right_types(command) | bit),
				TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(refused, (last_command + 1) * (16 * 16 * 16 * 16 - 1));
	assert_holds(session, "tag", NULL);
}

static void refuses_unknown_commands(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct invocation in = {.request = request_of("tag")};

	(void)state;
	for (uint32_t i = last_command + 1; i < 1000; i++) {
		/* Those of anchors: tests/unit/vault_anchor.c. */
		if (i == FESTORE_CMD_ANCHOR_READ || i == FESTORE_CMD_ANCHOR_WRITE)
			continue;
		in.command = i;
		assert_int_equal(call(session, &in), TEE_ERROR_NOT_SUPPORTED);
	}
	in.command = UINT32_MAX;
	assert_int_equal(call(session, &in), TEE_ERROR_NOT_SUPPORTED);
}

static void refuses_sizes_of_requests(void **state)
{
	static uint8_t memory[sizeof(struct festore_wire_request) + 1];
	const uint32_t session = open_as(ALICE);
	const struct festore_wire_request request = request_of("tag");

	(void)state;
	assert_int_equal(put_text(session, "tag", "kept"), TEE_SUCCESS);
	memcpy(memory, &request, sizeof(request));
	for (size_t len = 0; len <= sizeof(memory); len++) {
		TEE_Param params[TEE_NUM_PARAMS] = {0};

		if (len == sizeof(request))
			continue;
		params[0].memref.buffer = memory;
		params[0].memref.size = len;
		assert_int_equal(fake_tee_invoke(session, FESTORE_CMD_FILE_REMOVE,
					 right_types(FESTORE_CMD_FILE_REMOVE), params, NULL),
			TEE_ERROR_BAD_PARAMETERS);
	}
	assert_holds(session, "tag", "kept");
}

/* A get whose request or reply begins at each 16th byte of its window, or the window in them. */
static void refuses_nested_memory(void **state)
{
	static uint8_t memory[16384];
	const uint32_t session = open_as(ALICE);
	const uint32_t types = right_types(FESTORE_CMD_FILE_GET);
	const struct festore_wire_request request = request_of("tag");
	const size_t lens[] = {sizeof(request), sizeof(struct festore_wire_file), 8192};

	(void)state;
	assert_int_equal(put_text(session, "tag", "kept"), TEE_SUCCESS);
	for (unsigned int inner = 0; inner < 3; inner++) {
		for (size_t at = 0; at <= sizeof(memory); at += 16) {
			const unsigned int outer = inner == 2 ? 0 : 2;
			uint8_t *const places[] = {memory, memory + 2048, memory + 4096};
			TEE_Param params[TEE_NUM_PARAMS] = {0};

			for (unsigned int i = 0; i < 3; i++) {
				params[i].memref.buffer = places[i];
				params[i].memref.size = lens[i];
			}
			if (at < lens[outer])
				params[inner].memref.buffer = places[outer] + at;
			memcpy(params[0].memref.buffer, &request, sizeof(request));
			assert_int_equal(
				fake_tee_invoke(session, FESTORE_CMD_FILE_GET, types, params, NULL),
				at < lens[outer] ? TEE_ERROR_BAD_PARAMETERS : TEE_SUCCESS);
		}
	}
	assert_holds(session, "tag", "kept");
}

static void refuses_sizes_of_replies(void **state)
{
	static uint8_t reply[sizeof(struct festore_wire_info) + 1];
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (size_t len = 0; len <= sizeof(reply); len++) {
		struct invocation in = {
			.command = FESTORE_CMD_INFO,
			.request = {.protocol = FESTORE_PROTOCOL},
			.reply = reply,
			.reply_len = len,
		};

		if (len == sizeof(struct festore_wire_info))
			continue;
		assert_int_equal(call(session, &in), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(in.reply_len, 0);
	}
}

/* The right size of parameter `i`; a put's window is as large as it may be, a get's just fits. */
static size_t right_size(uint32_t command, unsigned int i)
{
	static const size_t replies[] = {
		[FESTORE_CMD_INFO] = sizeof(struct festore_wire_info),
		[FESTORE_CMD_FILE_GET] = sizeof(struct festore_wire_file),
		[FESTORE_CMD_FILE_STAT] = sizeof(struct festore_wire_file),
		[FESTORE_CMD_FILE_LIST] = sizeof(struct festore_wire_list),
		[FESTORE_CMD_ABORT] = 0,
	};
	static const size_t windows[] = {
		[FESTORE_CMD_FILE_PUT] = FESTORE_WINDOW,
		[FESTORE_CMD_FILE_GET] = 4,
		[FESTORE_CMD_FILE_LIST] = FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX),
		[FESTORE_CMD_FILE_MOVE] = sizeof(struct festore_wire_tag),
		[FESTORE_CMD_ABORT] = 0,
	};

	if (i == 0)
		return sizeof(struct festore_wire_request);
	return i == 1 ? replies[command] : windows[command];
}

/* What the TA has to say to a size that is not the right one; TEE_SUCCESS: it takes that too. */
static TEE_Result answer_to_size(uint32_t command, unsigned int i, size_t size)
{
	if (i < 2 || command == FESTORE_CMD_FILE_MOVE)
		return TEE_ERROR_BAD_PARAMETERS;
	if (command == FESTORE_CMD_FILE_PUT)
		return size > FESTORE_WINDOW ? TEE_ERROR_EXCESS_DATA : TEE_SUCCESS;
	return size < right_size(command, i) ? TEE_ERROR_SHORT_BUFFER : TEE_SUCCESS;
}

static void refuse_size(uint32_t session, uint32_t command, unsigned int wrong, size_t size)
{
	static uint8_t window[FESTORE_WINDOW];
	static uint8_t reply[sizeof(struct festore_wire_info)];
	struct festore_wire_request request = {.protocol = FESTORE_PROTOCOL};
	TEE_Param params[TEE_NUM_PARAMS] = {
		{.memref = {&request, sizeof(request)}},
		{.memref = {reply, right_size(command, 1)}},
		{.memref = {window, right_size(command, 2)}},
	};
	TEE_Result res = TEE_SUCCESS;

	if (command != FESTORE_CMD_INFO && command != FESTORE_CMD_ABORT)
		request = request_of(command == FESTORE_CMD_FILE_LIST ? "" : "tag");
	params[wrong].memref.size = size;
	res = fake_tee_invoke(session, command, right_types(command), params, NULL);
	/* So much would have the others within it, where they lie behind it. */
	if (size != UINT32_MAX || res != TEE_ERROR_BAD_PARAMETERS)
		assert_int_equal(res, answer_to_size(command, wrong, size));
	for (unsigned int i = 1; i < TEE_NUM_PARAMS; i++) {
		if (TEE_PARAM_TYPE_GET(right_types(command), i) == TEE_PARAM_TYPE_MEMREF_OUTPUT)
			assert_int_equal(params[i].memref.size, 0);
	}
}

/* As an attacker by ioctl says them, with little memory behind: a wrong size is never used. */
static void refuses_sizes_at_every_edge(void **state)
{
	const uint32_t session = open_as(ALICE);
	unsigned int refused = 0;

	(void)state;
	assert_int_equal(put_text(session, "tag", "kept"), TEE_SUCCESS);
	for (uint32_t command = 0; command <= last_command; command++) {
		for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
			const size_t right = right_size(command, i);
			const size_t sizes[] = {0, 1, right - 1, right + 1, FESTORE_WINDOW,
				FESTORE_WINDOW + 1, UINT32_MAX};

			if (!is_memref(TEE_PARAM_TYPE_GET(right_types(command), i)))
				continue;
			for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
				if (answer_to_size(command, i, sizes[s]) == TEE_SUCCESS)
					continue;
				refuse_size(session, command, i, sizes[s]);
				refused++;
			}
		}
	}
	assert_int_equal(refused, 8 * 7 + 4 * 7 + 3 + 3 + 3 + 7);
	assert_holds(session, "tag", "kept");
}

/* Calls REMOVE with the given request and asserts that nothing was removed. */
static void assert_refused(
	uint32_t session, const struct festore_wire_request *request, TEE_Result want)
{
	struct invocation in = {.command = FESTORE_CMD_FILE_REMOVE, .request = *request};

	assert_int_equal(call(session, &in), want);
	assert_holds(session, "tag", "kept");
}

static void refuses_fields(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_request request = request_of("tag");

	(void)state;
	assert_int_equal(put_text(session, "tag", "kept"), TEE_SUCCESS);

	request.protocol = 0;
	assert_refused(session, &request, TEE_ERROR_NOT_SUPPORTED);
	request.protocol = FESTORE_PROTOCOL + 1;
	assert_refused(session, &request, TEE_ERROR_NOT_SUPPORTED);

	request = request_of("tag");
	for (unsigned int bit = 0; bit < 32; bit++) {
		request.flags = 1u << bit;
		assert_refused(session, &request, TEE_ERROR_NOT_SUPPORTED);
	}

	request = request_of("tag");
	request.storage = 0;
	assert_refused(session, &request, TEE_ERROR_NOT_SUPPORTED);
	request.storage = FESTORE_WIRE_REE << 1;
	assert_refused(session, &request, TEE_ERROR_NOT_SUPPORTED);
	request.storage = FESTORE_WIRE_REE | FESTORE_WIRE_REE << 1;
	assert_refused(session, &request, TEE_ERROR_NOT_SUPPORTED);

	request = request_of("tag");
	request.reserved = 1;
	assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);
	request = request_of("tag");
	request.modified = 1;
	assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);
}

static void refuses_tags(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_request request = request_of("tag");

	(void)state;
	assert_int_equal(put_text(session, "tag", "kept"), TEE_SUCCESS);

	request.tag.len = 0;
	assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);
	memset(request.tag.bytes, 0, sizeof(request.tag.bytes));
	assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);

	memset(request.tag.bytes, 'a', sizeof(request.tag.bytes));
	request.tag.len = FESTORE_TAG_MAX + 1;
	assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);
	request.tag.len = UINT16_MAX;
	assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);

	for (size_t i = 3; i < FESTORE_TAG_MAX; i++) {
		request = request_of("tag");
		request.tag.bytes[i] = 1;
		assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);
	}
	for (size_t i = 0; i < sizeof(request.tag.reserved); i++) {
		request = request_of("tag");
		request.tag.reserved[i] = 1;
		assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);
	}

	request = request_of("t\xff");
	assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);
	request = request_of("t\n");
	assert_refused(session, &request, TEE_ERROR_BAD_PARAMETERS);
}

static void info_takes_neither_tag_nor_storage(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_info info = {0};
	struct invocation in = {
		.command = FESTORE_CMD_INFO,
		.request = {.protocol = FESTORE_PROTOCOL},
		.reply = &info,
		.reply_len = sizeof(info),
	};

	(void)state;
	assert_int_equal(call(session, &in), TEE_SUCCESS);
	assert_int_equal(info.protocol, FESTORE_PROTOCOL);
	assert_int_equal(info.size_max, FESTORE_REE_MAX);
	assert_int_equal(info.login, TEE_LOGIN_USER);
	assert_string_equal(info.version, FESTORE_RELEASE);

	in.request.storage = FESTORE_WIRE_REE;
	assert_int_equal(call(session, &in), TEE_ERROR_BAD_PARAMETERS);
	in.request.storage = 0;
	in.request.tag.len = 1;
	in.request.tag.bytes[0] = 'a';
	in.reply_len = sizeof(info);
	assert_int_equal(call(session, &in), TEE_ERROR_BAD_PARAMETERS);
}

static void no_output_on_error(void **state)
{
	uint8_t window[128];
	uint8_t before[sizeof(window)];
	size_t len = sizeof(window);
	const uint32_t session = open_as(ALICE);

	(void)state;
	memset(window, 0x5a, sizeof(window));
	memcpy(before, window, sizeof(window));
	assert_int_equal(get(session, "missing", window, &len), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(len, 0);
	assert_memory_equal(window, before, sizeof(window));
}

static struct festore_wire_request *racing_request;
static unsigned int calls_to_spare;

/* Root in the normal world rewrites the request while the TA works on it. */
static void rewrite_request(const char *gp_call, void *arg)
{
	(void)gp_call;
	(void)arg;
	if (calls_to_spare > 0) {
		calls_to_spare--;
		return;
	}
	memcpy(racing_request->tag.bytes, "BBB", 3);
	racing_request->tag.len = 3;
	racing_request->modified = 99;
}

static TEE_Result put_in_a_race(uint32_t session, unsigned int spared)
{
	TEE_Result res = TEE_SUCCESS;
	struct invocation in = {
		.command = FESTORE_CMD_FILE_PUT,
		.request = request_of("aaa"),
		.window = (char[]){"content"},
		.window_len = 7,
		.window_is_input = true,
	};

	in.request.modified = 1234;
	racing_request = &in.request;
	calls_to_spare = spared;
	fake_tee_on_call(rewrite_request, NULL);
	res = call(session, &in);
	fake_tee_on_call(NULL, NULL);
	return res;
}

static void a_request_is_read_once(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_file file = {0};

	(void)state;
	/* The first GP call is the copy itself: what is rewritten before it is what was asked. */
	assert_int_equal(put_in_a_race(session, 0), TEE_SUCCESS);
	assert_holds(session, "aaa", NULL);
	assert_int_equal(stat_file(session, "BBB", &file), TEE_SUCCESS);
	assert_int_equal(file.modified, 99);
	assert_int_equal(remove_file(session, "BBB"), TEE_SUCCESS);

	/* What is rewritten after it changes nothing. */
	assert_int_equal(put_in_a_race(session, 1), TEE_SUCCESS);
	assert_holds(session, "BBB", NULL);
	assert_holds(session, "aaa", "content");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_all_other_parameter_types, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_unknown_commands, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_sizes_of_requests, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_nested_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_sizes_of_replies, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_sizes_at_every_edge, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_fields, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_tags, setup, teardown),
		cmocka_unit_test_setup_teardown(
			info_takes_neither_tag_nor_storage, setup, teardown),
		cmocka_unit_test_setup_teardown(no_output_on_error, setup, teardown),
		cmocka_unit_test_setup_teardown(a_request_is_read_once, setup, teardown),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
