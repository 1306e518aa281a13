/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Speaks to a TA through libteec. All calls go through one block of shared memory that
 * is allocated once: registering memory anew costs more than using a part of it.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>
#include <unistd.h>

/* The device that libteec opens first; looked at only to say why it could not. */
#define TEE_DEVICE "/dev/tee0"

/* The block: a page for request and reply, then what goes in, then what comes out. */
enum {
	REQUEST_AT = 0,
	REPLY_AT = 2048,
	IN_AT = 4096,
};

/* Pages of their own: OP-TEE maps by the page. */
#define PAGES(len) (((len) + 4095u) & ~(size_t)4095u)

static_assert(sizeof(struct festore_vault_request) <= REPLY_AT - REQUEST_AT, "room");
static_assert(sizeof(struct festore_wire_info) <= IN_AT - REPLY_AT, "room");

/* A TA, and what its largest calls need. */
struct kind {
	TEEC_UUID uuid;
	size_t in_max;
	size_t out_max;
};

static const struct kind kinds[] = {
	/* One window, which goes in or comes out. */
	[SESSION_OBJECTS] = {FESTORE_OBJECTS_UUID, FESTORE_WINDOW, 0},
	[SESSION_VAULT] = {FESTORE_VAULT_UUID, EXCHANGE_IN_MAX, EXCHANGE_OUT_MAX},
};

struct session {
	const struct kind *kind;
	TEEC_Context context;
	TEEC_SharedMemory block;
	TEEC_Session tee;
	bool has_context;
	bool has_block;
	bool has_tee;
	bool is_dead;
	uint32_t answer;
	size_t out_at;
	size_t in_used; /* bytes since the last wipe */
	size_t out_used;
};

static enum festore_error no_device(TEEC_Result res, struct failure *failure)
{
	if (access(TEE_DEVICE, F_OK) == 0 && eaccess(TEE_DEVICE, R_OK | W_OK) != 0)
		return failure_set(failure, FESTORE_DENIED,
			"no permission to use " TEE_DEVICE " (is this user in the group teeclnt?)");
	return failure_set(failure, FESTORE_NO_TEE,
		"no TEE: " TEE_DEVICE " cannot be opened (TEEC 0x%08x)", res);
}

/* GP TEE Internal Core API 3.3.2; libteec's header has no name for it. */
#define CORRUPT_OBJECT 0xf0100001

struct meaning {
	TEEC_Result res;
	enum festore_error error;
	const char *text;
};

/* Failures on the way to the TA. */
static const struct meaning of_the_way[] = {
	{TEEC_ERROR_BUSY, FESTORE_BUSY, "the TEE is busy"},
	{TEEC_ERROR_ITEM_NOT_FOUND, FESTORE_NO_TEE,
		"the Trusted Application of festore is not installed"},
	{TEEC_ERROR_SECURITY, FESTORE_NO_TEE,
		"OP-TEE refuses the Trusted Application of festore: signed with another key, or "
		"damaged"},
	{TEEC_ERROR_COMMUNICATION, FESTORE_NO_TEE, "tee-supplicant does not answer"},
	{TEEC_ERROR_TARGET_DEAD, FESTORE_NO_TEE, "the Trusted Application crashed"},
	{TEEC_ERROR_OUT_OF_MEMORY, FESTORE_ERROR, "the TEE is out of memory"},
	{0, FESTORE_NO_TEE, "the TEE refused the call"},
};

