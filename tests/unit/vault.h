/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of the *vault* TA for unit tests: the TA is linked into the test and runs over the fake
 * GP API. An `ask` is one call, made from what the store has, and can be spoiled before it is sent;
 * above that is the whole protocol as libfestore speaks it.
 */
#ifndef VAULT_TEST_H
#define VAULT_TEST_H

#include "fake_fixture.h"
#include "vault_store.h"

#include <festore_log.h>
#include <mbedtls/md.h>

#define ALICE 1001u
#define BOB 1002u

/* TA_DATA_SIZE of ta/vault/user_ta_header_defines.h. */
#define TA_HEAP (64u * 1024u + FESTORE_WINDOW)

/* Bytes of a content that is long; a limit there is none. */
#define LARGE ((size_t)1048576)

/* What output memory holds before a call. */
#define UNWRITTEN 0x5a

static const TEE_UUID vault_uuid = FESTORE_VAULT_UUID;

static int setup(void **state)
{
	static struct fake_ta ta = FAKE_TA_LINKED(FESTORE_VAULT_UUID);

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

	return fake_tee_open_session(&vault_uuid, &client, 0, NULL, session, NULL);
}

static inline uint32_t open_as(uint32_t uid)
{
	uint32_t session = 0;

	assert_int_equal(login_as(TEE_LOGIN_USER, uid, &session), TEE_SUCCESS);
	return session;
}

/* --- one call --------------------------------------------------------------------------------- */

union answer {
	struct festore_wire_info info;
	struct festore_wire_list list;
	struct festore_vault_change change;
	struct festore_vault_file file;
	struct festore_vault_created created;
	struct festore_vault_opened opened;
	struct festore_vault_version version;
	struct festore_vault_check check;
	struct festore_vault_key key;
	struct festore_vault_anchor anchor;
	struct festore_vault_recovered recovered;
	struct festore_vault_lock lock;
	struct festore_log_read log_read;
	uint8_t bytes[256];
};

struct ask {
	uint32_t command;
	struct festore_vault_request request; /* the lengths of parts are filled in */
	struct festore_vault_state state;
	size_t state_len;
	uint8_t path[FESTORE_PATH_LEN(FESTORE_PATH_MAX)];
	size_t path_len;
	const uint8_t *record;
	size_t record_len;
	const uint8_t *content;
	size_t content_len;
	const uint8_t *message;
	size_t message_len;
	size_t room; /* for what comes out */

	union answer answer;
	size_t answer_len;
	uint8_t *out; /* until the next call */
	size_t out_len;
};

/* What a call has beside its request (festore_vault.h). */
struct shape {
	size_t reply;
	bool has_in;
	bool has_out;
};

