/* SPDX-License-Identifier: BSD-2-Clause */
/* One session with the *objects* TA, kept for good, and opened again where that TA was. */
#include "device.h"

#include "seal.h"

#include <string.h>

static TEE_TASessionHandle session;

#define LABEL_LEN sizeof("festore anchor 1")

static TEE_Result identity_of(const char label[LABEL_LEN], const struct owner *owner,
	const struct tag *name, uint8_t ret_identity[FESTORE_HASH])
{
	uint8_t text[LABEL_LEN + 4 + sizeof(owner->octets) + FESTORE_VAULT_NAME_MAX] = {0};
	size_t len = LABEL_LEN;

	/* Names are checked before they come here; what is longer must not be cut. */
	if (name->len > FESTORE_VAULT_NAME_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(text, label, LABEL_LEN);
	for (size_t i = 0; i < 4; i++)
		text[len++] = (uint8_t)(owner->login >> (8 * i));
	memcpy(text + len, owner->octets, sizeof(owner->octets));
	len += sizeof(owner->octets);
	memcpy(text + len, name->bytes, name->len);
	return seal_hash(text, len + name->len, ret_identity);
}

TEE_Result device_identity(
	const struct owner *owner, const struct tag *name, uint8_t ret_identity[FESTORE_HASH])
{
	return identity_of("festore anchor 1", owner, name, ret_identity);
}

TEE_Result device_lock_identity(
	const struct owner *owner, const struct tag *name, uint8_t ret_identity[FESTORE_HASH])
{
	return identity_of("festore unlock 1", owner, name, ret_identity);
}

static TEE_Result connect(void)
{
	static const TEE_UUID objects = FESTORE_OBJECTS_UUID;
	uint32_t origin = 0;

	if (session != TEE_HANDLE_NULL)
		return TEE_SUCCESS;
	return TEE_OpenTASession(&objects, TEE_TIMEOUT_INFINITE, 0, NULL, &session, &origin);
}

static void disconnect(void)
{
	TEE_CloseTASession(session);
	session = TEE_HANDLE_NULL;
}

static TEE_Result invoke(
	uint32_t command, void *window, size_t window_len, struct festore_anchor *ret_anchor)
{
	const uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
		TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_NONE);
	struct festore_wire_request request = {.protocol = FESTORE_PROTOCOL};
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	uint32_t origin = 0;
	TEE_Result res = connect();

	if (res != TEE_SUCCESS)
		return res;
	params[0].memref.buffer = &request;
	params[0].memref.size = sizeof(request);
	params[1].memref.buffer = ret_anchor;
	params[1].memref.size = sizeof(*ret_anchor);
	params[2].memref.buffer = window;
	params[2].memref.size = window_len;
	res = TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, command, types, params, &origin);
	if (res == TEE_SUCCESS && params[1].memref.size != sizeof(*ret_anchor))
		res = TEE_ERROR_BAD_FORMAT;
	/* What the TA itself has answered is about the anchor; all else, about the way to it. */
	if (res != TEE_SUCCESS && origin != TEE_ORIGIN_TRUSTED_APP)
		disconnect();
	return res;
}

/* Once more, if the TA had died: of that the next call to it tells, whoever killed it. */
static TEE_Result ask(
	uint32_t command, void *window, size_t window_len, struct festore_anchor *ret_anchor)
{
	TEE_Result res = invoke(command, window, window_len, ret_anchor);

	if (res == TEE_ERROR_TARGET_DEAD)
		res = invoke(command, window, window_len, ret_anchor);
	return res;
}

TEE_Result device_read(
	uint32_t kind, const uint8_t identity[FESTORE_HASH], struct festore_anchor *ret_anchor)
{
	struct festore_anchor_place place = {.kind = kind};
	TEE_Result res = TEE_SUCCESS;

	memcpy(place.identity, identity, sizeof(place.identity));
	res = ask(FESTORE_CMD_ANCHOR_READ, &place, sizeof(place), ret_anchor);
	if (res == TEE_SUCCESS || res == TEE_ERROR_CORRUPT_OBJECT)
		return res;
	/* No such TA is said with the same word as no such anchor. */
	if (res == TEE_ERROR_ITEM_NOT_FOUND && session != TEE_HANDLE_NULL)
		return res;
	return FESTORE_TA_NO_ANCHOR;
}

TEE_Result device_write(
	uint32_t kind, const uint8_t identity[FESTORE_HASH], struct festore_anchor *anchor)
{
	struct festore_anchor_write wanted = {.place = {.kind = kind}, .anchor = *anchor};
	struct festore_anchor written = {0};
	TEE_Time now = {0};

	memcpy(wanted.place.identity, identity, sizeof(wanted.place.identity));
	TEE_GetREETime(&now);
	wanted.anchor.at = now.seconds;
	if (ask(FESTORE_CMD_ANCHOR_WRITE, &wanted, sizeof(wanted), &written) != TEE_SUCCESS)
		return FESTORE_TA_NO_ANCHOR;
	*anchor = written;
	return TEE_SUCCESS;
}
