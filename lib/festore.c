/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening, closing and asking a handle. */
#include "handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *festore_version(void)
{
	return FESTORE_RELEASE;
}

enum festore_error festore_open(struct festore **ret_fs, enum festore_storage storage)
{
	struct festore *fs = calloc(1, sizeof(*fs));

	*ret_fs = fs;
	if (!fs)
		return FESTORE_ERROR;
	if (storage != FESTORE_STORAGE_REE)
		return failure_set(&fs->failure, FESTORE_USAGE, "unknown storage");
	fs->storage = FESTORE_WIRE_REE;
	return session_open(&fs->session, &fs->failure);
}

void festore_close(struct festore **fs)
{
	if (!fs || !*fs)
		return;
	session_close((*fs)->session);
	free(*fs);
	*fs = NULL;
}

const char *festore_reason(const struct festore *fs)
{
	return fs ? fs->failure.text : "out of memory";
}

enum festore_error handle_begin(struct festore *fs)
{
	if (!fs->session)
		return failure_set(&fs->failure, FESTORE_NO_TEE, "the handle is not connected");
	memset(&fs->failure, 0, sizeof(fs->failure));
	return FESTORE_OK;
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
		.reply = &info,
		.reply_len = sizeof(info),
	};
	enum festore_error error = handle_begin(fs);

	if (error == FESTORE_OK)
		error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;

	memset(ret_status, 0, sizeof(*ret_status));
	snprintf(ret_status->tee_version, sizeof(ret_status->tee_version), "%.*s",
		(int)sizeof(info.tee) - 1, info.tee);
	snprintf(ret_status->ta_version, sizeof(ret_status->ta_version), "%.*s",
		(int)sizeof(info.version) - 1, info.version);
	format_uuid(info.owner, ret_status->owner);
	ret_status->content_max = info.content_max;
	return FESTORE_OK;
}
