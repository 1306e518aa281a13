/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that agree with others: the other's public key goes to the TA, and what it derives comes
 * out. */
#include "key.h"
#include "key_encode.h"
#include "key_public.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static_assert(FESTORE_DERIVE_LENGTH_MAX == FESTORE_DERIVED_MAX, "as on the wire");
static_assert(FESTORE_DERIVE_INPUT_MAX == FESTORE_SALT_MAX, "as on the wire");
static_assert(FESTORE_DERIVE_INPUT_MAX == FESTORE_INFO_MAX, "as on the wire");

/* What the TA gets. */
struct message {
	uint8_t bytes[FESTORE_DERIVE_MAX];
	size_t len;
};

static void append(struct message *message, const void *bytes, size_t len)
{
	if (len != 0)
		memcpy(message->bytes + message->len, bytes, len);
	message->len += len;
}

static enum festore_error check_how(const struct festore_derivation *how, struct failure *failure)
{
	if ((how->flags & ~(unsigned int)FESTORE_DERIVE_RAW) != 0)
		return failure_set(failure, FESTORE_USAGE, "unknown flags");
	if (how->salt_len > FESTORE_DERIVE_INPUT_MAX || how->info_len > FESTORE_DERIVE_INPUT_MAX)
		return failure_set(failure, FESTORE_USAGE, "salt and info have at most %d bytes",
			FESTORE_DERIVE_INPUT_MAX);
	if (how->flags != 0 && (how->salt_len != 0 || how->info_len != 0 || how->length != 0))
		return failure_set(failure, FESTORE_USAGE,
			"a bare secret has no salt, no info and a length of its own");
	if (how->flags == 0 && (how->length == 0 || how->length > FESTORE_DERIVE_LENGTH_MAX))
		return failure_set(failure, FESTORE_USAGE, "1 to %d bytes can be derived",
			FESTORE_DERIVE_LENGTH_MAX);
	return FESTORE_OK;
}

static enum festore_error make_message(const struct festore_derivation *how, const void *public_key,
	size_t public_key_len, struct message *ret_message, struct failure *failure)
{
	struct festore_wire_derive head = {
		.salt_len = (uint16_t)how->salt_len,
		.info_len = (uint16_t)how->info_len,
		.length = (uint16_t)how->length,
	};
	uint8_t peer[FESTORE_PEER_MAX] = {0};
	enum festore_key_type type = (enum festore_key_type)0;
	EVP_PKEY *key = NULL;
	size_t peer_len = 0;
	enum festore_error error =
		key_public_read(public_key, public_key_len, &key, &type, failure);

	if (error != FESTORE_OK)
		return error;
	peer_len = key_public_peer(key, type, peer);
	key_free(key);
	if (peer_len == 0)
		return failure_set(
			failure, FESTORE_USAGE, "with a key of this type none can agree");
	head.peer_len = (uint16_t)peer_len;
	append(ret_message, &head, sizeof(head));
	append(ret_message, peer, peer_len);
	append(ret_message, how->salt, how->salt_len);
	append(ret_message, how->info, how->info_len);
	return FESTORE_OK;
}

static enum festore_error take(struct festore *fs, const struct vault_key_call *call, size_t wanted,
	void **ret_bytes, size_t *ret_len)
{
	if (call->out_len == 0 || (wanted != 0 && call->out_len != wanted))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	*ret_bytes = malloc(call->out_len);
	if (!*ret_bytes)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	memcpy(*ret_bytes, call->out, call->out_len);
	*ret_len = call->out_len;
	return FESTORE_OK;
}

enum festore_error festore_key_derive(struct festore *fs, const char *tag, const void *public_key,
	size_t public_key_len, const struct festore_derivation *how, void **ret_bytes,
	size_t *ret_len)
{
	const bool is_raw = (how->flags & FESTORE_DERIVE_RAW) != 0;
	struct message message = {.len = 0};
	struct vault_key_call call = {
		.command = FESTORE_CMD_KEY_DERIVE,
		.key = {.scheme = is_raw ? FESTORE_WIRE_BARE : FESTORE_WIRE_HKDF,
			.hash = is_raw ? 0 : FESTORE_WIRE_SHA256},
	};
	enum festore_error error = key_begin(fs, tag, false);

	if (error == FESTORE_OK)
		error = check_how(how, &fs->failure);
	if (error == FESTORE_OK)
		error = make_message(how, public_key, public_key_len, &message, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	call.message = (struct part){message.bytes, message.len};
	error = vault_key_call(fs, tag, NULL, &call);
	if (error == FESTORE_OK)
		error = take(fs, &call, how->length, ret_bytes, ret_len);
	else if (error == FESTORE_DAMAGED &&
		session_answer(fs->session) == (uint32_t)FESTORE_TA_BAD_MESSAGE)
		error = failure_set(&fs->failure, FESTORE_USAGE,
			"the other's public key is of another type, or none that is safe");
	OPENSSL_cleanse(&call, sizeof(call));
	return error;
}
