/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chain of a log's entries in the clear, as anybody can check it: each names the one before,
 * and the last one is named by a state or by what the device has signed. Pure functions; no TEE.
 */
#ifndef LOG_CHAIN_H
#define LOG_CHAIN_H

#include "error.h"

#include <festore_log.h>
#include <stdbool.h>
#include <stddef.h>

/* What was read of a chain; all zero at first. */
struct log_chain {
	uint64_t count;
	struct festore_log_head last;  /* what the last entry makes */
	struct festore_log_head begin; /* what the first entry is behind; zero: nothing */
	bool is_let_go;                /* a checkpoint says that entries up to there were let go */
};

/*
 * Bytes of the entry at the beginning of `len` bytes; 0: there is none that can be. Looks at all of
 * it that is not a hash.
 */
size_t log_entry_len(const uint8_t *bytes, size_t len);

/* Adds an entry of log_entry_len() bytes. False: it does not follow the one before. */
bool log_chain_add(struct log_chain *chain, const uint8_t *bytes, size_t len);

/* Does the chain begin where a log begins: at the first entry, or behind a checkpoint? */
bool log_chain_has_beginning(const struct log_chain *chain);

/* Is this the head of the chain: nothing is missing at its end? */
bool log_chain_ends(const struct log_chain *chain, const struct festore_log_head *head);

/* Calls `visit` for each thing that an entry tells. Positive values end it, and are returned. */
int log_entry_visit(const uint8_t *bytes, size_t len, festore_log_visit visit, void *arg);

#endif
