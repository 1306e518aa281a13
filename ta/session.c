/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the sessions of this instance in a list, to count them by owner. */
#include "session.h"

static struct session *sessions;

bool owner_is_same(const struct owner *a, const struct owner *b)
{
	return a->login == b->login && TEE_MemCompare(a->octets, b->octets, sizeof(a->octets)) == 0;
}

static unsigned int count_of(const struct owner *owner)
{
	unsigned int count = 0;

	for (const struct session *s = sessions; s; s = s->next)
		count += owner_is_same(&s->owner, owner) ? 1 : 0;
	return count;
}

TEE_Result session_open(const struct owner *owner, struct session **ret_session)
{
	struct session *session = NULL;

	if (count_of(owner) >= SESSIONS_PER_OWNER)
		return TEE_ERROR_BUSY;

	session = TEE_Malloc(session_len, TEE_MALLOC_FILL_ZERO);
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

	session_end(session);
	TEE_MemFill(session, 0, session_len);
	TEE_Free(session);
}

struct session *session_first(void)
{
	return sessions;
}
