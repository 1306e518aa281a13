/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies requests in, once, and replies out. */
#include "request.h"

static bool all_zero(const uint8_t *bytes, size_t len)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < len; i++)
		seen |= bytes[i];
	return seen == 0;
}

static TEE_Result read_tag(
	const struct festore_wire_tag *wire, enum tag_rule rule, struct tag *ret_tag)
{
	const size_t len = wire->len;

	if (len > FESTORE_TAG_MAX || !all_zero(wire->bytes + len, FESTORE_TAG_MAX - len))
		return TEE_ERROR_BAD_PARAMETERS;
	if (!all_zero(wire->reserved, sizeof(wire->reserved)))
		return TEE_ERROR_BAD_PARAMETERS;

	if (len == 0 && rule == TAG_NEEDED)
		return TEE_ERROR_BAD_PARAMETERS;
	if (len != 0 && (rule == TAG_NONE || !tag_is_valid(wire->bytes, len)))
		return TEE_ERROR_BAD_PARAMETERS;

	ret_tag->len = len;
	TEE_MemMove(ret_tag->bytes, wire->bytes, sizeof(ret_tag->bytes));
	return TEE_SUCCESS;
}

static TEE_Result read_storage(const struct command *command, uint32_t storage)
{
	const bool is_one = storage != 0 && (storage & (storage - 1)) == 0;

	if (command->storage == 0)
		return storage == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
	return is_one && (storage & command->storage) != 0 ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED;
}

static TEE_Result parse(const struct command *command, const struct festore_wire_request *wire,
	struct call *ret_call)
{
	TEE_Result res = TEE_SUCCESS;

	if (wire->protocol != FESTORE_PROTOCOL || (wire->flags & ~command->flags) != 0)
		return TEE_ERROR_NOT_SUPPORTED;
	if (wire->reserved != 0 || (wire->modified != 0 && !command->has_time))
		return TEE_ERROR_BAD_PARAMETERS;

	res = read_storage(command, wire->storage);
	if (res != TEE_SUCCESS)
		return res;

	ret_call->flags = wire->flags;
	ret_call->storage = wire->storage;
	ret_call->modified = wire->modified;
	return read_tag(&wire->tag, command->tag_rule, &ret_call->tag);
}

/* A tag in the window, copied once like the request. */
static TEE_Result read_new_tag(struct call *call)
{
	struct festore_wire_tag wire = {0};

	TEE_MemMove(&wire, call->window, sizeof(wire));
	return read_tag(&wire, TAG_NEEDED, &call->new_tag);
}

/* May the command be about this kind? What opens files must never open a key, nor the reverse. */
static bool kind_is_known(const struct command *command, uint32_t kind)
{
	if (command->kinds == 0)
		return kind == 0;
	return kind < 32 && (command->kinds & (1u << kind)) != 0;
}

static bool asks_for_nothing(const struct festore_wire_key *key)
{
	return key->type == 0 && key->use == 0 && key->scheme == 0 && key->hash == 0;
}

/* The fields that only some commands have. */
static TEE_Result read_fields(
	const struct command *command, const struct festore_vault_request *wire, struct call *call)
{
	if (!kind_is_known(command, wire->kind))
		return TEE_ERROR_BAD_PARAMETERS;
	if (wire->anchor != 0 && !command->has_anchor)
		return TEE_ERROR_BAD_PARAMETERS;
	if (wire->offset != 0 && !command->has_offset)
		return TEE_ERROR_BAD_PARAMETERS;
	if (wire->aead != 0 && !command->has_aead)
		return TEE_ERROR_BAD_PARAMETERS;
	if (!asks_for_nothing(&wire->key) && !command->has_key)
		return TEE_ERROR_BAD_PARAMETERS;
	call->kind = wire->kind;
	call->offset = wire->offset;
	call->aead = wire->aead;
	call->anchor = wire->anchor;
	call->key = wire->key;
	return TEE_SUCCESS;
}

