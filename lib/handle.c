/* SPDX-License-Identifier: BSD-2-Clause */
/* How every call on a handle begins. */
#include "handle.h"

#include "tag.h"

#include <string.h>

static_assert(FESTORE_TAG_LEN_MAX == FESTORE_TAG_MAX, "the public limit is the wire's");

enum festore_error handle_begin(struct festore *fs)
{
	if (!fs->session)
		return failure_set(&fs->failure, FESTORE_NO_TEE, "the handle is not connected");
	memset(&fs->failure, 0, sizeof(fs->failure));
	return FESTORE_OK;
}

enum festore_error handle_tag(
	struct festore *fs, const char *tag, bool is_prefix, struct festore_wire_tag *ret_tag)
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

	memset(ret_tag, 0, sizeof(*ret_tag));
	ret_tag->len = (uint16_t)len;
	memcpy(ret_tag->bytes, tag, len);
	return FESTORE_OK;
}

enum festore_error handle_request(struct festore *fs, const char *tag, bool is_prefix,
	struct festore_wire_request *ret_request)
{
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	memset(ret_request, 0, sizeof(*ret_request));
	ret_request->protocol = FESTORE_PROTOCOL;
	ret_request->storage = fs->storage;
	return handle_tag(fs, tag, is_prefix, &ret_request->tag);
}
