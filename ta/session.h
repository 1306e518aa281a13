/* SPDX-License-Identifier: BSD-2-Clause */
/* The open sessions: whose each is, and what it has under way between its calls. */
#ifndef SESSION_H
#define SESSION_H

#include "identity.h"
#include "transfer.h"

/* So that one owner cannot use up the heap of all. */
#define SESSIONS_PER_OWNER 16u

struct session {
	struct owner owner;
	struct object_list list; /* the list under way (FILE_LIST) */
	struct object_list pin;  /* never walked; see session_use_storage() */
	bool has_used_storage;
	struct transfer transfer; /* the put or get under way */
	struct session *next;     /* of all sessions of this instance */
};

/* Opens a session for `owner`. TEE_ERROR_BUSY: the owner has SESSIONS_PER_OWNER already. */
TEE_Result session_open(const struct owner *owner, struct session **ret_session);

/* Ends the session and what it had under way. */
void session_close(struct session *session);

/*
 * To be called before each use of a storage. OP-TEE opens its directory of objects for every call
 * and closes it after, at a cost that grows with the number of objects, unless something holds it
 * open. From its second call on a session does, so that one who makes a single call pays nothing
 * for it.
 */
void session_use_storage(struct session *session, uint32_t storage);

/* May this session begin a transfer? TEE_ERROR_BUSY: there are too many. */
TEE_Result session_may_transfer(const struct session *session);

/* Is some session writing this body now? */
bool session_is_writing(const struct object_id *body);

#endif
