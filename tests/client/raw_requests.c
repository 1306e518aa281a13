/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that are wrong in one way: parameter types, sizes, numbers, fields of the request. */
#include "call.h"
#include "raw.h"
#include "tap.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The types that Linux lets through. */
static const uint32_t legal_types[] = {
	TEE_IOCTL_PARAM_ATTR_TYPE_NONE,
	TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
	TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT,
	TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT,
	TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
	TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT,
	TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT,
};
enum { LEGAL = sizeof(legal_types) / sizeof(legal_types[0]), ALL = LEGAL * LEGAL * LEGAL * LEGAL };
enum { SAMPLES = 200, SEED = 20261123 };

/* Combination `number` of 7^4. */
static void types_of(unsigned int number, uint32_t ret_types[PARAMS])
{
	for (unsigned int i = 0; i < PARAMS; i++) {
		ret_types[i] = legal_types[number % LEGAL];
		number /= LEGAL;
	}
}

/* xorshift32 (Marsaglia): the same numbers on every machine. */
static unsigned int next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static bool is_right(const struct shape *shape, const uint32_t types[PARAMS])
{
	return memcmp(shape->types, types, sizeof(shape->types)) == 0;
}

static void refuse_types(const struct client *client, const struct shape *shape,
	unsigned int number, struct tally *tally)
{
	uint32_t types[PARAMS];
	struct tee_ioctl_param params[PARAMS_MAX];

	types_of(number, types);
	if (is_right(shape, types))
		return;
	call_params(client, shape, types, params);
	call_refused(client, shape, PARAMS, params, TEEC_ERROR_BAD_PARAMETERS, false, tally);
}

/* So that a refusal means something: the same call with nothing wrong is accepted. */
static void control(const struct client *client, const struct shape *shape)
{
	struct answer answer = call(client, FESTORE_CMD_FILE_PUT, CALL_TAG, 0);

	call_prepare(client, shape);
	answer = call_make(client, shape);
	ok(answered(&answer, TEEC_SUCCESS), "%s with nothing wrong is accepted", shape->name);
	call(client, FESTORE_CMD_FILE_REMOVE, CALL_NEW_TAG, 0);
}

void raw_types(void)
{
	struct client client = client_open();
	uint32_t random = SEED;

	for (unsigned int s = 0; s < SHAPE_COUNT; s++) {
		const struct shape *shape = &shapes[s];
		const bool all = shape->command == FESTORE_CMD_FILE_PUT;
		struct tally tally = {0};

		call_prepare(&client, shape);
		for (unsigned int i = 0; i < (all ? ALL : SAMPLES); i++)
			refuse_types(&client, shape, all ? i : next_random(&random) % ALL, &tally);
		ok(tally.wrong == 0 && tally.calls >= SAMPLES - 10,
			"%s: %u wrong combinations of parameter types are refused", shape->name,
			tally.calls);
		control(&client, shape);
	}
	call(&client, FESTORE_CMD_FILE_REMOVE, CALL_TAG, 0);
	client_close(&client);
}

/* Fewer and more parameters than GP has, and types that it has not. */
static void odd_params(const struct client *client, const struct shape *shape)
{
	static const uint64_t odd_types[] = {4, 8, 9, 0xff, 0x100, 0x200, 1ull << 32, 1ull << 63};
	struct tally tally = {0};
	struct tee_ioctl_param params[PARAMS_MAX];

	call_prepare(client, shape);
	for (unsigned int count = 0; count <= PARAMS_MAX; count++) {
		/* With three the fourth is NONE, which is right. */
		if (count == 3 || count == PARAMS)
			continue;
		call_params(client, shape, shape->types, params);
		/* The last one must differ from what is right. */
		if (count > 0 && count < 3)
			params[count - 1].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT;
		call_refused(client, shape, count, params, TEEC_ERROR_BAD_PARAMETERS, true, &tally);
	}
	for (size_t i = 0; i < COUNT(odd_types); i++) {
		call_params(client, shape, shape->types, params);
		params[3].attr = odd_types[i];
		/* Linux ignores the bit that marks its own parameters. */
		if (odd_types[i] == TEE_IOCTL_PARAM_ATTR_META)
			params[3].attr |= TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT;
		call_refused(
			client, shape, PARAMS, params, TEEC_ERROR_BAD_PARAMETERS, true, &tally);
	}
	ok(tally.wrong == 0,
		"%s: odd numbers and types of parameters are refused (%u, by Linux %u, OP-TEE %u)",
		shape->name, tally.calls, tally.by_kernel, tally.by_tee);
}

