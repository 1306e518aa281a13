/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of messages. */
#include "decryption.h"

#include "aes.h"
#include "buffer.h"

#include <string.h>

#define CHUNK_ROOM (FESTORE_CHUNK + FESTORE_SEAL)

TEE_Result decryption_begin_cms(struct decryption *decryption, const uint8_t key[FESTORE_HASH],
	const uint8_t nonce[SEAL_NONCE], const uint8_t mark_key[FESTORE_HASH])
{
	const struct seal seal = {.aead = FESTORE_AEAD_AES_256_GCM, .key = key};
	TEE_Result res = aead_begin(&seal, AEAD_OPENS, &decryption->aead);

	if (res == TEE_SUCCESS)
		res = aes_begin(TEE_ALG_AES_CTR, TEE_MODE_DECRYPT, key, &decryption->stream);
	if (res != TEE_SUCCESS)
		return res;
	memcpy(decryption->nonce, nonce, sizeof(decryption->nonce));
	memcpy(decryption->mark_key, mark_key, sizeof(decryption->mark_key));
	decryption->scheme = FESTORE_WIRE_CMS;
	return TEE_SUCCESS;
}

void decryption_begin_hpke(struct decryption *decryption, const struct hpke *hpke)
{
	decryption->hpke = *hpke;
	decryption->scheme = FESTORE_WIRE_HPKE;
}

void decryption_end(struct decryption *decryption)
{
	aead_end(&decryption->aead);
	aes_end(&decryption->stream);
	TEE_MemFill(decryption, 0, sizeof(*decryption));
}

/* --- HPKE ------------------------------------------------------------------------------------- */

static TEE_Result open_chunk(
	struct decryption *decryption, uint8_t *chunk, size_t len, uint8_t is_last)
{
	struct seal seal = {
		.aead = FESTORE_AEAD_CHACHA20_POLY1305,
		.key = decryption->hpke.key,
		.aad = &is_last,
		.aad_len = sizeof(is_last),
	};

	hpke_nonce(&decryption->hpke, decryption->count++, seal.nonce);
	return seal_open(&seal, chunk, len, chunk + len);
}

/* Only an empty content has an empty chunk. */
static bool is_chunk(const struct decryption *decryption, size_t len)
{
	return len > FESTORE_SEAL || (len == FESTORE_SEAL && decryption->count == 0);
}

static TEE_Result open_chunks(
	struct decryption *decryption, uint8_t *piece, size_t len, bool is_last, size_t *ret_len)
{
	size_t at = 0;
	size_t done = 0;

	if (len == 0 || (!is_last && len % CHUNK_ROOM != 0))
		return TEE_ERROR_BAD_PARAMETERS;
	while (at < len) {
		const size_t step = len - at < CHUNK_ROOM ? len - at : CHUNK_ROOM;
		TEE_Result res = TEE_SUCCESS;

		if (!is_chunk(decryption, step))
			return TEE_ERROR_CORRUPT_OBJECT;
		res = open_chunk(
			decryption, piece + at, step - FESTORE_SEAL, is_last && at + step == len);
		if (res != TEE_SUCCESS)
			return res;
		memmove(piece + done, piece + at, step - FESTORE_SEAL);
		done += step - FESTORE_SEAL;
		at += step;
	}
	*ret_len = done;
	return TEE_SUCCESS;
}

/* --- CMS -------------------------------------------------------------------------------------- */

/* The mark of the next piece: what is sealed is nothing, beside the piece. */
static struct seal mark_of(
	const struct decryption *decryption, const uint8_t *piece, size_t len, bool is_last)
{
	struct seal seal = {
		.aead = FESTORE_AEAD_CHACHA20_POLY1305,
		.key = decryption->mark_key,
		.aad = piece,
		.aad_len = len,
	};

	for (size_t i = 0; i < sizeof(decryption->count); i++)
		seal.nonce[i] = (uint8_t)(decryption->count >> (8 * i));
	seal.nonce[sizeof(decryption->count)] = is_last ? 1 : 0;
	return seal;
}

/*
 * A chunk at a time, from one memory into another: OP-TEE 4.5 hashes what it has decrypted, and not
 * what came, if the last bytes of a message are no whole block and are decrypted in place.
 */
