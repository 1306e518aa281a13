// SPDX-License-Identifier: BSD-2-Clause
/* The vault TA's edge: every request that is not exactly right is refused, changes nothing and
 * returns no byte; what is shared is read once. */
#include "vault_many.h"

static struct store store;

static const uint32_t commands[] = {
	FESTORE_CMD_INFO,
	FESTORE_CMD_FILE_PUT,
	FESTORE_CMD_FILE_GET,
	FESTORE_CMD_FILE_STAT,
	FESTORE_CMD_FILE_LIST,
	FESTORE_CMD_FILE_REMOVE,
	FESTORE_CMD_FILE_MOVE,
	FESTORE_CMD_ABORT,
	FESTORE_CMD_VAULT_CREATE,
	FESTORE_CMD_VAULT_OPEN,
	FESTORE_CMD_VAULT_CONFIRM,
	FESTORE_CMD_VAULT_VERSION,
	FESTORE_CMD_VAULT_DESTROY,
	FESTORE_CMD_VAULT_PROPOSE,
	FESTORE_CMD_VAULT_MEASURE,
	FESTORE_CMD_VAULT_CHECK,
	FESTORE_CMD_VAULT_PRUNE,
	FESTORE_CMD_FILE_PUT_MANY,
	FESTORE_CMD_VAULT_SYNC,
	FESTORE_CMD_VAULT_ANCHOR,
	FESTORE_CMD_VAULT_RECOVER,
	FESTORE_CMD_VAULT_NOTED,
	FESTORE_CMD_VAULT_PIN,
	FESTORE_CMD_VAULT_RESET,
	FESTORE_CMD_VAULT_LOCK,
	FESTORE_CMD_KEY_GENERATE,
	FESTORE_CMD_KEY_PUBLIC,
	FESTORE_CMD_KEY_SIGN,
	FESTORE_CMD_KEY_DECRYPT,
	FESTORE_CMD_KEY_IMPORT,
	FESTORE_CMD_KEY_DERIVE,
	FESTORE_CMD_KEY_USE,
	FESTORE_CMD_FILE_TAKE,
	FESTORE_CMD_FILE_APPEND,
	FESTORE_CMD_LOG_READ,
	FESTORE_CMD_LOG_SIGN,
	FESTORE_CMD_LOG_PRUNE,
	FESTORE_CMD_LOG_KEY,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int teardown_store(void **state)
{
	shared_free();
	store_free(&store);
	return teardown(state);
}

static struct client client_of_two_files(void)
{
	struct client client = client_of_new(ALICE, &store);

	assert_int_equal(put_text(&client, "a", "content of a"), TEE_SUCCESS);
	assert_int_equal(put_text(&client, "b", "content of b"), TEE_SUCCESS);
	return client;
}

static void assert_unchanged(struct client *client)
{
	assert_int_equal(version_of(client, "default"), store.state.version);
	assert_holds(client, "a", "content of a");
	assert_holds(client, "b", "content of b");
}

/* A request of a command that goes through, or fails for no reason of form. */
static struct ask ask_right(const struct client *client, uint32_t command)
{
	switch (command) {
	case FESTORE_CMD_FILE_PUT:
		return ask_put(client, "a", (const uint8_t *)"new", 3, 0);
	case FESTORE_CMD_FILE_GET:
		return ask_get(client, "a");
	case FESTORE_CMD_FILE_PUT_MANY:
		many_begin();
		many_add(client, "a", "new", 3);
		many_make(client);
		return many.ask;
	case FESTORE_CMD_FILE_STAT:
	case FESTORE_CMD_FILE_REMOVE:
	case FESTORE_CMD_FILE_MOVE:
	case FESTORE_CMD_KEY_GENERATE:
	case FESTORE_CMD_KEY_PUBLIC:
	case FESTORE_CMD_KEY_SIGN:
	case FESTORE_CMD_KEY_DECRYPT:
	case FESTORE_CMD_KEY_IMPORT:
	case FESTORE_CMD_KEY_DERIVE:
	case FESTORE_CMD_KEY_USE:
	case FESTORE_CMD_FILE_TAKE:
	case FESTORE_CMD_FILE_APPEND:
		return ask_on(client, command, "a");
	case FESTORE_CMD_VAULT_OPEN:
		return ask_open("default", &store);
	case FESTORE_CMD_VAULT_CREATE:
		return ask_create("default");
	case FESTORE_CMD_VAULT_VERSION:
	case FESTORE_CMD_VAULT_RESET:
	case FESTORE_CMD_VAULT_LOCK:
		return ask_of(command, "default");
	case FESTORE_CMD_VAULT_MEASURE:
		return ask_measure(wanted_aead());
	default:
		return ask_of(command, "");
	}
}

/* --- types and sizes -------------------------------------------------------------------------- */

static bool is_memref(uint32_t type)
{
	return type >= TEE_PARAM_TYPE_MEMREF_INPUT && type <= TEE_PARAM_TYPE_MEMREF_INOUT;
}

/* Values look like pointers and sizes of memory, as in an attack by confusion of types. */
static TEE_Result invoke_types(uint32_t session, const struct ask *ask, uint32_t types)
{
	static uint8_t memory[4096];
	struct festore_vault_request request = ask->request;
	TEE_Param params[TEE_NUM_PARAMS] = {0};

	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		if (is_memref(TEE_PARAM_TYPE_GET(types, i))) {
			params[i].memref.buffer = i == 0 ? (void *)&request : memory;
			params[i].memref.size = i == 0 ? request_len(ask->command) : sizeof(memory);
		} else {
			params[i].value.a = 0x1000;
			params[i].value.b = sizeof(request);
		}
	}
	return fake_tee_invoke(session, ask->command, types, params, NULL);
}