static size_t right_size(const struct shape *shape, unsigned int i)
{
	const size_t sizes[PARAMS] = {
		sizeof(struct festore_wire_request), shape->reply_len, shape->window_len, 0};

	return sizes[i];
}

/* What the TA has to say to parameter `i` of `size` bytes, all else being right. */
static uint32_t answer_to_size(const struct shape *shape, unsigned int i, uint64_t size)
{
	if (i < 2 || shape->command == FESTORE_CMD_FILE_MOVE)
		return size == right_size(shape, i) ? TEEC_SUCCESS : TEEC_ERROR_BAD_PARAMETERS;
	if (shape->command == FESTORE_CMD_FILE_PUT)
		return size <= FESTORE_WINDOW ? TEEC_SUCCESS : TEEC_ERROR_EXCESS_DATA;
	if (shape->command == FESTORE_CMD_FILE_LIST)
		return size < FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX) ? TEEC_ERROR_SHORT_BUFFER
								  : TEEC_SUCCESS;
	/* FILE_GET of what the control has put. */
	return size < shape_of(FESTORE_CMD_FILE_PUT)->window_len ? TEEC_ERROR_SHORT_BUFFER
								 : TEEC_SUCCESS;
}

static void try_size(const struct client *client, const struct shape *shape, unsigned int i,
	uint64_t size, struct tally *tally)
{
	const uint32_t code = answer_to_size(shape, i, size);
	struct tee_ioctl_param params[PARAMS_MAX];
	struct answer answer = {0};

	call_prepare(client, shape);
	call_params(client, shape, shape->types, params);
	params[i].b = size;
	if (code != TEEC_SUCCESS || size > client->block.len) {
		call_refused(client, shape, PARAMS, params, code, size > client->block.len, tally);
		return;
	}
	answer = session_invoke(client->device, client->session, shape->command, PARAMS, params);
	tally->calls++;
	if (!answered(&answer, TEEC_SUCCESS)) {
		tally->wrong++;
		note("%s, parameter %u of %llu bytes: errno %d, 0x%08x", shape->name, i,
			(unsigned long long)size, answer.refusal, answer.code);
	}
}

static void sizes_of(
	const struct client *client, const struct shape *shape, unsigned int i, struct tally *tally)
{
	const uint64_t right = right_size(shape, i);
	const bool is_put = shape->command == FESTORE_CMD_FILE_PUT && i == 2;
	const uint64_t edge = is_put ? FESTORE_WINDOW : right;
	const uint64_t sizes[] = {0, 1, edge - 1, edge, edge + 1, UINT32_MAX, 1ull << 32,
		(1ull << 32) + right, 1ull << 63, UINT64_MAX};

	for (size_t s = 0; s < COUNT(sizes); s++)
		try_size(client, shape, i, sizes[s], tally);
}