static inline struct shape shape_of(uint32_t command)
{
	static const struct shape shapes[] = {
		[FESTORE_CMD_INFO] = {sizeof(struct festore_wire_info), false, false},
		[FESTORE_CMD_FILE_PUT] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_FILE_GET] = {sizeof(struct festore_vault_file), true, true},
		[FESTORE_CMD_FILE_STAT] = {sizeof(struct festore_vault_file), true, false},
		[FESTORE_CMD_FILE_LIST] = {sizeof(struct festore_wire_list), true, true},
		[FESTORE_CMD_FILE_REMOVE] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_FILE_MOVE] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_ABORT] = {0, false, false},
		[FESTORE_CMD_VAULT_CREATE] = {sizeof(struct festore_vault_created), true, true},
		[FESTORE_CMD_VAULT_OPEN] = {sizeof(struct festore_vault_opened), true, false},
		[FESTORE_CMD_VAULT_CONFIRM] = {sizeof(struct festore_vault_version), true, false},
		[FESTORE_CMD_VAULT_VERSION] = {sizeof(struct festore_vault_version), false, false},
		[FESTORE_CMD_VAULT_DESTROY] = {0, true, false},
		[FESTORE_CMD_VAULT_PROPOSE] = {sizeof(struct festore_vault_change), false, true},
		[FESTORE_CMD_VAULT_MEASURE] = {0, false, false},
		[FESTORE_CMD_VAULT_CHECK] = {sizeof(struct festore_vault_check), true, true},
		[FESTORE_CMD_VAULT_PRUNE] = {sizeof(struct festore_vault_check), true, false},
		[FESTORE_CMD_VAULT_SYNC] = {sizeof(struct festore_vault_anchor), true, false},
		[FESTORE_CMD_VAULT_ANCHOR] = {sizeof(struct festore_vault_anchor), true, false},
		[FESTORE_CMD_VAULT_RECOVER] = {sizeof(struct festore_vault_recovered), true, true},
		[FESTORE_CMD_VAULT_NOTED] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_VAULT_PIN] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_VAULT_RESET] = {0, true, false},
		[FESTORE_CMD_VAULT_LOCK] = {sizeof(struct festore_vault_lock), true, false},
		[FESTORE_CMD_FILE_PUT_MANY] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_KEY_GENERATE] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_KEY_PUBLIC] = {sizeof(struct festore_vault_key), true, true},
		[FESTORE_CMD_KEY_SIGN] = {0, true, true},
		[FESTORE_CMD_KEY_DECRYPT] = {0, true, true},
		[FESTORE_CMD_KEY_IMPORT] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_KEY_DERIVE] = {0, true, true},
		[FESTORE_CMD_FILE_TAKE] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_FILE_APPEND] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_KEY_USE] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_LOG_READ] = {sizeof(struct festore_log_read), true, true},
		[FESTORE_CMD_LOG_SIGN] = {0, true, true},
		[FESTORE_CMD_LOG_PRUNE] = {sizeof(struct festore_vault_change), true, true},
		[FESTORE_CMD_LOG_KEY] = {0, false, true},
	};

	return shapes[command];
}

static inline size_t request_len(uint32_t command)
{
	const bool is_short = command == FESTORE_CMD_INFO || command == FESTORE_CMD_ABORT;

	return is_short ? sizeof(struct festore_wire_request)
			: sizeof(struct festore_vault_request);
}

static inline uint32_t types_of(uint32_t command)
{
	const struct shape shape = shape_of(command);

	return TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
		shape.reply ? TEE_PARAM_TYPE_MEMREF_OUTPUT : TEE_PARAM_TYPE_NONE,
		shape.has_in ? TEE_PARAM_TYPE_MEMREF_INPUT : TEE_PARAM_TYPE_NONE,
		shape.has_out ? TEE_PARAM_TYPE_MEMREF_OUTPUT : TEE_PARAM_TYPE_NONE);
}

static inline void set_tag(struct festore_wire_tag *wire, const char *tag)
{
	memset(wire, 0, sizeof(*wire));
	wire->len = (uint16_t)strlen(tag);
	memcpy(wire->bytes, tag, wire->len);
}

static inline bool is_key_command(uint32_t command)
{
	return (command >= FESTORE_CMD_KEY_GENERATE && command <= FESTORE_CMD_KEY_DERIVE) ||
		command == FESTORE_CMD_KEY_USE;
}

static inline struct ask ask_of(uint32_t command, const char *tag)
{
	const bool has_kind = command == FESTORE_CMD_FILE_PUT_MANY ||
		command == FESTORE_CMD_FILE_TAKE || command == FESTORE_CMD_FILE_APPEND ||
		(command >= FESTORE_CMD_FILE_PUT && command <= FESTORE_CMD_FILE_MOVE);
	struct ask ask = {
		.command = command,
		.request = {.base = {.protocol = FESTORE_PROTOCOL},
			.kind = has_kind                  ? FESTORE_WIRE_FILE
				: is_key_command(command) ? FESTORE_WIRE_KEY
							  : 0},
		.room = FESTORE_WINDOW,
	};

	if (command != FESTORE_CMD_INFO && command != FESTORE_CMD_ABORT)
		ask.request.base.storage = FESTORE_WIRE_VAULT;
	set_tag(&ask.request.base.tag, tag);
	return ask;
}

/* The memory that both worlds share during a call, each piece of exactly the size that the TA is
 * told, so that the sanitizer sees each step beyond. */
struct shared {
	uint8_t *request;
	uint8_t *in;
	size_t in_len;
	uint8_t *out;
};
static struct shared shared;

static inline void shared_free(void)
{
	free(shared.request);
	free(shared.in);
	free(shared.out);
	memset(&shared, 0, sizeof(shared));
}

