/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the sessions of this instance in a list, to count them by owner. */
#include "session.h"

static struct session *sessions;

static bool same_owner(const struct owner *a, const struct owner *b)
{
	return a->login == b->login && TEE_MemCompare(a->octets, b->octets, sizeof(a->octets)) == 0;
}

static unsigned int count_of(const struct owner *owner)
{
	unsigned int count = 0;

	for (const struct session *s = sessions; s; s = s->next)
		count += same_owner(&s->owner, owner) ? 1 : 0;
	return count;
}

TEE_Result session_open(const struct owner *owner, struct session **ret_session)
{
	struct session *session = NULL;

	if (count_of(owner) >= SESSIONS_PER_OWNER)
		return TEE_ERROR_BUSY;

	session = TEE_Malloc(sizeof(*session), TEE_MALLOC_FILL_ZERO);
	if (!session)
		return TEE_ERROR_OUT_OF_MEMORY;

	session->owner = *owner;
	session->next = sessions;
	sessions = session;
	*ret_session = session;
	return TEE_SUCCESS;
}

void session_close(struct session *session)
{
	struct session **link = &sessions;

	while (*link != session)
		link = &(*link)->next;
	*link = session->next;

	/* No change of the storage here: a failure would panic, and nobody waits for an answer. */
	object_list_end(&session->list);
	object_list_end(&session->pin);
	transfer_leave(&session->transfer);
	TEE_Free(session);
}

void session_use_storage(struct session *session, uint32_t storage)
{
	/* Nothing to hold (an empty storage, damage) is for the call itself to find and to tell. */
	if (session->has_used_storage && !object_list_is_open(&session->pin))
		(void)object_list_begin(storage, &session->pin);
	session->has_used_storage = true;
}

TEE_Result session_may_transfer(const struct session *session)
{
	unsigned int all = 0;
	unsigned int own = 0;

	for (const struct session *s = sessions; s; s = s->next) {
		if (s->transfer.kind == TRANSFER_NONE)
			continue;
		all++;
		own += same_owner(&s->owner, &session->owner) ? 1 : 0;
	}
	return all < TRANSFERS_MAX && own < TRANSFERS_PER_OWNER ? TEE_SUCCESS : TEE_ERROR_BUSY;
}

bool session_is_writing(const struct object_id *body)
{
	for (const struct session *s = sessions; s; s = s->next) {
		if (s->transfer.kind == TRANSFER_PUT && s->transfer.body.len == body->len &&
			TEE_MemCompare(s->transfer.body.bytes, body->bytes, body->len) == 0)
			return true;
	}
	return false;
}
