/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a script says to the fake-TEE process, one line a command: `fake-tee --control SOCKET
 * COMMAND`.
 *
 *   counters             name=value for each counter, then power=on|off
 *   zero                 counters to zero
 *   fail any|write NTH TIMES ERROR     ERROR as a number; TIMES 0: for good; NTH 0: forget
 *   fail-alloc NTH TIMES
 *   cut NTH before|after NTH 0: forget
 *   heap BYTES           limit of every TA's heap
 *   huk own|zero|known|absent   the machine's HUK; absent: no system PTA to ask
 *   rpmb present|absent  an OP-TEE with RPMB FS, or without
 *   restart              power off and on
 *   path UUID STORAGE ID where an object's file is; STORAGE ree or rpmb, ID in hex
 *   quit
 */
#ifndef FAKE_TEE_CONTROL_H
#define FAKE_TEE_CONTROL_H

#include "fake_tee.h"
#include <stdbool.h>
#include <stddef.h>

/* Does one command and writes its answer. False: no such command, or not in this form; then the
 * answer says so. */
bool control_run(const char *command, char *answer, size_t size);

/* True once after `quit`. */
bool control_wants_end(void);

/* A UUID in its usual text form of 36 characters, at the beginning of @text. */
bool control_parse_uuid(const char *text, TEE_UUID *ret_uuid);

#endif
