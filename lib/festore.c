/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening, closing and asking a handle. */
#include "vault.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *festore_version(void)
{
	return FESTORE_RELEASE;
}

static enum festore_error find_group(struct festore *fs, const char *name)
{
	char room[4096];
	struct group entry = {0};
	struct group *found = NULL;
	int result = getgrnam_r(name, &entry, room, sizeof(room), &found);

	if (result == ERANGE) /* a group of very many members: all the same to us */
		return failure_set(&fs->failure, FESTORE_ERROR, "the group %s is too large", name);
	if (!found)
		return failure_set(&fs->failure, FESTORE_USAGE, "there is no group %s", name);
	fs->has_group = true;
	fs->group = entry.gr_gid;
	return FESTORE_OK;
}

static enum festore_error choose_storage(struct festore *fs, const struct festore_options *options)
{
	fs->storage = options->storage;
	switch (options->storage) {
	case FESTORE_STORAGE_REE:
	case FESTORE_STORAGE_RPMB:
		fs->operations = options->storage == FESTORE_STORAGE_REE ? &ree_operations
									 : &rpmb_operations;
		fs->ta = SESSION_OBJECTS;
		return FESTORE_OK;
	case FESTORE_STORAGE_DEFAULT:
	case FESTORE_STORAGE_VAULT:
		fs->storage = FESTORE_STORAGE_VAULT;
		fs->operations = &vault_operations;
		fs->ta = SESSION_VAULT;
		return vault_new(fs, options);
	default:
		return failure_set(&fs->failure, FESTORE_USAGE, "unknown storage");
	}
}

enum festore_error festore_open(struct festore **ret_fs, const struct festore_options *options)
{
	static const struct festore_options defaults = {0};
	struct festore *fs = calloc(1, sizeof(*fs));
	enum festore_error error = FESTORE_OK;

	*ret_fs = fs;
	if (!fs)
		return FESTORE_ERROR;
	if (!options)
		options = &defaults;
	if (options->group)
		error = find_group(fs, options->group);
	if (error == FESTORE_OK)
		error = choose_storage(fs, options);
	if (error == FESTORE_OK)
		error = handle_connect(fs);
	fs->was_connected = error == FESTORE_OK;
	return error;
}

void festore_set_progress(struct festore *fs, festore_progress progress, void *arg)
{
	fs->progress = progress;
	fs->progress_arg = arg;
}

void festore_set_waiting(struct festore *fs, festore_waiting waiting, void *arg)
{
	fs->waiting = waiting;
	fs->waiting_arg = arg;
}

void festore_close(struct festore **fs)
{
	if (!fs || !*fs)
		return;
	session_close((*fs)->session);
	vault_free((*fs)->vault);
	free(*fs);
	*fs = NULL;
}

const char *festore_reason(const struct festore *fs)
{
	return fs ? fs->failure.text : "out of memory";
}

static void format_uuid(const uint8_t octets[16], char to[37])
{
	char *at = to;

	for (unsigned int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		at += sprintf(at, "%02x", octets[i]);
	}
}

enum festore_error festore_status(struct festore *fs, struct festore_status *ret_status)
{
	const struct festore_wire_request request = {.protocol = FESTORE_PROTOCOL};
	struct festore_wire_info info = {0};
	struct exchange exchange = {
		.command = FESTORE_CMD_INFO,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &info,
		.reply_len = sizeof(info),
	};
	enum festore_error error = handle_begin(fs);

	if (error == FESTORE_OK)
		error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	if (fs->storage == FESTORE_STORAGE_RPMB && (info.storages & FESTORE_WIRE_RPMB) == 0)
		return failure_set(&fs->failure, FESTORE_NO_TEE, SESSION_NO_RPMB);

	memset(ret_status, 0, sizeof(*ret_status));
	snprintf(ret_status->tee_version, sizeof(ret_status->tee_version), "%.*s",
		(int)sizeof(info.tee) - 1, info.tee);
	snprintf(ret_status->ta_version, sizeof(ret_status->ta_version), "%.*s",
		(int)sizeof(info.version) - 1, info.version);
	format_uuid(info.owner, ret_status->owner);
	ret_status->size_max = info.size_max;
	ret_status->huk = (enum festore_huk)info.huk;
	ret_status->storage = fs->storage;
	return fs->operations->describe(fs, ret_status);
}
