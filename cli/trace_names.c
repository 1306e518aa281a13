/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of names. */
#include "trace_names.h"

#include "trace_steps.h"

#include <festore_vault.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tee_client_api.h>

static const struct {
	const char *name;
	TEEC_UUID uuid;
} tas[] = {
	[TRACE_TA_OTHER] = {"another TA", {0}},
	[TRACE_TA_OBJECTS] = {"the objects TA", FESTORE_OBJECTS_UUID},
	[TRACE_TA_VAULT] = {"the vault TA", FESTORE_VAULT_UUID},
};

static void write_uuid(const TEEC_UUID *uuid, char to[40])
{
	const uint8_t *node = uuid->clockSeqAndNode;

	snprintf(to, 40, "%08" PRIx32 "-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", uuid->timeLow,
		uuid->timeMid, uuid->timeHiAndVersion, node[0], node[1], node[2], node[3], node[4],
		node[5], node[6], node[7]);
}

enum trace_ta trace_ta_of(const char *uuid)
{
	char known[40];

	for (unsigned int i = TRACE_TA_OBJECTS; i <= TRACE_TA_VAULT; i++) {
		write_uuid(&tas[i].uuid, known);
		if (strcmp(uuid, known) == 0)
			return (enum trace_ta)i;
	}
	return TRACE_TA_OTHER;
}

const char *trace_ta_name(enum trace_ta ta)
{
	return tas[ta].name;
}

static const struct trace_function of_objects[] = {
	[FESTORE_CMD_INFO] = {"INFO", "says whom it takes the caller for, and its version", true},
	[FESTORE_CMD_FILE_PUT] = {"FILE_PUT",
		"writes a persistent object, which OP-TEE encrypts and hands to tee-supplicant",
		false},
	[FESTORE_CMD_FILE_GET] = {"FILE_GET",
		"reads a persistent object, which OP-TEE fetches from tee-supplicant and decrypts",
		false},
	[FESTORE_CMD_FILE_STAT] = {"FILE_STAT", "reads the head of a persistent object", false},
	[FESTORE_CMD_FILE_LIST] = {"FILE_LIST", "goes through the owner's persistent objects",
		false},
	[FESTORE_CMD_FILE_REMOVE] = {"FILE_REMOVE", "deletes a persistent object", false},
	[FESTORE_CMD_FILE_MOVE] = {"FILE_MOVE",
		"writes the object under its new tag, then deletes the old one", false},
	[FESTORE_CMD_ABORT] = {"ABORT", "ends what the session has begun", false},
};