/* Answers of the TA itself (festore_ta.h). */
static const struct meaning of_the_ta[] = {
	{TEEC_ERROR_BAD_PARAMETERS, FESTORE_USAGE, "the Trusted Application refuses the request"},
	{TEEC_ERROR_NOT_SUPPORTED, FESTORE_ERROR,
		"the Trusted Application is of another version than this library"},
	{TEEC_ERROR_ACCESS_DENIED, FESTORE_DENIED, "this user has no store"},
	{TEEC_ERROR_ITEM_NOT_FOUND, FESTORE_NOT_FOUND, "there is no such tag"},
	{TEEC_ERROR_ACCESS_CONFLICT, FESTORE_EXISTS, "the tag exists already"},
	{CORRUPT_OBJECT, FESTORE_DAMAGED, "the stored bytes are damaged"},
	{TEEC_ERROR_EXCESS_DATA, FESTORE_NO_SPACE, "too large for this storage"},
	{TEEC_ERROR_STORAGE_NO_SPACE, FESTORE_NO_SPACE, "no space left in the storage"},
	{TEEC_ERROR_STORAGE_NOT_AVAILABLE, FESTORE_NO_TEE, "the storage is not available"},
	{TEEC_ERROR_BUSY, FESTORE_BUSY, "too many sessions or long transfers at once, try again"},
	{TEEC_ERROR_OUT_OF_MEMORY, FESTORE_ERROR, "the TEE is out of memory"},
	{FESTORE_TA_STALE, FESTORE_STALE,
		"the stored bytes are older than what this device has acknowledged"},
	{FESTORE_TA_OTHER, FESTORE_STALE,
		"this is not the vault that this device knows under this name"},
	{FESTORE_TA_DESTROYED, FESTORE_STALE, "this vault was destroyed"},
	{FESTORE_TA_FULL, FESTORE_BUSY,
		"too many vaults: the TEE keeps 4 of an owner and 64 in all until it restarts"},
	{FESTORE_TA_OTHER_USE, FESTORE_DENIED, "the key was not made for this use"},
	{FESTORE_TA_WRITE_ONCE, FESTORE_DENIED,
		"the tag is write-once: it is never replaced, removed or moved"},
	{FESTORE_TA_APPEND_ONLY, FESTORE_DENIED,
		"the tag is append-only: it is never replaced, removed or moved"},
	{FESTORE_TA_READ_ONCE, FESTORE_DENIED,
		"the file is read-once: only a get that takes it away reads it"},
	{FESTORE_TA_USES, FESTORE_DENIED, "the key may not be used any more: its uses are used up"},
	{FESTORE_TA_BAD_MESSAGE, FESTORE_DAMAGED, "what was sent does not open with this key"},
	{FESTORE_TA_NO_RPMB, FESTORE_NO_TEE, SESSION_NO_RPMB},
	{FESTORE_TA_BAD_KEY, FESTORE_USAGE, "the numbers of this key are no pair"},
	{FESTORE_TA_UNPROVEN, FESTORE_STALE,
		"what this device has anchored of the vault is lost, or older than the vault: "
		"whether it is the present one cannot be proven"},
	{FESTORE_TA_SPARED, FESTORE_BUSY,
		"this user's writes of the RPMB are used up for now: there is one more each "
		"minute"},
	{FESTORE_TA_NO_ANCHOR, FESTORE_NO_TEE,
		"the vault's anchor cannot be reached: is tee-supplicant running, and its storage "
		"whole?"},
	{FESTORE_TA_PIN_NEEDED, FESTORE_PIN, "the vault has a PIN, and none was given"},
	{FESTORE_TA_PIN_WRONG, FESTORE_PIN, "wrong PIN"},
	{FESTORE_TA_PIN_WAIT, FESTORE_PIN, "there were too many wrong PINs to look at one now"},
	{FESTORE_TA_PIN_LOCKED, FESTORE_PIN,
		"there were too many wrong PINs: nothing opens this vault any more"},
	{0, FESTORE_ERROR, "the Trusted Application failed"},
};

static enum festore_error tee_failed(TEEC_Result res, uint32_t origin, struct failure *failure)
{
	const bool is_answer = origin == TEEC_ORIGIN_TRUSTED_APP;
	const struct meaning *meaning = is_answer ? of_the_ta : of_the_way;

	while (meaning->res != 0 && meaning->res != res)
		meaning++;
	if (is_answer && meaning->res != 0)
		return failure_set(failure, meaning->error, "%s", meaning->text);
	/* Whoever has to repair this will look the code up. */
	return failure_set(
		failure, meaning->error, "%s (TEEC 0x%08x, origin %u)", meaning->text, res, origin);
}

static enum festore_error allocate_block(struct session *session, struct failure *failure)
{
	TEEC_Result res = TEEC_SUCCESS;

	session->out_at = IN_AT + PAGES(session->kind->in_max);
	session->block.size = session->out_at + session->kind->out_max;
	session->block.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT;
	res = TEEC_AllocateSharedMemory(&session->context, &session->block);
	if (res != TEEC_SUCCESS)
		return tee_failed(res, TEEC_ORIGIN_API, failure);
	session->has_block = true;
	return FESTORE_OK;
}

static enum festore_error connect_ta(
	struct session *session, const gid_t *group, struct failure *failure)
{
	uint32_t gid = group ? *group : 0;
	uint32_t origin = 0;
	TEEC_Result res = TEEC_OpenSession(&session->context, &session->tee, &session->kind->uuid,
		group ? TEEC_LOGIN_GROUP : TEEC_LOGIN_USER, group ? &gid : NULL, NULL, &origin);

	/* The kernel refuses a group that the caller is not in; libteec has no code for its EPERM.
	 */
	if (group && res == TEEC_ERROR_GENERIC && origin == TEEC_ORIGIN_COMMS)
		return failure_set(failure, FESTORE_DENIED, "this user is not in the group");
	/* What tee-supplicant says of a TA file without a byte, as a full disk may leave it. */
	if (res == TEEC_ERROR_OUT_OF_MEMORY && origin == TEEC_ORIGIN_TEE)
		return failure_set(failure, FESTORE_NO_TEE,
			"the TEE has no memory for the Trusted Application, or its file is empty");
	if (res != TEEC_SUCCESS)
		return tee_failed(res, origin, failure);
	session->has_tee = true;
	return FESTORE_OK;
}

enum festore_error session_open(struct session **ret_session, enum session_ta ta,
	const gid_t *group, struct failure *failure)
{
	enum festore_error error = FESTORE_OK;
	TEEC_Result res = TEEC_SUCCESS;
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return failure_set(failure, FESTORE_ERROR, "out of memory");

	session->kind = &kinds[ta];
	res = TEEC_InitializeContext(NULL, &session->context);
	if (res != TEEC_SUCCESS) {
		error = no_device(res, failure);
		goto out;
	}
	session->has_context = true;

	error = allocate_block(session, failure);
	if (error == FESTORE_OK)
		error = connect_ta(session, group, failure);
out:
	if (error != FESTORE_OK)
		session_close(session);
	else
		*ret_session = session;
	return error;
}

