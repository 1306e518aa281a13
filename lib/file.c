/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: requests out, replies in. What is larger than one window goes in pieces. */
#include "handle.h"
#include "list.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static_assert(FESTORE_REE_SIZE_MAX == FESTORE_REE_MAX, "the public limit is the wire's");

/* Shows how far a transfer is; FESTORE_INTERRUPTED, and the TA told, if it is to end. */
static enum festore_error show_progress(struct festore *fs, uint64_t done, uint64_t total)
{
	const struct festore_wire_request request = {.protocol = FESTORE_PROTOCOL};
	struct exchange abort = {.command = FESTORE_CMD_ABORT, .request = &request};
	struct failure unimportant = {0};

	if (!fs->progress || fs->progress(done, total, fs->progress_arg) == 0)
		return FESTORE_OK;
	session_call(fs->session, &abort, &unimportant);
	return failure_set(&fs->failure, FESTORE_INTERRUPTED, "interrupted");
}

static enum festore_error put_once(struct festore *fs, struct festore_wire_request *request,
	const void *content, size_t content_len)
{
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_PUT,
		.request = request,
		.has_send = true,
		.send = content,
		.send_len = content_len,
	};

	return session_call(fs->session, &exchange, &fs->failure);
}

static enum festore_error put_pieces(struct festore *fs, struct festore_wire_request *request,
	const uint8_t *content, size_t content_len)
{
	const uint32_t flags = request->flags;
	size_t done = 0;
	enum festore_error error = FESTORE_OK;

	while (done < content_len) {
		const size_t left = content_len - done;
		const size_t len = left < FESTORE_WINDOW ? left : FESTORE_WINDOW;

		error = show_progress(fs, done, content_len);
		if (error != FESTORE_OK)
			return error;
		request->flags = flags | (done != 0 ? FESTORE_WIRE_CONTINUE : 0) |
			(left > len ? FESTORE_WIRE_MORE : 0);
		error = put_once(fs, request, content + done, len);
		if (error != FESTORE_OK)
			return error;
		done += len;
	}
	/* It is stored: too late to cancel, so the answer does not matter. */
	if (fs->progress)
		fs->progress(done, content_len, fs->progress_arg);
	request->flags = flags;
	return FESTORE_OK;
}

static enum festore_error put(struct festore *fs, struct festore_wire_request *request,
	const void *content, size_t content_len)
{
	if (content_len <= FESTORE_WINDOW)
		return put_once(fs, request, content, content_len);
	return put_pieces(fs, request, content, content_len);
}

/* The flags of a public call as the wire has them. */
static enum festore_error read_flags(
	struct festore *fs, unsigned int flags, struct festore_wire_request *request)
{
	if ((flags & ~(unsigned int)FESTORE_NO_CLOBBER) != 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "unknown flags");
	request->flags = (flags & FESTORE_NO_CLOBBER) != 0 ? FESTORE_WIRE_NO_CLOBBER : 0;
	return FESTORE_OK;
}

/*
 * Whether a tag exists is decided by the write of the head, at the end of a long transfer. What
 * shows before need not be sent at all.
 */
static enum festore_error refuse_early(
	struct festore *fs, const char *tag, size_t content_len, unsigned int flags)
{
	struct festore_file_info info;
	enum festore_error error = FESTORE_OK;

	if (content_len <= FESTORE_WINDOW || (flags & FESTORE_NO_CLOBBER) == 0)
		return FESTORE_OK;
	error = festore_file_stat(fs, tag, &info);
	if (error == FESTORE_OK)
		return failure_set(&fs->failure, FESTORE_EXISTS, "the tag exists already");
	return error == FESTORE_NOT_FOUND ? handle_begin(fs) : error;
}

enum festore_error festore_file_put(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags)
{
	struct festore_wire_request request;
	enum festore_error error = handle_request(fs, tag, false, &request);

	if (error == FESTORE_OK)
		error = read_flags(fs, flags, &request);
	if (error != FESTORE_OK)
		return error;
	if (content_len > FESTORE_REE_SIZE_MAX)
		return failure_set(&fs->failure, FESTORE_NO_SPACE,
			"too large: this storage takes at most %d bytes a file",
			FESTORE_REE_SIZE_MAX);

