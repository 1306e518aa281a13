/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that looks for tee-supplicant among the processes. OP-TEE asks it for nearly everything;
 * Linux' optee driver blocks the caller until one is there (drivers/tee/optee/supp.c).
 */
#include "watchdog.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Long enough for a tee-supplicant that is being restarted. */
enum { PATIENCE_SECONDS = 5 };

static atomic_bool is_stopped;

static bool is_supplicant(const char *pid)
{
	char path[64];
	char name[32] = "";
	FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return strcmp(name, "tee-supplicant\n") == 0;
}

/* True also if the processes cannot be seen. */
static bool there_may_be_a_supplicant(void)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry = NULL;
	bool found = false;

	if (!processes)
		return true;
	while (!found && (entry = readdir(processes)))
		found = is_supplicant(entry->d_name);
	closedir(processes);
	return found;
}

static void *watch(void *arg)
{
	const struct subcommand *self = arg;

	do
		sleep(PATIENCE_SECONDS);
	while (!is_stopped && there_may_be_a_supplicant());
	if (is_stopped)
		return NULL;

	fail(self, FESTORE_NO_TEE, "no tee-supplicant is running");
	/* Ends the thread that waits in the kernel too. */
	_exit(FESTORE_NO_TEE);
}

void watchdog_start(const struct subcommand *self)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, watch, (void *)(uintptr_t)self) == 0)
		pthread_detach(thread);
}

void watchdog_stop(void)
{
	is_stopped = true;
}