void session_close(struct session *session)
{
	if (!session)
		return;
	if (session->has_tee)
		TEEC_CloseSession(&session->tee);
	if (session->has_block) {
		explicit_bzero(session->block.buffer, session->block.size);
		TEEC_ReleaseSharedMemory(&session->block);
	}
	if (session->has_context)
		TEEC_FinalizeContext(&session->context);
	free(session);
}

/* Describes `len` bytes at `at` of the block as parameter `i` of type `type`. */
static void set_param(struct session *session, TEEC_Operation *operation, unsigned int i,
	uint32_t type, size_t at, size_t len)
{
	operation->paramTypes |= type << (4 * i);
	operation->params[i].memref.parent = &session->block;
	operation->params[i].memref.offset = at;
	operation->params[i].memref.size = len;
}

/* What the last call has left there. */
static void wipe_block(struct session *session)
{
	uint8_t *block = session->block.buffer;

	explicit_bzero(block, IN_AT);
	explicit_bzero(block + IN_AT, session->in_used);
	if (session->out_used != 0)
		explicit_bzero(block + session->out_at, session->out_used);
	session->in_used = 0;
	session->out_used = 0;
}

/* The parts one after another; parameter 2. */
static void prepare_send(
	struct session *session, const struct exchange *exchange, TEEC_Operation *operation)
{
	uint8_t *block = session->block.buffer;
	size_t len = 0;

	for (unsigned int i = 0; i < FESTORE_PARTS; i++) {
		const struct part *part = &exchange->send[i];

		if (part->len != 0)
			memcpy(block + IN_AT + len, part->bytes, part->len);
		len += part->len;
	}
	session->in_used = len;
	set_param(session, operation, 2, TEEC_MEMREF_PARTIAL_INPUT, IN_AT, len);
}

/* The objects TA's window serves both ways. */
static size_t receive_from(const struct session *session, const struct exchange *exchange)
{
	return exchange->receive_at == 2 ? IN_AT : session->out_at;
}

static void prepare_receive(
	struct session *session, const struct exchange *exchange, TEEC_Operation *operation)
{
	size_t *used = exchange->receive_at == 2 ? &session->in_used : &session->out_used;

	*used = exchange->receive_room;
	set_param(session, operation, exchange->receive_at, TEEC_MEMREF_PARTIAL_OUTPUT,
		receive_from(session, exchange), exchange->receive_room);
}

static void prepare(
	struct session *session, const struct exchange *exchange, TEEC_Operation *operation)
{
	uint8_t *block = session->block.buffer;

	wipe_block(session);
	memcpy(block + REQUEST_AT, exchange->request, exchange->request_len);
	set_param(session, operation, 0, TEEC_MEMREF_PARTIAL_INPUT, REQUEST_AT,
		exchange->request_len);
	if (exchange->reply)
		set_param(session, operation, 1, TEEC_MEMREF_PARTIAL_OUTPUT, REPLY_AT,
			exchange->reply_len);
	if (exchange->has_send)
		prepare_send(session, exchange, operation);
	if (exchange->receive_at != 0)
		prepare_receive(session, exchange, operation);
}

static enum festore_error accept(const struct session *session, struct exchange *exchange,
	const TEEC_Operation *operation, struct failure *failure)
{
	const uint8_t *block = session->block.buffer;

	if (exchange->reply && operation->params[1].memref.size != exchange->reply_len)
		return failure_set(failure, FESTORE_ERROR, "the TEE's reply has a wrong size");
	if (exchange->receive_at != 0) {
		exchange->received_len = operation->params[exchange->receive_at].memref.size;
		if (exchange->received_len > exchange->receive_room)
			return failure_set(
				failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
		exchange->received = block + receive_from(session, exchange);
	}
	if (exchange->reply)
		memcpy(exchange->reply, block + REPLY_AT, exchange->reply_len);
	return FESTORE_OK;
}

enum festore_error session_call(
	struct session *session, struct exchange *exchange, struct failure *failure)
{
	TEEC_Operation operation = {0};
	uint32_t origin = 0;
	TEEC_Result res = TEEC_SUCCESS;

	prepare(session, exchange, &operation);
	res = TEEC_InvokeCommand(&session->tee, exchange->command, &operation, &origin);
	session->answer = origin == TEEC_ORIGIN_TRUSTED_APP ? res : 0;
	if (res == TEEC_ERROR_TARGET_DEAD)
		session->is_dead = true;
	if (res != TEEC_SUCCESS)
		return tee_failed(res, origin, failure);
	return accept(session, exchange, &operation, failure);
}

uint32_t session_answer(const struct session *session)
{
	return session->answer;
}

bool session_is_dead(const struct session *session)
{
	return session->is_dead;
}
