/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on keys, of a client whose tags are keys (client.kind). */
#ifndef VAULT_KEY_TEST_H
#define VAULT_KEY_TEST_H

#include "vault.h"

static inline struct ask ask_make(const char *tag, uint16_t type, uint16_t use)
{
	struct ask ask = ask_of(FESTORE_CMD_KEY_GENERATE, tag);

	ask.request.base.flags = FESTORE_WIRE_MORE;
	ask.request.key.type = type;
	ask.request.key.use = use;
	ask.room = FESTORE_SEALED_LEN(FESTORE_KEY_MAX);
	return ask;
}

/* The second half; the client's tags are keys. */
static inline struct ask ask_store(const struct client *client, const char *tag)
{
	struct ask ask = ask_on(client, FESTORE_CMD_KEY_GENERATE, tag);

	ask.request.base.flags = FESTORE_WIRE_CONTINUE;
	ask.request.base.modified = 1234;
	return ask;
}

/* Runs a first half, and keeps what it makes. */
static inline TEE_Result run_make(struct client *client, struct ask *ask)
{
	const TEE_Result res = ask_run(client->session, ask);

	client_drop(client);
	if (res != TEE_SUCCESS)
		return res;
	assert_int_equal(ask->answer.change.content_len, ask->out_len);
	client->pieces = keep(ask->out, ask->out_len);
	client->pieces_len = ask->out_len;
	return res;
}

static inline TEE_Result make_key(
	struct client *client, const char *tag, uint16_t type, uint16_t use)
{
	struct ask ask = ask_make(tag, type, use);

	return run_make(client, &ask);
}

/* The change, which is not confirmed yet. */
static inline TEE_Result place_key(struct client *client, const char *tag)
{
	struct ask ask = ask_store(client, tag);
	const TEE_Result res = run_change(client, &ask, need(calloc(1, sizeof(struct entry))));

	client_drop(client);
	return res;
}

static inline TEE_Result store_key(struct client *client, const char *tag)
{
	const TEE_Result res = place_key(client, tag);

	return res == TEE_SUCCESS ? confirm(client) : res;
}

static inline TEE_Result generate(
	struct client *client, const char *tag, uint16_t type, uint16_t use)
{
	const TEE_Result res = make_key(client, tag, type, use);

	return res == TEE_SUCCESS ? store_key(client, tag) : res;
}

/* The first half of an import of these numbers. */
static inline struct ask ask_import(
	const char *tag, uint16_t type, uint16_t use, const uint8_t *pair, size_t len)
{
	struct ask ask = ask_make(tag, type, use);

	ask.command = FESTORE_CMD_KEY_IMPORT;
	ask.content = pair;
	ask.content_len = len;
	return ask;
}

static inline TEE_Result import(struct client *client, const char *tag, uint16_t type, uint16_t use,
	const uint8_t *pair, size_t len)
{
	struct ask ask = ask_import(tag, type, use, pair, len);
	const TEE_Result res = run_make(client, &ask);

	return res == TEE_SUCCESS ? store_key(client, tag) : res;
}

/* A call on a key with its record and content. */
static inline struct ask ask_key(const struct client *client, uint32_t command, const char *tag)
{
	struct ask ask = ask_on(client, command, tag);
	const struct entry *entry = client_entry(client, tag);

	add_record(&ask, entry);
	if (entry) {
		ask.content = entry->content;
		ask.content_len = entry->content_len;
	}
	ask.room = FESTORE_PUBLIC_MAX;
	return ask;
}

static inline struct ask ask_sign(const struct client *client, const char *tag, uint16_t scheme,
	uint16_t hash, const uint8_t *message, size_t len)
{
	struct ask ask = ask_key(client, FESTORE_CMD_KEY_SIGN, tag);

	ask.request.key.scheme = scheme;
	ask.request.key.hash = hash;
	ask.message = message;
	ask.message_len = len;
	return ask;
}

#endif
