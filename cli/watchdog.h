/* SPDX-License-Identifier: BSD-2-Clause */
/* So that the command does not hang when no tee-supplicant runs. */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include "cli.h"

/*
 * From here on, if for five seconds no process named tee-supplicant is to be seen,
 * the command says so and exits with FESTORE_NO_TEE. (The kernel waits for a tee-supplicant
 * without end, and does not tell that it does.) Without threads or /proc there is no watchdog.
 */
void watchdog_start(const struct subcommand *self);

/* Until the next start: what is asked of the TEE needs no tee-supplicant. */
void watchdog_rest(void);

/* What lasts from here on is not the TEE. */
void watchdog_stop(void);

#endif
