/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of a vault: entries of a kind of their own, whose contents only these handlers open. */
#include "key.h"

#include "buffer.h"
#include "change.h"
#include "key_check.h"
#include "key_pair.h"
#include "opened.h"
#include "read.h"
#include "tag_policy.h"

#include <string.h>

/* --- generate, import ------------------------------------------------------------------------- */

/* Fills in key_len() bytes of private memory: a new pair, or the one that the call brings. */
typedef TEE_Result (*pair_source)(
	const struct call *call, const struct key_type *type, uint8_t *ret_pair);

static TEE_Result from_search(
	const struct call *call, const struct key_type *type, uint8_t *ret_pair)
{
	(void)call;
	return key_pair_generate(type, ret_pair);
}

static TEE_Result from_client(
	const struct call *call, const struct key_type *type, uint8_t *ret_pair)
{
	TEE_Result res = TEE_SUCCESS;

	memcpy(ret_pair, call->parts[FESTORE_PART_CONTENT], key_len(type));
	res = key_check(type, ret_pair);
	return res == TEE_ERROR_CORRUPT_OBJECT ? (TEE_Result)FESTORE_TA_BAD_KEY : res;
}

/* A pair, sealed from private memory; only its sealed form leaves this function. */
static TEE_Result seal_pair(const struct call *call, struct stream *stream,
	const struct key_type *type, pair_source source)
{
	const size_t len = key_len(type);
	uint8_t *pair = buffer_new(len);
	TEE_Result res = TEE_SUCCESS;

	if (!pair)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = source(call, type, pair);
	if (res == TEE_SUCCESS)
		res = content_write(stream, pair, len, true, call->out);
	buffer_free(pair, len);
	return res;
}

/* Is the request right, and what it brings as long as its type wants it? */
static TEE_Result check_request(
	const struct call *call, const struct key_type *type, pair_source source)
{
	const size_t brought = type && source == from_client ? key_len(type) : 0;

	if (!type || !key_type_allows(type, call->key.use) || call->key.scheme != 0 ||
		call->key.hash != 0 || call->window_size != brought ||
		call->part_len[FESTORE_PART_CONTENT] != brought)
		return TEE_ERROR_BAD_PARAMETERS;
	if (call->out_size < content_sealed_len(key_len(type)))
		return TEE_ERROR_SHORT_BUFFER;
	return TEE_SUCCESS;
}

/*
 * The first half: no path and no lock of the database is needed for what may take a minute. The
 * session's stream keeps the content's key and what the record will say; the pair itself is gone.
 */
static TEE_Result make(struct call *call, pair_source source)
{
	struct stream *stream = &opened_of(call)->stream;
	const struct key_type *type = key_type_find(call->key.type);
	TEE_Result res = opened_check_proven(opened_of(call));

	if (res == TEE_SUCCESS)
		res = check_request(call, type, source);
	if (res != TEE_SUCCESS)
		return res;

	res = change_begin_content(call, stream);
	if (res == TEE_SUCCESS)
		res = seal_pair(call, stream, type, source);
	if (res != TEE_SUCCESS) {
		stream_end(stream);
		return res;
	}
	stream->is_complete = true;
	stream->key_type = (uint8_t)call->key.type;
	stream->key_use = (uint8_t)call->key.use;
	stream->is_imported = source == from_client;
	call->out_used = content_sealed_len(key_len(type));
	call->reply.change.content_len = (uint32_t)call->out_used;
	return TEE_SUCCESS;
}