static void refuses_all_other_parameter_types(void **state)
{
	struct client client = client_of_two_files();

	(void)state;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct ask ask = ask_right(&client, commands[i]);

		for (uint32_t types = 0; types <= 0xffff; types++) {
			if (types == types_of(commands[i]))
				continue;
			if (invoke_types(client.session, &ask, types) != TEE_ERROR_BAD_PARAMETERS)
				fail_msg("command %u takes types %x", commands[i], types);
		}
	}
	assert_unchanged(&client);
}

static void refuses_unknown_commands(void **state)
{
	struct client client = client_of_two_files();
	const struct ask ask = ask_right(&client, FESTORE_CMD_FILE_PUT);

	(void)state;
	for (uint32_t id = 0; id < 1000; id++) {
		struct ask unknown = ask;
		bool is_known = false;

		for (size_t i = 0; i < COMMAND_COUNT; i++)
			is_known = is_known || commands[i] == id;
		unknown.command = id == 999 ? UINT32_MAX : id;
		if (!is_known)
			assert_int_equal(invoke_types(client.session, &unknown,
						 types_of(FESTORE_CMD_FILE_PUT)),
				TEE_ERROR_NOT_SUPPORTED);
	}
	assert_unchanged(&client);
}

/* Runs an ask whose request or reply claims another size than it has; no byte may be touched. */
static TEE_Result run_sized(uint32_t session, struct ask *ask, size_t request, size_t reply)
{
	uint8_t *nothing = need(malloc(1));
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	TEE_Result res = TEE_SUCCESS;

	share(ask);
	params[0].memref.buffer = request == request_len(ask->command) ? shared.request : nothing;
	params[0].memref.size = request;
	params[1].memref.buffer =
		reply == shape_of(ask->command).reply ? (void *)&ask->answer : nothing;
	params[1].memref.size = reply;
	params[2].memref.buffer = shared.in;
	params[2].memref.size = shared.in_len;
	params[3].memref.buffer = shared.out;
	params[3].memref.size = ask->room;
	res = fake_tee_invoke(session, ask->command, types_of(ask->command), params, NULL);
	ask->answer_len = params[1].memref.size;
	ask->out_len = shape_of(ask->command).has_out ? params[3].memref.size : 0;
	free(nothing);
	return res;
}

