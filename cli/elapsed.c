/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that writes the seconds, as the one that waits for the TEE cannot. */
#include "elapsed.h"

#include "text.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static bool is_ended;
static bool is_shown;
static pthread_t thread;

static void show(const char *what, unsigned int seconds)
{
	fputs("\r", stderr);
	print_shown(stderr, what);
	fprintf(stderr, " %u s", seconds);
	fflush(stderr);
}

static void *show_seconds(void *arg)
{
	struct timespec next = {0};

	clock_gettime(CLOCK_REALTIME, &next);
	pthread_mutex_lock(&lock);
	for (unsigned int seconds = 0; !is_ended; seconds++) {
		show(arg, seconds);
		next.tv_sec++;
		while (!is_ended && pthread_cond_timedwait(&ended, &lock, &next) == 0)
			continue;
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

void elapsed_begin(const struct options *options, const char *what)
{
	sigset_t all;
	sigset_t before;

	if (options->quiet || !isatty(STDERR_FILENO))
		return;
	/* Signals are for the thread that waits. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	is_shown = pthread_create(&thread, NULL, show_seconds, (void *)(uintptr_t)what) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void elapsed_end(void)
{
	if (!is_shown)
		return;
	pthread_mutex_lock(&lock);
	is_ended = true;
	pthread_cond_signal(&ended);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	fputs("\r\033[K", stderr);
	is_shown = false;
}