/* The parts must fill the window exactly; none may be larger than its command takes. */
static TEE_Result read_parts(
	const struct command *command, const struct festore_vault_request *wire, struct call *call)
{
	size_t left = call->window_size;
	const uint8_t *at = call->window;

	for (size_t i = 0; i < FESTORE_PARTS; i++) {
		const size_t len = wire->parts[i];

		if (len > command->parts_max[i] || len > left)
			return TEE_ERROR_BAD_PARAMETERS;
		call->parts[i] = at;
		call->part_len[i] = len;
		left -= len;
		at = len != 0 ? at + len : at;
	}
	return left == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

static bool sizes_match(const struct command *command, const TEE_Param params[TEE_NUM_PARAMS])
{
	if (params[PARAM_REQUEST].memref.size != command->request_size)
		return false;
	if (command->has_new_tag &&
		params[PARAM_WINDOW].memref.size != sizeof(struct festore_wire_tag))
		return false;
	return command->reply_size == 0 || params[PARAM_REPLY].memref.size == command->reply_size;
}

static bool is_memory(uint32_t type)
{
	return type >= TEE_PARAM_TYPE_MEMREF_INPUT && type <= TEE_PARAM_TYPE_MEMREF_INOUT;
}

/*
 * Does a reference begin within another? OP-TEE (seen in 4.5, still so in 4.10) then maps no more
 * of the outer one than to the inner one's end, though the TA is told of all: touching it would end
 * the TA, and with it all its sessions.
 */
static bool memory_is_nested(uint32_t types, const TEE_Param params[TEE_NUM_PARAMS])
{
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		for (unsigned int j = 0; j < TEE_NUM_PARAMS; j++) {
			const uintptr_t outer = (uintptr_t)params[i].memref.buffer;
			const uintptr_t inner = (uintptr_t)params[j].memref.buffer;

			if (i != j && is_memory(TEE_PARAM_TYPE_GET(types, i)) &&
				is_memory(TEE_PARAM_TYPE_GET(types, j)) && inner >= outer &&
				inner - outer < params[i].memref.size)
				return true;
		}
	}
	return false;
}

TEE_Result request_read(const struct command *command, struct session *session, uint32_t types,
	const TEE_Param params[TEE_NUM_PARAMS], struct call *ret_call)
{
	/* The vault's request begins with the other. */
	struct festore_vault_request wire = {0};
	TEE_Result res = TEE_SUCCESS;

	if (types != command->types || !sizes_match(command, params) ||
		memory_is_nested(types, params))
		return TEE_ERROR_BAD_PARAMETERS;

	ret_call->session = session;
	if (TEE_PARAM_TYPE_GET(types, PARAM_WINDOW) != TEE_PARAM_TYPE_NONE) {
		ret_call->window = params[PARAM_WINDOW].memref.buffer;
		ret_call->window_size = params[PARAM_WINDOW].memref.size;
	}
	if (TEE_PARAM_TYPE_GET(types, PARAM_OUT) != TEE_PARAM_TYPE_NONE) {
		ret_call->out = params[PARAM_OUT].memref.buffer;
		ret_call->out_size = params[PARAM_OUT].memref.size;
	}

	TEE_MemMove(&wire, params[PARAM_REQUEST].memref.buffer, command->request_size);
	res = parse(command, &wire.base, ret_call);
	if (res == TEE_SUCCESS && command->has_new_tag)
		res = read_new_tag(ret_call);
	if (res == TEE_SUCCESS && command->request_size == sizeof(wire))
		res = read_fields(command, &wire, ret_call);
	if (res == TEE_SUCCESS && command->request_size == sizeof(wire))
		res = read_parts(command, &wire, ret_call);
	return res;
}

void reply_write(
	const struct command *command, const struct call *call, TEE_Param params[TEE_NUM_PARAMS])
{
	if (command->reply_size != 0)
		TEE_MemMove(params[PARAM_REPLY].memref.buffer, &call->reply, command->reply_size);
	if (TEE_PARAM_TYPE_GET(command->types, PARAM_WINDOW) == TEE_PARAM_TYPE_MEMREF_OUTPUT)
		params[PARAM_WINDOW].memref.size = call->window_used;
	if (TEE_PARAM_TYPE_GET(command->types, PARAM_OUT) == TEE_PARAM_TYPE_MEMREF_OUTPUT)
		params[PARAM_OUT].memref.size = call->out_used;
}

static bool is_output(uint32_t type)
{
	return type == TEE_PARAM_TYPE_MEMREF_OUTPUT || type == TEE_PARAM_TYPE_MEMREF_INOUT;
}

void reply_nothing(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		if (is_output(TEE_PARAM_TYPE_GET(types, i)))
			params[i].memref.size = 0;
	}
}