static TEE_Result hash_chunks(struct decryption *decryption, const uint8_t *piece, size_t len,
	const uint8_t *tag, uint8_t *chunk)
{
	TEE_OperationHandle operation = decryption->aead.operation;
	uint8_t expected[FESTORE_SEAL] = {0};
	TEE_Result res = TEE_SUCCESS;
	size_t at = 0;

	if (tag)
		memcpy(expected, tag, sizeof(expected)); /* GP's type for it is not const. */
	do {
		const size_t step = len - at < FESTORE_CHUNK ? len - at : FESTORE_CHUNK;
		size_t out_len = FESTORE_CHUNK;

		if (tag && at + step == len)
			res = TEE_AEDecryptFinal(operation, piece + at, step, chunk, &out_len,
				expected, sizeof(expected));
		else
			res = TEE_AEUpdate(operation, piece + at, step, chunk, &out_len);
		at += step;
	} while (res == TEE_SUCCESS && at < len);
	return res == TEE_ERROR_MAC_INVALID ? TEE_ERROR_CORRUPT_OBJECT : res;
}

/* GP hashes only what it decrypts, which is thrown away here. */
static TEE_Result hash(
	struct decryption *decryption, const uint8_t *piece, size_t len, const uint8_t *tag)
{
	uint8_t *chunk = buffer_new(FESTORE_CHUNK);
	TEE_Result res = chunk ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;

	if (!chunk)
		return res;
	if (decryption->count++ == 0)
		res = TEE_AEInit(decryption->aead.operation, decryption->nonce,
			sizeof(decryption->nonce), 8 * FESTORE_SEAL, 0, 0);
	if (res == TEE_SUCCESS)
		res = hash_chunks(decryption, piece, len, tag, chunk);
	buffer_free(chunk, FESTORE_CHUNK);
	return res;
}

/* The first pass: nothing goes out but the mark. */
static TEE_Result verify_piece(
	struct decryption *decryption, uint8_t *piece, size_t len, bool is_last, size_t *ret_len)
{
	const struct seal mark = mark_of(decryption, piece, len, is_last);
	uint8_t made[FESTORE_SEAL] = {0};
	uint8_t nothing = 0;
	TEE_Result res = seal_close(&mark, &nothing, 0, made);

	if (res == TEE_SUCCESS)
		res = hash(decryption, piece, len, is_last ? piece + len : NULL);
	if (res != TEE_SUCCESS)
		return res;
	if (is_last) {
		decryption->is_verified = true;
		decryption->count = 0;
		aead_end(&decryption->aead);
		aes_gcm_stream(decryption->stream, decryption->nonce);
	}
	memcpy(piece, made, sizeof(made));
	*ret_len = sizeof(made);
	return TEE_SUCCESS;
}

/* The second pass: what was verified, and nothing else. */
static TEE_Result give_piece(
	struct decryption *decryption, uint8_t *piece, size_t len, bool is_last, size_t *ret_len)
{
	const struct seal mark = mark_of(decryption, piece, len, is_last);
	uint8_t nothing = 0;
	TEE_Result res = seal_open(&mark, &nothing, 0, piece + len);

	if (res == TEE_SUCCESS)
		res = aes_stream(decryption->stream, piece, len, is_last);
	if (res != TEE_SUCCESS)
		return res;
	decryption->count++;
	*ret_len = len;
	return TEE_SUCCESS;
}

static TEE_Result open_piece(
	struct decryption *decryption, uint8_t *piece, size_t len, bool is_last, size_t *ret_len)
{
	const bool has_tag = is_last || decryption->is_verified;

	if (has_tag && len < FESTORE_SEAL)
		return TEE_ERROR_BAD_PARAMETERS;
	if (has_tag)
		len -= FESTORE_SEAL;
	if (len > FESTORE_PIECE || (!is_last && len != FESTORE_PIECE))
		return TEE_ERROR_BAD_PARAMETERS;
	if (decryption->count * FESTORE_PIECE + len > FESTORE_CMS_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	if (decryption->is_verified)
		return give_piece(decryption, piece, len, is_last, ret_len);
	return verify_piece(decryption, piece, len, is_last, ret_len);
}

/* ---------------------------------------------------------------------------------------------- */

TEE_Result decryption_piece(
	struct decryption *decryption, uint8_t *piece, size_t len, bool is_last, size_t *ret_len)
{
	const bool gives = decryption->scheme == FESTORE_WIRE_HPKE || decryption->is_verified;
	TEE_Result res = TEE_SUCCESS;

	if (decryption->scheme == 0 || decryption->is_done)
		return TEE_ERROR_BAD_STATE;
	res = decryption->scheme == FESTORE_WIRE_HPKE
		? open_chunks(decryption, piece, len, is_last, ret_len)
		: open_piece(decryption, piece, len, is_last, ret_len);
	if (res == TEE_SUCCESS && gives && is_last)
		decryption->is_done = true;
	return res;
}
