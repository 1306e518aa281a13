/* SPDX-License-Identifier: BSD-2-Clause */
/* Warns of a known hardware unique key, and remembers in an empty file that it has looked. */
#include "warning.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "huk-checked"

static bool is_known(const struct festore_status *status)
{
	return status->huk == FESTORE_HUK_ZERO || status->huk == FESTORE_HUK_KNOWN;
}

/* Writes the path of the mark; makes the folders on the way to it. False: there is no place. */
static bool mark_path(char *to, size_t room)
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
	snprintf(to, room, "%s/festore/" MARK, folder);
	return true;
}

bool warning_is_due(struct festore *fs)
{
	struct festore_status status = {0};

	return festore_status(fs, &status) == FESTORE_OK && is_known(&status);
}

void warning_of_huk(const struct subcommand *self, struct festore *fs)
{
	struct festore_status status = {0};
	char path[600];
	const bool has_path = mark_path(path, sizeof(path));
	int fd = -1;

	if (has_path && access(path, F_OK) == 0)
		return;
	if (festore_status(fs, &status) != FESTORE_OK)
		return;
	if (is_known(&status))
		say(self,
			"WARNING: this device's hardware key is a known default, so what is stored "
			"is secret from nobody (see festore status)");
	if (has_path)
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}