/* Places outside of the block, and memory that this descriptor does not have. */
static void places_of(
	const struct client *client, const struct shape *shape, unsigned int i, struct tally *tally)
{
	const uint64_t len = right_size(shape, i);
	const uint64_t at[] = {client->block.len - len + 1, UINT64_MAX - len + 1, 1ull << 32};
	struct tee_ioctl_param params[PARAMS_MAX];

	call_prepare(client, shape);
	for (unsigned int n = 0; n < COUNT(at); n++) {
		call_params(client, shape, shape->types, params);
		params[i].a = at[n];
		call_refused(client, shape, PARAMS, params, TEEC_ERROR_BAD_PARAMETERS, true, tally);
	}
	call_params(client, shape, shape->types, params);
	params[i].c = client->block.id + 1;
	call_refused(client, shape, PARAMS, params, TEEC_ERROR_BAD_PARAMETERS, true, tally);
}

/* The right size with no memory behind it: Linux passes it on, and OP-TEE makes its size 0. */
static void no_memory_of(
	const struct client *client, const struct shape *shape, unsigned int i, struct tally *tally)
{
	struct tee_ioctl_param params[PARAMS_MAX];
	uint32_t code = answer_to_size(shape, i, 0);
	struct answer answer = {0};

	call_prepare(client, shape);
	call_params(client, shape, shape->types, params);
	params[i].a = 0;
	params[i].c = TEE_MEMREF_NULL;
	if (code != TEEC_SUCCESS) {
		call_refused(client, shape, PARAMS, params, code, true, tally);
		return;
	}
	answer = session_invoke(client->device, client->session, shape->command, PARAMS, params);
	tally->calls++;
	tally->wrong += answered(&answer, TEEC_SUCCESS) ? 0 : 1;
}

/* References that begin in another page of the window, of which OP-TEE does not map all then. */
static void nested(const struct client *client, const struct shape *shape)
{
	struct tally tally = {0};

	for (unsigned int i = 0; i < 2; i++) {
		struct tee_ioctl_param params[PARAMS_MAX];

		call_prepare(client, shape);
		call_params(client, shape, shape->types, params);
		params[i].a = params[2].a + 4096;
		call_refused(
			client, shape, PARAMS, params, TEEC_ERROR_BAD_PARAMETERS, false, &tally);
	}
	ok(tally.wrong == 0, "%s: memory within other memory is refused", shape->name);
}

void raw_sizes(void)
{
	struct client client = client_open();

	for (unsigned int s = 0; s < SHAPE_COUNT; s++) {
		const struct shape *shape = &shapes[s];
		struct tally sizes = {0};
		struct tally places = {0};

		odd_params(&client, shape);
		for (unsigned int i = 0; i < PARAMS; i++) {
			if (shape->types[i] == TEE_IOCTL_PARAM_ATTR_TYPE_NONE)
				continue;
			call(&client, FESTORE_CMD_FILE_PUT, CALL_TAG, 0);
			sizes_of(&client, shape, i, &sizes);
			call(&client, FESTORE_CMD_FILE_PUT, CALL_TAG, 0);
			places_of(&client, shape, i, &places);
			no_memory_of(&client, shape, i, &places);
			call(&client, FESTORE_CMD_FILE_REMOVE, CALL_NEW_TAG, 0);
		}
		ok(sizes.wrong == 0, "%s: sizes are refused or served (%u, refused by Linux %u)",
			shape->name, sizes.calls, sizes.by_kernel);
		ok(places.wrong == 0,
			"%s: memory that is not there is refused (%u, by Linux %u, OP-TEE %u)",
			shape->name, places.calls, places.by_kernel, places.by_tee);
		if (shape->reply_len != 0 && shape->window_len > 4096)
			nested(&client, shape);
		control(&client, shape);
	}
	call(&client, FESTORE_CMD_FILE_REMOVE, CALL_TAG, 0);
	client_close(&client);
}

/* A field of the request that is wrong. */
struct wrong_field {
	size_t at;
	size_t len;
	uint64_t value;
	uint32_t code;
};

#define FIELD(name) \
	offsetof(struct festore_wire_request, name), \
		sizeof(((struct festore_wire_request *)NULL)->name)
#define BYTE(name, i) offsetof(struct festore_wire_request, name) + (i), 1

