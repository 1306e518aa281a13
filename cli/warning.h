/* SPDX-License-Identifier: BSD-2-Clause */
/* What a user has to be told once. */
#ifndef WARNING_H
#define WARNING_H

#include "cli.h"

/*
 * At the user's first put on a device whose hardware unique key everybody knows: says so on
 * standard error. That it was said is noted in $XDG_STATE_HOME/festore (~/.local/state/festore);
 * where that cannot be written it is said each time.
 */
void warning_of_huk(const struct subcommand *self, struct festore *fs);

/* Whether everybody knows this device's hardware unique key; false too if it cannot be asked for.
 */
bool warning_is_due(struct festore *fs);

#endif
