/* SPDX-License-Identifier: BSD-2-Clause */
/* What the *objects* TA keeps for a session: what it has under way between its calls. */
#ifndef CLIENT_H
#define CLIENT_H

#include "anchor.h"
#include "request.h"
#include "transfer.h"

struct client {
	struct session session;
	struct object_list list; /* the list under way (FILE_LIST) */
	struct object_list pin;  /* never walked; see client_use_storage() */
	bool has_used_storage;
	struct transfer transfer;  /* the put or get under way */
	struct anchor_open anchor; /* of the vault TA: the last one that it used */
};

/* The client that a call is of. */
struct client *client_of(const struct call *call);

/*
 * To be called before each use of a storage. OP-TEE opens its directory of objects for every call
 * and closes it after, at a cost that grows with the number of objects, unless something holds it
 * open. From its second call on a client does, so that one who makes a single call pays nothing
 * for it.
 */
void client_use_storage(struct client *client, uint32_t storage);

/* May this client begin a transfer? TEE_ERROR_BUSY: there are too many. */
TEE_Result client_may_transfer(const struct client *client);

/* Is some client writing this body now? */
bool client_is_writing(const struct object_id *body);

#endif
