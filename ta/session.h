/* SPDX-License-Identifier: BSD-2-Clause */
/* The open sessions: whose each is, and the list that it may be walking. */
#ifndef SESSION_H
#define SESSION_H

#include "identity.h"

struct object_list;

/* So that one owner cannot use up the heap of all. */
#define SESSIONS_PER_OWNER 16u

struct session {
	struct owner owner;
	struct object_list *list; /* the list under way (FILE_LIST), or NULL */
	struct session *next;     /* of all sessions of this instance */
};

/* Opens a session for `owner`. TEE_ERROR_BUSY: the owner has SESSIONS_PER_OWNER already. */
TEE_Result session_open(const struct owner *owner, struct session **ret_session);

/* Ends the session and the list it was walking. */
void session_close(struct session *session);

#endif
