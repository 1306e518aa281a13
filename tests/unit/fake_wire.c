// SPDX-License-Identifier: BSD-2-Clause
/* The fake-TEE process and the fake libteec together: what a client program sees of them. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <tee_client_api.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample/sample.h"
#include "wire.h"

static const TEEC_UUID sample_uuid = SAMPLE_UUID;
static char folder[64];
static char socket_path[96];
static pid_t server;

static void start_server(bool trust)
{
	char storage[96];

	snprintf(storage, sizeof(storage), "%s/storage", folder);
	server = fork();
	if (server == 0) {
		execl(FAKE_TEE_PROGRAM, "fake-tee", "--socket", socket_path, "--ta", SAMPLE_FOLDER,
			"--storage", storage, trust ? "--trust-claimed-ids" : NULL, NULL);
		_exit(127);
	}
	for (int fd = -1; fd < 0; usleep(1000)) {
		assert_int_equal(waitpid(server, NULL, WNOHANG), 0);
		fd = wire_connect(socket_path);
		if (fd >= 0)
			close(fd);
	}
}

static void stop_server(void)
{
	int status = -1;

	kill(server, SIGTERM);
	waitpid(server, &status, 0);
	assert_int_equal(status, 0);
}

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/fake-wire.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(socket_path, sizeof(socket_path), "%s/tee", folder);
	setenv("FESTORE_FAKE_TEE", socket_path, 1);
	unsetenv("FESTORE_FAKE_UID");
	unsetenv("FESTORE_FAKE_GID");
	start_server(true);
	return 0;
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	stop_server();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* Runs a control command and gives its answer's first line. */
static void control(const char *command, char *answer, size_t size)
{
	char line[512];
	FILE *out = NULL;

	snprintf(line, sizeof(line), "%s --control %s %s", FAKE_TEE_PROGRAM, socket_path, command);
	out = popen(line, "r");
	assert_non_null(out);
	answer[0] = '\0';
	if (!fgets(answer, (int)size, out))
		answer[0] = '\0';
	assert_int_equal(pclose(out), 0);
}

static unsigned int counter(const char *name)
{
	char answer[512];
	char key[32];
	const char *at = NULL;

	control("counters", answer, sizeof(answer));
	snprintf(key, sizeof(key), "%s=", name);
	at = strstr(answer, key);
	assert_non_null(at);
	return (unsigned int)strtoul(at + strlen(key), NULL, 10);
}

static TEEC_Result open_login(
	TEEC_Context *context, TEEC_Session *session, uint32_t login, const void *data)
{
	assert_int_equal(TEEC_InitializeContext(NULL, context), TEEC_SUCCESS);
	return TEEC_OpenSession(context, session, &sample_uuid, login, data, NULL, NULL);
}

static void open_user(TEEC_Context *context, TEEC_Session *session)
{
	assert_int_equal(open_login(context, session, TEEC_LOGIN_USER, NULL), TEEC_SUCCESS);
}

static void close_user(TEEC_Context *context, TEEC_Session *session)
{
	TEEC_CloseSession(session);
	TEEC_FinalizeContext(context);
}

static TEEC_Result echo(TEEC_Session *session, uint32_t in, uint32_t out, TEEC_Operation *operation)
{
	operation->paramTypes = TEEC_PARAM_TYPES(in, out, TEEC_NONE, TEEC_NONE);
	return TEEC_InvokeCommand(session, SAMPLE_ECHO, operation, NULL);
}

static void temporary_memory_comes_back(void **state)
{
	TEEC_Context context;
	TEEC_Session session;
	TEEC_Operation operation = {0};
	char in[] = "12345678";
	char out[] = "........";

	(void)state;
	open_user(&context, &session);
	operation.params[0].tmpref = (TEEC_TempMemoryReference){in, 8};
	operation.params[1].tmpref = (TEEC_TempMemoryReference){out, 7};
	assert_int_equal(
		echo(&session, TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT, &operation),
		TEEC_ERROR_SHORT_BUFFER);
	assert_int_equal(operation.params[1].tmpref.size, 8);
	assert_string_equal(out, "........");
	operation.params[0].tmpref.size = 5;
	assert_int_equal(
		echo(&session, TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT, &operation),
		TEEC_SUCCESS);
	assert_int_equal(operation.params[1].tmpref.size, 5);
	assert_string_equal(out, "12345...");
	/* The wrong direction is seen as it is. */
	assert_int_equal(
		echo(&session, TEEC_MEMREF_TEMP_INOUT, TEEC_MEMREF_TEMP_OUTPUT, &operation),
		TEEC_ERROR_BAD_PARAMETERS);
	close_user(&context, &session);
}