static inline void add_part(struct ask *ask, unsigned int part, const void *bytes, size_t len)
{
	ask->request.parts[part] = (uint32_t)len;
	if (len)
		memcpy(shared.in + shared.in_len, bytes, len);
	shared.in_len += len;
}

static inline void share(struct ask *ask)
{
	shared_free();
	shared.in = need(malloc(ask->state_len + ask->path_len + ask->record_len +
		ask->content_len + ask->message_len + 1));
	add_part(ask, FESTORE_PART_STATE, &ask->state, ask->state_len);
	add_part(ask, FESTORE_PART_PATH, ask->path, ask->path_len);
	add_part(ask, FESTORE_PART_RECORD, ask->record, ask->record_len);
	add_part(ask, FESTORE_PART_CONTENT, ask->content, ask->content_len);
	add_part(ask, FESTORE_PART_MESSAGE, ask->message, ask->message_len);
	if (shared.in_len)
		shared.in = need(realloc(shared.in, shared.in_len));
	shared.request = keep(&ask->request, request_len(ask->command));
	if (ask->room) {
		shared.out = need(malloc(ask->room));
		memset(shared.out, UNWRITTEN, ask->room);
	}
	memset(&ask->answer, UNWRITTEN, sizeof(ask->answer));
}

/* A failed call says that there is no output, and there is none. */
static inline void assert_no_output(const struct ask *ask)
{
	assert_int_equal(ask->answer_len, 0);
	assert_int_equal(ask->out_len, 0);
	for (size_t i = 0; i < sizeof(ask->answer.bytes); i++)
		assert_int_equal(ask->answer.bytes[i], UNWRITTEN);
	for (size_t i = 0; i < ask->room; i++) {
		/* Not a call each: there are many. */
		if (shared.out[i] != UNWRITTEN && shared.out[i] != 0)
			fail_msg("a refused call wrote byte %zu", i);
	}
}

static inline TEE_Result ask_run(uint32_t session, struct ask *ask)
{
	const struct shape shape = shape_of(ask->command);
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	TEE_Result res = TEE_SUCCESS;

	share(ask);
	params[0].memref.buffer = shared.request;
	params[0].memref.size = request_len(ask->command);
	params[1].memref.buffer = &ask->answer;
	params[1].memref.size = shape.reply;
	params[2].memref.buffer = shared.in;
	params[2].memref.size = shared.in_len;
	params[3].memref.buffer = shared.out;
	params[3].memref.size = shape.has_out ? ask->room : 0;
	res = fake_tee_invoke(session, ask->command, types_of(ask->command), params, NULL);
	ask->answer_len = params[1].memref.size;
	ask->out_len = params[3].memref.size;
	ask->out = shared.out;
	if (res != TEE_SUCCESS && res != TEE_ERROR_TARGET_DEAD && res != TEE_ERROR_COMMUNICATION)
		assert_no_output(ask);
	return res;
}

/* --- a client --------------------------------------------------------------------------------- */

struct client {
	uint32_t session;
	struct store *store;
	uint32_t kind; /* of the tags that it names: files for 0, as at first */
	uint8_t locator_key[FESTORE_HASH];
	bool is_in_batch; /* the TA has a working root of this session */
	uint8_t *pieces;  /* sealed content of a put under way */
	size_t pieces_len;
	struct entry *taken; /* removed with KEEP */
};

static inline uint32_t kind_of(const struct client *client)
{
	return client->kind ? client->kind : FESTORE_WIRE_FILE;
}

static inline void client_locator(
	const struct client *client, const struct festore_wire_tag *tag, uint8_t *ret_locator)
{
	uint8_t bytes[1 + FESTORE_TAG_MAX] = {(uint8_t)kind_of(client)};

	memcpy(bytes + 1, tag->bytes, tag->len);
	assert_int_equal(
		mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), client->locator_key,
			sizeof(client->locator_key), bytes, 1u + tag->len, ret_locator),
		0);
}

static inline struct entry *client_entry(const struct client *client, const char *tag)
{
	struct festore_wire_tag wire;
	uint8_t locator[FESTORE_HASH];

	set_tag(&wire, tag);
	client_locator(client, &wire, locator);
	return store_find(client->store, locator);
}

