/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of a vault: entries that are made with the change that they tell of, sealed, and given
 * out behind what else comes out; and what was refused, until the next change tells of it.
 *
 * All that takes a `struct log *` does nothing with NULL, which a vault without a log has. Entries
 * are written at the end of the call's output first, which is shared memory: they are sealed, and
 * never read again. Whoever ends a call that failed wipes them (log_end()).
 */
#ifndef LOG_H
#define LOG_H

#include "opened.h"

#include <festore_log.h>

/* An entry in the clear. */
struct log_text {
	struct festore_log_entry entry;
	uint8_t body[FESTORE_LOG_BODY_MAX];
};

/* What a call adds to a log. */
struct log {
	const struct seal_keys *keys;
	const uint8_t *vault;
	uint64_t epoch;
	uint64_t version;
	struct festore_log_head head; /* with what was added */
	struct call *call;
	size_t len; /* bytes of sealed entries, at the end of the call's output */
	bool has_draft;
	struct log_text draft;
};

/* Has this state's vault a log? */
bool log_is_kept(const struct festore_vault_state *state);

/*
 * A log to be added to by this call, behind `head`; for log_end(). `ret_log` is NULL without a log.
 * TEE_ERROR_OUT_OF_MEMORY.
 */
TEE_Result log_begin(struct call *call, const struct festore_vault_state *state,
	const uint8_t head[FESTORE_HASH], struct log **ret_log);

/* What entries say that they are part of. */
void log_is_of(struct log *log, uint64_t epoch, uint64_t version);

/* Adds what happened to a tag, to the entry under way or a new one. TEE_ERROR_SHORT_BUFFER. */
TEE_Result log_item(
	struct log *log, enum festore_log_act act, uint32_t kind, const struct tag *tag);

/* Adds an entry of its own, of `len` bytes of body. TEE_ERROR_SHORT_BUFFER. */
TEE_Result log_entry(
	struct log *log, enum festore_log_what what, uint64_t count, const void *body, size_t len);

/* The same of a note, whose place in the vault's notes the head then tells. */
TEE_Result log_note(struct log *log, enum festore_log_what what,
	const struct festore_vault_note *note, uint8_t ret_head[FESTORE_HASH]);

/* Ends the entry under way, and writes what the next state has of the log. */
TEE_Result log_finish(struct log *log, uint8_t ret_head[FESTORE_HASH]);

/* Moves the entries to behind the call's output; the call will succeed. */
void log_give(struct log *log);

/* Frees and wipes; with another `res` than TEE_SUCCESS the entries in the output too. NULL-safe. */
void log_end(struct log *log, TEE_Result res);

/* Bytes of the call's output that the entries take. */
size_t log_len(const struct log *log);

/*
 * Opens the sealed entry at the beginning of `len` bytes; *ret_len is what was read of it.
 * TEE_ERROR_CORRUPT_OBJECT: it is none of this vault, or was changed. TEE_ERROR_BAD_PARAMETERS: it
 * cannot be one. The bytes may be shared memory.
 */
TEE_Result log_open(const struct slot *slot, const uint8_t *sealed, size_t len,
	struct log_text *ret_text, size_t *ret_len);

/* --- refusals --------------------------------------------------------------------------------- */

/* Notes that a vault refused something for this reason, if it has a log. */
void log_refused(const struct slot *slot, uint32_t reason);

/* Another vault takes the slot: what the one before has refused is none of its. */
void refusals_forget(const struct slot *slot);

/* Adds an entry of what was refused, if anything was, to the log of a call that makes a state. */
TEE_Result refusals_tell(struct log *log, const struct slot *slot);

/* The slot has moved on to a state: are these refusals in it? */
void refusals_were_told(const struct slot *slot);

/* The state `mac`, which this call has made, tells of them. */
void refusals_are_in(const struct slot *slot, const uint8_t mac[FESTORE_HASH]);

/* --- commands --------------------------------------------------------------------------------- */

TEE_Result log_read(struct call *call);
TEE_Result log_sign(struct call *call);
TEE_Result log_key(struct call *call);

#endif