static void registered_memory_comes_back(void **state)
{
	TEEC_Context context;
	TEEC_Session session;
	TEEC_Operation operation = {0};
	TEEC_SharedMemory in = {.size = 100, .flags = TEEC_MEM_INPUT};
	char bytes[10] = ".........";
	TEEC_SharedMemory out = {.buffer = bytes, .size = sizeof(bytes), .flags = TEEC_MEM_OUTPUT};

	(void)state;
	open_user(&context, &session);
	assert_int_equal(TEEC_AllocateSharedMemory(&context, &in), TEEC_SUCCESS);
	assert_int_equal(TEEC_RegisterSharedMemory(&context, &out), TEEC_SUCCESS);
	memcpy((char *)in.buffer + 96, "tail", 4);
	operation.params[0].memref = (TEEC_RegisteredMemoryReference){&in, 4, 96};
	operation.params[1].memref = (TEEC_RegisteredMemoryReference){&out, 5, 2};
	assert_int_equal(
		echo(&session, TEEC_MEMREF_PARTIAL_INPUT, TEEC_MEMREF_PARTIAL_OUTPUT, &operation),
		TEEC_SUCCESS);
	assert_string_equal(bytes, "..tail...");
	assert_int_equal(operation.params[1].memref.size, 4);
	operation.params[1].memref.size = 0;
	assert_int_equal(echo(&session, TEEC_MEMREF_PARTIAL_INPUT, TEEC_MEMREF_WHOLE, &operation),
		TEEC_SUCCESS);
	assert_memory_equal(bytes, "tail", 4);
	assert_int_equal(operation.params[1].memref.size, 4);
	operation.params[0].memref.size = 5;
	assert_int_equal(echo(&session, TEEC_MEMREF_PARTIAL_INPUT, TEEC_MEMREF_WHOLE, &operation),
		TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(echo(&session, TEEC_MEMREF_PARTIAL_OUTPUT, TEEC_MEMREF_WHOLE, &operation),
		TEEC_ERROR_BAD_PARAMETERS);
	TEEC_ReleaseSharedMemory(&in);
	TEEC_ReleaseSharedMemory(&out);
	close_user(&context, &session);
}

/* First word of the caller's UUID. */
static uint32_t who(TEEC_Session *session, uint32_t *ret_login)
{
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_VALUE_INOUT, TEEC_NONE, TEEC_NONE),
	};

	operation.params[1].value.a = 6;
	assert_int_equal(TEEC_InvokeCommand(session, SAMPLE_WHO, &operation, NULL), TEEC_SUCCESS);
	assert_int_equal(operation.params[1].value.a, 7);
	*ret_login = operation.params[0].value.a;
	return operation.params[0].value.b;
}

static uint32_t who_by(uint32_t login, const void *data)
{
	TEEC_Context context;
	TEEC_Session session;
	uint32_t seen = 0;
	uint32_t word = 0;

	assert_int_equal(open_login(&context, &session, login, data), TEEC_SUCCESS);
	word = who(&session, &seen);
	assert_int_equal(seen, login);
	close_user(&context, &session);
	return word;
}

static void callers_are_told_apart(void **state)
{
	TEEC_Context context;
	TEEC_Session session;
	gid_t group = 1000;
	uint32_t by_peer = 0;

	(void)state;
	assert_int_equal(who_by(TEEC_LOGIN_PUBLIC, NULL), 0);
	by_peer = who_by(TEEC_LOGIN_USER, NULL);
	setenv("FESTORE_FAKE_UID", "1000", 1);
	assert_int_equal(who_by(TEEC_LOGIN_USER, NULL), 0xfc34275c);
	setenv("FESTORE_FAKE_GID", "1000", 1);
	assert_int_equal(who_by(TEEC_LOGIN_GROUP, &group), 0x0ece43ed);
	group = 1001;
	assert_int_equal(
		open_login(&context, &session, TEEC_LOGIN_GROUP, &group), TEEC_ERROR_GENERIC);
	TEEC_FinalizeContext(&context);
	assert_int_equal(
		open_login(&context, &session, TEEC_LOGIN_GROUP, NULL), TEEC_ERROR_BAD_PARAMETERS);
	TEEC_FinalizeContext(&context);

	/* A server that does not trust claims asks the kernel. */
	stop_server();
	start_server(false);
	assert_int_equal(who_by(TEEC_LOGIN_USER, NULL), by_peer);
	group = getgid();
	assert_int_not_equal(who_by(TEEC_LOGIN_GROUP, &group), 0);
	group = 12345;
	assert_int_equal(
		open_login(&context, &session, TEEC_LOGIN_GROUP, &group), TEEC_ERROR_GENERIC);
	TEEC_FinalizeContext(&context);
}

static TEEC_Result count(TEEC_Session *session, uint32_t *ret_opened)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
	};
	TEEC_Result res = TEEC_InvokeCommand(session, SAMPLE_COUNT, &operation, NULL);

	*ret_opened = operation.params[0].value.a;
	return res;
}