static void refuses_sizes_of_requests_and_replies(void **state)
{
	struct client client = client_of_two_files();

	(void)state;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		struct ask ask = ask_right(&client, commands[i]);
		const size_t len = request_len(commands[i]);
		const size_t reply = shape_of(commands[i]).reply;
		const size_t lens[] = {0, 1, len - 1, len + 1, UINT32_MAX};
		const size_t replies[] = {0, 1, reply - 1, reply + 1, UINT32_MAX};

		for (size_t n = 0; n < 5; n++) {
			assert_int_equal(run_sized(client.session, &ask, lens[n], reply),
				TEE_ERROR_BAD_PARAMETERS);
			if (reply == 0)
				continue;
			assert_int_equal(run_sized(client.session, &ask, len, replies[n]),
				TEE_ERROR_BAD_PARAMETERS);
			assert_no_output(&ask);
		}
	}
	assert_unchanged(&client);
}

/* Nothing where something is taken or given: no memory at all. */
static void memory_may_be_missing(void **state)
{
	struct client client = client_of_two_files();

	(void)state;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		struct ask ask = ask_right(&client, commands[i]);
		TEE_Param params[TEE_NUM_PARAMS] = {0};
		TEE_Result res = TEE_SUCCESS;

		if (!shape_of(commands[i]).has_in && !shape_of(commands[i]).has_out)
			continue;
		/* Mostly there is no state to present with it. */
		if (commands[i] == FESTORE_CMD_VAULT_CONFIRM)
			continue;
		ask.request.base.flags &= ~(uint32_t)FESTORE_WIRE_MORE;
		share(&ask);
		memset(ask.request.parts, 0, sizeof(ask.request.parts));
		params[0].memref.buffer = &ask.request;
		params[0].memref.size = request_len(commands[i]);
		params[1].memref.buffer = &ask.answer;
		params[1].memref.size = shape_of(commands[i]).reply;
		res = fake_tee_invoke(
			client.session, commands[i], types_of(commands[i]), params, NULL);
		assert_true(res == TEE_ERROR_BAD_PARAMETERS || res == TEE_ERROR_SHORT_BUFFER ||
			res == TEE_ERROR_BAD_STATE);
	}
	assert_int_equal(counters().panics, 0);
	assert_unchanged(&client);
}

/* --- parts ------------------------------------------------------------------------------------ */

static TEE_Result run_parts(
	struct client *client, struct ask *ask, const uint32_t parts[FESTORE_PARTS])
{
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	struct festore_vault_request request;

	share(ask);
	request = ask->request;
	memcpy(request.parts, parts, sizeof(request.parts));
	params[0].memref.buffer = &request;
	params[0].memref.size = sizeof(request);
	params[1].memref.buffer = &ask->answer;
	params[1].memref.size = shape_of(ask->command).reply;
	params[2].memref.buffer = shared.in;
	params[2].memref.size = shared.in_len;
	params[3].memref.buffer = shared.out;
	params[3].memref.size = ask->room;
	return fake_tee_invoke(client->session, ask->command, types_of(ask->command), params, NULL);
}

/* Each part one longer or shorter, one at the cost of the next, and sums that wrap around. */
static void parts_add_up(void **state)
{
	static const uint32_t steps[] = {1, (uint32_t)-1, 0x80000000u, 0x7fffffffu, 0xffff0000u};
	struct client client = client_of_two_files();

	(void)state;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		struct ask ask = ask_right(&client, commands[i]);

		if (!shape_of(commands[i]).has_in)
			continue;
		share(&ask);
		for (unsigned int n = 0; n < 5 * FESTORE_PARTS; n++) {
			uint32_t parts[FESTORE_PARTS];

			memcpy(parts, ask.request.parts, sizeof(parts));
			parts[n / 5] += steps[n % 5];
			assert_int_equal(run_parts(&client, &ask, parts), TEE_ERROR_BAD_PARAMETERS);
			/* The sum is right again, modulo 2^32. */
			parts[(n / 5 + 1) % FESTORE_PARTS] -= steps[n % 5];
			assert_true(run_parts(&client, &ask, parts) != TEE_SUCCESS);
		}
	}
	assert_unchanged(&client);
}

