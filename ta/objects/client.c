/* SPDX-License-Identifier: BSD-2-Clause */
/* The *objects* TA's part of a session. */
#include "client.h"

const size_t session_len = sizeof(struct client);

/* A client begins with its session. */
static struct client *client_at(struct session *session)
{
	return (struct client *)(void *)session;
}

struct client *client_of(const struct call *call)
{
	return client_at(call->session);
}

void session_end(struct session *session)
{
	struct client *client = client_at(session);

	/* No change of the storage here: a failure would panic, and nobody waits for an answer. */
	object_list_end(&client->list);
	object_list_end(&client->pin);
	transfer_leave(&client->transfer);
	anchor_close(&client->anchor);
}

void client_use_storage(struct client *client, uint32_t storage)
{
	/* In RPMB there is no directory that stays open. */
	if (storage == FESTORE_WIRE_RPMB)
		return;
	/* Nothing to hold (an empty storage, damage) is for the call itself to find and to tell. */
	if (client->has_used_storage && !object_list_is_open(&client->pin))
		(void)object_list_begin(storage, &client->pin);
	client->has_used_storage = true;
}

TEE_Result client_may_transfer(const struct client *client)
{
	unsigned int all = 0;
	unsigned int own = 0;

	for (struct session *s = session_first(); s; s = s->next) {
		if (client_at(s)->transfer.kind == TRANSFER_NONE)
			continue;
		all++;
		own += owner_is_same(&s->owner, &client->session.owner) ? 1 : 0;
	}
	return all < TRANSFERS_MAX && own < TRANSFERS_PER_OWNER ? TEE_SUCCESS : TEE_ERROR_BUSY;
}

bool client_is_writing(const struct object_id *body)
{
	for (struct session *s = session_first(); s; s = s->next) {
		const struct transfer *transfer = &client_at(s)->transfer;

		if (transfer->kind == TRANSFER_PUT && transfer->body.len == body->len &&
			TEE_MemCompare(transfer->body.bytes, body->bytes, body->len) == 0)
			return true;
	}
	return false;
}
