/* SPDX-License-Identifier: BSD-2-Clause */
/* KEY_DERIVE: what a key and another's public key agree upon, and what is derived from that. */
#include "key.h"

#include "buffer.h"
#include "hkdf.h"
#include "key_secret.h"

#include <string.h>

static_assert(HKDF_MAX == FESTORE_DERIVED_MAX, "the wire's limit");
static_assert(HKDF_INFO_MAX == FESTORE_INFO_MAX, "the wire's limit");

/* A message, copied and taken apart. */
struct derivation {
	uint8_t *bytes; /* on the heap: the stack is short */
	size_t len;
	struct festore_wire_derive head;
	const uint8_t *peer;
	const uint8_t *salt;
	const uint8_t *info;
};

static TEE_Result copy(const struct call *call, struct derivation *derivation)
{
	const size_t len = call->part_len[FESTORE_PART_MESSAGE];
	struct festore_wire_derive *head = &derivation->head;

	if (len < sizeof(*head))
		return TEE_ERROR_BAD_PARAMETERS;
	derivation->bytes = buffer_new(len);
	if (!derivation->bytes)
		return TEE_ERROR_OUT_OF_MEMORY;
	derivation->len = len;
	memcpy(derivation->bytes, call->parts[FESTORE_PART_MESSAGE], len);
	memcpy(head, derivation->bytes, sizeof(*head));
	if (head->peer_len > FESTORE_PEER_MAX || head->salt_len > FESTORE_SALT_MAX ||
		head->info_len > FESTORE_INFO_MAX ||
		sizeof(*head) + head->peer_len + head->salt_len + head->info_len != len)
		return TEE_ERROR_BAD_PARAMETERS;
	derivation->peer = derivation->bytes + sizeof(*head);
	derivation->salt = derivation->peer + head->peer_len;
	derivation->info = derivation->salt + head->salt_len;
	return TEE_SUCCESS;
}

/* The bare secret has nothing to say about it. */
static bool asks_for_bare(const struct call *call, const struct festore_wire_derive *head)
{
	return call->key.scheme == FESTORE_WIRE_BARE && call->key.hash == 0 &&
		head->salt_len == 0 && head->info_len == 0 && head->length == 0;
}

static bool asks_for_hkdf(const struct call *call, const struct festore_wire_derive *head)
{
	return call->key.scheme == FESTORE_WIRE_HKDF && call->key.hash == FESTORE_WIRE_SHA256 &&
		head->length >= 1 && head->length <= FESTORE_DERIVED_MAX;
}

/* May this key do what is asked, and is it asked as it should be? */
static TEE_Result check(
	const struct call *call, const struct key *key, const struct festore_wire_derive *head)
{
	const bool is_bare = asks_for_bare(call, head);
	const uint32_t use = is_bare ? FESTORE_WIRE_DERIVE_RAW : FESTORE_WIRE_DERIVE;

	if (!is_bare && !asks_for_hkdf(call, head))
		return TEE_ERROR_BAD_PARAMETERS;
	if ((key->meta.key_use & use) == 0)
		return FESTORE_TA_OTHER_USE;
	return call->out_size < (is_bare ? KEY_SECRET_MAX : head->length) ? TEE_ERROR_SHORT_BUFFER
									  : TEE_SUCCESS;
}

/* Nothing comes out before all of it is made. */
static TEE_Result give(
	struct call *call, const struct derivation *derivation, const uint8_t *secret, size_t len)
{
	const struct hkdf from = {
		.secret = secret,
		.secret_len = len,
		.salt = derivation->salt,
		.salt_len = derivation->head.salt_len,
		.info = derivation->info,
		.info_len = derivation->head.info_len,
	};
	uint8_t made[HKDF_MAX] = {0};
	size_t made_len = derivation->head.length;
	TEE_Result res = TEE_SUCCESS;

	if (call->key.scheme == FESTORE_WIRE_BARE) {
		memcpy(made, secret, len);
		made_len = len;
	} else {
		res = hkdf(&from, made, made_len);
	}
	if (res == TEE_SUCCESS) {
		memcpy(call->out, made, made_len);
		call->out_used = made_len;
	}
	TEE_MemFill(made, 0, sizeof(made));
	return res;
}

static TEE_Result derive(struct call *call, struct key *key, const struct derivation *derivation)
{
	uint8_t secret[KEY_SECRET_MAX] = {0};
	size_t len = 0;
	TEE_Result res = key_open_to_use(call, key);

	if (res != TEE_SUCCESS)
		return res;
	res = key_secret_agree(
		key->type, key->pair, derivation->peer, derivation->head.peer_len, secret, &len);
	if (res == TEE_SUCCESS)
		res = give(call, derivation, secret, len);
	else if (res == TEE_ERROR_CORRUPT_OBJECT)
		/* The other's key is another matter than what the vault has. */
		res = FESTORE_TA_BAD_MESSAGE;
	TEE_MemFill(secret, 0, sizeof(secret));
	return res;
}

TEE_Result key_derive(struct call *call)
{
	struct derivation derivation = {.bytes = NULL};
	struct key key = {0};
	TEE_Result res = TEE_SUCCESS;

	if (call->key.type != 0 || call->key.use != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	res = key_find(call, &key);
	if (res == TEE_SUCCESS)
		res = copy(call, &derivation);
	if (res == TEE_SUCCESS)
		res = check(call, &key, &derivation.head);
	if (res == TEE_SUCCESS)
		res = derive(call, &key, &derivation);
	buffer_free(derivation.bytes, derivation.len);
	key_end(&key);
	return res;
}
