/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories of stores. */
#include "place.h"

#include <festore_vault.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_STORE "/var/lib/festore"

static enum festore_error join(
	char to[PLACE_MAX], const char *a, const char *b, const char *c, struct failure *failure)
{
	const int len = snprintf(to, PLACE_MAX, "%s%s%s", a, b, c);

	if (len < 0 || len >= PLACE_MAX)
		return failure_set(
			failure, FESTORE_USAGE, "the store directory's name is too long");
	return FESTORE_OK;
}

/* systemd gives several directories separated by colons; the first is meant. */
static enum festore_error of_service(
	const char *directories, char to[PLACE_MAX], struct failure *failure)
{
	char first[PLACE_MAX];

	snprintf(first, sizeof(first), "%.*s", (int)strcspn(directories, ":"), directories);
	return join(to, first, "", "", failure);
}

static enum festore_error of_user(char to[PLACE_MAX], struct failure *failure)
{
	const char *data = secure_getenv("XDG_DATA_HOME");
	const char *home = secure_getenv("HOME");
	char room[4096];
	struct passwd entry = {0};
	struct passwd *found = NULL;

	if (data && data[0] == '/')
		return join(to, data, "/festore", "", failure);
	if (home && home[0] == '/')
		return join(to, home, "/.local/share/festore", "", failure);
	if (getpwuid_r(geteuid(), &entry, room, sizeof(room), &found) == 0 && found)
		return join(to, found->pw_dir, "/.local/share/festore", "", failure);
	return failure_set(failure, FESTORE_USAGE,
		"this user has no home directory: FESTORE_DIR must say where the store lies");
}

enum festore_error place_store(
	const char *directory, const char *group, char to[PLACE_MAX], struct failure *failure)
{
	const char *variable = secure_getenv("FESTORE_DIR");
	const char *service = secure_getenv("STATE_DIRECTORY");

	if (directory)
		return join(to, directory, "", "", failure);
	if (variable && variable[0] != '\0')
		return join(to, variable, group ? "/group/" : "", group ? group : "", failure);
	if (group)
		return join(to, SYSTEM_STORE, "/group/", group, failure);
	if (service && service[0] != '\0')
		return of_service(service, to, failure);
	if (geteuid() == 0)
		return join(to, SYSTEM_STORE, "", "", failure);
	return of_user(to, failure);
}

/* Makes one directory, with this mode whatever the umask. 0 or -1 with errno. */
static int make_one(const char *path, unsigned int mode)
{
	return mkdir(path, mode) == 0 ? chmod(path, mode) : -1;
}

enum festore_error place_make(const char *directory, unsigned int mode, struct failure *failure)
{
	char path[PLACE_MAX];
	struct stat there;
	int above = 0; /* why one of those above could not be made */

	snprintf(path, sizeof(path), "%s", directory);
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (make_one(path, mode) != 0 && errno != EEXIST && above == 0)
			above = errno;
		*at = '/';
	}
	if (make_one(path, mode) == 0 ||
		(errno == EEXIST && stat(path, &there) == 0 && S_ISDIR(there.st_mode)))
		return FESTORE_OK;
	if (errno == ENOENT && above != 0)
		errno = above;
	if (errno == ENOSPC || errno == EDQUOT)
		return failure_set(failure, FESTORE_NO_SPACE, "no space left for %s", directory);
	return failure_set(failure,
		errno == EACCES || errno == EPERM || errno == EROFS ? FESTORE_DENIED
								    : FESTORE_ERROR,
		"cannot make the store directory %s: %s", directory, strerror(errno));
}

/* Through a descriptor, so that what is changed is the directory that was looked at. */
static enum festore_error give_to_group(const char *directory, gid_t group, struct failure *failure)
{
	const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int result = fd < 0 ? -1 : fchown(fd, 0, group);

	if (result == 0)
		result = fchmod(fd, PLACE_GROUP_MODE);
	if (result != 0)
		failure_set(failure,
			errno == EACCES || errno == EPERM || errno == EROFS ? FESTORE_DENIED
									    : FESTORE_ERROR,
			"cannot give %s to the group: %s", directory, strerror(errno));
	if (fd >= 0)
		close(fd);
	return result == 0 ? FESTORE_OK : failure->error;
}

enum festore_error place_make_for_group(const char *directory, gid_t group, struct failure *failure)
{
	char above[PLACE_MAX];
	char *slash = NULL;
	enum festore_error error = FESTORE_OK;

	snprintf(above, sizeof(above), "%s", directory);
	slash = strrchr(above, '/');
	if (slash && slash != above) {
		*slash = '\0';
		error = place_make(above, 0755, failure);
	}
	if (error == FESTORE_OK)
		error = place_make(directory, 0700, failure);
	return error == FESTORE_OK ? give_to_group(directory, group, failure) : error;
}

static bool is_name_character(char c, bool is_first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return !is_first && (c == '.' || c == '_' || c == '-');
}

bool place_is_vault_name(const char *name)
{
	size_t len = 0;

	while (len <= FESTORE_VAULT_NAME_MAX && name[len] != '\0') {
		if (!is_name_character(name[len], len == 0))
			return false;
		len++;
	}
	return len != 0 && len <= FESTORE_VAULT_NAME_MAX;
}