static const struct wrong_field for_all[] = {
	{FIELD(protocol), 0, TEEC_ERROR_NOT_SUPPORTED},
	{FIELD(protocol), FESTORE_PROTOCOL + 1, TEEC_ERROR_NOT_SUPPORTED},
	{FIELD(protocol), FESTORE_PROTOCOL | 1u << 31, TEEC_ERROR_NOT_SUPPORTED},
	{FIELD(protocol), UINT32_MAX, TEEC_ERROR_NOT_SUPPORTED},
	{FIELD(reserved), 1, TEEC_ERROR_BAD_PARAMETERS},
	{FIELD(reserved), 1u << 31, TEEC_ERROR_BAD_PARAMETERS},
	{FIELD(tag.len), FESTORE_TAG_MAX + 1, TEEC_ERROR_BAD_PARAMETERS},
	{FIELD(tag.len), FESTORE_TAG_MAX + 8, TEEC_ERROR_BAD_PARAMETERS},
	{FIELD(tag.len), UINT16_MAX, TEEC_ERROR_BAD_PARAMETERS},
	{BYTE(tag.bytes, FESTORE_TAG_MAX - 1), 'x', TEEC_ERROR_BAD_PARAMETERS},
	{BYTE(tag.reserved, 0), 1, TEEC_ERROR_BAD_PARAMETERS},
	{BYTE(tag.reserved, 6), 1, TEEC_ERROR_BAD_PARAMETERS},
};

static const struct wrong_field for_tags[] = {
	{FIELD(tag.len), 2, TEEC_ERROR_BAD_PARAMETERS},
	{FIELD(tag.len), 0, TEEC_ERROR_BAD_PARAMETERS},
	{FIELD(tag.len), FESTORE_TAG_MAX, TEEC_ERROR_BAD_PARAMETERS},
	{BYTE(tag.bytes, 0), 0, TEEC_ERROR_BAD_PARAMETERS},
	{BYTE(tag.bytes, 0), '\n', TEEC_ERROR_BAD_PARAMETERS},
	{BYTE(tag.bytes, 0), 0x7f, TEEC_ERROR_BAD_PARAMETERS},
	{BYTE(tag.bytes, 2), 0xc3, TEEC_ERROR_BAD_PARAMETERS},
	{BYTE(tag.bytes, 0), 0xff, TEEC_ERROR_BAD_PARAMETERS},
	{FIELD(storage), 0, TEEC_ERROR_NOT_SUPPORTED},
	{FIELD(storage), 2, TEEC_ERROR_NOT_SUPPORTED},
	{FIELD(storage), FESTORE_WIRE_REE | 2, TEEC_ERROR_NOT_SUPPORTED},
	{FIELD(storage), UINT32_MAX, TEEC_ERROR_NOT_SUPPORTED},
};

static const struct wrong_field without_tags[] = {
	{FIELD(storage), FESTORE_WIRE_REE, TEEC_ERROR_BAD_PARAMETERS},
	{FIELD(tag.len), 1, TEEC_ERROR_BAD_PARAMETERS},
	{BYTE(tag.bytes, 0), 'a', TEEC_ERROR_BAD_PARAMETERS},
};

static const struct wrong_field without_times[] = {
	{FIELD(modified), 1, TEEC_ERROR_BAD_PARAMETERS},
	{FIELD(modified), UINT64_MAX, TEEC_ERROR_BAD_PARAMETERS},
};

static void refuse_prepared(
	const struct client *client, const struct shape *shape, uint32_t code, struct tally *tally)
{
	struct tee_ioctl_param params[PARAMS_MAX];

	call_params(client, shape, shape->types, params);
	call_refused(client, shape, PARAMS, params, code, false, tally);
}

