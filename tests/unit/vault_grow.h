/* SPDX-License-Identifier: BSD-2-Clause */
/* FILE_APPEND by a client of the test. */
#ifndef VAULT_GROW_H
#define VAULT_GROW_H

#include "vault.h"

/* What is appended, as far as it is long enough. */
static uint8_t new_bytes[FESTORE_WINDOW + 1];

/* The session opens a file, no byte of which is needed yet. */
static inline TEE_Result open_file(struct client *client, const char *tag)
{
	struct ask ask = ask_get(client, tag);

	ask.content_len = 0;
	ask.room = 0;
	ask.request.base.flags = FESTORE_WIRE_MORE;
	return ask_run(client->session, &ask);
}

/* The first piece unless pieces were kept already. */
static inline struct ask ask_piece(const struct client *client, const char *tag, uint32_t flags)
{
	struct ask ask = ask_of(FESTORE_CMD_FILE_APPEND, tag);

	ask.request.base.flags =
		FESTORE_WIRE_MORE | flags | (client->pieces ? FESTORE_WIRE_CONTINUE : 0);
	ask.request.base.modified = 1234;
	ask.room = FESTORE_SEALED_WINDOW;
	return ask;
}

static inline TEE_Result run_piece(struct client *client, struct ask *ask)
{
	const TEE_Result res = ask_run(client->session, ask);

	if (res != TEE_SUCCESS)
		return res;
	assert_int_equal(ask->out_len, ask->answer.change.content_len);
	client->pieces = need(realloc(client->pieces, client->pieces_len + ask->out_len));
	memcpy(client->pieces + client->pieces_len, ask->out, ask->out_len);
	client->pieces_len += ask->out_len;
	return res;
}

/* Sealed bytes of an entry from a chunk on, and what follows them. */
static inline TEE_Result piece(struct client *client, const char *tag, size_t at, size_t sealed_len,
	size_t more_len, uint32_t flags)
{
	struct ask ask = ask_piece(client, tag, flags);

	ask.content = client_entry(client, tag)->content + at;
	ask.content_len = sealed_len;
	ask.message = new_bytes;
	ask.message_len = more_len;
	return run_piece(client, &ask);
}

static inline struct ask ask_exchange(const struct client *client, const char *tag)
{
	struct ask ask = ask_on(client, FESTORE_CMD_FILE_APPEND, tag);

	add_record(&ask, client_entry(client, tag));
	ask.request.base.flags = FESTORE_WIRE_CONTINUE;
	ask.request.base.modified = 1234;
	return ask;
}

static inline TEE_Result propose_exchange(struct client *client, const char *tag)
{
	struct ask ask = ask_exchange(client, tag);

	return run_change(client, &ask, need(calloc(1, sizeof(struct entry))));
}

/* All pieces of a file of `size` bytes, with `more_len` more, as libfestore makes them. */
static inline TEE_Result pieces_of(
	struct client *client, const char *tag, size_t size, size_t more_len)
{
	const size_t whole = size + more_len;
	size_t done = 0;
	TEE_Result res = open_file(client, tag);

	client_drop(client);
	while (res == TEE_SUCCESS) {
		const size_t len = whole - done < FESTORE_WINDOW ? whole - done : FESTORE_WINDOW;
		const size_t left = done < size ? size - done : 0;
		const size_t old = left < len ? left : len;

		res = piece(client, tag, done / FESTORE_CHUNK * (FESTORE_CHUNK + FESTORE_SEAL),
			old == 0 ? 0 : (size_t)FESTORE_SEALED_LEN(old), len - old,
			done + len == whole ? FESTORE_WIRE_LAST : 0);
		done += len;
		if (done == whole)
			break;
	}
	return res;
}

#endif
