/* SPDX-License-Identifier: BSD-2-Clause */
/* The open sessions of a TA, and whose each is. What else a TA keeps for one is the TA's own. */
#ifndef SESSION_H
#define SESSION_H

#include "identity.h"

#include <stdbool.h>

/* So that one owner cannot use up the heap of all. */
#define SESSIONS_PER_OWNER 16u

/* The beginning of a session; each TA's own struct goes on. */
struct session {
	struct owner owner;
	struct session *next; /* of all sessions of this instance */
};

/* To be told by each TA: the bytes of its struct, and how its part of a session ends. */
extern const size_t session_len;
void session_end(struct session *session);

/* Opens a session for `owner`, all zero otherwise. TEE_ERROR_BUSY: the owner has
 * SESSIONS_PER_OWNER. */
TEE_Result session_open(const struct owner *owner, struct session **ret_session);

/* Ends the session and what it had under way, wiped. */
void session_close(struct session *session);

/* The first of all sessions of this instance, or NULL. */
struct session *session_first(void);

bool owner_is_same(const struct owner *a, const struct owner *b);

#endif