static const struct trace_function of_vault[] = {
	[FESTORE_CMD_INFO] = {"INFO", "says whom it takes the caller for, and its version", true},
	[FESTORE_CMD_FILE_PUT] = {"FILE_PUT",
		"seals the content, or a piece; with the last follows the proof to the tag's place "
		"and proposes the next state",
		false},
	[FESTORE_CMD_FILE_GET] = {"FILE_GET",
		"checks the record against its state, opens it and its content", false},
	[FESTORE_CMD_FILE_STAT] = {"FILE_STAT",
		"checks the record against its state, opens its metadata", false},
	[FESTORE_CMD_FILE_LIST] = {"FILE_LIST",
		"checks that these are all tags of the range, opens their metadata", false},
	[FESTORE_CMD_FILE_REMOVE] = {"FILE_REMOVE",
		"checks the record against its state, proposes a state without it", false},
	[FESTORE_CMD_FILE_MOVE] = {"FILE_MOVE",
		"proposes a state with the record under its new tag", false},
	[FESTORE_CMD_ABORT] = {"ABORT", "ends what the session has begun", false},
	[FESTORE_CMD_VAULT_CREATE] = {"VAULT_CREATE",
		"makes a master key, seals it into a header, proposes an empty state", true},
	[FESTORE_CMD_VAULT_OPEN] = {"VAULT_OPEN",
		"opens the header's master key, checks that the state is no old one", true},
	[FESTORE_CMD_VAULT_CONFIRM] = {"VAULT_CONFIRM",
		"takes the proposed state for the present one, and refuses older ones from here on",
		false},
	[FESTORE_CMD_VAULT_VERSION] = {"VAULT_VERSION", "says which state it holds", true},
	[FESTORE_CMD_VAULT_DESTROY] = {"VAULT_DESTROY", "refuses this vault from here on", false},
	[FESTORE_CMD_VAULT_PROPOSE] = {"VAULT_PROPOSE", "proposes the state behind a batch", false},
	[FESTORE_CMD_VAULT_MEASURE] = {"VAULT_MEASURE", "seals, so that it can be timed", true},
	[FESTORE_CMD_VAULT_CHECK] = {"VAULT_CHECK", "checks what is left of a vault", false},
	[FESTORE_CMD_VAULT_PRUNE] = {"VAULT_PRUNE", "begins a tree without some entries", false},
	[FESTORE_CMD_FILE_PUT_MANY] = {"FILE_PUT_MANY", "as FILE_PUT, several of a batch", false},
	[FESTORE_CMD_VAULT_SYNC] = {"VAULT_SYNC", "anchors the present state", false},
	[FESTORE_CMD_VAULT_ANCHOR] = {"VAULT_ANCHOR", "says what is anchored", false},
	[FESTORE_CMD_VAULT_RECOVER] = {"VAULT_RECOVER",
		"proposes a state that begins a new epoch, and notes that", false},
	[FESTORE_CMD_VAULT_NOTED] = {"VAULT_NOTED", "proposes that a note was seen", false},
	[FESTORE_CMD_VAULT_PIN] = {"VAULT_PIN",
		"seals the master key under another PIN, proposes a state with that header", false},
	[FESTORE_CMD_VAULT_RESET] = {"VAULT_RESET", "refuses this vault from here on", false},
	[FESTORE_CMD_VAULT_LOCK] = {"VAULT_LOCK", "says how many wrong PINs there were", true},
	[FESTORE_CMD_KEY_GENERATE] = {"KEY_GENERATE",
		"makes a key pair, seals it, proposes the next state", false},
	[FESTORE_CMD_KEY_PUBLIC] = {"KEY_PUBLIC", "opens a key, gives its public part", false},
	[FESTORE_CMD_KEY_SIGN] = {"KEY_SIGN", "opens a key, signs a hash", false},
	[FESTORE_CMD_KEY_DECRYPT] = {"KEY_DECRYPT", "opens a key, decrypts what was sent", false},
	[FESTORE_CMD_KEY_IMPORT] = {"KEY_IMPORT",
		"checks that the numbers are a pair, seals it, proposes the next state", false},
	[FESTORE_CMD_KEY_DERIVE] = {"KEY_DERIVE", "opens a key, agrees with another's", false},
	[FESTORE_CMD_FILE_TAKE] = {"FILE_TAKE",
		"checks a record that is read once, proposes a state without it", false},
	[FESTORE_CMD_FILE_APPEND] = {"FILE_APPEND",
		"seals a content anew with more behind it, or proposes a state with that", false},
	[FESTORE_CMD_KEY_USE] = {"KEY_USE",
		"checks a key's record, proposes a state in which it has one use less", false},
	[FESTORE_CMD_LOG_READ] = {"LOG_READ", "opens entries of the log", false},
	[FESTORE_CMD_LOG_SIGN] = {"LOG_SIGN", "signs the log's present head", false},
	[FESTORE_CMD_LOG_PRUNE] = {"LOG_PRUNE", "proposes that old entries go", false},
	[FESTORE_CMD_LOG_KEY] = {"LOG_KEY", "gives the device's public key", true},
};

static const struct trace_function *function_at(
	const struct trace_function *table, size_t count, uint32_t function)
{
	return function < count && table[function].name ? &table[function] : NULL;
}

const struct trace_function *trace_function_of(enum trace_ta ta, uint32_t function)
{
	if (ta == TRACE_TA_OBJECTS)
		return function_at(
			of_objects, sizeof(of_objects) / sizeof(of_objects[0]), function);
	if (ta == TRACE_TA_VAULT)
		return function_at(of_vault, sizeof(of_vault) / sizeof(of_vault[0]), function);
	return NULL;
}

