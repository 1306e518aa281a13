/* SPDX-License-Identifier: BSD-2-Clause */
/* What the *vault* TA keeps for a session: the vault that it opened, and what it has under way. */
#ifndef OPENED_H
#define OPENED_H

#include "content.h"
#include "decryption.h"
#include "record.h"
#include "request.h"
#include "slot.h"
#include "tree.h"

/* What became of the session's last proposal. */
enum fate {
	FATE_NONE, /* there was none */
	FATE_PENDING,
	FATE_ACCEPTED, /* it is the current state, or an ancestor of that */
	FATE_LOST,     /* another one follows its predecessor */
};

/* What a batch has to say in a log; apart, as 64 sessions must fit into the heap. */
struct work_log {
	uint64_t dropped;           /* entries that VAULT_PRUNE has let go */
	uint8_t head[FESTORE_HASH]; /* of the state that will come of it */
};

/* Changes under way: a root that is not yet anyone's state. */
struct work {
	uint8_t base[FESTORE_HASH]; /* mac of the state that it began from */
	uint8_t root[FESTORE_HASH];
	uint64_t version; /* 0: there are none */
	uint64_t count;
	struct meta *taken;   /* by REMOVE with KEEP, for MOVE; or NULL */
	struct work_log *log; /* where there is a log; else NULL */
};

enum listing_purpose { LISTING_FILES, LISTING_CHECK, LISTING_PRUNE };

/* What LISTING_PRUNE needs besides; apart, as 64 lists must fit into the heap. */
struct pruning {
	struct tree_build kept;     /* as the list's, without what is dropped */
	uint8_t base[FESTORE_HASH]; /* mac of the state that it began with */
	uint64_t kept_blind;
};

/* A list under way. */
struct listing {
	enum listing_purpose purpose;
	struct tree_build build;    /* its sides are allocated */
	uint8_t root[FESTORE_HASH]; /* of the state that it began with, as the next one */
	uint64_t count;
	uint64_t blind;          /* entries of which only a hash came */
	struct pruning *pruning; /* or NULL */
};

struct opened {
	struct session session;
	struct slot *slot; /* or NULL */
	uint8_t vault[16]; /* the slot's when it was opened; another may take its place */
	enum fate fate;
	bool is_unproven; /* it may only read; then, without a proposal, `proposal` is what it reads
			   */
	bool is_recovery; /* the proposal begins an epoch */
	struct festore_vault_state proposal;
	struct work work;
	struct stream stream;
	struct decryption *decryption; /* or NULL; apart, as 64 sessions must fit into the heap */
	struct listing *listing;       /* or NULL */
};

/* What a call's session has opened. */
struct opened *opened_of(const struct call *call);

/* TEE_ERROR_BAD_STATE: the session has opened no vault. FESTORE_TA_DESTROYED. */
TEE_Result opened_check(const struct opened *opened);

/* The same, and FESTORE_TA_UNPROVEN of a session that may only read. */
TEE_Result opened_check_proven(const struct opened *opened);

/* The state that the session is about: the current one, or an unproven one. */
const struct festore_vault_state *opened_state(const struct opened *opened);

/* Presents the state part of the call, which must be there. */
TEE_Result opened_present(struct opened *opened, const struct call *call);

/*
 * A change is asked for: begins a batch at the state that the call presents, or goes on with the
 * session's. FESTORE_TA_STALE: the slot has moved on since it began.
 */
TEE_Result opened_work(struct opened *opened, const struct call *call);

void opened_end_decryption(struct opened *opened);

/*
 * A grant is what the session's last proposal has paid for, once: good when that was accepted, and
 * as long as it is the last. It lies in the stream: of a key, named by the content's key, which no
 * other content has; of a file that was taken away, the stream that reads it. FESTORE_TA_USES:
 * there is none, or for another.
 */
void grant_begin(struct opened *opened, const uint8_t content_key[FESTORE_HASH]);
bool grant_is_good(const struct opened *opened);
TEE_Result grant_take(struct opened *opened, const uint8_t content_key[FESTORE_HASH]);
void grant_end(struct opened *opened);

/* A batch has begun at the slot's state. TEE_ERROR_OUT_OF_MEMORY. */
TEE_Result work_begin_log(struct work *work, const struct festore_vault_state *state);

/* Is there a batch? */
bool work_is_active(const struct work *work);
void work_end(struct work *work);
void listing_end(struct opened *opened);

/* A path part, copied. */
struct path {
	struct festore_vault_path head;
	struct festore_vault_step *steps; /* allocated; path_free() */
};

/*
 * Copies the path part of the call. TEE_ERROR_BAD_PARAMETERS: not of the length that it says. Both
 * free nothing that was not allocated.
 */
TEE_Result path_read(const struct call *call, struct path *ret_path);
void path_free(struct path *path);

struct tree_path path_as_tree(const struct path *path);

/* What the path says of a locator; TREE_INVALID also if it does not lead to `root`. */
enum tree_found path_prove(const struct path *path, const uint8_t vault[16],
	const uint8_t root[FESTORE_HASH], const uint8_t locator[FESTORE_HASH]);

#endif
