/* SPDX-License-Identifier: BSD-2-Clause */
/* TAP lines, numbered on from where a script that runs several programs has come to. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

/* The next line is number `done` + 1. */
void tap_begin(unsigned int done);

/* One line of TAP; returns `is_good`. */
__attribute__((format(printf, 2, 3))) bool ok(bool is_good, const char *format, ...);

/* A comment on the line that is to come. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);

/* 0 if all lines were good, else 1. */
int tap_end(void);

#endif
