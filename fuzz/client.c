// SPDX-License-Identifier: BSD-2-Clause
/* Sessions, calls and the invariants of every call. */
#include "client.h"

#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an output window holds before the TA writes to it. */
static uint8_t canaries[FESTORE_WINDOW + 1];

struct client client;

static const TEE_UUID objects_uuid = FESTORE_OBJECTS_UUID;

/* Two users, and a group of the number of the first. */
static TEE_Identity identities[OWNERS];

const TEE_Identity *identity_of_owner(unsigned int owner)
{
	return &identities[owner];
}

unsigned int owner_of(unsigned int session)
{
	static const unsigned int owners[SESSIONS] = {0, 0, 0, 1, 1, 2};

	return owners[session];
}

struct belief *belief_of(unsigned int session, unsigned int tag)
{
	return &client.beliefs[owner_of(session)][tag];
}

void client_begin(void)
{
	static struct fake_ta ta = FAKE_TA_LINKED(FESTORE_OBJECTS_UUID);

	identities[0] = fake_tee_client(TEE_LOGIN_USER, 1001);
	identities[1] = fake_tee_client(TEE_LOGIN_USER, 1002);
	identities[2] = fake_tee_client(TEE_LOGIN_GROUP, 1001);
	memset(canaries, 0x5a, sizeof(canaries));
	store_clear();
	fake_tee_start("");
	fake_tee_seed_random(1);
	ta.heap_limit = 64u * 1024u + FESTORE_WINDOW;
	fake_tee_load(&ta);
	memset(&client, 0, sizeof(client));
	for (unsigned int owner = 0; owner < OWNERS; owner++) {
		for (unsigned int tag = 0; tag < TAGS; tag++)
			belief_set(&client.beliefs[owner][tag], (struct content){0});
	}
}

void client_end(void)
{
	struct fake_counters counters = {0};

	for (unsigned int i = 0; i < SESSIONS; i++)
		session_drop(i);
	fake_tee_counters(&counters);
	if (counters.heap != 0)
		wrong("heap is in use without a session");
	if (counters.handles != 0)
		wrong("handles are open without a session");
	fake_tee_stop();
}

static void forget_sessions(void)
{
	memset(client.sessions, 0, sizeof(client.sessions));
	memset(client.transfers, 0, sizeof(client.transfers));
}

void power_cycle(void)
{
	fake_tee_restart();
	forget_sessions();
}

void session_need(unsigned int session)
{
	if (client.sessions[session] != 0)
		return;
	if (fake_tee_open_session(&objects_uuid, &identities[owner_of(session)], 0, NULL,
		    &client.sessions[session], NULL) != TEE_SUCCESS)
		wrong("a session cannot be opened");
}

void session_drop(unsigned int session)
{
	if (client.sessions[session] != 0)
		fake_tee_close_session(client.sessions[session]);
	client.sessions[session] = 0;
	client.transfers[session] = (struct transfer_view){0};
}

/* Tags of different lengths; the first two differ in one bit. */
void tag_write(unsigned int tag, struct festore_wire_tag *to)
{
	static const char *const tags[TAGS] = {"a", "b", "\xc3\xa9/..", NULL};

	memset(to, 0, sizeof(*to));
	if (!tags[tag]) {
		to->len = FESTORE_TAG_MAX;
		memset(to->bytes, 'x', FESTORE_TAG_MAX);
		return;
	}
	to->len = (uint16_t)strlen(tags[tag]);
	memcpy(to->bytes, tags[tag], to->len);
}

unsigned int tag_find(const uint8_t *bytes, size_t len)
{
	unsigned int tag = 0;

	for (; tag < TAGS; tag++) {
		struct festore_wire_tag wire;

		tag_write(tag, &wire);
		if (wire.len == len && memcmp(wire.bytes, bytes, len) == 0)
			break;
	}
	return tag;
}

uint32_t types_of(uint32_t command)
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

static size_t reply_len_of(uint32_t command)
{
	switch (command) {
	case FESTORE_CMD_INFO:
		return sizeof(struct festore_wire_info);
	case FESTORE_CMD_FILE_LIST:
		return sizeof(struct festore_wire_list);
	case FESTORE_CMD_FILE_GET:
	case FESTORE_CMD_FILE_STAT:
		return sizeof(struct festore_wire_file);
	default:
		return 0;
	}
}

void shot_init(struct shot *shot, uint32_t command, unsigned int tag)
{
	const bool has_file = command != FESTORE_CMD_INFO && command != FESTORE_CMD_ABORT;

	memset(shot, 0, sizeof(*shot));
	shot->command = command;
	shot->types = types_of(command);
	shot->request.protocol = FESTORE_PROTOCOL;
	shot->request.storage = has_file ? FESTORE_WIRE_REE : 0;
	shot->request_len = sizeof(shot->request);
	shot->reply_len = reply_len_of(command);
	if (has_file && command != FESTORE_CMD_FILE_LIST)
		tag_write(tag, &shot->request.tag);
}

void shot_window(struct shot *shot, size_t room)
{
	shot->window = malloc(room ? room : 1);
	if (!shot->window)
		abort();
	memcpy(shot->window, canaries, room);
	shot->window_room = room;
	shot->window_len = room;
}

void shot_free(struct shot *shot)
{
	free(shot->window);
	shot->window = NULL;
}

/* The normal world's hand in a call: it counts GP calls down, then overwrites. */
static struct shot *racing;
static unsigned int calls_left;

