/* SPDX-License-Identifier: BSD-2-Clause */
/* KEY_DECRYPT: from what a sender made for a key to the content's key, then to the content. */
#include "key.h"

#include "buffer.h"
#include "decryption.h"
#include "key_secret.h"
#include "opened.h"
#include "wrap.h"

#include <string.h>

/* What was sent, copied, and the key that it is for. */
struct sent {
	const struct key *key;
	const uint8_t *bytes;
	size_t len;
	uint32_t hash;
};

/* What was sent is another matter than what the vault has. */
static TEE_Result answer(TEE_Result res)
{
	return res == TEE_ERROR_CORRUPT_OBJECT ? (TEE_Result)FESTORE_TA_BAD_MESSAGE : res;
}

/* --- to the content's key --------------------------------------------------------------------- */

/* Whatever is wrong with the block, and with what it holds, has one answer. */
static TEE_Result open_transport(
	const struct sent *sent, const uint8_t *block, size_t len, uint8_t ret_key[FESTORE_HASH])
{
	uint8_t bytes[FESTORE_BLOCK_MAX] = {0};
	size_t bytes_len = sizeof(bytes);
	TEE_Result res =
		key_secret_decrypt(sent->key->type, sent->key->pair, block, len, bytes, &bytes_len);

	if (res == TEE_SUCCESS && bytes_len != FESTORE_HASH)
		res = TEE_ERROR_CORRUPT_OBJECT;
	if (res == TEE_SUCCESS)
		memcpy(ret_key, bytes, FESTORE_HASH);
	TEE_MemFill(bytes, 0, sizeof(bytes));
	return res;
}

/* The wrapped key, then the sender's point. */
static TEE_Result open_agreement(
	const struct sent *sent, const uint8_t *bytes, size_t len, uint8_t ret_key[FESTORE_HASH])
{
	uint8_t secret[KEY_SECRET_MAX] = {0};
	size_t secret_len = 0;
	TEE_Result res = TEE_SUCCESS;

	if (len <= WRAP_LEN)
		return TEE_ERROR_CORRUPT_OBJECT;
	res = key_secret_agree(sent->key->type, sent->key->pair, bytes + WRAP_LEN, len - WRAP_LEN,
		secret, &secret_len);
	if (res == TEE_SUCCESS)
		res = wrap_open(sent->hash, secret, secret_len, bytes, ret_key);
	TEE_MemFill(secret, 0, sizeof(secret));
	return res;
}

/* A key that makes marks of this session's pieces, which the sender cannot know. */
static TEE_Result draw_mark_key(
	const struct call *call, const uint8_t nonce[SEAL_NONCE], uint8_t ret_key[FESTORE_HASH])
{
	return seal_random(
		opened_of(call)->slot->keys.record, nonce, SEAL_NONCE, ret_key, FESTORE_HASH);
}