/* The AEAD of vaults that are made: all tests run with either (tests/tee/run-unit.sh). */
static inline uint32_t wanted_aead(void)
{
	const char *name = getenv("FESTORE_AEAD");

	return name && strcmp(name, "aes-256-gcm") == 0 ? FESTORE_AEAD_AES_256_GCM
							: FESTORE_AEAD_CHACHA20_POLY1305;
}

/* Likewise the anchor. */
static uint32_t wanted_anchor;

/* The PIN of vaults that are made and opened, if it has a length. */
static struct festore_wire_pin wanted_pin;

static inline void set_pin(const char *text, uint8_t tries)
{
	memset(&wanted_pin, 0, sizeof(wanted_pin));
	wanted_pin.len = (uint8_t)strlen(text);
	wanted_pin.tries = tries;
	memcpy(wanted_pin.bytes, text, wanted_pin.len);
}

static inline void add_pin(struct ask *ask)
{
	if (wanted_pin.len == 0)
		return;
	ask->message = (const uint8_t *)&wanted_pin;
	ask->message_len = sizeof(wanted_pin);
}

static inline struct ask ask_create(const char *name)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_CREATE, name);

	add_pin(&ask);
	ask.request.anchor = wanted_anchor;
	ask.request.aead = wanted_aead();
	return ask;
}

static inline struct ask ask_measure(uint32_t aead)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_MEASURE, "");

	ask.request.aead = aead;
	return ask;
}

static inline TEE_Result create_vault_with(
	uint32_t session, const char *name, uint32_t aead, struct store *store)
{
	struct ask ask = ask_create(name);
	TEE_Result res = TEE_SUCCESS;

	ask.request.aead = aead;
	ask.room = sizeof(store->header) + sizeof(store->state);
	res = ask_run(session, &ask);
	if (res != TEE_SUCCESS)
		return res;
	assert_int_equal(ask.out_len, ask.room);
	store_free(store);
	memcpy(&store->header, ask.out, sizeof(store->header));
	memcpy(&store->state, ask.out + sizeof(store->header), sizeof(store->state));
	assert_memory_equal(ask.answer.created.vault, store->header.vault, 16);
	return res;
}

static inline TEE_Result create_vault(uint32_t session, const char *name, struct store *store)
{
	return create_vault_with(session, name, wanted_aead(), store);
}

static inline struct ask ask_open(const char *name, const struct store *store)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_OPEN, name);

	ask.state = store->state;
	ask.state_len = sizeof(ask.state);
	ask.record = (const uint8_t *)&store->header;
	ask.record_len = sizeof(store->header);
	add_pin(&ask);
	return ask;
}

static inline TEE_Result open_vault(
	uint32_t session, const char *name, struct store *store, struct client *ret_client)
{
	struct ask ask = ask_open(name, store);
	const TEE_Result res = ask_run(session, &ask);

	memset(ret_client, 0, sizeof(*ret_client));
	ret_client->session = session;
	ret_client->store = store;
	if (res == TEE_SUCCESS)
		memcpy(ret_client->locator_key, ask.answer.opened.locator_key, FESTORE_HASH);
	return res;
}

/* A session of this user with the vault of the store opened. */
static inline struct client client_of(uint32_t uid, struct store *store)
{
	struct client client;

	assert_int_equal(open_vault(open_as(uid), "default", store, &client), TEE_SUCCESS);
	return client;
}

/* Likewise, of a vault that is made for it. */
static inline struct client client_of_new(uint32_t uid, struct store *store)
{
	const uint32_t session = open_as(uid);

	assert_int_equal(create_vault(session, "default", store), TEE_SUCCESS);
	fake_tee_close_session(session);
	return client_of(uid, store);
}

static inline void client_drop(struct client *client)
{
	free(client->pieces);
	client->pieces = NULL;
	client->pieces_len = 0;
	entry_free(client->taken);
	client->taken = NULL;
}

static inline void client_close(struct client *client)
{
	fake_tee_close_session(client->session);
	client_drop(client);
}

