/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that looks for tee-supplicant among the processes. OP-TEE asks it for nearly everything;
 * Linux' optee driver blocks the caller until one is there (drivers/tee/optee/supp.c).
 */
#include "watchdog.h"

#include "supplicant.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

/* For so long without a break: a tee-supplicant may be restarted meanwhile, more than once. */
enum { PATIENCE_SECONDS = 5 };

static atomic_bool is_resting;
static atomic_bool is_stopped;

static void *watch(void *arg)
{
	const struct subcommand *self = arg;

	for (unsigned int missing = 0; missing < PATIENCE_SECONDS;) {
		sleep(1);
		if (is_stopped)
			return NULL;
		missing = !is_resting && supplicant_find(NULL) == SUPPLICANT_MISSING ? missing + 1
										     : 0;
	}
	fail(self, FESTORE_NO_TEE, "no tee-supplicant is running");
	/* Ends the thread that waits in the kernel too. */
	_exit(FESTORE_NO_TEE);
}

void watchdog_start(const struct subcommand *self)
{
	static bool is_started;
	pthread_t thread;
	sigset_t all;
	sigset_t before;

	is_resting = false;
	if (is_started)
		return;
	is_started = true;
	/* Signals are for the thread that works: it alone knows when they have to wait. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, watch, (void *)(uintptr_t)self) == 0)
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void watchdog_rest(void)
{
	is_resting = true;
}

void watchdog_stop(void)
{
	is_stopped = true;
}
