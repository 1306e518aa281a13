/* SPDX-License-Identifier: BSD-2-Clause */
/* Warns of a known hardware unique key, and remembers in an empty file that it has looked. */
#include "warning.h"

#include "state.h"

#include <fcntl.h>
#include <unistd.h>

#define MARK "huk-checked"

static bool is_known(const struct festore_status *status)
{
	return status->huk == FESTORE_HUK_ZERO || status->huk == FESTORE_HUK_KNOWN;
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
	const bool has_path = state_path(MARK, path, sizeof(path));
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
