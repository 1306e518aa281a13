/* SPDX-License-Identifier: BSD-2-Clause */
/* The command table of the *vault* TA. No logic. */
#include "append.h"
#include "change.h"
#include "info.h"
#include "key.h"
#include "log.h"
#include "pin.h"
#include "read.h"
#include "vault.h"

const struct about about_ta = {.size_max = FESTORE_VAULT_FILE_MAX};

#define TYPES(reply, in, out) \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_##reply, TEE_PARAM_TYPE_##in, \
		TEE_PARAM_TYPE_##out)

#define STATE_LEN sizeof(struct festore_vault_state)
#define NOTE_LEN sizeof(struct festore_vault_note)
#define HEADER_LEN sizeof(struct festore_vault_header)
#define PIN_LEN sizeof(struct festore_wire_pin)
#define KEY_MAX_LEN ((size_t)FESTORE_SEALED_LEN(FESTORE_KEY_MAX))
#define FILES (1u << FESTORE_WIRE_FILE)
#define KEYS (1u << FESTORE_WIRE_KEY)
#define PATH_MAX_LEN FESTORE_PATH_LEN(FESTORE_PATH_MAX)

const struct command commands[] = {
	{
		.id = FESTORE_CMD_INFO,
		.right = RIGHT_INFO,
		.types = TYPES(MEMREF_OUTPUT, NONE, NONE),
		.request_size = sizeof(struct festore_wire_request),
		.reply_size = sizeof(struct festore_wire_info),
		.handler = info_get,
	},
	{
		.id = FESTORE_CMD_FILE_PUT,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.flags = FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE |
			FESTORE_WIRE_BATCH | FESTORE_WIRE_LAST,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_time = true,
		.kinds = FILES,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, FESTORE_WINDOW,
			sizeof(struct festore_wire_policy)},
		.handler = change_put,
	},
	{
		.id = FESTORE_CMD_FILE_GET,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_file),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE | FESTORE_WIRE_UNPROVEN,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = FILES,
		.has_offset = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, FESTORE_SEALED_WINDOW},
		.handler = read_get,
	},
	{
		.id = FESTORE_CMD_FILE_STAT,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_file),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = FILES,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, 0},
		.handler = read_stat,
	},
	{
		.id = FESTORE_CMD_FILE_LIST,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_wire_list),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.tag_rule = TAG_PREFIX,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = FILES | KEYS,
		.parts_max = {STATE_LEN, 0, FESTORE_WINDOW, 0},
		.handler = read_list,
	},
	{
		.id = FESTORE_CMD_FILE_REMOVE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.flags = FESTORE_WIRE_BATCH | FESTORE_WIRE_KEEP,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = FILES | KEYS,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, 0},
		.handler = change_remove,
	},
	{
		.id = FESTORE_CMD_FILE_MOVE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.flags = FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_BATCH,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = FILES | KEYS,
		.parts_max = {0, PATH_MAX_LEN, FESTORE_RECORD_MAX, 0},
		.handler = change_move,
	},
	{
		.id = FESTORE_CMD_ABORT,
		.right = RIGHT_INFO,
		.types = TYPES(NONE, NONE, NONE),
		.request_size = sizeof(struct festore_wire_request),
		.handler = vault_abort,
	},
	{
		.id = FESTORE_CMD_VAULT_CREATE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_created),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_aead = true,
		.has_anchor = true,
		.parts_max = {0, 0, 0, 0, PIN_LEN},
		.handler = vault_create,
	},
	{
		.id = FESTORE_CMD_VAULT_OPEN,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_opened),
		.flags = FESTORE_WIRE_UNPROVEN,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, HEADER_LEN, 0, PIN_LEN},
		.handler = vault_open,
	},
	{
		.id = FESTORE_CMD_VAULT_CONFIRM,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_version),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, 0, 0},
		.handler = vault_confirm,
	},
	{
		.id = FESTORE_CMD_VAULT_VERSION,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, NONE, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_version),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.handler = vault_version,
	},
	{
		.id = FESTORE_CMD_VAULT_DESTROY,
		.right = RIGHT_WRITE,
		.types = TYPES(NONE, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, 0, 0},
		.handler = vault_destroy,
	},
	{
		.id = FESTORE_CMD_VAULT_PROPOSE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, NONE, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.storage = FESTORE_WIRE_VAULT,
		.handler = change_propose,
	},
	{
		.id = FESTORE_CMD_VAULT_MEASURE,
		.right = RIGHT_WRITE,
		.types = TYPES(NONE, NONE, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.storage = FESTORE_WIRE_VAULT,
		.has_aead = true,
		.handler = vault_measure,
	},
	{
		.id = FESTORE_CMD_VAULT_CHECK,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_check),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, FESTORE_WINDOW, 0},
		.handler = read_check,
	},
	{
		.id = FESTORE_CMD_VAULT_PRUNE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_check),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, FESTORE_WINDOW, 0},
		.handler = read_prune,
	},
	{
		.id = FESTORE_CMD_VAULT_SYNC,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_anchor),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, 0, 0},
		.handler = vault_sync,
	},
	{
		.id = FESTORE_CMD_VAULT_ANCHOR,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_anchor),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, 0, 0},
		.handler = vault_anchor,
	},
	{
		.id = FESTORE_CMD_VAULT_RECOVER,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_recovered),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, 0, 0, NOTE_LEN},
		.handler = vault_recover,
	},
	{
		.id = FESTORE_CMD_VAULT_NOTED,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, 0, 0, FESTORE_LOG_SEALED_MAX},
		.handler = change_noted,
	},
	{
		.id = FESTORE_CMD_VAULT_PIN,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, HEADER_LEN, 0, 2 * PIN_LEN},
		.handler = pin_change,
	},
	{
		.id = FESTORE_CMD_VAULT_RESET,
		.right = RIGHT_WRITE,
		.types = TYPES(NONE, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {0, 0, HEADER_LEN, 0},
		.handler = pin_reset,
	},
	{
		.id = FESTORE_CMD_VAULT_LOCK,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, NONE),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_lock),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {0, 0, HEADER_LEN, 0},
		.handler = pin_lock,
	},
	{
		.id = FESTORE_CMD_FILE_PUT_MANY,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.storage = FESTORE_WIRE_VAULT,
		.kinds = FILES,
		.parts_max = {STATE_LEN, FESTORE_WINDOW, FESTORE_PUTS_ROOM, FESTORE_WINDOW},
		.handler = change_put_many,
	},
	{
		.id = FESTORE_CMD_KEY_GENERATE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_time = true,
		.kinds = KEYS,
		.has_key = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, 0, 0, sizeof(struct festore_wire_policy)},
		.handler = key_generate,
	},
	{
		.id = FESTORE_CMD_KEY_PUBLIC,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_key),
		.flags = FESTORE_WIRE_UNPROVEN,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = KEYS,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, KEY_MAX_LEN, 0},
		.handler = key_public,
	},
	{
		.id = FESTORE_CMD_KEY_SIGN,
		.right = RIGHT_USE,
		.types = TYPES(NONE, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = KEYS,
		.has_key = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, KEY_MAX_LEN,
			FESTORE_MESSAGE_MAX},
		.handler = key_sign,
	},
	{
		.id = FESTORE_CMD_KEY_DECRYPT,
		.right = RIGHT_USE,
		.types = TYPES(NONE, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = KEYS,
		.has_key = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, KEY_MAX_LEN,
			FESTORE_PIECE + FESTORE_SEAL},
		.handler = key_decrypt,
	},
	{
		.id = FESTORE_CMD_KEY_IMPORT,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_time = true,
		.kinds = KEYS,
		.has_key = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, 0, FESTORE_KEY_MAX,
			sizeof(struct festore_wire_policy)},
		.handler = key_import,
	},
	{
		.id = FESTORE_CMD_KEY_DERIVE,
		.right = RIGHT_USE,
		.types = TYPES(NONE, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = KEYS,
		.has_key = true,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, KEY_MAX_LEN,
			FESTORE_DERIVE_MAX},
		.handler = key_derive,
	},
	{
		.id = FESTORE_CMD_FILE_TAKE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = FILES,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, 0},
		.handler = change_take,
	},
	{
		.id = FESTORE_CMD_FILE_APPEND,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.flags = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE | FESTORE_WIRE_LAST,
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.has_time = true,
		.kinds = FILES,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, FESTORE_SEALED_WINDOW,
			FESTORE_WINDOW},
		.handler = append_file,
	},
	{
		.id = FESTORE_CMD_KEY_USE,
		.right = RIGHT_USE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.tag_rule = TAG_NEEDED,
		.storage = FESTORE_WIRE_VAULT,
		.kinds = KEYS,
		.parts_max = {STATE_LEN, PATH_MAX_LEN, FESTORE_RECORD_MAX, 0},
		.handler = change_use,
	},
	{
		.id = FESTORE_CMD_LOG_READ,
		.right = RIGHT_READ,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_log_read),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, FESTORE_WINDOW},
		.handler = log_read,
	},
	{
		.id = FESTORE_CMD_LOG_SIGN,
		.right = RIGHT_READ,
		.types = TYPES(NONE, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN},
		.handler = log_sign,
	},
	{
		.id = FESTORE_CMD_LOG_PRUNE,
		.right = RIGHT_WRITE,
		.types = TYPES(MEMREF_OUTPUT, MEMREF_INPUT, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.reply_size = sizeof(struct festore_vault_change),
		.storage = FESTORE_WIRE_VAULT,
		.parts_max = {STATE_LEN, 0, FESTORE_LOG_SEALED_MAX},
		.handler = change_log_prune,
	},
	{
		.id = FESTORE_CMD_LOG_KEY,
		.right = RIGHT_READ,
		.types = TYPES(NONE, NONE, MEMREF_OUTPUT),
		.request_size = sizeof(struct festore_vault_request),
		.storage = FESTORE_WIRE_VAULT,
		.handler = log_key,
	},
};