/* Each part as long as its command takes, and one byte longer. */
static void parts_have_limits(void **state)
{
	enum {
		STATE = sizeof(struct festore_vault_state),
		HEADER = sizeof(struct festore_vault_header),
		PIN = sizeof(struct festore_wire_pin),
		POLICY = sizeof(struct festore_wire_policy),
	};
	static const size_t path_max = FESTORE_PATH_LEN(FESTORE_PATH_MAX);
	static const size_t puts_max = FESTORE_PUTS_ROOM;
	const struct {
		uint32_t command;
		size_t max[FESTORE_PARTS];
	} rows[] = {
		{FESTORE_CMD_FILE_PUT,
			{STATE, path_max, FESTORE_RECORD_MAX, FESTORE_WINDOW, POLICY}},
		{FESTORE_CMD_FILE_GET,
			{STATE, path_max, FESTORE_RECORD_MAX, FESTORE_SEALED_WINDOW}},
		{FESTORE_CMD_FILE_STAT, {STATE, path_max, FESTORE_RECORD_MAX, 0}},
		{FESTORE_CMD_FILE_LIST, {STATE, 0, FESTORE_WINDOW, 0}},
		{FESTORE_CMD_FILE_REMOVE, {STATE, path_max, FESTORE_RECORD_MAX, 0}},
		{FESTORE_CMD_FILE_MOVE, {0, path_max, FESTORE_RECORD_MAX, 0}},
		{FESTORE_CMD_VAULT_CREATE, {0, 0, 0, 0, PIN}},
		{FESTORE_CMD_VAULT_OPEN, {STATE, 0, HEADER, 0, PIN}},
		{FESTORE_CMD_VAULT_PIN, {STATE, 0, HEADER, 0, 2 * PIN}},
		{FESTORE_CMD_VAULT_RESET, {0, 0, HEADER, 0, 0}},
		{FESTORE_CMD_VAULT_LOCK, {0, 0, HEADER, 0, 0}},
		{FESTORE_CMD_VAULT_DESTROY, {STATE, 0, 0, 0}},
		{FESTORE_CMD_FILE_PUT_MANY, {STATE, FESTORE_WINDOW, puts_max, FESTORE_WINDOW}},
		{FESTORE_CMD_KEY_GENERATE, {STATE, path_max, 0, 0, POLICY}},
		{FESTORE_CMD_FILE_TAKE, {STATE, path_max, FESTORE_RECORD_MAX, 0, 0}},
		{FESTORE_CMD_FILE_APPEND,
			{STATE, path_max, FESTORE_RECORD_MAX, FESTORE_SEALED_WINDOW,
				FESTORE_WINDOW}},
		{FESTORE_CMD_KEY_USE, {STATE, path_max, FESTORE_RECORD_MAX, 0, 0}},
		{FESTORE_CMD_KEY_PUBLIC,
			{STATE, path_max, FESTORE_RECORD_MAX, FESTORE_SEALED_LEN(FESTORE_KEY_MAX),
				0}},
		{FESTORE_CMD_KEY_SIGN,
			{STATE, path_max, FESTORE_RECORD_MAX, FESTORE_SEALED_LEN(FESTORE_KEY_MAX),
				FESTORE_MESSAGE_MAX}},
		{FESTORE_CMD_KEY_DECRYPT,
			{STATE, path_max, FESTORE_RECORD_MAX, FESTORE_SEALED_LEN(FESTORE_KEY_MAX),
				FESTORE_PIECE + FESTORE_SEAL}},
		{FESTORE_CMD_KEY_IMPORT, {STATE, path_max, 0, FESTORE_KEY_MAX, POLICY}},
		{FESTORE_CMD_KEY_DERIVE,
			{STATE, path_max, FESTORE_RECORD_MAX, FESTORE_SEALED_LEN(FESTORE_KEY_MAX),
				FESTORE_DERIVE_MAX}},
		{FESTORE_CMD_LOG_READ, {STATE, 0, FESTORE_WINDOW, 0, 0}},
		{FESTORE_CMD_LOG_SIGN, {STATE, 0, 0, 0, 0}},
		{FESTORE_CMD_LOG_PRUNE, {STATE, 0, FESTORE_LOG_SEALED_MAX, 0, 0}},
	};
	struct client client = client_of_two_files();
	static uint8_t zeros[FESTORE_SEALED_WINDOW + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned int part = 0; part < FESTORE_PARTS; part++) {
			struct ask ask = ask_right(&client, rows[i].command);
			uint32_t parts[FESTORE_PARTS] = {0};

			ask.state_len = 0;
			ask.path_len = 0;
			ask.record_len = 0;
			ask.content = zeros;
			ask.content_len = rows[i].max[part] + 1;
			parts[part] = (uint32_t)ask.content_len;
			assert_int_equal(run_parts(&client, &ask, parts), TEE_ERROR_BAD_PARAMETERS);
		}
	}
	assert_unchanged(&client);
}