/* Little-endian like the wire, and like every machine that festore runs on. */
static void refuse_fields(const struct client *client, const struct shape *shape,
	const struct wrong_field *fields, size_t count, struct tally *tally)
{
	for (size_t i = 0; i < count; i++) {
		call_prepare(client, shape);
		memcpy(client->block.bytes + REQUEST_AT + fields[i].at, &fields[i].value,
			fields[i].len);
		refuse_prepared(client, shape, fields[i].code, tally);
	}
}

static void refuse_flags(
	const struct client *client, const struct shape *shape, struct tally *tally)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		if ((shape->flags & 1u << bit) != 0)
			continue;
		call_prepare(client, shape);
		call_request(client)->flags = shape->flags | 1u << bit;
		refuse_prepared(client, shape, TEEC_ERROR_NOT_SUPPORTED, tally);
	}
}

/* The second tag of FILE_MOVE lies in the window; the fields of the first serve for it too. */
static void refuse_new_tags(const struct client *client, struct tally *tally)
{
	const struct shape *shape = shape_of(FESTORE_CMD_FILE_MOVE);
	const size_t tag_at = offsetof(struct festore_wire_request, tag);

	for (size_t i = 0; i < COUNT(for_tags); i++) {
		if (for_tags[i].at < tag_at)
			continue;
		call_prepare(client, shape);
		memcpy(client->block.bytes + WINDOW_AT + for_tags[i].at - tag_at,
			&for_tags[i].value, for_tags[i].len);
		refuse_prepared(client, shape, TEEC_ERROR_BAD_PARAMETERS, tally);
	}
	call_prepare(client, shape);
	call_set_tag(
		(struct festore_wire_tag *)(void *)(client->block.bytes + WINDOW_AT), CALL_TAG);
	refuse_prepared(client, shape, TEEC_ERROR_BAD_PARAMETERS, tally);
}

static void refuse_requests(const struct client *client, const struct shape *shape)
{
	struct tally tally = {0};

	refuse_fields(client, shape, for_all, COUNT(for_all), &tally);
	if (shape->has_tag)
		refuse_fields(client, shape, for_tags, COUNT(for_tags), &tally);
	else
		refuse_fields(client, shape, without_tags, COUNT(without_tags), &tally);
	if (!shape->has_time)
		refuse_fields(client, shape, without_times, COUNT(without_times), &tally);
	refuse_flags(client, shape, &tally);
	if (shape->command == FESTORE_CMD_FILE_MOVE)
		refuse_new_tags(client, &tally);
	ok(tally.wrong == 0, "%s: %u requests with one wrong field are refused", shape->name,
		tally.calls);
	control(client, shape);
}

/* As every shape, under a number that is no command's. */
static void refuse_commands(const struct client *client)
{
	struct tally tally = {0};

	for (uint32_t id = FESTORE_CMD_ABORT + 1; id <= 1000; id += 3) {
		struct shape shape = shapes[id % SHAPE_COUNT];

		shape.command = id;
		call_prepare(client, &shapes[id % SHAPE_COUNT]);
		refuse_prepared(client, &shape, TEEC_ERROR_NOT_SUPPORTED, &tally);
	}
	for (unsigned int bit = 10; bit < 32; bit++) {
		struct shape shape = shapes[bit % SHAPE_COUNT];

		shape.command |= 1u << bit;
		call_prepare(client, &shapes[bit % SHAPE_COUNT]);
		refuse_prepared(client, &shape, TEEC_ERROR_NOT_SUPPORTED, &tally);
		shape.command = UINT32_MAX - bit + 10;
		refuse_prepared(client, &shape, TEEC_ERROR_NOT_SUPPORTED, &tally);
	}
	ok(tally.wrong == 0, "%u numbers that are no command's are refused", tally.calls);
}

void raw_requests(void)
{
	struct client client = client_open();

	for (unsigned int s = 0; s < SHAPE_COUNT; s++)
		refuse_requests(&client, &shapes[s]);
	refuse_commands(&client);
	call(&client, FESTORE_CMD_FILE_REMOVE, CALL_TAG, 0);
	client_close(&client);
}