const char *trace_request_name(uint32_t request)
{
	static const char *const names[TRACE_REQUESTS] = {
		[TRACE_FS_OPEN] = "FS_OPEN",
		[TRACE_FS_CREATE] = "FS_CREATE",
		[TRACE_FS_CLOSE] = "FS_CLOSE",
		[TRACE_FS_READ] = "FS_READ",
		[TRACE_FS_WRITE] = "FS_WRITE",
		[TRACE_FS_TRUNCATE] = "FS_TRUNCATE",
		[TRACE_FS_REMOVE] = "FS_REMOVE",
		[TRACE_FS_RENAME] = "FS_RENAME",
		[TRACE_FS_OPENDIR] = "FS_OPENDIR",
		[TRACE_FS_CLOSEDIR] = "FS_CLOSEDIR",
		[TRACE_FS_READDIR] = "FS_READDIR",
		[TRACE_LOAD_TA] = "LOAD_TA",
		[TRACE_SHM_ALLOC] = "SHM_ALLOC",
		[TRACE_SHM_FREE] = "SHM_FREE",
		[TRACE_RPMB] = "RPMB",
		[TRACE_OTHER_REQUEST] = "OTHER",
	};

	return names[request < TRACE_REQUESTS ? request : TRACE_OTHER_REQUEST];
}

const char *trace_step_name(const struct trace_step *step)
{
	static const char *const names[] = {
		[TRACE_OPEN] = "open",
		[TRACE_CLOSE] = "close",
		[TRACE_READ] = "read",
		[TRACE_WRITE] = "write",
		[TRACE_SYNC] = "sync",
		[TRACE_TRUNCATE] = "truncate",
		[TRACE_MAKE] = "mkdir",
		[TRACE_RENAME] = "rename",
		[TRACE_LINK] = "link",
		[TRACE_REMOVE] = "remove",
		[TRACE_VERSION] = "version",
		[TRACE_MEMORY] = "memory",
		[TRACE_SESSION] = "session",
		[TRACE_INVOKE] = "invoke",
		[TRACE_CANCEL] = "cancel",
		[TRACE_END] = "end",
		[TRACE_REQUEST] = "request",
	};

	return names[step->what];
}

struct answer {
	uint32_t answer;
	const char *name;
};

/* GP TEE Client API 4.4.2 and Internal Core API 3.3.2; then festore's own. */
static const struct answer answers[] = {
	{TEEC_SUCCESS, "success"},
	{TEEC_ERROR_GENERIC, "GENERIC"},
	{TEEC_ERROR_ACCESS_DENIED, "ACCESS_DENIED"},
	{TEEC_ERROR_CANCEL, "CANCEL"},
	{TEEC_ERROR_ACCESS_CONFLICT, "ACCESS_CONFLICT"},
	{TEEC_ERROR_EXCESS_DATA, "EXCESS_DATA"},
	{TEEC_ERROR_BAD_FORMAT, "BAD_FORMAT"},
	{TEEC_ERROR_BAD_PARAMETERS, "BAD_PARAMETERS"},
	{TEEC_ERROR_BAD_STATE, "BAD_STATE"},
	{TEEC_ERROR_ITEM_NOT_FOUND, "ITEM_NOT_FOUND"},
	{TEEC_ERROR_NOT_IMPLEMENTED, "NOT_IMPLEMENTED"},
	{TEEC_ERROR_NOT_SUPPORTED, "NOT_SUPPORTED"},
	{TEEC_ERROR_NO_DATA, "NO_DATA"},
	{TEEC_ERROR_OUT_OF_MEMORY, "OUT_OF_MEMORY"},
	{TEEC_ERROR_BUSY, "BUSY"},
	{TEEC_ERROR_COMMUNICATION, "COMMUNICATION"},
	{TEEC_ERROR_SECURITY, "SECURITY"},
	{TEEC_ERROR_SHORT_BUFFER, "SHORT_BUFFER"},
	{TEEC_ERROR_TARGET_DEAD, "TARGET_DEAD"},
	{0xf0100001, "CORRUPT_OBJECT"},
	{0xf0100003, "STORAGE_NOT_AVAILABLE"},
	{0xffff3041, "STORAGE_NO_SPACE"},
	{FESTORE_TA_STALE, "STALE"},
	{FESTORE_TA_OTHER, "OTHER_VAULT"},
	{FESTORE_TA_FULL, "FULL"},
	{FESTORE_TA_DESTROYED, "DESTROYED"},
	{FESTORE_TA_OTHER_USE, "OTHER_USE"},
	{FESTORE_TA_BAD_MESSAGE, "BAD_MESSAGE"},
	{FESTORE_TA_BAD_KEY, "BAD_KEY"},
};

const char *trace_answer_name(uint32_t answer)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].answer == answer)
			return answers[i].name;
	}
	return NULL;
}