static void a_panic_is_survived(void **state)
{
	TEEC_Context context;
	TEEC_Context context2;
	TEEC_Session session;
	TEEC_Session session2;
	uint32_t opened = 0;
	uint32_t origin = 0;

	(void)state;
	open_user(&context, &session);
	open_user(&context2, &session2);
	assert_int_equal(count(&session2, &opened), TEEC_SUCCESS);
	assert_int_equal(opened, 2);
	assert_int_equal(
		TEEC_InvokeCommand(&session, SAMPLE_PANIC, NULL, &origin), TEEC_ERROR_TARGET_DEAD);
	assert_int_equal(origin, TEEC_ORIGIN_TEE);
	assert_int_equal(count(&session2, &opened), TEEC_ERROR_TARGET_DEAD);
	close_user(&context, &session);
	open_user(&context, &session);
	assert_int_equal(count(&session, &opened), TEEC_SUCCESS);
	assert_int_equal(opened, 1);
	/* Another client's session is none of ours. */
	session2.imp.session_id = session.imp.session_id;
	assert_int_equal(count(&session2, &opened), TEEC_ERROR_BAD_PARAMETERS);
	TEEC_FinalizeContext(&context2);
	close_user(&context, &session);
}

static void a_dead_client_leaves_no_session(void **state)
{
	TEEC_Context context;
	TEEC_Session session;

	(void)state;
	open_user(&context, &session);
	assert_int_equal(counter("sessions"), 1);
	TEEC_FinalizeContext(&context);
	assert_int_equal(counter("sessions"), 0);
}

static void storage_can_be_made_to_fail(void **state)
{
	TEEC_Context context;
	TEEC_Session session;
	char bytes[] = "bytes";
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
	};
	char answer[512];

	(void)state;
	operation.params[0].tmpref = (TEEC_TempMemoryReference){bytes, 5};
	open_user(&context, &session);
	control("fail write 2 1 0xf0100003", answer, sizeof(answer));
	assert_int_equal(
		TEEC_InvokeCommand(&session, SAMPLE_STORE, &operation, NULL), TEEC_SUCCESS);
	assert_int_equal(TEEC_InvokeCommand(&session, SAMPLE_STORE, &operation, NULL), 0xf0100003);
	assert_int_equal(counter("storage_writes"), 1);
	close_user(&context, &session);
}

static void power_can_be_cut(void **state)
{
	TEEC_Context context;
	TEEC_Session session;
	char bytes[] = "bytes";
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
	};
	char answer[512];

	(void)state;
	operation.params[0].tmpref = (TEEC_TempMemoryReference){bytes, 5};
	open_user(&context, &session);
	control("cut 1 after", answer, sizeof(answer));
	assert_int_equal(TEEC_InvokeCommand(&session, SAMPLE_STORE, &operation, NULL),
		TEEC_ERROR_COMMUNICATION);
	assert_int_equal(TEEC_InvokeCommand(&session, SAMPLE_STORE, &operation, NULL),
		TEEC_ERROR_COMMUNICATION);
	control("restart", answer, sizeof(answer));
	control("path 5f6d6f6e-6b65-4079-8173-616d706c6521 ree 73616d706c65", answer,
		sizeof(answer));
	answer[strcspn(answer, "\n")] = '\0';
	assert_int_equal(access(answer, R_OK), 0);
	close_user(&context, &session);
	open_user(&context, &session);
	close_user(&context, &session);
}

static void the_huk_can_be_said(void **state)
{
	const char *words[] = {"zero", "known", "absent", "own"};
	char command[32];
	char answer[512];

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(command, sizeof(command), "huk %s", words[i]);
		control(command, answer, sizeof(answer));
	}
}

static void strangers_are_dropped(void **state)
{
	struct wire_request request = {.magic = WIRE_MAGIC, .op = WIRE_INVOKE, .types = 5};
	struct wire_reply reply;
	const time_t began = time(NULL);
	int fd = wire_connect(socket_path);

	(void)state;
	assert_true(wire_send(fd, "GET / HTTP/1.0\r\n", 16));
	close(fd);
	/* More memory than one call may carry; an operation that there is not; text too long. */
	request.params[0] = (struct wire_param){WIRE_MEMORY_MAX + 1, 1};
	for (int i = 0; i < 3; i++) {
		fd = wire_connect(socket_path);
		assert_true(wire_send(fd, &request, sizeof(request)));
		assert_false(wire_receive(fd, &reply, sizeof(reply)));
		close(fd);
		request.types = 0;
		request.op = i == 0 ? 99 : WIRE_CONTROL;
		request.text_len = i == 0 ? 0 : WIRE_TEXT_MAX;
	}
	/* At once, not when the server's patience of ten seconds ends. */
	assert_true(time(NULL) - began < 5);
	assert_int_equal(counter("sessions"), 0);
}

static void no_server_is_no_device(void **state)
{
	TEEC_Context context;

	(void)state;
	setenv("FESTORE_FAKE_TEE", "/nonexistent/tee", 1);
	assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_ERROR_ITEM_NOT_FOUND);
	unsetenv("FESTORE_FAKE_TEE");
	assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_ERROR_ITEM_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(temporary_memory_comes_back),
		TEST(registered_memory_comes_back),
		TEST(callers_are_told_apart),
		TEST(a_panic_is_survived),
		TEST(a_dead_client_leaves_no_session),
		TEST(storage_can_be_made_to_fail),
		TEST(power_can_be_cut),
		TEST(the_huk_can_be_said),
		TEST(strangers_are_dropped),
		TEST(no_server_is_no_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