/* A call on a tag with path, and state where one belongs: a batch goes on without. */
static inline struct ask ask_on(const struct client *client, uint32_t command, const char *tag)
{
	struct ask ask = ask_of(command, tag);
	uint8_t locator[FESTORE_HASH];

	if (ask.request.kind == FESTORE_WIRE_FILE)
		ask.request.kind = kind_of(client);
	client_locator(client, &ask.request.base.tag, locator);
	ask.path_len = store_path(client->store, locator, ask.path);
	if (command != FESTORE_CMD_FILE_MOVE &&
		(!client->is_in_batch || command == FESTORE_CMD_FILE_GET ||
			command == FESTORE_CMD_FILE_STAT || command >= FESTORE_CMD_KEY_PUBLIC)) {
		ask.state = client->store->state;
		ask.state_len = sizeof(ask.state);
	}
	return ask;
}

static inline void add_record(struct ask *ask, const struct entry *entry)
{
	if (!entry)
		return;
	ask->record = entry->record;
	ask->record_len = entry->record_len;
}

/* Stores what a change gave: in the place of its locator, the record, or none. */
static inline void store_change(
	struct store *store, const struct ask *ask, const uint8_t *locator, struct entry *made)
{
	const struct festore_vault_change *change = &ask->answer.change;
	const size_t at = store_place(store, locator);
	const uint8_t *from = ask->out;

	if (store_find(store, locator))
		store_delete(store, at);
	if (made) {
		memcpy(made->locator, locator, sizeof(made->locator));
		memcpy(made->record, from + change->hashes_len, change->record_len);
		made->record_len = change->record_len;
		store_insert(store, at, made);
	}
	store_take_hashes(store, locator, from, change->hashes_len);
	from += change->hashes_len + change->record_len + change->content_len;
	if (change->state_len != 0)
		memcpy(&store->state, from, sizeof(store->state));
}

/* The sealed entries of a log that the last change gave. */
static uint8_t logged[4096];
static size_t logged_len;

static inline void take_log(const struct ask *ask, size_t before)
{
	assert_true(ask->out_len >= before && ask->out_len - before <= sizeof(logged));
	logged_len = ask->out_len - before;
	memcpy(logged, ask->out + before, logged_len);
}

/* Room for them. */
static inline size_t log_room(const struct client *client)
{
	return (client->store->state.anchor & FESTORE_ANCHOR_LOG) != 0 ? sizeof(logged) : 0;
}

/* Runs a change and stores what comes of it. `made`: the entry to be, owned by the store then. */
static inline TEE_Result run_change(struct client *client, struct ask *ask, struct entry *made)
{
	uint8_t locator[FESTORE_HASH];
	const TEE_Result res = ask_run(client->session, ask);
	const struct festore_vault_change *change = &ask->answer.change;

	if (res != TEE_SUCCESS) {
		client->is_in_batch = false;
		entry_free(made);
		return res;
	}
	take_log(ask,
		change->hashes_len + change->record_len + change->content_len + change->state_len);
	assert_true(logged_len == 0 || log_room(client) != 0);
	client_locator(client, &ask->request.base.tag, locator);
	if (ask->command == FESTORE_CMD_FILE_PUT || ask->command == FESTORE_CMD_KEY_GENERATE ||
		ask->command == FESTORE_CMD_FILE_APPEND) {
		made->content_len = client->pieces_len + change->content_len;
		made->content = need(malloc(made->content_len));
		if (client->pieces_len)
			memcpy(made->content, client->pieces, client->pieces_len);
		memcpy(made->content + client->pieces_len,
			ask->out + change->hashes_len + change->record_len, change->content_len);
		client_drop(client);
	}
	store_change(client->store, ask, locator, made);
	client->is_in_batch = (ask->request.base.flags & FESTORE_WIRE_BATCH) != 0;
	return res;
}

/* A put's last piece or only one. */
static inline struct ask ask_put(const struct client *client, const char *tag,
	const uint8_t *content, size_t len, uint32_t flags)
{
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_PUT, tag);

	ask.request.base.flags = flags;
	ask.request.base.modified = 1234;
	ask.content = content;
	ask.content_len = len;
	ask.room = ask.path_len + FESTORE_HASH + FESTORE_RECORD_MAX +
		(size_t)FESTORE_SEALED_LEN(len) + sizeof(struct festore_vault_state) +
		log_room(client);
	return ask;
}

