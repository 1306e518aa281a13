/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person sees of a long transfer, and how that person ends it. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "options.h"

/*
 * From here on long transfers of the handle show a bar, if standard error is a terminal and not
 * -q, and SIGINT, SIGTERM and SIGHUP end them with old or new in place. A second signal kills.
 */
void progress_begin(struct festore *fs, const struct options *options, const char *tag);

/* Removes the bar; signals do again what they did before. */
void progress_end(struct festore *fs);

#endif