static void overwrite_request(const char *gp_call, void *arg)
{
	(void)gp_call;
	(void)arg;
	if (calls_left != 0)
		calls_left--;
	else
		memset(&racing->request, 0xff, sizeof(racing->request));
}

static void overwrite_window(const char *gp_call, void *arg)
{
	(void)gp_call;
	(void)arg;
	if (calls_left-- == 0)
		content_fill(racing->other_serial, 0, racing->window, racing->window_room);
}

static void plan(struct shot *shot)
{
	const unsigned int nth = 1 + shot->when % 32;

	racing = shot;
	calls_left = 1 + shot->when; /* the first GP call is the copy of the request */
	switch (shot->fault) {
	case FAULT_ALLOC:
		fake_tee_fail_alloc(nth, 1);
		break;
	case FAULT_STORAGE:
		fake_tee_fail_storage(FAKE_STORAGE_ANY, nth, shot->when >> 5 & 1,
			TEE_ERROR_STORAGE_NOT_AVAILABLE);
		break;
	case FAULT_FULL:
		fake_tee_fail_storage(
			FAKE_STORAGE_WRITE, nth, shot->when >> 5 & 1, TEE_ERROR_STORAGE_NO_SPACE);
		break;
	case FAULT_CUT_BEFORE:
		fake_tee_cut_power(nth, FAKE_CUT_BEFORE);
		break;
	case FAULT_CUT_AFTER:
		fake_tee_cut_power(nth, FAKE_CUT_AFTER);
		break;
	case FAULT_REQUEST:
		fake_tee_on_call(overwrite_request, NULL);
		break;
	case FAULT_WINDOW:
		fake_tee_on_call(overwrite_window, NULL);
		break;
	case FAULT_NONE:
	case FAULTS:
	default:
		break;
	}
}

static void unplan(void)
{
	fake_tee_fail_alloc(0, 0);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
	fake_tee_fail_storage(FAKE_STORAGE_WRITE, 0, 0, TEE_SUCCESS);
	fake_tee_cut_power(0, FAKE_CUT_BEFORE);
	fake_tee_on_call(NULL, NULL);
}

static bool is_documented(TEE_Result res)
{
	static const TEE_Result all[] = {TEE_SUCCESS, TEE_ERROR_BAD_PARAMETERS,
		TEE_ERROR_NOT_SUPPORTED, TEE_ERROR_ACCESS_DENIED, TEE_ERROR_ITEM_NOT_FOUND,
		TEE_ERROR_ACCESS_CONFLICT, TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_EXCESS_DATA,
		TEE_ERROR_SHORT_BUFFER, TEE_ERROR_BAD_STATE, TEE_ERROR_BUSY,
		TEE_ERROR_STORAGE_NO_SPACE, TEE_ERROR_OUT_OF_MEMORY,
		TEE_ERROR_STORAGE_NOT_AVAILABLE};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i] == res)
			return true;
	}
	return false;
}

/* An error says so for every output; what was not said to be written was not written. */
static void check_outputs(const struct shot *shot)
{
	const uint32_t window = TEE_PARAM_TYPE_GET(shot->types, 2);
	const bool goes_out =
		window == TEE_PARAM_TYPE_MEMREF_OUTPUT || window == TEE_PARAM_TYPE_MEMREF_INOUT;
	const size_t said = shot->res == TEE_SUCCESS ? shot->window_len : 0;

	if (!goes_out || shot_is_cut(shot))
		return;
	if (shot->window_len > shot->window_room)
		wrong("more output than room");
	if (shot->res != TEE_SUCCESS && shot->window_len != 0)
		wrong("output of an error");
	if (said < shot->window_room && shot->fault != FAULT_WINDOW &&
		memcmp(shot->window + said, canaries, shot->window_room - said) != 0)
		wrong("a byte was written beyond what was said");
}

void shot_fire(struct shot *shot, unsigned int session)
{
	TEE_Param params[TEE_NUM_PARAMS] = {0};

	session_need(session);
	params[0].memref.buffer = &shot->request;
	params[0].memref.size = shot->request_len;
	params[1].memref.buffer = shot->reply;
	params[1].memref.size = shot->reply_len;
	params[2].memref.buffer = shot->window;
	params[2].memref.size = shot->window_room;
	plan(shot);
	shot->res =
		fake_tee_invoke(client.sessions[session], shot->command, shot->types, params, NULL);
	if (fake_tee_is_powered())
		unplan();
	else
		power_cycle();
	fake_tee_on_call(NULL, NULL);
	shot->reply_len = params[1].memref.size;
	shot->window_len = params[2].memref.size;

	if (shot->res == TEE_ERROR_TARGET_DEAD && shot->fault != FAULT_FULL)
		wrong("the TA panicked");
	if (shot->res == TEE_ERROR_TARGET_DEAD) {
		for (unsigned int i = 0; i < SESSIONS; i++)
			session_drop(i);
	}
	if (!shot_is_cut(shot) && !is_documented(shot->res))
		wrong("an answer that is not documented");
	check_outputs(shot);
}

bool shot_is_calm(const struct shot *shot)
{
	return !client.is_damaged && (shot->fault == FAULT_NONE || shot->fault == FAULT_REQUEST);
}

bool shot_is_cut(const struct shot *shot)
{
	return shot->res == TEE_ERROR_COMMUNICATION || shot->res == TEE_ERROR_TARGET_DEAD;
}