/* A piece that is not the last. */
static inline TEE_Result put_piece(
	struct client *client, const char *tag, const uint8_t *content, bool is_first)
{
	struct ask ask = ask_of(FESTORE_CMD_FILE_PUT, tag);
	TEE_Result res = TEE_SUCCESS;

	ask.request.base.flags = FESTORE_WIRE_MORE | (is_first ? 0 : FESTORE_WIRE_CONTINUE);
	ask.content = content;
	ask.content_len = FESTORE_WINDOW;
	ask.room = FESTORE_SEALED_WINDOW;
	res = ask_run(client->session, &ask);
	if (is_first || res != TEE_SUCCESS)
		client_drop(client);
	if (res != TEE_SUCCESS)
		return res;
	assert_int_equal(ask.out_len, FESTORE_SEALED_WINDOW);
	assert_int_equal(ask.answer.change.content_len, FESTORE_SEALED_WINDOW);
	client->pieces = need(realloc(client->pieces, client->pieces_len + ask.out_len));
	memcpy(client->pieces + client->pieces_len, ask.out, ask.out_len);
	client->pieces_len += ask.out_len;
	return res;
}

/* Puts all but the last piece, if there are several; then what is left to put. */
static inline TEE_Result put_pieces(struct client *client, const char *tag, const uint8_t **content,
	size_t *len, uint32_t *flags)
{
	TEE_Result res = TEE_SUCCESS;
	bool is_first = true;

	while (res == TEE_SUCCESS && *len > FESTORE_WINDOW) {
		res = put_piece(client, tag, *content, is_first);
		*content += FESTORE_WINDOW;
		*len -= FESTORE_WINDOW;
		*flags |= FESTORE_WIRE_CONTINUE;
		is_first = false;
	}
	return res;
}

static inline TEE_Result put_flags(
	struct client *client, const char *tag, const void *content, size_t len, uint32_t flags)
{
	const uint8_t *from = content;
	struct ask ask;
	TEE_Result res = put_pieces(client, tag, &from, &len, &flags);

	if (res != TEE_SUCCESS)
		return res;
	ask = ask_put(client, tag, from, len, flags);
	return run_change(client, &ask, need(calloc(1, sizeof(struct entry))));
}

static inline TEE_Result confirm_as(struct client *client, uint64_t *ret_version)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_CONFIRM, "");
	const TEE_Result res = ask_run(client->session, &ask);

	if (res == TEE_SUCCESS)
		*ret_version = ask.answer.version.version;
	return res;
}

static inline TEE_Result confirm(struct client *client)
{
	uint64_t version = 0;

	return confirm_as(client, &version);
}

static inline TEE_Result put(
	struct client *client, const char *tag, const void *content, size_t len)
{
	const TEE_Result res = put_flags(client, tag, content, len, 0);

	return res == TEE_SUCCESS ? confirm(client) : res;
}

static inline TEE_Result put_text(struct client *client, const char *tag, const char *text)
{
	return put(client, tag, text, strlen(text));
}

static inline struct ask ask_remove(const struct client *client, const char *tag, uint32_t flags)
{
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_REMOVE, tag);

	ask.request.base.flags = flags;
	if ((flags & FESTORE_WIRE_KEEP) != 0)
		add_record(&ask, client_entry(client, tag));
	ask.room =
		ask.path_len + FESTORE_HASH + sizeof(struct festore_vault_state) + log_room(client);
	return ask;
}

static inline TEE_Result remove_flags(struct client *client, const char *tag, uint32_t flags)
{
	struct ask ask = ask_remove(client, tag, flags);
	const struct entry *old = client_entry(client, tag);

	if (old && (flags & FESTORE_WIRE_KEEP) != 0) {
		client_drop(client);
		client->taken = entry_copy(old);
	}
	return run_change(client, &ask, NULL);
}

static inline TEE_Result remove_file(struct client *client, const char *tag)
{
	const TEE_Result res = remove_flags(client, tag, 0);

	return res == TEE_SUCCESS ? confirm(client) : res;
}

