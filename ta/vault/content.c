/* SPDX-License-Identifier: BSD-2-Clause */
/* Seals and opens contents chunk by chunk. */
#include "content.h"

#include "buffer.h"

#include <string.h>

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t padded(size_t len)
{
	return (len + FESTORE_CONTENT_STEP - 1) / FESTORE_CONTENT_STEP * FESTORE_CONTENT_STEP;
}

size_t content_sealed_len(size_t len)
{
	return (size_t)FESTORE_SEALED_LEN(len);
}

/* What the stream's chunks have in common. */
static struct seal seal_of(const struct stream *stream)
{
	const struct seal seal = {.aead = stream->aead, .key = stream->key};

	return seal;
}

/* Chunk number and last-flag: no two chunks of a key share a nonce, and none can be moved or cut
 * off. */
static void set_nonce(struct seal *seal, const struct stream *stream, bool is_last)
{
	const uint64_t number = stream->done / FESTORE_CHUNK;

	for (size_t i = 0; i < sizeof(number); i++)
		seal->nonce[i] = (uint8_t)(number >> (8 * i));
	seal->nonce[sizeof(number)] = is_last ? 1 : 0;
}

/* Room for the largest chunk of a piece: zeroing and wiping what is not used costs more than a
 * small file's seal. */
static size_t room_of(size_t len)
{
	return padded(smaller(len, FESTORE_CHUNK)) + FESTORE_SEAL;
}

/* A key at work on a piece, and private memory for one chunk of it. */
struct piece {
	struct seal seal;
	struct aead aead;
	uint8_t *chunk;
	size_t chunk_room;
};

static TEE_Result piece_begin(
	struct piece *piece, const struct stream *stream, enum aead_use use, size_t len)
{
	TEE_Result res = TEE_SUCCESS;

	piece->seal = seal_of(stream);
	piece->chunk_room = room_of(len);
	piece->chunk = buffer_new(piece->chunk_room);
	if (!piece->chunk)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = aead_begin(&piece->seal, use, &piece->aead);
	if (res != TEE_SUCCESS)
		buffer_free(piece->chunk, piece->chunk_room);
	return res;
}

static void piece_end(struct piece *piece)
{
	aead_end(&piece->aead);
	buffer_free(piece->chunk, piece->chunk_room);
}

TEE_Result content_write(
	struct stream *stream, const uint8_t *from, size_t len, bool is_last, uint8_t *to)
{
	struct piece piece = {0};
	TEE_Result res = piece_begin(&piece, stream, AEAD_CLOSES, len);
	size_t at = 0;

	if (res != TEE_SUCCESS)
		return res;
	do {
		const size_t step = smaller(len - at, FESTORE_CHUNK);
		const size_t room = padded(step);
		uint8_t *chunk = piece.chunk;

		set_nonce(&piece.seal, stream, is_last && at + step == len);
		memcpy(chunk, from + at, step);
		memset(chunk + step, 0, room - step);
		res = aead_close(&piece.aead, &piece.seal, chunk, room, chunk + room);
		if (res != TEE_SUCCESS)
			break;
		memcpy(to, chunk, room + FESTORE_SEAL);
		to += room + FESTORE_SEAL;
		at += step;
		stream->done += step;
	} while (at < len);
	piece_end(&piece);
	return res;
}

TEE_Result content_read(struct stream *stream, const uint8_t *from, size_t len, uint8_t *to)
{
	struct piece piece = {0};
	TEE_Result res = piece_begin(&piece, stream, AEAD_OPENS, len);
	size_t at = 0;

	if (res != TEE_SUCCESS)
		return res;
	do {
		const size_t step = smaller(len - at, FESTORE_CHUNK);
		const size_t room = padded(step);
		uint8_t *chunk = piece.chunk;

		set_nonce(&piece.seal, stream, stream->done + step == stream->size);
		/* Once: what is verified is what is decrypted. */
		memcpy(chunk, from, room + FESTORE_SEAL);
		res = aead_open(&piece.aead, &piece.seal, chunk, room, chunk + room);
		if (res != TEE_SUCCESS)
			break;
		memcpy(to + at, chunk, step);
		from += room + FESTORE_SEAL;
		at += step;
		stream->done += step;
	} while (at < len);
	if (res != TEE_SUCCESS)
		memset(to, 0, len);
	piece_end(&piece);
	return res;
}

/* What content_extend() has left to do. */
struct extension {
	struct piece piece;
	struct seal old_seal;
	struct aead old_aead;
	const uint8_t *old;
	size_t old_len;
	const uint8_t *more;
	size_t more_len;
};

/* The next chunk of the old content, verified, at the beginning of the piece's chunk. */
static TEE_Result open_old_chunk(struct extension *extension, struct stream *old, size_t len)
{
	const size_t room = padded(len);
	uint8_t *chunk = extension->piece.chunk;

	set_nonce(&extension->old_seal, old, old->done + len == old->size);
	memcpy(chunk, extension->old, room + FESTORE_SEAL);
	extension->old += room + FESTORE_SEAL;
	extension->old_len -= len;
	old->done += len;
	return aead_open(&extension->old_aead, &extension->old_seal, chunk, room, chunk + room);
}

/* One chunk: what there is of the old content, and as much of the rest as has room. */
static TEE_Result extend_chunk(
	struct extension *extension, struct stream *stream, bool is_last, uint8_t **to)
{
	const size_t kept = smaller(extension->old_len, FESTORE_CHUNK);
	const size_t added = smaller(extension->more_len, FESTORE_CHUNK - kept);
	const size_t room = padded(kept + added);
	struct piece *piece = &extension->piece;
	uint8_t *chunk = piece->chunk;
	TEE_Result res = kept != 0 ? open_old_chunk(extension, stream->old, kept) : TEE_SUCCESS;

	if (res != TEE_SUCCESS)
		return res;
	if (added != 0)
		memcpy(chunk + kept, extension->more, added);
	memset(chunk + kept + added, 0, room - kept - added);
	extension->more += added;
	extension->more_len -= added;
	set_nonce(&piece->seal, stream, is_last && extension->old_len + extension->more_len == 0);
	res = aead_close(&piece->aead, &piece->seal, chunk, room, chunk + room);
	if (res != TEE_SUCCESS)
		return res;
	memcpy(*to, chunk, room + FESTORE_SEAL);
	*to += room + FESTORE_SEAL;
	stream->done += kept + added;
	return TEE_SUCCESS;
}

TEE_Result content_extend(struct stream *stream, const uint8_t *from, size_t old_len,
	const uint8_t *more, size_t more_len, bool is_last, uint8_t *to)
{
	struct extension extension = {
		.old_seal = seal_of(stream->old),
		.old = from,
		.old_len = old_len,
		.more = more,
		.more_len = more_len,
	};
	uint8_t *at = to;
	TEE_Result res = piece_begin(&extension.piece, stream, AEAD_CLOSES, old_len + more_len);

	if (res != TEE_SUCCESS)
		return res;
	res = aead_begin(&extension.old_seal, AEAD_OPENS, &extension.old_aead);
	if (res == TEE_SUCCESS) {
		do {
			res = extend_chunk(&extension, stream, is_last, &at);
		} while (res == TEE_SUCCESS && extension.old_len + extension.more_len != 0);
		aead_end(&extension.old_aead);
	}
	if (res != TEE_SUCCESS)
		memset(to, 0, (size_t)(at - to));
	piece_end(&extension.piece);
	return res;
}

void stream_end(struct stream *stream)
{
	buffer_free((uint8_t *)stream->old, sizeof(*stream->old));
	TEE_MemFill(stream, 0, sizeof(*stream));
}