const size_t command_count = sizeof(commands) / sizeof(commands[0]);

uint32_t about_storages(void)
{
	return FESTORE_WIRE_VAULT;
}

/* Nothing is in common to all. */
TEE_Result command_begins(const struct call *call)
{
	(void)call;
	return TEE_SUCCESS;
}

/* Is this answer a refusal that a log tells of? What the vault does not have is none. */
static bool is_refusal(const struct command *command, TEE_Result res)
{
	switch (res) {
	case TEE_ERROR_ACCESS_CONFLICT:
	case TEE_ERROR_ACCESS_DENIED:
	case TEE_ERROR_CORRUPT_OBJECT:
	case FESTORE_TA_OTHER:
	case FESTORE_TA_OTHER_USE:
	case FESTORE_TA_BAD_MESSAGE:
	case FESTORE_TA_UNPROVEN:
	case FESTORE_TA_PIN_WRONG:
	case FESTORE_TA_PIN_WAIT:
	case FESTORE_TA_PIN_LOCKED:
		return true;
	/* Whoever only reads may have been overtaken, or takes it away then. */
	case FESTORE_TA_STALE:
	case FESTORE_TA_READ_ONCE:
		return command->right != RIGHT_READ;
	/* A client that has no use of a key yet asks for one then. */
	case FESTORE_TA_USES:
		return command->id == FESTORE_CMD_KEY_USE;
	/* Rules that a user has set. */
	default:
		return res >= FESTORE_TA_RULES && res <= FESTORE_TA_RULES_LAST;
	}
}

void command_ends(const struct command *command, const struct call *call, TEE_Result res)
{
	struct slot *slot = opened_of(call)->slot;

	if (!is_refusal(command, res))
		return;
	/* Without a vault in the session the tag is the name of one. */
	if (!slot)
		slot = slot_find(&call->session->owner, &call->tag);
	if (slot)
		log_refused(slot, res);
}