/* What was taken gets a new tag. */
static inline TEE_Result place_flags(struct client *client, const char *tag, uint32_t flags)
{
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_MOVE, tag);
	struct entry *made =
		client->taken ? entry_copy(client->taken) : need(calloc(1, sizeof(*made)));

	ask.request.base.flags = flags;
	ask.room = ask.path_len + FESTORE_HASH + FESTORE_RECORD_MAX +
		sizeof(struct festore_vault_state) + log_room(client);
	client_drop(client);
	return run_change(client, &ask, made);
}

static inline TEE_Result move_flags(
	struct client *client, const char *from, const char *to, uint32_t flags)
{
	TEE_Result res = remove_flags(client, from, FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP);

	if (res == TEE_SUCCESS)
		res = place_flags(client, to, flags);
	return res;
}

static inline TEE_Result move(struct client *client, const char *from, const char *to)
{
	const TEE_Result res = move_flags(client, from, to, 0);

	return res == TEE_SUCCESS ? confirm(client) : res;
}

static inline TEE_Result abort_all(struct client *client)
{
	struct ask ask = ask_of(FESTORE_CMD_ABORT, "");

	client->is_in_batch = false;
	client_drop(client);
	return ask_run(client->session, &ask);
}

static inline size_t window_of(size_t sealed)
{
	return sealed < FESTORE_SEALED_WINDOW ? sealed : FESTORE_SEALED_WINDOW;
}

/* A get's first call. */
static inline struct ask ask_get(const struct client *client, const char *tag)
{
	const struct entry *entry = client_entry(client, tag);
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_GET, tag);

	add_record(&ask, entry);
	if (entry) {
		ask.content = entry->content;
		ask.content_len = window_of(entry->content_len);
	}
	return ask;
}

/* A get's further call, with the sealed bytes from `at` on. */
static inline struct ask ask_more(
	const char *tag, const uint8_t *content, size_t content_len, size_t at)
{
	struct ask ask = ask_of(FESTORE_CMD_FILE_GET, tag);

	ask.request.base.flags = FESTORE_WIRE_CONTINUE;
	ask.request.offset = at / (FESTORE_CHUNK + FESTORE_SEAL) * FESTORE_CHUNK;
	ask.content = content + at;
	ask.content_len = window_of(content_len - at);
	return ask;
}

/* What the last get gave. */
static uint8_t got[LARGE + 1];
static size_t got_len;

static inline TEE_Result get_from(
	struct client *client, const char *tag, const uint8_t *content, size_t content_len)
{
	struct ask ask = ask_get(client, tag);
	TEE_Result res = TEE_SUCCESS;
	size_t at = window_of(content_len);
	uint64_t size = 0;

	got_len = 0;
	ask.content = content;
	ask.content_len = at;
	res = ask_run(client->session, &ask);
	while (res == TEE_SUCCESS) {
		size = ask.answer.file.size;
		memcpy(got + got_len, ask.out, ask.out_len);
		got_len += ask.out_len;
		if (got_len == size)
			break;
		ask = ask_more(tag, content, content_len, at);
		at += ask.content_len;
		res = ask_run(client->session, &ask);
	}
	return res;
}

static inline TEE_Result get(struct client *client, const char *tag)
{
	const struct entry *entry = client_entry(client, tag);

	return get_from(client, tag, entry ? entry->content : NULL, entry ? entry->content_len : 0);
}

static inline TEE_Result stat_file(
	struct client *client, const char *tag, struct festore_vault_file *ret_file)
{
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_STAT, tag);
	TEE_Result res = TEE_SUCCESS;

	add_record(&ask, client_entry(client, tag));
	res = ask_run(client->session, &ask);
	if (res == TEE_SUCCESS)
		*ret_file = ask.answer.file;
	return res;
}

/* Asserts that the tag holds exactly these bytes. */
static inline void assert_has(struct client *client, const char *tag, const void *bytes, size_t len)
{
	struct festore_vault_file file = {0};

	assert_int_equal(get(client, tag), TEE_SUCCESS);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, bytes, len);
	assert_int_equal(stat_file(client, tag, &file), TEE_SUCCESS);
	assert_int_equal(file.size, len);
	assert_int_equal(file.modified, 1234);
}

