/* SPDX-License-Identifier: BSD-2-Clause */
/* The bar of a transfer, and the signals that end one. */
#include "progress.h"

#include "text.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { BAR_WIDTH = 40 };

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static volatile sig_atomic_t is_interrupted;
static struct sigaction before[sizeof(signals) / sizeof(signals[0])];
static const char *bar_tag; /* NULL: no bar */
static bool bar_is_shown;

static void interrupt(int signal)
{
	(void)signal;
	is_interrupted = 1;
}

static int show(uint64_t done, uint64_t total, void *arg)
{
	const int filled = (int)(done * BAR_WIDTH / total);

	(void)arg;
	if (bar_tag) {
		bar_is_shown = true;
		fputs("\r", stderr);
		print_shown(stderr, bar_tag);
		fprintf(stderr, " [%.*s%*s] %3d%%", filled,
			"########################################", BAR_WIDTH - filled, "",
			(int)(done * 100 / total));
		fflush(stderr);
	}
	return is_interrupted;
}

void progress_begin(struct festore *fs, const struct options *options, const char *tag)
{
	/* Once only, so that a second signal ends what does not come back from the TEE. */
	const struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

	bar_tag = !options->quiet && isatty(STDERR_FILENO) ? tag : NULL;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], NULL, &before[i]);
		/* What is ignored (nohup) stays so. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	festore_set_progress(fs, show, NULL);
}

void progress_end(struct festore *fs)
{
	festore_set_progress(fs, NULL, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &before[i], NULL);
	if (bar_is_shown)
		fputs("\r\033[K", stderr);
	bar_is_shown = false;
	bar_tag = NULL;
}
