/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libteec whose TEE is the fake in this very program. A test says who calls, sees every call, and
 * may answer in its place.
 */
#ifndef DIRECT_H
#define DIRECT_H

#include <stdbool.h>
#include <stdint.h>
#include <tee_client_api.h>

/* Who calls: the effective user, and whose process it is. */
extern uint32_t direct_uid;
extern unsigned int direct_client;

enum direct_call {
	DIRECT_CONTEXT,
	DIRECT_MEMORY,
	DIRECT_OPEN,
	DIRECT_INVOKE,
};

struct direct_event {
	enum direct_call call;
	uint32_t command;    /* of DIRECT_INVOKE */
	const void *request; /* likewise: parameter 0, or NULL */
	bool is_after;       /* the TA has answered; the client does not know yet */
	TEEC_Result result;
	uint32_t origin;
};

/*
 * Is asked before a call (true: the TA does not see it, and it answers what the hook has put into
 * the event) and after it (true: the client gets the hook's answer in place of the TA's).
 */
typedef bool (*direct_hook)(struct direct_event *event);
void direct_on_call(direct_hook hook);

/* The TA crashes, if anyone has a session with it. */
void direct_crash(void);

/* A client is gone: the kernel closes its sessions. */
void direct_kill(unsigned int client);

/* The TEE has begun a new life: no session is known any more. */
void direct_forget(void);

/* Contexts, memories and sessions that are open, of all clients. */
unsigned int direct_open_things(void);

#endif
