/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fuzzer as a client of the *objects* TA: sessions of three owners, calls with faults planned
 * into them, and what must be true of every answer whatever the call was.
 */
#ifndef FUZZ_CLIENT_H
#define FUZZ_CLIENT_H

#include "belief.h"
#include "fake_tee.h"
#include "report.h"

#include <festore_ta.h>

enum { OWNERS = 3, SESSIONS = 6, TAGS = 4 };

/* What happens during a call. */
enum fault {
	FAULT_NONE,
	FAULT_ALLOC,   /* an allocation fails */
	FAULT_STORAGE, /* a storage call fails, and perhaps all after it */
	FAULT_FULL,    /* a write finds no space; OP-TEE panics who deletes then */
	FAULT_CUT_BEFORE,
	FAULT_CUT_AFTER,
	FAULT_REQUEST, /* the normal world overwrites the request after it was copied */
	FAULT_WINDOW,  /* the normal world overwrites the window at some time */
	FAULTS,
};

/* One call, and what came of it. */
struct shot {
	uint32_t command;
	uint32_t types;
	struct festore_wire_request request;
	size_t request_len;
	uint8_t reply[sizeof(struct festore_wire_info)];
	size_t reply_len; /* in: room; out: what the TA says */
	uint8_t *window;  /* of exactly window_room bytes */
	size_t window_room;
	size_t window_len; /* as reply_len */
	enum fault fault;
	unsigned int when;
	uint32_t other_serial; /* FAULT_WINDOW: the content that the window then has */
	TEE_Result res;
};

/* The transfer that a session has begun, as far as a client can know. */
struct transfer_view {
	uint32_t command; /* FILE_PUT or FILE_GET, 0 for none */
	unsigned int tag;
	bool sure; /* no refusal since, that may have ended it */
	bool spoilt;
	uint32_t done;
	struct content content;
};

struct client {
	uint32_t sessions[SESSIONS]; /* 0: not open */
	struct transfer_view transfers[SESSIONS];
	struct belief beliefs[OWNERS][TAGS];
	bool is_damaged; /* the storage was damaged: reads may fail */
	uint32_t last_serial;
};

extern struct client client;

void client_begin(void);
/* Closes all; asserts that nothing is left in the TA. */
void client_end(void);

unsigned int owner_of(unsigned int session);
const TEE_Identity *identity_of_owner(unsigned int owner);
struct belief *belief_of(unsigned int session, unsigned int tag);

/* Opens it if it is not open. */
void session_need(unsigned int session);
void session_drop(unsigned int session);
void power_cycle(void);

/* A request of the command's own form for one of the tags. */
void shot_init(struct shot *shot, uint32_t command, unsigned int tag);
void tag_write(unsigned int tag, struct festore_wire_tag *to);
/* The tag of a list's entry; TAGS for one that nobody ever put. */
unsigned int tag_find(const uint8_t *bytes, size_t len);
uint32_t types_of(uint32_t command);
/* Gives it a window of exactly this size, for the caller to fill if the TA reads it. */
void shot_window(struct shot *shot, size_t room);
/*
 * Makes the call in a session. Asserts what holds of all: a documented answer, no panic but the one
 * that OP-TEE makes, no byte where none was said to be. Power is back afterwards.
 */
void shot_fire(struct shot *shot, unsigned int session);
void shot_free(struct shot *shot);

/* Nothing was planned to go wrong in this call, nor has damage been done before. */
bool shot_is_calm(const struct shot *shot);
/* It ended by power or panic: what it was to change is old or new. */
bool shot_is_cut(const struct shot *shot);

#endif