	error = refuse_early(fs, tag, content_len, flags);
	if (error != FESTORE_OK)
		return error;
	request.modified = time(NULL);
	error = put(fs, &request, content, content_len);
	if (error == FESTORE_NO_SPACE) {
		/* Bodies that nobody names may be what takes the room. */
		list_sweep(fs);
		error = read_flags(fs, flags, &request);
		if (error == FESTORE_OK)
			error = put(fs, &request, content, content_len);
	}
	return error;
}

/* A get under way: the reply of the last call and the content so far. */
struct get {
	struct festore_wire_request request;
	struct festore_wire_file file;
	uint8_t *content;
	size_t done;
};

/* Asks for the next piece and appends it; the first piece tells how large the file is. */
static enum festore_error get_piece(struct festore *fs, struct get *get)
{
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_GET,
		.request = &get->request,
		.reply = &get->file,
		.reply_len = sizeof(get->file),
		.has_receive = true,
	};
	enum festore_error error = session_call(fs->session, &exchange, &fs->failure);
	const bool is_first = get->content == NULL;

	if (error != FESTORE_OK)
		return error;
	if (get->file.size > FESTORE_REE_SIZE_MAX || get->file.size < get->done ||
		exchange.received_len > get->file.size - get->done ||
		(exchange.received_len == 0 && get->file.size != 0))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");

	if (is_first)
		get->content = malloc(FESTORE_REE_SIZE_MAX);
	if (!get->content)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	memcpy(get->content + get->done, exchange.received, exchange.received_len);
	get->done += exchange.received_len;
	get->request.flags = FESTORE_WIRE_CONTINUE;
	return FESTORE_OK;
}

enum festore_error festore_file_get(
	struct festore *fs, const char *tag, void **ret_content, size_t *ret_content_len)
{
	struct get get = {0};
	enum festore_error error = handle_request(fs, tag, false, &get.request);

	if (error == FESTORE_OK)
		error = get_piece(fs, &get);
	while (error == FESTORE_OK && get.done < get.file.size) {
		error = show_progress(fs, get.done, get.file.size);
		if (error == FESTORE_OK)
			error = get_piece(fs, &get);
	}
	if (error != FESTORE_OK) {
		festore_content_free(get.content, get.done);
		return error;
	}
	if (fs->progress && get.file.size > FESTORE_WINDOW)
		fs->progress(get.done, get.file.size, fs->progress_arg);
	*ret_content = get.content;
	*ret_content_len = get.done;
	return FESTORE_OK;
}

void festore_content_free(void *content, size_t content_len)
{
	if (!content)
		return;
	explicit_bzero(content, content_len);
	free(content);
}

enum festore_error festore_file_stat(
	struct festore *fs, const char *tag, struct festore_file_info *ret_info)
{
	struct festore_wire_request request;
	struct festore_wire_file file = {0};
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_STAT,
		.request = &request,
		.reply = &file,
		.reply_len = sizeof(file),
	};
	enum festore_error error = handle_request(fs, tag, false, &request);

	if (error == FESTORE_OK)
		error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;

	ret_info->tag = tag;
	ret_info->size = file.size;
	ret_info->modified = file.modified;
	return FESTORE_OK;
}

enum festore_error festore_file_remove(struct festore *fs, const char *tag)
{
	struct festore_wire_request request;
	struct exchange exchange = {.command = FESTORE_CMD_FILE_REMOVE, .request = &request};
	enum festore_error error = handle_request(fs, tag, false, &request);

	if (error != FESTORE_OK)
		return error;
	return session_call(fs->session, &exchange, &fs->failure);
}

enum festore_error festore_file_move(
	struct festore *fs, const char *tag, const char *new_tag, unsigned int flags)
{
	struct festore_wire_request request;
	struct festore_wire_tag wire_new_tag;
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_MOVE,
		.request = &request,
		.has_send = true,
		.send = &wire_new_tag,
		.send_len = sizeof(wire_new_tag),
	};
	enum festore_error error = handle_request(fs, tag, false, &request);

	if (error == FESTORE_OK)
		error = read_flags(fs, flags, &request);
	if (error == FESTORE_OK)
		error = handle_tag(fs, new_tag, false, &wire_new_tag);
	if (error != FESTORE_OK)
		return error;
	if (strcmp(tag, new_tag) == 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "both tags are the same");
	return session_call(fs->session, &exchange, &fs->failure);
}
