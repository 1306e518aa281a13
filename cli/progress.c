/* SPDX-License-Identifier: BSD-2-Clause */
/* The bar of a transfer, and the signals that end one. */
#include "progress.h"

#include "text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { BAR_WIDTH = 40, MIB = 1048576 };

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
static const size_t signal_count = sizeof(signals) / sizeof(signals[0]);

static volatile sig_atomic_t is_interrupted;
static struct sigaction before[sizeof(signals) / sizeof(signals[0])];
static bool is_catching;
static const char *bar_tag; /* NULL: no bar */
static uint64_t bar_shown;  /* the number that it shows, plus 1 */

static void interrupt(int signal)
{
	(void)signal;
	is_interrupted = 1;
}

/* Whether the bar would show something else than it does: a terminal is slower than a TEE. */
static bool is_news(uint64_t number)
{
	if (bar_shown == number + 1)
		return false;
	bar_shown = number + 1;
	fputs("\r", stderr);
	print_shown(stderr, bar_tag);
	return true;
}

static void show_part(uint64_t done, uint64_t total)
{
	/* A file that grows is at its end until it is. */
	const uint64_t percent = done >= total ? 100 : done / (total / 100 + 1);
	const int filled = (int)percent * BAR_WIDTH / 100;

	if (is_news(percent))
		fprintf(stderr, " [%.*s%*s] %3d%%", filled,
			"########################################", BAR_WIDTH - filled, "",
			(int)percent);
}

bool progress_is_interrupted(void)
{
	return is_interrupted != 0;
}

bool progress_show(uint64_t done, uint64_t total)
{
	if (bar_tag && total != 0)
		show_part(done, total);
	else if (bar_tag && is_news(done / MIB))
		fprintf(stderr, " %llu MiB", (unsigned long long)(done / MIB));
	if (bar_tag)
		fflush(stderr);
	return is_interrupted != 0;
}

static int show(uint64_t done, uint64_t total, void *arg)
{
	(void)arg;
	return progress_show(done, total);
}

static void catch_signals(void)
{
	/* Once only, so that a second signal ends what does not come back from the TEE. */
	const struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < signal_count; i++) {
		/* What is ignored (nohup) stays so. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

static void release_signals(void)
{
	for (size_t i = 0; i < signal_count; i++)
		sigaction(signals[i], &before[i], NULL);
}

void progress_begin(struct festore *fs, const struct options *options, const char *tag)
{
	bar_tag = !options->quiet && isatty(STDERR_FILENO) ? tag : NULL;
	for (size_t i = 0; i < signal_count; i++)
		sigaction(signals[i], NULL, &before[i]);
	catch_signals();
	is_catching = true;
	if (fs)
		festore_set_progress(fs, show, NULL);
}

void progress_end(struct festore *fs)
{
	if (fs)
		festore_set_progress(fs, NULL, NULL);
	release_signals();
	is_catching = false;
	if (bar_shown)
		fputs("\r\033[K", stderr);
	bar_shown = 0;
	bar_tag = NULL;
}

ssize_t progress_read(int fd, void *to, size_t room)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};
	sigset_t ours;
	sigset_t mask;
	int ready = 0;

	/* Between the look at the flag and the wait no signal is to get lost. */
	sigemptyset(&ours);
	for (size_t i = 0; i < signal_count; i++)
		sigaddset(&ours, signals[i]);
	sigprocmask(SIG_BLOCK, &ours, &mask);
	errno = EINTR;
	ready = is_interrupted ? -1 : ppoll(&input, 1, NULL, &mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	/* What cannot be waited for says by read() what it has. */
	return ready < 0 ? -1 : read(fd, to, room);
}

ssize_t progress_write(int fd, const void *bytes, size_t len)
{
	ssize_t put = -1;

	if (is_catching)
		release_signals();
	errno = EINTR;
	if (!is_interrupted)
		put = write(fd, bytes, len);
	if (is_catching)
		catch_signals();
	return put;
}
