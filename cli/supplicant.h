/* SPDX-License-Identifier: BSD-2-Clause */
/* What the running tee-supplicant shows of itself to any user: that it runs, and its options. */
#ifndef SUPPLICANT_H
#define SUPPLICANT_H

#include <stdbool.h>
#include <sys/types.h>

#define SUPPLICANT_PATH_MAX 256

struct supplicant {
	pid_t pid;
	char files[SUPPLICANT_PATH_MAX]; /* its folder (-f, --fs-parent-path), "" if not given */
	char tas[SUPPLICANT_PATH_MAX]; /* where it looks for TAs (-l, --ta-dir), "" if not given */
};

enum supplicant_state {
	SUPPLICANT_RUNS,
	SUPPLICANT_MISSING, /* no process of this name is to be seen */
	SUPPLICANT_HIDDEN,  /* processes cannot be seen at all */
};

/* Looks through /proc. Writes *ret_supplicant if it runs; NULL: not of interest. */
enum supplicant_state supplicant_find(struct supplicant *ret_supplicant);

#endif
