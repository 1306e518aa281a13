/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection to one of the TAs: the only part of the library that knows libteec. */
#ifndef SESSION_H
#define SESSION_H

#include "error.h"

#include <festore_log.h>
#include <stdbool.h>
#include <sys/types.h>

struct session;

/* Why nothing can be done in the storage rpmb. */
#define SESSION_NO_RPMB "this device has no storage rpmb: its OP-TEE was built without RPMB FS"

enum session_ta { SESSION_OBJECTS, SESSION_VAULT };

/*
 * Connects as the calling user (TEEC_LOGIN_USER), or as a group of that user's (TEEC_LOGIN_GROUP)
 * if `group` is not NULL. On success *ret_session is the caller's, to be ended with
 * session_close().
 */
enum festore_error session_open(struct session **ret_session, enum session_ta ta,
	const gid_t *group, struct failure *failure);

/* Closes, wipes and frees; NULL-safe. */
void session_close(struct session *session);

/* What goes in beside the request, one part after another. */
struct part {
	const void *bytes;
	size_t len;
};

/* Bytes that a call takes in and gives out at the most: what FILE_PUT_MANY, the largest, needs. */
#define EXCHANGE_IN_MAX \
	(sizeof(struct festore_vault_state) + 2 * (size_t)FESTORE_WINDOW + FESTORE_PUTS_ROOM)
/* Of that for a log: three of the longest tags fit into one entry. */
#define EXCHANGE_LOG_MAX ((size_t)(FESTORE_PUTS_MAX / 3 + 12) * FESTORE_LOG_SEALED_MAX)
#define EXCHANGE_OUT_MAX \
	((size_t)FESTORE_PUTS_MAX * (FESTORE_RECORD_MAX + (size_t)FESTORE_SEALED_LEN(1)) + \
		FESTORE_SEALED_WINDOW + \
		(FESTORE_WINDOW / sizeof(struct festore_vault_step) + \
			2 * (size_t)FESTORE_PUTS_MAX) * \
			FESTORE_HASH + \
		EXCHANGE_LOG_MAX)

/* One call of a TA. */
struct exchange {
	uint32_t command;
	const void *request;
	size_t request_len;
	void *reply; /* where the reply goes, or NULL if the command has none */
	size_t reply_len;

	bool has_send; /* parameter 2 goes in: the parts, EXCHANGE_IN_MAX bytes at most */
	struct part send[FESTORE_PARTS];

	unsigned int receive_at; /* the parameter that comes out, 2 or 3; 0: none does */
	size_t receive_room;     /* EXCHANGE_OUT_MAX at most */

	/*
	 * Set on success if something comes out: the TA's bytes, in memory shared with it, valid
	 * until the next call. Only the TA wrote them, but they are checked like any input.
	 */
	const uint8_t *received;
	size_t received_len;
};

/* Makes the call. The shared memory is wiped at the next call and at the end. */
enum festore_error session_call(
	struct session *session, struct exchange *exchange, struct failure *failure);

/*
 * The code that the TA itself answered to the last call; 0 if it was content, or if the failure was
 * on the way to it.
 */
uint32_t session_answer(const struct session *session);

/* The TA that this session was with is gone (it crashed): nothing goes through it any more. */
bool session_is_dead(const struct session *session);

#endif