/* A state, header or path of another size than it has. */
static void parts_are_whole(void **state)
{
	struct client client = client_of_two_files();
	struct ask ask;

	(void)state;
	for (size_t len = 0; len < sizeof(struct festore_vault_state); len++) {
		ask = ask_get(&client, "a");
		ask.state_len = len;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		ask = ask_open("default", &store);
		ask.state_len = len;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
	}
	client.session = open_as(ALICE);
	for (size_t len = 0; len < sizeof(struct festore_vault_state); len++) {
		ask = ask_open("default", &store);
		ask.state_len = len;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	for (size_t len = 0; len < sizeof(struct festore_vault_header); len++) {
		ask = ask_open("default", &store);
		ask.record_len = len;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	client = client_of(ALICE, &store);
	ask = ask_get(&client, "a");
	for (size_t len = ask.path_len; len-- > 0;) {
		ask.path_len = len;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
}

static void paths_say_how_long_they_are(void **state)
{
	static const uint32_t counts[] = {0, 2, 256, 257, 0x07ffffff, 0x80000000, 0xffffffff,
		/* times 36 is 36 modulo 2^32 */ 0x40000001};
	struct client client = client_of_two_files();
	struct ask ask;

	(void)state;
	ask = ask_get(&client, "a");
	assert_int_equal(ask.path_len, FESTORE_PATH_LEN(1));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		memcpy(ask.path, &counts[i], sizeof(counts[i]));
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	assert_unchanged(&client);
}

/* --- fields ----------------------------------------------------------------------------------- */

static void refuses_fields(void **state)
{
	struct client client = client_of_two_files();

	(void)state;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct ask good = ask_right(&client, commands[i]);
		struct ask ask = good;

		ask.request.base.protocol = FESTORE_PROTOCOL + 1;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
		ask = good;
		ask.request.base.reserved = 1;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		ask = good;
		ask.request.base.storage ^= FESTORE_WIRE_REE;
		assert_true(ask_run(client.session, &ask) ==
			(good.request.base.storage ? TEE_ERROR_NOT_SUPPORTED
						   : TEE_ERROR_BAD_PARAMETERS));
		ask = good;
		ask.request.base.modified = 1;
		if (commands[i] != FESTORE_CMD_FILE_PUT)
			assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		if (request_len(commands[i]) == sizeof(struct festore_wire_request))
			continue;
		ask = good;
		if (good.request.aead == 0) {
			ask.request.aead = wanted_aead();
			assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		}
		ask = good;
		ask.request.kind ^= 2;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		ask.request.kind = good.request.kind ^ FESTORE_WIRE_FILE;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	assert_unchanged(&client);
}

static void refuses_unknown_flags(void **state)
{
	static const uint32_t known[] = {
		[FESTORE_CMD_FILE_PUT] = FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_CONTINUE |
			FESTORE_WIRE_MORE | FESTORE_WIRE_BATCH | FESTORE_WIRE_LAST,
		[FESTORE_CMD_FILE_GET] =
			FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE | FESTORE_WIRE_UNPROVEN,
		[FESTORE_CMD_FILE_LIST] = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		[FESTORE_CMD_FILE_REMOVE] = FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP,
		[FESTORE_CMD_FILE_MOVE] = FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_BATCH,
		[FESTORE_CMD_VAULT_OPEN] = FESTORE_WIRE_UNPROVEN,
		[FESTORE_CMD_VAULT_MEASURE] = 0,
		[FESTORE_CMD_VAULT_CHECK] = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		[FESTORE_CMD_VAULT_PRUNE] = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		[FESTORE_CMD_FILE_PUT_MANY] = 0,
		[FESTORE_CMD_KEY_GENERATE] = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		[FESTORE_CMD_KEY_PUBLIC] = FESTORE_WIRE_UNPROVEN,
		[FESTORE_CMD_KEY_SIGN] = 0,
		[FESTORE_CMD_KEY_DECRYPT] = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		[FESTORE_CMD_KEY_IMPORT] = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		[FESTORE_CMD_KEY_DERIVE] = 0,
		[FESTORE_CMD_KEY_USE] = 0,
		[FESTORE_CMD_FILE_TAKE] = 0,
		[FESTORE_CMD_FILE_APPEND] =
			FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE | FESTORE_WIRE_LAST,
		[FESTORE_CMD_LOG_KEY] = 0,
	};
	struct client client = client_of_two_files();

	(void)state;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		for (unsigned int bit = 0; bit < 32; bit++) {
			struct ask ask = ask_right(&client, commands[i]);

			if ((known[commands[i]] & 1u << bit) != 0)
				continue;
			ask.request.base.flags = 1u << bit;
			assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_NOT_SUPPORTED);
		}
	}
	assert_unchanged(&client);
}

static void refuses_tags(void **state)
{
	struct client client = client_of_two_files();

	(void)state;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		struct ask ask = ask_right(&client, commands[i]);
		const bool takes_one = ask.request.base.tag.len != 0;

		set_tag(&ask.request.base.tag, takes_one ? "" : "tag");
		if (commands[i] != FESTORE_CMD_FILE_LIST)
			assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		set_tag(&ask.request.base.tag, "t\n");
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
		set_tag(&ask.request.base.tag, takes_one ? "tag" : "");
		ask.request.base.tag.bytes[200] = 1;
		assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	assert_unchanged(&client);
}

static void info_tells_of_the_vault(void **state)
{
	struct ask ask = ask_of(FESTORE_CMD_INFO, "");

	(void)state;
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_SUCCESS);
	assert_int_equal(ask.answer.info.protocol, FESTORE_PROTOCOL);
	assert_int_equal(ask.answer.info.storages, FESTORE_WIRE_VAULT);
	assert_true(ask.answer.info.size_max == FESTORE_VAULT_FILE_MAX);
	assert_int_equal(ask.answer.info.login, TEE_LOGIN_USER);
	assert_string_equal(ask.answer.info.version, FESTORE_RELEASE);
}

