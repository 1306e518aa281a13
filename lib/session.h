/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection to the *objects* TA: the only part of the library that knows libteec. */
#ifndef SESSION_H
#define SESSION_H

#include "error.h"

#include <festore_ta.h>
#include <stdbool.h>
#include <sys/types.h>

struct session;

/*
 * Connects as the calling user (TEEC_LOGIN_USER), or as a group of that user's (TEEC_LOGIN_GROUP)
 * if `group` is not NULL. On success *ret_session is the caller's, to be ended with
 * session_close().
 */
enum festore_error session_open(
	struct session **ret_session, const gid_t *group, struct failure *failure);

/* Closes, wipes and frees; NULL-safe. */
void session_close(struct session *session);

/* One call of the TA. */
struct exchange {
	enum festore_command command;
	const struct festore_wire_request *request;
	void *reply; /* where the reply goes, or NULL if the command has none */
	size_t reply_len;

	/* At most one of these two, FESTORE_WINDOW bytes at most. */
	const void *send;
	size_t send_len;
	bool has_send;
	bool has_receive;

	/*
	 * Set on success if has_receive: the TA's bytes, in memory shared with it, valid until the
	 * next call. Only the TA wrote them, but they are checked like any input.
	 */
	const uint8_t *received;
	size_t received_len;
};

/* Makes the call. The shared memory is wiped at the next call and at the end. */
enum festore_error session_call(
	struct session *session, struct exchange *exchange, struct failure *failure);

#endif
