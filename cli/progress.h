/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person sees of a long transfer, and how that person ends it. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "options.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * From here on long transfers of the handle (NULL: of none) show a bar, if standard error is a
 * terminal and not -q, and SIGINT, SIGTERM and SIGHUP end them with old or new in place. A second
 * signal kills.
 */
void progress_begin(struct festore *fs, const struct options *options, const char *tag);

/* Removes the bar; signals do again what they did before. */
void progress_end(struct festore *fs);

/* Shows how far a stream is; `total` is 0 if nobody knows. True: a signal asks to end it. */
bool progress_show(uint64_t done, uint64_t total);

/* Has a signal asked to end the transfer? */
bool progress_is_interrupted(void);

/* As read(), but a signal ends also the wait for bytes: -1 with EINTR. */
ssize_t progress_read(int fd, void *to, size_t room);

/* As write(), of which a signal ends the whole command: there must be nothing to tidy up. */
ssize_t progress_write(int fd, const void *bytes, size_t len);

#endif