/* --- shared memory that changes under the TA's hands ------------------------------------------ */

static unsigned int calls_to_spare;
static uint8_t *racing;
static size_t racing_len;
static uint8_t racing_mask;

/* Root in the normal world changes what it shares, once, between two of the TA's steps. */
static void change_shared(const char *gp_call, void *arg)
{
	(void)gp_call;
	(void)arg;
	if (calls_to_spare-- == 0) {
		for (size_t i = 0; i < racing_len; i++)
			racing[i] ^= racing_mask;
	}
}

/* Runs an ask during which, after `spared` GP calls, shared bytes change. */
static TEE_Result run_racing(uint32_t session, struct ask *ask, unsigned int spared,
	bool in_request, size_t at, size_t len)
{
	const struct shape shape = shape_of(ask->command);
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	TEE_Result res = TEE_SUCCESS;

	share(ask);
	racing = (in_request ? shared.request : shared.in) + at;
	racing_len = len;
	racing_mask = 1;
	calls_to_spare = spared;
	params[0].memref.buffer = shared.request;
	params[0].memref.size = request_len(ask->command);
	params[1].memref.buffer = &ask->answer;
	params[1].memref.size = shape.reply;
	params[2].memref.buffer = shared.in;
	params[2].memref.size = shared.in_len;
	params[3].memref.buffer = shared.out;
	params[3].memref.size = ask->room;
	fake_tee_on_call(change_shared, NULL);
	res = fake_tee_invoke(session, ask->command, types_of(ask->command), params, NULL);
	fake_tee_on_call(NULL, NULL);
	ask->answer_len = params[1].memref.size;
	ask->out_len = params[3].memref.size;
	ask->out = shared.out;
	if (res != TEE_SUCCESS)
		assert_no_output(ask);
	return res;
}