/* Asserts that the tag holds this text, or is not there for NULL. */
static inline void assert_holds(struct client *client, const char *tag, const char *text)
{
	if (text)
		assert_has(client, tag, text, strlen(text));
	else
		assert_int_equal(get(client, tag), TEE_ERROR_ITEM_NOT_FOUND);
}

/* --- lists ------------------------------------------------------------------------------------ */

struct listing {
	unsigned int count;
	unsigned int damaged;
	unsigned int pages;
	uint64_t size; /* of all files */
	char first_tag[FESTORE_TAG_MAX + 1];
};

/* Entries of a page, as FILE_LIST takes them in. */
struct entries_in {
	uint8_t bytes[FESTORE_WINDOW];
	size_t len;
};

static inline bool add_listed(struct entries_in *in, const struct entry *entry, size_t limit)
{
	struct festore_vault_listed listed = {.record_len = (uint32_t)entry->record_len};
	const size_t room = FESTORE_LISTED_ROOM(entry->record_len);

	if (room > limit - in->len)
		return false;
	memcpy(listed.locator, entry->locator, sizeof(listed.locator));
	memset(in->bytes + in->len, 0, room);
	memcpy(in->bytes + in->len, &listed, sizeof(listed));
	memcpy(in->bytes + in->len + sizeof(listed), entry->record, entry->record_len);
	in->len += room;
	return true;
}

static inline void read_listed(const struct ask *ask, struct listing *listing)
{
	struct festore_wire_entry entry;
	size_t at = 0;

	for (uint32_t i = 0; i < ask->answer.list.count; i++) {
		assert_true(ask->out_len - at >= sizeof(entry));
		memcpy(&entry, ask->out + at, sizeof(entry));
		assert_true(ask->out_len - at >= FESTORE_ENTRY_ROOM(entry.tag_len));
		if (listing->count == 0)
			memcpy(listing->first_tag, ask->out + at + sizeof(entry), entry.tag_len);
		at += FESTORE_ENTRY_ROOM(entry.tag_len);
		listing->count++;
		listing->size += entry.size;
	}
	assert_int_equal(at, ask->out_len);
	listing->damaged += ask->answer.list.damaged;
	listing->pages++;
}

/* One page; `state` for the first one only. */
static inline TEE_Result list_page(struct client *client, const char *prefix,
	const struct entries_in *in, const struct festore_vault_state *state, uint32_t flags,
	struct listing *listing)
{
	struct ask ask = ask_of(FESTORE_CMD_FILE_LIST, prefix);
	TEE_Result res = TEE_SUCCESS;

	ask.request.base.flags = flags;
	if (state) {
		ask.state = *state;
		ask.state_len = sizeof(ask.state);
	}
	ask.record = in->bytes;
	ask.record_len = in->len;
	res = ask_run(client->session, &ask);
	if (res == TEE_SUCCESS)
		read_listed(&ask, listing);
	return res;
}

/* Lists what `store` has, pages of at most `limit` bytes. */
static inline TEE_Result list_store(struct client *client, const struct store *store,
	const char *prefix, size_t limit, struct listing *ret_listing)
{
	static struct entries_in in;
	TEE_Result res = TEE_SUCCESS;
	uint32_t flags = 0;
	size_t next = 0;

	memset(ret_listing, 0, sizeof(*ret_listing));
	do {
		in.len = 0;
		while (next < store->count && add_listed(&in, store->entries[next], limit))
			next++;
		flags = (flags & FESTORE_WIRE_CONTINUE) |
			(next < store->count ? FESTORE_WIRE_MORE : 0u);
		res = list_page(client, prefix, &in,
			(flags & FESTORE_WIRE_CONTINUE) ? NULL : &store->state, flags, ret_listing);
		flags |= FESTORE_WIRE_CONTINUE;
	} while (res == TEE_SUCCESS && (flags & FESTORE_WIRE_MORE) != 0);
	return res;
}

static inline TEE_Result list_all(struct client *client, struct listing *ret_listing)
{
	return list_store(client, client->store, "", FESTORE_WINDOW, ret_listing);
}

static inline uint64_t version_of(const struct client *client, const char *name)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_VERSION, name);

	assert_int_equal(ask_run(client->session, &ask), TEE_SUCCESS);
	return ask.answer.version.version;
}

#endif
