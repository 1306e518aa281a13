/* SPDX-License-Identifier: BSD-2-Clause */
/* How long something takes whose end nobody knows, shown while it does. */
#ifndef ELAPSED_H
#define ELAPSED_H

#include "options.h"

/*
 * From here on standard error shows `what` and the seconds since now, if it is a terminal and not
 * -q.
 */
void elapsed_begin(const struct options *options, const char *what);

/* Removes that line. */
void elapsed_end(void);

#endif