static TEE_Result begin_cms(const struct call *call, const struct sent *sent)
{
	const uint8_t *nonce = sent->bytes;
	uint8_t key[FESTORE_HASH] = {0};
	uint8_t mark_key[FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	if (sent->len < SEAL_NONCE)
		return TEE_ERROR_BAD_PARAMETERS;
	res = sent->hash == 0
		? open_transport(sent, nonce + SEAL_NONCE, sent->len - SEAL_NONCE, key)
		: open_agreement(sent, nonce + SEAL_NONCE, sent->len - SEAL_NONCE, key);
	if (res == TEE_SUCCESS)
		res = draw_mark_key(call, nonce, mark_key);
	if (res == TEE_SUCCESS)
		res = decryption_begin_cms(opened_of(call)->decryption, key, nonce, mark_key);
	TEE_MemFill(key, 0, sizeof(key));
	TEE_MemFill(mark_key, 0, sizeof(mark_key));
	return res;
}

/* The header (docs/SPEC.md): what is named in it first, then the sender's public key. */
static TEE_Result begin_hpke(const struct call *call, const struct sent *sent)
{
	const uint8_t *sender = sent->bytes + FESTORE_HPKE_NAMED;
	uint8_t secret[KEY_SECRET_MAX] = {0};
	struct hpke_agreed agreed = {0};
	struct hpke hpke = {0};
	size_t len = 0;
	TEE_Result res = TEE_SUCCESS;

	if (sent->len != FESTORE_HPKE_HEADER || sent->hash != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	if (sent->key->type->id != FESTORE_WIRE_X25519)
		return TEE_ERROR_CORRUPT_OBJECT;
	res = key_secret_agree(sent->key->type, sent->key->pair, sender, HPKE_PUBLIC, secret, &len);
	if (res == TEE_SUCCESS) {
		memcpy(agreed.secret, secret, sizeof(agreed.secret));
		memcpy(agreed.sender, sender, HPKE_PUBLIC);
		memcpy(agreed.recipient, sent->key->pair, HPKE_PUBLIC);
		res = hpke_begin(&agreed, sent->bytes, FESTORE_HPKE_NAMED, &hpke);
	}
	if (res == TEE_SUCCESS)
		decryption_begin_hpke(opened_of(call)->decryption, &hpke);
	TEE_MemFill(secret, 0, sizeof(secret));
	TEE_MemFill(&agreed, 0, sizeof(agreed));
	TEE_MemFill(&hpke, 0, sizeof(hpke));
	return res;
}

/* One block is the content itself. */
static TEE_Result open_block(struct call *call, const struct sent *sent)
{
	uint8_t bytes[FESTORE_BLOCK_MAX] = {0};
	size_t len = sizeof(bytes);
	TEE_Result res = TEE_SUCCESS;

	if (sent->hash != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	if (call->out_size < sizeof(bytes))
		return TEE_ERROR_SHORT_BUFFER;
	res = key_secret_decrypt(
		sent->key->type, sent->key->pair, sent->bytes, sent->len, bytes, &len);
	if (res == TEE_SUCCESS) {
		memcpy(call->out, bytes, len);
		call->out_used = len;
	}
	TEE_MemFill(bytes, 0, sizeof(bytes));
	return res;
}

/* A message of pieces: the session goes on with it. */
static TEE_Result begin_pieces(struct call *call, const struct sent *sent)
{
	struct opened *opened = opened_of(call);

	opened->decryption = TEE_Malloc(sizeof(*opened->decryption), TEE_MALLOC_FILL_ZERO);
	if (!opened->decryption)
		return TEE_ERROR_OUT_OF_MEMORY;
	return call->key.scheme == FESTORE_WIRE_CMS ? begin_cms(call, sent)
						    : begin_hpke(call, sent);
}

static TEE_Result begin_scheme(struct call *call, const struct sent *sent)
{
	switch (call->key.scheme) {
	case FESTORE_WIRE_OAEP:
		return open_block(call, sent);
	case FESTORE_WIRE_CMS:
	case FESTORE_WIRE_HPKE:
		return begin_pieces(call, sent);
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

static TEE_Result begin(struct call *call, struct key *key)
{
	uint8_t bytes[FESTORE_SENT_MAX] = {0};
	const struct sent sent = {
		.key = key,
		.bytes = bytes,
		.len = call->part_len[FESTORE_PART_MESSAGE],
		.hash = call->key.hash,
	};
	TEE_Result res = TEE_SUCCESS;

	if ((key->meta.key_use & FESTORE_WIRE_DECRYPT) == 0)
		return FESTORE_TA_OTHER_USE;
	if (sent.len > sizeof(bytes))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(bytes, call->parts[FESTORE_PART_MESSAGE], sent.len);
	res = key_open_to_use(call, key);
	return res == TEE_SUCCESS ? answer(begin_scheme(call, &sent)) : res;
}

/* --- pieces ----------------------------------------------------------------------------------- */

static TEE_Result take_piece(struct call *call, uint8_t *piece, size_t len)
{
	struct decryption *decryption = opened_of(call)->decryption;
	const bool is_last = (call->flags & FESTORE_WIRE_MORE) == 0;
	size_t out_len = 0;
	TEE_Result res = TEE_SUCCESS;

	memcpy(piece, call->parts[FESTORE_PART_MESSAGE], len);
	res = decryption_piece(decryption, piece, len, is_last, &out_len);
	if (res != TEE_SUCCESS)
		return res;
	memcpy(call->out, piece, out_len);
	call->out_used = out_len;
	return TEE_SUCCESS;
}

static bool has_evidence(const struct call *call)
{
	return call->window_size != call->part_len[FESTORE_PART_MESSAGE];
}

static TEE_Result go_on(struct call *call)
{
	const size_t len = call->part_len[FESTORE_PART_MESSAGE];
	uint8_t *piece = NULL;
	TEE_Result res = opened_check(opened_of(call));

	if (res != TEE_SUCCESS)
		return res;
	if (!opened_of(call)->decryption)
		return TEE_ERROR_BAD_STATE;
	if (has_evidence(call) || call->key.scheme != 0 || call->key.hash != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	if (call->out_size < len || call->out_size < FESTORE_SEAL)
		return TEE_ERROR_SHORT_BUFFER;
	/* A mark may be longer than a piece. */
	piece = buffer_new(len + FESTORE_SEAL);
	if (!piece)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = answer(take_piece(call, piece, len));
	buffer_free(piece, len + FESTORE_SEAL);
	return res;
}

TEE_Result key_decrypt(struct call *call)
{
	struct key key = {0};
	TEE_Result res = TEE_SUCCESS;

	if (call->key.type != 0 || call->key.use != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	if ((call->flags & FESTORE_WIRE_CONTINUE) != 0) {
		res = go_on(call);
	} else {
		opened_end_decryption(opened_of(call));
		res = (call->flags & FESTORE_WIRE_MORE) == 0 ? key_find(call, &key)
							     : TEE_ERROR_BAD_PARAMETERS;
		if (res == TEE_SUCCESS)
			res = begin(call, &key);
		key_end(&key);
	}
	if (res != TEE_SUCCESS)
		opened_end_decryption(opened_of(call));
	return res;
}
