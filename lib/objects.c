/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The storages `ree` and `rpmb`: requests to the *objects* TA out, replies in. What is larger than
 * one window goes in pieces, which `rpmb` takes nothing of.
 */
#include "handle.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static_assert(FESTORE_REE_SIZE_MAX == FESTORE_REE_MAX, "the public limit is the wire's");
static_assert(FESTORE_RPMB_SIZE_MAX == FESTORE_RPMB_MAX, "the public limit is the wire's");
static_assert(FESTORE_RPMB_SIZE_MAX <= FESTORE_WINDOW, "one window has all of it");

static uint32_t wire_storage(const struct festore *fs)
{
	return fs->storage == FESTORE_STORAGE_RPMB ? FESTORE_WIRE_RPMB : FESTORE_WIRE_REE;
}

static enum festore_error ask(struct festore *fs, struct exchange *exchange)
{
	const enum festore_error error = session_call(fs->session, exchange, &fs->failure);

	/* What else the eMMC may say has no name in GP's storage API, so libutee ends the TA. */
	if (fs->storage == FESTORE_STORAGE_RPMB && session_is_dead(fs->session))
		return failure_set(&fs->failure, FESTORE_NO_TEE,
			"the Trusted Application crashed: is there no eMMC with an RPMB partition, "
			"or "
			"one with another key?");
	return error;
}

/* The request of a tag. */
static struct festore_wire_request request_of(const struct festore *fs, const char *tag)
{
	const struct festore_wire_request request = {
		.protocol = FESTORE_PROTOCOL,
		.storage = wire_storage(fs),
		.tag = wire_tag(tag),
	};

	return request;
}

static enum festore_error put_once(struct festore *fs, struct festore_wire_request *request,
	const void *content, size_t content_len)
{
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_PUT,
		.request = request,
		.request_len = sizeof(*request),
		.has_send = true,
		.send = {{content, content_len}},
	};

	return ask(fs, &exchange);
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

		error = handle_progress(fs, done, content_len);
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

/* Lets the TA go through all objects of this owner, and collects the files among them. */
static enum festore_error collect(struct festore *fs, const char *prefix, struct collection *all)
{
	struct festore_wire_request request = request_of(fs, prefix);
	struct festore_wire_list list = {0};
	enum festore_error error = FESTORE_OK;

	do {
		struct exchange page = {
			.command = FESTORE_CMD_FILE_LIST,
			.request = &request,
			.request_len = sizeof(request),
			.reply = &list,
			.reply_len = sizeof(list),
			.receive_at = 2,
			.receive_room = FESTORE_WINDOW,
		};

		error = ask(fs, &page);
		if (error == FESTORE_OK)
			error = collection_add_page(
				all, page.received, page.received_len, list.count, &fs->failure);
		all->damaged += list.damaged;
		request.flags |= FESTORE_WIRE_CONTINUE;
	} while (error == FESTORE_OK && list.more != 0);
	return error;
}

/* A list removes what interrupted transfers of this owner have left; failures do not matter. */
static void sweep(struct festore *fs)
{
	struct collection all = {0};

	collect(fs, "", &all);
	free(all.entries);
}

static enum festore_error objects_stat(
	struct festore *fs, const char *tag, struct festore_file_info *ret_info)
{
	const struct festore_wire_request request = request_of(fs, tag);
	struct festore_wire_file file = {0};
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_STAT,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &file,
		.reply_len = sizeof(file),
	};
	enum festore_error error = ask(fs, &exchange);

	if (error != FESTORE_OK)
		return error;
	ret_info->tag = tag;
	ret_info->size = file.size;
	ret_info->modified = file.modified;
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
	error = objects_stat(fs, tag, &info);
	if (error == FESTORE_OK)
		return failure_set(&fs->failure, FESTORE_EXISTS, "the tag exists already");
	return error == FESTORE_NOT_FOUND ? handle_begin(fs) : error;
}

static uint32_t wire_flags(unsigned int flags)
{
	return (flags & FESTORE_NO_CLOBBER) != 0 ? FESTORE_WIRE_NO_CLOBBER : 0;
}

static enum festore_error objects_put(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags)
{
	struct festore_wire_request request = request_of(fs, tag);
	enum festore_error error = refuse_early(fs, tag, content_len, flags);

	if (error != FESTORE_OK)
		return error;
	request.flags = wire_flags(flags);
	request.modified = time(NULL);
	error = put(fs, &request, content, content_len);
	if (error == FESTORE_NO_SPACE) {
		/* Bodies that nobody names may be what takes the room. */
		sweep(fs);
		handle_begin(fs);
		request.flags = wire_flags(flags);
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
		.request_len = sizeof(get->request),
		.reply = &get->file,
		.reply_len = sizeof(get->file),
		.receive_at = 2,
		.receive_room = FESTORE_WINDOW,
	};
	enum festore_error error = ask(fs, &exchange);
	const bool is_first = get->content == NULL;

	if (error != FESTORE_OK)
		return error;
	if (get->file.size > fs->operations->size_max || get->file.size < get->done ||
		exchange.received_len > get->file.size - get->done ||
		(exchange.received_len == 0 && get->file.size != 0))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");

	if (is_first)
		get->content = malloc((size_t)fs->operations->size_max);
	if (!get->content)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	memcpy(get->content + get->done, exchange.received, exchange.received_len);
	get->done += exchange.received_len;
	get->request.flags = FESTORE_WIRE_CONTINUE;
	return FESTORE_OK;
}

static enum festore_error objects_get(
	struct festore *fs, const char *tag, void **ret_content, size_t *ret_content_len)
{
	struct get get = {.request = request_of(fs, tag)};
	enum festore_error error = get_piece(fs, &get);

	while (error == FESTORE_OK && get.done < get.file.size) {
		error = handle_progress(fs, get.done, get.file.size);
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

static enum festore_error objects_remove(struct festore *fs, const char *tag)
{
	const struct festore_wire_request request = request_of(fs, tag);
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_REMOVE,
		.request = &request,
		.request_len = sizeof(request),
	};

	return ask(fs, &exchange);
}

static enum festore_error objects_move(
	struct festore *fs, const char *tag, const char *new_tag, unsigned int flags)
{
	struct festore_wire_request request = request_of(fs, tag);
	const struct festore_wire_tag new = wire_tag(new_tag);
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_MOVE,
		.request = &request,
		.request_len = sizeof(request),
		.has_send = true,
		.send = {{&new, sizeof(new)}},
	};

	request.flags = wire_flags(flags);
	return ask(fs, &exchange);
}

static enum festore_error objects_describe(struct festore *fs, struct festore_status *status)
{
	if (fs->storage == FESTORE_STORAGE_RPMB)
		status->size_max = fs->operations->size_max;
	return FESTORE_OK;
}

#define OPERATIONS(limit) \
	{ \
		.size_max = (limit), .put = objects_put, .get = objects_get, .stat = objects_stat, \
		.remove = objects_remove, .move = objects_move, .collect = collect, \
		.describe = objects_describe, \
	}

const struct operations ree_operations = OPERATIONS(FESTORE_REE_SIZE_MAX);
const struct operations rpmb_operations = OPERATIONS(FESTORE_RPMB_SIZE_MAX);
