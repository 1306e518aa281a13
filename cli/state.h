/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command remembers of a user's device, outside of the store. */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the path of a file in $XDG_STATE_HOME/festore (~/.local/state/festore), and makes the
 * folders on the way to it. False: there is no place.
 */
bool state_path(const char *name, char *to, size_t room);

#endif
