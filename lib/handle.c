/* SPDX-License-Identifier: BSD-2-Clause */
/* How every call on a handle begins. */
#include "handle.h"

#include "tag.h"

#include <string.h>

static_assert(FESTORE_TAG_LEN_MAX == FESTORE_TAG_MAX, "the public limit is the wire's");

enum festore_error handle_begin(struct festore *fs)
{
	if (!fs->session && !fs->was_connected)
		return failure_set(&fs->failure, FESTORE_NO_TEE, "the handle is not connected");
	if (fs->is_transferring)
		return failure_set(&fs->failure, FESTORE_USAGE,
			"a reader or writer of this handle is open, which then serves it alone");
	memset(&fs->failure, 0, sizeof(fs->failure));
	return fs->session ? FESTORE_OK : handle_connect(fs);
}

enum festore_error handle_connect(struct festore *fs)
{
	session_close(fs->session);
	fs->session = NULL;
	return session_open(&fs->session, fs->ta, fs->has_group ? &fs->group : NULL, &fs->failure);
}

void handle_may_wait(struct festore *fs)
{
	if (fs->waiting)
		fs->waiting(fs->waiting_arg);
}

enum festore_error handle_check_tag(struct festore *fs, const char *tag, bool is_prefix)
{
	const size_t len = strnlen(tag, FESTORE_TAG_MAX + 1);

	if (len > FESTORE_TAG_MAX)
		return failure_set(&fs->failure, FESTORE_USAGE, "the tag is longer than %u bytes",
			FESTORE_TAG_MAX);
	if (len == 0 && !is_prefix)
		return failure_set(&fs->failure, FESTORE_USAGE, "the tag is empty");
	if (len != 0 && !tag_is_valid((const uint8_t *)tag, len))
		return failure_set(&fs->failure, FESTORE_USAGE,
			"the tag is not valid UTF-8, or has control characters");
	return FESTORE_OK;
}

enum festore_error handle_check_flags(struct festore *fs, unsigned int flags)
{
	if ((flags & ~(unsigned int)FESTORE_NO_CLOBBER) != 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "unknown flags");
	return FESTORE_OK;
}

enum festore_error handle_check_put_flags(struct festore *fs, unsigned int flags)
{
	const unsigned int policy = flags & FESTORE_POLICIES;

	if (policy != 0 && !fs->vault)
		return failure_set(&fs->failure, FESTORE_USAGE, "this storage has no policies");
	if ((policy & (policy - 1)) != 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "a tag has one policy");
	return handle_check_flags(fs, flags & ~FESTORE_POLICIES);
}

struct festore_wire_tag wire_tag(const char *tag)
{
	struct festore_wire_tag wire = {.len = (uint16_t)strlen(tag)};

	memcpy(wire.bytes, tag, wire.len);
	return wire;
}

bool handle_abort(struct festore *fs)
{
	const struct festore_wire_request request = {.protocol = FESTORE_PROTOCOL};
	struct exchange abort = {
		.command = FESTORE_CMD_ABORT,
		.request = &request,
		.request_len = sizeof(request),
	};
	struct failure unimportant = {0};

	/* What is dead has nothing under way. */
	return !fs->session || session_is_dead(fs->session) ||
		session_call(fs->session, &abort, &unimportant) == FESTORE_OK;
}

enum festore_error handle_progress(struct festore *fs, uint64_t done, uint64_t total)
{
	if (!fs->progress || fs->progress(done, total, fs->progress_arg) == 0)
		return FESTORE_OK;
	handle_abort(fs);
	return failure_set(&fs->failure, FESTORE_INTERRUPTED, "interrupted");
}