/* The second half. */
static TEE_Result store(struct call *call)
{
	if (call->key.type != 0 || call->key.use != 0 || call->key.scheme != 0 ||
		call->key.hash != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	/* A key is never replaced: what was encrypted to it would be lost. */
	call->flags |= FESTORE_WIRE_NO_CLOBBER;
	return change_put(call);
}

static TEE_Result make_or_store(struct call *call, pair_source source)
{
	switch (call->flags & (FESTORE_WIRE_MORE | FESTORE_WIRE_CONTINUE)) {
	case FESTORE_WIRE_MORE:
		return make(call, source);
	case FESTORE_WIRE_CONTINUE:
		return store(call);
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

TEE_Result key_generate(struct call *call)
{
	return make_or_store(call, from_search);
}

TEE_Result key_import(struct call *call)
{
	return make_or_store(call, from_client);
}

/* --- use -------------------------------------------------------------------------------------- */

TEE_Result key_find(struct call *call, struct key *ret_key)
{
	TEE_Result res = read_entry(call, &ret_key->meta);

	if (res != TEE_SUCCESS)
		return res;
	ret_key->type = key_type_find(ret_key->meta.key_type);
	return ret_key->type ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT;
}

TEE_Result key_open(const struct call *call, struct key *key)
{
	const size_t len = key_len(key->type);
	struct stream stream = {
		.aead = opened_of(call)->slot->keys.aead,
		.size = len,
		.is_reading = true,
	};
	TEE_Result res = TEE_SUCCESS;

	if (call->part_len[FESTORE_PART_CONTENT] != FESTORE_SEALED_LEN(len))
		return TEE_ERROR_CORRUPT_OBJECT;
	key->pair = buffer_new(len);
	if (!key->pair)
		return TEE_ERROR_OUT_OF_MEMORY;
	memcpy(stream.key, key->meta.content_key, sizeof(stream.key));
	res = content_read(&stream, call->parts[FESTORE_PART_CONTENT], len, key->pair);
	stream_end(&stream);
	return res;
}

TEE_Result key_open_to_use(const struct call *call, struct key *key)
{
	TEE_Result res = opened_check_proven(opened_of(call));

	if (res == TEE_SUCCESS && key->meta.policy.flags == FESTORE_WIRE_LIMITED)
		res = grant_take(opened_of(call), key->meta.content_key);
	return res == TEE_SUCCESS ? key_open(call, key) : res;
}

void key_end(struct key *key)
{
	if (key->pair)
		buffer_free(key->pair, key_len(key->type));
	TEE_MemFill(key, 0, sizeof(*key));
}

static TEE_Result give_public(struct call *call, struct key *key)
{
	const size_t len = key_public_len(key->type);
	TEE_Result res = TEE_SUCCESS;

	if (call->out_size < len)
		return TEE_ERROR_SHORT_BUFFER;
	res = key_open(call, key);
	if (res != TEE_SUCCESS)
		return res;
	memcpy(call->out, key->pair, len);
	call->out_used = len;
	call->reply.key = (struct festore_vault_key){
		.created = key->meta.modified,
		.version = call->reply.vault_file.version,
		.type = key->meta.key_type,
		.use = key->meta.key_use,
		.uses = tag_policy_told(&key->meta),
	};
	return TEE_SUCCESS;
}

TEE_Result key_public(struct call *call)
{
	struct key key = {0};
	TEE_Result res = key_find(call, &key);

	if (res == TEE_SUCCESS)
		res = give_public(call, &key);
	key_end(&key);
	return res;
}

/* Signs a private copy: Ed25519 reads its message twice, and two messages would give away the key.
 */
static TEE_Result sign_copy(
	struct call *call, const struct key *key, struct signing *signing, size_t signed_len)
{
	const size_t len = signing->message_len;
	uint8_t signature[FESTORE_SIGNED_MAX] = {0};
	uint8_t *copy = buffer_new(len + 1);
	TEE_Result res = TEE_SUCCESS;

	if (!copy)
		return TEE_ERROR_OUT_OF_MEMORY;
	if (len != 0)
		memcpy(copy, call->parts[FESTORE_PART_MESSAGE], len);
	signing->message = copy;
	res = key_pair_sign(key->type, key->pair, signing, signature, &signed_len);
	buffer_free(copy, len + 1);
	if (res != TEE_SUCCESS)
		return res;
	memcpy(call->out, signature, signed_len);
	call->out_used = signed_len;
	return TEE_SUCCESS;
}

/* All that can be wrong with the request is known before the key is opened. */
static TEE_Result sign(struct call *call, struct key *key)
{
	struct signing signing = {
		.scheme = call->key.scheme,
		.hash = call->key.hash,
		.message_len = call->part_len[FESTORE_PART_MESSAGE],
	};
	size_t signed_len = 0;
	TEE_Result res = TEE_SUCCESS;

	if ((key->meta.key_use & FESTORE_WIRE_SIGN) == 0)
		return FESTORE_TA_OTHER_USE;
	res = key_pair_signed_len(key->type, &signing, &signed_len);
	if (res != TEE_SUCCESS)
		return res;
	if (call->out_size < signed_len)
		return TEE_ERROR_SHORT_BUFFER;
	res = key_open_to_use(call, key);
	return res == TEE_SUCCESS ? sign_copy(call, key, &signing, signed_len) : res;
}

TEE_Result key_sign(struct call *call)
{
	struct key key = {0};
	TEE_Result res = TEE_SUCCESS;

	if (call->key.type != 0 || call->key.use != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	res = key_find(call, &key);
	if (res == TEE_SUCCESS)
		res = sign(call, &key);
	key_end(&key);
	return res;
}
