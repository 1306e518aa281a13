/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The batches of festore-test-raw. Each opens its own sessions, prints its TAP lines, and leaves
 * the caller's store as it found it (tags that begin with "raw" are its own).
 */
#ifndef RAW_H
#define RAW_H

/* Parameters, sizes and requests that are wrong in one way each (raw_requests.c). */
void raw_types(void);
void raw_sizes(void);
void raw_requests(void);

/* Calls and sessions that do not belong together (raw_sessions.c). */
void raw_order(void);
void raw_sessions(void);
void raw_logins(void);
void raw_limits(void);

/* Memory that changes while the TA reads it (raw_race.c). */
void raw_race(void);

#endif