static unsigned int gp_calls_of(uint32_t session, struct ask *ask)
{
	const unsigned int before = counters().gp_calls;

	assert_int_equal(ask_run(session, ask), TEE_SUCCESS);
	return counters().gp_calls - before;
}

static void a_request_is_read_once(void **state)
{
	struct client client = client_of_two_files();
	struct ask ask = ask_get(&client, "a");
	const unsigned int calls = gp_calls_of(client.session, &ask);
	const size_t len = request_len(FESTORE_CMD_FILE_GET);

	(void)state;
	/* The first GP call is the copy itself: what is changed before it is what was asked. */
	assert_int_equal(
		run_racing(client.session, &ask, 0, true, 0, len), TEE_ERROR_NOT_SUPPORTED);
	for (unsigned int spared = 1; spared <= calls; spared++) {
		assert_int_equal(
			run_racing(client.session, &ask, spared, true, 0, len), TEE_SUCCESS);
		assert_int_equal(ask.out_len, 12);
		assert_memory_equal(ask.out, "content of a", 12);
	}
}

static void a_get_gives_what_was_proven(void **state)
{
	struct client client = client_of_two_files();
	struct ask ask = ask_get(&client, "a");
	const unsigned int calls = gp_calls_of(client.session, &ask);
	const size_t len = shared.in_len;
	unsigned int gave = 0;

	(void)state;
	for (unsigned int spared = 0; spared <= calls; spared++) {
		for (size_t at = 0; at < len; at++) {
			if (run_racing(client.session, &ask, spared, false, at, 1) != TEE_SUCCESS)
				continue;
			gave++;
			assert_int_equal(ask.out_len, 12);
			assert_memory_equal(ask.out, "content of a", 12);
			assert_int_equal(ask.answer.file.version, 2);
		}
	}
	assert_true(gave > len);
	assert_unchanged(&client);
}

