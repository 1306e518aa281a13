/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of well-formed calls, and what is done with it. */
#include "call.h"

#include "tap.h"

#include <string.h>
#include <unistd.h>

#define TYPES(reply, window) \
	{ \
		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, TEE_IOCTL_PARAM_ATTR_TYPE_##reply, \
			TEE_IOCTL_PARAM_ATTR_TYPE_##window, TEE_IOCTL_PARAM_ATTR_TYPE_NONE \
	}

/* A content that is stored in no time. */
enum { CONTENT_LEN = 1000, SURPRISES_SHOWN = 8, UNTOUCHED = 0xa5 };

const struct shape shapes[SHAPE_COUNT] = {
	{
		.name = "INFO",
		.command = FESTORE_CMD_INFO,
		.types = TYPES(MEMREF_OUTPUT, NONE),
		.reply_len = sizeof(struct festore_wire_info),
	},
	{
		.name = "FILE_PUT",
		.command = FESTORE_CMD_FILE_PUT,
		.types = TYPES(NONE, MEMREF_INPUT),
		.window_len = CONTENT_LEN,
		.flags = FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.has_storage = true,
		.has_tag = true,
		.has_time = true,
	},
	{
		.name = "FILE_GET",
		.command = FESTORE_CMD_FILE_GET,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_OUTPUT),
		.reply_len = sizeof(struct festore_wire_file),
		.window_len = FESTORE_WINDOW,
		.flags = FESTORE_WIRE_CONTINUE,
		.has_storage = true,
		.has_tag = true,
	},
	{
		.name = "FILE_STAT",
		.command = FESTORE_CMD_FILE_STAT,
		.types = TYPES(MEMREF_OUTPUT, NONE),
		.reply_len = sizeof(struct festore_wire_file),
		.has_storage = true,
		.has_tag = true,
	},
	{
		.name = "FILE_LIST",
		.command = FESTORE_CMD_FILE_LIST,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_OUTPUT),
		.reply_len = sizeof(struct festore_wire_list),
		.window_len = FESTORE_WINDOW,
		.flags = FESTORE_WIRE_CONTINUE,
		.has_storage = true,
		.has_tag = true,
	},
	{
		.name = "FILE_REMOVE",
		.command = FESTORE_CMD_FILE_REMOVE,
		.types = TYPES(NONE, NONE),
		.has_storage = true,
		.has_tag = true,
	},
	{
		.name = "FILE_MOVE",
		.command = FESTORE_CMD_FILE_MOVE,
		.types = TYPES(NONE, MEMREF_INPUT),
		.window_len = sizeof(struct festore_wire_tag),
		.flags = FESTORE_WIRE_NO_CLOBBER,
		.has_storage = true,
		.has_tag = true,
	},
	{
		.name = "ABORT",
		.command = FESTORE_CMD_ABORT,
		.types = TYPES(NONE, NONE),
	},
};

const struct shape *shape_of(enum festore_command command)
{
	const struct shape *shape = shapes;

	while (shape->command != (uint32_t)command)
		shape++;
	return shape;
}

struct client client_open(void)
{
	struct client client = {.device = device_open()};

	client.session = session_must_open(client.device);
	client.block = device_share(client.device, BLOCK_LEN);
	return client;
}

void client_close(struct client *client)
{
	session_close(client->device, client->session);
	device_unshare(&client->block);
	close(client->device);
}

struct festore_wire_request *call_request(const struct client *client)
{
	return (struct festore_wire_request *)(void *)(client->block.bytes + REQUEST_AT);
}

void call_set_tag(struct festore_wire_tag *wire, const char *tag)
{
	memset(wire, 0, sizeof(*wire));
	wire->len = (uint16_t)strlen(tag);
	memcpy(wire->bytes, tag, wire->len);
}

