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

/* Chunk number and last-flag: no two chunks of a key share a nonce, and none can be moved or cut
 * off. */
static struct seal seal_of(const struct stream *stream, bool is_last)
{
	struct seal seal = {.key = stream->key};
	const uint64_t number = stream->done / FESTORE_CHUNK;

	for (size_t i = 0; i < sizeof(number); i++)
		seal.nonce[i] = (uint8_t)(number >> (8 * i));
	seal.nonce[sizeof(number)] = is_last ? 1 : 0;
	return seal;
}

/* Room for the largest chunk of a piece: zeroing and wiping what is not used costs more than a
 * small file's seal. */
static size_t room_of(size_t len)
{
	return padded(smaller(len, FESTORE_CHUNK)) + FESTORE_SEAL;
}

TEE_Result content_write(
	struct stream *stream, const uint8_t *from, size_t len, bool is_last, uint8_t *to)
{
	const size_t chunk_room = room_of(len);
	uint8_t *chunk = buffer_new(chunk_room);
	TEE_Result res = TEE_SUCCESS;
	size_t at = 0;

	if (!chunk)
		return TEE_ERROR_OUT_OF_MEMORY;
	do {
		const size_t step = smaller(len - at, FESTORE_CHUNK);
		const size_t room = padded(step);
		const struct seal seal = seal_of(stream, is_last && at + step == len);

		memcpy(chunk, from + at, step);
		memset(chunk + step, 0, room - step);
		res = seal_close(&seal, chunk, room, chunk + room);
		if (res != TEE_SUCCESS)
			break;
		memcpy(to, chunk, room + FESTORE_SEAL);
		to += room + FESTORE_SEAL;
		at += step;
		stream->done += step;
	} while (at < len);
	buffer_free(chunk, chunk_room);
	return res;
}

TEE_Result content_read(struct stream *stream, const uint8_t *from, size_t len, uint8_t *to)
{
	const size_t chunk_room = room_of(len);
	uint8_t *chunk = buffer_new(chunk_room);
	TEE_Result res = TEE_SUCCESS;
	size_t at = 0;

	if (!chunk)
		return TEE_ERROR_OUT_OF_MEMORY;
	do {
		const size_t step = smaller(len - at, FESTORE_CHUNK);
		const size_t room = padded(step);
		const struct seal seal = seal_of(stream, stream->done + step == stream->size);

		/* Once: what is verified is what is decrypted. */
		memcpy(chunk, from, room + FESTORE_SEAL);
		res = seal_open(&seal, chunk, room, chunk + room);
		if (res != TEE_SUCCESS)
			break;
		memcpy(to + at, chunk, step);
		from += room + FESTORE_SEAL;
		at += step;
		stream->done += step;
	} while (at < len);
	if (res != TEE_SUCCESS)
		memset(to, 0, len);
	buffer_free(chunk, chunk_room);
	return res;
}

void stream_end(struct stream *stream)
{
	TEE_MemFill(stream, 0, sizeof(*stream));
}