/* A put stores the one content or the other, and what it says of the tree holds for either. */
static void a_put_stores_what_it_says(void **state)
{
	struct client client = client_of_two_files();
	struct store before = store_copy(&store);
	struct ask ask = ask_put(&client, "c", (const uint8_t *)"0000", 4, 0);
	const unsigned int calls = gp_calls_of(client.session, &ask);
	const size_t len = shared.in_len;

	(void)state;
	for (unsigned int spared = 0; spared <= calls; spared++) {
		for (size_t at = 0; at < len; at += at < len - 4 ? 3 : 1) {
			uint8_t locator[FESTORE_HASH];
			struct entry *made = NULL;

			if (run_racing(client.session, &ask, spared, false, at, 1) != TEE_SUCCESS)
				continue;
			made = need(calloc(1, sizeof(*made)));
			made->content_len = ask.answer.change.content_len;
			made->content = keep(ask.out + ask.answer.change.hashes_len +
					ask.answer.change.record_len,
				made->content_len);
			client_locator(&client, &ask.request.base.tag, locator);
			store_change(&store, &ask, locator, made);
			assert_store_is_whole(&store);
			store_restore(&store, &before);
		}
	}
	/* Nothing was confirmed. */
	assert_unchanged(&client);
	store_free(&before);
}

static void a_list_is_of_what_was_proven(void **state)
{
	struct client client = client_of_two_files();
	struct entries_in in = {0};
	struct ask ask = ask_of(FESTORE_CMD_FILE_LIST, "");
	unsigned int calls = 0;
	size_t len = 0;

	(void)state;
	assert_true(add_listed(&in, store.entries[0], FESTORE_WINDOW));
	assert_true(add_listed(&in, store.entries[1], FESTORE_WINDOW));
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	ask.record = in.bytes;
	ask.record_len = in.len;
	ask.room = 1000;
	calls = gp_calls_of(client.session, &ask);
	len = shared.in_len;
	for (unsigned int spared = 0; spared <= calls; spared++) {
		for (size_t at = 0; at < len; at += 3) {
			struct listing listing = {0};

			if (run_racing(client.session, &ask, spared, false, at, 1) != TEE_SUCCESS)
				continue;
			read_listed(&ask, &listing);
			assert_int_equal(listing.count + listing.damaged, 2);
			assert_int_equal(listing.size, 12 * listing.count);
		}
	}
	assert_unchanged(&client);
}

/* What comes out must not lie within what goes in: that is refused, and nothing is written. */
static void input_and_output_must_not_overlap(void **state)
{
	struct client client = client_of_two_files();

	(void)state;
	for (size_t at = 0; at < 600; at += 8) {
		struct ask ask = ask_get(&client, "a");
		TEE_Param params[TEE_NUM_PARAMS] = {0};

		share(&ask);
		if (at + 12 > shared.in_len)
			break;
		params[0].memref.buffer = shared.request;
		params[0].memref.size = sizeof(ask.request);
		params[1].memref.buffer = &ask.answer;
		params[1].memref.size = sizeof(ask.answer.file);
		params[2].memref.buffer = shared.in;
		params[2].memref.size = shared.in_len;
		params[3].memref.buffer = shared.in + at;
		params[3].memref.size = 12;
		assert_int_equal(fake_tee_invoke(client.session, ask.command, types_of(ask.command),
					 params, NULL),
			TEE_ERROR_BAD_PARAMETERS);
		assert_memory_equal(shared.in, &ask.state, sizeof(ask.state));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_all_other_parameter_types),
		TEST(refuses_unknown_commands),
		TEST(refuses_sizes_of_requests_and_replies),
		TEST(memory_may_be_missing),
		TEST(parts_add_up),
		TEST(parts_have_limits),
		TEST(parts_are_whole),
		TEST(paths_say_how_long_they_are),
		TEST(refuses_fields),
		TEST(refuses_unknown_flags),
		TEST(refuses_tags),
		TEST(info_tells_of_the_vault),
		TEST(a_request_is_read_once),
		TEST(a_get_gives_what_was_proven),
		TEST(a_put_stores_what_it_says),
		TEST(a_list_is_of_what_was_proven),
		TEST(input_and_output_must_not_overlap),
	};

	return cmocka_run_group_tests_name("vault_request", tests, NULL, NULL);
}