void call_prepare(const struct client *client, const struct shape *shape)
{
	struct festore_wire_request *request = call_request(client);
	uint8_t *window = client->block.bytes + WINDOW_AT;

	memset(client->block.bytes, UNTOUCHED, client->block.len);
	memset(request, 0, sizeof(*request));
	request->protocol = FESTORE_PROTOCOL;
	if (shape->has_storage)
		request->storage = FESTORE_WIRE_REE;
	if (shape->has_tag)
		call_set_tag(&request->tag, CALL_TAG);
	if (shape->command == FESTORE_CMD_FILE_MOVE)
		call_set_tag((struct festore_wire_tag *)(void *)window, CALL_NEW_TAG);
}

static bool is_memref(uint32_t type)
{
	return type >= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT;
}

static bool is_output(uint32_t type)
{
	return type == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT ||
		type == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
}

void call_params(const struct client *client, const struct shape *shape,
	const uint32_t types[PARAMS], struct tee_ioctl_param params[PARAMS_MAX])
{
	const size_t at[PARAMS] = {REQUEST_AT, REPLY_AT, WINDOW_AT, FOURTH_AT};
	const size_t len[PARAMS] = {
		sizeof(struct festore_wire_request), shape->reply_len, shape->window_len, 64};

	memset(params, 0, PARAMS_MAX * sizeof(params[0]));
	for (unsigned int i = 0; i < PARAMS; i++) {
		params[i].attr = types[i];
		/* As a value, sizes and addresses that a confused TA would take for its own. */
		params[i].a = at[i];
		params[i].b = len[i];
		if (is_memref(types[i]))
			params[i].c = client->block.id;
	}
}

struct answer call_make(const struct client *client, const struct shape *shape)
{
	struct tee_ioctl_param params[PARAMS_MAX];

	call_params(client, shape, shape->types, params);
	return session_invoke(client->device, client->session, shape->command, PARAMS, params);
}

struct answer call(
	const struct client *client, enum festore_command command, const char *tag, uint32_t flags)
{
	const struct shape *shape = shape_of(command);

	call_prepare(client, shape);
	call_set_tag(&call_request(client)->tag, tag);
	call_request(client)->flags = flags;
	return call_make(client, shape);
}

static bool outputs_are_empty(const struct tee_ioctl_param *params, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (is_output((uint32_t)params[i].attr) && params[i].b != 0)
			return false;
	}
	return true;
}

static void surprise(struct tally *tally, const struct shape *shape,
	const struct tee_ioctl_param *before, const struct answer *answer, const char *what)
{
	tally->wrong++;
	if (tally->wrong > SURPRISES_SHOWN)
		return;
	note("%s, types %x %x %x %x, sizes %llx %llx %llx %llx: %s: errno %d, 0x%08x, origin %u",
		shape->name, (unsigned int)before[0].attr, (unsigned int)before[1].attr,
		(unsigned int)before[2].attr, (unsigned int)before[3].attr, before[0].b,
		before[1].b, before[2].b, before[3].b, what, answer->refusal, answer->code,
		answer->origin);
}

void call_refused(const struct client *client, const struct shape *shape, unsigned int count,
	struct tee_ioctl_param params[PARAMS_MAX], uint32_t code, bool may_end_early,
	struct tally *tally)
{
	static uint8_t memory[BLOCK_LEN];
	struct tee_ioctl_param before[PARAMS_MAX];
	struct answer answer = {0};

	memcpy(memory, client->block.bytes, sizeof(memory));
	memcpy(before, params, sizeof(before));
	answer = session_invoke(client->device, client->session, shape->command, count, params);
	tally->calls++;

	if (answer.refusal != 0)
		tally->by_kernel++;
	else if (answer.origin == TEEC_ORIGIN_TEE)
		tally->by_tee++;
	if (answered(&answer, code)) {
		if (!outputs_are_empty(params, count))
			surprise(tally, shape, before, &answer, "an output is not empty");
	} else if (!may_end_early ||
		(answer.refusal == 0 &&
			(answer.origin != TEEC_ORIGIN_TEE ||
				answer.code != TEEC_ERROR_BAD_PARAMETERS))) {
		surprise(tally, shape, before, &answer, "not the documented refusal");
	}
	if (memcmp(memory, client->block.bytes, sizeof(memory)) != 0)
		surprise(tally, shape, before, &answer, "memory was written");
}
