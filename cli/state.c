/* SPDX-License-Identifier: BSD-2-Clause */
/* The XDG Base Directory Specification's place for state. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

bool state_path(const char *name, char *to, size_t room)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	static const char *const steps[] = {"/.local", "/.local/state"};
	char folder[512];

	if (state && state[0] == '/') {
		snprintf(folder, sizeof(folder), "%s", state);
	} else if (home && home[0] == '/') {
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			snprintf(folder, sizeof(folder), "%s%s", home, steps[i]);
			mkdir(folder, 0700);
		}
	} else {
		return false;
	}
	snprintf(to, room, "%s/festore", folder);
	mkdir(to, 0700);
	snprintf(to, room, "%s/festore/%s", folder, name);
	return true;
}
